"""The command line: arguments -> a call of the assistant -> text or JSON.

Exit codes: 0 done, 1 an ``AssistantError``, 2 wrong usage, 130 interrupted. Data goes to standard output, everything
about how it went to standard error. Whatever is slow to import is imported by the command that needs it.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from assistant.answers import Filters, Turn
from assistant.errors import AssistantError, ConfigError, LibraryError, LibraryNotWritable, QuestionError

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from assistant.library import IngestReport, Library, Progress
    from assistant.settings import Settings

_MAX_BYTES = 1_000_000
"""The longest question or history that is read; far more than a question may have."""


class _Commands(TyperGroup):
    """Shows what goes wrong on purpose as its one sentence; a bug stays loud."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except AssistantError as error:
            _err(f"Error: {error}")
            raise typer.Exit(1) from error
        except KeyboardInterrupt as error:
            _err("Interrupted.")
            raise typer.Exit(130) from error


app = typer.Typer(
    cls=_Commands,
    help="Ask one author's papers: cited answers from exact passages, on your own machine.",
    epilog="Start with: papertalk ingest profile.txt, then: papertalk ask 'Which datasets do they introduce?'",
    context_settings={"help_option_names": ["-h", "--help"]},
    no_args_is_help=True,
    rich_markup_mode=None,  # plain help loads nothing, and pipes well
    pretty_exceptions_enable=False,
)


def main() -> None:
    """Run the command line."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and stream.errors == "strict":
            stream.reconfigure(errors="replace")  # a terminal that cannot show a name still shows the rest
    app()


# ---- what commands have in common


def _given(value: str | None) -> str | None:
    if value is not None and not value.strip():
        raise typer.BadParameter("it is empty.")
    return value


LibraryName = Annotated[
    str | None,
    typer.Option("--library", "-l", metavar="NAME", help="Which library; default: the setting 'library'."),
]
DataDir = Annotated[
    str | None,
    typer.Option("--data-dir", metavar="FOLDER", callback=_given, help="Where libraries are kept."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Since = Annotated[int | None, typer.Option(metavar="YEAR", min=0, max=9999, help="Only papers of this year or later.")]
Until = Annotated[
    int | None, typer.Option(metavar="YEAR", min=0, max=9999, help="Only papers of this year or earlier.")
]
Categories = Annotated[
    list[str] | None, typer.Option("--category", metavar="CL", help="Only this category; may be repeated.")
]
WithCode = Annotated[
    bool | None, typer.Option("--with-code/--without-code", help="Only papers with, or without, code.")
]
Authors = Annotated[
    list[str] | None, typer.Option("--author", metavar="NAME", help="Only papers of this author; may be repeated.")
]
PaperKeys = Annotated[
    list[str] | None, typer.Option("--paper", metavar="KEY", help="Only the paper of this key; may be repeated.")
]
Title = Annotated[str | None, typer.Option(metavar="TEXT", help="Only papers with this in their title.")]


def _settings(library: str | None, data_dir: str | None) -> Settings:
    from assistant.settings import load

    return load(library=library, data_dir=data_dir)


def _existing(settings: Settings) -> Settings:
    """The settings, if their library is there: looking into one must not create it.

    Raises:
        LibraryError: it is not; names those that are.
    """
    libraries = settings.data_dir / "libraries"
    try:
        if settings.library_dir.is_dir():
            return settings
        if settings.data_dir.exists() and not settings.data_dir.is_dir():
            raise LibraryNotWritable(
                f"The data folder {str(settings.data_dir)!r} is a file; choose a folder with --data-dir."
            )
        others = sorted(path.name for path in libraries.iterdir() if path.is_dir()) if libraries.is_dir() else []
    except OSError as error:
        raise LibraryError(
            f"The data folder {str(settings.data_dir)!r} cannot be read: {error.strerror}; choose another with "
            f"--data-dir."
        ) from error
    there = (
        f" There {'is' if len(others) == 1 else 'are'} {', '.join(map(repr, others))} (--library)." if others else ""
    )
    raise LibraryError(
        f"There is no library {settings.library!r} in {str(settings.data_dir)!r}; 'papertalk ingest FILE --library "
        f"{settings.library}' makes it.{there}"
    )


def _open(settings: Settings) -> Library:
    from assistant.library import open_library

    return open_library(_existing(settings))


def _filters(
    since: int | None,
    until: int | None,
    categories: list[str] | None,
    with_code: bool | None,
    authors: list[str] | None,
    papers: list[str] | None,
    title: str | None,
) -> Filters:
    if since is not None and until is not None and since > until:
        raise typer.BadParameter(f"--since {since} is later than --until {until}.")
    return Filters(
        years=None if since is None and until is None else (since, until),
        categories=tuple(categories or ()),
        has_code=with_code,
        authors=tuple(authors or ()),
        papers=tuple(papers or ()),
        title=title,
    )


def _check_keys(library: Library, filters: Filters) -> None:
    """A key that is not there would leave no paper and look like a question without an answer."""
    for key in filters.papers:
        library.paper(key)


def _console(*, stderr: bool = False) -> Console:
    from rich.console import Console

    return Console(stderr=stderr, highlight=False, markup=False, emoji=False)


def _out(text: str) -> None:
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        raise  # the reader of a pipe has seen enough; Typer ends quietly
    except OSError as error:
        with contextlib.suppress(OSError, ValueError):  # or Python complains once more when it ends
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise ConfigError(f"The output cannot be written: {error.strerror}.") from error


def _out_json(value: Any) -> None:
    from assistant.rendering import to_json

    _out(to_json(value, ascii_only=(sys.stdout.encoding or "").lower().replace("-", "") != "utf8") + "\n")


def _show(renderable: RenderableType) -> None:
    """Show it, styled only where the output is a terminal."""
    from assistant.rendering import plain

    if sys.stdout.isatty():
        _console().print(renderable)
    else:
        _out(plain(renderable))


def _width() -> int | None:
    """The terminal's width; None where the output is no terminal."""
    return _console().width if sys.stdout.isatty() else None


def _err(text: str) -> None:
    from assistant.rendering import visible

    print(visible(text), file=sys.stderr, flush=True)


@contextlib.contextmanager
def _progress(what: str) -> Iterator[Progress]:
    """A bar with its rate and the time left, on standard error; nothing where that is no terminal."""
    if not sys.stderr.isatty():
        yield lambda *_: None
        return
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        ProgressColumn,
        SpinnerColumn,
        Task,
        TextColumn,
        TimeRemainingColumn,
    )
    from rich.progress import Progress as Bar
    from rich.text import Text

    class Rate(ProgressColumn):
        def render(self, task: Task) -> Text:
            return Text(f"{task.speed:.0f}/s" if task.speed else "")

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Rate(), TimeRemainingColumn())
    with Bar(SpinnerColumn(), *columns, console=_console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        _out(f"papertalk {version('papertalk')}\n")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and leave.")
    ] = False,
) -> None:
    pass


# ---- the commands


@app.command(epilog="Example: papertalk ingest profile.txt --library curie")
def ingest(
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help="Profile pages as text.")],
    library: LibraryName = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Take in profile pages. Papers that are there already, unchanged, are not touched."""
    from assistant.sources import read

    settings = _settings(library, data_dir)
    items = [item for file in files for item in read(file)]  # before a library is made for what cannot be read
    from assistant.library import open_library

    try:
        with _progress("embedding") as progress, open_library(settings) as opened:
            report = opened.ingest(items, progress)
    except KeyboardInterrupt as error:
        _err("Interrupted; papers that were stored are kept, and the same command takes in the rest.")
        raise typer.Exit(130) from error
    _tell(report, as_json)
    if not (report.added or report.updated or report.unchanged):
        raise typer.Exit(1)


def _tell(report: IngestReport, as_json: bool) -> None:
    if as_json:
        _out_json(report)
    else:
        _out(str(report).replace(", ", "\n") + "\n")
    for part in report.unreadable:
        _err(f"unreadable: {part}")
    for warning in report.warnings:
        _err(f"warning: {warning}")


@app.command(
    epilog="\b\nExample: papertalk ask 'Which benchmarks are used?' --since 2018\n"
    "Example: echo 'Which benchmarks are used?' | papertalk ask --json"
)
def ask(
    question: Annotated[
        list[str] | None, typer.Argument(metavar="QUESTION", help="The question; '-' reads it from standard input.")
    ] = None,
    history: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="The conversation so far: a JSON list of {'role': 'user' or 'assistant', 'content'}."
        ),
    ] = None,
    since: Since = None,
    until: Until = None,
    category: Categories = None,
    with_code: WithCode = None,
    author: Authors = None,
    paper: PaperKeys = None,
    title: Title = None,
    library: LibraryName = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Answer a question. Each sentence comes with the passage that it is from."""
    asked = _question(question)
    filters = _filters(since, until, category, with_code, author, paper, title)
    turns = _history(history) if history else []
    settings = _existing(_settings(library, data_dir))
    from assistant.api import Assistant

    with Assistant(settings=settings) as assistant:
        _check_keys(assistant.library, filters)
        answer = assistant.ask(asked, history=turns, filters=filters)
        if as_json:
            _out_json(answer)
            return
        from assistant.rendering import to_terminal

        _show(to_terminal(answer))


def _question(words: list[str] | None) -> str:
    if words and words != ["-"]:
        return " ".join(words).encode("utf-8", "replace").decode()  # an argument may hold bytes that are no text
    if sys.stdin is None or (not words and sys.stdin.isatty()):
        raise typer.BadParameter("give a question, or '-' and type it.", param_hint="QUESTION")
    if sys.stdin.isatty():
        _err("Type the question, then Enter and Ctrl-D.")
    content = sys.stdin.buffer.read(_MAX_BYTES)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise QuestionError("The question on standard input is not UTF-8 text; save it as UTF-8.") from error


def _history(file: Path) -> list[Turn]:
    try:
        with file.open("rb") as stream:
            rows = json.loads(stream.read(_MAX_BYTES))
    except OSError as error:
        raise QuestionError(f"The history {str(file)!r} cannot be read: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise QuestionError(f"The history {str(file)!r} is not JSON: {error}.") from error
    if not isinstance(rows, list) or not all(_is_turn(row) for row in rows):
        raise QuestionError(
            f"The history {str(file)!r} is no conversation; it is a JSON list of objects with 'role' ('user' or "
            f"'assistant') and 'content'."
        )
    return [Turn(role=row["role"], content=row["content"]) for row in rows]


def _is_turn(row: object) -> bool:
    return isinstance(row, dict) and row.get("role") in ("user", "assistant") and isinstance(row.get("content"), str)


@app.command(epilog="Example: papertalk chat --library curie")
def chat(library: LibraryName = None, data_dir: DataDir = None) -> None:
    """Talk. Questions may lean on what was said before; without a terminal, each line of input is a question."""
    settings = _existing(_settings(library, data_dir))
    from assistant.api import Assistant
    from assistant.surfaces.cli_chat import Chat

    with Assistant(settings=settings) as assistant:
        on_terminal = sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty()
        Chat(assistant, _console() if on_terminal else None, say=_out, complain=_err).run()


@app.command(epilog="Example: papertalk papers --since 2020 --category CL --with-code")
def papers(
    since: Since = None,
    until: Until = None,
    category: Categories = None,
    with_code: WithCode = None,
    author: Authors = None,
    paper: PaperKeys = None,
    title: Title = None,
    library: LibraryName = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """List the papers."""
    filters = _filters(since, until, category, with_code, author, paper, title)
    with _open(_settings(library, data_dir)) as opened:
        _check_keys(opened, filters)
        found = [row for row in opened.papers.values() if filters.admits(row)]
        total = len(opened)
    if as_json:
        _out_json([row.to_dict() for row in found])
        return
    if found:
        from assistant.rendering import papers_table

        width = _width()
        _show(papers_table(found, width) if width else papers_table(found))
    if not total:
        _err(
            f"The library {opened.name!r} holds no paper; 'papertalk ingest FILE --library {opened.name}' takes "
            f"some in."
        )
    elif len(found) < total:
        _err(f"{len(found)} of {total} papers")


@app.command(epilog="Example: papertalk show curie1911radium")
def show(
    key: Annotated[str, typer.Argument(metavar="KEY", help="A key, as 'papertalk papers' lists them.")],
    library: LibraryName = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Show one paper. Who, when, links, abstract, and where its passages stand."""
    with _open(_settings(library, data_dir)) as opened:
        found = opened.paper(key)
        passages = opened.passages(key)
    if as_json:
        rows = [
            {"section": p.section, "start": p.start, "end": p.end, "text": p.text, "sentences": p.sentences}
            for p in passages
        ]
        _out_json({**found.to_dict(), "passages": rows})
        return
    from assistant.rendering import paper_sheet

    _show(paper_sheet(found, passages))


@app.command(name="eval", epilog="Example: papertalk eval questions.jsonl --output answers.jsonl")
def evaluate(
    questions: Annotated[Path, typer.Argument(metavar="QUESTIONS.jsonl", help="A question with its gold a line.")],
    output: Annotated[Path | None, typer.Option(metavar="FILE", help="Keep every answer, a line each.")] = None,
    library: LibraryName = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Measure the answers. Each question comes with the facts and papers that a right answer has."""
    settings = _existing(_settings(library, data_dir))
    from assistant import evaluation
    from assistant.api import Assistant

    with Assistant(settings=settings) as assistant:
        report = evaluation.evaluate(assistant, questions, output)
    if as_json:
        _out_json(report)
        return
    from assistant.rendering import rows_table

    rows = [{_heading(name): _rounded(name, value) for name, value in row.items()} for row in report.table()]
    _show(rows_table(rows))


def _heading(name: str) -> str:
    return name.replace("_", " ")


def _rounded(name: str, value: Any) -> Any:
    return round(value, 1 if name.endswith("_ms") else 3) if isinstance(value, float) else value


@app.command(epilog="Example: papertalk reindex --library curie")
def reindex(library: LibraryName = None, data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Embed a library again. Needed after a change of the embedding model; stopped, it leaves all as it was."""
    settings = _existing(_settings(library, data_dir))
    from assistant import library as libraries

    with _progress("embedding") as progress:
        opened = libraries.reindex(settings, progress)
    with opened:
        count, model = len(opened), opened.store.model.name
    if as_json:
        _out_json({"library": settings.library, "papers": count, "model": model})
    else:
        _out(f"{_counted(count, 'paper')} embedded with {model}\n")


@app.command(epilog="Example: papertalk remove curie1911radium --library curie")
def remove(
    keys: Annotated[list[str], typer.Argument(metavar="KEY", help="Keys, as 'papertalk papers' lists them.")],
    library: LibraryName = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Remove papers for good. Where one of the keys is not there, none is removed."""
    gone: Sequence[str] = list(dict.fromkeys(keys))
    with _open(_settings(library, data_dir)) as opened:
        opened.remove(gone)
        left = len(opened)
    if as_json:
        _out_json({"removed": gone, "left": left})
    else:
        _out(f"removed: {len(gone)}\nleft: {left}\n")


@app.command(epilog="Example: papertalk doctor --library curie")
def doctor(library: LibraryName = None, data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Check that all works. What is installed, what is set, where data goes; exit code 1 where something is wrong."""
    settings = _settings(library, data_dir)
    from assistant.surfaces.cli_doctor import examine

    checks = []
    for check in examine(settings):
        checks.append(check)
        if not as_json:
            from assistant.rendering import visible

            _out(visible(f"{'ok' if check.ok else 'problem':<8} {check.what}: {check.detail}") + "\n")
    if as_json:
        _out_json([check.to_dict() for check in checks])
    if not all(check.ok for check in checks):
        raise typer.Exit(1)


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" + ("" if count == 1 else "s")


if __name__ == "__main__":
    main()
