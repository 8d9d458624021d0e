"""Papers made for tests: plain ones of any shape, six that differ in all that is counted, and what they introduce."""

from __future__ import annotations

from assistant.analysis.facets import Facet
from assistant.papers import ABSTRACT, AUTHORS, LISTING, TITLE, Author, Paper, Section

ADA, BABBAGE, SOMERVILLE = "Ada Lovelace", "Charles Babbage", "Mary Somerville"


def make_paper(
    title: str,
    abstract: str = "It is about engines.",
    *,
    authors: tuple[str, ...] = (ADA,),
    complete: bool = True,
    date: str | None = "2019-10-16",
    category: str | None = "CL",
    code: bool = False,
    affiliation: str | None = None,
) -> Paper:
    parts = {
        LISTING: " ".join(part for part in (category, date) if part),
        TITLE: title,
        AUTHORS: ", ".join(authors),
        ABSTRACT: abstract,
    }
    text, sections = "", []
    for name, part in parts.items():
        if part:
            text += "\n\n" if text else ""
            sections.append(Section(name, len(text), len(text) + len(part)))
            text += part
    people = tuple(Author(name) for name in authors)
    return Paper("", title, text, tuple(sections), people, complete, affiliation, date, category, code)


def describe(paper: Paper) -> tuple[Facet, ...]:
    """Read "dataset X." and "method X." in an abstract: facets that no rule about prose has to find."""
    found = []
    for kind in ("dataset", "method"):
        start = paper.text.find(f"{kind} ")
        if start >= 0:
            end = paper.text.index(".", start) + 1
            found.append(Facet(kind, paper.text[start + len(kind) + 1 : end - 1], start, end))
    return tuple(found)


PAPERS = [
    make_paper(
        "Looms", "Our dataset WeaveBank. It has cards.", date="2018-03-05", code=True, affiliation="Royal Society"
    ),
    make_paper("Cards", "A loom reads cards. Gears turn.", authors=(ADA, BABBAGE), date="2018-11-30", category="LG"),
    make_paper("Gears", "Our method GearNet. Shuttles fly.", authors=(BABBAGE, ADA), date="2019-05-02", category="LG"),
    make_paper("Bernoulli", authors=(BABBAGE, SOMERVILLE), complete=False, date="2019-05-20"),
    make_paper(
        "Tides", "On C++ and GEAR.", authors=(SOMERVILLE,), complete=False, date="2021", category=None, code=True
    ),
    make_paper("Notes", authors=(), date=None, category=None),
]
"""Oldest first; two of 2018, two of 2019, one of 2021, and one that gives its title and abstract alone."""
