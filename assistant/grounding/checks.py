"""Hard checks of a claim against passages: names, numbers, denial, direction. Each says what is not there, or nothing.

A check errs towards silence: it speaks where the passage names, counts, denies or compares something else of the same
things, not where it says them in other words.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import Match, SequenceMatcher
from itertools import pairwise

from assistant.english import grounding as english
from assistant.english.general import FUNCTION_WORDS
from assistant.grounding.statements import Name, Number, Statement, Term, fold, latin, looks_coined, spellings, squash
from assistant.words import is_common, is_content, rarity, stem

OPPOSITE = "the passage says the opposite"
Context = Mapping[str, float]
"""Stems that stand near something, nearest heaviest."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What claims are checked against. ``words`` and ``stems`` are those of the sentences and of the record: the title,
    the authors, the year, what the paper is called. ``text`` is both, to look links up in."""

    statements: tuple[Statement, ...]
    words: frozenset[str]
    stems: frozenset[str]
    acronyms: frozenset[str]
    initials: tuple[str, ...]
    text: str
    folded: str

    @classmethod
    def of(cls, statements: Sequence[Statement], record: Statement, text: str) -> Evidence:
        """The sentences of one paper, and its record; ``text`` is both."""
        return cls(
            statements=tuple(statements),
            words=record.words.union(*(said.words for said in statements)),
            stems=record.every_stem.union(*(said.every_stem for said in statements)),
            acronyms=frozenset(_acronyms(text)),
            initials=tuple(_initials(text)),
            text=text,
            folded=fold(text),
        )

    def joined(self, other: Evidence) -> Evidence:
        """Both taken together."""
        return Evidence(
            self.statements + other.statements,
            self.words | other.words,
            self.stems | other.stems,
            self.acronyms | other.acronyms,
            self.initials + other.initials,
            f"{self.text}\n{other.text}",
            f"{self.folded}\n{other.folded}",
        )


def _acronyms(text: str) -> Iterator[str]:
    for word in re.findall(r"\b[A-Z][A-Za-z]?[A-Z]{1,5}s?\b", text):
        if len(word.removesuffix("s")) > 1:
            yield word.removesuffix("s").lower()


def _initials(text: str) -> Iterator[str]:
    words = [word.lower() for word in re.findall(r"[^\W\d_]+", text)]
    yield "".join(word[0] for word in words)
    yield "".join(word[0] for word in words if word not in english.ACRONYM_LINKS)


# ---- names


def missing_name(said: Statement, evidence: Evidence) -> str:
    """The first link or name of the claim that is not there."""
    for link in said.links:
        target = squash(fold(re.sub(r"^https?:\s?//(?:www\.)?", "", link)))
        if target not in squash(fold(evidence.text)):
            return f"the link {link}"
    explained = _explained(said, evidence)
    absent = (name for name in said.names if not is_named(name, evidence) and not explained.issuperset(name.words))
    return next((f"the name {name.text}" for name in absent), "") or _misgiven(said, evidence)


def _misgiven(said: Statement, evidence: Evidence) -> str:
    """The abbreviation that the claim gives other words than the sources do."""
    meant = {short: long for passage in evidence.statements for short, long in _given(passage.text)}
    for match in _GIVEN.finditer(said.text):
        long = meant.get(fold(match["short"]), "")
        heads = [stem(word) for word in _PART.findall(long)][-1:]
        if not {stem(word) for word in _PART.findall(fold(match["long"]))}.issuperset(heads):
            return f"the abbreviation {match['short']} for that"
    return ""


def is_named(name: Name, evidence: Evidence) -> bool:
    """Whether the sources hold a name, in any of the ways that it is written."""
    if _is_abbreviated(name, evidence):
        return True
    words = zip(name.words, name.text.split(" "), strict=True)
    there = all(_is_there(word, written, evidence) for word, written in words)
    return there and (name.coined or _are_together(name, evidence))


def _are_together(name: Name, evidence: Evidence) -> bool:
    """Whether the words of a name follow each other somewhere, others between them aside."""
    starts = [re.escape(re.split(r"\W", word)[0][:_SHARED_START]) for word in name.words]
    return all(re.search(rf"\b{one}\w*\W+(?:\w+\W+){{0,3}}{two}", evidence.folded) for one, two in pairwise(starts))


def _is_there(word: str, written: str, evidence: Evidence) -> bool:
    """Whether a folded word of a name is there; ``written`` is the same as the claim has it."""
    forms = {form for one in spellings(word) for form in (one, squash(one), one.removesuffix("s"), f"{one}s")}
    if forms & evidence.words or stem(word) in evidence.stems or _is_numbered(word, evidence):
        return True
    parts = [part for part in re.split(r"\W+", written) if part]
    if len(parts) > 1:
        return all(_is_there(fold(part), part, evidence) for part in parts if not _is_plain_part(part))
    start = word[:_SHARED_START]  # "Danish" and "Denmark" are not told apart from "Dane" by a stemmer
    plain = len(word) > _SHARED_START and word.isalpha() and not looks_coined(word)
    return plain and any(other.startswith(start) for other in evidence.words)


_SHARED_START = 5


def _is_plain_part(part: str) -> bool:
    """Whether a part of a hyphened name is a word like any other: that of "X-positive"."""
    return part in english.PLAIN_PARTS or fold(part) in english.PLAIN_PARTS or (part.islower() and is_common(part))


_NUMBERED = re.compile(r"([a-z]{3,})(\d?)")


def _is_numbered(word: str, evidence: Evidence) -> bool:
    """Whether a name that may end in a digit is there without it, and no other of that name; or with any."""
    match = _NUMBERED.fullmatch(word)
    if match is None:
        return False
    others = any(re.fullmatch(rf"{match[1]}-?\d+", other) for other in evidence.words)
    return match[1] in evidence.words and len(match[1]) > 3 and not others if match[2] else others


def _is_abbreviated(name: Name, evidence: Evidence) -> bool:
    """Whether a name is the initials of words of the sources, or its own initials are a name there."""
    initials = "".join(word[0] for word in name.words if word not in english.ACRONYM_LINKS)
    if len(initials) > 1 and initials in evidence.acronyms:
        return True
    short = _SHORT.fullmatch(squash(fold(name.text))) if len(name.words) == 1 else None
    if short is None:
        return False
    letters, number = short.groups()
    behind = rf"\b{letters[-1]}\w*\W{number}(?!\w)"  # its number stands behind the last of the words
    if 2 < len(letters) <= 6 and (not number or re.search(behind, evidence.folded)):
        return any(letters in row for row in evidence.initials)
    return _is_clipped(letters, number, evidence)


def _is_clipped(letters: str, number: str, evidence: Evidence) -> bool:
    """Whether a name is letters of one word with its number: IL-6, of interleukin 6."""
    if not number or len(letters) > _LONGEST_CLIPPED:
        return False
    longs = re.finditer(rf"\b({letters[0]}[a-z]{{4,30}})\W?{number}(?!\w)", evidence.folded)
    return any(_has_in_order(letters, long[1]) for long in longs)


_SHORT = re.compile(r"([a-z]{2,6}?)s?(\d{0,3})")
_LONGEST_CLIPPED = 4


def _has_in_order(letters: str, text: str) -> bool:
    rest = iter(text)
    return all(letter in rest for letter in letters)


_PART = re.compile(r"[^\W_]+")
_GIVEN = re.compile(r"(?P<long>(?:[^\s()]{1,40} ){1,8})\((?P<short>[^\W\d_][\w-]{1,9})\)")


def _given(text: str) -> Iterator[tuple[str, str]]:
    """The abbreviations that a text gives in brackets, each with the words that it stands for, folded.

    After Schwartz and Hearst (2003): from the right, each letter in the words before, the first at a word's start.
    """
    for match in _GIVEN.finditer(text):
        long, place = latin(fold(match["long"])).rstrip(), len(match["long"])
        letters = squash(latin(fold(match["short"]))).removesuffix("s")
        for letter in reversed(letters[1:]):
            place = long.rfind(letter, 0, max(place, 0))
        start = re.search(rf"(?<!\w){letters[0]}(?!.*\W{letters[0]})", long[: max(place, 0)])
        if start:
            yield fold(match["short"]), long[start.start() :]


def _explained(said: Statement, evidence: Evidence) -> set[str]:
    """The words of the abbreviations that a claim explains where the sources have one of both forms."""
    found: set[str] = set()
    for short, long in _given(said.text):
        words = _PART.findall(long)
        if _is_there(short, short, evidence) or all(stem(word) in evidence.stems for word in words if is_content(word)):
            found.update((short, *long.split(), *words))
    return found


# ---- numbers


def missing_number(said: Statement, evidence: Evidence) -> str:
    """The first number of the claim that is not there, or that is there of something else."""
    there = [(number, passage) for passage in evidence.statements for number in passage.numbers]
    matched: list[tuple[Number, list[Number]]] = []
    for number in said.numbers:
        if number.is_year and str(int(number.value)) in evidence.words:
            continue
        matches = [other for other, passage in there if _is_same(number, other, passage.text)]
        if not matches and not _is_counted(number, evidence):
            kind = "year" if number.is_year else "number"
            return f"the {kind} {number.text}"
        if matches and not number.is_year:
            matched.append((number, matches))
    others = [other for other, passage in there if "respectively" not in passage.text and not other.is_year]
    misplaced = next((number for number, matches in matched if _belongs_elsewhere(number, matches, others)), None)
    return f"the number {misplaced.text} for that" if misplaced else ""


def _is_same(claimed: Number, found: Number, sentence: str) -> bool:
    if _has_same_unit(claimed, found, sentence) and _has_same_value(claimed, found.value, found):
        return True
    if claimed.unit == "percent" and not found.unit and found.value <= 1:  # 42 % is 0.42
        return _has_same_value(claimed, found.value * 100, found)
    return (
        found.unit == "percent"
        and not claimed.unit
        and claimed.value <= 1
        and math.isclose(claimed.value * 100, found.value)
    )


_ABOUT = 0.08
"""How far a hedged number may lie from the one that is meant, as a share of it."""


def _has_same_value(claimed: Number, value: float, found: Number) -> bool:
    """Equal, or as near as the claim itself says."""
    if math.isclose(claimed.value, value, rel_tol=1e-9):
        return True
    if not claimed.hedge and found.hedge != "about":
        return False
    rounded = 0.5 * claimed.step if claimed.step < abs(value) else 0.0
    near = abs(claimed.value - value) <= max(_ABOUT * abs(value), rounded)
    if claimed.hedge == "over":
        return near and claimed.value <= value
    if claimed.hedge == "under":
        return near and claimed.value >= value
    return near


_SHARES = frozenset({"percent", "percentage point", "point"})


def _has_same_unit(claimed: Number, found: Number, sentence: str) -> bool:
    if claimed.unit == found.unit:
        return True
    if not claimed.unit:  # a score whose sign was left out, or a figure that shares the unit beside it
        return not claimed.counted and found.unit not in ("times", "place")
    if not found.unit:
        if claimed.unit in _SHARES:
            return found.value <= 1 or (english.SCORE.search(sentence) is not None and not found.counted)
        if claimed.unit == "times":
            return english.RATIO.search(sentence) is not None and not found.counted
        return claimed.unit != "place" and not found.counted
    if {claimed.unit, found.unit} <= _SHARES:
        return "percent" not in (claimed.unit, found.unit) or english.ABSOLUTE.search(sentence) is not None
    return False


_MOST_COUNTED = 6


def _is_counted(number: Number, evidence: Evidence) -> bool:
    """Whether a small number may count what a sentence lists: "two corpora", for "X and Y"."""
    if number.unit or number.value not in range(2, _MOST_COUNTED + 1):
        return False
    for passage in evidence.statements:
        if any(number.counted[-1:] == other.counted[-1:] != () for other in passage.numbers):
            return False  # so many others of them are counted
    for passage in evidence.statements:
        items = 2 + passage.text.count(",") if english.LISTS.search(passage.text) else 1
        both = number.value == 2 and english.COUNTED_PAIR.search(passage.text)
        if (items >= number.value or both) and number.beside.keys() & passage.stems:
            return True
    return False


def _belongs_elsewhere(number: Number, matches: Sequence[Number], others: Sequence[Number]) -> bool:
    """Whether what the claim counts is counted by another number of the passage, and not by this one."""
    if not number.counted or not all(match.counted for match in matches):
        return False
    head, unit = number.counted[-1], matches[0].unit
    rivals = [o for o in others if o.unit == unit and not _has_same_value(number, o.value, o)]
    return any(head in o.counted[-1:] for o in rivals) and not any(head in match.counted for match in matches)


# ---- denial


def denied_otherwise(said: Statement, evidence: Evidence) -> str:
    """Whether the claim denies what the passage says, or says what it denies."""
    near = _nearest(said, evidence)
    for target in _targets(said):
        asserted, _ = _spoken_of(target, near)
        if asserted >= _SAID and asserted > _spoken_of(target, evidence.statements)[1]:
            return OPPOSITE
    for passage in near:
        for target in _targets(passage):
            asserted, denied = _spoken_of(target, [said])
            if asserted >= _SAID and asserted > denied and _spoken_of(target, evidence.statements)[0] < asserted:
                return OPPOSITE
    return ""


_NEAREST = 0.5


def _nearest(said: Statement, evidence: Evidence) -> list[Statement]:
    """The sentences that share most with the claim: others speak of something else."""
    shares = [sum(term.weight for term in said.terms if term.stem in p.stems) for p in evidence.statements]
    best = max(shares, default=0.0)
    return [p for share, p in zip(shares, evidence.statements, strict=True) if share and share >= _NEAREST * best]


_SAID = 0.65
"""The share of what is denied that a clause must hold to speak of it."""
_DENIED_WORDS, _SUBJECT_WORDS = 4, 2
_SUBJECT = 0.5


def _targets(said: Statement) -> Iterator[Context]:
    """What each denial of a sentence denies, and of what."""
    for denied in said.denials:
        target = {term.stem: term.weight / (1 + place) for place, term in enumerate(denied[:_DENIED_WORDS])}
        if not target:
            continue
        before = [term for term in said.terms if term.start < denied[0].start][-_SUBJECT_WORDS:]
        for place, term in enumerate(reversed(before)):
            if term.clause == denied[0].clause:
                target.setdefault(term.stem, _SUBJECT * term.weight / (1 + place))
        if len(target) > 1:
            yield target


def _spoken_of(target: Context, statements: Sequence[Statement]) -> tuple[float, float]:
    """How much of what is denied a clause says at most, and how much one that denies it or comes near to that."""
    asserted = denied = 0.0
    for passage in statements:
        for clause in _clauses(passage):
            stems = {term.stem for term in clause}
            share = _share(target, stems)
            doubtful = any(term.denied or term.stem in english.WEAK_DENIALS for term in clause)
            if doubtful or _opposed(target, stems):
                denied = max(denied, share)
            else:
                asserted = max(asserted, share)
    return asserted, denied


def _clauses(said: Statement) -> list[list[Term]]:
    found: dict[int, list[Term]] = {}
    for term in said.terms:
        found.setdefault(term.clause, []).append(term)
    return list(found.values())


def _share(weights: Mapping[str, float], stems: set[str]) -> float:
    return sum(weight for term, weight in weights.items() if term in stems) / sum(weights.values())


def _opposed(weights: Mapping[str, float], stems: set[str]) -> set[str]:
    return {other for term in weights if term in english.OPPOSITES for other in english.OPPOSITES[term][1] & stems}


# ---- direction


@dataclass(frozen=True, slots=True)
class _Turn:
    """A word that has an opposite and is not denied; its group, the opposite one, and what stands near."""

    word: str
    same: frozenset[str]
    opposite: frozenset[str]
    context: Context


def turned_round(said: Statement, evidence: Evidence) -> str:
    """Whether the claim says more where the passage says less, of the same things, or compares them the other way."""
    return OPPOSITE if _is_turned(said, evidence) or _is_compared_otherwise(said, evidence) else ""


_NEAR = 5
_MORE = 0.1
_TIED = 0.3
"""The share of the words near a turn that must be near the other for both to be of the same things."""


def _is_turned(said: Statement, evidence: Evidence) -> bool:
    found = [turn for passage in evidence.statements for turn in _turns(passage)]
    near = _nearest(said, evidence)
    for turn in _turns(said):
        against = [other for passage in near if not passage.every_stem & turn.same for other in _turns(passage)]
        same = max((_tie(turn, other) for other in found if other.word in turn.same), default=0.0)
        opposed = max((_tie(turn, other) for other in against if other.word in turn.opposite), default=0.0)
        if opposed >= _TIED and opposed > same + _MORE:
            return True
    return False


def _tie(turn: _Turn, other: _Turn) -> float:
    return _share(turn.context, set(other.context)) if turn.context else 0.0


def _turns(said: Statement) -> Iterator[_Turn]:
    for match in re.finditer(r"[^\W\d_]+", said.text):
        word = stem(fold(match[0]))
        if word not in english.OPPOSITES:
            continue
        same, opposite = english.OPPOSITES[word]
        context = _context(said, match.start())
        if not any(term.start == match.start() and term.denied for term in said.terms):
            yield _Turn(word, same, opposite, context)


def _context(said: Statement, place: int) -> Context:
    """The content words near a place, of its clause before others."""
    after = [term for term in said.terms if term.start > place][:_NEAR]
    before = [term for term in reversed(said.terms) if term.start < place][:_NEAR]
    found: dict[str, float] = {}
    for row in (after, before):
        clause = row[0].clause if row else 0
        for distance, term in enumerate(row):
            weight = term.weight / (1 + distance) / (1 if term.clause == clause else 3)
            if term.stem not in english.OPPOSITES:
                found[term.stem] = max(found.get(term.stem, 0.0), weight)
    return found


@dataclass(frozen=True, slots=True)
class _Comparison:
    """What is said to be more, and than what; ``more`` is the word that says so, by its stem."""

    more: str
    first: frozenset[str]
    second: frozenset[str]

    def is_alike(self, other: _Comparison) -> bool:
        """Whether both are about the same quality: what is smaller may well be better."""
        kinds = [english.OPPOSITES.get(one.more) for one in (self, other)]
        if any(one.more in english.SIZES for one in (self, other)):
            return kinds[0] is not None and kinds[1] is not None and bool(kinds[0][0] & (kinds[1][0] | kinds[1][1]))
        return True


def _is_compared_otherwise(said: Statement, evidence: Evidence) -> bool:
    """Whether both compare the same two things, the other way round."""
    claim = _compared(said)
    if claim is None:
        return False
    straight = crossed = 0
    for passage in _nearest(said, evidence):
        other = _compared(passage)
        if other is None or not claim.is_alike(other):
            continue
        one = min(len(claim.first & other.first), 2) + min(len(claim.second & other.second), 2)
        two = min(len(claim.first & other.second), len(claim.second & other.first), 2) * 2
        straight, crossed = max(straight, one), max(crossed, two)
    return crossed > straight


def _compared(said: Statement) -> _Comparison | None:
    match = english.COMPARATIVE.search(said.text)
    if match is None or english.STANDS_FOR_ANOTHER.match(said.text[match.end() :]):
        return None
    before = [term.stem for term in said.terms if term.start < match.start()]
    before = before[:_SUBJECT_WORDS] + before[-6:]  # "A does this, and it outperforms B"
    after = [term.stem for term in said.terms if term.start >= match.end()][:6]
    left, right = frozenset(before) - frozenset(after), frozenset(after) - frozenset(before)
    is_passive = english.PASSIVE_BEFORE.search(said.text[: match.start()]) and english.PASSIVE_AFTER.match(
        said.text[match.end() :]
    )
    more = stem(match[0].split()[0].lower())
    return _Comparison(more, right, left) if bool(match["less"]) != bool(is_passive) else _Comparison(more, left, right)


# ---- a word put in the place of another


def exchanged(said: Statement, evidence: Evidence) -> str:
    """What stands in the claim where a sentence that is otherwise the same has something else: a denial more or less,
    an opposite, a word that makes it the only or the first, another number or name."""
    return next(filter(None, (_changed(said, *change) for change in changes(said, evidence))), "")


def changes(said: Statement, evidence: Evidence) -> list[tuple[Statement, list[str], list[str]]]:
    """Where the claim is the same as a sentence but for a few words: the sentence, those words, and its own there.

    Either may be none. Words that another sentence has there, too, are no change.
    """
    own = _tokens(said.text)
    near = _nearest(said, evidence)
    others = [_tokens(passage.text) for passage in near]
    aligned = [SequenceMatcher(None, own, other, autojunk=False).get_matching_blocks() for other in others]
    copied = {place for blocks in aligned for a, _, size in blocks if size >= _RUN for place in range(a, a + size)}
    found = []
    for passage, other, blocks in zip(near, others, aligned, strict=True):
        known = {word.lower() for word in (*other, *_same_figures(said, passage))} - english.DENIALS
        for before, after in pairwise([Match(0, 0, 0), *blocks]):
            put = range(before.a + before.size, after.a)
            frame = (
                own[max(before.a, put.start - _FRAME) : put.start] + own[after.a : after.a + min(after.size, _FRAME)]
            )
            place = other[before.b + before.size : after.b]
            opens = before.a + before.b + before.size == 0
            if (
                not (before.size or opens)
                or not after.size
                or sum(word.lower() not in FUNCTION_WORDS for word in frame) < _FRAMING
                or set(put) & copied
            ):
                continue
            if max(len(put), len(place)) <= _LONGEST_CHANGE:
                new = [
                    own[at]
                    for at in put
                    if own[at].lower() not in known or (len(put) == len(place) and _is_opposite(own[at], place))
                ]
                found.append((passage, new, place))
    return found


def _is_opposite(word: str, place: Sequence[str]) -> bool:
    opposite = english.EXCHANGED.get(stem(word.lower()), _NO_OPPOSITE)[1]
    return any(stem(other.lower()) in opposite for other in place)


def _same_figures(said: Statement, passage: Statement) -> Iterator[str]:
    """The figures of a claim whose numbers a passage has, as tokens."""
    for number in said.numbers:
        if any(_is_same(number, other, passage.text) for other in passage.numbers):
            yield from _TOKEN.findall(number.text)


def strange_words(said: Statement, evidence: Evidence) -> list[tuple[str, str]]:
    """Words that stand, in a claim that is otherwise nearly a copy of a sentence, in the place of others, and that no
    source holds; with those others."""
    found = []
    for _, put, place in changes(said, evidence):
        own, other = ([word for word in words if is_content(word.lower())] for words in (put, place))
        new = [
            word
            for word in own
            if stem(word.lower()) not in evidence.stems | english.INTERCHANGED and not word[0].isdigit()
        ]
        if other and any(rarity(word.lower()) >= _TELLING for word in new) and _copied_share(said, evidence) >= _COPY:
            found.append((" ".join(own), " ".join(other)))
    return found


_TELLING, _COPY = 0.3, 0.6
_RUN = 3


def _copied_share(said: Statement, evidence: Evidence) -> float:
    """How much of the claim is in runs of two words or more that the nearest sentence has in the same order."""
    own = _tokens(said.text)
    runs = (
        SequenceMatcher(None, own, _tokens(passage.text), autojunk=False).get_matching_blocks()
        for passage in _nearest(said, evidence)
    )
    return max((sum(size for _, _, size in run if size > 1) / len(own) for run in runs), default=0.0)


_FRAME, _FRAMING = 4, 2
"""On either side of a change so many words are looked at, and so many telling ones of them must be the same."""
_LONGEST_CHANGE = 4
_TOKEN = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_][^\W_]*(?:-[^\W_]+)*(?:n['’]t)?")


def _tokens(text: str) -> list[str]:
    """Words and numbers; ``cannot`` and ``don't`` in two, and authors who speak of themselves as others would."""
    found: list[str] = []
    for match in _TOKEN.finditer(text):
        word = match[0]
        low = word.lower()
        if low == "cannot" or low.endswith("n't"):
            found += [low.removesuffix("not").removesuffix("n't"), "not"]
        else:
            found.append(english.SPEAKERS.get(low, word if looks_coined(word) else low))
    return found


def _changed(said: Statement, passage: Statement, put: Sequence[str], place: Sequence[str]) -> str:
    """What is wrong with words put in the place of others; empty where nothing need be."""
    stems, others = {stem(word.lower()) for word in put}, {stem(word.lower()) for word in place}
    turned = any(english.EXCHANGED.get(word, _NO_OPPOSITE)[1] & others for word in stems)
    more, less = (any(word in english.DENIALS for word in words) for words in (put, place))
    denied = more != less and (_denials(said) > _denials(passage) if more else _denials(passage) > _denials(said))
    if turned != denied:
        return OPPOSITE if turned or not (stems ^ others) & (english.WEAK_DENIALS | english.DENYING_VERBS) else ""
    alone = english.EXCLUSIVE.intersection(put)
    for claimed, found in english.STRONG_WORDS:
        words = alone.intersection(_tokens(" ".join(match[0] for match in claimed.finditer(said.text))))
        if words and not found.search(" ".join(place)):
            return f"the word '{min(words)}'"
    for word in put:
        if _is_figure(word) and any(map(_is_figure, place)) and word not in place:
            return f"the number {word} for that"
        names = [other for other in place if looks_coined(other)]
        if looks_coined(word) and names and not any(_is_same_name(word, name) for name in names):
            return f"the name {word} for that"
    return ""


def _is_same_name(word: str, other: str) -> bool:
    """Whether two names differ in their signs alone, or in a number that one of them lacks."""
    ones, twos = ({squash(form) for form in spellings(fold(name))} for name in (word, other))
    if ones & twos:
        return True
    return any(one.rstrip("0123456789") == two or two.rstrip("0123456789") == one for one in ones for two in twos)


def _is_figure(word: str) -> bool:
    return word[0].isdigit() or english.CARDINALS.get(word, 0) > 1


def _denials(said: Statement) -> int:
    """How often a sentence denies, if only that something is always so; "neither ... nor" does once."""
    words = _tokens(english.NO_DENIAL.sub(" ", said.text))
    verbs = sum(stem(word.lower()) in english.DENYING_VERBS for word in words)
    return sum(word in english.DENIALS for word in words) + verbs - ("nor" in words and "neither" in words)


_NO_OPPOSITE: tuple[frozenset[str], frozenset[str]] = (frozenset(), frozenset())


def contrary(said: Statement, evidence: Evidence) -> bool:
    """Whether a source says the opposite."""
    return any(check(said, evidence) == OPPOSITE for check in (denied_otherwise, turned_round, exchanged))


# ---- doubts


def doubted(said: Statement, evidence: Evidence) -> str:
    """What the claim says for which the sentences nearest to it have no word, though they may mean it.

    A denial, a direction, or that something is so of all, why, or for certain.
    """
    near = _nearest(said, evidence)
    stems: frozenset[str] = frozenset().union(*(passage.every_stem for passage in near))
    words = {term.stem: term.weight for term in said.terms}
    if said.denials and near and not any(map(_is_negative, near)) and not _opposed(words, set(stems)):
        return OPPOSITE
    if any(stems & turn.opposite and not stems & turn.same for turn in _turns(said)):
        return OPPOSITE
    for claimed, found in english.STRONG_WORDS:
        word = claimed.search(said.text)
        if word and not any(found.search(passage.text) for passage in near):
            return f"the word '{word[0]}'"
    return ""


def _is_negative(said: Statement) -> bool:
    return bool(said.denials) or bool(said.every_stem & english.WEAK_DENIALS)


Check = Callable[[Statement, Evidence], str]
CHECKS: Mapping[str, Check] = {
    "names": missing_name,
    "numbers": missing_number,
    "denial": denied_otherwise,
    "direction": turned_round,
    "exchange": exchanged,
}
"""Each says what of a claim is not there, or the empty text."""
