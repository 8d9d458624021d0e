"""Where an answer comes from, as every surface shows it: its references, how the question was understood, and what a
chat model had to do with it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from assistant.answers import Answer, Citation, Plan
from assistant.papers import clean
from assistant.rendering.inline_markdown import plain_inline
from assistant.rendering.text import one_line, web_address


@dataclass(frozen=True, slots=True)
class Reference:
    """A citation as a reader sees it; ``quote`` is empty where the answer's text shows it already."""

    marker: int
    byline: str
    title: str
    place: str
    quote: str
    url: str | None


def references(answer: Answer, *, every_quote: bool = False) -> list[Reference]:
    """The answer's references by marker. A paper that came before goes by its short name."""
    shown = _squeezed(plain_inline(answer.text))
    seen: set[str] = set()
    rows: list[Reference] = []
    for citation in answer.citations:
        paper = citation.paper
        quote = clean(citation.quote)
        rows.append(
            Reference(
                marker=citation.marker,
                byline=one_line(paper.byline),
                title=one_line(clean(paper.short_name if paper.key in seen else paper.title)),
                place=f"{where_in_paper(citation)} {citation.start}-{citation.end} of {one_line(paper.key)}",
                quote=one_line(quote) if every_quote or _squeezed(quote) not in shown else "",
                url=web_address(citation.url) if paper.key not in seen else None,
            )
        )
        seen.add(paper.key)
    return rows


def where_in_paper(*cited: Citation) -> str:
    """``Experiments, p. 6-7``: where in their paper quotes of one section stand, as every surface writes it.

    Empty where neither section nor page is known.
    """
    pages = sorted({citation.page for citation in cited if citation.page is not None})
    ends = dict.fromkeys((pages[0], pages[-1])) if pages else ()
    written = f"p. {'-'.join(map(str, ends))}" if pages else ""
    return ", ".join(part for part in (one_line(cited[0].section), written) if part)


def understood_as(plan: Plan) -> str | None:
    """The question as it was put to the papers, where that is not what was asked."""
    if plan.standalone_question == plan.question:
        return None
    return f"Understood as: {one_line(plan.standalone_question)}"


def checked_line(answer: Answer) -> str:
    """``3 sentences checked against the passages, 1 not supported · openai:gpt-x, 1,234 + 210 tokens · $0.0004``: what
    a chat model had to do with the answer; empty where none was asked."""
    parts: list[str] = []
    counts, usage = answer.grounding, answer.usage
    if counts and (count := counts.supported + counts.repaired + counts.dropped):
        doubted = f", {counts.dropped} not supported" if counts.dropped else ""
        parts.append(f"{count} sentence{'' if count == 1 else 's'} checked against the passages{doubted}")
    if usage and usage.input_tokens:
        parts.append(f"{one_line(usage.model)}, {usage.input_tokens:,} + {usage.output_tokens:,} tokens")
        if usage.cost_usd is not None:
            parts.append(f"${usage.cost_usd:.4f}")
    return " · ".join(parts)


def _squeezed(text: str) -> str:
    return re.sub(r"\W+", "", text)
