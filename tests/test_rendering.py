"""Answers and papers as Markdown, plain text, a terminal's output and JSON, whatever the papers hold."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from typing import Any

import pytest
from rich.cells import cell_len
from rich.console import Console

from assistant.answers import Answer, Citation, Plan
from assistant.papers import ABSTRACT, TITLE, Author, Paper, Passage, Section
from assistant.rendering import (
    MOST_ROWS,
    Elsewhere,
    Inline,
    Span,
    below,
    cell,
    fitted_table,
    grouped_papers,
    inline,
    paper_sheet,
    papers_table,
    plain,
    reference,
    references,
    to_json,
    to_markdown,
    to_terminal,
    to_text,
    visible,
    where_in_paper,
    words_alone,
    words_with_references,
)
from assistant.surfaces.web.views import sources

HOSTILE = "\x1b[31mRed\x1b]0;title\x07 \x9b2J\u202eback\r <script>alert(1)</script> **bold** [red]x[/red] [1] `$x$`"


def make_paper(title: str = "FewRel: A Dataset", abstract: str = "We make FewRel. It has 100 relations.") -> Paper:
    text = f"{title}\n\n{abstract}"
    sections = (Section(TITLE, 0, len(title)), Section(ABSTRACT, len(title) + 2, len(text)))
    authors = (Author("Xu Han"), Author("Hao Zhu"))
    return Paper(
        "han2018fewrel", title, text, sections, authors, False, date="2018-10-24", category="CL", has_code=True
    )


def make_answer(text: str = "It has 100 relations. [1]", paper: Paper | None = None, **parts: Any) -> Answer:
    """An answer that cites the abstract's second sentence."""
    paper = paper or make_paper()
    start = paper.text.index("It has 100 relations.")
    quote = "It has 100 relations."
    citation = Citation(1, paper, ABSTRACT, start, start + len(quote), quote)
    question = "How many relations?"
    values = {"standalone_question": question, "plan": Plan(question, question), "citations": (citation,), **parts}
    return Answer(question, text=text, answered=True, mode="extractive", **values)


def joined(spans: list[Span]) -> list[Span]:
    out: list[Span] = []
    for text, style in spans:
        if out and out[-1][1] == style:
            out[-1] = (out[-1][0] + text, style)
        else:
            out.append((text, style))
    return out


def on_a_terminal(renderable: Any, width: int = 60) -> str:
    out = io.StringIO()
    console = Console(
        file=out, width=width, force_terminal=True, color_system="truecolor", highlight=False, markup=False
    )
    console.print(renderable)
    return out.getvalue()


# ---- Markdown and its references


def test_markdown_is_the_text_and_a_numbered_list_of_references() -> None:
    assert to_markdown(make_answer()) == (
        "It has 100 relations. [1]\n\n**References**\n\n"
        "1. Han et al., 2018. *FewRel: A Dataset*. Abstract 35-56 of han2018fewrel.\n"
    )


def test_every_form_writes_alike_where_in_the_paper_a_quote_stands() -> None:
    paper = make_paper()
    title, abstract = paper.sections
    answer = make_answer(paper=replace(paper, sections=(title, replace(abstract, name="4.1 Set-up\x1b"))))
    answer = replace(answer, citations=tuple(replace(c, section="4.1 Set-up\x1b") for c in answer.citations))
    where = where_in_paper(*answer.citations)
    assert where == "4.1 Set-up"
    assert f"{where} 35-56" in to_markdown(answer)
    assert f"{where} 35-56" in to_text(answer)
    assert f"<h4>{where}</h4>" in sources.sources(answer, 1)


def test_a_quote_that_the_text_does_not_show_stands_below_its_reference() -> None:
    answer = make_answer("A hundred. [1]")
    assert "\n   > “It has 100 relations.”\n" in to_markdown(answer)
    assert "“It has 100 relations.”" in to_text(answer)
    assert references(make_answer())[0].quote == ""
    assert references(make_answer(), every_quote=True)[0].quote == "It has 100 relations."


def test_a_paper_that_came_before_goes_by_its_short_name() -> None:
    first = make_answer().citations[0]
    second = Citation(2, first.paper, ABSTRACT, 19, 34, first.paper.text[19:34])
    assert [row.title for row in references(make_answer(citations=(first, second)))] == ["FewRel: A Dataset", "FewRel"]


def test_tables_and_warnings_are_part_of_the_answer() -> None:
    answer = make_answer(table=({"paper": "A | B", "relations": 100},), warnings=("It was cut.",))
    assert "| paper | relations |\n| --- | --- |\n| A \\| B | 100 |" in to_markdown(answer)
    assert "*Note: It was cut.*" in to_markdown(answer)
    assert "paper  relations\nA | B        100\n" in to_text(answer)
    assert "Note: It was cut." in to_text(answer)


def test_a_question_that_was_understood_otherwise_than_asked_is_shown() -> None:
    plan = Plan("And its size?", "What is the size of FewRel?")
    for shown in (to_markdown(make_answer(plan=plan)), to_text(make_answer(plan=plan))):
        assert "Understood as: What is the size of FewRel?" in shown
    assert "Understood" not in to_text(make_answer())


def test_jupyter_shows_an_answer_as_markdown() -> None:
    assert make_answer()._repr_markdown_() == to_markdown(make_answer())


# ---- what papers say is not obeyed


def test_no_control_character_is_left() -> None:
    assert visible(HOSTILE) == "[31mRed]0;title 2Jback <script>alert(1)</script> **bold** [red]x[/red] [1] `$x$`"
    assert visible("نمی\u200cخواهم\ttab\nline") == "نمی\u200cخواهم\ttab\nline"


def test_a_hostile_title_is_text_in_markdown() -> None:
    shown = to_markdown(make_answer("A hundred. [1]", make_paper(HOSTILE)))
    assert (
        r"*\[31mRed\]0;title 2Jback \<script\>alert(1)\</script\> \*\*bold\*\* \[red\]x\[/red\] \[1\] \`x\`*" in shown
    )


def test_a_hostile_title_is_text_on_a_terminal() -> None:
    paper = make_paper(HOSTILE)
    sheet = paper_sheet(paper, [Passage(paper.key, ABSTRACT, 0, len(paper.title), paper.title)])
    table = papers_table([paper], 60)
    for renderable in (to_terminal(make_answer("A. [1]", paper)), sheet, table):
        bare = re.sub(r"\x1b\[[\d;]*m", "", on_a_terminal(renderable, 400))  # rich's own colours
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", bare)
        assert "[red]x[/red]" in bare
        assert "**bold**" in bare


def test_what_stands_between_fences_is_shown_as_it_is() -> None:
    shown = on_a_terminal(
        to_terminal(make_answer("In BibTeX [1]:\n\n```\n@misc{a,\n  title = {\\{x\\}*},\n}\n```")), 80
    )
    assert "title = {\\{x\\}*}," in shown
    assert "```" not in shown


def test_json_gives_back_every_character_and_prints_no_control() -> None:
    row = {"title": HOSTILE + "\ud800\U000e0041 é 中"}
    text = to_json(row)
    assert json.loads(text) == row
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\ud800-\udfff\U000e0041]", text)
    assert "é 中" in text
    assert to_json({"a": "é"}, ascii_only=True).isascii()


def test_json_of_an_answer_is_its_dict() -> None:
    assert json.loads(to_json(make_answer())) == make_answer().to_dict()


# ---- Markdown as it streams


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("**A** b [1]", [("A", "bold"), (" b [1]", "")]),
        (r"\*a\* \[1\] \\ \<b\>", [(r"*a* [1] \ <b>", "")]),
        ("2 * 3 ** 4", [("2 * 3 ** 4", "")]),
        ("*it* and `a*b`", [("it", "italic"), (" and ", ""), ("a*b", "cyan")]),
        ("**open\n\nnext*", [("open", "bold"), ("\n\nnext*", "")]),
        ("**open\nnext", [("open", "bold"), ("\n", ""), ("next", "bold")]),
        ("***both*** end\\", [("both", "bold italic"), (" end\\", "")]),
        ("", []),
    ],
)
def test_markdown_reads_the_same_whole_and_letter_by_letter(text: str, spans: list[Span]) -> None:
    reader = Inline()
    streamed = [span for letter in text for span in reader.feed(letter)] + reader.finish()
    assert joined(inline(text)) == spans
    assert joined(streamed) == spans


# ---- a terminal


def test_plain_text_has_a_paragraph_a_line_without_marks() -> None:
    answer = make_answer("**FewRel** (Han et al.)\n\n" + "It has 100 relations. [1] " * 20)
    assert to_text(answer).splitlines()[:3] == ["FewRel (Han et al.)", "", ("It has 100 relations. [1] " * 20).strip()]


def test_what_follows_a_bullet_is_indented_below_it() -> None:
    answer = make_answer("- " + "word " * 20, citations=())
    lines = plain(to_terminal(answer)).splitlines()
    assert lines == ["- " + ("word " * 20).strip()]
    shown = on_a_terminal(to_terminal(answer), 40).splitlines()
    assert shown[1].startswith("  word")


@pytest.mark.parametrize("width", [30, 60, 80, 120])
def test_the_list_of_papers_fits_the_terminal(width: int) -> None:
    long_one = make_paper("A Very Long Title about 大規模な言語モデル " * 4)
    shown = on_a_terminal(papers_table([make_paper(), long_one], width), width)
    lines = re.sub(r"\x1b\[[\d;]*m", "", shown).splitlines()
    assert max(len(line.rstrip()) for line in lines) <= width
    assert width < 60 or any("han2018fewrel" in line for line in lines)


def test_the_list_of_papers_is_a_line_a_paper_where_there_is_no_terminal() -> None:
    lines = plain(papers_table([make_paper("Long " * 100), make_paper()])).splitlines()
    assert [line.split()[0] for line in lines] == ["key", "han2018fewrel", "han2018fewrel"]
    assert lines[2].split()[1:4] == ["2018", "CL", "code"]
    assert lines[2].endswith("Xu Han, Hao Zhu et al.")


def test_a_paper_without_an_abstract_says_so() -> None:
    paper = Paper("k", "Title", "Title", (Section(TITLE, 0, 5),))
    assert "There is no abstract." in plain(paper_sheet(paper, []))
    assert "There are no passages." in plain(paper_sheet(paper, []))


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, ""),
        (True, "yes"),
        (0.25, "0.25"),
        (["a", 1], "a, 1"),
        (1234567, "1234567"),
        ([7, 1, 2, 3, 4, 6], "1-4, 6, 7"),
        ([1, True], "1, yes"),
        ([], ""),
    ],
)
def test_values_of_a_table_read_plainly(value: object, shown: str) -> None:
    assert cell(value) == shown


# ---- tables that fit a terminal


def bare(renderable: Any, width: int) -> list[str]:
    """The lines that a terminal shows, without their colours."""
    shown = re.sub(r"\x1b\[[\d;]*m", "", on_a_terminal(renderable, width))
    return [line.rstrip() for line in shown.splitlines()]


def counts(rows: int, years: range = range(0)) -> list[dict[str, Any]]:
    return [
        {"topic": f"the {number}. topic", **{str(year): number for year in years}, "papers": 4 * (number + 1)}
        for number in range(rows)
    ]


def test_a_terminal_shows_the_first_rows_and_how_many_are_left() -> None:
    table = fitted_table(counts(20), "--csv has them all")
    lines = bare(table, 80)
    assert len(lines) == 1 + MOST_ROWS + 1
    assert lines[-1] == "… 5 more rows; --csv has them all"
    assert len(plain(table).splitlines()) == 21
    assert len(bare(fitted_table(counts(MOST_ROWS), ""), 80)) == 1 + MOST_ROWS


def test_counts_have_bars_where_there_is_room() -> None:
    assert bare(fitted_table(counts(3), ""), 80) == [
        "topic         papers",
        "the 0. topic       4  █████▍",
        "the 1. topic       8  ██████████▋",
        "the 2. topic      12  ████████████████",
    ]
    assert "█" not in plain(fitted_table(counts(3), ""))
    assert "█" not in "".join(bare(fitted_table(counts(3), ""), 30))


def test_years_that_do_not_fit_are_a_sparkline() -> None:
    rows = [{"topic": "engines", **{str(1990 + n): n for n in range(9)}, "papers": 36}]
    assert bare(fitted_table(rows, ""), 40) == ["topic    1990 to 1998  papers", "engines   ▁▂▃▄▅▆▇█         36"]
    assert "1994" in bare(fitted_table(rows, ""), 80)[0]


def test_other_columns_that_do_not_fit_are_counted() -> None:
    rows = [{"topic": "engines", **{f"Person {letter}": 1 for letter in "ABCDEFGH"}, "papers": 8}]
    lines = bare(fitted_table(rows, "--csv has them all"), 50)
    assert lines[0].split() == ["topic", *"Person A Person B Person C".split(), "papers"]
    assert lines[2] == "… 5 more columns; --csv has them all"


@pytest.mark.parametrize("width", [20, 40, 60, 80, 200])
def test_no_table_is_wider_than_the_terminal(width: int) -> None:
    long = {
        "title": "大規模な言語モデル " * 20,
        "year": 2020,
        "code": True,
        "authors": HOSTILE * 3,
        "sources": [1, 2, 3],
    }
    for rows in ([long, long], counts(30, range(1970, 2025))):
        lines = bare(fitted_table(rows, "--csv"), width)
        assert max(map(cell_len, lines)) <= width
        assert not re.search(r"[\x00-\x1f\x7f-\x9f\u202e]", "".join(lines))


def test_a_terminal_shows_the_first_references_and_how_many_are_left() -> None:
    first = make_answer().citations[0]
    citations = tuple(Citation(n, first.paper, ABSTRACT, 19, 34, first.paper.text[19:34]) for n in range(1, 41))
    lines = bare(below(make_answer(citations=citations), Elsewhere(references="/sources shows them all"))[1], 80)
    assert lines[-1] == "… 25 more; /sources shows them all"
    assert "[40]" in to_text(make_answer(citations=citations))


def test_groups_of_papers_stand_below_their_numbers() -> None:
    groups = [("2018", [make_paper(), make_paper("Second")]), ("a\x1b[2J", [make_paper(HOSTILE)])]
    lines = plain(grouped_papers(groups)).splitlines()
    assert lines[:4] == ["2018: 2 papers", "  han2018fewrel FewRel: A Dataset", "  han2018fewrel Second", ""]
    assert lines[4] == "a[2J: 1 paper"
    assert "\x1b" not in lines[5]


# ---- to be pasted elsewhere


@pytest.mark.parametrize(
    ("parts", "reads"),
    [
        ({}, "Xu Han, Hao Zhu et al. 2018. FewRel: A Dataset."),
        (
            {"authors_complete": True, "venue": "EMNLP", "ids": ("arxiv:1810.10147", "doi:10.18653/v1/d18-1514")},
            "Xu Han and Hao Zhu. 2018. FewRel: A Dataset. EMNLP. https://doi.org/10.18653/v1/d18-1514",
        ),
        (
            {"authors": (Author("Xu Han"),), "authors_complete": True, "ids": ("arxiv:1810.10147",)},
            "Xu Han. 2018. FewRel: A Dataset. https://arxiv.org/abs/1810.10147",
        ),
        (
            {"authors": (), "authors_complete": True, "date": None, "url": "https://x.org/1"},
            "FewRel: A Dataset. https://x.org/1",
        ),
        ({"url": "javascript:alert(1)", "title": "Why?"}, "Xu Han, Hao Zhu et al. 2018. Why?"),
    ],
)
def test_a_reference_says_who_when_what_and_where(parts: dict[str, Any], reads: str) -> None:
    assert reference(replace(make_paper(), **parts)) == reads


def test_what_is_copied_with_references_has_each_paper_once_with_its_numbers() -> None:
    first, other = make_paper(), replace(make_paper("Other Things"), key="b")
    cited = [Citation(n, paper, ABSTRACT, 0, 3, paper.text[:3]) for n, paper in enumerate([first, other, first], 1)]
    cited += [Citation(n, other, ABSTRACT, n, n + 1, other.text[n : n + 1]) for n in (5, 6, 7)]
    text = r"It **has** 100 \[9\] relations. [1] [2] ([5] to [7])"
    answer = make_answer(text, citations=tuple(cited), warnings=("Beware.",))
    assert words_with_references(answer) == (
        "It has 100 [9] relations. [1] [2] ([5] to [7])\n\nNote: Beware.\n\nReferences\n"
        "[1] [3] Xu Han, Hao Zhu et al. 2018. FewRel: A Dataset.\n"
        "[2] [5] to [7] Xu Han, Hao Zhu et al. 2018. Other Things."
    )
    assert words_alone(answer) == "It has 100 [9] relations."


def test_what_others_write_is_copied_without_what_acts_on_a_terminal() -> None:
    answer = make_answer(HOSTILE.replace("[", r"\["), paper=make_paper(f"{HOSTILE}: A Dataset"))
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", words_with_references(answer) + words_alone(answer))
