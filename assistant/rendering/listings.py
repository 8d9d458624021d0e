"""Papers and persons as a terminal shows them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import TYPE_CHECKING

from assistant.papers import Paper, Passage, clean
from assistant.rendering.layout import MOST_ROWS, WIDE, OnTerminal, borderless, rows_table, two_columns
from assistant.rendering.text import LINK, authors_of, one_line, visible, web_address

if TYPE_CHECKING:
    from rich.console import RenderableType

    from assistant.analysis.facets import Facet
    from assistant.analysis.people import Person
    from assistant.merging import FieldOrigin


def grouped_papers(groups: Iterable[tuple[str, Sequence[Paper]]]) -> RenderableType:
    """A heading a group with how many papers it has, and the papers below it."""
    from rich.console import Group
    from rich.padding import Padding
    from rich.text import Text

    parts: list[RenderableType] = []
    for value, papers in groups:
        grid = two_columns()
        for paper in papers:
            grid.add_row(one_line(paper.key), Text(one_line(clean(paper.title))))
        count = f"{len(papers)} paper{'' if len(papers) == 1 else 's'}"
        parts += [Text(f"{one_line(value)}: {count}", style="bold"), Padding(grid, (0, 0, 1, 2))]
    return Group(*parts)


def persons_list(persons: Sequence[Person]) -> RenderableType:
    """Each person behind a name with number, label, evidence and the keys of the papers."""
    from rich.console import Group
    from rich.text import Text

    grid = two_columns()
    for person in persons:
        heading = Text(f"{len(person.papers)} paper{'' if len(person.papers) == 1 else 's'}", style="bold")
        heading.append(f": {one_line(person.label)}" if person.label else "")
        heading.append(" (as you decided)" if person.decided else "", style="dim")
        evidence = [Text(f"- {one_line(reason)}") for reason in person.evidence]
        grid.add_row(Text(f"{person.number}.", style="bold"), Group(heading, *evidence, _keys(person.papers)))
        grid.add_row("", "")
    return grid


def _keys(keys: Sequence[str]) -> RenderableType:
    from rich.text import Text

    def listed(shown: Sequence[str]) -> str:
        return one_line(", ".join(shown))

    rest = f" … {len(keys) - MOST_ROWS} more; --json has them all" if len(keys) > MOST_ROWS else ""
    return OnTerminal(
        lambda: Text(listed(keys), style="dim"), lambda _: Text(listed(keys[:MOST_ROWS]) + rest, style="dim")
    )


def papers_table(papers: Sequence[Paper], width: int = WIDE) -> RenderableType:
    """A row a paper. Where ``width`` has no room for columns, the title and the authors stand below the key."""
    from rich.console import Group
    from rich.padding import Padding
    from rich.text import Text

    rows = [
        (
            one_line(paper.key),
            str(paper.year or ""),
            one_line(paper.category or ""),
            "code" if paper.has_code else "",
            one_line(clean(paper.title)),
            one_line(authors_of(paper, families=width < 120)),
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
    table = borderless()
    table.expand = width < WIDE
    for name in ("key", "year", "cat.", "code"):
        table.add_column(name, no_wrap=True)
    table.add_column("title", overflow="fold", ratio=5 if table.expand else None)
    table.add_column("authors", overflow="fold", ratio=2 if table.expand else None)
    for row in rows:
        table.add_row(*(Text(text) for text in row))
    return table


def paper_sheet(
    paper: Paper, passages: Sequence[Passage], facets: Sequence[Facet] = (), origins: Sequence[FieldOrigin] = ()
) -> RenderableType:
    """One paper with its abstract, what it introduces, uses and counts, where its passages stand, and what its sources
    say of it."""
    from rich.console import Group
    from rich.text import Text

    abstract = visible(clean(paper.abstract))
    known = [web_address(url) or "" for url in (paper.url, *paper.links)]
    links = [url for url in dict.fromkeys([*known, *LINK.findall(abstract)]) if url]
    facts = {
        "key": paper.key,
        "authors": authors_of(paper),
        "affiliation": paper.affiliation or "",
        "date": paper.date or "",
        "venue": paper.venue or "",
        "identifiers": ", ".join(paper.ids),
        "category": paper.category or "",
        "code": {True: "yes", False: "no", None: ""}[paper.has_code],
        "score": "" if paper.score is None else f"{paper.score:g}",
        "links": "\n".join(links),
        "source": paper.source,
        "full text": f"{max(page for _, page in paper.pages)} pages" if paper.pages else "",
        "from": "\n".join(f"{origin}: {', '.join(names)}" for origin, names in _by_origin(origins).items()),
        "sources differ": "\n".join(
            f"{row.name}: {origin} has {one_line(value)!r}" for row in origins for origin, value in row.others
        ),
        **_facts(facets),
    }
    grid = two_columns()
    for name, value in facts.items():
        if value:
            grid.add_row(Text(name, style="dim"), Text(visible(value)))
    parts: list[RenderableType] = [Text(one_line(clean(paper.title)), style="bold"), Text(), grid, Text()]
    parts += [Text(abstract or "There is no abstract."), Text()]
    spans = [
        {"section": passage.section, "start": passage.start, "end": passage.end, "begins": _beginning(passage.text)}
        for passage in passages
    ]
    return Group(*parts, rows_table(spans) if spans else Text("There are no passages.", style="dim"))


def _by_origin(origins: Sequence[FieldOrigin]) -> dict[str, list[str]]:
    """Which fields each source gave, where there are several sources."""
    found: dict[str, list[str]] = {}
    for row in origins:
        found.setdefault(row.origin, []).append(row.name)
    return found if any(row.others for row in origins) or len(found) > 1 else {}


def _facts(facets: Sequence[Facet]) -> dict[str, str]:
    """The facets as lines of a paper's sheet; links are among its links already."""

    def lines(kinds: Collection[str], show: Callable[[Facet], str]) -> str:
        return "\n".join(one_line(show(facet)) for facet in facets if facet.kind in kinds)

    return {
        "introduces": lines(("dataset", "method"), lambda facet: f"{facet.name} ({facet.kind})"),
        "uses": lines(("dataset_used",), lambda facet: facet.name),
        "tasks": lines(("task",), lambda facet: facet.name),
        "numbers": lines(("number",), lambda facet: f"{facet.name} {facet.what}"),
    }


def _beginning(text: str) -> str:
    line = one_line(clean(text))
    return line if len(line) <= 60 else line[:60].rpartition(" ")[0] + " …"
