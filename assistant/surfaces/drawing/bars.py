"""Bars: upright ones for years and other short labels, lying ones for names."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assistant.answers import Chart
from assistant.surfaces.drawing.shapes import (
    CHARACTER,
    COLOURS,
    LINE,
    NARROW,
    ON_WIDE,
    WIDE,
    Drawn,
    Mark,
    legend,
    shape,
    text,
    wide,
)

_DATE = re.compile(r"\d{4}(-\d\d)*")
_MARGIN = 10
_BROADEST = 900
_PLOT, _HEAD = 170, 18
"""Heights in pixels: of the highest upright bar, of the number above it."""
_BAR = 96
"""Pixels that an upright bar has at most, with the room around it."""
_FULL = 0.7
"""The share of its room that an upright bar fills."""
_ROWS = 15
"""Lying bars that are drawn; the table holds the rest."""
_BESIDE = 16
"""Characters of a label that stands beside its bar; longer ones stand above."""
_END = 0.9
"""Where the longest lying bar ends; its number follows."""


@dataclass(frozen=True, slots=True)
class _Part:
    """What one series has in one bar, on top of ``start``."""

    series: int
    start: float
    value: float
    words: str
    number: str


@dataclass(frozen=True, slots=True)
class _Bars:
    """What is drawn: a bar a label, with a part for each series. ``values[s][b]`` is the part of series s in bar b,
    ``numbers[s][b]`` its number as a mark."""

    labels: Sequence[str]
    names: Sequence[str]
    values: Sequence[Sequence[float]]
    numbers: Sequence[Sequence[str]]

    @property
    def totals(self) -> list[float]:
        return [sum(parts) for parts in zip(*self.values, strict=True)]

    @property
    def highest(self) -> float:
        return max(self.totals, default=0) or 1

    @property
    def widest_label(self) -> float:
        """Pixels."""
        return max(map(wide, self.labels), default=0) + _MARGIN

    def parts(self, bar: int) -> Iterator[_Part]:
        """The parts of a bar that are more than nothing."""
        start = 0.0
        for series, values in enumerate(self.values):
            if value := values[bar]:
                name = f"{self.names[series]}, " if self.names[series] else ""
                yield _Part(series, start, value, f"{name}{self.labels[bar]}: {value:g}", self.numbers[series][bar])
                start += value


def draw_bars(chart: Chart, mark: Mark | None) -> Drawn | None:
    """The bars with a legend where they have parts; None where there is nothing to compare."""
    bars, lying = _read(chart)
    if not bars.labels or (lying and len(bars.names) == 1 and len(set(bars.totals)) == 1):
        return None
    shapes, height = _lying(bars, mark) if lying else _upright(bars, mark)
    if len(bars.names) > 1:
        shapes += legend([(_swatch(series), name) for series, name in enumerate(bars.names)], height + LINE // 2)
        height += LINE // 2 + LINE * len(bars.names)
    return Drawn(shapes, height, WIDE if lying else max(NARROW, min(_BROADEST, _BAR * len(bars.labels))))


def _read(chart: Chart) -> tuple[_Bars, bool]:
    """The bars from the top or from the left, and whether they lie: so drawn, or with labels that fit no other way."""
    traces = [trace for trace in chart.data if trace.get("type") == "bar"]
    lying = any(trace.get("orientation") == "h" for trace in traces)
    along, across = ("y", "x") if lying else ("x", "y")
    labels = [str(label) for label in traces[0][along]] if traces else []
    values = [[float(value) for value in trace[across]] for trace in traces]
    numbers = [[str(number) for number in trace.get("ids", [""] * len(labels))] for trace in traces]
    if lying:  # Plotly counts from the bottom
        labels, values, numbers = labels[::-1], [row[::-1] for row in values], [row[::-1] for row in numbers]
    bars = _Bars(labels, [str(trace.get("name", "")) for trace in traces], values, numbers)
    dated = all(_DATE.fullmatch(label.rstrip("s")) for label in labels)
    return bars, lying or not (dated or bars.widest_label * len(labels) <= NARROW)


def _upright(bars: _Bars, mark: Mark | None) -> tuple[str, int]:
    """The shapes and their height. What has no room is left out, or shown on a wide screen alone."""
    count = len(bars.labels)
    room = 1 / count
    floor = _HEAD + _PLOT
    every = math.ceil(count * bars.widest_label / WIDE)
    every_narrow = every * math.ceil(count * bars.widest_label / NARROW / every)
    number_style = "" if count * 2 * CHARACTER <= NARROW else ON_WIDE
    shapes: list[str] = []
    for bar, label in enumerate(bars.labels):
        middle, total = (bar + 0.5) * room, bars.totals[bar]
        for part in bars.parts(bar):
            top = floor - _PLOT * (part.start + part.value) / bars.highest
            height = _PLOT * part.value / bars.highest
            shapes.append(_rect(part, middle - _FULL * room / 2, _FULL * room, top, height, mark))
        if total and count * 2 * CHARACTER <= WIDE:
            number_y = floor - _PLOT * total / bars.highest - 5
            shapes.append(text(f"{total:g}", middle, number_y, "middle", number_style))
        if bar % every == 0:
            shapes.append(text(label, middle, floor + LINE - 4, "middle", ON_WIDE * (bar % every_narrow > 0)))
    shapes.append(f'<line x1="0" x2="100%" y1="{floor}" y2="{floor}"></line>')
    return "".join(shapes), floor + LINE


def _lying(bars: _Bars, mark: Mark | None) -> tuple[str, int]:
    """The shapes and their height, the labels beside the bars or above them."""
    beside = max(map(len, bars.labels)) <= _BESIDE
    left = bars.widest_label / NARROW if beside else 0.0
    thick, down, step = (16, 0, 24) if beside else (12, LINE, 42)
    shown = min(len(bars.labels), _ROWS)
    shapes: list[str] = []
    for bar in range(shown):
        top = bar * step
        if beside:
            shapes.append(text(bars.labels[bar], left, top + 13, "end", shift=-8))
        else:
            shapes.append(text(bars.labels[bar], 0, top + 15, "start"))
        scale = (_END - left) / bars.highest
        for part in bars.parts(bar):
            shapes.append(_rect(part, left + part.start * scale, part.value * scale, top + down, thick, mark))
        total = bars.totals[bar]
        shapes.append(text(f"{total:g}", left + total * scale, top + down + thick / 2 + 5, "start", shift=6))
    height = shown * step
    if shown < len(bars.labels):
        shapes.append(text("The table holds the rest.", left, height + 14, "start"))
        height += LINE
    return "".join(shapes), height


def _swatch(series: int) -> str:
    return f'<rect class="pt-s{series % COLOURS}" x="0" y="1" width="12" height="12"></rect>'


def _rect(part: _Part, x: float, width: float, y: float, height: float, mark: Mark | None) -> str:
    """A part of a bar; ``x`` and ``width`` are shares of the figure's width, the others pixels."""
    place = f'x="{100 * x:.2f}%" y="{y:.1f}" width="{100 * width:.2f}%" height="{height:.1f}"'
    return shape("rect", f"pt-s{part.series % COLOURS}", place, part.words, part.number, mark)
