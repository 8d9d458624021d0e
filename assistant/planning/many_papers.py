"""What a question asks of many papers: to list, to count, to rank, to date, to follow over time, or to name persons."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import cast

from assistant.answers import DIMENSION_OF, Dimension, Intent, Pick, Subject
from assistant.english import counting as english
from assistant.english import general as plain_english
from assistant.english.cues import Pattern
from assistant.planning.conditions import Conditions, topic_of

_NUMBERS = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "ten": 10}


@dataclass(frozen=True, slots=True)
class Ask:
    """What is asked of the papers that the conditions admit."""

    intent: Intent
    subject: Subject = "papers"
    group_by: tuple[Dimension, ...] = ()
    pick: Pick | None = None
    limit: int | None = None


def ask_of_set(question: str, conditions: Conditions, *, about_one: bool, owner: str | None = None) -> Ask | None:
    """What is asked of the whole library; None where single papers are to be looked into.

    Args:
        about_one: the question names a paper by what it brings, other than as a term to be found or a date to go by.
    """
    asker = _Asker(question, conditions, owner)
    if about_one:
        return asker.of_one()
    return asker.of_many()


def counted_by(question: str) -> Ask | None:
    """The number of papers by what a question says: ``how many is that per year?``; None where it says nothing."""
    group = _Asker(question, Conditions(), None).group
    return Ask("trend" if _over_time(group) else "count", "papers", group) if group else None


_TABLED: tuple[Subject, ...] = ("methods", "datasets", "datasets_used", "tasks")


class _Asker:
    def __init__(self, question: str, conditions: Conditions, owner: str | None) -> None:
        self._q = question
        self._c = conditions
        agents = english.THEY if not owner else f"{english.THEY}|{_owner_forms(owner)}"
        self._agent = re.compile(rf"\b(?:{agents})\b", re.IGNORECASE)
        self.group = self._grouping()
        self._limit = self._top()

    def of_one(self) -> Ask | None:
        if english.WROTE_ONE.search(self._q) and not plain_english.AUTHORS_AS_SUBJECT.search(self._q):
            return Ask("who", "authors")
        return None

    def of_many(self) -> Ask | None:
        subject = self._subject()
        if self._is_of_works_in_a_work():
            return None
        if english.OVERVIEW.search(self._q) and not self._c.persons:
            return Ask("list", "topics", ("topic",))
        if _has(plain_english.COMPARES, self._c.rest.replace("\x00", " ")) and not self._is_set_comparison():
            return None
        return (
            self._missing()
            or self._share(subject)
            or self._dated(subject)
            or self._change(subject)
            or self._table(subject)
            or self._peak()
            or self._count(subject)
            or self._ranked(subject)
            or self._who(subject)
            or self._list(subject)
        )

    # kinds of asking

    def _missing(self) -> Ask | None:
        if not english.ABSENT.search(self._q):
            return None
        if _has(english.LONGEST, self._q):
            return Ask("trend", "papers", ("month",), "absent")
        return Ask("trend", "papers", ("month",) if _has(english.PER_MONTH, self._q) else ("year",), "absent")

    def _share(self, subject: Subject | None) -> Ask | None:
        if not english.SHARE.search(self._q) or not (self._speaks_of_works() or self._has_record_conditions()):
            return None
        if self.group:
            return Ask("trend" if _over_time(self.group) else "count", "papers", self.group, "share")
        years = self._c.filters.years is not None and not self._has_record_conditions(but_years=True)
        return Ask("trend" if years else "count", "papers", (), "share")

    def _dated(self, subject: Subject | None) -> Ask | None:
        """The earliest, the latest, or both."""
        oldest = bool(english.OLDEST.search(self._q)) and not self._orders_authors()
        newest = bool(english.NEWEST.search(self._q)) and not self._orders_authors()
        when = bool(english.WHEN.search(self._q))
        if not oldest and not newest:
            return None
        if _has(english.CHANGES, self._q) and not when and (subject == "topics" or (oldest and newest)):
            return None
        if not (self._speaks_of_works() or when or self._c.persons or _has(english.TIME_SPOKEN, self._q)):
            return None
        pick: Pick = "both_ends" if oldest and newest else "first" if oldest else "last"
        return Ask("trend", "papers", (), pick, self._limit)

    def _change(self, subject: Subject | None) -> Ask | None:
        if english.SINGLE_WORK.search(self._q):
            return None
        moves = _has(english.CHANGES, self._q)
        works = self._speaks_of_works() or subject in ("topics", "tasks", "methods", "datasets") or self._has_agent()
        over = _over_time(self.group) or bool(self._c.periods) or _has(english.PERIODS, self._q)
        if moves and self._c.filters.has_code is not None:
            return Ask("trend", "papers", ("year",), "share" if _has(english.MORE_OR_LESS, self._q) else None)
        if moves and english.INTEREST.search(self._q):
            return Ask("trend", "papers", ("year",))
        if _has(english.STILL, self._q) and self._has_agent():
            return Ask("trend", "papers", (), "last")
        if self._c.periods and subject == "topics" and _has(english.DIFFERS, self._q):
            return Ask("trend", "topics", ("topic", "year"))
        if (
            _has(english.PROLIFIC, self._q)
            and not _has(english.HALVES, self._q)
            and (self._c.periods or self._c.filters.years)
        ):
            return Ask("trend", "papers", ("year",))
        if english.WORKS_OUTPUT.search(self._q) and (moves or over or self._c.filters.years):
            return Ask("trend", "papers", ("year",))
        if moves and self._c.filters.years and not self._says_more():
            return Ask("trend", "topics", ("topic", "year"))
        if moves and works and (over or subject in ("topics", "tasks") or self._c.filters.years or self._has_agent()):
            if subject in ("topics", "tasks", "methods", "datasets", "datasets_used"):
                by: Dimension = "topic" if subject in ("topics", "tasks") else DIMENSION_OF[subject]
                return Ask("trend", subject, (by, "year"))
            if english.HOW_MANY.search(self._q) or english.WORKS_COUNTED.search(self._q):
                return Ask("trend", "papers", ("year",))
            return Ask("trend", "topics", ("topic", "year"))
        return None

    def _count(self, subject: Subject | None) -> Ask | None:
        if not english.HOW_MANY.search(self._q):
            return None
        if english.HOW_OFTEN.search(self._q):
            named = self._c.persons and (self._speaks_of_works() or self._orders_authors())
            if self._c.filters.categories or named:
                return self._counted("papers")
            return None
        counts_titles = english.IN_TITLE.search(self._q) and not english.SINGLE_WORK.search(self._q)
        times = self._c.persons and _has(english.TIMES, self._q)
        if english.WORKS_AFTER_COUNT.search(self._q) or self._is_bare_count() or counts_titles or times:
            return self._counted("papers")
        if not subject or not english.THINGS_AFTER_COUNT.search(self._q):
            return None
        if english.SINGLE_WORK.search(self._q):
            return Ask("who", "authors") if subject in ("authors", "first_authors") else None
        if subject in ("datasets", "methods", "datasets_used", "tasks", "code") and not self._is_of_all():
            return None
        if subject == "years" and not (self._speaks_of_works() or self._has_agent()):
            return None
        return self._counted(subject)

    def _counted(self, subject: Subject) -> Ask:
        if subject == "papers" and english.MOST.search(self._q) and self.group:
            return Ask("trend" if _over_time(self.group) else "count", "papers", self.group, "most", self._limit)
        together = english.TOGETHER.search(self._q)
        if subject == "papers" and ((self._c.periods and not together) or _over_time(self.group)):
            return Ask("trend", "papers", self.group or ("year",))
        return Ask("count", subject, self.group)

    def _pick(self) -> Pick | None:
        return "most" if _has(english.MOST, self._q) else "fewest" if _has(english.FEWEST, self._q) else None

    def _table(self, subject: Subject | None) -> Ask | None:
        """``methods by dataset by year``: things by one more dimension, or by two."""
        if subject not in _TABLED or not self.group or not english.BY_EACH.search(self._q):
            return None
        own = DIMENSION_OF[subject]
        used = tuple("dataset_used" if by == "dataset" and own == "method" else by for by in self.group)
        others = tuple(by for by in used if by != own)
        return Ask("list", subject, (own, *others), None, self._limit) if others else None

    def _peak(self) -> Ask | None:
        """Which year or month has the most or the fewest."""
        pick = self._pick()
        if _has(english.HALVES, self._q) or _has(english.QUARTERS, self._q):
            part: Dimension = "half" if _has(english.HALVES, self._q) else "quarter"
            return Ask("trend", "papers", (part,), pick)
        if pick and _has(english.PER_MONTH, self._q):
            by: Dimension = "calendar_month" if _has(english.ALL_YEARS_TOGETHER, self._q) else "month"
            return Ask("trend", "papers", (by,), pick, self._limit)
        if pick and _has(english.OF_YEARS, self._q) and not english.SINGLE_WORK.search(self._q):
            return Ask("trend", "papers", ("year",), pick, self._limit)
        return None

    def _ranked(self, subject: Subject | None) -> Ask | None:
        """Which category, topic, dataset ... has the most or the fewest; or all of them with their counts."""
        pick = self._pick()
        if pick and subject in ("categories", "topics", "affiliations", "tasks") and self._is_of_all(loosely=True):
            return Ask("count", subject, (DIMENSION_OF[subject],), pick, self._limit)
        if pick and subject in ("datasets_used", "datasets", "methods") and self._is_of_all():
            return Ask("list", subject, (DIMENSION_OF[subject],), pick, self._limit)
        if self.group and (self._speaks_of_works() or self._is_fragment_of_grouping()):
            return Ask("trend" if _over_time(self.group) else "count", "papers", self.group)
        if self._c.periods and english.WORKS_WORD.search(self._q) and _has(plain_english.COMPARES, self._q):
            return Ask("trend", "papers", ("year",))
        return None

    def _who(self, subject: Subject | None) -> Ask | None:
        if subject not in ("authors", "first_authors", None):
            return None
        if english.WRITTEN_TOGETHER.search(self._q) and self._c.persons:
            return Ask("list")
        if english.PAIRS.search(self._q):
            return Ask("who", "author_pairs", ("author_pair",), "most", self._limit)
        if english.SINGLE_WORK.search(self._q) and english.WROTE_ONE.search(self._q):
            return Ask("who", "authors")
        if (english.WITH_WHOM.search(self._q) or subject == "first_authors") and (
            subject is not None or english.MOST.search(self._q) or self._c.persons or self._has_agent()
        ):
            people: Subject = "first_authors" if subject == "first_authors" else "authors"
            by: Dimension = "first_author" if people == "first_authors" else "author"
            if english.LISTS.search(self._q) and self._c.persons and not english.AUTHORS_ASKED.search(self._q):
                return None
            return Ask("who", people, (by,), "most", self._limit)
        if english.WROTE_ONE.search(self._q) and subject is not None and not english.LISTS.search(self._q):
            return Ask("who", "authors")
        return None

    def _list(self, subject: Subject | None) -> Ask | None:
        one = english.SINGLE_WORK.search(self._q) and not english.ANY_WORKS.search(self._q)
        if one and not (len(self._c.persons) > 1 and english.JOINT_WORK.search(self._q)):
            return None
        if english.LINK_GIVEN.search(self._q):
            return Ask("list", "code", ("code",), None, self._limit)
        things = ("datasets", "datasets_used", "methods", "tasks", "topics", "categories", "code", "affiliations")
        of_all = english.THINGS_ASKED.search(self._q) and self._is_of_all()
        if subject in things and of_all and not english.WORKS_ASKED.search(self._q):
            return Ask("list", subject, (DIMENSION_OF[subject],), None, self._limit)
        if subject == "years" and english.THINGS_ASKED.search(self._q) and self._speaks_of_works():
            return Ask("trend", "papers", ("year",))
        works = english.LISTS.search(self._q) or english.WORKS_ASKED.search(self._q) or one
        done = english.DONE.search(self._q) and (self._has_agent() or self._c.persons)
        if works or done or (self._c.persons and english.DONE_BY.search(self._q)):
            return Ask("list", "papers", (), None, self._limit)
        if english.WORK_ON.search(self._q) and not self._c.persons:
            return Ask("list", "topics", ("topic",))
        if self._is_bare_filter():
            return Ask("list", "papers", (), None, self._limit)
        return None

    # what the question has

    def _subject(self) -> Subject | None:
        """What is listed or counted: the first thing after the question word that is one."""
        found: list[tuple[int, Subject]] = []
        for subject, pattern in english.SUBJECTS:
            if match := pattern.search(self._c.rest.replace("\x00", " ") if subject == "code" else self._q):
                found.append((match.start(), cast(Subject, subject)))
        if match := english.DATA_SUBJECT.search(self._q):
            made, used = english.MAKES.search(self._q), english.USES.search(self._q)
            knowledge = "knowledge" in match[0].lower()
            found.append((match.start(), "datasets_used" if (used or knowledge) and not made else "datasets"))
        if match := english.METHOD_SUBJECT.search(self._q):
            found.append((match.start(), "methods"))
        if match := english.WORKS_WORD.search(self._q):
            found.append((match.start(), "papers"))
        if english.FIRST_AUTHOR.search(self._q) and english.WHO_MOST.search(self._q):
            return "first_authors"
        if not found:
            return None
        return min(found, key=lambda row: row[0])[1]

    def _grouping(self) -> tuple[Dimension, ...]:
        dimensions: list[Dimension] = []
        for dimension, pattern in english.PER_OTHER:
            if pattern.search(self._q):
                dimensions.append(cast(Dimension, dimension))
        if english.EACH_MONTH.search(self._q):
            dimensions.append("month")
        elif english.PER_YEAR.search(self._q):
            dimensions.append("year")
        if {"author", "first_author"} <= set(dimensions):
            dimensions.remove("author")
        return tuple(dimensions[:2])

    def _top(self) -> int | None:
        match = english.TOP.search(self._q)
        word = next((group for group in match.groups() if group), "") if match else ""
        return int(word) if word.isdigit() else _NUMBERS.get(word.lower())

    def _speaks_of_works(self) -> bool:
        return bool(english.WORKS_WORD.search(self._q) or english.PUBLISHED.search(self._q))

    def _has_agent(self) -> bool:
        return bool(self._agent.search(self._q))

    def _has_record_conditions(self, *, but_years: bool = False) -> bool:
        f = self._c.filters
        return bool(
            f.has_code is not None
            or f.categories
            or f.authors
            or f.first_authors
            or f.last_authors
            or f.affiliations
            or f.venues
            or (not but_years and (f.years or f.dates))
        )

    def _is_of_all(self, *, loosely: bool = False) -> bool:
        """Whether the things asked for are those of the author or of all papers, and not of one paper."""
        if english.SINGLE_WORK.search(self._q):
            return False
        passive = english.PASSIVE.search(self._q) or english.VERBLESS_THINGS.search(self._q)
        ends = english.ENDS_IN_VERB.search(self._q) or english.WORKS_HAVE_THINGS.search(self._q)
        return bool(self._has_agent() or passive or ends or self._has_record_conditions() or loosely)

    def _is_set_comparison(self) -> bool:
        return bool(
            self._c.periods
            or english.ABSENT.search(self._q)
            or (self._c.filters.years and english.WORKS_WORD.search(self._q) and not english.TWO.search(self._q))
            or (self._c.persons and (self._speaks_of_works() or _has(english.TOGETHER, self._q)))
            or english.SET_LEADS.search(self._q)
            or (_over_time(self.group) and self._speaks_of_works())
            or (english.HOW_MANY.search(self._q) and self._speaks_of_works() and self._c.filters.years)
            or (_has(english.CHANGES, self._q) and self._c.filters.years and not english.SINGLE_WORK.search(self._q))
        )

    def _orders_authors(self) -> bool:
        """Whether "first" or "last" is said of an author."""
        f = self._c.filters
        ordered = bool(f.first_authors or f.last_authors or any(out.first_authors for out in f.excluding))
        said = english.FIRST_AUTHOR.search(self._q) or english.LAST_AUTHOR.search(self._q)
        return bool(ordered or said) and not english.OLDEST_WORK.search(self._q)

    def _is_of_works_in_a_work(self) -> bool:
        """``How many trials does the review cover?``: what one paper says of others."""
        if english.WORKS_OF_A_THING.search(self._q) and not self._has_agent() and not self._has_record_conditions():
            return True
        return bool(english.SINGLE_WORK.search(self._q) and not english.PAPERS_WORD.search(self._q)) and bool(
            english.HOW_MANY.search(self._q) and english.WORKS_AFTER_COUNT.search(self._q)
        )

    def _is_bare_count(self) -> bool:
        """``How many since 2020?``, ``How many come with code?``: papers are meant."""
        f = self._c.filters
        if english.SINGLE_WORK.search(self._q):
            return False
        plain = not re.search(
            r"\w",
            english.TOGETHER.sub("", re.sub(r"(?i)how many|taken|\bwith\b|\band\b|\x00|[?.!,]", "", self._c.rest)),
        ) or not re.search(
            r"\w", re.sub(r"(?i)how many|of them|are there|come|are|is|in|on|\x00|[?.!]", "", self._c.rest)
        )
        return plain or (
            bool(f.first_authors or f.has_code is not None) and english.BARE_COUNT.search(self._q) is not None
        )

    def _is_bare_filter(self) -> bool:
        """Conditions and nothing else: ``since 2020, with code``."""
        return self._has_record_conditions() and not re.search(
            r"\w", re.sub(r"\x00|[?.!,]|\b(?:and|in|the)\b", "", self._c.rest)
        )

    def _says_more(self) -> bool:
        """Whether anything telling stands beside the conditions and the words for change."""
        rest = english.CHANGE_WORDS.sub(" ", self._c.rest.replace("\x00", " "))
        return bool(topic_of(rest)[0])

    def _is_fragment_of_grouping(self) -> bool:
        return len(self._q.split()) <= 5


def _over_time(group: tuple[Dimension, ...]) -> bool:
    return "year" in group or "month" in group


def _has(pattern: Pattern, text: str) -> bool:
    return pattern.search(text) is not None


def _owner_forms(owner: str) -> str:
    words = owner.split()
    return "|".join(re.escape(form) for form in {owner, words[-1]})
