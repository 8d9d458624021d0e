"""The addresses that Mattermost posts to: one for its slash command, one for its outgoing webhook."""

from __future__ import annotations

import asyncio
import hmac
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from assistant.errors import AssistantError, ConfigError
from assistant.rendering import mattermost as rendering
from assistant.surfaces.mattermost.own_posts import OwnPosts
from assistant.surfaces.mattermost.payloads import (
    HOOK,
    PLATFORM,
    Payload,
    as_comment,
    asked_by_command,
    asked_by_post,
    hook_of,
    privately,
    read,
)
from assistant.surfaces.mattermost.replies import Comment, Private, Server, Waiting
from assistant.surfaces.messaging.commands import Commands, Help, OnePaper, Papers, Said, ToAsk, Trends
from assistant.surfaces.messaging.error_messages import error_message
from assistant.surfaces.messaging.events import Question
from assistant.surfaces.messaging.replies import Handle, Reply, Undelivered
from assistant.surfaces.messaging.responder import Responder
from assistant.surfaces.serve.service import Service

COMMAND, WEBHOOK = "/mattermost/command", "/mattermost/webhook"

_PATIENCE = 25.0
"""Seconds that a webhook is kept waiting; by its default Mattermost gives up after 30."""
_AT_ONCE = 2.0
"""Seconds after which a command is told that its result follows."""
_SOON = "Searching the papers; the answer follows."
_WORKING = "Working on it; the result follows."
_ELSEWHERE = "PAPERTALK_MATTERMOST_URL is not the Site URL of this Mattermost; set it so, and ask again."
_LATE = "This takes longer than Mattermost waits; ask it by the slash command."
_STOPPING = "The bot is stopping; ask again in a minute."
_EMPTY = "Write your question behind the word."

_log = logging.getLogger(__name__)


def mattermost(service: Service) -> Mattermost | None:
    """The surface, where its tokens are set.

    Raises:
        ConfigError: there are tokens, and no server that is answered.
    """
    settings = service.settings
    if not settings.mattermost_tokens:
        return None
    if not settings.mattermost_url:
        raise ConfigError(
            "PAPERTALK_MATTERMOST_TOKENS is set, and PAPERTALK_MATTERMOST_URL is not; set it to the address of your "
            "Mattermost server, such as https://chat.example.org."
        )
    return Mattermost(service, settings.mattermost_url)


class Mattermost:
    """
    Args:
        url: the Mattermost server, as it calls itself.
    """

    def __init__(self, service: Service, url: str) -> None:
        settings = service.settings
        self._server = Server(url)
        self._tokens = [token.get_secret_value().encode() for token in settings.mattermost_tokens]
        self._page = settings.public_url
        self._waiting: Waiting = {}
        self._own = OwnPosts()
        self._later: set[asyncio.Task[None]] = set()
        self._responder = Responder(service, self._reply, PLATFORM)
        self._commands = Commands(service, self._responder.threads, settings.mattermost_editors)

    def routes(self) -> list[Route]:
        """What Mattermost posts to. The guard lets it pass without a key: without a token of ours it is refused."""
        return [
            Route(COMMAND, partial(self._served, self._command), methods=["POST"]),
            Route(WEBHOOK, partial(self._served, self._webhook), methods=["POST"]),
        ]

    async def start(self) -> None:
        """Answer the commands that a killed process left."""
        await self._responder.resume()

    async def stop(self, timeout: float) -> None:
        """Finish what is under way, ``timeout`` seconds at most. To be called before the service is stopped."""
        await self._responder.stop(timeout)
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_result([_STOPPING])
        for task in self._later:
            task.cancel()
        await asyncio.gather(*self._later, return_exceptions=True)
        await self._server.close()

    # ---- requests

    async def _served(self, answer: Callable[[Payload], Awaitable[Mapping[str, Any]]], request: Request) -> Response:
        try:
            payload = read(await request.body(), request.headers.get("content-type", ""))
        except (ValueError, RecursionError):
            return JSONResponse({"message": "This is neither a form nor JSON of Mattermost's."}, 400)
        if not self._is_known(payload.get("token", "")):
            _log.warning("a request to %s has a wrong token", request.url.path)
            return JSONResponse({"message": "The token is not one of PAPERTALK_MATTERMOST_TOKENS."}, 401)
        try:
            return JSONResponse(await answer(payload))
        except AssistantError as error:
            return JSONResponse(privately([rendering.line_post(error_message(error))]))

    def _is_known(self, token: str) -> bool:
        return any(hmac.compare_digest(token.encode(), known) for known in self._tokens)

    async def _command(self, payload: Payload) -> Mapping[str, Any]:
        """A command: its result where that comes at once, else that it follows."""
        hook = hook_of(payload.get("response_url", ""), self._server.url)
        if hook is None:
            _log.warning("a command is to be answered elsewhere than at PAPERTALK_MATTERMOST_URL")
            return privately([_ELSEWHERE])
        running = asyncio.create_task(self._result(payload, hook))
        done, _ = await asyncio.wait({running}, timeout=_AT_ONCE)
        if done:
            return privately(running.result() or [_SOON])
        later = asyncio.create_task(self._deliver(running, hook))
        self._later.add(later)
        later.add_done_callback(self._later.discard)
        return privately([_WORKING])

    async def _deliver(self, running: asyncio.Task[Sequence[str]], hook: str) -> None:
        try:
            posts = await running
        except AssistantError as error:
            posts = [rendering.line_post(error_message(error))]
        try:
            if posts:
                await self._server.post(hook, posts)
        except Undelivered:
            _log.info("a command's result is not delivered")

    async def _result(self, payload: Payload, hook: str) -> Sequence[str]:
        """What a command comes to. That of a question is none yet: its answer is the responder's."""
        question = asked_by_command(payload, payload.get("text", "").strip(), hook)
        result = await self._commands.run(question.text, question.place, question.user)
        match result:
            case ToAsk(text):
                await self._responder.accept(asked_by_command(payload, text, hook))
                return []
            case Papers(papers, total, library, words):
                heading = f"Papers on {words}" if words else f"Papers of {library}"
                return rendering.paper_posts(papers, heading, total)
            case Trends(table):
                return rendering.table_posts(table.title, table.rows)
            case OnePaper(paper, related):
                return rendering.paper_post(paper, related)
            case Help():
                return [_help(payload.get("command", "/papers"), result)]
            case Said(sentence):
                return [rendering.line_post(sentence)]

    async def _webhook(self, payload: Payload) -> Mapping[str, Any]:
        """A post that begins with our word: its answer, for which Mattermost waits. A delivery that came before, one
        from a channel that wants no answers, and one that repeats what we said get nothing."""
        question = asked_by_post(payload)
        if not question.message or question.message in self._waiting or self._own.holds(payload.get("text", "")):
            return {}
        if not question.text:
            return self._comment([_EMPTY])
        waiting = self._waiting[question.message] = asyncio.get_running_loop().create_future()
        try:
            if not await self._responder.accept(question):
                return {}
            async with asyncio.timeout(_PATIENCE):
                return self._comment(await waiting)
        except TimeoutError:
            return self._comment([_LATE])
        except AssistantError as error:
            return self._comment([rendering.line_post(error_message(error))])
        finally:
            del self._waiting[question.message]

    def _comment(self, posts: Sequence[str]) -> Mapping[str, Any]:
        comment = as_comment(posts)
        self._own.add(str(comment["text"]))
        return comment

    def _reply(self, question: Question, _: Handle) -> Reply:
        if HOOK in question.details:
            return Private(self._server, question, self._page)
        return Comment(self._waiting, question, self._page)


def _help(command: str, here: Help) -> str:
    name = rendering.line_post(command)
    editors = f"- `{name} use LIBRARY`\n- `{name} silent on`, `silent off`\n- `{name} add SOURCE ...`\n"
    examples = "\n".join(f"- {rendering.line_post(example)}" for example in here.examples)
    return (
        f"You ask the library **{rendering.line_post(here.library)}** of {here.papers:,} papers.\n\n"
        f"- `{name} ask QUESTION`\n- `{name} list [WORDS]`\n- `{name} trends [year | topic | method | dataset]`\n"
        f"- `{name} show PAPER`\n"
        + (editors if here.may_edit else "")
        + (f"\nFor instance:\n\n{examples}" if examples else "")
    )
