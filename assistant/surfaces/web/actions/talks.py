"""The drawer of conversations: what a visitor sees of their own, and what they do with each.

An id comes from the page, so it may be anybody's: whose it is is asked before anything is done.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from assistant.conversations.store import Conversation
from assistant.errors import ConversationNotFound
from assistant.surfaces.web.desk import Desk
from assistant.surfaces.web.visit import Visit

PAGE = 50
"""Conversations that are listed at first, and more at a time."""

_KEPT = "talks"
_LONGEST_SEARCH = 200
_LONGEST_NAME = 60
"""Characters."""


@dataclass(frozen=True, slots=True)
class Drawer:
    """What a visitor sees of their conversations: those that the search leaves, at most so many, and one's menu.

    ``changes`` counts what was done to them, so that the list is drawn anew.
    """

    search: str = ""
    most: int = PAGE
    menu: str = ""
    changes: int = 0


def drawer_of(visit: Visit) -> Drawer | None:
    """None as long as the visitor has not opened it."""
    kept = visit.kept.get(_KEPT)
    return kept if isinstance(kept, Drawer) else None


def _keep(visit: Visit, **changes: object) -> None:
    drawer = drawer_of(visit) or Drawer()
    # mypy cannot check the fields that a dictionary names; ``replace`` refuses any that there is not.
    visit.kept[_KEPT] = replace(drawer, changes=drawer.changes + 1, **changes)  # type: ignore[arg-type]


def _mine(desk: Desk, visit: Visit, data: Mapping[str, str]) -> Conversation:
    """
    Raises:
        ConversationNotFound: there is none of that id, or it is not for this visitor; which of the two is not told.
    """
    try:
        found = desk.conversations.get(data.get("id", ""))
        if desk.may_read(visit, found):
            return found
    except ConversationNotFound:
        pass
    raise ConversationNotFound("There is no such conversation of yours; it may have been deleted on another page.")


# ---- the list


def _show(desk: Desk, visit: Visit, data: Mapping[str, str]) -> None:
    """Open the drawer, or search in it."""
    drawer = drawer_of(visit) or Drawer()
    search = data.get("value", drawer.search)[:_LONGEST_SEARCH]
    if search == drawer.search:
        _keep(visit)
    else:
        _keep(visit, search=search, most=PAGE, menu="")


def _more(desk: Desk, visit: Visit, data: Mapping[str, str]) -> None:
    _keep(visit, most=(drawer_of(visit) or Drawer()).most + PAGE)


def _menu(desk: Desk, visit: Visit, data: Mapping[str, str]) -> None:
    """Open one's menu; close it where it is open."""
    chosen, drawer = data.get("id", ""), drawer_of(visit)
    _keep(visit, menu="" if drawer and drawer.menu == chosen else chosen)


# ---- one of them


def _rename(desk: Desk, visit: Visit, data: Mapping[str, str]) -> None:
    desk.conversations.rename(_mine(desk, visit, data).id, data.get("title", ""))
    _keep(visit, menu="")


def _share(desk: Desk, visit: Visit, data: Mapping[str, str]) -> None:
    desk.conversations.share(_mine(desk, visit, data).id)
    _keep(visit)


def _unshare(desk: Desk, visit: Visit, data: Mapping[str, str]) -> None:
    desk.conversations.unshare(_mine(desk, visit, data).id)
    visit.tell("It is shared no more; its link leads nowhere.")
    _keep(visit)


def _save(desk: Desk, visit: Visit, data: Mapping[str, str]) -> None:
    """Hand it over as a file."""
    conversation = _mine(desk, visit, data)
    form = _FORMS.get(data.get("form", ""), _FORMS["markdown"])
    text = form.write(desk, visit, conversation.id)
    if text:
        visit.save(f"{_file_name(conversation.title)}{form.ending}", form.kind, text)
    else:
        visit.tell("No answer of this conversation cites a paper, so there is no reference to save.")


@dataclass(frozen=True, slots=True)
class _Form:
    """A form of file: its ending, its media type, and what writes it."""

    ending: str
    kind: str
    write: Callable[[Desk, Visit, str], str]


def _bibtex(desk: Desk, visit: Visit, conversation_id: str) -> str:
    return desk.conversations.to_bibtex(conversation_id, desk.assistant(visit).library.papers)


_FORMS: Mapping[str, _Form] = {
    "markdown": _Form(".md", "text/markdown", lambda desk, _, key: desk.conversations.to_markdown(key)),
    "json": _Form(".json", "application/json", lambda desk, _, key: desk.conversations.to_json(key)),
    "bibtex": _Form(".bib", "application/x-bibtex", _bibtex),
}


def _file_name(title: str) -> str:
    return re.sub(r"\W+", "-", title)[:_LONGEST_NAME].strip("-") or "conversation"


def _delete(desk: Desk, visit: Visit, data: Mapping[str, str]) -> None:
    conversation = _mine(desk, visit, data)
    if answering := desk.running.get(conversation.id):
        answering.drop()
    desk.conversations.delete(conversation.id)
    if visit.place.conversation == conversation.id:
        visit.begin()
    _keep(visit, menu="")


def _delete_all(desk: Desk, visit: Visit, data: Mapping[str, str]) -> None:
    """Those that this visitor began, about whichever library."""
    for answering in [*desk.running.values()]:
        if answering.owner == visit.owner:
            answering.drop()
    count = desk.conversations.delete_all(owner=visit.owner)
    visit.begin()
    if drawer_of(visit):
        _keep(visit, menu="")
    said = {0: "There was no conversation of yours.", 1: "Your conversation is deleted."}
    visit.tell(said.get(count, f"Your {count:,} conversations are deleted."))


ACTIONS: dict[str, Callable[[Desk, Visit, Mapping[str, str]], None]] = {
    "talks": _show,
    "talks-more": _more,
    "talk-menu": _menu,
    "talk-rename": _rename,
    "talk-share": _share,
    "talk-unshare": _unshare,
    "talk-save": _save,
    "talk-delete": _delete,
    "talks-delete-all": _delete_all,
}
