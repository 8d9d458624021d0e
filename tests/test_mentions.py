"""Names in questions: what a paper brings is found however it is written, and ordinary words are left alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from assistant.library import Library
from assistant.mentions import Names, looks_coined
from assistant.papers import Paper
from assistant.sources.files import read
from tests.pages import make_page, make_record

FEWREL, FEWREL_2 = "han2018fewrel", "gao2019fewrel"


@pytest.fixture(scope="module")
def names(sample_library: Library) -> Names:
    return Names(sample_library.papers.values())


@pytest.mark.parametrize(
    ("question", "paper"),
    [
        ("What is CLEVE?", "wang2021cleve"),
        ("Who wrote the FewRel paper?", FEWREL),
        ("Is FewRel 2.0 harder?", FEWREL_2),
        ("What does CA-LoRA inherit?", "zhao2023calora"),
        ("How does GreenPLM use text?", "tang2024more"),
        ("How was the DacKGR model tested?", "lv2020dynamic"),
        ("Is Few-NERD large?", "ding2021fewnerd"),
    ],
)
def test_a_name_is_found_as_the_paper_writes_it(names: Names, question: str, paper: str) -> None:
    assert names.find(question).papers == (paper,)


@pytest.mark.parametrize(
    ("question", "paper"),
    [
        ("what is cleve?", "wang2021cleve"),
        pytest.param("what is fewrel?", FEWREL),
        pytest.param("FEWREL SIZE?", FEWREL),
        ("how big is docred", "yao2019docred"),
        ("What is OPENNRE for?", "han2019opennre"),
        ("what is ernie", "zhang2019ernie"),
        ("What does opennre offer?", "han2019opennre"),
    ],
)
def test_a_name_is_found_in_any_case(names: Names, question: str, paper: str) -> None:
    assert names.find(question).papers[:1] == (paper,)


@pytest.mark.parametrize(
    ("question", "paper"),
    [
        ("What is FewRel's size?", FEWREL),
        ("What is FewRel’s size?", FEWREL),
        ("opennre's licence?", "han2019opennre"),
        ("Are there two DocREDs?", "yao2019docred"),
    ],
)
def test_a_name_is_found_in_the_possessive_and_the_plural(names: Names, question: str, paper: str) -> None:
    assert names.find(question).papers == (paper,)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("inflmm", "InfLLM"), ("mavn", "MAVEN"), ("opnnre", "OpenNRE"), ("personapk", "PersonaPKT"), ("docrd", "DocRED")],
)
def test_a_typing_error_in_a_name_is_mended(names: Names, typed: str, meant: str) -> None:
    found = names.find(f"what does {typed} do")
    assert found.corrected == f"what does {meant} do"
    assert names.find(f"What is {meant}?").papers == found.papers != ()


def test_a_typing_error_in_a_word_of_the_papers_is_mended(names: Names) -> None:
    assert names.find("which papers are about relashion extration").corrected.endswith("relation extraction")


@pytest.mark.parametrize("question", ["What does the model predict?", "Is the framework faster than the baselines?"])
def test_correct_words_are_not_mended(names: Names, question: str) -> None:
    assert names.find(question).corrected == question


@pytest.mark.parametrize(
    ("question", "paper"),
    [
        ("What is MAVEN's score on MAVEN, the MAVEN set?", "wang2020maven"),
        ("In the MAVEN paper, what is annotated?", "wang2020maven"),
        ("the GEAR framework", "zhou2019gear"),
    ],
)
def test_a_name_stands_for_its_paper_wherever_it_is(names: Names, question: str, paper: str) -> None:
    assert names.find(question).papers == (paper,)


def test_papers_come_in_the_order_of_the_question(names: Names) -> None:
    assert names.find("Is DocRED larger than FewRel, or CLEVE?").papers == ("yao2019docred", FEWREL, "wang2021cleve")


@pytest.mark.parametrize("asked", ["Zhang et al. 2019", "Zhang et al., 2019", "Zhang et al. (2019)", "Zhang (2019)"])
def test_author_and_year_name_a_paper(names: Names, asked: str) -> None:
    assert names.find(f"What did {asked} propose?").papers == ("zhang2019ernie",)


def test_author_and_year_of_two_papers_stand_for_both(names: Names) -> None:
    (mention,) = names.find("What is the task of Han et al. 2018?").mentions
    assert set(mention.papers) == {FEWREL, "han2018denoising"}


def test_author_and_year_of_no_paper_name_none(names: Names) -> None:
    assert names.find("What did Zhang et al. 2011 propose?").papers == ()


@pytest.mark.parametrize(
    ("question", "paper"),
    [
        ('What does "Learning from Context or Names?" study?', "peng2020learning"),
        ("What is 'Modeling Multi-Hop Semantic Paths' about?", "zheng2025modeling"),
        ("What does “Quantifying Similarity between Relations” measure?", "chen2019quantifying"),
        ("What is Neural Snowball for Few-Shot Relation Learning?", "gao2019neural"),
        (
            "who wrote denoising relation extraction from document-level distant supervision",
            "xiao2020denoising",
        ),
    ],
)
def test_a_title_names_its_paper_quoted_or_whole(names: Names, question: str, paper: str) -> None:
    assert names.find(question).papers == (paper,)


@pytest.mark.parametrize(
    "question",
    [
        "Which camera took the pictures of the data?",
        "Does a robot arm occur in the tasks?",
        "Did they shift a gear somewhere?",
        "Which names are in context?",
        "Is more text better than less?",
        "What is a knowledge graph?",
    ],
)
def test_ordinary_words_that_equal_a_name_are_not_names(names: Names, question: str) -> None:
    assert names.find(question).papers == ()


@pytest.mark.parametrize(
    ("question", "unknown"),
    [
        ("How many parameters does GPT-4 have?", ("GPT-4",)),
        ("How does Mamba scan?", ("Mamba",)),
        ("Is QuantumFoo better than CLEVE?", ("QuantumFoo",)),
        ("What did Vaswani propose?", ("Vaswani",)),
    ],
)
def test_a_name_that_no_paper_holds_is_unknown(names: Names, question: str, unknown: tuple[str, ...]) -> None:
    assert names.find(question).unknown == unknown


@pytest.mark.parametrize(
    "question",
    [
        "What is CLEVE?",
        "Which corpora come from Wikipedia?",
        "Are KGs used?",
        "Does it need GPUs?",
        "Summarise the work on Relation Extraction. Which came first?",
    ],
)
def test_names_that_papers_hold_are_not_unknown(names: Names, question: str) -> None:
    assert names.find(question).unknown == ()


@pytest.mark.parametrize(
    ("token", "coined"),
    [("InfLLM", True), ("DIAG-NRE", True), ("K2", True), ("Paris", False), ("graph", False), ("2019", False)],
)
def test_inner_capitals_and_digits_make_a_coined_word(token: str, coined: bool) -> None:
    assert looks_coined(token) is coined


# ---- another field

TIDES = make_page(
    make_record(
        "SeagrassWatch: Counting Meadows from Drone Images",
        authors="Ilse Marten, Jo Park et al. · tidal-institute",
        listing="12.0EPMay 3, 2016Code",
        abstract="Meadows of seagrass shrink on many coasts. We count their leaves from drone images of 42 bays.",
    ),
    make_record(
        "Early Mooring in Storms",
        authors="Jo Park, Ilse Marten",
        listing="9.1EPJun 9, 2018",
        abstract="Boats are lost in storms. We present the KELP-2 trial of early mooring, with 310 skippers.",
    ),
    make_record(
        "Beacon: A Warning Service for Small Harbours",
        authors="Tove Lind",
        listing="7.7EPJan 20, 2020",
        abstract="Lights on the coast do not suffice. Our service sends a message before high water.",
    ),
)  # fmt: skip


@pytest.fixture
def tides(tmp_path: Path) -> Names:
    page = tmp_path / "tides.txt"
    page.write_text(TIDES, encoding="utf-8")
    papers = [item for item in read(page) if isinstance(item, Paper)]
    return Names(replace(paper, key=key) for paper, key in zip(papers, ("seagrass", "storms", "beacon"), strict=True))


@pytest.mark.parametrize(
    ("question", "papers"),
    [
        ("How many bays does SeagrassWatch cover?", ("seagrass",)),
        ("how many bays does seagrasswach cover?", ("seagrass",)),
        ("Who took part in KELP-2?", ("storms",)),
        ("What did Park and Marten (2018) test?", ("storms",)),
        ("When does Beacon send a message?", ("beacon",)),
        ("What does 'Warning Service for Small Harbours' do?", ("beacon",)),
        ("Is there a beacon on each coast?", ()),
        ("Which meadows shrink?", ()),
    ],
)
def test_names_are_learned_from_the_library_at_hand(tides: Names, question: str, papers: tuple[str, ...]) -> None:
    assert tides.find(question).papers == papers


def test_a_name_of_another_library_is_unknown_here(tides: Names) -> None:
    assert tides.find("Does Beacon use FewRel?").unknown == ("FewRel",)


def test_no_papers_name_nothing() -> None:
    found = Names([]).find("What is CLEVE?")
    assert found.papers == ()
    assert found.corrected == "What is CLEVE?"
