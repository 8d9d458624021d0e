"""``python -m benchmarks.namesakes FILE``: pairwise F1 of telling namesakes apart, macro over names.

FILE holds labelled papers of ambiguous names, one JSON object a line: ``name``, ``person``, ``paper_id``, ``title``,
``abstract``, ``coauthors``, ``year``. ``--anthology FILE`` adds names made ambiguous on purpose: papers of one, two or
three authors of a bibliography (``id``, ``title``, ``abstract``, ``authors`` with ``first`` and ``last``, ``year``) are
put under one name. Its authors have family names that three authors at most share, so that they are hardly namesakes
themselves, and have never written together.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from statistics import mean
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.analysis.people import namesakes
from assistant.papers import ABSTRACT, TITLE, Author, Paper, Section
from benchmarks.arguments import existing_file, positive_number
from benchmarks.results import Table, add_keep, publish
from vectorstore.embeddings import EmbeddingModel, open_model

Row = Mapping[str, Any]
Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Profile:
    """Papers under one name, who wrote each, and their vectors."""

    name: str
    papers: tuple[Paper, ...]
    persons: tuple[str, ...]
    vectors: Vectors


Method = Callable[[Profile], Sequence[int]]
"""The number of its person for each paper."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=existing_file)
    parser.add_argument("--anthology", type=existing_file)
    parser.add_argument("--joined", type=positive_number, default=40, help="profiles of each kind (default: 40)")
    add_keep(parser)
    arguments = parser.parse_args()
    model = open_model()
    rows = [_row(profile.name, [profile]) for profile in labelled(arguments.file, model)]
    rows.append(["macro over names", None, None, *(mean(row[place] for row in rows) for place in range(3, 6))])
    if arguments.anthology:
        joined = joined_profiles(arguments.anthology, arguments.joined, model)
        for lists in ("whole author lists", "lists cut to three"):
            for count, profiles in joined.items():
                shown = profiles if lists.startswith("whole") else [_cut(profile) for profile in profiles]
                people = f"{count} authors joined" if count > 1 else "one author"
                rows.append(_row(f"{arguments.joined} times {people}, {lists}", shown))
    columns = ("pairwise F1", "papers", "persons", *METHODS)
    publish(Table("namesakes", columns, rows, libraries=("scikit-learn",)), keep=arguments.keep)


def all_one(profile: Profile) -> Sequence[int]:
    return [1] * len(profile.papers)


def by_coauthors(profile: Profile) -> Sequence[int]:
    """Papers that a chain of shared co-authors links."""
    number = list(range(len(profile.papers)))
    names = [{author.name for author in paper.authors} - {profile.name} for paper in profile.papers]
    for a, b in combinations(range(len(names)), 2):
        if number[a] != number[b] and names[a] & names[b]:
            number = [number[a] if other == number[b] else other for other in number]
    return number


def in_full(profile: Profile) -> Sequence[int]:
    persons = namesakes(profile.name, profile.papers, profile.vectors)
    number = {key: person.number for person in persons for key in person.papers}
    return [number[paper.key] for paper in profile.papers]


METHODS: Mapping[str, Method] = {"all one": all_one, "co-authors": by_coauthors, "in full": in_full}


def pairwise_f1(gold: Sequence[str], found: Sequence[int]) -> float:
    """F1 over pairs of papers: those put together, against those that one person wrote; 1 where there are none."""
    pairs = [(gold[a] == gold[b], found[a] == found[b]) for a, b in combinations(range(len(gold)), 2)]
    both, either = sum(a and b for a, b in pairs), sum(a + b for a, b in pairs)
    return 2 * both / either if either else 1.0


def labelled(path: Path, model: EmbeddingModel) -> list[Profile]:
    rows_of: defaultdict[str, list[Row]] = defaultdict(list)
    for row in map(json.loads, path.read_text(encoding="utf-8").splitlines()):
        rows_of[row["name"]].append(row)
    return [
        _profile(
            name,
            [_paper(row["paper_id"], row, [name, *row["coauthors"]]) for row in rows],
            [row["person"] for row in rows],
            model,
        )
        for name, rows in sorted(rows_of.items())
    ]


def joined_profiles(path: Path, of_each: int, model: EmbeddingModel, seed: int = 1) -> dict[int, list[Profile]]:
    """Profiles of one, two and three authors; the first of each has five papers or more."""
    papers_of, families = _bibliography(path)
    clear = [
        name
        for name, papers in papers_of.items()
        if len(papers) <= 80 and " " in name and len(families[name.split()[-1]]) <= 3
    ]
    chance = random.Random(seed)
    first = [name for name in clear if len(papers_of[name]) >= 5]
    profiles: dict[int, list[Profile]] = {1: [], 2: [], 3: []}
    for count, found in profiles.items():
        while len(found) < of_each:
            names = [chance.choice(first), *(chance.choice(chance.choice((first, clear))) for _ in range(count - 1))]
            if len(set(names)) == count and not _wrote_together(names, papers_of):
                found.append(_joined(names, papers_of, model))
    return profiles


def _bibliography(path: Path) -> tuple[Mapping[str, list[Row]], Mapping[str, set[str]]]:
    """The papers of each full name, and the full names of each family name; proceedings are no papers."""
    papers_of: defaultdict[str, list[Row]] = defaultdict(list)
    families: defaultdict[str, set[str]] = defaultdict(set)
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            if not row["title"].startswith("Proceedings"):
                for author in row["authors"]:
                    papers_of[_full(author)].append(row)
                    families[author["last"]].add(_full(author))
    return papers_of, families


def _full(author: Mapping[str, str]) -> str:
    return f"{author['first']} {author['last']}".strip()


def _wrote_together(names: Iterable[str], papers_of: Mapping[str, list[Row]]) -> bool:
    ids = [{row["id"] for row in papers_of[name]} for name in names]
    return any(a & b for a, b in combinations(ids, 2))


def _joined(names: Sequence[str], papers_of: Mapping[str, list[Row]], model: EmbeddingModel) -> Profile:
    ambiguous = "Ambiguous Name"
    papers, persons = [], []
    for name in names:
        for row in papers_of[name]:
            authors = [ambiguous if _full(author) == name else _full(author) for author in row["authors"]]
            papers.append(_paper(row["id"], row, authors))
            persons.append(name)
    return _profile(ambiguous, papers, persons, model)


def _paper(key: str, row: Row, authors: Iterable[str]) -> Paper:
    title, abstract = row["title"], row["abstract"] or ""
    text = f"{title}\n\n{abstract}" if abstract else title
    sections = [Section(TITLE, 0, len(title))]
    if abstract:
        sections.append(Section(ABSTRACT, len(title) + 2, len(text)))
    return Paper(
        key=key,
        title=title,
        text=text,
        sections=tuple(sections),
        authors=tuple(map(Author, authors)),
        date=row["year"] or None,
    )


def _profile(name: str, papers: Sequence[Paper], persons: Sequence[str], model: EmbeddingModel) -> Profile:
    return Profile(name, tuple(papers), tuple(persons), model.embed([paper.text for paper in papers]))


def _cut(profile: Profile) -> Profile:
    """As profile pages show their papers: three authors, then "et al."."""
    papers = tuple(
        replace(paper, authors=paper.authors[:3], authors_complete=len(paper.authors) <= 3) for paper in profile.papers
    )
    return replace(profile, papers=papers)


def _row(label: str, profiles: Sequence[Profile]) -> list[Any]:
    """Of profiles, their papers and persons and each method's mean F1."""
    papers = sum(len(profile.papers) for profile in profiles)
    persons = sum(len(set(profile.persons)) for profile in profiles)
    scores = [
        mean(pairwise_f1(profile.persons, method(profile)) for profile in profiles) for method in METHODS.values()
    ]
    return [label, papers, persons, *scores]


if __name__ == "__main__":
    main()
