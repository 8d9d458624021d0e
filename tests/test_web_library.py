"""The list of papers and a paper's page: what is drawn of a real library, what a click does, and both in a browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from assistant import Assistant
from assistant.shelf import Shelf
from assistant.surfaces.web import actions, paper_list
from assistant.surfaces.web.actions import adding
from assistant.surfaces.web.desk import Desk
from assistant.surfaces.web.views import library, paper
from assistant.surfaces.web.visit import Choice, Place, Visit
from tests.pages import make_page, make_record, open_page
from tests.papers import make_paper
from tests.web_chat import in_browser, serving, visiting
from tests.web_topics import wait_for_topics
from vectorstore.embeddings import EmbeddingModel

HOSTILE = '<img src=x onerror="window.stolen=1"> ${window.stolen=2} {{stolen}} `x` *y* "z'
PAGE = make_page(
    make_record(
        "Loomster: Weaving by Cards",
        authors="Ada Lovelace, José Núñez, Mary Somerville, Charles Babbage",
        abstract="We introduce Loomster, a new method. It reads 24 cards. Its code is at https://github.com/ada/loom.",
        listing="31.2CLOct 16, 2019Code",
    ),
    make_record("Gears that Count", abstract="Gears turn and count.", listing="31.2LGMay 2, 2018"),
    make_record(
        f"Zorbex: {HOSTILE}", authors=f"Eve {HOSTILE}", abstract=f"An abstract. {HOSTILE}", listing="1.0CLMar 3, 2021"
    ),
)


@pytest.fixture(scope="module")
def opened(model: EmbeddingModel, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    """A library of three papers; read it only."""
    with open_page(PAGE, tmp_path_factory.mktemp("ada"), model) as assistant:
        yield assistant


@pytest.fixture
def editable(model: EmbeddingModel, tmp_path: Path) -> Iterator[Assistant]:
    """The same library, to be changed."""
    with open_page(PAGE, tmp_path, model) as assistant:
        yield assistant
        wait_for_topics()


@pytest.fixture
def desk(opened: Assistant) -> Desk:
    return desk_over(opened)


def desk_over(assistant: Assistant, *, editing: bool = True) -> Desk:
    return Desk(
        Shelf(assistant.settings.model_copy(update={"library": assistant.library.name}), assistant), editing=editing
    )


def at(**place: object) -> Visit:
    visit = Visit()
    visit.place = replace(Place(library="ada", view="library"), **place)  # type: ignore[arg-type]
    return visit


def titles(desk: Desk, visit: Visit) -> list[str]:
    return [one.short_name for one in paper_list.pages_of(desk, visit).seen]


def key_of(desk: Desk, title: str) -> str:
    return next(key for key, one in desk.shelf.first.library.papers.items() if one.title.startswith(title))


class _Parsed(HTMLParser):
    """The tags of a page, its ids, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.ids: list[str] = []
        self.handlers: list[str] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.ids += [value or "" for name, value in attrs if name == "id"]
        self.handlers += [name for name, _ in attrs if name.startswith("on")]

    def handle_data(self, data: str) -> None:
        self.text += data


# ---- the list


def test_the_newest_papers_come_first(desk: Desk) -> None:
    assert titles(desk, at())[1:] == ["Loomster", "Gears that Count"]


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("NUNEZ", ["Loomster"]),
        ("gears count", ["Gears that Count"]),
        ("gears cards", []),
        ("lovelace", ["Loomster", "Gears that Count"]),
    ],
)
def test_every_word_of_a_search_must_be_in_a_paper_accents_aside(desk: Desk, search: str, found: list[str]) -> None:
    assert titles(desk, at(search=search)) == found


def test_a_press_on_a_column_sorts_by_it_and_a_second_turns_the_order(desk: Desk) -> None:
    visit = at()
    orders = []
    for column in ("title", "title", "year", "year"):
        actions.act(desk, visit, {"do": "sort-papers", "by": column})
        orders.append((visit.place.sort, titles(desk, visit)[0].split(":")[0]))
    assert [sort for sort, _ in orders] == ["title", "-title", "", "year"]
    assert [first for _, first in orders] == ["Gears that Count", "Zorbex", "Zorbex", "Gears that Count"]
    assert 'aria-sort="ascending"><button type="button" id="sort-year"' in library.draw(desk, visit)


def test_papers_of_which_a_column_says_nothing_come_last_either_way() -> None:
    papers = [make_paper("A", date=None), make_paper("B", date="2019"), make_paper("C", date="2021")]
    assert [one.title for one in paper_list.ordered(papers, "year")] == ["B", "C", "A"]
    assert [one.title for one in paper_list.ordered(papers, "-year")] == ["C", "B", "A"]


def test_an_order_that_nobody_knows_is_the_newest_first() -> None:
    assert paper_list.sorted_by("colour") == ("year", True)


def test_chips_and_search_apply_together_and_the_count_says_so(desk: Desk) -> None:
    html = library.draw(desk, at(search="lovelace", choice=Choice(years=(2019, None))))
    assert "1 of 3 papers" in html
    assert 'id="list-chip-years"' in html


def test_where_no_paper_is_left_buttons_take_away_what_hides_them(desk: Desk) -> None:
    visit = at(search="nothing of that", choice=Choice(person="Ada Lovelace"))
    html = library.draw(desk, visit)
    assert "No paper of those chosen holds every word of" in html
    assert 'id="none-choice" data-do="unfilter"' in html
    actions.act(desk, visit, {"do": "search-papers", "value": ""})
    assert len(titles(desk, visit)) == 2


def test_where_the_choice_leaves_no_paper_each_condition_says_what_its_going_would_leave(desk: Desk) -> None:
    visit = at(choice=Choice(years=(2018, 2018), code=True, person="Ada Lovelace"))
    html = library.draw(desk, visit)
    assert 'No paper meets all of <q dir="auto">2018</q>, <q dir="auto">with code</q>' in html
    said = re.findall(r'id="none-(\w+)".*?leaves (\d+ papers?)', html)
    assert said == [("years", "1 paper"), ("code", "1 paper")]
    actions.act(desk, visit, {"do": "unfilter", "name": "code"})
    assert titles(desk, visit) == ["Gears that Count"]


def test_one_condition_that_no_paper_meets_is_taken_off_with_the_whole_choice(desk: Desk) -> None:
    html = library.draw(desk, at(choice=Choice(person="Nobody <b>")))
    assert 'No paper meets <q dir="auto">with Nobody &lt;b&gt;</q>.' in html
    assert "leaves" not in html
    assert "Choose all papers" in html


def test_a_library_without_papers_leads_to_adding_some_where_visitors_may(
    model: EmbeddingModel, tmp_path: Path
) -> None:
    with Assistant(library="ada", data_dir=tmp_path, model=model) as assistant:
        assert 'data-view="add"' in library.draw(desk_over(assistant), at())
        assert "data-do" not in library.draw(desk_over(assistant, editing=False), at())


def test_a_long_list_has_pages(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paper_list, "PAGE", 2)
    monkeypatch.setattr(library, "PAGE", 2)
    visit = at()
    assert "1 to 2 of 3 papers" in library.draw(desk, visit)
    actions.act(desk, visit, {"do": "turn-papers", "to": "2"})
    assert titles(desk, visit) == ["Gears that Count"]
    assert "3 to 3 of 3 papers" in library.draw(desk, visit)
    actions.act(desk, visit, {"do": "turn-papers", "to": "99"})
    assert visit.place.page == 2
    actions.act(desk, visit, {"do": "search-papers", "value": "e"})
    assert visit.place.page == 1


def test_the_address_leads_to_a_page_of_the_list_or_to_the_nearest_that_there_is(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paper_list, "PAGE", 2)
    assert titles(desk, at(page=2)) == ["Gears that Count"]
    assert titles(desk, at(page=7)) == ["Gears that Count"]
    assert 'href="?view=library"' in library.draw(desk, at(page=2))


def test_the_way_to_a_paper_and_back_leads_to_the_same_page(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paper_list, "PAGE", 2)
    visit = at(page=2)
    actions.act(desk, visit, {"do": "show-paper", "key": key_of(desk, "Gears")})
    assert "p=2" in paper.draw(desk, visit)
    actions.act(desk, visit, {"do": "list-papers"})
    assert visit.place.page == 2


def test_the_card_says_who_how_many_when_with_whom_and_how_many_with_code(desk: Desk) -> None:
    text = _Parsed(library.draw(desk, at())).text
    for said in ("Ada Lovelace", "2018 to 2021", "1 of 3 (33%)", "Charles Babbage 2"):
        assert said in text


def test_a_long_list_of_authors_is_short_in_its_row_and_whole_when_pointed_at(desk: Desk) -> None:
    html = library.draw(desk, at(search="loomster"))
    assert ">Ada Lovelace, José Núñez, Mary Somerville and 1 more<" in html
    assert 'title="Ada Lovelace, José Núñez, Mary Somerville, Charles Babbage"' in html


def test_code_is_a_link_where_the_abstract_gives_one(desk: Desk) -> None:
    assert 'href="https://github.com/ada/loom"' in library.draw(desk, at(search="loomster"))
    assert "github" not in library.draw(desk, at(search="gears"))


# ---- files


@pytest.mark.parametrize(
    ("form", "name", "begins"), [("bibtex", "ada.bib", "@"), ("ris", "ada.ris", "TY  - "), ("csv", "ada.csv", "key,")]
)
def test_what_the_list_shows_can_be_saved(desk: Desk, form: str, name: str, begins: str) -> None:
    visit = at(search="gears count")
    actions.act(desk, visit, {"do": "export-papers", "form": form})
    file = visit.told.file
    assert file
    assert file.name == name
    assert file.text.startswith(begins)
    assert "Gears that Count" in file.text
    assert "Loomster" not in file.text


def test_a_form_that_nobody_knows_is_refused_in_a_sentence(desk: Desk) -> None:
    visit = at()
    actions.act(desk, visit, {"do": "export-papers", "form": "docx"})
    assert visit.told.error
    assert "choose one of bibtex, ris, csv" in visit.told.sentence


# ---- one paper


def test_a_paper_shows_its_record_its_abstract_and_what_it_brings(desk: Desk) -> None:
    html = paper.draw(desk, at(paper=key_of(desk, "Loomster")))
    text = _Parsed(html).text
    for said in ("Loomster: Weaving by Cards", "16 October 2019", "We introduce Loomster", "@misc{", "24 cards"):
        assert said in text
    assert '<q dir="auto">We introduce Loomster, a new method.</q>' in html


def test_a_paper_is_asked_by_the_name_of_what_it_brings_or_by_its_title(desk: Desk) -> None:
    assistant = desk.shelf.first
    named = paper.questions(assistant, assistant.paper(key_of(desk, "Loomster")))
    assert named[:2] == ["What is Loomster?", "How does Loomster work?"]
    plain = paper.questions(assistant, assistant.paper(key_of(desk, "Gears")))
    assert plain[0] == "What is “Gears that Count” about?"


@pytest.mark.parametrize("title", ["Loomster", "Gears"])
def test_the_library_answers_what_a_papers_page_suggests(desk: Desk, title: str) -> None:
    assistant, key = desk.shelf.first, key_of(desk, title)
    for question in paper.questions(assistant, assistant.paper(key)):
        answer = assistant.ask(question)
        assert answer.answered, question
        assert key in {citation.paper.key for citation in answer.citations}


def test_going_to_a_paper_and_back_keeps_search_and_order(desk: Desk) -> None:
    visit = at(search="lovelace", sort="title")
    actions.act(desk, visit, {"do": "show-paper", "key": key_of(desk, "Gears")})
    html = library.draw(desk, visit)
    assert 'id="sheet-next"' in html
    assert 'id="sheet-previous"' not in html
    actions.act(desk, visit, {"do": "list-papers"})
    assert (visit.place.paper, visit.place.search, visit.place.sort) == ("", "lovelace", "title")


def test_an_author_of_a_paper_chooses_their_papers(desk: Desk) -> None:
    visit = at(paper=key_of(desk, "Loomster"), choice=Choice(years=(2018, None)))
    actions.act(desk, visit, {"do": "narrow-papers", "name": "person", "value": "José Núñez"})
    assert visit.place.choice == Choice(years=(2018, None), person="José Núñez")
    assert titles(desk, visit) == ["Loomster"]


def test_a_paper_that_is_gone_is_named_with_a_way_back(desk: Desk) -> None:
    html = library.draw(desk, at(paper="nobody2020nothing"))
    assert "has no paper" in html
    assert 'id="sheet-back"' in html


def test_a_paper_is_removed_only_where_visitors_may_change_the_library(editable: Assistant) -> None:
    desk = desk_over(editable)
    key = key_of(desk, "Gears")
    visit = at(paper=key, choice=Choice(only=key))
    shut = desk_over(editable, editing=False)
    assert "remove-paper" not in library.draw(shut, visit)
    actions.act(shut, visit, {"do": "remove-paper", "key": key})
    assert "ask whoever runs it" in visit.told.sentence
    actions.act(desk, visit, {"do": "remove-paper", "key": key})
    assert key not in editable.library.papers
    assert visit.place == Place(library="ada", view="library")
    assert len(titles(desk, visit)) == 2


def test_a_paper_that_was_removed_is_put_back_as_it_was(editable: Assistant) -> None:
    desk, visit = desk_over(editable), at()
    papers, facets = dict(editable.library.papers), dict(editable.library.facets)
    key = key_of(desk, "Loomster")
    actions.act(desk, visit, {"do": "remove-paper", "key": key})
    assert 'id="put-back"' in library.draw(desk, visit)
    put_back(desk, visit)
    assert list(editable.library.papers.items()) == list(papers.items())
    assert editable.library.facets == facets
    assert editable.ask("What is Loomster?").answered
    assert "in the library again" in library.draw(desk, visit)
    actions.act(desk, visit, {"do": "forget-removed"})
    assert "pt-removed" not in library.draw(desk, visit)


def test_the_last_ingest_can_still_be_taken_back_after_a_paper_of_it_was_put_back(editable: Assistant) -> None:
    desk, visit = desk_over(editable), at()
    actions.act(desk, visit, {"do": "remove-paper", "key": key_of(desk, "Gears")})
    put_back(desk, visit)
    assert editable.sync().added == []
    report = editable.undo()
    assert (len(report.removed), report.left) == (3, {})


def test_a_paper_that_came_again_meanwhile_stays_as_it_came(editable: Assistant, tmp_path: Path) -> None:
    desk, visit = desk_over(editable), at()
    key = key_of(desk, "Gears")
    actions.act(desk, visit, {"do": "remove-paper", "key": key})
    editable.ingest(tmp_path / "page.txt")
    put_back(desk, visit)
    assert len(editable.library.papers) == 3


def test_what_was_removed_is_nobody_elses_to_put_back(editable: Assistant) -> None:
    desk, visit, other = desk_over(editable), at(), at()
    other.owner = "another"
    actions.act(desk, visit, {"do": "remove-paper", "key": key_of(desk, "Gears")})
    assert "put-back" not in library.draw(desk, other)
    assert "put-back" not in library.draw(desk_over(editable, editing=False), visit)


def put_back(desk: Desk, visit: Visit) -> None:
    actions.act(desk, visit, {"do": "put-back"})
    job = adding.of(desk, visit).putting_back
    assert job is not None
    job.wait()
    assert job.problem == ""


def test_what_sources_say_otherwise_is_shown_where_there_are_several(model: EmbeddingModel, tmp_path: Path) -> None:
    with open_page(PAGE, tmp_path, model) as assistant:
        record = tmp_path / "own.bib"
        record.write_text(
            "@article{g, title={Gears that Count}, author={Ada Lovelace and Charles Babbage}, year={2019}, "
            "journal={Engines}, doi={10.1234/g<1>}}",
            encoding="utf-8",
        )
        assistant.ingest(record)
        desk = desk_over(assistant)
        text = _Parsed(paper.draw(desk, at(paper=key_of(desk, "Gears")))).text
    assert "What its sources say" in text
    assert "own.bib" in text
    assert str(tmp_path) not in text
    assert "date: “2018-05-02” (page.txt); own.bib has “2019”" in text or "date: “2019” (own.bib)" in text
    assert "Journal article" in text


def test_a_paper_of_one_source_has_no_differences(desk: Desk) -> None:
    assert "What its sources say" not in paper.draw(desk, at(paper=key_of(desk, "Gears")))


# ---- what papers say is never markup


def test_hostile_papers_are_characters_in_the_list_and_on_their_page(desk: Desk) -> None:
    for visit in (at(), at(paper=key_of(desk, "Zorbex")), at(search=HOSTILE)):
        parsed = _Parsed(library.draw(desk, visit))
        assert not parsed.tags & {"img", "script", "iframe"}
        assert not parsed.handlers
        assert "${" not in library.draw(desk, visit)


def test_ids_are_each_there_once(desk: Desk) -> None:
    for visit in (at(), at(paper=key_of(desk, "Loomster"))):
        ids = _Parsed(library.draw(desk, visit)).ids
        assert len(ids) == len(set(ids))


# ---- in a browser


@in_browser
def test_searching_while_typing_a_papers_page_and_the_way_back(browser: Browser, opened: Assistant) -> None:
    with serving(opened) as address, visiting(browser, f"{address}") as visitor:
        visitor.locator("#go-library").click()
        expect(visitor.locator(".pt-papers tbody tr")).to_have_count(3)
        visitor.locator("#papers-search").press_sequentially("loom")
        expect(visitor.locator(".pt-papers tbody tr")).to_have_count(1)
        expect(visitor.locator("#papers-search")).to_be_focused()
        visitor.locator(".pt-papers tbody a").first.click()
        expect(visitor.locator("#sheet-title")).to_have_text("Loomster: Weaving by Cards")
        assert "search=loom" in visitor.url
        visitor.reload()
        expect(visitor.locator("#sheet-title")).to_have_text("Loomster: Weaving by Cards")
        visitor.locator("#sheet-back").click()
        expect(visitor.locator("#papers-search")).to_have_value("loom")
        visitor.go_back()
        expect(visitor.locator("#sheet-title")).to_be_visible()
        visitor.locator("#ask-only").click()
        expect(visitor.locator("#chip-only")).to_be_visible()


@in_browser
def test_the_list_is_saved_as_a_file_with_its_lines(browser: Browser, opened: Assistant) -> None:
    with serving(opened) as address, visiting(browser, address) as visitor:
        visitor.locator("#go-library").click()
        with visitor.expect_download() as download:
            visitor.locator("#export-csv").click()
        saved = Path(str(download.value.path())).read_text(encoding="utf-8")
    assert download.value.suggested_filename == "ada.csv"
    assert len(saved.splitlines()) == 4


@in_browser
def test_on_a_telephone_nothing_is_wider_than_the_window(browser: Browser, opened: Assistant) -> None:
    with serving(opened) as address, visiting(browser, address, viewport={"width": 360, "height": 740}) as visitor:
        for way in ("#go-library", ".pt-papers tbody a"):
            visitor.locator(way).first.click()
            expect(visitor.locator("#view h2").first).to_be_visible()
            assert visitor.evaluate("document.querySelector('#view').scrollWidth <= 360")
        assert visitor.evaluate("window.stolen === undefined")
