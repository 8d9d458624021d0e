"""The plan of a question that passes on to another paper: ``and the one before?``, ``the other one``."""

from __future__ import annotations

import re
from dataclasses import replace

from assistant.answers import Filters, History, Pick, Plan
from assistant.english import counting
from assistant.english import general as english
from assistant.english import placing as of_place
from assistant.planning.by_place import PlacePlanner, undecided
from assistant.planning.conversation import TURNS, ConversationPlanner, with_change
from assistant.planning.looking_back import (
    BULLET,
    READ,
    last_together,
    last_two,
    latest_spoken_of,
    listed_before,
    listed_last,
    named_together,
    papers_in,
    resolve_ordinal,
    with_put,
)
from assistant.planning.one_question import QuestionPlanner, Reading, Understand, is_of_set
from assistant.planning.placing import Place, Told, only_names, place_alone, placed_in
from assistant.words import content_words

_TOLD = 5
"""Papers that are named where the other one may be any of several."""
_TOGETHER = 5
"""Papers that are compared at once."""
_SHORT = 12
"""Words of a question that points beside the paper spoken of."""
_LISTED_NAME = re.compile(r"^\s*- \*\*([^*\n]+)\*\*", re.MULTILINE)


class BesidePlanner:
    """Plans questions that are put to another paper, or to several, than the one spoken of last."""

    def __init__(
        self, questions: QuestionPlanner, places: PlacePlanner, conversation: ConversationPlanner, by_rules: Understand
    ) -> None:
        self.names = questions.names
        self.vocabulary = questions.vocabulary
        self._questions = questions
        self._places = places
        self._conversation = conversation
        self._by_rules = by_rules

    def plan(self, question: str, history: History, filters: Filters) -> Reading | None:
        """What was asked of one paper, put to another that the question names by its place in the conversation or
        beside that paper, or by nothing but its name: ``and the one before?``, ``what about ...?``"""
        if len(content_words(question)) > _SHORT:
            return None
        if by_name := self.person_listed(question, history):
            reading = self._by_rules(by_name, ())
            return replace(reading, plan=replace(reading.plan, question=question))
        current = next(iter(latest_spoken_of(question, history, self.names, self.vocabulary)[0]), "")
        rest = of_place.LEADS_ON.sub("", question)
        if not current:
            return None
        if of_place.SAME_TOPIC.search(question):
            problem = "Which topic is meant is not clear: name it, as in “Which papers are on ...?”"
            return Reading(Plan(question, question, problems=(problem,)), self.names.find(question))
        if among_them := self._of_those(question, history):
            return among_them
        if match := of_place.ALL_OF_THEM.search(question):
            keys = last_two(history, self.names) or last_together(history, self.names)
            if 1 < len(keys) <= _TOGETHER:
                return self._put_in(question, match, keys, (), match.lastgroup or 0)
        if match := of_place.BOTH.search(question):
            two = last_two(history, self.names)
            return self._put_in(question, match, two, ()) if two else None
        for pattern, step in ((of_place.BEFORE_IT, -1), (of_place.AFTER_IT, 1)):
            if match := pattern.search(rest):
                chosen = self._next_to(
                    question, history, current, step, filters, bool(match.groupdict().get("previous"))
                )
                return (
                    chosen
                    if isinstance(chosen, Reading)
                    else self._put_to_other(question, rest, match, history, chosen)
                )
        if match := of_place.THE_OTHER.search(rest):
            others = self._others(history, current)
            if len(others) > 1:
                named = " or ".join(map(self.names.label, others[:_TOLD]))
                problem = f"Which other paper is meant is not clear: name it, as {named}."
                return Reading(Plan(question, question, problems=(problem,)), self.names.find(question))
            return self._put_to_other(question, rest, match, history, Told(others[0], "")) if others else None
        places = place_alone(rest)
        again = self._at_place_again(question, history, places, filters) if places else None
        return again or self._named_instead(question, rest, history)

    def _of_two(self, question: str, history: History, pick: Pick) -> Reading | None:
        two = last_two(history, self.names)
        if not two:
            return None
        plan = Plan(question, question, "trend", filters=Filters(papers=two), pick=pick)
        return Reading(plan, self.names.find(question))

    def person_listed(self, question: str, history: History) -> str:
        """The question with a person's name for ``the second one``, where persons were listed last; else empty."""
        ordinal = english.ORDINAL.search(question)
        if ordinal is None or ordinal[0].lower().endswith("paper"):
            return ""
        last = next((turn["content"] for turn in reversed(history) if turn["role"] == "assistant"), "")
        persons = [name for name in _LISTED_NAME.findall(last) if self.vocabulary.person(name)]
        place = english.place_counted(ordinal[1])
        if len(persons) < 2 or not -len(persons) <= place < len(persons):
            return ""
        return with_put(question, ordinal.span(), persons[place])

    def _of_those(self, question: str, history: History) -> Reading | None:
        """What is asked of the papers that were listed: how many, which is the newest, which have something."""
        newer = of_place.NEWER_OF_TWO.search(question)
        if newer and (of_two := self._of_two(question, history, "last" if newer["new"] else "first")):
            return of_two
        counts, which = of_place.COUNT_OF_THEM.search(question), of_place.WHICH_OF_THEM.search(question)
        has = of_place.WHICH_HAS.search(question)
        if not (counts or which or has):
            return None
        before = self._conversation.set_before(history)
        if before is None:
            return self._which_has(question, history) if has and not which else None
        old = before.plan
        if old.subject != "papers" or old.pick is not None or old.intent not in ("list", "count"):
            return None
        if counts:
            return replace(before, plan=replace(old, question=question, intent="count", group_by=()))
        places = place_alone(which["places"]) if which else ()
        if len(places) != 1 or places[0].nth > 1:
            return None
        pick: Pick = "first" if places[0].from_oldest else "last"
        limit = places[0].count if places[0].count > 1 else None
        plan = replace(old, question=question, intent="trend", group_by=(), pick=pick, limit=limit)
        return replace(before, plan=replace(plan, standalone_question=with_change(old.standalone_question, question)))

    def _which_has(self, question: str, history: History) -> Reading | None:
        """Those of a few papers spoken of together that meet a condition."""
        keys = last_two(history, self.names) or last_together(history, self.names)
        reading = self._questions.read(question, question, self.names.find(question), ())
        plan = reading.plan
        if not 1 < len(keys) <= _TOGETHER or plan.intent != "list" or plan.subject != "papers" or not plan.filters:
            return None
        return replace(reading, plan=replace(plan, filters=plan.filters.joined(Filters(papers=keys))))

    def _put_in(
        self, question: str, match: re.Match[str], keys: tuple[str, ...], told: tuple[Told, ...], group: str | int = 0
    ) -> Reading:
        label = " and ".join(map(self.names.label, keys))
        return self._places.of_placed(question, with_put(question, match.span(group), label), keys, told)

    def _put_to_other(self, question: str, rest: str, match: re.Match[str], history: History, told: Told) -> Reading:
        """What the rest asks of the paper that is told; where it asks nothing, what the question before asked."""
        said = (told,) if told.words else ()
        if not only_names(rest[: match.start()] + " " + rest[match.end() :]):
            return self._put_in(rest, match, (told.key,), said)
        standalone = self._asked_again(history, told.key) or f"What is {self.names.label(told.key)} about?"
        return self._places.of_placed(question, standalone, (told.key,), said)

    def _asked_again(self, history: History, key: str) -> str:
        """The question before, put to this paper; empty where it was not about one other paper."""
        turns = list(history)
        last = next((n for n in range(len(turns) - 1, -1, -1) if turns[n]["role"] == "user"), None)
        if last is None or len(turns[last]["content"]) > 2_000:
            return ""
        reading = self._by_rules(turns[last]["content"], turns[max(0, last - TURNS) : last])
        plan = reading.plan
        if plan.problems or len(plan.papers) != 1 or plan.papers[0] == key:
            return ""
        if is_of_set(plan):
            return ""
        label, text = self.names.label(plan.papers[0]), plan.standalone_question
        if label in text:
            return text.replace(label, self.names.label(key))
        named = next((m.text for m in reading.named.mentions if m.papers[:1] == plan.papers), "")
        return re.sub(rf"[\"“]?{re.escape(named)}[\"”]?", lambda _: self.names.label(key), text) if named else ""

    def _named_instead(self, question: str, rest: str, history: History) -> Reading | None:
        """``What about ...?`` with a paper's name, or its place in what was listed, and nothing else."""
        if rest == question:
            return None
        listed = resolve_ordinal(rest, history, self.names)
        text, keys = listed if listed else (rest, self.names.find(rest).papers)
        if len(keys) != 1:
            return None
        named = self.names.find(text)
        for mention in named.mentions:
            text = text.replace(mention.text, " ")
        if not only_names(text) or not (standalone := self._asked_again(history, keys[0])):
            return None
        return self._places.of_placed(question, standalone, keys, ())

    def _next_to(
        self, question: str, history: History, current: str, step: int, filters: Filters, previous: bool
    ) -> Told | Reading:
        """The paper beside the one spoken of: in the list that it was taken from, in the conversation, or in time."""
        words = "The paper before it" if step < 0 else "The paper after it"
        listed, among = self._line_of(history, current)
        if listed:
            place = listed.index(current) + step
            if 0 <= place < len(listed):
                return Told(listed[place], "")
            end = "first" if step < 0 else "last"
            return self._none_beside(question, current, f"{end} paper in the list")
        if previous and among is None:
            spoken = (key for turn in reversed(history) for key in papers_in(turn, self.names)[:1])
            if before := next((key for key in spoken if key != current), ""):
                return Told(before, "")
        base = among or Filters()
        ordered = self._places.in_time(filters.joined(base))
        date = next((paper.date or "" for paper in self.names.papers if paper.key == current), "")
        apart = [p for p in ordered if not date.startswith(p.date or "") and not (p.date or "").startswith(date)]
        beside = [p for p in apart if ((p.date or "") < date) == (step < 0)]
        if not date or not beside:
            end = "earliest" if step < 0 else "latest"
            what = "of the papers that were asked for" if base else "paper here"
            return self._none_beside(question, current, f"{end} {what}")
        chosen = beside[-1] if step < 0 else beside[0]
        if (shared := undecided(beside, (chosen,))) is not None:
            return self._places.of_one_date(question, base, shared, "one before it" if step < 0 else "one after it")
        return Told(chosen.key, words)

    def _none_beside(self, question: str, current: str, place: str) -> Reading:
        way = "before" if place.startswith(("first", "earliest")) else "after"
        problem = f"{self.names.label(current)} is the {place}; none comes {way} it."
        return Reading(Plan(question, question, problems=(problem,)), self.names.find(question))

    def _line_of(self, history: History, current: str) -> tuple[tuple[str, ...], Filters | None]:
        """The list that the paper spoken of was taken from; or among which papers it was named by its place in time."""
        for turn in reversed(history):
            if turn["role"] == "user":
                if spans := placed_in(turn["content"]):
                    return (), self._places.among(spans[-1].among) or Filters()
            elif len(BULLET.findall(turn["content"])) > 1:
                listed = papers_in(turn, self.names)
                if current in listed and len(listed) > 1:
                    return listed, None
        return (), None

    def _others(self, history: History, current: str) -> list[str]:
        """The other of two papers that were spoken of together; else all others that were spoken of."""
        spoken: list[str] = []
        for turn in reversed(history):
            papers = named_together(turn, self.names)
            if len(papers) == 2 and current in papers:
                return [papers[1 - papers.index(current)]]
            spoken += [key for key in papers if key != current and key not in spoken]
        return spoken

    def _at_place_again(
        self, question: str, history: History, places: tuple[Place, ...], filters: Filters
    ) -> Reading | None:
        """``And the oldest?`` after a paper that was named by its place."""
        if counting.OF_THESE.search(question) and listed_before(history, self.names):
            return None
        asked = [
            spans[-1] for turn in reversed(history) if turn["role"] == "user" and (spans := placed_in(turn["content"]))
        ]
        listed = listed_before(history, self.names) or len(listed_last(history, self.names)) > 1
        if listed and not all(place.in_time for place in places):
            return None
        among = self._places.among(asked[0].among) if asked else self._listed_among(history)
        if among is None:
            return None
        chosen = self._places.at(question, places, filters.joined(among), among)
        if isinstance(chosen, Reading):
            return chosen
        standalone = self._asked_again(history, chosen[0].key) or f"What is {self.names.label(chosen[0].key)} about?"
        return self._places.of_placed(question, standalone, tuple(told.key for told in chosen), tuple(chosen))

    def _listed_among(self, history: History) -> Filters | None:
        """What the papers meet that were listed last."""
        turns = list(history)
        for place in [n for n, turn in enumerate(turns) if turn["role"] == "user"][: -TURNS - 1 : -1]:
            plan = self._by_rules(turns[place]["content"][:READ], turns[max(0, place - TURNS) : place]).plan
            if is_of_set(plan) and plan.subject == "papers" and not plan.problems:
                return plan.filters
        return None
