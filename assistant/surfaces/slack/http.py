"""The Events API over HTTP: one address for events, commands and clicks, for requests that Slack signed alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from assistant.errors import ConfigError
from assistant.surfaces.slack.faults import DOCUMENTED

if TYPE_CHECKING:
    from slack_sdk.signature import SignatureVerifier
    from starlette.requests import Request

    from assistant.surfaces.slack.app import SlackSurface

PATH = "/slack/events"


def routes(surface: SlackSurface) -> list[Route]:
    """What Slack posts to. Nobody else has to be known there: what Slack did not sign is refused.

    Raises:
        ConfigError: the signing secret is not set.
    """
    from slack_bolt.adapter.starlette.async_handler import to_async_bolt_request, to_starlette_response
    from slack_sdk.signature import SignatureVerifier

    if not surface.signing_secret:
        raise ConfigError(
            f"Slack over HTTP needs the signing secret; set PAPERTALK_SLACK_SIGNING_SECRET as {DOCUMENTED} says."
        )
    verifier = SignatureVerifier(surface.signing_secret)

    async def events(request: Request) -> Response:
        if not surface.is_ready:  # Slack comes again
            return JSONResponse({"error": "not ready"}, 503)
        body = await request.body()
        # Bolt looks at the signature too, but takes the body apart before, and expects a time that is a number.
        if not _is_signed(request, body, verifier):
            return JSONResponse({"error": "invalid request"}, 401)
        try:
            given = to_async_bolt_request(request, body)
        except (ValueError, TypeError, AttributeError):
            return JSONResponse({"error": "unknown payload"}, 400)
        return to_starlette_response(await surface.bolt.async_dispatch(given))

    return [Route(PATH, events, methods=["POST"])]


def _is_signed(request: Request, body: bytes, verifier: SignatureVerifier) -> bool:
    timestamp = request.headers.get("x-slack-request-timestamp", "")
    signature = request.headers.get("x-slack-signature", "")
    is_sound = timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12 and signature.isascii()
    try:
        return is_sound and verifier.is_valid(body, timestamp, signature)
    except UnicodeDecodeError:
        return False
