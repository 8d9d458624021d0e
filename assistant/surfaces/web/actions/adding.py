"""Adding papers: what a visitor gives is read, shown as it would come in, and comes in when they say so. What they took
out last can be put back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from assistant.errors import AccessError
from assistant.ingesting import IngestReport
from assistant.papers import Paper
from assistant.previewing import Preview
from assistant.surfaces.web import removal
from assistant.surfaces.web.desk import Desk
from assistant.surfaces.web.jobs import Job, Progress
from assistant.surfaces.web.removal import TakenOut
from assistant.surfaces.web.visit import Visit
from assistant.taking_back import UndoReport

_LONGEST = 5_000_000


@dataclass(slots=True)
class Adding:
    """What one visitor adds to one library: what was given, and how far it is; and what they took out of it last."""

    text: str = ""
    files: list[tuple[str, str]] = field(default_factory=list)
    """Token and name of each file."""
    full_text: bool = False
    reading: Job[Preview] | None = None
    without: set[str] = field(default_factory=set)
    taking: Job[IngestReport] | None = None
    undoing: Job[UndoReport] | None = None
    taken_out: TakenOut | None = None
    putting_back: Job[list[Paper]] | None = None

    @property
    def tokens(self) -> list[str]:
        return [token for token, _ in self.files]

    @property
    def _jobs(self) -> tuple[Job[Any] | None, ...]:
        return self.reading, self.taking, self.undoing, self.putting_back

    @property
    def is_busy(self) -> bool:
        return any(job is not None and job.is_running for job in self._jobs)


def of(desk: Desk, visit: Visit) -> Adding:
    """What this visitor adds to the library that they see; it outlives a reload of the page."""
    place = visit.owner, desk.assistant(visit).library.name
    known = desk.adding.get(place)
    if not isinstance(known, Adding):
        known = desk.adding[place] = Adding()
    return known


def _allowed(desk: Desk, visit: Visit) -> Adding:
    """
    Raises:
        AccessError: visitors may not change libraries here.
    """
    if not desk.may_edit(visit):
        raise AccessError("Papers cannot be added from this page; ask whoever runs it.")
    return of(desk, visit)


def _uploaded(desk: Desk, visit: Visit, data: Mapping[str, str]) -> None:
    """A file has arrived; the text beside it is kept as it was typed."""
    adding = _allowed(desk, visit)
    adding.text = data.get("text", adding.text)[:_LONGEST]
    token = data.get("token", "")
    if token in adding.tokens:
        visit.tell("This file is in the list already.")
    elif found := desk.uploads.paths(visit.owner, [token]):
        adding.files.append((token, found[0].name))
    elif problem := data.get("problem"):
        visit.tell(problem[:300], error=True)


def _unload(desk: Desk, visit: Visit, data: Mapping[str, str]) -> None:
    adding = _allowed(desk, visit)
    token = data.get("token", "")
    if token in adding.tokens:
        desk.uploads.drop([token])
        adding.files = [one for one in adding.files if one[0] != token]


def _look(desk: Desk, visit: Visit, data: Mapping[str, str]) -> None:
    """Read what was given; nothing is stored."""
    adding = _allowed(desk, visit)
    if adding.is_busy:
        return
    adding.text, adding.full_text = data.get("text", "")[:_LONGEST], data.get("full_text") == "on"
    if not adding.text.strip() and not desk.uploads.paths(visit.owner, adding.tokens):
        visit.tell("Nothing is given yet; paste something, or choose files.", error=True)
        return
    assistant, owner, tokens = desk.assistant(visit), visit.owner, adding.tokens
    text, full_text = adding.text.strip() or None, adding.full_text

    def read(tell: Progress) -> Preview:
        files = desk.uploads.paths(owner, tokens)
        return assistant.preview(uploads=files, text=text, full_text=full_text, progress=lambda done: tell(done, 0))

    def read_apart(tell: Progress) -> Preview:
        found = read(tell)
        known = {source.name for source in assistant.library.sources}
        others = [path for path in desk.uploads.paths(owner, tokens) if path.name in known - _going_on(found)]
        for path in others:
            desk.uploads.rename(owner, path, known)
        return read(tell) if others else found

    adding.without, adding.taking, adding.undoing = set(), None, None
    adding.reading = Job("reading", read_apart)


def _going_on(preview: Preview) -> set[str]:
    """The sources that a preview has a paper of which the library has from a source of that name: newer states of what
    was given before. Another file of such a name is a source of its own."""
    names: set[str] = set()
    for seen in preview.papers:
        names |= {record.origin for record in seen.records} & {record.origin for record in seen.records_now}
    return names


def _leave_out(desk: Desk, visit: Visit, data: Mapping[str, str]) -> None:
    """Leave a paper out, or take it in after all."""
    adding, key = _allowed(desk, visit), data.get("key", "")
    adding.without ^= {key}


def _take(desk: Desk, visit: Visit, data: Mapping[str, str]) -> None:
    adding = _allowed(desk, visit)
    preview = adding.reading.result if adding.reading else None
    if adding.is_busy or preview is None:
        return
    assistant, without = desk.assistant(visit), set(adding.without)
    adding.taking = Job("taking in", lambda tell: _taken(desk, adding, assistant.accept(preview, without, tell)))


def _taken(desk: Desk, adding: Adding, report: IngestReport) -> IngestReport:
    desk.uploads.drop(adding.tokens)
    adding.files, adding.text, adding.reading = [], "", None
    return report


def _sync(desk: Desk, visit: Visit, data: Mapping[str, str]) -> None:
    """Read the known sources again."""
    adding = _allowed(desk, visit)
    if not adding.is_busy:
        assistant = desk.assistant(visit)
        adding.reading, adding.undoing = None, None
        adding.taking = Job("looking for new papers", lambda tell: assistant.sync(progress=tell))


def _undo(desk: Desk, visit: Visit, data: Mapping[str, str]) -> None:
    adding = _allowed(desk, visit)
    if not adding.is_busy:
        assistant = desk.assistant(visit)
        adding.reading, adding.taking = None, None
        adding.undoing = Job("taking back", lambda tell: assistant.undo(tell))


def _cancel(desk: Desk, visit: Visit, data: Mapping[str, str]) -> None:
    """Begin anew; what was given is kept, unless it has been taken in."""
    adding = _allowed(desk, visit)
    if not adding.is_busy:
        adding.reading = adding.taking = adding.undoing = None


# ---- what was taken out


def take_out(desk: Desk, visit: Visit, keys: Sequence[str]) -> None:
    """Remove papers of the visitor's library, and keep them as what was taken out last.

    Raises:
        AccessError: visitors may not change libraries here.
        PaperNotFound: one of the keys is not there; nothing is removed then.
    """
    if not desk.may_edit(visit):
        raise AccessError("Papers cannot be removed from this page; ask whoever runs it.")
    adding = of(desk, visit)
    adding.taken_out, adding.putting_back = removal.take_out(desk.assistant(visit), keys), None


def _put_back(desk: Desk, visit: Visit, data: Mapping[str, str]) -> None:
    adding = _allowed(desk, visit)
    taken = adding.taken_out
    if taken is not None and not adding.is_busy:
        assistant = desk.assistant(visit)
        adding.putting_back = Job("putting back", lambda _: removal.put_back(assistant, taken))


def _forget(desk: Desk, visit: Visit, data: Mapping[str, str]) -> None:
    adding = _allowed(desk, visit)
    if not adding.is_busy:
        adding.taken_out = adding.putting_back = None


def _poll(desk: Desk, visit: Visit, data: Mapping[str, str]) -> None:
    """Nothing is done: the page is drawn as far as it has come."""


ACTIONS: dict[str, Any] = {
    "uploaded": _uploaded,
    "unload": _unload,
    "look": _look,
    "leave-out": _leave_out,
    "take": _take,
    "sync": _sync,
    "undo-ingest": _undo,
    "begin-anew": _cancel,
    "put-back": _put_back,
    "forget-removed": _forget,
    "poll": _poll,
}
