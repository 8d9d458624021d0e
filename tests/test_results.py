"""The tables of the documentation are those that were measured, and a benchmark's table is shown as it is."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks import __main__ as bench
from benchmarks import results
from benchmarks.results import (
    DOCUMENTS,
    RESULTS,
    Findings,
    Table,
    as_text,
    images_from,
    load,
    names_in,
    publish,
    rendered,
)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_a_document_says_what_was_measured(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    assert rendered(text, images_from(document)) == text, "run: python -m benchmarks.results"


def test_every_result_that_is_kept_is_shown_whole_somewhere() -> None:
    shown = {name for document in DOCUMENTS for name in names_in(document.read_text(encoding="utf-8"))}
    assert shown == {path.stem for path in RESULTS.glob("*.json")}


@pytest.mark.parametrize("path", sorted(RESULTS.glob("*.json")), ids=lambda path: path.stem)
def test_a_result_says_how_it_was_made_and_names_no_place_of_that_machine(path: Path) -> None:
    result = load(path.stem)
    module = result.command.split()[2]
    assert (Path(bench.__file__).parent / f"{module.removeprefix('benchmarks.')}.py").exists()
    assert "/" not in result.command
    assert {"Python", "chromadb", "onnxruntime"} <= set(result.versions)
    assert all(len(row) == len(result.table.columns) for row in result.table.rows)


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(results, "RESULTS", tmp_path)
    monkeypatch.setattr(sys, "argv", ["x", str(tmp_path / "data.jsonl"), "--keep"])
    return tmp_path


def test_a_table_is_kept_with_its_command_and_shown_between_its_marks(kept: Path) -> None:
    publish(Table("some-table", ("what", "share", "number"), [("one", 0.5, 1200), ("two", None, 3)]), keep=True)
    row: dict[str, Any] = json.loads((kept / "some-table.json").read_text())
    assert str(kept) not in row["command"]
    assert row["command"].endswith("data.jsonl")
    document = "Before\n<!-- table: some-table -->\nold\n<!-- end -->\nafter"
    shown = rendered(document)
    assert "| one | 0.50 | 1,200 |\n| two | – | 3 |" in shown
    assert "old" not in shown
    assert shown.endswith("<!-- end -->\nafter")
    assert rendered(shown) == shown


@pytest.mark.usefixtures("kept")
def test_a_page_may_show_some_rows_of_a_table_by_their_names() -> None:
    rows = [("one, with a comma", 0.5), ("two", None), ("three", 1.0)]
    publish(Table("some-table", ("what", "share"), rows, "Told."), keep=True)
    shown = rendered("<!-- table: some-table rows: three | one, with a comma -->\n<!-- end -->")
    assert "| --- | ---: |\n| three | 1.00 |\n| one, with a comma | 0.50 |\n\n<sub>By `" in shown
    assert "two" not in shown
    assert rendered(shown) == shown
    assert names_in(shown) == []


@pytest.mark.usefixtures("kept")
def test_a_row_that_was_not_measured_cannot_be_shown() -> None:
    publish(Table("some-table", ("what", "share"), [("one", 0.5)]), keep=True)
    with pytest.raises(KeyError, match="another"):
        rendered("<!-- table: some-table rows: one | another -->\n<!-- end -->")


def test_a_table_is_kept_only_when_that_is_said(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    publish(Table("some-table", ("what", "share"), [("one", 0.5)]), keep=False)
    assert not list(kept.iterdir())
    assert "one    0.50" in capsys.readouterr().out


def test_columns_stand_under_one_another() -> None:
    text = as_text(Table("t", ("what", "share"), [("long name", 0.25), ("x", 12.0)], note="Told."))
    assert text.splitlines() == ["t:", "  what       share", "  long name   0.25", "  x          12.00", "  Told."]


@pytest.mark.usefixtures("kept")
def test_seconds_are_printed_and_not_kept(capsys: pytest.CaptureFixture[str]) -> None:
    findings = Findings()
    findings.say("an answer, s", 0.02, kept=False)
    findings.say("p95, to p50", 1.2, "at most 5")
    findings.publish("some-findings", keep=True)
    assert "an answer, s" in capsys.readouterr().out
    assert load("some-findings").table.rows == [["p95, to p50", 1.2, "at most 5"]]


def test_data_that_is_not_there_is_said_and_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["x"])
    from argparse import Namespace

    given = Namespace(data=tmp_path, model=None, paperqa=None, large=None)
    assert list(bench.full(given, tmp_path)) == []
    assert "is not there" in capsys.readouterr().out


def test_each_command_of_make_bench_is_a_module_with_help() -> None:
    for name, *_ in bench.quick():
        assert (Path(bench.__file__).parent / f"{name}.py").exists()
