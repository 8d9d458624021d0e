"""What 'papertalk doctor' looks at first: the packages, SQLite, and whether this machine runs them.

Nothing of it is imported here but what Python itself brings: a module that is missing, or that would end the process,
is tried in a process of its own.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Generator, Sequence
from dataclasses import asdict, dataclass, field
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vectorstore.requirements import LEAST_SQLITE

if TYPE_CHECKING:
    from packaging.requirements import Requirement

_SHOWN = ("chromadb", "onnxruntime", "tantivy", "langchain-core", "gradio")
"""Packages whose version is told."""
_NATIVE = {
    "numpy": "numpy",
    "onnxruntime": "onnxruntime",
    "tokenizers": "tokenizers",
    "tantivy": "tantivy",
    "chromadb_rust_bindings": "chromadb",
}
"""Modules of machine code, each with the package that it comes in."""
_MODULES = {"PyStemmer": "Stemmer", "argon2-cffi": "argon2", "scikit-learn": "sklearn"}
"""What is imported of a package, where it is not the package's own name."""
_PATIENCE = 120.0
"""Seconds that packages may take to load; a busy machine takes its time."""
_LOAD = """
import sys
import vectorstore
for name in sys.argv[1:]:
    print(name, flush=True)
    __import__(name)
"""
"""Loads each module, naming it before it: the last name is what ended it."""
_EMBED = """
print("the embedding model", flush=True)
from vectorstore.embeddings import open_model
open_model().embed(["Does this machine compute?"])
print("done", flush=True)
"""
_FLAGS = ("sse4_2", "avx", "avx2", "avx512f")
"""What a processor has beyond the least of x86-64, as far as it decides how fast vectors are made."""
_UNTRIED = "What rests on it was not tried."


def _sqlite_version() -> str | None:
    try:
        import sqlite3
    except ImportError:
        return None
    return sqlite3.sqlite_version


def _trial() -> list[str]:
    return [sys.executable, "-c", _LOAD + _EMBED, *_NATIVE]


def _declared() -> list[str]:
    """What the installed Papertalk says that it needs: ``chromadb<2,>=1.5``."""
    return metadata.requires("papertalk") or []


@dataclass(frozen=True, slots=True)
class Machine:
    """What is asked of the machine itself, so that a test can put another in its place."""

    sqlite: str | None = field(default_factory=_sqlite_version)
    """SQLite's version; None where Python has none."""
    trial: Sequence[str] = field(default_factory=_trial)
    """A command that uses all native packages."""
    declared: Sequence[str] = field(default_factory=_declared)
    """The packages that must be installed, each with its versions."""
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


def foundation(machine: Machine) -> Generator[Check, None, bool]:
    """Its checks; returns whether what rests on them can be tried."""
    yield Check("papertalk", True, f"{metadata.version('papertalk')}, Python {platform.python_version()}")
    try:
        needed = _needed(machine.declared)
    except ImportError:  # several packages bring it
        missing, others = ["packaging"], list[str]()
    else:
        missing, others = _unmet(needed)
    yield _packages(missing, others)
    yield (sqlite := _sqlite(machine))
    if missing or not sqlite.ok:
        return False
    yield (processor := _native(machine))
    if not processor.ok:
        return False
    yield (loading := _loading([one.name for one in needed]))
    return loading.ok


# ---- what is installed


def _needed(declared: Sequence[str]) -> list[Requirement]:
    """Those without extras, on this machine.

    Raises:
        ImportError: what reads them is not installed either.
    """
    from packaging.requirements import Requirement

    read = map(Requirement, declared)
    return [one for one in read if one.marker is None or one.marker.evaluate({"extra": ""})]


def _unmet(needed: Sequence[Requirement]) -> tuple[list[str], list[str]]:
    """Packages that are not installed, and those of a version that does not go with this one."""
    missing: list[str] = []
    others: list[str] = []
    for one in needed:
        try:
            found = metadata.version(one.name)
        except metadata.PackageNotFoundError:
            missing.append(one.name)
        else:
            if not one.specifier.contains(found, prereleases=True):
                others.append(f"{one.name} is {found}, and {one.name}{one.specifier} is needed")
    return missing, others


def _packages(missing: Sequence[str], others: Sequence[str]) -> Check:
    again = "Run 'pip install papertalk' again, in the Python that this command runs in."
    if missing:
        why = "Papertalk is made of them. What rests on it was not tried."
        return Check("packages", False, "; ".join([f"{', '.join(missing)} not installed", *others]), why, again)
    if others:
        return Check("packages", False, "; ".join(others), "Papertalk was made for those versions.", again)
    return Check("packages", True, ", ".join(f"{name} {metadata.version(name)}" for name in _SHOWN))


def _sqlite(machine: Machine) -> Check:
    least = ".".join(map(str, LEAST_SQLITE))
    if machine.sqlite and tuple(int(part) for part in machine.sqlite.split(".")[:3]) >= LEAST_SQLITE:
        return Check("sqlite", True, machine.sqlite)
    found = machine.sqlite or "this Python was built without it"
    return Check(
        "sqlite",
        False,
        f"{found}, and Chroma needs {least} or newer",
        f"Chroma keeps the papers in SQLite: no library can be opened. {_UNTRIED}",
        "Use a Python that brings a newer SQLite (one from python.org, conda or uv, or a newer system).",
    )


# ---- what runs


@dataclass(frozen=True, slots=True)
class _Tried:
    """How loading modules ended: ``last`` is the one that was loaded then."""

    last: str
    code: int | None
    said: str

    @property
    def reason(self) -> str:
        return (self.said.strip().splitlines() or ["it does not say why"])[-1]


def _tried(command: Sequence[str]) -> _Tried:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    try:
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, errors="replace", timeout=_PATIENCE, check=False
        )
    except subprocess.TimeoutExpired:
        return _Tried("", None, "")
    return _Tried((done.stdout.split("\n")[:-1] or ["Python"])[-1], done.returncode, done.stderr)


def _native(machine: Machine) -> Check:
    """Whether this processor runs the machine code of the packages: tried in a process of its own, which may die."""
    tried, why = _tried(machine.trial), f"Papers are stored and embedded by it: nothing can be asked. {_UNTRIED}"
    if ended := _ended(tried, {**_NATIVE, "the embedding model": "onnxruntime"}, why):
        return ended
    if tried.code and "NumPy was built with baseline optimizations" in tried.said:
        return _too_old_for_numpy(tried, why)
    if tried.code and tried.last in _NATIVE:
        return Check("processor", False, *_unloadable(tried, _NATIVE, why))
    return Check("processor", True, _processor())


def _loading(names: Sequence[str]) -> Check:
    """Whether all packages, those of the web chat among them, can be imported."""
    modules = {_MODULES.get(name, name.replace("-", "_")): name for name in names}
    tried, why = (
        _tried([sys.executable, "-c", _LOAD, *modules]),
        f"Commands and the web chat are made of it. {_UNTRIED}",
    )
    if ended := _ended(tried, modules, why):
        return ended
    if tried.code:
        return Check("loading", False, *_unloadable(tried, modules, why))
    return Check("loading", True, f"all {len(modules)} packages can be imported")


def _ended(tried: _Tried, packages: dict[str, str], why: str) -> Check | None:
    """What took too long, or was ended by a signal: each signal has another to blame."""
    if tried.code is None:
        return Check(
            "processor",
            False,
            f"{_processor()}; to load the packages took more than {_PATIENCE:.0f} seconds",
            f"Every command has to load them first. {_UNTRIED}",
            "Look what keeps the machine busy, and whether Python is installed on a slow disk.",
        )
    if tried.code >= 0:
        return None
    name = signal.Signals(-tried.code).name
    said = f"{tried.last} ended with {name}"
    match name:
        case "SIGILL":
            said = f"{_processor()}; {said}, an instruction that this processor does not have"
            return Check("processor", False, said, why, _NEWER)
        case "SIGKILL":
            said = f"{said}: the system ended it, as it does where memory is short"
            return Check("memory", False, said, why, "Give this machine, or its container, more memory, or end others.")
        case "SIGSEGV" | "SIGBUS" | "SIGABRT":
            package = packages.get(tried.last)
            again = f"pip install --force-reinstall {package}" if package else "pip install --force-reinstall papertalk"
            said = f"{said}, as damaged files of a package do"
            return Check("loading", False, said, why, f"Install it again: {again}.")
    return Check("loading", False, f"{said}, from outside", why, "Find what ended it, and run this again.")


_NEWER = "Run Papertalk on a newer processor; in a virtual machine, let it have the host's own processor type."


def _too_old_for_numpy(tried: _Tried, why: str) -> Check:
    """numpy says which groups of instructions it was built for, in brackets, before those that are not there."""
    groups = tried.said.rpartition("doesn't support")[2].strip(" \n:.()")
    said = f"{_processor()}; too old for numpy {metadata.version('numpy')}, which needs {groups or 'more'}"
    return Check("processor", False, said, why, f"{_NEWER} Or install a numpy that asks for less: {_OLDER_NUMPY}.")


_OLDER_NUMPY = "pip install 'numpy<2.4'"
"""The wheels of 2.3 for x86-64 are built for SSE3, those of 2.4 for X86_V2."""


def _unloadable(tried: _Tried, packages: dict[str, str], why: str) -> tuple[str, str, str]:
    absent = re.search(r"No module named '(\w+)", tried.reason)
    package = packages.get(absent[1] if absent else "") or packages.get(tried.last, "papertalk")
    again = f"Install it again: pip install --force-reinstall {package}."
    return f"{tried.last} cannot be loaded: {tried.reason}", why, again


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
