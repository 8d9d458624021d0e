"""The web chat's manners: what axe-core, a keyboard, a phone, a screen reader and hostile papers make of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from queue import Queue
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page, expect

from assistant import Assistant
from assistant.answers import Event, TextDelta
from assistant.library import Library
from assistant.papers import ABSTRACT, TITLE, Author, Paper, assemble
from assistant.surfaces.web.regions import VIEWS
from tests.asking import open_copy
from tests.web_axe import violations
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
)
from vectorstore.embeddings import EmbeddingModel

pytestmark = in_browser

PHONE = {"width": 360, "height": 740}
COUNTED = "How many papers each year?"
PLACES = {"chat": "", **{view: f"?view={view}" for view in VIEWS}}
"""Each view, by what its address ends in."""


# ---- what axe-core finds


@pytest.fixture(scope="module")
def sample(sample_library: Library, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with open_copy(sample_library, tmp_path_factory.mktemp("manners")) as assistant:
        assistant.chain.catalogue.find_topics()
        with serving(assistant) as address:
            yield address + "/"


def open_panel(visitor: Page) -> None:
    ask(visitor, COUNTED)
    visitor.locator("#chat .pt-cite").first.click()
    expect(visitor.locator("mark.pt-current")).to_be_visible()


def open_account(visitor: Page) -> None:
    ask(visitor, COUNTED)
    visitor.locator(".pt-how summary").click()
    visitor.get_by_role("button", name="Not useful").click()
    expect(visitor.locator(".pt-why")).to_be_visible()


STATES: dict[str, Callable[[Page], object]] = {
    "the beginning": lambda _: None,
    "an answer with a table and a figure": lambda visitor: ask(visitor, COUNTED),
    "an answer whose account is open": open_account,
    "an answer whose panel is open": open_panel,
    "the filter": lambda visitor: visitor.locator("#filter-menu summary").click(),
    "the conversations": lambda visitor: visitor.locator("#talks-button").click(),
    "what is declined": lambda visitor: ask(visitor, "Which learning rate does the Frobnicator-9000 need?"),
}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("width", [1280, PHONE["width"]], ids=["wide", "phone"])
def test_axe_finds_nothing_serious_in_the_chat(sample: str, browser: Browser, state: str, width: int) -> None:
    with visiting(browser, sample, viewport={"width": width, "height": 740}) as visitor:
        STATES[state](visitor)
        assert_accessible(visitor)


@pytest.mark.parametrize("view", VIEWS)
def test_axe_finds_nothing_serious_in_any_view(sample: str, browser: Browser, view: str) -> None:
    with visiting(browser, sample + f"?view={view}") as visitor:
        assert_accessible(visitor)


@pytest.mark.skipif("library" not in VIEWS, reason="no view shows a paper")
def test_axe_finds_nothing_serious_in_the_page_of_a_paper(
    sample: str, sample_library: Library, browser: Browser
) -> None:
    with visiting(browser, f"{sample}?view=library&paper={next(iter(sample_library.papers))}") as visitor:
        assert_accessible(visitor)


def assert_accessible(visitor: Page) -> None:
    """In both themes, whichever comes first."""
    for _ in range(2):
        found = violations(visitor)
        assert not found, "\n\n".join(found)
        visitor.locator("#theme").click()
        visitor.mouse.move(0, 0)


# ---- the keyboard, the eyes and the ears

FIRST = make_paper()
PIECES: Queue[str] = Queue()
"""What of a slow answer may come; the empty piece ends it."""


async def script(question: str) -> AsyncIterator[Event]:
    text = "They compute numbers. [1]"
    if question == "slow":
        text = ""
        while piece := await asyncio.to_thread(PIECES.get, timeout=SLOW / 1000):
            yield TextDelta(piece)
            text += piece
    elif question == "long":
        text = "\n\n".join(f"Paragraph {number} of an answer. [1]" for number in range(40))
    answer = make_answer(text, cite(1, FIRST, "They compute numbers."), question=question)
    async for event in told(answer):
        yield event


@pytest.fixture(scope="module")
def made_up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("scripted")
    scripted = Scripted(script, folder, FIRST, examples=["What is first?"], follow_ups=["And then?"])
    with serving(scripted) as address:
        yield address


STOP = """() => {
  const one = document.activeElement;
  const drawn = ({ outlineStyle, outlineWidth, boxShadow }) =>
    (outlineStyle !== "none" && parseFloat(outlineWidth) >= 1) || boxShadow !== "none";
  const around = one.closest(".pt-ask");
  const box = one.getBoundingClientRect();
  const inWindow = box.width > 0 && box.top >= 0 && box.left >= 0 && box.bottom <= innerHeight + 1;
  const seen = inWindow && (drawn(getComputedStyle(one)) || (around !== null && drawn(getComputedStyle(around))));
  return [one.id || one.className || one.parentElement?.id + " " + one.tagName, seen];
}"""


def test_a_keyboard_reaches_the_question_from_the_top_and_its_place_is_always_seen(
    made_up: str, browser: Browser
) -> None:
    # A window this narrow does not put the keyboard into the question's box by itself.
    with visiting(browser, made_up, viewport={"width": 780, "height": 800}) as visitor:
        stops: list[str] = []
        while "ask-box" not in stops and len(stops) < 40:
            visitor.keyboard.press("Tab")
            name, seen = visitor.evaluate(STOP)
            assert seen, f"{name} does not show that it has the focus"
            stops.append(name)
        assert stops[:4] == ["pt-skip", "talks-button", "new-library-engines SUMMARY", "go-chat"]
        assert [stop for stop in stops if stop in ("theme", "filter SUMMARY", "examples BUTTON")]
        assert stops[-1] == "ask-box"


def test_the_first_stop_leads_to_the_question(made_up: str, browser: Browser) -> None:
    with visiting(browser, made_up, viewport={"width": 780, "height": 800}) as visitor:
        visitor.keyboard.press("Tab")
        visitor.keyboard.press("Enter")
        expect(visitor.locator("#ask-box")).to_be_focused()


@pytest.mark.parametrize("width", [1280, PHONE["width"]], ids=["wide", "phone"])
def test_a_keyboard_asks_opens_a_passage_and_comes_back(made_up: str, browser: Browser, width: int) -> None:
    with visiting(browser, made_up, viewport={"width": width, "height": 740}) as visitor:
        visitor.locator("#ask-box").focus()
        visitor.keyboard.type("What is first?")
        visitor.keyboard.press("Enter")
        marker = visitor.locator("#chat a.pt-cite")
        expect(marker).to_be_visible()
        for _ in range(30):
            visitor.keyboard.press("Shift+Tab")
            if marker.evaluate("marker => marker === document.activeElement"):
                break
        expect(marker).to_be_focused()
        expect(visitor.locator("#pt-quote")).to_contain_text("They compute numbers.")
        visitor.keyboard.press("Enter")
        expect(visitor.locator("mark.pt-current")).to_be_focused()
        expect(visitor.locator("mark.pt-current")).to_be_in_viewport()
        visitor.keyboard.press("Escape")
        expect(marker).to_be_focused()


def test_the_filter_is_opened_and_closed_by_keyboard(made_up: str, browser: Browser) -> None:
    with visiting(browser, made_up) as visitor:
        visitor.locator("#filter-menu summary").focus()
        visitor.keyboard.press("Enter")
        expect(visitor.locator("#filter-first")).to_be_visible()
        visitor.keyboard.press("Tab")
        expect(visitor.locator("#filter-first")).to_be_focused()
        visitor.keyboard.press("Escape")
        expect(visitor.locator("#filter-first")).to_be_hidden()
        expect(visitor.locator("#filter-menu summary")).to_be_focused()


def test_a_screen_reader_hears_the_end_of_an_answer_and_not_each_word(made_up: str, browser: Browser) -> None:
    with visiting(browser, made_up) as visitor:
        send(visitor, "slow")
        PIECES.put("They compute")
        expect(visitor.locator("#live .pt-answer")).to_contain_text("They compute")
        expect(visitor.locator("#pt-status")).to_have_text("")
        expect(visitor.locator("#live .pt-exchange")).to_have_attribute("aria-busy", "true")
        PIECES.put(" numbers.")
        PIECES.put("")
        expect(visitor.locator("#pt-status")).to_have_text("Answer: They compute numbers.")
        expect(visitor.locator("#pt-status")).to_have_attribute("role", "status")


WATCH = """() => {
  window.places = [];
  const look = () => {
    const asked = [...document.querySelectorAll("#live .pt-question")].at(-1);
    const box = document.querySelector(".pt-ask");
    if (asked?.textContent === "slow") places.push([asked, box].map((one) => one.getBoundingClientRect().top));
    requestAnimationFrame(look);
  };
  look();
}"""


@pytest.mark.parametrize(
    ("width", "before"),
    [(1280, ["long"]), (PHONE["width"], []), (PHONE["width"], ["What is first?"])],
    ids=["wide, after a long answer", "phone, first", "phone, second"],
)
def test_nothing_jumps_while_an_answer_streams(made_up: str, browser: Browser, width: int, before: list[str]) -> None:
    with visiting(browser, made_up, viewport={"width": width, "height": 740}) as visitor:
        for question in before:
            ask(visitor, question)
        visitor.evaluate(WATCH)
        send(visitor, "slow")
        for number in range(12):
            PIECES.put(f"Paragraph {number} comes, with words enough to be broken into several lines on a phone.\n\n")
            expect(visitor.locator("#live .pt-answer")).to_contain_text(f"Paragraph {number} ")
        PIECES.put("")
        expect(visitor.locator("#live .pt-acts")).to_be_attached()
        for tops in zip(*visitor.evaluate("places"), strict=True):
            assert max(tops) - min(tops) <= 1, sorted(set(tops))


def test_who_wants_no_motion_sees_none(made_up: str, browser: Browser) -> None:
    with visiting(browser, made_up, reduced_motion="reduce") as visitor:
        send(visitor, "slow")
        expect(visitor.locator("#live .pt-exchange:not(.pt-sent) .pt-waiting")).to_be_visible()
        endless = "document.getAnimations().filter(one => one.effect.getTiming().iterations === Infinity).length"
        assert visitor.evaluate(endless) == 0
        PIECES.put("")
        expect(visitor.locator("#live .pt-acts")).to_be_attached()


# ---- hostile papers

PAYLOAD = (
    """<img src=x onerror="window.stolen='{0}'"> [{0}](javascript:window.stolen='{0}') ${{window.stolen='{0}'}} """
    """{{{{stolen}}}} </script><script>window.stolen='{0}'</script> ![{0}](https://elsewhere.example/{0}.png)"""
)
RIGHT_TO_LEFT = "بحث في الآلات الحاسبة وما تصنعه"
LONG = "Zorbex-" + "Pseudo-Quasi-Orthogonal-Hyperparameterization" * 6 + " of Everything"
FORMULAS = r"We prove $\frac{1}{2} \leq \sum_{i=1}^{n} x_i^2 < \infty$ and $$O(n \log n)$$ for \(z\). It holds."


def hostile(number: int, title: str, abstract: str, **fields: object) -> Paper:
    text, sections = assemble([(TITLE, title), (ABSTRACT, abstract)])
    paper = Paper(
        key=f"eve{2017 + number}\"><img/src=x/onerror=window.stolen='key'>",
        title=title,
        text=text,
        sections=sections,
        authors=(Author("Eve " + PAYLOAD.format("name")), Author(f"Mallory {number}"), Author("إيف")),
        date=f"{2017 + number}-05-0{number + 1}",
        category="<b onclick=window.stolen='category'>CL",
        affiliation="Institute " + PAYLOAD.format("affiliation"),
        venue="Venue " + PAYLOAD.format("venue"),
        url=f"https://elsewhere.example/{number}?'onmouseover='window.stolen=`url`'${{window.stolen='url'}}",
        links=("https://github.com/eve/zorbex'onclick='window.stolen=`link`'{{stolen}}",),
        ids=(f"doi:10.1000/<img/src=x/onerror=window.stolen='doi'>{number}",),
        source="<script>window.stolen='source'</script>, line 1",
    )
    return replace(paper, **fields)  # type: ignore[arg-type]


HOSTILE = [
    hostile(0, "Zorbex " + PAYLOAD.format("title"), "We propose Zorbex. " + PAYLOAD.format("abstract") + " It works."),
    hostile(1, RIGHT_TO_LEFT, "We study the engine Zorbex2 and its numbers. " + RIGHT_TO_LEFT + "."),
    hostile(2, LONG, "We introduce the Quux dataset. " + "supercalifragilistic" * 20 + " It has 7 rows."),
    hostile(3, "On Formulas $x^2$ *stars* `code`", FORMULAS),
    hostile(4, "Zorbex3: <style>*{display:none}</style>", "We present Zorbex3. <del>Lies</del> &lt;b&gt; | a | b |."),
]


@pytest.fixture(scope="module")
def hostiles(model: EmbeddingModel, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("hostile")
    lines = "\n".join(json.dumps(paper.to_dict(), ensure_ascii=False) for paper in HOSTILE)
    (folder / "papers.jsonl").write_text(lines, encoding="utf-8")
    with Assistant(library="hostile", data_dir=folder, model=model) as assistant:
        report = assistant.ingest(folder / "papers.jsonl")
        assert (len(report.added), report.unreadable) == (len(HOSTILE), [])
        assistant.chain.catalogue.find_topics()
        with serving(assistant) as address:
            yield address + "/"


BEYOND = """() => {
  const names = ["head", "talks", "which", "chat", "question", "view", "panel"];
  const regions = names.map((name) => document.getElementById(name));
  const wide = [document.documentElement, ...regions].filter((one) => one && one.scrollWidth > one.clientWidth + 1);
  const scrolls = (one) => /auto|scroll/.test(getComputedStyle(one).overflowX) && !regions.includes(one);
  const held = (one) => one.parentElement && (scrolls(one.parentElement) || held(one.parentElement));
  const out = [...document.querySelectorAll(".gradio-container *")].filter((one) => {
    const box = one.getBoundingClientRect();
    const beyond = box.width > 1 && box.height > 1 && (box.right > innerWidth + 1 || box.left < -1);
    return beyond && !one.closest(".pt-unseen, .pt-skip") && !held(one);
  });
  return [...wide, ...out].map((one) => `${one.id || one.className || one.tagName} ${one.outerHTML.slice(0, 120)}`);
}"""


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
@pytest.mark.parametrize("library", ["hostiles", "sample"])
def test_nothing_is_wider_than_a_phone(
    request: pytest.FixtureRequest, browser: Browser, library: str, place: str
) -> None:
    with visiting(browser, request.getfixturevalue(library) + place, viewport=PHONE) as visitor:
        assert visitor.evaluate(BEYOND) == []


@pytest.mark.skipif("library" not in VIEWS, reason="no view shows a paper")
@pytest.mark.parametrize("paper", HOSTILE, ids=["payloads", "right to left", "long", "formulas", "style"])
def test_the_page_of_no_paper_is_wider_than_a_phone(hostiles: str, browser: Browser, paper: Paper) -> None:
    with visiting(browser, hostiles + f"?view=library&paper={quote(paper.key)}", viewport=PHONE) as visitor:
        assert visitor.evaluate(BEYOND) == []


def test_an_answer_is_not_wider_than_a_phone(hostiles: str, browser: Browser) -> None:
    with visiting(browser, hostiles, viewport=PHONE) as visitor:
        for question in ("List all papers", "What is Zorbex?", COUNTED):
            ask(visitor, question)
            visitor.locator(".pt-how summary").last.click()
            assert visitor.evaluate(BEYOND) == []
            visitor.locator("#chat .pt-cite").last.click()
            assert visitor.evaluate(BEYOND) == []
            visitor.keyboard.press("Escape")


def test_what_is_written_from_right_to_left_stands_so(hostiles: str, browser: Browser) -> None:
    with visiting(browser, hostiles) as visitor:
        ask(visitor, "What is Zorbex2?")
        title = visitor.locator(".pt-turn:visible h3", has_text=RIGHT_TO_LEFT).first
        expect(title).to_have_css("direction", "rtl")
        ask(visitor, f"{RIGHT_TO_LEFT}؟")
        expect(visitor.locator("#live .pt-question")).to_have_css("direction", "rtl")
        expect(visitor.locator("#chat .pt-question").first).to_have_css("direction", "ltr")


def test_formulas_are_shown_as_their_paper_writes_them(hostiles: str, browser: Browser) -> None:
    with visiting(browser, hostiles) as visitor:
        ask(visitor, "What do they prove on formulas?")
        expect(visitor.locator("#panel")).to_contain_text(FORMULAS.split(". ", maxsplit=1)[0])


PRESSABLE = """() => [...document.querySelectorAll(
  ":is(#head, #which, #talks, #view, #chat, #panel) :is([data-do], summary, button, .pt-cite, .pt-badge)")]
  .filter((one) => !one.matches("form, select, input") && one.target !== "_blank")
  .map((one) => one.cloneNode(false).outerHTML)"""

PRESS = """(wanted) => {
  const found = [...document.querySelectorAll("button, a, summary, [data-do]")]
    .find((one) => one.cloneNode(false).outerHTML === wanted);
  found?.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true }));
  return found !== undefined;
}"""

MARKUP = """:is(#head, #which, #talks, #chat, #view, #panel)
  :is(script, img, iframe, style, [onerror], [onclick], [onmouseover], [href^="javascript" i], [src*="elsewhere"])"""


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_hostile_papers_stay_characters_whatever_is_pressed(hostiles: str, browser: Browser, place: str) -> None:
    with visiting(browser, hostiles + place, expected=LEFT) as visitor:
        if not place:
            for question in ("List all papers", "What is Zorbex?", PAYLOAD.format("question")):
                ask(visitor, question)
        press_everything(visitor, hostiles + place)


@pytest.mark.skipif("library" not in VIEWS, reason="no view shows a paper")
def test_hostile_papers_stay_characters_on_their_own_page(hostiles: str, browser: Browser) -> None:
    place = f"?view=library&paper={quote(HOSTILE[0].key)}"
    with visiting(browser, hostiles + place, expected=LEFT) as visitor:
        press_everything(visitor, hostiles + place)


def press_everything(visitor: Page, home: str) -> None:
    """Press all that can be pressed here once, each from here."""
    seen: set[str] = set()
    for wanted in visitor.evaluate(PRESSABLE):
        if wanted in seen:
            continue
        seen.add(wanted)
        if not visitor.evaluate(PRESS, wanted):
            visitor.goto(home)
            fence(visitor)
            visitor.evaluate(PRESS, wanted)
        fence(visitor)
        assert visitor.locator(MARKUP).count() == 0, wanted
        assert visitor.evaluate("window.stolen === undefined"), wanted
    assert seen


def fence(visitor: Page) -> None:
    """Wait until the server has answered what was sent so far."""
    expect(visitor.locator("html[data-busy=no]")).to_be_attached(timeout=SLOW)
    with visitor.expect_response(lambda response: "/gradio_api/run/" in response.url):
        visitor.evaluate("papertalk.act({ do: 'nothing' })")
