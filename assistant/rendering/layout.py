"""Grids and tables that fit a terminal, and what a terminal would show as plain text."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from assistant.rendering.text import cell, columns_of, one_line

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType
    from rich.table import Table

MOST_ROWS = 15
"""As many rows and references as leave the answer above them on the screen."""
WIDE = 100_000
"""Characters of a line that is not wrapped."""
_GAP = 2
_NARROWEST = 14
"""A column of text that is narrower tells nothing."""
_BAR = 16
_EIGHTHS = "▏▎▍▌▋▊▉█"
_LEVELS = "▁▂▃▄▅▆▇█"
_TIME = re.compile(r"\d{4}(?:-\d\d)?")


@dataclass(frozen=True, slots=True)
class OnTerminal:
    """``whole``, but on a terminal what ``fitted`` makes of its options."""

    whole: Callable[[], RenderableType]
    fitted: Callable[[ConsoleOptions], RenderableType]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        yield self.fitted(options) if options.is_terminal else self.whole()


def plain(renderable: RenderableType) -> str:
    """What a rich console would show, without styles and unwrapped."""
    from rich.console import Console

    out = io.StringIO()
    console = Console(file=out, width=WIDE, color_system=None, highlight=False, markup=False, emoji=False)
    console.print(renderable)
    return "".join(line.rstrip() + "\n" for line in out.getvalue().splitlines())


def two_columns() -> Table:
    """An empty grid: a mark or a name, and what belongs to it."""
    from rich.table import Table

    grid = Table.grid(padding=(0, 1))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    return grid


def borderless() -> Table:
    """An empty table without lines."""
    from rich.table import Table

    return Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold", show_edge=False)


@dataclass(frozen=True, slots=True)
class _Column:
    """A table's column as text. ``least`` is how narrow it may become, in cells."""

    name: str
    cells: tuple[str, ...]
    is_number: bool
    width: int
    least: int


def rows_table(rows: Sequence[Mapping[str, Any]]) -> Table:
    """Rows with the same columns as a table; numbers stand to the right."""
    return _drawn([_column(name, rows) for name in columns_of(rows)])


def fitted_table(rows: Sequence[Mapping[str, Any]], elsewhere: str) -> RenderableType:
    """Rows as a table. A terminal shows the first of them, on a line each, and says what it leaves out.

    Counts have bars where there is room; counts over time that are too many columns are one sparkline (Tufte, 2006).
    """
    return OnTerminal(lambda: rows_table(rows), lambda options: _fitted(rows, options, elsewhere))


def _fitted(rows: Sequence[Mapping[str, Any]], options: ConsoleOptions, elsewhere: str) -> RenderableType:
    from rich.console import Group
    from rich.text import Text

    shown = rows[:MOST_ROWS]
    columns = [_column(name, shown) for name in columns_of(rows)]
    choices: list[Sequence[_Column]] = [columns]
    if not options.ascii_only:
        choices = [_with_bars(columns, shown), columns, _with_sparklines(columns, shown)]
    fits = [_fit(choice, options.max_width) for choice in choices]
    fit, choice = next(
        ((fit, choice) for fit, choice in zip(fits, choices, strict=True) if len(fit) == len(choice)),
        (fits[-1], choices[-1]),
    )
    left = [
        f"{count} more {noun}{'' if count == 1 else 's'}"
        for count, noun in ((len(rows) - len(shown), "row"), (len(choice) - len(fit), "column"))
        if count
    ]
    table = _drawn(fit, line_each=True)
    return Group(table, Text(f"… {' and '.join(left)}; {elsewhere}", style="dim")) if left else table


def _column(name: str, rows: Sequence[Mapping[str, Any]]) -> _Column:
    values = [row.get(name) for row in rows]
    is_number = all(value is None or type(value) in (int, float) for value in values)  # a bool is none
    return _made_column(one_line(name), [one_line(cell(value)) for value in values], is_number=is_number)


def _made_column(name: str, cells: Sequence[str], *, is_number: bool, narrowest: int = _NARROWEST) -> _Column:
    from rich.cells import cell_len

    width = max(map(cell_len, (name, *cells)))
    return _Column(name, tuple(cells), is_number, width, width if is_number else min(width, narrowest))


def _with_bars(columns: Sequence[_Column], rows: Sequence[Mapping[str, Any]]) -> Sequence[_Column]:
    """A bar beside each number of papers."""
    place = next((place for place, column in enumerate(columns, 1) if column.name == "papers"), None)
    counts = [row.get("papers") for row in rows]
    whole = [count for count in counts if isinstance(count, int)]
    if place is None or len(whole) < 2 or len(whole) < len(counts) or max(whole) == 0:
        return columns
    bars = _made_column("", [_bar(count / max(whole)) for count in whole], is_number=False, narrowest=_BAR)
    return [*columns[:place], bars, *columns[place:]]


def _bar(share: float) -> str:
    """A bar of a share in [0, 1], to an eighth of a character."""
    full, part = divmod(round(share * _BAR * 8), 8)
    return "█" * full + (_EIGHTHS[part - 1] if part else "")


def _with_sparklines(columns: Sequence[_Column], rows: Sequence[Mapping[str, Any]]) -> Sequence[_Column]:
    """The columns of years or months as one, a character a column, all rows on one scale."""
    times = [place for place, column in enumerate(columns) if _TIME.fullmatch(column.name)]
    if len(times) < 2:
        return columns
    names = [columns[place].name for place in times]
    counts = [[int(row.get(name) or 0) for name in names] for row in rows]
    most = max(map(max, counts), default=0) or 1
    lines = ["".join(_LEVELS[-(-count * 8 // most) - 1] if count else " " for count in line) for line in counts]
    spark = _made_column(f"{names[0]} to {names[-1]}", lines, is_number=False, narrowest=len(names))
    return [*columns[: times[0]], spark, *columns[times[-1] + 1 :]]


def _fit(columns: Sequence[_Column], width: int) -> list[_Column]:
    """The columns in a width: the longest texts are shortened; where that does not do, the last but one column goes."""
    kept = list(columns)
    while True:
        room = width - _GAP * (len(kept) - 1)
        if sum(column.least for column in kept) <= room or len(kept) <= 2:
            break
        kept.pop(-2)
    longest = max((column.width for column in kept), default=0)
    while longest > 1 and sum(max(column.least, min(column.width, longest)) for column in kept) > room:
        longest -= 1
    return [replace(column, width=max(column.least, min(column.width, longest))) for column in kept]


def _drawn(columns: Sequence[_Column], *, line_each: bool = False) -> Table:
    from rich.text import Text

    table = borderless()
    for column in columns:
        justify: Literal["right", "left"] = "right" if column.is_number else "left"
        if line_each:
            table.add_column(Text(column.name), justify=justify, width=column.width, no_wrap=True, overflow="ellipsis")
        else:
            table.add_column(Text(column.name), justify=justify, overflow="fold")
    for line in zip(*(column.cells for column in columns), strict=True):
        table.add_row(*(Text(text, style="dim" if text == "0" else "") for text in line))
    return table
