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
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page, Request, expect, sync_playwright

from assistant.answers import Answer, Citation, Event, Filters, Finished, History, Plan, TextDelta
from assistant.conversations.store import Conversations
from assistant.papers import ABSTRACT, Author, Paper, Section
from assistant.settings import Settings
from assistant.shelf import Shelf
from assistant.sources import Profile
from assistant.surfaces.serve.application import application
from assistant.surfaces.serve.listening import listen
from assistant.surfaces.serve.service import Service
from assistant.surfaces.web.desk import Desk

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

    def __init__(
        self,
        script: Script,
        data_dir: Path,
        *papers: Paper,
        examples: Sequence[str] = (),
        follow_ups: Sequence[str] = (),
    ) -> None:
        self.author = Profile("Ada Lovelace")
        self.library = SimpleNamespace(
            name="engines", papers={paper.key: paper for paper in papers}, store=SimpleNamespace(model=None)
        )
        self.settings = Settings(library="engines", data_dir=data_dir)
        self.chain = SimpleNamespace(
            catalogue=SimpleNamespace(known_topics=True, group=lambda *_: [], library=self.library)
        )
        self.conversations = Conversations(data_dir / "conversations.sqlite")
        self.histories: list[History] = []
        self._script = script
        self._examples = list(examples)
        self._follow_ups = list(follow_ups)

    def papers(self, filters: Filters | None = None) -> list[Paper]:
        return list(self.library.papers.values())

    def examples(self) -> list[str]:
        return self._examples

    def astream(self, question: str, *, history: History = (), filters: Filters | None = None) -> AsyncIterator[Event]:
        self.histories.append(history)
        return self._script(question)

    async def aask(self, question: str, *, history: History = (), filters: Filters | None = None) -> Answer:
        async for event in self.astream(question, history=history, filters=filters):
            if isinstance(event, Finished):
                return event.answer
        raise AssertionError("the last event is the answer")

    def follow_ups(self, answer: Answer, *, history: History = ()) -> list[str]:
        return self._follow_ups


def desk_of(scripted: Scripted, *, editing: bool = False) -> Desk:
    return Desk(Shelf(scripted.settings, cast("Assistant", scripted)), editing=editing)


# ---- the page and its visitors

LEFT = r"AbortError: signal is aborted|Connection errored out"
"""What Gradio's page says when it is left while it still listens."""


@contextmanager
def chromium() -> Iterator[Browser]:
    arguments = (
        "--no-sandbox --disable-background-networking --disable-component-update --disable-sync --no-first-run "
        "--disable-gpu"
    )
    expect.set_options(timeout=SLOW / 2)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments.split())
        yield browser
        browser.close()


@contextmanager
def serving(
    first: Assistant | Scripted,
    *others: Assistant | Scripted,
    editing: bool | None = None,
    port: int = 0,
    **settings: Any,
) -> Iterator[str]:
    """All that is served, over assistants of this process; the first is shown where no library is named."""
    import uvicorn

    servers: Queue[uvicorn.Server | None] = Queue()

    async def serve(listener: socket.socket) -> None:
        # The page is built inside the loop: outside of one Gradio makes loops of its own, and never closes them.
        opened = [cast("Assistant", assistant) for assistant in (first, *others)]
        chosen = {"library": opened[0].library.name, "web_editing": editing, **settings}
        shelf = Shelf(opened[0].settings.model_copy(update=chosen), *opened)
        served = application(Service(shelf))
        server = uvicorn.Server(uvicorn.Config(served, log_level="warning", timeout_graceful_shutdown=1))
        servers.put(server)
        await server.serve([listener])

    with listen("127.0.0.1", port) as listener, ThreadPoolExecutor(1) as thread:
        served = thread.submit(asyncio.run, serve(listener))
        served.add_done_callback(lambda _: servers.put(None))
        server = servers.get()  # the page is built
        try:
            if server:
                yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            if server:
                server.should_exit = True
            served.result()


@contextmanager
def visiting(browser: Browser, address: str, *, expected: str = r"\Z.", **options: Any) -> Iterator[Page]:
    """A visitor of their own, at the page. Whatever the page asks for must lie on this machine, and nothing may go
    wrong on it but what is ``expected``: a pattern of the browser's messages."""
    asked: list[Request] = []
    context = browser.new_context(**options)
    context.set_default_timeout(SLOW)
    context.on("request", lambda request: asked.append(request))
    visitor = context.new_page()
    errors: list[str] = []
    visitor.on("pageerror", lambda error: errors.append(str(error)))
    visitor.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    visitor.goto(address)
    wait_for_page(visitor)
    yield visitor
    context.close()
    assert asked
    foreign = [request.url for request in asked if not re.match(r"(http://127\.0\.0\.1:\d+/|data:|blob:)", request.url)]
    assert not foreign
    unexpected = [error for error in errors if not re.search(expected, error)]
    assert not unexpected, unexpected


def wait_for_page(visitor: Page) -> None:
    """The page is there, and where its address leads."""
    expect(visitor.locator(".pt-head")).to_be_visible(timeout=SLOW)
    expect(visitor.locator("#question textarea")).to_be_attached(timeout=SLOW)


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
    expect(visitor.locator(".pt-sent")).to_have_count(0, timeout=SLOW)
    expect(visitor.locator("html")).to_have_attribute("data-busy", "no", timeout=SLOW)
    expect(visitor.locator("#live .pt-question")).to_have_text(question.strip(), timeout=SLOW)


def begin_anew(visitor: Page) -> None:
    """Leave the conversation for a new one."""
    if visitor.locator("html").get_attribute("data-drawer") != "open":
        visitor.get_by_role("button", name="Conversations", exact=True).click()
    visitor.get_by_role("button", name="New conversation").click()


def named(visitor: Page) -> str | None:
    """The id of the conversation that the address holds."""
    return parse_qs(urlsplit(visitor.url).query).get("c", [None])[0]


def wait_for_name(visitor: Page) -> str:
    visitor.wait_for_function("new URL(location.href).searchParams.has('c')")
    name = named(visitor)
    assert name is not None
    return name


# ---- papers that would break a page

HOSTILE_TITLE = (
    """<img src=x onerror="window.stolen='title'"> [here](javascript:alert) ${window.stolen=1} {{stolen}} """
    """</script><script>window.stolen='script'</script> on Pseudo-Quasi-Orthogonal-Hyperparameterization-of-"""
    """Differential-Operators-and-Related-Supercalifragilistic-Constructions"""
)
HOSTILE_ABSTRACT = (
    "We propose Zorbex <script>window.stolen=2</script> with `code`, $x^2$, *stars* and [1] brackets. "
    'An ![image](https://elsewhere.example/a.png) <a href="javascript:window.stolen=3">lies</a> in it. '
    'Its code is at https://github.com/eve/zorbex"onclick="window.stolen=4.'
)


def assert_harmless(visitor: Page, question: str, title: str) -> None:
    """The answer and its sources show what papers say as characters, and none of it has run."""
    ask(visitor, question)
    shown = visitor.locator(".pt-turn:not([hidden]) h3").first.text_content() or ""
    assert shown.split() == title.split()
    assert "<img src=x" in visitor.locator("#chat .pt-answer").last.inner_text()
    for where in ("#head", "#chat", "#panel", "#which"):
        harmful = ":is(img, script, iframe, [onerror], [onclick], [href^='javascript'])"
        assert visitor.locator(f"{where} {harmful}").count() == 0
    assert visitor.evaluate("window.stolen === undefined")
