"""What a library that Papertalk uses would tell its maker: nothing, from the first command on a fresh home."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from examples import SAMPLE
from tests.conftest import NO_TELEMETRY

ASKED_OFF = {"ORT_DISABLE_TELEMETRY", *NO_TELEMETRY}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    home.mkdir()
    return home


def test_no_command_leaves_anything_in_a_fresh_home_but_the_library(home: Path) -> None:
    inherited = {name: value for name, value in os.environ.items() if name not in ASKED_OFF}
    environment = {**inherited, "HOME": str(home), "PAPERTALK_DATA_DIR": str(home / "papertalk")}
    for name in [name for name in environment if name.startswith("XDG_")]:
        del environment[name]
    for command in (["ingest", str(SAMPLE)], ["ask", "What is there?"], ["doctor"]):
        done = subprocess.run(
            [sys.executable, "-m", "assistant.surfaces.cli", *command],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert "Traceback" not in done.stderr
        assert [path.name for path in home.iterdir()] == ["papertalk"], command
