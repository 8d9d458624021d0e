"""How an answer came about, in a line: what its number is of, or who wrote its sentences and what became of them."""

from __future__ import annotations

from dataclasses import replace

from assistant.answering.settling import MARK
from assistant.answering.wording import NOUNS, conditions, join
from assistant.answers import Answer, Plan
from assistant.planning.conditions import years_in_words
from assistant.rendering import plain_inline
from assistant.tables import HEADINGS

_INTENDED = {"count": "Counted:", "list": "Listed:", "trend": "Counted:", "who": "Ranked:"}
_PICKED = {
    "first": "Looked for: the earliest of",
    "last": "Looked for: the latest of",
    "both_ends": "Looked for: the earliest and the latest of",
    "absent": "Looked for: years without",
    "share": "Worked out: the share of",
    "mean": "Worked out: the average over",
    "shared": "Looked for: what several have in common of",
    "to_begin": "Looked for: what to read first of",
    "foremost": "Looked for: the foremost of",
}


def counted_as(plan: Plan) -> str | None:
    """``Counted: papers with code from 2021, by category``; None where nothing was counted."""
    if not plan.is_computed or plan.subject == "owner":
        return None
    filters = replace(plan.filters, years=None) if plan.periods else plan.filters
    subject, chosen = NOUNS[plan.subject][1], plain_inline(conditions(filters))
    if plan.subject == "papers":
        what = f"papers{chosen}" if chosen or plan.pick == "absent" else "all papers"
    else:
        what = f"{subject}, in papers{chosen}" if chosen else subject
    grouped = [] if plan.pick == "absent" else [HEADINGS[name] for name in plan.group_by]
    by = join([name for name in grouped if name not in subject])
    against = " against ".join(years_in_words(period).removeprefix("from ") for period in plan.periods)
    done = _PICKED.get(plan.pick or "", _INTENDED[plan.intent])
    return f"{done} {what}" + "".join(f", {part}" for part in (against, by and f"by {by}") if part)


def written_by(answer: Answer) -> str | None:
    """``Written by MODEL, each sentence checked: 3 supported, 1 left out.``; None where no model wrote the text."""
    if answer.mode != "generative" or not answer.answered or answer.grounding is None or answer.usage is None:
        return None
    counts = answer.grounding
    said = [f"{counts.supported + counts.repaired} supported"]
    if counts.dropped:
        said.append(f"{counts.dropped} {'marked' if MARK in answer.text else 'left out'}")
    model = answer.usage.model.partition("@http")[0]  # where it runs is no visitor's business
    return f"Written by {model}, each sentence checked: {', '.join(said)}."
