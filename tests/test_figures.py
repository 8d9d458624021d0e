"""Figures that lead to papers: bars with numbers, spans of years, networks and the places of their nodes."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest

from assistant.analysis.figures import Dot, Link, Node, Span, bars, network, numbered, spans, stacked
from assistant.analysis.network import placed
from assistant.answers import Chart

ROWS = [
    Span("looms", (Dot(2018, 1, True), Dot(2020, 4, False))),
    Span("cards", (Dot(2019, 2, False),)),
]
NODES = [Node("Ada", 4, 0.5, 0.5), Node("Charles", 2, 0.2, 0.2), Node("Mary", 1, 0.9, 0.4)]
LINKS = [Link(0, 1, 2), Link(0, 2, 1)]


def timeline(rows: list[Span], met: str = "used") -> Chart | None:
    return spans(rows, title="When?", label="dataset", made="introduced", met=met)


def told(chart: Chart | None) -> dict[str, str]:
    """What each numbered mark says."""
    assert chart is not None
    return {
        number: text
        for trace in chart.data
        for number, text in zip(trace.get("ids", ()), trace.get("text", ()), strict=False)
    }


# ---- numbers


def test_the_parts_of_bars_are_numbered_series_by_series() -> None:
    chart = stacked(["2019", "2020"], {"maps": [1, 0], "engines": [1, 3]}, title="", label="year")
    assert chart
    assert [trace["ids"] for trace in numbered(chart).data] == [["0", "1"], ["2", "3"]]


def test_lying_bars_are_numbered_from_the_top_though_plotly_counts_from_the_bottom() -> None:
    chart = bars(["Ada", "Charles"], [4, 2], title="", label="author", over_time=False)
    assert chart
    (trace,) = numbered(chart).data
    assert dict(zip(trace["y"], trace["ids"], strict=True)) == {"Ada": "0", "Charles": "1"}


# ---- spans


def test_a_span_has_a_dot_for_each_of_its_years_that_says_what_it_is() -> None:
    assert told(timeline(ROWS)) == {
        "0": "looms, 2018: 1 paper, introduced",
        "1": "looms, 2020: 4 papers, used",
        "2": "cards, 2019: 2 papers, used",
    }


def test_a_full_dot_is_what_a_paper_introduces_and_a_ring_what_it_uses() -> None:
    chart = timeline(ROWS)
    assert chart
    assert {trace["name"]: trace["marker"]["symbol"] for trace in chart.data[1:]} == {
        "introduced": "circle",
        "used": "circle-open",
    }


def test_the_area_of_a_dot_tells_its_papers() -> None:
    rows = [Span("a", (Dot(2018, 4, True),)), Span("b", (Dot(2019, 16, True),))]
    chart = timeline(rows)
    assert chart
    four, sixteen = chart.data[1]["marker"]["size"]
    assert sixteen == 2 * four


def test_of_few_papers_no_dot_is_large() -> None:
    chart = timeline([Span("a", (Dot(2018, 1, True),)), Span("b", (Dot(2019, 1, True),))])
    assert chart
    assert max(chart.data[1]["marker"]["size"]) < 12


@pytest.mark.parametrize(
    "rows",
    [[], ROWS[:1], [Span("a", (Dot(2018, 1, True),)), Span("b", (Dot(2018, 3, False),))]],
    ids=["nothing", "one span", "one year"],
)
def test_spans_with_nothing_to_compare_are_no_figure(rows: list[Span]) -> None:
    assert timeline(rows) is None


def test_spans_whose_long_names_begin_alike_keep_their_rows() -> None:
    name = "A very long name of a collection of letters, part "
    chart = timeline([Span(name + "1", (Dot(2018, 1, True),)), Span(name + "2", (Dot(2019, 1, True),))])
    assert chart
    assert len(set(chart.layout["yaxis"]["categoryarray"])) == 2


# ---- networks


def test_nodes_are_numbered_first_and_then_what_they_share() -> None:
    assert told(network(NODES, LINKS, title="Who?")) == {
        "0": "Ada: 4 papers",
        "1": "Charles: 2 papers",
        "2": "Mary: 1 paper",
        "3": "Ada and Charles: 2 papers together",
        "4": "Ada and Mary: 1 paper together",
    }


def test_a_line_is_as_wide_as_what_two_share() -> None:
    chart = network(NODES, LINKS, title="Who?")
    assert chart
    strong, weak = (trace["line"]["width"] for trace in chart.data if trace["mode"] == "lines")
    assert strong > weak


def test_people_whom_nothing_joins_are_no_network() -> None:
    assert network(NODES, [], title="Who?") is None


@pytest.mark.parametrize("chart", [timeline(ROWS), network(NODES, LINKS, title="Who?")], ids=["spans", "network"])
def test_plotly_takes_every_figure(chart: Any) -> None:
    assert chart is not None
    assert go.Figure(chart.to_plotly_json()).layout.title.text in ("When?", "Who?")


# ---- places of nodes


def ring(count: int) -> Any:
    joined = np.zeros((count, count), dtype=np.bool_)
    for one, other in pairwise([*range(count), 0]):
        joined[one, other] = joined[other, one] = True
    return joined


@pytest.mark.parametrize("count", [0, 1, 2, 3, 40])
def test_every_node_has_a_place_inside_the_picture(count: int) -> None:
    places = placed(ring(count) if count > 1 else np.zeros((count, count), dtype=np.bool_), np.full(count, 0.02), 1.6)
    assert places.shape == (count, 2)
    assert np.isfinite(places).all()
    assert ((places >= 0) & (places <= 1)).all()


def test_the_same_graph_has_the_same_places() -> None:
    one, other = (placed(ring(12), np.full(12, 0.02), 1.6) for _ in range(2))
    assert (one == other).all()


def test_joined_nodes_stand_nearer_than_others() -> None:
    joined = ring(8)
    places = placed(joined, np.full(8, 0.02), 1.0)
    distances = np.linalg.norm(places[:, None] - places[None], axis=2)
    assert distances[joined].max() < distances[~joined & ~np.eye(8, dtype=bool)].min()


def test_nodes_do_not_lie_over_each_other() -> None:
    star = np.zeros((30, 30), dtype=np.bool_)
    star[0, 1:] = star[1:, 0] = True
    places = placed(star, np.full(30, 0.026), 1.6) * (1.6, 1.0)
    distances = np.linalg.norm(places[:, None] - places[None], axis=2) + np.eye(30)
    assert distances.min() > 2 * 0.026


def test_parts_that_nothing_joins_stand_apart() -> None:
    joined = np.zeros((6, 6), dtype=np.bool_)
    joined[:3, :3] = joined[3:, 3:] = True
    np.fill_diagonal(joined, False)
    places = placed(joined, np.full(6, 0.02), 1.0)
    within = np.linalg.norm(places[:3] - places[:3].mean(axis=0), axis=1).max()
    between = np.linalg.norm(places[:3].mean(axis=0) - places[3:].mean(axis=0))
    assert between > 2 * within
