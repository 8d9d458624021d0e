"""``python -m benchmarks.ablations``: each part of answering switched off in turn, and what that costs.

Asked are the questions with gold on the sample author and on the second one, by rules, with no chat model. With
``--scifact FOLDER --store PLACE`` the parts of the search are switched off on SciFact as well (``benchmarks.retrieval``
describes both).
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import mean
from typing import Any
from unittest.mock import patch

from assistant import Assistant
from assistant.answering import by_rules, sufficiency
from assistant.evaluation import DECLINED, evaluate
from assistant.mentions import Names
from assistant.planning.by_place import PlacePlanner
from assistant.planning.conversation import ConversationPlanner
from assistant.planning.one_question import QuestionPlanner
from assistant.planning.planner import Planner
from benchmarks.answers import AUTHORS
from benchmarks.arguments import beir_folder
from benchmarks.results import Cell, Table, add_keep, publish
from benchmarks.retrieval import DEPTH, measure, open_store, read_lines, read_qrels
from vectorstore.records import Hit
from vectorstore.search import search
from vectorstore.store import Store


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scifact", type=beir_folder("test"), metavar="FOLDER")
    parser.add_argument("--store", type=Path, metavar="PLACE")
    add_keep(parser)
    arguments = parser.parse_args()
    if arguments.scifact and not arguments.store:
        parser.error("--scifact needs --store PLACE, as embedding the abstracts takes minutes")
    publish(of_answers(), keep=arguments.keep)
    if arguments.scifact:
        publish(of_search(arguments.scifact, arguments.store), keep=arguments.keep)


# ---- the parts


def _without_kind(kind: str) -> Callable[[], Any]:
    """The vectors of one kind of record taken out of what the store finds."""

    def switch() -> Any:
        nearest = Store.nearest

        def without(self: Store, *given: Any, **named: Any) -> list[Hit]:
            return [hit for hit in nearest(self, *given, **named) if hit.kind != kind]

        return patch.object(Store, "nearest", without)

    return switch


SEARCH: Mapping[str, Callable[[], Any]] = {
    "vectors of passages": _without_kind("passage"),
    "vectors of sentences": _without_kind("sentence"),
    "vectors of titles": _without_kind("document"),
    "BM25": lambda: patch.object(Store, "matching", lambda *_, **__: []),
    "the question's wording": lambda: patch("vectorstore.search.shares", lambda _, texts: [0.0] * len(texts)),
}

ANSWERING: Mapping[str, Callable[[], Any]] = {
    "names and titles found in the question": lambda: patch.multiple(
        Names, _by_name=lambda *_: (), _by_title=lambda *_: ()
    ),
    "typing errors mended": lambda: patch.object(Names, "_mend", lambda _, question: (question, frozenset())),
    "what leans on the conversation resolved": lambda: patch.object(ConversationPlanner, "leans", lambda *_: False),
    "computing over all papers": lambda: patch.object(
        QuestionPlanner, "asked_of_set", lambda *given: (None, False, given[2])
    ),
    "what all papers say of a thing": lambda: patch.object(by_rules, "answer_overall", lambda *_: None),
    "papers named by their place": lambda: patch.object(PlacePlanner, "by_place", lambda *_: None),
    "two questions in one": lambda: patch.object(Planner, "_in_two_parts", lambda *_: None),
    "whether the paper holds what is asked": lambda: patch.object(
        sufficiency, "judge", lambda *_: sufficiency.Verdict(True)
    ),
    "whether a name is known here": lambda: patch.multiple(
        sufficiency, names_something_else=lambda *_: "", unknown_in_focus=lambda *_: ""
    ),
    "whether the question is about the papers": lambda: patch.object(
        by_rules._Answering, "_is_off_topic", lambda *_: False
    ),
}


@contextmanager
def switched_off(part: str) -> Iterator[None]:
    with ExitStack() as stack:
        if switch := {**SEARCH, **ANSWERING}.get(part):
            stack.enter_context(switch())
        yield


# ---- what they cost


def of_answers() -> Table:
    columns = [f"{author}: {figure}" for author in AUTHORS for figure in ("right", "answered wrongly", "facts")]
    rows: dict[str, list[Cell]] = {part: [part or "nothing"] for part in ("", *SEARCH, *ANSWERING)}
    for profile, questions, *_ in AUTHORS.values():
        with tempfile.TemporaryDirectory() as folder, Assistant(library="ablations", data_dir=folder) as assistant:
            assistant.ingest(profile)
            for part, row in rows.items():
                with switched_off(part):
                    row += _figures(assistant, questions)
    note = "Right: of all questions; answered wrongly: of those that the papers do not answer."
    return Table("ablations", ("switched off", *columns), list(rows.values()), note)


def _figures(assistant: Assistant, questions: Path) -> list[Cell]:
    graded = evaluate(assistant, questions).graded
    asked = [row for row in graded if row.question.kind not in DECLINED]
    declined = [row for row in graded if row.question.kind in DECLINED]
    return [
        mean(float(row.right) for row in graded),
        mean(float(row.answer.answered) for row in declined),
        mean(row.facts for row in asked),
    ]


def of_search(folder: Path, place: Path) -> Table:
    store = open_store(folder, place)
    queries = {row["_id"]: row["text"] for row in read_lines(folder / "queries.jsonl")}
    relevant = read_qrels(folder / "qrels" / "test.tsv")

    def rank(text: str) -> list[str]:
        return [row.key for row in search(store, text, store.model.embed([text])[0], DEPTH)]

    rows: list[Sequence[Cell]] = []
    for part in ("", *SEARCH):
        with switched_off(part):
            rows.append((part or "nothing", *measure(rank, queries, relevant)))
    store.close()
    return Table("ablations-search", ("switched off, SciFact", "nDCG@10", "Recall@100"), rows, digits=3)


if __name__ == "__main__":
    main()
