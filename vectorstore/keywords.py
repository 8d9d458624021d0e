"""BM25 over the store's documents, by tantivy: a cache that is thrown away and rebuilt whenever in doubt.

A document is found by its title, its text and its people, each a field of its own, so that a title weighs more than a
mention. The index carries the stamp of the store's content it was built from.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tantivy

from vectorstore.records import Hit

_STAMP = "stamp"
_HEAP = 15_000_000  # the least that tantivy's writer takes
_HALF = 20.0
_RELOAD = "manual"  # else an index whose files are replaced would take up the new ones, in a thread of its own
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Entry:
    """What is indexed of one document."""

    id: str
    title: str
    text: str
    people: str = ""


class KeywordIndex:
    """An index in a directory, or in memory where ``path`` is None."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._index: Any = None

    @property
    def stamp(self) -> str | None:
        """Which content the index on disk holds; None where there is none that can be read."""
        if self._path is None or self._index is None:
            return None
        try:
            return (self._path / _STAMP).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            return None

    def open(self) -> None:
        """Open what lies in the directory, if it can be opened."""
        if self._path is None or not self._path.is_dir():
            return
        try:
            index = tantivy.Index.open(str(self._path))
            index.config_reader(reload_policy=_RELOAD)
            index.searcher().search(tantivy.Query.all_query(), 1)
            self._index = index
        except (ValueError, OSError):
            self._index = None

    def build(self, entries: Iterable[Entry], stamp: str) -> None:
        """Replace everything by these entries; the stamp is written last."""
        self._index = None
        if self._path is not None:
            shutil.rmtree(self._path, ignore_errors=True)
            self._path.mkdir(parents=True, exist_ok=True)  # a reader of the old index may have left its lock there
        index = tantivy.Index(_schema(), path=str(self._path) if self._path else None, reuse=False)
        writer = index.writer(heap_size=_HEAP, num_threads=1)
        for entry in entries:
            writer.add_document(tantivy.Document(id=entry.id, title=entry.title, text=entry.text, people=entry.people))
        writer.commit()
        writer.wait_merging_threads()
        index.config_reader(reload_policy=_RELOAD)
        self._index = index
        if self._path is not None:
            (self._path / _STAMP).write_text(stamp, encoding="utf-8")

    def search(
        self, query: str, limit: int, weights: dict[str, float], among: Collection[str] | None = None
    ) -> list[Hit]:
        """The best documents by BM25 (Robertson and Zaragoza, 2009), ``weights`` giving each field its boost; of those
        ``among`` names, where it names some.

        A score ``s`` becomes ``s / (s + 20)``: in [0, 1), and small where few of the query's words are found at all.
        """
        words = " ".join(_WORD.findall(query.lower()))  # lower: OR and NOT are not operators here
        if self._index is None or not words or limit < 1:
            return []
        parsed, _ = self._index.parse_query_lenient(words, list(weights), field_boosts=weights)
        if among is not None:
            parsed = _narrowed(parsed, self._index.schema, among)
        searcher = self._index.searcher()
        found = searcher.search(parsed, limit).hits
        return [Hit(searcher.doc(address)["id"][0], score / (score + _HALF)) for score, address in found]


def _narrowed(query: Any, schema: Any, ids: Collection[str]) -> Any:
    """The query with its scores, of these documents alone."""
    one_of_them = tantivy.Query.const_score_query(tantivy.Query.term_set_query(schema, "id", list(ids)), 0.0)
    return tantivy.Query.boolean_query([(tantivy.Occur.Must, query), (tantivy.Occur.Must, one_of_them)])


def _schema() -> Any:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("id", stored=True, tokenizer_name="raw")
    builder.add_text_field("title", tokenizer_name="en_stem")
    builder.add_text_field("text", tokenizer_name="en_stem")
    builder.add_text_field("people", tokenizer_name="default")
    return builder.build()
