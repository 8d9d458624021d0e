"""Debian's nginx with deploy/nginx.conf before the real application: what streams, what passes, what is kept out."""

from __future__ import annotations

import asyncio
import getpass
import grp
import json
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest

from assistant.access import Access
from assistant.answers import Event, TextDelta
from benchmarks.web import visitor_at
from tests.web_chat import SLOW, Scripted, make_answer, make_paper, serving, told

NGINX = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
SITE = Path(__file__).parents[1] / "deploy" / "nginx.conf"
BEHIND = {"access": "public", "trusted_proxies": ("127.0.0.1",), "allowed_hosts": ("127.0.0.1",)}
"""What deploy/nginx.conf says is set where Papertalk is behind it."""
WAIT = SLOW / 1000

pytestmark = pytest.mark.skipif(NGINX is None, reason="there is no nginx on this machine")


@contextmanager
def proxied(address: str, folder: Path) -> Iterator[str]:
    """deploy/nginx.conf before an application, at ports of this test and with all files in its folder."""
    assert NGINX is not None
    with socket.create_server(("127.0.0.1", 0)) as listener:
        here = f"127.0.0.1:{listener.getsockname()[1]}"
        site = SITE.read_text().replace("listen 80;", f"listen {here};")
        site = site.replace("server 127.0.0.1:7860;", f"server {urlsplit(address).netloc};")
        site = site.replace("server_name papers.example.org;", "server_name 127.0.0.1;")
        site = site.replace("/var/log/nginx/papertalk.log", str(folder / "access.log"))
        (folder / "site.conf").write_text(site)
        (folder / "nginx.conf").write_text(_main(folder))
        # nginx takes over sockets whose numbers it finds in the environment, as in an upgrade of its binary: whoever
        # connects before it is ready waits, and the port is nobody else's in between.
        command = [NGINX, "-p", str(folder), "-c", "nginx.conf", "-e", "error.log"]
        environment = {**os.environ, "NGINX": f"{listener.fileno()};"}
        with subprocess.Popen(command, env=environment, pass_fds=[listener.fileno()]) as process:
            try:
                yield f"http://{here}"
            finally:
                process.send_signal(signal.SIGTERM)


def _main(folder: Path) -> str:
    user = f"user {getpass.getuser()} {grp.getgrgid(os.getgid()).gr_name};\n" if os.getuid() == 0 else ""
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "".join(f"{kind}_temp_path {folder / kind};\n" for kind in kinds)
    return (
        f"{user}daemon off;\nworker_processes 1;\npid nginx.pid;\nevents {{}}\n"
        f"http {{\naccess_log off;\n{temporary}include site.conf;\n}}\n"
    )


@contextmanager
def site(tmp_path: Path, script: Any = None, **settings: Any) -> Iterator[str]:
    """The whole application, with a scripted assistant, behind nginx."""
    scripted = Scripted(
        script or (lambda question: told(make_answer("That.", question=question))), tmp_path, make_paper()
    )
    folder = tmp_path / "nginx"
    folder.mkdir()
    with serving(scripted, **{**BEHIND, **settings}) as address, proxied(address, folder) as there:
        yield there


def key(tmp_path: Path) -> dict[str, str]:
    """A header that lets one add papers."""
    return {"authorization": f"Bearer {Access(tmp_path).keys.create('lab', 'ingest')[1]}"}


class Slow:
    """An answer that begins, and ends when the test says so."""

    def __init__(self) -> None:
        self.end: Future[None] = Future()

    async def __call__(self, question: str) -> AsyncIterator[Event]:
        yield TextDelta("Begun. ")
        await asyncio.shield(asyncio.wrap_future(self.end))
        async for event in told(make_answer("Begun. Ended.", question=question)):
            yield event


# ---- streams


def test_the_first_event_of_an_answer_comes_through_before_the_answer_has_ended(tmp_path: Path) -> None:
    slow = Slow()
    with site(tmp_path, slow) as address, httpx2.Client(base_url=address, timeout=WAIT) as client:
        asked = {"question": "What?"}
        accept = {"accept": "text/event-stream"}
        with client.stream("POST", "/api/v1/libraries/engines/ask", json=asked, headers=accept) as response:
            assert response.headers["content-type"].startswith("text/event-stream")
            lines = response.iter_lines()
            assert next(line for line in lines if "Begun" in line)
            assert not slow.end.done()
            slow.end.set_result(None)
            assert next(line for line in lines if "Ended" in line)


def test_an_answer_on_the_page_streams_through(tmp_path: Path) -> None:
    slow = Slow()

    async def visit(address: str) -> str:
        async with visitor_at(address) as visitor:
            async for sent in visitor.ask("What?"):
                if "Begun" in sent and not slow.end.done():
                    slow.end.set_result(None)
            return visitor.seen

    with site(tmp_path, slow) as address:
        assert "Ended." in asyncio.run(asyncio.wait_for(visit(address), WAIT))


# ---- what passes


def test_the_page_loads_with_all_that_it_asks_for(tmp_path: Path) -> None:
    with site(tmp_path) as address, httpx2.Client(base_url=address, timeout=WAIT) as client:
        page = client.get("/", headers={"accept": "text/html"})
        config = client.get("/config")
    assert page.status_code == 200
    assert "content-security-policy" in page.headers
    assert config.json()["components"]


def test_an_upload_larger_than_any_buffer_passes_whole(tmp_path: Path) -> None:
    papers = b"@article{a, title={Engines}, year={2020}}\n" * 100_000
    with site(tmp_path, web_editing=True) as address, httpx2.Client(base_url=address, timeout=WAIT) as client:
        response = client.put("/upload/papers.bib", content=papers, headers=key(tmp_path))
    assert response.status_code == 200, response.text
    assert response.json()["token"]


def test_large_headers_pass(tmp_path: Path) -> None:
    with site(tmp_path) as address, httpx2.Client(base_url=address, timeout=WAIT) as client:
        response = client.get("/healthz", headers={"cookie": f"other={'x' * 12_000}"})
    assert response.text == "ok\n"


def test_an_answer_names_the_request_as_nginx_does(tmp_path: Path) -> None:
    with site(tmp_path) as address, httpx2.Client(base_url=address, timeout=WAIT) as client:
        response = client.get("/api/v1/libraries", headers={"x-request-id": "made-up"})
    assert len(response.headers["x-request-id"]) == 32


# ---- what is kept out


def test_more_than_may_be_uploaded_is_refused_before_it_is_sent(tmp_path: Path) -> None:
    with site(tmp_path) as address:
        host, port = urlsplit(address).netloc.split(":")
        with socket.create_connection((host, int(port)), timeout=WAIT) as client:
            client.sendall(b"PUT /upload/a.bib HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 300000000\r\n\r\n")
            assert client.recv(1000).startswith(b"HTTP/1.1 413")


def test_figures_are_not_shown_to_the_world(tmp_path: Path) -> None:
    with site(tmp_path) as address, httpx2.Client(base_url=address, timeout=WAIT) as client:
        for path in ("/metrics", "/metrics/", "//metrics", "/%6Detrics", "/metrics?x=1"):
            response = client.get(path)
            assert "papertalk_" not in response.text, path


def test_what_a_client_says_of_where_it_is_does_not_count(tmp_path: Path) -> None:
    with site(tmp_path, rate_limit="3/minute") as address, httpx2.Client(base_url=address, timeout=WAIT) as client:
        made_up = [{"x-forwarded-for": f"203.0.113.{number}", "forwarded": "for=203.0.113.7"} for number in range(5)]
        statuses = [client.get("/api/v1/libraries", headers=headers).status_code for headers in made_up]
        cookie = client.get("/", headers={"x-forwarded-proto": "https"}).headers["set-cookie"]
    assert statuses == [200, 200, 200, 429, 429]
    assert "Secure" not in cookie


def test_what_is_for_its_own_machine_alone_does_not_answer_through_a_proxy(tmp_path: Path) -> None:
    with site(tmp_path, access="local") as address, httpx2.Client(base_url=address, timeout=WAIT) as client:
        response = client.get("/api/v1/libraries")
    assert response.status_code == 403
    assert "PAPERTALK_ACCESS" in json.loads(response.text)["detail"]


def test_debian_s_nginx_finds_nothing_wrong_with_the_file(tmp_path: Path) -> None:
    assert NGINX is not None
    (tmp_path / "site.conf").write_text(SITE.read_text())
    (tmp_path / "nginx.conf").write_text(_main(tmp_path))
    command = [NGINX, "-t", "-q", "-p", str(tmp_path), "-c", "nginx.conf", "-e", "error.log"]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stderr) == (0, "")
