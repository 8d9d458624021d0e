"""The examples of the OpenAPI document: requests, and what a server really answered to them.

They are recorded, never written by hand (``python -m tests.api_examples`` asks a server over a small library and writes
``examples.json``), so that they cannot promise what does not come.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Any, TypedDict

JSON, PROBLEM_JSON = "application/json", "application/problem+json"
_SCHEMAS = "#/components/schemas/"
_MISSING: Mapping[str, str] = {
    "{token}": "conversation-not-found",
    "{conversation}": "conversation-not-found",
    "{job}": "job-not-found",
    "{key}": "paper-not-found",
    "{library}": "library-not-found",
}
"""What is not there where an address names several things: the last of them."""
_INVALID, _INTERNAL = "invalid-request", "internal-error"


class Recorded(TypedDict):
    """``requests`` are by operation, media type and what they show; ``responses`` by operation, status, media type and
    what they show; ``problems`` by the ends of their types."""

    requests: dict[str, dict[str, dict[str, Any]]]
    responses: dict[str, dict[str, dict[str, dict[str, Any]]]]
    problems: dict[str, dict[str, Any]]


def recorded() -> Recorded:
    """What was recorded last."""
    found: Recorded = json.loads(files(__package__).joinpath("examples.json").read_text("utf-8"))
    return found


def illustrate(document: dict[str, Any], examples: Recorded) -> None:
    """Put examples into an OpenAPI document: to every body that is sent or answered, and to every schema."""
    parts = document["components"]["schemas"]
    for path, methods in document["paths"].items():
        for operation in methods.values():
            name = operation["operationId"]
            for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
                _show(content, examples["requests"].get(name, {}).get(media_type, {}))
            for status, response in operation["responses"].items():
                for media_type, content in response.get("content", {}).items():
                    told = examples["responses"].get(name, {}).get(status, {}).get(media_type, {})
                    is_problem = media_type == PROBLEM_JSON
                    _show(content, _problems(path, status, examples) if is_problem else told)
            for schema, value in _bodies(operation):
                _spread(schema, value, parts)


def _show(content: dict[str, Any], values: Mapping[str, Any]) -> None:
    """Put examples to a content, each under its name."""
    if values:
        content["examples"] = {what: {"value": value} for what, value in values.items()}


def _problems(path: str, status: str, examples: Recorded) -> dict[str, Any]:
    """Those that this operation may answer with under a status."""
    if status == "default":
        kinds = [_INTERNAL]
    elif status == "404":
        kinds = [next(kind for part, kind in _MISSING.items() if part in path)]
    else:
        kinds = [kind for kind, problem in examples["problems"].items() if str(problem["status"]) == status]
    return {kind: examples["problems"][kind] for kind in kinds}


def _bodies(operation: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], Any]]:
    """Each example of an operation with the schema that it is of."""
    contents = [operation.get("requestBody", {}), *operation["responses"].values()]
    for content in (inner for outer in contents for inner in outer.get("content", {}).values()):
        for example in content.get("examples", {}).values():
            yield content.get("schema", {}), example["value"]


def _spread(schema: Mapping[str, Any], value: Any, parts: dict[str, Any]) -> None:
    """Show a value at the schema that it is of and, of its parts, at theirs, where there is no example yet."""
    if "$ref" in schema:
        named = parts[schema["$ref"].removeprefix(_SCHEMAS)]
        if isinstance(value, dict) and set(value) <= set(named.get("properties", value)):
            named.setdefault("examples", [value])
            _spread(named, value, parts)
        return
    for choice in (*schema.get("anyOf", ()), *schema.get("allOf", ())):
        _spread(choice, value, parts)
    if isinstance(value, dict):
        others = schema.get("additionalProperties")
        for name, inner in value.items():
            known = schema.get("properties", {}).get(name, others)
            _spread(known if isinstance(known, dict) else {}, inner, parts)
    elif isinstance(value, list):
        for inner in value:
            _spread(schema.get("items", {}), inner, parts)
