"""The plan of a question that leans on the one before it: ``only those since 2020``, ``how many are these?``."""

from __future__ import annotations

import re
from dataclasses import replace

from assistant.answers import Filters, History, Plan
from assistant.english import counting
from assistant.english import general as english
from assistant.mentions import Named
from assistant.planning.conditions import read_conditions
from assistant.planning.leaning import is_of_library, leans, pointing, stands_alone
from assistant.planning.looking_back import latest_spoken_of, listed_last
from assistant.planning.many_papers import Ask, counted_by
from assistant.planning.one_question import QuestionPlanner, Reading, Understand, is_of_set, without, written_names
from assistant.planning.whole_work import is_of_no_single_paper
from assistant.words import tokens

TURNS = 6
"""How far back a question may lean on those before it."""


class ConversationPlanner:
    """Plans pieces of questions that change what was asked before; ``by_rules`` understands that once more."""

    def __init__(self, questions: QuestionPlanner, by_rules: Understand) -> None:
        self.names = questions.names
        self.vocabulary = questions.vocabulary
        self._questions = questions
        self._by_rules = by_rules

    def leans(self, question: str, named: Named, history: History) -> bool:
        """Whether the question cannot stand alone; one that is put to the whole library, or names another thing than
        the paper spoken of, can."""
        alone = english.FIRST_OF_ALL.search(question) and len(listed_last(history, self.names)) < 2
        bare = pointing(question, self.names, listed=not alone)
        if not leans(bare, named):
            return False
        plan = self._questions.read(question, question, named, ()).plan
        if plan.is_computed and english.WROTE.search(question):
            papers, _ = latest_spoken_of(question, history, self.names, self.vocabulary)
            if papers:  # no paper writes another; "they" is the author
                return False
        whole = (
            self._questions.asked_of_whole(question, read_conditions(question, self.vocabulary))
            if plan.is_computed
            else None
        )
        if whole is not None and whole.is_bare:  # a summary of what was spoken of
            return bool(latest_spoken_of(question, history, self.names, self.vocabulary)[0])
        if whole is not None and is_of_no_single_paper(question, self.vocabulary.owner):
            return False
        if english.POINTER.search(bare):
            return not (plan.is_computed and self._is_of_the_owner(bare, plan))
        if plan.is_computed and (not english.CONTINUES.match(question) or is_of_library(question, plan)):
            return False
        if named.papers:
            return True
        spoken_of, _ = latest_spoken_of(question, history, self.names, self.vocabulary)
        return not stands_alone(question, self.names, spoken_of[:1])

    def _is_of_the_owner(self, bare: str, plan: Plan) -> bool:
        """Whether all that points in a question is ``the author``: whose papers the library holds."""
        if not self.vocabulary.owner or plan.intent == "who":
            return False
        return not english.POINTER.search(english.THE_AUTHOR.sub(" ", bare))

    def set_before(self, history: History) -> Reading | None:
        """What the last question asked of the whole library, with what it took from those before it."""
        turns = list(history)
        last = next((n for n in range(len(turns) - 1, -1, -1) if turns[n]["role"] == "user"), None)
        if last is None or len(turns[last]["content"]) > 2_000:
            return None
        reading = self._by_rules(turns[last]["content"], turns[max(0, last - TURNS) : last])
        return reading if is_of_set(reading.plan) and not reading.plan.problems else None

    def carried(self, question: str, before: Reading) -> Reading | None:
        """The question before with what this one changes in it, where this one is only a piece of a question."""
        named = self.names.find(question)
        conditions = read_conditions(named.corrected, self.vocabulary, written_names(named))
        if counting.HOW_MANY_THESE.search(question) and not named.papers:
            return Reading(self._counted(question, before.plan), named)
        if counting.ORDINAL_ONE.search(question):
            return None
        of_these = counting.OF_THESE.search(question)
        fragment = counting.FRAGMENT.search(question) or counting.ONLY_THOSE.search(question)
        alone = len(tokens(question)) <= 4 and not counting.WORKS_WORD.search(question)
        alone = alone and self._questions.is_of_conditions(question, conditions)
        if not (of_these or fragment or alone) or (named.papers and not of_these and not conditions.filters):
            return None
        asked, terms, conditions = self._questions.asked_of_set(named.corrected, conditions, named, ())
        old = before.plan
        if of_these or counting.ONLY_THOSE.search(question):
            lists = Ask("list") if asked is None or (asked.intent == "list" and asked.pick is None) else asked
            rest = replace(conditions, rest=without(conditions.rest, counting.OF_THESE, counting.ONLY_THOSE))
            more = self._questions.with_topic(named.corrected, rest, lists, terms, named)
            filters = _narrowed(old.filters, more)
        else:
            lists = Ask(old.intent, old.subject, old.group_by, old.pick, old.limit)
            bare = replace(conditions, rest=without(conditions.rest, counting.FRAGMENT))
            more = self._questions.with_topic(named.corrected, bare, lists, terms, named)
            filters = _changed(old.filters, more)
        if not more and asked is None and not of_these:
            return None
        told = with_change(old.standalone_question, question)
        plan = replace(
            old,
            question=question,
            standalone_question=told,
            intent=lists.intent,
            subject=lists.subject,
            group_by=lists.group_by,
            pick=lists.pick,
            limit=lists.limit,
            filters=filters,
            periods=conditions.periods,
            problems=conditions.problems,
            warnings=conditions.notes,
            papers=(),
        )
        return Reading(plan, named)

    def _counted(self, question: str, before: Plan) -> Plan:
        """The number of what the question before asked for."""
        told = with_change(before.standalone_question, question)
        if by := counted_by(question):
            before = replace(before, intent=by.intent, subject="papers", group_by=by.group_by, pick=None, limit=None)
        elif before.intent in ("list", "who") and before.subject not in ("papers", "owner") and before.limit is None:
            before = replace(before, intent="count", group_by=(), pick=None)
        elif before.pick is None and not before.group_by:
            before = replace(before, intent="count")
        return replace(before, question=question, standalone_question=told, papers=())


def _narrowed(old: Filters, more: Filters) -> Filters:
    """Those of the old papers that the new conditions admit; a second topic is joined to the first."""
    topic = " ".join(part for part in (old.topic, more.topic) if part) or None
    return replace(old.joined(more), topic=topic)


def _changed(old: Filters, new: Filters) -> Filters:
    """The old conditions, each replaced by the new one of its kind."""
    kept = {name: getattr(old, name) for name in Filters.__slots__}
    kept |= {name: value for name in Filters.__slots__ if (value := getattr(new, name)) not in (None, ())}
    if new.years or new.dates:
        kept |= {"years": new.years, "dates": new.dates}
    return Filters(**kept)


def with_change(before: str, question: str) -> str:
    """The question before and what is changed in it, in words."""
    piece = re.sub(
        r"^\W*(?:and|so|but|ok(?:ay)?|then|now|what about|how about)\b\s*", "", question, flags=re.IGNORECASE
    )
    return f"{before.rstrip(' ?.!')} ({piece.strip(' ?.!')})?"
