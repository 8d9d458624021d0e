"""Where a quote stands in a text: exactly, by its letters, by most of its words; what comes back is always a span."""

from __future__ import annotations

import time

import pytest

from assistant.grounding.quoting import find_copy, find_span

TEXT = (
    "It reads punched cards. It is the first cooperative naive loom. In a trial in three harbours over 18 months, the "
    "mean error fell from 31 cm to 12 cm. Tides were not counted."
)


def found(quote: str, text: str = TEXT) -> str | None:
    span = find_span(quote, text)
    return None if span is None else text[slice(*span)]


@pytest.mark.parametrize(
    ("quote", "told"),
    [
        ("reads punched cards", "reads punched cards"),
        ("reads  PUNCHED\ncards", "reads punched cards"),
        ("“the ﬁrst co-operative naïve loom”", "the first cooperative naive loom"),
        ("It reads punched cards. It is the first", "It reads punched cards. It is the first"),
    ],
)
def test_a_quote_is_found_exactly_or_by_its_letters(quote: str, told: str) -> None:
    assert found(quote) == told
    assert find_copy(quote, TEXT) == find_span(quote, TEXT)


@pytest.mark.parametrize(
    "quote",
    [
        "in three harbours over 18 months the mean error then fell from 31 cm to 12 cm",
        "In three harbours, over 18 months, the error fell from 31 cm to 12 cm",
        "in three harbours over 18 months the average error fell from 31 cm to 12 cm",
    ],
    ids=["a word put in", "a word left out", "a word replaced"],
)
def test_a_quote_that_was_copied_loosely_is_found_by_its_words(quote: str) -> None:
    assert find_copy(quote, TEXT) is None
    assert found(quote) == "in three harbours over 18 months, the mean error fell from 31 cm to 12 cm"


@pytest.mark.parametrize(
    "quote",
    ["", "…", "reads woven cards", "cards. Then", "the mean error rose in all the harbours over some 18 long months"],
)
def test_a_quote_that_is_not_there_is_not_found(quote: str) -> None:
    assert found(quote) is None


def test_words_that_are_scattered_over_a_text_are_no_quote() -> None:
    text = " and so on. ".join("the mean error fell to 12 cm".split())
    assert found("the mean error fell to 12 cm", text) is None


def test_a_word_counts_as_often_as_the_quote_has_it() -> None:
    assert found("the loom of the mill of Lyon", "the the the of of the of the of") is None


def test_a_long_text_is_searched_in_bounded_time() -> None:
    started = time.process_time()
    find_span("a" * 4_000 + "b", "a" * 100_000)
    find_span("one two three four five six", "one two three four " * 25_000)
    find_span("word " * 390, "word other " * 25_000)
    assert time.process_time() - started < 20
