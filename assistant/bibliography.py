"""Papers as bibliographies: BibTeX, RIS, CSL-JSON and JSON Lines, a paper at a time.

What is written reads back by ``assistant.sources`` as the same titles, authors, dates, venues, abstracts, identifiers
and keys. JSON Lines hold all that is known of a paper, its full text too; the others what their programs have a place
for, and identifiers of other schemes than theirs in a field of their own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from assistant.errors import ExportError
from assistant.papers import NAME_SUFFIXES, Author, Paper
from assistant.sources.latex import encode

FORMATS = {"bibtex": ".bib", "ris": ".ris", "csl-json": ".json", "jsonl": ".jsonl"}
"""The name of each form, and the ending of its files."""


def write(papers: Iterable[Paper], form: str) -> Iterator[str]:
    """The papers in one of ``FORMATS``, in chunks of one paper, so that a large library never stands in memory twice.

    Raises:
        ExportError: there is no such form.
    """
    if form not in FORMATS:
        raise ExportError(f"{form!r} is no form of a bibliography; choose one of {', '.join(FORMATS)}.")
    return _csl_list(papers) if form == "csl-json" else map(_WRITERS[form], papers)


# ---- BibTeX

_VENUE_FIELDS = {
    "article": "journal", "inproceedings": "booktitle", "incollection": "booktitle", "inbook": "booktitle",
    "phdthesis": "school", "mastersthesis": "school", "techreport": "institution", "book": "publisher",
}  # fmt: skip
_BIBTEX_KINDS = frozenset([*_VENUE_FIELDS, "booklet", "manual", "misc", "unpublished", "patent"])
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_OWN_FIELDS = frozenset(["doi", "arxiv", "pmid", "pmcid"])
_INSTITUTION = re.compile(
    r"\b(?:Collaborations?|Consortium|Team|Group|Project|Initiative|Network|Investigators|Society|Committee|Labs?)\b"
)


def _bibtex(paper: Paper) -> str:
    kind = paper.kind if paper.kind in _BIBTEX_KINDS else "misc"
    key = re.sub(r"[^\w:.+/-]", "", paper.key) or "paper"
    lines = [f"  {name} = {value},\n" for name, value in _bibtex_fields(paper, kind) if value]
    return f"@{kind}{{{key},\n{''.join(lines)}}}\n\n"


def _bibtex_fields(paper: Paper, kind: str) -> Iterator[tuple[str, str]]:
    """Names and values, which are in braces or a month's abbreviation."""
    authors = [_bibtex_name(author) for author in paper.authors]
    yield "author", _braced(" and ".join([*authors, *([] if paper.authors_complete else ["others"])]))
    yield "title", _braced(encode(paper.title, keep_capitals=True))
    yield _VENUE_FIELDS.get(kind, "howpublished"), _braced(encode(paper.venue or ""))
    year, month, day = _date_parts(paper)
    yield "year", _braced(year)
    yield "month", _MONTHS[int(month) - 1] if month else ""
    yield "day", _braced(day.lstrip("0"))
    yield "doi", _braced(encode(paper.doi or ""))
    yield "eprint", _braced(paper.arxiv_id or "")
    yield "archiveprefix", _braced("arXiv" if paper.arxiv_id else "")
    for scheme in ("pmid", "pmcid"):
        yield scheme, _braced(paper.identifier(scheme) or "")
    yield "identifiers", _braced(encode("; ".join(_other_ids(paper))))
    yield "url", _braced(_bibtex_link(paper.url or ""))
    yield "abstract", _braced(encode(paper.abstract))


def _braced(value: str) -> str:
    return f"{{{value}}}" if value else ""


def _bibtex_name(author: Author) -> str:
    """A name as BibTeX takes it apart; braces keep an institution's in one piece."""
    name = encode(author.name)
    is_whole = "," in name or re.search(r"\band\b|;", name, re.IGNORECASE) or _INSTITUTION.search(name)
    return f"{{{name}}}" if is_whole else name


def _bibtex_link(link: str) -> str:
    """Percent-encoded where a brace or a backslash would end the field."""
    return link.replace("{", "%7B").replace("}", "%7D").replace("\\", "%5C")


def _date_parts(paper: Paper) -> tuple[str, str, str]:
    year, month, day = [*(paper.date or "").split("-"), "", ""][:3]
    return year, month, day


def _other_ids(paper: Paper) -> list[str]:
    """The identifiers that have no field of their own in BibTeX or CSL, and those after the first of their scheme."""
    first = {f"{scheme}:{paper.identifier(scheme)}" for scheme in _OWN_FIELDS}
    return [i for i in paper.ids if i not in first]


# ---- RIS

_RIS_TYPES = {
    "article": "JOUR", "book": "BOOK", "inbook": "CHAP", "incollection": "CHAP", "inproceedings": "CPAPER",
    "mastersthesis": "THES", "patent": "PAT", "phdthesis": "THES", "techreport": "RPRT", "unpublished": "UNPB",
}  # fmt: skip
_RIS_VENUES = {"JOUR": "JF", "CHAP": "T2", "CPAPER": "T2", "THES": "PB", "RPRT": "PB", "BOOK": "PB"}


def _ris(paper: Paper) -> str:
    kind = _RIS_TYPES.get(paper.kind or "", "GEN")
    lines = [f"{tag}  - {_ris_value(value)}\n" for tag, value in _ris_lines(paper, kind) if value]
    return f"TY  - {kind}\n{''.join(lines)}ER  - \n\n"


def _ris_lines(paper: Paper, kind: str) -> Iterator[tuple[str, str]]:
    yield "ID", paper.key
    yield "TI", paper.title
    for author in paper.authors:
        yield "AU", _family_first(author)
    if not paper.authors_complete:
        yield "AU", "et al."
    year, month, day = _date_parts(paper)
    yield "PY", year
    yield "DA", "/".join(part for part in (year, month, day) if part) if month else ""
    yield _RIS_VENUES.get(kind, "T2"), paper.venue or ""
    yield "M3", "Master's thesis" if paper.kind == "mastersthesis" else ""
    yield "DO", paper.doi or ""
    yield "AN", "; ".join(i for i in paper.ids if i != f"doi:{paper.doi}")
    yield "UR", paper.url or ""
    yield "AB", paper.abstract


def _ris_value(value: str) -> str:
    """A value whose further lines do not look like tags."""
    return re.sub(r"\n(?=[A-Z][A-Z0-9] {1,2}-)", "\n ", value)


def _family_first(author: Author) -> str:
    """``van der Berg, Jan``; a name of one word, or one that has a comma, as it is but for the comma."""
    given, family, suffix = _name_parts(author)
    return ", ".join(part for part in (family, suffix, given) if part)


def _name_parts(author: Author) -> tuple[str, str, str]:
    """Given name, family name with its particles, and suffix; put together in this order they are the name."""
    words = author.name.replace(",", " ").split()
    suffix = words.pop() if len(words) > 2 and words[-1].casefold().rstrip(".") in NAME_SUFFIXES else ""
    name = " ".join(words)
    family = Author(name).family
    if _INSTITUTION.search(name) or not name.endswith(f" {family}"):
        return "", f"{name} {suffix}".strip(), ""
    return name.removesuffix(family).strip(), family, suffix


# ---- CSL-JSON

_CSL_TYPES = {
    "article": "article-journal", "book": "book", "booklet": "pamphlet", "inbook": "chapter", "incollection": "chapter",
    "inproceedings": "paper-conference", "mastersthesis": "thesis", "patent": "patent", "phdthesis": "thesis",
    "techreport": "report", "unpublished": "manuscript",
}  # fmt: skip


def _csl_list(papers: Iterable[Paper]) -> Iterator[str]:
    before = "[\n"
    for paper in papers:
        yield before + json.dumps(_csl(paper), ensure_ascii=False, indent=1)
        before = ",\n"
    yield "\n]\n" if before == ",\n" else "[]\n"


def _csl(paper: Paper) -> dict[str, Any]:
    """An item by CSL's schema 1.0.2; a preprint is an ``article``, as in Zotero."""
    kind = _CSL_TYPES.get(paper.kind or "", "article" if paper.kind == "preprint" else "document")
    date = [int(part) for part in _date_parts(paper) if part]
    item = {
        "id": paper.key,
        "type": kind,
        "title": paper.title,
        "author": [*map(_csl_name, paper.authors), *([] if paper.authors_complete else [{"literal": "et al."}])],
        "issued": {"date-parts": [date]} if date else None,
        "container-title": None if kind in _PUBLISHED_BY else paper.venue,
        "publisher": paper.venue if kind in _PUBLISHED_BY else None,
        "genre": "Master's thesis" if paper.kind == "mastersthesis" else None,
        "DOI": paper.doi,
        "PMID": paper.identifier("pmid"),
        "PMCID": (paper.identifier("pmcid") or "").upper(),
        "number": f"arXiv:{paper.arxiv_id}" if paper.arxiv_id else None,
        "URL": paper.url,
        "abstract": paper.abstract,
        "custom": {"ids": other} if (other := _other_ids(paper)) else None,
    }
    return {name: value for name, value in item.items() if value}


_PUBLISHED_BY = frozenset(["book", "thesis", "report"])


def _csl_name(author: Author) -> dict[str, str]:
    given, family, suffix = _name_parts(author)
    if not given:
        return {"literal": author.name}
    return {"family": family, "given": given} | ({"suffix": suffix} if suffix else {})


# ---- JSON Lines


def _jsonl(paper: Paper) -> str:
    return json.dumps(paper.to_dict(), ensure_ascii=False) + "\n"


_WRITERS: dict[str, Callable[[Paper], str]] = {"bibtex": _bibtex, "ris": _ris, "jsonl": _jsonl}
