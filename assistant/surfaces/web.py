"""The web chat: a page of Gradio that streams, cites, and shows beside the chat where each quote stands.

Gradio is imported where the page is built, and its telemetry switched off before.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from importlib import resources
from typing import TYPE_CHECKING, Any

from assistant.answers import Answer, Doubted, Event, Finished, History, Restarted, TextDelta
from assistant.conversations import Exchange
from assistant.errors import AssistantError, ConfigError, ConversationNotFound, ConversationsError
from assistant.surfaces import page

if TYPE_CHECKING:
    import gradio
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from assistant.api import Assistant

_AT_ONCE = 16
"""Questions that are answered side by side; a slow one does not hold up the others."""
_TURNS = 30
"""Turns of a conversation that the page shows."""
_FRAME = 0.04
"""Seconds between two pictures of an answer that streams."""
_PULSE = 1.0
"""Seconds after which the page hears of an answer of which nothing comes. Gradio sees only then that a visitor left."""

# What the page itself calls below Gradio's own path; uploads, files, proxies and the rest answer 404.
_CALLED = frozenset({"queue", "run", "heartbeat", "startup-events", "reset", "cancel", "theme.css"})

# The browser refuses what the page should never ask for. Gradio's scripts and styles stand in the page itself.
_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; "
    "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'"
)


def build(assistant: Assistant) -> gradio.Blocks:
    """The page over one library. Each visitor has a conversation, whose address is known to that visitor alone."""
    _silence()
    import gradio as gr

    author = assistant.author
    title = f"Papertalk: the papers of {author.name}" if author else "Papertalk"
    blocks = gr.Blocks(title=title, analytics_enabled=False, fill_width=True)
    with blocks:
        visit = gr.State(Visit())
        gr.HTML(page.header(author, assistant.papers()), elem_id="head")
        with gr.Row(elem_id="desk"):
            with gr.Column(elem_id="talk", scale=3, min_width=0):
                chat = gr.Chatbot(
                    elem_id="chat",
                    label="Conversation",
                    show_label=False,
                    placeholder="Ask about methods, datasets, results or trends, or begin with a question below.",
                    height="100%",
                    autoscroll=False,
                    buttons=[],
                    feedback_options=None,
                    latex_delimiters=[],
                    allow_file_downloads=False,
                    group_consecutive_messages=False,
                )
                with gr.Row(elem_id="examples") as examples:
                    buttons = [
                        gr.Button(_short(example), size="sm", min_width=0) for example in assistant.examples()[:4]
                    ]
                with gr.Row(elem_id="ask"):
                    box = gr.Textbox(
                        elem_id="question",
                        label="Your question",
                        show_label=False,
                        placeholder="Ask a question",
                        submit_btn="Ask",
                        lines=1,
                        max_lines=6,
                        container=False,
                    )
                    again = gr.Button("Start over", elem_id="again", size="sm", min_width=0, visible=False)
            with gr.Column(elem_id="beside", scale=2, min_width=0):
                panel = gr.HTML(page.panel(()), elem_id="panel")
        shown = [box, chat, panel, examples, again]
        desk = _Desk(assistant)
        answering: dict[str, Any] = {
            "inputs": [visit],
            "outputs": shown,
            "show_progress": "hidden",
            "concurrency_limit": _AT_ONCE,
            "concurrency_id": "answers",
            "api_visibility": "private",
        }
        box.submit(desk.respond, **answering | {"inputs": [box, visit]})
        for button, example in zip(buttons, assistant.examples(), strict=False):
            button.click(partial(desk.respond, example), **answering)
        options: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        again.click(desk.start_over, [visit], [visit, *shown], **options)
        # Past the queue: it closes its stream behind an event, and Gradio's page may then miss the next one.
        box.stop(_stop, [visit], None, queue=False, **options)
        blocks.load(desk.opener(), [visit], [visit, *shown], queue=False, **options)
    blocks.queue(api_open=False, default_concurrency_limit=_AT_ONCE)
    return blocks


def serve(assistant: Assistant, host: str, port: int, *, listener: socket.socket | None = None) -> None:
    """Show the web chat until Ctrl-C.

    Args:
        listener: a socket of :func:`listen`, where the port was to be taken early.

    Raises:
        ConfigError: nothing can listen there.
    """
    with listener or listen(host, port) as bound:
        _silence()
        import uvicorn

        class Server(uvicorn.Server):
            async def startup(self, sockets: list[socket.socket] | None = None) -> None:
                await super().startup(sockets)
                shown = f"[{host}]" if ":" in host else host
                print(f"Papertalk is at http://{shown}:{bound.getsockname()[1]} (Ctrl-C ends it).", flush=True)

            async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
                # An open page keeps its connections; uvicorn cuts them, and would print a traceback for each.
                logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
                await super().shutdown(sockets)

        Server(uvicorn.Config(application(assistant), log_level="warning", timeout_graceful_shutdown=1)).run([bound])


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens there; port 0 is any that is free.

    Raises:
        ConfigError: the port is taken or not allowed, or the host is none of this machine's.
    """
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        return socket.create_server(address[:2], family=family, backlog=128)
    except socket.gaierror as error:
        raise ConfigError(
            f"The host {host!r} is not known; set PAPERTALK_HOST to an address of this machine."
        ) from error
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            other = port + 1 if port < 65535 else 7860
            raise ConfigError(
                f"Port {port} on {host} is taken; choose another, such as PAPERTALK_PORT={other}."
            ) from error
        if error.errno == errno.EACCES:
            raise ConfigError(
                f"Port {port} needs rights; choose one above 1023, such as PAPERTALK_PORT=7860."
            ) from error
        raise ConfigError(
            f"Nothing can listen on {host}:{port} ({error.strerror}); set PAPERTALK_HOST to an address of this machine."
        ) from error


def application(assistant: Assistant) -> ASGIApp:
    """The page as an ASGI application: Gradio's, without telemetry, files and what it would load from elsewhere."""
    blocks = build(assistant)
    import gradio as gr
    from fastapi import FastAPI

    fonts = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "Helvetica Neue", "Arial", "sans-serif"]
    theme = gr.themes.Base(
        primary_hue="blue",
        neutral_hue="slate",
        text_size="md",
        font=fonts,
        font_mono=["ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace"],
    ).set(body_background_fill="#f4f5f7", body_background_fill_dark="#12161c")
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    gr.mount_gradio_app(
        app,
        blocks,
        "/",
        footer_links=[],
        run_history=False,
        show_error=False,
        allowed_paths=[],
        ssr_mode=False,
        enable_monitoring=False,
        pwa=False,
        mcp_server=False,
        theme=theme,
        css=_asset("page.css"),
        head=f"<script>{_asset('page.js')}</script>",
    )
    return _Guarded(app)


class _Guarded:
    """The application, its headers strict and what the page does not call closed."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *_HEADERS]
            await send(message)

        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif _is_closed(scope["path"]):
            await send({"type": "http.response.start", "status": 404, "headers": _HEADERS})
            await send({"type": "http.response.body", "body": b""})
        else:
            await self._app(scope, receive, send_guarded)


_HEADERS = [
    (b"content-security-policy", _POLICY.encode()),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
]


def _is_closed(path: str) -> bool:
    root, _, rest = path.strip("/").partition("/")
    return root == "gradio_api" and rest.split("/")[0] not in _CALLED


def _silence() -> None:
    """Telemetry off, before Gradio or what it brings is imported."""
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"


def _asset(name: str) -> str:
    return (resources.files("assistant.surfaces") / "assets" / name).read_text(encoding="utf-8")


# ---- answering


@dataclass(frozen=True, slots=True)
class Shown:
    """A question and what became of it, as the page shows them."""

    question: str
    reply: str
    sources: str


class Visit:
    """One visitor's page: what it shows, which stored conversation it goes on with, and the answer under way."""

    def __init__(self) -> None:
        self.conversation = ""
        self.shown: list[Shown] = []
        self.turns = 0
        self.answering: _Answering | None = None

    def stop(self) -> None:
        """End the answer under way, if there is one."""
        if self.answering:
            self.answering.stop()


class _Answering:
    """An answer on its way. One task takes its events, so that the task's end is the end of the model's request."""

    def __init__(self, events: AsyncIterator[Event]) -> None:
        self._came: asyncio.Queue[Event | None] = asyncio.Queue()
        self._task = asyncio.create_task(self._take(events))
        self._task.add_done_callback(lambda _: self._came.put_nowait(None))

    async def _take(self, events: AsyncIterator[Event]) -> None:
        async for event in events:
            self._came.put_nowait(event)

    def stop(self) -> None:
        self._task.cancel()

    async def events(self) -> AsyncIterator[Event | None]:
        """The events as they come, and None where there was none for a while. They end early where it is stopped.

        Raises:
            AssistantError: why there is no answer.
        """
        while True:
            try:
                async with asyncio.timeout(_PULSE):
                    event = await self._came.get()
            except TimeoutError:
                yield None
                continue
            if event is None:
                break
            yield event
        if not self._task.cancelled():
            self._task.result()


_Outputs = tuple[Any, ...]


class _Desk:
    """Answers visitors. What it gives is what the parts of the page become: box, chat, panel, examples, new start."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant

    async def respond(self, question: str, visit: Visit) -> AsyncIterator[_Outputs]:
        """The page while a question is answered, and with the answer. An answer that is stopped stays on the page
        alone: it is no part of the conversation."""
        import gradio as gr

        visit.stop()
        visit.turns += 1
        turn, coming, answer, drawn = visit.turns, page.Coming(), None, time.monotonic()
        before = [*_messages(visit.shown), _said("user", page.question(question))]
        answering = visit.answering = _Answering(self._events(question, visit))
        waiting = [*before, _said("assistant", page.partial(coming, turn))]
        box = gr.update(value="", submit_btn=False, stop_btn="Stop")
        try:
            yield box, waiting, gr.skip(), gr.update(visible=False), gr.update(visible=True)
            async for event in answering.events():
                if isinstance(event, Finished):
                    answer = await asyncio.to_thread(self._kept, event.answer, visit)
                elif isinstance(event, TextDelta | Doubted | Restarted):
                    coming.add(event)
                if event is None or time.monotonic() - drawn > _FRAME:
                    drawn = time.monotonic()
                    chat = [*before, _said("assistant", page.partial(coming, turn))]
                    yield gr.skip(), chat, gr.skip(), gr.skip(), gr.skip()
            done = _answered(question, answer, turn) if answer else _stopped(question, coming, turn)
        except AssistantError as error:
            done = Shown(question, page.problem(str(error)), page.no_sources(question, turn))
        finally:
            answering.stop()
        if visit.answering is answering:  # else the visitor is past it
            visit.answering = None
            visit.shown = [*visit.shown, done][-_TURNS:]
            yield _screen(visit)

    async def start_over(self, visit: Visit) -> _Outputs:
        """The page with a conversation that has not begun."""
        visit.stop()
        visit.answering = None
        anew = Visit()
        return anew, *_screen(anew)

    def opener(self) -> Callable[[Visit, Any], Awaitable[_Outputs]]:
        """What Gradio calls when the page is opened."""
        import gradio as gr

        async def open_page(visit: Visit, request: gr.Request) -> _Outputs:
            return await self._opened(visit, request.query_params.get("c"))

        # Gradio reads from the type what it is to hand over, and cannot look up a name that is imported in a function.
        open_page.__annotations__["request"] = gr.Request
        return open_page

    async def _opened(self, visit: Visit, conversation: str | None) -> _Outputs:
        """The page with the conversation that its address names; with a new one where it names none that there is."""
        import gradio as gr

        if not conversation:
            return visit, *[gr.skip()] * 5
        try:
            kept = await asyncio.to_thread(self._exchanges, conversation)
        except ConversationsError as error:
            unknown = isinstance(error, ConversationNotFound)
            why = "There is no conversation at this address; a new one begins here." if unknown else str(error)
            box, _, *rest = _screen(visit)
            return visit, box, [_said("assistant", page.problem(why))], *rest
        papers = self._assistant.library.papers
        visit.conversation, visit.turns = conversation, kept[-1].number
        visit.shown = [_answered(one.question, one.to_answer(papers), one.number) for one in kept]
        return visit, *_screen(visit)

    def _exchanges(self, conversation: str) -> Sequence[Exchange]:
        """What is stored of a conversation, as much as the page shows.

        Raises:
            ConversationNotFound: none about this library has that id and an answer.
        """
        conversations = self._assistant.conversations
        found = conversations.get(conversation)
        if found.library != self._assistant.library.name or not found.questions:
            raise ConversationNotFound(f"No conversation about this library has the id {conversation!r}.")
        return conversations.exchanges(conversation, _TURNS)

    async def _events(self, question: str, visit: Visit) -> AsyncIterator[Event]:
        history = await asyncio.to_thread(self._history, visit)
        async for event in self._assistant.astream(question, history=history):
            yield event

    def _history(self, visit: Visit) -> History:
        """What the question may lean on: nothing where the conversation was deleted or cannot be read."""
        try:
            return self._assistant.conversations.history(visit.conversation) if visit.conversation else ()
        except ConversationsError:
            return ()

    def _kept(self, answer: Answer, visit: Visit) -> Answer:
        """The answer, stored; one that cannot be stored says so."""
        conversations = self._assistant.conversations
        try:
            try:
                conversations.add(visit.conversation, answer)
            except ConversationNotFound:  # the first answer, or the conversation was deleted elsewhere
                visit.conversation = conversations.start(self._assistant.library.name).id
                conversations.add(visit.conversation, answer)
        except ConversationsError as error:
            return replace(answer, warnings=(*answer.warnings, str(error)))
        return answer


async def _stop(visit: Visit) -> None:
    visit.stop()


def _answered(question: str, answer: Answer, turn: int) -> Shown:
    return Shown(question, page.reply(answer, turn), page.sources(answer, turn))


def _stopped(question: str, coming: page.Coming, turn: int) -> Shown:
    return Shown(question, page.stopped(coming, turn), page.no_sources(question, turn))


def _screen(visit: Visit) -> _Outputs:
    """The page as a visit has it, while nothing is being answered."""
    import gradio as gr

    panel = page.panel([shown.sources for shown in visit.shown], visit.conversation)
    begun = bool(visit.shown)
    box = gr.update(submit_btn="Ask", stop_btn=False)
    return box, _messages(visit.shown), panel, gr.update(visible=not begun), gr.update(visible=begun)


def _messages(shown: Sequence[Shown]) -> list[dict[str, str]]:
    return [
        said for one in shown for said in (_said("user", page.question(one.question)), _said("assistant", one.reply))
    ]


def _said(role: str, content: str) -> dict[str, str]:
    return {"role": role, "content": content}


def _short(example: str) -> str:
    return example if len(example) <= 90 else example[:90].rpartition(" ")[0] + " …"
