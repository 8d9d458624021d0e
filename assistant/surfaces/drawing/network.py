"""Networks: nodes as large as their papers, joined by lines as wide as the papers that they share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assistant.answers import Chart
from assistant.surfaces.drawing.shapes import NARROW, ON_WIDE, WIDE, Drawn, Mark, ends, shape, text, wide

_BROADEST = 900
_HEIGHT, _LOW = 460, 260
"""Pixels of a picture, and of one of few nodes."""
_FEW = 8
_ON_NARROW = 18
"""Nodes that a telephone shows, the largest."""
_EDGE = 0.02
"""The share of the width that is left free on either side."""
_TALL = 14
"""Pixels of a label."""
_OFF = 4
"""Pixels between a node and its label."""


@dataclass(frozen=True, slots=True)
class _Node:
    """A node with its place, a share of the width and pixels, and its radius in pixels."""

    name: str
    words: str
    number: str
    x: float
    y: float
    radius: float


@dataclass(frozen=True, slots=True)
class _Box:
    """A rectangle in pixels."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: _Box) -> bool:
        across = self.left < other.right and other.left < self.right
        return across and self.top < other.bottom and other.top < self.bottom


@dataclass(frozen=True, slots=True)
class _Label:
    """Where a label stands beside its node: how far to the right and down, and its anchor."""

    right: float
    down: float
    anchor: str

    def box(self, node: _Node, width: int) -> _Box:
        """What it covers in a picture of a width."""
        long = wide(node.name)
        before = {"start": 0.0, "middle": 0.5, "end": 1.0}[self.anchor] * long
        left, bottom = node.x * width + self.right - before, node.y + self.down + 2
        return _Box(left, bottom - _TALL, left + long, bottom)

    def shape(self, node: _Node, style: str) -> str:
        return text(node.name, node.x, node.y + self.down, self.anchor, style, shift=self.right)


def draw_network(chart: Chart, mark: Mark | None) -> Drawn:
    """The links below the nodes, and above all the labels, the largest node's first, as many as there is room for."""
    trace = next(trace for trace in chart.data if "markers" in trace["mode"])
    height = _HEIGHT if len(trace["ids"]) > _FEW else _LOW
    nodes = list(_read(trace, height))
    places = {spot: place for place, spot in enumerate(zip(trace["x"], trace["y"], strict=True))}
    shapes = []
    for link in chart.data:
        if link["mode"] == "lines":
            shapes.append(_link(link, [places[spot] for spot in zip(link["x"], link["y"], strict=True)], nodes, mark))
    for place, node in enumerate(nodes):
        at = f'cx="{100 * node.x:.2f}%" cy="{node.y:.1f}" r="{node.radius:.1f}"'
        shapes.append(shape("circle", _styled("pt-s0", place), at, node.words, node.number, mark))
    on_narrow = _labels(nodes[:_ON_NARROW], NARROW, height, {})
    for place, label in _labels(nodes, WIDE, height, on_narrow).items():
        shapes.append(label.shape(nodes[place], "pt-label" if place in on_narrow else f"pt-label {ON_WIDE}"))
    return Drawn("".join(shapes), height, _BROADEST)


def _read(trace: Mapping[str, Any], height: int) -> list[_Node]:
    """The nodes, with room for a label above the highest."""
    above = _TALL + _OFF
    rows = zip(
        trace["customdata"], trace["text"], trace["ids"], trace["x"], trace["y"], trace["marker"]["size"], strict=True
    )
    return [
        _Node(name, words, number, _EDGE + (1 - 2 * _EDGE) * x, above + (height - above - _OFF) * y, across / 2)
        for name, words, number, x, y, across in rows
    ]


def _link(trace: Mapping[str, Any], places: list[int], nodes: Sequence[_Node], mark: Mark | None) -> str:
    one, other = (nodes[place] for place in places)
    at = f'{ends((one.x, one.y), (other.x, other.y))} stroke-width="{trace["line"]["width"]:g}"'
    return shape("line", _styled("pt-link", max(places)), at, trace["text"][0], trace["ids"][0], mark)


def _styled(style: str, place: int) -> str:
    return style if place < _ON_NARROW else f"{style} {ON_WIDE}"


def _labels(nodes: Sequence[_Node], width: int, height: int, already: Mapping[int, _Label]) -> dict[int, _Label]:
    """Labels that fit in a picture of a width, by the places of their nodes: none lies over a label or a node."""
    found = dict(already)
    taken = [label.box(nodes[place], width) for place, label in found.items()]
    taken += [_Box(n.x * width - n.radius, n.y - n.radius, n.x * width + n.radius, n.y + n.radius) for n in nodes]
    for place, node in enumerate(nodes):
        if place in found:
            continue
        for label in _sides(node):
            box = label.box(node, width)
            inside = box.left >= 0 and box.right <= width and box.bottom <= height + _TALL
            if inside and not any(box.meets(other) for other in taken):
                found[place] = label
                taken.append(box)
                break
    return found


def _sides(node: _Node) -> tuple[_Label, ...]:
    """Where a label may stand, best first: above, below, right, left; above or below it may run inwards."""
    off = node.radius + _OFF
    above, below = -off, off + _TALL - 4
    return (
        _Label(0, above, "middle"),
        _Label(0, below, "middle"),
        _Label(off, 4, "start"),
        _Label(-off, 4, "end"),
        _Label(-node.radius, above, "start"),
        _Label(node.radius, above, "end"),
    )
