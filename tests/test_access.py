"""API keys, users and sessions: what is made, what is stored of it, and when it is over."""

from __future__ import annotations

import hmac
import sqlite3
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from assistant import access as module
from assistant.access import GIVEN, IDLE, LONGEST, Access, including
from assistant.errors import AccessError

PASSWORD = "correct horse battery"
START = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.at = START

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def access(tmp_path: Path, clock: Clock) -> Access:
    return Access(tmp_path, clock)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Argon2id with its least parameters: what is tested here is not how long it takes."""
    hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(module, "_hasher", lambda: hasher)


def everything_in(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_each_scope_includes_those_before_it() -> None:
    assert including("read") == {"read"}
    assert including("admin") == {"read", "ingest", "admin"}
    assert including("owner") == {"read", "ingest", "admin", "owner"}


# ---- keys


def test_a_key_is_known_by_its_secret_and_by_nothing_else(access: Access) -> None:
    key, secret = access.keys.create("lab website", "ingest")
    assert secret.startswith(f"pt_{key.id}_")
    known = access.keys.verify(secret)
    assert known is not None
    assert (known.id, known.name, known.owner) == (key.id, "lab website", key.owner)
    assert known.scopes == {"read", "ingest"}
    for other in ("", "pt_", secret[:-1], secret + "A", secret.upper(), f"pt_{'0' * 12}_{secret[16:]}", "é" * 60):
        assert access.keys.verify(other) is None


def test_the_secret_of_a_key_lies_nowhere(access: Access, tmp_path: Path) -> None:
    _, secret = access.keys.create("website")
    access.keys.verify(secret)
    stored = everything_in(tmp_path)
    assert secret.encode() not in stored
    assert secret[16:].encode() not in stored


def test_a_key_counts_as_used_by_the_day(access: Access, clock: Clock) -> None:
    _, secret = access.keys.create("website")
    assert access.keys.list()[0].used is None
    for hours in (0, 5, 30):
        clock.at = START + timedelta(hours=hours)
        access.keys.verify(secret)
    assert access.keys.list()[0].used == datetime(2026, 3, 2).date()


def test_a_revoked_key_is_refused_by_every_process_with_the_next_request(access: Access, tmp_path: Path) -> None:
    key, secret = access.keys.create("website")
    served = Access(tmp_path)
    assert served.keys.verify(secret)
    access.keys.revoke(key.id)
    assert served.keys.verify(secret) is None
    with pytest.raises(AccessError, match="keys list"):
        access.keys.revoke(key.id)


def test_what_is_listed_of_a_key_holds_no_secret(access: Access) -> None:
    key, secret = access.keys.create("website", "read")
    (listed,) = access.keys.list()
    assert listed == key
    assert set(listed.to_dict()) == {"id", "name", "scope", "created", "used"}
    assert secret[16:] not in str(listed)
    assert listed.owner not in str(listed.to_dict())


def test_secrets_are_compared_in_constant_time(access: Access, monkeypatch: pytest.MonkeyPatch) -> None:
    _, secret = access.keys.create("website")
    compared: list[tuple[int, int]] = []

    def compare(one: str, other: str) -> bool:
        compared.append((len(one), len(other)))
        return one == other

    monkeypatch.setattr(hmac, "compare_digest", compare)
    assert access.keys.verify(secret)
    assert access.keys.verify(secret[:-1] + ("A" if secret[-1] != "A" else "B")) is None
    assert compared == [(64, 64), (64, 64)]


@pytest.mark.parametrize("name", ["", "  ", "x" * 65, "two\nlines", "\x1b[31mred"])
def test_a_key_has_a_name_that_fits_on_a_line(access: Access, name: str) -> None:
    with pytest.raises(AccessError, match="one line of 1 to 64 characters"):
        access.keys.create(name)


def test_the_scope_of_this_machines_user_cannot_be_given(access: Access) -> None:
    for scope in ("owner", "everything"):
        with pytest.raises(AccessError, match=r"choose one of read, ingest, admin\."):
            access.keys.create("website", scope)  # type: ignore[arg-type]
    assert [access.keys.create(scope, scope)[0].scope for scope in GIVEN] == list(GIVEN)


# ---- users


@pytest.mark.usefixtures("quick")
def test_a_user_is_known_by_name_and_password(access: Access) -> None:
    user = access.users.add("Ada", PASSWORD, "ingest")
    assert access.users.verify(" ADA ", PASSWORD) == user
    assert user.scopes == {"read", "ingest"}
    for name, password in (("ada", PASSWORD + " "), ("ada", ""), ("kai", PASSWORD), ("", ""), ("ada", "x" * 9_999_999)):
        assert access.users.verify(name, password) is None


def test_a_password_is_hashed_as_rfc_9106_recommends(access: Access, tmp_path: Path) -> None:
    access.users.add("ada", PASSWORD)
    with sqlite3.connect(tmp_path / "access.sqlite3") as database:
        ((stored,),) = database.execute("SELECT hash FROM users").fetchall()
    database.close()
    assert stored.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert PASSWORD.encode() not in everything_in(tmp_path)


def test_a_hash_of_old_parameters_is_made_anew_at_the_next_login(
    access: Access, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    new = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1)
    monkeypatch.setattr(module, "_hasher", lambda: old)
    access.users.add("ada", PASSWORD)
    monkeypatch.setattr(module, "_hasher", lambda: new)
    assert access.users.verify("ada", PASSWORD)
    (row,) = access.users._file.rows("SELECT hash FROM users")
    assert "m=16,t=2" in row[0]
    assert access.users.verify("ada", PASSWORD)


def test_a_name_that_there_is_not_costs_as_much_as_a_wrong_password(
    access: Access, monkeypatch: pytest.MonkeyPatch
) -> None:
    verified: list[str] = []

    class Counting(PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> bool:  # type: ignore[override]  # noqa: A002
            verified.append(str(hash).rpartition("$")[0].rpartition("$")[0])
            return super().verify(hash, password)

    hasher = Counting(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(module, "_hasher", lambda: hasher)
    access.users.add("ada", PASSWORD)
    access.users.verify("nobody", "wrong password")
    access.users.verify("ada", "wrong password")
    assert len(verified) == 2
    assert len(set(verified)) == 1


@pytest.mark.usefixtures("quick")
def test_letters_count_the_same_however_a_keyboard_composes_them(access: Access) -> None:
    access.users.add("josé", "contraseña-española")
    assert access.users.verify("jose\u0301", "contrasen\u0303a-espan\u0303ola")


@pytest.mark.usefixtures("quick")
def test_a_password_is_neither_short_nor_endless(access: Access) -> None:
    with pytest.raises(AccessError, match="at least 12 characters"):
        access.users.add("ada", "x" * 11)
    with pytest.raises(AccessError, match="at most 1024 bytes"):
        access.users.add("ada", "é" * 513)
    access.users.add("ada", "é" * 512)
    assert access.users.verify("ada", "é" * 512)
    assert access.users.verify("ada", "é" * 512 + "x") is None


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("name", ["", "two words", "a" * 65, "<b>", "a\nb", "../etc", "-x", "a\x00"])
def test_a_name_is_a_word(access: Access, name: str) -> None:
    with pytest.raises(AccessError, match="A user's name is"):
        access.users.add(name, PASSWORD)


@pytest.mark.usefixtures("quick")
def test_a_name_is_taken_once(access: Access) -> None:
    access.users.add("ada", PASSWORD)
    with pytest.raises(AccessError, match="There is a user 'ada' already"):
        access.users.add("ADA", PASSWORD)
    access.users.add("kai", PASSWORD)
    assert [user.name for user in access.users.list()] == ["ada", "kai"]


@pytest.mark.usefixtures("quick")
def test_an_unknown_user_cannot_be_changed_or_removed(access: Access) -> None:
    for change in (access.users.remove, access.users.find, lambda name: access.users.set_password(name, PASSWORD)):
        with pytest.raises(AccessError, match=r"no user 'nobody'; 'papertalk users list'"):
            change("nobody")


# ---- sessions


@pytest.mark.usefixtures("quick")
def test_a_session_is_its_users_until_they_log_out(access: Access, tmp_path: Path) -> None:
    user = access.users.add("ada", PASSWORD)
    token, other = access.sessions.begin(user), access.sessions.begin(user)
    assert token.encode() not in everything_in(tmp_path)
    assert access.sessions.user(token) == user
    for wrong in ("", token[:-1], token + "A", "é" * 43):
        assert access.sessions.user(wrong) is None
    access.sessions.end(token)
    access.sessions.end(token)
    assert access.sessions.user(token) is None
    assert access.sessions.user(other) == user


@pytest.mark.usefixtures("quick")
def test_a_session_that_nobody_uses_ends_after_twelve_hours(access: Access, clock: Clock) -> None:
    token = access.sessions.begin(access.users.add("ada", PASSWORD))
    for hours in (11, 22, 33):
        clock.at = START + timedelta(hours=hours)
        assert access.sessions.user(token)
    clock.at += IDLE + timedelta(seconds=1)
    assert access.sessions.user(token) is None


@pytest.mark.usefixtures("quick")
def test_a_session_that_is_used_ends_after_thirty_days(access: Access, clock: Clock) -> None:
    token = access.sessions.begin(access.users.add("ada", PASSWORD))
    while clock.at < START + LONGEST:
        assert access.sessions.user(token)
        clock.at += timedelta(hours=11)
    assert access.sessions.user(token) is None


@pytest.mark.usefixtures("quick")
def test_sessions_that_are_over_are_forgotten(access: Access, clock: Clock) -> None:
    user = access.users.add("ada", PASSWORD)
    for _ in range(3):
        access.sessions.begin(user)
        clock.at += timedelta(days=1)
    (row,) = access.sessions._file.rows("SELECT count(*) FROM sessions")
    assert row[0] == 1


@pytest.mark.usefixtures("quick")
def test_another_password_ends_all_sessions_of_its_user(access: Access) -> None:
    ada, kai = access.users.add("ada", PASSWORD), access.users.add("kai", PASSWORD)
    tokens = [access.sessions.begin(ada), access.sessions.begin(ada)]
    other = access.sessions.begin(kai)
    access.users.set_password("ada", "another password")
    assert [access.sessions.user(token) for token in tokens] == [None, None]
    assert access.sessions.user(other) == kai
    assert access.users.verify("ada", PASSWORD) is None
    assert access.users.verify("ada", "another password")


@pytest.mark.usefixtures("quick")
def test_a_user_who_is_removed_is_logged_out_and_stays_out(access: Access) -> None:
    user = access.users.add("ada", PASSWORD)
    token = access.sessions.begin(user)
    access.users.remove("Ada")
    assert access.sessions.user(token) is None
    assert access.users.verify("ada", PASSWORD) is None
    with pytest.raises(AccessError, match="no user 'ada'"):
        access.sessions.begin(user)
    again = access.users.add("ada", PASSWORD)
    assert again.owner != user.owner
    assert access.sessions.user(token) is None


# ---- the file


def test_looking_makes_no_file(access: Access, tmp_path: Path) -> None:
    assert access.is_empty()
    assert access.sessions.user("A" * 43) is None
    assert list(tmp_path.iterdir()) == []
    access.keys.create("website")
    assert not access.is_empty()


def test_only_its_owner_can_read_the_file(access: Access, tmp_path: Path) -> None:
    access.keys.create("website")
    with access.keys._file.writing() as database:
        database.execute("DELETE FROM keys")
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert set(modes) == {"access.sqlite3", "access.sqlite3-journal"}
    assert set(modes.values()) == {0o600}


def test_many_may_make_the_file_at_once(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda number: Access(tmp_path).keys.create(f"key {number}"), range(24)))
    assert {key.id for key in Access(tmp_path).keys.list()} == {key.id for key, _ in made}


@pytest.mark.parametrize("content", [b"not a database, but long enough to be read as one" * 40, b"SQLite format 3\x00"])
def test_a_damaged_file_is_one_sentence_and_stays_as_it_is(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "access.sqlite3"
    path.write_bytes(content)
    access = Access(tmp_path)
    for use in (access.keys.list, lambda: access.keys.create("website"), lambda: access.sessions.user("A" * 43)):
        with pytest.raises(AccessError, match=r"keys and users .*access\.sqlite3"):
            use()
    assert path.read_bytes() == content


def test_a_file_of_something_else_is_refused_and_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "access.sqlite3"
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE keys (id)")
    database.close()
    before = path.read_bytes()
    with pytest.raises(AccessError, match="not one of keys and users"):
        Access(tmp_path).keys.list()
    assert path.read_bytes() == before


def test_a_folder_that_is_a_file_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("", encoding="utf-8")
    with pytest.raises(AccessError, match=r"cannot be used: .*--data-dir"):
        Access(tmp_path / "data").keys.create("website")
