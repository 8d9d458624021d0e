"""What readers thought of answers, and how it becomes questions that ``papertalk eval`` asks again."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from assistant.answers import History, Intent
from assistant.conversations.database import Database
from assistant.conversations.stored_answers import turns_of
from assistant.sqlite_file import read, written


@dataclass(frozen=True, slots=True)
class Feedback:
    """Whether a reader found an answer useful; ``reason`` is in the reader's words, or empty."""

    useful: bool
    reason: str
    at: datetime

    def to_dict(self) -> dict[str, Any]:
        return {"useful": self.useful, "reason": self.reason, "at": written(self.at)}


@dataclass(frozen=True, slots=True)
class Rated:
    """An answer with its feedback. ``answer`` is ``Answer.to_dict()``; ``history`` is what the question leaned on."""

    conversation: str
    number: int
    library: str
    question: str
    answer: Mapping[str, Any]
    history: History
    feedback: Feedback

    def to_dict(self) -> dict[str, Any]:
        return {
            "conversation": self.conversation,
            "number": self.number,
            "library": self.library,
            "question": self.question,
            **self.feedback.to_dict(),
            "answer": dict(self.answer),
        }

    def to_question(self) -> dict[str, Any]:
        """The question as evaluation reads it. Where the answer was useful, the papers that it cites are gold and so is
        whether it was answered; where it was not, nothing is known of a right answer, and no gold is given.

        Neither names the conversation, whose id would open it.
        """
        row: dict[str, Any] = {"question": self.question, "history": list(self.history)}
        if self.feedback.useful:
            titles = (citation["paper"]["title"] for citation in self.answer["citations"])
            row |= {"kind": _kind(self.answer), "gold_papers": list(dict.fromkeys(titles))}
        return row | ({"reason": self.feedback.reason} if self.feedback.reason else {})


def feedback_of(useful: int, reason: str, at: str) -> Feedback:
    """Out of the columns of the file."""
    return Feedback(bool(useful), reason, read(at))


def rated(database: Database, library: str | None, useful: bool | None, turns: int) -> Sequence[Rated]:
    """What was said of answers about a library, or all, newest first; with ``useful``, the one kind alone. Each comes
    with the last ``turns`` questions before it."""
    rows = database.rows(
        """SELECT conversation, number, library, question, answer, useful, reason, feedback.at
        FROM feedback JOIN exchanges USING (conversation, number) JOIN conversations ON id = conversation
        WHERE (:library IS NULL OR library = :library) AND (:useful IS NULL OR useful = :useful)
        ORDER BY feedback.at DESC, feedback.rowid DESC""",
        {"library": library, "useful": useful},
    )
    before = _exchanges_before(database, turns)
    return [
        Rated(
            conversation=conversation,
            number=number,
            library=about,
            question=question,
            answer=json.loads(answer),
            history=turns_of(before[conversation, number]),
            feedback=feedback_of(*said),
        )
        for conversation, number, about, question, answer, *said in rows
    ]


def _exchanges_before(database: Database, turns: int) -> Mapping[tuple[str, int], list[tuple[str, str]]]:
    """By conversation and number of an answer that was rated: the last ``turns`` questions before it, each with its
    answer as told."""
    before = defaultdict[tuple[str, int], list[tuple[str, str]]](list)
    rows = database.rows(
        """SELECT rated.conversation, rated.number, earlier.question, earlier.told
        FROM feedback AS rated JOIN exchanges AS earlier ON earlier.conversation = rated.conversation
            AND earlier.number BETWEEN rated.number - :turns AND rated.number - 1
        ORDER BY earlier.number""",
        {"turns": turns},
    )
    for conversation, number, question, told in rows:
        before[conversation, number].append((question, told))
    return before


def as_questions(rated: Iterable[Rated]) -> str:
    """JSON Lines in ASCII, oldest first; what several readers say alike is one line."""
    in_order = sorted(rated, key=lambda one: one.feedback.at)
    lines = dict.fromkeys(json.dumps(one.to_question()) for one in in_order)
    return "".join(f"{line}\n" for line in lines)


_KINDS: Mapping[Intent, str] = {
    "list": "list",
    "count": "count",
    "trend": "trend",
    "who": "author",
    "compare": "compare",
    "about_assistant": "about_assistant",
}


def _kind(answer: Mapping[str, Any]) -> str:
    """Evaluation's word for a question that is rightly answered so."""
    intent = answer["plan"]["intent"]
    if not answer["answered"]:
        return "offtopic" if intent == "off_topic" else "unanswerable"
    if intent != "about_assistant" and answer["standalone_question"] != answer["question"]:
        return "followup"
    return _KINDS.get(intent, "question")
