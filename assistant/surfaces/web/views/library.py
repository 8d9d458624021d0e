"""The papers: who their author is, a table that is searched, sorted and filtered, and ways to take it away.

What papers say is not trusted: it reaches the page as characters only, and a link is http or https.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from assistant.english.data import CODE_HOSTS
from assistant.papers import Paper, clean
from assistant.rendering import LINK, authors_of
from assistant.surfaces.markup import escape, one_line, outward
from assistant.surfaces.web import paper_list
from assistant.surfaces.web.holdings import Counted, Holdings, chosen, holdings, topics
from assistant.surfaces.web.paper_list import PAGE, Column, PaperPages
from assistant.surfaces.web.views import frame, paper, removed

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
        f"{removed.draw(desk, visit)}{_card(desk, visit)}"
        '<section aria-labelledby="papers-heading"><div class="pt-view-top"><h2 id="papers-heading">Papers</h2>'
        f"{frame.which(desk, visit, 'list-')}</div>"
        f"{_tools(visit, pages)}"
        f"{_table(desk, visit, pages) if pages.papers else _none(desk, visit)}"
        "</section></div>"
    )


def _nothing(desk: Desk, visit: Visit) -> str:
    add = (
        "<p>Files, links, identifiers and pasted text all do. "
        '<a id="papers-add" href="?view=add" data-do="go" data-view="add">Add papers</a></p>'
    )
    back = removed.draw(desk, visit)
    return (
        f'<div class="pt-shelf">{back}<h2>There is no paper here yet.</h2>{add if desk.may_edit(visit) else ""}</div>'
    )


# ---- the author


_COAUTHORS: WeakKeyDictionary[Catalogue, Counted] = WeakKeyDictionary()
"""Those of most papers, found once for as long as the library stays as it is."""


def _coauthors(assistant: Assistant) -> Counted:
    catalogue = assistant.chain.catalogue
    if catalogue not in _COAUTHORS:
        found = assistant.people.coauthors()[:_MOST]
        _COAUTHORS[catalogue] = [(person.name, len(person.papers)) for person in found]
    return _COAUTHORS[catalogue]


def _card(desk: Desk, visit: Visit) -> str:
    """Who the author is, and what the papers are as a whole."""
    assistant = desk.assistant(visit)
    author = assistant.author
    name = author.name if author else assistant.library.name
    held = holdings(desk, visit)
    named = [(label, count) for label, count in topics(desk, visit) if label != "other"][:_MOST]
    rows = [
        ("Papers", f"{len(held.papers):,}"),
        ("Years", _years(held.years)),
        ("With code", _share(held)),
        ("Topics", _choices("topic", named)),
        ("Co-authors" if author else "Authors", _choices("person", _coauthors(assistant))),
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


def _share(held: Holdings) -> str:
    """How many papers come with code, of those of which it is known."""
    if not held.told:
        return ""
    known = "" if held.told == len(held.papers) else " of which it is known"
    return f"{held.coded:,} of {held.told:,}{known} ({held.coded / held.told:.0%})"


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


def _none(desk: Desk, visit: Visit) -> str:
    """That no paper is left, with what brings them back."""
    if not chosen(desk, visit):
        return frame.none_chosen(desk, visit)
    ways = [
        ("search", 'data-do="search-papers" data-value=""', "Take the search away"),
        ("choice", 'data-do="unfilter"', "Search in all papers") if visit.place.choice else None,
    ]
    buttons = "".join(
        f'<li><button type="button" class="pt-act" id="none-{name}" {does}>{words}</button></li>'
        for name, does, words in filter(None, ways)
    )
    among = " of those chosen" if visit.place.choice else ""
    sought = escape(one_line(visit.place.search))
    return (
        f'<div class="pt-none"><p role="status">No paper{among} holds every word of <q dir="auto">{sought}</q>.</p>'
        f"<ul>{buttons}</ul></div>"
    )


# ---- the table


def _table(desk: Desk, visit: Visit, pages: PaperPages) -> str:
    """The papers of a page. On a telephone its rows are cards, so that each cell tells its role and its column."""
    heads = "".join(_head(visit, column) for column in _HEADS)
    rows = "".join(f'<tr role="row">{"".join(_cells(desk, visit, one))}</tr>' for one in pages.seen)
    return (
        '<table class="pt-papers" role="table" aria-labelledby="papers-heading"><thead role="rowgroup">'
        f'<tr role="row">{heads}</tr></thead><tbody role="rowgroup">{rows}</tbody></table>{_turns(desk, visit, pages)}'
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


def _turns(desk: Desk, visit: Visit, pages: PaperPages) -> str:
    if pages.last == 1:
        return ""
    return (
        '<nav class="pt-turns" aria-label="Pages of the list">'
        f"{_turn(desk, visit, 'previous', 'Previous', pages.page - 1, pages)}"
        f'<span class="pt-note">Page {pages.page:,} of {pages.last:,}</span>'
        f"{_turn(desk, visit, 'next', 'Next', pages.page + 1, pages)}</nav>"
    )


def _turn(desk: Desk, visit: Visit, name: str, words: str, to: int, pages: PaperPages) -> str:
    """A link, so that a page can be opened beside; where there is none that way, the words alone."""
    if not 1 <= to <= pages.last:
        return f'<span class="pt-act" id="turn-{name}" aria-disabled="true">{words}</span>'
    query = replace(visit.place, page=to).to_query(desk.shelf.settings.library)
    return (
        f'<a class="pt-act" id="turn-{name}" href="?{escape(query)}" data-do="turn-papers" data-to="{to}" '
        f'data-top="papers-heading">{words}</a>'
    )
