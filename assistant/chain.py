"""From a question to an answer: plan, gather, answer. Each step's result is an event; LangChain sees it as a Runnable.

The steps stand here once; asking, streaming and LangChain's calls all run :meth:`AnswerChain.events`.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import prompts
from assistant import planning
from assistant.answering import extractive, record, sufficiency
from assistant.answering.computed import compute
from assistant.answering.drafting import Draft
from assistant.answers import (
    Answer,
    Event,
    Evidence,
    Filters,
    Finished,
    Gathered,
    History,
    Plan,
    Planned,
    TextDelta,
)
from assistant.catalogue import Catalogue
from assistant.conditions import Vocabulary
from assistant.english import FUNCTION_WORDS
from assistant.errors import EmptyLibrary, LibraryError, QuestionError
from assistant.library import Library
from assistant.llm import ChatModel
from assistant.mentions import Named, Names, looks_coined
from assistant.namesakes import Namesakes
from assistant.papers import Paper, clean
from assistant.planning import Planner
from assistant.questions import Asked, understand
from assistant.rendering import escape
from assistant.retrieval import Candidate, Retriever
from assistant.words import is_common, tokens
from vectorstore.records import Where

_CANDIDATES = 5
_NEAR = 0.03
"""Where the second paper's score is within this of the first's, both are shown."""

# Below these cosines a question is about something else than the papers.
_OFF_TOPIC_MEAN = 0.20
_OFF_TOPIC_BEST = 0.24
_OFF_TOPIC_STRANGE = 0.30  # where it also holds a name that no paper does
_ONE_PAPER = 0.6
"""The share of a comparison's words from which on one paper is taken to hold both sides of it."""
# Controls, marks without width, half characters.
_UNSEEN = re.compile(r"[^\S ]|[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ud800-\udfff\ufeff]")
_TERMINAL_CODE = re.compile(r"\x1b\[[\d;?]*[ -/]*[@-~]")
_PIECE = re.compile(r"\S+\s*|\s+")


class AnswerChain:
    """Answers from one library's papers. Holds what it has learned of them until :meth:`refresh`."""

    def __init__(self, library: Library, model: ChatModel | None = None) -> None:
        self.library = library
        self._model = model
        self.refresh()

    def refresh(self) -> None:
        """Forget what was read of the papers; call it when the library has changed."""
        self.retriever = Retriever(self.library)
        self.catalogue = Catalogue(self.library, self.retriever)
        self.namesakes = Namesakes(self.catalogue)
        self._names: Names | None = None
        self._planner: Planner | None = None

    @property
    def names(self) -> Names:
        """What the library's papers are called; learned when it is first asked for."""
        if self._names is None:
            self._names = Names(self.library.papers.values())
        return self._names

    @property
    def planner(self) -> Planner:
        """Understands questions by the library's own names."""
        if self._planner is None:
            author = self.library.author
            vocabulary = Vocabulary(self.library.papers.values(), author.name if author else None)
            self._planner = Planner(self.names, vocabulary, self._model)
        return self._planner

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

    def events(self, question: str, history: History = (), filters: Filters | None = None) -> Iterator[Event]:
        """The plan, the evidence, the text piece by piece, and the whole answer."""
        filters = filters or Filters()
        question = checked(question)
        check_history(history)
        if self.library.is_closed:
            raise LibraryError(f"The library {self.library.name!r} is closed; open it again with Assistant(...).")
        if not len(self.library):
            raise EmptyLibrary(
                f"The library {self.library.name!r} holds no paper; 'papertalk ingest FILE --library "
                f"{self.library.name}' takes a profile page in."
            )
        clock = _Clock()
        understood = self.planner.plan(question, history, filters)
        clock.lap("plan")
        yield Planned(understood.plan)
        step = _Step(self, understood.plan, understood.named, clock)
        answer = step.run()
        yield Gathered(tuple(step.evidence))
        for piece in pieces(answer.text):
            yield TextDelta(piece)
        yield Finished(answer)


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


def check_history(history: History) -> None:
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


def pieces(text: str) -> Iterator[str]:
    """A text word by word; a marker such as ``[1]`` is one piece."""
    yield from (match[0] for match in _PIECE.finditer(text))


class _Clock:
    def __init__(self) -> None:
        self._start = self._last = time.perf_counter()
        self.laps: dict[str, float] = {}

    def lap(self, stage: str) -> None:
        now = time.perf_counter()
        self.laps[stage] = self.laps.get(stage, 0.0) + 1000 * (now - self._last)
        self._last = now

    def all(self) -> dict[str, float]:
        return {**self.laps, "total": 1000 * (time.perf_counter() - self._start)}


class _Step:
    """One question on its way through the chain."""

    def __init__(self, chain: AnswerChain, plan: Plan, named: Named, clock: _Clock) -> None:
        self._chain = chain
        self._retriever = chain.retriever
        self._plan = plan
        self._named = named
        self._clock = clock
        self._question = named.corrected
        self.evidence: list[Evidence] = []
        self.near: list[Paper] = []
        self._warnings: list[str] = []

    def run(self) -> Answer:
        if self._plan.intent == "about_assistant":
            return self._done(self._about("about"), answered=False)
        if self._plan.intent == "off_topic":
            return self._done(self._about("off_topic"), answered=False)
        if self._plan.problems:
            return self._done(" ".join(self._plan.problems), answered=False)
        if self._plan.is_computed and not self._is_of_one_paper():
            return self._computed()
        admitted = self._retriever.where(self._plan.filters)
        if admitted is not None and not admitted.parents:
            return self._refuse("a paper that the filters admit", "this library", [])
        if self._plan.intent == "compare":
            compared = self._compared()
            if len(compared) > 1:
                return self._compare(compared)
        return self._look_up()

    # the kinds of answer

    def _look_up(self) -> Answer:
        names = tuple(mention.text for mention in self._named.mentions)
        asked = understand(self._question, names)
        candidates = self._gather(self._question, asked, self._plan.papers[:1])
        if not candidates:
            return self._refuse("an answer", "the papers that the filters admit", [])
        best = candidates[0]
        wish = record.wish(self._question, asked) or ("authors" if self._plan.intent == "who" else None)
        unknown = self._unknown()
        if self._plan.papers:
            stranger = sufficiency.unknown_in_focus(self._question, unknown, asked)
            if stranger:
                return self._refuse_name(stranger, candidates)
        else:
            if not asked.content and not unknown:  # "Who wrote it?", with nothing that "it" could be
                return self._done(self._about("about"), answered=False)
            if self._is_off_topic(asked, best) and not any(looks_coined(name) and len(name) > 3 for name in unknown):
                return self._off_topic(candidates)
            readings = self._retriever.readings
            stranger = sufficiency.names_something_else(self._question, unknown, asked, best, readings)
            if stranger:
                return self._refuse_name(stranger, candidates)
        if wish is not None:
            verdict = record.check(wish, best.reading.paper)
            if not verdict.sufficient:
                return self._refuse(verdict.missing, _short(best.reading.paper), candidates)
            draft = Draft()
            record.tell(wish, best.reading, draft)
            return self._done(draft.text, answered=True, draft=draft)
        if not best.sentences:
            return self._refuse("an abstract", _short(best.reading.paper), candidates)
        shown = [best]
        verdict = sufficiency.judge(self._question, names, best, self._retriever.readings)
        if not self._plan.papers and len(candidates) > 1:
            second = candidates[1]
            other = sufficiency.judge(self._question, names, second, self._retriever.readings)
            if not verdict.sufficient and other.sufficient and best.found.score - second.found.score < 2 * _NEAR:
                shown, verdict = [second], other
            elif other.sufficient and best.found.score - second.found.score < _NEAR:
                shown.append(second)
        if not verdict.sufficient:
            return self._refuse(verdict.missing, _short(best.reading.paper), candidates)
        draft = Draft()
        extractive.look_up(self._question, asked, shown, self._retriever.readings, draft)
        return self._done(draft.text, answered=True, draft=draft)

    def _is_of_one_paper(self) -> bool:
        """Whether persons are asked for whose paper is named or described: its record answers."""
        return self._plan.intent == "who" and not self._plan.group_by

    def _computed(self) -> Answer:
        found = compute(self._plan, self._chain.catalogue, self._chain.planner.vocabulary)
        self._clock.lap("compute")
        self._warnings += found.notes
        cited = {citation.paper.key: citation.paper for citation in found.draft.citations}
        self.near = [*cited.values(), *found.near][:_CANDIDATES]
        self.evidence = [Evidence(c.paper, c.section, c.start, c.end, 1.0) for c in found.draft.citations]
        touched = [paper for paper in found.papers if paper.key in cited]
        if found.answered and (note := self._chain.namesakes.note(touched)):
            self._warnings.append(note)
            self._clock.lap("namesakes")
        answer = self._done(found.draft.text, answered=found.answered, draft=found.draft)
        table = tuple(found.table) if found.table else None
        return replace(answer, mode="computed", table=table, chart=found.chart)

    def _compare(self, compared: Sequence[tuple[Asked, Candidate]]) -> Answer:
        draft = Draft()
        extractive.side_by_side(
            self._question, [a for a, _ in compared], [c for _, c in compared], self._retriever.readings, draft
        )
        return self._done(draft.text, answered=True, draft=draft)

    def _compared(self) -> list[tuple[Asked, Candidate]]:
        """The papers to hold against each other: those that are named, or the best for each part of the question."""
        names = tuple(m.text for m in self._named.mentions)
        asked = understand(self._question, names)
        keys = list(self._plan.papers[:4])
        if not keys and not planning.is_of_several(self._question) and self._is_about_one(asked):
            return []
        if len(keys) < 2:
            for part in planning.parts_of_comparison(self._question):
                if any(mention.text in part for mention in self._named.mentions):
                    continue
                vector, _ = self._retriever.embed(part, "")
                where = self._retriever.where(self._plan.filters)
                hints = self._chain.names.find(part).hints
                found = self._retriever.papers(part, vector, 3, where, hints)
                keys += [row.key for row in found if row.key not in keys][:1]
        if len(keys) < 2:
            near = self._gather(self._question, asked, ())
            keys += [c.key for c in near if c.key not in keys][: 2 - len(keys)]
        candidates = self._gather(self._question, asked, tuple(keys[:4]), every=True)
        return [(asked, candidate) for candidate in candidates]

    def _is_about_one(self, asked: Asked) -> bool:
        """Whether one paper says most of what the question says, so that it compares what that paper compares."""
        best = self._gather(self._question, asked, ())[:1]
        return bool(best) and sufficiency.coverage(asked.content, best[0], self._retriever.readings) >= _ONE_PAPER

    # what they share

    def _gather(self, question: str, asked: Asked, keys: Sequence[str], every: bool = False) -> list[Candidate]:
        focus = " ".join(asked.focus)
        vector, focus_vector = self._retriever.embed(question, focus)
        self._clock.lap("embed")
        where = self._retriever.where(self._plan.filters)
        if keys:
            admitted = where.parents if where and where.parents is not None else frozenset(keys)
            where = Where(admitted & frozenset(keys))
        found = self._retriever.papers(question, vector, _CANDIDATES, where, self._named.hints)
        if keys:
            place = {key: n for n, key in enumerate(keys)}
            found = sorted(found, key=lambda row: place[row.key])
        self.near = [self._chain.library.papers[row.key] for row in found]
        self._clock.lap("search")
        candidates = self._retriever.read(found if every else found[:3], vector, focus_vector)
        self._note(candidates)
        self._clock.lap("read")
        return candidates

    def _note(self, candidates: Sequence[Candidate]) -> None:
        """Keep what was looked at, best first."""
        self.evidence = sorted(
            (
                Evidence(
                    c.reading.paper,
                    s.sentence.section,
                    s.sentence.start,
                    s.sentence.end,
                    max(0.0, min(1.0, s.question)),
                )
                for c in candidates
                for s in c.sentences
            ),
            key=lambda row: -row.score,
        )[:12]

    def _unknown(self) -> list[str]:
        papers = self._chain.library.papers.values()
        return [name for name in self._named.unknown if not sufficiency.is_abbreviated(name, papers)]

    def _is_off_topic(self, asked: Asked, best: Candidate) -> bool:
        top = sorted((scored.question for scored in best.sentences), reverse=True)[:3]
        if not top:
            return best.found.keywords == 0
        mean = sum(top) / len(top)
        covered = sufficiency.coverage(asked.content, best, self._retriever.readings)
        if covered == 0 and not any(is_common(word) for word in asked.content):
            return True  # no word of it is English or a paper's
        strange = bool(self._named.unknown)
        return (
            (mean < _OFF_TOPIC_MEAN and top[0] < 0.3 and covered < 0.5)
            or (top[0] < _OFF_TOPIC_BEST and covered < 0.4)
            or (strange and mean < _OFF_TOPIC_STRANGE and covered < 0.5)
        )

    def _off_topic(self, candidates: Sequence[Candidate]) -> Answer:
        if _is_foreign(self._question):
            return self._done(prompts.render("other_language", closest=_closest(candidates)), answered=False)
        self._plan = replace(self._plan, intent="off_topic")
        return self._done(self._about("off_topic"), answered=False)

    def _refuse(self, sought: str, where: str, candidates: Sequence[Candidate]) -> Answer:
        text = prompts.render("not_found", sought=escape(sought), where=where, closest=_closest(candidates))
        return self._done(text, answered=False)

    def _refuse_name(self, name: str, candidates: Sequence[Candidate]) -> Answer:
        text = prompts.render("unknown_name", name=escape(name), closest=_closest(candidates))
        return self._done(text, answered=False)

    def _about(self, template: str) -> str:
        library = self._chain.library
        author = library.author
        example = examples(self._chain)[0]
        values = {
            "author": escape(author.name) if author else "this author",
            "count": f"{len(library)} paper" + ("" if len(library) == 1 else "s"),
            "example": f"*{example}*",
        }
        if template == "about":
            years = sorted(paper.year for paper in library.papers.values() if paper.year)
            values["years"] = f", {years[0]} to {years[-1]}" if years and years[0] != years[-1] else ""
        return prompts.render(template, **values)

    def _done(self, text: str, *, answered: bool, draft: Draft | None = None) -> Answer:
        self._clock.lap("answer")
        return Answer(
            question=self._plan.question,
            standalone_question=self._plan.standalone_question,
            text=text.strip(),
            answered=answered,
            mode="extractive",
            plan=self._plan,
            citations=tuple(draft.citations) if draft else (),
            closest=tuple(self.near),
            timings_ms=self._clock.all(),
            warnings=(*self._plan.warnings, *self._warnings),
        )


def _short(paper: Paper) -> str:
    return f"**{escape(clean(paper.short_name))}**"


def _closest(candidates: Sequence[Candidate]) -> str:
    if not candidates:
        return ""
    titles = "; ".join(f"*{escape(clean(c.reading.paper.title))}*" for c in candidates[:3])
    return f"Closest: {titles}."


def _is_foreign(question: str) -> bool:
    words = tokens(question)
    return (
        bool(words)
        and sum(word in FUNCTION_WORDS for word in words) / len(words) < 0.15
        and (not question.isascii() or len(words) > 4)
    )


def examples(chain: AnswerChain) -> list[str]:
    """Questions that this library answers, made of the names that its papers bring."""
    asked = ("What is {}?", "How does {} work?", "Where is the code of {}?", "What results does {} report?")
    named = [paper for paper in chain.library.papers.values() if chain.names.coined(paper.key)]
    newest = sorted(named, key=lambda paper: paper.date or "", reverse=True)
    spread = newest[:: max(1, len(newest) // len(asked))]
    made = [form.format(chain.names.label(paper.key)) for form, paper in zip(asked, spread, strict=False)]
    fallback = [f"What is {clean(paper.title)} about?" for paper in list(chain.library.papers.values())[:2]]
    return made or fallback or ["What are these papers about?"]
