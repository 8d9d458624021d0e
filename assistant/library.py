"""Library: one author's papers, kept in a store. Takes papers in, hands them out; never answers."""

from __future__ import annotations

import contextlib
import copy
import json
import shutil
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from assistant.analysis.facets import FACETS_VERSION, Facet, consolidate, extract, from_rows, to_rows
from assistant.analysis.person_names import same_name
from assistant.errors import (
    ConfigError,
    EmbeddingMismatch,
    LibraryDamaged,
    LibraryError,
    LibraryInUse,
    LibraryNotWritable,
    LibraryUnavailable,
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
from assistant.taking_back import LOG_FILE, LastIngest, Undo, UndoLog, UndoReport
from vectorstore import records as store_words
from vectorstore.chroma_server import ServerAddress
from vectorstore.embedded import EmbeddedStore
from vectorstore.embeddings import EmbeddingModel, open_model
from vectorstore.ownership import Ownership
from vectorstore.served import ServedStore, served_names
from vectorstore.store import Rows, Store

DECISIONS_FILE = "people.txt"
"""What lies beside an embedded store: the decisions about namesakes, which a shared store holds itself."""
DECISIONS = "people"
_LAST_INGEST = "last_ingest"
"""What a shared store knows the last ingest by: its log lies with the process that made it."""

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


class _Held:
    """The papers of a store as they were at one moment. ``before`` is what was held until then: papers that have not
    changed are taken from it."""

    def __init__(self, store: Store, before: _Held | None = None) -> None:
        self.store = store.snapshot()
        self.documents = self.store.documents
        self.papers: dict[str, Paper] = {}
        self.passages: dict[str, list[Passage]] = {}
        for key, record in sorted(self.documents.items(), key=lambda row: int(row[1].fields["order"])):
            if before is not None and before.documents.get(key) is record:
                self.papers[key], self.passages[key] = before.papers[key], before.passages[key]
            else:
                self.papers[key], self.passages[key] = from_record(record)

    @cached_property
    def facets(self) -> Mapping[str, tuple[Facet, ...]]:
        read = {key: stored_facets(self.documents[key], paper) for key, paper in self.papers.items()}
        return consolidate(self.papers, read)


class Library:
    """An open library. Use :func:`open_library`; close it, or use it as a context manager.

    Where other processes change it too, whatever is read shows what they have written within about a second; a
    :meth:`snapshot` stays as it is.
    """

    def __init__(self, name: str, store: Store) -> None:
        self.name = name
        self.store = store
        self.is_closed = False
        self._live = self
        self._loading = threading.Lock()
        self._held = _Held(store)

    def close(self) -> None:
        """Let another process open the library; this one cannot use it any more."""
        self.is_closed = True
        self.store.close()

    def __enter__(self) -> Library:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def catch_up(self) -> None:
        """Take over what other processes have written. At most one look a second; nothing of an embedded library.

        Raises:
            LibraryUnavailable: the server that keeps the library does not answer.
            EmbeddingMismatch: another process has embedded it anew, with another model.
        """
        if self._live is not self or not self.store.is_shared or self.is_closed:
            return
        with store_errors(self.name):
            if self.store.catch_up():
                self._load()

    def snapshot(self) -> Library:
        """The library as it is now, to be read for a while: it does not change, and is found by :meth:`is_current`."""
        seen = copy.copy(self)
        seen.store = self._held.store
        return seen

    def is_current(self, snapshot: Library) -> bool:
        """Whether a snapshot shows all that there is."""
        return snapshot._held is self._present

    @property
    def _present(self) -> _Held:
        self.catch_up()
        return self._held

    def __len__(self) -> int:
        return len(self._present.papers)

    @property
    def papers(self) -> Mapping[str, Paper]:
        """Every paper by key, in the order in which they came."""
        return self._present.papers

    def paper(self, key: str) -> Paper:
        """
        Raises:
            PaperNotFound: there is none of that key; the nearest keys are named.
        """
        papers = self.papers
        if key in papers:
            return papers[key]
        from rapidfuzz import process

        near = [match for match, score, _ in process.extract(key, list(papers), limit=3) if score > 60]
        hint = f"did you mean {' or '.join(near)}?" if near else "'papertalk papers' lists the keys."
        raise PaperNotFound(f"The library {self.name!r} has no paper {key!r}; {hint}")

    def passages(self, key: str) -> Sequence[Passage]:
        return self._present.passages[key]

    @property
    def author(self) -> Profile | None:
        """What the source's header says of the author."""
        about = self.kept("author")
        return Profile(**about) if about else None

    @property
    def sources(self) -> tuple[KnownSource, ...]:
        """The sources that were read to their end, in the order in which they first came."""
        return tuple(KnownSource(**row) for row in (self.kept("sources") or {}).values())

    @property
    def known(self) -> dict[str, Any]:
        """All that is known of the library as a whole, but for decisions about namesakes."""
        own = (_LAST_INGEST, DECISIONS)
        return {name: value for name, value in self._live.store.about.items() if name not in own}

    def kept(self, name: str) -> Any:
        """A value about the whole library; None where there is none of that name."""
        self.catch_up()
        return self.store.about.get(name)

    def keep(self, name: str, change: Callable[[Any], Any]) -> None:
        """Keep what a value about the whole library becomes; nothing else changes it meanwhile."""
        live = self._live
        with live._writing():
            about = live.store.about
            live.store.about = {**about, name: change(about.get(name))}
            live._load()

    @property
    def live(self) -> Library:
        """The library that this is a snapshot of; itself, where it is none."""
        return self._live

    def holds(self, content: str, *, bring_back: bool = True) -> str | None:
        """The name of the source that all of a file came from before, told by the digest of its content.

        None where something of it is missing: an entry that could not be read, or, where these shall be brought back,
        a paper that was removed.
        """
        if bring_back and self.kept("removed"):
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
        held = self._present
        return stored_records(held.documents[self.paper(key).key], held.papers[key])

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
        with self._writing():
            about, documents = self.store.about, self.store.documents
            removed = Removed(about.get("removed", []))
            log = UndoLog(self.store.directory, about, Removed([]).with_papers(left_out), self._begin)
            joining = Joining(self._held.papers, documents, (lambda _: False) if bring_back else removed.holds)

            def described(paper: Paper) -> dict[str, store_words.Scalar]:
                return facet_fields(describe(paper))

            def rows(paper: Paper, place: int, fields: Mapping[str, store_words.Scalar]) -> list[store_words.Record]:
                return to_records(paper, self.store.model, place, fields)

            run = Ingest(self.store, joining, rows, described, partial(log.note, documents))
            try:
                run.run(items, progress)
            finally:
                self._load()
                self._remember(joining, removed, left_out, log)
                self._load()
            log.finish()
        return joining.report

    def _begin(self, ingest: str) -> None:
        if self.store.is_shared:
            self.store.about = {**self.store.about, _LAST_INGEST: ingest}

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        """Alone with the store, with all that others have written."""
        with store_errors(self.name), self.store.writing():
            self._load()
            yield

    def preview(self, items: Iterable[Item], progress: Read | None = None) -> Preview:
        """What :meth:`ingest` would do, which stores and embeds nothing."""
        held, model = self._present, self.store.model
        return preview(
            items,
            held.papers,
            held.documents,
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
        papers = self._held.papers
        back = removed.without(papers[key] for key in joining.report.added if key in papers)
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
        with self._writing():
            gone = [self.paper(key) for key in keys]
            about = self.store.about
            self.store.about = {**about, "removed": Removed(about.get("removed", [])).with_papers(gone)}
            self.store.delete(keys)
            self._load()

    @property
    def last_ingest(self) -> LastIngest | None:
        """The ingest that :meth:`undo` would take back; None where there is none."""
        with store_errors(self.name):
            found = Undo.read(self.store.directory)
        return found.summary(self.papers) if found and self._is_last(found) else None

    def _is_last(self, ingest: Undo) -> bool:
        return not self.store.is_shared or ingest.mark == self.kept(_LAST_INGEST)

    def undo(self, progress: Progress | None = None) -> UndoReport:
        """Take back the last ingest that changed anything: papers, known sources and author are what they were.

        Papers that were changed or removed since stay as they are. Papers that go are not remembered as removed.
        ``progress`` is told how many of how many papers are restored.

        Raises:
            LibraryError: there is no ingest to take back.
        """
        with self._writing():
            last = Undo.read(self.store.directory)
            if last is None or not self._is_last(last):
                elsewhere = self.store.is_shared and self.kept(_LAST_INGEST)
                raise LibraryError(
                    f"The last ingest into the library {self.name!r} was made by another machine; take it back there."
                    if elsewhere
                    else f"The library {self.name!r} has no ingest to take back; 'papertalk remove KEY' takes papers "
                    f"out."
                )
            about, before = self.store.about, last.about.get("removed", [])
            own = [mark for mark in about.get("removed", []) if mark not in set(last.left_out)]
            since = Removed([mark for mark in own if mark not in set(before)])
            try:
                report = last.apply(self.store, self._cut_again, lambda row: since.holds(from_record(row)[0]), progress)
            finally:
                self._load()
            papers = self._held.papers
            left = [papers[key] for key in report.left if key in papers]
            restored = {**about, "sources": last.about.get("sources", {})}
            restored["removed"] = Removed(list(dict.fromkeys([*before, *own]))).without(left)
            restored["author"] = last.about.get("author")
            report.sources = _names_lost(about, restored)
            self.store.about = {name: value for name, value in restored.items() if value and name != _LAST_INGEST}
            last.close()
            self._load()
        return report

    def _cut_again(self, document: store_words.Record) -> list[store_words.Record]:
        return _cut_again(document, self.store.model)

    @property
    def facets(self) -> Mapping[str, tuple[Facet, ...]]:
        """What each paper introduces, uses and reports, by key, each in the light of all the others."""
        return self._present.facets

    def _load(self) -> None:
        with self._loading:
            self._held = _Held(self.store, self._held)


def open_library(settings: Settings, model: EmbeddingModel | None = None) -> Library:
    """Open the library that the settings name, or create it.

    Raises:
        LibraryInUse, LibraryDamaged, LibraryNotWritable, LibraryUnavailable, EmbeddingMismatch, ModelError: as their
            names say.
        ConfigError: the settings lead to no Chroma server, or it refuses the key.
        LibraryError: Chroma cannot run on this machine.
    """
    name = settings.library
    with store_errors(name):
        address = server_address(settings)
        model = model or open_model(settings.embedding_model, settings.embedding_url)
        if address is None:
            return Library(name, EmbeddedStore.open(settings.library_dir, model))
        return Library(name, ServedStore.open(address, name, _own_folder(settings), model))


def reindex(settings: Settings, progress: Progress | None = None) -> Library:
    """Re-embed the library with the model that the settings name; the old vectors serve until the new are whole."""
    name = settings.library
    with store_errors(name):
        address = server_address(settings)
        model = open_model(settings.embedding_model, settings.embedding_url)

        def derive(record: store_words.Record) -> list[store_words.Record]:
            return _cut_again(record, model)

        if address is None:
            return Library(name, EmbeddedStore.rebuild(settings.library_dir, model, derive, progress))
        return Library(name, ServedStore.rebuild(address, name, _own_folder(settings), model, derive, progress))


def library_names(settings: Settings) -> list[str]:
    """The libraries that are there: on the Chroma server, where the settings name one, or in the data folder.

    Raises:
        LibraryUnavailable, ConfigError: the Chroma server cannot be asked.
    """
    address = server_address(settings)
    if address is not None:
        with store_errors(settings.library):
            return served_names(address)
    folder = settings.data_dir / "libraries"
    if not folder.is_dir():
        return []
    return sorted(
        path.name for path in folder.iterdir() if (path / "CURRENT").exists() and not path.name.startswith(".")
    )


def refill(
    settings: Settings,
    model: EmbeddingModel,
    rows: Iterable[Rows],
    known: Mapping[str, Any],
    decisions: Sequence[str],
    aside: contextlib.AbstractContextManager[object] | None = None,
) -> None:
    """Put these papers in the place of all that a library holds, or make it of them; at once, or not at all.

    ``known`` is what :attr:`Library.known` says, ``decisions`` are lines about namesakes. ``aside`` closes the library,
    where this process has it open, for as long as it is changed over; without it, nobody may have it open.
    """
    address, name = server_address(settings), settings.library
    with store_errors(name):
        if address is not None:
            about = {**known, DECISIONS: list(decisions)}
            ServedStore.refill(address, name, _own_folder(settings), model, rows, about)
            return
        target = settings.library_dir
        place = target.with_name(f".{name}.restoring")
        shutil.rmtree(place, ignore_errors=True)
        try:
            with contextlib.ExitStack() as alone:
                is_new = not (target / "CURRENT").exists()
                if not is_new and aside is None:
                    alone.callback(Ownership(target).release)
                EmbeddedStore.refill(place, model, rows, dict(known))
                (place / DECISIONS_FILE).write_text("".join(f"{line}\n" for line in decisions), encoding="utf-8")
                if is_new:
                    place.rename(target)
                    return
                if aside is not None:
                    alone.enter_context(aside)
                    alone.callback(Ownership(target).release)
                EmbeddedStore.adopt(target, place)
                (place / DECISIONS_FILE).replace(target / DECISIONS_FILE)
                (target / LOG_FILE).unlink(missing_ok=True)
        except OSError as error:
            raise store_words.StoreUnwritable(
                f"The folder {str(target)!r} cannot be written: {error.strerror}."
            ) from error
        finally:
            shutil.rmtree(place, ignore_errors=True)


def delete_library(settings: Settings, model: EmbeddingModel) -> None:
    """Delete the library that the settings name, for good. Conversations about it stay.

    Raises:
        LibraryInUse, LibraryNotWritable, LibraryUnavailable: as their names say.
    """
    address, name = server_address(settings), settings.library
    with store_errors(name):
        if address is not None:
            ServedStore.delete_all(address, name, _own_folder(settings), model)
        else:
            EmbeddedStore.delete_all(settings.library_dir)
    shutil.rmtree(_own_folder(settings), ignore_errors=True)


def server_address(settings: Settings) -> ServerAddress | None:
    """The Chroma server that keeps the libraries; None where they lie in the data folder."""
    if settings.chroma_url is None:
        return None
    key = settings.chroma_api_key
    return ServerAddress(
        settings.chroma_url,
        key.get_secret_value() if key else None,
        settings.chroma_tenant,
        settings.chroma_database,
    )


def _own_folder(settings: Settings) -> Path:
    """Where this machine keeps what belongs to a served library: the log of its last ingest, and caches."""
    return settings.data_dir / "served" / settings.library


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
    except store_words.StoreTooNew as error:
        raise LibraryError(
            f"The library {library!r} was written by a newer version of Papertalk ({error}); install that version, or "
            f"restore a backup that this one wrote."
        ) from error
    except store_words.StoreUnavailable as error:
        raise LibraryUnavailable(str(error)) from error
    except store_words.StoreUnsupported as error:
        raise LibraryError(f"{error}; 'papertalk doctor' says what helps.") from error
    except store_words.StoreRefused as error:
        raise ConfigError(str(error)) from error
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
