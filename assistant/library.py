"""Library: one author's papers, kept in a store. Takes papers in, hands them out; never answers."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from assistant.analysis.facets import FACETS_VERSION, Facet, consolidate, extract, from_rows, to_rows
from assistant.analysis.person_names import same_name
from assistant.errors import (
    EmbeddingMismatch,
    LibraryDamaged,
    LibraryError,
    LibraryInUse,
    LibraryNotWritable,
    ModelError,
    PaperNotFound,
)
from assistant.ingesting import (
    RECORDS_FIELD,
    Ingest,
    IngestReport,
    Joining,
    Progress,
    stored_origins,
    stored_records,
)
from assistant.merging import SourceRecord, fold, title_letters
from assistant.papers import Paper, Passage
from assistant.passages import from_record, to_records
from assistant.previewing import Preview, Read, preview
from assistant.settings import Settings
from assistant.sources import Item, Opened, Profile
from assistant.taking_back import LastIngest, Undo, UndoLog, UndoReport
from vectorstore import records as store_words
from vectorstore.embeddings import EmbeddingModel, open_model
from vectorstore.store import Store

Describe = Callable[[Paper], tuple[Facet, ...]]
"""Reads the facets of one paper."""


@dataclass(frozen=True, slots=True)
class KnownSource:
    """A source that was read to its end: what it is called, where it is found again, and what it held."""

    name: str
    kind: str
    address: str
    digest: str | None
    read_on: str
    """The day, ISO 8601, UTC."""
    unreadable: int = 0
    """How many of its entries could not be read."""
    papers: int = 0
    """Of how many papers it said something when it was read."""

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


class Library:
    """An open library. Use :func:`open_library`; close it, or use it as a context manager."""

    def __init__(self, name: str, store: Store) -> None:
        self.name = name
        self.store = store
        self.is_closed = False
        self._papers: dict[str, Paper] = {}
        self._passages: dict[str, list[Passage]] = {}
        self._facets: Mapping[str, tuple[Facet, ...]] | None = None
        self._load()

    def close(self) -> None:
        """Let another process open the library; this one cannot use it any more."""
        self.is_closed = True
        self.store.close()

    def __enter__(self) -> Library:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __len__(self) -> int:
        return len(self._papers)

    @property
    def papers(self) -> Mapping[str, Paper]:
        """Every paper by key, in the order in which they came."""
        return self._papers

    def paper(self, key: str) -> Paper:
        """
        Raises:
            PaperNotFound: there is none of that key; the nearest keys are named.
        """
        if key in self._papers:
            return self._papers[key]
        from rapidfuzz import process

        near = [match for match, score, _ in process.extract(key, list(self._papers), limit=3) if score > 60]
        hint = f"did you mean {' or '.join(near)}?" if near else "'papertalk papers' lists the keys."
        raise PaperNotFound(f"The library {self.name!r} has no paper {key!r}; {hint}")

    def passages(self, key: str) -> Sequence[Passage]:
        return self._passages[key]

    @property
    def author(self) -> Profile | None:
        """What the source's header says of the author."""
        about = self.store.about.get("author")
        return Profile(**about) if about else None

    @property
    def sources(self) -> tuple[KnownSource, ...]:
        """The sources that were read to their end, in the order in which they first came."""
        return tuple(KnownSource(**row) for row in self.store.about.get("sources", {}).values())

    def holds(self, content: str, *, bring_back: bool = True) -> str | None:
        """The name of the source that all of a file came from before, told by the digest of its content.

        None where something of it is missing: an entry that could not be read, or, where these shall be brought back,
        a paper that was removed.
        """
        if bring_back and self.store.about.get("removed"):
            return None
        for source in self.sources:
            if source.digest == content and not source.unreadable and self._count(source.name) >= source.papers > 0:
                return source.name
        return None

    def _count(self, source: str) -> int:
        return sum(source in stored_origins(document) for document in self.store.documents.values())

    def records(self, key: str) -> list[SourceRecord]:
        """What each source says of a paper.

        Raises:
            PaperNotFound: there is none of that key.
        """
        paper = self.paper(key)
        return stored_records(self.store.documents[key], paper)

    def ingest(
        self,
        items: Iterable[Item],
        progress: Progress | None = None,
        describe: Describe = extract,
        *,
        bring_back: bool = True,
        left_out: Sequence[Paper] = (),
    ) -> IngestReport:
        """Take in what sources yield. A paper that is already there, unchanged, is not touched.

        Entries of one paper are joined (see :mod:`assistant.merging`). ``describe`` reads the facets of a paper that is
        new or changed; they are kept beside it. ``bring_back`` takes in papers that were removed before as well.
        ``left_out`` are papers that count as removed from now on: a later sync does not bring them.
        """
        about, documents = self.store.about, self.store.documents
        removed = Removed(about.get("removed", []))
        log = UndoLog(self.store.directory, about, Removed([]).with_papers(left_out))
        joining = Joining(self._papers, documents, (lambda _: False) if bring_back else removed.holds)

        def described(paper: Paper) -> dict[str, store_words.Scalar]:
            return facet_fields(describe(paper))

        def rows(paper: Paper, place: int, fields: Mapping[str, store_words.Scalar]) -> list[store_words.Record]:
            return to_records(paper, self.store.model, place, fields)

        run = Ingest(self.store, joining, rows, described, partial(log.note, documents))
        try:
            with store_errors(self.name):
                run.run(items, progress)
        finally:
            self._load()
            with store_errors(self.name):
                self._remember(joining, removed, left_out, log)
        with store_errors(self.name):
            log.finish()
        return joining.report

    def preview(self, items: Iterable[Item], progress: Read | None = None) -> Preview:
        """What :meth:`ingest` would do, which stores and embeds nothing."""
        model = self.store.model
        return preview(
            items,
            self._papers,
            self.store.documents,
            lambda paper: len(to_records(paper, model, 0)),
            self.store.most_records,
            progress,
        )

    def _remember(self, joining: Joining, removed: Removed, left_out: Sequence[Paper], log: UndoLog) -> None:
        """Keep who the author is, which sources were read whole, and that what came back is no longer removed."""
        about = self.store.about
        known = dict(about.get("sources", {}))
        for source, unreadable in joining.read_whole:
            if source.name:
                known = _without_moved(known, source)
                count = self._count(source.name)
                row = KnownSource(source.name, source.kind, source.address, source.digest, _today(), unreadable, count)
                known[source.address or source.name] = asdict(row)
        changed = {**about, "sources": known}
        back = removed.without(self._papers[key] for key in joining.report.added if key in self._papers)
        marks = Removed(back).with_papers(left_out)
        if marks != about.get("removed", []):
            changed["removed"] = marks
        if joining.profiles and (profile := self._author_of(joining.profiles)):
            changed["author"] = {
                "name": profile.name,
                "subject": profile.subject,
                "figures": dict(profile.figures),
            }
        if changed != {"sources": {}, **about}:
            if _is_news(about, changed):
                log.begin()
            self.store.about = changed

    def _author_of(self, profiles: Sequence[Profile]) -> Profile | None:
        """The library's author as the newest source names them; the first of a library stays its author."""
        known = self.author
        if known is None:
            return profiles[0]
        return next((profile for profile in reversed(profiles) if same_name(profile.name, known.name)), None)

    def remove(self, keys: Sequence[str]) -> None:
        """Remove papers for good: a later sync does not bring them back, taking them in again does.

        Raises:
            PaperNotFound: one of the keys is not there; nothing is removed then.
        """
        gone = [self.paper(key) for key in keys]
        with store_errors(self.name):
            about = self.store.about
            self.store.about = {**about, "removed": Removed(about.get("removed", [])).with_papers(gone)}
            self.store.delete(keys)
        self._load()

    @property
    def last_ingest(self) -> LastIngest | None:
        """The ingest that :meth:`undo` would take back; None where there is none."""
        with store_errors(self.name):
            found = Undo.read(self.store.directory)
        return found.summary(self._papers) if found else None

    def undo(self, progress: Progress | None = None) -> UndoReport:
        """Take back the last ingest that changed anything: papers, known sources and author are what they were.

        Papers that were changed or removed since stay as they are. Papers that go are not remembered as removed.
        ``progress`` is told how many of how many papers are restored.

        Raises:
            LibraryError: there is no ingest to take back.
        """
        with store_errors(self.name):
            last = Undo.read(self.store.directory)
            if last is None:
                raise LibraryError(
                    f"The library {self.name!r} has no ingest to take back; 'papertalk remove KEY' takes papers out."
                )
            about, before = self.store.about, last.about.get("removed", [])
            own = [mark for mark in about.get("removed", []) if mark not in set(last.left_out)]
            since = Removed([mark for mark in own if mark not in set(before)])
            try:
                report = last.apply(self.store, self._cut_again, lambda row: since.holds(from_record(row)[0]), progress)
            finally:
                self._load()
            left = [self._papers[key] for key in report.left if key in self._papers]
            restored = {**about, "sources": last.about.get("sources", {})}
            restored["removed"] = Removed(list(dict.fromkeys([*before, *own]))).without(left)
            restored["author"] = last.about.get("author")
            report.sources = _names_lost(about, restored)
            self.store.about = {name: value for name, value in restored.items() if value}
            last.close()
        return report

    def _cut_again(self, document: store_words.Record) -> list[store_words.Record]:
        return _cut_again(document, self.store.model)

    @property
    def facets(self) -> Mapping[str, tuple[Facet, ...]]:
        """What each paper introduces, uses and reports, by key, each in the light of all the others."""
        if self._facets is None:
            documents = self.store.documents
            read = {key: stored_facets(documents[key], paper) for key, paper in self._papers.items()}
            self._facets = consolidate(self._papers, read)
        return self._facets

    def _load(self) -> None:
        self._papers, self._passages, self._facets = {}, {}, None
        documents = self.store.documents.items()
        for key, record in sorted(documents, key=lambda row: int(row[1].fields["order"])):
            self._papers[key], self._passages[key] = from_record(record)


def open_library(settings: Settings, model: EmbeddingModel | None = None) -> Library:
    """Open the library that the settings name, or create it.

    Raises:
        LibraryInUse, LibraryDamaged, LibraryNotWritable, EmbeddingMismatch, ModelError: as their names say.
    """
    name = settings.library
    with store_errors(name):
        model = model or open_model(settings.embedding_model, settings.embedding_url)
        return Library(name, Store.open(settings.library_dir, model))


def reindex(settings: Settings, progress: Progress | None = None) -> Library:
    """Re-embed the library with the model that the settings name; the old vectors serve until the new are whole."""
    name = settings.library
    with store_errors(name):
        model = open_model(settings.embedding_model, settings.embedding_url)

        def derive(record: store_words.Record) -> list[store_words.Record]:
            return _cut_again(record, model)

        return Library(name, Store.rebuild(settings.library_dir, model, derive, progress))


def _cut_again(document: store_words.Record, model: EmbeddingModel) -> list[store_words.Record]:
    """A paper's records for a model, out of its document, with all that is kept beside it."""
    paper, _ = from_record(document)
    kept = {name: document.fields[name] for name in (RECORDS_FIELD,) if name in document.fields}
    fields = {**facet_fields(stored_facets(document, paper)), **kept}
    return to_records(paper, model, int(document.fields["order"]), fields)


def facet_fields(facets: Iterable[Facet]) -> dict[str, store_words.Scalar]:
    """A paper's facets as a field of its document, with the version of the rules that read them."""
    return {"facets": json.dumps([FACETS_VERSION, to_rows(facets)], ensure_ascii=False)}


def stored_facets(record: store_words.Record, paper: Paper) -> tuple[Facet, ...]:
    """The facets that are kept beside a paper; read anew where there are none of today's rules."""
    version, rows = json.loads(str(record.fields.get("facets", "[0, []]")))
    return from_rows(rows) if version == FACETS_VERSION else extract(paper)


@contextlib.contextmanager
def store_errors(library: str) -> Iterator[None]:
    """The store's failures as this package's, each with the next step."""
    try:
        yield
    except store_words.StoreLocked as error:
        raise LibraryInUse(
            f"The library {library!r} is in use by {error}; stop it, or choose another library with --library."
        ) from error
    except store_words.ModelMismatch as error:
        raise EmbeddingMismatch(library, error.stored, error.wanted) from error
    except store_words.StoreUnwritable as error:
        raise LibraryNotWritable(
            f"{error} Free space or make it writable, or choose another folder with --data-dir."
        ) from error
    except store_words.StoreCorrupt as error:
        raise LibraryDamaged(
            f"{error} Nothing was changed; move that folder away and ingest the papers again."
        ) from error
    except store_words.EmbeddingFailed as error:
        raise ModelError(str(error), retryable=error.retryable) from error
    except store_words.StoreError as error:
        raise LibraryError(str(error)) from error


class Removed:
    """What was removed from a library, told by identifiers and titles, so that a sync leaves it out."""

    def __init__(self, marks: Sequence[str]) -> None:
        self._marks = list(marks)
        self._known = frozenset(marks)

    def holds(self, paper: Paper) -> bool:
        return not self._known.isdisjoint(_marks(paper))

    def with_papers(self, papers: Iterable[Paper]) -> list[str]:
        return list(dict.fromkeys([*self._marks, *(mark for paper in papers for mark in _marks(paper))]))

    def without(self, papers: Iterable[Paper]) -> list[str]:
        back = {mark for paper in papers for mark in _marks(paper)}
        return [mark for mark in self._marks if mark not in back]


def _without_moved(known: dict[str, Any], source: Opened) -> dict[str, Any]:
    """The known sources without that from which a file of the same content was moved away."""
    return {
        address: row
        for address, row in known.items()
        if row["digest"] is None or row["digest"] != source.digest or Path(address).exists()
    }


def _is_news(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether more has changed of what a library knows than when its sources were read."""
    sources = [set(about.get("sources", {})) for about in (before, after)]
    return sources[0] != sources[1] or any(before.get(name) != after.get(name) for name in ("author", "removed"))


def _names_lost(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """The names of the sources that are known before and not after."""
    return [row["name"] for address, row in before.get("sources", {}).items() if address not in after["sources"]]


def _marks(paper: Paper) -> list[str]:
    first = fold(paper.authors[0].family) if paper.authors else ""
    return [*paper.ids, f"title:{title_letters(paper.title)[:200]}:{first}"]


def _today() -> str:
    return datetime.now(UTC).date().isoformat()
