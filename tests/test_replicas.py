"""Two real servers over one Chroma server."""

from __future__ import annotations

from pathlib import Path

import httpx2

from tests.chroma_server import serving_chroma
from tests.real_server import LIBRARY, MANY, begin_ingest, keys, served, whole_ingest


def test_when_one_is_killed_in_the_middle_of_an_ingest_the_other_answers_and_takes_in_the_rest(tmp_path: Path) -> None:
    with (
        serving_chroma(tmp_path / "chroma") as chroma,
        served(tmp_path / "one" / "data", chroma_url=chroma.url) as (killed, one),
        served(tmp_path / "two" / "data", chroma_url=chroma.url) as (_, two),
        httpx2.Client(base_url=two, timeout=60) as client,
    ):
        begin_ingest(one)
        killed.kill()
        killed.wait()
        while not (there := keys(two)):  # it looks once a second
            continue
        assert len(there) < MANY
        assert all(client.get(f"{LIBRARY}/papers/{key}").json()["passages"] for key in there)
        asked = client.post(f"{LIBRARY}/ask", json={"question": "How many papers are there?"})
        assert f"{len(keys(two))} papers" in asked.json()["text"]
        report = whole_ingest(two)  # once the lease of the killed one has ended
        assert len(report["added"]) == MANY - len(there)
        assert len(keys(two)) == len(set(keys(two))) == MANY
