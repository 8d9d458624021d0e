"""``python -m benchmarks.serving``, a part of ``make bench``: what HTTP costs, what a crowd does to it, and what many
papers do.

Everything is a ratio of two that take turns, so that a busy machine slows both: questions over HTTP to the same in a
loop, the slowest of a crowd to the median of it, a large library to the sample author's. The server is a process of its
own; the clients share the machine with it.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from assistant import Assistant
from benchmarks.arguments import existing_folder, positive_number, positive_time
from benchmarks.results import Findings, add_keep
from examples import SAMPLE

if TYPE_CHECKING:
    import httpx2

SERVE = [sys.executable, "-m", "assistant.surfaces.cli", "serve"]
NAME = "load"
_ROUNDS = 5
_TOGETHER = 4
"""Questions under way at once where throughput is measured: one after the other, they leave a core idle."""
_PATIENCE = 120.0
"""Seconds that a client waits for an answer."""
_WARM_UP = 0.25
"""Of the time that a crowd stays; memory is compared from then on."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=positive_number, default=200, help="how many ask at once (default: 200)")
    parser.add_argument("--hold", type=positive_time, default=60.0, help="for how many seconds (default: 60)")
    parser.add_argument(
        "--large",
        type=existing_folder,
        metavar="FOLDER",
        help="a library's folder, DATA_DIR/libraries/NAME; it is copied",
    )
    add_keep(parser)
    given = parser.parse_args()
    findings = Findings()
    with tempfile.TemporaryDirectory() as folder:
        served, looped = Path(folder) / "served", Path(folder) / "looped"
        questions = _prepare(served)
        shutil.copytree(served, looped)  # each process owns its library
        with serving(served, NAME) as address:
            print(f"{len(questions)} questions about {len(questions)} papers")
            compare_throughput(address, looped, questions, findings)
            print(f"{given.clients} clients for {given.hold:g} s")
            _report(asyncio.run(crowd(address, questions, given.clients, given.hold)), findings)
            if given.large:
                compare_sizes(address, Path(folder) / "large", given.large, findings)
    findings.publish("serving", keep=given.keep, libraries=("fastapi", "uvicorn"))


def _prepare(data_dir: Path) -> list[str]:
    """The sample author's papers as a library, and a question about each."""
    with Assistant(library=NAME, data_dir=data_dir) as assistant:
        assistant.ingest(SAMPLE)
        return [f"What does “{paper.title}” propose?" for paper in assistant.papers()]


@contextmanager
def serving(data_dir: Path, library: str) -> Iterator[str]:
    """``papertalk serve`` over a library, by its address; its log lies beside the libraries."""
    settings = {"PAPERTALK_DATA_DIR": str(data_dir), "PAPERTALK_LIBRARY": library, "PAPERTALK_PORT": "0"}
    with (
        (data_dir / "log").open("w") as log,
        subprocess.Popen(
            SERVE, env={**os.environ, **settings}, stdout=subprocess.PIPE, stderr=log, text=True
        ) as process,
    ):
        assert process.stdout is not None
        try:
            found = (re.search(r"http://127\.0\.0\.1:\d+", line) for line in process.stdout)
            yield next(match[0] for match in found if match)
        finally:
            process.terminate()
            process.communicate()


# ---- what HTTP costs


def compare_throughput(address: str, data_dir: Path, questions: Sequence[str], findings: Findings) -> None:
    """The same questions in a loop of :meth:`Assistant.ask` and over HTTP, by turns; medians."""
    ratios: dict[int, list[float]] = {1: [], _TOGETHER: []}
    with Assistant(library=NAME, data_dir=data_dir) as assistant:
        for number in range(_ROUNDS + 1):
            start = time.perf_counter()
            for question in questions:
                assistant.ask(question)
            bare = time.perf_counter() - start
            for together, found in ratios.items():
                seconds = asyncio.run(_ask_all(address, questions, together))
                if number:  # the first round warms both up
                    found.append(bare / seconds)
    findings.say(
        "throughput over HTTP, to a loop of Assistant.ask", statistics.median(ratios[_TOGETHER]), "at least 0.80"
    )
    findings.say("the same, one question after the other", statistics.median(ratios[1]))


async def _ask_all(address: str, questions: Sequence[str], together: int) -> float:
    """Seconds for all the questions, so many at once."""
    left = iter(questions)
    async with _client(address) as client:

        async def ask_on() -> None:
            for question in left:
                (await client.post(f"/api/v1/libraries/{NAME}/ask", json={"question": question})).raise_for_status()

        start = time.perf_counter()
        await asyncio.gather(*(ask_on() for _ in range(together)))
        return time.perf_counter() - start


def _client(address: str) -> httpx2.AsyncClient:
    import httpx2

    return httpx2.AsyncClient(base_url=address, timeout=_PATIENCE, limits=httpx2.Limits(max_connections=None))


# ---- a crowd


@dataclass(slots=True)
class Crowd:
    """What became of a crowd: answers by status, and the seconds of those that came; the server's memory in bytes,
    before it came, once it was warm and at the end."""

    statuses: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    dishonest: int = 0
    """Refusals that did not say when to ask again."""
    before: float = 0.0
    warm: float = 0.0
    end: float = 0.0


async def crowd(address: str, questions: Sequence[str], clients: int, hold: float) -> Crowd:
    """Clients who ask one question after the other, and after a refusal when they were told to."""
    seen = Crowd()
    async with _client(address) as client:
        seen.before = await _memory(client)
        end = time.perf_counter() + hold

        async def ask_on(own: Iterator[str]) -> None:
            while time.perf_counter() < end:
                await asyncio.sleep(await _ask(client, next(own), seen))

        async def watch() -> None:
            await asyncio.sleep(_WARM_UP * hold)
            seen.warm = await _memory(client)

        asking = [
            ask_on(itertools.cycle([*questions[place:], *questions[:place]])) for place in _places(clients, questions)
        ]
        await asyncio.gather(watch(), *asking)
        seen.end = await _memory(client)
    return seen


def _places(clients: int, questions: Sequence[str]) -> Iterator[int]:
    """Where each client begins, so that not all ask the same."""
    return (number % len(questions) for number in range(clients))


async def _ask(client: httpx2.AsyncClient, question: str, seen: Crowd) -> float:
    """Ask, and note what came; the seconds to wait before the next question."""
    import httpx2

    start = time.perf_counter()
    try:
        response = await client.post(f"/api/v1/libraries/{NAME}/ask", json={"question": question})
    except httpx2.HTTPError as error:
        seen.statuses[type(error).__name__] += 1
        return 1.0
    seen.statuses[str(response.status_code)] += 1
    if response.status_code == 200:
        seen.seconds.append(time.perf_counter() - start)
        return 0.0
    wait = response.headers.get("retry-after", "")
    seen.dishonest += not wait.isdigit()
    return float(wait) if wait.isdigit() else 1.0


async def _memory(client: httpx2.AsyncClient) -> float:
    """The server's memory, as its own figures tell it, in bytes."""
    found = re.search(r"^process_resident_memory_bytes (\S+)", (await client.get("/metrics")).text, re.MULTILINE)
    assert found is not None
    return float(found[1])


def _report(seen: Crowd, findings: Findings) -> None:
    answered, refused = seen.statuses["200"], seen.statuses["429"]
    *_, slowest = statistics.quantiles(seen.seconds, n=20)
    median = statistics.median(seen.seconds)
    findings.say("of a crowd: answered", answered)
    findings.say("told to come again (429)", refused)
    findings.say("anything else", seen.statuses.total() - answered - refused + seen.dishonest, "0")
    findings.say("median of an answer, s", median, kept=False)
    findings.say("95th percentile, to the median", slowest / median, "at most 5")
    findings.say("memory before, MB", seen.before / 1e6)
    findings.say("memory once it was warm, MB", seen.warm / 1e6)
    findings.say("memory at the end, MB", seen.end / 1e6)
    findings.say("memory at the end, to when it was warm", seen.end / seen.warm, "about 1")
    for status in sorted(set(seen.statuses) - {"200", "429"}):
        print(f"    {status}: {seen.statuses[status]}")


# ---- many papers


def compare_sizes(address: str, data_dir: Path, large: Path, findings: Findings) -> None:
    """A client who asks alone, by turns about the sample author's papers and a large library's; medians."""
    shutil.copytree(large, data_dir / "libraries" / large.name)
    with serving(data_dir, large.name) as other:
        small_papers, small = asyncio.run(_titles(address, NAME))
        large_papers, big = asyncio.run(_titles(other, large.name))
        print(f"{large_papers:,} papers, to {small_papers:,}")
        asyncio.run(_alternate(address, small, other, large.name, big, findings))


async def _titles(address: str, library: str) -> tuple[int, list[str]]:
    """How many papers a library has, and a question about some of them."""
    async with _client(address) as client:
        listed = (
            (await client.get(f"/api/v1/libraries/{library}/papers", params={"limit": 37})).raise_for_status().json()
        )
        return listed["total"], [f"What does “{paper['title']}” propose?" for paper in listed["items"]]


async def _alternate(
    small: str, about_small: list[str], large: str, name: str, about_large: list[str], findings: Findings
) -> None:
    took: tuple[list[float], list[float]] = [], []
    async with _client(small) as one, _client(large) as other:
        for number in range(_ROUNDS * len(about_small)):
            for seconds, client, library, questions in (
                (took[0], one, NAME, about_small),
                (took[1], other, name, about_large),
            ):
                start = time.perf_counter()
                question = {"question": questions[number % len(questions)]}
                (await client.post(f"/api/v1/libraries/{library}/ask", json=question)).raise_for_status()
                if number >= len(about_small):  # the first round warms both up
                    seconds.append(time.perf_counter() - start)
    findings.say("median of an answer, few papers, s", statistics.median(took[0]), kept=False)
    findings.say("median of an answer, many papers, s", statistics.median(took[1]), kept=False)
    findings.say(
        "an answer about many papers, to one about few",
        statistics.median(took[1]) / statistics.median(took[0]),
        "at most 2",
    )


if __name__ == "__main__":
    main()
