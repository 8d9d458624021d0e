"""Questions that a paper's record answers: venue, DOI, date, and what its source does not say."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from assistant import Assistant
from assistant.papers import Paper
from assistant.sources.entries import Entry


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    entries = [
        Entry(
            "Looms that Count",
            ("Ada Lovelace", "Charles Babbage"),
            abstract="We build a loom that counts its threads.",
            date="2020-05",
            venue="Journal of Looms",
            ids=["doi:10.1000/looms.5"],
        ),
        Entry("Gulls of the North Sea", ("Ada Lovelace",), abstract="We follow gulls on their way.", date="2021"),
    ]
    papers = [paper for entry in entries if isinstance(paper := entry.to_paper("refs.bib"), Paper)]
    with Assistant(library="looms", data_dir=tmp_path_factory.mktemp("data")) as opened:
        opened.take_in(papers)
        yield opened


@pytest.mark.parametrize(
    ("question", "says"),
    [
        ("Where was Looms that Count published?", "is listed with the venue Journal of Looms [1]"),
        ("In which journal did Looms that Count appear?", "Journal of Looms"),
        ("What is the DOI of Looms that Count?", "has the DOI 10.1000/looms.5 [1]"),
        ("When was Looms that Count published?", "is listed with the date 2020-05 [1]"),
    ],
)
def test_the_record_answers(assistant: Assistant, question: str, says: str) -> None:
    answer = assistant.ask(question)
    assert answer.answered
    assert says in answer.text
    (citation,) = answer.citations
    assert citation.quote == "Journal of Looms · 2020-05 · doi:10.1000/looms.5"


@pytest.mark.parametrize(
    ("question", "sought"),
    [
        ("Where was Gulls of the North Sea published?", "the venue"),
        ("What is the DOI of Gulls of the North Sea?", "its DOI"),
    ],
)
def test_what_the_record_lacks_is_declined(assistant: Assistant, question: str, sought: str) -> None:
    answer = assistant.ask(question)
    assert not answer.answered
    assert sought in answer.text


def test_whether_there_is_code_is_not_known_where_the_source_does_not_say(assistant: Assistant) -> None:
    link = assistant.ask("Where is the code of Looms that Count?")
    assert "its source does not say" in link.text
    count = assistant.ask("How many papers come with code?")
    assert any("Whether there is code is not said of 2 papers" in warning for warning in count.warnings)
