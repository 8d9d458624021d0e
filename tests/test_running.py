"""`papertalk serve` as a process: what other terminals do through it, how it ends, and what a kill loses."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
from pathlib import Path
from threading import Thread

import httpx2
import pytest

from assistant import Assistant
from assistant.announcing import servers
from tests.asking import is_one_sentence
from tests.chat_server import SLOW, ChatServer, Reply
from tests.papers import make_paper
from tests.real_server import BIB, ended, papertalk, served
from vectorstore.embeddings import EmbeddingModel


@pytest.fixture
def data_dir(tmp_path: Path, model: EmbeddingModel) -> Path:
    folder = tmp_path / "data"
    with Assistant(data_dir=folder, model=model) as assistant:
        assistant.take_in([make_paper("Looms", "Cards drive looms. Nobody weaves by hand.")])
    return folder


def test_other_terminals_ask_list_and_ingest_through_the_server_that_owns_the_library(
    data_dir: Path, tmp_path: Path
) -> None:
    bib = tmp_path / "hopper.bib"
    bib.write_text(BIB, encoding="utf-8")
    with served(data_dir) as (process, address):
        (note,) = servers(data_dir)
        assert note.url == address
        assert {stat.S_IMODE(file.stat().st_mode) for file in (data_dir / "servers").iterdir()} == {0o600}
        listed = papertalk(data_dir, "papers", "--json")
        assert [row["title"] for row in json.loads(listed.stdout)] == ["Looms"], listed.stderr
        answered = json.loads(papertalk(data_dir, "ask", "What drives looms?", "--json").stdout)
        assert answered["citations"][0]["quote"] == "Cards drive looms."
        assert papertalk(data_dir, "ingest", str(bib)).stdout == "added: 1\n"
        again = papertalk(data_dir, "ask", "What do compilers write?")
        assert "Compilers write programs." in again.stdout, again.stderr
        counted = papertalk(data_dir, "papers", "--until", "1960")
        assert "1 of 2 papers" in counted.stderr
        missing = papertalk(data_dir, "ask", "What?", "--paper", "nobody1900nothing")
        assert missing.returncode == 1
        assert "nobody1900nothing" in missing.stderr
        code, printed = ended(process, signal.SIGTERM)
    assert code == 0
    assert printed.endswith("Stopped.\n")
    assert servers(data_dir) == []
    assert papertalk(data_dir, "papers", "--json").returncode == 0


def test_a_backup_is_made_through_the_server_and_restored_beside_it(data_dir: Path, tmp_path: Path) -> None:
    file = tmp_path / "looms.papertalk"
    with served(data_dir):
        made = papertalk(data_dir, "backup", str(file))
        assert made.returncode == 0, made.stderr
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        restored = papertalk(data_dir, "restore", str(file), "--library", "copy")
        assert restored.returncode == 0, restored.stderr
        assert "1 paper" in restored.stdout
        listed = papertalk(data_dir, "papers", "--library", "copy", "--json")
        assert [row["title"] for row in json.loads(listed.stdout)] == ["Looms"]


def test_what_a_killed_server_took_in_is_there_after_the_next_start(data_dir: Path, tmp_path: Path) -> None:
    bib = tmp_path / "hopper.bib"
    bib.write_text(BIB, encoding="utf-8")
    with served(data_dir) as (process, _):
        assert papertalk(data_dir, "ingest", str(bib)).returncode == 0
        process.kill()
        process.wait()
    listed = papertalk(data_dir, "papers", "--json")  # the note of the killed server is there, and nobody answers
    assert len(json.loads(listed.stdout)) == 2, listed.stderr
    with served(data_dir) as (process, address):
        found = httpx2.get(f"{address}/api/v1/libraries/default/papers", timeout=60)
        assert len(found.json()["items"]) == 2


def test_an_answer_under_way_is_finished_before_the_server_ends(data_dir: Path, server: ChatServer) -> None:
    server.will_say(Reply("Cards drive looms. [1]", trouble="pauses"))
    with served(data_dir, chat_model="openai:small", chat_url=server.url) as (process, address):
        answers: list[httpx2.Response] = []
        asked = Thread(target=lambda: answers.append(asking(address)))
        asked.start()
        assert server.waiting.wait(SLOW)
        process.send_signal(signal.SIGTERM)
        assert process.stdout is not None
        server.going_on.set()
        asked.join()
        assert process.wait() == 0
    assert "Cards drive looms. [1]" in answers[0].json()["text"]


def asking(address: str) -> httpx2.Response:
    return httpx2.post(f"{address}/api/v1/libraries/default/ask", json={"question": "What drives looms?"}, timeout=60)


@pytest.mark.parametrize("access", ["local", "keys"])
def test_nothing_is_served_to_others_without_a_decision(data_dir: Path, access: str) -> None:
    ran = papertalk(data_dir, "serve", "--host", "0.0.0.0", "--port", "0", access=access)
    assert ran.returncode == 1
    assert is_one_sentence(ran.stderr.removeprefix("Error: ").strip())
    assert "PAPERTALK_ACCESS" in ran.stderr


def test_another_process_that_is_no_server_is_named(data_dir: Path, model: EmbeddingModel) -> None:
    with Assistant(data_dir=data_dir, model=model):
        refused = papertalk(data_dir, "papers")
    assert refused.returncode == 1
    assert "in use by process" in refused.stderr


def test_no_token_is_sent_to_whoever_has_the_port_of_a_killed_server(data_dir: Path, model: EmbeddingModel) -> None:
    with served(data_dir) as (process, address):
        process.kill()
        process.wait()
    port = int(address.rpartition(":")[2])
    (note,) = (data_dir / "servers").glob("*.json")
    # Its library and, in the note, its number are another process's by now.
    note.write_text(json.dumps({**json.loads(note.read_text()), "process": os.getpid()}))
    with socket.create_server(("127.0.0.1", port)) as stranger, Assistant(data_dir=data_dir, model=model):
        refused = papertalk(data_dir, "papers")
        stranger.setblocking(False)
        with pytest.raises(BlockingIOError):  # nobody came
            stranger.accept()
    assert "in use by process" in refused.stderr
    assert list((data_dir / "servers").iterdir()) == []
