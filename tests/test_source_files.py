"""Files and folders: what is found, what kind it is, in which encoding, and what is refused with the next step."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest

from assistant.errors import SourceError
from assistant.papers import Paper
from assistant.sources import MAX_BYTES, Item, Notice, Skipped, Unreadable, files
from assistant.sources.files import Reader, find, kind_of, text_of

BIB = "@article{a1,\n  title = {Hearing in the dark},\n  author = {Okafor, Amina},\n  year = {2012}\n}\n"
RIS = "TY  - JOUR\nAU  - Okafor, Amina\nTI  - Hearing in the dark\nPY  - 2012\nER  - \n"
CSL = '[{"id": "a", "type": "article-journal", "title": "Hearing in the dark", "author": [{"family": "Okafor"}]}]'
JSONL = '{"title": "Hearing in the dark", "authors": ["Amina Okafor"], "year": 2012}\n'
HTML = "<!DOCTYPE html>\n<ul><li>Okafor, A. (2012). Hearing in the dark. Cognition, 3, 1.</ul>"
LIST = "- Okafor, A. (2012). Hearing in the dark. Cognition, 3, 1.\n"
PROFILE = "Amina Okafor\n\n3.9CLJul 15, 2023\nHearing in the dark\n\nAmina Okafor\n\nWe listen.\n"


def write(path: Path, content: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def read(path: Path) -> list[Item]:
    with Reader() as reader:
        return list(reader.read(path))


def refusal(path: Path) -> str:
    with pytest.raises(SourceError) as error:
        read(path)
    sentence = str(error.value)
    assert "\n" not in sentence
    assert sentence.endswith(".")
    return sentence


# ---- folders


def test_a_folder_is_walked_in_order_without_what_is_hidden(tmp_path: Path) -> None:
    for name in ("b.bib", "a/z.pdf", "a/.hidden.bib", ".git/config", "c.txt"):
        write(tmp_path / name, "x")
    assert list(find([tmp_path])) == [tmp_path / "b.bib", tmp_path / "c.txt", tmp_path / "a" / "z.pdf"]


def test_a_file_that_is_named_is_found_wherever_and_whatever_it_is(tmp_path: Path) -> None:
    path = write(tmp_path / ".hidden.bib", BIB)
    assert list(find([path, tmp_path / "missing.bib"])) == [path, tmp_path / "missing.bib"]


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    secret = write(tmp_path / "outside" / "secret.bib", BIB)
    folder = tmp_path / "papers"
    inside = write(folder / "a.bib", BIB)
    (folder / "b.bib").symlink_to(secret)
    (folder / "c.bib").symlink_to(inside)
    (folder / "d").symlink_to(secret.parent, target_is_directory=True)
    found = list(find([folder]))
    assert [item for item in found if isinstance(item, Path)] == [inside, folder / "c.bib"]
    assert [str(item) for item in found if isinstance(item, Skipped)] == [
        f"{folder / 'b.bib'}: it is a link to a file outside the folder; name that file to add it."
    ]


def test_a_folder_of_too_many_files_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MAX_FILES", 2)
    for name in "abc":
        write(tmp_path / name, "x")
    *paths, last = find([tmp_path])
    assert len(paths) == 2
    assert str(last) == f"{tmp_path}: it holds more than 2 files; name its folders one by one."


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_pipe_is_never_opened(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    [item] = find([path])
    assert isinstance(item, Unreadable)
    assert "is a pipe or a device" in refusal(path)


# ---- kinds


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("refs.bib", BIB, "bibtex"),
        ("refs.txt", f"% exported\n\n{BIB}", "bibtex"),
        ("refs.bib", "nothing in it", "bibtex"),
        ("refs", RIS, "ris"),
        ("export.json", CSL, "csl-json"),
        ("export.json", '{"items": []}', "csl-json"),
        ("papers.jsonl", JSONL, "jsonl"),
        ("papers.json", JSONL + JSONL, "jsonl"),
        ("page.txt", HTML, "html"),
        ("page.html", "<!-- saved --> <!-- twice -->\n<div>x</div>", "html"),
        ("cv.md", LIST, "text"),
        ("cv.txt", LIST, "text"),
        ("profile.txt", PROFILE, "profile"),
        ("profile.txt", "Amina Okafor\n\nCL\nJul 15, 2023\nA Title\n", "profile"),
        ("paper.txt", b"%PDF-1.7\n", "pdf"),
        ("paper.pdf", b"\nmail header\n%PDF-1.4\n", "pdf"),
    ],
)
def test_a_kind_is_known_by_content_before_the_name(tmp_path: Path, name: str, content: str | bytes, kind: str) -> None:
    path = write(tmp_path / name, content)
    assert kind_of(path) == kind
    packed = write(tmp_path / f"{name}.gz", gzip.compress(path.read_bytes(), mtime=0))
    assert kind_of(packed) == kind


@pytest.mark.parametrize("content", [BIB, RIS, CSL, JSONL, HTML, LIST, PROFILE], ids=str.split)
def test_each_kind_goes_to_its_reader(tmp_path: Path, content: str) -> None:
    [paper] = [item for item in read(write(tmp_path / "file", content)) if isinstance(item, Paper)]
    assert paper.title == "Hearing in the dark"
    assert paper.source.startswith(str(tmp_path / "file"))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is empty; put the publications into it."),
        (b"\xef\xbb\xbf\n", "is empty; put the publications into it."),
        (b"PK\x03\x04rest", "is a zip or Office file; unpack it, or save the document as text or PDF."),
        (b"\x89PNG\r\n\x1a\n", "is an image; add the paper as a PDF with its text."),
        (b"{\\rtf1 x}", "is a rich-text file; save it as plain text."),
        (b"SQLite format 3\0", "is a database; export its entries as BibTeX, RIS or CSL-JSON."),
        (
            bytes(range(256)) * 20,
            "is a binary file, not text; copy the publications into a plain text file, or add PDFs.",
        ),
    ],
)
def test_what_holds_no_text_is_refused_with_the_next_step(tmp_path: Path, content: bytes, sentence: str) -> None:
    path = write(tmp_path / "file", content)
    assert refusal(path) == f"{str(path)!r} {sentence}"


@pytest.mark.parametrize("content", [b"not a pdf", b"1. A list. 2020.\n", bytes(range(256)) * 20])
def test_a_file_that_is_called_a_pdf_and_is_none_says_so(tmp_path: Path, content: bytes) -> None:
    for name in ("broken.pdf", "BROKEN.PDF"):
        path = write(tmp_path / name, content)
        assert refusal(path).startswith(f"{str(path)!r} is called a PDF and is none;")


def test_a_page_that_was_saved_under_the_name_of_a_pdf_is_read_as_a_page(tmp_path: Path) -> None:
    assert kind_of(write(tmp_path / "paper.pdf", HTML)) == "html"


def test_a_program_is_refused_as_one(tmp_path: Path) -> None:
    path = write(tmp_path / "setup.exe", b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff" + bytes(50))
    assert refusal(path) == f"{str(path)!r} is a program."


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    assert (
        refusal(tmp_path / "x.bib") == f"There is no file {str(tmp_path / 'x.bib')!r}; check the name and the folder."
    )
    assert refusal(tmp_path).startswith(f"{str(tmp_path)!r} is a directory;")


def test_a_file_that_is_too_large_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "refs.bib", BIB.encode().ljust(MAX_BYTES + 1))
    assert "more than the 20 MB that such a file may have; split it" in refusal(path)


# ---- packed files


def test_a_packed_file_of_several_members_is_read_whole(tmp_path: Path) -> None:
    path = write(tmp_path / "papers.jsonl.gz", gzip.compress(JSONL.encode(), mtime=0) + gzip.compress(JSONL.encode()))
    assert text_of(path) == (JSONL + JSONL, None)


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = write(tmp_path / "papers.bib.gz", gzip.compress(BIB.encode() + b" " * (3 * MAX_BYTES)))
    assert refusal(path) == f"{str(path)!r} unpacks to more than the 20 MB that such a file may have; split it."


def test_json_lines_may_be_larger(tmp_path: Path) -> None:
    path = write(tmp_path / "papers.jsonl.gz", gzip.compress(JSONL.encode() + b" " * (MAX_BYTES + 1)))
    assert [item.title for item in read(path) if isinstance(item, Paper)] == ["Hearing in the dark"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (gzip.compress(BIB.encode() * 500, mtime=0)[:60], "cut off"),
        (gzip.compress(BIB.encode(), mtime=0)[:-8] + b"checksum", "damaged"),
        (gzip.compress(gzip.compress(BIB.encode(), mtime=0)), "packed twice"),
        (gzip.compress(b"PK\x03\x04", mtime=0), "a zip or Office file"),
    ],
)
def test_what_a_packed_file_has_wrong_is_said(tmp_path: Path, content: bytes, reason: str) -> None:
    assert reason in refusal(write(tmp_path / "papers.gz", content))


# ---- encodings

_NAMES = "@article{a, title = {Über die Größe der Grillen im Frühjahr}, author = {Müller, Jürgen and Gómez, José}}\n"
_HAN = "@article{a, title = {关于草地声学的研究与田野观察方法}, author = {李伟 and 张明}, journal = {声学学报}}\n"
_KANA = (
    "@article{a, title = {草原におけるコオロギの鳴き声の研究について}, author = {山田 太郎}, journal = {音響学会誌}}\n"
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_unicode_is_read_without_a_word(tmp_path: Path, encoding: str) -> None:
    path = write(tmp_path / "refs.bib", (_NAMES * 3).encode(encoding))
    text, guessed = text_of(path)
    assert text.lstrip("\ufeff") == _NAMES * 3
    assert guessed is None


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (_NAMES, "latin-1"),
        (_NAMES, "cp1252"),
        (_HAN, "gbk"),
        (_HAN, "gb18030"),
        (_KANA, "shift_jis"),
        (_KANA, "euc_jp"),
    ],
)
def test_an_older_encoding_is_guessed_and_said(tmp_path: Path, text: str, encoding: str) -> None:
    path = write(tmp_path / "refs.bib", (BIB * 50 + text).encode(encoding))
    assert text_of(path)[0] == BIB * 50 + text
    notice = read(path)[0]
    assert isinstance(notice, Notice)
    assert "is not UTF-8 and was read as" in notice.text


def test_western_names_in_a_small_file_are_not_taken_for_eastern_ones(tmp_path: Path) -> None:
    text = "@article{a, title = {Avaliação}, author = {Araújo, João and Núñez, Pedro and Bjørn, K.}}\n"
    assert text_of(write(tmp_path / "refs.bib", text.encode("latin-1"))) == (text, "cp1252")


def test_eastern_names_stay_eastern(tmp_path: Path) -> None:
    text = "@article{a, title = {Příliš žluťoučký kůň}, author = {Dvořák, Jiří and Novák, Šimon}}\n"
    assert text_of(write(tmp_path / "refs.bib", text.encode("cp1250"))) == (text, "cp1250")


def test_a_character_cut_by_the_first_bytes_is_no_other_encoding(tmp_path: Path) -> None:
    path = write(tmp_path / "refs.bib", BIB + "% " + "é" * 70_000)
    assert kind_of(path) == "bibtex"
    assert text_of(path)[1] is None
