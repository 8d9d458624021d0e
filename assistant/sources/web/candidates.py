"""Who a name may mean, as the services say."""

from __future__ import annotations

from dataclasses import dataclass

from assistant.sources import Notice


@dataclass(frozen=True, slots=True)
class Candidate:
    """One person of a service.

    ``works`` is how many works it puts under the person, None where it does not say; ``years`` are the first and the
    last year with works among those that it lists, which with OpenAlex are the last ten. ``sources`` are what
    ``ingest`` takes, the one with the most papers first.
    """

    name: str
    affiliations: tuple[str, ...] = ()
    works: int | None = None
    topics: tuple[str, ...] = ()
    years: tuple[int, int] | None = None
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """The candidates, best first, and what went wrong on the way."""

    candidates: tuple[Candidate, ...]
    notices: tuple[Notice, ...] = ()
