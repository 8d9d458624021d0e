"""What a slash command and its buttons find, as Slack's messages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from assistant.rendering.slack import (
    BLOCKS,
    Message,
    help_message,
    line_message,
    paper_list,
    paper_message,
    table_messages,
)
from assistant.surfaces.messaging.commands import CommandResult, Help, OnePaper, Papers, Said, ToAsk, Trends

SHARE_RESULT = "share_result"
"""The button that shows to all of a channel what a command found; its value is the command."""

NAME = "/papers"
"""The command as the manifest calls it."""
_LONGEST_VALUE = 2_000
"""Characters of a button's value."""


def shown(result: CommandResult, command: str) -> list[Message]:
    """The messages of what a command found. ``command`` is its name, such as ``/papers``."""
    match result:
        case Papers():
            return _papers(result, command)
        case OnePaper():
            return [*paper_message(result.paper), *_related(result)]
        case Trends():
            return table_messages(result.table.title, result.table.rows)
        case Help():
            return [help_message(command, result.library, result.examples, may_edit=result.may_edit)]
        case Said():
            return [line_message(result.sentence)]
        case ToAsk():
            raise AssertionError("a question is asked, not shown")


def is_shareable(result: CommandResult) -> bool:
    """Whether others may want to see it."""
    return isinstance(result, Papers | OnePaper | Trends)


def shareable(messages: Sequence[Message], text: str) -> list[Message]:
    """With a button below that shows them to all; ``text`` is the command that made them."""
    *before, last = messages
    if len(text) > _LONGEST_VALUE or len(last.blocks) >= BLOCKS:
        return list(messages)
    label = {"type": "plain_text", "text": "Share to channel", "emoji": False}
    button = {"type": "button", "text": label, "action_id": SHARE_RESULT, "value": text}
    return [*before, replace(last, blocks=[*last.blocks, {"type": "actions", "elements": [button]}])]


def _papers(result: Papers, command: str) -> list[Message]:
    about = f" on “{result.words}”" if result.words else ""
    count = "1 paper" if result.total == 1 else f"{result.total:,} papers"
    messages = paper_list(result.papers, f"{count}{about} in {result.library}")
    if (more := result.total - len(result.papers)) > 0:
        hint = f"{more:,} more; add words behind '{command} list' to see fewer."
        messages[-1] = _with_line(messages[-1], hint)
    return messages


def _related(result: OnePaper) -> list[Message]:
    return paper_list(result.related, "Near to it") if result.related else []


def _with_line(message: Message, sentence: str) -> Message:
    return replace(message, blocks=[*message.blocks, *line_message(sentence).blocks])
