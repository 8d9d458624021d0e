"""Tables of counts: papers by one dimension or two, the keys behind every row, a figure, and ways to take them away."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant import exporting
from assistant.analysis.figures import MOST_SERIES, bars, numbered, stacked
from assistant.answers import Chart, Dimension
from assistant.catalogue import TIMED, Catalogue, Group
from assistant.papers import Paper, clean

HEADINGS: dict[Dimension, str] = {
    "year": "year",
    "half": "half of the year",
    "quarter": "quarter",
    "month": "month",
    "calendar_month": "month of any year",
    "category": "category",
    "author": "author",
    "first_author": "first author",
    "author_pair": "pair of authors",
    "topic": "topic",
    "dataset": "dataset",
    "dataset_used": "dataset",
    "method": "method",
    "task": "task",
    "affiliation": "affiliation",
    "code": "code",
    "author_count": "number of authors",
    "title_length": "words in the title",
    "abstract_length": "words in the abstract",
}
"""What a column of each dimension is called."""
_NONE = "none named"
_FEW = 3
"""Titles are shown beside a number of papers up to this."""


Behind = tuple[tuple[int, str], ...]
"""The papers behind a mark of a figure: of each the row that it is in, and its key."""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows with the same columns; ``keys[n]`` are the papers behind ``rows[n]``, ``marks[n]`` those behind the mark of
    the figure that has the number ``n``."""

    title: str
    rows: tuple[Mapping[str, Any], ...]
    keys: tuple[tuple[str, ...], ...]
    chart: Chart | None = None
    marks: tuple[Behind, ...] = ()

    @property
    def figure(self) -> Any:
        """The figure as a ``plotly.graph_objects.Figure``; None where there is nothing to compare."""
        return None if self.chart is None else self.chart.plotly

    def to_dataframe(self) -> Any:
        """A ``pandas.DataFrame`` of the rows, with the keys in a column of their own."""
        return exporting.to_dataframe(self._with_keys())

    def to_csv(self) -> str:
        return exporting.to_csv(self._with_keys())

    def to_dict(self) -> dict[str, Any]:
        return {
            "title": self.title,
            "rows": self._with_keys(),
            "figure": None if self.chart is None else self.chart.to_plotly_json(),
            "marks": [[list(one) for one in behind] for behind in self.marks],
        }

    def save(self, path: str | Path) -> Path:
        """Write the table (.csv, .json) or the figure (.png, .svg, .html), as the file's name ends.

        Raises:
            ExportError: another ending, no figure to draw, no browser to draw it with, or the file cannot be written.
        """
        return exporting.save(Path(path), self._with_keys(), self.chart, self.to_dict())

    def _with_keys(self) -> list[dict[str, Any]]:
        return [{**row, "keys": list(keys)} for row, keys in zip(self.rows, self.keys, strict=True)]

    def _repr_html_(self) -> str:
        return exporting.to_html_table(self.title, self.rows)


def table_of_groups(
    groups: Sequence[Group], dimension: Dimension, *, what: str = "", heading: str = "", whole: int | None = None
) -> Table:
    """A row a group. ``what`` says which papers, for the title; ``whole`` adds shares of so many papers, in [0, 1]."""
    name = heading or HEADINGS[dimension]
    timed = dimension in TIMED
    rows: list[Mapping[str, Any]] = []
    for group in groups:
        row: dict[str, Any] = {name: group.value, "papers": len(group.papers)}
        if whole:
            row["share"] = round(len(group.papers) / whole, 4)
        if not timed and not heading:
            years = sorted(paper.year for paper in group.papers if paper.year)
            row |= {"first": years[0] if years else None, "last": years[-1] if years else None}
        if dimension not in ("author", "first_author", "author_pair") and len(group.papers) <= _FEW:
            row["titles"] = "; ".join(clean(paper.title) for paper in group.papers)
        rows.append(row)
    title = f"Papers{what} by {name}"
    chart = bars(
        [str(group.value) for group in groups],
        [len(group.papers) for group in groups],
        title=title,
        label=name,
        over_time=timed or bool(heading),
    )
    if chart is None:
        return Table(title, tuple(rows), _keys(groups))
    return Table(title, tuple(rows), _keys(groups), numbered(chart), _behind_bars(chart, groups))


def _behind_bars(chart: Chart, groups: Sequence[Group]) -> tuple[Behind, ...]:
    """The papers of each bar. A year without a paper has a bar and no group."""
    rows = [tuple((row, paper.key) for paper in group.papers) for row, group in enumerate(groups)]
    labels = [str(label) for label in chart.data[0]["x"]]
    if chart.data[0].get("orientation") == "h" or len(labels) == len(rows):
        return tuple(rows[: len(labels)])
    by_label = {str(group.value): own for group, own in zip(groups, rows, strict=True)}
    return tuple(by_label.get(label, ()) for label in labels)


def cross_table(
    catalogue: Catalogue,
    papers: Sequence[Paper],
    groups: Sequence[Group],
    dimension: Dimension,
    over: Dimension,
    *,
    what: str = "",
) -> Table:
    """A row a group, a column a value of ``over``; years without a paper have a column too."""
    columns = [group.value for group in catalogue.group(papers, over)]
    if over == "year" and columns:
        columns = list(range(int(columns[0]), int(columns[-1]) + 1))
    rows: list[Mapping[str, Any]] = []
    series: dict[str, list[int]] = {}
    parts: list[list[Behind]] = []
    for row, group in enumerate(groups):
        cells = {inner.value: inner.papers for inner in catalogue.group(group.papers, over)}
        parts.append([tuple((row, paper.key) for paper in cells.get(column, ())) for column in columns])
        counts = [len(part) for part in parts[-1]]
        series[str(group.value)] = counts
        by_column = {str(column): count for column, count in zip(columns, counts, strict=True)}
        rows.append({HEADINGS[dimension]: group.value, **by_column, "papers": len(group.papers)})
    title = f"Papers{what} by {HEADINGS[dimension]} and {HEADINGS[over]}"
    chart = stacked([str(column) for column in columns], series, title=title, label=HEADINGS[over])
    if chart is None:
        return Table(title, tuple(rows), _keys(groups))
    if len(parts) > MOST_SERIES:  # the last series is of all others
        rest = zip(*parts[MOST_SERIES - 1 :], strict=True)
        others = [tuple(itertools.chain.from_iterable(cells)) for cells in rest]
        parts = [*parts[: MOST_SERIES - 1], others]
    return Table(title, tuple(rows), _keys(groups), numbered(chart), tuple(itertools.chain.from_iterable(parts)))


def nested_table(
    catalogue: Catalogue,
    papers: Sequence[Paper],
    groups: Sequence[Group],
    dimensions: tuple[Dimension, Dimension, Dimension],
    *,
    what: str = "",
) -> tuple[Table, list[Group]]:
    """A row a value of the first dimension and the second, a column a value of the third; and the group of each row.

    What has no value of the second has a row of its own, so that no paper is lost.
    """
    first, second, third = dimensions
    rows: list[Mapping[str, Any]] = []
    behind: list[Group] = []
    place: dict[tuple[int, str], int] = {}
    for number, group in enumerate(groups):
        inner = catalogue.group(group.papers, second)
        valued = {paper.key for one in inner for paper in one.papers}
        rest = tuple(paper for paper in group.papers if paper.key not in valued)
        parts = [*inner, *([Group(_NONE, rest, group.spans)] if rest else [])]
        own = [Group(part.value, part.papers, group.spans) for part in parts]
        table = cross_table(catalogue, papers, own, second, third)
        for row, part in enumerate(own, len(rows)):
            for paper in part.papers:
                place.setdefault((number, paper.key), row)
        rows += [{HEADINGS[first]: group.value, **row} for row in table.rows]
        behind += own
    title = f"Papers{what} by {HEADINGS[first]}, {HEADINGS[second]} and {HEADINGS[third]}"
    crossed = cross_table(catalogue, papers, groups, first, third, what=what)
    marks = tuple(tuple((place[pair], pair[1]) for pair in pairs) for pairs in crossed.marks)
    return Table(title, tuple(rows), _keys(behind), crossed.chart, marks), behind


def tabulate(
    catalogue: Catalogue, papers: Sequence[Paper], dimensions: Sequence[Dimension], *, what: str = ""
) -> Table:
    """The papers by one dimension or by two, the second as columns."""
    groups = catalogue.group(papers, dimensions[0])
    if len(dimensions) == 1:
        return table_of_groups(groups, dimensions[0], what=what)
    return cross_table(catalogue, papers, groups, dimensions[0], dimensions[1], what=what)


class PaperList(list[Paper]):
    """Papers, as a list that can be taken away."""

    COLUMNS = (
        "key", "title", "authors", "authors_complete", "year", "date", "category", "has_code", "affiliation", "url",
    )  # fmt: skip

    def to_rows(self) -> list[dict[str, Any]]:
        return [
            {
                "key": paper.key,
                "title": clean(paper.title),
                "authors": "; ".join(author.name for author in paper.authors),
                "authors_complete": paper.authors_complete,
                "year": paper.year,
                "date": paper.date,
                "category": paper.category,
                "has_code": paper.has_code,
                "affiliation": paper.affiliation,
                "url": paper.url,
            }
            for paper in self
        ]

    def to_dataframe(self) -> Any:
        """A ``pandas.DataFrame``, a row a paper."""
        return exporting.to_dataframe(self.to_rows(), self.COLUMNS)

    def to_csv(self) -> str:
        return exporting.to_csv(self.to_rows(), self.COLUMNS)


def _keys(groups: Sequence[Group]) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(paper.key for paper in group.papers) for group in groups)
