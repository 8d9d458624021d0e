"""Papers in and out over real HTTP: jobs, their queue and their end, uploads, previews, and what may not be given."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest

from assistant.errors import Busy, JobNotFound, SourceError, Stopped
from assistant.ingesting import IngestReport, Progress
from assistant.surfaces.serve.api.jobs import Job, Jobs
from assistant.surfaces.serve.problems import sentence_of
from tests.fakes import FirstWords, Watched
from tests.loopback import listening
from tests.serving import Server, empty_assistant, serving
from vectorstore.embeddings import EmbeddingModel

NOT_FOLLOWED = "This link cannot be followed; check it, or send what is there as a file."


def entry(key: str, title: str = "", author: str = "Lovelace, Ada") -> str:
    """A publication in BibTeX."""
    title = title or f"On the matter of {key}"
    return f"@article{{{key}, title={{{title}}}, author={{{author}}}, journal={{Notes}}, year={{1843}}}}\n"


def entries(count: int, word: str = "engines") -> str:
    return "".join(entry(f"{word}{number}", f"{word} number {number} of many") for number in range(count))


class Held:
    """An embedding model that waits before a call until it is let go."""

    def __init__(self, at: int = 1) -> None:
        self.reached, self.released = threading.Event(), threading.Event()
        self.model = Watched(FirstWords(), self._before)
        self._at = at

    def _before(self, call: int) -> None:
        if call == self._at:
            self.reached.set()
            assert self.released.wait(60)


@contextmanager
def library(folder: Path, model: EmbeddingModel | None = None, **settings: Any) -> Iterator[Server]:
    with empty_assistant(folder, model or FirstWords(), **settings) as assistant, serving(assistant) as server:
        yield server


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Server]:
    with library(tmp_path / "data") as server:
        yield server


@pytest.fixture
def ada(served: Server) -> Iterator[httpx2.Client]:
    with served.as_caller("ingest", "ada") as client:
        yield client


def ended(client: httpx2.Client, begun: httpx2.Response) -> dict[str, Any]:
    """The job that a response tells of, when it has ended."""
    assert begun.status_code == 202, begun.text
    job: dict[str, Any] = begun.json()
    assert begun.headers["location"] == f"/api/v1/jobs/{job['id']}"
    with client.sse(f"/jobs/{job['id']}/events") as events:
        for event in events:
            job = json.loads(event.data)
    assert job == client.get(f"/jobs/{job['id']}").json()
    return job


def ingest(client: httpx2.Client, **given: Any) -> dict[str, Any]:
    return ended(client, client.post("/libraries/curie/ingest", json=given))


def upload(client: httpx2.Client, *named: tuple[str, bytes], **fields: Any) -> httpx2.Response:
    files = [("files", (name, content)) for name, content in named]
    return client.post("/libraries/curie/ingest", files=files, data=fields)


def refused(response: httpx2.Response, status: int, kind: str) -> str:
    assert response.status_code == status, response.text
    assert response.json()["type"] == f"/problems/{kind}"
    return str(response.json()["detail"])


# ---- what comes in


def test_a_pasted_text_comes_in_as_a_job_with_a_report(ada: httpx2.Client, served: Server) -> None:
    job = ingest(ada, text=entries(3))
    assert (job["kind"], job["state"], job["problem"]) == ("ingest", "done", None)
    assert job["report"]["added"] == ["engines0", "engines1", "engines2"]
    assert (job["stage"], job["done"], job["total"]) == ("done", 3, 3)
    assert len(served.assistant.library) == 3
    assert ingest(ada, text=entries(3))["report"]["unchanged"] == ["engines0", "engines1", "engines2"]


def test_files_come_in_and_are_known_by_their_names(ada: httpx2.Client, served: Server) -> None:
    response = upload(ada, ("Nötes ünd 文獻.bib", entries(2).encode()), ("b.bib", entry("other").encode()))
    assert sorted(ended(ada, response)["report"]["added"]) == ["engines0", "engines1", "other"]
    assert served.assistant.library.sources[0].name == "Nötes ünd 文獻.bib"
    assert served.assistant.library.sources[0].address == ""


@pytest.mark.parametrize(
    "name", ["../../../etc/cron.d/x.bib", "/etc/passwd", "..\\..\\x.bib", "....//x", "x" * 300 + ".bib"]
)
def test_a_files_name_is_never_a_path(ada: httpx2.Client, served: Server, tmp_path: Path, name: str) -> None:
    before = {path for path in tmp_path.rglob("*") if path.is_file()}
    assert ended(ada, upload(ada, (name, entry("looms").encode())))["report"]["added"] == ["looms"]
    (source,) = served.assistant.library.sources
    assert "/" not in source.name
    assert "\\" not in source.name
    new = {path.name for path in tmp_path.rglob("*") if path.is_file()} - {path.name for path in before}
    assert not {"x.bib", "passwd"} & new


def test_a_file_is_what_its_content_is(ada: httpx2.Client) -> None:
    program = b"\x7fELF" + bytes(200)
    job = ended(ada, upload(ada, ("paper.pdf", program), ("notes.exe", entry("looms").encode())))
    assert job["report"]["added"] == ["looms"]
    (unreadable,) = job["report"]["unreadable"]
    assert unreadable["place"] == "paper.pdf"
    assert "a program" in unreadable["reason"]


def test_a_title_of_300_characters_comes_in_whole(ada: httpx2.Client) -> None:
    title = "Ü" * 300
    (key,) = ingest(ada, text=entry("long", title))["report"]["added"]
    assert ada.get(f"/libraries/curie/papers/{key}").json()["title"] == title


def test_nothing_given_is_refused(ada: httpx2.Client) -> None:
    assert "Nothing is given" in refused(ada.post("/libraries/curie/ingest", json={}), 422, "source-error")
    refused(ada.post("/libraries/curie/ingest", json={"text": " "}), 422, "source-error")
    refused(ada.post("/libraries/curie/ingest", json={"colour": 1}), 422, "invalid-request")
    refused(
        ada.post("/libraries/curie/ingest", content=b"{", headers={"content-type": "application/json"}),
        422,
        "invalid-request",
    )
    text = ada.post("/libraries/curie/ingest", content=b"x", headers={"content-type": "text/plain"})
    refused(text, 415, "unsupported-media-type")


def test_a_form_that_is_broken_is_refused(ada: httpx2.Client) -> None:
    kind = {"content-type": "multipart/form-data; boundary=x"}
    broken = ada.post("/libraries/curie/ingest", content=b"--x\r\nno form", headers=kind)
    assert broken.status_code in (400, 422)
    assert broken.headers["content-type"] == "application/problem+json"
    elsewhere = ada.post("/libraries/curie/ingest", files=[("file", ("a.bib", b"x"))])
    refused(elsewhere, 422, "invalid-request")


def test_a_file_that_is_too_large_is_refused(tmp_path: Path) -> None:
    with library(tmp_path, max_upload_mb=1) as server, server.as_caller("ingest") as client:
        sentence = refused(upload(client, ("a.bib", bytes(1024 * 1024 + 1))), 413, "content-too-large")
        assert "larger than 1 MB" in sentence


def test_a_half_sent_upload_leaves_nothing_and_the_server_goes_on(served: Server, ada: httpx2.Client) -> None:
    parts = urlsplit(served.url)
    head = (
        "POST /api/v1/libraries/curie/ingest HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n"
        "Content-Type: multipart/form-data; boundary=x\r\n\r\n"
        '--x\r\nContent-Disposition: form-data; name="files"; filename="a.bib"\r\n\r\n@article{'
    )
    with socket.create_connection((str(parts.hostname), int(parts.port or 0))) as connection:
        connection.sendall(head.encode())
    assert ingest(ada, text=entry("looms"))["state"] == "done"
    assert len(served.jobs.all(None)) == 1


# ---- what may be named


@pytest.mark.parametrize("source", ["/etc/passwd", "refs.bib", "~/refs.bib", "file:///etc/passwd", "../x", "", "C:\\x"])
def test_files_of_the_server_are_for_this_machines_user_alone(ada: httpx2.Client, tmp_path: Path, source: str) -> None:
    (tmp_path / "refs.bib").write_text(entry("looms"))
    sentence = refused(ada.post("/libraries/curie/ingest", json={"sources": [source]}), 422, "source-error")
    assert "passwd" not in sentence
    assert "as a text or as files" in sentence


def test_this_machines_user_may_name_files(served: Server, tmp_path: Path) -> None:
    (tmp_path / "refs.bib").write_text(entry("looms"))
    with served.as_caller("owner") as owner:
        assert ingest(owner, sources=[str(tmp_path / "refs.bib")])["report"]["added"] == ["looms"]
        assert refused(
            owner.post("/libraries/curie/ingest", json={"sources": [str(tmp_path / "none.bib")]}), 422, "source-error"
        ).startswith("There is no file")


class _Secret(BaseHTTPRequestHandler):
    asked: list[str] = []  # noqa: RUF012  # of the test that listens

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(entry("secret").encode())

    def log_message(self, *_: Any) -> None:
        pass


@pytest.mark.parametrize("how", ["sources", "text", "file"])
def test_links_into_the_servers_own_network_are_not_followed(ada: httpx2.Client, served: Server, how: str) -> None:
    _Secret.asked.clear()
    with listening(_Secret) as address:
        links = [f"{address}/a.bib", address.replace("127.0.0.1", "localhost"), "http://169.254.169.254/latest/"]
        if how == "sources":
            job = ingest(ada, sources=links)
        elif how == "text":
            job = ingest(ada, text="\n".join(links))
        else:
            job = ended(ada, upload(ada, ("links.txt", "\n".join(links).encode())))
        assert _Secret.asked == []
    assert len(served.assistant.library) == 0
    assert job["report"]["added"] == []
    if how != "file":
        assert [row["place"] for row in job["report"]["unreadable"]] == links
        assert {row["reason"] for row in job["report"]["unreadable"]} == {NOT_FOLLOWED}


def test_others_are_not_told_which_names_there_are_in_the_servers_network(ada: httpx2.Client, served: Server) -> None:
    links = ["http://localhost/a.bib", "http://no.such.host.invalid/a.bib", "https://[fd00::1]:8443/a.bib"]
    reasons = [row["reason"] for row in ingest(ada, sources=links)["report"]["unreadable"]]
    assert reasons == [NOT_FOLLOWED] * 3
    with served.as_caller("owner") as owner:
        told = [row["reason"] for row in ingest(owner, sources=links)["report"]["unreadable"]]
    assert "PAPERTALK_ALLOW_PRIVATE_ADDRESSES" in told[0]
    assert "cannot be looked up" in told[1]
    assert "fd00::1" in told[2]


def test_a_problem_does_not_tell_either() -> None:
    told = (
        "'intra' is at 10.0.0.7, which is no public address; set PAPERTALK_ALLOW_PRIVATE_ADDRESSES=true if you trust "
        "it."
    )
    assert sentence_of(SourceError(told), to_owner=False) == NOT_FOLLOWED
    assert sentence_of(SourceError(told), to_owner=True) == told


def test_a_report_names_no_folder_of_the_server(served: Server, tmp_path: Path) -> None:
    file = tmp_path / "my papers" / "refs.bib"
    file.parent.mkdir()
    file.write_text(entry("looms"))
    with served.as_caller("owner") as owner, served.as_caller("ingest", "ada") as other:
        ingest(owner, sources=[str(file)])
        file.unlink()
        theirs = ended(other, other.post("/libraries/curie/sync", json={}))
        ours = ended(owner, owner.post("/libraries/curie/sync", json={}))
        known = [who.get("/libraries/curie/sources").json()["items"] for who in (owner, other)]
    assert [row["address"] for rows in known for row in rows] == [str(file), "refs.bib"]
    assert {name for rows in known for row in rows for name in row} == {
        *("name", "kind", "address", "digest", "read_on", "unreadable", "papers")
    }
    assert str(tmp_path) in json.dumps(ours)
    assert str(tmp_path) not in json.dumps(theirs)
    assert theirs["report"]["warnings"] == ["refs.bib: is no longer there; the papers that came from it stay."]


# ---- how far


def test_a_job_says_how_far_it_is_in_papers_and_what_it_does(tmp_path: Path) -> None:
    held = Held(at=3)
    with library(tmp_path, held.model) as server, server.as_caller("ingest", "ada") as ada:
        begun = ada.post("/libraries/curie/ingest", json={"text": entries(40)}).json()
        waiting = ada.post("/libraries/curie/sync", json={}).json()
        assert held.reached.wait(60)
        job = ada.get(f"/jobs/{begun['id']}").json()
        assert (job["state"], job["stage"]) == ("running", "taking papers in")
        assert (job["done"], job["total"]) == (16, 40)
        assert ada.get(f"/jobs/{waiting['id']}").json()["stage"] == "waiting for the job before it"
        held.released.set()
        (*_, first) = [job for job in server.jobs.all(None) if job.join(60)]
        assert (first.stage, first.done, first.total) == ("done", 40, 40)


def test_papers_that_are_there_already_are_done_as_well(ada: httpx2.Client) -> None:
    ingest(ada, text=entries(3))
    job = ingest(ada, text=entries(5))
    assert (job["done"], job["total"]) == (5, 5)
    undone = ended(ada, ada.post("/libraries/curie/undo"))
    assert (undone["stage"], undone["done"], undone["total"]) == ("done", 2, 2)


# ---- again


def test_a_request_that_is_sent_again_is_one_job(ada: httpx2.Client, served: Server) -> None:
    def send(text: str, key: str = "k1", client: httpx2.Client = ada, where: str = "ingest") -> httpx2.Response:
        return client.post(f"/libraries/curie/{where}", json={"text": text}, headers={"idempotency-key": key})

    first = ended(ada, send(entries(2)))
    again = send(entries(2))
    assert (again.status_code, again.json()) == (202, first)
    refused(send(entries(3)), 409, "key-reused")
    refused(send(entries(2), where="preview"), 409, "key-reused")
    assert ended(ada, send(entries(2), "k2"))["id"] != first["id"]
    with served.as_caller("ingest", "bob") as bob:
        assert ended(bob, send(entries(2), client=bob))["id"] != first["id"]


def test_an_upload_that_is_sent_again_is_one_job(ada: httpx2.Client) -> None:
    def send(content: str) -> httpx2.Response:
        files = [("files", ("a.bib", content.encode()))]
        return ada.post("/libraries/curie/ingest", files=files, headers={"idempotency-key": "k"})

    first = ended(ada, send(entries(2)))
    assert send(entries(2)).json()["id"] == first["id"]
    refused(send(entries(3)), 409, "key-reused")


# ---- previews and back


def test_a_preview_stores_nothing_until_it_is_accepted(ada: httpx2.Client, served: Server) -> None:
    shown = ended(ada, ada.post("/libraries/curie/preview", json={"text": entries(3)}))
    assert [paper["outcome"] for paper in shown["preview"]["papers"]] == ["added"] * 3
    assert (shown["report"], len(served.assistant.library)) == (None, 0)
    path = f"/jobs/{shown['id']}/accept"
    refused(ada.post(path, json={"without": ["nobody"]}), 404, "paper-not-found")
    taken = ended(ada, ada.post(path, json={"without": ["engines1"]}))
    assert taken["report"]["added"] == ["engines0", "engines2"]
    back = ended(ada, ada.post("/libraries/curie/undo"))
    assert sorted(back["report"]["removed"]) == ["engines0", "engines2"]
    failed = ended(ada, ada.post("/libraries/curie/undo"))
    assert (failed["state"], failed["problem"]["type"]) == ("failed", "/problems/library-error")


def test_a_job_that_is_no_preview_has_nothing_to_accept(ada: httpx2.Client) -> None:
    job = ingest(ada, text=entries(1))
    refused(ada.post(f"/jobs/{job['id']}/accept", json={}), 409, "library-error")
    refused(ada.post("/jobs/nope/accept", json={}), 404, "job-not-found")


def test_a_removed_paper_stays_away_and_all_or_none_go(ada: httpx2.Client, served: Server) -> None:
    ingest(ada, text=entries(4))
    refused(ada.delete("/libraries/curie/papers", params={"key": ["engines0", "nobody"]}), 404, "paper-not-found")
    assert len(served.assistant.library) == 4
    assert ada.delete("/libraries/curie/papers", params={"key": ["engines0", "engines1"]}).status_code == 204
    assert ada.delete("/libraries/curie/papers/engines2").status_code == 204
    assert [paper.key for paper in served.assistant.papers()] == ["engines3"]


# ---- while it runs


def test_pages_hold_all_that_was_there_while_papers_come_in(ada: httpx2.Client) -> None:
    ingest(ada, text=entries(30))
    seen: list[str] = []
    cursor = None
    for number in range(20):
        params: dict[str, Any] = {"limit": 7, "sort": "title"} | ({"cursor": cursor} if cursor else {})
        page = ada.get("/libraries/curie/papers", params=params).json()
        seen += [paper["key"] for paper in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
        ingest(ada, text=entry(f"new{number}", f"A new paper, number {number}"))
    assert len(seen) == len(set(seen))
    assert {f"engines{number}" for number in range(30)} <= set(seen)


def test_one_job_at_a_time_runs_on_a_library(tmp_path: Path) -> None:
    held = Held()
    with library(tmp_path, held.model) as server, server.as_caller("ingest", "ada") as ada:
        first = ada.post("/libraries/curie/ingest", json={"text": entries(2)})
        assert held.reached.wait(60)
        second = ada.post("/libraries/curie/ingest", json={"text": entries(2, "looms")})
        states = {job["id"]: job["state"] for job in ada.get("/jobs").json()["items"]}
        assert states == {first.json()["id"]: "running", second.json()["id"]: "queued"}
        refused(ada.delete("/libraries/curie/papers/engines0"), 429, "busy")
        held.released.set()
        assert ended(ada, second)["report"]["added"] == ["looms0", "looms1"]
        assert ended(ada, first)["state"] == "done"


def test_a_job_is_stopped_between_papers_and_reports_what_went_in(tmp_path: Path) -> None:
    held = Held(at=3)
    with library(tmp_path, held.model) as server, server.as_caller("ingest", "ada") as ada:
        begun = ada.post("/libraries/curie/ingest", json={"text": entries(300)})
        assert held.reached.wait(60)
        assert ada.delete(f"/jobs/{begun.json()['id']}").status_code == 202
        held.released.set()
        job = ended(ada, begun)
        assert (job["state"], job["problem"]["type"]) == ("stopped", "/problems/stopped")
        there = [paper.key for paper in server.assistant.papers()]
        assert job["report"]["added"] == there
        assert 0 < len(there) < 300
        listed = ada.get("/libraries/curie/papers", params={"limit": 200}).json()
        assert listed["total"] == len(there)
        assert ingest(ada, text=entries(300))["state"] == "done"
        assert len(server.assistant.library) == 300


def test_a_job_that_waits_is_stopped_before_it_begins(tmp_path: Path) -> None:
    held = Held()
    with library(tmp_path, held.model) as server, server.as_caller("ingest", "ada") as ada:
        ada.post("/libraries/curie/ingest", json={"text": entries(2)})
        assert held.reached.wait(60)
        waiting = ada.post("/libraries/curie/ingest", json={"text": entries(2, "looms")})
        assert ada.delete(f"/jobs/{waiting.json()['id']}").json()["state"] == "stopped"
        held.released.set()
        assert ended(ada, waiting)["report"] is None


def test_closing_stops_what_runs_and_begins_nothing_more(tmp_path: Path) -> None:
    held = Held(at=3)
    with library(tmp_path, held.model) as server, server.as_caller("ingest", "ada") as ada:
        begun = ada.post("/libraries/curie/ingest", json={"text": entries(80)})
        assert held.reached.wait(60)
        closing = threading.Thread(target=server.jobs.close)
        closing.start()
        held.released.set()
        closing.join(60)
        assert not closing.is_alive()
        assert ada.get(f"/jobs/{begun.json()['id']}").json()["state"] == "stopped"
        refused(ada.post("/libraries/curie/ingest", json={"text": entries(2)}), 429, "busy")


def test_a_job_is_shown_to_whoever_began_it_and_to_admins(ada: httpx2.Client, served: Server) -> None:
    job = ingest(ada, text=entries(1))
    with served.as_caller("ingest", "bob") as bob, served.as_caller("admin", "eve") as admin:
        refused(bob.get(f"/jobs/{job['id']}"), 404, "job-not-found")
        refused(bob.delete(f"/jobs/{job['id']}"), 404, "job-not-found")
        refused(bob.get(f"/jobs/{job['id']}/events"), 404, "job-not-found")
        assert bob.get("/jobs").json()["items"] == []
        assert admin.get(f"/jobs/{job['id']}").json() == job


# ---- the jobs themselves


def work(tell: Progress) -> IngestReport:
    tell(1, 1)
    return IngestReport()


def test_so_many_jobs_wait_and_no_more() -> None:
    jobs, go_on = Jobs(), threading.Event()

    def waiting(tell: Progress) -> IngestReport:
        go_on.wait(60)
        return work(tell)

    for _ in range(21):  # one of them runs
        jobs.add(Job("sync", "curie", "ada", waiting))
    with pytest.raises(Busy):
        jobs.add(Job("sync", "curie", "ada", work))
    go_on.set()
    assert jobs.close(60)


def test_a_job_that_ended_is_forgotten_after_many_others() -> None:
    jobs = Jobs()
    first = jobs.add(Job("undo", "curie", "ada", work))
    assert first.join(60)
    for _ in range(120):
        assert jobs.add(Job("undo", "curie", "ada", work)).join(60)
    with pytest.raises(JobNotFound):
        jobs.get(first.id, None)


def test_a_job_tells_that_a_bug_ended_it() -> None:
    def broken(_: Progress) -> IngestReport:
        raise RuntimeError("zebra")

    job = Jobs().add(Job("sync", "curie", "ada", broken))
    assert job.join(60)
    assert (job.state, type(job.error)) == ("failed", RuntimeError)


def test_a_stopped_job_cleans_up() -> None:
    dropped: list[str] = []

    def endless(tell: Progress) -> IngestReport:
        while True:
            tell(1, 2)

    jobs = Jobs()
    job = jobs.add(Job("ingest", "curie", "ada", endless, clean_up=lambda: dropped.append("files")))
    jobs.stop(job)
    assert job.join(60)
    assert (job.state, type(job.error), dropped) == ("stopped", Stopped, ["files"])
