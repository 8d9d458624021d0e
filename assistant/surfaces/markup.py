"""Text -> characters of the web chat's page. What papers, models and users say is not trusted: it is never markup."""

from __future__ import annotations

import html
import re

from assistant.rendering import LINK, visible


def escape(text: str) -> str:
    """Text as characters of a page. Gradio may read braces, dollars and backticks as its templates, or as Markdown."""
    return re.sub(r"[{}$`*_\[\]~|\\]", lambda match: f"&#{ord(match[0])};", html.escape(visible(text)))


def linked(text: str) -> str:
    """Escaped text, its web addresses links."""
    parts, place = [], 0
    for match in LINK.finditer(text):
        parts += [escape(text[place : match.start()]), outward(match[0], match[0])]
        place = match.end()
    return "".join([*parts, escape(text[place:])])


def outward(url: str, words: str) -> str:
    """A link that leaves the page."""
    return f'<a href="{escape(url)}" target="_blank" rel="noopener noreferrer">{escape(words)}</a>'


def one_line(text: str) -> str:
    return " ".join(text.split())
