"""``python -m benchmarks.overhead``: what Papertalk takes, as ratios to its own parts bare, on the sample author.

Each ratio is the median over runs that alternate between the two, so that a busy machine slows both alike.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from assistant import Assistant
from assistant.papers import Paper
from assistant.passages import to_records
from assistant.sources.files import read
from benchmarks.results import Cell, Table, add_keep, publish
from vectorstore.embeddings import open_model
from vectorstore.search import WORD_WEIGHTS

PAGE = Path(__file__).parent.parent / "examples" / "xu_han" / "profile.txt"
_RUNS = 41


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_keep(parser)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        taken_in = ingest(folder)
        with Assistant(library="bench", data_dir=folder) as assistant:
            asked = ask(assistant)
        rows: list[Sequence[Cell]] = [
            ("ingest: rate, as a share of embedding the same texts bare", taken_in, "at least 0.90"),
            ("a warm ask, to its parts bare", asked, "at most 3"),
            ("`papertalk ask` from cold, to `import chromadb, onnxruntime`", cold(folder), "at most 3"),
            ("peak memory with the web chat open, MB", round(memory(folder)), "under 700"),
        ]
    publish(Table("overhead", ("what", "measured", "aim"), rows, libraries=("gradio",)), keep=arguments.keep)


def ingest(folder: str) -> float:
    """The rate of ingesting as a share of the rate of embedding alone; the median of three."""
    model = open_model()
    papers = [item for item in read(PAGE) if isinstance(item, Paper)]
    shares = []
    for run in range(3):
        with Assistant(library=f"ingest{run}" if run else "bench", data_dir=folder, model=model) as assistant:
            whole = _seconds(lambda: assistant.ingest(PAGE))
            stored = assistant.papers()
        assert len(stored) == len(papers)
        records = [record for place, paper in enumerate(stored) for record in to_records(paper, model, place)]
        texts = [record.embed or record.text for record in records]
        bare = _seconds(partial(model.embed, texts))
        shares.append(bare / whole)
    return statistics.median(shares)


def ask(assistant: Assistant) -> float:
    """Over questions made of the library's own names: asking, to embedding, one vector and one keyword query."""
    store = assistant.library.store
    questions = assistant.examples()
    ratios = []
    for run in range(_RUNS):
        question = questions[run % len(questions)]
        whole = _seconds(partial(assistant.ask, question))
        start = time.perf_counter()
        store.nearest(store.model.embed([question])[0], 100)
        store.matching(question, 100, WORD_WEIGHTS)
        parts = time.perf_counter() - start
        ratios.append(whole / parts)
    return statistics.median(ratios[1:])


def cold(folder: str) -> float:
    environment = {**os.environ, "PAPERTALK_DATA_DIR": folder, "PAPERTALK_LIBRARY": "bench"}
    command = [sys.executable, "-m", "assistant.surfaces.cli", "ask", "What is this about?", "--json"]
    imports = [sys.executable, "-c", "import chromadb, onnxruntime"]
    ratios = []
    for _ in range(5):
        whole = _seconds(lambda: subprocess.run(command, env=environment, capture_output=True, check=True))
        ratios.append(whole / _seconds(lambda: subprocess.run(imports, capture_output=True, check=True)))
    return statistics.median(ratios)


def memory(folder: str) -> float:
    """The peak of a process that opens the web chat and answers in it, in MB."""
    code = (
        "import resource; from assistant import Assistant; from assistant.shelf import Shelf\n"
        "from assistant.surfaces.serve.application import application\n"
        "from assistant.surfaces.serve.service import Service\n"
        f"a = Assistant(library='bench', data_dir={folder!r}); application(Service(Shelf(a.settings, a)))\n"
        "[a.ask(q) for q in a.examples() * 5]\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return float(done.stdout.splitlines()[-1])


def _seconds(run: Callable[[], object]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
