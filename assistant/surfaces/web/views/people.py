"""The view "People": the persons who may share the author's name, why, what was decided of them; and the co-authors.

Names, labels and titles come from papers: they reach the page as characters only.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import replace
from typing import TYPE_CHECKING

from assistant.analysis.people import CoAuthor, Person
from assistant.papers import clean
from assistant.surfaces.markup import escape, one_line
from assistant.surfaces.web.actions.people import MOST_GROUPED, Found, Seen, look, name_of, seen_of
from assistant.surfaces.web.holdings import chosen, number_of_papers
from assistant.surfaces.web.views import frame, removed

if TYPE_CHECKING:
    from assistant.surfaces.web.desk import Desk
    from assistant.surfaces.web.visit import Visit

_MOST_GROUPS = 30
_MOST_PAPERS = 30
"""Papers of a group that are listed before one asks for all."""


def draw(desk: Desk, visit: Visit) -> str:
    top = f'<div class="pt-view-top"><h2>People</h2>{frame.which(desk, visit, "people-")}</div>'
    if visit.place.choice and not chosen(desk, visit):
        return f'<section class="pt-people">{top}{frame.none_chosen(desk, visit, "people-")}</section>'
    job = look(desk, visit)
    if job.is_running:
        body = '<p role="status" data-poll="poll">Looking who is behind the name …</p>'
    elif job.result is None:
        body = frame.problem(job.problem, may_edit=desk.may_edit(visit))
    else:
        body = _persons(desk, visit, job.result) + _coauthors(desk, visit, job.result.coauthors)
    return f'<section class="pt-people">{removed.draw(desk, visit)}{top}{_whose(desk, visit)}{body}</section>'


def _whose(desk: Desk, visit: Visit) -> str:
    """Whom one looks at, and the way to another name."""
    owner, name = desk.assistant(visit).people.owner, name_of(visit)
    back = ""
    if name and owner:
        there = escape("?" + _query(desk, visit, view="people"))
        words = f"Back to {owner}"
        back = f'<a id="people-back" href="{there}" data-do="people-name" data-name="">{escape(one_line(words))}</a>'
    return (
        '<form class="pt-people-name" data-do="people-name"><label for="people-name">Name</label>'
        f'<input id="people-name" name="name" value="{escape(name)}" placeholder="{escape(one_line(owner or ""))}" '
        'list="filter-people" maxlength="200" autocomplete="off" dir="auto">'
        f'<button type="submit" class="pt-main" id="people-look">Look</button>{back}</form>'
    )


def _query(desk: Desk, visit: Visit, **changes: object) -> str:
    # mypy cannot check the fields that a dictionary names; ``replace`` refuses any that there is not.
    place = replace(visit.place, **{"paper": "", "search": "", "figure": "", **changes})  # type: ignore[arg-type]
    return place.to_query(desk.shelf.settings.library)


# ---- the persons behind a name


def _persons(desk: Desk, visit: Visit, found: Found) -> str:
    name = name_of(visit) or desk.assistant(visit).people.owner
    if not name:
        return '<p class="pt-note">The sources name no author; give a name to see who is behind it.</p>'
    heading = f'<h3 dir="auto">Who is behind “{escape(one_line(name))}”?</h3>'
    if not found.papers:
        return f'{heading}<p class="pt-note">There is no paper here yet.</p>'
    if not found.persons:
        return (
            f'{heading}<p class="pt-note">{found.papers:,} papers show this name. More than {MOST_GROUPED:,} are not '
            "grouped here, for each would be compared with each other one.</p>"
        )
    seen = seen_of(visit)
    keys = {paper.key for paper in chosen(desk, visit)}
    persons = [person for person in found.persons if not keys.isdisjoint(person.papers)]
    parts = [_group(desk, visit, found, person, seen, keys) for person in persons[:_MOST_GROUPS]]
    rest = len(persons) - _MOST_GROUPS
    more = f'<p class="pt-note">And {rest:,} more with fewer papers.</p>' if rest > 0 else ""
    return (
        f"{heading}<p>{_verdict(found)}{_unseen(len(found.persons) - len(persons))}</p>"
        f"{_decisions(found) if desk.may_edit(visit) else ''}"
        f'<ol class="pt-persons">{"".join(parts)}</ol>{more}'
    )


def _unseen(count: int) -> str:
    """That there are persons none of whose papers is chosen."""
    return f" {count:,} of them {'has' if count == 1 else 'have'} none of the chosen papers." if count else ""


def _verdict(found: Found) -> str:
    count = len(found.persons)
    if count == 1:
        said = "One person, as far as the papers show."
        return "One person, as you decided." if found.persons[0].decided else said
    if found.is_settled:
        return f"{count:,} different people, as decided. A paper that comes joins the nearest of them."
    return (
        f"These may be papers of {count:,} different people. That is a suggestion: papers are grouped by co-authors, "
        "topics, years and affiliations, and nothing is changed by it."
    )


def _decisions(found: Found) -> str:
    """What can be decided of all groups together."""
    buttons = []
    if len(found.persons) > 1:
        if not found.is_settled:
            buttons.append(
                '<button type="button" class="pt-act" id="people-accept" data-do="people-accept">This grouping is '
                "right</button>"
            )
        buttons.append(
            '<form id="people-merge" data-do="people-merge"><button type="submit" class="pt-act" '
            'id="people-merge-button" title="Tick the groups first">The ticked groups are one person</button></form>'
        )
    if found.is_settled or any(person.decided for person in found.persons):
        buttons.append(
            '<button type="button" class="pt-act" id="people-undo" data-do="people-undo">Undo the last decision'
            "</button>"
        )
    return f'<div class="pt-people-acts" role="group" aria-label="Decide">{"".join(buttons)}</div>' if buttons else ""


def _group(desk: Desk, visit: Visit, found: Found, person: Person, seen: Seen, keys: Set[str]) -> str:
    """A person: what speaks for them, and those of their papers that are chosen, by ``keys``."""
    key = escape(person.papers[0])
    label = f': <span dir="auto">{escape(one_line(person.label))}</span>' if person.label else ""
    facts = " · ".join(filter(None, [_years(desk, visit, person), "as decided" if person.decided else ""]))
    count = sum(one in keys for one in person.papers)
    of_all = number_of_papers(len(person.papers))
    written = of_all if count == len(person.papers) else f"{count:,} of {of_all}"
    heading = f"<h4>{written}{label}</h4><small>{facts}</small>"
    if desk.may_edit(visit) and len(found.persons) > 1:
        heading = (
            f'<label><input type="checkbox" form="people-merge" id="group-{key}" name="group-{key}" value="{key}" '
            f'aria-label="Person {person.number}"></label><div>{heading}</div>'
        )
    evidence = "".join(f'<li dir="auto">{escape(one_line(_sentence(reason)))}</li>' for reason in person.evidence)
    return (
        f'<li class="pt-person"><div class="pt-person-top">{heading}</div><ul class="pt-evidence">{evidence}</ul>'
        f"{_papers(desk, visit, person, seen, keys)}{_keep(desk, visit, found, person)}</li>"
    )


def _sentence(reason: str) -> str:
    return f"{reason[:1].upper()}{reason[1:]}."


def _years(desk: Desk, visit: Visit, person: Person) -> str:
    papers = desk.assistant(visit).library.papers
    years = [year for key in person.papers if key in papers and (year := papers[key].year)]
    if not years:
        return ""
    first, last = min(years), max(years)
    return str(first) if first == last else f"{first} to {last}"


def _papers(desk: Desk, visit: Visit, person: Person, seen: Seen, keys: Set[str]) -> str:
    """The group's chosen papers, folded; who may decide can split some off."""
    first = person.papers[0]
    papers = desk.assistant(visit).library.papers
    own = [key for key in person.papers if key in keys]
    newest = sorted(own, key=lambda key: -(papers[key].year or 0) if key in papers else 0)
    shown = newest if first in seen.whole else newest[:_MOST_PAPERS]
    left = len(own) - len(shown)
    summary = "The paper" if len(own) == 1 else f"The {len(own):,} papers"
    can_split = desk.may_edit(visit) and len(person.papers) > 1
    rows = "".join(f"<li>{_paper(desk, visit, key, can_split)}</li>" for key in shown)
    listed = f"<ul>{rows}</ul>"
    if left:
        listed += (
            f'<button type="button" class="pt-act" id="whole-{escape(first)}" data-do="people-whole" '
            f'data-key="{escape(first)}">Show {left:,} more</button>'
        )
    if can_split:
        listed = (
            f'<form data-do="people-split">{listed}<button type="submit" class="pt-act" id="split-{escape(first)}">'
            "Split the ticked papers off</button></form>"
        )
    return f'<details id="papers-{escape(first)}" data-keep><summary>{summary}</summary>{listed}</details>'


def _paper(desk: Desk, visit: Visit, key: str, can_split: bool) -> str:
    paper = desk.assistant(visit).library.papers.get(key)
    title = escape(one_line(clean(paper.title)) if paper and paper.title else key)
    there = escape("?" + _query(desk, visit, view="library", paper=key))
    name = escape(key)
    tick = (
        f'<input type="checkbox" id="paper-{name}" name="paper-{name}" value="{name}" aria-label="{title}">'
        if can_split
        else ""
    )
    year = f" <small>{paper.year}</small>" if paper and paper.year else ""
    return (
        f'{tick}<span><a id="to-{name}" href="{there}" data-do="go" data-view="library" data-paper="{name}" '
        f'dir="auto">{title}</a>{year}</span>'
    )


def _keep(desk: Desk, visit: Visit, found: Found, person: Person) -> str:
    """The way to a library of one person: the papers of all others go."""
    others = found.papers - len(person.papers)
    if not desk.may_edit(visit) or name_of(visit) or not others:
        return ""
    gone = "the 1 paper" if others == 1 else f"the {others:,} papers"
    confirm = f"Remove {gone} of all others from this library? A button then puts them back."
    return (
        f'<button type="button" class="pt-act" id="keep-{escape(person.papers[0])}" data-do="people-keep" '
        f'data-key="{escape(person.papers[0])}" data-count="{others}" data-confirm="{escape(confirm)}">Keep only this '
        "person's papers</button>"
    )


# ---- who wrote with them


def _coauthors(desk: Desk, visit: Visit, coauthors: Sequence[CoAuthor]) -> str:
    if not coauthors:
        return '<h3>Co-authors</h3><p class="pt-note">The papers name nobody else.</p>'
    shown = coauthors[: seen_of(visit).coauthors]
    among = " in the chosen papers" if visit.place.choice else ""
    rows = "".join(_coauthor(desk, visit, other, place) for place, other in enumerate(shown, 1))
    more = len(coauthors) - len(shown)
    button = (
        '<button type="button" class="pt-act" id="people-more" data-do="people-more">Show more</button>' if more else ""
    )
    return (
        f'<h3>Co-authors</h3><p class="pt-note">{len(shown):,} of {len(coauthors):,}{among}, most papers first</p>'
        '<div class="pt-table" role="region" aria-label="Co-authors" tabindex="0"><table><thead><tr>'
        '<th scope="col">Name</th><th scope="col" class="pt-number">Papers</th><th scope="col">Years</th>'
        f'<th scope="col"><span class="pt-unseen">Ask</span></th></tr></thead><tbody>{rows}</tbody></table></div>'
        f"{button}"
    )


def _coauthor(desk: Desk, visit: Visit, other: CoAuthor, place: int) -> str:
    name, words = escape(other.name), escape(one_line(other.name))
    person = replace(visit.place.choice, person=other.name, only="")
    to_name = escape("?" + _query(desk, visit, view="people", search=other.name))
    to_papers = escape("?" + _query(desk, visit, view="library", choice=person))
    to_chat = escape("?" + _query(desk, visit, view="chat", choice=person))
    years = "" if not other.first else str(other.first)
    if other.last and other.last != other.first:
        years += f" to {other.last}"
    count = len(other.papers)
    return (
        f'<tr><td class="pt-long" dir="auto"><a id="coauthor-{place}" href="{to_name}" data-do="people-name" '
        f'data-name="{name}">{words}</a></td>'
        f'<td class="pt-number"><a id="coauthor-{place}-papers" href="{to_papers}" data-do="people-with" '
        f'data-view="library" data-person="{name}" aria-label="{number_of_papers(count)} with {words}">{count:,}</a>'
        f'</td><td>{years}</td><td><a id="coauthor-{place}-ask" href="{to_chat}" data-do="people-with" '
        f'data-view="chat" data-person="{name}" aria-label="Ask about the papers with {words}">Ask about these</a>'
        "</td></tr>"
    )
