"""The view "Add papers": what can be given, what would come in, how far it is, and what became of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from assistant.ingesting import IngestReport
from assistant.papers import clean
from assistant.previewing import Preview, PreviewedPaper
from assistant.rendering import authors_of
from assistant.surfaces.markup import escape, linked, one_line
from assistant.surfaces.web.actions import adding
from assistant.surfaces.web.holdings import number_of_papers
from assistant.surfaces.web.jobs import Job
from assistant.surfaces.web.telling import on_page
from assistant.surfaces.web.views import frame
from assistant.taking_back import LastIngest, UndoReport

if TYPE_CHECKING:
    from assistant.surfaces.web.desk import Desk
    from assistant.surfaces.web.visit import Visit

_ROWS = 100
"""Papers, and lines of what could not be read, that are shown; the rest is counted."""
_OUTCOMES = {"added": "new", "updated": "changed", "unchanged": "there already"}
_POLL = '<span data-poll="poll"></span>'


def draw(desk: Desk, visit: Visit) -> str:
    if not desk.may_edit(visit):
        return _section("<p>Papers cannot be added from this page; ask whoever runs it.</p>")
    now = adding.of(desk, visit)
    for job in (now.reading, now.taking, now.undoing):
        if job is not None and job.is_running:
            return _section(_progress(job))
    if now.undoing is not None:
        return _section(_undone(now.undoing))
    if now.taking is not None:
        return _section(_taken(now.taking))
    if now.reading is not None and now.reading.result is not None:
        return _section(_preview(now, now.reading.result))
    problem = frame.problem(now.reading.problem, may_edit=True) if now.reading else ""
    return _section(problem + _form(now) + _sources(desk, visit))


def _section(body: str) -> str:
    return f'<section class="pt-adding"><h2>Add papers</h2>{body}</section>'


# ---- what can be given


def _form(now: adding.Adding) -> str:
    files = "".join(
        f'<li><span dir="auto">{escape(name)}</span> <button type="button" class="pt-act" id="unload-{place}" '
        f'data-do="unload" data-token="{escape(token)}" aria-label="Take {escape(name)} away">Remove</button></li>'
        for place, (token, name) in enumerate(now.files)
    )
    return (
        '<form data-do="look" class="pt-give">'
        '<label for="give-text">Paste a publication page, BibTeX, RIS or references; or a DOI, an ORCID, an arXiv or '
        "OpenAlex author, one a line</label>"
        f'<textarea id="give-text" name="text" rows="7" dir="auto">{escape(now.text)}</textarea>'
        '<div class="pt-drop"><label for="give-files"><strong>Choose files</strong> or drop them here</label>'
        '<input id="give-files" type="file" multiple accept=".bib,.ris,.json,.jsonl,.txt,.md,.html,.htm,.pdf,.gz,.tex">'
        '<p class="pt-note">PDF, BibTeX, RIS, CSL-JSON, JSON Lines, HTML, Markdown, text</p>'
        f'<ul class="pt-files">{files}</ul></div>'
        f'<label class="pt-tick"><input type="checkbox" name="full_text"{" checked" if now.full_text else ""}> '
        "Fetch full texts from arXiv where their licence allows it</label>"
        '<button type="submit" class="pt-main">Read it</button>'
        '<span class="pt-note">Nothing is stored before you have seen what would come in.</span></form>'
    )


def _sources(desk: Desk, visit: Visit) -> str:
    """What the library came from."""
    known = desk.assistant(visit).library.sources
    if not known:
        return ""
    rows = "".join(
        f'<tr><td dir="auto">{escape(source.name)}</td><td>{escape(source.kind)}</td>'
        f'<td class="pt-number">{source.papers:,}</td><td>{escape(source.read_on)}</td></tr>'
        for source in known[:_ROWS]
    )
    last = desk.assistant(visit).library.last_ingest
    undo = (
        f'<button type="button" class="pt-act" id="undo" data-do="undo-ingest" data-confirm="{escape(_sure(last))}">'
        "Take the last ingest back</button>"
        if last
        else ""
    )
    return (
        "<h3>Where the papers are from</h3>"
        '<div class="pt-table" role="region" aria-label="Sources" tabindex="0"><table><thead><tr>'
        '<th scope="col">source</th><th scope="col">kind</th><th scope="col" class="pt-number">papers</th>'
        f'<th scope="col">read on</th></tr></thead><tbody>{rows}</tbody></table></div>'
        '<p class="pt-row"><button type="button" class="pt-act" id="sync" data-do="sync">Look there for new papers'
        f"</button>{undo}</p>"
    )


def _sure(last: LastIngest) -> str:
    """What taking the last ingest back would do."""
    added, changed = len(last.added), len(last.changed)
    what = [
        f"{number_of_papers(added)} would go" if added else "",
        f"{number_of_papers(changed)} would be as before" if changed else "",
    ]
    return f"Take back what came in on {last.began[:10]}? {' and '.join(filter(None, what)) or 'No paper would go'}."


# ---- on its way


def _progress(job: Job[Preview] | Job[IngestReport] | Job[UndoReport]) -> str:
    words = {
        "reading": f"Reading: {job.done:,} entries so far" if job.done else "Reading",
        "taking in": "Taking papers in",
        "taking back": "Taking the last ingest back",
    }.get(job.name, job.name.capitalize())
    share = f' value="{job.done}" max="{job.total}"' if job.total else ""
    return (
        f'{_POLL}<p role="status">{escape(words)} …</p>'
        f'<progress class="pt-progress" aria-label="{escape(words)}"{share}></progress>'
        '<p class="pt-note">This goes on if you leave the page.</p>'
    )


# ---- what would come in


def _preview(now: adding.Adding, preview: Preview) -> str:
    coming = [seen for seen in preview.papers if seen.outcome != "unchanged"]
    chosen = sum(seen.paper.key not in now.without for seen in coming)
    disabled = "" if chosen else " disabled"
    words = f"Take {number_of_papers(chosen)} in"
    take = f'<button type="button" class="pt-main" id="take" data-do="take"{disabled}>{words}</button>'
    heading = "This is what would come in" if coming else "Nothing new would come in"
    rows = "".join(_row(seen, seen.paper.key in now.without) for seen in coming[:_ROWS])
    rest = len(coming) - _ROWS
    table = (
        (
            '<div class="pt-table pt-many" role="region" aria-label="What would come in" tabindex="0"><table><thead>'
            '<tr><th scope="col">take</th><th scope="col">paper</th><th scope="col">year</th>'
            f'<th scope="col">is</th></tr></thead><tbody>{rows}</tbody></table></div>'
            + (f'<p class="pt-note">and {number_of_papers(rest)} more</p>' if rest > 0 else "")
        )
        if coming
        else ""
    )
    return (
        f"<h3>{heading}</h3>{_counts(preview.report)}"
        f'<p class="pt-row">{take if coming else ""}'
        '<button type="button" class="pt-act" id="begin-anew" data-do="begin-anew">Back</button></p>'
        f"{table}{_left_out(preview.report)}"
    )


def _row(seen: PreviewedPaper, is_left_out: bool) -> str:
    paper, key = seen.paper, escape(seen.paper.key)
    title = escape(one_line(clean(paper.title)) or paper.key)
    changes = "".join(
        f"<li>{escape(change.name)}: {escape(_short(change.now)) or '—'} → {escape(_short(change.then)) or '—'} "
        f'<span class="pt-note">({escape(change.origin)})</span></li>'
        for change in seen.changes
    )
    said = _OUTCOMES[seen.outcome] + (f", {seen.entries} entries of one paper" if seen.entries > 1 else "")
    what = (
        f'<details data-keep id="changes-{key}"><summary>{escape(said)}</summary><ul>{changes}</ul></details>'
        if changes
        else escape(said)
    )
    return (
        f'<tr><td><input type="checkbox" id="take-{key}" data-do="leave-out" data-key="{key}" aria-label="Take in: '
        f'{title}"{"" if is_left_out else " checked"}></td><td class="pt-prose"><span dir="auto">{title}</span><br>'
        f'<span class="pt-note">{escape(one_line(authors_of(paper)))}</span></td>'
        f"<td>{paper.year or ''}</td><td>{what}</td></tr>"
    )


def _short(text: str) -> str:
    line = one_line(text)
    return line if len(line) <= 80 else line[:80].rpartition(" ")[0] + " …"


# ---- what became of it


def _taken(job: Job[IngestReport]) -> str:
    if job.result is None:
        return frame.problem(job.problem, may_edit=True) + _back()
    report = job.result
    came = report.added or report.updated or report.merged
    undo = '<button type="button" class="pt-act" id="undo" data-do="undo-ingest">Take it back</button>' if came else ""
    return (
        f'<h3>{"Done." if came else "Nothing was new."}</h3>{_counts(report)}<p class="pt-row">'
        '<a class="pt-act" id="see" href="?view=library" data-do="go" data-view="library">See the papers</a>'
        '<a class="pt-act" id="ask-now" href="?" data-do="go" data-view="chat">Ask</a>'
        f"{undo}{_back(alone=False)}</p>{_left_out(report)}"
    )


def _undone(job: Job[UndoReport]) -> str:
    if job.result is None:
        return frame.problem(job.problem, may_edit=True) + _back()
    left = "".join(f"<li>{escape(key)}: {escape(reason)}</li>" for key, reason in job.result.left.items())
    return (
        f'<h3>Taken back.</h3><p role="status">{escape(str(job.result)).capitalize()}.</p>'
        + (f"<ul>{left}</ul>" if left else "")
        + _back()
    )


def _back(*, alone: bool = True) -> str:
    button = '<button type="button" class="pt-act" id="begin-anew" data-do="begin-anew">Add more</button>'
    return f'<p class="pt-row">{button}</p>' if alone else button


def _counts(report: IngestReport) -> str:
    said = {
        "new": len(report.added),
        "changed": len(report.updated),
        "joined": len(report.merged),
        "there already": len(report.unchanged),
        "skipped": len(report.skipped),
        "unreadable": len(report.unreadable),
    }
    parts = "".join(
        f'<li class="pt-count{" pt-bad" if name == "unreadable" else ""}"><strong>{count:,}</strong> {name}</li>'
        for name, count in said.items()
        if count
    )
    return f'<ul class="pt-counts" role="status">{parts or "<li>No entry was found.</li>"}</ul>'


def _left_out(report: IngestReport) -> str:
    unreadable = [(one.place, one.reason) for one in report.unreadable]
    skipped = [(one.place, one.reason) for one in report.skipped]
    return (
        _lines("Could not be read", unreadable, is_open=True)
        + _lines("Skipped", skipped)
        + _lines("Notes", [("", on_page(text, may_edit=True)) for text in report.warnings])
    )


def _lines(heading: str, rows: Iterable[tuple[str, str]], *, is_open: bool = False) -> str:
    rows = list(rows)
    if not rows:
        return ""
    listed = "".join(
        f'<li dir="auto">{f"<strong>{escape(place)}</strong>: " if place else ""}{linked(reason)}</li>'
        for place, reason in rows[:_ROWS]
    )
    rest = f"<li>and {len(rows) - _ROWS:,} more</li>" if len(rows) > _ROWS else ""
    name = heading.split(" ")[0].lower()
    return (
        f'<details class="pt-lines" data-keep id="lines-{name}"{" open" if is_open else ""}>'
        f"<summary>{heading} ({len(rows):,})</summary><ul>{listed}{rest}</ul></details>"
    )
