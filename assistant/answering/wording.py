"""How computed answers speak: of sets of papers, of numbers, years and months, of what was counted."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.answers import Filters, Subject
from assistant.planning.conditions import years_in_words

MONTHS = ("January February March April May June July August September October November December").split()

NOUNS: dict[Subject, tuple[str, str]] = {
    "papers": ("paper", "papers"),
    "authors": ("author", "authors"),
    "first_authors": ("first author", "first authors"),
    "author_pairs": ("pair of authors", "pairs of authors"),
    "categories": ("category", "categories"),
    "years": ("year", "years"),
    "datasets": ("dataset introduced", "datasets introduced"),
    "datasets_used": ("dataset used", "datasets used"),
    "methods": ("method or system introduced", "methods and systems introduced"),
    "tasks": ("task", "tasks"),
    "topics": ("topic", "topics"),
    "affiliations": ("affiliation", "affiliations"),
    "code": ("link to code", "links to code"),
    "owner": ("owner", "owners"),
}
_NUMBERS = {1: "one", 2: "two", 3: "three"}
_INTRODUCED = {"dataset": "a dataset", "method": "a method or system"}


def counted(number: int, subject: Subject = "papers") -> str:
    """``1 paper``, ``24 papers``."""
    one, many = NOUNS[subject]
    return f"{number:,} {one if number == 1 else many}"


def join(words: Sequence[str], last: str = "and") -> str:
    """``A``, ``A and B``, ``A, B and C``."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def date_in_words(date: str) -> str:
    """``2 December 2025``, ``December 2025``, ``2025``."""
    parts = date.split("-")
    month = MONTHS[int(parts[1]) - 1] if len(parts) > 1 else ""
    day = str(int(parts[2])) if len(parts) > 2 else ""
    return " ".join(part for part in (day, month, parts[0]) if part)


def percent(part: int, whole: int) -> str:
    """A share as a reader says it: whole per cents, one decimal where that tells more."""
    share = 100 * part / whole if whole else 0.0
    if 0 < part < whole and not 0.05 <= share < 99.95:
        return "under 0.1%" if share < 1 else "over 99.9%"
    return f"{share:.0f}%" if abs(share - round(share)) < 0.05 else f"{share:.1f}%"


def conditions(filters: Filters) -> str:
    """What the papers have in common, to stand after "papers": `` with code from 2021 on``; empty without filters.

    Plain text: what papers and users say is not yet escaped for Markdown.
    """
    parts: list[str] = []
    if filters.kinds:
        parts.append(f"of the kind {join(filters.kinds, 'or')}")
    if filters.introduces:
        parts.append(f"introducing {join([_INTRODUCED[kind] for kind in filters.introduces], 'or')}")
    if filters.topic:
        parts.append(f"on “{filters.topic}”")
    for group in filters.mentions:
        parts.append(f"mentioning {join(group, 'or')}")
    if filters.titles:
        parts.append(f"with {join([f'“{text}”' for text in filters.titles])} in the title")
    if filters.first_authors:
        parts.append(f"with {join(filters.first_authors, 'or')} as first author")
    if filters.last_authors:
        parts.append(f"with {join(filters.last_authors, 'or')} as last author")
    if filters.author_count is not None:
        parts.append(
            f"with {_NUMBERS.get(filters.author_count, filters.author_count)} author"
            + "s" * (filters.author_count != 1)
        )
    if filters.author_range is not None:
        parts.append(f"with {_range(filters.author_range)} authors")
    parts += [f"with {name} as author number {place}" for place, name in filters.placed_authors]
    if filters.has_affiliation is not None:
        parts.append("with an affiliation" if filters.has_affiliation else "without an affiliation")
    if filters.authors:
        parts.append(f"showing {join(filters.authors)} among the authors")
    if filters.any_authors:
        parts.append(f"showing {join(filters.any_authors, 'or')} among the authors")
    if filters.categories:
        parts.append(f"in the category {join(filters.categories, 'or')}")
    if filters.affiliations:
        parts.append(f"with the affiliation {join(filters.affiliations, 'or')}")
    if filters.venues:
        parts.append(
            "at a workshop" if filters.venues == ("workshop",) else f"with the venue {join(filters.venues, 'or')}"
        )
    if filters.has_code is not None:
        parts.append("with code" if filters.has_code else "without code")
    if filters.papers:
        parts.append(f"among {len(filters.papers)} chosen")
    if filters.years:
        parts.append(years_in_words(filters.years))
    if filters.months:
        parts.append(f"of {join([MONTHS[month - 1] for month in filters.months], 'or')}")
    if filters.dates:
        parts.append(_dates(filters.dates))
    parts += [f"leaving out those{conditions(out)}" for out in filters.excluding]
    return "".join(f" {part}" for part in parts)


def _range(span: tuple[int | None, int | None]) -> str:
    first, last = span
    if first is None or last is None:
        return f"at most {last}" if first is None else f"{first} or more"
    return f"{first} to {last}"


def _dates(dates: tuple[str | None, str | None]) -> str:
    first, last = (date_in_words(date) if date else "" for date in dates)
    if first and last:
        return f"of {first}" if first == last else f"from {first} to {last}"
    return f"from {first} on" if first else f"until {last}"


def run_of(numbers: Sequence[int]) -> str:
    """Markers as a reader takes them in: few one by one, a run by its ends."""
    distinct = sorted(set(numbers))
    if len(distinct) <= 3 or distinct != list(range(distinct[0], distinct[-1] + 1)):
        return " ".join(f"[{number}]" for number in distinct)
    return f"([{distinct[0]}] to [{distinct[-1]}])"
