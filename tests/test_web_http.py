"""The polite layer: who asks, how fast, how often, from where, and what is kept. The real client on a real server."""

from __future__ import annotations

import gzip
import logging
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from email.utils import formatdate
from ipaddress import ip_address
from itertools import takewhile
from pathlib import Path
from typing import Any

import pytest

from assistant.errors import ConfigError, SourceError
from assistant.sources import Profile
from assistant.sources.web import Page, Web, identify
from assistant.sources.web.addresses import is_public
from tests.replay_server import ReplayServer, Reply, recorded, replaying
from tests.web_sources import Hands, source, web

AUTHOR = source("s2:1")
ONE = Reply({"authorId": "1", "name": "M. Curie", "paperCount": 0})
NONE = Reply({"offset": 0, "data": []})


@pytest.fixture
def server() -> Iterator[ReplayServer]:
    with replaying() as server:
        server.gives("/s2/graph/v1/author/1", ONE)
        server.gives("/s2/graph/v1/author/1/papers", NONE)
        yield server


# ---- who asks, and how fast


def test_a_request_says_who_asks_and_how_to_reach_the_user(server: ReplayServer, tmp_path: Path) -> None:
    with web(server, tmp_path, email="curie@example.org") as sources:
        list(sources.read(AUTHOR))
    assert {asked.headers["user-agent"] for asked in server.asked} == {"papertalk/0.1.0 (mailto:curie@example.org)"}


def test_without_an_address_the_agent_is_named_alone(server: ReplayServer, tmp_path: Path) -> None:
    with web(server, tmp_path) as sources:
        list(sources.read(AUTHOR))
    assert server.asked[0].headers["user-agent"] == "papertalk/0.1.0"
    assert "x-api-key" not in server.asked[0].headers


@pytest.mark.parametrize(("text", "least"), [("s2:1", 1.0), ("arxiv:au:Curie_M", 3.0), ("openalex:A1", 0.1)])
def test_each_service_is_asked_at_its_own_rate(server: ReplayServer, tmp_path: Path, text: str, least: float) -> None:
    server.gives("/openalex/authors/A1", Reply({"id": "https://openalex.org/A1", "display_name": "M. Curie"}))
    server.gives("/openalex/works", Reply({"meta": {"count": 0}, "results": []}))
    server.gives("/arxiv/api/query", recorded("arxiv_page_1"), recorded("arxiv_page_2"))
    hands = Hands()
    with web(server, tmp_path, hands) as sources:
        for _ in takewhile(lambda _: len(server.asked) < 2, sources.read(source(text))):
            pass
    assert hands.waits == [pytest.approx(least)]


def test_a_clock_that_is_set_back_makes_nobody_wait_for_long(server: ReplayServer, tmp_path: Path) -> None:
    hands = Hands()
    with web(server, tmp_path, hands) as sources:
        items = sources.read(AUTHOR)
        next(items)
        hands.at -= 86_400
        list(items)
    assert hands.waits == [1.0]


def test_a_key_goes_to_its_service_alone_and_never_to_disk(
    server: ReplayServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    server.gives("/s2/graph/v1/author/1", Reply(status=302, headers={"Location": f"{server.url}/elsewhere"}))
    server.gives("/elsewhere", ONE)
    with caplog.at_level(logging.DEBUG), web(server, tmp_path, s2_key="sesame-1234") as sources:
        list(sources.read(AUTHOR))
    sent = {asked.path: asked.headers.get("x-api-key") for asked in server.asked}
    assert sent == {
        "/s2/graph/v1/author/1": "sesame-1234",
        "/elsewhere": None,
        "/s2/graph/v1/author/1/papers": "sesame-1234",
    }
    assert "sesame-1234" not in caplog.text
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and b"sesame-1234" in path.read_bytes()]


# ---- what fails


def test_too_many_requests_are_sent_again_when_the_service_says(server: ReplayServer, tmp_path: Path) -> None:
    hands = Hands()
    server.gives("/s2/graph/v1/author/1", Reply(status=429, headers={"Retry-After": "17"}), ONE)
    with web(server, tmp_path, hands) as sources:
        list(sources.read(AUTHOR))
    assert server.paths().count("/s2/graph/v1/author/1") == 2
    assert 17.0 in hands.waits


def test_a_date_to_wait_for_is_honoured(server: ReplayServer, tmp_path: Path) -> None:
    hands = Hands()
    then = formatdate(hands.at + 60, usegmt=True)
    server.gives("/s2/graph/v1/author/1", Reply(status=503, headers={"Retry-After": then}), ONE)
    with web(server, tmp_path, hands) as sources:
        next(sources.read(AUTHOR))
    assert hands.waits[0] == pytest.approx(60)


@pytest.mark.parametrize("told", [{}, {"Retry-After": "soon"}, {"Retry-After": "99999999999999999999999 Feb"}])
def test_without_a_time_to_wait_for_the_pauses_grow(server: ReplayServer, tmp_path: Path, told: dict[str, str]) -> None:
    hands = Hands()
    server.gives("/s2/graph/v1/author/1", Reply(status=429, headers=told))
    with web(server, tmp_path, hands) as sources, pytest.raises(SourceError) as caught:
        next(sources.read(AUTHOR))
    assert str(caught.value) == (
        "Semantic Scholar did not give author 1 (status 429); try again later, pages that came are kept."
    )
    assert len(server.asked) == 5
    pauses = [wait for wait in hands.waits if wait > 1]
    assert len(pauses) >= 3
    assert max(pauses) <= 32


def test_a_service_that_wants_hours_is_not_waited_for(server: ReplayServer, tmp_path: Path) -> None:
    hands = Hands()
    server.gives("/openalex/authors/A1", Reply(status=429, headers={"Retry-After": "40000"}))
    with web(server, tmp_path, hands) as sources, pytest.raises(SourceError, match="asks to wait 11 hours"):
        next(sources.read(source("openalex:A1")))
    assert hands.waits == []
    assert len(server.asked) == 1


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_fault_of_the_server_is_tried_again(server: ReplayServer, tmp_path: Path, status: int) -> None:
    server.gives("/s2/graph/v1/author/1", Reply(status=status), ONE)
    with web(server, tmp_path) as sources:
        assert isinstance(next(sources.read(AUTHOR)), Profile)


def test_a_connection_that_drops_half_way_is_made_again(server: ReplayServer, tmp_path: Path) -> None:
    server.gives("/s2/graph/v1/author/1", Reply(ONE.body, drops=True), Reply(ONE.body, drops=True), ONE)
    with web(server, tmp_path) as sources:
        assert isinstance(next(sources.read(AUTHOR)), Profile)
    assert len(server.asked) == 3


@pytest.mark.parametrize("body", ["<html>busy</html>", "[1]", '{"authorId": "1"', "[" * 200_000, b"\xff\xfe{", ""])
def test_a_reply_that_is_no_record_is_asked_for_again_and_never_used(
    server: ReplayServer, tmp_path: Path, body: str | bytes
) -> None:
    server.gives("/s2/graph/v1/author/1", Reply(body), ONE)
    with web(server, tmp_path) as sources:
        assert isinstance(next(sources.read(AUTHOR)), Profile)
    with web(server, tmp_path) as sources:
        assert isinstance(next(sources.read(AUTHOR)), Profile)


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (400, "Semantic Scholar does not take the request for author 1 (status 400); check it."),
        (
            403,
            "Semantic Scholar refuses access to author 1 (status 403); set a key of your own in PAPERTALK_S2_API_KEY.",
        ),
        (404, "Semantic Scholar has no author 1; check the identifier."),
        (418, "Semantic Scholar does not take the request for author 1 (status 418); check it."),
    ],
)
def test_a_refusal_is_final_and_one_sentence(server: ReplayServer, tmp_path: Path, status: int, said: str) -> None:
    server.gives("/s2/graph/v1/author/1", Reply('{"error": "x-api-key sesame is bad"}', status))
    with web(server, tmp_path, s2_key="sesame") as sources, pytest.raises(SourceError) as caught:
        next(sources.read(AUTHOR))
    assert str(caught.value) == said
    assert len(server.asked) == 1


def test_a_server_that_is_not_there_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    server = ReplayServer()
    server.url = f"http://127.0.0.1:{port}"
    with web(server, tmp_path) as sources, pytest.raises(SourceError, match="Semantic Scholar did not give author 1"):
        next(sources.read(AUTHOR))


# ---- what is too large


def test_a_reply_without_end_is_not_read(server: ReplayServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assistant.sources.web.http.MAX_REPLY", 1_000_000)
    server.gives("/s2/graph/v1/author/1", Reply(b" " * 2_000_000))
    with web(server, tmp_path) as sources, pytest.raises(SourceError, match="gives more than 1 MB for author 1"):
        next(sources.read(AUTHOR))


def test_a_packed_reply_that_unpacks_to_too_much_is_not_read(
    server: ReplayServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assistant.sources.web.http.MAX_REPLY", 1_000_000)
    bomb = gzip.compress(b" " * 30_000_000)
    server.gives("/s2/graph/v1/author/1", Reply(bomb, headers={"Content-Encoding": "gzip"}))
    with web(server, tmp_path) as sources, pytest.raises(SourceError, match="gives more than 1 MB"):
        next(sources.read(AUTHOR))


def test_a_way_of_packing_that_was_not_asked_for_is_refused(server: ReplayServer, tmp_path: Path) -> None:
    server.gives("/s2/graph/v1/author/1", Reply(b"...", headers={"Content-Encoding": "br"}))
    with web(server, tmp_path) as sources, pytest.raises(SourceError, match="in a way that was not asked for"):
        next(sources.read(AUTHOR))
    assert server.asked[0].headers["accept-encoding"] == "gzip"


def test_a_packed_reply_is_unpacked(server: ReplayServer, tmp_path: Path) -> None:
    server.gives("/s2/graph/v1/author/1", Reply(gzip.compress(ONE.content), headers={"Content-Encoding": "gzip"}))
    for _ in range(2):  # from the server, and from disk
        with web(server, tmp_path) as sources:
            assert isinstance(next(sources.read(AUTHOR)), Profile)
    assert len(server.asked) == 1


def test_a_reply_that_drips_is_left_after_the_deadline(
    server: ReplayServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assistant.sources.web.polite._DEADLINE", -1.0)
    with (
        web(server, tmp_path) as sources,
        pytest.raises(SourceError, match=r"author 1 \(the reply was not whole after"),
    ):
        next(sources.read(AUTHOR))
    assert len(server.asked) == 5


# ---- where requests go


def test_an_address_that_is_not_public_is_never_connected_to(server: ReplayServer, tmp_path: Path) -> None:
    with web(server, tmp_path, allow_private=False) as sources:
        for link in (f"{server.url}/refs.bib", server.url.replace("127.0.0.1", "localhost")):
            page = identify(link)
            assert isinstance(page, Page)
            with pytest.raises(SourceError, match="which is no public address"):
                sources.fetch(page)
    assert server.asked == []


def test_a_name_is_looked_up_once_and_the_checked_address_is_the_one_connected_to(
    server: ReplayServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter(["93.184.216.34", "127.0.0.1"])
    connected: list[Any] = []

    def look_up(_: str, port: int, **__: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), port))]

    def connect(address: Any, *_: Any, **__: Any) -> socket.socket:
        connected.append(address)
        raise OSError("refused")

    monkeypatch.setattr("assistant.sources.web.addresses.socket.getaddrinfo", look_up)
    monkeypatch.setattr("socket.create_connection", connect)
    with web(server, tmp_path, allow_private=False) as sources, pytest.raises(SourceError, match="is at 127"):
        sources.fetch(Page("https://rebinding.example/"))
    assert connected == [("93.184.216.34", 443)]


def test_a_redirect_is_followed_to_web_servers_alone(tmp_path: Path) -> None:
    with replaying() as server:
        server.gives("/a", Reply(status=302, headers={"Location": "ftp://example.org/refs.bib"}))
        server.gives("/b", Reply(status=302, headers={"Location": "file:///etc/passwd"}))
        server.gives("/c", Reply(status=302, headers={"Location": "/c"}))
        server.gives("/d", Reply(status=302, headers={"Location": "http://user:secret@127.0.0.1/"}))
        with web(server, tmp_path) as sources:
            for path, reason in (
                ("a", "none of the web"),
                ("b", "none of the web"),
                ("c", "in a circle"),
                ("d", "none"),
            ):
                with pytest.raises(SourceError, match=reason) as caught:
                    sources.fetch(Page(f"{server.url}/{path}"))
                assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.100.100.200", "0.0.0.0",
        "224.0.0.1", "255.255.255.255", "168.63.129.16", "192.0.2.1", "::1", "::", "fe80::1", "fd00:ec2::254",
        "ff02::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe",
        "2002:7f00:1::", "2001:0:4136:e378:8000:63bf:80ff:fffe", "2001:db8::1",
    ],
)  # fmt: skip
def test_addresses_of_this_machine_its_network_and_clouds_are_not_public(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "2606:2800:220:1::1", "64:ff9b::5db8:d822", "::ffff:93.184.216.34"]
)
def test_addresses_of_the_internet_are_public(address: str) -> None:
    assert is_public(ip_address(address))


# ---- what is kept


def test_a_young_reply_is_used_again_unasked(server: ReplayServer, tmp_path: Path) -> None:
    hands = Hands()
    for _ in range(2):
        with web(server, tmp_path, hands) as sources:
            list(sources.read(AUTHOR))
    assert len(server.asked) == 2


def test_an_old_reply_is_checked_by_its_tag_and_counts_as_young_again(server: ReplayServer, tmp_path: Path) -> None:
    hands = Hands()
    server.gives("/s2/graph/v1/author/1", Reply(ONE.body, headers={"ETag": '"1"', "Cache-Control": "no-store"}))
    for days in (0, 2, 0.5):
        hands.at += days * 86_400
        with web(server, tmp_path, hands) as sources:
            next(sources.read(AUTHOR))
    assert [asked.headers.get("if-none-match") for asked in server.asked] == [None, '"1"']


def test_an_old_reply_that_has_changed_takes_the_place_of_the_kept_one(server: ReplayServer, tmp_path: Path) -> None:
    hands = Hands()
    names = []
    server.gives("/s2/graph/v1/author/1", ONE, Reply({"name": "Marie Curie"}), Reply({"name": "never"}))
    for days in (0, 2, 0.5):
        hands.at += days * 86_400
        with web(server, tmp_path, hands) as sources:
            names.append(getattr(next(sources.read(AUTHOR)), "name", ""))
    assert names == ["M. Curie", "Marie Curie", "Marie Curie"]


def test_a_sync_checks_everything(server: ReplayServer, tmp_path: Path) -> None:
    for age in (timedelta(days=1), timedelta(0)):
        with web(server, tmp_path, max_age=age) as sources:
            list(sources.read(AUTHOR))
    assert len(server.asked) == 4


def test_a_failure_is_not_kept(server: ReplayServer, tmp_path: Path) -> None:
    server.gives("/s2/graph/v1/author/1", recorded("s2_no_author"), ONE)
    with web(server, tmp_path) as sources:
        with pytest.raises(SourceError):
            next(sources.read(AUTHOR))
        assert isinstance(next(sources.read(AUTHOR)), Profile)


def test_offline_the_kept_replies_are_used_and_nothing_is_asked(server: ReplayServer, tmp_path: Path) -> None:
    hands = Hands()
    with web(server, tmp_path, hands) as sources:
        known = list(sources.read(AUTHOR))
    hands.at += 100_000
    with web(server, tmp_path, hands, offline=True) as sources:
        assert list(sources.read(AUTHOR)) == known
        with pytest.raises(SourceError, match="is not on disk, and nothing is fetched"):
            next(sources.read(source("s2:2")))
    assert len(server.asked) == 2


def test_a_cache_that_is_broken_costs_requests_and_nothing_else(server: ReplayServer, tmp_path: Path) -> None:
    (tmp_path / "replies.sqlite").write_bytes(b"no database" * 100)
    hands = Hands()
    for _ in range(2):
        with web(server, tmp_path, hands) as sources:
            assert isinstance(next(sources.read(AUTHOR)), Profile)
    assert len(server.asked) == 1


def test_a_cache_that_cannot_be_written_is_named(server: ReplayServer, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file")
    with (
        web(server, tmp_path / "cache") as sources,
        pytest.raises(SourceError, match=r"The cache '.*' cannot be written"),
    ):
        next(sources.read(AUTHOR))


def test_nothing_is_opened_before_a_source_is_read(tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    with web(ReplayServer(), folder) as sources:
        assert isinstance(sources, Web)
    assert not folder.exists()
    code = (
        "import assistant.sources.web as web, sys; web.identify('doi:10.1000/182'); "
        "assert not {'httpx2', 'httpcore2', 'hishel', 'ssl', 'tenacity'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


# ---- pages and files


@pytest.mark.parametrize(
    ("path", "media_type", "suffix"),
    [
        ("/refs.bib", "text/plain; charset=utf-8", ".bib"),
        ("/export?format=bibtex", "application/x-bibtex", ".bib"),
        ("/~curie/", "text/html; charset=utf-8", ".html"),
        ("/paper", "application/pdf", ".pdf"),
        ("/list", "text/plain", ".txt"),
    ],
)
def test_a_page_becomes_a_file_with_the_ending_of_its_kind(
    server: ReplayServer, tmp_path: Path, path: str, media_type: str, suffix: str
) -> None:
    server.gives(path.partition("?")[0], Reply("content", headers={"Content-Type": media_type}))
    with web(server, tmp_path) as sources:
        found = sources.fetch(Page(server.url + path))
    assert (found.suffix, found.read_text()) == (suffix, "content")


def test_a_page_that_leads_out_of_the_folder_stays_in_it(server: ReplayServer, tmp_path: Path) -> None:
    server.gives("/../../evil.bib", Reply("content"))
    with web(server, tmp_path / "cache") as sources:
        found = sources.fetch(Page(f"{server.url}/%2e%2e/%2e%2e/evil.bib"))
    assert found.parent == tmp_path / "cache" / "pages"


@pytest.mark.parametrize("setting", [{"email": "marie curie"}, {"s2_key": "clé\n"}, {"openalex_key": "open sesame"}])
def test_a_setting_that_no_request_can_carry_is_named_without_its_value(
    server: ReplayServer, tmp_path: Path, setting: dict[str, Any]
) -> None:
    with web(server, tmp_path, **setting) as sources, pytest.raises(ConfigError, match="PAPERTALK_") as caught:
        next(sources.read(AUTHOR))
    assert not [value for value in setting.values() if value in str(caught.value)]
    assert server.asked == []
