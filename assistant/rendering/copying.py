"""Answer -> plain text to be pasted elsewhere: its words alone, or its words with a list of what they cite."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby

from assistant.answers import Answer, Citation
from assistant.papers import Paper, clean
from assistant.rendering.inline_markdown import plain_inline
from assistant.rendering.text import one_line, visible, web_address

# A bracket that a paper brings is escaped, so it is no marker.
_MARKERS = re.compile(r" ?\(\[\d{1,6}\] to \[\d{1,6}\]\)| ?(?<!\\)\[\d{1,6}\]")
_MOST_AUTHORS = 20


def words_alone(answer: Answer) -> str:
    """The answer's text without its markers."""
    return plain_inline(_MARKERS.sub("", visible(answer.text)))


def words_with_references(answer: Answer) -> str:
    """The answer's text with its markers, its notes, and the papers behind the markers, each with all its numbers."""
    parts = [plain_inline(visible(answer.text)), *(f"Note: {one_line(warning)}" for warning in answer.warnings)]
    cited: dict[str, list[Citation]] = {}
    for citation in answer.citations:
        cited.setdefault(citation.paper.key, []).append(citation)
    if cited:
        lines = [f"{_numbers([c.marker for c in those])} {reference(those[0].paper)}" for those in cited.values()]
        parts.append("\n".join(["References", *lines]))
    return "\n\n".join(parts)


def reference(paper: Paper) -> str:
    """``Ada Lovelace and Charles Babbage. 1843. Notes. Scientific Memoirs. https://doi.org/10.1000/notes``: what is
    known of authors, year, title, venue and where the paper is."""
    sentences = [_authors(paper), str(paper.year or ""), one_line(clean(paper.title)), one_line(paper.venue or "")]
    told = [sentence if sentence[-1] in ".?!" else f"{sentence}." for sentence in sentences if sentence]
    return " ".join([*told, *filter(None, [_address(paper)])])


def _authors(paper: Paper) -> str:
    names = [one_line(author.name) for author in paper.authors]
    if names and (not paper.authors_complete or len(names) > _MOST_AUTHORS):
        return f"{', '.join(names[:_MOST_AUTHORS])} et al."
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def _address(paper: Paper) -> str:
    """Where the paper is, by its most lasting address."""
    if paper.doi:
        return one_line(f"https://doi.org/{paper.doi}")
    if paper.arxiv_id:
        return one_line(f"https://arxiv.org/abs/{paper.arxiv_id}")
    return next(filter(None, map(web_address, (paper.url, *paper.links))), "")


def _numbers(markers: Sequence[int]) -> str:
    """``[1] [3]``; of three and more in a row the ends."""
    parts: list[str] = []
    for _, run in groupby(enumerate(sorted(markers)), key=lambda pair: pair[1] - pair[0]):
        found = [f"[{number}]" for _, number in run]
        parts += [f"{found[0]} to {found[-1]}"] if len(found) > 2 else found
    return " ".join(parts)
