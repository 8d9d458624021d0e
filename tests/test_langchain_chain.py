"""The chain with a chat model, as a LangChain user runs it: streamed, traced, stopped, and with pieces of one's own."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from langchain_core.callbacks import AsyncCallbackHandler, BaseCallbackHandler
from langchain_core.language_models import GenericFakeChatModel
from langchain_core.messages import AIMessage
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import RunnableLambda

from assistant import Answer, Assistant, Filters
from assistant.answers import Doubted, Evidence, Gathered, Plan, Planned, TextDelta
from assistant.errors import QuestionError
from assistant.grounding.grounder import Claim, Verdict
from assistant.library import Library
from tests.asking import assert_well_cited, open_copy
from tests.chat_server import ChatServer, Reply

QUESTION = "What is CLEVE?"
RIGHT = "CLEVE is a contrastive pre-training framework for event extraction [1]."
WRONG = "CLEVE was trained on 64 TPUs [1]."


@pytest.fixture(scope="module")
def assistant(
    running: ChatServer, sample_library: Library, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("chain")
    with open_copy(sample_library, folder, **running.settings) as opened:
        yield opened


@pytest.fixture
def plain(sample_library: Library, tmp_path: Any) -> Iterator[Assistant]:
    """Without a chat model."""
    with open_copy(sample_library, tmp_path) as opened:
        yield opened


class Listener(BaseCallbackHandler):
    """Keeps the names of what ran, with the names of what ran it, and the tokens."""

    def __init__(self) -> None:
        self.names: dict[UUID, str] = {}
        self.runs: list[tuple[str, str | None]] = []
        self.tokens: list[str] = []
        self.failed: list[str] = []

    def _start(self, name: str, run_id: UUID, parent: UUID | None) -> None:
        self.names[run_id] = name
        self.runs.append((name, self.names[parent] if parent else None))

    def on_chain_start(self, *_: Any, run_id: UUID, parent_run_id: UUID | None = None, **more: Any) -> None:
        self._start(more["name"], run_id, parent_run_id)

    def on_chat_model_start(self, *_: Any, run_id: UUID, parent_run_id: UUID | None = None, **__: Any) -> None:
        self._start("model", run_id, parent_run_id)

    def on_llm_new_token(self, token: Any, *_: Any, **__: Any) -> None:
        self.tokens.append(token)

    def on_chain_error(self, error: BaseException, **_: Any) -> None:
        self.failed.append(type(error).__name__)


ACCEPTED = '{"verdicts": []}'
"""What a judge says that rejects nothing."""
STEPS = [("papertalk", None), ("plan", "papertalk"), ("gather", "papertalk"), ("answer", "papertalk")]

CHECKED = [("model", "answer"), ("ground", "papertalk"), ("judge", "papertalk"), ("model", "judge")]


def test_callbacks_see_the_steps_and_the_model_within_them(server: ChatServer, assistant: Assistant) -> None:
    listener = Listener()
    server.will_say(RIGHT, ACCEPTED)
    answer = assistant.as_runnable().invoke(QUESTION, {"callbacks": [listener]})
    assert answer.mode == "generative"
    assert listener.runs == [*STEPS, *CHECKED]
    assert "".join(listener.tokens) == RIGHT + ACCEPTED


async def test_they_see_them_as_well_where_nothing_waits(server: ChatServer, assistant: Assistant) -> None:
    listener = Listener()
    server.will_say(RIGHT, ACCEPTED, RIGHT, ACCEPTED)
    answer = await assistant.as_runnable().ainvoke(QUESTION, {"callbacks": [listener]})
    assert answer.mode == "generative"
    assert listener.runs == [*STEPS, *CHECKED]
    listener = Listener()
    events = [event async for event in assistant.as_runnable().astream(QUESTION, {"callbacks": [listener]})]
    assert isinstance(events[-1], Answer)
    assert listener.runs == [*STEPS, *CHECKED]


async def test_handlers_that_are_coroutines_are_called(server: ChatServer, assistant: Assistant) -> None:
    tokens: list[str] = []

    class Waiting(AsyncCallbackHandler):
        async def on_llm_new_token(self, token: Any, *_: Any, **__: Any) -> None:
            tokens.append(token)

    server.will_say(RIGHT)
    await assistant.as_runnable().ainvoke(QUESTION, {"callbacks": [Waiting()]})
    assert "".join(tokens) == RIGHT


def test_nobody_listens_where_the_assistant_is_asked_by_itself(server: ChatServer, assistant: Assistant) -> None:
    listener = Listener()
    server.will_say(RIGHT)
    asked: RunnableLambda[str, Answer] = RunnableLambda(assistant.ask, name="mine")
    asked.invoke(QUESTION, {"callbacks": [listener]})
    assert listener.runs == [("mine", None)]


def test_a_stream_gives_the_events_and_the_answer_last(server: ChatServer, assistant: Assistant) -> None:
    server.will_say(f"{RIGHT} {WRONG}")
    events = list(assistant.as_runnable().stream(QUESTION))
    kinds = [type(event) for event in events]
    assert kinds[:3] == [Planned, Gathered, TextDelta]
    assert kinds[-2:] == [Doubted, Answer]
    answer = events[-1]
    assert_well_cited(answer)
    assert "TPU" not in answer.text


def test_what_is_piped_behind_a_stream_gets_the_answer(server: ChatServer, assistant: Assistant) -> None:
    server.will_say(RIGHT, ACCEPTED, RIGHT, ACCEPTED)
    chain = assistant.as_runnable() | RunnableLambda(lambda answer: answer.mode)
    assert chain.invoke(QUESTION) == "generative"
    assert list(chain.stream(QUESTION)) == ["generative"]


async def test_stream_events_name_the_steps(server: ChatServer, assistant: Assistant) -> None:
    server.will_say(RIGHT)
    seen = [(event["event"], event["name"]) async for event in assistant.as_runnable().astream_events(QUESTION)]
    for step in ("papertalk", "plan", "gather", "answer", "ground"):
        assert ("on_chain_end", step) in seen
    assert "on_chat_model_stream" in {event for event, _ in seen}


def test_batches_answer_each_question(server: ChatServer, assistant: Assistant) -> None:
    server.will_say(RIGHT, RIGHT, RIGHT)
    answers = assistant.as_runnable().batch([QUESTION] * 3, {"max_concurrency": 3})
    assert [answer.mode for answer in answers] == ["generative"] * 3


def test_a_stream_that_is_closed_ends_the_request(server: ChatServer, assistant: Assistant) -> None:
    server.will_say(Reply(RIGHT, trouble="stalls"))
    stream = assistant.as_runnable().stream(QUESTION)
    for event in stream:
        if isinstance(event, TextDelta):
            break
    stream.close()  # type: ignore[attr-defined]
    assert server.hung_up.wait(10)


@pytest.mark.parametrize("way", ["ainvoke", "astream", "aask"])
async def test_a_task_that_is_cancelled_ends_the_request(server: ChatServer, assistant: Assistant, way: str) -> None:
    server.will_say(Reply(trouble="silence"))

    async def run() -> None:
        if way == "ainvoke":
            await assistant.as_runnable().ainvoke(QUESTION)
        elif way == "aask":
            await assistant.aask(QUESTION)
        else:
            async for _ in assistant.as_runnable().astream(QUESTION):
                pass

    task = asyncio.create_task(run())
    assert await asyncio.to_thread(server.waiting.wait, 20)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert server.hung_up.wait(10)
    server.will_say(RIGHT)
    assert assistant.ask(QUESTION).mode == "generative"


# ---- pieces of one's own


def test_a_chain_of_ones_own_writes_and_is_checked_all_the_same(plain: Assistant) -> None:
    prompt = ChatPromptTemplate.from_messages([("system", "{system}"), ("human", "{prompt}")])
    model = GenericFakeChatModel(messages=iter([AIMessage(f"{RIGHT} {WRONG}")]))
    answer = plain.as_runnable(answer=prompt | model | StrOutputParser()).invoke(QUESTION)
    assert answer.mode == "generative"
    assert answer.grounding is not None
    assert answer.grounding.dropped == 1
    assert_well_cited(answer)


def test_messages_are_taken_as_well_as_text(plain: Assistant) -> None:
    model = GenericFakeChatModel(messages=iter([AIMessage(RIGHT)]))
    runnable = plain.as_runnable(answer=RunnableLambda(lambda given: given["prompt"]) | model)
    assert runnable.invoke(QUESTION).mode == "generative"


def test_a_retriever_of_ones_own_finds_the_evidence(plain: Assistant) -> None:
    narrow = plain.as_retriever(filters=Filters(papers=("wang2020maven",)))
    answer = plain.as_runnable(gather=narrow).invoke("Which dataset is about events?")
    assert {citation.paper.key for citation in answer.citations} == {"wang2020maven"}


def test_a_function_may_find_the_evidence(plain: Assistant) -> None:
    def gather(_: Plan) -> list[Evidence]:
        paper = plain.paper("wang2021cleve")
        section = paper.section("Abstract")
        assert section is not None
        return [Evidence(paper, "Abstract", section.start, section.end, 1.0)]

    answer = plain.as_runnable(gather=gather).invoke("What is pre-trained?")
    assert {citation.paper.key for citation in answer.citations} == {"wang2021cleve"}


def test_a_plan_of_ones_own_is_followed(plain: Assistant) -> None:
    def plan(given: dict[str, Any]) -> Plan:
        return Plan(given["question"], given["question"], intent="count")

    assert plain.as_runnable(plan=plan).invoke("Tell me something").mode == "computed"


def test_a_check_of_ones_own_decides(server: ChatServer, assistant: Assistant) -> None:
    def nothing(_: Claim) -> Verdict:
        return Verdict(False, 0.0, reason="nothing is believed here")

    server.will_say(RIGHT)
    answer = assistant.as_runnable(ground=nothing).invoke(QUESTION)
    assert answer.mode == "extractive"
    assert answer.grounding is not None
    assert answer.grounding.dropped == 1


@pytest.mark.parametrize("piece", ["plan", "gather", "ground"])
def test_a_piece_that_makes_something_else_is_named(server: ChatServer, assistant: Assistant, piece: str) -> None:
    server.will_say(RIGHT)
    pieces: dict[str, Any] = {piece: lambda _: [42] if piece == "gather" else 42}
    with pytest.raises(QuestionError, match=f"'{piece}' made int"):
        assistant.as_runnable(**pieces).invoke(QUESTION)
    server.replies.clear()


def test_a_mapping_without_a_question_is_refused(plain: Assistant) -> None:
    with pytest.raises(QuestionError, match="no 'question'"):
        plain.as_runnable().invoke({"query": QUESTION})
