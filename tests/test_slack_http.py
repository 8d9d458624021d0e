"""The same app reached by signed HTTP requests."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import httpx2
import pytest

from tests.fake_slack import FakeSlack, signed
from tests.fake_slack_workspace import ADA, LABORATORY, MENTION
from tests.programs import open_looms
from tests.slack_running import answers, installed, reached_over_http, settings_for, thread_of
from vectorstore.embeddings import EmbeddingModel

QUESTION = "How many woven patterns are in WeaveBank?"
ANSWER = "12,000 woven patterns"
BODY = json.dumps({"type": "url_verification", "token": "legacy", "challenge": "weave"}).encode()


@pytest.fixture(scope="module")
def office(model: EmbeddingModel, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeSlack]:
    folder = tmp_path_factory.mktemp("slack")
    with installed() as fake:
        settings = settings_for(fake) | {"slack_app_token": None}
        with open_looms(folder, model, **settings) as assistant, reached_over_http(assistant) as address:
            fake.request_url = address
            yield fake


@pytest.fixture
def fake(office: FakeSlack) -> Iterator[FakeSlack]:
    """In which Slack refused nothing that the app did."""
    before = len(office.refused())
    yield office
    assert office.refused()[before:] == []


def post(fake: FakeSlack, body: bytes, headers: dict[str, str]) -> httpx2.Response:
    assert fake.request_url is not None
    with httpx2.Client(trust_env=False, timeout=20) as client:
        return client.post(fake.request_url, content=body, headers={"Content-Type": "application/json", **headers})


def test_slack_may_verify_the_address(fake: FakeSlack) -> None:
    response = post(fake, BODY, signed(BODY))
    assert response.status_code == 200
    assert "weave" in response.text


def headers_of(case: str) -> dict[str, str]:
    now = int(time.time())
    return {
        "none": {},
        "another secret": signed(BODY, "another secret"),
        "another body": signed(BODY + b" "),
        "stale": signed(BODY, at=now - 301),
        "early": signed(BODY, at=now + 400),
        "zeros": signed(BODY) | {"X-Slack-Signature": "v0=" + "0" * 64},
        "empty": signed(BODY) | {"X-Slack-Signature": ""},
        "no time": signed(BODY) | {"X-Slack-Request-Timestamp": "yesterday"},
    }[case]


@pytest.mark.parametrize(
    "case", ["none", "another secret", "another body", "stale", "early", "zeros", "empty", "no time"]
)
def test_what_slack_did_not_sign_is_refused(fake: FakeSlack, case: str) -> None:
    response = post(fake, BODY, headers_of(case))
    assert response.status_code == 401
    assert "weave" not in response.text


def test_an_unsigned_event_is_not_answered(fake: FakeSlack) -> None:
    event = {
        "type": "app_mention",
        "user": ADA,
        "text": f"{MENTION} {QUESTION}",
        "ts": "1.000001",
        "channel": LABORATORY,
    }
    body = json.dumps({"type": "event_callback", "team_id": "T0LOOMS", "event_id": "Ev1", "event": event}).encode()
    assert post(fake, body, signed(body, "another secret")).status_code == 401
    answers(fake, fake.ask(QUESTION, user=ADA, channel=LABORATORY))
    assert fake.shown(LABORATORY, "1.000001") == []


def test_a_mention_is_acknowledged_and_answered_once(fake: FakeSlack) -> None:
    message, sent = fake.say(f"{MENTION} {QUESTION}", user=ADA)
    for number in (1, 2, 3):
        for delivery in sent:
            fake.repeat(delivery, number)
    (answer,) = answers(fake, message)
    assert ANSWER in answer.shown
    fake.until(lambda: all(one.acked for delivery in sent for one in delivery.attempts), "all acks")
    fake.ask("What is GearNet?", user=ADA, thread=message.ts)
    answers(fake, message, 2)
    assert len(thread_of(fake, message)) == 2


def test_commands_and_clicks_come_to_the_same_address(fake: FakeSlack) -> None:
    command = fake.command(f"ask {QUESTION}", user=ADA)
    answer = fake.until(
        lambda: next((one for one in fake.ephemeral(ADA) if "useful" in one.buttons), None), "an answer"
    )
    assert ANSWER in answer.shown
    pressed = fake.press(answer, "passage", user=ADA)
    fake.until(lambda: fake.workspace.views, "a modal")
    fake.until(lambda: command.is_acked and pressed.is_acked, "all acks")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'{"type": "event_callback"}', b"payload=%7B"])
def test_a_signed_request_that_makes_no_sense_is_refused_without_a_fault(fake: FakeSlack, body: bytes) -> None:
    response = post(fake, body, signed(body))
    assert response.status_code < 500
    answers(fake, fake.ask(QUESTION, user=ADA))
