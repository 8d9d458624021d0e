"""A store has one owner: the second is refused at once, and nothing that an owner leaves behind keeps the next out."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from assistant.errors import LibraryInUse, LibraryNotWritable
from tests.children import open_at, start
from tests.fakes import FirstWords
from vectorstore.embedded import EmbeddedStore
from vectorstore.ownership import Ownership
from vectorstore.records import ModelMismatch, StoreLocked, StoreUnwritable


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "store"


@pytest.fixture
def holder(directory: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that owns the store."""
    with start("hold", directory) as process:
        assert process.stdout
        assert process.stdout.readline() == "open\n"
        yield process
        process.kill()


def test_a_second_process_is_refused_and_told_who_owns_the_store(
    directory: Path, holder: subprocess.Popen[str]
) -> None:
    with pytest.raises(StoreLocked) as refusal:
        EmbeddedStore.open(directory, FirstWords())
    assert str(refusal.value) == f"process {holder.pid} (children.py hold)"
    assert holder.poll() is None


def test_this_process_keeps_another_out(directory: Path) -> None:
    store = EmbeddedStore.open(directory, FirstWords())
    with start("attempt", directory) as other:
        answer, _ = other.communicate()
    assert answer.startswith(f"StoreLocked: process {os.getpid()} (")
    store.close()


def test_one_process_does_not_open_a_store_twice(directory: Path) -> None:
    store = EmbeddedStore.open(directory, FirstWords())
    with pytest.raises(StoreLocked, match=f"process {os.getpid()} "):
        EmbeddedStore.open(directory, FirstWords())
    store.close()


def test_a_store_opens_after_its_owner_was_killed(directory: Path, holder: subprocess.Popen[str]) -> None:
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    assert (directory / "owner").exists()
    EmbeddedStore.open(directory, FirstWords()).close()


def test_releasing_a_store_lets_the_next_in(directory: Path, holder: subprocess.Popen[str]) -> None:
    assert holder.stdin
    assert holder.stdout
    holder.stdin.write("close\n")
    holder.stdin.flush()
    assert holder.stdout.readline() == "closed\n"
    store = EmbeddedStore.open(directory, FirstWords())
    assert holder.poll() is None
    store.close()


def test_a_store_that_could_not_be_opened_is_not_kept_from_others(directory: Path) -> None:
    EmbeddedStore.open(directory, FirstWords()).close()
    with pytest.raises(ModelMismatch):
        EmbeddedStore.open(directory, FirstWords("other-words"))
    with start("attempt", directory) as other:
        answer, _ = other.communicate()
    assert answer == "opened\n"


@pytest.mark.parametrize("note", [b"", b"\xff\xfe\x80"])
def test_a_note_that_says_nothing_does_not_hide_that_the_store_is_owned(directory: Path, note: bytes) -> None:
    ownership = Ownership(directory)
    (directory / "owner").write_bytes(note)
    with pytest.raises(StoreLocked):
        Ownership(directory)
    ownership.release()


def test_a_released_store_names_nobody(directory: Path) -> None:
    Ownership(directory).release()
    assert not (directory / "owner").exists()


def test_the_library_says_who_uses_it_and_what_to_do(tmp_path: Path) -> None:
    with open_at(tmp_path), pytest.raises(LibraryInUse) as refusal:
        open_at(tmp_path)
    assert str(refusal.value).startswith(f"The library 'test' is in use by process {os.getpid()} (")
    assert "choose another library with --library" in str(refusal.value)


def test_a_file_where_the_store_should_be_is_named(directory: Path) -> None:
    directory.write_text("a file of the user's")
    with pytest.raises(StoreUnwritable, match=f"'{directory}' cannot be written: File exists"):
        EmbeddedStore.open(directory, FirstWords())
    assert directory.read_text() == "a file of the user's"


def test_a_folder_below_a_file_cannot_be_written(directory: Path) -> None:
    directory.write_text("a file of the user's")
    with pytest.raises(LibraryNotWritable, match=r"Not a directory.* choose another folder with --data-dir"):
        open_at(directory)


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes to read-only folders")
def test_a_read_only_folder_cannot_be_written(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(LibraryNotWritable, match="Permission denied"):
        open_at(tmp_path)
    tmp_path.chmod(0o700)


def test_what_one_thread_took_another_lets_go(tmp_path: Path) -> None:
    taken = Ownership(tmp_path)
    with ThreadPoolExecutor(1) as thread:
        thread.submit(taken.release).result()
    Ownership(tmp_path).release()
