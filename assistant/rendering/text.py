"""Text of others as characters that a terminal does not obey, and values of a table as a reader sees them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeGuard

from assistant.papers import Paper

# Controls but for tab and line feed, marks that turn the direction of writing, tags that nobody sees, half characters.
_CONTROL = (
    r"\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff"
    r"\ud800-\udfff\U000e0000-\U000e007f"
)
_UNSAFE = re.compile(f"[{_CONTROL}]")
LINK = re.compile(r"https?://[^\s<>\"{}|\\^`\x00-\x20]{1,500}(?<![.,;:!?)\]'])")


def visible(text: str) -> str:
    """The text without characters that act on a terminal or hide in a page instead of being read."""
    return _UNSAFE.sub("", text)


def one_line(text: str) -> str:
    """The visible text, its white space single blanks."""
    return " ".join(visible(text).split())


def shortened(text: str, limit: int, size: Callable[[str], int] = len) -> str:
    """The text in one line, cut between words where it is longer than the limit; ``size`` is how a platform counts
    its characters."""
    text = one_line(text)
    if size(text) <= limit:
        return text
    cut = text[: limit - 2]
    while size(cut) > limit - 2:
        cut = cut[:-1]
    return (cut.rpartition(" ")[0] or cut) + " …"


def web_address(url: str | None) -> str | None:
    """The address where it is one of the web and nothing else, so that it can be made a link."""
    return url if url and LINK.fullmatch(url) else None


def to_json(value: Any, *, ascii_only: bool = False) -> str:
    """JSON of ``Answer.to_dict()`` and its kin, readable, safe to print: what a terminal would obey is escaped."""
    row = value.to_dict() if hasattr(value, "to_dict") else value
    text = json.dumps(row, ensure_ascii=ascii_only, indent=2)
    return re.sub(rf"(?!\n)[{_CONTROL}]", lambda match: json.dumps(match[0])[1:-1], text)


def cell(value: Any) -> str:
    """A value of a table as a reader sees it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, list | tuple):
        return _runs(value) if _are_numbers(value) else ", ".join(cell(item) for item in value)
    return str(value)


def _are_numbers(values: Sequence[Any]) -> TypeGuard[Sequence[int]]:
    return bool(values) and all(type(value) is int for value in values)


def _runs(numbers: Sequence[int]) -> str:
    """Numbers in order, three and more in a row by their ends: ``1-3, 5, 6``."""
    runs: list[list[int]] = []
    for number in sorted(set(numbers)):
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(f"{run[0]}-{run[-1]}" if len(run) > 2 else ", ".join(map(str, run)) for run in runs)


def columns_of(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """The names that rows have values by, in the order in which they first stand."""
    return list(dict.fromkeys(name for row in rows for name in row))


def authors_of(paper: Paper, *, families: bool = False) -> str:
    """The authors by name, or by family name, and that there are more where the list is cut."""
    names = (author.family if families else author.name for author in paper.authors)
    return ", ".join(names) + ("" if paper.authors_complete else " et al.")
