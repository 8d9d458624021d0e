"""What is clicked in the list of papers and on a paper's page."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from assistant.bibliography import FORMATS
from assistant.errors import ExportError
from assistant.surfaces.web import paper_list
from assistant.surfaces.web.actions import adding
from assistant.surfaces.web.desk import Desk
from assistant.surfaces.web.visit import Visit, page_of
from assistant.tables import PaperList

_Data = Mapping[str, str]

_MOST = 5_000
"""Papers of a file that the page saves: it is made in memory, here and in the browser."""
_MEDIA_TYPES = {"bibtex": "application/x-bibtex", "ris": "application/x-research-info-systems", "csv": "text/csv"}


# ---- the list


def _search(desk: Desk, visit: Visit, data: _Data) -> None:
    visit.go(search=data.get("value", "")[:200])


def _sort(desk: Desk, visit: Visit, data: _Data) -> None:
    column = next((known for known in paper_list.COLUMNS if known == data.get("by")), None)
    if column:
        visit.go(sort=paper_list.other_way(visit.place.sort, column))


def _turn(desk: Desk, visit: Visit, data: _Data) -> None:
    """See another page of the list; the nearest that there is."""
    visit.go(page=min(page_of(data.get("to", "")), paper_list.pages_of(desk, visit).last))


def _narrow(desk: Desk, visit: Visit, data: _Data) -> None:
    """Choose the papers on a topic, or of a person, besides what is chosen already."""
    choice, value = replace(visit.place.choice, only=""), data.get("value", "")[:200]
    changed = {"topic": replace(choice, topic=value), "person": replace(choice, person=value)}.get(data.get("name", ""))
    if changed is not None:
        visit.go(view="library", paper="", choice=changed)


# ---- one paper


def _show(desk: Desk, visit: Visit, data: _Data) -> None:
    """A paper's page; the list that it is from keeps its search and its order."""
    visit.go(view="library", paper=desk.assistant(visit).paper(data.get("key", "")).key)


def _list(desk: Desk, visit: Visit, data: _Data) -> None:
    visit.go(view="library", paper="")


def _remove(desk: Desk, visit: Visit, data: _Data) -> None:
    """
    Raises:
        AccessError: visitors may not change libraries here.
        PaperNotFound: it is not there any more.
    """
    key = data.get("key", "")
    adding.take_out(desk, visit, [key])
    choice = visit.place.choice
    visit.go(paper="", choice=replace(choice, only="") if choice.only == key else choice)
    visit.tell("The paper is removed; a button above the list puts it back.")


# ---- files


def _export(desk: Desk, visit: Visit, data: _Data) -> None:
    """Save the papers of the list, or the one that is named.

    Raises:
        ExportError: there is no such form, or there are more papers than a page should take.
        PaperNotFound: the named one is not there any more.
    """
    assistant, form, key = desk.assistant(visit), data.get("form", ""), data.get("key", "")
    papers = [assistant.paper(key)] if key else list(paper_list.pages_of(desk, visit).papers)
    if form not in _MEDIA_TYPES:
        raise ExportError(f"{form!r} is no form of a list of papers; choose one of {', '.join(_MEDIA_TYPES)}.")
    if len(papers) > _MOST:
        raise ExportError(f"{len(papers):,} papers are too many for one file; choose {_MOST:,} or fewer.")
    if form == "csv":
        text, ending = PaperList(papers).to_csv(), ".csv"
    else:
        text, ending = "".join(assistant.export(form, [paper.key for paper in papers])) if papers else "", FORMATS[form]
    name = re.sub(r"[^\w.-]+", "-", key or assistant.library.name).strip("-.") or "papers"
    visit.save(f"{name}{ending}", _MEDIA_TYPES[form], text)


ACTIONS: dict[str, Callable[[Desk, Visit, _Data], None]] = {
    "search-papers": _search,
    "sort-papers": _sort,
    "turn-papers": _turn,
    "narrow-papers": _narrow,
    "show-paper": _show,
    "list-papers": _list,
    "remove-paper": _remove,
    "export-papers": _export,
}
