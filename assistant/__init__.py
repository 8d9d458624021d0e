"""Papertalk: ask one author's papers. Names load when they are first used."""

from __future__ import annotations

import logging
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from assistant.answers import Answer, Citation, Evidence, Filters, Plan
    from assistant.api import Assistant
    from assistant.client import Client
    from assistant.errors import AssistantError
    from assistant.ingesting import IngestReport
    from assistant.papers import Author, Paper, Passage
    from assistant.settings import Settings

logging.getLogger(__name__).addHandler(logging.NullHandler())  # who uses the library decides what a terminal shows

_HOMES = {
    "Answer": "assistant.answers",
    "Assistant": "assistant.api",
    "AssistantError": "assistant.errors",
    "Author": "assistant.papers",
    "Citation": "assistant.answers",
    "Client": "assistant.client",
    "Evidence": "assistant.answers",
    "Filters": "assistant.answers",
    "IngestReport": "assistant.ingesting",
    "Paper": "assistant.papers",
    "Passage": "assistant.papers",
    "Plan": "assistant.answers",
    "Settings": "assistant.settings",
}

__all__ = [
    "Answer",
    "Assistant",
    "AssistantError",
    "Author",
    "Citation",
    "Client",
    "Evidence",
    "Filters",
    "IngestReport",
    "Paper",
    "Passage",
    "Plan",
    "Settings",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'assistant' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
