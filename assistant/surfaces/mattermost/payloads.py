"""What Mattermost posts, and what it is told: its commands and posts as questions, texts as its replies."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

from assistant.rendering import visible
from assistant.surfaces.messaging.events import Place, Question

PLATFORM = "mattermost"
HOOK = "hook"
"""In a command's details: the last part of the address to which its answer is posted. Mattermost takes five posts
there, within half an hour."""

Payload = Mapping[str, str]

_FIELDS = 100
"""More than Mattermost sends; it names each person and channel that a text mentions."""


def read(body: bytes, content_type: str) -> Payload:
    """The fields of a request, as a form or as JSON.

    Raises:
        ValueError, RecursionError: it is neither.
    """
    text = body.decode("utf-8")
    if content_type.partition(";")[0].strip().lower() != "application/json":
        fields: Mapping[str, Any] = dict(parse_qsl(text, max_num_fields=_FIELDS))
    elif not isinstance(fields := json.loads(text), dict):
        raise ValueError("no object")
    return {name: visible(str(value)) for name, value in fields.items() if isinstance(value, str | int)}


def asked_by_command(payload: Payload, text: str, hook: str) -> Question:
    """A command names no thread: what one person asks so in a channel is one conversation."""
    user = payload.get("user_id", "")
    place = Place(PLATFORM, payload.get("team_id", ""), payload.get("channel_id", ""), f"commands-{user}")
    # A log names the question by its id, and the hook itself lets in whoever has it.
    name = hashlib.sha256(hook.encode()).hexdigest()[:16]
    return Question(place, user, text, f"command:{name}", (f"command:{name}",), "command", {HOOK: hook})


def asked_by_post(payload: Payload) -> Question:
    """A post that begins with our word. It names no thread either."""
    user, post = payload.get("user_id", ""), payload.get("post_id", "")
    place = Place(PLATFORM, payload.get("team_id", ""), payload.get("channel_id", ""), f"posts-{user}")
    text = payload.get("text", "").strip().removeprefix(payload.get("trigger_word", "")).strip()
    return Question(place, user, text, post, (f"post:{post}",), "mention")


def hook_of(response_url: str, server: str) -> str | None:
    """The last part of the address that a command is answered at; None where it is not one of our own server's."""
    match = re.fullmatch(rf"{re.escape(server.rstrip('/'))}/hooks/commands/([A-Za-z0-9]{{1,64}})", response_url)
    return match[1] if match else None


def privately(posts: Sequence[str]) -> dict[str, Any]:
    """A command's reply, which its asker alone sees."""
    first, *rest = [_private(post) for post in posts]
    return {**first, "extra_responses": rest} if rest else first


def as_comment(posts: Sequence[str]) -> dict[str, Any]:
    """A webhook's reply, below the post; Mattermost cuts a long one itself."""
    return {"response_type": "comment", "text": "\n\n".join(posts)}


def _private(post: str) -> dict[str, Any]:
    return {"response_type": "ephemeral", "text": post, "skip_slack_parsing": True}
