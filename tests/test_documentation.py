"""What the README, docs/ and examples/ say is so: commands and snippets run, links lead somewhere, names exist.

A block is read by its language. ``console``, or none: commands, which run in a folder of their own over the sample
author's library, in this process; those that cannot are listed in :data:`NOT_RUN` with the reason, and what can be
checked of them is. ``python`` runs, page by page; ``json``, ``yaml``, ``toml`` and ``ini`` (settings) are read.
"""

from __future__ import annotations

import ast
import importlib.util
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import httpx2
import pytest
import typer.main
import yaml

from assistant import Assistant
from assistant.access import Access
from assistant.library import Library
from assistant.settings import Settings, load
from assistant.sources.web import services
from assistant.surfaces.cli import app
from docs import generate
from tests.chat_server import Reply as ModelReply
from tests.chat_server import serving_chat
from tests.command_line import ROOT, run
from tests.pdf_making import BOLD, Sheet, save
from tests.real_server import BIB, served
from tests.replay_server import ReplayServer, Reply, recorded_json, replaying
from tests.web_chat import serving

PAGES = [
    ROOT / "README.md",
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "examples").rglob("*.md")),
    ROOT / "prompts" / "README.md",
    ROOT / "tests" / "data" / "README.md",
]
WRITTEN = ("docs/cli.md", "docs/python.md")
"""Pages that are made from the code, and their blocks with them."""

NOT_RUN = {
    r"make (run|test|check)": "CI runs them; app.py is started in test_running.py",
    r"make (bench|bench-full|soak)": "takes minutes to an hour; test_results.py checks what it leaves",
    r"python3 -m venv|\S*pip install": "needs a package index; the extras that it names are checked",
    r"docker": "needs Docker; test_deployment.py reads Dockerfile and compose.yaml",
    r"sudo": "needs another user of the machine; the command behind it is parsed",
    r"chroma run": "test_chroma_server.py starts it",
    r".*CHROMA_URL=\S+ papertalk serve": "needs that Chroma server; test_replicas.py runs such processes",
    r"papertalk slack": "needs Slack; test_slack_process.py starts it against a stand-in",
    r".*papertalk serve": "the README's own is started by a test below, and differs from it by settings alone",
    r".*gguf:\S+ papertalk chat": "needs a model's file; test_small_model.py runs one",
}
"""Commands that are not run here, by how they begin, each with the reason. Settings and arguments are checked."""

TYPED = {
    ("chat",): "What is CLEVE?\n",
    ("ask",): "What is CLEVE?\n",
    ("users",): "a password of some length\n",
    ("conversations", "delete"): "y\n",
}
"""What is typed to a command, or piped into it, by its first words."""


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def pages(language: str) -> list[Any]:
    return [
        pytest.param(page, id=name_of(page))
        for page in PAGES
        if any(block.language == language for block in blocks(page))
    ]


# ---- blocks


@dataclass(frozen=True, slots=True)
class Block:
    page: str
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.page}, line {self.line}"


@cache
def blocks(page: Path) -> tuple[Block, ...]:
    text, found = page.read_text(encoding="utf-8"), []
    for match in re.finditer(r"^( *)```(\w*)\n(.*?)^ *```", text, re.MULTILINE | re.DOTALL):
        indent, language, inside = match.groups()
        inside = re.sub(f"^{indent}", "", inside, flags=re.MULTILINE)
        found.append(Block(name_of(page), text.count("\n", 0, match.start()) + 1, language or "console", inside))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Command:
    """A line of a console block: what is set for it, its words, and what is piped into it."""

    line: str
    settings: dict[str, str]
    words: tuple[str, ...]
    piped: str = ""


def commands(block: Block) -> Iterator[Command]:
    """Settings on lines of their own hold for all that follow."""
    kept: dict[str, str] = {}
    for line in block.text.replace("\\\n", " ").splitlines():
        words = shlex.split(line, comments=True)
        if words[:1] == ["export"]:
            words = words[1:]
        given = {}
        while words and (match := re.fullmatch(r"([A-Z][A-Z0-9_]*)=(.*)", words[0])):
            given[match[1]] = match[2]
            words = words[1:]
        if not words:
            kept |= given
            continue
        before, _, after = " ".join(map(shlex.quote, words)).rpartition(" '|' ")
        told = line.partition(" #")[0].strip()
        yield Command(told, {**kept, **given}, tuple(shlex.split(after)), before)


# ---- the command line, without running it


def parsed(words: tuple[str, ...] | list[str]) -> None:
    """
    Raises:
        UsageError: ``papertalk`` does not take these arguments.
    """
    command: Any = typer.main.get_command(app)
    context, name, rest = None, "papertalk", list(words)
    while True:
        context = command.make_context(name, rest, parent=context)
        if not hasattr(command, "resolve_command"):
            return
        left = [*context._protected_args, *context.args]  # the first is the name of the command below
        if not left:
            return
        name, command, rest = command.resolve_command(context, left)


def check_settings(given: dict[str, str]) -> None:
    ours = {name.removeprefix("PAPERTALK_").lower(): value for name, value in given.items() if "PAPERTALK_" in name}
    assert ours.keys() <= Settings.model_fields.keys()
    load(**ours)


# ---- pages as a whole


@pytest.mark.parametrize("path", sorted(generate.pages()), ids=name_of)
def test_a_page_that_is_written_from_the_code_is_as_the_code_has_it(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == generate.pages()[path], f"run '{generate.COMMAND}', which writes it anew"


def anchors(page: Path) -> set[str]:
    """The headings of a page as links name them."""
    text = re.sub(r"^ *```.*?^ *```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    found = set()
    for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE):
        plain = re.sub(r"[^\w\- ]", "", heading.lower())
        found.add(plain.strip().replace(" ", "-"))
    return found


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    text = re.sub(r"^ *```.*?^ *```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    text = re.sub(r"`[^`\n]*`", "", text)
    for target in re.findall(r"\]\(((?!https?:|mailto:)[^)\s]+)\)", text):
        file, _, anchor = target.partition("#")
        there = (page.parent / file) if file else page
        assert there.exists(), f"{name_of(page)} links to {target}"
        if anchor:
            assert anchor in anchors(there), f"{name_of(page)} links to {target}"


def test_every_page_of_the_documentation_is_in_its_index() -> None:
    index = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    linked = set(re.findall(r"\]\(([\w.-]+\.md)", index))
    assert {page.name for page in (ROOT / "docs").glob("*.md")} - {"README.md"} - linked == set()


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_settings_commands_modules_and_files_that_a_page_names_are_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    settings = {name.lower() for name in re.findall(r"\bPAPERTALK_([A-Z0-9_]*[A-Z0-9])\b", text)}
    assert settings - Settings.model_fields.keys() == set()
    for module in re.findall(r"python -m ((?:benchmarks|docs)(?:\.[a-z_]+)?)\b", text):
        assert importlib.util.find_spec(module), module
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"`make (\w+)`", text):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
    for file in re.findall(
        r"`((?:deploy|docs|tests|examples|benchmarks|assistant|vectorstore|prompts)/[\w./-]+)`", text
    ):
        assert (ROOT / file).exists(), file


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_commands_in_a_sentence_exist_with_their_options(page: Path) -> None:
    text = re.sub(r"^ *```.*?^ *```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    for said in re.findall(r"`[^`\n]*?\bpapertalk ([a-z][^`\n|]*)`", text):
        command: Any = typer.main.get_command(app)
        words = said.split()
        while words and hasattr(command, "commands") and words[0] in command.commands:
            command = command.commands[words.pop(0)]
        assert command.name != "papertalk", f"{page}: papertalk {said}"
        assert not hasattr(command, "commands") or not words or not words[0].islower(), said
        known = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
        options = {word.partition("=")[0].rstrip(".,;") for word in words if word.startswith("--")}
        assert options - known == set(), f"{page}: papertalk {said}"


def test_every_block_is_of_a_kind_that_is_looked_at() -> None:
    known = {"console", "python", "json", "yaml", "toml", "ini", "text"}
    assert [str(block) for page in PAGES for block in blocks(page) if block.language not in known] == []


@pytest.mark.parametrize("language", ["json", "yaml", "toml", "ini"])
def test_what_a_page_shows_as_data_can_be_read(language: str) -> None:
    readers: dict[str, Callable[[str], Any]] = {
        "json": json.loads, "yaml": yaml.safe_load, "toml": lambda text: load(**tomllib.loads(text)),
        "ini": settings_blocks,
    }  # fmt: skip
    for block in (block for page in PAGES for block in blocks(page) if block.language == language):
        read = readers[language](block.text)
        assert read, str(block)
        for server in started_by(read) if language == "json" else []:
            parsed(server)
        for given in read if language == "ini" else []:
            check_settings(given)


def settings_blocks(text: str) -> list[dict[str, str]]:
    """Settings as an environment file has them; an empty line begins others."""
    return [
        dict(line.split("=", 1) for line in part.splitlines() if not line.startswith("#"))
        for part in text.strip().split("\n\n")
    ]


def started_by(value: Any) -> Iterator[list[str]]:
    """The arguments with which a program's configuration starts ``papertalk``."""
    if isinstance(value, dict):
        if value.get("command") == "papertalk":
            yield value["args"]
        for inside in value.values():
            yield from started_by(inside)


def test_examples_in_the_help_of_commands_are_taken() -> None:
    text = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    examples = re.findall(r"(?:Example: |it back: |with: )(?:[^\n]*?\| |[A-Z_]+=\w+ )?papertalk ([^\n]+)", text)
    assert len(examples) > 20
    for example in examples:
        parsed(shlex.split(re.split(r", (?:or|and|then) ", example)[0]))


def test_each_command_that_is_not_run_is_still_there() -> None:
    lines = [command.line for page in PAGES for block in blocks(page) for command in said_in(block)]
    assert [begins for begins in NOT_RUN if not any(re.match(begins, line) for line in lines)] == []


def said_in(block: Block) -> list[Command]:
    return list(commands(block)) if block.language == "console" and block.page not in WRITTEN else []


# ---- a folder to run in


@dataclass
class Home:
    """A folder with what pages speak of, a data folder with libraries, and what commands have told so far."""

    folder: Path
    address: str = ""
    told: dict[str, str] = field(default_factory=dict)

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def filled(self, word: str) -> str:
        """A word with what a page writes in the place of what only a run can know."""
        for said, meant in self.told.items():
            word = word.replace(said, meant)
        return word


@pytest.fixture
def home(sample_library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """The sample author's papers as the libraries that pages name, and files of the names that they name."""
    folder = tmp_path / "home"
    for library in ("default", "curie", "xu-han"):
        shutil.copytree(
            sample_library.store.directory,
            folder / "data" / "libraries" / library,
            ignore=shutil.ignore_patterns("owner*"),
        )
    (folder / "refs.bib").write_text(BIB, encoding="utf-8")
    shutil.copy(ROOT / "examples" / "xu_han" / "profile.txt", folder / "profile.txt")
    (folder / "examples").symlink_to(ROOT / "examples")
    (folder / "papers").mkdir()
    sheet = Sheet()
    sheet.write(72, 72, "On Radium", 18, BOLD)
    sheet.write(72, 100, "Marie Curie", 11)
    sheet.column(72, 148, ["Radium shines in the dark, and nobody had seen that before."])
    save(folder / "papers" / "radium.pdf", [sheet])
    monkeypatch.chdir(folder)
    monkeypatch.setenv("PAPERTALK_DATA_DIR", str(folder / "data"))
    return Home(folder)


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[ReplayServer]:
    """The services of which pages ask something, at a server that replays: their addresses are put into the table that
    the code reads them from."""
    [work] = recorded_json("openalex_works")["results"][:1]
    person = {"orcid-id": "0000-0002-1825-0097", "given-names": "Marie", "family-names": "Curie"}
    with replaying() as server:
        for name, service in services.SERVICES.items():
            changed = replace(service, url=f"{server.url}/{name}", interval=0.0)
            monkeypatch.setitem(services.SERVICES, name, changed)
        author = {"id": "https://openalex.org/A5000000000", "display_name": "Marie Curie", "works_count": 1}
        server.gives("/openalex/authors", Reply({"meta": {"count": 1}, "results": [author]}))
        server.gives("/openalex/authors/A5000000000", Reply(author))
        server.gives("/openalex/works", Reply({"meta": {"count": 1, "next_cursor": None}, "results": [work]}))
        server.gives("/s2/graph/v1/author/search", Reply({"total": 0, "offset": 0, "data": []}))
        server.gives("/orcid/v3.0/expanded-search/", Reply({"num-found": 1, "expanded-result": [person]}))
        server.gives("/orcid/v3.0/0000-0002-1825-0097/person", Reply({"name": {"credit-name": {"value": "M. Curie"}}}))
        server.gives("/orcid/v3.0/0000-0002-1825-0097/works", Reply({"group": []}))
        yield server


@pytest.fixture
def served_here(home: Home) -> Iterator[Home]:
    """The same, with all that is served over its library 'curie', in this process."""
    settings = load(library="curie", data_dir=home.data, allow_private_addresses=True)
    with Assistant(settings=settings) as assistant, serving(assistant) as home.address:
        yield home


# ---- running a page


@pytest.mark.usefixtures("web")
@pytest.mark.parametrize("page", pages("console"))
def test_the_commands_of_a_page_do_what_they_are_for(page: Path, home: Home, request: pytest.FixtureRequest) -> None:
    if any("curl" in command.words for block in blocks(page) for command in said_in(block)):
        request.getfixturevalue("served_here")
    with ExitStack() as open_ones:
        model = open_ones.enter_context(serving_chat())
        for block in blocks(page):
            for command in said_in(block):
                if page.name == "conversations.md" and command.words[:2] != ("papertalk", "chat"):
                    began(home)
                for _ in range(4):
                    model.will_say(ModelReply("The papers say so."))
                perform(command, home, model.url)


def began(home: Home) -> None:
    """A conversation that commands may show and delete."""
    listed = run("conversations", "--json", data=home.data, library="curie")
    if not json.loads(listed.stdout):
        assert run("chat", data=home.data, library="curie", stdin="What is CLEVE?\n").exit_code == 0
        listed = run("conversations", "--json", data=home.data, library="curie")
    home.told["ID"] = json.loads(listed.stdout)[0]["id"]


def perform(command: Command, home: Home, model_url: str) -> None:
    check_settings(command.settings)
    if any(re.match(begins, command.line) for begins in NOT_RUN):
        check_unrun(command)
    elif command.words[0] == "papertalk":
        perform_ours(command, home, model_url)
    elif command.words[0] == "curl":
        curl([home.filled(word) for word in command.words[1:]], home)
    elif command.words[0] == "python":
        ran = subprocess.run(
            [sys.executable, *command.words[1:]],
            env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert ran.returncode == 0, f"{command.line}: {ran.stderr}"
    else:
        pytest.fail(f"{command.line!r} is not run; teach the test how, or list it with the reason in NOT_RUN")


def check_unrun(command: Command) -> None:
    names = [Path(word).name for word in command.words]
    if "papertalk" in names and not {"docker", "venv", "pip"} & set(names):
        parsed(command.words[-names[::-1].index("papertalk") :])
    for extra in re.findall(r"papertalk\[(\w+)\]", " ".join(command.words)):
        project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        assert extra in project["optional-dependencies"]


def perform_ours(command: Command, home: Home, model_url: str) -> None:
    words = [home.filled(word) for word in command.words[1:]]
    settings = {"PAPERTALK_ALLOW_PRIVATE_ADDRESSES": "true", **command.settings}
    if "PAPERTALK_CHAT_MODEL" in settings:
        settings |= {"PAPERTALK_CHAT_URL": model_url, "OPENAI_API_KEY": "none"}
    typed = next((text for first, text in TYPED.items() if tuple(words[: len(first)]) == first), None)
    if words[:2] == ["users", "add"]:  # a page shows two ways to add one
        run("users", "remove", words[2], data=home.data)
    if "revoke" in words:
        words[-1] = Access(home.data).keys.create("an old one", "read")[0].id
    result = run(*words, data=home.data, library=settings.pop("PAPERTALK_LIBRARY", "default"), stdin=typed, **settings)
    assert result.exit_code == 0, f"{command.line}: {result.output}"
    if key := re.search(r"\bpt_[\w-]+", result.stdout):
        home.told["pt_..."] = key[0]


def curl(words: list[str], home: Home) -> None:
    """What curl does with the options that the pages use, so that no test needs it."""
    headers: dict[str, str] = {}
    fields: list[tuple[str, Any]] = []
    method, url, content = "", "", None
    rest = iter(words)
    for word in rest:
        if word == "-H":
            name, _, value = next(rest).partition(":")
            headers[name.strip()] = value.strip()
        elif word == "-X":
            method = next(rest)
        elif word == "-d":
            content = next(rest).encode()
        elif word == "-F":
            name, _, value = next(rest).partition("=")
            file = Path(value.removeprefix("@"))
            fields.append((name, (file.name, file.read_bytes()) if value.startswith("@") else (None, value)))
        else:
            assert not word.startswith("-"), f"curl {word} is not known here"
            url = word
    url = re.sub(r"^(https?://)?(localhost:7860|papers\.example\.org)", home.address, url)
    with httpx2.Client(timeout=60, trust_env=False) as client:
        method = method or ("POST" if content or fields else "GET")
        reply = client.request(method, url, headers=headers, content=content, files=fields or None)
    assert reply.status_code < 400, f"{url}: {reply.text}"


@pytest.mark.usefixtures("web")
@pytest.mark.parametrize("page", pages("python"))
def test_the_python_of_a_page_runs(page: Path, home: Home, request: pytest.FixtureRequest) -> None:
    text = "\n".join(block.text for block in blocks(page) if block.language == "python")
    known: dict[str, Any] = {"__name__": "page"}
    with ExitStack() as open_ones:
        if "http://127.0.0.1:7860" in text or "https://papers.example.org" in text:
            request.getfixturevalue("served_here")
            text = re.sub(r"http://127\.0\.0\.1:7860|https://papers\.example\.org", home.address, text)
            known["key"] = "not-needed"
        names = {node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)}
        if "assistant" in names and "Assistant(" not in text:
            known["assistant"] = open_ones.enter_context(Assistant(library="xu-han"))
        if "my_model" in names:
            from langchain_core.language_models import FakeListChatModel

            known["my_model"] = FakeListChatModel(responses=["The papers say so. [1]"])
        exec(compile(text, name_of(page), "exec"), known)
        if "Assistant(" in text:
            known["assistant"].close()


def test_the_server_of_the_readme_starts_answers_and_ends(home: Home) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert re.search(r"^papertalk serve --library curie\b", readme, re.MULTILINE)
    with served(home.data, library="curie") as (process, address):
        assert httpx2.get(f"{address}/healthz", trust_env=False).status_code == 200
        assert httpx2.get(f"{address}/api/v1/libraries", trust_env=False).json()["items"][0]["name"] == "curie"
        process.send_signal(signal.SIGTERM)
        assert process.wait() == 0
