"""What computed answers have in common: the papers that were chosen, their markers, rows and groups, and the table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from assistant.analysis.phrases import is_description
from assistant.answering.drafting import Draft
from assistant.answering.wording import conditions, counted, date_in_words, join, run_of
from assistant.answers import Chart, Dimension, Filters, Plan, Years
from assistant.catalogue import OTHER_TOPIC, TIMED, Catalogue, Group, Span, record_span
from assistant.english.counting import CO_AUTHORS
from assistant.papers import Paper, clean
from assistant.planning.conditions import Vocabulary
from assistant.rendering import escape
from assistant.tables import HEADINGS, Table, cross_table, table_of_groups

NAMED = 10
"""Papers, or groups, that the text names; the table holds all."""
TOLD = 3
"""Topics or persons that a sentence names."""


@dataclass(slots=True)
class Computed:
    """What was computed: the text with its citations, the rows behind it, and a figure where there is one to see."""

    draft: Draft
    answered: bool = True
    table: list[dict[str, Any]] = field(default_factory=list)
    chart: Chart | None = None
    notes: list[str] = field(default_factory=list)
    papers: Sequence[Paper] = ()
    """The papers that were chosen."""
    near: Sequence[Paper] = ()


class Computation:
    """A plan that is computed, the papers that its filters choose, and the answer as it comes to be."""

    def __init__(self, plan: Plan, catalogue: Catalogue, vocabulary: Vocabulary, draft: Draft | None = None) -> None:
        self.plan = plan
        self.catalogue = catalogue
        self.vocabulary = vocabulary
        self.draft = draft or Draft()
        self.done = Computed(self.draft)
        chosen = filters_on_papers(plan)
        self.chosen = catalogue.select(chosen)
        self.plain = conditions(chosen)
        self.what = told_of(chosen)

    def owner(self) -> str | None:
        return self.vocabulary.owner

    def groups(self, dimension: Dimension) -> list[Group]:
        leave_out = [name for out in self.plan.filters.excluding for name in out.authors]
        among = CO_AUTHORS.search(self.plan.standalone_question)  # nobody is a co-author of himself or herself
        if dimension == "author" and (among or self.plan.intent in ("who", "list")):
            leave_out += [name for name in (*self.plan.filters.authors, self.owner() or "") if name]
        return self.catalogue.group(self.chosen.papers, dimension, but=leave_out)

    def said(self, group: Group, dimension: Dimension) -> str:
        value = str(group.value)
        return date_in_words(value) if dimension == "month" else escape(value)

    def span(self, paper: Paper) -> Span:
        return self.chosen.spans.get(paper.key) or record_span(paper)

    def cite(self, paper: Paper) -> str:
        return self.draft.cite(paper, *self.span(paper))

    def number(self, paper: Paper) -> int:
        return self.draft.number(paper, *self.span(paper))

    def all_of(self, papers: Sequence[Paper], spans: Mapping[str, Span] | None = None) -> str:
        """The markers of all these papers: ``[1]``, ``[1] [2]``, ``([1] to [24])``."""
        numbers = [self.draft.number(p, *((spans or {}).get(p.key) or self.span(p))) for p in papers]
        return run_of(numbers)

    def markers(self, group: Group) -> str:
        return run_of([self.draft.number(paper, *group.spans[paper.key]) for paper in group.papers])

    def all_groups(self, groups: Iterable[Group]) -> str:
        return run_of([self.draft.number(p, *group.spans[p.key]) for group in groups for p in group.papers])

    def bullet(self, paper: Paper, span: Span | None = None) -> str:
        year = f" ({paper.year})" if paper.year else ""
        marker = self.draft.cite(paper, *span) if span else self.cite(paper)
        return f"- **{escape(clean(paper.title))}**{year} {marker}"

    def row(self, paper: Paper) -> dict[str, Any]:
        return {
            "title": clean(paper.title),
            "year": paper.year,
            "date": paper.date,
            "category": paper.category,
            "code": paper.has_code,
            **(
                {"affiliation": paper.affiliation}
                if self.plan.filters.has_affiliation or self.plan.filters.affiliations
                else {}
            ),
            "authors": ", ".join(a.name for a in paper.authors) + ("" if paper.authors_complete else " et al."),
            **self._passage(paper),
            "key": paper.key,
            "source": self.number(paper),
        }

    def _passage(self, paper: Paper) -> dict[str, str]:
        """Where the filters are about what papers say: the words that say it."""
        filters = self.plan.filters
        if not (filters.topic or filters.mentions or filters.introduces):
            return {}
        start, end = self.span(paper)
        return {"passage": " ".join(clean(paper.text[start:end]).split())}

    def thing(self, group: Group, by_time: bool) -> str:
        if by_time:
            paper = group.papers[0]
            year = f" ({paper.year})" if paper.year else ""
            name = escape(str(group.value))
            called = f"{name}, unnamed" if is_description(str(group.value)) else f"**{name}**"
            return f"- {called}{year}, in *{escape(clean(paper.title))}* {self.markers(group)}"
        number = f"{counted(len(group.papers))}{years_of(group.papers)}"
        return f"- **{escape(str(group.value))}**: {number} {self.markers(group)}"

    def say_topics(self, papers: Sequence[Paper], lead: str) -> None:
        groups = self.catalogue.group(papers, "topic")
        named = [group for group in groups if group.value != OTHER_TOPIC][:TOLD]
        if named:
            parts = [f"**{escape(str(g.value))}** ({len(g.papers)}) {self.markers(g)}" for g in named]
            self.draft.say(f"\n\n{lead} {join(parts)}.")

    def note_incomplete(self) -> None:
        if self.chosen.unlisted:
            f = self.plan.filters
            names = join(f.authors or f.any_authors or f.last_authors)
            lists = "1 other paper's list" if self.chosen.unlisted == 1 else f"{self.chosen.unlisted:,} other lists"
            end = "ends" if self.chosen.unlisted == 1 else "end"
            hidden = f"hide {escape(names)}" if names else "be so long"
            self.done.notes.append(
                f"{lists} of authors {end} in “et al.” and may {hidden}: the number is the least it can be."
            )

    def tabulate(
        self, groups: Sequence[Group], dimension: Dimension, heading: str = "", whole: int | None = None
    ) -> None:
        self.keep(table_of_groups(groups, dimension, what=self.plain, heading=heading, whole=whole), groups)

    def cross(self, groups: Sequence[Group], dimension: Dimension, over: Dimension) -> None:
        table = cross_table(self.catalogue, self.chosen.papers, groups, dimension, over, what=self.plain)
        self.keep(table, groups)

    def keep(self, table: Table, groups: Sequence[Group]) -> None:
        """The table with the markers behind each of its rows, and its figure with those behind each of its marks."""
        markers: list[Mapping[str, int]] = []
        for row, group in zip(table.rows, groups, strict=True):
            found = {paper.key: self.draft.number(paper, *group.spans[paper.key]) for paper in group.papers}
            self.done.table.append({**row, "sources": list(found.values()), "keys": list(found)})
            markers.append(found)
        if table.chart:
            behind = [list(dict.fromkeys(markers[row][key] for row, key in mark)) for mark in table.marks]
            meta = {**table.chart.layout.get("meta", {}), "sources": behind}
            self.done.chart = replace(table.chart, layout={**table.chart.layout, "meta": meta})

    def no_dates(self, what: str) -> None:
        self.draft.say(f"The papers{self.what} give no {what}, so this cannot be said of them.")
        self.done.answered = False

    def no_values(self, dimension: Dimension) -> None:
        alone = " (their dates are years alone)" if dimension in TIMED and dimension != "year" else ""
        other = "co-" if dimension == "author" and CO_AUTHORS.search(self.plan.standalone_question) else ""
        verb = "gives" if len(self.chosen.papers) == 1 else "give"
        self.draft.say(
            f"The {counted(len(self.chosen.papers))}{self.what} {verb} no {other}{HEADINGS[dimension]}{alone}, so "
            f"there is nothing to count."
        )
        self.done.answered = False


def told_of(filters: Filters) -> str:
    """The filters in words for an answer, with a blank before them; empty where there are none."""
    words = escape(conditions(filters))
    return f" {words}" if words else ""


def filters_on_papers(plan: Plan) -> Filters:
    """The filters on papers: where persons are named, who is left out is no paper's fault."""
    filters = plan.filters
    if plan.subject in ("authors", "first_authors", "author_pairs") and filters.excluding:
        return replace(filters, excluding=tuple(out for out in filters.excluding if not out.authors))
    return filters


def papers_of(groups: Iterable[Group]) -> list[Paper]:
    return list({paper.key: paper for group in groups for paper in group.papers}.values())


def within(paper: Paper, years: Years) -> bool:
    first, last = years
    return paper.year is not None and (first is None or paper.year >= first) and (last is None or paper.year <= last)


def years_of(papers: Sequence[Paper]) -> str:
    years = sorted(paper.year for paper in papers if paper.year)
    if not years:
        return ""
    return f" ({years[0]})" if years[0] == years[-1] else f" ({years[0]} to {years[-1]})"
