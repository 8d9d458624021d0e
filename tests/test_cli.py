"""The command line as a user meets it: what it prints where, what it leaves on disk, and how it ends."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import cast

import pytest
import typer
from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput
from rich.console import Console
from typer.testing import CliRunner

from assistant.answers import (
    Answer,
    Doubted,
    Event,
    Filters,
    Finished,
    Grounding,
    History,
    Plan,
    Planned,
    Restarted,
    TextDelta,
    Usage,
)
from assistant.api import Assistant
from assistant.conversations.store import open_conversations
from assistant.library import open_library
from assistant.papers import Paper
from assistant.settings import Settings, load
from assistant.surfaces.cli import _Commands
from assistant.surfaces.cli_chat import Chat, Talk
from assistant.surfaces.cli_common import filters_of
from tests.chat_server import Reply as ModelReply
from tests.chat_server import serving_chat
from tests.command_line import Terminal, command, process_env, run, sentence, stored_library
from tests.pages import make_page, make_record

HOSTILE = "<script>alert(1)</script> **Bold** [red]x[/red] [1]: How Robots Paint"
PAGE = make_page(
    make_record(
        "DIALSET: A Dataset of Spoken Dialogues",
        authors="Ada Lovelace, Jun Li, Marie Curie et al.",
        abstract="We introduce DIALSET, a dataset of 12,000 spoken dialogues between strangers. "
        "Annotators wrote each dialogue twice. The data is at \\url{https://github.com/ada/dialset}.",
        listing="31.2CLOct 16, 2019Code",
    ),
    make_record(
        "SpeedNet: Pruning Translation Models",
        authors="Ada Lovelace, Charles Babbage",
        abstract="Translation models are slow. We propose SpeedNet, which prunes attention heads while it trains. "
        "SpeedNet is 3.1 times faster than the baseline.",
        listing="12.5LGMar 3, 2021",
    ),
    make_record(
        HOSTILE,
        authors="Ada Lovelace, Zoë Strauß",
        abstract="We describe robots that paint landscapes with oil on canvas. Critics preferred them in 40% of cases.",
        listing="3.0CVJan 5, 2023Code",
    ),
)
ANSWER_KEYS = {
    "question", "standalone_question", "text", "answered", "mode", "plan", "citations", "closest", "table", "figure",
    "timings_ms", "warnings", "grounding", "usage",
}  # fmt: skip


# ---- what the tests share


@pytest.fixture(scope="session")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the library 'ada'; tests get copies of it."""
    return stored_library(PAGE, tmp_path_factory.mktemp("stored"))


@pytest.fixture
def data(stored: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(stored, tmp_path / "data"))


def keys(data: Path, library: str = "ada") -> list[str]:
    result = run("papers", "--json", data=data, library=library)
    assert result.exit_code == 0, result.output
    return [row["key"] for row in json.loads(result.stdout)]


def contents(folder: Path) -> dict[str, str]:
    """Every file that holds papers, by its content."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file() and path.name not in ("owner", "owner.lock"))
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


# ---- ingest


def test_ingest_reports_what_became_of_the_papers(data: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.txt"
    page.write_text(PAGE, encoding="utf-8")
    first = run("ingest", str(page), data=data, library="fresh")
    assert (first.exit_code, first.stdout, first.stderr) == (0, "added: 3\n", "")
    again = run("ingest", str(page), "--json", data=data, library="fresh")
    report = json.loads(again.stdout)
    outcomes = ["added", "merged", "skipped", "unchanged", "unreadable", "updated"]
    assert sorted(report) == sorted(["entries", "warnings", *outcomes])
    assert report["entries"] == sum(len(report[name]) for name in outcomes)
    assert (report["added"], report["unchanged"]) == ([], keys(data, "fresh"))


def test_ingest_names_what_it_could_not_read_and_keeps_the_rest(data: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.txt"
    page.write_text(make_page(make_record("A Readable Paper"), "9.9CLOct 16, 2020"), encoding="utf-8")
    result = run("ingest", str(page), data=data)
    assert result.exit_code == 0
    assert result.stdout == "added: 1\nunreadable: 1\n"
    assert re.search(r"unreadable: .*page\.txt, line 12: the record has no title\.\n", result.stderr)
    assert len(keys(data)) == 4


def test_ingest_fails_where_nothing_at_all_can_be_read(data: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.txt"
    page.write_text(make_page("9.9CLOct 16, 2020"), encoding="utf-8")
    result = run("ingest", str(page), data=data)
    assert result.exit_code == 1
    assert "line 5: the record has no title." in result.stderr
    assert len(keys(data)) == 3


def test_input_that_is_no_page_is_one_sentence_and_changes_nothing(data: Path, tmp_path: Path) -> None:
    for name, content in {
        "empty": b"",
        "blank": b" \n\t\n",
        "binary": bytes(range(256)) * 9,
        "no-paper": b"Dear Ada,\n\nhow are you?\n",
    }.items():
        (tmp_path / name).write_bytes(content)
    with (tmp_path / "large").open("wb") as file:
        file.truncate(50_000_000)
    (tmp_path / "folder").mkdir()
    for name, reason in {
        "empty": "is empty",
        "blank": "is empty",
        "binary": "binary",
        "no-paper": "no publication",
        "large": "is empty",
    }.items():
        result = run("ingest", str(tmp_path / name), data=data)
        assert (result.exit_code, result.stdout) == (1, "unreadable: 1\n")
        assert reason in result.stderr
        assert str(tmp_path / name) in result.stderr
    for name, reason in {"missing": "There is no file"}.items():
        assert reason in sentence(run("ingest", str(tmp_path / name), data=data))
    for name in ("empty", "binary", "folder"):
        made = run("ingest", str(tmp_path / name), data=data, library="new")
        assert made.exit_code == 1
        assert "no library was made" in made.stderr
        assert "There is no library" in sentence(run("papers", data=data, library="new")), "a library was made"


def test_one_bad_file_among_good_ones_stores_nothing(data: Path, tmp_path: Path) -> None:
    (tmp_path / "good").write_text(make_page(make_record("Another Paper")), encoding="utf-8")
    assert "There is no file" in sentence(run("ingest", str(tmp_path / "good"), str(tmp_path / "bad"), data=data))
    assert len(keys(data)) == 3


# ---- ask


def test_ask_prints_the_answer_with_its_references(data: Path) -> None:
    result = run("ask", "What is SpeedNet?", data=data)
    assert (result.exit_code, result.stderr) == (0, "")
    assert "We propose SpeedNet, which prunes attention heads while it trains. [" in result.stdout
    assert "[1] Lovelace and Babbage, 2021. SpeedNet: Pruning Translation Models. Abstract " in result.stdout
    assert "**" not in result.stdout


def test_ask_prints_the_answer_as_json_whose_quotes_stand_in_the_papers(data: Path) -> None:
    answer = json.loads(run("ask", "What", "is", "SpeedNet?", "--json", data=data).stdout)
    assert set(answer) == ANSWER_KEYS
    assert (answer["question"], answer["answered"]) == ("What is SpeedNet?", True)
    for citation in answer["citations"]:
        paper = json.loads(run("show", citation["paper"]["key"], "--json", data=data).stdout)
        assert paper["text"][citation["start"] : citation["end"]] == citation["quote"]


def test_a_question_that_the_papers_do_not_answer_is_no_failure(data: Path) -> None:
    result = run("ask", "Who won the football world cup?", "--json", data=data)
    assert result.exit_code == 0
    assert json.loads(result.stdout)["answered"] is False


@pytest.mark.parametrize("arguments", [["-"], []])
def test_a_question_may_come_from_a_pipe(data: Path, arguments: list[str]) -> None:
    result = run("ask", *arguments, "--json", data=data, stdin="What is\nSpeedNet?\n")
    assert json.loads(result.stdout)["question"] == "What is SpeedNet?"


def test_a_question_that_cannot_be_asked_is_one_sentence(data: Path) -> None:
    assert "The question is empty" in sentence(run("ask", "", data=data))
    assert "The question is empty" in sentence(run("ask", "\x00\x1b\x07 \u200b", data=data))
    assert "The question is empty" in sentence(run("ask", data=data, stdin=""))
    assert "10,000 words" in sentence(run("ask", "-", data=data, stdin="word " * 10_000))
    assert "not UTF-8" in sentence(run("ask", "-", data=data, stdin="Zoë?".encode("latin-1")))


def test_control_characters_in_a_question_reach_no_terminal(data: Path) -> None:
    result = run("ask", "What is \x1b]0;title\x07\udcffSpeedNet\x9b2J?", "--json", data=data)
    assert result.exit_code == 0
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", result.stdout)


def test_options_say_which_papers_may_answer(data: Path) -> None:
    assert filters_of() == Filters()
    assert filters_of(since=2018, category=["CL", "LG"], with_code=False, paper=["key"], title="data") == Filters(
        years=(2018, None), categories=("CL", "LG"), has_code=False, papers=("key",), title="data"
    )
    assert filters_of(
        topic="speech", mentions=["BLEU", "F1"], introduces=["dataset"], author=["Jun Li"], first_author=["Ada"]
    ) == Filters(
        topic="speech",
        mentions=(("BLEU",), ("F1",)),
        introduces=("dataset",),
        authors=("Jun Li",),
        first_authors=("Ada",),
    )
    options = [
        "--since",
        "2019",
        "--until",
        "2022",
        "--category",
        "cl",
        "--with-code",
        "--author",
        "jun",
        "--title",
        "data",
    ]
    answer = json.loads(run("ask", "What is proposed or introduced?", *options, "--json", data=data).stdout)
    found = [*(citation["paper"] for citation in answer["citations"]), *answer["closest"]]
    assert {row["key"] for row in found} == {"lovelace2019dialset"}
    assert "has no paper 'lovelace2019'" in sentence(run("ask", "What?", "--paper", "lovelace2019", data=data))


def test_a_question_may_lean_on_a_history(data: Path, tmp_path: Path) -> None:
    history = tmp_path / "history.json"
    turns = [{"role": "user", "content": "What is SpeedNet?"}, {"role": "assistant", "content": "It prunes heads."}]
    history.write_text(json.dumps(turns), encoding="utf-8")
    answer = json.loads(run("ask", "How much faster is it?", "--history", str(history), "--json", data=data).stdout)
    assert {citation["paper"]["key"] for citation in answer["citations"]} == {"lovelace2021speednet"}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "cannot be read: No such file"),
        ("{", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("{}", "is no conversation"),
        ('["What?"]', "is no conversation"),
        ('[{"role": "system", "content": "x"}]', "is no conversation"),
        ('[{"role": "user", "content": 1}]', "is no conversation"),
    ],
)
def test_a_history_that_is_none_is_one_sentence(tmp_path: Path, content: str | None, reason: str) -> None:
    file = tmp_path / "history.json"
    if content is not None:
        file.write_text(content, encoding="utf-8")
    assert reason in sentence(run("ask", "What?", "--history", str(file), data=tmp_path))


# ---- papers, show, remove


def test_papers_lists_a_line_a_paper(data: Path) -> None:
    lines = run("papers", data=data).stdout.splitlines()
    assert lines[0].split() == ["key", "year", "cat.", "code", "title", "authors"]
    assert re.split(r"  +", lines[1]) == [
        "lovelace2019dialset", "2019", "CL", "code", "DIALSET: A Dataset of Spoken Dialogues",
        "Ada Lovelace, Jun Li, Marie Curie et al.",
    ]  # fmt: skip
    assert HOSTILE in lines[3]
    assert len(lines) == 4


def test_papers_may_be_filtered_and_printed_as_json(data: Path) -> None:
    result = run("papers", "--with-code", "--since", "2020", "--json", data=data)
    (row,) = json.loads(result.stdout)
    assert (row["title"], row["year"], row["category"]) == (HOSTILE, 2023, "CV")
    none = run("papers", "--author", "Nobody", data=data)
    told = "0 of 3 papers; the papers run from 2019 to 2023, in the categories CL, LG, CV\n"
    assert (none.exit_code, none.stdout, none.stderr) == (0, "", told)


def test_years_in_the_wrong_order_are_wrong_usage(data: Path) -> None:
    for name in ("papers", "ask"):
        result = run(name, "--since", "2022", "--until", "2020", data=data, stdin="What?")
        assert result.exit_code == 2
        assert "--since 2022 is later than --until 2020" in result.stderr


def test_show_prints_a_paper_clean_with_its_passages(data: Path) -> None:
    result = run("show", "lovelace2019dialset", data=data)
    assert re.search(r"^links +https://github\.com/ada/dialset$", result.stdout, re.MULTILINE)
    assert "The data is at https://github.com/ada/dialset." in result.stdout
    row = json.loads(run("show", "lovelace2019dialset", "--json", data=data).stdout)
    assert r"\url{" in row["abstract"]
    for passage in row["passages"]:
        assert row["text"][passage["start"] : passage["end"]] == passage["text"]
        assert re.search(rf"^Abstract +{passage['start']} +{passage['end']}  We introduce", result.stdout, re.MULTILINE)


def test_show_of_a_key_that_is_not_there_names_the_nearest(data: Path) -> None:
    assert "did you mean lovelace2019dialset" in sentence(run("show", "lovelace2019dialst", data=data))


def test_html_and_markup_in_a_title_are_shown_as_they_are(data: Path) -> None:
    key = keys(data)[2]
    assert run("show", key, data=data).stdout.startswith(HOSTILE + "\n")
    assert HOSTILE in run("ask", "Which robots paint landscapes?", data=data).stdout


def test_remove_takes_out_all_the_keys_or_none(data: Path) -> None:
    assert "has no paper 'nobody'" in sentence(run("remove", "lovelace2019dialset", "nobody", data=data))
    assert len(keys(data)) == 3
    result = run("remove", "lovelace2019dialset", "lovelace2019dialset", data=data)
    assert (result.exit_code, result.stdout) == (0, "removed: 1\nleft: 2\n")
    assert "lovelace2019dialset" not in keys(data)
    result = run("remove", *keys(data), "--json", data=data)
    assert json.loads(result.stdout)["left"] == 0
    listed = run("papers", data=data)
    assert (listed.exit_code, listed.stdout) == (0, "")
    assert "holds no paper; 'papertalk ingest FILE" in listed.stderr
    assert "holds no paper" in sentence(run("ask", "What?", data=data))


# ---- eval, reindex, doctor


def test_eval_prints_figures_by_kind_and_keeps_the_answers(data: Path, tmp_path: Path) -> None:
    rows = [
        {"question": "What is SpeedNet?", "kind": "method", "gold_papers": ["SpeedNet: Pruning Translation Models"],
         "must_include": [["attention heads"]]},
        {"question": "Who won the football world cup?", "kind": "offtopic"},
    ]  # fmt: skip
    questions, output = tmp_path / "questions.jsonl", tmp_path / "answers.jsonl"
    questions.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    result = run("eval", str(questions), "--output", str(output), data=data)
    assert result.exit_code == 0
    lines = [line.split() for line in result.stdout.splitlines()]
    assert lines[0][:3] == ["kind", "questions", "right"]
    assert ["method", "1", "1"] in [line[:3] for line in lines]
    assert ["overall", "2", "1"] in [line[:3] for line in lines]
    assert len(output.read_text(encoding="utf-8").splitlines()) == 2
    assert json.loads(run("eval", str(questions), "--json", data=data).stdout)
    assert "cannot be read" in sentence(run("eval", str(tmp_path / "missing"), data=data))


def test_reindex_says_how_many_papers_and_with_which_model(data: Path) -> None:
    before = keys(data)
    result = run("reindex", data=data)
    assert (result.exit_code, result.stdout) == (0, "3 papers embedded with all-MiniLM-L6-v2-int8@8199be6f\n")
    assert keys(data) == before


def test_doctor_finds_nothing_wrong_with_a_sound_library(data: Path) -> None:
    result = run("doctor", data=data, PAPERTALK_PORT="0")
    assert result.exit_code == 0, result.output
    assert all(line.startswith("ok ") for line in result.stdout.splitlines())
    told = (
        "'ada', 3 papers, embedded with all-MiniLM",
        "384 dimensions",
        "nothing leaves this machine",
        "services: asked by",
    )
    for text in told:
        assert text in result.stdout
    checks = json.loads(run("doctor", "--json", data=data, library="new").stdout)
    assert {row["what"]: row["ok"] for row in checks}["library"] is True
    assert not (data / "libraries" / "new").exists()


def test_doctor_says_where_data_goes(data: Path) -> None:
    from assistant.surfaces.cli_doctor import _where_data_goes

    def said(model: str, url: str | None = None) -> str:
        return _where_data_goes(Settings(data_dir=data, embedding_model=model, embedding_url=url))

    assert said("minilm") == "nothing leaves this machine"
    assert "are sent to openai" in said("openai:text-embedding-3-small")
    assert "are sent to https://api.example.org/v1" in said("openai:m", "https://api.example.org/v1")
    assert "on this machine" in said("openai:m", "http://localhost:11434/v1")
    assert "downloaded once" in said("fastembed:BAAI/bge-small-en-v1.5")


def test_doctor_says_what_a_chat_model_is_sent_and_where(data: Path) -> None:
    from assistant.surfaces.cli_doctor import _where_data_goes

    def said(**chat: str) -> str:
        return _where_data_goes(load(data_dir=data, **chat))

    assert said(chat_model="gguf:/models/small.gguf") == "nothing leaves this machine"
    assert said(chat_model="openai:gpt-4o-mini") == (
        "titles, abstracts, questions and conversations are sent to the chat model at the provider 'openai'"
    )
    local = said(chat_model="openai:small", chat_url="http://localhost:11434/v1", embedding_model="openai:m")
    assert "are sent to openai to be embedded" in local
    assert "go to the chat model at http://localhost:11434/v1 on this machine" in local
    assert said(chat_url="http://localhost:11434/v1") == "nothing leaves this machine"


def test_doctor_says_that_no_chat_model_is_configured(data: Path) -> None:
    assert "ok       chat model: none configured" in run("doctor", data=data).stdout


def test_doctor_tries_the_chat_model_and_waits_for_its_first_words_alone(data: Path) -> None:
    with serving_chat() as server:
        server.will_say(ModelReply("Yes and much more", trouble="stalls"))
        chat = {"PAPERTALK_CHAT_MODEL": "openai:small", "PAPERTALK_CHAT_URL": server.url}
        result = run("doctor", data=data, PAPERTALK_PORT="0", **chat)
        assert server.hung_up.wait(20)
    assert result.exit_code == 0, result.output
    line = next(line for line in result.stdout.splitlines() if " chat model: " in line)
    assert line.startswith(f"ok       chat model: openai:small@{server.url}, at {server.url}, reads 8,192 tokens, ")
    assert re.search(r"first words in \d+\.\d s$", line)
    assert server.prompts == ["You are being tested.\nReply with the word: yes"]


@pytest.mark.parametrize(
    ("chat", "says"),
    [
        ({"PAPERTALK_CHAT_MODEL": "openai:gpt-4o-mini"}, "set OPENAI_API_KEY in the environment"),
        ({"PAPERTALK_CHAT_MODEL": "gguf:/nowhere/small.gguf"}, "'/nowhere/small.gguf' is not there"),
        ({"PAPERTALK_CHAT_MODEL": "small"}, "it is 'provider:model'"),
    ],
)
def test_doctor_says_why_the_chat_model_does_not_answer(data: Path, chat: dict[str, str], says: str) -> None:
    result = run("doctor", data=data, PAPERTALK_PORT="0", **chat)
    assert (result.exit_code, result.stderr) == (1, "")
    (line,) = (line for line in result.stdout.splitlines() if line.startswith("problem"))
    assert line.startswith("problem  chat model: ")
    assert says in line


def test_doctor_works_where_the_library_is_in_use_or_damaged(data: Path) -> None:
    with open_library(load(data_dir=data, library="ada")):
        result = run("doctor", data=data)
    assert result.exit_code == 1
    assert re.search(r"^problem  library: .*in use by process \d+", result.stdout, re.MULTILINE)
    damage(data)
    result = run("doctor", data=data)
    assert result.exit_code == 1
    assert re.search(r"^problem  library: .*cannot be read", result.stdout, re.MULTILINE)
    assert re.search(r"^ok       embedding model: ", result.stdout, re.MULTILINE)


def test_doctor_names_a_model_that_does_not_exist(data: Path) -> None:
    result = run("doctor", data=data, PAPERTALK_EMBEDDING_MODEL="bert")
    assert result.exit_code == 1
    assert "problem  embedding model: There is no embedding model 'bert'" in result.stdout


# ---- what goes wrong


@pytest.mark.parametrize(
    "arguments",
    [["ask", "What?"], ["chat"], ["papers"], ["show", "key"], ["eval", "q.jsonl"], ["reindex"], ["remove", "key"]],
)
def test_looking_into_a_library_that_is_not_there_makes_none(data: Path, arguments: list[str]) -> None:
    text = sentence(run(*arguments, "--library", "xu-han", data=data))
    assert "There is no library 'xu-han'" in text
    assert "'papertalk ingest FILE --library xu-han' makes it" in text
    assert "There is 'ada'" in text
    assert [path.name for path in (data / "libraries").iterdir()] == ["ada"]
    empty = data / "nowhere"
    assert "makes it." in sentence(run(*arguments, "--data-dir", str(empty), data=data))
    assert not empty.exists()


def test_a_library_in_use_says_by_whom(data: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.txt"
    page.write_text(PAGE, encoding="utf-8")
    with open_library(load(data_dir=data, library="ada")):
        for arguments in (["ask", "What?"], ["ingest", str(page)], ["reindex"]):
            assert f"in use by process {os.getpid()}" in sentence(run(*arguments, data=data))
    assert len(keys(data)) == 3


def damage(data: Path) -> None:
    (data / "libraries" / "ada" / "generation-1" / "chroma.sqlite3").write_bytes(os.urandom(100_000))


def test_a_damaged_library_is_one_sentence_and_stays_as_it_is(data: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.txt"
    page.write_text(PAGE, encoding="utf-8")
    damage(data)
    before = contents(data)
    for arguments in (["ask", "What?"], ["ingest", str(page)], ["reindex"]):
        assert "cannot be read" in sentence(run(*arguments, data=data))
    assert contents(data) == before


def test_a_file_where_the_data_folder_should_be_is_one_sentence(tmp_path: Path) -> None:
    page = tmp_path / "page.txt"
    page.write_text(PAGE, encoding="utf-8")
    assert "is a file" in sentence(run("papers", data=page))
    assert "Not a directory" in sentence(run("ingest", str(page), data=page))
    assert page.read_text(encoding="utf-8") == PAGE
    doctor = run("doctor", data=page)
    assert doctor.exit_code == 1
    assert "problem  data folder: " in doctor.stdout
    assert run("papers", "--data-dir", "", data=page).exit_code == 2


def test_a_data_folder_that_cannot_be_written_is_one_sentence(data: Path) -> None:
    drop = []
    if os.geteuid() == 0:  # root may write anywhere, unless it gives that up
        if not shutil.which("setpriv"):
            pytest.skip("needs setpriv where tests run as root")
        drop = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"]
    page = data / "page.txt"
    folders = [path for path in (data, *data.rglob("*")) if path.is_dir()]
    before = contents(data)
    for folder in folders:
        folder.chmod(0o555)
    try:
        result = subprocess.run(
            [*drop, *command("ingest", str(page), "--library", "new")],
            env=process_env(data), capture_output=True, text=True, check=False,
        )  # fmt: skip
    finally:
        for folder in folders:
            folder.chmod(0o755)
    assert (result.returncode, result.stdout) == (1, "")
    assert re.fullmatch(r"Error: .* cannot be written: Permission denied.* --data-dir\.\n", result.stderr)
    assert contents(data) == before


def test_a_setting_that_is_wrong_is_named(data: Path) -> None:
    assert "'library' (PAPERTALK_LIBRARY)" in sentence(run("papers", "--library", "../x", data=data))


def test_another_model_than_the_librarys_names_the_way_out(data: Path) -> None:
    metadata = "UPDATE collection_metadata SET str_value = 'older-model' WHERE key = 'model'"
    with contextlib.closing(sqlite3.connect(data / "libraries/ada/generation-1/chroma.sqlite3")) as database:
        database.execute(metadata)
        database.commit()
    assert "'papertalk reindex --library ada'" in sentence(run("ask", "What?", data=data))
    row = json.loads(run("reindex", "--json", data=data).stdout)
    assert row == {"library": "ada", "papers": 3, "model": "all-MiniLM-L6-v2-int8@8199be6f"}
    assert run("ask", "What is SpeedNet?", data=data).exit_code == 0


def test_a_bug_stays_loud() -> None:
    broken = typer.Typer(cls=_Commands, pretty_exceptions_enable=False)
    broken.callback()(lambda: None)

    @broken.command()
    def fail() -> None:
        raise ZeroDivisionError("a bug")

    result = CliRunner().invoke(broken, ["fail"])
    assert isinstance(result.exception, ZeroDivisionError)


# ---- usage


def test_every_command_has_an_example(data: Path) -> None:
    listed = run("--help", data=data)
    assert listed.exit_code == 0
    names = re.findall(r"^  (\w+)  +\w", listed.stdout.partition("Commands:")[2], re.MULTILINE)
    assert names == [
        *("find", "ingest", "undo", "sync", "sources"),
        *("ask", "chat", "papers", "trends", "show", "export", "remove"),
        *("serve", "slack", "mcp", "keys", "users", "backup", "restore"),
        *("eval", "reindex", "doctor", "people", "conversations", "feedback"),
    ]
    for name in [*(name for name in names if name not in ("keys", "users")), "keys create", "users add"]:
        shown = run(*name.split(), "--help", data=data).stdout
        assert f"Example: papertalk {name}" in shown
        assert "--data-dir FOLDER" in shown
        assert ("-l, --library NAME" in shown) == (name not in ("find", "keys create", "users add"))
        assert ("--json" in shown) == (name not in ("chat", "export", "serve", "slack", "mcp", "users add"))


def test_wrong_usage_ends_with_2(data: Path) -> None:
    for arguments in (["ask", "--since", "soon", "What?"], ["ingest"], ["show"], ["nothing"], ["papers", "--nothing"]):
        result = run(*arguments, data=data)
        assert result.exit_code == 2, arguments
        assert "Traceback" not in result.stderr


def test_the_version_is_the_packages() -> None:
    from importlib.metadata import version

    assert run("--version", data="unused").stdout == f"papertalk {version('papertalk')}\n"
    installed = Path(sys.executable).parent / "papertalk"
    result = subprocess.run(
        [installed, "--version"], env=process_env("unused"), capture_output=True, text=True, check=False
    )
    assert (result.returncode, result.stdout) == (0, f"papertalk {version('papertalk')}\n")


def test_a_start_loads_what_it_needs_alone(data: Path) -> None:
    heavy = {
        "gradio",
        "langchain",
        "langchain_core",
        "langchain_openai",
        "openai",
        "prompt_toolkit",
        "plotly",
        "fastapi",
    }

    def loaded(*arguments: str) -> set[str]:
        result = subprocess.run(
            [sys.executable, "-X", "importtime", *command(*arguments)[1:]],
            env=process_env(data), capture_output=True, text=True, check=True,
        )  # fmt: skip
        return set(re.findall(r"\| +(\w+)$", result.stderr, re.MULTILINE))

    assert not loaded("--help") & (heavy | {"rich", "pydantic", "numpy", "chromadb", "onnxruntime"})
    assert not loaded("ask", "What is SpeedNet?") & heavy


# ---- the real process


def test_a_reader_that_has_seen_enough_is_no_failure_to_talk_about(data: Path) -> None:
    process = subprocess.Popen(
        command("papers", "--json"), env=process_env(data), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout
    assert process.stderr
    with process, process.stdout, process.stderr:
        process.stdout.close()
        assert "Traceback" not in process.stderr.read()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_below_the_output_is_one_sentence(data: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        result = subprocess.run(
            command("papers"), env=process_env(data), stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert result.returncode == 1
    assert result.stderr == b"Error: The output cannot be written: No space left on device.\n"


def test_a_terminal_that_knows_ascii_alone_shows_what_it_can(data: Path) -> None:
    env = process_env(data, PYTHONUTF8="0", PYTHONIOENCODING="ascii:strict", PYTHONCOERCECLOCALE="0", LC_ALL="C")
    result = subprocess.run(command("chat"), input=b"/papers\n", env=env, capture_output=True, check=True)
    assert b"Ada Lovelace, Zo? Strau?" in result.stdout


def test_ctrl_c_while_papers_are_taken_in_loses_nothing(data: Path, tmp_path: Path) -> None:
    abstract = "We measure an engine. It is faster than we thought."
    records = [make_record(f"Paper Number{number}", abstract=abstract) for number in range(200)]
    page = tmp_path / "page.txt"
    page.write_text(make_page(*records), encoding="utf-8")
    with Terminal("ingest", str(page), env=process_env(data)) as terminal:
        while int(terminal.see(r"embedding\D+(\d+)/800")[1]) < 70:
            pass
        terminal.see(r"\d+/s")
        terminal.type("\x03")
        assert terminal.end() == 130
    assert "Interrupted; papers that were stored are kept" in terminal.shown
    assert "Traceback" not in terminal.shown
    kept = len(keys(data)) - 3
    assert 0 < kept < 200
    page.write_text(make_page(*records[: kept + 4]), encoding="utf-8")
    report = json.loads(run("ingest", str(page), "--json", data=data).stdout)
    assert (len(report["unchanged"]), len(report["added"])) == (kept, 4)
    assert run("ask", "What is SpeedNet?", data=data).exit_code == 0


def test_ctrl_c_elsewhere_ends_with_130_and_one_word(data: Path) -> None:
    with Terminal("ask", "-", env=process_env(data)) as terminal:
        terminal.see("Ctrl-D")
        terminal.wait_for_reading()
        terminal.type("\x03")
        assert terminal.end() == 130
    assert "Interrupted." in terminal.shown
    assert "Traceback" not in terminal.shown


def test_ask_without_a_question_on_a_terminal_is_wrong_usage(data: Path) -> None:
    with Terminal("ask", env=process_env(data)) as terminal:
        assert terminal.end() == 2
    assert "give a question" in terminal.shown


# ---- chat


def test_chat_reads_lines_where_there_is_no_terminal(data: Path) -> None:
    lines = [
        "What is SpeedNet?",
        "",
        "How much faster is it?",
        "/sources",
        "/nothing",
        "/papers",
        "quit",
        "never asked",
    ]
    result = run("chat", data=data, stdin="\n".join(lines))
    assert result.exit_code == 0
    assert "prunes attention heads" in result.stdout
    assert "3.1 times faster than the baseline" in result.stdout
    assert "“SpeedNet is 3.1 times faster than the baseline.”" in result.stdout
    assert "lovelace2023" in result.stdout
    assert result.stderr == "There is no command '/nothing'; /help lists them.\n"


def test_the_chat_says_what_else_could_be_asked(data: Path) -> None:
    result = run("chat", data=data, stdin="/next\nWhat is SpeedNet?\n/next\n")
    assert result.stderr == "There is no answer yet; ask something first.\n"
    suggested = result.stdout.strip().splitlines()[-1]
    assert suggested.endswith("?")
    assert run("ask", suggested, data=data).exit_code == 0


def test_chat_goes_on_after_a_question_that_cannot_be_asked(data: Path) -> None:
    result = run("chat", data=data, stdin=b"???\n" + b"word " * 10_000 + b"\n\xff\nWhat is SpeedNet?")
    assert result.exit_code == 0
    assert [line[:30] for line in result.stderr.splitlines()][:2] == [
        "Error: The question is empty; ",
        "Error: The question has 10,000",
    ]
    assert "prunes attention heads" in result.stdout


def test_chat_in_a_terminal(data: Path) -> None:
    with Terminal("chat", env=process_env(data)) as terminal:
        terminal.see("3 papers in 'ada'")
        terminal.see(">")
        terminal.type("thrown away\x03")
        terminal.see(">")
        terminal.type("What is SpedX\x7fNet?\x1b[D\x1b[D\x1b[D\x1b[D\x1b[De\r")  # Backspace, then to the left
        terminal.see(r"attention\s+heads")
        terminal.see(r"\[1\] Lovelace and Babbage")
        terminal.see(">")
        terminal.type("How much faster is it?\r")
        terminal.see(r"3\.1\s+times")
        terminal.see(">")
        terminal.type("/papers\r")
        listed = terminal.see(r"(?s)key .*?>")[0].replace("\r", "")
        assert max(len(line.rstrip()) for line in listed.splitlines()) <= 80
        assert "\nlovelace2019dialset " in listed
        terminal.type("/new\r")
        terminal.see("A new conversation")
        terminal.see(">")
        terminal.type("\x04")
        assert terminal.end() == 0
    assert "Traceback" not in terminal.shown


@dataclass
class Scripted:
    """An assistant that streams what it is told to, and keeps the histories that it was given and how it ended."""

    events: Sequence[Event | BaseException]
    settings: Settings

    def __post_init__(self) -> None:
        self.histories: list[History] = []
        self.closed = 0

    def papers(self) -> Sequence[Paper]:
        return ()

    def stream(self, question: str, *, history: History = ()) -> Iterator[Event]:
        self.histories.append(history)
        try:
            for event in self.events:
                if isinstance(event, BaseException):
                    raise event
                yield event
        finally:
            self.closed += 1


def talk(assistant: Scripted, *typed: str, private: bool = False) -> str:
    """What a chat in a terminal of 40 columns shows."""
    out = io.StringIO()
    stored = None if private else open_conversations(assistant.settings.data_dir)
    console = Console(file=out, width=40, force_terminal=True, color_system=None, highlight=False, markup=False)
    with create_pipe_input() as keyboard, create_app_session(input=keyboard, output=DummyOutput()):
        keyboard.send_text("".join(typed) + "\x04")
        tell = partial(print, file=out)
        Chat(cast(Assistant, assistant), Talk("ada", stored), console, say=tell, complain=tell).run()
    return out.getvalue()


def answered(text: str, standalone: str = "What?") -> Answer:
    return Answer("What?", standalone, text, True, "extractive", Plan("What?", standalone))


def finished(text: str) -> Finished:
    return Finished(answered(text))


def test_a_streamed_answer_is_broken_between_words(tmp_path: Path) -> None:
    text = "**Bold** words \\[x\\] and then so many more that a line is full. [1]\n\n- one"
    pieces = [TextDelta(piece) for piece in re.findall(r"\S+\s*", text)]
    shown = talk(Scripted([*pieces, finished(text)], load(data_dir=tmp_path)), "What?\r")
    assert "Bold words [x] and then so many more \nthat a line is full. [1]\n\n- one\n" in shown


def test_ctrl_c_stops_an_answer_and_leaves_it_out_of_the_conversation(tmp_path: Path) -> None:
    plan = Planned(Plan("What?", "What is it?"))
    assistant = Scripted([plan, TextDelta("Half an "), KeyboardInterrupt()], load(data_dir=tmp_path))
    shown = talk(assistant, "What?\r", "And?\r")
    assert "Understood as: What is it?\nHalf an \nStopped.\n" in shown
    assert assistant.histories == [[], []]
    assert assistant.closed == 2
    assert list(tmp_path.iterdir()) == []


def test_a_stream_is_closed_where_its_answer_cannot_be_shown(tmp_path: Path) -> None:
    assistant = Scripted([TextDelta("Half an "), TextDelta("answer."), finished("")], load(data_dir=tmp_path))

    class Broken(io.StringIO):
        interrupted = False

        def write(self, text: str) -> int:
            if "Half" in text and not self.interrupted:
                self.interrupted = True
                raise KeyboardInterrupt
            return super().write(text)

    console = Console(file=Broken(), width=40, force_terminal=True, color_system=None)
    with create_pipe_input() as keyboard, create_app_session(input=keyboard, output=DummyOutput()):
        keyboard.send_text("What?\r\x04")
        tell = partial(print, file=io.StringIO())
        Chat(cast(Assistant, assistant), Talk("ada", None), console, say=tell, complain=tell).run()
    assert assistant.closed == 1


def test_a_sentence_that_no_passage_supports_is_marked_where_it_stands(tmp_path: Path) -> None:
    events: list[Event] = [
        TextDelta("It flies."),
        Doubted("It flies.", "'flies' is not there", 9),
        TextDelta(" It runs. [1]"),
    ]
    shown = talk(Scripted([*events, finished("It runs. [1]")], load(data_dir=tmp_path)), "What?\r")
    assert "It flies. ✗ not supported: 'flies' is not there It runs. [1]" in " ".join(shown.split())


def test_a_sentence_that_carries_its_own_mark_gets_no_second_one(tmp_path: Path) -> None:
    text = "It flies. *(⚠ not found in the papers)*"
    settings = load(data_dir=tmp_path, grounding="mark")
    shown = talk(Scripted([TextDelta(text), Doubted("It flies.", "why", len(text)), finished(text)], settings), "A?\r")
    assert "✗" not in shown
    assert "It flies. (⚠ not found in the papers)" in " ".join(shown.split())


def test_text_that_does_not_stand_is_told_apart_from_the_answer(tmp_path: Path) -> None:
    events: list[Event] = [TextDelta("**Wrong"), Restarted("The chat model broke off."), TextDelta("A *quote*. [1]")]
    whole = replace(answered("A *quote*. [1]"), warnings=("The chat model broke off.",))
    shown = talk(Scripted([*events, Finished(whole)], load(data_dir=tmp_path)), "What?\r")
    words = " ".join(shown.split())
    assert "Wrong ✗ What stands above is withdrawn; this is the answer: A quote. [1] Note: The chat model" in words


def test_what_a_chat_model_did_and_cost_stands_below_its_answer(tmp_path: Path) -> None:
    whole = replace(
        answered("A. [1]"),
        mode="generative",
        grounding=Grounding(2, 0, 1, 0),
        usage=Usage("openai:m", 1, 1234, 210, 0.0004),
    )
    shown = talk(Scripted([TextDelta("A. [1]"), Finished(whole)], load(data_dir=tmp_path)), "What?\r")
    line = "3 sentences checked against the passages, 1 not supported · openai:m, 1,234 + 210 tokens · $0.0004"
    assert line in " ".join(shown.split())


def test_a_conversation_goes_on_until_it_is_new(tmp_path: Path) -> None:
    assistant = Scripted([finished("An answer.")], load(data_dir=tmp_path))
    talk(assistant, "What?\r", "And?\r", "/new\r", "So?\r")
    said = [{"role": "user", "content": "What?"}, {"role": "assistant", "content": "An answer."}]
    assert assistant.histories == [[], said, []]
    assert [row.questions for row in open_conversations(tmp_path).list()] == [1, 2]


def test_what_was_asked_before_comes_back_in_the_next_session(tmp_path: Path) -> None:
    assistant = Scripted([finished("An answer.")], load(data_dir=tmp_path))
    talk(assistant, "Something\r")
    talk(assistant, "\x1b[A\r")
    assert len(assistant.histories) == 2
    open_conversations(tmp_path).delete_all()
    talk(assistant, "\x1b[A\r")
    assert len(assistant.histories) == 2


def test_a_private_conversation_leaves_nothing(tmp_path: Path) -> None:
    assistant = Scripted([finished("An answer.")], load(data_dir=tmp_path))
    shown = talk(assistant, "What?\r", "And?\r", "/conversations\r", "/open last\r", private=True)
    assert len(assistant.histories[1]) == 2
    assert shown.count("Nothing is stored here") == 2
    assert list(tmp_path.iterdir()) == []


def test_a_conversation_that_cannot_be_stored_goes_on_with_one_warning(tmp_path: Path) -> None:
    (tmp_path / "conversations.sqlite").write_text("Dear Ada")
    assistant = Scripted([finished("An answer.")], load(data_dir=tmp_path))
    shown = talk(assistant, "What?\r", "And?\r", "So?\r")
    assert [len(history) for history in assistant.histories] == [0, 2, 4]
    assert shown.count("Warning: ") == 1
    assert "The conversation goes on without being stored." in shown
    assert (tmp_path / "conversations.sqlite").read_text() == "Dear Ada"
