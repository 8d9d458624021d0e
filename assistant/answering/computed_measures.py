"""Computed numbers: papers by year or kind, shares, the most and the fewest, averages, what several papers share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from assistant.answering.computation import NAMED, Computation, filters_on_papers, papers_of
from assistant.answering.wording import counted, join, percent
from assistant.answers import Dimension, Filters
from assistant.catalogue import TIMED, Group, authors_span
from assistant.english.counting import CHANGES, SHARE, SHARE_VERB
from assistant.papers import Paper, clean
from assistant.planning.conditions import read_conditions
from assistant.rendering import escape
from assistant.tables import HEADINGS
from assistant.words import folded

_MEASURES: dict[Dimension, str] = {
    "author_count": "authors",
    "title_length": "words in the title",
    "abstract_length": "words in the abstract",
}
_ASKED_OF_A_SHARE = (
    "has_code", "introduces", "kinds", "years", "dates", "months", "mentions", "topic", "title", "author_count",
    "author_range", "first_authors", "last_authors", "placed_authors", "authors", "any_authors", "affiliations",
    "venues", "categories", "excluding",
)  # fmt: skip
"""What a share is asked of, the most usual first."""


def tell_groups(work: Computation, dimensions: Sequence[Dimension]) -> None:
    """How many papers there are of each year, category or other kind."""
    groups = work.groups(dimensions[0])
    if not groups:
        work.no_values(dimensions[0])
        return
    over_time = dimensions[0] in TIMED
    papers = papers_of(groups)
    shown = groups if over_time else groups[:NAMED]
    total = f"**{counted(len(papers))}{work.what}**"
    parts = [f"{len(group.papers)} in {work.said(group, dimensions[0])} {work.markers(group)}" for group in shown]
    work.draft.say(f"By {HEADINGS[dimensions[0]]}, the {total} {'is' if len(papers) == 1 else 'are'}: {join(parts)}.")
    if dimensions[0] == "year" and CHANGES.search(work.plan.standalone_question):
        _say_direction(work, groups)
    if len(groups) > len(shown):
        work.draft.say(f" The table holds the other {len(groups) - len(shown):,}.")
    if len(dimensions) > 1:
        work.cross(groups, dimensions[0], dimensions[1])
    else:
        work.tabulate(groups, dimensions[0])


def _say_direction(work: Computation, groups: Sequence[Group]) -> None:
    if len(groups) < 2:
        return
    first, last = groups[0], groups[-1]
    a, b = len(first.papers), len(last.papers)
    way = "up" if b > a else "down" if b < a else ""
    told = f"the number goes {way}, from {a} to {b}" if way else f"the number is the same, {a}"
    work.draft.say(f" From {first.value} to {last.value} {told} {work.all_of([*first.papers, *last.papers])}.")


def tell_peak(work: Computation, dimension: Dimension) -> None:
    """Which year or kind has the most papers, or the fewest."""
    groups = work.groups(dimension)
    if not groups:
        work.no_values(dimension)
        return
    most = work.plan.pick == "most"
    ordered = sorted(groups, key=lambda group: -len(group.papers) if most else len(group.papers))
    if work.plan.limit:
        top = ordered[: work.plan.limit]
        parts = [f"{work.said(g, dimension)} ({len(g.papers)}) {work.markers(g)}" for g in top]
        work.draft.say(f"The {'most' if most else 'fewest'} papers{work.what} are of {join(parts)}.")
    else:
        best = len(ordered[0].papers)
        ties = [group for group in ordered if len(group.papers) == best]
        names = join([f"**{work.said(group, dimension)}** {work.markers(group)}" for group in ties[:NAMED]])
        verb = "has" if len(ties) == 1 else "have"
        each = "" if len(ties) == 1 else " each"
        work.draft.say(f"{names} {verb} the {'most' if most else 'fewest'} papers{work.what}: **{best}**{each}.")
    work.tabulate(groups, dimension)


def tell_share(work: Computation) -> None:
    """What part of the papers meets the conditions, or is of each kind."""
    plan = work.plan
    if plan.group_by:
        groups = work.groups(plan.group_by[0])
        if not groups:
            work.no_values(plan.group_by[0])
            return
        if plan.filters.has_code is not None and plan.group_by == ("year",):
            _share_by_year(work, groups)
            return
        total = len(papers_of(groups))
        parts = [
            f"{work.said(g, plan.group_by[0])}: {percent(len(g.papers), total)} ({len(g.papers)}) {work.markers(g)}"
            for g in groups[: 2 * NAMED]
        ]
        work.draft.say(f"Of the {counted(total)}{work.what}, by {HEADINGS[plan.group_by[0]]}: {join(parts)}.")
        work.tabulate(groups, plan.group_by[0], whole=total)
        return
    chosen = work.chosen.papers
    whole = _whole_of_share(work)
    work.draft.say(
        f"**{percent(len(chosen), len(whole))}**: {len(chosen):,} of the {counted(len(whole))} are "
        f"papers{work.what} {work.all_of(chosen)}."
    )
    work.note_incomplete()
    work.done.table = [work.row(paper) for paper in chosen]


def _share_by_year(work: Computation, groups: Sequence[Group]) -> None:
    """What part of each year's papers meets the filter on code."""
    every = work.catalogue.select(replace(work.plan.filters, has_code=None)).papers
    wholes = {group.value: len(group.papers) for group in work.catalogue.group(every, "year")}
    parts = [
        f"{g.value}: {percent(len(g.papers), wholes[g.value])} ({len(g.papers)} of {wholes[g.value]}) {work.markers(g)}"
        for g in groups
    ]
    work.draft.say(f"Of each year's papers these are the share{work.what}: {join(parts)}.")
    work.tabulate(groups, "year")


def _whole_of_share(work: Computation) -> Sequence[Paper]:
    """What a share is of: ``the papers since 2017`` in ``of the papers since 2017, what share is from CV``.

    The filters that stand before the verb say it; where all do, the one most often asked about is left out.
    """
    filters = filters_on_papers(work.plan)
    question = work.plan.standalone_question
    said = SHARE.search(question)
    head = SHARE_VERB.split(question[said.end() :] if said else question, maxsplit=1)[0]
    before = read_conditions(head, work.vocabulary).filters
    present = [name for name in _ASKED_OF_A_SHARE if getattr(filters, name) not in (None, ())]
    kept = {name for name in present if getattr(before, name) not in (None, ())}
    if filters.topic and all(word in folded(head) for word in folded(filters.topic).split()):
        kept.add("topic")
    asked = [name for name in present if name not in kept] or present[:1]
    without: dict[str, Any] = {name: getattr(Filters(), name) for name in asked}
    return work.catalogue.select(replace(filters, **without)).papers


def tell_extreme(work: Computation, dimension: Dimension) -> None:
    """Which paper has the most authors, or the longest title."""
    groups = work.groups(dimension)
    if not groups:
        work.no_values(dimension)
        return
    most = work.plan.pick == "most"
    best, papers = groups[-1 if most else 0], papers_of(groups)
    if most and dimension == "author_count" and _say_longer_lists(work, int(best.value)):
        return
    cut = [paper for paper in work.chosen.papers if not paper.authors_complete]
    if dimension == "author_count" and all(len(paper.authors) >= int(best.value) for paper in cut):
        papers = list(work.chosen.papers)  # a list that is cut has more than it shows
    whole = (
        " whose list of authors is whole"
        if dimension == "author_count" and len(papers) < len(work.chosen.papers)
        else ""
    )
    of = f"Of the {counted(len(papers))}{work.what}{whole}"
    extreme = f"the {'most' if most else 'fewest'} {_MEASURES[dimension]}: **{best.value}**"
    if len(best.papers) == 1:
        paper = best.papers[0]
        year = f" ({paper.year})" if paper.year else ""
        work.draft.say(f"{of}, **{escape(clean(paper.title))}**{year} has {extreme} {work.markers(best)}.")
    else:
        work.draft.say(f"{of}, {len(best.papers)} have {extreme} each {work.markers(best)}:\n\n")
        work.draft.say("\n".join(work.bullet(paper, best.spans[paper.key]) for paper in best.papers[:NAMED]))
        if len(best.papers) > NAMED:
            work.draft.say(f"\n\nThe table holds the other {len(best.papers) - NAMED:,}.")
    work.tabulate(groups, dimension)


def _say_longer_lists(work: Computation, longest: int) -> bool:
    """Where lists that end in "et al." are longer than any that is whole: which papers have them."""
    cut = [p for p in work.chosen.papers if not p.authors_complete and len(p.authors) >= longest]
    if not cut:
        return False
    spans = {paper.key: authors_span(paper) for paper in cut}
    lists = "1 list of authors ends" if len(cut) == 1 else f"{len(cut):,} lists of authors end"
    has = "has" if len(cut) == 1 else "have"
    which = "" if len(cut) == 1 else "; which of them has the most, their records do not show"
    work.draft.say(
        f"Of the {counted(len(work.chosen.papers))}{work.what}, **{counted(len(cut))}** {has} the most authors: "
        f"{lists} in “et al.” and so {has} more than {longest}, the most in a list that is whole{which} "
        f"{work.all_of(cut, spans)}:\n\n"
    )
    work.draft.say("\n".join(work.bullet(paper, spans[paper.key]) for paper in cut[:NAMED]))
    if len(cut) > NAMED:
        work.draft.say(f"\n\nThe table holds the other {len(cut) - NAMED:,}.")
    work.done.table = [work.row(paper) for paper in cut]
    return True


def tell_mean_per_year(work: Computation) -> None:
    """How many papers a year has on average."""
    groups = work.groups("year")
    if not groups:
        work.no_values("year")
        return
    papers = papers_of(groups)
    low, high = groups[0].value, groups[-1].value
    years = int(high) - int(low) + 1
    work.draft.say(
        f"The {counted(len(papers))}{work.what} of the {years:,} year{'s' * (years != 1)} {low} to {high} are "
        f"**{_rounded(len(papers) / years)} a year** on average {work.all_groups(groups)}."
    )
    work.tabulate(groups, "year")


def tell_mean_of_authors(work: Computation) -> None:
    """How many authors a paper has on average; a list that ends in "et al." has one more than it shows, or several."""
    papers = [paper for paper in work.chosen.papers if paper.authors]
    if not papers:
        work.no_values("author_count")
        return
    cut = sum(not paper.authors_complete for paper in papers)
    mean = (sum(len(paper.authors) for paper in papers) + cut) / len(papers)
    markers = work.all_of(papers, {paper.key: authors_span(paper) for paper in papers})
    least = "at least " if cut else ""
    lists = f"; {cut:,} of the lists {'ends' if cut == 1 else 'end'} in “et al.”" if cut else ""
    number = f"**{least}{_rounded(mean)} authors**"
    work.draft.say(f"The {counted(len(papers))}{work.what} have {number} on average{lists} {markers}.")
    work.tabulate(work.groups("author_count"), "author_count")


def tell_shared(work: Computation, dimension: Dimension) -> None:
    """Who, or what, stands in more than one paper."""
    groups = [group for group in work.groups(dimension) if len(group.papers) > 1]
    papers = work.chosen.papers
    if not groups:
        work.draft.say(f"No two of the {counted(len(papers))}{work.what} share one {work.all_of(papers)}.")
        return
    number = f"**{counted(len(groups), work.plan.subject)}**"
    verb = "stands" if len(groups) == 1 else "stand"
    behind = papers_of(groups)
    work.draft.say(
        f"{number} {verb} on more than one of the {counted(len(papers))}{work.what}, on {len(behind):,} of them "
        f"in all {work.all_groups(groups)}:\n\n"
    )
    work.draft.say("\n".join(work.thing(group, by_time=False) for group in groups[:NAMED]))
    if len(groups) > NAMED:
        work.draft.say(f"\n\nThe table holds the other {len(groups) - NAMED:,}.")
    work.tabulate(groups, dimension)


def _rounded(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
