"""How the benchmarks are called: what they measure is told, and what they cannot use is refused before they begin."""

from __future__ import annotations

import importlib
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from assistant.chain import AnswerChain
from assistant.library import Library
from benchmarks import __main__ as bench
from benchmarks import ablations
from benchmarks.facets import Score

ROOT = Path(__file__).parents[1]
SAMPLE = str(ROOT / "examples" / "xu_han" / "profile.txt")
MODULES = [
    path.stem for path in sorted((ROOT / "benchmarks").glob("*.py")) if "argparse.ArgumentParser(" in path.read_text()
]


def said(name: str, *arguments: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> str:
    """What a benchmark that ends at once prints, to whichever stream."""
    monkeypatch.setattr(sys, "argv", [name, *arguments])
    with pytest.raises(SystemExit):
        importlib.import_module(f"benchmarks.{name}").main()
    shown = capsys.readouterr()
    return shown.out + shown.err


@pytest.mark.parametrize("name", MODULES)
def test_each_benchmark_says_what_it_measures_and_does_nothing(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = said(name, "--help", monkeypatch=monkeypatch, capsys=capsys)
    about = str(importlib.import_module(f"benchmarks.{name}").__doc__)
    assert about.splitlines()[0] in text


@pytest.mark.parametrize("part", [*ablations.SEARCH, *ablations.ANSWERING])
def test_each_part_can_be_switched_off_and_is_put_back(part: str, sample_library: Library) -> None:
    question = "Which methods do the newest paper and the first one propose?"
    chain = AnswerChain(sample_library)
    whole = chain.answer(question).text
    with ablations.switched_off(part):
        assert chain.answer(question).text
    assert chain.answer(question).text == whole


@pytest.mark.parametrize(
    "line",
    [
        "retrieval NOTHING --store STORE",
        "learn_search NOTHING --store STORE",
        "fulltext NOTHING",
        "namesakes NOTHING",
        "namesakes SAMPLE --anthology NOTHING",
        "facets SAMPLE NOTHING",
        "facets NOTHING SAMPLE",
        "grounding SAMPLE NOTHING",
        "soak NOTHING",
        "growth NOTHING",
        "growth SAMPLE --large NOTHING",
        "scale NOTHING",
        "topics NOTHING",
        "analysis NOTHING",
        "pdf_readers NOTHING",
        "ablations --scifact NOTHING --store STORE",
        "serving --large NOTHING",
        "answers --model NOTHING",
        "__main__ --data NOTHING",
    ],
)
def test_what_is_not_there_is_named_before_anything_is_made(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    places = {"NOTHING": str(tmp_path / "nothing"), "STORE": str(tmp_path / "store"), "SAMPLE": SAMPLE}
    name, *arguments = (places.get(word, word) for word in line.split())
    last = said(name, *arguments, monkeypatch=monkeypatch, capsys=capsys).splitlines()[-1]
    assert last.endswith((f"there is no file {places['NOTHING']!r}", f"there is no folder {places['NOTHING']!r}"))
    assert list(tmp_path.iterdir()) == []


def test_a_collection_without_judgements_is_refused_before_it_is_embedded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("corpus.jsonl", "queries.jsonl"):
        (tmp_path / name).touch()
    store = str(tmp_path / "store")
    text = said("retrieval", str(tmp_path), "--store", store, monkeypatch=monkeypatch, capsys=capsys)
    assert text.endswith("has no 'qrels/test.tsv'\n")
    (tmp_path / "qrels").mkdir()
    (tmp_path / "qrels" / "test.tsv").touch()
    text = said("ablations", "--scifact", str(tmp_path), monkeypatch=monkeypatch, capsys=capsys)
    assert "--scifact needs --store PLACE" in text
    assert not Path(store).exists()


@pytest.mark.parametrize(
    "line", ["slack --mentions 0", "serving --clients 0", "serving --clients many", "soak SAMPLE --minutes 0"]
)
def test_a_number_that_measures_nothing_is_refused(
    line: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    name, *arguments = line.replace("SAMPLE", SAMPLE).split()
    assert f"{arguments[-1]!r} is no " in said(name, *arguments, monkeypatch=monkeypatch, capsys=capsys)


@pytest.mark.skipif(shutil.which("make") is None, reason="needs make")
@pytest.mark.parametrize("target", ["bench-full", "soak"])
def test_make_names_the_data_that_it_needs(target: str, tmp_path: Path) -> None:
    done = subprocess.run(
        ["make", "--no-print-directory", target, "DATA=", f"VENV={tmp_path}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    sentence = f"Name the folder of public data: make {target} DATA=FOLDER; docs/results.md says what it holds."
    assert done.stdout.splitlines() == [sentence]
    assert list(tmp_path.iterdir()) == []


def test_a_kind_without_any_case_has_no_score() -> None:
    nothing, found, missed = Score(), Score(wrong=2), Score(missed=2)
    assert (nothing.precision, nothing.recall, nothing.f1) == (None, None, None)
    assert (found.precision, found.recall, found.f1) == (0.0, None, 0.0)
    assert (missed.precision, missed.recall, missed.f1) == (None, 0.0, 0.0)
    assert Score(right=3, missed=1, wrong=1).f1 == pytest.approx(0.75)


def test_every_quick_benchmark_is_called_with_arguments_that_are_there() -> None:
    paths = [word for words in bench.quick() for word in words if isinstance(word, Path)]
    assert all(path.exists() for path in paths)
