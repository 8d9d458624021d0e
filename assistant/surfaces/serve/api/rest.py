"""The REST API as an application of its own, to be mounted at ``/api/v1``: its routes, its errors, its OpenAPI."""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.responses import HTMLResponse

from assistant.surfaces.serve import problems, tracing
from assistant.surfaces.serve.api import asking, ingest, libraries, papers, people, schemas, talks
from assistant.surfaces.serve.api.common import PROBLEM
from assistant.surfaces.serve.api.jobs import Jobs
from assistant.surfaces.serve.service import Service

PREFIX = "/api/v1"

_TAGS = [
    {"name": "libraries", "description": "One author's papers each."},
    {"name": "questions", "description": "Answers and passages, each an exact span of a paper."},
    {"name": "papers", "description": "The papers of a library."},
    {"name": "figures", "description": "What is counted over all papers."},
    {"name": "people", "description": "Who is behind a name, and who wrote with them."},
    {"name": "ingest", "description": "Papers in, and back out; each as a job."},
    {"name": "jobs", "description": "Work that outlives its request."},
    {"name": "conversations", "description": "What the caller asked before."},
    {"name": "feedback", "description": "What readers thought of answers."},
]
_OPENAPI_VERSION = "3.1.0"


def application(service: Service) -> FastAPI:
    """The API over a service. Its ``state.jobs`` are :class:`Jobs`, to be closed when the server stops."""
    app = FastAPI(
        title="Papertalk",
        version=version("papertalk"),
        summary="Ask one author's papers: cited answers from exact passages.",
        openapi_tags=_TAGS,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        redirect_slashes=False,
        telemetry=tracing.OFF,
    )
    app.state.service, app.state.jobs = service, Jobs()
    for module in (libraries, asking, papers, people, ingest, talks):
        app.include_router(module.router)
    problems.install(app)
    app.openapi = lambda: _described(app)  # type: ignore[method-assign]  # FastAPI's own way to change it

    @app.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        return HTMLResponse(_page(app.openapi()))

    return app


def _described(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document: with problems as the API gives them, and the ways to say who one is."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title,
            version=app.version,
            summary=app.summary,
            openapi_version=_OPENAPI_VERSION,
            routes=app.routes,
            tags=app.openapi_tags,
            servers=[{"url": PREFIX}],
        )
        parts = document["components"]
        for model in (schemas.Problem, schemas.SourcesGiven):
            parts["schemas"][model.__name__] = model.model_json_schema(ref_template="#/components/schemas/{model}")
        for name in ("HTTPValidationError", "ValidationError"):
            parts["schemas"].pop(name, None)
        parts["securitySchemes"] = {
            "key": {
                "type": "http",
                "scheme": "bearer",
                "description": "An API key; ``papertalk keys create`` makes one.",
            }
        }
        document["security"] = [{"key": []}, {}]
        for _, _, operation in _operations(document):
            responses = operation["responses"]
            responses["422"] = {"description": "The request is not as it should be.", "content": PROBLEM}
            responses["default"] = {"description": "Anything else that went wrong.", "content": PROBLEM}
        app.openapi_schema = document
    return app.openapi_schema


def _operations(document: Mapping[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def _page(document: Mapping[str, Any]) -> str:
    """The operations as one plain page, which loads nothing."""
    rows = "".join(
        f"<tr><td>{method.upper()}</td><td><code>{html.escape(PREFIX + path)}</code></td>"
        f"<td>{html.escape(operation['description'].splitlines()[0])}</td></tr>"
        for path, method, operation in _operations(document)
    )
    return (
        f"<!doctype html><html lang='en'><meta charset='utf-8'><title>{html.escape(document['info']['title'])}</title>"
        f"<h1>{html.escape(document['info']['title'])} {html.escape(document['info']['version'])}</h1>"
        f"<p>{html.escape(document['info']['summary'])} The whole description is in "
        f"<a href='{PREFIX}/openapi.json'>openapi.json</a>.</p><table>{rows}</table></html>"
    )
