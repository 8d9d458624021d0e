"""What axe-core finds against the accessibility of a page. The engine is the script alone; nothing else of its package
is used."""

from __future__ import annotations

from functools import cache
from importlib import resources

from playwright.sync_api import Page

_SERIOUS = ("serious", "critical")
"""Impacts that keep somebody from using the page, by axe-core's own scale."""

# A colour that is still on its way to another would be measured half way.
_AT_REST = "Promise.allSettled(document.getAnimations().filter(a => a instanceof CSSTransition).map(a => a.finished))"

_RUN = """async () => {
  const { violations } = await axe.run(document, { resultTypes: ["violations"] });
  return violations.flatMap(({ id, impact, nodes }) =>
    nodes.map(node => [impact, `${id} at ${node.target.join(" ")}: ${node.failureSummary}\\n${node.html}`]));
}"""


def violations(page: Page) -> list[str]:
    """Each element that breaks a rule seriously: the rule, where the element is, and what would mend it."""
    page.evaluate(_AT_REST)
    if page.evaluate("typeof axe === 'undefined'"):
        page.evaluate(_script())
    return [words for impact, words in page.evaluate(_RUN) if impact in _SERIOUS]


@cache
def _script() -> str:
    return (resources.files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
