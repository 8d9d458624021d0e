"""Markdown -> mrkdwn, Slack's own markup: styles, links, code, tables, and text of others as characters.

mrkdwn has no escapes but those of ``& < >``. Where another character of a text would act, one that looks alike stands
in for it, as in jsx-slack; where it would not act, it stays.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from assistant.rendering.inline_markdown import inline, plain_inline
from assistant.rendering.layout import MOST_ROWS, fitted_table, plain, rows_table
from assistant.rendering.text import LINK, visible, web_address

LIMIT = 3_000
"""Characters of a text in a block."""
WIDEST = 72
"""Characters of a line of code that Slack's window shows unbroken."""

_LOOKALIKES = str.maketrans("*＊_＿~`｀:>＞", "\u2217\ufe61\u02cd\u02cd\u223c\u02cb\u02cb\u2236\ufe65\ufe65")
_BACKTICK = re.compile("[`｀]")
_OPENS = re.compile(r"(?<![^\W_])[*＊_＿~](?=\S)")
_CLOSES = re.compile(r"(?<=\S)[*＊_＿~](?![^\W_])")
_EMOJI = re.compile(r":(?=[\w+'-]{1,100}:)")
_QUOTES = re.compile(r"^([^\S\n]*)([>＞])", re.MULTILINE)

_MARKS = {"bold": "*", "italic": "_", "cyan": "`"}
_SEAM = "\u200b"
"""A mark acts at the edge of a word alone; this makes an edge where there is none."""
_ESCAPED = re.compile(r"\\?([&<>])")
_TARGET = re.compile(r"(^|\])(?=[(:])")
"""Where Markdown begins the address of a link, also of one whose words came before."""
_MARKER = re.compile(r"(\[\d{1,6}\])")
_LONGEST_URL = 900
_WORD = re.compile(r"\S{1,200}\s{0,200}|\s{1,200}")

_FENCE = re.compile(r"\s{0,3}(`{3,}|~{3,})[^`]*")
_HEADING = re.compile(r"#{1,6}\s+(\S.*)")
_ITEM = re.compile(r"(\s{0,12})[-*+] (.*)")
_NUMBERED = re.compile(r"\s{0,12}\d{1,4}[.)] .*")
_COLUMNS = 40
"""A line with more bars is no head of a table."""
_ROW = re.compile(r"\s*\|.*\|\s*")
_RULE = re.compile(r"\s*\|(?:\s*:?-+:?\s*\|)+\s*")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text in one style, a :data:`Span`'s; ``url`` is where it leads."""

    text: str
    style: str = ""
    url: str = ""


_Kind = Literal["code", "gap", "heading", "item", "prose"]


@dataclass(frozen=True, slots=True)
class _Unit:
    """What stands together: code, or pieces. ``gap`` is what separates it from what is above."""

    gap: str
    code: str = ""
    pieces: tuple[Piece, ...] = ()


def escaped(text: str) -> str:
    """``& < >`` as Slack wants them; all else stays."""
    return visible(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def size(text: str) -> int:
    """Characters as Slack may count them: in UTF-16, where some are two."""
    return len(text.encode("utf-16-le")) // 2


def to_mrkdwn(markdown: str, addresses: Mapping[int, str | None] | None = None) -> str:
    """Markdown as answers are written in, of any length.

    ``addresses`` are where each marker leads. None is for an answer that is not whole: nothing in it is a link yet.
    """
    units = _units(visible(markdown), addresses)
    return "".join(unit.gap + _whole(unit) for unit in units).strip("\n")


def streamed(markdown: str) -> str:
    """Markdown of an answer as the Markdown that Slack streams: no mention, no link and no emoji comes of it."""
    text = _ESCAPED.sub(lambda match: escaped(match[1]), visible(markdown))
    return _EMOJI.sub(_lookalike, _TARGET.sub(rf"\1{_SEAM}", text))


def sections(markdown: str, addresses: Mapping[int, str | None] | None = None) -> list[str]:
    """:func:`to_mrkdwn` in texts of :data:`LIMIT` characters at most, cut between paragraphs where that does."""
    return _packed(_units(visible(markdown), addresses))


def sections_of(pieces: Iterable[Piece]) -> list[str]:
    """Pieces as mrkdwn, in texts of :data:`LIMIT` characters at most."""
    return _packed([_Unit("", pieces=tuple(pieces))])


def literal(text: str, style: str = "") -> str:
    """Text of others as mrkdwn that shows it: no mention, no link, no emoji and no style comes of it."""
    return _rendered([Piece(visible(text), style)])


def link(url: str | None, words: str) -> str:
    """A link out of our own hands; the words alone where the address is none of the web."""
    return _rendered([Piece(visible(words), url=web_address(url) or "")])


def code_block(text: str) -> str:
    """Text in letters of one width."""
    kept = visible(text).strip("\n").replace("```", "\u02cb" * 3)
    return f"```\n{escaped(kept)}\n```"


def table_text(rows: Sequence[Mapping[str, Any]], elsewhere: str) -> tuple[str, bool]:
    """Rows as lines of text, and whether these are all that the rows hold: a large table shows its beginning, and
    ``elsewhere`` says where the rest is.

    Keys are left out: they are for machines, and a file has them.
    """
    rows = [{name: value for name, value in row.items() if name != "keys"} for row in rows]
    if len(rows) <= MOST_ROWS:
        whole = plain(rows_table(rows)).rstrip("\n")
        if max(map(len, whole.split("\n"))) <= WIDEST and size(code_block(whole)) <= LIMIT:
            return whole, True
    lines = _on_a_screen(rows, elsewhere)
    while size(code_block("\n".join(lines))) > LIMIT:
        lines[-2:] = [f"… {elsewhere}"]
    return "\n".join(lines), False


def _on_a_screen(rows: Sequence[Mapping[str, Any]], elsewhere: str) -> list[str]:
    """The beginning of the rows in the width of a window, their longest texts shortened."""
    from rich.console import Console

    out = io.StringIO()
    console = Console(
        file=out, width=WIDEST, force_terminal=True, color_system=None, highlight=False, markup=False, emoji=False
    )
    console.print(fitted_table(rows, elsewhere))
    return [line.rstrip() for line in out.getvalue().splitlines()]


# ---- Markdown's blocks


def _units(markdown: str, addresses: Mapping[int, str | None] | None) -> list[_Unit]:
    """What the Markdown is made of: code, tables, headings, items of lists, and lines of prose together."""
    units: list[_Unit] = []
    gap = ""
    for kind, text in _together(_lines(markdown)):
        if kind == "gap":
            gap = "\n\n"
            continue
        if kind == "code":
            unit = _Unit(gap, code=text)
        else:
            pieces = _pieces(text, addresses)
            bold = (replace(piece, style="bold") for piece in pieces)
            unit = _Unit(gap, pieces=tuple(bold if kind == "heading" else pieces))
        units.append(unit if units else replace(unit, gap=""))
        gap = "\n"
    return units


def _lines(markdown: str) -> Iterator[tuple[_Kind, str]]:
    """The lines, each with its kind; a block of code and a table come whole."""
    lines = markdown.split("\n")
    place = 0
    while place < len(lines):
        line, taken = lines[place], 1
        if fence := _FENCE.fullmatch(line):
            code, taken = _fenced(lines, place, fence[1])
            yield ("code", code) if code.strip() else ("gap", "")
        elif _is_table(lines, place):
            taken = _table_lines(lines, place)
            yield "code", _table(lines[place : place + taken])
        elif not line.strip():
            yield "gap", ""
        elif heading := _HEADING.fullmatch(line):
            yield "heading", heading[1].rstrip().rstrip("#").rstrip()
        elif item := _ITEM.fullmatch(line):
            yield "item", f"{item[1]}• {item[2]}"
        else:
            yield "prose", line
        place += taken


def _together(lines: Iterable[tuple[_Kind, str]]) -> Iterator[tuple[_Kind, str]]:
    """Lines of prose that follow each other as one, since a style may go over a line's end."""
    prose: list[str] = []
    for kind, text in lines:
        if prose and (kind != "prose" or _NUMBERED.fullmatch(text)):
            yield "prose", "\n".join(prose)
            prose = []
        if kind == "prose":
            prose.append(text)
        else:
            yield kind, text
    if prose:
        yield "prose", "\n".join(prose)


def _fenced(lines: Sequence[str], start: int, fence: str) -> tuple[str, int]:
    """The code behind a fence, and how many lines it takes with its fences; without a second one it goes on to the
    end."""
    for place in range(start + 1, len(lines)):
        line = lines[place].strip()
        if line.startswith(fence) and not line.strip(fence[0]):
            return "\n".join(lines[start + 1 : place]), place - start + 1
    return "\n".join(lines[start + 1 :]), len(lines) - start


def _is_table(lines: Sequence[str], place: int) -> bool:
    head, *below = lines[place : place + 2]
    is_row = bool(_ROW.fullmatch(head)) and head.count("|") <= _COLUMNS
    return is_row and any(map(_RULE.fullmatch, below))


def _table_lines(lines: Sequence[str], start: int) -> int:
    end = start + 2
    while end < len(lines) and _ROW.fullmatch(lines[end]):
        end += 1
    return end - start


def _table(lines: Sequence[str]) -> str:
    """A table in Markdown as lines of text."""
    names, *rows = [_cells(line) for line in (lines[0], *lines[2:])]
    keys = [name + " " * place for place, name in enumerate(names)]  # two columns may have one name
    wide = max(map(len, rows), default=0)
    keys += [" " * place for place in range(len(keys), wide)]
    return plain(rows_table([dict(zip(keys, row, strict=False)) for row in rows or [[""] * len(names)]])).rstrip("\n")


def _cells(line: str) -> list[str]:
    cells = re.split(r"(?<!\\)\|", line.strip().removeprefix("|").removesuffix("|"))
    return [plain_inline(cell.strip()) for cell in cells]


# ---- pieces


def _pieces(text: str, addresses: Mapping[int, str | None] | None) -> Iterator[Piece]:
    """Styled text with its markers and links. A bracket that a paper brings comes escaped, so in a span of its own."""
    found: list[Piece] = []
    for words, style in inline(text):
        parts = _MARKER.split(words) if "cyan" not in style else [words]
        for place, part in enumerate(parts):
            url = web_address((addresses or {}).get(int(part[1:-1]))) if place % 2 else None
            found.append(Piece(part, style, url or ""))
    for piece in _merged(found):
        yield from [piece] if addresses is None or piece.url or "cyan" in piece.style else _linked(piece)


def _linked(piece: Piece) -> Iterator[Piece]:
    """The piece with the web addresses in it as links to what they say."""
    place = 0
    for match in LINK.finditer(piece.text):
        yield replace(piece, text=piece.text[place : match.start()])
        yield Piece(match[0], piece.style, match[0])
        place = match.end()
    yield replace(piece, text=piece.text[place:])


def _merged(pieces: Iterable[Piece]) -> list[Piece]:
    merged: list[Piece] = []
    for piece in pieces:
        if merged and not piece.url and not merged[-1].url and merged[-1].style == piece.style:
            merged[-1] = replace(merged[-1], text=merged[-1].text + piece.text)
        elif piece.text:
            merged.append(piece)
    return merged


# ---- mrkdwn


def _whole(unit: _Unit) -> str:
    return code_block(unit.code) if unit.code else _rendered(unit.pieces)


def _rendered(pieces: Iterable[Piece]) -> str:
    out, was_marked = "", False
    for piece in _merged(pieces):
        text, is_marked = _piece(piece)
        if (was_marked or is_marked) and _is_tight(out[-1:], text[:1]):
            out += _SEAM
        out, was_marked = out + text, is_marked
    return out


def _is_tight(before: str, after: str) -> bool:
    return all(edge.isalnum() or edge in ("*", "_", "`") for edge in (before, after))


def _piece(piece: Piece) -> tuple[str, bool]:
    """The piece as mrkdwn, and whether it is in marks of its own. They act within a line, so each line has its own."""
    marks = "".join(_MARKS[name] for name in _MARKS if name in piece.style)
    if piece.url and size(escaped(piece.url)) <= _LONGEST_URL:
        return f"{marks}{_anchor(piece)}{marks[::-1]}", bool(marks)
    if not marks:
        return escaped(_harmless(piece.text)), False
    return "\n".join(_marked(line, marks) for line in piece.text.split("\n")), True


def _marked(line: str, marks: str) -> str:
    """The line in its marks, which act next to a word alone: blanks at its ends stay outside."""
    words = line.strip()
    if not words:
        return line
    kept = _BACKTICK.sub(_lookalike, words) if "`" in marks else _harmless(words, is_marked=True)
    before, _, after = line.partition(words)
    return f"{before}{marks}{escaped(kept)}{marks[::-1]}{after}"


def _anchor(piece: Piece) -> str:
    if piece.text == piece.url:
        return f"<{escaped(piece.url)}>"
    return f"<{escaped(piece.url)}|{escaped(_harmless(' '.join(piece.text.split()), is_marked=True))}>"


def _harmless(text: str, *, is_marked: bool = False) -> str:
    """The text with characters that look alike in the place of those that would act."""
    lines = []
    for line in text.split("\n"):
        if is_marked or _OPENS.search(line):
            line = _CLOSES.sub(_lookalike, _OPENS.sub(_lookalike, line))
        lines.append(_EMOJI.sub(_lookalike, _BACKTICK.sub(_lookalike, line)))
    return _QUOTES.sub(lambda match: match[1] + match[2].translate(_LOOKALIKES), "\n".join(lines))


def _lookalike(match: re.Match[str]) -> str:
    return match[0].translate(_LOOKALIKES)


# ---- cut to what a block holds


def _packed(units: Iterable[_Unit]) -> list[str]:
    packed: list[str] = []
    for unit in units:
        for place, text in enumerate(_cut(unit)):
            if not text.strip():
                continue
            if place == 0 and packed and size(packed[-1]) + size(unit.gap) + size(text) <= LIMIT:
                packed[-1] += unit.gap + text
            else:
                packed.append(text)
    return packed


def _cut(unit: _Unit) -> Iterator[str]:
    whole = _whole(unit)
    if size(whole) <= LIMIT:
        yield whole
    elif unit.code:
        yield from (code_block(part) for part in _cut_code(unit.code))
    else:
        yield from (_rendered(part).strip("\n") for part in _cut_pieces(unit.pieces))


def _cut_code(code: str) -> Iterator[str]:
    room = LIMIT - size(code_block(""))
    part, left = "", room
    for line in code.split("\n"):
        for words in re.findall(r".{1,400}", line) or [""]:
            cost = size(escaped(words)) + 1
            if cost > left:
                yield part.removesuffix("\n")
                part, left = "", room
            part, left = f"{part}{words}", left - cost
        part += "\n"
    yield part.removesuffix("\n")


def _cut_pieces(pieces: Iterable[Piece]) -> Iterator[list[Piece]]:
    part: list[Piece] = []
    left = LIMIT
    for piece in _merged(pieces):
        for word in _words(piece):
            cost = _most(word)
            if cost > left and part:
                yield part
                part, left = [], LIMIT
            part.append(word)
            left -= cost
    yield part


def _words(piece: Piece) -> list[Piece]:
    """The piece in parts that a text may be cut between. A link stays whole, unless it is none that fits."""
    if piece.url and _most(piece) <= LIMIT:
        return [piece]
    return [Piece(word, piece.style) for word in _WORD.findall(piece.text)]


def _most(piece: Piece) -> int:
    """How many characters the piece may take beside others: with its marks, and a seam at either end."""
    marks = 2 * len(_MARKS) + 2
    return size(escaped(piece.text)) + (size(escaped(piece.url)) + 3 if piece.url else 0) + marks
