"""Starts the web chat over the library that the settings name; where they name none, over the sample author."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from assistant.errors import AssistantError

if TYPE_CHECKING:
    from assistant import Assistant


def main() -> int:
    """The process's exit code: 0 after Ctrl-C, 1 after an error, which is one sentence."""
    try:
        _run()
    except KeyboardInterrupt:
        pass
    except AssistantError as error:
        print(error, file=sys.stderr)
        return 1
    print("\nStopped.")
    return 0


def _run() -> None:
    import signal

    from assistant import Assistant, settings
    from assistant.shelf import Shelf
    from assistant.surfaces import web

    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that the library is released then too
    chosen = settings.load()
    with web.listen(chosen.host, chosen.port) as listener, Assistant(settings=chosen) as assistant:
        if "library" not in chosen.model_fields_set:
            _take_sample_in(assistant)
        with Shelf(chosen, assistant) as shelf:
            web.serve(shelf, chosen.host, chosen.port, listener=listener)


def _take_sample_in(assistant: Assistant) -> None:
    """Ingest the sample author into a library that holds nothing else; a start that was broken off is made good."""
    from assistant.papers import Paper
    from assistant.sources.files import read
    from examples import SAMPLE

    titles = {paper.title for paper in assistant.papers()}
    if titles <= {item.title for item in read(SAMPLE) if isinstance(item, Paper)}:
        report = assistant.ingest(SAMPLE, progress=_show)
        print(f"The sample author's papers, {SAMPLE}: {report}.", flush=True)
        for problem in (*report.unreadable, *report.warnings):
            print(problem, file=sys.stderr)


def _show(done: int, total: int) -> None:
    """One line that is rewritten; where the output is no terminal, nothing."""
    if sys.stdout.isatty():
        print(f"\rReading papers: {done} of {total} passages", end="\n" if done == total else "", flush=True)


if __name__ == "__main__":
    sys.exit(main())
