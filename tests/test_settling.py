"""A reply that comes in pieces: markers are whole and known when they are seen, sentences are checked as they end."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator

import pytest

from assistant.answering.drafting import Draft
from assistant.answering.settling import MARK, Policy, Settler
from assistant.answers import Doubted, Grounding, TextDelta
from assistant.grounding.grounder import Claim, Source, Verdict
from assistant.papers import ABSTRACT, AUTHORS, TITLE, Paper, Section


def paper(key: str, title: str, abstract: str) -> Paper:
    text = f"{title}\nAda Lovelace\n{abstract}"
    body = len(text) - len(abstract)
    sections = (Section(TITLE, 0, len(title)), Section(AUTHORS, len(title) + 1, body - 1))
    return Paper(key, title, text, (*sections, Section(ABSTRACT, body, len(text))))


GULLS = paper("gulls", "SEAGULL: Counting Birds", "We present SEAGULL. It counts 12 birds.")
TERNS = paper("terns", "TERN", "TERN follows terns to the sea. It is fast.")
SOURCES = [Source(p, ABSTRACT, p.text.index(p.abstract), len(p.text)) for p in (GULLS, TERNS)]


def check(claim: Claim) -> Verdict:
    """Sentences with "wrong" in them are; a lead-in states nothing; what cites nothing rests on the first source."""
    if "wrong" in claim.text:
        return Verdict(False, 0.0, (), False, "no passage says so")
    if claim.text.endswith(":"):
        return Verdict(True, 1.0)
    places = claim.cited or (0,)
    return Verdict(True, 1.0, tuple((n, SOURCES[n].start, SOURCES[n].start + 19) for n in places), not claim.cited)


def settle(*parts: str, policy: Policy = "strict", cut_off: bool = False) -> tuple[str, str, Grounding, list[str]]:
    """The text that stands, the text as it was shown with doubted sentences taken out, the counts, and why."""
    settler = Settler(SOURCES, check, policy)

    def events() -> Iterator[TextDelta | Doubted]:
        for part in parts:
            yield from settler.feed(part)
        yield from settler.finish(cut_off=cut_off)

    shown, doubts = "", []
    for event in events():
        if isinstance(event, TextDelta):
            assert event.text
            shown += event.text
        else:
            doubts.append(event.reason)
            if policy == "strict":
                shown = shown[: -event.length]
    draft = Draft()
    settler.compose(draft)
    return draft.text, shown, settler.counts(), doubts


REPLIES = [
    ("SEAGULL counts 12 birds [1]. TERN is fast [2].", "SEAGULL counts 12 birds. [1] TERN is fast. [2]"),
    ("SEAGULL counts birds. [1] TERN is fast. [2]", "SEAGULL counts birds. [1] TERN is fast. [2]"),
    ("Both count [1][2].", "Both count. [1] [2]"),
    ("Both count [1, 2], e.g. birds.", "Both count, e.g. birds. [1] [2]"),
    ("Both count [1-2] et al. (2020) birds.", "Both count et al. (2020) birds. [1] [2]"),
    ("One [^2]. Two [Passage 2]. Three 【2】. Four (see passage 2).", "One. [1] Two. [1] Three. [1] Four. [1]"),
    ("One [Passage 2, Passage 2]. Two [passage 98; source 2].", "One. [1] Two. [1]"),
    ("One [P2] [#2]. Two [02]. Three [2, p. 3]. Four ［2］.", "One. [1] Two. [1] Three. [1] Four. [1]"),
    ("One [^2^]. Two [2†L1-L9]. Three \\[2\\]. Four [[2]].", "One. [1] Two. [1] Three. [1] Four. [1]"),
    ("One (see passages 1, 2, 1, 2, 1, 2, 1 and 2) more.", "One more. [1] [2]"),
    ("TERN is fast [2]. SEAGULL counts [1]. TERN again [2].", "TERN is fast. [1] SEAGULL counts. [2] TERN again. [1]"),
    ("One thing [9]. Two [1][77]. Three [0].", "One thing. [1] Two. [1] Three. [1]"),
    ("One [Smith et al., 2020]. Two [smith2020birds]. Three [@key].", "One. [1] Two. [1] Three. [1]"),
    ("One [111111111111111111111111111111111111111].", "One. [1]"),
    ("It scores in [0, 1] with [MASK] [1].", "It scores in \\[0, 1\\] with \\[MASK\\]. [1]"),
    ("Here they are:\n\n- **A** flies [1].\n* B swims [2].", "Here they are:\n\n- A flies. [1]\n- B swims. [2]"),
    ("1. One [1].\n2) Two [2].\n\nAll in all, both [1].", "1. One. [1]\n2. Two. [2]\n\nAll in all, both. [1]"),
    ("## Birds\nThey fly [1].", "Birds [1]\n\nThey fly. [1]"),
    ("See [here](http://evil.example/x) and ![i](http://evil.example/y) [1].", "See here and i. [1]"),
    ("<b>x</b> `code` $y$ a_b __c__ 3 * 4 [1]", "\\<b\\>x\\</b\\> code \\$y\\$ a_b c 3 \\* 4 [1]"),
    ("Ünïcödé 😀 – 他们 [1]。 TERN [2].", "Ünïcödé 😀 – 他们。 [1] TERN. [2]"),
    ("", ""),
    (" \n\n ", ""),
]


@pytest.mark.parametrize(("reply", "stands"), REPLIES)
def test_a_reply_becomes_sentences_with_the_markers_of_their_citations(reply: str, stands: str) -> None:
    text, shown, _, _ = settle(reply)
    assert text == stands
    assert shown.strip() == stands


@pytest.mark.parametrize(("reply", "stands"), REPLIES)
def test_it_is_the_same_however_the_reply_is_cut(reply: str, stands: str) -> None:
    for seed in range(25):
        chance = random.Random(seed)
        parts, place = [], 0
        while place < len(reply):
            size = chance.choice([1, 1, 2, 3, 7])
            parts.append(reply[place : place + size])
            place += size
        text, shown, _, _ = settle(*parts)
        assert (text, shown.strip()) == (stands, stands), parts


def test_words_are_shown_before_their_sentence_has_ended() -> None:
    settler = Settler(SOURCES, check, "strict")
    shown = "".join(event.text for event in settler.feed("SEAGULL counts twelve birds") if isinstance(event, TextDelta))
    assert shown == "SEAGULL counts twelve"


def test_no_part_of_a_marker_is_ever_shown() -> None:
    settler = Settler(SOURCES, check, "strict")
    for letter in "SEAGULL counts [1, 2] birds and [99] more [":
        for event in settler.feed(letter):
            assert isinstance(event, TextDelta)
            assert not set(event.text) & set("[]0123456789,")


def test_a_marker_comes_with_the_citation_that_it_has_in_the_whole() -> None:
    settler = Settler(SOURCES, check, "strict")
    reply = "TERN is fast [2]. It is wrong [1]. SEAGULL counts [1]. TERN again [2]."
    events = [*settler.feed(reply), *settler.finish()]
    shown = {c.marker: c for event in events if isinstance(event, TextDelta) for c in event.citations}
    draft = Draft()
    settler.compose(draft)
    assert [citation.paper for citation in draft.citations] == [TERNS, GULLS]
    assert shown == {citation.marker: citation for citation in draft.citations}


def test_what_nothing_supports_is_left_out_and_said_to_be() -> None:
    text, shown, counts, doubts = settle("SEAGULL counts [1]. This is wrong [1]. TERN is fast [2].")
    assert text == "SEAGULL counts. [1] TERN is fast. [2]"
    assert " ".join(shown.split()) == text
    assert doubts == ["no passage says so"]
    assert counts == Grounding(supported=2, dropped=1)


def test_what_nothing_supports_is_kept_with_a_mark_where_the_user_prefers_it() -> None:
    text, shown, counts, doubts = settle("SEAGULL counts [1]. This is wrong [1].", policy="mark")
    assert text == shown == f"SEAGULL counts. [1] This is wrong. {MARK}"
    assert counts.dropped == len(doubts) == 1


def test_the_sign_of_a_list_goes_to_the_next_sentence_of_its_item() -> None:
    text, *_ = settle("- This is wrong. TERN is fast [2].\n- This is wrong, too.\n- SEAGULL counts [1].")
    assert text == "- TERN is fast. [1]\n- SEAGULL counts. [2]"


def test_repairs_and_inventions_are_counted() -> None:
    _, _, counts, _ = settle("Here they are: \nOne. Two [1]. Three [9], [Smith 2020].")
    assert counts == Grounding(supported=1, repaired=2, invented=2)


def test_a_sentence_that_was_cut_off_does_not_stand() -> None:
    text, shown, counts, doubts = settle("SEAGULL counts [1]. TERN is", cut_off=True)
    assert text == shown.strip() == "SEAGULL counts. [1]"
    assert doubts == ["it was cut off"]
    assert counts.dropped == 1


def test_a_sentence_that_had_ended_stands_though_the_reply_was_cut_off() -> None:
    assert settle("SEAGULL counts [1]. TERN is fast [2].", cut_off=True)[0] == "SEAGULL counts. [1] TERN is fast. [2]"


def test_a_second_verdict_changes_what_stands() -> None:
    settler = Settler(SOURCES, check, "strict")
    list(settler.feed("SEAGULL counts [1]. TERN is fast [2]."))
    list(settler.finish())
    settler.judged(0, Verdict(False, 0.0, (), False, "the judge found nothing"))
    draft = Draft()
    settler.compose(draft)
    assert draft.text == "TERN is fast. [1]"
    assert [citation.paper.key for citation in draft.citations] == ["terns"]


@pytest.mark.parametrize(
    "unit", ["[", "[1", "[1,", "[1][", "(see ", "!", "!. ", "**", "a.", "[a](", "\n- ", "1. ", "【1", "_", "~"]
)
def test_hostile_repeats_take_time_in_step_with_their_length(unit: str) -> None:
    def seconds(count: int) -> float:
        settler = Settler(SOURCES, check, "strict")
        began = time.process_time()
        text = unit * count
        for place in range(0, len(text), 400):
            list(settler.feed(text[place : place + 400]))
        list(settler.finish())
        return time.process_time() - began

    short, long = seconds(100), seconds(800)
    assert long < 40 * max(short, 0.02)
