"""A chat model's second opinion on sentences of which the grounding is not sure.

It may reject one, and it may save one with a quote that the passage really holds. It never decides against a hard
check, since what fails one is not asked about.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from pydantic import BaseModel

import prompts
from assistant.grounding import Source, Verdict, find_exactly
from assistant.llm import Calls, ChatModel
from assistant.papers import clean
from assistant.passages import split_sentences
from assistant.rendering import visible

Doubtful = tuple[str, int, Verdict]
"""A claim, which source comes nearest to it, and what the grounding says."""
_LEAST_QUOTE = 4
"""Words of a quote from which on it can prove something."""
_TAG = re.compile(r"<(?=/?\s*(?:pair|statement|passage)\b)", re.IGNORECASE)


class Judged(BaseModel):
    """What the judge says of one claim. No field has a default: an item that leaves one out says nothing."""

    number: int
    supported: bool
    quote: str


class Judgement(BaseModel):
    verdicts: list[Judged]


def judge_with(model: ChatModel, calls: Calls) -> Callable[[Sequence[Doubtful], Sequence[Source]], list[Verdict]]:
    """A judge that asks this model, all claims in one request.

    The judge raises ModelError where the model does not answer.
    """

    def judge(doubtful: Sequence[Doubtful], sources: Sequence[Source]) -> list[Verdict]:
        pairs = "\n".join(
            f'<pair number="{number}">\n<statement>{_data(claim)}</statement>\n'
            f"<passage>{_data(clean(_text(sources[place])))}</passage>\n</pair>"
            for number, (claim, place, _) in enumerate(doubtful, start=1)
        )
        told = model.structured(prompts.render("judge", claims=pairs), Judgement, calls)
        said = {row.number: row for row in told.verdicts}
        return [
            _decided(verdict, said.get(number), place, sources[place])
            for number, (_, place, verdict) in enumerate(doubtful, start=1)
        ]

    return judge


def _decided(verdict: Verdict, said: Judged | None, place: int, source: Source) -> Verdict:
    """The verdict after the judge: turned only where it says why."""
    if said is None:
        return verdict
    if not said.supported:
        return verdict if said.quote else replace(verdict, supported=False, reason="no passage says so")
    if verdict.supported:
        return verdict
    found = find_exactly(said.quote, _text(source)) if len(said.quote.split()) >= _LEAST_QUOTE else None
    if found is None:
        return verdict
    start, end = _whole_sentences(_text(source), *found)
    return replace(
        verdict, supported=True, repaired=True, spans=((place, source.start + start, source.start + end),), reason=""
    )


def _whole_sentences(text: str, start: int, end: int) -> tuple[int, int]:
    touched = [span for span in split_sentences(text) if span[0] < end and start < span[1]]
    return touched[0][0], touched[-1][1]


def _text(source: Source) -> str:
    return source.paper.text[source.start : source.end]


def _data(text: str) -> str:
    return _TAG.sub("‹", " ".join(visible(text).split()))
