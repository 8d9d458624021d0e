"""Question and history -> Plan: by rules that need no model, and by a chat model what these leave open."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from assistant.answers import Filters, History, Plan
from assistant.english import counting
from assistant.english import general as english
from assistant.errors import ModelError
from assistant.llm.model import Calls, ChatModel
from assistant.mentions import Names
from assistant.planning.beside import BesidePlanner
from assistant.planning.by_model import describe_failure, plan_with_model
from assistant.planning.by_place import PlacePlanner, Select
from assistant.planning.conditions import Vocabulary, years_in_words
from assistant.planning.conversation import ConversationPlanner
from assistant.planning.looking_back import listed_last, numbered_last, resolve
from assistant.planning.one_question import QuestionPlanner, Reading
from assistant.planning.two_parts import asked_beside, between_years, in_two, is_of_papers, is_taken_in
from assistant.words import content_words, tokens

_NOT_COMPUTED = "Only the first part is answered; “{}” is not computed: ask it on its own, naming a paper or a person."
_NOT_HELD_AGAINST = (
    "How the papers of the two years differ in what they say is not computed: compare two of them by their titles."
)
MAX_WORDS = 1_000
_NO_PAPERS: tuple[str, ...] = ()


class Planner:
    """Understands the questions that are put to one library."""

    def __init__(
        self, names: Names, vocabulary: Vocabulary, model: ChatModel | None = None, select: Select | None = None
    ) -> None:
        self.names = names
        self.vocabulary = vocabulary
        self._model = model
        self._select = select
        self._questions = QuestionPlanner(names, vocabulary)
        self._places = PlacePlanner(self._questions, select)
        self._conversation = ConversationPlanner(self._questions, self._by_rules)
        self._beside = BesidePlanner(self._questions, self._places, self._conversation, self._by_rules)

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
        if match := english.NUMBER_ALONE.search(question):
            return self._numbered(question, english.place_counted(match["number"]), history, chosen)
        if english.CITATION_WANTED.search(question):
            return replace(self._to_cite(question, history, filters), placed=True, cites=True)
        beside = self._beside.plan(question, history, filters) if history else None
        if (placed := beside or self._places.by_place(question, history, filters)) is not None:
            return placed
        if history and not english.GREETING.fullmatch(question):
            before = self._conversation.set_before(history)
            if before is not None and (carried := self._conversation.carried(question, before)) is not None:
                return carried
        named = self.names.find(question)
        standalone, carried_papers = question, _NO_PAPERS
        if history and not english.GREETING.fullmatch(question) and self._conversation.leans(question, named, history):
            standalone, carried_papers = resolve(question, history, self.names, self.vocabulary)
            if standalone != question:
                named = self.names.find(standalone)
        return self._questions.read(question, standalone, named, carried_papers)

    def _numbered(self, question: str, place: int, history: History, chosen: Filters | None) -> Reading:
        """The paper or the person that stands there in the last list."""
        named = self.names.find(question)
        of_person = f"Which papers are by the {english.as_ordinal(place)} one?"
        if person := self._beside.person_listed(of_person, history):
            reading = self._as_one(person, (), chosen)
            return replace(reading, plan=replace(reading.plan, question=question))
        numbered = numbered_last(history, self.names)
        if not numbered:
            return Reading(Plan(question, question, "about_assistant"), named)
        key = numbered.get(place + 1)
        if key is None:
            problem = f"The papers listed last are numbered {min(numbered)} to {max(numbered)}: take one of them."
            return Reading(Plan(question, question, problems=(problem,)), named)
        standalone = f"What is {self.names.label(key)} about?"
        return self._questions.read(question, standalone, self.names.find(standalone), (key,))

    def _to_cite(self, question: str, history: History, filters: Filters) -> Reading:
        """Whose citation is wanted: papers that are named, those spoken of, or all that meet conditions."""
        if placed := self._places.by_place(question, history, filters):
            return placed
        named = self.names.find(question)
        if named.papers:
            return self._places.of_placed(question, question, named.papers, ())
        rest = " ".join(english.CITATION_WORDS.sub(" ", question).split())
        points = english.POINTER.search(question) or not content_words(rest)
        if history and points:
            before = self._conversation.set_before(history) if english.SEVERAL_MEANT.search(question) else None
            if before is not None and before.plan.subject == "papers" and before.plan.pick is None:
                plan = replace(before.plan, question=question, intent="list", group_by=(), limit=None)
                return replace(before, plan=plan)
            standalone, keys = resolve(question, history, self.names, self.vocabulary)
            if english.SEVERAL_MEANT.search(question):
                keys = listed_last(history, self.names) or keys
            if keys:
                return self._places.of_placed(question, standalone, keys, ())
        asked = self._questions.read(rest, rest, self.names.find(rest), ()).plan
        if asked.intent == "list" and asked.subject == "papers" and counting.WORKS_WORD.search(rest):
            return Reading(replace(asked, question=question, standalone_question=question), named)
        return Reading(Plan(question, question), self.names.find(rest) if rest else named)

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


def _both(question: str, first: Reading, plans: Sequence[Plan], *notes: str) -> Reading:
    """The first of the plans with the others beside it, all of the whole question."""
    told = question if first.plan.standalone_question == first.plan.question else first.plan.standalone_question
    one, *others = (replace(plan, question=question, standalone_question=told) for plan in plans)
    return replace(first, plan=replace(one, warnings=(*one.warnings, *notes)), also=tuple(others))


def _asks_inside(plan: Plan) -> bool:
    """Whether it asks for what papers hold, and not for papers or for who wrote them."""
    if plan.intent not in ("list", "count") or plan.problems:
        return False
    inside = ("datasets", "datasets_used", "methods", "tasks", "topics", "author_pairs")
    return plan.subject in inside or bool(plan.filters.introduces or plan.filters.topic or plan.filters.mentions)


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
