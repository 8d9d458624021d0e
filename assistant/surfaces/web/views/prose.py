"""An answer's text -> HTML: paragraphs and lists, markers that lead to passages, sentences that are doubted.

What papers, models and users say is not trusted: it reaches the page as characters only, and a link is http or https.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from assistant.answering.settling import MARK
from assistant.answers import Citation
from assistant.papers import Paper, clean
from assistant.rendering import Span, inline, visible
from assistant.surfaces.markup import escape, linked, one_line

_ITEM = re.compile(r"(?:(-)|\d{1,3}\.) (.*)")
_FENCED = re.compile(r"^```[^\n`]*\n(.*?)(?:^```[ ]*$|\Z)", re.MULTILINE | re.DOTALL)
"""A block of code; one that is still being written goes on to the end."""
_STYLES = {"bold": "strong", "italic": "em", "cyan": "code"}

# Around what is doubted stand two characters that Unicode keeps for a program's own use.
_FROM, _TO = "\ufdd0", "\ufdd1"
_OWN = re.compile(f"[{_FROM}{_TO}]")
_SIGN = re.compile(rf"(\[\d{{1,4}}\]|{_OWN.pattern})")

Doubt = tuple[int, int, str]
"""A sentence that no passage supports: where it stands in a text, and what is not in the papers."""


def blocks(
    text: str,
    turn: int,
    cited: Mapping[int, Citation] | None,
    doubts: Sequence[Doubt] = (),
    near: Mapping[str, str] | None = None,
    *,
    is_whole: bool = True,
) -> str:
    """The paragraphs, lists and blocks of code that answers are written in.

    ``cited`` is None as long as it is not known. ``near`` are titles of papers that are not cited, each with where it
    leads on the page: where the text has one in italics, it is a link. Of an answer that is not whole no address is.
    """
    text = visible(_signed(text, doubts))
    reasons = iter([reason for *_, reason in doubts])
    parts: list[str] = []
    listing = ""
    for block, is_code in _blocks(text):
        if is_code:
            parts += [f"</{listing}>"] * bool(listing) + [_code(block, reasons)]
            listing = ""
            continue
        for lines in _together(block):
            match = _ITEM.fullmatch(lines)
            wanted = ("ul" if match[1] else "ol") if match else ""
            if wanted != listing:
                parts += [f"</{listing}>"] * bool(listing) + [f"<{wanted}>"] * bool(wanted)
                listing = wanted
            words = _spans(inline(match[2] if match else lines), turn, cited, reasons, near or {}, is_whole)
            if words.strip():
                parts.append(f"<li>{words}</li>" if match else f"<p>{words}</p>")
    return "".join(parts) + (f"</{listing}>" if listing else "")


def _signed(text: str, doubts: Sequence[Doubt]) -> str:
    """The text with a sign before and behind each sentence that is doubted."""
    text, parts, place = _OWN.sub("\ufffd", text), [], 0
    for start, end, _ in doubts:
        parts += [text[place:start], _FROM, text[start:end], _TO]
        place = end
    return "".join([*parts, text[place:]])


def _blocks(text: str) -> Iterator[tuple[str, bool]]:
    """What blank lines part, and the blocks of code between, each with whether it is one."""
    for place, part in enumerate(_FENCED.split(text)):
        if place % 2:
            yield part, True
        else:
            yield from ((block, False) for block in re.split(r"\n\s*\n", part))


def _code(text: str, reasons: Iterator[str]) -> str:
    """Code as it stands, which the keyboard can scroll; a doubt in it is passed over."""
    for _ in range(text.count(_FROM)):
        next(reasons)
    kept = escape(_OWN.sub("", text).rstrip("\n")).replace("\n", "&#10;")
    return f'<pre class="pt-block" tabindex="0">{kept}</pre>'


def _together(block: str) -> Iterator[str]:
    """The block's list items, one each, and what stands between them."""
    prose: list[str] = []
    for line in block.split("\n"):
        if _ITEM.fullmatch(line):
            if prose:
                yield "\n".join(prose)
            prose = []
            yield line
        else:
            prose.append(line)
    if prose:
        yield "\n".join(prose)


def _spans(
    spans: Iterable[Span],
    turn: int,
    cited: Mapping[int, Citation] | None,
    reasons: Iterator[str],
    near: Mapping[str, str],
    is_whole: bool,
) -> str:
    """Styled text with its markers as links. A bracket that a paper brings comes escaped, so in a span of its own."""
    parts: list[str] = []
    run, run_style, reason = "", "", ""

    def flush() -> None:
        nonlocal run
        if run_style == "italic" and run in near:
            parts.append(f"<em>{near_link(run, near[run])}</em>")
        elif run:
            parts.append(_styled(run, run_style, links=is_whole and cited is not None))
        run = ""

    for text, style in spans:
        for piece in _SIGN.split(text):
            if style != run_style:
                flush()
                run_style = style
            if piece == _FROM:
                flush()
                reason = escape(next(reasons))
                parts.append(f'<del title="{reason}">')
            elif piece == _TO:
                flush()
                parts.append(f'</del> <small class="pt-doubt" title="{reason}">not supported by the papers</small>')
            elif _SIGN.fullmatch(piece) and (cited is None or int(piece[1:-1]) in cited):
                flush()
                parts.append(marker(int(piece[1:-1]), turn, cited))
            else:
                run += piece
    flush()
    return "".join(parts)


def _styled(text: str, style: str, *, links: bool) -> str:
    """Text in one style. A link leads out of the page only where the whole answer has been checked."""
    words = (linked(text) if links else escape(text)).replace("\n", "<br>")
    if text == MARK.strip("*"):
        return f'<small class="pt-doubt">{words}</small>'
    tag = _STYLES.get(style.split(" ")[0])
    return f"<{tag}>{words}</{tag}>" if tag else words


def named(paper: Paper) -> str:
    """A paper's title as an answer's text has it once its Markdown is read."""
    return " ".join(visible(clean(paper.title)).split()) or paper.key


def near_link(title: str, target: str) -> str:
    """The link to a paper beside the chat that the answer does not cite."""
    return f'<a class="pt-near" href="{target}" dir="auto">{escape(title)}</a>'


def marker(number: int, turn: int, cited: Mapping[int, Citation] | None) -> str:
    """The link to a passage; a number that stands for none is a number."""
    if cited is None:
        return f'<span class="pt-cite">[{number}]</span>'
    if number not in cited:
        return f"{number}"
    name = f"Source {number}: {one_line(clean(cited[number].paper.title))}"
    return f'<a class="pt-cite" href="#source-{turn}-{number}" title="{escape(name)}">[{number}]</a>'
