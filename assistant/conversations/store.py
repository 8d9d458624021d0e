"""Stored conversations: questions with their whole answers, whose they are, who may read them, what readers thought.

They lie in one SQLite file that every surface shares.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from assistant import bibliography, rendering
from assistant.answers import Answer, Evidence, History
from assistant.conversations.database import Database
from assistant.conversations.feedback import Feedback, Rated, feedback_of, rated
from assistant.conversations.stored_answers import evidence_at, papers_cited, restored, spans_of, told, turns_of
from assistant.errors import ConversationNotFound, ConversationsError
from assistant.papers import Paper
from assistant.sqlite_file import Value, read, written
from assistant.words import folded

LAST = "last"
"""What stands for the newest conversation where an id is asked for."""

LEANED_ON = 6
"""Questions back that a new one may lean on."""

STOPPED = "This answer was stopped before it was whole; what stands here was not checked."
"""What is noted at an answer that its reader stopped, wherever it is shown."""
TIMED_OUT = "This answer took longer than it may and was ended before it was whole; what stands here was not checked."
"""What a surface notes instead at one that ran out of time."""
OVERTAKEN = "This answer was stopped by another question before it was whole; what stands here was not checked."
"""What a surface notes instead where its reader asked something else meanwhile."""

FILE = "conversations.sqlite"
"""Where a data folder keeps them."""
_CONVERSATION = """SELECT id, library, title, started, changed,
    (SELECT count(*) FROM exchanges WHERE conversation = id), owner, token FROM conversations"""

_LONGEST_TITLE = 60
_LONGEST_REASON = 2_000
"""Characters."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """What a conversation is listed by. ``id`` is its link, so it cannot be guessed; times are in UTC.

    ``title`` is empty until the first question. ``owner`` stands for whose it is: None for whoever is at this machine.
    ``token`` is what it is shared by.
    """

    id: str
    library: str
    title: str
    started: datetime
    changed: datetime
    questions: int = 0
    owner: str | None = None
    token: str | None = None

    @classmethod
    def new(cls, library: str, owner: str | None = None) -> Conversation:
        now = datetime.now(UTC)
        return cls(_unguessable(), library, "", now, now, owner=_mark_of(owner))

    def belongs_to(self, owner: str) -> bool:
        """Whether it was started for that owner. One that nobody owns belongs to none: the surface decides on it."""
        return self.owner is not None and self.owner == _mark_of(owner)

    def to_dict(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "library": self.library,
            "title": self.title,
            "started": written(self.started),
            "changed": written(self.changed),
            "questions": self.questions,
        }


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question and its answer. ``number`` counts from 1; ``answer`` is ``Answer.to_dict()``; ``told`` is the answer
    as later questions lean on it; ``feedback`` is what its reader thought of it; ``spans`` are where the passages stand
    that were read for it.

    An answer that its reader stopped, or that ran out of time, is kept as far as it had come: ``answer`` then holds
    ``stopped`` as well, which is true, and ``told`` is empty, since nothing may lean on what was neither whole nor
    checked.
    """

    number: int
    at: datetime
    question: str
    answer: Mapping[str, Any]
    told: str
    feedback: Feedback | None = None
    spans: Sequence[Sequence[Any]] = ()

    @classmethod
    def of(
        cls, number: int, answer: Answer, evidence: Iterable[Evidence] = (), *, is_stopped: bool = False
    ) -> Exchange:
        question, now, spans = rendering.visible(answer.question), datetime.now(UTC), spans_of(evidence)
        if is_stopped:
            why = () if {TIMED_OUT, OVERTAKEN} & set(answer.warnings) else (STOPPED,)
            noted = replace(answer, warnings=(*answer.warnings, *why))
            return cls(number, now, question, noted.to_dict() | {"stopped": True}, "", spans=spans)
        return cls(number, now, question, answer.to_dict(), told(answer), spans=spans)

    @property
    def is_stopped(self) -> bool:
        """Whether the answer was ended before it was whole, by its reader or for its time."""
        return bool(self.answer.get("stopped"))

    def to_answer(self, papers: Mapping[str, Paper] | None = None) -> Answer:
        """The answer as it was. ``papers`` are those of its library by key, where that is open: each is taken where
        it still holds its quotes. Of the others there is what the answer holds: record and quotes."""
        return restored(self.answer, papers or {})

    def to_evidence(self, papers: Mapping[str, Paper]) -> tuple[Evidence, ...]:
        """The passages that were read, as far as the papers still hold them."""
        return evidence_at(self.spans, papers)

    def to_dict(self) -> dict[str, Any]:
        return {
            "number": self.number,
            "at": written(self.at),
            "question": self.question,
            "answer": dict(self.answer),
            "feedback": None if self.feedback is None else self.feedback.to_dict(),
        }


def history_of(exchanges: Iterable[Exchange]) -> History:
    """What later questions lean on, as ``assistant.ask(history=...)`` takes it."""
    return turns_of((exchange.question, exchange.told) for exchange in exchanges)


def open_conversations(data_dir: Path) -> Conversations:
    """The conversations about all libraries of a data folder."""
    return Conversations(data_dir / FILE)


class Conversations:
    """The conversations in a file, which is made with the first question that is kept.

    Every method raises ConversationsError where the file is damaged, not Papertalk's, or cannot be written; what lies
    there is never overwritten. An id, or the number of a question, that there is not raises ConversationNotFound.

    ``owner`` is whatever a surface knows a visitor by; only its SHA-256 is stored. Ids do not ask for it: a surface
    that serves strangers asks :meth:`Conversation.belongs_to` before it shows or changes one.
    """

    def __init__(self, path: Path) -> None:
        self._database = Database(path)
        self._started: dict[str, Conversation] = {}

    def close(self) -> None:
        """Forget conversations that were started without a question. The file is open during calls alone."""
        self._started.clear()

    # ---- one conversation

    def start(self, library: str, owner: str | None = None) -> Conversation:
        """A new conversation; it is stored with its first question."""
        conversation = Conversation.new(library, owner)
        self._started[conversation.id] = conversation
        return conversation

    def get(self, conversation_id: str) -> Conversation:
        return self._started.get(conversation_id) or self._stored(conversation_id)

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
            "SELECT number, exchanges.at, question, answer, told, evidence, useful, reason, feedback.at"
            " FROM exchanges LEFT JOIN feedback USING (conversation, number) WHERE conversation = :id"
            " ORDER BY number DESC LIMIT :last",
            id=conversation_id,
            last=_limit(last),
        )
        return [_exchange(row) for row in reversed(rows)]

    def history(self, conversation_id: str, turns: int = LEANED_ON) -> History:
        """The last ``turns`` questions, each with its answer in plain words and the titles of what it cites, as
        ``assistant.ask(history=...)`` takes them."""
        self.get(conversation_id)
        rows = self._rows(
            "SELECT question, told FROM exchanges WHERE conversation = :id ORDER BY number DESC LIMIT :turns",
            id=conversation_id,
            turns=turns,
        )
        return turns_of((row[0], row[1]) for row in reversed(rows))

    def forget(self, conversation_id: str) -> None:
        """Let go of one that was started, if it has no question by now."""
        self._started.pop(conversation_id, None)

    def add(
        self, conversation_id: str, answer: Answer, evidence: Iterable[Evidence] = (), *, is_stopped: bool = False
    ) -> Exchange:
        """Store a question with its answer, and where the passages stand that were read for it, at once or not at all.
        The first gives the conversation its title. ``is_stopped`` says that the answer is not whole: its reader stopped
        it, unless :data:`TIMED_OUT` or :data:`OVERTAKEN` is among its warnings."""
        self.get(conversation_id)
        with self._database.writing() as database:
            number = _count(database, conversation_id) + 1
            exchange = Exchange.of(number, answer, evidence, is_stopped=is_stopped)
            at = written(exchange.at)
            if begun := self._started.get(conversation_id):
                database.execute(
                    "INSERT INTO conversations (id, library, title, started, changed, owner) VALUES (?, ?, '', ?, ?, ?)"
                    " ON CONFLICT DO NOTHING",
                    (begun.id, begun.library, written(begun.started), at, begun.owner),
                )
            titled = "UPDATE conversations SET changed = ?, title = iif(title = '', ?, title) WHERE id = ?"
            if not database.execute(titled, (at, title_of(exchange.question), conversation_id)).rowcount:
                raise _gone(conversation_id)
            _insert(database, conversation_id, exchange)
        self._started.pop(conversation_id, None)
        return exchange

    def cut(self, conversation_id: str, number: int) -> int:
        """Drop the question of that number and all after it, for good as :meth:`delete` does it; the conversation
        stays. A title that the first question gave goes with it. Says how many questions there were."""
        self.get(conversation_id)
        query = "SELECT number, question FROM exchanges WHERE conversation = :id AND number >= :number ORDER BY number"
        dropped = self._rows(query, id=conversation_id, number=number)
        if not dropped:
            return 0
        given = title_of(dropped[0][1]) if dropped[0][0] == 1 else None
        with self._database.erasing() as database:
            changed = "UPDATE conversations SET changed = ?, title = iif(title = ?, '', title) WHERE id = ?"
            database.execute(changed, (written(datetime.now(UTC)), given, conversation_id))
            query = "DELETE FROM exchanges WHERE conversation = ? AND number >= ?"
            return database.execute(query, (conversation_id, number)).rowcount

    def replace(
        self,
        conversation_id: str,
        number: int,
        answer: Answer,
        evidence: Iterable[Evidence] = (),
        *,
        was: str | None = None,
        forgetting: int | None = None,
    ) -> Exchange:
        """Put another question with its answer in the place of one, at once or not at all; those after it stay, or go
        with it where ``forgetting`` says how many there are. What is replaced goes for good, as :meth:`delete` does it,
        with what its reader thought of it; so does the title that the first question gave.

        Raises:
            ConversationNotFound: there is no such question; or another process has put another one there than ``was``,
                or more after it than are to be forgotten.
        """
        self._stored(conversation_id)
        exchange = Exchange.of(number, answer, evidence)
        with self._database.erasing() as database:
            query = "DELETE FROM exchanges WHERE conversation = ? AND number = ? RETURNING question"
            replaced = database.execute(query, (conversation_id, number)).fetchall()
            if not replaced:
                raise _no_question(conversation_id, number)
            if was is not None and replaced[0][0] != rendering.visible(was):
                raise _went_on(conversation_id)
            if forgetting is not None:
                query = "DELETE FROM exchanges WHERE conversation = ? AND number > ?"
                if database.execute(query, (conversation_id, number)).rowcount > forgetting:
                    raise _went_on(conversation_id)
            _insert(database, conversation_id, exchange)
            given = title_of(replaced[0][0]) if number == 1 else None
            changed = "UPDATE conversations SET changed = ?, title = iif(title = ?, ?, title) WHERE id = ?"
            values = (written(exchange.at), given, title_of(exchange.question), conversation_id)
            database.execute(changed, values)
        return exchange

    def rename(self, conversation_id: str, title: str) -> None:
        words = title_of(title)
        if not words:
            raise ConversationsError("A conversation's title cannot be empty; give it some words.")
        self.get(conversation_id)
        with self._database.writing() as database:
            database.execute("UPDATE conversations SET title = ? WHERE id = ?", (words, conversation_id))

    def delete(self, *ids: str) -> int:
        """For good: no copy of the text stays in the file or beside it. Where one of the ids is not there, none is
        deleted. Says how many there were."""
        for conversation_id in ids:
            self.get(conversation_id)
            self._started.pop(conversation_id, None)
        return self._erase("id = :id", [{"id": conversation_id} for conversation_id in ids])

    # ---- readers

    def share(self, conversation_id: str) -> str:
        """The token by which others may read the conversation, with whatever is in it then; always the same one until
        it is unshared."""
        self._stored(conversation_id)
        with self._database.writing() as database:
            query = "UPDATE conversations SET token = ifnull(token, ?) WHERE id = ? RETURNING token"
            rows = database.execute(query, (_unguessable(), conversation_id)).fetchall()
        if not rows:
            raise _gone(conversation_id)
        return str(rows[0][0])

    def unshare(self, conversation_id: str) -> None:
        """Its token opens it no more; sharing again makes another."""
        self._stored(conversation_id)
        with self._database.writing() as database:
            database.execute("UPDATE conversations SET token = NULL WHERE id = ?", (conversation_id,))

    def shared(self, token: str) -> Conversation:
        """The conversation that is read by a token. Its id is not for readers: with it, they could change it.

        Raises:
            ConversationNotFound: none is shared by that token.
        """
        rows = self._rows(f"{_CONVERSATION} WHERE token = :token", token=token)
        if not rows:
            raise ConversationNotFound(
                "No conversation is shared at this address; it was deleted, or is shared no more."
            )
        return _conversation(rows[0])

    def copy(self, conversation_id: str, owner: str | None = None) -> Conversation:
        """Another conversation with the same title, questions and answers, not shared and without feedback."""
        original = self._stored(conversation_id)
        copied = Conversation.new(original.library, owner)
        values = {"id": copied.id, "of": original.id, "now": written(copied.started), "owner": copied.owner}
        with self._database.writing() as database:
            row = "SELECT :id, library, title, :now, :now, :owner FROM conversations WHERE id = :of"
            columns = "(id, library, title, started, changed, owner)"
            if not database.execute(f"INSERT INTO conversations {columns} {row}", values).rowcount:
                raise _gone(conversation_id)
            for table, columns in (("exchanges", "at, question, answer, told, evidence"), ("searched", "text")):
                rows = f"SELECT :id, number, {columns} FROM {table} WHERE conversation = :of ORDER BY number"
                database.execute(f"INSERT INTO {table} (conversation, number, {columns}) {rows}", values)
        return self._stored(copied.id)

    # ---- what readers thought

    def rate(self, conversation_id: str, number: int, useful: bool, reason: str = "") -> None:
        """Keep whether the answer to a question was useful, in place of what was said of it before.

        Raises:
            ConversationsError: the reason is too long.
        """
        words = rendering.visible(reason).strip()
        if len(words) > _LONGEST_REASON:
            raise ConversationsError(f"A reason has at most {_LONGEST_REASON:,} characters; shorten it.")
        self._stored(conversation_id)
        with self._database.writing() as database:
            query = (
                "INSERT OR REPLACE INTO feedback (conversation, number, at, useful, reason)"
                " SELECT conversation, number, ?, ?, ? FROM exchanges WHERE conversation = ? AND number = ?"
            )
            values = (written(datetime.now(UTC)), useful, words, conversation_id, number)
            if not database.execute(query, values).rowcount:
                raise _no_question(conversation_id, number)

    def unrate(self, conversation_id: str, number: int) -> None:
        """Forget what was said of an answer, if anything was."""
        self._stored(conversation_id)
        with self._database.erasing() as database:
            query = "DELETE FROM feedback WHERE conversation = ? AND number = ?"
            database.execute(query, (conversation_id, number))

    def feedback(self, library: str | None = None, useful: bool | None = None) -> Sequence[Rated]:
        """What was said of answers about a library, or all, newest first; with ``useful``, the one kind alone."""
        return rated(self._database, library, useful, LEANED_ON)

    # ---- all of them

    def list(
        self,
        library: str | None = None,
        search: str | None = None,
        limit: int | None = 50,
        *,
        owner: str | None = None,
        unowned: bool = False,
    ) -> Sequence[Conversation]:
        """Those about a library, or all; newest first. ``search`` must stand in the title, in a question or in an
        answer, whatever its case and accents. With ``owner``, those of that owner alone; with ``unowned``, those that
        nobody owns as well."""
        where, values = _chosen(library, owner, unowned)
        if words := folded(search or ""):
            where += """ AND (holds(title, :words) OR EXISTS (
                SELECT 1 FROM searched WHERE conversation = id AND instr(text, :words)))"""
            values["words"] = words
        rows = self._rows(
            f"{_CONVERSATION} WHERE {where} ORDER BY changed DESC, conversations.rowid DESC LIMIT :limit",
            **values,
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

    def delete_all(self, library: str | None = None, *, owner: str | None = None) -> int:
        """Those about a library, or all; with ``owner``, those of that owner alone; as :meth:`delete` does."""
        where, values = _chosen(library, owner)
        return self._erase(where, [values])

    # ---- as files

    def to_markdown(self, conversation_id: str) -> str:
        """The whole conversation, with the references of each answer."""
        return as_markdown(self.get(conversation_id), self.exchanges(conversation_id))

    def to_json(self, conversation_id: str) -> str:
        """The whole conversation, each answer as ``docs/answer.md`` describes it."""
        return as_json(self.get(conversation_id), self.exchanges(conversation_id))

    def to_bibtex(self, conversation_id: str, papers: Mapping[str, Paper] | None = None) -> str:
        """The papers that the answers cite, each once, in the order of citation. ``papers`` are those of its library
        by key; of others there is what the answers hold: title, authors, year and address."""
        return as_bibtex(self.exchanges(conversation_id), papers)

    # ---- the file

    def _rows(self, query: str, **values: Value) -> Sequence[Any]:
        return self._database.rows(query, values)

    def _stored(self, conversation_id: str) -> Conversation:
        """One that has begun."""
        rows = self._rows(f"{_CONVERSATION} WHERE id = :id", id=conversation_id)
        if not rows:
            raise _gone(conversation_id)
        return _conversation(rows[0])

    def _erase(self, where: str, chosen: Sequence[Mapping[str, Value]]) -> int:
        """Delete the conversations that one of the choices meets."""
        if not chosen or not self._rows("SELECT 1 FROM conversations LIMIT 1"):
            return 0
        with self._database.erasing() as database:
            return database.executemany(f"DELETE FROM conversations WHERE {where}", chosen).rowcount


def _gone(conversation_id: str) -> ConversationNotFound:
    return ConversationNotFound(f"There is no conversation {conversation_id!r}; it was deleted, or its id is another.")


def _no_question(conversation_id: str, number: int) -> ConversationNotFound:
    return ConversationNotFound(
        f"The conversation {conversation_id!r} has no question {number}; it was cut off, or not kept."
    )


def _went_on(conversation_id: str) -> ConversationNotFound:
    return ConversationNotFound(
        f"The conversation {conversation_id!r} went on elsewhere meanwhile; read it again before you change it."
    )


def _insert(database: sqlite3.Connection, conversation_id: str, exchange: Exchange) -> None:
    content, spans = json.dumps(exchange.answer), json.dumps(exchange.spans)
    values = (
        conversation_id, exchange.number, written(exchange.at), exchange.question, content, exchange.told, spans
    )  # fmt: skip
    database.execute("INSERT INTO exchanges VALUES (?, ?, ?, ?, ?, ?, ?)", values)
    search = "INSERT INTO searched VALUES (?, ?, searchable(?, ?))"
    words = exchange.told or exchange.answer["text"]
    database.execute(search, (conversation_id, exchange.number, exchange.question, words))


def _count(database: sqlite3.Connection, conversation_id: str) -> int:
    query = "SELECT count(*) FROM exchanges WHERE conversation = ?"
    (count,) = database.execute(query, (conversation_id,)).fetchone()
    return int(count)


def _conversation(row: Sequence[Any]) -> Conversation:
    key, library, title, started, changed, questions, owner, token = row
    return Conversation(key, library, title, read(started), read(changed), questions, owner, token)


def _exchange(row: Sequence[Any]) -> Exchange:
    number, at, question, answer, words, spans, useful, reason, rated_at = row
    feedback = None if rated_at is None else feedback_of(useful, reason, rated_at)
    return Exchange(number, read(at), question, json.loads(answer), words, feedback, json.loads(spans or "[]"))


def _chosen(library: str | None, owner: str | None, unowned: bool = False) -> tuple[str, dict[str, Value]]:
    """A condition on conversations, and its values."""
    conditions, values = ["TRUE"], dict[str, Value]()
    if library is not None:
        conditions.append("library = :library")
        values["library"] = library
    if owner is not None:
        conditions.append("(owner = :owner OR owner IS NULL)" if unowned else "owner = :owner")
        values["owner"] = _mark_of(owner)
    return " AND ".join(conditions), values


def _mark_of(owner: str | None) -> str | None:
    """What is stored of an owner, so that the file lets nobody pass for one. An empty name is nobody's."""
    return hashlib.sha256(owner.encode()).hexdigest() if owner else None


def _unguessable() -> str:
    """96 bits; none begins like an option of the command line."""
    while not (token := secrets.token_urlsafe(12))[0].isalnum():
        pass
    return token


def _limit(count: int | None) -> int:
    return -1 if count is None else count


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


def as_bibtex(exchanges: Iterable[Exchange], papers: Mapping[str, Paper] | None = None) -> str:
    cited = papers_cited((exchange.answer for exchange in exchanges), papers or {})
    return "".join(bibliography.write(cited, "bibtex"))
