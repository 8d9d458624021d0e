"""RIS files as reference managers write them, whole and broken."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.errors import SourceError
from assistant.papers import Paper
from assistant.sources import Item, Skipped, Unreadable, ris


def read(text: str) -> list[Item]:
    return list(ris.read(text, "refs.ris"))


def one(lines: str, kind: str = "JOUR") -> Paper:
    (paper,) = read(f"TY  - {kind}\nTI  - A Title\n{lines}\nER  - \n")
    assert isinstance(paper, Paper)
    return paper


def test_a_record_becomes_a_paper() -> None:
    (paper,) = read(
        "TY  - JOUR\nTI  - On <i>Radium</i>\nAU  - Curie, Marie\nAU  - Curie, Pierre, Jr.\nAU  - The Consortium\n"
        "PY  - 1911\nDA  - 1911/04/03/\nJO  - Sci.\nJF  - Science\nDO  - 10.1000/A\nUR  - https://a.org/1; https://a.org/2\n"
        "AB  - First line\nof it.\n\nSecond.\nID  - curie1911\nKW  - one\nKW  - two\nL1  - file:///etc/passwd\nER  - \n"
    )
    assert isinstance(paper, Paper)
    assert paper.title == "On Radium"
    assert [author.name for author in paper.authors] == ["Marie Curie", "Jr. Curie Pierre", "The Consortium"]
    assert (paper.date, paper.venue, paper.kind, paper.key) == ("1911-04-03", "Sci.", "article", "curie1911")
    assert (paper.ids, paper.url, paper.links) == (("doi:10.1000/a",), "https://a.org/1", ("https://a.org/2",))
    assert paper.abstract == "First line of it.\n\nSecond."
    assert paper.source == "refs.ris, line 1"


@pytest.mark.parametrize(
    ("lines", "date"),
    [
        ("PY  - 1911", "1911"),
        ("PY  - 1911/04/03/", "1911-04-03"),
        ("Y1  - 1911/04//spring", "1911-04"),
        ("DA  - Apr 3\nPY  - 1911///", "1911"),
        ("PY  - n.d.", None),
    ],
)
def test_a_date_is_as_exact_as_the_record(lines: str, date: str | None) -> None:
    assert one(lines).date == date


@pytest.mark.parametrize(
    ("lines", "ids"),
    [
        ("UR  - https://doi.org/10.1000/a", ("doi:10.1000/a",)),
        ("M3  - doi: 10.1000/a", ("doi:10.1000/a",)),
        ("UR  - https://arxiv.org/abs/2004.12345v1", ("arxiv:2004.12345",)),
        ("AN  - 123\nDB  - PubMed\nC2  - PMC77", ("pmid:123", "pmcid:pmc77")),
    ],
)
def test_identifiers_are_found_where_programs_write_them(lines: str, ids: tuple[str, ...]) -> None:
    assert one(lines).ids == ids


@pytest.mark.parametrize(
    ("kind", "lines", "expected"),
    [
        ("CPAPER", "T2  - Proceedings of X", ("inproceedings", "Proceedings of X")),
        ("CONF", "BT  - Proceedings of X", ("inproceedings", "Proceedings of X")),
        ("THES", "PB  - ETH\nM3  - Master's thesis", ("mastersthesis", "ETH")),
        ("RPRT", "PB  - CERN", ("techreport", "CERN")),
        ("GEN", "UR  - https://arxiv.org/abs/2004.12345", ("preprint", None)),
        ("XYZ", "", ("misc", None)),
    ],
)
def test_kind_and_venue_follow_the_type(kind: str, lines: str, expected: tuple[str, str | None]) -> None:
    paper = one(lines, kind)
    assert (paper.kind, paper.venue) == expected


def test_a_list_that_goes_on_is_not_complete() -> None:
    paper = one("AU  - Curie, Marie\nAU  - et al.")
    assert ([author.name for author in paper.authors], paper.authors_complete) == (["Marie Curie"], False)


@pytest.mark.parametrize("kind", ["SLIDE", "COMP", "DATA", "VIDEO"])
def test_what_is_no_publication_is_left_out(kind: str) -> None:
    (item,) = read(f"TY  - {kind}\nTI  - T\nAU  - A\nER  - ")
    assert isinstance(item, Skipped)


def test_a_volume_of_editors_is_left_out() -> None:
    (item,) = read("TY  - BOOK\nTI  - T\nA2  - Ed Itor\nER  - ")
    assert isinstance(item, Skipped)


def test_records_without_their_end_or_their_type_stay_apart() -> None:
    items = read("TY  - JOUR\nTI  - A\nTY  - JOUR\nTI  - B\nER  - \nTI  - C\nER  - \n3.\nTY - JOUR\nTI - D")
    assert [item.title for item in items if isinstance(item, Paper)] == ["A", "B", "C", "D"]


def test_a_record_without_a_title_is_reported_with_its_line() -> None:
    items = read("TY  - JOUR\r\nTI  - A\r\nER  - \r\n\r\nTY  - JOUR\r\nAU  - B\r\nER  - \r\n")
    assert items[1] == Unreadable("refs.ris, line 5", "the entry has no title.")


@pytest.mark.parametrize("text", ["", "ER  - ", "Dear all,\n", "@article{a, title={A}}"])
def test_what_holds_no_record_is_no_ris(text: str) -> None:
    with pytest.raises(SourceError, match=r"'refs.ris' holds no RIS record"):
        read(text)


@pytest.mark.parametrize(
    "text",
    [
        "TY  - JOUR\nTI  - " + "x\n" * 100_000,
        "TY  - JOUR\n" * 1_000,
        "TY  - JOUR\nUR  - " + "; " * 100_000,
        "AU  - " + "x" * 600_000,
    ],
)
def test_hostile_input_ends_as_a_report(text: str) -> None:
    assert all(isinstance(item, Unreadable) for item in read(text))


LINE = st.tuples(st.sampled_from("TY TI AU UR AB ER DO AN M3 BT N1 UK ZZ".split()), st.text(max_size=20)).map(
    lambda pair: f"{pair[0]}  - {pair[1]}"
)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.lists(LINE | st.text(max_size=10), max_size=12))
def test_any_lines_end_in_items(lines: list[str]) -> None:
    items = read("\n".join(["TY  - JOUR", "TI  - Whole", "ER  - ", *lines]))
    assert isinstance(items[0], Paper)
