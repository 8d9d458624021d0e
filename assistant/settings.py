"""Settings: the environment, ``.env`` and ``papertalk.toml`` in, values out. Builds nothing."""

from __future__ import annotations

import ipaddress
import re
from pathlib import Path
from typing import Annotated, Any, Literal

from platformdirs import user_data_path
from pydantic import BeforeValidator, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from assistant.errors import ConfigError

_LIBRARY_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_NO_LIBRARY_NAME = "a library's name is letters, digits, '.', '_' and '-', at most 64 of them"


def _split(value: object) -> object:
    """A list in ``papertalk.toml`` is one already; in the environment it has commas."""
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


Listed = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]
"""Several values: a list, or one text with commas."""


class Settings(BaseSettings):
    """What a user can set, as ``PAPERTALK_<NAME>`` or as a line of ``papertalk.toml``; the environment wins."""

    model_config = SettingsConfigDict(
        env_prefix="PAPERTALK_",
        env_file=".env",
        toml_file="papertalk.toml",
        extra="ignore",
        env_ignore_empty=True,
        use_attribute_docstrings=True,
    )

    data_dir: Path = Field(default_factory=lambda: user_data_path("papertalk", appauthor=False))
    """Where libraries are kept."""
    library: str = "default"
    """Which library is opened where none is named."""
    embedding_model: str = "minilm"
    """``minilm`` (local), ``fastembed:MODEL`` or LangChain's ``provider:model``."""
    embedding_url: str | None = None
    """An OpenAI-compatible server for ``openai:MODEL``."""
    chat_model: str | None = None
    """LangChain's ``provider:model``. None: no model is asked, whatever keys the environment holds."""
    chat_url: str | None = None
    """An OpenAI-compatible server for ``openai:MODEL``."""
    chat_timeout: float = Field(default=30.0, gt=0, allow_inf_nan=False)
    """Seconds that the chat model may be silent, before its first words and between them; a whole reply may take ten
    times as long."""
    chat_context: int | None = Field(default=None, ge=512)
    """Tokens that the chat model reads and writes in one request; evidence that does not fit is left out. None: what is
    known of it, else 8,192."""
    chat_max_tokens: int = Field(default=600, ge=16)
    """Tokens that an answer of the chat model may have."""
    chat_price_input: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    """US dollars for a million tokens that the chat model reads; with the next, answers tell their cost."""
    chat_price_output: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    """US dollars for a million tokens that it writes."""
    grounding: Literal["strict", "mark"] = "strict"
    """What becomes of a generated sentence that no passage supports: left out, or kept with a mark."""
    email: str | None = None
    """Your address. Sent along when a service is asked for papers, as these wish, so that they can tell whom their
    limits hit."""
    s2_api_key: SecretStr | None = None
    """A key of Semantic Scholar, which raises its limits."""
    openalex_api_key: SecretStr | None = None
    """A key of OpenAlex; without one it gives little a day."""
    web_cache_days: float = Field(default=1.0, ge=0, allow_inf_nan=False)
    """Days for which a service's reply is used again before it is asked anew."""
    allow_private_addresses: bool = False
    """Whether a link may lead to this machine or its own network."""
    host: str = "127.0.0.1"
    """Where the web chat listens."""
    web_editing: bool | None = None
    """Whether visitors of the web chat may add and remove papers and decide who is who. None: where it listens on this
    machine alone."""
    port: int = Field(default=7860, ge=0, le=65535)
    """Its port; 0 is any that is free."""

    access: Literal["local", "keys", "public"] = "local"
    """Who may use what is served. ``local``: whoever reaches this machine's own address, for everything. ``keys``: API
    keys, and users who log in. ``public``: everybody may read and ask; the rest takes a key or a login."""
    rate_limit: str = "60/minute"
    """Requests that one key, one user, or one address without either may make, such as ``10/second``."""
    login_limit: str = "5/minute"
    """Logins that may be tried from one address, and for one user."""
    answers_at_once: int = Field(default=40, ge=1)
    """Questions that are answered side by side."""
    answers_waiting: int = Field(default=100, ge=0)
    """Questions that may wait for that; one more is refused, and told when to ask again."""
    answer_timeout: float = Field(default=120.0, gt=0, allow_inf_nan=False)
    """Seconds that an answer may take over HTTP."""
    max_body_mb: int = Field(default=2, ge=1)
    """Megabytes of a request that brings no files."""
    max_upload_mb: int = Field(default=200, ge=1)
    """Megabytes of one uploaded file."""
    trusted_proxies: Listed = ()
    """Addresses or networks of proxies whose ``X-Forwarded-For`` and ``X-Forwarded-Proto`` are believed, such as
    ``127.0.0.1,10.0.0.0/8``."""
    allowed_hosts: Listed = ()
    """Host names under which the server answers, such as ``papers.example.org``. Empty: any, where it does not listen
    on this machine alone."""
    cors_origins: Listed = ()
    """Origins whose pages may call the API from a browser, such as ``https://lab.example.org``."""
    log_format: Literal["text", "json"] = "text"
    """How ``papertalk serve`` writes its log: lines of text, or of JSON."""
    metrics: bool = True
    """Whether ``/metrics`` shows figures for Prometheus."""
    otel_endpoint: str | None = None
    """An OpenTelemetry collector (OTLP over HTTP) that traces are sent to; needs the extra ``otel``. None: none are
    made."""
    chroma_url: str | None = None
    """A Chroma server that keeps the libraries, such as ``http://localhost:8000``. None: they lie in ``data_dir``."""
    chroma_api_key: SecretStr | None = None
    """The key of Chroma Cloud, or of a server that asks for a token."""
    chroma_tenant: str = "default_tenant"
    """The tenant at the Chroma server."""
    chroma_database: str = "default_database"
    """Its database."""
    public_url: str | None = None
    """Where people reach the web chat, such as ``https://papers.example.org``: answers in chat platforms link to it."""
    slack_bot_token: SecretStr | None = None
    """The bot token of the Slack app (``xoxb-...``); docs/slack.md says where each of these comes from."""
    slack_app_token: SecretStr | None = None
    """Its app-level token (``xapp-...``), with which it listens without a public address (Socket Mode)."""
    slack_signing_secret: SecretStr | None = None
    """What Slack signs its requests with, where it reaches the app over HTTP."""
    slack_editors: Listed = ()
    """Slack's ids of those who may add papers and choose what a channel asks, such as ``U012AB3CD``."""
    slack_api_url: str = "https://slack.com/api/"
    """Where Slack's Web API is; another for GovSlack."""
    mattermost_url: str | None = None
    """The Mattermost server, such as ``https://chat.example.org``: later answers go to it alone."""
    mattermost_tokens: Annotated[tuple[SecretStr, ...], NoDecode, BeforeValidator(_split)] = ()
    """The tokens of its slash command and its outgoing webhook."""
    mattermost_editors: Listed = ()
    """Mattermost's ids of those who may add papers and choose what a channel asks."""
    log_messages: bool = False
    """Whether the log of a chat platform's messages may hold their text."""

    @field_validator("library")
    @classmethod
    def _a_folder_name(cls, value: str) -> str:
        if not _LIBRARY_NAME.fullmatch(value):
            raise ValueError(_NO_LIBRARY_NAME)
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for one in value:
            ipaddress.ip_network(one, strict=False)
        return value

    @field_validator("rate_limit", "login_limit")
    @classmethod
    def _a_rate(cls, value: str) -> str:
        from limits import parse_many

        try:
            parse_many(value)
        except ValueError as error:
            raise ValueError("a rate is a number and a span, such as 60/minute") from error
        return value

    @field_validator("data_dir")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, dotenv_settings, TomlConfigSettingsSource(settings_cls)

    @property
    def library_dir(self) -> Path:
        return self.data_dir / "libraries" / self.library


def check_library_name(name: str) -> None:
    """
    Raises:
        ConfigError: no library can be called so.
    """
    if not _LIBRARY_NAME.fullmatch(name):
        raise ConfigError(f"No library can be called {name!r}: {_NO_LIBRARY_NAME}.")


def load(**overrides: Any) -> Settings:
    """The settings, with those given here (None is not given) above all others.

    Raises:
        ConfigError: a value is not one, or ``papertalk.toml`` cannot be read.
    """
    try:
        return Settings(**{name: value for name, value in overrides.items() if value is not None})
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]) if first["loc"] else "settings"
        reason = str(first["msg"]).removeprefix("Value error, ")
        raise ConfigError(
            f"The setting {name!r} (PAPERTALK_{name.upper()}) cannot be {first['input']!r}: {reason}."
        ) from error
    except ValueError as error:  # tomllib's own error, and a .env that is no text
        raise ConfigError(f"The file 'papertalk.toml' or '.env' cannot be read: {error}.") from error
