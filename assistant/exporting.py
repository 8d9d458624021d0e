"""Tables and figures as files: CSV, JSON, PNG, SVG, HTML, and pandas DataFrames."""

from __future__ import annotations

import csv
import html
import io
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.answers import Chart
from assistant.errors import ExportError

if TYPE_CHECKING:
    from pandas import DataFrame

Rows = Sequence[Mapping[str, Any]]
TABLE_ENDINGS, FIGURE_ENDINGS = (".csv", ".json"), (".png", ".svg", ".html")
_FORMULA = re.compile(r"^[=+\-@\t\r]")
_WIDTH, _HEIGHT, _SCALE = 900, 500, 2


def to_dataframe(rows: Rows, names: Sequence[str] = ()) -> DataFrame:
    """A row of the frame for each row; ``names`` are columns that it has even without a row."""
    import pandas as pd

    names = list(dict.fromkeys([*names, *(name for row in rows for name in row)]))
    return pd.DataFrame([dict(row) for row in rows], columns=names or None)


def to_csv(rows: Rows, names: Sequence[str] = ()) -> str:
    """Comma-separated values (RFC 4180) with a line of names; what a spreadsheet would run as a formula is quoted."""
    names = list(dict.fromkeys([*names, *(name for row in rows for name in row)]))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([_as_text(str(name)) for name in names])
    for row in rows:
        values = [row.get(name) for name in names]
        writer.writerow([value if isinstance(value, int | float) else _as_text(_cell(value)) for value in values])
    return out.getvalue()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return "; ".join(str(item) for item in value) if isinstance(value, list | tuple) else str(value)


def _as_text(cell: str) -> str:
    """A cell that no spreadsheet runs."""
    return f"'{cell}" if _FORMULA.match(cell) else cell


def to_html_table(title: str, rows: Rows) -> str:
    """A plain table for a notebook."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    head = "".join(f"<th>{html.escape(str(name))}</th>" for name in names)
    body = "".join(
        "<tr>" + "".join(f"<td>{html.escape(_cell(row.get(name)))}</td>" for name in names) + "</tr>" for row in rows
    )
    return f"<table><caption>{html.escape(title)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def save(path: Path, rows: Rows, chart: Chart | None, whole: Mapping[str, Any]) -> Path:
    """Write what the file's ending says: the rows (.csv), all (.json), or the figure (.png, .svg, .html).

    Raises:
        ExportError: another ending, no figure to draw, no browser to draw it with, or the file cannot be written.
    """
    ending = path.suffix.lower()
    if ending not in (*TABLE_ENDINGS, *FIGURE_ENDINGS):
        raise ExportError(f"{str(path)!r} ends in none of .csv, .json, .png, .svg and .html; name the file so.")
    if ending == ".csv":
        content: str | bytes = to_csv(rows)
    elif ending == ".json":
        content = json.dumps(whole, ensure_ascii=False, indent=2) + "\n"
    elif chart is None:
        raise ExportError(f"There is no figure to draw in {str(path)!r}; save the table as .csv or .json.")
    elif ending == ".html":
        content = chart.plotly.to_html(include_plotlyjs=True, full_html=True)
    else:
        content = _drawn(chart, path)
    try:
        path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
    except OSError as error:
        raise ExportError(
            f"{str(path)!r} cannot be written ({error.strerror}); name a file in a folder that you may write to."
        ) from error
    return path


def _drawn(chart: Chart, path: Path) -> bytes:
    """The figure drawn by Kaleido, which needs a Chrome or Chromium on the machine."""
    try:
        drawn: bytes = chart.plotly.to_image(format=path.suffix[1:].lower(), width=_WIDTH, height=_HEIGHT, scale=_SCALE)
    except Exception as error:  # Kaleido raises what its browser does
        raise ExportError(
            f"{str(path)!r} cannot be drawn without Chrome or Chromium on this machine; install one, or save the "
            f"figure as .html."
        ) from error
    return drawn
