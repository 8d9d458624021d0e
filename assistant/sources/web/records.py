"""A service's JSON, read without trust: what has another type than it should have counts as not there."""

from __future__ import annotations

import json
import re
from typing import Any


def parsed(body: bytes) -> dict[str, Any]:
    """The JSON object that a reply is.

    Raises:
        ValueError: it is none.
    """
    try:
        found = json.loads(body)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    if not isinstance(found, dict):
        raise ValueError("it is no JSON object")
    return found


def text(record: Any, *path: str) -> str:
    """The text at a path of keys (``text(work, "title", "value")``); a number is its digits, anything else is ""."""
    found = at(record, *path)
    if isinstance(found, int) and not isinstance(found, bool):
        return str(found) if abs(found) < 10**18 else ""
    return found if isinstance(found, str) else ""


def rows(record: Any, *path: str) -> list[dict[str, Any]]:
    """The objects in the list at a path."""
    found = at(record, *path)
    return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []


def texts(record: Any, *path: str) -> list[str]:
    """The texts in the list at a path; a lone text is a list of one."""
    found = at(record, *path)
    if isinstance(found, str):
        return [found]
    return [row for row in found if isinstance(row, str)] if isinstance(found, list) else []


def number(record: Any, *path: str) -> int | None:
    found = at(record, *path)
    return found if isinstance(found, int) and not isinstance(found, bool) and abs(found) < 10**12 else None


def at(record: Any, *path: str) -> Any:
    for key in path:
        record = record.get(key) if isinstance(record, dict) else None
    return record


_HEADING = re.compile(
    r"\s*(?:<jats:title>\s*Abstract\s*</jats:title>|(?:Abstract|ABSTRACT)"
    r"(?:[:.]\s+|\s+(?=(?:[A-Z]|[A-Z][\w'’-]*[a-z])\s+[a-z])))\s*"
)


def without_heading(abstract: str) -> str:
    """An abstract without the word "Abstract" above it, which services take for its first.

    Run into the text it is told from a first word ("Abstract Meaning Representation") by what follows: a sentence
    begins, one word with a capital and then one without.
    """
    heading = _HEADING.match(abstract)
    return abstract[heading.end() :] if heading else abstract
