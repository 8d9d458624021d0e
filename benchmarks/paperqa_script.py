"""Run by ``benchmarks.answers`` with an interpreter that has paper-qa: papers and questions in, answers out.

Standard input is one JSON object: ``url`` and ``key`` of a chat model, ``retrieved`` passages, ``written`` tokens at
most a reply, ``papers`` (``key``, ``title``, ``text``), ``questions``. Standard output is a line of JSON an answer.
PaperQA2 is as its README sets it up, with its sparse embeddings, as all others ask a service. It imports nothing of
this project.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from importlib.metadata import version
from typing import Any


async def main(wanted: dict[str, Any]) -> None:
    from paperqa import Docs, Settings
    from paperqa.types import Doc, Text

    model = {
        "model_name": "local",
        "litellm_params": {
            "model": "openai/local",
            "api_base": wanted["url"],
            "api_key": wanted["key"],
            "timeout": 600,
            "max_tokens": wanted["written"],
        },
    }
    config = {"model_list": [model]}
    settings = Settings(
        llm="local", llm_config=config, summary_llm="local", summary_llm_config=config, embedding="sparse"
    )
    settings.answer.evidence_k = wanted["retrieved"]
    settings.answer.answer_max_sources = wanted["retrieved"]
    settings.answer.max_concurrent_requests = 1
    docs, titles = Docs(), {}
    for paper in wanted["papers"]:
        doc = Doc(docname=paper["key"], dockey=paper["key"], citation=paper["title"])
        await docs.aadd_texts([Text(text=paper["text"], name=paper["key"], doc=doc)], doc, settings)
        titles[paper["key"]] = paper["title"]
    for question in wanted["questions"]:
        begun = time.perf_counter()
        session = await docs.aquery(question, settings)
        used = [context for context in session.contexts if context.id in session.used_contexts]
        row = {
            "version": version("paper-qa"),
            "text": session.answer,
            "cited": [titles[context.text.doc.dockey] for context in used],
            "seconds": time.perf_counter() - begun,
            "tokens": sum(sum(counts) for counts in session.token_counts.values()),
        }
        print(json.dumps(row), flush=True)


if __name__ == "__main__":
    asyncio.run(main(json.load(sys.stdin)))
