"""JSON Lines: the export's own form, the open form, and lines that are neither."""

from __future__ import annotations

import gzip
import json
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.errors import SourceError
from assistant.papers import ABSTRACT, TITLE, Author, Paper, assemble
from assistant.sources import Item, Notice, Unreadable, jsonl

ANTHOLOGY = Path(__file__).parents[2] / "shared" / "scale" / "acl_anthology_2020.jsonl.gz"


def full_paper() -> Paper:
    text, sections = assemble(
        [(TITLE, "On Radium"), (ABSTRACT, "It glows.\u2028Indeed."), ("1 Introduction", "Pitchblende.")]
    )
    return Paper(
        key="curie1911radium", title="On Radium", text=text, sections=sections, authors=(Author("Marie Curie"),),
        authors_complete=False, date="1911-04", score=1.5, url="https://a.org", source="x, line 1", venue="Science",
        kind="article", ids=("doi:10.1000/a", "openalex:w1"), links=("https://b.org",), license="cc-by",
        pages=((0, 1), (20, 2)),
    )  # fmt: skip


def read(*rows: Any) -> list[Item]:
    lines = [row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows]
    return list(jsonl.read("\n".join(lines), "papers.jsonl"))


def test_an_exported_paper_comes_back_as_it_was() -> None:
    assert read(full_paper().to_dict()) == [full_paper()]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", ""), ("title", 5), ("text", "short"), ("text", "\ud800"), ("key", "a b"), ("key", None),
        ("sections", [{"name": "Title", "start": 0, "end": 10**9}]), ("sections", [{"start": 0, "end": 1}]),
        ("sections", 5), ("sections", [{"name": "Title", "start": 2, "end": 1}]), ("authors", "Marie Curie"),
        ("authors", [5]), ("authors_complete", "no"), ("score", "high"), ("date", "1911-99"), ("url", "javascript:x"),
        ("links", ["file:///etc/passwd"]), ("pages", [[5, 1], [0, 2]]), ("pages", [[0, 0]]), ("pages", [[0, True]]),
        ("ids", [None]),
    ],
)  # fmt: skip
def test_an_exported_paper_that_was_tampered_with_is_refused(field: str, value: Any) -> None:
    (item,) = read(json.dumps(full_paper().to_dict() | {field: value}))
    assert isinstance(item, Unreadable)
    assert "as the export writes it" in item.reason


def test_the_open_form_is_read() -> None:
    authors = ["Ada Lovelace", {"first": "Charles", "last": "Babbage"}, {"name": "Mary Somerville"}, "Curie, Marie"]
    (paper,) = read(
        {"title": "Engines", "authors": authors, "abstract": "They turn.", "year": "1843", "venue": "Memoirs",
         "doi": "10.1000/A", "url": "https://a.org", "id": "1843.memoirs-1.1", "extra": [1]}
    )  # fmt: skip
    assert isinstance(paper, Paper)
    assert [author.name for author in paper.authors] == [
        "Ada Lovelace", "Charles Babbage", "Mary Somerville", "Marie Curie",
    ]  # fmt: skip
    assert (paper.key, paper.year, paper.venue, paper.ids) == ("1843.memoirs-1.1", 1843, "Memoirs", ("doi:10.1000/a",))
    assert (paper.url, paper.source) == ("https://a.org", "papers.jsonl, line 1")


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ('{"title": "A', "it is no valid JSON (Unterminated string starting at, column 11)."),
        ("[1]", "it is no object with a title."),
        ({"title": 5}, "its 'title' is no text."),
        ({"title": "A", "authors": 5}, "its 'authors' are no list."),
        ({"title": "A", "authors": [{"age": 3}]}, "an author is neither a name nor an object"),
        ({"abstract": "A"}, "the entry has no title."),
        ('{"title": ' + "[" * 100_000, "its parts are nested too deeply."),
        ('{"year": ' + "9" * 5_000 + "}", "it is no valid JSON (a number is too long)."),
    ],
)
def test_a_bad_line_is_reported_and_the_others_are_read(row: Any, reason: str) -> None:
    first, bad, last = read({"title": "A"}, row, "", {"title": "B"})
    assert isinstance(first, Paper)
    assert isinstance(last, Paper)
    assert isinstance(bad, Unreadable)
    assert bad.place == "papers.jsonl, line 2"
    assert bad.reason.startswith(reason)


def test_a_year_that_is_none_and_authors_in_one_text_are_said() -> None:
    authors, year, paper = read({"title": "A", "authors": "Curie, Marie; Plato", "year": "soon"})
    assert isinstance(authors, Notice)
    assert isinstance(year, Notice)
    assert isinstance(paper, Paper)
    assert [author.name for author in paper.authors] == ["Marie Curie", "Plato"]
    assert paper.date is None


@pytest.mark.parametrize("text", ["", "\n\n", "title,author\nA,B", "[1]", "TY  - JOUR"])
def test_what_holds_no_object_is_no_jsonl(text: str) -> None:
    with pytest.raises(SourceError, match=r"'papers.jsonl' holds no line of JSON"):
        read(text)


def test_lines_of_an_anthology_are_read() -> None:
    if not ANTHOLOGY.exists():
        pytest.skip("the shared collection is not here")
    with gzip.open(ANTHOLOGY, "rt", encoding="utf-8") as file:
        items = read(*(line.rstrip("\n") for line in islice(file, 300)))
    assert len(items) == 300
    assert all(isinstance(item, Paper) for item in items)


VALUE: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.dictionaries(st.sampled_from(sorted(full_paper().to_dict())), VALUE), st.booleans())
def test_fields_of_any_shape_end_in_an_item(fields: dict[str, Any], is_export: bool) -> None:
    *notices, item = read(json.dumps(full_paper().to_dict() | fields if is_export else fields))
    assert not isinstance(item, Notice)
    assert all(isinstance(notice, Notice) for notice in notices)
