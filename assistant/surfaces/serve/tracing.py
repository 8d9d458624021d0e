"""Traces for OpenTelemetry, where a collector is set: a span for each request, within it one for each answer and stage.

The provider of this module is never made the process's own: Chroma, FastAPI, MCP and others trace with whatever that
is, and would send what their calls hold. Names follow the semantic conventions for HTTP and, though these are still in
development, for generative models (``gen_ai.``), which is what tools read; what they have no name for is
``papertalk.``. No span holds a question, an answer, a path or a query.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from importlib.metadata import version
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from assistant.answers import Answer
from assistant.errors import AssistantError, ConfigError
from assistant.settings import Settings
from assistant.surfaces.serve.logs import METHODS, UNROUTED, seen_of

if TYPE_CHECKING:
    from fastapi.telemetry import TelemetryConfig
    from opentelemetry.context import Context
    from opentelemetry.sdk.trace import TracerProvider
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

OFF: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False, "auto_configure": False}
"""For FastAPI, which would trace by itself, addresses with their queries included, once a process has a provider."""
_PATH = "/v1/traces"
"""Where a collector takes traces (OTLP specification, OTLP/HTTP request)."""
_SECOND = 1_000_000_000
_WRITING = "answer"
"""The stage in which a chat model writes, where there is one."""


def start(settings: Settings) -> Tracing | None:
    """Begin to send traces to the collector that the settings name; None where they name none.

    What the SDK reads of the environment holds (``OTEL_EXPORTER_OTLP_HEADERS``, ``OTEL_TRACES_SAMPLER`` and others).

    Raises:
        ConfigError: the address is none, or the packages that it takes are not installed.
    """
    if settings.otel_endpoint is None:
        return None
    endpoint = _endpoint(settings.otel_endpoint)
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        raise ConfigError(
            "PAPERTALK_OTEL_ENDPOINT is set, but what sends traces is not installed; run: pip install 'papertalk[otel]'"
        ) from error
    resource = Resource.create({"service.name": "papertalk", "service.version": version("papertalk")})
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint)))
    return Tracing(provider)


def _endpoint(address: str) -> str:
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ConfigError(
            f"The setting 'otel_endpoint' (PAPERTALK_OTEL_ENDPOINT) cannot be {address!r}: it is the address of a "
            f"collector, such as http://localhost:4318."
        )
    return address if parts.path.endswith(_PATH) else address.rstrip("/") + _PATH


class Tracing:
    """Makes spans and sends them off in the background."""

    def __init__(self, provider: TracerProvider) -> None:
        self._provider = provider
        self.tracer = provider.get_tracer("papertalk", version("papertalk"))

    def answered(self, answer: Answer, surface: str) -> None:
        """A span for an answer that has just ended, with its stages laid end to end, under the request's."""
        from opentelemetry import trace

        took = answer.timings_ms.get("total", 0.0)
        begun = time.time_ns() - _nanoseconds(took)
        attributes: dict[str, str | int | bool | float] = {
            "papertalk.surface": surface,
            "papertalk.mode": answer.mode,
            "papertalk.answered": answer.answered,
            "papertalk.citations": len(answer.citations),
        }
        model = _of_model(answer)
        span = self.tracer.start_span("answer", start_time=begun, attributes=attributes | model)
        under = trace.set_span_in_context(span)
        at = begun
        for stage, milliseconds in answer.timings_ms.items():
            if stage != "total":
                is_model = stage == _WRITING and answer.mode == "generative"
                self._stage(under, stage, at, at := at + _nanoseconds(milliseconds), model if is_model else {})
        span.end(begun + _nanoseconds(took))

    def _stage(
        self, under: Context, stage: str, begun: int, ended: int, model: Mapping[str, str | int | float]
    ) -> None:
        from opentelemetry.trace import SpanKind

        name, kind = (f"chat {model['gen_ai.request.model']}", SpanKind.CLIENT) if model else (stage, SpanKind.INTERNAL)
        attributes = {"papertalk.stage": stage, **model}
        self.tracer.start_span(name, under, kind, attributes, start_time=begun).end(ended)

    def failed(self, error: AssistantError) -> None:
        """The request that this code runs for came to no answer."""
        from opentelemetry import trace

        trace.get_current_span().set_attribute("error.type", type(error).__name__)

    def close(self, timeout: float) -> None:
        """Send what is left, for ``timeout`` seconds at most; nothing is traced from now on."""
        closing = threading.Thread(target=self._provider.shutdown, name="papertalk-traces", daemon=True)
        closing.start()
        closing.join(timeout)


class Traced:
    """An ASGI application with a span for each request, within the caller's trace where they send one (W3C Trace
    Context)."""

    def __init__(self, app: ASGIApp, tracing: Tracing) -> None:
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        self._app = app
        self._tracer = tracing.tracer
        self._propagator = TraceContextTextMapPropagator()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        from opentelemetry.trace import SpanKind, Status, StatusCode

        sent = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        is_known = scope["method"] in METHODS
        name = scope["method"] if is_known else "HTTP"
        attributes = {
            "http.request.method": scope["method"] if is_known else "_OTHER",
            "url.scheme": scope.get("scheme", "http"),
        }
        outer, seen = self._propagator.extract(sent), seen_of(scope)
        with self._tracer.start_as_current_span(
            name,
            outer,
            SpanKind.SERVER,
            attributes,
            record_exception=False,  # its message may repeat the question
            set_status_on_exception=False,
        ) as span:

            async def watching(message: Message) -> None:
                if message["type"] == "http.response.start":
                    span.set_attribute("http.response.status_code", message["status"])
                    if message["status"] >= 500:
                        span.set_status(Status(StatusCode.ERROR))
                await send(message)

            try:
                await self._app(scope, receive, watching)
            except Exception as error:
                span.set_attribute("error.type", type(error).__name__)
                span.set_status(Status(StatusCode.ERROR))
                raise
            finally:
                if seen.route != UNROUTED:
                    span.set_attribute("http.route", seen.route)
                    span.update_name(f"{name} {seen.route}")


def _of_model(answer: Answer) -> dict[str, str | int | float]:
    """What the chat model was asked for an answer, over all requests."""
    if answer.usage is None:
        return {}
    provider, _, name = answer.usage.model.partition(":")
    found: dict[str, str | int | float] = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": provider,
        "gen_ai.request.model": name.partition("@http")[0],
        "gen_ai.usage.input_tokens": answer.usage.input_tokens,
        "gen_ai.usage.output_tokens": answer.usage.output_tokens,
        "papertalk.model.requests": answer.usage.requests,
    }
    return found if answer.usage.cost_usd is None else found | {"papertalk.model.cost_usd": answer.usage.cost_usd}


def _nanoseconds(milliseconds: float) -> int:
    return round(milliseconds * _SECOND / 1000)
