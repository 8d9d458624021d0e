"""Answer -> Markdown."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from assistant.answers import Answer
from assistant.rendering.provenance import Reference, references, understood_as
from assistant.rendering.text import cell, columns_of, visible

_MARKUP = re.compile(r"([\\`*\[\]<>#|$]|(?<!\w)_|_(?!\w)|~(?=~)|(?<=~)~|&(?=#?\w{1,30};))")
_BARE_LINK = re.compile(r"(https?://[\w/:.~#?=&%@+-]{1,500})")


def escape(text: str) -> str:
    """Text of a paper inside Markdown: its brackets, stars, tags and dollars are characters, its lines are one.

    Links stay as they are, so that they can be followed and found.
    """
    parts = _BARE_LINK.split(" ".join(visible(text).split()))
    return "".join(part if place % 2 else _MARKUP.sub(r"\\\1", part) for place, part in enumerate(parts))


def to_markdown(answer: Answer) -> str:
    """The answer, its table and a numbered list of references."""
    parts = [visible(answer.text)]
    if understood := understood_as(answer.plan):
        parts.insert(0, f"*{escape(understood)}*")
    if answer.table:
        parts.append(_table(answer.table))
    if answer.citations:
        parts.append("**References**\n\n" + "\n".join(_reference(row) for row in references(answer)))
    parts += [f"*Note: {escape(warning)}*" for warning in answer.warnings]
    return "\n\n".join(parts) + "\n"


def _reference(row: Reference) -> str:
    byline = f"{escape(row.byline)}. " if row.byline else ""
    url = f" <{row.url}>" if row.url else ""
    quote = f"\n   > “{escape(row.quote)}”\n" if row.quote else ""
    return f"{row.marker}. {byline}*{escape(row.title)}*. {escape(row.place)}.{url}{quote}"


def _table(rows: Sequence[Mapping[str, Any]]) -> str:
    names = columns_of(rows)
    lines = [[escape(name) for name in names], ["---"] * len(names)]
    lines += [[escape(cell(row.get(name))) for name in names] for row in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
