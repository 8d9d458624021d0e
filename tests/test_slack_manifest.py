"""The file that the app is installed from names what the code uses, and nothing more."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pytest

from tests.fake_slack_workspace import Workspace
from tests.slack_running import manifest

CODE = Path(__file__).parents[1] / "assistant" / "surfaces" / "slack"
NEEDED = {
    "app_mention": {"app_mentions:read"},
    "assistant_thread_started": {"assistant:write"},
    "assistant_thread_context_changed": {"assistant:write"},
    "message.channels": {"channels:history"},
    "message.groups": {"groups:history"},
    "message.im": {"im:history"},
    "message.mpim": {"mpim:history"},
    "app_home_opened": set[str](),
}
"""What each event asks for, by Slack's reference."""
HISTORIES = {"channels:history", "groups:history", "im:history", "mpim:history"}


def texts() -> set[str]:
    """Every text in the code of the app."""
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in CODE.glob("*.py")]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    return {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def methods_used() -> set[str]:
    """The methods of the Web API that the code calls."""
    return texts() & set(Workspace(lambda *_: None, frozenset(), "").methods)


def client_calls() -> set[str]:
    """Methods that are called by the client's own names, such as ``files_upload_v2``."""
    code = "\n".join(path.read_text(encoding="utf-8") for path in CODE.glob("*.py"))
    return set(re.findall(r"\.((?:views|files|chat|users|conversations|assistant|reactions)_\w+)\(", code))


def scopes() -> set[str]:
    return set(manifest()["oauth_config"]["scopes"]["bot"])


def scopes_needed() -> set[str]:
    made = manifest()
    needed = {scope for event in made["settings"]["event_subscriptions"]["bot_events"] for scope in NEEDED[event]}
    known = Workspace(lambda *_: None, frozenset(), "").methods
    for name in methods_used():
        needed |= set(known[name].scopes[:1])
    if "files_upload_v2" in client_calls():
        needed.add("files:write")
    if made["features"].get("slash_commands") or made["features"].get("shortcuts"):
        needed.add("commands")
    return needed


def test_the_scopes_are_those_that_the_code_needs() -> None:
    assert scopes() == scopes_needed()


def test_each_event_has_its_scope() -> None:
    for event in manifest()["settings"]["event_subscriptions"]["bot_events"]:
        assert NEEDED[event] <= scopes()


def test_each_event_is_listened_to() -> None:
    found = texts()
    for event in manifest()["settings"]["event_subscriptions"]["bot_events"]:
        assert event.partition(".")[0] in found


def test_no_history_is_read_but_where_it_is_asked() -> None:
    events = set(manifest()["settings"]["event_subscriptions"]["bot_events"])
    assert scopes() & HISTORIES == {scope for event in events for scope in NEEDED[event] & HISTORIES}


def test_commands_and_shortcuts_are_those_that_the_code_knows() -> None:
    features = manifest()["features"]
    found = texts()
    assert [one["command"] for one in features["slash_commands"]] == ["/papers"]
    for shortcut in features["shortcuts"]:
        assert shortcut["type"] == "message"
        assert shortcut["callback_id"] in found


def test_socket_mode_is_on_and_clicks_are_heard() -> None:
    settings = manifest()["settings"]
    assert settings["socket_mode_enabled"] is True
    assert settings["interactivity"]["is_enabled"] is True
    assert settings["org_deploy_enabled"] is False


@pytest.mark.parametrize(
    ("path", "most"),
    [
        (("display_information", "name"), 35),
        (("display_information", "description"), 140),
        (("features", "bot_user", "display_name"), 80),
    ],
)
def test_names_are_as_long_as_slack_allows(path: tuple[str, ...], most: int) -> None:
    value: Any = manifest()
    for name in path:
        value = value[name]
    assert 0 < len(value) <= most


def test_the_assistant_view_is_offered() -> None:
    assert "assistant_view" in manifest()["features"]
