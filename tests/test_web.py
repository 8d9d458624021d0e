"""The web chat behind its socket, in a real browser: over the sample author as `make run` starts it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

import app
import examples
from assistant import Assistant
from assistant.errors import ConfigError
from assistant.surfaces.serve.listening import listen
from tests.pages import make_page, make_record
from tests.web_chat import (
    HOSTILE_ABSTRACT,
    HOSTILE_TITLE,
    SLOW,
    ask,
    assert_harmless,
    begin_anew,
    in_browser,
    send,
    serving,
    visiting,
    wait_for_answer,
)
from vectorstore.embeddings import EmbeddingModel

ROOT = Path(__file__).parents[1]
MEGABYTES = 700


# ---- the start


def test_a_taken_port_is_one_sentence_with_the_next_step() -> None:
    with listen("127.0.0.1", 0) as taken, pytest.raises(ConfigError, match="PAPERTALK_PORT") as caught:
        listen("127.0.0.1", taken.getsockname()[1])
    assert str(caught.value).count("\n") == 0


def test_an_unknown_host_is_one_sentence_with_the_setting() -> None:
    with pytest.raises(ConfigError, match=r"'not a host'.*PAPERTALK_HOST"):
        listen("not a host", 0)


def test_an_address_of_another_machine_is_one_sentence_with_the_setting() -> None:
    with pytest.raises(ConfigError, match=r"192\.0\.2\.1:7860.*PAPERTALK_HOST"):
        listen("192.0.2.1", 7860)


def test_a_missing_sample_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PAPERTALK_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("PAPERTALK_PORT", "0")
    monkeypatch.setattr(examples, "SAMPLE", tmp_path / "gone.txt")
    before = signal.getsignal(signal.SIGTERM)
    try:
        assert app.main() == 1
    finally:
        signal.signal(signal.SIGTERM, before)
    assert "gone.txt" in capsys.readouterr().err


def test_gradio_is_imported_only_where_a_page_is_built() -> None:
    code = "import sys, app, assistant.surfaces.web; print('gradio' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True).stdout == "False\n"


# ---- the sample author, as `make run` starts it


@contextmanager
def started(environment: dict[str, str], folder: Path) -> Iterator[tuple[subprocess.Popen[str], str, str]]:
    """``python app.py``: the process, what it printed until it serves, and the address."""
    command = [sys.executable, str(ROOT / "app.py")]
    with subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout is not None
        try:
            printed = ""
            for line in process.stdout:
                printed += line
                if address := re.search(r"http://127\.0\.0\.1:\d+", line):
                    yield process, printed, address[0]
                    break
            else:
                pytest.fail(f"the web chat did not start: {printed}")
        finally:
            process.kill()


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Settings of a process that notes whatever it connects to beyond this machine, or looks up."""
    folder = tmp_path_factory.mktemp("watched")
    (folder / "sitecustomize.py").write_text(_WATCH, encoding="utf-8")
    return {
        **os.environ,
        "PAPERTALK_DATA_DIR": str(folder / "data"),
        "PAPERTALK_PORT": "0",
        "PYTHONPATH": str(folder),
        "CONNECTIONS": str(folder / "connections"),
    }


_WATCH = """
import os, sys

def watch(event, arguments):
    if event == "socket.connect":
        address = arguments[1]
        foreign = isinstance(address, tuple) and address[0] not in ("127.0.0.1", "::1", "localhost")
    elif event == "socket.getaddrinfo":
        address = arguments[0]
        foreign = address not in (None, "127.0.0.1", "::1", "localhost", b"127.0.0.1")
    else:
        return
    if foreign:
        with open(os.environ["CONNECTIONS"], "a") as notes:
            notes.write(f"{event} {address}\\n")

sys.addaudithook(watch)
"""


class Served:
    """The web chat over the sample author, at its second start."""

    def __init__(self, process: subprocess.Popen[str], printed: str, address: str) -> None:
        self.process = process
        self.printed = printed
        self.address = address
        self.first_printed = ""
        self.first_end = ""
        self.first_code = -1


@pytest.fixture(scope="module")
def served(environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("elsewhere")
    with (
        started(environment, folder) as (process, first_printed, at_first),
        urllib.request.urlopen(f"{at_first}/gradio_api/heartbeat/open", timeout=SLOW / 1000),  # as an open page has it
    ):
        process.send_signal(signal.SIGINT)
        first_end, _ = process.communicate(timeout=SLOW / 1000)
    with started(environment, folder) as (second, printed, address):
        served = Served(second, printed, address)
        served.first_printed, served.first_end, served.first_code = first_printed, first_end, process.returncode
        yield served


def test_the_first_start_takes_the_sample_in_and_ctrl_c_ends_it_without_a_word_too_many(served: Served) -> None:
    assert "added: 37" in served.first_printed
    assert (served.first_end.strip(), served.first_code) == ("Stopped.", 0)


def test_the_second_start_says_that_nothing_changed(served: Served) -> None:
    assert "unchanged: 37" in served.printed


@pytest.mark.usefixtures("served")
def test_a_start_beside_it_is_one_sentence(environment: dict[str, str], tmp_path: Path) -> None:
    command = [sys.executable, str(ROOT / "app.py")]
    beside = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert beside.returncode == 1
    assert re.fullmatch(r"The library 'default' is in use by .*\n", beside.stderr)


@in_browser
def test_an_example_is_answered_with_its_passages_marked_and_can_be_followed_up(
    served: Served, browser: Browser
) -> None:
    with visiting(browser, served.address) as visitor:
        expect(visitor.locator("h1")).to_have_text("Xu Han")
        expect(visitor.locator("#head")).to_contain_text("37 papers, 20")
        example = visitor.locator("#examples button").first
        question = example.inner_text()
        example.click()
        wait_for_answer(visitor, question)

        shown = visitor.locator(".pt-turn:visible mark")
        quotes = shown.all_inner_texts()
        sample = examples.SAMPLE.read_text(encoding="utf-8")
        assert quotes
        assert all(quote in sample for quote in quotes)
        assert visitor.locator("#chat .pt-cite").all_inner_texts() == [f"[{n + 1}]" for n in range(len(quotes))]
        assert visitor.locator(".pt-turn:visible h3").inner_text() in sample

        ask(visitor, "where is its code?")
        name = question.removesuffix("?").split()[-1]
        expect(visitor.locator("#chat")).to_contain_text(f"Understood as: where is {name}")
        expect(visitor.locator(".pt-turn:visible h3").first).to_contain_text(name)

        begin_anew(visitor)
        expect(visitor.locator("#chat .pt-answer")).to_have_count(0)
        expect(visitor.locator("#examples button").first).to_be_visible()
        expect(visitor.locator(".pt-turn")).to_have_count(0)


@in_browser
def test_what_no_paper_holds_is_declined_with_the_closest_papers(served: Served, browser: Browser) -> None:
    with visiting(browser, served.address) as visitor:
        ask(visitor, "Which learning rate does the Frobnicator-9000 dataset need?")
        expect(visitor.locator("#chat .pt-declined")).to_have_count(1)
        expect(visitor.locator(".pt-turn:visible h3").first).to_be_visible()
        expect(visitor.locator(".pt-turn:visible mark")).to_have_count(0)


@in_browser
@pytest.mark.parametrize("words", [1_500, 4_001], ids=["too long", "longer than the box"])
def test_what_cannot_be_asked_is_one_sentence_in_the_chat(served: Served, browser: Browser, words: int) -> None:
    with visiting(browser, served.address) as visitor:
        send(visitor, "word " * words)
        expect(visitor.locator("#chat .pt-declined")).to_contain_text("The question ")
        expect(visitor.locator("#question textarea")).to_have_value("")


@in_browser
def test_a_question_of_blanks_is_not_asked(served: Served, browser: Browser) -> None:
    with visiting(browser, served.address) as visitor:
        send(visitor, "   ")
        expect(visitor.locator("#chat .pt-question")).to_have_count(0)
        expect(visitor.locator("#examples button").first).to_be_visible()
        expect(visitor.locator("#question textarea")).to_be_focused()


@in_browser
def test_two_visitors_have_a_conversation_each(served: Served, browser: Browser) -> None:
    with visiting(browser, served.address) as one, visiting(browser, served.address) as other:
        names = ["InfLLM", "FewRel"]
        ask(one, f"What is {names[0]}?")
        ask(other, f"What is {names[1]}?")
        for visitor, mine, theirs in ((one, names[0], names[1]), (other, names[1], names[0])):
            ask(visitor, "where is its code?")
            expect(visitor.locator("#chat .pt-answer")).to_have_count(2)
            expect(visitor.locator("#chat")).to_contain_text(mine)
            expect(visitor.locator("#chat")).not_to_contain_text(theirs)


@in_browser
def test_the_whole_of_it_stays_small_and_at_home(served: Served, browser: Browser, environment: dict[str, str]) -> None:
    with visiting(browser, served.address) as visitor:
        ask(visitor, "Which datasets are introduced?")
    assert not Path(environment["CONNECTIONS"]).exists(), Path(environment["CONNECTIONS"]).read_text()
    status = Path(f"/proc/{served.process.pid}/status")
    if status.exists():
        peak = re.search(r"VmHWM:\s+(\d+) kB", status.read_text())
        assert peak is not None
        assert int(peak[1]) < MEGABYTES * 1024


@in_browser
def test_a_page_outlives_a_server_that_is_killed(environment: dict[str, str], browser: Browser, tmp_path: Path) -> None:
    with listen("127.0.0.1", 0) as free:
        port = free.getsockname()[1]
    environment = environment | {"PAPERTALK_DATA_DIR": str(tmp_path / "data"), "PAPERTALK_PORT": str(port)}
    with ExitStack() as page:
        with started(environment, tmp_path) as (process, _, address):
            refused = r"Failed to load resource|net::ERR|Failed to fetch|network error|Connection errored out"
            visitor = page.enter_context(visiting(browser, f"{address}/?years=2018-2020", expected=refused))
            ask(visitor, "Which datasets are introduced?")
            answer = visitor.locator("#chat .pt-answer").inner_text()
            process.send_signal(signal.SIGKILL)
            process.wait()
            expect(visitor.get_by_role("alert")).to_contain_text("The connection is lost", timeout=SLOW)
            assert visitor.locator("#chat .pt-answer").inner_text() == answer
        with started(environment, tmp_path):
            expect(visitor.locator("#pt-lost")).to_have_count(0, timeout=SLOW)
            expect(visitor.locator("#chat .pt-answer")).to_have_text(answer, use_inner_text=True, timeout=SLOW)
            expect(visitor.locator("#chips .pt-chip")).to_contain_text("2018 to 2020")
            ask(visitor, "Which methods are introduced?")
            expect(visitor.locator("#chat .pt-answer")).to_have_count(2)
            page.close()


@in_browser
def test_hostile_papers_come_through_a_library_as_characters(
    browser: Browser, model: EmbeddingModel, tmp_path: Path
) -> None:
    source = tmp_path / "page.txt"
    record = make_record(f"Zorbex: {HOSTILE_TITLE}", abstract=HOSTILE_ABSTRACT)
    source.write_text(make_page(record, header="Eve <img src=x onerror=window.stolen=5>\n\nCL"), encoding="utf-8")
    with Assistant(library="hostile", data_dir=tmp_path, model=model) as assistant:
        assistant.ingest(source)
        with serving(assistant) as address, visiting(browser, address) as visitor:
            assert_harmless(visitor, "What is Zorbex?", f"Zorbex: {HOSTILE_TITLE}")


@in_browser
def test_the_server_closes_what_the_page_does_not_call(served: Served, browser: Browser) -> None:
    with visiting(browser, served.address) as visitor:
        response = visitor.request.get(served.address)
        assert "default-src 'self'" in response.headers["content-security-policy"]
        for path in ("info", "file=/etc/passwd", "upload", "proxy=http://elsewhere.example", "call/respond"):
            assert visitor.request.get(f"{served.address}/gradio_api/{path}").status == 404


@in_browser
def test_requests_of_other_pages_and_under_other_names_are_refused(served: Served) -> None:
    port = served.address.rpartition(":")[2]

    def status(**headers: str) -> int:
        request = urllib.request.Request(f"{served.address}/gradio_api/run/predict", b"{}", headers)
        try:
            return int(urllib.request.urlopen(request, timeout=SLOW / 1000).status)
        except urllib.error.HTTPError as error:
            return int(error.code)

    assert status(Origin="http://evil.example") == 403
    assert status(Host=f"evil.example:{port}") == 403
    assert status(Host=f"evil.example:{port}", Origin=f"http://evil.example:{port}") == 403
    assert status(Host=f"localhost:{port}", Origin=f"http://localhost:{port}") not in (403, 404)
