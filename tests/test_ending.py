"""How a real server ends: what is under way when it is told to end, and what is left when it is killed."""

from __future__ import annotations

import asyncio
import os
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import httpx2
import pytest
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp_types import CallToolResult

from assistant import Assistant
from tests.chat_server import SLOW, ChatServer, Reply
from tests.papers import make_paper
from tests.real_server import LIBRARY, MANY, begin_ingest, ended, keys, served, whole_ingest
from vectorstore.embeddings import EmbeddingModel

QUESTION = {"question": "What drives looms?"}


@pytest.fixture
def data_dir(tmp_path: Path, model: EmbeddingModel) -> Path:
    folder = tmp_path / "data"
    with Assistant(data_dir=folder, model=model) as assistant:
        assistant.take_in([make_paper("Looms", "Cards drive looms. Nobody weaves by hand.")])
    return folder


async def test_what_is_under_way_comes_to_its_end_and_whoever_comes_then_is_told_so(
    data_dir: Path, server: ChatServer
) -> None:
    server.will_say(*[Reply("Cards drive looms. [1]", trouble="pauses")] * 2)
    with served(data_dir, chat_model="openai:small", chat_url=server.url) as (process, address):
        async with (
            httpx2.AsyncClient(base_url=address, timeout=60) as http,
            Client(streamable_http_client(f"{address}/mcp", http_client=http)) as client,
        ):
            await client.list_tools()  # which the client checks a result against, and would ask for after it
            stream = asyncio.create_task(asyncio.to_thread(streamed, address))
            call = asyncio.create_task(client.call_tool("ask", QUESTION))
            while len(server.requests) < 2:
                await asyncio.to_thread(server.waiting.wait, SLOW)
            process.send_signal(signal.SIGTERM)
            while (ready := await http.get("/readyz")).status_code == 200:
                continue
            late = await http.post(f"{LIBRARY}/ask", json=QUESTION)
            server.going_on.set()
            events, result = await asyncio.gather(stream, call)
        assert process.wait() == 0
    assert (events[0], events[-1]) == ("planned", "finished")
    assert isinstance(result, CallToolResult)
    assert not result.is_error
    assert result.structured_content is not None
    assert "Cards drive looms." in result.structured_content["text"]
    assert ready.status_code == 503
    assert (late.status_code, late.headers["retry-after"].isdigit()) == (429, True)
    assert "stopping" in late.json()["detail"]


def streamed(address: str) -> list[str]:
    """The names of the events of an answer."""
    accept = {"accept": "text/event-stream"}
    with httpx2.stream("POST", f"{address}{LIBRARY}/ask", json=QUESTION, headers=accept, timeout=60) as response:
        return [line.removeprefix("event: ") for line in response.iter_lines() if line.startswith("event: ")]


def test_an_ingest_stops_between_papers_and_goes_on_later(data_dir: Path) -> None:
    with served(data_dir) as (process, address):
        begin_ingest(address)
        code, _ = ended(process, signal.SIGTERM)
        assert code == 0
    with served(data_dir) as (process, address):
        there = keys(address)
        assert 1 < len(there) < MANY + 1
        report = whole_ingest(address)
        assert len(report["added"]) == MANY + 1 - len(there)
        assert len(report["unchanged"]) == len(there) - 1
        assert len(keys(address)) == MANY + 1


def test_a_kill_under_load_loses_nothing_that_was_there(data_dir: Path) -> None:
    with served(data_dir) as (process, address), ThreadPoolExecutor(4) as threads:
        kept = httpx2.post(f"{address}{LIBRARY}/ask", json={**QUESTION, "conversation": "new"}, timeout=60)
        conversation = kept.headers["papertalk-conversation"]
        answered, over = Event(), Event()
        asking = [threads.submit(ask_on, address, answered, over) for _ in range(4)]
        assert answered.wait(60)
        begin_ingest(address)
        process.kill()
        process.wait()
        over.set()
        assert {status for one in asking for status in one.result()} == {200}
    left = [path for path in (data_dir / "temporary").rglob("papertalk-*") if path.is_dir()]
    assert left  # the upload that was being read
    with served(data_dir) as (process, address):
        assert not any(path.exists() for path in left)
        there = keys(address)
        assert 1 < len(there) < MANY + 1
        with httpx2.Client(timeout=60) as client:
            assert all(client.get(f"{address}{LIBRARY}/papers/{key}").json()["passages"] for key in there)
        assert httpx2.get(f"{address}/api/v1/conversations/{conversation}", timeout=60).json()["questions"] == 1
        whole_ingest(address)
        assert len(keys(address)) == len(set(keys(address))) == MANY + 1
        ended(process, signal.SIGTERM)
    assert list((data_dir / "temporary").iterdir()) == []


def ask_on(address: str, answered: Event, over: Event) -> list[int]:
    """Ask until the server is gone; the statuses that came."""
    statuses = []
    with httpx2.Client(timeout=60) as client:
        while not over.is_set():
            try:
                statuses.append(client.post(f"{address}{LIBRARY}/ask", json=QUESTION).status_code)
            except httpx2.TransportError:
                break
            answered.set()
    return statuses


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX's")
def test_temporary_files_lie_in_the_data_folder_for_its_user_alone(data_dir: Path) -> None:
    with served(data_dir) as (process, _):
        (folder,) = [path for path in (data_dir / "temporary").iterdir() if path.is_dir()]
        assert folder.stat().st_mode & 0o077 == 0
        ended(process, signal.SIGINT)
    assert list((data_dir / "temporary").iterdir()) == []
