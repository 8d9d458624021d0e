"""Beside the chat: each cited paper with its quotes marked where they stand.

What papers say is not trusted: it reaches the page as characters only, and a link is http or https.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import TYPE_CHECKING

from assistant.answers import Answer, Citation, Evidence
from assistant.papers import ABSTRACT, LISTING, Paper, Section, clean
from assistant.rendering import authors_of, web_address, where_in_paper
from assistant.surfaces.markup import escape, one_line, outward
from assistant.surfaces.web.views.paper import date_in_words

if TYPE_CHECKING:
    from assistant.surfaces.web.desk import Desk
    from assistant.surfaces.web.visit import Visit

_CARDS = 10
"""Papers that the panel shows at once."""
_ROOM = 3_000
"""A section of more characters is shown around its quotes alone."""
_AROUND = 500
_REMOVED = '<p class="pt-note">This paper was removed from the library; what was quoted of it stands here.</p>'


def panel_of(desk: Desk, visit: Visit) -> str:
    """The sources of every exchange that is shown; those of the one that was asked last are seen, the others when a
    marker leads there."""
    parts: list[str] = []
    papers = desk.assistant(visit).library.papers
    for shown in sorted(visit.shown, key=lambda one: one.turn == visit.current):
        if shown.answer:
            parts.append(sources(shown.answer, shown.turn, papers))
        elif shown.stopped:
            parts.append(sources_until_stopped(shown.stopped, shown.evidence, shown.turn, papers))
        else:
            parts.append(no_sources(shown.question, shown.turn))
    return panel(parts)


def panel(turns: Sequence[str]) -> str:
    if not turns:
        body = (
            '<p class="pt-empty">The passages behind an answer appear here, each in its abstract, with the words '
            "that are quoted marked.</p>"
        )
    else:
        body = "".join([*(turn.replace("<section ", "<section hidden ", 1) for turn in turns[:-1]), turns[-1]])
    return (
        '<aside class="pt-panel" aria-label="Sources"><button type="button" class="pt-act pt-close" '
        f'data-do="close-panel">Close</button><h2>Sources</h2>{body}</aside>'
    )


def sources(answer: Answer, turn: int, papers: Container[str] | None = None) -> str:
    """Each cited paper with its quotes marked where they stand; where nothing is answered, the closest papers.
    ``papers`` are the keys of those that the library has now, None where it has them all."""
    by_paper: dict[str, list[Citation]] = {}
    for citation in answer.citations:
        by_paper.setdefault(citation.paper.key, []).append(citation)
    if by_paper:
        return _turn(
            turn, answer.question, "", [_card(cited[0].paper, cited, turn, papers) for cited in by_paper.values()]
        )
    if answer.answered or not answer.closest:
        return no_sources(answer.question, turn)
    closest = [
        _card(paper, (), turn, papers, f"near-{turn}-{place}") for place, paper in enumerate(answer.closest, start=1)
    ]
    return _turn(turn, answer.question, "No passage answers this. The closest papers:", closest)


def sources_until_stopped(
    answer: Answer, evidence: Sequence[Evidence], turn: int, papers: Container[str] | None = None
) -> str:
    """What the words that had come of a stopped answer cite; where they cite nothing, the papers that were read."""
    if answer.citations:
        return sources(answer, turn, papers)
    read = {one.paper.key: one.paper for one in evidence}
    if not read:
        return _turn(turn, answer.question, "This answer was stopped before anything was read for it.", ())
    cards = [_card(paper, (), turn, papers) for paper in read.values()]
    return _turn(turn, answer.question, "What had come of this answer cites nothing yet. What was read for it:", cards)


def no_sources(asked: str, turn: int) -> str:
    """A turn that came to no answer."""
    return _turn(turn, asked, "This reply cites no paper.", ())


def _turn(turn: int, asked: str, note: str, cards: Sequence[str]) -> str:
    short = asked if len(asked) <= 160 else asked[:160].rpartition(" ")[0] + " …"
    more = len(cards) - _CARDS
    rest = "" if more <= 0 else "Show 1 more paper" if more == 1 else f"Show {more:,} more papers"
    return (
        f'<section class="pt-turn" data-turn="{turn}"><p class="pt-asked">{escape(one_line(short))}</p>'
        + (f'<p class="pt-note">{note}</p>' if note else "")
        + "".join(cards[:_CARDS])
        + (f'<details class="pt-rest"><summary>{rest}</summary>{"".join(cards[_CARDS:])}</details>' if rest else "")
        + "</section>"
    )


def _card(
    paper: Paper, cited: Sequence[Citation], turn: int, papers: Container[str] | None, identifier: str = ""
) -> str:
    """A paper with its quotes marked; with an identifier one that is not cited, to which the answer leads."""
    is_removed = papers is not None and paper.key not in papers
    badges = "".join(
        f'<a class="pt-badge" href="#answer-{turn}-{c.marker}" title="Back to [{c.marker}] in the answer" '
        f'aria-label="Back to {c.marker} in the answer">{c.marker}</a>'
        for c in cited
    )
    title = escape(one_line(clean(paper.title)) or paper.key)
    facts = [authors_of(paper), str(paper.year or ""), paper.category or ""]
    byline = " · ".join(escape(one_line(fact)) for fact in facts if fact)
    link = f" · {outward(url, 'Open the paper')}" if (url := web_address(paper.url)) else ""
    if cited:
        by_section: dict[Section, list[Citation]] = {}
        for citation in cited:
            by_section.setdefault(_around(citation), []).append(citation)
        body = "".join(_section(paper, section, within, turn) for section, within in by_section.items())
    else:
        words = escape(one_line(clean(paper.abstract)))
        body = f"<details><summary>{ABSTRACT}</summary><p>{words}</p></details>" if words else ""
    named = f' id="{identifier}" tabindex="-1"' if identifier else ""
    return (
        f'<article class="pt-paper"{named}><div class="pt-badges">{badges}</div>'
        f'<h3 dir="auto">{title if is_removed else _to_page(paper, title)}</h3>'
        f'<p class="pt-byline">{byline}{link}</p>{_REMOVED if is_removed else ""}{body}</article>'
    )


def _to_page(paper: Paper, title: str) -> str:
    key = escape(paper.key)
    return f'<a href="?view=library&amp;paper={key}" data-do="go" data-view="library" data-paper="{key}">{title}</a>'


def _around(citation: Citation) -> Section:
    """The section that a quote stands in; two of a paper may have one name."""
    start, end = citation.start, citation.end
    holding = (s for s in citation.paper.sections if s.start <= start and end <= s.end)
    return next(holding, Section(citation.section, start, end))


def _section(paper: Paper, section: Section, cited: Sequence[Citation], turn: int) -> str:
    where = where_in_paper(*cited)
    parts = [f"<h4>{escape(where)}</h4>"] if where else []
    reading = _reading(paper) if section.name == LISTING else ""
    parts += [f'<p class="pt-reading" dir="auto">{escape(reading)}</p>'] if reading else []
    waiting = sorted(cited, key=lambda c: (c.start, -c.end))
    while waiting:  # quotes that overlap are marked in the text one after the other
        taken, waiting = _apart(waiting)
        words = _marked(paper.text, section.start, section.end, taken, turn)
        kind = "pt-passage pt-as-written" if reading else "pt-passage"
        parts.append(f'<p class="{kind}" dir="auto">{words}</p>')
    return "".join(parts)


def _reading(paper: Paper) -> str:
    """What a listing says, of which its source may write the parts as one word (``31.2cs.CLOct 16, 2019Code``)."""
    code = {True: "with code", False: "without code", None: ""}[paper.has_code]
    category = f"category {paper.category}" if paper.category else ""
    return one_line(" · ".join(filter(None, [date_in_words(paper.date or ""), paper.venue or "", category, code])))


def _apart(cited: Sequence[Citation]) -> tuple[list[Citation], list[Citation]]:
    """Those of the quotes, in order, that do not overlap, and the rest."""
    taken: list[Citation] = []
    rest: list[Citation] = []
    for citation in cited:
        free = not taken or citation.start >= taken[-1].end
        (taken if free else rest).append(citation)
    return taken, rest


def _marked(text: str, start: int, end: int, cited: Sequence[Citation], turn: int) -> str:
    """The stretch of the text with the quotes in it marked; of a long one what stands around them."""
    parts: list[str] = []
    place = start
    long = end - start > _ROOM
    for citation in cited:
        parts.append(_between(text, place, citation.start, long, first=place == start, last=False))
        parts.append(
            f'<mark id="source-{turn}-{citation.marker}" data-marker="{citation.marker}" tabindex="-1">'
            f"{escape(text[citation.start : citation.end])}</mark>"
        )
        place = citation.end
    parts.append(_between(text, place, end, long, first=False, last=True))
    return "".join(parts)


def _between(text: str, start: int, end: int, long: bool, *, first: bool, last: bool) -> str:
    """Text without a quote; of a long one the part that is next to a quote."""
    room = _AROUND if first or last else 2 * _AROUND
    if not long or end - start <= room:
        return escape(text[start:end])
    head = "" if first else text[start : start + _AROUND].rpartition(" ")[0]
    tail = "" if last else text[end - _AROUND : end].partition(" ")[2]
    return f"{escape(head)} … {escape(tail)}"
