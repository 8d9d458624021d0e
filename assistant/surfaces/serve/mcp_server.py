"""The libraries as tools of the Model Context Protocol, by its official SDK: over streamable HTTP and over stdio.

Every tool reads and none writes. What it returns is structured by a schema, and the same as text for models that read
no structure. What a model can mend comes back as a tool's error: one sentence.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from importlib.metadata import version
from typing import Annotated, Any, ParamSpec, Protocol

from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ResourceError, ResourceNotFoundError, ToolError
from mcp.server.transport_security import TransportSecuritySettings
from mcp_types import CallToolResult, InputRequiredResult, TextContent, ToolAnnotations
from pydantic import BaseModel, BeforeValidator, Field, ValidationError
from sse_starlette.sse import AppStatus
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from assistant.answers import Answer, Dimension, Evidence, Filters
from assistant.api import Assistant
from assistant.errors import AssistantError, LibraryNotFound, PaperNotFound, QuestionError
from assistant.papers import Paper, clean
from assistant.rendering import authors_of, plain, rows_table
from assistant.shelf import Shelf
from assistant.surfaces.serve.callers import caller_of, needs
from assistant.surfaces.serve.limits import MEGABYTE
from assistant.surfaces.serve.mcp_schemas import (
    MOST_KEYS,
    MOST_ROWS,
    AnswerGiven,
    Hit,
    Hits,
    LibraryList,
    LibraryName,
    PaperFilters,
    PaperGiven,
    PaperNamed,
    Papers,
    TableGiven,
    Which,
)
from assistant.surfaces.serve.messages import MOST, as_message
from assistant.surfaces.serve.problems import fault_of, place_of, sentence_of
from assistant.surfaces.serve.service import Service
from assistant.tables import Table

_SURFACE = "mcp"
_INSTRUCTIONS = """\
Answers about the publications of one author a library, from exact passages of the papers. For a question about what
the papers say, or how many, which and when, call ask: each sentence of its text carries markers such as [1], and each
marker a citation with a literal quote. Keep the markers and name the cited papers when you pass an answer on. Where
answered is false the papers do not hold the answer: say so, and do not fill it in. To look around yourself, use
search_papers, then get_paper. Where no library is named, the first one of list_libraries is meant."""
_READS = ToolAnnotations(read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False)


# ---- where the libraries are


class Libraries(Protocol):
    """Where the tools look. ``library`` is a name; None is the first. All but :meth:`ask` block; each raises
    AssistantError."""

    def names(self) -> Sequence[str]:
        """The first one first."""

    def about(self, library: str) -> Papers:
        """What it holds."""

    async def ask(self, library: str | None, question: str, filters: Filters, caller: str) -> Answer: ...

    def search(self, library: str | None, query: str, filters: Filters, limit: int) -> Sequence[Evidence]:
        """The best passage of each of the best papers."""

    def paper(self, library: str | None, key: str) -> Paper: ...

    def trends(self, library: str | None, by: Sequence[Dimension], filters: Filters) -> Table: ...


class OnShelf:
    """The libraries of a data folder, opened by this process."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    def names(self) -> Sequence[str]:
        return self._shelf.names()

    def about(self, library: str) -> Papers:
        opened = self._open(library)
        years = [paper.year for paper in opened.papers() if paper.year is not None]
        author = opened.author
        return Papers(
            name=library,
            author=author.name if author else None,
            papers=len(opened.papers()),
            first_year=min(years, default=None),
            last_year=max(years, default=None),
        )

    async def ask(self, library: str | None, question: str, filters: Filters, caller: str) -> Answer:
        return await (await asyncio.to_thread(self._open, library)).aask(question, filters=filters)

    def search(self, library: str | None, query: str, filters: Filters, limit: int) -> Sequence[Evidence]:
        opened = self._open(library)
        if not query.strip():
            raise QuestionError("The query is empty; search for words such as 'relation extraction'.")
        if filters.needs_catalogue:  # what a paper is on, and what it introduces, are not in its record
            filters = Filters(papers=tuple(paper.key for paper in opened.papers(filters)) or ("",))
        return opened.chain.retriever.evidence(query, limit, filters, per_paper=1)

    def paper(self, library: str | None, key: str) -> Paper:
        return self._open(library).paper(key)

    def trends(self, library: str | None, by: Sequence[Dimension], filters: Filters) -> Table:
        return self._open(library).trends(by, filters)

    def _open(self, library: str | None) -> Assistant:
        return self._shelf.open(library) if library else self._shelf.first


class OfService(OnShelf):
    """The libraries that are served, with their back-pressure, time limits and figures."""

    def __init__(self, service: Service) -> None:
        super().__init__(service.shelf)
        self._service = service

    async def ask(self, library: str | None, question: str, filters: Filters, caller: str) -> Answer:
        assistant = await self._service.run(self._open, library)
        return await self._service.ask(assistant, question, filters=filters, surface=_SURFACE, caller=caller)

    def _open(self, library: str | None) -> Assistant:
        return self._service.assistant(library)


# ---- the server

Arguments = ParamSpec("Arguments")
Tool = Callable[Arguments, Awaitable[CallToolResult]]


def make_server(libraries: Libraries, *, to_owner: bool) -> MCPServer[Any]:
    """The server of the tools. ``to_owner`` is whether errors may name places of this machine."""
    server = _Server(
        "papertalk",
        title="Papertalk",
        instructions=_INSTRUCTIONS,
        version=version("papertalk"),
        log_level="WARNING",
        subscriptions=False,
    )

    def tool(title: str) -> Callable[[Tool[Arguments]], None]:
        """Serve a function as a tool; what goes wrong on purpose is the tool's error, not the protocol's."""

        def add(function: Tool[Arguments]) -> None:
            @functools.wraps(function)
            async def run(*given: Arguments.args, **named: Arguments.kwargs) -> CallToolResult:
                try:
                    return await function(*given, **named)
                except AssistantError as error:
                    sentence = _sentence(error, to_owner=to_owner)
                    return CallToolResult(content=[TextContent(text=sentence)], is_error=True)

            server.add_tool(run, title=title, annotations=_READS)

        return add

    @tool("Ask the papers")
    async def ask(
        question: Annotated[str, Field(description="A whole question in English that stands on its own.")],
        ctx: Context[Any, Any],
        library: LibraryName = None,
        filters: Which = None,
    ) -> Annotated[CallToolResult, AnswerGiven]:
        """Answer a question about an author's publications, each sentence with literal quotes of the papers.

        Use it for what papers say (methods, results, datasets, comparisons) and for what is counted over all of them
        (how many, which, when, with whom, trends). It answers from these papers alone: where they do not hold the
        answer, "answered" is false. It keeps no conversation, so put names in the place of "it" and "they".
        """
        answer = await libraries.ask(library, question, _filters(filters), _caller(ctx))
        more = "narrow it by filters, or ask for a part of them"
        return _result(as_message(answer, more=more), _answer(answer))

    @tool("Search passages")
    async def search_papers(
        query: Annotated[str, Field(description="Words or a question.", max_length=2000)],
        library: LibraryName = None,
        limit: Annotated[int, Field(ge=1, le=50, description="How many papers at most.")] = 8,
        filters: Which = None,
    ) -> Annotated[CallToolResult, Hits]:
        """Find the papers nearest to a query, best first, each with its best passage, literally.

        Use it to look around or to collect evidence yourself; for an answer use ask. It ranks and does not count: the
        papers that it leaves out may be on the subject as well.
        """
        found = await asyncio.to_thread(libraries.search, library, query, _filters(filters), limit)
        lines = [_hit_line(hit) for hit in found] or ["No paper is found; use other words or fewer filters."]
        return _result("\n\n".join(lines), Hits(hits=[_hit(hit) for hit in found]))

    @tool("Read a paper")
    async def get_paper(
        key: Annotated[str, Field(max_length=200, description="A key out of ask or search_papers.")],
        library: LibraryName = None,
        with_text: Annotated[
            bool, Field(description="Whether to bring all of its text, which may be long, and not the abstract alone.")
        ] = False,
    ) -> Annotated[CallToolResult, PaperGiven]:
        """One paper: title, authors, date, venue, links, abstract, and all of its text where that is asked for."""
        paper = await asyncio.to_thread(libraries.paper, library, key)
        return _result(_sheet(paper, with_text=with_text), _paper(paper, with_text=with_text))

    @tool("Count papers")
    async def trends(
        by: Annotated[
            list[Dimension],
            BeforeValidator(lambda given: [given] if isinstance(given, str) else given),
            Field(min_length=1, max_length=2, description="One or two of these; the second makes the columns."),
        ],
        library: LibraryName = None,
        filters: Which = None,
    ) -> Annotated[CallToolResult, TableGiven]:
        """How many papers there are by year, topic, author, dataset, method and so on: exact counts over all papers.

        Use it for a table; a question in words, such as "Which topics grew since 2020?", goes to ask.
        """
        table = await asyncio.to_thread(libraries.trends, library, tuple(by), _filters(filters))
        return _result(_table_text(table), _table(table))

    @tool("List libraries")
    async def list_libraries() -> Annotated[CallToolResult, LibraryList]:
        """The libraries, the first one first: whose papers each holds, how many, and of which years."""
        names = await asyncio.to_thread(libraries.names)
        rows = [await asyncio.to_thread(_about, libraries, name, to_owner=to_owner) for name in names]
        return _result("\n".join(map(_library_line, rows)) or "There is no library.", LibraryList(libraries=rows))

    @server.resource("paper://{library}/{key}", title="A paper", mime_type="text/markdown")
    async def paper(library: str, key: str) -> str:
        """All that was read of a paper, as text."""
        try:
            return _sheet(await asyncio.to_thread(libraries.paper, library, key), with_text=True)
        except (LibraryNotFound, PaperNotFound) as error:
            raise ResourceNotFoundError(_sentence(error, to_owner=to_owner)) from error
        except AssistantError as error:
            raise ResourceError(_sentence(error, to_owner=to_owner)) from error

    return server


class _Server(MCPServer[Any]):
    """The SDK's server. Arguments that a tool does not take are refused in one sentence; the SDK's own has a line for
    each, and quotes what was given."""

    async def call_tool(
        self, name: str, arguments: dict[str, Any], context: Context[Any, Any] | None = None
    ) -> CallToolResult | InputRequiredResult:
        try:
            return await super().call_tool(name, arguments, context)
        except ToolError as error:
            if not isinstance(error.__cause__, ValidationError):
                raise
            fault = error.__cause__.errors()[0]
            sentence = f"The argument {place_of(fault)!r} of {name} is not as it should be: {fault_of(fault)}."
            return CallToolResult(content=[TextContent(text=sentence)], is_error=True)


def mcp_app(service: Service) -> tuple[ASGIApp, AbstractAsyncContextManager[None]]:
    """The application for a route at ``/mcp`` itself (no mount: that would redirect), and what must be entered while
    it serves, once.

    Each request stands for itself, so that any replica can answer it. The guard has looked at hosts and origins, so the
    SDK's own look at them is off.
    """
    server = make_server(OfService(service), to_owner=False)
    server.streamable_http_app(
        stateless_http=True,
        max_request_body_size=service.settings.max_body_mb * MEGABYTE,
        transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),
    )
    # Its streams are cut off when the server is told to stop; each of ours ends with its answer, which has its time.
    AppStatus.enable_automatic_graceful_drain = False
    return _OverHttp(server.session_manager.handle_request), server.session_manager.run()


class _OverHttp:
    """What stands between a route and the SDK: who may read, and that there is no stream but an answer's own."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        needs("read").dependency(HTTPConnection(scope))
        if scope["method"] != "POST":  # a stream by GET would hold up the end of the server; nothing is told by it
            raise HTTPException(405, "MCP takes POST here.", {"Allow": "POST"})
        await self._app(scope, receive, send)


async def serve_stdio(libraries: Libraries) -> None:
    """Serve whoever has started this process, until standard input ends."""
    await make_server(libraries, to_owner=True).run_stdio_async()


# ---- from the package's words into the protocol's


def _sentence(error: AssistantError, *, to_owner: bool) -> str:
    if isinstance(error, LibraryNotFound):
        return f"{str(error).partition(';')[0]}; list_libraries names those that are there."
    return sentence_of(error, to_owner=to_owner)


def _result(text: str, content: BaseModel) -> CallToolResult:
    return CallToolResult(content=[TextContent(text=text)], structured_content=content.model_dump(mode="json"))


def _filters(given: PaperFilters | None) -> Filters:
    return given.to_filters() if given else Filters()


def _caller(ctx: Context[Any, Any]) -> str:
    """Whose question it is; nobody else's over stdio."""
    request = ctx.request_context.request
    return caller_of(request).owner if isinstance(request, HTTPConnection) else ""


def _about(libraries: Libraries, name: str, *, to_owner: bool) -> Papers:
    try:
        return libraries.about(name)
    except AssistantError as error:  # the others are there all the same
        return Papers(name=name, problem=sentence_of(error, to_owner=to_owner))


def _library_line(row: Papers) -> str:
    if row.problem:
        return f"{row.name}: {row.problem}"
    years = "" if row.first_year is None else f", {row.first_year} to {row.last_year}"
    return f"{row.name}: {row.papers} papers{f' of {row.author}' if row.author else ''}{years}"


def _answer(answer: Answer) -> AnswerGiven:
    row = answer.to_dict()
    return AnswerGiven.model_validate(
        {
            **row,
            "citations": row["citations"][:MOST],
            "citations_in_all": len(row["citations"]),
            "table": None if row["table"] is None else row["table"][:MOST],
            "rows_in_all": len(row["table"] or ()),
        }
    )


def _named(paper: Paper) -> dict[str, Any]:
    return {
        "key": paper.key,
        "title": clean(paper.title),
        "authors": [author.name for author in paper.authors],
        "authors_complete": paper.authors_complete,
        "year": paper.year,
    }


def _hit(hit: Evidence) -> Hit:
    return Hit(
        paper=PaperNamed(**_named(hit.paper)),
        section=hit.section,
        page=hit.paper.page_at(hit.start),
        quote=hit.quote,
        start=hit.start,
        end=hit.end,
        score=round(hit.score, 4),
        url=hit.paper.url,
    )


def _hit_line(hit: Evidence) -> str:
    byline = f" ({hit.paper.byline})" if hit.paper.byline else ""
    return f"[{hit.paper.key}] {clean(hit.paper.title)}{byline}\n{hit.section}: {clean(hit.quote)}"


def _paper(paper: Paper, *, with_text: bool) -> PaperGiven:
    row = paper.to_dict()
    return PaperGiven.model_validate(
        {
            **row,
            **_named(paper),
            "sections": [section.name for section in paper.sections],
            "text": paper.text if with_text else None,
        }
    )


def _sheet(paper: Paper, *, with_text: bool) -> str:
    facts = [authors_of(paper), paper.date or "", paper.venue or "", paper.url or "", ", ".join(paper.ids)]
    body = paper.text if with_text else paper.abstract or "There is no abstract."
    return f"# {clean(paper.title)}\n\n{' · '.join(fact for fact in facts if fact)} · key {paper.key}\n\n{clean(body)}"


def _table(table: Table) -> TableGiven:
    rows = [
        {**row, "keys": list(keys[:MOST_KEYS])}
        for row, keys in zip(table.rows[:MOST_ROWS], table.keys[:MOST_ROWS], strict=True)
    ]
    return TableGiven(title=table.title, rows=rows, rows_in_all=len(table.rows))


def _table_text(table: Table) -> str:
    left = len(table.rows) - MOST_ROWS
    more = f"\n{left:,} more rows; narrow it by filters.\n" if left > 0 else ""
    return f"{table.title}\n\n{plain(rows_table(table.rows[:MOST_ROWS]))}{more}"
