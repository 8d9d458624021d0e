"""Answer -> Markdown, plain text, a terminal's output, JSON. Papers too, as a terminal shows them.

What papers say is not trusted: no character of theirs moves a cursor, colours a line or becomes markup.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, TypeGuard

from assistant.answers import Answer, Plan
from assistant.papers import Paper, Passage, clean

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType
    from rich.table import Table
    from rich.text import Text

    from assistant.analysis.facets import Facet
    from assistant.analysis.people import Person

# Controls but for tab and line feed, marks that turn the direction of writing, tags that nobody sees, half characters.
_CONTROL = (
    r"\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff"
    r"\ud800-\udfff\U000e0000-\U000e007f"
)
_UNSAFE = re.compile(f"[{_CONTROL}]")
_MARKUP = re.compile(r"([\\`*\[\]<>#|$]|(?<!\w)_|_(?!\w)|~(?=~)|(?<=~)~|&(?=#?\w{1,30};))")
_BARE_LINK = re.compile(r"(https?://[\w/:.~#?=&%@+-]{1,500})")
LINK = re.compile(r"https?://[^\s<>\"{}|\\^`\x00-\x20]{1,500}(?<![.,;:!?)\]'])")
_WIDE = 100_000  # no line of a text that is not wrapped


def visible(text: str) -> str:
    """The text without characters that act on a terminal or hide in a page instead of being read."""
    return _UNSAFE.sub("", text)


def escape(text: str) -> str:
    """Text of a paper inside Markdown: its brackets, stars, tags and dollars are characters, its lines are one.

    Links stay as they are, so that they can be followed and found.
    """
    parts = _BARE_LINK.split(" ".join(visible(text).split()))
    return "".join(part if place % 2 else _MARKUP.sub(r"\\\1", part) for place, part in enumerate(parts))


# ---- the references


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
                byline=_line(paper.byline),
                title=_line(clean(paper.short_name if paper.key in seen else paper.title)),
                place=f"{_line(citation.section)} {citation.start}-{citation.end} of {_line(paper.key)}",
                quote=_line(quote) if every_quote or _squeezed(quote) not in shown else "",
                url=_link(citation.url) if paper.key not in seen else None,
            )
        )
        seen.add(paper.key)
    return rows


def understood_as(plan: Plan) -> str | None:
    """The question as it was put to the papers, where that is not what was asked."""
    if plan.standalone_question == plan.question:
        return None
    return f"Understood as: {_line(plan.standalone_question)}"


def checked_line(answer: Answer) -> str:
    """``3 sentences checked against the passages, 1 not supported · openai:gpt-x, 1,234 + 210 tokens · $0.0004``: what
    a chat model had to do with the answer; empty where none was asked."""
    parts: list[str] = []
    counts, usage = answer.grounding, answer.usage
    if counts and (count := counts.supported + counts.repaired + counts.dropped):
        doubted = f", {counts.dropped} not supported" if counts.dropped else ""
        parts.append(f"{count} sentence{'' if count == 1 else 's'} checked against the passages{doubted}")
    if usage and usage.input_tokens:
        parts.append(f"{_line(usage.model)}, {usage.input_tokens:,} + {usage.output_tokens:,} tokens")
        if usage.cost_usd is not None:
            parts.append(f"${usage.cost_usd:.4f}")
    return " · ".join(parts)


def _line(text: str) -> str:
    return " ".join(visible(text).split())


def _squeezed(text: str) -> str:
    return re.sub(r"\W+", "", text)


def _link(url: str | None) -> str | None:
    return url if url and LINK.fullmatch(url) else None


# ---- Markdown and JSON


def to_markdown(answer: Answer) -> str:
    """The answer, its table and a numbered list of references."""
    parts = [visible(answer.text)]
    if understood := understood_as(answer.plan):
        parts.insert(0, f"*{escape(understood)}*")
    if answer.table:
        parts.append(_markdown_table(answer.table))
    if answer.citations:
        parts.append("**References**\n\n" + "\n".join(_markdown_reference(row) for row in references(answer)))
    parts += [f"*Note: {escape(warning)}*" for warning in answer.warnings]
    return "\n\n".join(parts) + "\n"


def _markdown_reference(row: Reference) -> str:
    byline = f"{escape(row.byline)}. " if row.byline else ""
    url = f" <{row.url}>" if row.url else ""
    quote = f"\n   > “{escape(row.quote)}”\n" if row.quote else ""
    return f"{row.marker}. {byline}*{escape(row.title)}*. {escape(row.place)}.{url}{quote}"


def _markdown_table(rows: Sequence[Mapping[str, Any]]) -> str:
    names = _columns(rows)
    lines = [[escape(name) for name in names], ["---"] * len(names)]
    lines += [[escape(cell(row.get(name))) for name in names] for row in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def to_json(value: Any, *, ascii_only: bool = False) -> str:
    """JSON of ``Answer.to_dict()`` and its kin, readable, safe to print: what a terminal would obey is escaped."""
    row = value.to_dict() if hasattr(value, "to_dict") else value
    text = json.dumps(row, ensure_ascii=ascii_only, indent=2)
    return re.sub(rf"(?!\n)[{_CONTROL}]", lambda match: json.dumps(match[0])[1:-1], text)


# ---- Markdown as it streams

Span = tuple[str, str]
"""A stretch of text and its style: words out of ``bold``, ``italic``, ``cyan``."""

_TOKEN = re.compile(r"\\[!-/:-@\[-`{-~]|\*\*|[*`\\\n]|[^*`\\\n]+")


class Inline:
    """Reads the Markdown that answers are written in, piece by piece: emphasis, code and escaped characters."""

    def __init__(self) -> None:
        self._held = ""
        self._before = " "
        self._open: dict[str, bool] = {"**": False, "*": False, "`": False}

    def feed(self, piece: str) -> list[Span]:
        """The spans that are certain by now; a mark at the end waits for what follows it."""
        tokens = _TOKEN.findall(self._held + visible(piece))
        self._held = ""
        while tokens and tokens[-1] in ("*", "**", "\\"):
            self._held = tokens.pop() + self._held
        return list(self._spans(tokens, self._held[:1]))

    def finish(self) -> list[Span]:
        tokens, self._held = _TOKEN.findall(self._held), ""
        return list(self._spans(tokens, " "))

    def _spans(self, tokens: Sequence[str], after: str) -> Iterator[Span]:
        for place, token in enumerate(tokens, start=1):
            following = tokens[place] if place < len(tokens) else after
            if not self._toggled(token, following[:1]):
                yield self._plain(token)
            self._before = token[-1:]

    def _toggled(self, token: str, after: str) -> bool:
        """Whether the token is a mark: an opening one stands before a word, a closing one after one."""
        if token not in self._open or (self._open["`"] and token != "`"):
            return False
        if token != "`" and (self._before if self._open[token] else after or " ").isspace():
            return False
        self._open[token] = not self._open[token]
        return True

    def _plain(self, token: str) -> Span:
        if token == "\n":
            if self._before == "\n":  # emphasis ends with its paragraph
                self._open = dict.fromkeys(self._open, False)
            return token, ""
        escaped = len(token) == 2 and token[0] == "\\" and not self._open["`"]
        return token[1:] if escaped else token, self._style

    @property
    def _style(self) -> str:
        styles = {"**": "bold", "*": "italic", "`": "cyan"}
        return " ".join(style for mark, style in styles.items() if self._open[mark])


def inline(text: str) -> list[Span]:
    """A whole text's spans."""
    reader = Inline()
    return reader.feed(text) + reader.finish()


def plain_inline(text: str) -> str:
    """A whole text without its marks."""
    return "".join(piece for piece, _ in inline(text))


# ---- a terminal, and plain text


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
    parts += [_block(line) for line in visible(answer.text).split("\n")]
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
        parts += [Text(), *(Text(f"Note: {_line(warning)}", style="yellow") for warning in answer.warnings)]
    if line := checked_line(answer):
        parts += [Text(), Text(line, style="dim")]
    return parts


def sources(rows: Iterable[Reference]) -> RenderableType:
    """The list of references."""
    from rich.text import Text

    grid = _grid()
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
    return _OnTerminal(lambda: sources(rows), lambda _: Group(sources(rows[:MOST_ROWS]), note))


def rows_table(rows: Sequence[Mapping[str, Any]]) -> Table:
    """Rows with the same columns as a table; numbers stand to the right."""
    return _drawn([_column(name, rows) for name in _columns(rows)])


# ---- tables that fit a terminal

MOST_ROWS = 15
"""As many rows and references as leave the answer above them on the screen."""
_GAP = 2
_NARROWEST = 14
"""A column of text that is narrower tells nothing."""
_BAR = 16
_EIGHTHS = "▏▎▍▌▋▊▉█"
_LEVELS = "▁▂▃▄▅▆▇█"
_TIME = re.compile(r"\d{4}(?:-\d\d)?")


@dataclass(frozen=True, slots=True)
class _OnTerminal:
    """``whole``, but on a terminal what ``fitted`` makes of its options."""

    whole: Callable[[], RenderableType]
    fitted: Callable[[ConsoleOptions], RenderableType]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        yield self.fitted(options) if options.is_terminal else self.whole()


@dataclass(frozen=True, slots=True)
class _Column:
    """A table's column as text. ``least`` is how narrow it may become, in cells."""

    name: str
    cells: tuple[str, ...]
    is_number: bool
    width: int
    least: int


def fitted_table(rows: Sequence[Mapping[str, Any]], elsewhere: str) -> RenderableType:
    """Rows as a table. A terminal shows the first of them, on a line each, and says what it leaves out.

    Counts have bars where there is room; counts over time that are too many columns are one sparkline (Tufte, 2006).
    """
    return _OnTerminal(lambda: rows_table(rows), lambda options: _fitted(rows, options, elsewhere))


def _fitted(rows: Sequence[Mapping[str, Any]], options: ConsoleOptions, elsewhere: str) -> RenderableType:
    from rich.console import Group
    from rich.text import Text

    shown = rows[:MOST_ROWS]
    columns = [_column(name, shown) for name in _columns(rows)]
    choices: list[Sequence[_Column]] = [columns]
    if not options.ascii_only:
        choices = [_with_bars(columns, shown), columns, _with_sparklines(columns, shown)]
    fits = [_fit(choice, options.max_width) for choice in choices]
    fit, choice = next(
        ((fit, choice) for fit, choice in zip(fits, choices, strict=True) if len(fit) == len(choice)),
        (fits[-1], choices[-1]),
    )
    left = [
        f"{count} more {noun}{'' if count == 1 else 's'}"
        for count, noun in ((len(rows) - len(shown), "row"), (len(choice) - len(fit), "column"))
        if count
    ]
    table = _drawn(fit, one_line=True)
    return Group(table, Text(f"… {' and '.join(left)}; {elsewhere}", style="dim")) if left else table


def _column(name: str, rows: Sequence[Mapping[str, Any]]) -> _Column:
    values = [row.get(name) for row in rows]
    is_number = all(value is None or type(value) in (int, float) for value in values)  # a bool is none
    return _made_column(_line(name), [_line(cell(value)) for value in values], is_number=is_number)


def _made_column(name: str, cells: Sequence[str], *, is_number: bool, narrowest: int = _NARROWEST) -> _Column:
    from rich.cells import cell_len

    width = max(map(cell_len, (name, *cells)))
    return _Column(name, tuple(cells), is_number, width, width if is_number else min(width, narrowest))


def _with_bars(columns: Sequence[_Column], rows: Sequence[Mapping[str, Any]]) -> Sequence[_Column]:
    """A bar beside each number of papers."""
    place = next((place for place, column in enumerate(columns, 1) if column.name == "papers"), None)
    counts = [row.get("papers") for row in rows]
    whole = [count for count in counts if isinstance(count, int)]
    if place is None or len(whole) < 2 or len(whole) < len(counts) or max(whole) == 0:
        return columns
    bars = _made_column("", [_bar(count / max(whole)) for count in whole], is_number=False, narrowest=_BAR)
    return [*columns[:place], bars, *columns[place:]]


def _bar(share: float) -> str:
    """A bar of a share in [0, 1], to an eighth of a character."""
    full, part = divmod(round(share * _BAR * 8), 8)
    return "█" * full + (_EIGHTHS[part - 1] if part else "")


def _with_sparklines(columns: Sequence[_Column], rows: Sequence[Mapping[str, Any]]) -> Sequence[_Column]:
    """The columns of years or months as one, a character a column, all rows on one scale."""
    times = [place for place, column in enumerate(columns) if _TIME.fullmatch(column.name)]
    if len(times) < 2:
        return columns
    names = [columns[place].name for place in times]
    counts = [[int(row.get(name) or 0) for name in names] for row in rows]
    most = max(map(max, counts), default=0) or 1
    lines = ["".join(_LEVELS[-(-count * 8 // most) - 1] if count else " " for count in line) for line in counts]
    spark = _made_column(f"{names[0]} to {names[-1]}", lines, is_number=False, narrowest=len(names))
    return [*columns[: times[0]], spark, *columns[times[-1] + 1 :]]


def _fit(columns: Sequence[_Column], width: int) -> list[_Column]:
    """The columns in a width: the longest texts are shortened; where that does not do, the last but one column goes."""
    kept = list(columns)
    while True:
        room = width - _GAP * (len(kept) - 1)
        if sum(column.least for column in kept) <= room or len(kept) <= 2:
            break
        kept.pop(-2)
    longest = max((column.width for column in kept), default=0)
    while longest > 1 and sum(max(column.least, min(column.width, longest)) for column in kept) > room:
        longest -= 1
    return [replace(column, width=max(column.least, min(column.width, longest))) for column in kept]


def _drawn(columns: Sequence[_Column], *, one_line: bool = False) -> Table:
    from rich.text import Text

    table = _table()
    for column in columns:
        justify: Literal["right", "left"] = "right" if column.is_number else "left"
        if one_line:
            table.add_column(Text(column.name), justify=justify, width=column.width, no_wrap=True, overflow="ellipsis")
        else:
            table.add_column(Text(column.name), justify=justify, overflow="fold")
    for line in zip(*(column.cells for column in columns), strict=True):
        table.add_row(*(Text(text, style="dim" if text == "0" else "") for text in line))
    return table


# ---- papers


def grouped_papers(groups: Iterable[tuple[str, Sequence[Paper]]]) -> RenderableType:
    """A heading a group with how many papers it has, and the papers below it."""
    from rich.console import Group
    from rich.padding import Padding
    from rich.text import Text

    parts: list[RenderableType] = []
    for value, papers in groups:
        grid = _grid()
        for paper in papers:
            grid.add_row(_line(paper.key), Text(_line(clean(paper.title))))
        count = f"{len(papers)} paper{'' if len(papers) == 1 else 's'}"
        parts += [Text(f"{_line(value)}: {count}", style="bold"), Padding(grid, (0, 0, 1, 2))]
    return Group(*parts)


def persons_list(persons: Sequence[Person]) -> RenderableType:
    """Each person behind a name with number, label, evidence and the keys of the papers."""
    from rich.console import Group
    from rich.text import Text

    grid = _grid()
    for person in persons:
        heading = Text(f"{len(person.papers)} paper{'' if len(person.papers) == 1 else 's'}", style="bold")
        heading.append(f": {_line(person.label)}" if person.label else "")
        heading.append(" (as you decided)" if person.decided else "", style="dim")
        evidence = [Text(f"- {_line(reason)}") for reason in person.evidence]
        grid.add_row(Text(f"{person.number}.", style="bold"), Group(heading, *evidence, _keys(person.papers)))
        grid.add_row("", "")
    return grid


def _keys(keys: Sequence[str]) -> RenderableType:
    from rich.text import Text

    def listed(shown: Sequence[str]) -> str:
        return _line(", ".join(shown))

    rest = f" … {len(keys) - MOST_ROWS} more; --json has them all" if len(keys) > MOST_ROWS else ""
    return _OnTerminal(
        lambda: Text(listed(keys), style="dim"), lambda _: Text(listed(keys[:MOST_ROWS]) + rest, style="dim")
    )


def papers_table(papers: Sequence[Paper], width: int = _WIDE) -> RenderableType:
    """A row a paper. Where ``width`` has no room for columns, the title and the authors stand below the key."""
    from rich.console import Group
    from rich.padding import Padding
    from rich.text import Text

    rows = [
        (
            _line(paper.key),
            str(paper.year or ""),
            _line(paper.category or ""),
            "code" if paper.has_code else "",
            _line(clean(paper.title)),
            _line(_names(paper, families=width < 120)),
        )
        for paper in papers
    ]
    longest = max((len(paper.key) for paper in papers), default=0)
    if width < longest + 50:
        return Group(
            *(
                Group(
                    Text(" ".join(filter(None, facts)), style="bold"),
                    Padding(Text(f"{title}\n{names}"), (0, 0, 0, 2)),
                )
                for *facts, title, names in rows
            )
        )
    table = _table()
    table.expand = width < _WIDE
    for name in ("key", "year", "cat.", "code"):
        table.add_column(name, no_wrap=True)
    table.add_column("title", overflow="fold", ratio=5 if table.expand else None)
    table.add_column("authors", overflow="fold", ratio=2 if table.expand else None)
    for row in rows:
        table.add_row(*(Text(text) for text in row))
    return table


def paper_sheet(paper: Paper, passages: Sequence[Passage], facets: Sequence[Facet] = ()) -> RenderableType:
    """One paper with its abstract, what it introduces, uses and counts, and where its passages stand."""
    from rich.console import Group
    from rich.text import Text

    abstract = visible(clean(paper.abstract))
    links = [url for url in dict.fromkeys([_link(paper.url) or "", *LINK.findall(abstract)]) if url]
    facts = {
        "key": paper.key,
        "authors": _names(paper),
        "affiliation": paper.affiliation or "",
        "date": paper.date or "",
        "category": paper.category or "",
        "code": "yes" if paper.has_code else "no",
        "score": "" if paper.score is None else f"{paper.score:g}",
        "links": "\n".join(links),
        "source": paper.source,
        **_facts(facets),
    }
    grid = _grid()
    for name, value in facts.items():
        if value:
            grid.add_row(Text(name, style="dim"), Text(visible(value)))
    parts: list[RenderableType] = [Text(_line(clean(paper.title)), style="bold"), Text(), grid, Text()]
    parts += [Text(abstract or "There is no abstract."), Text()]
    spans = [
        {"section": passage.section, "start": passage.start, "end": passage.end, "begins": _start_of(passage.text)}
        for passage in passages
    ]
    return Group(*parts, rows_table(spans) if spans else Text("There are no passages.", style="dim"))


def _facts(facets: Sequence[Facet]) -> dict[str, str]:
    """The facets as lines of a paper's sheet; links are among its links already."""

    def lines(kinds: Collection[str], show: Callable[[Facet], str]) -> str:
        return "\n".join(_line(show(facet)) for facet in facets if facet.kind in kinds)

    return {
        "introduces": lines(("dataset", "method"), lambda facet: f"{facet.name} ({facet.kind})"),
        "uses": lines(("dataset_used",), lambda facet: facet.name),
        "tasks": lines(("task",), lambda facet: facet.name),
        "numbers": lines(("number",), lambda facet: f"{facet.name} {facet.what}"),
    }


def plain(renderable: RenderableType) -> str:
    """What a rich console would show, without styles and unwrapped."""
    from rich.console import Console

    out = io.StringIO()
    console = Console(file=out, width=_WIDE, color_system=None, highlight=False, markup=False, emoji=False)
    console.print(renderable)
    return "".join(line.rstrip() + "\n" for line in out.getvalue().splitlines())


def cell(value: Any) -> str:
    """A value of a table as a reader sees it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, list | tuple):
        return _runs(value) if _are_numbers(value) else ", ".join(cell(item) for item in value)
    return str(value)


def _are_numbers(values: Sequence[Any]) -> TypeGuard[Sequence[int]]:
    return bool(values) and all(type(value) is int for value in values)


def _runs(numbers: Sequence[int]) -> str:
    """Numbers in order, three and more in a row by their ends: ``1-3, 5, 6``."""
    runs: list[list[int]] = []
    for number in sorted(set(numbers)):
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(f"{run[0]}-{run[-1]}" if len(run) > 2 else ", ".join(map(str, run)) for run in runs)


def _columns(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    return list(dict.fromkeys(name for row in rows for name in row))


def _names(paper: Paper, *, families: bool = False) -> str:
    names = (author.family if families else author.name for author in paper.authors)
    return ", ".join(names) + ("" if paper.authors_complete else " et al.")


def _start_of(text: str) -> str:
    line = _line(clean(text))
    return line if len(line) <= 60 else line[:60].rpartition(" ")[0] + " …"


def _block(line: str) -> RenderableType:
    """A line of an answer; what follows a bullet is indented below it."""
    match = re.fullmatch(r"(- |\d{1,3}\. )(.*)", line)
    if not match:
        return _text(line)
    grid = _grid()
    grid.add_row(match[1].strip(), _text(match[2]))
    return grid


def _text(line: str) -> Text:
    from rich.text import Text

    return Text.assemble(*inline(line))


def _grid() -> Table:
    from rich.table import Table

    grid = Table.grid(padding=(0, 1))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    return grid


def _table() -> Table:
    from rich.table import Table

    return Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold", show_edge=False)
