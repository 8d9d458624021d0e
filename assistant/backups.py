"""A library to and from one file, while it serves: papers with their vectors, what is known of them, conversations.

The file is a zip archive, so that common tools open it::

    papers/00001.jsonl     records of whole papers, one a line
    papers/00001.f32       their vectors (float32, little-endian)
    about.json             author, sources, what was removed, decisions about namesakes
    conversations.jsonl    conversations about the library: questions with answers, and feedback
    manifest.json          format, model, counts, and each part's size and SHA-256; written last

Nothing of it is code, and nothing is unpacked to a path that it names. A file is checked whole before anything is
restored, and what is restored comes into use at once or not at all.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import IO, Any, BinaryIO

import numpy as np

from assistant.analysis.decisions import Decisions
from assistant.api import Assistant
from assistant.conversations.database import Database
from assistant.conversations.store import FILE as CONVERSATIONS_FILE
from assistant.errors import ConfigError, EmbeddingMismatch, ExportError, LibraryError, SourceError
from assistant.ingesting import Progress
from assistant.library import KnownSource, library_names, refill, store_errors
from assistant.namesakes import decisions_of
from assistant.passages import from_record
from assistant.settings import Settings
from assistant.sources import Profile
from vectorstore.embeddings import EmbeddingModel, open_model
from vectorstore.records import Record, record_id, split_id
from vectorstore.store import LAYOUT, OWN_FIELDS, WRITTEN, Rows

FORMAT, VERSION = "papertalk-backup", 1
_MANIFEST, _ABOUT, _CONVERSATIONS = "manifest.json", "about.json", "conversations.jsonl"
_RECORDS_A_PART = 2_000
_MOST_BYTES_A_PART = 400_000_000
_MOST_BYTES_OF_MANIFEST = 20_000_000
_MOST_GROWTH = 200
"""How many times its size a file may unpack to: text and vectors stay far below, a zip bomb does not."""
_CHUNK = 1 << 20
_WRITABLE_BY_OWNER = 0o600

Line = dict[str, Any]


@dataclass(frozen=True, slots=True)
class BackupReport:
    """What a backup holds; ``size`` is in bytes."""

    library: str
    papers: int
    records: int
    conversations: int
    size: int

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class RestoreReport:
    """What was restored. ``conversations`` counts those that were not there already."""

    library: str
    papers: int
    records: int
    conversations: int

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


# ---- writing


def backup(assistant: Assistant, target: Path | BinaryIO, progress: Progress | None = None) -> BackupReport:
    """Write the assistant's library to a file, which takes its name once it is whole, or to a stream.

    The papers are those of the moment at which it begins; one that is changed or removed meanwhile is as it then is.
    ``progress`` is told how many of how many papers are written.

    Raises:
        ExportError: the file cannot be written.
        LibraryUnavailable: the server that keeps the library does not answer.
    """
    if not isinstance(target, Path):
        return _write(assistant, target, progress)
    draft = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        try:
            with draft.open("xb") as file:
                draft.chmod(_WRITABLE_BY_OWNER)
                report = _write(assistant, file, progress)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(target)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        raise ExportError(
            f"The backup cannot be written to {str(target)!r} ({error.strerror}); choose another place."
        ) from error
    return report


class _Counted:
    """A stream that is written from its beginning to its end."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.size = 0
        self.is_given_up = False

    def write(self, content: bytes) -> int:
        if not self.is_given_up:
            self._stream.write(content)
            self.size += len(content)
        return len(content)

    def flush(self) -> None:
        if not self.is_given_up:
            self._stream.flush()

    def close(self) -> None:
        """Whoever opened the stream closes it."""


class _Writer:
    def __init__(self, stream: BinaryIO) -> None:
        self.counted = _Counted(stream)
        self._zip = zipfile.ZipFile(self.counted, "w", zipfile.ZIP_DEFLATED)
        self.parts: dict[str, dict[str, str | int]] = {}

    def add(self, name: str, pieces: Iterable[bytes]) -> None:
        digest, size = hashlib.sha256(), 0
        with self._zip.open(name, "w", force_zip64=True) as part:
            for piece in pieces:
                part.write(piece)
                digest.update(piece)
                size += len(piece)
        self.parts[name] = {"sha256": digest.hexdigest(), "bytes": size}

    def finish(self, manifest: Mapping[str, Any]) -> None:
        self._zip.writestr(_MANIFEST, json.dumps({**manifest, "parts": self.parts}, indent=1))
        self._zip.close()

    def give_up(self) -> None:
        """Write nothing more: an archive that is let go of open would still write its end."""
        self.counted.is_given_up = True
        self._zip.close()


def _write(assistant: Assistant, stream: BinaryIO, progress: Progress | None) -> BackupReport:
    writer = _Writer(stream)
    try:
        return _filled(writer, assistant, progress)
    except BaseException:
        writer.give_up()
        raise


def _filled(writer: _Writer, assistant: Assistant, progress: Progress | None) -> BackupReport:
    library = assistant.library.snapshot()
    papers = records = 0
    with store_errors(library.name):
        about = {"about": library.known, "people": list(decisions_of(library).lines)}
        writer.add(_ABOUT, [json.dumps(about).encode()])
        for number, part in enumerate(_parts(library.store.rows(library.papers)), start=1):
            writer.add(
                f"papers/{number:05}.jsonl", (_line(row) for rows in part for row in map(_written, rows.records))
            )
            writer.add(f"papers/{number:05}.f32", (rows.vectors.astype("<f4").tobytes() for rows in part))
            papers += len(part)
            records += sum(len(rows.records) for rows in part)
            if progress:
                progress(papers, len(library))
    database = Database(assistant.settings.data_dir / CONVERSATIONS_FILE)
    known = database.rows("SELECT id FROM conversations WHERE library = :library", {"library": library.name})
    writer.add(_CONVERSATIONS, (_line(row) for (one,) in known for row in _conversation(database, one)))
    model = library.store.model
    writer.finish(
        {
            "format": FORMAT,
            "version": VERSION,
            "library": library.name,
            "made": datetime.now(UTC).isoformat(timespec="seconds"),
            "model": model.name,
            "dimension": model.dimension,
            "layout": LAYOUT,
            "papers": papers,
            "records": records,
            "conversations": len(known),
        }
    )
    return BackupReport(library.name, papers, records, len(known), writer.counted.size)


def _parts(rows: Iterable[Rows]) -> Iterator[list[Rows]]:
    """Papers in parts that fit into memory."""
    part: list[Rows] = []
    for one in rows:
        if part and sum(len(other.records) for other in part) + len(one.records) > _RECORDS_A_PART:
            yield part
            part = []
        part.append(one)
    if part:
        yield part


def _written(record: Record) -> Line:
    fields = {name: value for name, value in record.fields.items() if name not in OWN_FIELDS}
    return {"id": record.id, "text": record.text, "fields": fields}


def _line(row: Mapping[str, Any]) -> bytes:
    return json.dumps(row).encode() + b"\n"


_TABLES = {
    "conversations": ("id", "title", "started", "changed", "owner", "token"),
    "exchanges": ("conversation", "number", "at", "question", "answer", "told", "evidence"),
    "feedback": ("conversation", "number", "at", "useful", "reason"),
}
"""What is kept of conversations, by table and column."""


def _conversation(database: Database, key: str) -> Iterator[Line]:
    for table, columns in _TABLES.items():
        by = columns[0]
        for row in database.rows(f"SELECT {', '.join(columns)} FROM {table} WHERE {by} = :key", {"key": key}):
            yield {"table": table, **dict(zip(columns, row, strict=True))}


# ---- reading


def restore(
    source: Path,
    settings: Settings,
    *,
    replace: bool = False,
    model: EmbeddingModel | None = None,
    progress: Progress | None = None,
    aside: AbstractContextManager[object] | None = None,
) -> RestoreReport:
    """Make the library that the settings name out of a backup, without embedding anything.

    It goes to where the settings keep libraries: into the data folder, or onto a Chroma server. ``replace`` puts it in
    the place of a library of that name; ``aside`` closes that for a moment, where this process has it open.
    Conversations that are there already stay as they are. ``progress`` is told how many of how many papers are
    restored.

    Raises:
        SourceError: the file cannot be read, is no backup, or is damaged; nothing was changed.
        LibraryError: there is a library of that name, and it shall not be replaced.
        EmbeddingMismatch: another embedding model is configured than the backup's.
        LibraryInUse, LibraryNotWritable, LibraryUnavailable: as their names say.
    """
    with _Reader(source) as reader:
        if not replace and settings.library in library_names(settings):
            raise LibraryError(
                f"The library {settings.library!r} is there already; choose another name with --library, or replace it "
                f"with --replace."
            )
        with store_errors(settings.library):
            model = model or open_model(settings.embedding_model, settings.embedding_url)
        if (model.name, model.dimension, LAYOUT) != (reader.model, reader.dimension, reader.layout):
            raise EmbeddingMismatch(settings.library, reader.model, model.name)
        reader.check()
        done = 0

        def counted() -> Iterator[Rows]:
            nonlocal done
            for rows in reader.rows():
                yield rows
                done += sum(record.kind == "document" for record in rows.records)
                if progress:
                    progress(done, reader.papers)

        about = reader.about()
        refill(settings, model, counted(), about["about"], about["people"], aside)
        conversations = _restore_conversations(settings, reader.lines(_CONVERSATIONS))
    return RestoreReport(settings.library, reader.papers, reader.records, conversations)


class _Reader:
    """A backup. What is read of it is held against the manifest."""

    def __init__(self, source: Path) -> None:
        self._source = source
        try:
            self._file = source.open("rb")
        except OSError as error:
            raise SourceError(f"The backup {str(source)!r} cannot be read: {error.strerror}.") from error
        try:
            self._zip = self._archive()
            self._read_manifest()
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> _Reader:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()
        self._file.close()

    def _archive(self) -> zipfile.ZipFile:
        try:
            return zipfile.ZipFile(self._file)
        except OSError as error:
            raise SourceError(f"The backup {str(self._source)!r} cannot be read: {error.strerror}.") from error
        # NotImplementedError is zipfile's, of an archive that is packed by a method it does not know.
        except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
            raise self._damaged("it is no zip archive, or was cut off") from error

    def _damaged(self, reason: str) -> SourceError:
        return SourceError(f"The file {str(self._source)!r} is no whole backup: {reason}; nothing was restored.")

    def _read_manifest(self) -> None:
        infos = self._zip.infolist()
        names = [info.filename for info in infos]
        size = self._source.stat().st_size
        if len(set(names)) != len(names) or names.count(_MANIFEST) != 1:
            raise self._damaged("its list of parts is not one")
        if sum(info.file_size for info in infos) > _MOST_GROWTH * size + _CHUNK:
            raise self._damaged("it would unpack to far more than a backup does")
        manifest = self._json(b"".join(self._bytes(_MANIFEST, _MOST_BYTES_OF_MANIFEST)))
        if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
            raise self._damaged("it was not written by Papertalk")
        if manifest.get("version") != VERSION:
            raise SourceError(
                f"The backup {str(self._source)!r} is of another version of Papertalk; restore it with that one."
            )
        try:
            self.model, self.layout = str(manifest["model"]), str(manifest["layout"])
            self.dimension, self.papers, self.records = (
                int(manifest[name]) for name in ("dimension", "papers", "records")
            )
            self._parts = {
                str(name): (str(part["sha256"]), int(part["bytes"])) for name, part in manifest["parts"].items()
            }
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise self._damaged("its manifest lacks something") from error
        self._numbers = range(1, sum(name.endswith(".f32") for name in self._parts) + 1)
        expected = {
            _ABOUT,
            _CONVERSATIONS,
            *(f"papers/{n:05}.{kind}" for n in self._numbers for kind in ("jsonl", "f32")),
        }
        if set(self._parts) != expected or set(names) != {*expected, _MANIFEST} or self.dimension < 1:
            raise self._damaged("its parts are not those of its manifest")

    def check(self) -> None:
        """Read everything once.

        Raises:
            SourceError: something is not what the manifest says, or cannot be restored.
        """
        seen: set[str] = set()
        records = 0
        self._check_about(self.about())
        for rows in self.rows():
            records += len(rows.records)
            for record in rows.records:
                if record.kind == "document":
                    if record.id in seen:
                        raise self._damaged(f"it holds the paper {record.id!r} twice")
                    seen.add(record.id)
        if (len(seen), records) != (self.papers, self.records):
            raise self._damaged("its papers are not as many as its manifest says")
        for line in self.lines(_CONVERSATIONS):
            self._check_conversation(line)

    def _check_about(self, about: Line) -> None:
        try:
            known, decisions = about["about"], about["people"]
            for row in known.get("sources", {}).values():
                KnownSource(**row)
            if known.get("author"):
                Profile(**known["author"])
            whole = _is_text(decisions) and _is_text(known.get("removed", []))
            Decisions(None, tuple(decisions)).of("")
        except (KeyError, TypeError, AttributeError, ConfigError) as error:
            raise self._damaged("what it says of the library cannot be read") from error
        if not whole:
            raise self._damaged("what it says of the library cannot be read")

    def _check_conversation(self, line: Line) -> None:
        try:
            columns = _TABLES[line["table"]]
            values = {name: line[name] for name in columns}
            numbers = {name: values.pop(name) for name in ("number", "useful") if name in values}
            absent = {name for name in ("owner", "token", "evidence") if values.get(name, "") is None}
            times = [datetime.fromisoformat(values[name]) for name in ("started", "changed", "at") if name in values]
            whole = all(isinstance(values[name], str) for name in values.keys() - absent) and len(times) < 3
            whole = whole and all(isinstance(number, int) for number in numbers.values())
            whole = whole and isinstance(json.loads(values.get("answer", "{}")), dict)
            whole = whole and isinstance(json.loads(values.get("evidence") or "[]"), list)
        except (KeyError, TypeError, ValueError, RecursionError) as error:
            raise self._damaged("a conversation in it cannot be read") from error
        if not whole:
            raise self._damaged("a conversation in it cannot be read")

    def about(self) -> Line:
        return self._object(b"".join(self._bytes(_ABOUT)))

    def rows(self) -> Iterator[Rows]:
        """Whole papers with their vectors, a part at a time."""
        for number in self._numbers:
            records = [self._record(line) for line in self.lines(f"papers/{number:05}.jsonl")]
            content = b"".join(self._bytes(f"papers/{number:05}.f32"))
            if len(content) != 4 * self.dimension * len(records):
                raise self._damaged("it has another number of vectors than of records")
            vectors = np.frombuffer(content, dtype="<f4").reshape(-1, self.dimension).astype(np.float32)
            if not np.isfinite(vectors).all() or (np.linalg.norm(vectors, axis=1) > 1.01).any():
                raise self._damaged("a vector in it is none")
            for key, group in groupby(records, key=lambda record: record.parent):
                self._check_paper(key, list(group))
            yield Rows(records, vectors)

    def _check_paper(self, key: str, rows: list[Record]) -> None:
        passages = sum(row.kind == "passage" for row in rows)
        expected = [key, *(record_id(key, "passage", n) for n in range(passages))]
        expected += [record_id(key, "sentence", n) for n in range(len(rows) - passages - 1)]
        try:
            whole = [row.id for row in rows] == expected
            from_record(rows[0])
            int(rows[0].fields["order"])
        except Exception as error:  # whatever a paper that is none makes of the code that reads papers
            raise self._damaged(f"the paper {key!r} cannot be read") from error
        if not whole:
            raise self._damaged(f"the paper {key!r} is not whole")

    def _record(self, line: Line) -> Record:
        key, text, fields = line.get("id"), line.get("text"), line.get("fields")
        if not isinstance(key, str) or not isinstance(text, str) or not isinstance(fields, dict):
            raise self._damaged("a record in it cannot be read")
        try:
            split_id(key)
        except (ValueError, IndexError) as error:
            raise self._damaged("a record in it has no place") from error
        if not all(_is_value(value) and value is not None for value in fields.values()):
            raise self._damaged(f"the record {key!r} cannot be read")
        own = {*OWN_FIELDS, WRITTEN}
        return Record(key, text, None, {name: value for name, value in fields.items() if name not in own})

    def lines(self, name: str) -> Iterator[Line]:
        rest = b""
        for piece in self._bytes(name):
            *whole, rest = (rest + piece).split(b"\n")
            for line in whole:
                yield self._object(line)
        if rest:
            yield self._object(rest)

    def _object(self, line: bytes) -> Line:
        row = self._json(line)
        if not isinstance(row, dict):
            raise self._damaged("a line in it cannot be read")
        return row

    def _json(self, content: bytes) -> Any:
        try:
            return json.loads(content)
        except (ValueError, RecursionError) as error:
            raise self._damaged("it holds text that is no JSON") from error

    def _bytes(self, name: str, most: int | None = None) -> Iterator[bytes]:
        """A part, piece by piece; it is whole and unchanged, or this raises."""
        digest, size = ("", most) if most is not None else self._parts[name]
        if size > _MOST_BYTES_A_PART:
            raise self._damaged(f"its part {name!r} is too large")
        read = hashlib.sha256()
        left = size
        try:
            with self._zip.open(name) as part:
                while piece := _read(part):
                    left -= len(piece)
                    if left < 0:
                        raise self._damaged(f"its part {name!r} is larger than it says")
                    read.update(piece)
                    yield piece
        # zipfile's own: RuntimeError of a part with a password, NotImplementedError of a method that it does not know.
        except (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError, NotImplementedError) as error:
            raise self._damaged(f"its part {name!r} cannot be read") from error
        if most is None and (left or read.hexdigest() != digest):
            raise self._damaged(f"its part {name!r} was changed")


def _read(part: IO[bytes]) -> bytes:
    return part.read(_CHUNK)


def _is_value(value: object) -> bool:
    return value is None or isinstance(value, str | bool | int) or (isinstance(value, float) and math.isfinite(value))


def _is_text(lines: object) -> bool:
    return isinstance(lines, list) and all(isinstance(line, str) for line in lines)


def _restore_conversations(settings: Settings, lines: Iterable[Line]) -> int:
    """Put back conversations that are not there; how many."""
    first = next(rows := iter(lines), None)
    if first is None:
        return 0
    restored: set[str] = set()
    with Database(settings.data_dir / CONVERSATIONS_FILE).writing() as database:
        for line in (first, *rows):
            table, columns = line["table"], _TABLES[line["table"]]
            values = {name: line[name] for name in columns}
            if table == "conversations":
                values["library"] = settings.library
                taken = "SELECT 1 FROM conversations WHERE id = :id OR token = :token"
                if database.execute(taken, values).fetchone():
                    continue
                restored.add(str(values["id"]))
            elif values["conversation"] not in restored:
                continue
            names = ", ".join(f":{name}" for name in values)
            database.execute(f"INSERT OR IGNORE INTO {table} ({', '.join(values)}) VALUES ({names})", values)
            if table == "exchanges":
                search = "INSERT OR IGNORE INTO searched VALUES (:conversation, :number, searchable(:question, :told))"
                database.execute(search, values)
    return len(restored)
