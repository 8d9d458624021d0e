"""Floors under the quality of answers. `papertalk eval` prints the figures; these fail where they fall."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from statistics import fmean

import pytest

from assistant import Assistant
from assistant.evaluation import DECLINED, Graded, evaluate
from assistant.library import Library
from tests.asking import open_copy
from vectorstore.embeddings import EmbeddingModel

DATA = Path(__file__).parent / "data"
COUNTED = ("trend", "count", "author")
FROM_PROSE = ("method", "dataset", "result", "code", "compare", "false_premise")
CONVERSED = ("followup", "noisy")


@pytest.fixture(scope="module")
def xu_han(sample_library: Library, tmp_path_factory: pytest.TempPathFactory) -> list[Graded]:
    with open_copy(sample_library, tmp_path_factory.mktemp("quality")) as assistant:
        return evaluate(assistant, DATA / "xu_han" / "questions.jsonl").graded


@pytest.fixture(scope="module")
def counting(
    sample_library: Library, model: EmbeddingModel, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, list[Graded]]:
    """More questions that are counted, on two authors."""
    with open_copy(sample_library, tmp_path_factory.mktemp("counting")) as assistant:
        graded = {"xu_han": evaluate(assistant, DATA / "xu_han" / "counting.jsonl").graded}
    folder = DATA / "barbara_plank"
    with Assistant(library="plank", data_dir=tmp_path_factory.mktemp("plank-counting"), model=model) as assistant:
        assistant.ingest(folder / "profile.txt")
        return {**graded, "barbara_plank": evaluate(assistant, folder / "counting.jsonl").graded}


@pytest.fixture(scope="module")
def barbara_plank(model: EmbeddingModel, tmp_path_factory: pytest.TempPathFactory) -> list[Graded]:
    folder = DATA / "barbara_plank"
    with Assistant(library="plank", data_dir=tmp_path_factory.mktemp("plank"), model=model) as assistant:
        assistant.ingest(folder / "profile.txt")
        return evaluate(assistant, folder / "questions.jsonl").graded


def share(rows: Iterable[Graded], of: Callable[[Graded], bool | float | None], *kinds: str) -> float:
    """The mean over the questions of these kinds, or over all; where a figure has no meaning it does not count."""
    values = [of(row) for row in rows if not kinds or row.question.kind in kinds]
    return fmean(float(value) for value in values if value is not None)


def wrong(rows: Iterable[Graded], *kinds: str) -> str:
    """The questions that fell, to be read where a floor breaks."""
    return "\n".join(
        f"{r.question.kind}: {r.question.question}" for r in rows if r.question.kind in kinds and not r.right
    )


@pytest.mark.parametrize(
    ("floor", "kinds"),
    [
        (0.90, FROM_PROSE),
        (0.70, ("paraphrase",)),
        (0.85, CONVERSED),
        (0.85, DECLINED),
        (0.90, COUNTED),
        (0.80, ("list",)),
    ],
)
def test_the_sample_authors_questions_are_answered_right(
    xu_han: list[Graded], floor: float, kinds: tuple[str, ...]
) -> None:
    assert share(xu_han, lambda row: row.right, *kinds) >= floor, wrong(xu_han, *kinds)


def test_answers_that_the_library_holds_are_seldom_withheld(xu_han: list[Graded]) -> None:
    kinds = (*FROM_PROSE, *CONVERSED, "paraphrase")
    assert share(xu_han, lambda row: not row.answer.answered, *kinds) <= 0.05


def test_the_right_papers_are_cited_and_few_others(xu_han: list[Graded]) -> None:
    assert share(xu_han, lambda row: row.recall, *FROM_PROSE) >= 0.92
    assert share(xu_han, lambda row: row.precision, *FROM_PROSE) >= 0.92


def test_lists_hold_the_right_papers_and_few_others(xu_han: list[Graded]) -> None:
    assert share(xu_han, lambda row: row.recall, "list") >= 0.90
    assert share(xu_han, lambda row: row.precision, "list") >= 0.85


def test_what_is_asked_is_understood(xu_han: list[Graded]) -> None:
    assert share(xu_han, lambda row: row.intent_right) >= 0.93


@pytest.mark.parametrize("author", ["xu_han", "barbara_plank"])
def test_more_questions_are_counted_right(counting: dict[str, list[Graded]], author: str) -> None:
    rows = counting[author]
    assert share(rows, lambda row: row.right, *COUNTED) >= 0.80, wrong(rows, *COUNTED)
    assert share(rows, lambda row: row.quotes_exact) == 1.0
    declined = [row for row in rows if row.question.kind in DECLINED]
    assert share(declined, lambda row: row.right) >= 0.80 if declined else True


def test_every_quote_is_exact(xu_han: list[Graded], barbara_plank: list[Graded]) -> None:
    assert share(xu_han, lambda row: row.quotes_exact) == 1.0
    assert share(barbara_plank, lambda row: row.quotes_exact) == 1.0


def test_another_authors_questions_are_answered_right(barbara_plank: list[Graded]) -> None:
    kinds = ("method", "dataset", "result")
    assert share(barbara_plank, lambda row: row.right, *kinds) >= 0.75, wrong(barbara_plank, *kinds)
