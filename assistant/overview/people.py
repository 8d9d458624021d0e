"""Co-authors: who wrote most of the papers, and who of them wrote with whom."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assistant.analysis.figures import Link, Node, bars, network, numbered
from assistant.answering.wording import counted, join
from assistant.catalogue import by_date
from assistant.namesakes import Namesakes
from assistant.overview.finding import Finding, Keys, number_of, sentences
from assistant.papers import Paper

_MOST_NODES = 40
_MOST_LINKS = 120
_EVERYWHERE = 0.8
"""Who is on this share of the papers or more is left out of the network, where every line would lead there."""
_LARGEST, _ASPECT = 0.026, 1.7
"""The radius of the largest node in parts of the picture's height, and the picture's width by its height."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in the author lists, with the keys of the papers."""

    name: str
    papers: frozenset[str]


_Joint = tuple[Link, frozenset[str]]
"""Two persons, and the papers that they share."""


def coauthors(papers: Sequence[Paper], namesakes: Namesakes) -> list[Person]:
    """Everybody in the author lists of the papers but the library's own author, most papers first. Persons of one
    name whom the user has told apart are each on their own."""
    here, apart = {paper.key for paper in papers}, namesakes.apart()
    written: defaultdict[str, set[str]] = defaultdict(set)
    for other in namesakes.coauthors():
        for key in here.intersection(other.papers):
            written[apart.called(other.name, key)].add(key)
    people = [Person(name, frozenset(keys)) for name, keys in written.items()]
    return sorted(people, key=lambda person: (-len(person.papers), person.name))


def frequent_coauthors(people: Sequence[Person], papers: Sequence[Paper]) -> Finding | None:
    """The co-authors by their papers; None where there are not two, or all have as many."""
    question = "Who are the most frequent co-authors?"
    chart = bars(
        [person.name for person in people],
        [len(person.papers) for person in people],
        title=question,
        label="co-author",
        over_time=False,
    )
    if chart is None:
        return None
    most = len(people[0].papers)
    best = [person.name for person in people if len(person.papers) == most]
    named = join(best) if len(best) < 4 else f"{best[0]} and {len(best) - 1} more"
    verb = "is" if len(best) == 1 else "are"
    answer = f"Of {number_of(len(people), 'co-author')}, {named} {verb} on the most of these papers: {most:,}"
    by_key = {paper.key: paper for paper in papers}
    keys = tuple(_in_order(person.papers, by_key) for person in people)
    rows = tuple(_row(person.name, own, by_key) for person, own in zip(people, keys, strict=True))
    answer = f"{answer}{' each' * (len(best) > 1)}."
    return Finding("co-authors", question, answer, numbered(chart), rows, keys, _cut(papers))


def coauthor_network(people: Sequence[Person], papers: Sequence[Paper], owner: str | None) -> Finding | None:
    """Who of the most frequent co-authors wrote with whom; None where nobody did.

    ``owner`` is the library's own author, who is in no list of people.
    """
    everywhere = [person.name for person in people if len(person.papers) >= _EVERYWHERE * len(papers)]
    others = [person for person in people if person.name not in everywhere]
    shown, joined = _joined(others[:_MOST_NODES])
    drawn = _backbone(joined)
    question = "Who works with whom?"
    chart = network(_nodes(shown, drawn), [link for link, _ in drawn], title=question)
    if chart is None:
        return None
    by_key = {paper.key: paper for paper in papers}
    keys = (*(person.papers for person in shown), *(shared for _, shared in drawn))
    note = sentences(
        (
            _left_out([*([owner] if owner else []), *everywhere]),
            *_drawn(len(shown), len(others), len(drawn), len(joined)),
            _cut(papers),
        )
    )
    return Finding(
        "co-author-network",
        question,
        _strongest(shown, [link for link, _ in joined]),
        chart,
        tuple(
            {"one": shown[link.one].name, "other": shown[link.other].name, "papers": link.papers, "keys": [*own]}
            for link, own in ((link, _in_order(shared, by_key)) for link, shared in joined)
        ),
        tuple(_in_order(some, by_key) for some in keys),
        note,
    )


def _in_order(keys: frozenset[str], papers: Mapping[str, Paper]) -> Keys:
    return tuple(sorted(keys, key=lambda key: by_date(papers[key])))


def _row(name: str, keys: Keys, papers: Mapping[str, Paper]) -> Mapping[str, Any]:
    years = [year for key in keys if (year := papers[key].year) is not None]
    return {
        "co-author": name,
        "papers": len(keys),
        "first": years[0] if years else None,
        "last": years[-1] if years else None,
    }


def _joined(people: Sequence[Person]) -> tuple[list[Person], list[_Joint]]:
    """Those who wrote with another of them, and who with whom, most papers first, each with the papers."""
    pairs = itertools.combinations(people, 2)
    joint = [(one, other, shared) for one, other in pairs if (shared := one.papers & other.papers)]
    held = {person.name for one, other, _ in joint for person in (one, other)}
    kept = [person for person in people if person.name in held]
    place = {person.name: number for number, person in enumerate(kept)}
    links = [(Link(place[one.name], place[other.name], len(shared)), shared) for one, other, shared in joint]
    return kept, sorted(links, key=lambda pair: (-pair[0].papers, pair[0].one, pair[0].other))


def _backbone(joined: Sequence[_Joint]) -> Sequence[_Joint]:
    """As many links as a reader can follow: the strongest of each person, and then the strongest of all."""
    if len(joined) <= _MOST_LINKS:
        return joined
    strongest: dict[int, Link] = {}
    for link, _ in joined:
        strongest.setdefault(link.one, link)
        strongest.setdefault(link.other, link)
    first = set(strongest.values())
    ranked = sorted(joined, key=lambda joint: joint[0] not in first)
    kept = {link for link, _ in ranked[:_MOST_LINKS]}
    return [joint for joint in joined if joint[0] in kept]


def _nodes(people: Sequence[Person], links: Sequence[_Joint]) -> list[Node]:
    import numpy as np

    from assistant.analysis.network import placed

    joined = np.zeros((len(people), len(people)), dtype=np.bool_)
    for link, _ in links:
        joined[link.one, link.other] = joined[link.other, link.one] = True
    sizes = np.array([len(person.papers) for person in people], dtype=np.float64)
    places = placed(joined, _LARGEST * np.sqrt(sizes / sizes.max(initial=1)), _ASPECT)
    return [
        Node(person.name, len(person.papers), round(x, 4), round(y, 4))
        for person, (x, y) in zip(people, places.tolist(), strict=True)
    ]


def _strongest(people: Sequence[Person], links: Sequence[Link]) -> str:
    """Who shares most papers, of those who wrote together."""
    pairs = f"{number_of(len(links), 'pair')} of co-authors who wrote together"
    most = links[0].papers
    ties = sum(link.papers == most for link in links)
    if most == 1:
        return f"The {pairs} here share{'s' * (len(links) == 1)} one paper{' each' * (len(links) > 1)}."
    one, other = people[links[0].one].name, people[links[0].other].name
    if ties > 1:
        return f"{ties:,} of the {pairs} here share {counted(most)} each, the most, among them {one} and {other}."
    return f"{one} and {other} share {counted(most)}, the most of the {pairs} here."


def _left_out(names: Sequence[str]) -> str:
    """Who would be joined to everybody, so that the picture were a star."""
    if not names:
        return ""
    return f"{join(names)} {'is' if len(names) == 1 else 'are'} left out, being on nearly all of these papers."


def _drawn(nodes: int, people: int, lines: int, links: int) -> Iterator[str]:
    if nodes < people:
        most = f"the {_MOST_NODES} with most papers" if people > _MOST_NODES else "these"
        who = most if nodes == _MOST_NODES else f"those of {most} who wrote with another of them"
        yield f"Drawn are {nodes} of {people:,} co-authors: {who}."
    if lines < links:
        yield f"Drawn are the {lines} strongest of {links:,} lines."


def _cut(papers: Sequence[Paper]) -> str:
    """That lists of authors may hide some."""
    hidden = sum(not paper.authors_complete for paper in papers)
    return (
        f"{number_of(hidden, 'list')} of authors end{'s' * (hidden == 1)} in “et al.” and may hide others."
        if hidden
        else ""
    )
