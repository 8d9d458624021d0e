"""Chat models by name: a prompt in, a stream of text or an instance of a pydantic schema out.

A model is asked only where the setting ``chat_model`` names one, and prompts go to that model's server alone: no tracer
sees them, whatever the environment says, unless a surrounding LangChain chain hands its callbacks down. An error's
sentence names the model and never repeats the prompt or the reply; nor does the log.

Requests run on an event loop in a thread of its own. So any of them can be ended from any thread, also while nothing
has come yet: the task is cancelled, the connection closes, and the server stops generating.
"""

from __future__ import annotations

import asyncio
import logging
import os
import re
import threading
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator, Iterator, Sequence
from concurrent.futures import CancelledError, Future
from contextlib import aclosing, contextmanager
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from functools import partial
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, TypeVar, cast

from pydantic import BaseModel, ValidationError

from assistant.answers import Usage
from assistant.errors import ConfigError, ModelError, Stopped
from assistant.llm import gguf
from assistant.llm.clients import Clients, NoSchema, Spec, Way, shown
from assistant.llm.failures import Unfinished, describe, is_refused, limit, persist
from assistant.llm.replies import Reply, Spoken, first_fault
from assistant.settings import Settings

if TYPE_CHECKING:
    from langchain_core.callbacks import Callbacks
    from langchain_core.messages import AIMessageChunk
    from langchain_core.runnables import Runnable, RunnableConfig

Schema = TypeVar("Schema", bound=BaseModel)
Result = TypeVar("Result")
Messages = Sequence[tuple[str, str]]
"""Roles (``system``, ``human``), each with what is said in it."""

_LOG = logging.getLogger(__name__)

DEFAULT_CONTEXT = gguf.CONTEXT
"""Tokens that a model is taken to read and write in one request where nothing is known of it."""
DEFAULT_REPLY = 600
"""Tokens that a reply may have."""
_WHOLE = 10
"""Times the time-out: how long one reply may take, though it never falls silent."""


def open_chat_model(settings: Settings) -> ChatModel | None:
    """The model that the settings name, not yet reached; None where they name none.

    Raises:
        ConfigError: the name is not ``provider:model``, or the server and the name do not go together.
    """
    name, url = settings.chat_model, settings.chat_url
    if name is None:
        if url is not None:
            raise ConfigError(
                f"The setting 'chat_url' (PAPERTALK_CHAT_URL) is {shown(url)!r}, but no model is named; "
                f"set PAPERTALK_CHAT_MODEL to 'openai:MODEL', with the server's name of the model."
            )
        return None
    provider, _, model = name.partition(":")
    if not provider or not model:
        raise ConfigError(
            f"The setting 'chat_model' (PAPERTALK_CHAT_MODEL) cannot be {name!r}: "
            f"it is 'provider:model', such as 'openai:gpt-4o-mini'."
        )
    if provider == "gguf" and url is not None:
        raise ConfigError(
            f"The setting 'chat_url' (PAPERTALK_CHAT_URL) is {shown(url)!r}, but {name!r} runs in this process; "
            f"leave one of the two out."
        )
    return ChatModel(
        name,
        url,
        settings.chat_timeout,
        context=settings.chat_context,
        max_tokens=settings.chat_max_tokens,
        prices=(settings.chat_price_input, settings.chat_price_output),
    )


def estimate_tokens(text: str) -> int:
    """How many tokens a text is, without the model's tokenizer, which would have to be downloaded.

    One for every four letters begun of an ASCII word, for each digit and for each other mark; one to three for a
    character beyond ASCII, by its length in UTF-8. Against the 49,000 tokens of SmolLM2's vocabulary, a small one,
    that is 1.3 to 1.4 times the truth on English abstracts, 1.1 on formulas, 1.3 on Russian, 1.5 on Chinese, and 0.85
    on German; larger vocabularies need fewer.
    """
    return sum(-(-len(part) // 4) if part.isascii() else _rarity(part) for part in _PART.findall(text))


_PART = re.compile(r"[A-Za-z]+|\d|[^\sA-Za-z\d]")


def _rarity(character: str) -> int:
    return len(character.encode("utf-8", "surrogatepass")) - 1


class Calls:
    """What the requests for one answer share: who listens to them, what they used, and the switch that ends them.

    Args:
        callbacks: LangChain callbacks of a surrounding chain. None: nobody listens, and no tracer that the
            environment asks for sees anything.
    """

    def __init__(self, callbacks: Callbacks = None) -> None:
        self._callbacks = callbacks
        self._shared = _Shared()

    def under(self, callbacks: Callbacks) -> Calls:
        """The same, listened to by other callbacks."""
        calls = Calls(callbacks)
        calls._shared = self._shared
        return calls

    @property
    def usage(self) -> Usage | None:
        """What all requests so far used; None where there was none."""
        return self._shared.usage

    @property
    def truncated(self) -> bool:
        """Whether a streamed reply was cut off at its longest."""
        return self._shared.truncated

    @property
    def cancelled(self) -> bool:
        return self._shared.cancelled

    def cancel(self) -> None:
        """End every request under way at once, and each later one before it starts. From any thread."""
        with self._shared.lock:
            self._shared.cancelled = True
            under_way = tuple(self._shared.under_way)
        for request in under_way:
            request.cancel()

    def start(self, request: Coroutine[Any, Any, Result]) -> Future[Result]:
        """The outcome of a request, which runs from now on.

        Raises:
            Stopped: it may start no more.
        """
        with self._shared.lock:
            if self._shared.cancelled:
                request.close()
                raise Stopped(_STOPPED)
            # A surrounding chain keeps its callbacks and its tracer in the context.
            context = Context() if self._callbacks is None else copy_context()
            future = context.run(asyncio.run_coroutine_threadsafe, request, _loop())
            self._shared.under_way.add(future)
        future.add_done_callback(self._shared.under_way.discard)
        return future

    def outcome(self, request: Future[Result]) -> Result:
        """What came of a request; waits for it, and ends it where the waiting is interrupted.

        Raises:
            Stopped: it was cancelled.
        """
        try:
            result = request.result()
        except CancelledError:
            raise Stopped(_STOPPED) from None
        except ModelError:
            if self.cancelled:
                raise Stopped(_STOPPED) from None
            raise
        finally:
            request.cancel()
        if self.cancelled:
            raise Stopped(_STOPPED)
        return result

    def count(self, used: Usage) -> None:
        """Add what one request used."""
        with self._shared.lock:
            past = self._shared.usage
            if past is not None:
                has_price = past.cost_usd is not None and used.cost_usd is not None
                used = Usage(
                    past.model,
                    past.requests + used.requests,
                    past.input_tokens + used.input_tokens,
                    past.output_tokens + used.output_tokens,
                    (past.cost_usd or 0.0) + (used.cost_usd or 0.0) if has_price else None,
                )
            self._shared.usage = used

    def mark_truncated(self) -> None:
        self._shared.truncated = True

    @contextmanager
    def listened(self) -> Iterator[RunnableConfig]:
        """The LangChain config of a request, within which nobody else listens."""
        if self._callbacks is not None:
            yield {"callbacks": self._callbacks}
            return
        from langsmith import tracing_context

        with tracing_context(enabled=False):  # whatever the environment says
            yield {"callbacks": []}


_STOPPED = "The request to the chat model was stopped."


@dataclass(slots=True)
class _Shared:
    usage: Usage | None = None
    truncated: bool = False
    cancelled: bool = False
    under_way: set[Future[Any]] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)


class ChatModel:
    """One of LangChain's chat models, or one in a file, opened when it is first asked.

    What may pass (too many requests, a server's failure, a broken connection and, once, a time-out) is asked again,
    at most twice, after the time that the server names or a random one that grows.

    Args:
        name: ``provider:model``, or ``gguf:`` and a path.
        url: another server than the provider's own.
        timeout: seconds that the model may be silent, before its first words and between them.
        context: tokens that it reads and writes in one request. None: what is known of it.
        max_tokens: tokens that a streamed reply may have.
        prices: US dollars for a million tokens read and for a million written.
    """

    def __init__(
        self,
        name: str,
        url: str | None = None,
        timeout: float = 30.0,
        *,
        context: int | None = None,
        max_tokens: int = DEFAULT_REPLY,
        prices: tuple[float | None, float | None] = (None, None),
    ) -> None:
        provider, _, model = name.partition(":")
        self._spec = Spec(provider, model, url, _WHOLE * timeout, context, max_tokens)
        self._clients = Clients(self._spec, lambda closing: asyncio.run_coroutine_threadsafe(closing, _loop()).result())
        self._timeout = timeout
        self._prices = prices
        self._refuses_options = False

    @property
    def name(self) -> str:
        return self._spec.name

    @property
    def where(self) -> str:
        """Where it runs, for people."""
        return self._spec.where

    @property
    def is_local(self) -> bool:
        """Whether it runs on this machine, as far as its address says."""
        return self._spec.is_local

    @property
    def max_tokens(self) -> int:
        """Tokens that a streamed reply may have."""
        return self._spec.max_tokens

    @property
    def context_tokens(self) -> int:
        """Tokens that it reads and writes in one request: what the settings say; for a file, at most what it was
        trained on; what LangChain knows of a provider's model; else 8,192.

        Raises:
            ModelError: the file cannot be read.
        """
        spec = self._spec
        if spec.provider == "gguf":
            return gguf.context_of(spec.path, spec.context)
        if spec.context is not None or spec.url is not None:  # a server of one's own may give a model less room
            return spec.context or DEFAULT_CONTEXT
        try:
            profile = self._clients.client(Way()).profile or {}
        except ModelError:  # the request itself will raise it
            profile = {}
        return profile.get("max_input_tokens") or DEFAULT_CONTEXT

    def count_tokens(self, text: str) -> int:
        """How many tokens a text is, by :func:`estimate_tokens`."""
        return estimate_tokens(text)

    def structured(self, prompt: str, schema: type[Schema], calls: Calls | None = None) -> Schema:
        """The model's reply to a prompt that asks for JSON of that schema.

        The server is given the schema as well; where it ignores or refuses it, the first object in its text that fits
        is taken. No field of the schema may have a default: OpenAI's strict mode takes none, and an object that leaves
        everything out would fit.

        Raises:
            ModelError: the model cannot be used, does not answer in time, declines, or replies in another form.
            Stopped: ``calls`` was cancelled.
        """
        calls = calls or Calls()
        return self._read(calls.outcome(calls.start(self._fill(prompt, schema, calls))), schema)

    def stream(self, system: str, prompt: str, calls: Calls | None = None) -> Generator[str, None, None]:
        """The reply's text, piece by piece as it comes, none of them empty. Closing the iterator ends the request.

        What a model thinks first between ``<think>`` and ``</think>`` is left out. Where the reply was cut off at its
        longest, ``calls.truncated`` says so.

        Raises:
            ModelError: the model cannot be used, does not answer in time, declines, says nothing, or breaks off.
            Stopped: ``calls`` was cancelled.
        """
        calls = calls or Calls()
        pieces: SimpleQueue[str | Future[None]] = SimpleQueue()
        request = calls.start(self._say([("system", system), ("human", prompt)], calls, pieces.put))
        request.add_done_callback(pieces.put)
        try:
            while isinstance(piece := pieces.get(), str) and not calls.cancelled:
                yield piece
            calls.outcome(request)
        finally:
            request.cancel()

    def close(self) -> None:
        """Close its connections; a model in a file leaves the memory. Asked again, it is opened again."""
        self._clients.close()

    async def _say(self, messages: Messages, calls: Calls, put: Callable[[str], None]) -> None:
        spoken = Spoken(put)

        async def attempt() -> None:
            spoken.restart()
            reply = await self._ask(self._ways(), messages, calls, spoken.take)
            spoken.finish()
            self._check(reply, spoken.has_begun)
            if reply.is_cut:
                calls.mark_truncated()

        await persist(attempt, self._timeout, may_repeat=lambda: not spoken.has_begun)

    async def _fill(self, prompt: str, schema: type[BaseModel], calls: Calls) -> Reply:
        ways = [Way(schema, self._refuses_options), *self._ways()[-1:]]
        attempt = partial(self._ask, ways, [("human", prompt)], calls, lambda _: None)
        return await persist(attempt, self._timeout, may_repeat=lambda: True)

    def _ways(self) -> list[Way]:
        """How text is asked for: with options that not every server knows; where it refuses them, without."""
        if self._spec.provider != "openai":
            return [Way()]
        return [Way(spare=True)] if self._refuses_options else [Way(), Way(spare=True)]

    async def _ask(self, ways: Sequence[Way], messages: Messages, calls: Calls, take: Callable[[str], None]) -> Reply:
        """The reply to the first way of asking that is not refused.

        Raises:
            ModelError: there was none.
        """
        *others, last = ways
        for way in others:
            try:
                return await self._request(way, messages, calls, take)
            except NoSchema:
                continue
            except ModelError as error:
                if not isinstance(error.__cause__, Exception) or not is_refused(error.__cause__):
                    raise
        reply = await self._request(last, messages, calls, take)
        self._refuses_options = self._refuses_options or (last.spare and all(way.schema is None for way in others))
        return reply

    async def _request(self, way: Way, messages: Messages, calls: Calls, take: Callable[[str], None]) -> Reply:
        """One reply; what it used is counted however it ends."""
        try:
            asked = await asyncio.to_thread(self._clients.runnable, way)
        except ModelError as error:
            _LOG.warning("%s", error)
            raise
        reply = Reply()
        try:
            with calls.listened() as config:
                async with limit(_WHOLE * self._timeout, "its reply did not end within {} seconds"):
                    await self._collect(asked, messages, config, reply, take)
        except Exception as error:  # any failure of a third party's client is this model not answering
            raise self._failure(error) from error
        finally:
            calls.count(self._used(reply, messages))
        return reply

    async def _collect(
        self,
        asked: Runnable[Any, AIMessageChunk],
        messages: Messages,
        config: RunnableConfig,
        reply: Reply,
        take: Callable[[str], None],
    ) -> None:
        """All chunks of a reply, each within the time-out: ours, so that it holds for every provider."""
        chunks = cast("AsyncGenerator[AIMessageChunk, None]", asked.astream(list(messages), config))
        async with aclosing(chunks):
            while True:
                what = "it fell silent for {} seconds" if reply.text else "no reply came within {} seconds"
                async with limit(self._timeout, what):
                    chunk = await anext(chunks, None)
                if chunk is None:
                    break
                reply.add(chunk)
                take(chunk.text)
        if reply.ending is None and self._spec.speaks_openai:
            raise Unfinished("its reply broke off")

    def _used(self, reply: Reply, messages: Messages) -> Usage:
        """What one request used: as its server counts or, where it tells nothing, by our estimate."""
        read, written = reply.tokens or (0, 0)
        if reply.tokens is None and reply.message is not None:
            read = sum(estimate_tokens(text) for _, text in messages)
            written = estimate_tokens(reply.message.text)
        price_read, price_written = self._prices
        cost = None
        if price_read is not None and price_written is not None:
            cost = (read * price_read + written * price_written) / 1_000_000
        return Usage(self.name, 1, read, written, cost)

    def _check(self, reply: Reply, has_text: bool) -> None:
        """Refuse a reply that is none."""
        if reply.declined:
            raise self._fault("declined to answer")
        if reply.is_cut and not has_text:
            raise self._fault(
                f"spent its {self.max_tokens:,} tokens before it said anything; raise PAPERTALK_CHAT_MAX_TOKENS"
            )
        if not has_text:
            raise self._fault("gave an empty reply", retryable=True)

    def _read(self, reply: Reply, schema: type[Schema]) -> Schema:
        if reply.declined:
            raise self._fault("declined to answer")
        wrong = ""
        for fields in reply.objects():
            try:
                return schema.model_validate(fields)
            except ValidationError as error:
                wrong = wrong or first_fault(error)
        # The validator's own error repeats what the model wrote, so it is not chained.
        if wrong:
            raise self._fault(f"replied in another form than asked ({wrong})", retryable=True)
        if reply.is_cut:
            raise self._fault("did not answer: its reply was cut off at its longest")
        what = "a reply without JSON" if reply.text.strip() else "an empty reply"
        raise self._fault(f"gave {what}", retryable=True)

    def _fault(self, what: str, *, retryable: bool = False) -> ModelError:
        _LOG.warning("The chat model %r %s.", self.name, what)
        return ModelError(f"The chat model {self.name!r} {what}.", retryable=retryable, replied=True)

    def _failure(self, error: Exception) -> ModelError:
        reason, retryable = describe(error, self._timeout)
        _LOG.warning("The chat model %r did not answer: %s: %s.", self.name, type(error).__name__, reason)
        return ModelError(f"The chat model {self.name!r} did not answer: {reason}.", retryable=retryable)


_loops: dict[int, asyncio.AbstractEventLoop] = {}
_starting = threading.Lock()


def _loop() -> asyncio.AbstractEventLoop:
    """The event loop of all requests of this process, which runs in a thread from the first of them on.

    Of this process: a fork has the loop of its parent, but not the thread that ran it.
    """
    with _starting:
        if os.getpid() not in _loops:
            loop = _loops[os.getpid()] = asyncio.new_event_loop()
            threading.Thread(target=loop.run_forever, name="papertalk-chat", daemon=True).start()
        return _loops[os.getpid()]
