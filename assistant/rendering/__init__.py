"""How answers, papers and persons are shown: one module a form, and what all forms share.

What papers say is not trusted: no character of theirs moves a cursor, colours a line or becomes markup.
"""

from __future__ import annotations

from assistant.rendering.copying import reference, words_alone, words_with_references
from assistant.rendering.inline_markdown import Inline, Span, inline, plain_inline
from assistant.rendering.layout import MOST_ROWS, fitted_table, plain, rows_table
from assistant.rendering.listings import grouped_papers, paper_sheet, papers_table, persons_list
from assistant.rendering.markdown import escape, to_markdown
from assistant.rendering.provenance import references, understood_as, where_in_paper
from assistant.rendering.terminal import Elsewhere, below, sources, to_terminal, to_text
from assistant.rendering.text import LINK, authors_of, cell, to_json, visible, web_address

__all__ = [
    "LINK",
    "MOST_ROWS",
    "Elsewhere",
    "Inline",
    "Span",
    "authors_of",
    "below",
    "cell",
    "escape",
    "fitted_table",
    "grouped_papers",
    "inline",
    "paper_sheet",
    "papers_table",
    "persons_list",
    "plain",
    "plain_inline",
    "reference",
    "references",
    "rows_table",
    "sources",
    "to_json",
    "to_markdown",
    "to_terminal",
    "to_text",
    "understood_as",
    "visible",
    "web_address",
    "where_in_paper",
    "words_alone",
    "words_with_references",
]
