"""Work that outlives its request: one job at a time for each library, the others in a queue, so many in all.

A job is stopped between papers: what it calls to tell its progress raises ``Stopped`` then. What went in before stays
in the library, and in the job's report.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import logging
import secrets
import threading
import time
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, Protocol

from assistant.errors import AssistantError, Busy, JobNotFound, KeyReused, Stopped
from assistant.ingesting import IngestReport, Progress
from assistant.papers import Paper
from assistant.previewing import Preview
from assistant.sources import Item
from assistant.surfaces.serve.callers import request_id
from assistant.taking_back import UndoReport

Kind = Literal["ingest", "preview", "accept", "sync", "undo"]
State = Literal["queued", "running", "done", "failed", "stopped"]

_READING, _TAKING, _TAKING_BACK = "reading the sources", "taking papers in", "taking papers back"
"""What goes on in a job that runs."""

_WAITING = 20
"""Jobs that may wait at once, of all libraries."""
_KEPT = 100
"""Jobs that have ended and can still be asked for."""
_KEPT_FOR = 3_600.0
"""Seconds for which they can."""
_PREVIEWS = 10
"""Previews among them: each holds all that was read."""
_OFTEN = 0.1
"""Seconds between two pictures of a job's progress."""

_log = logging.getLogger(__name__)


class Outcome(Protocol):
    """What work comes to: a report or a preview."""

    def to_dict(self) -> dict[str, Any]: ...


Work = Callable[[Progress], Outcome]


@dataclass(eq=False, slots=True)
class Job:
    """Work, and how far it is in papers: ``done`` of those that are known of by now. ``work`` is given what it tells
    its progress, which ends it where the job is stopped.

    ``rescued`` gives the report of what was done before the work ended early.
    """

    kind: Kind
    library: str
    owner: str
    work: Work
    rescued: Callable[[], Outcome | None] = lambda: None
    clean_up: Callable[[], None] = lambda: None
    came: Callable[[], int] = lambda: 0
    """Counts the papers that are new or changed in the library since the job began."""
    request_id: str = field(default_factory=request_id.get)
    """Of the request that asked for it."""
    id: str = field(default_factory=lambda: secrets.token_urlsafe(12))
    state: State = "queued"
    done: int = 0
    total: int = 0
    created: datetime = field(default_factory=lambda: datetime.now(UTC))
    ended: datetime | None = None
    ended_at: float = 0.0
    outcome: Outcome | None = None
    error: Exception | None = None
    _known: int = 0
    _is_taking: bool = False
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None
    _watchers: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = field(default_factory=list)

    @property
    def is_over(self) -> bool:
        return self.state in ("done", "failed", "stopped")

    @property
    def stage(self) -> str:
        """What is going on, in words."""
        if self.state == "queued":
            return "waiting for the job before it"
        if self.state != "running":
            return self.state
        return _TAKING_BACK if self.kind == "undo" else _TAKING if self._is_taking else _READING

    def tell(self, done: int, total: int = 0) -> None:
        """Note how many papers are done, of how many that are known of; 0 where that is not known.

        Raises:
            Stopped: it shall go no further.
        """
        self.done, self.total = done, total
        self._changed()
        self.check()

    def read(self, items: Iterable[Item]) -> Iterator[Item]:
        """The items that work takes in, until the job is stopped; their papers are those that are known of."""
        for item in items:
            self.check()
            self._known += isinstance(item, Paper)
            yield item

    def expect(self, papers: int) -> None:
        """So many papers are known of."""
        self._known = papers

    def embedded(self, *_records: int) -> None:
        """Note that some more is embedded: those papers are done that have come in, of those that are known of.

        Raises:
            Stopped: it shall go no further.
        """
        self._is_taking = True
        came = self.came()
        self.tell(min(came, self._known) if self._known else came, self._known)

    def check(self) -> None:
        """
        Raises:
            Stopped: it shall go no further.
        """
        if self._stop.is_set():
            raise Stopped("It was stopped; what had come in by then is kept.")

    def stop(self) -> None:
        self._stop.set()

    def start(self, ended: Callable[[Job], None]) -> None:
        self.state = "running"
        self._thread = threading.Thread(target=self._run, args=(ended,), daemon=True, name=f"job {self.kind}")
        self._thread.start()

    def end(self, state: State, error: Exception | None = None) -> None:
        self.error = error
        self.ended, self.ended_at = datetime.now(UTC), time.monotonic()
        try:
            self.clean_up()
        finally:
            self.state = state
            self._changed()

    def join(self, seconds: float) -> bool:
        """Wait for the thread; whether it has ended."""
        if self._thread is None:
            return True
        self._thread.join(seconds)
        return not self._thread.is_alive()

    async def pictures(self) -> AsyncGenerator[Job]:
        """The job each time that it has come further, not too often, and once more when it is over."""
        loop, news = asyncio.get_running_loop(), asyncio.Event()
        watcher = (loop, news)
        self._watchers.append(watcher)
        try:
            while not self.is_over:
                yield self
                await news.wait()
                news.clear()
                if not self.is_over:
                    await asyncio.sleep(_OFTEN)
            yield self
        finally:
            self._watchers.remove(watcher)

    def _run(self, ended: Callable[[Job], None]) -> None:
        try:
            self.end(*self._worked())
        finally:
            ended(self)

    def _worked(self) -> tuple[State, Exception | None]:
        """Do the work; how it ended."""
        try:
            self.tell(0)
            self.outcome = self.work(self.tell)
            self.done = self.total = _papers_of(self.outcome)
        except AssistantError as error:
            self.outcome = self._rescue()
            return "stopped" if isinstance(error, Stopped) else "failed", error
        except Exception as error:  # a bug: whoever waits for the job is told that much
            _log.error("A job failed: %s", self.kind, exc_info=error)
            return "failed", error
        return "done", None

    def _rescue(self) -> Outcome | None:
        try:
            return self.rescued()
        except AssistantError:  # the library cannot even be looked at
            return None

    def _changed(self) -> None:
        for loop, news in list(self._watchers):
            with contextlib.suppress(RuntimeError):  # its loop has ended
                loop.call_soon_threadsafe(news.set)


class Jobs:
    """The jobs of a server. Close it when the server stops."""

    def __init__(self) -> None:
        self._jobs: dict[str, Job] = {}
        self._queues: dict[str, deque[Job]] = {}
        self._running: dict[str, Job] = {}
        self._keys: dict[tuple[str, ...], tuple[str, str]] = {}
        self._lock = threading.RLock()
        self._is_closed = False

    def add(self, job: Job) -> Job:
        """Start it, or let it wait for the one that its library is busy with.

        Raises:
            Busy: too many wait, or the server stops.
        """
        with self._lock:
            self._forget_old()
            if self._is_closed:
                raise Busy("The server is stopping; try again in a moment.", 10)
            if sum(map(len, self._queues.values())) >= _WAITING:
                raise Busy(f"{_WAITING} jobs wait already; try again when one has ended.", 10)
            self._jobs[job.id] = job
            self._queues.setdefault(job.library, deque()).append(job)
            self._start_next(job.library)
        return job

    def once(self, key: tuple[str, ...], fingerprint: str, make: Callable[[], Job]) -> tuple[Job, bool]:
        """The job of an idempotency key, made where there is none yet; and whether it was made now.

        Raises:
            KeyReused: the key came with other content before.
            Busy: as :meth:`add`.
        """
        with self._lock:
            self._forget_old()
            known = self._keys.get(key)
            if known is not None:
                job_id, content = known
                if content != fingerprint:
                    raise KeyReused(
                        "This Idempotency-Key came with another request before; send a new key with a new request."
                    )
                return self._jobs[job_id], False
            job = self.add(make())
            self._keys[key] = job.id, fingerprint
        return job, True

    def get(self, job_id: str, owner: str | None) -> Job:
        """The job of an id; ``owner`` is who asks, None for those who may see all.

        Raises:
            JobNotFound: there is none, or it is another's.
        """
        with self._lock:
            self._forget_old()
            job = self._jobs.get(job_id)
        if job is None or (owner is not None and job.owner != owner):
            raise JobNotFound("There is no such job; it ended long ago, or its id is another.")
        return job

    def all(self, owner: str | None) -> list[Job]:
        """Those of an owner, or all, newest first."""
        with self._lock:
            self._forget_old()
            return [job for job in reversed(self._jobs.values()) if owner is None or job.owner == owner]

    def stop(self, job: Job) -> None:
        """Let it go no further than the paper in hand; one that waits does not begin."""
        job.stop()
        with self._lock:
            queue = self._queues.get(job.library, deque())
            if job in queue:
                queue.remove(job)
                job.end("stopped", Stopped("It was stopped before it began."))

    def close(self, seconds: float = 30.0) -> bool:
        """Begin nothing more, stop what runs between papers, and wait for it; whether all has ended by then."""
        with self._lock:
            self._is_closed = True
            there = list(self._jobs.values())
        for job in there:
            self.stop(job)
        deadline = time.monotonic() + seconds
        ended = [job.join(max(0.0, deadline - time.monotonic())) for job in there]
        return all(ended)

    @contextlib.contextmanager
    def idle(self, library: str) -> Iterator[None]:
        """Nothing runs or begins on a library while the block does.

        Raises:
            Busy: something runs, or waits to.
        """
        with self._lock:
            running = self._running.get(library)
            if (running is not None and not running.is_over) or self._queues.get(library):
                raise Busy(f"The library {library!r} is taking papers in; try again when that is done.", 10)
            yield

    def _start_next(self, library: str) -> None:
        queue = self._queues.get(library)
        if library in self._running or not queue:
            return
        job = self._running[library] = queue.popleft()
        job.start(self._ended)

    def _ended(self, job: Job) -> None:
        with self._lock:
            self._running.pop(job.library, None)
            self._start_next(job.library)

    def _forget_old(self) -> None:
        over = [job for job in self._jobs.values() if job.is_over]
        now = time.monotonic()
        gone = {job.id for job in over if now - job.ended_at > _KEPT_FOR}
        gone |= {job.id for job in over[: max(0, len(over) - _KEPT)]}
        previews = [job for job in over if job.kind == "preview"]
        gone |= {job.id for job in previews[: max(0, len(previews) - _PREVIEWS)]}
        for job_id in gone:
            del self._jobs[job_id]
        self._keys = {key: known for key, known in self._keys.items() if known[0] in self._jobs}


def _papers_of(outcome: Outcome) -> int:
    """How many papers work was about in the end."""
    match outcome:
        case UndoReport():
            return len(outcome.removed) + len(outcome.restored)
        case Preview(report) | (IngestReport() as report):
            return sum(map(len, (report.added, report.updated, report.unchanged, report.merged)))
    return 0


def fingerprint_of(parts: Mapping[str, Any]) -> str:
    """What a request asks for, in 64 hexadecimal digits: equal for equal requests."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode("utf-8", "surrogatepass")).hexdigest()
