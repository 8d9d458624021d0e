"""Libraries on a real Chroma server: several processes read and change them, are killed, and the server goes away."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from assistant.answers import Finished, Planned
from assistant.api import Assistant
from assistant.backups import backup, restore
from assistant.errors import (
    AssistantError,
    ConfigError,
    EmbeddingMismatch,
    LibraryError,
    LibraryNotFound,
    LibraryUnavailable,
)
from assistant.library import Library, open_library, reindex
from assistant.settings import Settings, load
from assistant.shelf import Shelf
from tests.children import numbered_papers, start
from tests.chroma_server import ChromaServerProcess, serving_chroma
from tests.fakes import FirstWords, failing_at
from tests.loopback import listening
from tests.papers import ADA, PAPERS, make_paper
from vectorstore import chroma_server, lease, served
from vectorstore.chroma_server import ChromaServer, ServerAddress
from vectorstore.lease import Lease
from vectorstore.records import StoreUnavailable
from vectorstore.served import ServedStore, served_names
from vectorstore.store import ids_of

KEY = "ck-secret-of-the-test"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChromaServerProcess]:
    with serving_chroma(tmp_path_factory.mktemp("chroma")) as running:
        yield running


@pytest.fixture
def address(server: ChromaServerProcess) -> Iterator[ServerAddress]:
    """The server, with nothing on it."""
    where = ServerAddress(server.url)
    yield where
    client = ChromaServer(where)
    for name in client.names(""):
        client.delete(name)
    client.close()


@pytest.fixture
def settings(address: ServerAddress, tmp_path: Path) -> Settings:
    return load(data_dir=tmp_path / "data", library="test", chroma_url=address.url)


@pytest.fixture
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every look at the pointer is taken, and who is silent for a second is taken for dead."""
    monkeypatch.setattr(served, "_LOOK_EVERY", 0.0)
    monkeypatch.setattr(served, "_SHARE_OF_TIME", 0)
    monkeypatch.setattr(lease, "PATIENCE", 1.0)
    monkeypatch.setattr(lease, "_LOOK_EVERY", 0.05)


at_once = pytest.mark.usefixtures("_at_once")


@contextmanager
def opened(settings: Settings, count: int = 2) -> Iterator[list[Assistant]]:
    """Several assistants over one library, as if each were in a process of its own."""
    with ExitStack() as stack:
        yield [stack.enter_context(Assistant(settings=settings, model=FirstWords())) for _ in range(count)]


def titles(assistant: Assistant) -> list[str]:
    return [paper.title for paper in assistant.papers()]


def assert_whole(library: Library) -> None:
    """Every paper has all its records, and no record is without its paper."""
    store = library.store
    expected = [i for document in store.documents.values() for i in ids_of(document)]
    assert [record.id for record in store.get(expected)] == expected
    assert sorted(hit.id for hit in store.nearest(store.model.embed(["words"]), 100_000)) == sorted(expected)
    assert sorted(store.keywords.search("engine", 100_000, {"title": 1.0}), key=lambda hit: hit.id) == sorted(
        store.matching("engine", 100_000, {"title": 1.0}), key=lambda hit: hit.id
    )


# several processes


@at_once
def test_what_one_takes_in_changes_and_removes_the_others_answer_from(settings: Settings) -> None:
    with opened(settings) as (one, other):
        one.take_in(PAPERS)
        assert titles(other) == [paper.title for paper in PAPERS]
        assert "6 papers" in other.ask("How many papers are there?").text
        found = other.library.store.matching("shuttles", 5, {"text": 1.0})
        assert [other.library.papers[hit.id].title for hit in found] == ["Gears"]
        other.remove(next(key for key in other.library.papers if "gears" in key))
        assert "5 papers" in one.ask("How many papers are there?").text
        assert_whole(one.library)
        assert_whole(other.library)


def test_what_one_takes_in_the_others_answer_from_within_seconds(settings: Settings) -> None:
    with opened(settings) as (one, other):
        assert titles(other) == []
        one.take_in(PAPERS)
        seen = threading.Event()
        for _ in range(300):
            if titles(other):
                break
            seen.wait(0.01)
        assert titles(other) == titles(one)


@at_once
def test_an_answer_that_has_begun_sees_the_library_as_it_was(settings: Settings) -> None:
    with opened(settings) as (one, other):
        one.take_in(PAPERS)
        events = other.stream("How many papers are there?")
        assert isinstance(next(events), Planned)
        one.take_in([make_paper("Punched Paper")])
        one.remove(next(iter(one.library.papers)))
        answer = next(event.answer for event in events if isinstance(event, Finished))
        assert "6 papers" in answer.text
        assert [c.paper.title for c in answer.citations] == [paper.title for paper in PAPERS]
        assert {paper.title for paper in other.papers()} == {"Punched Paper", *(p.title for p in PAPERS[1:])}


@at_once
def test_who_is_who_is_decided_for_all(settings: Settings) -> None:
    with opened(settings) as (one, other):
        one.take_in(PAPERS)
        assert not other.people.is_settled(ADA)
        one.people.accept(ADA)
        assert other.people.is_settled(ADA)
        other.people.undo(ADA)
        assert not one.people.is_settled(ADA)


@at_once
def test_the_last_ingest_is_taken_back_on_its_own_machine_alone(settings: Settings, tmp_path: Path) -> None:
    elsewhere = settings.model_copy(update={"data_dir": tmp_path / "elsewhere"})
    with opened(settings) as (one, beside), opened(elsewhere, 1) as (far,):
        one.take_in(PAPERS[:2])
        far.take_in(PAPERS[2:])
        assert one.library.last_ingest is None
        with pytest.raises(LibraryError, match="was made by another machine; take it back there"):
            one.undo()
        assert far.undo().removed != []
        assert titles(beside) == ["Looms", "Cards"]
        one.take_in(PAPERS[2:3])
        assert beside.undo().removed == list(beside.library.papers)[2:] or titles(one) == ["Looms", "Cards"]


@at_once
def test_threads_ask_while_another_process_writes(settings: Settings) -> None:
    with opened(settings) as (one, other):
        one.take_in(PAPERS)
        assert len(other.papers()) == len(PAPERS)
        done = threading.Event()

        def ask() -> int:
            asked = 0
            while not done.is_set():
                answer = other.ask("What does a loom read?")
                assert all(c.paper.text[c.start : c.end] == c.quote for c in answer.citations)
                asked += 1
            return asked

        with ThreadPoolExecutor(3) as pool:
            asking = [pool.submit(ask) for _ in range(3)]
            try:
                for n in range(5):
                    one.take_in([make_paper(f"Loom {n}", f"A loom of number {n} reads {n} cards.")])
                    one.remove(next(key for key in one.library.papers if "loom" in key))
            finally:
                done.set()
            assert all(result.result() > 0 for result in asking)


# names


def test_libraries_whose_names_differ_stay_different(address: ServerAddress, settings: Settings) -> None:
    names = [
        "a",
        "A",
        "a.b",
        "a_b",
        "a-b",
        "a_db",
        "a__b",
        "a..b",
        "a-",
        "a_",
        "a.",
        "a.1",
        "a.lease.1",
        "a-1",
        "0" * 64,
    ]
    for name in names:
        store = ServedStore.open(address, name, settings.data_dir, FirstWords())
        store.about = {"name": name}
        store.close()
    assert served_names(address) == sorted(names)
    for name in names:
        store = ServedStore.open(address, name, settings.data_dir, FirstWords())
        assert store.about == {"name": name}
        store.close()


def test_a_shelf_lists_makes_and_deletes_what_the_server_keeps(settings: Settings) -> None:
    with opened(settings, 1) as (one,), Shelf(settings, one) as shelf:
        assert shelf.names() == ["test"]
        shelf.create("other").take_in(PAPERS[:1])
        assert shelf.names() == ["test", "other"]
        with pytest.raises(LibraryError, match="already"):
            shelf.create("other")
        shelf.delete("other")
        assert shelf.names() == ["test"]
        with pytest.raises(LibraryNotFound):
            shelf.open("other")
    assert not (settings.data_dir / "libraries").exists()


# re-embedding


@at_once
def test_another_model_is_refused_until_the_library_is_embedded_anew(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = FirstWords("other-words", dimension=4)
    monkeypatch.setattr("assistant.library.open_model", lambda *_: new)
    with opened(settings, 1) as (old,):
        old.take_in(PAPERS)
        old.people.accept(ADA)
        with pytest.raises(EmbeddingMismatch):
            open_library(settings, new)
        with reindex(settings) as library:
            assert [paper.title for paper in library.papers.values()] == [paper.title for paper in PAPERS]
            assert_whole(library)
            with pytest.raises(EmbeddingMismatch, match=r"'other-words'.*'first-words'"):
                old.ask("How many papers are there?")
            library.ingest([make_paper("Punched Paper")])
    with open_library(settings, new) as library:
        assert len(library) == 7
        assert library.kept("people")


@at_once
def test_re_embedding_that_fails_leaves_the_library_as_it_was(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = failing_at(1, FirstWords("other-words"))
    monkeypatch.setattr("assistant.library.open_model", lambda *_: broken)
    with opened(settings, 1) as (one,):
        one.take_in(PAPERS)
        with pytest.raises(AssistantError, match="did not answer"):
            reindex(settings)
        assert "6 papers" in one.ask("How many papers are there?").text
        one.take_in([make_paper("Punched Paper")])
        assert_whole(one.library)


# two at once, and killed


def child(settings: Settings, first: int, last: int, moment: str) -> subprocess.Popen[str]:
    assert settings.chroma_url
    return start("take-in", settings.chroma_url, settings.data_dir, str(first), str(last), moment)


def said(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    return process.stdout.readline().strip()


def test_two_processes_that_take_in_at_once_lose_and_double_nothing(settings: Settings) -> None:
    children = [child(settings, 0, 40, "wait"), child(settings, 20, 60, "wait")]
    assert [said(one) for one in children] == ["open", "open"]
    for one in children:
        assert one.stdin
        one.stdin.write("go\n")
        one.stdin.flush()
    assert [said(one) for one in children] == ["done", "done"]
    for one in children:
        one.communicate()
    with open_library(settings, FirstWords()) as library:
        numbers = sorted(int(paper.title.split()[1]) for paper in library.papers.values())
        assert numbers == list(range(60))
        assert {source.name for source in library.sources} == {"papers 0 to 40", "papers 20 to 60"}
        assert_whole(library)


@at_once
@pytest.mark.parametrize("moment", ["embed:2", "write:2:2"])
def test_after_one_was_killed_the_others_go_on_with_whole_papers(settings: Settings, moment: str) -> None:
    with opened(settings, 1) as (other,):
        killed = child(settings, 0, 60, moment)
        killed.communicate()
        assert killed.returncode in (-signal.SIGKILL, -signal.SIGALRM)
        before = len(other.papers())
        assert 0 < before < 60
        assert_whole(other.library)
        other.take_in(numbered_papers(0, 60))
        assert sorted(int(title.split()[1]) for title in titles(other)) == list(range(60))
        assert_whole(other.library)


@at_once
def test_what_was_stored_but_not_told_before_a_kill_is_found_by_the_next_writer(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    longer = make_paper("Looms", "Our dataset WeaveBank. It has cards. It has more. And more. And yet more.")

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with opened(settings, 3) as (one, other, third):
        one.take_in(PAPERS[:2])
        assert len(other.papers()) == len(third.papers()) == 2
        with monkeypatch.context() as patch:
            patch.setattr(one.library.store, "_announce", killed)
            with pytest.raises(KeyboardInterrupt):
                one.take_in([longer, PAPERS[2]])
        other.take_in(PAPERS[3:4])
        for assistant in (one, other, third):
            assert titles(assistant) == ["Looms", "Cards", "Gears", "Bernoulli"]
            assert_whole(assistant.library)


# the lease


def test_of_those_who_make_one_collection_at_once_one_alone_succeeds(address: ServerAddress) -> None:
    clients = [ChromaServer(address) for _ in range(4)]
    for number in range(10):
        ready = threading.Barrier(len(clients))

        def make(client: ChromaServer, number: int = number, ready: threading.Barrier = ready) -> bool:
            ready.wait()
            return client.create(f"race-{number}", {"by": 1}) is not None

        with ThreadPoolExecutor(len(clients)) as pool:
            assert sum(pool.map(make, clients)) == 1
    for client in clients:
        client.close()


@at_once
def test_whoever_was_silent_too_long_writes_nothing_any_more(
    address: ServerAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lease, "_BEAT_EVERY", 60.0)
    client = ChromaServer(address)
    silent, other = Lease(client, "papertalk.test"), Lease(client, "papertalk.test")
    assert silent.acquire()
    silent.check()
    assert not other.acquire()
    other.check()
    with pytest.raises(StoreUnavailable, match="Another process has taken over"):
        silent.check()
    silent.release()
    other.check()
    other.release()
    assert client.names("papertalk.test.lease.") == ["papertalk.test.lease.2"]
    client.close()


@at_once
def test_a_lease_that_shows_life_is_not_taken(address: ServerAddress, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lease, "_BEAT_EVERY", 0.1)
    client = ChromaServer(address)
    holder, waiter = Lease(client, "papertalk.test"), Lease(client, "papertalk.test")
    holder.acquire()
    got = threading.Event()

    def wait() -> None:
        waiter.acquire()
        got.set()

    waiting = threading.Thread(target=wait)
    waiting.start()
    assert not got.wait(1.5)
    holder.check()
    holder.release()
    waiting.join()
    waiter.check()
    waiter.release()
    client.close()


# a server that is away


PUBLIC_CALLS: list[Callable[[Assistant], object]] = [
    lambda assistant: assistant.ask("How many papers are there?"),
    lambda assistant: assistant.ask("What does a loom read?"),
    lambda assistant: list(assistant.stream("What does a loom read?")),
    lambda assistant: assistant.papers(),
    lambda assistant: assistant.paper(next(iter(assistant.library.papers))),
    lambda assistant: assistant.trends("year"),
    lambda assistant: assistant.overview(),
    lambda assistant: assistant.people.persons(ADA),
    lambda assistant: assistant.people.accept(ADA),
    lambda assistant: assistant.related(next(iter(assistant.library._held.papers))),
    lambda assistant: assistant.facets(next(iter(assistant.library._held.papers))),
    lambda assistant: list(assistant.export("bibtex")),
    lambda assistant: assistant.take_in(PAPERS),
    lambda assistant: assistant.remove(next(iter(assistant.library._held.papers))),
    lambda assistant: assistant.undo(),
    lambda assistant: assistant.examples(),
    lambda assistant: assistant.author,
    lambda assistant: Assistant(settings=assistant.settings, model=FirstWords()),
    lambda assistant: Shelf(assistant.settings).names(),
]


def test_while_the_server_is_away_every_call_says_so_and_then_goes_on(
    settings: Settings, server: ChromaServerProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(served, "_LOOK_EVERY", 0.0)
    monkeypatch.setattr(served, "_SHARE_OF_TIME", 0)
    with opened(settings, 1) as (assistant,):
        assistant.take_in(PAPERS)
        assert "6 papers" in assistant.ask("How many papers are there?").text
        server.kill()
        try:
            for call in PUBLIC_CALLS:
                with pytest.raises(LibraryUnavailable) as refusal:
                    call(assistant)
                assert str(refusal.value) == (
                    f"The Chroma server at {server.url} does not answer; start it, or ask again when it is back."
                )
        finally:
            server.start()
        assert "6 papers" in assistant.ask("How many papers are there?").text
        assistant.take_in([make_paper("Punched Paper")])
        assert_whole(assistant.library)


@at_once
def test_an_ingest_in_which_the_server_goes_away_can_be_done_again(
    settings: Settings, server: ChromaServerProcess
) -> None:
    with opened(settings, 1) as (assistant,):

        def kill_half_way(done: int, _: int) -> None:
            if done > 70:
                server.kill()

        try:
            with pytest.raises(LibraryUnavailable):
                assistant.take_in(numbered_papers(0, 40), kill_half_way)
        finally:
            server.start()
        assert 0 < len(assistant.papers()) < 40
        assert_whole(assistant.library)
        assistant.take_in(numbered_papers(0, 40))
        assert sorted(int(title.split()[1]) for title in titles(assistant)) == list(range(40))
        assert_whole(assistant.library)


@at_once
def test_a_library_that_is_gone_from_the_server_is_not_shown_as_an_empty_one(
    settings: Settings, address: ServerAddress
) -> None:
    with opened(settings, 1) as (assistant,):
        assistant.take_in(PAPERS)
        client = ChromaServer(address)
        for name in client.names(""):
            client.delete(name)
        client.close()
        with pytest.raises(LibraryUnavailable, match="no longer keeps the library 'test'"):
            assistant.papers()


# another server, a wrong key


def refused(url: str, tmp_path: Path, error: type[AssistantError] = ConfigError, **more: str) -> str:
    settings = load(data_dir=tmp_path, library="test", chroma_url=url, **more)
    with pytest.raises(error) as refusal:
        open_library(settings, FirstWords())
    assert KEY not in str(refusal.value)
    return str(refusal.value)


def answering(status: int, content: str) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(content.encode())

        def log_message(self, *_: object) -> None:
            pass

    return Handler


@pytest.mark.parametrize(
    ("status", "content", "error", "sentence"),
    [
        (404, "<html>nothing</html>", ConfigError, "is no Chroma server of version 1.x"),
        (200, "<html>a page</html>", ConfigError, "is no Chroma server of version 1.x"),
        (200, '"0.5.23"', ConfigError, "has version 0.5.23; Papertalk needs 1.x"),
        (410, '{"error": "Unimplemented", "message": "v1"}', ConfigError, "is no Chroma server of version 1.x"),
        (401, "who are you", ConfigError, "refuses the key; set PAPERTALK_CHROMA_API_KEY"),
        (403, '{"error": "AuthError", "message": "no"}', ConfigError, "refuses the key; set PAPERTALK_CHROMA_API_KEY"),
        (502, "bad gateway", LibraryUnavailable, r"does not answer \(HTTP 502\)"),
        (429, "slower", LibraryUnavailable, r"does not answer \(HTTP 429\)"),
    ],
)
def test_what_is_no_chroma_server_that_lets_us_in_is_told_in_a_sentence(
    tmp_path: Path, status: int, content: str, error: type[AssistantError], sentence: str
) -> None:
    with listening(answering(status, content)) as url:
        told = refused(url, tmp_path, error, chroma_api_key=KEY)
    assert url in told
    assert re.search(sentence, told)


@pytest.mark.parametrize("url", ["localhost:8000", "ftp://host", "http://", "nonsense"])
def test_what_is_no_address_is_told_in_a_sentence(tmp_path: Path, url: str) -> None:
    assert "is no URL of a Chroma server" in refused(url, tmp_path)


def test_a_database_that_is_not_there_is_named(address: ServerAddress, tmp_path: Path) -> None:
    told = refused(address.url, tmp_path, LibraryUnavailable, chroma_database="elsewhere")
    assert "elsewhere" in told


def test_a_password_in_the_address_is_not_told(tmp_path: Path) -> None:
    told = refused("http://user:hidden@127.0.0.1:9", tmp_path, LibraryUnavailable)
    assert told.startswith("The Chroma server at http://127.0.0.1:9 does not answer;")


def test_a_server_that_is_silent_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chroma_server, "_SILENT_SECONDS", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        refused(f"http://127.0.0.1:{silent.getsockname()[1]}", tmp_path, LibraryUnavailable)


def test_a_server_behind_a_proxy_that_asks_for_a_key_is_used_with_it(address: ServerAddress, tmp_path: Path) -> None:
    class Guard(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status, reply = 401, b"who are you"
            if self.headers.get("x-chroma-token") == KEY:
                asked = urllib.request.Request(address.url + self.path, content or None, method=self.command)
                asked.add_header("Content-Type", "application/json")
                try:
                    with urllib.request.urlopen(asked) as answer:
                        status, reply = answer.status, answer.read()
                except urllib.error.HTTPError as error:
                    with error:
                        status, reply = error.code, error.read()
            self.send_response(status)
            self.send_header("Content-Length", str(len(reply)))
            self.end_headers()
            self.wfile.write(reply)

        do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815 # the base class's own names

        def log_message(self, *_: object) -> None:
            pass

    with listening(Guard) as url:
        settings = load(data_dir=tmp_path, library="test", chroma_url=url, chroma_api_key=KEY)
        with open_library(settings, FirstWords()) as library:
            library.ingest(PAPERS)
            assert len(library) == 6
        assert "refuses the key" in refused(url, tmp_path, chroma_api_key=KEY[:-1])


# from a folder to a server and back


@at_once
def test_a_library_moves_to_a_server_and_back_without_being_embedded(settings: Settings, tmp_path: Path) -> None:
    local = load(data_dir=tmp_path / "local", library="ada")
    back = load(data_dir=tmp_path / "back", library="back")
    silent = failing_at(1)
    with Assistant(settings=local, model=FirstWords()) as assistant:
        assistant.take_in(numbered_papers(0, 30))
        assistant.people.accept(ADA)
        before = list(assistant.papers())
        sources = assistant.library.sources
        backup(assistant, tmp_path / "one.zip")
    assert restore(tmp_path / "one.zip", settings, model=silent).papers == 30
    with pytest.raises(LibraryError, match="is there already"):
        restore(tmp_path / "one.zip", settings, model=silent)
    with Assistant(settings=settings, model=FirstWords()) as assistant:
        assert list(assistant.papers()) == before
        assert assistant.library.sources == sources
        assert assistant.people.is_settled(ADA)
        assert_whole(assistant.library)
        restore(tmp_path / "one.zip", settings, model=silent, replace=True)
        assert len(assistant.papers()) == 30
        backup(assistant, tmp_path / "two.zip")
    restore(tmp_path / "two.zip", back, model=silent)
    with Assistant(settings=back, model=FirstWords()) as assistant:
        assert list(assistant.papers()) == before
        assert assistant.people.is_settled(ADA)
        assert_whole(assistant.library)


@at_once
def test_a_restore_that_fails_leaves_the_server_as_it_was(
    settings: Settings, address: ServerAddress, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(settings, 1) as (assistant,):
        assistant.take_in(numbered_papers(0, 30))
        backup(assistant, tmp_path / "one.zip")
    other = settings.model_copy(update={"library": "other"})

    def fail(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(ServedStore, "_put", fail)
    with pytest.raises(KeyboardInterrupt):
        restore(tmp_path / "one.zip", other, model=FirstWords())
    assert served_names(address) == ["test"]
    client = ChromaServer(address)
    assert [name for name in client.names("papertalk.other.") if ".lease." not in name] == []
    client.close()


@at_once
def test_a_backup_while_another_process_takes_in_holds_whole_papers(settings: Settings, tmp_path: Path) -> None:
    with opened(settings, 1) as (assistant,):
        assistant.take_in(numbered_papers(0, 20))
        busy = child(settings, 10, 90, "now")
        assert said(busy) == "open"
        report = backup(assistant, tmp_path / "one.zip")
        assert said(busy) == "done"
        busy.communicate()
        restored = settings.model_copy(update={"library": "restored"})
        restore(tmp_path / "one.zip", restored, model=failing_at(1))
        with open_library(restored, FirstWords()) as library:
            assert len(library) == report.papers >= 20
            assert_whole(library)
    assert json.dumps(report.to_dict())
