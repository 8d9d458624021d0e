"""Computed answers about what papers hold: datasets, methods, persons, links to code, topics."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from assistant.answering.computation import NAMED, Computation, papers_of, told_of, within, years_of
from assistant.answering.computed_measures import tell_peak
from assistant.answering.wording import NOUNS, counted, join, run_of
from assistant.answers import DIMENSION_OF, Dimension, Years
from assistant.catalogue import Group, by_date
from assistant.english.counting import CO_AUTHORS
from assistant.papers import Paper, clean
from assistant.planning.conditions import years_in_words
from assistant.rendering import escape
from assistant.tables import nested_table


def tell_things(work: Computation) -> None:
    """The datasets, methods, persons or other things that the papers hold."""
    plan = work.plan
    dimension = DIMENSION_OF[plan.subject]
    if plan.subject == "code":
        _links(work)
        return
    groups = work.groups(dimension)
    if not groups:
        work.no_values(dimension)
        return
    if plan.pick in ("most", "fewest") and plan.intent == "count":
        tell_peak(work, dimension)
        return
    papers = papers_of(groups)
    people = dimension in ("author", "first_author", "author_pair")
    cut = people and any(not paper.authors_complete for paper in papers) and dimension == "author"
    least = "at least " if cut else ""
    if plan.intent == "count":
        noun = NOUNS[plan.subject][len(groups) != 1]
        co = "co-" if dimension == "author" and CO_AUTHORS.search(plan.standalone_question) else ""
        different = f"**{least}{len(groups):,} different {co}{noun}**"
        verb = "shows" if len(papers) == 1 else "show"
        scope = f"The {counted(len(papers))}{work.what} {verb} {different} {work.all_groups(groups)}"
        tail = ""
        if len(groups) <= NAMED:
            tail = ": " + join([f"{escape(str(g.value))} ({len(g.papers)})" for g in groups])
        work.draft.say(f"{scope}{tail}.")
    elif plan.intent == "who":
        _rank_people(work, groups, least)
    else:
        _list_things(work, groups, dimension)
    if cut:
        work.done.notes.append("Some lists of authors end in “et al.”: the numbers are the least they can be.")
    if len(plan.group_by) == 3:
        table, behind = nested_table(
            work.catalogue, work.chosen.papers, groups, (dimension, *plan.group_by[1:]), what=work.plain
        )
        work.keep(table, behind)
    elif len(plan.group_by) > 1:
        work.cross(groups, dimension, plan.group_by[1])
    else:
        work.tabulate(groups, dimension)


def _rank_people(work: Computation, groups: Sequence[Group], least: str) -> None:
    top = groups[: work.plan.limit or NAMED]
    owned = work.plan.subject == "authors" and work.owner()
    word = "co-authors" if owned else NOUNS[work.plan.subject][1]
    work.draft.say(f"Of the {len(groups):,} {word} shown{_on_papers(work)}, most often {work.all_groups(groups)}:\n\n")
    work.draft.say(
        "\n".join(
            f"- **{escape(str(g.value))}**: {least}{counted(len(g.papers))}{years_of(g.papers)} {work.markers(g)}"
            for g in top
        )
    )


def _on_papers(work: Computation) -> str:
    return f" on papers{work.what}" if work.what else ""


def _list_things(work: Computation, groups: Sequence[Group], dimension: Dimension) -> None:
    by_time = dimension in ("dataset", "method")
    ordered = sorted(groups, key=lambda g: by_date(g.papers[0])) if by_time else list(groups)
    if work.plan.pick in ("most", "fewest"):
        ordered = sorted(groups, key=lambda g: len(g.papers) * (-1 if work.plan.pick == "most" else 1))
    shown = ordered[: work.plan.limit or NAMED]
    number = f"**{counted(len(groups), work.plan.subject)}**"
    work.draft.say(f"{number} in papers{work.what or ' here'} {work.all_groups(groups)}:\n\n")
    work.draft.say("\n".join(work.thing(group, by_time) for group in shown))
    if len(groups) > len(shown):
        work.draft.say(f"\n\nThe table holds the other {len(groups) - len(shown):,}.")


def _links(work: Computation) -> None:
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for paper in work.chosen.papers:
        for facet in work.catalogue.facets(paper.key, "code", "data"):
            number = work.draft.number(paper, facet.start, facet.end)
            row = {"title": clean(paper.title), "year": paper.year, "link": facet.name, "key": paper.key}
            rows.setdefault((paper.key, facet.name), {**row, "source": number})
    if not rows:
        work.draft.say(f"No abstract of the {counted(len(work.chosen.papers))}{work.what} gives a link.")
        work.done.answered = False
        return
    lines = [f"- **{escape(row['title'])}**: {row['link']} [{row['source']}]" for row in rows.values()]
    papers = len({key for key, _ in rows})
    verb = "gives" if papers == 1 else "give"
    markers = run_of([row["source"] for row in rows.values()])
    work.draft.say(f"**{counted(papers)}{work.what}** {verb} a link {markers}:\n\n" + "\n".join(lines[:NAMED]))
    if len(lines) > NAMED:
        work.draft.say(f"\n\nThe table holds the other {len(lines) - NAMED:,}.")
    work.done.table = list(rows.values())


def tell_topics(work: Computation) -> None:
    """The topics of the papers, and how they move where time is asked for."""
    groups = work.groups("topic")
    if work.plan.intent == "trend" and any(paper.year for paper in work.chosen.papers):
        for label, papers in _phases(work):
            if papers:
                _say_phase(work, label, papers)
        work.cross(groups, "topic", "year")
        return
    papers = papers_of(groups)
    verb = "falls" if len(papers) == 1 else "fall"
    topics = f"{verb} into {counted(len(groups), 'topics')}"
    work.draft.say(f"The {counted(len(papers))}{work.what} {topics} {work.all_groups(groups)}:\n\n")
    work.draft.say("\n".join(work.thing(group, by_time=False) for group in groups[:NAMED]))
    work.tabulate(groups, "topic")


def _phases(work: Computation) -> list[tuple[str, list[Paper]]]:
    """The periods that are asked about, or the earlier and the later half of the years."""
    dated = [paper for paper in work.chosen.papers if paper.year]
    years = sorted({paper.year for paper in dated if paper.year})
    periods: Sequence[Years] = work.plan.periods
    if not periods:
        if len(years) < 2:
            periods = [(years[0], years[0])]
        else:
            half = sum(paper.year or 0 for paper in dated) / len(dated)
            early = [year for year in years if year <= half] or years[:1]
            late = [year for year in years if year not in early] or years[-1:]
            periods = [(early[0], early[-1]), (late[0], late[-1])]
    return [(years_in_words(p).removeprefix("from "), [q for q in dated if within(q, p)]) for p in periods]


def _say_phase(work: Computation, label: str, papers: list[Paper]) -> None:
    groups = work.catalogue.group(papers, "topic")
    parts = [f"**{escape(str(g.value))}** ({len(g.papers)}) {work.markers(g)}" for g in groups[:4]]
    if work.draft.parts:
        work.draft.say("\n\n")
    when = f"In {label}" if "to" not in label else f"From {label}"
    told = told_of(replace(work.plan.filters, years=None))
    work.draft.say(f"{when} the {counted(len(papers))}{told} are mostly on {join(parts)}.")
