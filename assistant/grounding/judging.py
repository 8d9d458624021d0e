"""A chat model's second opinion on the sentences that the grounding believes and that are no copies of a passage.

It may reject them and no more: a small model would talk any sentence into being supported. It is asked within a budget
of its own, a few sentences at a time, the least sure first; what there is no room for stands as it is.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from pydantic import BaseModel

import prompts
from assistant.errors import ModelError
from assistant.grounding.grounder import Source, Verdict
from assistant.llm.model import Calls, ChatModel
from assistant.papers import clean
from assistant.untrusted import as_data

_LOG = logging.getLogger(__name__)
Believed = tuple[str, Verdict]
"""A claim, and the verdict that believes it."""

_REPLY = 30
"""Tokens that the judgement of one claim takes, written with blanks and line ends."""
_FRAME = 20
"""Tokens of the reply's own frame."""
_MOST_AT_ONCE = 2_500
"""Tokens of a prompt and its reply: small models lose count of long lists."""
_MOST = 12_000
"""Tokens for all the claims of an answer."""


class Judged(BaseModel):
    """What the judge says of one claim. No field has a default: an item that leaves one out says nothing."""

    number: int
    supported: bool


class Judgement(BaseModel):
    verdicts: list[Judged]


@dataclass(frozen=True, slots=True)
class _Pair:
    """A claim's place among all, as it is put before the judge, and the tokens that it takes with its judgement."""

    place: int
    text: str
    tokens: int


def judge_with(model: ChatModel, calls: Calls) -> Callable[[Sequence[Believed], Sequence[Source]], list[Verdict]]:
    """A judge that asks this model. It raises ModelError where the model does not answer even once."""

    def judge(believed: Sequence[Believed], sources: Sequence[Source]) -> list[Verdict]:
        verdicts = [verdict for _, verdict in believed]
        for rank, batch in enumerate(_batches(model, believed, sources)):
            claims = "\n".join(_numbered(number, pair.text) for number, pair in enumerate(batch, start=1))
            try:
                told = model.structured(prompts.render("judge", claims=claims), Judgement, calls)
            except ModelError as error:
                if not rank:
                    raise
                _LOG.warning("A second opinion ended early: %s", error)
                break
            rejected = {row.number for row in told.verdicts if not row.supported}
            for number, pair in enumerate(batch, start=1):
                if number in rejected:
                    verdicts[pair.place] = replace(verdicts[pair.place], supported=False, reason="no passage says so")
        return verdicts

    return judge


def _batches(model: ChatModel, believed: Sequence[Believed], sources: Sequence[Source]) -> list[list[_Pair]]:
    """The claims that there is room for, as many at a time as the model reads."""
    frame = model.count_tokens(prompts.render("judge", claims="")) + _FRAME
    room = min(_MOST_AT_ONCE, model.context_tokens) - frame
    batches: list[list[_Pair]] = []
    left, used = _MOST, room
    for place in sorted(range(len(believed)), key=lambda place: believed[place][1].score):
        pair = _pair(model, place, believed[place], sources, room)
        if pair is None:
            continue
        is_full = used + pair.tokens > room
        cost = pair.tokens + is_full * frame
        if cost > left:
            break
        if is_full:
            batches.append([])
            used = 0
        batches[-1].append(pair)
        used += pair.tokens
        left -= cost
    return batches


def _pair(model: ChatModel, place: int, believed: Believed, sources: Sequence[Source], room: int) -> _Pair | None:
    """A claim beside its passages; where these are too long, beside the sentences alone that are held to support it."""
    claim, verdict = believed
    for passages in (_passages(verdict, sources), _sentences(verdict, sources)):
        text = f"<statement>{as_data(claim)}</statement>\n<passage>{as_data(passages)}</passage>"
        tokens = model.count_tokens(_numbered(99, text)) + _REPLY
        if tokens <= room:
            return _Pair(place, text, tokens)
    return None


def _numbered(number: int, pair: str) -> str:
    return f'<pair number="{number}">\n{pair}\n</pair>'


def _passages(verdict: Verdict, sources: Sequence[Source]) -> str:
    """Whole, each once."""
    places = dict.fromkeys(place for place, _, _ in verdict.spans)
    return "\n".join(_told(s, s.start, s.end) for s in (sources[place] for place in places))


def _sentences(verdict: Verdict, sources: Sequence[Source]) -> str:
    return "\n".join(_told(sources[place], start, end) for place, start, end in verdict.spans)


def _told(source: Source, start: int, end: int) -> str:
    """Words of a paper below its title, which says what they are about."""
    return f"{clean(source.paper.title)}: {clean(source.paper.text[start:end])}"
