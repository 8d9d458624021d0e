"""What a library holds is counted once for as long as it stays as it is, and anew when it has changed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant import Assistant
from assistant.shelf import Shelf
from assistant.surfaces.web.desk import Desk
from assistant.surfaces.web.holdings import chosen, conditions, holdings, topics, without
from assistant.surfaces.web.views import frame
from assistant.surfaces.web.visit import Choice, Place, Visit
from tests.pages import make_page, make_record, open_page
from tests.web_topics import wait_for_topics
from vectorstore.embeddings import EmbeddingModel

PAGE = make_page(
    make_record("Looms: A Study", listing="31.2CLOct 16, 2018Code"),
    make_record("Valves: A Study", listing="12.0CVMay 2, 2019"),
    make_record("Pumps: A Study", listing="9.0CLMay 2, 2021"),
)


@pytest.fixture
def assistant(model: EmbeddingModel, tmp_path: Path) -> Iterator[Assistant]:
    with open_page(PAGE, tmp_path, model) as opened:
        yield opened
        wait_for_topics()


@pytest.fixture
def desk(assistant: Assistant) -> Desk:
    return Desk(Shelf(assistant.settings, assistant), editing=True)


@pytest.fixture
def visit() -> Visit:
    visit = Visit()
    visit.place = Place(library="ada")
    return visit


def test_a_library_is_counted_once_for_all_visitors_and_anew_when_it_changes(
    assistant: Assistant, desk: Desk, visit: Visit
) -> None:
    held = holdings(desk, visit)
    assert holdings(desk, Visit()) is held
    assert (held.extent, held.years) == ("3 papers, 2018 to 2021", {2018: 1, 2019: 1, 2021: 1})
    assert (list(held.categories), held.coded, held.told) == ([("CL", 2), ("CV", 1)], 1, 3)
    assistant.remove(next(iter(assistant.library.papers)))
    assert holdings(desk, visit).extent == "2 papers, 2019 to 2021"


def test_no_click_goes_through_all_papers_again(desk: Desk, visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.assistant(visit).chain.catalogue.find_topics()
    visit.go(choice=Choice(category="CL"))
    first = [draw(desk, visit) for draw in (frame.head, frame.chips, frame.filter_menu)]

    def refuse(*_: object) -> None:
        raise AssertionError("all papers are gone through")

    monkeypatch.setattr(desk, "topics", refuse)
    monkeypatch.setattr(desk, "papers", refuse)
    assert [draw(desk, visit) for draw in (frame.head, frame.chips, frame.filter_menu)] == first
    assert topics(desk, visit)


def test_the_chosen_papers_follow_the_choice_and_the_library(assistant: Assistant, desk: Desk, visit: Visit) -> None:
    visit.go(choice=Choice(category="CL"))
    assert len(chosen(desk, visit)) == 2
    assistant.remove(chosen(desk, visit)[0].key)
    assert len(chosen(desk, visit)) == 1
    visit.go(choice=Choice())
    assert len(chosen(desk, visit)) == 2


def test_the_conditions_of_a_choice_are_named_and_taken_off_one_by_one() -> None:
    choice = Choice(years=(2018, None), code=False, person="Eve")
    assert conditions(choice) == ["years", "code", "person"]
    assert without(choice, "code") == Choice(years=(2018, None), person="Eve")


def test_what_is_chosen_is_in_the_form_also_where_no_paper_has_it(desk: Desk, visit: Visit) -> None:
    visit.go(choice=Choice(years=(1066, None), category="ZZ"))
    form = frame.filter_menu(desk, visit)
    assert '<option value="1066" selected>1066</option>' in form
    assert '<option value="ZZ" selected>ZZ</option>' in form
