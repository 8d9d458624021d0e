"""One visitor's page: where they are, which papers they chose, and the conversation that they see."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from threading import Lock
from typing import TYPE_CHECKING, Literal, get_args
from urllib.parse import urlencode

from assistant.answering.settling import MARK
from assistant.answers import (
    Answer,
    Citation,
    Doubted,
    Evidence,
    Filters,
    Gathered,
    Plan,
    Planned,
    Restarted,
    TextDelta,
    Years,
)
from assistant.conversations.store import Exchange
from assistant.papers import Paper
from assistant.surfaces.web.views.prose import Doubt

if TYPE_CHECKING:
    from assistant.surfaces.web.answering import Answering

View = Literal["chat", "library", "trends", "people", "add", "settings"]
VIEWS: tuple[View, ...] = get_args(View)

_OF_A_LIST = ("choice", "search", "sort")
"""What decides which papers a list has, and their order."""
_PAGE = "p"
"""What the address calls the page of a list: by "page" Gradio means a page of its own, and answers 500."""
TURNS = 30
"""Turns of a conversation that the page shows."""
_CODE = {"yes": True, "no": False}
_LONGEST = 200
"""Characters of a value in the address; a longer one is nobody's."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Which papers a visitor wants answers from, as it is shown in chips and written in the address."""

    years: Years | None = None
    topic: str = ""
    category: str = ""
    code: bool | None = None
    person: str = ""
    only: str = ""
    """The key of one paper."""

    def __bool__(self) -> bool:
        return self != Choice()

    def to_filters(self, topic_of: Callable[[str], Sequence[str]]) -> Filters:
        """``topic_of`` gives the keys of the papers on a topic."""
        papers = (self.only,) if self.only else tuple(topic_of(self.topic)) if self.topic else ()
        return Filters(
            years=self.years,
            categories=(self.category,) if self.category else (),
            has_code=self.code,
            authors=(self.person,) if self.person else (),
            papers=papers,
        )


@dataclass(frozen=True, slots=True)
class Place:
    """Where a visitor is, as the page's address says it: it can be linked, reloaded and gone back to.

    ``sort``, ``search`` and ``page``, counted from 1, are of the table of papers, ``figure`` is the figure whose papers
    are listed.
    """

    library: str = ""
    view: View = "chat"
    paper: str = ""
    conversation: str = ""
    shared: str = ""
    choice: Choice = field(default_factory=Choice)
    search: str = ""
    sort: str = ""
    page: int = 1
    figure: str = ""

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Place:
        """From the address; what nobody can have meant is left out."""
        given = {name: value[:_LONGEST] for name, value in query.items()}
        view = given.get("view", "chat")
        choice = Choice(
            years=years_of(given.get("years", "")),
            topic=given.get("topic", ""),
            category=given.get("category", ""),
            code=_CODE.get(given.get("code", "")),
            person=given.get("person", ""),
            only=given.get("only", ""),
        )
        named = {name: given.get(name, "") for name in ("library", "paper", "search", "sort", "figure")}
        return cls(
            view=next((known for known in VIEWS if known == view), "chat"),
            conversation=given.get("c", ""),
            shared=given.get("shared", ""),
            choice=choice,
            page=page_of(given.get(_PAGE, "")),
            **named,
        )

    def to_query(self, first: str) -> str:
        """What stands behind the address's question mark. The library that is shown first is not named."""
        chosen = self.choice
        years = "" if chosen.years is None else "-".join("" if year is None else str(year) for year in chosen.years)
        values = {
            "library": "" if self.library == first else self.library,
            "view": "" if self.view == "chat" else self.view,
            "paper": self.paper,
            "search": self.search,
            "sort": self.sort,
            _PAGE: "" if self.page == 1 else str(self.page),
            "figure": self.figure,
            "c": self.conversation,
            "shared": self.shared,
            "years": years,
            "topic": chosen.topic,
            "category": chosen.category,
            "code": "" if chosen.code is None else "yes" if chosen.code else "no",
            "person": chosen.person,
            "only": chosen.only,
        }
        return urlencode({name: value for name, value in values.items() if value})


def unread(query: Mapping[str, str]) -> str:
    """What the address asks for and :meth:`Place.of` leaves out, in a sentence; empty where it reads all of it."""
    years, code = query.get("years", ""), query.get("code", "")
    said = []
    if years and years_of(years[:_LONGEST]) is None:
        said.append(f"{_short(years)} are no years; write 2018, 2018-2020, 2018- or -2020.")
    if code and code not in _CODE:
        said.append(f"{_short(code)} says nothing of code; write yes or no.")
    return f"In the address, {' '.join(said)} Papers are not chosen by it." if said else ""


def _short(value: str) -> str:
    return repr(value if len(value) <= 40 else f"{value[:40]}…")


def page_of(text: str) -> int:
    """The number of a page, counted from 1; the first for anything else."""
    return max(1, int(text)) if re.fullmatch(r"[0-9]{1,6}", text) else 1


def years_of(text: str) -> Years | None:
    """``2018``, ``2018-2020``, ``2018-`` or ``-2020``; None for anything else."""
    match = re.fullmatch(r"(\d{4})?(?:(-)(\d{4})?)?", text)
    if not match or not (match[1] or match[3]):
        return None
    first = int(match[1]) if match[1] else None
    last = (int(match[3]) if match[3] else None) if match[2] else first
    return (last, first) if first and last and last < first else (first, last)


@dataclass(slots=True)
class Coming:
    """An answer as far as it has come: how it was understood, its stage, its text, what of it is doubted, and why it
    began anew. ``papers`` is how many are searched."""

    papers: int = 0
    plan: Plan | None = None
    stage: str = "Understanding the question"
    evidence: Sequence[Evidence] = ()
    text: str = ""
    citations: dict[int, Citation] = field(default_factory=dict)
    """What the markers that have come stand for, by their numbers; a marker that is not among them may be none."""
    doubts: list[Doubt] = field(default_factory=list)
    note: str = ""

    def add(self, event: Planned | Gathered | TextDelta | Doubted | Restarted) -> None:
        if isinstance(event, Planned):
            self.plan = event.plan
            searched = "1 paper" if self.papers == 1 else f"{self.papers:,} papers"
            self.stage = f"{'Counting over' if event.plan.is_computed else 'Searching'} {searched}"
        elif isinstance(event, Gathered):
            self.stage, self.evidence = "Writing", event.evidence
        elif isinstance(event, TextDelta):
            self.text += event.text
            self.citations |= {citation.marker: citation for citation in event.citations}
            self.stage = "Writing and checking"  # which of the two no event tells
        elif isinstance(event, Doubted):
            start = len(self.text) - event.length
            sentence = self.text[start:].removesuffix(f" {MARK}")
            self.doubts.append((start, start + len(sentence), event.reason))
        else:
            self.text, self.citations, self.doubts, self.note = "", {}, [], event.reason


@dataclass(frozen=True, slots=True)
class Shown:
    """A question and what became of it, as the page shows them.

    ``turn`` names it on the page; ``number`` is that of the stored exchange, None where it is not stored. ``answer`` is
    None where there is none: then ``stopped`` is as far as it had come when its reader ended it, or ``problem`` says
    why there is none.
    """

    turn: int
    question: str
    answer: Answer | None = None
    number: int | None = None
    problem: str = ""
    stopped: Answer | None = None
    evidence: Sequence[Evidence] = ()
    useful: bool | None = None
    has_reason: bool = False
    """Whether its reader said why it is not useful."""

    @classmethod
    def of(cls, exchange: Exchange, papers: Mapping[str, Paper], *, is_own: bool = True) -> Shown:
        """A stored one. One of somebody else's can be read, and not rated or taken back."""
        answer, evidence = exchange.to_answer(papers), exchange.to_evidence(papers)
        shown = cls(exchange.number, exchange.question, number=exchange.number if is_own else None, evidence=evidence)
        if exchange.is_stopped:
            return replace(shown, stopped=answer)
        said = exchange.feedback if is_own else None
        shown = replace(shown, answer=answer)
        return shown.rated(said.useful, bool(said.reason)) if said else shown

    def rated(self, useful: bool | None, has_reason: bool = False) -> Shown:
        return replace(self, useful=useful, has_reason=has_reason)


class Visit:
    """What one visitor's page holds on the server. ``owner`` tells whose conversations are theirs; empty before the
    page is opened. ``named`` is what the guard called the visitor who opened it. ``user`` is who has logged in, if
    anybody, ``may_edit`` whether they may change libraries. ``told`` is a sentence to show once, ``file`` what the
    browser is to save.

    ``turns`` is the highest turn so far, ``current`` the one that was asked last: an earlier one, where its question
    was asked again. ``is_deleted`` says that the conversation on the page is there no more: nothing is asked in it."""

    def __init__(self) -> None:
        self.owner = ""
        self.named = ""
        self.user = ""
        self.may_edit = False
        self.place = Place()
        self.shown: list[Shown] = []
        self.turns = 0
        self.current = 0
        self.is_deleted = False
        self.as_of: datetime | None = None
        """When the conversation was last changed, as far as the page shows it."""
        self.answering: Answering | None = None
        self.stream: object = None
        """What sends the answer under way to the page; None where nothing does, and the page must ask for it."""
        self.follow_ups: Sequence[str] = ()
        self.wants_follow_ups = False
        """Whether the page is to ask for its stream so that questions to go on with are thought of: that may take a
        chat model many seconds, and what is kept is shown before."""
        self.told = Told()
        self.drawing = Lock()
        self.rendered: dict[str, str] = {}
        self.drawn: dict[int, tuple[Shown, str]] = {}
        """Exchanges by turn, each with the HTML that it was drawn as."""
        self.kept: dict[str, object] = {}
        """What a view keeps between two clicks, under the view's name."""

    def __deepcopy__(self, memo: object) -> Visit:
        """Gradio copies the page's first visit for each visitor."""
        return Visit()

    def go(self, **changes: object) -> None:
        """Be elsewhere. ``changes`` are fields of :class:`Place`. A list of other papers, or in another order, is seen
        from its first page."""
        if any(name in changes and changes[name] != getattr(self.place, name) for name in _OF_A_LIST):
            changes = {"page": 1, **changes}
        # mypy cannot check the fields that a dictionary names; ``replace`` refuses any that there is not.
        self.place = replace(self.place, **changes)  # type: ignore[arg-type]

    def stop(self) -> None:
        """End the answer under way, if there is one."""
        if self.answering:
            self.answering.stop()

    def begin(self) -> None:
        """A conversation that has not begun. What is under way in another goes on there."""
        self.answering, self.stream, self.shown, self.follow_ups = None, None, [], ()
        self.current, self.is_deleted, self.wants_follow_ups, self.as_of = 0, False, False, None
        self.go(conversation="", shared="")

    def holds(self, kept: Sequence[Exchange]) -> bool:
        """Whether what is stored, the last exchanges, is what the page shows of it, or that and more after it."""
        there = {exchange.number: exchange.answer["text"] for exchange in kept}
        seen = {
            shown.number: said.text for shown in self.shown if shown.number and (said := shown.answer or shown.stopped)
        }
        first, last = min(there, default=0), max(seen, default=0)
        return {number: text for number, text in there.items() if min(seen, default=0) <= number <= last} == {
            number: text for number, text in seen.items() if number >= first
        }

    def take_in(self, stored: Sequence[Shown]) -> None:
        """Show those of the stored ones last that are newer than all that the page shows."""
        last = max((shown.number or 0 for shown in self.shown), default=0)
        newer = [shown for shown in stored if shown.number and shown.number > last]
        for shown in newer:
            self.turns += 1
            self.shown = [*self.shown, replace(shown, turn=self.turns)][-TURNS:]
        if newer:
            self.current, self.follow_ups = self.turns, ()
            self.wants_follow_ups = self.shown[-1].answer is not None

    def parts(self) -> tuple[Sequence[Shown], Shown | None, Sequence[Shown]]:
        """What is shown before the exchange that was asked last, that exchange as far as it is answered, and what
        follows it; without what an answer under way is to forget."""
        before = [one for one in self.shown if one.turn < self.current]
        last = next((one for one in self.shown if one.turn == self.current), None)
        instead = self.answering.instead if self.answering else None
        if instead and instead.forgets is not None:
            return before, last, ()
        return before, last, [one for one in self.shown if one.turn > self.current]

    def tell(self, sentence: str, *, error: bool = False, back: str = "") -> None:
        """``back`` is a question that was not asked: it goes back into the box."""
        self.told = Told(self.told.number + 1, sentence, error, back=back)

    def save(self, name: str, kind: str, text: str) -> None:
        """Have the browser save a file. ``kind`` is its media type."""
        self.told = Told(self.told.number + 1, f"{name} is saved.", file=File(name, kind, text))


@dataclass(frozen=True, slots=True)
class File:
    name: str
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Told:
    """Something that the page says once; each has a number of its own, so that it is said again when it recurs."""

    number: int = 0
    sentence: str = ""
    error: bool = False
    file: File | None = None
    back: str = ""
