"""Everything that this package raises on purpose.

::

    AssistantError              its text is one sentence for a user: what happened, where, and the next step
    ├── ConfigError             a setting is wrong; names it
    ├── SourceError             papers cannot be read; names the file and line, or the URL
    ├── QuestionError           a question cannot be asked
    ├── LibraryError            the library cannot be used
    │   ├── LibraryInUse        another process owns it
    │   ├── LibraryDamaged      what lies on disk cannot be opened; nothing was changed
    │   ├── LibraryNotWritable  a read-only folder, or a full disk
    │   ├── EmbeddingMismatch   it was embedded by another model than the one configured
    │   ├── EmptyLibrary        it holds no paper
    │   ├── LibraryNotFound     there is none of that name
    │   ├── LibraryUnavailable  the Chroma server that keeps it does not answer; asking again may help
    │   └── PaperNotFound       it holds no paper of that key
    ├── ConversationsError      stored conversations cannot be read or kept; names the file
    │   └── ConversationNotFound    none has that id, or it has no question of that number
    ├── ExportError             a table, a figure or a bibliography cannot be written; names the file or the form
    ├── AccessError             an API key, a user or a session is unknown or not allowed to do this
    ├── JobNotFound             a server has no such job, or it is another's
    ├── KeyReused               an idempotency key came before with something else
    ├── Busy                    more is asked at once than is answered; ``retry_after`` is in seconds
    ├── TimedOut                an answer took longer than it may
    ├── Stopped                 the user ended what was under way
    └── ModelError              a model is missing or did not answer
        ├── .retryable          whether asking again may help
        └── .replied            whether the model did reply, though not as it was asked to

Surfaces catch `AssistantError` alone and show its sentence; anything else is a bug and stays loud.
"""

from __future__ import annotations


class AssistantError(Exception):
    """Base of the tree above."""


class ConfigError(AssistantError):
    """A setting is wrong."""


class SourceError(AssistantError):
    """Papers cannot be read from what was given."""


class QuestionError(AssistantError):
    """A question cannot be asked as it stands."""


class LibraryError(AssistantError):
    """The library cannot be used."""


class LibraryInUse(LibraryError):
    """Another process owns the library."""


class LibraryDamaged(LibraryError):
    """What lies on disk cannot be opened."""


class LibraryNotWritable(LibraryError):
    """The data folder is read-only or its disk is full."""


class EmbeddingMismatch(LibraryError):
    """The library was embedded by ``stored``, and ``configured`` is set."""

    def __init__(self, library: str, stored: str, configured: str) -> None:
        super().__init__(
            f"The library {library!r} was embedded with {stored!r}, but {configured!r} is configured; "
            f"run 'papertalk reindex --library {library}' to re-embed it, or set the model back."
        )
        self.stored = stored
        self.configured = configured


class EmptyLibrary(LibraryError):
    """The library holds no paper."""


class LibraryNotFound(LibraryError):
    """There is no library of that name."""


class LibraryUnavailable(LibraryError):
    """The Chroma server that keeps the library does not answer."""


class PaperNotFound(LibraryError):
    """The library holds no paper of that key."""


class ConversationsError(AssistantError):
    """Stored conversations cannot be read or kept."""


class ConversationNotFound(ConversationsError):
    """No conversation has that id, is shared by that token, or has a question of that number."""


class ExportError(AssistantError):
    """A table, a figure or a bibliography cannot be written."""


class AccessError(AssistantError):
    """An API key, a user or a session is unknown, or not allowed to do this."""


class JobNotFound(AssistantError):
    """A server has no such job, or it is another's."""


class KeyReused(AssistantError):
    """An idempotency key came before with something else."""


class Busy(AssistantError):
    """More is asked at once than is answered. ``retry_after`` is when to ask again, in seconds."""

    def __init__(self, message: str, retry_after: int = 1) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class TimedOut(AssistantError):
    """An answer took longer than it may."""


class Stopped(AssistantError):
    """The user ended what was under way."""


class ModelError(AssistantError):
    """A model is missing or did not answer."""

    def __init__(self, message: str, *, retryable: bool = False, replied: bool = False) -> None:
        super().__init__(message)
        self.retryable = retryable
        self.replied = replied
