"""What a sentence says that its paper brings.

The patterns follow Hearst (1992): "X, a ... framework", "a data set called X", each tied to a verb of making of which
the paper or its authors are the subject.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from assistant.analysis.phrases import (
    Phrase,
    Sentence,
    head_kind,
    is_field_word,
    is_name,
    long_form,
    read_phrase,
    short_form,
    tokenize,
    without_praise,
)
from assistant.english.facets import (
    APPOSITION,
    AUTHORS_SPEAK,
    COMPLEMENT,
    EMPLOYS,
    ENUMERATOR,
    EVALUATIVE,
    GATHERING,
    GENERIC_MODIFIERS,
    INDEFINITE,
    KIND_OF,
    LISTED_PARTS,
    MADE_PASSIVELY,
    MAKING,
    NAMED_BY_AUTHORS,
    NAMED_BY_OTHERS,
    NAMING,
    OWN_THING,
    PASSIVE_SUBJECT,
    POINTING,
    PRIOR,
    SET_QUALIFIERS,
    WEAK_METHOD_NOUNS,
)
from assistant.mentions import looks_coined

BROUGHT = ("method", "dataset")
"""The kinds of head that make what is introduced a facet; a task or a study is none."""

_NAME = r"[\"“]?(?P<name>[^\s,.;:()\"”]+(?:\s[^\s,.;:()\"”]+){0,3})[\"”]?\s*"
_APPOSED_NAME = re.compile(rf"^\s*,\s*(?:i\.e\.,?\s*)?{_NAME}(?=[,.;]|$|that\b|which\b|to\b)")
_NAME_AFTER_COLON = re.compile(rf"^\s*:\s+{_NAME}(?=[,.;(]|$|(?:that|which|to|for|and)\b)")
_GIVEN = re.compile(r"\s*:\s+given\b")
_CLAUSE_END = re.compile(r"[.;!?](?:\s|$)")
_NEXT_OBJECT = re.compile(
    r"(?:,|\band|\bas well as|\balong with|\btogether with)\s+"
    r"(?=(?:an?|the|our|its|two|three)\s|[\"“]?[A-Z][\w-]*[A-Z\d]|[A-Z]\w+-)"
)
_FOR_NAMES = re.compile(
    r"^\s+for\s+(?:[\w-]+\s+){0,3}(?:datasets|corpora|benchmarks|languages),?\s+"
    r"(?P<names>[A-Z][\w-]*(?:,\s[A-Z][\w-]*)*,?\s+and\s+[A-Z][\w-]*)"
)
_LATER_ABBREVIATION = re.compile(
    r"^(?P<between>\s+(?:with|for|of|by|via|from|in|to|using)\s[^.;,()]{2,60})\((?P<short>[^\s(),]{2,12})\)"
)
_SHORT_FORM = re.compile(r"\(([^\s()]{2,12})\)")
_UNSPECIFIC = GENERIC_MODIFIERS | EVALUATIVE | SET_QUALIFIERS | {"set", "sets"}
_REACH = 400
_LONGEST_COMPLEMENT = 9
_NEAR = 14
"""How many words before a name its head may stand: ``a framework that ... , called X``."""


@dataclass(frozen=True, slots=True)
class Introduced:
    """Something that a paper brings.

    ``kind`` is what its head says: "method", "dataset", "task", "study" or nothing; ``named`` tells a proper name from
    a phrase that describes the thing.
    """

    kind: str
    name: str
    sentence: Sentence
    named: bool


@dataclass(frozen=True, slots=True)
class _Object:
    """The object of a verb of making; ``joined`` to another, it needs a name that is explained."""

    phrase: Phrase
    sentence: Sentence
    start: int
    joined: bool

    @property
    def kind(self) -> str:
        return head_kind(self.phrase.words)

    @property
    def after(self) -> str:
        return self.sentence.text[self.phrase.end :]

    @property
    def apposed(self) -> str:
        return apposed_kind(self.sentence.text, self.phrase.end)

    def named(self, kind: str, name: str) -> Introduced:
        return Introduced(kind, name, self.sentence, named=True)


def brought(sentence: Sentence) -> Iterator[Introduced]:
    """What is made, named or called the authors' own in a sentence."""
    text = sentence.text
    for match in MAKING.finditer(text):
        unsaid = (match["joined"] or match["gerund"]) and not AUTHORS_SPEAK.search(text)
        if not unsaid and not PRIOR.search(text[: match.end()]):
            yield from _objects(sentence, match.end(), gathered=GATHERING.search(match[0]) is not None)
    for match in MADE_PASSIVELY.finditer(text):
        subject = PASSIVE_SUBJECT.search(text[: match.start()].rstrip())
        if subject:
            yield from _object(sentence, subject.start("phrase"))
    yield from _called(sentence)
    for match in OWN_THING.finditer(text):
        phrase = read_phrase(text, match.end())
        name = " ".join(leading_name(phrase)) if phrase else ""
        if name and not is_field_word(name):
            yield Introduced(head_kind([match["head"].split()[-1]]), name, sentence, named=True)
    yield from _enumerated(sentence)


def components(sentence: Sentence, names: Iterable[str]) -> Iterator[Introduced]:
    """Parts of what has one of the names, by their own names: ``X employs Some Long Name (SLN)``."""
    for name in names:
        whole = re.search(
            rf"(?<![\w-]){re.escape(short_form(name))}(?![\w-])\s+(?:\w+ly\s+)?{EMPLOYS.pattern}", sentence.text
        )
        clause = sentence.text[whole.end() :] if whole else ""
        for short in _SHORT_FORM.finditer(clause):
            full = long_form(short[1], clause[: short.start()].rstrip())
            if _is_title_case(full) and not is_field_word(short[1]):
                yield Introduced("method", f"{full} ({short[1]})", sentence, named=True)


# ---- the object of a verb of making


def _objects(sentence: Sentence, at: int, *, gathered: bool) -> Iterator[Introduced]:
    """The object that begins at an offset, and those joined to it; what is only ``gathered`` is data or has a kind."""
    text = sentence.text
    for row in _object(sentence, at):
        if not gathered or row.kind == "dataset" or (row.named and row.kind):
            yield row
    stops = [match.start() for cues in (_CLAUSE_END, LISTED_PARTS) if (match := cues.search(text, at))]
    for match in _NEXT_OBJECT.finditer(text, at, min([*stops, at + _REACH])):
        yield from _object(sentence, match.end(), joined=True)


def _object(sentence: Sentence, at: int, *, joined: bool = False) -> Iterator[Introduced]:
    text = sentence.text
    at += len(text[at:]) - len(text[at:].lstrip())
    kind_of = KIND_OF.match(text[at:])
    at += kind_of.end() if kind_of else 0
    phrase = read_phrase(text, at)
    if phrase:
        row = _read(_Object(phrase, sentence, at, joined))
        if row:
            yield row


def _read(thing: _Object) -> Introduced | None:
    """By its abbreviation, by the name that it is or begins with, by one that follows, or else by its own words."""
    spanning = _spanning_abbreviation(thing)
    if spanning:
        return thing.named(thing.apposed or thing.kind, spanning)
    if thing.phrase.abbreviation:
        known = thing.kind in ("task", "study") or is_field_word(thing.phrase.abbreviation)
        return None if known else thing.named(thing.apposed or thing.kind, _with_long_form(thing.phrase))
    if thing.kind in ("task", "study"):
        return None
    name = " ".join(leading_name(thing.phrase))
    if name and not is_field_word(name):
        explained = thing.apposed in BROUGHT or (" " not in name and APPOSITION.match(thing.after))
        if (thing.joined and not explained) or _GIVEN.match(thing.after):
            return None
        return thing.named(thing.apposed or thing.kind, name)
    if name:
        return None
    return _with_name_after(thing) or _by_its_words(thing)


def _spanning_abbreviation(thing: _Object) -> str:
    """``a network with shared parameters (NSP)``: it abbreviates the phrase and what follows it."""
    match = _LATER_ABBREVIATION.match(thing.after)
    if not match or is_field_word(match["short"]):
        return ""
    full = long_form(match["short"], thing.phrase.text + match["between"].rstrip())
    return match["short"] if full and len(full) > len(match["between"]) else ""


def _with_long_form(phrase: Phrase) -> str:
    """``Elastic Batch Scheduling (EBS)`` where the long form is written as a name too, else the abbreviation."""
    full = long_form(phrase.abbreviation, phrase.text)
    if _is_title_case(full) and phrase.text.endswith(full):
        return f"{full} ({phrase.abbreviation})"
    return phrase.abbreviation


def _is_title_case(full: str) -> bool:
    words = full.split()
    return len(words) > 1 and words[0][:1].isupper() and words[-1][:1].isupper()


def apposed_kind(text: str, at: int) -> str:
    """The kind of what follows a name: ``X, a large corpus of ...``."""
    match = APPOSITION.match(text[at:])
    phrase = read_phrase(text, at + match.end()) if match else None
    return head_kind(phrase.words) if phrase else ""


def leading_name(phrase: Phrase) -> tuple[str, ...]:
    """The proper name that a phrase is, or begins with before its head: ``the X framework``."""
    words = list(phrase.words)
    while words and words[0].lower() in EVALUATIVE:
        words.pop(0)
    while words and head_kind(words[-1:]) and words[-1].islower():
        words.pop()
    if not is_name(words) or _is_kind_of_set(words):
        return ()
    describes = phrase.determined and len(words) < len(phrase.words)
    if describes and (is_field_word(words[-1]) or not any(map(_is_new, words))):
        return ()  # "a Bayesian model", "a BERT encoder"
    return tuple(words)


def _is_kind_of_set(words: Sequence[str]) -> bool:
    """``Test Sets``, ``Evaluation Set``: what things are, in whatever letters."""
    return words[-1].lower() in ("set", "sets") and all(word.lower() in SET_QUALIFIERS for word in words[:-1])


def _is_new(word: str) -> bool:
    return looks_coined(word) and not any(is_field_word(part) for part in (word, *re.split(r"[-/]", word)))


def _with_name_after(thing: _Object) -> Introduced | None:
    """``a training method some-name, which ...``; ``a framework, X, that ...``."""
    words = list(thing.phrase.words)
    heads = [place for place, word in enumerate(words) if head_kind([word]) in BROUGHT]
    tail = words[heads[-1] + 1 :] if heads and thing.phrase.determined else []
    closed = re.match(r"\s*(?:,\s*(?:which|where|that|to)\b|\.?$|\.\s)", thing.after) is not None
    if is_name(tail) and not is_field_word(" ".join(tail)):
        return thing.named(thing.kind, " ".join(tail))
    if closed and 0 < len(tail) <= 4 and any("-" in word for word in tail):
        return thing.named(thing.kind, " ".join(tail))
    called = _APPOSED_NAME.match(thing.after) or _NAME_AFTER_COLON.match(thing.after)
    if called and thing.kind in BROUGHT and is_name(called["name"].split()) and not is_field_word(called["name"]):
        return thing.named(thing.kind, called["name"].strip())
    return None


def _by_its_words(thing: _Object) -> Introduced | None:
    if thing.apposed == "method" and len(thing.phrase.words) > 1 and not thing.joined:
        return thing.named("method", " ".join(without_praise(thing.phrase.words)))
    wanted = thing.kind in BROUGHT and (not thing.joined or (thing.kind == "dataset" and thing.phrase.determined))
    if not wanted or not INDEFINITE.match(thing.sentence.text[thing.start :]):
        return None
    name = _described(thing.phrase, thing.kind, thing.after)
    return Introduced(thing.kind, name, thing.sentence, named=False) if name else None


def _described(phrase: Phrase, kind: str, after: str) -> str:
    """The phrase as a name, where it says more than that there is a new thing of a kind."""
    words = list(without_praise(phrase.words)) or [phrase.words[-1]]
    weak = kind == "method" and words[-1].lower() in WEAK_METHOD_NOUNS
    if "baseline" in phrase.words or (weak and len(words) < 3 and not (len(words) == 1 and after.startswith(" of "))):
        return ""
    if len(words) > 1 and any(word.lower() not in _UNSPECIFIC and not head_kind([word]) for word in words):
        return " ".join(words)
    listed = _FOR_NAMES.match(after)
    if listed:
        return f"{' '.join(words)} for {listed['names']}"
    complement = _complement(after, shortest=3 if len(words) == 1 else 2)
    if complement:
        return f"{' '.join(words)} {complement}"
    return " ".join(words) if kind == "dataset" and len(words) > 1 and words != ["data", "set"] else ""


def _complement(after: str, shortest: int) -> str:
    match = COMPLEMENT.match(after)
    words = match["phrase"].split() if match else []
    fits = shortest <= len(words) <= _LONGEST_COMPLEMENT and words[-1].lower() not in EVALUATIVE
    return " ".join(words) if fits and not POINTING.search(" ".join(words)) else ""


# ---- names that a sentence gives


def _called(sentence: Sentence) -> Iterator[Introduced]:
    """``a framework named X``: the kind is that of the nearest head before."""
    text = sentence.text
    for match in NAMING.finditer(text):
        phrase = read_phrase(text, match.end())
        kind = _nearest_kind(text[: match.start()])
        if not phrase or kind not in BROUGHT or not NAMED_BY_AUTHORS.search(text, 0, match.end()):
            continue
        if NAMED_BY_OTHERS.search(text[: match.start()].rstrip(" ,") + " "):
            continue
        if phrase.abbreviation and not is_field_word(phrase.abbreviation):
            name = phrase.abbreviation
        else:
            name = " ".join(leading_name(phrase)) or _small_name(phrase.words)
        if name and not is_field_word(name):
            yield Introduced(kind, name, sentence, named=True)


def _small_name(words: Sequence[str]) -> str:
    """A name in small letters: short, or with a hyphen in it."""
    hyphened = len(words) <= 5 and any("-" in word for word in words)
    return " ".join(words) if hyphened or len(words) in (2, 3) else ""


def _nearest_kind(before: str) -> str:
    kinds = (head_kind([token.low]) for token in reversed(tokenize(before)[-_NEAR:]))
    return next((kind for kind in kinds if kind), "")


def _enumerated(sentence: Sentence) -> Iterator[Introduced]:
    """Items of a numbered list that are names: ``1) Some Name, a mechanism that ...``."""
    for match in ENUMERATOR.finditer(sentence.text):
        phrase = read_phrase(sentence.text, match.end())
        if phrase and is_name(phrase.words) and not phrase.determined:
            kind = apposed_kind(sentence.text, phrase.end)
            if kind in BROUGHT:
                yield Introduced(kind, phrase.abbreviation or phrase.text, sentence, named=True)
