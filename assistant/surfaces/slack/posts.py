"""The messages that one answer is shown in: posted, edited, deleted, and found again after a kill.

A process that is killed between a post and its note leaves a message that only Slack knows of. Each of ours carries the
question's id in its metadata, by which the next process finds it. A stream gets its metadata when it ends: so it is
noted of a question that one may be open, before there is one.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from assistant.rendering.slack import Message
from assistant.surfaces.messaging.events import Question
from assistant.surfaces.messaging.replies import Handle
from assistant.surfaces.slack.faults import Refused, Unsure
from assistant.surfaces.slack.files import File
from assistant.surfaces.slack.web_api import WebApi

METADATA = "papertalk_answer"
"""The type of an answer's metadata; its payload holds the question's message and the number of the part."""
ASIDE = {"event_type": "papertalk_aside", "event_payload": {"part": 0}}
"""The metadata of our messages that are no answer: what has none may be a stream that is open."""
ASKED, ANSWER = -1, 0
"""The number of the message that says what was asked, where no other does, and of the answer's first."""

PAUSE = 1.0
"""Seconds between two edits of a message: Slack takes about so many."""

_TRIES = 3
"""To post a message of which nobody knows whether it came."""
_LOST = frozenset({"message_not_found", "cant_update_message", "edit_window_closed"})
"""Errors by which a message is not ours to edit any more."""
_NOT_THERE = frozenset({"not_in_channel", "channel_not_found"})
"""Errors by which we are not in a channel: a shortcut can be used in any."""
_TOO_MUCH = frozenset({"invalid_blocks", "msg_blocks_too_long", "msg_too_long"})
"""Errors by which Slack does not take the blocks of a message."""
_UNREADABLE = frozenset({"missing_scope", "not_in_channel", "channel_not_found", "thread_not_found"})
"""Errors by which we cannot look into a thread, and so have posted nothing to it."""

_log = logging.getLogger(__name__)


class Posts:
    """Every method raises Undelivered where Slack does not do it.

    Attributes:
        parts: the timestamps of the messages by their numbers.
        is_streaming: whether the answer's first message is a stream that is open.
        may_stream: whether it may be one where it is not known.
        files: the ids of the answer's files.

    Args:
        handle: of an earlier process.
    """

    def __init__(self, api: WebApi, question: Question, handle: Handle) -> None:
        self._api = api
        self._question = question
        self.channel = handle.get("channel", question.place.channel)
        self.thread = question.place.thread or None
        shown = (part.partition("=") for part in handle.get("parts", "").split())
        self.parts = {int(number): stamp for number, _, stamp in shown}
        self.is_streaming = handle.get("stream") == "open"
        self.may_stream = handle.get("stream") == "planned"
        self.files = handle.get("files", "").split()
        self._edited = -PAUSE

    @property
    def handle(self) -> Handle:
        stream = "open" if self.is_streaming else "planned" if self.may_stream and ANSWER not in self.parts else ""
        if not (self.parts or self.files or stream):
            return {}
        shown = " ".join(f"{number}={stamp}" for number, stamp in sorted(self.parts.items()))
        told = {"channel": self.channel, "parts": shown, "files": " ".join(self.files)}
        return told | ({"stream": stream} if stream else {})

    async def put(self, number: int, message: Message, *, hasty: bool = False) -> None:
        """Show a part, in place of what it shows."""
        try:
            await self._put(number, message, hasty=hasty)
        except Refused as error:
            if error.reason not in _TOO_MUCH or not message.blocks:
                raise
            _log.warning("Slack does not take the blocks of an answer (%s); its text is shown.", error.reason)
            await self._put(number, replace(message, blocks=[]), hasty=hasty)

    async def _put(self, number: int, message: Message, *, hasty: bool) -> None:
        if number not in self.parts:
            await self._post(number, message, hasty=hasty)
            return
        try:
            await self._edit(number, message, hasty=hasty)
        except Refused as error:
            if error.reason not in _LOST:
                raise
            await self.take_away(number)
            await self._post(number, message, hasty=hasty)

    async def _edit(self, number: int, message: Message, *, hasty: bool) -> None:
        await self._rest(hasty=hasty)
        await self._api.call(
            "chat.update",
            hasty=hasty,
            channel=self.channel,
            ts=self.parts[number],
            text=message.text,
            blocks=message.blocks,
            metadata=self._mark(number),
        )

    async def _rest(self, *, hasty: bool) -> None:
        """Leave time between two edits; who is hasty has seen to it."""
        loop = asyncio.get_running_loop()
        if not hasty:
            await asyncio.sleep(self._edited + PAUSE - loop.time())
        self._edited = loop.time()

    async def _post(self, number: int, message: Message, *, hasty: bool) -> None:
        for attempt in range(1, _TRIES + 1):
            try:
                posted = await self._api.call(
                    "chat.postMessage",
                    hasty=hasty,
                    channel=self.channel,
                    thread_ts=self.thread,
                    text=message.text,
                    blocks=message.blocks,
                    metadata=self._mark(number),
                    unfurl_links=False,
                    unfurl_media=False,
                )
            except Refused as error:
                if self._question.kind != "shortcut" or error.reason not in _NOT_THERE:
                    raise
                if self.channel == self._question.user:
                    raise
                self.channel, self.thread = self._question.user, None  # its asker hears it in private
            except Unsure:
                if attempt == _TRIES:
                    raise
                await self.find()
                if number in self.parts:
                    await self._edit(number, message, hasty=hasty)
                    return
            else:
                self.channel, self.parts[number] = str(posted["channel"]), str(posted["ts"])
                return

    async def take_away(self, number: int) -> None:
        try:
            await self._api.call("chat.delete", channel=self.channel, ts=self.parts[number])
        except Refused as error:
            if error.is_passing:
                raise
            _log.info("A message of ours could not be deleted (%s).", error.reason)
        del self.parts[number]

    async def take_away_files(self) -> None:
        while self.files:
            try:
                await self._api.call("files.delete", file=self.files[-1])
            except Refused as error:
                if error.is_passing:
                    raise
                _log.info("A file of ours could not be deleted (%s).", error.reason)
            del self.files[-1]

    async def upload(self, files: Sequence[File]) -> None:
        """Put files below the answer, in place of those that are there."""
        await self.take_away_files()
        for file in files:
            name = f"{self._stem}-{file.name}"
            self.files.append(await self._api.upload(self.channel, self.thread, name, file.content, file.title))

    async def end_stream(self) -> None:
        if not self.is_streaming:
            return
        try:
            mark = self._mark(ANSWER)
            await self._api.call("chat.stopStream", channel=self.channel, ts=self.parts[ANSWER], metadata=mark)
        except Refused as error:
            if error.is_passing:
                raise
            # Slack ends streams itself after some minutes.
            _log.info("A stream had ended before (%s).", error.reason)
        self.is_streaming = False

    async def find(self) -> None:
        """Look in Slack for what is shown of this answer and was not noted; while the thread's turn is the question's,
        or an open stream could be that of another one."""
        for message in await self._said_by_us():
            mark, files = message.get("metadata") or {}, message.get("files") or ()
            if self._is_of_this(mark):
                number = int(mark["event_payload"].get("part", ANSWER))
                self.parts.setdefault(number, str(message["ts"]))
            elif files:
                ours = (str(file["id"]) for file in files if str(file.get("name", "")).startswith(self._stem))
                self.files.extend(file for file in ours if file not in self.files)
            elif self.may_stream and not mark and ANSWER not in self.parts:
                self.parts[ANSWER] = str(message["ts"])
                self.is_streaming = True

    def _is_of_this(self, mark: Mapping[str, Any]) -> bool:
        told = mark.get("event_payload") or {}
        return mark.get("event_type") == METADATA and told.get("question") == self._question.message

    async def _said_by_us(self) -> Sequence[Mapping[str, Any]]:
        """Our messages in the thread since the question."""
        stamp = self._question.message.partition(":")[0]
        where = {"oldest": stamp} if stamp.replace(".", "", 1).isdigit() else {}
        where |= {"ts": self.thread} if self.thread else {}
        method = "conversations.replies" if self.thread else "conversations.history"
        messages: list[Mapping[str, Any]] = []
        try:
            while True:
                found = await self._api.read(
                    method, channel=self.channel, limit="200", include_all_metadata="true", **where
                )
                messages += found.get("messages") or ()
                cursor = (found.get("response_metadata") or {}).get("next_cursor")
                if not cursor:
                    break
                where["cursor"] = str(cursor)
        except Refused as error:
            if error.reason not in _UNREADABLE:
                raise
        return [said for said in messages if said.get("user") == self._api.bot and said["ts"] != self.thread]

    def _mark(self, number: int) -> Mapping[str, Any]:
        return {"event_type": METADATA, "event_payload": {"question": self._question.message, "part": number}}

    @property
    def _stem(self) -> str:
        """By which a file tells whose it is: files bear no metadata."""
        return f"papertalk-{self._question.message.replace(':', '-')}"
