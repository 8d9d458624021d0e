"""Figures for Prometheus: what was asked, how long it took, what came of it.

They are those of one process; of several replicas each shows its own, and Prometheus adds them up. All labels are from
small fixed sets or from the code: routes by their template, never what somebody sent.
"""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from importlib.metadata import version
from typing import TYPE_CHECKING

from fastapi import APIRouter, HTTPException, Request, Response
from prometheus_client import CollectorRegistry, Counter, Histogram, Info, ProcessCollector
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import GaugeMetricFamily, Metric

from assistant.answers import Answer
from assistant.errors import AssistantError, ModelError
from assistant.ingesting import IngestReport
from assistant.surfaces.serve.logs import Exchange
from assistant.surfaces.serve.pressure import Gate

if TYPE_CHECKING:
    from assistant.surfaces.serve.service import Service

_REQUEST_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)
_STAGE_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)

FELL_BACK = "The papers are quoted instead."
"""How the warning of an answer ends that a chat model was to write and did not."""


class Meters:
    """Counts what a process answers, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        self._requests = Counter(
            "papertalk_requests", "HTTP requests answered.", ("route", "method", "status"), registry=registry
        )
        self._request_seconds = Histogram(
            "papertalk_request_seconds",
            "Seconds from a request's head to the end of its response.",
            ("route", "method"),
            buckets=_REQUEST_SECONDS,
            registry=registry,
        )
        self._answers = Counter(
            "papertalk_answers",
            "Questions that came to an answer; answered is false where the library does not hold it.",
            ("surface", "mode", "answered"),
            registry=registry,
        )
        self._stage_seconds = Histogram(
            "papertalk_stage_seconds",
            "Seconds that a stage of an answer took; total is all of it.",
            ("stage",),
            buckets=_STAGE_SECONDS,
            registry=registry,
        )
        self._sentences = Counter(
            "papertalk_grounding_sentences",
            "Sentences that a chat model wrote, by what the check against the papers made of them.",
            ("outcome",),
            registry=registry,
        )
        self._invented = Counter(
            "papertalk_grounding_invented_markers",
            "Citation markers that a chat model wrote and that stood for no passage.",
            registry=registry,
        )
        self._failures = Counter(
            "papertalk_failures",
            "Questions that came to no answer, by the kind of error.",
            ("surface", "kind"),
            registry=registry,
        )
        self._model_errors = Counter(
            "papertalk_model_errors",
            "Answers that a model failed: fell_back, the papers were quoted instead; reply, transient and permanent, "
            "there was no answer.",
            ("kind",),
            registry=registry,
        )
        self._model_requests = Counter("papertalk_model_requests", "Requests to the chat model.", registry=registry)
        self._tokens = Counter(
            "papertalk_model_tokens",
            "Tokens that the chat model read (input) and wrote (output).",
            ("direction",),
            registry=registry,
        )
        self._cost = Counter(
            "papertalk_model_cost_usd", "US dollars for the chat model, where its prices are set.", registry=registry
        )
        self._refused = Counter(
            "papertalk_refused", "Requests sent away before they were begun.", ("reason",), registry=registry
        )
        self._ingested = Counter(
            "papertalk_ingested_papers", "Entries of sources that were ingested.", ("outcome",), registry=registry
        )
        Info("papertalk_build", "What runs.", registry=registry).info(
            {"version": version("papertalk"), "python": platform.python_version()}
        )
        ProcessCollector(registry=registry)

    def request(self, exchange: Exchange) -> None:
        """A request was answered."""
        self._requests.labels(exchange.route, exchange.method, str(exchange.status)).inc()
        self._request_seconds.labels(exchange.route, exchange.method).observe(exchange.seconds)

    def answered(self, answer: Answer, surface: str) -> None:
        """A question came to an answer, be it that the library does not hold one."""
        self._answers.labels(surface, answer.mode, str(answer.answered).lower()).inc()
        for stage, milliseconds in answer.timings_ms.items():
            self._stage_seconds.labels(stage).observe(milliseconds / 1000)
        if answer.grounding is not None:
            for outcome in ("supported", "repaired", "dropped"):
                self._sentences.labels(outcome).inc(getattr(answer.grounding, outcome))
            self._invented.inc(answer.grounding.invented)
        if answer.usage is not None:
            self._model_requests.inc(answer.usage.requests)
            self._tokens.labels("input").inc(answer.usage.input_tokens)
            self._tokens.labels("output").inc(answer.usage.output_tokens)
            self._cost.inc(answer.usage.cost_usd or 0.0)
        if any(warning.endswith(FELL_BACK) for warning in answer.warnings):
            self._model_errors.labels("fell_back").inc()

    def failed(self, error: AssistantError, surface: str) -> None:
        """A question came to no answer."""
        self._failures.labels(surface, type(error).__name__).inc()
        if isinstance(error, ModelError):
            self._model_errors.labels(_kind(error)).inc()

    def refused(self, reason: str) -> None:
        """A request was sent away before it was begun. ``reason`` is one of few words, such as ``busy``."""
        self._refused.labels(reason).inc()

    def ingested(self, report: IngestReport) -> None:
        """An ingest has ended."""
        for outcome in fields(report):
            if outcome.name != "warnings":
                self._ingested.labels(outcome.name).inc(len(getattr(report, outcome.name)))

    def watch(self, gate: Gate, papers: Callable[[], Mapping[str, int]]) -> None:
        """Show how full the gate is, and how many papers each open library holds, as it is when somebody looks."""
        self.registry.register(_Levels(gate, papers))


class _Levels:
    """Gauges that are read when they are asked for."""

    def __init__(self, gate: Gate, papers: Callable[[], Mapping[str, int]]) -> None:
        self._gate = gate
        self._papers = papers

    def collect(self) -> Iterator[Metric]:
        yield GaugeMetricFamily("papertalk_answers_under_way", "Questions being answered.", self._gate.inside)
        yield GaugeMetricFamily("papertalk_answers_waiting", "Questions that wait for that.", self._gate.waiting)
        papers = GaugeMetricFamily("papertalk_papers", "Papers of each open library.", labels=("library",))
        for library, count in self._papers().items():
            papers.add_metric((library,), count)
        yield papers


def _kind(error: ModelError) -> str:
    if error.replied:
        return "reply"
    return "transient" if error.retryable else "permanent"


def router(service: Service) -> APIRouter:
    """``GET /metrics``, in Prometheus' text format or, where it is accepted, OpenMetrics. Where the settings turn it
    off, it answers 404. The guard knows who may ask."""
    routes = APIRouter(include_in_schema=False)
    service.meters.watch(service.gate, lambda: _papers(service))

    @routes.get("/metrics")
    def metrics(request: Request) -> Response:
        if not service.settings.metrics:
            raise HTTPException(404, "No metrics are shown here.")
        encode, content_type = choose_encoder(request.headers.get("accept", ""))
        return Response(encode(service.meters.registry), headers={"content-type": content_type})

    return routes


def _papers(service: Service) -> dict[str, int]:
    try:
        return {assistant.library.name: len(assistant.library.papers) for assistant in service.shelf.opened}
    except AssistantError:  # they cannot be read now, which /readyz tells
        return {}
