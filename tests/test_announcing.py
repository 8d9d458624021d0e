"""Notes by which commands find a server: who can read them, and what becomes of those that are no notes."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from assistant.announcing import Announced, announced, new_token, servers
from assistant.errors import LibraryNotWritable
from tests.asking import is_one_sentence

ROOT = Path(__file__).parents[1]


def test_a_server_is_found_as_long_as_it_runs(tmp_path: Path) -> None:
    server = Announced("http://127.0.0.1:7860", new_token())
    assert servers(tmp_path) == []
    with announced(tmp_path, server):
        assert servers(tmp_path) == [server]
    assert servers(tmp_path) == []


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX's")
def test_only_its_user_can_read_the_note(tmp_path: Path) -> None:
    with announced(tmp_path, Announced("http://127.0.0.1:1", new_token())):
        assert {stat.S_IMODE(file.stat().st_mode) for file in (tmp_path / "servers").iterdir()} == {0o600}
        assert stat.S_IMODE((tmp_path / "servers").stat().st_mode) == 0o700
    assert list((tmp_path / "servers").iterdir()) == []


def test_the_token_is_not_shown_with_the_rest() -> None:
    token = new_token()
    assert token not in repr(Announced("http://127.0.0.1:1", token))


@pytest.mark.parametrize("content", ["", "no JSON", "[]", '{"url": "http://127.0.0.1:1"}', "\x00"])
def test_what_is_no_note_is_passed_over(tmp_path: Path, content: str) -> None:
    (tmp_path / "servers").mkdir()
    (tmp_path / "servers" / "1.json").write_text(content, encoding="utf-8")
    assert servers(tmp_path) == []


ANNOUNCE = """
import sys
from pathlib import Path
from assistant.announcing import Announced, announced
with announced(Path(sys.argv[1]), Announced("http://127.0.0.1:1", "t")):
    print("here", flush=True)
    sys.stdin.read()
"""


def test_the_note_of_a_killed_server_is_not_believed_and_goes_away(tmp_path: Path) -> None:
    command = [sys.executable, "-c", ANNOUNCE, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "here\n"
        (running,) = servers(tmp_path)
        assert running.process == process.pid
        process.kill()
        process.wait()
        assert list((tmp_path / "servers").glob("*.json"))
        assert servers(tmp_path) == []
    assert list((tmp_path / "servers").iterdir()) == []


def test_nothing_is_left_of_a_server_that_was_interrupted(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), announced(tmp_path, Announced("http://127.0.0.1:1", "t")):
        raise KeyboardInterrupt
    assert list((tmp_path / "servers").iterdir()) == []


def test_two_servers_of_one_user_are_both_found(tmp_path: Path) -> None:
    one, two = Announced("http://127.0.0.1:1", "a"), Announced("http://127.0.0.1:2", "b")
    with announced(tmp_path, one), announced(tmp_path, two):
        assert {server.url for server in servers(tmp_path)} == {one.url, two.url}
    assert servers(tmp_path) == []


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "servers").write_text("a file", encoding="utf-8")
    with pytest.raises(LibraryNotWritable) as caught, announced(tmp_path, Announced("http://127.0.0.1:1", "t")):
        pass
    assert is_one_sentence(str(caught.value))
