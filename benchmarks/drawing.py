"""Bars and lines as SVG files: of one column, so that they are read on a telephone, and in a light and a dark page.

A picture in a document is loaded without the document's style, so each file has its own, with a ground of its own: it
is readable where the page is light and the reader's system dark. Nothing is loaded, and equal values give equal bytes.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assistant.surfaces.drawing.shapes import CHARACTER, LINE, legend, line, shape, text, wide
from assistant.surfaces.markup import escape

WIDTH = 480
"""Pixels of a file at its full size; a telephone shows it at three quarters of that."""
_MARGIN = 16
_INNER = WIDTH - 2 * _MARGIN
_BESIDE = 0.36
"""The share of the width that labels take beside their bars; with a longer one among them, all stand above."""
_NUMBER = 88
"""Pixels for the number behind the longest bar."""
_PLOT, _LEFT, _RIGHT = 220, 44, 24
"""Pixels of lines: their height, and the room beside them."""
_DOT = 4.5
_STYLE = """
    text { font: 13px system-ui, -apple-system, "Segoe UI", sans-serif; fill: #1f2328; }
    .title { font-size: 15px; font-weight: 600; }
    .strong { font-weight: 600; }
    .small { font-size: 12px; fill: #59636e; }
    .named { paint-order: stroke; stroke: #ffffff; stroke-width: 4px; }
    .ground { fill: #ffffff; }
    .axis { stroke: #818b98; }
    .grid { stroke: #d1d9e0; }
    .one { fill: #0969da; stroke: #0969da; }
    .two { fill: #bc4c00; stroke: #bc4c00; }
    .three { fill: #1a7f37; stroke: #1a7f37; }
    .part { fill: #ddf4ff; stroke: #0969da; }
    .other { fill: #818b98; stroke: #818b98; }
    .told { fill: none; stroke: #59636e; stroke-dasharray: 3 2; }
    polyline { stroke-width: 2; }
    polyline.one, polyline.two, polyline.three, polyline.other { fill: none; }
    @media (prefers-color-scheme: dark) {
      text { fill: #f0f6fc; }
      .small { fill: #9198a1; }
      .named { stroke: #0d1117; }
      .ground { fill: #0d1117; }
      .axis { stroke: #656c76; }
      .grid { stroke: #3d444d; }
      .one { fill: #4493f8; stroke: #4493f8; }
      .two { fill: #db6d28; stroke: #db6d28; }
      .three { fill: #3fb950; stroke: #3fb950; }
      .part { fill: #10243e; stroke: #4493f8; }
      .other { fill: #818b98; stroke: #818b98; }
      .told { stroke: #9198a1; }
    }
"""


@dataclass(frozen=True, slots=True)
class Bar:
    """``style`` is a class of the style sheet; ``words`` stand behind the bar. None is what was not measured."""

    value: float | None
    words: str
    style: str = "one"


@dataclass(frozen=True, slots=True)
class Row:
    label: str
    bars: Sequence[Bar]
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Panel:
    """Rows of one measure under a heading; a bar that is as long as can be is worth ``full``, or the longest."""

    heading: str
    rows: Sequence[Row]
    full: float | None = None


@dataclass(frozen=True, slots=True)
class Point:
    """``name`` stands below the axis; one ``apart``, measured in another way, is a ring that no line reaches."""

    x: float
    y: float
    name: str
    apart: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    name: str
    style: str
    points: Sequence[Point]


@dataclass(frozen=True, slots=True)
class Picture:
    """What is drawn below the title, and its height in pixels."""

    shapes: str
    height: float


def as_svg(title: str, about: str, drawn: Picture, swatches: Sequence[tuple[str, str]] = ()) -> str:
    """The whole file; ``swatches`` are classes and what is drawn so."""
    heads = textwrap.wrap(title, _INNER // CHARACTER)
    top = _MARGIN + LINE * len(heads) + 8
    below = top + (LINE * len(swatches) + 8 if swatches else 0)
    height = below + drawn.height + _MARGIN
    named = [(_swatch(style), words) for style, words in swatches]
    body = [
        *(text(words, 0, _MARGIN + LINE * place + 12, "start", "title") for place, words in enumerate(heads)),
        legend(named, top),
        f'<g transform="translate(0 {below})">{drawn.shapes}</g>',
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height:.0f}" viewBox="0 0 {WIDTH}'
        f' {height:.0f}" role="img" aria-labelledby="title description">\n'
        f'  <title id="title">{escape(title)}</title>\n  <desc id="description">{escape(about)}</desc>\n'
        f'  <style>{_STYLE}  </style>\n  <rect class="ground" width="100%" height="100%" rx="6"/>\n'
        f'  <svg x="{_MARGIN}" width="{_INNER}" height="100%">\n'
        + "".join(f"    {one}\n" for one in "\n".join(body).replace("><", ">\n<").splitlines() if one)
        + "  </svg>\n</svg>\n"
    )


def _swatch(style: str) -> str:
    return shape("rect", style, 'x="0.5" y="2.5" width="11" height="9"')


# ---- bars


def bars(panels: Sequence[Panel]) -> Picture:
    """The panels from the top; bars of all of them begin at one place."""
    widest = max(wide(row.label) for panel in panels for row in panel.rows)
    left = widest + 4 if widest <= _BESIDE * _INNER else 0.0
    shapes: list[str] = []
    top = 0.0
    for panel in panels:
        if panel.heading:
            for words in textwrap.wrap(panel.heading, _INNER // CHARACTER):
                shapes.append(text(words, 0, top + 14, "start", "strong"))
                top += LINE
            top += 2
        drawn = _panel(panel, left)
        shapes.append(f'<g transform="translate(0 {top:g})">{drawn.shapes}</g>')
        top += drawn.height + 12
    return Picture("".join(shapes), top - 12)


def _panel(panel: Panel, left: float) -> Picture:
    """``left`` are the pixels of labels beside their bars; none, where they stand above."""
    values = [bar.value for row in panel.rows for bar in row.bars if bar.value is not None]
    least, most = min([0.0, *values]), panel.full or max([0.0, *values])
    scale = (_INNER - left - _NUMBER) / ((most - least) or 1)
    zero = left - least * scale
    shapes: list[str] = []
    top = 0.0
    for row in panel.rows:
        thick = 14 if len(row.bars) == 1 else 10
        tall = (thick + 3) * len(row.bars)
        first = top if left else top + LINE - 2
        style = "strong" if row.strong else ""
        if left:
            shapes.append(text(row.label, left / _INNER, first + tall / 2 + 3, "end", style, shift=-8))
        else:
            shapes.append(text(row.label, 0, top + 13, "start", style))
        for place, bar in enumerate(row.bars):
            shapes += _bar(bar, zero, scale, first + place * (thick + 3), thick)
        shapes.append(line((zero / _INNER, first - 2), (zero / _INNER, first + tall - 1), "axis"))
        top = first + tall + 6
    return Picture("".join(shapes), top - 6)


def _bar(bar: Bar, zero: float, scale: float, top: float, thick: float) -> Iterator[str]:
    value = bar.value or 0.0
    long = abs(value) * scale
    start = zero - long if value < 0 else zero
    if long:
        place = f'x="{start:.1f}" y="{top + 0.5:.1f}" width="{long:.1f}" height="{thick - 1:.1f}"'
        yield shape("rect", bar.style, place, bar.words)
    yield text(bar.words, max(zero, zero + value * scale) / _INNER, top + thick / 2 + 4, "start", "small", shift=6)


# ---- lines


def lines(drawn: Sequence[Line], across: str, along: str) -> Picture:
    """Lines between points, both axes by logarithm; ``across`` and ``along`` say what x and y are.

    Points of like x have the same name in every line.
    """
    points = [point for one in drawn for point in one.points]
    x = _Scale.of([point.x for point in points], _LEFT, _INNER - _RIGHT)
    y = _Scale.of([point.y for point in points], LINE + 8 + _PLOT, LINE + 8)
    bottom = LINE + 8 + _PLOT
    shapes = [text(along, 0, 12, "start", "small")]
    for value in y.round():
        shapes.append(line((_LEFT / _INNER, y(value)), (1, y(value)), "grid"))
        shapes.append(text(f"{value:,g}", _LEFT / _INNER, y(value) + 4, "end", "small", shift=-6))
    shapes.append(line((_LEFT / _INNER, bottom), (1, bottom), "axis"))
    for one in reversed(drawn):
        shapes += _line(one, x, y)
    names, height = _names([(x(point.x), point.name) for point in drawn[0].points], bottom)
    shapes += [*names, text(across, 1, height + 14, "end", "small")]
    return Picture("".join(shapes), height + LINE)


def _line(one: Line, x: _Scale, y: _Scale) -> Iterator[str]:
    joined = " ".join(f"{x(point.x):.1f},{y(point.y):.1f}" for point in one.points if not point.apart)
    yield f'<polyline class="{one.style}" points="{joined}"></polyline>'
    for point in one.points:
        style = f'class="{one.style}"' + (' style="fill: none; stroke-width: 2"' if point.apart else "")
        words = escape(f"{one.name}, {point.name}: {point.y:.1f}")
        yield (
            f'<circle {style} cx="{x(point.x):.1f}" cy="{y(point.y):.1f}" r="{_DOT}"><title>{words}</title></circle>'
        )


def _names(placed: Sequence[tuple[float, str]], top: float) -> tuple[list[str], float]:
    """The points' names below the axis, each in the first line where it overlaps none; and where the last line ends."""
    ends: list[float] = []
    leads: list[str] = []
    names: list[str] = []
    for middle, name in sorted(placed):
        half = wide(name) * 0.45
        centre = min(max(middle, half), _INNER - half)
        row = next((at for at, end in enumerate(ends) if end <= centre - half), len(ends))
        ends[row : row + 1] = [centre + half + CHARACTER]
        bottom = top + LINE * (row + 1)
        leads.append(line((middle / _INNER, top), (middle / _INNER, bottom - 12), "axis"))
        names.append(text(name, centre / _INNER, bottom, "middle", "small named"))
    return [*leads, *names], top + LINE * len(ends) + 4


@dataclass(frozen=True, slots=True)
class _Scale:
    """From a number to pixels, by its logarithm."""

    low: float
    high: float
    start: float
    end: float

    @classmethod
    def of(cls, values: Sequence[float], start: float, end: float) -> _Scale:
        low, high = math.log10(min(values)), math.log10(max(values))
        return cls(low, high if high > low else low + 1, start, end)

    def __call__(self, value: float) -> float:
        return self.start + (self.end - self.start) * (math.log10(value) - self.low) / (self.high - self.low)

    def round(self) -> Iterator[float]:
        """1, 2, 5, 10, 20 … as far as they are between the ends."""
        for power in range(math.floor(self.low), math.ceil(self.high) + 1):
            for step in (1, 2, 5):
                if self.low <= math.log10(step * 10.0**power) <= self.high:
                    yield step * 10.0**power
