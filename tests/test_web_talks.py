"""The drawer of conversations: a visitor sees, names, shares, takes away and deletes their own, and nobody else's."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest
from playwright.sync_api import Browser, Page, expect

from assistant.answers import Event
from assistant.shelf import Shelf
from assistant.surfaces.web.actions import act
from assistant.surfaces.web.desk import Desk
from assistant.surfaces.web.views import talks
from assistant.surfaces.web.visit import Place, Visit
from tests.web_chat import (
    Scripted,
    ask,
    cite,
    in_browser,
    make_answer,
    make_paper,
    serving,
    told,
    visiting,
)

if TYPE_CHECKING:
    from assistant import Assistant

PAPER = make_paper()
HOSTILE = '<img src=x onerror="window.stolen=1"> ${x} {{y}} *b*'


def script(question: str) -> AsyncIterator[Event]:
    return told(make_answer(f"So much on {question}. [1]", cite(1, PAPER, "They compute numbers."), question=question))


@pytest.fixture
def scripted(tmp_path: Path) -> Scripted:
    return Scripted(script, tmp_path, PAPER, examples=["What is first?"])


@pytest.fixture
def desk(scripted: Scripted) -> Desk:
    return desk_over(scripted, editing=False)


def desk_over(scripted: Scripted, *, editing: bool) -> Desk:
    return Desk(Shelf(scripted.settings, cast("Assistant", scripted)), editing=editing)


def visitor_of(desk: Desk, owner: str = "ada") -> Visit:
    """Somebody who has opened the drawer."""
    visit = Visit()
    visit.owner = owner
    visit.place = Place(library="engines")
    act(desk, visit, {"do": "talks"})
    return visit


def begun(desk: Desk, *questions: str, owner: str | None = "ada", library: str = "engines") -> str:
    """A conversation with these questions."""
    conversation = desk.conversations.start(library, owner)
    for question in questions:
        answer = make_answer("They compute. [1]", cite(1, PAPER, "They compute numbers."), question=question)
        desk.conversations.add(conversation.id, answer)
    return conversation.id


def listed(html: str) -> list[str]:
    return re.findall(r'<a id="talk-[^>]*><span dir="auto">(.*?)</span>', html)


# ---- the list


def test_nothing_is_drawn_before_the_drawer_is_opened(desk: Desk) -> None:
    begun(desk, "maps")
    assert talks.draw(desk, Visit()) == ""


def test_a_visitor_sees_their_own_conversations_about_this_library_newest_first(desk: Desk) -> None:
    begun(desk, "first")
    begun(desk, "second", "and more")
    begun(desk, "of another", owner="eve")
    begun(desk, "elsewhere", library="maps")
    begun(desk, "in a terminal", owner=None)
    html = talks.draw(desk, visitor_of(desk))
    assert listed(html) == ["second", "first"]
    assert "<h3>Today</h3>" in html
    assert "2 questions" in html


def test_on_a_machine_of_one_user_those_from_a_terminal_are_listed_too(scripted: Scripted) -> None:
    desk = desk_over(scripted, editing=True)
    begun(desk, "in a terminal", owner=None)
    begun(desk, "of another", owner="eve")
    assert listed(talks.draw(desk, visitor_of(desk))) == ["in a terminal"]


@pytest.mark.parametrize(("days", "age"), [(0, "Today"), (1, "This week"), (6, "This week"), (7, "Earlier")])
def test_conversations_are_grouped_by_their_age(days: int, age: str) -> None:
    now = datetime(2024, 5, 20, 12, tzinfo=UTC)
    assert talks.age_of(now - timedelta(days=days), now) == age


def test_an_empty_list_says_so(desk: Desk) -> None:
    html = talks.draw(desk, visitor_of(desk))
    assert "None yet." in html
    assert "<input" not in html


def test_a_search_leaves_those_that_hold_the_words(desk: Desk) -> None:
    begun(desk, "Maps?")
    begun(desk, "Flowers?")
    visit = visitor_of(desk)
    act(desk, visit, {"do": "talks", "value": "FLOWERS"})
    assert listed(talks.draw(desk, visit)) == ["Flowers?"]
    act(desk, visit, {"do": "talks", "value": "nowhere"})
    html = talks.draw(desk, visit)
    assert "No conversation of yours holds these words." in html
    assert 'value="nowhere"' in html


def test_many_conversations_come_fifty_at_a_time(desk: Desk) -> None:
    for number in range(52):
        begun(desk, f"Question {number}")
    visit = visitor_of(desk)
    html = talks.draw(desk, visit)
    assert len(listed(html)) == 50
    assert 'data-do="talks-more"' in html
    act(desk, visit, {"do": "talks-more"})
    html = talks.draw(desk, visit)
    assert len(listed(html)) == 52
    assert 'data-do="talks-more"' not in html


def test_the_conversation_on_the_page_is_marked(desk: Desk) -> None:
    begun(desk, "other")
    key, visit = begun(desk, "maps"), visitor_of(desk)
    act(desk, visit, {"do": "open", "query": f"?c={key}"})
    assert re.findall(r'data-query="\?c=([^"&]*)" aria-current="page"', unescaped(talks.draw(desk, visit))) == [key]


def test_a_title_is_characters(desk: Desk) -> None:
    begun(desk, HOSTILE)
    visit = visitor_of(desk)
    act(desk, visit, {"do": "talk-menu", "id": begun(desk, HOSTILE)})
    html = talks.draw(desk, visit)
    assert "<img" not in html
    assert "${" not in html
    assert "{{" not in html


def unescaped(html: str) -> str:
    return html.replace("&#95;", "_")


# ---- one of them


def test_a_conversation_is_renamed(desk: Desk) -> None:
    key, visit = begun(desk, "maps"), visitor_of(desk)
    act(desk, visit, {"do": "talk-rename", "id": key, "title": "  About   maps "})
    assert listed(talks.draw(desk, visit)) == ["About maps"]


def test_a_title_of_no_words_is_refused_in_a_sentence(desk: Desk) -> None:
    key, visit = begun(desk, "maps"), visitor_of(desk)
    act(desk, visit, {"do": "talk-rename", "id": key, "title": " "})
    assert visit.told.error
    assert listed(talks.draw(desk, visit)) == ["maps"]


def test_what_is_shared_is_read_by_its_link_until_it_is_shared_no_more(desk: Desk) -> None:
    key, visit, reader = begun(desk, "maps"), visitor_of(desk), visitor_of(desk, "eve")
    act(desk, visit, {"do": "talk-menu", "id": key})
    act(desk, visit, {"do": "talk-share", "id": key})
    (link,) = re.findall(r'href="(\?shared=[^"]*)"', unescaped(talks.draw(desk, visit)))
    act(desk, reader, {"do": "open", "query": link})
    assert [shown.question for shown in reader.shown] == ["maps"]
    assert "a copy of your own" in talks.shared_note(reader)
    assert talks.shared_note(visit) == ""
    act(desk, visit, {"do": "talk-unshare", "id": key})
    act(desk, reader, {"do": "open", "query": "?"})
    act(desk, reader, {"do": "open", "query": link})
    assert not reader.shown
    assert "no conversation at this address" in reader.told.sentence


@pytest.mark.parametrize(
    ("form", "name", "beginning"),
    [("markdown", "On-maps.md", "# On maps"), ("json", "On-maps.json", "{"), ("bibtex", "On-maps.bib", "@")],
)
def test_a_conversation_is_taken_away_as_a_file(desk: Desk, form: str, name: str, beginning: str) -> None:
    key, visit = begun(desk, "On maps?"), visitor_of(desk)
    act(desk, visit, {"do": "talk-save", "id": key, "form": form})
    assert visit.told.file is not None
    assert visit.told.file.name == name
    assert visit.told.file.text.startswith(beginning)


def test_where_nothing_is_cited_there_is_no_bibliography(desk: Desk) -> None:
    key, visit = desk.conversations.start("engines", "ada").id, visitor_of(desk)
    desk.conversations.add(key, make_answer("Nothing.", question="maps"))
    act(desk, visit, {"do": "talk-save", "id": key, "form": "bibtex"})
    assert visit.told.file is None
    assert "no reference to save" in visit.told.sentence


def test_deleting_the_conversation_on_the_page_begins_a_new_one(desk: Desk) -> None:
    key, other, visit = begun(desk, "maps"), begun(desk, "other"), visitor_of(desk)
    act(desk, visit, {"do": "open", "query": f"?c={key}"})
    act(desk, visit, {"do": "talk-delete", "id": other})
    assert visit.place.conversation == key
    act(desk, visit, {"do": "talk-delete", "id": key})
    assert visit.place.conversation == ""
    assert not visit.shown
    assert listed(talks.draw(desk, visit)) == []


def test_all_of_a_visitor_are_deleted_and_nobody_elses(desk: Desk) -> None:
    begun(desk, "maps")
    begun(desk, "elsewhere", library="maps")
    begun(desk, "in a terminal", owner=None)
    begun(desk, "of another", owner="eve")
    visit = visitor_of(desk)
    act(desk, visit, {"do": "talks-delete-all"})
    assert visit.told.sentence == "Your 2 conversations are deleted."
    assert "None yet." in talks.draw(desk, visit)
    assert {one.title for one in desk.conversations.list()} == {"in a terminal", "of another"}


@pytest.mark.parametrize("do", ["talk-rename", "talk-share", "talk-unshare", "talk-save", "talk-delete"])
@pytest.mark.parametrize("owner", ["eve", None])
def test_nothing_is_done_to_what_is_not_the_visitors(desk: Desk, do: str, owner: str | None) -> None:
    key = begun(desk, "secret", owner=owner)
    before = desk.conversations.get(key)
    told_of = []
    for chosen in (key, "nothing"):
        visit = visitor_of(desk)
        act(desk, visit, {"do": do, "id": chosen, "title": "mine", "form": "json"})
        assert visit.told.error
        assert visit.told.file is None
        told_of.append(visit.told.sentence)
    assert told_of[0] == told_of[1]
    assert desk.conversations.get(key) == before


# ---- in a browser


@pytest.fixture
def address(scripted: Scripted) -> Iterator[str]:
    with serving(scripted) as address:
        yield address


def open_drawer(visitor: Page) -> None:
    visitor.locator("#talks-button").click()
    expect(visitor.locator("#talks h2")).to_be_visible()


@in_browser
def test_a_conversation_is_found_again_renamed_and_deleted(address: str, browser: Browser) -> None:
    with visiting(browser, address) as visitor:
        ask(visitor, "maps")
        open_drawer(visitor)
        visitor.locator("#talks-new").click()
        expect(visitor.locator("#chat .pt-exchange")).to_have_count(0)
        ask(visitor, HOSTILE)
        titles = visitor.locator(".pt-talk > a > span")
        expect(titles).to_have_text([re.compile("<img src=x"), "maps"])
        visitor.locator("#talks-search").press_sequentially("maps")
        expect(titles).to_have_text(["maps"])
        expect(visitor.locator("#talks-search")).to_be_focused()
        titles.click()
        expect(visitor.locator("#chat .pt-question")).to_have_text("maps")
        expect(visitor.locator(".pt-talk > a[aria-current]")).to_have_count(1)
        visitor.locator(".pt-talk [data-do='talk-menu']").click()
        visitor.locator(".pt-talk input[name='title']").fill("Maps of all kinds")
        visitor.locator(".pt-talk input[name='title']").press("Enter")
        expect(titles).to_have_text(["Maps of all kinds"])
        visitor.locator(".pt-talk [data-do='talk-menu']").click()
        visitor.once("dialog", lambda dialog: dialog.accept())
        visitor.get_by_role("button", name="Delete").click()
        expect(visitor.locator(".pt-talk")).to_have_count(0)
        expect(visitor.locator("#chat .pt-exchange")).to_have_count(0)
        assert visitor.evaluate("window.stolen === undefined")


@in_browser
def test_a_conversation_is_saved_as_a_file_by_the_browser(address: str, browser: Browser) -> None:
    with visiting(browser, address) as visitor:
        ask(visitor, "maps")
        open_drawer(visitor)
        visitor.locator(".pt-talk [data-do='talk-menu']").click()
        with visitor.expect_download() as download:
            visitor.get_by_role("button", name="BibTeX").click()
        assert download.value.suggested_filename == "maps.bib"
        assert Path(download.value.path()).read_text(encoding="utf-8").startswith("@")


@in_browser
def test_a_shared_link_is_read_by_another_visitor(address: str, browser: Browser) -> None:
    with visiting(browser, address) as visitor:
        ask(visitor, "maps")
        open_drawer(visitor)
        visitor.locator(".pt-talk [data-do='talk-menu']").click()
        visitor.get_by_role("button", name="Share by link").click()
        link = visitor.get_by_role("link", name="Shared link").get_attribute("href")
    with visiting(browser, f"{address}/{link}") as reader:
        expect(reader.locator("#chat .pt-question")).to_have_text("maps")
        open_drawer(reader)
        expect(reader.locator(".pt-talk")).to_have_count(0)
