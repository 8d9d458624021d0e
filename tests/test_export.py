"""Tables and figures as files and as DataFrames: what is in them, what a spreadsheet and a browser make of them."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from choreographer.browsers.chromium import Chromium

from assistant.analysis.figures import bars
from assistant.answers import Answer, Plan
from assistant.errors import ExportError
from assistant.exporting import to_csv, to_dataframe, to_html_table
from assistant.tables import PaperList, Table
from tests.asking import is_one_sentence
from tests.papers import PAPERS

ROWS = ({"topic": "Looms", "papers": 2, "first": 2018}, {"topic": "織機, “gears”", "papers": 1, "first": None})
KEYS = (("lovelace2018looms", "lovelace2018cards"), ("lovelace2019gears",))
CHART = bars(["Looms", "織機, “gears”"], [2, 1], title="Papers by topic", label="topic", over_time=False)
TABLE = Table("Papers by topic", ROWS, KEYS, CHART)
ANSWER = Answer("q", "q", "There are **3**.", True, "computed", Plan("q", "q"), table=ROWS, chart=CHART)

BROWSER = Chromium.find_browser(skip_local=False)
needs_browser = pytest.mark.skipif(BROWSER is None, reason="drawing a figure needs Chrome or Chromium")


def read_csv(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


# ---- CSV


def test_a_table_is_a_line_of_names_and_a_line_a_row_with_the_keys_behind_it() -> None:
    assert read_csv(TABLE.to_csv()) == [
        ["topic", "papers", "first", "keys"],
        ["Looms", "2", "2018", "lovelace2018looms; lovelace2018cards"],
        ["織機, “gears”", "1", "", "lovelace2019gears"],
    ]


@pytest.mark.parametrize(
    "text",
    ["a, b", 'says "so"', "two\nlines", "a\r\nb", "a\rb", "ünï • 織機 • שלום • 🧵", "a;b", "", "'tis"],
    ids=ascii,
)
def test_csv_gives_every_text_back(text: str) -> None:
    assert read_csv(to_csv([{"text": text, "n": 1}])) == [["text", "n"], [text, "1"]]


def test_rows_may_have_different_columns() -> None:
    assert to_csv([{"a": 1}, {"b": 2, "a": 3}]) == "a,b\r\n1,\r\n3,2\r\n"


FORMULAS = ["=1+1", "+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("http://x","y")', "a\r=1"]


@pytest.mark.parametrize("text", FORMULAS, ids=ascii)
@pytest.mark.parametrize("place", ["cell", "list", "heading"])
def test_no_text_of_a_paper_is_a_formula_in_a_spreadsheet(place: str, text: str) -> None:
    rows: dict[str, dict[str, Any]] = {
        "cell": {"title": text},
        "list": {"titles": [text, "more"]},
        "heading": {text: 1},
    }
    cells = [cell for line in read_csv(to_csv([rows[place]])) for cell in line]
    assert any(text in cell for cell in cells)
    assert [cell for cell in cells if cell.startswith(tuple("=+-@\t\r"))] == []


@pytest.mark.parametrize("value", ["a=b", "C-3PO", "me@home", " = ", -3, -0.5, "1+1"])
def test_what_is_no_formula_is_left_as_it_is(value: object) -> None:
    assert read_csv(to_csv([{"value": value}]))[1] == [str(value)]


# ---- DataFrames


def test_a_frame_has_a_row_a_row_and_the_keys_as_lists() -> None:
    frame = TABLE.to_dataframe()
    assert list(frame.columns) == ["topic", "papers", "first", "keys"]
    assert frame["papers"].tolist() == [2, 1]
    assert frame["keys"].tolist() == [list(keys) for keys in KEYS]


def test_an_answers_frame_is_its_table_and_empty_where_there_is_none() -> None:
    assert ANSWER.to_dataframe()["topic"].tolist() == [row["topic"] for row in ROWS]
    assert replace(ANSWER, table=None).to_dataframe().empty
    assert to_dataframe([]).empty


PAPER_COLUMNS = [
    "key", "title", "authors", "authors_complete", "year", "date", "category", "has_code", "affiliation", "url",
]  # fmt: skip


@pytest.mark.parametrize("papers", [PAPERS, PAPERS[:1], []], ids=["six", "one", "none"])
def test_a_list_of_papers_has_the_same_columns_however_many_they_are(papers: list[Any]) -> None:
    taken = PaperList(papers)
    assert list(taken.to_dataframe().columns) == PAPER_COLUMNS
    assert read_csv(taken.to_csv())[0] == PAPER_COLUMNS
    assert len(taken.to_dataframe()) == len(read_csv(taken.to_csv())) - 1 == len(papers)


def test_a_paper_that_gives_no_more_than_its_title_leaves_its_other_cells_empty() -> None:
    row = dict(zip(PAPER_COLUMNS, read_csv(PaperList(PAPERS[-1:]).to_csv())[1], strict=True))
    assert row["title"] == "Notes"
    assert {name for name, cell in row.items() if cell} == {"title", "authors_complete", "has_code"}


# ---- a notebook


def test_a_notebook_shows_text_as_it_stands_and_nothing_of_it_as_markup() -> None:
    shown = to_html_table("<i>By</i> name", [{"<b>": "<script>x</script>", "n": "-omics"}])
    assert "<script>" not in shown
    assert "<i>" not in shown
    assert "<b>" not in shown
    assert "<td>-omics</td>" in shown
    assert TABLE._repr_html_().count("<tr>") == 3


# ---- files


@pytest.mark.parametrize("ending", [".csv", ".json", ".html", ".CSV"])
def test_the_ending_says_what_is_written_and_the_path_comes_back(tmp_path: Path, ending: str) -> None:
    for saved in (TABLE, ANSWER):
        path = tmp_path / f"übersicht{ending}"
        assert saved.save(str(path)) == path
        assert path.stat().st_size > 0


def test_a_csv_file_holds_the_table_in_utf_8(tmp_path: Path) -> None:
    assert TABLE.save(tmp_path / "t.csv").read_bytes().decode("utf-8") == TABLE.to_csv()


def test_json_files_hold_all_that_the_table_or_the_answer_says(tmp_path: Path) -> None:
    for saved in (TABLE, ANSWER):
        text = saved.save(tmp_path / "t.json").read_text(encoding="utf-8")
        assert json.loads(text) == json.loads(json.dumps(saved.to_dict()))
        assert "織機" in text
        assert text.endswith("}\n")


def test_saving_again_gives_the_same_and_replaces_what_was_there(tmp_path: Path) -> None:
    for ending in ("csv", "json"):
        path = tmp_path / f"t.{ending}"
        path.write_text("x" * 100_000, encoding="utf-8")
        first = TABLE.save(path).read_bytes()
        assert TABLE.save(path).read_bytes() == first
        assert b"xxx" not in first


def assert_fit_to_be_shown(error: ExportError, path: Path) -> None:
    """One sentence that names the file and, after a semicolon, the next step."""
    assert is_one_sentence(str(error))
    assert repr(str(path)) in str(error)
    assert "; " in str(error)


@pytest.mark.parametrize("name", ["t.xlsx", "t", "t.csv.gz", "csv", ".json"])
def test_another_ending_is_refused_with_those_that_there_are(tmp_path: Path, name: str) -> None:
    with pytest.raises(ExportError, match=r"\.csv, \.json, \.png, \.svg and \.html") as refusal:
        TABLE.save(tmp_path / name)
    assert_fit_to_be_shown(refusal.value, tmp_path / name)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("ending", ["png", "svg", "html"])
def test_where_there_is_no_figure_the_tables_endings_are_offered(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"t.{ending}"
    for saved in (replace(TABLE, chart=None), replace(ANSWER, chart=None)):
        assert saved.figure is None
        with pytest.raises(ExportError, match=r"\.csv or \.json") as refusal:
            saved.save(path)
        assert_fit_to_be_shown(refusal.value, path)
        assert not path.exists()


@pytest.mark.parametrize("ending", ["csv", "json", "html"])
def test_a_file_that_cannot_be_written_is_named_with_the_next_step(tmp_path: Path, ending: str) -> None:
    taken = tmp_path / f"folder.{ending}"
    taken.mkdir()
    for path in (tmp_path / "nowhere" / f"t.{ending}", taken):
        with pytest.raises(ExportError) as refusal:
            TABLE.save(path)
        assert_fit_to_be_shown(refusal.value, path)


# ---- figures


class Loads(HTMLParser):
    """What a page would fetch by its markup."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href", "srcset", "data")]


def test_a_page_of_a_figure_holds_all_that_it_needs(tmp_path: Path) -> None:
    page = TABLE.save(tmp_path / "t.html").read_text(encoding="utf-8")
    loads = Loads()
    loads.feed(page)
    assert loads.addresses == []
    assert len(page) > 1_000_000  # plotly.js itself


def test_a_page_holds_no_markup_of_a_paper(tmp_path: Path) -> None:
    chart = bars(["</script><script>alert(1)", "<img src=x>"], [1, 2], title="<b>t", label="l", over_time=True)
    page = Table("t", (), (), chart).save(tmp_path / "t.html").read_text(encoding="utf-8")
    plain = TABLE.save(tmp_path / "plain.html").read_text(encoding="utf-8")
    assert page.count("</script>") == plain.count("</script>")
    assert "<img src=x>" not in page


@needs_browser
def test_a_browser_that_opens_the_page_draws_it_and_asks_for_nothing(tmp_path: Path) -> None:
    sync_api = pytest.importorskip("playwright.sync_api", reason="needs the package playwright")
    path = TABLE.save(tmp_path / "t.html")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=BROWSER)
        page = browser.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(path.as_uri())
        page.wait_for_selector(".bars .point")
        browser.close()
    assert [url for url in asked if urlsplit(url).scheme not in ("file", "data", "blob")] == []


@needs_browser
@pytest.mark.parametrize(("ending", "opening"), [("svg", b"<svg"), ("png", b"\x89PNG\r\n\x1a\n")])
def test_figures_are_drawn_as_pictures(tmp_path: Path, ending: str, opening: bytes) -> None:
    drawn = TABLE.save(tmp_path / f"t.{ending}").read_bytes()
    assert drawn.startswith(opening)
    if ending == "svg":
        assert all(words in drawn.decode("utf-8") for words in ("Papers by topic", "Looms", "織機"))


@pytest.mark.parametrize("ending", ["svg", "png"])
def test_without_a_browser_the_other_way_is_named_and_nothing_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    monkeypatch.setenv("BROWSER_PATH", str(tmp_path / "no-browser"))
    path = tmp_path / f"t.{ending}"
    path.write_bytes(b"as it was")
    with pytest.raises(ExportError, match=r"Chrome or Chromium.*\.html") as refusal:
        TABLE.save(path)
    assert_fit_to_be_shown(refusal.value, path)
    assert path.read_bytes() == b"as it was"
