"""What stands around every view: whose papers these are, where one can go, which papers are chosen, what is told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from assistant.errors import AssistantError
from assistant.papers import clean
from assistant.surfaces.markup import escape, linked, one_line
from assistant.surfaces.web import telling
from assistant.surfaces.web.holdings import chosen, holdings, number_of_papers, topics, ways_out

if TYPE_CHECKING:
    from assistant.api import Assistant
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
    author = assistant.author
    name = author.name if author else assistant.library.name
    first = desk.shelf.settings.library
    query = visit.place.to_query(first)
    return (
        f'<header class="pt-head" data-query="{escape(query)}" data-view="{visit.place.view}" '
        f'data-title="{escape(_title(visit, assistant, name))}" data-busy="{"yes" if visit.answering else "no"}" '
        f'data-begun="{"yes" if visit.shown or visit.answering else "no"}">'
        '<button type="button" id="talks-button" class="pt-icon" data-do="drawer" aria-expanded="false" '
        'aria-controls="talks" title="Conversations"><span aria-hidden="true">☰</span>'
        '<span class="pt-unseen">Conversations</span></button>'
        f'<div class="pt-whose"><p class="pt-name">Papertalk</p><h1 dir="auto">{_whose(desk, visit, name)}</h1>'
        f'{_new_library(desk, visit)}<p class="pt-extent">{holdings(desk, visit).extent}</p></div>'
        f"{_ways(desk, visit)}{_login(desk, visit)}"
        '<button type="button" id="theme" class="pt-icon" data-do="theme" title="Light or dark">'
        '<span aria-hidden="true">◐</span><span class="pt-unseen">Light or dark</span></button></header>'
    )


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


def _title(visit: Visit, assistant: Assistant, name: str) -> str:
    """What the browser's tab is called: what is seen, and whose."""
    place, paper = visit.place, assistant.library.papers.get(visit.place.paper)
    seen = "" if place.view == "chat" else _TITLES[place.view]
    return one_line(" · ".join(filter(None, [clean(paper.title) if paper else seen, name, "Papertalk"])))


def _whose(desk: Desk, visit: Visit, name: str) -> str:
    names = desk.shelf.names()
    if len(names) < 2:
        return f"<span>{escape(name)}</span>"
    options = "".join(
        f'<option value="{escape(one)}"{" selected" if one == visit.place.library else ""}>{escape(words)}</option>'
        for one, words in _called(desk, names).items()
    )
    return f'<select id="library" data-do="library" aria-label="Library">{options}</select>'


def _new_library(desk: Desk, visit: Visit) -> str:
    """A menu with the name of a library to begin. It is another one in each library, so that it is closed in the one
    that was begun."""
    if not desk.may_edit(visit):
        return ""
    here = f"new-library-{escape(visit.place.library)}"
    return (
        f'<details class="pt-filter pt-new-library" id="{here}" data-keep>'
        '<summary title="New library"><span aria-hidden="true">+</span><span class="pt-unseen">New library</span>'
        f'</summary><form data-do="begin-library"><label for="{here}-name">Name</label>'
        f'<input id="{here}-name" name="name" maxlength="64" required data-keep autocomplete="off" '
        'autocapitalize="none" spellcheck="false" placeholder="of a new library">'
        '<button type="submit" class="pt-act">Begin</button></form></details>'
    )


def _called(desk: Desk, names: Sequence[str]) -> dict[str, str]:
    """What each library is called in the menu: by its author, where it is open and names one, with its own name where
    two are alike. One that nobody has looked at yet is not opened for its author's name."""
    authors = {opened.library.name: opened.author for opened in desk.shelf.opened}
    called = {one: one_line(author.name) if (author := authors.get(one)) else one for one in names}
    alike = Counter(words.casefold() for words in called.values())
    return {one: f"{words} ({one})" if alike[words.casefold()] > 1 else words for one, words in called.items()}


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
    held = holdings(desk, visit)
    total = len(held.papers)
    if not visit.place.choice:
        which = "the" if total == 1 else "all"
        return f'<p class="pt-chips"><span class="pt-note">From {which} {held.extent}</span></p>'
    parts = "".join(
        f'<button type="button" class="pt-chip" id="{prefix}chip-{name}" data-do="unfilter" data-name="{name}" '
        f'aria-label="Take away: {escape(words)}"><span dir="auto">{escape(words)}</span> '
        '<span aria-hidden="true">×</span></button>'
        for name, words in _chosen(desk, visit)
    )
    count = f"{len(chosen(desk, visit)):,} of {number_of_papers(total)}"
    return f'<p class="pt-chips">{parts}<span class="pt-note">{count}</span></p>'


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


def none_chosen(desk: Desk, visit: Visit, prefix: str = "") -> str:
    """That no paper meets all that is chosen, and which condition to take off so that some do. ``prefix`` begins the
    ids."""
    chosen_words = dict(_chosen(desk, visit))
    quoted = ", ".join(f'<q dir="auto">{escape(words)}</q>' for words in chosen_words.values())
    said = f"No paper meets {quoted}." if len(chosen_words) == 1 else f"No paper meets all of {quoted}."
    ways = "".join(
        f'<li><button type="button" class="pt-act" id="{prefix}none-{name}" data-do="unfilter" data-name="{name}">'
        f'Take off “<span dir="auto">{escape(chosen_words[name])}</span>”</button> '
        f'<span class="pt-note">leaves {number_of_papers(count)}</span></li>'
        for name, count in (ways_out(desk, visit) if len(chosen_words) > 1 else ())
    )
    total = number_of_papers(len(holdings(desk, visit).papers))
    return (
        f'<div class="pt-none"><p role="status">{said}</p><ul>{ways}'
        f'<li><button type="button" class="pt-act" id="{prefix}none-choice" data-do="unfilter">Choose all papers'
        f'</button> <span class="pt-note">{total}</span></li></ul></div>'
    )


def filter_menu(desk: Desk, visit: Visit, prefix: str = "") -> str:
    """The form that chooses papers; each change takes effect at once. ``prefix`` begins its ids."""
    held, choice = holdings(desk, visit), visit.place.choice
    first, last = choice.years or (None, None)
    named = topics(desk, visit) if len(held.papers) > 1 else ()
    code = {"": "with or without", "yes": "with code", "no": "without code"}
    now = {None: "", True: "yes", False: "no"}[choice.code]
    select = partial(_select, f"{prefix}filter")
    fields = [
        select("first", "From", [("", "first year"), *((str(y), str(y)) for y in held.years)], str(first or "")),
        select("last", "To", [("", "last year"), *((str(y), str(y)) for y in held.years)], str(last or "")),
        select("topic", "Topic", [("", "any"), *((t, f"{t} ({n})") for t, n in named)], choice.topic),
    ]
    if held.categories:
        counted = [("", "any"), *((c, f"{c} ({n})") for c, n in held.categories)]
        fields.append(select("category", "Category", counted, choice.category))
    if held.told:
        fields.append(select("code", "Code", list(code.items()), now))
    names = "".join(f'<option value="{escape(name)}"></option>' for name, _ in held.people)
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


def _select(form: str, name: str, label: str, options: Sequence[tuple[str, str]], now: str) -> str:
    """A list to choose from. What is chosen is in it, also where no paper has it: the form is sent as a whole."""
    if all(value != now for value, _ in options):
        options = [*options, (now, now)]
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
    back = f' data-back="{escape(said.back).replace(chr(10), "&#10;")}"' if said.back else ""
    words = linked(telling.on_page(said.sentence, may_edit=desk.may_edit(visit)))
    return f'<div class="{kind}" data-told="{said.number}"{back}><p>{words}</p>{file}</div>'


def problem(what: AssistantError | str, *, may_edit: bool = False) -> str:
    """In place of what cannot be shown."""
    sentence = what if isinstance(what, str) else telling.of(what, may_edit=may_edit)
    return f'<p class="pt-problem" role="alert">{linked(telling.on_page(sentence, may_edit=may_edit))}</p>'
