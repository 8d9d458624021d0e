r"""LaTeX of bibliographies <-> Unicode: accents, symbols, markup, and the characters that LaTeX keeps to itself.

Formulas stay as they are between their dollars, as everywhere in a paper's text. What is known of LaTeX's symbols is
pylatexenc's table; walking the text is done here, in one pass whatever the nesting.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from itertools import pairwise
from typing import Any

_NAMES = {
    "`": "GRAVE ACCENT", "'": "ACUTE ACCENT", "^": "CIRCUMFLEX ACCENT", '"': "DIAERESIS", "~": "TILDE", "=": "MACRON",
    ".": "DOT ABOVE", "u": "BREVE", "v": "CARON", "H": "DOUBLE ACUTE ACCENT", "r": "RING ABOVE", "k": "OGONEK",
    "c": "CEDILLA", "d": "DOT BELOW", "b": "MACRON BELOW", "t": "DOUBLE INVERTED BREVE", "G": "DOUBLE GRAVE ACCENT",
    "U": "VERTICAL LINE ABOVE", "f": "INVERTED BREVE", "h": "HOOK ABOVE",
}  # fmt: skip
_ACCENTS = {macro: unicodedata.lookup(f"COMBINING {name}") for macro, name in _NAMES.items()}
_STANDING_ALONE = {_ACCENTS["~"]: "~", _ACCENTS["^"]: "^", _ACCENTS["`"]: "`"}
# What pylatexenc's table lacks or has as markup.
_SYMBOLS = {
    "i": "i", "j": "j", "textless": "<", "textgreater": ">", "less": "<", "greater": ">", "textbar": "|", "lbrace": "{",
    "rbrace": "}", "textbraceleft": "{", "textbraceright": "}", "textunderscore": "_", "textdollar": "$", "slash": "/",
    "textasciicircum": "^", "textasciigrave": "`", "textquotesingle": "'", "lq": "‘", "rq": "’", "S": "§", "P": "¶",
    "copyright": "©", "pounds": "£", "euro": "€", "degree": "°", "TeX": "TeX",
    "LaTeX": "LaTeX", "BibTeX": "BibTeX", "relax": "", "protect": "", "par": "\n\n", "item": " ", "newline": " ",
    "linebreak": " ", "newblock": " ", "quad": " ", "qquad": " ", "space": " ",
}  # fmt: skip
_CONTROLS = {"\\": " ", ",": " ", ";": " ", ":": " ", "!": "", "-": "", "/": "", "@": "", "*": "", " ": " ", "\n": " "}
_LIGATURES = {"---": "—", "--": "–", "``": "“", "''": "”", "~": " "}
# Macros whose (first) argument is no text of the paper.
_ARGUMENT_DROPPED = frozenset(
    "begin end cite citep citet ref label footnote thanks vspace hspace color textcolor href input include "
    "includegraphics bibitem nocite index orcid fontsize noopsort".split()
)
_VERBATIM = frozenset(["url", "path", "nolinkurl", "detokenize"])
_FORMULAS = {"(": r"\)", "[": r"\]"}

_TOKEN = re.compile(
    r"\\(?P<word>[A-Za-z]+)\*?[ \t]*\n?[ \t]*|\\(?P<control>.)|(?P<mark>[{}$])|(?P<ligature>---?|``|''|~)"
    r"|[^\\{}$~`'-]+|.",
    re.DOTALL,
)
_ANY_LATEX = re.compile(r"[\\{}$~]|--|``|''")
_BRACES = re.compile(r"\\.|[{}]", re.DOTALL)
_OPTIONAL = re.compile(r"\[[^\[\]{}]{0,100}\]")
_LONGEST_FORMULA = 2_000


def decode(text: str) -> str:
    r"""The text that LaTeX would print, as Unicode; ``$x^2$`` and ``\(x^2\)`` stay formulas, between dollars.

    Markup goes and its text stays (``\emph{a}`` is ``a``); so does an unknown macro's. A ``%`` is a per cent sign, as
    those mean it who write one into a bibliography, and braces need not match.
    """
    return _Reading(text).run() if _ANY_LATEX.search(text) else text


class _Reading:
    """One walk through a text. An accent waits for the letter that it belongs to."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.out: list[str] = []
        self.accents: list[str] = []
        self.closing = _closing_braces(text)

    def run(self) -> str:
        while match := _TOKEN.match(self.text, self.at):
            self.at = match.end()
            if word := match["word"]:
                self._macro(word)
            elif (control := match["control"]) is not None:
                self._control(control)
            elif mark := match["mark"]:
                self._mark(mark)
            else:
                self._put(_LIGATURES[match[0]] if match["ligature"] else match[0])
        self._drop_accents()
        return unicodedata.normalize("NFC", "".join(self.out))

    def _put(self, text: str) -> None:
        if self.accents and (text := text.lstrip()):
            text = text[0] + "".join(reversed(self.accents)) + text[1:]
            self.accents.clear()
        self.out.append(text)

    def _drop_accents(self) -> None:
        self.out += [_STANDING_ALONE.get(accent, "") for accent in self.accents]
        self.accents.clear()

    def _mark(self, mark: str) -> None:
        if mark == "$":
            self._formula("$$" if self.text.startswith("$", self.at) else "$")
        elif mark == "}":
            self._drop_accents()

    def _control(self, control: str) -> None:
        if control in _FORMULAS:
            self._formula(_FORMULAS[control])
        elif control in _ACCENTS:
            self.accents.append(_ACCENTS[control])
        else:
            self._put(_CONTROLS.get(control, control))

    def _macro(self, name: str) -> None:
        if name in _ACCENTS:
            self.accents.append(_ACCENTS[name])
        elif name in _VERBATIM:
            self.out.append(self._argument().replace("\\", ""))
        elif name == "ensuremath":
            self.out.append(f"${self._argument()}$")
        elif name in _ARGUMENT_DROPPED:
            self._argument()
        else:
            self._put(symbol(name) or "")

    def _argument(self) -> str:
        """Step over a group in braces that follows here, and over an optional one in brackets before it."""
        if match := _OPTIONAL.match(self.text, self.at):
            self.at = match.end()
        end = self.closing.get(self.at)
        if end is None:
            return ""
        inside, self.at = self.text[self.at + 1 : end], end + 1
        return inside

    def _formula(self, end: str) -> None:
        """The formula that begins here, as it stands; without an end, its opening is a character like others."""
        start = self.at + (end == "$$")
        stop = self.text.find(end, start, start + _LONGEST_FORMULA)
        while stop > 0 and end[0] == "$" and self.text[stop - 1] == "\\":
            stop = self.text.find(end, stop + 1, start + _LONGEST_FORMULA)
        inside = self.text[start:stop] if stop >= 0 else ""
        if not inside.strip() or "\n\n" in inside:
            self._put("$" if end[0] == "$" else "")
            return
        self.at = stop + len(end)
        self._drop_accents()
        # Publishers put the angle brackets of HTML tags into formulas.
        self.out.append(
            {r"\less": "<", r"\greater": ">"}.get(inside, f"${inside}$" if end[0] == "$" else f"${inside.strip()}$")
        )


def _closing_braces(text: str) -> dict[int, int]:
    """Where each group that is closed ends, by where it begins."""
    begun: list[int] = []
    closing = {}
    for match in _BRACES.finditer(text):
        if match[0] == "{":
            begun.append(match.start())
        elif match[0] == "}" and begun:
            closing[begun.pop()] = match.start()
    return closing


@lru_cache(maxsize=4_096)
def symbol(name: str) -> str | None:
    r"""What a macro without arguments prints: ``ø`` for ``o``, ``α`` for ``alpha``; None where it prints nothing."""
    if name in _SYMBOLS:
        return _SYMBOLS[name]
    printed = getattr(_table()(name), "simplify_repl", None)
    return printed if isinstance(printed, str) and len(printed) <= 2 and "%" not in printed else None


@lru_cache(maxsize=1)
def _table() -> Callable[[str], Any]:
    from pylatexenc.latex2text import get_default_latex_context_db

    find: Callable[[str], Any] = get_default_latex_context_db().get_macro_spec
    return find


# ---- Unicode -> LaTeX

_ESCAPES = {
    "\\": r"\textbackslash{}", "{": r"\textbraceleft{}", "}": r"\textbraceright{}", "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}", "@": "{@}",
}  # fmt: skip
# An "@" that looks like the begin of an entry is hidden from readers that look for one.
_SPECIAL = r"(?P<special>[\\{}~^&%$#_]|@(?=[\w:.+/-]{1,60}\s*\())|(?P<run>-{2,}|`{2,}|'{2,})"
_CAPITALS = r"(?P<capitals>(?<![^\W_])[^\W_]{1,40}?(?=[A-Z])[^\W_]+(?:-[^\W_]+)*)"
_ESCAPED = re.compile(_SPECIAL)
_ESCAPED_OR_KEPT = re.compile(f"{_SPECIAL}|{_CAPITALS}")
# As pandoc tells formulas from prices: no blank inside the dollars, no digit after them.
_FORMULA = re.compile(r"\$(?=[^\s$])[^$\n%#]{0,300}(?<=[^\s\\$])\$(?!\d)")


def encode(text: str, *, keep_capitals: bool = False) -> str:
    """Text as BibTeX takes it in UTF-8: special characters escaped, formulas as they are; :func:`decode` undoes it.

    ``keep_capitals`` puts braces around words such as "mRNA", for styles that set titles in lower case.
    """
    pattern = _ESCAPED_OR_KEPT if keep_capitals else _ESCAPED
    ends = [0, *(end for match in _FORMULA.finditer(text) if _is_balanced(match[0]) for end in match.span()), len(text)]
    spans = [text[start:end] for start, end in pairwise(ends)]
    return "".join(span if index % 2 else pattern.sub(_escaped, span) for index, span in enumerate(spans))


def _escaped(match: re.Match[str]) -> str:
    if match["special"]:
        return _ESCAPES.get(match[0], f"\\{match[0]}")
    if match["run"]:
        return "{}".join(match[0])
    return f"{{{match[0]}}}"


def _is_balanced(formula: str) -> bool:
    depth = 0
    for brace in re.findall(r"[{}]", formula):
        depth += 1 if brace == "{" else -1
        if depth < 0:
            return False
    return depth == 0
