"""The programs of examples/, run as their README says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx2
import pytest
from langchain.chat_models import init_chat_model
from playwright.sync_api import Browser, expect

from assistant import Assistant
from assistant.library import Library
from assistant.settings import Settings, load
from examples import langchain_chain
from tests.asking import open_copy
from tests.chat_server import Reply, serving_chat
from tests.web_chat import SLOW, in_browser, serving

ROOT = Path(__file__).parents[1]
EMBED = ROOT / "examples" / "embed"


@pytest.fixture(scope="module")
def assistant(sample_library: Library, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    with open_copy(sample_library, tmp_path_factory.mktemp("embed")) as opened:
        yield opened


def run(name: str, *arguments: str, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "examples" / name), *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT)}, cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip


def ran(name: str, *arguments: str) -> str:
    """What an example prints."""
    done = run(name, *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_example_is_in_the_readme_and_tried_here() -> None:
    readme = (ROOT / "examples" / "README.md").read_text(encoding="utf-8")
    here = Path(__file__).read_text(encoding="utf-8")
    programs = {path.name for path in (ROOT / "examples").glob("*.py")} - {"__init__.py"}
    assert programs
    assert all(f"python examples/{name}" in readme and f'"{name}"' in here for name in programs)


def test_the_notebook_on_trends_saves_its_figures_and_leaves_nothing_else(tmp_path: Path) -> None:
    said = ran("trends.py", str(ROOT / "examples" / "xu_han" / "profile.txt"), str(tmp_path / "figures"))
    assert "24 of 37 papers come with code" in said
    figures = {path.name for path in (tmp_path / "figures").iterdir()}
    assert {"years.html", "topics.html", "topics.csv", "with-code.html", "asked.html", "overview-1.html"} <= figures
    assert "plotly" in (tmp_path / "figures" / "years.html").read_text(encoding="utf-8")
    assert list(tmp_path.iterdir()) == [tmp_path / "figures"]


@pytest.mark.parametrize(
    ("name", "arguments"),
    [("trends.py", ["nothing.bib", "figures"]), ("langchain_chain.py", ["--papers", "nothing.bib"])],
)
def test_a_file_of_papers_that_is_not_there_ends_an_example_in_one_sentence(
    tmp_path: Path, name: str, arguments: list[str]
) -> None:
    done = run(name, *arguments, folder=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert "nothing.bib" in line
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["trends.py", "langchain_chain.py"])
def test_an_example_says_what_it_takes(tmp_path: Path, name: str) -> None:
    done = run(name, "--help", folder=tmp_path)
    assert done.returncode == 0
    assert done.stdout.startswith(f"usage: {name}")
    assert list(tmp_path.iterdir()) == []


def test_the_notebook_has_cells() -> None:
    text = (ROOT / "examples" / "trends.py").read_text(encoding="utf-8")
    assert len(re.findall(r"^# %% \S", text, re.MULTILINE)) >= 5


def test_the_chain_answers_without_any_model() -> None:
    said = ran("langchain_chain.py", "What is MAVEN?")
    assert re.search(r"^--- answer\n\*\*MAVEN: .*\[1\]", said, re.MULTILINE | re.DOTALL)
    assert "--- passages\nMAVEN: A Massive General Domain Event Detection Dataset\n" in said


def test_the_chain_with_a_model_shows_what_is_checked_beside_what_is_not(assistant: Assistant) -> None:
    false = "MAVEN has 9,999 documents. [1]"
    with serving_chat() as server:
        for _ in range(4):
            server.will_say(Reply(false))
        model = init_chat_model("openai:small", base_url=server.url, api_key="none")
        said = langchain_chain.with_a_model(assistant, model).invoke("How many documents does MAVEN have?")
    assert said["unchecked"] == false
    assert "9,999" not in said["checked"]
    assert "4,480" in said["checked"]


# ---- on a page of one's own


@contextmanager
def site(folder: Path) -> Iterator[str]:
    """Another site on this machine; its origin."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


def embed_settings() -> dict[str, Any]:
    """What the example's settings file says, as the server reads it."""
    given = tomllib.loads((EMBED / "papertalk.toml").read_text(encoding="utf-8"))
    assert given.keys() <= Settings.model_fields.keys()
    return {name: getattr(load(**given), name) for name in given}


def page_for(address: str, library: str, folder: Path) -> None:
    """The example's page, with its attributes set as its user would."""
    text = (EMBED / "page.html").read_text(encoding="utf-8")
    for said, meant in {
        "https://papers.example.org": address,
        'data-library="default"': f'data-library="{library}"',
    }.items():
        assert said in text
        text = text.replace(said, meant)
    (folder / "page.html").write_text(text, encoding="utf-8")


@in_browser
def test_a_page_of_another_site_asks_and_shows_the_answer_with_its_passages(
    assistant: Assistant, browser: Browser, tmp_path: Path
) -> None:
    with site(tmp_path) as origin:
        chosen = embed_settings() | {"library": assistant.library.name, "cors_origins": (origin,), "allowed_hosts": ()}
        with serving(assistant, **chosen) as address:
            page_for(address, assistant.library.name, tmp_path)
            visitor = browser.new_page()
            visitor.set_default_timeout(SLOW)
            errors: list[str] = []
            visitor.on("pageerror", lambda error: errors.append(str(error)))
            visitor.goto(f"{origin}/page.html")
            visitor.get_by_label("Your question").fill("How many documents does MAVEN have?")
            visitor.get_by_role("button", name="Ask").click()
            expect(visitor.locator(".answer")).to_contain_text("4,480")
            quote = visitor.locator(".sources q").first
            expect(quote).to_contain_text("4,480 Wikipedia documents")
            marker = visitor.locator(".answer a", has_text="[1]").first
            assert marker.get_attribute("href") == "#source-1"
            visitor.get_by_label("Your question").fill("word " * 2_000)
            visitor.get_by_role("button", name="Ask").click()
            expect(visitor.locator(".answer")).to_contain_text("more than the 1,000 that are read")
            assert errors == []
            visitor.close()


def test_only_the_sites_that_the_settings_list_may_ask(assistant: Assistant) -> None:
    chosen = embed_settings() | {"library": assistant.library.name, "allowed_hosts": (), "trusted_proxies": ()}
    (origin,) = chosen["cors_origins"]
    with serving(assistant, **chosen) as address, httpx2.Client(trust_env=False) as client:
        asked = f"{address}/api/v1/libraries/{assistant.library.name}/ask"
        wanted = {"access-control-request-method": "POST", "access-control-request-headers": "content-type"}
        mine = client.options(asked, headers={"origin": origin, **wanted})
        other = client.options(asked, headers={"origin": "https://elsewhere.example", **wanted})
    assert mine.headers["access-control-allow-origin"] == origin
    assert "access-control-allow-origin" not in other.headers
