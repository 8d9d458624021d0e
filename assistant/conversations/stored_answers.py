"""What conversations keep of an answer: its JSON, out of which it comes back, its words, on which later questions lean,
and where the passages stand that were read for it."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

from assistant import rendering
from assistant.answers import Answer, Chart, Citation, Evidence, Filters, Grounding, History, Plan, Turn, Usage
from assistant.papers import Author, Paper, Section, clean

_POINTED_AT = 10
"""Papers of an answer that the next question may mean by "it" or "the second"; a larger set is meant as a whole."""


def told(answer: Answer) -> str:
    """An answer in plain words with the titles of what it cites, in which "it" and "the second" find their paper."""
    text = rendering.plain_inline(rendering.visible(answer.text))
    titles = dict.fromkeys(clean(citation.paper.title) for citation in answer.citations)
    missing = [title for title in titles if title not in text] if len(titles) <= _POINTED_AT else []
    return rendering.visible("\n".join([text, *missing]))


def turns_of(exchanges: Iterable[tuple[str, str]]) -> History:
    """The turns of questions, each with its answer as :func:`told` has it; without one where nothing is told of it."""
    return [
        turn
        for question, answer in exchanges
        for turn in (Turn(role="user", content=question), Turn(role="assistant", content=answer))
        if turn["content"] or turn["role"] == "user"
    ]


def spans_of(evidence: Iterable[Evidence]) -> list[list[Any]]:
    """Where passages stand, and a checksum of each, by which it is told from what may stand there later."""
    return [[one.paper.key, one.section, one.start, one.end, one.score, _checksum(one.quote)] for one in evidence]


def evidence_at(spans: Iterable[Sequence[Any]], papers: Mapping[str, Paper]) -> tuple[Evidence, ...]:
    """The passages of :func:`spans_of` that the papers still hold."""
    found = (
        (Evidence(papers[key], section, start, end, score), checksum)
        for key, section, start, end, score, checksum in spans
        if key in papers
    )
    return tuple(one for one, checksum in found if _checksum(one.quote) == checksum)


def _checksum(text: str) -> int:
    return zlib.crc32(text.encode())


def restored(row: Mapping[str, Any], papers: Mapping[str, Paper]) -> Answer:
    """Undo ``Answer.to_dict()``."""
    by_key = papers_of_spans(row["citations"], papers)
    chart, table, grounding, usage = row["figure"], row["table"], row["grounding"], row["usage"]
    return Answer(
        question=row["question"],
        standalone_question=row["standalone_question"],
        text=row["text"],
        answered=row["answered"],
        mode=row["mode"],
        plan=plan_of(row["question"], row["plan"]),
        citations=tuple(
            Citation(paper=by_key[c["paper"]["key"]], **{name: c[name] for name in _SPAN}) for c in row["citations"]
        ),
        closest=tuple(papers.get(paper["key"]) or _bare(paper) for paper in row["closest"]),
        table=None if table is None else tuple(table),
        chart=None if chart is None else Chart(tuple(chart["data"]), chart["layout"]),
        timings_ms=row["timings_ms"],
        warnings=tuple(row["warnings"]),
        grounding=None if grounding is None else Grounding(**_known(Grounding, grounding)),
        usage=None if usage is None else Usage(**_known(Usage, usage)),
    )


def papers_of_spans(rows: Iterable[Mapping[str, Any]], papers: Mapping[str, Paper]) -> dict[str, Paper]:
    """By key, the papers that citations or evidence quote: those given where they hold the quotes, else as much of
    them as the rows hold."""
    quoted: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        quoted.setdefault(row["paper"]["key"], []).append(row)
    return {key: _cited_paper(spans, papers.get(key)) for key, spans in quoted.items()}


def papers_cited(rows: Iterable[Mapping[str, Any]], papers: Mapping[str, Paper]) -> list[Paper]:
    """The papers that answers cite, each once, in the order of their first citations; of one that is not in
    ``papers``, what the citation holds of its record."""
    first: dict[str, Mapping[str, Any]] = {}
    for citation in (citation for row in rows for citation in row["citations"]):
        first.setdefault(citation["paper"]["key"], citation)
    return [papers.get(key) or replace(_bare(c["paper"]), url=c["url"]) for key, c in first.items()]


_SPAN = ("marker", "section", "start", "end", "quote")


def _cited_paper(citations: Sequence[Mapping[str, Any]], paper: Paper | None) -> Paper:
    """The paper itself where it still holds all the quotes; else what the citations hold of it: its record, and for
    its text the quotes at their places with blanks between them."""
    if paper and all(paper.text[c["start"] : c["end"]] == c["quote"] for c in citations):
        return paper
    text = ""
    for c in citations:
        text = text.ljust(c["end"])
        text = text[: c["start"]] + c["quote"] + text[c["end"] :]
    sections = dict.fromkeys(Section(c["section"], c["start"], c["end"]) for c in citations)
    pages = sorted({(c["start"], c["page"]) for c in citations if c.get("page")})
    first = citations[0]
    return replace(_bare(first["paper"]), text=text, sections=tuple(sections), url=first["url"], pages=tuple(pages))


def _bare(row: Mapping[str, Any]) -> Paper:
    authors = tuple(Author(name) for name in row.get("authors", ()))
    date = None if row["year"] is None else str(row["year"])
    return Paper(
        row["key"], row["title"], "", (), authors, authors_complete=row.get("authors_complete", True), date=date
    )


def plan_of(question: str, row: Mapping[str, Any]) -> Plan:
    """Undo ``Plan.to_dict()``."""
    return Plan(**{**_known(Plan, row), "question": question, "filters": filters_of(row["filters"])})


def filters_of(row: Mapping[str, Any]) -> Filters:
    """Undo ``Filters.to_dict()``."""
    excluding = tuple(filters_of(out) for out in row.get("excluding", ()))
    return Filters(**{**_known(Filters, row), "excluding": excluding})


def _known(kind: type[Any], row: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a kind that a row holds; another version may have had others."""
    return {field.name: _tupled(row[field.name]) for field in fields(kind) if field.name in row}


def _tupled(value: Any) -> Any:
    return tuple(_tupled(item) for item in value) if isinstance(value, list) else value
