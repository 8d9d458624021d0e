"""Taking papers in: again, changed, twice, half way, and when the process is killed or the disk is full."""

from __future__ import annotations

import json
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from assistant.errors import ModelError, PaperNotFound
from assistant.ingesting import IngestReport
from assistant.library import Library, open_library
from assistant.papers import Paper
from assistant.passages import to_records
from assistant.settings import load
from assistant.sources import Closed, Item, Opened, Unreadable
from assistant.sources.files import read
from tests.children import ingest, open_at, start
from tests.conftest import SAMPLE
from tests.fakes import FirstWords, Watched, failing_at
from tests.pages import make_page, make_record
from vectorstore.embeddings import EmbeddingModel
from vectorstore.records import Record

SIGKILL, SIGALRM = "9", "14"
WEIGHTS = {"title": 2.0, "text": 1.0, "people": 1.0}


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with open_at(tmp_path) as library:
        yield library


@pytest.fixture
def page_at(tmp_path: Path) -> Callable[..., Path]:
    """Writes a page with these records to a file."""

    def write(*records: str) -> Path:
        path = tmp_path / "page.txt"
        path.write_text(make_page(*records), encoding="utf-8")
        return path

    return write


@pytest.fixture
def take_in(library: Library, page_at: Callable[..., Path]) -> Callable[..., IngestReport]:
    """Ingests a page with these records."""
    return lambda *records: library.ingest(read(page_at(*records)))


def declared(library: Library) -> list[Record]:
    """Every record that the library's papers should have in the store."""
    model = library.store.model
    return [record for paper in library.papers.values() for record in to_records(paper, model, 0)]


def assert_whole(library: Library) -> None:
    """What is there is all there: each record, at its place in its paper, with a vector, and nothing else is found."""
    expected = declared(library)
    ids = [record.id for record in expected]
    stored = library.store.get(ids)
    assert [(record.id, record.text) for record in stored] == [(record.id, record.text) for record in expected]
    for record in stored:
        if record.kind != "document":
            start, end = int(record.fields["start"]), int(record.fields["end"])
            assert library.paper(record.parent).text[start:end] == record.text
    vectors = library.store.vectors(ids)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    for vector in vectors[:: len(ids) // 10 + 1]:
        reached = {hit.id for hit in library.store.nearest(vector, 1_000)}
        assert reached <= set(ids)
        assert reached or not ids
    for key, paper in library.papers.items():
        assert key in [hit.id for hit in library.store.matching(paper.title, 100, WEIGHTS)]


def assert_embedded(library: Library) -> None:
    """Each record's vector is of the text that stands there now."""
    expected = declared(library)
    embedded = library.store.model.embed([record.embed or record.text for record in expected])
    np.testing.assert_allclose(library.store.vectors([record.id for record in expected]), embedded, atol=1e-5)


# the sample


def test_the_sample_holds_37_papers_each_of_them_whole(sample_library: Library) -> None:
    assert len(sample_library) == 37
    assert_whole(sample_library)


def test_each_record_of_the_sample_is_found_by_its_own_vector(sample_library: Library) -> None:
    ids = [record.id for record in declared(sample_library)]
    vectors = sample_library.store.vectors(ids)
    found = [sample_library.store.nearest(vector, 3)[0].score for vector in vectors]
    assert found == pytest.approx([1.0] * len(ids), abs=1e-4)


def test_a_second_run_finds_all_37_unchanged_and_embeds_nothing(
    sample_library: Library, model: EmbeddingModel, tmp_path: Path
) -> None:
    shutil.copytree(sample_library.store.directory, tmp_path / "libraries" / "xu-han")
    watched = Watched(model)
    with open_library(load(data_dir=tmp_path, library="xu-han"), watched) as library:
        report = library.ingest(read(SAMPLE))
        assert str(report) == "unchanged: 37"
        assert report.warnings == []
        assert watched.texts == []
        assert library.papers == sample_library.papers


def test_keys_are_readable_unique_and_the_same_on_every_run(sample_library: Library, tmp_path: Path) -> None:
    keys = list(sample_library.papers)
    assert {"han2018fewrel", "han2018denoising", "yao2019docred", "zhang2019ernie", "wang2020maven"} <= set(keys)
    assert len(set(keys)) == 37
    assert all(key.isascii() and key.isalnum() and key.islower() for key in keys)
    assert ingest(tmp_path, SAMPLE).added == keys


# again and changed


def test_a_page_goes_in_and_is_there_after_reopening(tmp_path: Path, page_at: Callable[..., Path]) -> None:
    report = ingest(tmp_path, page_at(make_record("Engines that Weave"), make_record("Notes on Notes")))
    assert report.added == ["lovelace2019engines", "lovelace2019notes"]
    with open_at(tmp_path) as library:
        assert [paper.title for paper in library.papers.values()] == ["Engines that Weave", "Notes on Notes"]
        assert_whole(library)


def test_the_header_of_a_page_says_who_the_author_is(take_in: Callable[..., IngestReport], library: Library) -> None:
    take_in()
    assert library.author
    assert (library.author.name, library.author.subject) == ("Ada Lovelace", "CL")


def test_an_unchanged_paper_is_not_touched_while_another_is_replaced(
    tmp_path: Path, page_at: Callable[..., Path]
) -> None:
    ingest(tmp_path, page_at(make_record("Engines that Weave"), make_record("Notes on Notes")))
    watched = Watched(FirstWords())
    changed = make_record("Notes on Notes", abstract="We now say something else.")
    report = ingest(tmp_path, page_at(make_record("Engines that Weave"), changed), watched)
    assert str(report) == "updated: 1, unchanged: 1"
    assert report.updated == ["lovelace2019notes"]
    assert watched.texts == [
        "Notes on Notes",
        "Notes on Notes. We now say something else.",
        "We now say something else.",
    ]


def test_a_changed_abstract_replaces_the_old_one_everywhere(
    take_in: Callable[..., IngestReport], library: Library
) -> None:
    take_in(make_record(abstract="We study looms. They weave silk. Nothing is lost."))
    take_in(make_record(abstract="We study mills. They grind."))
    (paper,) = library.papers.values()
    assert paper.abstract == "We study mills. They grind."
    assert library.store.matching("silk", 10, WEIGHTS) == []
    assert_whole(library)
    assert_embedded(library)


def test_a_changed_listing_alone_updates_the_paper(take_in: Callable[..., IngestReport], library: Library) -> None:
    take_in(make_record(listing="31.2CLOct 16, 2019Code"))
    report = take_in(make_record(listing="40.1CLOct 16, 2019Code"))
    assert str(report) == "updated: 1"
    assert [paper.score for paper in library.papers.values()] == [40.1]


def test_a_paper_that_is_no_longer_on_the_page_stays(take_in: Callable[..., IngestReport], library: Library) -> None:
    take_in(make_record("Engines that Weave"), make_record("Notes on Notes"))
    take_in(make_record("Notes on Notes"))
    assert list(library.papers) == ["lovelace2019engines", "lovelace2019notes"]


def test_new_papers_come_after_those_that_are_there(tmp_path: Path, page_at: Callable[..., Path]) -> None:
    for title in ("Zebras", "Moles", "Ants"):
        ingest(tmp_path, page_at(make_record(title)))
    with open_at(tmp_path) as library:
        assert [paper.title for paper in library.papers.values()] == ["Zebras", "Moles", "Ants"]


def test_the_order_survives_a_removal_and_an_update(tmp_path: Path, page_at: Callable[..., Path]) -> None:
    ingest(tmp_path, page_at(*map(make_record, ("Bees", "Wasps", "Moths", "Zebras"))))
    with open_at(tmp_path) as library:
        library.remove(["lovelace2019bees"])
    ingest(tmp_path, page_at(make_record("Ants"), make_record("Zebras", abstract="Striped.")))
    with open_at(tmp_path) as library:
        assert [paper.title for paper in library.papers.values()] == ["Wasps", "Moths", "Zebras", "Ants"]


# the same paper twice


def test_a_longer_author_list_is_taken_and_the_key_stays(
    take_in: Callable[..., IngestReport], library: Library
) -> None:
    take_in(make_record("Engines that Weave", authors="Ada Lovelace, Charles Babbage et al."))
    report = take_in(make_record("Engines that Weave", authors="Ada Lovelace, Charles Babbage, Mary Somerville"))
    assert report.updated == ["lovelace2019engines"]
    (paper,) = library.papers.values()
    assert [author.family for author in paper.authors] == ["Lovelace", "Babbage", "Somerville"]
    assert paper.authors_complete
    assert_whole(library)


def test_a_shorter_author_list_does_not_replace_a_longer_one(
    take_in: Callable[..., IngestReport], library: Library
) -> None:
    take_in(make_record(authors="Ada Lovelace, Charles Babbage, Mary Somerville"))
    report = take_in(make_record(authors="Ada Lovelace, Charles Babbage et al."))
    assert str(report) == "unchanged: 1"
    (paper,) = library.papers.values()
    assert [author.family for author in paper.authors] == ["Lovelace", "Babbage", "Somerville"]
    assert paper.section_text("Authors") == "Ada Lovelace, Charles Babbage, Mary Somerville"


def test_a_record_without_an_abstract_does_not_take_the_abstract_away(
    take_in: Callable[..., IngestReport], library: Library
) -> None:
    take_in(make_record(abstract="We study engines."))
    take_in(make_record(abstract=""))
    assert [paper.abstract for paper in library.papers.values()] == ["We study engines."]
    assert_whole(library)


def test_titles_are_one_but_for_case_and_punctuation(take_in: Callable[..., IngestReport], library: Library) -> None:
    take_in(make_record("Engines: that Weave!"))
    report = take_in(make_record("ENGINES — that weave"))
    assert report.added == []
    assert list(library.papers) == ["lovelace2019engines"]


def test_two_papers_of_one_title_by_different_people_are_both_kept(
    take_in: Callable[..., IngestReport], library: Library
) -> None:
    records = (
        make_record("Notes on Notes", authors="Ada Lovelace, Charles Babbage"),
        make_record("Notes on Notes", authors="Ada Lovelace, Mary Somerville"),
    )
    report = take_in(*records)
    assert report.added == ["lovelace2019notes", "lovelace2019notesnotes"]
    (warning,) = report.warnings
    assert "another paper has the title 'Notes on Notes' but other authors; both were kept" in warning
    assert_whole(library)
    again = take_in(*records)
    assert again.unchanged == ["lovelace2019notes", "lovelace2019notesnotes"]


def test_a_record_that_stands_twice_on_a_page_is_one_paper(
    take_in: Callable[..., IngestReport], library: Library
) -> None:
    short = make_record("Notes on Notes", authors="Ada Lovelace et al.")
    long = make_record("Notes on Notes", authors="Ada Lovelace, Mary Somerville")
    report = take_in(short, make_record("Engines that Weave"), long)
    assert str(report) == "added: 2, merged: 1"
    assert report.merged == ["lovelace2019notes"]
    (warning,) = report.warnings
    assert "'Notes on Notes' stands twice" in warning
    assert [author.family for author in library.paper("lovelace2019notes").authors] == ["Lovelace", "Somerville"]
    assert str(take_in(short, make_record("Engines that Weave"), long)) == "unchanged: 2, merged: 1"


def test_papers_that_would_have_one_key_get_more_words_of_their_titles(take_in: Callable[..., IngestReport]) -> None:
    titles = ("Engines of War", "Engines of Peace", "Engines", "Engines!?", "On Engines of War")
    people = [f"Ada Lovelace, Person {name}" for name in ("Adams", "Brown", "Clark", "Davis", "Evans")]
    report = take_in(*(make_record(title, authors=who) for title, who in zip(titles, people, strict=True)))
    assert report.added == [
        "lovelace2019engines",
        "lovelace2019enginespeace",
        "lovelace2019engines2",
        "lovelace2019engines3",
        "lovelace2019engineswar",
    ]


@pytest.mark.parametrize(
    ("record", "key"),
    [
        (make_record("On the Origin", authors="Søren Ångström, Ada Lovelace"), "angstrom2019origin"),
        (make_record("What is a 3D-Net?"), "lovelace20193dnet"),
        (make_record("What Is It"), "lovelace2019it"),
        (make_record("Why", authors=""), "anonymous2019why"),
    ],
)
def test_a_key_is_made_of_family_name_year_and_the_first_telling_word(
    take_in: Callable[..., IngestReport], record: str, key: str
) -> None:
    assert take_in(record).added == [key]


# removed, refused, half way


def test_a_removed_paper_is_gone_from_every_search(take_in: Callable[..., IngestReport], library: Library) -> None:
    take_in(make_record("Engines that Weave"), make_record("Notes on Notes"))
    library.remove(["lovelace2019notes", "lovelace2019notes"])
    assert list(library.papers) == ["lovelace2019engines"]
    assert library.store.matching("notes", 10, WEIGHTS) == []
    assert_whole(library)


def test_removing_a_paper_that_is_not_there_removes_nothing_and_names_the_nearest(
    take_in: Callable[..., IngestReport], library: Library
) -> None:
    take_in(make_record("Engines that Weave"))
    with pytest.raises(PaperNotFound, match="no paper 'lovelace2018engines'; did you mean lovelace2019engines"):
        library.remove(["lovelace2019engines", "lovelace2018engines"])
    assert list(library.papers) == ["lovelace2019engines"]


def test_a_removed_paper_can_come_back(take_in: Callable[..., IngestReport], library: Library) -> None:
    take_in(make_record("Engines that Weave"))
    library.remove(["lovelace2019engines"])
    assert take_in(make_record("Engines that Weave")).added == ["lovelace2019engines"]
    assert_whole(library)


def test_what_cannot_be_read_is_reported_and_the_rest_goes_in(
    take_in: Callable[..., IngestReport], library: Library
) -> None:
    report = take_in(make_record("Engines that Weave"), make_record("No Such Day", listing="31.2CLFeb 30, 2019"))
    assert str(report) == "added: 1, unreadable: 1"
    (unreadable,) = report.unreadable
    assert str(unreadable).endswith("page.txt, line 12: 'Feb 30, 2019' is no date.")
    assert list(library.papers) == ["lovelace2019engines"]


def test_a_paper_with_more_sentences_than_the_store_takes_at_once_is_reported_and_the_rest_goes_in(
    take_in: Callable[..., IngestReport], library: Library
) -> None:
    endless = " ".join(f"Sentence {n} is here." for n in range(library.store.most_records))
    report = take_in(make_record("Endless", abstract=endless), make_record("Notes on Notes"))
    assert report.added == ["lovelace2019notes"]
    (unreadable,) = report.unreadable
    assert "page.txt, line 5" in unreadable.place
    assert "'Endless' has" in unreadable.reason
    assert_whole(library)


def test_papers_taken_in_before_the_model_failed_stay_and_the_next_run_adds_the_rest(
    tmp_path: Path, page_at: Callable[..., Path]
) -> None:
    titles = [f"Engine Number {n}" for n in range(20)]
    page = page_at(*(make_record(title, authors=f"Person {title[14:]}x, B C") for title in titles))
    with open_at(tmp_path, failing_at(2)) as library:
        with pytest.raises(ModelError, match="did not answer") as failure:
            library.ingest(read(page))
        assert failure.value.retryable
        assert list(library.papers) == list(library.store.documents)
        there = len(library)
        assert 0 < there < 20
    with open_at(tmp_path) as library:
        report = library.ingest(read(page))
        assert (len(report.unchanged), len(report.added)) == (there, 20 - there)
        assert [paper.title for paper in library.papers.values()] == titles
        assert_whole(library)


# killed


def make_papers(words: str, sentences: Iterable[int]) -> str:
    """A page of papers with so many sentences each."""
    return make_page(
        *(
            make_record(
                f"Engine {n} of Many",
                authors=f"Person {'ABCDEFGHIJKLMNOPQRSTUVWXYZ'[n]}son, Ada Lovelace",
                abstract=" ".join(f"{words} {'a' * n}b {'c' * place}d here." for place in range(count)),
            )
            for n, count in enumerate(sentences)
        )
    )


@pytest.fixture(scope="module")
def old_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eighteen papers: two batches."""
    path = tmp_path_factory.mktemp("old") / "page.txt"
    path.write_text(make_papers("Old words", [3, 1] * 9))
    return path


@pytest.fixture(scope="module")
def new_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with other abstracts, one half of them shorter and the other longer, and two papers more."""
    path = tmp_path_factory.mktemp("new") / "page.txt"
    path.write_text(make_papers("New ones are", [1, 3] * 10))
    return path


def texts_on(page: Path) -> list[str]:
    return [item.text for item in read(page) if isinstance(item, Paper)]


WHILE_A_BATCH_GOES_IN = (
    *(f"progress:{done}" for done in (1, 60)),
    *(f"embed:{call}" for call in (1, 2)),
    *(f"write:{call}:{milliseconds}" for call in (1, 2) for milliseconds in (1, 10)),
)


def kill_often(
    folder: Path, page: Path, old: Path | None = None, parts: int = 8, also: Sequence[str] = ()
) -> list[Path]:
    """Ingest the page time after time, each into a copy of ``old`` of its own, and be killed: after each of so many
    parts of this project's steps, and at the other moments. Gives where the copies are.
    """
    with start("kill-each") as child:
        assert child.stdin
        assert child.stdout

        def end_of(data_dir: Path, moment: str) -> str:
            assert child.stdin
            assert child.stdout
            if old:
                shutil.copytree(old, data_dir)
            child.stdin.write(json.dumps([str(data_dir), str(page), moment]) + "\n")
            child.stdin.flush()
            return child.stdout.readline().strip()

        steps = int(end_of(folder / "count", "count"))
        moments = [*(f"step:{1 + steps * part // parts}" for part in range(parts)), *also]
        copies = {folder / str(n): moment for n, moment in enumerate(moments)}
        ended = {moment: end_of(data_dir, moment) for data_dir, moment in copies.items()}
    # A run may have a few steps fewer than the one that was counted, and a write may end before its alarm.
    assert set(ended.values()) <= {SIGKILL, SIGALRM, "0"}
    assert all(
        signal == SIGKILL for moment, signal in ended.items() if moment.startswith(("progress", "embed", "delete"))
    )
    assert list(ended.values()).count("0") <= len(ended) // 4
    return list(copies)


def assert_recovers(data_dir: Path, page: Path, before: list[str]) -> list[str]:
    """The library opens, holds whole papers alone, and the next ingest completes it. Gives the texts that it held."""
    after = texts_on(page)
    with open_at(data_dir) as library:
        held = [paper.text for paper in library.papers.values()]
        assert set(held) <= {*before, *after}
        assert len(held) >= len(before)
        assert_whole(library)
        assert_embedded(library)
        library.ingest(read(page))
        assert [paper.text for paper in library.papers.values()] == after
        assert_whole(library)
        assert_embedded(library)
    return held


def test_a_first_ingest_killed_at_any_moment_leaves_whole_papers_and_can_be_completed(
    tmp_path: Path, new_page: Path
) -> None:
    copies = kill_often(tmp_path, new_page, also=WHILE_A_BATCH_GOES_IN)
    held = {len(assert_recovers(data_dir, new_page, before=[])) for data_dir in copies}
    assert {0, 16} <= held  # some were killed before the first batch was in, some between the two


def test_an_update_killed_at_any_moment_leaves_each_paper_old_or_new_and_can_be_completed(
    tmp_path: Path, old_page: Path, new_page: Path
) -> None:
    before, after = texts_on(old_page), texts_on(new_page)
    ingest(tmp_path / "old", old_page)
    copies = kill_often(tmp_path, new_page, old=tmp_path / "old", also=(*WHILE_A_BATCH_GOES_IN, "delete:1"))
    held = [assert_recovers(data_dir, new_page, before) for data_dir in copies]
    assert before in held
    assert after[:16] + before[16:] in held


def test_an_opening_killed_while_it_moves_to_a_next_generation_loses_nothing(
    tmp_path: Path, page_at: Callable[..., Path]
) -> None:
    sentences = (f"{'A' * (1 + n % 40)} {'b' * (1 + n // 40)} c." for n in range(2_000))
    page = page_at(make_record("A Long Engine", abstract=" ".join(sentences)), make_record("Notes on Notes"))
    ingest(tmp_path / "old", page)
    for data_dir in kill_often(tmp_path, page, old=tmp_path / "old", parts=3):
        with open_at(data_dir) as library:
            assert [paper.text for paper in library.papers.values()] == texts_on(page)
            assert_whole(library)
        generations = [path.name for path in data_dir.glob("libraries/test/generation-*")]
        assert generations == ["generation-2"]


# a full disk


@pytest.fixture(scope="module")
def mounting(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, ...]:
    """A program under which a process may mount a file system that nobody else sees."""
    if shutil.which("unshare") is None:
        pytest.skip("a small file system to fill needs the program 'unshare'")
    under = ("unshare", "--user", "--map-root-user", "--mount")
    mount_point = tmp_path_factory.mktemp("mount")
    tried = subprocess.run([*under, "mount", "-t", "tmpfs", "none", mount_point], capture_output=True, check=False)
    if tried.returncode:
        pytest.skip(f"a small file system to fill cannot be mounted here: {tried.stderr.decode().strip()}")
    return under


@pytest.mark.parametrize("kilobytes", [4, 200, 400])
def test_a_full_disk_is_named_and_the_ingest_completes_once_there_is_room(
    kilobytes: int, tmp_path: Path, new_page: Path, mounting: tuple[str, ...]
) -> None:
    with start("fill-disk", tmp_path, new_page, str(kilobytes), under=mounting) as child:
        answer, _ = child.communicate()
    full, reopened, completed, reopened_again, read_only = answer.splitlines()
    assert full.startswith("LibraryNotWritable: ")
    assert "Free space or make it writable, or choose another folder with --data-dir." in full
    there = int(reopened)
    outcomes = {"added": 20 - there, "unchanged": there}
    assert completed == ", ".join(f"{outcome}: {count}" for outcome, count in outcomes.items() if count)
    assert reopened_again == "20"
    assert read_only.startswith("LibraryNotWritable: ")
    assert "Read-only file system" in read_only


def test_an_unreadable_part_says_where_it_stands() -> None:
    assert str(Unreadable("page.txt, line 3", "no date")) == "page.txt, line 3: no date"


def test_an_ingest_that_is_broken_off_after_all_was_read_goes_on_the_next_time(tmp_path: Path) -> None:
    """What was read and not yet stored counts as not read."""
    page = tmp_path / "page.bib"
    page.write_text("".join(_entry(number) for number in range(80)), encoding="utf-8")
    read_whole = threading.Event()

    def items() -> Iterator[Item]:
        yield Opened("page.bib", "bibtex", str(page), "its digest")
        yield from read(page)
        yield Closed()
        read_whole.set()

    def step(*_: int) -> None:
        assert read_whole.wait(60)
        raise KeyboardInterrupt

    with open_library(load(data_dir=tmp_path, library="test"), FirstWords()) as library:
        with pytest.raises(KeyboardInterrupt):
            library.ingest(items(), step)
        assert len(library) < 80
        assert library.sources == ()
        report = library.ingest(items())
        assert len(library) == 80
        assert len(report.added) + len(report.unchanged) == 80
        assert len(library.sources) == 1


def _entry(number: int) -> str:
    return f"@article{{e{number}, title={{Engine number {number * 7919}}}, author={{Ada Lovelace}}, year={{1843}}}}\n"
