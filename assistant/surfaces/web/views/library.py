"""The papers: who their author is, a table that is searched, sorted and filtered, and ways to take it away.

What papers say is not trusted: it reaches the page as characters only, and a link is http or https.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from assistant.analysis.data_english import CODE_HOSTS
from assistant.papers import Paper, clean
from assistant.rendering import LINK, authors_of
from assistant.surfaces.markup import escape, one_line, outward
from assistant.surfaces.web import paper_list
from assistant.surfaces.web.paper_list import PAGE, Column, PaperPages
from assistant.surfaces.web.views import frame, paper

if TYPE_CHECKING:
    from assistant.api import Assistant
    from assistant.catalogue import Catalogue
    from assistant.surfaces.web.desk import Desk
    from assistant.surfaces.web.visit import Visit

_NAMES = 3
"""Authors that a row names."""
_MOST = 6
"""Topics, and co-authors, that the author's card names."""
_HEADS: Mapping[Column, str] = {
    "title": "Title",
    "authors": "Authors",
    "year": "Year",
    "venue": "Venue",
    "code": "Code",
}
_FORMS = {"bibtex": "BibTeX", "ris": "RIS", "csv": "CSV"}


def draw(desk: Desk, visit: Visit) -> str:
    """One paper where the address names one, else the list of them."""
    if visit.place.paper:
        return paper.draw(desk, visit)
    if not desk.assistant(visit).library.papers:
        return _nothing(desk, visit)
    pages = paper_list.pages_of(desk, visit)
    return (
        '<div class="pt-shelf">'
        f"{_card(desk, visit)}"
        '<section aria-labelledby="papers-heading"><div class="pt-view-top"><h2 id="papers-heading">Papers</h2>'
        f"{frame.which(desk, visit, 'list-')}</div>"
        f"{_tools(visit, pages)}"
        f"{_table(desk, visit, pages) if pages.papers else _none(visit)}"
        "</section></div>"
    )


def _nothing(desk: Desk, visit: Visit) -> str:
    add = (
        "<p>Files, links, identifiers and pasted text all do. "
        '<a id="papers-add" href="?view=add" data-do="go" data-view="add">Add papers</a></p>'
    )
    return f'<div class="pt-shelf"><h2>There is no paper here yet.</h2>{add if desk.may_edit(visit) else ""}</div>'


# ---- the author


@dataclass(frozen=True, slots=True)
class _Totals:
    """What is counted over all papers of a library. ``told`` is of how many papers it is known whether there is
    code."""

    years: Mapping[int, int]
    coded: int
    told: int
    people: Sequence[tuple[str, int]]


_TOTALS: WeakKeyDictionary[Catalogue, _Totals] = WeakKeyDictionary()
"""Counted once for as long as the library stays as it is."""


def _totals(assistant: Assistant) -> _Totals:
    catalogue = assistant.chain.catalogue
    found = _TOTALS.get(catalogue)
    if found is None:
        papers = list(assistant.library.papers.values())
        people = [(person.name, len(person.papers)) for person in assistant.people.coauthors()[:_MOST]]
        found = _TOTALS[catalogue] = _Totals(
            years=Counter(paper.year for paper in papers if paper.year),
            coded=sum(paper.has_code is True for paper in papers),
            told=sum(paper.has_code is not None for paper in papers),
            people=people,
        )
    return found


def _card(desk: Desk, visit: Visit) -> str:
    """Who the author is, and what the papers are as a whole."""
    assistant = desk.assistant(visit)
    author = assistant.author
    name = author.name if author else assistant.library.name
    totals = _totals(assistant)
    topics = [(label, len(keys)) for label, keys in desk.topics(visit) if label != "other"][:_MOST]
    rows = [
        ("Papers", f"{len(assistant.library.papers):,}"),
        ("Years", _years(totals.years)),
        ("With code", _share(totals, len(assistant.library.papers))),
        ("Topics", _choices("topic", topics)),
        ("Co-authors" if author else "Authors", _choices("person", totals.people)),
    ]
    facts = "".join(f"<div><dt>{term}</dt><dd>{html}</dd></div>" for term, html in rows if html)
    return (
        '<section class="pt-whole" aria-labelledby="author-name">'
        f'<h2 id="author-name" dir="auto">{escape(one_line(name))}</h2>{_said(assistant)}<dl>{facts}</dl></section>'
    )


def _said(assistant: Assistant) -> str:
    """The field and the figures that the source gives for the author."""
    author = assistant.author
    if author is None:
        return ""
    figures = [f"{name} {value}" for name, value in author.figures.items() if name != "papers" and value]
    said = " · ".join(filter(None, [author.subject or "", *figures]))
    return f'<p class="pt-note">As its source says: {escape(one_line(said))}</p>' if said else ""


def _years(years: Mapping[int, int]) -> str:
    """The first and the last year, with a bar a year as high as it has papers."""
    if not years:
        return ""
    first, last, most = min(years), max(years), max(years.values())
    if first == last:
        return str(first)
    said = ", ".join(f"{year}: {count}" for year, count in sorted(years.items()))
    bars = "".join(
        f'<i style="height:{100 * years.get(year, 0) / most:.0f}%" title="{year}: {years.get(year, 0)}"></i>'
        for year in range(first, last + 1)
    )
    return f'{first} to {last}<span class="pt-bars" role="img" aria-label="Papers per year: {said}">{bars}</span>'


def _share(totals: _Totals, papers: int) -> str:
    """How many papers come with code, of those of which it is known."""
    if not totals.told:
        return ""
    known = "" if totals.told == papers else " of which it is known"
    return f"{totals.coded:,} of {totals.told:,}{known} ({totals.coded / totals.told:.0%})"


def _choices(name: str, counted: Iterable[tuple[str, int]]) -> str:
    """Buttons that choose the papers on a topic, or of a person."""
    return "".join(
        f'<button type="button" class="pt-pick" id="{name}-{place}" data-do="narrow-papers" data-name="{name}" '
        f'data-value="{escape(value)}"><span dir="auto">{escape(one_line(value))}</span> <small>{count:,}</small>'
        "</button>"
        for place, (value, count) in enumerate(counted)
    )


# ---- search, count, files


def _tools(visit: Visit, pages: PaperPages) -> str:
    files = "".join(
        f'<button type="button" class="pt-save" id="export-{form}" data-do="export-papers" data-form="{form}" '
        f'title="Save these papers as {name}">{name}</button>'
        for form, name in _FORMS.items()
    )
    return (
        '<div class="pt-tools" role="search"><label for="papers-search" class="pt-unseen">Search the papers</label>'
        '<input type="search" id="papers-search" data-do="search-papers" data-while-typing maxlength="200" '
        'autocomplete="off" placeholder="Search titles, authors, venues, abstracts" dir="auto" '
        f'value="{escape(visit.place.search)}">'
        f'<span class="pt-note" id="papers-count" role="status">{_count(pages)}</span>'
        f'<span class="pt-saves" role="group" aria-label="Save these papers">{files if pages.papers else ""}</span>'
        "</div>"
    )


def _count(pages: PaperPages) -> str:
    found = len(pages.papers)
    of_all = f"{found:,} papers" if found == pages.total else f"{found:,} of {pages.total:,} papers"
    if pages.total == 1:
        of_all = "1 paper" if found else "0 of 1 paper"
    return f"{pages.start + 1:,} to {pages.start + len(pages.seen):,} of {of_all}" if found > PAGE else of_all


def _none(visit: Visit) -> str:
    """That no paper is left, with what brings them back."""
    ways = [
        ("search", 'data-do="search-papers" data-value=""', "Take the search away") if visit.place.search else None,
        ("choice", 'data-do="unfilter"', "Take all papers") if visit.place.choice else None,
    ]
    buttons = "".join(
        f'<button type="button" class="pt-act" id="none-{name}" {does}>{words}</button>'
        for name, does, words in filter(None, ways)
    )
    sought = f" “{escape(one_line(visit.place.search))}”" if visit.place.search else ""
    return f'<div class="pt-none"><p dir="auto">No paper meets{sought or " this choice"}.</p><p>{buttons}</p></div>'


# ---- the table


def _table(desk: Desk, visit: Visit, pages: PaperPages) -> str:
    """The papers of a page. On a telephone its rows are cards, so that each cell tells its role and its column."""
    heads = "".join(_head(visit, column) for column in _HEADS)
    rows = "".join(f'<tr role="row">{"".join(_cells(desk, visit, one))}</tr>' for one in pages.seen)
    return (
        '<table class="pt-papers" role="table" aria-labelledby="papers-heading"><thead role="rowgroup">'
        f'<tr role="row">{heads}</tr></thead><tbody role="rowgroup">{rows}</tbody></table>{_turns(pages)}'
    )


def _head(visit: Visit, column: Column) -> str:
    now, descending = paper_list.sorted_by(visit.place.sort)
    order = ("descending" if descending else "ascending") if now == column else "none"
    return (
        f'<th role="columnheader" scope="col" class="pt-{column}" aria-sort="{order}">'
        f'<button type="button" id="sort-{column}" data-do="sort-papers" data-by="{column}">{_HEADS[column]}</button>'
        "</th>"
    )


def _cells(desk: Desk, visit: Visit, one: Paper) -> Iterator[str]:
    title = paper.link(desk, visit, one, f"paper-{one.key}")
    yield f'<th role="rowheader" scope="row" class="pt-title" dir="auto">{title}</th>'
    for column, html in (
        ("authors", _authors(one)),
        ("year", str(one.year or "")),
        ("venue", f'<span dir="auto">{escape(one_line(paper_list.venue_of(one)))}</span>'),
        ("code", _code(one)),
    ):
        yield f'<td role="cell" class="pt-{column}" data-label="{column.capitalize()}">{html}</td>'


def _authors(one: Paper) -> str:
    """The first names of the list; all of them when pointed at."""
    whole = one_line(authors_of(one))
    names = [author.name for author in one.authors]
    if len(names) <= _NAMES:
        return f'<span dir="auto">{escape(whole)}</span>'
    short = f"{one_line(', '.join(names[:_NAMES]))} and {len(names) - _NAMES} more"
    return f'<span dir="auto" title="{escape(whole)}">{escape(short)}</span>'


def _code(one: Paper) -> str:
    found = (match[0] for match in LINK.finditer(clean(one.abstract)))
    if url := next((url for url in (*found, *one.links) if CODE_HOSTS.search(url) and LINK.fullmatch(url)), None):
        return outward(url, "link")
    return {True: "yes", False: "no", None: ""}[one.has_code]


def _turns(pages: PaperPages) -> str:
    if not pages.last:
        return ""
    return (
        '<nav class="pt-turns" aria-label="Pages of the list">'
        f"{_turn('previous', 'Previous', pages.page - 1, pages)}"
        f'<span class="pt-note">Page {pages.page + 1} of {pages.last + 1}</span>'
        f"{_turn('next', 'Next', pages.page + 1, pages)}</nav>"
    )


def _turn(name: str, words: str, to: int, pages: PaperPages) -> str:
    is_there = 0 <= to <= pages.last
    does = f'data-do="turn-papers" data-to="{to}" data-top="papers-heading"' if is_there else 'aria-disabled="true"'
    return f'<button type="button" class="pt-act" id="turn-{name}" {does}>{words}</button>'
