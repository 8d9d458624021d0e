"""Facets that a chat model reads from a paper, each kept only with its proof in the paper's own words.

The model gives a name and the quote that it read it from. What is kept is the paper's own span, and the name as that
span writes it; an item whose quote the paper does not hold, or whose name the quote does not hold, is dropped. So a
model can add to what the rules find, and cannot invent.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import BaseModel

import prompts
from assistant.analysis.facets import Facet, FacetKind, extract
from assistant.analysis.phrases import squashed
from assistant.errors import ModelError
from assistant.papers import ABSTRACT, TITLE, Paper, clean

if TYPE_CHECKING:
    from assistant.llm.model import ChatModel


_MOST_FAILURES = 3
"""After so many the model is asked no more in one go."""


class Item(BaseModel):
    """A name, and the words of the paper that show it."""

    name: str
    quote: str


class Extraction(BaseModel):
    """What a paper introduces, uses and works on."""

    methods: list[Item]
    datasets: list[Item]
    datasets_used: list[Item]
    tasks: list[Item]

    def by_kind(self) -> Iterator[tuple[FacetKind, Item]]:
        for item in self.methods:
            yield "method", item
        for item in self.datasets:
            yield "dataset", item
        for item in self.datasets_used:
            yield "dataset_used", item
        for item in self.tasks:
            yield "task", item


def extract_with_model(paper: Paper, model: ChatModel) -> tuple[Facet, ...]:
    """What the model finds in the title and the abstract, in its order, each name of a kind once.

    Raises:
        ModelError: the model did not answer.
    """
    prompt = prompts.render("extract_facets", title=paper.section_text(TITLE), abstract=paper.section_text(ABSTRACT))
    extraction = model.structured(prompt, Extraction)
    texts = [
        _Folded.of(paper.text, section.start, section.end)
        for section in (paper.section(TITLE), paper.section(ABSTRACT))
        if section is not None
    ]
    kept: dict[tuple[FacetKind, str], Facet] = {}
    for kind, item in extraction.by_kind():
        if facet := _proven(paper, texts, kind, item):
            kept.setdefault(_identity(facet), facet)
    return tuple(kept.values())


class Describer:
    """Reads the facets of one paper after the other: by the rules and, where there is one, by a chat model.

    ``warnings`` say where the model did not answer; after a failure that a retry will not help it is asked no more.
    """

    def __init__(self, model: ChatModel | None) -> None:
        self._model = model
        self.warnings: list[str] = []

    def __call__(self, paper: Paper) -> tuple[Facet, ...]:
        found = extract(paper)
        if self._model is None:
            return found
        try:
            return join(found, extract_with_model(paper, self._model))
        except ModelError as error:
            self.warnings.append(f"{paper.key}: what it introduces and uses was read by the rules alone: {error}")
            if not error.retryable or len(self.warnings) >= _MOST_FAILURES:
                self._model = None
                self.warnings.append("The chat model is not asked about the papers that follow.")
            return found


def join(rules: Iterable[Facet], modelled: Iterable[Facet]) -> tuple[Facet, ...]:
    """The rules' facets, then those of the model's that they lack."""
    first = tuple(rules)
    known = {_identity(facet) for facet in first}
    return first + tuple(facet for facet in modelled if _identity(facet) not in known)


def _identity(facet: Facet) -> tuple[FacetKind, str]:
    return facet.kind, squashed(facet.name)


def _proven(paper: Paper, texts: Iterable[_Folded], kind: FacetKind, item: Item) -> Facet | None:
    quote = next((span for text in texts if (span := text.find(item.quote))), None)
    if quote is None:
        return None
    name = _Folded.of(paper.text, *quote).find(item.name, whole_words=True)
    if name is None:
        return None
    written = clean(" ".join(paper.text[slice(*name)].split()))
    return Facet(kind, written, *quote, by="model")


_MARKS = str.maketrans(
    dict.fromkeys("“”„‟«»″〝〞", '"') | dict.fromkeys("‘’‚‛‹›′`", "'") | dict.fromkeys("‐‑‒–—―−﹣－", "-")
)
_INVISIBLE = frozenset("\u00ad\u200b\u200c\u200d\u2060\ufeff")
"""The soft hyphen and its like, which copies lose."""


@dataclass(frozen=True, slots=True)
class _Folded:
    """A stretch of text in the one form that all ways of typing it share, with the place of each character.

    Runs of white space are one blank; typographic quotes and dashes are those of a typewriter; letters are decomposed,
    ligatures included (Unicode's NFKD).
    """

    text: str
    places: tuple[int, ...]

    @classmethod
    def of(cls, text: str, start: int, end: int) -> _Folded:
        characters: list[str] = []
        places: list[int] = []
        for place in range(start, end):
            if text[place] in _INVISIBLE:
                continue
            plain = " " if text[place].isspace() else unicodedata.normalize("NFKD", text[place].translate(_MARKS))
            if plain == " " and characters and characters[-1] == " ":
                continue
            characters.extend(plain)
            places.extend([place] * len(plain))
        return cls("".join(characters), tuple(places))

    def find(self, wanted: str, *, whole_words: bool = False) -> tuple[int, int] | None:
        """Where it first stands, as a span of the text that this was made of."""
        folded = _Folded.of(wanted, 0, len(wanted)).text.strip()
        if not folded:
            return None
        pattern = re.escape(folded)
        match = re.search(rf"(?<!\w){pattern}(?!\w)" if whole_words else pattern, self.text)
        return (self.places[match.start()], self.places[match.end() - 1] + 1) if match else None
