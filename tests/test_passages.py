"""Sentences and passages: where they end, that they are spans, and that the embedding model reads them whole."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

import pytest

from assistant.papers import ABSTRACT, TITLE, Paper, Section
from assistant.passages import cut_passages, from_record, split_sentences, to_records
from assistant.sources.files import read
from vectorstore.embeddings import EmbeddingModel, Vectors

SAMPLE = Path(__file__).parents[1] / "examples" / "xu_han" / "profile.txt"


class Words:
    """A model whose tokens are words, and that reads few of them."""

    name = "words"
    dimension = 1

    def __init__(self, max_tokens: int) -> None:
        self.max_tokens = max_tokens
        self.characters_counted = 0

    def count_tokens(self, text: str) -> int:
        self.characters_counted += len(text)
        return len(text.split())

    def embed(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Vectors:
        raise AssertionError("cutting embeds nothing")


class Characters(Words):
    """A model whose tokens are characters."""

    def count_tokens(self, text: str) -> int:
        self.characters_counted += len(text)
        return len(text)


def make_paper(abstract: str, title: str = "T") -> Paper:
    sections = [Section(TITLE, 0, len(title))]
    text = title
    if abstract:
        text = f"{title}\n\n{abstract}"
        sections.append(Section(ABSTRACT, len(title) + 2, len(text)))
    return Paper(key="key", title=title, text=text, sections=tuple(sections))


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in split_sentences(text)]


def passages(abstract: str, max_tokens: int, title: str = "T") -> list[str]:
    return [passage.text for passage in cut_passages(make_paper(abstract, title), Words(max_tokens))]


def sample_papers() -> list[Paper]:
    return [item for item in read(SAMPLE) if isinstance(item, Paper)]


# ---- sentences


@pytest.mark.parametrize(
    "expected",
    [
        ["We study things.", "They work.", "Do they?", "Yes!"],
        ["We follow Han et al. (2018).", "It works."],
        ["We follow Han et al. [12] and Roe et al., 2019.", "It works."],
        ["As was shown by Han et al.", "The model works."],
        ["Results, e.g. BERT, i.e., a model, cf. Sec. 3.2, are good.", "They are."],
        ["See Fig. 2 and Figs. 3-4 (Eq. (3), Tab. 1).", "See No. 5, pp. 3-4, vs. others."],
        ["See Table. 3 for more.", "The results in Table 3.", "Our own."],
        ["It is 3.5% better, p < .05.", "FewRel 2.0.", "Then GPT-4.", "It is."],
        ["Code is at https://github.com/a/b.", "We release https://a.b/c?d=e.f, too.", "See www.a.com/x.y."],
        [r"Code is at \url{https://github.com/a/b}.", "We release it."],
        ["Data is at https: //a.b/c.", "We use it."],
        ["J. K. Rowling wrote it with A. B. Smith.", "Dr. No met Prof. Yes at St. Ives."],
        ["We use vitamin C.", "The rest is type I.", "However, we do."],
        ["This was made in the U.S. Congress.", "It was made in the U.S.", "The law is."],
        ["We take (1) data, (2) models; and (3) tests.", "1. First item.", "2. Second item."],
        ["There are two: a) this; b) that.", "(We think so.)", '"Why?" he asked.', '"Yes."', "They left."],
        ["It is (see Fig. 2.) and more.", "Then it is (see Eq. (3)).", "Next."],
        ["Wait...", "What?!", "It is 10.3 (1.7) years. …", "We end."],
        ["iPhone works.", "mBERT works.", "tHcy did not differ.", "mT5 did."],
        ["E. coli grew at 5 mg/kg i.v. daily, approx. 5 of them.", "A. thaliana, too."],
        ["They got 5 a.m. and 6 p.m. and left.", "Ph.D. students, etc. and so on.", "We left, etc.", "The end."],
        ["The set $x$ is y.", "$z$ is w.", r"\textbf{Bold} text."],
        ["我们提出一个方法。", "它很好！", "对吗？"],
    ],
    ids=lambda expected: expected[0][:30],
)
def test_text_is_cut_where_sentences_end_and_nowhere_else(expected: list[str]) -> None:
    assert sentences(" ".join(expected)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("This is great!We like it.It is.", ["This is great!", "We like it.", "It is."]),
        ("Code: https://github.com/a/b.We also have data.", ["Code: https://github.com/a/b.", "We also have data."]),
        ("A heading\n\nOne. Two.\n\nan item\n\n", ["A heading", "One.", "Two.", "an item"]),
        ("  Blanks.   Around. \n", ["Blanks.", "Around."]),
        ("No end", ["No end"]),
        ("", []),
        (" \n\n ", []),
        ("...", ["..."]),
        ("\n\n...\n\nWord.", ["...", "Word."]),
    ],
)
def test_lost_blanks_headings_and_scraps_are_borne(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


def test_no_word_of_the_sample_is_lost_between_sentences() -> None:
    for paper in sample_papers():
        spans = split_sentences(paper.abstract)
        assert "".join("".join(sentences(paper.abstract)).split()) == "".join(paper.abstract.split())
        assert all(before[1] <= after[0] for before, after in pairwise(spans))


def test_every_sentence_of_the_sample_looks_like_one() -> None:
    for paper in sample_papers():
        for sentence in sentences(paper.abstract):
            assert sentence.strip() == sentence
            assert not sentence[0].islower(), sentence
            assert len(sentence) > 10, sentence
            assert not sentence.endswith(("et al.", "e.g.", "i.e.", "Fig.", ";", ":", ",")), sentence


@pytest.mark.parametrize("seed", range(20))
def test_any_text_is_cut_into_spans_that_hold_all_of_it(seed: int) -> None:
    chance = random.Random(seed)
    pieces = [
        "We do.",
        " ",
        "\n\n",
        "\n",
        "et al. ",
        "https://a.b/c.",
        "Fig. ",
        "3.5%",
        "(",
        ")",
        "。",
        "...",
        "é",
        "\t",
        '"',
        "?",
        "x",
        "𝔸",
    ]
    text = "".join(chance.choices(pieces, k=200))
    spans = split_sentences(text)
    assert all(start < end for start, end in spans)
    assert all(before[1] <= after[0] for before, after in pairwise(spans))
    assert "".join("".join(text[start:end] for start, end in spans).split()) == "".join(text.split())


@pytest.mark.parametrize(
    "junk",
    ["a" * 200_000, "(" * 50_000, "." * 50_000, "A. " * 5_000, "http://" * 20_000, "www." * 20_000, "a-" * 20_000,
     "We do. " * 3_000, "e.g. " * 5_000, "\n" * 50_000, " " * 50_000, "x\n\n" * 2_000, "“" * 20_000, "1.2." * 5_000],
    ids=lambda junk: repr(junk[:7]),
)  # fmt: skip
def test_hostile_text_is_cut_without_backtracking(junk: str) -> None:
    assert "".join("".join(sentences(junk)).split()) == "".join(junk.split())


# ---- passages


def test_a_passage_is_as_many_whole_sentences_as_fit_beside_the_title() -> None:
    text = "One two three. Four five six. Seven eight nine. Ten."
    assert passages(text, max_tokens=7) == ["One two three. Four five six.", "Seven eight nine. Ten."]
    assert passages(text, max_tokens=8) == ["One two three. Four five six.", "Seven eight nine. Ten."]
    assert passages(text, max_tokens=11) == [text]


def test_a_title_that_takes_half_of_the_room_is_left_out() -> None:
    text = "One two three. Four five six."
    assert passages(text, max_tokens=6, title="A Title of Four") == [text]
    assert passages(text, max_tokens=6, title="A Title Here") == ["One two three.", "Four five six."]


def test_a_sentence_too_long_for_the_model_is_cut_between_words() -> None:
    text = " ".join(f"word{n}" for n in range(25)) + "."
    found = passages(text, max_tokens=11)
    assert [len(passage.split()) for passage in found] == [10, 10, 5]
    assert " ".join(found) == text


def test_a_word_too_long_for_the_model_is_cut_within() -> None:
    paper = make_paper("x" * 45 + " end.")
    found = cut_passages(paper, Characters(23))
    assert [passage.text for passage in found] == ["x" * 20, "x" * 20, "x" * 5 + " end."]


def test_a_paper_without_an_abstract_has_no_passage() -> None:
    assert cut_passages(make_paper(""), Words(10)) == []


def test_what_the_model_reads_of_each_passage_never_exceeds_what_it_can() -> None:
    chance = random.Random(1)
    for limit in (8, 13, 40):
        for kind in (Words, Characters):
            words = [
                chance.choice(["We", "do", "it.", "It", "is", "unbelievably", "good.", "韩旭", "\n\n"])
                for _ in range(300)
            ]
            paper = make_paper(" ".join(words), "A Title")
            _check(paper, kind(limit))


def _check(paper: Paper, model: EmbeddingModel) -> None:
    """Every passage is a span, fits with its title, and holds whole sentences; together they hold all words."""
    records = to_records(paper, model, 0)
    found = cut_passages(paper, model)
    embedded = [record.embed for record in records if record.kind == "passage"]
    assert len(embedded) == len(found)
    for passage, seen in zip(found, embedded, strict=True):
        assert seen is not None
        assert model.count_tokens(seen) <= model.max_tokens
        assert seen.endswith(passage.text)
        assert paper.text[passage.start : passage.end] == passage.text
        assert passage.section == ABSTRACT
        assert (passage.sentences[0][0], passage.sentences[-1][1]) == (passage.start, passage.end)
    assert "".join("".join(passage.text for passage in found).split()) == "".join(paper.abstract.split())
    assert from_record(records[0]) == (paper, found)


def test_the_passages_of_the_sample_fit_its_model_and_hold_whole_sentences(model: EmbeddingModel) -> None:
    for paper in sample_papers():
        _check(paper, model)
        spans = [span for passage in cut_passages(paper, model) for span in passage.sentences]
        section = paper.section(ABSTRACT)
        assert section
        assert spans == [(section.start + a, section.start + b) for a, b in split_sentences(paper.abstract)]


@pytest.mark.parametrize(
    "text", ["-" * 3_000, "韩" * 2_000, "🙂 " * 500, "antidisestablishmentarianism" * 60, "a. " * 800]
)
def test_text_that_makes_many_tokens_fits_the_default_model(model: EmbeddingModel, text: str) -> None:
    _check(make_paper(text.strip(), "A Title of a Paper That Is as Long as Titles Are"), model)


def test_a_long_sentence_is_not_counted_again_for_each_of_its_pieces() -> None:
    counts = []
    for size in (5_000, 20_000):
        model = Words(100)
        cut_passages(make_paper("word " * size), model)
        counts.append(model.characters_counted)
    assert counts[1] < 6 * counts[0]


def test_the_sentences_of_a_paper_are_records_with_their_places() -> None:
    paper = make_paper("We do. It is.")
    records = to_records(paper, Words(10), 3)
    assert [(record.id, record.text) for record in records] == [
        ("key", paper.text),
        ("key#p0", "We do. It is."),
        ("key#s0", "We do."),
        ("key#s1", "It is."),
    ]
    assert records[0].fields["order"] == 3
    assert [(record.fields["start"], record.fields["end"]) for record in records[1:]] == [(3, 16), (3, 9), (10, 16)]
