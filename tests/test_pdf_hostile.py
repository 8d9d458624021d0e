"""PDFs that cannot be read, or must not be: each ends as one Unreadable, soon, and the next file is read as ever."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assistant.papers import Paper
from assistant.sources import Notice, Unreadable, pdf
from assistant.sources.pdf import PdfReader
from assistant.sources.pdf_pages import PdfError
from assistant.sources.pdf_worker import parse
from tests.pdf_making import Sheet, save, save_objects, stream

DATA = Path(__file__).parent / "data" / "pdf"
CATALOGUE = b"<< /Type /Catalog /Pages 2 0 R >>"
PAGES = b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>"
FONT = "/Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >>"
PAGE = f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources << {FONT} >> /Contents 4 0 R >>".encode()
TEXT = b"BT /F1 12 Tf 100 700 Td (A lake has tides.) Tj ET"


@pytest.fixture(scope="module")
def reader() -> Iterator[PdfReader]:
    with PdfReader() as reader:
        yield reader


def read(reader: PdfReader, path: Path) -> Paper | Unreadable:
    items = list(reader.read(path, path.name))
    assert sum(isinstance(item, Paper | Unreadable) for item in items) == 1
    assert isinstance(items[0], Paper | Unreadable)
    return items[0]


def reason(reader: PdfReader, path: Path) -> str:
    item = read(reader, path)
    assert isinstance(item, Unreadable)
    assert item.place == path.name
    return item.reason


def sheet() -> Sheet:
    sheet = Sheet()
    sheet.column(72, 100, ["A lake has tides that are", "as small as the lake."])
    return sheet


# ---- what is no readable PDF


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "it is empty"),
        (b"PK\x03\x04 a Word file", "it is no PDF"),
        (b"<html><body>Sign in to read the PDF</body></html>", "it is no PDF"),
        (b"%PDF-1.5\n" + bytes(range(256)) * 20, "it is damaged"),
        (b"%PDF-1.5\n%%EOF", "it is damaged"),
    ],
)
def test_what_is_no_pdf_says_so(reader: PdfReader, tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(content)
    assert reason(reader, path).startswith(said)


def test_a_missing_file_and_a_folder_say_so(reader: PdfReader, tmp_path: Path) -> None:
    assert reason(reader, tmp_path / "none.pdf").startswith("there is no such file")
    assert reason(reader, tmp_path) == "it is no file."


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_that_never_ends_is_not_waited_for(reader: PdfReader, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.pdf")
    assert reason(reader, tmp_path / "pipe.pdf") == "it is no file."


def test_a_file_that_was_cut_off_is_damaged_or_read_as_far_as_it_goes(reader: PdfReader, tmp_path: Path) -> None:
    content = save(tmp_path / "a.pdf", [sheet()]).read_bytes()
    for end in (20, 200, len(content) // 2, len(content) - 60):
        (tmp_path / "a.pdf").write_bytes(content[:end])
        item = read(reader, tmp_path / "a.pdf")
        assert isinstance(item, Unreadable) or "A lake has tides" in item.text


def test_a_password_is_asked_for_and_an_empty_one_is_not(reader: PdfReader) -> None:
    assert reason(reader, DATA / "user_password.pdf").startswith("it is protected by a password; save a copy without")
    item = read(reader, DATA / "no_user_password.pdf")
    assert isinstance(item, Paper)
    assert item.title == "A Title Under Lock and Key"


def test_a_scan_without_text_names_what_to_do(reader: PdfReader, tmp_path: Path) -> None:
    scan = Sheet()
    scan.image(0, 0, 612, 792)
    said = reason(reader, save(tmp_path / "a.pdf", [scan]))
    assert "images without a text layer" in said
    assert "ocrmypdf" in said


def test_pages_that_are_scans_in_a_file_with_text_are_named(reader: PdfReader, tmp_path: Path) -> None:
    scan = Sheet()
    scan.image(0, 0, 612, 792)
    paper, notice = reader.read(save(tmp_path / "a.pdf", [sheet(), scan, scan, sheet(), scan]), "a.pdf")
    assert isinstance(paper, Paper)
    assert isinstance(notice, Notice)
    assert notice.text.startswith("a.pdf: pages 2-3, 5 are without a text layer")


def test_a_page_that_cannot_be_read_is_named_and_the_others_go_in(reader: PdfReader, tmp_path: Path) -> None:
    two = b"<< /Type /Pages /Count 2 /Kids [3 0 R 9 0 R] >>"
    paper, notice = reader.read(save_objects(tmp_path / "a.pdf", [CATALOGUE, two, PAGE, stream(TEXT)]), "a.pdf")
    assert isinstance(paper, Paper)
    assert "A lake has tides." in paper.text
    assert isinstance(notice, Notice)
    assert notice.text.startswith("a.pdf: page 2 cannot be read and is left out")


def test_an_empty_page_is_no_paper(reader: PdfReader, tmp_path: Path) -> None:
    assert reason(reader, save(tmp_path / "a.pdf", [Sheet()])).startswith("there is no text on its pages")


def test_a_font_that_hides_its_characters_is_not_taken_for_text(reader: PdfReader, tmp_path: Path) -> None:
    to_private_use = (
        b"begincmap 1 begincodespacerange <00> <FF> endcodespacerange 1 beginbfrange <20> <7E> <E020> endbfrange"
    )
    hidden = stream(to_private_use + b" endcmap")
    page = PAGE.replace(b"/BaseFont", b"/ToUnicode 5 0 R /BaseFont")
    said = reason(reader, save_objects(tmp_path / "a.pdf", [CATALOGUE, PAGES, page, stream(TEXT), hidden]))
    assert said.startswith("its fonts do not say which characters they show")


# ---- hostile files


_BRACKETS = b"/X " + b"[" * 10**6 + b"]" * 10**6 + b" /Parent"
_SCALED = b"BT /F1 1e38 Tf 1e38 1e38 1e38 1e38 1e38 1e38 Tm (A) Tj ET"

HARMLESS = {
    "a page of 2,000,000,000 points": [CATALOGUE, PAGES, PAGE.replace(b"612 792", b"2000000000 " * 2), stream(TEXT)],
    "a tree that says 100,000,000": [CATALOGUE, PAGES.replace(b"/Count 1", b"/Count 100000000"), PAGE, stream(TEXT)],
    "a stream that says 2 GB": [CATALOGUE, PAGES, PAGE, b"<< /Length 2000000000 >>\nstream\n" + TEXT + b"\nendstream"],
    "a million brackets": [CATALOGUE, PAGES, PAGE.replace(b"/Parent", _BRACKETS), stream(TEXT)],
}  # fmt: skip
HOSTILE = {
    "no pages": [CATALOGUE, b"<< /Type /Pages /Count 0 /Kids [] >>"],
    "a page tree that holds itself": [CATALOGUE, b"<< /Type /Pages /Count 1 /Kids [2 0 R] >>"],
    "2,001 pages": [CATALOGUE, b"<< /Type /Pages /Count 2001 /Kids [" + b"3 0 R " * 2001 + b"] >>", PAGE, stream(TEXT)],
    "text of 1e38 points": [CATALOGUE, PAGES, PAGE, stream(_SCALED)],
    "brackets in the content": [CATALOGUE, PAGES, PAGE, stream(b"[" * 10**6)],
    "a bomb of 2 GB": [CATALOGUE, PAGES, PAGE, stream(b" " * 2 * 10**9, times=1)],
}  # fmt: skip


@pytest.mark.parametrize("kind", HARMLESS)
def test_what_a_file_only_claims_does_no_harm(reader: PdfReader, tmp_path: Path, kind: str) -> None:
    item = read(reader, save_objects(tmp_path / "a.pdf", HARMLESS[kind]))
    assert isinstance(item, Paper)
    assert item.text == "A lake has tides."


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_file_is_unreadable_and_the_next_one_is_read(reader: PdfReader, tmp_path: Path, kind: str) -> None:
    assert reason(reader, save_objects(tmp_path / "a.pdf", HOSTILE[kind])).endswith(".")
    assert isinstance(read(reader, save(tmp_path / "b.pdf", [sheet()])), Paper)


def test_a_file_that_takes_too_long_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    long = stream(b"BT /F1 9 Tf 9 700 Td " + b"(A lake has tides.) Tj " * 200_000 + b"ET")
    path = save_objects(tmp_path / "a.pdf", [CATALOGUE, PAGES, PAGE, long])
    with PdfReader() as reader:
        with monkeypatch.context() as patch:
            patch.setattr(pdf, "MAX_SECONDS", 1)
            assert reason(reader, path) == "reading it took more than 1 seconds; split it and add the parts."
        assert isinstance(read(reader, save(tmp_path / "b.pdf", [sheet()])), Paper)


def test_a_child_that_died_between_two_files_is_replaced(reader: PdfReader, tmp_path: Path) -> None:
    path = save(tmp_path / "a.pdf", [sheet()])
    assert isinstance(read(reader, path), Paper)
    child = reader._child
    assert child is not None
    child.kill()
    child.wait()
    assert isinstance(read(reader, path), Paper)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows interrupts otherwise")
def test_ctrl_c_ends_the_child_too(tmp_path: Path) -> None:
    code = (
        "import signal, sys; from pathlib import Path; from assistant.sources.pdf import PdfReader\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)  # a test run in the background has it ignored\n"
        "with PdfReader() as reader:\n"
        "    list(reader.read(Path(sys.argv[1]), 'a.pdf')); print(reader._child.pid, flush=True)\n"
        "    while True: list(reader.read(Path(sys.argv[1]), 'a.pdf'))\n"
    )
    path = save(tmp_path / "a.pdf", [sheet()])
    root = Path(__file__).parents[1]
    with subprocess.Popen(
        [sys.executable, "-c", code, str(path)], cwd=root, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        parent.send_signal(signal.SIGINT)
        assert parent.wait(30) != 0
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)


# ---- fuzzing

BASE = [CATALOGUE, PAGES, PAGE, stream(TEXT)]


@settings(
    max_examples=100, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    changes=st.lists(st.tuples(st.integers(0, 3), st.floats(0, 1), st.binary(min_size=1, max_size=6)), max_size=8),
    numbers=st.lists(st.one_of(st.integers(-(10**12), 10**12), st.floats(width=32)), min_size=6, max_size=6),
)
def test_damage_anywhere_ends_as_a_paper_or_a_reason(
    tmp_path: Path, changes: list[tuple[int, float, bytes]], numbers: list[float]
) -> None:
    matrix = " ".join(f"{number:.9g}" for number in numbers).encode()
    objects = [*BASE[:3], stream(TEXT + b" BT /F1 9 Tf " + matrix + b" Tm (More of it) Tj ET " + matrix + b" re f")]
    for index, where, noise in changes:
        body = objects[index]
        at = int(where * len(body))
        objects[index] = body[:at] + noise + body[at + len(noise) :]
    path = save_objects(tmp_path / "a.pdf", objects)
    with contextlib.suppress(PdfError):
        reply = parse(path, "a.pdf")
        assert ("paper" in reply) != ("unreadable" in reply)


_PLACED = st.tuples(
    st.integers(-50, 700),
    st.integers(-50, 850),
    st.text("aZ09 .,-:()[]*", min_size=1, max_size=40)
    | st.sampled_from(["Table 1: A", "References", "1 Introduction", "Abstract"]),
    st.sampled_from([1, 6, 9, 10, 12, 17, 90]),
    st.sampled_from(["F1", "F2", "F3"]),
    st.booleans(),
)


@settings(
    max_examples=100, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    pages=st.lists(st.lists(_PLACED, max_size=25), min_size=1, max_size=3),
    rules=st.lists(st.tuples(st.integers(0, 300), st.integers(0, 600), st.integers(0, 800)), max_size=6),
)
def test_text_at_any_place_makes_a_paper_whose_sections_are_its_text(
    tmp_path: Path, pages: list[list[tuple[int, int, str, int, str, bool]]], rules: list[tuple[int, int, int]]
) -> None:
    sheets = []
    for placed in pages:
        drawn = Sheet()
        for x, y, text, size, font, turned in placed:
            drawn.write(x, y, text, size, font, turned)
        for x0, x1, y in rules:
            drawn.rule(x0, x1, y)
        sheets.append(drawn)
    reply = parse(save(tmp_path / "a.pdf", sheets), "a.pdf")
    if "paper" in reply:
        paper = Paper.from_dict(reply["paper"])
        assert all(paper.text[s.start : s.end].strip() for s in paper.sections)
        assert paper.sections[-1].end == len(paper.text)
        assert [s.start for s in paper.sections] == sorted(s.start for s in paper.sections)
        assert all(offset <= len(paper.text) for offset, _ in paper.pages)
