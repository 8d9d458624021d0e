"""The web chat, in a real browser: over the sample author as `make run` starts it, and over answers made up here."""

from __future__ import annotations

import asyncio
import csv
import os
import re
import signal
import subprocess
import sys
import threading
import urllib.request
import xml.etree.ElementTree as ElementTree
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

import app
import examples
from assistant import Assistant
from assistant.analysis.figures import bars, stacked
from assistant.answers import Answer, Chart, Event, Filters, Plan, TextDelta
from assistant.errors import ConfigError, QuestionError
from assistant.papers import Paper
from assistant.sources import Profile
from assistant.surfaces import page, web
from assistant.surfaces.drawing import draw
from assistant.surfaces.understood import counted_as
from tests.pages import make_page, make_record
from tests.web_chat import (
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
)
from vectorstore.embeddings import EmbeddingModel

ROOT = Path(__file__).parents[1]
MEGABYTES = 700

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


# ---- answers made up


def marks(html: str) -> list[str]:
    return re.findall(r"<mark[^>]*>(.*?)</mark>", html)


def test_quotes_are_marked_where_they_stand_in_their_abstract() -> None:
    paper = make_paper()
    answer = make_answer("a [1] b [2]", cite(1, paper, "They compute numbers."), cite(2, paper, "We study engines."))
    html = page.sources(answer, 1)
    assert marks(html) == ["We study engines.", "They compute numbers."]
    assert html.count("<article") == 1
    assert "</mark> Nobody else does.</p>" in html


def test_quotes_that_overlap_are_each_marked_whole() -> None:
    paper = make_paper()
    quotes = ["We study engines. They compute numbers.", "They compute numbers. Nobody else does.", "study"]
    html = page.sources(make_answer("", *(cite(n, paper, quote) for n, quote in enumerate(quotes, 1))), 1)
    assert sorted(marks(html)) == sorted(quotes)


def test_a_long_section_is_shown_around_its_quotes() -> None:
    paper = make_paper(abstract="First. " + "word " * 5_000 + "Here it is. " + "word " * 5_000 + "Last.")
    html = page.sources(make_answer("", cite(1, paper, "Here it is.")), 1)
    assert marks(html) == ["Here it is."]
    assert len(html) < 3_000
    assert "First." not in html


def test_a_citation_outside_every_section_is_still_shown() -> None:
    paper = make_paper()
    html = page.sources(make_answer("", cite(1, paper, "A Study\n\nWe study")), 1)
    assert ">A Study\n\nWe study</mark>" in html


def test_only_markers_of_the_answer_are_links() -> None:
    paper = make_paper()
    html = page.reply(make_answer(r"\[1\] see [1] and [7]", cite(1, paper, "We study engines.")), 3)
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
    ],
)
def test_an_answer_reads_as_its_markdown_says(text: str, html: str) -> None:
    assert page.reply(make_answer(text), 1) == f'<div class="pt-answer">{html}</div>'


def test_a_table_is_shown_with_its_links() -> None:
    html = page.reply(make_answer("Two.", table=({"title": "<i>", "year": 2020}, {"title": "b", "code": True})), 1)
    assert '<th scope="col" class="pt-number">year</th>' in html
    assert '<td>&lt;i&gt;</td><td class="pt-number">2020</td><td></td>' in html
    assert "<td>yes</td>" in html


def test_a_row_leads_to_its_passages_and_a_run_of_them_is_given_by_its_ends() -> None:
    paper = make_paper()
    cited = [cite(number, paper, "We study engines.") for number in range(1, 8)]
    rows = ({"year": 2020, "sources": [1, 2, 3, 4, 6, 9]}, {"year": 2021, "sources": [5, 7]})
    html = page.reply(make_answer("Two.", *cited, table=rows), 2)
    cells = [re.sub(r"<[^>]*>", "", cell) for cell in re.findall(r"<td>(.*?)</td>", html)]
    assert cells == ["[1] to [4], [6], 9", "[5] [7]"]
    assert re.findall(r'href="([^"]*)"', html) == [f"#source-2-{number}" for number in (1, 4, 6, 5, 7)]


def test_a_list_of_papers_begins_with_its_markers_and_leaves_keys_to_the_file() -> None:
    row = {"title": "A", "year": 2020, "date": "2020-01-02", "code": False, "key": "a2020", "source": 1}
    html = page.reply(make_answer("One.", cite(1, make_paper(), "We"), table=(row,)), 1)
    assert re.findall(r"<th [^>]*>(.*?)</th>", html) == ["source", "title", "date", "code"]
    assert "1 row<" in html
    assert "A,2020,2020-01-02,False,a2020,1&#10;" in html


def test_a_share_is_shown_in_per_cent() -> None:
    assert '<td class="pt-number">64.9%</td>' in page.reply(make_answer("", table=({"share": 0.6486},)), 1)


# ---- figures


def drawn(chart: Chart | None) -> str:
    assert chart is not None
    return draw(chart)


def rects(html: str) -> list[tuple[float, float, str]]:
    """Width and height of each bar, and its words."""
    found = re.findall(r'width="([\d.]+)%" height="([\d.]+)"><title>(.*?)</title>', html)
    return [(float(width), float(height), words) for width, height, words in found]


def texts(html: str) -> list[str]:
    return re.findall(r"<text[^>]*>(.*?)</text>", html)


def test_years_are_upright_bars_as_high_as_their_numbers() -> None:
    html = drawn(bars(["2019", "2020"], [2, 4], title="Papers by year", label="year", over_time=True))
    assert rects(html) == [(35.0, 85.0, "2019: 2"), (35.0, 170.0, "2020: 4")]
    assert texts(html) == ["2", "2019", "4", "2020"]
    assert "<figcaption>Papers by year</figcaption>" in html
    assert 'role="img" title="Bar chart: Papers by year"' in html


def test_names_are_lying_bars_with_the_first_on_top() -> None:
    html = drawn(bars(["Ada", "Charles"], [4, 2], title="", label="author", over_time=False))
    (first, _, words), (second, _, _) = rects(html)
    assert words == "Ada: 4"
    assert first == pytest.approx(2 * second, abs=0.02)
    assert texts(html) == ["Ada", "4", "Charles", "2"]


def test_parts_of_a_bar_stand_on_each_other_and_are_named_below() -> None:
    html = drawn(stacked(["2019", "2020"], {"maps": [1, 0], "engines": [1, 3]}, title="", label="year"))
    assert [words for _, _, words in rects(html)] == ["maps, 2019: 1", "engines, 2019: 1", "engines, 2020: 3"]
    assert texts(html)[-2:] == ["maps", "engines"]
    assert html.count('class="pt-s1"') == 3


def test_parts_of_bars_with_long_names_lie() -> None:
    columns = ["A Very Long Institute of Engines", "Another Long Institute of Engines"]
    html = drawn(stacked(columns, {"2019": [1, 2], "2020": [3, 0]}, title="", label="affiliation"))
    assert {height for _, height, _ in rects(html)} == {12.0}


def test_of_many_names_the_first_are_drawn() -> None:
    names = [f"Author {number}" for number in range(30)]
    html = drawn(bars(names, list(range(30, 0, -1)), title="", label="author", over_time=False))
    assert len(rects(html)) == 15
    assert texts(html)[-1] == "The table holds the rest."


def test_of_many_months_some_are_named() -> None:
    months = [f"20{year}-{month:02}" for year in (18, 19) for month in range(1, 13)]
    html = drawn(bars(months, [1, 2] * 12, title="", label="month", over_time=True))
    named = [text for text in texts(html) if "-" in text]
    assert len(rects(html)) == 24
    assert named == months[::3]
    assert '<text class="pt-wide"' in html


def test_names_that_have_the_same_number_each_are_not_drawn() -> None:
    assert bars(["Ada", "Charles"], [1, 1], title="", label="author", over_time=False) is None


def test_a_figure_holds_the_words_of_papers_as_characters() -> None:
    hostile = '<img src=x onerror="x"> {{x}}'
    chart = stacked([hostile, "b"], {hostile: [1, 2], "c": [1, 1]}, title=hostile, label=hostile)
    html = drawn(chart)
    assert "<img" not in html
    assert "{{" not in html
    assert 'onerror="' not in html


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
            Plan("", "", "trend", Filters(years=(2018, 2025)), periods=((2018, 2020), (2021, 2025))),
            "Counted: all papers, 2018 to 2020 against 2021 to 2025",
        ),
    ],
)
def test_what_was_counted_is_said_in_a_line(plan: Plan, says: str) -> None:
    assert counted_as(plan) == says
    assert f">{html_of(says)}</p>" in page.reply(make_answer("7.", mode="computed", plan=plan), 1)


def html_of(text: str) -> str:
    return text.replace("_", "&#95;")


def test_what_was_not_counted_has_no_such_line() -> None:
    assert "pt-counted" not in page.reply(make_answer("They compute."), 1)


def test_many_sources_are_folded() -> None:
    papers = [make_paper(f"key{number}", title=f"Paper {number}") for number in range(12)]
    html = page.sources(make_answer("", *(cite(n, paper, "We study") for n, paper in enumerate(papers, 1))), 1)
    shown, _, folded = html.partition("<details")
    assert (shown.count("<article"), folded.count("<article")) == (10, 2)
    assert "Show 2 more papers" in folded
    assert "<details" not in page.sources(make_answer("", cite(1, papers[0], "We study")), 1)


def test_a_paper_is_linked_only_where_it_has_a_web_address() -> None:
    good, bad = make_paper(url="https://example.org/1"), make_paper(url="javascript:alert(1)")
    assert 'href="https://example.org/1"' in page.sources(make_answer("", cite(1, good, "We")), 1)
    assert "javascript" not in page.sources(make_answer("", cite(1, bad, "We")), 1)


def test_what_is_declined_shows_the_closest_papers_and_what_is_counted_does_not() -> None:
    paper = make_paper()
    declined = page.sources(make_answer("No.", answered=False, closest=(paper,)), 1)
    counted = page.sources(make_answer("7.", mode="computed", closest=(paper,)), 1)
    assert "Engines: A Study" in declined
    assert "Engines: A Study" not in counted


@pytest.mark.parametrize(
    ("papers", "says"),
    [
        ([], "There is no paper here yet"),
        ([make_paper()], "1 paper, 2023."),
        ([make_paper(), make_paper("b")], "2 papers, 2023."),
    ],
)
def test_the_head_says_how_many_papers_there_are(papers: list[Paper], says: str) -> None:
    assert says in page.header(Profile("Ada <b>"), papers)
    assert "Ada &lt;b&gt;" in page.header(Profile("Ada <b>"), papers)


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


# ---- the start


def test_a_taken_port_is_one_sentence_with_the_next_step() -> None:
    with web.listen("127.0.0.1", 0) as taken, pytest.raises(ConfigError, match="PAPERTALK_PORT") as caught:
        web.listen("127.0.0.1", taken.getsockname()[1])
    assert str(caught.value).count("\n") == 0


def test_an_unknown_host_is_one_sentence_with_the_setting() -> None:
    with pytest.raises(ConfigError, match=r"'not a host'.*PAPERTALK_HOST"):
        web.listen("not a host", 0)


def test_an_address_of_another_machine_is_one_sentence_with_the_setting() -> None:
    with pytest.raises(ConfigError, match=r"192\.0\.2\.1:7860.*PAPERTALK_HOST"):
        web.listen("192.0.2.1", 7860)


def test_a_missing_sample_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PAPERTALK_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("PAPERTALK_PORT", "0")
    monkeypatch.setattr(examples, "SAMPLE", tmp_path / "gone.txt")
    before = signal.getsignal(signal.SIGTERM)
    try:
        assert app.main() == 1
    finally:
        signal.signal(signal.SIGTERM, before)
    assert "gone.txt" in capsys.readouterr().err


def test_gradio_is_imported_only_where_a_page_is_built() -> None:
    code = "import sys, app, assistant.surfaces.web; print('gradio' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True).stdout == "False\n"


# ---- the sample author, as `make run` starts it


@contextmanager
def started(environment: dict[str, str], folder: Path) -> Iterator[tuple[subprocess.Popen[str], str, str]]:
    """``python app.py``: the process, what it printed until it serves, and the address."""
    command = [sys.executable, str(ROOT / "app.py")]
    with subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout is not None
        try:
            printed = ""
            for line in process.stdout:
                printed += line
                if address := re.search(r"http://127\.0\.0\.1:\d+", line):
                    yield process, printed, address[0]
                    break
            else:
                pytest.fail(f"the web chat did not start: {printed}")
        finally:
            process.kill()


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Settings of a process that notes whatever it connects to beyond this machine, or looks up."""
    folder = tmp_path_factory.mktemp("watched")
    (folder / "sitecustomize.py").write_text(_WATCH, encoding="utf-8")
    return {
        **os.environ,
        "PAPERTALK_DATA_DIR": str(folder / "data"),
        "PAPERTALK_PORT": "0",
        "PYTHONPATH": str(folder),
        "CONNECTIONS": str(folder / "connections"),
    }


_WATCH = """
import os, sys

def watch(event, arguments):
    if event == "socket.connect":
        address = arguments[1]
        foreign = isinstance(address, tuple) and address[0] not in ("127.0.0.1", "::1", "localhost")
    elif event == "socket.getaddrinfo":
        address = arguments[0]
        foreign = address not in (None, "127.0.0.1", "::1", "localhost", b"127.0.0.1")
    else:
        return
    if foreign:
        with open(os.environ["CONNECTIONS"], "a") as notes:
            notes.write(f"{event} {address}\\n")

sys.addaudithook(watch)
"""


class Served:
    """The web chat over the sample author, at its second start."""

    def __init__(self, process: subprocess.Popen[str], printed: str, address: str) -> None:
        self.process = process
        self.printed = printed
        self.address = address
        self.first_printed = ""
        self.first_end = ""
        self.first_code = -1


@pytest.fixture(scope="module")
def served(environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("elsewhere")
    with (
        started(environment, folder) as (process, first_printed, at_first),
        urllib.request.urlopen(f"{at_first}/gradio_api/heartbeat/open", timeout=SLOW / 1000),  # as an open page has it
    ):
        process.send_signal(signal.SIGINT)
        first_end, _ = process.communicate(timeout=SLOW / 1000)
    with started(environment, folder) as (second, printed, address):
        served = Served(second, printed, address)
        served.first_printed, served.first_end, served.first_code = first_printed, first_end, process.returncode
        yield served


def test_the_first_start_takes_the_sample_in_and_ctrl_c_ends_it_without_a_word_too_many(served: Served) -> None:
    assert "added: 37" in served.first_printed
    assert (served.first_end.strip(), served.first_code) == ("Stopped.", 0)


def test_the_second_start_says_that_nothing_changed(served: Served) -> None:
    assert "unchanged: 37" in served.printed


@pytest.mark.usefixtures("served")
def test_a_start_beside_it_is_one_sentence(environment: dict[str, str], tmp_path: Path) -> None:
    command = [sys.executable, str(ROOT / "app.py")]
    beside = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert beside.returncode == 1
    assert re.fullmatch(r"The library 'default' is in use by .*\n", beside.stderr)


@in_browser
def test_an_example_is_answered_with_its_passages_marked_and_can_be_followed_up(
    served: Served, browser: Browser
) -> None:
    with visiting(browser, served.address) as visitor:
        expect(visitor.locator("h1")).to_have_text("Ask the papers of Xu Han")
        expect(visitor.locator("#head")).to_contain_text("37 papers, 20")
        example = visitor.locator("#examples button").first
        question = example.inner_text()
        example.click()
        wait_for_answer(visitor, question)

        shown = visitor.locator(".pt-turn:visible mark")
        quotes = shown.all_inner_texts()
        sample = examples.SAMPLE.read_text(encoding="utf-8")
        assert quotes
        assert all(quote in sample for quote in quotes)
        assert visitor.locator("#chat .pt-cite").all_inner_texts() == [f"[{n + 1}]" for n in range(len(quotes))]
        assert visitor.locator(".pt-turn:visible h3").inner_text() in sample

        ask(visitor, "where is its code?")
        name = question.removesuffix("?").split()[-1]
        expect(visitor.locator("#chat")).to_contain_text(f"Understood as: where is {name}")
        expect(visitor.locator(".pt-turn:visible h3").first).to_contain_text(name)

        visitor.get_by_role("button", name="Start over").click()
        expect(visitor.locator("#chat .pt-answer")).to_have_count(0)
        expect(visitor.locator("#examples button").first).to_be_visible()
        expect(visitor.locator(".pt-turn")).to_have_count(0)


@in_browser
def test_what_no_paper_holds_is_declined_with_the_closest_papers(served: Served, browser: Browser) -> None:
    with visiting(browser, served.address) as visitor:
        ask(visitor, "Which learning rate does the Frobnicator-9000 dataset need?")
        expect(visitor.locator("#chat .pt-declined")).to_have_count(1)
        expect(visitor.locator(".pt-turn:visible h3").first).to_be_visible()
        expect(visitor.locator(".pt-turn:visible mark")).to_have_count(0)


@in_browser
@pytest.mark.parametrize("question", ["   ", "word " * 1_500], ids=["empty", "too long"])
def test_what_cannot_be_asked_is_one_sentence_in_the_chat(served: Served, browser: Browser, question: str) -> None:
    with visiting(browser, served.address) as visitor:
        send(visitor, question)
        expect(visitor.locator("#chat .pt-declined")).to_contain_text("The question ")
        expect(visitor.locator("#question textarea")).to_have_value("")


@in_browser
def test_two_visitors_have_a_conversation_each(served: Served, browser: Browser) -> None:
    with visiting(browser, served.address) as one, visiting(browser, served.address) as other:
        names = ["InfLLM", "FewRel"]
        ask(one, f"What is {names[0]}?")
        ask(other, f"What is {names[1]}?")
        for visitor, mine, theirs in ((one, names[0], names[1]), (other, names[1], names[0])):
            ask(visitor, "where is its code?")
            expect(visitor.locator("#chat .pt-answer")).to_have_count(2)
            expect(visitor.locator("#chat")).to_contain_text(mine)
            expect(visitor.locator("#chat")).not_to_contain_text(theirs)


@in_browser
def test_the_whole_of_it_stays_small_and_at_home(served: Served, browser: Browser, environment: dict[str, str]) -> None:
    with visiting(browser, served.address) as visitor:
        ask(visitor, "Which datasets are introduced?")
    assert not Path(environment["CONNECTIONS"]).exists(), Path(environment["CONNECTIONS"]).read_text()
    status = Path(f"/proc/{served.process.pid}/status")
    if status.exists():
        peak = re.search(r"VmHWM:\s+(\d+) kB", status.read_text())
        assert peak is not None
        assert int(peak[1]) < MEGABYTES * 1024


@in_browser
def test_hostile_papers_come_through_a_library_as_characters(
    browser: Browser, model: EmbeddingModel, tmp_path: Path
) -> None:
    source = tmp_path / "page.txt"
    record = make_record(f"Zorbex: {HOSTILE_TITLE}", abstract=HOSTILE_ABSTRACT)
    source.write_text(make_page(record, header="Eve <img src=x onerror=window.stolen=5>\n\nCL"), encoding="utf-8")
    with Assistant(library="hostile", data_dir=tmp_path, model=model) as assistant:
        assistant.ingest(source)
        with serving(assistant) as address, visiting(browser, address) as visitor:
            assert_harmless(visitor, "What is Zorbex?", f"Zorbex: {HOSTILE_TITLE}")


def assert_harmless(visitor: Page, question: str, title: str) -> None:
    ask(visitor, question)
    assert visitor.locator(".pt-turn:visible h3").first.inner_text().split() == title.split()
    assert visitor.locator("#chat .pt-answer").last.inner_text().find("<img src=x") >= 0
    for where in ("#head", "#chat", "#panel", "#examples"):
        assert (
            visitor.locator(f"{where} :is(img, script, iframe, [onerror], [onclick], [href^='javascript'])").count()
            == 0
        )
    assert visitor.evaluate("window.stolen === undefined")


# ---- answers made up, in the browser


FIRST = make_paper()
SECOND = make_paper("eve2024zorbex", HOSTILE_TITLE, HOSTILE_ABSTRACT + " Filler sentences follow one another." * 40)
RELEASE = threading.Event()


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
    chart = stacked(["2022", "2023"], {HOSTILE_TITLE: [3, 4], "engines": [4, 3]}, title="Papers", label="year")
    plan = Plan(question, question, "trend", group_by=("year",))
    text = "**14 papers** ([1] to [14])."
    return make_answer(text, *citations, question=question, mode="computed", plan=plan, table=rows, chart=chart)


@pytest.fixture(scope="module")
def scripted(tmp_path_factory: pytest.TempPathFactory) -> Scripted:
    examples = ["What is first?", f"How does {HOSTILE_TITLE} work?"]
    return Scripted(script, tmp_path_factory.mktemp("scripted"), FIRST, SECOND, examples=examples)


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
def test_a_narrow_window_has_the_panel_below_the_chat_and_nothing_beyond_its_edge(
    made_up: str, browser: Browser, scheme: str
) -> None:
    with visiting(browser, made_up, viewport={"width": 375, "height": 740}, color_scheme=scheme) as visitor:
        expect(visitor.locator("#question")).to_be_in_viewport()
        assert_harmless(visitor, "<b>how</b> [so](javascript:alert) *now* ${1}", HOSTILE_TITLE)
        assert visitor.evaluate("document.documentElement.scrollWidth") <= 375
        chat, panel = (visitor.locator(name).bounding_box() for name in ("#chat", "#panel"))
        assert chat is not None
        assert panel is not None
        assert panel["y"] >= chat["y"] + chat["height"]
        assert visitor.locator("#chat .pt-question").inner_text() == "<b>how</b> [so](javascript:alert) *now* ${1}"
        assert visitor.locator("#chat .pt-cite").all_inner_texts() == ["[1]", "[2]"]


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


@in_browser
def test_the_figure_is_taken_away_as_a_picture_of_its_own(made_up: str, browser: Browser) -> None:
    with visiting(browser, made_up, color_scheme="dark") as visitor:
        ask(visitor, "How many each year?")
        expect(visitor.get_by_role("img", name="Bar chart: Papers")).to_be_visible()
        name, content = take(visitor, "SVG")
        assert name == "papers.svg"
        picture = ElementTree.fromstring(content)
        space = "{http://www.w3.org/2000/svg}"
        assert [text.text for text in picture.iter(f"{space}text")][:2] == ["Papers", "7"]
        bars_drawn = [rect for rect in picture.iter(f"{space}rect") if rect.find(f"{space}title") is not None]
        assert {rect.get("fill") for rect in bars_drawn} == {"rgb(0, 114, 178)", "rgb(194, 122, 0)"}
        name, content = take(visitor, "PNG")
        assert (name, content[:4]) == ("papers.png", b"\x89PNG")


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
        head, row = (visitor.locator(f"#chat .pt-table {name}").first for name in ("th", "td"))
        head.scroll_into_view_if_needed()
        visitor.locator("#chat .pt-table").evaluate("table => (table.scrollTop = table.scrollHeight)")
        expect(head).to_be_in_viewport()
        expect(row).not_to_be_in_viewport()
        assert visitor.evaluate("document.documentElement.scrollWidth") <= width
        assert visitor.locator("#chat :is(img, script, [onerror])").count() == 0


@in_browser
def test_the_server_closes_what_the_page_does_not_call(made_up: str, browser: Browser) -> None:
    with visiting(browser, made_up) as visitor:
        response = visitor.request.get(made_up)
        assert "default-src 'self'" in response.headers["content-security-policy"]
        for path in ("info", "file=/etc/passwd", "upload", "proxy=http://elsewhere.example", "call/respond"):
            assert visitor.request.get(f"{made_up}/gradio_api/{path}").status == 404
