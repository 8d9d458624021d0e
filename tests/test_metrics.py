"""What machines ask of a server: figures that add up and whose labels stay few, and its health."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import httpx2
import pytest
from fastapi import APIRouter, FastAPI, Request
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families as read_text
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Mount, Route, Router
from starlette.testclient import TestClient

from assistant.access import Scope
from assistant.answers import Answer, Grounding, Plan, Usage
from assistant.chain import AnswerChain
from assistant.errors import AssistantError, LibraryUnavailable, ModelError, TimedOut
from assistant.ingesting import IngestReport
from assistant.library import Library
from assistant.llm.model import ChatModel
from assistant.settings import Settings
from assistant.surfaces.serve import health, metrics
from assistant.surfaces.serve.callers import Caller
from assistant.surfaces.serve.logs import UNROUTED, Exchange, Routed, Watched
from assistant.surfaces.serve.metrics import Meters
from assistant.surfaces.serve.pressure import Gate
from tests.chat_server import ChatServer, Reply
from tests.web_chat import Scripted, make_paper, serving, told
from tests.web_chat import make_answer as scripted_answer
from vectorstore.records import StoreUnavailable

if TYPE_CHECKING:
    from assistant.surfaces.serve.service import Service

LOCAL = Caller("", frozenset[Scope]({"read", "ingest", "admin", "owner"}), "")
VISITOR = Caller("", frozenset[Scope]({"read"}), "someone")
LAB = Caller("lab", frozenset[Scope]({"read"}), "a key")


def make_answer(**fields: Any) -> Answer:
    return Answer("What?", "What?", "That.", True, "extractive", Plan("What?", "What?"), **fields)


def value(meters: Meters, name: str, **labels: str) -> float | None:
    return meters.registry.get_sample_value(name, labels)


# ---- what is counted


def test_an_answer_is_counted_by_where_it_was_asked_and_how_it_ended() -> None:
    meters = Meters()
    meters.answered(make_answer(timings_ms={"plan": 20.0, "total": 250.0}), "api")
    meters.answered(make_answer(timings_ms={"plan": 40.0, "total": 350.0}), "api")
    assert value(meters, "papertalk_answers_total", surface="api", mode="extractive", answered="true") == 2
    assert value(meters, "papertalk_stage_seconds_count", stage="plan") == 2
    assert value(meters, "papertalk_stage_seconds_sum", stage="total") == pytest.approx(0.6)


def test_what_the_check_made_of_a_written_answer_is_counted_by_sentence() -> None:
    meters = Meters()
    meters.answered(make_answer(grounding=Grounding(supported=3, repaired=1, dropped=2, invented=4)), "page")
    found = {
        outcome: value(meters, "papertalk_grounding_sentences_total", outcome=outcome)
        for outcome in ("supported", "repaired", "dropped")
    }
    assert found == {"supported": 3, "repaired": 1, "dropped": 2}
    assert value(meters, "papertalk_grounding_invented_markers_total") == 4


def test_tokens_and_their_cost_are_added_up() -> None:
    meters = Meters()
    for cost in (0.25, None):
        meters.answered(make_answer(usage=Usage("openai:any", 2, 100, 10, cost)), "api")
    assert value(meters, "papertalk_model_requests_total") == 4
    assert value(meters, "papertalk_model_tokens_total", direction="input") == 200
    assert value(meters, "papertalk_model_tokens_total", direction="output") == 20
    assert value(meters, "papertalk_model_cost_usd_total") == 0.25


def test_questions_without_an_answer_are_counted_by_the_kind_of_error() -> None:
    meters = Meters()
    meters.failed(TimedOut("Too long."), "api")
    meters.failed(ModelError("Away.", retryable=True), "api")
    meters.failed(ModelError("Nonsense.", replied=True), "mcp")
    meters.failed(ModelError("No key."), "mcp")
    meters.refused("busy")
    assert value(meters, "papertalk_failures_total", surface="api", kind="TimedOut") == 1
    assert value(meters, "papertalk_failures_total", surface="mcp", kind="ModelError") == 2
    for kind in ("transient", "reply", "permanent"):
        assert value(meters, "papertalk_model_errors_total", kind=kind) == 1
    assert value(meters, "papertalk_refused_total", reason="busy") == 1


def test_an_answer_that_a_chat_model_failed_to_write_is_a_model_error(
    server: ChatServer, sample_library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    server.replies.append(Reply(status=401))
    meters = Meters()
    chain = AnswerChain(sample_library, ChatModel("openai:any", server.url))
    meters.answered(chain.answer("What is proposed for relation extraction?"), "api")
    assert value(meters, "papertalk_model_errors_total", kind="fell_back") == 1


def test_what_was_ingested_is_counted_by_its_outcome() -> None:
    meters = Meters()
    meters.ingested(IngestReport(added=["a", "b"], unchanged=["c"], warnings=["Slow."]))
    assert value(meters, "papertalk_ingested_papers_total", outcome="added") == 2
    assert value(meters, "papertalk_ingested_papers_total", outcome="unchanged") == 1
    assert value(meters, "papertalk_ingested_papers_total", outcome="warnings") is None


async def test_the_levels_are_those_of_the_moment() -> None:
    meters, gate, papers = Meters(), Gate(2, 4), {"looms": 37}
    meters.watch(gate, lambda: papers)
    async with gate.entered():
        assert value(meters, "papertalk_answers_under_way") == 1
    assert value(meters, "papertalk_answers_under_way") == 0
    assert value(meters, "papertalk_answers_waiting") == 0
    assert value(meters, "papertalk_papers", library="looms") == 37


def test_two_servers_of_one_process_count_apart() -> None:
    one, other = Meters(), Meters()
    one.refused("busy")
    assert value(other, "papertalk_refused_total", reason="busy") is None


# ---- requests


def watched(*listeners: Any, **state: Any) -> TestClient:
    """An application with every way in which a route can be made."""
    routes = APIRouter(prefix="/libraries")

    @routes.get("/{library}/papers/{key:path}")
    async def paper() -> str:
        return "paper"

    @routes.get("/{library}/broken")
    async def broken() -> None:
        raise ZeroDivisionError

    @routes.get("/{library}/streamed")
    async def streamed() -> StreamingResponse:
        return StreamingResponse(iter([b"one", b"two"]))

    async def inner(_: Request) -> PlainTextResponse:
        return PlainTextResponse("inner")

    app = FastAPI()
    app.include_router(routes, prefix="/api/v1")
    app.mount("/mounted", Router([Route("/{name}", inner)]))
    app.mount("/bare", PlainTextResponse("bare"))
    app.routes.append(Mount("/", Router([Route("/pages/{name}", inner)])))

    async def with_state(scope: Any, receive: Any, send: Any) -> None:
        await Routed(app)({**scope, "state": {**scope.get("state", {}), **state}}, receive, send)

    return TestClient(Watched(with_state, *listeners), raise_server_exceptions=False)


@pytest.mark.parametrize(
    ("path", "route", "status"),
    [
        ("/api/v1/libraries/looms/papers/a/b", "/api/v1/libraries/{library}/papers/{key}", 200),
        ("/api/v1/libraries/looms/broken", "/api/v1/libraries/{library}/broken", 500),
        ("/api/v1/libraries/looms/streamed", "/api/v1/libraries/{library}/streamed", 200),
        ("/mounted/looms", "/mounted/{name}", 200),
        ("/bare/anything/at/all", "/bare", 200),
        ("/pages/looms", "/pages/{name}", 200),
        ("/nothing/here", UNROUTED, 404),
    ],
)
def test_a_request_is_counted_under_the_template_of_its_route(path: str, route: str, status: int) -> None:
    meters = Meters()
    response = watched(meters.request).get(path)
    assert response.status_code == status
    assert value(meters, "papertalk_requests_total", route=route, method="GET", status=str(status)) == 1
    assert value(meters, "papertalk_request_seconds_count", route=route, method="GET") == 1


def test_whatever_strangers_send_the_series_stay_few() -> None:
    meters = Meters()
    client = watched(meters.request)
    for number in range(50):
        client.request(f"MADE{number}", f"/made/up/{number}")
        client.get(f"/api/v1/libraries/{number}/papers/{number}", headers={"x-any": str(number)})
    assert len({sample.labels["route"] for sample in samples(meters, "papertalk_requests_total")}) == 2
    assert {sample.labels["method"] for sample in samples(meters, "papertalk_requests_total")} == {"GET", "other"}


def samples(meters: Meters, name: str) -> Iterable[Any]:
    return [sample for family in meters.registry.collect() for sample in family.samples if sample.name == name]


def test_an_exchange_tells_its_bytes_and_its_caller() -> None:
    told: list[Exchange] = []
    watched(told.append, caller=LAB).get("/api/v1/libraries/looms/streamed")
    assert (told[0].size, told[0].caller) == (6, "lab")


def test_what_is_refused_before_it_comes_to_a_route_is_counted_all_the_same() -> None:
    meters = Meters()
    client = TestClient(Watched(PlainTextResponse("No.", 401), meters.request))
    assert client.get("/api/v1/libraries/looms").status_code == 401
    assert value(meters, "papertalk_requests_total", route=UNROUTED, method="GET", status="401") == 1


async def test_a_client_who_leaves_before_the_response_begins_is_told_by_a_status_of_its_own() -> None:
    told: list[Exchange] = []

    async def leave(_: Any, receive: Any, __: Any) -> None:
        await receive()

    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def send(_: Any) -> None:
        raise AssertionError("there is no response")

    await Watched(leave, told.append)({"type": "http", "method": "GET", "path": "/", "headers": []}, receive, send)
    assert told[0].status == 499


# ---- what is shown


def seen_by(caller: Caller, routes: APIRouter) -> TestClient:
    app = FastAPI()
    app.include_router(routes)

    async def with_caller(scope: Any, receive: Any, send: Any) -> None:
        scope["state"] = {"caller": caller}
        await app(scope, receive, send)

    return TestClient(with_caller)


def shown(meters: Meters | None = None, shelf: Any = None, **settings: Any) -> TestClient:
    library = SimpleNamespace(name="looms", papers=dict.fromkeys(range(37)))
    service = SimpleNamespace(
        settings=Settings(**settings),
        meters=meters or Meters(),
        gate=Gate(1, 1),
        shelf=shelf or SimpleNamespace(opened=[SimpleNamespace(library=library)]),
    )
    return seen_by(LOCAL, metrics.router(cast("Service", service)))


def test_prometheus_reads_what_is_shown() -> None:
    meters = Meters()
    meters.refused("busy")
    response = shown(meters).get("/metrics")
    found = {family.name: family for family in read_text(response.text)}
    assert response.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert [sample.value for sample in found["papertalk_papers"].samples] == [37]
    assert {"papertalk_refused", "papertalk_build_info", "process_resident_memory_bytes"} <= set(found)


def test_figures_are_shown_while_the_library_is_away() -> None:
    class Away:
        @property
        def opened(self) -> None:
            raise LibraryUnavailable("Away.")

    response = shown(shelf=Away()).get("/metrics")
    assert response.status_code == 200
    assert "papertalk_papers{" not in response.text


def test_openmetrics_is_shown_to_who_accepts_it() -> None:
    accept = {"accept": "application/openmetrics-text; version=1.0.0,text/plain;q=0.5"}
    response = shown().get("/metrics", headers=accept)
    assert response.headers["content-type"].startswith("application/openmetrics-text")
    assert "papertalk_build" in {family.name for family in read_openmetrics(response.text)}  # type: ignore[no-untyped-call]


def test_metrics_that_are_turned_off_are_not_there() -> None:
    assert shown(metrics=False).get("/metrics").status_code == 404


# ---- health


class Bench:
    """A service whose library answers, or fails as a test says; ``looks`` is how often it was tried."""

    def __init__(self) -> None:
        self.is_stopping = False
        self.is_away = False
        self.error: AssistantError | None = None
        self.looks = 0

    def assistant(self) -> Any:
        self.looks += 1
        if self.error:
            raise self.error
        return SimpleNamespace(library=SimpleNamespace(name="looms", store=self))

    def get(self, _: list[str]) -> list[str]:
        if self.is_away:
            raise StoreUnavailable("The Chroma server at http://10.0.0.5:8000 does not answer.")
        return []

    async def run(self, function: Callable[[], str]) -> str:
        return await asyncio.to_thread(function)


def test_a_process_that_lives_says_so_whatever_else_is_wrong() -> None:
    bench = Bench()
    bench.error, bench.is_stopping = LibraryUnavailable("Chroma is away."), True
    response = seen_by(VISITOR, health.router(cast("Service", bench))).get("/healthz")
    assert (response.status_code, response.text) == (200, "ok\n")


def test_a_library_that_can_be_read_is_ready(sample_library: Library) -> None:
    bench = Bench()
    bench.assistant = lambda: SimpleNamespace(library=sample_library)  # type: ignore[method-assign]
    assert seen_by(VISITOR, health.router(cast("Service", bench))).get("/readyz").status_code == 200


def test_a_library_that_cannot_be_read_is_not_ready_and_only_an_administrator_is_told_why() -> None:
    bench = Bench()
    bench.is_away = True
    told = {
        caller: seen_by(caller, health.router(cast("Service", bench))).get("/readyz") for caller in (VISITOR, LOCAL)
    }
    assert {response.status_code for response in told.values()} == {503}
    assert {response.headers["content-type"] for response in told.values()} == {"application/problem+json"}
    assert told[VISITOR].json()["detail"] == "The library cannot be used now."
    assert told[LOCAL].json()["detail"] == "The Chroma server at http://10.0.0.5:8000 does not answer."


def test_a_server_that_stops_is_not_ready() -> None:
    bench = Bench()
    bench.is_stopping = True
    response = seen_by(VISITOR, health.router(cast("Service", bench))).get("/readyz")
    assert (response.status_code, response.json()["detail"]) == (503, "The server is stopping.")


async def test_the_library_is_looked_at_once_a_second_however_many_ask() -> None:
    now = 0.0
    bench = Bench()
    readiness = health.Readiness(cast("Service", bench), clock=lambda: now)
    bench.error = LibraryUnavailable("Away.")
    assert await asyncio.gather(*(readiness.problem() for _ in range(20))) == ["Away."] * 20
    bench.error = None
    assert (await readiness.problem(), bench.looks) == ("Away.", 1)
    now = 1.0
    assert (await readiness.problem(), bench.looks) == ("", 2)


# ---- the whole application


def test_what_is_served_is_counted_by_route_whatever_stands_before_it(tmp_path: Path) -> None:
    script = lambda question: told(scripted_answer("That.", question=question))  # noqa: E731  # one line of a script
    with (
        serving(Scripted(script, tmp_path, make_paper())) as address,
        httpx2.Client(base_url=address, timeout=60) as client,
    ):
        client.post("/api/v1/libraries/engines/ask", json={"question": "What?"}).raise_for_status()
        client.get("/healthz").raise_for_status()
        client.get("/no/such/page")
        found = {family.name: family.samples for family in read_text(client.get("/metrics").text)}
    routes = {sample.labels["route"] for sample in found["papertalk_requests"]}
    assert {"/api/v1/libraries/{library}/ask", "/healthz"} <= routes
    assert not [route for route in routes if "engines" in route or "no/such" in route]
    [answers] = [sample for sample in found["papertalk_answers"] if sample.name.endswith("_total")]
    assert (answers.labels["surface"], answers.value) == ("api", 1)
