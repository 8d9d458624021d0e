"""Figures: rows -> Plotly figures. Bars, spans of years, networks; colours that the colour-blind tell apart.

A figure whose marks lead somewhere has Plotly's ``ids`` in its traces: the number of each mark, as text.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

from assistant.answers import Chart

# Okabe and Ito (2008), for colour-blind readers; grey for what is left.
COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#8c6bb1", "#b8a000", "#4d4d4d")
MOST_SERIES = 9
_MOST_BARS = 25
_LARGEST, _SMALLEST = 24, 8
"""Pixels across a dot."""
_MANY = 5
"""Papers that the largest dot stands for, or more."""


@dataclass(frozen=True, slots=True)
class Dot:
    """One year of a span: how many papers, and whether what the span is of came into being in one of them."""

    year: int
    papers: int
    introduces: bool


@dataclass(frozen=True, slots=True)
class Span:
    """What is followed over the years, the first of its dots first."""

    name: str
    dots: tuple[Dot, ...]


@dataclass(frozen=True, slots=True)
class Node:
    """One of a network, at a place in the unit square, ``y`` from the top."""

    name: str
    papers: int
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Link:
    """Two nodes, by their places in the list of nodes, and how many papers they share."""

    one: int
    other: int
    papers: int


def bars(names: Sequence[str], counts: Sequence[int], *, title: str, label: str, over_time: bool) -> Chart | None:
    """One bar a name: upright in the order of time, lying by number. None where there is nothing to compare."""
    if len(names) < 2 or (not over_time and len(set(counts)) == 1):
        return None
    names, counts = list(names), list(counts)
    if over_time:
        names, counts = _with_gaps(names, counts)
    else:
        names, counts = names[:_MOST_BARS], counts[:_MOST_BARS]
    shown = _apart([_short(name) for name in names])
    full = [_plain(name) for name in names]
    common = {
        "type": "bar",
        "marker": {"color": COLOURS[0]},
        "textposition": "auto",
        "cliponaxis": False,
    }
    if over_time:
        hover = {"customdata": full, "hovertemplate": "%{customdata}: %{y}<extra></extra>"}
        return Chart(
            ({**common, "x": shown, "y": counts, "text": counts, **hover},), _layout(title, x=label, y="papers")
        )
    hover = {"customdata": full[::-1], "hovertemplate": "%{customdata}: %{x}<extra></extra>"}
    trace = {**common, "orientation": "h", "y": shown[::-1], "x": counts[::-1], "text": counts[::-1], **hover}
    return Chart((trace,), {**_layout(title, x="papers", y=label), "height": max(260, 90 + 24 * len(names))})


def _with_gaps(names: list[str], counts: list[int]) -> tuple[list[str], list[int]]:
    """Years without a paper have a bar of no height."""
    if not all(re.fullmatch(r"\d{4}", name) for name in names):
        return names, counts
    known = dict(zip(map(int, names), counts, strict=True))
    years = range(min(known), max(known) + 1)
    return [str(year) for year in years], [known.get(year, 0) for year in years]


def _apart(names: list[str]) -> list[str]:
    """Names that are the same once shortened would share a bar: a number keeps them apart."""
    seen: Counter[str] = Counter()
    apart = []
    for name in names:
        seen[name] += 1
        apart.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return apart


def stacked(columns: Sequence[str], series: Mapping[str, Sequence[int]], *, title: str, label: str) -> Chart | None:
    """Bars of several parts, one part a series. None where there is nothing to compare."""
    if len(columns) < 2 or not series:
        return None
    names = list(series)
    kept = names if len(names) <= MOST_SERIES else names[: MOST_SERIES - 1]
    rows = {name: list(series[name]) for name in kept}
    if len(kept) < len(names):
        rows["all others"] = [sum(values) for values in zip(*(series[n] for n in names[len(kept) :]), strict=True)]
    shown = _apart([_short(column) for column in columns])
    traces = tuple(
        {
            "type": "bar",
            "name": _short(name),
            "x": shown,
            "y": values,
            "marker": {"color": COLOURS[place % len(COLOURS)]},
            "hovertemplate": f"{_plain(name)}, %{{x}}: %{{y}}<extra></extra>",
        }
        for place, (name, values) in enumerate(rows.items())
    )
    return Chart(traces, {**_layout(title, x=label, y="papers"), "barmode": "stack", "showlegend": True})


def numbered(chart: Chart) -> Chart:
    """Bars with a number each, from 0 on over all series, in the order in which :func:`bars` or :func:`stacked` was
    given them."""
    numbers = count()
    traces = []
    for trace in chart.data:
        lying = trace.get("orientation") == "h"  # Plotly counts from the bottom
        ids = [str(next(numbers)) for _ in trace["y"]]
        traces.append({**trace, "ids": ids[::-1] if lying else ids})
    return replace(chart, data=tuple(traces))


def spans(rows: Sequence[Span], *, title: str, label: str, made: str, met: str) -> Chart | None:
    """A row a span, from the top: a line from its first year to its last, and on it a dot a year, as large as the
    number of papers. ``made`` says what a full dot is, ``met`` what a ring. The dots are numbered row by row.

    None where there is nothing to compare: a single span, or a single year.
    """
    if len(rows) < 2 or len({dot.year for row in rows for dot in row.dots}) < 2:
        return None
    names = _apart([_short(row.name) for row in rows])
    ends = [
        (name, min(dot.year for dot in row.dots), max(dot.year for dot in row.dots))
        for name, row in zip(names, rows, strict=True)
    ]
    most = max(dot.papers for row in rows for dot in row.dots)
    line = {
        "type": "scatter",
        "mode": "lines",
        "x": [x for _, first, last in ends for x in (first, last, None)],
        "y": [y for name, _, _ in ends for y in (name, name, None)],
        "line": {"color": COLOURS[0], "width": 2},
        "hoverinfo": "skip",
        "showlegend": False,
    }
    numbers = count()
    dots = [
        (name, row.name, dot, str(next(numbers))) for name, row in zip(names, rows, strict=True) for dot in row.dots
    ]
    traces = []
    for said, symbol, wanted in ((made, "circle", True), (met, "circle-open", False)):
        shown = [found for found in dots if found[2].introduces is wanted]
        if not shown:
            continue
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": said,
                "x": [dot.year for _, _, dot, _ in shown],
                "y": [name for name, _, _, _ in shown],
                "ids": [number for *_, number in shown],
                "text": [f"{_plain(name)}, {dot.year}: {_papers(dot.papers)}, {said}" for _, name, dot, _ in shown],
                "hovertemplate": "%{text}<extra></extra>",
                "marker": {
                    "symbol": symbol,
                    "color": COLOURS[0],
                    "size": [_across(dot.papers, most) for _, _, dot, _ in shown],
                    "line": {"color": COLOURS[0], "width": 2},
                },
            }
        )
    layout = _layout(title, x="year", y=label)
    layout |= {
        "meta": {"kind": "spans"},
        "showlegend": True,
        "height": max(260, 120 + 28 * len(rows)),
        "xaxis": {**layout["xaxis"], "type": "linear", "tickformat": "d"},
        "yaxis": {**layout["yaxis"], "categoryorder": "array", "categoryarray": names[::-1]},
    }
    return Chart((line, *traces), layout)


def network(nodes: Sequence[Node], links: Sequence[Link], *, title: str) -> Chart | None:
    """Nodes as large as their numbers of papers, joined by lines as wide as what they share. The nodes are numbered
    first, then the links. None where nothing is joined."""
    if not links:
        return None
    most, closest = max(node.papers for node in nodes), max(link.papers for link in links)
    lines = [
        {
            "type": "scatter",
            "mode": "lines",
            "x": [nodes[link.one].x, nodes[link.other].x],
            "y": [nodes[link.one].y, nodes[link.other].y],
            "ids": [str(number)],
            "text": [
                f"{_plain(nodes[link.one].name)} and {_plain(nodes[link.other].name)}: {_papers(link.papers)} together"
            ],
            "line": {"color": COLOURS[-1], "width": round(1 + 5 * link.papers / closest, 2)},
            "opacity": 0.5,
            "hoverinfo": "skip",
        }
        for number, link in enumerate(links, len(nodes))
    ]
    dots = {
        "type": "scatter",
        "mode": "markers+text",
        "x": [node.x for node in nodes],
        "y": [node.y for node in nodes],
        "ids": [str(number) for number in range(len(nodes))],
        "customdata": [_short(node.name) for node in nodes],
        "text": [f"{_plain(node.name)}: {_papers(node.papers)}" for node in nodes],
        "texttemplate": "%{customdata}",
        "textposition": "top center",
        "hovertemplate": "%{text}<extra></extra>",
        "marker": {"color": COLOURS[0], "size": [_across(node.papers, most) for node in nodes], "opacity": 1},
    }
    layout = _layout(title, x="", y="")
    hidden = {"visible": False, "fixedrange": True}
    layout |= {
        "meta": {"kind": "network"},
        "xaxis": hidden,
        "yaxis": {**hidden, "autorange": "reversed"},
        "height": 600,
    }
    return Chart((*lines, dots), layout)


def _across(papers: int, most: int) -> float:
    """Pixels across a dot whose area tells the number of papers."""
    return round(max(_SMALLEST, _LARGEST * math.sqrt(papers / max(most, _MANY))), 2)


def _papers(number: int) -> str:
    return "1 paper" if number == 1 else f"{number:,} papers"


def _layout(title: str, *, x: str, y: str) -> dict[str, Any]:
    axis = {"automargin": True, "fixedrange": True}
    return {
        "title": {"text": _plain(title), "font": {"size": 15}},
        "xaxis": {**axis, "title": {"text": x}, "type": "category" if y == "papers" else "linear"},
        "yaxis": {**axis, "title": {"text": y}, "type": "linear" if y == "papers" else "category"},
        "showlegend": False,
        "legend": {"orientation": "h", "y": -0.25},
        "margin": {"l": 50, "r": 20, "t": 50, "b": 50},
        "plot_bgcolor": "#ffffff",
        "paper_bgcolor": "#ffffff",
        "font": {"family": "system-ui, sans-serif", "color": "#1c2733"},
        "bargap": 0.25,
    }


def _short(name: str) -> str:
    name = _plain(name)
    return name if len(name) <= 42 else name[:40].rstrip() + " …"


def _plain(text: str) -> str:
    """Plotly reads some tags in labels; what papers say is text."""
    return text.replace("<", "‹").replace(">", "›").replace("%{", "% {")
