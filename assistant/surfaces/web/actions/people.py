"""Who is behind a name: looked for beside the page, and decided by whoever may change the library. Persons are told
apart over all papers of the name, co-authors are those of the chosen papers.

The page names groups by one of their papers, not by number: groups that changed meanwhile have other numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from weakref import WeakKeyDictionary

from assistant.analysis.people import CoAuthor, Person, coauthors
from assistant.analysis.person_names import same_name
from assistant.api import Assistant
from assistant.errors import AccessError, QuestionError
from assistant.namesakes import Namesakes
from assistant.papers import Paper
from assistant.surfaces.web.actions import adding
from assistant.surfaces.web.desk import Desk
from assistant.surfaces.web.holdings import chosen
from assistant.surfaces.web.jobs import Job
from assistant.surfaces.web.visit import Choice, Visit

MOST_GROUPED = 2_000
"""Papers of a name that are grouped: each is compared with each other one, which takes seven seconds here."""
PAGE = 50
"""Co-authors that are listed at first, and more at a time."""

_KEPT = "people"
_MOST_NAMES = 100
"""Names whose persons are kept of one library."""


# ---- what is looked for


@dataclass(frozen=True, slots=True)
class Found:
    """Of a name: how many papers show it, its persons (none where there are too many papers), whether the user has
    settled who they are, and its co-authors in the chosen papers."""

    papers: int
    persons: tuple[Person, ...]
    is_settled: bool
    coauthors: tuple[CoAuthor, ...]


_Asked = tuple[str, Choice]
"""A name, and which papers are chosen."""
_looking: WeakKeyDictionary[Namesakes, dict[_Asked, Job[Found]]] = WeakKeyDictionary()
"""What is looked for or found of each library as it stands; visitors share it."""


def name_of(visit: Visit) -> str:
    """Whom the visitor looks at; empty for the library's author."""
    return " ".join(visit.place.search.split())


def look(desk: Desk, visit: Visit) -> Job[Found]:
    """Find the persons behind a name, unless that has been done or is going on."""
    assistant, name, papers = desk.assistant(visit), name_of(visit), chosen(desk, visit)
    jobs, asked = _looking.setdefault(assistant.people, {}), (name, visit.place.choice)
    if asked not in jobs:
        if len(jobs) >= _MOST_NAMES:
            jobs.clear()
        jobs[asked] = Job("people", lambda _: _find(assistant, name or None, papers))
    return jobs[asked]


def _find(assistant: Assistant, name: str | None, papers: Sequence[Paper]) -> Found:
    """``papers`` are the chosen ones."""
    people = assistant.people
    if not (name or people.owner):
        return Found(0, (), False, coauthors(papers, None))
    count = len(_of(assistant, name, assistant.papers()))
    persons = people.persons(name) if count <= MOST_GROUPED else ()
    others = coauthors(_of(assistant, name, papers), name or people.owner)
    return Found(count, persons, people.is_settled(name), others)


def _of(assistant: Assistant, name: str | None, papers: Sequence[Paper]) -> Sequence[Paper]:
    """Those of the papers that show a name, as :class:`Namesakes` sees it: of the library's author all."""
    owner = assistant.people.owner
    if name is None or (owner and same_name(name, owner)):
        return papers
    return [paper for paper in papers if any(same_name(author.name, name) for author in paper.authors)]


# ---- what is seen of it


@dataclass(frozen=True, slots=True)
class Seen:
    """How much a visitor sees: so many co-authors, and all papers of the groups that these papers stand in."""

    coauthors: int = PAGE
    whole: Set[str] = field(default_factory=frozenset)


def seen_of(visit: Visit) -> Seen:
    kept = visit.kept.get(_KEPT)
    return kept if isinstance(kept, Seen) else Seen()


def _name(desk: Desk, visit: Visit, data: Mapping[str, str]) -> None:
    """Look at another name; at the library's author where none is given."""
    visit.kept.pop(_KEPT, None)
    visit.go(view="people", search=data.get("name", "")[:200])


def _more(desk: Desk, visit: Visit, data: Mapping[str, str]) -> None:
    seen = seen_of(visit)
    visit.kept[_KEPT] = replace(seen, coauthors=seen.coauthors + PAGE)


def _whole(desk: Desk, visit: Visit, data: Mapping[str, str]) -> None:
    seen = seen_of(visit)
    visit.kept[_KEPT] = replace(seen, whole={*seen.whole, data.get("key", "")})


def _with(desk: Desk, visit: Visit, data: Mapping[str, str]) -> None:
    """Those of the chosen papers that are with a co-author: as the list of papers, else as what questions are answered
    from."""
    view = "library" if data.get("view") == "library" else "chat"
    choice = replace(visit.place.choice, person=data.get("person", "")[:200], only="")
    visit.go(view=view, search="", paper="", choice=choice)


# ---- what is decided


def _decide(desk: Desk, visit: Visit, decision: Callable[[Namesakes, str | None], object], done: str) -> None:
    """Do it, and look anew.

    Raises:
        AccessError: visitors may not change libraries here.
        QuestionError: the file of decisions cannot hold it.
    """
    if not desk.may_edit(visit):
        raise AccessError("Who is who cannot be decided from this page; ask whoever runs it.")
    people = desk.assistant(visit).people
    try:
        decision(people, name_of(visit) or None)
    except ValueError as error:
        raise QuestionError(f"This cannot be kept: {error}.") from error
    _looking.pop(people, None)
    look(desk, visit).wait()
    visit.tell(done)


def _accept(desk: Desk, visit: Visit, data: Mapping[str, str]) -> None:
    _decide(
        desk, visit, lambda people, name: people.accept(name), "Kept as it is. A paper that comes joins the nearest."
    )


def _merge(desk: Desk, visit: Visit, data: Mapping[str, str]) -> None:
    """``group-...`` are papers of the groups that are one person's."""
    chosen = {key for name, key in data.items() if name.startswith("group-")}

    def merge(people: Namesakes, name: str | None) -> None:
        numbers = _numbers(people.persons(name), chosen)
        if len(numbers) < 2:
            raise QuestionError("Tick two groups or more to make them one person's.")
        people.merge(numbers, name)

    _decide(desk, visit, merge, "They are one person now.")


def _split(desk: Desk, visit: Visit, data: Mapping[str, str]) -> None:
    """``paper-...`` are the keys of papers that another person wrote."""
    chosen = [key for name, key in data.items() if name.startswith("paper-")]
    if not chosen:
        raise QuestionError("Tick the papers that somebody else of this name wrote.")
    _decide(desk, visit, lambda people, name: people.split(chosen, name), "Split off, as another person's.")


def _undo(desk: Desk, visit: Visit, data: Mapping[str, str]) -> None:
    _decide(desk, visit, lambda people, name: people.undo(name), "The last decision is taken back.")


def _keep(desk: Desk, visit: Visit, data: Mapping[str, str]) -> None:
    """Remove the papers of all persons but one; ``key`` is a paper of that one, ``count`` how many were to go."""
    assistant = desk.assistant(visit)
    gone = assistant.people.papers_of_others(_numbers(assistant.people.persons(), {data.get("key", "")}))
    if str(len(gone)) != data.get("count"):
        raise QuestionError("The groups have changed since they were shown; look at them again. Nothing is removed.")
    adding.take_out(desk, visit, gone)
    visit.go(search="")
    visit.tell(f"{'1 paper is' if len(gone) == 1 else f'{len(gone):,} papers are'} removed; a button puts them back.")


def _numbers(persons: Iterable[Person], keys: Set[str]) -> list[int]:
    """Of the groups in which these papers stand now."""
    return [person.number for person in persons if not keys.isdisjoint(person.papers)]


ACTIONS: dict[str, Callable[[Desk, Visit, Mapping[str, str]], None]] = {
    "people-name": _name,
    "people-more": _more,
    "people-whole": _whole,
    "people-with": _with,
    "people-accept": _accept,
    "people-merge": _merge,
    "people-split": _split,
    "people-undo": _undo,
    "people-keep": _keep,
}
