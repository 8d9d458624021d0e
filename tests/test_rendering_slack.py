"""Answers, papers and tables as Slack's messages: within its limits, nothing lost, nothing of a paper obeyed."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.analysis.facets import Facet
from assistant.answers import Answer, Citation, Plan
from assistant.papers import ABSTRACT, TITLE, Author, Paper, Section
from assistant.rendering import escape, slack, visible
from assistant.rendering.mrkdwn import LIMIT, literal, sections, size, streamed, table_text, to_mrkdwn
from tests.fake_slack_blocks import problems_of, problems_of_view

ADDRESS = "aB3dE6gH9jK2mN5p/3"
PAGE = "https://papers.example.org/?conversation=aB3dE6gH9jK2mN5p&turn=3"
HOSTILE = [
    "<!channel> <@U012AB3CD> <#C012AB3CD|general> <!subteam^S1|@all>",
    "<https://evil.example|the paper>",
    "[the paper](https://evil.example) ![x](https://evil.example/x.png)",
    "&lt;!channel&gt; &amp;lt;",
    "`code` and ```more``` and a single `",
    "*stars* _lines_ ~waves~ **two** __init__",
    ":tada: 10:30:45 :+1::skin-tone-2:",
    "> quoted\n&gt; quoted",
    "\u202eright to left\u202c \u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627",
    "$p_{i}^{*}$ where $a_1 < b_2$ & $x \\leq y$",
    "\x1b[31mred\x07 \ud800 \U0001f9ea",
    "|x|y| - # 1. \\",
    "A title of many words, " * 14,
]
ALIKE = str.maketrans("\u2217\uff0a\ufe61\u02cd\uff3f\u223c\u02cb\uff40\u2236\uff1e\ufe65", "***__~``:>>")


def make_paper(
    title: str = "WeaveBank: A Dataset", url: str | None = "https://arxiv.example/abs/1", key: str = "ada"
) -> Paper:
    abstract = "We make WeaveBank. It has 100 cards."
    text = f"{title}\n\n{abstract}"
    sections_ = (Section(TITLE, 0, len(title)), Section(ABSTRACT, len(title) + 2, len(text)))
    return Paper(key, title, text, sections_, (Author("Ada Lovelace"),), date="2019-10-16", url=url, has_code=True)


def cite(marker: int, paper: Paper, quote: str = "It has 100 cards.") -> Citation:
    start = paper.text.index(quote)
    return Citation(marker, paper, paper.section_at(start), start, start + len(quote), quote)


def make_answer(text: str = "It has 100 cards. [1]", **parts: Any) -> Answer:
    question = "How many cards?"
    values = {"plan": Plan(question, question), "citations": (cite(1, make_paper()),), "answered": True, **parts}
    return Answer(question, question, text, mode="extractive", **values)


def texts_of(blocks: Iterable[slack.Block]) -> Iterator[slack.Block]:
    """Every text object."""
    for block in blocks:
        if block["type"] in ("mrkdwn", "plain_text"):
            yield block
        parts = [block.get("text"), block.get("accessory"), *block.get("elements", ())]
        yield from texts_of(part for part in parts if isinstance(part, dict))


def actions_of(blocks: Iterable[slack.Block]) -> list[slack.Block]:
    found: list[slack.Block] = []
    for block in blocks:
        found += [part for part in (block.get("accessory"), *block.get("elements", ())) if part and "action_id" in part]
    return found


def assert_harmless(mrkdwn: str) -> None:
    """Every angle bracket is a link's to the web, every ampersand an escape's, every link whole."""
    rest = re.sub(r"<https?://[^\s<>|]+(?:\|[^<>]*)?>", "", mrkdwn)
    assert "<" not in rest
    assert ">" not in rest
    assert re.sub(r"&(amp|lt|gt);", "", mrkdwn).count("&") == 0


def assert_fits(messages: Iterable[slack.Message]) -> None:
    for message in messages:
        assert 1 <= size(message.text) <= 4_000
        assert_harmless(message.text)
        assert message.blocks
        assert sum(size(text["text"]) for text in texts_of(message.blocks)) <= 10_000
        assert_blocks_fit(message.blocks)


def assert_blocks_fit(blocks: list[slack.Block]) -> None:
    assert problems_of(blocks) == []
    for text in texts_of(blocks):
        assert text["text"].strip()
        assert size(text["text"]) <= LIMIT
        if text["type"] == "mrkdwn":
            assert text["verbatim"] is True
            assert_harmless(text["text"])
        else:
            assert text["emoji"] is False


def read(messages: Iterable[slack.Message]) -> str:
    """What a reader sees: links by their words, escapes as characters, no marks, no white space."""
    return squeezed(" ".join(text["text"] for message in messages for text in texts_of(message.blocks)))


def squeezed(mrkdwn: str) -> str:
    shown = html.unescape(re.sub(r"<(?:[^|<>]*\|)?([^<>]*)>", r"\1", mrkdwn)).translate(ALIKE)
    return re.sub(r"[\s*_~`\u200b•]", "", shown)


# ---- Markdown


@pytest.mark.parametrize(
    ("markdown", "mrkdwn"),
    [
        ("**WeaveBank** is *large*.", "*WeaveBank* is _large_."),
        ("***both***", "*_both_*"),
        ("**two\nlines**", "*two*\n*lines*"),
        ("**Weave**Bank", "*Weave*\u200bBank"),
        ("`a < b` is code", "`a &lt; b` is code"),
        ("# Results #\n\nText", "*Results*\n\nText"),
        ("- one\n- two\n  - three", "• one\n• two\n  • three"),
        ("1. one\n2. two", "1. one\n2. two"),
        ("AT&T", "AT&amp;T"),
        ("```python\nif a < b:\n    f(`x`)\n```\nafter", "```\nif a &lt; b:\n    f(`x`)\n```\nafter"),
        ("```\nnever closed", "```\nnever closed\n```"),
        ("| a | b |\n| --- | ---: |\n| **1** | x \\| y |", "```\na  b\n1  x | y\n```"),
        ("|a|a|\n|-|-|\n|1|2|", "```\na  a\n1  2\n```"),
        ("[words](https://evil.example)", "[words](<https://evil.example>)"),
    ],
)
def test_markdown_becomes_mrkdwn(markdown: str, mrkdwn: str) -> None:
    assert to_mrkdwn(markdown, {}) == mrkdwn


def test_a_marker_leads_to_its_paper_where_that_has_an_address_of_the_web() -> None:
    where = {1: "https://x.example/?a=1&b=2", 2: None, 3: "javascript:alert(1)", 4: "https://x.example/|evil>"}
    shown = to_mrkdwn("One. [1] Two. [2] Three. [3] Four. [4] Five. [5]", where)
    assert shown == "One. <https://x.example/?a=1&amp;b=2|[1]> Two. [2] Three. [3] Four. [4] Five. [5]"


def test_a_bracket_that_a_paper_brings_is_no_marker() -> None:
    assert to_mrkdwn(f"{escape('as in [1]')} [1]", {1: "https://x.example"}) == "as in [1] <https://x.example|[1]>"


def test_an_address_in_a_whole_answer_is_a_link_to_itself_and_in_one_on_its_way_none() -> None:
    assert to_mrkdwn("At https://x.example/a_b.", {}) == "At <https://x.example/a_b>."
    assert to_mrkdwn("At https://x.example/a_b. [1]") == "At https://x.example/a_b. [1]"


@pytest.mark.parametrize("text", ["snake_case", "a * b", "3 ~ 4", "p_{i} and x^*", "10: 30", "2*3*4", "f(x)_"])
def test_a_character_that_would_not_act_stays(text: str) -> None:
    assert literal(text) == text


@pytest.mark.parametrize("text", HOSTILE)
def test_what_a_paper_says_is_shown_and_not_obeyed(text: str) -> None:
    for shown in (literal(text), to_mrkdwn(escape(text)), to_mrkdwn(text)):
        assert_harmless(shown)
        assert "`" not in shown or "```" in text
        assert not re.search(r":[\w+'-]+:", shown)
        assert not re.search(r"(?<![^\W_])[*_~]\S.*?\S?[*_~](?![^\W_])", literal(text))


def test_a_hostile_text_reads_as_it_stands() -> None:
    assert literal("<!channel> *x* :tada:").translate(ALIKE) == "&lt;!channel&gt; *x* :tada:"


@pytest.mark.parametrize("text", HOSTILE)
def test_what_is_streamed_holds_no_mention_and_no_link(text: str) -> None:
    for piece in (streamed(text), streamed(escape(text))):
        assert not re.search(r"[<>]|\]\(|\]:|&(?!(amp|lt|gt);)", piece)
    assert streamed("**Bold** [1] a \\< b.") == "**Bold** [1] a &lt; b."
    assert "](" not in streamed("So. [1]") + streamed("(https://evil.example)")


# ---- an answer


def test_an_answer_is_its_text_its_references_with_quotes_and_its_buttons() -> None:
    (message,) = slack.answer_messages(
        make_answer(), address=ADDRESS, page=PAGE, follow_ups=["Who made it?", "Which data does it use?"], share=True
    )
    text, reference, quote, asking, rating, page = message.blocks
    assert text["text"]["text"] == "It has 100 cards. <https://arxiv.example/abs/1|[1]>"
    assert reference["text"]["text"].startswith("<https://arxiv.example/abs/1|[1]> Lovelace, 2019. _WeaveBank")
    assert reference["accessory"]["action_id"] == "passage"
    assert reference["accessory"]["value"] == f"{ADDRESS}/1"
    assert quote["type"] == "context"
    assert quote["elements"][0]["text"] == "“It has 100 cards.”"
    assert [(b["action_id"], b["value"]) for b in asking["elements"]] == [
        ("ask_0", "Who made it?"),
        ("ask_1", "Which data does it use?"),
    ]
    assert [(b["action_id"], b["value"]) for b in rating["elements"]] == [
        ("useful", ADDRESS),
        ("not_useful", ADDRESS),
        ("share", ADDRESS),
    ]
    assert page["elements"][0]["text"] == f"<{PAGE.replace('&', '&amp;')}|Open in the web chat>"
    assert message.text.startswith("It has 100 cards.")
    assert_fits([message])


def test_an_answer_that_is_stored_nowhere_has_no_buttons() -> None:
    (message,) = slack.answer_messages(make_answer())
    assert actions_of(message.blocks) == []


def test_where_nothing_is_answered_the_closest_papers_are_links() -> None:
    answer = make_answer("The papers do not say.", answered=False, citations=(), closest=(make_paper("<!here> Looms"),))
    shown = slack.answer_messages(answer)[0].blocks[-1]["text"]["text"]
    assert "• <https://arxiv.example/abs/1|&lt;!here&gt; Looms>. Lovelace, 2019 · `ada`" in shown


def test_notes_and_how_a_question_was_understood_stand_around_the_text() -> None:
    plan = Plan("And its size?", "What is the size of WeaveBank?")
    (message,) = slack.answer_messages(make_answer(plan=plan, warnings=("It was *cut*.",)))
    assert message.blocks[0]["elements"][0]["text"] == "Understood as: What is the size of WeaveBank?"
    assert message.blocks[2]["elements"][0]["text"] == "Note: It was ∗cut∗."


def test_a_small_table_is_text_and_a_large_one_shows_its_beginning() -> None:
    small = [{"year": 2018 + place, "papers": place} for place in range(4)]
    large = [{"paper": f"A study of looms, part {place}", "year": 2000, "note": "x" * 90} for place in range(300)]
    assert table_text(small, "") == ("year  papers\n2018       0\n2019       1\n2020       2\n2021       3", True)
    text, is_whole = table_text(large, "the file has them all")
    assert not is_whole
    assert "285 more rows; the file has them all" in text
    assert slack.is_whole(small)
    assert slack.is_whole(())
    assert not slack.is_whole(large)
    assert table_text([{"year": 2018, "keys": ["ada"]}], "") == ("year\n2018", True)
    assert_fits(slack.table_messages("Papers by <!channel>", large))
    assert_fits(slack.answer_messages(make_answer(table=tuple(large))))


def test_a_table_of_what_slack_escapes_fits() -> None:
    rows = [{"<&>" * 10: "&" * 200, "b": "`" * 80} for _ in range(40)]
    assert_fits(slack.table_messages("&", rows))


def test_an_answer_of_forty_thousand_characters_goes_on_in_further_messages_whole() -> None:
    text = "\n\n".join(f"Sentence {place} of the answer & more. [1]" for place in range(900))
    assert len(text) > 35_000
    messages = slack.answer_messages(make_answer(text), address=ADDRESS)
    assert_fits(messages)
    assert 3 < len(messages) < 9
    assert squeezed(to_mrkdwn(text)) in read(messages)


@pytest.mark.parametrize(
    "text", ["x" * 40_000, "&" * 20_000, "*" * 9_000, "**" + "word " * 4_000 + "**", "`" + "a<" * 5_000 + "`"]
)
def test_a_text_without_a_place_to_cut_is_cut_all_the_same(text: str) -> None:
    messages = slack.answer_messages(make_answer(text))
    assert_fits(messages)
    assert squeezed(to_mrkdwn(text)) in read(messages)


def test_long_code_is_cut_between_lines_and_stays_code() -> None:
    code = "\n".join(f"line {place} < {place + 1}" for place in range(600))
    parts = sections(f"```\n{code}\n```")
    assert len(parts) > 3
    assert all(part.startswith("```\n") and part.endswith("\n```") and size(part) <= LIMIT for part in parts)
    assert html.unescape("\n".join(part[4:-4] for part in parts)) == code


def test_two_hundred_citations_are_named_up_to_a_bound_and_counted_beyond() -> None:
    cited = tuple(cite(n, make_paper(f"Looms, part {n}", f"https://x.example/{n}", f"key{n}")) for n in range(1, 201))
    messages = slack.answer_messages(make_answer(citations=cited), address=ADDRESS, page=PAGE)
    assert_fits(messages)
    buttons = [button for message in messages for button in actions_of(message.blocks)]
    passages = [button["value"] for button in buttons if button["action_id"].startswith("passage")]
    assert passages == [f"{ADDRESS}/{n}" for n in range(1, slack.NAMED + 1)]
    assert "170morereferencesinthewebchat." in read(messages)


def test_a_quote_that_the_text_shows_is_told_by_its_beginning() -> None:
    quote = "A sentence of many words " * 20 + "ends."
    paper = Paper("ada", "Looms", quote, (Section("Methods", 0, len(quote)),), pages=((0, 6),))
    cited = (cite(1, paper, quote),)
    shown, apart = (
        slack.answer_messages(make_answer(text, citations=cited))[0] for text in (f"{quote} [1]", "So. [1]")
    )
    assert shown.blocks[-1]["elements"][0]["text"].endswith(" …”")
    assert len(shown.blocks[-1]["elements"][0]["text"]) <= 152
    assert apart.blocks[-1]["elements"][0]["text"] == f"“{quote}”"
    assert apart.blocks[-2]["text"]["text"] == "[1] _Looms_. Methods, p. 6"


def test_references_of_what_was_computed_are_a_line_each() -> None:
    answer = replace(make_answer(citations=(cite(1, make_paper()), cite(2, make_paper()))), mode="computed")
    blocks = slack.answer_messages(answer, address=ADDRESS)[0].blocks
    assert [block["type"] for block in blocks] == ["section", "section", "actions", "actions"]
    assert blocks[1]["text"]["text"].count("\n") == 1
    assert [(b["action_id"], b["value"]) for b in blocks[2]["elements"]] == [
        ("passage_1", f"{ADDRESS}/1"),
        ("passage_2", f"{ADDRESS}/2"),
    ]


@pytest.mark.parametrize("title", HOSTILE)
def test_a_hostile_title_does_no_harm_wherever_it_stands(title: str) -> None:
    paper = make_paper(title)
    answer = make_answer(f"See {escape(title)}. [1]", citations=(cite(1, paper),), warnings=(title,), closest=(paper,))
    facets = [Facet("dataset", title, 0, 5), Facet("task", title, 0, 5)]
    messages = [
        *slack.answer_messages(answer, address=ADDRESS, page=PAGE, follow_ups=[title]),
        *slack.answer_messages(replace(answer, answered=False, citations=())),
        *slack.paper_list([paper] * 60, title),
        *slack.paper_message(paper, facets),
        *slack.table_messages(title, [{title: title, "n": 1}]),
        slack.draft_message(escape(title)),
        slack.line_message(title),
    ]
    assert_fits(messages)
    view = slack.passage_view(cite(1, paper), title, title)
    assert problems_of_view(view) == []
    assert_blocks_fit(view["blocks"])
    json.dumps([message.blocks for message in messages] + [view]).encode("utf-8")


def test_a_title_of_three_hundred_characters_is_shown_whole() -> None:
    title = ("Looms " * 60).strip()[:300]
    paper = make_paper(title)
    for messages in (
        slack.paper_list([paper], "Papers"),
        slack.paper_message(paper),
        slack.answer_messages(make_answer(citations=(cite(1, paper),))),
    ):
        assert squeezed(title) in read(messages)


# ---- passages, papers, lines


def test_a_passage_is_a_modal_with_the_quote_in_bold_inside_its_section() -> None:
    citation = cite(12, make_paper())
    before, after = slack.surroundings(citation)
    assert (before, after) == ("We make WeaveBank. ", "")
    view = slack.passage_view(citation, before, after)
    assert view["title"]["text"] == "Passage [12]"
    assert view["blocks"][0]["text"]["text"] == "<https://arxiv.example/abs/1|WeaveBank: A Dataset>"
    assert view["blocks"][1]["elements"][0]["text"] == "Lovelace, 2019 · Abstract"
    assert view["blocks"][-1]["text"]["text"] == "We make WeaveBank. *It has 100 cards.*"


def test_around_a_quote_of_a_long_section_a_part_is_shown_cut_between_words() -> None:
    words = "thread " * 500
    text = f"{words}The quote. {words}"
    paper = Paper("ada", "Looms", text, (Section("Methods", 0, len(text)),))
    before, after = slack.surroundings(cite(1, paper, "The quote."))
    assert before.startswith("… thread")
    assert after.endswith("thread …")
    assert 600 < len(before) <= 702
    assert 600 < len(after) <= 702


def test_a_quote_of_ten_thousand_characters_is_shown_whole_in_its_modal() -> None:
    quote = "A sentence & more. " * 500
    paper = Paper("ada", "Looms", quote, (Section("Methods", 0, len(quote)),))
    view = slack.passage_view(cite(1, paper, quote), "", "")
    assert problems_of_view(view) == []
    assert_blocks_fit(view["blocks"])
    assert squeezed(quote) in squeezed("".join(text["text"] for text in texts_of(view["blocks"])))


def test_a_list_names_papers_a_line_each() -> None:
    messages = slack.paper_list([make_paper(key=f"key{n}") for n in range(60)], "Papers since 2019")
    assert_fits(messages)
    shown = "\n".join(text["text"] for message in messages for text in texts_of(message.blocks))
    first = "• <https://arxiv.example/abs/1|WeaveBank: A Dataset>. Lovelace, 2019 · `key0`"
    assert shown.startswith(f"*Papers since 2019*\n{first}")
    assert shown.count("• ") == 60
    assert "There are none." in slack.paper_list([], "Papers")[0].text


def test_a_paper_shows_what_is_known_of_it_and_its_abstract() -> None:
    messages = slack.paper_message(make_paper(), [Facet("dataset", "WeaveBank", 0, 9)])
    shown = [text["text"] for text in texts_of(messages[0].blocks)]
    assert shown[0] == "WeaveBank: A Dataset"
    assert "*Authors:* Ada Lovelace\n*Published:* 2019-10-16\n*Code:* yes\n*Brings:* WeaveBank" in shown[1]
    assert shown[-1] == "We make WeaveBank. It has 100 cards."


def test_help_names_the_command_the_library_and_what_its_reader_may() -> None:
    message = slack.help_message("/papers", "<!here>", ["What is <!here>?"])
    assert_fits([message])
    assert "`/papers ask QUESTION`" in message.text
    assert "You ask the library *&lt;!here&gt;*." in message.text
    assert message.text.endswith("For instance:\n• What is &lt;!here&gt;?")
    assert "silent" not in message.text
    assert "`/papers silent on`" in slack.help_message("/papers", "curie", may_edit=True).text


def test_a_question_that_a_button_asks_names_its_asker_and_nobody_else() -> None:
    message = slack.question_message("Who <!here> made it?", "U012AB3CD")
    assert message.text == "<@U012AB3CD> asks: Who &lt;!here&gt; made it?"


def test_a_draft_shows_the_end_of_what_is_there() -> None:
    assert slack.draft_message("").text == "…"
    draft = slack.draft_message("\n\n".join(f"Sentence {place}. [1]" for place in range(2_000)))
    assert_fits([draft])
    assert draft.blocks[-1]["text"]["text"].endswith("Sentence 1999. [1]")
    assert 5_000 < sum(len(text["text"]) for text in texts_of(draft.blocks)) < 10_000


# ---- whatever is said

ANYTHING = st.text(
    alphabet=st.one_of(st.characters(), st.sampled_from("*_~`<>&|[]()!@#:\\\n -1.xhttps/")), max_size=400
)


@settings(max_examples=150, deadline=None)
@given(ANYTHING)
def test_any_markdown_becomes_harmless_mrkdwn_that_fits(text: str) -> None:
    assert_harmless(to_mrkdwn(text, {1: "https://x.example"}))
    assert_fits(slack.answer_messages(make_answer(text), address=ADDRESS))


@settings(max_examples=150, deadline=None)
@given(ANYTHING)
def test_any_text_of_a_paper_is_shown_with_nothing_lost(text: str) -> None:
    shown = literal(text)
    assert_harmless(shown)
    assert html.unescape(shown).translate(ALIKE) == visible(text).translate(ALIKE)


@settings(max_examples=30, deadline=None)
@given(ANYTHING, st.integers(1, 120))
def test_any_text_of_any_length_fits_with_nothing_lost(text: str, times: int) -> None:
    markdown = escape(text) + "\n" + " ".join([escape(text)] * times)
    messages = slack.answer_messages(make_answer(markdown, citations=()))
    assert_fits(messages or [slack.line_message("nothing")])
    assert read(messages) == squeezed(to_mrkdwn(markdown))
