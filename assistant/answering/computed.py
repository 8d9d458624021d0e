"""Answers that are counted: a set of papers is chosen by code, counted, listed, ranked, dated or followed over time.

Every number comes with all the papers behind it: each is cited, the text names up to ten and the table holds them all.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from assistant.analysis.phrases import is_description
from assistant.answering.drafting import Draft
from assistant.answering.wording import (
    NOUNS,
    conditions,
    counted,
    date_in_words,
    join,
    percent,
    run_of,
)
from assistant.answers import DIMENSION_OF, Chart, Dimension, Filters, Plan, Years
from assistant.catalogue import (
    MEASURED,
    OTHER_TOPIC,
    TIMED,
    Catalogue,
    Group,
    Span,
    authors_span,
    by_date,
    record_span,
)
from assistant.conditions import Vocabulary, read_conditions, years_in_words
from assistant.counting_english import CHANGES, CO_AUTHORS, SHARE, SHARE_VERB
from assistant.english import WHO, YES_NO
from assistant.papers import Paper, clean
from assistant.placing import Told
from assistant.rendering import escape
from assistant.tables import HEADINGS, Table, cross_table, nested_table, table_of_groups
from assistant.words import folded

NAMED = 10
"""Papers, or groups, that the text names; the table holds all."""


_CLOSEST = 3
_TOLD = 3
"""Topics or persons that a sentence names."""
KIND_NAMES = {"survey": "survey", "position": "position paper", "tutorial": "tutorial"}
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


def compute(plan: Plan, catalogue: Catalogue, vocabulary: Vocabulary, also: Sequence[Plan] = ()) -> Computed:
    """Answer a plan whose intent is to list, count, follow over time, or name persons; ``also`` are plans that the same
    question asks beside it."""
    done = _Computation(plan, catalogue, vocabulary).run()
    for other in also:
        done = _joined(done, other, catalogue, vocabulary)
    return done


def _joined(done: Computed, plan: Plan, catalogue: Catalogue, vocabulary: Vocabulary) -> Computed:
    """What was computed with the answer to another plan below it; where one of them is not known, a note says so."""
    draft = done.draft if done.answered else Draft()
    said = len(draft.parts)
    if said:
        draft.say("\n\n")
    other = _Computation(plan, catalogue, vocabulary, draft).run()
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


class _Computation:
    def __init__(self, plan: Plan, catalogue: Catalogue, vocabulary: Vocabulary, draft: Draft | None = None) -> None:
        self._plan = plan
        self._catalogue = catalogue
        self._vocabulary = vocabulary
        self._draft = draft or Draft()
        self._done = Computed(self._draft)
        chosen = _of_papers(plan)
        self._chosen = catalogue.select(chosen)
        self._plain = conditions(chosen)
        self._what = _told(chosen)

    def run(self) -> Computed:
        plan, chosen = self._plan, self._chosen
        self._done.notes += chosen.notes
        self._done.papers = chosen.papers
        self._done.notes += self._of_several_people()
        if not chosen.papers and plan.pick != "absent":
            return self._nothing()
        if plan.subject == "owner":
            self._owner_told()
        elif plan.pick == "to_begin":
            self._to_begin()
        elif plan.pick == "foremost":
            self._foremost()
        elif plan.pick == "mean" and plan.group_by == ("author_count",):
            self._mean_of_authors()
        elif plan.pick == "mean" and plan.group_by == ("year",):
            self._mean_per_year()
        elif plan.pick == "shared" and plan.group_by:
            self._shared(plan.group_by[0])
        elif plan.group_by and plan.group_by[0] in MEASURED and plan.pick:
            self._extreme(plan.group_by[0])
        elif plan.pick == "share":
            self._share()
        elif plan.pick == "absent":
            self._absent()
        elif plan.pick in ("first", "last", "both_ends"):
            self._ends()
        elif plan.subject == "topics" or "topic" in plan.group_by:
            self._topics()
        elif plan.subject != "papers":
            self._things()
        elif plan.group_by and plan.pick in ("most", "fewest"):
            self._peak(plan.group_by[0])
        elif plan.periods and plan.intent == "trend":
            self._periods()
        elif plan.group_by:
            one_year = plan.group_by == ("year",) and len({paper.year for paper in chosen.papers if paper.year}) == 1
            months = any(paper.date and len(paper.date) >= 7 for paper in chosen.papers)
            self._grouped(("month",) if one_year and months and not plan.filters.months else plan.group_by)
        else:
            self._papers()
        return self._done

    def _of_several_people(self) -> list[str]:
        """Where the papers of a person who is asked about are, as the user has decided, of several people."""
        names = list(_persons_in(self._plan.filters))
        return self._catalogue.namesakes.apart().of_several(names, self._chosen.papers) if names else []

    # nothing is left

    def _nothing(self) -> Computed:
        """Why no paper is left, and what there is."""
        filters = self._plan.filters
        self._done.near = self._chosen.near
        everything = self._catalogue.papers
        if filters.kinds:
            return self._no_such_kind()
        if filters.author_range is not None and self._chosen.unlisted:
            return self._none_surely_so_long()
        if filters.topic and self._catalogue.select(replace(filters, topic=None)).papers:
            near = "; ".join(f"*{escape(clean(paper.title))}*" for paper in self._chosen.near)
            closest = f" Closest: {near}." if near else ""
            self._draft.say(f"I found no papers{self._what} among the {len(everything):,} here.{closest}")
            self._done.answered = False
            return self._done
        dated = [paper for paper in everything if paper.date]
        only_years = all(len(paper.date or "") == 4 for paper in dated) and (filters.dates or filters.months)
        if self._plan.intent == "count" and dated and not only_years:
            ends = f"{self._vocabulary.span()} {self._all([dated[0], dated[-1]])}"
            self._draft.say(f"There are **0 papers{self._what}** among the {len(everything):,} here; {ends}.")
            return self._done
        alone = all(len(paper.date or "") == 4 for paper in dated) and (filters.dates or filters.months)
        years = ", and their dates are years alone" if dated and alone else ""
        self._draft.say(f"There are no papers{self._what} here; {self._vocabulary.span()}{years}.")
        self._done.answered = False
        return self._done

    def _none_surely_so_long(self) -> Computed:
        """That lists of authors which end in "et al." do not show whether they are so long."""
        cut = self._chosen.unlisted
        lists = "1 list of authors ends" if cut == 1 else f"{cut:,} lists of authors end"
        self._draft.say(
            f"Whether there are papers{self._what}, the records do not show: {lists} in “et al.”, and no list that is "
            f"whole is so long. The papers themselves tell."
        )
        self._done.answered = False
        return self._done

    def _no_such_kind(self) -> Computed:
        """That no paper is a survey, and which come near to what it should have been on."""
        filters = self._plan.filters
        kinds = join([KIND_NAMES[kind] for kind in filters.kinds], "or")
        what = _told(replace(filters, kinds=()))
        others = self._catalogue.select(replace(filters, kinds=())).papers
        self._done.near = others[-_CLOSEST:][::-1] if filters.topic else ()
        near = "; ".join(f"*{escape(clean(paper.title))}*" for paper in self._done.near)
        closest = f" Closest: {near}." if near else ""
        self._draft.say(
            f"I found no {kinds}{what} among the {counted(len(self._catalogue.papers))} here: no title and no abstract "
            f"says that it is one.{closest}"
        )
        self._done.answered = False
        return self._done

    # the papers themselves

    def _papers(self) -> None:
        papers = self._chosen.papers
        everything = len(self._catalogue.papers)
        markers = self._all(papers)
        least = "at least " if self._chosen.unlisted else ""
        number = f"**{least}{counted(len(papers))}{self._what}**"
        of = "" if len(papers) == everything else f", of {everything:,} in this library"
        if self._plan.intent == "count":
            verb = "There is" if len(papers) == 1 else "There are"
            self._draft.say(f"{verb} {number}{of} {markers}.")
        else:
            self._draft.say(f"{least.capitalize()}{counted(len(papers))}{self._what}{of} {markers}:".strip())
        self._incomplete()
        shown = papers[: self._plan.limit or NAMED]
        if len(papers) <= NAMED or self._plan.intent == "list":
            self._draft.say("\n\n" + "\n".join(self._bullet(paper) for paper in shown))
            if len(papers) > len(shown):
                self._draft.say(f"\n\nThe table holds the other {len(papers) - len(shown):,}.")
        self._done.table = [self._row(paper) for paper in papers]

    def _bullet(self, paper: Paper, span: Span | None = None) -> str:
        year = f" ({paper.year})" if paper.year else ""
        marker = self._draft.cite(paper, *span) if span else self._cite(paper)
        return f"- **{escape(clean(paper.title))}**{year} {marker}"

    def _passage(self, paper: Paper) -> dict[str, str]:
        """Where the filters are about what papers say: the words that say it."""
        filters = self._plan.filters
        if not (filters.topic or filters.mentions or filters.introduces):
            return {}
        start, end = self._span(paper)
        return {"passage": " ".join(clean(paper.text[start:end]).split())}

    def _row(self, paper: Paper) -> dict[str, Any]:
        return {
            "title": clean(paper.title),
            "year": paper.year,
            "date": paper.date,
            "category": paper.category,
            "code": paper.has_code,
            **(
                {"affiliation": paper.affiliation}
                if self._plan.filters.has_affiliation or self._plan.filters.affiliations
                else {}
            ),
            "authors": ", ".join(a.name for a in paper.authors) + ("" if paper.authors_complete else " et al."),
            **self._passage(paper),
            "key": paper.key,
            "source": self._number(paper),
        }

    def _incomplete(self) -> None:
        if self._chosen.unlisted:
            f = self._plan.filters
            names = join(f.authors or f.any_authors or f.last_authors)
            lists = "1 other paper's list" if self._chosen.unlisted == 1 else f"{self._chosen.unlisted:,} other lists"
            end = "ends" if self._chosen.unlisted == 1 else "end"
            hidden = f"hide {escape(names)}" if names else "be so long"
            self._done.notes.append(
                f"{lists} of authors {end} in “et al.” and may {hidden}: the number is the least it can be."
            )

    # first and last

    def _ends(self) -> None:
        plan = self._plan
        dated = [paper for paper in self._chosen.papers if paper.date]
        if not dated:
            self._no_dates("date")
            return
        if plan.pick in ("first", "both_ends"):
            self._end("earliest", dated)
        if plan.pick in ("last", "both_ends"):
            self._end("latest", dated[::-1])
        if plan.subject == "topics":
            self._say_topics(dated[::-1][: plan.limit or 1], "By topic, these are on")
        self._incomplete()

    def _end(self, word: str, ordered: Sequence[Paper]) -> None:
        """The first of the ordered papers, with those of the same date."""
        limit = self._plan.limit or 1
        shown = list(ordered[:limit])
        if limit == 1:
            shown = [paper for paper in ordered if paper.date == ordered[0].date]
        head = (
            f"The {word} of the {counted(len(ordered))}{self._what}"
            if len(ordered) > len(shown) or len(shown) == 1 < len(ordered)
            else f"The {counted(len(ordered))}{self._what}, the {word} first,"
            if len(ordered) > 1
            else f"The only paper{self._what}"
        )
        self._done.table += [self._row(paper) for paper in shown]
        if self._draft.parts and not self._draft.parts[-1].endswith("\n\n"):
            self._draft.say("\n\n")
        if len(shown) == 1:
            paper = shown[0]
            self._draft.say(
                f"{head} is **{escape(clean(paper.title))}**, {date_in_words(paper.date or '')}{self._by(paper)} "
                f"{self._cite(paper)}."
            )
            return
        dates = {paper.date for paper in shown}
        when = f", all of {date_in_words(shown[0].date or '')}" if len(dates) == 1 else ""
        number = f" {len(shown)}" if len(shown) < len(ordered) else ""
        self._draft.say(f"{head} are{number}{when} {self._all(shown)}:\n\n")
        self._draft.say(
            "\n".join(
                f"- **{escape(clean(p.title))}**, {date_in_words(p.date or '')} {self._cite(p)}" for p in shown[:NAMED]
            )
        )

    def _by(self, paper: Paper) -> str:
        """Who wrote it, where that is asked as well."""
        if not paper.authors or not WHO.search(self._plan.standalone_question):
            return ""
        names = [escape(author.name) for author in paper.authors]
        return f", by {join(names)}" if paper.authors_complete else f", by {', '.join(names)} et al."

    # over time, by kind

    def _grouped(self, dimensions: Sequence[Dimension]) -> None:
        groups = self._groups(dimensions[0])
        if not groups:
            self._no_values(dimensions[0])
            return
        over_time = dimensions[0] in TIMED
        papers = _papers_of(groups)
        shown = groups if over_time else groups[:NAMED]
        total = f"**{counted(len(papers))}{self._what}**"
        parts = [f"{len(group.papers)} in {self._said(group, dimensions[0])} {self._markers(group)}" for group in shown]
        self._draft.say(
            f"By {HEADINGS[dimensions[0]]}, the {total} {'is' if len(papers) == 1 else 'are'}: {join(parts)}."
        )
        if dimensions[0] == "year" and CHANGES.search(self._plan.standalone_question):
            self._say_direction(groups)
        if len(groups) > len(shown):
            self._draft.say(f" The table holds the other {len(groups) - len(shown):,}.")
        if len(dimensions) > 1:
            self._cross(groups, dimensions[0], dimensions[1])
        else:
            self._tabulate(groups, dimensions[0])

    def _say_direction(self, groups: Sequence[Group]) -> None:
        if len(groups) < 2:
            return
        first, last = groups[0], groups[-1]
        a, b = len(first.papers), len(last.papers)
        way = "up" if b > a else "down" if b < a else ""
        told = f"the number goes {way}, from {a} to {b}" if way else f"the number is the same, {a}"
        self._draft.say(f" From {first.value} to {last.value} {told} {self._all([*first.papers, *last.papers])}.")

    def _peak(self, dimension: Dimension) -> None:
        groups = self._groups(dimension)
        if not groups:
            self._no_values(dimension)
            return
        most = self._plan.pick == "most"
        ordered = sorted(groups, key=lambda group: -len(group.papers) if most else len(group.papers))
        if self._plan.limit:
            top = ordered[: self._plan.limit]
            parts = [f"{self._said(g, dimension)} ({len(g.papers)}) {self._markers(g)}" for g in top]
            self._draft.say(f"The {'most' if most else 'fewest'} papers{self._what} are of {join(parts)}.")
        else:
            best = len(ordered[0].papers)
            ties = [group for group in ordered if len(group.papers) == best]
            names = join([f"**{self._said(group, dimension)}** {self._markers(group)}" for group in ties[:NAMED]])
            verb = "has" if len(ties) == 1 else "have"
            each = "" if len(ties) == 1 else " each"
            self._draft.say(f"{names} {verb} the {'most' if most else 'fewest'} papers{self._what}: **{best}**{each}.")
        self._tabulate(groups, dimension)

    def _periods(self) -> None:
        rows: list[Group] = []
        for period in self._plan.periods:
            inside = [paper for paper in self._chosen.papers if _within(paper, period)]
            label = years_in_words(period).removeprefix("from ")
            rows.append(Group(label, tuple(inside), {paper.key: self._span(paper) for paper in inside}))
        what = _told(replace(self._plan.filters, years=None))
        parts = [
            f"**{counted(len(group.papers))}** {years_in_words(period)}"
            f"{' ' + self._markers(group) if group.papers else ''}"
            for group, period in zip(rows, self._plan.periods, strict=True)
        ]
        of = f"Of the papers{what}, there" if what else "There"
        self._draft.say(f"{of} are {join(parts)}.")
        self._tabulate(rows, "year", heading="period")

    def _absent(self) -> None:
        """Which years have no paper; or, by months, where the longest gap is."""
        if self._plan.group_by == ("month",):
            self._longest_gap()
            return
        filters = self._plan.filters
        chosen = self._catalogue.select(replace(filters, years=None, dates=None))
        groups = self._catalogue.group(chosen.papers, "year")
        if not groups:
            self._no_dates("year")
            return
        years = [int(group.value) for group in groups]
        low, high = filters.years or (None, None)
        oldest, newest = self._vocabulary.years
        first = low if low is not None else oldest or years[0]
        last = high if high is not None else newest or years[-1]
        missing = [year for year in range(first, last + 1) if year not in years]
        what = _told(replace(filters, years=None, dates=None))
        inside = [group for group in groups if first <= int(group.value) <= last]
        held = [paper for group in inside for paper in group.papers]
        if missing:
            word = "year" if len(missing) == 1 else "years"
            none = f"there is no paper{what} in **{join([str(year) for year in missing])}**, {len(missing)} {word}"
            others = "the others have at least one" if held else "the nearest are before and after"
            markers = self._all(held or [chosen.papers[0], chosen.papers[-1]], chosen.spans)
            said = self._yes_or_no(bool(missing))
            self._draft.say(f"{said}rom {first} to {last} {none}; {others} {markers}.")
        else:
            markers = self._all(held, chosen.spans)
            self._draft.say(
                f"{self._yes_or_no(False)}rom {first} to {last} every year has at least one paper{what}, so there is "
                f"no gap {markers}."
            )
        by_year = {int(group.value): group for group in inside}
        rows = [by_year.get(year) or Group(year, (), {}) for year in range(first, last + 1)]
        self._tabulate(rows, "year")

    def _yes_or_no(self, missing: bool) -> str:
        """How a sentence that goes on with ``rom ...`` begins: with a yes or a no where the question wants one."""
        question = self._plan.standalone_question
        if not YES_NO.match(question):
            return "F"
        yes = missing != bool(re.search(r"\b(?:every|each)\b", question, re.IGNORECASE))
        return f"{'Yes' if yes else 'No'}: f"

    def _longest_gap(self) -> None:
        dated = [paper for paper in self._chosen.papers if paper.date and len(paper.date) >= 7]
        if len(dated) < 2:
            self._no_dates("month" if self._chosen.papers else "date")
            return
        months = [int(paper.date[:4]) * 12 + int(paper.date[5:7]) for paper in dated if paper.date]
        length, place = max((later - earlier, n) for n, (earlier, later) in enumerate(itertools.pairwise(months)))
        before, after = dated[place], dated[place + 1]
        self._draft.say(
            f"The longest time without a paper{self._what} is **{length} month{'s' * (length != 1)}**, from "
            f"{date_in_words(before.date or '')}, *{escape(clean(before.title))}* {self._cite(before)}, to "
            f"{date_in_words(after.date or '')}, *{escape(clean(after.title))}* {self._cite(after)}."
        )
        self._done.table = [self._row(before), self._row(after)]

    # shares

    def _share(self) -> None:
        plan = self._plan
        if plan.group_by:
            groups = self._groups(plan.group_by[0])
            if not groups:
                self._no_values(plan.group_by[0])
                return
            if plan.filters.has_code is not None and plan.group_by == ("year",):
                self._share_by_year(groups)
                return
            total = len(_papers_of(groups))
            parts = [
                f"{self._said(g, plan.group_by[0])}: {percent(len(g.papers), total)} ({len(g.papers)}) "
                f"{self._markers(g)}"
                for g in groups[: 2 * NAMED]
            ]
            self._draft.say(f"Of the {counted(total)}{self._what}, by {HEADINGS[plan.group_by[0]]}: {join(parts)}.")
            self._tabulate(groups, plan.group_by[0], whole=total)
            return
        chosen = self._chosen.papers
        whole = self._whole_of_share()
        self._draft.say(
            f"**{percent(len(chosen), len(whole))}**: {len(chosen):,} of the {counted(len(whole))} are "
            f"papers{self._what} {self._all(chosen)}."
        )
        self._incomplete()
        self._done.table = [self._row(paper) for paper in chosen]

    def _share_by_year(self, groups: Sequence[Group]) -> None:
        """What part of each year's papers meets the filter on code."""
        every = self._catalogue.select(replace(self._plan.filters, has_code=None)).papers
        wholes = {group.value: len(group.papers) for group in self._catalogue.group(every, "year")}
        parts = [
            f"{g.value}: {percent(len(g.papers), wholes[g.value])} ({len(g.papers)} of {wholes[g.value]}) "
            f"{self._markers(g)}"
            for g in groups
        ]
        self._draft.say(f"Of each year's papers these are the share{self._what}: {join(parts)}.")
        self._tabulate(groups, "year")

    def _whole_of_share(self) -> Sequence[Paper]:
        """What a share is of: ``the papers since 2017`` in ``of the papers since 2017, what share is from CV``.

        The filters that stand before the verb say it; where all do, the one most often asked about is left out.
        """
        filters = _of_papers(self._plan)
        question = self._plan.standalone_question
        said = SHARE.search(question)
        head = SHARE_VERB.split(question[said.end() :] if said else question, maxsplit=1)[0]
        before = read_conditions(head, self._vocabulary).filters
        present = [name for name in _ASKED_OF_A_SHARE if getattr(filters, name) not in (None, ())]
        kept = {name for name in present if getattr(before, name) not in (None, ())}
        if filters.topic and all(word in folded(head) for word in folded(filters.topic).split()):
            kept.add("topic")
        asked = [name for name in present if name not in kept] or present[:1]
        without: dict[str, Any] = {name: getattr(Filters(), name) for name in asked}
        return self._catalogue.select(replace(filters, **without)).papers

    # the longest and the shortest, the average, what several have

    def _extreme(self, dimension: Dimension) -> None:
        """Which paper has the most authors, or the longest title."""
        groups = self._groups(dimension)
        if not groups:
            self._no_values(dimension)
            return
        most = self._plan.pick == "most"
        best, papers = groups[-1 if most else 0], _papers_of(groups)
        if most and dimension == "author_count" and self._say_longer_lists(int(best.value)):
            return
        cut = [paper for paper in self._chosen.papers if not paper.authors_complete]
        if dimension == "author_count" and all(len(paper.authors) >= int(best.value) for paper in cut):
            papers = list(self._chosen.papers)  # a list that is cut has more than it shows
        whole = (
            " whose list of authors is whole"
            if dimension == "author_count" and len(papers) < len(self._chosen.papers)
            else ""
        )
        of = f"Of the {counted(len(papers))}{self._what}{whole}"
        extreme = f"the {'most' if most else 'fewest'} {_MEASURES[dimension]}: **{best.value}**"
        if len(best.papers) == 1:
            paper = best.papers[0]
            year = f" ({paper.year})" if paper.year else ""
            self._draft.say(f"{of}, **{escape(clean(paper.title))}**{year} has {extreme} {self._markers(best)}.")
        else:
            self._draft.say(f"{of}, {len(best.papers)} have {extreme} each {self._markers(best)}:\n\n")
            self._draft.say("\n".join(self._bullet(paper, best.spans[paper.key]) for paper in best.papers[:NAMED]))
            if len(best.papers) > NAMED:
                self._draft.say(f"\n\nThe table holds the other {len(best.papers) - NAMED:,}.")
        self._tabulate(groups, dimension)

    def _say_longer_lists(self, longest: int) -> bool:
        """Where lists that end in "et al." are longer than any that is whole: which papers have them."""
        cut = [p for p in self._chosen.papers if not p.authors_complete and len(p.authors) >= longest]
        if not cut:
            return False
        spans = {paper.key: authors_span(paper) for paper in cut}
        lists = "1 list of authors ends" if len(cut) == 1 else f"{len(cut):,} lists of authors end"
        has = "has" if len(cut) == 1 else "have"
        which = "" if len(cut) == 1 else "; which of them has the most, their records do not show"
        self._draft.say(
            f"Of the {counted(len(self._chosen.papers))}{self._what}, **{counted(len(cut))}** {has} the most authors: "
            f"{lists} in “et al.” and so {has} more than {longest}, the most in a list that is whole{which} "
            f"{self._all(cut, spans)}:\n\n"
        )
        self._draft.say("\n".join(self._bullet(paper, spans[paper.key]) for paper in cut[:NAMED]))
        if len(cut) > NAMED:
            self._draft.say(f"\n\nThe table holds the other {len(cut) - NAMED:,}.")
        self._done.table = [self._row(paper) for paper in cut]
        return True

    def _mean_per_year(self) -> None:
        groups = self._groups("year")
        if not groups:
            self._no_values("year")
            return
        papers = _papers_of(groups)
        low, high = groups[0].value, groups[-1].value
        years = int(high) - int(low) + 1
        self._draft.say(
            f"The {counted(len(papers))}{self._what} of the {years:,} year{'s' * (years != 1)} {low} to {high} are "
            f"**{_rounded(len(papers) / years)} a year** on average {self._all_groups(groups)}."
        )
        self._tabulate(groups, "year")

    def _mean_of_authors(self) -> None:
        """A list that ends in "et al." has one more author than it shows, or several."""
        papers = [paper for paper in self._chosen.papers if paper.authors]
        if not papers:
            self._no_values("author_count")
            return
        cut = sum(not paper.authors_complete for paper in papers)
        mean = (sum(len(paper.authors) for paper in papers) + cut) / len(papers)
        markers = self._all(papers, {paper.key: authors_span(paper) for paper in papers})
        least = "at least " if cut else ""
        lists = f"; {cut:,} of the lists {'ends' if cut == 1 else 'end'} in “et al.”" if cut else ""
        number = f"**{least}{_rounded(mean)} authors**"
        self._draft.say(f"The {counted(len(papers))}{self._what} have {number} on average{lists} {markers}.")
        self._tabulate(self._groups("author_count"), "author_count")

    def _shared(self, dimension: Dimension) -> None:
        """Who, or what, stands in more than one paper."""
        groups = [group for group in self._groups(dimension) if len(group.papers) > 1]
        papers = self._chosen.papers
        if not groups:
            self._draft.say(f"No two of the {counted(len(papers))}{self._what} share one {self._all(papers)}.")
            return
        number = f"**{counted(len(groups), self._plan.subject)}**"
        verb = "stands" if len(groups) == 1 else "stand"
        behind = _papers_of(groups)
        self._draft.say(
            f"{number} {verb} on more than one of the {counted(len(papers))}{self._what}, on {len(behind):,} of them "
            f"in all {self._all_groups(groups)}:\n\n"
        )
        self._draft.say("\n".join(self._thing(group, by_time=False) for group in groups[:NAMED]))
        if len(groups) > NAMED:
            self._draft.say(f"\n\nThe table holds the other {len(groups) - NAMED:,}.")
        self._tabulate(groups, dimension)

    # whose the papers are, and where to begin

    def _owner_told(self) -> None:
        papers, owner = self._chosen.papers, self._owner()
        years = _years_of(papers).strip(" ()")
        when = f", {'from' if 'to' in years else 'of'} {years}" if years else ""
        people = self._catalogue.group(papers, "author", but=[owner] if owner else [])
        if owner:
            profile = self._catalogue.library.author
            field = f" (field: {escape(profile.subject)})" if profile and profile.subject else ""
            self._draft.say(
                f"The author is **{escape(owner)}**{field}: this library holds {counted(len(papers))} of that author"
                f"{when} {self._all(papers)}."
            )
            if self._plan.filters.papers or not people:
                return
            told = join([f"{escape(str(g.value))} ({len(g.papers)}) {self._markers(g)}" for g in people[:_TOLD]])
            self._draft.say(f" The most frequent co-authors are {told}.")
        elif people:
            first = people[0]
            self._draft.say(
                f"No source says whose {counted(len(papers))} these are{when}; the name that stands on most of them is "
                f"**{escape(str(first.value))}**, on {len(first.papers):,} {self._markers(first)}."
            )
        else:
            self._draft.say("Neither the sources nor the papers say whose these are.")
            self._done.answered = False
            return
        if len(papers) >= NAMED:
            self._say_topics(papers, "By topic, most are on")

    def _say_topics(self, papers: Sequence[Paper], lead: str) -> None:
        groups = self._catalogue.group(papers, "topic")
        named = [group for group in groups if group.value != OTHER_TOPIC][:_TOLD]
        if named:
            parts = [f"**{escape(str(g.value))}** ({len(g.papers)}) {self._markers(g)}" for g in named]
            self._draft.say(f"\n\n{lead} {join(parts)}.")

    def _to_begin(self) -> None:
        """No record says what to read first; what it does say of some papers."""
        papers = self._chosen.papers
        self._draft.say(
            f"What to read first of the {counted(len(papers))}{self._what}, no record says; these suggest themselves "
            f"{self._all([paper for _, paper in self._suggested()])}:\n\n"
        )
        rows = self._suggested()
        self._draft.say("\n".join(f"- {why}: {self._bullet(paper).removeprefix('- ')}" for why, paper in rows))
        self._done.table = [{"why": why, **self._row(paper)} for why, paper in rows]

    def _foremost(self) -> None:
        """Which paper matters most is a judgement that nothing here holds."""
        rows = self._suggested()
        self._done.near = [paper for _, paper in rows]
        told = "; ".join(f"*{escape(clean(paper.title))}* ({why})" for why, paper in rows)
        self._draft.say(
            f"Which paper matters most, or is the best, neither the papers nor their records say; counts of "
            f"citations, as OpenAlex or Semantic Scholar give them, are one sign of it. Ask for the newest, for those "
            f"with code, or which one to read first. Closest: {told}."
        )
        self._done.answered = False

    def _suggested(self) -> list[tuple[str, Paper]]:
        """What a newcomer may begin with, each with why: an overview, the newest, the one nearest to all others."""
        papers = self._chosen.papers
        keys = {paper.key for paper in papers}
        overviews = self._catalogue.select(
            replace(_of_papers(self._plan), topic=None, kinds=("survey", "tutorial"))
        ).papers
        rows = [("an overview", paper) for paper in [p for p in overviews if p.key in keys][-1:]]
        rows += [("the newest", paper) for paper in [p for p in papers if p.date][-1:]]
        if len(papers) > 2:
            rows.append(("the nearest in content to all the others", self._catalogue.most_central(papers)))
        return rows or [("the only one", papers[0])]

    # things: datasets, methods, authors, categories, topics

    def _things(self) -> None:
        plan = self._plan
        dimension = DIMENSION_OF[plan.subject]
        if plan.subject == "code":
            self._links()
            return
        groups = self._groups(dimension)
        if not groups:
            self._no_values(dimension)
            return
        if plan.pick in ("most", "fewest") and plan.intent == "count":
            self._peak(dimension)
            return
        papers = _papers_of(groups)
        people = dimension in ("author", "first_author", "author_pair")
        cut = people and any(not paper.authors_complete for paper in papers) and dimension == "author"
        least = "at least " if cut else ""
        if plan.intent == "count":
            noun = NOUNS[plan.subject][len(groups) != 1]
            co = "co-" if dimension == "author" and CO_AUTHORS.search(plan.standalone_question) else ""
            different = f"**{least}{len(groups):,} different {co}{noun}**"
            verb = "shows" if len(papers) == 1 else "show"
            scope = f"The {counted(len(papers))}{self._what} {verb} {different} {self._all_groups(groups)}"
            tail = ""
            if len(groups) <= NAMED:
                tail = ": " + join([f"{escape(str(g.value))} ({len(g.papers)})" for g in groups])
            self._draft.say(f"{scope}{tail}.")
        elif plan.intent == "who":
            self._rank_people(groups, least)
        else:
            self._list_things(groups, dimension)
        if cut:
            self._done.notes.append("Some lists of authors end in “et al.”: the numbers are the least they can be.")
        if len(plan.group_by) == 3:
            table, behind = nested_table(
                self._catalogue, self._chosen.papers, groups, (dimension, *plan.group_by[1:]), what=self._plain
            )
            self._keep(table, behind)
        elif len(plan.group_by) > 1:
            self._cross(groups, dimension, plan.group_by[1])
        else:
            self._tabulate(groups, dimension)

    def _rank_people(self, groups: Sequence[Group], least: str) -> None:
        top = groups[: self._plan.limit or NAMED]
        owned = self._plan.subject == "authors" and self._owner()
        word = "co-authors" if owned else NOUNS[self._plan.subject][1]
        self._draft.say(
            f"Of the {len(groups):,} {word} shown{self._of_papers()}, most often {self._all_groups(groups)}:\n\n"
        )
        self._draft.say(
            "\n".join(
                f"- **{escape(str(g.value))}**: {least}{counted(len(g.papers))}{_years_of(g.papers)} {self._markers(g)}"
                for g in top
            )
        )

    def _of_papers(self) -> str:
        return f" on papers{self._what}" if self._what else ""

    def _list_things(self, groups: Sequence[Group], dimension: Dimension) -> None:
        by_time = dimension in ("dataset", "method")
        ordered = sorted(groups, key=lambda g: by_date(g.papers[0])) if by_time else list(groups)
        if self._plan.pick in ("most", "fewest"):
            ordered = sorted(groups, key=lambda g: len(g.papers) * (-1 if self._plan.pick == "most" else 1))
        shown = ordered[: self._plan.limit or NAMED]
        number = f"**{counted(len(groups), self._plan.subject)}**"
        self._draft.say(f"{number} in papers{self._what or ' here'} {self._all_groups(groups)}:\n\n")
        self._draft.say("\n".join(self._thing(group, by_time) for group in shown))
        if len(groups) > len(shown):
            self._draft.say(f"\n\nThe table holds the other {len(groups) - len(shown):,}.")

    def _thing(self, group: Group, by_time: bool) -> str:
        if by_time:
            paper = group.papers[0]
            year = f" ({paper.year})" if paper.year else ""
            name = escape(str(group.value))
            called = f"{name}, unnamed" if is_description(str(group.value)) else f"**{name}**"
            return f"- {called}{year}, in *{escape(clean(paper.title))}* {self._markers(group)}"
        number = f"{counted(len(group.papers))}{_years_of(group.papers)}"
        return f"- **{escape(str(group.value))}**: {number} {self._markers(group)}"

    def _links(self) -> None:
        rows: dict[tuple[str, str], dict[str, Any]] = {}
        for paper in self._chosen.papers:
            for facet in self._catalogue.facets(paper.key, "code", "data"):
                number = self._draft.number(paper, facet.start, facet.end)
                row = {"title": clean(paper.title), "year": paper.year, "link": facet.name, "key": paper.key}
                rows.setdefault((paper.key, facet.name), {**row, "source": number})
        if not rows:
            self._draft.say(f"No abstract of the {counted(len(self._chosen.papers))}{self._what} gives a link.")
            self._done.answered = False
            return
        lines = [f"- **{escape(row['title'])}**: {row['link']} [{row['source']}]" for row in rows.values()]
        papers = len({key for key, _ in rows})
        verb = "gives" if papers == 1 else "give"
        markers = run_of([row["source"] for row in rows.values()])
        self._draft.say(f"**{counted(papers)}{self._what}** {verb} a link {markers}:\n\n" + "\n".join(lines[:NAMED]))
        if len(lines) > NAMED:
            self._draft.say(f"\n\nThe table holds the other {len(lines) - NAMED:,}.")
        self._done.table = list(rows.values())

    def _topics(self) -> None:
        """The topics of the papers, and how they move where time is asked for."""
        groups = self._groups("topic")
        if self._plan.intent == "trend" and any(paper.year for paper in self._chosen.papers):
            for label, papers in self._phases():
                if papers:
                    self._say_phase(label, papers)
            self._cross(groups, "topic", "year")
            return
        papers = _papers_of(groups)
        verb = "falls" if len(papers) == 1 else "fall"
        topics = f"{verb} into {counted(len(groups), 'topics')}"
        self._draft.say(f"The {counted(len(papers))}{self._what} {topics} {self._all_groups(groups)}:\n\n")
        self._draft.say("\n".join(self._thing(group, by_time=False) for group in groups[:NAMED]))
        self._tabulate(groups, "topic")

    def _phases(self) -> list[tuple[str, list[Paper]]]:
        """The periods that are asked about, or the earlier and the later half of the years."""
        dated = [paper for paper in self._chosen.papers if paper.year]
        years = sorted({paper.year for paper in dated if paper.year})
        periods: Sequence[Years] = self._plan.periods
        if not periods:
            if len(years) < 2:
                periods = [(years[0], years[0])]
            else:
                half = sum(paper.year or 0 for paper in dated) / len(dated)
                early = [year for year in years if year <= half] or years[:1]
                late = [year for year in years if year not in early] or years[-1:]
                periods = [(early[0], early[-1]), (late[0], late[-1])]
        return [(years_in_words(p).removeprefix("from "), [q for q in dated if _within(q, p)]) for p in periods]

    def _say_phase(self, label: str, papers: list[Paper]) -> None:
        groups = self._catalogue.group(papers, "topic")
        parts = [f"**{escape(str(g.value))}** ({len(g.papers)}) {self._markers(g)}" for g in groups[:4]]
        if self._draft.parts:
            self._draft.say("\n\n")
        when = f"In {label}" if "to" not in label else f"From {label}"
        told = _told(replace(self._plan.filters, years=None))
        self._draft.say(f"{when} the {counted(len(papers))}{told} are mostly on {join(parts)}.")

    # what they share

    def _owner(self) -> str | None:
        return self._vocabulary.owner

    def _groups(self, dimension: Dimension) -> list[Group]:
        leave_out = [name for out in self._plan.filters.excluding for name in out.authors]
        among = CO_AUTHORS.search(self._plan.standalone_question)  # nobody is a co-author of himself or herself
        if dimension == "author" and (among or self._plan.intent in ("who", "list")):
            leave_out += [name for name in (*self._plan.filters.authors, self._owner() or "") if name]
        return self._catalogue.group(self._chosen.papers, dimension, but=leave_out)

    def _said(self, group: Group, dimension: Dimension) -> str:
        value = str(group.value)
        return date_in_words(value) if dimension == "month" else escape(value)

    def _span(self, paper: Paper) -> Span:
        return self._chosen.spans.get(paper.key) or record_span(paper)

    def _cite(self, paper: Paper) -> str:
        return self._draft.cite(paper, *self._span(paper))

    def _number(self, paper: Paper) -> int:
        return self._draft.number(paper, *self._span(paper))

    def _all(self, papers: Sequence[Paper], spans: Mapping[str, Span] | None = None) -> str:
        """The markers of all these papers: ``[1]``, ``[1] [2]``, ``([1] to [24])``."""
        numbers = [self._draft.number(p, *((spans or {}).get(p.key) or self._span(p))) for p in papers]
        return run_of(numbers)

    def _markers(self, group: Group) -> str:
        return run_of([self._draft.number(paper, *group.spans[paper.key]) for paper in group.papers])

    def _all_groups(self, groups: Iterable[Group]) -> str:
        return run_of([self._draft.number(p, *group.spans[p.key]) for group in groups for p in group.papers])

    def _tabulate(
        self, groups: Sequence[Group], dimension: Dimension, heading: str = "", whole: int | None = None
    ) -> None:
        self._keep(table_of_groups(groups, dimension, what=self._plain, heading=heading, whole=whole), groups)

    def _cross(self, groups: Sequence[Group], dimension: Dimension, over: Dimension) -> None:
        table = cross_table(self._catalogue, self._chosen.papers, groups, dimension, over, what=self._plain)
        self._keep(table, groups)

    def _keep(self, table: Table, groups: Sequence[Group]) -> None:
        """The table with the markers behind each of its rows, and its figure with those behind each of its marks."""
        markers: list[Mapping[str, int]] = []
        for row, group in zip(table.rows, groups, strict=True):
            found = {paper.key: self._draft.number(paper, *group.spans[paper.key]) for paper in group.papers}
            self._done.table.append({**row, "sources": list(found.values()), "keys": list(found)})
            markers.append(found)
        if table.chart:
            behind = [list(dict.fromkeys(markers[row][key] for row, key in mark)) for mark in table.marks]
            meta = {**table.chart.layout.get("meta", {}), "sources": behind}
            self._done.chart = replace(table.chart, layout={**table.chart.layout, "meta": meta})

    def _no_dates(self, what: str) -> None:
        self._draft.say(f"The papers{self._what} give no {what}, so this cannot be said of them.")
        self._done.answered = False

    def _no_values(self, dimension: Dimension) -> None:
        alone = " (their dates are years alone)" if dimension in TIMED and dimension != "year" else ""
        other = "co-" if dimension == "author" and CO_AUTHORS.search(self._plan.standalone_question) else ""
        verb = "gives" if len(self._chosen.papers) == 1 else "give"
        self._draft.say(
            f"The {counted(len(self._chosen.papers))}{self._what} {verb} no {other}{HEADINGS[dimension]}{alone}, so "
            f"there is nothing to count."
        )
        self._done.answered = False


def place_in_words(told: Told) -> str:
    """``The second latest of the 12 papers on “parsing” is``"""
    if not told.number:
        return f"{told.words} is"
    what = _told(told.filters)
    return (
        f"The only paper{what} is" if told.number == 1 else f"The {told.words} of the {counted(told.number)}{what} is"
    )


def dated(paper: Paper, draft: Draft) -> str:
    """A paper with its date, as a sentence ends."""
    marker = draft.cite(paper, *record_span(paper))
    return f"**{escape(clean(paper.title))}**, {date_in_words(paper.date or '')} {marker}."


def _told(filters: Filters) -> str:
    """The filters in words for an answer, with a blank before them; empty where there are none."""
    words = escape(conditions(filters))
    return f" {words}" if words else ""


def _of_papers(plan: Plan) -> Filters:
    """The filters on papers: where persons are named, who is left out is no paper's fault."""
    filters = plan.filters
    if plan.subject in ("authors", "first_authors", "author_pairs") and filters.excluding:
        return replace(filters, excluding=tuple(out for out in filters.excluding if not out.authors))
    return filters


def _persons_in(filters: Filters) -> Iterator[str]:
    """Whom the filters want among the authors."""
    yield from (*filters.authors, *filters.any_authors, *filters.first_authors, *filters.last_authors)
    yield from (name for _, name in filters.placed_authors)


def _papers_of(groups: Iterable[Group]) -> list[Paper]:
    return list({paper.key: paper for group in groups for paper in group.papers}.values())


def _rounded(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _within(paper: Paper, years: Years) -> bool:
    first, last = years
    return paper.year is not None and (first is None or paper.year >= first) and (last is None or paper.year <= last)


def _years_of(papers: Sequence[Paper]) -> str:
    years = sorted(paper.year for paper in papers if paper.year)
    if not years:
        return ""
    return f" ({years[0]})" if years[0] == years[-1] else f" ({years[0]} to {years[-1]})"
