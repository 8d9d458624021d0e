"""``ingest``, ``sync``, ``sources``, ``remove`` and ``export`` as a user types them, with real files and folders."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.command_line import run, sentence

BIB = """\
@article{Lov20, title={Engines that Weave}, author={Lovelace, Ada and Babbage, Charles}, year=2020,
  journal={Looms}, doi={10.1000/looms.1}, abstract={We weave with engines. They use twelve cards.}}
@inproceedings{Lov21, title={A Flood in {York}}, author={Lovelace, Ada}, year=2021, booktitle={Rivers}}
@misc{talk, title={On Looms}, author={Lovelace, Ada}, howpublished={Invited talk}, year=2019}
@article{broken, title={}, author={Lovelace, Ada}}
"""
CSL = [{"id": "x", "type": "article-journal", "title": "Engines that weave.", "DOI": "10.1000/LOOMS.1",
        "author": [{"family": "Lovelace", "given": "Ada"}, {"family": "Babbage", "given": "Charles"}],
        "container-title": "Journal of Shuttles", "issued": {"date-parts": [[2020, 6]]}}]  # fmt: skip


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def papers(tmp_path: Path) -> Path:
    """A folder with two files that hold one paper both."""
    folder = tmp_path / "papers"
    folder.mkdir()
    (folder / "refs.bib").write_text(BIB, encoding="utf-8")
    (folder / "zotero.json").write_text(json.dumps(CSL), encoding="utf-8")
    return folder


def keys(data: Path) -> list[str]:
    return [row["key"] for row in json.loads(run("papers", "--json", data=data).stdout)]


def test_a_folder_goes_in_and_everything_in_it_is_accounted_for(data: Path, papers: Path) -> None:
    result = run("ingest", str(papers), data=data)
    assert result.exit_code == 0
    assert result.stdout == "added: 2\nmerged: 1\nskipped: 1\nunreadable: 1\n"
    assert re.search(r"merged: Lov20 \(.*refs\.bib, line 1 and .*zotero\.json.*\)", result.stderr)
    assert re.search(r"skipped: .*refs\.bib, line 4: it is a talk", result.stderr)
    assert re.search(r"unreadable: .*refs\.bib, line 5: .*title", result.stderr)


def test_show_says_which_source_gave_what_and_where_they_differ(data: Path, papers: Path) -> None:
    run("ingest", str(papers), data=data)
    shown = run("show", "Lov20", data=data).stdout
    assert "doi:10.1000/looms.1" in shown
    assert re.search(r"refs\.bib: .*title", shown)
    assert re.search(r"venue: zotero\.json has 'Journal of Shuttles'", shown)
    fields = json.loads(run("show", "Lov20", "--json", data=data).stdout)["fields"]
    assert fields["venue"] == {"from": "refs.bib", "others": {"zotero.json": "Journal of Shuttles"}}


def test_a_sync_takes_in_what_is_new_and_leaves_out_what_was_removed(data: Path, papers: Path) -> None:
    run("ingest", str(papers), data=data)
    run("remove", "Lov21", data=data)
    assert run("sync", data=data).stdout == "unchanged: 1\nmerged: 1\nskipped: 2\nunreadable: 1\n"
    (papers / "more.ris").write_text("TY  - JOUR\nTI  - Gulls of the North\nAU  - Lovelace, Ada\nPY  - 2022\nER  - \n")
    result = run("sync", data=data)
    assert "added: 1\n" in result.stdout
    assert sorted(keys(data)) == ["Lov20", "lovelace2022gulls"]
    (papers / "zotero.json").unlink()
    assert run("sync", data=data).exit_code == 0
    assert sorted(keys(data)) == ["Lov20", "lovelace2022gulls"]


def test_a_file_that_is_gone_is_said_and_its_papers_stay(data: Path, tmp_path: Path) -> None:
    file = tmp_path / "refs.bib"
    file.write_text(BIB, encoding="utf-8")
    run("ingest", str(file), data=data)
    file.unlink()
    result = run("sync", data=data)
    assert "is no longer there; the papers that came from it stay." in result.stderr
    assert sorted(keys(data)) == ["Lov20", "Lov21"]


def test_sources_are_listed_with_what_could_not_be_read(data: Path, papers: Path) -> None:
    run("ingest", str(papers), data=data)
    rows = json.loads(run("sources", "--json", data=data).stdout)
    assert [(row["name"], row["kind"], row["unreadable"]) for row in rows] == [
        ("refs.bib", "bibtex", 1),
        ("zotero.json", "csl-json", 0),
        (str(papers), "folder", 0),
    ]
    assert "refs.bib" in run("sources", data=data).stdout


@pytest.mark.parametrize("form", ["bibtex", "ris", "csl-json", "jsonl"])
def test_what_is_exported_goes_in_again(data: Path, papers: Path, tmp_path: Path, form: str) -> None:
    run("ingest", str(papers), data=data)
    out = tmp_path / "out.txt"
    assert run("export", "--format", form, "-o", str(out), data=data).exit_code == 0
    assert run("export", "--format", form, data=data).stdout == out.read_text(encoding="utf-8")
    again = run("ingest", str(out), data=data, library="again")
    assert again.stdout == "added: 2\n"
    single = run("export", "Lov21", "--format", form, data=data).stdout
    assert "Flood" in single
    assert "Weave" not in single


def test_a_form_or_a_key_that_is_none_is_named(data: Path, papers: Path) -> None:
    run("ingest", str(papers), data=data)
    assert run("export", "--format", "word", data=data).exit_code == 2
    assert "has no paper 'Lov22'" in sentence(run("export", "Lov22", data=data))


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("openalex:12", "names nothing that OpenAlex has"),
        ("orcid:0000-0002-1825-0098", "wrong check digit"),
        ("doi:abc", "is a DOI"),
        ("nowhere.bib", "There is no file 'nowhere.bib'"),
    ],
)
def test_a_source_that_is_none_is_one_sentence_and_makes_no_library(data: Path, source: str, says: str) -> None:
    assert says in sentence(run("ingest", source, data=data))
    assert not data.exists()


def test_nothing_that_can_be_read_makes_no_library(data: Path, tmp_path: Path) -> None:
    (tmp_path / "scan.pdf").write_bytes(b"%PDF-1.4\nnothing")
    (tmp_path / "talk.bib").write_text("@misc{a, title={A}, author={B, C}, howpublished={Invited talk}}")
    result = run("ingest", str(tmp_path / "scan.pdf"), str(tmp_path / "talk.bib"), data=data)
    assert result.exit_code == 1
    assert "unreadable: " in result.stderr
    assert "skipped: " in result.stderr
    assert "no library was made" in result.stderr
    assert not (data / "libraries").exists()
