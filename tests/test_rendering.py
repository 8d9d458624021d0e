"""Answers and papers as Markdown, plain text, a terminal's output and JSON, whatever the papers hold."""

from __future__ import annotations

import io
import json
import re
from typing import Any

import pytest
from rich.console import Console

from assistant.answers import Answer, Citation, Plan
from assistant.papers import ABSTRACT, TITLE, Author, Paper, Passage, Section
from assistant.rendering import (
    Inline,
    Span,
    cell,
    inline,
    paper_sheet,
    papers_table,
    plain,
    references,
    to_json,
    to_markdown,
    to_terminal,
    to_text,
    visible,
)

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
    ("value", "shown"), [(None, ""), (True, "yes"), (0.25, "0.25"), (["a", 1], "a, 1"), (1234567, "1234567")]
)
def test_values_of_a_table_read_plainly(value: object, shown: str) -> None:
    assert cell(value) == shown
