"""``python -m benchmarks.grounding PROFILE QUESTIONS.jsonl``: what becomes of planted sentences.

Every question is asked by rules. Where the answer quotes papers, replies are made of the passages that a chat model
would have been shown, and go the whole way of a model's reply. A right plant should stand and a wrong one should not.
``--show KIND`` prints those of a kind that went wrong.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import TypeVar

import numpy as np

from assistant import Assistant
from assistant.analysis.facets import Facet
from assistant.analysis.phrases import short_form
from assistant.answering.briefing import Brief
from assistant.answers import Finished
from assistant.chain import AnswerChain, Pieces, Tracer
from assistant.evaluation import Question, load_questions
from assistant.grounding.grounder import Claim, Source, Verdict
from assistant.llm.model import Calls
from assistant.papers import ABSTRACT
from assistant.words import is_common
from benchmarks.arguments import existing_file
from benchmarks.plants import RIGHT, WRONG, Bed, Plant, plants, sentences_of
from benchmarks.results import Cell, Table, add_keep, publish
from vectorstore.embeddings import EmbeddingModel, Vectors, open_model

Given = TypeVar("Given")
Made = TypeVar("Made")
_SEED = 0
_KIND_OF = {"dataset": "dataset", "dataset_used": "dataset", "method": "method", "task": "task"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a plant: what its sentence, or each of them, was found to be, and the papers that it rests on."""

    plant: Plant
    verdicts: tuple[Verdict, ...]
    papers: frozenset[str]

    @property
    def stands(self) -> bool:
        return bool(self.verdicts) and all(verdict.supported for verdict in self.verdicts)

    @property
    def repaired(self) -> bool:
        return self.stands and any(verdict.repaired for verdict in self.verdicts)

    @property
    def went_wrong(self) -> bool:
        if self.plant.right:
            return not self.stands
        return self.stands and (not self.plant.misled or self.plant.misled in self.papers)

    @property
    def fate(self) -> str:
        """In words, why it stands or does not."""
        reasons = "; ".join(verdict.reason for verdict in self.verdicts if verdict.reason)
        return reasons or ("stands" if self.stands else "was never checked")


@dataclass(slots=True)
class Tally:
    outcomes: list[Outcome] = field(default_factory=list)
    milliseconds: list[float] = field(default_factory=list)

    def of(self, kind: str) -> list[Outcome]:
        return [outcome for outcome in self.outcomes if outcome.plant.kind == kind]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("profile", type=existing_file)
    parser.add_argument("questions", type=existing_file)
    parser.add_argument("--name", default="grounding", help="what the table is called (default: grounding)")
    parser.add_argument(
        "--show", metavar="KIND", default="", help="print the plants of this kind, or 'all', that went wrong"
    )
    add_keep(parser)
    arguments = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        Assistant(library="plants", data_dir=folder, model=_Remembering(open_model())) as assistant,
    ):
        assistant.ingest(arguments.profile)
        tally = measure(assistant, load_questions(arguments.questions))
    publish(_table(arguments.name, tally), keep=arguments.keep)
    for outcome in tally.outcomes:
        if outcome.went_wrong and arguments.show in (outcome.plant.kind, "all"):
            print(f"\n{outcome.plant.kind}: {outcome.fate}\n  {outcome.plant.reply}")


def _table(name: str, tally: Tally) -> Table:
    rows: list[Sequence[Cell]] = []
    for kinds, sort in ((RIGHT, "right"), (WRONG, "wrong")):
        rows += [_row(f"{sort}: {kind}", tally.of(kind)) for kind in kinds]
        rows.append(_row(f"all {sort} ones", [outcome for kind in kinds for outcome in tally.of(kind)]))
    note = "Of the right sentences those that are dropped went wrong, of the wrong ones those that stand."
    if tally.milliseconds:
        note += f" Checking a sentence took {median(tally.milliseconds):.1f} ms in the median, beside the embedding."
    columns = ("planted sentences", "number", "went wrong", "share", "repaired")
    return Table(name, columns, rows, note, digits=3)


def _row(name: str, rows: Sequence[Outcome]) -> Sequence[Cell]:
    wrong, repaired = sum(row.went_wrong for row in rows), sum(row.repaired for row in rows)
    return name, len(rows), wrong, wrong / len(rows) if rows else None, repaired


# ---- asking


def measure(assistant: Assistant, questions: Sequence[Question]) -> Tally:
    """Plant in the answer to every question that is answered by quoting papers."""
    tally = Tally()
    garden = _Garden(assistant)
    for question in questions:
        brief, answering = _brief(assistant.chain, question)
        if brief is None:
            continue
        chance = random.Random(f"{_SEED} {question.question}")
        for plant in plants(garden.bed(brief, answering), chance):
            tally.outcomes.append(_outcome(assistant.chain, question, plant, tally.milliseconds))
    return tally


def _brief(chain: AnswerChain, question: Question) -> tuple[Brief | None, frozenset[str]]:
    """What a model would be shown, and the papers whose abstracts the answer by rules quotes."""
    shown: list[Brief] = []

    def say_nothing(brief: Brief) -> Iterator[str]:
        shown.append(brief)
        return iter(())

    *_, last = chain.events(question.question, question.history, parts=Pieces(answer=say_nothing))
    assert isinstance(last, Finished)
    quoted = frozenset(citation.paper.key for citation in last.answer.citations if citation.section == ABSTRACT)
    return (shown[0] if shown and quoted else None), quoted


def _outcome(chain: AnswerChain, question: Question, plant: Plant, milliseconds: list[float]) -> Outcome:
    watching = _Watching()
    parts = Pieces(answer=lambda _: iter([plant.reply]))
    for _ in chain.events(question.question, question.history, parts=parts, tracer=watching):
        pass
    milliseconds += watching.milliseconds
    verdicts = tuple(verdict for claim, verdict in watching.checked if _is_of(claim.text, plant.sentence))
    papers = frozenset(watching.sources[place].paper.key for verdict in verdicts for place, _, _ in verdict.spans)
    return Outcome(plant, verdicts, papers)


def _is_of(claim: str, sentence: str) -> bool:
    """Whether a claim is the sentence, a part of it, or has taken it for a part of another."""
    one, other = _letters(claim), _letters(sentence)
    return one in other or other in one


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))


class _Watching(Tracer):
    """Keeps what each sentence was checked for, and what for it was found."""

    def __init__(self) -> None:
        self.sources: Sequence[Source] = ()
        self.checked: list[tuple[Claim, Verdict]] = []
        self.milliseconds: list[float] = []

    def call(self, step: str, function: Callable[[Given, Calls], Made], given: Given, calls: Calls) -> Made:
        started = time.perf_counter()
        made = function(given, calls)
        if isinstance(given, Claim) and isinstance(made, Verdict):
            self.milliseconds.append(1000 * (time.perf_counter() - started))
            self.checked.append((given, made))
        return made

    def stream(
        self, step: str, function: Callable[[Given, Calls], Iterator[str]], given: Given, calls: Calls
    ) -> Iterator[str]:
        if isinstance(given, Brief):
            self.sources = given.sources
        return function(given, calls)


# ---- what plants are made of


class _Garden:
    """The sentences and names of one library."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        self._papers = {paper.key: paper for paper in assistant.papers()}
        self._labels = {key: assistant.chain.names.label(key) for key in self._papers}
        self._names = {key: _names_of(assistant.facets(key)) for key in self._papers}
        self._sentences = {
            key: tuple(told.text for passage in assistant.library.passages(key)
                       for told in sentences_of(1, Source(paper, passage.section, passage.start, passage.end)))
            for key, paper in self._papers.items()
        }  # fmt: skip

    def bed(self, brief: Brief, answering: frozenset[str]) -> Bed:
        told = [one for number, source in enumerate(brief.sources, start=1) for one in sentences_of(number, source)]
        shown = {source.paper.key for source in brief.sources}
        far = [key for key in self._papers if key not in shown]
        return Bed(
            told=tuple(one for one in told if one.paper in answering),
            near=tuple(told),
            far=tuple(text for key in far for text in self._sentences[key]),
            names=_gathered(self._names[key] for key in shown & answering),
            strange=_gathered(self._names[key] for key in far),
            labels={key: self._labels[key] for key in shown},
            shown="\n".join(self._papers[key].text for key in sorted(shown)).lower(),
        )


def _names_of(facets: Sequence[Facet]) -> dict[str, set[str]]:
    """What a paper brings, uses and works on, by the kind of thing; descriptions are no names."""
    names: dict[str, set[str]] = defaultdict(set)
    for facet in facets:
        kind, name = _KIND_OF.get(facet.kind), short_form(facet.name)
        if kind and len(name) > 2 and (kind == "task" or not all(is_common(word.lower()) for word in name.split())):
            names[kind].add(name)
    return names


def _gathered(papers: Iterable[Mapping[str, set[str]]]) -> dict[str, tuple[str, ...]]:
    names: dict[str, set[str]] = defaultdict(set)
    for found in papers:
        for kind, some in found.items():
            names[kind] |= some
    return {kind: tuple(sorted(some)) for kind, some in names.items()}


class _Remembering:
    """An embedding model that embeds each text once, so that the checks are timed beside it."""

    def __init__(self, model: EmbeddingModel) -> None:
        self._model = model
        self._vectors: dict[str, Vectors] = {}
        self.name, self.dimension, self.max_tokens = model.name, model.dimension, model.max_tokens
        self.count_tokens = model.count_tokens

    def embed(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Vectors:
        new = [text for text in dict.fromkeys(texts) if text not in self._vectors]
        if new:
            self._vectors.update(zip(new, self._model.embed(new, progress), strict=True))
        if not texts:
            return self._model.embed(texts)
        stacked: Vectors = np.stack([self._vectors[text] for text in texts])
        return stacked


if __name__ == "__main__":
    main()
