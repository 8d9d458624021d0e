"""Questions with gold -> figures: right, facts, citation recall and precision, quotes, abstention, latency.

A question is a line of JSON: ``question``, ``kind``, ``history``, ``gold_papers`` (titles; a right answer cites one),
``acceptable_papers`` (may be cited too), ``must_include`` (of each inner list one must be in the text or the table),
``must_not_include``. For the kinds `unanswerable` and `offtopic` the right answer is not to answer.
"""

from __future__ import annotations

import json
import math
import re
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from assistant.answers import Answer, Intent, Turn
from assistant.api import Assistant
from assistant.errors import SourceError

DECLINED = ("unanswerable", "offtopic")
INTENTS: dict[str, tuple[Intent, ...]] = {
    "list": ("list",),
    "trend": ("trend", "count"),
    "count": ("count",),
    "author": ("who", "list", "count"),
    "compare": ("compare",),
    "offtopic": ("off_topic",),
    "about_assistant": ("about_assistant",),
    "unanswerable": ("look_up", "who", "off_topic"),
    "followup": ("look_up", "compare", "who", "list", "count", "trend"),
}
"""The intents that are right for a kind of question; for all other kinds, to look up. A number of things in one year is
a count as well as a trend, a person's papers are a list as well as an answer to "who"."""


@dataclass(frozen=True, slots=True)
class Question:
    question: str
    kind: str
    history: tuple[Turn, ...] = ()
    gold_papers: tuple[str, ...] = ()
    acceptable_papers: tuple[str, ...] = ()
    must_include: tuple[tuple[str, ...], ...] = ()
    must_not_include: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Graded:
    """One question with its answer; ``recall`` and ``precision`` are None where no paper is gold, or none is cited."""

    question: Question
    answer: Answer
    right: bool
    facts: float
    found: bool
    recall: float | None
    precision: float | None
    quotes_exact: bool
    intent_right: bool

    def to_dict(self) -> dict[str, Any]:
        return {
            "kind": self.question.kind,
            "right": self.right,
            "intent_right": self.intent_right,
            "facts": self.facts,
            "recall": self.recall,
            "precision": self.precision,
            "gold_papers": list(self.question.gold_papers),
            "must_include": [list(group) for group in self.question.must_include],
            "answer": self.answer.to_dict(),
        }


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of one kind of question; shares in [0, 1], times in milliseconds."""

    kind: str
    questions: int
    right: float
    intent_right: float
    facts: float | None
    found_first_five: float | None
    citation_recall: float | None
    citation_precision: float | None
    quotes_exact: float
    abstained: float
    median_ms: float
    p95_ms: float

    def to_dict(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(slots=True)
class EvaluationReport:
    graded: list[Graded] = field(default_factory=list)

    def table(self) -> list[dict[str, Any]]:
        """A row a kind, then ``answerable`` and ``overall``."""
        kinds = list(dict.fromkeys(row.question.kind for row in self.graded))
        rows = [_figures(kind, [g for g in self.graded if g.question.kind == kind]) for kind in kinds]
        answerable = [g for g in self.graded if g.question.kind not in DECLINED]
        if answerable and len(answerable) < len(self.graded):
            rows.append(_figures("answerable", answerable))
        rows.append(_figures("overall", self.graded))
        return [row.to_dict() for row in rows]

    def to_dict(self) -> dict[str, Any]:
        return {"kinds": self.table()}


def load_questions(path: Path) -> list[Question]:
    """
    Raises:
        SourceError: the file is missing, or a line of it is no question; names the line.
    """
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(f"The questions {str(path)!r} cannot be read: {error}.") from error
    questions = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            questions.append(_question(json.loads(line)))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            reason = f"{error} is missing" if isinstance(error, KeyError) else str(error)
            raise SourceError(
                f"{str(path)!r}, line {number}, is no question: {reason}; each line is a JSON object with 'question'."
            ) from error
    if not questions:
        raise SourceError(f"{str(path)!r} holds no question; each line is a JSON object with 'question' and 'kind'.")
    return questions


def _question(row: Any) -> Question:
    if not isinstance(row, dict):
        raise TypeError("it holds no object")
    asked = row["question"]
    if not isinstance(asked, str) or not asked.strip():
        raise TypeError("'question' is no text")
    history = row.get("history") or ()
    for turn in history:
        if turn["role"] not in ("user", "assistant") or not isinstance(turn["content"], str):
            raise TypeError("'history' is no list of turns with 'role' and 'content'")
    groups = row.get("must_include") or ()
    if not isinstance(groups, (list, tuple)):
        raise TypeError("'must_include' is no list")
    return Question(
        question=asked,
        kind=str(row.get("kind", "question")),
        history=tuple(history),
        gold_papers=_texts(row.get("gold_papers"), "gold_papers"),
        acceptable_papers=_texts(row.get("acceptable_papers"), "acceptable_papers"),
        must_include=tuple(_texts(group, "must_include") for group in groups),
        must_not_include=_texts(row.get("must_not_include"), "must_not_include"),
    )


def _texts(value: Any, name: str) -> tuple[str, ...]:
    """A text alone would be taken for a list of its letters, each found in any answer."""
    if not isinstance(value or [], list) or not all(isinstance(item, str) for item in value or ()):
        raise TypeError(f"{name!r} holds {value!r} where a list of texts is wanted")
    return tuple(value or ())


def evaluate(assistant: Assistant, questions: Path, output: Path | None = None) -> EvaluationReport:
    """Ask every question; with ``output``, keep every answer there as JSON lines.

    Raises:
        SourceError: the questions cannot be read, or the output cannot be written.
    """
    rows = load_questions(questions)
    assistant.ask(rows[0].question)  # the first question also loads what later ones find warm
    report = EvaluationReport([grade(row, assistant.ask(row.question, history=row.history)) for row in rows])
    if output is not None:
        lines = (json.dumps(graded.to_dict(), ensure_ascii=False) for graded in report.graded)
        try:
            output.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
        except OSError as error:
            raise SourceError(f"The answers cannot be written to {str(output)!r}: {error.strerror}.") from error
    return report


def grade(question: Question, answer: Answer) -> Graded:
    text = answer.text + "\n" + json.dumps(answer.table or (), ensure_ascii=False)
    hits = [any(matches(text, alternative) for alternative in group) for group in question.must_include]
    trapped = any(matches(text, trap) for trap in question.must_not_include)
    cited = {_folded(citation.paper.title) for citation in answer.citations}
    gold = {_folded(title) for title in question.gold_papers}
    welcome = gold | {_folded(title) for title in question.acceptable_papers}
    looked = cited | {_folded(paper.title) for paper in answer.closest[:5]}
    if question.kind in DECLINED:
        right = not answer.answered and not trapped
    else:
        right = answer.answered and all(hits) and not trapped and (not gold or bool(gold & cited))
    return Graded(
        question=question,
        answer=answer,
        right=right,
        facts=sum(hits) / len(hits) if hits else 1.0,
        found=bool(gold & looked),
        recall=len(gold & cited) / len(gold) if gold else None,
        precision=len(cited & welcome) / len(cited) if cited and welcome else None,
        quotes_exact=all(c.paper.text[c.start : c.end] == c.quote for c in answer.citations),
        intent_right=answer.plan.intent in INTENTS.get(question.kind, ("look_up",)),
    )


_ALIKE = str.maketrans("−‑\u202f\u00a0’", "--  '")


def matches(text: str, alternative: str) -> bool:
    """Whether a fact is in a text, case aside; a bare number stands whole, a short abbreviation as a word."""
    plain = text.lower().translate(_ALIKE)
    wanted = alternative.lower()
    if re.fullmatch(r"[\d.,]+%?", wanted):
        tail = "" if wanted.endswith("%") else r"(?!\d)(?![.,]\d)"
        return re.search(r"(?<!\d)(?<!\d[.,])" + re.escape(wanted) + tail, plain) is not None
    if re.fullmatch(r"[A-Z]{2,4}", alternative):
        return re.search(rf"(?<![a-z]){re.escape(wanted)}s?(?![a-z])", plain) is not None
    return wanted in plain


def _folded(title: str) -> str:
    return " ".join(title.casefold().split())


def _figures(kind: str, rows: Sequence[Graded]) -> Figures:
    times = sorted(row.answer.timings_ms.get("total", 0.0) for row in rows)
    return Figures(
        kind=kind,
        questions=len(rows),
        right=_mean(row.right for row in rows) or 0.0,
        intent_right=_mean(row.intent_right for row in rows) or 0.0,
        facts=_mean(row.facts for row in rows if row.question.kind not in DECLINED),
        found_first_five=_mean(row.found for row in rows if row.question.gold_papers),
        citation_recall=_mean(row.recall for row in rows if row.recall is not None),
        citation_precision=_mean(row.precision for row in rows if row.precision is not None),
        quotes_exact=_mean(row.quotes_exact for row in rows) or 0.0,
        abstained=_mean(not row.answer.answered for row in rows) or 0.0,
        median_ms=statistics.median(times),
        p95_ms=times[min(len(times) - 1, math.ceil(0.95 * len(times)) - 1)],
    )


def _mean(values: Iterable[float | bool]) -> float | None:
    kept = [float(value) for value in values]
    return sum(kept) / len(kept) if kept else None
