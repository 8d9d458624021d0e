"""A brief -> the generated answer: the model's reply settled sentence by sentence, its own words judged, and what it
left out quoted. Where the model fails, or nothing it says is in the passages, the answer by rules stands, with the
reason."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import replace

import prompts
from assistant.answering import extractive
from assistant.answering.briefing import DECLINED, Brief
from assistant.answering.by_rules import Ruled, closest
from assistant.answering.clock import Clock
from assistant.answering.drafting import Draft, named, word_by_word
from assistant.answering.gathering import Found
from assistant.answering.settling import Check, Policy, Settler
from assistant.answers import Answer, Citation, Doubted, Grounding, Restarted, TextDelta
from assistant.english.general import REFUSES
from assistant.errors import ModelError
from assistant.grounding.grounder import Source, Verdict
from assistant.grounding.judging import Believed
from assistant.reading import Readings, Sentence

_LOG = logging.getLogger(__name__)
_FACTS = ("number", "quantity", "link", "name")
"""Kinds of things that a sentence holds or lacks: an answer without the sentence that the rules hold best lacks it."""

_LONGEST_REPLY = 20_000
"""Characters of a reply that are read, some 4,000 tokens: a server may write on for ever."""

_DECLINING = re.compile(rf"[\s*\"'_]*{DECLINED}[\s*\"'_.!\[\]\d]*", re.IGNORECASE)

Write = Callable[[Brief], Iterator[str]]
Judge = Callable[[Sequence[Believed], Sequence[Source]], Sequence[Verdict]]
"""A second opinion on claims that are no copies."""
Text = TextDelta | Doubted | Restarted


class Writer:
    """Writes one answer.

    Args:
        write: a brief to the pieces of a reply.
        check: the grounding of one claim in the brief's sources.
        judge: a second opinion on what is no copy; None for none.
        was_cut_off: whether the reply was ended at its longest, once it has come.
        policy: what becomes of a sentence that nothing supports.
    """

    def __init__(
        self,
        write: Write,
        check: Check,
        judge: Judge | None,
        was_cut_off: Callable[[], bool],
        policy: Policy,
        clock: Clock,
    ) -> None:
        self._write = write
        self._check = check
        self._judge = judge
        self._was_cut_off = was_cut_off
        self._policy = policy
        self._clock = clock
        self._has_begun = False

    def run(self, brief: Brief, ruled: Ruled, found: Found, readings: Readings) -> Generator[Text, None, Answer]:
        """The text as it comes; returns the answer."""
        settler = Settler(brief.sources, self._check, self._policy)
        try:
            reply = yield from self._settled(brief, settler)
        except ModelError as error:
            _LOG.warning("The chat model's answer was given up: %s", type(error.__cause__ or error).__name__)
            return (yield from self._give_up(ruled, str(error), settler))
        self._clock.lap("answer")
        if _declines(reply):
            return (yield from _abstained(ruled, found))
        rejected = self._judge is not None and _second_opinion(settler, brief.sources, self._judge)
        self._clock.lap("ground")
        counts = settler.counts()
        if not counts.supported + counts.repaired:
            why = "it was empty"
            if reply.strip():
                why = "it declined to answer" if REFUSES.search(reply[:400]) else "no passage supports any of it"
            return (yield from self._give_up(ruled, f"The chat model's reply is left out: {why}.", settler))
        draft = Draft()
        settler.compose(draft)
        said = len(draft.parts)
        if rejected:  # the markers that were shown may be others now
            said = 0
            yield Restarted("A second look found sentences that no passage supports; this is the answer without them.")
        _complete(draft, ruled, found, brief.question, readings)
        yield from (TextDelta(part, draft.cited_in(part)) for part in draft.parts[said:])
        return replace(
            ruled.answer,
            text=draft.text,
            mode="generative",
            citations=tuple(draft.citations),
            grounding=counts,
        )

    def _settled(self, brief: Brief, settler: Settler) -> Generator[Text, None, str]:
        """The reply, shown as it is settled; returned as the model gave it."""
        reply, held = "", ""
        for piece in self._write(brief):
            if len(reply) >= _LONGEST_REPLY:
                break
            piece = piece[: _LONGEST_REPLY - len(reply)]
            reply += piece
            held += piece
            if _may_decline(reply):  # "NOT STATED" is not shown, nor its beginning
                continue
            yield from self._seen(settler.feed(held))
            held = ""
        if _declines(reply):
            return reply
        yield from self._seen(settler.feed(held))
        yield from self._seen(settler.finish(cut_off=self._was_cut_off() or len(reply) >= _LONGEST_REPLY))
        return reply

    def _seen(self, events: Iterator[TextDelta | Doubted]) -> Iterator[TextDelta | Doubted]:
        for event in events:
            self._has_begun = True
            yield event

    def _give_up(self, ruled: Ruled, reason: str, settler: Settler) -> Generator[Text, None, Answer]:
        answer = yield from fall_back(ruled, reason, has_begun=self._has_begun)
        return replace(answer, grounding=settler.counts() if settler.sentences else None)


def fall_back(ruled: Ruled, reason: str, *, has_begun: bool = False) -> Generator[Text, None, Answer]:
    """The answer by rules, and why it stands; ``has_begun`` where other text was shown before."""
    told = f"{reason} The papers are quoted instead."
    if has_begun:
        yield Restarted(told)
    yield from map(TextDelta, word_by_word(ruled.answer.text))
    others = (line for line in ruled.answer.warnings if reason not in line)  # planning may have met the same failure
    return replace(ruled.answer, warnings=(*others, told))


def _may_decline(reply: str) -> bool:
    head = reply.lstrip(" \n*\"'").upper()
    return DECLINED.startswith(head[: len(DECLINED)])


def _declines(reply: str) -> bool:
    return _DECLINING.fullmatch(reply) is not None


def _abstained(ruled: Ruled, found: Found) -> Generator[Text, None, Answer]:
    """The model finds no answer in the passages: the reader is told, and where to look."""
    paper = found.candidates[0].reading.paper
    where = f"*{paper.short_name}*" if len(ruled.quoted) == 1 else "the papers that come nearest"
    text = prompts.render("not_stated", where=where, closest=closest(found.candidates))
    yield from map(TextDelta, word_by_word(text))
    return replace(ruled.answer, text=text, answered=False, mode="generative", citations=(), grounding=Grounding())


def _second_opinion(settler: Settler, sources: Sequence[Source], judge: Judge) -> bool:
    """Ask about the sentences that the check believes and that are no passage's own; where the judge does not answer,
    they stand. Says whether it rejected any."""
    written = [
        (place, row)
        for place, row in enumerate(settler.sentences)
        if row.verdict.supported and row.verdict.spans and not row.verdict.copied
    ]
    if not written:
        return False
    try:
        verdicts = judge([(row.claim, row.verdict) for _, row in written], sources)
    except ModelError as error:
        _LOG.warning("No second opinion on a generated answer: %s", error)
        return False
    for (place, _), verdict in zip(written, verdicts, strict=True):
        settler.judged(place, verdict)
    return any(not verdict.supported for verdict in verdicts)


def _complete(draft: Draft, ruled: Ruled, found: Found, question: str, readings: Readings) -> None:
    """Quote what the prose leaves out: the sentence with the figure, link or name that is asked for, and of each paper
    one that the rules would quote."""
    for candidate in ruled.quoted if found.compared else ruled.quoted[:1]:
        best = extractive.best(question, found.asked, candidate, readings)
        if best is None:
            continue
        paper = candidate.reading.paper
        chosen = [c for c in ruled.answer.citations if c.paper.key == paper.key]
        told = any(_overlaps(one, draft, paper.key) for one in chosen)
        if not told or (found.asked.wanted in _FACTS and not _overlaps(best, draft, paper.key)):
            draft.say(f"\n\n{named(paper)}: {draft.quote(paper, best.start, best.end)}")


def _overlaps(span: Citation | Sentence, draft: Draft, paper: str) -> bool:
    """Whether what is cited of a paper holds a part of that span of it."""
    return any(c.paper.key == paper and c.start < span.end and span.start < c.end for c in draft.citations)
