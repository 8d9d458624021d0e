"""The chat in a terminal: lines in, streamed answers out. Without a terminal, plain lines both ways."""

from __future__ import annotations

import contextlib
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.text import Text

from assistant import rendering
from assistant.answers import Answer, Doubted, Event, Finished, History, Planned, Restarted, TextDelta
from assistant.api import Assistant
from assistant.client import Client
from assistant.conversations.store import (
    LEANED_ON,
    Conversation,
    Conversations,
    Exchange,
    as_bibtex,
    as_json,
    as_markdown,
    history_of,
    title_of,
)
from assistant.errors import AssistantError, ConversationNotFound, ConversationsError, ExportError
from assistant.settings import load
from assistant.surfaces.cli_common import (
    conversation_rows,
    counted,
    exchange_shown,
    papers_of,
    save_answer,
    write_text,
)

if TYPE_CHECKING:
    from prompt_toolkit import PromptSession

_COMMANDS = {
    "/help": "what you can type here",
    "/new": "begin a new conversation",
    "/conversations": "list the conversations about these papers",
    "/open": "go on with one of them: /open ID, or /open last",
    "/title": "give this conversation a title: /title NAME",
    "/export": "write this conversation as a file: /export talk.md, talk.json or talk.bib",
    "/delete": "delete this conversation for good",
    "/papers": "list the papers",
    "/sources": "the passages behind the last answer",
    "/table": "the whole table of the last answer",
    "/save": "the last answer's figure or table as a file: /save years.png, .svg, .html, .csv or .json",
    "/next": "what else could be asked about the last answer",
    "/quit": "leave; so does Ctrl-D",
}
_ELSEWHERE = rendering.Elsewhere(table="/table shows them all", references="/sources shows them all")
_LONGEST_LINE = 1_000_000


class Talk:
    """The conversation that goes on: in memory and, where ``stored`` is given, there as well."""

    def __init__(self, library: str, stored: Conversations | None) -> None:
        self.stored = stored
        self.library = library
        self.begin()

    def begin(self) -> None:
        """Go on with a new one."""
        new = self.stored.start(self.library) if self.stored else Conversation.new(self.library)
        self.conversation = new
        self.exchanges: list[Exchange] = []

    def open(self, which: str) -> None:
        """Go on with the stored one whose id begins so, or the newest for ``last``.

        Raises:
            ConversationsError: there is none, it is about another library, or nothing is stored here.
        """
        if self.stored is None:
            raise ConversationsError("Nothing is stored here; leave, and type 'papertalk chat --continue ID'.")
        found = self.stored.find(which, self.library)
        if found.library != self.library:
            raise ConversationsError(
                f"That conversation is about the library {found.library!r}; leave, and type "
                f"'papertalk chat --continue {which}'."
            )
        self.exchanges = [*self.stored.exchanges(found.id)]
        self.conversation = found

    @property
    def history(self) -> History:
        return history_of(self.exchanges[-LEANED_ON:])

    def add(self, answer: Answer) -> str:
        """Says why the answer cannot be stored, which leaves the conversation in memory from now on; nothing where it
        is stored or was not to be."""
        problem, exchange = "", None
        if self.stored:
            try:
                exchange = self._store(answer, self.stored)
            except ConversationsError as error:
                self.stored, problem = None, str(error)
        exchange = exchange or Exchange.of(len(self.exchanges) + 1, answer)
        self.exchanges.append(exchange)
        title = self.conversation.title or title_of(exchange.question)
        self.conversation = replace(self.conversation, title=title, changed=exchange.at, questions=len(self.exchanges))
        return problem

    def _store(self, answer: Answer, stored: Conversations) -> Exchange:
        try:
            return stored.add(self.conversation.id, answer)
        except ConversationNotFound:  # deleted elsewhere, so what was said is to be forgotten
            self.begin()
            return stored.add(self.conversation.id, answer)

    def rename(self, title: str) -> None:
        if self.stored:
            self.stored.rename(self.conversation.id, title)
        self.conversation = replace(self.conversation, title=title_of(title))

    def delete(self) -> None:
        if self.stored:
            self.stored.delete(self.conversation.id)
        self.begin()


class Chat:
    """A talk on ``console`` where there is one, else text to ``say``; what goes wrong goes to ``complain``. Who answers
    is of this process, or a server of this user."""

    def __init__(
        self,
        assistant: Assistant | Client,
        talk: Talk,
        console: Console | None,
        *,
        say: Callable[[str], None],
        complain: Callable[[str], None],
    ) -> None:
        self._assistant = assistant
        self._talk = talk
        self._console = console
        self._say = say
        self._complain = complain
        settings = load() if isinstance(assistant, Client) else assistant.settings
        self._is_strict = settings.grounding == "strict"
        self._last: Answer | None = None

    def run(self) -> None:
        """Until the input ends or the user leaves."""
        if self._console:
            self._greet()
        self._show_last()
        for line in self._typed() if self._console else self._read():
            if not line.strip():
                continue
            if line.strip().casefold() in ("/quit", "/exit", "quit", "exit"):
                return
            try:
                self._turn(line.strip())
            except KeyboardInterrupt:
                if self._console is None:
                    raise
                self._print(Text("\nStopped.", style="dim"))

    def _turn(self, line: str) -> None:
        try:
            if line.startswith("/"):
                self._obey(line)
            else:
                self._answer(line)
        except AssistantError as error:
            self._complain(f"Error: {error}")

    def _greet(self) -> None:
        count = counted(len(self._assistant.papers()), "paper")
        self._print(Text(f"{count} in {self._talk.library!r}. /help says what you can type.", style="dim"))

    def _show_last(self) -> None:
        """Where a conversation that goes on was left."""
        self._last = None
        if not self._talk.exchanges:
            return
        papers, last = papers_of(self._assistant), self._talk.exchanges[-1]
        self._print(Text(f"{self._talk.conversation.title}, question {last.number}:", style="dim"))
        self._print(exchange_shown(last, papers))
        self._last = last.to_answer(papers)

    # what is typed

    def _read(self) -> Iterator[str]:
        if sys.stdin is None:
            return
        while line := sys.stdin.buffer.readline(_LONGEST_LINE):
            yield line.decode("utf-8", "replace")

    def _typed(self) -> Iterator[str]:
        session = self._session()
        while True:
            try:
                yield session.prompt("> ")
            except KeyboardInterrupt:
                continue  # the line is thrown away
            except EOFError:
                return

    def _session(self) -> PromptSession[str]:
        from prompt_toolkit import PromptSession
        from prompt_toolkit.completion import WordCompleter
        from prompt_toolkit.history import InMemoryHistory

        history = InMemoryHistory(self._asked_before())
        commands = WordCompleter(list(_COMMANDS), meta_dict=_COMMANDS, sentence=True)
        return PromptSession(history=history, completer=commands, enable_history_search=True)

    def _asked_before(self) -> Sequence[str]:
        """The questions that the arrow keys bring back, oldest first. A file that cannot be read stops no chat; it is
        told of where the first answer cannot be stored."""
        if self._talk.stored is None:
            return ()
        try:
            return self._talk.stored.questions(self._talk.library)[::-1]
        except ConversationsError:
            return ()

    def _obey(self, line: str) -> None:
        command, _, rest = line.partition(" ")
        commands: dict[str, Callable[[str], None]] = {
            "/help": self._help,
            "/new": self._new,
            "/conversations": self._list,
            "/open": self._open,
            "/title": self._rename,
            "/export": self._export,
            "/delete": self._delete,
            "/papers": self._papers,
            "/sources": self._sources,
            "/table": self._table,
            "/save": self._save,
            "/next": self._next,
        }
        obey = commands.get(command.casefold())
        if obey is None:
            self._complain(f"There is no command {command!r}; /help lists them.")
        else:
            obey(rest.strip())

    def _help(self, _: str) -> None:
        for name, meaning in _COMMANDS.items():
            self._print(Text(f"{name:<14} {meaning}"))
        self._print(Text(f"Anything else is a question, such as: {self._assistant.examples()[0]}"))
        self._print(Text("Ctrl-C stops an answer or clears the line."))

    def _papers(self, _: str) -> None:
        width = (self._console.width,) if self._console else ()
        self._print(rendering.papers_table(self._assistant.papers(), *width))

    def _sources(self, _: str) -> None:
        if self._last is None or not self._last.citations:
            self._complain("There is no answer with sources yet.")
        else:
            self._print(rendering.sources(rendering.references(self._last, every_quote=True)))

    def _next(self, _: str) -> None:
        if self._last is None:
            self._complain("There is no answer yet; ask something first.")
            return
        questions = self._assistant.follow_ups(self._last, history=self._talk.history)
        for question in questions or ["Nothing comes to mind; /papers lists what there is."]:
            self._print(Text(question))

    def _table(self, _: str) -> None:
        if self._last is None or not self._last.table:
            self._complain("There is no answer with a table yet.")
        else:
            self._print(rendering.rows_table(self._last.table))

    def _save(self, name: str) -> None:
        if self._last is None:
            self._complain("There is no answer to save yet.")
        elif not name:
            self._complain("Name the file: /save years.png, .svg, .html, .csv or .json.")
        else:
            self._note(f"Saved in {save_answer(self._last, Path(name).expanduser())}")

    # what is done with conversations

    def _new(self, _: str) -> None:
        self._talk.begin()
        self._last = None
        self._note("A new conversation.")

    def _list(self, _: str) -> None:
        found = self._talk.stored.list(self._talk.library) if self._talk.stored else ()
        if found:
            self._print(rendering.fitted_table(conversation_rows(found), "'papertalk conversations' has them all"))
        else:
            self._complain("No conversation is stored yet." if self._talk.stored else "Nothing is stored here.")

    def _open(self, which: str) -> None:
        if not which:
            self._complain("Name the conversation: /open ID, as /conversations lists them, or /open last.")
            return
        self._talk.open(which)
        self._show_last()

    def _rename(self, title: str) -> None:
        if not self._has_begun():
            return
        if not title:
            self._complain("Name it: /title NAME.")
            return
        self._talk.rename(title)
        self._note(f"This conversation is {self._talk.conversation.title!r} now.")

    def _export(self, name: str) -> None:
        if not self._has_begun():
            return
        file, exchanges = Path(name).expanduser(), self._talk.exchanges
        match file.suffix.lower():
            case ".md":
                text = as_markdown(self._talk.conversation, exchanges)
            case ".json":
                text = as_json(self._talk.conversation, exchanges)
            case ".bib":
                text = as_bibtex(exchanges, papers_of(self._assistant))
            case _:
                raise ExportError("A conversation is exported as .md, .json or .bib; name it so: /export talk.md.")
        write_text(file, text)
        self._note(f"Exported to {file}")

    def _delete(self, sure: str) -> None:
        if not self._has_begun():
            return
        if sure.casefold() != "yes":
            count = counted(len(self._talk.exchanges), "question")
            self._print(Text(f"/delete yes deletes this conversation of {count} for good."))
            return
        self._talk.delete()
        self._last = None
        self._note("It is deleted; a new conversation.")

    def _has_begun(self) -> bool:
        if not self._talk.exchanges:
            self._complain("This conversation has not begun; ask something first.")
        return bool(self._talk.exchanges)

    # what is answered

    def _answer(self, question: str) -> None:
        """A stopped answer is not part of the conversation."""
        writer = _Writer(self._console) if self._console else None
        stream = self._assistant.stream(question, history=self._talk.history)
        # Closing the stream, also on Ctrl-C, ends a chat model's request at once.
        with contextlib.closing(stream) as events:
            for event in events:
                if isinstance(event, Finished):
                    self._finish(event.answer, writer)
                elif writer:
                    self._show(event, writer)

    def _show(self, event: Event, writer: _Writer) -> None:
        if isinstance(event, Planned) and (understood := rendering.understood_as(event.plan)):
            self._print(Text(understood, style="dim italic"))
        elif isinstance(event, TextDelta):
            writer.write(event.text)
        elif isinstance(event, Doubted) and self._is_strict:  # else the text says it
            writer.doubt(event.reason)
        elif isinstance(event, Restarted):
            writer.end()
            self._print(Text("\n✗ What stands above is withdrawn; this is the answer:\n", style="yellow"))

    def _finish(self, answer: Answer, writer: _Writer | None) -> None:
        if writer:
            writer.end()
            for part in rendering.below(answer, _ELSEWHERE):
                self._print(part)
        else:
            self._print(rendering.to_terminal(answer))
        self._print(Text())
        self._last = answer
        if problem := self._talk.add(answer):
            self._complain(f"Warning: {problem} The conversation goes on without being stored.")

    def _note(self, text: str) -> None:
        self._print(Text(text, style="dim"))

    def _print(self, renderable: RenderableType) -> None:
        if self._console:
            self._console.print(renderable)
        else:
            self._say(rendering.plain(renderable))


class _Writer:
    """Writes an answer as it comes, its lines broken between words."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._inline = rendering.Inline()
        self._column = 0

    def write(self, piece: str) -> None:
        self._put(self._inline.feed(piece))

    def doubt(self, reason: str) -> None:
        """Mark the sentence before as one that no passage supports."""
        self._put([(f" ✗ not supported: {rendering.visible(reason)}", "dim red")])

    def end(self) -> None:
        """End the line, if one was begun; what follows is another text."""
        self._put(self._inline.finish())
        if self._column:
            self._console.print()
        self._inline, self._column = rendering.Inline(), 0

    def _put(self, spans: list[rendering.Span]) -> None:
        for text, style in spans:
            for word in re.findall(r"\n|[^\S\n]+|\S+", text):
                length = cell_len(word)
                if word != "\n" and self._column and self._column + length > self._console.width:
                    self._console.print()
                    self._column = 0
                    if word.isspace():
                        continue
                self._console.print(Text(word, style=style), end="", soft_wrap=True)
                self._column = 0 if word == "\n" else self._column + length
