"""An element of a page as a reader sees it: its text with links and type, and what its parts say that they are."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urljoin

from assistant.sources.references import Mark, Written
from assistant.sources.references_english import ABSTRACT_LABEL, is_label

if TYPE_CHECKING:
    from lxml.html import HtmlElement

MAX_ENTRY, MAX_PARTS = 12_000, 60
"""Characters of one entry, its abstract among them, and elements in it that could be entries themselves."""

SKIPPED = frozenset("script style noscript template svg nav footer button form select head iframe object math".split())
_BLOCKS = frozenset(
    "address article blockquote dd details div dl dt figure figcaption h1 h2 h3 h4 h5 h6 header hr li main ol p pre "
    "section summary table tbody td th thead tr ul".split()
)
ENTRIES = frozenset("li tr dd article p div section blockquote td cite".split())
HEADINGS = frozenset("h1 h2 h3 h4 h5 h6".split())
_KINDS: dict[str, Literal["link", "strong", "emphasis"]] = {
    "a": "link", "b": "strong", "strong": "strong", "h3": "strong", "h4": "strong", "h5": "strong", "h6": "strong",
    "i": "emphasis", "em": "emphasis", "cite": "emphasis",
}  # fmt: skip

Role = Literal["title", "author", "venue", "date", "abstract"]
_ROLES: dict[str, Role] = {
    "headline": "title", "title": "title", "papertitle": "title", "author": "author", "authors": "author",
    "creators": "author", "venue": "venue", "journal": "venue", "periodical": "venue", "booktitle": "venue",
    "ispartof": "venue", "year": "date", "date": "date", "datepublished": "date", "abstract": "abstract",
}  # fmt: skip


def role_of(element: HtmlElement) -> Role | None:
    """What an element says that it is, by its microdata or its class."""
    words = [element.get("itemprop") or "", *re.split(r"[\s_]+|-+", element.get("class") or "")]
    return next((_ROLES[word.casefold()] for word in words if word.casefold() in _ROLES), None)


@dataclass(slots=True)
class Seen:
    """An element's text as a reader sees it, and what its parts say that they are."""

    line: int
    written: Written
    lines: list[tuple[int, int]] = field(default_factory=list)
    titles: list[str] = field(default_factory=list)
    authors: list[str] = field(default_factory=list)
    spans: list[tuple[int, int]] = field(default_factory=list)
    """Where the authors stand in the text."""
    venue: str = ""
    date: str = ""
    abstract: str = ""
    hrefs: list[tuple[int, str]] = field(default_factory=list)
    """Where links stand in the text."""
    texts: dict[str, str] = field(default_factory=dict)
    """What is linked, each with the link's text."""


def see(element: HtmlElement, base: str) -> Seen:
    """What a reader sees of an element; ``base`` is what its links are relative to."""
    return _Builder(base).build(element)


class _Builder:
    """Walks an element once and keeps its text, marks, links and parts."""

    def __init__(self, base: str) -> None:
        self._pieces: list[str] = []
        self._length = 0
        self._ends = "\n"
        self._base = base
        self.marks: list[Mark] = []
        self.links: list[str] = []
        self.labels: list[str] = []
        self.lines: list[tuple[int, int]] = []

    def build(self, element: HtmlElement) -> Seen:
        from lxml import etree

        seen = Seen(element.sourceline or 0, Written(""), self.lines)
        opened: dict[Any, tuple[int, int, int]] = {}
        walk = etree.iterwalk(element, events=("start", "end"))
        for event, node in walk:
            tag = node.tag
            if event == "start":
                aside = self._aside(node, seen)
                if aside:
                    walk.skip_subtree()
                    continue
                if tag in _BLOCKS:
                    self._break()
                elif tag == "br":
                    self._put("\n", node.sourceline)
                opened[node] = (self._length, len(self._pieces), len(seen.titles) + len(seen.authors))
                self._put(node.text or "", node.sourceline)
                continue
            if node in opened:
                self._close(node, *opened.pop(node), seen)
                if tag in _BLOCKS:
                    self._break()
            if node is not element:
                self._put(node.tail or "", None)
        text = "".join(self._pieces)
        seen.written = Written(text, tuple(self.marks), tuple(dict.fromkeys((*self.links, *self.labels))))
        return seen

    def _aside(self, node: HtmlElement, seen: Seen) -> bool:
        """Whether an element is no part of the text: hidden from readers, or kept apart."""
        if node.tag in SKIPPED or node.get("role") == "navigation":
            return True
        if node.tag in ("pre", "textarea") and "@" in node.text_content()[:MAX_ENTRY]:
            return True  # BibTeX
        summary = node.find("summary") if node.tag == "details" else None
        if role_of(node) == "abstract" or (summary is not None and ABSTRACT_LABEL.match(summary.text_content() + " ")):
            content = ABSTRACT_LABEL.sub("", " ".join(node.text_content().split()))
            if len(content) > 60:
                seen.abstract = seen.abstract or content
            return not is_label(content or "abstract") or node.tag != "a"
        return False

    def _close(self, node: HtmlElement, start: int, first: int, named: int, seen: Seen) -> None:
        """Note what a part is, now that its text is known: from ``start`` on, the ``first`` piece on."""
        text = "".join(self._pieces[first:]) if self._length - start < MAX_ENTRY and _wants_text(node) else ""
        bare = " ".join(text.split())
        kind = _KINDS.get(node.tag)
        role = role_of(node)
        if kind and bare and len(bare) < 1_000:
            lead = len(text) - len(text.lstrip())
            self.marks.append(Mark(start + lead, start + len(text.rstrip()), kind))
        href = node.get("href") if node.tag == "a" else None
        if href and len(href) < 2_000:
            link = self._absolute(href)
            seen.texts.setdefault(link, bare)
            seen.hrefs.append((start, link))
            (self.labels if "://" in bare or not bare or is_label(bare) else self.links).append(link)
        if named < len(seen.titles) + len(seen.authors) and role in ("title", "author"):
            return  # what holds titles and authors is neither
        if role == "title" and bare:
            seen.titles.append(bare)
        elif role == "author" and bare:
            seen.authors.append(bare)
            seen.spans.append((start, start + len(text.rstrip())))
        elif role == "venue" and bare:
            seen.venue = seen.venue or bare
        elif role == "date" and (year := re.search(r"(?:1[6-9]|20)\d\d(?:-\d\d(?:-\d\d)?)?", bare)):
            seen.date = seen.date or year[0]

    def _absolute(self, href: str) -> str:
        try:
            return urljoin(self._base, href.strip())
        except ValueError:
            return ""

    def _break(self) -> None:
        if not self._ends.endswith("\n"):
            self._append("\n")

    def _put(self, text: str, line: int | None) -> None:
        if line is not None:
            self.lines.append((self._length, line))
        if text == "\n" and line is not None:
            self._append("\n")
            return
        text = re.sub(r"\s+", " ", text)
        self._append(text.lstrip(" ") if self._ends.endswith(("\n", " ")) else text)

    def _append(self, text: str) -> None:
        if text:
            self._pieces.append(text)
            self._length += len(text)
            self._ends = text[-1]


def _wants_text(node: HtmlElement) -> bool:
    return node.tag in _KINDS or role_of(node) is not None
