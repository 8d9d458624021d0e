"""Client: a server of Papertalk, as if it were an Assistant of this process. The same calls give the same objects."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
from collections.abc import AsyncIterator, Collection, Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import httpx2

from assistant.analysis.facets import Facet
from assistant.analysis.people import CoAuthor, Person
from assistant.answers import Answer, Dimension, Event, Evidence, Filters, Finished, History
from assistant.calling import Caller, Request, part
from assistant.conversations.feedback import Feedback
from assistant.conversations.store import LEANED_ON, Conversation, Exchange, history_of
from assistant.conversations.stored_answers import told
from assistant.errors import AssistantError, ExportError, QuestionError
from assistant.ingesting import IngestReport, Progress
from assistant.library import KnownSource
from assistant.merging import FieldOrigin
from assistant.overview.finding import Finding
from assistant.papers import Paper, Passage
from assistant.previewing import Read
from assistant.sources import Profile, files, intake
from assistant.tables import PaperList, Table
from assistant.taking_back import UndoReport
from assistant.wire import (
    Row,
    answer_of,
    coauthors_of,
    error_of,
    event_of,
    evidence_of,
    facet_of,
    finding_of,
    origins_of,
    passage_of,
    persons_of,
    report_of,
    source_of,
    table_of,
    undo_report_of,
)

if TYPE_CHECKING:
    from assistant.backups import RestoreReport

_SILENCE = 150.0
"""Seconds that a server may say nothing: a little more than an answer may take."""
_STREAM = "text/event-stream"
_LOST = 5
"""Times that a job is looked for again where the stream of its progress breaks off."""


class Client:
    """Asks a server of Papertalk. Close it, or use it as a context manager.

    Args:
        url: where the server is, such as ``http://127.0.0.1:7860``.
        key: an API key; none is needed where the server listens on this machine alone.
        library: which library; default: the server's own default.
        timeout: seconds that the server may say nothing.
        reads_here: whether the server reads this machine's files, for whoever holds this key; files are then named to
            it by their paths. Else they are sent.

    Raises:
        ConfigError: the URL is none of a server.

    Every call raises what the server raised, and :class:`~assistant.errors.LibraryUnavailable` where the server does
    not answer. A server that is busy is asked again when it says, a few times.
    """

    def __init__(
        self,
        url: str,
        key: str | None = None,
        library: str | None = None,
        *,
        timeout: float = _SILENCE,
        reads_here: bool = False,
    ) -> None:
        self._caller = Caller(url, key, timeout)
        self._named = library
        self._reads_here = reads_here

    @property
    def url(self) -> str:
        """Where the server is."""
        return self._caller.url

    def close(self) -> None:
        self._caller.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # ---- libraries

    def libraries(self) -> list[str]:
        """The names of the server's libraries, the default one first."""
        return [row["name"] for row in self._get("/libraries")["items"]]

    def create_library(self, name: str) -> None:
        """Make a library without papers."""
        self._caller.send(Request("POST", "/libraries", json={"name": name}))

    def delete_library(self, name: str) -> None:
        """Delete a library and all its papers for good."""
        self._caller.send(Request("DELETE", f"/libraries/{part(name)}", params={"confirm": name}))

    def backup(self, file: Path) -> int:
        """Write the library to one file, which takes its name once it is whole; its size in bytes.

        Raises:
            ExportError: the file cannot be written.
        """
        draft = file.with_name(f".{file.name}.{secrets.token_hex(4)}.part")
        try:
            with self._caller.open(Request("GET", self._here("backup"), accept="*/*")) as response:
                with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
                    for block in response.iter_bytes():
                        out.write(block)
                draft.replace(file)
        except OSError as error:
            raise ExportError(
                f"{str(file)!r} cannot be written ({error.strerror}); name a file in a folder that you may write to."
            ) from error
        finally:
            draft.unlink(missing_ok=True)
        return file.stat().st_size

    def restore(self, file: Path, progress: Progress | None = None) -> RestoreReport:
        """Put a backup in the place of the library. For this machine's user alone: the server reads the file itself."""
        from assistant.backups import RestoreReport

        request = Request("POST", self._here("restore"), json={"file": str(file.absolute())}, accept="*/*")
        with self._caller.open(request) as response:
            for row in map(json.loads, _lines(response)):
                if "problem" in row:
                    raise error_of(row["problem"])
                if "report" in row:
                    return RestoreReport(**row["report"])
                if progress and row["total"]:
                    progress(row["done"], row["total"])
        raise _cut_off()

    @cached_property
    def library(self) -> str:
        """The name of the library that is asked."""
        return self._named or self.libraries()[0]

    def at(self, library: str) -> Client:
        """The same server, asked about another library. It is closed with this one."""
        other = copy(self)
        other.__dict__.pop("library", None)  # which may be known already
        other._named = library
        return other

    @property
    def years(self) -> tuple[int, int] | None:
        """The first and the last year of the papers; None where no year is known."""
        years = self._get(self._here())["years"]
        return (years[0], years[1]) if years else None

    @property
    def author(self) -> Profile | None:
        """What the source says of the author."""
        row = self._get(self._here())["author"]
        return None if row is None else Profile(**row)

    def count(self) -> int:
        """How many papers the library holds."""
        return int(self._get(self._here())["papers"])

    def sources(self) -> list[KnownSource]:
        """What the papers came from, in the order in which it first came; :meth:`sync` reads it again."""
        return [source_of(row) for row in self._get(self._here("sources"))["items"]]

    def examples(self) -> list[str]:
        """Questions that this library answers."""
        return cast(list[str], self._get(self._here())["examples"])

    # ---- questions

    def ask(self, question: str, *, history: History = (), filters: Filters | None = None) -> Answer:
        """An answer; a cited paper has of its text what is quoted, at its place.

        Raises:
            QuestionError: the question is empty or too long.
            EmptyLibrary: the library holds no paper.
            Busy, TimedOut: the server has too much to do.
        """
        asked = {"question": question, "history": list(history), "filters": _filters(filters)}
        return answer_of(self._post(self._here("ask"), asked))

    def ask_in(self, conversation: str, question: str, *, filters: Filters | None = None) -> tuple[Answer, str]:
        """An answer that leans on a stored conversation, and is stored in it; ``new`` begins one. With the answer
        comes the conversation's id."""
        asked = {"question": question, "conversation": conversation, "filters": _filters(filters)}
        response = self._caller.send(Request("POST", self._here("ask"), json=asked))
        return answer_of(response.json()), response.headers.get("papertalk-conversation", conversation)

    async def aask(self, question: str, *, history: History = (), filters: Filters | None = None) -> Answer:
        """:meth:`ask`, without holding up the event loop. Cancelled, it ends the answer on the server as well."""
        async for event in self.astream(question, history=history, filters=filters):
            if isinstance(event, Finished):
                return event.answer
        raise _cut_off()

    def stream(
        self, question: str, *, history: History = (), filters: Filters | None = None
    ) -> Generator[Event, None, None]:
        """The plan, the evidence, the text piece by piece, and the whole answer. Closing it ends the answer on the
        server as well."""
        with self._caller.events(self._streamed(question, history, filters)) as events:
            for sent in events:
                if event := _event(sent.event, sent.json()):
                    yield event
                    if isinstance(event, Finished):
                        return
        raise _cut_off()

    async def astream(
        self, question: str, *, history: History = (), filters: Filters | None = None
    ) -> AsyncIterator[Event]:
        """:meth:`stream`, without holding up the event loop."""
        async with self._caller.aevents(self._streamed(question, history, filters)) as events:
            async for sent in events:
                if event := _event(sent.event, sent.json()):
                    yield event
                    if isinstance(event, Finished):
                        return
        raise _cut_off()

    def _streamed(self, question: str, history: History, filters: Filters | None) -> Request:
        asked = {"question": question, "history": list(history), "filters": _filters(filters)}
        return Request("POST", self._here("ask"), json=asked, accept=_STREAM)

    def follow_ups(self, answer: Answer, *, history: History = ()) -> list[str]:
        """At most three questions that a reader of the answer may ask next; this library answers each."""
        asked = {"answer": answer.to_dict(), "history": list(history)}
        return cast(list[str], self._post(self._here("follow-ups"), asked)["items"])

    def search(
        self, query: str, *, filters: Filters | None = None, limit: int = 8, per_paper: int = 2
    ) -> list[Evidence]:
        """The passages that are nearest to a query, best first, at most ``per_paper`` of one paper."""
        asked = {"query": query, "filters": _filters(filters), "limit": limit, "per_paper": per_paper}
        return list(evidence_of(self._post(self._here("search"), asked)["items"]))

    # ---- papers

    def papers(self, filters: Filters | None = None) -> PaperList:
        """The papers that the filters admit, all without them, whole, in the order in which they came."""
        params = {"format": "jsonl", **_in_query(filters)}
        with self._caller.open(Request("GET", self._here("export"), params=params)) as response:
            return PaperList(Paper.from_dict(json.loads(line)) for line in _lines(response))

    def paper(self, key: str) -> Paper:
        """
        Raises:
            PaperNotFound: there is none of that key.
        """
        return Paper.from_dict(self._get(self._here("papers", key)))

    def facets(self, key: str) -> list[Facet]:
        """What a paper introduces, uses, works on, counts and links to."""
        return [facet_of(row) for row in self._get(self._here("papers", key))["facets"]]

    def passages(self, key: str) -> list[Passage]:
        """A paper in the stretches that are searched."""
        return [passage_of(row, key) for row in self._get(self._here("papers", key))["passages"]]

    def origins(self, key: str) -> list[FieldOrigin]:
        """Which source each field of a paper is from, and where its sources disagree."""
        return origins_of(self._get(self._here("papers", key))["fields"])

    def related(self, key: str, limit: int = 5) -> list[tuple[Paper, float]]:
        """The papers nearest to one, best first, each with its score in [-1, 1]."""
        rows = self._get(self._here("papers", key, "related"), {"limit": limit})["items"]
        scores = {row["paper"]["key"]: float(row["score"]) for row in rows}
        if not scores:
            return []
        return [(paper, scores[paper.key]) for paper in self.papers(Filters(papers=tuple(scores)))]

    def export(self, form: str, keys: Sequence[str] = ()) -> Iterator[str]:
        """The papers, or those of the keys, as a bibliography: ``bibtex``, ``ris``, ``csl-json`` or ``jsonl``."""
        opened = ExitStack()
        params = {"format": form, **_in_query(Filters(papers=tuple(keys)))}
        response = opened.enter_context(self._caller.open(Request("GET", self._here("export"), params=params)))

        def chunks() -> Iterator[str]:
            with opened:
                yield from response.iter_text()

        return chunks()

    def remove(self, *keys: str) -> None:
        """
        Raises:
            PaperNotFound: one of the keys is not there; nothing is removed then.
        """
        if keys:
            self._caller.send(Request("DELETE", self._here("papers"), params={"key": list(keys)}))

    def trends(self, by: Dimension | Sequence[Dimension] = ("topic", "year"), filters: Filters | None = None) -> Table:
        """How many papers there are by a dimension, or by two, the second as columns."""
        dimensions = [by] if isinstance(by, str) else list(by)
        return table_of(self._get(self._here("trends"), {"by": dimensions, **_in_query(filters)}))

    def overview(self, filters: Filters | None = None) -> list[Finding]:
        """What the papers show as a whole: questions, each with its answer, its figure and its rows."""
        return [finding_of(row) for row in self._get(self._here("overview"), _in_query(filters))["items"]]

    @property
    def people(self) -> People:
        """Co-authors, and the persons who may share one name: as ``Assistant.people``."""
        return People(self._caller, self._here("people"))

    @property
    def conversations(self) -> Conversations:
        """What was asked and answered before with this key."""
        return Conversations(self._caller)

    # ---- papers in, and back out

    def ingest(
        self, *sources: str | Path, text: str | None = None, full_text: bool = False, progress: Progress | None = None
    ) -> IngestReport:
        """Take in papers; what is there already, unchanged, is not touched.

        ``sources`` are files, folders, links, and identifiers at services, as for ``Assistant.ingest``; ``text`` is
        what a user would paste. Where the call is interrupted, or ``progress`` raises, the server stops between papers.

        Raises:
            SourceError: a source is not there or names nothing.
        """
        with self._sent("ingest", sources, text, full_text) as request:
            job = self._done(self._caller.send(request).json(), progress)
        return report_of(job["report"])

    def preview(
        self,
        *sources: str | Path,
        uploads: Sequence[Path] = (),
        text: str | None = None,
        full_text: bool = False,
        progress: Read | None = None,
    ) -> RemotePreview:
        """What :meth:`ingest` would do; :meth:`accept` takes it in without reading again, for about an hour.

        Raises:
            SourceError: a source is not there or names nothing, or the text is empty or too large.
        """
        told_both = None if progress is None else (lambda done, _: progress(done))
        with self._sent("preview", sources, text, full_text, uploads) as request:
            job = self._done(self._caller.send(request).json(), told_both)
        papers = job["preview"]["papers"]
        places = {row["key"]: row.pop("source") for row in papers}
        return RemotePreview(job["id"], report_of(job["preview"]), tuple(papers), places)

    def accept(
        self, preview: RemotePreview, without: Collection[str] = (), progress: Progress | None = None
    ) -> IngestReport:
        """Take in what a preview shows, but for the papers of these keys.

        Raises:
            PaperNotFound: the preview has no paper of one of the keys; nothing is taken in then.
        """
        job = self._post(f"/jobs/{part(preview.id)}/accept", {"without": list(without)})
        return report_of(self._done(job, progress)["report"])

    def sync(self, *, full_text: bool = False, progress: Progress | None = None) -> IngestReport:
        """Read again what has changed of the sources that the library knows."""
        return report_of(self._done(self._post(self._here("sync"), {"full_text": full_text}), progress)["report"])

    def undo(self, progress: Progress | None = None) -> UndoReport:
        """Take back the last ingest, or sync, that changed anything."""
        return undo_report_of(self._done(self._post(self._here("undo"), None), progress)["report"])

    @contextlib.contextmanager
    def _sent(
        self, where: str, sources: Sequence[str | Path], text: str | None, full_text: bool, uploads: Sequence[Path] = ()
    ) -> Iterator[Request]:
        """The request that brings sources: files are sent, or where the server reads them named by their paths."""
        understood = intake.understand(sources)
        here = [one.path for one in understood if isinstance(one, intake.Files)]
        named = [str(one.source) for one in understood if isinstance(one, intake.Online)]
        if self._reads_here:
            named += [str(path.absolute()) for path in here]
            here = []
        headers = {"idempotency-key": secrets.token_urlsafe(16)}
        sent = [path for path in [*files.find(here), *uploads] if isinstance(path, Path)]
        if not sent:
            given = {"sources": named, "text": text, "full_text": full_text}
            yield Request("POST", self._here(where), json=given, headers=headers)
            return
        with ExitStack() as opened:
            parts = [("files", (path.name, opened.enter_context(path.open("rb")))) for path in sent]
            fields = {"sources": named, "full_text": str(full_text).lower()} | ({} if text is None else {"text": text})
            yield Request("POST", self._here(where), data=fields, files=parts, headers=headers)

    def _done(self, job: Row, progress: Progress | None) -> Row:
        """A job when it has ended well.

        Raises:
            AssistantError: it failed, or was stopped.
        """
        try:
            job = self._followed(job, progress)
        except BaseException:  # also Ctrl-C: nobody waits for it any more
            with contextlib.suppress(AssistantError):
                self._caller.send(Request("DELETE", f"/jobs/{part(job['id'])}"))
            raise
        if job["state"] != "done":
            raise error_of(job["problem"] or {})
        return job

    def _followed(self, job: Row, progress: Progress | None) -> Row:
        """The job at its end, looked for again where the stream of its progress breaks off."""
        failure: AssistantError | None = None
        for _ in range(_LOST):
            try:
                for picture in self._pictures(job["id"]):
                    job = picture
                    if progress and job["total"]:
                        progress(job["done"], job["total"])
                    elif progress and job["kind"] == "preview":
                        progress(job["done"], 0)
                if job["ended"]:
                    return job
            except AssistantError as error:
                if error.__cause__ is None or not isinstance(error.__cause__, httpx2.TransportError):
                    raise
                failure = error
        raise failure or _cut_off()

    def _pictures(self, job_id: str) -> Iterator[Row]:
        with self._caller.events(Request("GET", f"/jobs/{part(job_id)}/events", accept=_STREAM)) as events:
            for sent in events:
                if sent.event == "job":
                    yield cast(Row, sent.json())

    # ---- on the way

    def _here(self, *parts: str) -> str:
        """The address of something of the library."""
        return "/".join(["/libraries", part(self.library), *map(part, parts)])

    def _get(self, path: str, params: Mapping[str, Any] | None = None) -> Row:
        return cast(Row, self._caller.send(Request("GET", path, params=params)).json())

    def _post(self, path: str, content: Any) -> Row:
        return cast(Row, self._caller.send(Request("POST", path, json=content)).json())


@dataclass(frozen=True, slots=True)
class RemotePreview:
    """What an ingest would do, read by a server, where it waits to be taken in. ``papers`` are as
    ``Preview.to_dict()`` has them; ``places`` says by the key of each where it stands."""

    id: str
    report: IngestReport
    papers: tuple[Mapping[str, Any], ...]
    places: Mapping[str, str]

    def to_dict(self) -> dict[str, Any]:
        return {**self.report.to_dict(), "papers": [dict(paper) for paper in self.papers]}


class People:
    """The persons of the names in a server's library; the library's own author where no name is given."""

    def __init__(self, caller: Caller, path: str) -> None:
        self._caller = caller
        self._path = path

    def to_dict(self, name: str | None = None) -> Row:
        """Persons and co-authors as JSON."""
        params = {"name": name} if name else None
        return cast(Row, self._caller.send(Request("GET", self._path, params=params)).json())

    @property
    def owner(self) -> str | None:
        """The author whose papers the library holds, as its source names him or her."""
        return cast("str | None", self.to_dict()["name"])

    def persons(self, name: str | None = None) -> tuple[Person, ...]:
        """The persons who probably share the name, most papers first."""
        row = self.to_dict(name)
        if row["name"] is None:
            raise QuestionError("This library's source names no author; give a name that its papers show.")
        return persons_of(row)

    def coauthors(self, name: str | None = None) -> tuple[CoAuthor, ...]:
        """Everybody else in the author lists of the name's papers, most papers first, then by name."""
        return coauthors_of(self.to_dict(name))

    def is_settled(self, name: str | None = None) -> bool:
        """Whether somebody has said that the groups are as they are."""
        return bool(self.to_dict(name)["settled"])

    def accept(self, name: str | None = None) -> tuple[Person, ...]:
        """The present groups are the persons there are; a paper that comes later joins the nearest."""
        return self._decided("accept", name)

    def merge(self, numbers: Sequence[int], name: str | None = None) -> tuple[Person, ...]:
        """These groups are one person."""
        return self._decided("merge", name, numbers=list(numbers))

    def split(self, keys: str | Sequence[str], name: str | None = None) -> tuple[Person, ...]:
        """These papers are another person's than the rest of their groups."""
        return self._decided("split", name, keys=[keys] if isinstance(keys, str) else list(keys))

    def papers_of_others(self, numbers: Sequence[int], name: str | None = None) -> list[str]:
        """The keys of the papers that are in none of these groups.

        Raises:
            QuestionError: there is no group of one of the numbers.
        """
        persons = self.persons(name)
        known = {person.number for person in persons}
        if wrong := [number for number in numbers if number not in known]:
            raise QuestionError(
                f"There is no group {wrong[0]} of {persons[0].name!r}; the groups are 1 to {len(known)}."
            )
        return [key for person in persons if person.number not in numbers for key in person.papers]

    def undo(self, name: str | None = None) -> tuple[Person, ...]:
        """Take back the last decision about the name."""
        return self._decided("undo", name)

    def _decided(self, what: str, name: str | None, **given: Any) -> tuple[Person, ...]:
        request = Request("POST", f"{self._path}/{what}", json={"name": name, **given})
        return persons_of(self._caller.send(request).json())


class Conversations:
    """The conversations of whoever holds a key, at a server; as ``Assistant.conversations``."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def list(self, library: str | None = None, search: str | None = None, limit: int | None = 50) -> list[Conversation]:
        """Those about a library, or all; newest first. ``search`` must stand in the title, in a question or in an
        answer."""
        found: list[Conversation] = []
        cursor: str | None = None
        while limit is None or len(found) < limit:
            size = 200 if limit is None else min(200, limit - len(found))
            params = {"library": library, "search": search, "limit": size, "cursor": cursor}
            row = self._get("", {name: value for name, value in params.items() if value is not None})
            found += [_conversation(one) for one in row["items"]]
            cursor = row["next"]
            if cursor is None:
                break
        return found

    def get(self, conversation_id: str) -> Conversation:
        """
        Raises:
            ConversationNotFound: there is none of that id, or it is another's.
        """
        return _conversation(self._get(f"/{part(conversation_id)}"))

    def exchanges(self, conversation_id: str) -> Sequence[Exchange]:
        """The questions with their answers, in their order."""
        return [_exchange(row) for row in self._get(f"/{part(conversation_id)}")["exchanges"]]

    def history(self, conversation_id: str, turns: int = LEANED_ON) -> History:
        """The last ``turns`` questions with their answers, as ``ask(history=...)`` takes them."""
        return history_of(self.exchanges(conversation_id)[-turns:])

    def rename(self, conversation_id: str, title: str) -> None:
        self._caller.send(Request("PATCH", f"/conversations/{part(conversation_id)}", json={"title": title}))

    def delete(self, *ids: str) -> int:
        """For good. Says how many there were."""
        for conversation_id in ids:
            self._caller.send(Request("DELETE", f"/conversations/{part(conversation_id)}"))
        return len(ids)

    def share(self, conversation_id: str) -> str:
        """The token by which others may read the conversation."""
        response = self._caller.send(Request("POST", f"/conversations/{part(conversation_id)}/share"))
        return str(response.json()["token"])

    def unshare(self, conversation_id: str) -> None:
        """Its token opens it no more."""
        self._caller.send(Request("DELETE", f"/conversations/{part(conversation_id)}/share"))

    def rate(self, conversation_id: str, number: int, useful: bool, reason: str = "") -> None:
        """Keep whether the answer to a question was useful, in place of what was said of it before."""
        path = f"/conversations/{part(conversation_id)}/exchanges/{number}/feedback"
        self._caller.send(Request("POST", path, json={"useful": useful, "reason": reason}))

    def unrate(self, conversation_id: str, number: int) -> None:
        """Forget what was said of an answer, if anything was."""
        self._caller.send(Request("DELETE", f"/conversations/{part(conversation_id)}/exchanges/{number}/feedback"))

    def feedback_questions(self, library: str | None = None, useful: bool = True) -> str:
        """What readers thought of answers, of everybody, as questions that an evaluation asks again: JSON Lines."""
        params = {"useful": str(useful).lower()} | ({} if library is None else {"library": library})
        return self._caller.send(Request("GET", "/feedback", params=params)).text

    def to_markdown(self, conversation_id: str) -> str:
        """The whole conversation, with the references of each answer."""
        return self._exported(conversation_id, "markdown")

    def to_json(self, conversation_id: str) -> str:
        """The whole conversation, each answer as ``docs/answer.md`` describes it."""
        return self._exported(conversation_id, "json")

    def to_bibtex(self, conversation_id: str) -> str:
        """The papers that the answers cite, each once, in the order of citation."""
        return self._exported(conversation_id, "bibtex")

    def _exported(self, conversation_id: str, form: str) -> str:
        path = f"/conversations/{part(conversation_id)}/export"
        return self._caller.send(Request("GET", path, params={"format": form})).text

    def _get(self, path: str, params: Mapping[str, Any] | None = None) -> Row:
        return cast(Row, self._caller.send(Request("GET", f"/conversations{path}", params=params)).json())


def _event(name: str, row: Any) -> Event | None:
    """
    Raises:
        AssistantError: the answer failed on its way.
    """
    if name == "error":
        raise error_of(row)
    return event_of(name, row)


def _cut_off() -> AssistantError:
    return AssistantError("The server ended before the answer did; ask again.")


def _filters(filters: Filters | None) -> Row | None:
    return filters.to_dict() if filters else None


def _in_query(filters: Filters | None) -> dict[str, str]:
    if not filters:
        return {}
    return {"filters": json.dumps(filters.to_dict())}


def _lines(response: httpx2.Response) -> Iterator[str]:
    """The lines of JSON Lines: ended by a line feed alone, for JSON may hold other ends of lines."""
    rest = ""
    for chunk in response.iter_text():
        *whole, rest = f"{rest}{chunk}".split("\n")
        yield from whole
    if rest:
        yield rest


def _conversation(row: Row) -> Conversation:
    return Conversation(
        id=row["id"],
        library=row["library"],
        title=row["title"],
        started=datetime.fromisoformat(row["started"]),
        changed=datetime.fromisoformat(row["changed"]),
        questions=row["questions"],
    )


def _exchange(row: Row) -> Exchange:
    rated = row["feedback"]
    return Exchange(
        number=row["number"],
        at=datetime.fromisoformat(row["at"]),
        question=row["question"],
        answer=row["answer"],
        told="" if row["answer"].get("stopped") else told(answer_of(row["answer"])),
        feedback=rated and Feedback(rated["useful"], rated["reason"], datetime.fromisoformat(rated["at"])),
    )
