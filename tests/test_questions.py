"""What a question wants: the kind of thing that would answer it, and the words that this must be tied to."""

from __future__ import annotations

import gc
import importlib
import pkgutil
import re

import pytest

import assistant
from assistant.english.cues import Cue, cue
from assistant.questions import Wanted, clauses, understand
from assistant.words import content_words


@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        ("How many sentences does FewRel have?", "number"),
        ("what is the number of relations", "number"),
        ("hw many event types", "number"),
        ("Wie viele Sätze enthält FewRel?", "number"),
        ("How much text was it trained on?", "quantity"),
        ("How big is the corpus?", "quantity"),
        ("How long does training take?", "quantity"),
        ("How accurate is the tagger?", "quantity"),
        ("What accuracy does it reach?", "quantity"),
        ("what is the learning rate", "quantity"),
        ("What percentage of tokens is kept?", "quantity"),
        ("F1 score on the test set?", "quantity"),
        ("Where is the code?", "link"),
        ("github link for ERNIE please", "link"),
        ("Where can I download the dataset?", "link"),
        ("Is the data publicly available?", "link"),
        ("Which datasets are publicly available?", "link"),
        ("Did they release the code?", "link"),
        ("Is there a public implementation?", "link"),
        ("Which publicly available datasets are used?", "name"),
        ("What labels are available for training the model?", "name"),
        ("Is there a survey of language models?", "yes_no"),
        ("Who wrote it?", "people"),
        ("Whose method is it?", "people"),
        ("When was it published?", "date"),
        ("What year did it appear?", "date"),
        ("In which journal was it published?", "venue"),
        ("At which conference was it accepted?", "venue"),
        ("Why are sparse graphs hard?", "reason"),
        ("What motivates the framework?", "reason"),
        ("Which benchmark does it use?", "name"),
        ("What languages are covered?", "name"),
        ("How does InfLLM work?", "explanation"),
        ("Describe the training strategy", "explanation"),
        ("Does it need training?", "yes_no"),
        ("Is it better than the baseline?", "yes_no"),
    ],
)
def test_the_kind_of_thing_that_would_answer_is_recognised(question: str, wanted: Wanted) -> None:
    assert understand(question).wanted == wanted


@pytest.mark.parametrize(
    ("question", "focus"),
    [
        ("How many event types are there in MAVEN?", ("event", "types")),
        ("What is the number of relations?", ("relations",)),
        ("How many documents and relations are there?", ("documents", "relations")),
        ("How much text was it trained on?", ("text",)),
        ("What is the learning rate of the optimizer?", ("learning", "rate")),
        ("Which languages are covered?", ("languages",)),
        ("Which of the datasets is the largest?", ("datasets",)),
        ("Does it need training?", ("training",)),
    ],
)
def test_the_focus_is_the_noun_phrase_asked_for(question: str, focus: tuple[str, ...]) -> None:
    assert understand(question, ("MAVEN",)).focus == focus


def test_how_big_and_how_long_are_asked_of_a_measure() -> None:
    assert "duration" in understand("How long does it take?").focus
    assert "accuracy" in understand("How accurate is it?").focus


def test_names_of_papers_are_no_part_of_what_is_asked() -> None:
    asked = understand("How many sentences does FewRel 2.0 have?", ("FewRel 2.0", "FewRel"))
    assert asked.focus == asked.content == ("sentences",)


def test_a_name_is_taken_out_with_its_possessive_and_in_any_case() -> None:
    assert understand("What is fewrel's task?", ("FewRel",)).content == ("task",)


def test_a_name_is_not_taken_out_of_a_longer_word() -> None:
    assert "alarm" in understand("Does the alarm ring?", ("ARM",)).content


def test_telling_words_leave_out_what_any_paper_is_asked_about() -> None:
    asked = understand("Which sparse dataset problem is studied?")
    assert "sparse" in asked.telling
    assert not {"dataset", "problem"} & set(asked.telling)


def test_where_all_words_are_general_nothing_is_telling() -> None:
    assert understand("What is the main idea of the method?").telling == ()


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        ("How many were there, and where did they live?", ["How many were there", "where did they live?"]),
        ("What is IBWS? Why is it expensive?", ["What is IBWS", "Why is it expensive?"]),
        ("Who wrote it and when was it published?", ["Who wrote it", "when was it published?"]),
        ("Which corpora and languages are used?", ["Which corpora and languages are used?"]),
        ("How large is it", ["How large is it"]),
    ],
)
def test_a_question_is_parted_where_another_begins(question: str, parts: list[str]) -> None:
    kept = [part for part in parts if content_words(part)] or [question]
    assert clauses(question) == kept


def test_each_part_wants_its_own_kind_of_thing() -> None:
    question = "How many annotators took part, and which languages did they read, and why were sentences dropped?"
    assert [understand(part).wanted for part in clauses(question)] == ["number", "name", "reason"]


@pytest.mark.parametrize("question", ["?", "the", "relation extraction", "((((", "how", "and or and", "ça va ?", "数"])
def test_anything_can_be_understood_somehow(question: str) -> None:
    asked = understand(question)
    assert set(asked.telling) <= set(asked.focus)
    assert all(clauses(question))


# ---- the cues themselves


def _cues() -> list[Cue]:
    for name in (row.name for row in pkgutil.walk_packages(assistant.__path__, "assistant.")):
        importlib.import_module(name)
    return [found for found in gc.get_objects() if isinstance(found, Cue)]


def test_every_cue_is_a_regular_expression_though_none_is_compiled_before_it_is_used() -> None:
    cues = _cues()
    assert len(cues) > 300
    for one in cues:
        assert isinstance(one.compiled, re.Pattern)


def test_a_cue_is_compiled_at_its_first_use() -> None:
    one = cue(r"\bmoss(?:es)?\b", r"\blichens?\b")
    assert [match[0] for match in one.finditer("Moss, mosses and lichen")] == ["Moss", "mosses", "lichen"]
    assert one.search("mosses", 3) is None
    assert one.sub("grass", "moss, lichens", count=1) == "grass, lichens"
    assert one.split("on moss and lichen now") == ["on ", " and ", " now"]
    with pytest.raises(re.error):
        cue("(").search("moss")
