"""``papertalk keys`` and ``papertalk users`` as whoever runs a server meets them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from assistant import access as module
from assistant.access import Access
from tests.command_line import Terminal, process_env, run, sentence

PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Argon2id with its least parameters: what is tested here is not how long it takes."""
    hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(module, "_hasher", lambda: hasher)


# ---- keys


def test_a_secret_is_printed_once_and_alone_on_standard_output(tmp_path: Path) -> None:
    made = run("keys", "create", "lab website", "--scope", "ingest", data=tmp_path)
    assert made.exit_code == 0
    assert re.fullmatch(r"pt_[0-9a-f]{12}_[\w-]{43}\n", made.stdout)
    assert made.stderr == (
        "This is the key 'lab website' (ingest). Keep it now: only its hash is stored, and it is not shown again.\n"
    )
    key = Access(tmp_path).keys.verify(made.stdout.strip())
    assert key is not None
    assert (key.name, key.scope) == ("lab website", "ingest")
    for listed in (run("keys", "list", data=tmp_path), run("keys", "list", "--json", data=tmp_path)):
        assert made.stdout.strip()[16:] not in listed.output


def test_a_key_as_json_can_be_taken_apart(tmp_path: Path) -> None:
    made = json.loads(run("keys", "create", "website", "--json", data=tmp_path).stdout)
    assert set(made) == {"id", "name", "scope", "created", "used", "key"}
    assert made["scope"] == "read"
    assert Access(tmp_path).keys.verify(made["key"])


def test_keys_are_listed_with_the_day_of_their_last_use(tmp_path: Path) -> None:
    secret = run("keys", "create", "website", data=tmp_path).stdout.strip()
    run("keys", "create", "notebook", "--scope", "admin", data=tmp_path)
    Access(tmp_path).keys.verify(secret)
    first, second = json.loads(run("keys", "list", "--json", data=tmp_path).stdout)
    assert (first["name"], second["name"], second["scope"]) == ("website", "notebook", "admin")
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", first["used"])
    assert second["used"] is None
    shown = run("keys", "list", data=tmp_path).stdout
    assert re.search(rf"^{first['id']} +website +read +{first['used']} +{first['used']}$", shown, re.MULTILINE)


def test_a_revoked_key_is_gone(tmp_path: Path) -> None:
    secret = run("keys", "create", "website", data=tmp_path).stdout.strip()
    identifier = secret.split("_")[1]
    assert run("keys", "revoke", identifier, data=tmp_path).stdout == f"revoked: website ({identifier})\n"
    assert Access(tmp_path).keys.verify(secret) is None
    assert sentence(run("keys", "revoke", identifier, data=tmp_path)) == (
        f"Error: There is no key '{identifier}'; 'papertalk keys list' shows their ids."
    )


def test_without_keys_or_users_the_next_step_is_said(tmp_path: Path) -> None:
    for what in ("keys", "users"):
        listed = run(what, "list", data=tmp_path)
        assert (listed.exit_code, listed.stdout) == (0, "")
        assert f"'papertalk {what} " in listed.stderr
        assert run(what, "list", "--json", data=tmp_path).stdout == "[]\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("scope", ["owner", "everything", ""])
def test_a_scope_that_cannot_be_given_is_wrong_usage(tmp_path: Path, scope: str) -> None:
    assert run("keys", "create", "website", "--scope", scope, data=tmp_path).exit_code == 2
    assert run("users", "add", "ada", "--scope", scope, data=tmp_path, stdin=PASSWORD).exit_code == 2
    assert Access(tmp_path).is_empty()


# ---- users


def test_a_password_is_read_from_standard_input(tmp_path: Path) -> None:
    added = run("users", "add", "Ada", "--scope", "ingest", data=tmp_path, stdin=f"{PASSWORD}\r\nsecond line\n")
    assert (added.stdout, added.exit_code) == ("added: ada (ingest)\n", 0)
    assert PASSWORD not in added.output
    user = Access(tmp_path).users.verify("ada", PASSWORD)
    assert user is not None
    assert user.scope == "ingest"


def test_a_password_is_no_argument(tmp_path: Path) -> None:
    assert run("users", "add", "ada", PASSWORD, data=tmp_path).exit_code == 2
    assert "--password" not in run("users", "add", "--help", data=tmp_path).stdout


def test_a_password_that_is_short_or_not_there_is_one_sentence(tmp_path: Path) -> None:
    for stdin in ("short\n", "", "\n"):
        assert "at least 12 characters" in sentence(run("users", "add", "ada", data=tmp_path, stdin=stdin))
    assert "at most 1024 bytes" in sentence(run("users", "add", "ada", data=tmp_path, stdin="x" * 5_000))
    assert Access(tmp_path).is_empty()


def test_a_terminal_asks_for_the_password_twice_and_does_not_show_it(tmp_path: Path) -> None:
    with Terminal("users", "add", "ada", env=process_env(tmp_path)) as terminal:
        terminal.see(r"Password \(12 characters at least\): ")
        terminal.type(f"{PASSWORD}\n")
        terminal.see(r"Repeat for confirmation: ")
        terminal.type(f"{PASSWORD}\n")
        terminal.see("added: ada")
        assert terminal.end() == 0
        assert PASSWORD not in terminal.shown
    assert [user.name for user in Access(tmp_path).users.list()] == ["ada"]


def test_another_password_logs_its_user_out(tmp_path: Path) -> None:
    run("users", "add", "ada", data=tmp_path, stdin=PASSWORD)
    access = Access(tmp_path)
    token = access.sessions.begin(access.users.find("ada"))
    changed = run("users", "password", "Ada", data=tmp_path, stdin="another password\n")
    assert changed.stdout == "changed: ada\n"
    assert access.sessions.user(token) is None
    assert access.users.verify("ada", "another password")


def test_users_are_listed_and_removed(tmp_path: Path) -> None:
    for name in ("kai", "ada"):
        run("users", "add", name, data=tmp_path, stdin=PASSWORD)
    listed = json.loads(run("users", "list", "--json", data=tmp_path).stdout)
    assert [(user["name"], user["scope"]) for user in listed] == [("ada", "read"), ("kai", "read")]
    assert "hash" not in listed[0]
    assert run("users", "remove", "kai", data=tmp_path).stdout == "removed: kai\n"
    assert re.search(r"^ada +read +\d{4}-\d\d-\d\d$", run("users", "list", data=tmp_path).stdout, re.MULTILINE)


@pytest.mark.parametrize("command", ["password", "remove"])
def test_a_user_that_there_is_not_is_one_sentence(tmp_path: Path, command: str) -> None:
    assert sentence(run("users", command, "nobody", data=tmp_path, stdin=PASSWORD)) == (
        "Error: There is no user 'nobody'; 'papertalk users list' shows their names."
    )


@pytest.mark.parametrize("command", ["keys create", "keys list", "keys revoke", "users add", "users list"])
def test_every_command_has_an_example(command: str) -> None:
    assert f"Example: papertalk {command}" in run(*command.split(), "--help", data="unused").stdout
