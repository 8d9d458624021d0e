"""JSON Lines: a paper a line, as the export writes them, or in an open form that other programs write easily.

::

    {"title": "...", "authors": ["Ada Lovelace", {"first": "Charles", "last": "Babbage"}, {"name": "..."}],
     "abstract": "...", "year": 1843, "venue": "...", "doi": "10...", "url": "https://...", "id": "its-key"}

A line in the export's own form comes back as the paper it was, with its key and its full text.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from assistant.errors import SourceError
from assistant.papers import Paper
from assistant.sources import Item, Notice, Unreadable, kinds
from assistant.sources.entries import MAX_AUTHORS, MAX_TITLE, Entry, arxiv_id, doi_id, is_web_link, iso_date
from assistant.sources.names_in_references import split_names


def read(text: str, name: str) -> Iterator[Item]:
    """The papers in the order of their lines; a line that is none is reported and passed over.

    Raises:
        SourceError: no line begins as an object does.
    """
    text = text.removeprefix("\ufeff")
    if not re.search(r"^[ \t]*\{", text, re.MULTILINE):
        raise SourceError(f'{name!r} holds no line of JSON; each line should be one paper: {{"title": "..."}}.')
    packed = io.BytesIO(text.encode("utf-8", "surrogatepass"))
    del text  # it may take four bytes a letter for as long as the papers are taken in
    for number, line in enumerate(io.TextIOWrapper(packed, "utf-8", "surrogatepass", newline="\n"), 1):
        if line.strip():
            yield from _read_line(line, f"{name}, line {number}")


def _read_line(line: str, place: str) -> Iterator[Item]:
    try:
        row = json.loads(line.rstrip())
    except RecursionError:
        yield Unreadable(place, "its parts are nested too deeply.")
        return
    except ValueError as error:
        what = (
            f"{error.msg}, column {error.colno}" if isinstance(error, json.JSONDecodeError) else "a number is too long"
        )
        yield Unreadable(place, f"it is no valid JSON ({what}).")
        return
    if not isinstance(row, dict):
        yield Unreadable(place, "it is no object with a title.")
    elif "text" in row and "sections" in row:
        yield _exported(row, place)
    else:
        found = _open(row, place)
        if isinstance(found, Paper):
            yield from (Notice(f"{place}: {wrong}") for wrong in _oddities(row))
        yield found


# ---- the export's own form

_STRINGS = ("key", "title", "text", "source")
_OPTIONAL_STRINGS = ("affiliation", "date", "category", "url", "venue", "kind", "license")
_LISTS = ("authors", "ids", "links")


def _exported(row: dict[str, Any], place: str) -> Paper | Unreadable:
    wrong = _wrong(row)
    if wrong:
        return Unreadable(place, f"it looks like an exported paper, but its {wrong!r} is not as the export writes it.")
    return Paper.from_dict(row)


def _wrong(row: Mapping[str, Any]) -> str | None:
    """The first field of an exported paper that would not make a sound one."""
    checks = {
        **{name: _is_text(row.get(name, "" if name == "source" else None)) for name in _STRINGS},
        **{name: row.get(name) is None or _is_text(row[name]) for name in _OPTIONAL_STRINGS},
        "authors_complete": isinstance(row.get("authors_complete", True), bool),
        "has_code": isinstance(row.get("has_code"), bool | None),
        **{name: isinstance(row.get(name, []), list) and all(map(_is_text, row.get(name, []))) for name in _LISTS},
        "score": row.get("score") is None or _is_number(row["score"]),
    }
    if wrong := next((name for name, is_right in checks.items() if not is_right), None):
        return wrong
    checks = {
        "key": re.fullmatch(r"\S{0,200}", row["key"]) is not None,
        "title": 0 < len(row["title"].strip()) <= MAX_TITLE,
        "authors": len(row.get("authors", [])) <= MAX_AUTHORS,
        "date": row.get("date") is None or iso_date(row["date"]) == row["date"],
        "url": row.get("url") is None or is_web_link(row["url"]),
        "links": all(map(is_web_link, row.get("links", []))),
        "sections": _are_spans(row["sections"], len(row["text"])),
        "pages": _are_pages(row.get("pages", []), len(row["text"])),
    }
    return next((name for name, is_right in checks.items() if not is_right), None)


def _is_text(value: Any) -> bool:
    """A string that UTF-8 can hold."""
    return isinstance(value, str) and not re.search("[\ud800-\udfff]", value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e9


def _are_spans(sections: Any, length: int) -> bool:
    return isinstance(sections, list) and all(
        isinstance(s, dict)
        and _is_text(s.get("name"))
        and all(isinstance(s.get(end), int) and not isinstance(s[end], bool) for end in ("start", "end"))
        and 0 <= s["start"] <= s["end"] <= length
        for s in sections
    )


def _are_pages(pages: Any, length: int) -> bool:
    if not isinstance(pages, list) or not all(
        isinstance(pair, list) and len(pair) == 2 and all(type(part) is int for part in pair) for pair in pages
    ):
        return False
    offsets = [offset for offset, _ in pages]
    return offsets == sorted(offsets) and all(0 <= offset <= length and page >= 1 for offset, page in pages)


# ---- the open form


def _open(row: Mapping[str, Any], place: str) -> Paper | Unreadable:
    for name in ("title", "abstract", "venue", "doi", "url"):
        if row.get(name) is not None and not isinstance(row[name], str):
            return Unreadable(place, f"its {name!r} is no text.")
    authors = row.get("authors") or []
    if isinstance(authors, str):
        authors = split_names(authors)
    if not isinstance(authors, list):
        return Unreadable(place, "its 'authors' are no list.")
    names = [_name(author) for author in authors]
    if None in names:
        return Unreadable(place, "an author is neither a name nor an object with 'name' or 'first' and 'last'.")
    identifier, link = str(row.get("id") or ""), row.get("url") or None
    arxiv = arxiv_id(str(row.get("arxiv") or "")) or arxiv_id(identifier) or arxiv_id(link)
    doi = doi_id(row.get("doi")) or doi_id(identifier) or doi_id(link)
    return Entry(
        title=row.get("title") or "",
        authors=[name for name in names if name],
        authors_complete=row.get("authors_complete") is not False,
        abstract=row.get("abstract") or "",
        date=str(row.get("date") or row.get("year") or ""),
        venue=row.get("venue"),
        kind=row["kind"] if isinstance(row.get("kind"), str) else None,
        url=link,
        ids=[i for i in (doi, arxiv) if i],
        key=kinds.own_key(identifier),
    ).to_paper(place)


def _oddities(row: Mapping[str, Any]) -> Iterator[str]:
    """What of a paper's fields is not as the form has it, and what was made of it."""
    if isinstance(row.get("authors"), str):
        yield "its 'authors' are a text and no list; names were parted at ';' and 'and'."
    date = row.get("date") or row.get("year")
    if date is not None and iso_date(str(date)) is None:
        yield f"its year {str(date)[:40]!r} is none; the paper has no date."


def _name(author: Any) -> str | None:
    """A name as it is written; None where there is none to find."""
    if isinstance(author, str):
        return author
    if not isinstance(author, dict):
        return None
    parts: Sequence[Any] = [author.get("name")] if author.get("name") else [author.get("first"), author.get("last")]
    return " ".join(part.strip() for part in parts if isinstance(part, str)) or None
