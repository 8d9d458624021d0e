"""The process that parses PDFs, so that a hostile or damaged file can take no more than this process: its main loop,
and what it is allowed to use.

It reads a request a line from its standard input and writes a reply a line, both JSON:
``{"path": ..., "name": ...}`` -> ``{"paper": ..., "notices": [...]}`` or ``{"unreadable": reason}``.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

from assistant.sources.pdf_pages import BROKEN, MAX_CHARACTERS, PASSWORD, TOO_LONG, Document, Page, PdfError

MAX_PAGES = 2_000
MAX_MEMORY = 1_500_000_000
"""Bytes of address space, where the system can limit it."""
MAX_SECONDS = 120
"""For one file: of processor time here, of the clock in the process that waits."""

_MOST_UNMAPPED = 0.3
"""The share of characters without a meaning from which a text layer is of no use."""

_OCR = "run OCR on it (for example: ocrmypdf in.pdf out.pdf) and add the result."
_REPAIR = "download it again, or repair it (for example: qpdf in.pdf out.pdf)."
_REASONS = {
    PASSWORD: "it is protected by a password; save a copy without one (for example: qpdf --decrypt) and add that.",
    BROKEN: f"it is damaged, or no PDF; {_REPAIR}",
    TOO_LONG: f"it holds more than {MAX_CHARACTERS:,} characters; split it and add the parts.",
}


def main() -> None:
    """Answer requests until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that waits, which ends this one
    replies = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # no library writes among the replies
    _limit_memory()
    for line in sys.stdin:
        request = json.loads(line)
        _limit_time()
        try:
            reply = parse(Path(request["path"]), request["name"])
        except PdfError as error:
            reply = {"unreadable": _REASONS[error.kind]}
        except MemoryError:
            reply = {"unreadable": f"it needs more than {MAX_MEMORY / 1e9} GB of memory; split it and add the parts."}
        except (ValueError, ArithmeticError, LookupError, RecursionError, OSError) as error:
            reply = {"unreadable": f"it cannot be made sense of ({type(error).__name__}); {_REPAIR}"}
        replies.write(json.dumps(reply) + "\n")
        replies.flush()


def _limit_memory() -> None:
    with contextlib.suppress(ImportError, ValueError, OSError):  # Windows has none, macOS refuses some
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))


def _limit_time() -> None:
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        used = resource.getrusage(resource.RUSAGE_SELF)
        soonest = int(used.ru_utime + used.ru_stime) + MAX_SECONDS + 1
        resource.setrlimit(resource.RLIMIT_CPU, (soonest, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def parse(path: Path, name: str) -> dict[str, Any]:
    """The reply for one file.

    Raises:
        PdfError: it cannot be opened, or is too long.
    """
    from assistant.sources.pdf_structure import to_paper

    document = Document(path)
    try:
        if len(document) > MAX_PAGES:
            return {
                "unreadable": f"it has {len(document):,} pages, more than {MAX_PAGES:,}; split it and add the parts."
            }
        pages, bad = _pages(document)
        reason = _no_text(pages, bad)
        if reason:
            return {"unreadable": reason}
        paper = to_paper(pages, name, document.title, Path(name).stem)
    finally:
        document.close()
    return {"paper": paper.to_dict(), "notices": _notices(name, pages, bad)}


def _pages(document: Document) -> tuple[list[Page], list[int]]:
    """The pages that could be read, and the numbers of those that could not."""
    pages, bad, length = [], [], 0
    for number in range(1, len(document) + 1):
        page = document.page(number)
        if page is None:
            bad.append(number)
            continue
        length += sum(len(word.text) for word in page.words)
        if length > MAX_CHARACTERS:
            raise PdfError(TOO_LONG)
        pages.append(page)
    return pages, bad


def _no_text(pages: list[Page], bad: list[int]) -> str:
    """Why nothing can be read of the pages; empty where there is text."""
    if not pages:
        return f"none of its {len(bad)} pages can be read; {_REPAIR}" if bad else f"it has no pages; {_REPAIR}"
    if any(page.unmapped for page in pages):
        lost = sum(page.unmapped for page in pages if page.words or page.unmapped)
        if lost / sum(1 for page in pages if page.words or page.unmapped) > _MOST_UNMAPPED:
            return (
                f"its fonts do not say which characters they show; {_OCR.replace('ocrmypdf', 'ocrmypdf --force-ocr')}"
            )
    if any(char.isalnum() for page in pages for word in page.words for char in word.text):
        return ""
    if any(page.has_image for page in pages):
        return f"its pages are images without a text layer; {_OCR}"
    return f"there is no text on its pages; if they show some, {_OCR}"


def _notices(name: str, pages: list[Page], bad: list[int]) -> list[str]:
    notices = []
    if bad:
        notices.append(f"{name}: {_numbered(bad)} cannot be read and {_is(bad)} left out; {_REPAIR}")
    scans = [page.number for page in pages if not page.words and page.has_image]
    if scans:
        notices.append(f"{name}: {_numbered(scans)} {_is(scans)} without a text layer; if there is text on it, {_OCR}")
    return notices


def _numbered(numbers: list[int]) -> str:
    """``page 3``, ``pages 3, 5-7``."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1][-1:] = [*runs[-1][-1:], number] if len(runs[-1]) == 1 else [number]
        else:
            runs.append([number])
    shown = ", ".join("-".join(map(str, run)) for run in runs)
    return f"{'page' if len(numbers) == 1 else 'pages'} {shown}"


def _is(numbers: list[int]) -> str:
    return "is" if len(numbers) == 1 else "are"


if __name__ == "__main__":
    main()
