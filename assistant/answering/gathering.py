"""A plan -> the papers that may answer it, every sentence of the best of them scored."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from assistant.answering import sufficiency
from assistant.answers import Evidence, Filters, Plan
from assistant.library import Library
from assistant.mentions import Names
from assistant.papers import Paper
from assistant.planning import planner as planning
from assistant.planning.one_question import Reading
from assistant.questions import Asked, understand
from assistant.reading import Sentence
from assistant.retrieval import Candidate, Retriever
from vectorstore.records import Where

CANDIDATES = 5
_READ = 3
"""Papers whose sentences are read."""
_COMPARED = 4
_SHOWN = 12
_ONE_PAPER = 0.6
"""The share of a comparison's words from which on one paper is taken to hold both sides of it."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a question may be answered from.

    ``candidates`` are the papers that were read, best first, or in the order of the question where ``compared`` says
    that they are held against each other. ``near`` are the papers that were found. ``is_filtered_out``: the filters
    admit no paper at all.
    """

    asked: Asked
    candidates: tuple[Candidate, ...] = ()
    near: tuple[Paper, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    compared: bool = False
    is_filtered_out: bool = False


class Gatherer:
    """Searches one library for what a plan asks."""

    def __init__(self, library: Library, retriever: Retriever, names: Names) -> None:
        self._library = library
        self._retriever = retriever
        self._names = names

    def gather(self, reading: Reading) -> Found:
        plan, asked = reading.plan, self._asked(reading)
        if not needs_search(plan):
            return Found(asked)
        admitted = self._retriever.where(plan.filters)
        if admitted is not None and not admitted.parents:
            return Found(asked, is_filtered_out=True)
        if plan.intent == "compare" and len(keys := self._compared(reading, asked)) > 1:
            found = self._search(reading, asked, keys, every=True)
            if len(found.candidates) > 1:
                return replace(found, compared=True)
        if (cited := reading.named.cited) and plan.papers[:1] == cited.papers[:1]:
            return self._search(reading, asked, cited.papers, by_place=False)
        return self._search(reading, asked, plan.papers[:1])

    def read(self, reading: Reading, evidence: Sequence[Evidence]) -> Found:
        """The papers of some evidence, which may come from another search than this one, with those of their
        sentences that lie in it."""
        keys = tuple(dict.fromkeys(row.paper.key for row in evidence))
        if not keys:
            return Found(self._asked(reading))
        found = self._search(reading, self._asked(reading), keys, every=True)
        inside = tuple(
            replace(
                candidate, sentences=tuple(s for s in candidate.sentences if _overlaps(s.sentence, candidate, evidence))
            )
            for candidate in found.candidates
        )
        compared = reading.plan.intent == "compare" and len(inside) > 1
        return replace(found, candidates=inside, evidence=tuple(evidence), compared=compared)

    def _asked(self, reading: Reading) -> Asked:
        return understand(reading.named.corrected, tuple(mention.text for mention in reading.named.mentions))

    def _compared(self, reading: Reading, asked: Asked) -> list[str]:
        """The papers to hold against each other: those that are named, or the best for each part of the question."""
        plan, named = reading.plan, reading.named
        question = named.corrected
        keys = list(plan.papers[:_COMPARED])
        if not keys and not planning.is_of_several(question) and self._is_about_one(reading, asked):
            return []
        if len(keys) < 2:
            for part in planning.parts_of_comparison(question):
                if any(mention.text in part for mention in named.mentions):
                    continue
                vector, _ = self._retriever.embed(part, "")
                where = self._retriever.where(plan.filters)
                found = self._retriever.papers(part, vector, _READ, where, self._names.find(part).hints)
                keys += [row.key for row in found if row.key not in keys][:1]
        if len(keys) < 2:
            near = self._search(reading, asked, ()).candidates
            keys += [c.key for c in near if c.key not in keys][: 2 - len(keys)]
        return keys[:_COMPARED]

    def _is_about_one(self, reading: Reading, asked: Asked) -> bool:
        """Whether one paper says most of what the question says, so that it compares what that paper compares."""
        best = self._search(reading, asked, ()).candidates[:1]
        return bool(best) and sufficiency.coverage(asked.content, best[0], self._retriever.readings) >= _ONE_PAPER

    def _search(
        self, reading: Reading, asked: Asked, keys: Sequence[str], *, every: bool = False, by_place: bool = True
    ) -> Found:
        """Among the papers of these keys, in their order or the best first; among all where there is no key."""
        question = reading.named.corrected
        vector, focus = self._retriever.embed(question, " ".join(asked.focus))
        where = self._retriever.where(reading.plan.filters)
        if keys:
            admitted = where.parents if where and where.parents is not None else frozenset(keys)
            where = Where(admitted & frozenset(keys))
        written = self._by(reading.persons, question)
        found = self._retriever.papers(question, vector, CANDIDATES, where, reading.named.hints, written)
        if keys and by_place:
            place = {key: n for n, key in enumerate(keys)}
            found = sorted(found, key=lambda row: place[row.key])
        near = tuple(self._library.papers[row.key] for row in found)
        candidates = tuple(self._retriever.read(found if every else found[:_READ], vector, focus))
        return Found(asked, candidates, near, _evidence(candidates))

    def _by(self, persons: tuple[str, ...], question: str) -> frozenset[str]:
        """The papers of persons: those that ``Somebody et al.`` cites, else what they wrote together, else of any."""
        if not persons:
            return frozenset()
        cited = tuple(p for p in persons if re.search(rf"\b{re.escape(p.split()[-1])},?\s+et\s+al\b", question))
        ways = (Filters(first_authors=cited), Filters(authors=persons), Filters(any_authors=persons))
        papers = self._library.papers.values()
        found = (frozenset(paper.key for paper in papers if way.admits(paper)) for way in ways if way)
        return next(filter(None, found), frozenset())


def _overlaps(sentence: Sentence, candidate: Candidate, evidence: Sequence[Evidence]) -> bool:
    return any(
        row.paper.key == candidate.key and row.start < sentence.end and sentence.start < row.end for row in evidence
    )


def needs_search(plan: Plan) -> bool:
    """Whether single papers answer the plan: it is neither counted nor about the assistant, and can be met."""
    if plan.intent in ("about_assistant", "off_topic") or plan.problems:
        return False
    return not plan.is_computed or is_of_one_paper(plan)


def is_of_one_paper(plan: Plan) -> bool:
    """Whether persons are asked for whose paper is named or described: its record answers."""
    return plan.intent == "who" and plan.subject != "owner" and not plan.group_by


def _evidence(candidates: Sequence[Candidate]) -> tuple[Evidence, ...]:
    """What was looked at, best first."""
    rows = (
        Evidence(c.reading.paper, s.sentence.section, s.sentence.start, s.sentence.end, max(0.0, min(1.0, s.question)))
        for c in candidates
        for s in c.sentences
    )
    return tuple(sorted(rows, key=lambda row: -row.score)[:_SHOWN])
