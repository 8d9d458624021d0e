"""``/libraries/{library}/papers`` and what is computed of them: lists, one paper, its like, exports, search, trends."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response
from starlette.responses import StreamingResponse

from assistant import bibliography
from assistant.answers import Dimension, Evidence, Filters
from assistant.api import Assistant
from assistant.chain import checked
from assistant.merging import FieldOrigin, compare
from assistant.papers import Paper
from assistant.surfaces.serve.api import schemas
from assistant.surfaces.serve.api.common import (
    INGEST,
    READ,
    Cursor,
    Filtered,
    Json,
    Key,
    Limit,
    Opened,
    Order,
    Reader,
    Serving,
    Working,
    chosen,
    page,
    problems,
)
from assistant.surfaces.serve.api.schemas import Keys
from assistant.surfaces.serve.callers import Caller
from assistant.wire import (
    Row,
    evidence_row,
    facet_row,
    finding_row,
    origins_row,
    passage_row,
    placed_anywhere,
    without_folders,
)

router = APIRouter(prefix="/libraries/{library}", tags=["papers"])

Sort = Literal["added", "-added", "date", "-date", "title", "-title"]
_MEDIA_TYPES = {
    "bibtex": "application/x-bibtex",
    "ris": "application/x-research-info-systems",
    "csl-json": "application/vnd.citationstyles.csl+json",
    "jsonl": "application/jsonl",
}
_WHOLE_ALONE = ("text", "sections", "pages")
"""What a list leaves out of each paper."""


@router.get("/papers", operation_id="list_papers", response_model=schemas.Papers, responses=problems(404, 422, 503))
async def list_papers(
    assistant: Opened,
    service: Serving,
    caller: Reader,
    filters: Filtered,
    sort: Annotated[Sort, Query(description="``added`` is the order in which they came; ``-`` turns it round.")] = (
        "added"
    ),
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """The papers that the filters admit, page by page. A page goes on where the one before ended, also where papers
    have come in or gone in between."""

    def listed() -> Row:
        papers = chosen(assistant, filters)
        items, following = page(papers, _order(assistant, sort), limit, cursor)
        return {"items": [_summary(paper, caller) for paper in items], "next": following, "total": len(papers)}

    return Json(await service.run(listed))


_EXPORTED = {kind: {"schema": {"type": "string"}} for kind in _MEDIA_TYPES.values()} | {
    _MEDIA_TYPES["csl-json"]: {"schema": {"type": "array", "items": {"type": "object"}}}
}


@router.get(
    "/export",
    operation_id="export_papers",
    responses=problems(404, 422, 503) | {200: {"content": _EXPORTED, "description": "The bibliography."}},
    response_class=Response,
)
async def export_papers(
    assistant: Opened,
    service: Serving,
    caller: Reader,
    filters: Filtered,
    format: Annotated[  # noqa: A002  # the name in the query
        Literal["bibtex", "ris", "csl-json", "jsonl"], Query(description="``jsonl`` holds all that is known.")
    ] = "bibtex",
) -> Response:
    """The papers as a bibliography, a paper at a time."""
    papers = await service.run(chosen, assistant, filters)
    if filters.papers:  # in the order in which they are named
        places = {key: place for place, key in enumerate(filters.papers)}
        papers = sorted(papers, key=lambda paper: places[paper.key])
    told = (_told(paper, caller) for paper in papers)
    name = f"{assistant.library.name}{bibliography.FORMATS[format]}"
    return StreamingResponse(
        (chunk.encode("utf-8", "replace") for chunk in bibliography.write(told, format)),
        media_type=f"{_MEDIA_TYPES[format]}; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@router.get(
    "/papers/{key:path}/related",
    operation_id="list_related_papers",
    response_model=schemas.RelatedPapers,
    responses=problems(404, 503),
)
async def list_related_papers(
    key: Key, assistant: Opened, service: Serving, caller: Reader, limit: Annotated[int, Query(ge=1, le=50)] = 5
) -> Response:
    """The papers nearest to one, best first, each with its score in [-1, 1]; none that is no nearer than most."""
    found = await service.run(assistant.related, key, limit)
    return Json({"items": [{"score": score, "paper": _summary(paper, caller)} for paper, score in found]})


@router.get("/papers/{key:path}", operation_id="get_paper", response_model=schemas.Paper, responses=problems(404, 503))
async def get_paper(key: Key, assistant: Opened, service: Serving, caller: Reader) -> Response:
    """One paper, whole: its text, its passages, what it introduces and uses, and which source each field is from."""

    def whole() -> Row:
        paper = assistant.paper(key)
        facets, passages = assistant.facets(key), assistant.library.passages(key)
        origins = compare(assistant.library.records(key))
        return {
            **_row(paper, caller),
            "has_full_text": paper.has_full_text,
            "fields": origins_row([_placed(row, caller) for row in origins]),
            "facets": [facet_row(facet, paper) for facet in facets],
            "passages": [passage_row(passage) for passage in passages],
        }

    return Json(await service.run(whole))


@router.delete(
    "/papers/{key:path}",
    operation_id="remove_paper",
    status_code=204,
    dependencies=INGEST,
    responses=problems(404, 429, 503),
)
async def remove_paper(key: Key, assistant: Opened, service: Serving, jobs: Working) -> Response:
    """Remove a paper for good. A sync does not bring it back; taking it in again does."""

    def remove() -> None:
        with jobs.idle(assistant.library.name):
            assistant.remove(key)

    await service.run(remove)
    return Response(status_code=204)


@router.delete(
    "/papers",
    operation_id="remove_papers",
    status_code=204,
    dependencies=INGEST,
    responses=problems(404, 422, 429, 503),
)
async def remove_papers(
    assistant: Opened,
    service: Serving,
    jobs: Working,
    key: Annotated[Keys, Query(min_length=1, description="The keys of the papers; where one is not there, none goes.")],
) -> Response:
    """Remove several papers for good, as ``DELETE .../papers/{key}`` does it, all or none."""

    def remove() -> None:
        with jobs.idle(assistant.library.name):
            assistant.remove(*dict.fromkeys(key))

    await service.run(remove)
    return Response(status_code=204)


@router.post(
    "/search",
    operation_id="search_passages",
    response_model=schemas.SearchResult,
    responses=problems(404, 422, 429, 503),
    tags=["questions"],
)
async def search_passages(given: schemas.SearchGiven, assistant: Opened, service: Serving, caller: Reader) -> Response:
    """The passages that are nearest to a query, best first, each an exact span of its paper's text."""
    filters = given.filters.to_filters() if given.filters else None

    def found() -> list[Row]:
        return [evidence_row(one) for one in search(assistant, given.query, filters, given.limit, given.per_paper)]

    async with service.gate.entered(caller.owner):
        return Json({"items": await service.run(found)})


@router.get(
    "/trends",
    operation_id="get_trends",
    response_model=schemas.Table,
    dependencies=READ,
    responses=problems(404, 422, 503),
    tags=["figures"],
)
async def get_trends(
    assistant: Opened,
    service: Serving,
    filters: Filtered,
    by: Annotated[
        list[Dimension] | None,
        Query(max_length=2, description="By what; the second as columns. Topic and year where none is given."),
    ] = None,
) -> Response:
    """How many papers there are by a dimension, or by two, with the papers behind every row."""

    def counted() -> Row:
        chosen(assistant, filters)
        return assistant.trends(by or ("topic", "year"), filters).to_dict()

    return Json(await service.run(counted))


@router.get(
    "/overview",
    operation_id="get_overview",
    response_model=schemas.Overview,
    dependencies=READ,
    responses=problems(404, 422, 503),
    tags=["figures"],
)
async def get_overview(assistant: Opened, service: Serving, filters: Filtered) -> Response:
    """What the papers show as a whole: questions, each with its answer, its figure, and the papers behind its marks."""

    def computed() -> list[Row]:
        chosen(assistant, filters)
        return [finding_row(finding) for finding in assistant.overview(filters)]

    return Json({"items": await service.run(computed)})


def search(assistant: Assistant, query: str, filters: Filters | None, limit: int, per_paper: int) -> list[Evidence]:
    """The best passages for a query: as ``Assistant.as_retriever`` finds them, without LangChain.

    Raises:
        QuestionError: the query is empty or too long.
    """
    return assistant.chain.retriever.evidence(checked(query), limit, filters or Filters(), per_paper)


def _order(assistant: Assistant, sort: Sort) -> Order:
    falling = sort.startswith("-")
    match sort.lstrip("-"):
        case "date":
            return Order(sort, lambda paper: (paper.date or "", paper.key), falling)
        case "title":
            return Order(sort, lambda paper: (paper.title.casefold(), paper.key), falling)
    places = {key: int(record.fields["order"]) for key, record in assistant.library.store.documents.items()}
    return Order(sort, lambda paper: (places.get(paper.key, -1), paper.key), falling, int)


def _told(paper: Paper, caller: Caller) -> Paper:
    """The paper as a caller may see it: only this machine's user is told where its source lies."""
    return paper if caller.may("owner") else placed_anywhere(paper)


def _row(paper: Paper, caller: Caller) -> Row:
    return _told(paper, caller).to_dict()


def _summary(paper: Paper, caller: Caller) -> Row:
    row = {name: value for name, value in _row(paper, caller).items() if name not in _WHOLE_ALONE}
    return {**row, "has_full_text": paper.has_full_text}


def _placed(row: FieldOrigin, caller: Caller) -> FieldOrigin:
    """The field, its sources named as a caller may see them."""
    if caller.may("owner"):
        return row
    others = tuple((without_folders(name), value) for name, value in row.others)
    return replace(row, origin=without_folders(row.origin), others=others)
