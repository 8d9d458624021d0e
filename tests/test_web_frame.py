"""What stands around every view: the menu of libraries, the tab's title, what a counted answer quotes, and phones."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from assistant import Assistant
from assistant.shelf import Shelf
from assistant.surfaces.web import actions
from assistant.surfaces.web.desk import Desk
from assistant.surfaces.web.views import frame, sources
from assistant.surfaces.web.visit import Place, Visit
from tests.pages import make_page, make_record, open_page
from tests.web_chat import cite, in_browser, make_answer, make_paper, serving, visiting
from tests.web_topics import wait_for_topics
from vectorstore.embeddings import EmbeddingModel

TITLE = "Looms that Weave by Cards"
PHONE = {"width": 360, "height": 740}


@pytest.fixture(scope="module")
def libraries(model: EmbeddingModel, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Assistant]]:
    """Two libraries of one author's name, and one of another's; read them only."""
    folder = tmp_path_factory.mktemp("libraries")
    headers = {"ada": "Ada Lovelace", "mary": "Mary Somerville", "other-ada": "Ada Lovelace"}
    opened = []
    for name, author in headers.items():
        page = make_page(make_record(TITLE), make_record("Gears that Count"), header=f"{author}\n\nCL")
        (folder / name).mkdir()
        opened.append(open_page(page, folder / name, model, name))
        opened[-1].chain.catalogue.find_topics()
    yield opened
    wait_for_topics()
    for assistant in opened:
        assistant.close()


def desk_over(first: Assistant, *others: Assistant) -> Desk:
    settings = first.settings.model_copy(update={"library": first.library.name})
    return Desk(Shelf(settings, first, *others), editing=True)


def at(**place: object) -> Visit:
    visit = Visit()
    visit.place = replace(Place(library="ada"), **place)  # type: ignore[arg-type]
    return visit


def menu(html: str) -> dict[str, str]:
    return dict(re.findall(r'<option value="([^"]*)"[^>]*>([^<]*)</option>', html))


def tab(desk: Desk, visit: Visit) -> str:
    found = re.search(r'data-title="([^"]*)"', frame.head(desk, visit))
    assert found
    return found[1]


def test_libraries_are_called_by_their_authors_and_two_alike_by_their_own_names_too(libraries: list[Assistant]) -> None:
    ada, mary, other = libraries
    assert menu(frame.head(desk_over(ada, mary), at())) == {"ada": "Ada Lovelace", "mary": "Mary Somerville"}
    assert menu(frame.head(desk_over(ada, mary, other), at())) == {
        "ada": "Ada Lovelace (ada)",
        "mary": "Mary Somerville",
        "other-ada": "Ada Lovelace (other-ada)",
    }


def test_a_library_that_is_not_open_is_not_opened_for_its_name(model: EmbeddingModel, tmp_path: Path) -> None:
    for name in ("ada", "mary"):
        open_page(make_page(), tmp_path, model, name).close()
    with Assistant(library="ada", data_dir=tmp_path, model=model) as ada:
        desk = desk_over(ada)
        assert menu(frame.head(desk, at())) == {"ada": "Ada Lovelace", "mary": "mary"}
        assert len(desk.shelf.opened) == 1


def test_the_tab_is_called_by_what_is_seen_and_whose_it_is(libraries: list[Assistant]) -> None:
    desk = desk_over(*libraries)
    assert tab(desk, at()) == "Ada Lovelace · Papertalk"
    assert tab(desk, at(library="mary", view="trends")) == "Trends · Mary Somerville · Papertalk"
    key = next(iter(libraries[0].library.papers))
    assert tab(desk, at(view="library", paper=key)) == f"{TITLE} · Ada Lovelace · Papertalk"


def test_an_error_on_the_page_names_what_to_click(libraries: list[Assistant]) -> None:
    desk, visit = desk_over(libraries[0]), at(view="library")
    actions.act(desk, visit, {"do": "show-paper", "key": "no-such-paper-at-all"})
    told = frame.told(desk, visit)
    assert "“Papers” lists the keys" in told
    assert "papertalk" not in told


# ---- what a counted answer quotes


def test_a_quoted_listing_is_said_in_words_and_quoted_as_it_stands(libraries: list[Assistant]) -> None:
    paper = next(iter(libraries[0].library.papers.values()))
    listing = paper.text[: paper.text.index("\n")]
    html = sources.sources(make_answer("One. [1]", cite(1, paper, listing)), 1)
    assert '<p class="pt-reading" dir="auto">16 October 2019 · category CL · with code</p>' in html
    assert re.search(rf'<p class="pt-passage pt-as-written"[^>]*><mark [^>]*>{re.escape(listing)}</mark></p>', html)


def test_a_quoted_sentence_is_quoted_alone() -> None:
    html = sources.sources(make_answer("One. [1]", cite(1, make_paper(), "We study engines.")), 1)
    assert "pt-reading" not in html


# ---- in a browser

SMALL = """() => [...document.querySelectorAll("a, button, select, input, summary, textarea")].filter((one) => {
  const box = one.getBoundingClientRect();
  if (box.width <= 1 || !one.checkVisibility({ visibilityProperty: true })) return false;
  if (one.matches("input[type=checkbox], input[type=file]") || one.closest(".pt-skip, .pt-unseen")) return false;
  const inText = one.matches("a") && getComputedStyle(one).display === "inline";
  return !inText && box.height < 39.5;
}).map((one) => `${one.id || one.className}: ${one.getBoundingClientRect().height}`)"""


@in_browser
@pytest.mark.parametrize("view", ["chat", "library", "trends", "people", "add", "settings"])
def test_what_a_finger_presses_is_large_enough_on_a_phone(
    libraries: list[Assistant], browser: Browser, view: str
) -> None:
    place = f"?view={view}&code=yes&category=CL"
    with serving(*libraries) as address, visiting(browser, f"{address}/{place}", viewport=PHONE) as visitor:
        expect(visitor.locator("[data-poll]")).to_have_count(0)
        assert visitor.evaluate(SMALL) == []


@in_browser
def test_a_phone_shows_that_there_are_more_views_than_fit(libraries: list[Assistant], browser: Browser) -> None:
    with serving(libraries[0]) as address, visiting(browser, address, viewport=PHONE) as visitor:
        ways = visitor.locator(".pt-ways")
        assert ways.evaluate("one => one.scrollWidth > one.clientWidth")
        assert ways.evaluate("one => getComputedStyle(one).backgroundImage.split('linear-gradient').length") == 5
        visitor.locator("#go-settings").click()
        expect(visitor.locator("#go-settings")).to_be_in_viewport()


@in_browser
def test_a_page_of_the_list_is_in_the_address_and_the_tab_follows_the_library(
    libraries: list[Assistant], browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assistant.surfaces.web.paper_list.PAGE", 1)
    with serving(*libraries) as address, visiting(browser, f"{address}/?view=library") as visitor:
        expect(visitor).to_have_title("Papers · Ada Lovelace · Papertalk")
        visitor.locator("#turn-next").click()
        visitor.wait_for_url("**/?view=library&p=2")
        shown = visitor.locator(".pt-papers tbody a").inner_text()
        visitor.reload()
        expect(visitor.locator(".pt-papers tbody a")).to_have_text(shown)
        visitor.go_back()
        expect(visitor.locator(".pt-turns .pt-note")).to_have_text("Page 1 of 2")
        visitor.get_by_label("Library").select_option("mary")
        expect(visitor).to_have_title("Mary Somerville · Papertalk")


@in_browser
def test_a_paper_that_the_keyboard_removes_is_put_back_by_the_keyboard(
    model: EmbeddingModel, browser: Browser, tmp_path: Path
) -> None:
    page = make_page(make_record(TITLE), make_record("Gears that Count"))
    with open_page(page, tmp_path, model) as assistant:
        key = next(iter(assistant.library.papers))
        with (
            serving(assistant) as address,
            visiting(browser, f"{address}/?view=library&paper={key}") as visitor,
        ):
            visitor.locator("#remove-paper").press("Enter")
            expect(visitor.locator("#put-back")).to_be_focused()
            expect(visitor.locator("#papers-count")).to_have_text("1 paper")
            visitor.keyboard.press("Enter")
            expect(visitor.locator(".pt-removed")).to_contain_text("in the library again")
            expect(visitor.locator("#papers-count")).to_have_text("2 papers")
            expect(visitor.locator("#removed-close")).to_be_focused()
        wait_for_topics()


@in_browser
def test_a_library_is_begun_by_keyboard_on_a_phone_and_a_name_that_is_refused_stays_to_be_mended(
    model: EmbeddingModel, browser: Browser, tmp_path: Path
) -> None:
    with (
        open_page(make_page(), tmp_path, model) as assistant,
        serving(assistant) as address,
        visiting(browser, address, viewport=PHONE) as visitor,
    ):
        visitor.get_by_title("New library").press("Enter")
        name = visitor.get_by_label("Name")
        name.fill("mary/anning")
        name.press("Enter")
        expect(visitor.locator("#pt-toast")).to_contain_text("No library can be called 'mary/anning'")
        expect(name).to_have_value("mary/anning")
        name.fill("mary-anning")
        name.press("Enter")
        expect(visitor.locator("#library")).to_have_value("mary-anning")
        expect(visitor.locator("#give-text")).to_be_visible()
        expect(name).to_be_hidden()
        visitor.go_back()
        expect(visitor.locator("#library")).to_have_value("ada")
        wait_for_topics()


@in_browser
def test_filters_that_leave_no_paper_say_in_the_chat_which_to_take_off(
    libraries: list[Assistant], browser: Browser
) -> None:
    place = "?years=1900&code=yes"
    with serving(libraries[0]) as address, visiting(browser, f"{address}/{place}") as visitor:
        expect(visitor.locator("#next")).to_contain_text("No paper meets all of")
        visitor.locator("#chat-none-years").click()
        expect(visitor.locator("#chips")).to_contain_text("2 of 2 papers")
        expect(visitor.locator("#examples button").first).to_be_visible()
