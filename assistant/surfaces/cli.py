"""The command line: arguments -> a call of the assistant -> text, a table, JSON or a file.

Exit codes: 0 done, 1 an ``AssistantError``, 2 wrong usage, 130 interrupted. Data goes to standard output, everything
about how it went to standard error. Whatever is slow to import is imported by the command that needs it.
"""

from __future__ import annotations

import gc
import io
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from assistant.answers import Answer, Dimension, Filters, History, Turn
from assistant.errors import AssistantError, ConversationsError, QuestionError
from assistant.surfaces import cli_access, cli_conversations, cli_mcp, cli_people, cli_serve, cli_slack, cli_sources
from assistant.surfaces.cli_common import (
    AsCsv,
    AsJson,
    DataDir,
    LibraryName,
    Save,
    answer_csv,
    assistant_or_server,
    by_option,
    check_keys,
    console,
    conversation_to_continue,
    counted,
    display,
    err,
    existing,
    filtered,
    not_through_a_server,
    one_or_two,
    open_assistant,
    open_or_reach,
    out,
    out_csv,
    out_json,
    progress,
    refuse_two_forms,
    save_answer,
    say_saved,
    settings_of,
    stored_conversations,
    width,
)

if TYPE_CHECKING:
    from assistant.analysis.facets import Facet
    from assistant.conversations.store import Conversation, Conversations
    from assistant.merging import FieldOrigin
    from assistant.papers import Paper, Passage
    from assistant.settings import Settings
    from assistant.tables import PaperList, Table

_MAX_BYTES = 1_000_000
"""The longest question or history that is read; far more than a question may have."""
_OBJECTS_BETWEEN_COLLECTIONS = 50_000
"""Imports make a few hundred thousand objects and no garbage: looking for some every 700 is a twentieth of a start."""


_ORDER = (
    *("find", "ingest", "undo", "sync", "sources"),
    *("ask", "chat", "papers", "trends", "show", "export", "remove"),
    *("serve", "slack", "mcp", "keys", "users", "backup", "restore"),
    *("eval", "reindex", "doctor", "people", "conversations", "feedback"),
)


class _Commands(TyperGroup):
    """Shows what goes wrong on purpose as its one sentence; a bug stays loud."""

    def list_commands(self, ctx: Any) -> list[str]:
        """In the order in which a user comes to need them."""
        return [name for name in _ORDER if name in self.commands]

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except AssistantError as error:
            err(f"Error: {error}")
            raise typer.Exit(1) from error
        except KeyboardInterrupt as error:
            err("Interrupted.")
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


app.add_typer(cli_sources.app)
app.add_typer(cli_serve.app)
app.add_typer(cli_slack.app)
app.add_typer(cli_mcp.app)
app.add_typer(cli_access.keys_app, name="keys")
app.add_typer(cli_access.users_app, name="users")
app.add_typer(cli_people.app, name="people")
app.add_typer(cli_conversations.app, name="conversations")
app.add_typer(cli_conversations.feedback_app, name="feedback")


def main() -> None:
    """Run the command line."""
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and stream.errors == "strict":
            stream.reconfigure(errors="replace")  # a terminal that cannot show a name still shows the rest
    app()


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        out(f"papertalk {version('papertalk')}\n")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and leave.")
    ] = False,
) -> None:
    pass


# ---- the commands


@app.command(
    epilog="\b\nExample: papertalk ask 'Which benchmarks are used?' --since 2018\n"
    "Example: papertalk ask 'How many papers a year?' --save years.png\n"
    "Example: echo 'Which benchmarks are used?' | papertalk ask --json"
)
@filtered
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
    go_on: Annotated[
        str | None,
        typer.Option("--continue", "-c", metavar="ID|last", help="Ask in a stored conversation, and store the answer."),
    ] = None,
    *,
    filters: Filters,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
    save: Save = None,
    library: LibraryName = None,
    data_dir: DataDir = None,
) -> None:
    """Answer a question. Each sentence comes with the passage that it is from.

    A terminal shows the first 15 rows of a long table; a pipe, --csv and --json get them all.
    """
    refuse_two_forms(as_json=as_json, as_csv=as_csv)
    if history and go_on:
        raise typer.BadParameter("a stored conversation is a history; choose one.", param_hint="--history, --continue")
    asked = _question(question)
    turns: History = _history(history) if history else ()
    conversation = conversation_to_continue(go_on, library, data_dir) if go_on else None
    settings = existing(settings_of(conversation.library if conversation else library, data_dir))
    with open_or_reach(settings) as assistant:
        check_keys(assistant, filters)
        if conversation:
            turns = stored_conversations(data_dir).history(conversation.id)
        answer = assistant.ask(asked, history=turns, filters=filters)
        if as_json:
            out_json(answer)
        elif as_csv:
            out_csv(answer_csv(answer))
        else:
            from assistant.rendering import to_terminal

            display(to_terminal(answer))
        if conversation:
            _keep(stored_conversations(data_dir), conversation, answer)
        if save:
            save_answer(answer, save)
            say_saved(save)


def _keep(stored: Conversations, conversation: Conversation, answer: Answer) -> None:
    try:
        stored.add(conversation.id, answer)
    except ConversationsError as error:  # the answer is there all the same
        err(f"warning: {error}")


def _question(words: list[str] | None) -> str:
    if words and words != ["-"]:
        return " ".join(words).encode("utf-8", "replace").decode()  # an argument may hold bytes that are no text
    if sys.stdin is None or (not words and sys.stdin.isatty()):
        raise typer.BadParameter("give a question, or '-' and type it.", param_hint="QUESTION")
    if sys.stdin.isatty():
        err("Type the question, then Enter and Ctrl-D.")
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


@app.command(
    epilog="\b\nExample: papertalk chat --library curie\n"
    "Example: papertalk chat --continue, or one of 'papertalk conversations': papertalk chat --continue ID"
)
def chat(
    which: Annotated[
        str | None, typer.Argument(metavar="ID", help="With --continue: which conversation; default: the last.")
    ] = None,
    go_on: Annotated[bool, typer.Option("--continue", "-c", help="Go on with a stored conversation.")] = False,
    private: Annotated[bool, typer.Option("--private", help="Store nothing of this conversation.")] = False,
    library: LibraryName = None,
    data_dir: DataDir = None,
) -> None:
    """Talk. Questions may lean on what was said before; without a terminal, each line of input is a question.

    What is said is stored on this machine; 'papertalk conversations' lists, exports and deletes it.
    """
    if which and not go_on:
        raise typer.BadParameter(f"to go on with {which!r}, give --continue as well.", param_hint="ID")
    if go_on and private:
        raise typer.BadParameter("a stored conversation is not private; choose one.", param_hint="--private")
    conversation = conversation_to_continue(which, library, data_dir) if go_on else None
    settings = existing(settings_of(conversation.library if conversation else library, data_dir))
    with open_or_reach(settings) as assistant:
        from assistant.surfaces.cli_chat import Chat, Talk

        talk = Talk(settings.library, None if private else stored_conversations(data_dir))
        if conversation:
            talk.open(conversation.id)
        on_terminal = sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty()
        Chat(assistant, talk, console() if on_terminal else None, say=out, complain=err).run()


@app.command(
    epilog="\b\nExample: papertalk papers --since 2020 --category CL --with-code\n"
    "Example: papertalk papers --group-by year --introduces dataset"
)
@filtered
def papers(
    *,
    filters: Filters,
    group_by: Annotated[list[str] | None, by_option("--group-by", "none")] = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
    save: Save = None,
    library: LibraryName = None,
    data_dir: DataDir = None,
) -> None:
    """List the papers, or count and list them by something, such as the year."""
    refuse_two_forms(as_json=as_json, as_csv=as_csv)
    by = one_or_two(group_by, "--group-by")
    settings = existing(settings_of(library, data_dir))
    with open_or_reach(settings) as assistant:
        check_keys(assistant, filters)
        found = assistant.papers(filters)
        table = assistant.trends(by, filters) if by else None
        everything = assistant.papers()
    if table:
        _print_table(table, as_json, as_csv, found if len(by) == 1 else None)
    else:
        _print_papers(found, as_json, as_csv)
    _tell_how_many(settings.library, everything, found, table, by)
    if save:
        _save_papers(found, save) if table is None else table.save(save)
        say_saved(save)


def _print_papers(found: PaperList, as_json: bool, as_csv: bool) -> None:
    if as_json:
        out_json([row.to_dict() for row in found])
    elif as_csv:
        out_csv(found.to_csv())
    elif found:
        from assistant.rendering import papers_table

        columns = width()
        display(papers_table(found, columns) if columns else papers_table(found))


def _print_table(table: Table, as_json: bool, as_csv: bool, papers: PaperList | None = None) -> None:
    """A table, or with its ``papers`` those of each row below their number."""
    if as_json:
        out_json(table)
    elif as_csv:
        out_csv(table.to_csv())
    elif papers is not None:
        from assistant.rendering import cell, grouped_papers

        by_key = {paper.key: paper for paper in papers}
        values = (cell(next(iter(row.values()))) for row in table.rows)
        display(
            grouped_papers(
                (value, [by_key[key] for key in keys]) for value, keys in zip(values, table.keys, strict=True)
            )
        )
    elif table.rows:
        from assistant.rendering import fitted_table

        display(fitted_table(table.rows, "--csv or --json has them all"))


def _tell_how_many(
    library: str, everything: PaperList, found: PaperList, table: Table | None = None, by: Sequence[Dimension] = ()
) -> None:
    """On standard error, where not all papers are shown, or none."""
    if not everything:
        err(f"The library {library!r} holds no paper; 'papertalk ingest FILE --library {library}' takes some in.")
    elif len(found) < len(everything):
        err(f"{len(found)} of {counted(len(everything), 'paper')}" + ("" if found else _what_there_is(everything)))
    if table is None:
        return
    if left := len({paper.key for paper in found}.difference(*table.keys)):
        err(f"{counted(left, 'paper')} without {by[0].replace('_', ' ')} {'is' if left == 1 else 'are'} not shown")


def _what_there_is(papers: PaperList) -> str:
    """The years and categories that filters could have named."""
    from assistant.planning.conditions import Vocabulary

    vocabulary = Vocabulary(papers)
    categories = ", ".join(vocabulary.categories[:20])
    return f"; {vocabulary.span()}" + (f", in the categories {categories}" if categories else "")


def _save_papers(found: PaperList, file: Path) -> None:
    from assistant import exporting

    exporting.save(file, found.to_rows(), None, {"papers": [paper.to_dict() for paper in found]})


@app.command(
    epilog="\b\nExample: papertalk trends --since 2015\n"
    "Example: papertalk trends --by year --with-code --save years.png"
)
@filtered
def trends(
    *,
    by: Annotated[list[str] | None, by_option("--by", "topic and year")] = None,
    filters: Filters,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
    save: Save = None,
    library: LibraryName = None,
    data_dir: DataDir = None,
) -> None:
    """Count the papers. By topic and year, or by what you name; with a figure to keep.

    A terminal shows the first 15 rows of a long table; a pipe, --csv and --json get them all.
    """
    refuse_two_forms(as_json=as_json, as_csv=as_csv)
    dimensions = one_or_two(by, "--by") or ("topic", "year")
    settings = existing(settings_of(library, data_dir))
    with open_or_reach(settings) as assistant:
        check_keys(assistant, filters)
        found = assistant.papers(filters)
        table = assistant.trends(dimensions, filters)
        everything = assistant.papers()
    _print_table(table, as_json, as_csv)
    _tell_how_many(settings.library, everything, found, table, dimensions)
    if save:
        table.save(save)
        say_saved(save)


@app.command(epilog="Example: papertalk show curie1911radium")
def show(
    key: Annotated[str, typer.Argument(metavar="KEY", help="A key, as 'papertalk papers' lists them.")],
    library: LibraryName = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Show one paper. Who, when, links, abstract, what it introduces, uses and counts, where its passages stand.

    Where several sources have the paper, which field is from which of them, and where they disagree.
    """
    from assistant.client import Client
    from assistant.merging import compare

    with assistant_or_server(library, data_dir) as assistant:
        found = assistant.paper(key)
        facets = assistant.facets(key)
        if isinstance(assistant, Client):
            passages, origins = assistant.passages(key), assistant.origins(key)
        else:
            passages, origins = list(assistant.library.passages(key)), compare(assistant.library.records(key))
    if as_json:
        _show_json(found, facets, passages, origins)
        return
    from assistant.rendering import paper_sheet

    display(paper_sheet(found, passages, facets, origins))


def _show_json(
    paper: Paper, facets: Sequence[Facet], passages: Sequence[Passage], origins: Sequence[FieldOrigin]
) -> None:
    said = [{**asdict(facet), "quote": paper.text[facet.start : facet.end]} for facet in facets]
    rows = [
        {"section": p.section, "start": p.start, "end": p.end, "text": p.text, "sentences": p.sentences}
        for p in passages
    ]
    fields = {row.name: {"from": row.origin, "others": dict(row.others)} for row in origins}
    out_json({**paper.to_dict(), "fields": fields, "facets": said, "passages": rows})


@app.command(
    name="eval",
    epilog="\b\nExample: papertalk eval questions.jsonl --output answers.jsonl\n"
    "Example: papertalk eval --grounding claims_train.jsonl",
)
def evaluate(
    files: Annotated[list[Path], typer.Argument(metavar="FILE.jsonl", help="A question with its gold a line.")],
    output: Annotated[Path | None, typer.Option(metavar="FILE", help="Keep every answer, a line each.")] = None,
    grounding: Annotated[
        bool, typer.Option("--grounding", help="Measure the check of sentences; FILEs are SciFact's or WiCE's claims.")
    ] = False,
    library: LibraryName = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Measure the answers, or how well sentences are checked. Each question comes with what a right answer has."""
    if grounding:
        if output:
            raise typer.BadParameter("claims have no answers to keep.", param_hint="--output")
        _evaluate_grounding(files, settings_of(library, data_dir), as_json)
        return
    if len(files) > 1:
        raise typer.BadParameter("give one file of questions.", param_hint="FILE.jsonl")
    with open_assistant(library, data_dir) as assistant:
        from assistant import evaluation

        report = evaluation.evaluate(assistant, files[0], output)
    if as_json:
        out_json(report)
    else:
        _show_figures(report.table())


def _evaluate_grounding(files: Sequence[Path], settings: Settings, as_json: bool) -> None:
    from assistant.grounding_evaluation import evaluate_grounding
    from assistant.library import store_errors
    from vectorstore.embeddings import open_model

    with store_errors(settings.library):
        model = open_model(settings.embedding_model, settings.embedding_url)
        report = evaluate_grounding(files, model.embed)
    if as_json:
        out_json(report)
    else:
        _show_figures(report.rows)
        display(report.note)


def _show_figures(figures: Sequence[Mapping[str, Any]]) -> None:
    from assistant.rendering import rows_table

    display(rows_table([{_heading(name): _rounded(name, value) for name, value in row.items()} for row in figures]))


def _heading(name: str) -> str:
    return name.replace("_", " ")


def _rounded(name: str, value: Any) -> Any:
    return round(value, 1 if name.endswith("_ms") else 3) if isinstance(value, float) else value


@app.command(epilog="Example: papertalk reindex --library curie")
def reindex(library: LibraryName = None, data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Embed a library again. Needed after a change of the embedding model; stopped, it leaves all as it was."""
    settings = existing(settings_of(library, data_dir))
    from assistant import library as libraries

    with progress("embedding") as step, not_through_a_server(settings):
        opened = libraries.reindex(settings, step)
    with opened:
        count, model = len(opened), opened.store.model.name
    if as_json:
        out_json({"library": settings.library, "papers": count, "model": model})
    else:
        out(f"{counted(count, 'paper')} embedded with {model}\n")


@app.command(epilog="Example: papertalk doctor --library curie")
def doctor(library: LibraryName = None, data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Check that all works. What is installed, what is set, where data goes; exit code 1 where something is wrong.

    Each problem comes with why it matters and what to do.
    """
    from assistant.surfaces.cli_doctor import examine

    try:
        settings = settings_of(library, data_dir)
    except ImportError:  # of a package that is missing, which the first checks name
        settings = None
    checks = []
    for check in examine(settings):
        checks.append(check)
        if not as_json:
            from assistant.rendering import visible

            out(visible(str(check)) + "\n")
    if as_json:
        out_json([check.to_dict() for check in checks])
    if not all(check.ok for check in checks):
        raise typer.Exit(1)


if __name__ == "__main__":
    main()
