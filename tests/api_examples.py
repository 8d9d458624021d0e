"""The examples of the API's document, as a server answers: ``python -m tests.api_examples`` records them anew.

One walk through the API over a small library that is made up, behind the guard, with a key for each scope.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import httpx2
from starlette.applications import Starlette
from starlette.routing import Mount

from assistant import Assistant
from assistant.errors import Busy, LibraryUnavailable, ModelError, TimedOut
from assistant.settings import load
from assistant.shelf import Shelf
from assistant.surfaces.serve import api
from assistant.surfaces.serve.api.examples import JSON, PROBLEM_JSON, Recorded
from assistant.surfaces.serve.guard import Guard
from assistant.surfaces.serve.service import Service
from tests.chat_server import serving_chat
from tests.serving import running
from vectorstore.embeddings import EmbeddingModel, open_model

FILE = Path(api.__file__).with_name("examples.json")
PAGE = """Marie Curie

PH

7.1PHMay 2, 2018Code
OreBank: A Dataset of Decay Measurements

Marie Curie, Pierre Curie

Few measurements of decay can be compared. We present OreBank, a dataset of 12,000 decay measurements of forty ores. \
Models trained on OreBank predict activity with an error of 4%. The data is at https://github.com/example/orebank.

5.4PHJun 9, 2020
RadNet: Learning Half-Lives from Short Series

Marie Curie, Gustave Bémont

Half-lives of years cannot be waited for. We propose RadNet, a method that learns half-lives from series of a week. \
On OreBank, RadNet halves the error of linear fits.

6.2PHMar 3, 2021
RadNet for Ores: Learning Half-Lives of Mixtures

Marie Curie, Gustave Bémont

Ores are mixtures. We extend RadNet, which learns half-lives from short series, to mixtures of two elements. On \
OreBank, it tells polonium from radium in 93% of the ores.

3.3PHNov 5, 2021
Lanterns: Light for Night Shifts

Marie Curie

Night shifts need light. We build lanterns from glass and wire, and measure how long nurses can read by them.
"""
MORE = """@article{curie2018orebank, title={OreBank: A Dataset of Decay Measurements}, author={Curie, Marie and Curie,
Pierre}, year={2019}, journal={Journal of Ores}, doi={10.1000/182}}
@article{curie2021lamps, title={Lamps for Field Hospitals}, author={Curie, Marie}, year={2021}}
@article{untitled, author={Curie, Marie}, year={2022}}
"""
FORM = {"files": ["refs.bib"], "sources": ["doi:10.1000/182"], "full_text": False}
_LIBRARY = "/libraries/curie"
_MISSING = "/libraries/curie/papers/curie1911"


class Walk:
    """Asks, and notes what was asked and answered."""

    def __init__(self, client: httpx2.Client) -> None:
        self.seen = Recorded(requests={}, responses={}, problems={})
        self._client = client

    def ask(
        self,
        operation: str | None,
        method: str,
        path: str,
        content: Any = None,
        *,
        what: str = "",
        as_stream: bool = False,
        key: str = "",
        **params: Any,
    ) -> Any:
        """The body of a response that is no problem, noted as the operation's, where one is named."""
        headers = {"accept": "text/event-stream"} if as_stream else {}
        headers |= {"idempotency-key": key} if key else {}
        response = self._client.request(method, path, json=content, params=params, headers=headers)
        assert response.is_success, response.text
        kind = response.headers.get("content-type", "").partition(";")[0]
        body = response.json() if kind.endswith("json") and response.content else response.text
        if operation is not None:
            if content is not None:
                self.sent(operation, what or "a request", content)
            if response.content:
                status = self.seen["responses"].setdefault(operation, {}).setdefault(str(response.status_code), {})
                status.setdefault(kind, {})[what or "a response"] = body
        return body

    def sent(self, operation: str, what: str, content: Any, media_type: str = JSON) -> None:
        """Note a request."""
        self.seen["requests"].setdefault(operation, {}).setdefault(media_type, {})[what] = content

    def fail(self, method: str, path: str, **request: Any) -> None:
        """Note the problem that a request is answered with."""
        response = self._client.request(method, path, **request)
        assert response.headers["content-type"] == PROBLEM_JSON, response.text
        problem = response.json()
        self.seen["problems"].setdefault(problem["type"].removeprefix("/problems/"), problem)

    def upload(self, path: str, name: str, content: str) -> str:
        """The id of a job that a file is sent to, once it has ended."""
        job_id: str = self._client.post(path, files={"files": (name, content.encode())}).json()["id"]
        self._client.get(f"/jobs/{job_id}/events")
        return job_id

    def job(self, operation: str, path: str, content: Any = None, *, what: str = "") -> str:
        """The id of a job that is begun, once it has ended."""
        job_id: str = self.ask(operation, "POST", path, content, what=what)["id"]
        self.ask("watch_job", "GET", f"/jobs/{job_id}/events")
        return job_id


@contextmanager
def served(folder: Path, model: EmbeddingModel, **settings_: Any) -> Iterator[tuple[Service, httpx2.Client]]:
    """The API behind the guard, and a client with an admin's key."""
    chosen = {"library": "lovelace", "access": "keys", "rate_limit": "10000/minute", "max_body_mb": 1, **settings_}
    settings = load(data_dir=folder, **chosen)
    with Assistant(settings=settings, model=model) as assistant, Shelf(settings, assistant) as shelf:
        service = Service(shelf)
        _, key = service.access.keys.create("lab website", "admin")
        rest = api.application(service)
        guard = Guard(Starlette(routes=[Mount(api.PREFIX, rest)]), settings, service.access, "127.0.0.1")
        try:
            with running(guard) as url:
                headers = {"authorization": f"Bearer {key}"}
                with httpx2.Client(base_url=url + api.PREFIX, headers=headers, timeout=60, trust_env=False) as client:
                    yield service, client
        finally:
            rest.state.jobs.close()


def walked(folder: Path, model: EmbeddingModel) -> Recorded:
    """All that is asked and answered on one walk."""
    with served(folder, model) as (service, client):
        walk = Walk(client)
        _walk_in(walk)
        _walk_questions(walk)
        _walk_papers(walk)
        _walk_conversations(walk)
        _walk_jobs(walk)
        _walk_wrong(walk, service)
    _walk_written(walk, folder, model)
    return walk.seen


def _walk_in(walk: Walk) -> None:
    walk.ask("create_library", "POST", "/libraries", {"name": "curie"})
    walk.fail("POST", f"{_LIBRARY}/ask", json={"question": "Which datasets were introduced?"})
    for operation in ("ingest", "preview_ingest"):
        walk.sent(operation, "identifiers", {"sources": ["orcid:0000-0002-1825-0097"]})
        walk.sent(operation, "files", FORM, "multipart/form-data")
    preview = walk.job("preview_ingest", f"{_LIBRARY}/preview", {"text": PAGE}, what="a text")
    walk.job("accept_preview", f"/jobs/{preview}/accept", {"without": []})
    walk.ask("get_job", "GET", f"/jobs/{walk.upload(f'{_LIBRARY}/preview', 'refs.bib', MORE)}", what="a preview")
    ingest = walk.job("ingest", f"{_LIBRARY}/ingest", {"text": MORE}, what="a text")
    walk.ask("get_job", "GET", f"/jobs/{ingest}", what="an ingest")
    walk.ask("list_libraries", "GET", "/libraries")
    walk.ask("get_library", "GET", _LIBRARY)


def _walk_questions(walk: Walk) -> None:
    question = {"question": "Which datasets were introduced?", "filters": {"years": [2018, 2021]}}
    answer = walk.ask("ask", "POST", f"{_LIBRARY}/ask", {"question": "What is OreBank?"}, what="a question")
    walk.ask("ask", "POST", f"{_LIBRARY}/ask", question, what="with filters, which is computed")
    history = [{"role": "user", "content": "What is OreBank?"}, {"role": "assistant", "content": answer["text"]}]
    leaning = {"question": "How large is it?", "history": history}
    walk.ask("ask", "POST", f"{_LIBRARY}/ask", leaning, what="that leans on the one before")
    walk.ask("ask", "POST", f"{_LIBRARY}/ask", {"question": "What is RadNet?"}, as_stream=True, what="streamed")
    walk.ask("suggest_follow_ups", "POST", f"{_LIBRARY}/follow-ups", {"answer": answer})
    walk.ask("search_passages", "POST", f"{_LIBRARY}/search", {"query": "decay of ores", "limit": 2})


def _walk_papers(walk: Walk) -> None:
    key = walk.ask("list_papers", "GET", f"{_LIBRARY}/papers", limit=1, sort="added")["items"][0]["key"]
    walk.ask("get_paper", "GET", f"{_LIBRARY}/papers/{key}")
    walk.ask("list_related_papers", "GET", f"{_LIBRARY}/papers/{key}/related")
    walk.ask("get_trends", "GET", f"{_LIBRARY}/trends", by="year")
    walk.ask("get_overview", "GET", f"{_LIBRARY}/overview")
    walk.ask("list_sources", "GET", f"{_LIBRARY}/sources")
    for form in ("bibtex", "ris", "csl-json", "jsonl"):
        walk.ask("export_papers", "GET", f"{_LIBRARY}/export", format=form)
    walk.ask("list_people", "GET", f"{_LIBRARY}/people")
    walk.ask("split_people", "POST", f"{_LIBRARY}/people/split", {"keys": [key]})
    walk.ask("merge_people", "POST", f"{_LIBRARY}/people/merge", {"numbers": [1, 2]})
    walk.ask("accept_people", "POST", f"{_LIBRARY}/people/accept", {"name": "Marie Curie"})
    walk.ask("undo_people", "POST", f"{_LIBRARY}/people/undo", {})


def _walk_conversations(walk: Walk) -> None:
    asked = {"question": "What is OreBank?", "conversation": "new"}
    walk.ask("ask", "POST", f"{_LIBRARY}/ask", asked, what="that begins a conversation")
    mine = walk.ask("list_conversations", "GET", "/conversations")["items"][0]["id"]
    rated = {"useful": False, "reason": "It leaves out how the ores were chosen."}
    walk.ask("rate_answer", "POST", f"/conversations/{mine}/exchanges/1/feedback", rated)
    walk.ask("rename_conversation", "PATCH", f"/conversations/{mine}", {"title": "The first dataset"})
    walk.ask("get_conversation", "GET", f"/conversations/{mine}")
    for form in ("markdown", "json", "bibtex"):
        walk.ask("export_conversation", "GET", f"/conversations/{mine}/export", format=form)
    token = walk.ask("share_conversation", "POST", f"/conversations/{mine}/share")["token"]
    walk.ask("read_shared_conversation", "GET", f"/shared/{token}")
    walk.ask("export_feedback", "GET", "/feedback", useful=False)


def _walk_jobs(walk: Walk) -> None:
    walk.job("sync", f"{_LIBRARY}/sync", {"full_text": False})
    undo = walk.job("undo_ingest", f"{_LIBRARY}/undo")
    walk.ask("get_job", "GET", f"/jobs/{undo}", what="an undo")
    walk.ask("stop_job", "DELETE", f"/jobs/{undo}")
    walk.ask("list_jobs", "GET", "/jobs")


def _walk_wrong(walk: Walk, service: Service) -> None:
    ask = f"{_LIBRARY}/ask"
    walk.fail("GET", "/libraries", headers={"authorization": "none"})
    _, reader = service.access.keys.create("reader", "read")
    walk.fail("POST", f"{_LIBRARY}/sync", json={}, headers={"authorization": f"Bearer {reader}"})
    walk.fail("GET", "/libraries/hertz")
    walk.fail("GET", _MISSING)
    walk.fail("GET", "/conversations/none")
    walk.fail("GET", "/jobs/none")
    walk.fail("POST", f"{_LIBRARY}/ingest", content=b"none", headers={"content-type": "text/plain"})
    walk.fail("POST", f"{_LIBRARY}/ingest", json={"text": "x" * 1_100_000})
    walk.fail("POST", f"{_LIBRARY}/ingest", json={})
    walk.fail("POST", ask, json={"question": "  "})
    walk.fail("GET", f"{_LIBRARY}/papers", params={"since": 2021, "until": 2018})
    walk.fail("POST", "/libraries", json={"name": "curie"})
    walk.ask(None, "POST", f"{_LIBRARY}/ingest", {"text": MORE}, key="again")
    walk.fail("POST", f"{_LIBRARY}/ingest", json={"text": PAGE}, headers={"idempotency-key": "again"})
    late = TimedOut("The answer took longer than 120 seconds; ask again, or for less at once.")
    unreachable = LibraryUnavailable("The Chroma server does not answer.")
    silent = ModelError("The chat model 'openai:gpt' does not answer; check its address.")
    for error in (late, unreachable, silent, Busy("Too many questions are being answered; ask again in 3 s.", 3)):
        with patch.object(service, "ask", side_effect=error):
            walk.fail("POST", ask, json={"question": "What is OreBank?"})
    with patch.object(service, "ask", side_effect=RuntimeError):
        walk.fail("POST", ask, json={"question": "What is OreBank?"})


def _walk_written(walk: Walk, folder: Path, model: EmbeddingModel) -> None:
    """An answer that a chat model writes."""
    with patch.dict(os.environ, {"OPENAI_API_KEY": "sk-none"}), serving_chat() as chat:
        chat.will_say("RadNet learns half-lives from series of a week [1]. It was sold a thousand times [1].")
        chat.will_say("RadNet learns half-lives from series of a week [1].")
        with served(folder, model, **chat.settings) as (_, client):
            written = Walk(client)
            written.seen = walk.seen
            asked = {"question": "What does RadNet learn?"}
            written.ask("ask", "POST", f"{_LIBRARY}/ask", asked, what="that a chat model answers")


def main() -> None:
    """Write the file anew."""
    with tempfile.TemporaryDirectory() as folder:
        seen = walked(Path(folder), open_model())
    FILE.write_text(json.dumps(seen, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(f"{FILE}: {FILE.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
