"""What a server of Papertalk and its client say to each other: each thing as JSON, and out of it again.

Both directions stand here, so that the two cannot drift apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

from assistant import errors
from assistant.analysis.facets import Facet
from assistant.analysis.people import CoAuthor, Person
from assistant.answers import (
    Answer,
    Chart,
    Doubted,
    Event,
    Evidence,
    Finished,
    Gathered,
    Plan,
    Planned,
    Restarted,
    TextDelta,
)
from assistant.conversations.stored_answers import papers_of_spans, plan_of, restored
from assistant.errors import AssistantError, Busy, EmbeddingMismatch, ModelError
from assistant.ingesting import IngestReport
from assistant.library import KnownSource
from assistant.merging import FieldOrigin
from assistant.overview.finding import Finding
from assistant.papers import Paper, Passage
from assistant.sources import Skipped, Unreadable
from assistant.sources.web.addresses import NO_HOST
from assistant.tables import Table
from assistant.taking_back import UndoReport

Row = dict[str, Any]
"""An object of JSON."""

# ---- an answer on its way


def event_row(event: Event) -> tuple[str, Row]:
    """The name of an event, as Server-Sent Events know it, and its data."""
    match event:
        case Planned(plan):
            return "planned", plan_row(plan)
        case Gathered(evidence):
            return "gathered", {"evidence": [evidence_row(one) for one in evidence]}
        case TextDelta(text):
            return "text", {"text": text}
        case Doubted(sentence, reason, length):
            return "doubted", {"sentence": sentence, "reason": reason, "length": length}
        case Restarted(reason):
            return "restarted", {"reason": reason}
        case Finished(answer):
            return "finished", {"answer": answer.to_dict()}


def event_of(name: str, row: Mapping[str, Any]) -> Event | None:
    """The event of that name; None for one that this version does not know."""
    match name:
        case "planned":
            return Planned(plan_of(row["question"], row))
        case "gathered":
            return Gathered(tuple(evidence_of(row["evidence"])))
        case "text":
            return TextDelta(row["text"])
        case "doubted":
            return Doubted(row["sentence"], row["reason"], row["length"])
        case "restarted":
            return Restarted(row["reason"])
        case "finished":
            return Finished(answer_of(row["answer"]))
    return None


def answer_of(row: Mapping[str, Any]) -> Answer:
    """Undo ``Answer.to_dict()``; a cited paper has of its text what is quoted, at its place."""
    return restored(row, {})


def plan_row(plan: Plan) -> Row:
    """All of a plan, as the first event of an answer has it; the answer itself holds less of it."""
    whole = {name: _listed(getattr(plan, name)) for name in (field.name for field in fields(plan))}
    return {**whole, "filters": plan.filters.to_dict()}


def evidence_row(evidence: Evidence) -> Row:
    paper = evidence.paper
    return {
        "paper": {
            "key": paper.key,
            "title": paper.title,
            "authors": [author.name for author in paper.authors],
            "authors_complete": paper.authors_complete,
            "year": paper.year,
        },
        "section": evidence.section,
        "page": paper.page_at(evidence.start),
        "quote": evidence.quote,
        "start": evidence.start,
        "end": evidence.end,
        "score": evidence.score,
        "url": paper.url,
    }


def evidence_of(rows: Sequence[Mapping[str, Any]]) -> Iterator[Evidence]:
    papers = papers_of_spans(rows, {})
    for row in rows:
        yield Evidence(papers[row["paper"]["key"]], row["section"], row["start"], row["end"], row["score"])


# ---- papers and what is computed of them


def facet_row(facet: Facet, paper: Paper) -> Row:
    """A facet with the words that show it."""
    named = {field.name: getattr(facet, field.name) for field in fields(facet)}
    return {**named, "quote": paper.text[facet.start : facet.end]}


def facet_of(row: Mapping[str, Any]) -> Facet:
    return Facet(**{field.name: row[field.name] for field in fields(Facet)})


def passage_row(passage: Passage) -> Row:
    return {
        "section": passage.section,
        "start": passage.start,
        "end": passage.end,
        "text": passage.text,
        "sentences": [list(span) for span in passage.sentences],
    }


def passage_of(row: Mapping[str, Any], key: str) -> Passage:
    """A passage of the paper of that key."""
    sentences = tuple((start, end) for start, end in row["sentences"])
    return Passage(key, row["section"], row["start"], row["end"], row["text"], sentences)


def origins_row(origins: Sequence[FieldOrigin]) -> Row:
    """By field, its value, the source that it is from, and what others say instead."""
    return {row.name: {"value": row.value, "from": row.origin, "others": dict(row.others)} for row in origins}


def origins_of(row: Mapping[str, Any]) -> list[FieldOrigin]:
    return [
        FieldOrigin(name, field["value"], field["from"], tuple(field["others"].items())) for name, field in row.items()
    ]


def source_of(row: Mapping[str, Any]) -> KnownSource:
    """Undo ``KnownSource.to_dict()``."""
    return KnownSource(**row)


def table_of(row: Mapping[str, Any]) -> Table:
    """Undo ``Table.to_dict()``."""
    rows = [dict(one) for one in row["rows"]]
    keys = tuple(tuple(one.pop("keys")) for one in rows)
    marks = tuple(tuple((place, key) for place, key in behind) for behind in row["marks"])
    return Table(row["title"], tuple(rows), keys, _chart_of(row["figure"]), marks)


def finding_row(finding: Finding) -> Row:
    return {
        "name": finding.name,
        "question": finding.question,
        "answer": finding.answer,
        "figure": finding.chart.to_plotly_json(),
        "rows": [dict(row) for row in finding.rows],
        "keys": [list(keys) for keys in finding.keys],
        "note": finding.note,
    }


def finding_of(row: Mapping[str, Any]) -> Finding:
    chart = row["figure"]
    return Finding(
        name=row["name"],
        question=row["question"],
        answer=row["answer"],
        chart=Chart(tuple(chart["data"]), chart["layout"]),
        rows=tuple(row["rows"]),
        keys=tuple(tuple(keys) for keys in row["keys"]),
        note=row["note"],
    )


def persons_of(row: Mapping[str, Any]) -> tuple[Person, ...]:
    """The persons of ``Namesakes.to_dict()``."""
    return tuple(
        Person(
            name=row["name"],
            number=person["number"],
            papers=tuple(person["papers"]),
            evidence=tuple(person["evidence"]),
            label=person["label"],
            decided=person["decided"],
        )
        for person in row["persons"]
    )


def coauthors_of(row: Mapping[str, Any]) -> tuple[CoAuthor, ...]:
    """The co-authors of ``Namesakes.to_dict()``."""
    return tuple(
        CoAuthor(other["name"], tuple(other["papers"]), other["first"], other["last"]) for other in row["coauthors"]
    )


def _chart_of(row: Mapping[str, Any] | None) -> Chart | None:
    return None if row is None else Chart(tuple(row["data"]), row["layout"])


# ---- reports


def report_of(row: Mapping[str, Any]) -> IngestReport:
    """Undo ``IngestReport.to_dict()``."""
    given = {field.name: list(row[field.name]) for field in fields(IngestReport)}
    given["skipped"] = [Skipped(**part) for part in row["skipped"]]
    given["unreadable"] = [Unreadable(**part) for part in row["unreadable"]]
    return IngestReport(**given)


def undo_report_of(row: Mapping[str, Any]) -> UndoReport:
    """Undo ``UndoReport.to_dict()``."""
    return UndoReport(**{field.name: row[field.name] for field in fields(UndoReport)})


# ---- errors

PROBLEMS = "/problems/"
"""How the ``type`` of a problem begins (RFC 9457)."""


def problem_type(kind: type[AssistantError]) -> str:
    """``/problems/paper-not-found`` for :class:`~assistant.errors.PaperNotFound`."""
    return PROBLEMS + re.sub(r"(?<=[a-z])(?=[A-Z])", "-", kind.__name__).lower()


_HTTP_PROBLEMS = {
    400: "bad-request",
    401: "unauthorized",
    403: "forbidden",
    404: "not-found",
    405: "method-not-allowed",
    408: "request-timeout",
    413: "content-too-large",
    414: "uri-too-long",
    415: "unsupported-media-type",
    431: "request-header-fields-too-large",
    503: "service-unavailable",
}
"""Problems that a status of HTTP says enough of. They stand here because the phrases of ``http.HTTPStatus`` change with
the version of Python, and a type must not."""
_OTHER = "http-error"

OTHER_PROBLEMS = ("invalid-request", "internal-error", "not-ready", "stopping", *_HTTP_PROBLEMS.values(), _OTHER)
"""The types beside those of this package's exceptions."""


def http_problem(status: int) -> tuple[str, str]:
    """The type and the title of the problem that a status of HTTP is."""
    name = _HTTP_PROBLEMS.get(status, _OTHER)
    return f"{PROBLEMS}{name}", name.replace("-", " ").capitalize().replace("Uri", "URI").replace("Http", "HTTP")


def title_of(kind: type[AssistantError]) -> str:
    """``Paper not found``: the same for every problem of one type."""
    return problem_type(kind).removeprefix(PROBLEMS).replace("-", " ").capitalize()


def error_of(problem: Mapping[str, Any], retry_after: int | None = None) -> AssistantError:
    """The exception that a problem tells of; of a type that is none of this package's, its base."""
    kind = _KINDS.get(str(problem.get("type")), AssistantError)
    sentence = str(problem.get("detail") or problem.get("title") or "The server did not say what went wrong.")
    if kind is Busy:
        return Busy(sentence, retry_after or 1)
    if kind is ModelError:
        return ModelError(sentence, retryable=problem.get("status") == 503)
    if kind is EmbeddingMismatch:  # made of two names, of which the sentence alone is told
        return errors.LibraryError(sentence)
    return kind(sentence)


def _kinds(base: type[AssistantError]) -> Iterator[type[AssistantError]]:
    yield base
    for kind in base.__subclasses__():
        if kind.__module__ == errors.__name__:
            yield from _kinds(kind)


_KINDS = {problem_type(kind): kind for kind in _kinds(AssistantError)} | {
    f"{PROBLEMS}invalid-request": errors.QuestionError,
    f"{PROBLEMS}unauthorized": errors.AccessError,
    f"{PROBLEMS}forbidden": errors.AccessError,
}

# ---- where things are

_QUOTED = re.compile(r"(['\"])~?/[^'\"]*?([^/'\"]*)\1")
_PLACE = re.compile(r"^~?/(?:[^:,]*/)?")
_BARE = re.compile(r"(?<![\w.:/\\<-])~?/(?:[^\s/'\":,;()<>]+/)+")


def holds_path(text: str) -> bool:
    """Whether a text names a place in a file system from its root on."""
    return without_folders(text) != text


def without_folders(text: str) -> str:
    """A text with each file called by its last name: where it lies is not everybody's business."""
    text = _PLACE.sub("", text)
    text = _QUOTED.sub(lambda match: f"{match[1]}{match[2]}{match[1]}", text)
    return _BARE.sub("", text)


def placed_anywhere(paper: Paper) -> Paper:
    """The paper, without the folder that its source lies in."""
    return replace(paper, source=without_folders(paper.source)) if paper.source else paper


_UNREACHED = re.compile(
    r"'[^']*' is at \S+, which is no public address; set \w+=true if you trust it\."
    rf"|The server cannot be reached for .*?: {NO_HOST}; check the network and the link\."
)
_NOT_FOLLOWED = "This link cannot be followed; check it, or send what is there as a file."


def without_network(text: str) -> str:
    """A text that does not tell which names and addresses there are in the network of this machine: of a host that is
    nowhere it says the same as of one that is inside."""
    return _UNREACHED.sub(_NOT_FOLLOWED, text)


_SENTENCES = frozenset({"skipped", "unreadable", "warnings", "left", "sources"})


def report_for_others(report: Row) -> Row:
    """An ingest's, a preview's or an undo's report, as somebody may see it who is not this machine's user: its
    sentences without folders, and without what the network holds."""
    told = {name: _for_others(value) if name in _SENTENCES else value for name, value in report.items()}
    if "papers" in report:
        told["papers"] = [_previewed_for_others(paper) for paper in report["papers"]]
    return told


def source_for_others(source: Row) -> Row:
    """A known source, without the folder that it lies in."""
    return {**source, "name": without_folders(source["name"]), "address": without_folders(source["address"])}


def _previewed_for_others(paper: Row) -> Row:
    changes = [{**change, "from": without_folders(change["from"])} for change in paper["changes"]]
    return {**paper, "source": without_folders(paper["source"]), "changes": changes}


def _for_others(value: Any) -> Any:
    if isinstance(value, str):
        return without_network(without_folders(value))
    if isinstance(value, Mapping):
        return {name: _for_others(inner) for name, inner in value.items()}
    return [_for_others(inner) for inner in value] if isinstance(value, list | tuple) else value


def _listed(value: Any) -> Any:
    return [_listed(item) for item in value] if isinstance(value, tuple) else value
