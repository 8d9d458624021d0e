"""What a collector of OpenTelemetry is sent by the real exporter: spans of requests, answers and stages, no words."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from types import SimpleNamespace
from typing import Any

import pytest
from fastapi import FastAPI
from opentelemetry import trace
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status
from starlette.testclient import TestClient

from assistant.answers import Answer, Plan, Usage
from assistant.errors import ConfigError, TimedOut
from assistant.library import Library
from assistant.settings import Settings
from assistant.surfaces.serve import tracing
from assistant.surfaces.serve.logs import Routed
from assistant.surfaces.serve.tracing import Traced, Tracing
from tests.loopback import listening

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


class Collector:
    """A collector on loopback that keeps what it is sent, and answers while ``answers`` is set."""

    def __init__(self) -> None:
        self.address = ""
        self.paths: list[str] = []
        self.bodies: list[bytes] = []
        self.answers = threading.Event()
        self.answers.set()
        self.asked = threading.Event()

    @property
    def spans(self) -> list[Span]:
        return [
            span
            for body in self.bodies
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]

    def named(self, name: str) -> Span:
        [span] = [span for span in self.spans if span.name == name]
        return span


@pytest.fixture
def collector() -> Iterator[Collector]:
    kept = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            kept.paths.append(self.path)
            kept.bodies.append(self.rfile.read(int(self.headers["content-length"])))
            kept.asked.set()
            kept.answers.wait()
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    with listening(Handler) as kept.address:
        try:
            yield kept
        finally:
            kept.answers.set()


@contextmanager
def tracing_to(collector: Collector) -> Iterator[Tracing]:
    """All spans are with the collector when the block has ended."""
    started = tracing.start(Settings(otel_endpoint=collector.address))
    assert started is not None
    try:
        yield started
    finally:
        started.close(60)


def attributes(span: Span) -> dict[str, Any]:
    kinds = ("string_value", "int_value", "bool_value", "double_value")
    return {
        row.key: next(getattr(row.value, kind) for kind in kinds if row.value.HasField(kind)) for row in span.attributes
    }


def make_answer(**fields: Any) -> Answer:
    question = "Which marmalade is best?"
    given: dict[str, Any] = {"mode": "extractive", "timings_ms": {"plan": 20.0, "gather": 30.0, "total": 60.0}} | fields
    return Answer(question, question, "Seville orange.", True, plan=Plan(question, question), **given)


def application(started: Tracing, answer: Answer) -> TestClient:
    app = FastAPI()

    @app.get("/libraries/{library}/ask")
    async def ask() -> str:
        started.answered(answer, "api")
        return "told"

    @app.get("/libraries/{library}/late")
    async def late() -> None:
        started.failed(TimedOut("Which marmalade is best? took too long."))

    @app.get("/libraries/{library}/broken")
    async def broken() -> None:
        raise ValueError("Which marmalade is best?")

    return TestClient(Traced(Routed(app), started), raise_server_exceptions=False)


# ---- what is sent


def test_a_request_is_a_span_named_by_its_route(collector: Collector) -> None:
    with tracing_to(collector) as started:
        application(started, make_answer()).get("/libraries/private/ask?token=secret", headers={"authorization": "key"})
    assert set(collector.paths) == {"/v1/traces"}
    span = collector.named("GET /libraries/{library}/ask")
    assert span.kind == Span.SPAN_KIND_SERVER
    assert attributes(span) == {
        "http.request.method": "GET",
        "url.scheme": "http",
        "http.route": "/libraries/{library}/ask",
        "http.response.status_code": 200,
    }


def test_an_answer_and_its_stages_lie_within_the_request(collector: Collector) -> None:
    with tracing_to(collector) as started:
        application(started, make_answer()).get("/libraries/private/ask")
    request = collector.named("GET /libraries/{library}/ask")
    answer, plan, gather = (collector.named(name) for name in ("answer", "plan", "gather"))
    assert answer.parent_span_id == request.span_id
    assert plan.parent_span_id == gather.parent_span_id == answer.span_id
    assert plan.start_time_unix_nano == answer.start_time_unix_nano
    assert plan.end_time_unix_nano == gather.start_time_unix_nano
    assert gather.end_time_unix_nano - gather.start_time_unix_nano == 30_000_000
    assert answer.end_time_unix_nano - answer.start_time_unix_nano == 60_000_000
    assert attributes(answer)["papertalk.mode"] == "extractive"


def test_the_chat_model_s_part_has_the_conventions_names(collector: Collector) -> None:
    usage = Usage("openai:small@http://127.0.0.1:8000/v1", 2, 900, 80, 0.01)
    answer = make_answer(mode="generative", usage=usage, timings_ms={"plan": 20.0, "answer": 900.0, "total": 930.0})
    with tracing_to(collector) as started:
        started.answered(answer, "openai")
    span = collector.named("chat small")
    assert span.kind == Span.SPAN_KIND_CLIENT
    assert attributes(span) == {
        "papertalk.stage": "answer",
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "small",
        "gen_ai.usage.input_tokens": 900,
        "gen_ai.usage.output_tokens": 80,
        "papertalk.model.requests": 2,
        "papertalk.model.cost_usd": 0.01,
    }


def test_no_span_holds_what_was_asked_or_who_asked(collector: Collector) -> None:
    with tracing_to(collector) as started:
        client = application(started, make_answer())
        for name in ("ask", "late", "broken"):
            client.get(f"/libraries/private/{name}?token=secret", headers={"authorization": "Bearer key-of-mine"})
    for told in (b"marmalade", b"Seville", b"private", b"secret", b"key-of-mine", b"testclient"):
        assert not [body for body in collector.bodies if told in body], told


def test_a_failure_is_told_by_its_kind(collector: Collector) -> None:
    with tracing_to(collector) as started:
        client = application(started, make_answer())
        client.get("/libraries/private/late")
        client.get("/libraries/private/broken")
    assert attributes(collector.named("GET /libraries/{library}/late"))["error.type"] == "TimedOut"
    broken = collector.named("GET /libraries/{library}/broken")
    assert attributes(broken)["error.type"] == "ValueError"
    assert broken.status.code == Status.STATUS_CODE_ERROR
    assert not broken.events


def test_a_caller_who_traces_has_the_request_in_their_trace(collector: Collector) -> None:
    with tracing_to(collector) as started:
        application(started, make_answer()).get("/libraries/private/ask", headers={"traceparent": PARENT})
    span = collector.named("GET /libraries/{library}/ask")
    assert span.trace_id.hex() == PARENT.split("-")[1]
    assert span.parent_span_id.hex() == PARENT.split("-")[2]


def test_a_made_up_method_names_no_span(collector: Collector) -> None:
    with tracing_to(collector) as started:
        application(started, make_answer()).request("MARMALADE", "/libraries/private/ask")
    assert attributes(collector.named("HTTP /libraries/{library}/ask"))["http.request.method"] == "_OTHER"


def test_chroma_s_own_tracing_sends_nothing(collector: Collector, sample_library: Library) -> None:
    with tracing_to(collector) as started, started.tracer.start_as_current_span("ours"):
        sample_library.store.get(["any"])
        assert isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider)
        with trace.get_tracer("another package").start_as_current_span("theirs"):
            pass
    assert [span.name for span in collector.spans] == ["ours"]


# ---- the beginning and the end


def test_without_a_collector_nothing_is_imported_and_nothing_runs() -> None:
    code = (
        "import sys; from assistant.settings import Settings; from assistant.surfaces.serve import tracing\n"
        "assert tracing.start(Settings()) is None\n"
        "assert not {'opentelemetry.sdk.trace.export', 'opentelemetry.exporter'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_an_address_that_is_none_is_refused_with_one_that_is() -> None:
    with pytest.raises(
        ConfigError, match=r"PAPERTALK_OTEL_ENDPOINT.*cannot be 'localhost:4318'.*http://localhost:4318"
    ):
        tracing.start(Settings(otel_endpoint="localhost:4318"))


def test_an_address_may_name_the_path_of_traces_too(collector: Collector) -> None:
    with tracing_to(SimpleNamespace(address=f"{collector.address}/v1/traces")) as started:  # type: ignore[arg-type]
        started.answered(make_answer(), "api")
    assert set(collector.paths) == {"/v1/traces"}


def test_what_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    with pytest.raises(ConfigError, match=r"pip install 'papertalk\[otel\]'"):
        tracing.start(Settings(otel_endpoint="http://127.0.0.1:4318"))


def test_a_collector_that_hangs_does_not_keep_the_server_from_ending(collector: Collector) -> None:
    collector.answers.clear()
    started = tracing.start(Settings(otel_endpoint=collector.address))
    assert started is not None
    started.answered(make_answer(), "api")
    started.close(0.01)
    assert not collector.answers.is_set()
    assert collector.asked.wait(60)  # it was sent, and waits
