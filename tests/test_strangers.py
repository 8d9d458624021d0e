"""A real public server as strangers meet it: what they are not told, what they cannot break, what its log holds."""

from __future__ import annotations

import http.client
import json
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client

from assistant import Assistant
from assistant.conversations.store import open_conversations
from assistant.settings import load
from tests.chroma_server import serving_chroma
from tests.papers import make_paper
from tests.real_server import errors_of, papertalk, served
from vectorstore.embeddings import EmbeddingModel

LIBRARY = "/api/v1/libraries/default"
QUESTION = {"question": "What drives looms?"}
LOOMS = make_paper("Looms", "Cards drive looms. Nobody weaves by hand.")
PUBLIC = {"access": "public", "log_format": "json", "rate_limit": "100000/minute"}
MARMALADE = "Which marmalade is best?"


@dataclass
class Public:
    address: str
    data_dir: Path

    @property
    def port(self) -> int:
        return int(urlsplit(self.address).port or 0)

    @property
    def log(self) -> str:
        return errors_of(self.data_dir).read_text(encoding="utf-8")

    def raw(self, content: bytes) -> bytes:
        """All that is answered to these bytes until the connection is closed."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=60) as connection:
            connection.sendall(content)
            return b"".join(iter(lambda: connection.recv(65_536), b""))


@pytest.fixture(scope="module")
def public(model: EmbeddingModel, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Public]:
    """A library of one paper, and beside it one that is damaged."""
    data_dir = tmp_path_factory.mktemp("public") / "data"
    with Assistant(data_dir=data_dir, model=model) as assistant:
        assistant.take_in([LOOMS])
    (data_dir / "libraries" / "broken").mkdir()
    (data_dir / "libraries" / "broken" / "CURRENT").write_text("generation-7\n", encoding="utf-8")
    with served(data_dir, **PUBLIC) as (_, address):
        yield Public(address, data_dir)


def as_visitor(public: Public, name: str) -> httpx2.Client:
    return httpx2.Client(base_url=public.address, cookies={"papertalk": name} if name else {}, timeout=60)


# ---- what is whose


def test_what_a_visitor_asks_on_the_page_is_seen_and_found_again_by_that_visitor_alone(public: Public) -> None:
    with as_visitor(public, "ada") as ada, as_visitor(public, "eve") as eve, as_visitor(public, "") as nobody:
        with ada.stream("GET", "/gradio_api/heartbeat/apage"):  # an open page
            assert ada.post("/gradio_api/queue/join", json=asking("apage", QUESTION["question"])).status_code == 200
            stream = "/gradio_api/queue/data?session_hash=apage"
            assert [other.get(stream).status_code for other in (eve, nobody)] == [403, 403]
            with ada.stream("GET", stream) as events:
                lines = events.iter_lines()
                assert any("Cards drive looms." in line for line in lines)
                assert any("process_completed" in line for line in lines)  # it is kept by then
        (kept,) = ada.get("/api/v1/conversations").json()["items"]
        place = f"/api/v1/conversations/{kept['id']}"
        assert ada.get(place).json()["exchanges"][0]["question"] == QUESTION["question"]
        for other in (eve, nobody):
            assert other.get("/api/v1/conversations").json()["items"] == []
            assert other.get(place).status_code == 404
            assert other.delete(place).status_code == 404
            told = other.post(f"{LIBRARY}/ask", json={**QUESTION, "conversation": kept["id"]})
            assert told.status_code == 404
        assert ada.get(place).status_code == 200


def test_nothing_is_kept_over_http_for_who_could_not_find_it_again(public: Public) -> None:
    conversations = open_conversations(public.data_dir)
    before = conversations.list()
    with as_visitor(public, "") as nobody:
        told = nobody.post(f"{LIBRARY}/ask", json={**QUESTION, "conversation": "new"})
    assert told.status_code == 422
    assert "log in" in told.json()["detail"]
    assert conversations.list() == before


def asking(page: str, question: object) -> dict[str, Any]:
    """What the page sends for a question."""
    return {"fn_index": 1, "data": [None], "event_data": {"question": question}, "session_hash": page}


# ---- what is not told


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/chat/completions", {"model": "broken", "messages": [{"role": "user", "content": MARMALADE}]}),
        ("/v1/chat/completions", {"model": "../../etc", "messages": [{"role": "user", "content": MARMALADE}]}),
        ("/v1/embeddings", {"model": "broken", "input": MARMALADE}),
        ("/api/v1/libraries/broken/ask", {"question": MARMALADE}),
        ("/api/v1/libraries/broken/search", {"query": MARMALADE}),
    ],
)
def test_neither_an_answer_nor_the_log_has_a_path_or_a_question(
    public: Public, path: str, body: dict[str, Any]
) -> None:
    with as_visitor(public, "ada") as ada:
        told = ada.post(path, json=body)
    assert told.status_code >= 400
    for text in (told.text, public.log):
        assert str(public.data_dir) not in text
        assert "marmalade" not in text


def test_with_json_every_line_of_standard_error_is_json_also_where_the_page_fails(public: Public) -> None:
    with as_visitor(public, "eve") as eve:
        hostile = asking("broken", {"path": f"/etc/{MARMALADE}", "meta": {"_type": "gradio.FileData"}})
        clicked = eve.post("/gradio_api/run/predict", json={**hostile, "fn_index": 0})
        assert clicked.status_code == 500
        assert eve.post("/gradio_api/queue/join", json=hostile).status_code == 200
        asked = eve.get("/gradio_api/queue/data?session_hash=broken")
        assert "Traceback" not in clicked.text + asked.text
    rows = [json.loads(line) for line in public.log.splitlines()]
    assert any(row["level"] == "ERROR" and "gradio" in row.get("error", "") for row in rows)
    assert "marmalade" not in public.log


def test_with_json_the_reason_why_it_does_not_start_is_json(tmp_path: Path) -> None:
    refused = papertalk(tmp_path, "serve", "--host", "0.0.0.0", "--port", "0", log_format="json")
    assert refused.returncode == 1
    (row,) = [json.loads(line) for line in refused.stderr.splitlines()]
    assert "PAPERTALK_ACCESS" in row["message"]


async def test_the_address_of_the_chroma_server_is_told_to_no_stranger(model: EmbeddingModel, tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    with serving_chroma(tmp_path / "chroma") as chroma:
        with Assistant(settings=load(data_dir=data_dir, chroma_url=chroma.url), model=model) as assistant:
            assistant.take_in([LOOMS])
        with served(data_dir, chroma_url=chroma.url, **PUBLIC) as (_, address), ExitStack() as open_ones:
            visitor = open_ones.enter_context(httpx2.Client(base_url=address, timeout=60))
            chroma.kill()
            message = [{"role": "user", "content": QUESTION["question"]}]
            told = [
                visitor.post(f"{LIBRARY}/ask", json=QUESTION),
                visitor.post("/v1/chat/completions", json={"model": "default", "messages": message}),
                visitor.get("/api/v1/libraries"),
                visitor.get("/readyz"),
            ]
            assert [response.status_code for response in told] == [503] * 4
            async with Client(streamable_http_client(f"{address}/mcp")) as client:
                called = await client.call_tool("ask", QUESTION)
            texts = [*(response.text for response in told), called.model_dump_json()]
            assert not [text for text in texts if urlsplit(chroma.url).netloc in text]
            chroma.start()
            assert visitor.post(f"{LIBRARY}/ask", json=QUESTION).status_code == 200
            while (ready := visitor.get("/readyz")).status_code == 503:  # what was found is told for a second
                time.sleep(float(ready.headers["Retry-After"]))
            assert ready.status_code == 200


# ---- what cannot be broken


@pytest.mark.parametrize(
    "path",
    [
        "/../../../../etc/passwd",
        "/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
        "/static/../../../../etc/passwd",
        "/static/%2e%2e%2f%2e%2e%2f%2e%2e%2fetc/passwd",
        "/assets/..%5c..%5cetc%5cpasswd",
        "/theme.css/../../etc/passwd",
        "/gradio_api/file=/etc/passwd",
        "/gradio_api/file=..%2f..%2fetc%2fpasswd",
        "/api/v1/libraries/..%2f..%2fetc/papers",
        "/api/v1/libraries/default%2f..%2fbroken/papers",
        "/api/v1/libraries/default%00/papers",
        "/api/v1/libraries/default/papers/..%2f..%2f..%2fetc%2fpasswd",
        "/api/v1/shared/..%2f..%2fconversations.sqlite",
        "/v1/models/..%2f..%2fetc%2fpasswd",
        "//etc/passwd",
    ],
)
def test_no_path_leads_to_a_file(public: Public, path: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", public.port, timeout=60)  # which sends the path as it is
    connection.request("GET", path)
    told = connection.getresponse()
    content = told.read()
    connection.close()
    assert b"root:" not in content
    assert b"SQLite" not in content
    if told.status == 200:  # the page, which has all paths that are nobody's
        assert b"<!doctype html>" in content[:100].lower()
    else:
        assert 300 <= told.status < 500


NESTED = "[" * 100_000
OVERSIZED: list[tuple[str, str, dict[str, Any]]] = [
    ("POST", f"{LIBRARY}/ask", {"json": {"question": "a" * 100_000}}),
    ("POST", f"{LIBRARY}/ask", {"json": {**QUESTION, "history": [{"role": "user", "content": "a"}] * 20_000}}),
    ("POST", f"{LIBRARY}/ask", {"json": {**QUESTION, "filters": {"papers": ["a"] * 100_000}}}),
    ("POST", f"{LIBRARY}/ask", {"content": NESTED, "headers": {"content-type": "application/json"}}),
    ("POST", f"{LIBRARY}/ask", {"content": b"\xff" * 1000, "headers": {"content-type": "application/json"}}),
    ("POST", f"{LIBRARY}/ask", {"content": bytes(3_000_000)}),
    ("POST", f"{LIBRARY}/search", {"json": {"query": "a" * 100_000}}),
    ("GET", f"{LIBRARY}/papers?limit=99999999999999999999", {}),
    ("GET", f"{LIBRARY}/papers?cursor={'a' * 5_000}", {}),
    ("GET", f"{LIBRARY}/papers?{'author=a&' * 700}", {}),
    ("GET", f"/api/v1/libraries/{'a' * 5_000}", {}),
    ("GET", f"/{'a' * 20_000}", {}),
    ("GET", "/api/v1/libraries", {"headers": {"x-large": "a" * 20_000}}),
    ("GET", "/api/v1/libraries", {"headers": {"authorization": f"Bearer pt_{'a' * 10_000}"}}),
    ("POST", "/v1/chat/completions", {"json": {"model": "default", "messages": [{"role": "user"}] * 20_000}}),
    ("POST", "/v1/embeddings", {"json": {"model": "default", "input": ["a"] * 50_000}}),
    ("POST", "/v1/chat/completions", {"content": NESTED}),
    ("POST", "/mcp", {"content": NESTED, "headers": {"content-type": "application/json", "accept": "*/*"}}),
    ("POST", "/mcp", {"content": bytes(3_000_000)}),
    ("POST", "/login", {"data": {"name": "a" * 100_000, "password": "b" * 100_000}}),
    ("POST", "/login", {"content": "&".join(f"a{n}=b" for n in range(10_000))}),
    ("PUT", f"/upload/{'a' * 5_000}", {"content": bytes(100)}),
]


@pytest.mark.parametrize(("method", "path", "sent"), OVERSIZED, ids=[f"{row[0]}{row[1][:40]}" for row in OVERSIZED])
def test_whatever_is_too_large_is_refused(public: Public, method: str, path: str, sent: dict[str, Any]) -> None:
    with as_visitor(public, "eve") as eve:
        told = eve.request(method, path, **sent)
        assert 400 <= told.status_code < 500
        assert len(told.content) < 20_000
        assert eve.get("/healthz").status_code == 200


def test_nothing_of_a_request_becomes_a_header_of_the_answer(public: Public) -> None:
    for target in ("/login?next=/%0d%0aSet-Cookie:%20a=b", "/?c=%0d%0aSet-Cookie:%20a=b", "/%0d%0aSet-Cookie:%20a=b"):
        head = (
            f"GET {target} HTTP/1.1\r\nHost: localhost\r\nX-Request-ID: a%0d%0aX-Evil: b\r\nConnection: close\r\n\r\n"
        )
        told = public.raw(head.encode()).partition(b"\r\n\r\n")[0].lower()
        assert b"\r\nx-evil" not in told
        assert b"\r\nset-cookie: a=b" not in told
    smuggled = public.raw(
        b"POST /api/v1/libraries HTTP/1.1\r\nHost: localhost\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n"
        b"Connection: close\r\n\r\n0\r\n\r\nGET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"
    )
    assert smuggled.count(b"HTTP/1.1 ") == 1
    assert b"process_resident" not in smuggled


# ---- clients that are slow, or leave


def test_clients_that_read_nothing_and_clients_that_leave_hold_up_nobody(public: Public) -> None:
    body = json.dumps(QUESTION).encode()
    head = f"POST {LIBRARY}/ask HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    whole = f"{head}Accept: text/event-stream\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
    half = f"{head}Content-Length: 5000\r\n\r\n".encode() + body
    with ExitStack() as open_ones:
        for content in [whole] * 60 + [half] * 60:
            connection = socket.create_connection(("127.0.0.1", public.port), timeout=60)
            open_ones.enter_context(connection)
            connection.sendall(content)
        for content in [whole] * 60:
            with socket.create_connection(("127.0.0.1", public.port), timeout=60) as leaving:
                leaving.sendall(content)
        with as_visitor(public, "ada") as ada:
            told = ada.post(f"{LIBRARY}/ask", json=QUESTION)
            while told.status_code == 429:
                told = ada.post(f"{LIBRARY}/ask", json=QUESTION)
            assert told.status_code == 200
    with as_visitor(public, "") as operator:
        while "papertalk_answers_under_way 0.0" not in operator.get("/metrics").text:
            continue
