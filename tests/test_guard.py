"""The guard on a real server: what it lets in, what it sends away, and what every answer carries."""

from __future__ import annotations

import asyncio
import http.client
import ipaddress
import json
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import uvicorn
from fastapi import FastAPI, Request, UploadFile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.responses import JSONResponse, PlainTextResponse, Response

from assistant.access import Access
from assistant.errors import ConfigError
from assistant.settings import load
from assistant.surfaces.serve import login
from assistant.surfaces.serve.callers import caller_of, needs, request_id
from assistant.surfaces.serve.guard import Guard, Pages
from assistant.surfaces.serve.limits import Pace, Rates, sender_at
from assistant.surfaces.serve.listening import refuse_binding
from assistant.surfaces.serve.sent import Sent

TOKEN = "a-token-of-this-machine"


def application() -> FastAPI:
    """A small application that says what reached it."""
    app = FastAPI(openapi_url=None)

    @app.get("/api/v1/caller")
    @app.get("/v1/models")
    async def caller(request: Request) -> dict[str, Any]:
        found = caller_of(request)
        told = {"name": found.name, "scopes": sorted(found.scopes), "owner": found.owner}
        address = request.client.host if request.client else ""
        return {**told, "id": request_id.get(), "address": address, "scheme": request.url.scheme}

    @app.post("/api/v1/ask", dependencies=[needs("read")])
    @app.post("/api/v1/ingesting", dependencies=[needs("ingest")])
    @app.delete("/api/v1/library", dependencies=[needs("admin")])
    @app.get("/api/v1/own", dependencies=[needs("owner")])
    async def allowed() -> str:
        return "allowed"

    @app.post("/api/v1/body")
    @app.put("/upload/paper.pdf")
    async def body(request: Request) -> int:
        return len(await request.body())

    @app.post("/api/v1/json")
    async def parsed(content: dict[str, Any]) -> int:
        return len(content)

    @app.post("/api/v1/form")
    async def form(file: UploadFile) -> int:
        return len(await file.read())

    @app.post("/api/v1/unread")
    async def unread() -> str:
        return "not read"

    @app.get("/api/v1/headers")
    async def headers() -> Response:
        return JSONResponse({}, headers={"Cache-Control": "public", "Content-Security-Policy": "default-src *"})

    @app.get("/healthz")
    @app.get("/readyz")
    @app.get("/metrics")
    @app.post("/gradio_api/run/predict")
    @app.post("/gradio_api/queue/join")
    @app.get("/gradio_api/file=/etc/passwd")
    @app.get("/")
    async def anything() -> Response:
        return PlainTextResponse("here")

    return app


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes
    cookies: list[str]

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Server:
    port: int
    access: Access
    refused: list[str] = field(default_factory=list)

    def send(self, method: str, path: str, body: Any = None, /, **headers: str) -> Answer:
        """Headers as names with underscores; a Host of its own takes the place of the usual one."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            connection.request(method, path, body, named)
            answer = connection.getresponse()
            pairs = [(name.lower(), value) for name, value in answer.getheaders()]
            cookies = [value for name, value in pairs if name == "set-cookie"]
            return Answer(answer.status, dict(pairs), answer.read(), cookies)
        finally:
            connection.close()

    def get(self, path: str, /, **headers: str) -> Answer:
        return self.send("GET", path, **headers)

    def post(self, path: str, body: Any = b"{}", /, **headers: str) -> Answer:
        return self.send("POST", path, body, **headers)

    def key(self, scope: Any = "read") -> str:
        return f"Bearer {self.access.keys.create('a key', scope)[1]}"

    def raw(self, content: bytes) -> bytes:
        """All that is answered to these bytes until the server closes the connection."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=60) as connection:
            connection.sendall(content)
            return b"".join(iter(lambda: connection.recv(65_536), b""))


@contextmanager
def running(app: Any) -> Iterator[int]:
    """The port of a server on loopback."""
    config = uvicorn.Config(
        app,
        http="h11",
        ws="none",
        log_level="critical",
        proxy_headers=False,
        lifespan="off",
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            yield int(listener.getsockname()[1])
        finally:
            server.should_exit = True
            thread.join()


Start = Callable[..., Server]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts servers, each behind a guard with settings of its own."""
    with ExitStack() as open_ones:

        def started(host: str = "127.0.0.1", pace: Pace | None = None, **chosen: Any) -> Server:
            values = load(data_dir=tmp_path, **chosen)
            access = Access(tmp_path)
            app = application()
            app.router.routes.extend(login.routes(access, values))
            refused: list[str] = []
            guard = Guard(app, values, access, host, owner_token=TOKEN, pace=pace, on_refusal=refused.append)
            return Server(open_ones.enter_context(running(guard)), access, refused)

        yield started


# ---- where it may listen


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "papers.example.org", ""])
def test_what_others_reach_is_not_served_without_authentication(tmp_path: Path, host: str) -> None:
    with pytest.raises(ConfigError, match=r"PAPERTALK_ACCESS is 'local'.*'keys' or 'public'"):
        refuse_binding(load(data_dir=tmp_path), host)
    refuse_binding(load(data_dir=tmp_path, access="public"), host)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1", "localhost", "LOCALHOST"])
def test_this_machines_own_addresses_need_no_authentication(tmp_path: Path, host: str) -> None:
    refuse_binding(load(data_dir=tmp_path), host)


def test_keys_alone_are_of_no_use_before_there_is_one(tmp_path: Path) -> None:
    settings = load(data_dir=tmp_path, access="keys")
    with pytest.raises(ConfigError, match="papertalk keys create"):
        refuse_binding(settings, "127.0.0.1")
    Access(tmp_path).keys.create("website")
    refuse_binding(settings, "0.0.0.0")


@pytest.mark.parametrize("access", ["local", "public"])
def test_not_every_page_of_the_web_can_be_invited(tmp_path: Path, access: str) -> None:
    with pytest.raises(ConfigError, match="PAPERTALK_CORS_ORIGINS"):
        refuse_binding(load(data_dir=tmp_path, access=access, cors_origins="https://a.example,*"), "127.0.0.1")


# ---- who


def test_at_this_machine_everybody_may_do_all_but_name_paths(start: Start) -> None:
    server = start()
    told = server.get("/api/v1/caller").json
    assert (told["name"], told["scopes"], told["owner"]) == ("", ["admin", "ingest", "read"], "")
    assert server.send("DELETE", "/api/v1/library").status == 200
    assert server.get("/api/v1/own").status == 403
    assert server.get("/").body == b"here"


def test_the_token_of_this_machines_user_gives_everything_at_this_machine_alone(start: Start) -> None:
    server = start(access="keys")
    token = f"Bearer {TOKEN}"
    assert server.get("/api/v1/own", Authorization=token).status == 200
    assert server.get("/api/v1/own", Authorization=token, X_Forwarded_For="192.0.2.7").status == 401
    assert server.get("/api/v1/own", Authorization=token[:-1]).status == 401


def test_without_a_key_the_api_answers_401_and_says_what_it_takes(start: Start) -> None:
    server = start(access="keys")
    for path in ("/api/v1/caller", "/v1/models", "/mcp", "/api/v1/nowhere", "/", "/gradio_api/run/predict", "/x"):
        answer = server.get(path)
        assert answer.status == 401
        assert answer.headers["www-authenticate"] == 'Bearer realm="papertalk"'
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json["detail"] == "This takes an API key or a login."
        assert answer.json["type"] == "/problems/access-error"
    assert server.get("/v1/models").json["error"]["type"] == "authentication_error"
    assert "unauthenticated" in server.refused


def test_a_key_gives_what_its_scope_includes(start: Start) -> None:
    server = start(access="keys")
    paths = (
        ("POST", "/api/v1/ask"),
        ("POST", "/api/v1/ingesting"),
        ("DELETE", "/api/v1/library"),
        ("GET", "/api/v1/own"),
    )
    for scope, statuses in (
        ("read", [200, 403, 403, 403]),
        ("ingest", [200, 200, 403, 403]),
        ("admin", [200, 200, 200, 403]),
    ):
        key = server.key(scope)
        assert [server.send(method, path, Authorization=key).status for method, path in paths] == statuses


def test_each_key_has_conversations_of_its_own(start: Start) -> None:
    server = start(access="keys")
    one, other = server.key(), server.key()
    owners = [server.get("/api/v1/caller", Authorization=key).json["owner"] for key in (one, one, other)]
    assert owners[0] == owners[1] != owners[2]
    assert all(re.fullmatch(r"key:[\w-]{32}", owner) for owner in owners)


def test_the_scheme_of_a_key_is_read_in_any_case(start: Start) -> None:
    server = start(access="keys")
    key = server.key()
    for written in (key, key.replace("Bearer", "bearer"), key.replace("Bearer ", "BEARER   ")):
        assert server.get("/api/v1/caller", Authorization=written).status == 200
    assert server.get("/api/v1/caller", Authorization=key.replace("Bearer", "Basic")).status == 401


@pytest.mark.parametrize("access", ["local", "keys", "public"])
def test_a_revoked_key_is_refused_even_where_none_is_needed(start: Start, access: str) -> None:
    server = start(access=access)
    key = server.key()
    assert server.get("/api/v1/caller", Authorization=key).json["name"] == "a key"
    server.access.keys.revoke(server.access.keys.list()[0].id)
    answer = server.get("/api/v1/caller", Authorization=key)
    assert answer.status == 401
    assert "revoked" in answer.json["detail"]
    assert key[7:] not in answer.body.decode()


def test_in_public_everybody_may_read_and_the_rest_takes_a_key(start: Start) -> None:
    server = start(access="public")
    assert server.get("/api/v1/caller").json["scopes"] == ["read"]
    assert server.post("/api/v1/ask").status == 200
    assert server.post("/api/v1/ingesting").status == 401
    assert server.post("/api/v1/ingesting", Authorization=server.key("ingest")).status == 200
    assert server.get("/api/v1/own").status == 403


def test_a_client_that_must_send_some_key_may_send_any_where_none_is_needed(start: Start) -> None:
    for access in ("local", "public"):
        assert start(access=access).get("/v1/models", Authorization="Bearer not-needed").status == 200
    assert start(access="keys").get("/v1/models", Authorization="Bearer not-needed").status == 401


def test_visitors_whom_nothing_is_known_of_own_nothing_together(start: Start) -> None:
    server = start(access="public")
    owners = {server.get("/api/v1/caller").json["owner"] for _ in range(3)}
    assert len(owners) == 3
    assert "" not in owners


def test_the_page_gives_a_visitor_a_cookie_once(start: Start) -> None:
    server = start(access="public")
    (cookie,) = server.get("/").cookies
    assert re.fullmatch(r"papertalk=[\w-]{32}; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax", cookie)
    named = cookie.partition(";")[0]
    assert server.get("/", Cookie=f"a=b; {named}; c=d").cookies == []
    assert f"papertalk={server.get('/api/v1/caller', Cookie=named).json['owner']}" == named
    assert server.get("/api/v1/caller").cookies == []


def test_no_cookie_passes_for_a_keys_owner(start: Start) -> None:
    server = start(access="public")
    owner = server.get("/api/v1/caller", Authorization=server.key()).json["owner"]
    assert server.get("/api/v1/caller", Cookie=f"papertalk={owner}").json["owner"] != owner


def test_a_damaged_file_of_keys_lets_nobody_in_and_shows_no_path(start: Start, tmp_path: Path) -> None:
    server = start(access="keys")
    key = server.key()
    for path in tmp_path.glob("access.sqlite3*"):
        path.write_bytes(b"damaged" * 1000)
    answer = server.get("/api/v1/caller", Authorization=key)
    assert answer.status == 503
    assert str(tmp_path) not in answer.body.decode()


@pytest.mark.parametrize("access", ["local", "keys", "public"])
def test_who_watches_over_the_server_needs_no_key(start: Start, access: str) -> None:
    server = start(host="0.0.0.0", access=access)
    assert server.get("/healthz").status == server.get("/readyz", Host="10.0.0.9:7860").status == 200


def test_figures_are_for_administrators_and_for_this_machine(start: Start) -> None:
    server = start(host="0.0.0.0", access="keys")
    assert server.get("/metrics").status == 200
    assert server.get("/metrics", Host="papers.example.org").status == 401
    assert server.get("/metrics", X_Forwarded_For="127.0.0.1").status == 401
    assert server.get("/metrics", X_Forwarded_For="127.0.0.1", Authorization=server.key("read")).status == 403
    assert server.get("/metrics", X_Forwarded_For="127.0.0.1", Authorization=server.key("admin")).status == 200
    assert start(access="public").get("/metrics", Via="1.1 proxy").status == 401


def test_a_server_for_its_own_machine_answers_no_proxy(start: Start) -> None:
    server = start()
    for headers in ({"X_Forwarded_For": "192.0.2.7"}, {"X_Forwarded_For": "127.0.0.1"}, {"Via": "1.1 proxy"}):
        answer = server.get("/api/v1/caller", **headers)
        assert answer.status == 403
        assert "PAPERTALK_ACCESS" in answer.json["detail"]


# ---- from where


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "[", "a@b", "", "10.0.0.9"]
)
def test_a_name_that_is_made_to_point_here_is_not_answered(start: Start, host: str) -> None:
    server = start()
    for method, path in (("GET", "/"), ("POST", "/api/v1/ask"), ("GET", "/v1/models")):
        assert server.send(method, path, Host=host, Origin=f"http://{host}").status == 403
    assert "host" in server.refused


def test_this_machines_own_names_are_always_answered(start: Start) -> None:
    server = start(allowed_hosts="papers.example.org")
    for host in ("localhost", f"127.0.0.1:{server.port}", "[::1]:80", "papers.example.org", "Papers.Example.ORG:8443"):
        assert server.get("/api/v1/caller", Host=host).status == 200
    assert server.get("/api/v1/caller", Host="other.example.org").status == 403


def test_where_others_reach_it_any_name_is_answered_unless_some_are_listed(start: Start) -> None:
    anything = start(host="0.0.0.0", access="public")
    assert anything.get("/api/v1/caller", Host="papers.example.org").status == 200
    listed = start(host="0.0.0.0", access="public", allowed_hosts="papers.example.org")
    assert listed.get("/api/v1/caller", Host="papers.example.org").status == 200
    assert listed.get("/api/v1/caller", Host="evil.example").status == 403


@pytest.mark.parametrize("access", ["local", "public"])
def test_another_sites_page_cannot_send_what_changes_something(start: Start, access: str) -> None:
    server = start(access=access)
    here = f"http://127.0.0.1:{server.port}"
    for path in ("/api/v1/ask", "/gradio_api/run/predict", "/login", "/logout"):
        for headers in (
            {"Origin": "http://evil.example"},
            {"Origin": "null"},
            {"Origin": "http://["},
            {"Origin": f"{here}.evil.example"},
            {"Sec_Fetch_Site": "cross-site"},
            {"Sec_Fetch_Site": "same-site", "Origin": here},
        ):
            answer = server.post(path, **headers)
            assert (answer.status, answer.json["detail"]) == (403, "A page of another site may not send this.")
    for headers in ({"Origin": here}, {"Sec_Fetch_Site": "same-origin"}, {"Sec_Fetch_Site": "none"}, {}):
        assert server.post("/api/v1/ask", **headers).status == 200
    assert server.get("/api/v1/caller", Origin="http://evil.example").status == 200


def test_a_key_is_proof_enough_where_no_cookie_is_sent(start: Start) -> None:
    server = start(access="keys")
    key, origin = server.key(), "http://lab.example"
    assert server.post("/api/v1/ask", Origin=origin, Authorization=key).status == 200
    assert server.post("/api/v1/ask", Origin=origin, Authorization=key, Cookie="papertalk=x").status == 403
    assert server.post("/api/v1/ask", Origin=origin, Authorization="Basic YTpi").status == 403


def test_other_origins_read_nothing_unless_they_are_invited(start: Start) -> None:
    server = start(access="public", cors_origins="https://lab.example.org")
    preflight = {"Access_Control_Request_Method": "POST", "Access_Control_Request_Headers": "authorization"}
    invited = server.send("OPTIONS", "/api/v1/ask", Origin="https://lab.example.org", **preflight)
    assert invited.headers["access-control-allow-origin"] == "https://lab.example.org"
    assert "access-control-allow-credentials" not in invited.headers
    for origin in ("https://evil.example", "https://lab.example.org.evil.example", "null"):
        refused = server.send("OPTIONS", "/api/v1/ask", Origin=origin, **preflight)
        assert refused.status == 400
        assert "access-control-allow-origin" not in refused.headers
        assert "access-control-allow-origin" not in server.get("/api/v1/caller", Origin=origin).headers
    asked = server.post("/api/v1/ask", Origin="https://lab.example.org")
    assert (asked.status, asked.headers["access-control-allow-origin"]) == (200, "https://lab.example.org")
    assert "X-Request-ID" in asked.headers["access-control-expose-headers"]
    assert "access-control-allow-origin" not in server.get("/", Origin="https://lab.example.org").headers
    assert server.post("/gradio_api/run/predict", Origin="https://lab.example.org").status == 403


def test_an_invited_page_can_read_why_it_is_refused(start: Start) -> None:
    server = start(access="keys", cors_origins="https://lab.example.org")
    answer = server.post("/api/v1/ask", Origin="https://lab.example.org")
    assert (answer.status, answer.headers["access-control-allow-origin"]) == (401, "https://lab.example.org")


def test_with_no_origin_invited_the_api_speaks_to_no_other_page(start: Start) -> None:
    server = start(access="public")
    answer = server.send(
        "OPTIONS", "/api/v1/ask", Origin="https://lab.example.org", Access_Control_Request_Method="POST"
    )
    assert not [name for name in answer.headers if name.startswith("access-control")]


@pytest.mark.parametrize(
    "path", ["/gradio_api/file=/etc/passwd", "/openapi.json", "/docs", "/gradio_api/upload", "/monitoring"]
)
def test_what_the_page_does_not_call_is_closed(start: Start, path: str) -> None:
    assert start().get(path).status == 404


# ---- through proxies


def test_nobody_is_believed_about_where_a_request_comes_from(start: Start) -> None:
    told = start(access="public").get("/api/v1/caller", X_Forwarded_For="192.0.2.7", X_Forwarded_Proto="https").json
    assert (told["address"], told["scheme"]) == ("127.0.0.1", "http")


@pytest.mark.parametrize(
    ("forwarded", "address"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("203.0.113.9, 192.0.2.7", "192.0.2.7"),
        ("127.0.0.1, 192.0.2.7, 10.1.1.1, 127.0.0.1", "192.0.2.7"),
        ("2001:db8::7", "2001:db8::7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("10.1.1.1", "10.1.1.1"),
        ("192.0.2.7, <script>", "127.0.0.1"),
        ("192.0.2.7, ", "127.0.0.1"),
        ("", "127.0.0.1"),
    ],
)
def test_behind_a_trusted_proxy_the_last_address_that_is_not_trusted_counts(
    start: Start, forwarded: str, address: str
) -> None:
    server = start(access="public", trusted_proxies="127.0.0.1,10.0.0.0/8")
    told = server.get("/api/v1/caller", X_Forwarded_For=forwarded, X_Forwarded_Proto="https").json
    assert (told["address"], told["scheme"]) == (address, "https")


def test_a_made_up_header_does_not_give_a_sender_more_requests(start: Start) -> None:
    server = start(access="public", rate_limit="3/hour")
    statuses = [server.get("/api/v1/caller", X_Forwarded_For=f"192.0.2.{number}").status for number in range(5)]
    assert statuses == [200, 200, 200, 429, 429]
    behind = start(access="public", rate_limit="3/hour", trusted_proxies="127.0.0.1")
    statuses = [
        behind.get("/api/v1/caller", X_Forwarded_For=f"203.0.113.{number}, 192.0.2.7").status for number in range(5)
    ]
    assert statuses == [200, 200, 200, 429, 429]
    assert behind.get("/api/v1/caller", X_Forwarded_For="192.0.2.8").status == 200


# ---- how often


def test_too_many_requests_are_told_when_to_go_on(start: Start) -> None:
    server = start(access="public", rate_limit="2/hour")
    first, _ = server.get("/api/v1/caller"), server.get("/api/v1/caller")
    assert first.headers["ratelimit-policy"] == '"requests";q=2;w=3600'
    assert re.fullmatch(r'"requests";r=1;t=3[56]\d\d', first.headers["ratelimit"])
    refused = server.get("/api/v1/caller")
    assert refused.status == 429
    assert 3500 < int(refused.headers["retry-after"]) <= 3600
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json["detail"] == f"These are too many requests; go on in {refused.headers['retry-after']} seconds."
    assert refused.json["type"] == "/problems/busy"
    assert server.get("/v1/models").json["error"]["type"] == "rate_limit_error"
    assert server.refused == ["rate", "rate"]


def test_each_key_is_counted_for_itself_and_not_by_its_address(start: Start) -> None:
    server = start(access="keys", rate_limit="2/hour")
    one, other = server.key(), server.key()
    assert [server.get("/api/v1/caller", Authorization=one).status for _ in range(3)] == [200, 200, 429]
    assert server.get("/api/v1/caller", Authorization=other).status == 200


def test_keys_cannot_be_tried_out_without_end(start: Start) -> None:
    server = start(access="keys", rate_limit="3/hour")
    key = server.key()
    statuses = [server.get("/v1/models", Authorization=f"Bearer pt_{number:012}_x").status for number in range(5)]
    assert statuses == [401, 401, 401, 429, 429]
    assert server.get("/v1/models", Authorization=key).status == 200


def test_at_this_machine_nobody_is_counted(start: Start) -> None:
    server = start(rate_limit="1/hour")
    assert {server.get("/api/v1/caller").status for _ in range(5)} == {200}
    keys = start(access="keys", rate_limit="1/hour")
    assert {keys.get("/api/v1/caller", Authorization=f"Bearer {TOKEN}").status for _ in range(5)} == {200}


def test_on_the_page_questions_count_and_clicks_a_tenth(start: Start) -> None:
    server = start(access="public", rate_limit="3/hour")
    assert {server.get(path).status for path in ("/healthz", "/readyz") for _ in range(20)} == {200}
    clicks = [server.post("/gradio_api/run/predict").status for _ in range(31)]
    assert clicks == [200] * 30 + [429]
    questions = [server.post("/gradio_api/queue/join").status for _ in range(4)]
    assert questions == [200, 200, 200, 429]


class Clock:
    """The time that windows are counted by."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.at = 1_000_000.0
        monkeypatch.setattr(time, "time", lambda: self.at)
        monkeypatch.setattr(time, "monotonic", lambda: self.at)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def test_no_burst_fits_between_two_windows(clock: Clock) -> None:
    rates = Rates("3/minute")
    waits = []
    for seconds in (50, 5, 4, 2, 48, 1, 5, 4):
        clock.at += seconds
        waits.append(rates.take("ada").wait)
    assert waits == [0, 0, 0, 49, 1, 0, 0, 0]


def test_whoever_goes_on_trying_is_let_in_as_soon_as_whoever_waits(clock: Clock) -> None:
    rates = Rates("1/minute")
    assert rates.take("ada").wait == 0
    for _ in range(59):
        clock.at += 1
        assert rates.take("ada").wait > 0
    clock.at += 1.1
    assert rates.take("ada").wait == 0


def test_the_limit_that_is_nearest_is_told_of_several(clock: Clock) -> None:
    rates = Rates("2/second;3/minute")
    assert [rates.take("ada").left for _ in range(2)] == [1, 0]
    refused = rates.take("ada")
    assert (refused.span, refused.wait) == (1, 1)
    clock.at += 1.1
    assert rates.take("ada").left == 0
    clock.at += 1.1
    assert (rates.take("ada").span, rates.take("ada").wait) == (60, 58)


def test_senders_who_do_not_come_again_are_forgotten(clock: Clock) -> None:
    rates = Rates("2/second")
    for number in range(500):
        rates.take(f"sender {number}")
    for _ in range(3):
        clock.at += 11
        rates._storage._MemoryStorage__expire_events()  # type: ignore[attr-defined]  # its thread, now
        rates.take("the last")
    assert len(rates._storage.events) <= 2


@pytest.mark.parametrize(
    ("address", "sender"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("no address", "no address"),
    ],
)
def test_a_sender_is_who_has_an_address(address: str, sender: str) -> None:
    assert sender_at(address) == sender


# ---- how much, how slowly


def test_a_body_that_says_it_is_too_large_is_refused_unread(start: Start) -> None:
    server = start(max_body_mb=1)
    answer = server.raw(
        b"POST /api/v1/unread HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1048577\r\n\r\n" + b"x" * 1_048_577
    )
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"application/problem+json" in answer
    assert b"The request is larger than 1 MB; send less at once." in answer
    assert server.post("/api/v1/body", b"x" * 1_048_576).json == 1_048_576


@pytest.mark.parametrize("path", ["/api/v1/body", "/api/v1/json", "/upload/paper.pdf"])
def test_a_body_that_comes_in_chunks_is_counted(start: Start, path: str) -> None:
    server = start(access="public", max_body_mb=1)
    method = "PUT" if path.startswith("/upload") else "POST"
    head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    chunk = b"10000\r\n" + b"x" * 65_536 + b"\r\n"
    answer = server.raw(head.encode() + b"Transfer-Encoding: chunked\r\n\r\n" + chunk * 17 + b"0\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert answer.endswith(b'"The request is larger than 1 MB; send less at once."}')


def test_a_body_that_does_not_end_is_left(start: Start) -> None:
    server = start(max_body_mb=1)
    sent = 0
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection, suppress(ConnectionError):
        connection.sendall(b"POST /api/v1/body HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n")
        while sent < 200:
            connection.sendall(b"100000\r\n" + b"x" * 1_048_576 + b"\r\n")
            sent += 1
    assert sent < 100
    assert server.refused == ["size"]


def test_whoever_is_sent_away_with_a_large_body_gets_to_read_why(start: Start) -> None:
    server = start(access="keys")
    for headers, status in (({}, 401), ({"Origin": "http://evil.example"}, 403)):
        assert server.post("/api/v1/body", b"x" * 20_000_000, **headers).status == status
    head = b"POST /api/v1/body HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\nExpect: 100-continue\r\n"
    assert server.raw(head + b"Connection: close\r\n\r\n").startswith(b"HTTP/1.1 401 ")


def test_headers_and_addresses_are_bounded(start: Start) -> None:
    server = start()
    assert server.get("/", Cookie="x" * 16_000).status == 431
    assert server.get(f"/?{'x' * 8_000}").status == 414
    assert server.get(f"/?{'x' * 7_000}", Cookie="x" * 14_000).status == 200
    unending = b"GET / HTTP/1.1\r\nHost: localhost\r\nCookie: " + b"x" * 300_000
    with suppress(ConnectionError):
        assert server.raw(unending).startswith(b"HTTP/1.1 400 ")


def multipart(size: int) -> tuple[bytes, str]:
    content = b'--line\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n' + b"x" * size
    return content + b"\r\n--line--\r\n", "multipart/form-data; boundary=line"


def test_files_may_be_larger_from_whoever_may_add_papers(start: Start) -> None:
    server = start(access="public", max_body_mb=1, max_upload_mb=3)
    form, kind = multipart(2_000_000)
    more, _ = multipart(3_200_000)
    key = server.key("ingest")
    assert server.post("/api/v1/form", form, Content_Type=kind).status == 413
    assert server.post("/api/v1/form", form, Content_Type=kind, Authorization=server.key("read")).status == 413
    assert server.post("/api/v1/form", form, Content_Type=kind, Authorization=key).json == 2_000_000
    assert server.post("/api/v1/form", more, Content_Type=kind, Authorization=key).status == 413
    assert server.send("PUT", "/upload/paper.pdf", b"x" * 2_000_000, Authorization=key).json == 2_000_000
    assert server.send("PUT", "/upload/paper.pdf", b"x" * 2_000_000).status == 413


QUICK = Pace(whole=0.2, silence=0.1, rate=10**9)


@pytest.mark.parametrize("path", ["/api/v1/body", "/api/v1/json"])
def test_a_body_that_stops_half_way_is_not_waited_for(start: Start, path: str) -> None:
    server = start(pace=QUICK)
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    answer = server.raw(head.encode() + b"Content-Length: 10\r\n\r\n{")
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"connection: close" in answer.lower()
    assert server.refused == ["slow"]


def test_a_body_that_drips_is_not_waited_for(start: Start) -> None:
    server = start(pace=Pace(whole=0.2, silence=60.0, rate=10**9))
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
        connection.sendall(b"POST /api/v1/body HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100000\r\n\r\n")
        connection.settimeout(0.02)
        answer = b""
        for _ in range(1000):
            connection.sendall(b"x")
            try:
                answer = connection.recv(65_536)
                break
            except TimeoutError:
                continue
    assert answer.startswith(b"HTTP/1.1 408 ")


def test_a_body_that_comes_is_given_more_time(start: Start) -> None:
    server = start(pace=Pace(whole=0.2, silence=60.0, rate=100))
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
        connection.sendall(b"POST /api/v1/body HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 10001\r\n\r\n")
        connection.sendall(b"x" * 10_000)
        connection.settimeout(0.5)
        with pytest.raises(TimeoutError):
            connection.recv(65_536)
        connection.settimeout(60)
        connection.sendall(b"x")
        assert connection.recv(65_536).startswith(b"HTTP/1.1 200 ")


# ---- what every answer carries


def test_answers_to_programs_are_kept_by_nobody_and_run_nothing(start: Start) -> None:
    server = start(access="public")
    for answer in (server.get("/api/v1/headers"), server.get("/api/v1/nowhere"), server.post("/api/v1/ingesting")):
        assert answer.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "strict-transport-security" not in answer.headers


def test_the_page_carries_its_own_policy(start: Start) -> None:
    page = start().get("/")
    assert "default-src 'self'" in page.headers["content-security-policy"]
    assert page.headers["referrer-policy"] == "same-origin"
    assert "cache-control" not in page.headers


def test_over_https_browsers_are_told_to_stay_there(start: Start) -> None:
    server = start(access="public", trusted_proxies="127.0.0.1")
    answer = server.get("/", X_Forwarded_Proto="https", X_Forwarded_For="192.0.2.7")
    assert answer.headers["strict-transport-security"] == "max-age=31536000"
    assert "; Secure" in answer.cookies[0]


def test_a_request_has_a_name_that_its_sender_is_told(start: Start) -> None:
    server = start()
    made = server.get("/api/v1/caller")
    assert made.json["id"] == made.headers["x-request-id"]
    assert re.fullmatch(r"[0-9a-f]{32}", made.headers["x-request-id"])
    given_name = server.get("/api/v1/caller", X_Request_ID="trace-7.a_B")
    assert given_name.json["id"] == given_name.headers["x-request-id"] == "trace-7.a_B"
    assert server.get("/api/v1/nowhere", X_Request_ID="trace-8").headers["x-request-id"] == "trace-8"


@pytest.mark.parametrize("name", ["a b", "x" * 65, "<script>", "é", "a,b", "a%0d%0aX-Evil:1"])
def test_a_name_that_is_not_plain_is_replaced(start: Start, name: str) -> None:
    assert re.fullmatch(
        r"[0-9a-f]{32}", start().get("/", X_Request_ID=name.encode().decode("latin-1")).headers["x-request-id"]
    )


def test_nothing_that_is_sent_makes_a_header_of_its_own(start: Start) -> None:
    server = start(access="keys", cors_origins="https://lab.example.org")
    evil = "%0d%0aX-Evil:%201%0d%0a%0d%0a<script>"
    for path, headers in (
        (f"/?next={evil}", {"Accept": "text/html"}),
        (f"/a{evil}", {"Accept": "text/html"}),
        (f"/login?next=/{evil}", {}),
        (f"/api/v1/{evil}", {"Origin": f"https://lab.example.org{evil}"}),
        ("/", {"Accept": "text/html", "X_Request_ID": evil}),
    ):
        answer = server.get(path, **headers)
        assert answer.status in (200, 303, 401)
        assert "x-evil" not in answer.headers
        assert "<" not in answer.headers.get("location", "")


@pytest.mark.parametrize("value", [b"a\nX-Evil: 1", b"a\r\nX-Evil: 1\r\n", b"a\x00b"])
def test_line_breaks_in_any_header_that_is_given_back_never_come_back(
    runner: asyncio.Runner, tmp_path: Path, value: bytes
) -> None:
    for name in (b"x-request-id", b"origin", b"host", b"cookie", b"accept", b"x-forwarded-for", b"x-forwarded-proto"):
        for access in ("local", "keys", "public"):
            values = load(data_dir=tmp_path, access=access, cors_origins="https://a", trusted_proxies="127.0.0.1")
            guard = Guard(application(), values, Access(tmp_path), "0.0.0.0")
            for path in ("/", "/api/v1/caller", "/nowhere\r\nX-Evil: 1"):
                status, headers = call(runner, guard, [(name, value), (b"accept", b"text/html")], path)
                assert status < 500
                assert not [1 for pair in headers for part in pair if b"\n" in part or b"\r" in part or b"\0" in part]


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as one:
        yield one


def call(
    runner: asyncio.Runner, guard: Guard, headers: list[tuple[bytes, bytes]], path: str = "/api/v1/caller"
) -> tuple[int, Any]:
    """The status and headers of a request without a body, handed to the guard as a server does."""
    answers: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        answers.append(message)

    scope = {
        "type": "http", "method": "GET", "path": path, "raw_path": quote(path).encode(), "query_string": b"",
        "headers": headers, "client": ("127.0.0.1", 1), "scheme": "http", "root_path": "", "http_version": "1.1",
    }  # fmt: skip
    runner.run(guard(scope, receive, send))
    return answers[0]["status"], answers[0]["headers"]


SECRETS = st.builds(
    bytes.__add__,
    st.sampled_from([b"", b"Bearer ", b"bearer pt_", b"Bearer pt_000000000000_", b"Basic "]),
    st.binary(max_size=60),
)


@settings(max_examples=10_000, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(secret=SECRETS)
def test_no_authorization_header_is_a_fault_of_the_server(runner: asyncio.Runner, keyed: Guard, secret: bytes) -> None:
    status, _ = call(runner, keyed, [(b"host", b"localhost"), (b"authorization", secret)])
    assert status in (401, 429)


@pytest.fixture
def keyed(tmp_path: Path) -> Guard:
    access = Access(tmp_path)
    access.keys.create("website")
    return Guard(application(), load(data_dir=tmp_path, access="keys"), access, "127.0.0.1", owner_token=TOKEN)


@settings(max_examples=500, deadline=None)
@given(
    headers=st.lists(
        st.tuples(
            st.sampled_from([b"host", b"origin", b"cookie", b"x-forwarded-for", b"content-length", b"sec-fetch-site"]),
            st.binary(max_size=60),
        ),
        max_size=6,
    ),
    path=st.text(max_size=40),
)
def test_no_header_is_a_fault_of_the_guard(headers: list[tuple[bytes, bytes]], path: str) -> None:
    scope = {"type": "http", "method": "GET", "path": f"/{path}", "headers": headers, "client": ("::1", 1)}
    sent = Sent.of(scope, (ipaddress.ip_network("::/0"),))
    ipaddress.ip_address(sent.address)
    assert sent.is_from_another_site in (True, False)
    assert sent.host == sent.host.lower()


def test_a_websocket_is_closed(runner: asyncio.Runner, tmp_path: Path) -> None:
    answers: list[Any] = []

    async def send(message: Any) -> None:
        answers.append(message)

    async def receive() -> Any:
        return {"type": "websocket.connect"}

    guard = Guard(application(), load(data_dir=tmp_path), Access(tmp_path), "127.0.0.1")
    runner.run(guard({"type": "websocket", "path": "/", "headers": []}, receive, send))
    assert answers == [{"type": "websocket.close", "code": 1008}]


# ---- open pages


@pytest.mark.parametrize("path", ["/gradio_api/queue/data?session_hash=a1", "/gradio_api/heartbeat/a1"])
def test_what_a_page_is_sent_is_for_who_opened_it_alone(path: str) -> None:
    pages = Pages()
    assert pages.is_of("a1", "ada")
    assert pages.is_of("a1", "ada")
    assert not pages.is_of("a1", "eve")
    assert not pages.is_of("a1", "")
    scope = {
        "method": "GET",
        "path": path.partition("?")[0],
        "raw_path": path.partition("?")[0].encode(),
        "query_string": path.partition("?")[2].encode(),
        "headers": [],
    }
    assert Sent.of(scope).page == "a1"
