"""Answer -> the HTML of the web chat: the message, and beside it each cited paper with the quotes marked in place.

What papers, models and users say is not trusted: it reaches the page as characters only, and a link is http or https.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from assistant.answering.settling import MARK
from assistant.answers import Answer, Citation, Doubted, Restarted, TextDelta
from assistant.papers import ABSTRACT, Paper, Section, clean
from assistant.rendering import Span, authors_of, inline, understood_as, visible, web_address, where_in_paper
from assistant.sources import Profile
from assistant.surfaces.drawing import draw
from assistant.surfaces.markup import escape, linked, one_line, outward
from assistant.surfaces.tabular import tabulate
from assistant.surfaces.understood import counted_as, written_by

_ITEM = re.compile(r"(?:(-)|\d{1,3}\.) (.*)")
_STYLES = {"bold": "strong", "italic": "em", "cyan": "code"}

_CARDS = 10
"""Papers that the panel shows at once."""
_ROOM = 3_000
"""A section of more characters is shown around its quotes alone."""
_AROUND = 500

# Around what is doubted stand two characters that Unicode keeps for a program's own use.
_FROM, _TO = "\ufdd0", "\ufdd1"
_OWN = re.compile(f"[{_FROM}{_TO}]")
_SIGN = re.compile(rf"(\[\d{{1,4}}\]|{_OWN.pattern})")


# ---- the head of the page


def header(author: Profile | None, papers: Sequence[Paper]) -> str:
    """Whose papers these are, how many, of which years, and how answers are to be read."""
    whose = f"the papers of <strong>{escape(author.name)}</strong>" if author else "these papers"
    if not papers:
        return _head("Ask " + whose, "There is no paper here yet; 'papertalk ingest FILE' takes a profile page in.")
    years = sorted(paper.year for paper in papers if paper.year)
    span = "" if not years else f", {years[0]}" if years[0] == years[-1] else f", {years[0]} to {years[-1]}"
    count = "1 paper" if len(papers) == 1 else f"{len(papers):,} papers"
    return _head(
        "Ask " + whose,
        f"{count}{span}. Answers cite exact passages; a number such as "
        f'<span class="pt-badge">1</span> opens the one it stands for.',
    )


def _head(title: str, text: str) -> str:
    return f'<header class="pt-head"><p class="pt-name">Papertalk</p><h1>{title}</h1><p>{text}</p></header>'


# ---- the conversation


def question(text: str) -> str:
    """A question as its asker sees it: shortened where it is a whole text, and never markup."""
    shown = text if len(text) <= 2_000 else text[:2_000] + " …"
    return f'<div class="pt-question">{escape(shown.strip()).replace(chr(10), "<br>") or "…"}</div>'


Doubt = tuple[int, int, str]
"""A sentence that no passage supports: where it stands in a text, and what is not in the papers."""


@dataclass(slots=True)
class Coming:
    """An answer's text as far as it has come, what of it is doubted, and why it began anew."""

    text: str = ""
    doubts: list[Doubt] = field(default_factory=list)
    note: str = ""

    def add(self, event: TextDelta | Doubted | Restarted) -> None:
        if isinstance(event, TextDelta):
            self.text += event.text
        elif isinstance(event, Doubted):
            start = len(self.text) - event.length
            sentence = self.text[start:].removesuffix(f" {MARK}")
            self.doubts.append((start, start + len(sentence), event.reason))
        else:
            self.text, self.doubts, self.note = "", [], event.reason


def partial(coming: Coming, turn: int) -> str:
    """An answer's text as far as it has come: its links and markers lead nowhere before all of it is there."""
    if not coming.text:
        return '<div class="pt-waiting pt-note">Looking through the papers …</div>'
    return f'<div class="pt-answer">{_come(coming, turn)}</div>'


def stopped(coming: Coming, turn: int) -> str:
    """What had come of an answer when its reader ended it."""
    return f'<div class="pt-answer">{_come(coming, turn)}<p class="pt-note">Stopped.</p></div>'


def _come(coming: Coming, turn: int) -> str:
    return _blocks(coming.text, turn, None, coming.doubts) + _notes(coming.note)


def reply(answer: Answer, turn: int) -> str:
    """A whole answer: how the question was understood, the text, its figure, its table and its notes."""
    kind = "pt-answer" if answer.answered else "pt-answer pt-declined"
    cited = {citation.marker: citation for citation in answer.citations}
    understood = understood_as(answer.plan)
    counted = counted_as(answer.plan) if answer.mode == "computed" else None
    written = written_by(answer)
    return (
        f'<div class="{kind}">'
        + (f'<p class="pt-note">{escape(understood)}</p>' if understood else "")
        + (f'<p class="pt-note pt-counted">{escape(counted)}</p>' if counted else "")
        + _blocks(answer.text, turn, cited)
        + (f'<p class="pt-note">{escape(written)}</p>' if written else "")
        + (draw(answer.chart) if answer.chart else "")
        + (tabulate(answer.table, lambda number: _marker(number, turn, cited)) if answer.table else "")
        + _notes(*answer.warnings)
        + "</div>"
    )


def _notes(*sentences: str) -> str:
    return "".join(f'<p class="pt-note">Note: {escape(sentence)}</p>' for sentence in sentences if sentence)


def problem(sentence: str) -> str:
    """Why there is no answer."""
    return f'<div class="pt-answer pt-declined"><p>{linked(sentence)}</p></div>'


def _blocks(text: str, turn: int, cited: Mapping[int, Citation] | None, doubts: Sequence[Doubt] = ()) -> str:
    """The paragraphs and lists that answers are written in. ``cited`` is None as long as it is not known."""
    text = visible(_signed(text, doubts))
    reasons = iter([reason for *_, reason in doubts])
    parts: list[str] = []
    listing = ""
    for block in re.split(r"\n\s*\n", text):
        for lines in _together(block):
            match = _ITEM.fullmatch(lines)
            wanted = ("ul" if match[1] else "ol") if match else ""
            if wanted != listing:
                parts += [f"</{listing}>"] * bool(listing) + [f"<{wanted}>"] * bool(wanted)
                listing = wanted
            words = _spans(inline(match[2] if match else lines), turn, cited, reasons)
            if words.strip():
                parts.append(f"<li>{words}</li>" if match else f"<p>{words}</p>")
    return "".join(parts) + (f"</{listing}>" if listing else "")


def _signed(text: str, doubts: Sequence[Doubt]) -> str:
    """The text with a sign before and behind each sentence that is doubted."""
    text, parts, place = _OWN.sub("\ufffd", text), [], 0
    for start, end, _ in doubts:
        parts += [text[place:start], _FROM, text[start:end], _TO]
        place = end
    return "".join([*parts, text[place:]])


def _together(block: str) -> Iterator[str]:
    """The block's list items, one each, and what stands between them."""
    prose: list[str] = []
    for line in block.split("\n"):
        if _ITEM.fullmatch(line):
            if prose:
                yield "\n".join(prose)
            prose = []
            yield line
        else:
            prose.append(line)
    if prose:
        yield "\n".join(prose)


def _spans(spans: Iterable[Span], turn: int, cited: Mapping[int, Citation] | None, reasons: Iterator[str]) -> str:
    """Styled text with its markers as links. A bracket that a paper brings comes escaped, so in a span of its own."""
    parts: list[str] = []
    run, run_style, reason = "", "", ""

    def flush() -> None:
        nonlocal run
        if run:
            parts.append(_styled(run, run_style, links=cited is not None))
        run = ""

    for text, style in spans:
        for piece in _SIGN.split(text):
            if style != run_style:
                flush()
                run_style = style
            if piece == _FROM:
                flush()
                reason = escape(next(reasons))
                parts.append(f'<del title="{reason}">')
            elif piece == _TO:
                flush()
                parts.append(f'</del> <small class="pt-doubt" title="{reason}">not supported by the papers</small>')
            elif _SIGN.fullmatch(piece) and (cited is None or int(piece[1:-1]) in cited):
                flush()
                parts.append(_marker(int(piece[1:-1]), turn, cited))
            else:
                run += piece
    flush()
    return "".join(parts)


def _styled(text: str, style: str, *, links: bool) -> str:
    """Text in one style. A link leads out of the page only where the whole answer has been checked."""
    words = (linked(text) if links else escape(text)).replace("\n", "<br>")
    if text == MARK.strip("*"):
        return f'<small class="pt-doubt">{words}</small>'
    tag = _STYLES.get(style.split(" ")[0])
    return f"<{tag}>{words}</{tag}>" if tag else words


def _marker(number: int, turn: int, cited: Mapping[int, Citation] | None) -> str:
    """The link to a passage; a number that stands for none is a number."""
    if cited is None:
        return f'<span class="pt-cite">[{number}]</span>'
    if number not in cited:
        return f"{number}"
    name = f"Source {number}: {one_line(clean(cited[number].paper.title))}"
    return f'<a class="pt-cite" href="#source-{turn}-{number}" title="{escape(name)}">[{number}]</a>'


# ---- the panel


def panel(turns: Sequence[str], conversation: str | None = None) -> str:
    """What stands beside the chat: the sources of every turn, those of the last one shown. The page's script writes
    the conversation's id into the address; empty takes it out, None leaves the address as it is."""
    if not turns:
        body = (
            '<p class="pt-empty">The passages behind an answer appear here, each in its abstract, with the words '
            "that are quoted marked.</p>"
        )
    else:
        body = "".join([*(turn.replace("<section ", "<section hidden ", 1) for turn in turns[:-1]), turns[-1]])
    told = "" if conversation is None else f' data-conversation="{escape(conversation)}"'
    return f'<aside class="pt-panel" aria-label="Sources"{told}><h2>Sources</h2>{body}</aside>'


def sources(answer: Answer, turn: int) -> str:
    """Each cited paper with its quotes marked where they stand; where nothing is answered, the closest papers."""
    by_paper: dict[str, list[Citation]] = {}
    for citation in answer.citations:
        by_paper.setdefault(citation.paper.key, []).append(citation)
    if by_paper:
        return _turn(turn, answer.question, "", [_card(cited[0].paper, cited, turn) for cited in by_paper.values()])
    if answer.answered or not answer.closest:
        return no_sources(answer.question, turn)
    closest = [_card(paper, (), turn) for paper in answer.closest]
    return _turn(turn, answer.question, "No passage answers this. The closest papers:", closest)


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


def _card(paper: Paper, cited: Sequence[Citation], turn: int) -> str:
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
    return (
        f'<article class="pt-paper"><div class="pt-badges">{badges}</div><h3 dir="auto">{title}</h3>'
        f'<p class="pt-byline">{byline}{link}</p>{body}</article>'
    )


def _around(citation: Citation) -> Section:
    """The section that a quote stands in; two of a paper may have one name."""
    start, end = citation.start, citation.end
    holding = (s for s in citation.paper.sections if s.start <= start and end <= s.end)
    return next(holding, Section(citation.section, start, end))


def _section(paper: Paper, section: Section, cited: Sequence[Citation], turn: int) -> str:
    where = where_in_paper(*cited)
    parts = [f"<h4>{escape(where)}</h4>"] if where else []
    waiting = sorted(cited, key=lambda c: (c.start, -c.end))
    while waiting:  # quotes that overlap are marked in the text one after the other
        taken, waiting = _apart(waiting)
        words = _marked(paper.text, section.start, section.end, taken, turn)
        parts.append(f'<p class="pt-passage" dir="auto">{words}</p>')
    return "".join(parts)


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
