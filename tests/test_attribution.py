"""Which papers a sentence names, and of which of them it is said."""

from __future__ import annotations

import pytest

from assistant.grounding.attribution import Papers
from tests.papers import make_paper

LOOM = make_paper("LoomNet: Weaving Patterns from Punched Cards", "x", authors=("Ada Lovelace",), date="2019-01-01")
SECOND = make_paper("LoomNet 2.0: Silk and Other Cloth", "x", authors=("Charles Babbage",), date="2021-01-01")
TIDES = make_paper("To count, or not to count tides", "x", authors=("Mary Somerville", "Ada Lovelace"))
PAPERS = Papers([(LOOM, ("LoomNet",)), (LOOM, ("LoomNet",)), (SECOND, ("LoomNet 2.0",)), (TIDES, ("NET", "tides"))])


def sources(sentence: str) -> list[set[int]]:
    return [set(named.sources) for named in PAPERS.named_in(sentence)]


@pytest.mark.parametrize(
    ("sentence", "named"),
    [
        ("LoomNet reads cards.", [{0, 1}]),
        ("It is faster than LoomNet.", [{0, 1}]),
        ("LoomNet's cards are read by LoomNet 2.0.", [{0, 1}, {2}]),
        ("In Weaving patterns from punched cards, looms are read.", [{0, 1}]),
        ("“To count, or not to count tides” speaks of tides.", [{3}]),
        ("Lovelace et al. (2019) read cards.", [{0, 1}]),
        ("Somerville and colleagues count tides.", [{3}]),
        ("Lovelace et al. (2021) read cards.", []),
        ("LoomNets and MyLoomNet and LoomNet-like looms read cards.", [{0, 1}]),
        ("The tides were counted.", []),
    ],
)
def test_a_paper_is_named_by_title_name_or_first_author(sentence: str, named: list[set[int]]) -> None:
    assert sources(sentence) == named


@pytest.mark.parametrize(
    "sentence",
    [
        "In the work on LoomNet, cards are read.",
        "According to LoomNet, cards are read.",
        "Moreover, in their paper about LoomNet, cards are read.",
        "The authors of LoomNet read cards.",
        "The LoomNet paper reads cards.",
        "Lovelace et al. read cards.",
        "In “LoomNet: Weaving Patterns from Punched Cards”, cards are read.",
    ],
)
def test_a_sentence_says_whose_words_it_tells(sentence: str) -> None:
    (named,) = PAPERS.named_in(sentence)
    assert named.voice
    assert named.subject


@pytest.mark.parametrize(
    ("sentence", "subject"),
    [("LoomNet reads cards.", True), ("However, the LoomNet model reads cards.", True), ("It uses LoomNet.", False)],
)
def test_a_name_that_opens_a_sentence_is_its_subject_and_not_its_voice(sentence: str, subject: bool) -> None:
    (named,) = PAPERS.named_in(sentence)
    assert (named.subject, named.voice) == (subject, False)


def test_names_are_blanked_with_their_places_kept() -> None:
    assert PAPERS.without_names("It beats LoomNet 2.0 by 3.") == "It beats             by 3."


def test_without_papers_nothing_is_named() -> None:
    assert Papers([]).named_in("LoomNet reads cards.") == []


def test_a_short_name_is_known_by_its_capitals() -> None:
    papers = Papers([(make_paper("ARM: Looms with Handles", "x"), ()), (make_paper("Evaluation: A View", "x"), ())])
    assert [named.text for named in papers.named_in("ARM is an arm.")] == ["ARM"]
    assert papers.named_in("Evaluation shows that the arm is long.") == []


def test_a_name_may_hold_any_sign() -> None:
    papers = Papers([(make_paper("Loom(2)*+[: of", "x"), ("NetX(*2+",))])
    assert [named.text for named in papers.named_in("It is NetX(*2+.")] == ["NetX(*2"]
