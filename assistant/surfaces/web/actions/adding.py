"""Adding papers: what a visitor gives is read, shown as it would come in, and comes in when they say so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from assistant.errors import ConfigError
from assistant.ingesting import IngestReport
from assistant.previewing import Preview
from assistant.surfaces.web.desk import Desk
from assistant.surfaces.web.jobs import Job
from assistant.surfaces.web.visit import Visit
from assistant.taking_back import UndoReport

_LONGEST = 5_000_000


@dataclass(slots=True)
class Adding:
    """What one visitor adds to one library: what was given, and how far it is."""

    text: str = ""
    files: list[tuple[str, str]] = field(default_factory=list)
    """Token and name of each file."""
    full_text: bool = False
    reading: Job[Preview] | None = None
    without: set[str] = field(default_factory=set)
    taking: Job[IngestReport] | None = None
    undoing: Job[UndoReport] | None = None

    @property
    def tokens(self) -> list[str]:
        return [token for token, _ in self.files]

    @property
    def is_busy(self) -> bool:
        return any(job is not None and job.is_running for job in (self.reading, self.taking, self.undoing))


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
        ConfigError: visitors may not change libraries here.
    """
    if not desk.may_edit(visit):
        raise ConfigError("Papers cannot be added from this page; ask whoever runs it.")
    return of(desk, visit)


def _uploaded(desk: Desk, visit: Visit, data: Mapping[str, str]) -> None:
    """A file has arrived; the text beside it is kept as it was typed."""
    adding = _allowed(desk, visit)
    adding.text = data.get("text", adding.text)[:_LONGEST]
    token, name = data.get("token", ""), data.get("name", "")
    if desk.uploads.paths(visit.owner, [token]):
        adding.files.append((token, name[:200]))
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
    files = desk.uploads.paths(visit.owner, adding.tokens)
    if not adding.text.strip() and not files:
        visit.tell("Nothing is given yet; paste something, or choose files.", error=True)
        return
    assistant, text, full_text = desk.assistant(visit), adding.text.strip() or None, adding.full_text
    adding.without, adding.taking, adding.undoing = set(), None, None
    adding.reading = Job(
        "reading",
        lambda tell: assistant.preview(
            uploads=files, text=text, full_text=full_text, progress=lambda read: tell(read, 0)
        ),
    )


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
    "poll": _poll,
}
