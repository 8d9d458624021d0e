"""The web chat as a part of what is served: Gradio's page, and uploads beside it."""

from __future__ import annotations

import secrets
from functools import cache, partial
from importlib import resources
from typing import TYPE_CHECKING, Any

from assistant.errors import SourceError
from assistant.surfaces.serve.callers import caller_of
from assistant.surfaces.web import blocks
from assistant.surfaces.web.desk import Desk

if TYPE_CHECKING:
    import gradio
    from fastapi import FastAPI

    from assistant.shelf import Shelf

_ALIVE = "/alive"
"""Says which start of the server this is: a page that was open before a restart sees that it must begin anew."""
_SCRIPTS = ("covers.js", "page.js", "sources.js", "tables.js", "figures.js", "adding.js")
_STYLES = (
    "page.css",
    "chat.css",
    "answers.css",
    "panel.css",
    "narrow.css",
    "views.css",
    "figures.css",
    "library.css",
    "people.css",
    "talks.css",
)


def mount(app: FastAPI, desk: Desk) -> None:
    """Show the page at every path that ``app`` has no route for, without Gradio's telemetry, its files and what it
    would load from elsewhere. Only behind the guard, which tells who visits and closes Gradio's other routes."""
    page = blocks.build(desk)
    import gradio as gr

    start = secrets.token_hex(8)
    app.add_api_route(_ALIVE, lambda: {"start": start}, include_in_schema=False)
    _take_uploads(app, desk)
    gr.mount_gradio_app(
        app,
        page,
        "/",
        run_history=False,
        show_error=False,
        allowed_paths=[],
        ssr_mode=False,
        enable_monitoring=False,
        pwa=False,
        mcp_server=False,
        **_dress(),
    )


def demo(shelf: Shelf) -> gradio.Blocks:
    """The page to be launched by Gradio itself, without the rest of what is served. Visitors may read and ask alone."""
    page = blocks.build(Desk(shelf, editing=False))
    page.launch = partial(page.launch, **_dress())  # type: ignore[method-assign]  # Gradio has no other place for it
    return page


def _dress() -> dict[str, Any]:
    """Colours, fonts, styles and scripts, as Gradio takes them where a page is launched or mounted."""
    import gradio as gr

    fonts = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "Helvetica Neue", "Arial", "sans-serif"]
    theme = gr.themes.Base(
        primary_hue="blue",
        neutral_hue="slate",
        text_size="md",
        font=fonts,
        font_mono=["ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace"],
    ).set(body_background_fill="#f4f5f7", body_background_fill_dark="#12161c")
    # Not as Gradio's own ``css``: it puts its container before every selector.
    head = f"<style>{''.join(map(_asset, _STYLES))}</style><script>{''.join(map(_asset, _SCRIPTS))}</script>"
    return {"theme": theme, "head": head, "footer_links": []}


def _take_uploads(app: FastAPI, desk: Desk) -> None:
    """Files come by ``PUT /upload/NAME``, from visitors who may add papers."""
    from fastapi import HTTPException, Request

    async def upload(name: str, request: Request) -> dict[str, str]:
        caller = caller_of(request)
        if not caller.owner or not blocks.may_edit(desk.shelf.settings, caller):
            raise HTTPException(403, "Papers cannot be added from this page.")
        try:
            return {"token": await desk.uploads.take(caller.owner, name, request)}
        except SourceError as error:
            raise HTTPException(413, str(error)) from error

    upload.__annotations__["request"] = Request  # imported here, so FastAPI could not look it up by its name
    app.add_api_route("/upload/{name}", upload, methods=["PUT"], include_in_schema=False)


@cache
def _asset(name: str) -> str:
    return (resources.files("assistant.surfaces") / "assets" / name).read_text(encoding="utf-8")
