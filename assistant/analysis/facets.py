"""The facets of papers: what each introduces, uses, works on, counts and links to, with the quotes that say so.

``extract`` reads one paper; ``consolidate`` lets the papers of a library speak for each other: what one of them
introduces as a data set is a data set wherever another evaluates on it.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from assistant.analysis.clauses import Introduced
from assistant.analysis.datasets import used_datasets
from assistant.analysis.introductions import introductions, unversioned
from assistant.analysis.links import links
from assistant.analysis.phrases import Sentence, abbreviations, is_name, read_sentences, short_form, squashed
from assistant.analysis.quantities import quantities
from assistant.analysis.tasks import tasks
from assistant.english.data import EVALUATED, OWN_SENTENCE
from assistant.english.facets import TASK_ENDINGS
from assistant.papers import ABSTRACT, Paper
from assistant.words import is_common

FacetKind = Literal["method", "dataset", "dataset_used", "task", "number", "code", "data"]
FACETS_VERSION = 1
"""Grows when the rules change, so that facets which are kept are read anew."""


@dataclass(frozen=True, slots=True)
class Facet:
    """One thing that a paper says of itself.

    ``name`` is as a reader would write it, for numbers the value as written; ``paper.text[start:end]`` is the sentence
    or title that it was read from; ``what`` is what a number counts or measures.
    """

    kind: FacetKind
    name: str
    start: int
    end: int
    what: str = ""
    by: Literal["rules", "model"] = "rules"


def extract(paper: Paper) -> tuple[Facet, ...]:
    """The facets that one paper's title and abstract show by themselves."""
    sentences = read_sentences(paper)
    made = introductions(sentences)
    found = [_facet("dataset" if row.kind == "dataset" else "method", row.name, row.sentence) for row in made]
    found += _used(sentences, made, dict(pair for sentence in sentences for pair in abbreviations(sentence.text)))
    found += [_facet("task", name, sentence) for name, sentence in tasks(sentences)]
    brings: Literal["code", "data"] = "data" if any(row.kind == "dataset" for row in made) else "code"
    for sentence in sentences:
        if not sentence.is_title:
            found += [_facet("number", value, sentence, what) for value, what in quantities(sentence)]
            found += [_facet(kind, url, sentence) for kind, url in links(sentence, brings)]
    return _unique(found)


def _facet(kind: FacetKind, name: str, sentence: Sentence, what: str = "") -> Facet:
    return Facet(kind, name, sentence.start, sentence.end, what)


def _used(sentences: list[Sentence], made: list[Introduced], explained: Mapping[str, str]) -> Iterator[Facet]:
    """The data of others; a name and its abbreviation are one."""
    long_forms = {squashed(short): long for short, long in explained.items()}
    found = list(_of_others(sentences, made, long_forms))
    names = {squashed(facet.name) for facet in found}
    yield from (f for f in found if squashed(long_forms.get(squashed(f.name), "")) not in names)


def _of_others(sentences: list[Sentence], made: list[Introduced], explained: Mapping[str, str]) -> Iterator[Facet]:
    own = {squashed(form) for row in made for form in (row.name, short_form(row.name))}
    first = min((row.sentence.start for row in made if not row.sentence.is_title), default=None)
    for sentence in sentences:
        tells = bool(OWN_SENTENCE.search(sentence.text)) or (first is not None and sentence.start >= first)
        for used in used_datasets(sentence, tells):
            name, parts = squashed(used.name), [squashed(part) for part in re.split(r"[-/]", used.name)]
            if name in own or any(squashed(word) in own for word in used.name.split()):
                continue
            if _is_term(explained.get(name, "")) or all(_is_term(explained.get(part, "")) for part in parts):
                continue
            if any(short in own and name in squashed(long) for short, long in explained.items()):
                continue
            yield _facet("dataset_used", used.name, sentence)


def _is_term(long: str) -> bool:
    """Whether an abbreviation stands for a term of the field, which is written small: "event detection (ED)"."""
    return bool(long) and (long.split()[-1].islower() or long.split()[-1].lower() in TASK_ENDINGS)


def _unique(found: Iterable[Facet]) -> tuple[Facet, ...]:
    """Each name of a kind once, at its first place; a number once for each sentence that holds it."""
    first: dict[tuple[str, str, int], Facet] = {}
    for facet in found:
        place = facet.start if facet.kind == "number" else -1
        name = facet.name if facet.kind in ("number", "code", "data") else squashed(short_form(facet.name))
        first.setdefault((facet.kind, name, place), facet)
    return tuple(first.values())


# ---- the library as a whole

_NAME_WORD = re.compile(r"(?<![\w-])[^\W_][\w.’'+!?-]*[\w!?]|(?<![\w-])[^\W_]")
_LONGEST_NAME = 6
_EVERYBODY = 3
"""In how many papers an abbreviation must stand for a common noun to be a term of the field."""


def consolidate(
    papers: Mapping[str, Paper], extracted: Mapping[str, tuple[Facet, ...]]
) -> dict[str, tuple[Facet, ...]]:
    """The facets of all papers, each seen in the light of the others.

    Terms of the field are no facets; a tool that one paper brings is no data set of another; a data set that one
    brings or is said to use is one wherever another evaluates on it; one name has one spelling. Linear in the text.
    """
    terms = _terms_of_the_field(papers)
    datasets, methods = _names(extracted, "dataset"), _names(extracted, "method")
    known = {
        name for name in {**datasets, **_names(extracted, "dataset_used")} if name not in terms and _findable(name)
    }
    known -= methods.keys() - datasets.keys()
    heads = {
        f.name.split()[0].casefold() for facets in extracted.values() for f in facets if _identity(f.name) in known
    }
    spellings = _spellings(extracted)
    result: dict[str, tuple[Facet, ...]] = {}
    for key, facets in extracted.items():
        foreign = terms - {squashed(word) for word in papers[key].title.split()}
        kept = [_as_data(f, datasets) for f in facets if not _is_foreign(f, key, foreign, datasets, methods)]
        kept += _evaluated_on(papers[key], kept, known, heads)
        result[key] = _unique(_spelled(facet, spellings) for facet in kept)
    return result


def _identity(name: str) -> str:
    return squashed(short_form(name))


def _findable(name: str) -> bool:
    """Whether a name is written as no common word is, so that it can be looked for in any text."""
    return len(name) > 2 and not is_common(name)


def _names(extracted: Mapping[str, tuple[Facet, ...]], kind: FacetKind) -> dict[str, set[str]]:
    """The papers that have each proper name as a facet of a kind."""
    found: dict[str, set[str]] = defaultdict(set)
    for key, facets in extracted.items():
        for facet in facets:
            if facet.kind == kind and is_name(short_form(facet.name).split()):
                found[_identity(facet.name)].add(key)
    return found


def _terms_of_the_field(papers: Mapping[str, Paper]) -> set[str]:
    counts: Counter[str] = Counter()
    for paper in papers.values():
        explained = [
            (squashed(short), squashed(long)) for short, long in abbreviations(paper.abstract) if _is_term(long)
        ]
        counts.update({name for pair in explained for name in pair})
    return {short for short, count in counts.items() if count >= _EVERYBODY}


def _is_foreign(
    facet: Facet, key: str, terms: set[str], datasets: Mapping[str, set[str]], methods: Mapping[str, set[str]]
) -> bool:
    """Whether a facet is a term of the field, a tool, or a data set that the paper itself brings."""
    name = _identity(facet.name)
    if facet.kind == "dataset_used":
        return name in terms or (name in methods and name not in datasets) or key in datasets.get(name, ())
    return facet.kind in ("method", "dataset") and (name in terms or name.removesuffix("s") in terms)


def _as_data(facet: Facet, datasets: Mapping[str, set[str]]) -> Facet:
    """A new version of a data set is a data set, whatever its own abstract calls it."""
    base = unversioned(facet.name)
    if facet.kind == "method" and base != _identity(facet.name) and base in datasets:
        return replace(facet, kind="dataset")
    return facet


def _evaluated_on(paper: Paper, facets: Iterable[Facet], known: set[str], heads: set[str]) -> Iterator[Facet]:
    """Data sets that other papers know by name, where this one evaluates on them."""
    own = {_identity(facet.name) for facet in facets if facet.kind in ("method", "dataset", "dataset_used")}
    text = paper.abstract
    words = list(_NAME_WORD.finditer(text))
    for at, word in enumerate(words):
        if word[0].islower() or word[0].casefold() not in heads:
            continue
        for length in range(min(_LONGEST_NAME, len(words) - at), 0, -1):
            name = text[word.start() : words[at + length - 1].end()]
            if squashed(name) in known and squashed(name) not in own and is_name(name.split()):
                sentence = _evaluating_sentence(paper, word.start())
                if sentence:
                    own.add(squashed(name))
                    yield _facet("dataset_used", name, sentence)
                break


def _evaluating_sentence(paper: Paper, offset: int) -> Sentence | None:
    """The sentence at an offset of the abstract, if it evaluates on what stands there."""
    before = paper.abstract[max(0, offset - 150) : offset]
    if not EVALUATED.search(re.split(r"[.!?]\s+(?=[A-Z])", before)[-1]):
        return None
    section = paper.section(ABSTRACT)
    place = offset + (section.start if section else 0)
    return next((s for s in read_sentences(paper) if s.start <= place < s.end and not s.is_title), None)


def _spellings(extracted: Mapping[str, tuple[Facet, ...]]) -> dict[str, str]:
    """How most papers write each name of a data set or method."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for facets in extracted.values():
        for facet in facets:
            if facet.kind in ("method", "dataset", "dataset_used"):
                # Who brings a thing knows best how it is written.
                counts[_identity(facet.name)][facet.name] += 1 if facet.kind == "dataset_used" else 3
    return {name: forms.most_common(1)[0][0] for name, forms in counts.items() if len(forms) > 1}


def _spelled(facet: Facet, spellings: Mapping[str, str]) -> Facet:
    if facet.kind not in ("method", "dataset", "dataset_used"):
        return facet
    return replace(facet, name=spellings.get(_identity(facet.name), facet.name))


# ---- rows


def to_rows(facets: Iterable[Facet]) -> list[list[Any]]:
    """Facets as JSON keeps them."""
    return [[f.kind, f.name, f.start, f.end, f.what, f.by] for f in facets]


def from_rows(rows: Iterable[Sequence[Any]]) -> tuple[Facet, ...]:
    """Undo :func:`to_rows`."""
    return tuple(Facet(*row) for row in rows)
