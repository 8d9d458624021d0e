"""Topics: what they are called, which papers they hold, and what stays when papers come and go."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence

import numpy as np
import pytest

from assistant.analysis.topics import OTHER, Topics, Vectors, by_year, find_topics, most_topics
from assistant.papers import ABSTRACT, TITLE, Paper, Section

Library = tuple[list[Paper], Vectors]

SUBJECTS = {
    "soil erosion": [
        "Soil Erosion after Wildfire",
        "Rainfall and Soil Erosion on Slopes",
        "Mapping Soil Erosion from Space",
    ],
    "bird migration": ["Bird Migration at Night", "Radar Tracks of Bird Migration", "Bird Migration and Warm Springs"],
    "coral bleaching": ["Coral Bleaching in Summer", "Heat and Coral Bleaching", "Recovery from Coral Bleaching"],
}


def paper(key: str, title: str, abstract: str = "", date: str | None = "2019") -> Paper:
    text = f"{title}\n\n{abstract}"
    sections = [Section(TITLE, 0, len(title))]
    if abstract:
        sections.append(Section(ABSTRACT, len(title) + 2, len(text)))
    return Paper(key=key, title=title, text=text, sections=tuple(sections), date=date)


def near(direction: int, step: int) -> Vectors:
    """A unit vector close to one axis; equal steps stray alike."""
    vector = np.zeros(16, dtype=np.float32)
    vector[direction] = 1.0
    vector[8 + step % 8] = 0.3
    return np.asarray(vector / np.linalg.norm(vector), dtype=np.float32)


def library(subjects: Sequence[str] = tuple(SUBJECTS)) -> Library:
    """Three papers on each subject, with an abstract that names it."""
    papers, vectors = [], []
    for direction, subject in enumerate(subjects):
        for step, title in enumerate(SUBJECTS[subject]):
            abstract = f"Little is known of {subject} in cold years. We measured it."
            papers.append(paper(f"{subject[:4]}-{step}", title, abstract, f"{2018 + step}"))
            vectors.append(near(direction, step))
    return papers, np.stack(vectors)


def labels(topics: Topics) -> list[str]:
    return [topic.label for topic in topics.topics]


def test_papers_on_one_subject_are_one_topic_named_by_it() -> None:
    topics = find_topics(*library())
    assert sorted(labels(topics)) == sorted(SUBJECTS)
    for topic in topics.topics:
        assert {key[:4] for key in topic.papers} == {topic.label[:4]}


def test_every_paper_is_in_exactly_one_topic() -> None:
    papers, vectors = library()
    topics = find_topics(papers, vectors)
    held = [key for topic in topics.topics for key in topic.papers]
    assert sorted(held) == sorted(paper.key for paper in papers)
    assert all(paper.key in (topics.of(paper.key) or topics.topics[0]).papers for paper in papers)
    assert topics.of("unheard-of") is None


def test_a_label_stands_literally_in_two_of_its_papers() -> None:
    papers, vectors = library()
    texts = {paper.key: paper.text.casefold() for paper in papers}
    for topic in find_topics(papers, vectors).topics:
        for term in (topic.label, *topic.terms):
            assert sum(term.casefold() in texts[key] for key in topic.papers) >= 2


def test_the_order_of_the_papers_changes_nothing() -> None:
    papers, vectors = library()
    order = random.Random(1).sample(range(len(papers)), len(papers))
    assert find_topics([papers[i] for i in order], vectors[order]) == find_topics(papers, vectors)


def test_a_library_of_no_papers_has_no_topics() -> None:
    topics = find_topics([], np.zeros((0, 16), dtype=np.float32))
    assert topics == Topics()
    assert by_year(topics, []) == []


def test_a_library_of_one_paper_has_one_topic_of_its_titles_words() -> None:
    topics = find_topics([paper("a", "Radar Tracks of Bird Migration")], near(0, 0)[None])
    assert [topic.papers for topic in topics.topics] == [("a",)]
    assert topics.topics[0].label in ("bird migration", "radar tracks")


def test_two_papers_that_share_a_phrase_are_one_topic() -> None:
    papers = [paper("a", "Bird Migration at Night"), paper("b", "Radar Tracks of Bird Migration")]
    topics = find_topics(papers, np.stack([near(0, 0), near(0, 1)]))
    assert labels(topics) == ["bird migration"]


def test_two_papers_with_nothing_in_common_are_in_no_named_topic() -> None:
    papers = [paper("a", "Bird Migration at Night"), paper("b", "Proofs of Security")]
    topics = find_topics(papers, np.stack([near(0, 0), near(1, 0)]))
    assert [(topic.label, topic.papers) for topic in topics.topics] == [(OTHER, ("a", "b"))]


def test_five_papers_on_one_subject_and_no_abstracts_are_one_topic() -> None:
    titles = ["Coral Bleaching", "Coral Bleaching in Summer", "Heat and Coral Bleaching", "On Coral Bleaching"]
    papers = [paper(str(i), title) for i, title in enumerate([*titles, "Early Signs of Coral Bleaching"])]
    topics = find_topics(papers, np.stack([near(0, i) for i in range(5)]))
    assert labels(topics) == ["coral bleaching"]
    assert len(topics.topics[0].papers) == 5


def test_papers_that_are_all_the_same_are_one_topic() -> None:
    papers = [paper(str(i), "Coral Bleaching in Summer", "We study coral bleaching.") for i in range(12)]
    topics = find_topics(papers, np.stack([near(0, 0)] * 12))
    assert labels(topics) == ["coral bleaching"]


def test_a_paper_unlike_all_others_is_in_other() -> None:
    papers, vectors = library()
    papers.append(paper("odd", "Proofs of Security", "A protocol is proved."))
    topics = find_topics(papers, np.vstack([vectors, near(5, 0)]))
    assert topics.topics[-1].label == OTHER
    assert topics.topics[-1].papers == ("odd",)


def test_no_label_is_a_function_word_or_a_word_of_any_paper() -> None:
    papers = [paper(str(i), "A Novel Method for Results", "The novel method gives results.") for i in range(4)]
    assert labels(find_topics(papers, np.stack([near(0, i) for i in range(4)]))) == [OTHER]


def test_the_name_that_a_paper_gives_to_its_work_is_no_topic() -> None:
    papers = [
        paper("a", "CORALNET: Coral Bleaching from Pictures", "CORALNET sees coral bleaching."),
        paper("b", "Coral Bleaching with CORALNET", "We use CORALNET on coral bleaching."),
    ]
    topics = find_topics(papers, np.stack([near(0, 0), near(0, 1)]))
    assert labels(topics) == ["coral bleaching"]
    assert "CORALNET" not in topics.topics[0].terms


@pytest.mark.parametrize(
    ("written", "label"),
    [
        (["Detecting Anaemia", "Anemia in Children", "Signs of Anemia"], "anemia"),
        (["Few-Shot Learning", "Few shot learning of signs", "On Few-Shot Learning"], "few-shot learning"),
        (["Word Embedding", "Word Embeddings at Sea", "Word Embeddings on Land"], "word embeddings"),
        (["mRNA Vaccines", "Safety of mRNA Vaccines", "mRNA Vaccine"], "mRNA vaccines"),
    ],
)
def test_spellings_count_together_and_the_commonest_is_shown(written: list[str], label: str) -> None:
    papers = [paper(str(i), title) for i, title in enumerate(written)]
    assert labels(find_topics(papers, np.stack([near(0, i) for i in range(3)]))) == [label]


def test_a_new_paper_joins_the_nearest_topic_and_the_others_stay() -> None:
    papers, vectors = library()
    before = find_topics(papers, vectors)
    papers.append(paper("new", "Sediment in Rivers"))
    after = find_topics(papers, np.vstack([vectors, near(0, 5)]), previous=before)
    home = after.of("new")
    assert home is not None
    assert home.label == "soil erosion"
    assert sorted(labels(after)) == sorted(labels(before))
    for topic in before.topics:
        for key in topic.papers:
            assert after.of(key) is not None
            assert getattr(after.of(key), "label", None) == topic.label


def test_a_new_paper_far_from_every_topic_is_in_other() -> None:
    papers, vectors = library()
    before = find_topics(papers, vectors)
    papers.append(paper("new", "Proofs of Security"))
    after = find_topics(papers, np.vstack([vectors, near(6, 0)]), previous=before)
    assert after.topics[-1].label == OTHER
    assert after.topics[-1].papers == ("new",)


def test_a_paper_that_is_gone_is_in_no_topic() -> None:
    papers, vectors = library()
    after = find_topics(papers[1:], vectors[1:], previous=find_topics(papers, vectors))
    assert after.of(papers[0].key) is None
    assert after.changed == 1


def test_topics_are_found_anew_when_more_than_a_quarter_has_changed() -> None:
    papers, vectors = library()
    first_two = find_topics(papers[:6], vectors[:6])
    assert find_topics(papers, vectors, previous=first_two) == find_topics(papers, vectors)


def test_small_changes_add_up() -> None:
    papers, vectors = library()
    topics = find_topics(papers[:8], vectors[:8])
    for change in ([*range(1, 8)], [*range(2, 8)], [*range(3, 8)]):
        topics = find_topics([papers[i] for i in change], vectors[change], previous=topics)
    assert (topics.size, topics.changed) == (5, 0)


def test_vectors_of_another_model_have_topics_found_anew() -> None:
    papers, vectors = library()
    before = find_topics(papers, vectors)
    wider = np.hstack([vectors, np.zeros((len(papers), 4), dtype=np.float32)])
    assert len(find_topics(papers, wider, previous=before).topics[0].centroid) == 20


def test_topics_survive_json() -> None:
    topics = find_topics(*library())
    assert Topics.from_dict(json.loads(json.dumps(topics.to_dict()))) == topics


def test_progress_ends_at_the_number_of_papers() -> None:
    papers, vectors = library()
    seen: list[tuple[int, int]] = []
    find_topics(papers, vectors, progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (9, 9)


def test_the_shares_of_a_year_sum_to_one_and_its_zeros_are_rows() -> None:
    papers, vectors = library()
    papers[-1] = paper(papers[-1].key, papers[-1].title, "Little is known of coral bleaching.", "2017-05")
    rows = by_year(find_topics(papers, vectors), papers)
    assert [row["year"] for row in rows] == [year for year in (2017, 2018, 2019, 2020) for _ in SUBJECTS]
    for year in (2017, 2018, 2019, 2020):
        assert sum(row["share"] for row in rows if row["year"] == year) == pytest.approx(1.0)
    assert {row["topic"]: row["share"] for row in rows if row["year"] == 2017} == {
        "bird migration": 0.0,
        "coral bleaching": 1.0,
        "soil erosion": 0.0,
    }
    assert all(len(row["keys"]) == row["papers"] for row in rows)


def test_a_paper_without_a_date_has_a_topic_and_no_year() -> None:
    papers, vectors = library()
    papers[0] = paper(papers[0].key, papers[0].title, "Little is known of soil erosion.", None)
    topics = find_topics(papers, vectors)
    assert topics.of(papers[0].key) is not None
    assert papers[0].key not in [key for row in by_year(topics, papers) for key in row["keys"]]


@pytest.mark.parametrize(
    ("papers", "topics"), [(0, 1), (1, 1), (5, 2), (37, 8), (2_000, 19), (18_224, 25), (10**6, 25)]
)
def test_the_number_of_topics_grows_slowly(papers: int, topics: int) -> None:
    assert most_topics(papers) == topics


def test_a_library_above_the_number_of_leaves_has_topics_too() -> None:
    papers, vectors = [], []
    for i in range(360):
        direction, subject = i % 3, list(SUBJECTS)[i % 3]
        papers.append(paper(f"{i:03}", f"{subject.title()} in Region {i}", f"We look at {subject} there."))
        vectors.append(near(direction, i))
    topics = find_topics(papers, np.stack(vectors))
    assert sorted(labels(topics)) == sorted(SUBJECTS)
