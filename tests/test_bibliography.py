"""Papers written as bibliographies: what is written reads back, and other programs' libraries can read it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.bibliography import FORMATS, write
from assistant.errors import ExportError
from assistant.papers import Paper
from assistant.sources import Item, bibtex, csl_json, jsonl, ris
from assistant.sources.entries import Entry

READERS: dict[str, Callable[[str, str], Iterator[Item]]] = {
    "bibtex": bibtex.read, "ris": ris.read, "csl-json": csl_json.read, "jsonl": jsonl.read,
}  # fmt: skip
KEPT = ("key", "title", "authors", "authors_complete", "date", "venue", "kind", "ids", "abstract", "url")


def paper(**fields: Any) -> Paper:
    made = Entry(**{"title": "A Title", "key": "key", "kind": "article"} | fields).to_paper("here")
    assert isinstance(made, Paper)
    return made


def kept(one: Paper) -> dict[str, Any]:
    return {name: getattr(one, name) for name in KEPT}


PAPERS = [
    paper(
        title="Radium & Polonium: 100% of $x_i^2$ in mRNA_1 #3 ~ {so}",
        authors=["Marie Curie", "Jan van der Berg", "Pierre Curie Jr.", "Plato", "WSI Consortium", "Émile Şahin"],
        authors_complete=False,
        abstract="Costs $5 and $10; see \\url{x}.\n\n@article(a, b=c) -- a ``quote'' of 1--2.\n\nER  - not the end.",
        date="1911-04-03",
        venue="Science & Nature",
        ids=["doi:10.1000/a_b(1)c", "arxiv:2004.12345", "pmid:1", "pmcid:pmc2", "openalex:w1", "s2:77"],
        url="https://a.org/x_%7By%7D?a=1&b=~c#d",
        key="curie:1911/a.b+c",
    ),
    paper(title="No More", key="second", kind="misc"),
    paper(title="A Thesis", key="third", kind="mastersthesis", venue="ETH", authors=["Ada Lovelace"], date="1843"),
    paper(title="A Talk", key="fourth", kind="inproceedings", venue="Proceedings of X", date="1843-02"),
    paper(
        title="A Preprint",
        key="fifth",
        kind="preprint",
        ids=["arxiv:hep-th/9901001"],
        authors=["A. B. Cee"],
        url="https://arxiv.org/abs/hep-th/9901001",
    ),
    paper(title="The Book", key="sixth", kind="book", venue="Press", authors=["Al and Me Inc."]),
]


@pytest.mark.parametrize("form", FORMATS)
def test_what_is_written_reads_back_as_it_was(form: str) -> None:
    back = list(READERS[form]("".join(write(PAPERS, form)), "x"))
    assert [kept(item) for item in back if isinstance(item, Paper)] == [kept(one) for one in PAPERS]
    assert len(back) == len(PAPERS)


def test_json_lines_hold_everything() -> None:
    (back,) = jsonl.read("".join(write(PAPERS[:1], "jsonl")), "x")
    assert back == PAPERS[0]


@pytest.mark.parametrize("form", FORMATS)
def test_papers_are_written_as_they_come(form: str) -> None:
    def endless() -> Iterator[Paper]:
        while True:
            yield PAPERS[0]

    chunks = write(endless(), form)
    assert PAPERS[0].key in next(chunks)
    assert PAPERS[0].key in next(chunks)


def test_no_papers_make_an_empty_bibliography() -> None:
    assert {form: "".join(write([], form)) for form in FORMATS} == {
        "bibtex": "", "ris": "", "csl-json": "[]\n", "jsonl": "",
    }  # fmt: skip


def test_an_unknown_form_is_refused_with_those_there_are() -> None:
    with pytest.raises(ExportError, match=r"'endnote' is no form of a bibliography; choose one of bibtex, ris"):
        write(PAPERS, "endnote")


def test_bibtex_is_written_as_a_person_would() -> None:
    text = "".join(write([paper(title="An mRNA & $n^2$", authors=["Marie Curie"], authors_complete=False,
                                date="1911-04-03", venue="Science", ids=["doi:10.1000/a"])], "bibtex"))  # fmt: skip
    assert text == (
        "@article{key,\n  author = {Marie Curie and others},\n  title = {An {mRNA} \\& $n^2$},\n"
        "  journal = {Science},\n  year = {1911},\n  month = apr,\n  day = {3},\n  doi = {10.1000/a},\n"
        "  url = {https://doi.org/10.1000/a},\n}\n\n"
    )


def test_pybtex_reads_the_bibtex() -> None:
    from pybtex.database import parse_string

    entries = parse_string("".join(write(PAPERS, "bibtex")), "bibtex").entries
    assert list(entries) == [one.key for one in PAPERS]
    names = entries[PAPERS[0].key].persons["author"]
    assert [" ".join([*name.prelast_names, *name.last_names]) for name in names] == [
        "Curie", "van der Berg", "Jr.", "Plato", "{WSI Consortium}", "Şahin", "others",
    ]  # fmt: skip


def test_rispy_reads_the_ris() -> None:
    import rispy

    records = rispy.loads("".join(write(PAPERS, "ris")))
    assert [record["id"] for record in records] == [one.key for one in PAPERS]
    assert records[0]["authors"][:3] == ["Curie, Marie", "van der Berg, Jan", "Curie, Jr., Pierre"]


def test_csl_names_have_their_parts() -> None:
    first = json.loads("".join(write(PAPERS, "csl-json")))[0]
    assert first["author"][1:4] == [
        {"family": "van der Berg", "given": "Jan"},
        {"family": "Curie", "given": "Pierre", "suffix": "Jr."},
        {"literal": "Plato"},
    ]
    assert first["issued"] == {"date-parts": [[1911, 4, 3]]}


TEXT = st.lists(
    st.sampled_from([*"aB1 {}\\$%#_~^-`'\"@(,=)*;:", "é", "\n\n", "and ", "ER  - ", "et al", "\u2028"]), max_size=30
)


@settings(max_examples=120, deadline=None, derandomize=True)
@given(st.lists(TEXT.map("".join), min_size=3, max_size=3), st.sampled_from(list(FORMATS)))
def test_any_text_survives(parts: list[str], form: str) -> None:
    title, venue, abstract = parts
    one = paper(title=f"T{title}", venue=venue, abstract=abstract)
    (back,) = READERS[form]("".join(write([one], form)), "x")
    assert isinstance(back, Paper)
    assert (back.title, back.venue, back.abstract) == (one.title, one.venue, one.abstract)
