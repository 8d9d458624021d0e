"""Computed answers about the author whose papers these are, and about which of them to begin with."""

from __future__ import annotations

from dataclasses import replace

from assistant.answering.computation import NAMED, TOLD, Computation, filters_on_papers, years_of
from assistant.answering.wording import counted, join
from assistant.papers import Paper, clean
from assistant.rendering import escape


def tell_owner(work: Computation) -> None:
    """Whose the papers are, from when, with whom and on what."""
    papers, owner = work.chosen.papers, work.owner()
    years = years_of(papers).strip(" ()")
    when = f", {'from' if 'to' in years else 'of'} {years}" if years else ""
    people = work.catalogue.group(papers, "author", but=[owner] if owner else [])
    if owner:
        profile = work.catalogue.library.author
        field = f" (field: {escape(profile.subject)})" if profile and profile.subject else ""
        work.draft.say(
            f"The author is **{escape(owner)}**{field}: this library holds {counted(len(papers))} of that author"
            f"{when} {work.all_of(papers)}."
        )
        if work.plan.filters.papers or not people:
            return
        told = join([f"{escape(str(g.value))} ({len(g.papers)}) {work.markers(g)}" for g in people[:TOLD]])
        work.draft.say(f" The most frequent co-authors are {told}.")
    elif people:
        first = people[0]
        work.draft.say(
            f"No source says whose {counted(len(papers))} these are{when}; the name that stands on most of them is "
            f"**{escape(str(first.value))}**, on {len(first.papers):,} {work.markers(first)}."
        )
    else:
        work.draft.say("Neither the sources nor the papers say whose these are.")
        work.done.answered = False
        return
    if len(papers) >= NAMED:
        work.say_topics(papers, "By topic, most are on")


def tell_beginning(work: Computation) -> None:
    """No record says what to read first; what it does say of some papers."""
    papers = work.chosen.papers
    work.draft.say(
        f"What to read first of the {counted(len(papers))}{work.what}, no record says; these suggest themselves "
        f"{work.all_of([paper for _, paper in _suggested(work)])}:\n\n"
    )
    rows = _suggested(work)
    work.draft.say("\n".join(f"- {why}: {work.bullet(paper).removeprefix('- ')}" for why, paper in rows))
    work.done.table = [{"why": why, **work.row(paper)} for why, paper in rows]


def tell_foremost(work: Computation) -> None:
    """Which paper matters most is a judgement that nothing here holds."""
    rows = _suggested(work)
    work.done.near = [paper for _, paper in rows]
    told = "; ".join(f"*{escape(clean(paper.title))}* ({why})" for why, paper in rows)
    work.draft.say(
        f"Which paper matters most, or is the best, neither the papers nor their records say; counts of "
        f"citations, as OpenAlex or Semantic Scholar give them, are one sign of it. Ask for the newest, for those "
        f"with code, or which one to read first. Closest: {told}."
    )
    work.done.answered = False


def _suggested(work: Computation) -> list[tuple[str, Paper]]:
    """What a newcomer may begin with, each with why: an overview, the newest, the one nearest to all others."""
    papers = work.chosen.papers
    keys = {paper.key for paper in papers}
    overviews = work.catalogue.select(
        replace(filters_on_papers(work.plan), topic=None, kinds=("survey", "tutorial"))
    ).papers
    rows = [("an overview", paper) for paper in [p for p in overviews if p.key in keys][-1:]]
    rows += [("the newest", paper) for paper in [p for p in papers if p.date][-1:]]
    if len(papers) > 2:
        rows.append(("the nearest in content to all the others", work.catalogue.most_central(papers)))
    return rows or [("the only one", papers[0])]
