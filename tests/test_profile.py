"""Profile pages: the sample, other people's, and what copying does to both."""

from __future__ import annotations

import random
import re
import textwrap
from pathlib import Path

import pytest

from assistant.errors import SourceError
from assistant.papers import ABSTRACT, AUTHORS, LISTING, TITLE, Paper
from assistant.sources import Item, Notice, Profile, Unreadable, bylines, listing
from assistant.sources.bylines import Grade
from assistant.sources.profile import read

SAMPLE = (Path(__file__).parents[1] / "examples" / "xu_han" / "profile.txt").read_text(encoding="utf-8")

HEADER = "Ada Lovelace\n\nCL\nh-index36\n1papers\n20,619citations\nNovelty49%\nAI Score56\n\n1 Papers"
LISTED = "12.3CLJul 15, 2023Code"
BYLINE = "Ada Lovelace, Bob Roe et al. · some-university"
PROSE = "We study a thing that has many parts. It works well in practice, and better than what came before it."


def record(first: str = LISTED, title: str = "A Plain Title", byline: str = BYLINE, abstract: str = PROSE) -> str:
    return "\n\n".join(part for part in (f"{first}\n{title}", byline, abstract) if part)


def page(*records: str, header: str = HEADER) -> str:
    return "\n\n".join((header, *records)) + "\n"


def items(text: str) -> list[Item]:
    return list(read(text, "page.txt"))


def papers(text: str) -> list[Paper]:
    return [item for item in items(text) if isinstance(item, Paper)]


def only(text: str) -> Paper:
    [paper] = papers(text)
    return paper


def unreadable(text: str) -> list[str]:
    return [str(item) for item in items(text) if isinstance(item, Unreadable)]


def notices(text: str) -> list[str]:
    return [item.text for item in items(text) if isinstance(item, Notice)]


def author_of(text: str) -> Profile | None:
    return next((item for item in items(text) if isinstance(item, Profile)), None)


def names(paper: Paper) -> list[str]:
    return [author.name for author in paper.authors]


# ---- the sample


def test_the_sample_holds_its_author_and_37_papers_and_nothing_else() -> None:
    author, *rest = items(SAMPLE)
    assert author == Profile(
        "Xu Han",
        "CL",
        {"h-index": "36", "papers": "37", "citations": "20,619", "novelty": "49%", "ai score": "56"},
    )
    assert len(rest) == 37
    assert all(isinstance(item, Paper) for item in rest)


def test_the_first_record_of_the_sample_is_read_whole() -> None:
    paper = papers(SAMPLE)[0]
    assert (paper.score, paper.category, paper.date, paper.has_code) == (3.9, "CL", "2023-07-15", True)
    assert paper.title.startswith("CA-LoRA: Adapting Existing LoRA for Compressed LLMs")
    assert names(paper) == ["Weilin Zhao", "Yuxiang Huang", "Xu Han"]
    assert (paper.authors_complete, paper.affiliation) == (False, "tsinghua")
    assert paper.abstract.startswith("Recently, there has been a demand")
    assert paper.abstract.endswith("available at https://github.com/thunlp/CA-LoRA.")
    assert paper.source == "page.txt, line 12"


def test_the_sample_as_a_whole_has_the_counts_that_its_lines_have() -> None:
    found = papers(SAMPLE)
    marked = len(re.findall(r"^\d.*\d{4}Code$", SAMPLE, re.MULTILINE))
    assert sum(bool(paper.has_code) for paper in found) == marked == 24
    assert (
        sum(not paper.authors_complete for paper in found) == len(re.findall(r" et al\.(?: ·|$)", SAMPLE, re.M)) == 35
    )
    assert [paper.affiliation for paper in found if paper.affiliation] == re.findall(r" · (.+)$", SAMPLE, re.MULTILINE)
    assert all(paper.abstract and paper.date and paper.score is not None for paper in found)


def test_formulas_and_links_stand_in_the_text_as_the_page_has_them() -> None:
    [paper] = [paper for paper in papers(SAMPLE) if r"\url{" in paper.text]
    assert "scaled to $1,024$K, InfLLM" in paper.abstract
    assert paper.abstract.endswith(r"\url{https://github.com/thunlp/InfLLM}.")


def test_every_section_is_a_span_of_the_text() -> None:
    for paper in papers(SAMPLE):
        assert [section.name for section in paper.sections] == [LISTING, TITLE, AUTHORS, ABSTRACT]
        assert paper.section_text(TITLE) == paper.title
        assert "\n\n".join(paper.section_text(section.name) for section in paper.sections) == paper.text
        assert all(paper.section_text(part) in SAMPLE for part in (LISTING, TITLE, AUTHORS, ABSTRACT))


# ---- what copying does: any mixture of it reads as the plain page does

WITHOUT_AUTHORS = page(
    *(
        record(f"QB{2005 + n % 12}", title, "", abstract)
        for n, (title, abstract) in enumerate(
            [
                (
                    "Longitudinal changes in maternal corin in women at risk",
                    "Objectives Corin has been found. Methods x.",
                ),
                ("Pioglitazone Use and Risk of Bladder Cancer and Other Common Cancers in Persons With It.", PROSE),
                ("Effects of Thiazolidinediones on Stroke Recovery: A Case-Matched Controlled Study", PROSE),
                ("Is lowering blood pressure in patients on dialysis of any use in the general population?", PROSE),
            ]
        )
    ),
    header="Some Lab\n\nQB\n4papers\n\n4 Papers",
)
YEARS_ALONE = page(
    *(
        record(f"CL{2016 + n}{'Code' if n % 2 else ''}", title, byline)
        for n, (title, byline) in enumerate(
            [
                (
                    "Beyond task success: A closer look at jointly learning to see, ask, and guess",
                    "Tim Baumgärtner et al.",
                ),
                ("Cross-Domain Evaluation of Edge Detection", "Željko Agić, Rob van der Goot, Anders Søgaard"),
                ("What do you mean?", "Héctor Martínez Alonso, Barbara Roe"),
                ("Commonsense Reasoning for Language Processing", "Ronan Le Bras, Barbara Roe, Jin Yea Jang et al."),
            ]
        )
    ),
    header="Barbara Roe\n\nCL\n4papers\n\n4 Papers",
)


def _facts(paper: Paper) -> tuple[object, ...]:
    """What must survive copying. Blanks at a cut hyphen are not told apart, nor where paragraphs end."""
    joined = re.sub(r"\s+", " ", re.sub(r"-\s+", "-", paper.abstract))
    title = re.sub(r"-\s+", "-", paper.title)
    people = (paper.authors, paper.authors_complete, paper.affiliation)
    return (title, people, joined, paper.date, paper.category, paper.score, paper.has_code)


def _copied(found: list[Paper], header: str, chance: random.Random) -> str:
    """The page as one of the ways of copying leaves it."""
    blank = chance.choice(["\n", "\n\n", "\n\n", "\n\n\n", "\n \n\t\n"])
    has_authors = bool(found[0].authors)
    # With neither blank lines nor authors, nobody can say where a wrapped title ends.
    width = chance.choice([0, 0, 60, 72, 100]) if has_authors or blank != "\n" else 0
    between = chance.choice(["", "", " ", "\n", "\n\n" if blank != "\n" else "\n"])

    def wrapped(text: str) -> str:
        return "\n".join(textwrap.wrap(text, width, break_long_words=False)) if width else text

    parts = [header]
    for paper in found:
        pieces = re.fullmatch(r"(\d+\.\d)?([A-Z]{2})(.*?\d{4})(Code)?", paper.section_text(LISTING))
        assert pieces
        first = between.join(piece for piece in pieces.groups() if piece)
        body = [wrapped(paper.section_text(name)) for name in (TITLE, AUTHORS, ABSTRACT) if paper.section(name)]
        parts.append(first + ("\n\n" if between == "\n\n" else "\n") + blank.join(body))
    text = blank.join(parts) + "\n"
    for damage in (_non_breaking, _tabbed, _with_unseen_characters, _marked, _trailing_blanks, _with_button):
        if chance.random() < 0.3:
            text = damage(text, chance)
    return text.replace("\n", chance.choice(["\n", "\r\n", "\r"]))


def _non_breaking(text: str, chance: random.Random) -> str:
    return text.replace(" ", chance.choice(["\u00a0", "\u202f", "\u2009"]))


def _tabbed(text: str, chance: random.Random) -> str:
    return "".join("\t" if char == " " and chance.random() < 0.1 else char for char in text)


def _with_unseen_characters(text: str, chance: random.Random) -> str:
    unseen = "\u200b\u2060\u00ad\ufeff\x00\x07"
    return "".join(char + (chance.choice(unseen) if chance.random() < 0.02 else "") for char in text)


def _marked(text: str, _: random.Random) -> str:
    return f"\ufeff{text}"


def _trailing_blanks(text: str, _: random.Random) -> str:
    return text.replace("\n", "  \n")


def _with_button(text: str, chance: random.Random) -> str:
    return f"{text}\n{chance.choice(['Load more', 'Show more', '1 2 3 … 10', 'Back to top', '© 2024 A Site'])}\n"


@pytest.mark.parametrize("original", [SAMPLE, YEARS_ALONE, WITHOUT_AUTHORS], ids=["sample", "years", "no authors"])
@pytest.mark.parametrize("seed", range(16))
def test_a_page_reads_the_same_however_it_was_copied(original: str, seed: int) -> None:
    plain = papers(original)
    header = original[: original.index(plain[0].section_text(LISTING))].strip()
    copied = _copied(plain, header, random.Random(seed))
    assert [_facts(paper) for paper in papers(copied)] == [_facts(paper) for paper in plain]
    assert unreadable(copied) == []
    assert author_of(copied) == author_of(original)
    assert [notice for notice in notices(copied) if "left out as parts of the page" not in notice] == []


def _lost(lines: list[str], chance: random.Random) -> None:
    del lines[chance.randrange(len(lines))]


def _doubled(lines: list[str], chance: random.Random) -> None:
    lines.insert(chance.randrange(len(lines)), chance.choice(lines))


def _foreign(lines: list[str], chance: random.Random) -> None:
    lines.insert(chance.randrange(len(lines)), chance.choice(["", "3.9CL", "CL 2020", "·", "\u2028", "et al."]))


def _garbled(lines: list[str], chance: random.Random) -> None:
    lines.insert(chance.randrange(len(lines)), "".join(chance.choices("aZ9.,·\t\u200d\ud800é韩", k=9)))


def _cut(lines: list[str], chance: random.Random) -> None:
    place = chance.randrange(len(lines))
    lines[place] = lines[place][: chance.randrange(len(lines[place]) + 1)]


@pytest.mark.parametrize("seed", range(30))
def test_no_damage_to_a_page_makes_it_crash_or_breaks_a_span(seed: int) -> None:
    chance = random.Random(seed)
    lines = SAMPLE.split("\n")[:90]
    for _ in range(30):
        chance.choice([_lost, _doubled, _foreign, _garbled, _cut])(lines, chance)
    for item in items("\n".join(lines)):
        if isinstance(item, Paper):
            assert item.title == item.section_text(TITLE)
            assert item.title.strip()
            assert all(item.text[s.start : s.end].strip() for s in item.sections)
            item.text.encode("utf-8")
        elif isinstance(item, Unreadable):
            assert re.search(r"line \d+$", item.place)
            assert item.reason


def test_line_breaks_of_other_systems_are_line_breaks() -> None:
    text = page(record(abstract="One line.\u2028The next.\x0bA third.\u2029A paragraph.\x85Its end."))
    assert only(text).abstract == "One line. The next. A third.\n\nA paragraph. Its end."


def test_line_numbers_are_those_of_an_editor_whatever_breaks_lines() -> None:
    text = f"{HEADER}\n\n" + record(abstract="One.\u2028Two.") + "\n\n3.9CLJul 45, 2023\nBad\n"
    number = text.replace("\r\n", "\n").split("\n").index("3.9CLJul 45, 2023") + 1
    for end in ("\n", "\r\n", "\r"):
        assert unreadable(text.replace("\n", end)) == [f"page.txt, line {number}: 'Jul 45, 2023' is no date."]


def test_letters_and_accents_that_were_copied_apart_are_joined() -> None:
    assert names(only(page(record(byline="Tim Baumga\u0308rtner, Z\u030celjko Agic\u0301")))) == [
        "Tim Baumgärtner",
        "Željko Agić",
    ]


def test_characters_that_no_file_can_hold_are_replaced() -> None:
    assert only(page(record(title="A \ud800Title"))).title == "A \ufffdTitle"


def test_a_word_that_was_cut_at_its_hyphen_is_whole() -> None:
    paper = only(page(record(abstract="We use pre-\nand post-training of task-\noriented state-of-\nthe-art models.")))
    assert paper.abstract == "We use pre- and post-training of task-oriented state-of-the-art models."


# ---- listing lines


@pytest.mark.parametrize(
    ("line", "score", "category", "date", "code"),
    [
        ("31.2CLOct 16, 2019Code", 31.2, "CL", "2019-10-16", True),
        ("31.2 CL Oct 16, 2019 Code", 31.2, "CL", "2019-10-16", True),
        ("31.2\tCL\tOct 16, 2019", 31.2, "CL", "2019-10-16", False),
        ("31.2\nCL\nOct 16, 2019\nCode", 31.2, "CL", "2019-10-16", True),
        ("31.2\n\nCL\n\nOct 16, 2019\n\nCode\n", 31.2, "CL", "2019-10-16", True),
        ("31.2CL\nOct 16, 2019Code", 31.2, "CL", "2019-10-16", True),
        ("31.2CLOct 16, 2019\nCode", 31.2, "CL", "2019-10-16", True),
        ("31CLOct 16, 2019", 31.0, "CL", "2019-10-16", False),
        ("3,9CLJul 15, 2023", 3.9, "CL", "2023-07-15", False),
        ("CLJul 15, 2023", None, "CL", "2023-07-15", False),
        ("-CLJul 15, 2023", None, "CL", "2023-07-15", False),
        ("N/ACLJul 15, 2023", None, "CL", "2023-07-15", False),
        ("3.9Jul 15, 2023", 3.9, None, "2023-07-15", False),
        ("Jul 15, 2023", None, None, "2023-07-15", False),
        ("3.9cs.CLjul 15, 2023", 3.9, "cs.CL", "2023-07-15", False),
        ("3.9stat.MLJUL 15, 2023CODE", 3.9, "stat.ML", "2023-07-15", True),
        ("q-bio.QM2020", None, "q-bio.QM", "2020", False),
        ("QB2017", None, "QB", "2017", False),
        ("astro-phJul 15, 2023", None, "astro-ph", "2023-07-15", False),
        ("7cond-mat.mtrl-sci15 Jul 2023Code", 7.0, "cond-mat.mtrl-sci", "2023-07-15", True),
        ("cond-mat.mtrl-sci2023-07-15", None, "cond-mat.mtrl-sci", "2023-07-15", False),
        ("3.9CL2023-07-15Code", 3.9, "CL", "2023-07-15", True),
        ("3.9CL2023/7/5", 3.9, "CL", "2023-07-05", False),
        ("3.9CLJul 2023", 3.9, "CL", "2023-07", False),
        ("31CL2023", 31.0, "CL", "2023", False),
        ("CL 2023", None, "CL", "2023", False),
        ("NLP 2023", None, "NLP", "2023", False),
        ("CL\n2023", None, "CL", "2023", False),
        ("3.9CLJuly 15, 2023", 3.9, "CL", "2023-07-15", False),
        ("3.9CLSept. 5, 2023", 3.9, "CL", "2023-09-05", False),
        ("3.9CL15th July 2023", 3.9, "CL", "2023-07-15", False),
        ("3.9MAMay 2, 2023", 3.9, "MA", "2023-05-02", False),
        ("cs.CL, cs.AIJul 15, 2023", None, "cs.CL, cs.AI", "2023-07-15", False),
        ("3.9Computation and LanguageJul 15, 2023", 3.9, "Computation and Language", "2023-07-15", False),
    ],
)
def test_listing_lines_of_all_kinds_are_read(
    line: str, score: float | None, category: str | None, date: str, code: bool
) -> None:
    text = page(record(), record(line, "The Other Title"), header="Ada Lovelace\n\n2 Papers")
    paper = papers(text)[1]
    assert (paper.score, paper.category, paper.date, paper.has_code) == (score, category, date, code)
    assert (paper.title, paper.abstract) == ("The Other Title", PROSE)
    assert unreadable(text) == notices(text) == []


@pytest.mark.parametrize("line", ["CL2020", "CL 2020", "NLP 2020", "CLMay 2020", "2.0CLMay 3, 2020"])
def test_a_page_may_hold_one_kind_of_listing_line_alone(line: str) -> None:
    assert [paper.title for paper in papers(page(record(line, "One"), record(line, "Two")))] == ["One", "Two"]


@pytest.mark.parametrize(
    "line",
    ["In 2019", "GPT 2020", "GPT2020", "TREC 2019", "ImageNet 2012", "May 2020", "12 May 2020", "2020", "3.5", "CL",
     "15 since May 2020", "3 GPUs 2020", "20 AI experts", "3.5% AP in May 2020", "on July 15, 2023", "Code",
     "AI Score 56", "e.g. 2020", "AI 2020", "Jul 15, 2023"],
)  # fmt: skip
def test_lines_of_an_abstract_start_no_record(line: str) -> None:
    wrapped = f"We use what was made\n{line}\nand more of it in many places.\n\nA paragraph more."
    text = page(record(abstract=wrapped), record(title="Second"), header="Ada Lovelace\n\n2 Papers")
    assert [paper.title for paper in papers(text)] == ["A Plain Title", "Second"]
    assert line in papers(text)[0].abstract
    assert unreadable(text) == []


@pytest.mark.parametrize("line", ["In 2019", "GPT 2020", "2020", "BERT"])
def test_a_paragraph_of_a_few_words_starts_no_record(line: str) -> None:
    text = page(record(abstract=f"We begin.\n\n{line}\n\nWe end."))
    assert only(text).abstract == f"We begin.\n\n{line}\n\nWe end."


@pytest.mark.parametrize("title", ["GPT 2020", "TREC 2019", "In 2019", "2020", "Code", "CA", "3.5", "May 2020"])
def test_a_title_may_look_like_a_listing_line(title: str) -> None:
    paper = only(page(record(title=title)))
    assert (paper.title, names(paper)) == (title, ["Ada Lovelace", "Bob Roe"])


def test_a_listing_line_that_was_copied_twice_starts_one_record() -> None:
    for between in ("\n", "\n\n"):
        paper = only(page(f"{LISTED}{between}{record()}"))
        assert (paper.title, paper.source) == ("A Plain Title", "page.txt, line 12")


# ---- authors


@pytest.mark.parametrize(
    ("byline", "expected", "complete", "affiliation"),
    [
        ("Ada Lovelace, Bob Roe et al. · some-university", ["Ada Lovelace", "Bob Roe"], False, "some-university"),
        ("Ada Lovelace,Bob Roe et al.·some-university", ["Ada Lovelace", "Bob Roe"], False, "some-university"),
        ("Ada Lovelace, Bob Roe, et al.", ["Ada Lovelace", "Bob Roe"], False, None),
        ("Ada Lovelace et al", ["Ada Lovelace"], False, None),
        ("Ada Lovelace ET AL.", ["Ada Lovelace"], False, None),
        ("Ada Lovelace and 5 others", ["Ada Lovelace"], False, None),
        ("Ada Lovelace", ["Ada Lovelace"], True, None),
        ("Bob Roe · MIT CSAIL, Cambridge", ["Bob Roe"], True, "MIT CSAIL, Cambridge"),
        ("Ada Lovelace, Bob Roe, and Cy Coe", ["Ada Lovelace", "Bob Roe", "Cy Coe"], True, None),
        ("Bob Roe & Cy Coe", ["Bob Roe", "Cy Coe"], True, None),
        ("Jean-Pierre Serre-Dupont, Željko Agić", ["Jean-Pierre Serre-Dupont", "Željko Agić"], True, None),
        ("韩旭, 刘知远", ["韩旭", "刘知远"], True, None),
        ("韩旭，刘知远", ["韩旭", "刘知远"], True, None),
        ("韩旭", ["韩旭"], True, None),
        ("Plato", ["Plato"], True, None),
        ("Guido van der Berg, Ludwig von Mises", ["Guido van der Berg", "Ludwig von Mises"], True, None),
        ("d'Avila Garcez, 't Hooft", ["d'Avila Garcez", "'t Hooft"], True, None),
        ("Conan O’Neil, Mary O'Brien", ["Conan O’Neil", "Mary O'Brien"], True, None),
        ("J. K. Rowling", ["J. K. Rowling"], True, None),
        ("J.-P. Serre, G. R. R. Martin", ["J.-P. Serre", "G. R. R. Martin"], True, None),
        ("Martin Luther King, Jr., Bob Roe III", ["Martin Luther King Jr.", "Bob Roe III"], True, None),
        ("Lovelace, Ada; Roe, Bob", ["Lovelace, Ada", "Roe, Bob"], True, None),
        ("Gal·la Font, Bob Roe", ["Gal·la Font", "Bob Roe"], True, None),
        ("danah boyd, Kate Crawford et al.", ["danah boyd", "Kate Crawford"], False, None),
        ("The ATLAS Collaboration", ["The ATLAS Collaboration"], True, None),
        ("OpenAI", ["OpenAI"], True, None),
        ("DeepSeek-AI, Daya Guo et al.", ["DeepSeek-AI", "Daya Guo"], False, None),
        ("1000 Genomes Project Consortium", ["1000 Genomes Project Consortium"], True, None),
    ],
)
def test_authors_of_all_kinds_are_read(
    byline: str, expected: list[str], complete: bool, affiliation: str | None
) -> None:
    paper = only(page(record(byline=byline)))
    assert (names(paper), paper.authors_complete, paper.affiliation) == (expected, complete, affiliation)
    assert (paper.title, paper.abstract) == ("A Plain Title", PROSE)


@pytest.mark.parametrize("count", [20, 3000])
def test_many_authors_are_read_on_one_line_and_on_several(count: int) -> None:
    expected = [
        f"Given{n // 26} Family{chr(97 + n % 26)}".translate(str.maketrans("0123456789", "abcdefghij"))
        for n in range(count)
    ]
    byline = ", ".join(expected)
    assert names(only(page(record(byline=byline)))) == expected
    assert names(only(page(record(byline=textwrap.fill(byline, 70))))) == expected


def test_an_author_line_whose_pieces_were_copied_apart_is_joined() -> None:
    paper = only(page(record(byline="Ada Lovelace,\nBob Roe\net al.\n·\nsome-university")))
    assert (names(paper), paper.authors_complete, paper.affiliation) == (
        ["Ada Lovelace", "Bob Roe"],
        False,
        "some-university",
    )
    assert paper.abstract == PROSE


def test_no_authors_are_no_complete_list() -> None:
    paper = only(page(record(byline="")))
    assert (paper.authors, paper.authors_complete, paper.abstract) == ((), False, PROSE)


@pytest.mark.parametrize(
    "heading", ["Background", "Study Design", "Technical Report", "Results", "Methods and Results"]
)
def test_a_heading_of_an_abstract_is_no_author(heading: str) -> None:
    paper = only(page(record(byline="", abstract=f"{heading}\n\n{PROSE}")))
    assert (paper.authors, paper.abstract) == ((), f"{heading}\n\n{PROSE}")


@pytest.mark.parametrize(
    ("line", "grade"),
    [
        ("", Grade.NO),
        ("We study dogs.", Grade.NO),
        ("following the work of Smith et al.", Grade.NO),
        ("本文提出了一种新的方法，该方法比以前的方法更好", Grade.NO),
        ("What is it, Bob Roe?", Grade.NO),
        ("https://a.b, Bob Roe", Grade.NO),
        ("Attention, Memory and Planning", Grade.ONE_NAME),
        ("Bob Roe", Grade.ONE_NAME),
        ("Bob Roe, Cy Coe", Grade.LIST),
        ("Bob Roe, Cy Coe et al.", Grade.MARKED),
        ("Ada Lovelace", Grade.MARKED),
    ],
)
def test_lines_are_graded_by_how_much_they_look_like_authors(line: str, grade: Grade) -> None:
    assert bylines.grade(line, "Ada Lovelace") is grade


# ---- titles and abstracts


@pytest.mark.parametrize(
    "title",
    [
        "Attention, Memory and Planning",
        "Ada Lovelace",
        "Bob Roe, Cy Coe",
        "Who, What and Where?",
        "One: Two, Three; and Four — Five (Six)",
        "Is it enough? No.",
        "<b>Bold</b> &amp; <script>alert(1)</script> **Markdown** [link](https://a.b) $O(n^2)$",
        "# A Heading | a table | `code`",
        "3D",
        "ß",
        "一个标题",
        "Persons With Diabetes.",
        "x" * 300,
    ],
)
def test_titles_of_all_kinds_are_read_whole(title: str) -> None:
    paper = only(page(record(title=title)))
    assert (paper.title, names(paper), paper.abstract) == (title, ["Ada Lovelace", "Bob Roe"], PROSE)


@pytest.mark.parametrize("blank", ["\n", "\n\n"])
@pytest.mark.parametrize("byline", [BYLINE, "Bob Roe, Cy Coe", "Ada Lovelace"])
def test_a_wrapped_title_is_joined(blank: str, byline: str) -> None:
    title = "A Title That Goes on for\nMore Than a Line, Memory\nand Planning"
    paper = only(f"{HEADER}\n{LISTED}\n{title}{blank}{byline}{blank}{PROSE}")
    assert paper.title == "A Title That Goes on for More Than a Line, Memory and Planning"
    assert paper.section_text(AUTHORS) == byline
    assert paper.abstract == PROSE


@pytest.mark.parametrize(
    ("body", "title", "abstract"),
    [
        ("A Title", "A Title", ""),
        ("A Title That Is Quite Long so That It Was Wrapped\nat Its End", None, ""),
        ("A Title That Goes on at\n\nthe end. Not this.", "A Title That Goes on at", "the end. Not this."),
        (f"A Title\n{PROSE}", "A Title", PROSE),
        (f"A Title\n\n{PROSE}", "A Title", PROSE),
        (f"A Title That Ends in\nthe Second Line\n\n{PROSE}", "A Title That Ends in the Second Line", PROSE),
        (f"A Title That Ends in\nthe Second Line\n{PROSE}", "A Title That Ends in the Second Line", PROSE),
        (f"A Title\n\nA short line.\n\n{PROSE}", "A Title", f"A short line.\n\n{PROSE}"),
    ],
)  # fmt: skip
def test_a_record_without_authors_has_its_title_and_abstract(body: str, title: str | None, abstract: str) -> None:
    paper = only(page(f"{LISTED}\n{body}"))
    assert (paper.title, paper.abstract) == (title or body.replace("\n", " "), abstract)
    assert paper.authors == ()


def test_an_abstract_may_have_several_paragraphs_or_be_missing() -> None:
    several = only(page(record(abstract="One.\nIts end.\n\n\nTwo.\n \nThree.")))
    assert several.abstract == "One. Its end.\n\nTwo.\n\nThree."
    missing = only(page(record(abstract="")))
    assert (missing.abstract, missing.section(ABSTRACT), names(missing)) == ("", None, ["Ada Lovelace", "Bob Roe"])


@pytest.mark.parametrize("start", ["Big Data", "Big data.", "Why?", "We", "Bob Roe", "Attention, Memory"])
@pytest.mark.parametrize("blank", ["\n", "\n\n"])
def test_the_first_line_of_an_abstract_may_be_short(start: str, blank: str) -> None:
    text = f"{HEADER}{blank}{LISTED}\nA Plain Title{blank}{BYLINE}{blank}{start}\nis what we study here."
    paper = only(text)
    assert (names(paper), paper.abstract) == (["Ada Lovelace", "Bob Roe"], f"{start} is what we study here.")


def test_a_page_of_titles_alone_is_read() -> None:
    text = page(*(f"CL{2000 + n}\nTitle Number {chr(65 + n)}" for n in range(20)))
    assert [paper.title for paper in papers(text)] == [f"Title Number {chr(65 + n)}" for n in range(20)]
    without_blanks = re.sub(r"\n+", "\n", text)
    assert [paper.title for paper in papers(without_blanks)] == [f"Title Number {chr(65 + n)}" for n in range(20)]


# ---- the header


@pytest.mark.parametrize(
    "header",
    [
        "Ada Lovelace\n\nCL\nh-index36\n37papers\n20,619citations\nNovelty49%\nAI Score56\n\n37 Papers",
        "Ada Lovelace\nCL\nh-index: 36\n37 papers\n20,619 citations\nNovelty 49%\nAI Score: 56\n37 Papers",
        "Ada Lovelace\n\nCL\n\nh-index\t36\n\n37\tpapers\n\n20,619\tcitations\n\nNovelty\t49%\n\nAI Score\t56",
        "Ada Lovelace\n\nCL\nh-index\n36\n37\npapers\n20,619\ncitations\nNovelty\n49%\nAI Score\n56\n\n37 Papers",
    ],
)
def test_headers_of_all_kinds_are_read(header: str) -> None:
    figures = {"h-index": "36", "papers": "37", "citations": "20,619", "novelty": "49%", "ai score": "56"}
    assert author_of(page(record(), header=header)) == Profile("Ada Lovelace", "CL", figures)


@pytest.mark.parametrize("field", ["cs.CL", "q-bio.QM", "astro-ph", "QB"])
def test_the_field_is_found_below_whatever_stands_beside_the_name(field: str) -> None:
    assert author_of(page(record(), header=f"韩旭\n\nTsinghua University\n\n{field}\nh-index9")) == Profile(
        "韩旭", field, {"h-index": "9"}
    )


def test_a_name_may_have_a_number() -> None:
    found = author_of(page(record(), header="Wei Wang 0001\nCL\nh-index36"))
    assert found == Profile("Wei Wang 0001", "CL", {"h-index": "36"})


def test_figures_may_be_rounded() -> None:
    found = author_of(page(record(), header="Ada Lovelace\n20.6Kcitations\n1.2k papers"))
    assert found
    assert found.figures == {"citations": "20.6K", "papers": "1.2k"}


@pytest.mark.parametrize("header", ["", "CL\nh-index36", "1 Papers", "CL"])
def test_a_page_without_a_name_says_so_and_is_read(header: str) -> None:
    text = page(record(), header=header)
    assert only(text).title == "A Plain Title"
    assert author_of(text) is None
    assert notices(text) == ["page.txt: there is no header with the author's name above the first paper."]


def test_a_header_that_counts_other_papers_than_were_read_is_a_warning() -> None:
    one_less = SAMPLE[: SAMPLE.rindex(papers(SAMPLE)[-1].section_text(LISTING))]
    assert notices(one_less) == ["page.txt: the header says 37 papers, and 36 were read."]
    assert len(papers(one_less)) == 36


def test_the_warning_compares_with_the_larger_of_two_counts() -> None:
    text = page(record(), header="Ada Lovelace\n1,237papers\n\n1 Papers")
    assert notices(text) == ["page.txt: the header says 1237 papers, and 1 were read."]


# ---- what cannot be read


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ("3.9CLJul 45, 2023\nA Title\n\nBob Roe\n\nText.", "'Jul 45, 2023' is no date."),
        ("3.9CLFeb 29, 2023\nA Title", "'Feb 29, 2023' is no date."),
        ("3.9CL2023-13-40\nA Title", "'2023-13-40' is no date."),
        ("3.9CLJul 15, 0203\nA Title", "'Jul 15, 0203' is no date."),
        ("3.9CLFoo 15, 2023\nA Title", "'3.9CLFoo 15, 2023' looks like the first line of a record, but holds no date."),
        ("CLFoo 15, 2023\nA Title", "'CLFoo 15, 2023' looks like the first line of a record, but holds no date."),
        ("3.9CL\nA Title", "'3.9CL' looks like the first line of a record, but holds no date."),
        ("3.9CLCode\nA Title", "'3.9CLCode' looks like the first line of a record, but holds no date."),
        ("3.9CLJul 15\nA Title", "'3.9CLJul 15' looks like the first line of a record, but holds no date."),
        ("??CLJul 15, 2023\nA Title", "'??CLJul 15, 2023' looks like the first line of a record, but holds no date."),
        ("3.9CLJul 15, 2023", "the record has no title."),
        ("3.9CLJul 15, 2023\n---\n\nBob Roe, Cy Coe\n\nText.", "the record has no title: '---' is none."),
        (f"3.9CLJul 15, 2023\n\nBob Roe et al.\n\n{PROSE}", "the record has no title: 'Bob Roe et al.' is none."),
        (f"3.9CLJul 15, 2023\n{PROSE * 6}", f"the record has no title: '{PROSE[:57]}...' is none."),
    ],
)
def test_what_cannot_be_read_is_told_with_its_line_and_the_rest_goes_in(bad: str, reason: str) -> None:
    text = page(record(title="Before"), bad, record("4.0CLJul 16, 2023", title="After"))
    number = text.split("\n").index(bad.split("\n")[0]) + 1
    assert unreadable(text) == [f"page.txt, line {number}: {reason}"]
    assert [(paper.title, paper.abstract) for paper in papers(text)] == [("Before", PROSE), ("After", PROSE)]


def test_a_broken_listing_line_is_found_where_blank_lines_are_missing() -> None:
    text = re.sub(
        r"\n+", "\n", page(record(title="Before"), record("3.9CLFoo 15, 2023"), record("4.0CLJul 16, 2023", "After"))
    )
    assert [paper.title for paper in papers(text)] == ["Before", "After"]
    assert len(unreadable(text)) == 1


def test_a_record_whose_listing_line_is_lost_does_not_end_in_the_abstract_above() -> None:
    lost = f"A Lost Title\n\n{BYLINE}\n\n{PROSE}"
    text = page(record(), lost, record(title="After"))
    assert [(paper.title, paper.abstract) for paper in papers(text)] == [("A Plain Title", PROSE), ("After", PROSE)]
    number = text.split("\n").index("A Lost Title") + 1
    assert unreadable(text) == [
        f"page.txt, line {number}: 'A Lost Title' has no line with its category and date above it."
    ]


def test_a_first_record_whose_listing_line_is_lost_is_told() -> None:
    text = page(f"A Lost Title\n\n{BYLINE}\n\n{PROSE}", record())
    assert only(text).title == "A Plain Title"
    assert len(unreadable(text)) == 1
    author = author_of(text)
    assert author
    assert author.name == "Ada Lovelace"


@pytest.mark.parametrize(
    "button", ["Load more", "Show more papers", "Next", "1 2 3 … 10", "Showing 1–20 of 37 papers", "© 2024 A Site. A."]
)
def test_buttons_of_the_page_belong_to_no_paper(button: str) -> None:
    text = page(record(), f"{button}\n\nPrivacy Policy")
    assert only(text).abstract == PROSE
    number = text.split("\n").index(button) + 1
    assert notices(text) == [
        f"page.txt, line {number}: left out as parts of the page, not of a paper: {button!r}, 'Privacy Policy'."
    ]


def test_a_page_in_two_parts_with_a_header_each_is_one_page() -> None:
    text = page(record()) + "\n" + page(record(title="Second", byline="Ada Lovelace", abstract=""))
    first, second = papers(text)
    assert (first.title, first.abstract) == ("A Plain Title", PROSE)
    assert (second.title, names(second)) == ("Second", ["Ada Lovelace"])


def test_a_title_may_be_what_a_button_says() -> None:
    assert only(page(record(title="Next", byline="", abstract=""))).title == "Next"


@pytest.mark.parametrize(
    "text", ["Hello.", "", "\n\n", "Ada Lovelace\n37 Papers\n", "a,b,c\n1,2,3\n", "In 2019\nwe did.", "{}"]
)
def test_a_page_without_a_paper_is_one_clear_error(text: str) -> None:
    with pytest.raises(
        SourceError, match=r"'page\.txt' holds no paper that can be read: .* paste the whole profile page"
    ) as error:
        items(text)
    assert "\n" not in str(error.value)


# ---- size


def test_a_page_of_5000_records_and_10_megabytes_is_read() -> None:
    abstract = PROSE * 20
    text = page(*(record(title=f"Title {n}", abstract=abstract) for n in range(5000)))
    assert len(text) > 10_000_000
    found = papers(text)
    assert len(found) == 5000
    assert found[-1].title == "Title 4999"
    assert found[-1].abstract == abstract


@pytest.mark.parametrize(
    "junk",
    ["a" * 300_000, "1" * 300_000, "1" * 9_000 + "papers",
     ", " * 100_000, "Ab, " * 60_000, "Ab. " * 60_000, "et al. " * 40_000, "· " * 100_000,
     "A-" * 100_000, "Ab (C " * 40_000, "Ab and " * 40_000, "\u200b" * 100_000, "a\u0301" * 100_000, " " * 300_000,
     "Ab Cd,\n" * 5_000, "3.9\n" * 3_000, "CL\n" * 3_000, "3.9CL\n" * 3_000, "a-\n" * 5_000, "\n" * 50_000,
     "GPT 2020\n\n" * 3_000, "Ab Cd, Ef et al.\n\n" * 3_000, "1 2 3\n" * 5_000],
    ids=lambda junk: repr(junk[:8]),
)  # fmt: skip
def test_hostile_text_takes_no_longer_than_its_length_asks(junk: str) -> None:
    """Without a limit of time: where an expression backtracks, these run for hours."""
    plain = record("4.0CLJul 16, 2023", "The End")
    for text in (
        page(record(abstract=junk), plain),
        page(record(title=junk), plain),
        page(plain, header=f"Ada\n\n{junk}"),
    ):
        assert papers(text)[-1].title == "The End"


def test_a_listing_line_is_never_long() -> None:
    assert listing.parse("3.9CLJul 15, 2023" + " " * 100) is None
    assert not listing.is_piece("A" * 100)
    assert not listing.resembles_one("3.9CL" + "A" * 100)


@pytest.mark.parametrize(
    "listing",
    [
        "12.3 · CV · Mar 6, 2021 · Code",
        "cs.CV | 2021-03-07",
        "2021-03-07 CV",
        "CV (Mar 2021) [Code]",
        "4.1 CV Aug 2020 code available",
    ],
)
def test_marks_between_the_pieces_of_a_listing_do_not_hide_a_record(listing: str) -> None:
    first = "Ann Author\n\nCV2019\nFirst Things First\n\nAnn Author\n\nWe do it.\n\n"
    page = f"{first}{listing}\nSecond Things Second\n\nAnn Author, Bob Builder\n\nWe do more.\n"
    papers = [item for item in read(page) if isinstance(item, Paper)]
    assert [paper.title for paper in papers] == ["First Things First", "Second Things Second"]
