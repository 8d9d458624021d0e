"""What the commands share: their options, the library that they look into, and where what they say goes.

Data goes to standard output, everything about how it went to standard error.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, get_args

import typer

from assistant.answers import Dimension, Filters
from assistant.errors import (
    AssistantError,
    ConfigError,
    ConversationNotFound,
    ExportError,
    LibraryError,
    LibraryInUse,
    LibraryNotWritable,
)

Opened = TypeVar("Opened")

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from assistant.answers import Answer
    from assistant.api import Assistant
    from assistant.client import Client
    from assistant.conversations.store import Conversation, Conversations, Exchange
    from assistant.ingesting import Progress
    from assistant.library import Library
    from assistant.papers import Paper
    from assistant.settings import Settings

# ---- options


def given(value: str | None) -> str | None:
    if value is not None and not value.strip():
        raise typer.BadParameter("it is empty.")
    return value


LibraryName = Annotated[
    str | None,
    typer.Option("--library", "-l", metavar="NAME", help="Which library; default: the setting 'library'."),
]
DataDir = Annotated[
    str | None,
    typer.Option("--data-dir", metavar="FOLDER", callback=given, help="Where libraries are kept."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
AsCsv = Annotated[bool, typer.Option("--csv", help="Print the table as comma-separated values.")]


def refuse_two_forms(*, as_json: bool, as_csv: bool) -> None:
    if as_json and as_csv:
        raise typer.BadParameter("--json and --csv are two forms of the same; choose one.")


_ENDINGS = (".png", ".svg", ".html", ".csv", ".json")


def _savable(file: Path | None) -> Path | None:
    """Refuses what can never be written before any work is done."""
    if file is None:
        return None
    if file.suffix.lower() not in _ENDINGS:
        raise typer.BadParameter(f"{str(file)!r} ends in none of {', '.join(_ENDINGS)}.")
    file = file.expanduser()
    if not file.parent.is_dir():
        raise typer.BadParameter(f"there is no folder {str(file.parent)!r}.")
    return file


Save = Annotated[
    Path | None,
    typer.Option(
        "--save",
        metavar="FILE",
        callback=_savable,
        help="Also write the figure (.png, .svg, .html) or the table (.csv, .json), as the file's name ends.",
    ),
]


DIMENSIONS = ", ".join(name.replace("_", "-") for name in get_args(Dimension))


def by_option(flag: str, default: str) -> Any:
    """An option that takes a dimension, and may be given twice; :func:`one_or_two` reads it."""
    return typer.Option(
        flag, metavar="WHAT", help=f"By what; twice for rows and columns; default: {default}. One of {DIMENSIONS}."
    )


def one_or_two(written: list[str] | None, flag: str) -> tuple[Dimension, ...]:
    """The dimensions that were given, which may be none."""
    chosen = tuple(_dimension(name, flag) for name in written or ())
    if len(chosen) > 2:
        raise typer.BadParameter(f"it may be given once or twice, not {len(chosen)} times.", param_hint=flag)
    if len(set(chosen)) < len(chosen):
        raise typer.BadParameter(f"it is {chosen[0]!r} twice; give two different ones.", param_hint=flag)
    return chosen


def _dimension(written: str, flag: str) -> Dimension:
    name = written.strip().casefold().replace("-", "_")
    known: tuple[Dimension, ...] = get_args(Dimension)
    for dimension in known:
        if dimension == name:
            return dimension
    raise typer.BadParameter(f"{written!r} is none of {DIMENSIONS}.", param_hint=flag)


_INTRODUCED = ("dataset", "method")


def _introduced(kinds: list[str] | None) -> list[str] | None:
    for kind in kinds or ():
        if kind not in _INTRODUCED:
            raise typer.BadParameter(f"{kind!r} is none of {', '.join(_INTRODUCED)}.")
    return kinds


def filters_of(
    *,
    since: Annotated[
        int | None, typer.Option(metavar="YEAR", min=0, max=9999, help="Only papers of this year or later.")
    ] = None,
    until: Annotated[
        int | None, typer.Option(metavar="YEAR", min=0, max=9999, help="Only papers of this year or earlier.")
    ] = None,
    category: Annotated[
        list[str] | None, typer.Option(metavar="CL", help="Only this category; may be repeated.")
    ] = None,
    with_code: Annotated[
        bool | None, typer.Option("--with-code/--without-code", help="Only papers with, or without, code.")
    ] = None,
    topic: Annotated[str | None, typer.Option(metavar="TEXT", callback=given, help="Only papers on this.")] = None,
    mentions: Annotated[
        list[str] | None, typer.Option(metavar="TERM", help="Only papers that mention this; may be repeated.")
    ] = None,
    introduces: Annotated[
        list[str] | None,
        typer.Option(
            metavar="|".join(_INTRODUCED), callback=_introduced, help="Only papers that introduce one; may be repeated."
        ),
    ] = None,
    author: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Only papers of this author; may be repeated.")
    ] = None,
    first_author: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Only papers that this author leads; may be repeated.")
    ] = None,
    paper: Annotated[
        list[str] | None, typer.Option(metavar="KEY", help="Only the paper of this key; may be repeated.")
    ] = None,
    title: Annotated[str | None, typer.Option(metavar="TEXT", help="Only papers with this in their title.")] = None,
) -> Filters:
    """Its parameters are the options of every command that :func:`filtered` marks."""
    if since is not None and until is not None and since > until:
        raise typer.BadParameter(f"--since {since} is later than --until {until}.")
    return Filters(
        years=None if since is None and until is None else (since, until),
        categories=tuple(category or ()),
        has_code=with_code,
        topic=topic,
        mentions=tuple((term,) for term in mentions or ()),
        introduces=tuple(introduces or ()),
        authors=tuple(author or ()),
        first_authors=tuple(first_author or ()),
        papers=tuple(paper or ()),
        title=title,
    )


def filtered(command: Callable[..., None]) -> Callable[..., None]:
    """The command with the options of :func:`filters_of` in the place of its own parameter ``filters``."""
    options = inspect.signature(filters_of, eval_str=True).parameters
    own = inspect.signature(command, eval_str=True)
    parameters = [
        parameter
        for name, declared in own.parameters.items()
        for parameter in (options.values() if name == "filters" else [declared])
    ]

    @functools.wraps(command)
    def run(**values: Any) -> None:
        chosen = filters_of(**{name: values.pop(name) for name in options})
        command(**values, filters=chosen)

    run.__signature__ = own.replace(parameters=parameters)  # type: ignore[attr-defined]  # what Typer reads
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return run


# ---- the library


def settings_of(library: str | None, data_dir: str | None) -> Settings:
    from assistant.settings import load

    return load(library=library, data_dir=data_dir)


def existing(settings: Settings) -> Settings:
    """The settings, if their library is there: looking into one must not create it.

    Raises:
        LibraryError: it is not; names those that are.
    """
    from assistant.library import library_names

    try:
        if is_there(settings):
            return settings
        if settings.data_dir.exists() and not settings.data_dir.is_dir():
            raise LibraryNotWritable(
                f"The data folder {str(settings.data_dir)!r} is a file; choose a folder with --data-dir."
            )
        others = library_names(settings)
    except OSError as error:
        raise LibraryError(
            f"The data folder {str(settings.data_dir)!r} cannot be read: {error.strerror}; choose another with "
            f"--data-dir."
        ) from error
    there = (
        f" There {'is' if len(others) == 1 else 'are'} {', '.join(map(repr, others))} (--library)." if others else ""
    )
    place = settings.chroma_url or str(settings.data_dir)
    raise LibraryError(
        f"There is no library {settings.library!r} in {place!r}; 'papertalk ingest FILE --library "
        f"{settings.library}' makes it.{there}"
    )


def is_there(settings: Settings) -> bool:
    """Whether the library has been made."""
    if settings.chroma_url is None:
        return settings.library_dir.is_dir()
    from assistant.library import library_names

    return settings.library in library_names(settings)


def open_assistant(library: str | None, data_dir: str | None) -> Assistant:
    """An assistant over a library that is there, for what only the process that holds it can do.

    Raises:
        LibraryInUse: another process holds it.
    """
    settings = existing(settings_of(library, data_dir))
    from assistant.api import Assistant

    with not_through_a_server(settings):
        return Assistant(settings=settings)


def assistant_or_server(library: str | None, data_dir: str | None) -> Assistant | Client:
    """:func:`open_or_reach` for a library that is there."""
    return open_or_reach(existing(settings_of(library, data_dir)))


def library_or_server(settings: Settings) -> Library | Client:
    """A library alone, without what answers questions; where a server of this user owns it, the way to that server.

    Raises:
        LibraryInUse: another process owns it, and it is no such server.
    """
    from assistant.library import open_library

    return _or_reach(open_library, settings)


def open_or_reach(settings: Settings) -> Assistant | Client:
    """An assistant over the library; where a server of this user owns it, the way to that server, which answers alike.

    Raises:
        LibraryInUse: another process owns it, and it is no such server.
    """
    from assistant.api import Assistant

    return _or_reach(lambda chosen: Assistant(settings=chosen), settings)


def _or_reach(open_it: Callable[[Settings], Opened], settings: Settings) -> Opened | Client:
    try:
        return open_it(settings)
    except LibraryInUse:
        if (client := reached(settings)) is None:
            raise
        return client


@contextlib.contextmanager
def not_through_a_server(settings: Settings) -> Iterator[None]:
    """Where a server of this user owns the library that the block opens, say that this does not go through it.

    Raises:
        LibraryInUse: it does, or another process does.
    """
    try:
        yield
    except LibraryInUse as error:
        if (client := reached(settings)) is None:
            raise
        with client:
            raise LibraryInUse(
                f"The library {settings.library!r} is open in the server at {client.url}, and this command cannot go "
                f"through a server; end that one (Ctrl-C where it runs), and repeat this."
            ) from error


def papers_of(assistant: Assistant | Client) -> Mapping[str, Paper]:
    """All papers by key."""
    return {paper.key: paper for paper in assistant.papers()}


def reached(settings: Settings) -> Client | None:
    """The server that holds the library's lock, of those that this user runs over the data folder. No other process is
    shown a token: the port of one that was killed may be somebody else's by now."""
    from assistant.announcing import servers
    from assistant.client import Client
    from vectorstore.ownership import holder_of

    holder = holder_of(settings.library_dir)
    for server in servers(settings.data_dir):
        if server.process != holder:
            continue
        client = Client(server.url, server.token, settings.library, reads_here=True)
        try:
            _ = client.author
        except AssistantError:  # it runs no more, or has other libraries
            client.close()
        else:
            return client
    return None


def check_keys(assistant: Assistant | Client, filters: Filters) -> None:
    """A key that is not there would leave no paper and look like a question without an answer."""
    for key in filters.papers:
        assistant.paper(key)


# ---- conversations


def stored_conversations(data_dir: str | None) -> Conversations:
    """Those about all libraries; no library is opened for them."""
    from assistant.conversations.store import open_conversations

    return open_conversations(settings_of(None, data_dir).data_dir)


def conversation_to_continue(wanted: str | None, library: str | None, data_dir: str | None) -> Conversation:
    """The one whose id begins so; the newest for ``last`` and for None.

    Raises:
        ConversationNotFound: there is none, or it is about another library than the one that is named.
    """
    from assistant.conversations.store import LAST

    found = stored_conversations(data_dir).find(wanted or LAST, library)
    if library not in (None, found.library):
        raise ConversationNotFound(
            f"The conversation {wanted!r} is about the library {found.library!r}; leave --library away."
        )
    return found


def conversation_rows(conversations: Sequence[Conversation]) -> list[dict[str, Any]]:
    """As a table shows them, in local time. Ids are shortened, as the commands take them."""
    return [
        {
            "id": conversation.id[:_SHOWN_ID],
            "last": f"{conversation.changed.astimezone():%Y-%m-%d %H:%M}",
            "library": conversation.library,
            "questions": conversation.questions,
            "title": conversation.title,
        }
        for conversation in conversations
    ]


_SHOWN_ID = 8


def exchange_shown(exchange: Exchange, papers: Mapping[str, Paper] | None = None) -> RenderableType:
    """A question and its answer as a terminal shows them."""
    from rich.console import Group
    from rich.text import Text

    from assistant.rendering import to_terminal

    return Group(Text(f"> {exchange.question}", style="bold"), to_terminal(exchange.to_answer(papers)), Text())


def write_text(file: Path, text: str) -> None:
    """
    Raises:
        ExportError: the file cannot be written.
    """
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ExportError(
            f"{str(file)!r} cannot be written ({error.strerror}); name a file in a folder that you may write to."
        ) from error


# ---- what is said


def out(text: str) -> None:
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        raise  # the reader of a pipe has seen enough; Typer ends quietly
    except OSError as error:
        with contextlib.suppress(OSError, ValueError):  # or Python complains once more when it ends
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise ConfigError(f"The output cannot be written: {error.strerror}.") from error


def out_json(value: Any) -> None:
    from assistant.rendering import to_json

    out(to_json(value, ascii_only=(sys.stdout.encoding or "").lower().replace("-", "") != "utf8") + "\n")


def out_csv(text: str) -> None:
    from assistant.rendering import visible

    out(visible(text))


def display(renderable: RenderableType) -> None:
    """Show it, styled only where the output is a terminal."""
    from assistant.rendering import plain

    if sys.stdout.isatty():
        console().print(renderable)
    else:
        out(plain(renderable))


def width() -> int | None:
    """The terminal's width; None where the output is no terminal."""
    return console().width if sys.stdout.isatty() else None


def err(text: str) -> None:
    from assistant.rendering import visible

    print(visible(text), file=sys.stderr, flush=True)


def say_saved(file: Path) -> None:
    err(f"saved: {file}")


def save_answer(answer: Answer, file: Path) -> Path:
    """Write an answer's table or figure.

    Raises:
        ExportError: it has none, or the file cannot be written.
    """
    if file.suffix.lower() != ".json" and answer.table is None:
        raise ExportError(f"This answer has no table or figure for {str(file)!r}; it is prose: save it as .json.")
    return answer.save(file)


def answer_csv(answer: Answer) -> str:
    """
    Raises:
        ExportError: the answer has no table.
    """
    from assistant import exporting

    if answer.table is None:
        raise ExportError("This answer has no table; it is prose: ask without --csv, or with --json.")
    return exporting.to_csv(answer.table)


def counted(count: int, noun: str) -> str:
    return f"{count} {noun}" + ("" if count == 1 else "s")


def console(*, stderr: bool = False) -> Console:
    from rich.console import Console

    return Console(stderr=stderr, highlight=False, markup=False, emoji=False)


@contextlib.contextmanager
def progress(what: str) -> Iterator[Progress]:
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
    with Bar(SpinnerColumn(), *columns, console=console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
