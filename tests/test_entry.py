"""How ``papertalk`` and ``python app.py`` begin where something is missing that they are made of."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from assistant.surfaces.entry import missing
from tests import children
from tests.command_line import process_env

NOT_THERE = "No module named '{}'"


@pytest.mark.parametrize("chroma_url", [None, "http://127.0.0.1:9"])
@pytest.mark.parametrize(
    "begins",
    ["import sys, app; sys.exit(app.main())", "import sys; from assistant.surfaces.entry import main; main()"],
)
def test_an_old_sqlite_ends_what_needs_a_library_in_one_sentence(
    tmp_path: Path, begins: str, chroma_url: str | None
) -> None:
    old = "import sqlite3; sqlite3.sqlite_version, sqlite3.sqlite_version_info = '3.31.1', (3, 31, 1); "
    given = ["ingest", str(children.ROOT / "examples" / "xu_han" / "profile.txt")] if "entry" in begins else []
    ended = subprocess.run(
        [sys.executable, "-c", old + begins, *given],
        env=process_env(tmp_path, PAPERTALK_PORT="0", **({"PAPERTALK_CHROMA_URL": chroma_url} if chroma_url else {})),
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (ended.returncode, ended.stdout) == (1, "")
    said = "Chroma needs SQLite 3.35.0 or newer, and this Python has 3.31.1; 'papertalk doctor' says what helps.\n"
    assert ended.stderr.removeprefix("Error: ") == said
    assert not (tmp_path / "libraries").exists()


@pytest.mark.parametrize(
    ("module", "helps"), [("typer", "run 'pip install papertalk' again"), ("_sqlite3", "built without its module")]
)
def test_what_cannot_begin_for_a_module_that_is_missing_says_so_in_one_sentence(
    tmp_path: Path, module: str, helps: str
) -> None:
    name = f"raise ModuleNotFoundError({NOT_THERE.format(module)!r}, name={module!r})\n"
    (tmp_path / f"{module}.py").write_text(name, encoding="utf-8")
    ended = subprocess.run(
        [sys.executable, "-m", "assistant.surfaces.entry", "ask", "What is LoomNet?"],
        env=process_env(tmp_path, PYTHONPATH=f"{tmp_path}{os.pathsep}{children.ROOT}"),
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (ended.returncode, ended.stdout) == (1, "")
    (line,) = ended.stderr.splitlines()
    assert repr(module) in line
    assert helps in line


def test_a_module_of_ours_that_is_missing_is_a_bug_and_stays_loud() -> None:
    assert missing(ImportError("cannot import name 'x'", name="assistant.answers")) is None
