"""Papers in, and back out: ingests, previews, syncs and undos as jobs, and the jobs themselves."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterable, Iterator
from contextlib import aclosing
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Request, Response

from assistant.api import Assistant
from assistant.errors import AssistantError, LibraryError
from assistant.ingesting import IngestReport, Progress
from assistant.previewing import Preview
from assistant.sources import Item, intake
from assistant.surfaces.serve.api import schemas, sse
from assistant.surfaces.serve.api.common import (
    Ingester,
    Json,
    Opened,
    Serving,
    Working,
    problems,
)
from assistant.surfaces.serve.api.jobs import Job, Jobs, Kind, Outcome, fingerprint_of
from assistant.surfaces.serve.api.taking_in import Taken, taken
from assistant.surfaces.serve.callers import Caller
from assistant.surfaces.serve.problems import body_of, unexpected
from assistant.surfaces.serve.service import Service
from assistant.wire import Row, report_for_others, source_for_others

router = APIRouter(tags=["ingest"])

_SOURCES_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": {"$ref": "#/components/schemas/SourcesGiven"}},
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "files": {"type": "array", "items": {"type": "string", "format": "binary"}},
                        "sources": {"type": "array", "items": {"type": "string"}},
                        "text": {"type": "string"},
                        "full_text": {"type": "boolean"},
                    },
                }
            },
        },
    }
}
_ACCEPTED = problems(404, 409, 413, 415, 422, 429, 503)
IdempotencyKey = Annotated[
    str | None,
    Header(
        min_length=1,
        max_length=200,
        description="A name for this request: sent again with the same content, it answers with the same job.",
    ),
]
JobId = Annotated[str, Path(max_length=100)]


@router.post(
    "/libraries/{library}/ingest",
    operation_id="ingest",
    status_code=202,
    response_model=schemas.Job,
    responses=_ACCEPTED,
    openapi_extra=_SOURCES_BODY,
)
async def ingest(
    request: Request,
    assistant: Opened,
    service: Serving,
    jobs: Working,
    caller: Ingester,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Take papers in, as a job. What is there already, unchanged, is not touched; what cannot be read is reported."""
    got = await taken(request, service)

    def make() -> Job:
        given = got.understood(caller)

        def work(_: Progress) -> Outcome:
            items = _read(assistant, service, given, got.given.full_text)
            return _counted(service, assistant.take_in(job.read(items), job.embedded))

        job = _job("ingest", assistant, caller, work, got.drop)
        return job

    return await _begun(request, service, jobs, caller, assistant, "ingest", got, make, idempotency_key)


@router.post(
    "/libraries/{library}/preview",
    operation_id="preview_ingest",
    status_code=202,
    response_model=schemas.Job,
    responses=_ACCEPTED,
    openapi_extra=_SOURCES_BODY,
)
async def preview_ingest(
    request: Request,
    assistant: Opened,
    service: Serving,
    jobs: Working,
    caller: Ingester,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Read sources and say what an ingest would do, as a job; nothing is stored. ``POST /jobs/{job}/accept`` takes it
    in without reading again."""
    got = await taken(request, service)

    def make() -> Job:
        given = got.understood(caller)

        def work(tell: Progress) -> Outcome:
            items = _read(assistant, service, given, got.given.full_text)
            return assistant.library.preview(items, lambda count: tell(count, 0))

        return Job("preview", assistant.library.name, caller.owner, work, clean_up=got.drop)

    return await _begun(request, service, jobs, caller, assistant, "preview", got, make, idempotency_key)


@router.post(
    "/jobs/{job}/accept",
    operation_id="accept_preview",
    status_code=202,
    response_model=schemas.Job,
    responses=problems(404, 409, 422, 429, 503),
)
async def accept_preview(
    preview_job: Annotated[str, Path(alias="job", max_length=100)],
    given: schemas.AcceptGiven,
    request: Request,
    service: Serving,
    jobs: Working,
    caller: Ingester,
) -> Response:
    """Take in what a preview shows, but for some of its papers, as a job."""
    shown = jobs.get(preview_job, _whose(caller))
    if not isinstance(shown.outcome, Preview):
        raise LibraryError("This job has no preview to take in; it is no preview, or it has not ended well.")
    for key in given.without:
        shown.outcome.paper(key)
    assistant = await service.run(service.assistant, shown.library)
    preview, without = shown.outcome, tuple(given.without)

    def work(_: Progress) -> Outcome:
        job.expect(len(preview.papers) - len(without))
        return _counted(service, assistant.accept(preview, without, job.embedded))

    job = _job("accept", assistant, caller, work)
    return _accepted(jobs.add(job), request, caller)


@router.post(
    "/libraries/{library}/sync",
    operation_id="sync",
    status_code=202,
    response_model=schemas.Job,
    responses=problems(404, 422, 429, 503),
)
async def sync(
    given: schemas.SyncGiven, request: Request, assistant: Opened, service: Serving, jobs: Working, caller: Ingester
) -> Response:
    """Read again what has changed of the library's sources, as a job. No paper is taken out."""

    def work(_: Progress) -> Outcome:
        return _counted(service, assistant.sync(full_text=given.full_text, progress=job.embedded))

    job = _job("sync", assistant, caller, work)
    return _accepted(jobs.add(job), request, caller)


@router.post(
    "/libraries/{library}/undo",
    operation_id="undo_ingest",
    status_code=202,
    response_model=schemas.Job,
    responses=problems(404, 409, 429, 503),
)
async def undo_ingest(request: Request, assistant: Opened, jobs: Working, caller: Ingester) -> Response:
    """Take the last ingest or sync back, as a job."""
    name = assistant.library.name
    job = Job("undo", name, caller.owner, lambda tell: assistant.undo(tell))
    return _accepted(jobs.add(job), request, caller)


@router.get(
    "/libraries/{library}/sources",
    operation_id="list_sources",
    response_model=schemas.Sources,
    responses=problems(404, 503),
)
async def list_sources(assistant: Opened, service: Serving, caller: Ingester) -> Response:
    """What the papers came from: what a sync reads again."""
    known = await service.run(lambda: assistant.library.sources)
    rows = [source.to_dict() for source in known]
    return Json({"items": rows if caller.may("owner") else [source_for_others(row) for row in rows]})


# ---- jobs


@router.get("/jobs", operation_id="list_jobs", response_model=schemas.Jobs, responses=problems(), tags=["jobs"])
async def list_jobs(request: Request, jobs: Working, caller: Ingester) -> Response:
    """The caller's jobs, newest first; to an admin, everybody's. Jobs that have ended are kept for an hour."""
    return Json({"items": [_row(job, request, caller) for job in jobs.all(_whose(caller))]})


@router.get("/jobs/{job}", operation_id="get_job", response_model=schemas.Job, responses=problems(404), tags=["jobs"])
async def get_job(job: JobId, request: Request, jobs: Working, caller: Ingester) -> Response:
    """How far a job is, and its report when it has ended."""
    return Json(_row(jobs.get(job, _whose(caller)), request, caller))


@router.get(
    "/jobs/{job}/events",
    operation_id="watch_job",
    response_class=Response,
    responses=problems(404)
    | {200: {"content": {sse.MEDIA_TYPE: {"schema": {"type": "string"}}}, "description": "Events named ``job``."}},
    tags=["jobs"],
)
async def watch_job(job: JobId, request: Request, jobs: Working, caller: Ingester) -> Response:
    """A job's progress as Server-Sent Events: the job each time that it has come further, and once more at its end."""
    found = jobs.get(job, _whose(caller))

    async def events() -> AsyncGenerator[bytes]:
        async with aclosing(found.pictures()) as pictures:
            number = 0
            async for picture in pictures:
                number += 1
                yield sse.event("job", _row(picture, request, caller), number)

    return sse.EventStream(events())


@router.delete(
    "/jobs/{job}",
    operation_id="stop_job",
    status_code=202,
    response_model=schemas.Job,
    responses=problems(404),
    tags=["jobs"],
)
async def stop_job(job: JobId, request: Request, service: Serving, jobs: Working, caller: Ingester) -> Response:
    """Stop a job between papers; what went in by then stays. A job that has ended stays as it is."""
    found = jobs.get(job, _whose(caller))
    await service.run(jobs.stop, found)
    return _accepted(found, request, caller)


# ---- what a job does


def _read(assistant: Assistant, service: Service, given: Iterable[intake.Given], full_text: bool) -> Iterator[Item]:
    open_web = partial(intake.open_web, service.settings)
    return intake.read(given, open_web, known_as=assistant.library.holds, full_text=full_text)


def _job(
    kind: Kind, assistant: Assistant, caller: Caller, work: Callable[[Progress], Outcome], drop: Any = lambda: None
) -> Job:
    """A job that takes papers in. Ended early, it reports by the library's own record what had come in by then."""
    before: list[Any] = []

    def begun(tell: Progress) -> Outcome:
        before.append(assistant.library.last_ingest)
        job.came = _coming(assistant)
        return work(tell)

    def rescued() -> Outcome | None:
        if not before:
            return None
        assistant.chain.refresh()
        last = assistant.library.last_ingest
        if last is None or last == before[0]:
            return IngestReport()
        return IngestReport(added=list(last.added), updated=list(last.changed))

    job = Job(kind, assistant.library.name, caller.owner, begun, rescued, drop)
    return job


def _coming(assistant: Assistant) -> Callable[[], int]:
    """Counts the papers that are new or changed since now: the store keeps the record of a paper that is neither."""
    before = assistant.library.store.documents

    def count() -> int:
        return sum(before.get(key) is not record for key, record in assistant.library.store.documents.items())

    return count


def _counted(service: Service, report: IngestReport) -> IngestReport:
    service.meters.ingested(report)
    return report


# ---- what is told of a job


async def _begun(
    request: Request,
    service: Service,
    jobs: Jobs,
    caller: Caller,
    assistant: Assistant,
    kind: Kind,
    got: Taken,
    make: Callable[[], Job],
    key: str | None,
) -> Response:
    """The job of a request that brings sources; where its idempotency key has one already, that one."""
    name = assistant.library.name

    def begun() -> tuple[Job, bool]:
        if key is None:
            return jobs.add(make()), True
        mark = fingerprint_of({**got.fingerprint, "kind": kind, "library": name})
        return jobs.once((caller.owner, key), mark, make)

    is_new = False
    try:
        job, is_new = await service.run(begun)
    finally:
        if not is_new:  # nobody will read the files
            await service.run(got.drop)
    return _accepted(job, request, caller)


def _whose(caller: Caller) -> str | None:
    """Whose jobs a caller sees: their own; None is everybody's."""
    return None if caller.may("admin") else caller.owner


def _accepted(job: Job, request: Request, caller: Caller) -> Response:
    return Json(_row(job, request, caller), 202, {"Location": _address(job)})


def _row(job: Job, request: Request, caller: Caller) -> Row:
    state, outcome = job.state, job.outcome if job.is_over else None
    told = _told(_reported(outcome), caller) if outcome is not None else None
    is_preview = isinstance(outcome, Preview)
    return {
        "id": job.id,
        "kind": job.kind,
        "library": job.library,
        "state": state,
        "stage": job.stage,
        "done": job.done,
        "total": job.total,
        "created": job.created.isoformat(),
        "ended": job.ended.isoformat() if job.ended else None,
        "report": None if is_preview else told,
        "preview": told if is_preview else None,
        "problem": _problem(job, job.error, request) if job.is_over and job.error else None,
    }


def _reported(outcome: Outcome) -> Row:
    """What a job came to; of a preview's papers also where each stands."""
    row = outcome.to_dict()
    if isinstance(outcome, Preview):
        row["papers"] = [
            {**shown, "source": seen.paper.source} for shown, seen in zip(row["papers"], outcome.papers, strict=True)
        ]
    return row


def _told(report: Row, caller: Caller) -> Row:
    """A report as a caller may see it: only this machine's user is told where files lie, and what the network holds."""
    return report if caller.may("owner") else report_for_others(report)


def _problem(job: Job, error: Exception, request: Request) -> Row:
    """What ended a job, as a problem of the request that asked for it."""
    told = body_of(error, request) if isinstance(error, AssistantError) else unexpected(request)
    return {**told, "instance": _address(job), "request_id": job.request_id}


def _address(job: Job) -> str:
    return f"/api/v1/jobs/{job.id}"
