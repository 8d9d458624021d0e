"""Co-authors under any spelling, namesakes told apart with reasons, and decisions that hold."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from assistant.analysis.decisions import Decisions, load
from assistant.analysis.people import Person, coauthors, namesakes
from assistant.errors import ConfigError, LibraryNotWritable, PaperNotFound
from assistant.papers import ABSTRACT, TITLE, Author, Paper, Section
from assistant.sources.files import read
from vectorstore.embeddings import EmbeddingModel

NAME = "Ada Lovelace"


def make_paper(
    key: str,
    *authors: str,
    title: str = "A Plain Title",
    abstract: str = "",
    year: int | None = None,
    complete: bool = True,
    affiliation: str | None = None,
    category: str | None = None,
) -> Paper:
    text = f"{title}\n\n{abstract}" if abstract else title
    sections = [Section(TITLE, 0, len(title))]
    if abstract:
        sections.append(Section(ABSTRACT, len(title) + 2, len(text)))
    return Paper(
        key=key,
        title=title,
        text=text,
        sections=tuple(sections),
        authors=tuple(map(Author, authors)),
        authors_complete=complete,
        date=str(year) if year else None,
        affiliation=affiliation,
        category=category,
    )


def towards(*topics: int) -> NDArray[np.float32]:
    """Unit rows; two of one topic have a cosine of 0.5, two of different topics of 0."""
    rows = np.zeros((len(topics), 20 + len(topics)), dtype=np.float32)
    for row, topic in enumerate(topics):
        rows[row, [topic, 20 + row]] = np.sqrt(0.5)
    return rows


def keys(persons: Sequence[Person]) -> list[tuple[str, ...]]:
    return [person.papers for person in persons]


ENGINES = [
    make_paper("engine1", NAME, "Charles Babbage", title="Analytical engines for number tables", year=1842),
    make_paper("engine2", "Charles Babbage", NAME, title="Programs of analytical engines", year=1843),
    make_paper("engine3", NAME, "Charles Babbage", "Luigi Menabrea", title="Notes on analytical engines", year=1843),
]
FLOWERS = [
    make_paper("flower1", NAME, "Agnes Arber", "Carl Linnaeus", title="Petals of alpine flowers", year=1930),
    make_paper("flower2", NAME, "Agnes Arber", title="Pollen of alpine flowers", year=1931),
]
PAPERS = [*ENGINES, *FLOWERS]
VECTORS = towards(0, 0, 0, 1, 1)
ENGINE_KEYS, FLOWER_KEYS = ("engine1", "engine2", "engine3"), ("flower1", "flower2")


# ---- co-authors


def test_coauthors_have_their_papers_and_years_and_the_most_frequent_comes_first() -> None:
    found = coauthors(PAPERS, NAME)
    assert [(person.name, person.papers, person.first, person.last) for person in found] == [
        ("Charles Babbage", ("engine1", "engine2", "engine3"), 1842, 1843),
        ("Agnes Arber", ("flower1", "flower2"), 1930, 1931),
        ("Carl Linnaeus", ("flower1",), 1930, 1930),
        ("Luigi Menabrea", ("engine3",), 1843, 1843),
    ]


def test_a_paper_without_a_year_counts_and_gives_no_year() -> None:
    (only,) = coauthors([make_paper("p", NAME, "Charles Babbage")], NAME)
    assert (only.papers, only.first, only.last) == (("p",), None, None)


def test_spellings_of_one_coauthor_are_counted_together_and_shown_in_full() -> None:
    papers = [
        make_paper("a", NAME, "Hector Martinez Alonso"),
        make_paper("b", "A. Lovelace", "Martínez Alonso, Héctor"),
        make_paper("c", NAME, "H. Martínez Alonso"),
    ]
    assert [(person.name, person.papers) for person in coauthors(papers, NAME)] == [
        ("Héctor Martínez Alonso", ("a", "b", "c"))
    ]


def test_an_initial_that_fits_two_people_stays_apart() -> None:
    papers = [make_paper("a", "Zhiyuan Liu"), make_paper("b", "Zhenghao Liu"), make_paper("c", "Z. Liu")]
    assert [person.name for person in coauthors(papers, None)] == ["Z. Liu", "Zhenghao Liu", "Zhiyuan Liu"]


def test_two_authors_of_one_paper_are_two_people() -> None:
    papers = [make_paper("a", "Zhiyuan Liu", "Z. Liu")]
    assert [person.name for person in coauthors(papers, None)] == ["Z. Liu", "Zhiyuan Liu"]


def test_no_papers_have_no_coauthors() -> None:
    assert coauthors([], NAME) == ()


# ---- namesakes


def test_no_paper_has_no_person() -> None:
    assert namesakes(NAME, [], None) == ()
    assert namesakes(NAME, [], np.zeros((0, 4), dtype=np.float32)) == ()


def test_a_single_paper_is_one_person() -> None:
    (person,) = namesakes(NAME, ENGINES[:1], towards(0))
    assert (person.number, person.papers, person.decided) == (1, ("engine1",), False)


def test_two_papers_with_a_shared_coauthor_are_one_persons() -> None:
    assert keys(namesakes(NAME, ENGINES[:2], towards(0, 1))) == [("engine1", "engine2")]


def test_two_papers_of_nobody_else_on_one_topic_are_one_persons() -> None:
    papers = [make_paper("a", NAME), make_paper("b", NAME)]
    assert keys(namesakes(NAME, papers, towards(0, 0))) == [("a", "b")]


def test_a_merged_profile_is_told_apart() -> None:
    assert keys(namesakes(NAME, PAPERS, VECTORS)) == [ENGINE_KEYS, FLOWER_KEYS]


def test_little_is_split_without_vectors() -> None:
    assert keys(namesakes(NAME, ENGINES, None)) == [ENGINE_KEYS]
    assert len(namesakes(NAME, [make_paper("a"), make_paper("b"), make_paper("c", "Grace Hopper")], None)) == 1


def test_papers_signed_with_different_middle_initials_are_two_persons() -> None:
    papers = [
        make_paper("a", "Robert L. Mercer", "Peter Brown"),
        make_paper("b", "Robert E. Mercer", "Peter Brown"),
    ]
    persons = namesakes("Robert Mercer", papers, towards(0, 0))
    assert keys(persons) == [("a",), ("b",)]
    assert "signed Robert L. Mercer" in persons[0].evidence


def test_papers_of_two_topics_are_two_persons_unless_an_affiliation_joins_them() -> None:
    papers = [make_paper("a", NAME), make_paper("b", NAME)]
    assert len(namesakes(NAME, papers, towards(0, 1))) == 2
    papers = [replace(paper, affiliation="Analytical Society") for paper in papers]
    assert len(namesakes(NAME, papers, towards(0, 1))) == 1


@pytest.mark.parametrize(("category", "persons"), [("MATH", 1), ("BOT", 2)])
def test_papers_without_vectors_are_told_apart_by_their_category(category: str, persons: int) -> None:
    papers = [
        make_paper("a", NAME, "Charles Babbage", "Luigi Menabrea", year=1842, category="MATH"),
        make_paper("b", NAME, "Agnes Arber", "Carl Linnaeus", year=1930, category=category),
    ]
    assert len(namesakes(NAME, papers, None)) == persons


def test_the_evidence_names_who_and_what_holds_a_group_together_and_sets_it_apart() -> None:
    engines, flowers = namesakes(NAME, PAPERS, VECTORS)
    assert engines.evidence == (
        "3 of 3 papers are with Charles Babbage",
        "no co-author in common with the rest",
        "1842-1843; the rest 1930-1931",
        "about analytical engines and number tables",
    )
    assert flowers.evidence[0] == "2 of 2 papers are with Agnes Arber"
    assert flowers.label.startswith("alpine flowers")


def test_a_label_begins_with_the_affiliation() -> None:
    papers = [replace(paper, affiliation="Analytical Society") for paper in ENGINES]
    (person,) = namesakes(NAME, papers, towards(0, 0, 0))
    assert person.label.startswith("Analytical Society; analytical engines")
    assert "affiliation Analytical Society on 3 papers" in person.evidence


def test_lists_that_are_cut_are_said_to_be() -> None:
    papers = [replace(paper, authors_complete=False) for paper in PAPERS]
    evidence = namesakes(NAME, papers, VECTORS)[0].evidence
    assert "no co-author in common with the rest, as far as the author lists show" in evidence


def test_a_list_that_is_cut_before_the_name_counts_all_the_same() -> None:
    papers = [*ENGINES, make_paper("engine4", "Charles Babbage", "Luigi Menabrea", complete=False)]
    assert keys(namesakes(NAME, papers, towards(0, 0, 0, 0))) == [(*ENGINE_KEYS, "engine4")]


def test_the_order_of_the_papers_changes_nothing() -> None:
    expected = namesakes(NAME, PAPERS, VECTORS)
    order = list(range(len(PAPERS)))
    for seed in range(5):
        random.Random(seed).shuffle(order)
        assert namesakes(NAME, [PAPERS[row] for row in order], VECTORS[order]) == expected


def test_one_researchers_profile_is_one_person_and_two_joined_are_two(model: EmbeddingModel) -> None:
    linguist = profile("Barbara Plank", Path(__file__).parent / "data" / "barbara_plank" / "profile.txt")
    vectors = model.embed([f"{paper.title}\n{paper.abstract}" for paper in linguist])
    assert keys(namesakes("Barbara Plank", linguist, vectors)) == [tuple(sorted(paper.key for paper in linguist))]
    botany = [
        make_paper(f"z{row}", "Barbara Plank", "Agnes Arber", title=title, abstract=f"We examine {title.lower()}.")
        for row, title in enumerate(["Pollen of alpine flowers", "Seed dispersal of alpine plants", "Moss in glaciers"])
    ]
    joined = [*linguist, *botany]
    vectors = np.vstack([vectors, model.embed([f"{paper.title}\n{paper.abstract}" for paper in botany])])
    assert [len(group) for group in keys(namesakes("Barbara Plank", joined, vectors))] == [len(linguist), len(botany)]


def profile(name: str, path: Path) -> list[Paper]:
    papers = [item for item in read(path) if isinstance(item, Paper)]
    return [replace(paper, key=f"{name.split()[-1]}{number:03}") for number, paper in enumerate(papers)]


# ---- decisions


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "library" / "people.txt"


def test_without_a_file_nothing_is_decided(path: Path) -> None:
    assert load(path).of(NAME).groups == ()
    assert not path.exists()


def test_what_was_accepted_is_decided_and_stays_after_reopening(path: Path) -> None:
    load(path).accept(NAME, [ENGINE_KEYS, FLOWER_KEYS])
    persons = namesakes(NAME, PAPERS, VECTORS, load(path))
    assert keys(persons) == [ENGINE_KEYS, FLOWER_KEYS]
    assert all(person.decided for person in persons)


def test_what_was_merged_is_one_person(path: Path) -> None:
    decisions = load(path).merge(NAME, [ENGINE_KEYS, FLOWER_KEYS])
    (person,) = namesakes(NAME, PAPERS, VECTORS, decisions)
    assert person.papers == (*ENGINE_KEYS, *FLOWER_KEYS)
    assert person.decided


def test_what_was_split_is_another_person(path: Path) -> None:
    decisions = load(path).split(NAME, ["engine3"], [ENGINE_KEYS, FLOWER_KEYS])
    persons = namesakes(NAME, PAPERS, VECTORS, decisions)
    assert keys(persons) == [("engine1", "engine2"), FLOWER_KEYS, ("engine3",)]
    assert [person.decided for person in persons] == [True, False, True]


def test_a_later_decision_holds_over_an_earlier_one(path: Path) -> None:
    decisions = load(path).merge(NAME, [ENGINE_KEYS, FLOWER_KEYS]).split(NAME, FLOWER_KEYS, [ENGINE_KEYS + FLOWER_KEYS])
    assert keys(namesakes(NAME, PAPERS, VECTORS, decisions)) == [ENGINE_KEYS, FLOWER_KEYS]


def test_undoing_takes_back_the_last_decision_about_the_name(path: Path) -> None:
    merged = load(path).merge(NAME, [ENGINE_KEYS, FLOWER_KEYS])
    merged.merge("Grace Hopper", [["compiler1"], ["compiler2"]])
    split = load(path).split(NAME, ["engine3"], [ENGINE_KEYS + FLOWER_KEYS])
    assert split.undo(NAME).of(NAME) == merged.of(NAME)
    assert load(path).undo(NAME).of(NAME).groups == ()
    assert load(path).of("grace hopper").groups == (frozenset({"compiler1", "compiler2"}),)
    assert load(path).undo(NAME).of(NAME).groups == ()


def test_clearing_takes_back_every_decision_about_the_name(path: Path) -> None:
    decisions = load(path).accept(NAME, [ENGINE_KEYS, FLOWER_KEYS]).merge(NAME, [ENGINE_KEYS, FLOWER_KEYS])
    decisions = decisions.merge("Grace Hopper", [["compiler1"]]).clear(NAME)
    assert decisions.of(NAME).groups == ()
    assert len(decisions.of("Grace Hopper").groups) == 1


def test_a_line_deleted_by_hand_is_undone_and_comments_stay(path: Path) -> None:
    load(path).accept(NAME, [ENGINE_KEYS]).merge(NAME, [ENGINE_KEYS, FLOWER_KEYS])
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join(["# mine", *lines[:-1]]) + "\n", encoding="utf-8")
    assert load(path).of(NAME).groups == (frozenset(ENGINE_KEYS),)
    load(path).merge(NAME, [FLOWER_KEYS])
    assert path.read_text(encoding="utf-8").startswith("# mine\n")


def test_what_was_edited_meanwhile_is_not_lost(path: Path) -> None:
    earlier = load(path).merge(NAME, [ENGINE_KEYS])
    with path.open("a", encoding="utf-8") as file:
        file.write("merge | Grace Hopper | compiler1, compiler2\n")
    assert len(earlier.undo(NAME).of("Grace Hopper").groups) == 1


def test_a_new_paper_joins_the_nearest_accepted_person() -> None:
    decisions = Decisions().accept(NAME, [ENGINE_KEYS, FLOWER_KEYS])
    new = [make_paper("new1", NAME, "Grace Hopper"), make_paper("new2", NAME, "Agnes Arber")]
    persons = namesakes(NAME, [*PAPERS, *new], towards(0, 0, 0, 1, 1, 0, 7), decisions)
    assert keys(persons) == [(*ENGINE_KEYS, "new1"), (*FLOWER_KEYS, "new2")]


def test_a_new_paper_is_a_person_of_its_own_where_the_persons_are_not_accepted() -> None:
    decisions = Decisions().merge(NAME, [ENGINE_KEYS])
    papers = [*ENGINES, make_paper("new", NAME, "Grace Hopper", "Jean Sammet", year=1959)]
    persons = namesakes(NAME, papers, towards(0, 0, 0, 5), decisions)
    assert [(person.papers, person.decided) for person in persons] == [(ENGINE_KEYS, True), (("new",), False)]


def test_papers_that_are_gone_are_kept_in_the_file_and_nowhere_else(path: Path) -> None:
    decisions = load(path).accept(NAME, [ENGINE_KEYS, FLOWER_KEYS])
    assert keys(namesakes(NAME, ENGINES[:1], towards(0), decisions)) == [("engine1",)]
    decisions.merge("Grace Hopper", [["compiler1"]])
    assert "flower2" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("accept Ada Lovelace a, b", "is not 'ACTION | NAME | KEYS'"),
        ("accept | Ada Lovelace |", "is not 'ACTION | NAME | KEYS'"),
        ("join | Ada Lovelace | a, b", "'join' is none of accept, merge, split"),
        ("accept | Ada Lovelace | a, b / b", "'b' stands in it twice"),
        ("split | Ada Lovelace | a, , b", "a paper's key is missing"),
        ("merge | Ada Lovelace | a/b", "what is merged is one person"),
    ],
)
def test_a_broken_line_is_named_and_the_file_is_left_alone(path: Path, line: str, reason: str) -> None:
    path.parent.mkdir()
    text = f"# decisions\nmerge | Ada Lovelace | engine1\n{line}\n"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match="line 3") as raised:
        load(path)
    assert reason in str(raised.value)
    assert str(path) in str(raised.value)
    assert path.read_text(encoding="utf-8") == text


def test_a_decision_over_a_file_that_broke_meanwhile_leaves_it_alone(path: Path) -> None:
    decisions = load(path).merge(NAME, [ENGINE_KEYS])
    path.write_text("broken\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="line 1"):
        decisions.undo(NAME)
    assert path.read_text(encoding="utf-8") == "broken\n"


def test_a_file_that_is_no_text_is_a_config_error(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="cannot be read"):
        load(path)


def test_a_place_where_nothing_can_be_written_is_said() -> None:
    with pytest.raises(LibraryNotWritable, match="cannot be written"):
        load(Path("/proc/papertalk/people.txt")).merge(NAME, [ENGINE_KEYS])


@pytest.mark.parametrize(
    ("name", "groups"),
    [
        ("Ada | Lovelace", [["engine1"]]),
        (NAME, [["engine1, engine2"]]),
        (NAME, [["a/b"]]),
        (NAME, [["a\nb"]]),
        (NAME, [["a", "b"], ["b"]]),
        (NAME, [["a"], []]),
        (NAME, []),
    ],
)
def test_what_the_file_would_not_give_back_is_not_written(path: Path, name: str, groups: list[list[str]]) -> None:
    with pytest.raises(ValueError, match=r"holds a mark|mend the line"):
        load(path).accept(name, groups)
    assert not path.exists()


def test_only_present_papers_are_split(path: Path) -> None:
    with pytest.raises(PaperNotFound, match="'moss1'"):
        load(path).split(NAME, ["moss1"], [ENGINE_KEYS])
    assert not path.exists()
