"""The real Slack app, run in an event loop of its own against the fake Slack."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import uvicorn
import yaml
from anyio.from_thread import BlockingPortal, start_blocking_portal
from starlette.applications import Starlette

from assistant import Assistant
from assistant.shelf import Shelf
from assistant.surfaces.serve.service import Service
from tests.fake_slack import FakeSlack, slack
from tests.fake_slack_workspace import APP_TOKEN, BOT_TOKEN, EMMY, SIGNING_SECRET, Post
from tests.programs import open_looms

if TYPE_CHECKING:
    from assistant.surfaces.slack.app import SlackSurface
    from vectorstore.embeddings import EmbeddingModel

MANIFEST = Path(__file__).parents[1] / "deploy" / "slack" / "manifest.yaml"
EDITOR = EMMY
PAGE = "https://papers.example.org"


def manifest() -> dict[str, Any]:
    """The file from which people install the app."""
    read: dict[str, Any] = yaml.safe_load(MANIFEST.read_text(encoding="utf-8"))
    return read


@contextmanager
def installed() -> Iterator[FakeSlack]:
    """A Slack in which the app was installed from its manifest: what its scopes allow it may do, and it hears of the
    events that it names."""
    made = manifest()
    scopes = frozenset(made["oauth_config"]["scopes"]["bot"])
    events = frozenset(made["settings"]["event_subscriptions"]["bot_events"])
    with slack(scopes, events) as fake:
        yield fake


def settings_for(fake: FakeSlack) -> dict[str, Any]:
    """What a user sets."""
    return {
        "slack_bot_token": BOT_TOKEN,
        "slack_app_token": APP_TOKEN,
        "slack_signing_secret": SIGNING_SECRET,
        "slack_api_url": fake.url,
        "slack_editors": (EDITOR,),
        "public_url": PAGE,
    }


@contextmanager
def answering(assistant: Assistant, drains: float = 20.0) -> Iterator[tuple[SlackSurface, BlockingPortal]]:
    """The app while the block runs, over Socket Mode where its token is set; and the way into its event loop. At the
    end answers under way may take so many seconds."""
    from assistant.surfaces.slack.app import slack_app

    with Shelf(assistant.settings, assistant) as shelf, start_blocking_portal() as portal:
        service = Service(shelf)
        surface = portal.call(slack_app, service, service.settings)
        portal.call(surface.start)
        try:
            yield surface, portal
        finally:
            portal.call(surface.stop, drains)
            portal.call(service.stop, 5.0)


@contextmanager
def reached_over_http(assistant: Assistant) -> Iterator[str]:
    """The app behind an HTTP server in its own event loop; the address that Slack is told."""
    from assistant.surfaces.slack.http import PATH, routes

    with answering(assistant) as (surface, portal), socket.create_server(("127.0.0.1", 0)) as listening:
        served = Starlette(routes=routes(surface))
        server = uvicorn.Server(uvicorn.Config(served, log_config=None, lifespan="off", timeout_graceful_shutdown=5))
        running = portal.start_task_soon(server.serve, [listening])
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}{PATH}"
        finally:
            server.should_exit = True
            running.result()


@contextmanager
def looms_in_slack(folder: Path, model: EmbeddingModel, **settings: Any) -> Iterator[FakeSlack]:
    """A Slack with the app in it, which answers from a library of two papers."""
    with (
        installed() as fake,
        open_looms(folder, model, **settings_for(fake), **settings) as assistant,
        answering(assistant),
    ):
        fake.until(lambda: fake.is_connected, "a connection")
        yield fake


def answers(fake: FakeSlack, post: Post, count: int = 1) -> list[Post]:
    """What the bot says in the thread of a message, once so many answers there have their last words: the buttons."""

    def found() -> list[Post] | None:
        shown = thread_of(fake, post)
        ended = sum("useful" in one.buttons for one in shown)
        return shown if ended >= count and not any(one.is_streaming for one in shown) else None

    return fake.until(found, f"{count} answers")


def thread_of(fake: FakeSlack, post: Post) -> list[Post]:
    """What the bot says now in the thread of a message."""
    return fake.shown(post.channel, post.thread or post.ts)


def says(fake: FakeSlack, post: Post, words: str) -> Post:
    """The message of the bot in the thread of a message that shows certain words, once there is one."""
    return fake.until(lambda: next((one for one in thread_of(fake, post) if words in one.shown), None), words)
