"""What a sentence states that can be checked one by one: its numbers, names and links, its words, and what it denies.

Both sides of a check are read in the same way: the claim, and each sentence of the passage that should support it.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from assistant.english import grounding as english
from assistant.english.general import FUNCTION_WORDS, NUMBER_WORDS
from assistant.papers import LINK, clean
from assistant.words import is_common, is_content, rarity, stem

_WORD = re.compile(r"(?<![^\W_])(?<!\d\.)[^\W\d_][^\W_]*(?:[-.@/+&’'_][^\W_]+){0,8}\+{0,2}")
_ANY_WORD = re.compile(r"[^\W_]+(?:[-.@/+&’'_][^\W_]+){0,8}\+{0,2}")
_PART = re.compile(r"[^\W_]+")
_FIGURE = re.compile(
    r"(?<![\w.])(?P<sign>[$€£¥]\s?)?(?P<value>\d{1,3}(?:[,\u2009\u202f\u00a0 ]\d{3}){1,5}(?!\d)|\d{1,15})"
    r"(?P<decimals>[.·]\d{1,12})?"
)
_NO_NUMBER = re.compile(r"s\b|[A-Za-z]{2,}\d|[-–][A-Z]\w*\d|\.\d")
_ORDINAL = re.compile(r"(?:st|nd|rd|th)\b")
_SUFFIX = re.compile(r"\s?(?P<unit>%|×)|(?P<close>[a-zA-Zµμ]{1,5})\b|[\s-](?P<word>[a-zA-Zµμ]{1,12})\b")
_PER_CENT = re.compile(r"[\s-]?per[- ]?cent(?:age)?\b", re.IGNORECASE)
_PERCENTAGE_POINTS = re.compile(r"\s?(?:%|percent(?:age)?)[\s-]points?|\s?(?:pp|p\.p\.)(?!\w)", re.IGNORECASE)
_CLAUSE_MARK = re.compile(r"[,;:()—–]|\s-\s")
_FRACTION = re.compile(
    rf"(?<![\w-])(?:(?P<parts>one|two|three|a|an)[\s-])?(?P<whole>{english.pattern_of(english.FRACTIONS)})\s(?:of|the)\b",
    re.IGNORECASE,
)
_SHORT_SCALES = ("k", "K", "M", "B", "bn")
_YEAR = re.compile(r"(?:1[89]|20)\d\d")
_REACH = 8
"""How many words after a denial it may deny."""
_NOUN_PHRASE = 4
_NEAR = 6
"""How many words beside a number say what it is a number of."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number as it is meant: ``2.5 million`` is 2,500,000. ``unit`` is a name of :data:`english.UNITS`, or empty."""

    text: str
    value: float
    unit: str
    start: int
    end: int
    hedge: str = ""
    """``about``, ``over``, ``under``, or empty where it is exact."""
    is_year: bool = False
    beside: Mapping[str, float] = field(default_factory=dict)
    """The content words near it, as stems, nearest heaviest."""
    counted: tuple[str, ...] = ()
    """The stems of the words right behind it: of ``annotated documents``."""
    step: float = 1.0
    """The worth of its last digit: 0.1 for ``71.2``."""


@dataclass(frozen=True, slots=True)
class Name:
    """A name as it is written, and the words that it is made of, folded."""

    text: str
    words: tuple[str, ...]
    coined: bool


@dataclass(frozen=True, slots=True)
class Term:
    """A content word: its stem, where it stands, how much it tells, whether it is denied, and in which clause it is."""

    stem: str
    word: str
    start: int
    weight: float
    denied: bool
    clause: int


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence, read."""

    text: str
    terms: tuple[Term, ...]
    numbers: tuple[Number, ...]
    names: tuple[Name, ...]
    links: tuple[str, ...]
    denials: tuple[tuple[Term, ...], ...]
    """For each denial the words that it denies, in order."""
    words: frozenset[str]
    """Every word and part of one, folded, function words too."""
    stems: frozenset[str]
    """Of its content words."""
    every_stem: frozenset[str]
    """Of all its words."""


def read(sentence: str) -> Statement:
    """What a sentence states; formulas and links are read as a person would."""
    text = plain(sentence)
    bare = LINK.sub(lambda match: " " * len(match[0]), text)
    denials = _denials(bare)
    terms = tuple(_terms(bare, denials))
    return Statement(
        text=text,
        terms=terms,
        numbers=tuple(_with_neighbours(number, terms, bare) for number in _numbers(bare)),
        names=tuple(_names(bare)),
        links=tuple(match[0] for match in LINK.finditer(text)),
        denials=tuple(tuple(term for term in terms if start <= term.start < end) for start, end in denials),
        words=frozenset(_forms(bare)),
        stems=frozenset(term.stem for term in terms),
        every_stem=frozenset(stem(fold(word)) for word in _PART.findall(bare)),
    )


def plain(text: str) -> str:
    """Text without LaTeX, ligatures and odd blanks."""
    composed = unicodedata.normalize("NFKC", clean(text).replace("·", "."))
    return " ".join(composed.replace("’", "'").replace("−", "-").replace("\u00ad", "").split())


def fold(word: str) -> str:
    """A word without case, accents and possessive."""
    decomposed = unicodedata.normalize("NFKD", word.casefold().replace("’", "'"))
    return "".join(char for char in decomposed if not unicodedata.combining(char)).removesuffix("'s")


def looks_coined(token: str) -> bool:
    """Whether a token is written as a name is: inner capitals, all capitals, or letters before digits."""
    return any(_part_coined(part) for part in _PART.findall(token))


def _part_coined(part: str) -> bool:
    letters = sum(char.isalpha() for char in part)
    if not letters or len(part) < 2:
        return False
    return any(char.isupper() for char in part[1:]) or (part[0].isalpha() and any(char.isdigit() for char in part))


def _forms(text: str) -> Iterator[str]:
    for match in _ANY_WORD.finditer(text):
        for whole in spellings(fold(match[0])):
            yield whole
            yield squash(whole)
            yield from _PART.findall(whole)


def spellings(word: str) -> set[str]:
    """A folded word, with the names of its Greek letters and with the Latin ones that are written for them."""
    if word.isascii():
        return {word}
    return {word, latin(word), "".join(english.GREEK.get(char, (char, char))[0] for char in word)}


def latin(text: str) -> str:
    """Folded text with Latin letters for Greek ones, one for each."""
    return "".join(english.GREEK.get(char, (char, char))[1] for char in text)


def squash(word: str) -> str:
    return "".join(_PART.findall(word))


# ---- terms and denials


def _terms(text: str, denials: list[tuple[int, int]]) -> Iterator[Term]:
    breaks = [match.start() for match in english.CLAUSE_BREAK.finditer(text)]
    for match in _PART.finditer(text):
        word = fold(match[0])
        if word[0].isdigit() or word in NUMBER_WORDS or word in english.DENIALS or not is_content(word):
            continue
        if text[match.start() - 1 : match.start()] == "'" or text[match.end() : match.end() + 2] == "'t":
            continue
        weight = 0.3 + 0.7 * rarity(word)
        denied = sum(start <= match.start() < end for start, end in denials) % 2 == 1
        yield Term(stem(word), word, match.start(), weight, denied, bisect(breaks, match.start()))


def _denials(text: str) -> list[tuple[int, int]]:
    """What each denial reaches over: the words after it, to the end of its clause."""
    hidden = text
    for pattern in (english.NO_DENIAL, english.HALF_DENIAL):
        hidden = pattern.sub(lambda match: " " * len(match[0]), hidden)
    words = list(_WORD.finditer(hidden))
    found = []
    for place, match in enumerate(words):
        word = match[0].lower()
        is_denial = word in english.DENIALS or word.endswith("n't") or stem(word) in english.DENYING_VERBS
        if is_denial or word.startswith("non-"):
            start = match.start() if word.startswith("non-") else match.end()
            found.append((start, _clause_end(hidden, words, place, match.end())))
    return found


def _clause_end(text: str, words: list[re.Match[str]], place: int, start: int) -> int:
    mark = _CLAUSE_MARK.search(text, start)
    end = mark.start() if mark else len(text)
    for match in words[place + 1 : place + 1 + _REACH]:
        if match.start() >= end or match[0].lower() in english.CLAUSE_ENDS:
            return min(end, match.start())
    last = words[min(place + _REACH, len(words) - 1)]
    return min(end, last.end())


# ---- numbers


def _numbers(text: str) -> Iterator[Number]:
    found = sorted([*_figures(text), *_spelled(text)], key=lambda number: number.start)
    for place, number in enumerate(found):
        if number.unit or place + 1 == len(found):
            yield number
            continue
        following = found[place + 1]
        shares = english.JOINS_NUMBERS.fullmatch(text[number.end : following.start]) and not number.is_year
        yield replace(number, unit=following.unit) if shares and following.unit else number


def _figures(text: str) -> Iterator[Number]:
    for match in _FIGURE.finditer(text):
        end = match.end()
        before = text[max(0, match.start() - 40) : match.start()]
        if _NO_NUMBER.match(text, end) or re.search(r"[A-Za-z]-$", before):
            continue
        if ordinal := _ORDINAL.match(text, end):
            yield Number(text[match.start() : ordinal.end()], float(match["value"].replace(",", "")), "place",
                         match.start(), ordinal.end())  # fmt: skip
            continue
        digits = re.sub(r"\D", "", match["value"])
        decimals = (match["decimals"] or "").replace("·", ".")
        value = float(digits + decimals)
        step = 10.0 ** -(len(decimals) - 1) if decimals else _step(digits)
        factor, unit, stop = _scale_and_unit(text, end)
        is_year = factor == 1.0 and not unit and not decimals and bool(_YEAR.fullmatch(match["value"]))
        yield Number(
            text=text[match.start() : stop].strip(),
            value=value * factor,
            unit=english.LEADING_UNITS.get((match["sign"] or "").strip(), unit),
            start=match.start(),
            end=stop,
            hedge=_hedge(before),
            is_year=is_year,
            step=step * factor,
        )


def _step(digits: str) -> float:
    zeros = len(digits) - len(digits.rstrip("0"))
    return 10.0 ** min(zeros, len(digits) - 1)


def _scale_and_unit(text: str, end: int) -> tuple[float, str, int]:
    """What a number is multiplied by, its unit, and where both end."""
    factor = 1.0
    for _ in range(3):
        points = _PERCENTAGE_POINTS.match(text, end)
        if points:
            return factor, "percentage point", points.end()
        per_cent = _PER_CENT.match(text, end)
        if per_cent:
            return factor, "percent", per_cent.end()
        suffix = _SUFFIX.match(text, end)
        if suffix is None:
            break
        written = suffix["unit"] or suffix["close"] or suffix["word"]
        low = written.lower()
        attached = suffix["word"] is None
        if low in english.SCALES and (len(low) > 2 or (attached and written in _SHORT_SCALES)):
            factor *= english.SCALES[low]
            end = suffix.end()
            continue
        if low in english.UNITS:
            return factor, english.UNITS[low], suffix.end()
        break
    return factor, "", end


def _spelled(text: str) -> Iterator[Number]:
    taken: list[tuple[int, int]] = []
    for match in _FRACTION.finditer(text):
        parts = {"two": 2.0, "three": 3.0}.get((match["parts"] or "").lower(), 1.0)
        whole = match["whole"].lower()
        if whole in ("third", "quarter") and not match["parts"]:
            continue  # "the third of"
        value = 100.0 * parts / english.FRACTIONS[whole]
        taken.append(match.span())
        hedge = _hedge(text[max(0, match.start() - 40) : match.start()]) or "about"
        words = text[match.start() : match.end("whole")]
        yield Number(words, value, "percent", match.start(), match.end("whole"), hedge)
    for match in english.RANKED.finditer(text):
        taken.append(match.span())
        value = english.ORDINALS[match["ordinal"].lower()]
        yield Number(match["ordinal"], value, "place", match.start("ordinal"), match.end("ordinal"))
    for match in english.MULTIPLE.finditer(text):
        unit = "" if match[0].lower() == "dozen" else "times"
        value = english.MULTIPLES[match[0].lower()]
        yield Number(match[0], value, unit, match.start(), match.end(), "about")
    for match in english.CARDINAL.finditer(text):
        if any(start < match.end() and match.start() < end for start, end in taken):
            continue
        value = _cardinal(match[0])
        factor, unit, end = _scale_and_unit(text, match.end())
        if value * factor == 1 and not unit:
            continue  # "one" is mostly a pronoun
        hedge = _hedge(text[max(0, match.start() - 40) : match.start()])
        yield Number(text[match.start() : end], value * factor, unit, match.start(), end, hedge, step=factor)


def _cardinal(words: str) -> float:
    """``four hundred and eighty-one`` is 481."""
    total = group = 0.0
    for word in re.findall(r"[a-z]+", words.lower()):
        if word in english.CARDINALS:
            group += english.CARDINALS[word]
        elif word == "hundred":
            group = max(group, 1.0) * 100
        elif word in english.SCALES:
            total += max(group, 1.0) * english.SCALES[word]
            group = 0.0
    return total + group


def _hedge(before: str) -> str:
    for name, pattern in (("over", english.MORE_THAN), ("about", english.ABOUT), ("under", english.LESS_THAN)):
        if pattern.search(before):
            return name
    return ""


def _with_neighbours(number: Number, terms: tuple[Term, ...], text: str) -> Number:
    after = [term for term in terms if term.start >= number.end][:_NEAR]
    before = [term for term in reversed(terms) if term.start < number.start][:_NEAR]
    counted, end = [], number.end
    for term in after[:_NOUN_PHRASE]:
        if number.unit or text[end : term.start] not in (" ", "-"):
            break
        counted.append(term.stem)
        end = term.start + len(term.word)
    beside: dict[str, float] = {}
    for row in (after, before):
        for distance, term in enumerate(row):
            beside[term.stem] = max(beside.get(term.stem, 0.0), term.weight / (1 + distance))
    return replace(number, beside=beside, counted=tuple(counted))


# ---- names


def _names(text: str) -> Iterator[Name]:
    run: list[re.Match[str]] = []
    for match in _WORD.finditer(text):
        if _is_name_word(text, match):
            if run and text[run[-1].end() : match.start()] != " ":
                yield _name(text, run)
                run = []
            run.append(match)
        elif run:
            yield _name(text, run)
            run = []
    if run:
        yield _name(text, run)


def _name(text: str, run: list[re.Match[str]]) -> Name:
    words = tuple(fold(match[0]) for match in run)
    written = text[run[0].start() : run[-1].end()].removesuffix("'s")
    return Name(written, words, any(looks_coined(match[0]) for match in run))


def _is_name_word(text: str, match: re.Match[str]) -> bool:
    word = match[0]
    low = fold(word)
    if low in english.UNITS or low in english.UNNAMED or (low in FUNCTION_WORDS and not word.isupper()):
        return False
    if looks_coined(word):
        return True
    if not word[0].isupper():
        return False
    before = text[: match.start()].rstrip(" \"'“‘([*_")
    starts = not before or before[-1] in ".!?:•"
    return not starts or not _is_plain(word)


def _is_plain(word: str) -> bool:
    """Whether a word may owe its capital to the sentence that it opens."""
    return all(
        is_common(part) or part in english.PLAIN_PARTS or english.MADE_OF_WORDS.fullmatch(part) is not None
        for part in _PART.findall(fold(word))
    )
