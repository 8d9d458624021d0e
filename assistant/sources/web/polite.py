"""What goes over the network: each request says who asks and waits for its turn, each reply is bounded in time.

It lies below the cache, so that a reply from disk costs no wait, and a key is neither kept nor sent elsewhere.
"""

from __future__ import annotations

import math
import ssl
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import formatdate, parsedate_to_datetime
from functools import cache

import httpcore2
import httpx2

from assistant.errors import SourceError
from assistant.sources.web.addresses import NO_HOST, PublicAddresses
from assistant.sources.web.services import ELSEWHERE, SERVICES, serving

_DEADLINE = 180.0
"""Seconds that a reply may take to come, however steadily it drips."""
_HEADERS = frozenset(
    ["content-type", "content-encoding", "content-length", "etag", "last-modified", "location", "retry-after"]
)
"""What is kept of a reply's headers."""


@dataclass(frozen=True, slots=True)
class Clock:
    """Time as it passes, in seconds."""

    now: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep


@cache
def _certificates() -> ssl.SSLContext:
    return httpx2.create_ssl_context()


class Polite(httpx2.BaseTransport):
    """A transport for a client of httpx; see above. It raises SourceError for an address that is not public."""

    def __init__(
        self,
        bases: Mapping[str, str],
        *,
        agent: str,
        keys: Mapping[str, str],
        allow_private: bool,
        offline: bool,
        clock: Clock,
    ) -> None:
        self._bases = bases
        self._agent = agent
        self._keys = keys
        self._offline = offline
        self._clock = clock
        self._turns: dict[str, float] = {}
        self._pool = httpcore2.ConnectionPool(
            ssl_context=_certificates(),
            network_backend=None if allow_private else PublicAddresses(),
        )

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        if self._offline:
            raise SourceError(f"The reply of {request.url.host} is not on disk, and nothing is fetched; go online.")
        name = serving(self._bases, str(request.url))
        service = SERVICES[name] if name else ELSEWHERE
        headers = httpx2.Headers(request.headers) | {"user-agent": self._agent}
        if name is not None and name in self._keys and service.key_header:
            headers[service.key_header] = service.key_prefix + self._keys[name]
        self._wait_for_turn(service.lane or request.url.host, service.interval)
        with _mapped():
            response = self._pool.handle_request(
                httpcore2.Request(
                    request.method,
                    httpcore2.URL(
                        scheme=request.url.raw_scheme,
                        host=request.url.raw_host,
                        port=request.url.port,
                        target=request.url.raw_path,
                    ),
                    headers=headers.raw,
                    extensions=request.extensions,
                )
            )
        assert isinstance(response.stream, Iterable)
        return httpx2.Response(
            response.status,
            headers=self._kept(httpx2.Headers(response.headers), response.status),
            stream=_Body(response.stream, self._clock),
        )

    def _wait_for_turn(self, lane: str, interval: float) -> None:
        now = self._clock.now()
        wait = min(max(0.0, self._turns.get(lane, 0.0) - now), interval)  # a clock that is set back makes no long one
        self._turns[lane] = now + wait + interval
        if wait:
            self._clock.sleep(wait)

    def _kept(self, headers: httpx2.Headers, status: int) -> httpx2.Headers:
        """The reply's headers with what the cache goes by put in the place of what the server says of caching."""
        kept = {name: value for name, value in headers.items() if name in _HEADERS}
        is_pdf = headers.get("content-type", "").startswith("application/pdf")  # kept as a file of its own
        keep = status == 304 or (status == 200 and not is_pdf)
        kept["cache-control"] = "max-age=315360000" if keep else "no-store"
        kept["date"] = formatdate(math.floor(self._clock.now()), usegmt=True)
        return httpx2.Headers(kept)

    def close(self) -> None:
        self._pool.close()


class _Body(httpx2.SyncByteStream):
    """The bytes as they come, until the deadline."""

    def __init__(self, stream: Iterable[bytes], clock: Clock) -> None:
        self._stream = stream
        self._clock = clock

    def __iter__(self) -> Iterator[bytes]:
        end = self._clock.now() + _DEADLINE
        with _mapped():
            for part in self._stream:
                if self._clock.now() > end:
                    raise httpx2.ReadTimeout(f"the reply was not whole after {_DEADLINE:.0f} seconds")
                yield part

    def close(self) -> None:
        if hasattr(self._stream, "close"):
            self._stream.close()


@contextmanager
def _mapped() -> Iterator[None]:
    try:
        yield
    except httpcore2.TimeoutException as error:
        raise httpx2.TransportError("it said nothing for too long") from error
    except (httpcore2.NetworkError, httpcore2.ProtocolError, httpcore2.UnsupportedProtocol) as error:
        raise httpx2.TransportError(str(error) or "the connection was lost") from error
    except ValueError as error:  # a host whose name cannot be looked up or certified
        raise httpx2.TransportError(NO_HOST) from error


def fetched(response: httpx2.Response) -> float:
    """When it came, or was last found to be still good, by our own clock in whole seconds."""
    return parsedate_to_datetime(response.headers["date"]).timestamp()
