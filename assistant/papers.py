"""Paper and its parts. A paper's text is one string, as it was read; everything that is quoted is a span of it."""

from __future__ import annotations

import html
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

LISTING, TITLE, AUTHORS, ABSTRACT = "Listing", "Title", "Authors", "Abstract"
"""Sections that come with a record; the others are a full text's own headings."""
FRONT = "Front matter"
"""What a full text's first page has around title and abstract: addresses, notes, key words."""
REFERENCES = "References"
"""A full text's list of what it cites: kept in the text, and never evidence."""

# fmt: off
NAME_PARTICLES = frozenset([
    "af", "al", "av", "bin", "bint", "da", "das", "de", "del", "della", "den", "der", "di", "do", "dos", "du", "e",
    "el", "het", "ibn", "la", "las", "le", "los", "op", "'t", "te", "ten", "ter", "the", "tot", "van", "vom", "von",
    "y", "zu", "zum", "zur",
])
"""What stands in lower case in a name."""
NAME_SUFFIXES = frozenset(["jr", "sr", "ii", "iii", "iv", "phd", "ph.d", "md", "m.d"])
# fmt: on


LINK = re.compile(r"(?:https?:\s?//|www\.)[^\s{}<>\"]*[^\s{}<>\".,;:!?)\]]", re.IGNORECASE)
"""A link as papers write it, with the blank that a line's end left after ``https:``."""


@dataclass(frozen=True, slots=True)
class Author:
    name: str

    @property
    def family(self) -> str:
        """The family name: what stands before a comma, or the last word with the particles before it (van der Berg)."""
        if "," in self.name:
            return self.name.partition(",")[0].strip()
        words = self.name.split()
        while len(words) > 1 and words[-1].casefold().rstrip(".") in NAME_SUFFIXES:
            words.pop()
        first = len(words) - 1
        while first > 0 and words[first - 1].islower() and words[first - 1] in NAME_PARTICLES:
            first -= 1
        return " ".join(words[max(first, 0) :])


@dataclass(frozen=True, slots=True)
class Section:
    """A named part of the text: ``paper.text[start:end]``."""

    name: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Paper:
    """One publication.

    ``text`` holds the listing line, the title, the authors, the abstract and, where it was read, the full text with
    its headings, each a section, as the source has them. ``authors_complete`` is False where the source ends its list
    in "et al.". ``date`` is ISO 8601, as exact as the source: ``2020-04-28``, ``2020-04`` or ``2020``. ``ids`` are
    written ``scheme:value`` in lower case (``doi:10.18653/v1/k17-1021``, ``arxiv:2004.12345``, ``openalex:w123``).
    ``has_code`` is None where the source does not say. ``kind`` is BibTeX's word for what it is (``article``,
    ``inproceedings``, ``phdthesis``, ...) or ``preprint``. ``links`` are other places than ``url``: the preprint of a
    published paper. ``pages`` are pairs ``(offset, page)`` in the order of offsets: from that offset of the text on, it
    stands on that page, counted from 1.
    """

    key: str
    title: str
    text: str
    sections: tuple[Section, ...]
    authors: tuple[Author, ...] = ()
    authors_complete: bool = True
    affiliation: str | None = None
    date: str | None = None
    category: str | None = None
    has_code: bool | None = None
    score: float | None = None
    url: str | None = None
    source: str = ""
    venue: str | None = None
    kind: str | None = None
    ids: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    license: str | None = None
    pages: tuple[tuple[int, int], ...] = ()

    @property
    def year(self) -> int | None:
        return int(self.date[:4]) if self.date else None

    @property
    def abstract(self) -> str:
        return self.section_text(ABSTRACT)

    @property
    def doi(self) -> str | None:
        return self.identifier("doi")

    @property
    def arxiv_id(self) -> str | None:
        """Without its version: ``2004.12345`` or ``hep-th/9901001``."""
        return self.identifier("arxiv")

    @property
    def has_full_text(self) -> bool:
        """Whether more than its abstract was read."""
        return any(section.name not in _OF_A_RECORD for section in self.sections)

    @property
    def short_name(self) -> str:
        """The part of the title before a colon where there is one: often the name of what the paper brings."""
        head, colon, _ = self.title.partition(": ")
        return head if colon and len(head.split()) <= 6 else self.title

    @property
    def byline(self) -> str:
        """``Han et al., 2018``."""
        names = [author.family for author in self.authors]
        if not names:
            who = ""
        elif len(names) == 1 and self.authors_complete:
            who = names[0]
        elif len(names) == 2 and self.authors_complete:
            who = f"{names[0]} and {names[1]}"
        else:
            who = f"{names[0]} et al."
        return ", ".join(part for part in (who, str(self.year or "")) if part)

    def section(self, name: str) -> Section | None:
        return next((section for section in self.sections if section.name == name), None)

    def section_text(self, name: str) -> str:
        found = self.section(name)
        return self.text[found.start : found.end] if found else ""

    def section_at(self, offset: int) -> str:
        return next((s.name for s in self.sections if s.start <= offset < s.end), "")

    def identifier(self, scheme: str) -> str | None:
        """Its first identifier of a scheme: ``identifier("doi")``."""
        return next((i.partition(":")[2] for i in self.ids if i.startswith(f"{scheme}:")), None)

    def page_at(self, offset: int) -> int | None:
        """The page on which a place of the text stands, counted from 1; None where no pages are known."""
        place = bisect_right(self.pages, offset, key=lambda pair: pair[0])
        return self.pages[place - 1][1] if place else None

    def to_dict(self) -> dict[str, Any]:
        return {
            "key": self.key,
            "title": self.title,
            "authors": [author.name for author in self.authors],
            "authors_complete": self.authors_complete,
            "affiliation": self.affiliation,
            "year": self.year,
            "date": self.date,
            "category": self.category,
            "has_code": self.has_code,
            "score": self.score,
            "url": self.url,
            "source": self.source,
            "venue": self.venue,
            "kind": self.kind,
            "ids": list(self.ids),
            "links": list(self.links),
            "license": self.license,
            "pages": [list(pair) for pair in self.pages],
            "abstract": self.abstract,
            "text": self.text,
            "sections": [{"name": s.name, "start": s.start, "end": s.end} for s in self.sections],
        }

    @classmethod
    def from_dict(cls, row: dict[str, Any]) -> Paper:
        """Undo :meth:`to_dict`, also of rows written before a field was there."""
        return cls(
            key=row["key"],
            title=row["title"],
            text=row["text"],
            sections=tuple(Section(s["name"], s["start"], s["end"]) for s in row["sections"]),
            authors=tuple(Author(name) for name in row["authors"]),
            ids=tuple(row.get("ids", ())),
            links=tuple(row.get("links", ())),
            pages=tuple((offset, page) for offset, page in row.get("pages", ())),
            **{name: row[name] for name in _PLAIN_FIELDS if name in row},
        )

    def _repr_html_(self) -> str:
        names = ", ".join(author.name for author in self.authors)
        names += "" if self.authors_complete or not names else " et al."
        about = [html.escape(names), str(self.year or ""), f"<code>{html.escape(self.key)}</code>"]
        return (
            f"<b>{html.escape(clean(self.title))}</b><br>{' · '.join(part for part in about if part)}"
            f"<br><small>{html.escape(clean(self.abstract))}</small>"
        )


_OF_A_RECORD = (LISTING, TITLE, AUTHORS, ABSTRACT)
_PLAIN_FIELDS = (
    "authors_complete", "affiliation", "date", "category", "has_code", "score", "url", "source", "venue", "kind",
    "license",
)  # fmt: skip


def assemble(parts: Iterable[tuple[str, str]]) -> tuple[str, tuple[Section, ...]]:
    """A paper's text of named parts, with an empty line between them, and their sections; empty parts are left out."""
    text, sections = "", []
    for name, part in parts:
        if part:
            text += "\n\n" if text else ""
            sections.append(Section(name, len(text), len(text) + len(part)))
            text += part
    return text, tuple(sections)


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of a paper that the embedding model reads whole: ``paper.text[start:end] == text``."""

    paper: str
    section: str
    start: int
    end: int
    text: str
    sentences: tuple[tuple[int, int], ...] = ()
    """Where its sentences stand in the paper's text."""


_MACRO = re.compile(r"\\(?:url|emph|text[a-z]*|math[a-z]+|operatorname|underline|mbox)\s?\{([^{}]*)\}")
_LINK = re.compile(r"\\href\s?\{([^{}]*)\}\s?\{([^{}]*)\}")
# As pandoc tells formulas from prices: no blank inside the dollars, no digit after them.
_MATH = re.compile(r"(?<!\\)\$(?=\S)([^$\n]{1,80})(?<=[^\s\\])\$(?!\d)")
_DISPLAYED = re.compile(r"\$\$([^$]{1,400})\$\$|(?<!\\)\\\(([^$]{1,400}?)\\\)|(?<!\\)\\\[([^$]{1,400}?)\\\]")
_ACCENT = re.compile(r"\{?\\([\"'`^~=.vcuHk])(?:\{\\?([A-Za-z])\}|(?<![vcuHk])\\?([A-Za-z]))\}?")
_COMBINING = dict(
    zip("\"'`^~=.vcuHk", "\u0308\u0301\u0300\u0302\u0303\u0304\u0307\u030c\u0327\u0306\u030b\u0328", strict=True)
)
_SPLIT_URL = re.compile(r"\b(https?:)\s{1,2}(?=//\w)")
# "github.com/ owner/name": a link that ends in a slash goes on where a path follows.
_SPLIT_PATH = re.compile(r"(https?://[^\s{}]{1,200}/)\s(?=[\w.-]{1,100}/\w)")
_DEEPEST = 4


def clean(text: str) -> str:
    r"""Text as a person would read it: ``\url{X}`` is ``X``, ``$1,024$K`` is ``1,024K``, ``https: //x`` is whole.

    Only for showing: quotes are kept as the paper has them.
    """
    if "\\" in text:
        text = _ACCENT.sub(_accented, _LINK.sub(r"\2 (\1)", text))
        for _ in range(_DEEPEST):
            text, before = _MACRO.sub(r"\1", text), text
            if text == before:
                break
    text = _MATH.sub(_plain_math, _DISPLAYED.sub(lambda m: _as_text(m[1] or m[2] or m[3]), text))
    text = _SPLIT_PATH.sub(r"\1", _SPLIT_URL.sub(r"\1", text))
    return re.sub(r"\\([%&_#$])", r"\1", text)


_SYMBOLS = {
    r"\times": "×", r"\cdot": "·", r"\sim": "~", r"\approx": "≈", r"\pm": "±", r"\leq": "≤", r"\geq": "≥", r"\le": "≤",
    r"\ge": "≥", r"\neq": "≠", r"\ll": "≪", r"\gg": "≫", r"\equiv": "≡", r"\propto": "∝", r"\to": "→",
    r"\rightarrow": "→", r"\leftarrow": "←", r"\Rightarrow": "⇒", r"\mapsto": "↦", r"\infty": "∞", r"\ldots": "…",
    r"\dots": "…", r"\cdots": "…", r"\ell": "ℓ", r"\sum": "∑", r"\prod": "∏", r"\int": "∫", r"\partial": "∂",
    r"\nabla": "∇", r"\in": "∈", r"\notin": "∉", r"\subset": "⊂", r"\subseteq": "⊆", r"\cup": "∪", r"\cap": "∩",
    r"\emptyset": "∅", r"\forall": "∀", r"\exists": "∃", r"\mid": "|", r"\circ": "∘", r"\otimes": "⊗", r"\oplus": "⊕",
    r"\langle": "⟨", r"\rangle": "⟩", r"\prime": "′", r"\ast": "*", r"\dagger": "†", r"\varepsilon": "ε",
    r"\vartheta": "ϑ", r"\varphi": "φ", r"\left": "", r"\right": "", r"\quad": " ", r"\qquad": " ",
}  # fmt: skip
_FUNCTIONS = "log ln exp min max sin cos tan arg argmin argmax det dim lim sup inf Pr mod gcd ker deg".split()
_SYMBOLS |= {rf"\{name}": name for name in _FUNCTIONS}
_GREEK = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lamda mu nu xi pi rho sigma tau upsilon phi chi psi omega"
)
_SYMBOLS |= {rf"\{name}": unicodedata.lookup(f"GREEK SMALL LETTER {name}") for name in _GREEK.split()}
_SYMBOLS |= {rf"\{name.title()}": unicodedata.lookup(f"GREEK CAPITAL LETTER {name}") for name in _GREEK.split()}
_SYMBOLS |= {r"\lambda": "λ", r"\Lambda": "Λ"}

_FRACTION = re.compile(r"\\[dt]?frac\s?\{([^{}]*)\}\s?\{([^{}]*)\}")
_ROOT = re.compile(r"\\sqrt\s?\{([^{}]*)\}")
_RAISED = str.maketrans("0123456789+-n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿ")
_LOWERED = str.maketrans("0123456789+-", "₀₁₂₃₄₅₆₇₈₉₊₋")
_SCRIPT = re.compile(r"\^(?:\{([-+]?\d{1,3}|n)\}|(\d|n))(?![A-Za-z0-9^])|_(?:\{([-+]?\d{1,3})\}|(\d))(?![A-Za-z0-9^])")


def _plain_math(match: re.Match[str]) -> str:
    inner = match[1]
    if len(re.findall(r"(?<![\\A-Za-z])[A-Za-z]{3,}", inner)) > 1 or not re.search(r"[\d\\^_=<>+*/]|^\S+$", inner):
        return match[0]  # words between two prices are no formula
    return _as_text(inner)


def _as_text(formula: str) -> str:
    """A formula in characters: fractions with a slash, digits raised and lowered; what there is no character for stays
    as LaTeX has it."""
    for _ in range(_DEEPEST):
        formula, before = _ROOT.sub(_root, _FRACTION.sub(_fraction, formula)), formula
        if formula == before:
            break
    formula = re.sub(r"\\[A-Za-z]+", lambda m: _SYMBOLS.get(m[0], m[0]), formula)
    formula = _SCRIPT.sub(_script, formula)
    return re.sub(r"[{}]|\\[,;:! ]", "", formula.replace(r"\%", "%"))


def _fraction(match: re.Match[str]) -> str:
    return "/".join(map(_together, match.groups()))


def _root(match: re.Match[str]) -> str:
    return f"√{_together(match[1])}"


def _together(part: str) -> str:
    part = part.strip()
    return part if re.fullmatch(r"√?\\?[\w.]+", part) else f"({part})"


def _script(match: re.Match[str]) -> str:
    raised = match[1] or match[2]
    return raised.translate(_RAISED) if raised else (match[3] or match[4]).translate(_LOWERED)


def _accented(match: re.Match[str]) -> str:
    return unicodedata.normalize("NFC", (match[2] or match[3]) + _COMBINING[match[1]])
