"""LangChain's clients of one chat model: of OpenAI's protocol, of a model in a file, of any other provider.

Each is built when it is first needed, and sends to the one server that it was given.
"""

from __future__ import annotations

import ipaddress
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pydantic import SecretStr

from assistant.errors import ModelError
from assistant.llm import gguf
from assistant.llm.failures import lack

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.runnables import Runnable
    from langchain_openai import ChatOpenAI
    from pydantic import BaseModel

_OPENAI = "https://api.openai.com/v1"


class NoSchema(Exception):
    """A client that takes no schema."""


@dataclass(frozen=True, slots=True)
class Way:
    """How a model is asked: for what schema, if any, and if ``spare``, without what not every server knows."""

    schema: type[BaseModel] | None = None
    spare: bool = False


@dataclass(frozen=True, slots=True)
class Spec:
    """A model by name, with its server; ``context`` and ``max_tokens`` are tokens, ``longest`` is how many seconds a
    whole reply may take."""

    provider: str
    model: str
    url: str | None
    longest: float
    context: int | None
    max_tokens: int

    @property
    def name(self) -> str:
        if self.provider == "gguf":  # where the file lies is nobody's business but its owner's
            return f"gguf:{self.path.name}"
        return f"{self.provider}:{self.model}" + (f"@{shown(self.url)}" if self.url else "")

    @property
    def server(self) -> str | None:
        """The server's address; None where there is none, or only LangChain's client of the provider knows it."""
        if self.url is not None or self.provider != "openai":
            return self.url
        return os.environ.get("OPENAI_API_BASE") or os.environ.get("OPENAI_BASE_URL") or _OPENAI

    @property
    def where(self) -> str:
        if self.provider == "gguf":
            return "in this process"
        return (
            f"at {shown(self.server)}" if self.server not in (None, _OPENAI) else f"at the provider {self.provider!r}"
        )

    @property
    def is_local(self) -> bool:
        return self.provider == "gguf" or is_loopback(self.server)

    @property
    def path(self) -> Path:
        return Path(self.model).expanduser().absolute()

    @property
    def speaks_openai(self) -> bool:
        return self.provider in ("openai", "gguf")


_JSON = 2
"""How many times as long as text a reply of a schema may be: it repeats the schema's names and the papers' words."""


class Clients:
    """The clients of one model.

    Args:
        submit: runs a coroutine on the event loop of the requests, and waits for it.
    """

    def __init__(self, spec: Spec, submit: Callable[[Any], object]) -> None:
        self._spec = spec
        self._submit = submit
        self._built: dict[tuple[int, bool], BaseChatModel] = {}
        self._to_close: list[Callable[[], object]] = []
        self._lock = threading.Lock()

    def runnable(self, way: Way) -> Runnable[Any, Any]:
        """What takes messages and streams chunks.

        Raises:
            ModelError: a package, a key or a file is missing.
            NoSchema: the client takes none.
        """
        client = self.client(way)
        if way.schema is None:
            return client
        options: dict[str, Any] = {"strict": True} if self._spec.speaks_openai else {}
        try:
            # As a dict: with the class itself, OpenAI's client parses, and a reply in other words is lost.
            asking: Any = client.with_structured_output(
                way.schema.model_json_schema(), method="json_schema", include_raw=True, **options
            )
            # The model with the schema bound, without the parser behind it, which would hold all chunks back.
            bound: Runnable[Any, Any] = asking.first.steps__["raw"]
        # A client that takes no schema says so with one of the first two; one that builds its chain of other steps than
        # those above shows it with the last two. Either is then asked in words.
        except (NotImplementedError, ValueError, AttributeError, KeyError) as error:
            raise NoSchema from error
        return bound

    def client(self, way: Way) -> BaseChatModel:
        limit = self._spec.max_tokens * (1 if way.schema is None else _JSON)
        with self._lock:
            if (limit, way.spare) not in self._built:
                self._built[limit, way.spare] = self._open(limit, way.spare)
            return self._built[limit, way.spare]

    def close(self) -> None:
        with self._lock:
            self._built.clear()
            to_close, self._to_close = self._to_close, []
        for close in reversed(to_close):
            close()

    def _open(self, limit: int | None, spare: bool) -> BaseChatModel:
        try:
            if self._spec.provider == "gguf":
                return self._open_file(limit)
            if self._spec.provider == "openai":
                return self._open_openai(limit, spare)
            return self._open_other(limit)
        except ModelError:
            raise
        except Exception as error:  # an unknown provider, a missing package or key: each says so in its own words
            raise ModelError(f"The chat model {self._spec.name!r} {lack(error)}.") from error

    def _open_file(self, limit: int | None) -> BaseChatModel:
        path = self._spec.path
        context = gguf.context_of(path, self._spec.context)
        endpoint = gguf.start(path, context)
        self._to_close.append(lambda: gguf.stop(path, context))
        # Progress on the prompt is a sign of life, though it is no text.
        extra = {"return_progress": True} | ({"max_tokens": limit} if limit else {})
        return self._open_protocol(endpoint.url, endpoint.key, temperature=0, stream_usage=True, extra_body=extra)

    def _open_openai(self, limit: int | None, spare: bool) -> BaseChatModel:
        url = self._spec.url
        key = os.environ.get("OPENAI_API_KEY") or ("none" if url else None)
        if key is None:
            raise ModelError(
                f"The chat model {self._spec.name!r} needs a key: set OPENAI_API_KEY in the environment, "
                f"or PAPERTALK_CHAT_URL to a server of your own."
            )
        options: dict[str, Any] = {"stream_usage": not spare}
        if url is None or spare:
            options["max_tokens"] = limit  # which LangChain sends as "max_completion_tokens", the provider's new name
        else:
            # A server of one's own samples at 0.7 or so unless told; the newest of the providers refuse to be told.
            options |= {"temperature": 0, "extra_body": {"max_tokens": limit} if limit else None}
        if url is not None:
            options["use_responses_api"] = False
        return self._open_protocol(self._spec.server or _OPENAI, key, **options)

    def _open_protocol(self, url: str, key: str, **options: Any) -> BaseChatModel:
        import openai

        # A connection pool of our own: LangChain shares one among all event loops of a process. And what is sent to
        # this machine must not pass through a proxy.
        local = is_loopback(url)
        http = openai.DefaultAsyncHttpxClient(
            timeout=self._spec.longest,
            trust_env=not local,
            proxy=None if local else os.environ.get("OPENAI_PROXY"),
        )
        self._to_close.append(lambda: self._submit(http.aclose()))
        return _openai_client()(
            model=self._spec.model,
            base_url=url,
            api_key=SecretStr(key),
            http_async_client=http,
            openai_proxy=None,
            timeout=self._spec.longest,
            stream_chunk_timeout=None,  # silence is timed by who asks, for every provider alike
            max_retries=0,
            **options,
        )

    def _open_other(self, limit: int | None) -> BaseChatModel:
        from langchain.chat_models import init_chat_model

        options: dict[str, Any] = {"timeout": self._spec.longest, "max_retries": 0}
        if limit is not None:
            options["max_tokens"] = limit
        if self._spec.url is not None:
            options |= {"base_url": self._spec.url, "temperature": 0}
        client: BaseChatModel = init_chat_model(self._spec.model, model_provider=self._spec.provider, **options)
        return client


@cache
def _openai_client() -> type[ChatOpenAI]:
    from langchain_core.messages import AIMessageChunk
    from langchain_core.outputs import ChatGenerationChunk
    from langchain_openai import ChatOpenAI

    class StreamingChatOpenAI(ChatOpenAI):
        """LangChain's client with what its streams lack: refusals, and replies of a schema as they come, without
        OpenAI's beta client, whose import takes a second."""

        def _get_request_payload(self, *args: Any, **options: Any) -> dict[str, Any]:
            payload = super()._get_request_payload(*args, **options)
            if payload.get("stream") and "response_format" in payload:
                extra = payload.get("extra_body") or {}
                payload["extra_body"] = {**extra, "response_format": payload.pop("response_format")}
            return payload

        def _convert_chunk_to_generation_chunk(self, chunk: dict[str, Any], *rest: Any) -> ChatGenerationChunk | None:
            made = super()._convert_chunk_to_generation_chunk(chunk, *rest)
            choices = chunk.get("choices") or [{}]
            refusal = (choices[0].get("delta") or {}).get("refusal")
            if refusal and made is not None and isinstance(made.message, AIMessageChunk):
                made.message.additional_kwargs["refusal"] = refusal
            return made

    return StreamingChatOpenAI


def shown(url: str | None) -> str:
    """An address for people, without a password or a key in it."""
    parts = urlsplit(url or "")
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()


def is_loopback(url: str | None) -> bool:
    """Whether an address is this machine's own."""
    host = urlsplit(url or "").hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
