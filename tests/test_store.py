"""The contract of the store, against real Chroma, with a model computed by hand and the real one."""

from __future__ import annotations

import contextlib
import hashlib
import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from tests.chroma_server import serving_chroma
from tests.fakes import FirstWords, Watched, failing_at
from vectorstore.chroma_server import ServerAddress
from vectorstore.embedded import EmbeddedStore
from vectorstore.embeddings import EmbeddingModel, Vectors
from vectorstore.keywords import Entry, KeywordIndex
from vectorstore.records import (
    EmbeddingFailed,
    Hit,
    Kind,
    ModelMismatch,
    Record,
    StoreCorrupt,
    StoreError,
    Where,
    record_id,
    split_id,
)
from vectorstore.served import ServedStore
from vectorstore.store import Store

WEIGHTS = {"title": 2.0, "text": 1.0, "people": 1.0}
EVERYTHING = 100_000


def make_document(key: str, *sentences: str, title: str = "", people: str = "", order: int = 0) -> list[Record]:
    """A document, its one passage of all sentences, and its sentences."""
    text = " ".join(sentences)
    fields: dict[str, str | int] = {"title": title, "people": people, "order": order}
    rows = [Record(key, text, embed=title or None, fields=fields)]
    if sentences:
        rows.append(Record(record_id(key, "passage"), text))
    return rows + [Record(record_id(key, "sentence", place), text) for place, text in enumerate(sentences)]


def ids_of(records: Sequence[Record]) -> list[str]:
    return [record.id for record in records]


def ids_found(store: Store, text: str = "anything at all") -> list[str]:
    """Everything that a search by vector can reach."""
    return sorted(hit.id for hit in store.nearest(store.model.embed([text]), EVERYTHING))


def keys_matching(store: Store, words: str) -> list[str]:
    return [hit.id for hit in store.matching(words, 10, WEIGHTS)]


def files_under(directory: Path) -> dict[str, str]:
    """Every file with its content's hash, but for the lock."""
    return {
        str(path.relative_to(directory)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(directory.rglob("*"))
        if path.is_file() and not path.name.startswith("owner")
    }


APPLE = make_document("apple", "Red fruit grows.", "We eat it raw.", title="On Apples", people="Ann Low")
PLANE = make_document("plane", "Metal wings carry passengers.", title="On Planes", people="Bo High", order=1)


@dataclass
class Shelf:
    """A store that each test writes to and then reads from: as it stands, or closed and opened again in between."""

    open_store: Callable[[], Store]
    model: EmbeddingModel
    reopens: bool
    store: Store

    def after(self, *writes: Callable[[Store], None]) -> Store:
        for write in writes:
            write(self.store)
        if self.reopens:
            self.store.close()
            self.store = self.open_store()
        return self.store


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerAddress]:
    with serving_chroma(tmp_path_factory.mktemp("chroma")) as server:
        yield ServerAddress(server.url)


@pytest.fixture(
    params=["first-words-as-it-stands", "first-words-reopened", "minilm-reopened", "first-words-served-reopened"]
)
def shelf(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shelf]:
    model = request.getfixturevalue("model") if "minilm" in request.param else FirstWords()

    def open_store() -> Store:
        if "served" in request.param:
            return ServedStore.open(request.getfixturevalue("address"), tmp_path.name, tmp_path, model)
        return EmbeddedStore.open(tmp_path / "store", model)

    shelf = Shelf(open_store, model, "reopened" in request.param, open_store())
    yield shelf
    shelf.store.close()


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Where a closed store lies that holds two documents."""
    with_two = EmbeddedStore.open(tmp_path / "store", FirstWords())
    with_two.upsert(APPLE + PLANE)
    with_two.close()
    return tmp_path / "store"


def put(*records: Record) -> Callable[[Store], None]:
    return lambda store: store.upsert(records)


def drop(*keys: str) -> Callable[[Store], None]:
    return lambda store: store.delete(keys)


def test_an_empty_store_finds_nothing(shelf: Shelf) -> None:
    store = shelf.after()
    assert store.documents == {}
    assert store.nearest(shelf.model.embed(["apple"]), 5) == []
    assert store.matching("apple", 5, WEIGHTS) == []
    assert store.get(["apple", "apple#s0"]) == []
    assert store.about == {}


def test_what_goes_in_is_found_by_id_by_vector_and_by_word(shelf: Shelf) -> None:
    store = shelf.after(put(*APPLE, *PLANE))
    assert list(store.documents) == ["apple", "plane"]
    assert [record.text for record in store.get(ids_of(APPLE))] == [record.text for record in APPLE]
    assert ids_found(store) == sorted(ids_of(APPLE + PLANE))
    assert store.nearest(shelf.model.embed(["We eat it raw."]), 1)[0].id == "apple#s1"
    assert keys_matching(store, "wings") == ["plane"]
    assert keys_matching(store, "Ann") == ["apple"]


def test_storing_a_second_time_changes_nothing(shelf: Shelf) -> None:
    def seen(store: Store) -> object:
        everything = store.nearest(shelf.model.embed(["Red fruit"]), EVERYTHING)
        return store.documents, store.get(ids_of(APPLE + PLANE)), sorted((h.id, round(h.score, 5)) for h in everything)

    once = seen(shelf.after(put(*APPLE, *PLANE)))
    assert seen(shelf.after(put(*APPLE, *PLANE))) == once


def test_the_same_id_with_another_text_replaces_it(shelf: Shelf) -> None:
    newer = make_document("apple", "Green pears hang lower.", "Nobody eats bark.", title="On Pears")
    store = shelf.after(put(*APPLE, *PLANE), put(*newer))
    assert [record.text for record in store.get(ids_of(APPLE))] == [record.text for record in newer]
    assert ids_found(store) == sorted(ids_of(newer + PLANE))
    np.testing.assert_allclose(store.vectors(["apple#s1"]), shelf.model.embed(["Nobody eats bark."]), atol=1e-5)
    assert keys_matching(store, "apples") == []
    assert keys_matching(store, "pears") == ["apple"]


def test_a_shorter_version_leaves_nothing_of_the_longer_one(shelf: Shelf) -> None:
    shorter = make_document("apple", "Red fruit grows.", title="On Apples")
    store = shelf.after(put(*APPLE, *PLANE), put(*shorter))
    assert ids_found(store) == sorted(ids_of(shorter + PLANE))
    assert store.get(["apple#s1"]) == []
    assert keys_matching(store, "raw") == []


def test_what_is_deleted_is_found_no_more(shelf: Shelf) -> None:
    store = shelf.after(put(*APPLE, *PLANE), drop("apple"))
    assert list(store.documents) == ["plane"]
    assert ids_found(store) == sorted(ids_of(PLANE))
    assert store.get(ids_of(APPLE)) == []
    assert keys_matching(store, "apples") == []


def test_deleting_what_is_not_there_is_silent(shelf: Shelf) -> None:
    store = shelf.after(put(*PLANE), drop("apple", "pear"), drop())
    assert ids_found(store) == sorted(ids_of(PLANE))


def test_deleting_a_document_that_is_named_twice_deletes_it(shelf: Shelf) -> None:
    store = shelf.after(put(*APPLE, *PLANE), drop("apple", "apple"))
    assert list(store.documents) == ["plane"]


def test_the_best_comes_first_with_scores_between_0_and_1(shelf: Shelf) -> None:
    store = shelf.after(put(*APPLE, *PLANE))
    for hits in (store.nearest(shelf.model.embed(["red fruit"]), 10), store.matching("on red wings", 10, WEIGHTS)):
        scores = [hit.score for hit in hits]
        assert len(scores) >= 2
        assert scores == sorted(scores, reverse=True)
        assert all(0 <= score <= 1 for score in scores)


def test_asking_for_more_than_there_is_gives_all_there_is(shelf: Shelf) -> None:
    store = shelf.after(put(*APPLE))
    assert len(store.nearest(shelf.model.embed(["fruit"]), 1_000)) == len(APPLE)
    assert len(store.matching("fruit", 1_000, WEIGHTS)) == 1
    assert len(store.nearest(shelf.model.embed(["fruit"]), 1_000, Where(frozenset({"apple"})))) == len(APPLE)


def test_asking_for_none_gives_none(shelf: Shelf) -> None:
    store = shelf.after(put(*APPLE))
    assert store.nearest(shelf.model.embed(["fruit"]), 0) == []
    assert store.matching("fruit", 0, WEIGHTS) == []


def test_a_filter_keeps_a_search_to_the_documents_it_names(shelf: Shelf) -> None:
    store = shelf.after(put(*APPLE, *PLANE))
    planes = Where(frozenset({"plane", "a key that nobody has"}))
    found = store.nearest(shelf.model.embed(["Red fruit grows."]), 10, planes)
    assert sorted(hit.id for hit in found) == sorted(ids_of(PLANE))
    assert [hit.id for hit in store.matching("fruit wings", 10, WEIGHTS, planes)] == ["plane"]


def test_a_filter_that_names_nothing_finds_nothing(shelf: Shelf) -> None:
    store = shelf.after(put(*APPLE))
    assert store.nearest(shelf.model.embed(["fruit"]), 10, Where(frozenset())) == []
    assert store.matching("fruit", 10, WEIGHTS, Where(frozenset())) == []


def test_records_come_in_the_order_asked_for_without_those_that_are_not_there(shelf: Shelf) -> None:
    store = shelf.after(put(*APPLE, *PLANE))
    asked = ["plane#s0", "nobody", "apple#s1", "apple#s7", "apple", "plane#s0"]
    assert ids_of(store.get(asked)) == ["plane#s0", "apple#s1", "apple", "plane#s0"]


def test_vectors_are_of_unit_length_and_zero_for_what_is_not_there(shelf: Shelf) -> None:
    store = shelf.after(put(*APPLE, *PLANE))
    vectors = store.vectors(["plane#s0", "nobody", "apple#s0", "plane#s0"])
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), [1, 0, 1, 1], atol=1e-5)
    np.testing.assert_allclose(vectors[[2]], shelf.model.embed(["Red fruit grows."]), atol=1e-5)
    assert store.vectors([]).shape == (0, shelf.model.dimension)


def test_documents_keep_the_order_they_were_given(shelf: Shelf) -> None:
    store = shelf.after(put(*make_document("zebra", order=0), *make_document("ant", order=1)), put(*PLANE))
    assert list(store.documents) == ["zebra", "ant", "plane"]


def test_values_about_the_whole_store_are_kept_beside_its_stamp(shelf: Shelf) -> None:
    def remember(store: Store) -> None:
        store.about = {"author": {"name": "Zoë 韩旭"}}

    assert shelf.after(remember).about == {"author": {"name": "Zoë 韩旭"}}


def test_scores_are_cosines_cut_off_at_zero(tmp_path: Path) -> None:
    class Opposites(FirstWords):
        def embed(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Vectors:
            vectors = super().embed(texts, progress)
            vectors[[text.startswith("not") for text in texts]] *= -1
            return vectors

    # "aaa bbbb" points along (3, 4): its cosine with "a" is 3 / 5, and with the opposite of "aaa" it is below 0.
    store = EmbeddedStore.open(tmp_path, Opposites())
    store.upsert(make_document("one", "aaa bbbb") + make_document("two", "not"))
    hits = {hit.id: hit.score for hit in store.nearest(store.model.embed(["a"]), 10)}
    assert hits == pytest.approx({"one": 0.6, "one#p0": 0.6, "one#s0": 0.6, "two": 0, "two#p0": 0, "two#s0": 0})
    store.close()


@pytest.mark.parametrize(("kind", "place"), [("document", 0), ("passage", 12), ("sentence", 3)])
def test_an_id_says_what_a_record_is_and_where_it_belongs(kind: Kind, place: int) -> None:
    hit = Hit(record_id("han2018fewrel", kind, place), 1.0)
    assert split_id(hit.id) == (hit.parent, hit.kind, hit.place) == ("han2018fewrel", kind, place)


def test_progress_is_told_until_every_record_is_embedded(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    store = EmbeddedStore.open(tmp_path, FirstWords())
    store.upsert(APPLE + PLANE, lambda done, total: told.append((done, total)))
    store.close()
    assert told == [(done, 7) for done in range(1, 8)]


# another model


def test_another_model_is_refused_with_both_names(directory: Path) -> None:
    with pytest.raises(ModelMismatch, match=r"'first-words'.*'other-words'") as refusal:
        EmbeddedStore.open(directory, FirstWords("other-words", dimension=4))
    assert (refusal.value.stored, refusal.value.wanted) == ("first-words", "other-words")


def test_a_refused_model_leaves_the_store_as_it_was_and_free_for_the_right_one(directory: Path) -> None:
    with pytest.raises(ModelMismatch):
        EmbeddedStore.open(directory, FirstWords("other-words"))
    store = EmbeddedStore.open(directory, FirstWords())
    assert ids_found(store) == sorted(ids_of(APPLE + PLANE))
    np.testing.assert_allclose(store.vectors(["apple#s0"]), FirstWords().embed(["Red fruit grows."]), atol=1e-5)
    store.close()


# re-embedding


def in_shorter_words(document: Record) -> list[Record]:
    """Records made anew: the title alone is kept as the document's one sentence."""
    return make_document(document.id, str(document.fields["title"]), order=int(document.fields["order"]))


def test_re_embedding_moves_everything_to_the_new_model(directory: Path) -> None:
    new = FirstWords("other-words", dimension=4)
    before = EmbeddedStore.open(directory, FirstWords())
    before.about = {"author": "Ann"}
    before.close()
    store = EmbeddedStore.rebuild(directory, new, in_shorter_words)
    assert list(store.documents) == ["apple", "plane"]
    assert store.about == {"author": "Ann"}
    assert ids_found(store) == ["apple", "apple#p0", "apple#s0", "plane", "plane#p0", "plane#s0"]
    np.testing.assert_allclose(store.vectors(["plane#s0"]), new.embed(["On Planes"]), atol=1e-5)
    assert keys_matching(store, "planes") == ["plane"]
    store.close()
    reopened = EmbeddedStore.open(directory, new)
    assert list(reopened.documents) == ["apple", "plane"]
    reopened.close()
    with pytest.raises(ModelMismatch, match=r"'other-words'.*'first-words'"):
        EmbeddedStore.open(directory, FirstWords())


def test_re_embedding_leaves_one_generation_on_disk(directory: Path) -> None:
    EmbeddedStore.rebuild(directory, FirstWords("other-words"), in_shorter_words).close()
    assert [path.name for path in directory.glob("generation-*")] == ["generation-2"]
    assert (directory / "CURRENT").read_text() == "generation-2\n"


def test_re_embedding_that_fails_half_way_keeps_the_old_vectors(directory: Path) -> None:
    many = [row for n in range(40) for row in make_document(f"d{n}", f"{'a' * n}b c", title=f"Title {n}", order=2 + n)]
    full = EmbeddedStore.open(directory, FirstWords())
    full.upsert(many)
    kept = ids_found(full)
    full.close()
    with pytest.raises(EmbeddingFailed):
        EmbeddedStore.rebuild(directory, failing_at(2, FirstWords("other-words")), in_shorter_words)
    store = EmbeddedStore.open(directory, FirstWords())
    assert ids_found(store) == kept
    assert [path.name for path in directory.glob("generation-*")] == ["generation-1"]
    store.close()


def test_re_embedding_can_be_tried_again_after_it_failed(directory: Path) -> None:
    with pytest.raises(EmbeddingFailed):
        EmbeddedStore.rebuild(directory, failing_at(1, FirstWords("other-words")), in_shorter_words)
    store = EmbeddedStore.rebuild(directory, FirstWords("other-words"), in_shorter_words)
    assert list(store.documents) == ["apple", "plane"]
    store.close()


def test_records_that_cannot_be_made_anew_leave_the_store_as_it_was(directory: Path) -> None:
    def broken(_: Record) -> list[Record]:
        raise RuntimeError("no records")

    with pytest.raises(RuntimeError, match="no records"):
        EmbeddedStore.rebuild(directory, FirstWords("other-words"), broken)
    store = EmbeddedStore.open(directory, FirstWords())
    assert ids_found(store) == sorted(ids_of(APPLE + PLANE))
    store.close()


# a model that fails while documents go in


def test_documents_that_went_in_before_the_model_failed_are_found_in_every_way(tmp_path: Path) -> None:
    store = EmbeddedStore.open(tmp_path, failing_at(2))
    documents = [row for n in range(40) for row in make_document(f"d{n}", f"{'a' * n}b word{n}", order=n)]
    with pytest.raises(EmbeddingFailed):
        store.upsert(documents)
    there = list(store.documents)
    assert 0 < len(there) < 40
    everything = store.nearest(FirstWords().embed(["any words"]), EVERYTHING)
    assert sorted(hit.id for hit in everything) == sorted(row.id for row in documents if row.parent in there)
    assert keys_matching(store, "word0") == ["d0"]
    assert keys_matching(store, "word39") == []
    store.close()


# the keyword index


def garbage(path: Path) -> None:
    path.write_bytes(b"\xff\x00 no index at all")


def damage_nothing_but_the_stamp(keywords: Path) -> None:
    (keywords / "stamp").write_text("made from other documents")


def damage_the_stamp_beyond_reading(keywords: Path) -> None:
    garbage(keywords / "stamp")


def damage_by_removing_it(keywords: Path) -> None:
    shutil.rmtree(keywords)


def damage_by_removing_its_list_of_files(keywords: Path) -> None:
    (keywords / "meta.json").unlink()


def damage_its_list_of_files(keywords: Path) -> None:
    garbage(keywords / "meta.json")


def damage_every_file_but_the_stamp(keywords: Path) -> None:
    for path in keywords.iterdir():
        if path.name != "stamp":
            garbage(path)


def damage_by_cutting_its_files_short(keywords: Path) -> None:
    for path in keywords.iterdir():
        if path.suffix in {".term", ".idx", ".pos", ".store", ".fieldnorm"}:
            path.write_bytes(path.read_bytes()[:-10])


def damage_by_putting_another_index_there(keywords: Path) -> None:
    KeywordIndex(keywords).build([Entry("ghost", "A Ghost", "wings of a ghost")], stamp="other documents")


@pytest.mark.parametrize(
    "damage",
    [
        damage_nothing_but_the_stamp,
        damage_the_stamp_beyond_reading,
        damage_by_removing_it,
        damage_by_removing_its_list_of_files,
        damage_its_list_of_files,
        damage_every_file_but_the_stamp,
        damage_by_cutting_its_files_short,
        damage_by_putting_another_index_there,
    ],
)
def test_a_keyword_index_that_does_not_fit_is_built_again(directory: Path, damage: Callable[[Path], None]) -> None:
    keywords = directory / "generation-1" / "keywords"
    stamp = (keywords / "stamp").read_bytes()
    damage(keywords)
    store = EmbeddedStore.open(directory, FirstWords())
    assert keys_matching(store, "wings") == ["plane"]
    assert keys_matching(store, "apples ghost") == ["apple"]
    store.close()
    assert (keywords / "stamp").read_bytes() == stamp


def test_a_keyword_index_that_fits_is_left_alone(directory: Path) -> None:
    before = files_under(directory / "generation-1" / "keywords")
    EmbeddedStore.open(directory, FirstWords()).close()
    assert files_under(directory / "generation-1" / "keywords") == before


def test_words_that_mean_something_to_a_query_parser_are_only_words(directory: Path) -> None:
    store = EmbeddedStore.open(directory, FirstWords())
    for question in ('wings AND ("', "wings NOT wings", "title:zzz wings", "wings^0 -wings +x", "[wings TO x}", "*"):
        assert keys_matching(store, question) == (["plane"] if "wings" in question else [])
    store.close()


# what lies on disk


def sqlite_of(directory: Path) -> Path:
    return directory / "generation-1" / "chroma.sqlite3"


def damage_by_garbage(directory: Path) -> None:
    garbage(sqlite_of(directory))


def damage_by_cutting_it_short(directory: Path) -> None:
    content = sqlite_of(directory).read_bytes()
    sqlite_of(directory).write_bytes(content[: len(content) // 2])


def damage_behind_the_header(directory: Path) -> None:
    content = sqlite_of(directory).read_bytes()
    sqlite_of(directory).write_bytes(content[:100] + b"\x55" * (len(content) - 100))


def damage_by_emptying_it(directory: Path) -> None:
    sqlite_of(directory).write_bytes(b"")


def damage_by_losing_it(directory: Path) -> None:
    sqlite_of(directory).unlink()


def damage_by_losing_current(directory: Path) -> None:
    (directory / "CURRENT").unlink()


def damage_current_by_emptying_it(directory: Path) -> None:
    (directory / "CURRENT").write_bytes(b"")


def damage_current_by_garbage(directory: Path) -> None:
    garbage(directory / "CURRENT")


def damage_current_by_a_path_elsewhere(directory: Path) -> None:
    (directory / "CURRENT").write_text("../generation-1")


def damage_current_by_a_generation_that_is_gone(directory: Path) -> None:
    (directory / "CURRENT").write_text("generation-7")


DAMAGES = [
    damage_by_garbage,
    damage_by_cutting_it_short,
    damage_behind_the_header,
    damage_by_emptying_it,
    damage_by_losing_it,
    damage_by_losing_current,
    damage_current_by_emptying_it,
    damage_current_by_garbage,
    damage_current_by_a_path_elsewhere,
    damage_current_by_a_generation_that_is_gone,
]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_store_is_refused_and_left_as_it_is(directory: Path, damage: Callable[[Path], None]) -> None:
    damage(directory)
    before = files_under(directory)
    with pytest.raises(StoreCorrupt, match=str(directory)):
        EmbeddedStore.open(directory, FirstWords())
    assert files_under(directory) == before


@pytest.mark.parametrize("damage", [damage_by_garbage, damage_behind_the_header, damage_by_losing_it])
def test_a_store_put_back_from_a_copy_opens_in_the_same_process(
    directory: Path, damage: Callable[[Path], None]
) -> None:
    copy = directory.with_name("copy")
    shutil.copytree(directory, copy)
    damage(directory)
    with pytest.raises(StoreError):
        EmbeddedStore.open(directory, FirstWords())
    shutil.rmtree(directory)
    shutil.copytree(copy, directory)
    store = EmbeddedStore.open(directory, FirstWords())
    assert ids_found(store) == sorted(ids_of(APPLE + PLANE))
    store.close()


def vector_index_of(directory: Path) -> dict[str, str]:
    """The files of the vector index, which are there once Chroma has written them."""
    if not list(directory.rglob("index_metadata.pickle")):
        return {}
    return {name: content for name, content in files_under(directory).items() if name.endswith((".bin", ".pickle"))}


def make_many(key: str, count: int) -> list[Record]:
    return make_document(key, *(f"{'a' * (n % 40)}b {'c' * (n // 40)}d" for n in range(count)), title=key)


def test_the_files_of_a_vector_index_in_use_are_never_written(tmp_path: Path) -> None:
    # Chroma rewrites them in place, and a crash meanwhile leaves files that it cannot open.
    store = EmbeddedStore.open(tmp_path, FirstWords())
    store.upsert(make_many("one", 1_300))
    assert vector_index_of(tmp_path) == {}
    store.upsert(make_many("two", 1_300))
    store.close()
    assert vector_index_of(tmp_path) == {}
    store = EmbeddedStore.open(tmp_path, FirstWords())  # more to replay than it likes, so it moves to a next generation
    written = vector_index_of(tmp_path)
    assert written != {}
    store.upsert(make_many("three", 1_300))
    store.delete(["one"])
    store.close()
    assert vector_index_of(tmp_path) == written


def test_many_changes_move_a_store_to_a_next_generation_with_all_it_holds(tmp_path: Path) -> None:
    store = EmbeddedStore.open(tmp_path, FirstWords())
    store.about = {"author": "Ann"}
    many = make_many("long", 2_200)
    store.upsert(many + PLANE)
    store.close()
    for _ in range(2):
        store = EmbeddedStore.open(tmp_path, FirstWords())
        assert [path.name for path in tmp_path.glob("generation-*")] == ["generation-2"]
        assert list(store.documents) == ["long", "plane"]
        assert store.about == {"author": "Ann"}
        assert ids_of(store.get(ids_of(many + PLANE))) == ids_of(many + PLANE)
        embedded = FirstWords().embed([row.embed or row.text for row in many + PLANE])
        np.testing.assert_allclose(store.vectors(ids_of(many + PLANE)), embedded, atol=1e-5)
        assert keys_matching(store, "wings") == ["plane"]
        store.close()


def test_changes_to_a_store_that_moved_are_replayed_over_its_index(tmp_path: Path) -> None:
    store = EmbeddedStore.open(tmp_path, FirstWords())
    store.upsert(make_many("long", 2_200) + APPLE)
    store.close()
    store = EmbeddedStore.open(tmp_path, FirstWords())
    shorter = make_document("long", "eee f gg", "h iiiii jj")
    store.upsert(shorter + PLANE)
    store.delete(["apple"])
    store.close()
    store = EmbeddedStore.open(tmp_path, FirstWords())
    assert ids_found(store) == sorted(ids_of(shorter + PLANE))
    np.testing.assert_allclose(store.vectors(["long#s1"]), FirstWords().embed(["h iiiii jj"]), atol=1e-5)
    store.close()


def test_a_few_changes_leave_a_store_where_it_is(directory: Path) -> None:
    store = EmbeddedStore.open(directory, FirstWords())
    store.upsert(make_document("apple", "Green fruit."))
    store.close()
    EmbeddedStore.open(directory, FirstWords()).close()
    assert [path.name for path in directory.glob("generation-*")] == ["generation-1"]


def changes_to_replay(directory: Path) -> int:
    """How many changes Chroma reads anew with every upsert, and replays when it is opened."""
    (database,) = directory.glob("generation-*/chroma.sqlite3")
    with contextlib.closing(sqlite3.connect(database)) as connection:
        (count,) = connection.execute("SELECT COUNT(*) FROM embeddings_queue").fetchone()
    return int(count)


def indexed_vectors(directory: Path) -> int:
    """How many vectors the files of the index hold, those of records that are gone included."""
    (lengths,) = directory.glob("generation-*/*/length.bin")  # four bytes for each
    return lengths.stat().st_size // 4


def test_while_many_documents_go_in_few_changes_wait_to_be_replayed(tmp_path: Path) -> None:
    store = EmbeddedStore.open(tmp_path, FirstWords())
    documents = [make_many(f"d{n}", 900) for n in range(5)]
    with store.many_upserts():
        for document in documents:
            store.upsert(document)
            assert changes_to_replay(tmp_path) <= 2_000 + len(document)
    store.close()
    store = EmbeddedStore.open(tmp_path, FirstWords())
    everything = [record for document in documents for record in document]
    assert changes_to_replay(tmp_path) <= 2_000
    assert ids_of(store.get(ids_of(everything))) == ids_of(everything)
    embedded = FirstWords().embed([row.embed or row.text for row in everything])
    np.testing.assert_allclose(store.vectors(ids_of(everything)), embedded, atol=1e-5)
    assert keys_matching(store, "d3") == ["d3"]
    store.close()


def test_an_index_of_mostly_dead_vectors_is_written_anew(tmp_path: Path) -> None:
    store = EmbeddedStore.open(tmp_path, FirstWords())
    store.upsert(PLANE)
    long = make_many("long", 2_100)
    for _ in range(3):
        with store.many_upserts():
            store.upsert(long)
    assert indexed_vectors(tmp_path) <= len(long + PLANE)
    assert ids_of(store.get(ids_of(long + PLANE))) == ids_of(long + PLANE)
    store.close()


def test_a_store_is_searched_while_it_moves_to_a_next_generation(tmp_path: Path) -> None:
    store = EmbeddedStore.open(tmp_path, FirstWords())
    store.upsert(PLANE)
    vector = store.model.embed(["Metal wings carry passengers."])
    moved = threading.Event()

    def search() -> int:
        found = 0
        while not moved.is_set() or not found:
            assert store.get(["plane"])[0].text == PLANE[0].text
            found += len(store.nearest(vector, 1))
        return found

    with ThreadPoolExecutor(3) as pool:
        searches = [pool.submit(search) for _ in range(3)]
        try:
            with store.many_upserts():
                for n in range(3):
                    store.upsert(make_many(f"d{n}", 2_100))
        finally:
            moved.set()
        assert all(done.result() > 0 for done in searches)
    assert [path.name for path in tmp_path.glob("generation-*")] == ["generation-4"]
    store.close()


def test_an_interrupted_move_leaves_the_store_open_where_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    store = EmbeddedStore.open(tmp_path, FirstWords())
    long = make_many("long", 2_100)
    monkeypatch.setattr(EmbeddedStore, "_copy_files", interrupted)
    with pytest.raises(KeyboardInterrupt), store.many_upserts():
        store.upsert(long)
    monkeypatch.undo()
    assert ids_of(store.get(ids_of(long))) == ids_of(long)
    store.close()
    EmbeddedStore.open(tmp_path, FirstWords()).close()
    assert [path.name for path in tmp_path.glob("generation-*")] == ["generation-2"]


@pytest.mark.parametrize("left", [b"", b"garbage", None])
def test_the_files_that_chroma_starts_a_vector_index_with_do_not_matter(directory: Path, left: bytes | None) -> None:
    for path in directory.glob("generation-1/*/*.bin"):
        path.unlink() if left is None else path.write_bytes(left)
    store = EmbeddedStore.open(directory, FirstWords())
    assert ids_found(store) == sorted(ids_of(APPLE + PLANE))
    np.testing.assert_allclose(store.vectors(["apple#s0"]), FirstWords().embed(["Red fruit grows."]), atol=1e-5)
    store.close()


def test_what_a_stopped_re_embedding_left_behind_is_cleared_away(directory: Path) -> None:
    shutil.copytree(directory / "generation-1", directory / "generation-2")
    EmbeddedStore.open(directory, FirstWords()).close()
    assert [path.name for path in directory.glob("generation-*")] == ["generation-1"]


# many


def test_thousands_of_records_are_read_searched_and_deleted_in_pages(tmp_path: Path) -> None:
    keys = [f"d{n:04}" for n in range(1_100)]
    documents = [
        Record(key, f"{'a' * (n % 33)}b {'c' * (n // 33)}d", fields={"title": f"Title {n}", "order": -n})
        for n, key in enumerate(keys)
    ]
    store = EmbeddedStore.open(tmp_path, FirstWords(dimension=4))
    store.upsert(documents)
    store.close()
    store = EmbeddedStore.open(tmp_path, FirstWords(dimension=4))
    assert list(store.documents) == keys[::-1]
    ids = ids_of(documents)[::-1]
    assert ids_of(store.get(ids)) == ids
    assert np.linalg.norm(store.vectors(ids), axis=1) == pytest.approx(1)
    hits = store.nearest(store.model.embed(["some words"]), EVERYTHING, Where(frozenset(keys[:1_000])))
    assert sorted(hit.id for hit in hits) == keys[:1_000]
    assert sorted(hit.id for hit in store.matching("title", EVERYTHING, WEIGHTS)) == keys
    store.delete(keys[1:])
    assert ids_found(store) == ["d0000"]
    store.close()


def test_one_document_may_have_thousands_of_sentences_and_then_few(tmp_path: Path) -> None:
    store = EmbeddedStore.open(tmp_path, FirstWords(dimension=4))
    long = make_document("long", *(f"sentence {n}" for n in range(1_500)))
    store.upsert(long)
    assert len(store.get(ids_of(long))) == 1_502
    store.upsert(make_document("long", "sentence 0"))
    assert ids_found(store) == ["long", "long#p0", "long#s0"]
    assert ids_of(store.get(ids_of(long))) == ["long", "long#p0", "long#s0"]
    store.close()


def test_a_watched_model_is_asked_for_each_text_once(tmp_path: Path) -> None:
    watched = Watched(FirstWords())
    store = EmbeddedStore.open(tmp_path, watched)
    store.upsert(APPLE)
    store.close()
    assert watched.texts == ["On Apples", "Red fruit grows. We eat it raw.", "Red fruit grows.", "We eat it raw."]
