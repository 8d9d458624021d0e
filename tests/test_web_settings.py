"""The view "Settings": what answers, what leaves the machine and how it was set; keys and addresses stay hidden."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from assistant.library import Library
from assistant.settings import Settings
from assistant.shelf import Shelf
from assistant.surfaces.web.desk import Desk
from assistant.surfaces.web.views import settings
from assistant.surfaces.web.visit import Visit
from tests.asking import open_copy
from tests.pages import make_page, open_page
from vectorstore.embeddings import EmbeddingModel


@pytest.fixture(scope="module")
def ingested(model: EmbeddingModel, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """A library of one paper. Shared: copy it."""
    with open_page(make_page(), tmp_path_factory.mktemp("settings"), model) as opened:
        yield opened.library


def drawn(library: Library, folder: Path, *, editing: bool, **given: Any) -> str:
    with open_copy(library, folder, **given) as assistant:
        html = settings.draw(Desk(Shelf(assistant.settings, assistant), editing=editing), Visit())
    return re.sub(r"&#(\d+);", lambda match: chr(int(match[1])), html)


def test_with_nothing_configured_nothing_leaves_the_machine(ingested: Library, tmp_path: Path) -> None:
    html = drawn(ingested, tmp_path, editing=True)
    assert "No chat model: answers are quoted from the papers" in html
    assert "all-MiniLM-L6-v2" in html
    assert "Nothing leaves this machine." in html


def test_a_remote_chat_model_is_named_with_what_it_is_sent(
    ingested: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    url = "https://name:secret@models.example/v1?key=secret"
    html = drawn(ingested, tmp_path, editing=True, chat_model="openai:plain", chat_url=url)
    assert "openai:plain" in html
    assert "conversations are sent to the chat model at " in html
    assert "models.example/v1" in html
    assert "secret" not in html


def test_every_setting_is_listed_with_its_meaning(ingested: Library, tmp_path: Path) -> None:
    html = drawn(ingested, tmp_path, editing=True, s2_api_key="s2-secret", email="ada@example.org")
    rows = dict(re.findall(r"<tr><td><code>PAPERTALK_(\w+)</code></td><td class=\"pt-long\">(.*?)</td>", html))
    assert set(rows) == {name.upper() for name in Settings.model_fields}
    assert rows["S2_API_KEY"] == "set"
    assert rows["OPENALEX_API_KEY"] == "not set"
    assert rows["LIBRARY"] == "<code>ada</code>"
    assert "s2-secret" not in html
    assert "Which library is opened where none is named." in html


def test_who_may_not_change_the_library_sees_no_folder_address_or_table(ingested: Library, tmp_path: Path) -> None:
    html = drawn(ingested, tmp_path, editing=False, email="ada@example.org")
    assert str(tmp_path) not in html
    assert "ada@example.org" not in html
    assert "<table" not in html
    assert "“This machine” is the server" in html
    assert 'data-do="talks-delete-all"' in html
