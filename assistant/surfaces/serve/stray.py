"""What others print to standard error while a server runs, as lines of its log: Gradio prints tracebacks, packages
warn.

What is printed may hold anybody's words, so that it is not repeated: an exception is told by its type and by the calls
that led to it, anything else by who printed it. What native code writes past Python is not seen here.
"""

from __future__ import annotations

import contextlib
import io
import logging
import sys
import threading
from collections.abc import Iterator
from types import FrameType

_log = logging.getLogger(__name__)

_TOLD = "_papertalk_told"
"""Marks an exception that stands in the log: a traceback is printed line by line."""
_PRINTERS = frozenset({__name__, "traceback", "warnings", "contextlib", "threading"})
"""Modules that print for others."""


@contextlib.contextmanager
def logged() -> Iterator[None]:
    """Standard error as lines of the log, which must have been set up to write to what standard error was before."""
    with contextlib.redirect_stderr(_Logged()):
        yield


class _Logged(io.TextIOBase):
    def __init__(self) -> None:
        self._here = threading.local()

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if text.strip() and not getattr(self._here, "is_writing", False):
            self._here.is_writing = True  # a log that cannot be written says so on standard error
            try:
                self._tell()
            finally:
                self._here.is_writing = False
        return len(text)

    def _tell(self) -> None:
        error = sys.exception()
        if error is None:
            _log.warning("%s printed to standard error", _printer(sys._getframe()))
        elif not hasattr(error, _TOLD):
            setattr(error, _TOLD, True)
            _log.error("An exception was printed to standard error", exc_info=error)


def _printer(frame: FrameType | None) -> str:
    """Who prints: the nearest caller that does not print for others."""
    while frame is not None and frame.f_globals.get("__name__") in _PRINTERS:
        frame = frame.f_back
    if frame is None:
        return "The interpreter"
    return f"{frame.f_globals.get('__name__', '?')}.{frame.f_code.co_name}:{frame.f_lineno}"
