"""Topics: clusters of papers, a label of the papers' own words for each, and each topic's share of each year.

A topic must be one that can be named. So papers are first joined by their vectors to a tree, and the tree is cut where
the parts are told best by a phrase that their papers say and the others do not (description comes first: Osiński and
Weiss, 2005). The parts are the seeds of a few rounds of k-means, which gives every paper its nearest topic; one that is
far from all is in ``other``. What was found is kept: later papers are placed at the nearest centroid, until a quarter
of the library has changed.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypedDict

import numpy as np
from numpy.typing import NDArray

from assistant.english.general import FUNCTION_WORDS, GENERIC_WORDS, NUMBER_WORDS, PAPER_WORDS
from assistant.papers import Paper
from assistant.words import rarity, stem

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

Vectors = NDArray[np.float32]
Clusters = NDArray[np.intp]

OTHER = "other"

MOST_TOPICS = 25
CHANGED_TOO_MUCH = 0.25
"""The share of the library that may come or go before its topics are found anew."""
MOST_LEAVES = 300
"""Larger libraries are first joined to this many small clusters, so that no matrix of all pairs is needed."""
LEAST_NAMING = 0.2
"""How well (F1) a phrase must tell a part of the tree for that part to be a topic rather than a loss."""
ROUNDS = 8
"""Rounds of k-means from the seeds: they make clusters tighter, and a little harder to name."""
OUTLYING = 3.0
LEAST_SPREAD = 0.05
"""A paper is in no topic from this many robust deviations below the median similarity to a centroid. The deviation (the
scaled median absolute one: Iglewicz and Hoaglin, 1993) is no less than LEAST_SPREAD: near-equal papers have none."""

LONGEST_LABEL = 3
MOST_TERMS = 6
ABSTRACT_WEIGHT = 0.5
"""What it counts that an abstract says a phrase, where a title that says it counts 1."""
MOST_RIGHT, MOST_LEFT = 0.6, 0.75
"""How often a phrase may go on to the right or left: "pre-trained language" and "entity recognition" are but parts."""
LEAST_FITNESS = 0.45
"""How telling a phrase must be to be a label at all: "learning" and "speech" are too little alone."""
READ_FOR_SPELLING = 200
"""Papers of a topic that are looked at for how they write its label."""

STOP_WORDS = (
    FUNCTION_WORDS
    | PAPER_WORDS
    | NUMBER_WORDS
    | frozenset(
        """able achieve achieved achieves adapt adapted adapting al allow allows applied apply applying assess assessed
        assessing associated available based becoming building built called combine combined combining comparing
        complete conduct conducted considered considering consists crucial current demonstrate demonstrated
        demonstrates depends derived designed determine determined determining develop developed developing discuss
        discussed due easily effectively efficiently eg employ employed enable enables enabling enhance enhanced
        enhancing ensure especially essential estimated estimating et etc evaluate evaluated evaluating examine
        examined examining exploit exploiting explore explored exploring extend extended extensive extensively fail
        fails finally first focus focused focuses followed following further furthermore generally helps hence
        identified identify identifying ie importantly improve improved improves improving include included includes
        including increase increased increases increasing indicate indicated indicates investigate investigated
        investigating involve involved involving known lead leads leverage leverages leveraging mainly moreover
        multiple namely next obtain obtained outperform outperforming outperforms overall particularly perform
        performed performing performs predicted predicting previously produce produced provide provided provides
        providing recently reduce reduced reduces reducing related relies rely require required requires respect
        respectively resulted rethinking reveal revealed reveals revisit revisited revisiting second seek seeking seems
        significant significantly similarly simply solve solved solving studied studying suffer suffers suggest
        suggested suggests tested third towards trained typically understood usually utilize utilized utilizing
        validate validated versus vs whereas widely yield yields
        aber auf aus avec bei con dans das de del dem den der des die du durch ein eine einer el en es für il im la le
        les los mit nach ou par para por pour sur um un una und une von y zu zum zur über""".split()
    )
)
"""Words that no label holds: they tie sentences together in papers of any field; the last lines, in other languages."""

WIDE_WORDS = (GENERIC_WORDS - {"feature", "information"}) | frozenset(
    """accuracy advance algorithm alternative amount application area association attempt author baseline behavior
    beyond case-control challenging change characteristic cohort collection combination comparison complexity component
    comprehensive conference consideration construction context controlled corpora cross-sectional degree demo design
    development double-blind effective effectiveness efficiency efficient empirical end-to-end estimate evidence
    experience experimental exploration extension factor first future group high impact implementation implication
    importance independent indicator influence insight instance introduction investigation large-scale less level
    longitudinal low measure mechanism meta-analyse meta-analysis methodology metric multi noisy novel number
    observation outcome output overview paradigm parameter perspective pipeline practice prediction predictor principle
    procedure proceeding processing project proposal prospective quality quantitative randomised randomized range rate
    real-world recent retrospective review robust sample scale scenario scheme science score sequence series set shared
    simple size solution stage state-of-the-art strong subject success summary survey symposium systematic technical
    technology theory tool toolkit top track traditional trend trial truly tutorial type unified university usage
    useful utility validation value variation variety version view volume workshop world year""".split()
)
"""Words that name no topic alone nor open a phrase that does; they may close one ("language model", "cohort study")."""


@dataclass(frozen=True, slots=True)
class Topic:
    """Papers about one thing. ``papers`` are keys, the most central first; ``centroid`` is a unit vector (d,)."""

    label: str
    terms: tuple[str, ...]
    papers: tuple[str, ...]
    centroid: tuple[float, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Topics:
    """The topics of a library, largest first and ``other`` last; every paper is in exactly one.

    ``floor`` is the cosine to a centroid below which a paper is in no topic. ``size`` is how many papers the library
    had when its topics were found, ``changed`` how many have come or gone since.
    """

    topics: tuple[Topic, ...] = ()
    floor: float = -1.0
    size: int = 0
    changed: int = 0
    _homes: dict[str, Topic] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_homes", {key: topic for topic in self.topics for key in topic.papers})

    def of(self, key: str) -> Topic | None:
        return self._homes.get(key)

    def to_dict(self) -> dict[str, Any]:
        topics = [
            {
                "label": topic.label,
                "terms": list(topic.terms),
                "papers": list(topic.papers),
                "centroid": list(topic.centroid),
            }
            for topic in self.topics
        ]
        return {"topics": topics, "floor": self.floor, "size": self.size, "changed": self.changed}

    @classmethod
    def from_dict(cls, row: Mapping[str, Any]) -> Topics:
        """Undo :meth:`to_dict`."""
        topics = (
            Topic(topic["label"], tuple(topic["terms"]), tuple(topic["papers"]), tuple(topic["centroid"]))
            for topic in row["topics"]
        )
        return cls(tuple(topics), row["floor"], row["size"], row["changed"])


class TopicYear(TypedDict):
    """One topic in one year: ``share`` is of that year's papers, in [0, 1]; ``keys`` are those of its ``papers``."""

    year: int
    topic: str
    papers: int
    share: float
    keys: list[str]


def find_topics(
    papers: Sequence[Paper],
    vectors: Vectors,
    *,
    previous: Topics | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Topics:
    """The topics of a library, the same for any order of its papers.

    ``vectors`` are unit rows (n, d), one a paper. With ``previous``, the papers that it knows keep their topics and the
    topics their labels, and new papers are placed at the nearest, unless more than a quarter of the library has come or
    gone since. ``progress`` is called with how many papers have been read for phrases, and of how many.
    """
    if not papers:
        return Topics()
    order = sorted(range(len(papers)), key=lambda i: (papers[i].key, papers[i].title))
    papers = [papers[i] for i in order]
    vectors = np.asarray(vectors, dtype=np.float32)[order]
    kept = _kept(previous, papers, vectors) if previous else None
    if kept is not None:
        return kept
    phrases = _read_phrases(papers, progress)
    clusters, floor = _clusters(vectors, phrases)
    return _named(papers, vectors, clusters, phrases, floor)


def by_year(topics: Topics, papers: Iterable[Paper]) -> list[TopicYear]:
    """A row for every topic in every year that has papers, years ascending; papers without a date are in none."""
    years: dict[int, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for paper in papers:
        topic = topics.of(paper.key)
        if paper.year is not None and topic is not None:
            years[paper.year][topic.label].append(paper.key)
    rows: list[TopicYear] = []
    for year, found in sorted(years.items()):
        total = sum(map(len, found.values()))
        for topic in topics.topics:
            keys = sorted(found.get(topic.label, []))
            rows.append(
                {"year": year, "topic": topic.label, "papers": len(keys), "share": len(keys) / total, "keys": keys}
            )
    return rows


def most_topics(papers: int) -> int:
    """How many topics there may be: two more for each doubling. 2 of 5 papers, 8 of 37, 19 of 2,000, 25 of 18,000."""
    return min(MOST_TOPICS, max(1, round(2 * math.log2(max(papers, 1)) - 2.5)))


def _kept(previous: Topics, papers: Sequence[Paper], vectors: Vectors) -> Topics | None:
    """The topics as they were with the new papers placed; None where too much has changed."""
    keys = {paper.key for paper in papers}
    new = [i for i, paper in enumerate(papers) if previous.of(paper.key) is None]
    gone = sum(key not in keys for topic in previous.topics for key in topic.papers)
    changed = previous.changed + len(new) + gone
    named = [topic for topic in previous.topics if topic.label != OTHER]
    if changed > CHANGED_TOO_MUCH * previous.size or any(len(t.centroid) != vectors.shape[1] for t in named):
        return None
    members = {t.label: [key for key in t.papers if key in keys] for t in previous.topics}
    centroids = np.array([t.centroid for t in named], dtype=np.float32).reshape(len(named), vectors.shape[1])
    for i in new:
        similar = centroids @ vectors[i]
        fits = named and similar.max() >= previous.floor
        members.setdefault(named[int(similar.argmax())].label if fits else OTHER, []).append(papers[i].key)
    was = {topic.label: topic for topic in previous.topics} | {OTHER: Topic(OTHER, (), (), ())}
    topics = (Topic(label, was[label].terms, tuple(found), was[label].centroid) for label, found in members.items())
    return Topics(_ranked(topics), previous.floor, previous.size, changed)


def _ranked(topics: Iterable[Topic]) -> tuple[Topic, ...]:
    held = [topic for topic in topics if topic.papers]
    return tuple(sorted(held, key=lambda topic: (topic.label == OTHER, -len(topic.papers), topic.label)))


def _named(papers: Sequence[Paper], vectors: Vectors, clusters: Clusters, phrases: _Phrases, floor: float) -> Topics:
    """Topics of clusters (n,); cluster -1 and those without a phrase of their own are ``other``."""
    topics, other = [], [papers[i].key for i in np.flatnonzero(clusters < 0).tolist()]
    for cluster, terms in enumerate(_terms(papers, clusters, phrases)):
        members = np.flatnonzero(clusters == cluster)
        if not terms:
            other += [papers[i].key for i in members.tolist()]
            continue
        centroid = _unit(vectors[members].sum(axis=0))
        central = members[np.argsort(-(vectors[members] @ centroid).round(6), kind="stable")]
        keys = tuple(papers[i].key for i in central.tolist())
        topics.append(Topic(terms[0], tuple(terms[1:]), keys, tuple(centroid.astype(float).round(6).tolist())))
    return Topics(_ranked([*topics, Topic(OTHER, (), tuple(sorted(other)), ())]), floor, len(papers))


# Clusters


@dataclass(frozen=True, slots=True)
class _Cut:
    """Disjoint nodes of a tree, and what they are worth: papers times how well they are named."""

    worth: float = 0.0
    nodes: tuple[int, ...] = ()


def _clusters(vectors: Vectors, phrases: _Phrases) -> tuple[Clusters, float]:
    """The cluster of each row (n,), -1 for none, and the cosine to a centroid below which a row is in none."""
    members, children = _tree(vectors)
    seeds = _best_cut(members, children, phrases, most_topics(len(vectors)))
    if not seeds:
        return np.full(len(vectors), -1, dtype=np.intp), -1.0
    centroids = _unit(np.stack([vectors[seed].sum(axis=0) for seed in seeds]))
    for _ in range(ROUNDS):
        clusters = (vectors @ centroids.T).argmax(axis=1)
        sums = np.stack([vectors[clusters == c].sum(axis=0) for c in np.unique(clusters)])
        centroids = _unit(sums)
    clusters = np.unique(clusters, return_inverse=True)[1]
    # Against the centroid of the others: in a small cluster, a paper is much of its own centroid.
    others = sums[clusters] - vectors
    alone = np.linalg.norm(others, axis=1) < 1e-6
    similar = np.where(alone, 1.0, (vectors * _unit(others)).sum(axis=1))
    middle = float(np.median(similar))
    spread = max(1.4826 * float(np.median(np.abs(similar - middle))), LEAST_SPREAD)
    floor = middle - OUTLYING * spread
    return np.where(similar < floor, -1, clusters), floor


def _tree(vectors: Vectors) -> tuple[list[list[int]], list[tuple[int, int]]]:
    """Average-linkage clustering by cosine: the rows at each node, leaves first, and the children of those above.

    The library's mean is taken off first: what all papers of one author share sets none apart (Mu and Viswanath, 2018).
    """
    from scipy.cluster.hierarchy import linkage

    centred = _unit(vectors - vectors.mean(axis=0))
    leaves = np.arange(len(vectors))
    if len(vectors) > MOST_LEAVES:
        from sklearn.cluster import KMeans

        distinct = len(np.unique(centred, axis=0))
        # Leaves are joined again, so that a careful start (k-means++) would be time spent for nothing.
        found = KMeans(min(MOST_LEAVES, distinct), init="random", n_init=1, max_iter=30, random_state=0).fit(centred)
        leaves, centred = found.labels_, _unit(found.cluster_centers_)
    members: list[list[int]] = [[] for _ in range(len(centred))]
    for row, leaf in enumerate(leaves):
        members[leaf].append(row)
    children: list[tuple[int, int]] = []
    if len(centred) > 1:
        # Of unit rows, the squared distance is twice the cosine distance, and defined for a row of zeros too.
        joined = linkage(centred.astype(np.float64), "average", metric="sqeuclidean")
        children = [(int(left), int(right)) for left, right in joined[:, :2]]
    for left, right in children:
        members.append(members[left] + members[right])
    return members, children


def _best_cut(
    members: list[list[int]], children: list[tuple[int, int]], phrases: _Phrases, most: int
) -> list[list[int]]:
    """The disjoint nodes, ``most`` at most, whose papers are told best by phrases; papers may be left out."""
    sizes = np.array([len(rows) for rows in members])
    naming = _naming(members, phrases)
    least = min(2, int(sizes[-1]))
    worth = np.where(sizes >= least, sizes * (naming - LEAST_NAMING), 0.0)
    cuts: list[list[_Cut]] = []
    leaves = len(members) - len(children)
    for node in range(len(members)):
        best = [_Cut()] + ([_Cut(float(worth[node]), (node,))] if worth[node] > 0 else [])
        if node >= leaves:
            left, right = (cuts[child] for child in children[node - leaves])
            best = _joined(best, left, right, most)
        cuts.append(best)
    return [members[node] for node in max(cuts[-1], key=lambda cut: cut.worth).nodes]


def _joined(whole: list[_Cut], left: list[_Cut], right: list[_Cut], most: int) -> list[_Cut]:
    """The best cut into each number of parts: the node as a whole, or parts of its two children."""
    best = dict(enumerate(whole))
    for a in left:
        for b in right:
            parts, worth = len(a.nodes) + len(b.nodes), a.worth + b.worth
            if parts <= most and (parts not in best or worth > best[parts].worth):
                best[parts] = _Cut(worth, a.nodes + b.nodes)
    return [best[parts] for parts in sorted(best)]


def _unit(rows: Vectors) -> Vectors:
    """Rows of length 1; a row of zeros stays one."""
    lengths = np.linalg.norm(rows, axis=-1, keepdims=True)
    return np.asarray(rows / np.where(lengths < 1e-6, 1.0, lengths), dtype=np.float32)


# Phrases

_WORD = re.compile(r"[^\W_]+(?:[-‐‑–'’][^\W_]+)*")
_HYPHEN = re.compile("[-‐‑–]")
_ADJECTIVE = re.compile(r"(?:al|ic|ive|ous|ble|ful|less|(?<!m)ent)$")
_SENTENCE_START = re.compile(r"(?:^|[.!?:;]\s+|\n\s*)$")


@dataclass(frozen=True, slots=True)
class _Phrases:
    """Phrases that could be a label, and which papers say them.

    ``weights`` (n, phrases) is 1 where a title says the phrase, ABSTRACT_WEIGHT where an abstract does. ``spellings``
    are in lower case, commonest first; ``words`` are stems. ``fitness`` (phrases,) in [0, 1] is how fit a phrase is to
    be a label, whatever the papers.
    """

    weights: csr_matrix
    fitness: NDArray[np.float64]
    spellings: list[list[str]]
    words: list[frozenset[str]]


@lru_cache(maxsize=131_072)
def _word_key(word: str) -> str:
    """What spellings of a word have in common: ``few-shot`` and ``fewshot``, ``anaemia`` and ``anemia``, ``LLMs``."""
    key = "".join(stem(part) for part in _HYPHEN.split(word))
    key = re.sub(r"ae|oe", "e", key)
    return key[:-1] if len(key) > 3 and key.endswith("s") and not key.endswith("ss") else key


@lru_cache(maxsize=131_072)
def _is_wide(word: str) -> bool:
    singulars = (word, word.removesuffix("s"), word.removesuffix("es"), word.removesuffix("ies") + "y")
    return any(form in WIDE_WORDS for form in singulars) or word[0].isdigit()


def _runs(text: str) -> Iterator[list[str]]:
    """Words in lower case with one blank between them and no stop word: noun phrases stand within such a run."""
    run: list[str] = []
    last = 0
    for match in _WORD.finditer(text):
        word = match[0].lower().replace("’", "'")
        stops = word in STOP_WORDS
        if run and (stops or text[last : match.start()] != " "):
            yield run
            run = []
        if not stops:
            run.append(word)
        last = match.end()
    if run:
        yield run


def _spans(run: list[str]) -> Iterator[tuple[int, int]]:
    """Where phrases that could be a label stand in a run."""
    for start, word in enumerate(run):
        if _is_wide(word):
            continue
        for end in range(start + 1, min(start + LONGEST_LABEL, len(run)) + 1):
            last = run[end - 1]
            if not last.isdigit() and not last.endswith(("ed", "ly")) and (end - start > 1 or len(last) > 2):
                yield start, end


def _key(words: Sequence[str]) -> str:
    return "".join(map(_word_key, words))


@dataclass(slots=True)
class _Tally:
    """What is counted of one phrase: the papers that say it and where, how it is spelled, and how often it goes on."""

    papers: dict[int, float] = field(default_factory=dict)
    spellings: Counter[str] = field(default_factory=Counter)
    to_left: int = 0
    to_right: int = 0

    def count(self, paper: int, weight: float, run: list[str], start: int, end: int) -> None:
        self.papers.setdefault(paper, weight)
        self.spellings[" ".join(run[start:end])] += 1
        self.to_left += start > 0 and not _is_wide(run[start - 1])
        self.to_right += end < len(run) and (end - start > 1 or not _is_wide(run[end]))

    def by_frequency(self) -> list[str]:
        return sorted(self.spellings, key=lambda spelling: (-self.spellings[spelling], spelling))

    def is_whole(self) -> bool:
        """Whether the phrase stands for itself often enough. A head noun may always have other words before it."""
        seen = self.spellings.total()
        single = " " not in next(iter(self.spellings))
        return self.to_right <= MOST_RIGHT * seen + 0.5 and (single or self.to_left <= MOST_LEFT * seen + 0.5)


def _read_phrases(papers: Sequence[Paper], progress: Callable[[int, int], None] | None) -> _Phrases:
    """Every phrase that a title holds and that at least two papers say; of one paper, every phrase of its title."""
    titles = (run for paper in papers for run in _runs(paper.title))
    tallies = {_key(run[start:end]): _Tally() for run in titles for start, end in _spans(run)}
    for row, paper in enumerate(papers):
        for text, weight in ((paper.title, 1.0), (paper.abstract, ABSTRACT_WEIGHT)):
            for run in _runs(text):
                for start, end in _spans(run):
                    tally = tallies.get(_key(run[start:end]))
                    if tally is not None:
                        tally.count(row, weight, run, start, end)
        if progress is not None:
            progress(row + 1, len(papers))
    for name in _coined(papers):
        tallies.pop(name, None)
    least = min(2, len(papers))
    return _phrases([t for t in tallies.values() if len(t.papers) >= least and t.is_whole()], len(papers))


def _phrases(tallies: Iterable[_Tally], papers: int) -> _Phrases:
    from scipy.sparse import csr_matrix

    spelled = [(tally, tally.by_frequency()) for tally in tallies]
    fit = [(t, forms, f) for t, forms in spelled if (f := _fitness(forms[0].split())) >= LEAST_FITNESS]
    rows = [row for tally, _, _ in fit for row in tally.papers]
    columns = np.repeat(np.arange(len(fit)), [len(tally.papers) for tally, _, _ in fit])
    weights = np.array([weight for tally, _, _ in fit for weight in tally.papers.values()], dtype=np.float32)
    return _Phrases(
        csr_matrix((weights, (rows, columns)), shape=(papers, len(fit))),
        np.array([fitness for _, _, fitness in fit], dtype=np.float64),
        [forms for _, forms, _ in fit],
        [frozenset(_word_key(part) for part in _HYPHEN.sub(" ", forms[0]).split()) for _, forms, _ in fit],
    )


def _fitness(words: list[str]) -> float:
    """How fit a phrase is to be a label, in [0, 1]: two or three telling words rather than one common word."""
    if len(words) > 1:
        return sum(0.5 if _is_wide(word) else 0.75 + 0.25 * rarity(word) for word in words) / len(words)
    known = rarity(words[0])
    return 0.0 if _ADJECTIVE.search(words[0]) or (words[0].endswith("ing") and known < 1) else 0.2 + 0.5 * known


def _coined(papers: Sequence[Paper]) -> set[str]:
    """Names that papers give to what they bring ("NAME: what it is"): they name a paper, not a topic."""
    heads = (_WORD.findall(paper.title.partition(":")[0]) for paper in papers if ":" in paper.title)
    names = (head[0] for head in heads if len(head) == 1)
    return {_word_key(name.lower()) for name in names if sum(letter.isupper() for letter in name) > 1}


# Labels


def _scores(groups: Sequence[Sequence[int]], phrases: _Phrases) -> tuple[Clusters, Clusters, NDArray[np.float64]]:
    """(groups, phrases, scores), one row a phrase that a group could be named by.

    The score is the F1 of the phrase as a test of who is in the group, with papers weighed by where they say it, times
    the phrase's fitness. At least two papers of the group say it, where it has two.
    """
    from scipy.sparse import csr_matrix

    sizes = np.array([len(group) for group in groups])
    rows = np.repeat(np.arange(len(groups)), sizes)
    shape = (len(groups), phrases.weights.shape[0])
    inside = csr_matrix((np.ones(len(rows), dtype=np.float32), (rows, np.concatenate(groups))), shape=shape)
    said = (inside @ phrases.weights).tocoo()
    counts = np.asarray((inside @ (phrases.weights > 0).astype(np.float32))[said.row, said.col]).ravel()
    totals = np.asarray(phrases.weights.sum(axis=0)).ravel()
    scores = 2 * said.data / (sizes[said.row] + totals[said.col]) * phrases.fitness[said.col]
    usable = counts >= np.minimum(2, sizes[said.row])
    return said.row[usable], said.col[usable], scores[usable]


def _naming(groups: Sequence[Sequence[int]], phrases: _Phrases) -> NDArray[np.float64]:
    """How well its best phrase tells each group (groups,)."""
    rows, _, scores = _scores(groups, phrases)
    best = np.zeros(len(groups))
    np.maximum.at(best, rows, scores)
    return best


def _terms(papers: Sequence[Paper], clusters: Clusters, phrases: _Phrases) -> list[list[str]]:
    """The label of each cluster and more that tells it; no label is part of another. Empty where nothing tells one."""
    groups = [np.flatnonzero(clusters == c).tolist() for c in range(int(clusters.max(initial=-1)) + 1)]
    if not groups:
        return []
    rows, columns, scores = _scores(groups, phrases)
    order = np.lexsort((columns, -scores.round(6)))
    ranked = [(int(rows[i]), int(columns[i])) for i in order]
    labels: dict[int, int] = {}
    terms: list[list[str]] = [[] for _ in groups]
    for group, phrase in ranked:
        if group in labels or any(_overlap(phrases, phrase, label) for label in labels.values()):
            continue
        written = _written(papers, groups[group], phrases, phrase)
        if written is not None:
            labels[group] = phrase
            terms[group].append(written)
    chosen = {group: [label] for group, label in labels.items()}
    for group, phrase in ranked:
        held = chosen.get(group, [])
        if not held or len(held) == MOST_TERMS or any(_overlap(phrases, phrase, term) for term in held):
            continue
        written = _written(papers, groups[group], phrases, phrase)
        if written is not None:
            held.append(phrase)
            terms[group].append(written)
    return terms


def _overlap(phrases: _Phrases, one: int, other: int) -> bool:
    a, b = phrases.words[one], phrases.words[other]
    return a <= b or b <= a


def _written(papers: Sequence[Paper], group: Sequence[int], phrases: _Phrases, phrase: int) -> str | None:
    """The phrase as the group's papers write it most often; None where no two of them write it in one way.

    Capitals are taken from abstracts, within a sentence: titles and the starts of sentences have them for show.
    """
    said = phrases.weights[:, [phrase]].tocoo().row
    saying = [papers[i] for i in sorted(set(group) & set(said.tolist()))[:READ_FOR_SPELLING]]
    for spelling in phrases.spellings[phrase]:
        pattern = re.compile(rf"(?<!\w){re.escape(spelling)}(?!\w)".replace("'", "['’]"), re.IGNORECASE)
        if sum(bool(pattern.search(p.title) or pattern.search(p.abstract)) for p in saying) >= min(2, len(group)):
            forms = _forms_in_running_text(pattern, saying)
            return forms or " ".join(_word_as_written(word, saying) for word in spelling.split())
    return None


def _forms_in_running_text(pattern: re.Pattern[str], papers: Sequence[Paper]) -> str | None:
    forms = Counter(
        match[0]
        for paper in papers
        for match in pattern.finditer(paper.abstract)
        if not _SENTENCE_START.search(paper.abstract[max(0, match.start() - 4) : match.start()])
    )
    return max(forms, key=lambda form: (forms[form], sum(map(str.islower, form)), form), default=None)


def _word_as_written(word: str, papers: Sequence[Paper]) -> str:
    """A word of a phrase that only titles hold: as the abstracts write it, or with no capital but those within it."""
    pattern = re.compile(rf"(?<!\w){re.escape(word)}(?!\w)", re.IGNORECASE)
    found = _forms_in_running_text(pattern, papers)
    if found is not None:
        return found
    titles = [match[0] for paper in papers for match in pattern.finditer(paper.title)]
    return next((form for form in titles if any(map(str.isupper, form[1:])) and "-" not in form), word)
