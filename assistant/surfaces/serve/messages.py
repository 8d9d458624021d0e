"""An answer as a message for other programs: Markdown with its table and references, as far as a message goes."""

from __future__ import annotations

from dataclasses import replace

from assistant.answers import Answer
from assistant.rendering import to_markdown

MOST = 50
"""Rows, and references, that are shown: a computed answer may rest on thousands."""


def as_message(answer: Answer, *, more: str) -> str:
    """The answer's Markdown. ``more`` says how to get what is left out, where something is."""
    shown = replace(answer, citations=answer.citations[:MOST], table=answer.table and answer.table[:MOST])
    left = [
        f"the first {MOST} of {len(rows):,} {noun}"
        for rows, noun in ((answer.table or (), "rows"), (answer.citations, "references"))
        if len(rows) > MOST
    ]
    text = to_markdown(shown)
    if left:
        text += f"\n*Shown are {' and '.join(left)}; {more}.*\n"
    return text.rstrip()
