"""Chart -> an inline SVG of bars for the web chat: no script draws it, and its colours are the page's theme.

Lengths along the bars are shares of the width, and texts have the size of the page's, so that a figure is as readable
on a telephone as on a desk. Gradio's sanitizer strips ``viewBox``, ``role`` and ``aria-*`` from an SVG, which is why
none of it is used here.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assistant.answers import Chart
from assistant.surfaces.markup import escape

_DATE = re.compile(r"\d{4}(-\d\d)*")
_COLOURS = 9
"""Classes ``pt-s0`` and on, which the style sheet gives a colour each."""

# Pixels: what there is on a telephone and beside the panel of a desk, and what a character of a label takes at most.
_NARROW, _WIDE = 290, 640
_CHARACTER = 7.5
_MARGIN = 10

_PLOT, _HEAD, _LINE = 170, 18, 20
"""Heights in pixels: of the highest upright bar, of the number above it, of a line of text."""
_BROADEST = 96
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
class _Bars:
    """What is drawn: a bar a label, with a part for each series. ``values[s][b]`` is the part of series s in bar b."""

    labels: Sequence[str]
    names: Sequence[str]
    values: Sequence[Sequence[float]]

    @property
    def totals(self) -> list[float]:
        return [sum(parts) for parts in zip(*self.values, strict=True)]

    @property
    def highest(self) -> float:
        return max(self.totals, default=0) or 1

    @property
    def widest_label(self) -> float:
        """Pixels."""
        return _CHARACTER * max(map(len, self.labels), default=0) + _MARGIN

    def parts(self, bar: int) -> Iterator[tuple[int, float, float, str]]:
        """Series, start, value and words of each part of a bar that is more than nothing."""
        start = 0.0
        for series, values in enumerate(self.values):
            if value := values[bar]:
                name = f"{self.names[series]}, " if self.names[series] else ""
                yield series, start, value, f"{name}{self.labels[bar]}: {value:g}"
                start += value


def draw(chart: Chart) -> str:
    """The figure with its title, and buttons that take it away; empty where there is nothing to compare."""
    bars, lying = _read(chart)
    if not bars.labels or (lying and len(bars.names) == 1 and len(set(bars.totals)) == 1):
        return ""
    title = str(chart.layout.get("title", {}).get("text", ""))
    shapes, height = _lying(bars) if lying else _upright(bars)
    if len(bars.names) > 1:
        shapes += _legend(bars.names, height + _LINE // 2)
        height += _LINE // 2 + _LINE * len(bars.names)
    broadest = _WIDE if lying else max(_NARROW, min(_WIDE, _BROADEST * len(bars.labels)))
    return (
        f'<figure class="pt-figure"><figcaption>{escape(title)}</figcaption>'
        f'<div role="img" title="{escape(f"Bar chart: {title}")}">'
        f'<svg class="pt-chart" width="100%" height="{height}" style="max-width:{broadest}px">{shapes}</svg></div>'
        '<div class="pt-takes"><button type="button" class="pt-take" value="svg" title="Save the figure as SVG">'
        'SVG</button><button type="button" class="pt-take" value="png" title="Save the figure as PNG">PNG</button>'
        "</div></figure>"
    )


def _read(chart: Chart) -> tuple[_Bars, bool]:
    """The bars from the top or from the left, and whether they lie: so drawn, or with labels that fit no other way."""
    traces = [trace for trace in chart.data if trace.get("type") == "bar"]
    lying = any(trace.get("orientation") == "h" for trace in traces)
    along, across = ("y", "x") if lying else ("x", "y")
    labels = [str(label) for label in traces[0][along]] if traces else []
    values = [[float(value) for value in trace[across]] for trace in traces]
    if lying:  # Plotly counts from the bottom
        labels, values = labels[::-1], [row[::-1] for row in values]
    bars = _Bars(labels, [str(trace.get("name", "")) for trace in traces], values)
    dated = all(_DATE.fullmatch(label) for label in labels)
    return bars, lying or not (dated or bars.widest_label * len(labels) <= _NARROW)


def _upright(bars: _Bars) -> tuple[str, int]:
    """The shapes and their height. What has no room is left out, or shown on a wide screen alone."""
    count = len(bars.labels)
    room = 1 / count
    floor = _HEAD + _PLOT
    every = math.ceil(count * bars.widest_label / _WIDE)
    every_narrow = every * math.ceil(count * bars.widest_label / _NARROW / every)
    number_style = "" if count * 2 * _CHARACTER <= _NARROW else "pt-wide"
    parts: list[str] = []
    for bar, label in enumerate(bars.labels):
        middle, total = (bar + 0.5) * room, bars.totals[bar]
        for series, start, value, words in bars.parts(bar):
            top, height = floor - _PLOT * (start + value) / bars.highest, _PLOT * value / bars.highest
            parts.append(_rect(series, middle - _FULL * room / 2, _FULL * room, top, height, words))
        if total and count * 2 * _CHARACTER <= _WIDE:
            number_y = floor - _PLOT * total / bars.highest - 5
            parts.append(_text(f"{total:g}", middle, number_y, "middle", number_style))
        if bar % every == 0:
            parts.append(_text(label, middle, floor + _LINE - 4, "middle", "pt-wide" * (bar % every_narrow > 0)))
    parts.append(f'<line x1="0" x2="100%" y1="{floor}" y2="{floor}"></line>')
    return "".join(parts), floor + _LINE


def _lying(bars: _Bars) -> tuple[str, int]:
    """The shapes and their height, the labels beside the bars or above them."""
    beside = max(map(len, bars.labels)) <= _BESIDE
    left = bars.widest_label / _NARROW if beside else 0.0
    thick, down, step = (16, 0, 24) if beside else (12, _LINE, 42)
    shown = min(len(bars.labels), _ROWS)
    parts: list[str] = []
    for bar in range(shown):
        top = bar * step
        if beside:
            parts.append(_text(bars.labels[bar], left, top + 13, "end", shift=-8))
        else:
            parts.append(_text(bars.labels[bar], 0, top + 15, "start"))
        scale = (_END - left) / bars.highest
        for series, start, value, words in bars.parts(bar):
            parts.append(_rect(series, left + start * scale, value * scale, top + down, thick, words))
        total = bars.totals[bar]
        parts.append(_text(f"{total:g}", left + total * scale, top + down + thick / 2 + 5, "start", shift=6))
    height = shown * step
    if shown < len(bars.labels):
        parts.append(_text("The table holds the rest.", left, height + 14, "start"))
        height += _LINE
    return "".join(parts), height


def _legend(names: Sequence[str], top: int) -> str:
    return "".join(
        _swatch(series, top + series * _LINE) + _text(name, 0, top + series * _LINE + 12, "start", shift=20)
        for series, name in enumerate(names)
    )


def _swatch(series: int, top: int) -> str:
    return f'<rect class="pt-s{series % _COLOURS}" x="0" y="{top + 1}" width="12" height="12"></rect>'


def _rect(series: int, x: float, width: float, y: float, height: float, words: str) -> str:
    """A part of a bar; ``x`` and ``width`` are shares of the figure's width, the others pixels."""
    return (
        f'<rect class="pt-s{series % _COLOURS}" x="{100 * x:.2f}%" y="{y:.1f}" width="{100 * width:.2f}%" '
        f'height="{height:.1f}"><title>{escape(words)}</title></rect>'
    )


def _text(words: str, x: float, y: float, anchor: str, style: str = "", *, shift: int = 0) -> str:
    """A label; ``x`` is a share of the figure's width, ``shift`` is pixels from there."""
    kind = f' class="{style}"' if style else ""
    place = f'x="{100 * x:.2f}%" y="{y:.1f}" dx="{shift}" text-anchor="{anchor}"'
    return f"<text{kind} {place}>{escape(words)}</text>"
