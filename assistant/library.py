"""Library: one author's papers, kept in a store. Takes papers in, hands them out; never answers."""

from __future__ import annotations

import contextlib
import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from assistant.analysis.facets import FACETS_VERSION, Facet, consolidate, extract, from_rows, to_rows
from assistant.errors import (
    EmbeddingMismatch,
    LibraryDamaged,
    LibraryError,
    LibraryInUse,
    LibraryNotWritable,
    ModelError,
    PaperNotFound,
)
from assistant.papers import AUTHORS, Paper, Passage, Section
from assistant.passages import from_record, to_records
from assistant.settings import Settings
from assistant.sources import Item, Notice, Profile, Unreadable
from vectorstore import records as store_words
from vectorstore.embeddings import EmbeddingModel, open_model
from vectorstore.store import Store

Progress = Callable[[int, int], None]
"""Told how many of how many records are embedded."""
Describe = Callable[[Paper], tuple[Facet, ...]]
"""Reads the facets of one paper."""


@dataclass(slots=True)
class IngestReport:
    """What became of each paper: keys by outcome, and what could not be read."""

    added: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    merged: list[str] = field(default_factory=list)
    """Keys of papers that a source holds twice; the two were joined."""
    unreadable: list[Unreadable] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def refuse(self, key: str, unreadable: Unreadable) -> None:
        for keys in (self.added, self.updated):
            keys[:] = [other for other in keys if other != key]
        self.unreadable.append(unreadable)

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    def __str__(self) -> str:
        counts = {name: len(getattr(self, name)) for name in ("added", "updated", "unchanged", "merged", "unreadable")}
        return ", ".join(f"{name}: {count}" for name, count in counts.items() if count) or "nothing to do"


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

    def ingest(
        self, items: Iterable[Item], progress: Progress | None = None, describe: Describe = extract
    ) -> IngestReport:
        """Take in what a source yields. A paper that is already there, unchanged, is not touched.

        ``describe`` reads the facets of a paper that is new or changed; they are kept beside it.

        Two records are one paper where their titles agree but for case and punctuation and their author lists do not
        contradict each other; the longer list and the fuller text are kept.
        """
        report = IngestReport()
        batch = _Batch(self._papers)
        for item in items:
            if isinstance(item, Paper):
                batch.add(item, report)
            elif isinstance(item, Unreadable):
                report.unreadable.append(item)
            elif isinstance(item, Notice):
                report.warnings.append(item.text)
            else:
                self._remember_author(item)
        changed = batch.changed(report)
        places = {key: int(record.fields["order"]) for key, record in self.store.documents.items()}
        following = max(places.values(), default=-1) + 1
        places |= {key: place for place, key in enumerate(report.added, start=following)}
        try:
            with store_errors(self.name):
                records: list[store_words.Record] = []
                for paper in changed:
                    rows = to_records(paper, self.store.model, places[paper.key], facet_fields(describe(paper)))
                    if len(rows) > self.store.most_records:
                        reason = f"{paper.title!r} has {len(rows)} sentences and passages, more than a paper may have"
                        report.refuse(paper.key, Unreadable(paper.source, f"{reason} ({self.store.most_records})."))
                    else:
                        records += rows
                self.store.upsert(records, progress)
        finally:
            self._load()
        return report

    def remove(self, keys: Sequence[str]) -> None:
        """Remove papers for good.

        Raises:
            PaperNotFound: one of the keys is not there; nothing is removed then.
        """
        for key in keys:
            self.paper(key)
        with store_errors(self.name):
            self.store.delete(keys)
        self._load()

    def _remember_author(self, profile: Profile) -> None:
        row = {"name": profile.name, "subject": profile.subject, "figures": dict(profile.figures)}
        about = self.store.about
        if about.get("author") != row:
            with store_errors(self.name):
                self.store.about = {**about, "author": row}

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
        for key, record in self.store.documents.items():
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
            paper, _ = from_record(record)
            return to_records(paper, model, int(record.fields["order"]), facet_fields(stored_facets(record, paper)))

        return Library(name, Store.rebuild(settings.library_dir, model, derive, progress))


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


class _Batch:
    """The papers of one ingest, each matched to the one that is there."""

    def __init__(self, present: Mapping[str, Paper]) -> None:
        self._present = dict(present)
        self._by_title: dict[str, list[str]] = {}
        for key, paper in present.items():
            self._by_title.setdefault(_title_words(paper.title), []).append(key)
        self._seen: dict[str, Paper] = {}

    def add(self, paper: Paper, report: IngestReport) -> None:
        title = _title_words(paper.title)
        for key in self._by_title.get(title, []):
            known = self._seen.get(key) or self._present[key]
            if not _one_paper(known, paper):
                continue
            if key in self._seen:
                report.merged.append(key)
                report.warnings.append(
                    f"{paper.source}: {paper.title!r} stands twice ({known.source}); the two were joined."
                )
            self._seen[key] = _merged(known, paper)
            return
        key = _new_key(paper, {*self._present, *self._seen})
        if self._by_title.get(title):
            report.warnings.append(
                f"{paper.source}: another paper has the title {paper.title!r} but other authors; both were kept."
            )
        self._by_title.setdefault(title, []).append(key)
        self._seen[key] = replace(paper, key=key)

    def changed(self, report: IngestReport) -> list[Paper]:
        changed: list[Paper] = []
        for key, paper in self._seen.items():
            old = self._present.get(key)
            if old is None:
                report.added.append(key)
            elif replace(old, source="") != replace(paper, source=""):
                report.updated.append(key)
            else:
                report.unchanged.append(key)
                continue
            changed.append(paper)
        return changed


def _title_words(title: str) -> str:
    return " ".join(re.findall(r"\w+", unicodedata.normalize("NFKC", title).casefold()))


def _one_paper(a: Paper, b: Paper) -> bool:
    """Whether the visible author lists may be of one paper: one begins the other, or one is not known."""
    first, second = ([_fold(author.family) for author in paper.authors] for paper in (a, b))
    shorter = min(len(first), len(second))
    return first[:shorter] == second[:shorter]


def _merged(old: Paper, new: Paper) -> Paper:
    """The newer record with whatever of the older is fuller: its authors, its abstract, its affiliation."""
    best = new if new.abstract or not old.abstract else old
    fuller = old if len(old.authors) > len(new.authors) else new
    if fuller is not best and len(fuller.authors) > len(best.authors):
        best = _with_byline(best, fuller)
    return replace(best, key=old.key, affiliation=best.affiliation or old.affiliation, url=best.url or old.url)


def _with_byline(paper: Paper, other: Paper) -> Paper:
    """The paper with the other's author line in its text."""
    line = other.section_text(AUTHORS)
    text, sections = "", []
    names = [s.name for s in paper.sections]
    pieces = {s.name: paper.text[s.start : s.end] for s in paper.sections} | {AUTHORS: line}
    if AUTHORS not in names:
        names.insert(2, AUTHORS)
    for name in names:
        text += "\n\n" if text else ""
        sections.append(Section(name, len(text), len(text) + len(pieces[name])))
        text += pieces[name]
    return replace(
        paper,
        text=text,
        sections=tuple(sections),
        authors=other.authors,
        authors_complete=other.authors_complete,
    )


_SMALL_WORDS = frozenset(
    "a an the on of for in to towards toward from with and or is are how what why do does can".split()
)


def _new_key(paper: Paper, taken: set[str]) -> str:
    """``curie1911radium``: family name, year, the title's first telling word; more of its words where that is taken."""
    first = _fold(paper.authors[0].family) if paper.authors else "anonymous"
    words = [_fold(word) for word in re.findall(r"[^\W_]+(?:[-.'’][^\W_]+)*", paper.title)]
    telling = (
        [word for word in words if word and word not in _SMALL_WORDS]
        or [word for word in words if word]
        or ["untitled"]
    )
    stem = f"{first or 'anonymous'}{paper.year or ''}"
    for count in range(1, len(telling) + 1):
        key = stem + "".join(telling[:count])[:40]
        if key not in taken:
            return key
    number = 2
    while f"{stem}{telling[0]}{number}" in taken:
        number += 1
    return f"{stem}{telling[0]}{number}"


_UNDECOMPOSED = {ord("ø"): "o", ord("Ø"): "O", ord("ł"): "l", ord("Ł"): "L", ord("ß"): "ss"}
"""Letters that Unicode takes for letters of their own, not for letters with a mark."""


def _fold(word: str) -> str:
    """ASCII letters and digits in lower case; other scripts keep their letters."""
    plain = unicodedata.normalize("NFKD", word.translate(_UNDECOMPOSED))
    return re.sub(r"[^\w]|_", "", "".join(c for c in plain if not unicodedata.combining(c))).casefold()
