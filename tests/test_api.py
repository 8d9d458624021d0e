"""The REST API over real HTTP: what is asked and read, by whom, and what is said when it cannot be."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncGenerator, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import httpx2
import pytest
from starlette.requests import ClientDisconnect

from assistant.errors import (
    AssistantError,
    Busy,
    ConversationsError,
    EmptyLibrary,
    LibraryDamaged,
    LibraryError,
    LibraryInUse,
    LibraryNotFound,
    LibraryNotWritable,
    LibraryUnavailable,
    ModelError,
    PaperNotFound,
    QuestionError,
    SourceError,
    TimedOut,
)
from assistant.library import Library
from assistant.surfaces.serve import problems
from assistant.surfaces.serve.api import sse
from assistant.surfaces.serve.problems import sentence_of, status_of
from assistant.wire import event_of, without_folders
from tests.chat_server import ChatServer, Reply, emptied
from tests.fakes import FirstWords
from tests.serving import Server, empty_assistant, serving, serving_copy

CLEVE = "What is CLEVE?"


@pytest.fixture(scope="module")
def server(sample_library: Library, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving_copy(sample_library, tmp_path_factory.mktemp("api")) as started:
        yield started


@pytest.fixture(scope="module")
def client(server: Server) -> Iterator[httpx2.Client]:
    with server.as_caller("admin", "ada") as opened:
        yield opened


def problem(response: httpx2.Response, status: int, kind: str) -> dict[str, Any]:
    """The problem that a response tells of."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    told: dict[str, Any] = response.json()
    assert (told["status"], told["type"]) == (status, f"/problems/{kind}")
    assert told["detail"][-1] in ".?"
    assert told["instance"] == response.request.url.path
    assert told["request_id"].startswith("request-")
    return told


# ---- libraries


def test_a_library_says_whose_papers_it_holds(client: httpx2.Client, server: Server) -> None:
    told = client.get("/libraries/xu-han").json()
    assert (told["papers"], told["years"], told["is_default"]) == (37, [2018, 2025], True)
    assert told["author"]["name"] == server.assistant.author.name  # type: ignore[union-attr]
    assert told["examples"] == server.assistant.examples()
    assert client.get("/libraries").json()["items"][0] == {"name": "xu-han", "is_default": True}


def test_a_library_is_made_and_deleted_where_its_name_is_given_twice(client: httpx2.Client) -> None:
    made = client.post("/libraries", json={"name": "curie"})
    assert (made.status_code, made.headers["location"]) == (201, "/api/v1/libraries/curie")
    assert made.json()["papers"] == 0
    problem(client.post("/libraries", json={"name": "curie"}), 409, "library-error")
    problem(client.delete("/libraries/curie", params={"confirm": "other"}), 422, "question-error")
    assert client.delete("/libraries/curie", params={"confirm": "curie"}).status_code == 204
    problem(client.get("/libraries/curie"), 404, "library-not-found")
    problem(client.delete("/libraries/xu-han", params={"confirm": "xu-han"}), 409, "library-error")


@pytest.mark.parametrize("name", ["../xu-han", "...", "xu-han/../..", "%2e%2e", "/etc", "a\\b", "", "é", "a" * 65])
def test_a_name_that_no_library_may_have_makes_none(client: httpx2.Client, name: str) -> None:
    problem(client.post("/libraries", json={"name": name}), 422, "invalid-request")
    assert client.get(f"/libraries/{quote(name, safe='')}").status_code in (404, 422) or not name


# ---- papers


def test_papers_come_page_by_page_and_each_once(client: httpx2.Client, server: Server) -> None:
    keys: list[str] = []
    cursor: str | None = None
    while True:
        params = {"limit": 10} | ({} if cursor is None else {"cursor": cursor})
        page = client.get("/libraries/xu-han/papers", params=params).json()
        assert page["total"] == 37
        keys += [paper["key"] for paper in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert keys == [paper.key for paper in server.assistant.papers()]


@pytest.mark.parametrize("sort", ["added", "-added", "date", "-date", "title", "-title"])
def test_pages_of_every_order_hold_all_papers_in_it(client: httpx2.Client, sort: str) -> None:
    whole = client.get("/libraries/xu-han/papers", params={"limit": 200, "sort": sort}).json()["items"]
    first = client.get("/libraries/xu-han/papers", params={"limit": 20, "sort": sort}).json()
    rest = client.get("/libraries/xu-han/papers", params={"limit": 20, "sort": sort, "cursor": first["next"]}).json()
    assert first["items"] + rest["items"] == whole
    assert rest["next"] is None
    if "date" in sort:
        dates = [paper["date"] for paper in whole]
        assert dates == sorted(dates, reverse=sort.startswith("-"))


@pytest.mark.parametrize(
    "cursor", ["WyJhZGRlZCIsICJ4IiwgImsiXQ==", "nonsense", "bnVsbA==", "W10=", "é", "WyJkYXRlIiwgMSwgMl0="]
)
def test_a_cursor_that_is_none_is_refused(client: httpx2.Client, cursor: str) -> None:
    told = problem(client.get("/libraries/xu-han/papers", params={"cursor": cursor}), 422, "invalid-request")
    assert [error["place"] for error in told["errors"]] == ["query.cursor"]


def test_a_cursor_of_another_order_is_refused(client: httpx2.Client) -> None:
    cursor = client.get("/libraries/xu-han/papers", params={"limit": 2}).json()["next"]
    problem(client.get("/libraries/xu-han/papers", params={"sort": "title", "cursor": cursor}), 422, "invalid-request")


def test_filters_are_those_of_the_command_line(client: httpx2.Client) -> None:
    params: dict[str, Any] = {
        "since": 2019,
        "until": 2020,
        "with_code": "true",
        "mentions": "dataset",
        "introduces": "dataset",
    }
    found = client.get("/libraries/xu-han/papers", params=params).json()
    whole = {
        "years": [2019, 2020],
        "has_code": True,
        "mentions": [["dataset"]],
        "introduces": ["dataset"],
    }
    same = client.get("/libraries/xu-han/papers", params={"filters": json.dumps(whole)}).json()
    assert 0 < found["total"] < 37
    assert found == same


@pytest.mark.parametrize(
    ("params", "place"),
    [
        ({"since": 2020, "until": 2019}, "query.since"),
        ({"since": "soon"}, "query.since"),
        ({"introduces": "kittens"}, "query.introduces.0"),
        ({"filters": "{"}, "query.filters"),
        ({"filters": '{"color": 1}'}, "query.filters.color"),
        ({"limit": 201}, "query.limit"),
    ],
)
def test_a_filter_that_cannot_be_is_named(client: httpx2.Client, params: dict[str, Any], place: str) -> None:
    told = problem(client.get("/libraries/xu-han/papers", params=params), 422, "invalid-request")
    assert told["errors"][0]["place"] == place


def test_the_filter_of_a_key_that_is_not_there_says_so(client: httpx2.Client) -> None:
    problem(client.get("/libraries/xu-han/papers", params={"paper": "nobody1900"}), 404, "paper-not-found")


def test_huge_filters_are_refused_and_not_worked_through(client: httpx2.Client) -> None:
    asked = {"question": "Why?", "filters": {"mentions": [["x" * 300] * 201]}}
    problem(client.post("/libraries/xu-han/ask", json=asked), 422, "invalid-request")
    nested: dict[str, Any] = {}
    for _ in range(400):
        nested = {"excluding": [nested]}
    assert client.post("/libraries/xu-han/ask", json={"question": CLEVE, "filters": nested}).status_code in (200, 422)


def test_a_paper_comes_with_its_passages_and_what_it_says_of_itself(client: httpx2.Client, server: Server) -> None:
    told = client.get("/libraries/xu-han/papers/wang2021cleve").json()
    for span in (*told["passages"], *told["facets"]):
        assert told["text"][span["start"] : span["end"]] == span.get("text", span.get("quote"))
    assert told["abstract"] == server.assistant.paper("wang2021cleve").abstract
    assert told["fields"]["title"] == {"value": told["title"], "from": "", "others": {}}


def test_where_a_source_lies_is_told_to_this_machines_user_alone(server: Server) -> None:
    for path in ("/libraries/xu-han/papers/wang2021cleve", "/libraries/xu-han/papers", "/libraries/xu-han/export"):
        params = {"format": "jsonl"} if path.endswith("export") else None
        with server.as_caller("admin") as other, server.as_caller("owner") as owner:
            folder = str(Path(server.assistant.papers()[0].source).parent)
            assert folder.startswith("/")
            assert folder not in other.get(path, params=params).text
            assert folder in owner.get(path, params=params).text


def test_related_papers_are_those_of_python(client: httpx2.Client, server: Server) -> None:
    told = client.get("/libraries/xu-han/papers/wang2021cleve/related", params={"limit": 3}).json()["items"]
    found = server.assistant.related("wang2021cleve", 3)
    assert [(row["paper"]["key"], row["score"]) for row in told] == [(paper.key, score) for paper, score in found]


@pytest.mark.parametrize("key", ["../../etc/passwd", "...", "a/b/c", "nobody", "é" * 60, "x\x00y", "'; --", "%00"])
def test_a_key_that_is_no_papers_opens_nothing(client: httpx2.Client, key: str) -> None:
    told = problem(client.get(f"/libraries/xu-han/papers/{quote(key, safe='')}"), 404, "paper-not-found")
    assert "root:" not in told["detail"]


@pytest.mark.parametrize("form", ["bibtex", "ris", "csl-json", "jsonl"])
def test_a_bibliography_is_that_of_python(client: httpx2.Client, server: Server, form: str) -> None:
    told = client.get("/libraries/xu-han/export", params={"format": form, "since": 2021})
    keys = [paper.key for paper in server.assistant.papers() if (paper.year or 0) >= 2021]
    assert told.headers["content-disposition"].startswith('attachment; filename="xu-han.')
    folder = str(Path(server.assistant.papers()[0].source).parent)
    assert told.text == "".join(server.assistant.export(form, keys)).replace(f"{folder}/", "")


def test_a_search_gives_exact_spans(client: httpx2.Client, server: Server) -> None:
    asked = {"query": "few-shot relation classification", "limit": 5, "filters": {"years": [2018, 2019]}}
    found = client.post("/libraries/xu-han/search", json=asked).json()["items"]
    assert 0 < len(found) <= 5
    for row in found:
        assert server.assistant.paper(row["paper"]["key"]).text[row["start"] : row["end"]] == row["quote"]
        assert row["paper"]["year"] <= 2019


def test_trends_and_overview_are_those_of_python(client: httpx2.Client, server: Server) -> None:
    told = client.get("/libraries/xu-han/trends", params={"by": ["category", "year"], "since": 2020}).json()
    assert [row["keys"] for row in told["rows"]]
    names = [row["name"] for row in client.get("/libraries/xu-han/overview").json()["items"]]
    assert names == [finding.name for finding in server.assistant.overview()]
    problem(client.get("/libraries/xu-han/trends", params={"by": "colour"}), 422, "invalid-request")


def test_groups_of_people_are_decided_and_undone(client: httpx2.Client) -> None:
    before = client.get("/libraries/xu-han/people").json()
    accepted = client.post("/libraries/xu-han/people/accept", json={}).json()
    assert accepted["settled"]
    assert not client.post("/libraries/xu-han/people/undo", json={}).json()["settled"]
    assert client.get("/libraries/xu-han/people").json() == before
    told = problem(client.post("/libraries/xu-han/people/merge", json={"numbers": [1]}), 422, "question-error")
    assert "papertalk people" not in told["detail"]
    problem(client.post("/libraries/xu-han/people/split", json={"keys": ["nobody"]}), 404, "paper-not-found")


# ---- questions


def told_events(text: str) -> list[tuple[int, str, Any]]:
    """Number, name and data of each event of a stream."""
    found = []
    for block in filter(None, text.split("\n\n")):
        fields = dict(line.split(": ", 1) for line in block.split("\n") if not line.startswith(":"))
        found.append((int(fields["id"]), fields["event"], json.loads(fields["data"])))
    return found


def test_an_answer_is_the_one_that_python_gives(client: httpx2.Client, server: Server) -> None:
    told = client.post("/libraries/xu-han/ask", json={"question": CLEVE}).json()
    answer = server.assistant.ask(CLEVE).to_dict()
    assert {**told, "timings_ms": None} == {**answer, "timings_ms": None}


def test_a_question_leans_on_the_history_that_it_is_given(client: httpx2.Client) -> None:
    history = [{"role": "user", "content": CLEVE}, {"role": "assistant", "content": "CLEVE is a framework."}]
    told = client.post("/libraries/xu-han/ask", json={"question": "Where is its code?", "history": history}).json()
    assert "CLEVE" in told["standalone_question"]


def test_a_stream_has_the_events_of_python(client: httpx2.Client, server: Server) -> None:
    streamed = client.post("/libraries/xu-han/ask", json={"question": CLEVE}, headers={"accept": "text/event-stream"})
    assert streamed.headers["content-type"].startswith("text/event-stream")
    events = told_events(streamed.text)
    assert [number for number, _, _ in events] == list(range(1, len(events) + 1))
    expected = list(server.assistant.stream(CLEVE))
    for (_, name, data), event in zip(events[:-1], expected[:-1], strict=True):
        rebuilt = event_of(name, data)
        assert rebuilt is not None
        assert type(rebuilt) is type(event)
        assert name == "gathered" or rebuilt == event
    assert events[-1][2]["answer"]["text"] == "".join(data["text"] for _, name, data in events if name == "text")


@pytest.mark.parametrize(
    ("asked", "status", "kind"),
    [
        ({"question": ""}, 422, "question-error"),
        ({"question": "why " * 2_000}, 422, "question-error"),
        ({"question": None}, 422, "invalid-request"),
        ({}, 422, "invalid-request"),
        ({"question": "Why?", "histroy": []}, 422, "invalid-request"),
        ({"question": "Why?", "conversation": "nope"}, 404, "conversation-not-found"),
        ({"question": "Why?", "conversation": "new", "history": [{"role": "user", "content": "?"}]}, 422, None),
        ({"question": "\ud800 Why?"}, 422, "invalid-request"),
    ],
)
@pytest.mark.parametrize("accept", ["application/json", "text/event-stream"])
def test_what_cannot_be_asked_is_refused_before_a_stream_begins(
    client: httpx2.Client, asked: dict[str, Any], status: int, kind: str | None, accept: str
) -> None:
    content = json.dumps(asked).encode()
    headers = {"accept": accept, "content-type": "application/json"}
    problem(client.post("/libraries/xu-han/ask", content=content, headers=headers), status, kind or "invalid-request")


def test_a_problem_does_not_repeat_the_question(client: httpx2.Client) -> None:
    asked = {"question": ["zebra"], "filters": {"years": "zebra"}, "conversation": 7}
    assert "zebra" not in client.post("/libraries/xu-han/ask", json=asked).text


def test_an_empty_library_says_how_papers_come_in(tmp_path: Path) -> None:
    with empty_assistant(tmp_path, FirstWords()) as assistant, serving(assistant) as server, server.as_caller() as ada:
        told = problem(ada.post("/libraries/curie/ask", json={"question": "Why?"}), 409, "empty-library")
        assert "POST /api/v1/libraries/{library}/ingest" in told["detail"]


async def test_a_stream_that_is_silent_is_kept_open_by_comments() -> None:
    go_on = asyncio.Event()

    async def parts() -> AsyncGenerator[bytes]:
        await go_on.wait()
        yield sse.event("text", {"text": "ü\ud800"}, 1)

    sent: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        sent.append(message)
        if message.get("body", b"").startswith(b":"):
            go_on.set()

    async def receive() -> dict[str, Any]:
        await asyncio.Event().wait()
        return {}

    await sse.EventStream(parts(), heartbeat=0.001)({"type": "http"}, receive, send)
    bodies = [message["body"] for message in sent[1:]]
    assert set(bodies[:-2]) == {b": still here\n\n"}
    assert bodies[-2:] == ['id: 1\nevent: text\ndata: {"text":"ü?"}\n\n'.encode(), b""]


async def test_what_a_stream_was_to_read_is_closed_though_the_client_left_before_it_began() -> None:
    closed: list[str] = []

    async def events() -> AsyncGenerator[str]:
        try:
            yield "first"
            yield "second"
        finally:
            closed.append("events")

    async def parts(source: AsyncGenerator[str]) -> AsyncGenerator[bytes]:
        async for name in source:
            yield sse.event(name, {}, 1)

    async def send(_: Any) -> None:
        pass

    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    source = events()
    await anext(source)
    with pytest.raises(ClientDisconnect):
        await sse.EventStream(parts(source), source)({"type": "http"}, receive, send)
    assert closed == ["events"]


def test_questions_to_ask_next_are_those_of_python(client: httpx2.Client, server: Server) -> None:
    answer = client.post("/libraries/xu-han/ask", json={"question": CLEVE}).json()
    told = client.post("/libraries/xu-han/follow-ups", json={"answer": answer}).json()["items"]
    assert told == server.assistant.follow_ups(server.assistant.ask(CLEVE))
    citation = {**answer["citations"][0], "start": 10**12, "end": 10**12 + 5}  # no paper is as long
    assert client.post("/libraries/xu-han/follow-ups", json={"answer": {**answer, "citations": [citation]}}).is_success


@pytest.fixture(scope="module")
def generating(
    running: ChatServer, sample_library: Library, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENAI_API_KEY", "sk-test")
        with serving_copy(sample_library, tmp_path_factory.mktemp("generating"), **running.settings) as started:
            yield started


@pytest.fixture
def chat(running: ChatServer) -> Iterator[ChatServer]:
    yield from emptied(running)


@pytest.mark.parametrize("accept", ["application/json", "text/event-stream"])
def test_a_client_that_leaves_ends_the_request_of_the_chat_model(
    generating: Server, chat: ChatServer, accept: str
) -> None:
    chat.will_say(Reply("InfLLM stores distant contexts [1]. It runs and runs and runs.", trouble="stalls"))
    body = json.dumps({"question": "How does InfLLM work?"}).encode()
    parts = urlsplit(generating.url)
    with socket.create_connection((str(parts.hostname), int(parts.port or 0))) as connection:
        connection.sendall(
            f"POST /api/v1/libraries/xu-han/ask HTTP/1.1\r\nHost: x\r\nAccept: {accept}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode()
            + body
        )
        assert chat.waiting.wait(60)
    assert chat.hung_up.wait(60)


def test_places_are_free_again_when_clients_have_left(generating: Server, chat: ChatServer) -> None:
    test_a_client_that_leaves_ends_the_request_of_the_chat_model(generating, chat, "text/event-stream")
    chat.will_say("InfLLM stores distant contexts into additional memory units [1].")
    with generating.as_caller() as ada:
        assert ada.post("/libraries/xu-han/ask", json={"question": "How does InfLLM work?"}).status_code == 200
    assert generating.service.gate.inside == 0


# ---- conversations


def begun(client: httpx2.Client, question: str = CLEVE) -> str:
    """The id of a new conversation."""
    asked = {"question": question, "conversation": "new"}
    response = client.post("/libraries/xu-han/ask", json=asked)
    assert response.headers["papertalk-exchange"] == "1"
    return response.headers["papertalk-conversation"]


def test_a_conversation_goes_on_and_is_read_again(client: httpx2.Client) -> None:
    conversation = begun(client)
    asked = {"question": "Where is its code?", "conversation": conversation}
    streamed = client.post("/libraries/xu-han/ask", json=asked, headers={"accept": "text/event-stream"})
    _, name, data = told_events(streamed.text)[-1]
    assert (name, data["conversation"], data["exchange"]) == ("finished", conversation, 2)
    whole = client.get(f"/conversations/{conversation}").json()
    assert [exchange["number"] for exchange in whole["exchanges"]] == [1, 2]
    assert "CLEVE" in whole["exchanges"][1]["answer"]["standalone_question"]
    assert whole["exchanges"][1]["answer"] == data["answer"]


def test_a_conversation_is_renamed_shared_exported_and_deleted(client: httpx2.Client, server: Server) -> None:
    conversation = begun(client)
    title = "Ünïcode 標題 " + "long " * 100
    renamed = client.patch(f"/conversations/{conversation}", json={"title": title}).json()
    assert renamed["title"].startswith("Ünïcode 標題 long")
    assert len(renamed["title"]) <= 60
    token = client.post(f"/conversations/{conversation}/share").json()["token"]
    with server.as_caller("read", "bob") as bob:
        shared = bob.get(f"/shared/{token}")
        assert shared.json()["exchanges"][0]["question"] == CLEVE
        assert conversation not in shared.text
    assert client.delete(f"/conversations/{conversation}/share").status_code == 204
    problem(client.get(f"/shared/{token}"), 404, "conversation-not-found")
    for form, begins in (("markdown", "# "), ("json", "{"), ("bibtex", "@")):
        assert client.get(f"/conversations/{conversation}/export", params={"format": form}).text.startswith(begins)
    assert client.delete(f"/conversations/{conversation}").status_code == 204
    problem(client.get(f"/conversations/{conversation}"), 404, "conversation-not-found")


def test_a_conversation_is_its_owners_alone(client: httpx2.Client, server: Server) -> None:
    conversation = begun(client)
    path = f"/conversations/{conversation}"
    for other in ("bob", ""):
        with server.as_caller("admin", other) as stranger:
            refused = [
                stranger.get(path),
                stranger.patch(path, json={"title": "mine"}),
                stranger.delete(path),
                stranger.post(f"{path}/share"),
                stranger.delete(f"{path}/share"),
                stranger.get(f"{path}/export"),
                stranger.post(f"{path}/exchanges/1/feedback", json={"useful": True}),
                stranger.delete(f"{path}/exchanges/1/feedback"),
                stranger.post("/libraries/xu-han/ask", json={"question": "Why?", "conversation": conversation}),
            ]
            assert stranger.get("/conversations").json()["items"] == []
        for response in refused:
            problem(response, 404, "conversation-not-found")
    assert client.get(path).json()["questions"] == 1


def test_conversations_are_listed_newest_first_page_by_page(server: Server) -> None:
    with server.as_caller("read", "carol") as carol:
        ids = [begun(carol, question) for question in (CLEVE, "How many papers a year?", "Who are the co-authors?")]
        first = carol.get("/conversations", params={"limit": 2}).json()
        assert [row["id"] for row in first["items"]] == [ids[2], ids[1]]
        rest = carol.get("/conversations", params={"limit": 2, "cursor": first["next"]}).json()
        assert ([row["id"] for row in rest["items"]], rest["next"]) == ([ids[0]], None)
        assert [row["id"] for row in carol.get("/conversations", params={"search": "cleve"}).json()["items"]] == [
            ids[0]
        ]


def test_whoever_is_at_this_machine_has_the_conversations_of_the_terminal(server: Server) -> None:
    stored = server.assistant.conversations
    conversation = stored.start("xu-han").id
    stored.add(conversation, server.assistant.ask(CLEVE))
    with server.as_caller("admin") as local:
        assert [row["id"] for row in local.get("/conversations").json()["items"]] == [conversation]
    stored.delete(conversation)


def test_feedback_becomes_questions_for_an_evaluation(client: httpx2.Client, server: Server) -> None:
    conversation = begun(client)
    path = f"/conversations/{conversation}/exchanges/1/feedback"
    assert client.post(path, json={"useful": True, "reason": "Just that."}).status_code == 204
    lines = client.get("/feedback", params={"library": "xu-han"}).text.splitlines()
    assert [json.loads(line)["question"] for line in lines] == [CLEVE]
    with server.as_caller("read", "ada") as reader:
        problem(reader.get("/feedback"), 403, "forbidden")
    assert client.delete(path).status_code == 204
    assert client.get("/feedback").text == ""
    problem(
        client.post(f"/conversations/{conversation}/exchanges/9/feedback", json={"useful": True}),
        404,
        "conversation-not-found",
    )


# ---- who may do what


@pytest.mark.parametrize(
    ("method", "path", "needed"),
    [
        ("GET", "/libraries", "read"),
        ("POST", "/libraries/xu-han/ask", "read"),
        ("DELETE", "/libraries/xu-han/papers/wang2021cleve", "ingest"),
        ("DELETE", "/libraries/xu-han/papers?key=wang2021cleve", "ingest"),
        ("POST", "/libraries/xu-han/ingest", "ingest"),
        ("POST", "/libraries/xu-han/preview", "ingest"),
        ("POST", "/libraries/xu-han/sync", "ingest"),
        ("POST", "/libraries/xu-han/undo", "ingest"),
        ("POST", "/libraries/xu-han/people/accept", "ingest"),
        ("GET", "/jobs", "ingest"),
        ("POST", "/libraries", "admin"),
        ("DELETE", "/libraries/xu-han?confirm=xu-han", "admin"),
        ("GET", "/feedback", "admin"),
    ],
)
def test_each_route_takes_its_scope(server: Server, method: str, path: str, needed: str) -> None:
    below: dict[str, Any] = {"read": "none", "ingest": "read", "admin": "ingest"}
    with server.as_caller(below[needed], "ada") as known, server.as_caller(below[needed]) as unknown:
        problem(known.request(method, path, json={}), 403, "forbidden")
        refused = unknown.request(method, path, json={})
    problem(refused, 401, "unauthorized")
    assert refused.headers["www-authenticate"].startswith("Bearer")


# ---- problems


def test_an_address_that_is_none_and_a_method_that_is_not_taken_are_problems(client: httpx2.Client) -> None:
    problem(client.get("/nowhere"), 404, "not-found")
    refused = client.put("/libraries")
    problem(refused, 405, "method-not-allowed")
    assert "GET" in refused.headers["allow"]


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (QuestionError("."), 422),
        (SourceError("."), 422),
        (LibraryNotFound("."), 404),
        (PaperNotFound("."), 404),
        (EmptyLibrary("."), 409),
        (LibraryInUse("."), 409),
        (LibraryUnavailable("."), 503),
        (Busy(".", 7), 429),
        (TimedOut("."), 504),
        (ModelError("."), 502),
        (ModelError(".", retryable=True), 503),
        (LibraryDamaged("."), 500),
        (ConversationsError("."), 500),
        (AssistantError("."), 500),
    ],
)
def test_each_error_has_its_status(error: AssistantError, status: int) -> None:
    assert status_of(error) == status
    assert problems.retry_after(error) == {429: 7, 503: problems.RETRY_AFTER}.get(status)


@pytest.mark.parametrize(
    "error",
    [
        LibraryDamaged("The store in '/home/ada/libraries/curie' cannot be read. Move it away."),
        LibraryNotWritable("The folder '/srv/data' cannot be written: read-only. Free space."),
        LibraryInUse("The library 'curie' is in use by process 17 (papertalk web); stop it."),
        LibraryError("The record of the last ingest, /home/ada/x/last-ingest.jsonl, cannot be read."),
        SourceError("The cache '/home/ada/my data/cache/replies.sqlite' cannot be written (full)."),
        ConversationsError("The file of conversations '/home/ada/c.sqlite' cannot be used: full."),
        ModelError("The model's file ~/models/m.gguf cannot be read."),
    ],
)
def test_nobody_but_this_machines_user_is_told_of_its_folders(error: AssistantError) -> None:
    told = sentence_of(error, to_owner=False)
    assert told.endswith(".")
    for secret in ("/home", "/srv", "ada", "17", "models"):
        assert secret not in told
    assert sentence_of(error, to_owner=True) == str(error)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("/home/ada/refs.bib, line 3", "refs.bib, line 3"),
        (
            "/home/ada/my papers/refs.bib: is no longer there; its papers stay.",
            "refs.bib: is no longer there; its papers stay.",
        ),
        ("https://example.org/a/b.html", "https://example.org/a/b.html"),
        ("'/a b/c.pdf' holds no text.", "'c.pdf' holds no text."),
        ("it says /a/b/c.pdf and more", "it says c.pdf and more"),
        ("doi:10.1/x/y and/or 3/4 of TCP/IP", "doi:10.1/x/y and/or 3/4 of TCP/IP"),
        ("pasted text, 2024-01-01, line 1", "pasted text, 2024-01-01, line 1"),
    ],
)
def test_files_are_called_by_their_last_names(text: str, shown: str) -> None:
    assert without_folders(text) == shown


def test_a_bug_is_answered_without_what_it_says(
    server: Server, client: httpx2.Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("zebra in /home/ada")

    monkeypatch.setattr(server.assistant, "related", broken)
    response = client.get("/libraries/xu-han/papers/wang2021cleve/related")
    told = problem(response, 500, "internal-error")
    assert "zebra" not in response.text + caplog.text
    assert told["request_id"] in caplog.text
    assert "RuntimeError" in caplog.text
