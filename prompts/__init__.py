"""Text templates: what the assistant says in words of its own, and what a chat model is asked.

A variable is written `$name`; `load` checks each template's variables when it is loaded. Every file in this folder is
used by the code, and `README.md` lists them.
"""

from __future__ import annotations

import string
from functools import cache
from importlib import resources

VARIABLES: dict[str, frozenset[str]] = {
    "about": frozenset({"author", "count", "years", "example"}),
    "off_topic": frozenset({"author", "count", "example"}),
    "not_found": frozenset({"sought", "where", "closest"}),
    "not_recorded": frozenset({"what", "papers", "given", "seek"}),
    "not_in_any": frozenset({"what", "papers", "held"}),
    "no_venues": frozenset({"papers"}),
    "unknown_name": frozenset({"name", "closest"}),
    "not_stated": frozenset({"where", "closest"}),
    "answer_system": frozenset(),
    "answer": frozenset({"passages", "history", "question"}),
    "judge": frozenset({"claims"}),
    "other_language": frozenset({"closest"}),
    "plan": frozenset({"schema_notes", "history", "question"}),
    "extract_facets": frozenset({"title", "abstract"}),
    "follow_ups": frozenset({"question", "answer", "papers"}),
}
"""Which variables each template has."""


class TemplateError(Exception):
    """A template's variables are not those that its user fills."""


@cache
def load(name: str) -> string.Template:
    """The template of that name.

    Raises:
        TemplateError: it is not declared, or its variables are others than declared; every offender is listed.
    """
    if name not in VARIABLES:
        raise TemplateError(f"There is no template {name!r}; there are {', '.join(sorted(VARIABLES))}.")
    text = (resources.files(__name__) / f"{name}.txt").read_text(encoding="utf-8").strip()
    template = string.Template(text)
    found, declared = set(template.get_identifiers()), VARIABLES[name]
    if not template.is_valid() or found != declared:
        wrong = sorted(found ^ declared)
        raise TemplateError(f"The template {name!r} and its declaration differ in {', '.join(wrong) or 'a stray $'}.")
    return template


def render(template: str, /, **values: str) -> str:
    """The template with its variables filled in."""
    return load(template).substitute(values)
