"""``python -m benchmarks.scale FILE``: whether thousands of papers go in at a steady rate and with flat memory.

FILE is anything that ``papertalk ingest`` reads, for instance 18,000 abstracts as JSON Lines. Printed are, for each
block of records, its rate as a share of the first block's, and the memory of the process. Ctrl-C stops it, and then
a second run with the same ``--data-dir`` goes on and says how much was there already.
"""

from __future__ import annotations

import argparse
import itertools
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from assistant import Assistant
from assistant.papers import Paper
from assistant.sources import Item
from assistant.sources.files import read

_BLOCK = 5_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--papers", type=int, help="the first so many that have an abstract")
    parser.add_argument("--data-dir", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        measure(arguments.file, arguments.papers, arguments.data_dir or Path(folder))


def measure(file: Path, most: int | None, folder: Path) -> None:
    first_rate = 0.0
    last_time, last_count = time.monotonic(), 0

    def step(done: int, _: int) -> None:
        nonlocal first_rate, last_time, last_count
        if done - last_count < _BLOCK:
            return
        now = time.monotonic()
        rate = (done - last_count) / (now - last_time)
        first_rate = first_rate or rate
        last_time, last_count = now, done
        print(f"{done:9,} records   rate {rate / first_rate:5.2f}   memory {resident_mb():6.0f} MB", flush=True)

    with Assistant(library="scale", data_dir=folder) as assistant:
        print(f"{len(assistant.library):,} papers are there   memory {resident_mb():.0f} MB")
        try:
            report = assistant.take_in(itertools.islice(with_abstracts(file), most), step)
            print(report)
        except KeyboardInterrupt:
            print("stopped")
        print(f"{len(assistant.library):,} papers   memory {resident_mb():.0f} MB")


def with_abstracts(file: Path) -> Iterator[Item]:
    return (item for item in read(file) if isinstance(item, Paper) and item.abstract)


def resident_mb() -> float:
    """The process's resident memory, as Linux tells it."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096 / 1e6


if __name__ == "__main__":
    main()
