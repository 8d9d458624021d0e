"""What is done at each event, command, click and form that Slack sends.

A question, an edit and a deletion are on disk before Slack is told that they came. All else is told at once and done
after.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from slack_bolt.response import BoltResponse

from assistant.errors import AssistantError
from assistant.rendering.slack import (
    BLOCKS,
    Message,
    answer_messages,
    line_message,
    passage_view,
    question_message,
    surroundings,
)
from assistant.surfaces.messaging.commands import CommandResult, Commands, ToAsk, Trends
from assistant.surfaces.messaging.error_messages import error_message
from assistant.surfaces.messaging.events import Place, Question
from assistant.surfaces.messaging.replies import Undelivered
from assistant.surfaces.messaging.responder import Responder
from assistant.surfaces.slack import commands, events, members, modals
from assistant.surfaces.slack.delivery import Workspace
from assistant.surfaces.slack.ephemeral import tell
from assistant.surfaces.slack.faults import Refused
from assistant.surfaces.slack.files import File, files_of, files_of_table
from assistant.surfaces.slack.posts import ASIDE
from assistant.surfaces.slack.replying import Recent, Replying

if TYPE_CHECKING:
    from slack_bolt.async_app import AsyncApp
    from slack_bolt.context.ack.async_ack import AsyncAck
    from slack_bolt.context.async_context import AsyncBoltContext

Body = Mapping[str, Any]

ASK_ABOUT = "ask_about"
"""The callback of the message shortcut."""

_AT_ONCE = 0.5
"""Seconds that a command may take before Slack is told that it came."""
_ENDING = 5.0
"""Seconds that what is done for a click may still take at the end."""
_PROMPTS = "What would you like to know about the papers?"
_THANKS = "Thank you; what you said is kept with the answer."
_ASKED = "You asked this here before; its answer is in this thread."
_SILENT = "This channel is set to silent; ask by the slash command."
_LOADING = "Looking it up…"
_NOT_OPENED = "Slack did not open the window; try it again."
_NOT_SHARED = "Slack did not take all of it; look what the channel shows, and share it again."

_log = logging.getLogger(__name__)


class Listeners:
    """What is done with what a Bolt app hears, once :meth:`listen` has told it."""

    def __init__(self, workspace: Workspace, replying: Replying, responder: Responder, found: Commands) -> None:
        self._workspace = workspace
        self._api = workspace.api
        self._replying = replying
        self._responder = responder
        self._commands = found
        self._tasks: set[asyncio.Task[None]] = set()
        self._done = Recent()

    def listen(self, bolt: AsyncApp) -> None:
        bolt.middleware(self.on_any)
        bolt.event("app_mention")(self.on_message)
        bolt.event("message")(self.on_message)
        bolt.event("assistant_thread_started")(self.on_assistant)
        bolt.command(re.compile("/.+"))(self.on_command)
        bolt.shortcut({"type": "message_action", "callback_id": ASK_ABOUT})(self.on_shortcut)
        bolt.action(re.compile(r"^passage(_\d+)?$"))(self.on_passage)
        bolt.action(re.compile(r"^(not_)?useful$"))(self.on_rated)
        bolt.action(re.compile(r"^ask_\d+$"))(self.on_follow_up)
        bolt.action("share")(self.on_share)
        bolt.action(commands.SHARE_RESULT)(self.on_share_result)
        bolt.view(modals.REASON)(self.on_reason)
        bolt.view(modals.QUESTION)(self.on_question)

    async def stop(self) -> None:
        """Finish what was told to Slack, and what takes too long not."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=_ENDING)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def on_any(self, body: Body, next_: Callable[[], Awaitable[None]]) -> BoltResponse | None:
        """Hand on what people of the workspace do; the rest is acknowledged, and that is all."""
        if not members.is_of(body, self._api.home):
            return BoltResponse(status=200)
        await next_()
        return None

    # ---- questions

    async def on_message(self, body: Body, context: AsyncBoltContext) -> None:
        bot = str(context.bot_user_id)
        if change := events.change_of(body, bot):
            await self._changed(change)
        elif (question := events.question_of(body, bot)) and question.text:
            await self._accept(question)

    async def on_follow_up(self, ack: AsyncAck, body: Body) -> None:
        question = events.from_click(body, str(body["actions"][0]["value"]))
        if question.kind == "command":
            self._replying.goes_to(question, str(body["response_url"]))
        if not await self._accept(question):
            self._later(self._say_why_not(body, question))
        await ack()

    async def on_question(self, ack: AsyncAck, body: Body) -> None:
        opened, text = modals.written(body["view"])
        if not text:
            await ack(response_action="errors", errors={modals.QUESTION: "Write a question."})
            return
        await self._accept(events.from_shortcut(body, opened["channel"], opened["thread"], text))
        await ack()

    async def _accept(self, question: Question) -> bool:
        is_taken = await self._responder.accept(question)
        if is_taken:
            self._replying.was_taken(question)  # its task has not begun
        return is_taken

    async def _say_why_not(self, body: Body, question: Question) -> None:
        """A click that brings no answer."""
        is_silent = question.kind == "mention" and await self._is_silent(question.place)
        await self._tell(body, events.place_of(body), _SILENT if is_silent else _ASKED)

    async def _changed(self, change: events.Edited | events.Deleted) -> None:
        question = change.question if isinstance(change, events.Edited) else None
        if question is None or not question.text:
            await self._responder.deleted(change.place, change.message)
        else:
            await self._edited(change.place, change.message, question)

    async def _edited(self, place: Place, message: str, question: Question) -> None:
        if question.kind == "mention" and await self._is_silent(place):
            return
        if not await self._responder.edited(place, message, question.text):
            await self._accept(question)  # it mentions us only now

    async def _is_silent(self, place: Place) -> bool:
        settings = self._responder.threads.settings
        return (await asyncio.to_thread(settings, place.platform, place.team, place.channel)).is_silent

    # ---- commands

    async def on_command(self, ack: AsyncAck, body: Body) -> None:
        text, user = str(body.get("text") or ""), str(body["user_id"])
        place = events.from_command(body, text).place
        running = asyncio.create_task(self._commands.run(text, place, user))
        await asyncio.wait({running}, timeout=_AT_ONCE)
        if running.done() and isinstance(result := running.result(), ToAsk):
            await ack(**await self._take_command(body, result))
        else:
            await ack(**({} if running.done() else _only_to_you(line_message("Working on it"))))
            self._later(self._show_found(running, body, text, place))

    async def _take_command(self, body: Body, asked: ToAsk) -> dict[str, Any]:
        """Take a question; the acknowledgement says what was typed, which nobody sees, and that the answer comes."""
        question = events.from_command(body, asked.question)
        self._replying.goes_to(question, str(body["response_url"]))
        await self._accept(question)
        typed, line = question_message(question.text, question.user), line_message("Looking it up")
        return _only_to_you(replace(typed, blocks=[*typed.blocks, *line.blocks]))

    async def _show_found(self, running: asyncio.Task[CommandResult], body: Body, text: str, place: Place) -> None:
        result = await running
        if isinstance(result, ToAsk):
            await self._take_command(body, result)
            return
        messages = commands.shown(result, str(body["command"]))
        if commands.is_shareable(result):
            messages = commands.shareable(messages, text)
        for message in messages:
            await tell(self._api, place.channel, str(body["user_id"]), message, url=str(body["response_url"]))
        if isinstance(result, Trends) and place.channel.startswith("D"):
            await self._upload(place.channel, None, partial(files_of_table, result.table))

    # ---- buttons

    async def on_passage(self, ack: AsyncAck, body: Body) -> None:
        await ack()
        self._later(self._show_passage(body))

    async def _show_passage(self, body: Body) -> None:
        """In a window that opens at once: Slack opens none for a click of three seconds ago."""
        conversation, number, marker = str(body["actions"][0]["value"]).rsplit("/", 2)
        place = events.place_of(body)
        view = await self._open(body, place, modals.line_view(_LOADING))
        if view is None:
            return
        try:
            passage = await self._commands.passage(place, conversation, int(number), int(marker))
        except AssistantError as error:
            shown = modals.line_view(error_message(error))
        else:
            shown = passage_view(passage.citation, *surroundings(passage.citation), passage.note)
        await self._api.call("views.update", view_id=view, view=shown)

    async def on_rated(self, ack: AsyncAck, body: Body) -> None:
        await ack()
        self._later(self._rate(body))

    async def _rate(self, body: Body) -> None:
        action = body["actions"][0]
        address, is_useful = str(action["value"]), action["action_id"] == "useful"
        place = events.place_of(body)
        if not is_useful:
            await self._open(body, place, modals.reason_view(address, place.channel, place.thread))
        if await self._keep(body, place, address, is_useful, "") and is_useful:
            await self._tell(body, place, _THANKS)

    async def on_reason(self, ack: AsyncAck, body: Body) -> None:
        await ack()
        opened, reason = modals.written(body["view"])
        if reason:
            self._later(self._keep_reason(body, opened, reason))

    async def _keep_reason(self, body: Body, opened: Mapping[str, str], reason: str) -> None:
        place = events.place_in(body, opened["channel"], opened["thread"])
        if await self._keep(body, place, opened["address"], False, reason):
            await self._tell(body, place, _THANKS)

    async def _keep(self, body: Body, place: Place, address: str, is_useful: bool, reason: str) -> bool:
        """Whether it is kept; where not, who said it is told why."""
        conversation, number = address.rsplit("/", 1)
        try:
            await self._commands.rate(place, conversation, int(number), is_useful, reason)
        except AssistantError as error:
            await self._tell(body, place, error_message(error))
            return False
        return True

    async def on_share(self, ack: AsyncAck, body: Body) -> None:
        await ack()
        self._later(self._once(body, self._share))

    async def _once(self, body: Body, share: Callable[[Body], Coroutine[Any, Any, None]]) -> None:
        """Share what a person saw, however often that person clicks; where it fails, it may be tried again."""
        place, key = events.place_of(body), f"share:{body['container']['message_ts']}:{body['user']['id']}"
        if not self._done.add(key):
            return
        try:
            await share(body)
        except Exception as error:  # whatever it was: it may be tried again
            self._done.pop(key)
            if isinstance(error, AssistantError) and not isinstance(error, Undelivered):
                await self._tell(body, place, error_message(error))
            else:
                await self._tell(body, place, _NOT_SHARED)
                raise

    async def _share(self, body: Body) -> None:
        conversation, number = str(body["actions"][0]["value"]).rsplit("/", 1)
        answer = await self._commands.answer(events.place_of(body), conversation, int(number))
        messages = answer_messages(answer, address=f"{conversation}/{number}", page=self._workspace.page)
        asked = question_message(answer.question, str(body["user"]["id"]))
        await self._show_all(body, _under(asked, messages), partial(files_of, answer))

    async def on_share_result(self, ack: AsyncAck, body: Body) -> None:
        await ack()
        self._later(self._once(body, self._share_result))

    async def _share_result(self, body: Body) -> None:
        text, user = str(body["actions"][0]["value"]), str(body["user"]["id"])
        result = await self._commands.run(text, events.place_of(body), user)
        if not isinstance(result, ToAsk):
            make = partial(files_of_table, result.table) if isinstance(result, Trends) else list
            await self._show_all(body, commands.shown(result, commands.NAME), make)

    async def _show_all(self, body: Body, messages: Sequence[Message], make: Callable[[], Sequence[File]]) -> None:
        """Show to a channel what one person saw, the first message in it and the rest in its thread; by the click's
        response URL, where we are not in the channel. ``make`` makes the files that go with it."""
        place, url = events.place_of(body), str(body["response_url"])
        first, *rest = messages
        try:
            stamp = await self._post(place.channel, place.thread or None, first)
        except Refused:
            for message in messages:
                shown = {"text": message.text, "blocks": message.blocks}
                await self._api.respond(url, {"response_type": "in_channel", "replace_original": False, **shown})
        else:
            thread = place.thread or stamp
            for message in rest:
                await self._post(place.channel, thread, message)
            self._later(self._upload(place.channel, thread, make))
        self._later(self._api.respond(url, {"delete_original": True}))

    async def _post(self, channel: str, thread: str | None, message: Message) -> str:
        posted = await self._api.call(
            "chat.postMessage",
            channel=channel,
            thread_ts=thread,
            text=message.text,
            blocks=message.blocks,
            metadata=ASIDE,
            unfurl_links=False,
            unfurl_media=False,
        )
        return str(posted["ts"])

    # ---- the rest

    async def on_shortcut(self, ack: AsyncAck, body: Body) -> None:
        await ack()
        message, channel = body["message"], str(body["channel"]["id"])
        thread = str(message.get("thread_ts") or message["ts"])
        view = modals.question_view(channel, thread, events.plain(str(message.get("text") or "")))
        self._later(self._open(body, events.place_in(body, channel, ""), view))

    async def on_assistant(self, body: Body) -> None:
        self._later(self._suggest(body))

    async def _suggest(self, body: Body) -> None:
        thread = body["event"]["assistant_thread"]
        channel, stamp = str(thread["channel_id"]), str(thread["thread_ts"])
        place = Place(events.PLATFORM, str(body["team_id"]), channel, stamp)
        if examples := await self._commands.examples(place):
            await self._api.call(
                "assistant.threads.setSuggestedPrompts",
                channel_id=channel,
                thread_ts=stamp,
                title=_PROMPTS,
                prompts=[{"title": example, "message": example} for example in examples],
            )

    async def _open(self, body: Body, place: Place, view: Mapping[str, Any]) -> str | None:
        """The id of the window; where Slack opens none, who clicked is told."""
        try:
            opened = await self._api.call("views.open", trigger_id=body["trigger_id"], view=view)
        except Undelivered as error:
            _log.warning("%s", error)
            await self._tell(body, place, _NOT_OPENED)
            return None
        return str(opened["view"]["id"])

    async def _upload(self, channel: str, thread: str | None, make: Callable[[], Sequence[File]]) -> None:
        for file in await asyncio.to_thread(make):
            await self._api.upload(channel, thread, f"papertalk-{file.name}", file.content, file.title)

    async def _tell(self, body: Body, place: Place, sentence: str) -> None:
        """Say something to who clicked, where that was."""
        is_ephemeral = (body.get("container") or {}).get("is_ephemeral")
        await tell(
            self._api,
            place.channel,
            str(body["user"]["id"]),
            line_message(sentence),
            url=body["response_url"] if is_ephemeral else None,
            thread=place.thread or None,
        )

    def _later(self, work: Coroutine[Any, Any, object]) -> None:
        task = asyncio.create_task(self._done_or_logged(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _done_or_logged(self, work: Coroutine[Any, Any, object]) -> None:
        try:
            await work
        except Undelivered as error:
            _log.warning("%s", error)
        except Exception:  # a bug: Slack was told already, so the log tells
            _log.exception("What somebody did in Slack failed")


def _only_to_you(message: Message) -> dict[str, Any]:
    """An acknowledgement that shows a message."""
    return {"response_type": "ephemeral", "text": message.text, "blocks": message.blocks}


def _under(line: Message, messages: Sequence[Message]) -> Sequence[Message]:
    """With a line above, in the first message where that has room."""
    first, *rest = messages
    blocks = [*line.blocks, *first.blocks]
    return [replace(first, blocks=blocks), *rest] if len(blocks) <= BLOCKS else [line, *messages]
