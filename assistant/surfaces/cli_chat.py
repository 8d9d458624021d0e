"""The chat in a terminal: lines in, streamed answers out. Without a terminal, plain lines both ways."""

from __future__ import annotations

import contextlib
import os
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.text import Text

from assistant import rendering
from assistant.answers import Answer, Finished, Planned, TextDelta, Turn
from assistant.api import Assistant
from assistant.errors import AssistantError
from assistant.surfaces.cli_common import save_answer

if TYPE_CHECKING:
    from prompt_toolkit import PromptSession

_COMMANDS = {
    "/help": "what you can type here",
    "/new": "forget the conversation so far",
    "/papers": "list the papers",
    "/sources": "the passages behind the last answer",
    "/table": "the whole table of the last answer",
    "/save": "the last answer's figure or table as a file: /save years.png, .svg, .html, .csv or .json",
    "/quit": "leave; so does Ctrl-D",
}
_ELSEWHERE = rendering.Elsewhere(table="/table shows them all", references="/sources shows them all")
_LONGEST_LINE = 1_000_000


class Chat:
    """One conversation: on ``console`` where there is one, else text to ``say``; what goes wrong to ``complain``."""

    def __init__(
        self,
        assistant: Assistant,
        console: Console | None,
        *,
        say: Callable[[str], None],
        complain: Callable[[str], None],
    ) -> None:
        self._assistant = assistant
        self._console = console
        self._say = say
        self._complain = complain
        self._history: list[Turn] = []
        self._last: Answer | None = None

    def run(self) -> None:
        """Until the input ends or the user leaves."""
        if self._console:
            self._greet()
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
        library = self._assistant.library
        count = f"{len(library)} paper{'' if len(library) == 1 else 's'}"
        self._print(Text(f"{count} in {library.name!r}. /help says what you can type.", style="dim"))

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
        from prompt_toolkit.history import FileHistory, History, InMemoryHistory

        file = self._assistant.settings.data_dir / "chat_history"
        history: History = InMemoryHistory()
        with contextlib.suppress(OSError):  # a folder that cannot be written keeps no history, and chats all the same
            os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600))
            history = FileHistory(str(file))
        commands = WordCompleter(list(_COMMANDS), meta_dict=_COMMANDS, sentence=True)
        return PromptSession(history=history, completer=commands, enable_history_search=True)

    def _obey(self, line: str) -> None:
        command, _, rest = line.partition(" ")
        command = command.casefold()
        if command == "/help":
            for name, meaning in _COMMANDS.items():
                self._print(Text(f"{name:<9} {meaning}"))
            self._print(Text(f"Anything else is a question, such as: {self._assistant.examples()[0]}"))
            self._print(Text("Ctrl-C stops an answer or clears the line."))
        elif command == "/new":
            self._history.clear()
            self._last = None
            self._print(Text("A new conversation.", style="dim"))
        elif command == "/papers":
            papers = self._assistant.papers()
            width = (self._console.width,) if self._console else ()
            self._print(rendering.papers_table(papers, *width))
        elif command == "/sources":
            if self._last is None or not self._last.citations:
                self._complain("There is no answer with sources yet.")
            else:
                self._print(rendering.sources(rendering.references(self._last, every_quote=True)))
        elif command == "/table":
            if self._last is None or not self._last.table:
                self._complain("There is no answer with a table yet.")
            else:
                self._print(rendering.rows_table(self._last.table))
        elif command == "/save":
            self._save(rest.strip())
        else:
            self._complain(f"There is no command {command!r}; /help lists them.")

    def _save(self, name: str) -> None:
        if self._last is None:
            self._complain("There is no answer to save yet.")
        elif not name:
            self._complain("Name the file: /save years.png, .svg, .html, .csv or .json.")
        else:
            self._print(Text(f"Saved in {save_answer(self._last, Path(name).expanduser())}", style="dim"))

    # what is answered

    def _answer(self, question: str) -> None:
        """A stopped answer is not part of the conversation."""
        writer = _Writer(self._console) if self._console else None
        for event in self._assistant.stream(question, history=tuple(self._history)):
            if isinstance(event, Planned) and writer and (understood := rendering.understood_as(event.plan)):
                self._print(Text(understood, style="dim italic"))
            elif isinstance(event, TextDelta) and writer:
                writer.write(event.text)
            elif isinstance(event, Finished):
                self._finish(event.answer, writer)

    def _finish(self, answer: Answer, writer: _Writer | None) -> None:
        if writer:
            writer.end()
            for part in rendering.below(answer, _ELSEWHERE):
                self._print(part)
            self._print(Text())
        else:
            self._print(rendering.to_terminal(answer))
            self._print(Text())
        self._last = answer
        self._history += [
            {"role": "user", "content": answer.question},
            {"role": "assistant", "content": answer.text},
        ]

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

    def end(self) -> None:
        self._put(self._inline.finish())
        if self._column:
            self._console.print()

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
