"""Answers, papers and tables -> Slack's messages and modals, within what Slack takes in a block, a message and a view.

What papers, models and users say is shown as it is: no mention, no link and no style comes of it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from assistant.answers import Answer, Citation
from assistant.papers import Paper, clean
from assistant.rendering.mrkdwn import (
    LIMIT,
    Piece,
    code_block,
    escaped,
    link,
    literal,
    sections,
    sections_of,
    size,
    table_text,
)
from assistant.rendering.provenance import Reference, checked_line, references, understood_as, where_in_paper
from assistant.rendering.text import authors_of, one_line, shortened, visible, web_address

if TYPE_CHECKING:
    from assistant.analysis.facets import Facet

Block = dict[str, Any]

BLOCKS = 50
"""In one message."""
_ROOM = 10_000
"""Characters of a message's blocks, all told. Slack refuses some 12,000 with ``msg_blocks_too_long``."""
_FALLBACK = 4_000
_BUTTON, _VALUE, _HEADER = 75, 2_000, 150
_BUTTONS = 25
"""In one block."""

QUOTED, NAMED = 10, 30
"""References that are shown with their quote, and at all; a list of thousands is read elsewhere."""
_LONGEST_QUOTE, _LONGEST_TITLE, _LONGEST_FACT = 1_000, 400, 600
_REPEATED = 150
"""Characters of a quote that the answer's text shows whole."""
_IN_A_FILE = "the file has them all"
_AROUND = 700
"""Characters before and behind a quote."""


@dataclass(frozen=True, slots=True)
class Message:
    """``blocks`` are what is shown, ``text`` stands for them in a notification and for who hears the page read."""

    text: str
    blocks: list[Block]


def answer_messages(
    answer: Answer,
    *,
    address: str | None = None,
    page: str | None = None,
    follow_ups: Sequence[str] = (),
    share: bool = False,
) -> list[Message]:
    """The whole answer, the first message first; the others are to follow it in its thread.

    Args:
        address: where the answer is stored: the value of its buttons, with ``/MARKER`` where one shows a passage. None,
            and there are none.
        page: where the web chat shows it.
        follow_ups: questions that a button each asks.
        share: whether only its asker sees it, and is offered to share it.
    """
    return _messages(
        [
            *_text_blocks(answer),
            *_table_blocks(answer.table or ()),
            *_notes([*(f"Note: {warning}" for warning in answer.warnings), checked_line(answer)]),
            *_reference_blocks(answer, address, page),
            *_closest_blocks(answer),
            *_action_blocks(address, page, follow_ups, share=share),
        ]
    )


def draft_message(markdown: str) -> Message:
    """An answer on its way: as much of its end as one message holds. Nothing in it is a link yet."""
    texts = sections(markdown) or ["…"]
    blocks = _messages(_section(text) for text in reversed(texts))[0].blocks[::-1]
    return Message(_fallback(blocks), blocks)


def line_message(sentence: str) -> Message:
    """One line in small letters: what is being done, or why there is no answer."""
    return _messages(_notes([sentence]))[0]


def question_message(question: str, who: str) -> Message:
    """A question that a button or a shortcut asked, so that its thread shows what is answered. ``who`` is the id of a
    user."""
    return _messages([_context(f"<@{escaped(who)}> asks: {literal(_shortened(question, _LONGEST_FACT))}")])[0]


def passage_view(citation: Citation, before: str, after: str, note: str = "") -> dict[str, Any]:
    """A modal with a quote in bold inside of what stands around it, where that is, and a line of our own below."""
    paper = citation.paper
    title = _shortened(clean(paper.title), _LONGEST_TITLE)
    where = " · ".join(filter(None, (one_line(paper.byline), where_in_paper(citation))))
    passage = sections_of([Piece(visible(before)), Piece(visible(citation.quote), "bold"), Piece(visible(after))])
    return {
        "type": "modal",
        "title": _plain(f"Passage [{citation.marker}]"),
        "close": _plain("Close"),
        "blocks": [
            _section(link(paper.url, title or paper.key)),
            *([_context(literal(_shortened(where, _LONGEST_FACT)))] if where else []),
            {"type": "divider"},
            *map(_section, passage),
            *_notes([note]),
        ],
    }


def surroundings(citation: Citation) -> tuple[str, str]:
    """What stands before and behind a quote in its section, cut between words."""
    text, start, end = citation.paper.text, citation.start, citation.end
    holding = (s for s in citation.paper.sections if s.start <= start and end <= s.end)
    first, last = next(((s.start, s.end) for s in holding), (0, len(text)))
    before, after = text[max(first, start - _AROUND) : start], text[end : min(last, end + _AROUND)]
    if start - first > _AROUND:
        before = "… " + before.partition(" ")[2]
    if last - end > _AROUND:
        after = after.rpartition(" ")[0] + " …"
    return before, after


def paper_list(papers: Sequence[Paper], heading: str) -> list[Message]:
    """Papers, a line each."""
    lines = [f"• {_paper_line(paper)}" for paper in papers] or ["There are none."]
    return _messages([_section(literal(_shortened(heading, _LONGEST_FACT), "bold")), *_lined(lines)])


def paper_message(paper: Paper, facets: Sequence[Facet] = ()) -> list[Message]:
    """One paper: what is known of it, what it brings and uses, its abstract."""
    title = one_line(clean(paper.title)) or paper.key
    facts = {
        "Authors": authors_of(paper),
        "Published": ", ".join(filter(None, (paper.venue, paper.date))),
        "Category": paper.category or "",
        "Code": {True: "yes", False: "no", None: ""}[paper.has_code],
        "Brings": _names(facets, "dataset", "method"),
        "Uses": _names(facets, "dataset_used"),
        "Tasks": _names(facets, "task"),
    }
    lines = [
        f"*{name}:* {literal(_shortened(value, _LONGEST_FACT))}" for name, value in facts.items() if one_line(value)
    ]
    links = [link(url, url) for url in dict.fromkeys((paper.url, *paper.links)) if url and web_address(url)]
    lines += [f"*Links:* {' '.join(links[:5])}"] if links else []
    blocks: list[Block] = [{"type": "header", "text": _plain(_shortened(title, _HEADER))}]
    blocks += [_section(text) for text in sections_of([Piece(title)])] if size(title) > _HEADER else []
    blocks += _lined([*lines, f"*Key:* {literal(paper.key, 'cyan')}"])
    abstract = visible(clean(paper.abstract)).strip() or "There is no abstract."
    return _messages(blocks + [_section(text) for text in sections_of([Piece(abstract)])])


def table_messages(title: str, rows: Sequence[Mapping[str, Any]]) -> list[Message]:
    """A table of counts as lines of text."""
    return _messages([_section(literal(_shortened(title, _LONGEST_FACT), "bold")), *_table_blocks(rows)])


def is_whole(rows: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a message shows the whole table; of another one the reader needs the file."""
    return not rows or table_text(rows, _IN_A_FILE)[1]


def help_message(command: str, library: str, examples: Sequence[str] = (), *, may_edit: bool = False) -> Message:
    """What can be asked of a library and how; ``may_edit`` is whether the reader may add papers and choose what a
    channel asks."""
    name = escaped(command)
    lines = [
        f"You ask the library {literal(library, 'bold')}. Mention me in a channel, write to me, or use a command:",
        f"• `{name} ask QUESTION`: an answer that only you see, and may share",
        f"• `{name} list [WORDS]`: the newest papers, or those on the words or of a year",
        f"• `{name} trends [year topic ...]`: counts by one or two of year, topic, method, dataset, author and others",
        f"• `{name} show PAPER`: one paper, by its key or title",
    ]
    if may_edit:
        lines += [
            f"• `{name} add SOURCE ...`: papers by openalex:ID, orcid:ID, arxiv:ID, s2:ID, doi:DOI or a link",
            f"• `{name} use LIBRARY`: what new threads in this channel ask",
            f"• `{name} silent on` and `{name} silent off`: whether mentions in this channel are answered",
        ]
    lines += (
        ["For instance:", *(f"• {literal(_shortened(one, _LONGEST_FACT))}" for one in examples)] if examples else []
    )
    return _messages(_lined(lines))[0]


# ---- an answer's parts


def _text_blocks(answer: Answer) -> Iterator[Block]:
    yield from _notes([understood_as(answer.plan) or ""])
    for text in sections(answer.text, {citation.marker: citation.url for citation in answer.citations}):
        yield _section(text)


def _table_blocks(rows: Sequence[Mapping[str, Any]]) -> Iterator[Block]:
    if rows:
        yield _section(code_block(table_text(rows, _IN_A_FILE)[0]))


def _reference_blocks(answer: Answer, address: str | None, page: str | None) -> Iterator[Block]:
    """Each with its quote and a button; of what was computed a line each, since its quotes are lines of lists."""
    shown = replace(answer, citations=answer.citations[:NAMED])  # of thousands, the others take time for nothing
    rows = list(zip(references(shown), shown.citations, strict=True))
    quoted = 0 if answer.mode == "computed" else QUOTED
    for row, citation in rows[:quoted]:
        quote = row.quote or _shortened(clean(citation.quote), _REPEATED)
        yield _section(_reference(row, citation), _passage_button(address, row.marker, "Show passage"))
        yield {"type": "context", "elements": [_plain(f"“{_shortened(quote, _LONGEST_QUOTE)}”")]}
    named = rows[quoted:]
    yield from _lined([_reference(row, citation) for row, citation in named])
    buttons = [button for row, _ in named for button in _passage_button(address, row.marker, "")]
    for start in range(0, len(buttons), _BUTTONS):
        yield {"type": "actions", "elements": buttons[start : start + _BUTTONS]}
    if (left := len(answer.citations) - NAMED) > 0:
        where = " in the web chat" if web_address(page) else ""
        yield from _notes([f"{left:,} more reference{'' if left == 1 else 's'}{where}."])


def _reference(row: Reference, citation: Citation) -> str:
    """``[1] Han et al., 2018. _Title_. Experiments, p. 6``, its number the link to the paper."""
    byline = f"{literal(_shortened(row.byline, _LONGEST_FACT))}. " if row.byline else ""
    title = literal(_shortened(row.title, _LONGEST_TITLE), "italic")
    where = _shortened(where_in_paper(citation), _LONGEST_FACT)
    return f"{link(row.url, f'[{row.marker}]')} {byline}{title}." + (f" {literal(where)}" if where else "")


def _passage_button(address: str | None, marker: int, words: str) -> list[Block]:
    """A button that shows a passage, if there is where to look it up; without words it is named by its marker."""
    if not address:
        return []
    action = "passage" if words else f"passage_{marker}"
    return [_button(words or f"[{marker}]", action, f"{address}/{marker}")]


def _closest_blocks(answer: Answer) -> Iterator[Block]:
    if answer.closest and not answer.answered:
        yield from _lined(["*The closest papers*", *(f"• {_paper_line(paper)}" for paper in answer.closest)])


def _action_blocks(address: str | None, page: str | None, follow_ups: Sequence[str], *, share: bool) -> Iterator[Block]:
    asked = [one_line(question) for question in follow_ups if one_line(question)][:_BUTTONS]
    if asked:
        buttons = [_button(words, f"ask_{place}", words) for place, words in enumerate(asked)]
        yield {"type": "actions", "elements": buttons}
    if address:
        buttons = [_button("Useful", "useful", address), _button("Not useful", "not_useful", address)]
        buttons += [_button("Share to channel", "share", address)] if share else []
        yield {"type": "actions", "elements": buttons}
    if url := web_address(page):
        yield _context(link(url, "Open in the web chat"))


def _paper_line(paper: Paper) -> str:
    """``<url|Title>. Han et al., 2018 · key``"""
    title = link(paper.url, _shortened(clean(paper.title), _LONGEST_TITLE) or paper.key)
    byline = f" {literal(_shortened(paper.byline, _LONGEST_FACT))}" if paper.byline else ""
    return f"{title}.{byline} · {literal(paper.key, 'cyan')}"


def _names(facets: Sequence[Facet], *kinds: str) -> str:
    return ", ".join(dict.fromkeys(facet.name for facet in facets if facet.kind in kinds))


# ---- blocks


def _section(text: str, accessory: Sequence[Block] = ()) -> Block:
    block: Block = {"type": "section", "text": _mrkdwn(text)}
    return {**block, "accessory": accessory[0]} if accessory else block


def _context(text: str) -> Block:
    return {"type": "context", "elements": [_mrkdwn(text)]}


def _mrkdwn(text: str) -> Block:
    # Not verbatim, Slack would make links of what looks like an address, a channel or a group.
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def _plain(text: str) -> Block:
    return {"type": "plain_text", "text": visible(text), "emoji": False}


def _button(words: str, action: str, value: str) -> Block:
    words, value = _shortened(words, _BUTTON), _shortened(value, _VALUE)
    return {"type": "button", "text": _plain(words), "action_id": action, "value": value}


def _notes(lines: Iterable[str]) -> Iterator[Block]:
    for line in lines:
        if one_line(line):
            yield from (_context(text) for text in sections_of([Piece(one_line(line))]))


def _lined(lines: Iterable[str]) -> Iterator[Block]:
    """Lines of mrkdwn in as few sections as hold them."""
    text = ""
    for line in lines:
        if text and size(text) + size(line) + 1 > LIMIT:
            yield _section(text)
            text = ""
        text += f"\n{line}" if text else line
    if text:
        yield _section(text)


def _shortened(text: str, limit: int) -> str:
    """In characters as Slack counts them."""
    return shortened(text, limit, size)


# ---- messages


def _messages(blocks: Iterable[Block]) -> list[Message]:
    """The blocks in as few messages as hold them. A section and the context below it stay together where they can."""
    messages: list[list[Block]] = []
    room = 0
    for block in blocks:
        cost = size(json.dumps(block, ensure_ascii=False))
        if not messages or cost > room or len(messages[-1]) == BLOCKS:
            messages.append([])
            room = _ROOM
        messages[-1].append(block)
        room -= cost
    return [Message(_fallback(blocks), blocks) for blocks in messages]


def _fallback(blocks: Iterable[Block]) -> str:
    """What the blocks say, as mrkdwn that is cut neither in a link nor in an escape."""
    text = "\n".join(filter(None, map(_said, blocks))) or "…"
    if size(text) <= _FALLBACK:
        return text
    while size(text) >= _FALLBACK:
        text = text[: _FALLBACK - 1] if len(text) >= _FALLBACK else text[:-1]
    if text.rfind("<") > text.rfind(">"):
        text = text[: text.rfind("<")]
    if text.rfind("&") > text.rfind(";"):
        text = text[: text.rfind("&")]
    return text + "…"


def _said(block: Block) -> str:
    texts = block.get("elements", ()) if block["type"] == "context" else (block.get("text"),)
    return " ".join(
        text["text"] if text["type"] == "mrkdwn" else literal(text["text"]) for text in texts if text is not None
    )
