"""Files of papers: what can be read is, and the rest is one sentence with the file and the next step."""

from __future__ import annotations

import os
import re
import threading
from pathlib import Path

import pytest

from assistant.errors import SourceError
from assistant.papers import Paper
from assistant.sources import MAX_BYTES, Unreadable, read, read_text

PAGE = "Željko Agić\n\nCL\n\n3.9CLJul 15, 2023\nA Title\n\nŽeljko Agić, 韩旭 et al.\n\nWe study things.\n"


def titles(path: Path) -> list[str]:
    return [item.title for item in read(path) if isinstance(item, Paper)]


def refusal(path: Path) -> str:
    """The sentence that refuses a file; it is one line and names the file."""
    with pytest.raises(SourceError) as error:
        list(read(path))
    sentence = str(error.value)
    assert "\n" not in sentence
    assert sentence.endswith(".")
    assert repr(str(path))[:150].rstrip("'") in sentence
    return sentence


@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"],
)
def test_every_encoding_that_shows_itself_is_read(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "page.txt"
    path.write_bytes(PAGE.replace("韩旭", "Xu Han").encode(encoding))
    assert titles(path) == ["A Title"]
    assert read_text(path).startswith("Željko Agić")


@pytest.mark.parametrize("mark", [b"\xff\xfe", b"\xfe\xff"])
def test_utf_16_of_both_orders_is_known_by_its_mark(tmp_path: Path, mark: bytes) -> None:
    path = tmp_path / "page.txt"
    path.write_bytes(mark + PAGE.encode("utf-16-le" if mark == b"\xff\xfe" else "utf-16-be"))
    [paper] = [item for item in read(path) if isinstance(item, Paper)]
    assert [author.name for author in paper.authors] == ["Željko Agić", "韩旭"]


def test_a_few_control_characters_do_not_make_a_page_binary(tmp_path: Path) -> None:
    path = tmp_path / "page.txt"
    path.write_text(PAGE.replace("study", "st\x00u\x07dy"), encoding="utf-8")
    assert titles(path) == ["A Title"]


def test_a_paper_and_what_cannot_be_read_name_the_file_and_the_line(tmp_path: Path) -> None:
    path = tmp_path / "page.txt"
    path.write_text(f"{PAGE}\n3.9CLJul 45, 2023\nBad\n", encoding="utf-8")
    [paper] = [item for item in read(path) if isinstance(item, Paper)]
    [bad] = [item for item in read(path) if isinstance(item, Unreadable)]
    assert paper.source == f"{path}, line 5"
    assert str(bad) == f"{path}, line 12: 'Jul 45, 2023' is no date."


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "nowhere.txt"
    assert refusal(path) == f"There is no file {str(path)!r}; check the name and the folder."


def test_a_directory_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path) == f"{str(tmp_path)!r} is a directory; name the file with the papers in it."


@pytest.mark.parametrize("content", [b"", b"\n\n \t\r\n", b"\xef\xbb\xbf", b"\xff\xfe", b"\xff\xfe\n\0", b"\xc2\xa0\n"])
def test_an_empty_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "page.txt"
    path.write_bytes(content)
    assert refusal(path) == f"{str(path)!r} is empty; paste the author's profile page into it."


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (bytes(range(256)) * 20, "a binary file"),
        (b"\0\1\2\3" * 100, "a binary file"),
        (b"\1\2\3\4" * 100, "a binary file"),
        (b"\0" * 100, "empty"),
        (b"%PDF-1.7\n%plain so far", "a PDF"),
        (b"PK\x03\x04rest", "a zip or Office file"),
        (b"\x89PNG\r\n\x1a\n", "an image"),
        (b"\xff\xfe" + b"odd", "a binary file"),
        (PAGE.encode() + b"\0\xff", "a binary file"),
    ],
)
def test_a_binary_file_is_refused(tmp_path: Path, content: bytes, kind: str) -> None:
    path = tmp_path / "page.pdf"
    path.write_bytes(content)
    assert f"{str(path)!r} is {kind}" in refusal(path)


def test_another_encoding_is_refused_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "page.txt"
    path.write_bytes(b"Jos\n\nCL\nTim Baumg\xe4rtner\n")
    assert refusal(path) == f"{str(path)!r} is not UTF-8 text (line 4); save it as UTF-8 and try again."


def test_a_file_of_50_megabytes_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "page.txt"
    with path.open("wb") as file:
        file.truncate(50_000_000)
    assert refusal(path) == (
        f"{str(path)!r} has 50 MB, more than the 20 MB that a page may have; split it into several files."
    )


def test_a_file_of_the_largest_size_is_read(tmp_path: Path) -> None:
    path = tmp_path / "page.txt"
    path.write_bytes(PAGE.encode().ljust(MAX_BYTES))
    assert read_text(path).rstrip() == PAGE.rstrip()


def test_a_page_without_papers_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "page.txt"
    path.write_text("Dear diary,\n\nnothing happened.\n", encoding="utf-8")
    assert refusal(path) == (
        f"{str(path)!r} holds no paper that can be read: no line such as '12.3CLJul 15, 2023' or 'CL 2023', which "
        f"starts a record, was found; paste the whole profile page into it."
    )


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_pipe_is_read(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_text, args=(PAGE, "utf-8"))
    writer.start()
    assert titles(path) == ["A Title"]
    writer.join()


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="no such device here")
def test_a_file_without_an_end_is_refused() -> None:
    assert "more than the 20 MB" in refusal(Path("/dev/zero"))


@pytest.mark.parametrize("name", ["x" * 300, "nul\0in-the-name", "page.txt/inside"])
def test_a_name_that_no_file_can_have_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "page.txt").write_text(PAGE, encoding="utf-8")
    with pytest.raises(SourceError, match=r"cannot be read \(.+\); check its name and permissions\."):
        read(tmp_path / name)


@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root reads every file")
def test_a_file_that_may_not_be_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "page.txt"
    path.write_text(PAGE, encoding="utf-8")
    path.chmod(0)
    assert re.search(r"cannot be read \(Permission denied\)", refusal(path))
