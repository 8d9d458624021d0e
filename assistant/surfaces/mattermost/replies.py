"""How an answer is shown in Mattermost: posted where a command is answered, or as what a webhook waits for."""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING

from assistant.rendering.mattermost import answer_posts, line_post, question_line
from assistant.surfaces.mattermost.payloads import HOOK, privately
from assistant.surfaces.messaging.events import Question
from assistant.surfaces.messaging.replies import Handle, Shown, Undelivered

if TYPE_CHECKING:
    import httpx2

Waiting = dict[str, asyncio.Future[Sequence[str]]]
"""What is posted below each post whose webhook waits, by the post's id."""

_TRIES = 3
_PAUSE = 0.5
"""Seconds before a post is tried again; before the next try twice as long."""
_TIMEOUT = 10.0

_log = logging.getLogger(__name__)


class Server:
    """The one Mattermost server that is posted to, and none that a request names.

    Args:
        url: such as ``https://chat.example.org``.
    """

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self._http: httpx2.AsyncClient | None = None

    async def post(self, hook: str, posts: Sequence[str]) -> None:
        """Answer a command. It is tried again only where Mattermost has not taken it for certain.

        Raises:
            Undelivered: Mattermost does not take it.
        """
        import httpx2

        for attempt in range(1, _TRIES + 1):
            try:
                response = await self._client().post(f"{self.url}/hooks/commands/{hook}", json=privately(posts))
                if response.is_success:
                    return
                reason, may_help = f"status {response.status_code}", response.status_code in (429, 503)
            except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
                reason, may_help = type(error).__name__, True
            except httpx2.HTTPError as error:
                reason, may_help = type(error).__name__, False
            if not may_help or attempt == _TRIES:
                break
            await asyncio.sleep(_PAUSE * 2 ** (attempt - 1))
        _log.warning("Mattermost does not take an answer (%s)", reason)
        raise Undelivered(f"Mattermost does not take the answer ({reason}); ask again.")

    async def close(self) -> None:
        if self._http is not None:
            await self._http.aclose()
            self._http = None

    def _client(self) -> httpx2.AsyncClient:
        import httpx2

        if self._http is None:
            self._http = httpx2.AsyncClient(timeout=_TIMEOUT, follow_redirects=False)
        return self._http


class _Reply(ABC):
    """What both replies have in common: nothing is shown before the whole answer, and nothing is taken back."""

    def __init__(self, page: str | None) -> None:
        self._page = page

    @property
    def handle(self) -> Handle:
        return {}

    async def waiting(self, stage: str) -> None:
        return

    async def working(self, stage: str) -> None:
        return

    async def renew(self) -> None:
        return

    async def write(self, piece: str) -> None:
        return

    async def withdraw(self) -> None:
        return

    async def finish(self, shown: Shown) -> None:
        await self._show(answer_posts(shown.answer, self._page) or ["There is no answer."])

    async def fail(self, sentence: str) -> None:
        await self._show([line_post(sentence)])

    @abstractmethod
    async def _show(self, posts: Sequence[str]) -> None:
        """
        Raises:
            Undelivered: Mattermost does not take it.
        """


class Private(_Reply):
    """The reply to a command."""

    def __init__(self, server: Server, question: Question, page: str | None) -> None:
        super().__init__(page)
        self._server = server
        self._question = question

    async def _show(self, posts: Sequence[str]) -> None:
        first = f"{question_line(self._question.text)}\n\n{posts[0]}"
        await self._server.post(self._question.details[HOOK], [first, *posts[1:]])


class Comment(_Reply):
    """The reply to a post: a webhook waits for it, in this process or nowhere."""

    def __init__(self, waiting: Waiting, question: Question, page: str | None) -> None:
        super().__init__(page)
        self._waiting = waiting
        self._question = question

    async def _show(self, posts: Sequence[str]) -> None:
        waiting = self._waiting.get(self._question.message)
        if waiting is None or waiting.done():
            raise Undelivered("Mattermost does not wait for this answer any more; ask again.")
        waiting.set_result(posts)
