"""``papertalk people`` as a user meets it: what it shows, what each decision changes, and that all can be undone."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from tests.command_line import run, sentence, stored_library
from tests.pages import make_page, make_record

PAGE = make_page(
    *(
        make_record(
            f"Parsing {what} with Neural Networks",
            authors="Ada Lovelace, Jun Li, Marie Curie",
            abstract=f"We parse {what} with neural networks, and parse them well. Parsing {what} takes treebanks.",
            listing=f"9.1CLOct 16, {year}",
        )
        for year, what in ((2018, "Sentences"), (2019, "Dialogues"), (2020, "Questions"))
    ),
    make_record(
        "Coral Reefs under Warm Water",
        authors="Ada Lovelace, Kai Sea",
        abstract="Coral reefs bleach in warm water. We dive and count living polyps on the reefs.",
        listing="3.0QBJan 5, 2021",
    ),
)


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return stored_library(PAGE, tmp_path_factory.mktemp("people"))


@pytest.fixture
def data(stored: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(stored, tmp_path / "data"))


def groups(data: Path, *options: str) -> list[list[str]]:
    persons = json.loads(run("people", "--json", *options, data=data).stdout)["persons"]
    return [sorted(person["papers"]) for person in persons]


def test_people_shows_each_group_with_its_evidence_and_then_the_co_authors(data: Path) -> None:
    shown = run("people", data=data).stdout
    printed = json.loads(run("people", "--json", data=data).stdout)
    for person in printed["persons"]:
        assert f"{person['number']}. {len(person['papers'])} paper" in shown
        assert all(reason in shown for reason in (*person["evidence"], *person["papers"]))
    assert re.search(r"^co-author +papers +first +last$", shown, re.MULTILINE)
    assert re.search(r"^Jun Li +3 +2018 +2020$", shown, re.MULTILINE)


def test_each_decision_says_what_it_changed_and_is_undone_the_same_way(data: Path) -> None:
    before = groups(data)
    key = "lovelace2019parsing"
    split = run("people", "split", key, data=data)
    assert split.exit_code == 0
    assert [key] in groups(data)
    assert split.stderr.startswith(f"split: {len(before) + 1} persons now, {len(before)} before\n")
    assert "'papertalk people undo'" in split.stderr
    assert "(as you decided)" in split.stdout
    merged = run("people", "merge", *map(str, range(1, len(before) + 2)), data=data)
    assert merged.stderr.startswith(f"merged: 1 person now, {len(before) + 1} before\n")
    assert len(groups(data)) == 1
    assert run("people", "undo", data=data).stderr == f"undone: {len(before) + 1} persons now, 1 before\n"
    assert run("people", "undo", data=data).exit_code == 0
    assert groups(data) == before
    assert run("people", "undo", data=data).stderr == "nothing to undo\n"


def test_what_is_accepted_is_no_suggestion_any_more(data: Path) -> None:
    run("people", "split", "lovelace2019parsing", data=data)
    assert "A suggestion." in run("people", data=data).stderr
    accepted = run("people", "accept", "--json", data=data)
    assert json.loads(accepted.stdout)["settled"] is True
    assert run("people", data=data).stderr == ""
    run("people", "undo", data=data)
    assert "A suggestion." in run("people", data=data).stderr


def test_the_papers_of_the_other_groups_are_left_out(data: Path) -> None:
    run("people", "split", "lovelace2019parsing", data=data)
    persons = json.loads(run("people", "--json", data=data).stdout)["persons"]
    others = [key for person in persons if person["number"] != 1 for key in person["papers"]]
    kept = run("people", "keep", "1", "--json", data=data)
    assert sorted(json.loads(kept.stdout)["removed"]) == sorted(others)
    assert json.loads(kept.stdout)["left"] == len(persons[0]["papers"])
    assert groups(data) == [sorted(persons[0]["papers"])]
    wrong = run("people", "keep", "7", data=data)
    assert wrong.exit_code == 1
    assert "There is no group 7" in wrong.stderr


def test_another_name_has_groups_of_its_own(data: Path) -> None:
    assert [key for group in groups(data, "--name", "Marie Curie") for key in group] == [
        "lovelace2018parsing",
        "lovelace2019parsing",
        "lovelace2020parsing",
    ]
    assert "No paper here shows an author 'Nobody'" in sentence(run("people", "--name", "Nobody", data=data))


def test_options_may_stand_before_or_after_the_decision(data: Path) -> None:
    for arguments in (["--name", "Jun Li", "split"], ["split", "--name", "Jun Li"]):
        result = run("people", *arguments, "lovelace2019parsing", data=data)
        assert result.exit_code == 0
        assert ["lovelace2019parsing"] in groups(data, "--name", "Jun Li")
        assert run("people", "undo", "--name", "Jun Li", data=data).stderr.startswith("undone: ")


def test_what_cannot_be_decided_is_one_sentence_and_changes_nothing(data: Path) -> None:
    before = groups(data)
    assert "There is no group 9" in sentence(run("people", "merge", "1", "9", data=data))
    assert "takes two of their numbers" in sentence(run("people", "merge", "1", data=data))
    assert "has no paper 'nobody'" in sentence(run("people", "split", "nobody", data=data))
    assert run("people", "merge", "one", "two", data=data).exit_code == 2
    assert run("people", "split", data=data).exit_code == 2
    assert groups(data) == before


def test_a_library_without_an_author_shows_who_wrote_and_asks_for_a_name(tmp_path: Path) -> None:
    page = tmp_path / "page.txt"
    page.write_text(PAGE.removeprefix("Ada Lovelace\n\n"), encoding="utf-8")
    assert run("ingest", str(page), data=tmp_path).exit_code == 0
    result = run("people", data=tmp_path)
    assert result.exit_code == 0
    assert "Ada Lovelace" in result.stdout
    assert "--name NAME groups the papers of a name" in result.stderr


@pytest.mark.parametrize("command", ["accept", "merge", "split", "keep", "undo"])
def test_every_decision_has_an_example(command: str) -> None:
    shown = run("people", command, "--help", data="unused").stdout
    assert f"Example: papertalk people {command}" in shown
    assert all(option in shown for option in ("--name", "--library", "--data-dir", "--json"))
