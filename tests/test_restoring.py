"""`papertalk restore --replace` of a library that a real server has open: it goes through the server."""

from __future__ import annotations

import json
from pathlib import Path

import httpx2
import pytest

from assistant import Assistant
from assistant.announcing import servers
from tests.asking import is_one_sentence
from tests.papers import make_paper
from tests.real_server import BIB, papertalk, served
from vectorstore.embeddings import EmbeddingModel

LOOMS = make_paper("Looms", "Cards drive looms. Nobody weaves by hand.")


@pytest.fixture
def data_dir(tmp_path: Path, model: EmbeddingModel) -> Path:
    folder = tmp_path / "data"
    with Assistant(data_dir=folder, model=model) as assistant:
        assistant.take_in([LOOMS])
    return folder


def titles(data_dir: Path) -> list[str]:
    listed = papertalk(data_dir, "papers", "--json")
    assert listed.returncode == 0, listed.stderr
    return [row["title"] for row in json.loads(listed.stdout)]


def test_the_server_changes_over_to_the_backup_and_goes_on(data_dir: Path, tmp_path: Path) -> None:
    file, bib = tmp_path / "looms.papertalk", tmp_path / "hopper.bib"
    bib.write_text(BIB, encoding="utf-8")
    with served(data_dir) as (_, address):
        assert papertalk(data_dir, "backup", str(file)).returncode == 0
        assert papertalk(data_dir, "ingest", str(bib)).returncode == 0
        assert len(titles(data_dir)) == 2
        kept = papertalk(data_dir, "restore", str(file))
        assert kept.returncode == 1
        assert "--replace" in kept.stderr
        restored = papertalk(data_dir, "restore", str(file), "--replace")
        assert restored.returncode == 0, restored.stderr
        assert restored.stdout == "default: 1 paper, 0 conversations\n"
        assert titles(data_dir) == ["Looms"]
        answer = papertalk(data_dir, "ask", "What drives looms?")
        assert "Cards drive looms." in answer.stdout, answer.stderr
        assert papertalk(data_dir, "ingest", str(bib)).stdout == "added: 1\n"
        page = httpx2.get(f"{address}/readyz", timeout=60)
        assert page.status_code == 200
    assert len(titles(data_dir)) == 2
    assert [path.name for path in (data_dir / "libraries").iterdir()] == ["default"]


def test_a_damaged_backup_changes_nothing_and_is_one_sentence(data_dir: Path, tmp_path: Path) -> None:
    file = tmp_path / "looms.papertalk"
    with served(data_dir) as (_, address):
        assert papertalk(data_dir, "backup", str(file)).returncode == 0
        file.write_bytes(file.read_bytes()[:-100])
        refused = papertalk(data_dir, "restore", str(file), "--replace")
        assert refused.returncode == 1
        assert "is no whole backup" in refused.stderr
        assert is_one_sentence(refused.stderr.removeprefix("Error: ").strip())
        (server,) = servers(data_dir)
        with httpx2.Client(base_url=address, headers={"authorization": f"Bearer {server.token}"}, timeout=60) as owner:
            sent = owner.post("/api/v1/libraries/default/restore", json={"file": str(file)})
            assert "is no whole backup" in sent.json()["problem"]["detail"]
            missing = owner.post("/api/v1/libraries/nobody/restore", json={"file": str(file)})
            assert missing.json()["problem"]["status"] == 404
        assert titles(data_dir) == ["Looms"]


def test_nobody_but_this_machines_user_may_restore(data_dir: Path, tmp_path: Path) -> None:
    key = papertalk(data_dir, "keys", "create", "me", "--scope", "admin").stdout.strip()
    with served(data_dir, access="keys") as (_, address):
        for headers, status in (({}, 401), ({"authorization": f"Bearer {key}"}, 403)):
            sent = httpx2.post(
                f"{address}/api/v1/libraries/default/restore",
                json={"file": str(tmp_path / "none")},
                headers=headers,
                timeout=60,
            )
            assert sent.status_code == status
            assert "none" not in sent.text
