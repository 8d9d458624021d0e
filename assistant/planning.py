"""Question and history -> Plan, by rules that need no model: the intent, the standalone question, the papers named."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from assistant import counting_english as counting
from assistant import english
from assistant.answers import Filters, History, Intent, Plan, Turn
from assistant.asking_inside import is_clause, is_of_one
from assistant.conditions import Conditions, Vocabulary, is_idle, read_conditions, topic_of, years_in_words
from assistant.errors import ModelError
from assistant.leaning import is_of_library, pointing, stands_alone
from assistant.llm import Calls, ChatModel
from assistant.mentions import Mention, Named, Names, looks_coined
from assistant.planning_model import describe_failure, plan_with_model
from assistant.set_planning import Ask, ask_of_set, counted_by
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


@dataclass(frozen=True, slots=True)
class Reading:
    """A plan and what it was made from. ``persons`` are authors that a question names without wanting all their papers;
    ``failure`` is what a chat model said nothing at all for."""

    plan: Plan
    named: Named
    failure: ModelError | None = None
    persons: tuple[str, ...] = ()


class Planner:
    """Understands the questions that are put to one library."""

    def __init__(self, names: Names, vocabulary: Vocabulary, model: ChatModel | None = None) -> None:
        self.names = names
        self.vocabulary = vocabulary
        self._model = model

    def plan(
        self, question: str, history: History = (), filters: Filters | None = None, calls: Calls | None = None
    ) -> Reading:
        """Understand a question. What it takes from the history is put in before anything is searched.

        ``filters`` are the user's own; they hold beside those that the question's words give. Where there is a chat
        model, it plans what the rules leave open.
        """
        reading = self._by_rules(question, history)
        if self._model and self._is_open(reading):
            reading = self._by_model(reading, history, self._model, calls)
        return self._checked(reading, filters or Filters())

    def _is_open(self, reading: Reading) -> bool:
        """Whether a chat model may understand better: no paper is named, or the question leans on the conversation."""
        plan = reading.plan
        if plan.intent not in ("look_up", "compare"):
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

    def _by_rules(self, question: str, history: History) -> Reading:
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
        return reading if reading.plan.is_computed and not reading.plan.problems else None

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
        return replace(reading, plan=plan)


def _asks_inside(plan: Plan) -> bool:
    """Whether it asks for what papers hold, and not for papers or for who wrote them."""
    if plan.intent not in ("list", "count") or plan.problems:
        return False
    inside = ("datasets", "datasets_used", "methods", "tasks", "topics", "author_pairs")
    return plan.subject in inside or bool(plan.filters.introduces or plan.filters.topic or plan.filters.mentions)


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
        text = pattern.sub(" ", text)
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
    place = english.ORDINALS[ordinal[1].lower()]
    if not -len(listed) <= place < len(listed):
        return None
    return _put(question, ordinal.span(), names.label(listed[place])), (listed[place],)


def _listed_last(history: History, names: Names) -> tuple[str, ...]:
    """The papers of the last turn that names any."""
    return next(filter(None, (_papers_in(turn, names) for turn in reversed(history))), ())


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
    return names.find(re.sub(r"\[(\d+)\]", " ", turn["content"])[:_READ]).papers


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
