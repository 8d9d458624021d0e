"""The web chat keeps conversations: their address opens them again, wherever they began, and nobody else's is shown."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from assistant.answers import Event
from tests.web_chat import (
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
)

PAPER = make_paper()


def script(question: str) -> AsyncIterator[Event]:
    return told(make_answer(f"So much on {question}. [1]", cite(1, PAPER, "They compute numbers."), question=question))


@pytest.fixture(scope="module")
def scripted(tmp_path_factory: pytest.TempPathFactory) -> Scripted:
    return Scripted(script, tmp_path_factory.mktemp("scripted"), PAPER, examples=["What is first?"])


@pytest.fixture(scope="module")
def address(scripted: Scripted) -> Iterator[str]:
    with serving(scripted) as address:
        yield address


def named(visitor: Page) -> str | None:
    """The id that the address holds."""
    return parse_qs(urlsplit(visitor.url).query).get("c", [None])[0]


def wait_for_name(visitor: Page) -> str:
    visitor.wait_for_function("new URL(location.href).searchParams.has('c')")
    name = named(visitor)
    assert name is not None
    return name


@in_browser
def test_the_first_answer_gives_the_conversation_its_address_and_the_next_leaves_it(
    scripted: Scripted, address: str, browser: Browser
) -> None:
    with visiting(browser, address) as visitor:
        assert named(visitor) is None
        ask(visitor, "maps")
        first = wait_for_name(visitor)
        ask(visitor, "engines")
        assert named(visitor) == first
    kept = scripted.conversations.exchanges(first)
    assert [exchange.question for exchange in kept] == ["maps", "engines"]
    assert scripted.conversations.get(first).library == "engines"


@in_browser
def test_the_address_shows_the_conversation_again_and_goes_on_with_it(
    scripted: Scripted, address: str, browser: Browser
) -> None:
    with visiting(browser, address) as visitor:
        ask(visitor, "maps")
        ask(visitor, "engines")
        name = wait_for_name(visitor)
        before = visitor.locator("#chat .pt-answer").all_inner_texts()
    with visiting(browser, f"{address}/?c={name}") as visitor:
        expect(visitor.locator("#chat .pt-answer")).to_have_text(before)
        expect(visitor.locator("#chat .pt-question")).to_have_text(["maps", "engines"])
        expect(visitor.locator("#examples button")).to_be_hidden()
        visitor.locator("#chat .pt-cite").first.click()
        expect(visitor.locator("#source-1-1")).to_have_text("They compute numbers.")
        expect(visitor.locator("#source-1-1")).to_be_in_viewport()
        ask(visitor, "trains")
        expect(visitor.locator("#chat .pt-answer")).to_have_count(3)
        assert named(visitor) == name
    assert len(scripted.conversations.exchanges(name)) == 3
    assert [turn["content"] for turn in scripted.histories[-1] if turn["role"] == "user"] == ["maps", "engines"]


@in_browser
def test_a_conversation_begun_elsewhere_goes_on_here(scripted: Scripted, address: str, browser: Browser) -> None:
    begun = scripted.conversations.start("engines").id
    scripted.conversations.add(begun, make_answer("It is <b>old</b>.", question="in a terminal"))
    with visiting(browser, f"{address}/?c={begun}") as visitor:
        expect(visitor.locator("#chat .pt-answer")).to_have_text("It is <b>old</b>.")
        ask(visitor, "here")
    assert [exchange.question for exchange in scripted.conversations.exchanges(begun)] == ["in a terminal", "here"]


@in_browser
def test_the_papers_of_a_kept_answer_may_be_gone_and_its_quotes_are_shown(
    scripted: Scripted, address: str, browser: Browser
) -> None:
    begun = scripted.conversations.start("engines").id
    gone = make_paper("gone2001", title="Gone", abstract="It was here.")
    scripted.conversations.add(begun, make_answer("It was. [1]", cite(1, gone, "It was here."), question="was it?"))
    with visiting(browser, f"{address}/?c={begun}") as visitor:
        visitor.locator("#chat .pt-cite").click()
        expect(visitor.locator("#source-1-1")).to_have_text("It was here.")
        expect(visitor.locator(".pt-turn:visible h3")).to_have_text("Gone")


@in_browser
@pytest.mark.parametrize("of_another_library", [False, True])
def test_an_address_that_names_no_conversation_is_a_calm_sentence_and_a_new_conversation(
    scripted: Scripted, address: str, browser: Browser, of_another_library: bool
) -> None:
    name = "<img src=x>"
    if of_another_library:
        name = scripted.conversations.start("maps").id
        scripted.conversations.add(name, make_answer("Secret.", question="secret?"))
    with visiting(browser, f"{address}/?c={name}") as visitor:
        expect(visitor.locator("#chat .pt-answer")).to_have_text(
            "There is no conversation at this address; a new one begins here."
        )
        expect(visitor.locator("#examples button")).to_be_visible()
        visitor.wait_for_function("!new URL(location.href).searchParams.has('c')")
        ask(visitor, "maps")
        expect(visitor.locator("#chat .pt-answer")).to_have_count(1)
        assert wait_for_name(visitor) != name


@in_browser
def test_the_beginning_of_an_id_opens_nothing(scripted: Scripted, address: str, browser: Browser) -> None:
    begun = scripted.conversations.start("engines").id
    scripted.conversations.add(begun, make_answer("Secret.", question="secret?"))
    for guess in (begun[:-1], "last"):
        with visiting(browser, f"{address}/?c={guess}") as visitor:
            expect(visitor.locator("#chat .pt-answer")).to_contain_text("no conversation at this address")


@in_browser
def test_a_new_start_has_a_new_address_and_the_old_one_is_kept(
    scripted: Scripted, address: str, browser: Browser
) -> None:
    with visiting(browser, address) as visitor:
        ask(visitor, "maps")
        first = wait_for_name(visitor)
        visitor.get_by_role("button", name="Start over").click()
        expect(visitor.locator("#examples button")).to_be_visible()
        assert named(visitor) is None
        ask(visitor, "engines")
        assert wait_for_name(visitor) != first
    assert scripted.histories[-1] == ()
    assert len(scripted.conversations.exchanges(first)) == 1


@in_browser
def test_a_conversation_that_is_deleted_meanwhile_begins_anew(
    scripted: Scripted, address: str, browser: Browser
) -> None:
    with visiting(browser, address) as visitor:
        ask(visitor, "maps")
        first = wait_for_name(visitor)
        scripted.conversations.delete(first)
        ask(visitor, "engines")
        visitor.wait_for_function("first => new URL(location.href).searchParams.get('c') !== first", arg=first)
        assert len(scripted.conversations.exchanges(wait_for_name(visitor))) == 1


@in_browser
def test_an_answer_that_cannot_be_kept_is_given_with_a_note(tmp_path: Path, browser: Browser) -> None:
    (tmp_path / "conversations.sqlite").write_bytes(b"no database at all" * 100)
    with serving(Scripted(script, tmp_path, PAPER)) as address, visiting(browser, address) as visitor:
        send(visitor, "maps")
        expect(visitor.locator("#chat .pt-answer")).to_contain_text(
            "So much on maps. [1]Note: The file of conversations"
        )
        ask(visitor, "engines")
        expect(visitor.locator("#chat .pt-answer")).to_have_count(2)
