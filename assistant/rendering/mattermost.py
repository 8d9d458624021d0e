"""Answers and papers -> Mattermost's posts, which are Markdown. No mention and no link comes of what papers say."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from assistant.answers import Answer, Citation
from assistant.papers import Paper, clean
from assistant.rendering.markdown import escape
from assistant.rendering.mrkdwn import streamed, table_text
from assistant.rendering.provenance import Reference, checked_line, references, understood_as, where_in_paper
from assistant.rendering.text import LINK, shortened, visible, web_address

LONGEST = 15_000
"""Characters of a post; Mattermost takes 16,383, and a question may stand above."""
_REFERENCES = 20
"""References that are shown; a list of thousands is read elsewhere."""
_LONGEST_TITLE, _LONGEST_QUOTE, _LONGEST_QUESTION = 400, 1_000, 500
_ELSEWHERE = "the web chat has them all"
_MENTION = re.compile(r"@(?=\w)")
_SEAM = "\u200b"


def harmless(markdown: str) -> str:
    """Markdown without mentions, links with other words than their address, and emoji."""
    parts: list[str] = []
    place = 0
    for match in LINK.finditer(markdown):
        parts += [_calmed(markdown[place : match.start()]), match[0]]
        place = match.end()
    return "".join([*parts, _calmed(markdown[place:])])


def answer_posts(answer: Answer, page: str | None = None) -> list[str]:
    """The whole answer in as few posts as hold it. ``page`` is where the web chat shows it."""
    parts = [_understood(answer), *harmless(answer.text).split("\n\n")]
    if answer.table:
        parts.append(_code(table_text(answer.table, _ELSEWHERE)[0]))
    if answer.closest and not answer.answered:
        parts.append("**The closest papers**\n\n" + "\n".join(f"- {_paper_line(paper)}" for paper in answer.closest))
    parts += [f"*Note: {_said(warning)}*" for warning in answer.warnings]
    parts += _reference_parts(answer)
    parts.append(f"*{_said(line)}*" if (line := checked_line(answer)) else "")
    parts.append(_link("Open in the web chat", page) if web_address(page) else "")
    return _posts(parts)


def paper_posts(papers: Sequence[Paper], heading: str, total: int) -> list[str]:
    """A line a paper, and how many of ``total`` are not shown."""
    lines = [f"- {_paper_line(paper)}" for paper in papers] or ["There are none."]
    more = total - len(papers)
    return _posts([f"**{_said(heading)}**", "\n".join(lines), f"{more:,} more." if more > 0 else ""])


def paper_post(paper: Paper, related: Sequence[Paper] = ()) -> list[str]:
    """One paper with its abstract, and those near to it."""
    abstract = _said(clean(paper.abstract)) or "There is no abstract."
    near = "**Near to it**\n\n" + "\n".join(f"- {_paper_line(one)}" for one in related) if related else ""
    return _posts([_paper_line(paper), abstract, near])


def table_posts(title: str, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """A table of counts as lines of text."""
    return _posts(
        [f"**{_said(title)}**", _code(table_text(rows, _ELSEWHERE)[0]) if rows else "There is nothing to count."]
    )


def line_post(sentence: str) -> str:
    return _said(sentence)


def question_line(question: str) -> str:
    """What an answer is to, where nothing else shows it."""
    return f"> {_said(shortened(question, _LONGEST_QUESTION))}"


# ---- parts


def _understood(answer: Answer) -> str:
    understood = understood_as(answer.plan)
    return f"*{_said(understood)}*" if understood else ""


def _reference_parts(answer: Answer) -> list[str]:
    if not answer.citations:
        return []
    shown = replace(answer, citations=answer.citations[:_REFERENCES])
    is_quoted = answer.mode != "computed"
    rows = [
        _reference(row, citation, is_quoted=is_quoted)
        for row, citation in zip(references(shown), shown.citations, strict=True)
    ]
    more = len(answer.citations) - _REFERENCES
    rest = [f"{more:,} more reference{'' if more == 1 else 's'}."] if more > 0 else []
    return ["**References**", "\n".join(rows), *rest]


def _reference(row: Reference, citation: Citation, *, is_quoted: bool) -> str:
    """A line, and below it the quote where the text does not show it. What was computed has lists for quotes."""
    byline = f"{_said(row.byline)}. " if row.byline else ""
    title = _link(shortened(row.title, _LONGEST_TITLE), row.url)
    quote = f"\n   > “{_said(shortened(row.quote, _LONGEST_QUOTE))}”" if row.quote and is_quoted else ""
    return f"{row.marker}. {byline}{title}. {_said(where_in_paper(citation))}{quote}"


def _paper_line(paper: Paper) -> str:
    title = _link(shortened(clean(paper.title), _LONGEST_TITLE) or paper.key, paper.url)
    return f"{title}. {_said(paper.byline)} · {_said(paper.key)}"


def _link(words: str, url: str | None) -> str:
    address = web_address(url)
    if address is None:
        return _said(words)
    return f"[{_said(LINK.sub('', words)) or 'link'}]({address.replace('(', '%28').replace(')', '%29')})"


def _said(text: str) -> str:
    """Text of others, in one line of Markdown."""
    return harmless(escape(text))


def _calmed(markdown: str) -> str:
    return _MENTION.sub(f"@{_SEAM}", streamed(markdown))


def _code(text: str) -> str:
    kept = visible(text).replace("```", "\u02cb" * 3)
    return f"```\n{kept}\n```"


def _posts(parts: Iterable[str]) -> list[str]:
    """The parts in as few posts as hold them; one that holds more than a post is cut."""
    posts: list[str] = []
    for part in parts:
        for piece in filter(str.strip, _cut(part)):
            if posts and len(posts[-1]) + len(piece) + 2 <= LONGEST:
                posts[-1] += f"\n\n{piece}"
            else:
                posts.append(piece)
    return posts


def _cut(part: str) -> Iterator[str]:
    """The part in pieces of a post's length, cut between lines where that does."""
    while len(part) > LONGEST:
        place = part.rfind("\n", 1, LONGEST)
        place = place if place > 0 else LONGEST
        yield part[:place]
        part = part[place:].removeprefix("\n")
    yield part
