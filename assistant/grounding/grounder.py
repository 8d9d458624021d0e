"""Does a passage support a sentence? Hard checks first, then wording, and the span that proves it.

A claim is one sentence that a chat model wrote. What can be checked one by one must be there: every number with its
unit, every year and name and link, what is denied, which way a comparison points. What is left, the wording, is judged
by how much of the claim the best sentences hold and by how near they lie in meaning, in one logistic model.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from assistant.english import grounding as english
from assistant.grounding.attribution import Named, Papers
from assistant.grounding.checks import CHECKS, OPPOSITE, Evidence, contrary, doubted, is_named, strange_words
from assistant.grounding.quoting import find_copy, find_span
from assistant.grounding.statements import Statement, plain, read
from assistant.papers import AUTHORS, LISTING, Paper
from assistant.passages import split_sentences

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from vectorstore.embeddings import Vectors

    Matrix = npt.NDArray[np.float64]

Embed = Callable[[Sequence[str]], "Vectors"]


@dataclass(frozen=True, slots=True)
class Source:
    """A passage that was shown to the model: ``paper.text[start:end]``.

    ``aliases`` are what the paper is called. They, its title, its authors, its year and its listing may be said of it
    without standing in the passage.
    """

    paper: Paper
    section: str
    start: int
    end: int
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence of a reply, without markers. ``cited`` are indices into the sources, may be empty; ``before`` is the
    sentence before it, for one that begins "It ..."."""

    text: str
    cited: tuple[int, ...] = ()
    before: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a claim is supported, and by what.

    ``spans`` are ``(source, start, end)``, best first, each one or two whole sentences of ``paper.text``. A supported
    claim without any states nothing that needs support. ``score`` in [0, 1] is the probability of support. ``repaired``
    is set where another source than those cited supports it. ``reason`` says what is not there. ``copied`` is set where
    the claim is a passage's own words; of any other a judge may have another opinion.
    """

    supported: bool
    score: float
    spans: tuple[tuple[int, int, int], ...] = ()
    repaired: bool = False
    reason: str = ""
    copied: bool = False


FEATURES = ("best sentence", "best pair", "weakest clause", "similarity", "pair similarity", *CHECKS)
"""What the logistic model weighs: shares of the claim's words, cosines, and 1 for each hard check that fails."""
_WEIGHTS = (1.36, 0.66, 0.74, 1.34, 1.32, -0.50, -1.34, -1.61, -1.80, -0.32)
_BIAS = -2.39
"""Fitted by logistic regression on SciFact's training claims (supported by their gold rationale, against contradicted
and unrelated ones) and WiCE's development claims (supported by the whole evidence, against partially and not
supported), classes of equal weight, penalty 1 on the squared weights, each weight held to the sign that its meaning
gives it. ``papertalk eval --grounding`` fits them again on folds, to measure nothing on what it was fitted on."""
_THRESHOLD = 0.5
_PLAIN = 0.9
"""From this probability on the wording is the passage's own, and no other passage is looked at."""
_TAKEN = 0.15
"""How much more probable the wording makes another passage that a claim was taken from."""
_REPAIR_THRESHOLD = 0.6
"""The same where no marker points to the sources: of several, some are near by chance."""
_MOST_SENTENCES = 60
"""Of a longer passage, the sentences that share most with the claim are embedded."""
_FAILED, _DOUBTED = 0.1, 0.3
"""What a claim's score is multiplied by where a hard check fails, and where something is doubted or a name is not
there, which may be written in another way."""
_NAMES = [*CHECKS].index("names")


# ---- what is read of a passage


@dataclass(frozen=True, slots=True)
class _Sentence:
    source: int
    start: int
    end: int
    said: Statement
    starts: frozenset[str]
    """The first letters of its longer stems: "annot" of "annotation" is that of "annotators"."""


@dataclass(frozen=True, slots=True)
class _Reading:
    """One source, or several taken together: sentences, and what may be said of the papers beside them."""

    sources: tuple[int, ...]
    sentences: tuple[_Sentence, ...]
    record: Statement
    evidence: Evidence

    @classmethod
    def of(cls, place: int, source: Source) -> _Reading:
        paper = source.paper
        passage = paper.text[source.start : source.end]
        sentences = []
        for start, end in split_sentences(passage):
            said = read(passage[start:end])
            sentences.append(_Sentence(place, source.start + start, source.start + end, said, _starts(said.stems)))
        record = read(_record(source))
        text = plain(f"{_record(source)}\n{passage}")
        return cls((place,), tuple(sentences), record, Evidence.of([s.said for s in sentences], record, text))

    def joined(self, other: _Reading) -> _Reading:
        """Both sources taken together."""
        record = read(f"{self.record.text}. {other.record.text}")
        return _Reading(
            self.sources + other.sources,
            self.sentences + other.sentences,
            record,
            self.evidence.joined(other.evidence),
        )


def _record(source: Source) -> str:
    paper = source.paper
    parts = [paper.title, *source.aliases, *(author.name for author in paper.authors)]
    parts += [paper.section_text(AUTHORS), paper.section_text(LISTING), paper.affiliation or "", str(paper.year or "")]
    return ". ".join(part for part in [*parts, paper.url] if part)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A claim as it is checked: what it states, the sentence that it leans on, the papers that it names, and whether it
    may rest on two of them."""

    said: Statement
    lead: Statement | None
    named: tuple[Named, ...]
    compares: bool


@dataclass(frozen=True, slots=True)
class _Opinion:
    """What some sources come to; ``wording`` is the probability that the words alone give."""

    places: tuple[int, ...]
    verdict: Verdict
    wording: float
    of_another: bool = False
    """Whether what refutes it is that the claim is said of another paper."""

    def refutes(self, other: _Opinion) -> bool:
        """Whether vaguer words elsewhere do not outweigh these sources, which say the opposite or something else."""
        if self.verdict.supported or self.verdict.reason == _NOWHERE:
            return False
        return self.wording > other.wording + (0.0 if self.verdict.reason == OPPOSITE else _TAKEN)

    def repairs(self, cited: tuple[int, ...]) -> bool:
        """Whether these sources may stand for those that are cited; ones that nobody cites must be surer."""
        is_cited = set(self.places) <= set(cited)
        return self.verdict.supported and self.verdict.score >= (_THRESHOLD if is_cited else _REPAIR_THRESHOLD)


class Grounder:
    """Checks claims against the passages that a model was shown.

    ``embed`` gives float32 vectors of unit length, shape ``(len(texts), d)``; it is asked for each text once, and for
    none before a claim is checked.
    """

    def __init__(self, sources: Sequence[Source], embed: Embed) -> None:
        self._sources = tuple(sources)
        self._embed = embed
        self._vectors: dict[str, Vectors] = {}
        self._readings: dict[tuple[int, ...], _Reading] = {}
        self._papers = Papers([(source.paper, source.aliases) for source in sources])

    def check(self, claim: Claim) -> Verdict:
        """Whether the sources cited support a claim, or others do."""
        asked = self._asked(claim)
        if _states_nothing(asked.said):
            return Verdict(True, 1.0)
        cited = tuple(dict.fromkeys(place for place in claim.cited if 0 <= place < len(self._sources)))
        own = self._judged(asked, cited) if cited else None
        if own is not None and own.verdict.supported and own.wording >= _PLAIN:
            return own.verdict
        others = [self._judged(asked, places) for places in self._elsewhere(asked, cited)]
        if own is not None and own.verdict.supported:
            return self._unless_taken(own, others)
        able = [other for other in others if other.repairs(cited)]
        if not able:
            refused = own or max(others, key=_by_score, default=None)
            return _refused(refused.verdict) if refused else Verdict(False, 0.0, reason=_NOWHERE)
        best = max(able, key=_by_score)
        refuting = max(
            (o for o in [*others, *([own] if own else [])] if o.refutes(best)), key=_by_wording, default=None
        )
        if refuting is not None:
            return refuting.verdict
        return replace(self._unless_taken(best, others), repaired=True)

    def _unless_taken(self, opinion: _Opinion, others: Sequence[_Opinion]) -> Verdict:
        """The verdict, unless the claim is in the words of other sources: then it rests there, or is said of the wrong
        paper."""
        rivals = [
            o for o in others if o.wording > opinion.wording + _TAKEN and len(o.places) == len(opinion.places) == 1
        ]
        rival = max(rivals, key=lambda other: other.wording, default=None)
        if rival is None:
            return opinion.verdict
        if rival.verdict.supported:
            return replace(rival.verdict, repaired=True)
        return rival.verdict if rival.of_another else opinion.verdict

    def _asked(self, claim: Claim) -> _Asked:
        said = read(claim.text)
        named = tuple(self._papers.named_in(said.text))
        of_one = any(name.voice for name in named) and len({name.sources for name in named}) == 1
        return _Asked(
            said,
            read(claim.before) if claim.before and english.LEANING.search(said.text) else None,
            named,
            compares=not of_one and english.COMPARES.search(self._papers.without_names(said.text)) is not None,
        )

    def _elsewhere(self, asked: _Asked, cited: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
        """Where else a claim may stand: in another source, in one of several cited; a comparison in two."""
        others = [place for place in range(len(self._sources)) if place not in cited]
        yield from ((place,) for place in [*others, *(cited if len(cited) > 1 else ())])
        if asked.compares:
            yield from ((cited[0], place) for place in others) if cited else itertools.combinations(others, 2)

    def _judged(self, asked: _Asked, places: tuple[int, ...]) -> _Opinion:
        said, reading = asked.said, self._reading(places)
        held = _Held.of(said, reading)
        strange = _missing_subject(asked.lead, reading.evidence)
        if not strange and (copied := self._copied(said, held)):
            return _Opinion(places, Verdict(True, 1.0, copied, copied=True), 1.0)
        cosines = self._cosines(said, held)
        wording = _wording(said, held, cosines)
        failed = [check(said, reading.evidence) for check in CHECKS.values()]
        score = probability((*wording, *(float(bool(reason)) for reason in failed)))
        spans = self._run_on(said, held) or _spans(said, held, cosines)
        reason = strange or next(filter(None, failed), "") or self._missing_quote(said, places)
        another = self._of_another(asked.named, places, spans)
        reason = reason or another or self._unshared(said, held, spans)
        if reason:
            verdict = Verdict(False, (_DOUBTED if reason == failed[_NAMES] else _FAILED) * score, reason=reason)
        elif score < _THRESHOLD or _is_bare(held, cosines):
            verdict = Verdict(False, min(score, _THRESHOLD), reason=_NOWHERE)
        elif doubt := doubted(said, reading.evidence) or self._replaced(said, reading.evidence):
            verdict = Verdict(False, _DOUBTED * score, reason=doubt)
        else:
            verdict = Verdict(True, score, spans)
        return _Opinion(
            places, verdict, probability((*wording, *(0.0 for _ in failed))), bool(reason and reason == another)
        )

    def _of_another(
        self, named: Sequence[Named], places: tuple[int, ...], spans: Sequence[tuple[int, int, int]]
    ) -> str:
        """The paper that the claim is said of, where these are passages of others that do not speak of it."""
        if voice := next((name for name in named if name.voice), None):
            theirs: frozenset[int] = frozenset().union(*(name.sources for name in named))
            return "" if theirs.issuperset(places) else f"the paper {voice.text}"
        if any(name.sources.intersection(places) for name in named):
            return ""
        subject = next((name for name in named if name.subject), None)
        if subject is None:
            return ""
        quoted = " ".join(self._sources[place].paper.text[start:end] for place, start, end in spans)
        spoken = any(name.sources & subject.sources for name in self._papers.named_in(quoted))
        return "" if spoken else f"the paper {subject.text}"

    def _unshared(self, said: Statement, held: _Held, spans: Sequence[tuple[int, int, int]]) -> str:
        """Of several sources each must say something of the claim, and none the opposite."""
        places = held.reading.sources
        if len(places) < 2:
            return ""
        if any(contrary(said, self._reading((place,)).evidence) for place in places):
            return OPPOSITE
        return "" if _all_contribute(held, spans) else _IDLE

    def _copied(self, said: Statement, held: _Held) -> tuple[tuple[int, int, int], ...]:
        """The sentences of a source that the claim is a copy of, if it is: whole, or a part that none denies."""
        places = held.reading.sources
        if len(places) > 1 or len(said.terms) < _SHORTEST_COPY or float(held.words.sum()) < len(said.terms):
            return ()
        text, source = said.text.rstrip(".!? "), self._sources[places[0]]
        found = find_copy(text, source.paper.text[source.start : source.end])
        if found is None:
            return ()
        start, end = source.start + found[0], source.start + found[1]
        touched = [s for s in held.reading.sentences if s.start < end and start < s.end]
        if read(source.paper.text[touched[0].start : start]).words & english.DENIALS:
            return ()
        return ((places[0], touched[0].start, touched[-1].end),)

    def _run_on(self, said: Statement, held: _Held) -> tuple[tuple[int, int, int], ...]:
        """The sentences of a source, three or more, that the claim runs together nearly word for word."""
        place = held.reading.sources[0]
        source = self._sources[place]
        found = find_span(said.text, source.paper.text[source.start : source.end])
        if found is None or len(held.reading.sources) > 1:
            return ()
        start, end = source.start + found[0], source.start + found[1]
        told = [s for s in held.reading.sentences if 2 * (min(s.end, end) - max(s.start, start)) > s.end - s.start]
        return ((place, told[0].start, told[-1].end),) if len(told) > 2 else ()

    def _replaced(self, said: Statement, evidence: Evidence) -> str:
        """The first words that stand in the place of others and mean something else."""
        for put, place in strange_words(said, evidence):
            one, other = self._vectors_of([put, place])
            if float(one @ other) < _SYNONYMOUS:
                return f"the words “{put}”"
        return ""

    def _missing_quote(self, said: Statement, places: tuple[int, ...]) -> str:
        """What the claim puts in quotation marks must be in a source, letter for letter."""
        for match in _QUOTED.finditer(said.text):
            if not any(find_copy(match[1], self._sources[place].paper.text) for place in places):
                return f"the words “{match[1]}”"
        return ""

    def _reading(self, places: tuple[int, ...]) -> _Reading:
        if places not in self._readings:
            last = places[-1]
            if len(places) == 1:
                self._readings[places] = _Reading.of(last, self._sources[last])
            else:
                self._readings[places] = self._reading(places[:-1]).joined(self._reading((last,)))
        return self._readings[places]

    def features(self, claim: str, places: Sequence[int]) -> tuple[float, ...]:
        """What the logistic model weighs, in the order of :data:`FEATURES`, for a claim against these sources."""
        said = read(claim)
        held = _Held.of(said, self._reading(tuple(places)))
        failed = (float(bool(check(said, held.reading.evidence))) for check in CHECKS.values())
        return (*_wording(said, held, self._cosines(said, held)), *failed)

    def _cosines(self, said: Statement, held: _Held) -> Matrix:
        """The claim's cosine to each sentence, then to each pair; -1 where a sentence is too far off to be read."""
        import numpy as np

        sentences = held.reading.sentences
        cosines = np.full((2, len(sentences)), -1.0)
        near = sorted(range(len(sentences)), key=lambda row: -held.shares[row])[:_MOST_SENTENCES]
        if not near:
            return cosines
        matrix = self._vectors_of([said.text, *(sentences[row].said.text for row in near)])
        cosines[0, near] = matrix[1:] @ matrix[0]
        vectors = dict(zip(near, matrix[1:], strict=True))
        for row in held.paired:
            if row in vectors and row + 1 in vectors:
                pair = vectors[row] + vectors[row + 1]
                cosines[1, row] = float(pair @ matrix[0]) / max(float(np.linalg.norm(pair)), 1e-6)
        return cosines

    def _vectors_of(self, texts: Sequence[str]) -> Vectors:
        import numpy as np

        new = [text for text in dict.fromkeys(texts) if text not in self._vectors]
        if new:
            self._vectors.update(zip(new, self._embed(new), strict=True))
        stacked: Vectors = np.stack([self._vectors[text] for text in texts])
        return stacked


_SYNONYMOUS = 0.5
"""From this cosine on two phrases may mean the same."""
_SHORTEST_COPY = 3
"""Content words that a copied sentence has at least: fewer are found anywhere."""
_QUOTED = re.compile(r"[\"“]([^\"“”]{2,400})[\"”]")
_NOWHERE = "no passage says so"
_IDLE = "one of the papers cited says nothing of it"


# ---- wording


@dataclass(frozen=True)
class _Held:
    """How far each sentence holds each word of a claim."""

    reading: _Reading
    weights: Matrix
    """Shape ``(words,)``: how much each word of the claim tells; they sum to 1."""
    words: Matrix
    """Shape ``(sentences, words)``, in [0, 1]."""
    known: Matrix
    """Shape ``(words,)``: the same for the record."""
    shares: list[float]
    """What each sentence holds of the claim, by weight."""
    paired: list[int]
    """The sentences that are followed by another of the same source."""

    @classmethod
    def of(cls, said: Statement, reading: _Reading) -> _Held:
        import numpy as np

        spelled = _spelled_out(said, reading.evidence.acronyms)
        weights = np.array([term.weight for term in said.terms] or [1.0])
        weights /= weights.sum()
        rows = [(s.said.stems, s.starts) for s in reading.sentences]
        words = np.array(
            [_degrees(said, stems, starts, spelled) for stems, starts in rows] or np.zeros((0, len(weights)))
        )
        known = np.array(_degrees(said, reading.record.stems, _starts(reading.record.stems), frozenset()))
        following = itertools.pairwise(s.source for s in reading.sentences)
        paired = [row for row, (one, other) in enumerate(following) if one == other]
        return cls(reading, weights, words, known, list(words @ weights), paired)

    def pair(self, row: int) -> Matrix:
        """What a sentence and the one after it hold of each word."""
        import numpy as np

        joined: Matrix = np.maximum(self.words[row], self.words[row + 1])
        return joined


_SHARED_START = 5
_SAME_START = 0.7
"""What a word counts that shares its first letters alone."""


def _starts(stems: frozenset[str]) -> frozenset[str]:
    return frozenset(word[:_SHARED_START] for word in stems if len(word) > _SHARED_START)


def _degrees(said: Statement, stems: frozenset[str], starts: frozenset[str], spelled: frozenset[int]) -> list[float]:
    """How far stems hold each word of a claim; a claim without any is held."""
    return [
        1.0
        if term.stem in stems or term.start in spelled
        else _SAME_START * (len(term.stem) > _SHARED_START and term.stem[:_SHARED_START] in starts)
        for term in said.terms
    ] or [1.0]


def _spelled_out(said: Statement, acronyms: frozenset[str]) -> frozenset[int]:
    """Where words of the claim stand whose initials are an acronym of the passage."""
    words = [(match.start(), match[0].lower()) for match in re.finditer(r"[^\W\d_]+", said.text)]
    words = [(start, word) for start, word in words if word not in english.ACRONYM_LINKS]
    initials = "".join(word[0] for _, word in words)
    found: set[int] = set()
    for acronym in acronyms:
        place = initials.find(acronym) if len(acronym) > 2 else -1
        if place >= 0:
            found.update(start for start, _ in words[place : place + len(acronym)])
    return frozenset(found)


def _wording(said: Statement, held: _Held, cosines: Matrix) -> tuple[float, ...]:
    """The features that are not hard checks."""
    import numpy as np

    weights, known = held.weights, held.known
    single = max((float(np.maximum(row, known) @ weights) for row in held.words), default=0.0)
    paired = max((float(np.maximum(held.pair(row), known) @ weights) for row in held.paired), default=0.0)
    return (
        single,
        max(single, paired),
        _weakest_clause(said, held),
        float(cosines[0].max(initial=-1.0)),
        float(cosines.max(initial=-1.0)),
    )


_SHORTEST_CLAUSE = 3


def _weakest_clause(said: Statement, held: _Held) -> float:
    """Of the claim's clauses, the share that the best sentence for it holds, at the least."""
    import numpy as np

    clauses = [term.clause for term in said.terms]
    least = 1.0
    for clause in set(clauses):
        rows = np.array([place for place, other in enumerate(clauses) if other == clause])
        if len(rows) < _SHORTEST_CLAUSE:
            continue
        degrees = np.maximum(held.words[:, rows], held.known[rows]) @ held.weights[rows]
        least = min(least, float(degrees.max(initial=0.0) / held.weights[rows].sum()))
    return least


def probability(features: Sequence[float]) -> float:
    """The logistic model's probability that a claim with these features is supported."""
    logit = _BIAS + math.fsum(weight * value for weight, value in zip(_WEIGHTS, features, strict=True))
    return 1 / (1 + math.exp(-logit))


def _by_score(opinion: _Opinion) -> float:
    return opinion.verdict.score


def _by_wording(opinion: _Opinion) -> float:
    return opinion.wording


def _refused(verdict: Verdict) -> Verdict:
    """That verdict, or the contrary of one that is not sure enough."""
    return Verdict(False, _THRESHOLD, reason=_NOWHERE) if verdict.supported else verdict


def _states_nothing(said: Statement) -> bool:
    """Whether a sentence only leads on: no number, name or link, and no word that says something of a paper."""
    telling = [term for term in said.terms if term.word not in english.STATES_NOTHING]
    return not (said.numbers or said.names or said.links or telling)


def _missing_subject(lead: Statement | None, evidence: Evidence) -> str:
    """Of a claim that begins "It ...", some name of the sentence before must be the source's."""
    coined = [name for name in lead.names if name.coined] if lead else []
    return f"the name {coined[0].text}" if coined and not any(is_named(n, evidence) for n in coined) else ""


# ---- the span

_PAIRED = 0.12
"""What a pair of sentences must be worth more than one of them."""
_WORTH = 0.35
"""What a source must be worth to be one of several that a claim rests on."""


def _spans(said: Statement, held: _Held, cosines: Matrix) -> tuple[tuple[int, int, int], ...]:
    """For each source the sentence, or the pair, that does most for the claim; best first, idle sources left out."""
    reading = held.reading
    found: list[tuple[float, int, int, int]] = []
    for source in reading.sources:
        options: list[tuple[float, int, int]] = []
        for row, sentence in enumerate(reading.sentences):
            if sentence.source != source:
                continue
            worth = _worth(said, held.shares[row], float(cosines[0, row]), sentence.said)
            options.append((worth, sentence.start, sentence.end))
            if row in held.paired:
                following = reading.sentences[row + 1]
                both = _worth(
                    said, float(held.pair(row) @ held.weights), float(cosines[1, row]), sentence.said, following.said
                )
                options.append((both - _PAIRED, sentence.start, following.end))
        if options:
            worth, start, end = max(options, key=lambda option: option[0])
            found.append((worth, source, start, end))
    found.sort(key=lambda row: -row[0])
    return tuple(
        (source, start, end) for place, (worth, source, start, end) in enumerate(found) if not place or worth >= _WORTH
    )


_BARE, _FAR = 0.2, 0.8


def _is_bare(held: _Held, cosines: Matrix) -> bool:
    """Whether the sentences have next to nothing of a claim but what its paper is called, and none means the same."""
    content = held.weights * (held.known == 0)
    there = held.words.max(axis=0, initial=0.0) if len(held.words) else content * 0
    return float(cosines.max(initial=-1.0)) < _FAR and float(there @ content) < _BARE * float(content.sum())


_CONTRIBUTION = 0.2


def _all_contribute(held: _Held, spans: Sequence[tuple[int, int, int]]) -> bool:
    """Whether each of several sources says something of the claim, beside what its paper is called."""
    import numpy as np

    reading = held.reading
    if {place for place, _, _ in spans} != set(reading.sources):
        return False
    content = held.weights * (held.known == 0)
    if not content.sum():
        return True
    for source in reading.sources:
        rows = np.array([sentence.source == source for sentence in reading.sentences])
        if float((held.words[rows] @ content).max(initial=0.0)) < _CONTRIBUTION * content.sum():
            return False
    return True


def _worth(said: Statement, share: float, cosine: float, *passages: Statement) -> float:
    """What sentences do for a claim: its words, its meaning and its numbers."""
    values = {number.value for number in said.numbers}
    there = {number.value for passage in passages for number in passage.numbers}
    numbers = len(values & there) / len(values) if values else 0.0
    return share + cosine / 2 + numbers / 2
