"""What the papers show as a whole: questions, answers that the rows hold, and marks that lead to papers."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from assistant import Assistant
from assistant.analysis.facets import Facet
from assistant.catalogue import Catalogue
from assistant.library import Library
from assistant.overview import Finding, overview
from assistant.papers import Paper
from assistant.retrieval import Retriever
from assistant.sources import Profile
from tests.asking import is_one_sentence
from tests.fakes import FirstWords
from tests.papers import ADA, BABBAGE, PAPERS, SOMERVILLE, make_paper

NAMES = [
    "topics-over-years",
    "papers-per-year",
    "datasets-over-time",
    "methods-over-time",
    "co-author-network",
    "co-authors",
    "code-share",
]


def describe(paper: Paper) -> tuple[Facet, ...]:
    """Read "dataset X.", "uses X." and "method X." in an abstract."""
    found = []
    for kind, word in (("dataset", "dataset "), ("dataset_used", "uses "), ("method", "method ")):
        for match in re.finditer(rf"\b{word}([^.]+)\.", paper.text):
            found.append(Facet(kind, match[1], match.start(), match.end()))  # type: ignore[arg-type]
    return tuple(found)


@contextmanager
def library_of(folder: Path, papers: Sequence[Paper], author: str | None = ADA) -> Iterator[Assistant]:
    with Assistant(library="test", data_dir=folder, model=FirstWords()) as assistant:
        profile = [Profile(author)] if author else []
        assistant.library.ingest([*profile, *papers], describe=describe)
        assistant.chain.refresh()
        yield assistant


def findings(assistant: Assistant, papers: Sequence[Paper] | None = None) -> dict[str, Finding]:
    catalogue = assistant.chain.catalogue
    chosen = catalogue.papers if papers is None else papers
    return {finding.name: finding for finding in overview(catalogue, chosen, assistant.people)}


def found(folder: Path, papers: Sequence[Paper], name: str, author: str | None = ADA) -> Finding | None:
    with library_of(folder, papers, author) as assistant:
        return findings(assistant).get(name)


def numbers(finding: Finding) -> list[str]:
    return [number for trace in finding.chart.data for number in trace.get("ids", ())]


def dated(year: int, title: str, **about: Any) -> Paper:
    return make_paper(title, about.pop("abstract", f"On {title}."), date=f"{year}-05-01", **about)


@pytest.fixture(scope="module")
def sample(sample_library: Library) -> dict[str, Finding]:
    catalogue = Catalogue(sample_library, Retriever(sample_library))
    return {one.name: one for one in overview(catalogue, catalogue.papers, catalogue.namesakes)}


# ---- every finding


@pytest.mark.parametrize("name", NAMES)
def test_a_finding_asks_a_question_and_answers_it_in_one_sentence(sample: dict[str, Finding], name: str) -> None:
    finding = sample[name]
    assert finding.question.endswith("?")
    assert finding.chart.layout["title"]["text"] == finding.question
    assert is_one_sentence(finding.answer)


@pytest.mark.parametrize("name", NAMES)
def test_every_mark_of_a_figure_has_papers_unless_it_is_empty(sample: dict[str, Finding], name: str) -> None:
    finding = sample[name]
    assert len(set(numbers(finding))) == len(numbers(finding))
    for trace in finding.chart.data:
        sizes = trace["x"] if trace.get("orientation") == "h" else trace["y"]
        for number, size in zip(trace.get("ids", ()), sizes, strict=False):
            keys = finding.behind(number)
            assert len(set(keys)) == len(keys)
            assert len(keys) == size if trace["type"] == "bar" else keys


@pytest.mark.parametrize("name", NAMES)
def test_the_rows_of_a_finding_are_a_table_of_their_own(sample: dict[str, Finding], name: str) -> None:
    rows = list(csv.DictReader(io.StringIO(sample[name].to_csv())))
    assert len(rows) == len(sample[name].rows) > 1
    assert len({tuple(row) for row in rows}) == 1


@pytest.mark.parametrize("mark", ["", "-1", "x", "99999", "1.5", "²", "٣"])
def test_a_mark_that_is_not_there_has_no_papers(sample: dict[str, Finding], mark: str) -> None:
    assert sample["co-authors"].behind(mark) == ()


def test_a_library_without_papers_shows_nothing(tmp_path: Path) -> None:
    with library_of(tmp_path, []) as assistant:
        assert findings(assistant) == {}


def test_one_paper_shows_nothing(tmp_path: Path) -> None:
    with library_of(tmp_path, PAPERS[:1]) as assistant:
        assert findings(assistant) == {}


def test_papers_without_dates_show_nothing_over_the_years(tmp_path: Path) -> None:
    papers = [make_paper(f"Engine {n}", date=None, authors=(ADA, BABBAGE, SOMERVILLE)[: n + 1]) for n in range(3)]
    with library_of(tmp_path, papers) as assistant:
        assert set(findings(assistant)) <= {"co-authors", "co-author-network"}


def test_of_some_papers_only_these_are_shown(tmp_path: Path) -> None:
    with library_of(tmp_path, PAPERS, None) as assistant:
        some = [paper for paper in assistant.chain.catalogue.papers if paper.year in (2018, 2019)]
        everything = {paper.key for paper in some}
        shown = findings(assistant, some)
        assert shown
        assert all(set(keys) <= everything for finding in shown.values() for keys in finding.keys)


# ---- years


def test_a_year_without_a_paper_is_there(tmp_path: Path) -> None:
    finding = found(tmp_path, PAPERS, "papers-per-year")
    assert finding
    assert [(row["year"], row["papers"]) for row in finding.rows] == [
        ("2018", 2),
        ("2019", 2),
        ("2020", 0),
        ("2021", 1),
    ]
    assert finding.note == "1 paper without a date is left out."


def test_the_busiest_years_are_named(tmp_path: Path) -> None:
    finding = found(tmp_path, PAPERS, "papers-per-year")
    assert finding
    assert finding.question == "How many papers came out each year, and in which categories?"
    assert finding.answer == "Most came out in 2018 and 2019: 2 papers each; of all 5, 2 are in CL."


def test_without_categories_papers_are_told_apart_by_kind_and_without_kinds_by_venue(tmp_path: Path) -> None:
    plain = [replace(dated(2018 + n % 3, f"Engine {n}"), category=None) for n in range(8)]
    kinds = [replace(paper, kind=("article", "phdthesis")[n % 2]) for n, paper in enumerate(plain)]
    venues = [replace(paper, venue=("Royal Society", "Turin")[n % 2]) for n, paper in enumerate(plain)]
    of_kinds = found(tmp_path / "kinds", kinds, "papers-per-year")
    of_venues = found(tmp_path / "venues", venues, "papers-per-year")
    of_nothing = found(tmp_path / "nothing", plain, "papers-per-year")
    assert of_kinds
    assert of_venues
    assert of_nothing
    assert {trace["name"] for trace in of_kinds.chart.data} == {"journal article", "PhD thesis"}
    assert of_venues.question == "How many papers came out each year, and at which venues?"
    assert of_nothing.question == "How many papers came out each year?"
    assert len(of_nothing.chart.data) == 1


def test_a_long_life_is_told_by_decades(tmp_path: Path) -> None:
    papers = [dated(year, f"Engine {year}") for year in (1930, 1931, 1955, 2009)]
    finding = found(tmp_path, papers, "papers-per-year")
    assert finding
    assert [row["decade"] for row in finding.rows][:2] == ["1930s", "1940s"]
    assert len(finding.rows) == 8
    assert finding.answer == "Most came out in the 1930s: 2 papers."


def test_many_categories_are_drawn_as_the_largest_and_all_others(tmp_path: Path) -> None:
    papers = [dated(2018 + n % 2, f"Engine {n}", category=f"C{n % 12}") for n in range(48)]
    finding = found(tmp_path, papers, "papers-per-year")
    assert finding
    assert len(finding.chart.data) == 9
    assert finding.chart.data[-1]["name"] == "all others"
    assert sum(len(keys) for keys in finding.keys) == 48
    assert {f"C{n}" for n in range(12)} <= set(finding.rows[0])


def test_a_topic_that_grows_is_told_with_its_numbers(sample: dict[str, Finding]) -> None:
    finding = sample["topics-over-years"]
    grew = re.fullmatch(
        r"Work on (.+) grew from (\d+) of (\d+) papers in (\d+)–(\d+) to (\d+) of (\d+) in (\d+)–(\d+), while .+",
        finding.answer,
    )
    assert grew
    topic, *told = grew.groups()
    was, of, first, end, now, of_now, start, last = map(int, told)
    early = [row for row in finding.rows if first <= int(row["year"]) <= end]
    late = [row for row in finding.rows if start <= int(row["year"]) <= last]
    assert (sum(row[topic] for row in early), sum(row["papers"] for row in early)) == (was, of)
    assert (sum(row[topic] for row in late), sum(row["papers"] for row in late)) == (now, of_now)


# ---- code


def test_the_share_of_code_counts_only_papers_of_which_it_is_known(tmp_path: Path) -> None:
    known = [dated(2018 + n % 2, f"Engine {n}", code=n < 3) for n in range(6)]
    unknown = [replace(dated(2019, f"Loom {n}"), has_code=None) for n in range(2)]
    finding = found(tmp_path, [*known, *unknown], "code-share")
    assert finding
    assert finding.answer == (
        "50% of the 6 papers of which it is known come with code: 2 of 3 in 2018 and 1 of 3 in 2019."
    )
    assert finding.note == "Of 2 papers it is not known, and they are not counted."
    assert [row["share"] for row in finding.rows] == [0.6667, 0.3333]


@pytest.mark.parametrize("code", [True, False, None])
def test_where_all_papers_are_alike_no_share_of_code_is_shown(tmp_path: Path, code: bool | None) -> None:
    papers = [replace(dated(2018 + n, f"Engine {n}"), has_code=code) for n in range(3)]
    assert found(tmp_path, papers, "code-share") is None


# ---- datasets and methods

THINGS = [
    dated(2018, "Looms", abstract="Our dataset WeaveBank. It uses PunchCards."),
    dated(2019, "Cards", abstract="It uses WeaveBank. It uses PunchCards."),
    dated(2021, "Gears", abstract="It uses weave-bank. Our method GearNet."),
    dated(2022, "Tides", abstract="GearNet, again. Our method TideNet."),
]


def test_a_dataset_is_followed_from_where_it_is_introduced_to_its_last_use(tmp_path: Path) -> None:
    finding = found(tmp_path, THINGS, "datasets-over-time")
    assert finding
    assert finding.question == "Which datasets were introduced and used, and when?"
    assert finding.answer == (
        "The papers name 2 datasets, 1 of which they introduce; the longest span is that of WeaveBank, 2018–2021."
    )
    told = [text for trace in finding.chart.data for text in trace.get("text", ())]
    assert told == [
        "WeaveBank, 2018: 1 paper, introduced",
        "PunchCards, 2018: 1 paper, used",
        "PunchCards, 2019: 1 paper, used",
        "WeaveBank, 2019: 1 paper, used",
        "WeaveBank, 2021: 1 paper, used",
    ]
    assert finding.behind("0") == finding.behind("2") == ("lovelace2018looms",)


def test_a_method_is_followed_where_other_papers_name_it(tmp_path: Path) -> None:
    finding = found(tmp_path, THINGS, "methods-over-time")
    assert finding
    gear = finding.rows[0]
    assert (gear["method"], gear["first"], gear["last"]) == ("GearNet", 2021, 2022)
    assert (gear["introduced in"], gear["named in"]) == ("lovelace2021gears", "lovelace2022tides")


def test_a_method_without_a_name_is_not_followed(tmp_path: Path) -> None:
    papers = [*THINGS[2:], dated(2023, "Stars", abstract="Our method for counting of stars.")]
    finding = found(tmp_path, papers, "methods-over-time")
    assert finding
    assert [row["method"] for row in finding.rows] == ["GearNet", "TideNet"]


def test_of_many_methods_no_year_is_left_out_of_the_figure(tmp_path: Path) -> None:
    papers = [dated(2000 + n // 10, f"Engine {n}", abstract=f"Our method NetX{n}.") for n in range(60)]
    finding = found(tmp_path, papers, "methods-over-time")
    assert finding
    assert {year for trace in finding.chart.data[1:] for year in trace["x"]} == set(range(2000, 2006))
    assert finding.note == "Drawn are 20 of 60, those in most papers first; the table holds all."
    assert len(finding.rows) == 60


# ---- people


def test_who_shares_most_papers_is_told(tmp_path: Path) -> None:
    papers = [
        *(dated(2018 + n, f"Engine {n}", authors=(ADA, BABBAGE, SOMERVILLE)) for n in range(2)),
        dated(2020, "Loom", authors=(ADA, BABBAGE, "Joseph Jacquard")),
        *(dated(2021 + n, f"Alone {n}") for n in range(3)),
    ]
    finding = found(tmp_path, papers, "co-author-network")
    assert finding
    assert finding.answer == (
        f"{BABBAGE} and {SOMERVILLE} share 2 papers, the most of the 2 pairs of co-authors who wrote together here."
    )
    assert finding.note == f"{ADA} is left out, being on nearly all of these papers."
    assert finding.rows[0]["keys"] == ["lovelace2018engine", "lovelace2019engine"]
    assert [len(keys) for keys in finding.keys] == [3, 2, 1, 2, 1]


def test_who_is_on_nearly_all_papers_is_left_out_of_the_network(tmp_path: Path) -> None:
    others = ("Joseph Jacquard", SOMERVILLE)
    papers = [dated(2018 + n, f"Engine {n}", authors=(ADA, BABBAGE, *others[: 2 * (n < 1)])) for n in range(6)]
    finding = found(tmp_path, papers, "co-author-network")
    assert finding
    assert finding.note.startswith(f"{ADA} and {BABBAGE} are left out")
    assert [row["one"] for row in finding.rows] == ["Joseph Jacquard"]


def test_who_writes_alone_has_no_network(tmp_path: Path) -> None:
    with library_of(tmp_path, [dated(2018 + n, f"Engine {n}") for n in range(3)]) as assistant:
        assert not {"co-authors", "co-author-network"} & set(findings(assistant))


def test_lists_that_are_cut_are_told(sample: dict[str, Finding]) -> None:
    assert "35 lists of authors end in “et al.” and may hide others." in sample["co-author-network"].note


def test_of_a_great_many_co_authors_the_most_frequent_are_drawn(tmp_path: Path) -> None:
    crowd = tuple(f"Person{chr(97 + n // 26)}{chr(97 + n % 26)} Smith{n}" for n in range(90))
    papers = [dated(2018 + n, f"Engine {n}", authors=(ADA, *crowd[: 90 - n * 20])) for n in range(4)]
    finding = found(tmp_path, papers, "co-author-network")
    assert finding
    (dots,) = (trace for trace in finding.chart.data if "markers" in trace["mode"])
    assert len(dots["ids"]) == 40
    assert len(finding.chart.data) == 121
    assert "Drawn are 40 of" in finding.note
    assert "Drawn are the 120 strongest of 780 lines." in finding.note
