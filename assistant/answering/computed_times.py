"""Computed answers about time: the first and the last papers, what fell in which period, and the gaps."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import replace

from assistant.answering.computation import NAMED, Computation, told_of, within
from assistant.answering.wording import counted, date_in_words, join
from assistant.catalogue import Group
from assistant.english.general import WHO, YES_NO
from assistant.papers import Paper, clean
from assistant.planning.conditions import years_in_words
from assistant.rendering import escape


def tell_ends(work: Computation) -> None:
    """The first papers, the last, or both."""
    plan = work.plan
    dated = [paper for paper in work.chosen.papers if paper.date]
    if not dated:
        work.no_dates("date")
        return
    if plan.pick in ("first", "both_ends"):
        _end(work, "earliest", dated)
    if plan.pick in ("last", "both_ends"):
        _end(work, "latest", dated[::-1])
    if plan.subject == "topics":
        work.say_topics(dated[::-1][: plan.limit or 1], "By topic, these are on")
    work.note_incomplete()


def _end(work: Computation, word: str, ordered: Sequence[Paper]) -> None:
    """The first of the ordered papers, with those of the same date."""
    limit = work.plan.limit or 1
    shown = list(ordered[:limit])
    if limit == 1:
        shown = [paper for paper in ordered if paper.date == ordered[0].date]
    head = (
        f"The {word} of the {counted(len(ordered))}{work.what}"
        if len(ordered) > len(shown) or len(shown) == 1 < len(ordered)
        else f"The {counted(len(ordered))}{work.what}, the {word} first,"
        if len(ordered) > 1
        else f"The only paper{work.what}"
    )
    work.done.table += [work.row(paper) for paper in shown]
    if work.draft.parts and not work.draft.parts[-1].endswith("\n\n"):
        work.draft.say("\n\n")
    if len(shown) == 1:
        paper = shown[0]
        work.draft.say(
            f"{head} is **{escape(clean(paper.title))}**, {date_in_words(paper.date or '')}{_by(work, paper)} "
            f"{work.cite(paper)}."
        )
        return
    dates = {paper.date for paper in shown}
    when = f", all of {date_in_words(shown[0].date or '')}" if len(dates) == 1 else ""
    number = f" {len(shown)}" if len(shown) < len(ordered) else ""
    work.draft.say(f"{head} are{number}{when} {work.all_of(shown)}:\n\n")
    work.draft.say(
        "\n".join(
            f"- **{escape(clean(p.title))}**, {date_in_words(p.date or '')} {work.cite(p)}" for p in shown[:NAMED]
        )
    )


def _by(work: Computation, paper: Paper) -> str:
    """Who wrote it, where that is asked as well."""
    if not paper.authors or not WHO.search(work.plan.standalone_question):
        return ""
    names = [escape(author.name) for author in paper.authors]
    return f", by {join(names)}" if paper.authors_complete else f", by {', '.join(names)} et al."


def tell_periods(work: Computation) -> None:
    """How many papers there are of each period that is asked about."""
    rows: list[Group] = []
    for period in work.plan.periods:
        inside = [paper for paper in work.chosen.papers if within(paper, period)]
        label = years_in_words(period).removeprefix("from ")
        rows.append(Group(label, tuple(inside), {paper.key: work.span(paper) for paper in inside}))
    what = told_of(replace(work.plan.filters, years=None))
    parts = [
        f"**{counted(len(group.papers))}** {years_in_words(period)}{' ' + work.markers(group) if group.papers else ''}"
        for group, period in zip(rows, work.plan.periods, strict=True)
    ]
    of = f"Of the papers{what}, there" if what else "There"
    work.draft.say(f"{of} are {join(parts)}.")
    work.tabulate(rows, "year", heading="period")


def tell_absent(work: Computation) -> None:
    """Which years have no paper; or, by months, where the longest gap is."""
    if work.plan.group_by == ("month",):
        _longest_gap(work)
        return
    filters = work.plan.filters
    chosen = work.catalogue.select(replace(filters, years=None, dates=None))
    groups = work.catalogue.group(chosen.papers, "year")
    if not groups:
        work.no_dates("year")
        return
    years = [int(group.value) for group in groups]
    low, high = filters.years or (None, None)
    oldest, newest = work.vocabulary.years
    first = low if low is not None else oldest or years[0]
    last = high if high is not None else newest or years[-1]
    missing = [year for year in range(first, last + 1) if year not in years]
    what = told_of(replace(filters, years=None, dates=None))
    inside = [group for group in groups if first <= int(group.value) <= last]
    held = [paper for group in inside for paper in group.papers]
    if missing:
        word = "year" if len(missing) == 1 else "years"
        none = f"there is no paper{what} in **{join([str(year) for year in missing])}**, {len(missing)} {word}"
        others = "the others have at least one" if held else "the nearest are before and after"
        markers = work.all_of(held or [chosen.papers[0], chosen.papers[-1]], chosen.spans)
        said = _yes_or_no(work, bool(missing))
        work.draft.say(f"{said}rom {first} to {last} {none}; {others} {markers}.")
    else:
        markers = work.all_of(held, chosen.spans)
        work.draft.say(
            f"{_yes_or_no(work, False)}rom {first} to {last} every year has at least one paper{what}, so there is "
            f"no gap {markers}."
        )
    by_year = {int(group.value): group for group in inside}
    rows = [by_year.get(year) or Group(year, (), {}) for year in range(first, last + 1)]
    work.tabulate(rows, "year")


def _yes_or_no(work: Computation, missing: bool) -> str:
    """How a sentence that goes on with ``rom ...`` begins: with a yes or a no where the question wants one."""
    question = work.plan.standalone_question
    if not YES_NO.match(question):
        return "F"
    yes = missing != bool(re.search(r"\b(?:every|each)\b", question, re.IGNORECASE))
    return f"{'Yes' if yes else 'No'}: f"


def _longest_gap(work: Computation) -> None:
    dated = [paper for paper in work.chosen.papers if paper.date and len(paper.date) >= 7]
    if len(dated) < 2:
        work.no_dates("month" if work.chosen.papers else "date")
        return
    months = [int(paper.date[:4]) * 12 + int(paper.date[5:7]) for paper in dated if paper.date]
    length, place = max((later - earlier, n) for n, (earlier, later) in enumerate(itertools.pairwise(months)))
    before, after = dated[place], dated[place + 1]
    work.draft.say(
        f"The longest time without a paper{work.what} is **{length} month{'s' * (length != 1)}**, from "
        f"{date_in_words(before.date or '')}, *{escape(clean(before.title))}* {work.cite(before)}, to "
        f"{date_in_words(after.date or '')}, *{escape(clean(after.title))}* {work.cite(after)}."
    )
    work.done.table = [work.row(before), work.row(after)]
