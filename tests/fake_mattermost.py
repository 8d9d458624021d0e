"""A Mattermost for tests: it sends commands and posts as Mattermost does, and takes what comes to its own addresses."""

from __future__ import annotations

import itertools
import json
import threading
from collections.abc import Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import httpx2
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from assistant import Assistant
from assistant.shelf import Shelf
from assistant.surfaces.mattermost import mattermost
from assistant.surfaces.serve.service import Service
from tests.programs import serving

COMMAND_TOKEN, WEBHOOK_TOKEN = "nezum4kpu3faiec7r7c5zt6tfy", "zmigewsanbbsdf59xnmduzypjc"
PATIENCE = 60
"""Seconds after which a test that waits fails."""
_RUNES = 16_383
_USES = 5


class FakeMattermost:
    """``posted`` are the bodies that came to each command's address; ``faults`` are statuses with which the next are
    refused; ``tries`` counts all that came."""

    def __init__(self) -> None:
        self.url = ""
        self.posted: dict[str, list[dict[str, Any]]] = {}
        self.faults: list[int] = []
        self.tries = 0
        self._numbers = itertools.count(1)
        self._came = threading.Condition()

    def routes(self) -> list[Route]:
        return [Route("/hooks/commands/{hook}", self._take, methods=["POST"])]

    async def _take(self, request: Request) -> Response:
        self.tries += 1
        if self.faults:
            return PlainTextResponse("not now", self.faults.pop(0))
        hook = request.path_params["hook"]
        if hook not in self.posted or len(self.posted[hook]) >= _USES:
            return PlainTextResponse("no such hook", 404)
        body = await request.json()
        texts = [body["text"], *(extra["text"] for extra in body.get("extra_responses", ()))]
        if not all(0 < len(text) <= _RUNES for text in texts):
            return PlainTextResponse("too long", 400)
        with self._came:
            self.posted[hook].append(body)
            self._came.notify_all()
        return PlainTextResponse("ok")

    def hook(self) -> str:
        """A new address for a command's answers."""
        name = f"hook{next(self._numbers):022d}"
        self.posted[name] = []
        return name

    def until_posted(self, hook: str, count: int = 1) -> list[dict[str, Any]]:
        with self._came:
            assert self._came.wait_for(lambda: len(self.posted[hook]) >= count, PATIENCE)
            return list(self.posted[hook])

    def command(self, text: str, hook: str, **more: str) -> dict[str, str]:
        """The form that a slash command sends."""
        return {
            "channel_id": "i3bb9xfyqt8rtbyshmyhgsj16c",
            "channel_name": "town-square",
            "command": "/papers",
            "response_url": f"{self.url}/hooks/commands/{hook}",
            "team_domain": "looms",
            "team_id": "tsb8crrn5tgqtedpkt81b4tcya",
            "text": text,
            "token": COMMAND_TOKEN,
            "trigger_id": f"trigger-{hook}",
            "user_id": "k1x4aqdjy3813c84m771eoc9xo",
            "user_name": "ada",
            **more,
        }

    def post(self, text: str, **more: str) -> dict[str, str]:
        """What an outgoing webhook sends of a post."""
        return {
            "channel_id": "hawos4dqtby53pd64o4a4cmeoo",
            "channel_name": "town-square",
            "team_domain": "looms",
            "team_id": "tsb8crrn5tgqtedpkt81b4tcya",
            "post_id": f"post{next(self._numbers):022d}",
            "text": text,
            "timestamp": "1445532266",
            "token": WEBHOOK_TOKEN,
            "trigger_word": "papers",
            "user_id": "k1x4aqdjy3813c84m771eoc9xo",
            "user_name": "ada",
            "file_ids": "",
            **more,
        }


class Sender:
    """Sends to the product over HTTP."""

    def __init__(self, url: str) -> None:
        self._http = httpx2.Client(base_url=url, timeout=PATIENCE, trust_env=False)

    def command(self, form: dict[str, str]) -> httpx2.Response:
        return self._http.post("/mattermost/command", data=form)

    def webhook(self, form: dict[str, str], *, as_json: bool = False) -> httpx2.Response:
        if as_json:
            return self._http.post(
                "/mattermost/webhook", content=json.dumps(form), headers={"content-type": "application/json"}
            )
        return self._http.post("/mattermost/webhook", data=form)

    def raw(self, path: str, content: bytes, content_type: str) -> httpx2.Response:
        return self._http.post(path, content=content, headers={"content-type": content_type})

    def close(self) -> None:
        self._http.close()


@contextmanager
def fake_mattermost() -> Iterator[FakeMattermost]:
    fake = FakeMattermost()
    with serving(Starlette(routes=fake.routes())) as url:
        fake.url = url
        yield fake


@contextmanager
def answering(assistant: Assistant) -> Iterator[Sender]:
    """The product's addresses over an open assistant, while the block runs."""
    with Shelf(assistant.settings, assistant) as shelf:
        service = Service(shelf)
        surface = mattermost(service)
        assert surface is not None

        @asynccontextmanager
        async def living(_: Starlette) -> Any:
            await surface.start()
            yield
            await surface.stop(PATIENCE)

        with serving(Starlette(routes=surface.routes(), lifespan=living)) as url:
            sender = Sender(url)
            try:
                yield sender
            finally:
                sender.close()
