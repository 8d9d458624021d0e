"""Profile pages, built so that a test names only what matters to it, and what they are read as."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from assistant import Assistant
from assistant.papers import Paper
from assistant.sources import Unreadable
from assistant.sources.profile import read
from vectorstore.embeddings import EmbeddingModel


def make_record(
    title: str = "A Plain Title",
    *,
    authors: str = "Ada Lovelace, Charles Babbage",
    abstract: str = "We study engines. They compute numbers.",
    listing: str = "31.2CLOct 16, 2019Code",
) -> str:
    """One record as a page shows it; a part given as "" is left out."""
    return "\n\n".join(part for part in (f"{listing}\n{title}", authors, abstract) if part)


def make_page(*records: str, header: str = "Ada Lovelace\n\nCL") -> str:
    """A page with these records, or with a single plain one."""
    return "\n\n".join(part for part in (header, *(records or (make_record(),))) if part) + "\n"


def papers_of(page: str) -> list[Paper]:
    """The papers of a page, with keys ``p1``, ``p2`` and so on."""
    items = list(read(page, "page.txt"))
    assert not any(isinstance(item, Unreadable) for item in items)
    found = [item for item in items if isinstance(item, Paper)]
    return [replace(paper, key=f"p{number}") for number, paper in enumerate(found, start=1)]


def open_page(page: str, folder: Path, model: EmbeddingModel, library: str = "ada") -> Assistant:
    """Opens a new library of the page's papers."""
    path = folder / "page.txt"
    path.write_text(page, encoding="utf-8")
    opened = Assistant(library=library, data_dir=folder, model=model)
    opened.ingest(path)
    return opened
