"""``python -m benchmarks.retrieval FOLDER --store PLACE``: the search, beside what a person would use instead.

FOLDER is a collection in BEIR's layout, for instance SciFact: ``corpus.jsonl``, ``queries.jsonl``, ``qrels/test.tsv``.
The store is kept in PLACE, as embedding 5,183 abstracts takes minutes. In one run, on the same texts and with the same
embedding model where there is one: the product's search and each of its parts, bm25s, whole abstracts in Chroma, and
LangChain's ensemble of BM25 and Chroma as its documentation builds it. Published figures are told apart.
"""

from __future__ import annotations

import argparse
import json
import math
import tempfile
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import mean
from typing import TYPE_CHECKING

from assistant.papers import ABSTRACT, TITLE, Paper, Section
from assistant.passages import to_records
from benchmarks.arguments import beir_folder
from benchmarks.results import Cell, Table, add_keep, publish
from vectorstore.embedded import EmbeddedStore
from vectorstore.embeddings import EmbeddingModel, open_model
from vectorstore.search import WORD_WEIGHTS, search

if TYPE_CHECKING:
    from langchain_core.documents import Document
    from langchain_core.embeddings import Embeddings

Ranker = Callable[[str], list[str]]
"""A question -> keys of documents, best first."""

DEPTH = 100
PUBLISHED: Sequence[Sequence[Cell]] = (
    ("BM25 (Anserini), published", 0.679, 0.925),
    ("all-MiniLM-L6-v2, published", 0.645, 0.925),
    ("SPLADE++, published", 0.704, 0.935),
    ("bge-small-en-v1.5, published", 0.713, 0.945),
    ("bge-base-en-v1.5, published", 0.741, 0.967),
)
"""On SciFact's test claims, as the leaderboards of BEIR, MTEB and Anserini give them."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=beir_folder("test"))
    parser.add_argument("--store", type=Path, required=True)
    parser.add_argument("--only-ours", action="store_true", help="leave the others out")
    add_keep(parser)
    arguments = parser.parse_args()
    store = open_store(arguments.folder, arguments.store)
    queries = {row["_id"]: row["text"] for row in read_lines(arguments.folder / "queries.jsonl")}
    relevant = read_qrels(arguments.folder / "qrels" / "test.tsv")
    rankers = ours(store)
    with tempfile.TemporaryDirectory() as folder:
        if not arguments.only_ours:
            rankers |= others(read_corpus(arguments.folder), store, folder)
        rows: list[Sequence[Cell]] = [(name, *measure(rank, queries, relevant)) for name, rank in rankers.items()]
    store.close()
    publish(
        Table(
            "retrieval",
            ("SciFact, test claims", "nDCG@10", "Recall@100"),
            [*rows, *PUBLISHED],
            f"{len(relevant)} claims. The published figures were not measured here.",
            digits=3,
            libraries=("bm25s", "langchain-classic", "langchain-chroma", "rank-bm25"),
        ),
        keep=arguments.keep,
    )


def measure(rank: Ranker, queries: dict[str, str], relevant: dict[str, set[str]]) -> tuple[float, float]:
    """nDCG@10 and Recall@100, means over the questions."""
    found = {query: rank(queries[query]) for query in relevant}
    return (
        mean(gain(found[query], relevant[query]) for query in relevant),
        mean(len(set(found[query][:DEPTH]) & relevant[query]) / len(relevant[query]) for query in relevant),
    )


# ---- what is ranked


def read_lines(path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def read_corpus(folder: Path) -> dict[str, Paper]:
    papers = {}
    for row in read_lines(folder / "corpus.jsonl"):
        title = row["title"] or "Untitled"
        text = f"{title}\n\n{row['text']}"
        sections = (Section(TITLE, 0, len(title)), Section(ABSTRACT, len(title) + 2, len(text)))
        papers[str(row["_id"])] = Paper(key=str(row["_id"]), title=title, text=text, sections=sections)
    return papers


def open_store(folder: Path, path: Path) -> EmbeddedStore:
    store = EmbeddedStore.open(path, open_model())
    papers = read_corpus(folder)
    if len(store.documents) < len(papers):
        records = [
            record for place, paper in enumerate(papers.values()) for record in to_records(paper, store.model, place)
        ]
        print(f"embedding {len(records):,} records of {len(papers):,} abstracts", flush=True)
        store.upsert(records)
    return store


def read_qrels(path: Path) -> dict[str, set[str]]:
    """Of each question, the documents that are relevant to it."""
    relevant: dict[str, set[str]] = defaultdict(set)
    for line in path.read_text(encoding="utf-8").splitlines()[1:]:
        query, document, grade = line.split("\t")
        if int(grade) > 0:
            relevant[query].add(document)
    return relevant


def gain(found: Sequence[str], relevant: set[str]) -> float:
    """nDCG@10 with binary grades (Järvelin and Kekäläinen, 2002)."""
    got = sum(1 / math.log2(rank + 2) for rank, document in enumerate(found[:10]) if document in relevant)
    best = sum(1 / math.log2(rank + 2) for rank in range(min(10, len(relevant))))
    return got / best


# ---- who ranks


def ours(store: EmbeddedStore) -> dict[str, Ranker]:
    def vectors(text: str, kind: str) -> list[str]:
        hits = store.nearest(store.model.embed([text])[0], 800)
        return list(dict.fromkeys(hit.parent for hit in hits if hit.kind == kind))

    return {
        "Papertalk's search": lambda text: [
            row.key for row in search(store, text, store.model.embed([text])[0], DEPTH)
        ],
        "its BM25 alone": lambda text: [hit.parent for hit in store.matching(text, DEPTH, WORD_WEIGHTS)],
        "its passages alone": lambda text: vectors(text, "passage"),
        "its sentences alone": lambda text: vectors(text, "sentence"),
    }


def others(papers: dict[str, Paper], store: EmbeddedStore, folder: str) -> dict[str, Ranker]:
    """What a person would put together instead, over the same texts and with the same embedding model; Chroma's files
    lie in the folder."""
    keys, texts = list(papers), [paper.text for paper in papers.values()]
    print(f"embedding {len(texts):,} whole abstracts for the others", flush=True)
    stock = _stock(keys, texts, store, folder)
    return {
        "bm25s": _bm25s(keys, texts),
        "MiniLM, whole abstracts, in Chroma": stock["dense"],
        "LangChain's BM25Retriever": stock["words"],
        "LangChain's ensemble of the two": stock["both"],
    }


def _bm25s(keys: Sequence[str], texts: list[str]) -> Ranker:
    import bm25s
    import Stemmer

    stem = Stemmer.Stemmer("english").stemWords
    index = bm25s.BM25()
    index.index(bm25s.tokenize(texts, stopwords="en", stemmer=stem, show_progress=False), show_progress=False)

    def rank(text: str) -> list[str]:
        asked = bm25s.tokenize(text, stopwords="en", stemmer=stem, show_progress=False)
        places, _ = index.retrieve(asked, k=DEPTH, show_progress=False)
        return [keys[place] for place in places[0]]

    return rank


def _stock(keys: Sequence[str], texts: list[str], store: EmbeddedStore, folder: str) -> dict[str, Ranker]:
    """LangChain's own retrievers as its documentation puts them together, half and half."""
    from langchain_chroma import Chroma
    from langchain_classic.retrievers import EnsembleRetriever
    from langchain_community.retrievers import BM25Retriever

    documents = [_document(key, text) for key, text in zip(keys, texts, strict=True)]
    chroma = Chroma("others", as_langchain(store.model), folder, collection_metadata={"hnsw:space": "cosine"})
    for start in range(0, len(documents), 1_000):
        chroma.add_documents(documents[start : start + 1_000])
    dense = chroma.as_retriever(search_kwargs={"k": DEPTH})
    words = BM25Retriever.from_documents(documents, k=DEPTH)
    both = EnsembleRetriever(retrievers=[words, dense], weights=[0.5, 0.5])

    def ranker(invoke: Callable[[str], list[Document]]) -> Ranker:
        return lambda text: [document.metadata["key"] for document in invoke(text)]

    return {"dense": ranker(dense.invoke), "words": ranker(words.invoke), "both": ranker(both.invoke)}


def _document(key: str, text: str) -> Document:
    from langchain_core.documents import Document

    return Document(text, metadata={"key": key})


def as_langchain(model: EmbeddingModel) -> Embeddings:
    """An embedding model, as LangChain wants one."""
    from langchain_core.embeddings import Embeddings

    class Local(Embeddings):
        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            rows: list[list[float]] = model.embed(texts).tolist()
            return rows

        def embed_query(self, text: str) -> list[float]:
            return self.embed_documents([text])[0]

    return Local()


if __name__ == "__main__":
    main()
