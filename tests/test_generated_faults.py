"""Chat models that fail in every way: the reader still gets the quoted answer, with one line that says why."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Iterator, Sequence
from contextlib import aclosing

import pytest

from assistant import Assistant
from assistant.answers import Answer, Event, Finished, Grounding, Restarted, TextDelta
from assistant.chain import AnswerChain
from assistant.library import Library
from assistant.llm.model import ChatModel
from tests.asking import as_shown, assert_well_cited, open_copy
from tests.chat_server import ChatServer, Reply, serving_chat
from tests.model_plans import plan_of_model

QUESTION = "How does InfLLM work?"
OPEN = "Which approach stores distant contexts in additional memory units?"
RIGHT = "InfLLM stores distant contexts into additional memory units [1]."
SECRET = "sk-zebra-0123456789"
LONG = f"{RIGHT} It is a zebra of a method that runs and runs and runs and runs."
AGAIN = {"x-should-retry": "true", "retry-after-ms": "1"}
"""What a server says that may be asked again at once."""


@pytest.fixture(scope="module")
def assistant(
    running: ChatServer, sample_library: Library, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Assistant]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENAI_API_KEY", SECRET)
        folder = tmp_path_factory.mktemp("faults")
        with open_copy(sample_library, folder, **running.settings) as opened:
            yield opened


@pytest.fixture(scope="module")
def hasty(assistant: Assistant, running: ChatServer) -> AnswerChain:
    """The same library, asked through a model that must not be silent for long."""
    return AnswerChain(assistant.library, ChatModel("openai:small", running.url, timeout=0.3))


def check_quoted(chain: AnswerChain, events: Sequence[Event], says: str) -> Answer:
    """The answer is the one that needs no model, and one line says why."""
    last = events[-1]
    assert isinstance(last, Finished)
    answer, quoted = last.answer, chain.answer_by_rules(last.answer.question)
    assert (answer.text, answer.citations, answer.answered) == (quoted.text, quoted.citations, quoted.answered)
    assert answer.mode == "extractive"
    assert_well_cited(answer)
    (told,) = answer.warnings
    assert says in told
    assert re.fullmatch(r"The chat model\b[^\n]*\. The papers are quoted instead\.", told)
    assert len(re.findall(r"[.!?](?= [A-Z]|$)", told)) == 2
    place = next((n for n, event in enumerate(events) if isinstance(event, Restarted)), None)
    shown = [n for n, event in enumerate(events) if isinstance(event, TextDelta)]
    assert as_shown(events) == " ".join(answer.text.split())
    if place is not None:
        assert shown[0] < place  # nothing is taken back that was not there
        assert events[place] == Restarted(told)
    return answer


# ---- each fault

FAULTS = {
    "wrong key": (Reply(f"Wrong key {SECRET}.", status=401), "the key is missing or wrong (status 401)"),
    "no such model": (Reply("No such model.", status=404), "no such model"),
    "too many requests": (Reply("Slow down.", status=429), "too many requests"),
    "wait for an hour": (
        Reply("Slow down.", status=429, headers={"x-should-retry": "true", "retry-after": "3600"}),
        "too many requests",
    ),
    "quota": (Reply("Pay first.", status=429, code="insufficient_quota"), "the quota is used up"),
    "server failed": (Reply("Out of order.", status=500), "its server failed (status 500)"),
    "too long": (
        Reply("This model's maximum context length is 4096.", status=400, code="context_length_exceeded"),
        "the text is longer than it reads",
    ),
    "declined": (Reply(refusal="I will not speak of zebras."), "declined to answer"),
    "filtered": (Reply("A zebra.", end="content_filter"), "declined to answer"),
    "declined in words": (Reply("I'm sorry, but I can't help with zebras."), "it declined to answer"),
    "as a machine": (Reply("As an AI language model, I have no zebra."), "it declined to answer"),
    "empty": (Reply(""), "gave an empty reply"),
    "blanks": (Reply(deltas=("  ", "\n\n", " \t ")), "gave an empty reply"),
    "only a thought": (Reply("<think>A zebra, of course.</think>"), "gave an empty reply"),
    "a thought without end": (Reply("<think>A zebra, of course", end="length"), "before it said anything"),
    "only a marker": (Reply("[1]"), "no passage supports any of it"),
    "all wrong": (Reply("Zebras run at 65 km/h [1]."), "no passage supports any of it"),
    "broken off": (Reply(LONG, trouble="breaks"), "broke off"),
    "without an end": (Reply(LONG, end=None), "its reply broke off"),
    "no JSON": (Reply(LONG, trouble="garbles"), "cannot be read"),
    "a megabyte": (Reply(deltas=("zebra " * 1_000,) * 170), "no passage supports any of it"),
    "a megabyte in one word": (Reply(deltas=("z" * 10_000,) * 100), "no passage supports any of it"),
    "a megabyte of nothing": (Reply(deltas=(" " * 10_000,) * 100), "gave an empty reply"),
    "a megabyte of markers": (
        Reply(deltas=("[1][99]",) * 10 + ("[1]" * 10_000,) * 33),
        "no passage supports any of it",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_the_reader_gets_the_quoted_answer_and_why(
    assistant: Assistant, server: ChatServer, fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    reply, says = FAULTS[fault]
    server.will_say(reply)
    with caplog.at_level(logging.DEBUG, logger="assistant"):
        answer = check_quoted(assistant.chain, list(assistant.stream(QUESTION)), says)
    assert server.keys == [f"Bearer {SECRET}"]
    for text in (caplog.text, str(answer.to_dict()["warnings"])):
        assert SECRET not in text
        assert "zebra" not in text.lower()
        assert "InfLLM" not in text


@pytest.mark.parametrize("fault", ["broken off", "without an end", "no JSON", "all wrong"])
def test_a_restart_is_told_where_other_text_was_shown(assistant: Assistant, server: ChatServer, fault: str) -> None:
    server.will_say(FAULTS[fault][0])
    kinds = [type(event) for event in assistant.stream(QUESTION)]
    assert kinds.index(TextDelta) < kinds.index(Restarted)


def test_a_model_that_says_nothing_runs_into_the_time_out(hasty: AnswerChain, server: ChatServer) -> None:
    server.will_say(Reply(trouble="silence"), Reply(trouble="silence"))
    check_quoted(hasty, list(hasty.events(QUESTION)), "no reply came within 0.3 seconds")


def test_a_model_that_falls_silent_runs_into_the_time_out(hasty: AnswerChain, server: ChatServer) -> None:
    server.will_say(Reply(LONG, trouble="stalls"))
    events = list(hasty.events(QUESTION))
    check_quoted(hasty, events, "it fell silent for 0.3 seconds")
    assert any(isinstance(event, Restarted) for event in events)


def test_a_server_that_is_not_there_is_said_to_be(assistant: Assistant) -> None:
    with serving_chat() as gone:
        url = gone.url
    chain = AnswerChain(assistant.library, ChatModel("openai:small", url))
    check_quoted(chain, list(chain.events(QUESTION)), "its server cannot be reached")


def test_a_server_that_fails_for_good_is_asked_three_times(assistant: Assistant, server: ChatServer) -> None:
    server.will_say(*[Reply("Out of order.", status=500, headers=AGAIN)] * 3)
    check_quoted(assistant.chain, list(assistant.stream(QUESTION)), "its server failed (status 500)")


@pytest.mark.parametrize(
    "reply",
    [
        Reply("Out of order.", status=500, headers=AGAIN),
        Reply("Slow down.", status=429, headers={"x-should-retry": "true", "retry-after": "0.01"}),
        Reply("", end=None, trouble="breaks", headers=AGAIN),
    ],
    ids=["server failed", "too many requests", "broken off before a word"],
)
def test_what_passes_is_not_told(assistant: Assistant, server: ChatServer, reply: Reply) -> None:
    server.will_say(reply, RIGHT)
    answer = assistant.ask(QUESTION)
    assert (answer.mode, answer.warnings) == ("generative", ())
    assert len(server.requests) == 2


def test_a_model_that_did_not_plan_is_not_waited_for_again(assistant: Assistant, server: ChatServer) -> None:
    server.will_say(Reply("Wrong key.", status=401))
    check_quoted(assistant.chain, list(assistant.stream(OPEN)), "the key is missing or wrong")


def test_a_plan_that_fails_alone_is_told_beside_the_prose(assistant: Assistant, server: ChatServer) -> None:
    server.will_say("no JSON", RIGHT)
    answer = assistant.ask(OPEN)
    assert answer.mode == "generative"
    (told,) = answer.warnings
    assert "did not plan" in told


# ---- replies that stand though they are odd


def test_a_reply_that_is_cut_at_its_longest_stands_up_to_its_last_sentence(
    assistant: Assistant, server: ChatServer
) -> None:
    server.will_say(Reply(f"{RIGHT} InfLLM employs an efficient", end="length"))
    answer = assistant.ask(QUESTION)
    assert answer.text == "InfLLM stores distant contexts into additional memory units. [1]"
    assert answer.grounding == Grounding(supported=1, dropped=1)


def test_what_the_model_thinks_first_is_not_said(assistant: Assistant, server: ChatServer) -> None:
    server.will_say(f"<think>Zebras [1]. NOT STATED?</think>\n\n{RIGHT}")
    answer = assistant.ask(QUESTION)
    assert answer.text == "InfLLM stores distant contexts into additional memory units. [1]"


@pytest.mark.parametrize(
    "reply",
    [
        Reply(deltas=tuple(RIGHT)),
        Reply(deltas=("InfLLM stores distant contexts into additional memory units [", "1", "].")),
        Reply(RIGHT, pieces=(1,)),
        Reply(RIGHT, pieces=(7,)),
        Reply(RIGHT, pieces=(100_000,)),
    ],
    ids=["letters", "marker in three", "bytes", "sevens", "at once"],
)
def test_it_is_the_same_however_the_reply_is_cut(assistant: Assistant, server: ChatServer, reply: Reply) -> None:
    server.will_say(reply)
    events = list(assistant.stream(QUESTION))
    assert as_shown(events) == "InfLLM stores distant contexts into additional memory units. [1]"
    assert not any("[" in event.text and "]" not in event.text for event in events if isinstance(event, TextDelta))


def test_a_character_that_comes_in_two_pieces_is_whole(assistant: Assistant, server: ChatServer) -> None:
    said = "InfLLM stores “distant contexts” – into additional memory units [1]."
    server.will_say(Reply(said, pieces=(1,)))
    assert assistant.ask(QUESTION).text == "InfLLM stores “distant contexts” – into additional memory units. [1]"


# ---- stopped


def test_closing_the_stream_ends_the_request(assistant: Assistant, server: ChatServer) -> None:
    server.will_say(Reply(LONG, trouble="stalls"), RIGHT)
    stream = assistant.stream(QUESTION)
    next(event for event in stream if isinstance(event, TextDelta))
    assert server.waiting.wait(20)
    stream.close()
    assert server.hung_up.wait(20)
    assert assistant.ask(QUESTION).mode == "generative"


async def test_cancelling_what_awaits_an_answer_ends_the_request(assistant: Assistant, server: ChatServer) -> None:
    server.will_say(Reply(trouble="silence"), RIGHT)
    asked = asyncio.create_task(assistant.aask(QUESTION))
    assert await asyncio.to_thread(server.waiting.wait, 20)
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    assert await asyncio.to_thread(server.hung_up.wait, 20)
    assert (await assistant.aask(QUESTION)).mode == "generative"


async def test_cancelling_while_the_model_plans_ends_the_request(assistant: Assistant, server: ChatServer) -> None:
    server.will_say(Reply(trouble="silence"), plan_of_model(standalone_question=OPEN), RIGHT)
    asked = asyncio.create_task(assistant.aask(OPEN))
    assert await asyncio.to_thread(server.waiting.wait, 20)
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    assert await asyncio.to_thread(server.hung_up.wait, 20)
    assert (await assistant.aask(OPEN)).mode == "generative"


async def test_leaving_the_stream_ends_the_request(assistant: Assistant, server: ChatServer) -> None:
    server.will_say(Reply(LONG, trouble="stalls"), RIGHT)
    async with aclosing(assistant.astream(QUESTION)) as stream:
        async for event in stream:
            if isinstance(event, TextDelta) and await asyncio.to_thread(server.waiting.wait, 20):
                break
    assert await asyncio.to_thread(server.hung_up.wait, 20)
    assert (await assistant.aask(QUESTION)).mode == "generative"


async def test_cancelling_who_reads_the_stream_ends_the_request(assistant: Assistant, server: ChatServer) -> None:
    seen = asyncio.Event()

    async def read() -> None:
        async for event in assistant.astream(QUESTION):
            if isinstance(event, TextDelta):
                seen.set()

    server.will_say(Reply(LONG, trouble="stalls"), RIGHT)
    reading = asyncio.create_task(read())
    await asyncio.wait_for(seen.wait(), 20)
    assert await asyncio.to_thread(server.waiting.wait, 20)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert await asyncio.to_thread(server.hung_up.wait, 20)
    assert (await assistant.aask(QUESTION)).mode == "generative"
