"""Chat models: what a server is asked, what its reply becomes, whole and in pieces, what a failure says, how a request
is ended; and facets that a model reads."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import logging
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from pydantic import BaseModel

import prompts
from assistant.analysis.facets import Facet
from assistant.analysis.model_facets import extract_with_model, join
from assistant.errors import ConfigError, ModelError, Stopped
from assistant.llm.model import DEFAULT_CONTEXT, Calls, ChatModel, open_chat_model
from assistant.papers import ABSTRACT, AUTHORS, TITLE, Paper, Section
from assistant.settings import load
from tests.asking import is_one_sentence
from tests.chat_server import ChatServer, Reply, serving_chat


class Bird(BaseModel):
    """A bird that someone saw."""

    name: str
    seen: int


GULL = '{"name": "gull", "seen": 3}'


@pytest.fixture
def server() -> Iterator[ChatServer]:
    with serving_chat() as running:
        yield running


@pytest.fixture
def model(server: ChatServer) -> ChatModel:
    return ChatModel("openai:small", server.url, timeout=20.0)


def failure(model: ChatModel) -> ModelError:
    with pytest.raises(ModelError) as raised:
        model.structured("Which birds?", Bird)
    assert is_one_sentence(str(raised.value))
    assert repr(model.name) in str(raised.value)
    return raised.value


# ---- which model is asked


def test_no_model_is_asked_unless_one_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-someone")
    settings = load()
    assert open_chat_model(settings) is None


def test_a_model_that_is_set_is_not_reached_before_it_is_asked(server: ChatServer) -> None:
    settings = load(chat_model="openai:small", chat_url=server.url, chat_timeout=5)
    opened = open_chat_model(settings)
    assert opened is not None
    assert opened.name == f"openai:small@{server.url}"
    assert server.requests == []


@pytest.mark.parametrize("name", ["gpt-4o-mini", "openai:", ":small"])
def test_a_name_without_its_provider_is_refused_with_the_setting(name: str) -> None:
    with pytest.raises(ConfigError, match=r"'chat_model' .*provider:model") as raised:
        open_chat_model(load(chat_model=name))
    assert is_one_sentence(str(raised.value))


def test_a_server_without_a_model_is_refused_with_the_setting_that_is_missing() -> None:
    with pytest.raises(ConfigError, match=r"'chat_url' .*PAPERTALK_CHAT_MODEL") as raised:
        open_chat_model(load(chat_url="http://127.0.0.1:1/v1"))
    assert is_one_sentence(str(raised.value))


@pytest.mark.parametrize("seconds", [0, -1, float("inf")])
def test_a_time_out_is_a_positive_number_of_seconds(seconds: float) -> None:
    with pytest.raises(ConfigError, match="'chat_timeout'"):
        load(chat_timeout=seconds)


@pytest.mark.skipif(importlib.util.find_spec("langchain_groq") is not None, reason="the package is installed here")
def test_a_provider_whose_package_is_missing_names_the_package() -> None:
    assert "needs: pip install langchain-groq" in str(failure(ChatModel("groq:some-model")))


def test_a_provider_that_nobody_knows_is_named() -> None:
    assert "'nobody'" in str(failure(ChatModel("nobody:some-model")))


def test_a_provider_without_its_key_names_the_key() -> None:
    assert "OPENAI_API_KEY" in str(failure(ChatModel("openai:gpt-4o-mini")))


# ---- what is sent


def test_the_prompt_and_the_schema_go_to_the_server_as_they_are(server: ChatServer, model: ChatModel) -> None:
    server.will_say(GULL)
    model.structured("Which birds?", Bird)
    (asked,) = server.requests
    assert asked["model"] == "small"
    assert asked["messages"] == [{"role": "user", "content": "Which birds?"}]
    assert asked["temperature"] == 0
    shape = asked["response_format"]["json_schema"]
    assert shape["strict"] is True
    assert shape["schema"]["required"] == ["name", "seen"]
    assert shape["schema"]["additionalProperties"] is False


def test_a_server_of_ones_own_needs_no_key(server: ChatServer, model: ChatModel) -> None:
    server.will_say(GULL)
    model.structured("Which birds?", Bird)
    assert server.keys == ["Bearer none"]


def test_a_key_that_is_set_is_sent(server: ChatServer, model: ChatModel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-someone")
    server.will_say(GULL)
    model.structured("Which birds?", Bird)
    assert server.keys == ["Bearer sk-of-someone"]


def test_no_trace_is_sent_though_the_environment_asks_for_it(
    server: ChatServer, model: ChatModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    from langchain_core.tracers.langchain import wait_for_all_tracers
    from langsmith.utils import get_env_var

    read_again: Callable[[], None] = get_env_var.cache_clear  # type: ignore[attr-defined]
    for name, value in {
        "LANGSMITH_TRACING": "true",
        "LANGCHAIN_TRACING_V2": "true",
        "LANGSMITH_ENDPOINT": server.url,
        "LANGSMITH_API_KEY": "some-key",
    }.items():
        monkeypatch.setenv(name, value)
    read_again()
    server.will_say(GULL)
    model.structured("Which birds?", Bird)
    wait_for_all_tracers()
    read_again()
    assert server.elsewhere == []


def test_a_tracer_of_a_surrounding_chain_does_not_see_the_prompt(server: ChatServer, model: ChatModel) -> None:
    from langchain_core.runnables import RunnableLambda
    from langchain_core.tracers.run_collector import RunCollectorCallbackHandler

    tracer = RunCollectorCallbackHandler()
    server.will_say(GULL, GULL)
    surrounding = RunnableLambda[str, Bird](lambda _: model.structured("".join(model.stream("", "Which birds?")), Bird))
    assert surrounding.invoke("Tides?", {"callbacks": [tracer]}).name == "gull"
    (run,) = tracer.traced_runs
    assert run.inputs == {"input": "Tides?"}
    assert run.child_runs == []


def test_neither_the_prompt_nor_the_reply_is_logged(
    server: ChatServer, model: ChatModel, caplog: pytest.LogCaptureFixture
) -> None:
    server.will_say(GULL, "No gull is here.")
    with caplog.at_level(logging.INFO):
        model.structured("Which birds?", Bird)
        failure(model)
    assert "birds" not in caplog.text
    assert "gull" not in caplog.text


# ---- what a reply becomes


@pytest.mark.parametrize(
    "reply",
    [
        GULL,
        f"Here you are:\n```json\n{GULL}\n```\nAsk {{me}} for more.",
        f"A set {{of}} birds, as an object: {GULL} or {GULL.replace('gull', 'tern')}",
        f"<think>Is it {GULL.replace('gull', 'tern')}?</think>{GULL}",
        f'{{"thought": "short"}} {GULL}',
    ],
    ids=["alone", "fenced", "in prose", "after a thought", "after another object"],
)
def test_the_first_object_that_fits_is_read(server: ChatServer, model: ChatModel, reply: str) -> None:
    server.will_say(reply)
    assert model.structured("Which birds?", Bird) == Bird(name="gull", seen=3)


def test_a_server_that_refuses_a_schema_is_asked_without(server: ChatServer, model: ChatModel) -> None:
    server.will_say(Reply("response_format is not known here", status=400), f"Sure: {GULL}")
    assert model.structured("Which birds?", Bird).name == "gull"
    assert ["response_format" in asked for asked in server.requests] == [True, False]


# ---- what a failure says


@pytest.mark.parametrize(
    ("reply", "says", "retryable"),
    [
        (Reply(""), "an empty reply", True),
        (Reply("I saw no bird."), "without JSON", True),
        (Reply('{"name": "gull", "seen": "often"}'), "another form than asked (seen: ", True),
        (Reply('{"birds": [{"name": "gull"}]}'), "another form than asked (name: Field required)", True),
        (Reply('{"name": "gull", "se', end="length"), "cut off", False),
        (Reply(refusal="I will not."), "declined", False),
        (Reply(end="content_filter"), "declined", False),
        (Reply("Slow down.", status=429), "too many requests", True),
        (Reply("Out of order.", status=500), "its server failed (status 500)", True),
        (Reply("Wrong key sk-of-someone. Get another.", status=401), "the key is missing or wrong", False),
        (Reply("No such model.", status=404), "no such model", False),
        (Reply("A conflict.", status=409), "ConflictError (status 409)", True),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_failure_is_one_sentence_that_says_if_a_retry_helps(
    server: ChatServer, model: ChatModel, reply: Reply, says: str, retryable: bool
) -> None:
    server.will_say(reply)
    error = failure(model)
    assert says in str(error)
    assert error.retryable is retryable
    assert "sk-of-someone" not in str(error)


def test_a_server_that_refuses_the_request_for_good_is_asked_twice_at_most(
    server: ChatServer, model: ChatModel
) -> None:
    server.will_say(Reply("No.", status=400), Reply("No.", status=400))
    error = failure(model)
    assert "refused the request" in str(error)
    assert not error.retryable
    assert len(server.requests) == 2


def test_a_server_that_keeps_silent_runs_into_the_time_out(server: ChatServer) -> None:
    server.will_say(Reply(trouble="silence"), Reply(trouble="silence"))
    error = failure(ChatModel("openai:small", server.url, timeout=0.1))
    assert "within 0.1 seconds" in str(error)
    assert error.retryable


def test_a_server_that_is_not_there_is_said_to_be() -> None:
    with serving_chat() as gone:
        url = gone.url
    error = failure(ChatModel("openai:small", url))
    assert "cannot be reached" in str(error)
    assert error.retryable


# ---- a reply in pieces


def said_by(model: ChatModel, calls: Calls | None = None) -> list[str]:
    return list(model.stream("You watch birds.", "Which birds?", calls))


def test_a_reply_is_passed_on_as_it_comes(server: ChatServer, model: ChatModel) -> None:
    server.will_say(Reply(deltas=("A gull", " [1", "]", "", ".")))
    calls = Calls()
    assert said_by(model, calls) == ["A gull", " [1", "]", "."]
    assert not calls.truncated
    assert not calls.cancelled


def test_the_instructions_are_the_systems_and_the_question_the_users(server: ChatServer, model: ChatModel) -> None:
    server.will_say("Gulls.")
    said_by(model)
    (asked,) = server.requests
    assert asked["messages"] == [
        {"role": "system", "content": "You watch birds."},
        {"role": "user", "content": "Which birds?"},
    ]
    assert asked["stream"] is True
    assert asked["temperature"] == 0
    assert asked["max_tokens"] == model.max_tokens == 600


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_bytes_may_be_cut_anywhere_in_a_marker_or_a_character(server: ChatServer, model: ChatModel, size: int) -> None:
    text = "Möwen 𝄞 zählt [12] „so“ [3]."
    server.will_say(Reply(text, pieces=(size,)))
    assert "".join(said_by(model)) == text


@pytest.mark.parametrize(
    ("deltas", "said"),
    [
        (("<think>Is it a tern?</think>\n\nA gull.",), "A gull."),
        (("\n<th", "ink>Is it", " a tern?</thi", "nk>", "\n", " A ", "gull."), "A gull."),
        (("<think></think><think>Or a tern?</think>A gull.",), "A gull."),
        (("<think>a < b </thinking or not </think>A gull.",), "A gull."),
        (("<", "thinly feathered gull"), "<thinly feathered gull"),
        ((" ", "A gull. <think>not at the start</think>"), "A gull. <think>not at the start</think>"),
        (("<thi",), "<thi"),
    ],
    ids=["at once", "in parts", "twice", "with marks in it", "another word", "later", "only its beginning"],
)
def test_a_thought_before_the_reply_is_left_out(
    server: ChatServer, model: ChatModel, deltas: tuple[str, ...], said: str
) -> None:
    server.will_say(Reply(deltas=deltas))
    assert "".join(said_by(model)) == said


def test_a_reply_cut_at_its_longest_is_kept_and_says_so(server: ChatServer, model: ChatModel) -> None:
    server.will_say(Reply("A gull and a", end="length"), "A tern.")
    calls = Calls()
    assert "".join(said_by(model, calls)) == "A gull and a"
    assert calls.truncated


def test_a_server_that_refuses_options_is_asked_without_from_then_on(server: ChatServer, model: ChatModel) -> None:
    server.will_say(Reply("stream_options: unknown", status=400), "Gulls.", "Terns.")
    assert said_by(model) == ["Gulls."]
    assert said_by(model) == ["Terns."]
    assert ["stream_options" in asked for asked in server.requests] == [True, False, False]
    assert "temperature" not in server.requests[1]
    assert server.requests[1]["max_completion_tokens"] == 600


@pytest.mark.parametrize(
    ("reply", "before", "says", "retryable"),
    [
        (Reply(""), "", "gave an empty reply", True),
        (Reply(" \n "), "", "gave an empty reply", True),
        (Reply("<think>Hm."), "", "gave an empty reply", True),
        (Reply("", end="length"), "", "spent its 600 tokens before it said anything", False),
        (Reply("<think>Hm, a", end="length"), "", "spent its 600 tokens before it said anything", False),
        (Reply(refusal="I will not."), "", "declined to answer", False),
        (Reply("A gull", end="content_filter"), "A gull", "declined to answer", False),
        (Reply("A gull is", end=None), "A gull is", "its reply broke off", True),
        (Reply("A gull is a", trouble="breaks"), "A gull is ", "broke off", True),
        (Reply("A gull is a", trouble="garbles"), "A gull is ", "sent what cannot be read", True),
        (Reply("Wrong key sk-of-someone.", status=401), "", "the key is missing or wrong", False),
        (Reply("Slow down.", status=429), "", "too many requests", True),
        (Reply("Pay.", status=429, code="insufficient_quota"), "", "the quota is used up", False),
        (Reply("Out of order.", status=500), "", "its server failed (status 500)", True),
        (Reply("Too long.", status=400, code="context_length_exceeded"), "", "longer than it reads", False),
        (Reply("maximum context length is 5 tokens", status=400), "", "longer than it reads", False),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_stream_that_fails_says_why_after_what_it_said(
    server: ChatServer, model: ChatModel, reply: Reply, before: str, says: str, retryable: bool
) -> None:
    server.will_say(reply)
    pieces: list[str] = []
    with pytest.raises(ModelError) as raised:
        pieces.extend(model.stream("You watch birds.", "Which birds?"))
    assert "".join(pieces) == before
    assert is_one_sentence(str(raised.value))
    assert repr(model.name) in str(raised.value)
    assert says in str(raised.value)
    assert raised.value.retryable is retryable
    assert "sk-of-someone" not in str(raised.value)
    assert len(server.requests) == 1


# ---- asked again

AGAIN = {"x-should-retry": "true", "retry-after-ms": "1"}


def test_what_fails_in_passing_is_asked_twice_more(server: ChatServer, model: ChatModel) -> None:
    server.will_say(Reply("Busy.", status=429, headers=AGAIN), Reply("Busy.", status=503, headers=AGAIN), GULL)
    calls = Calls()
    assert model.structured("Which birds?", Bird, calls).name == "gull"
    assert calls.usage is not None
    assert calls.usage.requests == 3


def test_and_no_more_than_twice(server: ChatServer, model: ChatModel) -> None:
    server.will_say(*[Reply("Busy.", status=429, headers=AGAIN)] * 4)
    assert "too many requests" in str(failure(model))
    assert len(server.requests) == 3


def test_a_stream_that_breaks_before_its_first_piece_is_asked_again(server: ChatServer, model: ChatModel) -> None:
    server.will_say(Reply("", end=None), Reply(deltas=("<think>Hm", " a", " tern?"), trouble="breaks"), "Gulls.")
    assert said_by(model) == ["Gulls."]


def test_a_stream_that_breaks_after_its_first_piece_is_not(server: ChatServer, model: ChatModel) -> None:
    server.will_say(Reply("A gull is a", trouble="breaks"), "A tern.")
    with pytest.raises(ModelError, match="broke off"):
        said_by(model)
    assert len(server.requests) == 1


def test_a_connection_that_breaks_off_is_tried_again(server: ChatServer, model: ChatModel) -> None:
    server.will_say(*[Reply(GULL, trouble="breaks")] * 3)
    error = failure(model)
    assert "broke off" in str(error)
    assert error.retryable
    assert len(server.requests) == 3


@pytest.mark.parametrize(
    "after",
    ["21", format_datetime(datetime.now(UTC) + timedelta(hours=1)), "Fri, 31 Dec 2100 23:59:59 -0000"],
    ids=["seconds", "date", "date without a zone"],
)
def test_a_wait_longer_than_the_time_out_is_not_waited_for(server: ChatServer, model: ChatModel, after: str) -> None:
    server.will_say(Reply("Busy.", status=429, headers={"x-should-retry": "true", "Retry-After": after}), GULL)
    assert "too many requests" in str(failure(model))
    assert len(server.requests) == 1


@pytest.mark.parametrize("after", ["0", "0.01", "Sat, 01 Jan 2000 00:00:00 GMT", "soon"])
def test_a_short_wait_is_kept_and_one_that_is_none_is_our_own(server: ChatServer, model: ChatModel, after: str) -> None:
    server.will_say(Reply("Busy.", status=429, headers={"x-should-retry": "true", "Retry-After": after}), "Gulls.")
    assert said_by(model) == ["Gulls."]


def test_a_time_out_is_tried_once_more_and_no_more(server: ChatServer) -> None:
    server.will_say(*[Reply(trouble="silence")] * 3)
    impatient = ChatModel("openai:small", server.url, timeout=0.1)
    with pytest.raises(ModelError, match=r"no reply came within 0.1 seconds") as raised:
        said_by(impatient)
    assert raised.value.retryable
    assert len(server.requests) == 2


def test_a_stream_that_falls_silent_is_given_up_and_closed(server: ChatServer) -> None:
    server.will_say(Reply("A gull is a bird", trouble="stalls"))
    pieces = ChatModel("openai:small", server.url, timeout=0.5).stream("", "Which birds?")
    assert next(pieces) == "A "
    with pytest.raises(ModelError, match=r"fell silent for 0.5 seconds"):
        list(pieces)
    assert server.hung_up.wait(20)
    assert len(server.requests) == 1


# ---- ended


@pytest.fixture
def cancelling(server: ChatServer) -> Iterator[Calls]:
    """Calls that another thread cancels as soon as the server keeps somebody waiting."""
    calls = Calls()

    def cancel() -> None:
        server.waiting.wait(20)
        calls.cancel()

    thread = threading.Thread(target=cancel)
    thread.start()
    yield calls
    thread.join()


def test_a_request_is_ended_before_its_first_piece(server: ChatServer, model: ChatModel, cancelling: Calls) -> None:
    server.will_say(Reply(trouble="silence"))
    with pytest.raises(Stopped):
        said_by(model, cancelling)
    assert server.hung_up.wait(20)
    assert cancelling.cancelled


def test_a_request_is_ended_half_way(server: ChatServer, model: ChatModel, cancelling: Calls) -> None:
    server.will_say(Reply("A gull is a bird", trouble="stalls"))
    with pytest.raises(Stopped):
        said_by(model, cancelling)
    assert server.hung_up.wait(20)
    assert server.closed_early == 1


def test_a_request_for_json_is_ended(server: ChatServer, model: ChatModel, cancelling: Calls) -> None:
    server.will_say(Reply(trouble="silence"))
    with pytest.raises(Stopped):
        model.structured("Which birds?", Bird, cancelling)
    assert server.hung_up.wait(20)


def test_a_wait_before_another_try_is_ended(server: ChatServer, model: ChatModel) -> None:
    calls = Calls()
    server.will_say(Reply("Busy.", status=429, headers={"x-should-retry": "true", "Retry-After": "15"}))
    with pytest.raises(Stopped):
        with_cancel_on_log(calls, lambda: said_by(model, calls))
    assert len(server.requests) == 1


def with_cancel_on_log(calls: Calls, ask: Callable[[], Any]) -> Any:
    """Ask, and cancel when the first failure is logged."""

    class Cancelling(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            threading.Thread(target=calls.cancel).start()

    logger, handler = logging.getLogger("assistant.llm.model"), Cancelling()
    logger.addHandler(handler)
    try:
        return ask()
    finally:
        logger.removeHandler(handler)


def test_once_cancelled_no_request_starts(server: ChatServer, model: ChatModel) -> None:
    calls = Calls()
    calls.cancel()
    for ask in (lambda: said_by(model, calls), lambda: model.structured("Which birds?", Bird, calls)):
        with pytest.raises(Stopped) as raised:
            ask()
        assert is_one_sentence(str(raised.value))
    assert server.requests == []
    assert calls.usage is None


def test_nothing_is_said_after_the_cancelling(server: ChatServer, model: ChatModel) -> None:
    server.will_say("A gull is a bird")
    calls = Calls()
    pieces = model.stream("", "Which birds?", calls)
    next(pieces)
    calls.cancel()
    with pytest.raises(Stopped):
        next(pieces)


def test_an_iterator_that_is_closed_ends_its_request_alone(server: ChatServer, model: ChatModel) -> None:
    server.will_say(Reply("A gull is a bird", trouble="stalls"), "A tern.")
    calls = Calls()
    pieces = model.stream("", "Which birds?", calls)
    next(pieces)
    pieces.close()
    assert server.hung_up.wait(20)
    assert "".join(said_by(model, calls)) == "A tern."


def test_a_model_that_is_closed_may_be_asked_again(server: ChatServer, model: ChatModel) -> None:
    server.will_say("Gulls.", "Terns.")
    assert said_by(model) == ["Gulls."]
    model.close()
    assert said_by(model) == ["Terns."]
    model.close()
    model.close()


async def test_it_may_be_asked_while_an_event_loop_runs(server: ChatServer, model: ChatModel) -> None:
    server.will_say("Gulls.", "Terns.")
    assert said_by(model) == ["Gulls."]
    assert await asyncio.to_thread(said_by, model) == ["Terns."]


# ---- what is used


def test_what_all_requests_used_is_summed(server: ChatServer) -> None:
    model = ChatModel("openai:small", server.url, prices=(2.0, 10.0))
    server.will_say(Reply("Gulls.", usage=(100, 5)), Reply(GULL, usage=(200, 10)))
    calls = Calls()
    said_by(model, calls)
    model.structured("Which birds?", Bird, calls.under(None))
    assert calls.usage is not None
    assert calls.usage.to_dict() == {
        "model": model.name,
        "requests": 2,
        "input_tokens": 300,
        "output_tokens": 15,
        "cost_usd": pytest.approx((300 * 2 + 15 * 10) / 1e6),
    }


def test_what_a_server_does_not_tell_is_estimated(server: ChatServer, model: ChatModel) -> None:
    server.will_say(Reply("Gulls and terns.", usage=None))
    calls = Calls()
    said_by(model, calls)
    assert calls.usage is not None
    assert calls.usage.input_tokens == model.count_tokens("You watch birds.") + model.count_tokens("Which birds?")
    assert calls.usage.output_tokens == model.count_tokens("Gulls and terns.")
    assert calls.usage.cost_usd is None


def test_a_request_that_fails_counts_with_the_tokens_that_came(server: ChatServer, model: ChatModel) -> None:
    server.will_say(Reply("Wrong key.", status=401), Reply("A gull is a", trouble="breaks"))
    calls = Calls()
    for _ in range(2):
        with pytest.raises(ModelError):
            said_by(model, calls)
    assert calls.usage is not None
    assert calls.usage.requests == 2
    assert calls.usage.output_tokens == model.count_tokens("A gull is ")


@pytest.mark.parametrize(
    ("text", "tokens"),
    [("", 0), ("gull", 1), ("gulls", 2), ("12,345", 6), ("a gull, a tern", 5), ("Möwe", 3), ("海鸥", 4), ("𝄞", 3)],
)
def test_tokens_are_estimated_by_letters_digits_and_marks(model: ChatModel, text: str, tokens: int) -> None:
    assert model.count_tokens(text) == tokens


# ---- where it is and how much it reads


@pytest.mark.parametrize(
    ("name", "url", "where", "is_local"),
    [
        ("openai:gpt-4o-mini", None, "at the provider 'openai'", False),
        ("anthropic:claude", None, "at the provider 'anthropic'", False),
        ("openai:small", "http://localhost:11434/v1", "at http://localhost:11434/v1", True),
        ("openai:small", "http://[::1]:80/v1", "at http://[::1]:80/v1", True),
        (
            "openai:small",
            "https://me:secret@models.example.org/v1?key=secret",
            "at https://models.example.org/v1",
            False,
        ),
    ],
)
def test_it_says_where_it_is_and_no_password(name: str, url: str | None, where: str, is_local: bool) -> None:
    model = ChatModel(name, url)
    assert (model.where, model.is_local) == (where, is_local)
    assert "secret" not in model.name


def test_an_address_that_openais_own_client_reads_is_said(server: ChatServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", server.url)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-someone")
    model = ChatModel("openai:small")
    assert model.where == f"at {server.url}"
    server.will_say("Gulls.")
    assert said_by(model) == ["Gulls."]
    assert "temperature" not in server.requests[0]


def test_a_gateway_of_a_tracing_service_is_not_asked(server: ChatServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGSMITH_GATEWAY", "http://127.0.0.1:1/gateway")
    monkeypatch.setenv("OPENAI_BASE_URL", server.url)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-someone")
    server.will_say("Gulls.")
    assert said_by(ChatModel("openai:small")) == ["Gulls."]


def test_what_is_sent_to_this_machine_passes_no_proxy(server: ChatServer, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "ALL_PROXY", "OPENAI_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    server.will_say("Gulls.")
    assert said_by(ChatModel("openai:small", server.url, timeout=20.0)) == ["Gulls."]


def test_it_reads_what_is_set_else_what_is_known_of_it_else_a_usual_number(monkeypatch: pytest.MonkeyPatch) -> None:
    url = "http://127.0.0.1:1/v1"
    assert ChatModel("openai:small", url).context_tokens == DEFAULT_CONTEXT
    assert ChatModel("openai:small", url, context=4096).context_tokens == 4096
    assert ChatModel("openai:gpt-4o-mini").context_tokens == DEFAULT_CONTEXT  # there is no key
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-someone")
    assert ChatModel("openai:gpt-4o-mini").context_tokens == 128_000
    assert ChatModel("openai:of-our-own").context_tokens == DEFAULT_CONTEXT


def test_all_that_is_set_arrives(server: ChatServer) -> None:
    settings = load(chat_model="openai:small", chat_url=server.url, chat_context=1024, chat_max_tokens=99,
                    chat_price_input=1, chat_price_output=0)  # fmt: skip
    model = open_chat_model(settings)
    assert model is not None
    server.will_say(Reply("Gulls.", usage=(3, 7)))
    calls = Calls()
    said_by(model, calls)
    assert model.context_tokens == 1024
    assert server.requests[0]["max_tokens"] == 99
    assert calls.usage is not None
    assert calls.usage.cost_usd == pytest.approx(3e-6)


# ---- who listens


def test_callbacks_of_a_chain_see_the_request_as_a_run_of_their_own(server: ChatServer, model: ChatModel) -> None:
    from langchain_core.callbacks import BaseCallbackHandler
    from langchain_core.runnables import RunnableConfig, RunnableLambda
    from langchain_core.tracers.run_collector import RunCollectorCallbackHandler

    class Tokens(BaseCallbackHandler):
        def __init__(self) -> None:
            self.seen: list[str] = []

        def on_llm_new_token(self, token: str, **_: Any) -> None:  # type: ignore[override]
            self.seen.append(token)

    tokens, tracer = Tokens(), RunCollectorCallbackHandler()
    server.will_say("A gull.")

    def answer(_: str, config: RunnableConfig) -> str:
        return "".join(said_by(model, Calls(config["callbacks"])))

    assert RunnableLambda(answer).invoke("Tides?", {"callbacks": [tokens, tracer]}) == "A gull."
    assert [token for token in tokens.seen if token] == ["A ", "gull."]
    (run,) = tracer.traced_runs
    (child,) = run.child_runs
    assert child.run_type == "llm"
    assert child.error is None


def test_a_failure_is_logged_with_its_class_and_status_and_nothing_of_the_server(
    server: ChatServer, model: ChatModel, caplog: pytest.LogCaptureFixture
) -> None:
    server.will_say(Reply("The key sk-of-someone cannot ask 'Which birds?'", status=401))
    with caplog.at_level(logging.WARNING), pytest.raises(ModelError):
        said_by(model)
    (record,) = caplog.records
    assert record.name == "assistant.llm.model"
    assert "OpenAIAuthenticationError" in record.getMessage()
    assert "status 401" in record.getMessage()
    assert "sk-of" not in caplog.text
    assert "birds" not in caplog.text


# ---- facets


def paper(title: str, abstract: str) -> Paper:
    text = f"{title}\nAda Lovelace\n{abstract}"
    body = len(text) - len(abstract)
    sections = (Section(TITLE, 0, len(title)), Section(AUTHORS, len(title) + 1, body - 1))
    return Paper("p1", title, text, (*sections, Section(ABSTRACT, body, len(text))))


TIDES = paper(
    "SEAGULL: Counting Birds from Buoys",
    "We present SEAGULL — a “patient”  counter\nof birds. It is tested on the Skagerrak Log and on 9 coasts. "
    "Bird counting stays hard: the ﬁrst light blinds it.",
)


def reply(**lists: list[tuple[str, str]]) -> str:
    empty: dict[str, list[tuple[str, str]]] = {"methods": [], "datasets": [], "datasets_used": [], "tasks": []}
    return json.dumps(
        {kind: [{"name": name, "quote": quote} for name, quote in items] for kind, items in {**empty, **lists}.items()}
    )


def read_by_model(server: ChatServer, model: ChatModel, **lists: list[tuple[str, str]]) -> tuple[Facet, ...]:
    server.will_say(reply(**lists))
    return extract_with_model(TIDES, model)


def test_a_model_is_shown_the_title_and_the_abstract_and_no_more(server: ChatServer, model: ChatModel) -> None:
    read_by_model(server, model)
    assert server.prompts == [
        prompts.render("extract_facets", title=TIDES.title, abstract=TIDES.abstract),
    ]
    assert "Lovelace" not in server.prompts[0]


def test_an_item_with_its_quote_is_a_facet_of_the_papers_own_words(server: ChatServer, model: ChatModel) -> None:
    (facet,) = read_by_model(server, model, datasets_used=[("Skagerrak Log", "It is tested on the Skagerrak Log")])
    assert facet == Facet("dataset_used", "Skagerrak Log", facet.start, facet.end, by="model")
    assert TIDES.text[facet.start : facet.end] == "It is tested on the Skagerrak Log"


@pytest.mark.parametrize(
    ("name", "quote", "name_kept", "quote_kept"),
    [
        (
            "counter of birds",
            'SEAGULL - a "patient" counter of birds',
            "counter of birds",
            "SEAGULL — a “patient”  counter\nof birds",
        ),
        ("first light", " the first  light blinds it. ", "ﬁrst light", "the ﬁrst light blinds it."),
    ],
)
def test_a_quote_typed_otherwise_is_taken_as_the_paper_has_it(
    server: ChatServer, model: ChatModel, name: str, quote: str, name_kept: str, quote_kept: str
) -> None:
    (facet,) = read_by_model(server, model, methods=[(name, quote)])
    assert facet.name == name_kept
    assert TIDES.text[facet.start : facet.end] == quote_kept


@pytest.mark.parametrize(
    ("name", "quote"),
    [
        ("Skagerrak Log", "It was tested on the Skagerrak Log"),
        ("ALBATROSS", "We present SEAGULL"),
        ("Log", "tested on the Skagerrak Lo"),
        ("coast", "on 9 coasts"),
        ("Ada Lovelace", "Ada Lovelace"),
        ("SEAGULL", ""),
        ("", "We present SEAGULL"),
        (" ", " "),
    ],
    ids=[
        "quote changed",
        "name not in it",
        "name cut off",
        "half a word",
        "not shown",
        "no quote",
        "no name",
        "only blanks",
    ],
)
def test_an_item_without_its_proof_is_dropped(server: ChatServer, model: ChatModel, name: str, quote: str) -> None:
    assert read_by_model(server, model, methods=[(name, quote)]) == ()


def test_a_name_of_one_kind_is_kept_once_and_in_the_order_of_the_model(server: ChatServer, model: ChatModel) -> None:
    facets = read_by_model(
        server,
        model,
        tasks=[("Bird counting", "Bird counting stays hard"), ("Counting Birds", "Counting Birds from Buoys")],
        methods=[("SEAGULL", "We present SEAGULL"), ("SEAGULL", "SEAGULL: Counting Birds")],
    )
    assert [(facet.kind, facet.name) for facet in facets] == [
        ("method", "SEAGULL"),
        ("task", "Bird counting"),
        ("task", "Counting Birds"),
    ]
    assert TIDES.text[facets[0].start : facets[0].end] == "We present SEAGULL"


def test_a_name_that_both_find_is_the_rules_and_both_add_their_own() -> None:
    rules = (
        Facet("method", "SEAGULL", 0, 34),
        Facet("number", "9", 0, 1, "coasts"),
        Facet("number", "9", 5, 6, "days"),
    )
    modelled = (
        Facet("method", "Sea-Gull", 47, 65, by="model"),
        Facet("task", "bird counting", 60, 73, by="model"),
        Facet("dataset", "SEAGULL", 47, 65, by="model"),
    )
    assert join(rules, modelled) == (*rules, *modelled[1:])
