"""Files of papers: what can be read is, and the rest is one sentence with the file and the next step."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from assistant.errors import SourceError
from assistant.papers import Paper
from assistant.sources import Unreadable
from assistant.sources.files import read

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


@pytest.mark.parametrize("name", ["x" * 300, "nul\0in-the-name", "page.txt/inside"])
def test_a_name_that_no_file_can_have_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "page.txt").write_text(PAGE, encoding="utf-8")
    with pytest.raises(SourceError, match=r"cannot be read \(.+\); check its name and permissions\."):
        list(read(tmp_path / name))


@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root reads every file")
def test_a_file_that_may_not_be_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "page.txt"
    path.write_text(PAGE, encoding="utf-8")
    path.chmod(0)
    assert re.search(r"cannot be read \(Permission denied\)", refusal(path))
