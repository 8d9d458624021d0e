"""Figures: rows -> Plotly figures. Plain bars, labels in full, colours that the colour-blind tell apart."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from assistant.answers import Chart

# Okabe and Ito (2008), for colour-blind readers; grey for what is left.
COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#8c6bb1", "#b8a000", "#4d4d4d")
_MOST_SERIES = 9
_MOST_BARS = 25


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
    kept = names if len(names) <= _MOST_SERIES else names[: _MOST_SERIES - 1]
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
