"""The REST API as an application of its own, to be mounted at ``/api/v1``: its routes, its errors, its OpenAPI."""

from __future__ import annotations

import html
import json
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from itertools import islice
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.responses import HTMLResponse

from assistant.surfaces.serve import problems, tracing
from assistant.surfaces.serve.api import asking, ingest, libraries, papers, people, schemas, talks
from assistant.surfaces.serve.api.common import PROBLEM
from assistant.surfaces.serve.api.examples import illustrate, recorded
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
        illustrate(document, recorded())
        app.openapi_schema = document
    return app.openapi_schema


def _operations(document: Mapping[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def _page(document: Mapping[str, Any]) -> str:
    """The operations as one plain page, which loads nothing."""
    info = {name: html.escape(text) for name, text in document["info"].items()}
    return (
        f"<!doctype html><html lang='en'><head><meta charset='utf-8'>"
        f"<meta name='viewport' content='width=device-width'><title>{info['title']}</title></head><body>"
        f"<h1>{info['title']} {info['version']}</h1><p>{info['summary']} The whole description is in "
        f"<a href='{PREFIX}/openapi.json'>openapi.json</a>.</p>{''.join(_sections(document))}</body></html>"
    )


def _sections(document: Mapping[str, Any]) -> Iterator[str]:
    """The operations below their tags, each with what it does and, to be opened, what is sent and answered."""
    for tag in document["tags"]:
        yield f"<h2>{html.escape(tag['name'].capitalize())}</h2><p>{html.escape(tag['description'])}</p>"
        for path, method, operation in _operations(document):
            if tag["name"] in operation["tags"]:
                said = html.escape(operation["description"]).replace("\n\n", "</p><p>")
                yield f"<h3><code>{method.upper()} {html.escape(PREFIX + path)}</code></h3><p>{said}</p>"
                yield from map(_folded, _examples(operation))


def _examples(operation: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """What is sent, and what is answered where it goes well: one of each, with what it is called."""
    sent = {"Request": operation.get("requestBody", {})}
    told = {f"Response {status}": answer for status, answer in operation["responses"].items() if status < "300"}
    for what, body in (sent | told).items():
        for media_type, content in body.get("content", {}).items():
            for example in islice(content.get("examples", {}).values(), 1):
                yield f"{what}: {media_type}", example["value"]


def _folded(example: tuple[str, Any]) -> str:
    what, value = example
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2)
    return f"<details><summary>{html.escape(what)}</summary><pre>{html.escape(text)}</pre></details>"
