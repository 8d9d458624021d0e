"""What the web chat shows: questions, answers as they come and whole, their sources, and what can be done with each."""

from __future__ import annotations

import asyncio
import csv
import re
import threading
import xml.etree.ElementTree as ElementTree
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from assistant.analysis.figures import numbered, stacked
from assistant.answers import Answer, Event, Evidence, Filters, Gathered, Plan, Planned, TextDelta
from assistant.errors import QuestionError
from assistant.papers import ABSTRACT, Paper
from assistant.sources import Profile
from assistant.surfaces.understood import counted_as
from assistant.surfaces.web.views import chat, frame, sources
from assistant.surfaces.web.visit import Shown, Visit
from tests.web_chat import (
    HOSTILE_ABSTRACT,
    HOSTILE_TITLE,
    SLOW,
    Scripted,
    ask,
    assert_harmless,
    cite,
    desk_of,
    in_browser,
    make_answer,
    make_paper,
    send,
    serving,
    told,
    visiting,
    wait_for_answer,
)

ROOT = Path(__file__).parents[1]


# ---- answers made up


def marks(html: str) -> list[str]:
    return re.findall(r"<mark[^>]*>(.*?)</mark>", html)


def test_quotes_are_marked_where_they_stand_in_their_abstract() -> None:
    paper = make_paper()
    answer = make_answer("a [1] b [2]", cite(1, paper, "They compute numbers."), cite(2, paper, "We study engines."))
    html = sources.sources(answer, 1)
    assert marks(html) == ["We study engines.", "They compute numbers."]
    assert html.count("<article") == 1
    assert "</mark> Nobody else does.</p>" in html


def test_quotes_that_overlap_are_each_marked_whole() -> None:
    paper = make_paper()
    quotes = ["We study engines. They compute numbers.", "They compute numbers. Nobody else does.", "study"]
    html = sources.sources(make_answer("", *(cite(n, paper, quote) for n, quote in enumerate(quotes, 1))), 1)
    assert sorted(marks(html)) == sorted(quotes)


def test_a_long_section_is_shown_around_its_quotes() -> None:
    paper = make_paper(abstract="First. " + "word " * 5_000 + "Here it is. " + "word " * 5_000 + "Last.")
    html = sources.sources(make_answer("", cite(1, paper, "Here it is.")), 1)
    assert marks(html) == ["Here it is."]
    assert len(html) < 3_000
    assert "First." not in html


def test_a_citation_outside_every_section_is_still_shown() -> None:
    paper = make_paper()
    html = sources.sources(make_answer("", cite(1, paper, "A Study\n\nWe study")), 1)
    assert ">A Study\n\nWe study</mark>" in html


def test_only_markers_of_the_answer_are_links() -> None:
    paper = make_paper()
    html = chat.reply(make_answer(r"\[1\] see [1] and [7]", cite(1, paper, "We study engines.")), 3)
    assert re.findall(r'href="([^"]*)"', html) == ["#source-3-1"]


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("**bold** and *soft* and `code`", "<p><strong>bold</strong> and <em>soft</em> and <code>code</code></p>"),
        ("one\n\ntwo", "<p>one</p><p>two</p>"),
        ("- a\n- b", "<ul><li>a</li><li>b</li></ul>"),
        ("Two:\n1. a\n2. b\n\nend", "<p>Two:</p><ol><li>a</li><li>b</li></ol><p>end</p>"),
        ("![x](http-nothing)", "<p>!&#91;x&#93;(http-nothing)</p>"),
        ("<b> &amp;", "<p>&lt;b&gt; &amp;amp;</p>"),
        (
            r"see https://x.org/a\_b.",
            '<p>see <a href="https://x.org/a&#95;b" target="_blank" rel="noopener noreferrer">'
            "https://x.org/a&#95;b</a>.</p>",
        ),
        ("javascript:alert(1)", "<p>javascript:alert(1)</p>"),
        (
            "An entry:\n\n```\n@misc{a,\n  year = {1843},\n}\n```\n\nThat is *all*.",
            '<p>An entry:</p><pre class="pt-block" tabindex="0">'
            "@misc&#123;a,&#10;  year = &#123;1843&#125;,&#10;&#125;</pre><p>That is <em>all</em>.</p>",
        ),
        ("- one\n\n```\n<b>", '<ul><li>one</li></ul><pre class="pt-block" tabindex="0">&lt;b&gt;</pre>'),
    ],
)
def test_an_answer_reads_as_its_markdown_says(text: str, html: str) -> None:
    assert chat.reply(make_answer(text), 1) == f'<div class="pt-answer">{html}</div>'


def test_a_table_is_shown_with_its_links() -> None:
    html = chat.reply(make_answer("Two.", table=({"title": "<i>", "year": 2020}, {"title": "b", "code": True})), 1)
    assert re.search(r'<th scope="col" class="pt-number" aria-sort="none"><button [^>]*>year</button></th>', html)
    assert '<td>&lt;i&gt;</td><td class="pt-number" data-value="2020">2020</td><td></td>' in html
    assert "<td>yes</td>" in html


def test_a_row_leads_to_its_passages_and_a_run_of_them_is_given_by_its_ends() -> None:
    paper = make_paper()
    cited = [cite(number, paper, "We study engines.") for number in range(1, 8)]
    rows = ({"year": 2020, "sources": [1, 2, 3, 4, 6, 9]}, {"year": 2021, "sources": [5, 7]})
    html = chat.reply(make_answer("Two.", *cited, table=rows), 2)
    cells = [re.sub(r"<[^>]*>", "", cell) for cell in re.findall(r"<td data-value[^>]*>(.*?)</td>", html)]
    assert cells == ["[1] to [4], [6], 9", "[5] [7]"]
    assert re.findall(r'href="([^"]*)"', html) == [f"#source-2-{number}" for number in (1, 4, 6, 5, 7)]


def test_a_list_of_papers_begins_with_its_markers_and_leaves_keys_to_the_file() -> None:
    row = {"title": "A", "year": 2020, "date": "2020-01-02", "code": False, "key": "a2020", "source": 1}
    html = chat.reply(make_answer("One.", cite(1, make_paper(), "We"), table=(row,)), 1)
    assert re.findall(r"<th [^>]*>(.*?)</th>", html) == ["source", "title", "date", "code"]
    assert "1 row<" in html
    assert "A,2020,2020-01-02,False,a2020,1&#10;" in html


def test_a_share_is_shown_in_per_cent() -> None:
    html = chat.reply(make_answer("", table=({"share": 0.6486},)), 1)
    assert '<td class="pt-number" data-value="0.6486">64.9%</td>' in html


# ---- how a question was read


@pytest.mark.parametrize(
    ("plan", "says"),
    [
        (Plan("", "", "count"), "Counted: all papers"),
        (Plan("", "", "count", Filters(has_code=True, years=(2021, None))), "Counted: papers with code from 2021 on"),
        (Plan("", "", "trend", group_by=("year",)), "Counted: all papers, by year"),
        (Plan("", "", "trend", subject="topics", group_by=("topic", "year")), "Counted: topics, by year"),
        (
            Plan("", "", "list", Filters(years=(2021, 2021)), subject="methods", group_by=("method",)),
            "Listed: methods and systems introduced, in papers from 2021",
        ),
        (Plan("", "", "who", subject="authors", pick="most"), "Ranked: authors"),
        (
            Plan("", "", "trend", Filters(categories=("C_S",)), pick="first"),
            "Looked for: the earliest of papers in the category C_S",
        ),
        (Plan("", "", "trend", group_by=("year",), pick="absent"), "Looked for: years without papers"),
        (Plan("", "", "count", Filters(has_code=False), pick="share"), "Worked out: the share of papers without code"),
        (
            Plan("", "", "list", Filters(has_code=True), pick="to_begin"),
            "Looked for: what to read first of papers with code",
        ),
        (Plan("", "", "trend", group_by=("year",), pick="mean"), "Worked out: the average over all papers, by year"),
        (
            Plan("", "", "trend", Filters(years=(2018, 2025)), periods=((2018, 2020), (2021, 2025))),
            "Counted: all papers, 2018 to 2020 against 2021 to 2025",
        ),
    ],
)
def test_what_was_counted_is_said_in_a_line(plan: Plan, says: str) -> None:
    assert counted_as(plan) == says
    assert f">{html_of(says)}</p>" in chat.reply(make_answer("7.", mode="computed", plan=plan), 1)


def html_of(text: str) -> str:
    return text.replace("_", "&#95;")


def test_what_was_not_counted_has_no_such_line() -> None:
    assert "pt-counted" not in chat.reply(make_answer("They compute."), 1)
    assert counted_as(Plan("", "", "who", subject="owner")) is None


def test_many_sources_are_folded() -> None:
    papers = [make_paper(f"key{number}", title=f"Paper {number}") for number in range(12)]
    html = sources.sources(make_answer("", *(cite(n, paper, "We study") for n, paper in enumerate(papers, 1))), 1)
    shown, _, folded = html.partition("<details")
    assert (shown.count("<article"), folded.count("<article")) == (10, 2)
    assert "Show 2 more papers" in folded
    assert "<details" not in sources.sources(make_answer("", cite(1, papers[0], "We study")), 1)


def test_a_paper_is_linked_only_where_it_has_a_web_address() -> None:
    good, bad = make_paper(url="https://example.org/1"), make_paper(url="javascript:alert(1)")
    assert 'href="https://example.org/1"' in sources.sources(make_answer("", cite(1, good, "We")), 1)
    assert "javascript" not in sources.sources(make_answer("", cite(1, bad, "We")), 1)


def test_what_is_declined_shows_the_closest_papers_and_what_is_counted_does_not() -> None:
    paper = make_paper()
    declined = sources.sources(make_answer("No.", answered=False, closest=(paper,)), 1)
    counted = sources.sources(make_answer("7.", mode="computed", closest=(paper,)), 1)
    assert "Engines: A Study" in declined
    assert "Engines: A Study" not in counted


def test_the_closest_papers_that_a_refusal_names_lead_to_their_cards() -> None:
    near = (make_paper(), make_paper("b", title="<i>B</i> & [C]"))
    text = r"Nothing. Closest: *Engines: A Study*; *\<i\>B\</i\> & \[C\]*."
    declined = make_answer(text, answered=False, closest=near)
    links = re.findall(r'<em><a class="pt-near" href="#([^"]*)" dir="auto">(.*?)</a></em>', chat.reply(declined, 7))
    assert links == [("near-7-1", "Engines: A Study"), ("near-7-2", "&lt;i&gt;B&lt;/i&gt; &amp; &#91;C&#93;")]
    assert re.findall(r'<article class="pt-paper" id="([^"]*)"', sources.sources(declined, 7)) == [
        "near-7-1",
        "near-7-2",
    ]


def test_a_refusal_that_names_no_paper_lists_the_closest() -> None:
    html = chat.reply(make_answer("No.", answered=False, closest=(make_paper(),)), 1)
    assert '<p class="pt-note">The closest papers: <a class="pt-near" href="#near-1-1"' in html
    assert "pt-near" not in chat.reply(make_answer("7.", mode="computed", closest=(make_paper(),)), 1)


def test_the_passages_that_were_read_stand_below_their_papers() -> None:
    papers = [make_paper(), make_paper("b", title="B")]
    spans = [(papers[0], "We study engines."), (papers[1], "They compute numbers."), (papers[0], "Nobody else does.")]
    evidence = [Evidence(p, ABSTRACT, p.text.index(q), p.text.index(q) + len(q), 1.0) for p, q in spans]
    html = chat.account(Shown(1, "What?", evidence=evidence), make_answer("So."))
    assert re.findall(r'data-paper="(\w+)" dir="auto">(.*?)</a> \((.*?)\)', html) == [
        ("lovelace2023engines", "Engines: A Study", "Lovelace, 2023"),
        ("b", "B", "Lovelace, 2023"),
    ]
    assert re.findall(r"<li>Abstract: <q[^>]*>(.*?)</q></li>", html) == [spans[0][1], spans[2][1], spans[1][1]]


@pytest.mark.parametrize(
    ("papers", "says"),
    [
        ([], "no papers"),
        ([make_paper()], "1 paper, 2023"),
        ([make_paper(), make_paper("b")], "2 papers, 2023"),
    ],
)
def test_the_head_says_whose_papers_these_are_and_how_many(papers: list[Paper], says: str, tmp_path: Path) -> None:
    scripted = Scripted(script, tmp_path, *papers)
    scripted.author = Profile("Ada <b>")
    html = frame.head(desk_of(scripted), Visit())
    assert f'<p class="pt-extent">{says}</p>' in html
    assert "Ada &lt;b&gt;" in html


@pytest.mark.parametrize("editing", [False, True])
def test_a_library_without_papers_says_so_and_how_to_add_some_where_that_is_allowed(
    tmp_path: Path, editing: bool
) -> None:
    html = chat.next_questions(desk_of(Scripted(script, tmp_path), editing=editing), Visit())
    assert "There is no paper here yet" in html
    assert ("Add papers" in html) is editing


def test_every_text_stands_out_from_its_ground() -> None:
    css = (ROOT / "assistant/surfaces/assets/page.css").read_text(encoding="utf-8")
    themes = [
        dict(re.findall(r"--pt-([\w-]+): (#\w{6})", block))
        for block in re.findall(r"\{[^{}]*--pt-ground:[^{}]*\}", css)
    ]
    assert len(themes) == 2
    pairs = [(ink, ground) for ink in ("ink", "soft", "link") for ground in ("ground", "paper", "tint")]
    pairs += [("mark-ink", "mark"), ("mark-ink", "mark-now"), ("act-ink", "act")]
    for theme in themes:
        low = {pair: ratio for pair in pairs if (ratio := contrast(theme[pair[0]], theme[pair[1]])) < 4.5}
        assert not low
        assert contrast(theme["edge"], theme["paper"]) >= 3
        assert {n: theme[f"s{n}"] for n in range(9) if contrast(theme[f"s{n}"], theme["paper"]) < 3} == {}


def contrast(one: str, other: str) -> float:
    """WCAG 2's contrast ratio of two colours ``#rrggbb``."""

    def luminance(colour: str) -> float:
        channels = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


# ---- answers made up, in the browser


FIRST = make_paper()
SECOND = make_paper("eve2024zorbex", HOSTILE_TITLE, HOSTILE_ABSTRACT + " Filler sentences follow one another." * 40)
RELEASE = threading.Event()
STEP = threading.Semaphore(0)


async def script(question: str) -> AsyncIterator[Event]:
    match question:
        case "What is first?":
            text, quote = "**Engines**\n\nThey compute numbers. [1]", "They compute numbers."
            answer = make_answer(text, cite(1, FIRST, quote), question=question)
        case "slow":
            yield TextDelta("The beginning ")
            assert await asyncio.to_thread(RELEASE.wait, SLOW / 1000)
            answer = make_answer("The beginning and the end.", question=question)
        case "How many each year?":
            answer = counted(question)
        case "What is unknown?":
            text = "I looked for it and did not find it stated. Closest: *Engines: A Study*."
            answer = make_answer(text, question=question, answered=False, closest=(FIRST, SECOND))
        case "in steps":
            await asyncio.to_thread(STEP.acquire)
            yield Planned(Plan(question, question))
            await asyncio.to_thread(STEP.acquire)
            yield Gathered((Evidence(FIRST, ABSTRACT, 18, 35, 1.0),))
            await asyncio.to_thread(STEP.acquire)
            answer = make_answer("It is done.", question=question)
        case "broken":
            raise QuestionError("This <b>cannot</b> be asked.")
        case _:
            quotes = [HOSTILE_ABSTRACT[:94], "Its code is at https://github.com/eve/zorbex"]
            citations = [cite(n, SECOND, quote) for n, quote in enumerate(quotes, 1)]
            text = rf"Unescaped {HOSTILE_TITLE} ![image](https://elsewhere.example/b.png) [1] \[1\] x [2]"
            answer = make_answer(text, *citations, question=question)
    async for event in told(answer):
        yield event


def counted(question: str) -> Answer:
    """An answer from the whole of a library: papers of two years, with names that would break a page."""
    papers = [make_paper(f"p{number}", title=f"Paper {number} {HOSTILE_TITLE}") for number in range(1, 15)]
    citations = [cite(number, paper, "They compute numbers.") for number, paper in enumerate(papers, 1)]
    rows = tuple(
        {"title": paper.title, "date": paper.date, "code": number > 7, "key": paper.key, "source": number}
        for number, paper in enumerate(papers, 1)
    )
    drawn = stacked(["2022", "2023"], {HOSTILE_TITLE: [3, 4], "engines": [4, 3]}, title="Papers", label="year")
    assert drawn is not None
    behind = [[1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11], [12, 13, 14]]
    chart = replace(numbered(drawn), layout={**drawn.layout, "meta": {"sources": behind}})
    plan = Plan(question, question, "trend", group_by=("year",))
    text = "**14 papers** ([1] to [14])."
    return make_answer(text, *citations, question=question, mode="computed", plan=plan, table=rows, chart=chart)


@pytest.fixture(scope="module")
def scripted(tmp_path_factory: pytest.TempPathFactory) -> Scripted:
    examples = ["What is first?", f"How does {HOSTILE_TITLE} work?"]
    folder = tmp_path_factory.mktemp("scripted")
    return Scripted(script, folder, FIRST, SECOND, examples=examples, follow_ups=["What is first?", HOSTILE_TITLE])


@pytest.fixture(scope="module")
def made_up(scripted: Scripted) -> Iterator[str]:
    with serving(scripted) as address:
        yield address


@in_browser
def test_a_slow_answer_shows_as_it_comes_and_holds_nobody_up(made_up: str, browser: Browser) -> None:
    with visiting(browser, made_up) as patient, visiting(browser, made_up) as quick:
        send(patient, "slow")
        expect(patient.locator("#chat .pt-answer")).to_have_text("The beginning")
        ask(quick, "What is first?")
        RELEASE.set()
        expect(patient.locator("#chat .pt-answer")).to_have_text("The beginning and the end.")


@in_browser
def test_a_marker_opens_its_passage_and_the_passage_leads_back(made_up: str, browser: Browser) -> None:
    with visiting(browser, made_up) as visitor:
        ask(visitor, "What is first?")
        ask(visitor, "anything")
        mark = visitor.locator("#source-1-1")
        expect(mark).to_be_hidden()
        marker = visitor.locator("#chat .pt-cite").first
        marker.focus()
        visitor.keyboard.press("Enter")
        expect(mark).to_be_in_viewport()
        expect(mark).to_have_class("pt-current")
        expect(mark).to_be_focused()
        expect(mark).to_have_text("They compute numbers.")
        visitor.get_by_role("link", name="Back to 1 in the answer").click()
        expect(marker).to_be_focused()
        expect(marker).to_be_in_viewport()


@in_browser
def test_a_question_is_asked_with_what_was_said_before_in_plain_words(
    scripted: Scripted, made_up: str, browser: Browser
) -> None:
    with visiting(browser, made_up) as visitor:
        ask(visitor, "What is first?")
        ask(visitor, "and then?")
    assert scripted.histories[-1] == [
        {"role": "user", "content": "What is first?"},
        {"role": "assistant", "content": "Engines\n\nThey compute numbers. [1]\nEngines: A Study"},
    ]


@in_browser
def test_an_error_is_a_sentence_and_is_forgotten(scripted: Scripted, made_up: str, browser: Browser) -> None:
    with visiting(browser, made_up) as visitor:
        send(visitor, "broken")
        expect(visitor.locator("#chat .pt-declined")).to_have_text("This <b>cannot</b> be asked.")
        ask(visitor, "What is first?")
    assert scripted.histories[-1] == ()


@in_browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_narrow_window_has_the_sources_one_marker_away_and_nothing_beyond_its_edge(
    made_up: str, browser: Browser, scheme: str
) -> None:
    with visiting(browser, made_up, viewport={"width": 375, "height": 740}, color_scheme=scheme) as visitor:
        expect(visitor.locator("#question")).to_be_in_viewport()
        assert_harmless(visitor, "<b>how</b> [so](javascript:alert) *now* ${1}", HOSTILE_TITLE)
        assert visitor.evaluate("document.documentElement.scrollWidth") <= 375
        assert visitor.locator("#chat .pt-question").inner_text() == "<b>how</b> [so](javascript:alert) *now* ${1}"
        assert visitor.locator("#chat .pt-cite").all_inner_texts() == ["[1]", "[2]"]
        expect(visitor.locator("#panel")).to_be_hidden()
        visitor.locator("#chat .pt-cite").first.click()
        expect(visitor.locator("#panel mark").first).to_be_in_viewport()
        assert visitor.evaluate("document.documentElement.scrollWidth") <= 375
        visitor.get_by_role("button", name="Close", exact=True).click()
        expect(visitor.locator("#panel")).to_be_hidden()
        expect(visitor.locator("#chat .pt-cite").first).to_be_focused()
        ask(visitor, "What is unknown?")
        close = visitor.get_by_role("link", name="Engines: A Study", exact=True)
        close.click()
        expect(visitor.locator("#near-2-1")).to_be_focused()
        expect(visitor.locator("#near-2-1").get_by_text("They compute numbers.")).to_be_in_viewport()
        visitor.get_by_role("button", name="Close", exact=True).click()
        expect(close).to_be_focused()


@in_browser
def test_a_marker_of_a_table_opens_its_passage_among_the_folded_ones(made_up: str, browser: Browser) -> None:
    with visiting(browser, made_up) as visitor:
        ask(visitor, "How many each year?")
        expect(visitor.locator("#chat .pt-counted")).to_have_text("Counted: all papers, by year")
        mark = visitor.locator("#source-1-14")
        expect(mark).to_be_hidden()
        visitor.locator("#chat td .pt-cite").last.click()
        expect(mark).to_be_in_viewport()
        expect(mark).to_be_focused()


@in_browser
def test_the_table_is_taken_away_as_csv(made_up: str, browser: Browser) -> None:
    with visiting(browser, made_up) as visitor:
        ask(visitor, "How many each year?")
        name, content = take(visitor, "CSV")
        assert name == "counted-all-papers-by-year.csv"
        rows = list(csv.DictReader(content.decode("utf-8-sig").splitlines()))
        assert [row["key"] for row in rows] == [f"p{number}" for number in range(1, 15)]
        assert rows[1]["title"] == f"Paper 2 {HOSTILE_TITLE}"

        # Sorted by the keyboard, numbers as numbers; and so it stays when the answer is drawn anew.
        head = visitor.get_by_role("button", name="source", exact=True)
        sources = visitor.locator("#chat .pt-table tbody td:first-child")
        visitor.locator("#live .pt-table").evaluate("table => (table.scrollTop = 99)")
        head.focus()
        for order, first in [("ascending", "[1]"), ("descending", "[14]"), ("none", "[1]"), ("ascending", "[1]")]:
            visitor.keyboard.press("Enter")
            expect(visitor.locator("#chat th").first).to_have_attribute("aria-sort", order)
            expect(sources.first).to_have_text(first)
        head.click()
        ask(visitor, "What is first?")
        visitor.locator("#theme").click()
        expect(visitor.locator("#log th").first).to_have_attribute("aria-sort", "descending")
        assert sources.all_inner_texts() == [f"[{number}]" for number in range(14, 0, -1)]
        visitor.get_by_role("button", name="code", exact=True).click()
        assert sources.all_inner_texts() == [f"[{number}]" for number in range(1, 15)]


@in_browser
def test_the_figure_is_taken_away_as_a_picture_of_its_own(made_up: str, browser: Browser) -> None:
    with visiting(browser, made_up, color_scheme="dark") as visitor:
        ask(visitor, "How many each year?")
        expect(visitor.get_by_role("group", name="Bar chart: Papers")).to_be_visible()
        name, content = take(visitor, "SVG")
        assert name == "papers.svg"
        picture = ElementTree.fromstring(content)
        space = "{http://www.w3.org/2000/svg}"
        assert [text.text for text in picture.iter(f"{space}text")][:2] == ["Papers", "7"]
        bars_drawn = [rect for rect in picture.iter(f"{space}rect") if rect.find(f"{space}title") is not None]
        assert {rect.get("fill") for rect in bars_drawn} == {"rgb(0, 114, 178)", "rgb(194, 122, 0)"}
        name, content = take(visitor, "PNG")
        assert (name, content[:4]) == ("papers.png", b"\x89PNG")
        assert not [mark for mark in picture.iter() if mark.get("data-sources") or mark.get("id")]


@in_browser
def test_a_mark_of_an_answers_figure_leads_to_its_papers(made_up: str, browser: Browser) -> None:
    with visiting(browser, made_up) as visitor:
        ask(visitor, "How many each year?")
        visitor.locator("#chat [data-mark][tabindex='0']").focus()
        visitor.keyboard.press("ArrowRight")
        visitor.keyboard.press("Enter")
        papers = visitor.get_by_role("group", name="4 papers behind the mark")
        expect(papers).to_be_focused()
        expect(papers.get_by_role("link")).to_have_text([f"Paper {number} {HOSTILE_TITLE}" for number in range(8, 12)])
        ask(visitor, "What is first?")  # the answer is drawn anew
        papers.get_by_role("link").nth(2).click()
        expect(visitor.locator("#source-1-10")).to_be_focused()
        assert visitor.locator("#chat :is(img, script, [onerror])").count() == 0
        papers.get_by_role("button", name="Close").click()
        expect(papers).to_have_count(0)
        expect(visitor.locator("#mark-1-2")).to_be_focused()
        visitor.locator("#mark-1-3").click()
        expect(visitor.get_by_role("group", name="3 papers behind the mark")).to_be_focused()


def take(visitor: Page, kind: str) -> tuple[str, bytes]:
    """What a button of the answer saves: the file's name and what is in it."""
    with visitor.expect_download() as saved:
        visitor.get_by_role("button", name=kind).click()
    return saved.value.suggested_filename, saved.value.path().read_bytes()


@in_browser
@pytest.mark.parametrize("width", [375, 1280])
def test_a_table_and_a_figure_stay_within_the_chat(made_up: str, browser: Browser, width: int) -> None:
    with visiting(browser, made_up, viewport={"width": width, "height": 740}) as visitor:
        ask(visitor, "How many each year?")
        chat = visitor.locator("#chat").bounding_box()
        assert chat is not None
        for part in ("#chat .pt-answer > p", "#chat .pt-table", "#chat .pt-chart"):
            box = visitor.locator(part).first.bounding_box()
            assert box is not None
            assert box["x"] + box["width"] <= chat["x"] + chat["width"]
        widths = "cells => cells.map((cell) => cell.getBoundingClientRect().width)"
        assert max(visitor.locator("#chat .pt-table td").evaluate_all(widths)) <= chat["width"]  # whatever its words
        head, row = (visitor.locator(f"#chat .pt-table {name}").first for name in ("th", "td"))
        head.scroll_into_view_if_needed()
        visitor.locator("#chat .pt-table").evaluate("table => (table.scrollTop = table.scrollHeight)")
        expect(head).to_be_in_viewport()
        expect(row).not_to_be_in_viewport()
        assert visitor.evaluate("document.documentElement.scrollWidth") <= width
        assert visitor.locator("#chat :is(img, script, [onerror])").count() == 0


# ---- while an answer comes


@in_browser
def test_the_stages_of_an_answer_are_said_while_it_comes(made_up: str, browser: Browser) -> None:
    with visiting(browser, made_up) as visitor:
        send(visitor, "in steps")
        for stage in ("Understanding the question …", "Searching 2 papers …", "Writing …"):
            expect(visitor.locator("#live .pt-waiting")).to_have_text(stage)
            STEP.release()
        wait_for_answer(visitor, "in steps")
        expect(visitor.locator("#live .pt-waiting")).to_have_count(0)
        expect(visitor.locator("#pt-status")).to_have_text("Answer: It is done.")
        visitor.get_by_text("How this answer came about").click()
        expect(visitor.locator(".pt-how")).to_contain_text("Passages read (1)")
        expect(visitor.locator(".pt-how q")).to_have_text("We study engines.")


@in_browser
def test_a_question_that_is_asked_before_the_last_is_answered_ends_that_one(
    scripted: Scripted, made_up: str, browser: Browser
) -> None:
    with visiting(browser, made_up) as visitor:
        send(visitor, "in steps")
        expect(visitor.locator("#live .pt-waiting")).to_be_visible()
        ask(visitor, "What is first?")
        expect(visitor.locator("#chat .pt-question")).to_have_text(["in steps", "What is first?"])
        expect(visitor.locator("#chat .pt-answer").first).to_have_text("Stopped: another question was asked here.")
        expect(visitor.locator("#chat .pt-answer").last).to_contain_text("They compute numbers.")
        STEP.release()  # of this the ended one was waiting
    assert scripted.histories[-1] == [{"role": "user", "content": "in steps"}]


@in_browser
def test_what_to_ask_next_is_one_click_away(made_up: str, browser: Browser) -> None:
    with visiting(browser, made_up) as visitor:
        expect(visitor.get_by_role("navigation", name="For instance")).to_be_visible()
        ask(visitor, "anything")
        following = visitor.get_by_role("navigation", name="Ask next")
        expect(following.get_by_role("button")).to_have_text(["What is first?", HOSTILE_TITLE])
        following.get_by_role("button").first.click()
        wait_for_answer(visitor, "What is first?")
        expect(visitor.locator("#chat .pt-question")).to_have_text(["anything", "What is first?"])


# ---- what can be done with an answer


@in_browser
def test_an_answer_is_copied_with_and_without_its_references(made_up: str, browser: Browser) -> None:
    with visiting(browser, made_up, permissions=["clipboard-read", "clipboard-write"]) as visitor:
        ask(visitor, "What is first?")
        visitor.get_by_role("button", name="Copy", exact=True).click()
        expect(visitor.locator("#pt-toast")).to_have_text("Copied.")
        assert copied(visitor) == "Engines\n\nThey compute numbers."
        visitor.get_by_role("button", name="Copy with references").click()
        expect(visitor.locator("#pt-toast")).to_have_text("Copied.")
        visitor.wait_for_function("navigator.clipboard.readText().then(text => text.includes('[1]'))")
        assert copied(visitor) == (
            "Engines\n\nThey compute numbers. [1]\n\nReferences\n[1] Ada Lovelace. 2023. Engines: A Study."
        )


def copied(visitor: Page) -> str:
    return str(visitor.evaluate("navigator.clipboard.readText()"))


@in_browser
def test_a_marker_shows_its_quote_when_it_is_pointed_at_and_when_the_keyboard_reaches_it(
    made_up: str, browser: Browser
) -> None:
    with visiting(browser, made_up) as visitor:
        ask(visitor, "What is first?")
        marker, quote = visitor.locator("#chat .pt-cite"), visitor.get_by_role("tooltip")
        marker.hover()
        expect(quote.locator(".pt-quoted")).to_have_text("“They compute numbers.”")
        expect(quote.locator(".pt-from")).to_contain_text("Engines: A Study")
        visitor.mouse.move(5, 5)
        expect(quote).to_be_hidden()
        marker.focus()
        expect(quote).to_be_visible()
        expect(marker).to_have_attribute("aria-describedby", "pt-quote")
        visitor.keyboard.press("Escape")
        expect(quote).to_be_hidden()


@in_browser
def test_a_long_question_is_shown_shortened_and_asked_whole(made_up: str, browser: Browser) -> None:
    question = "Why " + "indeed " * 2_800 + "?"
    with visiting(browser, made_up) as visitor:
        send(visitor, question)
        expect(visitor.locator("#chat .pt-answer")).to_have_count(1)
        expect(visitor.locator("#live .pt-question")).to_have_text(question[:2_000].strip() + " …")
        visitor.wait_for_function("new URL(location.href).searchParams.has('c')")
        expect(visitor.locator("#edit-1")).to_have_attribute("data-question", question)
