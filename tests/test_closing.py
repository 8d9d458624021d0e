"""Libraries that are closed while they are read: deleted, or changed over to a backup, under questions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Barrier, Event

import pytest

from assistant import Assistant
from assistant.backups import backup, restore
from assistant.errors import LibraryError
from assistant.settings import load
from tests.asking import is_one_sentence
from tests.fakes import FirstWords
from tests.papers import PAPERS
from tests.serving import Server, empty_assistant, serving

ASKING = 4
HONEST = {200, 404, 409, 503}
"""What a question may be answered with while its library goes: an answer, gone, closed, not to be had now."""


def test_whoever_still_reads_a_library_that_was_closed_is_told_so_in_a_sentence(tmp_path: Path) -> None:
    with Assistant(settings=load(library="ada", data_dir=tmp_path), model=FirstWords()) as assistant:
        assistant.take_in(PAPERS)
        snapshot = assistant.library.snapshot()
        assistant.close()
        for read in (
            lambda: assistant.ask("What do looms weave?"),
            lambda: assistant.related(next(iter(snapshot.papers))),
            lambda: assistant.take_in(PAPERS),
            lambda: backup(assistant, tmp_path / "ada.papertalk"),
        ):
            with pytest.raises(LibraryError) as caught:
                read()
            assert "closed" in str(caught.value)
            assert is_one_sentence(str(caught.value))
        assert len(snapshot.papers) == len(PAPERS)  # what is in memory stays


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with empty_assistant(tmp_path, FirstWords()) as assistant, serving(assistant) as served:
        yield served


@contextmanager
def under_questions(server: Server, library: str) -> Iterator[Counter[int]]:
    """Clients ask about a library all the while; how often each status came, once the block has ended."""
    statuses: Counter[int] = Counter()
    begun, over = Barrier(ASKING + 1), Event()

    def ask_on() -> Counter[int]:
        seen: Counter[int] = Counter()
        with server.as_caller("read") as client:
            while not over.is_set():
                response = client.post(f"/libraries/{library}/ask", json={"question": "What do looms weave?"})
                if not seen:
                    begun.wait(60)
                seen[response.status_code] += 1
                if response.status_code != 200:
                    assert response.headers["content-type"] == "application/problem+json"
        return seen

    with ThreadPoolExecutor(ASKING) as threads:
        asking = [threads.submit(ask_on) for _ in range(ASKING)]
        begun.wait(60)
        try:
            yield statuses
        finally:
            over.set()
        for one in asking:
            statuses.update(one.result())


def test_a_library_is_deleted_under_questions(server: Server, tmp_path: Path) -> None:
    with server.as_caller("admin") as admin:
        for _ in range(3):
            assert admin.post("/libraries", json={"name": "ada"}).status_code == 201
            server.service.shelf.open("ada").take_in(PAPERS)
            with under_questions(server, "ada") as statuses:
                gone = admin.delete("/libraries/ada", params={"confirm": "ada"})
                after = admin.get("/libraries/ada")
            assert gone.status_code == 204
            assert after.status_code == 404
            assert set(statuses) <= HONEST
            assert statuses[404]
            assert [path.name for path in (tmp_path / "libraries").iterdir()] == ["curie"]


def test_a_library_is_changed_over_to_a_backup_under_questions(server: Server, tmp_path: Path) -> None:
    file = tmp_path / "curie.papertalk"
    shelf = server.service.shelf
    shelf.first.take_in(PAPERS[:2])
    backup(shelf.first, file)
    shelf.first.take_in(PAPERS)
    with server.as_caller("owner") as owner:
        with under_questions(server, "curie") as statuses:
            report = restore(file, shelf.settings, replace=True, model=FirstWords(), aside=shelf.aside("curie"))
            listed = owner.get("/libraries/curie/papers").json()
        assert report.papers == listed["total"] == 2
        assert set(statuses) <= HONEST
        assert owner.post("/libraries/curie/ingest", json={"text": "@misc{a, title={A New Loom}}"}).status_code == 202
