"""Client and Assistant, one beside the other: the same calls, the same objects, the same exceptions."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from assistant import Assistant
from assistant.answers import Answer, Evidence, Filters, Finished, Gathered, TextDelta
from assistant.backups import restore
from assistant.client import Client
from assistant.errors import (
    AccessError,
    AssistantError,
    Busy,
    ConfigError,
    ConversationNotFound,
    EmptyLibrary,
    ExportError,
    LibraryNotFound,
    LibraryUnavailable,
    PaperNotFound,
    QuestionError,
    SourceError,
    Stopped,
)
from assistant.library import Library
from assistant.merging import compare
from assistant.settings import load
from assistant.wire import error_of, placed_anywhere, problem_type, without_folders
from tests.chat_server import ChatServer, Reply, emptied
from tests.fakes import FirstWords
from tests.loopback import listening
from tests.serving import Server, empty_assistant, serving, serving_copy
from tests.test_api_ingest import Held, entries, entry
from tests.test_api_ingest import library as held_library

CLEVE = "What is CLEVE?"
SOME = Filters(years=(2019, 2021), mentions=(("dataset", "benchmark"),))


@pytest.fixture(scope="module")
def server(sample_library: Library, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving_copy(sample_library, tmp_path_factory.mktemp("client")) as started:
        yield started


@pytest.fixture(scope="module")
def client(server: Server) -> Iterator[Client]:
    with Client(server.url) as opened:
        yield opened


Either = Assistant | Client


def as_told(answer: Answer) -> dict[str, Any]:
    return {**answer.to_dict(), "timings_ms": None}


def spans(found: list[Evidence] | tuple[Evidence, ...]) -> list[Any]:
    return [(one.paper.key, one.section, one.start, one.end, one.quote, one.score) for one in found]


def papers_of(either: Either, filters: Filters | None = None) -> Any:
    return [placed_anywhere(paper) for paper in either.papers(filters)]


CALLS: dict[str, Callable[[Any], Any]] = {
    "ask": lambda one: as_told(one.ask(CLEVE)),
    "ask what is computed": lambda one: as_told(one.ask("How many papers a year?", filters=SOME)),
    "ask what is not there": lambda one: as_told(one.ask("Who won the match?")),
    "ask in a conversation": lambda one: as_told(
        one.ask(
            "Where is its code?",
            history=[{"role": "user", "content": CLEVE}, {"role": "assistant", "content": "CLEVE is a framework."}],
        )
    ),
    "papers": papers_of,
    "papers of filters": lambda one: papers_of(one, SOME),
    "no papers": lambda one: papers_of(one, Filters(title="no such title")),
    "paper": lambda one: placed_anywhere(one.paper("wang2021cleve")),
    "facets": lambda one: one.facets("wang2021cleve"),
    "passages": lambda one: (
        one.passages("wang2021cleve") if isinstance(one, Client) else list(one.library.passages("wang2021cleve"))
    ),
    "origins": lambda one: [
        replace(row, origin=without_folders(row.origin))
        for row in (
            one.origins("wang2021cleve") if isinstance(one, Client) else compare(one.library.records("wang2021cleve"))
        )
    ],
    "count": lambda one: one.count() if isinstance(one, Client) else len(one.library),
    "owner of the name": lambda one: one.people.owner,
    "papers of others": lambda one: one.people.papers_of_others([1]),
    "related": lambda one: [(paper.key, score) for paper, score in one.related("wang2021cleve", 3)],
    "trends": lambda one: one.trends(),
    "trends by one": lambda one: one.trends("category", SOME),
    "overview": lambda one: one.overview(),
    "examples": lambda one: one.examples(),
    "author": lambda one: one.author,
    "follow_ups": lambda one: one.follow_ups(one.ask(CLEVE)),
    "persons": lambda one: one.people.persons(),
    "persons of a name": lambda one: one.people.persons("Zhiyuan Liu"),
    "coauthors": lambda one: one.people.coauthors(),
    "settled": lambda one: one.people.is_settled(),
    "export": lambda one: "".join(one.export("bibtex")),
    "export of keys": lambda one: "".join(one.export("ris", ["yao2019docred", "wang2021cleve"])),
}


@pytest.mark.parametrize("call", CALLS)
def test_a_call_gives_what_python_gives(client: Client, server: Server, call: str) -> None:
    assert CALLS[call](client) == CALLS[call](server.assistant)


WRONG: dict[str, tuple[Callable[[Any], Any], type[AssistantError]]] = {
    "empty question": (lambda one: one.ask("  "), QuestionError),
    "long question": (lambda one: one.ask("why " * 2_000), QuestionError),
    "streamed": (lambda one: list(one.stream("")), QuestionError),
    "paper": (lambda one: one.paper("nobody1900"), PaperNotFound),
    "facets": (lambda one: one.facets("no/../body"), PaperNotFound),
    "related": (lambda one: one.related("nobody1900"), PaperNotFound),
    "export": (lambda one: one.export("bibtex", ["nobody1900"]), PaperNotFound),
    "remove": (lambda one: one.remove("wang2021cleve", "nobody1900"), PaperNotFound),
    "dimension": (lambda one: one.trends("colour"), QuestionError),
    "dimensions": (lambda one: one.trends(["year", "category", "code"]), QuestionError),
    "person": (lambda one: one.people.persons("Nobody At All"), QuestionError),
    "source": (lambda one: one.ingest("/no/such/file.bib"), SourceError),
    "link": (lambda one: one.ingest("ftp://example.org/a.bib"), SourceError),
}


@pytest.mark.parametrize("call", WRONG)
def test_what_goes_wrong_is_the_same_exception(client: Client, server: Server, call: str) -> None:
    ask, kind = WRONG[call]
    with pytest.raises(kind):
        ask(server.assistant)
    with pytest.raises(kind):
        ask(client)


def test_citations_hold_their_quotes(client: Client) -> None:
    for citation in client.ask(CLEVE).citations:
        assert citation.paper.text[citation.start : citation.end] == citation.quote


def test_a_search_gives_the_passages_of_the_retriever(client: Client, server: Server) -> None:
    found = client.search("relation classification", filters=SOME, limit=4)
    expected = server.assistant.chain.retriever.evidence("relation classification", 4, SOME)
    assert spans(found) == spans(expected)


def test_a_stream_has_the_events_of_python(client: Client, server: Server) -> None:
    told, expected = list(client.stream(CLEVE)), list(server.assistant.stream(CLEVE))
    assert [type(event) for event in told] == [type(event) for event in expected]
    assert told[0] == expected[0]
    assert isinstance(told[1], Gathered)
    assert isinstance(expected[1], Gathered)
    assert spans(told[1].evidence) == spans(expected[1].evidence)
    assert told[2:-1] == expected[2:-1]


async def test_the_asynchronous_calls_give_the_same(client: Client, server: Server) -> None:
    answer = await client.aask(CLEVE)
    assert as_told(answer) == as_told(server.assistant.ask(CLEVE))
    text = ""
    async for event in client.astream(CLEVE):
        if isinstance(event, TextDelta):
            text += event.text
        if isinstance(event, Finished):
            assert event.answer.text == text
    with pytest.raises(QuestionError):
        await client.aask("")


def test_a_stream_that_is_closed_ends_the_request_of_the_chat_model(
    running: ChatServer, sample_library: Library, tmp_path: Path
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENAI_API_KEY", "sk-test")
        for chat in emptied(running):
            chat.will_say(Reply("InfLLM stores distant contexts [1]. It runs and runs and runs.", trouble="stalls"))
            with serving_copy(sample_library, tmp_path, **running.settings) as started, Client(started.url) as client:
                stream = client.stream("How does InfLLM work?")
                next(event for event in stream if isinstance(event, TextDelta))
                assert chat.waiting.wait(60)
                stream.close()
                assert chat.hung_up.wait(60)


def test_the_library_is_the_servers_default_or_the_one_that_is_named(server: Server) -> None:
    with Client(server.url) as first, Client(server.url, library="nowhere") as other:
        assert first.library == "xu-han"
        with pytest.raises(LibraryNotFound):
            other.papers()


# ---- conversations


def test_conversations_are_kept_at_the_server(client: Client) -> None:
    answer, conversation = client.ask_in("new", CLEVE)
    again, same = client.ask_in(conversation, "Where is its code?")
    assert same == conversation
    assert "CLEVE" in again.standalone_question
    stored = client.conversations
    assert [one.id for one in stored.list(search="cleve")] == [conversation]
    assert [one.to_answer().to_dict() for one in stored.exchanges(conversation)] == [
        answer.to_dict(),
        again.to_dict(),
    ]
    assert len(stored.history(conversation)) == 4
    stored.rename(conversation, "A framework")
    stored.rate(conversation, 1, useful=True, reason="Yes.")
    assert stored.get(conversation).title == "A framework"
    (rated, _) = stored.exchanges(conversation)
    assert rated.feedback is not None
    assert (rated.feedback.useful, rated.feedback.reason) == (True, "Yes.")
    assert json.loads(stored.feedback_questions("xu-han"))["question"] == CLEVE
    stored.unrate(conversation, 1)
    assert stored.share(conversation)
    stored.unshare(conversation)
    assert stored.to_markdown(conversation).startswith("# A framework")
    assert json.loads(stored.to_json(conversation))["title"] == "A framework"
    assert "@" in stored.to_bibtex(conversation)
    assert stored.delete(conversation) == 1
    with pytest.raises(ConversationNotFound):
        stored.get(conversation)


# ---- papers in and out


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[tuple[Server, Client]]:
    with (
        empty_assistant(tmp_path / "data", FirstWords()) as assistant,
        serving(assistant) as server,
        Client(server.url, library="curie") as client,
    ):
        yield server, client


def test_files_and_folders_are_sent_to_the_server(empty: tuple[Server, Client], tmp_path: Path) -> None:
    server, client = empty
    folder = tmp_path / "papers"
    (folder / "more").mkdir(parents=True)
    (folder / "a.bib").write_text(entries(2))
    (folder / "more" / "ünïcode.bib").write_text(entry("looms"))
    (folder / ".hidden.bib").write_text(entry("hidden"))
    steps: list[tuple[int, int]] = []
    report = client.ingest(folder, progress=lambda done, total: steps.append((done, total)))
    assert sorted(report.added) == ["engines0", "engines1", "looms"]
    assert steps[-1][0] == steps[-1][1]
    with empty_assistant(tmp_path / "other", FirstWords()) as python:
        assert python.ingest(folder).added == report.added
        assert [paper.title for paper in python.papers()] == [paper.title for paper in client.papers()]
    assert client.ingest(folder).unchanged == report.added
    assert [source.address for source in server.assistant.library.sources] == ["", ""]


def test_where_the_server_reads_here_files_are_named_by_their_paths(
    empty: tuple[Server, Client], tmp_path: Path
) -> None:
    server, _ = empty
    (tmp_path / "a.bib").write_text(entries(2))
    with Client(server.url, library="curie", reads_here=True) as refused, pytest.raises(SourceError):
        refused.ingest("a.bib")  # this key is not of the machine's user
    with Client(server.url, "owner", library="curie", reads_here=True) as client:
        assert client.ingest("a.bib").added == ["engines0", "engines1"]
        assert client.sources() == list(server.assistant.library.sources)
        assert server.assistant.library.sources[0].address == str(tmp_path / "a.bib")
        (tmp_path / "a.bib").write_text(entries(3))
        assert client.sync().added == ["engines2"]


def test_a_preview_is_accepted_and_undone(empty: tuple[Server, Client]) -> None:
    server, client = empty
    counts: list[int] = []
    preview = client.preview(text=entries(3), progress=counts.append)
    assert preview.to_dict() == server.assistant.preview(text=entries(3)).to_dict()
    assert set(preview.places) == {"engines0", "engines1", "engines2"}
    assert len(server.assistant.library) == 0
    with pytest.raises(PaperNotFound):
        client.accept(preview, without=["nobody"])
    assert client.accept(preview, without=["engines0"]).added == ["engines1", "engines2"]
    assert sorted(client.undo().removed) == ["engines1", "engines2"]
    with pytest.raises(AssistantError, match="no ingest to take back"):
        client.undo()


def test_what_could_not_be_read_is_in_the_report(empty: tuple[Server, Client]) -> None:
    server, client = empty
    text = entries(1) + "@article{broken, title={No end"
    assert client.ingest(text=text).unreadable == list(server.assistant.preview(text=text).report.unreadable)


def test_papers_are_removed_all_or_none(empty: tuple[Server, Client]) -> None:
    server, client = empty
    client.ingest(text=entries(3))
    with pytest.raises(PaperNotFound):
        client.remove("engines0", "nobody")
    assert len(server.assistant.library) == 3
    client.remove("engines0", "engines1")
    assert [paper.key for paper in client.papers()] == ["engines2"]


def test_an_empty_library_cannot_be_asked(empty: tuple[Server, Client]) -> None:
    with pytest.raises(EmptyLibrary):
        empty[1].ask("Why?")


def test_libraries_are_made_and_deleted(empty: tuple[Server, Client]) -> None:
    _, client = empty
    client.create_library("second")
    assert client.libraries() == ["curie", "second"]
    client.delete_library("second")
    assert client.libraries() == ["curie"]


def test_a_library_is_backed_up_while_it_is_served(empty: tuple[Server, Client], tmp_path: Path) -> None:
    server, client = empty
    client.ingest(text=entries(3))
    size = client.backup(tmp_path / "curie.papertalk")
    assert size == (tmp_path / "curie.papertalk").stat().st_size
    report = restore(
        tmp_path / "curie.papertalk", load(library="again", data_dir=tmp_path / "elsewhere"), model=FirstWords()
    )
    assert (report.papers, len(server.assistant.library)) == (3, 3)
    with pytest.raises(ExportError):
        client.backup(tmp_path / "nowhere" / "curie.papertalk")


def test_progress_that_raises_stops_the_job(tmp_path: Path) -> None:
    held = Held(at=3)

    def interrupted(*_: int) -> None:
        held.released.set()
        raise KeyboardInterrupt

    def let_go() -> None:
        held.reached.wait(60)
        held.released.set()

    with held_library(tmp_path, held.model) as server, Client(server.url, library="curie") as client:
        threading.Thread(target=let_go).start()
        with pytest.raises(KeyboardInterrupt):
            client.ingest(text=entries(200), progress=interrupted)
        (job,) = server.jobs.all(None)
        assert job.join(60)
        assert job.state == "stopped"


def test_a_job_that_somebody_else_stops_is_told(tmp_path: Path) -> None:
    held = Held(at=2)
    with held_library(tmp_path, held.model) as server, Client(server.url, library="curie") as client:

        def stop() -> None:
            held.reached.wait(60)
            server.jobs.stop(server.jobs.all(None)[0])
            held.released.set()

        threading.Thread(target=stop).start()
        with pytest.raises(Stopped, match="what had come in by then is kept"):
            client.ingest(text=entries(200))


# ---- servers that do not answer as they should


class _Answers(BaseHTTPRequestHandler):
    """Gives what ``replies`` holds, the last for good."""

    replies: list[tuple[int, dict[str, str], bytes]] = []  # noqa: RUF012  # of the test that listens
    asked = 0
    keys: list[str | None] = []  # noqa: RUF012  # of the same

    def do_GET(self) -> None:
        cls = type(self)
        cls.asked += 1
        cls.keys.append(self.headers.get("authorization"))
        status, headers, body = cls.replies.pop(0) if len(cls.replies) > 1 else cls.replies[0]
        self.send_response(status)
        for name, value in {"content-length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


def told(status: int, headers: dict[str, str] | None = None, **problem: Any) -> tuple[int, dict[str, str], bytes]:
    return status, headers or {}, json.dumps(problem).encode()


BUSY = told(429, {"retry-after": "0"}, type="/problems/busy", detail="Too much.")
THERE = told(200, items=[{"name": "curie"}])


@pytest.fixture
def strange() -> Iterator[Client]:
    _Answers.asked, _Answers.keys = 0, []
    with listening(_Answers) as address, Client(address, "secret") as client:
        yield client


def test_a_server_that_is_busy_is_asked_again_when_it_says(strange: Client) -> None:
    _Answers.replies = [BUSY, BUSY, THERE]
    assert strange.libraries() == ["curie"]
    assert _Answers.keys == ["Bearer secret"] * 3


def test_a_server_that_stays_busy_is_not_asked_for_ever(strange: Client) -> None:
    _Answers.replies = [BUSY]
    with pytest.raises(Busy, match="Too much"):
        strange.libraries()
    assert _Answers.asked == 4


def test_nobody_waits_for_an_hour(strange: Client) -> None:
    _Answers.replies = [told(503, {"retry-after": "3600"}, type="/problems/library-unavailable", detail="Later.")]
    with pytest.raises(LibraryUnavailable, match="Later"):
        strange.libraries()
    assert _Answers.asked == 1


@pytest.mark.parametrize(
    ("reply", "kind", "says"),
    [
        ((502, {}, b"<html>Bad gateway"), AssistantError, "status 502"),
        ((500, {}, b"[1]"), AssistantError, "status 500"),
        (told(401, type="/problems/unauthorized", detail="This takes a key."), AccessError, "takes a key"),
        (told(418, type="/problems/of-another-version", detail="New."), AssistantError, "New"),
    ],
)
def test_an_answer_that_is_none_is_a_sentence(
    strange: Client, reply: Any, kind: type[AssistantError], says: str
) -> None:
    _Answers.replies = [reply]
    with pytest.raises(kind, match=says):
        strange.libraries()


def test_a_server_that_is_not_there_is_a_sentence() -> None:
    with Client("http://127.0.0.1:1") as client, pytest.raises(LibraryUnavailable, match=r"cannot be reached .*\.$"):
        client.libraries()


@pytest.mark.parametrize("url", ["", "curie", "ftp://example.org", "http://"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ConfigError, match="no address of a server"):
        Client(url)


def test_every_error_of_this_package_comes_back_as_itself() -> None:
    for kind in (QuestionError, LibraryNotFound, PaperNotFound, SourceError, Stopped, EmptyLibrary, AccessError):
        error = error_of({"type": problem_type(kind), "detail": "It is so."})
        assert (type(error), str(error)) == (kind, "It is so.")


def test_the_package_stays_light() -> None:
    asked = "import sys, assistant; print([m for m in ('httpx2', 'fastapi', 'assistant.client') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
