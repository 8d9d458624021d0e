"""The limits that ``docs/security.md`` names are those of the code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from assistant import sources
from assistant.planning import planner as planning
from assistant.settings import Settings
from assistant.sources import files, intake, pdf, pdf_worker
from assistant.sources.web import http
from assistant.surfaces.serve import guard, limits, login, mcp_schemas, messages, running
from assistant.surfaces.serve.api import application, jobs, taking_in
from assistant.surfaces.serve.openai_api import asked
from assistant.surfaces.serve.service import Service

ROOT = Path(__file__).parents[1]
DOCUMENT: dict[str, Any] = application(cast(Service, None)).openapi()
_MEGABYTE = 1_000_000


def most(path: str) -> int:
    """The largest size that a schema allows: ``QuestionGiven.history`` or ``QuestionGiven.history.items``."""
    name, *steps = path.split(".")
    schema = DOCUMENT["components"]["schemas"][name]
    for step in steps:
        schema = schema["items"] if step == "items" else schema["properties"][step]
        schema = next((choice for choice in schema.get("anyOf", ()) if choice.get("type") != "null"), schema)
    return int(next(schema[bound] for bound in ("maxItems", "maxLength", "maximum") if bound in schema))


def parameter(operation: str, name: str, bound: str) -> int:
    """The largest value that a parameter allows."""
    found = next(
        parameter
        for methods in DOCUMENT["paths"].values()
        for one in methods.values()
        if one["operationId"] == operation
        for parameter in one["parameters"]
        if parameter["name"] == name
    )["schema"]
    return int(next(choice[bound] for choice in (found, *found.get("anyOf", ())) if bound in choice))


def tool(name: str) -> int:
    return int(mcp_schemas.PaperFilters.model_json_schema()["properties"][name]["maxItems"])


PACE = limits.Pace()
DEFAULTS = {name: field.default for name, field in Settings.model_fields.items()}
ROWS: dict[str, str] = {
    # who asks, how often
    "requests of one key": f"{DEFAULTS['rate_limit'].replace('/minute', '')} a minute",
    "login tries": f"{DEFAULTS['login_limit'].replace('/minute', '')} a minute",
    "a body": f"{DEFAULTS['max_body_mb']} MB",
    "a request with files": f"{DEFAULTS['max_upload_mb']} MB",
    "waiting for a body": f"{PACE.silence:g} s at a stretch; {PACE.whole:g} s in all, and one more for each "
    f"{PACE.rate // 1000} kB that came",
    "answers at once": f"{DEFAULTS['answers_at_once']}, {DEFAULTS['answers_waiting']}, "
    f"{DEFAULTS['answer_timeout']:g} s",
    "the address; the headers": f"{guard._LONGEST_TARGET // 1000} kB; {guard._LARGEST_HEAD // 1000} kB",
    # what a request holds
    "a question": f"{planning.MAX_WORDS:,} words",
    "a query over MCP": "2,000 characters",
    "the conversation before": f"{most('QuestionGiven.history')} turns of {most('TurnGiven.content'):,} characters "
    f"each; over `/v1` {asked._MOST_MESSAGES:,} messages",
    "names, terms and categories": f"{most('FiltersGiven.categories')} of {most('FiltersGiven.categories.items')} "
    f"characters each; over MCP {tool('categories')}",
    "keys of papers": f"{most('FiltersGiven.papers'):,} of {most('FiltersGiven.papers.items')} characters each",
    "conditions that exclude": f"{most('FiltersGiven.excluding')}",
    "filters as JSON": f"{parameter('list_papers', 'filters', 'maxLength'):,} characters",
    "items of a page": f"{parameter('list_papers', 'limit', 'maximum')}",
    "passages of a search": f"{most('SearchGiven.limit')}",
    "sources of an ingest": f"{most('SourcesGiven.sources')} of {most('SourcesGiven.sources.items'):,} characters each",
    "a pasted text": f"{most('SourcesGiven.text'):,} characters; {intake._MOST_NAMES} lines of identifiers",
    "files of a form": f"{taking_in._FILES}, {taking_in._FIELDS}",
    "a field of a form": f"{taking_in._TEXT_BYTES // limits.MEGABYTE} MB",
    "an `Idempotency-Key`": f"{parameter('ingest', 'idempotency-key', 'maxLength')} characters",
    "a title of a conversation": f"{most('TitleGiven.title'):,} characters",
    "texts to embed": f"{asked.MOST_TEXTS}",
    "rows and references": f"{messages.MOST}, {mcp_schemas.MOST_ROWS}, {mcp_schemas.MOST_KEYS}",
    # what the server does at once
    "jobs of one library": f"1, {jobs._WAITING}",
    "jobs that have ended": f"{jobs._KEPT}, for {jobs._KEPT_FOR / 3600:g} hour; {jobs._PREVIEWS} previews",
    "a file that is read": f"{sources.MAX_BYTES // _MEGABYTE} MB; {pdf.MAX_FILE_BYTES // _MEGABYTE} MB; "
    f"{files.MAX_JSONL_BYTES // _MEGABYTE} MB",
    "reading a PDF": f"{pdf_worker.MAX_SECONDS} seconds, {pdf_worker.MAX_MEMORY / 1e9:g} GB",
    "a reply of a service": f"{http.MAX_REPLY // _MEGABYTE} MB; {http.MAX_FILE // _MEGABYTE} MB",
    "passwords that are checked": f"{login._HASHED_AT_ONCE}, {login._HASHED_WAITING}",
    "open pages": f"{guard._PAGES:,}",
    "answers under way": f"{running._DRAINING:g} seconds",
}
"""By how a row begins, what its limit is."""


def documented() -> Iterator[tuple[str, str]]:
    """Each row of a table of limits: what, and how much."""
    text = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    section = text.partition("\n## Limits\n")[2].partition("\n## ")[0]
    for line in section.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and not re.match(r"-+$", cells[0]) and cells[0] != "what":
            yield cells[0], cells[1]


@pytest.mark.parametrize("what", ROWS)
def test_a_limit_is_what_the_documentation_says(what: str) -> None:
    (found,) = [limit for row, limit in documented() if row.startswith(what)]
    assert found.startswith(ROWS[what])


def test_every_limit_of_the_documentation_is_looked_at() -> None:
    assert [row for row, _ in documented() if not row.startswith(tuple(ROWS))] == []
