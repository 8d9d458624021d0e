"""Sentences for a terminal -> sentences for the page: where one names a command, the page names what to click."""

from __future__ import annotations

import re

from assistant.errors import AssistantError
from assistant.surfaces.serve.problems import discreet

_COMMAND = re.compile(r"'papertalk ([a-z]+)[^']*'")
"""A command, as every sentence quotes it."""
_REST = re.compile(r"[^.;]*")
"""What a clause goes on with."""

_INSTEAD = {"papers": "“Papers”", "chat": "a question in “Chat”"}
"""What stands for a command."""
_FOR_EDITORS = {
    "ingest": "“Add papers”",
    "sync": "“Add papers”",
    "undo": "“Add papers”",
    "people": "“People”",
    "remove": "a paper's own page",
}
"""The same, for visitors who may change the library; to the others these views are not shown."""
_NO_LIBRARY = "; 'papertalk ingest --library' makes one."


def of(error: AssistantError, *, may_edit: bool) -> str:
    """What a visitor is told of an error: folders, settings and addresses of the machine are for who may change it."""
    return str(error) if may_edit else discreet(error)


def on_page(sentence: str, *, may_edit: bool) -> str:
    """A sentence as a visitor of the page can follow it. A step that is none of theirs is left out; one that only
    whoever runs the page can take, in a terminal, stays."""
    sentence = sentence.replace(_NO_LIBRARY, "; choose one that is there at the top.")
    for match in reversed(list(_COMMAND.finditer(sentence))):
        name = match[1]
        if name in _INSTEAD or (may_edit and name in _FOR_EDITORS):
            step = _INSTEAD.get(name) or _FOR_EDITORS[name]
            sentence = f"{sentence[: match.start()]}{step}{sentence[match.end() :]}"
        elif name in _FOR_EDITORS:
            sentence = _cut(sentence, match)
    return sentence


def _cut(sentence: str, match: re.Match[str]) -> str:
    """The sentence without the clause that begins with a command, where it has another one before it."""
    before, after = sentence[: match.start()], sentence[match.end() :]
    clause = re.search(r"\s*[;:,]\s*(?:or )?$", before)
    return before[: clause.start()] + _REST.sub("", after, count=1) if clause else sentence
