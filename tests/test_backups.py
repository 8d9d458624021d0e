"""A library to and from one file: nothing is lost, nothing is embedded, and no file does harm."""

from __future__ import annotations

import hashlib
import io
import json
import threading
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assistant.api import Assistant
from assistant.backups import backup, restore
from assistant.errors import EmbeddingMismatch, ExportError, LibraryError, LibraryInUse, SourceError
from assistant.settings import Settings, load
from assistant.sources import Profile
from tests.children import numbered_papers
from tests.fakes import FirstWords, failing_at
from tests.papers import ADA, PAPERS, make_paper
from vectorstore.embedded import EmbeddedStore
from vectorstore.embeddings import Vectors
from vectorstore.store import ids_of

Parts = dict[str, bytes]


def at(folder: Path, library: str = "ada") -> Settings:
    return load(data_dir=folder, library=library)


@pytest.fixture
def assistant(tmp_path: Path) -> Iterator[Assistant]:
    with Assistant(settings=at(tmp_path / "one"), model=FirstWords()) as opened:
        opened.take_in([*numbered_papers(0, 20), Profile(ADA, "Engines"), *PAPERS])
        yield opened


@pytest.fixture
def file(assistant: Assistant, tmp_path: Path) -> Path:
    backup(assistant, tmp_path / "ada.zip")
    return tmp_path / "ada.zip"


def restored(file: Path, folder: Path, library: str = "ada") -> Assistant:
    """The library of a backup; what would embed something fails."""
    restore(file, at(folder, library), model=failing_at(1))
    return Assistant(settings=at(folder, library), model=FirstWords())


def vectors_of(assistant: Assistant) -> Vectors:
    store = assistant.library.store
    return store.vectors([i for document in store.documents.values() for i in ids_of(document)])


def test_a_restored_library_is_the_one_that_was_backed_up(assistant: Assistant, file: Path, tmp_path: Path) -> None:
    with restored(file, tmp_path / "two") as other:
        assert list(other.papers()) == list(assistant.papers())
        assert other.author == assistant.author == Profile(ADA, "Engines")
        assert other.library.sources == assistant.library.sources
        assert [other.library.records(key) for key in other.library.papers] == [
            assistant.library.records(key) for key in assistant.library.papers
        ]
        np.testing.assert_allclose(vectors_of(other), vectors_of(assistant), atol=1e-6)
        assert (
            other.ask("Which papers are of 2018?").to_dict()["citations"]
            == (assistant.ask("Which papers are of 2018?").to_dict()["citations"])
        )
        assert other.library.facets == assistant.library.facets


def test_a_restored_library_goes_on(file: Path, tmp_path: Path) -> None:
    with restored(file, tmp_path / "two") as other:
        assert other.take_in(numbered_papers(0, 21)).unchanged != []
        assert len(other.papers()) == 27
        assert other.undo().removed != []
        assert len(other.papers()) == 26


def test_removed_papers_stay_away_from_a_restored_library(assistant: Assistant, tmp_path: Path) -> None:
    assistant.remove(next(iter(assistant.library.papers)))
    backup(assistant, tmp_path / "ada.zip")
    with restored(tmp_path / "ada.zip", tmp_path / "two") as other:
        report = other.take_in(numbered_papers(0, 20), bring_back=False)
        assert [skipped.reason for skipped in report.skipped] == ["'Engine 0 0' was removed from this library before."]


def test_decisions_about_namesakes_come_back(assistant: Assistant, tmp_path: Path) -> None:
    assistant.people.accept(ADA)
    backup(assistant, tmp_path / "ada.zip")
    with restored(tmp_path / "ada.zip", tmp_path / "two") as other:
        assert other.people.is_settled(ADA)


def test_conversations_about_the_library_come_back_and_no_others(assistant: Assistant, tmp_path: Path) -> None:
    kept = assistant.conversations
    own, others = kept.start("ada", "a visitor"), kept.start("babbage")
    for conversation in (own, others):
        kept.add(conversation.id, assistant.ask("How many papers are there?"))
    kept.rate(own.id, 1, useful=True, reason="it counts")
    token = kept.share(own.id)
    assert backup(assistant, tmp_path / "ada.zip").conversations == 1
    with restored(tmp_path / "ada.zip", tmp_path / "two", "countess") as other:
        there = other.conversations
        (conversation,) = there.list("countess", search="how many")
        assert (conversation.id, conversation.title) == (own.id, "How many papers are there?")
        assert conversation.belongs_to("a visitor")
        assert there.shared(token).id == own.id
        (exchange,) = there.exchanges(own.id)
        assert exchange.to_dict() == kept.exchanges(own.id)[0].to_dict()
    assert restore(tmp_path / "ada.zip", at(tmp_path / "one", "again"), model=FirstWords()).conversations == 0


def test_an_empty_library_comes_back_empty(tmp_path: Path) -> None:
    with Assistant(settings=at(tmp_path / "one"), model=FirstWords()) as assistant:
        report = backup(assistant, tmp_path / "ada.zip")
    assert (report.papers, report.records, report.conversations) == (0, 0, 0)
    with restored(tmp_path / "ada.zip", tmp_path / "two") as other:
        assert list(other.papers()) == []


def test_progress_is_told_until_every_paper_is_there(assistant: Assistant, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    report = backup(assistant, tmp_path / "ada.zip", lambda *row: told.append(row))
    assert told[-1] == (26, 26)
    again: list[tuple[int, int]] = []
    restore(tmp_path / "ada.zip", at(tmp_path / "two"), model=FirstWords(), progress=lambda *row: again.append(row))
    assert again[-1] == (26, 26)
    assert report.size == (tmp_path / "ada.zip").stat().st_size


def test_a_backup_goes_to_a_stream_that_cannot_seek(assistant: Assistant, tmp_path: Path) -> None:
    class Pipe(io.RawIOBase):
        content = b""

        def writable(self) -> bool:
            return True

        def write(self, piece: Any) -> int:
            self.content += bytes(piece)
            return len(piece)

    pipe = Pipe()
    backup(assistant, pipe)  # type: ignore[arg-type]
    (tmp_path / "ada.zip").write_bytes(pipe.content)
    assert restore(tmp_path / "ada.zip", at(tmp_path / "two"), model=FirstWords()).papers == 26


def test_a_backup_is_for_its_owners_eyes(file: Path) -> None:
    assert file.stat().st_mode & 0o077 == 0


def test_many_papers_are_written_in_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assistant.backups._RECORDS_A_PART", 10)
    with Assistant(settings=at(tmp_path / "one"), model=FirstWords()) as assistant:
        assistant.take_in(numbered_papers(0, 30))
        backup(assistant, tmp_path / "ada.zip")
    assert "papers/00015.f32" in zipfile.ZipFile(tmp_path / "ada.zip").namelist()
    with restored(tmp_path / "ada.zip", tmp_path / "two") as other:
        assert len(other.papers()) == 30


def test_a_backup_during_an_ingest_holds_whole_papers(assistant: Assistant, tmp_path: Path) -> None:
    begun, written = threading.Event(), threading.Event()

    def wait(done: int, _: int) -> None:
        if done > 100:
            begun.set()
            written.wait()

    changed = [make_paper(f"Engine {n} {n * 7919}", f"Engine {n} is changed. It turns. It stops.") for n in range(60)]
    ingest = threading.Thread(target=assistant.take_in, args=(changed, wait))
    ingest.start()
    begun.wait()
    report = backup(assistant, tmp_path / "ada.zip")
    written.set()
    ingest.join()
    assert report.papers == 26
    with restored(tmp_path / "ada.zip", tmp_path / "two") as other:
        store = other.library.store
        expected = [i for document in store.documents.values() for i in ids_of(document)]
        assert [record.id for record in store.get(expected)] == expected


# what is refused


def test_a_library_that_is_there_is_replaced_only_when_told(assistant: Assistant, file: Path, tmp_path: Path) -> None:
    with restored(file, tmp_path / "two") as other:
        other.take_in([make_paper("Punched Paper")])
    with pytest.raises(LibraryError, match="'ada' is there already"):
        restore(file, at(tmp_path / "two"), model=FirstWords())
    restore(file, at(tmp_path / "two"), model=failing_at(1), replace=True)
    with Assistant(settings=at(tmp_path / "two"), model=FirstWords()) as other:
        assert list(other.papers()) == list(assistant.papers())
        assert other.library.last_ingest is None


def test_a_library_in_use_is_not_replaced(file: Path, tmp_path: Path) -> None:
    with restored(file, tmp_path / "two"), pytest.raises(LibraryInUse):
        restore(file, at(tmp_path / "two"), model=FirstWords(), replace=True)


@pytest.mark.parametrize("model", [FirstWords("other-words"), FirstWords(dimension=4)])
def test_another_model_is_refused(file: Path, tmp_path: Path, model: FirstWords) -> None:
    with pytest.raises(EmbeddingMismatch, match="was embedded with 'first-words'"):
        restore(file, at(tmp_path / "two"), model=model)
    assert not (tmp_path / "two").exists()


def test_a_backup_that_cannot_be_written_leaves_nothing(assistant: Assistant, tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    with pytest.raises(ExportError, match="cannot be written"):
        backup(assistant, tmp_path / "taken")
    with pytest.raises(ExportError, match="cannot be written"):
        backup(assistant, tmp_path / "nowhere" / "ada.zip")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one", "taken"]


@pytest.mark.parametrize("replace", [False, True])
def test_a_restore_that_fails_half_way_leaves_what_was_there(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, replace: bool
) -> None:
    if replace:
        with Assistant(settings=at(tmp_path / "two"), model=FirstWords()) as other:
            other.take_in(PAPERS[:2])
    put = EmbeddedStore._put

    def fail(self: EmbeddedStore, rows: Sequence[Any], vectors: Vectors) -> None:
        put(self, rows, vectors)
        raise KeyboardInterrupt

    monkeypatch.setattr(EmbeddedStore, "_put", fail)
    with pytest.raises(KeyboardInterrupt):
        restore(file, at(tmp_path / "two"), model=FirstWords(), replace=replace)
    monkeypatch.undo()
    if replace:
        with Assistant(settings=at(tmp_path / "two"), model=FirstWords()) as other:
            assert [paper.title for paper in other.papers()] == ["Looms", "Cards"]
    else:
        assert list((tmp_path / "two" / "libraries").iterdir()) == []
    restore(file, at(tmp_path / "two"), model=FirstWords(), replace=replace)


def refused(file: Path, folder: Path) -> str:
    with pytest.raises(SourceError) as refusal:
        restore(file, at(folder), model=FirstWords())
    assert not folder.exists()
    return str(refusal.value)


def test_what_is_no_file_or_no_archive_is_refused(tmp_path: Path) -> None:
    assert "cannot be read: No such file" in refused(tmp_path / "none.zip", tmp_path / "two")
    (tmp_path / "text.zip").write_text("not an archive")
    assert "it is no zip archive, or was cut off" in refused(tmp_path / "text.zip", tmp_path / "two")
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        archive.writestr("readme.txt", "hello")
    assert "is no whole backup" in refused(tmp_path / "other.zip", tmp_path / "two")


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
def test_a_file_that_was_cut_off_is_refused(file: Path, tmp_path: Path, share: float) -> None:
    content = file.read_bytes()
    file.write_bytes(content[: int(len(content) * share)])
    assert "is no whole backup" in refused(file, tmp_path / "two")


def test_a_file_of_which_any_byte_was_changed_is_refused_or_means_the_same(file: Path, tmp_path: Path) -> None:
    content = file.read_bytes()
    for place in range(10, len(content), max(1, len(content) // 30)):
        file.write_bytes(content[:place] + bytes([content[place] ^ 0x55]) + content[place + 1 :])
        try:
            report = restore(file, at(tmp_path / f"at-{place}"), model=FirstWords())
        except SourceError:
            assert not (tmp_path / f"at-{place}").exists()
        else:  # a byte that nobody reads, such as a time of the archive's
            assert report.papers == 26


def rewritten(file: Path, change: Callable[[Parts, dict[str, Any]], None]) -> None:
    """The backup as somebody would write it who means harm: changed, with sums that fit."""
    with zipfile.ZipFile(file) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(parts.pop("manifest.json"))
    manifest["parts"] = {}
    change(parts, manifest)
    for name, content in parts.items():
        manifest["parts"].setdefault(name, {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)})
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {**parts, "manifest.json": json.dumps(manifest).encode()}.items():
            archive.writestr(name, content)


RECORDS, VECTORS = "papers/00001.jsonl", "papers/00001.f32"


def lines_of(parts: Parts) -> list[dict[str, Any]]:
    return [json.loads(line) for line in parts[RECORDS].splitlines()]


def with_lines(parts: Parts, rows: Sequence[Any]) -> None:
    parts[RECORDS] = b"".join(json.dumps(row).encode() + b"\n" for row in rows)
    parts[VECTORS] = parts[VECTORS][: 32 * len(rows)]


def a_path_outside(parts: Parts, _: dict[str, Any]) -> None:
    parts["../../outside.txt"] = b"harm"


def an_absolute_path(parts: Parts, _: dict[str, Any]) -> None:
    parts["/tmp/outside.txt"] = b"harm"


def one_part_too_few(parts: Parts, _: dict[str, Any]) -> None:
    del parts[VECTORS]


def another_count_of_papers(_: Parts, manifest: dict[str, Any]) -> None:
    manifest["papers"] += 1


def another_count_of_records(_: Parts, manifest: dict[str, Any]) -> None:
    manifest["records"] = -1


def no_dimension(_: Parts, manifest: dict[str, Any]) -> None:
    manifest["dimension"] = "many"


def too_few_vectors(parts: Parts, _: dict[str, Any]) -> None:
    parts[VECTORS] = parts[VECTORS][:-4]


def vectors_without_end(parts: Parts, _: dict[str, Any]) -> None:
    parts[VECTORS] = np.full(len(parts[VECTORS]) // 4, np.inf, dtype="<f4").tobytes()


def half_a_paper(parts: Parts, _: dict[str, Any]) -> None:
    with_lines(parts, lines_of(parts)[:-1])


def a_passage_first(parts: Parts, _: dict[str, Any]) -> None:
    with_lines(parts, lines_of(parts)[::-1])


def a_paper_twice(parts: Parts, manifest: dict[str, Any]) -> None:
    parts["papers/00002.jsonl"], parts["papers/00002.f32"] = parts[RECORDS], parts[VECTORS]
    manifest["papers"] *= 2
    manifest["records"] *= 2


def a_record_that_is_a_number(parts: Parts, _: dict[str, Any]) -> None:
    with_lines(parts, [7, *lines_of(parts)[1:]])


def a_place_that_is_none(parts: Parts, _: dict[str, Any]) -> None:
    first, *rest = lines_of(parts)
    with_lines(parts, [{**first, "id": f"{first['id']}#"}, *rest])


def a_field_that_is_a_list(parts: Parts, _: dict[str, Any]) -> None:
    first, *rest = lines_of(parts)
    with_lines(parts, [{**first, "fields": {**first["fields"], "order": [1]}}, *rest])


def a_paper_that_cannot_be_read(parts: Parts, _: dict[str, Any]) -> None:
    rows = lines_of(parts)
    with_lines(parts, [{**row, "fields": {}} for row in rows])


def an_about_that_is_none(parts: Parts, _: dict[str, Any]) -> None:
    parts["about.json"] = json.dumps({"about": {"author": {"name": 1, "wrong": 2}}, "people": []}).encode()


def decisions_that_are_none(parts: Parts, _: dict[str, Any]) -> None:
    parts["about.json"] = json.dumps({"about": {}, "people": ["burn | all"]}).encode()


def json_without_end(parts: Parts, _: dict[str, Any]) -> None:
    parts["about.json"] = b"[" * 100_000


def a_conversation_of_another_table(parts: Parts, _: dict[str, Any]) -> None:
    parts["conversations.jsonl"] = b'{"table": "sqlite_master", "name": "x"}\n'


def a_conversation_without_an_answer(parts: Parts, _: dict[str, Any]) -> None:
    row = {"table": "exchanges", "conversation": "x", "number": "1; DROP", "at": "now", "question": 1, "answer": 2}
    parts["conversations.jsonl"] = json.dumps({**row, "told": ""}).encode()


def a_bomb(parts: Parts, _: dict[str, Any]) -> None:
    parts["papers/00002.jsonl"], parts["papers/00002.f32"] = b"0" * 30_000_000, b""


@pytest.mark.parametrize(
    "harm",
    [
        a_path_outside,
        an_absolute_path,
        one_part_too_few,
        another_count_of_papers,
        another_count_of_records,
        no_dimension,
        too_few_vectors,
        vectors_without_end,
        half_a_paper,
        a_passage_first,
        a_paper_twice,
        a_record_that_is_a_number,
        a_place_that_is_none,
        a_field_that_is_a_list,
        a_paper_that_cannot_be_read,
        an_about_that_is_none,
        decisions_that_are_none,
        json_without_end,
        a_conversation_of_another_table,
        a_conversation_without_an_answer,
        a_bomb,
    ],
)
def test_a_file_that_means_harm_is_refused(
    file: Path, tmp_path: Path, harm: Callable[[Parts, dict[str, Any]], None]
) -> None:
    rewritten(file, harm)
    assert "is no whole backup" in refused(file, tmp_path / "two")
    assert not (tmp_path / "outside.txt").exists()


def test_a_backup_of_a_later_version_is_refused(file: Path, tmp_path: Path) -> None:
    rewritten(file, lambda _, manifest: manifest.update(version=2))
    assert "is of another version of Papertalk" in refused(file, tmp_path / "two")


def test_a_backup_that_nobody_changed_is_restored_after_it_was_packed_anew(file: Path, tmp_path: Path) -> None:
    rewritten(file, lambda *_: None)
    assert restore(file, at(tmp_path / "two"), model=FirstWords()).papers == 26
