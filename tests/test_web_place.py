"""Where a visitor of the web chat is: which library, view, papers and conversation, and that the address says it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Browser, Page, expect

from assistant import Assistant
from assistant.surfaces.web.visit import VIEWS, Choice, Place
from tests.pages import make_page, make_record
from tests.web_chat import LEFT, ask, in_browser, named, serving, visiting, wait_for_name, wait_for_page
from vectorstore.embeddings import EmbeddingModel

# ---- the address


def test_an_address_says_which_papers_are_chosen_and_nothing_that_goes_without_saying() -> None:
    query = "view=library&years=2018-2020&code=yes&person=Mary+Somerville"
    place = Place.of(dict(parse_qsl(query)))
    assert place.choice == Choice(years=(2018, 2020), code=True, person="Mary Somerville")
    assert place.to_query("ada") == query
    assert Place(library="ada").to_query("ada") == ""
    assert Place(library="mary").to_query("ada") == "library=mary"


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("2018-2020", (2018, 2020)),
        ("2018", (2018, 2018)),
        ("2018-", (2018, None)),
        ("2020-2018", (2018, 2020)),
        ("-2020", (None, 2020)),
        ("-", None),
        ("", None),
        ("18-20", None),
        ("2018-2020-2022", None),
        ("<b>", None),
    ],
)
def test_years_are_read_as_they_are_written(text: str, years: tuple[int | None, int | None] | None) -> None:
    place = Place.of({"years": text})
    assert place.choice.years == years
    assert Place.of(dict(parse_qsl(place.to_query("")))) == place


def test_what_nobody_can_have_meant_is_left_out_of_a_place() -> None:
    place = Place.of({"view": "<script>", "code": "perhaps", "years": "soon", "colour": "red", "person": "x" * 10_000})
    assert (place.view, place.choice.code, place.choice.years) == ("chat", None, None)
    assert len(place.choice.person) < 1_000


_WORDS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=30)
_YEAR = st.integers(1900, 2099)
_SPAN = st.lists(_YEAR, min_size=2, max_size=2).map(sorted).map(tuple)


@given(
    st.builds(
        Place,
        library=_WORDS,
        view=st.sampled_from(VIEWS),
        paper=_WORDS,
        conversation=_WORDS,
        search=_WORDS,
        page=st.integers(1, 999_999),
        choice=st.builds(
            Choice,
            years=st.none() | st.tuples(_YEAR, st.none()) | st.tuples(st.none(), _YEAR) | _SPAN,
            topic=_WORDS,
            code=st.none() | st.booleans(),
            person=_WORDS,
        ),
    )
)
def test_an_address_leads_back_to_its_place(place: Place) -> None:
    assert Place.of(dict(parse_qsl(place.to_query("")))) == place


# ---- two small libraries

ADA = make_page(
    make_record("Looms: A Study", listing="31.2CLOct 16, 2018Code"),
    make_record("Valves: A Study", authors="Ada Lovelace, Mary Somerville", listing="12.0CVMay 2, 2019Code"),
    make_record("Pumps: A Study", authors="Ada Lovelace, Mary Somerville", listing="9.0CLMay 2, 2020"),
    make_record("Gears: A Study", authors="Ada Lovelace, Mary Somerville", listing="8.0CLMay 2, 2022Code"),
)
MARY = make_page(
    make_record("Moons: A Survey", authors="Mary Somerville", abstract="We study moons. They circle planets."),
    header="Mary Somerville\n\nCL",
)
COUNT = "How many papers are there?"


@pytest.fixture(scope="module")
def libraries(model: EmbeddingModel, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Assistant, Assistant]]:
    folder = tmp_path_factory.mktemp("libraries")
    with opened("ada", ADA, folder, model) as ada, opened("mary", MARY, folder, model) as mary:
        yield ada, mary


def opened(library: str, page: str, folder: Path, model: EmbeddingModel) -> Assistant:
    source = folder / f"{library}.txt"
    source.write_text(page, encoding="utf-8")
    assistant = Assistant(library=library, data_dir=folder, model=model)
    assistant.ingest(source)
    assistant.chain.catalogue.find_topics()
    return assistant


@pytest.fixture(scope="module")
def address(libraries: tuple[Assistant, Assistant]) -> Iterator[str]:
    with serving(*libraries) as address:
        yield address


def query(visitor: Page) -> dict[str, str]:
    """What the address says, but for the conversation."""
    said = parse_qs(urlsplit(visitor.url).query)
    return {name: values[0] for name, values in said.items() if name != "c"}


def expect_query(visitor: Page, **said: str) -> None:
    """Wait for the address to say this, and nothing else but the conversation."""
    visitor.wait_for_function(
        """said => {
            const now = Object.fromEntries(new URLSearchParams(location.search));
            delete now.c;
            return JSON.stringify(Object.entries(now).sort()) === JSON.stringify(Object.entries(said).sort());
        }""",
        arg=said,
    )


@in_browser
def test_each_condition_of_the_address_has_a_chip_that_takes_it_away_and_answers_obey(
    address: str, browser: Browser
) -> None:
    with visiting(browser, f"{address}/?years=2018-2020&code=yes&person=Mary+Somerville") as visitor:
        chips = visitor.locator("#chips .pt-chip")
        expect(chips).to_have_text(["2018 to 2020 ×", "with code ×", "with Mary Somerville ×"])
        expect(visitor.locator("#chips")).to_contain_text("1 of 4 papers")
        ask(visitor, COUNT)
        expect(visitor.locator("#live .pt-table tbody tr")).to_have_count(1)
        expect(visitor.locator("#live .pt-answer")).to_contain_text("Valves: A Study")

        visitor.get_by_role("button", name="Take away: with code").click()
        expect_query(visitor, years="2018-2020", person="Mary Somerville")
        expect(visitor.locator("#chips")).to_contain_text("2 of 4 papers")
        ask(visitor, COUNT)
        expect(visitor.locator("#live .pt-table tbody tr")).to_have_count(2)

        for condition in ("2018 to 2020", "with Mary Somerville"):
            visitor.get_by_role("button", name=f"Take away: {condition}").click()
        expect(chips).to_have_count(0)
        expect(visitor.locator("#chips")).to_have_text("From all 4 papers, 2018 to 2022")
        expect_query(visitor)


@in_browser
def test_a_choice_in_the_form_is_in_the_address_at_once_and_the_form_stays_open(address: str, browser: Browser) -> None:
    with visiting(browser, address) as visitor:
        visitor.get_by_text("Choose papers").click()
        visitor.get_by_label("From", exact=True).select_option("2019")
        expect_query(visitor, years="2019-")
        visitor.get_by_label("Category").select_option("CL")
        expect_query(visitor, years="2019-", category="CL")
        visitor.get_by_label("Person").fill("Mary Somerville")
        visitor.get_by_label("Person").press("Enter")
        expect_query(visitor, years="2019-", category="CL", person="Mary Somerville")
        expect(visitor.locator("#chips")).to_contain_text("2 of 4 papers")
        visitor.get_by_role("button", name="Choose all papers").click()
        expect_query(visitor)
        expect(visitor.get_by_label("From", exact=True)).to_have_value("")


@in_browser
def test_papers_that_no_condition_leaves_are_said_to_be_none(address: str, browser: Browser) -> None:
    with visiting(browser, f"{address}/?person=Nobody+%3Cimg+src=x%3E&topic=nothing") as visitor:
        expect(visitor.locator("#chips")).to_contain_text("with Nobody <img src=x>")
        expect(visitor.locator("#chips")).to_contain_text("0 of 4 papers")
        ask(visitor, "What do looms compute?")
        expect(visitor.locator("#live .pt-declined")).to_have_count(1)


@in_browser
def test_back_and_forward_go_through_the_views_and_keep_the_conversation(address: str, browser: Browser) -> None:
    with visiting(browser, address) as visitor:
        ask(visitor, "What do looms compute?")
        name = wait_for_name(visitor)
        visitor.get_by_role("link", name="Papers", exact=True).click()
        expect_query(visitor, view="library")
        expect(visitor.locator("#talk")).to_be_hidden()
        visitor.go_back()
        expect_query(visitor)
        expect(visitor.locator("#talk")).to_be_visible()
        expect(visitor.locator("#chat .pt-question")).to_have_text("What do looms compute?")
        visitor.go_forward()
        expect_query(visitor, view="library")
        expect(visitor.locator("#view")).to_be_visible()
        assert named(visitor) == name


@in_browser
def test_a_page_that_is_loaded_again_shows_the_same_view_papers_and_conversation(
    address: str, browser: Browser
) -> None:
    with visiting(browser, f"{address}/?years=2019-2022", expected=LEFT) as visitor:
        ask(visitor, "What do pumps compute?")
        name = wait_for_name(visitor)
        visitor.reload()
        wait_for_page(visitor)
        expect(visitor.locator("#chat .pt-question")).to_have_text("What do pumps compute?")
        expect(visitor.locator("#chips .pt-chip")).to_have_text("2019 to 2022 ×")
        visitor.get_by_role("link", name="Papers", exact=True).click()
        expect_query(visitor, view="library", years="2019-2022")
        visitor.reload()
        wait_for_page(visitor)
        expect(visitor.locator("#view")).to_be_visible()
        assert (query(visitor), named(visitor)) == ({"view": "library", "years": "2019-2022"}, name)


@in_browser
def test_another_library_is_another_author_and_a_new_conversation(
    libraries: tuple[Assistant, Assistant], address: str, browser: Browser
) -> None:
    with visiting(browser, f"{address}/?code=yes") as visitor:
        which = visitor.get_by_label("Library")
        expect(which.locator("option:checked")).to_have_text("Ada Lovelace")
        ask(visitor, "What do looms compute?")
        first = wait_for_name(visitor)
        which.select_option("mary")
        expect_query(visitor, library="mary")
        expect(which.locator("option:checked")).to_have_text("Mary Somerville")
        expect(visitor.locator(".pt-extent")).to_contain_text("1 paper")
        expect(visitor.locator("#chat .pt-question")).to_have_count(0)
        expect(visitor.locator(".pt-turn")).to_have_count(0)
        assert named(visitor) is None

        ask(visitor, "What do moons circle?")
        expect(visitor.locator("#panel .pt-turn h3")).to_have_text("Moons: A Survey")
        second = wait_for_name(visitor)
        visitor.go_back()
        expect(visitor.locator("#chat .pt-question")).to_have_text("What do looms compute?")
        expect(which).to_have_value("ada")
        assert named(visitor) == first
    conversations = libraries[0].conversations
    assert [conversations.get(name).library for name in (first, second)] == ["ada", "mary"]


@in_browser
def test_a_library_that_there_is_not_is_said_and_the_first_one_shown(address: str, browser: Browser) -> None:
    with visiting(browser, f"{address}/?library=nobody") as visitor:
        expect(visitor.locator("#pt-toast")).to_contain_text("There is no library 'nobody'")
        expect(visitor.get_by_label("Library")).to_have_value("ada")
