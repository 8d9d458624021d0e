"""Papertalk inside LangChain: a retriever and a Runnable that compose like any others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import Runnable, RunnableLambda, RunnablePassthrough

from assistant import Answer, Assistant, Filters
from assistant.errors import QuestionError
from assistant.library import Library
from tests.asking import open_copy, talk


@pytest.fixture(scope="module")
def assistant(sample_library: Library, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    with open_copy(sample_library, tmp_path_factory.mktemp("langchain")) as opened:
        yield opened


class Listener(BaseCallbackHandler):
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.started: list[str] = []
        self.found: list[Document] = []
        self.chains: list[Any] = []
        self.failed: list[BaseException] = []

    def on_retriever_start(self, serialized: dict[str, Any], query: str, **_: Any) -> None:
        self.started.append(query)

    def on_retriever_end(self, documents: Any, **_: Any) -> None:
        self.found.extend(documents)

    def on_chain_end(self, outputs: Any, *, run_id: UUID, **_: Any) -> None:
        self.chains.append(outputs)

    def on_chain_error(self, error: BaseException, *, run_id: UUID, **_: Any) -> None:
        self.failed.append(error)


# ---- the retriever


def test_the_retriever_is_one_of_langchains(assistant: Assistant) -> None:
    assert isinstance(assistant.as_retriever(), BaseRetriever)


def test_documents_are_exact_spans_best_first(assistant: Assistant) -> None:
    found = assistant.as_retriever().invoke("How does CLEVE learn event structures?")
    assert found[0].metadata["paper"] == "wang2021cleve"
    assert 1 < len(found) <= 8
    scores = [document.metadata["score"] for document in found]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)
    for document in found:
        facts = document.metadata
        paper = assistant.paper(facts["paper"])
        assert paper.text[facts["start"] : facts["end"]] == document.page_content != ""
        assert facts["title"] == paper.title
        assert facts["section"] == paper.section_at(facts["start"]) == "Abstract"
    assert len({document.id for document in found}) == len(found)


@pytest.mark.parametrize("limit", [1, 3, 20])
def test_no_more_documents_come_than_are_wanted(assistant: Assistant, limit: int) -> None:
    found = assistant.as_retriever(limit=limit, per_paper=1).invoke("relation extraction")
    assert len(found) == limit
    assert len({document.metadata["paper"] for document in found}) == limit


@pytest.mark.parametrize(
    "filters", [Filters(years=(2018, 2019)), Filters(categories=("CV",)), Filters(papers=("wang2020maven",))]
)
def test_only_papers_that_the_filters_admit_are_found(assistant: Assistant, filters: Filters) -> None:
    found = assistant.as_retriever(filters=filters).invoke("relation extraction")
    assert found
    assert all(filters.admits(assistant.paper(document.metadata["paper"])) for document in found)


def test_filters_that_admit_nothing_find_nothing(assistant: Assistant) -> None:
    assert assistant.as_retriever(filters=Filters(years=(1900, 1901))).invoke("relation extraction") == []


async def test_it_retrieves_without_waiting_and_in_batches(assistant: Assistant) -> None:
    retriever = assistant.as_retriever(limit=4)
    questions = ["event detection", "prompt tuning", "knowledge graphs", "pipeline parallelism"]
    alone = [retriever.invoke(question) for question in questions]
    assert await retriever.ainvoke(questions[0]) == alone[0]
    assert retriever.batch(questions) == alone
    assert await retriever.abatch(questions) == alone


def test_callbacks_of_a_retrieval_fire(assistant: Assistant) -> None:
    listener = Listener()
    found = assistant.as_retriever(limit=2).invoke("event detection", config={"callbacks": [listener]})
    assert listener.started == ["event detection"]
    assert listener.found == found


def test_the_retriever_composes(assistant: Assistant) -> None:
    def titles_of(found: list[Document]) -> list[str]:
        return [document.metadata["title"] for document in found]

    titles = assistant.as_retriever(limit=3) | RunnableLambda(titles_of)
    chain: Runnable[str, dict[str, Any]] = {"titles": titles, "question": RunnablePassthrough()} | RunnableLambda(dict)
    made = chain.invoke("event detection dataset")
    assert made["question"] == "event detection dataset"
    assert "MAVEN: A Massive General Domain Event Detection Dataset" in made["titles"]


# ---- the Runnable


def test_a_question_alone_is_enough(assistant: Assistant) -> None:
    answer = assistant.as_runnable().invoke("What is CLEVE?")
    assert isinstance(answer, Answer)
    assert answer.text == assistant.ask("What is CLEVE?").text


def test_history_and_filters_may_come_with_it(assistant: Assistant) -> None:
    runnable = assistant.as_runnable()
    followed = runnable.invoke({"question": "Who wrote it?", "history": talk("What is CLEVE?", "A framework.")})
    assert {citation.paper.key for citation in followed.citations} == {"wang2021cleve"}
    filtered = runnable.invoke({"question": "What is CLEVE?", "filters": Filters(years=(2018, 2018))})
    assert not filtered.answered


async def test_it_answers_without_waiting_and_in_batches(assistant: Assistant) -> None:
    runnable = assistant.as_runnable()
    questions = ["What is CLEVE?", "How big is FewRel?", "Which GPUs was ERNIE trained on?"]
    texts = [assistant.ask(question).text for question in questions]
    assert (await runnable.ainvoke(questions[0])).text == texts[0]
    assert [answer.text for answer in runnable.batch(questions)] == texts
    assert [answer.text for answer in await runnable.abatch([{"question": q} for q in questions])] == texts


def test_it_composes_on_both_sides(assistant: Assistant) -> None:
    ask: Runnable[str, str] = RunnableLambda(lambda name: f"What is {name}?")
    chain = ask | assistant.as_runnable() | RunnableLambda(lambda answer: answer.to_dict()["citations"])
    citations = chain.invoke("CLEVE")
    assert {citation["paper"]["key"] for citation in citations} == {"wang2021cleve"}


def test_callbacks_of_an_answer_fire(assistant: Assistant) -> None:
    listener = Listener()
    answer = assistant.as_runnable().invoke("What is CLEVE?", config={"callbacks": [listener]})
    assert listener.chains[-1] == answer
    assert len(listener.chains) == 3  # its steps: plan, gather


def test_its_errors_are_papertalks_and_reach_callbacks(assistant: Assistant) -> None:
    listener = Listener()
    with pytest.raises(QuestionError):
        assistant.as_runnable().invoke("  ", config={"callbacks": [listener]})
    assert [type(error) for error in listener.failed] == [QuestionError]


def test_the_runnable_has_a_name(assistant: Assistant) -> None:
    assert assistant.as_runnable().get_name() == "papertalk"
