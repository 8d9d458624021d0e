"""Adding papers from the page: files of one name are told apart by what they hold."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request

from assistant import Assistant
from assistant.errors import SourceError
from assistant.ingesting import IngestReport
from assistant.previewing import Preview
from assistant.shelf import Shelf
from assistant.surfaces.web import uploads
from assistant.surfaces.web.actions import act, adding
from assistant.surfaces.web.desk import Desk
from assistant.surfaces.web.views import frame
from assistant.surfaces.web.views.sources import panel_of
from assistant.surfaces.web.visit import Place, Visit
from tests.pages import make_page, open_page
from tests.web_asking import asked
from vectorstore.embeddings import EmbeddingModel

LOOMS = b"@article{looms, title={Looms that Weave by Cards}, author={Lovelace, Ada}, year={1843}}\n"
GEARS = b"@article{gears, title={Gears that Turn and Count}, author={Lovelace, Ada}, year={1842}}\n"


@pytest.fixture
def assistant(model: EmbeddingModel, tmp_path: Path) -> Iterator[Assistant]:
    with open_page(make_page(), tmp_path, model) as opened:
        yield opened


@pytest.fixture
def desk(assistant: Assistant) -> Iterator[Desk]:
    desk = Desk(Shelf(assistant.settings, assistant), editing=True)
    yield desk
    desk.uploads.close()


@pytest.fixture
def visit() -> Visit:
    visit = Visit()
    visit.owner = "ada"
    visit.place = Place(library="ada", view="add")
    return visit


def upload(desk: Desk, visit: Visit, name: str, content: bytes) -> None:
    """A file is sent and told to the page, as its script does."""

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": content, "more_body": False}

    request = Request({"type": "http", "method": "PUT", "headers": []}, receive)
    token = asyncio.run(desk.uploads.take(visit.owner, name, request))
    act(desk, visit, {"do": "uploaded", "name": name, "token": token})


def names(desk: Desk, visit: Visit) -> list[str]:
    return [name for _, name in adding.of(desk, visit).files]


def looked(desk: Desk, visit: Visit) -> Preview:
    act(desk, visit, {"do": "look"})
    job = adding.of(desk, visit).reading
    assert job is not None
    job.wait()
    assert job.result is not None, job.problem
    return job.result


def taken(desk: Desk, visit: Visit) -> IngestReport:
    looked(desk, visit)
    act(desk, visit, {"do": "take"})
    job = adding.of(desk, visit).taking
    assert job is not None
    job.wait()
    assert job.result is not None, job.problem
    act(desk, visit, {"do": "begin-anew"})
    return job.result


def sources(desk: Desk, visit: Visit) -> dict[str, int]:
    """How many papers each source has, but for the page that the library began with."""
    return {one.name: one.papers for one in desk.assistant(visit).library.sources if one.name != "page.txt"}


def test_two_files_of_one_name_are_two_sources(desk: Desk, visit: Visit) -> None:
    upload(desk, visit, "export.bib", LOOMS)
    upload(desk, visit, "export.bib", GEARS)
    assert names(desk, visit) == ["export.bib", "export (2).bib"]
    assert len(taken(desk, visit).added) == 2
    assert sources(desk, visit) == {"export.bib": 1, "export (2).bib": 1}


def test_the_same_file_twice_is_one_file(desk: Desk, visit: Visit) -> None:
    upload(desk, visit, "export.bib", LOOMS)
    upload(desk, visit, "export.bib", LOOMS)
    assert names(desk, visit) == ["export.bib"]
    assert visit.told.sentence == "This file is in the list already."
    assert len(looked(desk, visit).report.added) == 1


def test_one_content_under_two_names_is_two_files(desk: Desk, visit: Visit) -> None:
    upload(desk, visit, "one.bib", LOOMS)
    upload(desk, visit, "two.bib", LOOMS)
    assert names(desk, visit) == ["one.bib", "two.bib"]


def test_another_file_of_a_known_name_is_a_source_of_its_own(desk: Desk, visit: Visit) -> None:
    upload(desk, visit, "export.bib", LOOMS)
    taken(desk, visit)
    upload(desk, visit, "export.bib", GEARS)
    taken(desk, visit)
    assert sources(desk, visit) == {"export.bib": 1, "export (2).bib": 1}


def test_a_newer_state_of_a_known_file_is_that_source(desk: Desk, visit: Visit) -> None:
    upload(desk, visit, "export.bib", LOOMS)
    taken(desk, visit)
    upload(desk, visit, "export.bib", LOOMS + GEARS)
    taken(desk, visit)
    assert sources(desk, visit) == {"export.bib": 2}


def test_a_known_file_that_comes_again_changes_nothing(desk: Desk, visit: Visit) -> None:
    upload(desk, visit, "export.bib", LOOMS)
    taken(desk, visit)
    upload(desk, visit, "export.bib", LOOMS)
    preview = looked(desk, visit)
    assert (len(preview.report.unchanged), preview.report.added) == (1, [])
    assert names(desk, visit) == ["export.bib"]


def test_files_of_two_visitors_do_not_meet(desk: Desk, visit: Visit) -> None:
    other = Visit()
    other.owner, other.place = "eve", visit.place
    upload(desk, visit, "export.bib", LOOMS)
    upload(desk, other, "export.bib", LOOMS)
    assert (names(desk, visit), names(desk, other)) == (["export.bib"], ["export.bib"])


def test_a_file_that_is_too_large_says_what_to_do_and_leaves_nothing(
    desk: Desk, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "LARGEST", 10)
    with pytest.raises(SourceError, match=r"'export\.bib' is larger than .*; divide it"):
        upload(desk, visit, "export.bib", LOOMS)
    monkeypatch.undo()
    upload(desk, visit, "export.bib", GEARS)
    assert names(desk, visit) == ["export.bib"]


# ---- a library that is begun on the page


@pytest.mark.parametrize(("editing", "may_edit"), [(True, False), (False, True)])
def test_a_library_is_begun_where_visitors_may_edit_and_papers_are_added_next(
    assistant: Assistant, visit: Visit, editing: bool, may_edit: bool
) -> None:
    with Shelf(assistant.settings, assistant) as shelf:
        desk, visit.may_edit = Desk(shelf, editing=editing), may_edit
        assert 'data-do="begin-library"' in frame.head(desk, visit)
        act(desk, visit, {"do": "begin-library", "name": " mary "})
        assert (visit.place.library, visit.place.view, visit.told.sentence) == ("mary", "add", "")
        assert shelf.names() == ["ada", "mary"]
        html = frame.head(desk, visit)
        assert '<option value="mary" selected>mary</option>' in html
        assert 'id="new-library-mary"' in html
        desk.uploads.close()
    with Shelf(assistant.settings, assistant) as shelf:
        assert shelf.names() == ["ada", "mary"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("../mary", "No library can be called '../mary': a library's name is letters, digits"),
        ("", "No library can be called '': a library's name is letters, digits"),
        ("m" * 65, "at most 64 of them."),
        ("ada", "There is a library 'ada' already; choose another name."),
        ("Ada", "There is a library 'Ada' already; choose another name."),
    ],
)
def test_a_name_that_no_new_library_can_have_is_refused_in_a_sentence(
    desk: Desk, visit: Visit, name: str, said: str
) -> None:
    act(desk, visit, {"do": "begin-library", "name": name})
    assert said in visit.told.sentence
    assert visit.told.error
    assert visit.place.library == "ada"
    assert desk.shelf.names() == ["ada"]


def test_a_library_is_not_begun_where_visitors_may_not_edit(assistant: Assistant, visit: Visit) -> None:
    desk = Desk(Shelf(assistant.settings, assistant), editing=False)
    assert "begin-library" not in frame.head(desk, visit)
    act(desk, visit, {"do": "begin-library", "name": "mary"})
    assert visit.told.sentence == "A library cannot be begun from this page; ask whoever runs it."
    assert desk.shelf.names() == ["ada"]
    desk.uploads.close()


# ---- a paper that was removed, and is cited


async def test_a_cited_paper_that_was_removed_is_said_to_be_and_its_quote_stays(desk: Desk, visit: Visit) -> None:
    visit.go(view="chat")
    await asked(desk, visit, "What do they compute?")
    (paper,) = desk.assistant(visit).papers()
    (citation, *_) = desk.conversations.exchanges(visit.place.conversation)[0].to_answer().citations
    assert "was removed" not in panel_of(desk, visit)
    act(desk, visit, {"do": "remove-paper", "key": paper.key})
    again = Visit()
    again.owner = visit.owner
    desk.open(again, Place(library="ada", conversation=visit.place.conversation))
    for page in (visit, again):
        html = panel_of(desk, page)
        assert "This paper was removed from the library" in html
        assert f">{citation.quote}</mark>" in html
        assert "data-paper" not in html
        act(desk, page, {"do": "go", "view": "library", "paper": paper.key})
        assert page.place.view == "chat" or not page.place.paper
        assert "was removed from the library" in page.told.sentence
    act(desk, visit, {"do": "put-back"})
    job = adding.of(desk, visit).putting_back
    assert job is not None
    job.wait()
    assert "was removed" not in panel_of(desk, again)
