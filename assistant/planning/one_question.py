"""The plan of one question by itself, by rules: its intent, its conditions and topic, the papers that it names."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from assistant.answers import Filters, History, Intent, Plan
from assistant.english import counting
from assistant.english import general as english
from assistant.english.cues import Pattern, cue, is_torn
from assistant.english.venues import WHICH_PAPERS
from assistant.errors import ModelError
from assistant.mentions import Mention, Named, Names, looks_coined
from assistant.planning.asking_inside import is_clause, is_of_one
from assistant.planning.conditions import Conditions, Vocabulary, is_idle, read_conditions, topic_of
from assistant.planning.many_papers import Ask, ask_of_set
from assistant.planning.placing import Told
from assistant.planning.whole_work import WholeAsk, ask_of_whole
from assistant.words import content_words, folded, tokens

# What may stand behind its modifiers; all else is on a topic only where the question says "on".
_WITH_A_TOPIC = ("papers", "datasets", "datasets_used", "methods", "tasks")
_TOLD = 5
"""Papers that are listed where a citation fits several."""


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


Understand = Callable[[str, History], Reading]
"""Understands a question that was put in the course of a conversation."""


class QuestionPlanner:
    """Plans questions to one library as if nothing had been said before them."""

    def __init__(self, names: Names, vocabulary: Vocabulary) -> None:
        self.names = names
        self.vocabulary = vocabulary

    def read(self, question: str, standalone: str, named: Named, carried: tuple[str, ...]) -> Reading:
        """Understand a question by what it names; ``carried`` are papers that it does not name but is about."""
        papers = tuple(dict.fromkeys((*carried, *named.papers)))
        text = named.corrected
        conditions = read_conditions(text, self.vocabulary, written_names(named))
        conditions = replace(conditions, notes=(*conditions.notes, *_mended_persons(standalone, text, conditions)))
        asked, terms, conditions = self.asked_of_set(text, conditions, named, papers)
        blank = Plan(question=question, standalone_question=standalone, papers=papers, unknown_names=named.unknown)
        filters = self.with_topic(text, conditions, asked, terms, named) if asked else Filters()
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

    def asked_of_set(
        self, text: str, conditions: Conditions, named: Named, papers: tuple[str, ...]
    ) -> tuple[Ask | None, bool, Conditions]:
        """What is asked of the whole library, if anything is; whether names are terms to look for; and the conditions,
        of which what asks of all the work is no topic."""
        if english.GREETING.fullmatch(text) or english.OVERRIDE.search(text):
            return None, False, conditions
        whole = self.asked_of_whole(text, conditions) if not papers else None
        if whole is not None:
            return whole.ask, False, whole.conditions
        if english.ABOUT_ASSISTANT.search(text) or english.OTHER_TASK.search(text):
            return None, False, conditions
        if counting.ONE_SAYS_THAT.search(text):
            return None, False, conditions
        bounds = {name for name in written_names(named) if name not in conditions.rest}
        about = [mention for mention in named.mentions if mention.text not in bounds]
        as_terms = bool(about) and (_speaks_of_terms(conditions.rest, about) or bool(counting.IN_TITLE.search(text)))
        asked = ask_of_set(text, conditions, about_one=bool(about) and not as_terms, owner=self.vocabulary.owner)
        if asked is None and not papers and (self._is_keyword(text) or self.is_of_conditions(text, conditions)):
            asked = Ask("count" if counting.HOW_MANY.search(text) else "list")
        if asked and is_of_one(text, conditions, asked):
            asked = None
        if asked is None and not papers and conditions.filters.venues and WHICH_PAPERS.search(text):
            asked = Ask("list")
        return asked, as_terms, conditions

    def asked_of_whole(self, text: str, conditions: Conditions) -> WholeAsk | None:
        return ask_of_whole(text, conditions, self.vocabulary.owner)

    def is_of_conditions(self, text: str, conditions: Conditions) -> bool:
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

    def with_topic(self, text: str, conditions: Conditions, asked: Ask, terms: bool, named: Named) -> Filters:
        """The conditions with what is left of the question: terms that must occur, a title's words, or a topic."""
        filters = conditions.filters
        rest = counting.EXCEPT_NAMED.sub(" ", conditions.rest).replace("\x00", " ")
        if conditions.persons:
            rest = without(rest, counting.AUTHOR_FRAME)
        if (
            asked.subject == "papers"
            or counting.WORKS_ASKED.search(text)
            or asked.pick in ("first", "last", "both_ends")
        ):
            if match := counting.MAKES_DATA.search(rest):
                filters = _bringing(filters, "dataset", rest[: match.start()])
                rest = without(rest, counting.MAKES, counting.DATA_SUBJECT)
            elif match := counting.MAKES_METHOD.search(rest):
                filters = _bringing(filters, "method", rest[: match.start()])
                rest = without(rest, counting.MAKES, counting.METHOD_SUBJECT)
        elif asked.subject in ("datasets", "datasets_used", "methods"):
            rest = without(rest, counting.MAKES, counting.USES, counting.DATA_SUBJECT, counting.METHOD_SUBJECT)
        elif asked.subject in ("authors", "first_authors", "topics", "tasks", "code"):
            rest = without(rest, *(pattern for name, pattern in counting.SUBJECTS if name == asked.subject))
        rest = without(rest, counting.SHARE, counting.MOST, counting.FEWEST, counting.WHEN)
        if asked.intent == "trend":
            rest = without(rest, counting.CHANGE_WORDS)
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
            rest = without(rest, counting.ENDS_SPOKEN)
        if counting.IN_TITLE.search(rest):
            quoted = re.search(r"[\"“'‘]([^\"“”'‘’]{2,80})[\"”'’]", rest)
            title = quoted[1] if quoted else topic_of(without(rest, counting.IN_TITLE, _WORD_WORD))[0]
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
        return forms_of(self.vocabulary.owner).sub(" ", rest)


def is_of_set(plan: Plan) -> bool:
    """Whether many papers answer it: who wrote one, its own record tells."""
    return plan.is_computed and not (plan.intent == "who" and not plan.group_by)


def forms_of(owner: str) -> re.Pattern[str]:
    """The author's whole name, or its last part."""
    names = "|".join(re.escape(form) for form in (owner, owner.split()[-1]))
    return re.compile(rf"\b(?:{names})\b(?:['’]s)?")


def written_names(named: Named) -> dict[str, str]:
    return {mention.text: mention.papers[0] for mention in named.mentions}


def without(text: str, *patterns: Pattern) -> str:
    for pattern in patterns:
        text = pattern.sub(lambda match: match[0] if is_torn(match) else " ", text)
    return text


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


def _speaks_of_terms(rest: str, mentions: Sequence[Mention]) -> bool:
    """Whether the names are words that papers are searched for: ``Which papers use X?``, ``papers on X``."""
    spans = [(rest.find(mention.text), len(mention.text)) for mention in mentions]
    for start, length in spans:  # what stands in a name, as "Studies" in a title, does not speak of papers
        rest = rest[:start] + "\x00" * length + rest[start + length :]
    works = counting.WORKS_WORD.search(rest) or counting.WORK_ABOUT.search(rest) or counting.ONES.search(rest)
    if works is None or counting.SINGLE_WORK.search(rest):
        return False
    place = min(start for start, _ in spans)
    if works.start() > place:  # "X papers"
        return len(rest[place : works.start()].split()) <= 3
    if counting.WORKS_ASKED.search(rest[:place]):
        return True
    between = rest[works.end() : place]
    return bool(counting.MENTIONS.search(between) or counting.TOPIC_LEADS.search(between))


_WORD_WORD = cue(r"\b(?:the )?(?:word|term|phrase)s?\b", r"\boccurs?\b")


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
