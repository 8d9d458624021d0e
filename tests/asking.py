"""What tests that ask need: the sample author's library in a folder of its own, conversations, markers, words, and a
stream as a reader sees it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from assistant import Assistant
from assistant.answers import Answer, Doubted, Event, Restarted, TextDelta, Turn
from assistant.library import Library
from assistant.settings import load

MARKER = re.compile(r"(?<!\\)\[(\d{1,6})\]")


def open_copy(library: Library, folder: Path, **settings: Any) -> Assistant:
    """The library as it is now, copied, since a folder has one owner; nothing is embedded again."""
    target = folder / "libraries" / library.name
    shutil.copytree(library.store.directory, target, ignore=shutil.ignore_patterns("owner*"))
    return Assistant(settings=load(library=library.name, data_dir=folder, **settings), model=library.store.model)


def talk(*said: str) -> list[Turn]:
    """A conversation: the user first, then by turns."""
    return [{"role": "assistant" if place % 2 else "user", "content": text} for place, text in enumerate(said)]


def markers(text: str) -> list[int]:
    """The markers in a text, in order; escaped brackets are a paper's own."""
    return [int(match[1]) for match in MARKER.finditer(text)]


def as_shown(events: Iterable[Event]) -> str:
    """What a reader has before them once all events have come: doubted sentences are taken back, a restart clears."""
    text = ""
    for event in events:
        if isinstance(event, TextDelta):
            text += event.text
        elif isinstance(event, Doubted):
            text = text[: -event.length]
        elif isinstance(event, Restarted):
            text = ""
    return " ".join(text.split())


def word_count(text: str) -> int:
    """How many words are read: markers are none."""
    return len(MARKER.sub("", text).split())


def assert_well_cited(answer: Answer) -> None:
    """Each citation is its span, each marker has one citation, each citation one marker, in the order of the text.

    A computed answer cites all the papers behind its numbers, of which its text names some. A generated one may rest
    several sentences on one span.
    """
    found, numbers = markers(answer.text), [citation.marker for citation in answer.citations]
    assert numbers == list(range(1, len(numbers) + 1))
    if answer.mode == "computed":
        assert found or not answer.answered
        assert set(found) <= set(numbers)
    elif answer.mode == "generative":
        assert list(dict.fromkeys(found)) == numbers
    else:
        assert found == numbers
    for citation in answer.citations:
        assert citation.quote
        assert citation.paper.text[citation.start : citation.end] == citation.quote
        assert citation.section == citation.paper.section_at(citation.start)


def is_one_sentence(text: str) -> bool:
    """Whether an error is fit to be shown: one line, one full stop at its end, no trace of Python."""
    return (
        text == text.strip()
        and "\n" not in text
        and text.endswith((".", "!"))
        and "Traceback" not in text
        and re.search(r"[.!?]\s+[A-Z]", text) is None
    )
