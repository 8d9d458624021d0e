"""Papers that a visitor took out of a library, kept as they were until they are put back or others are taken out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from assistant.ingesting import RECORDS_FIELD
from assistant.library import Library, Removed
from assistant.papers import Paper
from assistant.passages import from_record, to_records
from vectorstore.records import Record

if TYPE_CHECKING:
    from assistant.api import Assistant

_KEPT_BESIDE = ("facets", RECORDS_FIELD)
"""Fields of a document that are no part of its paper."""


@dataclass(frozen=True, slots=True)
class TakenOut:
    """Papers as the library held them, each with its document."""

    documents: Sequence[tuple[Paper, Record]]

    @property
    def papers(self) -> list[Paper]:
        return [paper for paper, _ in self.documents]


def take_out(assistant: Assistant, keys: Sequence[str]) -> TakenOut:
    """Remove papers; a sync does not bring them back, :func:`put_back` does.

    Raises:
        PaperNotFound: one of the keys is not there; nothing is removed then.
    """
    library = assistant.library
    papers = [library.paper(key) for key in keys]
    documents = library.store.documents
    taken = TakenOut([(paper, documents[paper.key]) for paper in papers])
    assistant.remove(*keys)
    return taken


def put_back(assistant: Assistant, taken: TakenOut) -> list[Paper]:
    """Make papers what they were, but for those that have come again meanwhile; those that were put back."""
    library = assistant.library
    back: list[Paper] = []

    def restore(marks: Any) -> list[str]:
        there = library.store.documents
        missing = [(paper, document) for paper, document in taken.documents if document.id not in there]
        library.store.upsert([row for _, document in missing for row in _cut(library, document)])
        back.extend(paper for paper, _ in missing)
        return Removed(marks or []).without(taken.papers)

    library.keep("removed", restore)  # alone with the store, which is read anew afterwards
    return back


def _cut(library: Library, document: Record) -> list[Record]:
    """A paper's records for the library's model, out of its document."""
    paper, _ = from_record(document)
    fields = {name: document.fields[name] for name in _KEPT_BESIDE if name in document.fields}
    return to_records(paper, library.store.model, int(document.fields["order"]), fields)
