"""PDFs with their full text: what stands on made pages, and on real ones where they are there."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from assistant.papers import ABSTRACT, REFERENCES, Paper
from assistant.sources import Notice
from assistant.sources.pdf import PdfReader
from assistant.sources.pdf_pages import Document
from assistant.sources.pdf_structure import to_paper
from tests.pdf_making import BOLD, ITALIC, Sheet, save

SHARED = Path(__file__).parents[2] / "shared" / "fixtures" / "pdf"
LEFT, RIGHT = 60, 320


@pytest.fixture(scope="module")
def reader() -> Iterator[PdfReader]:
    with PdfReader() as reader:
        yield reader


def paper_of(reader: PdfReader, path: Path) -> Paper:
    paper, *others = reader.read(path, path.name)
    assert isinstance(paper, Paper), paper
    assert others == []
    return paper


def prose(word: str, lines: int) -> list[str]:
    """Lines as wide as a column, of which one can tell the order; each a part of one sentence."""
    return [f"{word} line {number} runs on and fills its column well" for number in range(1, lines)] + [
        f"{word} ends here."
    ]


def front(sheet: Sheet) -> None:
    sheet.write(110, 80, "Measuring the Tides of Small Lakes", 17, BOLD)
    sheet.write(180, 105, "Ada Lovelace", 12)
    sheet.write(250, 101, "1", 7)
    sheet.write(330, 105, "Jean van der Berg", 12)
    sheet.write(200, 122, "University of Somewhere", 10, ITALIC)
    sheet.write(200, 134, "{ada,jean}@somewhere.example", 9)


@pytest.fixture(scope="module")
def two_columns(reader: PdfReader, tmp_path_factory: pytest.TempPathFactory) -> Paper:
    """A paper of two pages in two columns, with all that usually stands on them."""
    first, second = Sheet(), Sheet()
    front(first)
    first.write(30, 500, "arXiv:2310.01234v2 [physics.ao-ph] 3 Oct 2023", 16, turned=True)
    first.write(140, 170, "Abstract", 12, BOLD)
    first.column(LEFT, 190, prose("Abstract", 5))
    first.write(LEFT, 270, "1", 12, BOLD)
    first.write(LEFT + 20, 270, "Introduction", 12, BOLD)
    opening = ["Lakes have tides that are small, and these were repre-", "sented by nobody so far in a state-of-the-"]
    y = first.column(LEFT, 290, [*opening, "art model. The ba\002ing \001ndings are given.", "Their rate is 3 x 10"])
    first.write(LEFT + 83, y - 15.5, "-4", 6)
    first.write(LEFT + 91, y - 12, "in all of the lakes.")
    first.column(LEFT, y, prose("Left", 24))
    first.rule(LEFT, LEFT + 80, 690)
    first.write(LEFT, 700, "1", 6)
    first.write(LEFT + 5, 703, "A footnote of the first page.", 8)
    first.column(RIGHT, 170, prose("Right", 42))
    for number, sheet in enumerate((first, second), 1):
        sheet.write(300, 760, str(number), 10)
        sheet.write(LEFT, 40, "Proceedings of the Society of Lakes", 8)
    y = second.column(LEFT, 80, prose("Top", 6))
    second.rule(LEFT, LEFT + 230, 170)
    for row, cells in enumerate((("Lake", "Depth", "Tide"), ("Blue", "12.5", "0.3"), ("Green", "7.25", "0.1"))):
        for cell, text in enumerate(cells):
            second.write(LEFT + 80 * cell, 182 + 12 * row, text, 9)
        if row == 0:
            second.rule(LEFT, LEFT + 230, 186)
    second.rule(LEFT, LEFT + 230, 212)
    second.column(LEFT, 228, ["Table 1: The lakes with their depths and", "their tides in metres."], 9)
    second.write(LEFT, 280, "1.1", 10, BOLD)
    second.write(LEFT + 22, 280, "Experimental Setup", 10, BOLD)
    second.column(
        LEFT,
        298,
        [
            *prose("Setup", 3),
            *(f"  Again line {n} is here and fills its column well" for n in range(1, 9)),
            "and stops.",
        ],
    )
    second.image(RIGHT, 80, 200, 90)
    second.write(RIGHT + 20, 120, "An axis", 7)
    second.column(RIGHT, 185, ["Figure 1. How high the water of the lakes stands", "at noon."], 9)
    second.write(RIGHT, 240, "References", 12, BOLD)
    second.column(
        RIGHT,
        260,
        [
            "[1] A. Lovelace. On engines that count. Journal of",
            "Engines, 1843. doi:10.1000/engines",
            "[2] J. van der Berg. Lakes. 1999.",
        ],
    )
    second.write(RIGHT, 330, "A", 12, BOLD)
    second.write(RIGHT + 20, 330, "How the Lakes Were Chosen", 12, BOLD)
    second.column(RIGHT, 350, prose("Appendix", 6))
    path = save(
        tmp_path_factory.mktemp("pdf") / "two.pdf",
        [first, second],
        {"Title": "Microsoft Word - final2.doc", "Author": "admin"},
    )
    return paper_of(reader, path)


# ---- what every paper keeps


def is_whole(paper: Paper) -> None:
    for section in paper.sections:
        assert paper.text[section.start : section.end].strip() == paper.text[section.start : section.end] != ""
    assert paper.sections[0].start == 0
    assert paper.sections[-1].end == len(paper.text)
    for one, following in pairwise(paper.sections):
        assert paper.text[one.end : following.start] == "\n\n"
    assert paper.text == unicodedata.normalize("NFC", paper.text)
    assert not any(unicodedata.category(char) in ("Cc", "Co", "Cs") for char in paper.text.replace("\n", ""))
    assert list(paper.pages) == sorted(paper.pages)
    assert paper.pages[0] == (0, 1)


def test_sections_cover_the_text_and_pages_are_known(two_columns: Paper) -> None:
    is_whole(two_columns)
    for words, page in (
        ("Left line 1 runs", 1),
        ("Right ends", 1),
        ("Top line 1", 2),
        ("Blue | 12.5", 2),
        ("[1] A. Love", 2),
    ):
        assert two_columns.page_at(two_columns.text.index(words)) == page


# ---- the first page


def test_title_authors_and_identifiers_come_from_the_page_not_from_the_metadata(two_columns: Paper) -> None:
    assert two_columns.title == "Measuring the Tides of Small Lakes"
    assert [author.name for author in two_columns.authors] == ["Ada Lovelace", "Jean van der Berg"]
    assert two_columns.ids == ("arxiv:2310.01234",)
    assert two_columns.date == "2023-10-03"
    assert two_columns.venue is None
    assert "University of Somewhere" in two_columns.section_text("Front matter")


def test_the_abstract_is_a_section_of_its_own_without_its_heading(two_columns: Paper) -> None:
    assert two_columns.abstract.startswith("Abstract line 1 runs on")
    assert two_columns.abstract.endswith("Abstract ends here.")


def test_an_abstract_that_begins_with_its_label_is_found(reader: PdfReader, tmp_path: Path) -> None:
    sheet = Sheet()
    front(sheet)
    sheet.column(
        LEFT,
        170,
        [
            "Abstract. We measure the tides of lakes that are small, and",
            "find that they are smaller than those of the seas.",
        ],
    )
    sheet.write(LEFT, 230, "Keywords: lakes, tides")
    sheet.write(LEFT, 270, "1 Introduction", 12, BOLD)
    sheet.column(LEFT, 290, prose("Body", 8))
    paper = paper_of(reader, save(tmp_path / "a.pdf", [sheet]))
    assert paper.abstract.startswith("We measure the tides of lakes that are small, and find")
    assert paper.abstract.endswith("of the seas.")
    assert "Keywords: lakes, tides" in paper.section_text("Front matter")


def test_a_title_of_the_metadata_that_stands_on_the_page_is_believed(reader: PdfReader, tmp_path: Path) -> None:
    sheet = Sheet()
    sheet.write(60, 60, "THE JOURNAL OF LAKES", 24, BOLD)
    sheet.write(60, 100, "On Small Lakes and Ponds", 16, BOLD)
    sheet.column(60, 160, prose("Body", 12))
    path = save(tmp_path / "a.pdf", [sheet], {"Title": "On small lakes and ponds"})
    assert paper_of(reader, path).title == "On Small Lakes and Ponds"


def test_a_page_without_a_title_is_called_by_its_file_and_invents_nothing(reader: PdfReader, tmp_path: Path) -> None:
    sheet = Sheet()
    sheet.column(60, 160, prose("Body", 12))
    paper = paper_of(reader, save(tmp_path / "lakes-of-1999.pdf", [sheet]))
    assert (paper.title, paper.authors, paper.date, paper.ids) == ("lakes-of-1999", (), None, ())


# ---- reading order and prose


def test_the_left_column_is_read_before_the_right_and_on_to_the_next_page(two_columns: Paper) -> None:
    introduction = two_columns.section_text("1 Introduction")
    places = [
        introduction.index(words)
        for words in ("Lakes have tides", "Left line 1 ", "Left ends", "Right line 1 ", "Top line 1 ")
    ]
    assert places == sorted(places)


def test_words_that_a_line_end_cut_are_whole_and_hyphens_of_their_own_stay(two_columns: Paper) -> None:
    text = two_columns.text
    assert "were represented by nobody" in text
    assert "state-of-the-art model" in text
    assert "baffling findings" in text


def test_an_exponent_is_no_digit_of_its_number(two_columns: Paper) -> None:
    assert "3 x 10⁻⁴ in all" in two_columns.text


def test_running_heads_and_page_numbers_are_not_in_the_text(two_columns: Paper) -> None:
    assert "Proceedings of the Society" not in two_columns.text
    assert not any(line.strip() in ("1", "2") for line in two_columns.text.splitlines())


def test_a_footnote_cuts_no_sentence(two_columns: Paper) -> None:
    assert "Left ends here. Right line 1" in two_columns.text.replace("\n\n", " ")
    assert "A footnote of the first page." in two_columns.section_text("Front matter")


def test_a_mark_of_a_footnote_is_left_out_and_an_exponent_like_it_stays(reader: PdfReader, tmp_path: Path) -> None:
    sheet = Sheet()
    sheet.column(80, 100, prose("Body", 12))
    for x, text, width in ((80, "The lakes", 43), (130, "are 10", 29), (170, "km", 14)):
        sheet.write(x, 260, text)
        sheet.write(x + width, 256, "2", 6)
    sheet.write(195, 260, "wide.")
    sheet.write(80, 697, "2", 6)
    sheet.write(84, 700, "As far as we know.", 8)
    text = paper_of(reader, save(tmp_path / "a.pdf", [sheet])).text
    assert "The lakes are 10² km² wide." in text
    assert "²As far as we know." in text


def test_the_numbers_of_a_manuscripts_lines_are_dropped(reader: PdfReader, tmp_path: Path) -> None:
    sheet = Sheet()
    sheet.write(80, 60, "On Small Lakes and Ponds", 16, BOLD)
    for number, line in enumerate(prose("Body", 20)):
        sheet.write(80, 120 + 12 * number, line)
        sheet.write(50, 120 + 12 * number, str(number + 7), 7)
    text = paper_of(reader, save(tmp_path / "a.pdf", [sheet])).text
    assert "Body line 3 runs on and fills its column well Body line 4" in text


def test_a_page_that_lies_on_its_side_is_read_upright(reader: PdfReader, tmp_path: Path) -> None:
    sheet = Sheet()
    for number, line in enumerate(prose("Body", 20)):
        sheet.write(100 + 12 * number, 700, line, turned=True)
    assert "well Body line 2 runs on" in paper_of(reader, save(tmp_path / "a.pdf", [sheet])).text


def test_paragraphs_are_parted_by_an_indent(two_columns: Paper) -> None:
    assert "Setup ends here.\n\nAgain line 1" in two_columns.text


# ---- sections


def test_sections_bear_their_headings_as_printed_and_begin_with_them(two_columns: Paper) -> None:
    names = [section.name for section in two_columns.sections]
    wanted = ["1 Introduction", "1.1 Experimental Setup", REFERENCES, "A How the Lakes Were Chosen"]
    assert [name for name in names if name in wanted] == wanted
    assert two_columns.section_text("1.1 Experimental Setup").startswith("1.1 Experimental Setup\n\nSetup line 1")


def test_references_stand_apart_an_entry_a_paragraph_and_appendices_are_prose_again(two_columns: Paper) -> None:
    assert two_columns.section_text(REFERENCES).split("\n\n") == [
        "References",
        "[1] A. Lovelace. On engines that count. Journal of Engines, 1843. doi:10.1000/engines",
        "[2] J. van der Berg. Lakes. 1999.",
    ]
    assert "Appendix line 1" in two_columns.section_text("A How the Lakes Were Chosen")


def test_a_table_is_its_caption_and_its_rows(two_columns: Paper) -> None:
    assert two_columns.section_text("Table 1").splitlines() == [
        "Table 1: The lakes with their depths and their tides in metres.",
        "Lake | Depth | Tide",
        "Blue | 12.5 | 0.3",
        "Green | 7.25 | 0.1",
    ]


def test_a_figure_is_its_caption_and_what_is_written_in_it(two_columns: Paper) -> None:
    assert two_columns.section_text("Figure 1").splitlines() == [
        "Figure 1. How high the water of the lakes stands at noon.",
        "An axis",
    ]


def test_a_table_without_rules_is_kept_from_the_prose(reader: PdfReader, tmp_path: Path) -> None:
    sheet = Sheet()
    sheet.write(80, 60, "On Small Lakes and Ponds", 16, BOLD)
    sheet.column(80, 120, prose("Body", 12))
    sheet.write(80, 300, "Table II: Lakes.")
    for row, cells in enumerate((("Lake", "Depth"), ("Blue", "12.5"), ("Green", "7.25"))):
        for cell, text in enumerate(cells):
            sheet.write(80 + 120 * cell, 316 + 12 * row, text)
    sheet.column(80, 400, prose("After", 12))
    paper = paper_of(reader, save(tmp_path / "a.pdf", [sheet]))
    assert paper.section_text("Table II").splitlines()[1:] == ["Lake | Depth", "Blue | 12.5", "Green | 7.25"]
    assert "Body ends here.\n\nAfter line 1" in paper.text


def test_a_sentence_that_begins_with_a_figure_is_no_caption(reader: PdfReader, tmp_path: Path) -> None:
    sheet = Sheet()
    sheet.write(80, 60, "On Small Lakes and Ponds", 16, BOLD)
    sheet.column(80, 120, ["Figure 3 shows that the lakes are small, as all of them", *prose("Body", 12)])
    paper = paper_of(reader, save(tmp_path / "a.pdf", [sheet]))
    assert "Figure 3" not in [section.name for section in paper.sections]


def test_two_tables_of_one_width_keep_their_own_captions(reader: PdfReader, tmp_path: Path) -> None:
    sheet = Sheet()
    sheet.write(80, 60, "On Small Lakes and Ponds", 16, BOLD)
    for number, y in ((1, 100), (2, 180)):
        for rule in (0, 14, 40):
            sheet.rule(80, 400, y + rule)
        for row in range(3):
            sheet.write(85, y + 10 + 13 * row, f"cell{number}{row}", 9)
            sheet.write(250, y + 10 + 13 * row, f"{number}.{row}", 9)
        sheet.write(150, y + 56, f"Table {number}: Results of lake {number}.", 9)
    sheet.column(80, 280, prose("Body", 20))
    paper = paper_of(reader, save(tmp_path / "a.pdf", [sheet]))
    for number in (1, 2):
        assert paper.section_text(f"Table {number}").splitlines()[1:] == [
            f"cell{number}{r} | {number}.{r}" for r in range(3)
        ]


# ---- real files

real = pytest.mark.skipif(not SHARED.exists(), reason="the real PDFs, which may not be copied, are not there")


@real
@pytest.mark.parametrize("path", sorted(SHARED.glob("*.pdf")), ids=lambda path: path.stem[:30])
def test_a_real_file_is_a_whole_paper_or_says_why_not(reader: PdfReader, path: Path) -> None:
    item, *notices = reader.read(path, path.name)
    assert all(isinstance(notice, Notice) for notice in notices)
    if isinstance(item, Paper):
        is_whole(item)
    else:
        assert str(item).startswith(f"{path.name}: ")
        assert str(item).endswith(".")


@real
def test_a_real_paper_in_two_columns_is_read_in_order(reader: PdfReader) -> None:
    paper = paper_of(reader, SHARED / "paperqa_pasa.pdf")
    assert len(paper.authors) == 7
    assert paper.ids == ("arxiv:2501.10120",)
    assert "yet represents a particularly challenging information retrieval task" in paper.section_text(
        "1 Introduction"
    )
    captions = [f"{kind} {number}" for kind, most in (("Table", 16), ("Figure", 3)) for number in range(1, most + 1)]
    assert [name for name in captions if not paper.section(name)] == []
    assert "learning rate | 1e-6" in paper.section_text("Table 4")
    assert "NVIDIA" not in paper.section_text(ABSTRACT)
    names = [section.name for section in paper.sections]
    assert (
        names.index("6 Conclusion") < names.index(REFERENCES) < names.index("A Implementation Details of the Crawler")
    )


@real
@pytest.mark.parametrize("name", ["openpaper_chain", "openpaper_refusal", "paperqa_pasa"])
def test_no_letter_of_a_real_paper_is_lost_on_the_way(name: str) -> None:
    (path,) = SHARED.glob(f"{name}*.pdf")
    document = Document(path)
    pages = [page for number in range(1, len(document) + 1) if (page := document.page(number))]
    document.close()
    printed = Counter(char for page in pages for word in page.words for char in word.text if char.isalpha())
    missing = printed - Counter(to_paper(pages, path.name, "", path.stem).text)
    assert missing.total() < 0.001 * printed.total()


@real
def test_text_from_right_to_left_is_in_the_order_in_which_it_is_read(reader: PdfReader) -> None:
    assert paper_of(reader, SHARED / "samplefiles_habibi.pdf").text.endswith("habibi حَبيبي")
