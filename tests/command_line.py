"""The command line under test: in this process, as a process of its own, and in a terminal of its own."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Mapping
from pathlib import Path

from typer.testing import CliRunner, Result

from assistant.surfaces.cli import app

ROOT = Path(__file__).parents[1]


def settings_env(data: Path | str, library: str = "ada") -> dict[str, str]:
    return {"PAPERTALK_DATA_DIR": str(data), "PAPERTALK_LIBRARY": library}


def run(
    *arguments: str, data: Path | str, library: str = "ada", stdin: str | bytes | None = None, **more: str
) -> Result:
    return CliRunner().invoke(app, list(arguments), env={**settings_env(data, library), **more}, input=stdin)


def stored_library(page: str, folder: Path) -> Path:
    """The data folder, with the library 'ada' of the page's papers in it."""
    path = folder / "page.txt"
    path.write_text(page, encoding="utf-8")
    result = run("ingest", str(path), data=folder)
    assert result.exit_code == 0, result.output
    return folder


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "assistant.surfaces.cli", *arguments]


def process_env(data: Path | str, **more: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", **settings_env(data), **more}


def sentence(result: Result) -> str:
    """The one sentence on standard error of a command that failed on purpose."""
    assert result.exit_code == 1, result.output
    assert isinstance(result.exception, SystemExit | None)
    assert result.stdout == ""
    lines = result.stderr.splitlines()
    assert len(lines) == 1, result.stderr
    assert lines[0].startswith("Error: ")
    assert lines[0].endswith((".", "?", ")"))
    return lines[0]


class Terminal:
    """A command in a terminal of its own, so that Ctrl-C is what a keyboard sends."""

    # The terminal becomes the process's own, and Ctrl-C counts even where the tests run in the background.
    OWN = (
        "import os, signal, sys; os.close(os.open(os.ttyname(0), os.O_RDWR)); "
        "signal.signal(signal.SIGINT, signal.SIG_DFL); os.execv(sys.argv[1], sys.argv[1:])"
    )

    def __init__(self, *arguments: str, env: Mapping[str, str], columns: int = 80) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
        more = {"TERM": "xterm-256color", "PROMPT_TOOLKIT_NO_CPR": "1"}
        sized = {name: value for name, value in env.items() if name not in ("COLUMNS", "LINES")}  # pytest-xdist's
        self._process = subprocess.Popen(
            [sys.executable, "-c", self.OWN, *command(*arguments)],
            stdin=slave, stdout=slave, stderr=slave, env={**sized, **more}, start_new_session=True,
        )  # fmt: skip
        os.close(slave)
        self.shown = ""
        self._seen = 0

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        os.close(self._master)

    def type(self, text: str) -> None:
        os.write(self._master, text.encode())

    def see(self, pattern: str) -> re.Match[str]:
        """Wait for what matches to be shown after what was seen before."""
        while not (found := re.search(pattern, self.shown[self._seen :])):
            assert self._read(), f"ended without {pattern!r}:\n{self.shown}"
        self._seen += found.end()
        return found

    def wait_for_reading(self) -> None:
        """Wait until the command sleeps in its read. From Python 3.12 on, a Ctrl-C between its last line and that read
        shows only with the next key."""
        state = Path(f"/proc/{self._process.pid}/stat")
        while state.exists() and state.read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "S":
            time.sleep(0.01)

    def end(self) -> int:
        while self._read():
            pass
        return self._process.wait(timeout=60)

    def _read(self) -> bool:
        ready, _, _ = select.select([self._master], [], [], 20)
        assert ready, f"nothing more is shown:\n{self.shown}"
        try:
            content = os.read(self._master, 65_536)
        except OSError:  # how Linux says that the other side is closed
            return False
        self.shown += re.sub(r"\x1b(\[[\d;?]*[A-Za-z]|\][^\x07]*\x07|[=>])", "", content.decode("utf-8", "replace"))
        return bool(content)
