"""Counts, trends and files at the command line: what is printed where, what a terminal leaves out, what is refused."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import pytest

from tests.command_line import Terminal, process_env, run, sentence, stored_library
from tests.pages import make_page, make_record

MANY = ", ".join(f"Person {letter}" for letter in "ABCDEFGHIJKLMNOPQRST")
PAGE = make_page(
    make_record(
        "DIALSET: A Dataset of Spoken Dialogues",
        authors="Ada Lovelace, Jun Li",
        abstract="We introduce DIALSET, a dataset of 12,000 spoken dialogues. The code is at https://github.com/ada/dialset.",
        listing="31.2CLOct 16, 2019Code",
    ),
    make_record(
        "SpeedNet: Pruning Translation Models",
        authors="Jun Li, Ada Lovelace",
        abstract="We propose SpeedNet, which prunes attention heads of translation models. It is evaluated with BLEU.",
        listing="12.5LGMar 3, 2021",
    ),
    make_record(
        "\x1b[2JRobots That Paint",
        authors=MANY,
        abstract="Robots paint landscapes with oil on canvas.",
        listing="3.0CVJan 5, 2021Code",
    ),
)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the library 'ada', which no test here changes."""
    return stored_library(PAGE, tmp_path_factory.mktemp("trends"))


def table(text: str) -> list[list[str]]:
    return [re.split(r"  +", line.strip()) for line in text.splitlines()]


# ---- trends


def test_trends_count_by_topic_and_year_unless_told_otherwise(data: Path) -> None:
    result = run("trends", data=data)
    assert (result.exit_code, result.stderr) == (0, "")
    heading, *rows = table(result.stdout)
    assert heading == ["topic", "2019", "2020", "2021", "papers"]
    assert sum(int(row[-1]) for row in rows) == 3


def test_trends_may_be_by_one_thing_or_by_two(data: Path) -> None:
    years = table(run("trends", "--by", "year", data=data).stdout)
    assert [row[:2] for row in years] == [["year", "papers"], ["2019", "1"], ["2021", "2"]]
    crossed = table(run("trends", "--by", "code", "--by", "category", data=data).stdout)
    assert crossed == [
        ["code", "CL", "CV", "LG", "papers"],
        ["with code", "1", "1", "0", "2"],
        ["without code", "0", "0", "1", "1"],
    ]


def test_a_dimension_of_two_words_is_written_with_a_hyphen_or_an_underscore(data: Path) -> None:
    hyphen = run("trends", "--by", "first-author", data=data)
    assert hyphen.exit_code == 0
    assert run("trends", "--by", "first_author", data=data).stdout == hyphen.stdout


def test_trends_as_json_and_csv_hold_the_papers_behind_every_number(data: Path) -> None:
    printed = json.loads(run("trends", "--by", "category", "--json", data=data).stdout)
    assert {row["category"]: row["keys"] for row in printed["rows"]}["LG"] == ["li2021speednet"]
    rows = list(csv.DictReader(io.StringIO(run("trends", "--by", "year", "--csv", data=data).stdout)))
    assert {row["year"]: row["keys"] for row in rows}["2019"] == "lovelace2019dialset"


@pytest.mark.parametrize(
    ("options", "found"),
    [
        (["--mentions", "BLEU"], ["li2021speednet"]),
        (["--introduces", "dataset"], ["lovelace2019dialset"]),
        (["--introduces", "dataset", "--introduces", "method"], ["lovelace2019dialset", "li2021speednet"]),
        (["--first-author", "jun li"], ["li2021speednet"]),
        (["--topic", "translation models"], ["li2021speednet"]),
    ],
)
def test_every_command_that_reads_papers_takes_the_same_filters(
    data: Path, options: list[str], found: list[str]
) -> None:
    assert [row["key"] for row in json.loads(run("papers", "--json", *options, data=data).stdout)] == found
    rows = json.loads(run("trends", "--by", "year", "--json", *options, data=data).stdout)["rows"]
    assert {key for row in rows for key in row["keys"]} == set(found)
    answer = json.loads(run("ask", "List all papers", "--json", *options, data=data).stdout)
    assert {row["key"] for row in answer["table"]} == set(found)


def test_papers_that_have_no_value_are_counted_beside_the_table(data: Path) -> None:
    result = run("trends", "--by", "dataset", data=data)
    assert [row[:2] for row in table(result.stdout)] == [["dataset", "papers"], ["DIALSET", "1"]]
    assert result.stderr == "2 papers without dataset are not shown\n"
    nothing = run("trends", "--since", "2050", data=data)
    told = "0 of 3 papers; the papers run from 2019 to 2021, in the categories CL, LG, CV\n"
    assert (nothing.exit_code, nothing.stdout, nothing.stderr) == (0, "", told)


# ---- papers in groups


def test_papers_in_groups_stand_below_how_many_they_are(data: Path) -> None:
    assert run("papers", "--group-by", "year", "--since", "2020", "--category", "LG", data=data).stdout == (
        "2021: 1 paper\n  li2021speednet SpeedNet: Pruning Translation Models\n\n"
    )


def test_papers_in_groups_are_exported_as_their_table(data: Path) -> None:
    for form in ("--json", "--csv"):
        grouped = run("papers", "--group-by", "year", form, data=data)
        assert grouped.stdout == run("trends", "--by", "year", form, data=data).stdout
    two = run("papers", "--group-by", "year", "--group-by", "code", data=data)
    assert table(two.stdout)[0] == ["year", "with code", "without code", "papers"]


def test_papers_may_be_printed_and_kept_as_csv(data: Path, tmp_path: Path) -> None:
    result = run("papers", "--csv", "--save", "list.csv", data=data)
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert rows[0]["key"] == "lovelace2019dialset"
    assert result.stderr == "saved: list.csv\n"
    assert (tmp_path / "list.csv").read_text(encoding="utf-8").startswith("key,title,authors")


# ---- show


def test_show_lists_what_a_paper_introduces_and_counts(data: Path) -> None:
    assert re.search(r"^introduces +DIALSET \(dataset\)$", run("show", "lovelace2019dialset", data=data).stdout, re.M)
    row = json.loads(run("show", "lovelace2019dialset", "--json", data=data).stdout)
    kinds = {facet["kind"] for facet in row["facets"]}
    assert {"dataset", "number"} <= kinds
    for facet in row["facets"]:
        assert row["text"][facet["start"] : facet["end"]] == facet["quote"]


# ---- answers as tables and files


def test_the_table_of_an_answer_may_be_printed_and_kept(data: Path, tmp_path: Path) -> None:
    result = run("ask", "How many papers per year?", "--csv", "--save", "years.html", data=data)
    assert result.stdout.splitlines()[0].startswith("year,papers")
    assert result.stderr == "saved: years.html\n"
    assert "plotly" in (tmp_path / "years.html").read_text(encoding="utf-8").lower()


def test_an_answer_without_a_table_says_so(data: Path) -> None:
    assert "This answer has no table" in sentence(run("ask", "What is SpeedNet?", "--csv", data=data))
    kept = run("ask", "What is SpeedNet?", "--save", "answer.png", data=data)
    assert kept.exit_code == 1
    assert "prunes attention heads" in kept.stdout
    assert "This answer has no table or figure for 'answer.png'" in kept.stderr
    assert not Path("answer.png").exists()


def test_an_answer_of_prose_is_kept_as_json(data: Path) -> None:
    assert run("ask", "What is SpeedNet?", "--save", "answer.json", data=data).exit_code == 0
    assert json.loads(Path("answer.json").read_text(encoding="utf-8"))["question"] == "What is SpeedNet?"


# ---- wrong usage


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["trends", "--by", "colour"], r"'colour' is none of year, .*month, .*first-author"),
        (["trends", "--by", "year", "--by", "year"], "'year' twice"),
        (["papers", *["--group-by", "year", "--group-by", "topic", "--group-by", "code"]], "once or twice, not 3"),
        (["papers", "--introduces", "tool"], "'tool' is none of dataset, method"),
        (["papers", "--topic", " "], "it is empty"),
        (["trends", "--since", "2022", "--until", "2020"], "--since 2022 is later than --until 2020"),
        (["trends", "--save", "trends.pdf"], r"'trends.pdf' ends in none of .png"),
        (["ask", "--save", "nowhere/years.png", "How many?"], "there is no folder 'nowhere'"),
        (["trends", "--json", "--csv"], "choose one"),
        (["papers", "--json", "--csv"], "choose one"),
        (["ask", "--json", "--csv", "How many?"], "choose one"),
    ],
)  # fmt: skip
def test_wrong_options_end_with_2_before_any_work(arguments: list[str], reason: str) -> None:
    result = run(*arguments, data="unused")
    assert (result.exit_code, result.stdout) == (2, "")
    assert re.search(reason, " ".join(result.stderr.split()))


# ---- a terminal


def on_terminal(*arguments: str, data: Path, columns: int = 80) -> str:
    with Terminal(*arguments, env=process_env(data), columns=columns) as terminal:
        assert terminal.end() == 0
        return terminal.shown.replace("\r\n", "\n")


def test_a_terminal_shows_bars_and_the_first_rows_of_a_long_table(data: Path) -> None:
    shown = on_terminal("trends", "--by", "author", data=data)
    assert re.search(r"^Ada Lovelace +2  █+ +2019  2021\s*$", shown, re.MULTILINE)
    assert "… 7 more rows; --csv or --json has them all" in shown
    assert len(shown.splitlines()) == 17
    piped = run("trends", "--by", "author", data=data).stdout
    assert len(piped.splitlines()) == 23
    assert "█" not in piped


def test_nothing_in_a_title_moves_the_cursor(data: Path) -> None:
    for arguments in (["papers", "--group-by", "year"], ["trends", "--by", "category"], ["papers", "--csv"]):
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", run(*arguments, data=data).stdout)
        assert "[2JRobots" in on_terminal(*arguments, data=data)  # what obeys is not shown


def test_a_chat_shows_and_keeps_the_whole_table_of_its_last_answer(data: Path) -> None:
    lines = "/table\n/save years.csv\nHow many papers per year?\n/table\n/save\n/save years.csv\n/save years.pdf\n"
    result = run("chat", data=data, stdin=lines)
    assert result.exit_code == 0
    assert result.stdout.count("year  papers") == 2
    assert "Saved in years.csv" in result.stdout
    assert Path("years.csv").read_text(encoding="utf-8").startswith("year,papers")
    assert [line[:30] for line in result.stderr.splitlines()] == [
        "There is no answer with a tabl",
        "There is no answer to save yet",
        "Name the file: /save years.png",
        "Error: 'years.pdf' ends in non",
    ]
