"""Which papers a question names by their place: ``the newest paper on ...``, ``the last two``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from assistant.answers import Filters
from assistant.english import placing as english
from assistant.papers import Paper


@dataclass(frozen=True, slots=True)
class Place:
    """The ``nth`` of the papers by date, from 1, counted from the oldest or from the newest; ``count`` of them from
    there on. ``in_time`` says that the words speak of time, so that no place in a list is meant."""

    nth: int = 1
    from_oldest: bool = False
    count: int = 1
    in_time: bool = True

    @property
    def words(self) -> str:
        """``second latest``"""
        return english.PLACE_WORDS[self.nth] + ("earliest" if self.from_oldest else "latest")

    def of(self, ordered: Sequence[Paper]) -> tuple[Paper, ...]:
        """The papers at that place; empty where there are too few. What is ordered is the oldest first."""
        rows = ordered if self.from_oldest else ordered[::-1]
        chosen = rows[self.nth - 1 : self.nth - 1 + self.count]
        return tuple(chosen) if len(chosen) == self.count else ()


@dataclass(frozen=True, slots=True)
class Placed:
    """Words of a question that name papers by place. ``among`` asks for the papers that they are counted among; empty
    where all are meant."""

    start: int
    end: int
    places: tuple[Place, ...]
    among: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """What is said of a paper before the answer: its place among how many papers of which filters, or beside which
    other paper (``words``)."""

    key: str
    words: str
    number: int = 0
    filters: Filters = field(default_factory=Filters)


def placed_in(question: str) -> list[Placed]:
    """What the question names by place, in its order."""
    found = list(_placed(question))
    if not found and (match := english.IS_PLACED.search(question)):
        among = f"Which papers{match['tail']}?" if match["tail"].strip() else ""
        found = [Placed(match.start(), match.end(), _places(match["places"]), among)]
    return [*found, *_also_placed(question, found)]


def _also_placed(question: str, found: Sequence[Placed]) -> Iterator[Placed]:
    """``than that of the latest one``, after papers that are named by place."""
    for match in english.ONE_ALSO_PLACED.finditer(question):
        if found and match.start() >= found[-1].end:
            yield Placed(match.start(), match.end(), _places(match["places"]), found[-1].among)


def _placed(question: str) -> Iterator[Placed]:
    matches = list(english.PLACED.finditer(question))
    for number, match in enumerate(matches):
        limit = matches[number + 1].start() if number + 1 < len(matches) else len(question)
        end = match.end() if match["others"] else _end_of_tail(question, match.start(), match.end(), limit)
        tail = question[match.end() : end]
        places = _places(match["places"] + match["others"])
        if english.SEVERAL.fullmatch(match["noun"]) and len(places) == 1 and places[0].count == 1:
            continue  # "the latest papers": how many is not said
        if limit == len(question) and (also := english.ALSO_PLACED.match(question, end)):
            places, end = (*places, *_places(also["places"])), also.start() + len(also[0].rstrip(" ?.!"))
        yield Placed(match.start(), end, places, _among(match["whose"] or "", match["described"], tail))


def _among(whose: str, described: str, tail: str) -> str:
    person = re.sub(r"['’]s\s*$", "", whose) if re.search(r"['’]s", whose) else ""
    by = (
        f" by {person}" if person and not re.match(r"(?i)(?:the|her|his|their|our|your|my|this|that)\b", person) else ""
    )
    return f"Which {described.strip()} papers{by}{tail}?".replace("  ", " ") if described.strip() or by or tail else ""


def _end_of_tail(question: str, start: int, end: int, limit: int) -> int:
    """Where the words end that say of which papers it is the newest."""
    text = question[:limit]
    joined = re.search(rf"{english.JOINS}$", text[end:]) if limit < len(question) else None
    last = end + joined.start() if joined else len(text.rstrip())
    if not english.TAIL.match(text, end, last + 1):
        return end
    if (stop := english.TAIL_ENDS.search(text, end, last)) is not None:
        last = stop.start()
    if (also := english.ALSO_PLACED.search(text, end)) is not None and limit == len(question):
        last = min(last, also.start())
    if english.INVERTED.search(question[:start]):
        verbs = [verb for verb in english.VERB_AFTER.finditer(text, end, last) if verb.start() > end + 4]
        last = verbs[0].start() if verbs else last
    tail = text[end:last].rstrip(" ?.!")
    return end + len(tail) if len(tail.split()) > 1 else end


def _places(words: str) -> tuple[Place, ...]:
    return tuple(_place(match) for match in english.ONE_PLACE.finditer(words))


def _place(match: re.Match[str]) -> Place:
    if match["penultimate"]:
        return Place(2)
    if match["alone"]:
        return Place(english.PLACES[match["alone"].lower()], from_oldest=True, in_time=False)
    end = re.sub(r"[\s-]+", " ", match["counted"] or match["end"] or match["plain"]).lower()
    nth = english.PLACES[match["nth"].lower()] if match["nth"] else 1
    said = (match["count"] or match["number"] or "1").lower()
    return Place(
        nth,
        from_oldest=bool(english.FROM_THE_OLDEST.match(end)),
        count=english.COUNTS.get(said) or int(said),
        in_time=end not in ("first", "last") or nth > 1,
    )


def place_alone(words: str) -> tuple[Place, ...]:
    """The place where the words are nothing but one: ``the second newest``, ``the oldest one``."""
    match = re.fullmatch(rf"\W*(?:the\s+)?(?P<places>{english.PLACE})(?:\s+(?:one|{english.NOUN}))?\W*", words, re.I)
    return _places(match["places"]) if match else ()


def asks_more(question: str, placed: Sequence[Placed]) -> bool:
    """Whether the question wants more of the papers at those places than which they are and when they came out."""
    rest = blanked(question, placed)
    return bool(english.HOW_IT_WORKS.search(rest)) or not only_names(rest)


def only_names(words: str) -> bool:
    """Whether words ask for nothing but which paper it is: ``What is``, ``Take``."""
    return re.search(r"\w", english.ONLY_WHICH.sub(" ", words)) is None


def blanked(question: str, placed: Sequence[Placed]) -> str:
    for span in placed:
        question = question[: span.start] + " " * (span.end - span.start) + question[span.end :]
    return question
