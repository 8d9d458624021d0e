"""What every test has: no network, no keys, no settings of the user's, a working directory of its own."""

from __future__ import annotations

import ipaddress
import logging
import os
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from assistant.library import Library, open_library
from assistant.settings import load
from assistant.sources.files import read
from tests.chat_server import ChatServer, emptied, serving_chat
from vectorstore.embeddings import EmbeddingModel, open_model

if TYPE_CHECKING:
    from playwright.sync_api import Browser

SAMPLE = Path(__file__).parents[1] / "examples" / "xu_han" / "profile.txt"

_OF_THE_USER = re.compile(r"PAPERTALK_.*|.*_(API_KEY|TOKEN|BASE_URL)|(LANGCHAIN|LANGSMITH|OPENAI|SLACK|CHROMA)_.*")
NO_TELEMETRY = {
    "ANONYMIZED_TELEMETRY": "False",
    "DO_NOT_TRACK": "1",
    "GRADIO_ANALYTICS_ENABLED": "False",
    "HF_HUB_OFFLINE": "1",
    "LANGCHAIN_TRACING_V2": "false",
    "LANGSMITH_TRACING": "false",
}


class NetworkUsed(BaseException):
    """A test reached beyond this machine. No ``except Exception`` on the way hides it."""


def _is_local(address: Any) -> bool:
    if not isinstance(address, tuple):  # a Unix socket
        return True
    host = str(address[0])
    try:
        return host == "localhost" or ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return False


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that open a browser come first: they take longest, and a worker that begins one last keeps all waiting."""
    slow = {item.path for item in items if "browser" in getattr(item, "fixturenames", ())}
    items.sort(key=lambda item: item.path not in slow)


@pytest.fixture(scope="session", autouse=True)
def _on_its_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    connect, connect_ex = socket.socket.connect, socket.socket.connect_ex

    def guarded_connect(self: socket.socket, address: Any) -> None:
        if not _is_local(address):
            raise NetworkUsed(f"a test connects to {address!r}")
        connect(self, address)

    def guarded_connect_ex(self: socket.socket, address: Any) -> int:
        if not _is_local(address):
            raise NetworkUsed(f"a test connects to {address!r}")
        return connect_ex(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded_connect)
        patch.setattr(socket.socket, "connect_ex", guarded_connect_ex)
        for name in [name for name in os.environ if _OF_THE_USER.fullmatch(name)]:
            patch.delenv(name)
        for name, value in NO_TELEMETRY.items():
            patch.setenv(name, value)
        elsewhere = tmp_path_factory.mktemp("session")
        patch.setenv("XDG_DATA_HOME", str(elsewhere / "data"))
        patch.chdir(elsewhere)
        yield


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    """A server that a test runs in this process sends all logs to its own stream; the next test shall not find that."""
    root = logging.getLogger()
    loggers = [root, *(one for one in root.manager.loggerDict.values() if isinstance(one, logging.Logger))]
    before = [(logger, logger.level, logger.handlers[:], logger.propagate) for logger in loggers]
    yield
    logging.captureWarnings(False)
    for logger, level, handlers, propagate in before:
        logger.setLevel(level)
        logger.handlers, logger.propagate = handlers, propagate


@pytest.fixture(autouse=True)
def _in_its_own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="session")
def model() -> EmbeddingModel:
    """The model that a user has with nothing configured."""
    return open_model()


@pytest.fixture(scope="module")
def running() -> Iterator[ChatServer]:
    """A chat model's server for all tests of a module: what they share is configured to ask it."""
    with serving_chat() as server:
        yield server


@pytest.fixture
def server(running: ChatServer) -> Iterator[ChatServer]:
    """The module's server for one test, which gives it no reply too many."""
    yield from emptied(running)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    from tests.web_chat import chromium

    with chromium() as started:
        yield started


@pytest.fixture(scope="session")
def sample_library(model: EmbeddingModel, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """The sample author's 37 papers, as a user has them. Shared by all tests: read it only."""
    settings = load(data_dir=tmp_path_factory.mktemp("sample"), library="xu-han")
    with open_library(settings, model) as library:
        library.ingest(read(SAMPLE))
        yield library
