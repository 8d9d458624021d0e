"""Chart -> an inline SVG: no script draws it, and its colours are the page's theme.

Every mark says what it is when it is pointed at. Where a page can open the papers behind a mark, ``leading_to`` gives
the marks what the page's script needs, and they are reached by the keyboard as well.
"""

from __future__ import annotations

from collections.abc import Mapping

from assistant.answers import Chart
from assistant.surfaces.drawing.bars import draw_bars
from assistant.surfaces.drawing.network import draw_network
from assistant.surfaces.drawing.shapes import Drawn, Mark
from assistant.surfaces.drawing.spans import draw_spans
from assistant.surfaces.markup import escape

__all__ = ["Mark", "draw", "leading_to", "leading_to_sources"]

_KINDS = {"bars": "Bar chart", "spans": "Timeline", "network": "Network"}


def draw(chart: Chart, mark: Mark | None = None, beside: str = "") -> str:
    """The figure with its title, and buttons that take it away; empty where there is nothing to compare.

    ``mark`` gives, from the number of a mark, attributes that are put on its shape. ``beside`` is what else stands
    beside the buttons.
    """
    kind = str(chart.layout.get("meta", {}).get("kind", "bars"))
    drawn = _drawn(chart, kind, mark)
    if drawn is None:
        return ""
    title = str(chart.layout.get("title", {}).get("text", ""))
    name = escape(f"{_KINDS[kind]}: {title}")
    # The parts of an image are hidden from a screen reader: what can be pressed stands in a group.
    about = f'role="img" title="{name}"' if mark is None else f'role="group" aria-label="{name}"'
    return (
        f'<figure class="pt-figure"><figcaption>{escape(title)}</figcaption>'
        f'<div class="pt-drawing" {about}>'
        f'<svg class="pt-chart" width="100%" height="{drawn.height}" style="max-width:{drawn.broadest}px">'
        f"{drawn.shapes}</svg></div>"
        '<div class="pt-takes"><button type="button" class="pt-take" value="svg" title="Save the figure as SVG">'
        'SVG</button><button type="button" class="pt-take" value="png" title="Save the figure as PNG">PNG</button>'
        f"{beside}</div></figure>"
    )


def leading_to(finding: str) -> Mark:
    """Each mark opens its papers: the finding and the mark by their names, for the page's script."""
    return lambda number: {"data-do": "papers", "data-finding": finding, "data-mark": number}


def leading_to_sources(chart: Chart, turn: int) -> Mark | None:
    """Each mark of an answer's figure leads to the passages behind it, by their markers; None where they are not
    known, as of an answer that was stored before figures had them."""
    behind = chart.layout.get("meta", {}).get("sources")
    if not behind:
        return None

    def lead(number: str) -> Mapping[str, str]:
        markers = " ".join(map(str, behind[int(number)]))
        return {"id": f"mark-{turn}-{number}", "data-mark": number, "data-turn": str(turn), "data-sources": markers}

    return lead


def _drawn(chart: Chart, kind: str, mark: Mark | None) -> Drawn | None:
    if kind == "spans":
        return draw_spans(chart, mark)
    return draw_network(chart, mark) if kind == "network" else draw_bars(chart, mark)
