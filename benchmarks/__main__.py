"""``make bench`` and ``make bench-full``: the benchmarks one after the other, and the tables of the documentation.

``make bench`` runs what needs nothing but a clone. ``make bench-full DATA=FOLDER`` runs the others as well, on public
data that is not part of the project; FOLDER holds ``collections/scifact`` and ``collections/qasper``,
``people/acl_ambiguous_names.jsonl`` and ``scale/acl_anthology_2020.jsonl.gz``, and what is not there is said and left
out. A chat model is MODEL=FILE.gguf, an interpreter that has paper-qa PAPERQA=PYTHON, the folder of the two large
libraries LARGE=DATA_DIR.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.answers import AUTHORS
from benchmarks.arguments import existing_file, existing_folder
from benchmarks.results import ROOT, add_keep

_FACETS = ROOT / "tests" / "data" / "xu_han" / "facets.json"
Command = list[str | Path]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=existing_folder, metavar="FOLDER", help="public data, for the full run")
    parser.add_argument("--model", type=existing_file, metavar="FILE.gguf")
    parser.add_argument("--paperqa", type=Path, metavar="PYTHON")
    parser.add_argument(
        "--large",
        type=existing_folder,
        metavar="DATA_DIR",
        help="where benchmarks.scale and benchmarks.growth have made their libraries",
    )
    add_keep(parser)
    arguments = parser.parse_args()
    keep = ["--keep"] if arguments.keep else []
    with tempfile.TemporaryDirectory() as folder:
        commands = [*quick(), *(full(arguments, Path(folder)) if arguments.data else ())]
        failed = [words[0] for words in commands if not _run([*words, *keep])]
    if arguments.keep:
        _run(["results"])
    if failed:
        raise SystemExit(f"These failed: {', '.join(map(str, failed))}.")


def quick() -> Iterator[Command]:
    (sample, questions, *_), (second, others, *_) = AUTHORS.values()
    yield ["overhead"]
    yield ["answers"]
    yield ["ablations"]
    yield ["facets", sample, _FACETS]
    yield ["grounding", sample, questions]
    yield ["grounding", second, others, "--name", "grounding-second"]
    yield ["serving"]
    yield ["web"]
    yield ["slack"]


def full(arguments: argparse.Namespace, folder: Path) -> Iterator[Command]:
    data: Path = arguments.data
    scifact, qasper = data / "collections" / "scifact", data / "collections" / "qasper" / "scientific_qa.jsonl"
    names, anthology = data / "people" / "acl_ambiguous_names.jsonl", data / "scale" / "acl_anthology_2020.jsonl.gz"
    store = folder / "scifact"
    if _is_there(scifact):
        yield ["retrieval", scifact, "--store", store]
        yield ["learn_search", scifact, "--store", store]
        yield ["ablations", "--scifact", scifact, "--store", store]
    if _is_there(qasper):
        yield ["fulltext", qasper]
    if _is_there(names):
        joined: Command = ["--anthology", anthology] if anthology.exists() else []
        yield ["namesakes", names, *joined]
    if _is_there(anthology):
        large: Command = ["--large", arguments.large] if arguments.large else []
        yield ["growth", anthology, *large]
    if arguments.model:
        more: Command = ["--paperqa", arguments.paperqa] if arguments.paperqa else []
        yield ["answers", "--model", arguments.model, "--each", "1", *more]


def _is_there(path: Path) -> bool:
    if not path.exists():
        print(f"{path} is not there; what it is for is left out.", flush=True)
    return path.exists()


def _run(words: Command) -> bool:
    name, *rest = words
    begun = time.monotonic()
    print(f"\n--- {name}", flush=True)
    done = subprocess.run([sys.executable, "-m", f"benchmarks.{name}", *map(str, rest)], check=False)
    print(f"--- {name}: {time.monotonic() - begun:.0f} s", flush=True)
    return done.returncode == 0


if __name__ == "__main__":
    main()
