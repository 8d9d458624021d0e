"""Facets: what papers of any field introduce, use, count and link to, each with the sentence that says so."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from assistant.analysis.facets import Facet, FacetKind, consolidate, extract, from_rows, to_rows
from assistant.analysis.phrases import is_description
from assistant.papers import ABSTRACT, TITLE, Paper, Section
from assistant.sources.files import read
from benchmarks.facets import Score, measure
from tests.conftest import SAMPLE

GOLD = Path(__file__).parent / "data" / "xu_han" / "facets.json"


def make_paper(abstract: str, title: str = "On Things That Matter") -> Paper:
    text = f"{title}\n\n{abstract}"
    sections = (Section(TITLE, 0, len(title)), Section(ABSTRACT, len(title) + 2, len(text)))
    return Paper(key="", title=title, text=text, sections=sections)


def names(kind: FacetKind, abstract: str, title: str = "On Things That Matter") -> list[str]:
    return [facet.name for facet in extract(make_paper(abstract, title)) if facet.kind == kind]


def together(*papers: Paper) -> list[tuple[Facet, ...]]:
    """The facets of papers that are in one library."""
    library = {str(place): paper for place, paper in enumerate(papers)}
    facets = consolidate(library, {key: extract(paper) for key, paper in library.items()})
    return [facets[key] for key in library]


# ---- methods


@pytest.mark.parametrize(
    ("abstract", "name"),
    [
        ("We propose FooNet, a convolutional network for tumour grading.", "FooNet"),
        ("To this end, we introduce a training-free method, QuxLM.", "QuxLM"),
        ("We present a novel framework (named \"BAR-XL\") to schedule telescopes.", "BAR-XL"),
        ("We propose a lattice-based energy solver (LES2) that runs in minutes.", "LES2"),
        ("In this paper, a new algorithm called FastFit is proposed.", "FastFit"),
        ("This study develops PolyMod, a microsimulation model of voting.", "PolyMod"),
        ("We present Glass Bridge, an interactive tool for historians.", "Glass Bridge"),
        ("Correspondingly, we propose a parameter-free method cold-merging, which averages spectra.", "cold-merging"),
        ("We propose Elastic Graph Batching (EGB) that saves memory.", "Elastic Graph Batching (EGB)"),
        ("We present a new type of language model, ThingLM, that tracks entities.", "ThingLM"),
    ],
)  # fmt: skip
def test_a_method_is_known_by_the_name_that_its_paper_gives_it(abstract: str, name: str) -> None:
    assert names("method", abstract) == [name]


def test_the_head_of_the_title_is_a_name_where_it_is_coined() -> None:
    assert names("method", "Grading is slow. Our model is fast.", "FooNet: Fast Tumour Grading") == ["FooNet"]


def test_the_head_of_the_title_is_no_name_where_it_is_plain_words() -> None:
    assert names("method", "Grading is slow, and less so today.", "Less Is More: How Tumours Are Graded") == []


@pytest.mark.parametrize(
    ("abstract", "name"),
    [
        ("We propose a novel residue-aware docking framework for enzymes.", "residue-aware docking framework"),
        ("We propose a method for detecting exoplanets in noisy light curves.", "method for detecting exoplanets"),
        ("We propose crossed panel matching, a novel approach to surveys.", "crossed panel matching"),
    ],
)
def test_a_method_without_a_name_is_known_by_its_description(abstract: str, name: str) -> None:
    assert names("method", abstract) == [name]


@pytest.mark.parametrize(
    "abstract",
    [
        "We propose a new method. It works well.",
        "We present an empirical study of FooNet and three other systems.",
        "We introduce a new task, named entity spotting in ancient maps.",
        "We propose a convolutional neural network (CNN) for this problem.",
        "In previous work we proposed FooNet, a network for grading.",
        "FooNet was trained on scans.",
        "Existing work introduces heavy models.",
    ],
)
def test_what_only_says_that_there_is_something_new_is_no_method(abstract: str) -> None:
    assert names("method", abstract) == []


def test_parts_of_a_method_are_known_by_their_names() -> None:
    abstract = "We introduce FooNet. FooNet employs Random Ring Dropping (RRD) and Local Lens Smoothing (LLS)."
    expected = ["FooNet", "Random Ring Dropping (RRD)", "Local Lens Smoothing (LLS)"]
    assert names("method", abstract) == expected


def test_a_numbered_list_names_its_items() -> None:
    abstract = "Two contributions: 1) Ray-Share Attention, a mechanism that is fast. 2) Tensor Folds, a compact layer."
    assert names("method", abstract) == ["Ray-Share Attention", "Tensor Folds"]


# ---- data sets


@pytest.mark.parametrize(
    ("abstract", "name"),
    [
        ("We present HeartBook, a large dataset of 5,000 cardiograms.", "HeartBook"),
        ("We release a MASSive ECHo benchmark (MASSECH), which holds 400 scans.", "MASSECH"),
        ("We present BarQA. BarQA contains 14K questions of lawyers.", "BarQA"),
        ("We construct a crowdsourced corpus of 25,000 court rulings.", "corpus of 25,000 court rulings"),
        ("We build manually-annotated test sets for two trial datasets, AB12 and CD34.", "test sets for AB12 and CD34"),
        ("We annotate new Test Sets for old court rulings.", "Test Sets for old court rulings"),
    ],
)
def test_a_data_set_that_a_paper_brings_is_told_from_a_method(abstract: str, name: str) -> None:
    assert names("dataset", abstract) == [name]
    assert names("method", abstract) == []


@pytest.mark.parametrize(
    ("name", "described"),
    [
        ("test sets for AB12 and CD34", True),
        ("corpus of 25,000 court rulings", True),
        ("HeartBook", False),
        ("Ray-Share Attention", False),
        ("Massive Echo Benchmark (MEB)", False),
        ("map-tuning", False),
    ],
)
def test_words_that_say_what_a_thing_is_are_told_from_its_name(name: str, described: bool) -> None:
    assert is_description(name) is described


def test_a_title_says_what_kind_its_name_is_of() -> None:
    title = "VoteBank: A Corpus of Parliamentary Speech"
    assert names("dataset", "Speech is hard to come by. Here it is.", title) == ["VoteBank"]


def test_a_new_version_of_a_data_set_is_a_data_set() -> None:
    abstract = "We present FewRay 2.0, a harder challenge. We build upon the FewRay dataset by adding a test set."
    assert names("dataset", abstract) == ["FewRay 2.0"]
    assert names("dataset_used", abstract) == ["FewRay"]


@pytest.mark.parametrize(
    ("abstract", "used"),
    [
        ("Experiments on ACDC 2005 and StreetScenes datasets show that we win.", ["ACDC 2005", "StreetScenes"]),
        ("Our experiments on two datasets, NYX10 and Wik20, are clear.", ["NYX10", "Wik20"]),
        ("We evaluate on HotSpotQA.", ["HotSpotQA"]),
        ("Results on real-world datasets such as River-Gauge are good.", ["River-Gauge"]),
        ("We test five datasets sampled from OpenBase, NELX and Wikidata.", ["OpenBase", "NELX", "Wikidata"]),
        ("We searched Medline, Embase, and the Cochrane Library.", ["Cochrane Library", "Medline", "Embase"]),
        ("We followed 1,299 participants from the Northern Heart Study.", ["Northern Heart Study"]),
        ("We analysed MIMOSA-III with logistic regression.", ["MIMOSA-III"]),
        ("Our system took part in SemFest-2010 Task 8.", ["SemFest-2010 Task 8"]),
        ("Our model gains 3 points in Visual Atlas evaluation.", ["Visual Atlas"]),
    ],
)
def test_the_data_that_a_paper_works_with_are_known_by_name(abstract: str, used: list[str]) -> None:
    assert names("dataset_used", abstract) == used


@pytest.mark.parametrize(
    "abstract",
    [
        "We run experiments on several public benchmarks.",
        "We evaluate on English and German.",
        "We study event detection (ED), and evaluate it on ED datasets.",
        "We evaluate our model on named entity recognition (NER).",
        "Previous corpora like OldBank lack dates.",
        "We release NewBank, a corpus. Experiments on NewBank show that it is hard.",
    ],
)
def test_what_has_no_name_or_is_no_data_of_others_is_not_used_data(abstract: str) -> None:
    assert names("dataset_used", abstract) == []


# ---- tasks, numbers, links


def test_tasks_are_found_in_titles_and_in_what_the_authors_say_that_they_do() -> None:
    found = names("task", "We evaluate galaxy classification.", "Few-Shot Stellar Spectrum Reconstruction")
    assert found == ["few-shot stellar spectrum reconstruction", "galaxy classification"]


@pytest.mark.parametrize(
    ("sentence", "value", "what"),
    [
        ("The corpus holds 118,732 event mentions.", "118,732", "event mentions"),
        ("It consists of 70, 000 sentences from court records.", "70,000", "sentences from court records"),
        ("We reach a test accuracy of 67.10%.", "67.10%", "test accuracy"),
        ("It uses only 12% of the training data.", "12%", "training data"),
        ("The model has 2.6 billion parameters.", "2.6 billion", "parameters"),
        ("We obtain a 1.69x speedup.", "1.69x", "speedup"),
        ("Mortality fell (hazard ratio [HR], 1.06; 95% CI, 0.89-1.26).", "1.06", "hazard ratio"),
        ("Patients took 300 mg of the drug.", "300 mg", "drug"),
        ("Healthy adults (n=198) took part.", "198", "Healthy adults"),
    ],
)
def test_a_number_comes_with_what_it_counts_or_measures(sentence: str, value: str, what: str) -> None:
    assert (value, what) in [(f.name, f.what) for f in extract(make_paper(sentence)) if f.kind == "number"]


def test_numbers_that_are_compared_share_their_measure() -> None:
    facets = extract(make_paper("We gain 8.3 micro- and 7.8 macro-recall improvements."))
    found = [(facet.name, facet.what) for facet in facets if facet.kind == "number"]
    assert found == [("8.3", "micro-recall improvements"), ("7.8", "macro-recall improvements")]


def test_labels_years_and_confidence_intervals_are_no_numbers() -> None:
    abstract = "In 2016, we studied type 2 diabetes in a three-stage trial (95% CI: 0.1-0.3; p = 0.04) with FooNet 2.0."
    assert names("number", abstract) == []


@pytest.mark.parametrize(
    ("sentence", "code", "data"),
    [
        ("Our code is at \\url{https://github.com/lab/foo}.", ["https://github.com/lab/foo"], []),
        ("Code: https://github.com/ lab/foo.", ["https://github.com/lab/foo"], []),
        ("The source and data are at https: //lab.org/foo.", ["https://lab.org/foo"], ["https://lab.org/foo"]),
        ("Our dataset is available at http://lab.org/bar.", [], ["http://lab.org/bar"]),
        ("See www.who.int for the guideline of 2016 on salt.", ["www.who.int"], []),
        ("Our code will be available.", [], []),
    ],
)
def test_links_are_whole_and_told_apart(sentence: str, code: list[str], data: list[str]) -> None:
    assert (names("code", sentence), names("data", sentence)) == (code, data)


# ---- the library as a whole


def test_a_data_set_that_one_paper_brings_is_used_where_another_evaluates_on_it() -> None:
    maker = make_paper("We present Starlight, a dataset of spectra.")
    user = make_paper(
        "Classification is hard. Our network is evaluated on spectra and performs well on Starlight spectra."
    )
    _, facets = together(maker, user)
    assert [facet.name for facet in facets if facet.kind == "dataset_used"] == ["Starlight"]


def test_a_tool_that_one_paper_brings_is_no_data_of_another() -> None:
    maker = make_paper("We present OpenFoo, a toolkit for geologists.")
    user = make_paper("We evaluate on OpenFoo.")
    _, facets = together(maker, user)
    assert [facet for facet in facets if facet.kind == "dataset_used"] == []


def test_one_name_has_one_spelling() -> None:
    maker = make_paper("We present Few-Ring, a dataset of rings.")
    user = make_paper("We evaluate on FewRing.")
    _, facets = together(maker, user)
    assert [facet.name for facet in facets if facet.kind == "dataset_used"] == ["Few-Ring"]


def test_an_abbreviation_that_many_papers_explain_is_a_term_of_the_field() -> None:
    papers = [make_paper(f"Event tracking (EVT) is hard. We present tool{n}.") for n in range(3)]
    *_, facets = together(*papers, make_paper("We evaluate on the EVT corpus."))
    assert [facet for facet in facets if facet.kind == "dataset_used"] == []


# ---- the sample author


@pytest.fixture(scope="module")
def sample() -> list[Paper]:
    return [paper for paper in read(SAMPLE) if isinstance(paper, Paper)]


@pytest.fixture(scope="module")
def scores(sample: list[Paper]) -> dict[str, Score]:
    return measure(sample, json.loads(GOLD.read_text(encoding="utf-8")))


def test_every_quote_is_a_whole_sentence_or_title_of_its_paper(sample: list[Paper]) -> None:
    for paper in sample:
        for facet in extract(paper):
            quote = paper.text[facet.start : facet.end]
            assert quote
            assert quote == quote.strip()
            assert paper.section_at(facet.start) in (TITLE, ABSTRACT)


def test_a_name_stands_in_its_quote(sample: list[Paper]) -> None:
    for paper in sample:
        for facet in extract(paper):
            if facet.kind == "dataset_used":
                assert facet.name in paper.text[facet.start : facet.end]


def test_facets_survive_being_kept(sample: list[Paper]) -> None:
    facets = extract(sample[0])
    assert from_rows(json.loads(json.dumps(to_rows(facets)))) == facets


@pytest.mark.parametrize(
    ("kind", "floor"), [("dataset", 0.95), ("dataset_used", 0.9), ("method", 0.92), ("code", 1.0), ("number", 0.8)]
)
def test_facets_of_the_sample_agree_with_a_reader(scores: dict[str, Score], kind: str, floor: float) -> None:
    assert (scores[kind].f1 or 0.0) >= floor, "\n".join(scores[kind].lines)
