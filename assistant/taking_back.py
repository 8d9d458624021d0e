"""Taking an ingest back: what it overwrites is written down before it does, and read when it shall be undone.

This is undo logging with before-images (Haerder and Reuter, "Principles of Transaction-Oriented Database Recovery",
1983). The log is one file beside the store, or in the data folder of the process where a server keeps the store. It has
a line for each paper that an ingest is about to change: what it was, or that there was none, and a mark of what it
becomes. A line is on the disk before its paper changes, so an ingest that
was killed can be taken back as far as it got. The next ingest that changes anything replaces the log.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import uuid
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from assistant.ingesting import RECORDS_FIELD, Progress
from vectorstore.records import Record, StoreError, StoreUnwritable
from vectorstore.store import Store

ToRows = Callable[[Record], list[Record]]
"""A document as the store had it -> all its records, cut for the store's model."""

LOG_FILE = "last-ingest.jsonl"
_VERSION = 1
_PAPERS_AT_ONCE = 16
_UNREADABLE = "The record of the last ingest, {}, cannot be read, so that this cannot be taken back; the next can."


@dataclass(frozen=True, slots=True)
class LastIngest:
    """The ingest that can be taken back: when it began (ISO 8601, UTC), the keys of the papers that it added and of
    those that it changed or joined with others, and whether it ran to its end."""

    began: str
    added: tuple[str, ...]
    changed: tuple[str, ...]
    finished: bool

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(slots=True)
class UndoReport:
    """What became of the papers of the ingest that was taken back, by key."""

    removed: list[str] = field(default_factory=list)
    """Papers that it had added."""
    restored: list[str] = field(default_factory=list)
    """Papers that are again what they were before it."""
    left: dict[str, str] = field(default_factory=dict)
    """Papers that were left as they are, each with the reason: they were changed or removed since."""
    sources: list[str] = field(default_factory=list)
    """Names of the sources that the library knows no more."""

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    def __str__(self) -> str:
        counts = {"removed": self.removed, "restored": self.restored, "left as they are": self.left}
        return ", ".join(f"{name}: {len(keys)}" for name, keys in counts.items() if keys) or "no paper was touched"


@dataclass(slots=True)
class _LoggedPaper:
    """A paper in the log: what it was, and the marks of what the ingest made of it, the last one last."""

    before: Record | None
    marks: list[str | None] = field(default_factory=list)


class UndoLog:
    """Writes the log of one ingest.

    ``about`` is what the store says of itself before the ingest, and ``left_out`` what this ingest adds to the list of
    removed papers. Nothing is written, and the log of the ingest before stays, until something changes; ``begun`` is
    then told the mark by which this ingest is known.
    """

    def __init__(
        self,
        directory: Path,
        about: Mapping[str, Any],
        left_out: Sequence[str] = (),
        begun: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._path = directory / LOG_FILE
        self._mark = uuid.uuid4().hex
        self._tell = begun
        self._head = {
            "version": _VERSION,
            "mark": self._mark,
            "began": datetime.now(UTC).isoformat(timespec="seconds"),
            "about": dict(about),
            "left_out": list(left_out),
        }
        self._begun = False
        self._noted: set[str] = set()

    def note(self, before: Mapping[str, Record], after: Mapping[str, Record | None]) -> None:
        """Write down what papers are, by key, before they become what ``after`` has; None: they go.

        Raises:
            StoreUnwritable: it cannot be written; nothing may be changed then.
        """
        if not after:
            return
        self.begin()
        rows: list[dict[str, Any]] = []
        for key, document in after.items():
            row: dict[str, Any] = {"key": key, "after": _mark(document)}
            if key not in self._noted:
                old = before.get(key)
                row["before"] = {"text": old.text, "fields": dict(old.fields)} if old else None
            rows.append(row)
        _append(self._path, rows)
        self._noted.update(after)

    def begin(self) -> None:
        """Replace the log of the ingest before."""
        if self._begun:
            return
        draft = self._path.with_suffix(".new")
        with _writing(self._path):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            draft.unlink(missing_ok=True)
            _append(draft, [self._head])
            draft.replace(self._path)
        self._tell(self._mark)
        self._begun = True

    def finish(self) -> None:
        """Say that the ingest ran to its end: what is missing from now on was taken out by somebody else."""
        if self._begun:
            _append(self._path, [{"finished": True}])


@dataclass(frozen=True, slots=True)
class Undo:
    """The log of an ingest, as it is read to take it back."""

    path: Path
    mark: str
    began: str
    about: Mapping[str, Any]
    left_out: Sequence[str]
    papers: Mapping[str, _LoggedPaper]
    finished: bool

    @classmethod
    def read(cls, directory: Path) -> Undo | None:
        """The log in a store's directory; None where there is nothing to take back.

        Raises:
            StoreError: it is no log that this version can read.
        """
        path = directory / LOG_FILE
        try:
            with path.open(encoding="utf-8") as file:
                rows = _rows(file)
                head = next(rows, {})
                if head.get("version") != _VERSION:
                    raise StoreError(_UNREADABLE.format(path))
                papers: dict[str, _LoggedPaper] = {}
                finished = False
                for row in rows:
                    finished = row.get("finished", finished)
                    if "key" in row:
                        _add(papers, row)
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise StoreError(_UNREADABLE.format(path)) from error
        return cls(path, head.get("mark", ""), head["began"], head["about"], head["left_out"], papers, finished)

    def summary(self, there: Container[str]) -> LastIngest:
        """What it did, as far as it got: ``there`` are the keys of the library's papers."""
        added = tuple(key for key, paper in self.papers.items() if paper.before is None and key in there)
        changed = tuple(key for key, paper in self.papers.items() if paper.before is not None)
        return LastIngest(self.began, added, changed, self.finished)

    def apply(
        self,
        store: Store,
        to_rows: ToRows,
        is_unwanted: Callable[[Record], bool],
        progress: Progress | None = None,
    ) -> UndoReport:
        """Make the papers what they were. Stopped at any moment, it can be applied again.

        ``is_unwanted`` says of a document whether its paper was removed since by a user. ``progress`` is told how many
        of how many papers are restored.
        """
        report = UndoReport()
        present = store.documents
        back: list[Record] = []
        for key, paper in self.papers.items():
            now = present.get(key)
            if reason := self._why_left(paper, now):
                report.left[key] = reason
            elif _mark(now) == _mark(paper.before):
                continue
            elif paper.before is None:
                report.removed.append(key)
            elif now is None and is_unwanted(paper.before):
                report.left[key] = "the paper that it was joined with was removed since"
            else:
                back.append(paper.before)
        _append(self.path, [{"finished": False}])
        with store.many_upserts():
            for start in range(0, len(back), _PAPERS_AT_ONCE):
                documents = back[start : start + _PAPERS_AT_ONCE]
                store.upsert([row for document in documents for row in to_rows(document)])
                report.restored += [document.id for document in documents]
                if progress:
                    progress(len(report.restored), len(back))
            store.delete(report.removed)
        return report

    def _why_left(self, paper: _LoggedPaper, now: Record | None) -> str | None:
        if not self.finished and now is None:  # it had not come yet, or has been taken back already
            return None
        if _mark(now) == paper.marks[-1]:
            return None
        if not self.finished and _mark(now) in (_mark(paper.before), *paper.marks):
            return None
        return "it was changed since" if now else "it was removed since"

    def close(self) -> None:
        """Forget the ingest: it has been taken back."""
        with _writing(self.path):
            self.path.unlink(missing_ok=True)


def _add(papers: dict[str, _LoggedPaper], row: Mapping[str, Any]) -> None:
    key = row["key"]
    if key not in papers:
        old = row["before"]
        papers[key] = _LoggedPaper(Record(key, old["text"], None, old["fields"]) if old else None)
    papers[key].marks.append(row["after"])


def _rows(lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    """The lines of a log. One that was cut off when the process was killed is of papers that had not changed yet."""
    for line in lines:
        try:
            row = json.loads(line)
        except ValueError:
            continue
        if isinstance(row, dict):
            yield row


def _mark(document: Record | None) -> str | None:
    """What a paper is, whatever model it is embedded by: equal for equal text and equal records of its sources."""
    if document is None:
        return None
    content = f"{document.text}\x1e{document.fields.get(RECORDS_FIELD, '')}"
    return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _append(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Lines at the end of a file, on the disk when this returns; the first begins anew after one that was cut off."""
    with _writing(path), path.open("a", encoding="utf-8") as file:
        file.write("\n" + "".join(json.dumps(row) + "\n" for row in rows))
        file.flush()
        os.fsync(file.fileno())


@contextlib.contextmanager
def _writing(path: Path) -> Iterator[None]:
    """The operating system's refusals to write, in the store's words."""
    try:
        yield
    except OSError as error:
        raise StoreUnwritable(f"The folder {str(path.parent)!r} cannot be written: {error.strerror}.") from error
