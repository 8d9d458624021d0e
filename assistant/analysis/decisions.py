"""What a user has decided about the persons of one name: a text file, one decision a line.

::

    accept | Ada Lovelace | lovelace1843notes, lovelace1844flyology / lovelace2021graph
    merge  | Ada Lovelace | lovelace1843notes, lovelace2021graph
    split  | Ada Lovelace | lovelace2021graph / lovelace1843notes

Between slashes stand the keys of the papers of one person; two groups of one line are two persons. Lines hold in
their order, a later one over an earlier one: it takes its papers out of the groups in which they were. ``accept`` also
says that these are all the persons there are. Deleting a line undoes it; a line that begins with ``#`` is a comment.
Keys that the library no longer holds are kept, for the paper may come back.
"""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from assistant.errors import ConfigError, LibraryNotWritable, PaperNotFound

_HEADER = (
    "# Persons of one name, as decided here. One decision a line, the later ones over the earlier ones.\n"
    "# Delete a line to undo it. ACTION | NAME | PAPERS OF A PERSON / PAPERS OF ANOTHER\n"
)
_ACTIONS = ("accept", "merge", "split")
Groups = Iterable[Iterable[str]]


@dataclass(frozen=True, slots=True)
class Decided:
    """What holds for a name: ``groups`` of keys, one a person; ``complete`` where there are no further persons."""

    groups: tuple[frozenset[str], ...] = ()
    complete: bool = False


@dataclass(frozen=True, slots=True)
class _Decision:
    action: str
    name: str
    groups: tuple[tuple[str, ...], ...]

    def __str__(self) -> str:
        return f"{self.action} | {self.name} | " + " / ".join(", ".join(group) for group in self.groups)


@dataclass(frozen=True, slots=True)
class Decisions:
    """The decisions of a file, or of nobody where ``path`` is None: these are kept in memory alone.

    A method that decides stores the file and returns what holds from then on. It reads the file anew before, so that
    what was edited by hand meanwhile stays.
    """

    path: Path | None = None
    lines: tuple[str, ...] = ()

    def of(self, name: str) -> Decided:
        """What holds for the name, without regard to case."""
        groups: list[set[str]] = []
        complete = False
        for decision in self._decisions(name):
            taken = {key for group in decision.groups for key in group}
            groups = [left for group in groups if (left := group - taken)]
            groups += [set(group) for group in decision.groups]
            complete |= decision.action == "accept"
        return Decided(tuple(frozenset(group) for group in groups), complete)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of which something is decided, each once."""
        parsed = (_parse(line, f"line {number}") for number, line in enumerate(self.lines, 1))
        written = {" ".join(found.name.casefold().split()): found.name for found in parsed if found}
        return tuple(written.values())

    def accept(self, name: str, groups: Groups) -> Decisions:
        """These groups of keys are the persons of the name; a paper that comes later joins the nearest of them."""
        return self._with("accept", name, groups)

    def merge(self, name: str, groups: Groups) -> Decisions:
        """These groups of keys are one person."""
        return self._with("merge", name, [[key for group in groups for key in group]])

    def split(self, name: str, keys: Iterable[str], groups: Groups) -> Decisions:
        """These papers are one person, and another than the rest of those ``groups`` in which they stand now.

        Raises:
            PaperNotFound: one of them stands in no group.
        """
        apart, groups = set(keys), [list(group) for group in groups]
        if unknown := apart - {key for group in groups for key in group}:
            raise PaperNotFound(f"{name!r} has no paper {min(unknown)!r}; 'papertalk papers' lists the keys.")
        left = [[key for key in group if key not in apart] for group in groups if not apart.isdisjoint(group)]
        return self._with("split", name, [sorted(apart), *filter(None, left)])

    def undo(self, name: str) -> Decisions:
        """Without the last decision about the name; nothing changes where there is none."""
        return self._without(name, last_only=True)

    def clear(self, name: str) -> Decisions:
        """Without any decision about the name."""
        return self._without(name, last_only=False)

    def _decisions(self, name: str) -> list[_Decision]:
        parsed = [_parse(line, f"line {number}") for number, line in enumerate(self.lines, 1)]
        return [decision for decision in parsed if decision and _same(decision.name, name)]

    def _with(self, action: str, name: str, groups: Groups) -> Decisions:
        """With one decision more.

        Raises:
            ValueError: the file would not give it back: a group is empty, a paper stands in two, or a name or a key
                holds a mark that parts the columns.
        """
        decision = _Decision(action, " ".join(name.split()), tuple(tuple(sorted(set(group))) for group in groups))
        line = str(decision)
        try:
            kept = _parse(line, "the decision") == decision and line.splitlines() == [line]
        except ConfigError as error:
            raise ValueError(str(error)) from error
        if not kept:
            raise ValueError(f"a name or a key holds a mark that parts the columns: {line!r}")
        return self._changed(lambda lines: [*lines, line])

    def _without(self, name: str, *, last_only: bool) -> Decisions:
        def remaining(lines: Sequence[str]) -> list[str]:
            about = [
                place
                for place, line in enumerate(lines)
                if (decision := _parse(line, f"line {place + 1}")) and _same(decision.name, name)
            ]
            dropped = set(about[-1:] if last_only else about)
            return [line for place, line in enumerate(lines) if place not in dropped]

        return self._changed(remaining)

    def _changed(self, change: Callable[[Sequence[str]], list[str]]) -> Decisions:
        present = self if self.path is None else load(self.path)
        lines = tuple(change(present.lines))
        if self.path is not None and lines != present.lines:
            _write(self.path, lines)
        return Decisions(self.path, lines)


def load(path: Path) -> Decisions:
    """The decisions of a file; none where it is missing.

    Raises:
        ConfigError: a line is no decision, or the file cannot be read. It is left as it is.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Decisions(path)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"The decisions about namesakes in {str(path)!r} cannot be read ({error}); mend or move the file."
        ) from error
    lines = tuple(text.splitlines())
    for number, line in enumerate(lines, 1):
        _parse(line, f"{path}, line {number}")
    return Decisions(path, lines)


def _parse(line: str, place: str) -> _Decision | None:
    """The decision of a line; None for a blank line or a comment.

    Raises:
        ConfigError: it is neither.
    """
    if not line.strip() or line.lstrip().startswith("#"):
        return None
    columns = [column.strip() for column in line.split("|")]
    if len(columns) != 3 or not all(columns):
        raise _broken(place, f"{line.strip()!r} is not 'ACTION | NAME | KEYS'")
    action, name, papers = columns
    if action not in _ACTIONS:
        raise _broken(place, f"{action!r} is none of {', '.join(_ACTIONS)}")
    groups = tuple(tuple(key.strip() for key in group.split(",")) for group in papers.split("/"))
    keys = [key for group in groups for key in group]
    if not all(keys):
        raise _broken(place, "a paper's key is missing beside a comma or a slash")
    most, count = Counter(keys).most_common(1)[0]
    if count > 1:
        raise _broken(place, f"{most!r} stands in it twice")
    if action == "merge" and len(groups) > 1:
        raise _broken(place, "what is merged is one person, so it holds no ' / '")
    return _Decision(action, name, groups)


def _broken(place: str, reason: str) -> ConfigError:
    return ConfigError(f"Decisions about namesakes, {place}: {reason}; mend the line or delete it.")


def _same(a: str, b: str) -> bool:
    return a.casefold().split() == b.casefold().split()


def _write(path: Path, lines: Sequence[str]) -> None:
    """Replace the file at once, so that it is whole at any moment.

    Raises:
        LibraryNotWritable: the folder is read-only, or the disk is full.
    """
    text = "\n".join(lines) + "\n" if lines else ""
    if not any(line.startswith("#") for line in lines):
        text = _HEADER + text
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink()
            raise
    except OSError as error:
        raise LibraryNotWritable(
            f"The decisions about namesakes cannot be written to {str(path)!r} ({error.strerror}); "
            f"free the disk or make the folder writable, and decide again."
        ) from error
