"""Papers as they are cited: an entry of a bibliography each, as a block of code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from assistant.answering.drafting import Draft, named
from assistant.bibliography import write
from assistant.catalogue import record_span
from assistant.english import general as english
from assistant.papers import ABSTRACT, Paper

MOST = 10
"""Papers that an answer cites so."""
_NAMES = {"bibtex": "BibTeX", "ris": "RIS", "csl-json": "CSL-JSON"}
_ALL = "'papertalk export --format {form} -o FILE' writes all papers of the library"


def tell(question: str, papers: Sequence[Paper], draft: Draft) -> None:
    """The entry of each paper, in the form that the question names; BibTeX where it names none."""
    form = _form(question)
    if style := english.CITATION_STYLE.search(question):
        draft.say(
            f"Citations are given here in BibTeX, RIS or CSL-JSON, not in the style of {style['style']}; a reference "
            f"manager makes that of this entry.\n\n"
        )
    for paper in papers:
        entry = _entry(paper, form)
        marker = draft.cite(paper, *record_span(paper))
        draft.say(f"{named(paper)} in {_NAMES[form]} {marker}:\n\n```\n{entry}\n```\n\n")


def too_many(question: str, number: int) -> str:
    """Why so many papers are not cited in an answer, and where they are."""
    form = _form(question)
    return f"These are {number:,} papers, more than the {MOST} that an answer cites; {_ALL.format(form=form)}."


def which(question: str) -> str:
    """That the question does not say which paper is to be cited."""
    every = _ALL.format(form=_form(question))
    return f"Which paper is to be cited is not clear: name it by its title, or by what it brings; {every}."


def _form(question: str) -> str:
    return next((form for form, pattern in english.CITATION_FORMS if pattern.search(question)), "bibtex")


def _entry(paper: Paper, form: str) -> str:
    """What identifies a paper, without its abstract; no backtick, which would end the block."""
    bare = replace(paper, sections=tuple(s for s in paper.sections if s.name != ABSTRACT))
    return "\n".join(line for line in "".join(write([bare], form)).splitlines() if line.strip()).replace("`", "'")
