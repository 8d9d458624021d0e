"""Who sends a request, and what they may do. The guard finds it out; routes ask for it with :func:`needs`."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from fastapi import Depends, HTTPException
from starlette.requests import HTTPConnection

from assistant.access import Scope

UNAUTHENTICATED = {"WWW-Authenticate": 'Bearer realm="papertalk"'}
"""The header that goes with status 401 (RFC 9110, section 11.6.1)."""

request_id: ContextVar[str] = ContextVar("request_id", default="")
"""What the request that is being answered is called, in logs and towards its sender."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sends a request.

    ``name`` is a key's, a user's, or empty for a visitor whom nothing is known of. ``owner`` is whose conversations
    they may see, and cannot be guessed: a key's, a user's, or the visitor's by the page's cookie. It is empty for
    whoever is at this machine, whose conversations are those of the command line.
    """

    name: str
    scopes: frozenset[Scope]
    owner: str

    def may(self, scope: Scope) -> bool:
        return scope in self.scopes


def caller_of(request: HTTPConnection) -> Caller:
    """The caller whom the guard has put into the request's state."""
    caller = request.scope["state"]["caller"]
    assert isinstance(caller, Caller)
    return caller


def needs(scope: Scope) -> Any:
    """A dependency of a FastAPI route: its value is the :class:`Caller`, who may do this.

    A caller who may not is refused: with 401 where a key or a login could help, else with 403.
    """

    def allowed(request: HTTPConnection) -> Caller:
        caller = caller_of(request)
        if caller.may(scope):
            return caller
        if scope == "owner":
            raise HTTPException(403, "This is for this machine's user alone, who proves it by the token file.")
        if not caller.name:
            raise HTTPException(401, f"This takes a key or a login with the scope {scope!r}.", UNAUTHENTICATED)
        raise HTTPException(403, f"This takes the scope {scope!r}, which {caller.name!r} does not have.")

    return Depends(allowed)
