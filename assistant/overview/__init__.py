"""What the papers of one author show as a whole: questions, an answer in one sentence each, a figure and its papers.

Every sentence is computed from the rows beside it. What has nothing to compare is left out.
"""

from __future__ import annotations

from collections.abc import Sequence

from assistant.catalogue import Catalogue
from assistant.ingesting import Progress
from assistant.namesakes import Namesakes
from assistant.overview.finding import Finding
from assistant.overview.people import coauthor_network, coauthors, frequent_coauthors
from assistant.overview.things import datasets_over_time, methods_over_time
from assistant.overview.years import papers_by_year, share_with_code, topics_over_years
from assistant.papers import Paper

__all__ = ["Finding", "overview"]


def overview(
    catalogue: Catalogue, papers: Sequence[Paper], namesakes: Namesakes, progress: Progress | None = None
) -> list[Finding]:
    """What comparing the papers shows; ``progress`` is told how far the topics are, where they have to be found
    first."""
    catalogue.find_topics(progress)
    people = coauthors(papers, namesakes)
    found = (
        topics_over_years(catalogue, papers),
        papers_by_year(papers),
        datasets_over_time(catalogue, papers),
        methods_over_time(catalogue, papers),
        coauthor_network(people, papers, namesakes.owner),
        frequent_coauthors(people, papers),
        share_with_code(papers),
    )
    return [finding for finding in found if finding is not None]
