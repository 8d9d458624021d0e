"""Words of a page -> lines, columns and rows in the order in which they are read.

A page is cut into horizontal bands at the lines that run across its gutter; in each band the left column is read before
the right one. This is the top of a recursive XY cut (Nagy, Seth and Viswanathan, 1992) with the vertical cut preferred,
so that gaps which happen to lie side by side in two columns do not mix them.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from assistant.sources.pdf_pages import Box, Style, Word

_LARGEST_BLANK = 1.3
"""The widest blank, in ems, between words that the file writes one after the other; gutters are wider."""
_LARGEST_UNORDERED_BLANK = 0.6
"""The same between words that it writes apart."""


class Line:
    """Words that stand beside each other without a wide gap: a line of a column, or a cell of a table."""

    def __init__(self, words: Sequence[Word]) -> None:
        self.words = tuple(words)
        self.x0, self.x1 = min(w.x0 for w in words), max(w.x1 for w in words)
        self.style = _main_style(words)
        self.size = self.style.size
        worded = [word for word in words if any(map(str.isalpha, word.text))]
        alike = (word for word in worded if (word.style.font, word.style.bold) == (self.style.font, self.style.bold))
        self.share = sum(len(word.text) for word in alike) / max(sum(len(word.text) for word in worded), 1)
        """How much of its words is in its main font, numbers aside."""
        main = next(word for word in words if word.style == self.style)
        self.baseline, self.top, self.bottom = main.baseline, main.top, main.bottom

    @property
    def width(self) -> float:
        return self.x1 - self.x0

    @property
    def box(self) -> Box:
        return Box(self.x0, self.top, self.x1, self.bottom)

    @cached_property
    def text(self) -> str:
        return "".join(
            (" " if word.spaced and place else "") + self._shown(word) for place, word in enumerate(self.words)
        )

    def _shown(self, word: Word) -> str:
        return word.text.translate(_SUPERSCRIPTS) if self.raises(word) and _RAISED.fullmatch(word.text) else word.text

    def raises(self, word: Word) -> bool:
        """Whether a word is a superscript."""
        return word.style.size < 0.88 * self.size and word.baseline < self.baseline - 0.15 * self.size

    @property
    def mark(self) -> str:
        """The superscript or sign with which a footnote begins; empty where there is none."""
        first = self.words[0]
        if len(self.words) > 1 and (self.raises(first) or _FOOTNOTE_SIGN.fullmatch(first.text)):
            return first.text
        found = _FOOTNOTE_SIGN.match(first.text)
        return found[0] if found else ""


def _main_style(words: Sequence[Word]) -> Style:
    """The style of most characters; of a line with small capitals, that of the large ones."""
    counts: Counter[Style] = Counter()
    for word in words:
        counts[word.style] += len(word.text)
    most, count = counts.most_common(1)[0]
    larger = (style for style in counts if style.font == most.font and counts[style] >= 0.2 * count)
    return max(larger, key=lambda style: style.size)


_RAISED = re.compile(r"[-+−–]?\d+")
_SUPERSCRIPTS = str.maketrans("0123456789+-−–", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻")
_FOOTNOTE_SIGN = re.compile(r"[*∗†‡§¶‖#]+")


@dataclass(frozen=True, slots=True)
class Row:
    """What stands at one height of a column; more than one cell where wide gaps part it. ``page`` is a number."""

    cells: tuple[Line, ...]
    page: int
    left: float
    right: float

    @property
    def text(self) -> str:
        return " ".join(cell.text for cell in self.cells)

    @property
    def main(self) -> Line:
        return max(self.cells, key=lambda cell: len(cell.text))

    @property
    def x0(self) -> float:
        return min(cell.x0 for cell in self.cells)

    @property
    def x1(self) -> float:
        return max(cell.x1 for cell in self.cells)

    @property
    def box(self) -> Box:
        return Box(self.x0, min(cell.top for cell in self.cells), self.x1, max(cell.bottom for cell in self.cells))


# ---- lines


def lines_of(words: Iterable[Word]) -> list[Line]:
    """The lines of a page, from the top. Words keep the order of the file, which knows how a script runs."""
    runs: list[list[Word]] = []
    for word in words:
        if runs and _beside(runs[-1][-1], word, _LARGEST_BLANK) and _on_row(runs[-1], word):
            runs[-1].append(word)
        else:
            runs.append([word])
    return _rejoined(sorted((Line(run) for run in runs), key=lambda line: (line.baseline, line.x0)))


def _beside(word: Word, following: Word, widest: float) -> bool:
    gap = max(following.x0 - word.x1, word.x0 - following.x1)
    return gap <= widest * max(word.style.size, following.style.size, 1.0)


def _on_row(run: Sequence[Word], word: Word) -> bool:
    return any(_overlap(other.top, other.bottom, word.top, word.bottom) >= 0.5 for other in (run[0], run[-1]))


def _overlap(top: float, bottom: float, other_top: float, other_bottom: float) -> float:
    """How much of the lower one of two extents the other covers."""
    shared = min(bottom, other_bottom) - max(top, other_top)
    return shared / (min(bottom - top, other_bottom - other_top) or 1.0)


_NEIGHBOURS = 12


def _rejoined(lines: list[Line]) -> list[Line]:
    """Pieces of one line that the file writes apart, put together."""
    whole: list[Line] = []
    for line in lines:
        for place in range(len(whole) - 1, max(-1, len(whole) - 1 - _NEIGHBOURS), -1):
            other = whole[place]
            gap = max(line.x0 - other.x1, other.x0 - line.x1)
            near = -0.3 * line.size <= gap <= _LARGEST_UNORDERED_BLANK * min(line.size, other.size)
            if near and _overlap(other.top, other.bottom, line.top, line.bottom) >= 0.5:
                first, second = (other, line) if other.x0 <= line.x0 else (line, other)
                whole[place] = Line((*first.words, *second.words))
                break
        else:
            whole.append(line)
    return sorted(whole, key=lambda line: (line.baseline, line.x0))


def without_line_numbers(words: Sequence[Word]) -> list[Word]:
    """The words but for the numbers that a manuscript's margin counts its lines with."""
    numbers = [word for word in words if word.text.isdecimal() and len(word.text) <= 4]
    others = [word for word in words if not word.text.isdecimal()]
    if len(numbers) < _FEWEST_LINE_NUMBERS or not others:
        return list(words)
    left = sorted(word.x0 for word in others)[len(others) // 50]
    right = sorted(word.x1 for word in others)[-1 - len(others) // 50]
    drop: set[int] = set()
    for outside in ([n for n in numbers if n.x1 < left], [n for n in numbers if n.x0 > right]):
        counted = sorted(outside, key=lambda word: word.baseline)
        if len(counted) >= _FEWEST_LINE_NUMBERS and _counts_up([int(word.text) for word in counted]):
            drop.update(map(id, counted))
    return [word for word in words if id(word) not in drop]


_FEWEST_LINE_NUMBERS = 6


def _counts_up(numbers: Sequence[int]) -> bool:
    steps = Counter(b - a for a, b in pairwise(numbers))
    step, times = steps.most_common(1)[0]
    return step > 0 and times >= 0.8 * (len(numbers) - 1)


# ---- running heads


def without_running_lines(pages: Sequence[Sequence[Line]], heights: Sequence[float]) -> list[list[Line]]:
    """Each page's lines but for page numbers and for the heads and feet that several pages share."""
    edges = [_edges(lines, height) for lines, height in zip(pages, heights, strict=True)]
    seen = Counter(key for edge in edges for key in {_running_key(line) for line in edge})
    needed = 2 if len(pages) <= 5 else 3
    kept = []
    for lines, edge in zip(pages, edges, strict=True):
        drop = {id(line) for line in edge if seen[_running_key(line)] >= needed or _PAGE_NUMBER.fullmatch(line.text)}
        drop |= {id(line) for line in _outermost(lines) if _PAGE_NUMBER.fullmatch(line.text)}
        kept.append([line for line in lines if id(line) not in drop])
    return kept


_PAGE_NUMBER = re.compile(
    r"\W*(?:(?:page|p\.|seite|s\.)\s*)?(?:\d{1,5}|[ivxlc]{1,6})(?:\s*(?:of|/|von)\s*\d{1,5})?\W*", re.I
)
_EDGE = 0.12
"""The part of a page's height, above and below, where running heads stand."""
_EDGE_ROWS = 3


def _edges(lines: Sequence[Line], height: float) -> list[Line]:
    """The lines of the outermost rows at the head and foot of a page."""
    found: list[Line] = []
    for near in (
        [line for line in lines if line.bottom < _EDGE * height],
        [line for line in reversed(lines) if line.top > (1 - _EDGE) * height],
    ):
        rows: list[float] = []
        for line in near:
            if not rows or abs(line.baseline - rows[-1]) > 3:
                rows.append(line.baseline)
            if len(rows) > _EDGE_ROWS:
                break
            found.append(line)
    return found


def _outermost(lines: Sequence[Line]) -> list[Line]:
    """The first and last line of a page, where they stand apart from the others."""
    found = []
    for edge, other in ((0, 1), (-1, -2)):
        if len(lines) > 1 and abs(lines[edge].baseline - lines[other].baseline) > 1.4 * lines[edge].size:
            found.append(lines[edge])
    return found


def _running_key(line: Line) -> tuple[str, int]:
    return re.sub(r"\d+", "#", line.text.casefold()), round(line.baseline / 6)


# ---- columns


@dataclass(frozen=True, slots=True)
class Column:
    """Lines that are read from top to bottom."""

    lines: tuple[Line, ...]

    def rows(self, page: int) -> list[Row]:
        left = min(line.x0 for line in self.lines)
        right = max(line.x1 for line in self.lines)
        rows: list[list[Line]] = []
        for line in sorted(self.lines, key=lambda line: line.baseline):
            if rows and any(_overlap(c.top, c.bottom, line.top, line.bottom) >= 0.5 for c in rows[-1]):
                rows[-1].append(line)
            else:
                rows.append([line])
        return [Row(tuple(_in_order(cells)), page, left, right) for cells in rows]


def _in_order(cells: list[Line]) -> list[Line]:
    from_right = sum(_is_right_to_left(cell.text) for cell in cells) > len(cells) / 2
    return sorted(cells, key=lambda cell: -cell.x1 if from_right else cell.x0)


def _is_right_to_left(text: str) -> bool:
    kinds = Counter(unicodedata.bidirectional(char) for char in text)
    return kinds["R"] + kinds["AL"] > kinds["L"]


def columns_of(lines: Sequence[Line], barriers: Sequence[Box] = (), depth: int = 0) -> list[Column]:
    """The columns in reading order. ``barriers`` are boxes of what was taken out and that text does not run past."""
    if not lines:
        return []
    gutter = find_gutter(lines) if depth < _MOST_CUTS else None
    if gutter is None:
        return [Column(tuple(lines))]
    em = _typical_size(lines)
    crossing = [box for box in barriers if box.x0 < gutter - 2 * em and box.x1 > gutter + 2 * em]
    columns: list[Column] = []
    band: list[Line] = []
    across: list[Line] = []

    def close() -> None:
        left = [line for line in band if line.x0 + line.x1 < 2 * gutter]
        right = [line for line in band if line.x0 + line.x1 >= 2 * gutter]
        for side in (left, right):
            columns.extend(columns_of(side, barriers, depth + 1))
        if across:
            columns.append(Column(tuple(across)))
        band.clear()
        across.clear()

    last = float("-inf")
    for line in sorted(lines, key=lambda line: line.baseline):
        if _crosses(line, gutter) or (across and _ends_paragraph(line, across[-1], lines)):
            if band:
                close()
            across.append(line)
        else:
            if across or any(last < box.y0 and line.baseline > box.y1 for box in crossing):
                close()
            band.append(line)
        last = line.baseline
    close()
    return columns


_MOST_CUTS = 3
_OVERHANG = 1.5
"""How far, in ems, a line may hang over the gutter and still belong to its column."""


def _crosses(line: Line, gutter: float) -> bool:
    return line.x0 < gutter - _OVERHANG * line.size and line.x1 > gutter + _OVERHANG * line.size


def _ends_paragraph(line: Line, above: Line, lines: Sequence[Line]) -> bool:
    """Whether a short line goes on with one that runs across the gutter: set alike, below it, with none beside."""
    step = line.baseline - above.baseline
    alike = abs(line.size - above.size) < 0.05 * line.size and abs(line.x0 - above.x0) < line.size
    return (
        alike
        and step < 1.5 * line.size
        and not any(
            other is not line and _overlap(other.top, other.bottom, line.top, line.bottom) > 0.5 for other in lines
        )
    )


def _typical_size(lines: Sequence[Line]) -> float:
    sizes: Counter[float] = Counter()
    for line in lines:
        sizes[line.size] += len(line.text)
    return sizes.most_common(1)[0][0] or 1.0


_FEWEST_BESIDE = 3
_CANDIDATES = 8


def find_gutter(lines: Sequence[Line]) -> float | None:
    """Where the blank between two columns is; None where lines do not stand side by side."""
    em = _typical_size(lines)
    prose = [line for line in lines if line.width > 6 * em and sum(map(str.isalpha, line.text)) > 8]
    if len(prose) < 2 * _FEWEST_BESIDE:
        return None
    leftmost = min(line.x0 for line in prose)
    starts = Counter(round(line.x0) for line in prose if line.x0 > leftmost + 6 * em)
    best, found = 0.0, None
    for start, _ in starts.most_common(_CANDIDATES):
        left = [line for line in prose if line.x1 <= start - 0.4 * em]
        right = [line for line in prose if line.x0 >= start - 1.0]
        beside = min(_beside_each_other(left, right), _beside_each_other(right, left))
        crossing = len(prose) - len(left) - len(right)
        if beside >= max(_FEWEST_BESIDE, 0.06 * crossing) and beside - 0.02 * crossing > best:
            best = beside - 0.02 * crossing
            found = (start + max(line.x1 for line in left)) / 2
    return found


def _beside_each_other(lines: Sequence[Line], others: Sequence[Line]) -> int:
    """How many of the lines have one of the others at their height."""
    heights = sorted(other.baseline for other in others)
    count = 0
    for line in lines:
        place = bisect_left(heights, line.top)
        count += place < len(heights) and heights[place] < line.bottom + 0.5 * line.size
    return count
