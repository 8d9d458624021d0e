"""What people in a chat are told of an error: one line without the machine's business, and without its commands."""

from __future__ import annotations

from assistant.errors import (
    AssistantError,
    ConfigError,
    ConversationNotFound,
    ConversationsError,
    EmbeddingMismatch,
    LibraryDamaged,
    LibraryInUse,
    LibraryNotWritable,
    LibraryUnavailable,
)
from assistant.wire import without_folders

UNEXPECTED = "Something went wrong here, and whoever runs this bot can find it in its log; you can ask again."
"""What is said of a bug."""
INTERRUPTED = "This question was interrupted when the bot stopped; ask it again."
"""What is said of a question that was left too long, or too often."""
GONE = "This answer is not kept any more; ask again."
"""What is said where an answer was deleted."""

_OF_THE_MACHINE = (
    ConfigError,
    ConversationsError,
    EmbeddingMismatch,
    LibraryDamaged,
    LibraryInUse,
    LibraryNotWritable,
    LibraryUnavailable,
)
"""Kinds whose sentences name folders, settings and processes."""
_NEUTRAL = "The library cannot be used at the moment; whoever runs this bot can see why with 'papertalk doctor'."
_COMMAND = "'papertalk "


def error_message(error: AssistantError) -> str:
    if isinstance(error, ConversationNotFound):
        return GONE
    if isinstance(error, _OF_THE_MACHINE):
        return _NEUTRAL
    sentence = without_folders(str(error))
    head, semicolon, hint = sentence.rpartition("; ")
    return f"{head}." if semicolon and _COMMAND in hint else sentence
