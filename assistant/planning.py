"""Question and history -> Plan, by rules that need no model: the intent, the standalone question, the papers named."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from assistant import counting_english as counting
from assistant import english
from assistant import placing_english as of_place
from assistant.answers import Filters, History, Intent, Pick, Plan, Turn
from assistant.asking_inside import is_clause, is_of_one
from assistant.conditions import Conditions, Vocabulary, is_idle, read_conditions, topic_of, years_in_words
from assistant.errors import ModelError
from assistant.leaning import is_of_library, pointing, stands_alone
from assistant.llm import Calls, ChatModel
from assistant.mentions import Mention, Named, Names, looks_coined
from assistant.papers import Paper
from assistant.placing import Place, Placed, Told, asks_more, blanked, only_names, place_alone, placed_in
from assistant.planning_model import describe_failure, plan_with_model
from assistant.set_planning import Ask, ask_of_set, counted_by
from assistant.two_parts import asked_beside, between_years, in_two, is_of_papers, is_taken_in
from assistant.venues_english import WHICH_PAPERS
from assistant.whole_work import WholeAsk, ask_of_whole, is_of_no_single_paper
from assistant.words import content_words, folded, tokens

# What may stand behind its modifiers; all else is on a topic only where the question says "on".
_WITH_A_TOPIC = ("papers", "datasets", "datasets_used", "methods", "tasks")
MAX_WORDS = 1_000
_TURNS = 6
"""How far back a question may lean on those before it."""
_READ = 4_000
"""Characters of a turn that may tell what it is about."""
_TOLD = 5
"""Papers that are listed where a citation fits several."""
_NO_PAPERS: tuple[str, ...] = ()
_TOGETHER = 5
"""Papers that are compared at once."""
_SHORT = 12
"""Words of a question that points beside the paper spoken of."""
_BYLINE_OR_TOPIC = re.compile(r"(?<=\*\*) \([^()\n]{1,80}\b(?:19|20)\d\d\)|\bon “[^”\n]{1,200}”")
_BOLD = re.compile(r"\*\*[^*\n]+\*\*")
_LISTED_NAME = re.compile(r"^\s*- \*\*([^*\n]+)\*\*", re.MULTILINE)
_BULLET = re.compile(r"^\s*(?:[-*•]|\d{1,2}[.)])\s", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Reading:
    """A plan and what it was made from. ``persons`` are authors that a question names without wanting all their papers;
    ``failure`` is what a chat model said nothing at all for. ``given`` are the user's own filters; None where the plan
    is not this planner's."""

    plan: Plan
    named: Named
    failure: ModelError | None = None
    persons: tuple[str, ...] = ()
    placed: bool = False
    """Whether papers were put in that the question names by their place."""
    told: tuple[Told, ...] = ()
    """Which papers they are, where the question asks that too."""
    undecided: str = ""
    """Why no paper has the place that is asked for: the plan lists those that share it."""
    cites: bool = False
    """Whether the papers are to be cited, as in a bibliography."""
    given: Filters | None = None
    also: tuple[Plan, ...] = ()
    """What else the question asks of many papers."""


Select = Callable[[Filters], Sequence[Paper]]
"""The papers that meet filters."""


class Planner:
    """Understands the questions that are put to one library."""

    def __init__(
        self, names: Names, vocabulary: Vocabulary, model: ChatModel | None = None, select: Select | None = None
    ) -> None:
        self.names = names
        self.vocabulary = vocabulary
        self._model = model
        self._select = select or self._admitted

    def without_model(self) -> Planner:
        """The same, but that rules alone plan."""
        return Planner(self.names, self.vocabulary, select=self._select)

    def plan(
        self, question: str, history: History = (), filters: Filters | None = None, calls: Calls | None = None
    ) -> Reading:
        """Understand a question. What it takes from the history is put in before anything is searched.

        ``filters`` are the user's own; they hold beside those that the question's words give. Where there is a chat
        model, it plans what the rules leave open.
        """
        reading = self._by_rules(question, history, filters or Filters())
        if self._model and self._is_open(reading):
            reading = self._by_model(reading, history, self._model, calls)
        return self._checked(reading, filters or Filters())

    def _is_open(self, reading: Reading) -> bool:
        """Whether a chat model may understand better: no paper is named, or the question leans on the conversation."""
        plan = reading.plan
        if plan.intent not in ("look_up", "compare") or reading.placed:
            return False
        return not reading.named.papers or plan.standalone_question != plan.question

    def _by_model(self, reading: Reading, history: History, model: ChatModel, calls: Calls | None) -> Reading:
        """The model's plan; the rules' where it does not answer, or where it loses the paper that they found."""
        try:
            plan = plan_with_model(reading.plan, history, model, self.names, self.vocabulary, calls)
        except ModelError as error:
            told = (*reading.plan.warnings, describe_failure(error))
            failure = None if error.replied else error
            return replace(reading, plan=replace(reading.plan, warnings=told), failure=failure)
        if plan is None:
            return reading
        named = self.names.find(plan.standalone_question)
        if reading.plan.papers and not named.papers:
            return reading
        return Reading(replace(plan, papers=named.papers, unknown_names=named.unknown), named, persons=reading.persons)

    def _by_rules(self, question: str, history: History, chosen: Filters | None = None) -> Reading:
        whole = self._as_one(question, history, chosen)
        return self._in_two_parts(question, history, chosen, whole) or whole

    def _in_two_parts(self, question: str, history: History, chosen: Filters | None, whole: Reading) -> Reading | None:
        """What is asked in two parts, the second after the first or of another year; None where it is one question."""
        if whole.plan.papers or whole.placed or whole.plan.intent == "about_assistant":
            return None
        if years := between_years(question):
            one, other = (self._as_one(part, (), chosen) for part in years)
            if is_of_papers(one.plan) and is_of_papers(other.plan) and one.plan.filters.topic:
                return _both(question, one, (one.plan, other.plan), _NOT_HELD_AGAINST)
            return None
        parts = in_two(question)
        if parts is None:
            return None
        first = self._as_one(parts[0], history, chosen)
        plans = (
            asked_beside(first.plan, parts[1], lambda text: self._as_one(text, (), chosen).plan)
            if is_of_papers(first.plan)
            else None
        )
        if plans:
            return _both(question, first, plans)
        if not first.plan.is_computed or first.plan.problems or not is_taken_in(whole.plan, first.plan):
            return None
        return _both(question, first, (first.plan,), _NOT_COMPUTED.format(parts[1]))

    def _as_one(self, question: str, history: History, chosen: Filters | None = None) -> Reading:
        filters = chosen or Filters()
        if english.LONE_LETTER.search(question) and not self.names.find(question).papers:
            return Reading(Plan(question, question, "about_assistant"), self.names.find(question))
        if english.CITATION_WANTED.search(question):
            return replace(self._to_cite(question, history, filters), placed=True, cites=True)
        beside = self._beside(question, history, filters) if history else None
        if (placed := beside or self._by_place(question, history, filters)) is not None:
            return placed
        if history and not english.GREETING.fullmatch(question):
            before = self._set_before(history)
            if before is not None and (carried := self._carried(question, before)) is not None:
                return carried
        named = self.names.find(question)
        standalone, carried_papers = question, _NO_PAPERS
        if history and not english.GREETING.fullmatch(question) and self._leans_on_history(question, named, history):
            standalone, carried_papers = _resolve(question, history, self.names, self.vocabulary)
            if standalone != question:
                named = self.names.find(standalone)
        return self._read(question, standalone, named, carried_papers)

    # one question

    def _read(self, question: str, standalone: str, named: Named, carried: tuple[str, ...]) -> Reading:
        papers = tuple(dict.fromkeys((*carried, *named.papers)))
        text = named.corrected
        conditions = read_conditions(text, self.vocabulary, _written(named))
        conditions = replace(conditions, notes=(*conditions.notes, *_mended_persons(standalone, text, conditions)))
        asked, terms, conditions = self._asked_of_set(text, conditions, named, papers)
        blank = Plan(question=question, standalone_question=standalone, papers=papers, unknown_names=named.unknown)
        filters = self._with_topic(text, conditions, asked, terms, named) if asked else Filters()
        if asked is None or is_clause(filters.topic or "", text):
            intent = _intent(standalone, named, papers)
            plan = replace(blank, intent=intent, filters=Filters(), warnings=self._told_of_citation(named))
            return Reading(plan, named, persons=conditions.filters.persons)
        plan = replace(
            blank,
            intent=asked.intent,
            filters=filters,
            subject=asked.subject,
            group_by=asked.group_by,
            pick=asked.pick,
            limit=asked.limit,
            periods=conditions.periods,
            problems=conditions.problems,
            warnings=conditions.notes,
        )
        return Reading(plan, named)

    def _told_of_citation(self, named: Named) -> tuple[str, ...]:
        """That a citation fits several papers: which they are."""
        if named.cited is None:
            return ()
        titles = {paper.key: paper.title for paper in self.names.papers}
        keys = named.cited.papers
        listed = "; ".join(titles[key] for key in keys[:_TOLD]) + (f"; {len(keys) - _TOLD} more" * (len(keys) > _TOLD))
        return (f"{named.cited.text} fits {len(keys)} papers here: {listed}.",)

    def _asked_of_set(
        self, text: str, conditions: Conditions, named: Named, papers: tuple[str, ...]
    ) -> tuple[Ask | None, bool, Conditions]:
        """What is asked of the whole library, if anything is; whether names are terms to look for; and the conditions,
        of which what asks of all the work is no topic."""
        if english.GREETING.fullmatch(text) or english.OVERRIDE.search(text):
            return None, False, conditions
        whole = self._asked_of_whole(text, conditions) if not papers else None
        if whole is not None:
            return whole.ask, False, whole.conditions
        if english.ABOUT_ASSISTANT.search(text) or english.OTHER_TASK.search(text):
            return None, False, conditions
        bounds = {name for name in _written(named) if name not in conditions.rest}
        about = [mention for mention in named.mentions if mention.text not in bounds]
        as_terms = bool(about) and (_speaks_of_terms(conditions.rest, about) or bool(counting.IN_TITLE.search(text)))
        asked = ask_of_set(text, conditions, about_one=bool(about) and not as_terms, owner=self.vocabulary.owner)
        if asked is None and not papers and (self._is_keyword(text) or self._is_of_conditions(text, conditions)):
            asked = Ask("count" if counting.HOW_MANY.search(text) else "list")
        if asked and is_of_one(text, conditions, asked):
            asked = None
        if asked is None and not papers and conditions.filters.venues and WHICH_PAPERS.search(text):
            asked = Ask("list")
        return asked, as_terms, conditions

    def _asked_of_whole(self, text: str, conditions: Conditions) -> WholeAsk | None:
        return ask_of_whole(text, conditions, self.vocabulary.owner)

    def _is_of_conditions(self, text: str, conditions: Conditions) -> bool:
        """Years, code, persons and hardly a word more: which papers meet them is wanted."""
        if not conditions.filters or counting.SINGLE_WORK.search(text) or english.COMPARES.search(text):
            return False
        return len(content_words(topic_of(conditions.rest)[0])) <= 1

    def _is_keyword(self, text: str) -> bool:
        """A word or two of the library's and nothing else: what there is on it is wanted."""
        words = tokens(text)
        return (
            0 < len(words) <= 3
            and not counting.QUESTION_WORDS.search(text)
            and all(self.names.holds(word) for word in words)
            and bool(content_words(text))
        )

    def _with_topic(self, text: str, conditions: Conditions, asked: Ask, terms: bool, named: Named) -> Filters:
        """The conditions with what is left of the question: terms that must occur, a title's words, or a topic."""
        filters = conditions.filters
        rest = counting.EXCEPT_NAMED.sub(" ", conditions.rest).replace("\x00", " ")
        if conditions.persons:
            rest = _without(rest, counting.AUTHOR_FRAME)
        if (
            asked.subject == "papers"
            or counting.WORKS_ASKED.search(text)
            or asked.pick in ("first", "last", "both_ends")
        ):
            if match := counting.MAKES_DATA.search(rest):
                filters = _bringing(filters, "dataset", rest[: match.start()])
                rest = _without(rest, counting.MAKES, counting.DATA_SUBJECT)
            elif match := counting.MAKES_METHOD.search(rest):
                filters = _bringing(filters, "method", rest[: match.start()])
                rest = _without(rest, counting.MAKES, counting.METHOD_SUBJECT)
        elif asked.subject in ("datasets", "datasets_used", "methods"):
            rest = _without(rest, counting.MAKES, counting.USES, counting.DATA_SUBJECT, counting.METHOD_SUBJECT)
        elif asked.subject in ("authors", "first_authors", "topics", "tasks", "code"):
            rest = _without(rest, *(pattern for name, pattern in counting.SUBJECTS if name == asked.subject))
        rest = _without(rest, counting.SHARE, counting.MOST, counting.FEWEST, counting.WHEN)
        if asked.intent == "trend":
            rest = _without(rest, counting.CHANGE_WORDS)
        rest = self.names.hyphened(self._without_agents(rest))
        if match := counting.MENTIONS.search(rest):
            tail = rest[match.end() :]
            denied = counting.DENIED.search(rest[: match.start()])
            while verb := counting.MENTIONS_AGAIN.match(tail):
                tail = tail[verb.end() :]
            if groups := _terms(tail, self.names):
                if denied:
                    return replace(filters, excluding=(*filters.excluding, Filters(mentions=groups)))
                return replace(filters, mentions=groups)
        if asked.pick in ("first", "last", "both_ends"):
            rest = _without(rest, counting.ENDS_SPOKEN)
        if counting.IN_TITLE.search(rest):
            quoted = re.search(r"[\"“'‘]([^\"“”'‘’]{2,80})[\"”'’]", rest)
            title = quoted[1] if quoted else topic_of(_without(rest, counting.IN_TITLE, _WORD_WORD))[0]
            return replace(filters, title=title) if title else filters
        if (split := counting.EXCEPT.search(rest)) and (left_out := topic_of(f"on {rest[split.end() :]}")[0]):
            filters = replace(filters, excluding=(*filters.excluding, Filters(topic=left_out)))
            rest = rest[: split.start()]
        if asked.subject == "code" and not counting.ON.search(rest):
            return filters
        topic, sure = topic_of(rest, self.names.writes)
        if not sure and (asked.intent == "who" or asked.subject not in _WITH_A_TOPIC):
            return filters
        if topic and looks_coined(topic) and " " not in topic and self.names.writes(topic):
            return replace(filters, mentions=(*filters.mentions, (topic,)))
        if filters.introduces and self._is_everywhere(topic):
            return filters
        if not topic or (not sure and filters and not self._is_known(topic)):
            return filters
        return replace(filters, topic=topic)

    def _is_everywhere(self, topic: str) -> bool:
        """Whether the topic's words tell nothing here, as a quarter of the papers hold each of them."""
        return all(4 * self.names.spread(word) >= len(self.vocabulary) for word in content_words(topic))

    def _is_known(self, topic: str) -> bool:
        """Whether the library writes one of the topic's words that are not everybody's."""
        return any(self.names.holds(word) for word in content_words(topic))

    def _without_agents(self, rest: str) -> str:
        rest = english.ONE_AUTHOR.sub(" ", rest)
        if not self.vocabulary.owner:
            return rest
        return _forms_of(self.vocabulary.owner).sub(" ", rest)

    # papers to cite

    def _to_cite(self, question: str, history: History, filters: Filters) -> Reading:
        """Whose citation is wanted: papers that are named, those spoken of, or all that meet conditions."""
        if placed := self._by_place(question, history, filters):
            return placed
        named = self.names.find(question)
        if named.papers:
            return self._of_placed(question, question, named.papers, ())
        rest = " ".join(english.CITATION_WORDS.sub(" ", question).split())
        points = english.POINTER.search(question) or not content_words(rest)
        if history and points:
            before = self._set_before(history) if english.SEVERAL_MEANT.search(question) else None
            if before is not None and before.plan.subject == "papers" and before.plan.pick is None:
                plan = replace(before.plan, question=question, intent="list", group_by=(), limit=None)
                return replace(before, plan=plan)
            standalone, keys = _resolve(question, history, self.names, self.vocabulary)
            if english.SEVERAL_MEANT.search(question):
                keys = _listed_last(history, self.names) or keys
            if keys:
                return self._of_placed(question, standalone, keys, ())
        asked = self._read(rest, rest, self.names.find(rest), ()).plan
        if asked.intent == "list" and asked.subject == "papers" and counting.WORKS_WORD.search(rest):
            return Reading(replace(asked, question=question, standalone_question=question), named)
        return Reading(Plan(question, question), self.names.find(rest) if rest else named)

    # papers by their place

    def _admitted(self, filters: Filters) -> list[Paper]:
        return [paper for paper in self.names.papers if filters.admits(paper)]

    def _in_time(self, filters: Filters) -> list[Paper]:
        """The dated papers that meet the filters, the oldest first."""
        dated = ((paper.date, paper.key, paper) for paper in self._select(filters) if paper.date)
        return [paper for *_, paper in sorted(dated, key=lambda row: row[:2])]

    def _by_place(self, question: str, history: History, filters: Filters) -> Reading | None:
        """The question with the papers put in that it names by their place in time; None where it names none, or asks
        only which they are and when they came out, which is computed."""
        listed = len(_listed_last(history, self.names)) > 1
        spans = [span for span in placed_in(question) if not listed or all(place.in_time for place in span.places)]
        if not spans or english.GREETING.fullmatch(question):
            return None
        more = asks_more(question, spans)
        if not more and all(place.nth == 1 for span in spans for place in span.places):
            return self._counted_from_an_end(question, spans)
        found: list[tuple[Placed, tuple[str, ...], list[Told]]] = []
        for span in spans:
            among = self._among(span.among)
            if among is None:
                return None
            base = filters.joined(among)
            chosen = self._at(question, span.places, base, among)
            if isinstance(chosen, Reading):
                return chosen
            found.append((span, tuple(told.key for told in chosen), chosen))
        return self._with_placed(question, history, found, more)

    def _counted_from_an_end(self, question: str, spans: Sequence[Placed]) -> Reading | None:
        """``the last three papers``, where only that is asked; None where the words that are left tell it."""
        place, among = spans[0].places[0], self._among(spans[0].among)
        if place.count == 1 or len(spans) > 1 or len(spans[0].places) > 1 or among is None:
            return None
        pick: Pick = "first" if place.from_oldest else "last"
        plan = Plan(question, question, "trend", filters=among, pick=pick, limit=place.count)
        return Reading(plan, self.names.find(question))

    def _among(self, asked: str) -> Filters | None:
        """Among which papers a place is counted; None where the words do not say it."""
        if not asked:
            return Filters()
        plan = self._read(asked, asked, self.names.find(asked), ()).plan
        chosen = plan.filters
        return chosen if plan.intent == "list" and plan.subject == "papers" and chosen and not plan.problems else None

    def _at(self, question: str, places: Sequence[Place], base: Filters, among: Filters) -> list[Told] | Reading:
        """The papers at those places; a plan that says why there is none, or lists those that share a date."""
        ordered = self._in_time(base)
        if not ordered:
            return Reading(Plan(question, question, "list", filters=among), self.names.find(question))
        told: list[Told] = []
        for place in places:
            papers = place.of(ordered)
            if not papers:
                number = f"{len(ordered)} paper" + "s" * (len(ordered) > 1)
                problem = (
                    f"Only {number} here could be meant, so there is no such place among them: ask for the latest."
                )
                plan = Plan(question, question, filters=among, problems=(problem,))
                return Reading(plan, self.names.find(question))
            if (date := _undecided(ordered, papers)) is not None:
                return self._of_one_date(question, among, date, place.words)
            told += [Told(paper.key, place.words, len(ordered), among) for paper in papers]
        return told

    def _of_one_date(self, question: str, among: Filters, date: str, words: str) -> Reading:
        """The papers of one date, of which none is before the others."""
        filters = replace(among, years=None).joined(Filters(dates=(date, date)))
        plan = Plan(question, question, "list", filters=filters)
        why = f"Which paper is the {words} is not known, as several have the same date; ask about one by its title."
        return Reading(plan, self.names.find(question), undecided=why)

    def _beside(self, question: str, history: History, filters: Filters) -> Reading | None:
        """What was asked of one paper, put to another that the question names by its place in the conversation or
        beside that paper, or by nothing but its name: ``and the one before?``, ``what about ...?``"""
        if len(content_words(question)) > _SHORT:
            return None
        if by_name := self._person_listed(question, history):
            reading = self._by_rules(by_name, ())
            return replace(reading, plan=replace(reading.plan, question=question))
        current = next(iter(_spoken_of(question, history, self.names, self.vocabulary)[0]), "")
        rest = of_place.LEADS_ON.sub("", question)
        if not current:
            return None
        if of_place.SAME_TOPIC.search(question):
            problem = "Which topic is meant is not clear: name it, as in “Which papers are on ...?”"
            return Reading(Plan(question, question, problems=(problem,)), self.names.find(question))
        if among_them := self._of_those(question, history):
            return among_them
        if match := of_place.ALL_OF_THEM.search(question):
            keys = _last_two(history, self.names) or _last_together(history, self.names)
            if 1 < len(keys) <= _TOGETHER:
                return self._put_in(question, match, keys, (), match.lastgroup or 0)
        if match := of_place.BOTH.search(question):
            two = _last_two(history, self.names)
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
        two = _last_two(history, self.names)
        if not two:
            return None
        plan = Plan(question, question, "trend", filters=Filters(papers=two), pick=pick)
        return Reading(plan, self.names.find(question))

    def _person_listed(self, question: str, history: History) -> str:
        """The question with a person's name for ``the second one``, where persons were listed last; else empty."""
        ordinal = english.ORDINAL.search(question)
        if ordinal is None or ordinal[0].lower().endswith("paper"):
            return ""
        last = next((turn["content"] for turn in reversed(history) if turn["role"] == "assistant"), "")
        persons = [name for name in _LISTED_NAME.findall(last) if self.vocabulary.person(name)]
        place = english.ORDINALS[ordinal[1].lower()]
        if len(persons) < 2 or not -len(persons) <= place < len(persons):
            return ""
        return _put(question, ordinal.span(), persons[place])

    def _of_those(self, question: str, history: History) -> Reading | None:
        """What is asked of the papers that were listed: how many, which is the newest, which have something."""
        newer = of_place.NEWER_OF_TWO.search(question)
        if newer and (of_two := self._of_two(question, history, "last" if newer["new"] else "first")):
            return of_two
        counts, which = of_place.COUNT_OF_THEM.search(question), of_place.WHICH_OF_THEM.search(question)
        has = of_place.WHICH_HAS.search(question)
        if not (counts or which or has):
            return None
        before = self._set_before(history)
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
        return replace(before, plan=replace(plan, standalone_question=_told(old.standalone_question, question)))

    def _which_has(self, question: str, history: History) -> Reading | None:
        """Those of a few papers spoken of together that meet a condition."""
        keys = _last_two(history, self.names) or _last_together(history, self.names)
        reading = self._read(question, question, self.names.find(question), ())
        plan = reading.plan
        if not 1 < len(keys) <= _TOGETHER or plan.intent != "list" or plan.subject != "papers" or not plan.filters:
            return None
        return replace(reading, plan=replace(plan, filters=plan.filters.joined(Filters(papers=keys))))

    def _put_in(
        self, question: str, match: re.Match[str], keys: tuple[str, ...], told: tuple[Told, ...], group: str | int = 0
    ) -> Reading:
        label = " and ".join(map(self.names.label, keys))
        return self._of_placed(question, _put(question, match.span(group), label), keys, told)

    def _put_to_other(self, question: str, rest: str, match: re.Match[str], history: History, told: Told) -> Reading:
        """What the rest asks of the paper that is told; where it asks nothing, what the question before asked."""
        said = (told,) if told.words else ()
        if not only_names(rest[: match.start()] + " " + rest[match.end() :]):
            return self._put_in(rest, match, (told.key,), said)
        standalone = self._asked_again(history, told.key) or f"What is {self.names.label(told.key)} about?"
        return self._of_placed(question, standalone, (told.key,), said)

    def _asked_again(self, history: History, key: str) -> str:
        """The question before, put to this paper; empty where it was not about one other paper."""
        turns = list(history)
        last = next((n for n in range(len(turns) - 1, -1, -1) if turns[n]["role"] == "user"), None)
        if last is None or len(turns[last]["content"]) > 2_000:
            return ""
        reading = self._by_rules(turns[last]["content"], turns[max(0, last - _TURNS) : last])
        plan = reading.plan
        if plan.problems or len(plan.papers) != 1 or plan.papers[0] == key:
            return ""
        if _is_of_set(plan):
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
        listed = _placed(rest, history, self.names)
        text, keys = listed if listed else (rest, self.names.find(rest).papers)
        if len(keys) != 1:
            return None
        named = self.names.find(text)
        for mention in named.mentions:
            text = text.replace(mention.text, " ")
        if not only_names(text) or not (standalone := self._asked_again(history, keys[0])):
            return None
        return self._of_placed(question, standalone, keys, ())

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
            spoken = (key for turn in reversed(history) for key in _papers_in(turn, self.names)[:1])
            if before := next((key for key in spoken if key != current), ""):
                return Told(before, "")
        base = among or Filters()
        ordered = self._in_time(filters.joined(base))
        date = next((paper.date or "" for paper in self.names.papers if paper.key == current), "")
        apart = [p for p in ordered if not date.startswith(p.date or "") and not (p.date or "").startswith(date)]
        beside = [p for p in apart if ((p.date or "") < date) == (step < 0)]
        if not date or not beside:
            end = "earliest" if step < 0 else "latest"
            what = "of the papers that were asked for" if base else "paper here"
            return self._none_beside(question, current, f"{end} {what}")
        chosen = beside[-1] if step < 0 else beside[0]
        if (shared := _undecided(beside, (chosen,))) is not None:
            return self._of_one_date(question, base, shared, "one before it" if step < 0 else "one after it")
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
                    return (), self._among(spans[-1].among) or Filters()
            elif len(_BULLET.findall(turn["content"])) > 1:
                listed = _papers_in(turn, self.names)
                if current in listed and len(listed) > 1:
                    return listed, None
        return (), None

    def _others(self, history: History, current: str) -> list[str]:
        """The other of two papers that were spoken of together; else all others that were spoken of."""
        spoken: list[str] = []
        for turn in reversed(history):
            papers = _named_together(turn, self.names)
            if len(papers) == 2 and current in papers:
                return [papers[1 - papers.index(current)]]
            spoken += [key for key in papers if key != current and key not in spoken]
        return spoken

    def _at_place_again(
        self, question: str, history: History, places: tuple[Place, ...], filters: Filters
    ) -> Reading | None:
        """``And the oldest?`` after a paper that was named by its place."""
        if counting.OF_THESE.search(question) and _listed_before(history, self.names):
            return None
        asked = [
            spans[-1] for turn in reversed(history) if turn["role"] == "user" and (spans := placed_in(turn["content"]))
        ]
        listed = _listed_before(history, self.names) or len(_listed_last(history, self.names)) > 1
        if listed and not all(place.in_time for place in places):
            return None
        among = self._among(asked[0].among) if asked else self._listed_among(history)
        if among is None:
            return None
        chosen = self._at(question, places, filters.joined(among), among)
        if isinstance(chosen, Reading):
            return chosen
        standalone = self._asked_again(history, chosen[0].key) or f"What is {self.names.label(chosen[0].key)} about?"
        return self._of_placed(question, standalone, tuple(told.key for told in chosen), tuple(chosen))

    def _listed_among(self, history: History) -> Filters | None:
        """What the papers meet that were listed last."""
        turns = list(history)
        for place in [n for n, turn in enumerate(turns) if turn["role"] == "user"][: -_TURNS - 1 : -1]:
            plan = self._by_rules(turns[place]["content"][:_READ], turns[max(0, place - _TURNS) : place]).plan
            if _is_of_set(plan) and plan.subject == "papers" and not plan.problems:
                return plan.filters
        return None

    def _with_placed(
        self, question: str, history: History, found: Sequence[tuple[Placed, tuple[str, ...], list[Told]]], more: bool
    ) -> Reading | None:
        keys = tuple(dict.fromkeys(key for _, row, _ in found for key in row))
        told = tuple(one for _, _, row in found for one in row)
        first, last = found[0][0], found[-1][0]
        label = " and ".join(map(self.names.label, keys))
        tail = question[last.end :].strip(" ,;:.?!–—-")
        tail = of_place.AND_THEN.sub("", tail)
        if not more:
            return self._of_placed(question, f"What is {label} about?", keys, told)
        if len(keys) < len(told):
            only = Plan(question, question, "trend", filters=told[0].filters, pick="last")
            return Reading(only, self.names.find(question))
        if only_names(question[: first.start]) and tail and of_place.GOES_ON.match(question, last.end):
            if of_place.WHEN_ONLY.search(tail):
                return None
            return self._of_placed(question, self._put_to(tail, label), keys, told)
        if counting.WHEN.search(blanked(question, [span for span, *_ in found])):
            return None
        text = question
        for span, row, _ in reversed(found):
            text = text[: span.start] + " and ".join(map(self.names.label, row)) + text[span.end :]
        named = self.names.find(text)
        if history and _leans_on_history(pointing(text, self.names), named):
            text, carried = _resolve(text, history, self.names, self.vocabulary)
            keys = tuple(dict.fromkeys((*carried, *keys)))
        return self._of_placed(question, text, keys, ())

    def _put_to(self, question: str, label: str) -> str:
        """A question that goes on from the name of a paper, with the name in its pronoun's place."""
        pointer = english.POINTER.search(question)
        put = _PUT_IN.get(pointer[0].lower()) if pointer else None
        if pointer and (put is not None or of_place.ITSELF.fullmatch(pointer[0])):
            return _put(question, pointer.span(), label + (put or "")) + "?"
        return f"{question} ({label})?"

    def _of_placed(self, question: str, standalone: str, keys: tuple[str, ...], told: tuple[Told, ...]) -> Reading:
        """The standalone question, which is about the papers of these keys."""
        reading = self._read(question, standalone, self.names.find(standalone), keys)
        plan = replace(reading.plan, papers=keys)
        if plan.intent in ("look_up", "compare"):
            plan = replace(plan, intent="compare" if len(keys) > 1 else plan.intent)
        elif len(keys) > 1 or _is_of_set(plan):
            intent: Intent = "compare" if len(keys) > 1 else "look_up"
            plan = replace(Plan(question, standalone, intent), papers=keys, unknown_names=plan.unknown_names)
        cites = english.CITATION_WANTED.search(standalone) is not None
        return replace(reading, plan=plan, placed=True, told=told, cites=cites)

    # a conversation

    def _leans_on_history(self, question: str, named: Named, history: History) -> bool:
        """Whether the question cannot stand alone; one that is put to the whole library, or names another thing than
        the paper spoken of, can."""
        alone = english.FIRST_OF_ALL.search(question) and len(_listed_last(history, self.names)) < 2
        bare = pointing(question, self.names, listed=not alone)
        if not _leans_on_history(bare, named):
            return False
        plan = self._read(question, question, named, ()).plan
        if plan.is_computed and english.WROTE.search(question):
            papers, _ = _spoken_of(question, history, self.names, self.vocabulary)
            if papers:  # no paper writes another; "they" is the author
                return False
        whole = self._asked_of_whole(question, read_conditions(question, self.vocabulary)) if plan.is_computed else None
        if whole is not None and whole.is_bare:  # a summary of what was spoken of
            return bool(_spoken_of(question, history, self.names, self.vocabulary)[0])
        if whole is not None and is_of_no_single_paper(question, self.vocabulary.owner):
            return False
        if english.POINTER.search(bare):
            return not (plan.is_computed and self._is_of_the_owner(bare, plan))
        if plan.is_computed and (not english.CONTINUES.match(question) or is_of_library(question, plan)):
            return False
        if named.papers:
            return True
        spoken_of, _ = _spoken_of(question, history, self.names, self.vocabulary)
        return not stands_alone(question, self.names, spoken_of[:1])

    def _is_of_the_owner(self, bare: str, plan: Plan) -> bool:
        """Whether all that points in a question is ``the author``: whose papers the library holds."""
        if not self.vocabulary.owner or plan.intent == "who":
            return False
        return not english.POINTER.search(english.THE_AUTHOR.sub(" ", bare))

    def _set_before(self, history: History) -> Reading | None:
        """What the last question asked of the whole library, with what it took from those before it."""
        turns = list(history)
        last = next((n for n in range(len(turns) - 1, -1, -1) if turns[n]["role"] == "user"), None)
        if last is None or len(turns[last]["content"]) > 2_000:
            return None
        reading = self._by_rules(turns[last]["content"], turns[max(0, last - _TURNS) : last])
        return reading if _is_of_set(reading.plan) and not reading.plan.problems else None

    def _carried(self, question: str, before: Reading) -> Reading | None:
        """The question before with what this one changes in it, where this one is only a piece of a question."""
        named = self.names.find(question)
        conditions = read_conditions(named.corrected, self.vocabulary, _written(named))
        if counting.HOW_MANY_THESE.search(question) and not named.papers:
            return Reading(self._counted(question, before.plan), named)
        if counting.ORDINAL_ONE.search(question):
            return None
        of_these = counting.OF_THESE.search(question)
        fragment = counting.FRAGMENT.search(question) or counting.ONLY_THOSE.search(question)
        alone = len(tokens(question)) <= 4 and not counting.WORKS_WORD.search(question)
        alone = alone and self._is_of_conditions(question, conditions)
        if not (of_these or fragment or alone) or (named.papers and not of_these and not conditions.filters):
            return None
        asked, terms, conditions = self._asked_of_set(named.corrected, conditions, named, ())
        old = before.plan
        if of_these or counting.ONLY_THOSE.search(question):
            lists = Ask("list") if asked is None or (asked.intent == "list" and asked.pick is None) else asked
            rest = replace(conditions, rest=_without(conditions.rest, counting.OF_THESE, counting.ONLY_THOSE))
            more = self._with_topic(named.corrected, rest, lists, terms, named)
            filters = _narrowed(old.filters, more)
        else:
            lists = Ask(old.intent, old.subject, old.group_by, old.pick, old.limit)
            bare = replace(conditions, rest=_without(conditions.rest, counting.FRAGMENT))
            more = self._with_topic(named.corrected, bare, lists, terms, named)
            filters = _changed(old.filters, more)
        if not more and asked is None and not of_these:
            return None
        told = _told(old.standalone_question, question)
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
        told = _told(before.standalone_question, question)
        if by := counted_by(question):
            before = replace(before, intent=by.intent, subject="papers", group_by=by.group_by, pick=None, limit=None)
        elif before.intent in ("list", "who") and before.subject not in ("papers", "owner") and before.limit is None:
            before = replace(before, intent="count", group_by=(), pick=None)
        elif before.pick is None and not before.group_by:
            before = replace(before, intent="count")
        return replace(before, question=question, standalone_question=told, papers=())

    def _checked(self, reading: Reading, filters: Filters) -> Reading:
        """With the user's own filters; what cannot hold beside them is named."""
        plan = reading.plan
        problems = list(plan.problems)
        joined = filters.joined(plan.filters)
        if clash := contradiction(filters, plan.filters):
            problems.append(clash)
        plan = replace(plan, filters=joined, problems=tuple(problems))
        if len(filters.papers) == 1 and _asks_inside(plan):  # what is in one paper, the paper tells better than a count
            plan = replace(plan, intent="look_up", subject="papers", group_by=(), pick=None, filters=filters)
        also = tuple(replace(other, filters=filters.joined(other.filters)) for other in reading.also)
        return replace(reading, plan=plan, given=filters, also=also)


_NOT_COMPUTED = "Only the first part is answered; “{}” is not computed: ask it on its own, naming a paper or a person."
_NOT_HELD_AGAINST = (
    "How the papers of the two years differ in what they say is not computed: compare two of them by their titles."
)


def _both(question: str, first: Reading, plans: Sequence[Plan], *notes: str) -> Reading:
    """The first of the plans with the others beside it, all of the whole question."""
    told = question if first.plan.standalone_question == first.plan.question else first.plan.standalone_question
    one, *others = (replace(plan, question=question, standalone_question=told) for plan in plans)
    return replace(first, plan=replace(one, warnings=(*one.warnings, *notes)), also=tuple(others))


def _is_of_set(plan: Plan) -> bool:
    """Whether many papers answer it: who wrote one, its own record tells."""
    return plan.is_computed and not (plan.intent == "who" and not plan.group_by)


def _asks_inside(plan: Plan) -> bool:
    """Whether it asks for what papers hold, and not for papers or for who wrote them."""
    if plan.intent not in ("list", "count") or plan.problems:
        return False
    inside = ("datasets", "datasets_used", "methods", "tasks", "topics", "author_pairs")
    return plan.subject in inside or bool(plan.filters.introduces or plan.filters.topic or plan.filters.mentions)


def _undecided(ordered: Sequence[Paper], chosen: Sequence[Paper]) -> str | None:
    """The date that some paper beside the chosen ones shares with one of them, so that neither is before the other."""
    keys = {paper.key for paper in chosen}
    dates = [paper.date or "" for paper in chosen]
    for other in ordered:
        if other.key not in keys:
            for date in dates:
                if date.startswith(other.date or "") or (other.date or "").startswith(date):
                    return min(date, other.date or "", key=len)
    return None


def _forms_of(owner: str) -> re.Pattern[str]:
    """The author's whole name, or its last part."""
    names = "|".join(re.escape(form) for form in (owner, owner.split()[-1]))
    return re.compile(rf"\b(?:{names})\b(?:['’]s)?")


def _bringing(filters: Filters, kind: str, before: str) -> Filters:
    """Papers that bring such a thing, or those that do not."""
    wanted = Filters(introduces=(kind,))
    if counting.DENIED.search(before):
        return replace(filters, excluding=(*filters.excluding, wanted))
    return replace(filters, introduces=wanted.introduces)


def _mended_persons(question: str, corrected: str, conditions: Conditions) -> Iterator[str]:
    """Whom a misspelt name was taken for, where mending the question's words has found a person."""
    written, mended = question.split(), corrected.split()
    if len(written) != len(mended):
        return
    for person in conditions.persons:
        size = len(person.split())
        for place in range(len(mended) - size + 1):
            said, meant = " ".join(written[place : place + size]), " ".join(mended[place : place + size])
            said = said.strip(" ?.!,;")
            if folded(person) in folded(meant) and folded(person) != folded(said):
                yield f"{said} is taken for {person}, the nearest name in this library."


def _written(named: Named) -> dict[str, str]:
    return {mention.text: mention.papers[0] for mention in named.mentions}


def _speaks_of_terms(rest: str, mentions: Sequence[Mention]) -> bool:
    """Whether the names are words that papers are searched for: ``Which papers use X?``, ``papers on X``."""
    works = counting.WORKS_WORD.search(rest) or counting.WORK_ABOUT.search(rest) or counting.ONES.search(rest)
    if works is None or counting.SINGLE_WORK.search(rest):
        return False
    place = min(rest.find(mention.text) for mention in mentions)
    if works.start() > place:  # "X papers"
        return len(rest[place : works.start()].split()) <= 3
    if counting.WORKS_ASKED.search(rest[:place]):
        return True
    between = rest[works.end() : place]
    return bool(counting.MENTIONS.search(between) or counting.TOPIC_LEADS.search(between))


_WORD_WORD = english.cue(r"\b(?:the )?(?:word|term|phrase)s?\b", r"\boccurs?\b")


def _without(text: str, *patterns: english.Pattern) -> str:
    for pattern in patterns:
        text = pattern.sub(lambda match: match[0] if english.is_torn(match) else " ", text)
    return text


def _terms(tail: str, names: Names) -> tuple[tuple[str, ...], ...]:
    """The terms that papers must hold: joined by "or" one suffices, by "and" each must be there.

    Only what the library writes is a term; other words are a topic in the question's own words.
    """
    tail = re.sub(r"^\W*(?:both|either|the|a|an|any|some)\s+", "", tail.strip(" ?.!"))
    quoted = re.findall(r"[\"“'‘]([^\"“”'‘’]{2,80})[\"”'’]", tail)
    groups = [re.split(r"\s*(?:,|/|\bor\b)\s*", part) for part in re.split(r"\s+(?:and|as well as|plus)\s+", tail)]
    if quoted:
        groups = [quoted]
    cleaned = [tuple(term for raw in group if (term := _term(raw))) for group in groups]
    if any(all(is_idle(word) for word in term.split()) for group in cleaned for term in group):
        return ()
    if not all(cleaned) or not all(names.writes(term) for group in cleaned for term in group[:1]):
        return ()
    return tuple(cleaned)


def _term(raw: str) -> str:
    words = re.sub(r"^\W+|\W+$", "", raw).split()
    while words and words[0].lower() in ("the", "a", "an", "of", "to", "on", "in", "with"):
        words.pop(0)
    while words and words[-1].lower() in ("dataset", "datasets", "corpus", "benchmark", "anywhere", "here", "too"):
        words.pop()
    return " ".join(words) if len(words) <= 5 else ""


def contradiction(one: Filters, other: Filters) -> str:
    """Why no paper can meet both; empty where one could."""
    if one.years and other.years:
        first, last = one.joined(other).years or (None, None)
        if first is not None and last is not None and first > last:
            return (
                f"The filters want papers {years_in_words(one.years)}, the question {years_in_words(other.years)}: "
                f"no paper is both; change one of the two."
            )
    if one.has_code is not None and other.has_code is not None and one.has_code != other.has_code:
        having = {True: "with code", False: "without code"}
        return (
            f"The filters want papers {having[one.has_code]}, the question {having[other.has_code]}: no paper is "
            f"both; change one of the two."
        )
    if one.categories and other.categories and not set(one.categories) & set(other.categories):
        return (
            f"The filters want the category {' or '.join(one.categories)}, the question "
            f"{' or '.join(other.categories)}: no paper is in both; change one of the two."
        )
    return ""


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


def _told(before: str, question: str) -> str:
    """The question before and what is changed in it, in words."""
    piece = re.sub(
        r"^\W*(?:and|so|but|ok(?:ay)?|then|now|what about|how about)\b\s*", "", question, flags=re.IGNORECASE
    )
    return f"{before.rstrip(' ?.!')} ({piece.strip(' ?.!')})?"


def _intent(question: str, named: Named, papers: tuple[str, ...]) -> Intent:
    if english.GREETING.fullmatch(question):
        return "about_assistant"
    if not papers:
        if english.ABOUT_ASSISTANT.search(question):
            return "about_assistant"
        if english.OVERRIDE.search(question) or english.OTHER_TASK.search(question):
            return "off_topic"
        return "compare" if english.COMPARES.search(question) else "look_up"
    sure = {mention.papers[0] for mention in named.mentions if mention.weight >= 2}
    several = len(papers) > 1 and len(sure) > 1
    return "compare" if several or english.WITH_ANOTHER.search(question) else "look_up"


def _leans_on_history(question: str, named: Named) -> bool:
    """Whether the question, of whose words only those point that point back, cannot stand alone: it points back, opens
    as a continuation, or says too little."""
    continues = bool(english.CONTINUES.match(question))
    points = bool(english.POINTER.search(question))
    if named.papers:
        # A pronoun before the name stands for something else than it; one after it may stand for it.
        first = min((question.find(mention.text) for mention in named.mentions), default=0)
        return bool(english.PRONOUN.search(question[: max(0, first)])) or (continues and points)
    if named.unknown or english.COUNTS_PAPERS.search(question):
        return continues and points
    return continues or points or len(content_words(question)) < 3


def _resolve(question: str, history: History, names: Names, vocabulary: Vocabulary) -> tuple[str, tuple[str, ...]]:
    """The question with what it points to put in, and the papers that come with it."""
    if placed := _placed(question, history, names):
        return placed
    papers, name = _spoken_of(question, history, names, vocabulary)
    asked = next((turn["content"] for turn in reversed(history) if turn["role"] == "user"), "")
    if swapped := _swap(question, asked):
        return swapped, () if names.find(swapped).papers else papers[:1]
    if name:
        return _with_name(question, name), ()
    if not papers:
        return question, ()
    about = names.label(papers[0])
    appended = f"{question.rstrip(' ?.!')} ({about})?"
    if english.ANOTHER_PAPER.search(question):
        return appended, names.others_with(papers[0])
    pointer = english.POINTER.search(pointing(question, names, listed=True))
    put = _PUT_IN.get(pointer[0].lower()) if pointer else None
    if pointer and put is not None:
        return _put(question, pointer.span(), about + put), papers[:1]
    return appended, papers[:1]


def _with_name(question: str, name: str) -> str:
    """The question with a name in its pronoun's place, if it has one."""
    pointer = english.PERSON_POINTER.search(question) or english.POINTER.search(question)
    if pointer is None:
        return question
    word = pointer[0].lower()
    put = _PUT_IN.get(word, "" if english.PERSON_POINTER.fullmatch(word) else None)
    return question if put is None else _put(question, pointer.span(), name + put)


def _placed(question: str, history: History, names: Names) -> tuple[str, tuple[str, ...]] | None:
    """The same for ``the second one``: whatever papers the last turns list, those are counted."""
    ordinal = english.ORDINAL.search(question)
    if ordinal is None:
        return None
    listed = _listed_last(history, names)
    if len(listed) < 2 and english.FIRST_OF_ALL.search(question):
        return None
    listed = listed if len(listed) > 1 else _listed_before(history, names) or _in_turn(history, names) or listed
    place = english.ORDINALS[ordinal[1].lower()]
    if not -len(listed) <= place < len(listed):
        return None
    return _put(question, ordinal.span(), names.label(listed[place])), (listed[place],)


def _listed_last(history: History, names: Names) -> tuple[str, ...]:
    """The papers of the last turn that names any."""
    return next(filter(None, (_papers_in(turn, names) for turn in reversed(history))), ())


def _listed_before(history: History, names: Names) -> tuple[str, ...]:
    """The papers of the last turn that lists several, line by line."""
    lists = (turn for turn in reversed(history) if len(_BULLET.findall(turn["content"])) > 1)
    return next((papers for turn in lists if len(papers := _papers_in(turn, names)) > 1), ())


def _named_together(turn: Turn, names: Names) -> tuple[str, ...]:
    """The papers that a turn is about: of an answer that quotes one paper, that one alone."""
    papers = _papers_in(turn, names)
    several = max(len(pattern.findall(turn["content"])) for pattern in (_BULLET, _BOLD)) > 1
    return papers if turn["role"] == "user" or several else papers[:1]


def _last_together(history: History, names: Names) -> tuple[str, ...]:
    """The papers of the last turn that is about any."""
    return next(filter(None, (_named_together(turn, names) for turn in reversed(history))), ())


def _in_turn(history: History, names: Names) -> tuple[str, ...]:
    """The papers of a conversation, one after the other."""
    return tuple(dict.fromkeys(key for turn in history for key in _papers_in(turn, names)[:1]))


def _last_two(history: History, names: Names) -> tuple[str, ...]:
    """Two papers that were spoken of together, or the last two that were spoken of; empty where more were listed."""
    spoken: list[str] = []
    for turn in reversed(history):
        papers = _named_together(turn, names)
        if len(papers) == 2:
            return papers
        if len(papers) > 2:
            return ()
        spoken = [*spoken, *(key for key in papers if key not in spoken)]
        if len(spoken) == 2:
            return tuple(reversed(spoken))
    return ()


# What follows the paper's name where it takes a pronoun's place.
_PUT_IN = {
    **dict.fromkeys(("it", "this", "that", "they", "them"), ""),
    **dict.fromkeys(("its", "their", "his", "her"), "'s"),
    "it's": " is",
}


def _swap(question: str, asked: str) -> str:
    """``What about words instead of sentences?`` after a question on sentences is that question on words."""
    match = english.INSTEAD.search(question)
    if match and match["old"].lower() in asked.lower():
        return re.sub(re.escape(match["old"]), match["new"], asked, flags=re.IGNORECASE)
    return ""


def _spoken_of(question: str, history: History, names: Names, vocabulary: Vocabulary) -> tuple[tuple[str, ...], str]:
    """What a question may point to, the latest first: the papers of a turn, or whom or what a question is about by
    name. A reply that names papers which nobody asked about says nothing of it; its question does."""
    for turn in reversed(history):
        if turn["role"] == "assistant" and english.NAMES_UNASKED.search(turn["content"]):
            continue
        if papers := _papers_in(turn, names):
            return papers, ""
        if turn["role"] == "user" and (name := _subject(turn["content"], question, names, vocabulary)):
            return (), name
    return (), ""


def _papers_in(turn: Turn, names: Names) -> tuple[str, ...]:
    """The papers that a turn names: neither who wrote one that stands there by its title names another, nor the topic
    that papers are on."""
    said = turn["content"]
    if turn["role"] == "assistant":
        said = _BYLINE_OR_TOPIC.sub(" ", said)
    return names.find(re.sub(r"\[(\d+)\]", " ", said)[:_READ]).papers


def _subject(asked: str, question: str, names: Names, vocabulary: Vocabulary) -> str:
    """Whom or what a question that names no paper is about, as far as the next one may point to that."""
    asked = asked[:_READ]
    named = names.find(asked)
    if english.PERSON_POINTER.search(question):
        persons = read_conditions(named.corrected, vocabulary, _written(named)).persons
        if persons:
            return persons[0]
        if vocabulary.owner and (english.THE_AUTHOR.search(asked) or _forms_of(vocabulary.owner).search(asked)):
            return vocabulary.owner
    whole = " ".join(named.unknown)  # of a name in several words, each is one
    return whole if whole in asked else next(iter(named.unknown), "")


def _put(question: str, span: tuple[int, int], words: str) -> str:
    text = question[: span[0]] + words + question[span[1] :]
    return re.sub(r"^\W*(?:ok(?:ay)?|and|so|but)[\s,]+", "", text, flags=re.IGNORECASE)


def is_of_several(question: str) -> bool:
    """Whether the question itself says that it is about several papers."""
    return bool(english.OF_SEVERAL.search(question))


def parts_of_comparison(question: str) -> list[str]:
    """What is held against each other, as a question describes it: ``the A paper and the B paper``."""
    text = re.sub(r"[?.!]+$", "", question)
    inner = re.search(r"\(([^()]{8,})\)", text)
    if inner and re.search(r"\b(?:and|vs|versus)\b", inner[1]):
        text = inner[1]
    pieces = [piece for piece in english.JOINS_COMPARED.split(text) if piece]
    return [piece for piece in pieces if content_words(piece)] if len(pieces) > 1 else []


def too_long(question: str) -> bool:
    return len(question) > 20_000 or len(tokens(question)) > MAX_WORDS
