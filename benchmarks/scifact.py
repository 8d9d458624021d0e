"""``python -m benchmarks.scifact FOLDER``: nDCG@10 and Recall@100 on SciFact's test claims, through the same search.

FOLDER is BEIR's layout: ``corpus.jsonl``, ``queries.jsonl``, ``qrels/test.tsv``. The store is kept in ``--store``, as
embedding 5,183 abstracts takes minutes. What each part of the search gives alone is printed beside the whole.
"""

from __future__ import annotations

import argparse
import json
import math
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

from assistant.papers import ABSTRACT, TITLE, Paper, Section
from assistant.passages import to_records
from vectorstore.embedded import EmbeddedStore
from vectorstore.embeddings import open_model
from vectorstore.search import WORD_WEIGHTS, search

Ranker = Callable[[str], list[str]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--store", type=Path, required=True)
    arguments = parser.parse_args()
    store = open_store(arguments.folder, arguments.store)
    queries = {
        row["_id"]: row["text"]
        for row in map(json.loads, (arguments.folder / "queries.jsonl").read_text().splitlines())
    }
    relevant = read_qrels(arguments.folder / "qrels" / "test.tsv")

    def vectors(text: str, kind: str) -> list[str]:
        hits = store.nearest(store.model.embed([text])[0], 800)
        return list(dict.fromkeys(hit.parent for hit in hits if hit.kind == kind))

    rankers: dict[str, Ranker] = {
        "BM25": lambda text: [hit.parent for hit in store.matching(text, 100, WORD_WEIGHTS)],
        "passages": lambda text: vectors(text, "passage"),
        "sentences": lambda text: vectors(text, "sentence"),
        "search": lambda text: [row.key for row in search(store, text, store.model.embed([text])[0], 100)],
    }
    print(f"{'':12} nDCG@10  Recall@100   ({len(relevant)} claims)")
    for name, rank in rankers.items():
        found = {query: rank(queries[query]) for query in relevant}
        ndcg = sum(gain(found[query], relevant[query]) for query in relevant) / len(relevant)
        recall = sum(len(set(found[q][:100]) & relevant[q]) / len(relevant[q]) for q in relevant) / len(relevant)
        print(f"{name:12} {ndcg:7.3f}  {recall:10.3f}")
    store.close()


def open_store(folder: Path, path: Path) -> EmbeddedStore:
    store = EmbeddedStore.open(path, open_model())
    rows = list(map(json.loads, (folder / "corpus.jsonl").read_text(encoding="utf-8").splitlines()))
    if len(store.documents) < len(rows):
        records = []
        for place, row in enumerate(rows):
            title, text = row["title"] or "Untitled", f"{row['title'] or 'Untitled'}\n\n{row['text']}"
            sections = (Section(TITLE, 0, len(title)), Section(ABSTRACT, len(title) + 2, len(text)))
            paper = Paper(key=str(row["_id"]), title=title, text=text, sections=sections)
            records += to_records(paper, store.model, place)
        store.upsert(records, lambda done, total: print(f"\rembedded {done} of {total}", end="", flush=True))
        print()
    return store


def read_qrels(path: Path) -> dict[str, set[str]]:
    relevant: dict[str, set[str]] = defaultdict(set)
    for line in path.read_text().splitlines()[1:]:
        query, document, grade = line.split("\t")
        if int(grade) > 0:
            relevant[query].add(document)
    return relevant


def gain(found: list[str], relevant: set[str]) -> float:
    """nDCG@10 with binary grades (Järvelin and Kekäläinen, 2002)."""
    got = sum(1 / math.log2(rank + 2) for rank, document in enumerate(found[:10]) if document in relevant)
    best = sum(1 / math.log2(rank + 2) for rank in range(min(10, len(relevant))))
    return got / best


if __name__ == "__main__":
    main()
