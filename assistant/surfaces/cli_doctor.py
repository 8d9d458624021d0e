"""What 'papertalk doctor' looks at: each thing that must be there for the rest to work, by itself.

A problem says what is seen, why that matters, and what to do. Nothing is changed.
"""

from __future__ import annotations

import os
import platform
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

from assistant.announcing import servers
from assistant.errors import AssistantError, ConfigError, LibraryInUse
from assistant.llm import open_chat_model
from assistant.settings import Settings
from assistant.surfaces.outgoing import where_data_goes

_PACKAGES = ("chromadb", "onnxruntime", "tantivy", "langchain-core", "gradio")
_NATIVE = {
    "numpy": "numpy",
    "onnxruntime": "onnxruntime",
    "tokenizers": "tokenizers",
    "tantivy": "tantivy",
    "chromadb_rust_bindings": "chromadb",
}
"""Modules of machine code, each with the package that it comes in."""
_LEAST_SQLITE = (3, 35, 0)
"""What chromadb asks for when it is imported."""
_LEAST_FREE = 500_000_000
"""Bytes that a library of some ten thousand passages may take while it is re-embedded."""
_PATIENCE = 120.0
"""Seconds that the native packages may take to load; a busy machine takes its time."""
_TRY = """
import sys
import vectorstore
for name in sys.argv[1:]:
    print(name, flush=True)
    __import__(name)
print("the embedding model", flush=True)
from vectorstore.embeddings import open_model
open_model().embed(["Does this machine compute?"])
print("done", flush=True)
"""
"""Loads each native module and embeds a sentence, naming each step before it: the last name is what ended it."""
_FLAGS = ("sse4_2", "avx", "avx2", "avx512f")
"""What a processor has beyond the least of x86-64, as far as it decides how fast vectors are made."""


def _trial() -> list[str]:
    return [sys.executable, "-c", _TRY, *_NATIVE]


@dataclass(frozen=True, slots=True)
class Machine:
    """What is asked of the machine itself, so that a test can put another in its place."""

    sqlite: str = sqlite3.sqlite_version
    trial: Sequence[str] = field(default_factory=_trial)
    """A command that uses all native packages."""
    free: Callable[[Path], int] = lambda folder: shutil.disk_usage(folder).free


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at. Of a problem, ``why`` says what does not work for it, ``next`` what to do."""

    what: str
    ok: bool
    detail: str
    why: str | None = None
    next: str | None = None

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    def __str__(self) -> str:
        lines = [f"{'ok' if self.ok else 'problem':<8} {self.what}: {self.detail}"]
        lines += [f"{'':<8} why: {self.why}"] if self.why else []
        lines += [f"{'':<8} next: {self.next}"] if self.next else []
        return "\n".join(lines)


def examine(settings: Settings, machine: Machine | None = None) -> Iterator[Check]:
    """Every check, as soon as it is done; none changes anything."""
    machine = machine or Machine()
    yield Check("papertalk", True, f"{metadata.version('papertalk')}, Python {platform.python_version()}")
    yield _packages()
    yield (foundation := _sqlite(machine))
    if foundation.ok:
        yield (foundation := _native(machine))
    yield _folder(settings.data_dir, machine)
    if foundation.ok:  # else even to load what these use would fail, or end this process
        yield _model(settings)
        yield _library(settings)
    yield _port(settings)
    yield Check("your data", True, _where_data_goes(settings))
    yield Check("services", True, _services(settings))
    yield _chat_model(settings)


def _packages() -> Check:
    found, missing = [], []
    for name in _PACKAGES:
        try:
            found.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            missing.append(name)
    if missing:
        return Check(
            "packages",
            False,
            f"{', '.join(missing)} not installed",
            "Papertalk is made of them.",
            "Run 'pip install papertalk' again, in the Python that this command runs in.",
        )
    return Check("packages", True, ", ".join(found))


def _sqlite(machine: Machine) -> Check:
    found = tuple(int(part) for part in machine.sqlite.split(".")[:3])
    if found >= _LEAST_SQLITE:
        return Check("sqlite", True, machine.sqlite)
    return Check(
        "sqlite",
        False,
        f"{machine.sqlite}, and Chroma needs {'.'.join(map(str, _LEAST_SQLITE))} or newer",
        "Chroma keeps the papers in SQLite: no library can be opened. What rests on it was not tried.",
        "Use a Python that brings a newer SQLite (one from python.org, conda or uv, or a newer system).",
    )


def _native(machine: Machine) -> Check:
    """Whether this processor runs the machine code of the packages: tried in a process of its own, which may die."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    try:
        tried = subprocess.run(
            machine.trial, env=environment, capture_output=True, text=True, timeout=_PATIENCE, check=False
        )
    except subprocess.TimeoutExpired:
        return Check(
            "processor",
            False,
            f"{_processor()}; to load the packages took more than {_PATIENCE:.0f} seconds",
            "Every command has to load them first. What rests on them was not tried.",
            "Look what keeps the machine busy, and whether Python is installed on a slow disk.",
        )
    last = (tried.stdout.split("\n")[:-1] or ["Python"])[-1]
    if tried.returncode < 0:
        name = signal.Signals(-tried.returncode).name
        return Check(
            "processor",
            False,
            f"{_processor()}; {last} ended with {name}"
            + (", an instruction that this processor does not have" if name == "SIGILL" else ""),
            "Papers are stored and embedded by it: nothing can be asked. What rests on it was not tried.",
            "Run Papertalk on a newer processor; in a virtual machine, let it have the host's own processor type.",
        )
    if tried.returncode and last in _NATIVE:
        said = (tried.stderr.strip().splitlines() or ["it does not say why"])[-1]
        return Check(
            "processor",
            False,
            f"{_processor()}; {last} cannot be loaded: {said}",
            "Papers are stored and embedded by it: nothing can be asked. What rests on it was not tried.",
            f"Install it again: pip install --force-reinstall {_NATIVE[last]}.",
        )
    return Check("processor", True, _processor())


def _processor() -> str:
    """What kind it is, with the instructions that make vectors fast, where Linux tells them."""
    kind = platform.machine() or "unknown"
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return kind
    flags = next((set(line.partition(":")[2].split()) for line in lines if line.startswith("flags")), None)
    if flags is None:
        return kind
    return f"{kind} with {', '.join(flag for flag in _FLAGS if flag in flags) or 'none of ' + ', '.join(_FLAGS)}"


_ELSEWHERE = "Name a folder that you may write to: --data-dir FOLDER, or PAPERTALK_DATA_DIR."


def _folder(folder: Path, machine: Machine) -> Check:
    """Whether files can be made there, or where it will be made."""
    try:
        there = next(path for path in (folder, *folder.parents) if path.exists())
        if not there.is_dir():
            return Check("data folder", False, f"{str(there)!r} is a file", _LIES_THERE, _ELSEWHERE)
        with tempfile.TemporaryFile(dir=there):
            free = machine.free(there)
    except OSError as error:
        said = f"{str(folder)!r} cannot be written: {error.strerror}"
        return Check("data folder", False, said, _LIES_THERE, _ELSEWHERE)
    state = "writable" if there == folder else "not there yet; it can be made"
    detail = f"{str(folder)!r}, {state}, {free / 1e9:.1f} GB free"
    if free >= _LEAST_FREE:
        return Check("data folder", True, detail)
    return Check(
        "data folder",
        False,
        f"{detail}: too little",
        f"A library takes up to {_LEAST_FREE / 1e9:.1f} GB while it is re-embedded; what no longer fits is refused.",
        f"Free space on that disk. {_ELSEWHERE}",
    )


_LIES_THERE = "Libraries, conversations and keys lie there."


def _library(settings: Settings) -> Check:
    name = repr(settings.library)
    from assistant.client import Client
    from assistant.surfaces.cli_common import counted, is_there, library_or_server

    try:
        if not is_there(settings):
            return Check("library", True, f"{name} is not there yet; 'papertalk ingest FILE' makes it")
        with library_or_server(settings) as library:
            if isinstance(library, Client):
                papers = counted(library.count(), "paper")
                return Check("library", True, f"{name}, {papers}, open in the server at {library.url}")
            papers, model = counted(len(library), "paper"), library.store.model.name
            return Check("library", True, f"{name}, {papers}, embedded with {model}")
    except LibraryInUse as error:
        return _in_use(settings, error)
    except AssistantError as error:
        return Check("library", False, str(error), "Its papers cannot be asked.", _as_said(settings))
    except Exception as error:  # damage can show as any failure, and finding it is what this is for
        said = f"{name} cannot be opened: {type(error).__name__}: {error}"
        return Check("library", False, said, "Its papers cannot be asked.", _as_said(settings))


def _as_said(settings: Settings) -> str:
    return (
        "Do what the line above names. A backup makes it anew: "
        f"papertalk restore FILE --replace --library {settings.library}."
    )


def _in_use(settings: Settings, error: LibraryInUse) -> Check:
    from vectorstore.ownership import held_since, holder_of

    since, process = held_since(settings.library_dir), holder_of(settings.library_dir)
    when = f" Held since {since.astimezone():%Y-%m-%d %H:%M}." if since else ""
    return Check(
        "library",
        False,
        f"{error}{when}",
        "One process at a time can use a library that lies on disk; that one is no server that commands go through.",
        f"Let it finish, or end it{f': kill {process}' if process else ''}. To share a library, run 'papertalk serve'.",
    )


def _port(settings: Settings) -> Check:
    """Whether ``papertalk serve`` could listen where the settings say."""
    from assistant.surfaces.serve.listening import listen

    where = f"{settings.host}:{settings.port}"
    try:
        with listen(settings.host, settings.port):
            return Check("port", True, f"{where} is free")
    except ConfigError as error:
        own = [server for server in servers(settings.data_dir) if server.url.endswith(f":{settings.port}")]
        if own:
            return Check("port", True, f"{where}, where a server of yours listens (process {own[0].process})")
        return Check(
            "port",
            False,
            str(error),
            "The web chat cannot be served there; 'papertalk serve' and 'make run' would not start.",
            "Choose another, or end the program that listens there.",
        )


def _model(settings: Settings) -> Check:
    from vectorstore.embeddings import open_model
    from vectorstore.records import StoreError

    try:
        model = open_model(settings.embedding_model, settings.embedding_url)
        start = time.perf_counter()
        dimension = model.embed(["Which datasets are introduced?"]).shape[1]
    except StoreError as error:
        return Check(
            "embedding model",
            False,
            str(error),
            "Papers and questions are compared by it: nothing can be taken in or asked.",
            "Do what the line above names, or set PAPERTALK_EMBEDDING_MODEL to another ('minilm' is installed here).",
        )
    took = 1000 * (time.perf_counter() - start)
    return Check("embedding model", True, f"{model.name}, {dimension} dimensions, one text in {took:.0f} ms")


def _chat_model(settings: Settings) -> Check:
    """Whether the chat model answers: its first words are waited for, and no more."""
    try:
        model = open_chat_model(settings)
        if model is None:
            return Check("chat model", True, "none configured: answers are quoted from the papers")
        with closing(model):
            start = time.perf_counter()
            with closing(model.stream("You are being tested.", "Reply with the word: yes")) as words:
                next(words)
            took = time.perf_counter() - start
            detail = f"{model.name}, {model.where}, reads {model.context_tokens:,} tokens, first words in {took:.1f} s"
            return Check("chat model", True, detail)
    except AssistantError as error:
        return Check(
            "chat model",
            False,
            str(error),
            "Without it answers are quoted from the papers, with a line that says so.",
            "Do what the line above names; to do without a model, unset PAPERTALK_CHAT_MODEL.",
        )


def _services(settings: Settings) -> str:
    """When papers are asked of services on the web, and as whom."""
    keys = {"OpenAlex": settings.openalex_api_key, "Semantic Scholar": settings.s2_api_key}
    known = [name for name, key in keys.items() if key]
    who = f"as {settings.email}" if settings.email else "without an address (PAPERTALK_EMAIL), which slows some down"
    return (
        f"asked by 'find', and by 'ingest' and 'sync' for what you name there, {who}; "
        f"keys: {', '.join(known) or 'none, and OpenAlex gives little a day without one'}"
    )


def _where_data_goes(settings: Settings) -> str:
    try:
        chat = open_chat_model(settings)
    except ConfigError:  # which the check of the chat model tells
        chat = None
    return where_data_goes(settings, chat)
