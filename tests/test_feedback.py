"""What readers thought of answers: kept beside them, gone with them, and asked again as evaluation questions."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from assistant.answers import Answer, Citation, Intent, Plan
from assistant.conversations.feedback import as_questions
from assistant.conversations.store import Conversations, open_conversations
from assistant.errors import ConversationNotFound, ConversationsError
from assistant.evaluation import INTENTS, grade, load_questions
from tests.asking import is_one_sentence
from tests.papers import make_paper

LOOMS = replace(make_paper("Looms", "Cards drive looms."), key="lovelace2019looms")
GEARS = replace(make_paper("Gears: On Wheels", "Wheels have teeth."), key="lovelace2019gears")


def make_answer(
    question: str = "What drives looms?", *, meant: str | None = None, intent: Intent = "look_up", answered: bool = True
) -> Answer:
    citations = [
        Citation(marker, paper, "Title", 0, len(paper.title), paper.title)
        for marker, paper in enumerate((LOOMS, GEARS, LOOMS), 1)
    ]
    plan = Plan(question, meant or question, intent)
    text = "Cards. [1] Wheels. [2] Cards again. [3]" if answered else "These papers do not say."
    return Answer(question, meant or question, text, answered, "extractive", plan,
                  citations=tuple(citations) if answered else ())  # fmt: skip


@pytest.fixture
def stored(tmp_path: Path) -> Conversations:
    return open_conversations(tmp_path)


def begin(stored: Conversations, *answers: Answer, library: str = "ada") -> str:
    conversation = stored.start(library).id
    for answer in answers or (make_answer(),):
        stored.add(conversation, answer)
    return conversation


# ---- kept


def test_feedback_stands_beside_its_answer(stored: Conversations) -> None:
    conversation = begin(stored, make_answer(), make_answer("And gears?"))
    stored.rate(conversation, 2, False, " Not what I\x1b asked.\n")
    first, second = stored.exchanges(conversation)
    assert first.feedback is None
    assert second.feedback is not None
    assert (second.feedback.useful, second.feedback.reason) == (False, "Not what I asked.")
    assert second.feedback.at >= second.at
    row = json.loads(stored.to_json(conversation))["exchanges"][1]
    assert row["feedback"] == second.feedback.to_dict()


def test_a_reader_may_change_their_mind_or_take_it_back(stored: Conversations) -> None:
    conversation = begin(stored)
    stored.rate(conversation, 1, False, "Too short.")
    stored.rate(conversation, 1, True)
    (rated,) = stored.feedback()
    assert (rated.feedback.useful, rated.feedback.reason) == (True, "")
    stored.unrate(conversation, 1)
    stored.unrate(conversation, 1)
    assert stored.feedback() == []
    assert stored.exchanges(conversation)[0].feedback is None


def test_a_reason_that_was_taken_back_is_nowhere_in_the_file(stored: Conversations, tmp_path: Path) -> None:
    conversation = begin(stored)
    stored.rate(conversation, 1, False, "a secret reason")
    stored.unrate(conversation, 1)
    assert all(b"secret" not in path.read_bytes() for path in tmp_path.iterdir())


def test_feedback_goes_with_its_conversation(stored: Conversations, tmp_path: Path) -> None:
    conversation = begin(stored)
    stored.rate(conversation, 1, False, "a secret reason")
    stored.delete(conversation)
    assert stored.feedback() == []
    assert all(b"secret" not in path.read_bytes() for path in tmp_path.iterdir())


def test_feedback_on_what_is_not_there_is_one_sentence(stored: Conversations) -> None:
    conversation = begin(stored)
    with pytest.raises(ConversationNotFound, match="has no question 2") as caught:
        stored.rate(conversation, 2, True)
    assert is_one_sentence(str(caught.value))
    with pytest.raises(ConversationsError, match="at most 2,000 characters") as too_long:
        stored.rate(conversation, 1, True, "x" * 2_001)
    assert is_one_sentence(str(too_long.value))


def test_feedback_is_listed_newest_first_and_can_be_narrowed(stored: Conversations) -> None:
    assert stored.feedback() == []
    first, second = begin(stored, make_answer(), make_answer("And gears?")), begin(stored, library="other")
    stored.rate(first, 2, True)
    stored.rate(second, 1, False, "Wrong loom.")
    stored.rate(first, 1, False)
    assert [(rated.conversation, rated.number) for rated in stored.feedback()] == [(first, 1), (second, 1), (first, 2)]
    assert [rated.number for rated in stored.feedback("ada")] == [1, 2]
    assert [rated.question for rated in stored.feedback(useful=True)] == ["And gears?"]
    (rated,) = stored.feedback("other", useful=False)
    assert (rated.library, rated.question, rated.feedback.reason) == ("other", "What drives looms?", "Wrong loom.")
    assert rated.answer == json.loads(json.dumps(make_answer().to_dict()))


# ---- as questions for evaluation


def test_useful_answers_become_questions_that_the_same_answers_get_right(stored: Conversations, tmp_path: Path) -> None:
    answers = [
        make_answer(),
        make_answer("And its size?", meant="What is the size of looms?"),
        make_answer("How many?", intent="count"),
        make_answer("List them.", intent="list"),
        make_answer("Who weaves?", intent="who"),
        make_answer("Since when?", intent="trend"),
        make_answer("Looms or gears?", intent="compare"),
        make_answer("Who won the war?", answered=False),
        make_answer("Hello?", intent="off_topic", answered=False),
    ]
    conversation = begin(stored, *answers)
    for number in range(1, len(answers) + 1):
        stored.rate(conversation, number, True)
    file = tmp_path / "questions.jsonl"
    file.write_text(as_questions(stored.feedback()), encoding="utf-8")
    questions = load_questions(file)
    assert [question.question for question in questions] == [answer.question for answer in answers]
    for question, answer in zip(questions, answers, strict=True):
        graded = grade(question, answer)
        assert graded.right, question
        assert graded.intent_right, question
        assert (graded.recall, graded.precision) == ((1.0, 1.0) if answer.answered else (None, None))
        assert not grade(question, replace(answer, answered=not answer.answered)).right


def test_a_question_comes_with_the_turns_that_it_could_lean_on(stored: Conversations) -> None:
    conversation = begin(stored, *(make_answer(f"Question {n}?") for n in range(1, 10)))
    stored.rate(conversation, 1, True)
    stored.rate(conversation, 9, True)
    ninth, first = stored.feedback()
    assert list(first.history) == []
    assert [turn["content"] for turn in ninth.history if turn["role"] == "user"] == [
        f"Question {n}?" for n in range(3, 9)
    ]
    assert ninth.to_question()["history"] == ninth.history
    assert [turn["role"] for turn in ninth.history[:2]] == ["user", "assistant"]


def test_an_answer_that_was_not_useful_gives_a_question_with_its_reason_and_no_gold(
    stored: Conversations, tmp_path: Path
) -> None:
    conversation = begin(stored)
    stored.rate(conversation, 1, False, "It is steam that drives them.")
    (rated,) = stored.feedback()
    assert rated.to_question() == {
        "question": "What drives looms?",
        "history": [],
        "reason": "It is steam that drives them.",
    }
    file = tmp_path / "questions.jsonl"
    file.write_text(as_questions([rated]), encoding="utf-8")
    (question,) = load_questions(file)
    assert (question.gold_papers, question.must_include) == ((), ())


def test_what_several_readers_say_alike_is_one_question(stored: Conversations) -> None:
    for _ in range(3):
        stored.rate(begin(stored, make_answer("機は何で動く?")), 1, True)
    written = as_questions(stored.feedback())
    assert len(written.splitlines()) == 1
    assert json.loads(written)["question"] == "機は何で動く?"
    assert as_questions([]) == ""


def test_a_question_names_no_conversation(stored: Conversations) -> None:
    conversation = begin(stored)
    stored.rate(conversation, 1, True)
    assert conversation not in as_questions(stored.feedback())


@pytest.mark.parametrize(
    "kind", ["list", "count", "trend", "author", "compare", "followup", "unanswerable", "offtopic"]
)
def test_the_kinds_that_are_written_are_those_of_evaluation(kind: str) -> None:
    assert kind in INTENTS
