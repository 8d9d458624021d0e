"""Whatever is sent to OpenAI's form: an answer, or an error in OpenAI's envelope, and never a fault of the server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from assistant.shelf import Shelf
from assistant.surfaces.serve.service import Service
from tests.programs import LIBRARY, application, open_looms
from vectorstore.embeddings import EmbeddingModel

bounded = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
words = st.sampled_from(
    ["What is WeaveBank?", "How many papers per year?", "Who?", "\ud800", "", "[1] *x* <b>", "\x00\u202e"]
)
texts = words | st.text(max_size=60)
parts = st.fixed_dictionaries({"type": st.sampled_from(["text", "image_url", "refusal", "input_audio"]) | values}) | (
    st.fixed_dictionaries({"type": st.just("text"), "text": texts | values})
)
messages = st.fixed_dictionaries(
    {
        "role": st.sampled_from(["user", "assistant", "system", "developer", "tool"]) | values,
        "content": texts | st.lists(parts, max_size=3) | values,
    }
)
chats = st.fixed_dictionaries(
    {
        "model": st.sampled_from([LIBRARY, "papertalk", "../" + LIBRARY]) | texts,
        "messages": st.lists(messages, max_size=4) | values,
    },
    optional={
        "stream": st.booleans() | values,
        "stream_options": st.just({"include_usage": True}) | values,
        "n": st.integers() | values,
        "tools": values,
        "tool_choice": st.sampled_from(["auto", "none", "required"]) | values,
        "response_format": values,
        "logprobs": values,
        "modalities": values,
        "papertalk": st.booleans() | values,
        "temperature": values,
        "max_tokens": values,
        "stop": values,
        "metadata": values,
    },
)
embeddings = st.fixed_dictionaries(
    {"model": st.just("minilm") | texts, "input": texts | st.lists(texts, max_size=4) | values},
    optional={"encoding_format": st.sampled_from(["float", "base64"]) | values, "dimensions": st.just(384) | values},
)


@pytest.fixture(scope="module")
def client(model: EmbeddingModel, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with open_looms(tmp_path_factory.mktemp("fuzz"), model) as assistant:
        app = application(Service(Shelf(assistant.settings, assistant)))
        with TestClient(app, headers={"Authorization": "Bearer right"}) as client:
            yield client


def sent(client: TestClient, path: str, body: bytes) -> tuple[int, str]:
    response = client.post(f"/v1/{path}", content=body, headers={"Content-Type": "application/json"})
    return response.status_code, response.text


def assert_in_the_envelope(status: int, text: str) -> None:
    assert 400 <= status < 500, text
    error = json.loads(text)["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert error["message"].endswith((".", "?"))
    assert "Traceback" not in error["message"]


def encoded(body: Any) -> bytes:
    return json.dumps(body).encode()


@bounded
@given(body=chats)
def test_any_chat_is_answered_or_refused_in_the_envelope(client: TestClient, body: dict[str, Any]) -> None:
    status, text = sent(client, "chat/completions", encoded(body))
    if status != 200:
        assert_in_the_envelope(status, text)
    elif text.startswith("data: "):
        assert text.endswith("data: [DONE]\n\n")
    else:
        assert json.loads(text)["object"] == "chat.completion"


@bounded
@given(body=embeddings)
def test_any_texts_are_embedded_or_refused_in_the_envelope(client: TestClient, body: dict[str, Any]) -> None:
    status, text = sent(client, "embeddings", encoded(body))
    if status != 200:
        assert_in_the_envelope(status, text)
    else:
        assert json.loads(text)["object"] == "list"


@bounded
@given(body=st.binary(max_size=60) | values.map(encoded), path=st.sampled_from(["chat/completions", "embeddings"]))
def test_any_bytes_are_refused_in_the_envelope(client: TestClient, body: bytes, path: str) -> None:
    assert_in_the_envelope(*sent(client, path, body))


@pytest.mark.parametrize("path", ["chat/completions", "embeddings"])
@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b'{"model": ' + b"9" * 10_000 + b"}",
        b"\xff\xfe",
        b'{"model": "\\ud800"}',
        b"",
    ],
    ids=["deep list", "deep object", "long number", "no UTF-8", "half a character", "nothing"],
)
def test_bodies_that_break_parsers_are_refused_in_the_envelope(client: TestClient, path: str, body: bytes) -> None:
    assert_in_the_envelope(*sent(client, path, body))
