"""Papertalk inside a LangChain chain: its retriever and its Runnable are composed with others like any of LangChain's.

``python examples/langchain_chain.py "What is MAVEN?"`` needs no model: the answer is made of sentences of the papers.
With ``--model openai:llama3.2 --url http://127.0.0.1:11434/v1`` (Ollama, vLLM, LM Studio, or any other server of
OpenAI's form) your own prompt writes the answer and Papertalk checks each of its sentences; ``--model`` alone takes
whatever LangChain's ``init_chat_model`` does. ``--papers FILE`` asks papers of your own.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from langchain.chat_models import init_chat_model
from langchain_core.documents import Document
from langchain_core.language_models import BaseChatModel
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import Runnable, RunnableLambda, RunnableParallel, RunnablePassthrough

from assistant import Answer, Assistant, AssistantError
from examples import SAMPLE


def without_a_model(assistant: Assistant) -> Runnable[str, dict[str, Any]]:
    """A question -> the answer as text, and the passages of three papers beside it: two branches, run side by side."""
    passages = assistant.as_retriever(limit=3, per_paper=1) | RunnableLambda(_listed)
    return RunnableParallel(answer=assistant.as_runnable() | RunnableLambda(_told), passages=passages)


def with_a_model(assistant: Assistant, model: BaseChatModel) -> Runnable[str, dict[str, Any]]:
    """The same, where a prompt of one's own writes the answer out of Papertalk's passages.

    ``checked`` is what is left once each sentence is held against the passages; ``unchecked`` is the plain composition
    that every tutorial shows, retriever, prompt, model, for comparison: nobody looks whether it is true.
    """
    writing = ChatPromptTemplate.from_messages([("system", "{system} Use short sentences."), ("human", "{prompt}")])
    checked = assistant.as_runnable(answer=writing | model | StrOutputParser())
    asking = ChatPromptTemplate.from_template("Answer from these passages.\n\n{passages}\n\nQuestion: {question}")
    retrieved = assistant.as_retriever(limit=4) | RunnableLambda(_listed)
    unchecked = {"passages": retrieved, "question": RunnablePassthrough()} | asking | model | StrOutputParser()
    return RunnableParallel(checked=checked | RunnableLambda(_told), unchecked=unchecked)


def _told(answer: Answer) -> str:
    """The answer's text, and below it what each marker stands for."""
    quotes = [f"[{one.marker}] {one.paper.title}: {one.quote!r}" for one in answer.citations]
    return "\n".join([answer.text, *quotes])


def _listed(documents: Sequence[Document]) -> str:
    return "\n\n".join(f"{one.metadata['title']}\n{one.page_content}" for one in documents)


def main() -> None:
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument("question", nargs="?", default="What is MAVEN?")
    options.add_argument("--papers", type=Path, default=SAMPLE, help="what to ask: any file that Papertalk takes in")
    options.add_argument("--model", help="a chat model as LangChain names it; without one nothing is asked of any")
    options.add_argument("--url", help="the server of an openai:MODEL")
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder, Assistant(library="langchain", data_dir=folder) as assistant:
        try:
            assistant.ingest(given.papers)
        except AssistantError as error:
            sys.exit(str(error))
        if given.model:
            server = {"base_url": given.url, "api_key": "none"} if given.url else {}
            chain = with_a_model(assistant, init_chat_model(given.model, **server))
        else:
            chain = without_a_model(assistant)
        for name, text in chain.invoke(given.question).items():
            print(f"--- {name}\n{text}\n")


if __name__ == "__main__":
    main()
