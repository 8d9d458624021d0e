"""What it takes to analyse papers by the thousand: facets, topics, co-authors, counts; and then a few papers more.

    python -m benchmarks.analysis FILE.jsonl.gz [--limit N]

FILE holds a paper a line: ``id``, ``title``, ``abstract``, ``year``, ``authors`` (``first``, ``last``). Vectors are of
the titles. Seconds by stage, each also as a share of embedding the titles in the same run: machines differ, ratios
less so.
"""

from __future__ import annotations

import argparse
import gzip
import json
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from assistant.analysis.facets import consolidate, extract
from assistant.analysis.people import coauthors
from assistant.analysis.topics import find_topics
from assistant.papers import ABSTRACT, AUTHORS, TITLE, Author, Paper, Section
from benchmarks.arguments import existing_file, positive_number
from vectorstore.embeddings import open_model

Result = TypeVar("Result")
_NEW = 100


def read_papers(file: Path, limit: int | None) -> list[Paper]:
    """The papers that have an abstract."""
    papers: list[Paper] = []
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            if row["abstract"] and row["title"] and (limit is None or len(papers) < limit):
                papers.append(_paper(row))
    return papers


def _paper(row: dict[str, object]) -> Paper:
    names = [f"{author['first']} {author['last']}".strip() for author in row["authors"]]  # type: ignore[attr-defined]
    parts = {TITLE: str(row["title"]), AUTHORS: ", ".join(names), ABSTRACT: str(row["abstract"])}
    text, sections = "", []
    for name, part in parts.items():
        sections.append(Section(name, len(text), len(text) + len(part)))
        text += part + "\n"
    return Paper(
        key=str(row["id"]),
        title=parts[TITLE],
        text=text,
        sections=tuple(sections),
        authors=tuple(Author(name) for name in names if name),
        date=str(row["year"]) if row["year"] else None,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=existing_file)
    parser.add_argument("--limit", type=positive_number)
    arguments = parser.parse_args()
    papers = read_papers(arguments.file, arguments.limit)
    print(f"{len(papers):,} papers with an abstract")
    seconds: dict[str, float] = {}

    def timed(stage: str, work: Callable[[], Result]) -> Result:
        start = time.perf_counter()
        result = work()
        seconds[stage] = time.perf_counter() - start
        whole = seconds.get("embed titles") or seconds[stage]
        print(f"{stage:<42}{seconds[stage]:>9.2f} s {seconds[stage] / whole:>8.3f} of embedding", flush=True)
        return result

    model = open_model("minilm", None)
    vectors = timed("embed titles", lambda: model.embed([paper.title for paper in papers]))
    facets = timed("facets of each paper", lambda: {paper.key: extract(paper) for paper in papers})
    by_key = {paper.key: paper for paper in papers}
    joined = timed("facets in the light of each other", lambda: consolidate(by_key, facets))
    old = max(0, len(papers) - _NEW)
    before = timed("topics, found", lambda: find_topics(papers[:old], vectors[:old]))
    topics = timed(f"topics, {_NEW} papers more", lambda: find_topics(papers, vectors, previous=before))
    people = timed("co-authors", lambda: coauthors(papers, None))
    years = timed("counts by year and topic", lambda: Counter((paper.year, topics.of(paper.key)) for paper in papers))
    kinds = Counter(facet.kind for found in joined.values() for facet in found)
    print(f"{len(topics.topics)} topics, {len(people):,} people, {len(years):,} cells of year and topic")
    print(", ".join(f"{kind}: {count:,}" for kind, count in kinds.most_common()))


if __name__ == "__main__":
    main()
