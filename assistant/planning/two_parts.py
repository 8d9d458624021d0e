"""Questions in two parts: where the second begins, and what it asks beside the first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from assistant.answers import Filters, Plan
from assistant.english import joining as english
from assistant.planning.placing import place_alone

Read = Callable[[str], Plan]
"""What a question asks, as if it stood alone."""


def in_two(question: str) -> tuple[str, str] | None:
    """The first question, and what is asked after it; None where only one thing is asked."""
    match = english.SECOND_ASKED.search(question)
    if match is None:
        return None
    first, second = question[: match.start()].strip(" ,;?.!"), question[match.end() :].strip(" ,;?.!")
    return (f"{first}?", second) if first and second else None


def between_years(question: str) -> tuple[str, str] | None:
    """Which papers of one year and which of another are held against each other."""
    match = english.BETWEEN_YEARS.search(question)
    if match is None:
        return None
    what = match["what"].strip()
    return f"Which {what} are from {match['one']}?", f"Which {what} are from {match['other']}?"


def is_of_papers(plan: Plan) -> bool:
    """Whether it asks which papers meet conditions, or how many do."""
    plain = plan.pick is None and not plan.group_by and not plan.problems and not plan.papers
    return plan.intent in ("list", "count") and plan.subject == "papers" and plain


def is_taken_in(whole: Plan, first: Plan) -> bool:
    """Whether the second part was read as words of a topic, or not at all."""
    said = (whole.filters.topic or "", *whole.filters.titles, *(term for row in whole.filters.mentions for term in row))
    same = (whole.intent, whole.subject, whole.pick, whole.filters) == (
        first.intent,
        first.subject,
        first.pick,
        first.filters,
    )
    return same or any(english.SECOND_ASKED.search(words) for words in said)


def asked_beside(first: Plan, second: str, read: Read) -> tuple[Plan, ...] | None:
    """The plans that answer both parts; None where the second is none that is computed."""
    bare = replace(first, limit=None)
    if match := english.WHICH_AT_AN_END.search(second):
        places = place_alone(match["places"])
        if len(places) != 1 or places[0].nth > 1:
            return None
        limit = places[0].count if places[0].count > 1 else None
        return first, replace(bare, intent="trend", pick="first" if places[0].from_oldest else "last", limit=limit)
    if english.WHO_WROTE.search(second):
        return first, replace(bare, intent="who", subject="authors", group_by=("author",), pick="most")
    if english.SINCE_WHEN.search(second):
        return first, replace(bare, intent="trend", pick="first")
    if english.WHEN_WRITTEN.search(second):
        return first, replace(bare, intent="trend", group_by=("year",))
    if english.HOW_MANY_ALONE.search(second):
        return (first,)
    if english.NAMES_WANTED.search(second):
        return (replace(first, intent="list"),)
    if english.TOPICS_WANTED.search(second):
        return first, replace(bare, intent="list", subject="topics", group_by=("topic",))
    return _of_some(first, second, read) or _of_things(first, second, read)


def _of_some(first: Plan, second: str, read: Read) -> tuple[Plan, ...] | None:
    """Those of the first papers that meet a condition, or other papers beside them."""
    if english.CODE_WANTED.search(second):
        return first, replace(first, intent="list", filters=first.filters.joined(Filters(has_code=True)))
    of_them = english.OF_THEM.search(second)
    match = of_them or english.OF_OTHERS.search(second)
    if match is None or (not of_them and not match["noun"] and english.IN_A_CLAUSE.search(first.question, 6)):
        return None
    other = read(f"Which papers {match['rest']}?")
    if not is_of_papers(other) or not other.filters:
        return None
    within = of_them is not None or not _is_beside(first.filters, other.filters)
    filters = first.filters.joined(other.filters) if within else other.filters
    return first, replace(other, intent="count" if match["count"] else "list", filters=filters)


def _is_beside(one: Filters, other: Filters) -> bool:
    """Whether the second conditions stand beside the first, and do not narrow them: they name something to look for,
    or are of the same kind."""
    names = bool(other.topic or other.mentions or other.title or other.introduces or other.kinds)
    return names or any(getattr(one, name) and getattr(other, name) for name in Filters.__slots__)


def _of_things(first: Plan, second: str, read: Read) -> tuple[Plan, ...] | None:
    """Which datasets, methods or tasks the first papers have."""
    other = read(f"{second[:1].upper()}{second[1:]}?")
    if not other.is_computed or other.problems or other.subject in ("papers", "owner") or other.filters.topic:
        return None
    return first, replace(other, filters=first.filters.joined(other.filters))
