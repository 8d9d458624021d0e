"""Answers that are counted: a set of papers is chosen by code, counted, listed, ranked, dated or followed over time.

Every number comes with all the papers behind it: each is cited, the text names up to ten and the table holds them all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from assistant.answering.computation import NAMED, Computation, Computed, told_of
from assistant.answering.computed_measures import (
    tell_extreme,
    tell_groups,
    tell_mean_of_authors,
    tell_mean_per_year,
    tell_peak,
    tell_share,
    tell_shared,
)
from assistant.answering.computed_owner import tell_beginning, tell_foremost, tell_owner
from assistant.answering.computed_things import tell_things, tell_topics
from assistant.answering.computed_times import tell_absent, tell_ends, tell_periods
from assistant.answering.drafting import Draft
from assistant.answering.wording import counted, date_in_words, join
from assistant.answers import Filters, Plan
from assistant.catalogue import MEASURED, Catalogue, record_span
from assistant.papers import Paper, clean
from assistant.planning.conditions import Vocabulary
from assistant.planning.placing import Told
from assistant.rendering import escape

_CLOSEST = 3
KIND_NAMES = {"survey": "survey", "position": "position paper", "tutorial": "tutorial"}


def compute(plan: Plan, catalogue: Catalogue, vocabulary: Vocabulary, also: Sequence[Plan] = ()) -> Computed:
    """Answer a plan whose intent is to list, count, follow over time, or name persons; ``also`` are plans that the same
    question asks beside it."""
    done = _computed(Computation(plan, catalogue, vocabulary))
    for other in also:
        done = _joined(done, other, catalogue, vocabulary)
    return done


def _computed(work: Computation) -> Computed:
    plan, chosen = work.plan, work.chosen
    work.done.notes += chosen.notes
    work.done.papers = chosen.papers
    work.done.notes += _of_several_people(work)
    if not chosen.papers and plan.pick != "absent":
        return _nothing(work)
    if plan.subject == "owner":
        tell_owner(work)
    elif plan.pick == "to_begin":
        tell_beginning(work)
    elif plan.pick == "foremost":
        tell_foremost(work)
    elif plan.pick == "mean" and plan.group_by == ("author_count",):
        tell_mean_of_authors(work)
    elif plan.pick == "mean" and plan.group_by == ("year",):
        tell_mean_per_year(work)
    elif plan.pick == "shared" and plan.group_by:
        tell_shared(work, plan.group_by[0])
    elif plan.group_by and plan.group_by[0] in MEASURED and plan.pick:
        tell_extreme(work, plan.group_by[0])
    elif plan.pick == "share":
        tell_share(work)
    elif plan.pick == "absent":
        tell_absent(work)
    elif plan.pick in ("first", "last", "both_ends"):
        tell_ends(work)
    elif plan.subject == "topics" or "topic" in plan.group_by:
        tell_topics(work)
    elif plan.subject != "papers":
        tell_things(work)
    elif plan.group_by and plan.pick in ("most", "fewest"):
        tell_peak(work, plan.group_by[0])
    elif plan.periods and plan.intent == "trend":
        tell_periods(work)
    elif plan.group_by:
        one_year = plan.group_by == ("year",) and len({paper.year for paper in chosen.papers if paper.year}) == 1
        months = any(paper.date and len(paper.date) >= 7 for paper in chosen.papers)
        tell_groups(work, ("month",) if one_year and months and not plan.filters.months else plan.group_by)
    else:
        _papers(work)
    return work.done


def _of_several_people(work: Computation) -> list[str]:
    """Where the papers of a person who is asked about are, as the user has decided, of several people."""
    names = list(_persons_in(work.plan.filters))
    return work.catalogue.namesakes.apart().of_several(names, work.chosen.papers) if names else []


def _papers(work: Computation) -> None:
    papers = work.chosen.papers
    everything = len(work.catalogue.papers)
    markers = work.all_of(papers)
    least = "at least " if work.chosen.unlisted else ""
    number = f"**{least}{counted(len(papers))}{work.what}**"
    of = "" if len(papers) == everything else f", of {everything:,} in this library"
    if work.plan.intent == "count":
        verb = "There is" if len(papers) == 1 else "There are"
        work.draft.say(f"{verb} {number}{of} {markers}.")
    else:
        work.draft.say(f"{least.capitalize()}{counted(len(papers))}{work.what}{of} {markers}:".strip())
    work.note_incomplete()
    shown = papers[: work.plan.limit or NAMED]
    if len(papers) <= NAMED or work.plan.intent == "list":
        work.draft.say("\n\n" + "\n".join(work.bullet(paper) for paper in shown))
        if len(papers) > len(shown):
            work.draft.say(f"\n\nThe table holds the other {len(papers) - len(shown):,}.")
    work.done.table = [work.row(paper) for paper in papers]


def _nothing(work: Computation) -> Computed:
    """Why no paper is left, and what there is."""
    filters = work.plan.filters
    work.done.near = work.chosen.near
    everything = work.catalogue.papers
    if filters.kinds:
        return _no_such_kind(work)
    if filters.author_range is not None and work.chosen.unlisted:
        return _none_surely_so_long(work)
    if filters.topic and work.catalogue.select(replace(filters, topic=None)).papers:
        near = "; ".join(f"*{escape(clean(paper.title))}*" for paper in work.chosen.near)
        closest = f" Closest: {near}." if near else ""
        work.draft.say(f"I found no papers{work.what} among the {len(everything):,} here.{closest}")
        work.done.answered = False
        return work.done
    dated = [paper for paper in everything if paper.date]
    only_years = all(len(paper.date or "") == 4 for paper in dated) and (filters.dates or filters.months)
    if work.plan.intent == "count" and dated and not only_years:
        ends = f"{work.vocabulary.span()} {work.all_of([dated[0], dated[-1]])}"
        work.draft.say(f"There are **0 papers{work.what}** among the {len(everything):,} here; {ends}.")
        return work.done
    alone = all(len(paper.date or "") == 4 for paper in dated) and (filters.dates or filters.months)
    years = ", and their dates are years alone" if dated and alone else ""
    work.draft.say(f"There are no papers{work.what} here; {work.vocabulary.span()}{years}.")
    work.done.answered = False
    return work.done


def _none_surely_so_long(work: Computation) -> Computed:
    """That lists of authors which end in "et al." do not show whether they are so long."""
    cut = work.chosen.unlisted
    lists = "1 list of authors ends" if cut == 1 else f"{cut:,} lists of authors end"
    work.draft.say(
        f"Whether there are papers{work.what}, the records do not show: {lists} in “et al.”, and no list that is "
        f"whole is so long. The papers themselves tell."
    )
    work.done.answered = False
    return work.done


def _no_such_kind(work: Computation) -> Computed:
    """That no paper is a survey, and which come near to what it should have been on."""
    filters = work.plan.filters
    kinds = join([KIND_NAMES[kind] for kind in filters.kinds], "or")
    what = told_of(replace(filters, kinds=()))
    others = work.catalogue.select(replace(filters, kinds=())).papers
    work.done.near = others[-_CLOSEST:][::-1] if filters.topic else ()
    near = "; ".join(f"*{escape(clean(paper.title))}*" for paper in work.done.near)
    closest = f" Closest: {near}." if near else ""
    work.draft.say(
        f"I found no {kinds}{what} among the {counted(len(work.catalogue.papers))} here: no title and no abstract "
        f"says that it is one.{closest}"
    )
    work.done.answered = False
    return work.done


def _joined(done: Computed, plan: Plan, catalogue: Catalogue, vocabulary: Vocabulary) -> Computed:
    """What was computed with the answer to another plan below it; where one of them is not known, a note says so."""
    draft = done.draft if done.answered else Draft()
    said = len(draft.parts)
    if said:
        draft.say("\n\n")
    other = _computed(Computation(plan, catalogue, vocabulary, draft))
    if done.answered and other.answered:
        known = {row.get("key") for row in done.table}
        alike = not done.table or not other.table or done.table[0].keys() == other.table[0].keys()
        rows = [row for row in other.table if "key" not in row or row["key"] not in known] if alike else []
        return replace(
            done, table=done.table + rows, notes=done.notes + other.notes, papers=[*done.papers, *other.papers]
        )
    if done.answered:
        unknown = "".join(draft.parts[said:])
        del draft.parts[said:]
        return replace(done, notes=[*done.notes, _plainly(unknown), *other.notes])
    if other.answered:
        return replace(other, notes=[*done.notes, _plainly(done.draft.text), *other.notes])
    done.draft.say(f"\n\n{other.draft.text}")
    return done


def _plainly(text: str) -> str:
    return text.replace("*", "").partition(" Closest: ")[0].strip()


def _persons_in(filters: Filters) -> Iterator[str]:
    """Whom the filters want among the authors."""
    yield from (*filters.authors, *filters.any_authors, *filters.first_authors, *filters.last_authors)
    yield from (name for _, name in filters.placed_authors)


def place_in_words(told: Told) -> str:
    """``The second latest of the 12 papers on “parsing” is``"""
    if not told.number:
        return f"{told.words} is"
    what = told_of(told.filters)
    return (
        f"The only paper{what} is" if told.number == 1 else f"The {told.words} of the {counted(told.number)}{what} is"
    )


def dated(paper: Paper, draft: Draft) -> str:
    """A paper with its date, as a sentence ends."""
    marker = draft.cite(paper, *record_span(paper))
    return f"**{escape(clean(paper.title))}**, {date_in_words(paper.date or '')} {marker}."
