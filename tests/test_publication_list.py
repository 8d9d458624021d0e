"""Lists of publications in plain text and Markdown: what is told apart goes in right, and the rest is named."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.errors import SourceError
from assistant.papers import Paper
from assistant.sources import Skipped, Unreadable
from assistant.sources.entries import Entry, in_reading_order
from assistant.sources.names_in_references import Grade, author_list
from assistant.sources.publication_list import inline, read
from assistant.sources.references import Doubt, Written, families_of, parse
from tests.written_references import RECORDS, STYLES, Record, untitled


def papers(text: str) -> list[Paper]:
    return [item for item in read(text, "cv.md") if isinstance(item, Paper)]


def unreadable(text: str) -> list[str]:
    return [str(item) for item in read(text, "cv.md") if isinstance(item, Unreadable)]


def is_right(found: Entry, record: Record) -> bool:
    names = [in_reading_order(str(name)) for name in found.authors]
    whole = len(names) == len(record.authors) or not found.authors_complete
    families = (family for _, family in record.authors)
    return found.title == record.title and whole and all(f in name for f, name in zip(families, names, strict=False))


# ---- styles


@pytest.mark.parametrize("style", STYLES.values(), ids=STYLES)
def test_a_style_is_read_right_or_not_at_all(style: Callable[[Record], str]) -> None:
    written = [Written(style(record)) for record in RECORDS]
    families = families_of(written)
    found = [parse(one, families) for one in written]
    read_ones = [(entry, record) for entry, record in zip(found, RECORDS, strict=True) if isinstance(entry, Entry)]
    assert [entry.title for entry, record in read_ones if not is_right(entry, record)] == []
    assert len(read_ones) >= 11
    assert all(entry.date == record.year and entry.venue == record.venue for entry, record in read_ones)


def test_references_without_titles_are_never_given_one() -> None:
    assert all(isinstance(parse(Written(untitled(record))), Doubt) for record in RECORDS)


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Okafor, A. (in press). Snails at dusk. Malacology Letters.", "Snails at dusk"),
        ("Okafor, A., et al. (2020). Snails at dawn. bioRxiv 2020.01.02.123456.", "Snails at dawn"),
        ("A. Okafor, L. Lindqvist, “The “quiet” fields,” J. Field Acoust. 12, 3 (2014).", "The “quiet” fields"),
        ("Okafor, A. (2012). Crickets vs. snails in the St. Olav area. Cognition, 3, 4.",
         "Crickets vs. snails in the St. Olav area"),
        ("A. Okafor. Acoustics of the meadow. PhD thesis, University of Oslo, 2010.", "Acoustics of the meadow"),
        ("Okafor, A., Eze, N.: On fields. In: Zhang, W. (ed.) Quiet Sensing 2019. LNCS, vol. 112, pp. 1–12 (2019).",
         "On fields"),
        ("OKAFOR, A., EZE, N. (2017), Soil and song. Journal of Field Acoustics, 12.", "Soil and song"),
        ("Amina Okafor, Ngozi Eze, 2017, Soil and song, Journal of Field Acoustics", "Soil and song"),
        ("Okafor A, Eze N (2017) Soil and song in fields. PLoS ONE 12(3): e0123456.", "Soil and song in fields"),
        ("Okafor, Amina; Eze, Ngozi (2017): Soil and song. In: Zeitschrift für Akustik 12, S. 3–4.", "Soil and song"),
        ("OKAFOR Amina, EZE Ngozi, « Le chant des grillons », Revue d'acoustique, 2017.", "Le chant des grillons"),
        ("**Amina Okafor**, Ngozi Eze. *Soil shapes the song*. QSENSE 2017. [PDF](a.pdf)", "Soil shapes the song"),
        ("[Soil shapes the song](https://x.org). Amina Okafor, Ngozi Eze. QSENSE 2017.", "Soil shapes the song"),
        ("Okafor A., Eze N., On patience, Phys. Rev. Lett. 12, 33 (2010), arXiv:1001.1234.", "On patience"),
        ("Okafor, Amina. 2017. The Patience of Snails: A History. Oslo: Snail University Press.",
         "The Patience of Snails: A History"),
        ("Müller-Lüd, H.-P. und Okafor, A. (2018): Die Grille im Feld. Zeitschrift für Feldkunde 3, 1–9.",
         "Die Grille im Feld"),
    ],
)  # fmt: skip
def test_other_forms_are_read_too(text: str, title: str) -> None:
    found = parse(inline(text))
    assert isinstance(found, Entry)
    assert found.title == title


@pytest.mark.parametrize(
    "text",
    [
        "Okafor, A. & Lindqvist, L. (Eds.). (2015). Handbook of burrows. Oslo: Snail Press.",
        "Deep Listening. Nature Reviews 12, 2019.",
        "Deep Listening (2019). Journal of Snails 12.",
        "Signal Processing, Machine Learning, and Computer Vision. Proceedings of the Snail Conference, 2019.",
        "Amina Okafor. Acoustics of the meadow. PhD thesis, University of Oslo, 2010.",
        "*Soil moisture and song.* With L. Lindqvist. Journal of Field Acoustics, 2017.",
        "“Soil moisture and song” (with Lars Lindqvist), Journal of Field Acoustics, 12, 2017.",
        "Great things. A second thought. Okafor, A. 2019.",
        "Okafor, A. (2019). Great things. A second thought. Oslo.",
        "[Soil moisture shapes the song](https://x.org). Nature Physics 12 (2017).",
        "Okafor A., Eze N., Phys. Rev. Lett. 12, 33 (2010), arXiv:1001.1234.",
        "N. Eze, A. Okafor, *Phys. Rev. Lett.* **12**, 33 (2010)",
        "A. Okafor et al. [Cricket Collaboration], Search for crickets, JHEP 05 (2012) 123.",
        "Okafor A. Vitamin D. Nature. 2019;12:3.",
        "Reviewer for Journal of Field Acoustics (2017), Malacology Letters (2018)",
    ],
)
def test_what_could_be_read_in_two_ways_is_not_read(text: str) -> None:
    assert isinstance(parse(inline(text)), Doubt)


def test_two_references_run_together_are_not_one() -> None:
    text = "Okafor, A. (2014). On snails. Malacology, 3, 1-9. Eze, N. (2015). On bees. Apiculture, 4, 2."
    assert isinstance(parse(Written(text)), Doubt)


def test_identifiers_are_taken_from_text_and_links() -> None:
    [paper] = papers("# Papers\n- Okafor, A. (2014). [On snails](https://doi.org/10.9999/Mal.3). Cognition 3, 1. "
                     "arXiv:2101.01234v2")  # fmt: skip
    assert paper.ids == ("doi:10.9999/mal.3", "arxiv:2101.01234")
    assert paper.url == "https://doi.org/10.9999/Mal.3"


def test_of_two_dois_none_is_believed() -> None:
    found = parse(Written("Okafor, A. (2014). On snails. Cognition 3, 1. doi:10.9999/a.1 data: doi:10.9999/b.2"))
    assert isinstance(found, Entry)
    assert tuple(found.ids) == ()


# ---- names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Okafor, A., Eze, N., & van der Meer, J.", ["A. Okafor", "N. Eze", "J. van der Meer"]),
        ("A. B. Okafor and J.-L. Moreau", ["A. B. Okafor", "J.-L. Moreau"]),
        ("García Soto P, Okafor AB.", ["P García Soto", "AB Okafor"]),
        ("Okafor, Amina, and Ngozi Eze", ["Amina Okafor", "Ngozi Eze"]),
        ("A. Okafor Jr., N. Eze*", ["A. Okafor Jr.", "N. Eze"]),
        ("李伟, 韩旭", ["李伟", "韩旭"]),
    ],
)
def test_authors_are_read_in_each_order(text: str, names: list[str]) -> None:
    people = author_list(text)
    assert people is not None
    assert [in_reading_order(name).rstrip(".") for name in people.names] == [name.rstrip(".") for name in names]


@pytest.mark.parametrize("text", ["A study of snails", "Language, Speech, and Cognitive Science", "With A. Okafor", ""])
def test_a_title_is_no_list_of_authors(text: str) -> None:
    assert author_list(text) is None


def test_words_with_capitals_are_a_weak_list() -> None:
    people = author_list("Signal Processing, Machine Learning, and Computer Vision")
    assert people is not None
    assert people.grade is Grade.WEAK


def test_names_cut_off_are_known_to_be_so() -> None:
    people = author_list("Okafor, A., Eze, N., et al.")
    assert people is not None
    assert not people.complete


# ---- lists

CV = """# Amina Okafor

## Education
- PhD in Acoustics, University of Oslo, 2010 (advisor L. Lindqvist)

## Publications

### 2021
1. **Okafor, A.** & Zhang, W. (2021). Do crickets count? *Animal Numeracy*, 8(2), 15–31. [[pdf]](http://x.org/a.pdf)
2. Something odd with crickets and friends

### 2020
- A. Okafor, N. Eze. "Termites at night." Snail Workshop.

## Invited talks
- Okafor, A. (2019). What snails know. Oslo Colloquium.

## Awards
- Best cricket award, 2018
"""


def test_a_cv_gives_its_publications_alone() -> None:
    assert [(paper.title, paper.date, paper.source) for paper in papers(CV)] == [
        ("Do crickets count?", "2021", "cv.md, line 9"),
        ("Termites at night", "2020", "cv.md, line 13"),
    ]
    assert unreadable(CV) == [
        "cv.md, line 10: 'Something odd with crickets and friends': its title and authors cannot be told apart with "
        "certainty."
    ]


def test_a_talk_is_skipped_and_named() -> None:
    [skipped] = [item for item in read(CV, "cv.md") if isinstance(item, Skipped)]
    assert str(skipped).startswith("cv.md, line 16: 'Okafor, A. (2019). What snails know. Oslo Colloquium.'")


def test_lines_that_are_wrapped_are_one_reference_and_lines_that_are_not_are_several() -> None:
    text = (
        "PUBLICATIONS\n\nOkafor, A., & Eze, N. (2017). Soil shapes the song of\n   crickets. Field Acoustics, 12, 4.\n"
        "Okafor, A. B. (2014). On the patience of snails. Malacology,\n   3(1), 1-9.\nEze, N. (2011). Bees at noon. "
        "Nature, 3, 4.\n\n[J3] N. Eze and A. Okafor, \"Listening to termites,\" Snail\n     Letters, 2018.\n"
    )  # fmt: skip
    assert [(paper.title, paper.source) for paper in papers(text)] == [
        ("Soil shapes the song of crickets", "cv.md, line 3"),
        ("On the patience of snails", "cv.md, line 5"),
        ("Bees at noon", "cv.md, line 7"),
        ("Listening to termites", "cv.md, line 9"),
    ]


def test_an_entry_on_three_lines_has_its_title_authors_and_venue() -> None:
    [paper] = papers("**Hearing in the dark**  \nAmina Okafor, Jean-Luc Moreau  \n*Cognition*, 2012\n")
    assert paper.title == "Hearing in the dark"
    assert [author.name for author in paper.authors] == ["Amina Okafor", "Jean-Luc Moreau"]
    assert (paper.venue, paper.date) == ("Cognition", "2012")


def test_names_in_full_are_known_by_who_opens_most_references() -> None:
    titles = ["Crickets at dawn", "Snails in the rain", "Bees over the fjord"]
    text = "\n".join(
        f"- Amina Okafor and Ngozi Eze. {title}. In Proceedings of Quiet Sensing, 2019." for title in titles
    )
    assert [paper.title for paper in papers(text)] == titles
    assert papers("# Papers\n- Okafor, A. (2014). On snails. Cognition 3, 1.\n" + text.partition("\n")[0]) != []


def test_a_text_without_publications_is_refused() -> None:
    with pytest.raises(SourceError, match=r"'cv.md' holds no publication .* export the list as BibTeX"):
        list(read("Dear diary,\n\nnothing happened.\n", "cv.md"))


_FIRST = "Okafor, A., & Eze, N. (2017). Soil and song of crickets. Field Acoustics, 12, 4."
_SECOND = "Eze, N. (2011). Bees at noon. Nature, 3, 4."


def test_a_line_between_references_is_named_and_swallows_none() -> None:
    text = f"{_FIRST}\nrandom line of text without any reference\n{_SECOND}\n"
    assert [paper.date for paper in papers(text)] == ["2017", "2011"]
    assert [line[:13] for line in unreadable(text)] == ["cv.md, line 2"]


def test_a_reference_without_a_number_is_no_part_of_the_numbered_one_above() -> None:
    text = (
        '[1] A. Okafor and N. Eze, "Soil and song," Field Acoustics, vol. 12, 2018.\n'
        "Eze N, Okafor A. Bees at noon over the fjord. Malacology. 2011;3(4):5-9.\n"
        '[2] N. Eze, "Termites at night," Snail Letters, 2016.\n'
    )
    assert [paper.date for paper in papers(text)] == ["2018", "2011", "2016"]


def test_references_of_one_line_need_no_full_stop() -> None:
    text = "\n".join(line.rpartition(",")[0].rpartition(",")[0] for line in (_FIRST, _SECOND, _FIRST, _SECOND))
    assert len(list(read(text, "cv.md"))) == 4


def test_a_bullet_of_few_words_among_publications_is_named() -> None:
    assert len(unreadable(f"# Publications\n- {_FIRST}\n- On bees\n")) == 1


# ---- hostile text


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.text(max_size=400))
def test_any_text_ends_as_items_or_as_a_refusal(text: str) -> None:
    try:
        items = list(read(text, "cv.md"))
    except SourceError:
        return
    assert items


_PIECES = st.sampled_from(
    ["Okafor, A.", " and ", ", ", ". ", "(2019)", "“", "”", "\n", "- ", "*", "[", "](http://x.org)", "In Proc. of ",
     "12, 3", "Snails at dusk", "et al.", "1. ", "# ", "doi:10.1234/a", "N. Eze", " & ", "—", "   "]
)  # fmt: skip


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.lists(_PIECES, max_size=40).map("".join))
def test_pieces_of_references_in_any_order_end_as_items(text: str) -> None:
    try:
        items = list(read(text, "cv.md"))
    except SourceError:
        return
    assert all(item.title in item.text for item in items if isinstance(item, Paper))


@pytest.mark.parametrize(
    "text",
    ["[" * 500_000, "**a " * 200_000, "A. B, " * 100_000 + "2019", "“" * 200_000 + " 2019", " 2019. " * 100_000,
     "Okafor, A." + " " * 1_000_000 + "(2019). X", "# " + " " * 500_000 + "x", "read more " * 50_000 + "10.1234/a"],
    ids=["brackets", "stars", "names", "quotes", "years", "blanks", "heading", "labels"],
)  # fmt: skip
def test_long_lines_are_bounded(text: str) -> None:
    with suppress(SourceError):
        assert not papers(text)
