"""The order of what the search finds: scores, and how much of the question's wording a document has."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.learn_search import PLAIN, learned, ordered
from tests.fakes import FirstWords
from vectorstore.embedded import EmbeddedStore
from vectorstore.records import Record, Where, record_id
from vectorstore.search import KEYWORDS_WEIGHT, WORDING_WEIGHT, Found, order_of, search
from vectorstore.wording import shares

QUESTION = "Do inhibitors slow tumours?"
ABOUT = {
    "forms": "An inhibitor slows one tumour.",
    "none": "We pick ripe apple trees.",
    "other": "They sail wide blue rivers.",
}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[EmbeddedStore]:
    """Three documents of five words each, every one a passage and a sentence of its own text."""
    opened = EmbeddedStore.open(tmp_path, FirstWords())
    for place, (key, text) in enumerate(ABOUT.items()):
        parts = [Record(record_id(key, kind), text) for kind in ("passage", "sentence")]
        opened.upsert([Record(key, text, fields={"title": "", "people": "", "order": place}), *parts])
    yield opened
    opened.close()


def found(key: str, passage: float, keywords: float = 0.0, wording: float = 0.0) -> Found:
    score = (2 * passage + keywords) / 3
    return Found(key, score, order_of(passage, passage, keywords, wording), passage, passage, keywords, wording)


def test_a_text_with_other_forms_of_the_words_shares_more_than_one_without() -> None:
    forms, none, other = shares(QUESTION, list(ABOUT.values()))
    assert 0.5 < forms < 1
    assert none < 0.1
    assert other < 0.1


def test_what_all_texts_say_tells_little_and_what_one_says_tells_much() -> None:
    common_and_rare, common = shares("models parse", ["models parse", "models learn"])
    assert common_and_rare == 1.0
    assert common < 0.3


def test_the_share_does_not_depend_on_case_or_on_how_often_a_word_is_asked() -> None:
    texts = ["Parsing of German", "Summaries of news"]
    assert shares("german PARSING parsing", texts) == shares("German parsing", texts)


@pytest.mark.parametrize("question", ["", "?!", "   "])
def test_a_question_without_words_shares_nothing(question: str) -> None:
    assert shares(question, ["a text", ""]) == [0.0, 0.0]


def test_no_text_has_no_share() -> None:
    assert shares(QUESTION, []) == []


def test_only_the_beginning_of_a_long_text_counts() -> None:
    early, late = shares("tumours", ["tumours " + "x " * 10_000, "x " * 10_000 + "tumours"])
    assert (early, late) == (1.0, 0.0)


def test_the_score_is_the_plain_mean_and_the_order_weighs(store: EmbeddedStore) -> None:
    rows = search(store, QUESTION, store.model.embed([QUESTION])[0], 3)
    assert {row.key for row in rows} == set(ABOUT)
    for row in rows:
        assert row.score == pytest.approx((row.passage + row.sentence + row.keywords) / 3)
        assert row.order == pytest.approx(order_of(row.passage, row.sentence, row.keywords, row.wording))
    assert [row.order for row in rows] == sorted((row.order for row in rows), reverse=True)
    wording = {row.key: row.wording for row in rows}
    assert max(wording, key=lambda key: wording[key]) == "forms"


def test_a_search_within_one_document_finds_it(store: EmbeddedStore) -> None:
    rows = search(store, QUESTION, store.model.embed([QUESTION])[0], 3, Where(frozenset({"none"})))
    assert [row.key for row in rows] == ["none"]


def test_a_document_that_is_gone_has_no_text(store: EmbeddedStore) -> None:
    assert store.searched_texts(["none", "never there"]) == [ABOUT["none"], ""]


def test_the_order_lies_between_zero_and_one() -> None:
    assert order_of(0.0, 0.0, 0.0, 0.0) == 0.0
    assert order_of(1.0, 1.0, 1.0, 1.0) == pytest.approx(1.0)


def test_weights_are_learned_from_what_was_found() -> None:
    rows = {str(q): [found("wrong", 0.5), found("right", 0.45, keywords=0.09)] for q in range(10)}
    assert ordered(rows["0"], PLAIN) == ["wrong", "right"]
    assert ordered(rows["0"], (KEYWORDS_WEIGHT, WORDING_WEIGHT)) == ["right", "wrong"]
    plain, as_kept, best, held_out = learned(rows, {query: {"right"} for query in rows}).rows
    assert plain[-1] == pytest.approx(0.63, abs=0.005)
    assert as_kept[-1] == best[-1] == held_out[-1] == 1.0
