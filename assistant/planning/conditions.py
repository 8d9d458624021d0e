"""Which papers a question is about: years, dates, persons, categories, code, titles and terms, read from its words.

What is understood is taken out of the question, so that what is left says the topic.
"""

from __future__ import annotations

import datetime
import itertools
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from rapidfuzz import fuzz, process

from assistant.answers import Filters, Years
from assistant.english import counting as english
from assistant.english import venues as of_venues
from assistant.english.cues import Pattern
from assistant.english.general import FUNCTION_WORDS, GENERIC_WORDS, NUMBER_WORDS, PAPER_WORDS
from assistant.papers import Author, Paper
from assistant.venues import is_acronym_of, is_venue
from assistant.words import folded

_WORD = re.compile(r"[^\W_]+(?:[-.'’][^\W_]+)*")
_PERSON = re.compile(r"(?:[A-Z][\w'’.-]*\s+){1,3}[A-Z][\w'’-]+")
_SHORT_QUESTION = 7
_VENUES_TOGETHER = 3
_LAST_SHORT_YEAR = 50
_SURE = 90
"""From this likeness on (rapidfuzz's ratio, 0 to 100), a misspelt name is taken for the one in the library."""

# arXiv's names for its categories, as people speak of them.
PLACES = frozenset(
    {"university", "institute", "department", "school", "college", "center", "centre", "national", "laboratory"}
)
"""What many affiliations begin with."""
FIELDS: dict[str, tuple[str, ...]] = {
    "AI": ("artificial intelligence",),
    "CL": ("computation and language", "computational linguistics", "natural language processing", "nlp"),
    "CV": ("computer vision", "vision"),
    "LG": ("machine learning",),
    "ML": ("statistical machine learning", "statistics and machine learning"),
    "IR": ("information retrieval",),
    "DC": ("distributed computing", "distributed, parallel, and cluster computing", "parallel computing"),
    "RO": ("robotics",),
    "SD": ("sound", "audio"),
    "AS": ("audio and speech processing", "speech processing", "speech"),
    "HC": ("human-computer interaction", "hci"),
    "CR": ("cryptography and security", "security"),
    "CY": ("computers and society",),
    "DB": ("databases",),
    "DL": ("digital libraries",),
    "DS": ("data structures and algorithms",),
    "GR": ("graphics", "computer graphics"),
    "IT": ("information theory",),
    "LO": ("logic in computer science",),
    "MA": ("multiagent systems", "multi-agent systems"),
    "MM": ("multimedia",),
    "NE": ("neural and evolutionary computing",),
    "NI": ("networking", "networking and internet architecture"),
    "PL": ("programming languages",),
    "SE": ("software engineering",),
    "SI": ("social and information networks", "social networks"),
    "SY": ("systems and control",),
    "IV": ("image and video processing", "image processing"),
    "SP": ("signal processing",),
    "QM": ("quantitative methods",),
    "BM": ("biomolecules",),
}


@dataclass(frozen=True, slots=True)
class Conditions:
    """What was understood. ``rest`` is the question with those words blanked out, ``problems`` what cannot hold."""

    filters: Filters = field(default_factory=Filters)
    periods: tuple[Years, ...] = ()
    persons: tuple[str, ...] = ()
    rest: str = ""
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class Vocabulary:
    """What the papers of one library can be asked by: names of persons, categories, affiliations, years."""

    def __init__(self, papers: Iterable[Paper], owner: str | None = None) -> None:
        rows = list(papers)
        self.owner = owner
        self._papers = rows
        self.persons = tuple(dict.fromkeys(author.name for paper in rows for author in paper.authors))
        self.categories = tuple(dict.fromkeys(paper.category for paper in rows if paper.category))
        self.affiliations = tuple(dict.fromkeys(paper.affiliation for paper in rows if paper.affiliation))
        self.venues = tuple(dict.fromkeys(paper.venue for paper in rows if paper.venue))
        self.dates = {paper.key: paper.date for paper in rows if paper.date}
        years = sorted(paper.year for paper in rows if paper.year)
        self.years: Years = (years[0], years[-1]) if years else (None, None)
        self._by_name: dict[str, str] = {}
        for name in (*self.persons, *([owner] if owner else [])):
            self._by_name.setdefault(folded(name), name)
        families: dict[str, list[str]] = {}
        for paper in rows:
            for author in paper.authors:
                families.setdefault(folded(author.family), []).append(author.name)
        self._families = {family: tuple(dict.fromkeys(names)) for family, names in families.items()}

    def __len__(self) -> int:
        """How many papers there are."""
        return len(self._papers)

    @cached_property
    def words(self) -> frozenset[str]:
        """All words that the papers write."""
        return frozenset(map(folded, {word for paper in self._papers for word in _WORD.findall(paper.text)}))

    @cached_property
    def _text(self) -> str:
        return folded("\n".join(paper.text for paper in self._papers)).replace("-", " ")

    def has_venue(self, name: str) -> bool:
        """Whether some paper came out there."""
        return any(is_venue(venue, name) for venue in self.venues)

    def has_acronym(self, name: str) -> bool:
        """Whether some paper's venue goes by that acronym."""
        return any(is_acronym_of(venue, name) for venue in self.venues)

    def venue_as_written(self, name: str) -> str:
        """An acronym that was put in small letters as the venues have it, or in capitals."""
        if of_venues.WORKSHOP.fullmatch(name):
            return "workshop"
        if " " in name or not name.islower():
            return name
        written = re.search(rf"\b{re.escape(name)}\b", "\n".join(self.venues), re.IGNORECASE)
        return written[0] if written else name.upper()

    def person(self, words: str) -> str | None:
        """The author of that whole name."""
        return self._by_name.get(folded(words))

    def family(self, word: str) -> tuple[str, ...]:
        """The authors of that family name."""
        return self._families.get(folded(word), ())

    def writes(self, name: str) -> bool:
        """Whether some paper writes these words, one after the other."""
        words = folded(name)
        return words in self._text and re.search(rf"(?<!\w){re.escape(words)}(?!\w)", self._text) is not None

    def nearest_persons(self, name: str, least: float = 50, limit: int = 3) -> list[tuple[str, float]]:
        """The authors whose names are most like it, with their likeness from ``least`` to 100."""
        names = self._by_name.keys()
        found = process.extract(folded(name), names, scorer=fuzz.ratio, limit=limit, score_cutoff=least)
        return [(self._by_name[match], score) for match, score, _ in found]

    def span(self) -> str:
        """The years that there are, in words."""
        first, last = self.years
        if first is None:
            return "none of the papers has a date"
        return f"the papers are all of {first}" if first == last else f"the papers run from {first} to {last}"


def read_conditions(question: str, vocabulary: Vocabulary, named: Mapping[str, str] | None = None) -> Conditions:
    """Read the conditions of a question; ``named`` maps papers' names as written in it to their keys."""
    reader = _Reader(question, vocabulary, named or {})
    reader.read()
    return reader.conditions()


class _Reader:
    """One question, read condition by condition; each takes its words out."""

    def __init__(self, question: str, vocabulary: Vocabulary, named: Mapping[str, str]) -> None:
        self._text = re.sub(r"\bnon-(?=[A-Z]{2})", "not ", question)
        self._vocabulary = vocabulary
        self._named = named
        self._filters = Filters()
        self._years: list[Years] = []
        self._bounds: list[Years] = []
        self._persons: list[str] = []
        self._problems: list[str] = []
        self._notes: list[str] = []

    def read(self) -> None:
        self._read_venues()
        self._read_dates()
        self._read_code()
        self._take(english.ALONE, lambda _: self._narrow(Filters(author_count=1)))
        self._take(english.AUTHOR_RANGE, self._author_range)
        self._take(english.AUTHOR_COUNT, self._author_count)
        self._take(english.AFFILIATION_GIVEN, lambda _: self._narrow(Filters(has_affiliation=True)))
        self._read_persons()
        self._read_categories()
        self._read_affiliations()

    def conditions(self) -> Conditions:
        years, periods = self._joined_years()
        return Conditions(
            filters=replace(self._filters, years=years),
            periods=periods,
            persons=tuple(dict.fromkeys(self._persons)),
            rest=re.sub(r"\s+", " ", self._text).strip(),
            problems=tuple(self._problems),
            notes=tuple(self._notes),
        )

    def _take(self, pattern: Pattern, use: Callable[[re.Match[str]], bool | None]) -> None:
        """Give every match to ``use`` and blank it out, unless ``use`` says False."""
        place = 0
        while match := pattern.search(self._text, place):
            place = match.end()
            if use(match) is not False:
                self._blank(*match.span())

    def _blank(self, start: int, end: int) -> None:
        self._text = self._text[:start] + "\x00" * (end - start) + self._text[end:]

    # when

    def _read_dates(self) -> None:
        self._take(english.PART_OF_YEAR, self._half)
        self._take(english.BEFORE_OR_AFTER, self._before_or_after)
        self._take(english.SPAN_OF_DATES, self._span_of_dates)
        self._take(english.SPAN_OF_MONTHS, self._span_of_months)
        english_first = ((english.SPAN_OF_YEARS, self._span), (english.MONTH_OF_YEAR, self._month))
        for pattern, use in english_first:
            self._take(pattern, use)
        for pattern, bound in (
            (english.SINCE_YEAR, lambda year: (year, None)),
            (english.UNTIL_YEAR, lambda year: (None, year)),
            (english.AFTER_YEAR, lambda year: (year + 1, None)),
            (english.BEFORE_YEAR, lambda year: (None, year - 1)),
        ):
            self._take(pattern, self._bounding(bound))
        self._take(english.DECADE, self._decade)
        self._take(english.LAST_YEARS, self._last_years)
        today = datetime.date.today().year
        self._take(english.THIS_YEAR, lambda _: self._years.append((today, today)))
        self._take(english.LAST_YEAR, lambda _: self._years.append((today - 1, today - 1)))
        self._take(english.YEAR, self._one_year)
        self._take(english.MONTHS_OF_ANY_YEAR, self._months_of_any_year)
        self._take(english.NO_YEAR, self._no_year)
        self._read_bounds_by_paper()

    def _bounding(self, bound: Callable[[int], Years]) -> Callable[[re.Match[str]], None]:
        return lambda match: self._bounds.append(bound(_year(match)))

    def _one_year(self, match: re.Match[str]) -> bool | None:
        before = re.search(r"([A-Z][\w-]*)[\s-]+$", self._text[: match.start()])
        asked = english.IN_YEAR.search(self._text[: match.start()])
        if int(match[1]) > datetime.date.today().year + 1 and not asked:
            return False  # a number of something
        if before and self._vocabulary.writes(f"{before[1]} {match[1]}"):
            return False  # part of a name
        self._years.append((_year(match), _year(match)))
        return None

    def _months_of_any_year(self, match: re.Match[str]) -> None:
        month = english.MONTHS[next(group for group in match.groups() if group).lower()]
        self._filters = replace(self._filters, months=(*self._filters.months, month))

    def _before_or_after(self, match: re.Match[str]) -> None:
        """``before 2021 or after it``: two periods that are held against each other."""
        year = _year(match)
        self._years += [(None, year - 1), (year, None)]

    def _span_of_dates(self, match: re.Match[str]) -> None:
        first, year, last, later = (group.lower() for group in match.groups() if group)
        dates = sorted((f"{year}-{english.MONTHS[first]:02d}", f"{later}-{english.MONTHS[last]:02d}"))
        self._narrow_dates((dates[0], dates[1]))

    def _span_of_months(self, match: re.Match[str]) -> None:
        first, last, year = (group.lower() for group in match.groups() if group)
        self._narrow_dates((f"{year}-{english.MONTHS[first]:02d}", f"{year}-{english.MONTHS[last]:02d}"))

    def _half(self, match: re.Match[str]) -> bool | None:
        if english.HALVES.search(self._text):  # both halves are asked about
            return False
        groups = [group.lower() for group in match.groups() if group]
        part = next(group for group in groups if not group.isdigit())
        year = next((group for group in groups if group.isdigit()), None)
        if year is None:
            return False
        start, end = english.PARTS_OF_YEAR[part, "half" if "half" in match[0].lower() else "quarter"]
        self._narrow_dates((f"{year}-{start:02d}", f"{year}-{end:02d}"))
        return None

    def _span(self, match: re.Match[str]) -> None:
        first, last = sorted(_whole(group, match) for group in match.groups() if group)
        self._years.append((first, last))

    def _month(self, match: re.Match[str]) -> None:
        groups = [group for group in match.groups() if group]
        if groups[0].isdigit():
            year, month = int(groups[0]), int(groups[1])
        else:
            year, month = int(groups[1]), english.MONTHS[groups[0].lower()]
        date = f"{year}-{month:02d}"
        before = self._text[: match.start()]
        start, end = match.span()
        if lead := english.SINCE_PAPER.search(before):
            self._narrow_dates((date, None))
            start = lead.start()
        elif lead := english.BEFORE_PAPER.search(before):
            self._narrow_dates((None, _month_before(year, month)))
            start = lead.start()
        elif lead := english.AFTER_PAPER.search(before):
            self._narrow_dates((_month_after(year, month), None))
            start = lead.start()
        else:
            self._narrow_dates((date, date))
        self._blank(start, end)

    def _narrow_dates(self, dates: tuple[str | None, str | None]) -> None:
        self._filters = self._filters.joined(Filters(dates=dates))

    def _decade(self, match: re.Match[str]) -> None:
        first = int(next(group for group in match.groups() if group and group.isdigit())) * 10
        part = next((group.lower() for group in match.groups() if group and not group.isdigit()), "")
        start, end = {"early": (0, 3), "mid": (4, 6), "late": (6, 9)}.get(part, (0, 9))
        self._years.append((first + start, first + end))

    def _last_years(self, match: re.Match[str]) -> None:
        word = match[1].lower()
        count = int(word) if word.isdigit() else _NUMBERS.get(word, 3)
        today = datetime.date.today().year
        self._bounds.append((today - count + 1, None))

    def _no_year(self, match: re.Match[str]) -> None:
        self._problems.append(f"{match[1]} is no year that papers are from; {self._vocabulary.span()}.")

    def _read_bounds_by_paper(self) -> None:
        for written, key in self._named.items():
            place = self._text.find(written)
            date = self._vocabulary.dates.get(key)
            if place < 0 or date is None:
                continue
            before = self._text[:place]
            if lead := english.BEFORE_PAPER.search(before):
                self._narrow_dates((None, _day(date, -1)))
            elif lead := english.AFTER_PAPER.search(before):
                self._narrow_dates((_day(date, 1), None))
            else:
                continue
            self._blank(lead.start(), place + len(written))

    def _joined_years(self) -> tuple[Years | None, tuple[Years, ...]]:
        """One span of years, or several that are held against each other."""
        spans = list(dict.fromkeys(self._years))
        bound: Years | None = None
        for one in self._bounds:
            bound = Filters(years=bound).joined(Filters(years=one)).years
        if bound and None not in bound and (bound[0] or 0) > (bound[1] or 0) and english.DIFFERS.search(self._text):
            spans += self._bounds  # two periods that are compared
            bound = None
        if bound and bound[0] is not None and bound[1] is not None and bound[0] > bound[1]:
            self._problems.append(
                f"No paper can be from {bound[0]} or later and from {bound[1]} or earlier; leave one of the two out."
            )
        if not spans:
            return bound, ()
        firsts, lasts = [first for first, _ in spans], [last for _, last in spans]
        whole: Years | None = (
            None if None in firsts else min(first for first in firsts if first is not None),
            None if None in lasts else max(last for last in lasts if last is not None),
        )
        if whole == (None, None):
            whole = None
        joined = Filters(years=whole).joined(Filters(years=bound)).years
        if bound and joined and None not in joined and (joined[0] or 0) > (joined[1] or 0):
            self._problems.append(f"No paper can be {years_in_words(bound)} and {years_in_words(joined)} at once.")
        return joined, tuple(spans) if len(spans) > 1 else ()

    # what a paper has

    def _read_code(self) -> None:
        found: list[bool] = []
        self._take(english.WITH_AND_WITHOUT_CODE, lambda _: None)
        self._take(english.WITHOUT_CODE, lambda _: found.append(False))
        self._take(english.WITH_CODE, lambda _: found.append(True))
        if len(set(found)) == 1:
            self._filters = replace(self._filters, has_code=found[0])
        elif found and english.THAT.search(self._text):
            self._problems.append("No paper is both with and without code; leave one of the two out.")

    def _author_count(self, match: re.Match[str]) -> bool | None:
        word = next(group.lower() for group in match.groups() if group)
        count = int(word) if word.isdigit() else _NUMBERS.get(word, 0)
        if not count:
            return False
        self._narrow(Filters(author_count=count))
        return None

    def _author_range(self, match: re.Match[str]) -> bool | None:
        said = {name: text.lower() for name, text in match.groupdict().items() if text}
        numbers = {name: int(text) if text.isdigit() else _NUMBERS[text] for name, text in said.items()}
        first = next((numbers[name] for name in ("least", "from", "least2") if name in numbers), None)
        last = next((numbers[name] for name in ("most", "to", "most2") if name in numbers), None)
        if "over" in numbers:
            first = numbers["over"] + 1
        if "under" in numbers:
            last = numbers["under"] - 1
        self._narrow(Filters(author_range=(first, last) if (first, last) != (None, None) else (2, None)))
        return None

    def _read_categories(self) -> None:
        for category in self._vocabulary.categories:
            code = category.rpartition(".")[2]
            spoken = FIELDS.get(code.upper(), ())
            loose = rf"(?i:{re.escape(code)})(?=\s+(?:papers|publications|category|ones))"
            pattern = re.compile(rf"(?<![\w.-])(?:{re.escape(code)}|{loose})(?![\w-])")
            self._take_category(pattern, category)
            for name in spoken:
                words = english.CATEGORY_NAMED.format(re.escape(name).replace(r"\ ", r"\s+"))
                lead = r"(?:category|categories|label|field|area|in|section)"
                strict = re.compile(
                    rf"\b(?:{lead}\s+(?:of\s+|the\s+)?{words}|{words}\s+(?:category|label|section|papers|publications))",
                    re.IGNORECASE,
                )
                self._take_category(strict, category)
                if category in self._filters.categories:
                    self._take(re.compile(rf"\b{re.escape(name)}\b", re.IGNORECASE), lambda _: None)

    def _take_category(self, pattern: Pattern, category: str) -> None:
        def use(match: re.Match[str]) -> None:
            before = self._text[: match.start()]
            if english.NOT_IN.search(before):
                self._leave_out(Filters(categories=(category,)))
            elif category not in self._filters.categories:
                self._filters = replace(self._filters, categories=(*self._filters.categories, category))

        self._take(pattern, use)

    def _read_affiliations(self) -> None:
        for affiliation in self._vocabulary.affiliations:
            parts = [part for part in re.split(r"[\s,-]+", affiliation) if part]
            whole = r"[\s,-]+".join(map(re.escape, parts))
            head = rf"|{re.escape(parts[0])}" if len(parts[0]) > 4 and folded(parts[0]) not in PLACES else ""
            pattern = re.compile(rf"\b(?:(?:at|from|with|of)\s+)?(?:the\s+)?(?:{whole}{head})\b", re.IGNORECASE)
            if pattern.search(self._text):
                self._take(pattern, lambda _: None)
                self._filters = replace(self._filters, affiliations=(*self._filters.affiliations, affiliation))

    def _read_venues(self) -> None:
        if not self._vocabulary.venues:
            return
        self._take(of_venues.PUBLISHED_IN_A_NAME, self._long_venue)
        self._take(of_venues.OF_WORKSHOPS, self._venue)
        self._take(of_venues.OF_AN_ACRONYM, self._venue)
        self._take(of_venues.OF_A_SMALL_ACRONYM, self._small_venue)
        self._take(of_venues.AT_A_SMALL_ACRONYM, self._small_venue)
        if of_venues.OF_WORKS.search(self._text) or len(self._text.split()) < _SHORT_QUESTION:
            for _ in range(_VENUES_TOGETHER):
                self._take(of_venues.IN_A_NAME, lambda match: self._long_venue(match, least=2))
                self._take(of_venues.AT_AN_ACRONYM, self._venue)
                self._take(of_venues.IN_A_NAME, self._long_venue)

    def _venue(self, match: re.Match[str]) -> bool:
        said = match.groupdict()
        name = said.get("venue") or said.get("venue2") or ""
        if not self._vocabulary.has_venue(name):
            return False
        self._at_venue(name, match.start())
        if year := said.get("year") or said.get("short"):
            whole = int(year) if len(year) == 4 else 2000 + int(year) - 100 * (int(year) > _LAST_SHORT_YEAR)
            self._years.append((whole, whole))
        return True

    def _small_venue(self, match: re.Match[str]) -> bool:
        return self._vocabulary.has_acronym(match["venue"]) and self._venue(match)

    def _long_venue(self, match: re.Match[str], least: int = 1) -> bool:
        """A name of several words: as much of it as some paper's venue has."""
        name = of_venues.AFTER_A_NAME.sub("", match["venue"])
        while name and not self._vocabulary.has_venue(name):
            shorter = of_venues.END_OF_A_NAME.sub("", name) if " " in name else ""
            name = of_venues.AFTER_A_NAME.sub("", shorter)
        if len(name.split()) >= least:
            self._at_venue(name, match.start())
            self._blank(match.start(), match.start("venue") + len(name))
        return False

    def _at_venue(self, name: str, start: int) -> None:
        name = self._vocabulary.venue_as_written(name)
        if english.NOT_IN.search(self._text[:start]):
            self._leave_out(Filters(venues=(name,)))
        else:
            venues = dict.fromkeys((*self._filters.venues, name))
            self._filters = replace(self._filters, venues=tuple(venues))

    def _leave_out(self, some: Filters) -> None:
        self._filters = replace(self._filters, excluding=(*self._filters.excluding, some))

    def _narrow(self, more: Filters) -> None:
        self._filters = self._filters.joined(more)

    # persons

    def _read_persons(self) -> None:
        found = self._find_persons()
        roles = _Roles(self._text)
        either = [bool(english.OR.fullmatch(self._text[one[1] : other[0]])) for one, other in itertools.pairwise(found)]
        for place, (start, end, name) in enumerate(found):
            role, around = roles.of(start, end)
            if role == "any" and self._is_owner(name) and not english.SHOWN.search(self._text):
                self._blank(start, end)  # every paper here is of whom the library is of
                continue
            if role == "first":
                self._filters = replace(self._filters, first_authors=(*self._filters.first_authors, name))
            elif role == "not first":
                self._filters = replace(self._filters, authors=(*self._filters.authors, name))
                self._leave_out(Filters(first_authors=(name,)))
            elif role.isdigit():
                self._filters = replace(
                    self._filters, placed_authors=(*self._filters.placed_authors, (int(role), name))
                )
            elif role == "last":
                self._filters = replace(self._filters, last_authors=(*self._filters.last_authors, name))
            elif role == "not":
                self._leave_out(Filters(authors=(name,)))
            elif any(either[max(0, place - 1) : place + 1]):
                self._filters = replace(self._filters, any_authors=(*self._filters.any_authors, name))
            else:
                self._filters = replace(self._filters, authors=tuple(dict.fromkeys((*self._filters.authors, name))))
            self._persons.append(name)
            for s, e in (*around, (start, end)):
                self._blank(s, e)

    def _is_owner(self, name: str) -> bool:
        return self._vocabulary.owner is not None and folded(name) == folded(self._vocabulary.owner)

    def _find_persons(self) -> list[tuple[int, int, str]]:
        words = list(_WORD.finditer(self._text))
        found: list[tuple[int, int, str]] = []
        place = 0
        while place < len(words):
            step = 1
            for width in (5, 4, 3, 2):
                last = place + width - 1
                if last >= len(words):
                    continue
                start, end = words[place].start(), words[last].end()
                text = re.sub(r"['’]s?$", "", self._text[start:end])
                name = self._vocabulary.person(text)
                if name:
                    found.append((start, start + len(text), name))
                    step = width
                    break
            else:
                found += self._by_family(words[place])
            place += step
        return found + self._unknown_persons(found)

    def _by_family(self, word: re.Match[str]) -> list[tuple[int, int, str]]:
        """A family name alone, where it can be nothing else."""
        text = re.sub(r"['’]s?$", "", word[0])
        lower = self._text == self._text.lower()
        if not (text[:1].isupper() or (lower and not is_idle(text))) or len(text) < 2:
            return []
        names = self._vocabulary.family(text)
        before = self._text[: word.start()]
        if lower and not (names and english.BY_WHOM.search(before)):
            return []
        if (
            (not names and not self._is_owners_family(text))
            or not (english.BY_PERSON.search(before) or self._is_said_of_a_person(word))
            or _PERSON.match(self._text, word.start())
        ):
            return []
        owner = self._vocabulary.owner
        if owner and self._is_owners_family(text):
            return [(word.start(), word.start() + len(text), owner)]
        if len(names) > 1:
            self._notes.append(f"{text} is the family name of {_listing(names[:6])}; all of them are meant here.")
        return [(word.start(), word.start() + len(text), text if len(names) > 1 else names[0])]

    def _is_said_of_a_person(self, word: re.Match[str]) -> bool:
        """Whether what follows stands behind persons alone: ``'s``, ``et al.``, a second family name."""
        if re.search(r"['’]s?$", word[0]) or english.PERSON_FOLLOWED.match(self._text, word.end()):
            return True
        other = english.JOINED_TO.match(self._text, word.end())
        return other is not None and bool(
            self._vocabulary.family(other["name"]) or self._is_owners_family(other["name"])
        )

    def _is_owners_family(self, word: str) -> bool:
        owner = self._vocabulary.owner
        return owner is not None and folded(word) == folded(Author(owner).family)

    def _unknown_persons(self, found: Sequence[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
        """Names of persons whom the library does not have: the nearest are named, or taken where it is but misspelt."""
        taken: list[tuple[int, int, str]] = []
        for match in _PERSON.finditer(self._text):
            start, end = match.span()
            if any(s < end and start < e for s, e, _ in found):
                continue
            name = match[0]
            first = name.split()[0]
            if folded(first) in FUNCTION_WORDS | PAPER_WORDS | english.FRAME_WORDS:
                start += len(first) + 1
                name = name[len(first) + 1 :].strip()
                if len(name.split()) < 2:
                    continue
            before = self._text[:start]
            if before[-1:] in "\"'“‘":  # a title
                continue
            is_asked_for = english.OF_PERSON.search(before) is not None
            near = self._vocabulary.nearest_persons(name, *(() if is_asked_for else (_SURE,)))
            if near and near[0][1] >= _SURE:
                self._notes.append(f"{name} is taken for {near[0][0]}, the nearest name in this library.")
                taken.append((start, start + len(name), near[0][0]))
            elif is_asked_for and any(folded(word) not in self._vocabulary.words for word in name.split()):
                nearest = _nearest([n for n, _ in near])
                hint = nearest or "'papertalk people' lists who is shown"
                self._problems.append(f"No paper here shows an author {name}; {hint}.")
                self._blank(start, start + len(name))
        return taken


@dataclass(slots=True)
class _Roles:
    """Where a question says that somebody comes first or last among the authors."""

    text: str

    def of(self, start: int, end: int) -> tuple[str, list[tuple[int, int]]]:
        """The role of the person named there, and the words that say it."""
        if english.NOT_IN.search(self.text[:start]) or english.NOT_AFTER.match(self.text[end:]):
            return "not", []
        for role, pattern in (("first", english.FIRST_AUTHOR), ("last", english.LAST_AUTHOR)):
            for match in pattern.finditer(self.text):
                between = self.text[match.end() : start] if match.end() <= start else self.text[end : match.start()]
                if len(between) <= 28 and not re.search(r"[.?!;]", between):
                    negated = english.NOT_FIRST.search(self.text[: match.start()])
                    return ("not first" if negated and role == "first" else role), [match.span()]
        for match in english.NTH_AUTHOR.finditer(self.text):
            if (match.end() <= start and len(self.text[match.end() : start]) <= 28) or 0 <= match.start() - end <= 28:
                return str(english.PLACES_OF_AUTHORS[match[1].lower()]), [match.span()]
        return "any", []


_NUMBERS = {
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
}
_NUMBERS |= {"couple of": 2, "few": 3}


def _year(match: re.Match[str]) -> int:
    return int(next(group for group in match.groups() if group))


def _whole(year: str, match: re.Match[str]) -> int:
    """The year of four digits; ``17`` in ``2016/17`` takes its century from the other."""
    if len(year) == 4:
        return int(year)
    century = next(group for group in match.groups() if group and len(group) == 4)[:2]
    return int(century + year)


def _month_before(year: int, month: int) -> str:
    return f"{year - 1}-12" if month == 1 else f"{year}-{month - 1:02d}"


def _month_after(year: int, month: int) -> str:
    return f"{year + 1}-01" if month == 12 else f"{year}-{month + 1:02d}"


def _day(date: str, days: int) -> str:
    """The day so many days later; of a month or year alone, the month or year beside it."""
    if len(date) == 4:
        return str(int(date) + (1 if days > 0 else -1))
    if len(date) == 7:
        year, month = int(date[:4]), int(date[5:])
        return _month_after(year, month) if days > 0 else _month_before(year, month)
    return (datetime.date.fromisoformat(date) + datetime.timedelta(days=days)).isoformat()


def years_in_words(years: Years) -> str:
    """``from 2018 to 2021``, ``from 2018 on``, ``until 2021``, ``from 2019``."""
    first, last = years
    if first is None:
        return f"until {last}"
    if last is None:
        return f"from {first} on"
    return f"from {first}" if first == last else f"from {first} to {last}"


def _nearest(names: Sequence[str]) -> str:
    if not names:
        return ""
    return f"the nearest name{'s are' if len(names) > 1 else ' is'} {_listing(names)}"


def _listing(names: Sequence[str], last: str = "and") -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {last} {names[-1]}"


def topic_of(rest: str, writes: Callable[[str], bool] = lambda _: False) -> tuple[str, bool]:
    """What is left of a question once its frame is gone: what its papers are to be on, and whether it says "on".

    ``writes`` says whether the library has words one after the other: what stands so belongs together.
    """
    rest = re.sub(r"\(not [^)]*\)?", " ", rest.replace("\x00", " "))
    for lead in english.TOPIC_LEADS.finditer(rest):
        tail = _trimmed(rest[lead.end() :], _LITTLE)
        while more := english.TOPIC_LEADS.match(tail):
            tail = tail[more.end() :].strip()
        if tail and _telling(tail):
            head = re.split(r"[,.;:?!–—]", rest[: lead.start()])[-1]
            before = english.TOPIC_LEADS.sub(" ", _trimmed(head, None, writes)).strip()
            return (f"{before} {tail}" if _telling(before) else tail), True
    topic = _trimmed(rest, None, writes)
    return (topic, False) if _telling(topic) else ("", False)


def _trimmed(text: str, idle: frozenset[str] | None = None, writes: Callable[[str], bool] = lambda _: False) -> str:
    """The text without what says nothing at its ends."""
    words = list(_WORD.finditer(text))
    said = [not (folded(match[0]) in idle if idle else is_idle(match[0])) for match in words]
    if True not in said:
        return ""
    first, last = said.index(True), len(said) - 1 - said[::-1].index(True)
    if first and folded(words[first - 1][0]) not in _LITTLE and writes(f"{words[first - 1][0]} {words[first][0]}"):
        first -= 1
    if last + 1 < len(words) and folded(words[last + 1][0]) not in _LITTLE:
        last += writes(f"{words[last][0]} {words[last + 1][0]}")
    return text[words[first].start() : words[last].end()].strip()


def is_idle(word: str) -> bool:
    """Whether a word says nothing of what a paper is on."""
    low = folded(word)
    return low in IDLE or low in NUMBER_WORDS or (len(low) < 3 and (low.isdigit() or len(low) < 2))


def _telling(text: str) -> bool:
    words = [folded(match[0]) for match in _WORD.finditer(text)]
    return any(not is_idle(word) and word not in GENERIC_WORDS for word in words) or (
        sum(word not in FUNCTION_WORDS for word in words) > 1
    )


_LITTLE = FUNCTION_WORDS | english.ENDS_OF_TOPICS
IDLE = FUNCTION_WORDS | PAPER_WORDS | english.FRAME_WORDS
