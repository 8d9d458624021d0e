"""Who is heard: the people of the workspace that the app is installed in.

In a channel that is shared with another company (Slack Connect), its people are not answered: to them nobody opened the
papers.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any


def is_of(body: Mapping[str, Any], home: Collection[str]) -> bool:
    """Whether what Slack sends was done by somebody of the workspace, or by nobody that it names.

    Args:
        body: of an event, a command or a click.
        home: the ids of the workspace, and of the organisation that it is part of.
    """
    team = _team_of_event(body["event"]) if "event" in body else _team_of_click(body)
    return not team or team in home


def _team_of_event(event: Mapping[str, Any]) -> str:
    """An edit and a deletion name it in the message that they are about."""
    said = event.get("message") or event.get("previous_message") or event
    return str(said.get("user_team") or said.get("team") or "")


def _team_of_click(body: Mapping[str, Any]) -> str:
    """A command is a form, and names its user without a structure."""
    user = body.get("user")
    return str((user.get("team_id") if isinstance(user, Mapping) else body.get("team_id")) or "")
