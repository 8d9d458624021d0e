"""The tools of the Model Context Protocol, by the SDK's own client: in memory, over streamable HTTP, over stdio."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError
from mcp_types import CallToolResult, TextContent, TextResourceContents

from assistant import Assistant
from assistant.shelf import Shelf
from assistant.surfaces.serve.mcp_server import OnShelf, make_server, mcp_app
from assistant.surfaces.serve.service import Service
from tests.asking import is_one_sentence
from tests.chat_server import ChatServer, Reply
from tests.programs import GEARNET, LIBRARY, WEAVEBANK, application, open_looms, serving
from vectorstore.embeddings import EmbeddingModel

QUESTION = "What is WeaveBank?"
ROOT = Path(__file__).parents[1]
TOOLS = ["ask", "search_papers", "get_paper", "trends", "list_libraries"]
COMMAND = "import sys; from assistant.surfaces.cli_mcp import app; app(sys.argv[1:], standalone_mode=False)"
MODES = ["auto", "legacy"]
"""Today's protocol, and the one of clients that still begin with a handshake."""


@pytest.fixture(scope="module")
def assistant(model: EmbeddingModel, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    with open_looms(tmp_path_factory.mktemp("mcp"), model) as opened:
        yield opened


@pytest.fixture(scope="module")
def address(assistant: Assistant) -> Iterator[str]:
    service = Service(Shelf(assistant.settings, assistant))
    with serving(application(service, *mcp_app(service))) as address:
        yield address


@asynccontextmanager
async def in_memory(assistant: Assistant, *, to_owner: bool = True) -> AsyncIterator[Client]:
    server = make_server(OnShelf(Shelf(assistant.settings, assistant)), to_owner=to_owner)
    async with Client(server) as client:
        yield client


@asynccontextmanager
async def over_http(address: str, mode: str = "auto", key: str = "right") -> AsyncIterator[Client]:
    headers = {"Authorization": f"Bearer {key}"}
    async with (
        httpx2.AsyncClient(headers=headers, timeout=60) as http,
        Client(streamable_http_client(f"{address}/mcp", http_client=http), mode=mode) as client,
    ):
        yield client


def said(result: Any) -> str:
    assert isinstance(result, CallToolResult)
    (content,) = result.content
    assert isinstance(content, TextContent)
    return content.text


# ---- the tools


async def test_the_tools_say_what_they_take_and_give_and_that_they_only_read(assistant: Assistant) -> None:
    async with in_memory(assistant) as client:
        tools = (await client.list_tools()).tools
        assert client.instructions
        assert "answered" in client.instructions
    assert [tool.name for tool in tools] == TOOLS
    for tool in tools:
        assert tool.title
        assert tool.description
        assert tool.output_schema
        assert tool.annotations
        assert (tool.annotations.read_only_hint, tool.annotations.open_world_hint) == (True, False)
        arguments = tool.input_schema["properties"]
        assert all("description" in argument for argument in arguments.values())
        assert "ctx" not in arguments


async def test_ask_gives_the_answer_with_exact_quotes(assistant: Assistant) -> None:
    expected = assistant.ask(QUESTION).to_dict()
    async with in_memory(assistant) as client:
        result = await client.call_tool("ask", {"question": QUESTION})
    given = result.structured_content
    assert given is not None
    assert given["answered"] is True
    assert given["citations"] == expected["citations"]
    assert given["citations_in_all"] == len(expected["citations"])
    assert given["text"] == expected["text"]
    for cited in given["citations"]:
        paper = assistant.paper(cited["paper"]["key"])
        assert paper.text[cited["start"] : cited["end"]] == cited["quote"]
    assert said(result).startswith(expected["text"])
    assert "**References**" in said(result)


async def test_ask_counts_and_says_where_nothing_answers(assistant: Assistant) -> None:
    async with in_memory(assistant) as client:
        counted = await client.call_tool("ask", {"question": "How many papers are there?", "filters": {"since": 2019}})
        abstained = await client.call_tool("ask", {"question": "Who won the cup in 1998?"})
    assert counted.structured_content is not None
    assert "1 paper" in counted.structured_content["text"]
    assert abstained.structured_content is not None
    assert abstained.structured_content["answered"] is False


async def test_search_gives_the_best_passage_of_each_paper(assistant: Assistant) -> None:
    async with in_memory(assistant) as client:
        result = await client.call_tool("search_papers", {"query": "learning gears from drawings", "limit": 1})
        none = await client.call_tool("search_papers", {"query": "gears", "filters": {"since": 2030}})
        topical = await client.call_tool("search_papers", {"query": "gears", "filters": {"introduces": ["dataset"]}})
    assert result.structured_content is not None
    (hit,) = result.structured_content["hits"]
    assert hit["paper"]["title"] == GEARNET.title
    assert assistant.paper(hit["paper"]["key"]).text[hit["start"] : hit["end"]] == hit["quote"]
    assert hit["paper"]["key"] in said(result)
    assert none.structured_content == {"hits": []}
    assert said(none).startswith("No paper is found")
    assert topical.structured_content is not None
    assert [hit["paper"]["title"] for hit in topical.structured_content["hits"]] == [WEAVEBANK.title]


async def test_a_paper_is_a_tools_result_and_a_resource(assistant: Assistant) -> None:
    (key,) = [paper.key for paper in assistant.papers() if paper.title == WEAVEBANK.title]
    async with in_memory(assistant) as client:
        brief = (await client.call_tool("get_paper", {"key": key})).structured_content
        whole = (await client.call_tool("get_paper", {"key": key, "with_text": True})).structured_content
        (template,) = (await client.list_resource_templates()).resource_templates
        (content,) = (await client.read_resource(f"paper://{LIBRARY}/{key}")).contents
        for uri in (f"paper://{LIBRARY}/nobody2001", f"paper://elsewhere/{key}"):
            with pytest.raises(MCPError, match=r"^(The library|There is no library)"):
                await client.read_resource(uri)
    assert brief is not None
    assert whole is not None
    assert (brief["title"], brief["year"], brief["url"], brief["text"]) == (WEAVEBANK.title, 2018, WEAVEBANK.url, None)
    assert brief["abstract"] == WEAVEBANK.abstract
    assert whole["text"] == assistant.paper(key).text
    assert template.uri_template == "paper://{library}/{key}"
    assert isinstance(content, TextResourceContents)
    assert WEAVEBANK.abstract in content.text


async def test_trends_are_exact_counts_with_the_papers_behind_them(assistant: Assistant) -> None:
    async with in_memory(assistant) as client:
        result = await client.call_tool("trends", {"by": ["year"]})
        crossed = await client.call_tool("trends", {"by": ["author", "year"], "filters": {"until": 2018}})
    assert result.structured_content is not None
    rows = result.structured_content["rows"]
    assert [(row["year"], row["papers"]) for row in rows] == [(2018, 1), (2019, 1)]
    assert all(len(row["keys"]) == 1 for row in rows)
    assert "2018" in said(result)
    assert crossed.structured_content is not None
    assert crossed.structured_content["rows_in_all"] == 1


async def test_the_libraries_are_listed_with_what_they_hold(assistant: Assistant) -> None:
    async with in_memory(assistant) as client:
        result = await client.call_tool("list_libraries", {})
    assert result.structured_content == {
        "libraries": [
            {
                "name": LIBRARY,
                "author": None,
                "papers": 2,
                "first_year": 2018,
                "last_year": 2019,
                "problem": None,
            }
        ]
    }
    assert said(result) == f"{LIBRARY}: 2 papers, 2018 to 2019"


async def test_what_goes_wrong_is_the_tools_error_in_one_sentence(assistant: Assistant) -> None:
    async with in_memory(assistant) as client:
        for name, arguments, says in (
            ("ask", {"question": "?"}, "The question is empty"),
            ("ask", {"question": QUESTION, "library": "elsewhere"}, "list_libraries names those that are there."),
            ("search_papers", {"query": " "}, "The query is empty"),
            ("get_paper", {"key": "nobody2001"}, "has no paper 'nobody2001'"),
            ("trends", {"by": ["colour"]}, "The argument 'by.0' of trends is not as it should be: it should be 'year'"),
            ("trends", {"by": []}, "it should have at least 1 item"),
            ("ask", {"question": QUESTION, "filters": {"colour": "red"}}, "there is no such field; leave it out."),
            ("ask", {"question": QUESTION, "filters": {"since": 2021, "until": 2018}}, "exchange the two."),
            ("ask", {}, "The argument 'question' of ask is not as it should be: it is missing."),
            ("search_papers", {"query": "cards", "limit": 0}, "it should be greater than or equal to 1."),
        ):
            result = await client.call_tool(name, arguments)
            assert result.is_error, name
            assert says in said(result)
            assert is_one_sentence(said(result))


# ---- over streamable HTTP


@pytest.mark.parametrize("mode", MODES)
async def test_over_http_the_tools_are_the_same(address: str, assistant: Assistant, mode: str) -> None:
    async with over_http(address, mode) as client:
        assert [tool.name for tool in (await client.list_tools()).tools] == TOOLS
        result = await client.call_tool("ask", {"question": QUESTION})
        assert (await client.call_tool("get_paper", {"key": "nobody2001"})).is_error
    assert result.structured_content is not None
    assert result.structured_content["text"] == assistant.ask(QUESTION).text


async def test_many_ask_at_once(address: str) -> None:
    async with over_http(address) as one, over_http(address, key="other") as other:
        results = await asyncio.gather(*(c.call_tool("ask", {"question": QUESTION}) for c in [one, other] * 5))
    assert len({said(result) for result in results}) == 1


async def test_who_may_not_read_gets_no_tools(address: str) -> None:
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    async with httpx2.AsyncClient(timeout=60) as http:
        unknown = await http.post(f"{address}/mcp", json=body)
        idle = await http.post(f"{address}/mcp", json=body, headers={"Authorization": "Bearer idle"})
        listening = await http.get(f"{address}/mcp", headers={"Authorization": "Bearer right"})
    assert unknown.status_code == 401
    assert unknown.headers["www-authenticate"].startswith("Bearer")
    assert idle.status_code == 403
    assert (listening.status_code, listening.headers["allow"]) == (405, "POST")


async def test_a_body_that_is_no_request_is_no_fault_of_the_servers(address: str) -> None:
    headers = {"Authorization": "Bearer right", "Content-Type": "application/json", "Accept": "application/json"}
    async with httpx2.AsyncClient(
        headers=headers | {"Accept": "application/json, text/event-stream"}, timeout=60
    ) as http:
        for body in ("{", "[]", "null", '{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": 1}}'):
            assert (await http.post(f"{address}/mcp", content=body)).status_code < 500


@pytest.fixture
def writing(running: ChatServer, model: EmbeddingModel, tmp_path: Path) -> Iterator[str]:
    """The address of a server whose library has a chat model."""
    with open_looms(tmp_path, model, **running.settings | {"chat_timeout": 120}) as opened:
        service = Service(Shelf(opened.settings, opened))
        with serving(application(service, *mcp_app(service))) as address:
            yield address


async def test_a_call_that_is_cancelled_ends_the_request_of_the_model(writing: str, server: ChatServer) -> None:
    server.will_say(Reply("We present WeaveBank [1].", trouble="stalls"))
    async with over_http(writing) as client:
        call = asyncio.create_task(client.call_tool("ask", {"question": QUESTION}))
        assert await asyncio.to_thread(server.waiting.wait, 30)
        call.cancel()
        assert await asyncio.to_thread(server.hung_up.wait, 30)
        await asyncio.wait([call])


async def test_a_client_that_leaves_ends_the_request_of_the_model(writing: str, server: ChatServer) -> None:
    server.will_say(Reply("We present WeaveBank [1].", trouble="stalls"))
    async with over_http(writing, "legacy") as client:
        call = asyncio.create_task(client.call_tool("ask", {"question": QUESTION}))
        assert await asyncio.to_thread(server.waiting.wait, 30)
        call.cancel()
        await asyncio.wait([call])
    assert await asyncio.to_thread(server.hung_up.wait, 30)


# ---- over stdio


@pytest.fixture(scope="module")
def folder(model: EmbeddingModel, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder that nobody has open."""
    folder = tmp_path_factory.mktemp("stdio")
    open_looms(folder, model).close()
    return folder


def arguments(folder: Path) -> list[str]:
    return ["-c", COMMAND, "--library", LIBRARY, "--data-dir", str(folder)]


def environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(ROOT)}


async def test_over_stdio_the_tools_are_the_same(folder: Path, tmp_path: Path) -> None:
    started = StdioServerParameters(command=sys.executable, args=arguments(folder), env=environment())
    with (tmp_path / "log").open("w+") as log:
        async with Client(stdio_client(started, errlog=log)) as client:
            assert [tool.name for tool in (await client.list_tools()).tools] == TOOLS
            result = await client.call_tool("ask", {"question": QUESTION})
            assert (await client.call_tool("get_paper", {"key": "nobody2001"})).is_error
        log.seek(0)
        assert log.read() == ""
    assert result.structured_content is not None
    assert result.structured_content["answered"] is True


HELLO = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
    },
}


@pytest.mark.parametrize("how", ["closed", "interrupted", "terminated"])
def test_the_command_ends_when_its_starter_does_and_says_nothing_but_the_protocol(folder: Path, how: str) -> None:
    process = subprocess.Popen(
        [sys.executable, *arguments(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    with process:
        process.stdin.write(json.dumps(HELLO) + "\n")
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["result"]["serverInfo"]["name"] == "papertalk"
        if how != "closed":  # standard input stays open
            process.send_signal(signal.SIGINT if how == "interrupted" else signal.SIGTERM)
            assert process.wait(60) == 130
        rest, log = process.communicate(timeout=60)
    assert process.returncode == (0 if how == "closed" else 130)
    assert rest == ""
    assert log == ("" if how == "closed" else "Interrupted.\n")


def test_a_library_that_is_not_there_is_said_at_once(folder: Path) -> None:
    process = subprocess.run(
        [sys.executable, "-c", COMMAND, "--library", "nobody", "--data-dir", str(folder)],
        capture_output=True,
        text=True,
        env=environment(),
        timeout=60,
        check=False,
    )
    assert process.stdout == ""
    assert "There is no library 'nobody'" in process.stderr
