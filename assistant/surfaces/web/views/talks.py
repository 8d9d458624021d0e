"""The drawer of a visitor's conversations about one library, and the line above one that is shared.

Titles are questions that somebody typed: they reach the page as characters only.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING

from assistant.conversations.store import Conversation
from assistant.surfaces.markup import escape
from assistant.surfaces.web.actions.talks import Drawer, drawer_of
from assistant.surfaces.web.visit import Place

if TYPE_CHECKING:
    from assistant.surfaces.web.desk import Desk
    from assistant.surfaces.web.visit import Visit

_KEPT = "talks drawn"
_WEEK = 7
"""Days."""


def draw(desk: Desk, visit: Visit) -> str:
    """Nothing before it is opened. The list is asked for again only after something was done that may change it: the
    page is drawn many times a second while an answer comes."""
    drawer = drawer_of(visit)
    if drawer is None:
        return ""
    place = visit.place
    state = drawer, place.library, place.conversation, visit.turns, visit.answering is None
    kept = visit.kept.get(_KEPT)
    if not isinstance(kept, tuple) or kept[0] != state:
        kept = visit.kept[_KEPT] = state, _drawer(desk, visit, drawer)
    return str(kept[1])


def shared_note(visit: Visit) -> str:
    """Above a conversation that somebody else shared."""
    if not visit.place.shared:
        return ""
    return (
        '<p class="pt-note pt-shared">You are reading a shared conversation; what you ask goes on in a copy of your '
        "own.</p>"
    )


# ---- the list


def _drawer(desk: Desk, visit: Visit, drawer: Drawer) -> str:
    library = desk.assistant(visit).library.name
    found = desk.conversations.list(library, drawer.search, drawer.most + 1, owner=visit.owner, unowned=desk.editing)
    listed, more = found[: drawer.most], len(found) > drawer.most
    return (
        '<nav class="pt-talks" aria-labelledby="talks-heading"><div class="pt-talks-top">'
        '<h2 id="talks-heading">Conversations</h2>'
        '<button type="button" class="pt-act" id="talks-close" data-do="drawer">Close</button></div>'
        '<button type="button" class="pt-main" id="talks-new" data-do="again">New conversation</button>'
        f"{_search(drawer) if found or drawer.search else ''}"
        f"{_groups(desk, visit, drawer, listed) if listed else _nothing(drawer)}"
        + ('<button type="button" class="pt-act" id="talks-more" data-do="talks-more">Show more</button>' * more)
        + "</nav>"
    )


def _search(drawer: Drawer) -> str:
    return (
        '<label for="talks-search" class="pt-unseen">Search in your conversations</label>'
        f'<input id="talks-search" type="search" data-do="talks" data-while-typing value="{escape(drawer.search)}" '
        'placeholder="Search" maxlength="200" autocomplete="off" dir="auto">'
    )


def _nothing(drawer: Drawer) -> str:
    if drawer.search:
        return '<p class="pt-note" role="status">No conversation of yours holds these words.</p>'
    return '<p class="pt-note">None yet. Ask a question, and the conversation is kept here, for you alone.</p>'


def _groups(desk: Desk, visit: Visit, drawer: Drawer, listed: Sequence[Conversation]) -> str:
    now = datetime.now().astimezone()
    return "".join(
        f"<h3>{age}</h3><ul>{''.join(_entry(desk, visit, drawer, one, now) for one in group)}</ul>"
        for age, group in groupby(listed, key=lambda one: age_of(one.changed, now))
    )


def age_of(changed: datetime, now: datetime) -> str:
    """By days as they are where the server stands."""
    days = (now.date() - changed.astimezone(now.tzinfo).date()).days
    return "Today" if days < 1 else "This week" if days < _WEEK else "Earlier"


# ---- one of them


def _entry(desk: Desk, visit: Visit, drawer: Drawer, one: Conversation, now: datetime) -> str:
    key, title = escape(one.id), escape(_title(one))
    query = escape("?" + _query(desk, Place(library=one.library, conversation=one.id)))
    current = ' aria-current="page"' if one.id == visit.place.conversation else ""
    is_open = one.id == drawer.menu
    return (
        f'<li class="pt-talk"{" data-open" if is_open else ""}>'
        f'<a id="talk-{key}" href="{query}" data-do="open" data-query="{query}"{current}>'
        f'<span dir="auto">{title}</span><small>{_facts(one, now)}</small></a>'
        f'<button type="button" class="pt-icon" id="talk-menu-{key}" data-do="talk-menu" data-id="{key}" '
        f'aria-expanded="{"true" if is_open else "false"}" aria-label="More for: {title}" title="More">'
        '<span aria-hidden="true">⋯</span></button>' + (_menu(desk, one) if is_open else "") + "</li>"
    )


def _title(one: Conversation) -> str:
    return one.title or "Without a title"


def _query(desk: Desk, place: Place) -> str:
    return place.to_query(desk.shelf.settings.library)


def _facts(one: Conversation, now: datetime) -> str:
    count = "1 question" if one.questions == 1 else f"{one.questions:,} questions"
    day = one.changed.astimezone(now.tzinfo).date()
    when = "" if day == now.date() else f" · {day.isoformat()}"
    return f"{count}{when}{' · shared' if one.token else ''}"


def _menu(desk: Desk, one: Conversation) -> str:
    key = escape(one.id)
    return (
        f'<div class="pt-talk-menu" role="group" aria-label="This conversation">'
        f'<form data-do="talk-rename" data-id="{key}"><label for="talk-title-{key}">Title</label>'
        f'<input id="talk-title-{key}" name="title" value="{escape(one.title)}" maxlength="200" required '
        'autocomplete="off" dir="auto"><button type="submit" class="pt-act">Rename</button></form>'
        f'<div class="pt-talk-acts"><span>Save as</span>'
        + _act(one, "talk-save", "Markdown", form="markdown")
        + _act(one, "talk-save", "JSON", form="json")
        + _act(one, "talk-save", "BibTeX", form="bibtex", title="The papers that its answers cite")
        + f'</div><div class="pt-talk-acts">{_sharing(desk, one)}</div><div class="pt-talk-acts">'
        + _act(one, "talk-delete", "Delete", confirm=f"Delete “{_title(one)}” for good?")
        + "</div></div>"
    )


def _sharing(desk: Desk, one: Conversation) -> str:
    if not one.token:
        return _act(one, "talk-share", "Share by link")
    query = escape("?" + _query(desk, Place(library=one.library, shared=one.token)))
    return (
        f'<a id="talk-link-{escape(one.id)}" href="{query}" target="_blank">Shared link</a>'
        + _act(one, "copy-link", "Copy link")
        + _act(one, "talk-unshare", "Stop sharing")
        + '<p class="pt-note">Anyone on this server with the link can read it, and what you ask in it later.</p>'
    )


def _act(one: Conversation, name: str, words: str, *, form: str = "", confirm: str = "", title: str = "") -> str:
    given = {"data-form": form, "data-confirm": confirm, "title": title}
    more = "".join(f' {attribute}="{escape(value)}"' for attribute, value in given.items() if value)
    key = escape(one.id)
    named = f"{name}-{form}-{key}" if form else f"{name}-{key}"
    return f'<button type="button" class="pt-act" id="{named}" data-do="{name}" data-id="{key}"{more}>{words}</button>'
