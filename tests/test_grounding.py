"""Whether a sentence stands in the passages: names, numbers, denial, direction, wording, and the span behind it."""

from __future__ import annotations

import time
from collections.abc import Sequence

import pytest

from assistant.grounding.grounder import Claim, Grounder, Source, Verdict
from assistant.grounding.statements import read
from assistant.papers import ABSTRACT, Paper
from tests.fakes import Watched
from tests.papers import make_paper
from vectorstore.embeddings import EmbeddingModel

LOOM = make_paper(
    "LoomNet: Weaving Patterns from Punched Cards",
    "Pattern recognition for looms has long relied on manual inspection. We propose LoomNet, a neural network that "
    "reads punched cards. It is trained on WeaveBank, a corpus of 12,400 annotated cards from 34 mills. LoomNet "
    "achieves an "
    "accuracy of 91.3% on damaged cards and 96.8% on intact ones, and it outperforms the GearParser by 4.2 points. "
    "However, it does not generalize to cards of silk looms. Our code is available at https://example.org/loomnet.",
    authors=("Ada Lovelace", "Charles Babbage"),
    date="2019-10-16",
)
TIDES = make_paper(
    "Predicting Tides with Mechanical Integrators",
    "Tide tables are computed by hand in most harbours. This paper presents TideWheel, a mechanical integrator with "
    "ten gears. In a trial in three harbours over 18 months, the mean error fell from 31 cm to 12 cm. Higher humidity "
    "increased the error significantly. The device was not tested on rivers.",
    authors=("Mary Somerville",),
    date="1834-05-01",
)


def source(paper: Paper, *aliases: str) -> Source:
    section = paper.section(ABSTRACT)
    assert section is not None
    return Source(paper, ABSTRACT, section.start, section.end, aliases)


@pytest.fixture
def grounder(model: EmbeddingModel) -> Grounder:
    return Grounder([source(LOOM, "LoomNet"), source(TIDES, "TideWheel")], model.embed)


def quotes(verdict: Verdict, papers: Sequence[Paper] = (LOOM, TIDES)) -> list[str]:
    return [papers[place].text[start:end] for place, start, end in verdict.spans]


RIGHT = [
    "The authors propose LoomNet, a neural network that reads punched cards.",
    "LoomNet, a neural network for reading punched cards, is proposed by the authors.",
    "According to the paper, LoomNet achieves an accuracy of 91.3 % on damaged cards.",
    "On damaged cards LoomNet reaches 91.3 percent accuracy.",
    "WeaveBank holds about 12 thousand annotated cards.",
    "The corpus covers 12400 cards from thirty-four mills.",
    "LoomNet surpasses the GearParser by 4.2 points.",
    "The GearParser is outperformed by LoomNet by 4.2 points.",
    "LoomNet fails to generalize to silk looms.",
    "The code of LoomNet is available at https://example.org/loomnet.",
    "Lovelace and Babbage proposed LoomNet in 2019.",
    "It reads punched cards with a neural network.",
]
WRONG = [
    ("LoomNet achieves an accuracy of 93.1% on damaged cards.", "the number 93.1%"),
    ("LoomNet achieves an accuracy of 91.3 points on damaged cards.", "the number 91.3 points"),
    ("WeaveBank is a corpus of 12.4 million annotated cards.", "the number 12.4 million"),
    ("WeaveBank has 34 annotated cards from 12,400 mills.", "the number 34 for that"),
    ("LoomNet is trained on ClothBank, a corpus of 12,400 annotated cards.", "the name ClothBank"),
    ("Lovelace and Somerville proposed LoomNet.", "the name Somerville"),
    ("LoomNet was proposed in 2021.", "the year 2021"),
    ("The code of LoomNet is available at https://example.org/weavebank.", "the link https://example.org/weavebank"),
    ("LoomNet does not outperform the GearParser.", "the passage says the opposite"),
    ("LoomNet generalizes to cards of silk looms.", "the passage says the opposite"),
    ("LoomNet underperforms the GearParser by 4.2 points.", "the passage says the opposite"),
    ("The GearParser outperforms LoomNet by 4.2 points.", "the passage says the opposite"),
    ("It was trained for ten epochs with dropout on a graphics processor.", "the number ten"),
    ("The network was pruned afterwards, which halves its memory and speeds up deployment on phones.", ""),
]


@pytest.mark.parametrize("text", RIGHT)
def test_what_the_cited_passage_says_in_other_words_stands(grounder: Grounder, text: str) -> None:
    verdict = grounder.check(Claim(text, (0,)))
    assert verdict.supported, verdict
    assert not verdict.repaired
    assert verdict.reason == ""
    assert {place for place, _, _ in verdict.spans} == {0}


@pytest.mark.parametrize(("text", "reason"), WRONG)
def test_what_no_passage_says_is_refused_with_what_is_missing(grounder: Grounder, text: str, reason: str) -> None:
    verdict = grounder.check(Claim(text, (0,)))
    assert not verdict.supported, verdict
    assert reason in verdict.reason
    assert verdict.score < 0.45


def test_the_spans_are_whole_sentences_of_the_paper(grounder: Grounder) -> None:
    verdict = grounder.check(Claim("WeaveBank consists of 12,400 annotated cards from 34 mills.", (0,)))
    assert quotes(verdict) == ["It is trained on WeaveBank, a corpus of 12,400 annotated cards from 34 mills."]


def test_a_claim_fused_of_two_sentences_gets_both(grounder: Grounder) -> None:
    text = "LoomNet is trained on WeaveBank and achieves an accuracy of 91.3% on damaged cards."
    (quote,) = quotes(grounder.check(Claim(text, (0,))))
    assert quote.startswith("It is trained on WeaveBank")
    assert "91.3%" in quote


@pytest.mark.parametrize("cited", [(), (1,), (7,), (-3,)])
def test_a_claim_with_a_wrong_marker_or_none_gets_the_passage_that_supports_it(
    grounder: Grounder, cited: tuple[int, ...]
) -> None:
    verdict = grounder.check(Claim("LoomNet reads punched cards with a neural network.", cited))
    assert (verdict.supported, verdict.repaired) == (True, True)
    assert [place for place, _, _ in verdict.spans] == [0]


def test_a_marker_too_many_is_left_out(grounder: Grounder) -> None:
    verdict = grounder.check(Claim("The authors propose LoomNet, which reads punched cards.", (0, 1)))
    assert (verdict.supported, verdict.repaired) == (True, True)
    assert [place for place, _, _ in verdict.spans] == [0]


def test_a_comparison_rests_on_both_of_the_papers_that_it_cites(grounder: Grounder) -> None:
    text = "LoomNet is a neural network that reads cards, whereas TideWheel is a mechanical integrator with ten gears."
    verdict = grounder.check(Claim(text, (0, 1)))
    assert verdict.supported, verdict
    assert {place for place, _, _ in verdict.spans} == {0, 1}


def test_one_papers_figure_is_not_said_of_another(grounder: Grounder) -> None:
    verdict = grounder.check(Claim("TideWheel achieves an accuracy of 91.3% on damaged cards.", (1,)))
    assert not verdict.supported


@pytest.mark.parametrize(
    ("text", "cited"),
    [
        ("In the work on LoomNet, the mean error fell from 31 cm to 12 cm in three harbours.", 1),
        ("LoomNet is a mechanical integrator with ten gears.", 1),
        ("Lovelace et al. (2019) report that higher humidity increased the error significantly.", 1),
        ('In "Predicting Tides with Mechanical Integrators", the model is trained on WeaveBank.', 0),
        ("In the paper on TideWheel, a neural network is proposed that reads punched cards.", 0),
    ],
)
@pytest.mark.parametrize("marked", [True, False], ids=["with its marker", "without"])
def test_what_one_paper_says_is_not_said_of_another(grounder: Grounder, text: str, cited: int, marked: bool) -> None:
    verdict = grounder.check(Claim(text, (cited,) if marked else ()))
    assert not verdict.supported, verdict


def test_a_paper_may_be_named_where_the_passage_of_another_speaks_of_it(model: EmbeddingModel) -> None:
    later = make_paper("Looms Compared", "We compare looms. LoomNet was slower than all others on silk.")
    grounder = Grounder([source(LOOM, "LoomNet"), source(later)], model.embed)
    verdict = grounder.check(Claim("On silk, LoomNet was slower than all the others.", (1,)))
    assert (verdict.supported, verdict.repaired) == (True, False)


def test_what_is_told_of_the_named_paper_is_repaired_to_its_passage(grounder: Grounder) -> None:
    verdict = grounder.check(Claim("According to the LoomNet paper, the network reads punched cards.", (1,)))
    assert (verdict.supported, verdict.repaired) == (True, True)
    assert [place for place, _, _ in verdict.spans] == [0]


@pytest.mark.parametrize(
    ("claimed", "told"),
    [
        ("IFN-gamma", "IFN-γ"),
        ("NF-kB", "NF-κB"),
        ("PKCζ", "PKC-zeta"),
        ("Dscam1", "Dscam"),
        ("BRCA genes", "BRCA1 and BRCA2"),
        ("IL-6", "interleukin-6"),
        ("SREBP2", "sterol regulatory element binding protein 2"),
        ("smooth muscle cells (SMCs)", "smooth muscle cells"),
        ("HIV-positive patients", "patients with HIV"),
        ("PCR-driven growth", "growth under PCR"),
    ],
)
def test_a_name_may_be_written_in_another_way(model: EmbeddingModel, claimed: str, told: str) -> None:
    paper = make_paper("Growth", f"The treatment with {told} slowed the growth of the cells.")
    verdict = Grounder([source(paper)], model.embed).check(Claim(f"Treatment with {claimed} slowed cell growth.", (0,)))
    assert "name" not in verdict.reason, verdict


@pytest.mark.parametrize(
    ("claimed", "told"),
    [
        ("IFN-alpha", "IFN-γ"),
        ("Dscam1", "Dscam2"),
        ("IL-8", "interleukin-6"),
        ("SREBP1", "sterol regulatory element binding protein 2"),
        ("mBERT", "BERT"),
        ("smooth muscle cells (NER)", "smooth muscle cells"),
        ("smooth muscle (SMC)", "smooth muscle cells (SMC)"),
    ],
)
def test_another_name_is_not_the_same_in_another_way(model: EmbeddingModel, claimed: str, told: str) -> None:
    paper = make_paper("Growth", f"The treatment with {told} slowed the growth of the cells.")
    verdict = Grounder([source(paper)], model.embed).check(Claim(f"Treatment with {claimed} slowed cell growth.", (0,)))
    assert "name" in verdict.reason or "abbreviation" in verdict.reason, verdict


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("LoomNet is the first neural network that reads punched cards.", "first"),
        ("LoomNet reads only punched cards.", "only"),
        ("LoomNet is the best neural network that reads punched cards.", "best"),
        ("LoomNet always reads punched cards.", "always"),
    ],
)
def test_what_makes_it_the_only_the_first_or_the_best_must_be_there(grounder: Grounder, text: str, word: str) -> None:
    verdict = grounder.check(Claim(text, (0,)))
    assert not verdict.supported
    assert word in verdict.reason


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("The labels of looms are not always complete.", "The labels of looms are always complete."),
        ("Without any training, looms read many long sequences of cards.", "With training, looms read many long "
         "sequences of cards."),
        ("The loom can weave patterns of cloth without human-made cards.", "The loom can weave patterns of cloth with "
         "human-made cards."),
        ("The loom uses two main sources of cloth patterns.", "The loom uses three main sources of cloth patterns."),
        ("The looms learn from longer sequences of punched cards.", "The looms learn from shorter sequences of punched "
         "cards."),
    ],
)  # fmt: skip
def test_one_word_of_a_copy_may_turn_it_round(model: EmbeddingModel, text: str, told: str) -> None:
    paper = make_paper("Looms", f"{text} Nothing else is known of them.")
    checked = Grounder([source(paper)], model.embed)
    assert checked.check(Claim(text, (0,))).copied
    assert not checked.check(Claim(told, (0,))).supported


def test_a_sentence_without_a_marker_must_be_surer(model: EmbeddingModel) -> None:
    text = "WeaveBank's cards came from mills of several kinds, all of them with annotations."
    sources = [source(LOOM, "LoomNet")]
    marked = Grounder(sources, model.embed).check(Claim(text, (0,)))
    unmarked = Grounder(sources, model.embed).check(Claim(text))
    assert unmarked.score <= marked.score
    assert not unmarked.supported or unmarked.score >= 0.6


def test_a_claim_that_runs_many_sentences_together_rests_on_all_of_them(model: EmbeddingModel) -> None:
    told = "We count gulls at sea. We weigh gulls on land. We ring gulls in spring. Terns are left out."
    paper = make_paper("Gulls", told)
    text = "They count gulls at sea, weigh gulls on land, and ring gulls in spring."
    verdict = Grounder([source(paper)], model.embed).check(Claim(text, (0,)))
    assert quotes(verdict, [paper]) == ["We count gulls at sea. We weigh gulls on land. We ring gulls in spring."]


def test_a_pronoun_stands_for_what_the_sentence_before_names(grounder: Grounder) -> None:
    text = "It reduced the mean error from 31 cm to 12 cm."
    assert grounder.check(Claim(text, (1,), before="Somerville built TideWheel.")).supported
    verdict = grounder.check(Claim(text, (1,), before="LoomNet reads punched cards."))
    assert (verdict.supported, verdict.reason) == (False, "the name LoomNet")


def test_a_quotation_stands_letter_for_letter(grounder: Grounder) -> None:
    assert grounder.check(Claim('LoomNet is trained on "a corpus of 12,400 annotated cards".', (0,))).supported
    verdict = grounder.check(Claim('LoomNet is trained on "a corpus of annotated cards from mills".', (0,)))
    assert verdict.reason == "the words “a corpus of annotated cards from mills”"


@pytest.mark.parametrize(
    "text", ["Here is a summary of the key points:", "In summary:", "The main findings are as follows."]
)
def test_a_sentence_that_states_nothing_needs_no_support(grounder: Grounder, text: str) -> None:
    assert grounder.check(Claim(text)) == Verdict(True, 1.0)


@pytest.mark.parametrize("text", ["LoomNet is a milestone.", "Both papers address gardening.", "There were 7 of them."])
def test_a_sentence_that_states_anything_does(grounder: Grounder, text: str) -> None:
    assert not grounder.check(Claim(text, (1,))).supported


def test_what_a_sentence_denies_may_not_be_copied_as_said(grounder: Grounder) -> None:
    assert not grounder.check(Claim("The device was tested on rivers.", (1,))).supported
    assert not grounder.check(Claim("Higher humidity decreased the error significantly.", (1,))).supported
    assert grounder.check(Claim("The error was significantly increased by higher humidity.", (1,))).supported


def test_without_a_source_nothing_is_supported(model: EmbeddingModel) -> None:
    assert Grounder([], model.embed).check(Claim("LoomNet reads cards.", (0,))).reason == "no passage says so"


def test_a_passage_without_a_sentence_supports_nothing(model: EmbeddingModel) -> None:
    empty = Source(LOOM, ABSTRACT, len(LOOM.text), len(LOOM.text))
    assert not Grounder([empty], model.embed).check(Claim("LoomNet reads punched cards.", (0,))).supported


def test_each_text_is_embedded_once_and_none_before_a_check(model: EmbeddingModel) -> None:
    watched = Watched(model)
    grounder = Grounder([source(LOOM), source(TIDES)], watched.embed)
    assert watched.texts == []
    for _ in range(2):
        grounder.check(Claim("LoomNet was sold to the mills of Lyon.", (0,)))
        grounder.check(Claim("The tides were predicted by a mechanical device.", (0,)))
    assert len(watched.texts) == len(set(watched.texts))


def test_hostile_text_is_checked_in_bounded_time(model: EmbeddingModel) -> None:
    hostile = ("1,111 " * 2_000) + ("not " * 2_000) + ("A-" * 2_000) + "((((" * 500 + " LoomNet reads cards."
    paper = make_paper("Hostile", hostile)
    started = time.process_time()
    Grounder([source(paper)], model.embed).check(Claim(hostile[:4_000], (0,)))
    Grounder([source(LOOM)], model.embed).check(Claim("[" * 4_000, (0,)))
    assert time.process_time() - started < 60


# ---- reading a sentence


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("an F1 of 71.2%", [(71.2, "percent")]),
        ("10-20 percent of them", [(10, "percent"), (20, "percent")]),
        ("4.2 percentage points", [(4.2, "percentage point")]),
        ("2.5M sentences and 1,024K tokens", [(2_500_000, ""), (1_024_000, "")]),
        ("10 041 women", [(10_041, "")]),
        ("four hundred and eighty-one patients", [(481, "")]),
        ("three million words", [(3_000_000, "")]),
        ("3.2x faster, twice as large", [(3.2, "times"), (2, "times")]),
        ("5 mg/d over 24 hours", [(5, "milligram"), (24, "hour")]),
        ("the 2nd place, or fourth place", [(2, "place"), (4, "place")]),
        ("two thirds of the users", [(pytest.approx(66.67, abs=0.01), "percent")]),
        ("GPT-4 and CoNLL-2003 with v1.2", []),
        ("one of the users", []),
    ],
)
def test_numbers_are_read_as_they_are_meant(text: str, numbers: list[tuple[float, str]]) -> None:
    assert [(number.value, number.unit) for number in read(text).numbers] == numbers


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("LoomNet uses BERT-based encoders of Ada Lovelace.", ["LoomNet", "BERT-based", "Ada Lovelace"]),
        ("However, the authors use word2vec.", ["word2vec"]),
        ("A corpus of 100GB Danish text", ["Danish"]),
        ("It takes 4.5 mmHg and 5 MB.", []),
    ],
)
def test_names_are_told_from_words_that_open_a_sentence(text: str, names: list[str]) -> None:
    assert [name.text for name in read(text).names] == names


def test_what_a_sentence_denies_ends_with_its_clause() -> None:
    said = read("It does not need labels, but it uses cards.")
    assert {term.stem for term in said.terms if term.denied} == {"label"}
