"""The shapes that all figures are drawn of. A place across is a share of the figure's width, all else is pixels.

So a figure fills the width that it is given while its texts, bars' thickness and dots stay as they are: it is as
readable on a telephone as on a desk. What has no room on a telephone has the class ``pt-wide``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from unicodedata import east_asian_width

from assistant.surfaces.markup import escape

Mark = Callable[[str], Mapping[str, str]]
"""From the number of a mark to attributes of its shape, by which a page knows what to open."""

COLOURS = 9
"""Classes ``pt-s0`` and on, which the style sheet gives a colour each."""
NARROW, WIDE = 290, 640
"""Pixels that there are on a telephone, and beside the panel of a desk."""
CHARACTER = 8
"""Pixels that a character of a label takes at most; one of Chinese, Japanese or Korean takes twice as many."""
LINE = 20
"""Pixels of a line of text."""
ON_WIDE = "pt-wide"


@dataclass(frozen=True, slots=True)
class Drawn:
    """The shapes of a figure, how high it is, and the width in pixels from which on it grows no more."""

    shapes: str
    height: int
    broadest: int


def wide(words: str) -> float:
    """How many pixels a label takes at most."""
    return CHARACTER * sum(2 if east_asian_width(character) in "WF" else 1 for character in words)


def shape(name: str, style: str, places: str, words: str = "", number: str = "", mark: Mark | None = None) -> str:
    """A shape with what it says; one of a number that ``mark`` leads from can be pressed, by the keyboard as well."""
    leads = ""
    if mark is not None and number:
        given = {"tabindex": "0", "role": "button", "aria-label": words, **mark(number)}
        leads = "".join(f' {key}="{escape(value)}"' for key, value in given.items())
    title = f"<title>{escape(words)}</title>" if words else ""
    return f'<{name} class="{style}"{leads} {places}>{title}</{name}>'


def text(words: str, x: float, y: float, anchor: str, style: str = "", *, shift: float = 0) -> str:
    """A label; ``shift`` is pixels to the right of its place."""
    kind = f' class="{style}"' if style else ""
    place = f'x="{100 * x:.2f}%" y="{y:.1f}" dx="{shift:g}" text-anchor="{anchor}"'
    return f"<text{kind} {place}>{escape(words)}</text>"


def line(one: tuple[float, float], other: tuple[float, float], style: str) -> str:
    """A straight line that says nothing by itself."""
    return shape("line", style, ends(one, other))


def ends(one: tuple[float, float], other: tuple[float, float]) -> str:
    """The two ends of a line, each a share of the width and pixels."""
    return f'x1="{100 * one[0]:.2f}%" y1="{one[1]:.1f}" x2="{100 * other[0]:.2f}%" y2="{other[1]:.1f}"'


def legend(swatches: Sequence[tuple[str, str]], top: float) -> str:
    """A line for each shape, drawn around (6, 7), and what it stands for."""
    return "".join(
        f'<g transform="translate(0 {top + place * LINE:g})">{swatch}{text(words, 0, 12, "start", shift=20)}</g>'
        for place, (swatch, words) in enumerate(swatches)
    )
