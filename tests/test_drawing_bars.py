"""Bars as SVG: how high or long they are, in which order they stand, and what of many is named."""

from __future__ import annotations

import re

import pytest

from assistant.analysis.figures import bars, stacked
from assistant.answers import Chart
from assistant.surfaces.drawing import draw


def drawn(chart: Chart | None) -> str:
    assert chart is not None
    return draw(chart)


def rects(html: str) -> list[tuple[float, float, str]]:
    """Width and height of each bar, and its words."""
    found = re.findall(r'width="([\d.]+)%" height="([\d.]+)"><title>(.*?)</title>', html)
    return [(float(width), float(height), words) for width, height, words in found]


def texts(html: str) -> list[str]:
    return re.findall(r"<text[^>]*>(.*?)</text>", html)


def test_years_are_upright_bars_as_high_as_their_numbers() -> None:
    html = drawn(bars(["2019", "2020"], [2, 4], title="Papers by year", label="year", over_time=True))
    assert rects(html) == [(35.0, 85.0, "2019: 2"), (35.0, 170.0, "2020: 4")]
    assert texts(html) == ["2", "2019", "4", "2020"]
    assert "<figcaption>Papers by year</figcaption>" in html
    assert 'role="img" title="Bar chart: Papers by year"' in html


def test_names_are_lying_bars_with_the_first_on_top() -> None:
    html = drawn(bars(["Ada", "Charles"], [4, 2], title="", label="author", over_time=False))
    (first, _, words), (second, _, _) = rects(html)
    assert words == "Ada: 4"
    assert first == pytest.approx(2 * second, abs=0.02)
    assert texts(html) == ["Ada", "4", "Charles", "2"]


def test_parts_of_a_bar_stand_on_each_other_and_are_named_below() -> None:
    html = drawn(stacked(["2019", "2020"], {"maps": [1, 0], "engines": [1, 3]}, title="", label="year"))
    assert [words for _, _, words in rects(html)] == ["maps, 2019: 1", "engines, 2019: 1", "engines, 2020: 3"]
    assert texts(html)[-2:] == ["maps", "engines"]
    assert html.count('class="pt-s1"') == 3


def test_parts_of_bars_with_long_names_lie() -> None:
    columns = ["A Very Long Institute of Engines", "Another Long Institute of Engines"]
    html = drawn(stacked(columns, {"2019": [1, 2], "2020": [3, 0]}, title="", label="affiliation"))
    assert {height for _, height, _ in rects(html)} == {12.0}


def test_of_many_names_the_first_are_drawn() -> None:
    names = [f"Author {number}" for number in range(30)]
    html = drawn(bars(names, list(range(30, 0, -1)), title="", label="author", over_time=False))
    assert len(rects(html)) == 15
    assert texts(html)[-1] == "The table holds the rest."


def test_of_many_months_some_are_named() -> None:
    months = [f"20{year}-{month:02}" for year in (18, 19) for month in range(1, 13)]
    html = drawn(bars(months, [1, 2] * 12, title="", label="month", over_time=True))
    named = [text for text in texts(html) if "-" in text]
    assert len(rects(html)) == 24
    assert named == months[::3]
    assert '<text class="pt-wide"' in html


def test_names_that_have_the_same_number_each_are_not_drawn() -> None:
    assert bars(["Ada", "Charles"], [1, 1], title="", label="author", over_time=False) is None
