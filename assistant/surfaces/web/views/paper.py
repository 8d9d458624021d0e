"""One paper's own page: its record, its abstract, what it brings and uses, what to ask about it, how to cite it.

What papers say is not trusted: it reaches the page as characters only, and a link is http or https.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import PurePath
from typing import TYPE_CHECKING
from urllib.parse import quote

from assistant.catalogue import MONTH_NAMES
from assistant.errors import PaperNotFound
from assistant.merging import FieldOrigin, compare
from assistant.papers import ABSTRACT, AUTHORS, LISTING, TITLE, Paper, clean
from assistant.rendering import web_address
from assistant.surfaces.markup import escape, linked, one_line, outward
from assistant.surfaces.web import paper_list
from assistant.surfaces.web.views import frame

if TYPE_CHECKING:
    from assistant.analysis.facets import Facet, FacetKind
    from assistant.api import Assistant
    from assistant.surfaces.web.desk import Desk
    from assistant.surfaces.web.visit import Visit

_MOST = 12
"""Things of one group, and sections, that are shown before the rest is folded."""
_PEOPLE = 30
"""Authors that are shown before the rest is folded."""
_RELATED = 5

_OF_A_RECORD = (LISTING, TITLE, AUTHORS, ABSTRACT)

_AT: Mapping[str, tuple[str, str]] = {
    "doi": ("DOI", "https://doi.org/"),
    "arxiv": ("arXiv", "https://arxiv.org/abs/"),
    "pmid": ("PubMed", "https://pubmed.ncbi.nlm.nih.gov/"),
    "pmcid": ("PubMed Central", "https://www.ncbi.nlm.nih.gov/pmc/articles/"),
    "openalex": ("OpenAlex", "https://openalex.org/"),
    "s2": ("Semantic Scholar", "https://www.semanticscholar.org/paper/"),
}
"""What a scheme of identifiers is called, and where it is looked up."""

_KINDS: Mapping[str, str] = {
    "article": "Journal article",
    "inproceedings": "Conference paper",
    "incollection": "Chapter of a collection",
    "inbook": "Chapter",
    "book": "Book",
    "booklet": "Booklet",
    "phdthesis": "Doctoral thesis",
    "mastersthesis": "Master's thesis",
    "techreport": "Report",
    "unpublished": "Manuscript",
    "preprint": "Preprint",
    "patent": "Patent",
    "manual": "Manual",
}

_GROUPS: Mapping[str, tuple[FacetKind, ...]] = {
    "Introduces": ("method", "dataset"),
    "Uses the data of others": ("dataset_used",),
    "Works on": ("task",),
    "Counts and reports": ("number",),
    "Code and data": ("code", "data"),
}


def draw(desk: Desk, visit: Visit) -> str:
    assistant, key = desk.assistant(visit), visit.place.paper
    try:
        paper = assistant.paper(key)
    except PaperNotFound as error:
        problem = frame.problem(error, may_edit=desk.may_edit(visit))
        return f'<div class="pt-sheet">{_back(desk, visit)}{problem}</div>'
    return (
        f'<article class="pt-sheet" aria-labelledby="sheet-title">{_ways(desk, visit, paper)}'
        f'<h2 id="sheet-title" dir="auto">{_title(paper)}</h2>{_authors(paper)}{_line(paper)}'
        f'<div class="pt-sheet-parts"><div class="pt-sheet-main">{_abstract(paper)}{_asking(assistant, paper)}'
        f"{_brings(paper, assistant.facets(key))}{_full_text(paper)}{_related(desk, visit, paper)}</div>"
        f'<div class="pt-sheet-side">{_record(paper)}{_cite(assistant, paper)}{_sources(assistant, paper)}'
        f"{_removal(paper) if desk.may_edit(visit) else ''}</div></div></article>"
    )


def link(desk: Desk, visit: Visit, paper: Paper, name: str) -> str:
    """A paper's title, which leads to its page; the list that it is from keeps its search. ``name`` is the link's
    id."""
    there = replace(visit.place, view="library", paper=paper.key, figure="")
    query = there.to_query(desk.shelf.settings.library)
    return (
        f'<a id="{escape(name)}" href="?{escape(query)}" data-do="show-paper" data-key="{escape(paper.key)}" '
        f'dir="auto">{_title(paper)}</a>'
    )


def _title(paper: Paper) -> str:
    return escape(one_line(clean(paper.title)) or paper.key)


# ---- where one can go


def _back(desk: Desk, visit: Visit) -> str:
    there = replace(visit.place, view="library", paper="", figure="")
    query = there.to_query(desk.shelf.settings.library)
    return f'<a id="sheet-back" href="?{escape(query)}" data-do="list-papers">Back to the list</a>'


def _ways(desk: Desk, visit: Visit, paper: Paper) -> str:
    before, after = paper_list.neighbours(desk, visit, paper.key)
    steps = [("previous", "Previous", before), ("next", "Next", after)]
    links = "".join(_step(desk, visit, name, words, to) for name, words, to in steps if to)
    return f'<nav class="pt-steps" aria-label="Papers">{_back(desk, visit)}<span>{links}</span></nav>'


def _step(desk: Desk, visit: Visit, name: str, words: str, to: Paper) -> str:
    there = replace(visit.place, view="library", paper=to.key, figure="")
    query = there.to_query(desk.shelf.settings.library)
    return (
        f'<a id="sheet-{name}" href="?{escape(query)}" data-do="show-paper" data-key="{escape(to.key)}" '
        f'title="{_title(to)}">{words}</a>'
    )


# ---- the record


def _authors(paper: Paper) -> str:
    """Each author chooses the papers with them; a long list ends in what is folded."""
    if not paper.authors:
        return ""
    buttons = [
        f'<button type="button" class="pt-pick" id="author-{place}" data-do="narrow-papers" data-name="person" '
        f'data-value="{escape(author.name)}" title="Show the papers with {escape(one_line(author.name))}" dir="auto">'
        f"{escape(one_line(author.name))}</button>"
        for place, author in enumerate(paper.authors)
    ]
    rest = _folded(f"authors-{paper.key}", f"{len(buttons) - _PEOPLE:,} more", "".join(buttons[_PEOPLE:]))
    more = "" if paper.authors_complete else '<span class="pt-note">et al.</span>'
    return f'<p class="pt-authors">{"".join(buttons[:_PEOPLE])}{more}</p>{rest}'


def _folded(name: str, words: str, html: str) -> str:
    """What is seen when it is asked for; nothing where there is nothing."""
    return (
        f'<details class="pt-folded" id="more-{escape(name)}" data-keep><summary>{words}</summary>{html}</details>'
        if html
        else ""
    )


def _line(paper: Paper) -> str:
    """Where and when, in a line."""
    parts = [one_line(paper.venue or ""), _KINDS.get(paper.kind or "", ""), date_in_words(paper.date or "")]
    said = " · ".join(escape(part) for part in parts if part)
    return f'<p class="pt-note" dir="auto">{said}</p>' if said else ""


def date_in_words(date: str) -> str:
    """``2020-04-28`` as ``28 April 2020``, as exact as it is known."""
    year, month, day = [*date.split("-"), "", ""][:3]
    name = MONTH_NAMES[int(month) - 1] if month.isdecimal() and 1 <= int(month) <= 12 else ""
    return " ".join(filter(None, [day.lstrip("0") if name else "", name, year]))


def _record(paper: Paper) -> str:
    rows = [
        ("Category", escape(one_line(paper.category or ""))),
        ("Affiliation", escape(one_line(paper.affiliation or ""))),
        ("Code", {True: "with code", False: "without code", None: ""}[paper.has_code]),
        *((words, html) for words, html in map(_identifier, paper.ids)),
        ("Links", _links(paper)),
        ("Licence", escape(one_line(paper.license or ""))),
        ("Score", "" if paper.score is None else f"{paper.score:g}"),
        ("Key", f"<code>{escape(paper.key)}</code>"),
    ]
    facts = "".join(f'<div><dt>{term}</dt><dd dir="auto">{html}</dd></div>' for term, html in rows if html)
    return f'<section><h3>Record</h3><dl class="pt-facts">{facts}</dl></section>'


def _identifier(identifier: str) -> tuple[str, str]:
    """What an identifier is called, and itself, as a link where it can be looked up."""
    scheme, _, value = identifier.partition(":")
    name, address = _AT.get(scheme, (scheme.upper(), ""))
    url = web_address(address + quote(value, safe="/:;()")) if address else None
    return escape(name), outward(url, value) if url else escape(value)


def _links(paper: Paper) -> str:
    known = {f"{address}{value}" for _, address, value in _addresses(paper)}
    urls = [url for url in dict.fromkeys(map(web_address, (paper.url, *paper.links))) if url and url not in known]
    return "".join(f"<p>{outward(url, url)}</p>" for url in urls)


def _addresses(paper: Paper) -> Iterator[tuple[str, str, str]]:
    for scheme, _, value in (identifier.partition(":") for identifier in paper.ids):
        if scheme in _AT:
            yield (*_AT[scheme], value)


# ---- what it says


def _abstract(paper: Paper) -> str:
    paragraphs = [one_line(part) for part in re.split(r"\n\s*\n", clean(paper.abstract))]
    html = "".join(f'<p dir="auto">{linked(part)}</p>' for part in paragraphs if part)
    return f"<section><h3>Abstract</h3>{html or '<p class=pt-note>There is no abstract.</p>'}</section>"


def _asking(assistant: Assistant, paper: Paper) -> str:
    """A way to ask about this paper alone, and questions that it can answer."""
    asked = "".join(
        f'<li><button type="button" class="pt-act" id="ask-{place}" data-do="ask" data-question="{escape(one)}" '
        f'dir="auto">{escape(one)}</button></li>'
        for place, one in enumerate(questions(assistant, paper))
    )
    return (
        f'<section class="pt-asking"><button type="button" class="pt-main" id="ask-only" data-do="only" '
        f'data-key="{escape(paper.key)}">Ask about this paper</button>'
        f'<ul aria-label="Questions that it can answer">{asked}</ul></section>'
    )


def questions(assistant: Assistant, paper: Paper) -> list[str]:
    """What can be asked about a paper, by what it brings and reports."""
    names, facets = assistant.chain.names, assistant.facets(paper.key)
    kinds = {facet.kind for facet in facets}
    title = f"“{one_line(clean(paper.title))}”"
    label = names.label(paper.key)
    if label.startswith('"'):
        asked = [f"What is {title} about?"]
        name = title
    else:
        asked = [f"What is {label}?", f"How does {label} work?"]
        name = label
    if "number" in kinds:
        asked.append(f"What results does {name} report?")
    if "dataset_used" in kinds and len(asked) < 3:
        asked.append(f"Which datasets does {name} use?")
    return asked


def _brings(paper: Paper, facets: Sequence[Facet]) -> str:
    """What the paper introduces, uses, works on and reports; each opens to the sentence that says so."""
    groups = ((words, [facet for facet in facets if facet.kind in kinds]) for words, kinds in _GROUPS.items())
    parts = [_group(paper, words, found) for words, found in groups if found]
    return f"<section><h3>What it brings</h3>{''.join(parts)}</section>" if parts else ""


def _group(paper: Paper, words: str, found: Sequence[Facet]) -> str:
    name = words.split()[0].lower()
    chips = [_facet(paper, facet, f"{name}-{place}") for place, facet in enumerate(found)]
    rest = _folded(
        f"{name}-{paper.key}", f"{len(chips) - _MOST:,} more", f'<div class="pt-brings">{"".join(chips[_MOST:])}</div>'
    )
    return (
        f'<div class="pt-group"><h4>{words}</h4><div class="pt-brings">{"".join(chips[:_MOST])}</div>'
        f"{rest if len(chips) > _MOST else ''}</div>"
    )


def _facet(paper: Paper, facet: Facet, name: str) -> str:
    said = f"{facet.name} {facet.what}" if facet.kind == "number" else facet.name
    words = one_line(clean(said)).removeprefix("https://")
    kind = f" <small>{facet.kind}</small>" if facet.kind in ("method", "dataset", "data") else ""
    url = web_address(facet.name) if facet.kind in ("code", "data") else None
    leads = f"<p>{outward(url, url)}</p>" if url else ""
    quoted = one_line(paper.text[facet.start : facet.end])
    return (
        f'<details class="pt-facet" id="facet-{name}-{escape(paper.key)}" data-keep><summary title="{escape(quoted)}">'
        f'<span dir="auto">{escape(words)}</span>{kind}</summary>{leads}<q dir="auto">{escape(quoted)}</q></details>'
    )


def _full_text(paper: Paper) -> str:
    """The sections of the text, with their pages where these are known."""
    if not paper.has_full_text:
        return ""
    items = []
    for section in paper.sections:
        if section.name not in _OF_A_RECORD:
            page = paper.page_at(section.start)
            where = f' <small class="pt-note">p. {page}</small>' if page else ""
            items.append(f'<li><span dir="auto">{escape(one_line(section.name))}</span>{where}</li>')
    count = max((page for _, page in paper.pages), default=0)
    pages = f" ({count} page{'' if count == 1 else 's'})" if count else ""
    rest = _folded(f"sections-{paper.key}", f"{len(items) - _MOST:,} more", f"<ul>{''.join(items[_MOST:])}</ul>")
    return (
        f'<section class="pt-sections"><h3>Full text{pages}</h3><ul>{"".join(items[:_MOST])}</ul>'
        f"{rest if len(items) > _MOST else ''}</section>"
    )


def _related(desk: Desk, visit: Visit, paper: Paper) -> str:
    found = desk.assistant(visit).related(paper.key, _RELATED)
    items = "".join(
        f"<li>{link(desk, visit, other, f'related-{other.key}')}"
        f'<p class="pt-note" dir="auto">{escape(one_line(other.byline))}</p></li>'
        for other, _ in found
    )
    return f'<section class="pt-related"><h3>Related papers</h3><ul>{items}</ul></section>' if items else ""


# ---- taking it away


def _cite(assistant: Assistant, paper: Paper) -> str:
    text = "".join(assistant.export("bibtex", [paper.key])).strip()
    files = "".join(
        f'<button type="button" class="pt-save" id="cite-{form}" data-do="export-papers" data-form="{form}" '
        f'data-key="{escape(paper.key)}">Save {words}</button>'
        for form, words in (("bibtex", "BibTeX"), ("ris", "RIS"))
    )
    return (
        '<details class="pt-cite-as" id="cite" data-keep><summary>Cite</summary><div>'
        '<button type="button" class="pt-save" id="cite-copy" data-do="copy-text">Copy BibTeX</button>'
        f'{files}<pre class="pt-block" data-text="bibtex" tabindex="0">{escape(text).replace(chr(10), "&#10;")}</pre>'
        "</div></details>"
    )


def _sources(assistant: Assistant, paper: Paper) -> str:
    """Which source gave what, and where they differ; nothing where there is one source."""
    rows = compare(assistant.library.records(paper.key))
    origins = list(dict.fromkeys(row.origin for row in rows))
    differing = [row for row in rows if row.others]
    if len(origins) < 2 and not differing:
        return ""
    given = "".join(
        f"<div><dt>{escape(_origin(origin))}</dt>"
        f"<dd>{escape(', '.join(row.name for row in rows if row.origin == origin))}</dd></div>"
        for origin in origins
    )
    differ = "".join(map(_difference, differing))
    return (
        '<details id="sources-of" data-keep><summary>What its sources say</summary>'
        f'<dl class="pt-facts">{given}</dl>{f"<h4>Where they differ</h4><ul>{differ}</ul>" if differ else ""}</details>'
    )


def _difference(row: FieldOrigin) -> str:
    others = "; ".join(f"{_origin(origin)} has “{_short(value)}”" for origin, value in row.others)
    return (
        f'<li dir="auto"><b>{escape(row.name)}</b>: “{escape(_short(row.value))}” '
        f"({escape(_origin(row.origin))}); {escape(others)}</li>"
    )


def _short(value: str) -> str:
    value = one_line(clean(value))
    return value if len(value) <= 120 else value[:120].rpartition(" ")[0] + " …"


def _origin(origin: str) -> str:
    """A source without the folder that it lies in on this machine."""
    return PurePath(origin).name if PurePath(origin).is_absolute() else one_line(origin)


def _removal(paper: Paper) -> str:
    """At once, without a question: a press on a button undoes it."""
    return (
        f'<p><button type="button" class="pt-act pt-remove" id="remove-paper" data-do="remove-paper" '
        f'data-key="{escape(paper.key)}">Remove from the library</button></p>'
    )
