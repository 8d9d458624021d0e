"""``papertalk slack`` as a process of its own: killed, told to end, and started without what it needs."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.command_line import command, process_env, run, sentence
from tests.fake_slack import FakeSlack
from tests.fake_slack_workspace import ADA, APP_TOKEN, BOT_TOKEN, LABORATORY
from tests.programs import LIBRARY, open_looms
from tests.slack_running import answers, installed, thread_of
from vectorstore.embeddings import EmbeddingModel

QUESTION = "How many woven patterns are in WeaveBank?"
ANSWER = "12,000 woven patterns"
END = 60
"""Seconds that a process may take to end."""


@pytest.fixture(scope="module")
def folder(model: EmbeddingModel, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("slack")
    open_looms(folder, model).close()
    return folder


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeSlack]:
    with installed() as fake:
        yield fake


@contextmanager
def started(fake: FakeSlack, folder: Path) -> Iterator[subprocess.Popen[str]]:
    """The command, once it has a connection."""
    given = {
        "PAPERTALK_LIBRARY": LIBRARY,
        "PAPERTALK_SLACK_BOT_TOKEN": BOT_TOKEN,
        "PAPERTALK_SLACK_APP_TOKEN": APP_TOKEN,
        "PAPERTALK_SLACK_API_URL": fake.url,
    }
    before = fake.connections
    log = folder / f"slack-{before}.log"
    with log.open("w") as out:
        process = subprocess.Popen(
            command("slack"), env=process_env(folder, **given), stdout=out, stderr=subprocess.STDOUT, text=True
        )
        try:
            fake.until(lambda: fake.connections > before or process.poll() is not None, "a connection")
            assert process.poll() is None, log.read_text()
            yield process
        finally:
            process.kill()
            process.wait(END)


def test_what_a_killed_process_left_is_answered_once_and_a_process_that_is_told_to_end_answers_first(
    fake: FakeSlack, folder: Path
) -> None:
    with started(fake, folder) as process:
        streamed = fake.open_assistant(ADA)  # a thread whose first message is the bot's own
        unshown, posted = (fake.say("About looms.", user=ADA, channel=LABORATORY)[0] for _ in range(2))
        roots = (unshown, streamed, posted)
        with ExitStack() as holds:
            shows_nothing = holds.enter_context(fake.held("assistant.threads.setStatus", unshown.ts))
            for method in ("chat.startStream", "chat.postMessage"):  # whichever comes first
                for root in (streamed, posted):
                    holds.enter_context(fake.held(method, root.ts, after=True))
            fake.ask(QUESTION, user=ADA, channel=streamed.channel, thread=streamed.ts)
            fake.until(lambda: thread_of(fake, streamed), "a message")
            fake.workspace.has_streams = False
            fake.ask(QUESTION, user=ADA, channel=LABORATORY, thread=posted.ts)
            fake.until(lambda: thread_of(fake, posted), "a message")
            fake.ask(QUESTION, user=ADA, channel=LABORATORY, thread=unshown.ts)
            shows_nothing()
            fake.until(lambda: all(delivery.is_acked for delivery in fake.deliveries), "all acks")
            assert [len(thread_of(fake, root)) for root in roots] == [0, 1, 1]
            process.kill()
            process.wait(END)
    with started(fake, folder) as process:
        for root in roots:
            answers(fake, root)
            fake.ask("What is GearNet?", user=ADA, channel=root.channel, thread=root.ts)
            answers(fake, root, 2)
            assert [ANSWER in post.shown for post in thread_of(fake, root)] == [True, False]
        with fake.held("chat.postMessage") as has_begun:
            last = fake.ask(QUESTION, user=ADA, channel=LABORATORY)
            has_begun()
            process.send_signal(signal.SIGTERM)
            fake.until(lambda: not fake.is_connected, "the end of the connection")
        assert process.wait(END) == 0
        assert len(answers(fake, last)) == 1
    assert {call.error for call in fake.refused()} <= {"unknown_method"}  # there are no streams
    logs = [path.read_text() for path in folder.glob("slack-*.log")]
    assert len(logs) == 2
    assert any("answered" in log for log in logs)
    for log in logs:
        assert "taken" in log
        for said in ("WeaveBank", "woven", "GearNet", "About looms", BOT_TOKEN, APP_TOKEN):
            assert said not in log


def test_without_a_token_it_says_what_to_set(tmp_path: Path) -> None:
    said = sentence(run("slack", data=tmp_path))
    assert "PAPERTALK_SLACK_BOT_TOKEN" in said
    assert "docs/slack.md" in said


def test_without_the_app_level_token_it_says_what_to_set(tmp_path: Path) -> None:
    said = sentence(run("slack", data=tmp_path, PAPERTALK_SLACK_BOT_TOKEN=BOT_TOKEN))
    assert "PAPERTALK_SLACK_APP_TOKEN" in said


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ({"PAPERTALK_SLACK_BOT_TOKEN": "xoxb-wrong", "PAPERTALK_SLACK_APP_TOKEN": APP_TOKEN}, "bot token"),
        ({"PAPERTALK_SLACK_BOT_TOKEN": BOT_TOKEN, "PAPERTALK_SLACK_APP_TOKEN": "xapp-wrong"}, "APP_TOKEN"),
    ],
)
def test_a_token_that_slack_does_not_take_is_told_in_one_sentence(
    fake: FakeSlack, tmp_path: Path, model: EmbeddingModel, given: dict[str, str], names: str
) -> None:
    open_looms(tmp_path, model).close()
    said = sentence(run("slack", data=tmp_path, library=LIBRARY, PAPERTALK_SLACK_API_URL=fake.url, **given))
    assert names in said
    assert "wrong" not in said.replace("wrong token", "")
