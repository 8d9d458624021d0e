"""Papers in and out of a library: ``ingest``, ``undo``, ``find``, ``sync``, ``sources``, ``remove``, ``export``."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.surfaces.cli_common import (
    AsJson,
    DataDir,
    LibraryName,
    counted,
    display,
    err,
    existing,
    is_there,
    open_assistant,
    open_or_reach,
    out,
    out_json,
    progress,
    say_saved,
    settings_of,
    write_text,
)

if TYPE_CHECKING:
    from assistant.api import Assistant
    from assistant.client import Client
    from assistant.ingesting import IngestReport, Progress
    from assistant.papers import Paper
    from assistant.previewing import Preview, PreviewedPaper
    from assistant.settings import Settings
    from assistant.sources import Item
    from assistant.sources.intake import Given
    from assistant.sources.web import Found

app = typer.Typer(rich_markup_mode=None)

FullText = Annotated[
    bool, typer.Option("--full-text", help="Fetch the PDFs from arXiv whose licence lets a copy be kept.")
]


@app.command(
    epilog="\b\nExample: papertalk ingest refs.bib papers/ --library curie\n"
    "Example: papertalk ingest orcid:0000-0002-1825-0097 --library carberry"
)
def ingest(
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="SOURCE",
            help="Files and folders (BibTeX, RIS, CSL-JSON, JSONL, PDFs, HTML, Markdown, text, profile pages), links, "
            "and openalex:ID, orcid:ID, arxiv:au:NAME, arxiv:ID, s2:ID, doi:DOI.",
        ),
    ],
    full_text: FullText = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Read everything and say what would be done; store nothing.")
    ] = False,
    library: LibraryName = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Take in papers. What is there already, unchanged, is not touched.

    The same paper from several sources becomes one. Everything that could not be read is named, with its place.
    'papertalk undo' takes it back.
    """
    from assistant.sources import intake

    given = intake.understand(sources)  # before a library is made for what is not there
    settings = settings_of(library, data_dir)
    if dry_run:
        _look(given, settings, full_text=full_text, as_json=as_json)
        return
    read = partial(intake.read, given, partial(intake.open_web, settings), full_text=full_text)
    items: Iterable[Item] | None = None
    if not is_there(settings):
        items = _from_first_paper(read())
        if items is None:
            raise typer.Exit(1)
    from assistant.client import Client

    with open_or_reach(settings) as assistant:
        if isinstance(assistant, Client):
            report = _taken_in(lambda step: assistant.ingest(*sources, full_text=full_text, progress=step))
        else:
            found = items if items is not None else read(known_as=assistant.library.holds)
            report = _taken_in(lambda step: assistant.take_in(found, step))
        _tell(report, _by_key(assistant, report), as_json)
    if not report.has_papers:
        raise typer.Exit(1)


def _look(given: list[Given], settings: Settings, *, full_text: bool, as_json: bool) -> None:
    """Show what taking sources in would do. A library that is not there is not made."""
    from assistant.library import open_library
    from assistant.sources import intake

    open_web = partial(intake.open_web, settings)
    with TemporaryDirectory(prefix="papertalk-") as folder:
        there = is_there(settings)
        with open_library(settings if there else settings.model_copy(update={"data_dir": Path(folder)})) as library:
            items = intake.read(given, open_web, known_as=library.holds, full_text=full_text)
            with progress("reading") as step:
                preview = library.preview(items, lambda count: step(count, count))
    if as_json:
        out_json(preview)
    else:
        out(_counts(preview.report))
        _show_preview(preview)
    _tell_what_did_not_fit(preview.report, {seen.paper.key: seen.paper for seen in preview.papers})
    err("Nothing was stored; the same command without --dry-run does it.")
    if not preview.report.has_papers:
        raise typer.Exit(1)


def _show_preview(preview: Preview) -> None:
    from assistant.rendering import rows_table

    rows = [
        {"would be": seen.outcome, "key": seen.paper.key, "title": seen.paper.title, "changes": _changed_fields(seen)}
        for seen in preview.papers
        if seen.outcome != "unchanged"
    ]
    if rows:
        out("\n")
        display(rows_table(rows))


def _changed_fields(seen: PreviewedPaper) -> str:
    joined = f"joined with {', '.join(seen.absorbs)}" if seen.absorbs else ""
    return ", ".join(filter(None, [*(change.name for change in seen.changes), joined]))


def _from_first_paper(items: Iterator[Item]) -> Iterator[Item] | None:
    """The items, if one of them is a paper; else says what is wrong with them."""
    from assistant.papers import Paper
    from assistant.sources import Notice, Skipped, Unreadable

    head: list[Item] = []
    for item in items:
        head.append(item)
        if isinstance(item, Paper):
            return itertools.chain(head, items)
    for item in head:
        if isinstance(item, Unreadable | Skipped):
            err(f"{type(item).__name__.lower()}: {item}")
        elif isinstance(item, Notice):
            err(f"warning: {item.text}")
    err("Error: No paper could be read, and no library was made; the lines above say why.")
    return None


def _taken_in(take_in: Callable[[Progress], IngestReport]) -> IngestReport:
    """Take papers in with a bar; an interrupt says that nothing is lost."""
    try:
        with progress("embedding") as step:
            return take_in(step)
    except KeyboardInterrupt as error:
        err("Interrupted; papers that were stored are kept, and the same command takes in the rest.")
        raise typer.Exit(130) from error


def _tell(report: IngestReport, papers: Mapping[str, Paper], as_json: bool) -> None:
    if as_json:
        out_json(report)
    else:
        out(_counts(report))
    _tell_what_did_not_fit(report, papers)


def _by_key(assistant: Assistant | Client, report: IngestReport) -> Mapping[str, Paper]:
    """The papers that a report tells of by their keys."""
    return {paper.key: paper for paper in assistant.papers()} if report.merged else {}


def _counts(report: IngestReport) -> str:
    return str(report).replace(", ", "\n") + "\n"


def _tell_what_did_not_fit(report: IngestReport, papers: Mapping[str, Paper]) -> None:
    """What was joined, left out or not understood, and what a user should know besides."""
    for key in dict.fromkeys(report.merged):
        if key in papers:
            err(f"merged: {key} ({papers[key].source})")
    for reason, places in _by_reason(report).items():
        err(f"skipped: {'; '.join(places)}: {reason}")
    for part in report.unreadable:
        err(f"unreadable: {part}")
    for warning in report.warnings:
        err(f"warning: {warning}")


def _by_reason(report: IngestReport) -> dict[str, list[str]]:
    """The places of what was skipped, by why."""
    found: dict[str, list[str]] = {}
    for entry in report.skipped:
        found.setdefault(entry.reason, []).append(entry.place)
    return found


@app.command(epilog="Example: papertalk sync --library curie")
def sync(
    full_text: FullText = False, library: LibraryName = None, data_dir: DataDir = None, as_json: AsJson = False
) -> None:
    """Read again what has changed of the library's sources. Nothing else is touched.

    New papers come in and changed ones are updated. No paper is taken out, and removed ones stay away.
    """
    with open_assistant(library, data_dir) as assistant:
        report = _taken_in(lambda step: assistant.sync(full_text=full_text, progress=step))
        _tell(report, assistant.library.papers, as_json)


@app.command(epilog="Example: papertalk undo --library curie")
def undo(library: LibraryName = None, data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Take the last ingest or sync back. Papers that it added go; those that it changed become what they were.

    Papers that were changed or removed since are left alone and named. The same sources bring everything again.
    """
    from assistant.library import open_library

    with open_library(existing(settings_of(library, data_dir))) as opened:
        with progress("restoring") as step:
            report = opened.undo(step)
        left = len(opened)
    if as_json:
        out_json({**report.to_dict(), "papers": left})
    else:
        out(str(report).replace(", ", "\n") + f"\npapers: {left}\n")
    for key, reason in report.left.items():
        err(f"left as it is: {key}: {reason}.")
    for name in report.sources:
        err(f"no longer a source: {name}")


@app.command(epilog="Example: papertalk sources --library curie")
def sources(library: LibraryName = None, data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """List what the papers came from. The last day that each source was read, and how much of it was unreadable."""
    with open_assistant(library, data_dir) as assistant:
        known = assistant.library.sources
    if as_json:
        out_json([source.to_dict() for source in known])
        return
    from assistant.rendering import rows_table

    if not known:
        out("The library remembers no source; 'papertalk ingest SOURCE' takes papers in.\n")
        return
    shown = ("name", "kind", "read_on", "unreadable", "address")
    rows = [source.to_dict() for source in known]
    display(rows_table([{name: row[name] for name in shown} for row in rows]))


@app.command(epilog="Example: papertalk find 'Ada Lovelace'")
def find(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The author's name.")],
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Ask OpenAlex, Semantic Scholar and ORCID who a name may be. Sends the name to them.

    Each candidate comes with what 'papertalk ingest' takes for it. A service may have split one person in two, or put
    two in one: after taking papers in, 'papertalk people' shows the groups.
    """
    from assistant.sources.intake import open_web

    with open_web(settings_of(None, data_dir)) as web:
        found = web.find(name)
    for notice in found.notices:
        err(f"warning: {notice.text}")
    if as_json:
        out_json(found.candidates)
    else:
        _show_candidates(name, found)
    if not found.candidates:
        raise typer.Exit(1)


def _show_candidates(name: str, found: Found) -> None:
    from assistant.rendering import rows_table

    if not found.candidates:
        who = "No service that answered" if found.notices else "No service"
        out(f"{who} knows anyone of the name {name!r}; try another spelling.\n")
        return
    rows = [
        {
            "ingest": person.sources[0] if person.sources else "",
            "name": person.name,
            "affiliation": "; ".join(person.affiliations[:2]),
            "works": "" if person.works is None else person.works,
            "years": "-".join(map(str, person.years)) if person.years else "",
            "topics": ", ".join(person.topics[:3]),
        }
        for person in found.candidates
    ]
    display(rows_table(rows))
    out(f"\nTake one in with: papertalk ingest {rows[0]['ingest']} --library NAME\n")


@app.command(epilog="Example: papertalk remove curie1911radium --library curie")
def remove(
    keys: Annotated[list[str], typer.Argument(metavar="KEY", help="Keys, as 'papertalk papers' lists them.")],
    library: LibraryName = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Remove papers for good. A sync does not bring them back; taking them in again does.

    Where one of the keys is not there, none is removed.
    """
    gone: Sequence[str] = list(dict.fromkeys(keys))
    from assistant.library import open_library

    with open_library(existing(settings_of(library, data_dir))) as opened:
        opened.remove(gone)
        left = len(opened)
    if as_json:
        out_json({"removed": gone, "left": left})
    else:
        out(f"removed: {len(gone)}\nleft: {left}\n")


@app.command(epilog="Example: papertalk export --format bibtex -o curie.bib --library curie")
def export(
    keys: Annotated[list[str] | None, typer.Argument(metavar="KEY", help="Keys; default: all papers.")] = None,
    form: Annotated[str, typer.Option("--format", metavar="bibtex|ris|csl-json|jsonl", help="Which form.")] = "bibtex",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="A file, in place of standard output.")
    ] = None,
    library: LibraryName = None,
    data_dir: DataDir = None,
) -> None:
    """Write the papers as a bibliography. BibTeX, RIS, CSL-JSON, or JSONL with all that is known of each paper."""
    from assistant.bibliography import FORMATS

    if form not in FORMATS:
        raise typer.BadParameter(f"{form!r} is none of {', '.join(FORMATS)}.", param_hint="--format")
    with open_assistant(library, data_dir) as assistant:
        chunks = assistant.export(form, keys or ())
        if output is None:
            for chunk in chunks:
                out(chunk)
            return
        write_text(output, "".join(chunks))
        say_saved(output)
        err(counted(len(keys) if keys else len(assistant.library), "paper"))
