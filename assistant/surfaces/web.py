"""The web chat: a page of Gradio that streams, cites, and shows beside the chat where each quote stands.

Gradio is imported where the page is built, and its telemetry switched off before.
"""

from __future__ import annotations

import errno
import os
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any

from assistant.answers import Answer, Finished, TextDelta, Turn
from assistant.errors import AssistantError, ConfigError
from assistant.papers import clean
from assistant.rendering import plain_inline
from assistant.surfaces import page

if TYPE_CHECKING:
    import gradio
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from assistant.api import Assistant

_AT_ONCE = 16
"""Questions that are answered side by side; a slow one does not hold up the others."""
_TURNS = 30
"""Turns of a conversation that the page keeps."""
_REMEMBERED = 8
"""Turns that a question may lean on."""
_POINTED_AT = 10
"""Papers of an answer that the next question may mean by "it" or "the second"; a larger set is meant as a whole."""
_FRAME = 0.04
"""Seconds between two pictures of an answer that streams."""

# What the page itself calls below Gradio's own path; uploads, files, proxies and the rest answer 404.
_CALLED = frozenset({"queue", "heartbeat", "startup-events", "reset", "cancel", "theme.css"})

# The browser refuses what the page should never ask for. Gradio's scripts and styles stand in the page itself.
_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; "
    "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'"
)


@dataclass(frozen=True, slots=True)
class Exchange:
    """One question and what became of it, as the page and later questions need it."""

    number: int
    question: str
    reply: str
    sources: str
    told: str
    """The answer as the next question's history has it; empty where there was none."""


def build(assistant: Assistant) -> gradio.Blocks:
    """The page over one library. Each visitor's conversation is in that visitor's session alone."""
    _silence()
    import gradio as gr

    author = assistant.author
    title = f"Papertalk: the papers of {author.name}" if author else "Papertalk"
    blocks = gr.Blocks(title=title, analytics_enabled=False, fill_width=True)
    with blocks:
        talk = gr.State([])
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
        shown = [box, chat, panel, talk, examples, again]
        respond = _responder(assistant)
        options: dict[str, Any] = {
            "outputs": shown,
            "show_progress": "hidden",
            "concurrency_limit": _AT_ONCE,
            "concurrency_id": "answers",
            "api_visibility": "private",
        }
        box.submit(respond, [box, talk], **options)
        for button, example in zip(buttons, assistant.examples(), strict=False):
            button.click(_asking(respond, example), [talk], **options)
        gr.on([again.click, chat.clear], _clear, None, shown, show_progress="hidden", api_visibility="private")
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

_Response = Iterator[tuple[Any, ...]]


def _responder(assistant: Assistant) -> Callable[[str, list[Exchange]], _Response]:
    import gradio as gr

    def respond(question: str, talk: list[Exchange]) -> _Response:
        """What the box, the chat, the panel, the talk, the examples and the button for a new talk become."""
        turn = talk[-1].number + 1 if talk else 1
        before = [*_messages(talk), _said("user", page.question(question))]
        text, drawn = "", 0.0
        waiting = [*before, _said("assistant", page.partial("", turn))]
        yield "", waiting, gr.skip(), gr.skip(), gr.update(visible=False), gr.update(visible=True)
        answer = None
        try:
            for event in assistant.stream(question, history=_history(talk)):
                if isinstance(event, TextDelta):
                    text += event.text
                    if time.monotonic() - drawn > _FRAME:
                        drawn = time.monotonic()
                        yield gr.skip(), [*before, _said("assistant", page.partial(text, turn))], *[gr.skip()] * 4
                elif isinstance(event, Finished):
                    answer = event.answer
        except AssistantError as error:
            done = Exchange(turn, question, page.problem(str(error)), page.no_sources(question, turn), "")
        else:
            assert answer is not None, "the last event is the answer"
            done = Exchange(turn, question, page.reply(answer, turn), page.sources(answer, turn), _told(answer))
        talk = [*talk, done][-_TURNS:]
        panel = page.panel([exchange.sources for exchange in talk])
        yield gr.skip(), _messages(talk), panel, talk, gr.skip(), gr.skip()

    return respond


def _asking(
    respond: Callable[[str, list[Exchange]], _Response], question: str
) -> Callable[[list[Exchange]], _Response]:
    def ask(talk: list[Exchange]) -> _Response:
        yield from respond(question, talk)

    return ask


def _clear() -> tuple[Any, ...]:
    import gradio as gr

    return "", [], page.panel(()), [], gr.update(visible=True), gr.update(visible=False)


def _messages(talk: list[Exchange]) -> list[dict[str, str]]:
    return [
        said
        for exchange in talk
        for said in (_said("user", page.question(exchange.question)), _said("assistant", exchange.reply))
    ]


def _said(role: str, content: str) -> dict[str, str]:
    return {"role": role, "content": content}


def _history(talk: list[Exchange]) -> list[Turn]:
    return [
        turn
        for exchange in talk[-_REMEMBERED:]
        if exchange.told
        for turn in (
            Turn(role="user", content=exchange.question),
            Turn(role="assistant", content=exchange.told),
        )
    ]


def _told(answer: Answer) -> str:
    """The answer in plain words with the titles of what it cites, in which "it" and "the second" find their paper."""
    text = plain_inline(answer.text)
    titles = dict.fromkeys(clean(citation.paper.title) for citation in answer.citations)
    missing = [title for title in titles if title not in text] if len(titles) <= _POINTED_AT else []
    return "\n".join([text, *missing])


def _short(example: str) -> str:
    return example if len(example) <= 90 else example[:90].rpartition(" ")[0] + " …"
