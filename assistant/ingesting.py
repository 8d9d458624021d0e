"""Taking papers in: what sources yield -> records in the store, with a report of what became of each.

Reading, merging and cutting run in a thread beside the embedding, which frees the interpreter while it computes;
between the two is a short queue, so that memory does not grow with the number of papers on their way. A paper goes in
whole or not at all; stopped at any moment, the same sources go on where this stopped.
"""

from __future__ import annotations

import contextlib
import json
import queue
import re
import threading
from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from typing import Any, Literal

from assistant.merging import (
    Match,
    PaperIndex,
    SourceRecord,
    digest,
    fold,
    from_json,
    may_share_authors,
    merge,
    to_json,
    updated,
)
from assistant.papers import Paper
from assistant.sources import Closed, Item, Notice, Opened, Profile, Skipped, Unchanged, Unreadable
from vectorstore.records import Record, Scalar
from vectorstore.store import Store

Progress = Callable[[int, int], None]
"""Told how many of how many records are embedded; the second grows while papers are still being read."""
ToRecords = Callable[[Paper, int, Mapping[str, Scalar]], list[Record]]
"""A paper, its place among all, and the fields to keep beside it -> what the store keeps of it."""

RECORDS_FIELD = "records"
"""The field of a document that holds what each source says of the paper."""
_PAPERS_AT_ONCE = 16
_BATCHES_WAITING = 4
_OWN_KEY = re.compile(r"[A-Za-z0-9_:.+/-]{1,60}")
Outcome = Literal["added", "updated", "unchanged"]
_OUTCOMES = ("added", "updated", "unchanged", "merged", "skipped", "unreadable")


@dataclass(slots=True)
class IngestReport:
    """What became of everything that the sources hold: keys by outcome, and what could not be read."""

    added: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    merged: list[str] = field(default_factory=list)
    """Keys of papers of which one more entry came; the two were joined."""
    skipped: list[Skipped] = field(default_factory=list)
    """Entries that are no publications, and papers that were removed before."""
    unreadable: list[Unreadable] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def entries(self) -> int:
        """How many entries there were: the sum of all outcomes."""
        return sum(len(getattr(self, name)) for name in _OUTCOMES)

    @property
    def has_papers(self) -> bool:
        """Whether any paper was read."""
        return bool(self.added or self.updated or self.unchanged or self.merged)

    def to_dict(self) -> dict[str, Any]:
        return {"entries": self.entries, **asdict(self)}

    def __str__(self) -> str:
        counts = {name: len(getattr(self, name)) for name in _OUTCOMES}
        return ", ".join(f"{name}: {count}" for name, count in counts.items() if count) or "nothing to do"


@dataclass(frozen=True, slots=True)
class _End:
    """What stands last in the queue."""

    error: BaseException | None = None


_Queue = queue.Queue[list[Record] | _End]


class Ingest:
    """One run of taking in: what :class:`Joining` makes of the items goes into the store.

    ``describe`` gives the fields that are derived from a paper and kept beside it. ``before_change`` is told which
    documents are about to change, by key, and what they become; None: they go.
    """

    def __init__(
        self,
        store: Store,
        joining: Joining,
        to_records: ToRecords,
        describe: Callable[[Paper], Mapping[str, Scalar]],
        before_change: Callable[[Mapping[str, Record | None]], None],
    ) -> None:
        self._store = store
        self._joining = joining
        self._to_records = to_records
        self._describe = describe
        self._before_change = before_change

    def run(self, items: Iterable[Item], progress: Progress | None = None) -> None:
        """Take everything in. What was stored before an error, or before Ctrl-C, stays stored and is reported."""
        waiting: _Queue = queue.Queue(_BATCHES_WAITING)
        stop = threading.Event()
        reader = threading.Thread(target=self._read, args=(items, waiting, stop), name="papertalk-reader", daemon=True)
        reader.start()
        try:
            with self._store.many_upserts():
                end = self._embed(waiting, progress)
                self._before_change(dict.fromkeys(self._joining.absorbed))
                self._store.delete(list(self._joining.absorbed))
        finally:
            stop.set()
            while reader.is_alive():  # it may hold more than the queue has room for
                with contextlib.suppress(queue.Empty):
                    waiting.get(timeout=0.05)
            self._joining.report_outcomes(self._store.documents)
        if end.error:
            raise end.error

    def _embed(self, waiting: _Queue, progress: Progress | None) -> _End:
        done = 0
        while not isinstance(rows := waiting.get(), _End):
            known = done + len(rows) + sum(len(more) for more in list(waiting.queue) if not isinstance(more, _End))

            def embedded(count: int, _: int, before: int = done, known: int = known) -> None:
                if progress:
                    progress(before + count, known)

            self._before_change({row.id: row for row in rows if row.kind == "document"})
            self._store.upsert(rows, embedded)
            self._joining.note_stored(row.id for row in rows if row.kind == "document")
            done += len(rows)
        return rows

    # in the reader's thread

    def _read(self, items: Iterable[Item], out: _Queue, stop: threading.Event) -> None:
        try:
            for rows in self._batches(items, stop):
                out.put(rows)
            out.put(_End())
        except BaseException as error:  # goes on in the thread that waits for it
            out.put(_End(error))

    def _batches(self, items: Iterable[Item], stop: threading.Event) -> Iterator[list[Record]]:
        failure: Exception | None = None
        source = iter(items)
        while not stop.is_set():
            try:
                item = next(source, None)
            except Exception as error:  # raised below, once what was read before it has gone in
                failure = error
                break
            if item is None:
                break
            self._joining.take(item)
            if len(self._joining.changed) >= _PAPERS_AT_ONCE:
                yield list(self._rows())
        if self._joining.changed and not stop.is_set():
            yield list(self._rows())
        if failure:
            raise failure

    def _rows(self) -> Iterator[Record]:
        joining = self._joining
        for key in joining.drain():
            paper = joining.papers[key]
            fields = {**self._describe(paper), RECORDS_FIELD: to_json(joining.records(key))}
            rows = self._to_records(paper, joining.place(key), fields)
            if len(rows) > self._store.most_records:
                joining.refuse(key, len(rows), self._store.most_records)
            else:
                yield from rows


class Joining:
    """What items make of a library's papers, in memory: which papers there are then, and what became of each item.

    ``papers`` and ``documents`` are what the library holds. ``is_unwanted`` says of an entry whether its paper was
    removed and shall stay so. Afterwards ``papers`` holds them as they would be, ``profiles`` the authors, and
    ``read_whole`` the sources that were read to their end, each with how many of its entries were unreadable.
    """

    def __init__(
        self, papers: Mapping[str, Paper], documents: Mapping[str, Record], is_unwanted: Callable[[Paper], bool]
    ) -> None:
        self.report = IngestReport()
        self.profiles: list[Profile] = []
        self.read_whole: list[tuple[Opened, int]] = []
        self.papers = dict(papers)
        self.outcomes: dict[str, Outcome] = {}
        self.changed: dict[str, None] = {}
        """Keys of papers that are new or changed, in order, until :meth:`drain` hands them out."""
        self.absorbed: dict[str, str] = {}
        """Papers that were joined with another: their keys, and the key of that other."""
        self._is_unwanted = is_unwanted
        self._documents = documents
        self._before = papers
        self._index = PaperIndex(papers)
        self._records: dict[str, list[SourceRecord]] = {}
        self._places = {key: int(record.fields["order"]) for key, record in documents.items()}
        self._next_place = max(self._places.values(), default=-1) + 1
        self._first_places: dict[tuple[str, str], str] = {}
        self._seen: dict[tuple[str, str], set[str]] = {}
        self._source = Opened("", "")
        self._unreadable_before = 0
        self._handed: Counter[str] = Counter()
        self._stored: Counter[str] = Counter()

    def take(self, item: Item) -> str | None:
        """Note an item; the key of the paper that it is an entry of."""
        match item:
            case Paper():
                return self._take_paper(item)
            case Unreadable():
                self.report.unreadable.append(item)
            case Skipped():
                self.report.skipped.append(item)
            case Notice():
                self.report.warnings.append(item.text)
            case Profile():
                self.profiles.append(item)
            case Opened():
                self._source, self._unreadable_before = item, len(self.report.unreadable)
            case Unchanged():
                self._keep_all(item.known_as)
            case Closed():
                self.read_whole.append((self._source, len(self.report.unreadable) - self._unreadable_before))
        return None

    def records(self, key: str) -> list[SourceRecord]:
        """What each source says of a paper."""
        if key not in self._records:
            document = self._documents.get(key)
            self._records[key] = stored_records(document, self.papers[key]) if document else []
        return self._records[key]

    def place(self, key: str) -> int:
        """A paper's place among all that ever were in the library."""
        return self._places[key]

    def drain(self) -> list[str]:
        """The papers that are new or changed since this was last asked; those joined with others are left out."""
        keys = [key for key in self.changed if key in self.papers]
        self.changed = {}
        self._handed.update(keys)
        return keys

    def note_stored(self, keys: Iterable[str]) -> None:
        """These papers of :meth:`drain` are in the store."""
        self._stored.update(keys)

    def refuse(self, key: str, records: int, most: int) -> None:
        """Say that a paper has more records than the store takes at once; it stays out, or as it was."""
        paper = self.papers[key]
        self._stored[key] += 1  # as far as it can be
        reason = f"{paper.title!r} has {records} sentences and passages, more than a paper may have ({most})."
        self.report.unreadable.append(Unreadable(paper.source, reason))
        del self.outcomes[key]

    def report_outcomes(self, there: Container[str]) -> None:
        """Put into the report what became of the papers that are there in the end.

        Where the run was broken off, sources whose papers are not all stored do not count as read to their end.
        """
        missing = {key for key in self.outcomes if key in self.changed or self._handed[key] != self._stored[key]}
        for key, outcome in self.outcomes.items():
            if key in there and key not in missing:
                getattr(self.report, outcome).append(key)
        cut_off = {source for key, source in self._seen if key in missing}
        self.read_whole = [row for row in self.read_whole if row[0].name not in cut_off]

    def _keep_all(self, source: str) -> None:
        """Everything that came from a source is there as it was."""
        for key, origins in self._origins.items():
            if source in origins and key in self.papers:
                if key in self.outcomes:
                    self.report.merged.append(key)
                self.outcomes.setdefault(key, "unchanged")

    @cached_property
    def _origins(self) -> dict[str, frozenset[str]]:
        """By key, the sources of each paper that was stored before."""
        return {key: frozenset(stored_origins(document)) for key, document in self._documents.items()}

    def _take_paper(self, paper: Paper) -> str | None:
        if self._is_unwanted(paper):
            self.report.skipped.append(Skipped(paper.source, f"{paper.title!r} was removed from this library before."))
            return None
        match = self._index.match(paper)
        if not match.keys and (known := self._entry_of(paper)):
            match = Match((known,))
        if match.notice:
            self.report.warnings.append(match.notice)
        key = self._joined(match, paper.source) if match.keys else self._new_key(paper)
        before = self.records(key)
        self._note_twice(key, paper)
        records = self._with(before, key, paper)
        if key in self.outcomes:
            self.report.merged.append(key)
        if records == before and len(match.keys) == 1:
            self.outcomes.setdefault(key, "unchanged")
            return key
        self.changed[key] = None
        self._records[key] = records
        self.papers[key] = merge(key, records)
        self._index.put(key, self.papers[key])
        if self.outcomes.get(key) != "added":
            self.outcomes[key] = "updated" if key in self._documents else "added"
        return key

    def _with(self, records: list[SourceRecord], key: str, paper: Paper) -> list[SourceRecord]:
        """A paper's records with one more entry, which is new, or a newer state of one, or there already."""
        mark = digest(paper)
        seen = self._seen.setdefault((key, self._source.name), set())
        known = next((record for record in records if mark in record.digests), None)
        if known:
            seen.update(known.digests)
            return records
        older = [r for r in records if r.origin == self._source.name and seen.isdisjoint(r.digests)]
        old = next((r for r in older if r.paper.key == paper.key), next(iter(older), None))
        entry = SourceRecord(self._source.name, self._source.kind, paper, (mark,))
        if old is None:  # the first of its source, or one more entry of the same paper
            seen.add(mark)
            return [*records, entry]
        newer = replace(entry, paper=updated(old.paper, paper))
        if _says_the_same(newer.paper, old.paper):
            seen.update(old.digests)
            return records
        seen.add(mark)
        return [newer if record is old else record for record in records]

    def _entry_of(self, paper: Paper) -> str | None:
        """The paper of the entry that had the same key in this source before: its title was corrected since."""
        key = self._entries.get((self._source.name, paper.key)) if paper.key else None
        known = self.papers.get(key) if key else None
        return key if known is not None and may_share_authors(known, paper) and known.authors else None

    @cached_property
    def _entries(self) -> dict[tuple[str, str], str]:
        """By source and the key that an entry has in it, the stored paper."""
        return {
            (record.origin, record.paper.key): key
            for key, document in self._documents.items()
            for record in stored_records(document, self._before[key])
            if record.paper.key
        }

    def _note_twice(self, key: str, paper: Paper) -> None:
        first = self._first_places.setdefault((key, self._source.name), paper.source)
        if first != paper.source:
            self.report.warnings.append(f"{paper.source}: {paper.title!r} stands twice ({first}); the two were joined.")

    def _joined(self, match: Match, place: str) -> str:
        """The one paper that an entry shows several to be: the others' records become its own."""
        first, *others = sorted(match.keys, key=self._places.__getitem__)
        for other in others:
            self.report.warnings.append(
                f"{place}: it shows that {first!r} and {other!r} are one paper; they were joined as {first!r}."
            )
            self._records[first] = [*self.records(first), *self.records(other)]
            self._index.drop(other)
            del self.papers[other]
            if self.outcomes.pop(other, None):
                self.report.merged.append(first)
            self.absorbed[other] = first
        return first

    def _new_key(self, paper: Paper) -> str:
        taken = self._places
        own = paper.key if _OWN_KEY.fullmatch(paper.key) and paper.key not in taken else ""
        key = own or new_key(paper, taken)
        self._places[key] = self._next_place
        self._next_place += 1
        return key


def stored_records(document: Record, paper: Paper) -> list[SourceRecord]:
    """What each source says of a paper; a paper stored before this was kept counts as one record without a source."""
    written = document.fields.get(RECORDS_FIELD)
    return (
        from_json(str(written), paper) if written else [SourceRecord("", "", replace(paper, key=""), (digest(paper),))]
    )


def stored_origins(document: Record) -> list[str]:
    """The sources that say something of a stored paper."""
    return [row["origin"] for row in json.loads(str(document.fields.get(RECORDS_FIELD, "[]")))]


def _says_the_same(a: Paper, b: Paper) -> bool:
    return replace(a, source="", key="") == replace(b, source="", key="")


# ---- keys

_SMALL_WORDS = frozenset(
    "a an the on of for in to towards toward from with and or is are how what why do does can".split()
)


def new_key(paper: Paper, taken: Mapping[str, object]) -> str:
    """``curie1911radium``: family name, year, the title's first telling word; more of its words where that is taken."""
    first = fold(paper.authors[0].family) if paper.authors else "anonymous"
    words = [fold(word) for word in re.findall(r"[^\W_]+(?:[-.'’][^\W_]+)*", paper.title)]
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
