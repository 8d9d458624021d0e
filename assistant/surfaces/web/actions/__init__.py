"""What is clicked on the page -> what it does to a visit. Each part of the page names its own actions; here they meet.

An action is a function of the desk, the visit, and what its element says (``data-*`` without the prefix; of a form, its
fields as well). It changes the visit; the page is then drawn anew where it differs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import parse_qsl

from assistant.errors import AccessError, AssistantError, ConversationNotFound
from assistant.surfaces.web import telling
from assistant.surfaces.web.actions import adding, papers, people, talks
from assistant.surfaces.web.desk import Desk
from assistant.surfaces.web.visit import VIEWS, Choice, Place, Visit, unread, years_of

Data = Mapping[str, str]
Action = Callable[[Desk, Visit, Data], None]


def act(desk: Desk, visit: Visit, data: Data) -> None:
    """Do what was clicked; what cannot be done is told in a sentence. A conversation that is on the page then is shown
    as it is by now: another page may have gone on with it."""
    action = ACTIONS.get(data.get("do", ""))
    if action is None:
        return
    try:
        action(desk, visit, data)
    except AssistantError as error:
        visit.tell(telling.of(error, may_edit=desk.may_edit(visit)), error=True)
    if visit.place.view == "chat":
        desk.catch_up(visit)


# ---- going about


def _open(desk: Desk, visit: Visit, data: Data) -> None:
    """Where the address leads: at the start, after going back, and when the connection is there again, over which the
    page must ask for the stream that it lost."""
    if data.get("anew"):
        visit.stream = None
        visit.rendered.clear()
    query = dict(parse_qsl(data.get("query", "").removeprefix("?")))
    if sentence := unread(query):
        visit.tell(sentence, error=True)
    desk.open(visit, Place.of(query))


def _go(desk: Desk, visit: Visit, data: Data) -> None:
    view = next((known for known in VIEWS if known == data.get("view")), "chat")
    paper = data.get("paper", "")
    if paper and paper not in desk.assistant(visit).library.papers:
        visit.tell(
            "This paper was removed from the library; what an answer quotes of it stays with the answer.", error=True
        )
        return
    visit.go(view=view, paper=paper, figure="", search="")


def _library(desk: Desk, visit: Visit, data: Data) -> None:
    desk.open(visit, Place(library=data.get("value", "")))


def _begin_library(desk: Desk, visit: Visit, data: Data) -> None:
    """Make a library, and be where papers are added to it.

    Raises:
        AccessError: visitors may not change libraries here.
        ConfigError: no library can be called so.
        LibraryError: there is one of that name, or it cannot be made.
    """
    if not desk.may_edit(visit):
        raise AccessError("A library cannot be begun from this page; ask whoever runs it.")
    name = data.get("name", "").strip()
    desk.shelf.create(name)
    desk.open(visit, Place(library=name, view="add"))


# ---- which papers


def _filter(desk: Desk, visit: Visit, data: Data) -> None:
    """The whole form, as it now stands."""
    years = years_of(f"{data.get('first', '')}-{data.get('last', '')}")
    code = {"yes": True, "no": False}.get(data.get("code", ""))
    given = {name: data.get(name, "")[:200] for name in ("topic", "category", "person")}
    visit.go(choice=Choice(years=years, code=code, only=visit.place.choice.only, **given))


def _unfilter(desk: Desk, visit: Visit, data: Data) -> None:
    """Take a chip away; all of them where none is named."""
    kept = {name: getattr(visit.place.choice, name) for name in Choice.__slots__ if name != data.get("name")}
    visit.go(choice=Choice(**kept) if data.get("name") else Choice())


def _only(desk: Desk, visit: Visit, data: Data) -> None:
    """Ask about one paper."""
    paper = desk.assistant(visit).paper(data.get("key", ""))
    visit.go(view="chat", paper="", choice=Choice(only=paper.key))


# ---- the conversation


def _stop(desk: Desk, visit: Visit, data: Data) -> None:
    visit.stop()


def _again(desk: Desk, visit: Visit, data: Data) -> None:
    visit.begin()
    visit.go(view="chat")


def _rate(desk: Desk, visit: Visit, data: Data) -> None:
    shown = next((shown for shown in visit.shown if str(shown.turn) == data.get("turn")), None)
    if shown is None or shown.number is None:
        return
    useful, reason, conversation = data.get("useful") == "yes", data.get("reason", ""), visit.place.conversation
    try:
        if "reason" not in data and shown.useful is useful:
            desk.conversations.unrate(conversation, shown.number)
            rated = shown.rated(None)
        else:
            desk.conversations.rate(conversation, shown.number, useful, reason)
            rated = shown.rated(useful, bool(reason))
    except ConversationNotFound:
        gone = "conversation" if desk.notice_deletion(visit) else "answer"
        visit.tell(f"This {gone} is there no more; it was deleted elsewhere.", error=True)
        return
    if reason:
        visit.tell("Thank you; the reason is kept with the answer.")
    visit.shown = [rated if one is shown else one for one in visit.shown]


def _check(desk: Desk, visit: Visit, data: Data) -> None:
    """Its reader comes back to the page: the conversation may have been deleted meanwhile."""
    desk.notice_deletion(visit)


def _papers(desk: Desk, visit: Visit, data: Data) -> None:
    """List the papers behind a mark of a figure; none where no mark is named."""
    finding, mark = data.get("finding", ""), data.get("mark", "")
    visit.go(figure=f"{finding}:{mark}" if finding else "")


ACTIONS: dict[str, Action] = {
    **papers.ACTIONS,
    **adding.ACTIONS,
    **people.ACTIONS,
    **talks.ACTIONS,
    "papers": _papers,
    "open": _open,
    "go": _go,
    "library": _library,
    "begin-library": _begin_library,
    "filter": _filter,
    "unfilter": _unfilter,
    "only": _only,
    "stop": _stop,
    "again": _again,
    "rate": _rate,
    "check": _check,
}
