"""Serves the library that the settings name; where they name none, the sample author."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from assistant.errors import AssistantError
from assistant.surfaces.entry import missing

if TYPE_CHECKING:
    from assistant import Assistant


def __getattr__(name: str) -> Any:
    """``demo``: the page as Gradio's Blocks, for tools that look for one, such as a Space's; visitors may read and ask.

    It is made when it is asked for, and the library is then open as long as the process lives.
    """
    if name != "demo":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from assistant import Assistant, settings
    from assistant.shelf import Shelf
    from assistant.surfaces.web import page

    chosen = settings.load()
    assistant = Assistant(settings=chosen)
    if "library" not in chosen.model_fields_set:
        _take_sample_in(assistant)
    globals()["demo"] = made = page.demo(Shelf(chosen, assistant))
    return made


def main() -> int:
    """The process's exit code: 0 after Ctrl-C, 1 after an error, which is one sentence."""
    try:
        from assistant import settings
        from assistant.surfaces.serve import running

        chosen = settings.load()
        names_library = "library" in chosen.model_fields_set
        running.run(chosen, (lambda _: None) if names_library else _take_sample_in)
    except KeyboardInterrupt:
        print("\nStopped.")
    except AssistantError as error:
        print(error, file=sys.stderr)
        return 1
    except ImportError as error:
        if (said := missing(error)) is None:
            raise
        print(said, file=sys.stderr)
        return 1
    return 0


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
