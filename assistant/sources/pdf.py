"""PDFs with their full text -> Paper. Parsing happens in a child process that is ended where it takes too much.

What is read how, and which readers were compared, is in docs/pdf.md.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

from assistant.papers import Paper
from assistant.sources import Item, Notice, Unreadable
from assistant.sources.pdf_worker import MAX_MEMORY, MAX_SECONDS

MAX_FILE_BYTES = 200_000_000
_HEADER_WITHIN = 1024
"""Bytes at the beginning of a file among which its header must stand."""

_ROOT = Path(__file__).parents[2]
_WORKER = "import sys; sys.path[:] = {path!r}; from assistant.sources.pdf_worker import main; main()"


def read(path: Path, name: str) -> Iterator[Item]:
    """The paper in a PDF, or why it cannot be read; then what a user should know of it."""
    with PdfReader() as reader:
        yield from reader.read(path, name)


class PdfReader:
    """Reads PDFs one after the other in one child process, which is started when it is needed and replaced when it
    had to be ended. Not for several threads at once.

    ::

        with PdfReader() as reader:
            for path in folder.glob("*.pdf"):
                items = list(reader.read(path, path.name))
    """

    def __init__(self) -> None:
        self._child: subprocess.Popen[str] | None = None

    def __enter__(self) -> PdfReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the child process."""
        child, self._child = self._child, None
        if child is not None:
            child.kill()
            child.communicate()

    def read(self, path: Path, name: str) -> Iterator[Item]:
        """One paper, or one Unreadable; and a Notice for pages of it that could not be read."""
        reason = _refused(path)
        reply: dict[str, Any] = {"unreadable": reason} if reason else self._ask(path, name)
        if "unreadable" in reply:
            yield Unreadable(name, reply["unreadable"])
            return
        yield Paper.from_dict(reply["paper"])
        yield from map(Notice, reply["notices"])

    def _ask(self, path: Path, name: str) -> dict[str, Any]:
        child = self._running()
        timer = threading.Timer(MAX_SECONDS, child.kill)
        timer.daemon = True  # an interrupt while it starts must not leave it to be waited for
        try:
            timer.start()
            line = _exchanged(child, json.dumps({"path": str(path.absolute()), "name": name}))
        except BaseException:
            self.close()
            raise
        finally:
            late = not timer.is_alive()
            timer.cancel()
        if late or not line.endswith("\n"):
            self.close()
        if line.endswith("\n"):
            reply: dict[str, Any] = json.loads(line)
            return reply
        if late:
            return {"unreadable": f"reading it took more than {MAX_SECONDS} seconds; split it and add the parts."}
        return {
            "unreadable": f"reading it failed: it is damaged, or needs more than {MAX_MEMORY / 1e9} GB of memory; "
            "download it again, or split it and add the parts."
        }

    def _running(self) -> subprocess.Popen[str]:
        if self._child is None or self._child.poll() is not None:
            self.close()
            self._child = subprocess.Popen(
                [sys.executable, "-I", "-c", _WORKER.format(path=[str(_ROOT), *filter(None, sys.path)])],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                encoding="utf-8",
            )
        return self._child


def _exchanged(child: subprocess.Popen[str], request: str) -> str:
    """The child's reply; not a whole line where it died over the request."""
    assert child.stdin is not None
    assert child.stdout is not None
    try:
        child.stdin.write(request + "\n")
        child.stdin.flush()
    except BrokenPipeError:
        return ""
    return child.stdout.readline()


def _refused(path: Path) -> str:
    """Why a file is not even opened as a PDF; empty where it is one."""
    try:
        if not path.is_file():
            return "there is no such file; check the name and the folder." if not path.exists() else "it is no file."
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(_HEADER_WITHIN)
    except (OSError, ValueError) as error:
        return f"it cannot be opened ({getattr(error, 'strerror', None) or error}); check its name and permissions."
    if size > MAX_FILE_BYTES:
        most = MAX_FILE_BYTES // 1_000_000
        return f"it has {size / 1e6:,.0f} MB, more than the {most} MB that a PDF may have; split it and add the parts."
    if not head:
        return "it is empty; download it again."
    if b"%PDF-" not in head:
        return "it is no PDF, whatever its name says; open it and save it as a PDF."
    return ""
