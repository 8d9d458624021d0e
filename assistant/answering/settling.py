"""A chat model's reply, piece by piece -> text whose markers are citations and whose sentences are checked.

The words are shown as they come, without what the model put in brackets to cite. At the end of its sentence they are
checked, and the citations of the spans that support them follow. A marker is therefore whole and resolved when it is
first seen, and one that stands for nothing is never seen.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Literal

from assistant.answering.drafting import Draft
from assistant.answers import Doubted, Grounding, TextDelta
from assistant.grounding.grounder import Claim, Source, Verdict
from assistant.passages import split_sentences
from assistant.rendering import escape, visible

Policy = Literal["strict", "mark"]
MARK = "*(⚠ not found in the papers)*"
"""What follows a sentence that no passage supports where such sentences are kept."""
_LONGEST = 4_000
"""Characters after which a sentence that does not end is ended."""
_LOOK_AHEAD = 24
"""Characters after a full stop that show whether it ends a sentence."""

# [1], [1, 2], [1-3], [^1], [Passage 2], (passage 2), 【1】: how models write what they cite. Every repeat is bounded.
_NUMBER = r"(?:0(?![\s,.\d])|0?[1-9]\d{0,17})"
_LABEL = (
    r"(?:(?:passages?|sources?|papers?|refs?\.?|references?|citations?|evidence|docs?|documents?|nos?\.?|numbers?|p)"
    r"\s{0,2}:?\s{0,2}){0,2}#?"
)
_NEXT = rf"(?:{_LABEL}\[?\^?\d{{1,18}}\^?\]?|p{{1,2}}\.? ?\d{{1,6}}|L\d{{1,6}})"
_NUMBERS = rf"{_NUMBER}(?:\s{{0,2}}(?:,|;|&|and|-|–|†)\s{{0,2}}{_NEXT}){{0,40}}"
_MARKER = re.compile(
    rf"\\?[\[［]{{1,2}}\s?\^?{_LABEL}\s?{_NUMBERS}\^?\s?\\?[\]］]{{1,2}}|【{_LABEL}\s?{_NUMBERS}[^】\n]{{0,12}}】|\[[1-9]\d{{17,400}}\]",
    re.IGNORECASE,
)
_IN_WORDS = re.compile(
    rf"\((?:see |cf\. |from )?(?:passages?|sources?):?\s{{1,2}}{_LABEL}\s?{_NUMBERS}\)", re.IGNORECASE
)
# A key, an author and a year, a footnote: brackets that cite something that was never shown.
_FOREIGN = re.compile(
    r"\[(?:\^[\w.-]{1,40}|@[\w:.-]{1,60}"
    r"|[A-Z][\w'’.-]{1,40}(?: et al\.?| (?:and|&) [A-Z][\w'’-]{1,40})?,? (?:19|20)\d\d[a-z]?"
    r"|[a-z]{2,30}(?:19|20)\d\d[a-z]{0,20}|citation needed|ref|source|link)\]",
    re.IGNORECASE,
)
_LINKED = re.compile(r"!?\[([^\[\]\n]{0,300})\]\((?:[^()\s]{0,500})(?:\s\"[^\"\n]{0,200}\")?\)")
_BARE_LINK = re.compile(r"(?:[a-z][a-z0-9+.-]{0,20}://|www\.)\S{0,2000}", re.IGNORECASE)
_NO_LINK = "(a link that no paper has)"
_OPENING = re.compile(
    r"[!\\]?[\[【［]|[!\\]$|\((?:(?:see|cf\.?|from|passages?|sources?)\b[^()\n]{0,400}|[^()\n]{0,24})$"
)
_CITING = re.compile(r"\s{0,8}\x00(?:\s{0,8}\x00){0,40}(\s{0,8}[.,;:!?)。！？，]{1,3}(?=\s|$))?")
_EMPHASIS = re.compile(r"\*{1,3}(?=\S)|(?<=\S)\*{1,3}|`{1,3}|(?<!\w)_{1,3}(?=\w)|(?<=\w)_{1,3}(?!\w)|~~")
_LINE_START = re.compile(r"[^\S\n]*(?:(#{1,6})[^\S\n]+|([-*+•])[^\S\n]+|(\d{1,3})[.)][^\S\n]+|>[^\S\n]?)")
_END = re.compile(r"(?<=\S)[.!?…。！？][\"'”’»)\]*_]{0,4}(?=\s|\[|【|$)")
_HALF_LINE_START = re.compile(r"[^\S\n]*(?:#{0,6}|[-*+•>]{0,2}|\d{0,3}[.)]?)[^\S\n]*")
_RANGE = re.compile(r"(\d{1,18})(?:\s{0,2}[-–]\s{0,2}(\d{1,18}))?")
_PLACE = re.compile(r"†[^\]】］]*|\bpp?\.\s?\d{1,6}|\bL\d{1,6}")  # lines and pages within what is cited
_BLANKS = re.compile(r"[^\S\n]{0,3}")
_NEXT_WORD = re.compile(r"\s+\S+\s")
_LONGEST_MARKER = 80


Check = Callable[[Claim], Verdict]
"""Whether a claim stands in the sources that it cites."""


@dataclass(frozen=True, slots=True)
class Settled:
    """A sentence of the reply: what stands between it and the one before, its words, and what its check came to."""

    lead: str
    claim: str
    verdict: Verdict


class Settler:
    """Settles one reply.

    Args:
        sources: the passages by number, the first of them number 1.
        check: the grounding of one claim.
        policy: what becomes of a sentence that nothing supports: left out, or marked.
    """

    def __init__(self, sources: Sequence[Source], check: Check, policy: Policy) -> None:
        self._sources = sources
        self._check = check
        self._policy = policy
        self._raw = ""  # of the sentence that is not settled yet, its lead before it
        self._shown = 0  # words of it that are out
        self._lead: str | None = None  # once it is out
        self._looked = 0  # characters of it in which no sentence ends
        self._draft = Draft()
        self.sentences: list[Settled] = []
        self.invented = 0
        """Markers that stood for no passage."""

    def feed(self, piece: str) -> Iterator[TextDelta | Doubted]:
        """What of the reply can be shown by now."""
        self._raw += visible(piece).replace("\t", " ")
        while (cut := self._cut()) is not None:
            yield from self._settle(cut)
        yield from self._show()

    def finish(self, *, cut_off: bool = False) -> Iterator[TextDelta | Doubted]:
        """The rest: the reply is at its end, or was ended in the middle of a sentence, which then does not stand."""
        while (cut := self._cut(at_end=True)) is not None:
            yield from self._settle(cut)
        whole = not cut_off or _END.search(self._raw.rstrip(), max(0, len(self._raw.rstrip()) - 4))
        yield from self._settle(len(self._raw), "" if whole else "it was cut off")

    # where a sentence ends

    def _cut(self, *, at_end: bool = False) -> int | None:
        """Where the first sentence of what is held ends, its markers with it; None while that is not certain."""
        start = self._body_start()
        body = self._raw[start:]
        line = body.find("\n")
        for match in _END.finditer(body, self._looked, _LONGEST):
            end = _after_markers(body, match.end())
            if 0 <= line < end:
                break
            if not at_end and not _is_certain(body, end):
                return None
            if body[end : end + _LONGEST].strip() and _is_boundary(body, match.end(), end):
                return start + end
            self._looked = match.end()
        if line >= 0:
            return start + line
        if len(body) > _LONGEST:
            return start + (body.rfind(" ", 0, _LONGEST) if " " in body[:_LONGEST] else _LONGEST)
        return None

    def _body_start(self) -> int:
        """Where the words begin: behind blanks, line ends, and the signs that open a line."""
        place = len(self._raw) - len(self._raw.lstrip())
        opens_line = not self.sentences or "\n" in self._raw[:place]
        match = _LINE_START.match(self._raw, place) if opens_line else None
        return match.end() if match else place

    # what is shown before it has ended

    def _show(self) -> Iterator[TextDelta]:
        start = self._body_start()
        body = self._raw[start:]
        if not self._shown and _HALF_LINE_START.fullmatch(body):
            return
        whole = _without_markers(body)
        opening = _OPENING.search(whole)
        words = _words_of(whole[: opening.start()] if opening else whole)
        # The last word may still grow, punctuation may stand behind the marker that follows it, and nobody shall follow
        # a link before it is found in a paper.
        yield from self._words(self._raw[:start], list(takewhile(lambda word: not _BARE_LINK.search(word), words[:-1])))

    def _words(self, lead: str, words: Sequence[str]) -> Iterator[TextDelta]:
        if len(words) <= self._shown:
            return
        if self._lead is None:
            self._lead = self._lead_of(lead)
            between = self._lead
        else:
            between = " "
        yield TextDelta(between + " ".join(escape(word) for word in words[self._shown :]))
        self._shown = len(words)

    def _lead_of(self, raw: str) -> str:
        """Blanks, line ends and the sign of a list, as the answer writes them."""
        match = _LINE_START.search(raw)
        sign = "- " if match and match[2] else f"{match[3]}. " if match and match[3] else ""
        if not self.sentences:
            return sign
        if sign:
            return ("\n\n" if raw.count("\n") > 1 else "\n") + sign
        return "\n\n" if "\n" in raw else " "

    # what it comes to

    def _settle(self, cut: int, fault: str = "") -> Iterator[TextDelta | Doubted]:
        """Check what is held up to there, and show what of it is not out yet."""
        start = min(self._body_start(), cut)
        lead, body = self._raw[:start], self._raw[start:cut]
        self._raw = self._raw[cut:]
        claim = " ".join(_words_of(_without_markers(body)))
        if claim:
            before = next((row.claim for row in reversed(self.sentences) if row.verdict.supported), "")
            cited = self._cited(body)
            verdict = self._verdict(Claim(claim, tuple(cited), before), fault)
            if not verdict.supported:
                claim = _BARE_LINK.sub(_NO_LINK, claim)
            yield from self._words(lead, claim.split())
            sentence = Settled(self._lead or "", claim, verdict)
            tail = _tail(sentence, self._sources, self._policy, self._draft)
            if tail:
                yield TextDelta(tail, self._draft.cited_in(tail))
            if not verdict.supported:
                yield Doubted(claim, verdict.reason, len(escape(claim)) + len(tail))
            self.sentences.append(sentence)
        self._shown, self._lead, self._looked = 0, None, 0

    def _verdict(self, claim: Claim, fault: str) -> Verdict:
        """A lead-in to what follows may state nothing; any other sentence that stands rests on something."""
        if fault:
            return Verdict(False, 0.0, (), False, fault)
        verdict = self._check(claim)
        if verdict.supported and not verdict.spans and not claim.text.endswith(":"):
            return replace(verdict, supported=False, reason="it says nothing of the papers")
        return verdict

    def _cited(self, body: str) -> list[int]:
        """The sources that a sentence cites, by their places; what cites nothing that was shown is counted."""
        cited: list[int] = []
        for match in _markers(body):
            for number in _numbers(match[0]):
                if 1 <= number <= len(self._sources):
                    cited.append(number - 1)
                else:
                    self.invented += 1
        self.invented += len(_FOREIGN.findall(body))
        return list(dict.fromkeys(cited))

    # the whole

    def counts(self) -> Grounding:
        """What became of the sentences."""
        verdicts = [sentence.verdict for sentence in self.sentences]
        return Grounding(
            supported=sum(bool(verdict.spans) and verdict.supported and not verdict.repaired for verdict in verdicts),
            repaired=sum(bool(verdict.spans) and verdict.supported and verdict.repaired for verdict in verdicts),
            dropped=sum(not verdict.supported for verdict in verdicts),
            invented=self.invented,
        )

    def compose(self, draft: Draft) -> None:
        """Say what stands, with its citations."""
        missed = ""  # the lead of sentences that are left out goes to the next one
        for sentence in self.sentences:
            lead = missed if missed.strip(" ") and sentence.lead == " " else sentence.lead
            if not sentence.verdict.supported and self._policy == "strict":
                missed = missed or sentence.lead
                continue
            missed = ""
            lead = lead if draft.parts else lead.lstrip("\n ")
            draft.say(lead + escape(sentence.claim) + _tail(sentence, self._sources, self._policy, draft))

    def judged(self, place: int, verdict: Verdict) -> None:
        """Another verdict on the sentence at that place, from 0."""
        self.sentences[place] = replace(self.sentences[place], verdict=verdict)


def _tail(sentence: Settled, sources: Sequence[Source], policy: Policy, draft: Draft) -> str:
    """What follows a sentence's words: the markers of what supports it, or the mark of what nothing does."""
    if not sentence.verdict.supported:
        return f" {MARK}" if policy == "mark" else ""
    spans = sentence.verdict.spans
    cited = [draft.cite(sources[place].paper, start, end) for place, start, end in spans]
    return "".join(f" {marker}" for marker in dict.fromkeys(cited))


def _markers(body: str) -> list[re.Match[str]]:
    return [*_MARKER.finditer(body), *_IN_WORDS.finditer(body)]


def _without_markers(body: str) -> str:
    """A sentence without what it cites; punctuation that stood behind a marker goes to the word before it."""
    for pattern in (_FOREIGN, _MARKER, _IN_WORDS):
        body = pattern.sub("\x00", body)
    body = _CITING.sub(lambda match: (match[1] or " ").lstrip() or " ", body)
    return re.sub(r"[^\S\n]{0,8},(?=[^\S\n]{0,8}[.;:!?](?:\s|$))", "", body)


def _words_of(text: str) -> list[str]:
    return _EMPHASIS.sub("", _LINKED.sub(r"\1", text)).split()


def _numbers(marker: str) -> list[int]:
    """The numbers of a marker; a range is all that it spans, where it spans few."""
    found: list[int] = []
    for first, last in _RANGE.findall(_PLACE.sub("", marker)):
        low, high = int(first), int(last or first)
        found += range(low, high + 1) if low <= high <= low + 12 else [low, high]
    return found


def _after_markers(body: str, place: int) -> int:
    """Behind the markers that follow a full stop: they belong to the sentence that it ends."""
    while (blanks := _BLANKS.match(body, place)) and (marker := _MARKER.match(body, blanks.end())):
        place = marker.end()
    return place


def _is_certain(body: str, place: int) -> bool:
    """Whether enough has come to tell if the sentence before it has ended, and no marker is half there."""
    rest = body[place : place + _LONGEST_MARKER + 1]
    stripped = rest.lstrip(" ")
    if stripped[:1] in tuple("[【［(\\"):
        return bool(re.search(r"[\]】］)\n]", stripped)) or len(stripped) >= _LONGEST_MARKER
    return "\n" in rest or bool(_NEXT_WORD.match(rest)) or len(stripped) > _LOOK_AHEAD


def _is_boundary(body: str, stop: int, end: int) -> bool:
    """Whether a sentence ends with that full stop; what is cited behind it is left aside."""
    text = _EMPHASIS.sub("", _without_markers(body[max(0, stop - 600) : stop])).rstrip()
    following = _EMPHASIS.sub("", body[end : end + 80]).lstrip()
    return any(finish == len(text) for _, finish in split_sentences(f"{text} {following}"))
