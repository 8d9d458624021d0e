"""A Chroma server over HTTP: its address, its collections by name, and its failures in the store's words.

Chroma's own client waits without end for a server that is silent, also while it is made; so its parts are put together
here, with time-outs.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from vectorstore.records import StoreRefused, StoreUnavailable
from vectorstore.requirements import check_sqlite

_CONNECT_SECONDS = 5.0
_SILENT_SECONDS = 30.0
_MAJOR_VERSION = "1"
_TOKEN_HEADER = "x-chroma-token"
_COLLECTIONS_A_PAGE = 1_000
_LONGEST_REASON = 200

Metadata = Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class ServerAddress:
    """Where a Chroma server is, and as whom it is asked. ``token`` is the key of Chroma Cloud, or of a proxy."""

    url: str
    token: str | None = field(default=None, repr=False)
    tenant: str = "default_tenant"
    database: str = "default_database"

    def __str__(self) -> str:
        """The address without a user and a password."""
        parts = urlsplit(self.url)
        return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment=""))


class ChromaServer:
    """A connection. Threads may share it; it survives that the server goes away and comes back.

    Raises, here and from every method:
        StoreUnavailable: the server does not answer, or fails.
        StoreRefused: it is no Chroma server of this version, has no such database, or refuses the key.
        StoreUnsupported: Chroma cannot run on this machine.
    """

    def __init__(self, address: ServerAddress) -> None:
        check_sqlite()
        os.environ.setdefault("ANONYMIZED_TELEMETRY", "False")
        import httpx
        from chromadb.api.fastapi import FastAPI
        from chromadb.config import Settings, System

        self.address = address
        if urlsplit(address.url).scheme not in ("http", "https") or not urlsplit(address.url).hostname:
            raise StoreRefused(f"The address {str(address)!r} is no URL of a Chroma server, such as http://host:8000.")
        settings = Settings(
            anonymized_telemetry=False,
            chroma_api_impl="chromadb.api.fastapi.FastAPI",
            chroma_server_host=address.url.rstrip("/"),
            chroma_server_http_port=urlsplit(address.url).port or 0,
            chroma_server_ssl_verify=None
            if urlsplit(address.url).scheme == "https"
            else False,  # loads no certificates
            chroma_server_headers={_TOKEN_HEADER: address.token} if address.token else {},
        )
        self._api = System(settings).instance(FastAPI)
        self._api._session.timeout = httpx.Timeout(_SILENT_SECONDS, connect=_CONNECT_SECONDS)
        try:
            self._check()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        self._api._session.close()

    def _check(self) -> None:
        with self.translated():
            version = str(self._api.get_version())
            if version.partition(".")[0] != _MAJOR_VERSION:
                raise StoreRefused(
                    f"The Chroma server at {self.address} has version {version}; Papertalk needs {_MAJOR_VERSION}.x."
                )
            self._api.get_database(self.address.database, self.address.tenant)

    @property
    def most_records(self) -> int:
        """How many records it takes at once."""
        with self.translated():
            return int(self._api.get_max_batch_size())

    def collection(self, name: str) -> Any:
        """The collection of that name as it is now; None where there is none."""
        import chromadb.errors

        with self.translated():
            try:
                return self._wrapped(self._api.get_collection(name, **self._where))
            except chromadb.errors.NotFoundError:
                return None

    def create(self, name: str, metadata: Metadata) -> Any:
        """A new collection of vectors that are compared by their cosine; None where there is one of that name.

        Of several that are asked for at once, one alone is made: Chroma's table of collections has a unique index over
        their names.
        """
        import chromadb.errors

        with self.translated():
            try:
                model = self._api.create_collection(
                    name, configuration={"hnsw": {"space": "cosine"}}, metadata=dict(metadata), **self._where
                )
            except chromadb.errors.ChromaError as error:
                if isinstance(error, chromadb.errors.UniqueConstraintError) or "already exists" in str(error):
                    return None
                raise
            return self._wrapped(model)

    def delete(self, name: str) -> None:
        """Remove a collection; that it is not there is no failure."""
        import chromadb.errors

        with self.translated(), contextlib.suppress(chromadb.errors.NotFoundError):
            self._api.delete_collection(name, **self._where)

    def names(self, beginning: str) -> list[str]:
        """The collections whose names begin so."""
        found: list[str] = []
        with self.translated():
            while True:
                page = self._api.list_collections(_COLLECTIONS_A_PAGE, len(found), **self._where)
                found += [model.name for model in page]
                if len(page) < _COLLECTIONS_A_PAGE:
                    return [name for name in found if name.startswith(beginning)]

    @contextlib.contextmanager
    def translated(self) -> Iterator[None]:
        """Chroma's and HTTP's failures in the store's words, without the key."""
        import chromadb.errors
        import httpx

        try:
            yield
        except httpx.TransportError as error:
            raise self._silent() from error
        except (chromadb.errors.AuthorizationError, chromadb.errors.ChromaAuthError) as error:
            raise self._locked_out() from error
        except chromadb.errors.NotFoundError as error:
            raise StoreUnavailable(
                f"The Chroma server at {self.address} says: {self._reason(error)}. If that was rebuilt meanwhile, ask "
                f"again."
            ) from error
        except chromadb.errors.ChromaError as error:
            raise StoreUnavailable(f"The Chroma server at {self.address} failed: {self._reason(error)}.") from error
        except json.JSONDecodeError as error:
            raise self._other() from error
        except (StoreRefused, StoreUnavailable):
            raise
        except Exception as error:
            status = _status_of(error)
            if status is None:
                raise
            if status in (401, 403):
                raise self._locked_out() from error
            if status in (408, 429) or status >= 500:
                raise self._silent(f" (HTTP {status})") from error
            raise self._other() from error

    def _silent(self, detail: str = "") -> StoreUnavailable:
        return StoreUnavailable(
            f"The Chroma server at {self.address} does not answer{detail}; start it, or ask again when it is back."
        )

    def _locked_out(self) -> StoreRefused:
        return StoreRefused(
            f"The Chroma server at {self.address} refuses the key; set PAPERTALK_CHROMA_API_KEY to one that it knows."
        )

    def _other(self) -> StoreRefused:
        return StoreRefused(
            f"What answers at {self.address} is no Chroma server of version {_MAJOR_VERSION}.x; mend "
            f"PAPERTALK_CHROMA_URL."
        )

    def _reason(self, error: Exception) -> str:
        line = str(error).strip().partition("\n")[0][:_LONGEST_REASON].rstrip(".")
        return line.replace(self.address.token, "***") if self.address.token else line

    @property
    def _where(self) -> dict[str, Any]:
        return {"tenant": self.address.tenant, "database": self.address.database}

    def _wrapped(self, model: Any) -> Any:
        from chromadb.api.models.Collection import Collection

        return Collection(client=self._api, model=model, embedding_function=None)


def _status_of(error: BaseException) -> int | None:
    """The HTTP status behind a bare exception of Chroma's client, which raises one for what it does not know."""
    response = getattr(error.__context__, "response", None)
    return None if response is None else int(response.status_code)
