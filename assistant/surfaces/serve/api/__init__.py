"""The REST API, one module a subject. :func:`application` puts them together."""

from __future__ import annotations

from assistant.surfaces.serve.api.rest import PREFIX, application

__all__ = ["PREFIX", "application"]
