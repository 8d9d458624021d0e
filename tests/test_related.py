"""Papers near to one paper, by the vectors that the store holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant import Assistant, related
from assistant.catalogue import Catalogue
from assistant.errors import PaperNotFound
from assistant.library import Library
from assistant.related import related as nearest
from assistant.retrieval import Retriever
from tests.fakes import FirstWords, Watched
from tests.papers import PAPERS, make_paper


@pytest.fixture(scope="module")
def catalogue(sample_library: Library) -> Catalogue:
    return Catalogue(sample_library, Retriever(sample_library))


def key_of(catalogue: Catalogue, title: str) -> str:
    return next(key for key, paper in catalogue.library.papers.items() if paper.title.startswith(title))


def test_the_nearest_papers_of_a_paper_are_on_its_subject(catalogue: Catalogue) -> None:
    titles = [paper.title for paper, _ in nearest(catalogue, key_of(catalogue, "FewRel:"))]
    assert titles[0].startswith("FewRel 2.0")
    assert any("Few-Shot" in title for title in titles[1:])


def test_scores_fall_and_none_is_below_the_floor(catalogue: Catalogue) -> None:
    for key in list(catalogue.library.papers)[::5]:
        scores = [score for _, score in nearest(catalogue, key, 40)]
        assert scores == sorted(scores, reverse=True)
        assert all(0.22 <= score <= 1 for score in scores)


def test_a_paper_is_not_related_to_itself(catalogue: Catalogue) -> None:
    for key in list(catalogue.library.papers)[::5]:
        assert key not in [paper.key for paper, _ in nearest(catalogue, key, 40)]


@pytest.mark.parametrize("limit", [0, 1, 3])
def test_no_more_papers_come_than_are_asked_for(catalogue: Catalogue, limit: int) -> None:
    assert len(nearest(catalogue, key_of(catalogue, "FewRel:"), limit)) == limit


def test_a_large_library_gives_the_papers_of_a_whole_comparison(
    catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = [key_of(catalogue, title) for title in ("FewRel:", "DocRED:", "CPM:")]
    whole = [{paper.key for paper, _ in nearest(catalogue, key, 3)} for key in keys]
    monkeypatch.setattr(related, "_SAMPLE", 20)
    assert (
        sum(len(some & {p.key for p, _ in nearest(catalogue, key, 3)}) for some, key in zip(whole, keys, strict=True))
        >= 8
    )


def test_an_unknown_paper_is_refused(catalogue: Catalogue) -> None:
    with pytest.raises(PaperNotFound):
        nearest(catalogue, "nobody1900nothing")


def test_nothing_is_embedded_anew_and_a_paper_alone_has_no_neighbours(tmp_path: Path) -> None:
    model = Watched(FirstWords())
    with Assistant(library="test", data_dir=tmp_path, model=model) as assistant:
        assistant.library.ingest(PAPERS[:1])
        assistant.chain.refresh()
        calls = model.calls
        (key,) = assistant.library.papers
        assert nearest(assistant.chain.catalogue, key) == []
        assert model.calls == calls


def test_papers_that_are_all_as_far_from_each_other_are_not_related(tmp_path: Path) -> None:
    with Assistant(library="test", data_dir=tmp_path, model=FirstWords()) as assistant:
        assistant.library.ingest([make_paper("Looms", "A loom."), make_paper("Very long titles", "An engine.")])
        assistant.chain.refresh()
        assert all(nearest(assistant.chain.catalogue, key) == [] for key in assistant.library.papers)
