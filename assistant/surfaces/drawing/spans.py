"""Spans: a row for each thing, a line from its first year to its last, a dot a year as large as its papers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.answers import Chart
from assistant.surfaces.drawing.shapes import LINE, NARROW, ON_WIDE, WIDE, Drawn, Mark, legend, line, shape, text, wide

_BROADEST = 900
_STEP = 38
"""Pixels of a row: its label above, its line below."""
_DOWN = 28
"""Pixels from the top of a row to its line."""
_EDGE = 0.035
"""The share of the width that is left free on either side of the years."""
_LABEL = 32
"""Pixels of a year."""
_SMALL = 3.5
"""The radius of a dot, at least."""
_LEAST, _OVERLAP = 4.5, 0.6
"""The radius of the largest dot, at least, in pixels and in years of a telephone's width."""
_STEPS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
"""Years between two that are named."""
_RING = 1.5
"""Half the width of a ring's stroke, in pixels: a ring is as large as a full dot."""


@dataclass(frozen=True, slots=True)
class _Scale:
    """From years to shares of the width."""

    first: int
    last: int

    def __call__(self, year: float) -> float:
        return _EDGE + (1 - 2 * _EDGE) * (year - self.first) / (self.last - self.first)

    def shrunk(self, radii: Sequence[float]) -> float:
        """By what dots are smaller where the years stand close, so that those of a row hardly overlap."""
        apart = (1 - 2 * _EDGE) * NARROW / (self.last - self.first)
        return min(1.0, max(_LEAST, apart * _OVERLAP) / max(radii))

    def every(self, room: int) -> int:
        """Every how many years one is named where the figure has so many pixels."""
        least = (self.last - self.first) * _LABEL / ((1 - 2 * _EDGE) * room)
        return next(step for step in _STEPS if step >= least)


def draw_spans(chart: Chart, mark: Mark | None) -> Drawn:
    """The spans from the top, the years below, and what full dots and rings are."""
    traces = [trace for trace in chart.data if trace["mode"] == "markers"]
    names: Sequence[str] = chart.layout["yaxis"]["categoryarray"][::-1]
    years = [year for trace in traces for year in trace["x"]]
    scale = _Scale(min(years), max(years))
    bottom = _STEP * len(names) + 4
    shapes = [_years(scale, bottom)]
    tops = {name: place * _STEP for place, name in enumerate(names)}
    for name, top in tops.items():
        own = [year for trace in traces for year, row in zip(trace["x"], trace["y"], strict=True) if row == name]
        shapes += _row(name, scale(min(own)), scale(max(own)), top)
    shrunk = scale.shrunk([across / 2 for trace in traces for across in trace["marker"]["size"]])
    for trace in traces:
        style = "pt-ring" if trace["marker"]["symbol"] == "circle-open" else "pt-s0"
        found = zip(trace["x"], trace["y"], trace["marker"]["size"], trace["text"], trace["ids"], strict=True)
        for year, name, across, words, number in found:
            radius = max(across / 2 * shrunk, _SMALL) - _RING * (style == "pt-ring")
            place = _circle(scale(year), tops[name] + _DOWN, radius)
            shapes.append(shape("circle", style, place, words, number, mark))
    swatches = [(_swatch(trace["marker"]["symbol"]), str(trace["name"])) for trace in traces]
    top = bottom + LINE + LINE // 2
    shapes.append(legend(swatches, top))
    return Drawn("".join(shapes), top + LINE * len(swatches), _BROADEST)


def _row(name: str, first: float, last: float, top: int) -> list[str]:
    """The line of a span, and above it its label: from the first dot on, up to the last, or over the middle, where it
    has room on a telephone; else at the left, with a faint line that leads from there."""
    room = wide(name) / NARROW
    middle = (first + last) / 2
    shapes = [line((first, top + _DOWN), (last, top + _DOWN), "pt-span")]
    if room <= 1 - first + _EDGE:
        return [*shapes, text(name, first, top + 14, "start", shift=-6)]
    if room <= last + _EDGE:
        return [*shapes, text(name, last, top + 14, "end", shift=6)]
    if room / 2 <= min(middle, 1 - middle) + _EDGE:
        return [*shapes, text(name, middle, top + 14, "middle")]
    guide = line((0, top + _DOWN), (first, top + _DOWN), "pt-grid")
    return [guide, *shapes, text(name, 0, top + 14, "start")]


def _years(scale: _Scale, bottom: int) -> str:
    """Faint lines at round years, named below them."""
    every, rarely = scale.every(WIDE), scale.every(NARROW)
    shapes = []
    for year in range(math.ceil(scale.first / every) * every, scale.last + 1, every):
        style = "" if year % rarely == 0 else ON_WIDE
        shapes.append(line((scale(year), 0), (scale(year), bottom), f"pt-grid {style}".strip()))
        shapes.append(text(str(year), scale(year), bottom + LINE - 4, "middle", style))
    return "".join(shapes)


def _circle(x: float, y: float, radius: float) -> str:
    return f'cx="{100 * x:.2f}%" cy="{y:.1f}" r="{radius:.1f}"'


def _swatch(symbol: str) -> str:
    style, radius = ("pt-ring", 6 - _RING) if symbol == "circle-open" else ("pt-s0", 6.0)
    return f'<circle class="{style}" cx="6" cy="7" r="{radius:g}"></circle>'
