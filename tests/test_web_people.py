"""The view "People": persons of one name with their evidence, what is decided of them, and the co-authors."""

from __future__ import annotations

import html as entities
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from assistant import Assistant
from assistant.library import Library
from assistant.shelf import Shelf
from assistant.surfaces.web.actions import act, adding
from assistant.surfaces.web.actions import people as people_actions
from assistant.surfaces.web.desk import Desk
from assistant.surfaces.web.jobs import Job
from assistant.surfaces.web.views import people
from assistant.surfaces.web.visit import Choice, Place, Visit
from tests.asking import open_copy
from tests.pages import make_page, make_record, open_page
from tests.web_chat import in_browser, serving, visiting
from tests.web_topics import wait_for_topics
from vectorstore.embeddings import EmbeddingModel

HOSTILE = "<img src=x onerror=window.stolen=1> ${x} {{y}}"
PAGE = make_page(
    make_record(
        "Analytical Engines for Tables of Numbers",
        abstract="Engines with cards compute tables of numbers. Their gears add and carry.",
        listing="9.0CLMay 2, 2012",
    ),
    make_record(
        "Gears that Add and Carry",
        abstract="We speed up the gears of engines that compute tables of numbers.",
        listing="9.0CLMay 2, 2014",
    ),
    make_record(
        f"Petals of Alpine Flowers {HOSTILE}",
        authors="Ada Lovelace, Agnes Arber",
        abstract="Alpine flowers close their petals at night. We drew them in the meadow.",
        listing="9.0QBMay 2, 2020",
    ),
    make_record(
        "Pollen in Alpine Meadows",
        authors="Agnes Arber, Ada Lovelace",
        abstract="Pollen of alpine flowers travels with bumblebees. Meadows were watched for a summer.",
        listing="9.0QBMay 2, 2021",
    ),
)


@pytest.fixture(scope="module")
def ingested(model: EmbeddingModel, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """Two people's papers under one name. Shared: copy it."""
    with open_page(PAGE, tmp_path_factory.mktemp("people"), model) as opened:
        opened.chain.catalogue.find_topics()
        yield opened.library


@pytest.fixture
def assistant(ingested: Library, tmp_path: Path) -> Iterator[Assistant]:
    with open_copy(ingested, tmp_path) as opened:
        yield opened
        wait_for_topics()


@pytest.fixture
def desk(assistant: Assistant) -> Desk:
    return Desk(Shelf(assistant.settings, assistant), editing=True)


@pytest.fixture
def visit() -> Visit:
    visit = Visit()
    visit.owner = "ada"
    visit.place = Place(library="ada", view="people")
    return visit


def drawn(desk: Desk, visit: Visit) -> str:
    """The view, once what it looks for is found."""
    people_actions.look(desk, visit).wait()
    return people.draw(desk, visit)


def groups(html: str) -> list[str]:
    return re.findall(r"<h4>(\d+ papers?)", html)


def name_of_group(desk: Desk, place: int) -> str:
    """A paper of the person of that number."""
    return desk.assistant(Visit()).people.persons()[place - 1].papers[0]


# ---- what is shown


def test_the_persons_of_a_name_are_shown_with_what_speaks_for_them(desk: Desk, visit: Visit) -> None:
    html = drawn(desk, visit)
    assert groups(html) == ["2 papers", "2 papers"]
    assert "These may be papers of 2 different people." in html
    assert '<li dir="auto">2 of 2 papers are with Agnes Arber.</li>' in html
    assert "2020 to 2021" in html


def test_while_it_looks_the_page_asks_again(desk: Desk, visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Job, "is_running", True)
    assert "data-poll" in people.draw(desk, visit)


def test_a_title_is_characters(desk: Desk, visit: Visit) -> None:
    html = drawn(desk, visit)
    assert "<img" not in html
    assert "${" not in html
    assert "{{" not in html


def test_a_coauthor_is_looked_at_by_name_and_is_one_person(desk: Desk, visit: Visit) -> None:
    act(desk, visit, {"do": "people-name", "name": "  Agnes  Arber "})
    html = drawn(desk, visit)
    assert "One person, as far as the papers show." in html
    assert groups(html) == ["2 papers"]
    assert "people-keep" not in html
    assert visit.place.to_query("ada") == "view=people&search=++Agnes++Arber+"


def test_a_name_that_no_paper_shows_is_a_sentence(desk: Desk, visit: Visit) -> None:
    act(desk, visit, {"do": "people-name", "name": HOSTILE})
    html = drawn(desk, visit)
    assert "No paper here shows an author" in html
    assert "<img" not in html


def test_a_coauthor_leads_to_the_joint_papers(desk: Desk, visit: Visit) -> None:
    html = drawn(desk, visit)
    rows = re.findall(r"<tr><td.*?</tr>", html)
    assert [re.sub(r"<.*?>", " ", row).split()[:3] for row in rows] == [
        ["Agnes", "Arber", "2"],
        ["Charles", "Babbage", "2"],
    ]
    act(desk, visit, {"do": "people-with", "view": "chat", "person": "Agnes Arber"})
    assert visit.place.view == "chat"
    assert visit.place.choice == Choice(person="Agnes Arber")
    assert len(desk.papers(visit)) == 2


def test_of_each_person_the_chosen_papers_are_listed_and_counted(desk: Desk, visit: Visit) -> None:
    visit.go(choice=Choice(years=(2014, 2020)))
    html = drawn(desk, visit)
    assert sorted(re.findall(r"<h4>(\d+ of \d+ papers)", html)) == ["1 of 2 papers", "1 of 2 papers"]
    assert html.count("<summary>The paper</summary>") == 2
    assert "chip-years" in html


def test_a_person_without_a_chosen_paper_is_counted_and_not_shown(desk: Desk, visit: Visit) -> None:
    visit.go(choice=Choice(years=(2020, None)))
    html = drawn(desk, visit)
    assert groups(html) == ["2 papers"]
    assert "1 of them has none of the chosen papers." in html


def test_coauthors_are_those_of_the_chosen_papers(desk: Desk, visit: Visit) -> None:
    visit.go(choice=Choice(years=(None, 2014)))
    html = drawn(desk, visit)
    assert "Charles Babbage" in html
    assert "Agnes Arber" not in html[html.index("Co-authors") :]
    act(desk, visit, {"do": "people-with", "view": "library", "person": "Charles Babbage"})
    assert visit.place.choice == Choice(years=(None, 2014), person="Charles Babbage")


def test_a_choice_that_no_paper_meets_says_which_condition_to_take_off(desk: Desk, visit: Visit) -> None:
    visit.go(choice=Choice(years=(1900, 1901), person="Agnes Arber"))
    html = drawn(desk, visit)
    assert 'id="people-none-years"' in html
    assert "leaves 2 papers" in html


def test_papers_of_others_that_were_removed_are_put_back(desk: Desk, visit: Visit) -> None:
    keys = list(desk.assistant(visit).library.papers)
    act(desk, visit, {"do": "people-keep", "key": name_of_group(desk, 1), "count": "2"})
    assert len(desk.assistant(visit).library.papers) == 2
    assert "2 papers are removed from the library." in drawn(desk, visit)
    act(desk, visit, {"do": "put-back"})
    job = adding.of(desk, visit).putting_back
    assert job is not None
    job.wait()
    assert list(desk.assistant(visit).library.papers) == keys


def test_more_papers_than_can_be_grouped_are_said_to_be(
    desk: Desk, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(people_actions, "MOST_GROUPED", 3)
    html = drawn(desk, visit)
    assert "4 papers show this name." in html
    assert groups(html) == []
    assert "Agnes Arber" in html


def test_a_long_group_is_shown_whole_when_that_is_asked_for(
    desk: Desk, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(people, "_MOST_PAPERS", 1)
    html = drawn(desk, visit)
    assert html.count("Show 1 more</button>") == 2
    act(desk, visit, {"do": "people-whole", "key": name_of_group(desk, 1)})
    assert drawn(desk, visit).count("Show 1 more</button>") == 1


# ---- what is decided


def test_the_groups_are_accepted_and_that_is_undone(desk: Desk, visit: Visit) -> None:
    act(desk, visit, {"do": "people-accept"})
    html = drawn(desk, visit)
    assert "2 different people, as decided." in html
    assert "people-accept" not in html
    act(desk, visit, {"do": "people-undo"})
    html = drawn(desk, visit)
    assert "people-accept" in html
    assert "people-undo" not in html


def test_ticked_groups_become_one_person(desk: Desk, visit: Visit) -> None:
    data = {f"group-{number}": name_of_group(desk, number) for number in (1, 2)}
    act(desk, visit, {"do": "people-merge", **data})
    html = drawn(desk, visit)
    assert groups(html) == ["4 papers"]
    assert "One person, as you decided." in html


def test_one_ticked_group_is_no_decision(desk: Desk, visit: Visit) -> None:
    act(desk, visit, {"do": "people-merge", "group-1": name_of_group(desk, 1)})
    assert visit.told.sentence == "Tick two groups or more to make them one person's."
    assert groups(drawn(desk, visit)) == ["2 papers", "2 papers"]


def test_ticked_papers_are_split_off(desk: Desk, visit: Visit) -> None:
    act(desk, visit, {"do": "people-split"})
    assert visit.told.error
    key = name_of_group(desk, 1)
    act(desk, visit, {"do": "people-split", f"paper-{key}": key})
    assert groups(drawn(desk, visit)) == ["2 papers", "1 paper", "1 paper"]


def test_one_persons_papers_are_kept(desk: Desk, visit: Visit) -> None:
    kept = desk.assistant(visit).people.persons()[0].papers
    (count, *_) = re.findall(r'data-do="people-keep" data-key="[^"]*" data-count="(\d+)"', drawn(desk, visit))
    act(desk, visit, {"do": "people-keep", "key": kept[0], "count": count})
    assert visit.told.sentence == "2 papers are removed; a button puts them back."
    assert set(desk.assistant(visit).library.papers) == set(kept)
    assert groups(drawn(desk, visit)) == ["2 papers"]


def test_nothing_is_removed_where_the_groups_have_changed_meanwhile(desk: Desk, visit: Visit) -> None:
    key = name_of_group(desk, 1)
    act(desk, visit, {"do": "people-split", f"paper-{key}": key})
    act(desk, visit, {"do": "people-keep", "key": key, "count": "2"})
    assert visit.told.error
    assert len(desk.assistant(visit).library.papers) == 4


@pytest.mark.parametrize("do", ["people-accept", "people-merge", "people-split", "people-undo", "people-keep"])
def test_who_may_not_change_the_library_decides_nothing(desk: Desk, visit: Visit, do: str) -> None:
    key, other = name_of_group(desk, 1), name_of_group(desk, 2)
    desk.editing = False
    assert not re.search(r"people-(accept|merge|split|undo|keep)|checkbox", drawn(desk, visit))
    given = {"group-1": key, "group-2": other, f"paper-{key}": key, "key": key, "count": "2"}
    act(desk, visit, {"do": do, **given})
    assert "ask whoever runs it" in visit.told.sentence
    assert len(desk.assistant(visit).library.papers) == 4
    assert not desk.assistant(visit).people.is_settled()
    assert groups(drawn(desk, visit)) == ["2 papers", "2 papers"]


def test_a_library_without_a_paper_says_so(model: EmbeddingModel, tmp_path: Path, visit: Visit) -> None:
    with Assistant(library="ada", data_dir=tmp_path, model=model) as empty:
        html = drawn(Desk(Shelf(empty.settings, empty), editing=True), visit)
    assert "The sources name no author" in html


# ---- in a browser


@in_browser
def test_groups_are_ticked_joined_and_taken_apart_again(assistant: Assistant, browser: Browser) -> None:
    with serving(assistant) as address, visiting(browser, f"{address}/?view=people") as visitor:
        persons = visitor.locator(".pt-person")
        expect(persons).to_have_count(2)
        for box in visitor.locator(".pt-person-top input").all():
            box.check()
        visitor.locator("#people-merge-button").press("Enter")
        expect(persons).to_have_count(1)
        visitor.locator("#people-undo").click()
        expect(persons).to_have_count(2)
        visitor.locator(".pt-person summary").first.click()
        visitor.locator(".pt-person details input").first.check()
        visitor.locator(".pt-person details button[type='submit']").first.click()
        expect(persons).to_have_count(3)
        assert visitor.evaluate("window.stolen === undefined")


@in_browser
def test_a_coauthors_papers_are_asked_about(assistant: Assistant, browser: Browser) -> None:
    with serving(assistant) as address, visiting(browser, f"{address}/?view=people") as visitor:
        visitor.get_by_role("link", name="Ask about the papers with Agnes Arber").click()
        expect(visitor.locator("#chip-person").first).to_have_text(re.compile("with Agnes Arber"))
        assert "person=Agnes" in entities.unescape(visitor.url)
