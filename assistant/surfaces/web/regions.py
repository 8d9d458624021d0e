"""The parts of the page that change, and how each is drawn. Only what differs from what a visitor sees is sent."""

from __future__ import annotations

import logging
from collections.abc import Callable
from enum import StrEnum

from assistant.errors import AssistantError
from assistant.surfaces.web.desk import Desk
from assistant.surfaces.web.views import adding, chat, frame, library, people, settings, sources, talks, trends
from assistant.surfaces.web.visit import View, Visit

_log = logging.getLogger(__name__)

Draw = Callable[[Desk, Visit], str]


class Region(StrEnum):
    """Names that are ids on the page."""

    HEAD = "head"
    CHIPS = "chips"
    FILTER = "filter"
    TALKS = "talks"
    LOG = "log"
    LIVE = "live"
    LATER = "later"
    NEXT = "next"
    VIEW = "view"
    PANEL = "panel"
    TOLD = "told"


# What is sent over two wires may arrive in another order than it was drawn in, and the older picture would stay. So
# as long as an answer streams, its stream alone sends the conversation, and what is clicked all else.
_CONVERSATION = frozenset({Region.LOG, Region.LIVE, Region.LATER, Region.NEXT, Region.PANEL})
_OF_BOTH = frozenset({Region.HEAD, Region.TOLD})


def changed(desk: Desk, visit: Visit, *, streams: bool = False) -> dict[Region, str]:
    """What of the page is no longer as the visitor sees it. ``streams`` says that it goes over an answer's stream."""
    fresh: dict[Region, str] = {}
    with visit.drawing:
        for region in Region:
            if visit.answering and visit.stream and region not in _OF_BOTH and (region in _CONVERSATION) is not streams:
                continue
            html = _drawn(region, desk, visit)
            if visit.rendered.get(region) != html:
                visit.rendered[region] = fresh[region] = html
    return fresh


def _drawn(region: Region, desk: Desk, visit: Visit) -> str:
    try:
        return _DRAWING[region](desk, visit)
    except AssistantError as error:
        return frame.problem(error, may_edit=desk.may_edit(visit))
    except Exception:  # a bug in one part leaves the others whole
        _log.exception("the region %s cannot be drawn", region)
        return frame.problem("Something went wrong here; what it was stands in the log of whoever runs this page.")


def _view(desk: Desk, visit: Visit) -> str:
    draw = VIEWS.get(visit.place.view)
    return draw(desk, visit) if draw else ""


VIEWS: dict[View, Draw] = {
    "library": library.draw,
    "trends": trends.draw,
    "people": people.draw,
    "add": adding.draw,
    "settings": settings.draw,
}
"""What is shown in place of the chat."""

_DRAWING: dict[Region, Draw] = {
    Region.HEAD: frame.head,
    Region.CHIPS: frame.chips,
    Region.FILTER: frame.filter_menu,
    Region.TALKS: talks.draw,
    Region.LOG: chat.log,
    Region.LIVE: chat.live,
    Region.LATER: chat.later,
    Region.NEXT: chat.next_questions,
    Region.VIEW: _view,
    Region.PANEL: sources.panel_of,
    Region.TOLD: frame.told,
}
