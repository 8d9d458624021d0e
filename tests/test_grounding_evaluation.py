"""Measuring the check of sentences: both formats are read, scores are held against each other, bad lines are named."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from assistant.errors import SourceError
from assistant.grounding_evaluation import evaluate_grounding
from tests.asking import is_one_sentence
from vectorstore.embeddings import EmbeddingModel

FACTS = [
    ("Gulls on the northern coast eat 12 fish a day.", "Gulls eat 12 fish a day.", "Gulls eat 40 fish a day."),
    ("Iron looms wove 300 metres of cloth in an hour.", "Looms wove 300 metres.", "Looms wove 90 metres."),
    ("The comet returns to the sun every 76 years.", "It returns every 76 years.", "It returns every 5 years."),
    ("Aspirin lowered fever in 64 % of patients.", "Aspirin lowered fever in 64 %.", "Aspirin raised fever."),
    ("Tidal mills ground 8 tonnes of grain weekly.", "Mills ground 8 tonnes.", "Mills ground 21 tonnes."),
    ("Steam engines burned 50 kg of coal per trip.", "Engines burned 50 kg of coal.", "Engines burned 7 kg of coal."),
]
"""What a document says, a claim that it supports, and one that it contradicts."""
FILLER = "This was seen over many summers."


def write(path: Path, rows: Sequence[Any]) -> Path:
    path.write_text("".join(f"{row if isinstance(row, str) else json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return path


def scifact(folder: Path) -> Path:
    """Each document with a supported and a contradicted claim, and a claim without evidence."""
    documents = [
        {"_id": str(place), "title": f"Notes {place}", "text": "", "sentences": [FILLER, told]}
        for place, (told, _, _) in enumerate(FACTS)
    ]
    write(folder / "corpus.jsonl", [*documents, {"_id": "other", "title": "Not needed"}])
    claims = [
        {"id": place, "claim": claim, "evidence": {str(place): [{"label": label, "sentences": [1]}]}}
        for place, (_, right, wrong) in enumerate(FACTS)
        for claim, label in ((right, "SUPPORT"), (wrong, "CONTRADICT"))
    ]
    return write(folder / "claims.jsonl", [*claims, {"id": 99, "claim": "Nothing is known.", "evidence": {}}, ""])


def wice(folder: Path, *labels: str) -> Path:
    """Each document with its supported claim, and with another that has each of the labels."""
    rows = [
        {"claim": claim, "label": label, "evidence": [FILLER, "", told], "supporting_sentences": [[2]]}
        for told, right, wrong in FACTS
        for claim, label in ((right, "supported"), *((wrong, label) for label in labels))
    ]
    return write(folder / "wice.jsonl", rows)


def measured(model: EmbeddingModel, *paths: Path) -> dict[tuple[str, str], dict[str, Any]]:
    """The rows of the report, by test and score."""
    return {(row["test"], row["score"]): row for row in evaluate_grounding(paths, model.embed).rows}


SCORES = ["the check", "the check, refitted", "words shared", "similarity"]


def test_of_scifact_rationales_and_abstracts_are_measured_each_against_two_kinds(
    model: EmbeddingModel, tmp_path: Path
) -> None:
    rows = measured(model, scifact(tmp_path))
    tests = [
        f"SciFact {passage}: supported / {others}"
        for passage in ("rationale", "abstract")
        for others in ("contradicted", "unrelated")
    ]
    assert list(rows) == [(test, score) for test in tests for score in SCORES]
    assert {(row["claims"], row["supported"]) for row in rows.values()} == {(12, 6)}


def test_unrelated_passages_are_told_from_those_that_support(model: EmbeddingModel, tmp_path: Path) -> None:
    rows = measured(model, scifact(tmp_path))
    for score in SCORES:
        assert rows["SciFact rationale: supported / unrelated", score]["auc"] > 0.9
    assert rows["SciFact rationale: supported / unrelated", "the check"]["accuracy"] > 0.8


def test_wrong_numbers_are_told_by_the_check_and_not_by_the_words_shared(model: EmbeddingModel, tmp_path: Path) -> None:
    rows = measured(model, scifact(tmp_path))
    test = "SciFact abstract: supported / contradicted"
    assert rows[test, "the check"]["auc"] > 0.9
    assert rows[test, "words shared"]["best_accuracy"] <= rows[test, "the check"]["best_accuracy"]


def test_of_wice_the_whole_evidence_is_the_passage(model: EmbeddingModel, tmp_path: Path) -> None:
    rows = measured(model, wice(tmp_path, "not_supported", "partially_supported"))
    assert [test for test, score in rows if score == "the check"] == [
        "WiCE: supported / not supported",
        "WiCE: supported / partially or not",
    ]
    uneven = rows["WiCE: supported / partially or not", "the check"]
    assert (uneven["claims"], uneven["supported"]) == (18, 6)
    assert uneven["auc"] > 0.9


def test_only_a_score_with_a_threshold_of_its_own_has_an_accuracy_at_it(model: EmbeddingModel, tmp_path: Path) -> None:
    rows = measured(model, wice(tmp_path, "not_supported"))
    for (_, score), row in rows.items():
        assert (row["accuracy"] is None) == (score in ("words shared", "similarity"))
        assert (row["median_ms"] is None) == (score != "the check")
        assert 0 <= row["best_balanced"] <= 1


def test_the_same_files_give_the_same_figures(model: EmbeddingModel, tmp_path: Path) -> None:
    def figures() -> list[dict[str, Any]]:
        return [row | {"median_ms": None} for row in evaluate_grounding([scifact(tmp_path)], model.embed).rows]

    assert figures() == figures()


def test_files_of_both_formats_are_told_apart_and_those_of_one_are_taken_together(
    model: EmbeddingModel, tmp_path: Path
) -> None:
    (tmp_path / "more").mkdir()
    rows = measured(model, scifact(tmp_path), wice(tmp_path, "not_supported"), wice(tmp_path / "more", "not_supported"))
    assert rows["WiCE: supported / not supported", "similarity"]["claims"] == 24
    assert rows["SciFact rationale: supported / unrelated", "similarity"]["claims"] == 12


def test_the_report_as_json_says_what_the_weights_were_fitted_on(model: EmbeddingModel, tmp_path: Path) -> None:
    report = json.loads(json.dumps(evaluate_grounding([wice(tmp_path, "not_supported")], model.embed).to_dict()))
    assert len(report["rows"]) == len(SCORES)
    assert "other folds" in report["note"]


def test_the_abstracts_of_scifact_as_its_authors_give_them_are_read(model: EmbeddingModel, tmp_path: Path) -> None:
    path = scifact(tmp_path)
    documents = [{"doc_id": place, "title": "", "abstract": [FILLER, told]} for place, (told, *_) in enumerate(FACTS)]
    write(tmp_path / "corpus.jsonl", documents)
    assert len(evaluate_grounding([path], model.embed).rows) == 16


# ---- what cannot be read


WICE = {"claim": "Gulls eat.", "label": "supported", "evidence": ["Gulls eat."]}
SCIFACT = {"id": 1, "claim": "Gulls eat.", "evidence": {"0": [{"label": "SUPPORT", "sentences": [0]}]}}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (WICE, "{"),
        (WICE, "[]"),
        (WICE, WICE | {"label": "perhaps"}),
        (WICE, WICE | {"label": None}),
        (WICE, WICE | {"evidence": "Gulls eat."}),
        (WICE, WICE | {"evidence": [5]}),
        (WICE, WICE | {"claim": ""}),
        (WICE, SCIFACT),
        (SCIFACT, WICE),
        (SCIFACT, SCIFACT | {"claim": 5}),
        (SCIFACT, SCIFACT | {"evidence": {"0": []}}),
        (SCIFACT, SCIFACT | {"evidence": {"0": [{"label": "MAYBE", "sentences": [0]}]}}),
        (SCIFACT, SCIFACT | {"evidence": {"0": [{"label": "SUPPORT", "sentences": []}]}}),
        (SCIFACT, SCIFACT | {"evidence": {"0": [{"label": "SUPPORT", "sentences": ["a"]}]}}),
        (SCIFACT, SCIFACT | {"evidence": {"0": [{"label": "SUPPORT", "sentences": [7]}]}}),
        (SCIFACT, SCIFACT | {"evidence": {"gone": [{"label": "SUPPORT", "sentences": [0]}]}}),
    ],
)
def test_a_line_that_is_no_claim_is_named(model: EmbeddingModel, tmp_path: Path, first: Any, second: Any) -> None:
    scifact(tmp_path)
    path = write(tmp_path / "bad.jsonl", [first, second])
    with pytest.raises(SourceError, match=r"bad\.jsonl', line 2, ") as failure:
        evaluate_grounding([path], model.embed)
    assert is_one_sentence(str(failure.value))


@pytest.mark.parametrize(
    ("text", "said"),
    [("", "holds no claim"), (json.dumps(SCIFACT | {"evidence": {}}), "no claim with evidence"), ("5", "line 1, ")],
)
def test_a_file_without_claims_is_refused(model: EmbeddingModel, tmp_path: Path, text: str, said: str) -> None:
    scifact(tmp_path)
    with pytest.raises(SourceError, match=said) as failure:
        evaluate_grounding([write(tmp_path / "bad.jsonl", [text])], model.embed)
    assert is_one_sentence(str(failure.value))


def test_too_few_claims_are_refused(model: EmbeddingModel, tmp_path: Path) -> None:
    path = write(tmp_path / "few.jsonl", [WICE, WICE | {"label": "not_supported"}])
    with pytest.raises(SourceError, match="holds 1 documents with supported claims") as failure:
        evaluate_grounding([path], model.embed)
    assert is_one_sentence(str(failure.value))


def test_missing_files_are_named(model: EmbeddingModel, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"gone\.jsonl"):
        evaluate_grounding([tmp_path / "gone.jsonl"], model.embed)
    path = scifact(tmp_path)
    (tmp_path / "corpus.jsonl").unlink()
    with pytest.raises(SourceError, match=r"corpus\.jsonl"):
        evaluate_grounding([path], model.embed)


def test_a_file_that_is_no_text_is_refused(model: EmbeddingModel, tmp_path: Path) -> None:
    path = tmp_path / "claims.jsonl"
    path.write_bytes(b"\xff\xfe\x00\x81")
    with pytest.raises(SourceError, match="cannot be read"):
        evaluate_grounding([path], model.embed)
