"""Modals: what is waited for, why an answer was not useful, and a question about somebody's message."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

REASON, QUESTION = "reason", "question"
"""Their callbacks, which are also the ids of their fields."""

_LONGEST = 2_000
"""Characters of what is written."""


def line_view(sentence: str) -> dict[str, Any]:
    """What is to come there, or why it does not."""
    block = {"type": "section", "text": _plain(sentence)}
    return {"type": "modal", "title": _plain("Passage"), "close": _plain("Close"), "blocks": [block]}


def reason_view(address: str, channel: str, thread: str) -> dict[str, Any]:
    """Why was an answer not useful? ``address`` is where it is stored, the others where it is shown."""
    opened = {"address": address, "channel": channel, "thread": thread}
    return _form(REASON, "Not useful", "What is wrong or missing?", opened, is_optional=True)


def question_view(channel: str, thread: str, message: str) -> dict[str, Any]:
    """What shall be asked about a message? It suggests the message's own text, which may be a question already."""
    opened = {"channel": channel, "thread": thread}
    return _form(QUESTION, "Ask the papers", "Your question", opened, message[:_LONGEST])


def written(view: Mapping[str, Any]) -> tuple[Mapping[str, str], str]:
    """What a form was opened with, and what was written into it."""
    callback = view["callback_id"]
    value = view["state"]["values"][callback][callback].get("value") or ""
    opened: Mapping[str, str] = json.loads(view["private_metadata"])
    return opened, value.strip()


def _form(
    name: str, title: str, label: str, opened: Mapping[str, str], suggested: str = "", *, is_optional: bool = False
) -> dict[str, Any]:
    field: dict[str, Any] = {"type": "plain_text_input", "action_id": name, "multiline": True, "max_length": _LONGEST}
    if suggested:
        field["initial_value"] = suggested
    return {
        "type": "modal",
        "callback_id": name,
        "private_metadata": json.dumps(opened),
        "title": _plain(title),
        "submit": _plain("Send"),
        "close": _plain("Cancel"),
        "blocks": [
            {"type": "input", "block_id": name, "label": _plain(label), "element": field, "optional": is_optional}
        ],
    }


def _plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text, "emoji": False}
