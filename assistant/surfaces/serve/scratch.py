"""Where a server puts what it needs for a moment: uploads until they are read, backups on their way out.

The folder lies in the data folder, which is this user's alone, and goes with the server; what a killed one left goes
with the next start. All of the process uses it, child processes and other packages too.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from assistant.errors import LibraryNotWritable
from assistant.liveness import held, is_left_over

_FOLDER = "temporary"
_VARIABLE = "TMPDIR"
"""By which child processes are told."""


@contextlib.contextmanager
def scratch(data_dir: Path) -> Iterator[Path]:
    """The folder for temporary files, as long as the block runs.

    Raises:
        LibraryNotWritable: the data folder cannot be written.
    """
    folder = data_dir / _FOLDER / secrets.token_hex(8)
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(held(folder))
            folder.mkdir(mode=0o700)
            stack.callback(shutil.rmtree, folder, ignore_errors=True)
            _sweep(folder.parent)
        except OSError as error:
            raise LibraryNotWritable(
                f"The folder {str(data_dir)!r} cannot be written ({error.strerror}); make it writable, or choose "
                f"another with --data-dir."
            ) from error
        stack.enter_context(_used(folder))
        yield folder


def _sweep(folder: Path) -> None:
    """Delete what killed servers left."""
    for left in [path for path in folder.iterdir() if path.is_dir()]:
        with contextlib.suppress(OSError):
            if is_left_over(left):
                shutil.rmtree(left, ignore_errors=True)


@contextlib.contextmanager
def _used(folder: Path) -> Iterator[None]:
    """Have temporary files made in the folder."""
    chosen, told = tempfile.tempdir, os.environ.get(_VARIABLE)
    tempfile.tempdir = os.environ[_VARIABLE] = str(folder)
    try:
        yield
    finally:
        tempfile.tempdir = chosen
        if told is None:
            del os.environ[_VARIABLE]
        else:
            os.environ[_VARIABLE] = told
