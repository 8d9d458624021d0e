"""The conversation: questions, answers as they come and whole, what can be done with each, and what to ask next.

What papers, models and users say is not trusted: it reaches the page as characters only, and a link is http or https.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from assistant.answering.wording import conditions
from assistant.answers import Answer, Citation, Evidence
from assistant.conversations.store import OVERTAKEN, STOPPED, TIMED_OUT
from assistant.rendering import understood_as, words_alone, words_with_references
from assistant.surfaces.drawing import draw, leading_to_sources
from assistant.surfaces.markup import escape, linked, one_line
from assistant.surfaces.tabular import tabulate
from assistant.surfaces.understood import counted_as, written_by
from assistant.surfaces.web.holdings import chosen, holdings
from assistant.surfaces.web.telling import on_page
from assistant.surfaces.web.views import frame, talks
from assistant.surfaces.web.views.prose import blocks, marker, named, near_link

if TYPE_CHECKING:
    from assistant.surfaces.web.desk import Desk
    from assistant.surfaces.web.visit import Coming, Shown, Visit

_EXAMPLES = 4
_READ = 12
"""Passages that an answer's account lists."""


# ---- regions


def log(desk: Desk, visit: Visit) -> str:
    """The exchanges before the one that was asked last."""
    before, _, _ = visit.parts()
    return talks.shared_note(visit) + "".join(exchange(visit, shown) for shown in before)


def live(desk: Desk, visit: Visit) -> str:
    """The answer that comes, else the exchange that was asked last. It goes into the log with the next question, so
    that nothing moves while it is read."""
    if answering := visit.answering:
        shown = question(answering.question) + partial(answering.coming, visit.current)
        waits = "" if visit.stream else " data-waits"  # the page's script asks for the stream
        return _frame(visit.current, shown, f' aria-busy="true"{waits}')
    _, last, _ = visit.parts()
    return exchange(visit, last) if last else ""


def later(desk: Desk, visit: Visit) -> str:
    """The exchanges after the one that was asked last: an earlier question was asked again."""
    _, _, after = visit.parts()
    return "".join(exchange(visit, shown) for shown in after)


def next_questions(desk: Desk, visit: Visit) -> str:
    """Questions to begin with, or to go on with; where the conversation is there no more, the way to a new one."""
    if visit.answering:
        return ""
    if visit.is_deleted:
        return _DELETED
    if visit.place.choice and holdings(desk, visit).papers and not chosen(desk, visit):
        none = frame.none_chosen(desk, visit, "chat-")
        return none if visit.shown else f'<div class="pt-begin">{none}</div>'
    if visit.shown:
        if visit.wants_follow_ups and visit.place.view == "chat":  # nobody waits for them elsewhere
            return _WAITS
        return _questions("Ask next", visit.follow_ups) if visit.follow_ups else ""
    assistant = desk.assistant(visit)
    if not assistant.library.papers:
        add = '<a href="?view=add" data-do="go" data-view="add">Add papers</a>' if desk.may_edit(visit) else ""
        return f'<div class="pt-begin"><h2>There is no paper here yet.</h2><p>{add}</p></div>'
    return (
        '<div class="pt-begin"><h2>What do you want to know?</h2><p>Ask about methods, datasets, results, people or '
        "trends. Every sentence of an answer leads to the passage that it rests on.</p></div>"
        + _questions("For instance", assistant.examples()[:_EXAMPLES])
    )


_ENDED = {
    TIMED_OUT: TIMED_OUT,
    OVERTAKEN: "Stopped: another question was asked here.",
    STOPPED: "Stopped.",
}
"""What the page says for why an answer is not whole."""
_WAITS = "<span hidden data-waits></span>"
"""The page's script asks for the stream, which brings the questions."""
_DELETED = (
    '<div class="pt-deleted" role="status"><p>This conversation is there no more: it was deleted on another page or in '
    "a terminal, or is shared no more. What stands above is kept nowhere but on this page.</p>"
    '<button type="button" class="pt-main" id="go-on" data-do="again">Go on in a new conversation</button></div>'
)


def _questions(heading: str, questions: Sequence[str]) -> str:
    buttons = "".join(
        f'<li><button type="button" data-do="ask" data-question="{escape(one)}" dir="auto">{escape(one)}</button></li>'
        for one in questions
    )
    return f'<nav class="pt-questions" aria-label="{heading}"><h2>{heading}</h2><ul id="examples">{buttons}</ul></nav>'


# ---- an exchange


def exchange(visit: Visit, shown: Shown) -> str:
    """A question with what became of it, and what can be done with it. What was drawn once is kept."""
    kept = visit.drawn.get(shown.turn)
    if kept is None or kept[0] is not shown:
        kept = visit.drawn[shown.turn] = (shown, _exchange(_on_page(shown, may_edit=visit.may_edit)))
    return kept[1]


def _on_page(shown: Shown, *, may_edit: bool) -> Shown:
    """The same, its sentences with steps that a visitor of the page can take. What is quoted of papers stays."""

    def told(sentence: str) -> str:
        return on_page(sentence, may_edit=may_edit)

    answer = shown.answer
    if answer:
        text = answer.text if answer.answered else told(answer.text)
        answer = replace(answer, text=text, warnings=tuple(map(told, answer.warnings)))
    return replace(shown, answer=answer, problem=told(shown.problem))


def _exchange(shown: Shown) -> str:
    if shown.answer:
        said = reply(shown.answer, shown.turn) + _acts(shown, shown.answer) + account(shown, shown.answer)
    else:
        said = stopped(shown.stopped, shown.turn) if shown.stopped else problem(shown.problem)
        said += _acts(shown, None)
    state = " data-answered" if shown.answer or shown.stopped else ""
    return _frame(shown.turn, question(shown.question, shown.turn) + said, state)


def _frame(turn: int, html: str, state: str = "") -> str:
    return f'<section class="pt-exchange" id="exchange-{turn}" data-turn="{turn}"{state}>{html}</section>'


def _acts(shown: Shown, answer: Answer | None) -> str:
    turn = shown.turn
    parts = [_act(turn, "retry", "Retry", "Ask this again")]
    hidden = ""
    if answer:
        parts = [
            _act(turn, "copy", "Copy", "Copy the answer"),
            _act(turn, "copy-cited", "Copy with references", "Copy the answer with its references"),
            *parts,
        ]
        hidden = _hidden("words", words_alone(answer)) + _hidden("cited", words_with_references(answer))
    if answer and shown.number is not None:
        parts += [_thumb(shown, useful=True), _thumb(shown, useful=False)]
    return f'<div class="pt-acts" role="group" aria-label="This answer">{"".join(parts)}{hidden}</div>' + _why(shown)


def _act(turn: int, name: str, words: str, title: str) -> str:
    return (
        f'<button type="button" class="pt-act" id="{name}-{turn}" data-do="{name}" data-turn="{turn}" title="{title}">'
        f"{words}</button>"
    )


def _thumb(shown: Shown, *, useful: bool) -> str:
    value, words = ("yes", "Useful") if useful else ("no", "Not useful")
    pressed = "true" if shown.useful is useful else "false"
    return (
        f'<button type="button" class="pt-act" id="rate-{shown.turn}-{value}" data-do="rate" data-turn="{shown.turn}" '
        f'data-useful="{value}" aria-pressed="{pressed}">{words}</button>'
    )


def _why(shown: Shown) -> str:
    if shown.useful is not False or shown.has_reason:
        return ""
    return (
        f'<form class="pt-why" data-do="rate" data-turn="{shown.turn}" data-useful="no">'
        f'<label for="why-{shown.turn}">What was wrong?</label>'
        f'<input id="why-{shown.turn}" name="reason" maxlength="500" autocomplete="off">'
        '<button type="submit" class="pt-act">Send</button></form>'
    )


def _hidden(name: str, text: str) -> str:
    return f'<span hidden data-text="{name}">{escape(text).replace(chr(10), "&#10;")}</span>'


# ---- how an answer came about


def account(shown: Shown, answer: Answer) -> str:
    """How the question was understood, what was read, what the check did, and how long each took; folded."""
    rows = [("Understood as", _understood(answer)), ("Answered by", _answered_by(answer))]
    if shown.evidence:
        rows.append((f"Passages read ({len(shown.evidence)})", _passages(shown)))
    if answer.grounding:
        rows.append(("Check of each sentence", _check(answer)))
    rows.append(("Time", _time(answer)))
    body = "".join(f"<dt>{escape(name)}</dt><dd>{html}</dd>" for name, html in rows if html)
    return f'<details class="pt-how"><summary>How this answer came about</summary><dl>{body}</dl></details>'


def _understood(answer: Answer) -> str:
    plan = answer.plan
    whole = one_line(plan.standalone_question)
    asked = f"“{escape(whole if len(whole) <= 300 else whole[:300] + ' …')}”"
    said = counted_as(plan) if plan.is_computed else conditions(plan.filters).strip()
    kind = {
        "look_up": "a question about what the papers say",
        "compare": "a comparison",
        "list": "a list of all that meet it",
        "count": "a number, counted over all papers",
        "trend": "a development over time",
        "who": "a question about persons",
        "about_assistant": "a question about this assistant",
        "off_topic": "a question about something else",
    }[plan.intent]
    by = " (by the chat model)" if plan.planned_by == "model" else ""
    return f"{asked}: {kind}{by}{'; papers ' + escape(said) if said and not plan.is_computed else ''}" + (
        f". {escape(said)}." if said and plan.is_computed else "."
    )


def _answered_by(answer: Answer) -> str:
    words = {
        "extractive": "sentences of the papers, word for word",
        "computed": "counting over the papers of this library",
        "generative": "a chat model, each sentence checked against the passages",
    }[answer.mode]
    used = answer.usage
    tokens = f"; {used.input_tokens:,} tokens read and {used.output_tokens:,} written" if used else ""
    cost = f", {used.cost_usd:.4f} US dollars" if used and used.cost_usd is not None else ""
    return f"{words}{tokens}{cost}."


def _passages(shown: Shown) -> str:
    """What was read, by paper: a paper's title leads to its page, below it stands each of its passages."""
    by_paper: dict[str, list[Evidence]] = {}
    for one in shown.evidence[:_READ]:
        by_paper.setdefault(one.paper.key, []).append(one)
    papers = "".join(f"<li>{_read_of(passages)}</li>" for passages in by_paper.values())
    rest = len(shown.evidence) - _READ
    more = f"<p>and {rest} more</p>" if rest > 0 else ""
    return f'<ol class="pt-read">{papers}</ol>{more}'


def _read_of(passages: Sequence[Evidence]) -> str:
    """One paper with the passages that were read of it, best first."""
    paper = passages[0].paper
    key = escape(paper.key)
    byline = escape(one_line(paper.byline))
    return (
        f'<a href="?view=library&amp;paper={key}" data-do="go" data-view="library" data-paper="{key}" dir="auto">'
        f"{escape(named(paper))}</a>{f' ({byline})' if byline else ''}<ul>{''.join(map(_passage, passages))}</ul>"
    )


def _passage(one: Evidence) -> str:
    quote = one_line(one.quote)
    short = quote if len(quote) <= 160 else quote[:160].rpartition(" ")[0] + " …"
    page = one.paper.page_at(one.start)
    where = escape(", ".join(filter(None, [one_line(one.section), f"p. {page}" if page else ""])))
    return f'<li>{f"{where}: " if where else ""}<q dir="auto">{escape(short)}</q></li>'


def _check(answer: Answer) -> str:
    counts = answer.grounding
    assert counts is not None
    said = [
        f"{counts.supported} supported as written",
        f"{counts.repaired} given another passage" if counts.repaired else "",
        f"{counts.dropped} without support" if counts.dropped else "",
        f"{counts.invented} references to nothing removed" if counts.invented else "",
    ]
    return ", ".join(filter(None, said)) + "."


def _time(answer: Answer) -> str:
    total = answer.timings_ms.get("total") or sum(answer.timings_ms.values())
    stages = [
        f"{name.replace('_', ' ')} {_seconds(value)}"
        for name, value in answer.timings_ms.items()
        if name != "total" and value >= 1
    ]
    return _seconds(total) + (f" ({', '.join(stages)})" if stages else "")


def _seconds(milliseconds: float) -> str:
    return f"{milliseconds:.0f} ms" if milliseconds < 1000 else f"{milliseconds / 1000:.1f} s"


# ---- its parts


def question(text: str, turn: int = 0) -> str:
    """A question as its asker sees it: shortened where it is a whole text, and never markup. With a turn it can be
    changed and asked again."""
    shown = text if len(text) <= 2_000 else text[:2_000] + " …"
    words = escape(shown.strip()).replace(chr(10), "<br>") or "…"
    if not turn:
        return f'<div class="pt-asker"><div class="pt-question" dir="auto">{words}</div></div>'
    edit = (
        f'<button type="button" class="pt-act" id="edit-{turn}" data-do="edit" data-turn="{turn}" '
        f'data-question="{escape(text).replace(chr(10), "&#10;")}" title="Change the question and ask again">Edit'
        "</button>"
    )
    return f'<div class="pt-asker"><div class="pt-question" dir="auto">{words}</div>{edit}</div>'


def partial(coming: Coming, turn: int) -> str:
    """An answer's text as far as it has come: its links and markers lead nowhere before all of it is there. That it
    goes on is said below what was written from passages; the style shows it where no more words come for a while."""
    if not coming.text:
        return f'<div class="pt-waiting pt-note">{escape(coming.stage)} …</div>'
    said = blocks(coming.text, turn, None, coming.doubts) + _notes(coming.note)
    goes_on = f'<div class="pt-waiting pt-going pt-note">{escape(coming.stage)} …</div>' if coming.evidence else ""
    return f'<div class="pt-answer">{said}</div>{goes_on}'


def stopped(answer: Answer, turn: int) -> str:
    """What had come of an answer when its reader, or its time, ended it, with the citations that had come. It was not
    checked as a whole, so no address in it is a link."""
    cited = {citation.marker: citation for citation in answer.citations}
    notes = _notes(*(warning for warning in answer.warnings if warning not in _ENDED))
    why = next((said for warning, said in _ENDED.items() if warning in answer.warnings), _ENDED[STOPPED])
    mark = f'<p class="pt-note pt-stopped">{why}</p>'
    return f'<div class="pt-answer">{blocks(answer.text, turn, cited, is_whole=False)}{notes}{mark}</div>'


def reply(answer: Answer, turn: int) -> str:
    """A whole answer: how the question was understood, the text, its figure, its table and its notes."""
    kind = "pt-answer" if answer.answered else "pt-answer pt-declined"
    cited = {citation.marker: citation for citation in answer.citations}
    understood = understood_as(answer.plan)
    counted = counted_as(answer.plan) if answer.mode == "computed" else None
    written = written_by(answer)
    return (
        f'<div class="{kind}">'
        + (f'<p class="pt-note">{escape(understood)}</p>' if understood else "")
        + (f'<p class="pt-note pt-counted">{escape(counted)}</p>' if counted else "")
        + _said(answer, turn, cited)
        + (f'<p class="pt-note">{escape(written)}</p>' if written else "")
        + (draw(answer.chart, leading_to_sources(answer.chart, turn)) if answer.chart else "")
        + (tabulate(answer.table, lambda number: marker(number, turn, cited), f"table-{turn}") if answer.table else "")
        + _notes(*answer.warnings)
        + "</div>"
    )


def _said(answer: Answer, turn: int, cited: Mapping[int, Citation]) -> str:
    """The text. Where nothing is answered, the closest papers that it names, or else a line below it, lead to them
    beside the chat."""
    if answer.answered or not answer.closest or answer.citations:
        return blocks(answer.text, turn, cited)
    near = {named(paper): f"#near-{turn}-{place}" for place, paper in enumerate(answer.closest, 1)}
    said = blocks(answer.text, turn, cited, near=near)
    if any(f'href="{target}"' in said for target in near.values()):
        return said
    links = "; ".join(near_link(title, target) for title, target in near.items())
    return f'{said}<p class="pt-note">The closest papers: {links}.</p>'


def _notes(*sentences: str) -> str:
    return "".join(f'<p class="pt-note">Note: {escape(sentence)}</p>' for sentence in sentences if sentence)


def problem(sentence: str) -> str:
    """Why there is no answer."""
    return f'<div class="pt-answer pt-declined"><p>{linked(sentence)}</p></div>'
