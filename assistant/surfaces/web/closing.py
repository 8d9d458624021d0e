"""What of Gradio's page nobody may call, and the headers that the page goes out with."""

from __future__ import annotations

# What the page itself calls below Gradio's own path; uploads, files, proxies and the rest answer 404.
_CALLED = frozenset({"queue", "run", "heartbeat", "startup-events", "reset", "cancel", "theme.css"})
_CLOSED = frozenset({"openapi.json", "docs", "redoc", "monitoring", "manifest.json", "robots.txt"})

# The browser refuses what the page should never ask for. Gradio's scripts and styles stand in the page itself.
_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; "
    "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'"
)
HEADERS = [
    (b"content-security-policy", _POLICY.encode()),
    # With 'no-referrer' a browser sends "Origin: null" with a form, such as the one that logs out.
    (b"referrer-policy", b"same-origin"),
    (b"x-content-type-options", b"nosniff"),
]


def is_closed(path: str) -> bool:
    """Whether a path leads to what Gradio brings and the page does not use: files, proxies, its API and its docs."""
    root, _, rest = path.strip("/").partition("/")
    return root in _CLOSED or (root == "gradio_api" and rest.split("/")[0] not in _CALLED)
