"""The search and the chain as LangChain knows such things. Imported only where they are asked for."""

from __future__ import annotations

from typing import Any

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import Runnable, RunnableLambda
from pydantic import ConfigDict

from assistant.answers import Answer, Filters
from assistant.chain import AnswerChain
from assistant.retrieval import Retriever


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


def answering(chain: AnswerChain) -> Runnable[Any, Answer]:
    """A Runnable from a question to its :class:`~assistant.answers.Answer`."""

    def answer(given: Any) -> Answer:
        return chain.answer(**_arguments(given))

    return RunnableLambda(answer, name="papertalk")


def _arguments(given: Any) -> dict[str, Any]:
    if isinstance(given, str):
        return {"question": given}
    return {name: given[name] for name in ("question", "history", "filters") if name in given}
