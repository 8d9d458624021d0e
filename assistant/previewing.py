"""Looking at what sources hold before it goes in: what an ingest would do, and what is needed to do it then.

A preview decides as an ingest does (:class:`assistant.ingesting.Joining`) and stores nothing. Taking it in decides
anew, so that a library which has changed in the meantime comes out right.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from assistant.errors import PaperNotFound
from assistant.ingesting import IngestReport, Joining, Outcome, stored_records
from assistant.merging import SourceRecord, compare
from assistant.papers import Paper
from assistant.sources import Item, Opened, Skipped, Unchanged
from vectorstore.records import Record

Read = Callable[[int], None]
"""Told how many entries have been read."""

_LEAST_LETTERS = 10
"""A record of a paper is a sentence or several, and has this many letters at least on average."""


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field that a paper would have another value in; empty where there is none."""

    name: str
    now: str
    then: str
    origin: str
    """The source that the new value is from."""


@dataclass(frozen=True, slots=True)
class PreviewedPaper:
    """A paper as it would be, and as it is.

    ``entries`` counts the entries of it that were read; where there are several, or there was a record already, these
    are joined. ``absorbs`` are keys of papers that would become part of this one.
    """

    paper: Paper
    outcome: Outcome
    entries: int
    records: tuple[SourceRecord, ...]
    """What each source would say of it."""
    now: Paper | None = None
    """The paper as the library holds it; None where it is new."""
    records_now: tuple[SourceRecord, ...] = ()
    absorbs: tuple[str, ...] = ()

    @property
    def changes(self) -> tuple[FieldChange, ...]:
        """What would change of a paper that is there, field by field."""
        if self.now is None or self.outcome == "unchanged":
            return ()
        before, after = _values(self.now, self.records_now), _values(self.paper, self.records)
        names = dict.fromkeys((*after, *before))
        rows = ((name, before.get(name, ("", ""))[0], *after.get(name, ("", ""))) for name in names)
        return tuple(FieldChange(*row) for row in rows if row[1] != row[2])

    def to_dict(self) -> dict[str, Any]:
        return {
            "key": self.paper.key,
            "title": self.paper.title,
            "outcome": self.outcome,
            "entries": self.entries,
            "absorbs": list(self.absorbs),
            "changes": [
                {"field": change.name, "now": change.now, "then": change.then, "from": change.origin}
                for change in self.changes
            ],
        }


@dataclass(frozen=True, slots=True)
class Preview:
    """What an ingest would do. ``papers`` are those that the sources have an entry of, in the order of the entries."""

    report: IngestReport
    papers: tuple[PreviewedPaper, ...]
    items: tuple[Item, ...]
    """All that was read, as ``Assistant.take_in`` takes it."""
    keys: tuple[str | None, ...]
    """Of which paper each item is an entry; None where it is none of any."""
    held: Mapping[str, tuple[Paper, ...]]
    """By the name of a source that was not read again, what the library held of it."""

    def paper(self, key: str) -> PreviewedPaper:
        """
        Raises:
            PaperNotFound: the preview has none of that key.
        """
        found = next((seen for seen in self.papers if seen.paper.key == key), None)
        if found is None:
            raise PaperNotFound(f"The preview has no paper {key!r}; its papers have the keys that it came with.")
        return found

    def remaining(self, without: Collection[str], holds: Callable[[str], str | None]) -> Iterator[Item]:
        """The items without the entries of some papers, which are told as skipped.

        ``holds`` says under which name the library still holds all that a file of that digest has; where it does not
        any more, what it held when this preview was made stands in.
        """
        incomplete = {opened for opened, _, key in self._placed() if key in without}
        for opened, item, key in self._placed():
            if isinstance(item, Paper) and key in without:
                yield Skipped(item.source, f"{item.title!r} was left out.")
            elif isinstance(item, Opened) and item in incomplete:
                yield replace(item, digest=None)  # so that what was left out is read when it is given again
            elif isinstance(item, Unchanged) and not (opened and opened.digest and holds(opened.digest)):
                yield from self.held[item.known_as]
            else:
                yield item

    def _placed(self) -> Iterator[tuple[Opened | None, Item, str | None]]:
        """Each item with the source that it is from and the key of its paper."""
        opened: Opened | None = None
        for item, key in zip(self.items, self.keys, strict=True):
            opened = item if isinstance(item, Opened) else opened
            yield opened, item, key

    def to_dict(self) -> dict[str, Any]:
        return {**self.report.to_dict(), "papers": [seen.to_dict() for seen in self.papers]}


def preview(
    items: Iterable[Item],
    papers: Mapping[str, Paper],
    documents: Mapping[str, Record],
    count_records: Callable[[Paper], int],
    most_records: int,
    progress: Read | None = None,
) -> Preview:
    """Read everything and say what would become of it in a library of these papers and documents.

    ``count_records`` says how many records the store would keep of a paper, of which it takes ``most_records``.
    """
    joining = Joining(papers, documents, is_unwanted=lambda _: False)
    read: list[Item] = []
    keys: list[str | None] = []
    held: dict[str, tuple[Paper, ...]] = {}
    count = 0
    for item in items:
        read.append(item)
        keys.append(joining.take(item))
        if isinstance(item, Unchanged):
            held[item.known_as] = tuple(_held(item.known_as, papers, documents))
        if progress and isinstance(item, Paper):
            count += 1
            progress(count)
    for key in joining.drain():
        joining.note_stored([key])
        if len(joining.papers[key].text) > _LEAST_LETTERS * most_records:  # cutting takes time
            records = count_records(joining.papers[key])
            if records > most_records:
                joining.refuse(key, records, most_records)
    joining.report_outcomes(joining.papers)
    final = tuple(_followed(key, joining.absorbed) for key in keys)
    seen = _previewed(joining, final, papers, documents)
    return Preview(joining.report, tuple(seen), tuple(read), final, held)


def _previewed(
    joining: Joining, keys: Collection[str | None], papers: Mapping[str, Paper], documents: Mapping[str, Record]
) -> Iterator[PreviewedPaper]:
    absorbs: dict[str, list[str]] = {}
    for key in joining.absorbed:
        if key in papers:
            absorbs.setdefault(_followed(key, joining.absorbed) or "", []).append(key)
    entries: dict[str | None, int] = {}
    for entry in keys:
        entries[entry] = entries.get(entry, 0) + 1
    for key, outcome in joining.outcomes.items():
        now = papers.get(key)
        yield PreviewedPaper(
            paper=joining.papers[key],
            outcome=outcome,
            entries=entries.get(key, 0),
            records=tuple(joining.records(key)),
            now=now,
            records_now=tuple(stored_records(documents[key], now)) if now else (),
            absorbs=tuple(absorbs.get(key, ())),
        )


def _followed(key: str | None, absorbed: Mapping[str, str]) -> str | None:
    while key is not None and key in absorbed:
        key = absorbed[key]
    return key


def _held(source: str, papers: Mapping[str, Paper], documents: Mapping[str, Record]) -> Iterator[Paper]:
    """What a source says of the papers, as the library keeps it."""
    for key, document in documents.items():
        yield from (record.paper for record in stored_records(document, papers[key]) if record.origin == source)


def _values(paper: Paper, records: Iterable[SourceRecord]) -> dict[str, tuple[str, str]]:
    """By field, its value and the source of that."""
    values = {row.name: (row.value, row.origin) for row in compare(list(records))}
    body = next((record.origin for record in records if record.paper.has_full_text), "")
    if paper.has_full_text:
        values["full text"] = f"{len(paper.text):,} characters", body
    if paper.has_code is not None:
        values["code"] = "yes" if paper.has_code else "no", ""
    return values
