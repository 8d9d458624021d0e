"""``python -m benchmarks.scale FILE``: whether thousands of papers go in at a steady rate and with flat memory.

FILE is anything that ``papertalk ingest`` reads, for instance 18,000 abstracts as JSON Lines. Printed are, for each
block of records, its rate by the clock and by the processor's time, each as a share of the first block's, and the
memory of the process; on a machine that others use too, the second rate tells. Ctrl-C stops it, and then a second run
with the same ``--data-dir`` goes on and says how much was there already.
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
from benchmarks.arguments import existing_file, positive_number

_BLOCK = 5_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=existing_file)
    parser.add_argument("--papers", type=positive_number, help="the first so many that have an abstract")
    parser.add_argument("--data-dir", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        measure(arguments.file, arguments.papers, arguments.data_dir or Path(folder))


def measure(file: Path, most: int | None, folder: Path) -> None:
    first: tuple[float, float] | None = None
    last, last_count = (time.monotonic(), time.process_time()), 0

    def step(done: int, _: int) -> None:
        nonlocal first, last, last_count
        if done - last_count < _BLOCK:
            return
        now = (time.monotonic(), time.process_time())
        clock, processor = ((done - last_count) / (then - before) for then, before in zip(now, last, strict=True))
        first = first or (clock, processor)
        last, last_count = now, done
        print(
            f"{done:9,} records   rate {clock / first[0]:5.2f}   by processor {processor / first[1]:5.2f}   "
            f"memory {resident_mb():6.0f} MB",
            flush=True,
        )

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
