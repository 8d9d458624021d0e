"""`papertalk serve` as a process of its own, as an operator runs it, and commands typed in another terminal."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

ROOT = Path(__file__).parents[1]
LIBRARY = "/api/v1/libraries/default"
MANY = 600
"""Papers that take long enough to come in that a test can end the server before they are."""
_SILENCE = 120
"""Seconds that a server may say nothing."""
_PAPERTALK = [sys.executable, "-m", "assistant.surfaces.cli"]
BIB = """@article{hopper1952,
  title = {The Education of a Computer}, author = {Grace Hopper}, year = {1952},
  abstract = {Compilers write programs. A compiler takes the drudgery away.}
}
"""


@contextmanager
def served(data_dir: Path, **settings: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The process, and its address; what it writes to standard error is in :func:`errors_of`. Killed where the test has
    not ended it."""
    data_dir.parent.mkdir(parents=True, exist_ok=True)
    with (
        errors_of(data_dir).open("a", encoding="utf-8") as errors,
        subprocess.Popen(
            [*_PAPERTALK, "serve", "--port", "0"],
            env=environment(data_dir, settings),
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        ) as process,
    ):
        assert process.stdout is not None
        try:
            for line in process.stdout:
                if address := re.search(r"http://127\.0\.0\.1:\d+", line):
                    yield process, address[0]
                    break
            else:
                pytest.fail(f"it did not start: {errors_of(data_dir).read_text(encoding='utf-8')}")
        finally:
            process.kill()


def errors_of(data_dir: Path) -> Path:
    """Where servers over a data folder write their standard error."""
    return data_dir.with_name("stderr")


def environment(data_dir: Path, settings: Mapping[str, str]) -> dict[str, str]:
    chosen = {f"PAPERTALK_{name.upper()}": value for name, value in settings.items()}
    return {**os.environ, "PAPERTALK_DATA_DIR": str(data_dir), "PYTHONPATH": str(ROOT), **chosen}


def papertalk(data_dir: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """A command in another terminal."""
    return subprocess.run(
        [*_PAPERTALK, *arguments],
        env=environment(data_dir, settings),
        capture_output=True,
        text=True,
        check=False,
    )


def ended(process: subprocess.Popen[str], number: int) -> tuple[int, str]:
    """The exit code after a signal, and what was printed until then."""
    assert process.stdout is not None
    process.send_signal(number)
    printed = process.stdout.read()
    return process.wait(), printed


# ---- papers in, and out again


def begin_ingest(address: str) -> None:
    """Upload many papers, and wait until half of them are read: the first are in the store by then."""
    job = _upload(address)
    with httpx2.stream("GET", f"{address}{job}/events", timeout=_SILENCE) as events:
        for line in events.iter_lines():
            if line.startswith("data: ") and json.loads(line.removeprefix("data: "))["done"] > MANY // 2:
                return
    pytest.fail("it ended before it could be ended")


def whole_ingest(address: str) -> dict[str, list[str]]:
    """Upload the same papers, and wait for the report."""
    job = _upload(address)
    with httpx2.stream("GET", f"{address}{job}/events", timeout=_SILENCE) as events:
        *_, last = [line.removeprefix("data: ") for line in events.iter_lines() if line.startswith("data: ")]
    report: dict[str, list[str]] = json.loads(last)["report"]
    return report


def _upload(address: str) -> str:
    """The address of the job that takes the papers in."""
    files = {"files": ("engines.bib", _bibliography(MANY).encode())}
    response = httpx2.post(f"{address}{LIBRARY}/ingest", files=files, timeout=_SILENCE)
    assert response.status_code == 202, response.text
    return response.headers["location"]


def keys(address: str) -> list[str]:
    """The keys of all papers, page by page."""
    found: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = httpx2.get(f"{address}{LIBRARY}/papers", params={"limit": "200", **cursor}, timeout=_SILENCE).json()
        found += [paper["key"] for paper in page["items"]]
        if page["next"] is None:
            return found
        cursor = {"cursor": page["next"]}


def _bibliography(count: int) -> str:
    """BibTeX of so many papers, each of which is told from the others by its number."""
    return "".join(
        f"@article{{engine{number}, title = {{Engine Number {number * 7919}}}, author = {{Ada Lovelace}}, "
        f"year = {{1843}}, abstract = {{Engine {number} weighs {number} tons. It turns by steam.}}}}\n"
        for number in range(count)
    )
