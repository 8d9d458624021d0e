"""Answer -> a terminal's output, and plain text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from assistant.answers import Answer
from assistant.rendering.inline_markdown import inline
from assistant.rendering.layout import MOST_ROWS, OnTerminal, fitted_table, plain, two_columns
from assistant.rendering.provenance import Reference, checked_line, references, understood_as
from assistant.rendering.text import one_line, visible

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text


def to_text(answer: Answer) -> str:
    """The answer as plain text, a paragraph a line."""
    return plain(to_terminal(answer))


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Where the rest of a table and of the references is found when a terminal shows their beginning alone."""

    table: str = "--csv or --json has them all"
    references: str = "--json has them all"


def to_terminal(answer: Answer) -> RenderableType:
    """The answer, its table, its references and its notes, for a rich console."""
    from rich.console import Group
    from rich.text import Text

    parts: list[RenderableType] = []
    if understood := understood_as(answer.plan):
        parts += [Text(understood, style="dim italic"), Text()]
    parts += _blocks(visible(answer.text))
    return Group(*parts, *below(answer))


def below(answer: Answer, elsewhere: Elsewhere | None = None) -> list[RenderableType]:
    """What stands below an answer's text."""
    from rich.text import Text

    elsewhere = elsewhere or Elsewhere()
    parts: list[RenderableType] = []
    if answer.table:
        parts += [Text(), fitted_table(answer.table, elsewhere.table)]
    if answer.citations:
        parts += [Text(), _fitted_sources(references(answer), elsewhere.references)]
    if answer.warnings:
        parts += [Text(), *(Text(f"Note: {one_line(warning)}", style="yellow") for warning in answer.warnings)]
    if line := checked_line(answer):
        parts += [Text(), Text(line, style="dim")]
    return parts


def sources(rows: Iterable[Reference]) -> RenderableType:
    """The list of references."""
    from rich.text import Text

    grid = two_columns()
    for row in rows:
        text = Text(f"{row.byline}. " if row.byline else "")
        text.append(row.title, style="italic").append(f". {row.place}", style="dim")
        if row.url:
            text.append(f" {row.url}", style="dim")
        if row.quote:
            text.append(f"\n“{row.quote}”")
        grid.add_row(Text(f"[{row.marker}]", style="bold"), text)
    return grid


def _fitted_sources(rows: Sequence[Reference], elsewhere: str) -> RenderableType:
    from rich.console import Group
    from rich.text import Text

    left = len(rows) - MOST_ROWS
    if left <= 0:
        return sources(rows)
    note = Text(f"… {left} more; {elsewhere}", style="dim")
    return OnTerminal(lambda: sources(rows), lambda _: Group(sources(rows[:MOST_ROWS]), note))


def _blocks(text: str) -> Iterator[RenderableType]:
    """The lines of an answer; those between fences as they stand."""
    from rich.text import Text

    is_code = False
    for line in text.split("\n"):
        if line.startswith("```"):
            is_code = not is_code
        else:
            yield Text(line, style="cyan") if is_code else _block(line)


def _block(line: str) -> RenderableType:
    """A line of an answer; what follows a bullet is indented below it."""
    match = re.fullmatch(r"(- |\d{1,3}\. )(.*)", line)
    if not match:
        return _text(line)
    grid = two_columns()
    grid.add_row(match[1].strip(), _text(match[2]))
    return grid


def _text(line: str) -> Text:
    from rich.text import Text

    return Text.assemble(*inline(line))
