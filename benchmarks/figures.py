"""The figures of docs/results.md: which kept tables each is drawn from, and how. ``benchmarks.results`` writes them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.drawing import Bar, Line, Panel, Point, Row, as_svg, bars, lines

if TYPE_CHECKING:
    from benchmarks.results import Cell, Table

_AUTHORS = (("one", "sample author"), ("two", "second author"))
_GROUPS = {
    "Papertalk, and parts of its search alone": ("one", "part"),
    "Others, measured here": ("other",),
    "Published by others, not measured here": ("told",),
}
"""By what stands above them, the classes of rows of the retrieval."""
_LINES = ("one", "two", "three", "other")
_MEASURES = {
    "right": "right",
    "facts": "facts that the answer holds",
    "citation precision": "cited papers that are gold or acceptable",
    "declined": "declined, of what the papers do not answer",
}
"""Of those who answer the same questions, what is drawn, and what stands above it."""
_LEAST = 0.005
"""A difference that the tables, of two digits, show."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """A figure as a file, and what a reader is told who does not see it."""

    svg: str
    about: str


@dataclass(frozen=True, slots=True)
class Figure:
    """``tables`` are the names of those it is drawn from, in the order in which ``draw`` takes them."""

    name: str
    tables: Sequence[str]
    draw: Callable[..., Drawing]

    @property
    def file(self) -> str:
        return f"results-{self.name}.svg"


# ---- the answers


def by_kind(title: str) -> Callable[[Table, Table], Drawing]:
    """The share of right answers by kind of question, on both authors."""

    def draw(sample: Table, second: Table) -> Drawing:
        found = [_right(table) for table in (sample, second)]
        kinds = [kind for kind in dict.fromkeys([*found[0], *found[1]]) if kind != "all"]
        rows = [Row(_plain(kind), _shares(kind, found), kind == "all") for kind in ("all", *kinds)]
        told = ", ".join(f"{bar.words} on the {name}" for bar, (_, name) in zip(rows[0].bars, _AUTHORS, strict=True))
        about = f"Bars: the share of right answers by kind of question. Of all: {told}."
        return _drawing(title, about, [Panel("", rows, 1.0)], _AUTHORS)

    return draw


def _right(table: Table) -> dict[str, tuple[Cell, Cell]]:
    """By kind of question the share of right answers, and how many were asked."""
    right, asked = table.columns.index("right"), table.columns.index("questions")
    return {str(row[0]): (row[right], row[asked]) for row in table.rows}


def _shares(kind: str, found: Sequence[dict[str, tuple[Cell, Cell]]]) -> list[Bar]:
    """A bar for each author whose questions have that kind."""
    shares = [(style, *row[kind]) for (style, _), row in zip(_AUTHORS, found, strict=True) if kind in row]
    return [Bar(_number(share), f"{_number(share):.2f} of {asked}", style) for style, share, asked in shares]


def systems(table: Table) -> Drawing:
    """Those who answered the same questions, by measure; time as many times that of the first."""
    panels = [
        Panel(heading, _systems(table, measure), 1.0)
        for measure, heading in _MEASURES.items()
        if _measured(table, measure)
    ]
    panels.append(Panel("time of an answer, to the first row's", _systems(table, "time")))
    asked = table.columns[0]
    told = ", ".join(f"{row[0]} {_number(row[1]):.2f}" for row in table.rows)
    about = f"Bars for each who answered {asked}: right, facts, citations, declined, and time. Right: {told}."
    return _drawing(f"{asked[:1].upper()}{asked[1:]}", about, panels, ())


def _systems(table: Table, measure: str) -> list[Row]:
    place = table.columns.index(measure)
    return [
        Row(str(row[0]), [_bar(row[place], "one" if str(row[0]).startswith("Papertalk") else "other", table.digits)])
        for row in table.rows
    ]


def _measured(table: Table, measure: str) -> bool:
    return any(row[table.columns.index(measure)] is not None for row in table.rows)


# ---- the search


def retrieval(table: Table) -> Drawing:
    """nDCG@10 of each, in three groups."""
    place = table.columns.index("nDCG@10")
    best = max(_number(row[place]) for row in table.rows)
    panels = [
        Panel(heading, rows, best)
        for heading, roles in _GROUPS.items()
        if (rows := [_found(row, place, table.digits) for row in table.rows if _role(str(row[0])) in roles])
    ]
    told = "; ".join(f"{row[0]} {_number(row[place]):.{table.digits}f}" for row in table.rows)
    return _drawing(f"nDCG@10 on {table.columns[0]}", f"Bars: {told}.", panels, ())


def _found(row: Sequence[Cell], place: int, digits: int) -> Row:
    role = _role(str(row[0]))
    return Row(str(row[0]), [_bar(row[place], role, digits)], role == "one")


def _role(name: str) -> str:
    if name.endswith(", published"):
        return "told"
    if name.startswith("its "):
        return "part"
    return "one" if name.startswith("Papertalk") else "other"


# ---- parts switched off


def ablations(table: Table) -> Drawing:
    """What is lost without each part: right answers, and what should have been declined."""
    lost = _differences(table, "right", -1)
    wrongly = [row for row in _differences(table, "answered wrongly", 1) if any(bar.value for bar in row.bars)]
    most = max(_value(bar) for row in (*lost, *wrongly) for bar in row.bars)
    panels = [Panel("Right answers lost, of all questions", lost, most)]
    if wrongly:
        heading = "Answered wrongly on top, of what the papers do not answer (the other parts: no difference)"
        panels.append(Panel(heading, wrongly, most))
    worst = max(lost, key=lambda row: max(_value(bar) for bar in row.bars))
    told = ", ".join(f"{bar.words} on the {name}" for bar, (_, name) in zip(worst.bars, _AUTHORS, strict=True))
    about = f"Bars for each part, on both authors: what is lost without it. Most is lost by “{worst.label}”: {told}."
    return _drawing("What each part is worth: shares lost without it", about, panels, _AUTHORS)


def _differences(table: Table, measure: str, sign: int) -> list[Row]:
    """By part, how much more (``sign`` 1) or less (-1) of a measure there is without it, on each author."""
    places = [(style, table.columns.index(f"{author}: {measure}")) for style, author in _AUTHORS]
    whole, *others = table.rows
    rows = []
    for row in others:
        found = [(style, sign * (_number(row[place]) - _number(whole[place]))) for style, place in places]
        rows.append(Row(str(row[0]), [_bar(value if abs(value) >= _LEAST else 0.0, style) for style, value in found]))
    return rows


# ---- growth


def growth(table: Table) -> Drawing:
    """The time of a question, as many times that with 37 papers, against the records of the library."""
    first = table.columns.index("ask, to 37 papers")
    columns = [first, *(place for place, name in enumerate(table.columns) if name.startswith("… "))]
    drawn = [_growing(table, place, style) for place, style in zip(columns, _LINES, strict=False)]
    told = "; ".join(point.name for point in drawn[0].points)
    about = f"Lines over the records of a library: the median time of a question, to that with 37 papers. {told}."
    picture = lines(drawn, "records, by logarithm", "times as long as with 37 papers, by logarithm")
    swatches = [(line.style, line.name) for line in drawn]
    return Drawing(as_svg("How the time of a question grows (rings: synthetic)", about, picture, swatches), about)


def _growing(table: Table, place: int, style: str) -> Line:
    records, every = table.columns.index("records"), table.columns.index("ask, to 37 papers")
    name = "all questions" if place == every else str(table.columns[place]).removeprefix("… ")
    points = [
        Point(
            _number(row[records]),
            _number(row[place]),
            f"{row[0]}, {row[records]:,} records: {_number(row[every]):.1f}",
            apart="synthetic" in str(row[0]),
        )
        for row in table.rows
    ]
    return Line(name, style, points)


# ----


def _drawing(title: str, about: str, panels: Sequence[Panel], swatches: Sequence[tuple[str, str]]) -> Drawing:
    used = {bar.style for panel in panels for row in panel.rows for bar in row.bars}
    return Drawing(as_svg(title, about, bars(panels), [one for one in swatches if one[0] in used]), about)


def _bar(cell: Cell, style: str, digits: int = 2) -> Bar:
    if cell is None:
        return Bar(None, "–", style)
    return Bar(_number(cell), f"{_number(cell):,.{digits}f}", style)


def _value(bar: Bar) -> float:
    return bar.value or 0.0


def _number(cell: Cell) -> float:
    """
    Raises:
        TypeError: the cell holds words, or nothing.
    """
    if not isinstance(cell, int | float):
        raise TypeError(f"{cell!r} is not a number")
    return float(cell)


def _plain(name: str) -> str:
    return name.replace("_", " ")


FIGURES = (
    Figure("answers", ("answers-sample", "answers-second"), by_kind("Right answers, by kind of question")),
    Figure(
        "counting",
        ("answers-sample-counting", "answers-second-counting"),
        by_kind("Right answers to more questions that count and list"),
    ),
    Figure("answers-model", ("answers-model",), systems),
    Figure("retrieval", ("retrieval",), retrieval),
    Figure("ablations", ("ablations",), ablations),
    Figure("growth", ("growth",), growth),
)
