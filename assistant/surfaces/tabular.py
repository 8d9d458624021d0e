"""Rows behind an answer -> a table of the web chat: long ones scroll, heads sort, each row leads to its passages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any
from zlib import crc32

from assistant.exporting import to_csv
from assistant.rendering import cell
from assistant.surfaces.markup import escape, linked

Row = Mapping[str, Any]

_IDENTIFIERS = ("key", "keys")
"""What machines read; the file that is taken away has it too."""
_SOURCES = ("source", "sources")
_MANY = 12
"""Rows that are seen at once; longer tables scroll."""
_LONG, _PROSE = 24, 60
"""Characters from which a cell wraps, and from which it is given more room to."""


def tabulate(rows: Sequence[Row], marker: Callable[[int], str], name: str = "table") -> str:
    """The table, with heads that sort it and a button that takes it away.

    ``marker`` makes a citation's number a link. ``name`` tells the table from others of the page: by it and by what is
    in it, the page's script knows it again when it is drawn anew.
    """
    names = _columns(rows)
    csv = to_csv(rows)
    kinds = {column: "" if column in _SOURCES else _kind([row.get(column) for row in rows]) for column in names}
    sorts = len(rows) > 1
    head = "".join(
        f'<th scope="col"{kind} aria-sort="none">{_sorting(column, f"{name}-{place}")}</th>'
        if sorts
        else f'<th scope="col"{kind}>{escape(column)}</th>'
        for place, (column, kind) in enumerate(kinds.items())
    )
    body = "".join(
        "<tr>"
        + "".join(
            f"<td{kind}{_measure(column, row.get(column))}>{_cell(column, row.get(column), marker)}</td>"
            for column, kind in kinds.items()
        )
        + "</tr>"
        for row in rows
    )
    count = "1 row" if len(rows) == 1 else f"{len(rows):,} rows"
    many = " pt-many" if len(rows) > _MANY else ""
    return (
        f'<div class="pt-takes"><span class="pt-note">{count}</span>'
        '<button type="button" class="pt-take" value="csv" title="Save the table as CSV">CSV</button>'
        f"<span hidden>{_in_one_block(csv)}</span></div>"
        f'<div class="pt-table{many}" role="region" title="Table, {count}" tabindex="0">'
        f'<table data-sorts="{name}-{crc32(csv.encode()):08x}"><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _sorting(column: str, identifier: str) -> str:
    """A head that sorts, by a button that is known again when the table is drawn anew."""
    return f'<button type="button" class="pt-sort" id="sort-{identifier}">{escape(column)}</button>'


def _measure(column: str, value: Any) -> str:
    """What a cell is sorted by where it is a number, or markers: the first of them."""
    if column in _SOURCES and isinstance(value, list | tuple):
        value = min(value, default=None)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return ""
    return f' data-value="{value}"'


def _columns(rows: Sequence[Row]) -> list[str]:
    """The names that a reader wants, the passage of a row that has one alone before all else."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    said = {*_IDENTIFIERS, *(["year"] if "date" in names else [])}
    return sorted((name for name in names if name not in said), key=lambda name: name != "source")


def _kind(values: Iterable[Any]) -> str:
    """The class of a column's cells."""
    present = [value for value in values if value is not None]
    if present and all(isinstance(value, int | float) and not isinstance(value, bool) for value in present):
        return ' class="pt-number"'
    longest = max((len(cell(value)) for value in present), default=0)
    return ' class="pt-prose"' if longest > _PROSE else ' class="pt-long"' if longest > _LONG else ""


def _cell(name: str, value: Any, marker: Callable[[int], str]) -> str:
    if name in _SOURCES and value is not None:
        return _markers(value if isinstance(value, list | tuple) else [value], marker)
    if name == "share" and isinstance(value, float):
        return f"{value:.1%}"
    return linked(cell(value))


def _markers(numbers: Sequence[int], marker: Callable[[int], str]) -> str:
    """The links, a run of three or more by its ends."""
    parts: list[str] = []
    for _, run in groupby(enumerate(sorted(set(numbers))), key=lambda pair: pair[1] - pair[0]):
        found = [number for _, number in run]
        if len(found) > 2:
            parts.append(f"{marker(found[0])} to {marker(found[-1])}")
        else:
            parts += map(marker, found)
    return ", ".join(parts) if any(" to " in part for part in parts) else " ".join(parts)


def _in_one_block(text: str) -> str:
    """Escaped text without line feeds: a blank line would end the block for a reader of Markdown."""
    return escape(text).replace("\n", "&#10;")
