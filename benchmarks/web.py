"""``python -m benchmarks.web``: the web chat under load, and what its page weighs.

Visitors ask all at once, over HTTP as the page's own script does, first with no chat model and then with one that
writes slowly. The page is opened in Chromium by turns with Gradio's own empty page, so that a busy machine slows both.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import re
import secrets
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant import Assistant
from assistant.surfaces.markup import escape
from benchmarks.results import Findings, add_keep
from examples import SAMPLE

if TYPE_CHECKING:
    import httpx2
    from playwright.sync_api import Browser

APP = [sys.executable, str(Path(__file__).parents[1] / "app.py")]
"""What ``make run`` starts."""
VISITORS = 20
_RUNS = 5
_WAIT = 300.0
"""Seconds that a visitor waits at most for the next piece of an answer."""
_PACE = 0.05
"""Seconds between two words of the slow chat model."""
_EMPTY = """
import gradio
with gradio.Blocks(analytics_enabled=False) as page:
    gradio.Markdown("Hello", elem_id="hello")
page.launch(server_name="127.0.0.1", quiet=True, prevent_thread_lock=True)
print(page.local_url, flush=True)
page.block_thread()
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_keep(parser)
    arguments = parser.parse_args()
    findings = Findings()
    with tempfile.TemporaryDirectory() as folder, slow_model() as model:
        with Assistant(library="load", data_dir=folder) as assistant:
            assistant.ingest(SAMPLE)
            assistant.chain.catalogue.find_topics()  # else the server does so beside the first questions
            questions = [f"What does “{paper.title}” propose?" for paper in assistant.papers()][: VISITORS + 1]
        settings = {"PAPERTALK_DATA_DIR": folder, "PAPERTALK_LIBRARY": "load", "PAPERTALK_PORT": "0"}
        slow = {"PAPERTALK_CHAT_MODEL": "openai:slow", "PAPERTALK_CHAT_URL": model, "OPENAI_API_KEY": "none"}
        for name, more, wanted in (("no chat model", {}, ""), ("a slow chat model", slow, "below 1: nobody waited")):
            with started(APP, settings | more) as address:
                print(f"{VISITORS} visitors at once, {name}")
                _report(name, *asyncio.run(crowd(address, questions)), wanted, findings)
        with (
            started(APP, settings) as address,
            started([sys.executable, "-c", _EMPTY], {}) as empty,
        ):
            print("The page, to Gradio's own empty one")
            _weigh(address, empty, findings)
    findings.publish("web", keep=arguments.keep, libraries=("gradio",))


@contextmanager
def started(command: list[str], settings: dict[str, str]) -> Iterator[str]:
    """A server in a process of its own, by the address that it prints."""
    environment = {**os.environ, "GRADIO_ANALYTICS_ENABLED": "False", **settings}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            found = (re.search(r"http://127\.0\.0\.1:\d+", line) for line in process.stdout)
            yield next(match[0] for match in found if match)
        finally:
            process.terminate()
            process.communicate()


# ---- visitors


class Visitor:
    """Somebody at the page, without a browser: Gradio's protocol of a queue and server-sent events, version 3.

    ``seen`` is all that was sent to them.
    """

    def __init__(self, client: httpx2.AsyncClient) -> None:
        self.seen = ""
        self._client = client
        self._session = secrets.token_hex(8)
        self._asks: dict[str, Any] = {}

    async def open(self) -> None:
        """Open the page: a cookie, and what the wire for questions is called."""
        await self._client.get("/")
        page = (await self._client.get("/config")).json()
        wires = {part["id"]: part["props"].get("elem_id") for part in page["components"]}
        for call in page["dependencies"]:
            for component, _ in call["targets"]:
                if wires.get(component) == "asks":
                    self._asks = {"fn_index": call["id"], "trigger_id": component}

    async def ask(self, question: str) -> AsyncIterator[str]:
        """What is sent of an answer, as it comes.

        Raises:
            RuntimeError: the server failed on the way.
        """
        asked = {"data": [None], "event_data": {"question": question}, "session_hash": self._session}
        (await self._client.post("/gradio_api/queue/join", json=asked | self._asks)).raise_for_status()
        path = f"/gradio_api/queue/data?session_hash={self._session}"
        async with self._client.stream("GET", path) as stream:
            async for line in stream.aiter_lines():
                if not line.startswith("data: "):
                    continue
                event = json.loads(line.removeprefix("data: "))
                sent = json.dumps(event.get("output"), ensure_ascii=False)
                self.seen += sent
                yield sent
                if event["msg"] == "process_completed":
                    if not event["success"]:
                        raise RuntimeError(f"{question!r} came to no answer; the server's log says why")
                    return


@contextlib.asynccontextmanager
async def visitor_at(address: str) -> AsyncIterator[Visitor]:
    """A visitor who has opened the page."""
    import httpx2

    async with httpx2.AsyncClient(base_url=address, timeout=_WAIT) as client:
        visitor = Visitor(client)
        await visitor.open()
        yield visitor


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds from the question to the first and the last words of its answer."""

    first: float
    last: float


async def crowd(address: str, questions: list[str]) -> tuple[Times, list[Times]]:
    """How long one visitor waits alone, asking the last question, and how long each of all others at once.

    Raises:
        RuntimeError: somebody was sent something of another's answer.
    """
    *together, alone = questions
    async with contextlib.AsyncExitStack() as stack:
        visitors = [await stack.enter_async_context(visitor_at(address)) for _ in questions]
        *crowded, single = visitors
        await _timed(single, alone)  # what is loaded at the first question is loaded
        lonely = await _timed(single, alone)
        times = await asyncio.gather(*map(_timed, crowded, together))
        for visitor, own in zip(crowded, together, strict=True):
            if any(_shown(other) in visitor.seen for other in together if other != own):
                raise RuntimeError(f"whoever asked {own!r} was sent another's question")
        return lonely, times


async def _timed(visitor: Visitor, question: str) -> Times:
    start = time.perf_counter()
    first = 0.0
    async for sent in visitor.ask(question):
        if not first and "pt-answer" in sent:
            first = time.perf_counter() - start
    return Times(first, time.perf_counter() - start)


def _shown(question: str) -> str:
    """A question as the chat shows it, within JSON."""
    return json.dumps(escape(question), ensure_ascii=False)[1:-1]


def _report(name: str, alone: Times, together: list[Times], wanted: str, findings: Findings) -> None:
    first, last = sorted(one.first for one in together), sorted(one.last for one in together)
    findings.say("first words, alone, s", alone.first, kept=False)
    findings.say("first words, together: median, s", statistics.median(first), kept=False)
    findings.say("first words, together: whoever waited longest, s", first[-1], kept=False)
    findings.say("whole answer, alone, s", alone.last, kept=False)
    findings.say("whole answer, together: median, s", statistics.median(last), kept=False)
    findings.say(f"{name}: longest wait for first words, to the soonest whole answer", first[-1] / last[0], wanted)
    findings.say(f"{name}: longest whole answer, to the same alone", last[-1] / alone.last)


# ---- a chat model


@contextmanager
def slow_model() -> Iterator[str]:
    """An OpenAI-compatible server that repeats the first passage it is shown, word by word; its base URL."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            said = "\n".join(message["content"] for message in asked["messages"])
            passage = re.search(r'<passage number="(\d+)"[^>]*>\n(.*?[.?!])\s', said, re.DOTALL)
            words = f"{passage[2]} [{passage[1]}]".split(" ") if passage else ["{}"]
            self.send_response(200)
            self.end_headers()
            for word in words:
                self._send({"choices": [{"index": 0, "delta": {"content": f"{word} "}, "finish_reason": None}]})
                time.sleep(_PACE)
            self._send({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
            self.wfile.write(b"data: [DONE]\n\n")

        def _send(self, chunk: dict[str, Any]) -> None:
            whole = {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": "slow"} | chunk
            self.wfile.write(b"data: " + json.dumps(whole).encode() + b"\n\n")
            self.wfile.flush()

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/v1"
        server.shutdown()


# ---- what the page weighs


@dataclass(frozen=True, slots=True)
class Opened:
    """A page opened with nothing kept from before: seconds until it shows, bytes that came over the wire, requests."""

    seconds: float
    bytes: int
    requests: int


def _weigh(address: str, empty: str, findings: Findings) -> None:
    from playwright.sync_api import sync_playwright

    arguments = ["--no-sandbox", "--disable-background-networking", "--disable-gpu"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=arguments)
        pairs = [(_open(browser, address, ".pt-head"), _open(browser, empty, "#hello")) for _ in range(_RUNS + 1)][1:]
        browser.close()
    for name, opened in (("Papertalk", [one for one, _ in pairs]), ("Gradio", [one for _, one in pairs])):
        findings.say(f"{name}: seconds until it shows", statistics.median(one.seconds for one in opened), kept=False)
        findings.say(f"{name}: kB on the wire", statistics.median(one.bytes for one in opened) / 1000)
        findings.say(f"{name}: requests", statistics.median(one.requests for one in opened))
    ratios = [ours.seconds / theirs.seconds for ours, theirs in pairs]
    findings.say("until it shows, to the empty page", statistics.median(ratios), "at most 3")


def _open(browser: Browser, address: str, shows: str) -> Opened:
    context = browser.new_context()
    page = context.new_page()
    wire = context.new_cdp_session(page)
    sizes: list[float] = []
    wire.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    wire.send("Network.enable")
    start = time.perf_counter()
    page.goto(address, wait_until="commit")
    page.locator(shows).wait_for()
    seconds = time.perf_counter() - start
    page.wait_for_timeout(1_000)
    context.close()
    return Opened(seconds, int(sum(sizes)), len(sizes))


if __name__ == "__main__":
    main()
