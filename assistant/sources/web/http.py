"""The one way to the network: polite, bounded and kept on disk.

A request goes through a client of httpx with a cache of hishel's, and below the cache through :class:`Polite`, which
says who asks, waits its turn and bounds what comes. Whether a kept reply is still good is decided here and not by the
services' headers, which mostly say nothing: it is used unasked for ``max_age`` seconds and then checked with its ETag
or date, so that a read that was stopped goes on with the page that it had not got.
"""

from __future__ import annotations

import itertools
import math
import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from email.utils import parsedate_to_datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

import httpx2
from hishel import CacheOptions, SqliteStorage
from hishel.httpx2 import CacheTransport
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt
from tenacity.wait import wait_exponential_jitter

from assistant.errors import ConfigError, SourceError
from assistant.sources.web import records
from assistant.sources.web.addresses import NO_HOST
from assistant.sources.web.polite import Clock, Polite, fetched
from assistant.sources.web.services import ELSEWHERE, SERVICES, Service, serving

T = TypeVar("T")

MAX_REPLY = 20_000_000
"""Bytes of a service's reply, unpacked."""
MAX_FILE = 50_000_000
"""Bytes of a page or a PDF."""
KEPT = timedelta(days=30)
"""How long a reply stays on disk to be checked or, offline, used."""
_CACHE_BYTES = 500_000_000
_SILENCE = 30.0
"""Seconds that a server may say nothing."""
_ATTEMPTS = 5
_LONGEST_WAIT = 120.0
"""Seconds that are waited where a server asks for it; for longer, the user is told."""
_REDIRECTS = 5


def _require_plain(**values: str | None) -> None:
    """Raises ConfigError for a setting that cannot stand in a request's header; the setting's value is not told."""
    for name, value in values.items():
        if value is not None and not re.fullmatch(r"[!-~]+", value):
            raise ConfigError(
                f"The setting {name!r} (PAPERTALK_{name.upper()}) holds a blank or a letter outside ASCII; check it."
            )


def _database(folder: Path) -> Path:
    """Where replies are kept; a file there that is no database makes room for one.

    Raises:
        SourceError: nothing can be written there.
    """
    path = folder / "replies.sqlite"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        try:
            with closing(sqlite3.connect(path)) as database:
                database.execute("PRAGMA schema_version")
        except sqlite3.OperationalError as error:
            raise OSError(str(error)) from error
        except sqlite3.DatabaseError:
            path.unlink()
    except OSError as error:
        raise SourceError(
            f"The cache {str(path)!r} cannot be written ({error.strerror or error}); free the place or choose another "
            f"data folder."
        ) from error
    return path


class NotFound(SourceError):
    """The service was asked and has no such record."""


class _NoHost(Exception):
    """A host that has no address: there is no network, or no such host."""


class _Again(Exception):
    """A request that may succeed when it is sent again, at the earliest ``after`` seconds from now if that is known."""

    def __init__(self, reason: str, after: float | None = None) -> None:
        super().__init__(reason)
        self.after = after


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What is asked for: ``what`` it is in words, and how many bytes it may have, unpacked."""

    service: Service
    url: httpx2.URL
    what: str
    limit: int
    accept: str = "*/*"


@dataclass(frozen=True, slots=True)
class Reply:
    body: bytes
    media_type: str
    url: str
    """Where it came from, after redirects."""


class Http:
    """Replies of the services and of other servers. Opens its connections and its cache with the first request."""

    def __init__(
        self,
        cache_dir: Path,
        *,
        email: str | None = None,
        keys: Mapping[str, str] | None = None,
        base_urls: Mapping[str, str] | None = None,
        max_age: timedelta = timedelta(days=1),
        allow_private: bool = False,
        offline: bool = False,
        clock: Clock | None = None,
    ) -> None:
        _require_plain(email=email, **{f"{name}_api_key": key for name, key in (keys or {}).items()})
        self._bases = {name: service.url for name, service in SERVICES.items()} | dict(base_urls or {})
        self._clock = clock or Clock()
        self._max_age = math.inf if offline else max_age.total_seconds()
        contact = f" (mailto:{email})" if email else ""
        polite = Polite(
            self._bases,
            agent=f"papertalk/{version('papertalk')}{contact}",
            keys=keys or {},
            allow_private=allow_private,
            offline=offline,
            clock=self._clock,
        )
        storage = SqliteStorage(
            database_path=_database(cache_dir), default_ttl=KEPT.total_seconds(), max_size=_CACHE_BYTES
        )
        self._client = httpx2.Client(
            transport=CacheTransport(polite, storage=storage, rfc=CacheOptions(shared=False)),
            headers={"accept-encoding": "gzip"},
            timeout=_SILENCE,
            trust_env=False,
        )

    def close(self) -> None:
        self._client.close()

    def json(self, service: str, path: str, *, what: str, **params: str | int) -> dict[str, Any]:
        """A record or a page of a service, in JSON.

        Raises:
            NotFound: the service has none such.
            SourceError: it cannot be reached, refuses, or gives something else.
        """
        return self.parsed(service, path, records.parsed, what=what, accept="*/*", **params)

    def parsed(
        self,
        service: str,
        path: str,
        parse: Callable[[bytes], T],
        *,
        what: str,
        accept: str = "*/*",
        **params: str | int,
    ) -> T:
        """A reply of a service as ``parse`` reads it. What it raises as ValueError is asked for again.

        Raises:
            NotFound, SourceError: as :meth:`json`.
        """
        url = httpx2.URL(self.address(service, path))
        url = url.copy_merge_params(params) if params else url
        wanted = _Wanted(SERVICES[service], url, what, MAX_REPLY, accept)
        return self._persistently(wanted, lambda reply: parse(reply.body))

    def address(self, service: str, path: str) -> str:
        return self._bases[service] + path

    def file(self, url: str, *, what: str, starts: bytes = b"") -> Reply:
        """A page or a file at a link; ``starts`` is what it must begin with.

        Raises:
            NotFound, SourceError: as :meth:`json`; or its address is not public.
        """

        def whole(reply: Reply) -> Reply:
            if not reply.body.startswith(starts):
                raise ValueError("it begins otherwise than such a file does")
            return reply

        try:
            place = httpx2.URL(url)
        except (httpx2.InvalidURL, UnicodeError) as error:
            raise SourceError(f"{url[:200]!r} is no link that can be followed; check it.") from error
        name = serving(self._bases, str(place))
        return self._persistently(_Wanted(SERVICES[name] if name else ELSEWHERE, place, what, MAX_FILE), whole)

    def _persistently(self, wanted: _Wanted, use: Callable[[Reply], T]) -> T:
        """What ``use`` makes of the reply, which is asked for again where that may help."""
        retrying = Retrying(
            stop=stop_after_attempt(_ATTEMPTS),
            wait=_pause,
            retry=retry_if_exception_type(_Again),
            sleep=self._clock.sleep,
            reraise=True,
        )
        tries = itertools.count()

        def once() -> T:
            reply = self._got(wanted, fresh=next(tries) > 0)
            try:
                return use(reply)
            except ValueError as error:
                raise _Again(f"what it gave cannot be read: {error}") from error

        try:
            return retrying(once)
        except _NoHost as error:
            raise SourceError(
                f"{wanted.service.name} cannot be reached for {wanted.what}: {NO_HOST}; check the network and the link."
            ) from error
        except _Again as error:
            raise SourceError(
                f"{wanted.service.name} did not give {wanted.what} ({error}); try again later, pages that came are "
                f"kept."
            ) from error

    def _got(self, wanted: _Wanted, *, fresh: bool) -> Reply:
        """One reply, from the cache while it is young enough, following redirects.

        Raises:
            _Again: asking again may help.
            SourceError: it will not.
        """
        url = wanted.url
        for _ in range(_REDIRECTS + 1):
            with self._sent(url, wanted.accept, fresh) as response:
                target = _redirected(response, wanted.what)
                if target is None:
                    _check(response, wanted)
                    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
                    return Reply(_bounded(response.iter_bytes(), wanted), kind, str(url))
            url = target
        raise SourceError(
            f"{wanted.service.name} sends the request for {wanted.what} around in a circle; check the link."
        )

    @contextmanager
    def _sent(self, url: httpx2.URL, accept: str, fresh: bool) -> Iterator[httpx2.Response]:
        headers = {"accept": accept} | (_VALIDATE if fresh else {})
        try:
            response = self._client.send(self._client.build_request("GET", url, headers=headers), stream=True)
            if not fresh and response.extensions["caching"]["from_cache"] and self._is_old(response):
                response.close()
                request = self._client.build_request("GET", url, headers=headers | _VALIDATE)
                response = self._client.send(request, stream=True)
            with closing(response):
                yield response
        except (httpx2.TransportError, httpx2.DecodingError) as error:
            if str(error) == NO_HOST:  # asking again at once would not help
                raise _NoHost from error
            raise _Again(str(error) or type(error).__name__) from error

    def _is_old(self, response: httpx2.Response) -> bool:
        return abs(self._clock.now() - fetched(response)) >= self._max_age


_VALIDATE = {"cache-control": "no-cache"}


def _redirected(response: httpx2.Response, what: str) -> httpx2.URL | None:
    """Where a reply sends the client to.

    Raises:
        SourceError: to no web server, or from https to http.
    """
    if response.status_code not in (301, 302, 303, 307, 308):
        return None
    try:
        target = response.request.url.join(response.headers.get("location", ""))
    except (httpx2.InvalidURL, UnicodeError):
        target = httpx2.URL("")
    if target.scheme not in ("http", "https") or not target.host or target.userinfo:
        raise SourceError(f"The request for {what} is sent on to an address that is none of the web; check the link.")
    if response.request.url.scheme == "https" and target.scheme == "http":
        raise SourceError(f"The request for {what} is sent on from https to http; open it in a browser instead.")
    return target


def _check(response: httpx2.Response, wanted: _Wanted) -> None:
    """Raises what :meth:`Http._got` does for a reply that is no content."""
    service, what = wanted.service, wanted.what
    status = response.status_code
    if status in (408, 425, 429) or status >= 500:
        after = _retry_after(response)
        if after is not None and after > _LONGEST_WAIT:
            raise SourceError(
                f"{service.name} asks to wait {_spoken(after)} before {what} is asked for (status {status}); run the "
                f"command again then: what came before is kept."
            )
        raise _Again(f"status {status}", after)
    if status in (404, 410):
        raise NotFound(f"{service.name} has no {what}; check the identifier.")
    if status in (401, 403):
        hint = f"set a key of your own in {service.key_setting}" if service.key_setting else "open it in a browser"
        raise SourceError(f"{service.name} refuses access to {what} (status {status}); {hint}.")
    if status != 200:
        raise SourceError(f"{service.name} does not take the request for {what} (status {status}); check it.")
    if response.headers.get("content-encoding", "identity").lower() not in ("identity", "gzip"):
        raise SourceError(f"{service.name} packs {what} in a way that was not asked for; download it by hand.")


def _retry_after(response: httpx2.Response) -> float | None:
    """Seconds of ``Retry-After`` (RFC 9110, 10.2.3), which is a number of them or a date."""
    text = response.headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        moment = parsedate_to_datetime(text).timestamp()
    except (ValueError, OverflowError, IndexError):
        return None
    return max(0.0, moment - fetched(response))


def _spoken(seconds: float) -> str:
    minutes = round(seconds / 60)
    return f"{minutes} minutes" if minutes < 120 else f"{round(minutes / 60)} hours"


_JITTERED = wait_exponential_jitter(initial=1, max=30, jitter=2)


def _pause(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    asked = error.after if isinstance(error, _Again) else None
    return _JITTERED(state) if asked is None else asked


def _bounded(parts: Iterable[bytes], wanted: _Wanted) -> bytes:
    body = bytearray()
    for part in parts:
        body += part
        if len(body) > wanted.limit:
            raise SourceError(
                f"{wanted.service.name} gives more than {wanted.limit // 1_000_000} MB for {wanted.what}, which is not "
                f"read; download it by hand."
            )
    return bytes(body)
