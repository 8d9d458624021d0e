"""The plan of a question that names papers by their place in time: ``the newest paper on ...``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from assistant.answers import Filters, History, Intent, Pick, Plan
from assistant.english import counting
from assistant.english import general as english
from assistant.english import placing as of_place
from assistant.papers import Paper
from assistant.planning.leaning import leans, pointing
from assistant.planning.looking_back import PUT_IN, listed_last, resolve, with_put
from assistant.planning.one_question import QuestionPlanner, Reading, is_of_set
from assistant.planning.placing import Place, Placed, Told, asks_more, blanked, only_names, placed_in

Select = Callable[[Filters], Sequence[Paper]]
"""The papers that meet filters."""


class PlacePlanner:
    """Plans questions about papers that are named by their place among those of one library."""

    def __init__(self, questions: QuestionPlanner, select: Select | None = None) -> None:
        self.names = questions.names
        self.vocabulary = questions.vocabulary
        self._questions = questions
        self._select = select or self._admitted

    def by_place(self, question: str, history: History, filters: Filters) -> Reading | None:
        """The question with the papers put in that it names by their place in time; None where it names none, or asks
        only which they are and when they came out, which is computed."""
        listed = len(listed_last(history, self.names)) > 1
        spans = [span for span in placed_in(question) if not listed or all(place.in_time for place in span.places)]
        if not spans or english.GREETING.fullmatch(question):
            return None
        more = asks_more(question, spans)
        if not more and all(place.nth == 1 for span in spans for place in span.places):
            return self._counted_from_an_end(question, spans)
        found: list[tuple[Placed, tuple[str, ...], list[Told]]] = []
        for span in spans:
            among = self.among(span.among)
            if among is None:
                return None
            base = filters.joined(among)
            chosen = self.at(question, span.places, base, among)
            if isinstance(chosen, Reading):
                return chosen
            found.append((span, tuple(told.key for told in chosen), chosen))
        return self._with_placed(question, history, found, more)

    def _counted_from_an_end(self, question: str, spans: Sequence[Placed]) -> Reading | None:
        """``the last three papers``, where only that is asked; None where the words that are left tell it."""
        place, among = spans[0].places[0], self.among(spans[0].among)
        if place.count == 1 or len(spans) > 1 or len(spans[0].places) > 1 or among is None:
            return None
        pick: Pick = "first" if place.from_oldest else "last"
        plan = Plan(question, question, "trend", filters=among, pick=pick, limit=place.count)
        return Reading(plan, self.names.find(question))

    def among(self, asked: str) -> Filters | None:
        """Among which papers a place is counted; None where the words do not say it."""
        if not asked:
            return Filters()
        plan = self._questions.read(asked, asked, self.names.find(asked), ()).plan
        chosen = plan.filters
        return chosen if plan.intent == "list" and plan.subject == "papers" and chosen and not plan.problems else None

    def _admitted(self, filters: Filters) -> list[Paper]:
        return [paper for paper in self.names.papers if filters.admits(paper)]

    def in_time(self, filters: Filters) -> list[Paper]:
        """The dated papers that meet the filters, the oldest first."""
        dated = ((paper.date, paper.key, paper) for paper in self._select(filters) if paper.date)
        return [paper for *_, paper in sorted(dated, key=lambda row: row[:2])]

    def at(self, question: str, places: Sequence[Place], base: Filters, among: Filters) -> list[Told] | Reading:
        """The papers at those places; a plan that says why there is none, or lists those that share a date."""
        ordered = self.in_time(base)
        if not ordered:
            return Reading(Plan(question, question, "list", filters=among), self.names.find(question))
        told: list[Told] = []
        for place in places:
            papers = place.of(ordered)
            if not papers:
                number = f"{len(ordered)} paper" + "s" * (len(ordered) > 1)
                problem = (
                    f"Only {number} here could be meant, so there is no such place among them: ask for the latest."
                )
                plan = Plan(question, question, filters=among, problems=(problem,))
                return Reading(plan, self.names.find(question))
            if (date := undecided(ordered, papers)) is not None:
                return self.of_one_date(question, among, date, place.words)
            told += [Told(paper.key, place.words, len(ordered), among) for paper in papers]
        return told

    def of_one_date(self, question: str, among: Filters, date: str, words: str) -> Reading:
        """The papers of one date, of which none is before the others."""
        filters = replace(among, years=None).joined(Filters(dates=(date, date)))
        plan = Plan(question, question, "list", filters=filters)
        why = f"Which paper is the {words} is not known, as several have the same date; ask about one by its title."
        return Reading(plan, self.names.find(question), undecided=why)

    def _with_placed(
        self, question: str, history: History, found: Sequence[tuple[Placed, tuple[str, ...], list[Told]]], more: bool
    ) -> Reading | None:
        keys = tuple(dict.fromkeys(key for _, row, _ in found for key in row))
        told = tuple(one for _, _, row in found for one in row)
        first, last = found[0][0], found[-1][0]
        label = " and ".join(map(self.names.label, keys))
        tail = question[last.end :].strip(" ,;:.?!–—-")
        tail = of_place.AND_THEN.sub("", tail)
        if not more:
            return self.of_placed(question, f"What is {label} about?", keys, told)
        if len(keys) < len(told):
            only = Plan(question, question, "trend", filters=told[0].filters, pick="last")
            return Reading(only, self.names.find(question))
        if only_names(question[: first.start]) and tail and of_place.GOES_ON.match(question, last.end):
            if of_place.WHEN_ONLY.search(tail):
                return None
            return self.of_placed(question, self._put_to(tail, label), keys, told)
        if counting.WHEN.search(blanked(question, [span for span, *_ in found])):
            return None
        text = question
        for span, row, _ in reversed(found):
            text = text[: span.start] + " and ".join(map(self.names.label, row)) + text[span.end :]
        named = self.names.find(text)
        if history and leans(pointing(text, self.names), named):
            text, carried = resolve(text, history, self.names, self.vocabulary)
            keys = tuple(dict.fromkeys((*carried, *keys)))
        return self.of_placed(question, text, keys, ())

    def _put_to(self, question: str, label: str) -> str:
        """A question that goes on from the name of a paper, with the name in its pronoun's place."""
        pointer = english.POINTER.search(question)
        put = PUT_IN.get(pointer[0].lower()) if pointer else None
        if pointer and (put is not None or of_place.ITSELF.fullmatch(pointer[0])):
            return with_put(question, pointer.span(), label + (put or "")) + "?"
        return f"{question} ({label})?"

    def of_placed(self, question: str, standalone: str, keys: tuple[str, ...], told: tuple[Told, ...]) -> Reading:
        """The standalone question, which is about the papers of these keys."""
        reading = self._questions.read(question, standalone, self.names.find(standalone), keys)
        plan = replace(reading.plan, papers=keys)
        if plan.intent in ("look_up", "compare"):
            plan = replace(plan, intent="compare" if len(keys) > 1 else plan.intent)
        elif len(keys) > 1 or is_of_set(plan):
            intent: Intent = "compare" if len(keys) > 1 else "look_up"
            plan = replace(Plan(question, standalone, intent), papers=keys, unknown_names=plan.unknown_names)
        cites = english.CITATION_WANTED.search(standalone) is not None
        return replace(reading, plan=plan, placed=True, told=told, cites=cites)


def undecided(ordered: Sequence[Paper], chosen: Sequence[Paper]) -> str | None:
    """The date that some paper beside the chosen ones shares with one of them, so that neither is before the other."""
    keys = {paper.key for paper in chosen}
    dates = [paper.date or "" for paper in chosen]
    for other in ordered:
        if other.key not in keys:
            for date in dates:
                if date.startswith(other.date or "") or (other.date or "").startswith(date):
                    return min(date, other.date or "", key=len)
    return None
