"""How an answer is shown in a thread: streamed by Slack itself, else by edits, else in one post; once in any case."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from weakref import WeakSet

from assistant.conversations.store import title_of
from assistant.rendering.mrkdwn import streamed
from assistant.rendering.slack import Message, answer_messages, draft_message, line_message, question_message
from assistant.surfaces.messaging.events import Question
from assistant.surfaces.messaging.replies import Handle, Shown, Undelivered
from assistant.surfaces.slack.events import REPEATED
from assistant.surfaces.slack.faults import Refused, Unsure
from assistant.surfaces.slack.files import files_of
from assistant.surfaces.slack.posts import ANSWER, ASKED, PAUSE, Posts
from assistant.surfaces.slack.web_api import WebApi

_STREAMED = 11_000
"""Characters that are streamed; Slack takes 12,000."""
_GROWING = 10
"""Answers that are shown as they grow, side by side in a workspace: Slack lets about 20 streams end in a minute. More
come in one post each."""
_NOT_OFFERED = frozenset({"unknown_method", "missing_scope", "not_allowed_token_type", "feature_not_enabled"})
"""Errors by which a workspace says that it does not have a feature."""

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Workspace:
    """What the replies to one workspace share.

    Attributes:
        page: where the web chat is.
        streams, statuses: whether the workspace has them, until it says no.
        growing: the replies that show an answer on its way.
    """

    api: WebApi
    page: str | None
    streams: bool = True
    statuses: bool = True
    growing: WeakSet[InThread] = field(default_factory=WeakSet)


class InThread:
    """The reply to a mention, a private message or a shortcut.

    Args:
        handle: of an earlier reply.
        may_be_shown: whether something of it may be shown that is not in the handle, by a process that was killed.
    """

    def __init__(self, workspace: Workspace, question: Question, handle: Handle, *, may_be_shown: bool) -> None:
        self._workspace = workspace
        self._api = workspace.api
        self._question = question
        self._posts = Posts(workspace.api, question, handle)
        self._may_be_shown = may_be_shown
        self._is_begun = False
        self._status = ""
        self._shown = 0
        self._text = ""
        self._streamed = 0
        self._due = 0.0

    @property
    def handle(self) -> Handle:
        return self._posts.handle

    # ---- on its way

    async def waiting(self, stage: str) -> None:
        """Where something of it may be shown, that can be looked for only when its turn has come."""
        if not self._may_be_shown:
            await self._say(stage)

    async def working(self, stage: str) -> None:
        await self._say(stage)
        self._posts.may_stream = self._workspace.streams and self._posts.thread is not None

    async def renew(self) -> None:
        """Slack takes a status away after two minutes."""
        if self._status and ANSWER not in self._posts.parts:
            await self._set_status(self._status)

    async def _say(self, stage: str) -> None:
        with self._leniently():
            await self._begin()
            if ANSWER not in self._posts.parts and await self._set_status(stage):
                return
            await self._posts.end_stream()
            if self._is_time():
                await self._posts.put(ANSWER, line_message(stage), hasty=True)

    async def write(self, piece: str) -> None:
        self._text += piece
        with self._leniently():
            await self._begin()
            if not self._may_grow() or not self._is_time():
                return
            if self._posts.is_streaming:
                await self._append()
            elif ANSWER not in self._posts.parts and await self._start():
                return
            else:
                await self._posts.put(ANSWER, draft_message(self._text), hasty=True)

    @contextlib.contextmanager
    def _leniently(self) -> Iterator[None]:
        """A picture that fails is left out: the next one, or the whole answer, shows all that was in it."""
        try:
            yield
        except Undelivered as error:
            self._due += error.retry_after if isinstance(error, Refused) else PAUSE

    def _may_grow(self) -> bool:
        growing = self._workspace.growing
        if len(growing) < _GROWING:
            growing.add(self)
        return self in growing

    def _is_time(self) -> bool:
        now = asyncio.get_running_loop().time()
        if now < self._due:
            return False
        self._due = now + PAUSE
        return True

    async def _begin(self) -> None:
        """Before anything else: what an earlier process showed is ours to edit, and what is asked can be read."""
        if self._is_begun:
            return
        await self._take_over()
        if self._question.details.get(REPEATED) and ASKED not in self._posts.parts:
            await self._posts.put(ASKED, question_message(self._question.text, self._question.user))
        self._is_begun = True

    async def _take_over(self) -> None:
        if self._may_be_shown:
            await self._posts.find()
        await self._posts.end_stream()

    async def _start(self) -> bool:
        """Whether a stream has begun with the text so far."""
        if not self._workspace.streams or self._posts.thread is None:
            return False
        is_direct = self._question.kind == "direct"
        text = self._text[:_STREAMED]
        try:
            started = await self._api.call(
                "chat.startStream",
                hasty=True,
                channel=self._posts.channel,
                thread_ts=self._posts.thread,
                markdown_text=streamed(text),
                recipient_team_id=None if is_direct else self._question.place.team,
                recipient_user_id=None if is_direct else self._question.user,
            )
        except Unsure:
            await self._posts.find()
            await self._posts.end_stream()
            raise
        except Refused as error:
            if error.retry_after:
                raise
            self._workspace.streams = error.reason not in _NOT_OFFERED
            return False
        self._posts.parts[ANSWER] = str(started["ts"])
        self._posts.is_streaming = True
        self._streamed = len(text)
        return True

    async def _append(self) -> None:
        piece = self._text[self._streamed : _STREAMED]
        if not piece:
            return
        try:
            await self._api.call(
                "chat.appendStream",
                hasty=True,
                channel=self._posts.channel,
                ts=self._posts.parts[ANSWER],
                markdown_text=streamed(piece),
            )
        except Undelivered as error:
            if isinstance(error, Refused) and error.retry_after:
                raise
            await self._posts.end_stream()  # it has expired, or may hold the piece already: the rest goes by edits
            raise
        self._streamed += len(piece)

    async def _set_status(self, stage: str) -> bool:
        """Whether Slack says below the thread what is done; it takes that away with the first message."""
        if self._posts.thread is None or not self._workspace.statuses:
            return False
        try:
            await self._api.call(
                "assistant.threads.setStatus",
                hasty=True,
                channel_id=self._posts.channel,
                thread_ts=self._posts.thread,
                status=_as_status(stage),
            )
        except Undelivered as error:
            if isinstance(error, Refused) and error.reason in _NOT_OFFERED:
                self._workspace.statuses = False
            return False
        self._status = stage
        return True

    # ---- at its end

    async def finish(self, shown: Shown) -> None:
        await self._end()
        await self._show(messages_of(shown, self._workspace.page))
        for what, work in (("title", self._name(shown)), ("files", self._attach(shown))):
            try:
                await work
            except Undelivered as error:
                _log.warning("An answer is shown without its %s: %s", what, error)
            except Exception:  # the answer is there: nothing may stand in its place
                _log.exception("An answer is shown without its %s", what)

    async def fail(self, sentence: str) -> None:
        await self._end()
        await self._show([line_message(sentence)], self._shown)

    async def withdraw(self) -> None:
        self._workspace.growing.discard(self)
        await self._take_over()
        for number in list(self._posts.parts):
            await self._posts.take_away(number)
        await self._posts.take_away_files()
        if self._status:
            await self._set_status("")

    async def _end(self) -> None:
        self._workspace.growing.discard(self)
        await self._begin()
        await self._posts.end_stream()

    async def _show(self, messages: list[Message], start: int = ANSWER) -> None:
        """Show them in place of what is shown; below as many as ``start``."""
        for number, message in enumerate(messages, start):
            await self._posts.put(number, message)
            self._shown = number + 1
        for number in [number for number in self._posts.parts if number >= self._shown]:
            await self._posts.take_away(number)

    async def _attach(self, shown: Shown) -> None:
        await self._posts.upload(await asyncio.to_thread(files_of, shown.answer))

    async def _name(self, shown: Shown) -> None:
        """Call a thread of the assistant view by its first question."""
        if self._question.kind != "direct" or self._posts.thread is None or shown.number != 1:
            return
        try:
            await self._api.call(
                "assistant.threads.setTitle",
                hasty=True,
                channel_id=self._posts.channel,
                thread_ts=self._posts.thread,
                title=title_of(self._question.text),
            )
        except Undelivered as error:
            _log.info("A thread keeps its title: %s", error)


def _as_status(stage: str) -> str:
    """A status is read behind the app's name: "Papertalk is searching the papers"."""
    return f"is {stage[0].lower()}{stage[1:]}" if stage.partition(" ")[0].endswith("ing") else stage


def messages_of(shown: Shown, page: str | None, *, share: bool = False) -> list[Message]:
    """The messages of an answer; ``page`` is where the web chat is."""
    address = f"{shown.conversation}/{shown.number}" if shown.number else None
    return answer_messages(shown.answer, address=address, page=page, follow_ups=shown.follow_ups, share=share)
