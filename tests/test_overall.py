"""Questions to all papers at once: what each may state in passing, where they came out, and what no library records."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest

from assistant import Answer, Assistant, Filters
from assistant.answering import overall
from assistant.catalogue import Catalogue
from assistant.library import Library
from tests.asking import assert_well_cited, open_copy, talk
from tests.pages import make_page, make_record
from vectorstore.embeddings import EmbeddingModel

HERE = Path(__file__).parent

_BARE = [
    ("Marrow Parsing", "We parse Danish and Swahili. A limitation is that long sentences are left out."),
    ("Lichen Tagging", "We tag words. It remains unclear why accuracy falls. Training took 14 hours on a GPU."),
    ("Gravel Corpora", "We collect tweets. The corpus has 5,000 sentences. Future work may add speech."),
]


@pytest.fixture(scope="module")
def plain(model: EmbeddingModel, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    """Three papers whose abstracts say a thing or two in passing; nothing of venues, money, or prizes."""
    folder = tmp_path_factory.mktemp("overall")
    page = folder / "page.txt"
    page.write_text(make_page(*(make_record(title=title, abstract=text) for title, text in _BARE)), encoding="utf-8")
    with Assistant(library="plain", data_dir=folder, model=model) as assistant:
        assistant.ingest(page)
        yield assistant


@pytest.fixture(scope="module")
def sample(sample_library: Library, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    with open_copy(sample_library, tmp_path_factory.mktemp("overall-sample")) as assistant:
        yield assistant


@pytest.fixture(scope="module")
def placed(model: EmbeddingModel, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    """Papers with venues."""
    folder = tmp_path_factory.mktemp("placed")
    with Assistant(library="placed", data_dir=folder, model=model) as assistant:
        assistant.ingest(HERE / "data" / "bib" / "jfdm_publications.bib")
        yield assistant


# ---- what no library of papers records


@pytest.mark.parametrize(
    ("question", "what"),
    [
        ("Which paper is the most cited?", "cited"),
        ("What is the author's h-index?", "cited"),
        ("How many citations does she have?", "cited"),
        ("How often have his papers been cited?", "cited"),
        ("Which of her papers is cited most?", "cited"),
        ("Could you list the most cited papers, please?", "cited"),
        ("How many citations does Ada Lovelace have?", "cited"),
        ("Which papers have the most downloads?", "downloaded"),
        ("How often was the newest paper downloaded?", "downloaded"),
        ("What awards did the author win?", "award"),
        ("Did any paper win a best paper award?", "award"),
        ("Has she received any prizes?", "award"),
        ("What is the impact factor of the journals?", "rank"),
        ("What was the acceptance rate?", "rank"),
        ("Which of the papers were rejected?", "reviewed"),
        ("Who reviewed the papers?", "reviewed"),
        ("What is her e-mail address?", "reach"),
        ("How can I contact the author?", "reach"),
        ("Is the author on Twitter?", "reach"),
        ("Where does the author work?", "where an author works"),
        ("What is Lovelace's affiliation?", "where an author works"),
        ("At which university is she employed?", "where an author works"),
        ("How old is the author?", "life"),
        ("Who was her PhD supervisor?", "life"),
        ("How many PhD students does she have?", "life"),
        ("What is the author's nationality?", "life"),
        ("Where did he study?", "life"),
        ("What is their salary?", "life"),
        ("Is there a photo of the author?", "life"),
        ("Which courses does he teach?", "life"),
        ("Is there a video of a talk?", "talks"),
        ("Are the papers open access?", "for free"),
        ("Where can I find the PDFs of the papers?", "for free"),
        ("How many pages do the papers have?", "pages"),
        ("Who is the corresponding author?", "reach"),
        ("Please rank the papers by number of citations", "cited"),
    ],
)
def test_what_no_library_records_is_declined_in_plain_words(plain: Assistant, question: str, what: str) -> None:
    answer = plain.ask(question)
    assert not answer.answered
    assert not answer.citations
    assert what in answer.text
    assert "3 papers" in answer.text
    assert not any(title in answer.text for title, _ in _BARE)


def test_the_figures_that_the_source_gives_of_the_author_are_told_as_such(sample: Assistant) -> None:
    answer = sample.ask("What is the author's h-index?")
    assert not answer.answered
    assert "Its source gives for Xu Han as a whole: h-index 36, citations 20,619." in answer.text
    assert "h-index 36" not in sample.ask("What is Zhiyuan Liu's h-index?").text
    assert "h-index 36" not in sample.ask("How many downloads do the papers have?").text


@pytest.mark.parametrize(
    "question", ["Where does the author work?", "What is Xu Han's affiliation?", "Which university is he at?"]
)
def test_an_affiliation_is_told_where_the_papers_give_one(sample: Assistant, question: str) -> None:
    answer = sample.ask(question)
    assert answer.answered
    assert "tsinghua" in answer.text
    assert_well_cited(answer)


def test_a_prize_that_a_paper_tells_of_is_quoted(model: EmbeddingModel, tmp_path: Path) -> None:
    path = tmp_path / "page.txt"
    prized = make_record(title="Fern Counting", abstract="We count ferns. It won the best paper award of the day.")
    path.write_text(make_page(prized, make_record()), encoding="utf-8")
    with Assistant(library="prized", data_dir=tmp_path, model=model) as assistant:
        assistant.ingest(path)
        answer = assistant.ask("Which awards did her papers win?")
    assert answer.answered
    assert [c.quote for c in answer.citations] == ["It won the best paper award of the day."]


@pytest.mark.parametrize(
    "question",
    [
        "Which papers are about citation recommendation?",
        "Who is the author?",
        "Which papers mention awards shows?",
        "What does the author work on?",
        "Who are the co-authors?",
        "Where do long sentences come from?",
        "What do reviewers say in the corpus of reviews?",
        "Which languages does the parser speak of?",
        "What is the most important step of parsing?",
        "Which paper has the longest sentences?",
        "Is the most popular tagger used?",
    ],
)
def test_what_only_sounds_like_it_is_not_declined_so(plain: Assistant, question: str) -> None:
    assert "they do not say" not in plain.ask(question).text


# ---- what each paper may state


@pytest.mark.parametrize(
    ("question", "quote"),
    [
        ("What limitations do the papers acknowledge?", "A limitation is that long sentences are left out."),
        ("Which weaknesses do the authors admit?", "A limitation is that long sentences are left out."),
        ("What are the limitations of her work?", "A limitation is that long sentences are left out."),
        ("Are any limitations discussed?", "A limitation is that long sentences are left out."),
        ("Could you tell me the limitations, please?", "A limitation is that long sentences are left out."),
        ("Which papers report limitations?", "A limitation is that long sentences are left out."),
        ("What open questions remain?", "It remains unclear why accuracy falls."),
        ("Which problems are still unsolved?", "It remains unclear why accuracy falls."),
        ("What future work do the papers suggest?", "Future work may add speech."),
        ("What are the author's plans for the future?", "Future work may add speech."),
        ("Which languages are covered?", "We parse Danish and Swahili."),
        ("What languages do Ada Lovelace's papers cover?", "We parse Danish and Swahili."),
        ("How many GPUs were used?", "Training took 14 hours on a GPU."),
        ("What hardware was used for training?", "Training took 14 hours on a GPU."),
        ("How long did training take?", "Training took 14 hours on a GPU."),
        ("What was the training time of the models?", "Training took 14 hours on a GPU."),
        ("How long did it take to train the models?", "Training took 14 hours on a GPU."),
        ("Which evaluation metrics are used?", "It remains unclear why accuracy falls."),
    ],
)
def test_an_aspect_of_all_papers_is_quoted_from_those_that_state_it(
    plain: Assistant, question: str, quote: str
) -> None:
    answer = plain.ask(question)
    assert answer.answered
    assert [citation.quote for citation in answer.citations] == [quote]
    assert answer.text.startswith("1 of 3 papers speaks of ")
    assert answer.mode == "computed"
    assert answer.table
    assert answer.table[0]["passage"] == quote
    assert_well_cited(answer)


@pytest.mark.parametrize(
    "question",
    [
        "Who funds this research?",
        "Who financed the work?",
        "By whom was the work supported?",
        "Was the research funded by anyone?",
        "What does it cost?",
        "How much did the annotation cost?",
        "How large are the models that were trained?",
        "How many parameters do the models have?",
        "Which assumptions are made?",
        "Which hypotheses are tested?",
        "What hyperparameters are used?",
        "Which learning rate was used?",
        "What ethical issues are discussed?",
        "How high was the inter-annotator agreement?",
        "How many annotators were there?",
        "Which programming language is the code written in?",
        "Is there any human evaluation?",
        "Which baselines are compared against?",
        "What grants does she hold?",
        "Which statistical tests were used?",
        "How much memory was needed?",
        "How fast are the systems?",
        "How accurate are the models?",
        "How many participants took part?",
        "What are the risks?",
        "What biases are discussed?",
        "Are the results reproducible?",
    ],
)
def test_an_aspect_that_no_paper_states_is_declined_without_a_paper(plain: Assistant, question: str) -> None:
    answer = plain.ask(question)
    assert not answer.answered
    assert not answer.citations
    assert "all of this library's 3 papers" in answer.text
    assert "PDFs" in answer.text


def test_an_amount_of_money_is_no_formula(model: EmbeddingModel, tmp_path: Path) -> None:
    path = tmp_path / "page.txt"
    formula = make_record(title="Fern Counting", abstract="We scale to $1,024$K tokens of ferns.")
    paid = make_record(title="Moss Counting", abstract="We count moss. Each label cost $0.05 and took a minute.")
    path.write_text(make_page(formula, paid), encoding="utf-8")
    with Assistant(library="paid", data_dir=tmp_path, model=model) as assistant:
        assistant.ingest(path)
        answer = assistant.ask("How much did the annotation cost?")
    assert [citation.paper.title for citation in answer.citations] == ["Moss Counting"]


@pytest.mark.parametrize(
    "question",
    [
        "Papers on ethical issues?",
        "Which papers deal with evaluation metrics?",
        "What are the limitations of lichen?",
        "limitations",
        "What limitation does Gravel Corpora have?",
        "What is the newest paper's limitation?",
    ],
)
def test_a_topic_or_one_paper_is_no_aspect_of_all(plain: Assistant, question: str) -> None:
    answer = plain.ask(question)
    assert "of 3 papers speak" not in answer.text
    assert "all of this library's" not in answer.text


def test_the_users_filters_and_the_questions_years_bound_an_aspect(sample: Assistant) -> None:
    whole = sample.ask("What are the main findings?")
    later = sample.ask("What are the main findings of papers since 2023?")
    filtered = sample.ask("What are the main findings?", filters=Filters(years=(2023, None)))
    assert len(whole.citations) > len(later.citations) == len(filtered.citations) > 0
    assert all((citation.paper.year or 0) >= 2023 for citation in (*later.citations, *filtered.citations))


def test_an_aspect_is_asked_of_the_paper_that_was_spoken_of(sample: Assistant) -> None:
    history = talk("What is MAVEN?", "**MAVEN: A Massive General Domain Event Detection Dataset** [1]")
    answer = sample.ask("What limitations does it have?", history=history)
    assert "all of this library's" not in answer.text


# ---- where papers came out


@pytest.mark.parametrize(
    "question",
    [
        "Which papers were published at ACL?",
        "Which venues does the author publish in?",
        "In which journal do they publish most?",
        "Where does she publish most?",
        "Where have the papers been published?",
        "How many papers appeared at a conference?",
        "What was presented at EMNLP?",
        "List the conferences",
        "Journals or conferences: which does she prefer?",
    ],
)
def test_where_no_paper_names_a_venue_that_is_said(plain: Assistant, question: str) -> None:
    answer = plain.ask(question)
    assert not answer.answered
    assert "none of the 3 papers names a venue" in answer.text


@pytest.mark.parametrize(
    "question",
    [
        "Which venues does the author publish in?",
        "In which journals have the papers appeared?",
        "Where does he publish most?",
        "List the conferences",
        "Which conferences are represented?",
        "Where were these papers published?",
    ],
)
def test_venues_are_listed_with_their_papers(placed: Assistant, question: str) -> None:
    answer = placed.ask(question)
    assert answer.answered
    assert "**12 venues**" in answer.text
    assert "**CoRR**: 2 papers" in answer.text
    assert len(answer.citations) == 13
    assert_well_cited(answer)


@pytest.mark.parametrize(
    ("question", "count"),
    [
        ("Which papers appeared at ECOOP?", 2),
        ("How many papers were published in CoRR?", 2),
        ("What did he present at ECOOP?", 2),
        ("Which papers were presented at ECOOP in 2019?", 1),
        ("How many papers appeared in journals?", 3),
        ("How many papers were presented at conferences?", 8),
        ("Which papers appeared in a journal?", 3),
        ("Show me the conference papers", 8),
        ("List the journal articles", 3),
        ("Journals versus conferences?", 11),
        ("Which papers were presented at ECOOP 2019?", 1),
        ("What is the newest paper at ECOOP?", 1),
        ("How many CoRR papers are there?", 2),
        ("Is there a paper at ECOOP?", 2),
        ("Did he publish more at ECOOP or in CoRR?", 4),
    ],
)
def test_the_papers_of_a_venue_are_listed(placed: Assistant, question: str, count: int) -> None:
    answer = placed.ask(question)
    assert answer.answered
    assert len(answer.citations) == count
    assert_well_cited(answer)


def test_a_venue_that_is_not_there_is_declined_with_those_that_are(placed: Assistant) -> None:
    answer = placed.ask("Which papers were published at ACL?")
    assert not answer.answered
    assert "None of the 14 papers here is listed with the venue ACL" in answer.text
    assert "CoRR" in answer.text


# ---- results, what is said of something, and what no paper says


_FIGURED = [
    ("Heath Parsing", "We parse heath reports. Our parser reaches an F1 score of 81.2 and is 3 times faster."),
    ("Bog Tagging with Sedge", "We tag bog reports with sedge. Experiments show that sedge improves accuracy by 4.1%."),
    (
        "Sedge Translation",
        "Sedge translates. We find that sedge gains 2.5 BLEU points on SedgeTest, without more data.",
    ),
    ("A Corpus of Ferns", "We release 9,000 sentences of ferns. They are hard. SedgeTest is of no use for them."),
]


@pytest.fixture(scope="module")
def figured(model: EmbeddingModel, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    """Papers that state results in figures, of several measures, and one that states none."""
    folder = tmp_path_factory.mktemp("figured")
    page = folder / "page.txt"
    page.write_text(make_page(*(make_record(title=title, abstract=text) for title, text in _FIGURED)), encoding="utf-8")
    with Assistant(library="figured", data_dir=folder, model=model) as assistant:
        assistant.ingest(page)
        yield assistant


def _titles(answer: Answer) -> set[str]:
    return {citation.paper.title for citation in answer.citations}


@pytest.mark.parametrize(
    ("question", "titles"),
    [
        (
            "Which paper reports the largest improvement?",
            {"Heath Parsing", "Bog Tagging with Sedge", "Sedge Translation"},
        ),
        ("Which method works best?", {"Heath Parsing", "Bog Tagging with Sedge", "Sedge Translation"}),
        ("What's the best result of her papers?", {"Heath Parsing", "Bog Tagging with Sedge", "Sedge Translation"}),
        ("Which of the papers achieves the highest F1?", {"Heath Parsing"}),
        ("What is the highest accuracy they report?", {"Bog Tagging with Sedge"}),
        ("How high is the best BLEU score?", {"Sedge Translation"}),
        ("Which system is the fastest?", {"Heath Parsing"}),
        ("What is the best result on SedgeTest?", {"Sedge Translation"}),
        ("Could you tell me which dataset is the biggest, please?", {"A Corpus of Ferns"}),
        ("What is the largest corpus she released?", {"A Corpus of Ferns"}),
        ("What is the most surprising finding?", {"Bog Tagging with Sedge", "Sedge Translation"}),
    ],
)
def test_no_result_is_called_the_best_but_the_figures_are_quoted(
    figured: Assistant, question: str, titles: set[str]
) -> None:
    answer = figured.ask(question)
    assert answer.answered
    assert answer.text.startswith("Which comes first is not settled here")
    assert _titles(answer) == titles
    assert_well_cited(answer)


@pytest.mark.parametrize(
    ("question", "titles"),
    [
        ("What BLEU gains are reported?", {"Sedge Translation"}),
        ("Which F1 scores do they report?", {"Heath Parsing"}),
        ("What accuracy is achieved?", {"Bog Tagging with Sedge"}),
        ("What improvements were achieved?", {"Heath Parsing", "Bog Tagging with Sedge", "Sedge Translation"}),
    ],
)
def test_figures_of_a_measure_are_quoted_from_those_that_state_them(
    figured: Assistant, question: str, titles: set[str]
) -> None:
    answer = figured.ask(question)
    assert answer.answered
    assert _titles(answer) == titles
    assert_well_cited(answer)


@pytest.mark.parametrize(
    "question",
    [
        "What is the highest ROUGE score?",
        "What perplexity is reported?",
        "What is the best F1 on ImageNet?",
        "What do they say about quantum computing?",
        "What is known about cooking?",
        "Can you explain beam search to me?",
    ],
)
def test_what_no_paper_says_is_declined_without_a_paper(figured: Assistant, question: str) -> None:
    answer = figured.ask(question)
    assert not answer.answered
    assert not answer.citations
    assert "found no sentence" in answer.text


@pytest.mark.parametrize(
    "question",
    [
        "What did they find out about sedge?",
        "What do the papers say about sedge?",
        "What does the author say about sedge?",
        "What is known about sedge?",
        "What are the main findings on sedge?",
        "What was learned about sedge?",
        "Please summarize the insights about sedge",
    ],
)
def test_what_is_said_of_something_is_quoted_from_all_on_it(figured: Assistant, question: str) -> None:
    answer = figured.ask(question)
    assert answer.answered
    assert answer.text.startswith("2 of 4 papers are on “sedge” [1] [2]; what they say of it:")
    assert {citation.quote for citation in answer.citations} == {
        "Experiments show that sedge improves accuracy by 4.1%.",
        "We find that sedge gains 2.5 BLEU points on SedgeTest, without more data.",
    }
    assert_well_cited(answer)


@pytest.mark.parametrize("question", ["Can you explain sedge to me?", "I don't understand sedge", "Define sedge"])
def test_a_quotation_is_not_passed_off_as_an_explanation(figured: Assistant, question: str) -> None:
    answer = figured.ask(question)
    assert answer.text.startswith("No paper explains it as a textbook would; 2 of 4 papers are on “sedge”")


@pytest.mark.parametrize(
    "question",
    [
        "Which papers build on each other?",
        "Which papers extend earlier ones?",
        "Which of the papers cite each other?",
        "Do any of her papers contradict one another?",
        "Which papers are related?",
        "Which papers are follow-ups of previous ones?",
        "Does she build on her earlier work?",
        "Are there contradictions between the papers?",
    ],
)
def test_how_papers_relate_is_declined(figured: Assistant, question: str) -> None:
    answer = figured.ask(question)
    assert not answer.answered
    assert "how they build on, cite or contradict one another" in answer.text


def test_a_paper_that_speaks_of_earlier_work_of_its_authors_is_quoted(model: EmbeddingModel, tmp_path: Path) -> None:
    path = tmp_path / "page.txt"
    later = make_record(title="Fern Counting Again", abstract="We count ferns. We extend our previous work on moss.")
    path.write_text(make_page(later, make_record()), encoding="utf-8")
    with Assistant(library="later", data_dir=tmp_path, model=model) as assistant:
        assistant.ingest(path)
        answer = assistant.ask("Which papers build on earlier ones?")
    assert [citation.quote for citation in answer.citations] == ["We extend our previous work on moss."]


@pytest.mark.parametrize(
    ("question", "what"),
    [
        ("Is her work any good?", "how good the work is"),
        ("Are the results reliable?", "how good the work is"),
        ("Can I trust these papers?", "how good the work is"),
        ("Which paper is the hardest to understand?", "how good the work is"),
        ("How does her work compare to others?", "with that of others"),
        ("Compare her papers with those of Ada Byron", "with that of others"),
        ("What's the future of translation?", "what the future will bring"),
    ],
)
def test_what_readers_judge_is_declined(figured: Assistant, question: str, what: str) -> None:
    answer = figured.ask(question)
    assert not answer.answered
    assert what in answer.text


@pytest.mark.parametrize(
    "question", ["Tell me something interesting.", "Surprise me!", "Show me something cool please"]
)
def test_a_wish_for_anything_is_met_with_a_question_to_ask(figured: Assistant, question: str) -> None:
    answer = figured.ask(question)
    assert answer.plan.intent == "about_assistant"
    assert "For example" in answer.text


@pytest.mark.parametrize(
    "question",
    [
        "What F1 score does Heath Parsing reach?",
        "Which papers are on sedge?",
        "How does the parser of heath reports build on rules?",
        "What is the best result of the paper on ferns?",
        "Which papers are related to sedge?",
        "Explain how the heath parser works",
        "How does Sedge Translation compare to Heath Parsing?",
        "Is the parser of heath reports good?",
    ],
)
def test_what_is_asked_of_one_paper_or_topic_is_answered_as_before(figured: Assistant, question: str) -> None:
    text = figured.ask(question).text
    assert "is not settled here" not in text
    assert "what they say of it" not in text
    assert "they do not say" not in text


# ---- of papers on a topic


@pytest.mark.parametrize(
    ("question", "topic", "what"),
    [
        ("What are the limitations of the papers on relation extraction?", "relation extraction", "limitations"),
        ("Which evaluation metrics do the papers on event detection use?", "event detection", "evaluation metrics"),
        ("What future work do the papers about knowledge graphs name?", "knowledge graphs", "future work"),
        ("Which hardware do the prompt tuning papers use?", "prompt tuning", "the hardware used"),
        ("In the relation extraction papers, what baselines are mentioned?", "relation extraction", "baselines"),
    ],
)
def test_what_papers_state_is_looked_for_in_those_on_the_topic(
    sample: Assistant, question: str, topic: str, what: str
) -> None:
    answer = sample.ask(question)
    assert f"on “{topic}”" in answer.text
    assert what in answer.text
    assert f"of {len(sample.library)} papers" not in answer.text


@pytest.mark.parametrize(
    "question",
    [
        "What baselines are used in the paper on document-level relation extraction?",
        "What are the limitations of distant supervision?",
        "Which evaluation metrics fit event detection?",
    ],
)
def test_what_one_paper_states_is_looked_up_in_it(sample: Assistant, question: str) -> None:
    assert sample.ask(question).plan.intent == "look_up"


@pytest.mark.parametrize(
    ("question", "topic"),
    [
        ("What does he say about evaluation?", "evaluation"),
        ("What do the papers say about the data?", "data"),
        ("What do they write about training?", "training"),
    ],
)
def test_a_word_of_many_papers_is_a_topic_where_what_is_said_of_it_is_asked(
    sample: Assistant, question: str, topic: str
) -> None:
    answer = sample.ask(question)
    assert f"on “{topic}”" in answer.text
    assert answer.answered
    assert_well_cited(answer)


# ---- what it costs


@pytest.mark.parametrize(
    "question",
    [
        "What is FewRel?",
        "How does CLEVE compare with MAVEN?",
        "Which paper says that prompts are templates?",
        "How are relations learned from few examples?",
    ],
)
def test_a_question_to_single_papers_is_answered_without_going_through_all(
    sample: Assistant, question: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> NoReturn:
        raise AssertionError("goes through all papers")

    monkeypatch.setattr(Catalogue, "select", refuse)
    monkeypatch.setattr(overall, "mentioned", refuse)
    assert sample.ask(question).answered
