"""Papers: names, bylines, spans, the dictionary that they are kept as, and how they are shown."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from assistant.papers import ABSTRACT, AUTHORS, LISTING, TITLE, Author, Paper, Section, clean


def make_paper(
    title: str = "FewThings: A Data Set of Few Things",
    authors: tuple[str, ...] = ("Ada Lovelace", "Bob Roe"),
    abstract: str = "We study things. They work.",
    complete: bool = True,
    date: str | None = "2018-10-24",
) -> Paper:
    text, sections = "", []
    parts = ((LISTING, "3.9CLOct 24, 2018"), (TITLE, title), (AUTHORS, ", ".join(authors)), (ABSTRACT, abstract))
    for name, part in parts:
        if part:
            text += "\n\n" if text else ""
            sections.append(Section(name, len(text), len(text) + len(part)))
            text += part
    return Paper(
        key="lovelace2018fewthings",
        title=title,
        text=text,
        sections=tuple(sections),
        authors=tuple(Author(name) for name in authors),
        authors_complete=complete,
        date=date,
    )


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("Ada Lovelace", "Lovelace"),
        ("Lovelace, Ada", "Lovelace"),
        ("韩旭", "韩旭"),
        ("Plato", "Plato"),
        ("J. K. Rowling", "Rowling"),
        ("Jean-Pierre Serre-Dupont", "Serre-Dupont"),
        ("Guido van der Berg", "van der Berg"),
        ("van der Berg, Guido", "van der Berg"),
        ("Charles-Jean de la Vallée Poussin", "Poussin"),
        ("Leonardo da Vinci", "da Vinci"),
        ("de Finetti", "de Finetti"),
        ("Martin Luther King Jr.", "King"),
        ("Robert Roe III", "Roe"),
        ("Jr.", "Jr."),
        ("bell hooks", "hooks"),
        ("", ""),
    ],
)
def test_a_family_name_is_the_last_word_with_the_particles_before_it(name: str, family: str) -> None:
    assert Author(name).family == family


@pytest.mark.parametrize(
    ("authors", "complete", "date", "byline"),
    [
        (("Ada Lovelace",), True, "2018-10-24", "Lovelace, 2018"),
        (("Ada Lovelace",), False, "2018", "Lovelace et al., 2018"),
        (("Ada Lovelace", "Guido van der Berg"), True, "2018", "Lovelace and van der Berg, 2018"),
        (("Ada Lovelace", "Bob Roe"), False, "2018", "Lovelace et al., 2018"),
        (("Ada Lovelace", "Bob Roe", "Cy Coe"), True, "2018", "Lovelace et al., 2018"),
        (("韩旭",), True, "2018", "韩旭, 2018"),
        (("Ada Lovelace",), True, None, "Lovelace"),
        ((), False, "2018", "2018"),
        ((), False, None, ""),
    ],
)
def test_a_byline_names_one_or_two_authors_or_the_first(
    authors: tuple[str, ...], complete: bool, date: str | None, byline: str
) -> None:
    assert make_paper(authors=authors, complete=complete, date=date).byline == byline


@pytest.mark.parametrize(("date", "year"), [("2018-10-24", 2018), ("2018-10", 2018), ("2018", 2018), (None, None)])
def test_the_year_is_that_of_the_date(date: str | None, year: int | None) -> None:
    assert make_paper(date=date).year == year


@pytest.mark.parametrize(
    ("title", "short"),
    [
        ("FewThings: A Data Set of Few Things", "FewThings"),
        ("A Title without a Colon", "A Title without a Colon"),
        ("Seven words that are no short name: Really", "Seven words that are no short name: Really"),
        ("Ratio 1:2 of It", "Ratio 1:2 of It"),
    ],
)
def test_the_short_name_is_what_stands_before_a_colon(title: str, short: str) -> None:
    assert make_paper(title=title).short_name == short


def test_sections_are_found_by_name_and_by_place() -> None:
    paper = make_paper()
    assert paper.section_text(TITLE) == paper.title
    assert paper.abstract == paper.section_text(ABSTRACT) == "We study things. They work."
    assert paper.section("Method") is None
    assert paper.section_text("Method") == ""
    assert [paper.section_at(section.start) for section in paper.sections] == [LISTING, TITLE, AUTHORS, ABSTRACT]
    assert paper.section_at(len(paper.text)) == ""


@pytest.mark.parametrize(
    "paper",
    [
        make_paper(),
        make_paper(authors=(), abstract="", date=None, complete=False),
        replace(
            make_paper(title='<b>"T"</b> \u2028 韩 𝔸', abstract="One.\n\nTwo \\url{x} $1,024$K \ufffd"),
            affiliation="a · b",
            category="cond-mat.mtrl-sci",
            has_code=True,
            score=31.2,
            url="https://a.b/c?d=e&f",
            source="page.txt, line 7",
        ),
    ],
)
def test_a_paper_survives_its_dictionary_and_json(paper: Paper) -> None:
    row = json.loads(json.dumps(paper.to_dict()))
    assert Paper.from_dict(row) == paper
    assert Paper.from_dict(row).to_dict() == paper.to_dict()


def test_the_dictionary_says_what_can_be_derived_too() -> None:
    row = make_paper().to_dict()
    assert (row["year"], row["abstract"], row["authors"]) == (
        2018,
        "We study things. They work.",
        ["Ada Lovelace", "Bob Roe"],
    )
    assert row["sections"][0] == {"name": LISTING, "start": 0, "end": 17}


def test_a_notebook_shows_no_markup_of_a_paper() -> None:
    hostile = '<script>alert("1")</script> & <img src=x onerror=y>'
    paper = replace(make_paper(title=hostile, authors=(hostile,), abstract=hostile), key=hostile)
    shown = paper._repr_html_()
    assert "<script" not in shown
    assert "<img" not in shown
    assert shown.count("&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &lt;img") == 4


def test_a_notebook_shows_who_wrote_a_paper_and_when() -> None:
    assert "Ada Lovelace, Bob Roe et al. · 2018 · <code>lovelace2018fewthings</code>" in (
        make_paper(complete=False)._repr_html_()
    )
    assert "Ada Lovelace, Bob Roe · <code>" in make_paper(date=None)._repr_html_()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (r"found in \url{https://github.com/a/b}.", "found in https://github.com/a/b."),
        ("scaled to $1,024$K, it", "scaled to 1,024K, it"),
        ("from https: //github.com/a/b.", "from https://github.com/a/b."),
        ("from https://github.com/ a-b/C.", "from https://github.com/a-b/C."),
        ("see https://github.com/ for more", "see https://github.com/ for more"),
        (r"\textit{cloze}-style and \textbf{\emph{deep}}", "cloze-style and deep"),
        (r"\href{https://a.b}{our site}", "our site (https://a.b)"),
        (r"$O(n^2)$, $\alpha$-divergence, $10^{-3}$ and $\mathcal{L}_{1}$", "O(n²), α-divergence, 10⁻³ and L₁"),
        (r"$$\frac{a+1}{\sqrt{b}}$$ and \(x \in \Omega_{2}\)", "(a+1)/√b and x ∈ Ω₂"),
        (r"\[\sum_{i} p_i \log p_i\]", "∑_i p_i log p_i"),
        (r"$3 \times 10\%$ at $k$-NN", "3 × 10% at k-NN"),
        (r"95\% of A\&B \#1", "95% of A&B #1"),
        (r"Schr\"odinger, Poincar\'e and G{\"o}del", "Schrödinger, Poincaré and Gödel"),
        (r"Ho\v{s}ek, Fran\c{c}ois, na\"{\i}ve", "Hošek, François, naïve"),
        ("costs $5 and sells for $10 now", "costs $5 and sells for $10 now"),
        ("from $5-$10 million", "from $5-$10 million"),
        ("a $100 prize and the $200 one", "a $100 prize and the $200 one"),
        (r"paid \$5 and \$6", "paid $5 and $6"),
        (r"\cite{x} and \unknown{y}", r"\cite{x} and \unknown{y}"),
        ("<b>1 < 2</b> *stays*", "<b>1 < 2</b> *stays*"),
        ("", ""),
    ],
)
def test_text_is_shown_as_a_person_would_read_it(text: str, shown: str) -> None:
    assert clean(text) == shown
    assert clean(shown) == shown


@pytest.mark.parametrize("junk", ["\\url{", "$a", "https:// ", "https://a/ ", "{\\'", "\\textbf{", "$", "\\", "https:"])
def test_hostile_text_is_shown_without_backtracking(junk: str) -> None:
    assert len(clean(junk * 20_000)) <= len(junk) * 20_000
