"""Taking an ingest back: added, changed and joined papers, after a restart, after a crash, and what came since."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from assistant import Assistant
from assistant.errors import LibraryError, ModelError
from assistant.library import Library, reindex
from assistant.papers import Paper
from assistant.settings import load
from assistant.sources import Closed, Item, Opened, Profile
from assistant.sources.entries import Entry
from assistant.sources.files import read
from assistant.taking_back import LastIngest
from tests.children import ingest, open_at, start
from tests.command_line import run, sentence, stored_library
from tests.fakes import FirstWords, Watched, failing_at
from tests.pages import make_page, make_record
from vectorstore.embeddings import EmbeddingModel

WEAVERS = ("Ada Lovelace", "Charles Babbage", "Mary Somerville")


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with open_at(tmp_path) as opened:
        yield opened


def entry(title: str = "Engines that Weave", **fields: object) -> Paper:
    paper = Entry(**{"title": title, "authors": WEAVERS, "date": "2020", **fields}).to_paper("refs.bib, line 1")  # type: ignore[arg-type]
    assert isinstance(paper, Paper)
    return paper


def source(name: str, *items: Item, kind: str = "bibtex", digest: str | None = None) -> list[Item]:
    return [Opened(name, kind, f"/{name}", digest), *items, Closed()]


def state(library: Library) -> dict[str, Any]:
    """All that the library holds, but for vectors and for what Chroma adds to a document."""
    added = ("kind", "parent")
    return {
        "documents": {
            key: (row.text, {name: value for name, value in row.fields.items() if name not in added})
            for key, row in library.store.documents.items()
        },
        "order": list(library.papers),
        "records": {key: library.records(key) for key in library.papers},
        "sources": library.sources,
        "author": library.author,
        "removed": library.store.about.get("removed", []),
    }


def test_papers_that_came_go_again_and_the_same_source_brings_them_back(library: Library) -> None:
    library.ingest(source("old.bib", entry("A Flood in York")))
    before = state(library)
    report = library.ingest(source("refs.bib", entry(key="Lov20"), entry("Looms", key="Lov21"), digest="d1"))
    undone = library.undo()
    assert (undone.removed, undone.restored, undone.left) == (report.added, [], {})
    assert undone.sources == ["refs.bib"]
    assert state(library) == before
    assert library.store.matching("Engines that Weave", 5, {"title": 1.0, "text": 1.0, "people": 0.0}) == []
    again = library.ingest(source("refs.bib", entry(key="Lov20"), entry("Looms", key="Lov21")), bring_back=False)
    assert again.added == ["Lov20", "Lov21"]


def test_a_paper_that_changed_becomes_what_it_was_and_nothing_else_is_embedded(tmp_path: Path) -> None:
    watched = Watched(FirstWords())
    with open_at(tmp_path, watched) as library:
        library.ingest(source("refs.bib", entry(key="Lov20", venue="Looms"), entry("A Flood in York")))
        before = state(library)
        library.ingest(source("openalex:A1", entry(abstract="We weave."), entry("Tides"), kind="openalex"))
        assert library.paper("Lov20").abstract == "We weave."
        watched.texts.clear()
        undone = library.undo()
        assert (undone.restored, len(undone.removed)) == (["Lov20"], 1)
        assert state(library) == before
        assert watched.texts
        assert all("Engines that Weave" in text for text in watched.texts)


def test_papers_that_were_joined_come_apart(library: Library) -> None:
    library.ingest(
        [
            *source("arxiv:au:Lovelace", entry("Looms", ids=["arxiv:2001.00001"]), kind="arxiv"),
            *source("refs.bib", entry("Engines that Weave on Looms", ids=["doi:10.1/a"]), entry("Tides")),
        ]
    )
    before = state(library)
    both = entry("Engines that Weave on Looms", ids=["doi:10.1/a", "arxiv:2001.00001"])
    library.ingest(source("openalex:A1", both, kind="openalex"))
    assert len(library) == 2
    assert len(library.undo().restored) == 2
    assert state(library) == before


def test_it_works_after_a_restart(tmp_path: Path) -> None:
    with open_at(tmp_path) as library:
        library.ingest(source("refs.bib", entry(key="Lov20")))
        before = state(library)
        library.ingest(source("more.bib", entry(venue="Looms"), entry("Tides", key="Som30")))
    with open_at(tmp_path) as library:
        last = library.last_ingest
        assert last is not None
        assert (last.added, last.changed, last.finished) == (("Som30",), ("Lov20",), True)
        library.undo()
        assert state(library) == before
        assert library.last_ingest is None
    with open_at(tmp_path) as library:
        assert state(library) == before


def test_it_works_after_another_model_has_embedded_the_library_anew(tmp_path: Path) -> None:
    with open_at(tmp_path) as library:
        library.ingest(source("refs.bib", entry(key="Lov20")))
        before = library.records("Lov20")
        library.ingest(source("more.bib", entry(venue="Looms", abstract="We weave."), entry("Tides", key="Som30")))
    with reindex(load(data_dir=tmp_path, library="test")) as library:
        assert len(library.records("Lov20")) == 2
        undone = library.undo()
        assert (undone.removed, undone.restored, undone.left) == (["Som30"], ["Lov20"], {})
        assert library.records("Lov20") == before


def test_who_the_author_is_is_what_it_was(library: Library) -> None:
    library.ingest([Profile("Ada Lovelace", "CL"), *source("refs.bib", entry())])
    before = state(library)
    library.ingest([Profile("Ada Lovelace", "LG"), *source("more.bib", entry("Tides"))])
    library.undo()
    assert state(library) == before


def test_a_paper_that_was_removed_since_is_named_and_stays_away(library: Library) -> None:
    library.ingest(source("refs.bib", entry("Looms", key="a"), entry("Tides", key="b")))
    library.remove(["a"])
    undone = library.undo()
    assert (undone.removed, undone.left) == (["b"], {"a": "it was removed since"})
    assert len(library) == 0
    report = library.ingest(source("refs.bib", entry("Looms"), entry("Tides")), bring_back=False)
    assert (len(report.added), len(report.skipped)) == (1, 1)


def test_a_joint_paper_that_was_removed_since_does_not_come_back_in_parts(library: Library) -> None:
    library.ingest(
        source("refs.bib", entry("Looms", key="a", ids=["arxiv:2001.00001"]), entry(key="b", ids=["doi:10.1/a"]))
    )
    library.ingest(source("openalex:A1", entry(ids=["doi:10.1/a"], key="c"), kind="openalex"))
    library.ingest(source("s2:1", entry("Looms that Weave", ids=["doi:10.1/a", "arxiv:2001.00001"]), kind="s2"))
    assert list(library.papers) == ["a"]
    library.remove(["a"])
    assert sorted(library.undo().left) == ["a", "b"]
    assert len(library) == 0


def test_a_removed_paper_that_an_ingest_brought_back_is_a_removed_one_again(library: Library) -> None:
    library.ingest(source("refs.bib", entry("Looms"), entry("Tides", key="b")))
    library.remove(["b"])
    before = state(library)
    assert library.ingest(source("more.bib", entry("Tides"))).added
    library.undo()
    assert state(library) == before
    assert library.ingest(source("refs.bib", entry("Tides")), bring_back=False).skipped


def test_an_ingest_that_changed_nothing_is_not_counted(library: Library) -> None:
    library.ingest(source("refs.bib", entry("Looms")))
    before = state(library)
    library.ingest(source("more.bib", entry("Tides")))
    library.ingest(source("more.bib", entry("Tides")))
    assert len(library.undo().removed) == 1
    assert state(library) == before


def test_a_source_without_a_new_paper_is_forgotten(library: Library) -> None:
    library.ingest(source("refs.bib", entry("Looms")))
    before = state(library)
    library.ingest(source("copy.bib", entry("Looms")))
    undone = library.undo()
    assert (str(undone), undone.sources) == ("no paper was touched", ["copy.bib"])
    assert state(library) == before


def test_only_one_step_is_taken_back(library: Library) -> None:
    library.ingest(source("refs.bib", entry("Looms")))
    library.ingest(source("more.bib", entry("Tides")))
    library.undo()
    with pytest.raises(LibraryError, match=r"The library 'test' has no ingest to take back; 'papertalk remove KEY'"):
        library.undo()
    assert len(library) == 1


def test_what_an_ingest_adds_is_not_written_twice(library: Library) -> None:
    library.ingest(source("refs.bib", *(entry(f"Engine of {word}", abstract="We weave. " * 50) for word in "abcdefgh")))
    (log,) = library.store.directory.glob("last-ingest*")
    assert "We weave" not in log.read_text(encoding="utf-8")
    assert log.stat().st_size < 2_000


def test_a_record_that_cannot_be_read_is_named_and_the_next_ingest_replaces_it(library: Library) -> None:
    library.ingest(source("refs.bib", entry("Looms")))
    (log,) = library.store.directory.glob("last-ingest*")
    log.write_text("[]\n", encoding="utf-8")
    with pytest.raises(LibraryError, match="cannot be read"):
        library.undo()
    assert len(library) == 1
    library.ingest(source("more.bib", entry("Tides")))
    assert len(library.undo().removed) == 1


# ---- half way


def page_of(path: Path, words: str, count: int) -> Path:
    records = (
        make_record(
            f"Engine {n} of Many",
            authors=f"Person {'ABCDEFGHIJKLMNOPQRSTUVWXYZ'[n]}son, Ada Lovelace",
            abstract=f"{words} {'a' * n}b are here. They are counted.",
        )
        for n in range(count)
    )
    path.write_text(make_page(*records), encoding="utf-8")
    return path


MOMENTS = (
    *("embed:1", "embed:2", "progress:60"),
    *(f"write:{call}:{milliseconds}" for call in (1, 2) for milliseconds in (1, 10)),
    *(f"step:{steps}" for steps in (2_000, 14_000, 20_000, 30_000)),
)


def test_an_ingest_that_was_killed_can_be_taken_back(tmp_path: Path) -> None:
    old, new = page_of(tmp_path / "old.txt", "Old words", 18), page_of(tmp_path / "new.txt", "New ones", 22)
    ingest(tmp_path / "old", old)
    with open_at(tmp_path / "old") as library:
        before, first = state(library), library.last_ingest
    with start("kill-each") as child:
        assert child.stdin
        assert child.stdout
        for moment in MOMENTS:
            shutil.copytree(tmp_path / "old", tmp_path / moment)
            child.stdin.write(json.dumps([str(tmp_path / moment), str(new), moment]) + "\n")
        child.stdin.close()
        assert len(child.stdout.read().split()) == len(MOMENTS)
    taken_back = [was_taken_back(tmp_path / moment, before, first) for moment in MOMENTS]
    assert {0, 16} <= set(taken_back)  # some were killed before the first batch was in, some between the two


def was_taken_back(folder: Path, before: dict[str, Any], first: LastIngest | None) -> int:
    """Takes a killed ingest back and gives how many papers it had stored; all is as it was."""
    with open_at(folder) as library:
        held = state(library)
        if library.last_ingest == first:  # it had not begun to change anything
            assert held == before
            return 0
        undone = library.undo()
        assert undone.left == {}
        stored = {key for key in held["documents"] if held["documents"][key] != before["documents"].get(key)}
        assert {*undone.removed, *undone.restored} == stored
        assert state(library) == before
        return len(stored)


def test_an_ingest_that_failed_half_way_can_be_taken_back(tmp_path: Path) -> None:
    old, new = page_of(tmp_path / "old.txt", "Old words", 18), page_of(tmp_path / "new.txt", "New ones", 22)
    ingest(tmp_path, old)
    with open_at(tmp_path, failing_at(2)) as library:
        before = state(library)
        with pytest.raises(ModelError):
            library.ingest(read(new))
        assert library.last_ingest
        assert not library.last_ingest.finished
    with open_at(tmp_path) as library:
        assert state(library) != before
        library.undo()
        assert state(library) == before


def test_an_undo_that_failed_half_way_can_be_done_again(tmp_path: Path) -> None:
    old, new = page_of(tmp_path / "old.txt", "Old words", 18), page_of(tmp_path / "new.txt", "New ones", 22)
    ingest(tmp_path, old)
    with open_at(tmp_path) as library:
        before = state(library)
        library.ingest(read(new))
    with open_at(tmp_path, failing_at(2)) as library, pytest.raises(ModelError):
        library.undo()
    with open_at(tmp_path) as library:
        undone = library.undo()
        assert (len(undone.removed), len(undone.restored), undone.left) == (4, 2, {})
        assert state(library) == before


# ---- as users meet it


def test_answers_know_of_it_at_once(model: EmbeddingModel, tmp_path: Path) -> None:
    first, second = tmp_path / "first.txt", tmp_path / "second.txt"
    first.write_text(make_page(make_record("Engines that Weave")), encoding="utf-8")
    second.write_text(make_page(make_record("Tides of the Thames", abstract="We measure tides.")), encoding="utf-8")
    with Assistant(library="ada", data_dir=tmp_path, model=model) as assistant:
        assistant.ingest(first)
        assistant.ingest(second)
        assert "2 papers" in assistant.ask("How many papers are there?").text
        assert assistant.undo().removed
        assert "2 papers" not in assistant.ask("How many papers are there?").text
        assert [paper.title for paper in assistant.papers()] == ["Engines that Weave"]


def test_the_command_takes_the_last_ingest_back_and_says_so(tmp_path: Path) -> None:
    data = stored_library(make_page(make_record("Engines that Weave")), tmp_path)
    more = tmp_path / "more.txt"
    more.write_text(make_page(make_record("Tides of the Thames")), encoding="utf-8")
    run("ingest", str(more), data=data)
    result = run("undo", data=data)
    assert (result.exit_code, result.stdout) == (0, "removed: 1\npapers: 1\n")
    assert "no longer a source: more.txt" in result.stderr
    assert "has no ingest to take back" in sentence(run("undo", data=data))
    assert run("ingest", str(more), data=data).stdout == "added: 1\n"
    undone = json.loads(run("undo", "--json", data=data).stdout)
    assert (len(undone["removed"]), undone["papers"], undone["sources"]) == (1, 1, ["more.txt"])
