"""Sources on the web: what a user names, and the papers, people and full texts behind it.

Nothing here is imported, and no connection opened, before a user names such a source.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from types import ModuleType, TracebackType
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from assistant.errors import SourceError
from assistant.papers import Paper
from assistant.sources import Item, Notice
from assistant.sources.web.candidates import Candidate, Found
from assistant.sources.web.naming import Page, Source, identify

if TYPE_CHECKING:
    from assistant.sources.web.http import Http
    from assistant.sources.web.polite import Clock

__all__ = ["Candidate", "Found", "Page", "Source", "Web", "identify"]

_SUFFIXES = {
    "application/pdf": ".pdf",
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "application/x-bibtex": ".bib",
    "text/x-bibtex": ".bib",
    "application/x-research-info-systems": ".ris",
    "application/json": ".json",
    "application/vnd.citationstyles.csl+json": ".json",
    "application/x-ndjson": ".jsonl",
    "text/markdown": ".md",
}
_KNOWN_SUFFIX = re.compile(r"(?i)\.(?:bib|ris|json|jsonl|pdf|html?|txt|md)$")


class Web:
    """The services and servers, asked politely. Use it as a context manager.

    ``email`` goes with each request, as the services wish. ``max_age`` is how long a reply is used again unasked;
    with ``timedelta(0)`` each is checked. ``base_urls`` are other addresses of services, by the names in
    ``services.SERVICES``. ``allow_private`` lets requests go to addresses of the own network.
    """

    def __init__(
        self,
        cache_dir: Path,
        *,
        email: str | None = None,
        s2_key: str | None = None,
        openalex_key: str | None = None,
        max_age: timedelta = timedelta(days=1),
        base_urls: Mapping[str, str] | None = None,
        allow_private: bool = False,
        offline: bool = False,
        clock: Clock | None = None,
    ) -> None:
        self._cache_dir = cache_dir
        self._keys = {name: key for name, key in (("s2", s2_key), ("openalex", openalex_key)) if key}
        self._email = email
        self._max_age = max_age
        self._base_urls = base_urls
        self._allow_private = allow_private
        self._offline = offline
        self._clock = clock
        self._http: Http | None = None

    def __enter__(self) -> Web:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._http is not None:
            self._http.close()
            self._http = None

    def read(self, source: Source) -> Iterator[Item]:
        """The profile of an author where the service knows one, then an item for each of its works.

        Pages are asked for as the items are taken, and those that came are kept: a read that stopped goes on there.

        Raises:
            SourceError: the service cannot be reached, refuses, or has no such author or work.
        """
        yield from _service(source.service).read(self._opened(), source)

    def fetch(self, page: Page) -> Path:
        """A page or a file as a file on disk, with the ending that its kind has.

        Raises:
            SourceError: it cannot be got, is too large, or lies at an address that is not public.
        """
        reply = self._opened().file(page.url, what=page.url)
        path = unquote(urlsplit(reply.url).path)
        written = _KNOWN_SUFFIX.search(path)
        suffix = _SUFFIXES.get(reply.media_type) or (written[0].lower() if written else ".txt")
        name = hashlib.sha256(page.url.encode()).hexdigest()[:16]
        return self._write(self._cache_dir / "pages" / f"{name}{suffix}", reply.body)

    def find(self, name: str) -> Found:
        """Who a name may mean: of OpenAlex, else of Semantic Scholar, else of ORCID.

        Raises:
            SourceError: none of them answers.
        """
        notices: list[Notice] = []
        if not re.search(r"\w", name):
            raise SourceError("There is no name to look for; write it as it stands on papers.")
        for service in ("openalex", "s2", "orcid"):
            try:
                people = _service(service).find(self._opened(), name)
            except SourceError as error:
                notices.append(Notice(str(error)))
                continue
            if people:
                return Found(tuple(people), tuple(notices))
        if len(notices) == 3:
            raise SourceError(" ".join(notice.text for notice in notices))
        return Found((), tuple(notices))

    def license(self, paper: Paper) -> str | None:
        """The licence on record of a paper's copy on arXiv; None where there is none.

        Raises:
            SourceError: nobody who knows answers.
        """
        from assistant.sources.web import arxiv

        return arxiv.license_of(self._opened(), paper)

    def pdf(self, paper: Paper) -> tuple[Path | None, str | None]:
        """The full text from arXiv, where its licence lets anyone keep a copy, and the licence on record.

        Raises:
            SourceError: it cannot be got.
        """
        from assistant.sources.web import arxiv

        if paper.arxiv_id is None:
            return None, None
        target = self._cache_dir / "pdf" / f"{paper.arxiv_id.replace('/', '_')}.pdf"
        try:
            terms = self.license(paper)
        except SourceError:
            if target.exists():
                return target, None
            raise
        if target.exists():
            return target, terms
        if not arxiv.allows_copies(terms):
            return None, terms
        return self._write(target, arxiv.pdf(self._opened(), paper.arxiv_id)), terms

    def _opened(self) -> Http:
        from assistant.sources.web.http import Http

        if self._http is None:
            self._http = Http(
                self._cache_dir,
                email=self._email,
                keys=self._keys,
                base_urls=self._base_urls,
                max_age=self._max_age,
                allow_private=self._allow_private,
                offline=self._offline,
                clock=self._clock,
            )
        return self._http

    def _write(self, target: Path, content: bytes) -> Path:
        """The file, whole or not at all."""
        part = target.with_name(f".{target.name}.{os.getpid()}.part")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            part.write_bytes(content)
            part.replace(target)
        except OSError as error:
            raise SourceError(
                f"{str(target)!r} cannot be written ({error.strerror}); free some space or choose another folder."
            ) from error
        return target


def _service(name: str) -> ModuleType:
    from assistant.sources.web import arxiv, crossref, openalex, orcid, semantic_scholar

    return {"openalex": openalex, "s2": semantic_scholar, "orcid": orcid, "arxiv": arxiv, "doi": crossref}[name]
