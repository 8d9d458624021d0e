"""A chat platform for tests: it keeps what is posted, in memory and in a file; and a process that answers on it and is
killed."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

from assistant import Assistant
from assistant.settings import load
from assistant.shelf import Shelf
from assistant.surfaces.messaging.events import Place, Question
from assistant.surfaces.messaging.replies import Handle, Shown, Undelivered
from assistant.surfaces.messaging.responder import Responder
from assistant.surfaces.serve.service import Service
from tests.programs import LIBRARY

ROOT = Path(__file__).parents[1]
THREAD = Place("board", "T1", "C1", "100.1")
PATIENCE = 60
"""Seconds after which a test that waits fails."""


def asked(text: str, name: str = "1", place: Place = THREAD, **more: Any) -> Question:
    """A mention by Ada, whose message and ids are called by the name."""
    return replace(Question(place, "ada", text, f"m{name}", (f"event-{name}", f"client-{name}"), "mention"), **more)


class Board:
    """Posts as people see them, each under the message that it replies to and a number. ``calls`` are those of replies
    by their names, ``done`` the messages whose reply was finished, failed or withdrawn, both in order. ``before`` is
    told each call, and ``finished`` and the like when it is shown; it may wait, refuse, or end the process.

    Args:
        file: where the posts outlive the process.
    """

    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        self.posts: dict[str, str] = json.loads(file.read_text()) if file and file.exists() else {}
        self.calls: list[str] = []
        self.stages: list[str] = []
        self.pieces: list[str] = []
        self.shown: list[Shown] = []
        self.done: list[str] = []
        self.before: Callable[[str], Any] = lambda _: None
        self._changed = asyncio.Condition()

    def reply(self, question: Question, handle: Handle) -> BoardReply:
        return BoardReply(self, question, handle)

    def post(self, name: str, text: str | None) -> None:
        if text is None:
            self.posts.pop(name, None)
        else:
            self.posts[name] = text
        if self._file:
            self._file.write_text(json.dumps(self.posts))

    def find(self, question: Question) -> str:
        """The reply to a message that is there already."""
        return next((name for name in self.posts if name.startswith(f"{question.message}/") and question.message), "")

    async def tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE), self._changed:
            await self._changed.wait_for(condition)

    async def until_done(self, count: int) -> None:
        await self.until(lambda: len(self.done) >= count)


class BoardReply:
    """One post."""

    def __init__(self, board: Board, question: Question, handle: Handle) -> None:
        self._board = board
        self._question = question
        self._name = handle.get("post") or board.find(question)

    @property
    def handle(self) -> Handle:
        return {"post": self._name} if self._name else {}

    async def waiting(self, stage: str) -> None:
        await self._put("waiting", stage)

    async def working(self, stage: str) -> None:
        self._board.stages.append(stage)
        await self._put("working", stage)

    async def renew(self) -> None:
        self._board.calls.append("renew")
        await self._board.tell()

    async def write(self, piece: str) -> None:
        self._board.pieces.append(piece)
        await self._put("write", piece)

    async def finish(self, shown: Shown) -> None:
        await self._put("finish", shown.answer.text)
        self._board.shown.append(shown)
        await self._over()

    async def fail(self, sentence: str) -> None:
        await self._put("fail", sentence)
        await self._over()

    async def withdraw(self) -> None:
        self._board.calls.append("withdraw")
        await self._board.tell()
        self._board.before("withdraw")
        if self._name:
            self._board.post(self._name, None)
            self._name = ""
        await self._over()

    async def _put(self, call: str, text: str) -> None:
        self._board.calls.append(call)
        await self._board.tell()
        if waiting := self._board.before(call):
            await waiting
        self._name = self._name or f"{self._question.message}/{len(self._board.posts) + 1}"
        self._board.post(self._name, text)
        await self._board.tell()
        self._board.before(f"{call}ed")

    async def _over(self) -> None:
        self._board.done.append(self._question.message)
        await self._board.tell()


def refusing(*calls: str) -> Callable[[str], None]:
    """A platform that takes none of these calls."""

    def refuse(call: str) -> None:
        if call in calls:
            raise Undelivered("The platform takes nothing.")

    return refuse


class OutOfReach(Undelivered):
    """The platform may take it later."""

    is_passing = True


def out_of_reach(times: int, *calls: str) -> Callable[[str], None]:
    """A platform that so many of these calls do not reach."""
    left = iter(range(times))

    def lose(call: str) -> None:
        if call in calls and next(left, None) is not None:
            raise OutOfReach("The platform is out of reach.")

    return lose


@asynccontextmanager
async def answering(
    assistant: Assistant,
    board: Board,
    *,
    clock: Callable[[], float] = time.time,
    pauses: Sequence[float] = (),
    **settings: Any,
) -> AsyncIterator[Responder]:
    """A responder over an open assistant, as a process of its own has it; it finishes what it does at the end."""
    with Shelf(assistant.settings.model_copy(update=settings), assistant) as shelf:
        responder = Responder(Service(shelf), board.reply, "board", clock=clock, pauses=pauses)
        yield responder
        await responder.stop(PATIENCE)


@asynccontextmanager
async def crowded(responder: Responder) -> AsyncIterator[None]:
    """So many answers under way that no other begins."""
    service = responder.service
    async with AsyncExitStack() as stack:
        for _ in range(service.settings.answers_at_once):
            await stack.enter_async_context(service.gate.entered("others"))
        yield


class Killer:
    """A process that starts others, which are killed in the middle of an answer."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.messaging"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Killer:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def kill(self, data_dir: Path, moment: str, question: str) -> None:
        """Have a question asked by a process of its own, which is killed at that moment: ``taken`` when it is on disk,
        or as :attr:`Board.before` is told. Its posts lie in ``posts.json``."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps([str(data_dir), moment, question]), file=self._process.stdin, flush=True)
        assert int(self._process.stdout.readline()) == signal.SIGKILL


def _kill_each() -> None:
    """For each line of the input, do as :meth:`Killer.kill` says, and say by which signal the process ended."""
    for module in ("chromadb.api.rust", "chromadb.telemetry.product.posthog", "assistant.follow_ups"):
        import_module(module)
    for line in sys.stdin:
        data_dir, moment, question = json.loads(line)
        child = os.fork()
        if child == 0:
            asyncio.run(_answer_until(Path(data_dir), moment, question))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        print(os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0, flush=True)


async def _answer_until(data_dir: Path, moment: str, question: str) -> None:
    def die(call: str) -> None:
        if call == moment:
            os.kill(os.getpid(), signal.SIGKILL)

    board = Board(data_dir / "posts.json")
    board.before = die
    with Assistant(settings=load(library=LIBRARY, data_dir=data_dir)) as assistant:
        async with answering(assistant, board) as responder:
            await responder.accept(asked(question))
            die("taken")
            await board.until_done(1)


if __name__ == "__main__":
    _kill_each()
