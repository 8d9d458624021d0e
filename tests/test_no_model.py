"""With no chat model configured nothing of one is imported or asked, whatever keys lie about; every socket is shut."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from assistant.library import Library

ROOT = Path(__file__).parents[1]
OFFLINE = """
import json, socket, sys

class Shut(socket.socket):
    def __init__(self, *_, **__):
        raise AssertionError("a socket was opened")

socket.socket = Shut

from assistant import Assistant
from assistant.answers import Finished

told = {}
with Assistant(sys.argv[1], sys.argv[2]) as assistant:
    for question, *before in json.loads(sys.argv[3]):
        history = [{"role": "user", "content": text} for text in before]
        answer = assistant.ask(question, history=history)
        (streamed,) = (e.answer for e in assistant.stream(question, history=history) if isinstance(e, Finished))
        assert (answer.text, answer.warnings) == (streamed.text, streamed.warnings)
        told[question] = {key: value for key, value in answer.to_dict().items() if key != "timings_ms"}
    assert assistant.follow_ups(answer) is not None
print(json.dumps({"told": told, "modules": sorted(sys.modules)}))
"""
QUESTIONS = [
    ["How does InfLLM work?"],
    ["How does GreenPLM differ from InfLLM?"],
    ["Which approach stores distant contexts in additional memory units?"],
    ["Does it need any training?", "What is InfLLM?"],
    ["How many papers are there per year?"],
    ["Who won the cup in 1998?"],
]
OF_A_MODEL = (
    "openai",
    "tiktoken",
    "langchain",
    "langsmith",
    "xllamacpp",
    "assistant.runnables",
    "assistant.grounding.grounder",
    "assistant.grounding.statements",
    "assistant.answering.briefing",
    "assistant.answering.settling",
    "assistant.answering.writing",
)
"""How the names of modules begin that nobody needs without a chat model."""
KEYS = {
    "OPENAI_API_KEY": "sk-of-someone",
    "ANTHROPIC_API_KEY": "sk-of-someone",
    "OPENAI_BASE_URL": "http://192.0.2.1/v1",
}


@pytest.fixture(scope="module")
def child(sample_library: Library, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a process with keys in its environment, but no model in its settings, has told and imported."""
    return run(sample_library, tmp_path_factory.mktemp("no-model"), KEYS)


def run(library: Library, folder: Path, environment: dict[str, str]) -> dict[str, Any]:
    target = folder / "libraries" / library.name
    shutil.copytree(library.store.directory, target, ignore=shutil.ignore_patterns("owner*"))
    done = subprocess.run(
        [sys.executable, "-c", OFFLINE, library.name, str(folder), json.dumps(QUESTIONS)],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


@pytest.mark.parametrize("module", OF_A_MODEL)
def test_nothing_of_a_model_is_imported(child: dict[str, Any], module: str) -> None:
    assert [name for name in child["modules"] if name.startswith(module)] == []


def test_questions_are_answered_from_quotes_and_counts(child: dict[str, Any]) -> None:
    told = child["told"].values()
    assert [answer["mode"] for answer in told] == [*["extractive"] * 4, "computed", "extractive"]
    assert [answer["answered"] for answer in told] == [True, True, True, True, True, False]
    assert {answer["plan"]["planned_by"] for answer in told} == {"rules"}
    assert [(answer["usage"], answer["grounding"]) for answer in told] == [(None, None)] * len(QUESTIONS)


def test_keys_in_the_environment_change_nothing(
    child: dict[str, Any], sample_library: Library, tmp_path_factory: pytest.TempPathFactory
) -> None:
    assert run(sample_library, tmp_path_factory.mktemp("no-key"), {}) == child
