"""Work that takes its time, beside the page: each in a thread of its own, looked at by whoever waits for it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from assistant.errors import AssistantError

Result = TypeVar("Result")
Progress = Callable[[int, int], None]
"""Told how many of how many are done."""

_log = logging.getLogger(__name__)


class Job(Generic[Result]):
    """A function that runs. ``done`` of ``total`` tell how far it is; at its end there is a result or a problem."""

    def __init__(self, name: str, work: Callable[[Progress], Result]) -> None:
        self.name = name
        self.done = self.total = 0
        self.result: Result | None = None
        self.problem: AssistantError | str = ""
        self._thread = threading.Thread(target=self._run, args=(work,), daemon=True, name=name)
        self._thread.start()

    @property
    def is_running(self) -> bool:
        return self._thread.is_alive()

    def wait(self) -> None:
        """Until it has ended."""
        self._thread.join()

    def _run(self, work: Callable[[Progress], Result]) -> None:
        try:
            self.result = work(self._tell)
        except AssistantError as error:
            self.problem = error
        except Exception:  # a bug: it is told in the log, and the page does not wait for ever
            _log.exception("%s failed", self.name)
            self.problem = "Something went wrong here; what it was stands in the log of whoever runs this page."

    def _tell(self, done: int, total: int = 0) -> None:
        self.done, self.total = done, total
