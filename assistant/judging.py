"""A chat model's second opinion on sentences that the grounding believes, but not surely.

It may reject them and no more: a small model would talk any sentence into being supported.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from pydantic import BaseModel

import prompts
from assistant.grounding import Source, Verdict
from assistant.llm import Calls, ChatModel
from assistant.papers import clean
from assistant.untrusted import as_data

Doubtful = tuple[str, Verdict]
"""A claim, and the verdict that believes it."""


class Judged(BaseModel):
    """What the judge says of one claim. No field has a default: an item that leaves one out says nothing."""

    number: int
    supported: bool


class Judgement(BaseModel):
    verdicts: list[Judged]


def judge_with(model: ChatModel, calls: Calls) -> Callable[[Sequence[Doubtful], Sequence[Source]], list[Verdict]]:
    """A judge that asks this model, about all claims in one request.

    The judge raises ModelError where the model does not answer.
    """

    def judge(doubtful: Sequence[Doubtful], sources: Sequence[Source]) -> list[Verdict]:
        pairs = "\n".join(
            f'<pair number="{number}">\n<statement>{as_data(claim)}</statement>\n'
            f"<passage>{as_data(_passages(verdict, sources))}</passage>\n</pair>"
            for number, (claim, verdict) in enumerate(doubtful, start=1)
        )
        told = model.structured(prompts.render("judge", claims=pairs), Judgement, calls)
        rejected = {row.number for row in told.verdicts if not row.supported}
        return [
            replace(verdict, supported=False, reason="no passage says so") if number in rejected else verdict
            for number, (_, verdict) in enumerate(doubtful, start=1)
        ]

    return judge


def _passages(verdict: Verdict, sources: Sequence[Source]) -> str:
    """The passages of the sentences that are held to support a claim, each whole and once."""
    places = dict.fromkeys(place for place, _, _ in verdict.spans)
    return "\n".join(clean(s.paper.text[s.start : s.end]) for s in (sources[place] for place in places))
