"""What a question asks of an author's work as a whole: what it is on, what is new, whose it is, where to begin, which
paper has the most authors, whether there is a survey. Such questions hold words of a topic that name none."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import cast

from assistant.answers import DIMENSION_OF, Dimension, Filters, Pick, Subject
from assistant.english import counting
from assistant.english import whole_work as english
from assistant.english.cues import Pattern
from assistant.planning.conditions import Conditions
from assistant.planning.many_papers import Ask

_NEWEST = 5
"""How many of the newest papers show what is new."""


@dataclass(frozen=True, slots=True)
class WholeAsk:
    """What is asked, and of which papers; the rest of the conditions is what may still name a topic.

    ``is_bare``: it does not say of what, so that a conversation may.
    """

    ask: Ask
    conditions: Conditions = field(default_factory=Conditions)
    is_bare: bool = False


def ask_of_whole(question: str, conditions: Conditions, owner: str | None = None) -> WholeAsk | None:
    """What is asked of the whole work; None where something else is asked."""
    said = plainly(question, owner)
    rest = replace(conditions, rest=plainly(conditions.rest, owner))
    if english.SUMMARY_ALONE.search(said) and not _narrows(conditions):
        return WholeAsk(Ask("list", "topics", ("topic",)), is_bare=True)
    return (
        _of_kind(said, rest)
        or _of_lists(said, rest)
        or _of_measure(said, rest)
        or _of_owner(said, conditions)
        or _of_beginning(said, rest)
        or _of_time(said, conditions)
        or _of_news(said, rest)
        or _of_all(said, rest)
    )


def is_of_no_single_paper(question: str, owner: str | None = None) -> bool:
    """Whether its words speak of more than a paper holds, such as somebody's research."""
    return bool(english.OF_NO_SINGLE_PAPER.search(plainly(question, owner)))


def plainly(question: str, owner: str | None = None) -> str:
    """The question without what is said for politeness, the owner's name replaced by ``the author``."""
    text = question.replace("\x00", " ")
    if owner:
        forms = "|".join(re.escape(form) for form in (owner, owner.split()[-1]))
        text = re.sub(rf"\b(?:(?:prof(?:essor)?|dr)\.? )?(?:{forms})\b", "the author", text)
    text = re.sub(r"\s+", " ", text).strip(" ?.!\t")
    before = ""
    while before != text:
        before = text
        text = english.THANKS.sub("", english.POLITE.sub("", text)).strip(" ?.!,")
    return text


def _of_kind(said: str, conditions: Conditions) -> WholeAsk | None:
    for kind, pattern in english.KIND_ASKED:
        if match := pattern.search(said):
            left = re.sub(rf"\b{re.escape(match['kind'])}\b", " ", conditions.rest, count=1, flags=re.IGNORECASE)
            left = counting.SHARE.sub(" ", english.NEW_OR_OLD.sub(" ", left))
            filters = replace(conditions.filters, kinds=(kind,))
            if english.DENIES_KIND.search(said[: match.start("kind")]):
                filters = replace(conditions.filters, excluding=(*conditions.filters.excluding, Filters(kinds=(kind,))))
            return WholeAsk(_ask_of_kind(said), replace(conditions, filters=filters, rest=left))
    return None


def _ask_of_kind(said: str) -> Ask:
    if counting.SHARE.search(said):
        return Ask("count", "papers", (), "share")
    if counting.HOW_MANY.search(said):
        return Ask("count")
    if match := english.NEW_OR_OLD.search(said):
        return Ask("trend", "papers", (), "last" if match["new"] else "first")
    return Ask("list")


def _of_lists(said: str, conditions: Conditions) -> WholeAsk | None:
    """What several papers have in common."""
    match = english.SHARED.search(said)
    thing = match[match.lastgroup or 0] if match else ""
    subject = next((subject for subject, pattern in english.SHARED_THINGS if pattern.search(thing)), None)
    if match is None or subject is None:
        return None
    wanted = cast(Subject, subject)
    left = re.sub(re.escape(match[0]), " ", conditions.rest, flags=re.IGNORECASE)
    return WholeAsk(Ask("list", wanted, (DIMENSION_OF[wanted],), "shared"), replace(conditions, rest=left))


def _of_measure(said: str, conditions: Conditions) -> WholeAsk | None:
    """The longest and the shortest, and the average."""
    if english.MEAN_AUTHORS.search(said):
        return WholeAsk(Ask("count", "papers", ("author_count",), "mean"), _without(conditions, english.MEAN_AUTHORS))
    if english.MEAN_PER_YEAR.search(said):
        return WholeAsk(Ask("trend", "papers", ("year",), "mean"), _without(conditions, english.MEAN_PER_YEAR))
    measures: tuple[tuple[Dimension, Pattern, Pattern], ...] = (
        ("author_count", english.MOST_AUTHORS, english.FEWEST_AUTHORS),
        *((cast(Dimension, length), longest, shortest) for length, longest, shortest in english.LENGTHS),
    )
    for measure, most, fewest in measures:
        for pick, pattern in (("most", most), ("fewest", fewest)):
            if pattern.search(said):
                which: Pick = "most" if pick == "most" else "fewest"
                return WholeAsk(Ask("list", "papers", (measure,), which), _without(conditions, pattern))
    return None


def _of_owner(said: str, conditions: Conditions) -> WholeAsk | None:
    if _narrows(conditions):
        return None
    return WholeAsk(Ask("who", "owner")) if english.OWNER_ASKED.search(said) else None


def _of_beginning(said: str, conditions: Conditions) -> WholeAsk | None:
    for pattern in (english.MATTERS_MOST, english.READ_FIRST):
        if pattern.search(said):
            pick: Pick = "foremost" if pattern is english.MATTERS_MOST else "to_begin"
            return WholeAsk(Ask("list", "papers", (), pick), _without(conditions, pattern))
    return None


def _of_time(said: str, conditions: Conditions) -> WholeAsk | None:
    """For how long, how much, and whether on a topic at all."""
    if _narrows(conditions):
        return None
    if english.CHANGED.search(said):
        return WholeAsk(Ask("trend", "topics", ("topic", "year")))
    if english.HOW_LONG.search(said):
        return WholeAsk(Ask("trend", "papers", (), "both_ends"))
    if english.STILL_ACTIVE.search(said):
        return WholeAsk(Ask("trend", "papers", (), "last"))
    if english.HOW_PRODUCTIVE.search(said):
        return WholeAsk(Ask("trend", "papers", ("year",)))
    if english.WORKS_ON.search(said) and not english.LATELY.search(said):
        return WholeAsk(Ask("list"), _without(conditions, english.EXPERT))
    return None


def _of_news(said: str, conditions: Conditions) -> WholeAsk | None:
    if english.ONE_PAPER.search(said) or counting.CHANGES.search(said) or not english.RECENT_WORK.search(said):
        return None
    subject: Subject = "topics" if english.RECENT_TOPICS.search(said) else "papers"
    left = _without(_without(conditions, english.LATELY), english.NEWS_FRAME)
    if english.RECENT_YEARS.search(said):  # no paper need be of them for some to be the newest
        left = replace(left, filters=replace(left.filters, years=None))
    return WholeAsk(Ask("trend", subject, (), "last", _NEWEST), left)


def _of_all(said: str, conditions: Conditions) -> WholeAsk | None:
    if conditions.persons:
        return None
    if _narrows(conditions) and not english.OF_A_PART.search(said):
        return None
    bare = conditions.rest if _narrows(conditions) else said
    if not english.WHOLE_WORK.search(plainly(bare)):
        return None
    return WholeAsk(Ask("list", "topics", ("topic",)), replace(conditions, rest=""))


def _narrows(conditions: Conditions) -> bool:
    return bool(conditions.persons) or conditions.filters != Filters()


def _without(conditions: Conditions, pattern: Pattern) -> Conditions:
    return replace(conditions, rest=pattern.sub(" ", conditions.rest))
