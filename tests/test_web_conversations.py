"""The web chat keeps conversations: their address opens them again, wherever they began, and nobody else's is shown."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from threading import Event

import httpx2
import pytest
from playwright.sync_api import Browser, expect

from assistant.answers import Answer, Evidence
from assistant.answers import Event as AnswerEvent
from assistant.conversations.store import Exchange
from tests.web_chat import (
    LEFT,
    SLOW,
    Scripted,
    ask,
    begin_anew,
    cite,
    in_browser,
    make_answer,
    make_paper,
    named,
    send,
    serving,
    told,
    visiting,
    wait_for_answer,
    wait_for_name,
    wait_for_page,
)

PAPER = make_paper()


def script(question: str) -> AsyncIterator[AnswerEvent]:
    return told(make_answer(f"So much on {question}. [1]", cite(1, PAPER, "They compute numbers."), question=question))


@pytest.fixture(scope="module")
def scripted(tmp_path_factory: pytest.TempPathFactory) -> Scripted:
    return Scripted(script, tmp_path_factory.mktemp("scripted"), PAPER, examples=["What is first?"])


@pytest.fixture(scope="module")
def address(scripted: Scripted) -> Iterator[str]:
    with serving(scripted) as address:
        yield address


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
    with visiting(browser, address, expected=LEFT) as visitor:
        ask(visitor, "maps")
        ask(visitor, "engines")
        name = wait_for_name(visitor)
        before = visitor.locator("#chat .pt-answer").all_inner_texts()
        visitor.goto(f"{address}/?c={name}")
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
        expect(visitor.locator("#pt-toast")).to_have_text(
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
            expect(visitor.locator("#pt-toast")).to_contain_text("no conversation at this address")
            expect(visitor.locator("#chat .pt-answer")).to_have_count(0)


@in_browser
def test_a_new_start_has_a_new_address_and_the_old_one_is_kept(
    scripted: Scripted, address: str, browser: Browser
) -> None:
    with visiting(browser, address) as visitor:
        ask(visitor, "maps")
        first = wait_for_name(visitor)
        begin_anew(visitor)
        expect(visitor.locator("#examples button")).to_be_visible()
        assert named(visitor) is None
        ask(visitor, "engines")
        assert wait_for_name(visitor) != first
    assert scripted.histories[-1] == ()
    assert len(scripted.conversations.exchanges(first)) == 1


@in_browser
def test_a_page_says_that_its_conversation_was_deleted_elsewhere_and_loses_nothing_that_was_typed(
    scripted: Scripted, address: str, browser: Browser
) -> None:
    with visiting(browser, address, viewport={"width": 360, "height": 740}) as visitor:
        ask(visitor, "maps")
        scripted.conversations.delete(wait_for_name(visitor))
        visitor.evaluate("dispatchEvent(new Event('focus'))")  # its reader comes back to it
        expect(visitor.get_by_text("This conversation is there no more")).to_be_in_viewport()
        asked = len(scripted.histories)
        send(visitor, "engines\nand trains")
        expect(visitor.locator("#pt-status")).to_contain_text("your question is in the box again")
        expect(visitor.locator("#ask-box")).to_have_value("engines\nand trains")
        expect(visitor.locator("#chat .pt-question")).to_have_text("maps")
        expect(visitor.locator("html")).to_have_attribute("data-busy", "no")
        assert len(scripted.histories) == asked
        visitor.get_by_role("button", name="Go on in a new conversation").click()
        expect(visitor.locator("#chat .pt-question")).to_have_count(0)
        visitor.locator("#ask-box").press("Enter")
        kept = scripted.conversations.exchanges(wait_for_name(visitor))
        assert named(visitor) is not None
    assert [exchange.question for exchange in kept] == ["engines\nand trains"]


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


# ---- whose they are


@in_browser
@pytest.mark.parametrize("editing", [False, True])
def test_the_id_of_somebody_elses_conversation_opens_nothing_and_changes_nothing(
    scripted: Scripted, browser: Browser, editing: bool
) -> None:
    with serving(scripted, editing=editing) as address:
        with visiting(browser, address) as owner:
            ask(owner, "secrets")
            name = wait_for_name(owner)
        with visiting(browser, f"{address}/?c={name}") as other:
            expect(other.locator("#pt-toast")).to_contain_text("no conversation at this address")
            expect(other.locator("#chat")).not_to_contain_text("secrets")
            ask(other, "maps")
            assert wait_for_name(other) != name
            expect(other.locator("#panel")).not_to_contain_text("secrets")
    assert [exchange.question for exchange in scripted.conversations.exchanges(name)] == ["secrets"]


@in_browser
def test_what_was_begun_in_a_terminal_opens_only_where_visitors_may_edit(scripted: Scripted, browser: Browser) -> None:
    begun = scripted.conversations.start("engines").id
    scripted.conversations.add(begun, make_answer("It is old.", question="in a terminal"))
    with serving(scripted, editing=False) as address, visiting(browser, f"{address}/?c={begun}") as visitor:
        expect(visitor.locator("#pt-toast")).to_contain_text("no conversation at this address")
        expect(visitor.locator("#chat .pt-answer")).to_have_count(0)


@in_browser
def test_who_reads_a_shared_conversation_goes_on_in_a_copy_and_cannot_change_it(
    scripted: Scripted, address: str, browser: Browser
) -> None:
    conversations = scripted.conversations
    begun = conversations.start("engines", "somebody").id
    for question in ("maps", "engines"):
        conversations.add(begun, make_answer(f"On {question}.", question=question))
    with visiting(browser, f"{address}/?shared={conversations.share(begun)}", expected=LEFT) as visitor:
        expect(visitor.locator("#chat .pt-question")).to_have_text(["maps", "engines"])
        expect(visitor.get_by_role("button", name="Useful", exact=True)).to_have_count(0)
        visitor.get_by_role("button", name="Retry").last.click()
        copy = wait_for_name(visitor)
        wait_for_answer(visitor, "engines")
        expect(visitor.locator("#chat .pt-question")).to_have_text(["maps", "engines"])
        visitor.get_by_role("button", name="Useful", exact=True).first.click()
        expect(visitor.get_by_role("button", name="Useful", exact=True).first).to_have_attribute("aria-pressed", "true")
        visitor.goto(f"{address}/?shared={conversations.share(begun)}")
        ask(visitor, "trains")
    assert [turn["content"] for turn in scripted.histories[-1] if turn["role"] == "user"] == ["maps", "engines"]
    assert copy != begun
    told = [[exchange.answer["text"] for exchange in conversations.exchanges(one)] for one in (begun, copy)]
    assert told == [["On maps.", "On engines."], ["On maps.", "So much on engines. [1]"]]
    useful = [[bool(exchange.feedback) for exchange in conversations.exchanges(one)] for one in (begun, copy)]
    assert useful == [[False, False], [True, False]]


@in_browser
def test_who_leaves_while_an_answer_is_being_kept_is_not_brought_back_to_its_conversation(
    scripted: Scripted, address: str, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    add, keeping, go_on = scripted.conversations.add, Event(), Event()

    def slow(conversation: str, answer: Answer, evidence: Sequence[Evidence], *, is_stopped: bool) -> Exchange:
        keeping.set()
        assert go_on.wait(SLOW / 1000)
        kept.append(conversation)
        return add(conversation, answer, evidence, is_stopped=is_stopped)

    kept: list[str] = []
    monkeypatch.setattr(scripted.conversations, "add", slow)
    with visiting(browser, address) as visitor:
        send(visitor, "maps")
        assert keeping.wait(SLOW / 1000)
        begin_anew(visitor)
        expect(visitor.locator("#examples button")).to_be_visible()
        go_on.set()
        ask(visitor, "engines")
        name = wait_for_name(visitor)
    assert [exchange.question for exchange in scripted.conversations.exchanges(name)] == ["engines"]
    assert len(set(filter(None, kept))) == 2


# ---- changing what was asked


@in_browser
def test_a_question_that_is_changed_drops_what_came_after_it_once_its_reader_agrees(
    scripted: Scripted, address: str, browser: Browser
) -> None:
    with visiting(browser, address) as visitor:
        for question in ("maps", "engines", "trains"):
            ask(visitor, question)
        name = wait_for_name(visitor)
        visitor.locator(".pt-question", has_text="engines").hover()
        visitor.locator("#edit-2").click()
        field = visitor.get_by_label("Change the question")
        expect(field).to_be_focused()
        expect(field).to_have_value("engines")
        field.fill("canals")
        visitor.once("dialog", lambda dialog: dialog.dismiss())
        with visitor.expect_event("dialog") as told:
            field.press("Enter")
        assert "forgets the question after it, with its answer" in told.value.message
        expect(field).to_have_value("canals")
        expect(visitor.locator("#exchange-3")).to_be_visible()
        visitor.once("dialog", lambda dialog: dialog.accept())
        field.press("Enter")
        wait_for_answer(visitor, "canals")
        expect(visitor.locator("#chat .pt-question")).to_have_text(["maps", "canals"])
        expect(visitor.locator("#panel")).not_to_contain_text("trains")
        assert named(visitor) == name
    assert [exchange.question for exchange in scripted.conversations.exchanges(name)] == ["maps", "canals"]
    assert [turn["content"] for turn in scripted.histories[-1] if turn["role"] == "user"] == ["maps"]


@in_browser
def test_escape_leaves_a_question_as_it_was(address: str, browser: Browser) -> None:
    with visiting(browser, address) as visitor:
        ask(visitor, "maps")
        visitor.locator("#edit-1").focus()
        visitor.keyboard.press("Enter")
        visitor.keyboard.type("other")
        visitor.keyboard.press("Escape")
        expect(visitor.locator("#chat .pt-question")).to_have_text("maps")
        expect(visitor.locator("#edit-1")).to_be_focused()


@in_browser
def test_a_question_that_is_tried_again_replaces_its_answer_where_it_stands(
    scripted: Scripted, address: str, browser: Browser
) -> None:
    with visiting(browser, address) as visitor:
        ask(visitor, "maps")
        ask(visitor, "engines")
        name = wait_for_name(visitor)
        asked = len(scripted.histories)
        for place, question in ((0, "maps"), (1, "engines")):
            visitor.get_by_role("button", name="Retry").nth(place).click()
            wait_for_answer(visitor, question)
            expect(visitor.locator("#chat .pt-question")).to_have_text(["maps", "engines"])
        ask(visitor, "trains")
        expect(visitor.locator("#chat .pt-question")).to_have_text(["maps", "engines", "trains"])
    assert len(scripted.histories) == asked + 3
    assert [exchange.question for exchange in scripted.conversations.exchanges(name)] == ["maps", "engines", "trains"]


# ---- what lies over the page on a phone


@in_browser
def test_on_a_phone_back_closes_what_lies_over_the_page_before_it_leaves_the_page(
    address: str, browser: Browser
) -> None:
    with visiting(browser, address, viewport={"width": 360, "height": 740}, expected=LEFT) as visitor:
        visitor.goto("about:blank")
        visitor.goto(address)
        wait_for_page(visitor)
        drawer, panel = visitor.locator("#talks"), visitor.locator("#panel")
        visitor.locator("#talks-button").click()
        expect(drawer).to_be_visible()
        visitor.evaluate("papertalk.ask('maps')")  # the conversation gets its name under the drawer
        wait_for_answer(visitor, "maps")
        name = wait_for_name(visitor)
        visitor.go_back()
        expect(drawer).to_be_hidden()
        marker = visitor.locator("#chat .pt-cite")
        marker.click()
        expect(panel).to_be_visible()
        visitor.go_back()
        expect(panel).to_be_hidden()
        marker.click()
        visitor.locator("#panel h3 a").click()
        expect(visitor.locator("html")).to_have_attribute("data-view", "library")
        visitor.go_back()
        expect(visitor.locator("html")).to_have_attribute("data-view", "chat")
        marker.click()
        visitor.get_by_role("button", name="Close").click()
        expect(panel).to_be_hidden()
        expect(marker).to_be_visible()
        assert named(visitor) == name
        visitor.go_back()
        visitor.wait_for_url("about:blank")
        visitor.go_forward()
        wait_for_page(visitor)
        assert named(visitor) == name


# ---- what readers think


@in_browser
def test_a_reader_says_whether_an_answer_was_useful_and_why_not(
    scripted: Scripted, address: str, browser: Browser
) -> None:
    with visiting(browser, address, expected=LEFT) as visitor:
        ask(visitor, "maps")
        name = wait_for_name(visitor)
        useful = visitor.get_by_role("button", name="Useful", exact=True)
        useful.click()
        expect(useful).to_have_attribute("aria-pressed", "true")
        assert feedback(scripted, name) == (True, "")
        useful.click()
        expect(useful).to_have_attribute("aria-pressed", "false")
        assert feedback(scripted, name) is None
        visitor.get_by_role("button", name="Not useful").click()
        visitor.get_by_label("What was wrong?").fill("It <b>missed</b> a map.")
        visitor.get_by_role("button", name="Send").click()
        expect(visitor.locator("#pt-toast")).to_contain_text("Thank you")
        assert feedback(scripted, name) == (False, "It <b>missed</b> a map.")
        visitor.reload()
        expect(visitor.get_by_role("button", name="Not useful")).to_have_attribute("aria-pressed", "true")


def feedback(scripted: Scripted, name: str) -> tuple[bool, str] | None:
    (exchange,) = scripted.conversations.exchanges(name)
    return (exchange.feedback.useful, exchange.feedback.reason) if exchange.feedback else None


@in_browser
def test_who_knows_the_name_of_an_open_page_is_not_its_visitor(
    scripted: Scripted, address: str, browser: Browser
) -> None:
    with visiting(browser, address) as page:
        with page.expect_request("**/gradio_api/queue/join*") as joined:
            ask(page, "secret?")
        kept = len(scripted.conversations.list("engines"))
        session = json.loads(joined.value.post_data or "{}")["session_hash"]
        body = {"data": [None], "event_data": {"do": "talks-delete-all"}, "fn_index": 0, "session_hash": session}
        for cookie in ("", "papertalk=somebody-else"):
            headers = {"Cookie": cookie, "Content-Type": "application/json"} if cookie else {}
            told = httpx2.post(f"{address}/gradio_api/run/predict", json=body, headers=headers, timeout=60)
            assert "secret" not in told.text
            stream = f"{address}/gradio_api/queue/data?session_hash={session}"
            assert httpx2.get(stream, headers=headers, timeout=60).status_code == 403
        assert len(scripted.conversations.list("engines")) == kept > 0
