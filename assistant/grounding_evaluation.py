"""How well sentences are checked: the claims of SciFact and of WiCE against their passages -> AUC and accuracy.

Of SciFact (Wadden et al., 2020; ``claims_train.jsonl``, its abstracts in ``corpus.jsonl`` beside it) a passage is the
gold rationale, or the whole abstract; of WiCE (Kamoi et al., 2023; ``claim_dev.jsonl``) the whole evidence. The check
is measured as it is, and beside it, in the same run, its logistic model refitted, the words shared and the similarity.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, Literal

from assistant.errors import SourceError
from assistant.grounding.grounder import FEATURES, Claim, Embed, Grounder, Source
from assistant.papers import ABSTRACT, TITLE, Paper, Section
from assistant.passages import split_sentences
from assistant.words import content_words, stem

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from vectorstore.embeddings import Vectors

    Floats = npt.NDArray[np.float64]
    Flags = npt.NDArray[np.bool_]
    Places = npt.NDArray[np.intp]

_SEED = 0
_FOLDS = 5
_CORPUS = "corpus.jsonl"
NOTE = (
    "'the check' is what answers use; the weights of its logistic model were fitted on SciFact's training claims and "
    "WiCE's development claims, so that on those files its figures are of data it knows. 'the check, refitted' "
    "fits that model on the other folds of the same claims alone, and knows none of those that it is measured on. "
    "'best' columns use the threshold that is best on the other folds."
)
"""What a reader of the figures has to know."""

Label = Literal["supported", "contradicted", "unrelated", "partially supported", "not supported"]
_SCIFACT: Mapping[str, Label] = {"SUPPORT": "supported", "CONTRADICT": "contradicted"}
_WICE: Mapping[str, Label] = {
    "supported": "supported",
    "partially_supported": "partially supported",
    "not_supported": "not supported",
}


@dataclass(frozen=True, slots=True)
class Figures:
    """One score on one test: ``supported`` of ``claims`` are, the others are not.

    ``accuracy`` and ``balanced`` (the mean of both classes' recall) are those at the score's own threshold, None where
    it has none; ``best_accuracy`` and ``best_balanced`` are those at the threshold that is best on the other four of
    five folds. ``median_ms`` is what a claim takes beside the embedding.
    """

    test: str
    score: str
    claims: int
    supported: int
    auc: float
    accuracy: float | None
    balanced: float | None
    best_accuracy: float
    best_balanced: float
    median_ms: float | None


@dataclass(frozen=True, slots=True)
class GroundingReport:
    figures: tuple[Figures, ...]
    note: str = NOTE

    @property
    def rows(self) -> list[dict[str, Any]]:
        """A row a score of each test."""
        return [asdict(figures) for figures in self.figures]

    def to_dict(self) -> dict[str, Any]:
        return {"rows": self.rows, "note": self.note}


def evaluate_grounding(paths: Sequence[Path], embed: Embed) -> GroundingReport:
    """Check every claim of files in either format; files of one format are taken together.

    Raises:
        SourceError: a file cannot be read, a line of it is no claim, or it holds too few; names the file and line.
    """
    examples = [example for path in paths for example in _read(path)]
    tests = [test for test in _tests(examples) if test.examples]
    for test in tests:
        test.check(paths)
    if not tests:
        raise SourceError(f"{_listed(paths)} holds no claim with evidence; give SciFact's or WiCE's claims.")
    remembered = _Remembered(embed)
    measured = {example: _measure(example, remembered) for test in tests for example in test.examples}
    return GroundingReport(
        tuple(row for test in tests for row in _figures(test, [measured[example] for example in test.examples]))
    )


# ---- claims and passages


@dataclass(frozen=True, slots=True)
class _Example:
    """A claim with one passage. Those that share a ``group`` are of one document, and fall into one fold."""

    collection: str
    claim: str
    label: Label
    source: Source
    group: str


@dataclass(frozen=True, slots=True)
class _Test:
    name: str
    examples: tuple[_Example, ...]

    def check(self, paths: Sequence[Path]) -> None:
        """
        Raises:
            SourceError: there are too few claims of a class to divide them.
        """
        for flag in (True, False):
            count = len({example.group for example in self.examples if (example.label == "supported") is flag})
            if count < _FOLDS:
                kind = "supported" if flag else "unsupported"
                raise SourceError(
                    f"{_listed(paths)} holds {count} documents with {kind} claims, fewer than the {_FOLDS} that "
                    f"{self.name!r} takes; give a larger file."
                )


def _listed(paths: Iterable[Path]) -> str:
    return ", ".join(repr(str(path)) for path in paths)


def _tests(examples: Sequence[_Example]) -> Iterator[_Test]:
    """The supported claims of a collection against each kind of others."""
    against: Sequence[tuple[str, tuple[Label, ...]]] = (
        ("contradicted", ("contradicted",)),
        ("unrelated", ("unrelated",)),
        ("not supported", ("not supported",)),
        ("partially or not", ("partially supported", "not supported")),
    )
    for collection in dict.fromkeys(example.collection for example in examples):
        rows = [example for example in examples if example.collection == collection]
        for name, labels in against:
            others = [example for example in rows if example.label in labels]
            supported = [example for example in rows if example.label == "supported"]
            if {example.label for example in others} == set(labels):
                yield _Test(f"{collection}: supported / {name}", (*supported, *others))


def _read(path: Path) -> list[_Example]:
    """The claims of a file in either format."""
    rows = list(_lines(path))
    if not rows:
        raise SourceError(f"{str(path)!r} holds no claim; give SciFact's or WiCE's claims.")
    if isinstance(rows[0][1].get("evidence"), dict):
        return _scifact(path, rows)
    return [_wice(path, number, row) for number, row in rows]


def _lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """The objects of a file of JSON lines, each with its number."""
    try:
        with path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    yield number, _object(path, number, line)
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(f"The claims {str(path)!r} cannot be read: {error}.") from error


def _object(path: Path, number: int, line: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except ValueError as error:
        raise _bad(path, number, str(error)) from error
    if not isinstance(row, dict):
        raise _bad(path, number, "it holds no object")
    return row


def _bad(path: Path, number: int, reason: str) -> SourceError:
    return SourceError(
        f"{str(path)!r}, line {number}, is none of SciFact's or WiCE's: {reason}; give their files as they come."
    )


def _text(path: Path, number: int, row: Mapping[str, Any], name: str) -> str:
    if not isinstance(row.get(name), str) or not row[name].strip():
        raise _bad(path, number, f"{name!r} is no text")
    return str(row[name])


def _passage(title: str, body: str) -> Source:
    """A text as the one section of a paper."""
    head = f"{title}\n\n" if title else ""
    sections = (Section(TITLE, 0, len(title)), Section(ABSTRACT, len(head), len(head) + len(body)))
    return Source(Paper("", title, head + body, sections), ABSTRACT, len(head), len(head) + len(body))


# WiCE


def _wice(path: Path, number: int, row: Mapping[str, Any]) -> _Example:
    evidence, label = row.get("evidence"), str(row.get("label"))
    if not isinstance(evidence, list) or not all(isinstance(sentence, str) for sentence in evidence):
        raise _bad(path, number, "'evidence' is neither SciFact's nor a list of sentences")
    if label not in _WICE:
        raise _bad(path, number, f"'label' is {label!r}")
    source = _passage("", "\n\n".join(sentence for sentence in evidence if sentence.strip()))
    return _Example("WiCE", _text(path, number, row, "claim"), _WICE[label], source, f"{path}:{number}")


# SciFact


@dataclass(frozen=True, slots=True)
class _Rationale:
    """A claim, a document, and the sentences of it that decide."""

    number: int
    claim: str
    document: str
    label: Label
    sentences: tuple[int, ...]


def _scifact(path: Path, rows: Sequence[tuple[int, Mapping[str, Any]]]) -> list[_Example]:
    """Each rationale, its abstract, and the same of another claim; claims without evidence are left out."""
    rationales = [found for number, row in rows for found in _rationales(path, number, row)]
    documents = _documents(path.with_name(_CORPUS), {row.document for row in rationales})
    for row in rationales:
        if len(documents.get(row.document, ("", ()))[1]) <= max(row.sentences):
            raise _bad(path, row.number, f"{_CORPUS!r} beside it holds no such sentence of document {row.document}")
    chance = random.Random(_SEED)
    examples: list[_Example] = []
    for row in rationales:
        examples += _both(row, row, row.label, documents)
        others = [other for other in rationales if other.document != row.document]
        if row.label == "supported" and others:
            examples += _both(row, chance.choice(others), "unrelated", documents)
    return examples


def _both(
    row: _Rationale, other: _Rationale, label: Label, documents: Mapping[str, tuple[str, Sequence[str]]]
) -> Iterator[_Example]:
    """A claim with the rationale and with the abstract of its own document or another."""
    title, sentences = documents[other.document]
    told = " ".join(sentences[place] for place in other.sentences)
    yield _Example("SciFact rationale", row.claim, label, _passage(title, told), row.document)
    yield _Example("SciFact abstract", row.claim, label, _passage(title, " ".join(sentences)), row.document)


def _rationales(path: Path, number: int, row: Mapping[str, Any]) -> Iterator[_Rationale]:
    evidence = row.get("evidence")
    if not isinstance(evidence, dict):
        raise _bad(path, number, "'evidence' is not by document")
    claim = _text(path, number, row, "claim")
    for document, sets in evidence.items():
        try:
            label = _SCIFACT[sets[0]["label"]]
            places = sorted({int(place) for one in sets for place in one["sentences"]})
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise _bad(path, number, f"the evidence of document {document} is no list of rationales") from error
        if not places or places[0] < 0:
            raise _bad(path, number, f"the evidence of document {document} names no sentence")
        yield _Rationale(number, claim, str(document), label, tuple(places))


def _documents(path: Path, wanted: set[str]) -> dict[str, tuple[str, Sequence[str]]]:
    """The titles and sentences of the documents that are needed, by id; the file is read line by line."""
    found: dict[str, tuple[str, Sequence[str]]] = {}
    for number, row in _lines(path):
        identifier = str(row.get("_id", row.get("doc_id")))
        if identifier not in wanted:
            continue
        sentences = row.get("sentences", row.get("abstract"))
        if not isinstance(sentences, list) or not all(isinstance(sentence, str) for sentence in sentences):
            raise _bad(path, number, "the abstract is no list of sentences")
        found[identifier] = (str(row.get("title") or ""), sentences)
    return found


# ---- scores


class _Remembered:
    """Embeds each text once, so that time is measured beside the embedding."""

    def __init__(self, embed: Embed) -> None:
        self._embed = embed
        self._vectors: dict[str, Vectors] = {}

    def __call__(self, texts: Sequence[str]) -> Vectors:
        import numpy as np

        new = [text for text in dict.fromkeys(texts) if text not in self._vectors]
        if new:
            self._vectors.update(zip(new, self._embed(new), strict=True))
        stacked: Vectors = np.stack([self._vectors[text] for text in texts])
        return stacked


@dataclass(frozen=True, slots=True)
class _Measured:
    """What one claim and its passage score."""

    supported: bool
    score: float
    features: tuple[float, ...]
    overlap: float
    milliseconds: float


def _measure(example: _Example, embed: Embed) -> _Measured:
    features = Grounder([example.source], embed).features(example.claim, (0,))
    started = time.perf_counter()
    verdict = Grounder([example.source], embed).check(Claim(example.claim, (0,)))
    taken = 1000 * (time.perf_counter() - started)
    return _Measured(verdict.supported, verdict.score, features, _overlap(example), taken)


def _overlap(example: _Example) -> float:
    """The share of the claim's content words, by stem, that one sentence or two in a row hold at most."""
    claim = _stems(example.claim)
    passage = example.source.paper.text[example.source.start : example.source.end]
    sentences = [_stems(passage[start:end]) for start, end in split_sentences(passage)]
    runs = [*sentences, *(one | other for one, other in pairwise(sentences))]
    return max((len(claim & run) / len(claim) for run in runs), default=0.0) if claim else 0.0


def _stems(text: str) -> frozenset[str]:
    return frozenset(stem(word) for word in content_words(text))


# ---- figures


def _figures(test: _Test, measured: Sequence[_Measured]) -> Iterator[Figures]:
    """Every score on one test."""
    import numpy as np

    labels = np.array([example.label == "supported" for example in test.examples])
    folds = _divide(labels, [example.group for example in test.examples])
    features = np.array([row.features for row in measured])
    scores = {
        "the check": np.array([row.score for row in measured]),
        "words shared": np.array([row.overlap for row in measured]),
        "similarity": features[:, FEATURES.index("similarity")],
    }
    by_fold = {name: np.tile(values, (len(folds), 1)) for name, values in scores.items()}
    by_fold["the check, refitted"] = _refitted(features, labels, folds)
    decided = {
        "the check": np.array([row.supported for row in measured]),
        "the check, refitted": _held_out(by_fold["the check, refitted"], folds) >= 0.5,
    }
    milliseconds = median(row.milliseconds for row in measured)
    for name in ("the check", "the check, refitted", "words shared", "similarity"):
        own = decided.get(name)
        yield Figures(
            test=test.name,
            score=name,
            claims=len(labels),
            supported=int(labels.sum()),
            auc=_auc(_held_out(by_fold[name], folds), labels),
            accuracy=None if own is None else _agreement(own, labels, _weights(labels, balanced=False)),
            balanced=None if own is None else _agreement(own, labels, _weights(labels, balanced=True)),
            best_accuracy=_at_best(by_fold[name], labels, folds, balanced=False),
            best_balanced=_at_best(by_fold[name], labels, folds, balanced=True),
            median_ms=milliseconds if name == "the check" else None,
        )


def _divide(labels: Flags, groups: Sequence[str]) -> list[Places]:
    """Five folds, both classes alike in each; a document is in one alone."""
    import numpy as np
    from sklearn.model_selection import StratifiedGroupKFold

    folds = StratifiedGroupKFold(_FOLDS, shuffle=True, random_state=_SEED)
    return [held_out for _, held_out in folds.split(np.zeros(len(labels)), labels, groups)]


def _refitted(features: Floats, labels: Flags, folds: Sequence[Places]) -> Floats:
    """Shape ``(folds, claims)``: what a logistic model gives that was fitted on the other folds."""
    import numpy as np
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    rows = []
    for held_out in folds:
        others = np.setdiff1d(np.arange(len(labels)), held_out)
        model = make_pipeline(StandardScaler(), LogisticRegression(class_weight="balanced", max_iter=1000))
        rows.append(model.fit(features[others], labels[others]).predict_proba(features)[:, 1])
    return np.array(rows)


def _held_out(by_fold: Floats, folds: Sequence[Places]) -> Floats:
    """Shape ``(claims,)``: each claim's score by the model that does not know it."""
    import numpy as np

    scores = np.zeros(by_fold.shape[1])
    for row, held_out in zip(by_fold, folds, strict=True):
        scores[held_out] = row[held_out]
    return scores


def _at_best(by_fold: Floats, labels: Flags, folds: Sequence[Places], *, balanced: bool) -> float:
    """The accuracy on each fold at the threshold that is best on the others."""
    import numpy as np

    decided = np.zeros(len(labels), dtype=bool)
    for row, held_out in zip(by_fold, folds, strict=True):
        others = np.setdiff1d(np.arange(len(labels)), held_out)
        weights = _weights(labels[others], balanced=balanced)
        decided[held_out] = row[held_out] >= _best_threshold(row[others], labels[others], weights)
    return _agreement(decided, labels, _weights(labels, balanced=balanced))


def _best_threshold(scores: Floats, labels: Flags, weights: Floats) -> float:
    """The threshold at which most is decided rightly, by weight; in the middle between two scores."""
    import numpy as np

    values = np.unique(scores)
    thresholds = [values[0], *((values[1:] + values[:-1]) / 2), values[-1] + 1]
    return float(max(thresholds, key=lambda threshold: _agreement(scores >= threshold, labels, weights)))


def _weights(labels: Flags, *, balanced: bool) -> Floats:
    """What each claim counts: all alike, or both classes alike; they sum to 1."""
    import numpy as np

    weights = np.where(labels, 0.5 / labels.sum(), 0.5 / (~labels).sum()) if balanced else np.ones(len(labels))
    return np.asarray(weights / weights.sum())


def _agreement(decided: Flags, labels: Flags, weights: Floats) -> float:
    return float(weights[decided == labels].sum())


def _auc(scores: Floats, labels: Flags) -> float:
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(labels, scores))
