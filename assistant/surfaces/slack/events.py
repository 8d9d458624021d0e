"""Slack's payloads as questions, edits and deletions. What nobody asked us is None: our own messages, other bots,
edits that change nothing, people who join."""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from assistant.surfaces.messaging.events import Kind, Place, Question

PLATFORM = "slack"
REPEATED = "quoted"
"""In a question's details: whether its text stands in no message yet, so that the answer repeats it."""

Payload = Mapping[str, Any]

_WRITTEN = frozenset({None, "file_share", "thread_broadcast", "me_message"})
"""Subtypes of messages that a person wrote."""
_LINK = re.compile(r"<([^<>|]*)(?:\|([^<>]*))?>")
_NOBODY = frozenset({"USLACKBOT", ""})


@dataclass(frozen=True, slots=True)
class Edited:
    """A message that says something else now; ``question`` is what it asks now, None where that is nothing."""

    place: Place
    message: str
    question: Question | None


@dataclass(frozen=True, slots=True)
class Deleted:
    """A message that is gone."""

    place: Place
    message: str


def question_of(body: Payload, bot: str) -> Question | None:
    """The question that an event brings, with an empty text where we are only called.

    Args:
        body: an ``event_callback`` with an ``app_mention`` or a ``message``.
        bot: the id of our own user.
    """
    event = body["event"]
    if event.get("subtype") not in _WRITTEN or not _is_by_a_person(event, bot):
        return None
    return _asked(event, event["channel"], _team(body), bot, event_id=str(body.get("event_id", "")))


def change_of(body: Payload, bot: str) -> Edited | Deleted | None:
    """What an event says has become of a message that may have been a question."""
    event, team = body["event"], _team(body)
    before: Payload = event.get("previous_message") or {}
    if event.get("subtype") == "message_deleted":
        stamp = str(event.get("deleted_ts") or before.get("ts", ""))
        return Deleted(_place(before, event["channel"], team, stamp), stamp) if _may_ask(before, bot) else None
    if event.get("subtype") != "message_changed":
        return None
    now: Payload = event.get("message") or {}
    stamp = str(now.get("ts", ""))
    place = _place(before, event["channel"], team, stamp)
    if now.get("subtype") == "tombstone":  # the beginning of a thread that goes on without it
        return Deleted(place, stamp) if _may_ask(before, bot) else None
    if now.get("text") == before.get("text") or not _is_by_a_person(now, bot):
        return None
    return Edited(place, stamp, _asked(now, event["channel"], team, bot))


def from_command(body: Payload, text: str) -> Question:
    """What ``/papers ask`` asks."""
    user, channel = str(body["user_id"]), str(body["channel_id"])
    place = _of_commands(Place(PLATFORM, str(body["team_id"]), channel, ""), user)
    trigger = str(body["trigger_id"])
    return Question(place, user, text, trigger, (f"trigger:{trigger}",), "command")


def from_click(body: Payload, text: str) -> Question:
    """What a button asks in the thread that it stands in; where only its reader sees it, as a command."""
    user, shown = str(body["user"]["id"]), body["container"]
    asked = hashlib.sha256(text.encode()).hexdigest()[:12]  # the same button may ask something else after an edit
    stamp = f"{shown['message_ts']}:{body['actions'][0]['action_id']}:{user}:{asked}"
    place, kind = place_of(body), _kind_in(str(shown["channel_id"]))
    if shown.get("is_ephemeral"):
        place, kind = _of_commands(place, user), "command"
    elif kind == "mention" and not place.thread:  # an answer that was shared begins a thread
        place = replace(place, thread=str(shown["message_ts"]))
    return Question(place, user, text, stamp, (f"click:{stamp}",), kind, {REPEATED: "yes"})


def from_shortcut(body: Payload, channel: str, thread: str, text: str) -> Question:
    """What is asked about somebody's message, in that message's thread."""
    view = str(body["view"]["id"])
    place = Place(PLATFORM, _team_of(body), channel, thread)
    return Question(
        place, str(body["user"]["id"]), text, f"view:{view}", (f"view:{view}",), "shortcut", {REPEATED: "yes"}
    )


def place_of(body: Payload) -> Place:
    """Where a button stands."""
    shown = body["container"]
    return Place(PLATFORM, _team_of(body), str(shown["channel_id"]), str(shown.get("thread_ts") or ""))


def place_in(body: Payload, channel: str, thread: str) -> Place:
    """A place of the workspace in which somebody used a modal."""
    return Place(PLATFORM, _team_of(body), channel, thread)


def _of_commands(place: Place, user: str) -> Place:
    """Each person's commands in a channel are one conversation."""
    return replace(place, thread=f"commands-{user}")


def _team_of(body: Payload) -> str:
    """Of a click, a shortcut or a modal. An app of a whole organisation is told no team."""
    team = body.get("team") or {}
    return str(team.get("id") or body["user"].get("team_id") or "")


def plain(text: str) -> str:
    """A message's text without Slack's marks: links as their addresses or names, persons and channels by name."""
    return html.unescape(_LINK.sub(_named, text)).replace("\u00a0", " ").strip()


def _named(match: re.Match[str]) -> str:
    target, name = match.group(1), match.group(2)
    if target.startswith("!"):
        return name or ""
    if target.startswith(("@", "#")):
        return f"{target[0]}{(name or target[1:]).lstrip('@#')}"
    return name or target.removeprefix("mailto:")


def _asked(event: Payload, channel: str, team: str, bot: str, event_id: str = "") -> Question | None:
    text, stamp = str(event.get("text") or ""), str(event["ts"])
    kind = _kind_in(channel)
    words, calls = re.subn(rf"<@{re.escape(bot)}(?:\|[^<>]*)?>[,:]?", " ", text)
    if kind == "mention" and not calls:
        return None
    place = _place(event, channel, team, stamp if kind == "mention" else "")
    named = {"event": event_id, "client": event.get("client_msg_id"), "message": f"{channel}:{stamp}"}
    ids = tuple(f"{what}:{name}" for what, name in named.items() if name)
    return Question(place, str(event["user"]), " ".join(plain(words).split()), stamp, ids, kind)


def _kind_in(channel: str) -> Kind:
    """By the channel's id: of a person and us alone, it begins with D."""
    return "direct" if channel.startswith("D") else "mention"


def _place(event: Payload, channel: str, team: str, thread: str) -> Place:
    """A channel's thread is named by the message that it begins with; in private, what is in no thread is one
    conversation."""
    return Place(PLATFORM, team, channel, str(event.get("thread_ts") or thread))


def _is_by_a_person(event: Payload, bot: str) -> bool:
    is_a_bots = any(event.get(mark) for mark in ("bot_id", "bot_profile", "hidden"))
    return not is_a_bots and str(event.get("user") or "") not in (*_NOBODY, bot)


def _may_ask(event: Payload, bot: str) -> bool:
    """Slack does not always say what a deleted message was."""
    return not event or _is_by_a_person(event, bot)


def _team(body: Payload) -> str:
    return str(body.get("team_id") or body["event"].get("team") or "")
