"""What a user names as a source -> its items: a file, a folder, an identifier at a service, a link, a pasted text.

Every source opens and, where it was read to its end, closes; the library remembers what closed, so that a later sync
reads again what has changed and nothing else.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from assistant.errors import SourceError
from assistant.papers import Paper
from assistant.settings import Settings
from assistant.sources import Closed, Item, Notice, Opened, Skipped, Unchanged, Unreadable

if TYPE_CHECKING:
    from collections.abc import Callable

    from assistant.sources import files
    from assistant.sources.web import Page, Source, Web

_READERS = 1
"""Raised when the readers find more in a file than they did, so that a sync reads it again."""
_BLOCK = 1 << 20
FOLDER = "folder"
SERVICES = frozenset(["openalex", "s2", "orcid", "arxiv", "doi"])
"""The kinds of sources that say themselves whose papers they are."""
_MOST_PASTED = 5_000_000
"""Bytes of a text that is pasted."""
_MOST_NAMES = 500
"""Identifiers and links in a text that is pasted: each is a request."""
_MOSTLY = 2 / 3
_BULLET = re.compile(r"^(?:[-*•·]|\d{1,3}[.)])\s+|[,;]$")


@dataclass(frozen=True, slots=True)
class Files:
    """A file or a folder that is there."""

    path: Path


@dataclass(frozen=True, slots=True)
class Online:
    """An author or a work at a service, or a page or file at a link."""

    source: Source | Page


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy of a file that goes again, such as an upload: it has a name and no address, so that nothing reads it
    again."""

    path: Path
    name: str


@dataclass(frozen=True, slots=True)
class Pasted:
    """A text, under the name that its papers' source has; like a copy, it has no address."""

    text: str
    name: str


Given = Files | Online | Copy | Pasted | Unreadable


def open_web(settings: Settings, *, max_age: timedelta | None = None) -> Web:
    """The services on the web, as the settings have them; nothing is asked before it is used."""
    from assistant.sources.web import Web

    keys = (settings.s2_api_key, settings.openalex_api_key)
    s2_key, openalex_key = (key.get_secret_value() if key else None for key in keys)
    return Web(
        settings.data_dir / "cache",
        email=settings.email,
        s2_key=s2_key,
        openalex_key=openalex_key,
        max_age=timedelta(days=settings.web_cache_days) if max_age is None else max_age,
        allow_private=settings.allow_private_addresses,
    )


def known_again(sources: Iterable[tuple[str, str]]) -> tuple[list[Given], list[str]]:
    """What of known sources, pairs of kind and address, can be read again, and a sentence for each that cannot."""
    pairs = [(kind, address) for kind, address in sources if address]
    folders = [Path(address) for kind, address in pairs if kind == FOLDER]
    given: list[Given] = []
    missing = []
    for _, address in pairs:
        path = Path(address)
        if path not in folders and any(folder in path.parents for folder in folders):
            continue
        try:
            given += understand([address])
        except SourceError:
            missing.append(f"{address}: is no longer there; the papers that came from it stay.")
    return given, missing


def understand(sources: Iterable[str | Path]) -> list[Given]:
    """What each of the sources is; nothing is read.

    Raises:
        SourceError: there is no such file, and it names nothing at a service that is known.
    """
    return [_understood(source) for source in sources]


def _understood(source: str | Path) -> Given:
    path = Path(source)
    try:
        there = path.exists()
    except (OSError, ValueError) as error:
        raise SourceError(f"{str(source)[:200]!r} cannot be read ({error}); check its name and permissions.") from error
    if there:
        return Files(path)
    if isinstance(source, str):
        from assistant.sources.web import identify

        if found := identify(source):
            return Online(found)
    if re.match(r"[a-z][a-z0-9+.-]*://", str(source), re.IGNORECASE):
        raise SourceError(f"{str(source)[:200]!r} is a link that is not followed; only http and https are.")
    raise SourceError(
        f"There is no file {str(source)[:200]!r}, and it names nothing at a service; check the name and the folder, or "
        f"write openalex:ID, orcid:ID, arxiv:ID, s2:ID or doi:DOI."
    )


def understand_text(text: str) -> list[Given]:
    """What a text that a user pasted is: identifiers and links, one a line, or the content of a file.

    A list of references with links in it is content: nothing is asked for it. DOIs alone on their lines before any
    content are works of their own; behind a reference a DOI is the reference's.

    Raises:
        SourceError: it is empty, too large, or holds too many identifiers.
    """
    name = f"pasted text, {datetime.now(UTC).date().isoformat()}"
    if not text.strip():
        raise SourceError("The pasted text is empty; paste publications, or identifiers and links one a line.")
    if len(text) > _MOST_PASTED or len(text.encode("utf-8", "replace")) > _MOST_PASTED:
        raise SourceError(
            f"The pasted text has more than {_MOST_PASTED // 1_000_000} MB; save it as a file and add that."
        )
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    named = [_named(line, f"{name}, line {number}") for number, line in lines]
    content: list[Given] = []
    if sum(found is not None for found in named) < _MOSTLY * len(lines):
        named = list(takewhile(_is_doi, named))
        content = [Pasted(_from_line(text, lines[len(named)][0]), name)]
    if len(named) > _MOST_NAMES:
        raise SourceError(f"The pasted text has {len(named):,} lines of names; paste {_MOST_NAMES} at once at most.")
    none = "it is no identifier and no link, as the other lines are."
    numbered = zip(lines[: len(named)], named, strict=True)
    return [*(found or Unreadable(f"{name}, line {number}", none) for (number, _), found in numbered), *content]


def _is_doi(found: Given | None) -> bool:
    return isinstance(found, Online) and str(found.source).startswith("doi:")


def _from_line(text: str, number: int) -> str:
    """A text from a line on, counted from 1; those before it are empty, so that its places stay."""
    return "\n" * (number - 1) + "".join(text.splitlines(keepends=True)[number - 1 :])


def _named(line: str, place: str) -> Online | Unreadable | None:
    """The source on the web that a line names, or why it names none though it is written like one."""
    from assistant.sources.web import identify

    written = re.sub(r"^(\w{2,8}):\s+", r"\1:", _BULLET.sub("", line))
    try:
        found = identify(written)
    except SourceError as error:
        return Unreadable(place, str(error)) if len(written.split()) == 1 else None
    return Online(found) if found else None


def read(
    given: Iterable[Given],
    open_web: Callable[[], Web],
    *,
    known_as: Callable[[str], str | None] = lambda _: None,
    full_text: bool = False,
) -> Iterator[Item]:
    """The items of every source, in order.

    ``open_web`` is called when the first service is asked. ``known_as`` says under which name a library holds all that
    a file of that digest holds; such a file is not read again. ``full_text`` fetches the PDF of each paper of a service
    whose licence allows it.
    """
    from assistant.sources import files

    with ExitStack() as open_ones:
        reader = open_ones.enter_context(files.Reader())
        web: Web | None = None
        for source in given:
            if isinstance(source, Files):
                yield from _read_files(source.path, reader, known_as)
                continue
            if isinstance(source, Copy):
                yield from _read_copy(source, reader, known_as)
                continue
            if isinstance(source, Pasted):
                yield from _read_pasted(source, reader, known_as)
                continue
            if isinstance(source, Unreadable):
                yield source
                continue
            web = web or open_ones.enter_context(open_web())
            yield from _read_online(source.source, web, reader, known_as, full_text)


def _read_files(path: Path, reader: files.Reader, known_as: Callable[[str], str | None]) -> Iterator[Item]:
    from assistant.sources import files

    for found in files.find([path]):
        if isinstance(found, Path):
            yield from _read_file(found, found.name, str(found.absolute()), reader, known_as)
        else:
            yield found
    if path.is_dir():
        yield Opened(str(path), FOLDER, str(path.absolute()))
        yield Closed()


def _read_file(
    path: Path, name: str, address: str, reader: files.Reader, known_as: Callable[[str], str | None]
) -> Iterator[Item]:
    from assistant.sources import files

    try:
        content = digest(path)
        kind = files.kind_of(path)
    except (OSError, SourceError) as error:
        yield _whole(path, error)
        return
    yield Opened(name, kind, address, content)
    if known := known_as(content):
        yield Unchanged(known)
    else:
        try:
            yield from reader.read(path)
        except SourceError as error:
            yield _whole(path, error)
            return
    yield Closed()


def _whole(path: Path, error: Exception) -> Unreadable:
    """A file that cannot be read at all; its place says already which it is."""
    return Unreadable(str(path), str(error).removeprefix(f"{str(path)!r} "))


def _read_copy(source: Copy, reader: files.Reader, known_as: Callable[[str], str | None]) -> Iterator[Item]:
    for item in _read_file(source.path, source.name, "", reader, known_as):
        yield _placed(item, str(source.path), source.name)


def _read_pasted(source: Pasted, reader: files.Reader, known_as: Callable[[str], str | None]) -> list[Item]:
    """A text as if it were a file, which is where it stands while it is read."""
    try:
        with TemporaryDirectory(prefix="papertalk-") as folder:
            path = Path(folder) / "pasted"
            path.write_text(source.text, encoding="utf-8", errors="replace")
            return list(_read_copy(Copy(path, source.name), reader, known_as))
    except OSError as error:
        raise SourceError(
            f"The pasted text cannot be written to a temporary file ({error.strerror}); free some space."
        ) from error


def _placed(item: Item, path: str, name: str) -> Item:
    """An item with a name in place of a path, wherever it says what it is from."""
    match item:
        case Paper():
            return replace(item, source=item.source.replace(path, name))
        case Unreadable() | Skipped():
            return replace(item, place=item.place.replace(path, name), reason=item.reason.replace(path, name))
        case Notice():
            return Notice(item.text.replace(path, name))
        case _:
            return item


def _read_online(
    source: Source | Page, web: Web, reader: files.Reader, known_as: Callable[[str], str | None], full_text: bool
) -> Iterator[Item]:
    from assistant.sources.web import Page

    name = str(source)
    try:
        if isinstance(source, Page):
            yield from _read_file(web.fetch(source), name, name, reader, known_as)
            return
        yield Opened(name, source.service, name)
        papers: list[Paper] = []
        for item in web.read(source):
            yield item
            if full_text and isinstance(item, Paper) and item.arxiv_id:
                papers.append(item)
    except SourceError as error:
        yield Unreadable(name, str(error))
        return
    yield Closed()
    for paper in papers:
        yield from _full_text(paper, web, reader, known_as)


def _full_text(paper: Paper, web: Web, reader: files.Reader, known_as: Callable[[str], str | None]) -> Iterator[Item]:
    """A paper's PDF, which is known to be the paper's whatever its first page says."""
    name = f"arxiv:{paper.arxiv_id} (PDF)"
    try:
        path, terms = web.pdf(paper)
        if path is None:
            yield Notice(
                f"{name}: its licence on record does not let a copy be kept; {paper.title!r} has no full text."
            )
            return
        for item in _read_file(path, name, "", reader, known_as):
            if isinstance(item, Paper):
                yield replace(item, ids=paper.ids, license=terms)
            elif isinstance(item, Unreadable):
                path.unlink(missing_ok=True)  # so that the next time fetches it anew
                yield replace(item, place=name)
            else:
                yield item
    except SourceError as error:
        yield Notice(f"{name}: {error}")


def digest(path: Path) -> str:
    """A file's content, whatever it is called and wherever it lies: 64 hexadecimal digits."""
    sha = hashlib.sha256(f"{_READERS}:".encode())
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            sha.update(block)
    return sha.hexdigest()
