"""What a question names: papers by title, by what they bring ("the X dataset"), by author and year; typing errors too.

Nothing here knows a name beforehand. A name is coined by a paper when it heads the title, or follows a verb of making
("we introduce X", "a framework named X"), or abbreviates such a phrase; it is learned from the library at hand.
"""

from __future__ import annotations

import re
import string
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from assistant.english.general import FUNCTION_WORDS, LISTS_PAPERS, PAPER_WORDS
from assistant.papers import LINK, Paper, clean
from assistant.words import is_common, stem, tokens

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")
_WORDLIKE = r"[^\W_]+(?:[-.@/+’'][^\W_]+)*\+*"
_WORD = re.compile(_WORDLIKE)
_MAKING = re.compile(
    r"\b(?:propos|introduc|present|develop|releas|creat|construct|design|build|built|nam|call|term|dub|publish|offer|"
    r"describ|explor|provid|implement|establish|contribut|pioneer|formulat)\w*\b",
    re.IGNORECASE,
)
_TAG = re.compile(r"</?[A-Za-z][^<>]{0,200}>")
_TITLE_CASE = re.compile(
    r"(?:(?<=\s)|(?<=^))(?:[A-Z][\w-]*\s+(?:(?:of|for|the|in|and|with|to|a|on)\s+)?){3,12}[A-Z][\w-]*"
)
_THE_PAPER = re.compile(r"\bthe (?:original |famous )?([\w.-]{2,40}) (?:paper|article|authors)\b")
_QUOTED = re.compile(r"[\"“'‘]([^\"“”'‘’]{2,200})[\"”'’]")
_BY_YEAR = re.compile(r"\b([A-Z][\w’'-]+)(?:\s+et\s+al\.?|\s+and\s+[A-Z]\w+)?,?\s*\(?((?:19|20)\d{2})\)?")
_BY_OTHERS = re.compile(
    r"\b(?P<name>[A-Z][\w’'-]+(?:\s+[A-Z][\w’'-]+)*),?\s+et\s+al\b(?!\.?,?\s*\(?(?:19|20)\d{2})\.?"  # else `_BY_YEAR`
)
_OF_YEAR = re.compile(
    r"\b(?:the|a|an|her|his|their|from|of|in|one)\s+((?:19|20)\d\d)\b(?=\s+(?:paper|work|study|article|survey|dataset|one|system|entry|and)|\s*[,;?.)]|$)",
    re.IGNORECASE,
)
_HYPHENED = re.compile(r"\b[A-Za-z]+-[A-Za-z]+\b")
_TWO_WORDS = re.compile(r"\b([A-Za-z]+) ([A-Za-z]+)\b")
_BEFORE_A_PHRASE = frozenset(f"{string.ascii_lowercase},")
_REACH = 9
"""How many words after a verb of making a coined name may stand."""


@lru_cache(maxsize=50_000)
def looks_coined(token: str) -> bool:
    """Whether a token is written as a name is: inner capitals, all capitals, or letters with digits, in some part."""
    return any(_part_coined(part) for part in re.split(r"[-.@/+’']", token))


def _part_coined(part: str) -> bool:
    letters = re.sub(r"[^A-Za-z]", "", part)
    if not letters or len(part) < 2:
        return False
    inner = any(char.isupper() for char in part[1:])
    mixed = part[0].isupper() and any(char.isdigit() for char in part)
    return (inner and len(letters) > 1) or mixed


@dataclass(frozen=True, slots=True)
class Mention:
    """A name in a question and the papers that it stands for, most likely first."""

    text: str
    papers: tuple[str, ...]
    weight: float
    """How surely the first of them is meant: above 2 by its title, up to 2 by its abstract."""
    cites: bool = False
    """Whether it is a citation, as ``Somebody et al. (2019)``: then each of its papers may be meant."""


@dataclass(frozen=True, slots=True)
class Named:
    """What a question names."""

    mentions: tuple[Mention, ...]
    unknown: tuple[str, ...]
    """Names that occur nowhere in the library."""
    corrected: str
    """The question with its typing errors mended from the library's own words."""
    hints: frozenset[str] = frozenset()
    """Papers that alone hold a name which the question uses, or that are of a year which it gives."""

    @property
    def papers(self) -> tuple[str, ...]:
        """Papers that are named, in the question's order; where a name stands for several, the likeliest.

        Beside a name out of a title, a name out of an abstract is what is asked about, not whose paper is asked.
        """
        surest = max((mention.weight for mention in self.mentions), default=0.0)
        sure = [mention for mention in self.mentions if mention.weight >= 2.0 or surest < 2.0]
        return tuple(dict.fromkeys(mention.papers[0] for mention in sure))

    @property
    def cited(self) -> Mention | None:
        """A citation that fits several papers, where nothing else names one."""
        several = len(self.mentions) == 1 and self.mentions[0].cites and len(self.mentions[0].papers) > 1
        return self.mentions[0] if several else None


class Names:
    """The names of one library's papers."""

    def __init__(self, papers: Iterable[Paper]) -> None:
        self._papers = {paper.key: paper for paper in papers}
        self._owners: dict[str, dict[str, float]] = defaultdict(dict)
        self._written: dict[str, str] = {}
        self._titles: dict[str, str] = {}
        self._plain: Counter[str] = Counter()
        self._vocabulary: Counter[str] = Counter()
        self._learn()

    @property
    def papers(self) -> Iterable[Paper]:
        """The papers whose names these are."""
        return self._papers.values()

    def coined(self, key: str) -> list[str]:
        """The names that a paper brings, as it writes them, strongest first."""
        owned = [(owners[key], name) for name, owners in self._owners.items() if key in owners]
        return [self._written[name] for _, name in sorted(owned, key=lambda pair: (-pair[0], pair[1]))]

    def label(self, key: str) -> str:
        """How a paper is called: by the strongest name that it brings, or by its title."""
        own = [name for name in self.coined(key) if self._owners[name.casefold()][key] >= 2]
        first = next((name for name in own if next(iter(self._ranked(name)), "") == key), None)
        return first or f'"{_plain(self._papers[key].title)}"'

    def others_with(self, key: str) -> tuple[str, ...]:
        """Other papers that speak of what this one brings."""
        own = [name for name in self.coined(key) if self._owners[name.casefold()][key] >= 2 and looks_coined(name)]
        pattern = re.compile("|".join(rf"(?<!\w){re.escape(name)}(?!\w)" for name in own) or r"(?!)")
        return tuple(other for other, paper in self._papers.items() if other != key and pattern.search(paper.abstract))

    def _ranked(self, name: str) -> list[str]:
        owners = self._owners[name.casefold()]
        return sorted(owners, key=lambda key: (-owners[key], self._papers[key].date or "", key))

    def hyphened(self, text: str) -> str:
        """The text with words joined that the library writes with a hyphen: ``few shot`` as ``few-shot``."""
        return _TWO_WORDS.sub(
            lambda match: f"{match[1]}-{match[2]}" if f"{match[1]}-{match[2]}".lower() in self._hyphens else match[0],
            text,
        )

    def spread(self, word: str) -> int:
        """How many papers use the word, in any form."""
        return self._vocabulary[stem(word.lower())]

    def holds(self, word: str) -> bool:
        """Whether the library's papers use the word, in any form."""
        return stem(word.lower()) in self._vocabulary

    def speaks(self, key: str, word: str) -> bool:
        """Whether one paper uses the word, in any form."""
        paper = self._papers.get(key)
        return paper is not None and stem(word.lower()) in map(stem, tokens(paper.text))

    def writes(self, term: str) -> bool:
        """Whether some paper writes the term, hyphens and a plural's s aside."""
        words = _folded(term)
        return bool(words) and any(
            re.search(rf"(?<!\w){re.escape(words)}(?:s|es)?(?!\w)", text) for text in self._folded_texts
        )

    def find(self, question: str) -> Named:
        corrected, fixed = self._mend(question)
        found: list[tuple[int, Mention]] = []
        taken: list[tuple[int, int]] = []
        for start, end, mention in [
            *self._by_title(corrected),
            *self._by_name(corrected, fixed),
            *self._by_year(corrected),
            *self._by_citation(corrected),
        ]:
            if not any(s < end and start < e for s, e in taken):
                taken.append((start, end))
                found.append((start, mention))
        unknown = self._unknown(corrected, taken)
        mentions = tuple(m for _, m in sorted(found, key=lambda pair: pair[0]))
        return Named(mentions, unknown, corrected, self._hints(corrected))

    def _hints(self, question: str) -> frozenset[str]:
        lone = {self._lone.get(_singular(match[0]), "") for match in _WORD.finditer(question) if looks_coined(match[0])}
        years = {int(match[1]) for match in _OF_YEAR.finditer(question)}
        dated = {paper.key for year in years for paper in self._by_years.get(year, ())}
        return frozenset((lone | dated) - {""})

    # learning

    def _learn(self) -> None:
        spread, words, hyphens = Counter[str](), set[str](), set[str]()
        self._folded_texts: list[str] = []
        self._lone: dict[str, str] = {}
        for paper in self._papers.values():
            self._titles.setdefault(_folded(_plain(paper.title)), paper.key)
            told, written = tokens(paper.text), set(_WORD.findall(paper.text))
            names = tokens(" ".join(author.name for author in paper.authors))
            self._vocabulary.update({stem(word) for word in {*told, *names}})
            prose = LINK.sub(" ", paper.abstract)  # a name inside a link is no ordinary word
            self._plain.update(set(re.findall(r"\b[a-z]+\b", prose)))
            spread.update({_singular(word) for word in written})
            for name in {_singular(word) for word in written if looks_coined(word)}:
                self._lone[name] = "" if name in self._lone else paper.key
            words.update(word for word in told if len(word) > 3)
            hyphens.update(word.lower() for word in _HYPHENED.findall(paper.text))
            self._folded_texts.append(" ".join(told))
        for paper in self._papers.values():
            for name, weight in _coinages(paper):
                if weight < 2.2 and spread[_singular(name)] > (3 if weight >= 2.0 else 1):
                    continue  # the field's own abbreviations are everybody's
                self._written.setdefault(name.casefold(), name)
                owners = self._owners[name.casefold()]
                owners[paper.key] = max(weight, owners.get(paper.key, 0.0))
        self._squashed = {
            _squashed(written): key for key, written in self._written.items() if looks_coined(written.split()[0])
        }
        self._hyphens = frozenset(hyphens)
        self._abstracts = "\n".join(paper.abstract for paper in self._papers.values())
        self._spelt = [*self._written, *sorted(words)]
        self._by_years = _grouped((paper.year, paper) for paper in self._papers.values())
        self._titles_by_word = _grouped((title.split()[0], title) for title in self._titles if title.count(" ") > 1)

    # finding

    def _mend(self, question: str) -> tuple[str, frozenset[str]]:
        """Replace words that neither English nor the library knows by the library's nearest."""
        fixed: set[str] = set()

        def nearest(match: re.Match[str]) -> str:
            word = match[0]
            low = word.lower()
            if (
                len(low) < 4
                or low in FUNCTION_WORDS
                or any(char.isdigit() for char in low)
                or low in self._owners
                or self.holds(low)
                or is_common(low)
                or all(self.holds(part) or is_common(part) for part in re.split(r"\W", low) if part)
            ):
                return word
            if meant := _untwisted(low):
                return meant
            candidates = self._spelt if not looks_coined(word) else self._written.keys()
            best = process.extractOne(low, candidates, scorer=OSA.normalized_similarity, score_cutoff=0.74)
            if best is None or (best[0][0] != low[0] and best[1] < 0.85) or (len(low) < 6 and best[1] < 0.79):
                return word
            written = self._written.get(best[0], best[0])
            fixed.add(written)
            return written

        return _WORD.sub(nearest, question), frozenset(fixed)

    def _by_title(self, question: str) -> Iterable[tuple[int, int, Mention]]:
        folded = _folded(question)
        for word in dict.fromkeys(folded.split()):
            for title in self._titles_by_word.get(word, ()):
                if title in folded:
                    start, end = self._span(question, title)
                    yield start, end, _exact(question[start:end], self._titles[title])
        for match in _QUOTED.finditer(question):
            quoted = _folded(match[1])
            if len(quoted.split()) < 2:
                continue
            held = quoted if quoted in self._titles else self._nearest_title(quoted, 90)
            if held:
                yield match.start(), match.end(), _exact(match[1], self._titles[held])

    def _nearest_title(self, words: str, least: int) -> str | None:
        """The title that is likest to the words; ``least`` of 100 is how like it must be."""
        best = process.extractOne(words, self._titles.keys(), scorer=fuzz.partial_ratio, score_cutoff=least)
        return best[0] if best else None

    @staticmethod
    def _span(question: str, words: str) -> tuple[int, int]:
        """Where a title's words stand, one after the other; from the first of them on, if marks within hide them."""
        parts = words.split()
        if whole := re.search(r"[\W_]+".join(map(re.escape, parts)), question.lower()):
            return whole.span()
        start = max(0, question.lower().find(parts[0]))
        return start, start + len(words)

    def _by_name(self, question: str, fixed: frozenset[str]) -> Iterable[tuple[int, int, Mention]]:
        words = list(_WORD.finditer(question))
        whole_lower = question == question.lower()
        found: list[tuple[int, int, Mention]] = []
        for first in range(len(words)):
            for last in range(min(first + 6, len(words)) - 1, first - 1, -1):
                start, end = words[first].start(), words[last].end()
                text = question[start:end]
                key = self._name_key(text, whole_lower or text in fixed, last > first)
                if key:
                    owners = self._owners[key]
                    ordered = tuple(self._ranked(key))
                    found.append((start, end, Mention(text, ordered, owners[ordered[0]])))
                    break
        return sorted(found, key=lambda row: row[0] - row[1])

    def _name_key(self, text: str, any_case: bool, several: bool) -> str | None:
        for form in (text, re.sub(r"['’]s$", "", text), re.sub(r"s$", "", text) if len(text) > 4 else text):
            key = form.casefold()
            if key not in self._owners:
                continue
            written = self._written[key]
            if form == written:
                return key
            if several:
                ordinary = key in self._abstracts or (not any_case and form == key and all(map(is_common, key.split())))
            else:
                ordinary = self._plain[key] > 0 or (is_common(key) and not (looks_coined(form) or any_case))
            if not ordinary:
                return key
        # Hyphens and blanks inside a name are often left out.
        squashed = _squashed(text)
        return self._squashed.get(squashed) if len(squashed) > 4 and not is_common(text.lower()) else None

    def _by_year(self, question: str) -> Iterable[tuple[int, int, Mention]]:
        for match in _BY_YEAR.finditer(question):
            name, year = match[1].casefold().removesuffix("'s"), int(match[2])
            papers = self._by_years.get(year, ())
            owners = [p.key for p in papers if p.authors and p.authors[0].family.casefold() == name]
            if owners:
                yield match.start(), match.end(), Mention(match[0], tuple(owners), 3.0, cites=True)

    def _by_citation(self, question: str) -> Iterable[tuple[int, int, Mention]]:
        """``Somebody et al.`` without a year, or with one elsewhere: ``in 2019``."""
        if LISTS_PAPERS.search(question):
            return
        years = {int(year) for year in re.findall(r"\b(?:in|of|from) ((?:19|20)\d\d)\b", question)}
        for match in _BY_OTHERS.finditer(question):
            first = [paper for paper in self._papers.values() if _is_first(paper, match["name"])]
            owners = [paper.key for paper in first if not years or paper.year in years]
            if owners:
                yield match.start(), match.end(), Mention(match[0], tuple(owners), 3.0, cites=True)

    def _unknown(self, question: str, taken: Sequence[tuple[int, int]]) -> tuple[str, ...]:
        """Names that the library does not hold. A capital at a sentence's beginning makes no name."""
        unknown: list[str] = []
        quoted = [match.span() for match in _QUOTED.finditer(question) if len(match[1].split()) > 3]
        for match in _WORD.finditer(question):
            word = re.sub(r"['’]s$", "", match[0])
            start = match.start()
            if any(s <= start < e for s, e in (*taken, *quoted)):
                continue
            before = question[:start].rstrip(" \"'“‘(")
            opens = not before or before[-1] in ".!?:"
            coined = looks_coined(word)
            proper = word[:1].isupper() and not opens
            low = word.lower()
            if not (coined or proper) or low in FUNCTION_WORDS or low in PAPER_WORDS or low in self._owners:
                continue
            known = self._vocabulary_has(word) or self._vocabulary_has(word.removesuffix("s"))
            if not known and not (not coined and is_common(low) and stem(low) in self._vocabulary):
                unknown.append(word)
        return tuple(dict.fromkeys([*self._unknown_titles(question), *self._others(question), *unknown]))

    def _others(self, question: str) -> Iterable[str]:
        """Papers of others, called by a name that none here brings: ``the X paper``."""
        for match in _THE_PAPER.finditer(question):
            if looks_coined(match[1]) and _singular(match[1]) not in map(_singular, self._owners):
                yield match[0]

    def _unknown_titles(self, question: str) -> Iterable[str]:
        """Titles of papers that are not here: quoted, or four capitalised words and more in a row."""
        quoted = list(_QUOTED.finditer(question))
        cased = (m for m in _TITLE_CASE.finditer(question) if not any(q.start() < m.start() < q.end() for q in quoted))
        for title in (*(match[1] for match in quoted), *(match[0] for match in cased)):
            words = [word for word in title.split() if word[:1].isupper() or word.lower() not in FUNCTION_WORDS]
            titled = sum(word[:1].isupper() for word in words) >= 0.8 * len(words)
            if len(words) >= 4 and titled and not self._speaks_of(_folded(title)):
                yield title

    def _speaks_of(self, title: str) -> bool:
        """Whether some paper has the title, or one like it, or writes it."""
        return (
            title in self._titles
            or any(title in text for text in self._folded_texts)
            or self._nearest_title(title, 80) is not None
        )

    def _vocabulary_has(self, word: str) -> bool:
        """Whether the word is in some paper: a coined name as it is written but for case, others part by part."""
        if looks_coined(word) and re.search(r"\d", word):
            low = word.lower()
            return any(low in paper.text.lower() for paper in self._papers.values())
        parts = [part for part in tokens(word) if part]
        return all(stem(part) in self._vocabulary for part in parts)


def _grouped(pairs: Iterable[tuple[_Key, _Value]]) -> Mapping[_Key, Sequence[_Value]]:
    groups: dict[_Key, list[_Value]] = defaultdict(list)
    for key, value in pairs:
        groups[key].append(value)
    return dict(groups)


def _exact(text: str, key: str) -> Mention:
    return Mention(text, (key,), 4.0)


def _plain(title: str) -> str:
    """The title as it is read: without tags and the marks of LaTeX."""
    return _TAG.sub("", clean(title)).strip()


def _squashed(name: str) -> str:
    return re.sub(r"[\W_]", "", name).casefold()


def _is_first(paper: Paper, name: str) -> bool:
    """Whether its first author is called so, by the family name or by the whole."""
    first = paper.authors[0] if paper.authors else None
    return first is not None and name.casefold() in (first.family.casefold(), first.name.casefold())


def _untwisted(word: str) -> str:
    """The function word that two neighbouring letters were swapped in; empty where there is none."""
    swapped = (word[:at] + word[at + 1] + word[at] + word[at + 2 :] for at in range(len(word) - 1))
    return next((meant for meant in swapped if meant in FUNCTION_WORDS), "")


def _singular(name: str) -> str:
    return name.casefold().removesuffix("s")


def _folded(text: str) -> str:
    return " ".join(tokens(text))


def _coinages(paper: Paper) -> Iterable[tuple[str, float]]:
    """Names that a paper brings, each with how sure that is: above 2 by its title, up to 2 by its abstract."""
    title = _plain(paper.title)
    head, colon, tail = title.partition(": ")
    if colon and len(head.split()) <= 6 and re.search(r"[A-Za-z]", head):
        yield head.strip(), 3.0
        for part in re.split(r"\s*/\s*|\s+and\s+|\s+", head):
            if looks_coined(part) and part != head:
                yield part, 2.2
    capitals = re.match(r"(?:[A-Z][\w-]+ ){1,3}[A-Z][\w-]+", tail if colon else title)
    for length in range(2, len(capitals[0].split()) + 1 if capitals else 0):
        phrase = " ".join(capitals[0].split()[:length]) if capitals else ""
        if _follows_a_word(phrase, paper.abstract):
            yield phrase, 2.3
    made = dict(_made(paper.abstract))
    for name, weight in made.items():
        yield name, 2.1 if name in (tail if colon else title).split() else weight


def _follows_a_word(phrase: str, text: str) -> bool:
    """Whether a text has the phrase within a sentence: after a word in small letters, or after a comma."""
    place = text.find(phrase)
    while place >= 0:
        before, after = text[:place].rstrip(), text[place + len(phrase) :]
        if len(before) < place and before[-1:] in _BEFORE_A_PHRASE and not re.match(r"\w", after):
            return True
        place = text.find(phrase, place + 1)
    return False


def _made(abstract: str) -> Iterable[tuple[str, float]]:
    """What follows a verb of making: ``we introduce X``, ``a framework named "X"``, ``Some Long Phrase (X)``."""
    for verb in _MAKING.finditer(abstract):
        stop = re.search(r"[.;!?]\s", abstract[verb.end() :])
        clause = abstract[verb.end() : verb.end() + (stop.start() if stop else 400)]
        for place, match in enumerate(_WORD.finditer(clause)):
            if place >= 2 * _REACH:
                break
            bracketed = clause[: match.start()].rstrip("\"'“‘").endswith("(")
            if looks_coined(match[0]) and "/" not in match[0] and (place < _REACH or bracketed):
                yield match[0], 2.0 if place < 4 else 1.5 if bracketed else 1.0
        named = re.match(r"(?:d|ed|s)?\s*[\"“(]?((?:[A-Z][\w-]+\s?){2,4})", clause)
        if named and len(named[1].split()) > 1:
            yield named[1].strip(), 1.8
