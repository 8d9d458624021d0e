"""What goes with an answer as a file: its figure as PNG, and a table that no message shows whole as CSV."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.answers import Answer
from assistant.errors import ExportError
from assistant.exporting import to_csv
from assistant.rendering.slack import is_whole
from assistant.tables import Table

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class File:
    """``name`` is how its name ends; ``title`` is what is shown of it."""

    name: str
    title: str
    content: bytes


def files_of(answer: Answer) -> list[File]:
    """It takes seconds to draw a figure: that of a question for a trend is drawn, where a browser is there for it."""
    figures = _figures(answer) if answer.plan.intent == "trend" else []
    return figures + _tables(answer.table or ())


def files_of_table(table: Table) -> list[File]:
    return _figures(table) + _tables(table.rows)


def _tables(rows: Sequence[Mapping[str, Any]]) -> list[File]:
    return [] if is_whole(rows) else [File("table.csv", "Table", to_csv(rows).encode())]


def _figures(drawn: Answer | Table) -> list[File]:
    if drawn.chart is None:
        return []
    with tempfile.TemporaryDirectory(prefix="papertalk-") as folder:
        try:
            return [File("figure.png", "Figure", drawn.save(Path(folder) / "figure.png").read_bytes())]
        except ExportError:
            _log.info("There is no Chrome or Chromium to draw a figure with; the table goes without it.")
            return []
