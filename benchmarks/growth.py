"""``python -m benchmarks.growth FILE``: what a question, a start and a paper more take, as the library grows.

FILE is anything that ``papertalk ingest`` reads, for instance 18,000 abstracts as JSON Lines. Measured are the sample
author and the first thousand papers of FILE, and with ``--large DATA_DIR`` two libraries there: `scale`, which
``benchmarks.scale`` makes of the whole file, and `synthetic`, 100,000 passages whose words are drawn by Zipf's law and
whose vectors are made without a model. Where the latter is not there yet, it is made, which takes most of an hour, and
stays. Each is measured in a process of its own that opens the library, asks, and asks Chroma, tantivy
and the embedding model bare for the same. Times are ratios: to the bare parts in the same process, or to the sample
author in the same run.
"""

from __future__ import annotations

import argparse
import itertools
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from assistant import Answer, Assistant
from assistant.papers import ABSTRACT, TITLE, Author, Paper, Section
from benchmarks.arguments import existing_file, existing_folder, positive_number
from benchmarks.results import Cell, Table, add_keep, publish
from benchmarks.scale import resident_mb, with_abstracts
from examples import SAMPLE
from vectorstore.embeddings import EmbeddingModel, Vectors, open_model
from vectorstore.search import WORD_WEIGHTS
from vectorstore.store import ids_of

_PASSAGES = 100_000
_QUESTIONS = 40
_SAMPLE = "37 papers"
Measured = dict[str, Any]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=existing_file)
    parser.add_argument("--large", type=existing_folder, metavar="DATA_DIR")
    parser.add_argument("--passages", type=positive_number, default=_PASSAGES, help="synthetic ones (default: 100,000)")
    parser.add_argument("--measure", nargs=2, metavar=("DATA_DIR", "LIBRARY"), help=argparse.SUPPRESS)
    add_keep(parser)
    arguments = parser.parse_args()
    if arguments.measure:
        print(json.dumps(measure(Path(arguments.measure[0]), arguments.measure[1])))
        return
    with tempfile.TemporaryDirectory() as folder:
        found = dict(_sizes(Path(folder), arguments))
    _publish(found, keep=arguments.keep)


def _sizes(folder: Path, arguments: argparse.Namespace) -> Iterator[tuple[str, Measured]]:
    def measured(data_dir: Path, library: str) -> Measured:
        command = [sys.executable, "-m", "benchmarks.growth", str(arguments.file), "--measure", str(data_dir), library]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"Measuring {library!r} failed: {done.stderr.strip()[-2_000:]}")
        found: Measured = json.loads(done.stdout.splitlines()[-1])
        print(f"{library}: {json.dumps(found)}", flush=True)
        return found

    with Assistant(library="sample", data_dir=folder) as assistant:
        took = _timed(lambda: assistant.ingest(SAMPLE))
        share = _share_of_bare(assistant, took)
    yield _SAMPLE, measured(folder, "sample") | {"ingest": share}
    with Assistant(library="thousand", data_dir=folder) as assistant:
        papers = list(itertools.islice(with_abstracts(arguments.file), 1_000))
        took = _timed(lambda: assistant.take_in(papers))
        share = _share_of_bare(assistant, took)
    yield "1,000 papers", measured(folder, "thousand") | {"ingest": share}
    if not arguments.large:
        print("Without --large, larger libraries are left out.", flush=True)
        return
    large = measured(arguments.large, "scale")
    yield f"{large['papers']:,} papers", large
    with Assistant(library="synthetic", data_dir=arguments.large, model=Synthetic()) as assistant:
        if not assistant.library.papers:
            assistant.take_in(synthetic_papers(arguments.passages))
    yield f"{arguments.passages:,} synthetic passages", measured(arguments.large, "synthetic")


def _share_of_bare(assistant: Assistant, seconds: float) -> float:
    """The rate of an ingest that took so long, as a share of embedding all its records bare."""
    store = assistant.library.store
    texts = [record.embed or record.text for rows in store.rows(store.documents) for record in rows.records]
    return _timed(lambda: store.model.embed(texts)) / seconds


# ---- one library, in a process of its own


def measure(data_dir: Path, library: str) -> Measured:
    """What one library takes; times in seconds of this process's wall clock, memory in MB."""
    model = Synthetic() if library == "synthetic" else open_model()
    model.embed(["warm"])
    before = resident_mb()
    begun, processor = time.perf_counter(), time.process_time()
    with Assistant(library=library, data_dir=data_dir, model=model) as assistant:
        opened = time.perf_counter() - begun
        papers = list(assistant.library.papers.values())
        chance = random.Random(0)
        asked = {kind: make(papers, chance) for kind, make in QUESTIONS.items()}
        answer = assistant.ask(asked["about a paper"][0])
        first, first_processor = time.perf_counter() - begun, time.process_time() - processor
        seconds: dict[str, list[float]] = {kind: [] for kind in asked}
        stages: dict[str, list[float]] = defaultdict(list)
        bare: dict[str, list[float]] = defaultdict(list)
        for kind, questions in asked.items():
            assistant.ask(questions[-1])  # what later ones of its kind find warm
            for question in questions[:-1]:
                begun = time.perf_counter()
                answer = assistant.ask(question)
                seconds[kind].append(time.perf_counter() - begun)
                _note(stages, answer)
                _bare(assistant, question, bare)
        every = list(itertools.chain.from_iterable(seconds.values()))
        return {
            "papers": len(papers),
            "records": sum(len(ids_of(document)) for document in assistant.library.store.documents.values()),
            "opened": opened,
            "first": first,
            "first_processor": first_processor,
            "p50": statistics.median(every),
            "p95": statistics.quantiles(every, n=20)[-1],
            "kinds": {kind: statistics.median(times) for kind, times in seconds.items()},
            "stages": {stage: statistics.median(times) for stage, times in stages.items()},
            "bare": {part: statistics.median(times) for part, times in bare.items()},
            "memory": resident_mb(),
            "memory_before": before,
            "disk": sum(path.stat().st_size for path in (data_dir / "libraries" / library).rglob("*") if path.is_file())
            / 1e6,
        }


def _note(stages: dict[str, list[float]], answer: Answer) -> None:
    for stage, milliseconds in answer.timings_ms.items():
        stages[stage].append(milliseconds / 1_000)


def _bare(assistant: Assistant, question: str, bare: dict[str, list[float]]) -> None:
    """The same three things that a search asks for, each by itself."""
    store = assistant.library.store
    vector: list[Vectors] = []
    bare["ONNX"].append(_timed(lambda: vector.append(store.model.embed([question])[0])))
    bare["Chroma"].append(_timed(lambda: store.nearest(vector[0], 100)))
    bare["tantivy"].append(_timed(lambda: store.matching(question, 100, WORD_WEIGHTS)))


def _timed(run: Callable[[], object]) -> float:
    begun = time.perf_counter()
    run()
    return time.perf_counter() - begun


# ---- what is asked


def _of_papers(papers: Sequence[Paper], chance: random.Random) -> list[str]:
    return [f"What does “{paper.title}” propose?" for paper in chance.sample(papers, min(_QUESTIONS, len(papers)))]


def _searching(papers: Sequence[Paper], chance: random.Random) -> list[str]:
    """Words of a paper that do not name it."""
    chosen = chance.sample(papers, min(_QUESTIONS, len(papers)))
    return [f"Which paper says that {' '.join(paper.abstract.split()[10:22])}?" for paper in chosen]


def _counting(papers: Sequence[Paper], chance: random.Random) -> list[str]:
    years = sorted({paper.year for paper in papers if paper.year})
    return [f"How many papers appeared in {chance.choice(years)}?" for _ in range(_QUESTIONS)]


QUESTIONS: dict[str, Callable[[Sequence[Paper], random.Random], list[str]]] = {
    "about a paper": _of_papers,
    "by what it says": _searching,
    "how many": _counting,
}


# ---- synthetic papers


def synthetic_papers(passages: int, seed: int = 0) -> Iterator[Paper]:
    """Papers of two passages and more, until there are so many; the words follow Zipf's law."""
    chance = np.random.default_rng(seed)
    each = 2  # an abstract of 400 words is cut in two; of 12 sentences, as many to a passage as real ones have
    for number in range(passages // each):
        words = [_word(int(rank)) for rank in np.minimum(chance.zipf(1.3, 416), 50_000)]
        title = " ".join(words[:8]).capitalize()
        sentences = [" ".join(words[at : at + 34]).capitalize() + "." for at in range(8, 416, 34)]
        text = f"{title}\n\n{' '.join(sentences)}"
        sections = (Section(TITLE, 0, len(title)), Section(ABSTRACT, len(title) + 2, len(text)))
        authors = (Author(f"{_word(number % 997).capitalize()} {_word(number % 4_999 + 60).capitalize()}"),)
        yield Paper(f"s{number}", title, text, sections, authors=authors, date=str(2000 + number % 25))


@cache
def _word(rank: int) -> str:
    """A word of two to four syllables for each rank."""
    digest = zlib.crc32(str(rank).encode())
    return "".join(
        "bdfklmnprstvz"[digest >> 4 * at & 7] + "aeiou"[digest >> 3 * at & 3] for at in range(2 + rank % 3)
    ) + ("" if rank < 500 else "xyz"[rank % 3] + "aeiou"[rank % 5])


class Synthetic:
    """Vectors of texts without a model: the sum of a random direction for each word, so that like texts are near."""

    name, dimension, max_tokens = "synthetic", 384, 256

    def count_tokens(self, text: str) -> int:
        return len(text.split())

    def embed(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Vectors:
        rows = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for place, text in enumerate(texts):
            for word in text.split():
                rows[place] += _direction(word.strip(".?“”,").casefold())
        norms = np.linalg.norm(rows, axis=1, keepdims=True)
        if progress:
            progress(len(texts))
        rows /= np.where(norms == 0, 1, norms)
        return rows


@cache
def _direction(word: str) -> Vectors:
    chance = np.random.default_rng(zlib.crc32(word.encode()))
    direction: Vectors = chance.standard_normal(Synthetic.dimension).astype(np.float32)
    return direction


_: EmbeddingModel = Synthetic()


# ---- what it says


def _publish(found: dict[str, Measured], *, keep: bool) -> None:
    small = found[_SAMPLE]

    def ratio(row: Measured, name: str) -> float:
        return float(row[name] / small[name])

    rows: list[Sequence[Cell]] = []
    for name, row in found.items():
        parts = sum(row["bare"].values())
        rows.append(
            [
                name,
                row["records"],
                row["p50"] / parts,
                row["p95"] / row["p50"],
                ratio(row, "p50"),
                *(row["kinds"][kind] / small["kinds"][kind] for kind in QUESTIONS),
                ratio(row, "opened"),
                ratio(row, "first"),
                round(row["memory"]),
                round(row["disk"]),
                row.get("ingest"),
            ]
        )
    columns = (
        "library",
        "records",
        "ask, to its parts bare",
        "p95, to p50",
        "ask, to 37 papers",
        *(f"… {kind}" for kind in QUESTIONS),
        "opening, to 37 papers",
        "first answer, to 37 papers",
        "memory, MB",
        "disk, MB",
        "ingest rate, to ONNX bare",
    )
    publish(Table("growth", columns, rows, "A record is a passage or a sentence with its vector."), keep=keep)
    stages = list(dict.fromkeys(stage for row in found.values() for stage in row["stages"] if stage != "total"))
    shares: list[Sequence[Cell]] = [
        [name, *(_share(row["stages"], stage) for stage in stages), *_of_bare(row)] for name, row in found.items()
    ]
    publish(
        Table(
            "stages",
            ("library", *stages, *(f"{part} bare" for part in small["bare"])),
            shares,
            "Each stage's median as a share of a whole answer's; beside it the bare parts, as shares of the same.",
        ),
        keep=keep,
    )


def _share(stages: dict[str, float], stage: str) -> float | None:
    return stages[stage] / stages["total"] if stage in stages else None


def _of_bare(row: Measured) -> Iterable[float]:
    return (seconds / row["stages"]["total"] for seconds in row["bare"].values())


if __name__ == "__main__":
    main()
