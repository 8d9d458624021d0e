"""The figures of the documentation: drawn from what was measured, true to it, readable in a light and a dark page."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pytest

from benchmarks import figures, results
from benchmarks.figures import FIGURES, Figure
from benchmarks.results import DOCUMENTS, IMAGES, ROOT, Cell, Result, Table, drawing, figures_in, is_kept, rendered
from tests.web_chat import in_browser

if TYPE_CHECKING:
    from playwright.sync_api import Browser

SVG = "{http://www.w3.org/2000/svg}"
KEPT = [figure for figure in FIGURES if is_kept(figure)]

HELD = ("right", "facts", "citation precision", "citation recall", "quotes exact", "declined", "declined wrongly")
SYSTEMS = Table(
    "answers-model",
    ("the same 15 questions", *HELD, "time", "tokens"),
    [
        ["Papertalk, no model", 0.75, 1.0, 0.9, 0.9, 1.0, 1.0, 0.0, 1.0, 0],
        ["LangChain's tutorial chain", 0.5, 0.6, 0.2, 0.8, None, 0.5, 0.1, 1234.5, 1100],
        ["PaperQA2", 0.25, 0.3, 0.2, 0.5, None, None, 0.1, 4321.0, 9100],
    ],
)
GROWING = Table(
    "growth",
    ("library", "records", "ask, to its parts bare", "ask, to 37 papers", "… about a paper", "… how many"),
    [
        ["37 papers", 402, 1.5, 1.0, 1.0, 1.0],
        ["1,000 papers", 11_020, 1.5, 1.8, 1.4, 2.2],
        ["18,217 papers", 196_000, 1.5, 6.8, 5.4, 22.2],
        ["100,000 synthetic passages", 700_000, 1.5, 9.8, 7.4, 32.2],
    ],
)


def of_kinds(*rows: tuple[str, int, float]) -> Table:
    return Table("answers", ("kind of question", "questions", "right"), rows)


def switched(*rows: tuple[str, float, float]) -> Table:
    """Of a part the right answers and the wrong ones, alike on both authors."""
    columns = [
        f"{author} author: {measure}" for measure in ("right", "answered wrongly") for author in ("sample", "second")
    ]
    cells: list[Sequence[Cell]] = [(name, right, right, wrong, wrong) for name, right, wrong in rows]
    return Table("ablations", ("switched off", *columns), cells)


def widths(svg: str) -> list[float]:
    """Of the bars from the top, in pixels."""
    groups = ElementTree.fromstring(svg).iter(f"{SVG}rect")
    return [float(bar.attrib["width"]) for bar in groups if bar.find(f"{SVG}title") is not None]


def words(svg: str) -> list[str]:
    return [text.text or "" for text in ElementTree.fromstring(svg).iter(f"{SVG}text")]


# ---- the kept ones


@pytest.mark.parametrize("figure", KEPT, ids=lambda figure: figure.name)
def test_a_figure_is_the_one_that_is_drawn_from_what_was_measured(figure: Figure) -> None:
    assert (IMAGES / figure.file).read_bytes() == drawing(figure).svg.encode(), "run: python -m benchmarks.results"


def test_there_is_no_figure_of_what_is_not_kept() -> None:
    assert {path.name for path in IMAGES.glob("results-*")} == {figure.file for figure in KEPT}


def test_every_figure_is_shown_with_what_it_says_and_what_made_it() -> None:
    page = ROOT / "docs" / "results.md"
    text = page.read_text(encoding="utf-8")
    assert set(figures_in(text)) == {figure.name for figure in FIGURES}
    for figure in KEPT:
        result = results.load(figure.tables[0])
        shown = text.split(f"<!-- figure: {figure.name} -->\n")[1].split("<!-- end -->")[0]
        assert shown.startswith(f"![{drawing(figure).about}](images/{figure.file})\n")
        assert f"`{result.command}` on {result.date}; {result.machine}; Python" in shown


def test_a_page_shows_a_figure_from_where_it_is() -> None:
    for document in DOCUMENTS:
        text = document.read_text(encoding="utf-8")
        for name in set(figures_in(text)) & {figure.name for figure in KEPT}:
            link = f"{results.images_from(document)}/results-{name}.svg"
            assert f"]({link})" in text
            assert (document.parent / link).exists()


@pytest.mark.parametrize("figure", KEPT, ids=lambda figure: figure.name)
def test_a_figure_says_what_it_shows_loads_nothing_and_has_colours_for_the_dark(figure: Figure) -> None:
    drawn = drawing(figure)
    root = ElementTree.fromstring(drawn.svg)
    title, about = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title is not None
    assert title.text
    assert about is not None
    assert about.text == drawn.about
    assert root.attrib["aria-labelledby"].split() == [title.attrib["id"], about.attrib["id"]]
    assert drawn.svg.replace('xmlns="http://', "").count("http") == 0
    assert not any(word in drawn.svg for word in ("url(", "href", "@import", "<script", "<image"))
    assert "prefers-color-scheme: dark" in drawn.svg


# ---- what is not kept yet


def test_a_figure_appears_when_its_results_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(results, "RESULTS", tmp_path)
    page = "Before\n<!-- figure: growth -->\n<!-- end -->\nafter"
    assert rendered(page) == page
    result = Result(GROWING, "python -m benchmarks.growth", "2026-01-02", "2 cores")
    (tmp_path / "growth.json").write_text(json.dumps(asdict(result)))
    shown = rendered(page, "docs/images")
    assert "196,000 records: 6.8" in shown
    assert "](docs/images/results-growth.svg)\n\n<sub>By `python -m benchmarks.growth` on 2026-01-02" in shown
    assert rendered(shown, "docs/images") == shown


# ---- true to the figures


def test_bars_are_as_long_as_the_shares_that_they_stand_for() -> None:
    draw = figures.by_kind("Right")
    svg = draw(of_kinds(("list", 8, 0.5), ("all", 8, 0.5)), of_kinds(("list", 4, 0.25), ("all", 4, 0.25))).svg
    sample, second, *_ = widths(svg)
    assert sample == pytest.approx(2 * second, rel=0.01)
    assert [one for one in words(svg) if " of " in one] == ["0.50 of 8", "0.25 of 4"] * 2


def test_a_kind_that_one_author_was_not_asked_has_one_bar() -> None:
    svg = figures.by_kind("Right")(of_kinds(("all", 8, 1.0), ("false_premise", 8, 1.0)), of_kinds(("all", 4, 1.0))).svg
    assert len(widths(svg)) == 3
    assert "false premise" in words(svg)


def test_bars_of_all_groups_begin_at_one_place_and_have_one_scale() -> None:
    table = Table("retrieval", ("Claims", "nDCG@10"), [("Papertalk's search", 0.8), ("b", 0.4), ("c, published", 0.2)])
    one, other, told = widths(figures.retrieval(table).svg)
    assert one == pytest.approx(2 * other, rel=0.01)
    assert one == pytest.approx(4 * told, rel=0.01)


def test_a_part_without_which_nothing_changes_has_no_bar_and_one_that_harms_goes_to_the_left() -> None:
    table = switched(("nothing", 0.8, 0.0), ("idle", 0.8, 0.0), ("worth", 0.6, 0.1), ("harm", 0.9, 0.0))
    svg = figures.ablations(table).svg
    worth, _, harm, *_ = widths(svg)
    assert worth == pytest.approx(2 * harm, rel=0.01)
    assert words(svg).count("idle") == 1
    assert "-0.10" in words(svg)


def test_what_was_not_measured_of_a_system_is_a_dash() -> None:
    svg = figures.systems(SYSTEMS).svg
    assert words(svg).count("–") == 1
    assert "4,321.00" in words(svg)
    assert "declined, of what the papers do not answer" in words(svg)


def test_a_library_of_another_kind_is_not_joined_to_those_of_papers() -> None:
    svg = figures.growth(GROWING).svg
    joined = list(ElementTree.fromstring(svg).iter(f"{SVG}polyline"))
    assert [len(line.attrib["points"].split()) for line in joined] == [3, 3, 3]
    assert len(list(ElementTree.fromstring(svg).iter(f"{SVG}circle"))) == 12


@in_browser
def test_no_word_is_cut_off_or_lies_upon_another(browser: Browser) -> None:
    page = browser.new_page()
    drawn = [*(drawing(figure) for figure in KEPT), figures.systems(SYSTEMS), figures.growth(GROWING)]
    for one in drawn:
        page.set_content(one.svg)
        found: list[list[float]] = page.locator("text").evaluate_all(
            "all => all.map(each => each.getBoundingClientRect()).map(at => [at.left, at.top, at.right, at.bottom])"
        )
        edge = page.locator("svg").first.bounding_box()
        assert edge is not None
        for left, top, right, bottom in found:
            assert edge["x"] <= left < right <= edge["x"] + edge["width"]
            assert edge["y"] <= top < bottom <= edge["y"] + edge["height"]
        for (left, top, right, bottom), other in itertools.combinations(found, 2):
            across = min(right, other[2]) - max(left, other[0])
            down = min(bottom, other[3]) - max(top, other[1])
            assert across <= 0 or down <= 6, "the lines of two words meet by less than half of their height"
    page.close()
