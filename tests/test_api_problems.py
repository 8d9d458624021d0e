"""What goes wrong over HTTP: types that are documented and stay, sentences that say what to do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError
from starlette.requests import Request

from assistant.surfaces.serve.problems import fault_of, not_ready, place_of
from assistant.wire import _KINDS, OTHER_PROBLEMS, PROBLEMS, http_problem
from tests.asking import is_one_sentence
from tests.fakes import FirstWords
from tests.serving import Server, empty_assistant, serving

ROOT = Path(__file__).parents[1]


def documented() -> set[str]:
    """The types that the first column of the table of problems names."""
    section = (ROOT / "docs" / "http.md").read_text(encoding="utf-8").partition("\n## Problems\n")[2]
    rows = [line for line in section.partition("\n## ")[0].splitlines() if line.startswith("| `")]
    return {name for row in rows for name in re.findall(r"`([a-z-]+)`", row.split("|")[1])}


def test_every_type_that_can_be_sent_is_documented_and_no_other() -> None:
    assert documented() == {kind.removeprefix(PROBLEMS) for kind in _KINDS} | set(OTHER_PROBLEMS)


def test_a_type_does_not_depend_on_the_version_of_python() -> None:
    assert http_problem(413) == ("/problems/content-too-large", "Content too large")
    assert http_problem(414) == ("/problems/uri-too-long", "URI too long")
    assert http_problem(418) == ("/problems/http-error", "HTTP error")
    used = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "assistant/surfaces/serve").rglob("*.py"))
    raised = {int(status) for status in re.findall(r"(?:HTTPException|Refused)\(\s*(\d{3})", used)}
    assert {401, 403, 404, 405, 413, 415} <= raised
    own = {303, 429}  # a redirection, and what is told as the exception Busy
    assert {http_problem(status)[0] for status in raised - own} & {"/problems/http-error"} == set()


def test_nothing_is_about_blank() -> None:
    assert not [
        path for path in (ROOT / "assistant").rglob("*.py") if "about:blank" in path.read_text(encoding="utf-8")
    ]


@pytest.mark.parametrize("is_stopping", [False, True])
def test_a_server_that_is_not_ready_says_so_as_a_problem(is_stopping: bool) -> None:
    request = Request({"type": "http", "path": "/readyz", "headers": [], "state": {"request_id": "7f3a"}})
    told = not_ready(request, "The server is stopping.", is_stopping=is_stopping)
    assert (told.status_code, told.headers["retry-after"]) == (HTTPStatus.SERVICE_UNAVAILABLE, "1")
    assert (b"/problems/stopping" if is_stopping else b"/problems/not-ready") in told.body


# ---- sentences


@pytest.fixture(scope="module")
def ada(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx2.Client]:
    folder = tmp_path_factory.mktemp("problems")
    with empty_assistant(folder, FirstWords()) as assistant, serving(assistant) as server:
        yield from _client(server)


def _client(server: Server) -> Iterator[httpx2.Client]:
    with server.as_caller("admin", "ada") as client:
        yield client


WRONG: list[tuple[str, str, Any, str]] = [
    ("GET", "/papers?since=2021&until=2018", None, "query.since: 2021 is later than 2018 of 'until'; exchange the two"),
    ("GET", "/papers?limit=0", None, "query.limit: it should be greater than or equal to 1"),
    ("GET", "/papers?filters={", None, "query.filters: it is not JSON"),
    ("GET", '/papers?filters={"color":1}', None, "query.filters.color: there is no such field; leave it out"),
    ("GET", "/papers?sort=size", None, "query.sort: it should be 'added'"),
    ("POST", "/ask", {}, "body.question: it is missing"),
    ("POST", "/ask", {"question": "?", "topic": "x"}, "body.topic: there is no such field; leave it out"),
    ("POST", "/ask", {"question": 1}, "body.question: it should be a valid string"),
    ("POST", "/ingest", {"full_text": "perhaps"}, "body.full_text: it should be a valid boolean."),
    ("POST", "/ask", ["?"], "body: it should be an object of JSON"),
    (
        "POST",
        "/search",
        {"query": "x", "filters": {"years": [2021, 2018]}},
        "body.filters.years: 2021 is later than 2018; give the earlier one first",
    ),
    (
        "POST",
        "/search",
        {"query": "x", "filters": {"dates": ["2021-05", "2020"]}},
        "body.filters.dates: 2021-05 is later than 2020; give the earlier one first",
    ),
]


@pytest.mark.parametrize(("method", "path", "content", "says"), WRONG, ids=[row[3] for row in WRONG])
def test_a_request_that_cannot_be_is_refused_in_a_sentence_that_says_where_and_what(
    ada: httpx2.Client, method: str, path: str, content: Any, says: str
) -> None:
    told = ada.request(method, f"/libraries/curie{path}", json=content).json()
    assert told["type"] == "/problems/invalid-request"
    assert told["detail"].startswith(f"The request is not as it should be at {says}")
    assert is_one_sentence(told["detail"])
    assert f"{told['errors'][0]['place']}: {told['errors'][0]['message']}." == told["detail"].partition(" at ")[2]


def test_what_is_no_json_is_said_to_be_none(ada: httpx2.Client) -> None:
    told = ada.post(
        "/libraries/curie/ask", content=b'{"question":', headers={"content-type": "application/json"}
    ).json()
    assert told["errors"] == [{"place": "body", "message": "it is not JSON"}]


def test_a_fault_that_pydantic_words_for_programmers_is_worded_for_people() -> None:
    class Given(BaseModel):
        names: list[str]

    with pytest.raises(ValidationError) as raised:
        Given.model_validate({"names": "Ada"})
    fault = RequestValidationError(raised.value.errors()).errors()[0]
    assert (place_of(fault), fault_of(fault)) == ("names", "it should be a valid list")
