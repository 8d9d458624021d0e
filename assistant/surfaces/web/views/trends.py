"""The view "Trends": figures over the papers, each an answer to the question above it, its marks ways to papers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assistant.overview import Finding
from assistant.papers import clean
from assistant.rendering import authors_of
from assistant.surfaces.drawing import draw as drawn
from assistant.surfaces.drawing import leading_to
from assistant.surfaces.markup import escape, linked, one_line
from assistant.surfaces.web.views import frame

if TYPE_CHECKING:
    from assistant.surfaces.web.desk import Desk
    from assistant.surfaces.web.visit import Visit

_PAPERS = 50
"""Papers that are listed below a figure."""


def draw(desk: Desk, visit: Visit) -> str:
    top = f'<div class="pt-view-top"><h2>Trends</h2>{frame.which(desk, visit, "trends-")}</div>'
    papers = desk.papers(visit)
    if not papers:
        return f'<section class="pt-trends">{top}<p class="pt-note">No paper is chosen.</p></section>'
    job = desk.overview(visit)
    if job.is_running:
        far = f" ({job.done:,} of {job.total:,})" if job.total else ""
        body = f'<p role="status" data-poll="poll">Reading through the papers{far} …</p>'
    elif job.result is None:
        body = f'<p class="pt-problem" role="alert">{linked(job.problem)}</p>'
    elif not job.result:
        body = '<p class="pt-note">These papers have nothing to compare: one year, one topic, nobody else.</p>'
    else:
        body = _contents(job.result) + "".join(_finding(desk, visit, finding) for finding in job.result)
    return f'<section class="pt-trends">{top}{body}</section>'


def _contents(findings: list[Finding]) -> str:
    links = "".join(f'<li><a href="#finding-{one.name}">{escape(one.question)}</a></li>' for one in findings)
    return f'<nav class="pt-contents" aria-label="Questions"><ul>{links}</ul></nav>'


def _finding(desk: Desk, visit: Visit, finding: Finding) -> str:
    name, _, mark = visit.place.figure.partition(":")
    chosen = finding.behind(mark) if name == finding.name else ()
    csv = escape(finding.to_csv()).replace("\n", "&#10;")
    beside = (
        '<button type="button" class="pt-take" value="csv" title="Save the numbers as CSV">CSV</button>'
        f"<span hidden>{csv}</span>"
        f'<button type="button" class="pt-act" id="ask-{finding.name}" data-do="ask" '
        f'data-question="{escape(finding.question)}">Ask this in the chat</button>'
    )
    figure = drawn(finding.chart, leading_to(finding.name), beside)
    return (
        f'<section class="pt-finding" id="finding-{finding.name}" aria-labelledby="question-{finding.name}">'
        f'<h3 id="question-{finding.name}">{escape(finding.question)}</h3>'
        f'<p dir="auto">{escape(finding.answer)}</p>{figure}'
        + (f'<p class="pt-note">{escape(finding.note)}</p>' if finding.note else "")
        + (_papers(desk, visit, chosen) if chosen else "")
        + "</section>"
    )


def _papers(desk: Desk, visit: Visit, keys: tuple[str, ...]) -> str:
    """The papers behind the mark that was chosen."""
    known = desk.assistant(visit).library.papers
    rows = []
    for key in [key for key in keys if key in known][:_PAPERS]:
        paper = known[key]
        title = escape(one_line(clean(paper.title)) or key)
        rows.append(
            f'<li dir="auto"><a href="?view=library&amp;paper={escape(key)}" data-do="go" data-view="library" '
            f'data-paper="{escape(key)}">{title}</a> <span class="pt-note">{escape(one_line(authors_of(paper)))}'
            f"{f', {paper.year}' if paper.year else ''}</span></li>"
        )
    count = "1 paper" if len(keys) == 1 else f"{len(keys):,} papers"
    rest = f"<li>and {len(keys) - _PAPERS:,} more</li>" if len(keys) > _PAPERS else ""
    return (
        f'<div class="pt-behind" id="behind" tabindex="-1"><p><strong>{count}</strong> <button type="button" '
        f'class="pt-act" id="papers-none" data-do="papers">Close</button></p><ol>{"".join(rows)}{rest}</ol></div>'
    )
