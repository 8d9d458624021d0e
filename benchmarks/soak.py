"""``python -m benchmarks.soak FILE``: an hour of questions, ingests and restarts, and whether anything is lost.

FILE holds papers as JSON Lines. A ``papertalk serve`` of its own answers readers who ask without a pause, while papers
are taken in and removed; now and then it is ended, or killed in the middle of an ingest, and started again. After every
change the library must hold exactly the papers that it should, each once, and tell how many appeared in each year.
Memory is the server's, after each start and before each end.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import random
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from assistant import Client
from assistant.bibliography import write
from assistant.errors import AssistantError
from assistant.papers import Paper
from benchmarks.arguments import existing_file, positive_time
from benchmarks.results import Cell, Table, add_keep, publish
from benchmarks.scale import with_abstracts

_PAPERS = 400
_AT_FIRST = 200
_CHANGED = 15
_LIFE = 300.0
"""Seconds that a server lives for about."""


@dataclass(slots=True)
class Seen:
    """What happened."""

    asks: int = 0
    declined: int = 0
    failed: int = 0
    changes: int = 0
    ended: int = 0
    killed: int = 0
    lost: int = 0
    doubled: int = 0
    counts: int = 0
    wrong_counts: int = 0
    memory: list[tuple[float, float]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=existing_file)
    parser.add_argument("--minutes", type=positive_time, default=60.0)
    parser.add_argument("--life", type=positive_time, default=_LIFE, help="seconds between two starts (default: 300)")
    parser.add_argument("--seed", type=int, default=0)
    add_keep(parser)
    arguments = parser.parse_args()
    read = (item for item in with_abstracts(arguments.file) if isinstance(item, Paper))
    papers = list(itertools.islice(read, _PAPERS))
    with tempfile.TemporaryDirectory() as folder:
        soak = Soak(Path(folder), papers, arguments.seed)
        soak.run(arguments.minutes * 60, arguments.life)
    _publish(soak.seen, arguments.minutes, keep=arguments.keep)


class Soak:
    """A library that changes while it is asked, and what it should hold."""

    def __init__(self, folder: Path, papers: Sequence[Paper], seed: int) -> None:
        self._folder = folder
        self._papers = {paper.title: paper for paper in papers}
        self._chance = random.Random(seed)
        self._inside: set[str] = set()
        self.seen = Seen()

    def run(self, seconds: float, life: float) -> None:
        end = time.monotonic() + seconds
        self._first()
        while time.monotonic() < end:
            is_killed = self._chance.random() < 0.5
            with self._serving() as (process, address, memory):
                self._check(address)
                stop = threading.Event()
                reader = threading.Thread(target=self._read, args=(address, stop))
                reader.start()
                died = min(end, time.monotonic() + life)
                while time.monotonic() < died:
                    self._change(address)
                    self._check(address)
                self.seen.memory.append((memory, _memory(process.pid)))
                stop.set()
                if is_killed:
                    self._kill_within(process, address)
                reader.join()
                self.seen.killed += is_killed
                self.seen.ended += not is_killed
            kind = "killed" if is_killed else "ended"
            print(
                f"{kind}: {len(self._inside)} papers, {self.seen.asks} asks, memory {self.seen.memory[-1]}", flush=True
            )
        with self._serving() as (_, address, _):
            if self._missing:
                self._take_in(address, self._missing)
            self._check(address)

    def _first(self) -> None:
        with self._serving() as (_, address, _):
            self._take_in(address, list(self._papers)[:_AT_FIRST])

    @contextmanager
    def _serving(self) -> Iterator[tuple[subprocess.Popen[str], str, float]]:
        """The process, its address, and its memory in MB once it has answered."""
        settings = {"PAPERTALK_DATA_DIR": str(self._folder / "data"), "PAPERTALK_LIBRARY": "soak"}
        command = [sys.executable, "-m", "assistant.surfaces.cli", "serve", "--port", "0"]
        with (
            (self._folder / "log").open("a") as log,
            subprocess.Popen(
                command, env={**os.environ, **settings}, stdout=subprocess.PIPE, stderr=log, text=True
            ) as process,
        ):
            assert process.stdout is not None
            address = next(m[0] for line in process.stdout if (m := re.search(r"http://127\.0\.0\.1:\d+", line)))
            if self._missing:  # what a kill left out goes in again
                self._take_in(address, self._missing)
            with Client(address, library="soak") as client:
                if client.count():
                    client.ask("What is this library about?")
            try:
                yield process, address, _memory(process.pid)
            finally:
                process.send_signal(signal.SIGTERM)
                process.communicate()

    # ---- what is done to it

    def _change(self, address: str) -> None:
        outside = sorted(set(self._papers) - self._inside)
        if outside and (len(self._inside) < _AT_FIRST or self._chance.random() < 0.5):
            self._take_in(address, self._chance.sample(outside, min(_CHANGED, len(outside))))
        else:
            self._remove(address, self._chance.sample(sorted(self._inside), _CHANGED))
        self.seen.changes += 1

    def _take_in(self, address: str, titles: Sequence[str]) -> None:
        with Client(address, library="soak") as client:
            client.ingest(self._file(titles))
        self._inside |= set(titles)
        self._missing: list[str] = []

    def _remove(self, address: str, titles: Sequence[str]) -> None:
        with Client(address, library="soak") as client:
            keys = {paper.title: paper.key for paper in client.papers()}
            client.remove(*(keys[title] for title in titles if title in keys))
        self._inside -= set(titles)

    _missing: Sequence[str] = ()

    def _kill_within(self, process: subprocess.Popen[str], address: str) -> None:
        """Kill the server while papers go in; they are taken in again at the next start."""
        outside = sorted(set(self._papers) - self._inside)
        wanted = self._chance.sample(outside, min(4 * _CHANGED, len(outside)))
        file = self._file(wanted)

        def ingest() -> None:
            try:
                with Client(address, library="soak") as client:
                    client.ingest(file)
            except AssistantError:
                return  # what a killed server is expected to say

        ingesting = threading.Thread(target=ingest)
        ingesting.start()
        time.sleep(self._chance.uniform(0.1, 3.0))  # any moment of an ingest may be its last
        process.kill()
        process.wait()
        ingesting.join()
        self._missing = wanted

    def _file(self, titles: Sequence[str]) -> Path:
        path = self._folder / "papers.jsonl"
        path.write_text("".join(write([self._papers[title] for title in titles], "jsonl")), encoding="utf-8")
        return path

    # ---- who reads meanwhile

    def _read(self, address: str, stop: threading.Event) -> None:
        chance = random.Random(self.seen.asks)
        with Client(address, library="soak") as client:
            while not stop.is_set():
                title = chance.choice(sorted(self._papers))
                try:
                    answer = client.ask(f"What does “{title}” propose?")
                except AssistantError as error:
                    if not stop.is_set():
                        self.seen.failed += 1
                        self.seen.faults.append(str(error))
                else:
                    self.seen.asks += 1
                    self.seen.declined += not answer.answered

    # ---- whether it is as it should be

    def _check(self, address: str) -> None:
        with Client(address, library="soak") as client:
            found = Counter(paper.title for paper in client.papers())
            lost, doubled = self._inside - set(found), [title for title, number in found.items() if number > 1]
            more = set(found) - self._inside
            self.seen.lost += len(lost)
            self.seen.doubled += len(doubled) + len(more)
            self.seen.faults += [f"lost {title!r}" for title in lost] + [f"not wanted {title!r}" for title in more]
            years = Counter(self._papers[title].year for title in self._inside)
            for year, number in years.items():
                answer = client.ask(f"How many papers appeared in {year}?")
                self.seen.counts += 1
                if not re.search(rf"(?<!\d){number}(?!\d)", answer.text):
                    self.seen.wrong_counts += 1
                    self.seen.faults.append(f"{year}: {number} expected, {answer.text[:80]!r}")


def _memory(pid: int) -> float:
    """Resident memory of a process in MB, as Linux tells it."""
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _publish(seen: Seen, minutes: float, *, keep: bool) -> None:
    starts, ends = zip(*seen.memory, strict=True)
    half = max(1, len(ends) // 2)
    growth = statistics.mean(ends[half:] or ends) / statistics.mean(ends[:half])
    rows: list[Sequence[Cell]] = [
        ("questions answered or declined", seen.asks),
        ("questions that failed while the server was up", seen.failed),
        ("ingests and removals", seen.changes),
        ("servers ended", seen.ended),
        ("servers killed within an ingest", seen.killed),
        ("papers lost", seen.lost),
        ("papers doubled, or there against the order", seen.doubled),
        ("counts by year, of them wrong", f"{seen.counts:,}, {seen.wrong_counts:,}"),
        ("memory after a start, MB, median", round(statistics.median(starts))),
        ("memory before an end, MB, median", round(statistics.median(ends))),
        ("memory before an end, second half to first", growth),
    ]
    publish(Table("soak", ("what", f"{minutes:g} minutes"), rows), keep=keep)
    for fault, number in Counter(seen.faults).most_common(20):
        print(f"    {number} x {json.dumps(fault, ensure_ascii=False)}")


if __name__ == "__main__":
    main()
