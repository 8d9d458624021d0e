"""From a question to an answer: plan, gather, answer, ground. Each step's result is an event.

The steps stand here once; asking, streaming and LangChain's calls all run :meth:`AnswerChain.events`. What only a
chat model needs is imported where one is asked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from assistant.answering.by_rules import Learned, Ruled, apply_rules
from assistant.answering.clock import Clock
from assistant.answering.drafting import word_by_word
from assistant.answering.gathering import Found, Gatherer
from assistant.answers import Answer, Event, Evidence, Filters, Finished, Gathered, History, Plan, Planned, TextDelta
from assistant.catalogue import Catalogue
from assistant.errors import EmptyLibrary, LibraryError, ModelError, QuestionError
from assistant.library import Library, store_errors
from assistant.llm.model import Calls, ChatModel
from assistant.mentions import Names
from assistant.namesakes import Namesakes
from assistant.papers import Paper
from assistant.planning import planner as planning
from assistant.planning.conditions import Vocabulary
from assistant.planning.one_question import Reading
from assistant.planning.planner import Planner
from assistant.retrieval import Retriever

if TYPE_CHECKING:
    from assistant.answering.briefing import Brief
    from assistant.answering.settling import Policy
    from assistant.grounding.grounder import Claim, Source, Verdict
    from assistant.grounding.judging import Believed

# Controls, marks without width, half characters.
_UNSEEN = re.compile(r"[^\S ]|[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ud800-\udfff\ufeff]")
_TERMINAL_CODE = re.compile(r"\x1b\[[\d;?]*[ -/]*[@-~]")


@dataclass(frozen=True, slots=True)
class Asking:
    """A question as it is put: its conversation, oldest turn first, and the user's own filters."""

    question: str
    history: History = ()
    filters: Filters = field(default_factory=Filters)


Given = TypeVar("Given")
Made = TypeVar("Made")


class Tracer:
    """Runs the steps of the chain, and may tell others of them; this one tells nobody."""

    def call(self, step: str, function: Callable[[Given, Calls], Made], given: Given, calls: Calls) -> Made:
        """What the step makes of what it is given."""
        return function(given, calls)

    def stream(
        self, step: str, function: Callable[[Given, Calls], Iterator[str]], given: Given, calls: Calls
    ) -> Iterator[str]:
        """What the step makes of what it is given, piece by piece."""
        return function(given, calls)


@dataclass(frozen=True, slots=True)
class Pieces:
    """The four pieces of the chain; each that is given takes the place of the chain's own.

    ``plan`` understands a question; ``gather`` finds evidence, best first; ``answer`` streams text from a brief
    and is asked only where the rules would quote papers; ``ground`` checks a sentence against the brief's sources.
    """

    plan: Callable[[Asking], Plan] | None = None
    gather: Callable[[Plan], Sequence[Evidence]] | None = None
    answer: Callable[[Brief], Iterator[str]] | None = None
    ground: Callable[[Claim], Verdict] | None = None


class Knowledge:
    """What is learned of a library as it is at one moment; an answer reads one from its beginning to its end."""

    def __init__(self, library: Library, model: ChatModel | None) -> None:
        self.library = library.snapshot()
        self.retriever = Retriever(self.library)
        self.catalogue = Catalogue(self.library, self.retriever)
        self.namesakes = self.catalogue.namesakes
        self._model = model

    @cached_property
    def names(self) -> Names:
        """What the library's papers are called; learned when it is first asked for."""
        return Names(self.library.papers.values())

    @cached_property
    def planner(self) -> Planner:
        """Understands questions by the library's own names."""
        author = self.library.author
        vocabulary = Vocabulary(self.library.papers.values(), author.name if author else None)
        return Planner(self.names, vocabulary, self._model, self._papers_of)

    def _papers_of(self, filters: Filters) -> Sequence[Paper]:
        return self.catalogue.select(filters).papers

    def learned(self) -> Learned:
        """As an answer needs it."""
        return Learned(
            self.library, self.retriever, self.names, self.catalogue, self.namesakes, self.planner.vocabulary
        )


class AnswerChain:
    """Answers from one library's papers. Holds what it has learned of them until they change."""

    def __init__(
        self,
        library: Library,
        model: ChatModel | None = None,
        policy: Policy = "strict",
        parts: Pieces = Pieces(),
    ) -> None:
        self.library = library
        self.model = model
        self.policy = policy
        self.parts = parts
        self.refresh()

    def refresh(self) -> None:
        """Forget what was learned of the papers."""
        self._knowledge = Knowledge(self.library, self.model)

    @property
    def knowledge(self) -> Knowledge:
        """What is known of the library as it is now.

        Raises:
            LibraryUnavailable: the server that keeps the library does not answer.
        """
        if not self.library.is_current(self._knowledge.library):
            self.refresh()
        return self._knowledge

    @property
    def retriever(self) -> Retriever:
        return self.knowledge.retriever

    @property
    def catalogue(self) -> Catalogue:
        return self.knowledge.catalogue

    @property
    def namesakes(self) -> Namesakes:
        return self.knowledge.namesakes

    @property
    def names(self) -> Names:
        return self.knowledge.names

    @property
    def planner(self) -> Planner:
        return self.knowledge.planner

    def answer(self, question: str, history: History = (), filters: Filters | None = None) -> Answer:
        """
        Raises:
            QuestionError: the question is empty or too long.
            EmptyLibrary: there is no paper to answer from.
        """
        for event in self.events(question, history, filters):
            if isinstance(event, Finished):
                return event.answer
        raise AssertionError("the last event is the answer")

    def events(
        self,
        question: str,
        history: History = (),
        filters: Filters | None = None,
        *,
        calls: Calls | None = None,
        parts: Pieces | None = None,
        tracer: Tracer | None = None,
    ) -> Generator[Event, None, None]:
        """The plan, the evidence, the text piece by piece, and the whole answer.

        Args:
            calls: what the requests of a chat model share; ``calls.cancel()`` ends them and, with
                :class:`~assistant.errors.Stopped`, the answer.
            parts: other pieces for this one question.
            tracer: who runs the steps.
        """
        asking = Asking(checked(question), checked_history(history), filters or Filters())
        with store_errors(self.library.name):
            self._check_library()
            yield from _Run(self, asking, calls or Calls(), parts or self.parts, tracer or Tracer()).events()

    def answer_by_rules(self, question: str, history: History = (), filters: Filters | None = None) -> Answer:
        """The answer without a chat model, also where one is configured."""
        known = self.knowledge
        rules = known.planner.without_model()
        asking = Asking(checked(question), checked_history(history), filters or Filters())
        with store_errors(self.library.name):
            reading = rules.plan(asking.question, asking.history, asking.filters)
            found = Gatherer(known.library, known.retriever, known.names).gather(reading)
            return apply_rules(reading, found, known.learned(), Clock()).answer

    def _check_library(self) -> None:
        if self.library.is_closed:
            raise LibraryError(f"The library {self.library.name!r} is closed; open it again with Assistant(...).")
        if not len(self.library):
            raise EmptyLibrary(
                f"The library {self.library.name!r} holds no paper; 'papertalk ingest FILE --library "
                f"{self.library.name}' takes a profile page in."
            )


class _Run:
    """One question on its way through the chain."""

    def __init__(self, chain: AnswerChain, asking: Asking, calls: Calls, parts: Pieces, tracer: Tracer) -> None:
        self._chain = chain
        self._known = chain.knowledge
        self._asking = asking
        self._calls = calls
        self._parts = parts
        self._tracer = tracer
        self._clock = Clock()

    def events(self) -> Iterator[Event]:
        try:
            yield from self._steps()
        except GeneratorExit:  # nobody listens any more
            self._calls.cancel()
            raise

    def _steps(self) -> Iterator[Event]:
        call, calls = self._tracer.call, self._calls
        reading = call("plan", self._plan, self._asking, calls)
        self._clock.lap("plan")
        yield Planned(reading.plan)
        found = call("gather", self._gather, reading, calls)
        self._clock.lap("gather")
        ruled = apply_rules(reading, found, self._known.learned(), self._clock)
        yield Gathered(ruled.evidence)
        answer = ruled.answer
        if ruled.quoted and (self._chain.model or self._parts.answer):
            answer = yield from self._written(reading, found, ruled)
        else:
            yield from map(TextDelta, word_by_word(answer.text))
        yield Finished(replace(answer, timings_ms=self._clock.all(), usage=calls.usage))

    def _plan(self, asking: Asking, calls: Calls) -> Reading:
        if self._parts.plan is None:
            return self._known.planner.plan(asking.question, asking.history, asking.filters, calls)
        plan = self._parts.plan(asking)
        return Reading(plan, self._known.names.find(plan.standalone_question))

    def _gather(self, reading: Reading, _: Calls) -> Found:
        gatherer = Gatherer(self._known.library, self._known.retriever, self._known.names)
        if self._parts.gather is None:
            return gatherer.gather(reading)
        return gatherer.read(reading, self._parts.gather(reading.plan))

    def _written(self, reading: Reading, found: Found, ruled: Ruled) -> Generator[Event, None, Answer]:
        """What the chat model makes of the evidence, each sentence checked; returns the answer."""
        from assistant.answering.briefing import Budget, as_told, make_brief
        from assistant.answering.writing import Writer, fall_back
        from assistant.grounding.grounder import Grounder
        from assistant.grounding.judging import judge_with

        known, model, tracer = self._known, self._chain.model, self._tracer
        if reading.failure is not None and self._parts.answer is None:  # who did not plan will not write
            return (yield from fall_back(ruled, str(reading.failure)))
        question = reading.plan.standalone_question
        history = self._asking.history if question != self._asking.question else ()
        try:
            brief = make_brief(question, history, found, ruled.quoted, known.library, known.names, Budget.of(model))
        except ModelError as error:
            return (yield from fall_back(ruled, str(error)))
        grounder = Grounder([as_told(source) for source in brief.sources], known.library.store.model.embed)

        def write(brief: Brief, calls: Calls) -> Iterator[str]:
            if self._parts.answer is not None:
                return self._parts.answer(brief)
            assert model is not None
            return model.stream(brief.system, brief.prompt, calls)

        def judge(given: tuple[Sequence[Believed], Sequence[Source]], calls: Calls) -> list[Verdict]:
            assert model is not None
            believed, shown = given
            return judge_with(model, calls)(believed, [as_told(source) for source in shown])

        def check(claim: Claim, _: Calls) -> Verdict:
            return (self._parts.ground or grounder.check)(claim)

        writer = Writer(
            write=lambda brief: tracer.stream("answer", write, brief, self._calls),
            check=lambda claim: tracer.call("ground", check, claim, self._calls),
            judge=(lambda *given: tracer.call("judge", judge, given, self._calls))
            if model and self._parts.ground is None
            else None,
            was_cut_off=lambda: self._calls.truncated,
            policy=self._chain.policy,
            clock=self._clock,
        )
        return (yield from writer.run(brief, ruled, found, known.retriever.readings))


def checked(question: str) -> str:
    """The question without control characters, if there is one to ask."""
    if not isinstance(question, str):
        raise QuestionError(f"The question is no text but {type(question).__name__}; ask in words.")
    question = _TERMINAL_CODE.sub("", question)
    plain = re.sub(r"\s+", " ", _UNSEEN.sub(" ", question)).strip()
    if not re.search(r"\w", plain):
        raise QuestionError("The question is empty; ask something like 'Which datasets are introduced?'.")
    if planning.too_long(plain):
        raise QuestionError(
            f"The question has {len(plain.split()):,} words, more than the {planning.MAX_WORDS:,} that are read; "
            f"ask it shorter."
        )
    return plain


def checked_history(history: History) -> History:
    """
    Raises:
        QuestionError: a turn is not ``{"role": "user" or "assistant", "content": text}``; says which.
    """
    turns: Sequence[object] = history
    for place, turn in enumerate(turns, start=1):
        if not isinstance(turn, Mapping) or not (
            turn.get("role") in ("user", "assistant") and isinstance(turn.get("content"), str)
        ):
            form = "{'role': 'user' or 'assistant', 'content': text}"
            raise QuestionError(f"Turn {place} of the history is not {form}; mend it or leave it out.")
    return history
