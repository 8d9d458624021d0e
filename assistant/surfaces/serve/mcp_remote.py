"""The libraries of a server that runs beside: the tools over standard input and output ask it, since a library on disk
belongs to one process."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.answers import Answer, Dimension, Evidence, Filters
from assistant.client import Client
from assistant.papers import Paper
from assistant.surfaces.serve.mcp_schemas import Papers
from assistant.tables import Table


class AtServer:
    """
    Args:
        client: of the server, and of the library that is meant where none is named.
    """

    def __init__(self, client: Client) -> None:
        self._client = client

    def names(self) -> Sequence[str]:
        """The client's own first."""
        first = self._client.library
        return [first, *(name for name in self._client.libraries() if name != first)]

    def about(self, library: str) -> Papers:
        there = self._at(library)
        author, years = there.author, there.years
        return Papers(
            name=library,
            author=author.name if author else None,
            papers=there.count(),
            first_year=years[0] if years else None,
            last_year=years[1] if years else None,
        )

    async def ask(self, library: str | None, question: str, filters: Filters, caller: str) -> Answer:
        return await self._at(library).aask(question, filters=filters)

    def search(self, library: str | None, query: str, filters: Filters, limit: int) -> Sequence[Evidence]:
        return self._at(library).search(query, filters=filters, limit=limit, per_paper=1)

    def paper(self, library: str | None, key: str) -> Paper:
        return self._at(library).paper(key)

    def trends(self, library: str | None, by: Sequence[Dimension], filters: Filters) -> Table:
        return self._at(library).trends(by, filters)

    def _at(self, library: str | None) -> Client:
        return self._client.at(library) if library else self._client
