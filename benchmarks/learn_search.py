"""``python -m benchmarks.learn_search FOLDER --store PLACE``: the weights by which the search orders what it finds.

FOLDER is a collection in BEIR's layout with ``qrels/train.tsv``; PLACE is as in ``benchmarks.retrieval``. Pairs of
weights, for BM25 and for the wording, are tried on the training questions alone; printed is nDCG@10 of the pair that
the search has, of the best pair, and of pairs chosen on four fifths of the questions and measured on the fifth. The
test questions are not read.
"""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Sequence
from pathlib import Path
from statistics import mean

import numpy as np

from benchmarks.arguments import beir_folder
from benchmarks.results import Table, add_keep, publish
from benchmarks.retrieval import DEPTH, gain, open_store, read_lines, read_qrels
from vectorstore.search import KEYWORDS_WEIGHT, WORDING_WEIGHT, Found, order_of, search
from vectorstore.store import Store

Weights = tuple[float, float]

KEYWORDS = (1.0, 1.2, 1.4, 1.6, 1.8, 2.0)
WORDING = (0.0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.45)
PLAIN: Weights = (1.0, 0.0)
_PARTS = 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=beir_folder("train"))
    parser.add_argument("--store", type=Path, required=True)
    add_keep(parser)
    arguments = parser.parse_args()
    store = open_store(arguments.folder, arguments.store)
    queries = {row["_id"]: row["text"] for row in read_lines(arguments.folder / "queries.jsonl")}
    relevant = read_qrels(arguments.folder / "qrels" / "train.tsv")
    found = {query: _found(store, queries[query]) for query in relevant}
    store.close()
    publish(learned(found, relevant), keep=arguments.keep)


def _found(store: Store, text: str) -> list[Found]:
    return search(store, text, store.model.embed([text])[0], DEPTH)


def learned(found: dict[str, list[Found]], relevant: dict[str, set[str]]) -> Table:
    """nDCG@10 by weights, over what was found for each training question."""
    pairs = list(itertools.product(KEYWORDS, WORDING))
    gains = {pair: [gain(ordered(found[query], pair), relevant[query]) for query in relevant] for pair in pairs}
    best = max(pairs, key=lambda pair: mean(gains[pair]))
    kept = (KEYWORDS_WEIGHT, WORDING_WEIGHT)
    rows = [
        ("all alike, no wording", *PLAIN, mean(gains[PLAIN])),
        ("as the search has them", *kept, mean(gains[kept])),
        ("the best on these questions", *best, mean(gains[best])),
        ("chosen on the other four fifths", None, None, mean(_held_out(gains))),
    ]
    note = f"{len(relevant)} training questions; passage and sentence weigh 1 each."
    return Table("learn-search", ("weights", "BM25", "wording", "nDCG@10"), rows, note, digits=3)


def ordered(found: Sequence[Found], weights: Weights) -> list[str]:
    """The keys of what was found, as these weights would order it."""

    def order(row: Found) -> float:
        return order_of(row.passage, row.sentence, row.keywords, row.wording, weights)

    return [row.key for row in sorted(found, key=lambda row: (-order(row), row.key))]


def _held_out(gains: dict[Weights, list[float]]) -> list[float]:
    """Of each question, the gain by the pair that is best on the other parts of the questions."""
    total = len(next(iter(gains.values())))
    parts = np.random.default_rng(0).permutation(total) % _PARTS
    measured = np.zeros(total)
    table = {pair: np.array(values) for pair, values in gains.items()}
    for part in range(_PARTS):
        pair = max(table, key=lambda p: float(table[p][parts != part].mean()))
        measured[parts == part] = table[pair][parts == part]
    return [float(value) for value in measured]


if __name__ == "__main__":
    main()
