"""Sentences of passages -> replies in which one sentence is planted: right in other words, or wrong in one thing.

The English here is the plants' own and no copy of what the check of sentences knows. No plant holds a name that is not
in the papers; the gold of questions is not looked at.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from assistant.grounding.grounder import Source
from assistant.papers import LINK, clean
from assistant.passages import split_sentences
from assistant.words import content_words, stem

SHORTEST, LONGEST = 6, 60
"""Words of a sentence that may be planted."""


@dataclass(frozen=True, slots=True)
class Told:
    """A sentence of a passage; ``number`` is the passage's, the first being 1."""

    number: int
    paper: str
    text: str


@dataclass(frozen=True, slots=True)
class Bed:
    """What plants are made of: sentences of the papers that answer a question, and what stands around them.

    ``near`` are sentences of all papers that the model is shown, ``far`` those of papers that it is not. ``names`` are,
    by the kind of thing, the names of the papers that answer, ``strange`` those of papers that are not shown.
    ``labels`` are what the papers shown are called. ``shown`` is what they say, in lower case.
    """

    told: tuple[Told, ...]
    near: tuple[Told, ...]
    far: tuple[str, ...]
    names: Mapping[str, tuple[str, ...]]
    strange: Mapping[str, tuple[str, ...]]
    labels: Mapping[str, str]
    shown: str


@dataclass(frozen=True, slots=True)
class Plant:
    """A reply and the sentence planted in it, told without its marker.

    A plant that is not ``right`` must not stand. Where its marker is what is wrong with it, it may stand if it does not
    rest on the paper ``misled``.
    """

    kind: str
    sentence: str
    reply: str
    right: bool
    misled: str = ""


@dataclass(frozen=True, slots=True)
class Written:
    """A sentence with its marker, which may be empty."""

    text: str
    marker: str
    misled: str = ""


Chance = random.Random
Rewrite = Callable[[Told, Bed, Chance], Written | None]


def plants(bed: Bed, chance: Chance) -> Iterator[Plant]:
    """One plant of each kind that some sentence will do for."""
    for kinds, right in ((RIGHT, True), (WRONG, False)):
        for kind, rewrite in kinds.items():
            for told in chance.sample(bed.told, len(bed.told)):
                written = rewrite(told, bed, chance)
                if written is not None:
                    yield _planted(kind, told, written, bed, right=right)
                    break


def _planted(kind: str, told: Told, written: Written, bed: Bed, *, right: bool) -> Plant:
    """The plant after another sentence of the same passage, which stands as it is in the paper."""
    beside = (
        other for other in bed.told if other.number == told.number and other.text not in (told.text, written.text)
    )
    first = next((_cited(other.text, _marker(other)) + " " for other in beside), "")
    return Plant(kind, written.text, first + _cited(written.text, written.marker), right, written.misled)


def _cited(sentence: str, marker: str) -> str:
    return f"{sentence.removesuffix('.')} {marker}." if marker else sentence


def _marker(told: Told) -> str:
    return f"[{told.number}]"


def sentences_of(number: int, source: Source) -> list[Told]:
    """The whole sentences of a passage, as a reader sees them, neither too short nor too long."""
    passage = source.paper.text[source.start : source.end]
    texts = (" ".join(clean(passage[start:end]).split()) for start, end in split_sentences(passage))
    return [
        Told(number, source.paper.key, text)
        for text in texts
        if text.endswith(".") and text[0].isupper() and SHORTEST <= len(text.split()) <= LONGEST
    ]


# ---- what several kinds need


def _changed(text: str, told: Told) -> Written | None:
    return Written(text, _marker(told)) if text != told.text else None


def _capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]


def _continued(text: str) -> str:
    """A sentence as the rest of another: its first letter small, unless it begins with a name."""
    first = text.split()[0]
    return text if not re.fullmatch(r"[A-Z][a-z]*,?", first) or len(first) == 1 else text[0].lower() + text[1:]


def _ended(text: str) -> str:
    return text.rstrip(" ,;:.") + "."


def _has(pattern: str, text: str) -> bool:
    return re.search(pattern, text) is not None


def _whole(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-]){re.escape(name)}(?![\w-])")


def _matching(word: str, other: str) -> str:
    return _capitalised(other) if word[0].isupper() else other


# ---- right


def _verbatim(told: Told, _: Bed, __: Chance) -> Written:
    return Written(told.text, _marker(told))


_PERSONS = (
    (r"\bWe\b", "The authors"), (r"\bwe\b", "the authors"), (r"\bOur\b", "Their"), (r"\bour\b", "their"),
    (r"\bus\b", "them"), (r"\bourselves\b", "themselves"), (r"\bours\b", "theirs"),
)  # fmt: skip


def _of_the_authors(text: str) -> str:
    for pattern, other in _PERSONS:
        text = re.sub(pattern, other, text)
    return text


def _third_person(told: Told, _: Bed, __: Chance) -> Written | None:
    return _changed(_of_the_authors(told.text), told)


_LEAD_INS = (
    "According to the abstract,",
    "As the paper reports,",
    "The paper says that",
    "In the abstract it is said that",
)


def _lead_in(told: Told, _: Bed, chance: Chance) -> Written:
    return Written(f"{chance.choice(_LEAD_INS)} {_of_the_authors(_continued(told.text))}", _marker(told))


_OPENER = re.compile(
    r"^(?:however|moreover|furthermore|additionally|in addition|finally|specifically|in particular|notably|overall|"
    r"thus|therefore|hence|recently|consequently|in this (?:paper|work|study)|to this end|in contrast|interestingly), ",
    re.IGNORECASE,
)
_ADVERB = re.compile(r" (?:also|further|then|recently|additionally|extensively|carefully|furthermore) ")
_BRACKETED = re.compile(r" \([^()]{2,200}\)")


def _trimmed(told: Told, _: Bed, __: Chance) -> Written | None:
    text = _ADVERB.sub(" ", _BRACKETED.sub("", _OPENER.sub("", told.text)))
    return _changed(_capitalised(text), told)


_CLAUSE_END = re.compile(r", (?:and|but|while|whereas|which|where|so that|because) |; ")
_LEANS = re.compile(
    r"^(?:while|although|though|if|when|since|to|as|by|given|with|for|despite|unlike|because|in|on|from|using|not)\b",
    re.IGNORECASE,
)
_VERB = (
    r"\b(?:is|are|was|were|has|have|can|will|do|does|(?:[Ww]e|they) (?:also |then |further |first )?[a-z]+|shows?|"
    r"outperforms?|achieves?|suggests?|provides?|remains?|requires?)\b"
)


def _clause(told: Told, _: Bed, __: Chance) -> Written | None:
    end = _CLAUSE_END.search(told.text)
    head = told.text[: end.start()] if end else ""
    opens = _OPENER.sub("", head)
    if len(opens.split()) < SHORTEST or _LEANS.match(opens) or not _has(_VERB, opens):
        return None
    return Written(_ended(_of_the_authors(_capitalised(opens))), _marker(told))


_LONGEST_FUSED = 25


def _fused(told: Told, bed: Bed, _: Chance) -> Written | None:
    place = bed.told.index(told)
    following = bed.told[place + 1 : place + 2]
    if not following or following[0].number != told.number:
        return None
    if max(len(told.text.split()), len(following[0].text.split())) > _LONGEST_FUSED:
        return None
    rest = _continued(_OPENER.sub("", following[0].text))
    return Written(_of_the_authors(f"{told.text.removesuffix('.')}, and {rest}"), _marker(told))


_SYNONYMS: Mapping[str, str] = {
    "we propose": "we introduce", "we introduce": "we present", "we present": "we introduce", "often": "frequently",
    "we describe": "we present", "various": "different",
    "show": "demonstrate", "shows": "demonstrates", "demonstrate": "show", "demonstrates": "shows", "achieve": "reach",
    "achieves": "reaches", "achieved": "reached", "obtain": "reach", "obtains": "reaches", "investigate": "study",
    "explore": "examine", "examine": "study", "evaluate": "assess", "novel": "new", "large": "big",
    "several": "multiple", "employ": "use", "utilize": "use", "leverage": "use", "construct": "build",
    "crucial": "important", "approach": "method", "outperforms": "surpasses", "outperform": "surpass",
    "usually": "typically", "improves": "enhances", "we find": "we observe", "significantly": "substantially",
    "requires": "needs", "challenging": "difficult", "aim to": "seek to",
}  # fmt: skip
_REPLACEABLE = re.compile(rf"^We \w+|\b(?:{'|'.join(sorted(_SYNONYMS, key=len, reverse=True))})\b")


def _synonyms(told: Told, _: Bed, __: Chance) -> Written | None:
    def other(match: re.Match[str]) -> str:
        return _matching(match[0], _SYNONYMS.get(match[0].lower(), match[0]))

    return _changed(_of_the_authors(_REPLACEABLE.sub(other, told.text)), told)


_ACTIVE = re.compile(
    r"^(?:In this (?:paper|work|study),? )?we "
    r"(propos|present|introduc|develop|describ|releas|publish|design|provid|construct)e? (an? [^,;:]+)\.$",
    re.IGNORECASE,
)


def _passive(told: Told, _: Bed, __: Chance) -> Written | None:
    match = _ACTIVE.match(told.text)
    if match is None or len(match[2].split()) < 4:
        return None
    return Written(_of_the_authors(f"{_capitalised(match[2])} is {match[1]}ed by the authors."), _marker(told))


def _unmarked(told: Told, _: Bed, __: Chance) -> Written:
    return Written(_of_the_authors(told.text), "")


def _other_passage(told: Told, bed: Bed, _: Chance) -> Written | None:
    """With the marker of another passage of the same paper."""
    other = next((other for other in bed.told if other.paper == told.paper and other.number != told.number), None)
    return Written(told.text, _marker(other)) if other else None


# ---- wrong

_FIGURE = re.compile(r"(?<![\w.,/-])(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?![\w/-]|[.,]\d|\))")
_SPELLED = ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "twelve", "twenty", "thirty")
_SPELLED_NUMBER = re.compile(rf"(?<![\w-])(?:{'|'.join(_SPELLED)})(?![\w-])", re.IGNORECASE)


def _number_changed(told: Told, bed: Bed, chance: Chance) -> Written | None:
    hidden = LINK.sub(lambda match: "x" * len(match[0]), told.text)
    figures = [*_FIGURE.finditer(hidden), *_SPELLED_NUMBER.finditer(hidden)]
    if not figures:
        return None
    match = chance.choice(figures)
    options = _other_figures(match[0], chance) if match[0][0].isdigit() else chance.sample(_SPELLED, len(_SPELLED))
    new = next((one for one in options if not _whole(one).search(bed.shown)), None)
    if new is None:
        return None
    return _changed(told.text[: match.start()] + _matching(match[0], new) + told.text[match.end() :], told)


_APART = 0.2
"""How far a changed figure lies from the right one at least, as a share of it, so that no rounding makes it right."""


def _other_figures(figure: str, chance: Chance) -> Iterator[str]:
    """Figures of as many digits, the point and the commas where they were."""
    value = float(figure.replace(",", ""))
    for _ in range(100):
        other = "".join(chance.choice("23456789") if char.isdigit() else char for char in figure)
        if abs(float(other.replace(",", "")) - value) > _APART * value:
            yield other


_OTHER_UNIT: Sequence[tuple[str, str]] = (
    (r"(?<=\d)\s?(?:%|percent\b)", " times"), (r"(?<=\d) (?:percentage )?points?\b", " times"),
    (r"(?<=\d)(?:x|×)(?!\w)", "%"), (r"(?<=\d) times\b", " percent"), (r"(?<=\d )millions?\b", "billion"),
    (r"(?<=\d )billions?\b", "million"), (r"(?<=\d )thousands?\b", "million"),
    (r"(?<=\d)K\b", "M"), (r"(?<=\d)M\b", "K"),
    (r"(?<=\d)k\b", "M"), (r"(?<=\d[ -])hours?\b", "minutes"), (r"(?<=\d[ -])minutes?\b", "hours"),
    (r"(?<=\d[ -])months?\b", "weeks"), (r"(?<=\d[ -])weeks?\b", "months"), (r"(?<=\d[ -])days?\b", "hours"),
    (r"(?<=\d[ -])years?\b", "days"), (r"(?<=\d) ?ms\b", " hours"), (r"(?<=\d) ?GB\b", " MB"),
    (r"(?<=\d) ?mg\b", " kg"), (r"(?<=\d) ?mm\b", " cm"), (r"(?<=\d) ?kg\b", " mg"),
)  # fmt: skip


def _unit_changed(told: Told, _: Bed, __: Chance) -> Written | None:
    for pattern, other in _OTHER_UNIT:
        if re.search(pattern, told.text):
            return _changed(re.sub(pattern, other, told.text), told)
    return None


def _replaced(kind: str) -> Rewrite:
    """With a name of that kind in the place of another that no paper shown holds."""

    def rewrite(told: Told, bed: Bed, chance: Chance) -> Written | None:
        held = [name for name in bed.names.get(kind, ()) if _whole(name).search(told.text)]
        strangers = [name for name in bed.strange.get(kind, ()) if name.lower() not in bed.shown]
        if not held or not strangers:
            return None
        stranger = chance.choice(strangers)
        return _changed(_whole(max(held, key=len)).sub(lambda _: stranger, told.text), told)

    return rewrite


def _said_of_another(told: Told, bed: Bed, chance: Chance) -> Written | None:
    """What one paper says, said by name of another that is shown; with the marker of either."""
    others = [other for other in bed.near if other.paper != told.paper]
    if not others or LINK.search(told.text):
        return None
    other = chance.choice(others)
    label, own = bed.labels[other.paper], _whole(bed.labels[told.paper])
    if own.search(told.text):
        text = own.sub(lambda _: label, told.text)
    else:
        text = f"In the work on {label}, {_of_the_authors(_continued(_OPENER.sub('', told.text)))}"
    return Written(text, _marker(chance.choice([told, other])))


def _others_marker(told: Told, bed: Bed, chance: Chance) -> Written | None:
    """With the marker of another paper."""
    others = [other for other in bed.near if other.paper != told.paper]
    if not others:
        return None
    other = chance.choice(others)
    return Written(told.text, _marker(other), misled=other.paper)


_FOREIGN = 0.6
"""The share of a foreign sentence's content words that the papers shown do not hold."""


def _foreign_text(bed: Bed, chance: Chance) -> str | None:
    shown = {stem(word) for word in content_words(bed.shown)}
    for text in chance.sample(bed.far, len(bed.far)):
        stems = {stem(word) for word in content_words(text)}
        if stems and not LINK.search(text) and len(stems - shown) >= _FOREIGN * len(stems):
            return text
    return None


def _foreign(told: Told, bed: Bed, chance: Chance) -> Written | None:
    """A sentence of a paper that is not shown."""
    text = _foreign_text(bed, chance)
    return Written(text, _marker(told)) if text else None


_INVENTED = ("[97]", "[Miller et al., 2021]", "[miller2021study]", "[^note]")


def _invented_citation(_: Told, bed: Bed, chance: Chance) -> Written | None:
    """The same with a marker that stands for nothing."""
    text = _foreign_text(bed, chance)
    return Written(text, chance.choice(_INVENTED)) if text else None


_ADD_NOT = (
    (r"\b(is|are|was|were|can|will|should|must|could)(?! not\b| only\b)(?= )", r"\1 not"),
    (r"\b(has|have)(?= (?:been|shown|become|proven)\b)", r"\1 not"),
    (r"\b([Ww]e)(?= (?:propose|present|introduce|show|find|use|evaluate|release|observe|demonstrate|achieve|train|"
     r"build|describe|develop|explore|investigate|analy[sz]e|study|compare|provide|design|construct|conduct)\b)",
     r"\1 do not"),
    (r"\b(outperform|achieve|improve|show|demonstrate|reduce|require|provide|suggest|remain|contain)s\b",
     r"does not \1"),
)  # fmt: skip


def _negation_added(told: Told, _: Bed, __: Chance) -> Written | None:
    if _has(r"\b(?:not|no|never|without|nor)\b", told.text):
        return None
    for pattern, other in _ADD_NOT:
        if _has(pattern, told.text):
            return _changed(re.sub(pattern, other, told.text, count=1), told)
    return None


_DROP_NOT = (
    (r"\b(do|does|did|is|are|was|were|can|could|has|have|will|would|should|may|might) not (?!only\b|just\b|merely\b)",
     r"\1 "),
    (r"\bcannot\b", "can"),
    (r"\b([Ww])ithout (?:any |the need for )?", r"\1ith "),
    (r"\bno (?!longer\b|more\b|less\b|matter\b)(?=[a-z])", "some "),
    (r"\bfails to\b", "manages to"),
    (r"\bfail to\b", "manage to"),
    (r"\bnever\b", "always"),
)  # fmt: skip


def _negation_removed(told: Told, _: Bed, __: Chance) -> Written | None:
    for pattern, other in _DROP_NOT:
        if _has(pattern, told.text):
            return _changed(re.sub(pattern, other, told.text, count=1), told)
    return None


def _both_ways(pairs: Iterable[str]) -> dict[str, str]:
    table: dict[str, str] = {}
    for one, other in (pair.split() for pair in pairs):
        table.setdefault(one, other)
        table.setdefault(other, one)
    return table


_OPPOSITE = _both_ways(
    """outperform underperform,outperforms underperforms,outperformed underperformed,outperforming underperforming,
    increase decrease,increases decreases,increased decreased,increasing decreasing,reduce increase,reduces increases,
    reduced increased,reducing increasing,improve worsen,improves worsens,improved worsened,improving worsening,
    improvement deterioration,improvements deteriorations,higher lower,better worse,faster slower,larger smaller,
    stronger weaker,longer shorter,superior inferior,best worst,highest lowest,largest smallest,alleviate aggravate,
    alleviates aggravates,enhance impair,enhances impairs,boost hurt,boosts hurts,effectively ineffectively,
    effective ineffective,easier harder,strong weak,positive negative,significant negligible,robust fragile,
    successfully unsuccessfully,high low,advantages disadvantages,gains losses,surpasses trails,
    beneficial harmful,able unable,more less,most least,large small""".split(",")
)
_TURN = re.compile(
    rf"(?<![\w-])(?:{'|'.join(sorted(_OPPOSITE, key=len, reverse=True))})(?![\w-])(?! of (?:our|my) knowledge)"
)


def _direction_reversed(told: Told, _: Bed, __: Chance) -> Written | None:
    """With one word that points somewhere pointing the other way; a verb of direction before a mere size."""
    turns = [turn for turn in _TURN.finditer(told.text) if not _whole(_OPPOSITE[turn[0]]).search(told.text)]
    if not turns:
        return None
    order = list(_OPPOSITE)
    match = min(turns, key=lambda turn: (order.index(turn[0]), turn.start()))
    return _changed(told.text[: match.start()] + _OPPOSITE[match[0]] + told.text[match.end() :], told)


_ALONE = (
    (r"\b([Ww]e|they) (use|train|evaluate|test|consider|study|compare|analy[sz]e|examine|need|require|show|find)\b",
     r"\1 only \2"),
    (r"\b(propose|present|introduce|describe|develop|release|provide|report|is|are|as) an? (?:new |novel )?(?=[a-z])",
     r"\1 the first "),
    (r"\b(is|are|achieves?|obtains?|reach(?:es)?) (?:a |an )?(?:good|strong|high|competitive|promising|better) ",
     r"\1 the best "),
    (r"\b(can|will|is|are|was|were) (?!not\b|the first\b|always\b)(?=[a-z])", r"\1 always "),
)  # fmt: skip


def _alone(told: Told, _: Bed, __: Chance) -> Written | None:
    """With a word put in that makes it the only, the first, the best, or so at all times."""
    if _has(r"\b(?:only|first|best|always|all|every|novel|new)\b", told.text):
        return None
    for pattern, other in _ALONE:
        if _has(pattern, told.text):
            return _changed(re.sub(pattern, other, told.text, count=1), told)
    return None


RIGHT: Mapping[str, Rewrite] = {
    "verbatim": _verbatim,
    "third person": _third_person,
    "lead-in": _lead_in,
    "trimmed": _trimmed,
    "one clause": _clause,
    "two fused": _fused,
    "synonyms": _synonyms,
    "passive": _passive,
    "no marker": _unmarked,
    "marker of its other passage": _other_passage,
}
WRONG: Mapping[str, Rewrite] = {
    "number changed": _number_changed,
    "unit changed": _unit_changed,
    "dataset replaced": _replaced("dataset"),
    "method replaced": _replaced("method"),
    "task replaced": _replaced("task"),
    "said of another paper": _said_of_another,
    "marker of another paper": _others_marker,
    "invented citation": _invented_citation,
    "negation added": _negation_added,
    "negation removed": _negation_removed,
    "direction reversed": _direction_reversed,
    "another paper's sentence": _foreign,
    "only, first, best, always put in": _alone,
}
