"""What a user writes for a source on the web -> Source or Page: identifiers of the services, and links."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal
from urllib.parse import SplitResult, unquote, urlsplit

from assistant.errors import SourceError
from assistant.sources.entries import arxiv_id, doi_id, is_web_link

ServiceName = Literal["openalex", "orcid", "arxiv", "s2", "doi"]


@dataclass(frozen=True, slots=True)
class Source:
    """An author or a work of a service: ``openalex:A5000000000``, ``orcid:...``, ``arxiv:au:Curie_M``, ``doi:10...``.

    ``id`` is the service's own: of OpenAlex an ``A`` or a ``W`` with digits, of ORCID an iD, of arXiv ``au:`` with
    a name or a work's identifier, of Semantic Scholar (``s2``) an author's number or a work's hash of 40 digits.
    """

    service: ServiceName
    id: str

    def __str__(self) -> str:
        return f"{self.service}:{self.id}"


@dataclass(frozen=True, slots=True)
class Page:
    """A page or a file at a link."""

    url: str

    def __str__(self) -> str:
        return self.url


def identify(text: str) -> Source | Page | None:
    """The source that a text names; None where it names none on the web, as a file's name does.

    Raises:
        SourceError: the text begins as such a source and is none; an ORCID iD's check digit is part of that.
    """
    text = text.strip()
    if re.match(r"https?://", text, re.IGNORECASE):
        return _of_link(text)
    scheme, colon, rest = text.partition(":")
    reader = _READERS.get(scheme.casefold()) if colon else None
    if reader is None:
        bare = re.fullmatch(rf"{_ORCID}|10\.\d{{4,9}}/\S+", text, re.IGNORECASE)
        return (_orcid(text) if text[4] == "-" else _doi(text)) if bare else None
    found = reader(rest.strip())
    if found is None:
        raise SourceError(f"{text[:200]!r} names nothing that {_FORMS[scheme.casefold()]}.")
    return found


_ORCID = r"\d{4}-\d{4}-\d{4}-\d{3}[\dX]"
_FORMS = {
    "openalex": "OpenAlex has: write openalex:A and the digits of an author, or openalex:W and those of a work",
    "orcid": "ORCID has: write orcid: and an iD such as 0000-0002-1825-0097",
    "arxiv": "arXiv has: write arxiv:au: and a name such as Curie_M, or arxiv: and an identifier such as 2004.12345",
    "s2": "Semantic Scholar has: write s2: and an author's number, or a work's hash of 40 digits",
    "doi": "is a DOI: write doi: and 10., a number, a slash and the rest",
}


def _openalex(text: str) -> Source | None:
    match = re.fullmatch(r"[AW]\d{1,15}", text, re.IGNORECASE)
    return Source("openalex", match[0].upper()) if match else None


def _orcid(text: str) -> Source | None:
    if not re.fullmatch(_ORCID, text, re.IGNORECASE):
        return None
    text = text.upper()
    if text[-1] != orcid_check_digit(text[:-1]):
        raise SourceError(f"The ORCID iD {text!r} has a wrong check digit; look for a typing error.")
    return Source("orcid", text)


def orcid_check_digit(digits: str) -> str:
    """The last character of an ORCID iD (ISO 7064, MOD 11-2); hyphens do not matter."""
    total = 0
    for digit in digits.replace("-", ""):
        total = (total + int(digit)) * 2
    rest = (12 - total % 11) % 11
    return "X" if rest == 10 else str(rest)


def _arxiv(text: str) -> Source | None:
    author = re.fullmatch(r"au:([^\s\"():&=][^\"():&=]{0,99})", text, re.IGNORECASE)
    if author and re.search(r"[^\W\d_]", author[1]):
        return Source("arxiv", "au:" + "_".join(author[1].split()))
    work = arxiv_id(f"arxiv:{text}")
    return Source("arxiv", work.removeprefix("arxiv:")) if work else None


def _s2(text: str) -> Source | None:
    return Source("s2", text.lower()) if re.fullmatch(r"\d{1,15}|[0-9a-fA-F]{40}", text) else None


def _doi(text: str) -> Source | None:
    found = doi_id(text) if text.startswith("10.") else None
    if found is None:
        return None
    scheme, _, value = found.partition(":")
    return Source("arxiv" if scheme == "arxiv" else "doi", value)


_READERS: dict[str, Callable[[str], Source | None]] = {
    "openalex": _openalex,
    "orcid": _orcid,
    "arxiv": _arxiv,
    "s2": _s2,
    "doi": _doi,
}


def _of_link(text: str) -> Source | Page:
    try:
        parts = urlsplit(text)
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:
        parts, host = SplitResult("", "", "", "", ""), ""
    if not host or not is_web_link(text):
        raise SourceError(f"{text[:200]!r} is no link that can be followed; check it.")
    if parts.username is not None:
        raise SourceError(f"A link to {host} must not hold a user's name or password; take it out.")
    return _of_service(host, unquote(parts.path).strip("/")) or Page(text)


def _of_service(host: str, path: str) -> Source | None:
    last = path.rpartition("/")[2]
    if host in ("openalex.org", "api.openalex.org"):
        return _openalex(last)
    if host == "orcid.org":
        return _orcid(last)
    if host in ("arxiv.org", "export.arxiv.org") and re.match(r"(?:abs|pdf|html)/", path):
        return _arxiv(path.partition("/")[2].removesuffix(".pdf"))
    if host in ("semanticscholar.org", "api.semanticscholar.org") and re.search(r"(?:^|/)(?:author|paper)/", path):
        return _s2(last)
    return _doi(path) if host in ("doi.org", "dx.doi.org") else None
