"""``python -m benchmarks.facets PROFILE GOLD.json``: precision, recall and F1 of each kind of facet, against gold.

GOLD maps titles to what a reader found: ``introduces``, ``datasets_introduced``, ``datasets_used``, ``tasks``,
``numbers`` (value and what), ``code_url``, ``data_url``. Names match when one's words are all among the other's;
``*_optional`` are neither asked for nor held against the rules. ``-v`` prints every miss (-) and false alarm (+).
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from assistant.analysis.facets import Facet, consolidate, extract
from assistant.papers import Paper, clean
from assistant.sources.files import read
from benchmarks.arguments import existing_file
from benchmarks.results import Table, add_keep, publish

NAMES = {
    "dataset": "dataset introduced",
    "dataset_used": "dataset used",
    "method": "method",
    "task": "task",
    "number": "number",
    "code": "link to code",
    "data": "link to data",
}
"""Each kind of facet, and what it is called."""


@dataclass
class Score:
    """Micro counts of one kind over all papers."""

    right: int = 0
    missed: int = 0
    wrong: int = 0
    lines: list[str] = field(default_factory=list)

    @property
    def precision(self) -> float | None:
        """None where nothing was found."""
        return self.right / (self.right + self.wrong) if self.right + self.wrong else None

    @property
    def recall(self) -> float | None:
        """None where nothing is in the gold."""
        return self.right / (self.right + self.missed) if self.right + self.missed else None

    @property
    def f1(self) -> float | None:
        """None where there is no case at all."""
        cases = 2 * self.right + self.missed + self.wrong
        return 2 * self.right / cases if cases else None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("profile", type=existing_file)
    parser.add_argument("gold", type=existing_file)
    parser.add_argument("-v", "--verbose", action="store_true", help="print every miss and false alarm")
    add_keep(parser)
    arguments = parser.parse_args()
    papers = [paper for paper in read(arguments.profile) if isinstance(paper, Paper)]
    scores = measure(papers, json.loads(arguments.gold.read_text(encoding="utf-8")))
    rows = [
        (NAMES[kind], score.precision, score.recall, score.f1, score.right, score.missed, score.wrong)
        for kind, score in scores.items()
    ]
    columns = ("facet", "precision", "recall", "F1", "right", "missed", "wrong")
    publish(Table("facets", columns, rows), keep=arguments.keep)
    if arguments.verbose:
        print("\n".join(line for score in scores.values() for line in score.lines))


def measure(papers: list[Paper], gold: dict[str, dict[str, Any]]) -> dict[str, Score]:
    """The score of each kind over the papers that the gold knows."""
    by_key = {str(place): paper for place, paper in enumerate(papers)}
    facets = consolidate(by_key, {key: extract(paper) for key, paper in by_key.items()})
    scores = {kind: Score() for kind in NAMES}
    for key, paper in by_key.items():
        if paper.title in gold:
            _add(scores, clean(paper.title), facets[key], gold[paper.title])
    return scores


def _add(scores: dict[str, Score], title: str, facets: Iterable[Facet], row: dict[str, Any]) -> None:
    datasets = row["datasets_introduced"]
    expected = {
        "dataset": datasets,
        "dataset_used": row["datasets_used"],
        "method": [name for name in row["introduces"] if not any(_alike(name, data) for data in datasets)],
        "task": row["tasks"],
        "number": [number["value"] for number in row["numbers"]],
        "code": [row["code_url"]] if row["code_url"] else [],
        "data": [row["data_url"]] if row.get("data_url") else [],
    }
    optional = {
        "dataset": [*row.get("introduces_optional", []), *row.get("datasets_optional", [])],
        "dataset_used": row.get("datasets_optional", []),
        "method": row.get("introduces_optional", []),
    }
    aliases: dict[str, list[str]] = row.get("aliases", {})
    for kind, score in scores.items():
        found = [facet.name for facet in facets if facet.kind == kind]
        if kind == "data" and "data_url" not in row:
            continue
        exact = kind in ("code", "data", "number")
        _count(score, found, expected[kind], optional.get(kind, []), aliases, f"{kind:12} {title[:40]}", exact=exact)


def _count(
    score: Score,
    found: list[str],
    expected: list[str],
    optional: list[str],
    aliases: dict[str, list[str]],
    label: str,
    *,
    exact: bool,
) -> None:
    def same(name: str, other: str) -> bool:
        return (
            _plain(name) == _plain(other) if exact else any(_match(name, o) for o in (other, *aliases.get(other, ())))
        )

    left = list(found)
    for name in expected:
        matches = [other for other in left if same(other, name)]
        if matches:
            score.right += 1
            left = [other for other in left if other not in matches]
        else:
            score.missed += 1
            score.lines.append(f"- {label}: {name}")
    for name in left:
        if not any(same(name, other) for other in optional):
            score.wrong += 1
            score.lines.append(f"+ {label}: {name}")


def _plain(text: str) -> str:
    """A link without blanks, a number without its unit."""
    number = re.match(r"-?\d[\d.,]*", text)
    return number[0] if number else re.sub(r"\s", "", text).rstrip("/").casefold()


def _forms(name: str) -> list[frozenset[str]]:
    """The words of a name, and of its abbreviation in brackets."""
    bracketed = re.fullmatch(r"(.*?)\s*\(([^()]+)\)\s*", name)
    parts = [bracketed[1], bracketed[2]] if bracketed else [name]
    return [frozenset(re.findall(r"[^\W_]+", part.casefold())) for part in parts if part]


def _match(name: str, other: str) -> bool:
    return any(a <= b or b <= a for a in _forms(name) for b in _forms(other) if a and b)


def _alike(name: str, other: str) -> bool:
    """Whether two descriptions share most of their words: "manual test sets for X", "annotated test sets for X"."""
    return any(len(a & b) >= 0.6 * max(len(a), len(b)) for a in _forms(name) for b in _forms(other) if a and b)


if __name__ == "__main__":
    main()
