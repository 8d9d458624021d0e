"""CSL-JSON, the items of citation processors, as Zotero, pandoc and Crossref write them: items to papers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from assistant.errors import SourceError
from assistant.papers import Paper
from assistant.sources import Item, Notice, Skipped, Unreadable, kinds
from assistant.sources.entries import Entry, arxiv_id, doi_id, iso_date
from assistant.sources.names_in_references import split_names

_BIBTEX_TYPES = {
    "article-journal": "article", "article-magazine": "article", "article-newspaper": "article", "article": "preprint",
    "journal-article": "article", "posted-content": "preprint", "proceedings-article": "inproceedings",
    "book-chapter": "incollection", "monograph": "book", "edited-book": "collection", "dissertation": "phdthesis",
    "paper-conference": "inproceedings", "chapter": "incollection", "entry": "incollection",
    "entry-dictionary": "incollection", "entry-encyclopedia": "incollection", "thesis": "phdthesis",
    "report": "techreport", "manuscript": "unpublished", "review": "article", "review-book": "article",
    "pamphlet": "booklet", "classic": "book",
}  # fmt: skip
_LISTS = re.compile(r'\A\s*(?:\{[^\[\]{}]{0,2000}"(?:items|references)"\s*:\s*)?\[')
_NEXT_ITEM = re.compile(r"\}\s{0,200},\s{0,200}(?=\{)")
_BETWEEN = re.compile(r"[\s,]{0,10000}(?=\{)")
_MOST_TRIES = 1_000


def read(text: str, name: str) -> Iterator[Item]:
    """The papers of a list of items, of ``{"items": [...]}`` or of one item; of broken JSON, what is whole.

    Raises:
        SourceError: it is no JSON, or JSON of another kind.
    """
    try:
        whole = json.loads(text.removeprefix("\ufeff"))
    except (ValueError, RecursionError) as error:
        yield from _salvaged(text.removeprefix("\ufeff"), name, error)
        return
    items = _items(whole)
    if not items:
        raise SourceError(f"{name!r} holds no CSL-JSON item; it should be a list of items with a type and a title.")
    for number, item in enumerate(items, 1):
        yield from _read_item(item, f"{name}, entry {number}")


def _items(whole: Any) -> list[Any]:
    if isinstance(whole, list):
        return whole
    if not isinstance(whole, dict):
        return []
    for name in ("items", "references", "message"):
        if name in whole:
            return _items(whole[name])
    return [whole] if "title" in whole or "type" in whole else []


def _salvaged(text: str, name: str, error: Exception) -> Iterator[Item]:
    """The items of a list that breaks somewhere, one by one; a broken one is passed over to where the next begins."""
    begin = _LISTS.match(text)
    if begin is None or isinstance(error, RecursionError):
        raise SourceError(f"{name!r} is no valid JSON ({_what(error)}); export it again.") from error
    decoder, at, tries = json.JSONDecoder(), begin.end(), 0
    line, counted = 1, 0
    while match := _BETWEEN.match(text, at):
        line, counted = line + text.count("\n", counted, match.end()), match.end()
        place = f"{name}, line {line}"
        try:
            item, at = decoder.raw_decode(text, counted)
        except (ValueError, RecursionError) as broken:
            yield Unreadable(place, f"it is no valid JSON ({_what(broken)}).")
            at, tries = _next_whole(text, counted, decoder, tries)
        else:
            yield from _read_item(item, place)
    if at == begin.end():
        raise SourceError(f"{name!r} is no valid JSON ({_what(error)}); export it again.") from error
    if at < len(text) and not re.compile(r"\s{0,10000}\]").match(text, at):
        yield Notice(f"{name}: the list breaks off after line {line} ({_what(error)}).")


def _next_whole(text: str, broken: int, decoder: json.JSONDecoder, tries: int) -> tuple[int, int]:
    """Where the next item begins that can be read: an object with a type or a title of its own."""
    for match in _NEXT_ITEM.finditer(text, broken):
        tries += 1
        if tries > _MOST_TRIES:
            break
        try:
            item, _ = decoder.raw_decode(text, match.end())
        except (ValueError, RecursionError):
            continue
        if "type" in item or "title" in item:
            return match.end(), tries
    return len(text), tries


def _what(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} in line {error.lineno}"
    return "its parts are nested too deeply" if isinstance(error, RecursionError) else "a number is too long"


def _read_item(item: Any, place: str) -> Iterator[Item]:
    """The item, and before it what of a paper's fields is not as the format has it."""
    found = _item(item, place)
    if isinstance(found, Paper):
        yield from (Notice(f"{place}: {wrong}") for wrong in _oddities(item))
    yield found


def _oddities(item: Mapping[str, Any]) -> Iterator[str]:
    author = item.get("author")
    if isinstance(author, str):
        yield "its 'author' is a text and no list; names were parted at ';' and 'and'."
    elif author is not None and not isinstance(author, list):
        yield "its 'author' is no list of names; it was left out."
    if "issued" in item and iso_date(_date(item)) is None:
        yield "its 'issued' holds no year that can be one; the paper has no date."
    if isinstance(item.get("title"), int):
        yield "its 'title' is a number; it was taken as it stands."


def _item(item: Any, place: str) -> Item:
    if not isinstance(item, dict):
        return Unreadable(place, "it is no item but a bare value.")
    word = _text(item.get("type"))
    authors, complete = _people(item.get("author"))
    editors, _ = _people(item.get("editor"))
    venue = _text(item.get("container-title")) or _text(item.get("event-title")) or _text(item.get("event"))
    kind = _BIBTEX_TYPES.get(word, word)
    if kind in ("phdthesis", "techreport", "book") and not venue:
        venue = _text(item.get("publisher"))
    doi = doi_id(_text(item.get("DOI"))) or doi_id(_text(item.get("URL")))
    arxiv = _arxiv(item, doi)
    fields = {
        "author": " and ".join(authors),
        "editor": " and ".join(editors),
        "doi": doi or "",
        "eprint": arxiv or "",
        "pages": _text(item.get("page")),
        "publisher": _text(item.get("publisher")),
        "journal": venue if kind == "article" else "",
        "type": _text(item.get("genre")),
    }
    if reason := kinds.why_none(kind, fields):
        return Skipped(place, reason)
    if word == "webpage" and not doi:
        return Skipped(place, "it is a web page without a DOI, not a publication.")
    url = _text(item.get("URL"))
    return Entry(
        title=_title(item),
        authors=authors,
        authors_complete=complete,
        abstract=_text(item.get("abstract")),
        date=_date(item),
        venue=venue,
        kind=kinds.kind_of(kind, venue=venue, preprint=arxiv is not None, genre=fields["type"]),
        url=url or (f"https://doi.org/{doi[4:]}" if doi and doi.startswith("doi:") else None),
        links=[f"https://arxiv.org/abs/{arxiv[6:]}"] if arxiv else [],
        ids=[i for i in (doi, arxiv, *_other_ids(item)) if i],
        key=_key(item),
    ).to_paper(place)


def _text(value: Any) -> str:
    """A field's text; Crossref writes titles as lists."""
    if isinstance(value, list):
        value = value[0] if value else ""
    return (
        str(value) if isinstance(value, str | int) and not isinstance(value, bool) and len(str(value)) < 10**6 else ""
    )


def _title(item: Mapping[str, Any]) -> str:
    title, subtitle = _text(item.get("title")), _text(item.get("subtitle"))
    return f"{title}: {subtitle}" if title and subtitle else title


def _key(item: Mapping[str, Any]) -> str:
    """The citation key where there is one, else the id."""
    names = ("citation-key", "citekey", "id")
    return next((key for name in names if (key := kinds.own_key(_text(item.get(name))))), "")


def _people(value: Any) -> tuple[list[str], bool]:
    """Names in reading order, and whether the list is complete."""
    value = split_names(value) if isinstance(value, str) else value
    names = [_person(person) for person in value] if isinstance(value, list) else []
    known = [name for name in names if name and not kinds.stands_for_others(name)]
    return known, len(known) == len([name for name in names if name])


def _person(person: Any) -> str:
    if not isinstance(person, dict):
        return _text(person)
    if literal := _text(person.get("literal")) or _text(person.get("name")):
        return " ".join(literal.replace(",", " ").split())
    parts = ("given", "dropping-particle", "non-dropping-particle", "family", "suffix")
    # The parts are in order: a comma left in one must not turn the name round.
    return " ".join(" ".join(_text(person.get(part)) for part in parts).replace(",", " ").split())


def _date(item: Mapping[str, Any]) -> str | None:
    for name in ("issued", "published", "original-date", "submitted"):
        value = item.get(name)
        parts = value.get("date-parts") if isinstance(value, dict) else None
        if isinstance(parts, list) and parts and isinstance(parts[0], list) and _text(parts[0]):
            return "-".join(_text(part) for part in parts[0][:3])
        written = value if isinstance(value, str) else ""
        if isinstance(value, dict):
            written = _text(value.get("raw")) or _text(value.get("literal"))
        if year := re.search(r"\d{4}(?:-\d{1,2}){0,2}(?!\d)", written):
            return year[0]
    return None


def _arxiv(item: Mapping[str, Any], doi: str | None) -> str | None:
    if doi and doi.startswith("arxiv:"):
        return doi
    for name in ("number", "archive_location", "note", "URL", "container-title", "archive"):
        value = _text(item.get(name))
        if "arxiv" in value.lower() and (found := arxiv_id(value)):
            return found
    return None


def _other_ids(item: Mapping[str, Any]) -> Iterator[str]:
    for name, pattern, scheme in (("PMID", r"\d{1,9}", "pmid:"), ("PMCID", r"PMC\d{1,9}", "pmcid:")):
        if match := re.search(pattern, _text(item.get(name))):
            yield f"{scheme}{match[0].lower()}"
    custom = item.get("custom")
    ids = custom.get("ids") if isinstance(custom, dict) else None
    if isinstance(ids, list):
        yield from (i for i in ids if isinstance(i, str) and re.fullmatch(r"[a-z0-9]{2,20}:\S{1,300}", i))
