"""Grading: what counts as right, found, cited and declined; questions that cannot be read are named by their line."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from assistant import Assistant, Paper
from assistant.answers import Answer, Citation, Plan
from assistant.errors import SourceError
from assistant.evaluation import EvaluationReport, Question, evaluate, grade, load_questions, matches
from assistant.library import Library
from assistant.papers import Section
from tests.asking import is_one_sentence, open_copy


def make_paper(title: str = "Engines") -> Paper:
    text = f"{title}\n\nEngines compute 120 numbers."
    start = len(title) + 2
    sections = (Section("Title", 0, len(title)), Section("Abstract", start, len(text)))
    return Paper(key=title.lower(), title=title, text=text, sections=sections)


def make_answer(text: str, *cited: str, answered: bool = True, closest: Sequence[str] = ()) -> Answer:
    papers = [make_paper(title) for title in cited]
    citations = [
        Citation(n, paper, "Title", 0, len(paper.title), paper.title) for n, paper in enumerate(papers, start=1)
    ]
    return Answer(
        question="?",
        standalone_question="?",
        text=text,
        answered=answered,
        mode="extractive",
        plan=Plan("?", "?"),
        citations=tuple(citations),
        closest=tuple(make_paper(title) for title in closest),
        timings_ms={"total": 5.0},
    )


def make_question(kind: str = "method", **given: Any) -> Question:
    return Question(question="?", kind=kind, **given)


# ---- facts


@pytest.mark.parametrize(
    ("text", "fact", "held"),
    [
        ("It has 188,238 sentences.", "188,238", True),
        ("It has 1188,238 sentences.", "188,238", False),
        ("It has 188,238,000 sentences.", "188,238", False),
        ("It has 4,480 documents.", "480", False),
        ("It has 100 relations.", "100", True),
        ("There are 100.", "100", True),
        ("There are 100, or more.", "100", True),
        ("It is 100.5 long.", "100", False),
        ("It is 1.69x faster.", "1.69", True),
        ("It is 11.69x faster.", "1.69", False),
        ("It gains 5% of them.", "5%", True),
        ("It gains 2.5% of them.", "5%", False),
        ("It gains 15% of them.", "5%", False),
    ],
)
def test_a_number_counts_only_where_it_stands_whole(text: str, fact: str, held: bool) -> None:
    assert matches(text, fact) is held


@pytest.mark.parametrize(
    ("text", "fact", "held"),
    [
        ("a task of RE and more", "RE", True),
        ("tasks (REs)", "RE", True),
        ("more areas here", "RE", False),
        ("their own", "IR", False),
        ("in re-ranking", "RE", True),
        ("the areas", "area", True),
    ],
)
def test_an_abbreviation_counts_only_as_a_word(text: str, fact: str, held: bool) -> None:
    assert matches(text, fact) is held


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("Built from WIKIPEDIA.", "Wikipedia"),
        ("a two‑step way", "two-step"),
        ("a change of −3", "-3"),
        ("the model’s size", "model's"),
        ("5\u00a0minutes", "5 minutes"),
    ],
)
def test_case_dashes_blanks_and_quotes_make_no_difference(text: str, fact: str) -> None:
    assert matches(text, fact)


# ---- right or not


def test_an_answer_with_every_fact_and_a_gold_paper_is_right() -> None:
    question = make_question(gold_papers=("Engines",), must_include=(("120",), ("numbers", "figures")))
    graded = grade(question, make_answer("Engines compute 120 figures [1].", "Engines"))
    assert graded.right
    assert (graded.facts, graded.recall, graded.precision, graded.found, graded.quotes_exact) == (1, 1, 1, True, True)


def test_a_missing_fact_makes_it_wrong_and_counts_in_part() -> None:
    question = make_question(gold_papers=("Engines",), must_include=(("120",), ("looms",)))
    graded = grade(question, make_answer("Engines compute 120 numbers [1].", "Engines"))
    assert not graded.right
    assert graded.facts == 0.5


def test_the_right_words_from_another_paper_are_wrong() -> None:
    question = make_question(gold_papers=("Engines",), must_include=(("120",),))
    graded = grade(question, make_answer("120 [1].", "Looms"))
    assert not graded.right
    assert (graded.recall, graded.precision) == (0.0, 0.0)


def test_a_trap_makes_it_wrong() -> None:
    question = make_question(gold_papers=("Engines",), must_not_include=("newspapers",))
    assert not grade(question, make_answer("From newspapers [1].", "Engines")).right


def test_an_abstention_is_wrong_where_an_answer_is_held() -> None:
    question = make_question(gold_papers=("Engines",), must_include=(("120",),))
    graded = grade(question, make_answer("I looked for 120.", answered=False, closest=["Looms", "Engines"]))
    assert not graded.right
    assert graded.found
    assert graded.precision is None


@pytest.mark.parametrize("kind", ["unanswerable", "offtopic"])
def test_declining_is_right_where_nothing_is_held(kind: str) -> None:
    assert grade(make_question(kind), make_answer("Not found.", answered=False)).right
    assert not grade(make_question(kind), make_answer("It is 5 [1].", "Engines")).right


def test_papers_that_are_acceptable_cost_no_precision_and_others_do() -> None:
    question = make_question(gold_papers=("Engines", "Looms"), acceptable_papers=("Mills",))
    graded = grade(question, make_answer("...", "Engines", "Mills", "Ships", "Coaches"))
    assert graded.recall == 0.5
    assert graded.precision == 0.5


def test_titles_agree_but_for_case_and_blanks() -> None:
    assert grade(make_question(gold_papers=("the  ENGINES",)), make_answer("...", "The Engines")).right


def test_facts_are_found_in_a_table_too() -> None:
    answer = make_answer("Below:", "Engines")
    with_table = Answer(**{name: getattr(answer, name) for name in Answer.__slots__} | {"table": ({"year": 1842},)})
    assert grade(make_question(must_include=(("1842",),)), with_table).right


def test_a_quote_that_is_no_span_is_seen() -> None:
    paper = make_paper()
    answer = make_answer("...")
    moved = Citation(1, paper, "Title", 1, 5, "Engi")
    forged = Answer(**{name: getattr(answer, name) for name in Answer.__slots__} | {"citations": (moved,)})
    assert not grade(make_question(), forged).quotes_exact


# ---- figures


def test_figures_are_given_by_kind_for_what_is_answerable_and_over_all() -> None:
    right = grade(make_question("method", gold_papers=("Engines",)), make_answer("...", "Engines"))
    wrong = grade(make_question("method", gold_papers=("Engines",)), make_answer("...", "Looms"))
    declined = grade(make_question("offtopic"), make_answer("no", answered=False))
    table = {row["kind"]: row for row in EvaluationReport([right, wrong, declined]).table()}
    assert list(table) == ["method", "offtopic", "answerable", "overall"]
    assert table["method"]["right"] == 0.5
    assert table["method"]["questions"] == 2
    assert table["method"]["citation_recall"] == 0.5
    assert table["offtopic"]["right"] == table["offtopic"]["abstained"] == 1
    assert table["offtopic"]["facts"] is None
    assert table["answerable"]["questions"] == 2
    assert table["overall"]["right"] == pytest.approx(2 / 3)


# ---- reading questions


def write(folder: Path, *lines: str) -> Path:
    path = folder / "questions.jsonl"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_a_question_needs_no_more_than_its_text(tmp_path: Path) -> None:
    assert load_questions(write(tmp_path, '{"question": "What is it?"}', "", '{"question": "Why?"}')) == [
        Question("What is it?", "question"),
        Question("Why?", "question"),
    ]


def test_a_line_separator_inside_a_question_ends_no_line(tmp_path: Path) -> None:
    (question,) = load_questions(write(tmp_path, '{"question": "What\u2028is it?"}'))
    assert question.question == "What\u2028is it?"


@pytest.mark.parametrize(
    "line",
    [
        "What is it?",
        '["question"]',
        "3",
        '{"kind": "method"}',
        '{"question": ""}',
        '{"question": 5}',
        '{"question": "What?", "must_include": ["paper"]}',
        '{"question": "What?", "must_include": "paper"}',
        '{"question": "What?", "gold_papers": "Engines"}',
        '{"question": "What?", "must_not_include": [5]}',
        '{"question": "What?", "history": ["hello"]}',
        '{"question": "What?", "history": [{"role": "user"}]}',
        '{"question": "What?"',
    ],
)
def test_a_line_that_is_no_question_is_named(tmp_path: Path, line: str) -> None:
    path = write(tmp_path, '{"question": "What is it?"}', line)
    with pytest.raises(SourceError, match="line 2, is no question") as failure:
        load_questions(path)
    assert str(path) in str(failure.value)
    assert is_one_sentence(str(failure.value))


def test_a_file_without_questions_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="holds no question"):
        load_questions(write(tmp_path, ""))


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"gone\.jsonl"):
        load_questions(tmp_path / "gone.jsonl")


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "questions.jsonl"
    path.write_bytes(b"\xff\xfe\x00\x81")
    with pytest.raises(SourceError, match="cannot be read"):
        load_questions(path)


# ---- the whole of it


def test_every_question_is_asked_with_its_history_and_kept(sample_library: Library, tmp_path: Path) -> None:
    rows = [
        {"question": "What is CLEVE?", "kind": "method", "must_include": [["contrastive"]]},
        {
            "question": "Who wrote it?",
            "kind": "followup",
            "history": [{"role": "user", "content": "What is GEAR?"}, {"role": "assistant", "content": "A framework."}],
            "gold_papers": ["GEAR: Graph-based Evidence Aggregating and Reasoning for Fact Verification"],
            "must_include": [["Jie Zhou"]],
        },
    ]
    questions = write(tmp_path, *map(json.dumps, rows))
    output = tmp_path / "answers.jsonl"
    with open_copy(sample_library, tmp_path / "data") as assistant:
        report = evaluate(assistant, questions, output)
    assert [graded.right for graded in report.graded] == [True, True]
    kept = [json.loads(line) for line in output.read_text(encoding="utf-8").splitlines()]
    assert [row["kind"] for row in kept] == ["method", "followup"]
    assert kept == json.loads(json.dumps([graded.to_dict() for graded in report.graded]))
    assert kept[1]["answer"]["text"] == report.graded[1].answer.text
    assert [row["kind"] for row in report.to_dict()["kinds"]] == ["method", "followup", "overall"]


def test_an_output_that_cannot_be_written_is_an_error_of_one_sentence(sample_library: Library, tmp_path: Path) -> None:
    questions = write(tmp_path, '{"question": "hello"}')
    with open_copy(sample_library, tmp_path / "data") as assistant, pytest.raises(SourceError) as failure:
        evaluate(assistant, questions, tmp_path / "no" / "folder" / "answers.jsonl")
    assert is_one_sentence(str(failure.value))


def test_a_bad_file_of_questions_is_found_before_anything_is_asked(tmp_path: Path) -> None:
    with Assistant(library="empty", data_dir=tmp_path / "data") as assistant, pytest.raises(SourceError):
        evaluate(assistant, write(tmp_path, "{}"))
