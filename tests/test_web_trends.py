"""The view "Trends": each figure with its answer and its numbers, reached by one stop of the keyboard."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from assistant import Assistant
from assistant.shelf import Shelf
from assistant.surfaces.web.desk import Desk
from assistant.surfaces.web.views import trends
from assistant.surfaces.web.visit import Choice, Place, Visit
from tests.pages import make_page, make_record, open_page
from tests.web_chat import SLOW, in_browser, serving, visiting
from vectorstore.embeddings import EmbeddingModel

PAGE = make_page(
    *(
        make_record(
            f"{what} for Engines, Part {year}",
            authors=f"Ada Lovelace, {other}",
            abstract=f"We study {what.lower()} of engines. They compute numbers.",
            listing=f"31.2{category}Oct 16, {year}{'Code' if year % 2 else ''}",
        )
        for year, (what, other, category) in enumerate(
            [("Looms", "Charles Babbage", "CL"), ("Valves", "Mary Somerville", "CV")] * 3, 2015
        )
    )
)


@pytest.fixture(scope="module")
def assistant(model: EmbeddingModel, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    """A library of six papers; read it only."""
    with open_page(PAGE, tmp_path_factory.mktemp("trends"), model) as opened:
        opened.chain.catalogue.find_topics()
        yield opened


@pytest.fixture
def desk(assistant: Assistant) -> Desk:
    return Desk(Shelf(assistant.settings, assistant), editing=True)


def drawn(desk: Desk, choice: Choice | None = None) -> str:
    visit = Visit()
    visit.place = Place(library="ada", view="trends", choice=choice or Choice())
    if desk.papers(visit):
        desk.overview(visit).wait()
    return trends.draw(desk, visit)


def test_every_figure_has_its_answer_and_a_table_of_what_it_shows(desk: Desk) -> None:
    html = drawn(desk)
    names = re.findall(r'<section class="pt-finding" id="finding-([\w-]+)"', html)
    assert names
    for name in names:
        assert f'aria-describedby="said-{name}"' in html
        assert re.search(rf'<p id="said-{name}" dir="auto">\w', html)
        assert re.search(rf'id="rows-{name}" data-keep><summary>As a table \(\d+ rows?\)</summary>.*?<td', html)


def test_every_mark_has_an_id_of_its_own(desk: Desk) -> None:
    ids = re.findall(r'id="(mark-[^"]+)"', drawn(desk))
    assert ids
    assert len(ids) == len(set(ids))


def test_a_long_table_is_cut_and_says_what_the_file_has_more(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trends, "_ROWS", 1)
    assert re.search(r"The CSV has \d+ more\.", drawn(desk))


def test_a_choice_that_no_paper_meets_says_which_condition_to_take_off(desk: Desk) -> None:
    html = drawn(desk, Choice(years=(1900, 1900), category="CL"))
    assert 'id="trends-none-years"' in html
    assert "leaves 3 papers" in html


def focused(visitor: Page) -> str:
    return str(visitor.evaluate("document.activeElement.id"))


@in_browser
def test_a_figure_is_one_stop_and_arrows_go_through_its_marks(assistant: Assistant, browser: Browser) -> None:
    with serving(assistant) as address, visiting(browser, f"{address}/?view=trends") as visitor:
        drawing = visitor.locator('.pt-drawing[role="group"]').first
        expect(drawing).to_be_visible(timeout=SLOW)
        expect(drawing.locator('[data-mark][tabindex="0"]')).to_have_count(1)
        assert drawing.locator("[data-mark]").count() > 1

        drawing.locator('[tabindex="0"]').focus()
        first = focused(visitor)
        visitor.keyboard.press("ArrowRight")
        second = focused(visitor)
        assert second != first
        assert second.startswith("mark-")
        visitor.keyboard.press("End")
        visitor.keyboard.press("ArrowDown")
        last = focused(visitor)
        visitor.keyboard.press("Home")
        assert focused(visitor) == first != last
        expect(drawing.locator('[data-mark][tabindex="0"]')).to_have_count(1)


@in_browser
def test_enter_on_a_mark_goes_to_its_papers_and_closing_them_goes_back(assistant: Assistant, browser: Browser) -> None:
    with serving(assistant) as address, visiting(browser, f"{address}/?view=trends") as visitor:
        mark = visitor.locator('.pt-drawing [data-mark][tabindex="0"]').first
        mark.focus()
        name = focused(visitor)
        visitor.keyboard.press("Enter")
        expect(visitor.locator("#behind")).to_be_focused()
        visitor.keyboard.press("Tab")
        assert focused(visitor) == "papers-none"
        visitor.keyboard.press("Enter")
        expect(visitor.locator("#behind")).to_have_count(0)
        expect(visitor.locator(f"#{name}")).to_be_focused()
