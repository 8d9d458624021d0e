"""The web chat when something breaks off in the middle of an answer: the page, the network, the server."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import pytest
from playwright.sync_api import Browser, Page, expect

from assistant.answers import Event as AnswerEvent
from assistant.answers import TextDelta
from assistant.surfaces.serve.listening import listen
from tests.web_chat import (
    LEFT,
    SLOW,
    Scripted,
    ask,
    cite,
    in_browser,
    make_answer,
    make_paper,
    send,
    serving,
    told,
    visiting,
    wait_for_answer,
    wait_for_name,
    wait_for_page,
)

ROOT = Path(__file__).parents[1]
BROKEN = rf"{LEFT}|Failed to load resource|net::ERR|Failed to fetch|network error"
"""What the browser says of a connection that is gone."""
BROKE_OFF = "The connection or the server broke off before the answer was there; the question is in the box again."
PAPER = make_paper()
GOES_ON = Event()


async def script(question: str) -> AsyncIterator[AnswerEvent]:
    """``slow`` says its beginning and waits, ``endless`` never ends; all else is answered at once."""
    if question in ("slow", "endless"):
        yield TextDelta("The beginning")
        if question == "endless":
            await asyncio.Event().wait()
        assert await asyncio.to_thread(GOES_ON.wait, SLOW / 1000)
        answer = make_answer("The beginning and the end. [1]", cite(1, PAPER, "We study engines."), question=question)
        async for event in told(answer):
            yield event
        return
    async for event in told(make_answer(f"So much on {question}.", question=question)):
        yield event


@pytest.fixture
def scripted(tmp_path: Path) -> Scripted:
    GOES_ON.clear()
    return Scripted(script, tmp_path, PAPER, examples=["What is first?"])


@pytest.fixture
def address(scripted: Scripted) -> Iterator[str]:
    with serving(scripted) as address:
        yield address
        GOES_ON.set()


def begin(visitor: Page, question: str = "slow") -> str:
    """Ask, and wait for the beginning of the answer. Says which conversation it is in."""
    send(visitor, question)
    expect(visitor.locator("#live .pt-answer")).to_have_text("The beginning")
    return wait_for_name(visitor)


def assert_whole(visitor: Page, scripted: Scripted, *questions: str) -> None:
    """The page and the store have these questions, each once, with their whole answers."""
    wait_for_answer(visitor, questions[-1])
    expect(visitor.locator("#live .pt-answer")).to_contain_text("The beginning and the end.")
    expect(visitor.locator("#chat .pt-question")).to_have_text(list(questions))
    kept = scripted.conversations.exchanges(wait_for_name(visitor))
    assert [(exchange.question, exchange.is_stopped) for exchange in kept] == [(one, False) for one in questions]


@in_browser
@pytest.mark.parametrize("earlier", [[], ["maps"]])
def test_a_page_that_is_loaded_again_in_the_middle_of_an_answer_sees_it_come(
    scripted: Scripted, address: str, browser: Browser, earlier: list[str]
) -> None:
    with visiting(browser, address, expected=BROKEN) as visitor:
        for question in earlier:
            ask(visitor, question)
        begin(visitor)
        visitor.reload()
        wait_for_page(visitor)
        expect(visitor.locator("#live .pt-question")).to_have_text("slow")
        expect(visitor.locator("#live .pt-answer")).to_have_text("The beginning")
        expect(visitor.get_by_role("button", name="Stop")).to_be_visible()
        expect(visitor.locator("#ask-box")).to_have_value("")
        GOES_ON.set()
        assert_whole(visitor, scripted, *earlier, "slow")
        visitor.locator("#chat .pt-cite").click()
        expect(visitor.locator("#panel mark")).to_have_text("We study engines.")
        expect(visitor.locator("#pt-toast")).to_be_hidden()
    assert len(scripted.histories) == len(earlier) + 1


@in_browser
def test_a_conversation_that_is_read_again_is_read_where_it_ended(scripted: Scripted, browser: Browser) -> None:
    begun = scripted.conversations.start("engines").id
    for question in ("maps", "engines", "trains"):
        scripted.conversations.add(begun, make_answer("So much. " * 400, question=question))
    with serving(scripted, editing=True) as address, visiting(browser, f"{address}/?c={begun}") as visitor:
        expect(visitor.locator("#chat .pt-question").last).to_be_in_viewport()
        expect(visitor.locator("#chat .pt-question").first).not_to_be_in_viewport()


@in_browser
def test_a_page_that_is_loaded_again_after_the_end_shows_the_kept_answer(
    scripted: Scripted, address: str, browser: Browser
) -> None:
    with visiting(browser, address, expected=BROKEN) as visitor:
        begin(visitor)
        visitor.goto("about:blank")
        GOES_ON.set()
        visitor.go_back()
        wait_for_page(visitor)
        assert_whole(visitor, scripted, "slow")
        expect(visitor.locator("#ask-box")).to_have_value("")
    assert len(scripted.histories) == 1


@in_browser
def test_a_network_that_is_gone_for_a_while_in_the_middle_of_an_answer_costs_nothing_of_it(
    scripted: Scripted, address: str, browser: Browser
) -> None:
    with visiting(browser, address, expected=BROKEN) as visitor:
        begin(visitor)
        visitor.context.set_offline(True)
        expect(visitor.get_by_role("alert")).to_contain_text("The connection is lost")
        visitor.context.set_offline(False)
        expect(visitor.locator("#pt-lost")).to_have_count(0)
        GOES_ON.set()
        assert_whole(visitor, scripted, "slow")
        ask(visitor, "maps")
    assert len(scripted.histories) == 2


@in_browser
def test_an_answer_that_ends_while_the_network_is_gone_is_there_when_it_is_back(
    scripted: Scripted, address: str, browser: Browser
) -> None:
    with visiting(browser, address, expected=BROKEN) as visitor:
        name = begin(visitor)
        visitor.context.set_offline(True)
        expect(visitor.get_by_role("alert")).to_contain_text("The connection is lost")
        GOES_ON.set()
        with visiting(browser, address) as other:  # what happens meanwhile
            ask(other, "maps")
        assert len(scripted.conversations.exchanges(name)) == 1
        visitor.context.set_offline(False)
        assert_whole(visitor, scripted, "slow")


@in_browser
def test_a_question_that_does_not_reach_the_server_is_in_the_box_again(
    scripted: Scripted, address: str, browser: Browser
) -> None:
    with visiting(browser, address, expected=BROKEN) as visitor:
        visitor.route("**/queue/join*", lambda route: route.abort(), times=1)
        send(visitor, "maps")
        expect(visitor.locator("#pt-toast")).to_have_text(BROKE_OFF)
        expect(visitor.locator("#ask-box")).to_have_value("maps")
        expect(visitor.locator(".pt-sent")).to_have_count(0)
        visitor.get_by_role("button", name="Ask", exact=True).click()
        wait_for_answer(visitor, "maps")
    assert len(scripted.histories) == 1


@in_browser
def test_a_question_that_is_refused_is_in_the_box_again_with_the_reason(
    scripted: Scripted, address: str, browser: Browser
) -> None:
    reason = "Too many requests; come again in 5 s."
    with visiting(browser, address, expected=BROKEN) as visitor:
        ask(visitor, "engines")
        visitor.route("**/queue/join*", lambda route: route.fulfill(status=429, json={"detail": reason}), times=1)
        visitor.get_by_role("button", name="Retry").click()
        expect(visitor.locator("#pt-toast")).to_have_text(reason)
        expect(visitor.locator("#ask-box")).to_have_value("engines")
        expect(visitor.locator("#live .pt-answer")).to_be_visible()
        expect(visitor.locator("html")).to_have_attribute("data-busy", "no")
        visitor.get_by_role("button", name="Ask", exact=True).click()
        expect(visitor.locator("#chat .pt-question")).to_have_text(["engines", "engines"])
        wait_for_answer(visitor, "engines")
    assert len(scripted.histories) == 2


@in_browser
def test_two_tabs_of_a_visitor_see_an_answer_come_and_either_may_stop_it(
    scripted: Scripted, address: str, browser: Browser
) -> None:
    with visiting(browser, address) as visitor:
        name = begin(visitor)
        other = visitor.context.new_page()
        other.goto(f"{address}/?c={name}")
        wait_for_page(other)
        expect(other.locator("#live .pt-answer")).to_have_text("The beginning")
        other.get_by_role("button", name="Stop").click()
        for page in (visitor, other):
            expect(page.locator("#live .pt-stopped")).to_have_text("Stopped.")
            expect(page.locator("#live .pt-answer")).to_contain_text("The beginning")
    (kept,) = scripted.conversations.exchanges(name)
    assert kept.is_stopped


@in_browser
def test_a_stopped_answer_is_there_when_the_page_is_loaded_again_and_is_tried_again_in_its_place(
    scripted: Scripted, address: str, browser: Browser
) -> None:
    with visiting(browser, address, expected=BROKEN) as visitor:
        begin(visitor)
        visitor.get_by_role("button", name="Stop").click()
        expect(visitor.locator("#live .pt-stopped")).to_be_visible()
        before = visitor.locator("#live .pt-answer").inner_text()
        visitor.reload()
        wait_for_page(visitor)
        expect(visitor.locator("#live .pt-answer")).to_have_text(before, use_inner_text=True)
        expect(visitor.locator("#ask-box")).to_have_value("")
        expect(visitor.locator("#pt-toast")).to_be_hidden()
        GOES_ON.set()
        visitor.get_by_role("button", name="Retry").click()
        expect(visitor.locator("#live .pt-answer")).to_contain_text("and the end.")
        assert_whole(visitor, scripted, "slow")


# ---- the server


@contextmanager
def another_process(folder: Path, port: int) -> Iterator[subprocess.Popen[str]]:
    """A server of this module's script in a process that can be killed."""
    command = [sys.executable, "-m", "tests.test_web_lost", str(folder), str(port)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        process.stdout.readline()
        try:
            yield process
        finally:
            process.kill()


def serve_until_told(folder: Path, port: int) -> None:
    with serving(Scripted(script, folder, PAPER), port=port):
        print("It is served.", flush=True)
        sys.stdin.read()


def free_port() -> int:
    with listen("127.0.0.1", 0) as listener:
        found: int = listener.getsockname()[1]
        return found


@in_browser
@pytest.mark.parametrize("earlier", [[], ["maps"]])
def test_where_the_server_is_killed_in_the_middle_of_an_answer_the_question_is_in_the_box_again(
    tmp_path: Path, browser: Browser, earlier: list[str]
) -> None:
    port = free_port()
    with (
        another_process(tmp_path, port) as process,
        visiting(browser, f"http://127.0.0.1:{port}", expected=BROKEN) as visitor,
    ):
        for question in earlier:
            ask(visitor, question)
        begin(visitor, "endless")
        process.kill()
        process.wait()
        expect(visitor.get_by_role("alert")).to_contain_text("The connection is lost", timeout=SLOW)
        with another_process(tmp_path, port):
            expect(visitor.locator("#pt-toast")).to_have_text(BROKE_OFF, timeout=SLOW)
            expect(visitor.locator("#ask-box")).to_have_value("endless")
            expect(visitor.locator("#chat .pt-question")).to_have_text(earlier)
            visitor.locator("#ask-box").fill("engines")
            ask(visitor, "engines")
            expect(visitor.locator("#chat .pt-question")).to_have_text([*earlier, "engines"])
            visitor.close()


if __name__ == "__main__":
    serve_until_told(Path(sys.argv[1]), int(sys.argv[2]))
