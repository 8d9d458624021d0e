"""Follow-up suggestions: what a reader of an answer may ask next, each tried before it is shown.

Candidates come from what the library knows and the answer did not say: sentences of its papers that it did not quote,
papers that share data, persons or tasks with them, the same set of papers seen from another side. A chat model, where
there is one, words candidates of its own. Every candidate is put to the rule-based chain, alone, as a reader would who
clicks on it, and is kept only if that answers it with passages that the reader has not seen.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Literal, TypeVar

from pydantic import BaseModel

import prompts
from assistant.analysis.facets import Facet, FacetKind
from assistant.answering.wording import join
from assistant.answers import Answer, Filters, History
from assistant.catalogue import Catalogue, Span, by_date, record_span
from assistant.english.cues import Pattern
from assistant.english.general import FUNCTION_WORDS, MAKING_SAID, PHRASE_ENDS, POINTER, REASON_SAID, SENTENCE_CUES
from assistant.errors import ModelError
from assistant.mentions import Names, looks_coined
from assistant.papers import ABSTRACT, LINK, Paper, clean
from assistant.planning.conditions import years_in_words
from assistant.untrusted import as_data
from assistant.words import folded, stem, tokens

if TYPE_CHECKING:
    from assistant.llm.model import Calls, ChatModel

SUGGESTED = 3
"""How many are shown at most."""
_TRIED = 8
"""How many are put to the chain at most, for one answer."""
_LONGEST, _LONGEST_TEXT = 20, 200
"""Words, and characters, that a chat model's question may have."""
_NAMED_WORDS = 6
"""Words of a longer title that stand for it, where no other title begins with them."""
_TOPICS_AT_ONCE = 300
"""Papers of which the topics, where they are not kept from before, are found while a reader waits."""
_SHOWN_PAPERS, _READ_QUESTIONS = 6, 5
_CHARACTERS = 2_000
"""How much of an answer the model is shown."""

_RESULT_SAID, _TIME_SAID = SENTENCE_CUES[0][1], SENTENCE_CUES[2][1]
_COUNTABLE = re.compile(r"(?:[A-Za-z][\w-]* ){0,2}[A-Za-z-]{3,}[a-rt-z]s")
_FIGURE = re.compile(r"[1-9]\d{0,2}(?:,?\d{3})*")

Kind = Literal[
    "about", "method", "data", "size", "results", "motive", "code", "comparison", "same_data", "same_person",
    "same_task", "set", "with_code", "over_time", "newest", "datasets", "people", "topics", "model",
]  # fmt: skip
"""What a suggestion asks for; of each kind one is enough, but of a model's."""
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A question that may be asked next, and what its answer has to be.

    ``cites`` are spans by the key of their paper: in each of these papers one of its spans must be quoted, any where
    there are none. ``filters`` are the papers that the question must be understood to be about, where it is about a
    set of them.
    """

    kind: Kind
    question: str
    cites: tuple[tuple[str, tuple[Span, ...]], ...] = ()
    filters: Filters | None = None


class ModelQuestions(BaseModel):
    """The follow-up questions as a model writes them."""

    questions: list[str]


def follow_ups(
    answer: Answer,
    catalogue: Catalogue,
    names: Names,
    answers: Callable[[str, History], Answer],
    model: ChatModel | None = None,
    calls: Calls | None = None,
    history: History = (),
) -> list[str]:
    """At most three questions that stand alone, that this library answers and that were not asked before.

    Args:
        answer: what the reader has in front of him.
        answers: the chain by rules, which tries each candidate; it is asked eight times at most.
        model: words questions of its own; where it does not answer, and for what is missing to three, the rules do.
        calls: what the requests for this answer share.
        history: the conversation before this answer, whose questions are not suggested again.

    Raises:
        Stopped: the user ended ``calls``.
    """
    trial = _Trial(answer, answers, history)
    if model is not None:
        for candidate in _of_model(answer, catalogue, names, model, calls):
            trial.put(candidate)
    for candidate in _Rules(answer, catalogue, names).candidates():
        if trial.is_over:
            break
        trial.put(candidate)
    return trial.kept


class _Trial:
    """Puts candidates to the chain and keeps those that it answers anew."""

    def __init__(self, answer: Answer, answers: Callable[[str, History], Answer], history: History) -> None:
        asked = [answer.question, answer.standalone_question]
        asked += [turn["content"] for turn in history if turn["role"] == "user"]
        self._answers = answers
        self._asked = {_gist(question) for question in asked}
        self._kinds: set[Kind] = set()
        self._seen = [_cited(answer)]
        self._left = _TRIED
        self.kept: list[str] = []

    @property
    def is_over(self) -> bool:
        return len(self.kept) >= SUGGESTED or not self._left

    def put(self, candidate: FollowUp) -> None:
        gist = _gist(candidate.question)
        if self.is_over or gist in self._asked or candidate.kind in self._kinds:
            return
        self._asked.add(gist)
        self._left -= 1
        found = self._answers(candidate.question, ())
        cited = _cited(found)
        if not found.answered or cited in self._seen or not _is_meant(candidate, found):
            return
        self._seen.append(cited)
        self.kept.append(candidate.question)
        if candidate.kind != "model":
            self._kinds.add(candidate.kind)


def _is_meant(candidate: FollowUp, found: Answer) -> bool:
    """Whether the chain understood the question as it was meant, and quotes what it was made from."""
    if candidate.filters is not None and (not found.plan.is_computed or found.plan.filters != candidate.filters):
        return False
    return all(_quotes(found, key, spans) for key, spans in candidate.cites)


def _quotes(answer: Answer, key: str, spans: Sequence[Span]) -> bool:
    """Whether an answer quotes one of the spans of a paper; anything of it, where there are none."""
    quoted = [(citation.start, citation.end) for citation in answer.citations if citation.paper.key == key]
    return any(_overlap(one, other) for one in quoted for other in spans or quoted)


def _overlap(one: Span, other: Span) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def _cited(answer: Answer) -> frozenset[tuple[str, int, int]]:
    return frozenset((citation.paper.key, citation.start, citation.end) for citation in answer.citations)


def _in_sight(answer: Answer, catalogue: Catalogue) -> list[str]:
    """The papers that an answer cites and those next to them, but for what the library no longer holds."""
    papers = [*(citation.paper for citation in answer.citations), *answer.closest]
    return [key for key in dict.fromkeys(paper.key for paper in papers) if key in catalogue.library.papers]


def _gist(question: str) -> frozenset[str]:
    """A question without its form: two that share it ask the same."""
    return frozenset(stem(word) for word in tokens(question) if word not in FUNCTION_WORDS)


# ---- by rules


class _Rules:
    """The candidates that one answer leaves open, the best first."""

    def __init__(self, answer: Answer, catalogue: Catalogue, names: Names) -> None:
        self._answer = answer
        self._catalogue = catalogue
        self._names = names
        self._papers = catalogue.library.papers
        sight = _in_sight(answer, catalogue)
        cited = {citation.paper.key for citation in answer.citations}
        self._cited = [key for key in sight if key in cited]
        self._near = [key for key in sight if key not in cited]
        self._names_given: dict[str, str] = {}

    def candidates(self) -> Iterator[FollowUp]:
        """All of them; those on what is in sight take turns with those that lead on."""
        plan = self._answer.plan
        newest = self._newest_of(self._papers)
        rest = itertools.chain(self._of_library(), *map(self._of_paper, newest))
        if plan.intent in ("about_assistant", "off_topic"):
            return _by_turns(self._of_library(), *map(self._of_paper, newest))
        if plan.is_computed and self._cited:
            return itertools.chain(self._of_counted_papers(), rest)
        if plan.is_computed:
            return itertools.chain(_by_turns(self._loosened(), *map(self._of_paper, self._near[:2])), rest)
        if self._cited:
            return itertools.chain(self._of_read_papers(), rest)
        return itertools.chain(_by_turns(*map(self._of_paper, self._near[:3])), rest)

    def _of_counted_papers(self) -> Iterator[FollowUp]:
        """Their set from other sides, what the newest is, and what another one says or has in common with others."""
        first, *others = self._newest_of(self._cited)
        another = self._within(others[0]) if others else self._beyond(first)
        return _by_turns(self._of_set(), self._of_paper(first), another)

    def _of_read_papers(self) -> Iterator[FollowUp]:
        """More of the papers that were quoted, what they share with others, and the papers next to them."""
        first = self._cited[0]
        own = map(self._within, self._cited[:2])
        near = map(self._of_paper, (self._near or self._akin(first))[:2])
        return _by_turns(*own, itertools.chain(self._beyond(first), _by_turns(*near)))

    # one paper

    def _of_paper(self, key: str) -> Iterator[FollowUp]:
        """What a paper is that the reader has not met, and what it says."""
        name = self._called(key)
        what = f"What is {name} about?" if _is_title(name) else f"What is {name}?"
        yield FollowUp("about", what, ((key, ()),))
        yield from self._within(key)

    def _within(self, key: str) -> Iterator[FollowUp]:
        """What the paper says and the answer does not quote."""
        paper, name = self._papers[key], self._called(key)
        made = self._facets(key, "method", "dataset")
        if not _is_title(name):
            is_data = any(folded(facet.name) == folded(name) for facet in made if facet.kind == "dataset")
            how = f"How was {name} built?" if is_data else f"How does {name} work?"
            yield from self._asking("method", how, key, [*_spans(made), *self._sentences(paper, MAKING_SAID)])
        if used := self._facets(key, "dataset_used"):
            data = f"Which data does {name} use?" if _is_title(name) else f"Which datasets is {name} evaluated on?"
            yield from self._asking("data", data, key, _spans(used))
        for facet in filter(_is_count, self._facets(key, "number")):
            yield from self._asking("size", f"How many {facet.what} does {name} cover?", key, _spans([facet]))
        results = self._sentences(paper, _RESULT_SAID)
        yield from self._asking("results", f"What results does {name} report?", key, results)
        if paper.has_code or self._facets(key, "code"):
            shared = [*_spans(self._facets(key, "code")), record_span(paper)]
            yield from self._asking("code", f"Where is the code of {name}?", key, shared)
        yield from self._asking("motive", f"What motivated {name}?", key, self._sentences(paper, REASON_SAID))

    def _asking(self, kind: Kind, question: str, key: str, spans: Iterable[Span]) -> Iterator[FollowUp]:
        """The question, if there is something to read that the answer at hand does not quote."""
        unread = [span for span in spans if not _quotes(self._answer, key, [span])]
        if unread:
            yield FollowUp(kind, question, ((key, tuple(unread)),))

    def _sentences(self, paper: Paper, said: Pattern) -> list[Span]:
        """The sentences of the abstract that say such a thing."""
        return [
            (start, end)
            for passage in self._catalogue.library.passages(paper.key)
            if passage.section == ABSTRACT
            for start, end in passage.sentences
            if said.search(paper.text[start:end])
        ]

    def _called(self, key: str) -> str:
        """A name that finds the paper again: that of what it brings, else its title in quotation marks."""
        if key not in self._names_given:
            self._names_given[key] = self._coined(key) or self._shortened(key) or f'"{_title(self._papers[key])}"'
        return self._names_given[key]

    def _coined(self, key: str) -> str:
        """The name of what a paper brings; empty where it has none but a part of its title."""
        label = self._names.label(key)
        brought = {folded(facet.name) for facet in self._facets(key, "method", "dataset")}
        in_title = folded(label) in folded(self._papers[key].title)
        is_name = folded(label) in brought or (in_title and any(map(looks_coined, label.split())))
        return label if is_name and not _is_title(label) else ""

    def _shortened(self, key: str) -> str:
        """The beginning of a long title, where it finds the paper and no other title begins so."""
        words = _title(self._papers[key]).split()
        size = next((n for n in range(_NAMED_WORDS, len(words)) if folded(words[n - 1]) not in FUNCTION_WORDS), 0)
        if not 0 < size < len(words) - 2:
            return ""
        start = " ".join(words[:size]).rstrip(".,:;?!")
        alike = [other for other, paper in self._papers.items() if folded(_title(paper)).startswith(folded(start))]
        found = self._names.find(f'What is "{start}…" about?')
        return f'"{start}…"' if alike == [key] == list(found.papers) and not found.unknown else ""

    # from one paper to others

    def _beyond(self, key: str) -> Iterator[FollowUp]:
        name = self._called(key)
        other = next((akin for akin in self._akin(key) if not _is_title(self._called(akin))), None)
        if other and not _is_title(name):
            both = ((key, ()), (other, ()))
            yield FollowUp("comparison", f"How does {name} compare with {self._called(other)}?", both)
        for facet in self._facets(key, "dataset", "dataset_used"):
            if self._sharing(facet, "dataset_used", "dataset") - {key}:
                yield FollowUp("same_data", f"Which papers use {facet.name}?", ((key, ()),))
                break
        for facet in self._facets(key, "task"):
            if 1 < len(self._sharing(facet, "task")) <= len(self._papers) / 2:
                question = f"Which papers are there on {facet.name}?"
                yield FollowUp("same_task", question, filters=Filters(topic=facet.name))
                break
        if person := self._co_author([key]):
            yield FollowUp("same_person", f"Which papers are there with {person}?", filters=Filters(authors=(person,)))

    def _akin(self, key: str) -> list[str]:
        """Papers that share data or tasks with this one, first those that share what few have."""
        shared: defaultdict[str, float] = defaultdict(float)
        for facet in self._facets(key, *_SHARED):
            holders = self._sharing(facet, *_SHARED)
            for other in holders - {key}:
                shared[other] += 1 / len(holders)
        return sorted(shared, key=lambda other: (-shared[other], other))

    def _sharing(self, facet: Facet, *kinds: FacetKind) -> set[str]:
        """The papers that have a facet of that name, as one of these kinds."""
        return {key for kind in kinds for key in self._holders.get((kind, folded(facet.name)), ())}

    @cached_property
    def _holders(self) -> dict[tuple[FacetKind, str], set[str]]:
        """The papers of each data set and task."""
        found: defaultdict[tuple[FacetKind, str], set[str]] = defaultdict(set)
        for key in self._papers:
            for facet in self._facets(key, *_SHARED):
                found[facet.kind, folded(facet.name)].add(key)
        return found

    def _co_author(self, keys: Sequence[str]) -> str | None:
        """The one who wrote most of these papers, beside their author, and others here as well."""
        owner = self._catalogue.library.author
        counts = Counter(author.name for key in keys for author in self._papers[key].authors)
        everywhere = Counter(author.name for paper in self._papers.values() for author in paper.authors)
        return next(
            (
                name
                for name, _ in counts.most_common()
                if everywhere[name] > 1 and (owner is None or folded(owner.name) != folded(name))
            ),
            None,
        )

    # a set of papers

    def _of_set(self) -> Iterator[FollowUp]:
        """The papers that were counted or listed, seen from another side."""
        plan = self._answer.plan
        said = _in_words(plan.filters)
        papers = [self._papers[key] for key in self._cited]
        if plan.intent == "trend" and not plan.filters:
            yield from self._of_trend(papers)
        if plan.intent == "who" and (person := self._co_author(self._cited)):
            yield FollowUp("same_person", f"Which papers are there with {person}?", filters=Filters(authors=(person,)))
        if said is None:
            return
        if plan.filters and (plan.intent, plan.subject, plan.pick) != ("list", "papers", None):
            yield FollowUp("set", f"Which papers are there{said}?", filters=plan.filters)
        if plan.filters.has_code is None and 0 < sum(paper.has_code is True for paper in papers) < len(papers):
            with_code = replace(plan.filters, has_code=True)
            yield FollowUp("with_code", f"Which papers{said} have code?", filters=with_code)
        years = {paper.year for paper in papers if paper.year}
        if len(years) > 2 and "year" not in plan.group_by:
            yield FollowUp("over_time", f"How many papers{said} are there per year?", filters=plan.filters)
        if len(papers) > 2 and plan.pick != "last" and years:
            yield FollowUp("newest", f"What is the newest paper{said}?", filters=plan.filters)
        if plan.subject != "datasets" and any(self._facets(paper.key, "dataset") for paper in papers):
            yield FollowUp("datasets", f"Which datasets were introduced in papers{said}?", filters=plan.filters)
        if plan.intent != "who" and len(papers) > 2:
            people = f"Who are the most frequent co-authors of papers{said}?" if said else _CO_AUTHORS
            yield FollowUp("people", people, filters=plan.filters)

    def _of_trend(self, papers: Sequence[Paper]) -> Iterator[FollowUp]:
        """After the years their topics, after the topics the largest of them; and the fullest year."""
        if "topic" in self._answer.plan.group_by or self._answer.plan.subject == "topics":
            for topic in self._catalogue.topics.topics[:2]:
                yield FollowUp("set", f"Which papers are there on {topic.label}?", filters=Filters(topic=topic.label))
        elif len(self._papers) <= _TOPICS_AT_ONCE:
            yield FollowUp("topics", _TOPICS, filters=Filters())
        if years := Counter(paper.year for paper in papers if paper.year):
            year, _ = years.most_common(1)[0]
            yield FollowUp("set", f"Which papers are there from {year}?", filters=Filters(years=(year, year)))

    def _loosened(self) -> Iterator[FollowUp]:
        """The set in which nothing was found, with one condition less."""
        filters = self._answer.plan.filters
        for name in ("has_code", "years", "categories", "authors", "mentions", "topic"):
            less = replace(filters, **{name: getattr(Filters(), name)})
            said = _in_words(less)
            if less and less != filters and said is not None:
                yield FollowUp("set", f"Which papers are there{said}?", filters=less)

    def _of_library(self) -> Iterator[FollowUp]:
        """All papers."""
        everything = Filters()
        if len(self._papers) <= _TOPICS_AT_ONCE:
            yield FollowUp("topics", _TOPICS, filters=everything)
        yield FollowUp("datasets", "Which datasets were introduced?", filters=everything)
        yield FollowUp("people", _CO_AUTHORS, filters=everything)
        yield FollowUp("with_code", "Which papers have code?", filters=Filters(has_code=True))

    def _newest_of(self, keys: Iterable[str]) -> list[str]:
        """The two newest of these papers."""
        papers = sorted((self._papers[key] for key in keys), key=by_date)
        dated = [paper for paper in papers if paper.date]
        return [paper.key for paper in (dated[::-1] or papers)[:2]]

    def _facets(self, key: str, *kinds: FacetKind) -> list[Facet]:
        return self._catalogue.facets(key, *kinds)


_SHARED: tuple[FacetKind, ...] = ("dataset", "dataset_used", "task")
_TOPICS = "How did the topics change over the years?"
_CO_AUTHORS = "Who are the most frequent co-authors?"


def _in_words(filters: Filters) -> str | None:
    """The conditions as a question says them, to stand after "papers"; None where there are some it does not say."""
    parts: list[str] = []
    if PHRASE_ENDS & set(tokens(filters.topic or "")):  # a topic that is half a sentence makes no phrase
        return None
    if filters.topic:
        parts.append(f"on {filters.topic}")
    if filters.mentions:
        parts.append(f"mentioning {join(filters.mentions[0], 'or')}")
    if filters.authors:
        parts.append(f"with {join(filters.authors)}")
    if filters.categories:
        parts.append(f"in the category {join(filters.categories, 'or')}")
    if filters.has_code is not None:
        parts.append("with code" if filters.has_code else "without code")
    if filters.years:
        parts.append(years_in_words(filters.years))
    said = Filters(
        topic=filters.topic,
        mentions=filters.mentions[:1],
        authors=filters.authors,
        categories=filters.categories,
        has_code=filters.has_code,
        years=filters.years,
    )
    return "".join(f" {part}" for part in parts) if said == filters else None


def _spans(facets: Iterable[Facet]) -> list[Span]:
    return [(facet.start, facet.end) for facet in facets]


def _is_count(facet: Facet) -> bool:
    """Whether a number is one of things that a reader may ask the number of."""
    return (
        bool(_COUNTABLE.fullmatch(facet.what))
        and not _TIME_SAID.search(facet.what)
        and bool(_FIGURE.fullmatch(facet.name))
        and int(facet.name.replace(",", "")) >= 10
    )


def _title(paper: Paper) -> str:
    return clean(paper.title).rstrip(".")


def _is_title(name: str) -> bool:
    """Whether a paper is called by its title, for want of a name."""
    return name.startswith('"')


def _by_turns(*rows: Iterator[Item]) -> Iterator[Item]:
    """The first of each, the second of each, and so on."""
    left = list(rows)
    while left:
        for row in list(left):
            try:
                yield next(row)
            except StopIteration:
                left.remove(row)


# ---- by a chat model


def _of_model(
    answer: Answer, catalogue: Catalogue, names: Names, model: ChatModel, calls: Calls | None
) -> Iterator[FollowUp]:
    """The model's questions that have the right form and name nothing but what the library holds."""
    described = [_described(key, catalogue, names) for key in _in_sight(answer, catalogue)[:_SHOWN_PAPERS]]
    prompt = prompts.render(
        "follow_ups",
        question=as_data(answer.standalone_question),
        answer=as_data(answer.text[:_CHARACTERS]),
        papers="\n".join(described) or "(none)",
    )
    try:
        found = model.structured(prompt, ModelQuestions, calls)
    except ModelError:
        return
    for question in map(str.strip, found.questions[:_READ_QUESTIONS]):
        if _is_fit(question) and _stands_alone(question, names):
            yield FollowUp("model", question)


def _is_fit(question: str) -> bool:
    return (
        question.endswith("?")
        and len(question.splitlines()) == 1
        and len(question.split()) <= _LONGEST
        and len(question) <= _LONGEST_TEXT
        and bool(tokens(question))
        and "[" not in question
        and not LINK.search(question)
    )


def _stands_alone(question: str, names: Names) -> bool:
    """Whether it names what it is about, and nothing that the library does not hold."""
    named = names.find(question)
    return not named.unknown and bool(named.papers or not POINTER.search(question))


def _described(key: str, catalogue: Catalogue, names: Names) -> str:
    """A paper in one line: its title and its facets."""
    paper = catalogue.library.papers[key]
    kinds: dict[str, tuple[FacetKind, ...]] = {
        "introduces": ("method", "dataset"),
        "uses": ("dataset_used",),
        "works on": ("task",),
    }
    parts = [f"{clean(paper.title)} ({paper.year})" if paper.year else clean(paper.title)]
    if not (label := names.label(key)).startswith('"'):
        parts.append(f"called {label}")
    for said, wanted in kinds.items():
        if found := [facet.name for facet in catalogue.facets(key, *wanted)]:
            parts.append(f"{said} {', '.join(dict.fromkeys(found))}")
    if paper.has_code is not None:
        parts.append("code available" if paper.has_code else "no code listed")
    return f"- {as_data('; '.join(parts))}"
