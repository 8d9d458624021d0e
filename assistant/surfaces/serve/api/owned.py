"""Whose a conversation is: nobody is told of another's, not even that it is there."""

from __future__ import annotations

from assistant.conversations.store import Conversation, Conversations
from assistant.errors import ConversationNotFound
from assistant.surfaces.serve.callers import Caller


def own(conversations: Conversations, conversation_id: str, caller: Caller) -> Conversation:
    """A conversation of the caller's.

    Raises:
        ConversationNotFound: there is none of that id, or it is another's.
    """
    try:
        found = conversations.get(conversation_id)
    except ConversationNotFound:
        found = None
    if found is None or not _may_see(found, caller):
        raise ConversationNotFound("There is no such conversation of yours; it was deleted, or its id is another.")
    return found


def about_library(conversation: Conversation, library: str) -> None:
    """
    Raises:
        ConversationNotFound: it is about another library.
    """
    if conversation.library != library:
        raise ConversationNotFound(
            f"That conversation is about the library {conversation.library!r}; ask it there, or begin a new one."
        )


def _may_see(conversation: Conversation, caller: Caller) -> bool:
    """Those that nobody owns are of whoever is at this machine, who has no name there."""
    return conversation.belongs_to(caller.owner) if caller.owner else conversation.owner is None
