"""Stored conversations: questions with their whole answers, in one SQLite file that every surface shares.

Each call opens the file and closes it. Nothing is held between calls, so that any number of threads and processes may
use it at once, and a file that was deleted is gone.
"""

from __future__ import annotations

import contextlib
import json
import secrets
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from assistant import rendering
from assistant.answers import Answer, Chart, Citation, Filters, Grounding, History, Plan, Turn, Usage
from assistant.errors import ConversationNotFound, ConversationsError
from assistant.papers import Author, Paper, Section, clean
from assistant.words import folded

LAST = "last"
"""What stands for the newest conversation where an id is asked for."""

LEANED_ON = 6
"""Questions back that a new one may lean on."""

_FILE = "conversations.sqlite"
_APPLICATION, _VERSION = 0x50415054, 1
"""What SQLite's header says whose file it is ("PAPT"), and of which schema."""
_SCHEMA = (
    """CREATE TABLE conversations (
        id TEXT PRIMARY KEY,
        library TEXT NOT NULL,
        title TEXT NOT NULL,
        started TEXT NOT NULL,
        changed TEXT NOT NULL
    )""",
    """CREATE TABLE exchanges (
        conversation TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
        number INTEGER NOT NULL,
        at TEXT NOT NULL,
        question TEXT NOT NULL,
        answer TEXT NOT NULL,
        told TEXT NOT NULL,
        PRIMARY KEY (conversation, number)
    )""",
)
_CONVERSATION = """SELECT id, library, title, started, changed,
    (SELECT count(*) FROM exchanges WHERE conversation = id) FROM conversations"""

_PATIENCE = 10.0
"""Seconds to wait for another process that is writing."""
_LONGEST_TITLE = 60
_POINTED_AT = 10
"""Papers of an answer that the next question may mean by "it" or "the second"; a larger set is meant as a whole."""

_REASONS = {
    sqlite3.SQLITE_FULL: "the disk is full; make room",
    sqlite3.SQLITE_READONLY: "it is read-only; choose another folder with --data-dir",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened; choose another folder with --data-dir",
    sqlite3.SQLITE_PERM: "it may not be opened; choose another folder with --data-dir",
    sqlite3.SQLITE_IOERR: "the disk does not answer as it should; choose another folder with --data-dir",
    sqlite3.SQLITE_BUSY: "another process keeps it busy; try again when that is done",
    sqlite3.SQLITE_PROTOCOL: "another process keeps it busy; try again when that is done",
    sqlite3.SQLITE_NOTADB: "it is damaged or not Papertalk's; move it away, and a new one is made",
    sqlite3.SQLITE_CORRUPT: "it is damaged; move it away, and a new one is made",
}
"""SQLite's primary result codes that are no bug, as a user may act on them."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """What a conversation is listed by. ``id`` is its link, so it cannot be guessed; times are in UTC."""

    id: str
    library: str
    title: str
    started: datetime
    changed: datetime
    questions: int = 0

    @classmethod
    def new(cls, library: str) -> Conversation:
        now = datetime.now(UTC)
        return cls(_unguessable(), library, "", now, now)

    def to_dict(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "library": self.library,
            "title": self.title,
            "started": _written(self.started),
            "changed": _written(self.changed),
            "questions": self.questions,
        }


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question and its answer. ``number`` counts from 1; ``answer`` is ``Answer.to_dict()``; ``told`` is the answer
    as later questions lean on it."""

    number: int
    at: datetime
    question: str
    answer: Mapping[str, Any]
    told: str

    @classmethod
    def of(cls, number: int, answer: Answer) -> Exchange:
        question = rendering.visible(answer.question)
        return cls(number, datetime.now(UTC), question, answer.to_dict(), told(answer))

    def to_answer(self, papers: Mapping[str, Paper] | None = None) -> Answer:
        """The answer as it was. ``papers`` are those of its library by key, where that is open: each is taken where
        it still holds its quotes. Of the others there is what the answer holds: record and quotes."""
        return _restored(self.answer, papers or {})

    def to_dict(self) -> dict[str, Any]:
        return {"number": self.number, "at": _written(self.at), "question": self.question, "answer": dict(self.answer)}


def told(answer: Answer) -> str:
    """An answer in plain words with the titles of what it cites, in which "it" and "the second" find their paper."""
    text = rendering.plain_inline(rendering.visible(answer.text))
    titles = dict.fromkeys(clean(citation.paper.title) for citation in answer.citations)
    missing = [title for title in titles if title not in text] if len(titles) <= _POINTED_AT else []
    return rendering.visible("\n".join([text, *missing]))


def history_of(exchanges: Iterable[Exchange]) -> History:
    """What later questions lean on, as ``assistant.ask(history=...)`` takes it."""
    return _history((exchange.question, exchange.told) for exchange in exchanges)


def open_conversations(data_dir: Path) -> Conversations:
    """The conversations about all libraries of a data folder."""
    return Conversations(data_dir / _FILE)


class Conversations:
    """The conversations in a file, which is made with the first question that is kept.

    Every method raises ConversationsError where the file is damaged, not Papertalk's, or cannot be written; what lies
    there is never overwritten. An id that there is not raises ConversationNotFound.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._started: dict[str, Conversation] = {}

    def close(self) -> None:
        """Forget conversations that were started without a question. The file is open during calls alone."""
        self._started.clear()

    # ---- one conversation

    def start(self, library: str) -> Conversation:
        """A new conversation; it is stored with its first question."""
        conversation = Conversation.new(library)
        self._started[conversation.id] = conversation
        return conversation

    def get(self, conversation_id: str) -> Conversation:
        rows = self._rows(f"{_CONVERSATION} WHERE id = :id", id=conversation_id)
        if rows:
            return _conversation(rows[0])
        if conversation_id in self._started:
            return self._started[conversation_id]
        raise _gone(conversation_id)

    def find(self, beginning: str, library: str | None = None) -> Conversation:
        """The one conversation whose id begins so, or the newest for ``last``. Not for strangers: by beginnings, ids
        can be guessed."""
        if beginning == LAST:
            newest = self.list(library, limit=1)
            if not newest:
                about = f" about the library {library!r}" if library else ""
                raise ConversationNotFound(f"There is no conversation{about} yet; 'papertalk chat' begins one.")
            return newest[0]
        rows = self._rows(f"{_CONVERSATION} WHERE :id <> '' AND substr(id, 1, length(:id)) = :id LIMIT 2", id=beginning)
        if len(rows) != 1:
            which = "Several conversations have ids that begin" if rows else "There is no conversation whose id begins"
            raise ConversationNotFound(f"{which} with {beginning!r}; 'papertalk conversations' lists them.")
        return _conversation(rows[0])

    def exchanges(self, conversation_id: str, last: int | None = None) -> Sequence[Exchange]:
        """The questions with their answers, all or the last ones, in their order."""
        self.get(conversation_id)
        rows = self._rows(
            "SELECT number, at, question, answer, told FROM exchanges WHERE conversation = :id"
            " ORDER BY number DESC LIMIT :last",
            id=conversation_id,
            last=_limit(last),
        )
        return [Exchange(row[0], _read(row[1]), row[2], json.loads(row[3]), row[4]) for row in reversed(rows)]

    def history(self, conversation_id: str, turns: int = LEANED_ON) -> History:
        """The last ``turns`` questions, each with its answer in plain words and the titles of what it cites, as
        ``assistant.ask(history=...)`` takes them."""
        self.get(conversation_id)
        rows = self._rows(
            "SELECT question, told FROM exchanges WHERE conversation = :id ORDER BY number DESC LIMIT :turns",
            id=conversation_id,
            turns=turns,
        )
        return _history((row[0], row[1]) for row in reversed(rows))

    def add(self, conversation_id: str, answer: Answer) -> Exchange:
        """Store a question with its whole answer, at once or not at all. The first gives the conversation its title."""
        conversation = self.get(conversation_id)
        with self._writing() as database:
            exchange = Exchange.of(_count(database, conversation_id) + 1, answer)
            at = _written(exchange.at)
            if conversation_id in self._started and exchange.number == 1:
                title, started = title_of(exchange.question), _written(conversation.started)
                row = (conversation_id, conversation.library, title, started, at)
                database.execute("INSERT INTO conversations VALUES (?, ?, ?, ?, ?)", row)
            elif exchange.number == 1:
                raise _gone(conversation_id)
            content = json.dumps(exchange.answer)
            values = (conversation_id, exchange.number, at, exchange.question, content, exchange.told)
            database.execute("INSERT INTO exchanges VALUES (?, ?, ?, ?, ?, ?)", values)
            database.execute("UPDATE conversations SET changed = ? WHERE id = ?", (at, conversation_id))
        self._started.pop(conversation_id, None)
        return exchange

    def rename(self, conversation_id: str, title: str) -> None:
        words = title_of(title)
        if not words:
            raise ConversationsError("A conversation's title cannot be empty; give it some words.")
        self.get(conversation_id)
        with self._writing() as database:
            database.execute("UPDATE conversations SET title = ? WHERE id = ?", (words, conversation_id))

    def delete(self, *ids: str) -> int:
        """For good: no copy of the text stays in the file or beside it. Where one of the ids is not there, none is
        deleted. Says how many there were."""
        for conversation_id in ids:
            self.get(conversation_id)
            self._started.pop(conversation_id, None)
        return self._erase("id = :value", ids)

    # ---- all of them

    def list(
        self, library: str | None = None, search: str | None = None, limit: int | None = 50
    ) -> Sequence[Conversation]:
        """Those about a library, or all; newest first. ``search`` must stand in the title, in a question or in an
        answer, whatever its case and accents."""
        rows = self._rows(
            f"""{_CONVERSATION} WHERE (:library IS NULL OR library = :library) AND (
                :search = '' OR holds(title, :search) OR EXISTS (
                    SELECT 1 FROM exchanges
                    WHERE conversation = id AND (holds(question, :search) OR holds(told, :search))
                )
            ) ORDER BY changed DESC, conversations.rowid DESC LIMIT :limit""",
            library=library,
            search=folded(search or ""),
            limit=_limit(limit),
        )
        return [_conversation(row) for row in rows]

    def questions(self, library: str, limit: int = 500) -> Sequence[str]:
        """What was asked of a library, newest first."""
        rows = self._rows(
            "SELECT question FROM exchanges JOIN conversations ON id = conversation WHERE library = :library"
            " ORDER BY at DESC, exchanges.rowid DESC LIMIT :limit",
            library=library,
            limit=limit,
        )
        return [row[0] for row in rows]

    def delete_all(self, library: str | None = None) -> int:
        """Those about a library, or all, as :meth:`delete` does."""
        return self._erase(":value IS NULL OR library = :value", [library])

    # ---- as files

    def to_markdown(self, conversation_id: str) -> str:
        """The whole conversation, with the references of each answer."""
        return as_markdown(self.get(conversation_id), self.exchanges(conversation_id))

    def to_json(self, conversation_id: str) -> str:
        """The whole conversation, each answer as ``docs/answer.md`` describes it."""
        return as_json(self.get(conversation_id), self.exchanges(conversation_id))

    # ---- the file

    def _rows(self, query: str, **values: str | int | None) -> Sequence[Any]:
        """What a query finds; nothing where there is no file."""
        with self._translated():
            if not self._path.exists():
                return []
            with self._open() as database:
                return database.execute(query, values).fetchall()

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._translated(), self._open() as database, _transaction(database):
            yield database

    def _erase(self, condition: str, values: Sequence[str | None]) -> int:
        """Delete by each of the values, and have SQLite write over what its log still holds of it."""
        if not values or not self._rows("SELECT 1 FROM conversations LIMIT 1"):
            return 0
        with self._translated(), self._open() as database:
            with _transaction(database):
                query = f"DELETE FROM conversations WHERE {condition}"
                gone = database.executemany(query, [{"value": value} for value in values]).rowcount
            (is_busy, *_) = database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if is_busy:
            raise ConversationsError(
                f"What was deleted from {str(self._path)!r} is gone from every list, but its text is still beside the "
                f"file, which another process is reading; end that process, and it is gone too."
            )
        return gone

    @contextlib.contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        if not self._path.exists():
            _create(self._path)
        database = sqlite3.connect(self._path, timeout=_PATIENCE, isolation_level=None)
        with contextlib.closing(database):
            self._prepare(database)
            yield database

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            reason = _REASONS.get(getattr(error, "sqlite_errorcode", 0) & 0xFF)
            if reason is None:
                raise
            raise ConversationsError(
                f"The file of conversations {str(self._path)!r} cannot be used: {reason}."
            ) from error
        except OSError as error:
            raise ConversationsError(
                f"The file of conversations {str(self._path)!r} cannot be used: {error.strerror}; choose another "
                f"folder with --data-dir."
            ) from error

    def _prepare(self, database: sqlite3.Connection) -> None:
        """Make sure that the file is ours before anything is written."""
        (application,) = database.execute("PRAGMA application_id").fetchone()
        (version,) = database.execute("PRAGMA user_version").fetchone()
        if application != _APPLICATION:
            raise ConversationsError(
                f"The file {str(self._path)!r} is not one of conversations; move it away, or choose another folder "
                f"with --data-dir."
            )
        if version != _VERSION:
            raise ConversationsError(
                f"The file of conversations {str(self._path)!r} is of another version of Papertalk; install that one, "
                f"or move the file away."
            )
        database.execute("PRAGMA foreign_keys = ON")
        database.execute("PRAGMA secure_delete = ON")
        database.create_function("holds", 2, lambda text, words: words in folded(text), deterministic=True)


def _create(path: Path) -> None:
    """Make the file whole under another name, for its owner's eyes alone, and put it in place unless another process
    was faster. Nobody meets one that is half made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.stem}-") as folder:
        made = Path(folder) / path.name
        with contextlib.closing(sqlite3.connect(made, isolation_level=None)) as database:
            database.execute("PRAGMA journal_mode = WAL")
            database.execute(f"PRAGMA application_id = {_APPLICATION}")
            database.execute(f"PRAGMA user_version = {_VERSION}")
            for statement in _SCHEMA:
                database.execute(statement)
        made.chmod(0o600)
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(made)


@contextlib.contextmanager
def _transaction(database: sqlite3.Connection) -> Iterator[None]:
    database.execute("BEGIN IMMEDIATE")
    try:
        yield
        database.execute("COMMIT")
    finally:
        if database.in_transaction:
            database.execute("ROLLBACK")


def _gone(conversation_id: str) -> ConversationNotFound:
    return ConversationNotFound(f"There is no conversation {conversation_id!r}; it was deleted, or its id is another.")


def _count(database: sqlite3.Connection, conversation_id: str) -> int:
    query = "SELECT count(*) FROM exchanges WHERE conversation = ?"
    (count,) = database.execute(query, (conversation_id,)).fetchone()
    return int(count)


def _conversation(row: Sequence[Any]) -> Conversation:
    key, library, title, started, changed, questions = row
    return Conversation(key, library, title, _read(started), _read(changed), questions)


def _history(told_by_question: Iterable[tuple[str, str]]) -> History:
    return [
        turn
        for question, answer in told_by_question
        for turn in (Turn(role="user", content=question), Turn(role="assistant", content=answer))
    ]


def _unguessable() -> str:
    """96 bits; none begins like an option of the command line."""
    while not (token := secrets.token_urlsafe(12))[0].isalnum():
        pass
    return token


def _limit(count: int | None) -> int:
    return -1 if count is None else count


def _written(time: datetime) -> str:
    return time.isoformat(timespec="microseconds")


def _read(time: str) -> datetime:
    return datetime.fromisoformat(time)


def title_of(words: str) -> str:
    """A title on one line: what was written, cut between words where it is long."""
    line = " ".join(rendering.visible(words).split())
    if len(line) <= _LONGEST_TITLE:
        return line
    cut = line[: _LONGEST_TITLE - 1]
    return f"{cut.rpartition(' ')[0].rstrip(' ,;:') or cut}…"


# ---- as files


def as_markdown(conversation: Conversation, exchanges: Sequence[Exchange]) -> str:
    when = f"{conversation.started:%Y-%m-%d %H:%M} UTC"
    parts = [f"# {rendering.escape(conversation.title)}", f"*Library {conversation.library}, {when}*"]
    for exchange in exchanges:
        heading = f"## {exchange.number}. {rendering.escape(exchange.question)}"
        parts += [heading, rendering.to_markdown(exchange.to_answer()).strip()]
    return "\n\n".join(parts) + "\n"


def as_json(conversation: Conversation, exchanges: Sequence[Exchange]) -> str:
    rows = [exchange.to_dict() for exchange in exchanges]
    return rendering.to_json({**conversation.to_dict(), "exchanges": rows}) + "\n"


# ---- an answer out of its JSON


def _restored(row: Mapping[str, Any], papers: Mapping[str, Paper]) -> Answer:
    """Undo ``Answer.to_dict()``."""
    cited: dict[str, list[Mapping[str, Any]]] = {}
    for citation in row["citations"]:
        cited.setdefault(citation["paper"]["key"], []).append(citation)
    by_key = {key: _cited_paper(citations, papers.get(key)) for key, citations in cited.items()}
    chart, table, grounding, usage = row["figure"], row["table"], row["grounding"], row["usage"]
    return Answer(
        question=row["question"],
        standalone_question=row["standalone_question"],
        text=row["text"],
        answered=row["answered"],
        mode=row["mode"],
        plan=_plan(row["question"], row["plan"]),
        citations=tuple(
            Citation(paper=by_key[c["paper"]["key"]], **{name: c[name] for name in _SPAN}) for c in row["citations"]
        ),
        closest=tuple(papers.get(paper["key"]) or _bare(paper) for paper in row["closest"]),
        table=None if table is None else tuple(table),
        chart=None if chart is None else Chart(tuple(chart["data"]), chart["layout"]),
        timings_ms=row["timings_ms"],
        warnings=tuple(row["warnings"]),
        grounding=None if grounding is None else Grounding(**_known(Grounding, grounding)),
        usage=None if usage is None else Usage(**_known(Usage, usage)),
    )


_SPAN = ("marker", "section", "start", "end", "quote")


def _cited_paper(citations: Sequence[Mapping[str, Any]], paper: Paper | None) -> Paper:
    """The paper itself where it still holds all the quotes; else what the citations hold of it: its record, and for
    its text the quotes at their places with blanks between them."""
    if paper and all(paper.text[c["start"] : c["end"]] == c["quote"] for c in citations):
        return paper
    text = ""
    for c in citations:
        text = text.ljust(c["end"])
        text = text[: c["start"]] + c["quote"] + text[c["end"] :]
    sections = dict.fromkeys(Section(c["section"], c["start"], c["end"]) for c in citations)
    pages = sorted({(c["start"], c["page"]) for c in citations if c.get("page")})
    first = citations[0]
    return replace(_bare(first["paper"]), text=text, sections=tuple(sections), url=first["url"], pages=tuple(pages))


def _bare(row: Mapping[str, Any]) -> Paper:
    authors = tuple(Author(name) for name in row.get("authors", ()))
    date = None if row["year"] is None else str(row["year"])
    return Paper(
        row["key"], row["title"], "", (), authors, authors_complete=row.get("authors_complete", True), date=date
    )


def _plan(question: str, row: Mapping[str, Any]) -> Plan:
    return Plan(**{**_known(Plan, row), "question": question, "filters": _filters(row["filters"])})


def _filters(row: Mapping[str, Any]) -> Filters:
    excluding = tuple(_filters(out) for out in row.get("excluding", ()))
    return Filters(**{**_known(Filters, row), "excluding": excluding})


def _known(kind: type[Any], row: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a kind that a row holds; another version may have had others."""
    return {field.name: _tupled(row[field.name]) for field in fields(kind) if field.name in row}


def _tupled(value: Any) -> Any:
    return tuple(_tupled(item) for item in value) if isinstance(value, list) else value
