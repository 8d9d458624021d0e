"""Conversations on the command line: they go on, are listed, shown, exported, renamed, and deleted for good."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from assistant.answers import Answer, Plan
from assistant.conversations.store import Conversations, open_conversations
from tests.chat_server import Reply, serving_chat
from tests.command_line import Terminal, process_env, run, sentence, stored_library
from tests.pages import make_page, make_record

PAGE = make_page(
    make_record(
        "LoomNet: Weaving Sentences",
        authors="Ada Lovelace, Charles Babbage",
        abstract="Weaving is slow. We propose LoomNet, which weaves sentences from cards. "
        "LoomNet is 3.1 times faster than the baseline.",
        listing="12.5LGMar 3, 2021",
    ),
    make_record(
        "Coral Reefs under Warm Water",
        authors="Ada Lovelace, Kai Sea",
        abstract="Coral reefs bleach in warm water. We dive and count living polyps on 40 reefs.",
        listing="3.0QBJan 5, 2023",
    ),
)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return stored_library(PAGE, tmp_path_factory.mktemp("library"))


@pytest.fixture
def data(library: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(library, tmp_path / "data"))


@pytest.fixture
def stored(tmp_path: Path) -> Conversations:
    """The conversations of ``tmp_path``, where there is no library at all."""
    return open_conversations(tmp_path)


def begin(stored: Conversations, *questions: str, library: str = "ada") -> str:
    conversation = stored.start(library).id
    for question in questions or ("What drives looms?",):
        plan = Plan(question, question)
        stored.add(conversation, Answer(question, question, "**Cards** drive looms.", True, "extractive", plan))
    return conversation


def cited(stdout: str) -> set[str]:
    return {citation["paper"]["key"] for citation in json.loads(stdout)["citations"]}


# ---- going on


def test_a_chat_is_stored_and_a_question_goes_on_with_it(data: Path) -> None:
    assert run("chat", data=data, stdin="What is LoomNet?\n").exit_code == 0
    (row,) = json.loads(run("conversations", "--json", data=data).stdout)
    assert (row["title"], row["library"], row["questions"]) == ("What is LoomNet?", "ada", 1)
    answer = run("ask", "How much faster is it?", "--continue", "last", "--json", data=data)
    assert cited(answer.stdout) == {"lovelace2021loomnet"}
    (row,) = json.loads(run("conversations", "--json", data=data).stdout)
    assert row["questions"] == 2
    assert len(open_conversations(data).history(row["id"])) == 4


def test_a_chat_that_goes_on_shows_where_it_was_left(data: Path) -> None:
    run("chat", data=data, stdin="What is LoomNet?\n/title On looms\n")
    run("chat", data=data, stdin="Where do corals bleach?\n")
    looms = open_conversations(data).list()[1].id
    result = run("chat", "--continue", looms[:8], data=data, stdin="/sources\nHow much faster is it?\n")
    assert (result.exit_code, result.stderr) == (0, "")
    shown = result.stdout
    assert shown.startswith("On looms, question 1:\n> What is LoomNet?\n")
    assert "“We propose LoomNet, which weaves sentences from cards.”" in shown
    assert "3.1 times faster than the baseline" in shown
    assert open_conversations(data).get(looms).questions == 2
    assert run("chat", "--continue", data=data, stdin="").stdout.startswith("On looms, question 2:\n")


def test_a_conversation_goes_on_in_the_library_that_it_is_about(data: Path) -> None:
    begin(open_conversations(data), "What is LoomNet?")
    answer = run("ask", "What is LoomNet?", "--continue", "last", "--json", data=data, library="elsewhere")
    assert cited(answer.stdout) == {"lovelace2021loomnet"}
    other = begin(open_conversations(data), library="other")
    assert "about the library 'other'" in sentence(
        run("chat", "--continue", other, "--library", "ada", data=data, stdin="")
    )
    assert "There is no library 'other'" in sentence(run("ask", "What?", "--continue", other, data=data))
    assert "leave, and type 'papertalk chat --continue" in run("chat", data=data, stdin=f"/open {other}\n").stderr


def test_what_cannot_go_on_is_one_sentence(data: Path) -> None:
    for arguments in (["ask", "What?", "--continue", "last"], ["chat", "--continue"]):
        assert "There is no conversation yet" in sentence(run(*arguments, data=data, stdin=""))
    begin(open_conversations(data))
    assert "id begins with 'nothing'" in sentence(run("chat", "--continue", "nothing", data=data, stdin=""))
    history = data / "history.json"
    for wrong in (
        ["ask", "What?", "--continue", "last", "--history", str(history)],
        ["chat", "--continue", "--private"],
        ["chat", "an-id"],
    ):
        assert run(*wrong, data=data, stdin="").exit_code == 2


def test_an_answer_is_given_where_it_cannot_be_stored(data: Path) -> None:
    stored = open_conversations(data)
    begin(stored, "What is LoomNet?")
    file = data / "conversations.sqlite"
    content = file.read_bytes()
    file.write_bytes(b"Dear Ada")
    result = run("chat", data=data, stdin="What is LoomNet?\nHow much faster is it?\n")
    assert result.exit_code == 0
    assert "3.1 times faster than the baseline" in result.stdout
    assert re.fullmatch(r"Warning: The file of conversations .* without being stored\.\n", result.stderr)
    assert "damaged or not Papertalk's" in sentence(run("conversations", data=data))
    file.write_bytes(content)
    assert len(stored.list()) == 1


def test_a_private_chat_stores_nothing(data: Path) -> None:
    before = sorted(path.name for path in data.iterdir())
    result = run("chat", "--private", data=data, stdin="What is LoomNet?\nHow much faster is it?\n/export talk.md\n")
    assert "3.1 times faster than the baseline" in result.stdout
    assert sorted(path.name for path in data.iterdir()) == before
    assert "## 2. How much faster is it?" in Path("talk.md").read_text(encoding="utf-8")


def test_the_commands_of_a_chat_list_open_export_and_delete(data: Path) -> None:
    lines = [
        "/title Too soon", "/delete", "/export talk.md",
        "What is LoomNet?", "/title", "/title  On looms ", "/export talk.txt", "/export talk.json",
        "/new", "Where do corals bleach?", "/conversations",
        "/open", "/open nothing", "/delete", "/delete yes",
        "/open last", "How much faster is it?",
    ]  # fmt: skip
    result = run("chat", data=data, stdin="\n".join(lines))
    said = result.stderr.splitlines()
    assert said[:3] == ["This conversation has not begun; ask something first."] * 3
    assert said[3] == "Name it: /title NAME."
    assert said[4].startswith("Error: A conversation is exported as .md, .json or .bib;")
    assert said[5].startswith("Name the conversation: /open ID")
    assert "begins with 'nothing'" in said[6]
    assert len(said) == 7
    assert json.loads(Path("talk.json").read_text(encoding="utf-8"))["title"] == "On looms"
    assert re.search(r" ada +1  Where do corals bleach\?\n.* ada +1  On looms\n", result.stdout)
    assert "/delete yes deletes this conversation of 1 question for good." in result.stdout
    assert "On looms, question 1:\n> What is LoomNet?\n" in result.stdout
    assert "3.1 times faster" in result.stdout.rpartition("On looms, question 1:")[2]
    assert [(row.title, row.questions) for row in open_conversations(data).list()] == [("On looms", 2)]


def test_a_conversation_that_was_deleted_elsewhere_begins_anew(data: Path) -> None:
    with Terminal("chat", env=process_env(data)) as terminal:
        terminal.see(">")
        terminal.type("What is LoomNet?\r")
        terminal.see(r"\[1\] Lovelace")
        terminal.see(">")
        stored = open_conversations(data)
        stored.delete_all()
        terminal.type("Where do corals bleach?\r")
        terminal.see(r"\[1\] Lovelace")
        terminal.see(">")
        terminal.type("\x04")
        assert terminal.end() == 0
    assert [row.title for row in stored.list()] == ["Where do corals bleach?"]


# ---- listing, showing, exporting


def test_conversations_are_listed_without_any_library(stored: Conversations, tmp_path: Path) -> None:
    looms, corals = begin(stored), begin(stored, "Where do corals bleach?", "Why?", library="other")
    lines = run("conversations", data=tmp_path).stdout.splitlines()
    assert lines[0].split() == ["id", "last", "library", "questions", "title"]
    row = r"{} +\d{{4}}-\d\d-\d\d \d\d:\d\d +{} +{}  {}"
    assert re.fullmatch(row.format(corals[:8], "other", 2, r"Where do corals bleach\?"), lines[1])
    assert re.fullmatch(row.format(looms[:8], "ada", 1, r"What drives looms\?"), lines[2])
    rows = json.loads(run("conversations", "--json", data=tmp_path).stdout)
    assert [row["id"] for row in rows] == [corals, looms]
    assert set(rows[0]) == {"id", "library", "title", "started", "changed", "questions"}


def test_the_list_can_be_searched_and_narrowed(stored: Conversations, tmp_path: Path) -> None:
    looms, corals = begin(stored), begin(stored, "Where do corals bleach?", library="other")
    for options, found in {
        ("--search", "WHERE DO"): [corals],
        ("--search", "cards DRIVE"): [corals, looms],
        ("--library", "ada"): [looms],
        ("--library", "ada", "--search", "corals"): [],
    }.items():
        rows = json.loads(run("conversations", *options, "--json", data=tmp_path).stdout)
        assert [row["id"] for row in rows] == found
    none = run("conversations", "--search", "squid", data=tmp_path)
    assert (none.exit_code, none.stdout, none.stderr) == (0, "", "No conversation holds 'squid'.\n")
    assert run("conversations", "--search", " ", data=tmp_path).exit_code == 2
    assert "'library' (PAPERTALK_LIBRARY)" in sentence(run("conversations", "--library", "../x", data=tmp_path))


def test_where_nothing_is_stored_nothing_is_made(tmp_path: Path) -> None:
    folder = tmp_path / "nowhere"
    none = run("conversations", data=folder)
    assert (none.exit_code, none.stdout, none.stderr) == (0, "", "There is no conversation yet.\n")
    assert run("conversations", "--json", data=folder).stdout == "[]\n"
    assert "There is no conversation yet" in sentence(run("conversations", "show", "last", data=folder))
    assert run("conversations", "delete", "--all", data=folder).stdout == "deleted: 0\nleft: 0\n"
    assert not folder.exists()


def test_show_prints_a_whole_conversation(stored: Conversations, tmp_path: Path) -> None:
    conversation = begin(stored, "What drives looms?", "Why?")
    shown = run("conversations", "show", conversation[:5], data=tmp_path).stdout
    assert re.match(r"What drives looms\? \(library ada, \d{4}-\d\d-\d\d \d\d:\d\d\)\n\n> What drives looms\?\n", shown)
    assert shown.count("Cards drive looms.") == 2
    row = json.loads(run("conversations", "--json", "show", conversation, data=tmp_path).stdout)
    assert [exchange["question"] for exchange in row["exchanges"]] == ["What drives looms?", "Why?"]


def test_what_acts_on_a_terminal_is_not_shown(stored: Conversations, tmp_path: Path) -> None:
    conversation = begin(stored, "What is \x1b]0;title\x07 this?")
    for arguments in (
        [],
        ["--json"],
        ["show", conversation],
        ["export", "last"],
        ["export", "last", "--format", "json"],
        ["export", "last", "--format", "bibtex"],
    ):
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", run("conversations", *arguments, data=tmp_path).stdout)


def test_an_export_goes_to_standard_output_or_to_a_file(stored: Conversations, tmp_path: Path) -> None:
    conversation = begin(stored)
    markdown = run("conversations", "export", conversation, data=tmp_path).stdout
    assert markdown.startswith("# What drives looms?\n")
    assert json.loads(run("conversations", "export", "last", "--format", "json", data=tmp_path).stdout)["exchanges"]
    for name, form in {"talk.md": None, "talk.json": None, "talk.txt": "json"}.items():
        options = ["--format", form] if form else []
        result = run("conversations", "export", "last", "-o", name, *options, data=tmp_path)
        assert (result.stdout, result.stderr) == ("", f"saved: {name}\n")
    assert Path("talk.md").read_text(encoding="utf-8") == markdown
    assert Path("talk.json").read_text(encoding="utf-8") == Path("talk.txt").read_text(encoding="utf-8")
    failed = run("conversations", "export", "last", "-o", str(tmp_path / "no" / "talk.md"), data=tmp_path)
    assert "cannot be written (No such file" in sentence(failed)
    assert run("conversations", "export", "last", "--format", "pdf", data=tmp_path).exit_code == 2


def test_what_a_conversation_cites_is_exported_as_bibtex(data: Path) -> None:
    run("chat", data=data, stdin="What is LoomNet?\nHow much faster is it?\nWhich papers are on coral reefs?\n")
    shown = run("conversations", "export", "last", "--format", "bibtex", data=data)
    assert (shown.exit_code, shown.stderr) == (0, "")
    assert re.findall(r"@\w+\{(\w+),", shown.stdout) == ["lovelace2021loomnet", "lovelace2023coral"]
    assert "month = mar" in shown.stdout
    assert "abstract = {Weaving is slow." in shown.stdout
    run("conversations", "export", "last", "-o", "cited.bib", data=data)
    assert Path("cited.bib").read_text(encoding="utf-8") == shown.stdout


def test_without_the_library_bibtex_has_what_the_answers_hold(data: Path) -> None:
    run("chat", data=data, stdin="What is LoomNet?\n")
    shutil.rmtree(data / "libraries")
    shown = run("conversations", "export", "last", "--format", "bibtex", data=data)
    assert shown.exit_code == 0
    assert re.match(r"warning: There is no library 'ada' .*only what the answers hold\.\n$", shown.stderr, re.DOTALL)
    assert shown.stdout.startswith("@misc{lovelace2021loomnet,\n  author = {Ada Lovelace and Charles Babbage},")
    assert not (data / "libraries").exists()


# ---- renaming, deleting


def test_a_conversation_is_renamed(stored: Conversations, tmp_path: Path) -> None:
    conversation = begin(stored)
    result = run("conversations", "rename", conversation[:8], "On", "looms", data=tmp_path)
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "renamed: On looms\n")
    assert stored.get(conversation).title == "On looms"
    assert "title cannot be empty" in sentence(run("conversations", "rename", "last", " ", data=tmp_path))


def test_deleting_asks_first(stored: Conversations, tmp_path: Path) -> None:
    first, second = begin(stored), begin(stored)
    refused = run("conversations", "delete", first, data=tmp_path, stdin="n\n")
    assert refused.exit_code == 1
    assert "Delete 'What drives looms?' for good?" in refused.stderr
    assert len(stored.list()) == 2
    result = run("conversations", "delete", first[:8], data=tmp_path, stdin="y\n")
    assert result.exit_code == 0
    assert result.stdout.endswith("deleted: 1\nleft: 1\n")
    assert [row.id for row in stored.list()] == [second]


def test_several_or_all_are_deleted_without_asking_where_one_says_so(stored: Conversations, tmp_path: Path) -> None:
    first, second, _ = begin(stored), begin(stored), begin(stored, library="other")
    begin(stored, library="other")
    assert "begins with 'nothing'" in sentence(run("conversations", "delete", first, "nothing", "--yes", data=tmp_path))
    assert len(stored.list()) == 4
    result = run("conversations", "delete", first, second, "--yes", data=tmp_path)
    assert result.stdout == "deleted: 2\nleft: 2\n"
    begin(stored)
    result = run("conversations", "delete", "--all", "--library", "other", "--yes", "--json", data=tmp_path)
    assert json.loads(result.stdout) == {"deleted": 2, "left": 1}
    assert run("conversations", "delete", "--all", "-y", data=tmp_path).stdout == "deleted: 1\nleft: 0\n"
    assert b"Cards" not in (tmp_path / "conversations.sqlite").read_bytes()


def test_deleting_says_what_it_deletes(stored: Conversations, tmp_path: Path) -> None:
    conversation = begin(stored)
    for wrong in ([], [conversation, "--all"], [conversation, "--library", "ada"]):
        assert run("conversations", "delete", *wrong, "--yes", data=tmp_path).exit_code == 2
    assert len(stored.list()) == 1


def test_each_command_has_an_example(tmp_path: Path) -> None:
    for name in ("show", "export", "rename", "delete"):
        assert f"Example: papertalk conversations {name} " in run("conversations", name, "--help", data=tmp_path).stdout
    assert "Example: papertalk feedback export " in run("feedback", "export", "--help", data=tmp_path).stdout


# ---- feedback


def test_feedback_is_listed_newest_first(stored: Conversations, tmp_path: Path) -> None:
    none = run("feedback", data=tmp_path)
    assert (none.exit_code, none.stdout, none.stderr) == (0, "", "There is no feedback yet.\n")
    conversation, other = begin(stored, "What drives looms?", "Why?"), begin(stored, "Where?", library="other")
    stored.rate(conversation, 1, True)
    stored.rate(conversation, 2, False, "Not the\nreason.")
    stored.rate(other, 1, False)
    lines = run("feedback", data=tmp_path).stdout.splitlines()
    assert lines[0].split() == ["at", "library", "useful", "question", "reason"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d +ada +no +Why\? +Not the reason\.", lines[2])
    rows = json.loads(run("feedback", "--not-useful", "--library", "ada", "--json", data=tmp_path).stdout)
    assert [(row["question"], row["useful"], row["reason"]) for row in rows] == [("Why?", False, "Not the\nreason.")]
    assert set(rows[0]) == {"conversation", "number", "library", "question", "useful", "reason", "at", "answer"}
    assert "no such feedback" in run("feedback", "--library", "nobody", data=tmp_path).stderr
    assert "'library' (PAPERTALK_LIBRARY)" in sentence(run("feedback", "--library", "../x", data=tmp_path))


def test_useful_answers_are_exported_as_questions_that_eval_reads(data: Path, tmp_path: Path) -> None:
    run("chat", data=data, stdin="What is LoomNet?\nHow much faster is it?\nWhere do corals bleach?\n")
    stored = open_conversations(data)
    (row,) = stored.list()
    stored.rate(row.id, 1, True)
    stored.rate(row.id, 2, True)
    stored.rate(row.id, 3, False, "I meant lakes.")
    file = tmp_path / "questions.jsonl"
    exported = run("feedback", "export", "-o", str(file), data=data)
    assert (exported.exit_code, exported.stdout, exported.stderr) == (0, "", f"saved: {file}\n")
    report = json.loads(run("eval", str(file), "--json", data=data).stdout)["kinds"][-1]
    assert (report["questions"], report["right"], report["citation_recall"]) == (2, 1.0, 1.0)
    (line,) = run("feedback", "--not-useful", "export", data=data).stdout.splitlines()
    assert line == run("feedback", "export", "--not-useful", data=data).stdout.strip()
    assert json.loads(line)["reason"] == "I meant lakes."
    assert "gold_papers" not in json.loads(line)


def test_questions_about_several_libraries_are_not_put_into_one_file(stored: Conversations, tmp_path: Path) -> None:
    file = tmp_path / "questions.jsonl"
    none = run("feedback", "export", "-o", str(file), data=tmp_path)
    assert (none.exit_code, none.stderr) == (0, "There is no such feedback yet.\n")
    assert not file.exists()
    stored.rate(begin(stored), 1, True)
    stored.rate(begin(stored, library="other"), 1, True)
    assert "several libraries, 'ada', 'other'; choose one" in sentence(run("feedback", "export", data=tmp_path))
    assert run("feedback", "export", "--library", "ada", "-o", str(file), data=tmp_path).exit_code == 0
    assert len(file.read_text(encoding="utf-8").splitlines()) == 1


# ---- with a chat model


def test_a_generated_answer_marks_what_no_passage_supports_and_ctrl_c_ends_the_request(data: Path) -> None:
    said = "LoomNet weaves sentences from cards [1]. LoomNet won a prize in 1843 [1]."
    with serving_chat() as server:
        server.will_say(said, '{"verdicts": []}', Reply(trouble="silence"))
        env = process_env(data, PAPERTALK_CHAT_MODEL="openai:scripted", PAPERTALK_CHAT_URL=server.url)
        with Terminal("chat", env=env, columns=200) as terminal:
            terminal.see(">")
            terminal.type("What is LoomNet?\r")
            terminal.see(r"won a prize in 1843\. ✗ not supported: ")
            terminal.see(r"2 sentences checked against the passages, 1 not supported · .*scripted.* tokens")
            terminal.see(">")
            terminal.type("How does LoomNet work?\r")
            assert server.waiting.wait(60)
            terminal.type("\x03")
            terminal.see("Stopped")
            assert server.hung_up.wait(60)
            terminal.see(">")
            terminal.type("\x04")
            assert terminal.end() == 0
    (row,) = open_conversations(data).list()
    assert [exchange.question for exchange in open_conversations(data).exchanges(row.id)] == ["What is LoomNet?"]
    assert "1843" not in open_conversations(data).to_markdown(row.id)
