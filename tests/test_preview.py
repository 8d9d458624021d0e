"""Looking at what would come in: the report, each paper as it would be, what is accepted, and pasted texts."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

import pytest

from assistant import Assistant
from assistant.errors import PaperNotFound, SourceError
from assistant.library import Library
from assistant.papers import Paper
from assistant.previewing import Preview
from assistant.settings import load
from assistant.sources import Closed, Item, Notice, Opened, Unchanged, Unreadable, intake
from assistant.sources.entries import Entry
from assistant.sources.web import Web
from tests.command_line import run
from tests.fakes import FirstWords, Watched
from tests.pages import make_page, make_record
from tests.papers import make_paper
from tests.replay_server import ReplayServer, Reply, replaying
from tests.web_sources import web

WEAVERS = ("Ada Lovelace", "Charles Babbage", "Mary Somerville")
BIB = """\
@article{Lov20, title={Engines that Weave}, author={Lovelace, Ada and Babbage, Charles}, year=2020,
  journal={Looms}, doi={10.1000/looms.1}}
@inproceedings{Lov21, title={A Flood in York}, author={Lovelace, Ada}, year=2021, booktitle={Rivers}}
@misc{talk, title={On Looms}, author={Lovelace, Ada}, howpublished={Invited talk}, year=2019}
@article{broken, title={}, author={Lovelace, Ada}}
"""


@pytest.fixture
def watched() -> Watched:
    return Watched(FirstWords())


@pytest.fixture
def assistant(watched: Watched, tmp_path: Path) -> Iterator[Assistant]:
    settings = load(data_dir=tmp_path / "data", library="test")
    with Assistant(settings=settings, model=watched) as opened:
        yield opened


@pytest.fixture
def library(assistant: Assistant) -> Library:
    return assistant.library


def entry(title: str = "Engines that Weave", **fields: object) -> Paper:
    paper = Entry(**{"title": title, "authors": WEAVERS, "date": "2020", **fields}).to_paper("refs.bib, line 1")  # type: ignore[arg-type]
    assert isinstance(paper, Paper)
    return paper


def source(name: str, *items: Item, kind: str = "bibtex", digest: str | None = None) -> list[Item]:
    return [Opened(name, kind, f"/{name}", digest), *items, Closed()]


@pytest.fixture
def refs(tmp_path: Path) -> Path:
    path = tmp_path / "refs.bib"
    path.write_text(BIB, encoding="utf-8")
    return path


# ---- what it says


def test_a_preview_reports_what_the_ingest_then_does_and_stores_nothing(
    assistant: Assistant, watched: Watched, refs: Path
) -> None:
    counted: list[int] = []
    preview = assistant.preview(refs, progress=counted.append)
    assert (preview.report.added, len(preview.report.skipped), len(preview.report.unreadable)) == (
        ["Lov20", "Lov21"],
        1,
        1,
    )
    assert (len(assistant.library), assistant.library.sources, watched.texts) == (0, (), [])
    assert counted == [1, 2]
    assert asdict(assistant.accept(preview)) == asdict(preview.report)
    assert [paper.title for paper in assistant.papers()] == ["Engines that Weave", "A Flood in York"]
    assert [known.name for known in assistant.library.sources] == ["refs.bib"]
    assert [seen.outcome for seen in assistant.preview(refs).papers] == ["unchanged", "unchanged"]


def test_a_paper_that_would_change_comes_with_what_it_is_now(library: Library, watched: Watched) -> None:
    library.ingest(source("refs.bib", entry(key="Lov20", venue="Looms"), entry("Tides")))
    watched.texts.clear()
    preview = library.preview(
        [
            *source("openalex:A1", entry(abstract="We weave.", venue="Shuttles", date="2020-03"), kind="openalex"),
            *source("refs.bib", entry("Tides"), entry("Tides")),
        ]
    )
    changed, same = preview.papers
    assert (changed.outcome, changed.paper.abstract, changed.entries) == ("updated", "We weave.", 1)
    assert changed.now is not None
    assert changed.now == library.paper("Lov20")
    assert [(change.name, change.now, change.then, change.origin) for change in changed.changes] == [
        ("date", "2020", "2020-03", "openalex:A1"),
        ("abstract", "", "We weave.", "openalex:A1"),
    ]
    assert [record.origin for record in changed.records] == ["refs.bib", "openalex:A1"]
    assert (same.outcome, same.entries, same.changes) == ("unchanged", 2, ())
    assert preview.report.merged == [same.paper.key]
    assert watched.texts == []


def test_papers_that_would_be_joined_are_named(library: Library) -> None:
    library.ingest(
        [
            *source("arxiv:au:Lovelace", entry("Looms", key="a", ids=["arxiv:2001.00001"]), kind="arxiv"),
            *source("refs.bib", entry("Engines that Weave on Looms", key="b", ids=["doi:10.1/a"])),
        ]
    )
    both = entry("Engines that Weave on Looms", ids=["doi:10.1/a", "arxiv:2001.00001"])
    (seen,) = library.preview(source("openalex:A1", both, kind="openalex")).papers
    assert (seen.paper.key, seen.absorbs, len(seen.records)) == ("a", ("b",), 3)
    assert list(library.papers) == ["a", "b"]


def test_a_paper_with_too_many_sentences_is_refused_as_the_ingest_refuses_it(library: Library) -> None:
    long = make_paper("Engines that Weave", "The looms weave. " * 5_600)
    items = source("refs.bib", long, entry("Tides"))
    preview = library.preview(items)
    assert "more than a paper may have" in preview.report.unreadable[0].reason
    assert [seen.paper.title for seen in preview.papers] == ["Tides"]
    assert asdict(library.ingest(items)) == asdict(preview.report)


# ---- what is accepted


def test_papers_can_be_left_out_and_come_when_they_are_named_again(assistant: Assistant, refs: Path) -> None:
    report = assistant.accept(assistant.preview(refs), without=["Lov21"])
    assert report.added == ["Lov20"]
    assert "'A Flood in York' was left out." in [entry.reason for entry in report.skipped]
    assert [paper.key for paper in assistant.papers()] == ["Lov20"]
    synced = assistant.sync()
    assert (synced.added, [paper.key for paper in assistant.papers()]) == ([], ["Lov20"])
    assert assistant.ingest(refs).added == ["Lov21"]


def test_an_update_can_be_left_out_and_comes_when_its_file_is_named_again(assistant: Assistant, refs: Path) -> None:
    assistant.ingest(refs)
    refs.write_text(BIB.replace("Looms}", "Shuttles}"), encoding="utf-8")
    preview = assistant.preview(refs)
    assert [change.name for change in preview.paper("Lov20").changes] == ["venue"]
    assistant.accept(preview, without=["Lov20"])
    assert assistant.paper("Lov20").venue == "Looms"
    assert assistant.library.store.about.get("removed", []) == []
    assert assistant.ingest(refs).updated == ["Lov20"]


def test_a_key_that_the_preview_has_not_is_named_and_nothing_goes_in(assistant: Assistant, refs: Path) -> None:
    with pytest.raises(PaperNotFound, match="Lov99"):
        assistant.accept(assistant.preview(refs), without=["Lov99"])
    assert len(assistant.library) == 0


def test_what_was_left_out_is_forgotten_when_the_ingest_is_taken_back(assistant: Assistant, refs: Path) -> None:
    assistant.accept(assistant.preview(refs), without=["Lov21"])
    assistant.undo()
    assert (len(assistant.library), assistant.library.store.about.get("removed", [])) == (0, [])
    assert assistant.sync().entries == 0


def test_a_library_that_changed_in_the_meantime_comes_out_right(assistant: Assistant, refs: Path) -> None:
    preview = assistant.preview(refs)
    assistant.take_in(source("more.bib", entry("Engines that Weave", key="other", ids=["doi:10.1000/looms.1"])))
    report = assistant.accept(preview)
    assert (report.updated, report.added) == (["other"], ["Lov21"])
    assert len(assistant.library.records("other")) == 2


def test_a_paper_that_was_removed_in_the_meantime_comes_back_from_a_file_that_was_known(
    assistant: Assistant, tmp_path: Path
) -> None:
    file = tmp_path / "whole.bib"
    file.write_text(BIB[: BIB.index("@misc")], encoding="utf-8")
    assistant.ingest(file)
    before = assistant.paper("Lov21")
    preview = assistant.preview(file)
    assert any(isinstance(item, Unchanged) for item in preview.items)
    assistant.remove("Lov21")
    file.unlink()
    assert assistant.accept(preview).added == ["Lov21"]
    assert assistant.paper("Lov21") == before


# ---- uploads and pasted texts


def test_an_upload_is_known_by_its_name_and_a_sync_leaves_it_alone(assistant: Assistant, refs: Path) -> None:
    scan = refs.with_name("scan.pdf")
    scan.write_bytes(b"%PDF-1.4\nnothing")
    preview = assistant.preview(uploads=[refs, scan])
    assert [item.place for item in preview.report.unreadable] == ["refs.bib, line 5", "scan.pdf"]
    refs.unlink()
    assistant.accept(preview)
    assert [paper.source for paper in assistant.papers()] == ["refs.bib, line 1", "refs.bib, line 3"]
    assert [(known.name, known.address) for known in assistant.library.sources] == [("refs.bib", ""), ("scan.pdf", "")]
    synced = assistant.sync()
    assert (synced.entries, synced.warnings) == (0, [])


def test_an_upload_that_is_gone_is_reported(assistant: Assistant, tmp_path: Path) -> None:
    (gone,) = assistant.preview(uploads=[tmp_path / "refs.bib"]).report.unreadable
    assert gone.place == "refs.bib"


PASTED = {
    "bibtex": BIB,
    "ris": "TY  - JOUR\nTI  - Engines that Weave\nAU  - Lovelace, Ada\nPY  - 2020\nJO  - Looms\nER  - \n",
    "profile": make_page(make_record("Engines that Weave")),
    "text": "Lovelace, A., & Babbage, C. (2020). Engines that Weave. Looms, 3(1), 1-9. https://doi.org/10.1000/looms.1\n"
    "Lovelace, A. (2021). A Flood in York. Rivers, 4(2), 10-19. https://doi.org/10.1000/rivers.2\n",
    "html": "<html><ul><li>A. Lovelace and C. Babbage. “Engines that Weave”. <i>Looms</i>, 2020.</li></ul></html>",
}


@pytest.mark.parametrize("kind", PASTED)
def test_a_pasted_text_is_known_by_what_it_holds(assistant: Assistant, kind: str) -> None:
    preview = assistant.preview(text=PASTED[kind])
    assert preview.papers[0].paper.title == "Engines that Weave"
    opened = preview.items[0]
    assert isinstance(opened, Opened)
    assert (opened.kind, opened.address) == (kind, "")
    assert preview.papers[0].paper.source.startswith("pasted text, 20")
    assistant.accept(preview)
    assert str(assistant.preview(text=PASTED[kind]).report).startswith("unchanged: ")


def test_a_pasted_text_has_a_name_among_the_sources_and_a_sync_leaves_it_alone(assistant: Assistant) -> None:
    report = assistant.accept(assistant.preview(text=BIB))
    assert [item.place.partition(", line")[0] for item in report.unreadable] == [assistant.library.sources[0].name]
    assert "pasted text, 20" in assistant.library.sources[0].name
    synced = assistant.sync()
    assert (synced.entries, synced.warnings) == (0, [])


def test_what_a_notice_says_of_a_pasted_text_names_no_file_of_ours(assistant: Assistant) -> None:
    preview = assistant.preview(text=BIB.replace("Lov21, title", "Lov21 title"))
    told = [str(item) for item in preview.items if isinstance(item, Notice | Unreadable)]
    assert told
    assert not any("papertalk-" in line for line in told)


@pytest.fixture
def server() -> Iterator[ReplayServer]:
    with replaying() as server:
        message = {
            "DOI": "10.1000/looms.1",
            "title": ["Engines that Weave"],
            "type": "journal-article",
            "author": [{"given": "Ada", "family": "Lovelace"}],
            "issued": {"date-parts": [[2020]]},
            "abstract": "We weave.",
        }
        server.gives("/crossref/works/10.1000/looms.1", Reply({"message": message}))
        yield server


@pytest.fixture
def open_web(server: ReplayServer, tmp_path: Path) -> Callable[[], Web]:
    return lambda: web(server, tmp_path / "cache")


def test_pasted_identifiers_are_asked_once_and_what_came_goes_in(
    assistant: Assistant, server: ReplayServer, open_web: Callable[[], Web]
) -> None:
    given = intake.understand_text(
        "- doi: 10.1000/looms.1\n\norcid:0000-0002-1825-0098\n* https://doi.org/10.1000/looms.1,"
    )
    preview: Preview = assistant.library.preview(intake.read(given, open_web))
    (seen,) = preview.papers
    assert (seen.paper.title, seen.paper.abstract, seen.entries) == ("Engines that Weave", "We weave.", 2)
    (wrong,) = preview.report.unreadable
    assert wrong.place.endswith(", line 3")
    assert "wrong check digit" in wrong.reason
    asked = len(server.asked)
    assert assistant.accept(preview).added == [seen.paper.key]
    assert len(server.asked) == asked
    assert assistant.library.sources[0].address == "doi:10.1000/looms.1"


def test_a_doi_before_a_text_is_an_entry_of_its_own(assistant: Assistant, open_web: Callable[[], Web]) -> None:
    given = intake.understand_text("10.1000/looms.1\n\nhello world\n")
    assert [type(one) for one in given] == [intake.Online, intake.Pasted]
    preview: Preview = assistant.library.preview(intake.read(given, open_web))
    assert [seen.paper.title for seen in preview.papers] == ["Engines that Weave"]
    (wrong,) = preview.report.unreadable
    assert "holds no publication" in wrong.reason
    reference = "Grace Hopper. Compilers for Looms. Looms, 2021.\n"
    *_, content = intake.understand_text(f"10.1000/looms.1\n\n{reference}{reference}")
    assert content.text == f"\n\n{reference}{reference}"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "text",
    [
        PASTED["text"],
        "Ada Lovelace. Engines that Weave. Looms, 2020.\nhttps://doi.org/10.1000/looms.1\n",
        "/etc/passwd",
        "Notes on 10.1000/looms.1 and others",
    ],
)
def test_a_text_that_is_more_than_a_list_of_identifiers_asks_nobody_and_opens_no_file(text: str) -> None:
    (given,) = intake.understand_text(text)
    assert isinstance(given, intake.Pasted)
    items = list(intake.read([given], lambda: pytest.fail("asked")))
    assert isinstance(items[0], Opened)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (" \n\t", "is empty"),
        ("x" * 5_000_001, "more than 5 MB"),
        ("é" * 2_500_001, "more than 5 MB"),
        ("doi:10.1000/x\n" * 501, "501 lines"),
    ],
)
def test_a_pasted_text_without_anything_or_of_too_much_is_refused(assistant: Assistant, text: str, says: str) -> None:
    with pytest.raises(SourceError, match=says):
        assistant.preview(text=text)


# ---- the command


def test_a_dry_run_prints_the_report_and_makes_no_library(tmp_path: Path, refs: Path) -> None:
    data = tmp_path / "data"
    result = run("ingest", str(refs), "--dry-run", data=data)
    assert result.exit_code == 0
    assert result.stdout.startswith("added: 2\nskipped: 1\nunreadable: 1\n")
    assert "A Flood in York" in result.stdout
    assert "unreadable: " in result.stderr
    assert "Nothing was stored" in result.stderr
    assert not (data / "libraries").exists()


def test_a_dry_run_into_a_library_says_what_would_change(tmp_path: Path, refs: Path) -> None:
    data = tmp_path / "data"
    run("ingest", str(refs), data=data)
    refs.write_text(BIB.replace("Looms}", "Shuttles}"), encoding="utf-8")
    result = run("ingest", str(refs), "--dry-run", "--json", data=data)
    told = json.loads(result.stdout)
    assert (told["updated"], told["entries"]) == (["Lov20"], 4)
    assert told["papers"][0]["changes"] == [{"field": "venue", "now": "Looms", "then": "Shuttles", "from": "refs.bib"}]
    assert json.loads(run("show", "Lov20", "--json", data=data).stdout)["venue"] == "Looms"


def test_a_dry_run_of_nothing_readable_fails_as_the_ingest_does(tmp_path: Path) -> None:
    scan = tmp_path / "scan.pdf"
    scan.write_bytes(b"%PDF-1.4\nnothing")
    result = run("ingest", str(scan), "--dry-run", data=tmp_path / "data")
    assert result.exit_code == 1
    assert "unreadable: " in result.stderr
