"""Questions to all papers at once about what each may state in passing (limitations, funding, hardware), and about what
no library of papers records (citations, an author's address): sentences that state it, or that nobody here does."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

import prompts
from assistant.answering.drafting import Draft, named
from assistant.answering.extractive import is_heading
from assistant.answering.wording import conditions as in_words
from assistant.answering.wording import counted, run_of
from assistant.answers import Filters, Plan, mentioned
from assistant.catalogue import Catalogue, record_span
from assistant.english import counting
from assistant.english import overall as english
from assistant.english import results as of_results
from assistant.english.cues import Pattern
from assistant.english.general import HOW_MANY, LEADING_QUESTION_WORDS
from assistant.library import Library
from assistant.mentions import looks_coined
from assistant.papers import AUTHORS, LISTING, REFERENCES, TITLE, Paper, clean
from assistant.planning.conditions import Vocabulary, is_idle, read_conditions, topic_of
from assistant.planning.one_question import Reading
from assistant.planning.whole_work import plainly
from assistant.reading import Readings, Sentence
from assistant.rendering import escape
from assistant.venues import is_venue
from assistant.words import folded, stem, tokens

_QUOTED = 8
"""Papers that the text quotes; the table holds all."""
_NO_PROSE = (LISTING, TITLE, AUTHORS, REFERENCES)
_VENUES = 5
"""Venues that are named where the one asked for is not there."""
_FIGURES = (
    *(english.Aspect(*row) for row in of_results.FIGURES_ASKED),
    english.Aspect("gains in figures", of_results.GAINS_ASKED, of_results.GAINS_STATED),
)
"""Results of one measure, and gains."""
_FIGURES_STATED = frozenset(aspect.said for aspect in _FIGURES)
_WORD = re.compile(r"[^\W_]+(?:[-'’][^\W_]+)*")


@dataclass(slots=True)
class Overall:
    """What all papers say of it. ``plan`` is how the question was understood."""

    plan: Plan
    draft: Draft
    answered: bool
    table: list[dict[str, Any]] = field(default_factory=list)
    papers: Sequence[Paper] = ()
    may_be_written: bool = False
    """Whether a chat model may rather write prose from the papers that a search finds."""


def answer_overall(
    question: str, reading: Reading, library: Library, catalogue: Catalogue, readings: Readings, vocabulary: Vocabulary
) -> Overall | None:
    """The answer to a question that names no paper; None where it is no such question."""
    plan = reading.plan
    if reading.given is None or plan.intent in ("about_assistant", "off_topic") or plan.periods:
        return None
    asking = _Asking(question, reading, library, catalogue, readings, vocabulary)
    if plan.papers:
        return asking.of_the_best() if asking.asks_for_the_best and asking.names_what_several_mention() else None
    return (
        asking.of_judgements()
        or asking.of_relations()
        or asking.of_the_best()
        or asking.of_what_is_said()
        or asking.of_the_unrecorded()
        or asking.of_venues()
        or asking.of_an_aspect()
    )


class _Asking:
    def __init__(
        self,
        question: str,
        reading: Reading,
        library: Library,
        catalogue: Catalogue,
        readings: Readings,
        vocabulary: Vocabulary,
    ) -> None:
        self._reading = reading
        self._plan = reading.plan
        self._given = reading.given or Filters()
        self._library = library
        self._catalogue = catalogue
        self._readings = readings
        self._conditions = read_conditions(question, vocabulary)
        self._vocabulary = vocabulary
        self._owner = vocabulary.owner
        self._counts = bool(HOW_MANY.search(question)) and not counting.WORKS_AFTER_COUNT.search(question)
        self._owners = (vocabulary.owner,) if vocabulary.owner else ()
        self._question = _with_the_author(question, (*self._conditions.persons, *self._owners))

    # what no library of papers records

    def of_the_unrecorded(self) -> Overall | None:
        asked = next((row for row in english.UNRECORDED if row.asked.search(self._question)), None)
        if asked is None:
            return None
        if asked.said and (told := self._told(asked.what, asked.said, self._given, self._papers())):
            return told
        if asked.kept == "licences" and any(paper.license for paper in self._papers()):
            return None
        if asked.kept == "affiliations" and (told := self._affiliations()):
            return told
        given = self._figures() if asked.kept == "figures" else ""
        text = prompts.render(
            "not_recorded", what=asked.what, papers=counted(len(self._library)), given=given, seek=asked.seek
        )
        return self._declined(text, replace(self._plan, intent="look_up", filters=self._given))

    def _figures(self) -> str:
        """What the source gives of the author, who is asked about unless somebody else is named."""
        author = self._library.author
        if author is None or any(person != self._owner for person in self._conditions.persons):
            return ""
        figures = [
            f"{name} {value}"
            for name, value in author.figures.items()
            if value and english.FIGURE_OF_CITATIONS.search(name)
        ]
        said = escape(", ".join(figures))
        return f"Its source gives for {escape(author.name)} as a whole: {said}." if said else ""

    def _is_of_one_end(self) -> bool:
        """Whether the oldest or the newest paper is asked about, or what is missing, and not what all say."""
        return self._plan.pick not in (None, "most", "fewest") or bool(counting.OLDEST_WORK.search(self._question))

    def _papers(self) -> Sequence[Paper]:
        return self._catalogue.select(self._given).papers

    def _affiliations(self) -> Overall | None:
        """The affiliations that the papers' lists of authors give, the newest first."""
        draft = Draft()
        groups = self._catalogue.group(self._papers(), "affiliation")
        if not groups:
            return None
        groups.sort(key=lambda group: max(paper.date or "" for paper in group.papers), reverse=True)
        rows = [(group, max(group.papers, key=lambda paper: paper.date or "")) for group in groups]
        numbers = [draft.number(newest, *group.spans[newest.key]) for group, newest in rows]
        draft.say(
            f"The papers give **{len(groups)} affiliation{'s' * (len(groups) != 1)}**, each as of its day and maybe a "
            f"co-author's {run_of(numbers)}:\n\n"
        )
        for (group, newest), number in list(zip(rows, numbers, strict=True))[:_QUOTED]:
            year = f"last in {newest.year}, " if newest.year else ""
            draft.say(f"- **{escape(str(group.value))}**: {year}{counted(len(group.papers))} [{number}]\n")
        table = [
            {"affiliation": group.value, "papers": len(group.papers), "source": number}
            for (group, _), number in zip(rows, numbers, strict=True)
        ]
        giving = [paper for group in groups for paper in group.papers]
        plan = replace(
            self._plan, intent="list", subject="affiliations", group_by=("affiliation",), filters=self._given
        )
        return Overall(plan, draft, True, table, giving)

    # what no paper says, and what papers are to one another

    def of_judgements(self) -> Overall | None:
        said = plainly(self._question)
        row = next((row for row in of_results.NEVER_SAID if row[1].search(said)), None)
        return self._not_recorded(row[0], row[2]) if row else None

    def of_relations(self) -> Overall | None:
        if not of_results.RELATE_TO_EACH_OTHER.search(plainly(self._question)):
            return None
        what = "how they build on, cite or contradict one another"
        if told := self._told(what, of_results.EARLIER_WORK_SAID, self._given, self._papers()):
            return told
        return self._not_recorded(what, of_results.SEEK_RELATIONS)

    def _not_recorded(self, what: str, seek: str) -> Overall:
        text = prompts.render("not_recorded", what=what, papers=counted(len(self._library)), given="", seek=seek)
        return self._declined(text, replace(self._plan, intent="look_up", filters=self._given))

    # which result is the best

    def names_what_several_mention(self) -> bool:
        """Whether the one paper that is named is only one of those that mention the name, and not called so."""
        mentions = self._reading.named.mentions
        if len(self._plan.papers) != 1 or len(mentions) != 1 or self._plan.standalone_question != self._plan.question:
            return False
        name = mentions[0].text
        if name.casefold() in self._library.papers[self._plan.papers[0]].title.casefold():
            return False
        holding = (paper for paper in self._library.papers.values() if mentioned(name, paper))
        return len(list(islice(holding, 2))) > 1

    @property
    def asks_for_the_best(self) -> bool:
        """Whether the question asks which of all results is the best."""
        return self._best_asked()[1] is not None

    def _best_asked(self) -> tuple[str, re.Match[str] | None]:
        """The question as it is read for this, and where it asks so."""
        said = re.sub(r"\s+", " ", plainly(self._question))
        asked = (of_results.BIGGEST_DATA, of_results.BEST_RESULT, of_results.BEST_FINDING)
        match = next(filter(None, (pattern.search(said) for pattern in asked)), None)
        return said, None if match and counting.SINGLE_WORK.search(said[match.end() :]) else match

    def of_the_best(self) -> Overall | None:
        """What the papers state in figures, since no paper measures its results against those of all others."""
        said, match = self._best_asked()
        if match is None:
            return None
        topic = self._topic_behind(said[match.end() :])
        if topic is None:
            return None
        what, stated = _figures_wanted(match)
        admitted = self._on(topic)
        papers = self._catalogue.select(admitted).papers
        why = "no paper judges all of them" if what == "findings" else "each paper measures in its own way"
        lead = f"Which comes first is not settled here, as {why}; "
        if papers:
            return self._told(what, stated, admitted, papers, lead) or self._unsaid(what, admitted, papers)
        of_all = self._admitted()
        return self._unsaid(f"{what} on “{escape(topic)}”", of_all, self._catalogue.select(of_all).papers)

    def _topic_behind(self, rest: str) -> str | None:
        """What the end of a question names as a topic, empty where it names none; None where it says more."""
        rest = read_conditions(rest, self._vocabulary).rest.replace("\x00", " ").strip(" ?.!,")
        words = [word for word in _WORD.findall(rest) if not is_idle(word)]
        words = [word for word in words if folded(word) not in english.FRAME_OF_ASPECTS]
        if not words:
            return ""
        topic = topic_of(rest)[0]
        named_so = of_results.BEFORE_TOPIC.match(rest) and len(_WORD.findall(topic)) <= of_results.LONGEST_TERM
        return topic if topic and named_so and not of_results.NO_TERM.search(topic) else None

    def _on(self, topic: str) -> Filters:
        """The papers on a topic; those that mention it where it is a name."""
        if not topic:
            return self._admitted()
        is_name = " " not in topic and looks_coined(topic)
        return self._admitted().joined(Filters(mentions=((topic,),)) if is_name else Filters(topic=topic))

    # what is said about something

    def of_what_is_said(self) -> Overall | None:
        said = re.sub(r"\s+", " ", plainly(self._conditions.rest, self._owner))
        match = of_results.SAID_OF.search(said)
        explained = None if match else of_results.EXPLAIN.search(said)
        if (found := match or explained) is None:
            return None
        asked = next(filter(None, found.groups()))
        topic = topic_of(f"on {asked}")[0] or english.DETERMINER.sub("", asked).strip(" ?.!,")
        if not topic or len(_WORD.findall(topic)) > of_results.LONGEST_TERM or of_results.NO_TERM.search(topic):
            return None
        admitted = self._admitted().joined(Filters(topic=topic))
        chosen = self._catalogue.select(admitted)
        lead = "No paper explains it as a textbook would; " if explained else ""
        told = [(paper, self._most_telling(paper, topic)) for paper in chosen.papers]
        rows = [(paper, sentence) for paper, sentence in told if sentence is not None]
        if not rows:
            of_all = self._admitted()
            return self._unsaid(f"“{escape(topic)}”", of_all, self._catalogue.select(of_all).papers)
        if len(rows) == 1 and not self._plan.is_computed:
            return None
        rows.sort(key=lambda row: (_telling(row[1], topic), row[0].date or ""), reverse=True)
        draft = Draft()
        numbers = [draft.number(paper, s.start, s.end) for paper, s in rows]
        verb = "is" if len(rows) == 1 else "are"
        draft.say(
            f"{lead}{len(rows):,} of {counted(len(self._papers()))} {verb} on “{escape(topic)}” {run_of(numbers)}; "
            f"what {'it says' if len(rows) == 1 else 'they say'} of it:\n\n"
        )
        overall = self._quoted(rows, numbers, draft, self._planned(topic, self._admitted()))
        return replace(overall, may_be_written=True)

    def _most_telling(self, paper: Paper, topic: str) -> Sentence | None:
        """The sentence that says most of a topic; None where it and the title have only half of the topic's words."""
        prose = [
            sentence
            for sentence in self._readings.of(paper.key).sentences
            if sentence.section not in _NO_PROSE and not is_heading(sentence)
        ]
        best = max(prose, key=lambda sentence: _telling(sentence, topic), default=None)
        words, title = _stems(topic), {stem(word) for word in tokens(paper.title)}
        return best if best and 2 * len(words & (best.stems | title)) > len(words) else None

    # what each paper may state

    def of_an_aspect(self) -> Overall | None:
        if not (self._question.endswith("?") or counting.QUESTION_WORDS.search(self._question)) and not (
            counting.LISTS.search(self._question)
        ):
            return None
        if self._is_of_one_end():
            return None
        for aspect in (*_FIGURES, *english.ASPECTS):
            match = aspect.asked.search(self._question)
            if match is None or english.ON_THE_ASPECT.search(self._question[: match.start()]):
                continue
            topic = "" if self._says_only(english.FRAME_OF_ASPECTS, match[0]) else self._topic_of_papers(match[0])
            if topic is None:
                continue
            what = aspect.what or LEADING_QUESTION_WORDS.sub("", match[0].lower()).strip()
            admitted = self._on(topic)
            papers = self._catalogue.select(admitted).papers
            if not papers:
                return None
            return self._told(what, aspect.said, admitted, papers) or self._unsaid(what, admitted, papers)
        return None

    def _topic_of_papers(self, aspect: str) -> str | None:
        """The topic of the papers that an aspect is asked of, where the question says no more than the two."""
        rest = self._conditions.rest.replace("\x00", " ").replace(aspect, " ", 1)
        for match in english.PAPERS_ON.finditer(rest):
            words = _WORD.findall(match["before"] or match["behind"])
            while match["behind"] and words and folded(words[-1]) in english.VERBS_OF_ASPECTS:
                words.pop()
            topic = topic_of("on " + " ".join(words))[0]
            if not topic or len(_WORD.findall(topic)) > of_results.LONGEST_TERM or of_results.NO_TERM.search(topic):
                continue
            if self._says_only(english.FRAME_OF_ASPECTS, aspect, topic):
                return topic
        return None

    def _says_only(self, frame: Collection[str], *asked: str) -> bool:
        """Whether all words but those that ask, conditions and the author's name are of a frame, or say nothing."""
        left = _with_the_author(self._conditions.rest.replace("\x00", " "), self._owners)
        for words in asked:
            left = left.replace(words, " ", 1)
        return all(is_idle(word) or folded(word) in frame for word in _WORD.findall(left))

    def _admitted(self) -> Filters:
        return self._given.joined(self._conditions.filters)

    # where papers came out

    def of_venues(self) -> Overall | None:
        text = re.sub(r"\s+", " ", self._conditions.rest.replace("\x00", " "))
        if self._is_of_one_end():
            return None
        if len(venues := self._admitted().venues) > 1 and english.ONE_VENUE_OR_ANOTHER.search(self._question):
            return self._by_asked_venue(venues)
        named = english.NAMES_A_VENUE.search(text)
        venue = english.AFTER_A_VENUE.sub("", next(filter(None, named.groups()), "")).strip() if named else ""
        asks_for_one = named and (named["published"] or named["called"] or named["findings"])
        asks_for_all = english.OF_VENUES.search(text) and self._says_only(english.FRAME_OF_VENUES)
        if not (asks_for_one or asks_for_all or (venue and self._vocabulary.has_venue(venue))):
            return None
        papers = self._catalogue.select(self._admitted()).papers
        placed = [paper for paper in papers if paper.venue]
        known = [paper for paper in placed if venue and is_venue(paper.venue or "", venue)]
        if known or asks_for_one:
            return self._at(venue, known, papers, placed)
        if not asks_for_all:
            return None
        if not placed:
            return self._no_venues(papers)
        kinds = [name for name, (_, asked) in english.KINDS_OF_VENUE.items() if asked.search(text)]
        if len(kinds) == 2:
            return self._by_kind(kinds, papers)
        if kinds and counting.WORKS_WORD.search(text) and not english.ASKS_WHICH_VENUES.search(text):
            return self._of_kind(kinds[0], papers)
        return self._by_venue(placed, papers)

    def _no_venues(self, papers: Sequence[Paper]) -> Overall:
        text = prompts.render("no_venues", papers=counted(len(papers)))
        return self._declined(text, replace(self._plan, intent="look_up", filters=self._given))

    def _at(self, venue: str, known: Sequence[Paper], papers: Sequence[Paper], placed: Sequence[Paper]) -> Overall:
        """The papers of one venue."""
        if not placed:
            return self._no_venues(papers)
        draft = Draft()
        plan = self._planned(f"at {venue}", self._admitted())
        if not known:
            names = "; ".join(
                escape(name) for name, _ in Counter(p.venue for p in placed if p.venue).most_common(_VENUES)
            )
            admitted = in_words(self._admitted())
            draft.say(
                f"None of the {counted(len(papers))}{admitted} here is listed with the venue {escape(venue)}; "
                f"{len(placed):,} name one, most often: {names}."
            )
            return Overall(plan, draft, False)
        return self._listed(f"listed with the venue {escape(venue)}", known, papers, plan, draft)

    def _listed(self, what: str, chosen: Sequence[Paper], papers: Sequence[Paper], plan: Plan, draft: Draft) -> Overall:
        numbers = [draft.number(paper, *record_span(paper)) for paper in chosen]
        verb = "is" if len(chosen) == 1 else "are"
        draft.say(f"**{len(chosen):,}** of {counted(len(papers))} {verb} {what} {run_of(numbers)}:\n\n")
        for paper, number in list(zip(chosen, numbers, strict=True))[:_QUOTED]:
            draft.say(f"- {named(paper)}: {escape(paper.venue or '')} [{number}]\n")
        if len(chosen) > _QUOTED:
            draft.say(f"\nThe table holds the other {len(chosen) - _QUOTED:,}.")
        table = [_placed(paper, number) for paper, number in zip(chosen, numbers, strict=True)]
        return Overall(plan, draft, True, table, chosen)

    def _of_kind(self, name: str, papers: Sequence[Paper]) -> Overall:
        """The papers that their records mark as of one kind."""
        draft, plan = Draft(), self._planned(name, self._admitted())
        chosen = [paper for paper in papers if paper.kind == english.KINDS_OF_VENUE[name][0]]
        if chosen:
            return self._listed(
                f"marked by record as {name} paper{'s' * (len(chosen) > 1)}", chosen, papers, plan, draft
            )
        draft.say(f"None of the {counted(len(papers))} here is marked as a {name} paper by its record.")
        return Overall(plan, draft, False)

    def _by_kind(self, kinds: Sequence[str], papers: Sequence[Paper]) -> Overall:
        """How many papers appeared in journals, how many at conferences, as their records say."""
        draft, table, all_chosen = Draft(), [], []
        for name in kinds:
            chosen = [paper for paper in papers if paper.kind == english.KINDS_OF_VENUE[name][0]]
            numbers = [draft.number(paper, *record_span(paper)) for paper in chosen]
            marked = f" {run_of(numbers)}" if numbers else ""
            draft.say(
                f"- {name} papers: **{len(chosen):,}** of {counted(len(papers))}, as their records mark them{marked}\n"
            )
            table += [{"kind": name, **_placed(paper, number)} for paper, number in zip(chosen, numbers, strict=True)]
            all_chosen += chosen
        plan = self._planned(" and ".join(kinds), self._admitted())
        return Overall(plan, draft, bool(all_chosen), table, all_chosen)

    def _by_asked_venue(self, venues: Sequence[str]) -> Overall:
        """How many papers each of the venues has that are held against each other."""
        draft = Draft()
        table: list[dict[str, Any]] = []
        all_chosen: list[Paper] = []
        for venue in venues:
            among = replace(self._admitted(), venues=(venue,))
            chosen = self._catalogue.select(among).papers
            numbers = [draft.number(paper, *record_span(paper)) for paper in chosen]
            marked = f" {run_of(numbers)}" if numbers else ""
            draft.say(f"- **{escape(venue)}**: **{len(chosen):,}** paper{'s' * (len(chosen) != 1)}{marked}\n")
            rows = zip(chosen, numbers, strict=True)
            table += [{"asked": venue, **_placed(paper, number)} for paper, number in rows]
            all_chosen += chosen
        plan = replace(self._plan, intent="count", subject="papers", group_by=(), filters=self._admitted())
        distinct = list({paper.key: paper for paper in all_chosen}.values())
        return Overall(plan, draft, bool(all_chosen), table, distinct)

    def _by_venue(self, placed: Sequence[Paper], papers: Sequence[Paper]) -> Overall:
        """The venues with their papers, those of most papers first."""
        groups: dict[str, list[Paper]] = {}
        for paper in placed:
            groups.setdefault(paper.venue or "", []).append(paper)
        ranked = sorted(groups.items(), key=lambda row: (-len(row[1]), row[0].casefold()))
        draft = Draft()
        numbers = {paper.key: draft.number(paper, *record_span(paper)) for _, rows in ranked for paper in rows}
        draft.say(
            f"{len(placed):,} of {counted(len(papers))} name where they came out: **{len(ranked):,} "
            f"venue{'s' * (len(ranked) != 1)}** {run_of(list(numbers.values()))}:\n\n"
        )
        for venue, rows in ranked[:_QUOTED]:
            draft.say(f"- **{escape(venue)}**: {counted(len(rows))} {run_of([numbers[paper.key] for paper in rows])}\n")
        if len(ranked) > _QUOTED:
            draft.say(f"\nThe table holds the other {len(ranked) - _QUOTED:,}.")
        table = [_placed(paper, numbers[paper.key]) for _, rows in ranked for paper in rows]
        return Overall(self._planned("venues", self._admitted()), draft, True, table, placed)

    # how it is said

    def _told(
        self, what: str, said: Pattern, admitted: Filters, papers: Sequence[Paper], lead: str = ""
    ) -> Overall | None:
        """Of each paper that states it the sentence that does so most; None where none does."""
        newest = sorted(papers, key=lambda paper: paper.date or "", reverse=True)
        stating = [(paper, told) for paper in newest if (told := self._stating(paper, said))]
        if not stating:
            return None
        draft = Draft()
        numbers = [draft.number(paper, told.start, told.end) for paper, told in stating]
        draft.say(
            f"{lead}{len(stating):,} of {counted(len(papers))}{_who_meet(admitted)} "
            f"speak{'s' * (len(stating) == 1)} of {what} {run_of(numbers)}:\n\n"
        )
        return self._quoted(stating, numbers, draft, self._planned(what, admitted))

    def _quoted(
        self, stating: Sequence[tuple[Paper, Sentence]], numbers: Sequence[int], draft: Draft, plan: Plan
    ) -> Overall:
        """A sentence of each of the first papers; the table has that of every one."""
        draft.say(
            "\n".join(f"- {named(paper)}: {draft.quote(paper, s.start, s.end)}" for paper, s in stating[:_QUOTED])
        )
        if len(stating) > _QUOTED:
            draft.say(f"\n\nThe table holds the other {len(stating) - _QUOTED:,}.")
        table = [_row(paper, told, number) for (paper, told), number in zip(stating, numbers, strict=True)]
        return Overall(plan, draft, True, table, [paper for paper, _ in stating])

    def _stating(self, paper: Paper, said: Pattern) -> Sentence | None:
        """The sentence that has most of the words which state it; of several the one that tells what was achieved."""
        prose = (
            sentence
            for sentence in self._readings.of(paper.key).sentences
            if sentence.section not in _NO_PROSE and not is_heading(sentence)
            if sentence.quantities() or not self._counts
        )
        of_figures = said in _FIGURES_STATED
        counts = [
            (sum(1 for _ in said.finditer(s.text)), of_figures and bool(of_results.ACHIEVED.search(s.text)), s)
            for s in prose
        ]
        most, _, sentence = max(counts, key=lambda row: row[:2], default=(0, False, None))
        return sentence if most else None

    def _unsaid(self, what: str, admitted: Filters, papers: Sequence[Paper], lead: str = "") -> Overall:
        whole = sum(paper.has_full_text for paper in papers)
        held = (
            "of them it holds what their records and abstracts say; full texts, added as PDFs, may tell more"
            if not whole
            else "it holds the full texts of all of them"
            if whole == len(papers)
            else f"it holds the full texts of {whole:,} of them, and those of the others may tell more"
        )
        text = prompts.render("not_in_any", what=what, papers=f"{counted(len(papers))}{_who_meet(admitted)}", held=held)
        return self._declined(f"{lead}{text}", self._planned(what, admitted))

    def _planned(self, what: str, admitted: Filters) -> Plan:
        return replace(self._plan, intent="list", subject="papers", group_by=(), filters=replace(admitted, topic=what))

    def _declined(self, text: str, plan: Plan) -> Overall:
        draft = Draft()
        draft.say(" ".join(text.split()))
        return Overall(plan, draft, False)


def _figures_wanted(match: re.Match[str]) -> tuple[str, Pattern]:
    """What the figures are called in which something is to be the best, and the words that state them."""
    if match.re is of_results.BIGGEST_DATA.compiled:
        return "amounts of data", of_results.DATA_SIZE_STATED
    if match.re is of_results.BEST_FINDING.compiled:
        return "findings", of_results.FOUND
    if of_results.FAST.search(match[0]):
        return "speed", of_results.SPEED_STATED
    for what, asked, stated in of_results.FIGURES_ASKED:
        if asked.search(match[0]):
            return what, stated
    return "results in figures", of_results.FIGURES_STATED


def _stems(topic: str) -> set[str]:
    return {stem(word) for word in tokens(topic) if not is_idle(word)}


def _who_meet(filters: Filters) -> str:
    """What the papers that filters admit have in common, to stand behind the number of them."""
    words = in_words(filters)
    return f" {escape(words.strip())}" if words else ""


def _telling(sentence: Sentence, topic: str) -> tuple[int, bool, int]:
    """How much a sentence tells of a topic: by its words first, then whether it is a finding, then how early it is."""
    return len(_stems(topic) & sentence.stems), bool(of_results.FOUND.search(sentence.text)), -sentence.place


def _placed(paper: Paper, number: int) -> dict[str, Any]:
    return {
        "title": clean(paper.title),
        "year": paper.year,
        "venue": paper.venue,
        "key": paper.key,
        "source": number,
    }


def _row(paper: Paper, told: Sentence, number: int) -> dict[str, Any]:
    return {
        "title": clean(paper.title),
        "year": paper.year,
        "passage": " ".join(clean(told.text).split()),
        "key": paper.key,
        "source": number,
    }


def _with_the_author(text: str, persons: Iterable[str]) -> str:
    """The text with persons' names, whole or by their last word, put as ``the author``."""
    for person in persons:
        for form in (person, person.split()[-1]):
            text = re.sub(rf"(?<!\w){re.escape(form)}(?!\w)", "the author", text)
    return text
