"""What a server's log holds: one line for each request and failure, and nothing of what users sent or keep secret."""

from __future__ import annotations

import io
import json
import logging
import re
import socket
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import httpx2
import pytest
import uvicorn
from fastapi import FastAPI, Request
from starlette.types import ASGIApp

from assistant.access import Scope
from assistant.errors import ConfigError
from assistant.llm.model import ChatModel
from assistant.settings import Settings
from assistant.surfaces.serve.callers import Caller, request_id
from assistant.surfaces.serve.logs import Exchange, Routed, Watched, configure, log_access
from tests.chat_server import ChatServer, Reply

LAB = Caller("lab", frozenset[Scope]({"read"}), "an owner")
EXCHANGE = Exchange("/libraries/{library}", "GET", 200, 0.0123, 512, "lab")


@pytest.fixture(params=["text", "json"])
def form(request: pytest.FixtureRequest) -> Literal["text", "json"]:
    form: Literal["text", "json"] = request.param
    return form


def log(form: Literal["text", "json"] = "json") -> io.StringIO:
    stream = io.StringIO()
    configure(Settings(log_format=form, access="keys"), stream)
    return stream


def rows(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def fail(message: str) -> None:
    raise ValueError(message)


# ---- a line


def test_a_line_of_json_says_when_how_bad_who_and_what() -> None:
    stream = log()
    logging.getLogger("assistant.llm.model").warning("The model %r is slow.", "one")
    [row] = rows(stream)
    assert datetime.fromisoformat(row["time"]).tzinfo == UTC
    assert row["time"].endswith("Z")
    assert (row["level"], row["logger"], row["message"]) == (
        "WARNING",
        "assistant.llm.model",
        "The model 'one' is slow.",
    )


def test_a_line_of_text_says_the_same() -> None:
    stream = log("text")
    logging.getLogger("assistant.llm.model").warning("Slow.")
    time = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
    assert re.fullmatch(rf"{time} WARNING assistant\.llm\.model Slow\.\n", stream.getvalue())


def test_a_line_names_the_request_that_it_was_written_for() -> None:
    stream = log()
    token = request_id.set("7f3a")
    logging.getLogger("assistant").warning("Slow.")
    request_id.reset(token)
    logging.getLogger("assistant").warning("Slow.")
    assert [row.get("request_id") for row in rows(stream)] == ["7f3a", None]


def test_a_request_is_one_line() -> None:
    stream = log()
    token = request_id.set("7f3a")
    log_access(EXCHANGE)
    request_id.reset(token)
    [row] = rows(stream)
    assert row["message"] == "GET /libraries/{library} 200"
    shown = {name: row[name] for name in ("method", "route", "status", "ms", "bytes", "caller", "request_id")}
    assert shown == {
        "method": "GET",
        "route": "/libraries/{library}",
        "status": 200,
        "ms": 12.3,
        "bytes": 512,
        "caller": "lab",
        "request_id": "7f3a",
    }


def test_on_a_machine_of_ones_own_requests_do_not_fill_the_terminal() -> None:
    stream = io.StringIO()
    configure(Settings(), stream)
    log_access(EXCHANGE)
    logging.getLogger("assistant").warning("Slow.")
    assert [line.split()[1] for line in stream.getvalue().splitlines()] == ["WARNING"]


def test_probes_of_machines_do_not_fill_the_log() -> None:
    stream = log()
    log_access(Exchange("/healthz", "GET", 200, 0.001, 3, ""))
    assert stream.getvalue() == ""


def test_no_value_can_begin_a_line_of_its_own(form: Literal["text", "json"]) -> None:
    stream = log(form)
    forged = "lab\n2026-01-01T00:00:00.000Z INFO papertalk forged\u2028\x1b[2K"
    log_access(Exchange("/", "GET", 200, 0.1, 1, forged))
    logging.getLogger("assistant").warning("Slow: %s", forged)
    assert len(stream.getvalue().splitlines()) == 2
    assert "\x1b" not in stream.getvalue()


# ---- errors


def test_an_error_is_told_by_its_kind_and_place_and_not_by_what_it_says(form: Literal["text", "json"]) -> None:
    stream = log(form)
    try:
        try:
            fail("a question")
        except ValueError as error:
            raise ConfigError("a secret") from error
    except ConfigError:
        logging.getLogger("assistant").exception("It failed")
    written = stream.getvalue()
    assert len(written.splitlines()) == 1
    assert re.search(r"ConfigError < tests\.test_logs\.\w+:\d+ from ValueError < tests\.test_logs\.fail:\d+", written)
    assert not any(told in written for told in ("question", "secret", str(Path(__file__).parent)))


def test_a_deep_error_shows_the_calls_nearest_to_it() -> None:
    def descend(depth: int) -> None:
        if depth == 0:
            fail("deep")
        descend(depth - 1)

    stream = log()
    try:
        descend(50)
    except ValueError:
        logging.getLogger("assistant").exception("It failed")
    [row] = rows(stream)
    assert row["error"].startswith("ValueError < tests.test_logs.fail:")
    assert row["error"].count(" < ") == 6


# ---- packages that are not ours


def test_of_other_packages_there_are_warnings_alone_whatever_their_level_is_set_to() -> None:
    stream = log()
    for name in ("httpx", "httpx2", "httpcore2", "openai._base_client", "chromadb", "gradio", "urllib3"):
        logger = logging.getLogger(name)
        logger.setLevel(logging.DEBUG)
        logger.debug("Request options: %s", "a question")
        logger.info("HTTP Request: %s", "https://example.org/?key=secret")
    assert stream.getvalue() == ""


def test_a_warning_of_another_package_is_shown_without_what_was_put_into_it(form: Literal["text", "json"]) -> None:
    stream = log(form)
    question = "a question"
    logging.getLogger("mcp.server").warning("Cannot read %s", question)
    logging.getLogger("mcp.server").warning(f"Cannot read {question}")
    written = stream.getvalue()
    assert "Cannot read %s" in written
    assert written.count("test_logs.test_a_warning") == 2
    assert question not in written


def test_python_s_own_warnings_show_no_path_of_this_machine() -> None:
    stream = log()
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(True)
        warnings.warn("A question is old.", UserWarning, stacklevel=1)
    logging.captureWarnings(False)
    assert [row["logger"] for row in rows(stream)] == ["py.warnings"]
    assert "question" not in stream.getvalue()
    assert __file__ not in stream.getvalue()


# ---- a server


@contextmanager
def served(app: ASGIApp) -> Iterator[str]:
    """The application behind uvicorn, as ``papertalk serve`` runs it."""
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


def application(model: ChatModel) -> ASGIApp:
    """Asks a chat model whatever is sent, and fails."""
    app = FastAPI()

    @app.post("/libraries/{library}/ask")
    async def ask(request: Request) -> None:
        question = (await request.json())["question"]
        logging.getLogger("gradio").error(f"about to ask {question}")
        text = "".join(model.stream("You answer.", question))
        raise RuntimeError(f"{text} is no answer to {question}")

    async def with_caller(scope: Any, receive: Any, send: Any) -> None:
        await Routed(app)({**scope, "state": {"caller": LAB}}, receive, send)

    return Watched(with_caller, log_access)


def test_a_request_that_is_sent_away_is_logged_with_its_route_and_its_sender() -> None:
    app = FastAPI()
    inner = FastAPI()
    inner.add_api_route("/papers/{key:path}/related", lambda key: key)
    app.mount("/api/{version}", inner)
    app.add_api_route("/{rest:path}", lambda rest: rest)

    async def refusing(scope: Any, _: Any, send: Any) -> None:
        scope["state"] = {"caller": LAB}
        await send({"type": "http.response.start", "status": 429, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    told: list[Exchange] = []
    with served(Watched(refusing, told.append, routes=app.routes)) as address, httpx2.Client() as client:
        for path in ("/api/v1/papers/of/mine/related", "/private", "/api/v1/papers"):
            client.get(f"{address}{path}")
    assert [(one.route, one.status, one.caller) for one in told] == [
        ("/api/{version}/papers/{key}/related", 429, "lab"),
        ("/{rest}", 429, "lab"),
        ("/{rest}", 429, "lab"),
    ]


@pytest.mark.parametrize("reply", [Reply("Sixteen."), Reply("No: sk-secret", status=401)], ids=["bug", "model error"])
def test_nothing_that_was_sent_is_logged_when_an_answer_fails(
    server: ChatServer, reply: Reply, form: Literal["text", "json"], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret-of-the-model")
    monkeypatch.setenv("OPENAI_LOG", "debug")
    server.replies.append(reply)
    stream = log(form)
    with served(application(ChatModel("openai:any", server.url))) as address, httpx2.Client(timeout=60) as client:
        import openai  # reads OPENAI_LOG

        openai._utils._logs.setup_logging()
        root = logging.getLogger()
        for logger in [root, *(one for one in root.manager.loggerDict.values() if isinstance(one, logging.Logger))]:
            logger.setLevel(logging.DEBUG)
        response = client.post(
            f"{address}/libraries/private-library/ask?token=tok-secret",
            json={"question": "Which marmalade is best?"},
            headers={
                "authorization": "Bearer pt_secret",
                "cookie": "session=cookie-secret",
                "x-forwarded-for": "203.0.113.9",
            },
        )
    assert response.status_code == 500
    written = stream.getvalue()
    assert "POST /libraries/{library}/ask 500" in written
    assert "papertalk.access" in written
    assert "lab" in written
    for secret in ("secret", "marmalade", "private-library", "token=", "203.0.113.9", "Sixteen"):
        assert secret not in written, secret
    assert str(Path(__file__).parents[1]) not in written
    assert "site-packages" not in written
