"""Figures as SVG: what stands where, what can be pressed, and what a narrow screen leaves out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

import pytest

from assistant.analysis.figures import Dot, Link, Node, Span, bars, network, numbered, spans, stacked
from assistant.answers import Chart
from assistant.surfaces.drawing import draw, leading_to, leading_to_sources, shapes

HOSTILE = '<img src=x onerror="x"> {{x}}'


def timeline(rows: Sequence[Span], title: str = "When?") -> Chart:
    chart = spans(rows, title=title, label="dataset", made="introduced", met="used")
    assert chart
    return chart


def people(count: int, name: str = "Person") -> Chart:
    """A ring of people, each with fewer papers than the one before."""
    nodes = [Node(f"{name} {n}", count - n, (n % 7) / 6, (n // 7) / 6) for n in range(count)]
    chart = network(nodes, [Link(n, (n + 1) % count, 1) for n in range(count - 1)], title="Who?")
    assert chart
    return chart


def by_year(years: Sequence[int]) -> Chart:
    counts = {"maps": [1] * len(years), "engines": [2] * len(years)}
    chart = stacked([str(year) for year in years], counts, title="How many?", label="year")
    assert chart
    return numbered(chart)


LOOMS = Span("looms", (Dot(2018, 1, True), Dot(2020, 4, False)))
CARDS = Span("cards", (Dot(2019, 2, False),))
CHARTS = {"bars": by_year([2019, 2020]), "spans": timeline([LOOMS, CARDS]), "network": people(9)}


def picture(html: str) -> ElementTree.Element:
    found = re.search(r"<svg.*</svg>", html)
    assert found
    return ElementTree.fromstring(found[0])


def pressed(html: str) -> dict[str, str]:
    """What each mark that can be pressed is called, by its number."""
    found = (shape for shape in picture(html).iter() if shape.get("role") == "button")
    return {str(shape.get("data-mark")): str(shape.get("aria-label")) for shape in found}


def texts(html: str, *, narrow: bool = False) -> list[str]:
    found = picture(html).iter("text")
    return [str(text.text) for text in found if not (narrow and "pt-wide" in str(text.get("class")))]


# ---- marks


@pytest.mark.parametrize("kind", CHARTS)
def test_every_mark_leads_to_its_papers_and_is_reached_by_the_keyboard(kind: str) -> None:
    html = draw(CHARTS[kind], leading_to("a-finding"))
    numbers = {number for trace in CHARTS[kind].data for number in trace.get("ids", ())}
    assert set(pressed(html)) == numbers
    for shape in picture(html).iter():
        if shape.get("role") == "button":
            assert (shape.get("tabindex"), shape.get("data-do")) == ("0", "papers")
            assert shape.get("data-finding") == "a-finding"
            assert shape.findtext("title") == shape.get("aria-label")


def test_a_part_of_a_bar_is_called_by_its_series_its_year_and_its_number() -> None:
    assert pressed(draw(by_year([2019, 2020]), leading_to("x"))) == {
        "0": "maps, 2019: 1",
        "1": "maps, 2020: 1",
        "2": "engines, 2019: 2",
        "3": "engines, 2020: 2",
    }


def test_lying_bars_lead_to_their_own_papers() -> None:
    chart = bars(["Ada", "Charles"], [4, 2], title="", label="author", over_time=False)
    assert chart
    assert pressed(draw(numbered(chart), leading_to("x"))) == {"0": "Ada: 4", "1": "Charles: 2"}


def test_a_part_of_nothing_is_no_mark() -> None:
    chart = stacked(["2019", "2020"], {"maps": [0, 1], "engines": [2, 2]}, title="", label="year")
    assert chart
    assert set(pressed(draw(numbered(chart), leading_to("x")))) == {"1", "2", "3"}


@pytest.mark.parametrize("kind", CHARTS)
def test_a_figure_whose_marks_lead_nowhere_is_one_image(kind: str) -> None:
    html = draw(CHARTS[kind])
    assert pressed(html) == {}
    assert 'role="img"' in html
    assert "tabindex" not in html


@pytest.mark.parametrize("kind", CHARTS)
def test_what_can_be_pressed_stands_in_no_image(kind: str) -> None:
    html = draw(CHARTS[kind], leading_to("x"))
    assert 'role="group" aria-label="' in html
    assert 'role="img"' not in html


@pytest.mark.parametrize(
    "chart",
    [
        timeline([Span(HOSTILE, (Dot(2018, 1, True),)), CARDS], HOSTILE),
        people(9, HOSTILE),
    ],
    ids=["spans", "network"],
)
def test_a_figure_holds_the_words_of_papers_as_characters(chart: Chart) -> None:
    html = draw(chart, leading_to('"><img src=x>'))
    assert "<img" not in html
    assert "{{" not in html
    assert 'onerror="' not in html


# ---- spans


def test_spans_stand_one_below_the_other_over_the_years() -> None:
    html = draw(timeline([LOOMS, CARDS]))
    assert texts(html) == ["2018", "2019", "2020", "looms", "cards", "introduced", "used"]
    first, second, third = (circle for circle in picture(html).iter("circle") if circle.findtext("title"))
    assert (first.get("class"), second.get("class")) == ("pt-s0", "pt-ring")
    assert first.get("cy") == second.get("cy") != third.get("cy")


def test_the_line_of_a_span_goes_from_its_first_dot_to_its_last() -> None:
    drawing = picture(draw(timeline([LOOMS, CARDS])))
    line = next(line for line in drawing.iter("line") if line.get("class") == "pt-span")
    dots = [circle.get("cx") for circle in drawing.iter("circle") if circle.findtext("title", "").startswith("looms")]
    assert [line.get("x1"), line.get("x2")] == dots


@pytest.mark.parametrize("last", [2019, 2027, 2060, 2400])
def test_of_many_years_some_are_named_and_fewer_on_a_telephone(last: int) -> None:
    html = draw(timeline([LOOMS, Span("cards", (Dot(last, 1, False),))]))
    named, few = ([int(text) for text in texts(html, narrow=narrow) if text.isdecimal()] for narrow in (False, True))
    assert 1 <= len(few) <= 9
    assert set(few) <= set(named)
    assert len(named) <= 21


@pytest.mark.parametrize("year", [2000, 2010, 2020])
@pytest.mark.parametrize("length", [4, 25, 42])
def test_the_label_of_a_span_stays_in_a_telephone(year: int, length: int) -> None:
    ends = Span("x", (Dot(2000, 1, False), Dot(2020, 1, False)))
    drawing = picture(draw(timeline([ends, Span("n" * length, (Dot(year, 1, True),))])))
    label = next(text for text in drawing.iter("text") if text.text == "n" * length)
    x, long = float(str(label.get("x")).rstrip("%")) / 100 * 290, 6.9 * length
    left = x - {"start": 0.0, "middle": 0.5, "end": 1.0}[str(label.get("text-anchor"))] * long
    assert left >= -15
    assert left + long <= 305


# ---- networks


def boxes(html: str, width: float, *, narrow: bool) -> list[tuple[float, float, float, float]]:
    """Left, top, right and bottom of each label, in pixels."""
    found = []
    for text in picture(html).iter("text"):
        if narrow and "pt-wide" in str(text.get("class")):
            continue
        long = 7.5 * len(str(text.text))
        x = float(str(text.get("x")).rstrip("%")) / 100 * width + float(str(text.get("dx")))
        left = x - {"start": 0.0, "middle": 0.5, "end": 1.0}[str(text.get("text-anchor"))] * long
        y = float(str(text.get("y")))
        found.append((left, y - 11, left + long, y + 2))
    return found


@pytest.mark.parametrize(("width", "narrow"), [(290.0, True), (640.0, False)])
def test_the_labels_of_a_network_do_not_overlap(width: float, narrow: bool) -> None:
    found = boxes(draw(people(40)), width, narrow=narrow)
    assert len(found) > 5
    for place, one in enumerate(found):
        for other in found[place + 1 :]:
            assert one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]


def test_a_figure_with_less_room_than_it_was_drawn_for_hides_what_has_none() -> None:
    css = (Path(shapes.__file__).parents[1] / "assets" / "figures.css").read_text(encoding="utf-8")
    hidden = re.search(r"@container \(width < (\d+)px\) \{\s*\.pt-chart \.(pt-wide) \{\s*display: none;", css)
    assert hidden is not None
    assert (int(hidden[1]), hidden[2]) == (shapes.WIDE, shapes.ON_WIDE)


def test_a_character_as_broad_as_it_is_high_takes_twice_the_room() -> None:
    assert shapes.wide("韩旭") == shapes.wide("Xu H")


def test_a_telephone_shows_the_largest_nodes_alone() -> None:
    html = draw(people(40))
    circles = list(picture(html).iter("circle"))
    shown = [circle.findtext("title") for circle in circles if "pt-wide" not in str(circle.get("class"))]
    assert len(circles) == 40
    assert shown == [f"Person {n}: {40 - n} papers" for n in range(18)]


def test_the_lines_of_a_network_lie_below_its_nodes() -> None:
    names = [shape.tag for shape in picture(draw(people(9)))]
    assert names == sorted(names, key=["line", "circle", "text"].index)


# ---- bars


def test_forty_years_of_bars_name_some_years_and_no_numbers_where_there_is_no_room() -> None:
    html = draw(by_year(range(1980, 2020)))
    years = [text for text in texts(html, narrow=True) if re.fullmatch(r"\d{4}", text)]
    assert 3 <= len(years) <= 8
    assert "3" not in texts(html, narrow=True)


def test_decades_are_upright_bars() -> None:
    chart = bars(["1950s", "1960s", "1970s"], [1, 2, 1], title="", label="decade", over_time=True)
    assert chart
    assert texts(draw(chart)) == ["1", "1950s", "2", "1960s", "1", "1970s"]


def test_a_mark_of_an_answers_figure_names_the_markers_behind_it() -> None:
    drawn = stacked(["2018", "2019"], {"a": [1, 2]}, title="Papers", label="year")
    assert drawn is not None
    chart = Chart(numbered(drawn).data, {**drawn.layout, "meta": {"sources": [[1], [2, 3]]}})
    html = draw(chart, leading_to_sources(chart, 4))
    assert re.findall(r'id="mark-4-(\d)" data-mark="\1" data-turn="4" data-sources="([\d ]+)"', html) == [
        ("0", "1"),
        ("1", "2 3"),
    ]


def test_a_figure_that_was_stored_without_its_markers_is_one_image() -> None:
    drawn = stacked(["2018", "2019"], {"a": [1, 2]}, title="Papers", label="year")
    assert drawn is not None
    assert leading_to_sources(drawn, 1) is None
