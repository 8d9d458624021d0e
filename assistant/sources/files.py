"""Files and folders as sources: what is in a folder, what kind a file is by its content, its text, and its reader."""

from __future__ import annotations

import codecs
import os
import re
import zlib
from collections.abc import Iterable, Iterator
from itertools import takewhile
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Literal

from assistant.errors import SourceError
from assistant.sources import MAX_BYTES, Item, Notice, Skipped, Unreadable, listing

if TYPE_CHECKING:
    from assistant.sources.pdf import PdfReader

Kind = Literal["profile", "bibtex", "ris", "csl-json", "jsonl", "html", "text", "pdf"]

MAX_FILES = 20_000
"""Files of one folder."""
MAX_JSONL_BYTES = 100_000_000
"""JSON Lines, which hold the full texts of an export and are read line by line; other files: ``MAX_BYTES``."""
_HEAD = 65_536
_GZIP = b"\x1f\x8b"
_MAX_MEMBERS = 1_000


# ---- folders


def find(paths: Iterable[Path]) -> Iterator[Path | Unreadable | Skipped]:
    """The files that the paths name: a folder's in the order of their names, with those of its folders.

    Hidden files are left out, and so are links to what lies outside the folder.
    """
    for path in paths:
        what = _what(path)
        if what == "folder":
            yield from _inside(path)
        elif what == "device":
            yield Unreadable(str(path), "it is a pipe or a device; save what it gives as a file.")
        else:
            yield path


def _what(path: Path) -> Literal["file", "folder", "device"]:
    try:
        if path.is_dir():
            return "folder"
        return "device" if path.exists() and not path.is_file() else "file"
    except (OSError, ValueError):  # a name that no file can have: reading it says so
        return "file"


def _inside(folder: Path) -> Iterator[Path | Unreadable | Skipped]:
    root = folder.resolve()
    failed: list[OSError] = []
    count = 0
    for where, folders, names in os.walk(folder, onerror=failed.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for path in (Path(where) / name for name in sorted(names) if not name.startswith(".")):
            if path.is_symlink() and not path.resolve().is_relative_to(root):
                yield Skipped(str(path), "it is a link to a file outside the folder; name that file to add it.")
                continue
            if not path.is_file():
                yield Skipped(str(path), "it is no file.")
                continue
            count += 1
            if count > MAX_FILES:
                yield Unreadable(str(folder), f"it holds more than {MAX_FILES:,} files; name its folders one by one.")
                return
            yield path
    for error in failed:
        yield Unreadable(str(error.filename or folder), f"the folder cannot be read ({error.strerror}).")


# ---- kinds

_BINARY = {
    b"PK\x03\x04": "a zip or Office file; unpack it, or save the document as text or PDF",
    b"\xd0\xcf\x11\xe0": "an old Office file; save it as text or PDF",
    b"{\\rtf": "a rich-text file; save it as plain text",
    b"\x89PNG": "an image; add the paper as a PDF with its text",
    b"\xff\xd8\xff": "an image; add the paper as a PDF with its text",
    b"GIF8": "an image; add the paper as a PDF with its text",
    b"II*\0": "an image; add the paper as a PDF with its text",
    b"MM\0*": "an image; add the paper as a PDF with its text",
    b"%!PS": "a PostScript file; convert it to PDF, e.g. with ps2pdf",
    b"SQLite format 3\0": "a database; export its entries as BibTeX, RIS or CSL-JSON",
    b"BZh": "a compressed file; unpack it",
    b"\xfd7zXZ\0": "a compressed file; unpack it",
    b"7z\xbc\xaf": "a compressed file; unpack it",
    b"\x28\xb5\x2f\xfd": "a compressed file; unpack it",
    b"Rar!": "a compressed file; unpack it",
    b"\x7fELF": "a program",
    b"MZ\x90": "a program",
}
"""How files begin that hold no text, and what to do with them."""
_SUFFIXES: dict[str, Kind] = {
    ".bib": "bibtex", ".bibtex": "bibtex", ".ris": "ris", ".json": "csl-json", ".jsonl": "jsonl", ".ndjson": "jsonl",
    ".html": "html", ".htm": "html", ".xhtml": "html", ".md": "text", ".markdown": "text",
}  # fmt: skip
_PDF = ".pdf"
_HTML = re.compile(
    r"\s*(?:<\?xml[^>]{0,200}>\s*)?(?:(?><!--.*?-->)\s*)*+<(?:!doctype\s+html|html|head|body|div|ul|ol|table|main|section|"
    r"article|p|h[1-6]|span|meta|dl)\b",
    re.IGNORECASE | re.DOTALL,
)
_BIBTEX = re.compile(r"^[ \t]{0,40}@[A-Za-z]{2,30}[ \t]{0,20}[{(]", re.MULTILINE)
_RIS = re.compile(r"^TY {1,2}-", re.MULTILINE)
_JSON = re.compile(r"[\[{]\s*[\[{\"\]}]")
_WRAPPED = re.compile(r"\{\s*\"(?:items|references)\"")


def kind_of(path: Path) -> Kind:
    """What a file holds, by its content; its name decides where that leaves it open.

    Raises:
        SourceError: it is none of the kinds that can be read; the sentence says what it is and what to do.
    """
    head = _head(path)
    if b"%PDF-" in head[:1024]:
        return "pdf"
    kind = _kind_of_text(_decoded(head, path)[0], _suffix(path))
    if kind == "text" and _suffix(path) == _PDF:
        raise SourceError(_no_text(path))
    return kind


def _suffix(path: Path) -> str:
    """What its name says that a file is, packed or not, in small letters."""
    return (Path(path.stem).suffix if path.suffix.casefold() == ".gz" else path.suffix).casefold()


def _kind_of_text(text: str, suffix: str) -> Kind:
    named = _SUFFIXES.get(suffix)
    start = text.lstrip("\ufeff \t\r\n")
    if _HTML.match(start):
        return "html"
    if _JSON.match(start):
        first, newline, _ = start.partition("\n")
        a_line = start.startswith("{") and (not newline or first.rstrip().endswith("}"))
        return "jsonl" if named == "jsonl" or (a_line and not _WRAPPED.match(start)) else "csl-json"
    if start.startswith("TY") and _RIS.match(start):
        return "ris"
    if _BIBTEX.search(start):
        return "bibtex"
    if named in ("bibtex", "ris", "html"):
        return named
    return "profile" if named != "text" and _is_profile(start) else "text"


def _is_profile(text: str) -> bool:
    """Whether a line, or a few short ones together, start a record as our profile pages have it."""
    lines = [line for line in (" ".join(line.split()) for line in text.splitlines()) if line]
    for place, line in enumerate(lines):
        pieces = list(takewhile(lambda piece: len(piece) <= 40, lines[place : place + 4]))
        together = [" ".join(pieces[:count]) for count in range(2, len(pieces) + 1)] if listing.is_piece(line) else []
        found = (listing.parse(candidate) for candidate in (line, *together))
        if any(record and (record.sure or record.of_a_class) for record in found):
            return True
    return False


# ---- content


def _head(path: Path) -> bytes:
    """The first bytes of a file, unpacked where it is packed."""
    content = _read(path, _HEAD)
    if content.startswith(_GZIP):
        return _unpacked(_read(path, MAX_JSONL_BYTES + 1), path, MAX_JSONL_BYTES)[:_HEAD]
    return content


def _read(path: Path, most: int) -> bytes:
    try:
        if path.is_dir():
            raise SourceError(f"{str(path)!r} is a directory; name the file with the papers in it.")
        if path.exists() and not path.is_file():  # it may never end
            raise SourceError(f"{str(path)!r} is a pipe or a device; save what it gives as a file.")
        with path.open("rb") as file:
            return file.read(most)
    except FileNotFoundError:
        raise SourceError(f"There is no file {str(path)!r}; check the name and the folder.") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise SourceError(f"{str(path)[:200]!r} cannot be read ({reason}); check its name and permissions.") from error


def _unpacked(content: bytes, path: Path, most: int) -> bytes:
    """What a gzip file holds, all its members, one after the other; at most ``most`` bytes."""
    unpacked, members = bytearray(), 0
    while content.startswith(_GZIP):
        members += 1
        if members > _MAX_MEMBERS:
            raise SourceError(f"{str(path)!r} is a gzip file of more than {_MAX_MEMBERS:,} parts; pack it anew.")
        unpack = zlib.decompressobj(wbits=31)
        try:
            unpacked += unpack.decompress(content, most + 1 - len(unpacked))
        except zlib.error as error:
            raise SourceError(f"{str(path)!r} is a gzip file that is damaged; pack it anew.") from error
        if len(unpacked) > most:
            raise SourceError(
                f"{str(path)!r} unpacks to more than the {most // 1_000_000} MB that such a file may have; split it."
            )
        if not unpack.eof:
            raise SourceError(f"{str(path)!r} is a gzip file that is cut off; pack it anew.")
        content = unpack.unused_data
    if unpacked.startswith(_GZIP):
        raise SourceError(f"{str(path)!r} is packed twice; unpack it.")
    return bytes(unpacked)


def text_of(path: Path, most: int = MAX_BYTES) -> tuple[str, str | None]:
    """A file's text, and the encoding where it had to be guessed; ``most`` are the bytes that it may have.

    Raises:
        SourceError: the file is missing, a directory, empty, binary, too large, or its encoding cannot be told.
    """
    content = _read(path, most + 1)
    if len(content) > most:
        size = f"{path.stat().st_size / 1e6:.0f} MB, " if path.is_file() else ""
        raise SourceError(
            f"{str(path)!r} has {size}more than the {most // 1_000_000} MB that such a file may have; split it into "
            f"several files."
        )
    return _decoded(_unpacked(content, path, most) if content.startswith(_GZIP) else content, path, whole=True)


_MARKS = {b"\xff\xfe\0\0": "utf-32", b"\0\0\xfe\xff": "utf-32", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
"""What a text may begin with; UTF-32's mark begins with UTF-16's."""
_CONTROL = re.compile(r"[\0-\x08\x0e-\x1b]")
_GUESSED_FROM = 200_000


def _decoded(content: bytes, path: Path, *, whole: bool = False) -> tuple[str, str | None]:
    """The text, and the encoding where it had to be guessed; the last character of a head may be cut off."""
    binary = next((what for mark, what in _BINARY.items() if content.startswith(mark)), None)
    encoding = next((name for mark, name in _MARKS.items() if content.startswith(mark)), None)
    if binary and not encoding:
        raise SourceError(f"{str(path)!r} is {binary}.")
    if encoding is None and content.count(b"\0") > len(content) // 4:  # UTF-16 without a mark: every other byte is 0
        encoding = "utf-16-be" if content[::2].count(b"\0") > content[1::2].count(b"\0") else "utf-16-le"
    guessed = None
    try:
        text = codecs.getincrementaldecoder(encoding or "utf-8-sig")().decode(content, final=whole)
    except UnicodeDecodeError as error:
        if encoding or b"\0" in content:
            raise SourceError(_no_text(path)) from error
        text, guessed = _guessed(content, path)
    if not text.strip("\ufeff\0 \t\r\n\f\v\xa0"):
        raise SourceError(f"{str(path)!r} is empty; put the publications into it.")
    if len(_CONTROL.findall(text)) > len(text) // 10:
        raise SourceError(_no_text(path))
    return text, guessed


_WESTERN = frozenset("àáâãäåæçèéêëìíîïñòóôõöøùúûüßœšžÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜŒŠŽ‘’“”–—…«»\xa0°·•§¿¡")
_NOT_WESTERN = re.compile(
    r"[^\W\d_a-zA-Z]{3}|[a-z][À-ÞŠŽŒ]|[aoiu]ø|ø[áíéúý]|õ(?!e)|\b[Èè][aou]|\bè[b-z]|[au]è|iæ|œ[lnkwczp]"
    r"|ñ(?![aeiouyáéíóúü])|ã[bcdfghjklmpqrtvwxz]|[a-z][¿¡§°·•…«»“”\xa0][a-z]"
)
"""What letters of Eastern Europe, of Asia or of an old Macintosh look like when they are read as cp1252."""


def _is_western(sample: bytes) -> bool:
    """Whether it reads as a Western European language in cp1252, which a guess by frequencies misses in short texts."""
    try:
        text = sample.decode("cp1252")
    except UnicodeDecodeError:
        return False
    return all(letter.isascii() or letter in _WESTERN for letter in text) and not _NOT_WESTERN.search(text)


def _guessed(content: bytes, path: Path) -> tuple[str, str]:
    """A text in an older encoding, and which it is taken for."""
    from charset_normalizer import from_bytes

    # What is not ASCII decides, and may stand far behind the beginning.
    lines = [line for line in content.splitlines() if not line.isascii()]
    sample = b"\n".join(lines)[:_GUESSED_FROM]
    if _is_western(sample):
        return content.decode("cp1252", "replace"), "cp1252"
    best = from_bytes(sample).best()
    if best is None:
        line = next(number for number, line in enumerate(content.splitlines(), 1) if not line.isascii())
        raise SourceError(f"{str(path)!r} is not UTF-8 text (line {line}); save it as UTF-8 and try again.")
    try:
        return content.decode(best.encoding), best.encoding
    except UnicodeDecodeError:
        return content.decode(best.encoding, "replace"), best.encoding


def _no_text(path: Path) -> str:
    if _suffix(path) == _PDF:
        return f"{str(path)!r} is called a PDF and is none; open it to see whether it is damaged, and fetch it again."
    return f"{str(path)!r} is a binary file, not text; copy the publications into a plain text file, or add PDFs."


# ---- readers


def read(path: Path) -> Iterator[Item]:
    """Everything that one file holds; a :class:`Reader` reads many.

    Raises:
        SourceError: the file as a whole cannot be read.
    """
    with Reader() as reader:
        for found in find([path]):
            yield from reader.read(found) if isinstance(found, Path) else (found,)


class Reader:
    """Reads files one after the other; the PDFs among them in one child process.

    ::

        with Reader() as reader:
            for item in reader.read(path):
                ...
    """

    def __init__(self) -> None:
        self._pdf: PdfReader | None = None

    def __enter__(self) -> Reader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the child process."""
        if self._pdf is not None:
            self._pdf.close()
            self._pdf = None

    def read(self, path: Path) -> Iterator[Item]:
        """Everything that a file holds. Papers come without a key where the file gives none.

        Raises:
            SourceError: the file as a whole cannot be read.
        """
        name = str(path)
        kind = kind_of(path)
        if kind == "pdf":
            from assistant.sources.pdf import PdfReader

            self._pdf = self._pdf or PdfReader()
            yield from self._pdf.read(path, name)
            return
        text, guessed = text_of(path, MAX_JSONL_BYTES if kind == "jsonl" else MAX_BYTES)
        if guessed:
            yield Notice(f"{name} is not UTF-8 and was read as {guessed}; if letters look wrong, save it as UTF-8.")
        items = _read_text(text, kind, name)
        del text  # its reader lets go of it as soon as it can
        yield from items


def _read_text(text: str, kind: Kind, name: str) -> Iterator[Item]:
    if kind == "bibtex":
        from assistant.sources.bibtex import read
    elif kind == "ris":
        from assistant.sources.ris import read
    elif kind == "csl-json":
        from assistant.sources.csl_json import read
    elif kind == "jsonl":
        from assistant.sources.jsonl import read
    elif kind == "html":
        from assistant.sources.publication_page import read
    elif kind == "profile":
        from assistant.sources.profile import read
    else:
        from assistant.sources.publication_list import read
    return read(text, name)
