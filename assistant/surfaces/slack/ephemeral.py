"""What only the person sees who asked: answers to slash commands, and single lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from assistant.rendering.slack import Message, line_message, question_message
from assistant.surfaces.messaging.events import Question
from assistant.surfaces.messaging.replies import Handle, Shown
from assistant.surfaces.slack.delivery import Workspace, messages_of
from assistant.surfaces.slack.events import REPEATED
from assistant.surfaces.slack.faults import Refused
from assistant.surfaces.slack.posts import ASIDE
from assistant.surfaces.slack.web_api import WebApi

_USED_UP = "404"
"""The error of a response URL that takes no more: it takes five messages in half an hour."""
_NOT_THERE = frozenset({"not_in_channel", "channel_not_found", "user_not_in_channel"})
"""Errors by which we or the person cannot be told anything in a channel."""


class ByCommand:
    """The reply to a slash command. Nothing streams there, and all of it comes at its end: what only one person sees
    cannot be edited as it grows.

    Args:
        url: where Slack takes it for half an hour; None after a restart.
    """

    def __init__(self, workspace: Workspace, question: Question, handle: Handle, url: str | None) -> None:
        self._workspace = workspace
        self._question = question
        self._url = url
        self._count = self._earlier = int(handle.get("shown", "0"))

    @property
    def handle(self) -> Handle:
        return {"shown": str(self._count)} if self._count else {}

    async def waiting(self, stage: str) -> None:
        """As while it is worked on."""

    async def working(self, stage: str) -> None:
        """The command was acknowledged with what it asks."""

    async def renew(self) -> None:
        """Nothing lapses."""

    async def write(self, piece: str) -> None:
        """All comes at the end."""

    async def finish(self, shown: Shown) -> None:
        messages = messages_of(shown, self._workspace.page, share=True)
        if REPEATED in self._question.details:
            messages.insert(0, question_message(self._question.text, self._question.user))
        await self._show(messages[self._count :])

    async def fail(self, sentence: str) -> None:
        await self._show([line_message(sentence)][self._earlier :])

    async def withdraw(self) -> None:
        """A command cannot be edited or deleted."""

    async def _show(self, messages: Sequence[Message]) -> None:
        for message in messages:
            await tell(self._workspace.api, self._question.place.channel, self._question.user, message, url=self._url)
            self._count += 1


async def tell(
    api: WebApi, channel: str, user: str, message: Message, *, url: str | None = None, thread: str | None = None
) -> None:
    """Show something to one person: by the response URL of what that person did, else in the channel, else in private.

    Only a clear no leads from one to the next: where nobody knows whether Slack has shown it, it may be shown twice.

    Raises:
        Undelivered: Slack takes none of these, or it is not known.
    """
    shown: dict[str, Any] = {"text": message.text, "blocks": message.blocks}
    if url:
        try:
            await api.respond(url, {"response_type": "ephemeral", "replace_original": False, **shown})
        except Refused as error:
            if error.reason != _USED_UP:
                raise
        else:
            return
    try:
        await api.call("chat.postEphemeral", channel=channel, user=user, thread_ts=thread, **shown)
    except Refused as error:
        if error.reason not in _NOT_THERE:
            raise
        await api.call(
            "chat.postMessage", channel=user, metadata=ASIDE, unfurl_links=False, unfurl_media=False, **shown
        )
