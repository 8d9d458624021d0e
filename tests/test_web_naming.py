"""What a user may write for a source on the web."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.errors import SourceError
from assistant.sources.web import Page, Source, identify
from assistant.sources.web.naming import orcid_check_digit


@pytest.mark.parametrize(
    ("text", "service", "key"),
    [
        ("openalex:A5000000000", "openalex", "A5000000000"),
        ("OpenAlex:w123", "openalex", "W123"),
        ("https://openalex.org/A5000000000", "openalex", "A5000000000"),
        ("https://openalex.org/authors/a5000000000", "openalex", "A5000000000"),
        ("https://api.openalex.org/works/W2741809807", "openalex", "W2741809807"),
        ("orcid:0000-0002-1825-0097", "orcid", "0000-0002-1825-0097"),
        ("0000-0002-1694-233x", "orcid", "0000-0002-1694-233X"),
        ("https://orcid.org/0000-0002-1825-0097/", "orcid", "0000-0002-1825-0097"),
        ("arxiv:au:Curie_M", "arxiv", "au:Curie_M"),
        ("arxiv:au:Marie Curie", "arxiv", "au:Marie_Curie"),
        ("arxiv:2004.12345v2", "arxiv", "2004.12345"),
        ("arXiv:hep-th/9901001", "arxiv", "hep-th/9901001"),
        ("https://arxiv.org/abs/2004.12345v3", "arxiv", "2004.12345"),
        ("https://www.arxiv.org/pdf/hep-th/9901001.pdf", "arxiv", "hep-th/9901001"),
        ("s2:1723755", "s2", "1723755"),
        ("https://www.semanticscholar.org/author/A.-Turing/2262347", "s2", "2262347"),
        (
            "https://www.semanticscholar.org/paper/Computing/2d5673caa9e6af3a7b82a43f19ee920992db07ad",
            "s2",
            "2d5673caa9e6af3a7b82a43f19ee920992db07ad",
        ),
        ("doi:10.18653/v1/K17-1021", "doi", "10.18653/v1/k17-1021"),
        ("10.18653/v1/K17-1021", "doi", "10.18653/v1/k17-1021"),
        ("https://dx.doi.org/10.1000%2F182", "doi", "10.1000/182"),
        ("doi:10.48550/arXiv.2312.07559", "arxiv", "2312.07559"),
    ],
)
def test_a_source_is_known_by_its_identifier_or_link(text: str, service: str, key: str) -> None:
    found = identify(text)
    assert isinstance(found, Source)
    assert (found.service, found.id) == (service, key)
    assert identify(str(found)) == found


@pytest.mark.parametrize(
    "text",
    [
        "https://example.org/papers.bib",
        "https://example.org/~curie/",
        "https://orcid.org/signin",
        "https://openalex.org/about",
        "https://arxiv.org/a/warner_s_1",
    ],
)
def test_any_other_link_is_a_page(text: str) -> None:
    assert identify(text) == Page(text)


@pytest.mark.parametrize(
    "text", ["refs.bib", "papers/", "C:\\papers\\a.pdf", "profile.txt", "", "10.1/x", "Ada: A life"]
)
def test_a_file_is_none_of_them(text: str) -> None:
    assert identify(text) is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("orcid:0000-0002-1825-0098", "wrong check digit"),
        ("https://orcid.org/0000-0002-1825-0098", "wrong check digit"),
        ("orcid:12", "write orcid: and an iD"),
        ("openalex:X1", "write openalex:A"),
        ("arxiv:au:", "write arxiv:au:"),
        ('arxiv:au:x" OR all:y', "write arxiv:au:"),
        ("s2:turing", "write s2:"),
        ("doi:11.5", "write doi: and 10."),
        ("https://curie:secret@example.org/", "must not hold a user's name or password"),
        ("https://[::1/", "is no link that can be followed"),
        ("https://", "is no link that can be followed"),
    ],
)
def test_what_only_looks_like_one_says_how_it_is_written(text: str, reason: str) -> None:
    with pytest.raises(SourceError, match=reason) as caught:
        identify(text)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("key", ["0000-0002-1825-0097", "0000-0001-5109-3700", "0000-0002-1694-233X"])
def test_the_check_digit_is_the_one_of_orcids_own_examples(key: str) -> None:
    assert orcid_check_digit(key[:-1]) == key[-1]


_PREFIXES = st.sampled_from(
    ["", "openalex:", "orcid:", "arxiv:", "arxiv:au:", "s2:", "doi:", "https://", "http://doi.org/"]
)


@given(_PREFIXES, st.text(max_size=60))
@settings(derandomize=True, max_examples=300, deadline=None)
def test_any_text_is_a_source_a_page_none_or_an_error(prefix: str, rest: str) -> None:
    try:
        found = identify(prefix + rest)
    except SourceError:
        return
    assert found is None or identify(str(found)) == found
