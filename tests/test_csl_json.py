"""CSL-JSON of Zotero, pandoc and Crossref, whole and broken."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.errors import SourceError
from assistant.papers import Paper
from assistant.sources import Item, Notice, Skipped, Unreadable, csl_json

DATA = Path(__file__).parent / "data" / "bib"


def read(value: Any) -> list[Item]:
    return list(csl_json.read(value if isinstance(value, str) else json.dumps(value), "refs.json"))


def one(**fields: Any) -> Paper:
    *_, paper = read([{"type": "article-journal", "title": "A Title"} | fields])
    assert isinstance(paper, Paper)
    return paper


def test_an_item_becomes_a_paper() -> None:
    paper = one(
        title="On <i>Radium</i>",
        author=[
            {"family": "Curie", "given": "Marie"},
            {"family": "Gogh", "given": "Vincent", "non-dropping-particle": "van", "suffix": "Jr."},
            {"literal": "The Consortium, Inc."},
            {"family": "Plato"},
        ],
        issued={"date-parts": [[1911, 4, "3"]]},
        abstract="First.\n\nSecond.",
        DOI="10.1000/A",
        URL="https://a.org/1",
        id="http://zotero.org/users/1/items/ABC",
        **{"container-title": "Science", "citation-key": "curie1911"},
    )
    assert paper.title == "On Radium"
    assert [author.name for author in paper.authors] == [
        "Marie Curie", "Vincent van Gogh Jr.", "The Consortium Inc.", "Plato",
    ]  # fmt: skip
    assert (paper.date, paper.venue, paper.kind, paper.key) == ("1911-04-03", "Science", "article", "curie1911")
    assert (paper.ids, paper.url, paper.abstract) == (("doi:10.1000/a",), "https://a.org/1", "First.\n\nSecond.")
    assert paper.source == "refs.json, entry 1"


@pytest.mark.parametrize("wrap", [lambda i: [i], lambda i: {"items": [i]}, lambda i: {"references": [i]}, lambda i: i])
def test_lists_and_what_holds_one_are_read(wrap: Any) -> None:
    (paper,) = read(wrap({"type": "book", "title": "A Title", "author": [{"name": "Marie Curie"}]}))
    assert isinstance(paper, Paper)


def test_a_reply_of_crossref_is_read() -> None:
    (paper,) = read((DATA / "crossref_csl.json").read_text(encoding="utf-8"))
    assert isinstance(paper, Paper)
    assert (paper.doi, paper.venue, paper.date) == ("10.1126/science.169.3946.635", "Science", "1970-08-14")
    assert paper.abstract.startswith("The train of thought pursued in this article")


@pytest.mark.parametrize(
    ("issued", "date"),
    [
        ({"date-parts": [["1911"]]}, "1911"),
        ({"raw": "1911-04"}, "1911-04"),
        ({"literal": "spring 1911"}, "1911"),
        ("1911-04-03", "1911-04-03"),
        ({"date-parts": [[None]]}, None),
        ({"date-parts": []}, None),
        (1911, None),
        (None, None),
    ],
)
def test_dates_of_every_shape(issued: Any, date: str | None) -> None:
    assert one(issued=issued).date == date


@pytest.mark.parametrize(
    ("fields", "ids"),
    [
        ({"number": "arXiv:2004.12345"}, ("arxiv:2004.12345",)),
        ({"note": "arXiv:2004.12345 [cs]"}, ("arxiv:2004.12345",)),
        ({"URL": "https://arxiv.org/abs/2004.12345"}, ("arxiv:2004.12345",)),
        ({"PMID": 123, "PMCID": "PMC77"}, ("pmid:123", "pmcid:pmc77")),
        ({"custom": {"ids": ["openalex:w1", 5, "no scheme"]}}, ("openalex:w1",)),
    ],
)
def test_identifiers_are_found_where_programs_write_them(fields: dict[str, Any], ids: tuple[str, ...]) -> None:
    assert one(**fields).ids == ids


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("paper-conference", "inproceedings"), ("article", "preprint"), ("thesis", "phdthesis"), ("post-weblog", "misc")],
)
def test_the_kind_follows_the_type(kind: str, expected: str) -> None:
    assert one(type=kind).kind == expected


@pytest.mark.parametrize("kind", ["speech", "software", "dataset", "interview", "legislation", "motion_picture"])
def test_what_is_no_publication_is_left_out(kind: str) -> None:
    (item,) = read([{"type": kind, "title": "T", "author": [{"family": "A"}]}])
    assert isinstance(item, Skipped)


def test_a_list_that_goes_on_is_not_complete() -> None:
    paper = one(author=[{"family": "Curie"}, {"literal": "et al."}])
    assert ([author.name for author in paper.authors], paper.authors_complete) == (["Curie"], False)


@pytest.mark.parametrize(
    "fields", [{"author": "M. Curie"}, {"author": 5}, {"issued": None}, {"issued": 19}, {"title": 7}]
)
def test_a_field_of_another_shape_is_said(fields: dict[str, Any]) -> None:
    notice, paper = read([{"type": "book", "title": "T"} | fields])
    assert isinstance(notice, Notice)
    assert isinstance(paper, Paper)


def test_authors_in_one_text_are_parted() -> None:
    assert [author.name for author in one(author="Curie, Marie and L. Meitner; Plato").authors] == [
        "Marie Curie", "L. Meitner", "Plato",
    ]  # fmt: skip


def test_a_web_page_is_left_out_unless_it_has_a_doi() -> None:
    (item,) = read([{"type": "webpage", "title": "T"}])
    assert isinstance(item, Skipped)
    assert one(type="webpage", DOI="10.1000/a").ids == ("doi:10.1000/a",)


@pytest.mark.parametrize("text", ["", "x", '"x"', "5", "[]", "{}", "[" * 100_000, "[,,", "<html>"])
def test_what_holds_no_item_is_no_bibliography(text: str) -> None:
    with pytest.raises(SourceError, match=r"^'refs.json' (?:is no valid JSON|holds no CSL-JSON item)"):
        read(text)


def test_bare_values_in_a_list_are_reported() -> None:
    items = read([1, None, {"title": "A"}, {}])
    assert [type(item) for item in items] == [Unreadable, Unreadable, Paper, Unreadable]


def test_of_a_file_that_was_cut_off_what_is_whole_is_read() -> None:
    whole = json.dumps([{"type": "book", "title": title} for title in "ABC"], indent=1)
    first, second, cut = read(whole[: whole.rindex('"C"')])
    assert isinstance(first, Paper)
    assert isinstance(second, Paper)
    assert isinstance(cut, Unreadable)
    assert cut.place == "refs.json, line 10"


def test_a_broken_item_leaves_its_neighbours_whole() -> None:
    items = read('[{"title": "A"},\n{"title": "B" "author": [{"family": "X"}, {"family": "Y"}]},\n{"title": "C"}]')
    assert [type(item) for item in items] == [Paper, Unreadable, Paper]


def test_a_list_that_breaks_off_between_items_is_said() -> None:
    paper, notice = read('[{"title": "A"},\n')
    assert isinstance(paper, Paper)
    assert isinstance(notice, Notice)


VALUE: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["family", "given", "literal", "date-parts", "raw", "ids"]), inner, max_size=3
        )
    ),
    max_leaves=8,
)
FIELDS = ["type", "title", "author", "editor", "issued", "DOI", "URL", "id", "note", "custom", "genre", "abstract"]


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.dictionaries(st.sampled_from(FIELDS), VALUE))
def test_fields_of_any_shape_end_in_an_item(fields: dict[str, Any]) -> None:
    *notices, item = read([fields])
    assert not isinstance(item, Notice)
    assert all(isinstance(notice, Notice) for notice in notices)
