"""Chat platforms under ``papertalk serve``: behind the guard, beside the page, and without holding up its start."""

from __future__ import annotations

import json
import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import httpx2
import pytest
import uvicorn
from anyio.from_thread import start_blocking_portal

from assistant import Assistant
from assistant.errors import ConfigError
from assistant.settings import load
from assistant.shelf import Shelf
from assistant.surfaces.mattermost.app import COMMAND, WEBHOOK
from assistant.surfaces.messaging.responder import Responder
from assistant.surfaces.serve.application import application
from assistant.surfaces.serve.platforms import Platforms
from assistant.surfaces.serve.service import Service
from assistant.surfaces.slack.app import is_wanted
from assistant.surfaces.slack.http import PATH
from tests.asking import is_one_sentence
from tests.fake_slack import WAIT, FakeSlack, signed
from tests.fake_slack_workspace import ADA, APP_TOKEN, BOT_TOKEN, SIGNING_SECRET
from tests.programs import open_looms
from tests.slack_running import answers, installed, settings_for
from vectorstore.embeddings import EmbeddingModel

QUESTION = "How many woven patterns are in WeaveBank?"
ANSWER = "12,000 woven patterns"
BODY = json.dumps({"type": "url_verification", "challenge": "weave"}).encode()
OVER_HTTP: dict[str, Any] = {"slack_app_token": None}


@contextmanager
def serving(assistant: Assistant) -> Iterator[httpx2.Client]:
    """All that a server serves, while the block runs; a client of it."""
    with (
        Shelf(assistant.settings, assistant) as shelf,
        start_blocking_portal() as portal,
        socket.create_server(("127.0.0.1", 0)) as listening,
    ):
        service = Service(shelf)
        platforms = Platforms(service)
        # The page is built inside the loop: outside of one Gradio makes loops of its own, and never closes them.
        served = portal.call(partial(application, service, platforms=platforms))
        server = uvicorn.Server(uvicorn.Config(served, log_config=None, lifespan="off", timeout_graceful_shutdown=5))
        portal.call(platforms.start)
        running = portal.start_task_soon(server.serve, [listening])
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        try:
            with httpx2.Client(base_url=url, trust_env=False, timeout=WAIT) as client:
                yield client
        finally:
            portal.call(platforms.stop, 5.0)
            portal.call(service.stop, 5.0)
            server.should_exit = True
            running.result()


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeSlack]:
    with installed() as fake:
        yield fake


@pytest.fixture(scope="module")
def folder(model: EmbeddingModel, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("platforms")
    open_looms(folder, model).close()
    return folder


@contextmanager
def reopened(folder: Path, model: EmbeddingModel, fake: FakeSlack, **settings: Any) -> Iterator[httpx2.Client]:
    settings = {"library": "looms", "data_dir": folder, **settings_for(fake), **settings}
    with Assistant(settings=load(**settings), model=model) as assistant, serving(assistant) as client:
        fake.request_url = f"{client.base_url}".rstrip("/") + PATH
        yield client
    fake.request_url = None


def sent(client: httpx2.Client, headers: dict[str, str], body: bytes = BODY) -> httpx2.Response:
    return client.post(PATH, content=body, headers={"Content-Type": "application/json", **headers})


def test_slack_is_answered_behind_the_guard(fake: FakeSlack, folder: Path, model: EmbeddingModel) -> None:
    with reopened(folder, model, fake, **OVER_HTTP) as client:
        fake.until(lambda: sent(client, signed(BODY)).status_code == 200, "that Slack is reached")
        assert sent(client, signed(BODY)).json() == {"challenge": "weave"}
        assert sent(client, {}).status_code == 401  # no key is asked for, but Slack's signature
        assert sent(client, signed(BODY) | {"Host": "elsewhere.example.org"}).status_code == 403
        assert client.get(PATH).status_code in (404, 405)
        assert client.get("/").status_code == 200
        (answer,) = answers(fake, fake.ask(QUESTION, user=ADA))
        assert ANSWER in answer.shown


def test_a_request_that_is_too_large_is_refused_before_a_platform_reads_it(
    fake: FakeSlack, folder: Path, model: EmbeddingModel
) -> None:
    mattermost = {"mattermost_url": "https://chat.example.org", "mattermost_tokens": ("token",)}
    huge = b"token=token&text=" + b" " * 2**20

    def in_pieces() -> Iterator[bytes]:  # whose whole length no header tells
        yield from (huge[: 2**16] for _ in range(32))

    with reopened(folder, model, fake, max_body_mb=1, **OVER_HTTP, **mattermost) as client:
        for path in (PATH, COMMAND, WEBHOOK):
            for body in (huge, in_pieces()):
                headers = {"Content-Type": "application/x-www-form-urlencoded", **signed(huge)}
                assert client.post(path, content=body, headers=headers).status_code == 413
        assert client.post(COMMAND, data={"token": "wrong"}).status_code == 401


def test_with_an_app_level_token_it_listens_and_serves_no_address(
    fake: FakeSlack, folder: Path, model: EmbeddingModel
) -> None:
    with reopened(folder, model, fake) as client:
        fake.request_url = None
        fake.until(lambda: fake.is_connected, "a connection")
        assert sent(client, signed(BODY)).status_code == 404
        (answer,) = answers(fake, fake.ask(QUESTION, user=ADA))
        assert ANSWER in answer.shown


def errors_in(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [one.getMessage() for one in caplog.records if one.levelno >= logging.ERROR]


def test_a_token_that_slack_does_not_take_is_logged_and_the_page_is_served(
    fake: FakeSlack, folder: Path, model: EmbeddingModel, caplog: pytest.LogCaptureFixture
) -> None:
    with reopened(folder, model, fake, slack_bot_token="xoxb-wrong", **OVER_HTTP) as client:
        fake.until(lambda: errors_in(caplog), "an error")
        assert sent(client, signed(BODY)).status_code == 503
        assert client.get("/healthz").status_code == 200
    (line,) = errors_in(caplog)
    assert "bot token" in line
    assert "xoxb" not in line


def test_a_fault_at_the_start_is_logged(
    fake: FakeSlack,
    folder: Path,
    model: EmbeddingModel,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def broken(_: Responder) -> int:
        raise OSError("the disk is gone")

    monkeypatch.setattr(Responder, "resume", broken)
    with reopened(folder, model, fake, **OVER_HTTP):
        fake.until(lambda: errors_in(caplog), "an error")
    assert "the disk is gone" in caplog.text


def test_a_token_that_is_revoked_is_told_once_and_nothing_is_taken_any_more(
    fake: FakeSlack, folder: Path, model: EmbeddingModel, caplog: pytest.LogCaptureFixture
) -> None:
    try:
        with reopened(folder, model, fake, **OVER_HTTP) as client:
            fake.until(lambda: sent(client, signed(BODY)).status_code == 200, "that Slack is reached")
            fake.is_revoked = True
            post = fake.ask(QUESTION, user=ADA)
            fake.until(lambda: sent(client, signed(BODY)).status_code == 503, "that nothing is taken")
        assert [line for line in errors_in(caplog) if "token_revoked" in line] == errors_in(caplog)
        assert len(errors_in(caplog)) == 1
    finally:
        fake.is_revoked = False
    with reopened(folder, model, fake, **OVER_HTTP):
        (answer,) = answers(fake, post)
        assert ANSWER in answer.shown


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({"slack_bot_token": BOT_TOKEN}, "PAPERTALK_SLACK_SIGNING_SECRET"),
        ({"slack_app_token": APP_TOKEN}, "PAPERTALK_SLACK_BOT_TOKEN"),
        ({"slack_signing_secret": SIGNING_SECRET}, "PAPERTALK_SLACK_BOT_TOKEN"),
    ],
)
def test_settings_that_are_there_by_half_are_refused(given: dict[str, str], missing: str) -> None:
    with pytest.raises(ConfigError) as raised:
        is_wanted(load(**given))
    assert missing in str(raised.value)
    assert is_one_sentence(str(raised.value))


def test_without_a_token_there_is_no_platform() -> None:
    assert not is_wanted(load())
