"""Chat models by name: a prompt in, an instance of a pydantic schema out.

A model is asked only where the setting ``chat_model`` names one, and prompts go to that model's server alone: no tracer
sees them, whatever the environment or a surrounding chain says. An error's sentence names the model and never repeats
the prompt or the reply.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ValidationError

from assistant.errors import ConfigError, ModelError

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import AIMessage
    from langchain_core.runnables import Runnable, RunnableConfig

Schema = TypeVar("Schema", bound=BaseModel)

_RETRIES = 1  # of the provider's client; more would keep a reader waiting for several times the time-out
_THOUGHT = re.compile(r"\A.*</think>", re.DOTALL)
# What LangChain's and the providers' messages say is missing.
_PACKAGE = re.compile(r"pip install ([\w-]+)")
_KEY = re.compile(r"\b[A-Z][A-Z_]*_API_KEY\b")


def open_chat_model(name: str | None, url: str | None, timeout: float) -> ChatModel | None:
    """The model of that name, not yet reached; None where none is named.

    Raises:
        ConfigError: the name is not ``provider:model``, or there is a server and no name.
    """
    if name is None:
        if url is not None:
            raise ConfigError(
                f"The setting 'chat_url' (PAPERTALK_CHAT_URL) is {url!r}, but no model is named; "
                f"set PAPERTALK_CHAT_MODEL to 'openai:MODEL', with the server's name of the model."
            )
        return None
    provider, _, model = name.partition(":")
    if not provider or not model:
        raise ConfigError(
            f"The setting 'chat_model' (PAPERTALK_CHAT_MODEL) cannot be {name!r}: "
            f"it is 'provider:model', such as 'openai:gpt-4o-mini'."
        )
    return ChatModel(name, url, timeout)


class ChatModel:
    """One of LangChain's chat models, built when it is first asked.

    Args:
        name: ``provider:model``.
        url: another server than the provider's own.
        timeout: seconds that one attempt may take; an attempt that fails in passing is made once more.
    """

    def __init__(self, name: str, url: str | None = None, timeout: float = 30.0) -> None:
        self.name = name if url is None else f"{name}@{url}"
        self._provider, _, self._model = name.partition(":")
        self._url = url
        self._timeout = timeout

    def structured(self, prompt: str, schema: type[Schema]) -> Schema:
        """The model's reply to a prompt that asks for JSON of that schema.

        The server is given the schema as well; where it ignores or refuses it, the first object in its text that fits
        is taken. No field of the schema may have a default: OpenAI's strict mode takes none, and an object that leaves
        everything out would fit.

        Raises:
            ModelError: the model cannot be used, does not answer in time, declines, or replies in another form.
        """
        client = self._client
        try:
            message = _ask(client, prompt, schema, strict=self._provider == "openai")
        except Exception as error:  # any failure of a third party's client is this model not answering
            raise self._failure(error) from error
        return self._read(message, schema)

    @cached_property
    def _client(self) -> BaseChatModel:
        from langchain.chat_models import init_chat_model

        options: dict[str, Any] = {"timeout": self._timeout, "max_retries": _RETRIES}
        if self._url is not None:
            # A server of one's own samples at 0.7 or so unless told; the newest of the providers refuse to be told.
            options |= {"base_url": self._url, "temperature": 0}
            if self._provider == "openai":
                options["api_key"] = os.environ.get("OPENAI_API_KEY") or "none"
        try:
            client: BaseChatModel = init_chat_model(self._model, model_provider=self._provider, **options)
        except Exception as error:  # an unknown provider, a missing package or key: each says so in its own words
            raise ModelError(f"The chat model {self.name!r} {_lack(error)}.") from error
        return client

    def _read(self, message: AIMessage, schema: type[Schema]) -> Schema:
        if message.additional_kwargs.get("refusal") or message.response_metadata.get("stop_reason") == "refusal":
            raise ModelError(f"The chat model {self.name!r} declined to answer.")
        text = _THOUGHT.sub("", message.text)
        found = [*_objects(text), *(call["args"] for call in message.tool_calls)]
        if not found:
            what = "a reply without JSON" if text.strip() else "an empty reply"
            raise ModelError(f"The chat model {self.name!r} gave {what}.", retryable=True)
        wrong = ""
        for fields in found:
            try:
                return schema.model_validate(fields)
            except ValidationError as error:
                wrong = wrong or _first_fault(error)
        # The validator's own error repeats what the model wrote, so it is not chained.
        raise ModelError(f"The chat model {self.name!r} replied in another form than asked ({wrong}).", retryable=True)

    def _failure(self, error: Exception) -> ModelError:
        """What went wrong in our words: a server's own may repeat the prompt or the key."""
        import openai
        from langchain_core import exceptions

        reasons: dict[type[Exception], str] = {
            exceptions.ModelTimeoutError: f"no reply came within {self._timeout:g} seconds",
            exceptions.ModelConnectionError: "its server cannot be reached, or broke off",
            exceptions.ModelRateLimitError: "too many requests, or the quota is used up",
            exceptions.ModelAPIError: "its server failed",
            exceptions.ModelAuthenticationError: "the key is missing or wrong",
            exceptions.ModelPermissionDeniedError: "the key may not use this model",
            exceptions.ModelNotFoundError: "its server knows no such model or address",
            exceptions.ContextOverflowError: "the text is longer than it reads",
            exceptions.ModelInvalidRequestError: "its server refused the request",
            openai.LengthFinishReasonError: "its reply was cut off at its longest",
            openai.ContentFilterFinishReasonError: "it declined to answer",
        }
        known = next((reason for kind, reason in reasons.items() if isinstance(error, kind)), None)
        status = getattr(error, "status_code", None)
        if isinstance(error, exceptions.ModelError):
            passing = error.is_retryable
        else:
            passing = known is None and (status is None or status in (408, 409, 429) or status >= 500)
        reason = known or f"its client raised {type(error).__name__}"
        return ModelError(
            f"The chat model {self.name!r} did not answer: {reason}{f' (status {status})' if status else ''}.",
            retryable=passing,
        )


def _lack(error: Exception) -> str:
    if package := _PACKAGE.search(str(error)):
        return f"needs: pip install {package[1]}"
    if key := _KEY.search(str(error)):
        return f"needs a key: set {key[0]} in the environment"
    reason = re.split(r"[.\n]+(?:\s|$)", str(error).strip())[0]
    return f"cannot be used: {reason or type(error).__name__}"


def _ask(client: BaseChatModel, prompt: str, schema: type[BaseModel], *, strict: bool) -> AIMessage:
    """The reply as it came. The schema goes along where the client and the server take one."""
    from langchain_core.exceptions import ModelInvalidRequestError
    from langsmith import tracing_context

    options: dict[str, Any] = {"strict": True} if strict else {}
    # No callbacks, since a surrounding chain hands down its tracer, and the context is for that of the environment.
    untraced: RunnableConfig = {"callbacks": []}
    with tracing_context(enabled=False):
        try:
            # As a dict: with the class itself, OpenAI's client parses, and a reply in other words is lost.
            asking: Runnable[Any, Any] = client.with_structured_output(
                schema.model_json_schema(), method="json_schema", include_raw=True, **options
            )
            raw: AIMessage = asking.invoke(prompt, untraced)["raw"]
        except (NotImplementedError, ValueError, ModelInvalidRequestError):  # a client or a server that takes no schema
            raw = client.invoke(prompt, untraced)
    return raw


def _objects(text: str) -> Iterator[dict[str, Any]]:
    """Every JSON object in a text, outermost ones, in order."""
    decoder = json.JSONDecoder()
    place = text.find("{")
    while place >= 0:
        try:
            fields, end = decoder.raw_decode(text, place)
        except (ValueError, RecursionError):
            place = text.find("{", place + 1)
        else:
            yield fields
            place = text.find("{", end)


def _first_fault(error: ValidationError) -> str:
    fault = error.errors(include_input=False, include_url=False, include_context=False)[0]
    # The place of a key too many is that key, in the model's words.
    steps = fault["loc"][:-1] if fault["type"] == "extra_forbidden" else fault["loc"]
    return f"{'.'.join(map(str, steps)) or 'the object'}: {fault['msg']}"
