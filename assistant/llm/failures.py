"""What goes wrong when a chat model is asked: in our words, whether it may pass, and when to ask again.

A server's own words are for nobody's eyes: they may repeat the prompt or the key.
"""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, TypeVar

from assistant.errors import ModelError

if TYPE_CHECKING:
    from tenacity import RetryCallState

Result = TypeVar("Result")

_RETRIES = 2
_FIRST_WAIT, _LONGEST_WAIT = 0.5, 8.0
"""Seconds before a retry, where the server names none: random, up to the first, and twice as much each time (the "full
jitter" of M. Brooker, Exponential Backoff And Jitter, AWS Architecture Blog 2015)."""

_PACKAGE = re.compile(r"pip install ([\w-]+)")
_KEY = re.compile(r"\b[A-Z][A-Z_]*_API_KEY\b")
"""What LangChain's and the providers' messages say is missing."""
_TOO_LONG = re.compile(
    r"context_length_exceeded|exceed_context_size|context (?:length|size|window)|prompt is too long"
    r"|input is too long|token count.{0,40}exceeds",
    re.IGNORECASE,
)
"""How servers say that a prompt is longer than the model reads: OpenAI, llama.cpp, vLLM, Anthropic, Bedrock, Gemini."""
_BY_STATUS = {
    400: "its server refused the request",
    401: "the key is missing or wrong",
    403: "the key may not use this model",
    404: "its server knows no such model or address",
    413: "the text is longer than it reads",
    422: "its server refused the request",
    429: "too many requests, or the quota is used up",
}
_PASSING = (408, 409, 429)
"""Of the statuses below 500, those that may pass."""


class Unfinished(Exception):
    """A reply that did not come to its end; the text says in what way."""


class TimedOut(Unfinished):
    """A reply that took too long."""


@asynccontextmanager
async def limit(seconds: float, what: str) -> AsyncIterator[None]:
    """End what runs within after so many seconds.

    Raises:
        TimedOut: they are over; it says ``what``, in which ``{}`` is their number.
    """
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError as error:
        raise TimedOut(what.format(f"{seconds:g}")) from error


def describe(error: Exception, timeout: float) -> tuple[str, bool]:
    """Why the model did not answer, with the status of its server's reply, and whether asking again may help."""
    reason, retryable = _reason(error, timeout)
    status = _status(error)
    return f"{reason}{f' (status {status})' if status else ''}", retryable


def _reason(error: Exception, timeout: float) -> tuple[str, bool]:
    import httpx
    import openai
    from langchain_core import exceptions

    status = _status(error)
    if isinstance(error, Unfinished):
        return str(error), True
    if _is_too_long(error):
        return "the text is longer than it reads", False
    if isinstance(error, (exceptions.ModelTimeoutError, httpx.TimeoutException, TimeoutError)):
        return f"no reply came within {timeout:g} seconds", True
    if isinstance(error, (exceptions.ModelConnectionError, httpx.TransportError, OSError)):
        return "its server cannot be reached, or broke off", True
    if isinstance(error, openai.LengthFinishReasonError):
        return "its reply was cut off at its longest", False
    if isinstance(error, openai.ContentFilterFinishReasonError):
        return "it declined to answer", False
    if getattr(error, "code", None) == "insufficient_quota":
        return "the quota is used up", False
    if status is not None:
        known = "its server failed" if status >= 500 else _BY_STATUS.get(status)
        return known or f"its client raised {type(error).__name__}", status >= 500 or status in _PASSING
    if isinstance(error, openai.APIError):  # an error in the midst of a stream
        return "its server failed", True
    if isinstance(error, ValueError):
        return "its server sent what cannot be read", True
    return f"its client raised {type(error).__name__}", True


def is_refused(error: Exception) -> bool:
    """Whether the server refuses the request as it is put, so that one with fewer options may be taken."""
    return _status(error) in (400, 422) and not _is_too_long(error)


def _is_too_long(error: Exception) -> bool:
    from langchain_core.exceptions import ContextOverflowError

    if isinstance(error, ContextOverflowError):
        return True
    said = f"{error} {getattr(error, 'code', '')} {getattr(error, 'type', '')}"
    return _status(error) in (None, 400, 413, 422) and bool(_TOO_LONG.search(said))


def lack(error: Exception) -> str:
    """What is missing where a client cannot even be built."""
    if package := _PACKAGE.search(str(error)):
        return f"needs: pip install {package[1]}"
    if key := _KEY.search(str(error)):
        return f"needs a key: set {key[0]} in the environment"
    reason = re.split(r"[.\n]+(?:\s|$)", str(error).strip())[0]
    return f"cannot be used: {reason or type(error).__name__}"


async def persist(attempt: Callable[[], Awaitable[Result]], timeout: float, may_repeat: Callable[[], bool]) -> Result:
    """The outcome of an attempt, made again, twice at most, where its :class:`ModelError` may pass.

    A wait that the server asks for is kept; where it is longer than the time-out, the attempt is given up at once.
    """
    from tenacity import AsyncRetrying, stop_after_attempt, wait_random_exponential

    backoff = wait_random_exponential(multiplier=_FIRST_WAIT, max=_LONGEST_WAIT)

    def wait(state: RetryCallState) -> float:
        asked = _asked_wait(_cause(state))
        # A little more than asked, so that not all who were sent away come back in one moment.
        return backoff(state) if asked is None else asked * (1 + 0.1 * random.random())

    retrying = AsyncRetrying(
        stop=stop_after_attempt(1 + _RETRIES),
        wait=wait,
        retry=lambda state: may_repeat() and _may_pass(state, timeout),
        reraise=True,
    )
    return await retrying(attempt)


def _may_pass(state: RetryCallState, timeout: float) -> bool:
    error, cause = state.outcome.exception() if state.outcome else None, _cause(state)
    if not isinstance(error, ModelError) or not error.retryable or cause is None:
        return False
    if _is_timeout(cause) and state.attempt_number > 1:
        return False
    if _headers(cause).get("x-should-retry") == "false":  # OpenAI's own word on it
        return False
    return (_asked_wait(cause) or 0) <= timeout


def _cause(state: RetryCallState) -> BaseException | None:
    error = state.outcome.exception() if state.outcome else None
    return error.__cause__ if error else None


def _is_timeout(error: BaseException) -> bool:
    import httpx
    from langchain_core.exceptions import ModelTimeoutError

    return isinstance(error, (TimedOut, ModelTimeoutError, httpx.TimeoutException, TimeoutError))


def _status(error: BaseException) -> int | None:
    """The HTTP status of a server's reply: the providers' clients keep it in different places."""
    for holder in (error, getattr(error, "response", None)):
        for name in ("status_code", "code"):
            status = getattr(holder, name, None)
            if isinstance(status, int):
                return status
    return None


def _headers(error: BaseException | None) -> Any:
    return getattr(getattr(error, "response", None), "headers", None) or {}


def _asked_wait(error: BaseException | None) -> float | None:
    """Seconds that the server asks to wait: Retry-After in seconds or as a date (RFC 9110, 10.2.3), or OpenAI's in
    milliseconds."""
    headers = _headers(error)
    try:
        if milliseconds := headers.get("retry-after-ms"):
            return max(0.0, float(milliseconds) / 1000)
    except ValueError:
        pass
    after = headers.get("retry-after")
    if not after:
        return None
    try:
        return max(0.0, float(after))
    except ValueError:
        pass
    try:
        moment = parsedate_to_datetime(after)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())
