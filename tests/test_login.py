"""The web login on a real server behind the guard: the page, the session, and what strangers make of it."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from argon2 import PasswordHasher
from playwright.sync_api import Browser, expect

from assistant import access as access_module
from assistant.access import Access, Users
from assistant.settings import load
from assistant.surfaces.serve import login
from assistant.surfaces.serve.guard import Guard
from tests.test_access import PASSWORD, START, Clock
from tests.test_guard import Answer, Server, Start, application, running
from tests.web_axe import violations
from tests.web_chat import in_browser

WRONG = "The name or the password is not right."


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Argon2id with its least parameters: what is tested here is not how long it takes."""
    hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(access_module, "_hasher", lambda: hasher)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def start(tmp_path: Path, clock: Clock) -> Iterator[Start]:
    """Starts servers that take keys and logins, with the user 'ada' who may ingest."""
    with ExitStack() as open_ones:

        def started(**chosen: Any) -> Server:
            values = load(data_dir=tmp_path, **{"access": "keys", "login_limit": "1000/minute", **chosen})
            access = Access(tmp_path, clock)
            if not access.users.list():
                access.users.add("ada", PASSWORD, "ingest")
            app = application()
            app.router.routes.extend(login.routes(access, values))
            return Server(open_ones.enter_context(running(Guard(app, values, access, "127.0.0.1"))), access)

        yield started


def log_in(
    server: Server, name: str = "ada", password: str = PASSWORD, target: str | None = None, **headers: str
) -> Answer:
    fields = {"name": name, "password": password} | ({} if target is None else {"next": target})
    kind = "application/x-www-form-urlencoded"
    return server.post("/login", urlencode(fields), Content_Type=kind, **headers)


def session(answer: Answer) -> str:
    (cookie,) = answer.cookies
    return cookie.partition(";")[0]


# ---- logging in and out


def test_a_visitor_is_led_to_the_login_and_back(start: Start) -> None:
    server = start()
    sent_away = server.get("/?view=library&paper=a%20b", Accept="text/html,*/*")
    assert sent_away.status == 303
    assert sent_away.headers["location"] == "/login?next=%2F%3Fview%3Dlibrary%26paper%3Da%2520b"
    form = server.get(sent_away.headers["location"]).body.decode()
    assert 'name="next" value="/?view=library&amp;paper=a%20b"' in form
    answer = log_in(server, target="/?view=library&paper=a%20b")
    assert (answer.status, answer.headers["location"]) == (303, "/?view=library&paper=a%20b")
    assert server.get("/", Cookie=session(answer)).body == b"here"


def test_a_session_has_what_its_user_may_and_owns(start: Start) -> None:
    server = start()
    cookies = [session(log_in(server)), session(log_in(server, "ADA "))]
    told = [server.get("/api/v1/caller", Cookie=f"papertalk=x; {cookie}").json for cookie in cookies]
    assert told[0]["name"] == "ada"
    assert told[0]["scopes"] == ["ingest", "read"]
    assert told[0]["owner"] == told[1]["owner"]
    assert server.post("/api/v1/ingesting", Cookie=cookies[0]).status == 200
    assert server.send("DELETE", "/api/v1/library", Cookie=cookies[0]).status == 403


def test_the_cookie_is_out_of_reach_of_scripts_and_of_other_sites(start: Start) -> None:
    (cookie,) = log_in(start()).cookies
    assert re.fullmatch(r"papertalk_session=[\w-]{43}; HttpOnly; Max-Age=2592000; Path=/; SameSite=lax", cookie)


def test_over_https_the_cookie_is_bound_to_this_host(start: Start) -> None:
    server = start(trusted_proxies="127.0.0.1")
    secure = {"X_Forwarded_Proto": "https", "X_Forwarded_For": "192.0.2.7"}
    answer = log_in(server, **secure)
    (cookie,) = answer.cookies
    assert cookie.startswith("__Host-papertalk_session=")
    assert "; Secure" in cookie
    assert "Domain" not in cookie
    assert server.get("/", Cookie=session(answer), **secure).status == 200
    plain = session(answer).removeprefix("__Host-")
    assert server.get("/", Cookie=plain, **secure).status == 401


def test_logging_out_ends_the_session_on_the_server_too(start: Start) -> None:
    server = start()
    cookie = session(log_in(server))
    answer = server.post("/logout", b"", Cookie=cookie)
    assert (answer.status, answer.headers["location"]) == (303, "/login")
    assert "Max-Age=0" in answer.cookies[0]
    assert server.get("/", Cookie=cookie).status == 401
    assert server.post("/logout", b"").status == 303
    assert server.get("/logout").status == 303


def test_logging_in_again_ends_the_session_before(start: Start) -> None:
    server = start()
    before = session(log_in(server))
    after = session(log_in(server, Cookie=before))
    assert before != after
    assert server.get("/", Cookie=before).status == 401
    assert server.get("/", Cookie=after).status == 200


def test_a_session_that_is_over_leads_to_the_login_again(start: Start, clock: Clock) -> None:
    server = start()
    cookie = session(log_in(server))
    clock.at = START + access_module.IDLE * 1.01
    assert server.get("/", Cookie=cookie, Accept="text/html").headers["location"] == "/login"
    assert server.get("/api/v1/caller", Cookie=cookie).status == 401


def test_another_password_and_a_removal_log_out_everywhere(start: Start) -> None:
    server = start()
    cookie = session(log_in(server))
    server.access.users.set_password("ada", "another password")
    assert server.get("/", Cookie=cookie).status == 401
    cookie = session(log_in(server, password="another password"))
    server.access.users.remove("ada")
    assert server.get("/", Cookie=cookie).status == 401


def test_a_cookie_that_somebody_makes_up_is_worth_nothing(start: Start) -> None:
    server = start()
    for value in ("", "x", "A" * 43, "é" * 43, '"' + "A" * 43 + '"', "%00" * 20):
        cookie = f"papertalk_session={value}".encode().decode("latin-1")
        assert server.get("/", Cookie=cookie).status == 401


# ---- what is wrong


def test_what_is_wrong_is_not_told_apart(start: Start) -> None:
    server = start()
    tries = [("ada", "wrong password"), ("nobody", PASSWORD), ("", ""), ("ada", ""), ("ada", "x" * 100_000)]
    answers = [log_in(server, *one) for one in tries]
    assert {answer.status for answer in answers} == {403}
    assert all(f'role="alert" id="problem">{WRONG}<' in answer.body.decode() for answer in answers)
    assert not any(answer.cookies for answer in answers)


@pytest.mark.parametrize(
    "body", [b"", b"\xff\xfe", b"name=ada", b"&".join([b"a=b"] * 50), b"name=ada&name=kai&password=x", b"{}", b"%"]
)
def test_a_form_that_is_none_is_a_wrong_one(start: Start, body: bytes) -> None:
    assert start().post("/login", body).status == 403


def test_what_was_typed_comes_back_as_text_and_never_the_password(start: Start) -> None:
    answer = log_in(start(), '"><script>alert(1)</script>', "secret passphrase", '"><img src=x>')
    page = answer.body.decode()
    assert "<script" not in page
    assert "<img" not in page
    assert "secret passphrase" not in page


def test_a_login_that_cannot_be_looked_up_shows_no_path(start: Start, tmp_path: Path) -> None:
    server = start()
    for path in tmp_path.glob("access.sqlite3*"):
        path.write_bytes(b"damaged" * 1000)
    answer = log_in(server)
    assert answer.status == 503
    assert str(tmp_path) not in answer.body.decode()


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example", "//evil.example", "/\\evil.example", "\\\\evil.example", "/\t/evil.example",
        "/%0a/evil.example\n", "javascript:alert(1)", "evil.example", "", "/login", "/logout?x", "/" + "a" * 3000,
        "/\r\nX-Evil: 1", " //evil.example", "/ /evil", "///evil.example",
    ],
)  # fmt: skip
def test_the_login_leads_to_this_server_alone(start: Start, target: str) -> None:
    server = start()
    answer = log_in(server, target=target)
    assert (answer.status, answer.headers["location"]) == (303, "/")
    assert "x-evil" not in answer.headers


@pytest.mark.parametrize("target", ["/", "/?talk=abc&x=1", "/a//b", "/?q=é", "/?next=https://evil.example"])
def test_every_path_of_this_server_can_be_come_back_to(start: Start, target: str) -> None:
    answer = log_in(start(), target=target)
    assert answer.headers["location"] == quote(target, safe="/?&=:%")


def test_another_sites_page_can_log_nobody_in_or_out(start: Start) -> None:
    server = start()
    cookie = session(log_in(server))
    for headers in ({"Origin": "http://evil.example"}, {"Origin": "null"}, {"Sec_Fetch_Site": "cross-site"}):
        assert log_in(server, **headers).status == 403
        assert not log_in(server, **headers).cookies
        assert server.post("/logout", b"", Cookie=cookie, **headers).status == 403
    assert server.get("/", Cookie=cookie).status == 200
    assert log_in(server, Origin=f"http://127.0.0.1:{server.port}").status == 303


# ---- trying many passwords


def test_one_address_tries_a_few_passwords_and_then_waits(start: Start) -> None:
    server = start(login_limit="3/hour")
    statuses = [log_in(server, f"user{number}", "wrong password").status for number in range(5)]
    assert statuses == [403, 403, 403, 429, 429]
    answer = log_in(server)
    assert answer.status == 429
    assert 0 < int(answer.headers["retry-after"]) <= 3600
    assert answer.headers["ratelimit-policy"] == '"requests";q=3;w=3600'
    assert "There were too many tries; try again in" in answer.body.decode()


def through(address: str) -> dict[str, str]:
    return {"X_Forwarded_For": address}


def test_one_user_is_not_tried_from_many_addresses_either(start: Start) -> None:
    server = start(login_limit="3/hour", trusted_proxies="127.0.0.1")
    statuses = [log_in(server, "ada", "wrong", **through(f"192.0.2.{number}")).status for number in range(5)]
    assert statuses == [403, 403, 403, 429, 429]
    statuses = [log_in(server, " ADA", "wrong", **through(f"2001:db8:{number}::1")).status for number in range(2)]
    assert statuses == [429, 429]
    assert log_in(server, "kai", "wrong", **through("192.0.2.99")).status == 403


def test_a_user_gets_in_from_where_they_got_in_before_whatever_others_try(start: Start) -> None:
    server = start(login_limit="3/hour", trusted_proxies="127.0.0.1")
    assert log_in(server, **through("198.51.100.1")).status == 303
    for number in range(5):
        log_in(server, "ada", "wrong", **through(f"192.0.2.{number}"))
    assert log_in(server, **through("198.51.100.2")).status == 429
    assert log_in(server, **through("198.51.100.1")).status == 303


def test_addresses_that_one_customer_has_are_one(start: Start) -> None:
    server = start(login_limit="3/hour", trusted_proxies="127.0.0.1")
    statuses = [
        log_in(server, f"user{number}", "wrong", **through(f"2001:db8::{number}")).status for number in range(5)
    ]
    assert statuses == [403, 403, 403, 429, 429]


def test_whoever_is_logged_in_already_stays_so_while_others_try(start: Start) -> None:
    server = start(login_limit="2/hour")
    cookie = session(log_in(server))
    for _ in range(3):
        log_in(server, "ada", "wrong")
    assert server.get("/", Cookie=cookie).status == 200


def test_few_passwords_are_checked_at_once_and_few_wait(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    server = start()
    at_once, most, go_on = 0, 0, threading.Event()
    lock = threading.Lock()

    def verify(_: object, __: str, ___: str) -> None:
        nonlocal at_once, most
        with lock:
            at_once += 1
            most = max(most, at_once)
        assert go_on.wait(60)
        with lock:
            at_once -= 1

    monkeypatch.setattr(Users, "verify", verify)
    with ThreadPoolExecutor(40) as pool:
        coming = [pool.submit(log_in, server) for _ in range(40)]
        sent_away = [done.result() for _, done in zip(range(8), as_completed(coming), strict=False)]
        assert [answer.status for answer in sent_away] == [429] * 8
        assert sent_away[0].headers["retry-after"] == "1"
        go_on.set()
        statuses = [done.result().status for done in coming]
    assert sorted(statuses) == [403] * 32 + [429] * 8
    assert most == 2


# ---- the page


def test_the_page_carries_strict_headers_and_loads_its_style_alone(start: Start) -> None:
    server = start()
    page = server.get("/login")
    assert page.headers["cache-control"] == "no-store"
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    assert re.findall(r'(?:src|href)="([^"]*)"', page.body.decode()) == ["/login.css"]
    style = server.get("/login.css")
    assert style.headers["content-type"].startswith("text/css")
    assert "http" not in style.body.decode()


@in_browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_axe_finds_nothing_serious_and_a_browser_logs_in(
    start: Start, browser: Browser, scheme: str, width: int
) -> None:
    server = start()
    context = browser.new_context(viewport={"width": width, "height": 740}, color_scheme=scheme)  # type: ignore[arg-type]
    try:
        visitor = context.new_page()
        visitor.goto(f"http://127.0.0.1:{server.port}/?view=library")
        expect(visitor.get_by_label("Name")).to_be_focused()
        assert visitor.evaluate("document.documentElement.scrollWidth") <= width
        assert not violations(visitor)
        visitor.keyboard.type("ada")
        visitor.keyboard.press("Tab")
        visitor.keyboard.type("wrong password")
        visitor.keyboard.press("Enter")
        expect(visitor.get_by_role("alert")).to_have_text(WRONG)
        expect(visitor.get_by_label("Password")).to_be_focused()
        assert not violations(visitor)
        visitor.keyboard.type(PASSWORD)
        visitor.keyboard.press("Enter")
        visitor.wait_for_url("**/?view=library")
        assert visitor.text_content("body") == "here"
    finally:
        context.close()
