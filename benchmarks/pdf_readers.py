"""``python -m benchmarks.pdf_readers FOLDER``: what each reader of PDFs makes of the files in a folder.

Each reader reads each file in a process of its own. Beside its time and peak memory stands how much of its text is in
the order of ``assistant.sources.pdf`` (the share of that one's runs of five words, captions and tables aside, which the
other has as well), how many words are left cut at a line's end and how many ligatures are left whole.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Set
from dataclasses import dataclass
from pathlib import Path

from benchmarks.arguments import existing_folder

SECONDS = 300
_RUN = 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=existing_folder)
    parser.add_argument("--read", nargs=2, metavar=("READER", "FILE"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.read:
        report(*arguments.read)
        return
    for path in sorted(arguments.folder.glob("*.pdf")):
        print(path.name)
        found = {name: measured(name, path) for name in READERS}
        ours = set(runs(found["papertalk"].text))
        for name, one in found.items():
            print(f"  {name:12} {one.error[:90] or described(one, ours)}", flush=True)


@dataclass(frozen=True, slots=True)
class Measured:
    text: str = ""
    seconds: float = 0.0
    megabytes: float = 0.0
    error: str = ""


def described(one: Measured, ours: Set[tuple[str, ...]]) -> str:
    shared = len(ours & set(runs(one.text))) / len(ours) if ours else 0.0
    cut, ligatures = len(_CUT.findall(one.text)), len(_LIGATURE.findall(one.text))
    size = f"{one.seconds:6.2f} s {one.megabytes:5.0f} MB {len(one.text):8,} characters"
    return f"{size}, in order {shared:4.0%}, cut words {cut:4}, ligatures {ligatures:4}"


_CUT = re.compile(r"[a-z](?:-\s?\n\s*[a-z]|\ufffe)")
_LIGATURE = re.compile("[\ufb00-\ufb06]")


def runs(text: str) -> Iterator[tuple[str, ...]]:
    """Each five words on end, with words that a line's end cut put together."""
    words = re.findall(r"[^\W\d_]+", re.sub(r"(?<=[a-z])(?:[-\u00ad]\s*\n|\ufffe)\s*(?=[a-z])", "", text).casefold())
    return zip(*(words[place:] for place in range(_RUN)), strict=False)


def measured(name: str, path: Path) -> Measured:
    command = [sys.executable, "-m", "benchmarks.pdf_readers", str(path.parent), "--read", name, str(path)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return Measured(error=f"took more than {SECONDS} s")
    return Measured(**json.loads(done.stdout)) if done.returncode == 0 else Measured(error=done.stderr[-90:].strip())


def report(name: str, file: str) -> None:
    """Read one file and print what came of it as JSON."""
    import resource

    read = READERS[name]()
    start = time.perf_counter()
    try:
        text = read(Path(file))
    except Exception as error:  # a reader of others raises what it likes
        print(json.dumps({"error": f"{type(error).__name__}: {error}"}))
        return
    seconds = time.perf_counter() - start
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"text": text, "seconds": seconds, "megabytes": megabytes}))


# ---- the readers, each imported before the clock starts

Reader = Callable[[Path], str]


def _papertalk() -> Reader:
    from assistant.sources.pdf_worker import parse

    def read(path: Path) -> str:
        reply = parse(path, path.name)
        if "unreadable" in reply:
            raise ValueError(reply["unreadable"])
        paper = reply["paper"]
        floats = re.compile(r"(?:Figure|Table|Algorithm)\b")
        parts = [paper["text"][s["start"] : s["end"]] for s in paper["sections"] if not floats.match(s["name"])]
        return "\n\n".join(parts)

    return read


def _pdfium() -> Reader:
    import pypdfium2

    return lambda path: "\n".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(path))


def _pypdf() -> Reader:
    import pypdf

    return lambda path: "\n".join(page.extract_text() for page in pypdf.PdfReader(path).pages)


def _pdfminer() -> Reader:
    from pdfminer.high_level import extract_text

    return lambda path: extract_text(path)


def _pdfplumber() -> Reader:
    import pdfplumber

    def read(path: Path) -> str:
        with pdfplumber.open(path) as document:
            return "\n".join(page.extract_text() for page in document.pages)

    return read


READERS: dict[str, Callable[[], Reader]] = {
    "papertalk": _papertalk,
    "pypdfium2": _pdfium,
    "pypdf": _pypdf,
    "pdfminer.six": _pdfminer,
    "pdfplumber": _pdfplumber,
}

if __name__ == "__main__":
    main()
