"""Above a list: what a visitor has just taken out of the library, and the way to have it back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assistant.papers import Paper, clean
from assistant.surfaces.markup import escape, one_line
from assistant.surfaces.web.actions import adding
from assistant.surfaces.web.holdings import number_of_papers
from assistant.surfaces.web.views import frame

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assistant.surfaces.web.desk import Desk
    from assistant.surfaces.web.visit import Visit

_LONGEST = 120
"""Characters of a title."""
_CLOSE = '<button type="button" class="pt-act" id="removed-close" data-do="forget-removed" data-heir>Close</button>'


def draw(desk: Desk, visit: Visit) -> str:
    """Empty where nothing was taken out, and for visitors who may not."""
    if not desk.may_edit(visit):
        return ""
    now = adding.of(desk, visit)
    if now.taken_out is None:
        return ""
    papers, job = now.taken_out.papers, now.putting_back
    it = "it" if len(papers) == 1 else "them"
    if job is None:
        button = (
            f'<button type="button" class="pt-main" id="put-back" data-do="put-back" data-heir>Put {it} back</button>'
        )
        return _strip(f"{_named(papers)} removed from the library.", f"{button}{_CLOSE}")
    if job.is_running:
        return _strip(f'<span data-poll="poll">Putting {it} back …</span>', "")
    if job.result is None:
        again = '<button type="button" class="pt-act" id="put-back" data-do="put-back" data-heir>Try again</button>'
        return frame.problem(job.problem, may_edit=True) + _strip("", f"{again}{_CLOSE}")
    return _strip(f"{_named(papers)} in the library again.", _CLOSE)


def _strip(said: str, buttons: str) -> str:
    return f'<div class="pt-removed"><p role="status">{said}</p><p class="pt-row">{buttons}</p></div>'


def _named(papers: Sequence[Paper]) -> str:
    """``“Title” is``, or ``12 papers are``."""
    if len(papers) > 1:
        return f"{number_of_papers(len(papers))} are"
    title = one_line(clean(papers[0].title)) or papers[0].key
    short = title if len(title) <= _LONGEST else f"{title[:_LONGEST].rpartition(' ')[0]} …"
    return f'<q dir="auto">{escape(short)}</q> is'
