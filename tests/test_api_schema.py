"""The OpenAPI document against the server: everything is described, everything that comes is as described."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any, cast

import httpx2
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from assistant.answers import Answer as PythonAnswer
from assistant.answers import Filters
from assistant.library import Library
from assistant.surfaces.serve.api import application, schemas
from assistant.surfaces.serve.api.examples import recorded
from assistant.surfaces.serve.service import Service
from tests import api_examples
from tests.chat_server import ChatServer, emptied
from tests.fakes import FirstWords
from tests.serving import Server, empty_assistant, serving, serving_copy
from tests.test_api_ingest import entries
from vectorstore.embeddings import EmbeddingModel

_EXAMPLES = 6
"""Requests of each operation that are made up."""

DOCUMENT: dict[str, Any] = application(cast(Service, None)).openapi()


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


# ---- the document


def test_every_operation_is_described() -> None:
    ids = [operation["operationId"] for _, _, operation in operations()]
    assert len(ids) == len(set(ids)) > 30
    for _, _, operation in operations():
        assert operation["tags"]
        assert operation["description"].endswith(".")
        assert operation["summary"]
        for status, response in operation["responses"].items():
            assert response["description"]
            if status == "default" or int(status) >= 400:
                assert list(response["content"]) == ["application/problem+json"]


def test_every_tag_is_explained() -> None:
    explained = {tag["name"] for tag in DOCUMENT["tags"]}
    assert {tag for _, _, operation in operations() for tag in operation["tags"]} == explained


def test_every_reference_leads_somewhere() -> None:
    names = DOCUMENT["components"]["schemas"]

    def check(value: Any) -> None:
        if isinstance(value, dict):
            if isinstance(reference := value.get("$ref"), str):
                assert reference.removeprefix("#/components/schemas/") in names
            for inner in value.values():
                check(inner)
        elif isinstance(value, list):
            for inner in value:
                check(inner)

    check(DOCUMENT)
    assert DOCUMENT["components"]["securitySchemes"]["key"]["scheme"] == "bearer"


# ---- its examples


def bodies() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Each body that is sent or answered: whose it is, its media type, and its content as OpenAPI has it."""
    for _, _, operation in operations():
        name = operation["operationId"]
        for kind, content in operation.get("requestBody", {}).get("content", {}).items():
            yield f"{name}: request", kind, content
        for status, response in operation["responses"].items():
            for kind, content in response.get("content", {}).items():
                yield f"{name}: {status}", kind, content


def checked(schema: dict[str, Any], value: Any) -> None:
    """Hold a value against a schema of the document, as JSON Schema has it."""
    Draft202012Validator({**schema, "components": DOCUMENT["components"]}).validate(value)


def test_every_body_and_every_schema_has_an_example() -> None:
    assert [name for name, _, content in bodies() if not content.get("examples")] == ["back_up_library: 200"]
    assert [name for name, schema in DOCUMENT["components"]["schemas"].items() if not schema.get("examples")] == []
    shown = next(content for name, kind, content in bodies() if name == "ask: 404")
    assert list(shown["examples"]) == ["library-not-found"]


def test_every_example_is_as_its_schema_says() -> None:
    for _, _, content in bodies():
        for example in content.get("examples", {}).values():
            checked(content["schema"], example["value"])
    for schema in DOCUMENT["components"]["schemas"].values():
        for example in schema["examples"]:
            checked(schema, example)


def form(value: Any, name: str = "") -> Any:
    """What a value is made of, without what may be another each time: texts, numbers, figures and what tables hold."""
    if name in ("figure", "rows", "table", "timings_ms"):
        return name
    if isinstance(value, dict):
        return {key: form(inner, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [form(inner) for inner in value[:1]]
    return type(value).__name__


def test_a_server_still_answers_as_the_examples_show(tmp_path: Path, model: EmbeddingModel) -> None:
    now, shown = api_examples.walked(tmp_path, model), recorded()
    hint = "python -m tests.api_examples records the examples anew"
    assert form(now["requests"]) == form(shown["requests"]), hint
    assert form(now["responses"]) == form(shown["responses"]), hint
    assert form(now["problems"]) == form(shown["problems"]), hint


def test_the_sample_library_is_answered_about_as_the_document_says(server: Server) -> None:
    with server.as_caller("admin") as ada:
        for path, name in (
            ("", "Library"),
            ("/papers", "Papers"),
            ("/papers/wang2021cleve", "Paper"),
            ("/papers/wang2021cleve/related", "RelatedPapers"),
            ("/trends", "Table"),
            ("/overview", "Overview"),
            ("/people", "People"),
            ("/sources", "Sources"),
        ):
            told = ada.get(f"/libraries/xu-han{path}")
            assert told.status_code == 200
            checked({"$ref": f"#/components/schemas/{name}"}, told.json())


# ---- the answer


@pytest.fixture(scope="module")
def server(sample_library: Library, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving_copy(sample_library, tmp_path_factory.mktemp("schema")) as started:
        yield started


def check_schema(answer: PythonAnswer) -> None:
    """The schema has all that an answer has, and nothing else."""
    told = json.loads(json.dumps(answer.to_dict()))
    checked = schemas.Answer.model_validate(told)
    assert checked.model_dump(mode="json", exclude_unset=True) == told
    assert set(schemas.Answer.model_fields) == set(told)


@pytest.mark.parametrize(
    "question",
    [
        "What is CLEVE?",
        "How many papers a year?",
        "Which datasets were introduced?",
        "Who are the most frequent co-authors?",
        "Compare MAVEN and DocRED",
        "What is the capital of France?",
        "Hello!",
        "How did the topics change before 2020 and after?",
    ],
)
def test_the_schema_of_an_answer_is_that_of_python(server: Server, question: str) -> None:
    check_schema(server.assistant.ask(question))


def test_so_is_that_of_an_answer_with_every_filter(server: Server) -> None:
    filters = Filters(
        years=(2018, None), has_code=True, mentions=(("data", "corpus"),), excluding=(Filters(months=(1,)),)
    )
    check_schema(server.assistant.ask("Which datasets were introduced?", filters=filters))


def test_so_is_that_of_a_generated_answer(running: ChatServer, sample_library: Library, tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENAI_API_KEY", "sk-test")
        for chat in emptied(running):
            chat.will_say("InfLLM stores distant contexts into additional memory units [1].")
            with serving_copy(sample_library, tmp_path, **running.settings) as started:
                answer = started.assistant.ask("How does InfLLM work?")
    assert (answer.mode, answer.usage is None) == ("generative", False)
    check_schema(answer)


def test_filters_come_through_json_as_they_are() -> None:
    filters = Filters(
        years=(2018, None),
        dates=(None, "2020-05"),
        categories=("CL",),
        placed_authors=((1, "Ada"),),
        months=(1, 2),
        title=("a", "b"),
        mentions=(("x", "y"), ("z",)),
        introduces=("dataset",),
        excluding=(Filters(authors=("B",)),),
    )
    given = schemas.FiltersGiven.model_validate(json.loads(json.dumps(filters.to_dict())))
    assert given.to_filters() == filters
    assert set(schemas.FiltersGiven.model_fields) == set(Filters.__slots__)


# ---- requests made up


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("fuzzed")
    with empty_assistant(folder, FirstWords()) as assistant, serving(assistant) as started:
        with started.as_caller("ingest") as ada:
            ada.post("/libraries/curie/ingest", json={"text": entries(5)})
            for job in started.jobs.all(None):
                assert job.join(60)
        yield started


def reachable() -> dict[str, Any]:
    """The document, with names that are there among those that are made up; and without sources on the web."""
    document = copy.deepcopy(DOCUMENT)
    known = {"library": ["curie"], "key": ["engines0", "engines1", "none/such"], "confirm": ["curie", "x"]}
    for methods in document["paths"].values():
        for operation in methods.values():
            for parameter in operation.get("parameters", []):
                if parameter["name"] in known and parameter["schema"].get("type") == "string":
                    parameter["schema"] = {"enum": known[parameter["name"]]}
    sources = document["components"]["schemas"]["SourcesGiven"]["properties"]["sources"]
    sources["items"] = {"enum": ["/etc/passwd", "nothing"]}
    return document


SCHEMA = schemathesis.openapi.from_dict(reachable())
OPERATIONS: dict[str, Any] = {found.ok().label: found.ok() for found in SCHEMA.get_all_operations()}  # type: ignore[union-attr]


@pytest.mark.parametrize("label", OPERATIONS)
def test_what_is_made_up_is_answered_as_described(small: Server, label: str) -> None:
    operation = OPERATIONS[label]
    checks = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]

    @settings(
        max_examples=_EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def ask(case: Any) -> None:
        response = case.call(base_url=small.api, timeout=60)
        case.validate_response(response, checks=checks)

    ask()


def test_nothing_is_loaded_from_elsewhere_by_the_page_of_operations(small: Server) -> None:
    with small.as_caller() as ada:
        page = ada.get("/docs")
    assert page.headers["content-type"].startswith("text/html")
    for _, _, operation in operations():
        assert operation["operationId"]
    assert not re.search(r"<(script|link|img|iframe|style)|(src|href)='(?!/)", page.text)
    assert all(escape(operation["description"].splitlines()[-1]) in page.text for _, _, operation in operations())
    assert all(f"/api/v1{path}" in page.text for path in DOCUMENT["paths"])


def test_the_document_is_served(small: Server) -> None:
    with httpx2.Client(trust_env=False) as anybody:
        assert anybody.get(f"{small.api}/openapi.json").json() == json.loads(json.dumps(DOCUMENT))
