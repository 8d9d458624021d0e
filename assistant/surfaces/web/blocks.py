"""The page as Gradio's Blocks: regions that the server draws, and two wires from the page to the server.

What is clicked goes over the wire ``acts``, past Gradio's queue, and is answered at once; questions go over ``asks``,
through the queue, and their answers stream. A page that finds an answer under way asks there for its stream, with no
question. The page's script puts all of it on its way (``assets/page.js``).
"""

from __future__ import annotations

import os
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from functools import partial
from typing import TYPE_CHECKING, Any

from assistant.settings import Settings
from assistant.surfaces.serve.callers import Caller, caller_of
from assistant.surfaces.web import actions, asking, regions
from assistant.surfaces.web.desk import Desk
from assistant.surfaces.web.regions import Region
from assistant.surfaces.web.views import frame
from assistant.surfaces.web.visit import Visit

if TYPE_CHECKING:
    import gradio

COOKIE = "papertalk"
"""Tells a visitor's conversations from another's."""
_AT_ONCE = 40
"""Questions that are answered side by side; a slow one does not hold up the others."""
_QUEUE_TOLD = 60
"""Seconds between two words on the queue, which the page does not show; else each question is told to all who wait."""

# An event of the page's own, from wherever on it, becomes one of this component.
_WIRE = """
document.addEventListener('papertalk:{name}', (event) => trigger('submit', event.detail));
document.dispatchEvent(new CustomEvent('papertalk:ready', {{ detail: '{name}' }}));
"""


def silence() -> None:
    """Telemetry off, before Gradio or what it brings is imported."""
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
    # Gradio sums up all past events with pandas after so many of them, for a page that is closed here.
    os.environ["GRADIO_ANALYTICS_CACHE_FREQUENCY"] = str(10**9)


def build(desk: Desk) -> gradio.Blocks:
    """The page. Each visitor has a visit of their own, kept on the server as long as the page is open."""
    silence()
    import gradio as gr

    blocks = gr.Blocks(title=_title(desk), analytics_enabled=False, fill_width=True)
    with blocks:
        visit = gr.State(Visit())
        parts: dict[Region, gr.HTML] = {}

        def place(region: Region) -> None:
            parts[region] = gr.HTML(elem_id=region.value, apply_default_css=False, padding=False)

        gr.HTML(frame.SKIP, elem_id="skip", apply_default_css=False)
        place(Region.HEAD)
        with gr.Row(elem_id="desk"):
            place(Region.TALKS)
            with gr.Column(elem_id="talk", min_width=0):
                with gr.Row(elem_id="which"):
                    place(Region.CHIPS)
                    place(Region.FILTER)
                with gr.Column(elem_id="chat"):
                    place(Region.LOG)
                    place(Region.LIVE)
                    place(Region.LATER)
                    place(Region.NEXT)
                gr.HTML(frame.ASK, elem_id="question", apply_default_css=False)
            place(Region.VIEW)
            with gr.Column(elem_id="beside", min_width=0):
                place(Region.PANEL)
        place(Region.TOLD)
        acts = gr.HTML(elem_id="acts", js_on_load=_WIRE.format(name="act"), visible="hidden")
        asks = gr.HTML(elem_id="asks", js_on_load=_WIRE.format(name="ask"), visible="hidden")
        outputs = [parts[region] for region in Region]
        options: dict[str, Any] = {
            "outputs": outputs,
            "show_progress": "hidden",
            "api_visibility": "private",
        }
        acts.submit(_acting(desk), [visit], queue=False, trigger_mode="multiple", **options)
        answers: dict[str, Any] = {
            "concurrency_limit": _AT_ONCE,
            "concurrency_id": "answers",
            "trigger_mode": "multiple",
        }
        asks.submit(_asking(desk), [visit], **answers, **options)
        blocks.load(_opening(desk), [visit], queue=False, **options)
    blocks.queue(api_open=False, default_concurrency_limit=_AT_ONCE, status_update_rate=_QUEUE_TOLD)
    return blocks


def _title(desk: Desk) -> str:
    author = desk.shelf.first.author
    return f"Papertalk: the papers of {author.name}" if author else "Papertalk"


def _outputs(desk: Desk, visit: Visit, *, streams: bool = False) -> list[Any]:
    import gradio as gr

    fresh = regions.changed(desk, visit, streams=streams)
    return [fresh.get(region, gr.skip()) for region in Region]


def _refused() -> list[Any]:
    """Nothing but a sentence, for whoever comes with another visitor's page, or as somebody else than who opened it."""
    import gradio as gr

    told = frame.problem("This page was opened by another visitor; reload it.")
    return [told if region is Region.TOLD else gr.skip() for region in Region]


def _opened(desk: Desk, visit: Visit, request: Any, query: str) -> bool:
    """Open a visit that is not: at the start, or because the server forgot it. False where it is another visitor's."""
    caller = _visitor(request)
    is_new = not visit.owner
    if is_new:
        visit.owner, visit.named = caller.owner or secrets.token_urlsafe(24), caller.owner
    elif caller.owner != visit.named:
        return False
    visit.user, visit.may_edit = caller.name, may_edit(desk.shelf.settings, caller)
    if is_new:
        actions.act(desk, visit, {"do": "open", "query": query})
    return True


def _sent(event: Any) -> dict[str, Any]:
    """What the page's script sent; nothing where somebody else sent what is no object."""
    return dict(event._data) if isinstance(event._data, dict) else {}


def _visitor(request: Any) -> Caller:
    """Whom the guard says it is; a page that Gradio launched by itself has none, and anybody may read there."""
    scope = request.request.scope
    if "caller" in scope.get("state", {}):
        return caller_of(request.request)
    return Caller("", frozenset({"read"}), request.cookies.get(COOKIE, ""))


def may_edit(settings: Settings, caller: Caller) -> bool:
    """Whether a visitor may change libraries from the page: as the setting says, else as their own rights do."""
    return caller.may("ingest") if settings.web_editing is None else settings.web_editing


# Gradio reads from a function's types what it is to hand over, and cannot look up a name that is imported in a
# function: hence the annotations that are set by hand.


def _opening(desk: Desk) -> Callable[..., Any]:
    import gradio as gr

    def opening(visit: Visit, request: Any) -> list[Any]:
        is_theirs = _opened(desk, visit, request, str(request.query_params))
        return _outputs(desk, visit) if is_theirs else _refused()

    opening.__annotations__["request"] = gr.Request
    return opening


def _acting(desk: Desk) -> Callable[..., Any]:
    import gradio as gr

    def do(visit: Visit, event: Any, request: Any) -> list[Any]:
        data = {str(name): str(value) for name, value in _sent(event).items()}
        if not _opened(desk, visit, request, data.get("at", "")):
            return _refused()
        actions.act(desk, visit, data)
        return _outputs(desk, visit)

    do.__annotations__ |= {"event": gr.EventData, "request": gr.Request}
    return do


def _asking(desk: Desk) -> Callable[..., Any]:
    import gradio as gr
    from anyio import to_thread

    outputs = partial(_outputs, desk, streams=True)

    async def ask(visit: Visit, event: Any, request: Any) -> AsyncIterator[list[Any]]:
        data = _sent(event)
        if not _opened(desk, visit, request, str(data.get("at", ""))):
            yield _refused()
            return
        try:
            turn = int(data.get("turn") or 0)
        except ValueError:
            turn = 0
        asked = str(data.get("question", ""))
        coming = asking.ask(desk, visit, asked, instead_of=turn) if asked.strip() else asking.watch(desk, visit)
        async with aclosing(coming) as pictures:
            async for _ in pictures:
                yield await to_thread.run_sync(outputs, visit)

    ask.__annotations__ |= {"event": gr.EventData, "request": gr.Request}
    return ask
