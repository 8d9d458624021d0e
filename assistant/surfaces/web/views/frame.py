"""What stands around every view: whose papers these are, where one can go, which papers are chosen, what is told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from assistant.papers import Paper, clean
from assistant.surfaces.markup import escape, linked, one_line

if TYPE_CHECKING:
    from assistant.surfaces.web.desk import Desk
    from assistant.surfaces.web.visit import View, Visit

SKIP = '<a class="pt-skip" href="#ask-box">Skip to the question</a>'
ASK = (
    '<form class="pt-ask" data-do="ask"><label for="ask-box" class="pt-unseen">Your question</label>'
    '<textarea id="ask-box" name="question" rows="1" maxlength="20000" placeholder="Ask a question" '
    'autocomplete="off"></textarea>'
    '<button type="submit" class="pt-main submit-button">Ask</button>'
    '<button type="button" class="pt-main stop-button" data-do="stop">Stop</button></form>'
)

_PEOPLE = 300
"""Names that the filter offers."""
_TITLES: dict[View, str] = {
    "chat": "Chat",
    "library": "Papers",
    "trends": "Trends",
    "people": "People",
    "add": "Add papers",
    "settings": "Settings",
}


# ---- the head


def head(desk: Desk, visit: Visit) -> str:
    """Whose papers these are, how many, of which years; the other libraries; the ways to the views. The page's script
    reads the address from here."""
    assistant = desk.assistant(visit)
    papers = list(assistant.library.papers.values())
    author = assistant.author
    name = author.name if author else assistant.library.name
    first = desk.shelf.settings.library
    query = visit.place.to_query(first)
    return (
        f'<header class="pt-head" data-query="{escape(query)}" data-view="{visit.place.view}" '
        f'data-title="{escape(one_line(name))}" data-busy="{"yes" if visit.answering else "no"}" '
        f'data-begun="{"yes" if visit.shown or visit.answering else "no"}">'
        '<button type="button" id="talks-button" class="pt-icon" data-do="drawer" aria-expanded="false" '
        'aria-controls="talks" title="Conversations"><span aria-hidden="true">☰</span>'
        '<span class="pt-unseen">Conversations</span></button>'
        f'<div class="pt-whose"><p class="pt-name">Papertalk</p><h1 dir="auto">{_whose(desk, visit, name)}</h1>'
        f'<p class="pt-extent">{extent(papers)}</p></div>'
        f"{_ways(desk, visit)}{_login(desk, visit)}"
        '<button type="button" id="theme" class="pt-icon" data-do="theme" title="Light or dark">'
        '<span aria-hidden="true">◐</span><span class="pt-unseen">Light or dark</span></button></header>'
    )


def extent(papers: Iterable[Paper]) -> str:
    """How many papers, of which years."""
    papers = list(papers)
    years = sorted(paper.year for paper in papers if paper.year)
    span = "" if not years else f", {years[0]}" if years[0] == years[-1] else f", {years[0]} to {years[-1]}"
    return ("no papers" if not papers else "1 paper" if len(papers) == 1 else f"{len(papers):,} papers") + span


def _login(desk: Desk, visit: Visit) -> str:
    """Where the server knows users: the way in, or who has come in and the way out."""
    if desk.shelf.settings.access == "local":
        return ""
    if not visit.user:
        return '<a id="login" class="pt-act" href="/login">Log in</a>'
    return (
        f'<form method="post" action="/logout" class="pt-login"><span class="pt-user">{escape(visit.user)}</span>'
        '<button type="submit" id="logout" class="pt-act">Log out</button></form>'
    )


def _whose(desk: Desk, visit: Visit, name: str) -> str:
    names = desk.shelf.names()
    if len(names) < 2:
        return f"<span>{escape(name)}</span>"
    options = "".join(
        f'<option value="{escape(one)}"{" selected" if one == visit.place.library else ""}>'
        f"{escape(name if one == visit.place.library else one)}</option>"
        for one in names
    )
    return f'<select id="library" data-do="library" aria-label="Library">{options}</select>'


def _ways(desk: Desk, visit: Visit) -> str:
    hidden = set() if desk.may_edit(visit) else {"add", "people"}
    links = "".join(
        f'<li><a id="go-{view}" href="?{escape(_query(desk, visit, view))}" data-do="go" data-view="{view}"'
        f"{' aria-current=page' if view == visit.place.view else ''}>{title}</a></li>"
        for view, title in _TITLES.items()
        if view not in hidden
    )
    return f'<nav class="pt-ways" aria-label="Views"><ul>{links}</ul></nav>'


def _query(desk: Desk, visit: Visit, view: View) -> str:
    there = replace(visit.place, view=view, paper="", search="", figure="")
    return there.to_query(desk.shelf.settings.library)


# ---- which papers


def which(desk: Desk, visit: Visit, prefix: str) -> str:
    """Chips and menu for a view in place of the chat."""
    return f'<div class="pt-which">{chips(desk, visit, prefix)}{filter_menu(desk, visit, prefix)}</div>'


def chips(desk: Desk, visit: Visit, prefix: str = "") -> str:
    """What the answers are drawn from: all papers, or what was chosen, each condition with a way to take it away.

    ``prefix`` begins the ids, where this stands on the page a second time.
    """
    assistant = desk.assistant(visit)
    choice = visit.place.choice
    total = len(assistant.library.papers)
    if not choice:
        which = "the" if total == 1 else "all"
        whole = extent(assistant.library.papers.values())
        return f'<p class="pt-chips"><span class="pt-note">From {which} {whole}</span></p>'
    chosen = len(desk.papers(visit))
    parts = "".join(
        f'<button type="button" class="pt-chip" id="{prefix}chip-{name}" data-do="unfilter" data-name="{name}" '
        f'aria-label="Take away: {escape(words)}"><span dir="auto">{escape(words)}</span> '
        '<span aria-hidden="true">×</span></button>'
        for name, words in _chosen(desk, visit)
    )
    return f'<p class="pt-chips">{parts}<span class="pt-note">{chosen:,} of {total:,} papers</span></p>'


def _chosen(desk: Desk, visit: Visit) -> Iterable[tuple[str, str]]:
    choice = visit.place.choice
    if choice.years:
        first, last = choice.years
        if first == last:
            yield "years", str(first)
        else:
            yield "years", f"{first or 'up'} to {last or 'now'}"
    if choice.topic:
        yield "topic", f"topic: {choice.topic}"
    if choice.category:
        yield "category", f"category: {choice.category}"
    if choice.code is not None:
        yield "code", "with code" if choice.code else "without code"
    if choice.person:
        yield "person", f"with {choice.person}"
    if choice.only:
        paper = desk.assistant(visit).library.papers.get(choice.only)
        title = one_line(clean(paper.title)) if paper else choice.only
        yield "only", title if len(title) <= 60 else title[:60].rpartition(" ")[0] + " …"


def filter_menu(desk: Desk, visit: Visit, prefix: str = "") -> str:
    """The form that chooses papers; each change takes effect at once. ``prefix`` begins its ids."""
    papers = list(desk.assistant(visit).library.papers.values())
    choice = visit.place.choice
    years = sorted({paper.year for paper in papers if paper.year})
    first, last = choice.years or (None, None)
    topics = [(label, len(keys)) for label, keys in desk.topics(visit)] if len(papers) > 1 else []
    categories = Counter(paper.category for paper in papers if paper.category)
    people = Counter(author.name for paper in papers for author in paper.authors)
    code = {"": "with or without", "yes": "with code", "no": "without code"}
    now = {None: "", True: "yes", False: "no"}[choice.code]
    select = partial(_select, f"{prefix}filter")
    fields = [
        select("first", "From", [("", "first year"), *((str(y), str(y)) for y in years)], str(first or "")),
        select("last", "To", [("", "last year"), *((str(y), str(y)) for y in years)], str(last or "")),
        select("topic", "Topic", [("", "any"), *((t, f"{t} ({n})") for t, n in topics)], choice.topic),
    ]
    if categories:
        named = [("", "any"), *((c, f"{c} ({n})") for c, n in categories.most_common())]
        fields.append(select("category", "Category", named, choice.category))
    if any(paper.has_code is not None for paper in papers):
        fields.append(select("code", "Code", list(code.items()), now))
    names = "".join(f'<option value="{escape(name)}"></option>' for name, _ in people.most_common(_PEOPLE))
    fields.append(
        f'<label for="{prefix}filter-person">Person</label>'
        f'<input id="{prefix}filter-person" name="person" list="{prefix}filter-people" value="{escape(choice.person)}" '
        f'placeholder="any co-author" autocomplete="off"><datalist id="{prefix}filter-people">{names}</datalist>'
    )
    return (
        f'<details class="pt-filter" id="{prefix}filter-menu" data-keep><summary>Choose papers</summary>'
        f'<form data-do="filter" data-live>{"".join(fields)}'
        f'<button type="button" class="pt-act" id="{prefix}filter-none" data-do="unfilter">Choose all papers</button>'
        "</form></details>"
    )


def _select(form: str, name: str, label: str, options: Iterable[tuple[str, str]], now: str) -> str:
    listed = "".join(
        f'<option value="{escape(value)}"{" selected" if value == now else ""}>{escape(words)}</option>'
        for value, words in options
    )
    return f'<label for="{form}-{name}">{label}</label><select id="{form}-{name}" name="{name}">{listed}</select>'


# ---- what is told


def told(desk: Desk, visit: Visit) -> str:
    """A sentence for once, and a file for the browser to save. The script shows it, and tells a screen reader."""
    said = visit.told
    if not said.number:
        return ""
    kind = "pt-told pt-error" if said.error else "pt-told"
    file = ""
    if said.file:
        file = (
            f'<span hidden data-file="{escape(said.file.name)}" data-kind="{escape(said.file.kind)}">'
            f"{escape(said.file.text).replace(chr(10), '&#10;')}</span>"
        )
    return f'<div class="{kind}" data-told="{said.number}"><p>{linked(said.sentence)}</p>{file}</div>'


def problem(sentence: str) -> str:
    """In place of what cannot be shown."""
    return f'<p class="pt-problem" role="alert">{linked(sentence)}</p>'
