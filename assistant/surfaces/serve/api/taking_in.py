"""What a request gives as sources: read out of its JSON or its multipart form, bounded, and understood for its caller.

Files lie in a folder of their own until their job has ended. They are known by the names that they came with, which are
never a path: each lies in a folder that is called by a number.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi import HTTPException, Request, UploadFile
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.datastructures import FormData

from assistant.errors import SourceError
from assistant.sources import intake
from assistant.sources.web import identify
from assistant.surfaces.serve.api.schemas import SourcesGiven
from assistant.surfaces.serve.callers import Caller
from assistant.surfaces.serve.problems import invalid
from assistant.surfaces.serve.service import Service

if TYPE_CHECKING:
    from assistant.sources.intake import Given

_MEGABYTE = 1024 * 1024
_BLOCK = _MEGABYTE
_FILES = 200
"""Files of one request."""
_FIELDS = 600
_TEXT_BYTES = 5 * _MEGABYTE
"""Of one field of a form that is no file."""
_NOT_IN_A_NAME = re.compile(r"[^\w .()\[\]+-]+")


@dataclass(frozen=True, slots=True)
class Taken:
    """What a request gives. ``folder`` holds its ``files``; ``fingerprint`` is equal for equal requests."""

    given: SourcesGiven
    files: tuple[Path, ...]
    folder: Path | None
    fingerprint: dict[str, Any]

    def understood(self, caller: Caller) -> list[Given]:
        """
        Raises:
            SourceError: nothing is given, or what is given names nothing that this caller may name.
        """
        sources = intake.understand(self.given.sources) if caller.may("owner") else _online(self.given.sources)
        copies = [intake.Copy(path, path.name) for path in self.files]
        text = intake.understand_text(self.given.text) if self.given.text is not None else []
        if not (sources or copies or text):
            raise SourceError("Nothing is given; give sources, a text or files.")
        return [*sources, *copies, *text]

    def drop(self) -> None:
        """Delete the files."""
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)


async def taken(request: Request, service: Service) -> Taken:
    """Read a request's body.

    Raises:
        HTTPException: it is of another media type, or a file is too large.
        RequestValidationError: it is not as it should be.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind in ("", "application/json"):
        given = _checked(await request.body())
        return Taken(given, (), None, {"given": given.model_dump()})
    if kind == "multipart/form-data":
        async with request.form(max_files=_FILES, max_fields=_FIELDS, max_part_size=_TEXT_BYTES) as form:
            return await service.run(_kept, form, service.settings.max_upload_mb)
    raise HTTPException(415, "Sources come as application/json or as multipart/form-data.")


def _checked(content: bytes | dict[str, Any]) -> SourcesGiven:
    try:
        if isinstance(content, bytes):
            return SourcesGiven.model_validate_json(content or b"{}")
        return SourcesGiven.model_validate(content)
    except ValidationError as error:
        errors = [{"loc": ("body", *one["loc"]), "msg": one["msg"], "type": one["type"]} for one in error.errors()]
        raise RequestValidationError(errors) from error


def _kept(form: FormData, most_megabytes: int) -> Taken:
    """What a form gives, its files copied to where they stay until they are read."""
    fields: dict[str, Any] = {}
    uploads: list[UploadFile] = []
    for name, value in form.multi_items():
        if not isinstance(value, str):
            if name != "files":
                raise invalid(("body", name), "files come in the field 'files'")
            uploads.append(value)  # type: ignore[arg-type]  # Starlette's own class, of which FastAPI's is a kind
        elif name == "sources":
            fields.setdefault("sources", []).append(value)
        else:
            fields[name] = value
    given = _checked(fields)
    if not uploads:
        return Taken(given, (), None, {"given": given.model_dump()})
    folder = Path(tempfile.mkdtemp(prefix="papertalk-"))
    try:
        kept = [_copied(upload, folder / str(place), most_megabytes) for place, upload in enumerate(uploads)]
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    contents = [[path.name, mark] for path, mark in kept]
    return Taken(given, tuple(path for path, _ in kept), folder, {"given": given.model_dump(), "files": contents})


def _copied(upload: UploadFile, folder: Path, most_megabytes: int) -> tuple[Path, str]:
    """The file under a name that is safe, and the digest of its content."""
    folder.mkdir()
    path = folder / _file_name(upload.filename or "")
    sha, size = hashlib.sha256(), 0
    with path.open("wb") as file:
        while block := upload.file.read(_BLOCK):
            size += len(block)
            if size > most_megabytes * _MEGABYTE:
                raise HTTPException(413, f"{path.name!r} is larger than {most_megabytes} MB; split it.")
            sha.update(block)
            file.write(block)
    return path, sha.hexdigest()


def _file_name(name: str) -> str:
    """A name for a file: its own without folders and without what is no part of a word; its ending stays."""
    last = _NOT_IN_A_NAME.sub("_", name.replace("\\", "/").rpartition("/")[2]).lstrip(".")
    stem, dot, ending = last.rpartition(".")
    short = f"{stem[:60]}{dot}{ending[:10]}" if dot else last[:60]
    return short.strip() or "file"


def _online(sources: Sequence[str]) -> list[Given]:
    """Identifiers at services and links, for callers who are not told what lies on this machine.

    Raises:
        SourceError: one names nothing on the web.
    """
    found: list[Given] = []
    for place, source in enumerate(sources, 1):
        there = identify(source)
        if there is None:
            raise SourceError(
                f"Source {place} names nothing on the web; give openalex:ID, orcid:ID, arxiv:ID, s2:ID, doi:DOI or a "
                f"link, or the content itself as a text or as files."
            )
        found.append(intake.Online(there))
    return found
