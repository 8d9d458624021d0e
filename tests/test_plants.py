"""The plants by which the check of sentences is measured: each kind is made, always alike, and goes the whole way."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from assistant.evaluation import Question
from assistant.grounding.grounder import Source, Verdict
from assistant.library import Library
from assistant.papers import ABSTRACT
from benchmarks.grounding import Outcome, measure
from benchmarks.plants import RIGHT, WRONG, Bed, Plant, Told, plants, sentences_of
from tests.asking import open_copy
from tests.papers import make_paper

LOOM = (
    "We propose a loom that reads punched cards.",
    "However, Weaver (the first of its kind) was also tried on WeaveBank, and it weaves 120 patterns in 3 hours.",
    "It is faster than hand looms, but it does not need a weaver.",
    "We show that the approach improves cloth weaving by 12 % over hand looms.",
)
CARDS = "The cards of the loom are made of stiff paper."
GEARS = "Gears were counted for the engine of Mr Babbage."
COMETS = "Comets with bright tails were photographed over seven winters at Greenwich."


_TOLD = (*(Told(1, "loom", text) for text in LOOM), Told(2, "loom", CARDS))
BED = Bed(
    told=_TOLD,
    near=(*_TOLD, Told(3, "gears", GEARS)),
    far=("We show that it is fast.", COMETS),
    names={"dataset": ("WeaveBank",), "method": ("Weaver",), "task": ("cloth weaving",)},
    strange={"dataset": ("StarBank",), "method": ("CometNet",), "task": ("comet hunting",)},
    labels={"loom": "Weaver", "gears": "GearNet"},
    shown=" ".join([*LOOM, CARDS, GEARS]).lower(),
)


def planted(seed: int = 0, **changed: Any) -> dict[str, Plant]:
    """The plants by kind, of the bed with these changes."""
    return {plant.kind: plant for plant in plants(replace(BED, **changed), random.Random(seed))}


@pytest.mark.parametrize("kind", [*RIGHT, *WRONG])
def test_each_kind_is_made(kind: str) -> None:
    plant = planted()[kind]
    assert plant.right == (kind in RIGHT)
    assert plant.sentence.endswith(".")
    assert plant.reply


@pytest.mark.parametrize("seed", range(5))
def test_the_same_seed_makes_the_same_plants(seed: int) -> None:
    assert planted(seed) == planted(seed)


def test_a_wrong_plant_says_what_no_sentence_says() -> None:
    for seed in range(20):
        for kind, plant in planted(seed).items():
            if not plant.right and kind != "marker of another paper":
                assert plant.sentence not in [told.text for told in BED.near]


def test_a_changed_number_is_none_of_the_papers_and_no_rounding_of_the_right_one() -> None:
    for seed in range(20):
        sentence = planted(seed, told=(Told(1, "loom", "It weaves 120 patterns of silk."),))["number changed"].sentence
        number = int(sentence.split()[2])
        assert abs(number - 120) > 24


def test_what_nothing_can_be_made_of_is_left_out() -> None:
    kinds = planted(told=(Told(1, "loom", "Nobody of them ever wove."),), near=(), far=(), names={}, strange={})
    assert "number changed" not in kinds
    assert "said of another paper" not in kinds
    assert "verbatim" in kinds


def test_a_reply_begins_with_a_sentence_as_it_stands_there() -> None:
    plant = planted()["third person"]
    first, _, rest = plant.reply.partition("]. ")
    assert f"{first.partition(' [')[0]}." in LOOM
    assert "the authors" in rest.lower()


def test_a_reversed_direction_is_not_what_the_sentence_says_already() -> None:
    told = (Told(1, "loom", "Looms are faster than others that are slower."),)
    assert "direction reversed" not in planted(told=told)


def test_sentences_that_do_not_end_are_not_planted() -> None:
    paper = make_paper("Looms", "Looms weave cloth out of many threads. Short one. Looms weave and then they")
    section = paper.section(ABSTRACT)
    assert section is not None
    source = Source(paper, ABSTRACT, section.start, section.end)
    assert [told.text for told in sentences_of(4, source)] == ["Looms weave cloth out of many threads."]


# ---- what becomes of them


def outcome(*, right: bool, supported: bool, misled: str = "", papers: frozenset[str] = frozenset()) -> Outcome:
    plant = Plant("kind", "It is.", "It is.", right, misled)
    return Outcome(plant, (Verdict(supported, 0.5),), papers)


@pytest.mark.parametrize(
    ("found", "went_wrong"),
    [
        (outcome(right=True, supported=True), False),
        (outcome(right=True, supported=False), True),
        (outcome(right=False, supported=False), False),
        (outcome(right=False, supported=True), True),
        (outcome(right=False, supported=True, misled="gears", papers=frozenset({"loom"})), False),
        (outcome(right=False, supported=True, misled="gears", papers=frozenset({"gears"})), True),
    ],
)
def test_a_plant_goes_wrong_where_a_right_one_falls_or_a_wrong_one_stands(found: Outcome, went_wrong: bool) -> None:
    assert found.went_wrong == went_wrong


def test_a_sentence_that_was_never_checked_does_not_stand() -> None:
    assert not Outcome(Plant("kind", "It is.", "It is.", False), (), frozenset()).stands


def test_plants_go_the_whole_way_of_a_reply(sample_library: Library, tmp_path: Path) -> None:
    questions = [Question("What is InfLLM?", "method"), Question("How many papers are there?", "count")]
    with open_copy(sample_library, tmp_path) as assistant:
        tally = measure(assistant, questions)
        again = measure(assistant, questions)
    assert [(found.plant, found.stands) for found in tally.outcomes] == [(f.plant, f.stands) for f in again.outcomes]
    assert all(found.verdicts for found in tally.outcomes)
    assert not any(found.went_wrong for found in tally.of("verbatim") + tally.of("number changed"))
    assert [found.repaired for found in tally.of("no marker")] == [True]
    assert len(tally.milliseconds) >= len(tally.outcomes)
