"""The search and the chain as LangChain knows such things. Imported only where they are asked for."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from typing import Any, cast

from langchain_core.callbacks import (
    AsyncCallbackManagerForChainRun,
    CallbackManagerForChainRun,
    CallbackManagerForRetrieverRun,
)
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import Runnable, RunnableConfig, RunnableGenerator, RunnableLambda
from langchain_core.runnables.base import coerce_to_runnable
from langchain_core.runnables.config import patch_config
from pydantic import ConfigDict

from assistant.answering.briefing import Brief
from assistant.answers import Answer, Event, Evidence, Filters, Finished, Plan
from assistant.chain import AnswerChain, Asking, Given, Made, Pieces, Tracer
from assistant.errors import AssistantError, ModelError, QuestionError
from assistant.grounding.grounder import Claim, Verdict
from assistant.iterating import in_thread
from assistant.library import Library
from assistant.llm.model import Calls
from assistant.retrieval import Retriever

Piece = Runnable[Any, Any] | Callable[..., Any]
"""What takes the place of a step: a Runnable, or a function that is made one."""


class PaperRetriever(BaseRetriever):
    """Passages of one library, best first; each document's ``metadata`` holds ``paper``, ``title``, ``section``,
    ``start``, ``end`` and ``score``, and its text is exactly that span of the paper."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    retriever: Retriever
    limit: int = 8
    per_paper: int = 2
    filters: Filters = Filters()

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
        return [
            Document(
                page_content=row.quote,
                id=f"{row.paper.key}:{row.start}-{row.end}",
                metadata={
                    "paper": row.paper.key,
                    "title": row.paper.title,
                    "section": row.section,
                    "start": row.start,
                    "end": row.end,
                    "score": row.score,
                },
            )
            for row in self.retriever.evidence(query, self.limit, self.filters, self.per_paper)
        ]


class AnswerRunnable(Runnable[Any, Answer]):
    """A question, or ``{"question", "history", "filters"}``, to its Answer.

    ``stream`` and ``astream`` give the events as they come and the Answer last, so that what is piped behind gets the
    Answer. Closing a stream, or cancelling what awaits it, ends the request of the chat model. Its arguments are named
    ``input`` because LangChain's are, and may be given by name: hence the exceptions from the rule on built-in names.
    """

    name = "papertalk"

    def __init__(self, chain: AnswerChain, parts: Pieces) -> None:
        self._chain = chain
        self._parts = parts

    @classmethod
    def of(
        cls,
        chain: AnswerChain,
        *,
        plan: Piece | None = None,
        gather: Piece | None = None,
        answer: Piece | None = None,
        ground: Piece | None = None,
    ) -> AnswerRunnable:
        """The chain with other pieces in the place of those that are given."""
        own = chain.parts
        return cls(
            chain,
            Pieces(
                plan=own.plan if plan is None else _planning(coerce_to_runnable(plan)),
                gather=own.gather if gather is None else _gathering(coerce_to_runnable(gather), chain.library),
                answer=own.answer if answer is None else _answering(coerce_to_runnable(answer)),
                ground=own.ground if ground is None else _grounding(coerce_to_runnable(ground)),
            ),
        )

    # A002 in the four that follow: LangChain calls them with an argument named "input".
    def invoke(self, input: Any, config: RunnableConfig | None = None, **_: Any) -> Answer:  # noqa: A002
        def answer(given: Any, run_manager: CallbackManagerForChainRun, config: RunnableConfig) -> Answer:
            under = patch_config(config, callbacks=run_manager.get_child())
            return _last(self._events(given, under, Calls()))

        return self._call_with_config(answer, input, config)

    async def ainvoke(self, input: Any, config: RunnableConfig | None = None, **_: Any) -> Answer:  # noqa: A002
        async def answer(given: Any, run_manager: AsyncCallbackManagerForChainRun, config: RunnableConfig) -> Answer:
            async for event in self._aevents(given, run_manager, config):
                if isinstance(event, Finished):
                    return event.answer
            raise AssertionError("the last event is the answer")

        return await self._acall_with_config(answer, input, config)

    def stream(self, input: Any, config: RunnableConfig | None = None, **_: Any) -> Iterator[Any]:  # noqa: A002
        yield from self.transform(iter([input]), config)

    async def astream(
        self,
        input: Any,  # noqa: A002
        config: RunnableConfig | None = None,
        **_: Any,
    ) -> AsyncIterator[Any]:
        async def given() -> AsyncIterator[Any]:
            yield input

        async for event in self.atransform(given(), config):
            yield event

    def transform(self, input: Iterator[Any], config: RunnableConfig | None = None, **_: Any) -> Iterator[Any]:  # noqa: A002
        def events(given: Iterator[Any], config: RunnableConfig) -> Iterator[Any]:
            for event in self._events(_whole(given), config, Calls()):
                yield event.answer if isinstance(event, Finished) else event

        yield from self._transform_stream_with_config(input, cast(Any, events), config)

    async def atransform(
        self,
        input: AsyncIterator[Any],  # noqa: A002
        config: RunnableConfig | None = None,
        **_: Any,
    ) -> AsyncIterator[Any]:
        async def events(
            given: AsyncIterator[Any], run_manager: AsyncCallbackManagerForChainRun, config: RunnableConfig
        ) -> AsyncIterator[Any]:
            whole = _whole([piece async for piece in given])
            async for event in self._aevents(whole, run_manager, config):
                yield event.answer if isinstance(event, Finished) else event

        async for event in self._atransform_stream_with_config(input, events, config):
            yield event

    def _events(self, given: Any, config: RunnableConfig, calls: Calls) -> Iterator[Event]:
        asking = _asking(given)
        return self._chain.events(
            asking.question,
            asking.history,
            asking.filters,
            calls=calls,
            parts=self._parts,
            tracer=_LangChainTracer(config),
        )

    def _aevents(
        self, given: Any, run_manager: AsyncCallbackManagerForChainRun, config: RunnableConfig
    ) -> AsyncIterator[Event]:
        calls = Calls()
        under = patch_config(config, callbacks=run_manager.get_sync().get_child())
        return in_thread(self._events(given, under, calls), calls.cancel)


class _LangChainTracer(Tracer):
    """Runs each step as a Runnable of its own name, seen by the callbacks of whoever runs the chain."""

    def __init__(self, config: RunnableConfig) -> None:
        self._config = config

    def call(self, step: str, function: Callable[[Given, Calls], Made], given: Given, calls: Calls) -> Made:
        def run(given: Given, config: RunnableConfig) -> Made:
            return function(given, calls.under(config.get("callbacks")))

        runnable: Runnable[Given, Made] = RunnableLambda(run, name=step)
        return runnable.invoke(given, self._config)

    def stream(
        self, step: str, function: Callable[[Given, Calls], Iterator[str]], given: Given, calls: Calls
    ) -> Iterator[str]:
        def run(inputs: Iterator[Given], config: RunnableConfig) -> Iterator[str]:
            yield from function(_whole(inputs), calls.under(config.get("callbacks")))

        runnable: Runnable[Given, str] = RunnableGenerator(cast(Any, run), name=step)
        return runnable.stream(given, self._config)


# ---- pieces of others, in the chain's own terms


def _planning(runnable: Runnable[Any, Any]) -> Callable[[Asking], Plan]:
    def plan(asking: Asking) -> Plan:
        made = runnable.invoke({"question": asking.question, "history": asking.history, "filters": asking.filters})
        return _of_type(made, Plan, "plan")

    return plan


def _gathering(runnable: Runnable[Any, Any], library: Library) -> Callable[[Plan], Sequence[Evidence]]:
    def gather(plan: Plan) -> Sequence[Evidence]:
        found = runnable.invoke(plan.standalone_question if isinstance(runnable, BaseRetriever) else plan)
        return [_evidence(row, place, library) for place, row in enumerate(found)]

    return gather


def _evidence(row: Any, place: int, library: Library) -> Evidence:
    """A document's span as evidence; without a score of its own, by its place among the others."""
    if isinstance(row, Document):
        about = row.metadata
        if "paper" not in about:
            raise QuestionError(
                "A document of the piece given as 'gather' has no 'paper' in its metadata; give the key of its paper, "
                "and 'start' and 'end' in the paper's text."
            )
        paper = library.paper(str(about["paper"]))
        start, end = int(about.get("start", 0)), int(about.get("end", len(paper.text)))
        if not 0 <= start < end <= len(paper.text):
            raise QuestionError(
                f"A document of the piece given as 'gather' has the span {start} to {end}, which is not in the text of "
                f"{paper.key!r}; 'start' and 'end' count its characters, 0 to {len(paper.text)}."
            )
        score = float(about.get("score", 1 / (1 + place)))
        return Evidence(paper, paper.section_at(start), start, end, score)
    return _of_type(row, Evidence, "gather")


def _answering(runnable: Runnable[Any, Any]) -> Callable[[Brief], Iterator[str]]:
    def answer(brief: Brief) -> Iterator[str]:
        given = {"question": brief.question, "system": brief.system, "prompt": brief.prompt}
        for piece in _running(runnable.stream(given)):
            text = piece if isinstance(piece, str) else getattr(piece, "text", None)
            yield _of_type(str(text) if text is not None else piece, str, "answer")

    return answer


def _running(pieces: Iterator[Any]) -> Iterator[Any]:
    """What a model of somebody else's says; whatever it fails with is this model not answering."""
    try:
        yield from pieces
    except AssistantError:
        raise
    except Exception as error:  # a user's own piece: whatever it raises
        raise ModelError(f"The piece given as 'answer' failed with {type(error).__name__}.") from error


def _grounding(runnable: Runnable[Any, Any]) -> Callable[[Claim], Verdict]:
    return lambda claim: _of_type(runnable.invoke(claim), Verdict, "ground")


def _of_type(made: Any, kind: type[Made], step: str) -> Made:
    if not isinstance(made, kind):
        raise QuestionError(
            f"The piece given as {step!r} made {type(made).__name__} where {kind.__name__} is wanted; see "
            f"Assistant.as_runnable."
        )
    return made


def _asking(given: Any) -> Asking:
    if isinstance(given, Mapping):
        if "question" not in given:
            raise QuestionError("The chain was given no 'question'; give a text, or {'question': text}.")
        return Asking(given["question"], given.get("history") or (), given.get("filters") or Filters())
    return Asking(given)


def _whole(inputs: Any) -> Any:
    """What comes piece by piece as one: pieces of a question are joined."""
    whole: Any = None
    for piece in inputs:
        try:
            whole = piece if whole is None else whole + piece
        except TypeError:
            whole = piece
    return whole


def _last(events: Iterator[Event]) -> Answer:
    for event in events:
        if isinstance(event, Finished):
            return event.answer
    raise AssertionError("the last event is the answer")
