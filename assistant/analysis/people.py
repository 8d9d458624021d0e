"""Who wrote with whom, and whether the papers under one name are one person's.

Papers are joined to groups, bottom up, by what speaks for one author and what speaks against. A group is a suggestion
until the user accepts it (`decisions.py`).
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from assistant.analysis.decisions import Decided, Decisions
from assistant.analysis.person_names import KnownNames, same_name
from assistant.english.general import GENERIC_WORDS
from assistant.papers import Paper, clean
from assistant.words import is_content, stem

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# ---- co-authors


@dataclass(frozen=True, slots=True)
class CoAuthor:
    """Somebody in the author lists: the keys of the papers, and the first and the last year of these."""

    name: str
    papers: tuple[str, ...]
    first: int | None
    last: int | None


def coauthors(papers: Iterable[Paper], of: str | None) -> tuple[CoAuthor, ...]:
    """Everybody in the papers' author lists but ``of``: most papers first, then by name.

    A list that ends in "et al." hides co-authors, so that the counts are lower bounds there.
    """
    papers = list(papers)
    bylines = [[author.name for author in paper.authors] for paper in papers]
    known = KnownNames([*bylines, [of] if of else []])
    author = known.resolve(of) if of else None
    written: defaultdict[str, list[Paper]] = defaultdict(list)
    for paper, byline in zip(papers, bylines, strict=True):
        for name in dict.fromkeys(known.resolve(spelling) for spelling in byline):
            if name and name != author:
                written[name].append(paper)
    found = [_coauthor(name, theirs) for name, theirs in written.items()]
    return tuple(sorted(found, key=lambda person: (-len(person.papers), person.name)))


def _coauthor(name: str, papers: Sequence[Paper]) -> CoAuthor:
    years = [paper.year for paper in papers if paper.year]
    return CoAuthor(name, tuple(paper.key for paper in papers), min(years, default=None), max(years, default=None))


# ---- namesakes

# What speaks for one author, in log odds. The weights are about those of a logistic regression on pairs of groups from
# joined profiles of the ACL Anthology, half of them with their lists cut to three names; the prior is moved towards one
# author, for a person torn in two is worse than two left together (`benchmarks/namesakes.py` measures both).
# Affiliations and categories are in no such data: they count for a factor of about e squared, and of e.
_PRIOR = -1.5
_TOPIC = 12.0
_SHARED_COAUTHOR = 4.7
_NO_SHARED_COAUTHOR = -0.7
_YEARS_BETWEEN = -0.08
_SHARED_AFFILIATION = 2.0
_CATEGORY = 1.0
# Two abstracts are nearer to each other than two titles are, whoever wrote them: by so much.
_BOTH_ABSTRACTS = 0.1
_UNKNOWN_TOPIC = 0.3
_MOST_YEARS = 20


@dataclass(frozen=True, slots=True)
class Person:
    """Papers of one name that are probably one person's.

    ``number`` is 1 for the person with most papers. ``label`` is an affiliation and a few terms. ``evidence`` says in
    words what holds the papers together and sets them apart. ``decided`` says that it rests on a user's decision.
    """

    name: str
    number: int
    papers: tuple[str, ...]
    evidence: tuple[str, ...]
    label: str
    decided: bool


def namesakes(
    name: str,
    papers: Sequence[Paper],
    vectors: NDArray[np.float32] | None,
    decisions: Decisions | None = None,
) -> tuple[Person, ...]:
    """The persons who probably share the name, most papers first; one where nothing tells the papers apart.

    Agglomerative clustering on pairs of groups whose log odds of one author are the best, as long as they are above 0:
    the usual form of author name disambiguation (Ferreira, Gonçalves and Laender, 2012), with average linkage for
    topics. What was decided holds.

    Args:
        vectors: shape ``(len(papers), d)``, unit rows, of title and abstract; None leaves topics out.
    """
    import numpy as np

    order = sorted(range(len(papers)), key=lambda row: papers[row].key)
    papers = [papers[row] for row in order]
    features = _features(name, papers, None if vectors is None else np.asarray(vectors)[order])
    decided = (decisions or Decisions()).of(name)
    groups = _grouped(features, [paper.key for paper in papers], decided)
    groups.sort(key=lambda group: (-len(group), papers[group[0]].key))
    terms = _terms([[papers[row] for row in group] for group in groups])
    reasons = _Reasons(groups, features)
    settled = frozenset[str]().union(*decided.groups)
    return tuple(
        Person(
            name=name,
            number=number,
            papers=tuple(papers[row].key for row in group),
            evidence=tuple(reasons.of(number, about)),
            label=reasons.label(number, about),
            decided=any(papers[row].key in settled for row in group),
        )
        for number, (group, about) in enumerate(zip(groups, terms, strict=True), 1)
    )


@dataclass(frozen=True, slots=True)
class _Features:
    """What is known of each paper, one entry a paper. ``own`` is its spelling of the name; "" where it has none."""

    coauthors: tuple[frozenset[str], ...]
    complete: tuple[bool, ...]
    own: tuple[str, ...]
    years: tuple[int | None, ...]
    affiliations: tuple[str, ...]
    categories: tuple[str, ...]
    similarity: NDArray[np.float32]
    """Cosines between papers, shape ``(n, n)``, on one level for titles alone and for abstracts."""


def _features(name: str, papers: Sequence[Paper], vectors: NDArray[np.float32] | None) -> _Features:
    import numpy as np

    bylines = [[author.name for author in paper.authors] for paper in papers]
    own = [next((written for written in byline if same_name(written, name)), "") for byline in bylines]
    others = [[written for written in byline if written != mine] for byline, mine in zip(bylines, own, strict=True)]
    known = KnownNames(others)
    if vectors is None:
        similarity = np.full((len(papers), len(papers)), _UNKNOWN_TOPIC, dtype=np.float32)
    else:
        abstracts = np.array([bool(paper.abstract) for paper in papers], dtype=np.float32)
        similarity = vectors @ vectors.T - np.float32(_BOTH_ABSTRACTS) * np.outer(abstracts, abstracts)
    return _Features(
        coauthors=tuple(frozenset(filter(None, map(known.resolve, byline))) for byline in others),
        complete=tuple(paper.authors_complete for paper in papers),
        own=tuple(own),
        years=tuple(paper.year for paper in papers),
        affiliations=tuple(paper.affiliation or "" for paper in papers),
        categories=tuple(paper.category or "" for paper in papers),
        similarity=similarity,
    )


def _grouped(features: _Features, keys: Sequence[str], decided: Decided) -> list[list[int]]:
    """Rows of one person each, in rising order."""
    groups = _Groups(features)
    fixed = [[row for row, key in enumerate(keys) if key in group] for group in decided.groups]
    fixed = [rows for rows in fixed if rows]
    for place, rows in enumerate(fixed):
        for other in fixed[:place]:
            groups.keep_apart(rows, other)
    for rows in fixed:
        for row in rows[1:]:
            groups.join(rows[0], row)
    if decided.complete and fixed:
        groups.join_nearest([rows[0] for rows in fixed])
    groups.join_likely()
    return [sorted(members) for members in groups.members if members]


class _Groups:
    """Groups of papers, at first each alone; a group stands in the row of one of its papers."""

    def __init__(self, features: _Features) -> None:
        import numpy as np

        self.members = [[row] for row in range(len(features.years))]
        self._coauthors = [set(names) for names in features.coauthors]
        self._similarity = features.similarity.copy()
        self._shared = _alike(features.coauthors)
        self._affiliated = _alike([{name} - {""} for name in features.affiliations])
        self._apart = _disagreeing(features.own)
        self._first = np.array([year or np.inf for year in features.years], dtype=np.float32)
        self._last = np.array([year or -np.inf for year in features.years], dtype=np.float32)
        names = sorted(set(features.categories) - {""})
        self._categories = np.array(
            [[category == name for name in names] for category in features.categories], dtype=np.float32
        ).reshape(len(self.members), len(names))
        self._sizes = np.ones(len(self.members), dtype=np.float32)
        self._visible = np.array([len(names) for names in self._coauthors], dtype=np.float32)

    def keep_apart(self, rows: Sequence[int], others: Sequence[int]) -> None:
        import numpy as np

        self._apart[np.ix_(rows, others)] = True
        self._apart[np.ix_(others, rows)] = True

    def log_odds(self, row: int) -> NDArray[np.float32]:
        """That a group and each other one are one author's, shape ``(n,)``; minus infinity where they cannot be."""
        import numpy as np

        topic = self._similarity[row] / np.maximum(self._sizes * self._sizes[row], 1)
        years = np.maximum(self._first - self._last[row], self._first[row] - self._last)
        fewer = np.minimum(self._visible, self._visible[row])
        odds = (
            _PRIOR
            + _TOPIC * topic
            + _YEARS_BETWEEN * np.clip(years, 0, _MOST_YEARS, where=np.isfinite(years), out=np.zeros_like(years))
            + np.where(self._shared[row], _SHARED_COAUTHOR, _NO_SHARED_COAUTHOR * np.log1p(fewer))
            + _SHARED_AFFILIATION * self._affiliated[row]
            + _CATEGORY * self._category_overlap(row)
        )
        odds[self._apart[row] | (self._sizes == 0)] = -np.inf
        odds[row] = -np.inf
        as_stored: NDArray[np.float32] = odds.astype(np.float32)
        return as_stored

    def _category_overlap(self, row: int) -> NDArray[np.float32]:
        """From -1 where two groups have no category in common to 1 where they have the same; 0 where one has none."""
        import numpy as np

        counts = self._categories.sum(axis=1)
        portions = self._categories / np.maximum(counts, 1)[:, None]
        overlap = np.minimum(portions, portions[row]).sum(axis=1)
        return np.where((counts > 0) & (counts[row] > 0), 2 * overlap - 1, 0).astype(np.float32)

    def join(self, row: int, other: int) -> None:
        """Put the group of ``other`` into that of ``row``."""
        self.members[row] += self.members[other]
        self._coauthors[row] |= self._coauthors[other]
        self._similarity[row] += self._similarity[other]
        self._similarity[:, row] = self._similarity[row]
        for relation in (self._shared, self._affiliated, self._apart):
            relation[row] |= relation[other]
            relation[:, row] = relation[row]
        self._first[row] = min(self._first[row], self._first[other])
        self._last[row] = max(self._last[row], self._last[other])
        self._categories[row] += self._categories[other]
        self._sizes[row] += self._sizes[other]
        self._visible[row] = len(self._coauthors[row])
        self.members[other], self._sizes[other] = [], 0

    def join_nearest(self, rows: Sequence[int]) -> None:
        """Put each paper that is in none of these groups into the likeliest one."""
        import numpy as np

        odds = np.stack([self.log_odds(row) for row in rows])
        for other in range(len(self.members)):
            if other not in rows and self.members[other] and odds[:, other].max() > -np.inf:
                self.join(rows[int(odds[:, other].argmax())], other)

    def join_likely(self) -> None:
        """Join the likeliest pair until none is likely."""
        import numpy as np

        if len(self.members) < 2:
            return
        odds = np.stack([self.log_odds(row) for row in range(len(self.members))])
        partner, best = odds.argmax(axis=1), odds.max(axis=1)
        while best.max() > 0:
            row = int(best.argmax())
            row, other = sorted((row, int(partner[row])))
            self.join(row, other)
            odds[other] = odds[:, other] = -np.inf
            odds[row] = odds[:, row] = self.log_odds(row)
            better = odds[:, row] >= best
            partner[better], best[better] = row, odds[better, row]
            # Only these have lost the partner they had; all others need no search.
            for left in (row, other, *np.flatnonzero(((partner == row) | (partner == other)) & ~better)):
                partner[left], best[left] = odds[left].argmax(), odds[left].max()


def _alike(values: Sequence[Iterable[str]]) -> NDArray[np.bool_]:
    """Which papers have a value in common, shape ``(n, n)``."""
    import numpy as np

    rows_of: defaultdict[str, list[int]] = defaultdict(list)
    for row, names in enumerate(values):
        for name in names:
            rows_of[name].append(row)
    alike = np.zeros((len(values), len(values)), dtype=np.bool_)
    for rows in rows_of.values():
        alike[np.ix_(rows, rows)] = True
    return alike


def _disagreeing(spellings: Sequence[str]) -> NDArray[np.bool_]:
    """Which papers spell the name in ways that cannot be one person's ("Robert L.", "Robert E."), shape ``(n, n)``."""
    import numpy as np

    different = sorted(set(spellings))
    table = np.array([[bool(a and b) and not same_name(a, b) for b in different] for a in different], dtype=np.bool_)
    places = [different.index(spelling) for spelling in spellings]
    return table.reshape(len(different), len(different))[np.ix_(places, places)]


# ---- reasons in words


class _Reasons:
    """What holds each group together and sets it apart from the others; groups are counted from 1."""

    def __init__(self, groups: Sequence[Sequence[int]], features: _Features) -> None:
        self._groups = groups
        self._features = features
        self._groups_of: defaultdict[str, set[int]] = defaultdict(set)
        for number, group in enumerate(groups, 1):
            for row in group:
                for coauthor in features.coauthors[row]:
                    self._groups_of[coauthor].add(number)
        self._years = [[year for row in group if (year := features.years[row])] for group in groups]
        self._spellings = [{features.own[row] for row in group} - {""} for group in groups]

    def of(self, number: int, terms: str) -> Iterator[str]:
        yield self._together(number)
        if len(self._groups) > 1:
            yield from self._coauthors_elsewhere(number)
            yield from self._other_years(number)
            yield from self._other_spelling(number)
        if terms:
            yield f"about {terms}"
        if affiliation := self._affiliation(number):
            yield f"affiliation {affiliation[0]} on {_papers(affiliation[1])}"

    def label(self, number: int, terms: str) -> str:
        affiliation = self._affiliation(number)
        return "; ".join(filter(None, [affiliation[0] if affiliation else "", terms]))

    def _together(self, number: int) -> str:
        group = self._groups[number - 1]
        coauthors = [self._features.coauthors[row] for row in group]
        counts = Counter(name for names in coauthors for name in names)
        most = sorted(counts, key=lambda name: (-counts[name], name))
        often = [name for name in most[:2] if counts[name] > 1]
        if not counts:
            return f"{_papers(len(group))} without a co-author named"
        if len(group) == 1:
            return f"one paper, with {_listed(most[:3])}"
        if not often:
            return f"no two of its {_papers(len(group))} share a co-author"
        having = sum(not names.isdisjoint(often) for names in coauthors)
        return f"{having} of {_papers(len(group))} are with {_listed(often, 'or')}"

    def _coauthors_elsewhere(self, number: int) -> Iterator[str]:
        mine = {name for row in self._groups[number - 1] for name in self._features.coauthors[row]}
        elsewhere: defaultdict[int, list[str]] = defaultdict(list)
        for name in sorted(mine):
            for other in self._groups_of[name] - {number}:
                elsewhere[other].append(name)
        for other, names in sorted(elsewhere.items()):
            yield f"{_listed(names[:2])} also with person {other}"
        if mine and not elsewhere:
            cut = "" if all(self._features.complete) else ", as far as the author lists show"
            yield f"no co-author in common with the rest{cut}"

    def _other_years(self, number: int) -> Iterator[str]:
        mine = self._years[number - 1]
        rest = [year for place, years in enumerate(self._years, 1) if place != number for year in years]
        if mine and rest and (min(mine) > max(rest) or max(mine) < min(rest)):
            yield f"{_span(mine)}; the rest {_span(rest)}"

    def _other_spelling(self, number: int) -> Iterator[str]:
        mine = self._spellings[number - 1]
        rest = set[str]().union(*self._spellings[: number - 1], *self._spellings[number:])
        if any(not same_name(a, b) for a in mine for b in rest):
            yield f"signed {_listed(sorted(mine))}"

    def _affiliation(self, number: int) -> tuple[str, int] | None:
        """The commonest, with the number of its papers."""
        counts = Counter(filter(None, (self._features.affiliations[row] for row in self._groups[number - 1])))
        return min(counts.items(), key=lambda item: (-item[1], item[0]), default=None)


Stems = tuple[str, ...]
"""A phrase by the stems of its words."""


def _terms(groups: Sequence[Sequence[Paper]], most: int = 2) -> list[str]:
    """The terms that tell each group from the others, in the groups' order.

    A term's weight is its papers in the group times the logarithm of its rarity over all groups: TF-IDF with a group
    for a document (c-TF-IDF; Grootendorst, 2022). A title counts as three abstracts.
    """
    phrases = [[_phrases(paper) for paper in group] for group in groups]
    spread = Counter(phrase for group in phrases for paper in group for phrase in paper)
    total = sum(map(len, groups))
    shown = []
    for group in phrases:
        weights: Counter[Stems] = Counter()
        written: dict[Stems, str] = {}
        for paper in group:
            for phrase, (text, weight) in paper.items():
                weights[phrase] += weight
                written.setdefault(phrase, text)
        scores = {p: weights[p] * math.log1p(total / spread[p]) * _LENGTH_WEIGHTS[len(p) - 1] for p in weights}
        ranked = sorted(scores, key=lambda phrase: (-scores[phrase], written[phrase]))
        chosen: list[Stems] = []
        for phrase in ranked:
            if len(chosen) < most and not any(set(phrase) & set(other) for other in chosen):
                chosen.append(phrase)
        shown.append(_listed([written[phrase] for phrase in chosen]))
    return shown


_CLAUSE = re.compile(r"[^.,;:?!()\[\]\"“”]+")
_WORD = re.compile(r"[^\W_]+(?:['’‑-][^\W_]+)*")
# Of terms of one, two and three words: two say most, three run on into what follows.
_LENGTH_WEIGHTS = (1.0, 1.6, 1.5)
_TITLE_WEIGHT = 3


def _phrases(paper: Paper) -> dict[Stems, tuple[str, int]]:
    """The ends of its noun phrases, one to three words, by their stems: as written, and how much they count.

    What a phrase is about stands at its end in English.
    """
    found: dict[Stems, tuple[str, int]] = {}
    for text, weight in ((paper.title, _TITLE_WEIGHT), (paper.abstract, 1)):
        here: dict[Stems, str] = {}
        for clause in _CLAUSE.findall(clean(text)):
            for run in _runs(_WORD.findall(clause.lower())):
                for words in (run[-length:] for length in range(1, min(len(_LENGTH_WEIGHTS), len(run)) + 1)):
                    here.setdefault(tuple(map(stem, words)), " ".join(words))
        for phrase, written in here.items():
            shown, before = found.get(phrase, (written, 0))
            found[phrase] = shown, before + weight
    return found


def _runs(words: Iterable[str]) -> Iterator[list[str]]:
    run: list[str] = []
    for word in words:
        if is_content(word) and word not in GENERIC_WORDS and not word.isdigit():
            run.append(word)
        elif run:
            yield run
            run = []
    if run:
        yield run


def _span(years: Sequence[int]) -> str:
    first, last = min(years), max(years)
    return str(first) if first == last else f"{first}-{last}"


def _papers(count: int) -> str:
    return f"{count} paper" if count == 1 else f"{count} papers"


def _listed(names: Sequence[str], joined_by: str = "and") -> str:
    return f" {joined_by} ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))
