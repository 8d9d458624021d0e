"""What tests of the web chat need: a browser, visitors who watch what the page asks for, an assistant with a script."""

from __future__ import annotations

import asyncio
import re
import shutil
import socket
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from queue import Queue
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest
from playwright.sync_api import Browser, Page, Request, expect, sync_playwright

from assistant.answers import Answer, Citation, Event, Finished, History, Plan, TextDelta
from assistant.conversations import Conversations
from assistant.papers import ABSTRACT, Author, Paper, Section
from assistant.sources import Profile
from assistant.surfaces import web

if TYPE_CHECKING:
    from assistant import Assistant

CHROMIUM = shutil.which("chromium")
in_browser = pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium on this machine")

SLOW = 60_000
"""Milliseconds that a test waits at most for a page; a busy machine takes its time."""

Script = Callable[[str], AsyncIterator[Event]]
"""What an assistant answers to a question."""


# ---- answers made up


def make_paper(
    key: str = "lovelace2023engines",
    title: str = "Engines: A Study",
    abstract: str = "We study engines. They compute numbers. Nobody else does.",
    url: str | None = None,
) -> Paper:
    text = f"{title}\n\n{abstract}"
    sections = (Section("Title", 0, len(title)), Section(ABSTRACT, len(title) + 2, len(text)))
    return Paper(key, title, text, sections, (Author("Ada Lovelace"),), date="2023-07-15", category="CL", url=url)


def cite(marker: int, paper: Paper, quote: str) -> Citation:
    start = paper.text.index(quote)
    return Citation(marker, paper, paper.section_at(start), start, start + len(quote), quote)


def make_answer(text: str, *citations: Citation, question: str = "What?", **fields: Any) -> Answer:
    given: dict[str, Any] = {"answered": True, "mode": "extractive", "plan": Plan(question, question)} | fields
    return Answer(question, question, text, citations=citations, **given)


async def told(answer: Answer) -> AsyncIterator[Event]:
    """An answer that comes at once."""
    yield TextDelta(answer.text)
    yield Finished(answer)


class Scripted:
    """Answers what a test wrote down, keeps the histories that it was given, and stores conversations as all do."""

    def __init__(self, script: Script, data_dir: Path, *papers: Paper, examples: Sequence[str] = ()) -> None:
        self.author = Profile("Ada Lovelace")
        self.library = SimpleNamespace(name="engines", papers={paper.key: paper for paper in papers})
        self.conversations = Conversations(data_dir / "conversations.sqlite")
        self.histories: list[History] = []
        self._script = script
        self._examples = list(examples)

    def papers(self) -> list[Paper]:
        return list(self.library.papers.values())

    def examples(self) -> list[str]:
        return self._examples

    def astream(self, question: str, *, history: History = ()) -> AsyncIterator[Event]:
        self.histories.append(history)
        return self._script(question)


# ---- the page and its visitors


@contextmanager
def chromium() -> Iterator[Browser]:
    arguments = (
        "--no-sandbox --disable-background-networking --disable-component-update --disable-sync --no-first-run "
        "--disable-gpu"
    )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments.split())
        yield browser
        browser.close()


@contextmanager
def serving(assistant: Assistant | Scripted) -> Iterator[str]:
    """The page over an assistant of this process."""
    import uvicorn

    servers: Queue[uvicorn.Server] = Queue()

    async def serve(listener: socket.socket) -> None:
        # The page is built inside the loop: outside of one Gradio makes loops of its own, and never closes them.
        application = web.application(cast("Assistant", assistant))
        server = uvicorn.Server(uvicorn.Config(application, log_level="warning", timeout_graceful_shutdown=1))
        servers.put(server)
        await server.serve([listener])

    with web.listen("127.0.0.1", 0) as listener, ThreadPoolExecutor(1) as thread:
        served = thread.submit(asyncio.run, serve(listener))
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            servers.get(timeout=SLOW / 1000).should_exit = True
            served.result()


@contextmanager
def visiting(browser: Browser, address: str, **options: Any) -> Iterator[Page]:
    """A visitor of their own, at the page. Whatever the page asks for must lie on this machine."""
    asked: list[Request] = []
    context = browser.new_context(**options)
    context.set_default_timeout(SLOW)
    context.on("request", lambda request: asked.append(request))
    visitor = context.new_page()
    errors: list[str] = []
    visitor.on("pageerror", lambda error: errors.append(str(error)))
    visitor.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    visitor.goto(address)
    expect(visitor.locator("#question textarea")).to_be_visible(timeout=SLOW)
    yield visitor
    context.close()
    assert asked
    foreign = [request.url for request in asked if not re.match(r"(http://127\.0\.0\.1:\d+/|data:|blob:)", request.url)]
    assert not foreign
    assert not errors, errors


def send(visitor: Page, question: str) -> None:
    """Ask, and wait for nothing."""
    box = visitor.locator("#question textarea")
    box.fill(question)
    box.press("Enter")


def ask(visitor: Page, question: str) -> None:
    """Ask, and wait for the whole answer."""
    send(visitor, question)
    wait_for_answer(visitor, question)


def wait_for_answer(visitor: Page, question: str) -> None:
    expect(visitor.locator(".pt-turn:visible .pt-asked")).to_have_text(question.strip(), timeout=SLOW)
