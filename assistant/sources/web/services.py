"""The services on the web: where they are and how each wants to be asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Service:
    """A service: how it is called, where it is, and how it wants to be asked.

    ``interval`` is the least number of seconds between two requests of one ``lane``; ``key_header`` and ``key_prefix``
    say how a user's key is sent, and ``key_setting`` where it is set.
    """

    name: str
    url: str
    interval: float
    lane: str
    key_header: str = ""
    key_prefix: str = ""
    key_setting: str = ""


SERVICES: Mapping[str, Service] = {
    "arxiv": Service("arXiv", "https://export.arxiv.org", 3.0, "arxiv"),
    "arxiv_oai": Service("arXiv", "https://oaipmh.arxiv.org", 3.0, "arxiv"),
    "s2": Service(
        "Semantic Scholar", "https://api.semanticscholar.org", 1.0, "s2", "x-api-key", "", "PAPERTALK_S2_API_KEY"
    ),
    "openalex": Service(
        "OpenAlex",
        "https://api.openalex.org",
        0.1,
        "openalex",
        "authorization",
        "Bearer ",
        "PAPERTALK_OPENALEX_API_KEY",
    ),
    "crossref": Service("Crossref", "https://api.crossref.org", 0.2, "crossref"),
    "orcid": Service("ORCID", "https://pub.orcid.org", 0.1, "orcid"),
    "doi": Service("doi.org", "https://doi.org", 0.5, "doi"),
}
"""Their rates: arXiv's terms of use (1 in 3 s), Semantic Scholar without a key (1/s), Crossref's polite pool (below
10/s for single records), OpenAlex and ORCID (10/s)."""
ELSEWHERE = Service("The server", "", 0.5, "")


def serving(bases: Mapping[str, str], url: str) -> str | None:
    """The name of the service whose address a URL begins with."""
    return next((name for name, base in bases.items() if url.startswith(base.rstrip("/") + "/")), None)
