"""Papers in and out of a library: ``ingest``, ``undo``, ``find``, ``sync``, ``sources``, ``remove``, ``export``."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any

import typer

from assistant.surfaces.cli_common import (
    AsJson,
    DataDir,
    LibraryName,
    assistant_or_server,
    counted,
    display,
    err,
    existing,
    is_there,
    library_or_server,
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
    from assistant.client import Client, RemotePreview
    from assistant.ingesting import IngestReport, Progress
    from assistant.library import Library
    from assistant.previewing import Preview
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
        preview, places = _previewed(sources, given, settings, full_text=full_text)
        _tell_preview(preview, places, as_json=as_json)
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
        _tell(report, _places(assistant, report), as_json)
    if not report.has_papers:
        raise typer.Exit(1)


def _previewed(
    sources: Sequence[str], given: list[Given], settings: Settings, *, full_text: bool
) -> tuple[Preview | RemotePreview, Mapping[str, str]]:
    """What taking sources in would do, and by the key of each paper where it stands. A library that is not there is
    not made."""
    from assistant.client import Client
    from assistant.sources import intake

    with TemporaryDirectory(prefix="papertalk-") as folder, progress("reading") as step:
        chosen = settings if is_there(settings) else settings.model_copy(update={"data_dir": Path(folder)})
        with library_or_server(chosen) as library:
            if isinstance(library, Client):
                remote = library.preview(*sources, full_text=full_text, progress=lambda count: step(count, count))
                return remote, remote.places
            items = intake.read(given, partial(intake.open_web, settings), known_as=library.holds, full_text=full_text)
            preview = library.preview(items, lambda count: step(count, count))
            return preview, {seen.paper.key: seen.paper.source for seen in preview.papers}


def _tell_preview(preview: Preview | RemotePreview, places: Mapping[str, str], *, as_json: bool) -> None:
    if as_json:
        out_json(preview)
    else:
        out(_counts(preview.report))
        _show_preview(preview.to_dict()["papers"])
    _tell_what_did_not_fit(preview.report, places)
    err("Nothing was stored; the same command without --dry-run does it.")
    if not preview.report.has_papers:
        raise typer.Exit(1)


def _show_preview(papers: Sequence[Mapping[str, Any]]) -> None:
    from assistant.rendering import rows_table

    rows = [
        {"would be": row["outcome"], "key": row["key"], "title": row["title"], "changes": _changed_fields(row)}
        for row in papers
        if row["outcome"] != "unchanged"
    ]
    if rows:
        out("\n")
        display(rows_table(rows))


def _changed_fields(row: Mapping[str, Any]) -> str:
    joined = f"joined with {', '.join(row['absorbs'])}" if row["absorbs"] else ""
    return ", ".join(filter(None, [*(change["field"] for change in row["changes"]), joined]))


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


def _tell(report: IngestReport, places: Mapping[str, str], as_json: bool) -> None:
    if as_json:
        out_json(report)
    else:
        out(_counts(report))
    _tell_what_did_not_fit(report, places)


def _places(assistant: Assistant | Client, report: IngestReport) -> Mapping[str, str]:
    """By the key of each paper that a report tells of, where it stands."""
    return {paper.key: paper.source for paper in assistant.papers()} if report.merged else {}


def _counts(report: IngestReport) -> str:
    return str(report).replace(", ", "\n") + "\n"


def _tell_what_did_not_fit(report: IngestReport, places: Mapping[str, str]) -> None:
    """What was joined, left out or not understood, and what a user should know besides."""
    for key in dict.fromkeys(report.merged):
        if key in places:
            err(f"merged: {key} ({places[key]})")
    for reason, where in _by_reason(report).items():
        err(f"skipped: {'; '.join(where)}: {reason}")
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
    with assistant_or_server(library, data_dir) as assistant:
        report = _taken_in(lambda step: assistant.sync(full_text=full_text, progress=step))
        _tell(report, _places(assistant, report), as_json)


@app.command(epilog="Example: papertalk undo --library curie")
def undo(library: LibraryName = None, data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Take the last ingest or sync back. Papers that it added go; those that it changed become what they were.

    Papers that were changed or removed since are left alone and named. The same sources bring everything again.
    """
    with library_or_server(existing(settings_of(library, data_dir))) as opened:
        with progress("restoring") as step:
            report = opened.undo(step)
        left = _count(opened)
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
    from assistant.client import Client

    with library_or_server(existing(settings_of(library, data_dir))) as opened:
        known = opened.sources() if isinstance(opened, Client) else opened.sources
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
    from assistant.client import Client

    with library_or_server(existing(settings_of(library, data_dir))) as opened:
        if isinstance(opened, Client):
            opened.remove(*gone)
        else:
            opened.remove(gone)
        left = _count(opened)
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
    with assistant_or_server(library, data_dir) as assistant:
        chunks = assistant.export(form, keys or ())
        if output is None:
            for chunk in chunks:
                out(chunk)
            return
        write_text(output, "".join(chunks))
        say_saved(output)
        err(counted(len(keys) if keys else len(assistant.papers()), "paper"))


def _count(opened: Library | Client) -> int:
    """How many papers there are."""
    from assistant.client import Client

    return opened.count() if isinstance(opened, Client) else len(opened)
