"""Who is behind a name in one library: the persons that its papers look like, and what the user has decided of them.

Nothing is merged or split behind the user's back: the groups are a suggestion that answers mention, until they are
accepted; a decision is a line of ``people.txt`` beside the library's store, or of the store itself where several
processes share it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assistant.analysis.decisions import Decisions, load
from assistant.analysis.people import CoAuthor, Person, coauthors, namesakes
from assistant.analysis.person_names import same_name
from assistant.errors import ConfigError, QuestionError
from assistant.library import DECISIONS, Library
from assistant.library import DECISIONS_FILE as DECISIONS_FILE
from assistant.paper_vectors import paper_vectors
from assistant.papers import Paper


def decisions_of(library: Library) -> Decisions:
    """What holds now, also for a snapshot.

    Raises:
        ConfigError: the file of decisions cannot be read; names its line.
    """
    live = library.live
    if live.store.is_shared:
        return Decisions(None, tuple(live.kept(DECISIONS) or ()))
    return load(live.store.directory / DECISIONS_FILE)


def change_decisions(library: Library, change: Callable[[Decisions], Decisions]) -> None:
    """Keep what the decisions become."""
    if library.store.is_shared:
        library.keep(DECISIONS, lambda lines: list(change(Decisions(None, tuple(lines or ()))).lines))
    else:
        change(decisions_of(library))


@dataclass(frozen=True, slots=True)
class Apart:
    """Names of several persons, as the user has decided, each with who is behind it by the key of the paper."""

    names: tuple[tuple[str, Mapping[str, str]], ...] = ()

    def called(self, name: str, key: str) -> str:
        """The name with what tells its bearer, on this paper, from others of the name: ``Ada Lovelace (1 of 2:
        engines)``. The name alone where nobody has decided that several persons bear it, or whose this paper is."""
        told = (whose.get(key) for known, whose in self.names if same_name(known, name))
        return next((f"{name} ({which})" for which in told if which), name)

    def of_several(self, names: Iterable[str], papers: Iterable[Paper]) -> list[str]:
        """For each of the names that these papers show of several persons: a sentence that says whose they are."""
        keys = [paper.key for paper in papers] if self.names else []
        said = []
        for name in dict.fromkeys(names):
            whose = next((whose for known, whose in self.names if same_name(known, name)), {})
            counts = Counter(whose[key] for key in keys if key in whose)
            if len(counts) > 1:
                each = "; ".join(f"{count:,} ({which})" for which, count in sorted(counts.items()))
                said.append(f"As decided here, these are papers of {len(counts)} people named {name}: {each}.")
        return said


class Namesakes:
    """The persons of the names in one library; the library's own author where no name is given."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._apart: tuple[tuple[str, ...], Apart] = (), Apart()
        self._found: dict[str, tuple[tuple[str, ...], tuple[Person, ...]]] = {}

    @property
    def owner(self) -> str | None:
        """The author whose papers the library holds, as its source names him or her."""
        author = self._library.author
        return author.name if author else None

    def persons(self, name: str | None = None) -> tuple[Person, ...]:
        """The persons who probably share the name, most papers first; one where nothing tells the papers apart.

        Raises:
            QuestionError: no name is given and the library names no author, or no paper shows the name.
            ConfigError: the file of decisions cannot be read; names its line.
        """
        name = self._named(name)
        decisions = decisions_of(self._library)
        kept = self._found.get(name)
        if kept is None or kept[0] != decisions.lines:
            papers = self._papers(name)
            found = namesakes(name, papers, paper_vectors(self._library, papers), decisions)
            kept = self._found[name] = decisions.lines, found
        return kept[1]

    def coauthors(self, name: str | None = None) -> tuple[CoAuthor, ...]:
        """Everybody else in the author lists of the name's papers, most papers first, then by name."""
        name = self._named(name) if name or self.owner else None
        papers = self._papers(name) if name else list(self._library.papers.values())
        return coauthors(papers, name)

    def is_settled(self, name: str | None = None) -> bool:
        """Whether the user has said that the groups are as they are."""
        return decisions_of(self._library).of(self._named(name)).complete

    # whom the user has told apart

    def apart(self) -> Apart:
        """The persons of one name whom the user has told apart, as decided by now."""
        try:
            decisions = decisions_of(self._library)
        except ConfigError:  # a slip in that file is no reason not to count; answers mention it
            return Apart()
        if decisions.lines != self._apart[0]:
            names = [name for name in decisions.names if len(decisions.of(name).groups) > 1]
            self._apart = decisions.lines, Apart(tuple((name, self._whose(name)) for name in names))
        return self._apart[1]

    def _whose(self, name: str) -> Mapping[str, str]:
        """By the key of each paper that is decided: ``1 of 2: engines``."""
        try:
            persons = [person for person in self.persons(name) if person.decided]
        except QuestionError:  # no paper shows the name any more
            return {}
        if len(persons) < 2:
            return {}
        return {
            key: f"{person.number} of {len(persons)}{f': {person.label}' if person.label else ''}"
            for person in persons
            for key in person.papers
        }

    # what the user decides

    def accept(self, name: str | None = None) -> tuple[Person, ...]:
        """The present groups are the persons there are; a paper that comes later joins the nearest."""
        name = self._named(name)
        groups = [person.papers for person in self.persons(name)]
        change_decisions(self._library, lambda decisions: decisions.accept(name, groups))
        return self.persons(name)

    def merge(self, numbers: Sequence[int], name: str | None = None) -> tuple[Person, ...]:
        """These groups are one person.

        Raises:
            QuestionError: there is no group of one of the numbers, or there are fewer than two.
        """
        name = self._named(name)
        groups = {person.number: person.papers for person in self.persons(name)}
        if wrong := [number for number in numbers if number not in groups]:
            raise QuestionError(f"There is no group {wrong[0]} of {name!r}; the groups are 1 to {len(groups)}.")
        if len(set(numbers)) < 2:
            raise QuestionError("To join groups takes two of their numbers; 'papertalk people' shows them.")
        joined = [groups[number] for number in dict.fromkeys(numbers)]
        change_decisions(self._library, lambda decisions: decisions.merge(name, joined))
        return self.persons(name)

    def split(self, keys: str | Sequence[str], name: str | None = None) -> tuple[Person, ...]:
        """These papers are another person's than the rest of their groups.

        Raises:
            PaperNotFound: one of the keys is none of the name's papers.
        """
        name = self._named(name)
        keys = [keys] if isinstance(keys, str) else keys
        groups = [person.papers for person in self.persons(name)]
        change_decisions(self._library, lambda decisions: decisions.split(name, keys, groups))
        return self.persons(name)

    def papers_of_others(self, numbers: Sequence[int], name: str | None = None) -> list[str]:
        """The keys of the papers that are in none of these groups.

        Raises:
            QuestionError: there is no group of one of the numbers.
        """
        persons = self.persons(name)
        known = {person.number for person in persons}
        if wrong := [number for number in numbers if number not in known]:
            groups = f"the groups are 1 to {len(known)}"
            raise QuestionError(f"There is no group {wrong[0]} of {self._named(name)!r}; {groups}.")
        return [key for person in persons if person.number not in numbers for key in person.papers]

    def undo(self, name: str | None = None) -> tuple[Person, ...]:
        """Take back the last decision about the name."""
        name = self._named(name)
        change_decisions(self._library, lambda decisions: decisions.undo(name))
        return self.persons(name)

    # what answers say

    def note(self, papers: Sequence[Paper]) -> str:
        """Where papers of the library's author look like several persons' and nobody has settled it: a sentence."""
        if not self.owner or len(papers) < 2:
            return ""
        try:
            settled = self.is_settled()
        except ConfigError as error:  # a slip in that file is no reason not to answer
            return str(error)
        if settled:
            return ""
        keys = {paper.key for paper in papers}
        touched = [person for person in self.persons() if keys & set(person.papers)]
        if len(touched) < 2:
            return ""
        groups = "; ".join(f"{len(keys & set(person.papers)):,} {person.label}".strip() for person in touched[:4]) + (
            "; …" if len(touched) > 4 else ""
        )
        return (
            f"These may be papers of {len(touched)} different people named {self.owner} ({groups}): 'papertalk people' "
            f"shows why and lets you settle it."
        )

    def _named(self, name: str | None) -> str:
        if name or self.owner:
            return name or self.owner or ""
        raise QuestionError("This library's source names no author; give a name that its papers show.")

    def _papers(self, name: str) -> list[Paper]:
        """The papers of a name: of the library's own author all, for lists that end in "et al." hide names."""
        everything = list(self._library.papers.values())
        if self.owner and same_name(name, self.owner):
            return everything
        papers = [p for p in everything if any(same_name(author.name, name) for author in p.authors)]
        if not papers:
            raise QuestionError(f"No paper here shows an author {name!r}; 'papertalk people' lists the names.")
        return papers

    def to_dict(self, name: str | None = None) -> dict[str, Any]:
        """Persons and co-authors as JSON."""
        known = name or self.owner
        return {
            "name": known,
            "settled": bool(known) and self.is_settled(name),
            "persons": [
                {
                    "number": person.number,
                    "label": person.label,
                    "papers": list(person.papers),
                    "evidence": list(person.evidence),
                    "decided": person.decided,
                }
                for person in (self.persons(name) if known else ())
            ],
            "coauthors": [
                {"name": other.name, "papers": list(other.papers), "first": other.first, "last": other.last}
                for other in self.coauthors(name)
            ],
        }
