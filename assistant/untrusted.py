"""Text of papers, readers and models inside a prompt: data that can neither end nor begin a part of the prompt."""

from __future__ import annotations

import re

from assistant.rendering import visible

# What opens or closes a part of a prompt: the tags of our templates, and the marks of the models' chat templates.
_TAG = re.compile(
    r"<(?=/?\s*(?:passages?|conversation|question|answer|papers?|pair|statement|title|abstract|system|assistant|user"
    r"|human|think)\b|<?/?(?:s|sys)>|[|｜]|(?:start|end)_of_turn\b)|\[(?=/?inst\])",
    re.IGNORECASE,
)


def as_data(text: str) -> str:
    """The text on one line, without what hides and without what a prompt's own parts are marked by."""
    return _TAG.sub("‹", " ".join(visible(text).split()))
