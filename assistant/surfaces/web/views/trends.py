"""The view "Trends": figures over the papers, each an answer to the question above it, its marks ways to papers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assistant.overview import Finding
from assistant.papers import clean
from assistant.rendering import authors_of, cell
from assistant.surfaces.drawing import Mark, leading_to
from assistant.surfaces.drawing import draw as drawn
from assistant.surfaces.markup import escape, one_line
from assistant.surfaces.web.holdings import chosen, holdings
from assistant.surfaces.web.views import frame

if TYPE_CHECKING:
    from assistant.surfaces.web.desk import Desk
    from assistant.surfaces.web.visit import Visit

_PAPERS = 50
"""Papers that are listed below a figure."""
_ROWS = 200
"""Rows of a figure's table that are shown; the file that is saved has all."""
_IDENTIFIERS = ("key", "keys")
"""Columns that machines read."""


def draw(desk: Desk, visit: Visit) -> str:
    top = f'<div class="pt-view-top"><h2>Trends</h2>{frame.which(desk, visit, "trends-")}</div>'
    if not chosen(desk, visit):
        return f'<section class="pt-trends">{top}{_nothing(desk, visit)}</section>'
    job = desk.overview(visit)
    if job.is_running:
        far = f" ({job.done:,} of {job.total:,})" if job.total else ""
        body = f'<p role="status" data-poll="poll">Reading through the papers{far} …</p>'
    elif job.result is None:
        body = frame.problem(job.problem, may_edit=desk.may_edit(visit))
    elif not job.result:
        body = '<p class="pt-note">These papers have nothing to compare: one year, one topic, nobody else.</p>'
    else:
        body = _contents(job.result) + "".join(_finding(desk, visit, finding) for finding in job.result)
    return f'<section class="pt-trends">{top}{body}</section>'


def _nothing(desk: Desk, visit: Visit) -> str:
    """Why there is nothing to compare."""
    if holdings(desk, visit).papers:
        return frame.none_chosen(desk, visit, "trends-")
    return '<p class="pt-note">There is no paper here yet.</p>'


def _contents(findings: list[Finding]) -> str:
    links = "".join(f'<li><a href="#finding-{one.name}">{escape(one.question)}</a></li>' for one in findings)
    return f'<nav class="pt-contents" aria-label="Questions"><ul>{links}</ul></nav>'


def _finding(desk: Desk, visit: Visit, finding: Finding) -> str:
    name, _, mark = visit.place.figure.partition(":")
    behind = finding.behind(mark) if name == finding.name else ()
    csv = escape(finding.to_csv()).replace("\n", "&#10;")
    beside = (
        '<button type="button" class="pt-take" value="csv" title="Save the numbers as CSV">CSV</button>'
        f"<span hidden>{csv}</span>"
        f'<button type="button" class="pt-act" id="ask-{finding.name}" data-do="ask" '
        f'data-question="{escape(finding.question)}">Ask this in the chat</button>'
    )
    figure = drawn(finding.chart, _leading_to(finding.name), beside)
    return (
        f'<section class="pt-finding" id="finding-{finding.name}" aria-labelledby="question-{finding.name}" '
        f'aria-describedby="said-{finding.name}"><h3 id="question-{finding.name}">{escape(finding.question)}</h3>'
        f'<p id="said-{finding.name}" dir="auto">{escape(finding.answer)}</p>{figure}'
        + (f'<p class="pt-note">{escape(finding.note)}</p>' if finding.note else "")
        + (_papers(desk, visit, behind) if behind else "")
        + _numbers(finding)
        + "</section>"
    )


def _leading_to(finding: str) -> Mark:
    """What makes a mark lead to its papers, with an id, by which the keyboard is there again when it has been drawn
    anew."""
    lead = leading_to(finding)
    return lambda number: {**lead(number), "id": f"mark-{finding}-{number}"}


def _numbers(finding: Finding) -> str:
    """What the figure shows, in words and numbers."""
    rows = finding.rows[:_ROWS]
    names = [name for name in dict.fromkeys(name for row in rows for name in row) if name not in _IDENTIFIERS]
    heads = "".join(f'<th scope="col">{escape(name)}</th>' for name in names)
    lines = "".join(f"<tr>{''.join(_cell(name, row.get(name)) for name in names)}</tr>" for row in rows)
    rest = len(finding.rows) - len(rows)
    more = f'<p class="pt-note">The CSV has {rest:,} more.</p>' if rest else ""
    return (
        f'<details class="pt-rows" id="rows-{finding.name}" data-keep><summary>As a table '
        f"({len(finding.rows):,} row{'' if len(finding.rows) == 1 else 's'})</summary>"
        f'<div class="pt-table pt-many" role="region" aria-label="{escape(finding.question)}" tabindex="0"><table>'
        f"<thead><tr>{heads}</tr></thead><tbody>{lines}</tbody></table></div>{more}</details>"
    )


def _cell(name: str, value: Any) -> str:
    if name == "share" and isinstance(value, float):
        return f'<td class="pt-number">{value:.1%}</td>'
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return f'<td class="{"pt-number" if is_number else "pt-long"}" dir="auto">{escape(cell(value))}</td>'


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
        f'<div class="pt-behind" id="behind" tabindex="-1" role="group" aria-label="{count} behind the mark">'
        f'<p><strong>{count}</strong> <button type="button" '
        f'class="pt-act" id="papers-none" data-do="papers">Close</button></p><ol>{"".join(rows)}{rest}</ol></div>'
    )
