"""Profile pages, built so that a test names only what matters to it."""

from __future__ import annotations


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
