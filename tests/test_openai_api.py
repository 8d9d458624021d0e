"""OpenAI's form, by the programs that speak it: the openai package, LangChain's ChatOpenAI and OpenAIEmbeddings."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
import openai
import pytest
from langchain_openai import ChatOpenAI, OpenAIEmbeddings
from pydantic import SecretStr

from assistant import Assistant
from assistant.answers import Answer, Turn
from assistant.shelf import Shelf
from assistant.surfaces.serve.messages import MOST, as_message
from assistant.surfaces.serve.openai_api.asked import ChatRequest
from assistant.surfaces.serve.openai_api.told import url_citations
from assistant.surfaces.serve.service import Service
from tests.chat_server import ChatServer, Reply
from tests.programs import GEARNET, LIBRARY, PAPERS, WEAVEBANK, application, open_looms, serving
from vectorstore.embeddings import EmbeddingModel

QUESTION = "What is WeaveBank?"
WITHOUT_ADDRESS = "How does GearNet work?"
PRESENTED = "We present WeaveBank, a dataset of 12,000 woven patterns"
INVENTED = "It won a gold medal in Paris in 1889"
BROKEN = "WeaveBank was woven by hand from silk of the finest kind"


@pytest.fixture(scope="module")
def assistant(model: EmbeddingModel, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    with open_looms(tmp_path_factory.mktemp("openai"), model) as opened:
        yield opened


@pytest.fixture(scope="module")
def address(assistant: Assistant) -> Iterator[str]:
    with serving(application(Service(Shelf(assistant.settings, assistant)))) as address:
        yield address


@pytest.fixture
def client(address: str) -> Iterator[openai.OpenAI]:
    with client_of(address) as client:
        yield client


@pytest.fixture(scope="module")
def writing(
    running: ChatServer, model: EmbeddingModel, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Assistant]:
    """The same library with a chat model."""
    with open_looms(tmp_path_factory.mktemp("writing"), model, **running.settings | {"chat_timeout": 120}) as opened:
        yield opened


def client_of(address: str, key: str = "right") -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{address}/v1", api_key=key, max_retries=0, timeout=60)


@contextmanager
def served(assistant: Assistant, **settings: Any) -> Iterator[openai.OpenAI]:
    """A client of a server with other settings over the same library."""
    chosen = assistant.settings.model_copy(update=settings)
    with serving(application(Service(Shelf(chosen, assistant)))) as address, client_of(address) as client:
        yield client


def says(content: str, role: str = "user") -> Any:
    return [{"role": role, "content": content}]


def streamed(client: openai.OpenAI, question: str, **options: Any) -> tuple[str, list[Any]]:
    """The text of a stream, and its chunks."""
    chunks = list(client.chat.completions.create(model=LIBRARY, messages=says(question), stream=True, **options))
    return "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices), chunks


# ---- models


def test_the_libraries_are_models_and_so_is_what_embeds_them(client: openai.OpenAI, model: EmbeddingModel) -> None:
    assert [one.id for one in client.models.list()] == ["papertalk", LIBRARY, model.name]
    assert client.models.retrieve(LIBRARY).owned_by == "papertalk"
    with pytest.raises(openai.NotFoundError, match="no model 'gpt-x'"):
        client.models.retrieve("gpt-x")


def test_a_library_that_is_called_as_the_first_one_is_asked_is_what_that_name_means(
    tmp_path: Path, model: EmbeddingModel
) -> None:
    with Assistant(library="papertalk", data_dir=tmp_path, model=model) as other:
        other.take_in(PAPERS[1:])
    with (
        open_looms(tmp_path, model) as first,
        Shelf(first.settings, first) as shelf,
        serving(application(Service(shelf))) as address,
        client_of(address) as client,
    ):
        assert [one.id for one in client.models.list()] == ["papertalk", LIBRARY, model.name]
        told = {
            name: client.chat.completions.create(model=name, messages=says(QUESTION), extra_body={"papertalk": True})
            for name in ("papertalk", LIBRARY)
        }
    answered = {name: (one.choices[0].message.model_extra or {})["papertalk"] for name, one in told.items()}
    assert [answer["answered"] for answer in answered.values()] == [False, True]


# ---- a chat


@pytest.mark.parametrize("name", [LIBRARY, "papertalk"])
def test_a_library_answers_as_a_model_with_its_references_below(
    client: openai.OpenAI, assistant: Assistant, name: str
) -> None:
    completion = client.chat.completions.create(model=name, messages=says(QUESTION), temperature=0.2, seed=1, user="u")
    (choice,) = completion.choices
    answer = assistant.ask(QUESTION)
    assert (choice.finish_reason, choice.message.role, completion.model) == ("stop", "assistant", name)
    content = choice.message.content
    assert content == as_message(answer, more="")
    assert content.startswith(answer.text)
    assert f"1. Lovelace, 2018. *{WEAVEBANK.title}*. Abstract" in content
    assert f"<{WEAVEBANK.url}>" in content


def test_annotations_are_exact_spans_of_markers_whose_papers_have_an_address(client: openai.OpenAI) -> None:
    message = client.chat.completions.create(model=LIBRARY, messages=says(QUESTION)).choices[0].message
    assert message.content is not None
    assert message.annotations
    for number, annotation in enumerate(message.annotations, start=1):
        cited = annotation.url_citation
        assert message.content[cited.start_index : cited.end_index] == f"[{number}]"
        assert (cited.url, cited.title) == (WEAVEBANK.url, WEAVEBANK.title)
    without = client.chat.completions.create(model=LIBRARY, messages=says(WITHOUT_ADDRESS)).choices[0].message
    assert "[1]" in (without.content or "")
    assert without.annotations == []
    assert GEARNET.title in (without.content or "")


def test_annotations_hold_where_a_resolved_question_stands_before_the_text(client: openai.OpenAI) -> None:
    told = client.chat.completions.create(
        model=LIBRARY,
        messages=[*says(QUESTION), *says("It is a dataset.", "assistant"), *says("How was it collected?")],
    )
    message = told.choices[0].message
    assert message.content is not None
    assert message.content.startswith("*Understood as: ")
    assert message.annotations
    for annotation in message.annotations:
        cited = annotation.url_citation
        assert message.content[cited.start_index : cited.end_index].strip("[]").isdigit()


def test_a_papers_own_brackets_are_no_markers(assistant: Assistant) -> None:
    answer = assistant.ask(QUESTION)
    text = r"\[1\] and \[1] are the paper's own, [99] has no citation."
    assert list(url_citations(_with_text(answer, text), text)) == []


def test_the_stream_is_the_text_that_is_given_without_it(client: openai.OpenAI) -> None:
    for question in (QUESTION, WITHOUT_ADDRESS, "How many papers are there per year?", "Who won the cup?"):
        whole = client.chat.completions.create(model=LIBRARY, messages=says(question)).choices[0].message
        text, chunks = streamed(client, question)
        assert text == whole.content
        assert chunks[0].choices[0].delta.role == "assistant"
        assert [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices][-1] == "stop"
        told = [
            chunk.choices[0].delta.annotations for chunk in chunks if hasattr(chunk.choices[0].delta, "annotations")
        ]
        expected = [annotation.model_dump() for annotation in whole.annotations or ()]
        assert (told[0] if told else []) == expected
        assert len({chunk.id for chunk in chunks}) == 1


def test_usage_ends_a_stream_where_it_is_asked_for(client: openai.OpenAI, model: EmbeddingModel) -> None:
    whole = client.chat.completions.create(model=LIBRARY, messages=says(QUESTION))
    _, chunks = streamed(client, QUESTION, stream_options={"include_usage": True})
    assert chunks[-1].choices == []
    assert chunks[-1].usage == whole.usage
    assert whole.usage is not None
    assert whole.usage.prompt_tokens == model.count_tokens(QUESTION)
    assert whole.usage.total_tokens == whole.usage.prompt_tokens + whole.usage.completion_tokens
    _, chunks = streamed(client, QUESTION)
    assert all(chunk.usage is None for chunk in chunks)


def test_the_whole_answer_comes_where_it_is_asked_for(client: openai.OpenAI, assistant: Assistant) -> None:
    expected = assistant.ask(QUESTION).to_dict()
    message = (
        client.chat.completions.create(model=LIBRARY, messages=says(QUESTION), extra_body={"papertalk": True})
        .choices[0]
        .message
    )
    _, chunks = streamed(client, QUESTION, extra_body={"papertalk": True})
    last = next(chunk.choices[0].delta for chunk in chunks if hasattr(chunk.choices[0].delta, "papertalk"))
    for told in (message, last):
        given: dict[str, Any] = (told.model_extra or {})["papertalk"]
        assert given["citations"] == expected["citations"]
        assert given["text"] == expected["text"]


def test_a_message_shows_the_first_of_many_references_and_says_so(assistant: Assistant) -> None:
    answer = assistant.ask(QUESTION)
    many = _with_citations(answer, MOST + 2)
    text = as_message(many, more="ask for less")
    assert f"\n{MOST}. " in text
    assert f"\n{MOST + 1}. " not in text
    assert text.endswith(f"*Shown are the first {MOST} of {MOST + 2} references; ask for less.*")


def test_an_answer_that_comes_back_in_the_history_is_its_text_alone(assistant: Assistant) -> None:
    history: list[Turn] = [{"role": "user", "content": QUESTION}, {"role": "assistant", "content": "It is a dataset."}]
    for question in (QUESTION, "How was it collected?", "How many papers are there per year?"):
        answer = assistant.ask(question, history=history)
        asked = ChatRequest.model_validate(
            {
                "model": LIBRARY,
                "messages": [*says(question), *says(as_message(answer, more="x"), "assistant"), *says("Why?")],
            }
        )
        assert asked.asking()[1][-1] == {"role": "assistant", "content": answer.text}


def test_the_system_and_tools_are_read_past_and_parts_are_read(client: openai.OpenAI) -> None:
    plain = client.chat.completions.create(model=LIBRARY, messages=says(QUESTION)).choices[0].message.content
    messages: Any = [
        {"role": "system", "content": "Answer like a pirate, and without references."},
        {"role": "developer", "content": [{"type": "text", "text": "In French."}]},
        {"role": "user", "content": [{"type": "text", "text": QUESTION}]},
        {"role": "tool", "tool_call_id": "1", "content": "12"},
    ]
    told = client.chat.completions.create(
        model=LIBRARY, messages=messages, tools=[{"type": "function", "function": {"name": "f"}}], tool_choice="auto"
    )
    assert told.choices[0].message.content == plain


def test_many_ask_at_once_and_each_gets_their_own(address: str) -> None:
    questions = [QUESTION, WITHOUT_ADDRESS] * 6
    with client_of(address) as client, ThreadPoolExecutor(6) as pool:
        texts = list(pool.map(lambda question: streamed(client, question)[0], questions))
    assert all(("WeaveBank" in text) == (question == QUESTION) for question, text in zip(questions, texts, strict=True))


# ---- a chat model behind it


def test_only_what_stands_is_streamed(writing: Assistant, server: ChatServer) -> None:
    reply = Reply(f"{PRESENTED} [1]. {INVENTED} [1].", usage=(900, 40))
    server.will_say(reply, reply)
    with served(writing) as client:
        text, chunks = streamed(client, QUESTION, stream_options={"include_usage": True})
        whole = client.chat.completions.create(model=LIBRARY, messages=says(QUESTION))
    assert text == whole.choices[0].message.content
    assert text.startswith(f"{PRESENTED}. [1]")
    assert "medal" not in text
    assert chunks[-1].usage == whole.usage
    assert whole.usage is not None
    assert (whole.usage.prompt_tokens, whole.usage.completion_tokens) == (900, 40)


def test_an_answer_that_begins_anew_is_streamed_once(writing: Assistant, server: ChatServer) -> None:
    server.will_say(Reply(f"{PRESENTED} [1]. {BROKEN}. {INVENTED}.", trouble="breaks"))
    with served(writing) as client:
        text, _ = streamed(client, QUESTION)
    assert "silk" not in text
    assert "The papers are quoted instead" in text
    assert text.count(PRESENTED) == 1


@pytest.mark.parametrize("stream", [False, True])
def test_a_client_that_leaves_ends_the_request_of_the_model(
    writing: Assistant, server: ChatServer, stream: bool
) -> None:
    server.will_say(Reply(f"{PRESENTED} [1].", trouble="stalls"))
    with serving(application(Service(Shelf(writing.settings, writing)))) as address:
        leaving = httpx2.Client(timeout=httpx2.Timeout(60, read=1), headers={"Authorization": "Bearer right"})
        body = {"model": LIBRARY, "messages": says(QUESTION), "stream": stream}
        with leaving, pytest.raises(httpx2.ReadTimeout):
            leaving.post(f"{address}/v1/chat/completions", json=body)
        assert server.hung_up.wait(30)


# ---- what is refused


@pytest.mark.parametrize(
    ("options", "param"),
    [
        ({"n": 2}, "n"),
        ({"tools": [{"type": "function", "function": {"name": "f"}}], "tool_choice": "required"}, "tool_choice"),
        ({"response_format": {"type": "json_object"}}, "response_format"),
        ({"logprobs": True}, "logprobs"),
        ({"modalities": ["text", "audio"], "audio": {"voice": "alloy", "format": "wav"}}, "modalities"),
    ],
)
def test_what_would_be_a_lie_is_refused_with_the_field(
    client: openai.OpenAI, options: dict[str, Any], param: str
) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        client.chat.completions.create(model=LIBRARY, messages=says(QUESTION), **options)
    assert (refused.value.param, refused.value.code) == (param, "unsupported_parameter")
    assert refused.value.type == "invalid_request_error"


@pytest.mark.parametrize(
    "content",
    [
        [{"type": "text", "text": QUESTION}, {"type": "image_url", "image_url": {"url": "data:,"}}],
        [{"type": "input_audio", "input_audio": {"data": "", "format": "wav"}}],
        [{"type": "file", "file": {"file_id": "1"}}],
    ],
)
def test_images_sounds_and_files_are_refused(client: openai.OpenAI, content: Any) -> None:
    with pytest.raises(openai.BadRequestError, match="text alone"):
        client.chat.completions.create(model=LIBRARY, messages=[{"role": "user", "content": content}])


@pytest.mark.parametrize("stream", [False, True])
def test_a_question_that_cannot_be_asked_is_a_bad_request(client: openai.OpenAI, stream: bool) -> None:
    with pytest.raises(openai.BadRequestError, match="question is empty"):
        client.chat.completions.create(model=LIBRARY, messages=says("?"), stream=stream)
    with pytest.raises(openai.BadRequestError, match="no message of the role 'user'"):
        client.chat.completions.create(model=LIBRARY, messages=says("Be kind.", "system"), stream=stream)


def test_clients_raise_their_own_exceptions(address: str) -> None:
    ask: dict[str, Any] = {"model": LIBRARY, "messages": says(QUESTION)}
    with client_of(address, "wrong") as client, pytest.raises(openai.AuthenticationError):
        client.chat.completions.create(**ask)
    with client_of(address, "idle") as client, pytest.raises(openai.PermissionDeniedError):
        client.chat.completions.create(**ask)
    with client_of(address) as client, pytest.raises(openai.NotFoundError) as missing:
        client.chat.completions.create(**ask | {"model": "nobody"})
    assert (missing.value.code, missing.value.param) == ("model_not_found", "model")


def test_a_body_that_is_no_request_fails_in_the_envelope(address: str) -> None:
    for body in ("{", "[]", "null", '{"model": "looms"}', '{"model": "looms", "messages": [{"role": "king"}]}'):
        response = httpx2.post(
            f"{address}/v1/chat/completions",
            content=body,
            headers={"Authorization": "Bearer right", "Content-Type": "application/json"},
        )
        assert response.status_code == 400
        assert set(response.json()["error"]) == {"message", "type", "param", "code"}


def test_where_too_many_ask_the_next_is_told_when_to_come_again(writing: Assistant, server: ChatServer) -> None:
    server.will_say(Reply(f"{PRESENTED} [1].", trouble="stalls"))
    with served(writing, answers_at_once=1, answers_waiting=0) as client:
        stalled = client.chat.completions.create(model=LIBRARY, messages=says(QUESTION), stream=True)
        assert next(stalled).choices[0].delta.role == "assistant"
        assert server.waiting.wait(30)
        with pytest.raises(openai.RateLimitError) as busy:
            client.chat.completions.create(model=LIBRARY, messages=says(QUESTION))
        assert int(busy.value.response.headers["retry-after"]) >= 1
        stalled.close()
        assert server.hung_up.wait(30)


def test_an_answer_that_takes_too_long_is_given_up(writing: Assistant, server: ChatServer) -> None:
    server.will_say(Reply(trouble="silence"), Reply(trouble="silence"))
    with served(writing, answer_timeout=0.5) as client:
        with pytest.raises(openai.InternalServerError, match=r"took longer than 0\.5 seconds") as late:
            client.chat.completions.create(model=LIBRARY, messages=says(QUESTION))
        assert late.value.status_code == 504
        with pytest.raises(openai.APIError, match=r"took longer than 0\.5 seconds"):
            streamed(client, QUESTION)


# ---- embeddings


def test_texts_are_embedded_as_the_papers_are(client: openai.OpenAI, model: EmbeddingModel) -> None:
    texts = ["Woven patterns.", "Gear trains."]
    expected = model.embed(texts)
    floats = client.embeddings.create(model=model.name, input=texts, encoding_format="float")
    np.testing.assert_allclose([row.embedding for row in floats.data], expected, atol=1e-6)
    assert floats.usage.prompt_tokens == sum(map(model.count_tokens, texts))
    unread = client.embeddings.with_raw_response.create(model=model.name, input=texts, encoding_format="base64")
    rows = [base64.b64decode(row["embedding"]) for row in unread.http_response.json()["data"]]
    np.testing.assert_array_equal([np.frombuffer(row, "<f4") for row in rows], expected)
    one = client.embeddings.create(model="minilm", input=texts[0], dimensions=model.dimension)
    np.testing.assert_allclose(one.data[0].embedding, model.embed(texts[:1])[0], atol=1e-6)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"input": [1, 2, 3]}, "unsupported_input"),
        ({"input": [[1, 2], [3]]}, "unsupported_input"),
        ({"input": {"a": 1}}, "unsupported_input"),
        ({"input": []}, "empty_input"),
        ({"input": ["a", " "]}, "empty_input"),
        ({"input": ["a"] * 257}, "too_many_inputs"),
        ({"input": "loom " * 300}, "context_length_exceeded"),
        ({"input": "a", "dimensions": 12}, "unsupported_parameter"),
    ],
)
def test_what_cannot_be_embedded_is_refused(client: openai.OpenAI, given: dict[str, Any], code: str) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        client.embeddings.create(**{"model": "minilm", **given})
    assert refused.value.code == code
    with pytest.raises(openai.NotFoundError):
        client.embeddings.create(model="text-embedding-3-small", input="a")


# ---- LangChain


def test_langchain_chats_with_a_library(address: str, assistant: Assistant) -> None:
    llm = ChatOpenAI(base_url=f"{address}/v1", api_key=SecretStr("right"), model=LIBRARY, max_retries=0)
    expected = as_message(assistant.ask(QUESTION), more="")
    assert llm.invoke(QUESTION).text == expected
    chunks = list(llm.stream([("system", "Be brief."), ("user", QUESTION)]))
    assert "".join(chunk.text for chunk in chunks) == expected


def test_langchain_embeds_with_the_librarys_model(address: str, model: EmbeddingModel) -> None:
    embeddings = OpenAIEmbeddings(
        base_url=f"{address}/v1",
        api_key=SecretStr("right"),
        model=model.name,
        check_embedding_ctx_length=False,
        max_retries=0,
    )
    np.testing.assert_allclose(embeddings.embed_query("Looms."), model.embed(["Looms."])[0], atol=1e-6)


# ---- made up


def _with_text(answer: Answer, text: str) -> Answer:
    return replace(answer, text=text)


def _with_citations(answer: Answer, count: int) -> Answer:
    first = answer.citations[0]
    return replace(answer, citations=tuple(replace(first, marker=number) for number in range(1, count + 1)))
