"""A plan and what was found for it -> the answer that needs no chat model: quoted, told from the record, computed, or
that the library does not hold it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import prompts
from assistant.answering import citing, extractive, record, sufficiency
from assistant.answering.clock import Clock
from assistant.answering.computed import compute, dated, place_in_words
from assistant.answering.drafting import Draft
from assistant.answering.gathering import CANDIDATES, Found, is_of_one_paper
from assistant.answering.overall import answer_overall
from assistant.answers import Answer, Evidence, Plan
from assistant.catalogue import Catalogue
from assistant.english.general import FUNCTION_WORDS, GENERIC_WORDS
from assistant.library import Library
from assistant.mentions import Named, Names, looks_coined
from assistant.namesakes import Namesakes
from assistant.papers import Paper, clean
from assistant.planning.conditions import Vocabulary, is_idle
from assistant.planning.one_question import Reading
from assistant.questions import Asked, clauses, understand
from assistant.rendering import escape
from assistant.retrieval import Candidate, Retriever
from assistant.words import is_common, tokens

_NEAR = 0.03
"""Where the second paper's score is within this of the first's, both are shown."""

_DESCRIBED = 0.7
"""The share of a description's words from which on a paper is taken to be the one described."""

# Below these cosines a question is about something else than the papers.
_OFF_TOPIC_MEAN = 0.20
_OFF_TOPIC_BEST = 0.24
_OFF_TOPIC_STRANGE = 0.30  # where it also holds a name that no paper does

_ENOUGH_FOR_TOPICS = 10
"""Papers of which an example asks for topics; fewer fall into none."""


@dataclass(frozen=True, slots=True)
class Ruled:
    """The answer by rules, and what it looked at. ``quoted`` are the papers whose sentences it quotes, from which a
    chat model may write prose; empty where the answer is no such thing."""

    answer: Answer
    evidence: tuple[Evidence, ...] = ()
    quoted: tuple[Candidate, ...] = ()


@dataclass(frozen=True, slots=True)
class Learned:
    """What is known of one library by now, as an answer needs it."""

    library: Library
    retriever: Retriever
    names: Names
    catalogue: Catalogue
    namesakes: Namesakes
    vocabulary: Vocabulary


def apply_rules(reading: Reading, found: Found, learned: Learned, clock: Clock) -> Ruled:
    """The answer to a question that is understood and searched for."""
    return _Answering(reading, found, learned, clock).run()


class _Answering:
    """One question."""

    def __init__(self, reading: Reading, found: Found, learned: Learned, clock: Clock) -> None:
        self._reading = reading
        self._plan: Plan = reading.plan
        self._named: Named = reading.named
        self._persons = frozenset(word for person in reading.persons for word in tokens(person.lower()))
        self._question = reading.named.corrected
        self._found = found
        self._learned = learned
        self._readings = learned.retriever.readings
        self._clock = clock
        self._told = reading.told
        self._undecided = reading.undecided
        self._cites = reading.cites
        self._near: Sequence[Paper] = found.near
        self._warnings: list[str] = []

    def run(self) -> Ruled:
        if self._plan.intent == "about_assistant":
            return self._done(self._about("about"), answered=False)
        if self._plan.intent == "off_topic":
            return self._done(self._about("off_topic"), answered=False)
        if self._plan.problems:
            return self._done(" ".join(self._plan.problems), answered=False)
        if self._cites and not self._undecided:
            return self._cite()
        if self._plan.subject != "owner" and (overall := self._of_all_papers()):
            return overall
        if self._plan.is_computed and not is_of_one_paper(self._plan):
            return self._computed()
        if self._found.is_filtered_out:
            return self._refuse("a paper that the filters admit", "this library", [])
        if self._found.compared:
            if stranger := next(filter(looks_coined, self._unknown()), ""):
                return self._refuse_name(stranger, self._found.candidates)
            return self._compare(self._found.candidates)
        return self._look_up()

    # the kinds of answer

    def _of_all_papers(self) -> Ruled | None:
        learned = self._learned
        found = answer_overall(
            self._question, self._reading, learned.library, learned.catalogue, self._readings, learned.vocabulary
        )
        if found is None:
            return None
        self._plan, self._near = found.plan, found.papers[:CANDIDATES]
        done = self._done(found.draft.text, answered=found.answered, draft=found.draft)
        table = tuple(found.table) if found.table else None
        quoted = self._found.candidates if found.may_be_written else ()
        return Ruled(replace(done.answer, mode="computed", table=table), _evidence_of(found.draft), quoted)

    def _look_up(self) -> Ruled:
        asked, candidates = self._found.asked, self._found.candidates
        names = tuple(mention.text for mention in self._named.mentions)
        if not candidates:
            return self._refuse("an answer", "the papers that the filters admit", [])
        best = candidates[0]
        wish = record.wish(self._question, asked) or ("authors" if self._plan.intent == "who" else None)
        if wish == "venue" and best.reading.paper.venue is None and record.printed_venue(best.reading) is None:
            wish = None  # its abstract may say it
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
            stranger = sufficiency.names_something_else(self._question, unknown, asked, best, self._readings)
            if stranger:
                return self._refuse_name(stranger, candidates)
        if wish is not None:
            verdict = record.check(wish, best.reading.paper)
            if not verdict.sufficient:
                return self._refuse(verdict.missing, _short(best.reading.paper), candidates)
            draft = self._begun()
            record.tell(wish, best.reading, draft)
            self._tell_the_rest(names, best, draft)
            return self._done(draft.text, answered=True, draft=draft)
        if not best.sentences:
            return self._refuse("an abstract", _short(best.reading.paper), candidates)
        shown = [best]
        verdict = sufficiency.judge(self._question, names, best, self._readings)
        if not self._plan.papers and len(candidates) > 1:
            second = candidates[1]
            other = sufficiency.judge(self._question, names, second, self._readings)
            if not verdict.sufficient and other.sufficient and best.found.score - second.found.score < 2 * _NEAR:
                shown, verdict = [second], other
            elif other.sufficient and best.found.score - second.found.score < _NEAR:
                shown.append(second)
        if not verdict.sufficient:
            return self._refuse(verdict.missing, _short(best.reading.paper), candidates)
        draft = self._begun()
        extractive.look_up(self._question, asked, shown, self._readings, draft)
        return self._done(draft.text, answered=True, draft=draft, quoted=shown)

    def _tell_the_rest(self, names: tuple[str, ...], best: Candidate, draft: Draft) -> None:
        """What else the question asks of the paper whose record has answered: ``What is X, and who wrote it?``"""
        parts = [part for part in clauses(self._question) if part != self._question]
        others = [part for part in parts if record.wish(part, understand(part, names)) is None]
        if others and sufficiency.judge(others[0], names, best, self._readings).sufficient:
            asked, paper = understand(others[0], names), best.reading.paper
            told = extractive.choose(others[0], asked, best, self._readings, extractive.MAX_WORDS_BESIDE)
            draft.say("\n\n" + " ".join(draft.quote(paper, s.start, s.end) for s in told))

    def _cite(self) -> Ruled:
        """The papers as entries of a bibliography."""
        papers, plan = self._to_cite(), self._plan
        if plan.is_computed and not papers:
            return self._computed()
        self._near = papers[:CANDIDATES]
        asked = f"{plan.question} {plan.standalone_question}"
        if not papers:
            return self._done(citing.which(asked), answered=False)
        if len(papers) > citing.MOST:
            return self._done(citing.too_many(asked, len(papers)), answered=False)
        draft = Draft()
        citing.tell(asked, papers, draft)
        return self._done(draft.text, answered=True, draft=draft)

    def _to_cite(self) -> list[Paper]:
        if self._plan.is_computed and not is_of_one_paper(self._plan):
            return list(self._learned.catalogue.select(self._plan.filters).papers)
        if self._plan.papers:
            return [self._learned.library.papers[key] for key in self._plan.papers]
        best = next(iter(self._found.candidates), None)
        said = self._found.asked.content
        if best is None or not said or sufficiency.coverage(said, best, self._readings) < _DESCRIBED:
            return []
        return [best.reading.paper]

    def _begun(self) -> Draft:
        """The answer's beginning: which papers those are that the question names by their place, if it asks that."""
        draft = Draft()
        papers = self._learned.library.papers
        for told in self._told:
            draft.say(f"{place_in_words(told)} {dated(papers[told.key], draft)} ")
        return draft

    def _compare(self, compared: Sequence[Candidate]) -> Ruled:
        asked = self._found.asked
        wish = record.wish(self._question, asked)
        draft = self._begun()
        if wish is not None and all(record.check(wish, one.reading.paper).sufficient for one in compared):
            for candidate in compared:
                draft.say("\n\n")
                record.tell(wish, candidate.reading, draft)
            return self._done(draft.text, answered=True, draft=draft)
        if draft.parts:
            draft.say("\n\n")
        extractive.side_by_side(self._question, self._found.asked, compared, self._readings, draft)
        return self._done(draft.text, answered=True, draft=draft, quoted=compared)

    def _computed(self) -> Ruled:
        learned = self._learned
        found = compute(self._plan, learned.catalogue, learned.vocabulary, self._reading.also)
        self._clock.lap("compute")
        self._warnings += found.notes
        cited = {citation.paper.key: citation.paper for citation in found.draft.citations}
        self._near = [*cited.values(), *found.near][:CANDIDATES]
        touched = [paper for paper in found.papers if paper.key in cited]
        if found.answered and (note := learned.namesakes.note(touched)):
            self._warnings.append(note)
            self._clock.lap("namesakes")
        text = f"{self._undecided}\n\n{found.draft.text}"
        done = self._done(text, answered=found.answered and not self._undecided, draft=found.draft)
        table = tuple(found.table) if found.table else None
        return Ruled(
            replace(done.answer, mode="computed", table=table, chart=found.chart),
            _evidence_of(found.draft),
        )

    # what they share

    def _unknown(self) -> list[str]:
        papers = self._learned.library.papers.values()
        return [name for name in self._named.unknown if not sufficiency.is_abbreviated(name, papers)]

    def _is_off_topic(self, asked: Asked, best: Candidate) -> bool:
        content = [word for word in asked.content if re.sub(r"['’]s?$", "", word) not in self._persons]
        if self._persons and all(word in GENERIC_WORDS or is_idle(word) for word in content):
            return False  # what an author of the library did is what a library is about
        top = sorted((scored.question for scored in best.sentences), reverse=True)[:3]
        if not top:
            return best.found.keywords == 0
        mean = sum(top) / len(top)
        covered = sufficiency.coverage(content, best, self._readings)
        if covered == 0 and not any(is_common(word) for word in content):
            return True  # no word of it is English or a paper's
        strange = bool(self._named.unknown)
        return (
            (mean < _OFF_TOPIC_MEAN and top[0] < 0.3 and covered < 0.5)
            or (top[0] < _OFF_TOPIC_BEST and covered < 0.4)
            or (strange and mean < _OFF_TOPIC_STRANGE and covered < 0.5)
        )

    def _off_topic(self, candidates: Sequence[Candidate]) -> Ruled:
        if _is_foreign(self._question):
            return self._done(prompts.render("other_language", closest=closest(candidates)), answered=False)
        self._plan = replace(self._plan, intent="off_topic")
        return self._done(self._about("off_topic"), answered=False)

    def _refuse(self, sought: str, where: str, candidates: Sequence[Candidate]) -> Ruled:
        text = prompts.render("not_found", sought=escape(sought), where=where, closest=closest(candidates))
        return self._done(text, answered=False)

    def _refuse_name(self, name: str, candidates: Sequence[Candidate]) -> Ruled:
        text = prompts.render("unknown_name", name=escape(name), closest=closest(candidates))
        return self._done(text, answered=False)

    def _about(self, template: str) -> str:
        library = self._learned.library
        author = library.author
        example = examples(library, self._learned.names)[0]
        values = {
            "author": escape(author.name) if author else "this author",
            "count": f"{len(library)} paper" + ("" if len(library) == 1 else "s"),
            "example": f"*{example}*",
        }
        if template == "about":
            years = sorted(paper.year for paper in library.papers.values() if paper.year)
            values["years"] = f", {years[0]} to {years[-1]}" if years and years[0] != years[-1] else ""
        return prompts.render(template, **values)

    def _done(
        self, text: str, *, answered: bool, draft: Draft | None = None, quoted: Sequence[Candidate] = ()
    ) -> Ruled:
        self._clock.lap("answer")
        answer = Answer(
            question=self._plan.question,
            standalone_question=self._plan.standalone_question,
            text=text.strip(),
            answered=answered,
            mode="extractive",
            plan=self._plan,
            citations=tuple(draft.citations) if draft else (),
            closest=tuple(self._near),
            timings_ms=self._clock.all(),
            warnings=(*self._plan.warnings, *self._warnings),
        )
        return Ruled(answer, self._found.evidence, tuple(quoted))


def _evidence_of(draft: Draft) -> tuple[Evidence, ...]:
    return tuple(Evidence(c.paper, c.section, c.start, c.end, 1.0) for c in draft.citations)


def closest(candidates: Sequence[Candidate]) -> str:
    """The titles of the nearest papers, as an answer that abstains names them."""
    if not candidates:
        return ""
    titles = "; ".join(f"*{escape(clean(c.reading.paper.title))}*" for c in candidates[:3])
    return f"Closest: {titles}."


def examples(library: Library, names: Names) -> list[str]:
    """Questions that this library answers, made of the names that its papers bring."""
    asked = ("What is {}?", "How does {} work?", "Where is the code of {}?", "What results does {} report?")
    named = [paper for paper in library.papers.values() if names.coined(paper.key)]
    newest = sorted(named, key=lambda paper: paper.date or "", reverse=True)
    spread = newest[:: max(1, len(newest) // len(asked))]
    made = [form.format(names.label(paper.key)) for form, paper in zip(asked, spread, strict=False)]
    made = made or [f"What is {clean(paper.title)} about?" for paper in list(library.papers.values())[:2]]
    over_all = _over_all(list(library.papers.values()))
    return [*made[:1], *over_all[:1], *made[1:2], *over_all[1:], *made[2:]] or ["What are these papers about?"]


def _over_all(papers: Sequence[Paper]) -> list[str]:
    """Questions that only counting over all of the papers answers."""
    made = []
    if len({paper.year for paper in papers if paper.year}) > 1:
        by_topic = len(papers) >= _ENOUGH_FOR_TOPICS
        made.append("How did the topics change over the years?" if by_topic else "How many papers are there a year?")
    if sum(len(paper.authors) > 1 for paper in papers) > 1:
        made.append("Who are the most frequent co-authors?")
    return made


def _short(paper: Paper) -> str:
    return f"**{escape(clean(paper.short_name))}**"


def _is_foreign(question: str) -> bool:
    words = tokens(question)
    return (
        bool(words)
        and sum(word in FUNCTION_WORDS for word in words) / len(words) < 0.15
        and (not question.isascii() or len(words) > 4)
    )
