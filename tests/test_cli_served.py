"""Commands typed while a server holds the library: they go through it, and say what they say without it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

from tests import command_line
from tests.asking import is_one_sentence
from tests.command_line import process_env, run, sentence, stored_library
from tests.pages import make_page, make_record
from tests.real_server import BIB, served

PAGE = make_page(
    make_record("LoomNet: Weaving by Cards", abstract="We propose LoomNet, a method that weaves. Cards drive looms."),
    make_record("ThreadBank: A Dataset of Threads", abstract="We present ThreadBank, a dataset of 900 threads."),
    make_record("Notes on Bridges", authors="Ada Lovelace, Joseph Clement", abstract="Bridges carry trains."),
)
LOOM, BRIDGE = "lovelace2019loomnet", "lovelace2019notes"


@dataclass(frozen=True)
class Twins:
    """Two data folders that hold the same: of one a server has the library open."""

    alone: Path
    held: Path
    address: str

    def both(self, *arguments: str, stdin: str | None = None) -> tuple[tuple[int, str, str], tuple[int, str, str]]:
        """The exit code, the output and the errors of a command in each of the two."""
        alone, held = (run(*arguments, data=folder, stdin=stdin) for folder in (self.alone, self.held))
        return (
            (alone.exit_code, alone.stdout, alone.stderr),
            (held.exit_code, held.stdout.replace(str(self.held), str(self.alone)), held.stderr),
        )


@pytest.fixture(scope="module")
def twins(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twins]:
    alone = tmp_path_factory.mktemp("twins") / "alone"
    alone.mkdir()
    stored_library(PAGE, alone)
    held = alone.with_name("held")
    shutil.copytree(alone, held)
    with served(held, library="ada") as (_, address):
        yield Twins(alone, held, address)


@pytest.fixture
def bib(tmp_path: Path) -> str:
    file = tmp_path / "refs.bib"
    file.write_text(BIB + "@article{untitled, author={Ada Lovelace}}\n", encoding="utf-8")
    return str(file)


@pytest.mark.parametrize(
    "command",
    [
        "papers",
        "papers --json",
        f"show {LOOM}",
        f"show {LOOM} --json",
        "show nobody1900",
        "export",
        f"export --format ris {BRIDGE} {LOOM}",
        "export --format jsonl nobody1900",
        "trends --by year --csv",
        "people",
        "people --json",
        "people --name Nobody",
        "sources",
        "sources --json",
        "ask What is LoomNet?",
    ],
)
def test_what_only_looks_says_the_same_through_a_server(twins: Twins, command: str) -> None:
    alone, held = twins.both(*command.split())
    assert held == alone


def test_a_bibliography_is_written_to_a_file_through_a_server(twins: Twins, tmp_path: Path) -> None:
    alone, held = twins.both("export", "--output", str(tmp_path / "all.bib"))
    assert held == alone
    assert (tmp_path / "all.bib").read_text(encoding="utf-8").count("@") == 3


def test_a_preview_is_the_same_and_stores_nothing(twins: Twins, bib: str) -> None:
    for form in ([], ["--json"]):
        alone, held = twins.both("ingest", "--dry-run", bib, *form)
        assert held == alone
        assert alone[0] == 0
    assert run("papers", data=twins.held).stdout == run("papers", data=twins.alone).stdout


def test_papers_come_in_and_go_again_as_without_a_server(twins: Twins, bib: str) -> None:
    commands = [
        ["ingest", bib],
        ["ingest", bib],
        ["sources", "--json"],
        ["sync", "--json"],
        ["undo"],
        ["ingest", bib, "--json"],
        ["remove", "hopper1952", "nobody1900"],
        ["remove", "hopper1952"],
        ["remove", "hopper1952", "--json"],
        ["papers"],
    ]
    for command in commands:
        alone, held = twins.both(*command)
        assert held == alone, command


def test_who_is_who_is_decided_as_without_a_server(twins: Twins) -> None:
    for command in (
        ["people", "split", BRIDGE],
        ["people", "merge", "1", "7"],
        ["people", "merge", "1", "2"],
        ["people", "undo"],
        ["people", "undo", "--json"],
        ["people", "undo"],
        ["people", "accept"],
        ["people", "keep", "9"],
        ["people", "undo"],
    ):
        alone, held = twins.both(*command)
        assert held == alone, command


def test_a_chat_goes_on_through_a_server_and_is_kept(twins: Twins) -> None:
    said = "What is LoomNet?\nWhat drives looms?\n/papers\n/sources\n/next\n/title Cards\n/quit\n"
    alone, held = twins.both("chat", stdin=said)
    assert held == alone
    assert "We propose LoomNet" in held[1]
    again = twins.both("chat", "--continue", stdin="/export talk.bib\n/delete yes\n")
    assert again[1] == again[0]
    assert "Cards, question 2" in again[1][1]
    assert "@" in Path("talk.bib").read_text(encoding="utf-8")


def test_what_cannot_go_through_a_server_says_so_and_what_to_do(twins: Twins, tmp_path: Path) -> None:
    questions = tmp_path / "questions.jsonl"
    questions.write_text('{"question": "What is LoomNet?"}\n', encoding="utf-8")
    for command in (["eval", str(questions)], ["reindex"]):
        told = sentence(run(*command, data=twins.held)).removeprefix("Error: ")
        assert is_one_sentence(told)
        assert f"The library 'ada' is open in the server at {twins.address}" in told
        assert "end that one" in told


CALLS: list[tuple[str, dict[str, Any]]] = [
    ("list_libraries", {}),
    ("trends", {"by": ["year"], "filters": {"mentions": ["LoomNet"]}}),
    ("search_papers", {"query": "threads", "library": "ada"}),
    ("get_paper", {"key": LOOM, "with_text": True}),
    ("get_paper", {"key": "nobody1900"}),
    ("get_paper", {"key": LOOM, "library": "nobody"}),
    ("ask", {"question": "What is LoomNet?"}),
    ("ask", {"question": " "}),
]


async def test_the_tools_of_mcp_tell_the_same_through_a_server(twins: Twins, tmp_path: Path) -> None:
    told = []
    for folder in (twins.alone, twins.held):
        name, *arguments = command_line.command("mcp", "--library", "ada")
        started = StdioServerParameters(command=name, args=arguments, env=process_env(folder))
        with (tmp_path / "log").open("w+") as log:
            async with Client(stdio_client(started, errlog=log)) as client:
                results = [await client.call_tool(tool, given) for tool, given in CALLS]
            log.seek(0)
            assert log.read() == ""
        told.append([(one.is_error, one.content, without_times(one.structured_content)) for one in results])
    alone, held = told
    assert held == alone
    assert [is_error for is_error, *_ in held] == [False] * 4 + [True] * 2 + [False, True]


def without_times(content: dict[str, Any] | None) -> dict[str, Any]:
    return {name: value for name, value in (content or {}).items() if name != "timings_ms"}


def test_slack_says_that_the_server_can_answer_there_too(twins: Twins) -> None:
    tokens = {"PAPERTALK_SLACK_BOT_TOKEN": "xoxb-1", "PAPERTALK_SLACK_APP_TOKEN": "xapp-1"}
    told = sentence(run("slack", data=twins.held, **tokens)).removeprefix("Error: ")
    assert is_one_sentence(told)
    assert f"open in the server at {twins.address}" in told
    assert "Slack tokens" in told


def test_doctor_says_which_server_has_the_library_open(twins: Twins) -> None:
    result = run("doctor", data=twins.held, PAPERTALK_PORT=twins.address.rpartition(":")[2])
    assert f"'ada', 3 papers, open in the server at {twins.address}" in result.stdout
    assert re.search(r"^ok       port: .* a server of yours listens \(process \d+\)$", result.stdout, re.MULTILINE)
    assert result.exit_code == 0
