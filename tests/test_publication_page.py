"""Pages of publications in HTML: each form that people have, and nothing that a page can do to its reader."""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.errors import SourceError
from assistant.papers import Paper
from assistant.sources import Item, Skipped, Unreadable
from assistant.sources.publication_page import MAX_ATTRIBUTES, read

PAGES = Path(__file__).parent / "data" / "pages"
BOTH = ["Soil moisture shapes the song of crickets", "Listening to termites"]


def items(name: str) -> list[Item]:
    return list(read((PAGES / f"{name}.html").read_text(encoding="utf-8"), name))


def papers(html: str) -> list[Paper]:
    return [item for item in read(html, "page") if isinstance(item, Paper)]


def names(paper: Paper) -> list[str]:
    return [author.name for author in paper.authors]


# ---- forms


@pytest.mark.parametrize(
    ("page", "rows"),
    [
        ("al_folio", [
            ("Do crickets count? Evidence from three meadows", ["Amina Okafor", "Lars Lindqvist", "Wei Zhang"], "2021",
             "Animal Numeracy"),
            ("Hearing in the dark", ["Jean-Luc Moreau", "Amina Okafor"], "2012", "Cognition"),
        ]),
        ("hugo", [
            (BOTH[0], ["Amina Okafor", "Lars Lindqvist"], "2017", "Journal of Field Acoustics"),
            (BOTH[1], ["Ngozi Eze", "Amina Okafor"], "2018", None),
        ]),
        ("dblp", [
            ("Counting what cannot be seen", ["Amina Okafor", "Wei Zhang"], "2019", "Ann. Rural Ecol"),
            (BOTH[1], ["Ngozi Eze", "Amina Okafor"], "2018", "QS"),
        ]),
        ("anthology", [
            ("Sparse Sensor Fields for Silent Insects", ["Amina Okafor", "Lars Lindqvist", "Wei Zhang"], "2022",
             "Proceedings of the International Workshop on Quiet Sensing"),
            ("Graph Colouring", ["Amina Okafor"], "2022", "Proceedings of the Symposium on Applied Nesting"),
        ]),
        ("table", [
            (BOTH[0], ["A. Okafor", "L. Lindqvist"], "2017", "Journal of Field Acoustics"),
            (BOTH[1], ["Ngozi Eze", "Amina Okafor"], "2018", "Nature Listening"),
        ]),
        ("headings", [
            (BOTH[0], ["Amina Okafor", "Lars Lindqvist"], "2017", "Journal of Field Acoustics"),
            (BOTH[1], ["Ngozi Eze", "Amina Okafor"], "2018", "Nature Listening"),
            ("Graph Colouring for Nest Boxes", ["Jan van der Meer", "Amina Okafor"], "2023", "SAN"),
        ]),
        ("line_breaks", [
            (BOTH[0], ["A. Okafor", "L. Lindqvist"], "2017", "Journal of Field Acoustics"),
            (BOTH[1], ["N. Eze", "A. Okafor"], "2018", "Nature Listening"),
        ]),
    ],
)  # fmt: skip
def test_a_form_is_read_whole(page: str, rows: list[tuple[str, list[str], str, str | None]]) -> None:
    found = items(page)
    assert [(p.title, names(p), p.date, p.venue) for p in found if isinstance(p, Paper)] == rows
    assert [item for item in found if not isinstance(item, Paper)] == []


def test_a_toggled_abstract_and_the_links_go_with_their_paper() -> None:
    first, second = (item for item in items("al_folio") if isinstance(item, Paper))
    assert first.abstract.startswith("We ask whether crickets count")
    assert first.ids == ("doi:10.9999/an.2021.15",)
    assert first.url == "https://doi.org/10.9999/an.2021.15"
    assert first.key == "okafor2021"
    assert second.abstract == ""


def test_an_abstract_beside_its_entry_is_found() -> None:
    first = next(item for item in items("anthology") if isinstance(item, Paper))
    assert first.abstract.startswith("Silent insects are hard to sense.")


def test_a_profile_saved_from_google_scholar_says_where_its_authors_are_cut_off() -> None:
    whole, cut = (item for item in items("scholar") if isinstance(item, Paper))
    assert (whole.date, whole.venue, whole.authors_complete) == ("2017", "Journal of Field Acoustics", True)
    assert (cut.date, cut.venue, cut.authors_complete) == ("2020", None, False)


def test_a_citation_to_copy_gives_the_authors_that_the_entry_leaves_out() -> None:
    paper, bad = items("academicpages")
    assert isinstance(paper, Paper)
    assert (paper.title, names(paper)) == ("Hearing in the dark", ["A. Okafor", "J.-L. Moreau"])
    assert paper.url == "https://x.org/publication/1"
    assert isinstance(bad, Unreadable)
    assert bad.reason.startswith("'Paper Title Number 2")


def test_a_list_made_by_hand_is_read_but_for_what_has_no_title() -> None:
    found = items("hand_made")
    assert [item.title for item in found if isinstance(item, Paper)] == [
        BOTH[0],
        "Parsing bird calls with finite-state transducers",
        "On the patience of snails",
    ]
    [bad] = [item for item in found if isinstance(item, Unreadable)]
    assert str(bad).startswith("hand_made, line 4: 'N. Eze, A. Okafor, Phys. Rev. Lett. 12, 33 (2010)'")
    [talk] = [item for item in found if isinstance(item, Skipped)]
    assert "What snails know" in talk.reason


def test_what_a_page_says_for_machines_comes_first_and_once() -> None:
    found = items("university")
    assert [(p.title, p.date, p.ids) for p in found if isinstance(p, Paper)] == [
        ("On the patience of snails", "2014-03", ("doi:10.9999/ml.3",)),
        ("Listening to termites", "2018", ()),
    ]
    assert len(found) == 2


def test_the_page_of_one_paper_is_read_by_its_citation_tags() -> None:
    [paper] = papers(
        '<html><head><meta name="citation_title" content="On snails">'
        '<meta name="citation_author" content="Okafor, Amina">'
        '<meta name="citation_author" content="Ngozi Eze"><meta name="citation_publication_date" content="2014/03/02">'
        '<meta name="citation_doi" content="10.9999/ml.3"><meta name="citation_journal_title" content="Malacology">'
        "</head>"
        "<body><p>Read on.</p></body></html>"
    )
    assert (paper.title, names(paper), paper.date) == ("On snails", ["Amina Okafor", "Ngozi Eze"], "2014-03-02")
    assert (paper.venue, paper.ids) == ("Malacology", ("doi:10.9999/ml.3",))


def test_a_highlighted_author_is_not_taken_for_the_only_one() -> None:
    html = '<ul><li><b class="title">On crickets and snails</b><br>{}<br>Cognition, 2014</ul>'
    [paper] = papers(html.format('<span class="author me">A. Okafor</span>, N. Eze'))
    assert names(paper) == ["A. Okafor", "N. Eze"]


def test_a_link_goes_with_its_own_entry_between_line_breaks() -> None:
    entry = "A. Okafor, N. Eze. <a href='https://doi.org/10.9999/{}'>{}</a>. Cognition, 2014."
    html = f"<p>{entry.format('a.1', 'On crickets and snails')}<br><br>{entry.format('b.2', 'On bees')}</p>"
    assert [(paper.title, paper.doi) for paper in papers(html)] == [
        ("On crickets and snails", "10.9999/a.1"),
        ("On bees", "10.9999/b.2"),
    ]


def test_two_papers_of_one_title_are_two() -> None:
    entry = "<li>A. Okafor. <i>On snails and bees</i>. {}, 2014.</li>"
    assert len(papers(f"<ul>{entry.format('Cognition')}{entry.format('Malacology')}</ul>")) == 2


def test_a_page_without_a_list_is_refused_with_the_next_step() -> None:
    with pytest.raises(SourceError, match=r"'page' holds no list of publications .* export the list as BibTeX"):
        list(read("<html><nav><ul><li>Home of 2019</ul></nav><p>Welcome to my page.</p></html>", "page"))


def test_markup_and_scripts_in_a_title_do_not_stay() -> None:
    link = "<a href='javascript:x()'>On <script>alert(1)</script>H<sub>2</sub>O and snails</a>"
    [paper] = papers(f"<ol><li>A. Okafor. {link}. Cognition 3, 2014.</ol>")
    assert paper.title == "On H2O and snails"
    assert paper.url is None


# ---- hostile pages

_ENTRY = "<li>Okafor, A. (2014). On the patience of snails. Malacology, 3, 1-9.</li>"


def test_entities_of_a_documents_own_are_not_expanded() -> None:
    declared = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10 if n else "lol"}">' for n in range(10))
    [paper] = papers(f"<!DOCTYPE html [{declared}]><html><ul>{_ENTRY}<li>&a9;</ul></html>")
    assert paper.title == "On the patience of snails"
    assert "lollol" not in paper.text


@pytest.mark.parametrize("depth", [300, 100_000])
def test_deep_nesting_ends(depth: int) -> None:
    try:
        found = list(read("<ul>" + _ENTRY + "</ul>" + "<div>" * depth + "x", "page"))
    except SourceError:
        pytest.fail("the entry before it is lost")
    assert isinstance(found[0], Paper)
    assert (depth == 300) == (len(found) == 1)
    assert all("nested too deeply" in str(item) for item in found[1:])


def test_a_tag_of_too_many_attributes_is_refused() -> None:
    attributes = " ".join(f"a{n}" for n in range(MAX_ATTRIBUTES + 10))
    with pytest.raises(SourceError, match=r"more than 2,000 attributes in a tag \(line 2\)"):
        list(read(f"<html>\n<p {attributes}>x", "page"))


def test_a_page_of_too_many_elements_is_refused() -> None:
    with pytest.raises(SourceError, match="more than 50,000 elements that may be entries"):
        list(read("<ul>" + "<li>x" * 50_001, "page"))


@pytest.mark.parametrize(
    "html",
    ["<ul><li>Okafor, A. (2019). " * 200, "<a" * 200_000, "<p>" + "x " * 500_000, "<table>" * 3_000,
     '<script type="application/ld+json">' + "[" * 200_000 + "</script>", "<li>\0Okafor\ud800 (2019)",
     '<span class="Z3988" title="' + "rft.au=x&amp;" * 100_000 + '"></span>', "<pre>@article{" * 2_000],
    ids=["items", "tags", "line", "tables", "json", "characters", "openurl", "bibtex"],
)  # fmt: skip
def test_a_hostile_page_ends_as_items_or_as_a_refusal(html: str) -> None:
    with suppress(SourceError):
        assert not papers(html)


_PARTS = st.sampled_from(
    ["<li>", "</li>", "<ul>", "</ul>", "<p>", "<br>", "<div class=title>", "<span class=author>", "</span>", "</div>",
     "<i>", "<tr>", "<td>", "<table>", "A. Okafor", "N. Eze, ", ". On snails. ", "(2014) ", "Cognition 3, 1.", "<pre>",
     "@misc{a,", "<a href='http://[x'>", "</a>", "<details><summary>Abstract</summary>",
     '<script type="application/ld+json">', '{"@type": "ScholarlyArticle", "name": 3, "author": [null]}', "</script>",
     "<h2>Talks</h2>", "<dl><dt>", "<dd>", "&#0;"]
)  # fmt: skip


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.lists(_PARTS, max_size=40).map("".join))
def test_parts_of_pages_in_any_order_end_as_items(html: str) -> None:
    try:
        found = list(read(html, "page"))
    except SourceError:
        return
    assert all(item.title in item.text for item in found if isinstance(item, Paper))


def test_the_parser_is_loaded_when_a_page_is_read() -> None:
    code = "import assistant.sources.publication_page, sys; assert 'lxml' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
