"""The client's way to a server: requests that are sent again where that helps, and errors as the server raised them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

import httpx2
from httpx2 import EventSource, ServerSentEvent
from tenacity import AsyncRetrying, RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt

from assistant.errors import AssistantError, ConfigError, LibraryUnavailable
from assistant.wire import error_of

_ATTEMPTS = 4
_LONGEST_WAIT = 30
"""Seconds that are waited where a server says when to ask again."""
_AGAIN = frozenset({429, 503})
_LARGEST_EVENT = 256 * 1024 * 1024
"""Bytes of one event: a whole answer, with all the papers behind its numbers."""


class _Again(Exception):
    """A refusal that may not be one the next time; ``after`` is in seconds."""

    def __init__(self, error: AssistantError, after: int) -> None:
        super().__init__(str(error))
        self.error = error
        self.after = after


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of a server. ``files`` are read anew for each try, and so must be bytes or files at their begin."""

    method: str
    path: str
    params: Mapping[str, Any] | None = None
    json: Any = None
    data: Mapping[str, Any] | None = None
    files: Any = None
    headers: Mapping[str, str] | None = None
    accept: str = "application/json"

    def built(self, http: httpx2.Client | httpx2.AsyncClient) -> httpx2.Request:
        for file in self.files or ():
            file[1][1].seek(0)
        return http.build_request(
            self.method,
            self.path.lstrip("/"),
            params=self.params,
            json=self.json,
            data=self.data,
            files=self.files,
            headers={"accept": self.accept, **(self.headers or {})},
        )


class Caller:
    """Sends requests to one server.

    Args:
        url: where the server is, such as ``https://papers.example.org``.
        key: an API key.
        silence: seconds that the server may say nothing.
    """

    def __init__(self, url: str, key: str | None, silence: float, headers: Mapping[str, str] | None = None) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ConfigError(f"{url!r} is no address of a server; write one such as http://127.0.0.1:7860.")
        self.url = url.rstrip("/")
        authorization = {"authorization": f"Bearer {key}"} if key else {}
        self._settings: dict[str, Any] = {
            "base_url": f"{self.url}/api/v1/",
            "headers": {**authorization, **(headers or {})},
            "timeout": httpx2.Timeout(silence, connect=10.0),
            "trust_env": False,
        }
        self._http = httpx2.Client(**self._settings)

    def close(self) -> None:
        self._http.close()

    def send(self, request: Request) -> httpx2.Response:
        """The whole response to a request.

        Raises:
            AssistantError: what the server raised, or a sentence that says why it cannot be asked.
        """
        with self.open(request) as response:
            response.read()
            return response

    @contextmanager
    def open(self, request: Request) -> Iterator[httpx2.Response]:
        """A response whose body is still to be read."""
        with self._told():
            response = self._persistently(request)
            try:
                yield response
            finally:
                response.close()

    @contextmanager
    def events(self, request: Request) -> Iterator[Iterator[ServerSentEvent]]:
        """A response that is a stream of events."""
        with self.open(request) as response:
            yield iter(EventSource(response, _LARGEST_EVENT))

    @asynccontextmanager
    async def aevents(self, request: Request) -> AsyncIterator[AsyncIterator[ServerSentEvent]]:
        """:meth:`events`, without holding up the event loop."""
        with self._told():
            async with httpx2.AsyncClient(**self._settings) as http:
                response = await self._apersistently(http, request)
                try:
                    yield aiter(EventSource(response, _LARGEST_EVENT))
                finally:
                    await response.aclose()

    def _persistently(self, request: Request) -> httpx2.Response:
        def once() -> httpx2.Response:
            response = self._http.send(request.built(self._http), stream=True)
            if response.is_success:
                return response
            with closing(response):
                response.read()
            raise self._refusal(response)

        try:
            return Retrying(**_RETRYING)(once)
        except _Again as error:
            raise error.error from error

    async def _apersistently(self, http: httpx2.AsyncClient, request: Request) -> httpx2.Response:
        async def once() -> httpx2.Response:
            response = await http.send(request.built(http), stream=True)
            if response.is_success:
                return response
            await response.aread()
            await response.aclose()
            raise self._refusal(response)

        try:
            return await AsyncRetrying(**_RETRYING)(once)
        except _Again as error:
            raise error.error from error

    def _refusal(self, response: httpx2.Response) -> Exception:
        after = response.headers.get("retry-after", "")
        seconds = int(after) if after.isascii() and after.isdecimal() and len(after) < 7 else None
        error = self._told_error(response, seconds)
        if response.status_code in _AGAIN and seconds is not None and seconds <= _LONGEST_WAIT:
            return _Again(error, seconds)
        return error

    def _told_error(self, response: httpx2.Response, seconds: int | None) -> AssistantError:
        try:
            problem = response.json()
        except ValueError:
            problem = None
        if isinstance(problem, dict) and "type" in problem:
            return error_of(problem, seconds)
        return AssistantError(
            f"The server at {self.url} answered with status {response.status_code}; look whether it is Papertalk's."
        )

    @contextmanager
    def _told(self) -> Iterator[None]:
        """What goes wrong on the way to the server, in a sentence."""
        try:
            yield
        except httpx2.TimeoutException as error:
            raise LibraryUnavailable(
                f"The server at {self.url} has not answered in time; ask again, or for less at once."
            ) from error
        except (httpx2.TransportError, httpx2.InvalidURL, httpx2.DecodingError) as error:
            reason = str(error).rstrip(".") or type(error).__name__
            raise LibraryUnavailable(
                f"The server at {self.url} cannot be reached ({reason}); check the address, and that it runs."
            ) from error


def part(text: str) -> str:
    """A text as one part of a path, whatever it holds; the server undoes it."""
    return quote(text, safe="")


def _pause(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    return float(error.after) if isinstance(error, _Again) else 0.0


_RETRYING: dict[str, Any] = {
    "stop": stop_after_attempt(_ATTEMPTS),
    "wait": _pause,
    "retry": retry_if_exception_type(_Again),
    "reraise": True,
}
