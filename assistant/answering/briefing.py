"""What a chat model is given to answer from: numbered passages, as many as it reads, delimited as data.

The model sees numbers that are made here and nothing that it could mistake for an instruction: sentences that speak to
a machine instead of a reader are left out of the evidence, and no text of a paper can close its own delimiter.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import prompts
from assistant.answering.gathering import Found
from assistant.answers import History
from assistant.english.general import ADDRESSES_A_MACHINE, OVERRIDE
from assistant.errors import ModelError
from assistant.grounding.grounder import Source
from assistant.library import Library
from assistant.llm.model import DEFAULT_CONTEXT, DEFAULT_REPLY, ChatModel, estimate_tokens
from assistant.mentions import Names
from assistant.papers import Paper, clean
from assistant.rendering import visible
from assistant.retrieval import Candidate
from assistant.untrusted import as_data

DECLINED = "NOT STATED"
"""What the model is told to reply where the passages do not hold the answer."""
_TURNS, _CHARACTERS = 4, 600
"""How much of a conversation the model is shown."""
_UNTITLED = "untitled"
_ALONE = 0.12
"""A paper that is not quoted is shown to the model where its score is within this of the best."""


@dataclass(frozen=True, slots=True)
class Brief:
    """What is asked of a chat model: its instructions, and the question with the numbered passages. ``sources`` are
    those passages, the first of them number 1."""

    question: str
    system: str
    prompt: str
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Budget:
    """How many tokens a model reads and writes in one request, how many of them its reply may have, and how they are
    counted."""

    name: str
    context: int
    reply: int
    count: Callable[[str], int]

    @classmethod
    def of(cls, model: ChatModel | None) -> Budget:
        """That of a model; a usual one where the model is somebody else's."""
        if model is None:
            return cls("answer", DEFAULT_CONTEXT, DEFAULT_REPLY, estimate_tokens)
        return cls(model.name, model.context_tokens, model.max_tokens, model.count_tokens)


@dataclass(frozen=True, slots=True)
class _Passage:
    source: Source
    worth: float
    text: str


def make_brief(
    question: str,
    history: History,
    found: Found,
    quoted: Sequence[Candidate],
    library: Library,
    names: Names,
    budget: Budget,
) -> Brief:
    """The question with the passages of the papers that answer it, the least useful left out until they fit.

    Raises:
        ModelError: the model reads too little for the question and one sentence of evidence.
    """
    shown = [*quoted, *_others(found, quoted)]
    passages = [passage for candidate in shown for passage in _passages(candidate, library, names)]
    turns = "\n".join(f"{turn['role']}: {as_data(turn['content'][:_CHARACTERS])}" for turn in history[-_TURNS:])
    system = prompts.render("answer_system")
    for told in dict.fromkeys((turns or "(none)", "(none)")):
        frame = prompts.render("answer", passages="", history=told, question=as_data(question))
        room = budget.context - budget.reply - budget.count(system) - budget.count(frame)
        kept = _fitting(passages, room, budget.count)
        if kept:
            body = "\n".join(_numbered(number, passage) for number, passage in enumerate(kept, start=1))
            prompt = prompts.render("answer", passages=body, history=told, question=as_data(question))
            return Brief(question, system, prompt, tuple(passage.source for passage in kept))
    raise ModelError(
        f"The chat model {budget.name!r} reads {budget.context:,} tokens, too few for this question and its "
        f"passages; set PAPERTALK_CHAT_CONTEXT to what it really reads, or use another model."
    )


def _others(found: Found, quoted: Sequence[Candidate]) -> Iterator[Candidate]:
    """Papers beside those that are quoted that come as near to the question."""
    taken = {candidate.key for candidate in quoted}
    best = max((candidate.found.score for candidate in quoted), default=0.0)
    for candidate in found.candidates:
        if candidate.key not in taken and candidate.found.score > best - _ALONE:
            yield candidate


def _passages(candidate: Candidate, library: Library, names: Names) -> Iterator[_Passage]:
    """The passages of a paper, each worth what its best sentence is; cut in two where a sentence is left out."""
    paper = candidate.reading.paper
    aliases = tuple(dict.fromkeys((*names.coined(paper.key), names.label(paper.key))))
    for passage in library.passages(paper.key):
        inside = [s for s in candidate.sentences if passage.start <= s.sentence.start < passage.end]
        for left_out, run in itertools.groupby(inside, key=lambda s: speaks_to_a_machine(s.sentence.text)):
            if left_out:
                continue
            told = list(run)
            start, end = told[0].sentence.start, told[-1].sentence.end
            worth = max(scored.question for scored in told) + candidate.found.score
            text = as_data(clean(paper.text[start:end]))
            yield _Passage(Source(paper, passage.section, start, end, aliases), worth, text)


def speaks_to_a_machine(sentence: str) -> bool:
    """Whether a sentence of a paper gives orders to whatever reads it."""
    seen = visible(sentence)
    return bool(OVERRIDE.search(seen) or ADDRESSES_A_MACHINE.search(seen))


def as_told(source: Source) -> Source:
    """The source as the model is told it: the words of a title that gives orders prove nothing."""
    if not _gives_orders(source.paper):
        return source
    return replace(source, paper=replace(source.paper, title=""), aliases=())


def _gives_orders(paper: Paper) -> bool:
    """Whether a paper's title does."""
    parts = re.split(r"(?<=[:?!.])\s", clean(paper.title))
    return any(speaks_to_a_machine(part) for part in parts)


def _fitting(passages: Sequence[_Passage], room: int, count: Callable[[str], int]) -> list[_Passage]:
    """As many as there is room for, the most useful first; in their own order."""
    kept: list[_Passage] = []
    for passage in sorted(passages, key=lambda row: -row.worth):
        size = count(_numbered(99, passage)) + 1
        if size <= room:
            kept.append(passage)
            room -= size
    return [passage for passage in passages if passage in kept]


def _numbered(number: int, passage: _Passage) -> str:
    paper = passage.source.paper
    year = f' year="{paper.year}"' if paper.year else ""
    title = _UNTITLED if _gives_orders(paper) else as_data(clean(paper.title)).replace('"', "'")
    return f'<passage number="{number}" paper="{title}"{year}>\n{passage.text}\n</passage>'
