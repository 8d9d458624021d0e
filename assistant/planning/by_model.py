"""A chat model as planner: it fills the plan's own schema, and only what the question and the library hold is kept.

It is asked what the rules leave open. Where it does not answer, or its plan says what nobody said, the rules' plan
stands.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from pydantic import BaseModel

import prompts
from assistant.answers import Dimension, Filters, History, Intent, Pick, Plan, Subject, Turn
from assistant.english import general as english
from assistant.errors import ModelError
from assistant.llm.model import Calls, ChatModel
from assistant.mentions import Names
from assistant.planning.conditions import Vocabulary
from assistant.untrusted import as_data
from assistant.words import content_words, folded, stem, tokens

_TURNS, _CHARACTERS = 6, 2_000
"""How much of a conversation the model is shown."""
_KEPT = 0.6
"""The share of a follow-up's telling words that must be in what the model makes of it."""


class ModelPlan(BaseModel):
    """The plan as a model writes it. No field has a default: a plan that leaves one out is none."""

    intent: Intent
    standalone_question: str
    subject: Subject
    since: int | None
    until: int | None
    categories: list[str]
    has_code: bool | None
    authors: list[str]
    first_authors: list[str]
    mentions: list[str]
    introduces: list[Literal["dataset", "method"]]
    topic: str | None
    group_by: list[Dimension]
    pick: Pick | None
    limit: int | None


SCHEMA_NOTES = """\
- "intent": "look_up" (what one paper says), "compare" (papers held against each other), "list" (papers or things), \
"count", "trend" (over time, first, last), "who" (persons), "about_assistant", "off_topic".
- "standalone_question": the question, with what it takes from the conversation put in.
- "subject": what is listed, counted or ranked; "papers" where nothing else is.
- "since", "until": years, inclusive; null where the question gives none.
- "categories", "has_code", "authors", "first_authors": conditions on the papers; [] or null where there are none.
- "mentions": terms of which a paper must hold one; [] where there are none.
- "introduces": "dataset" or "method" where the papers must bring one.
- "topic": what the papers are to be on, in the question's words; null where it does not say.
- "group_by": at most two dimensions to group by; [] for none.
- "pick": "first", "last", "both_ends", "most", "fewest", "absent", "share"; null for none.
- "limit": how many are wanted; null where it does not say."""


def plan_with_model(
    plan: Plan,
    history: History,
    model: ChatModel,
    names: Names,
    vocabulary: Vocabulary,
    calls: Calls | None = None,
) -> Plan | None:
    """The model's plan in place of the rules'; None where it cannot stand.

    Raises:
        ModelError: the model did not answer.
    """
    turns = [f"{turn['role']}: {as_data(_said(turn)[:_CHARACTERS])}" for turn in history[-_TURNS:]]
    prompt = prompts.render(
        "plan", schema_notes=SCHEMA_NOTES, history="\n".join(turns) or "(none)", question=as_data(plan.question)
    )
    found = model.structured(prompt, ModelPlan, calls)
    filters = _filters(found, vocabulary)
    said = "\n".join([plan.question, *(turn["content"] for turn in history)])
    if filters is None or not _is_said(found, plan.question, said, names):
        return None
    return replace(
        plan,
        intent=found.intent,
        standalone_question=found.standalone_question.strip(),
        subject=found.subject,
        filters=filters,
        group_by=tuple(found.group_by[:2]),
        pick=found.pick,
        limit=found.limit if found.limit is None or 0 < found.limit <= 100 else None,
        planned_by="model",
    )


def _said(turn: Turn) -> str:
    """A turn without the papers that a reply only points to, or the model would take a pronoun for one of them."""
    unasked = english.NAMES_UNASKED.search(turn["content"]) if turn["role"] == "assistant" else None
    return turn["content"][: unasked.start()] if unasked else turn["content"]


def _filters(found: ModelPlan, vocabulary: Vocabulary) -> Filters | None:
    """The conditions, if the library knows each of them."""
    authors = [vocabulary.person(name) for name in found.authors]
    first = [vocabulary.person(name) for name in found.first_authors]
    known = {folded(category): category for category in vocabulary.categories}
    years = [year for year in (found.since, found.until) if year is not None]
    if (
        None in authors
        or None in first
        or any(folded(category) not in known for category in found.categories)
        or any(not 1000 <= year <= 2999 for year in years)
        or years != sorted(years)
    ):
        return None
    return Filters(
        years=(found.since, found.until) if years else None,
        categories=tuple(known[folded(category)] for category in found.categories),
        has_code=found.has_code,
        authors=tuple(name for name in authors if name),
        first_authors=tuple(name for name in first if name),
        mentions=(tuple(found.mentions),) if found.mentions else (),
        introduces=tuple(found.introduces),
        topic=(found.topic or "").strip() or None,
    )


def _is_said(found: ModelPlan, question: str, said: str, names: Names) -> bool:
    """Whether every telling word of the plan comes from the reader, or at least from the library's own papers, and
    a question that leans on a conversation keeps its own words."""
    spoken = {stem(word) for word in content_words(said)}
    planned = [found.standalone_question, found.topic or "", *found.mentions]
    strange = [w for text in planned for w in content_words(text) if stem(w) not in spoken and not names.holds(w)]
    shown = {folded(word) for word in tokens(said)}
    persons = [folded(name.split()[-1]) for name in (*found.authors, *found.first_authors)]
    years = [str(year) for year in (found.since, found.until) if year is not None]
    if not all(word in shown for word in (*persons, *years)):
        return False
    kept = {stem(word) for word in content_words(found.standalone_question)}
    if not found.standalone_question.strip() or strange:
        return False
    if said == question:
        return bool(kept & spoken) or not spoken
    asked = {stem(word) for word in content_words(question)}
    return len(asked & kept) >= _KEPT * len(asked)


def describe_failure(error: ModelError) -> str:
    """What a reader is told where the model did not plan."""
    return f"The chat model did not plan this question, so the rules did: {error}"
