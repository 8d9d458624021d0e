"""``python -m benchmarks.topics FILE.jsonl.gz``: which topics a collection has, how fast they are found, how steadily.

FILE holds one paper a line: ``id``, ``title``, ``abstract``, ``year``; papers without an abstract are left out. A
vector is of the title and the beginning of the abstract; ``--vectors`` keeps them between runs. Beside each topic is
how many of its papers hold its label in so many words. Stability is the adjusted Rand index (Hubert and Arabie, 1985)
of the topics of all papers and those of nine in ten, over the latter.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from assistant.analysis.topics import OTHER, Topics, Vectors, find_topics
from assistant.papers import ABSTRACT, TITLE, Paper, Section
from benchmarks.arguments import existing_file, positive_number
from vectorstore.embeddings import open_model

ABSTRACT_CHARACTERS = 500


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=existing_file)
    parser.add_argument("--limit", type=positive_number, help="a random sample of this many papers")
    parser.add_argument("--vectors", type=Path, help="a .npy file to read the vectors from, or to write them to")
    arguments = parser.parse_args()
    papers = read_papers(arguments.file, arguments.limit)
    started = time.perf_counter()
    vectors = read_vectors(papers, arguments.vectors)
    embedded = time.perf_counter()
    topics = find_topics(papers, vectors)
    found = time.perf_counter()
    show(topics, papers)
    print(f"{len(papers)} papers: vectors {embedded - started:.1f} s, topics {found - embedded:.1f} s")
    print(f"stability {stability(topics, papers, vectors):.2f}")


def read_papers(file: Path, limit: int | None) -> list[Paper]:
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        rows = [row for row in map(json.loads, lines) if row["abstract"]]
    if limit is not None and limit < len(rows):
        rows = random.Random(0).sample(rows, limit)
    papers = []
    for row in rows:
        title, text = row["title"], f"{row['title']}\n\n{row['abstract']}"
        sections = (Section(TITLE, 0, len(title)), Section(ABSTRACT, len(title) + 2, len(text)))
        papers.append(Paper(key=row["id"], title=title, text=text, sections=sections, date=row["year"]))
    return papers


def read_vectors(papers: Sequence[Paper], file: Path | None) -> Vectors:
    if file is not None and file.exists():
        kept: Vectors = np.load(file)
        if len(kept) == len(papers):
            return kept
    texts = [f"{paper.title}. {paper.abstract[:ABSTRACT_CHARACTERS]}" for paper in papers]
    vectors = np.asarray(open_model().embed(texts), dtype=np.float32)
    if file is not None:
        np.save(file, vectors)
    return vectors


def show(topics: Topics, papers: Sequence[Paper]) -> None:
    texts = {paper.key: paper.text.casefold() for paper in papers}
    named = 0
    for topic in topics.topics:
        saying = sum(topic.label.casefold() in texts[key] for key in topic.papers) if topic.label != OTHER else 0
        named += saying
        print(f"{len(topic.papers):6}  {saying / len(topic.papers):4.0%}  {topic.label}  ({', '.join(topic.terms)})")
    sizes = [len(topic.papers) for topic in topics.topics if topic.label != OTHER]
    least, most = min(sizes, default=0), max(sizes, default=0)
    print(f"{len(sizes)} topics of {least} to {most} papers; {named / len(texts):.0%} of papers hold their label")


def stability(topics: Topics, papers: Sequence[Paper], vectors: Vectors) -> float:
    from sklearn.metrics import adjusted_rand_score

    kept = sorted(random.Random(0).sample(range(len(papers)), len(papers) * 9 // 10))
    fewer = find_topics([papers[i] for i in kept], vectors[kept])
    keys = [papers[i].key for i in kept]
    return float(adjusted_rand_score([label_of(topics, key) for key in keys], [label_of(fewer, key) for key in keys]))


def label_of(topics: Topics, key: str) -> str:
    topic = topics.of(key)
    return topic.label if topic else OTHER


if __name__ == "__main__":
    main()
