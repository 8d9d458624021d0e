"""Processes that tests start: to hold a store, to be killed, to run out of disk."""

from __future__ import annotations

import gc
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from types import FrameType

import chromadb

from assistant.errors import AssistantError
from assistant.ingesting import IngestReport
from assistant.library import Library, open_library
from assistant.passages import split_sentences
from assistant.settings import load
from assistant.sources import Closed, Item, Opened
from assistant.sources.files import read
from tests.fakes import FirstWords, Watched
from tests.papers import make_paper
from vectorstore.embedded import EmbeddedStore
from vectorstore.embeddings import EmbeddingModel, Vectors
from vectorstore.records import StoreError

ROOT = Path(__file__).parents[1]
_WATCHED_CODE = tuple(str(ROOT / package) for package in ("vectorstore", "assistant"))


def start(*arguments: str | Path, under: tuple[str, ...] = ()) -> subprocess.Popen[str]:
    """``python -m tests.children COMMAND ...``, with pipes; ``under`` is a program that runs it."""
    return subprocess.Popen(
        [*under, sys.executable, "-m", "tests.children", *map(str, arguments)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def say(words: str) -> None:
    print(words, flush=True)


def hold(directory: Path) -> None:
    """Open the store, say so, and close it when told anything; then stay until the input ends."""
    store = EmbeddedStore.open(directory, FirstWords())
    say("open")
    sys.stdin.readline()
    store.close()
    say("closed")
    sys.stdin.read()


def attempt(directory: Path) -> None:
    """Open the store and close it, or say what keeps it from that."""
    try:
        EmbeddedStore.open(directory, FirstWords()).close()
        say("opened")
    except StoreError as error:
        say(f"{type(error).__name__}: {error}")


def open_at(data_dir: Path, model: EmbeddingModel | None = None) -> Library:
    return open_library(load(data_dir=data_dir, library="test"), model or FirstWords())


def ingest(data_dir: Path, page: Path, model: EmbeddingModel | None = None) -> IngestReport:
    with open_at(data_dir, model) as library:
        return library.ingest(read(page))


def take_in(url: str, data_dir: Path, first: int, last: int, moment: str) -> None:
    """Take papers of those numbers into the library that a Chroma server keeps; say so when it begins and ends.

    For the moment ``embed:2`` it is killed before the second batch is embedded, for ``write:2:0.5`` half a millisecond
    after it is embedded; for ``wait`` it begins when told anything, and otherwise at once.
    """
    kind, _, number = moment.partition(":")
    model: EmbeddingModel = FirstWords()
    if kind == "embed":
        model = Watched(FirstWords(), lambda call: _die() if call == int(number) else None)
    elif kind == "write":
        call, _, milliseconds = number.partition(":")
        model = _Alarming(int(call), float(milliseconds))
    with open_library(load(data_dir=data_dir, library="test", chroma_url=url), model) as library:
        say("open")
        if kind == "wait":
            sys.stdin.readline()
        library.ingest(numbered_papers(first, last))
    say("done")


def numbered_papers(first: int, last: int) -> list[Item]:
    """A source of papers that differ by their number, from the first to the one before the last."""
    papers = [
        make_paper(f"Engine {n} {n * 7919}", f"Engine {n} weighs {n} tons. It turns.") for n in range(first, last)
    ]
    return [Opened(f"papers {first} to {last}", "text", f"{first}-{last}", str(first)), *papers, Closed()]


def kill_each() -> None:
    """For each line of the input, ``[data_dir, page, moment]``, ingest in a process of its own that is killed then.

    Says by which signal each one ended, 0 where it ended by itself. For the moment ``count`` the process is not
    killed, and says how many steps there are.
    """
    for module in ("chromadb.api.rust", "chromadb.telemetry.product.posthog"):
        import_module(module)
    split_sentences("What is imported here. Every child has.")
    for line in sys.stdin:
        data_dir, page, moment = json.loads(line)
        child = os.fork()
        if child == 0:
            _ingest_until(Path(data_dir), Path(page), moment)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if moment != "count":
            say(str(os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0))


def _ingest_until(data_dir: Path, page: Path, moment: str) -> None:
    """Ingest, and be killed at ``progress:3``, ``embed:2``, ``step:1234``, ``write:2:0.5`` or ``delete:1``.

    That is: when three records are embedded, before the second batch is embedded, at the 1234th call or return in
    this project's code, half a millisecond after the second batch is embedded, when Chroma is at work, and when
    Chroma is first told to delete.
    """
    kind, _, number = moment.partition(":")
    if kind == "count":
        steps = 0

        def count() -> None:
            nonlocal steps
            steps += 1

        _at_each_step(_in_this_project, count)
        ingest(data_dir, page)
        sys.setprofile(None)
        say(str(steps))
    elif kind in ("step", "delete"):
        left = int(number)

        def step() -> None:
            nonlocal left
            left -= 1
            if left == 0:
                _die()

        _at_each_step(_in_this_project if kind == "step" else _in_a_deletion, step)
        ingest(data_dir, page)
    elif kind == "embed":
        ingest(data_dir, page, Watched(FirstWords(), lambda call: _die() if call == int(number) else None))
    elif kind == "write":
        call, _, milliseconds = number.partition(":")
        ingest(data_dir, page, _Alarming(int(call), float(milliseconds)))
    else:
        with open_at(data_dir) as library:
            library.ingest(read(page), lambda done, _: _die() if done == int(number) else None)


class _Alarming(FirstWords):
    """Has the process killed by the kernel some time after a batch is embedded, whatever runs then."""

    def __init__(self, call: int, milliseconds: float) -> None:
        super().__init__()
        self._call, self._seconds = call, milliseconds / 1000

    def embed(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Vectors:
        vectors = super().embed(texts, progress)
        self._call -= 1
        if self._call == 0:
            signal.setitimer(signal.ITIMER_REAL, self._seconds)  # nobody handles it, so it ends the process at once
        return vectors


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _in_this_project(frame: FrameType) -> bool:
    return frame.f_code.co_filename.startswith(_WATCHED_CODE)


def _in_a_deletion(frame: FrameType) -> bool:
    return frame.f_code is chromadb.Collection.delete.__code__


def _at_each_step(matters: Callable[[FrameType], bool], do: Callable[[], None]) -> None:
    def step(frame: FrameType, _event: str, _argument: object) -> None:
        if matters(frame):
            do()

    sys.setprofile(step)


def fill_disk(mount_point: Path, page: Path, kilobytes: str) -> None:
    """On a file system of that size: ingest, open; give it more room, ingest; make it read-only, open.

    Says after each what became of it. Needs the right to mount.
    """

    def mount(options: str) -> None:
        subprocess.run(["mount", "-t", "tmpfs", "-o", options, "none", mount_point], check=True)

    def report(do: Callable[[], object]) -> None:
        try:
            say(str(do()))
        except AssistantError as error:
            say(f"{type(error).__name__}: {error}")
        gc.collect()  # what an exception's frames hold open keeps a file system from turning read-only

    def papers_there() -> int:
        with open_at(mount_point) as library:
            return len(library)

    mount(f"size={kilobytes}k")
    report(lambda: ingest(mount_point, page))
    mount("remount,size=64m")
    report(papers_there)
    report(lambda: ingest(mount_point, page))
    report(papers_there)
    mount("remount,ro")
    report(papers_there)


def main(command: str, *arguments: str) -> None:
    match command:
        case "hold":
            hold(Path(arguments[0]))
        case "attempt":
            attempt(Path(arguments[0]))
        case "take-in":
            url, data_dir, first, last, moment = arguments
            take_in(url, Path(data_dir), int(first), int(last), moment)
        case "kill-each":
            kill_each()
        case "fill-disk":
            fill_disk(Path(arguments[0]), Path(arguments[1]), arguments[2])


if __name__ == "__main__":
    main(*sys.argv[1:])
