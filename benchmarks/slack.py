"""``python -m benchmarks.slack``: many mentions at once, and how long each waits until Slack is told that it came.

``papertalk slack`` runs as a process of its own over the sample author's papers, against the fake Slack of the tests,
which shares the machine with it. Slack sends again what is not acknowledged within three seconds.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from assistant import Assistant
from benchmarks.arguments import positive_number
from benchmarks.results import Findings, add_keep
from examples import SAMPLE
from tests.fake_slack import Delivery, FakeSlack
from tests.fake_slack_workspace import ADA, APP_TOKEN, BOT_TOKEN, GRACE, LABORATORY, MENTION, Post
from tests.slack_running import installed, thread_of

SLACK = [sys.executable, "-m", "assistant.surfaces.cli", "slack"]
NAME = "load"
_PATIENCE = 600.0
"""Seconds that all answers may take."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mentions", type=positive_number, default=50, help="how many come at once (default: 50)")
    add_keep(parser)
    given = parser.parse_args()
    findings = Findings()
    with tempfile.TemporaryDirectory() as folder, installed() as fake:
        questions = _prepare(Path(folder))
        with answering(fake, Path(folder)):
            _wait(fake, [_mention(fake, questions[0], 0)[0]])  # what is loaded with the first question is there now
            asked = [_mention(fake, questions[n % len(questions)], n) for n in range(given.mentions)]
            _wait(fake, [post for post, _ in asked])
            _report(fake, asked, findings)
    findings.publish("slack", keep=given.keep, libraries=("slack-bolt", "slack-sdk"))
    print(f"load of the machine: {' '.join(f'{one:.2f}' for one in os.getloadavg())}")


def _prepare(data_dir: Path) -> list[str]:
    """The sample author's papers as a library, and a question about each."""
    with Assistant(library=NAME, data_dir=data_dir) as assistant:
        assistant.ingest(SAMPLE)
        return [f"What does “{paper.title}” propose?" for paper in assistant.papers()]


@contextmanager
def answering(fake: FakeSlack, data_dir: Path) -> Iterator[None]:
    """``papertalk slack`` over a library, once it is connected; its log lies beside the libraries."""
    settings = {
        "PAPERTALK_DATA_DIR": str(data_dir),
        "PAPERTALK_LIBRARY": NAME,
        "PAPERTALK_SLACK_APP_TOKEN": APP_TOKEN,
        "PAPERTALK_SLACK_BOT_TOKEN": BOT_TOKEN,
        "PAPERTALK_SLACK_API_URL": fake.url,
    }
    with (
        (data_dir / "log").open("w") as log,
        subprocess.Popen(SLACK, env={**os.environ, **settings}, stdout=log, stderr=log) as process,
    ):
        try:
            fake.until(lambda: fake.is_connected, "a connection")
            yield
        finally:
            process.terminate()
            process.wait()


def _mention(fake: FakeSlack, question: str, number: int) -> tuple[Post, list[Delivery]]:
    return fake.say(f"{MENTION} {question}", user=(ADA, GRACE)[number % 2], channel=LABORATORY)


def _wait(fake: FakeSlack, asked: Sequence[Post]) -> None:
    """Until each has an answer that has ended, or is told to ask again."""
    for post in asked:
        fake.until(partial(_is_told, fake, post), "an answer", _PATIENCE)


def _is_told(fake: FakeSlack, post: Post) -> bool:
    return _answers(fake, post) > 0 or _is_put_off(fake, post)


def _answers(fake: FakeSlack, post: Post) -> int:
    return sum("useful" in one.buttons for one in thread_of(fake, post))


def _is_put_off(fake: FakeSlack, post: Post) -> bool:
    return any("ask again" in one.shown for one in thread_of(fake, post))


def _report(fake: FakeSlack, asked: Sequence[tuple[Post, Sequence[Delivery]]], findings: Findings) -> None:
    sent = [delivery for _, deliveries in asked for delivery in deliveries]  # each a mention and a message
    seconds = [delivery.seconds for delivery in sent]
    findings.say("mentions at once", len(asked))
    findings.say("median time to an acknowledgement, s", statistics.median(seconds), kept=False)
    findings.say("worst time to an acknowledgement, s", max(seconds), "under 3")
    findings.say("sent again by Slack", sum(len(delivery.attempts) - 1 for delivery in sent), "0")
    findings.say("answered more than once", sum(_answers(fake, post) > 1 for post, _ in asked), "0")
    findings.say("told to ask again", sum(_is_put_off(fake, post) for post, _ in asked))


if __name__ == "__main__":
    main()
