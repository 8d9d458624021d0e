"""What a chat model writes, in the web chat: as it comes, doubted, stopped, given up, and never as markup."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from assistant.answering.settling import MARK
from assistant.answers import (
    Answer,
    Doubted,
    Event,
    Evidence,
    Finished,
    Gathered,
    Grounding,
    Restarted,
    TextDelta,
    Usage,
)
from assistant.library import Library
from assistant.surfaces.understood import written_by
from assistant.surfaces.web.views import chat
from assistant.surfaces.web.visit import Coming
from tests.asking import open_copy
from tests.chat_server import ChatServer, Reply
from tests.web_chat import (
    SLOW,
    Scripted,
    ask,
    begin_anew,
    cite,
    in_browser,
    make_answer,
    make_paper,
    send,
    serving,
    told,
    visiting,
)

HOSTILE = (
    """<img src=x onerror="window.stolen=1"> <script>window.stolen=2</script> ![i](https://elsewhere.example/a.png) """
    """[here](javascript:window.stolen=3) <a href="javascript:window.stolen=4">there</a> javascript:window.stolen=5 """
    """https://elsewhere.example/?q= `code` $x^2$ $$y$$ \\(z\\) {{7+7}} ${window.stolen=6} <del>lies</del> &lt;b&gt; """
    """<style>*{display:none}</style> | a | b | \ufdd0 kept \ufdd1"""
)
PAPER = make_paper()


def generated(text: str, *, dropped: int = 0, answered: bool = True, repaired: int = 0) -> Answer:
    return make_answer(
        text,
        cite(1, PAPER, "They compute numbers."),
        mode="generative",
        answered=answered,
        grounding=Grounding(supported=2, repaired=repaired, dropped=dropped),
        usage=Usage("openai:small@http://10.0.0.7/v1"),
    )


def coming(*events: Gathered | TextDelta | Doubted | Restarted) -> Coming:
    text = Coming()
    for event in events:
        text.add(event)
    return text


# ---- the line below


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (generated("Yes. [1]"), "Written by openai:small, each sentence checked: 2 supported."),
        (generated("Yes. [1]", repaired=1), "Written by openai:small, each sentence checked: 3 supported."),
        (generated("Yes. [1]", dropped=1), "Written by openai:small, each sentence checked: 2 supported, 1 left out."),
        (
            generated(f"Yes. [1] No. {MARK}", dropped=1),
            "Written by openai:small, each sentence checked: 2 supported, 1 marked.",
        ),
    ],
)
def test_a_line_says_who_wrote_an_answer_and_what_its_check_came_to(answer: Answer, says: str) -> None:
    assert written_by(answer) == says
    assert f'<p class="pt-note">{says}</p>' in chat.reply(answer, 1)


@pytest.mark.parametrize(
    "answer",
    [
        make_answer("Quoted. [1]", cite(1, PAPER, "We study engines.")),
        make_answer("Quoted.", grounding=Grounding(dropped=2), usage=Usage("openai:small")),
        generated("The papers do not say.", answered=False),
    ],
    ids=["no model", "given up", "declined"],
)
def test_what_no_model_wrote_has_no_such_line(answer: Answer) -> None:
    assert written_by(answer) is None


# ---- what is doubted


def test_a_sentence_that_nothing_supports_is_struck_with_the_reason() -> None:
    sentence = "They \\*compute\\* 7."
    text = coming(TextDelta(f"It works. {sentence}"), Doubted(sentence, 'the number "7"', len(sentence)))
    assert chat.partial(text, 1) == (
        '<div class="pt-answer"><p>It works. <del title="the number &quot;7&quot;">They &#42;compute&#42; 7.</del> '
        '<small class="pt-doubt" title="the number &quot;7&quot;">not supported by the papers</small></p></div>'
    )


def test_that_an_answer_is_written_and_checked_is_said_below_its_words_until_it_is_whole() -> None:
    read = Gathered((Evidence(PAPER, "Title", 0, 7, 1.0),))
    assert chat.partial(coming(read), 1) == '<div class="pt-waiting pt-note">Writing …</div>'
    said = '<div class="pt-waiting pt-going pt-note">Writing and checking …</div>'
    html = chat.partial(coming(read, TextDelta("They compute.")), 1)
    assert html == f'<div class="pt-answer"><p>They compute.</p></div>{said}'


def test_several_are_struck_each_with_its_own_reason_and_what_follows_is_not() -> None:
    first, third = Doubted("One.", "a", 4), Doubted("Three.", "b", 6)
    text = coming(TextDelta("- One."), first, TextDelta("\n- Two. [1]\n- Three."), third, TextDelta(" Four"))
    html = chat.partial(text, 1)
    assert [html.count(part) for part in ("<li>", '<del title="a">One.</del>', '<del title="b">Three.</del>')] == [
        3,
        1,
        1,
    ]
    assert html.endswith("</small> Four</li></ul></div>")


def test_the_mark_of_a_kept_sentence_is_not_struck_with_it_and_stays_in_the_answer() -> None:
    sentence = f"They fly. {MARK}"
    html = chat.partial(coming(TextDelta(sentence), Doubted("They fly.", "they fly", len(sentence))), 1)
    assert '<del title="they fly">They fly.</del>' in html
    assert '<small class="pt-doubt">(⚠ not found in the papers)</small>' in chat.reply(generated(sentence), 1)


def test_an_answer_that_begins_anew_shows_why_and_nothing_of_what_was() -> None:
    html = chat.partial(coming(TextDelta("Nonsense"), Doubted("", "", 8), Restarted("It broke."), TextDelta("They")), 1)
    assert html == '<div class="pt-answer"><p>They</p><p class="pt-note">Note: It broke.</p></div>'


def test_markers_lead_somewhere_once_no_more_of_the_answer_comes() -> None:
    text = "They compute numbers. [1]"
    assert '<span class="pt-cite">[1]</span>' in chat.partial(coming(TextDelta(text)), 1)
    assert 'href="#source-1-1"' in chat.reply(generated(text), 1)
    assert chat.stopped(generated(text), 1) == (
        '<div class="pt-answer"><p>They compute numbers. <a class="pt-cite" href="#source-1-1" '
        'title="Source 1: Engines: A Study">[1]</a></p><p class="pt-note pt-stopped">Stopped.</p></div>'
    )


def test_no_address_in_a_stopped_answer_is_a_link() -> None:
    html = chat.stopped(generated("They compute numbers. [1] See https://elsewhere.example/"), 1)
    assert "elsewhere.example" in html
    assert 'href="https:' not in html


def test_a_web_address_is_no_link_before_it_is_checked() -> None:
    text = "See https://elsewhere.example/x."
    assert "<a " not in chat.partial(coming(TextDelta(text)), 1)
    assert "<a " not in chat.stopped(generated(text), 1)


def test_signs_of_the_page_itself_are_taken_out_of_every_text() -> None:
    for html in (
        chat.partial(coming(TextDelta("a \ufdd0 b \ufdd1")), 1),
        chat.reply(make_answer("a \ufdd0 b \ufdd1"), 1),
    ):
        assert "<p>a \ufffd b \ufffd</p>" in html


# ---- in the browser


class Writer:
    """A model's part: a test lets it go on, and sees that it has ended."""

    def __init__(self) -> None:
        self.go_on = threading.Event()
        self.has_ended = threading.Event()

    async def script(self, question: str) -> AsyncIterator[Event]:
        match question:
            case "hostile":
                yield TextDelta(f"{HOSTILE} [1]")
                yield Doubted(HOSTILE, HOSTILE, len(HOSTILE) + 4)
                await self._wait()
                yield Finished(generated(f"{HOSTILE} [1]"))
            case "doubtful":
                yield TextDelta("They compute numbers. [1] They fly.")
                yield Doubted("They fly.", "no passage says so", 9)
                yield TextDelta(" They may")
                await self._wait()
                yield Finished(generated("They compute numbers. [1]", dropped=1))
            case "endless":
                yield TextDelta("The beginning **of")
                await self._wait()
            case "silent":
                await self._wait()
            case _:
                async for event in told(make_answer("They compute numbers.", question=question)):
                    yield event

    async def _wait(self) -> None:
        try:
            while not self.go_on.is_set():
                await asyncio.sleep(0.01)
        finally:
            self.has_ended.set()


@pytest.fixture
def writer() -> Writer:
    return Writer()


@pytest.fixture
def scripted(writer: Writer, tmp_path: Path) -> Scripted:
    return Scripted(writer.script, tmp_path, PAPER, examples=["endless"])


@pytest.fixture
def address(scripted: Scripted) -> Iterator[str]:
    with serving(scripted) as address:
        yield address


@in_browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_doubtful_sentence_is_struck_until_the_answer_is_whole(
    writer: Writer, address: str, browser: Browser, scheme: str
) -> None:
    with visiting(browser, address, viewport={"width": 360, "height": 740}, color_scheme=scheme) as visitor:
        send(visitor, "doubtful")
        answer = visitor.locator("#chat .pt-answer")
        expect(answer.locator("del")).to_have_text("They fly.")
        expect(answer.locator("del")).to_have_attribute("title", "no passage says so")
        expect(answer).to_have_text("They compute numbers. [1] They fly. not supported by the papers They may")
        assert visitor.evaluate("document.documentElement.scrollWidth") <= 360
        writer.go_on.set()
        expect(answer.locator("del")).to_have_count(0)
        expect(answer.locator("a.pt-cite")).to_have_text("[1]")
        expect(answer).to_contain_text("Written by openai:small, each sentence checked: 2 supported, 1 left out.")


@in_browser
def test_what_a_model_writes_is_characters_while_it_comes_and_after(
    writer: Writer, address: str, browser: Browser
) -> None:
    with visiting(browser, address) as visitor:
        send(visitor, "hostile")
        answer = visitor.locator("#chat .pt-answer")
        expect(answer.locator("del")).to_have_count(1)
        expect(answer.locator(":is(img, script, style, table, [onerror], [href], .katex, code code)")).to_have_count(0)
        writer.go_on.set()
        expect(answer.locator("del")).to_have_count(0)
        expect(answer.locator(":is(img, script, style, table, [onerror], .katex)")).to_have_count(0)
        links = answer.locator("a").evaluate_all("links => links.map(link => new URL(link.href).protocol)")
        assert set(links) <= {"http:", "https:"}
        for words in ("<img src=x onerror=", "[here](javascript:window.stolen=3)", "$x^2$", "{{7+7}}", "${window."):
            expect(answer).to_contain_text(words)
        assert visitor.evaluate("window.stolen === undefined")


@in_browser
def test_stop_ends_the_request_and_of_what_had_come_the_question_alone_is_leaned_on(
    writer: Writer, scripted: Scripted, address: str, browser: Browser
) -> None:
    with visiting(browser, address) as visitor:
        visitor.locator("#examples button").click()
        answer = visitor.locator("#chat .pt-answer")
        expect(answer).to_have_text("The beginning of")
        stop = visitor.get_by_role("button", name="Stop", exact=True)
        stop.click()
        expect(answer).to_have_text("The beginning ofStopped.")
        assert writer.has_ended.wait(SLOW / 1000)
        expect(stop).to_have_count(0)
        expect(visitor.locator("#question textarea")).to_be_focused()
        ask(visitor, "and then?")
        expect(visitor.locator("#chat .pt-answer")).to_have_count(2)
    assert scripted.histories == [(), [{"role": "user", "content": "endless"}]]


@in_browser
def test_stop_ends_an_answer_of_which_nothing_has_come(writer: Writer, address: str, browser: Browser) -> None:
    with visiting(browser, address) as visitor:
        send(visitor, "silent")
        expect(visitor.locator("#chat .pt-waiting")).to_be_visible()
        visitor.get_by_role("button", name="Stop", exact=True).click()
        expect(visitor.locator("#chat .pt-answer")).to_have_text("Stopped.")
        assert writer.has_ended.wait(SLOW / 1000)


@in_browser
@pytest.mark.parametrize("question", ["endless", "silent"])
def test_a_visitor_who_does_not_come_back_ends_the_request(
    writer: Writer, scripted: Scripted, browser: Browser, question: str
) -> None:
    with serving(scripted, answer_timeout=10) as address:
        with visiting(browser, address) as visitor:
            send(visitor, question)
            expect(visitor.get_by_role("button", name="Stop", exact=True)).to_be_visible()
            assert not writer.has_ended.is_set()
        assert writer.has_ended.wait(SLOW / 1000)


@in_browser
def test_a_new_start_shows_nothing_of_an_answer_that_goes_on_elsewhere(
    writer: Writer, address: str, browser: Browser
) -> None:
    with visiting(browser, address) as visitor:
        send(visitor, "endless")
        expect(visitor.locator("#chat .pt-answer")).to_have_text("The beginning of")
        begin_anew(visitor)
        expect(visitor.locator("#chat .pt-answer")).to_have_count(0)
        assert not writer.has_ended.is_set()
        expect(visitor.get_by_role("button", name="Ask", exact=True)).to_be_visible()
        ask(visitor, "and then?")
        expect(visitor.locator("#chat .pt-answer")).to_have_text("They compute numbers.")


# ---- a model over HTTP, from the question to the page

QUESTION = "What is CLEVE?"
RIGHT = "CLEVE is a contrastive pre-training framework for event extraction [1]."
WRONG = "CLEVE was trained on 64 TPUs [1]."


@pytest.fixture(scope="module")
def whole(running: ChatServer, sample_library: Library, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("whole")
    with (
        open_copy(sample_library, folder, **running.settings | {"chat_timeout": 50, "grounding": "mark"}) as assistant,
        serving(assistant) as address,
    ):
        yield address


@in_browser
def test_a_checked_answer_of_a_model_has_its_passages_and_says_what_is_not_in_them(
    server: ChatServer, whole: str, browser: Browser
) -> None:
    server.will_say(f"{RIGHT} {WRONG}")
    with visiting(browser, whole) as visitor:
        ask(visitor, QUESTION)
        answer = visitor.locator("#chat .pt-answer")
        expect(answer).to_contain_text("CLEVE was trained on 64 TPUs. (⚠ not found in the papers)")
        expect(answer).to_contain_text("each sentence checked: 1 supported, 1 marked.")
        expect(answer.locator("a.pt-cite").first).to_be_visible()
        expect(visitor.locator(".pt-turn:visible mark").first).to_contain_text("contrastive pre-training framework")


@in_browser
def test_a_reply_full_of_markup_is_characters(server: ChatServer, whole: str, browser: Browser) -> None:
    server.will_say(f"{RIGHT} {HOSTILE}. {RIGHT}")
    with visiting(browser, whole) as visitor:
        ask(visitor, QUESTION)
        answer = visitor.locator("#chat .pt-answer")
        expect(answer).to_contain_text("<img src=x onerror=")
        expect(answer.locator(":is(img, script, style, table, [onerror], .katex)")).to_have_count(0)
        links = answer.locator("a").evaluate_all("links => links.map(link => new URL(link.href).protocol)")
        assert set(links) <= {"http:", "https:"}
        assert visitor.evaluate("window.stolen === undefined")


@in_browser
def test_stop_hangs_up_on_the_model(server: ChatServer, whole: str, browser: Browser) -> None:
    server.will_say(Reply(f"{RIGHT} {RIGHT}", trouble="stalls"))
    with visiting(browser, whole) as visitor:
        send(visitor, QUESTION)
        expect(visitor.locator("#chat .pt-answer")).to_contain_text("CLEVE is a contrastive")
        visitor.get_by_role("button", name="Stop", exact=True).click()
        expect(visitor.locator("#chat .pt-answer")).to_contain_text("Stopped.")
        assert server.hung_up.wait(SLOW / 1000)


@in_browser
def test_who_leaves_hangs_up_on_a_model_that_says_nothing(server: ChatServer, whole: str, browser: Browser) -> None:
    server.will_say(Reply(trouble="silence"))
    with visiting(browser, whole) as visitor:
        send(visitor, QUESTION)
        assert server.waiting.wait(SLOW / 1000)
    assert server.hung_up.wait(SLOW / 1000)


@in_browser
def test_a_model_that_breaks_off_is_replaced_by_quotes_with_the_reason(
    server: ChatServer, whole: str, browser: Browser
) -> None:
    server.will_say(Reply(f"{RIGHT} {RIGHT}", trouble="breaks"))
    with visiting(browser, whole) as visitor:
        ask(visitor, QUESTION)
        answer = visitor.locator("#chat .pt-answer")
        expect(answer).to_contain_text("The papers are quoted instead.")
        expect(answer).not_to_contain_text("Written by")
        expect(answer.locator("a.pt-cite").first).to_be_visible()
