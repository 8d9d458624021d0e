"""What others print to standard error while a server runs: it becomes lines of the log, and none of its words do."""

from __future__ import annotations

import io
import json
import logging
import sys
import threading
import traceback
from collections.abc import Callable
from typing import Any

import pytest

from assistant.settings import Settings
from assistant.surfaces.serve import logs, stray


def rows_of(act: Callable[[], object]) -> list[dict[str, Any]]:
    """What the log says of what an act prints; none of it repeats the question."""
    stream = io.StringIO()
    logs.configure(Settings(log_format="json"), stream)
    with stray.logged():
        act()
    assert "marmalade" not in stream.getvalue()
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def fail() -> None:
    raise ValueError("Which marmalade is best?")


def fail_and_print(times: int = 1) -> None:
    try:
        fail()
    except ValueError:
        for _ in range(times):
            traceback.print_exc()


def test_a_traceback_is_one_line_with_the_kind_and_place_of_the_error() -> None:
    (row,) = rows_of(fail_and_print)
    assert row["level"] == "ERROR"
    assert row["error"].startswith("ValueError < tests.test_stray.fail:")


def test_each_error_is_told_once_and_the_next_again() -> None:
    def twice() -> None:
        fail_and_print(2)
        fail_and_print(2)

    assert len(rows_of(twice)) == 2


def test_what_is_printed_is_told_by_who_printed_it() -> None:
    def warn() -> None:
        print("Which marmalade is best?", file=sys.stderr)

    (row,) = rows_of(warn)
    assert row["message"].startswith("tests.test_stray.warn:")
    assert row["level"] == "WARNING"


def test_an_error_that_ends_a_thread_is_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threading, "excepthook", threading.__excepthook__)

    def run() -> None:
        thread = threading.Thread(target=fail)
        thread.start()
        thread.join()

    (row,) = rows_of(run)
    assert row["error"].startswith("ValueError < tests.test_stray.fail:")


def test_a_log_that_cannot_be_written_does_not_call_itself() -> None:
    stream = io.StringIO()
    logs.configure(Settings(log_format="json"), stream)
    stream.close()
    with stray.logged():
        print("anything", file=sys.stderr)
        logging.getLogger("papertalk").error("anything")


def test_standard_error_is_as_it_was_afterwards() -> None:
    before = sys.stderr
    with stray.logged():
        assert sys.stderr is not before
    assert sys.stderr is before
