"""BibTeX and biblatex as people and services write them: what is read, what is reported, and what cannot hurt."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.errors import SourceError
from assistant.papers import Paper
from assistant.sources import Item, Notice, Skipped, Unreadable, bibtex
from assistant.sources.latex import decode, encode

DATA = Path(__file__).parent / "data" / "bib"
SHARED = Path(__file__).parents[2] / "shared" / "fixtures" / "bib"


def read(text: str) -> list[Item]:
    return list(bibtex.read(text, "refs.bib"))


def papers(text: str) -> list[Paper]:
    return [item for item in read(text) if isinstance(item, Paper)]


def one(fields: str, kind: str = "article", key: str = "key") -> Paper:
    (paper,) = papers(f"@{kind}{{{key}, title = {{A Title}}, {fields}}}")
    return paper


def names(value: str) -> list[str]:
    return [author.name for author in one(f"author = {{{value}}}").authors]


# ---- whole files


def test_a_file_of_publications_is_read_entry_by_entry() -> None:
    found = list(bibtex.read((DATA / "jfdm_publications.bib").read_text(encoding="utf-8"), "refs.bib"))
    assert len(found) == 15
    assert all(isinstance(item, Paper) for item in found)
    first = found[0]
    assert isinstance(first, Paper)
    assert first.title == "Type Theory as a Language Workbench"
    assert first.authors[0].name == "Jan de Muijnck-Hughes"
    assert (first.arxiv_id, first.kind, first.date, first.source) == (
        "2301.12852", "preprint", "2023", "refs.bib, line 1"
    )  # fmt: skip


def test_talks_are_left_out_each_with_its_line() -> None:
    found = list(bibtex.read((DATA / "jfdm_talks.bib").read_text(encoding="utf-8"), "talks.bib"))
    assert len(found) == 32
    assert found[1] == Skipped("talks.bib, line 15", "it is a talk or a poster, not a publication.")
    assert all(isinstance(item, Skipped) for item in found)


def test_a_long_list_loses_nothing() -> None:
    path = SHARED / "ArtPoon_publications.bib"
    if not path.exists():
        pytest.skip("the shared fixtures are not here")
    found = list(bibtex.read(path.read_text(encoding="utf-8"), path.name))
    assert sum(isinstance(item, Paper) for item in found) == 125
    assert [item.text for item in found if isinstance(item, Notice)] == [
        "ArtPoon_publications.bib, line 1983: the key 'kosakovsky2019hyphy' is that of the entry in line 402, too."
    ]
    text = "\n".join(f"{item.title} {item.authors}" for item in found if isinstance(item, Paper))
    assert "\\" not in text.replace("$\\delta$", "").replace("$\\phi$", "")
    assert "*" not in text


def test_entries_of_services_are_read() -> None:
    entries: list[str] = json.loads((DATA / "services.json").read_text(encoding="utf-8"))
    (dose,), (package,), (water,) = map(papers, entries)
    assert (dose.date, dose.authors[2].name, dose.venue) == ("2020-06-01", "Loïc Martin", "Ancient TL")
    assert package.title == "Introducing an R package for luminescence dating analysis"
    assert (water.doi, water.date, water.key) == ("10.1126/science.169.3946.635", "1970-08", "Frank_1970")


@pytest.mark.parametrize("text", ["", "   ", "Dear all,\nme@example.org", "{}", "@", "@article", "% nothing"])
def test_what_holds_no_entry_is_no_bibliography(text: str) -> None:
    with pytest.raises(SourceError, match=r"'refs.bib' holds no BibTeX entry"):
        read(text)


# ---- fields


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        (r"{\'E}t{\"u}de \o{}f {\L}{\'o}d{\'z}", "Étüde øf Łódź"),
        (r"Erd\H{o}s, \v{S}koda, \c Ca, na{\"\i}ve, Nguy{\~{\^e}}n", "Erdős, Škoda, Ça, naïve, Nguyễn"),
        (r"\textit{E. coli} and {HIV}-1, 5\% \& \textsc{More}", "E. coli and HIV-1, 5% & More"),
        (r"100% of pages 1--2 --- ``so'' to say", "100% of pages 1–2 — “so” to say"),
        (r"An $O(n^2)$ bound on \(x_i\) for $5", "An $O(n^2)$ bound on $x_i$ for $5"),
        (r"\href{https://a.org}{here} \cite{x}\mbox{GPT-4}", "here GPT-4"),
        (r"{\textless}i{\textgreater}Drosophila{\textless}/i{\textgreater}", "Drosophila"),
        (r"$\less$i$\greater$Drosophila$\less$/i$\greater$ &amp; more", "Drosophila & more"),
        ("{{An}\n   Old  {Title}}", "An Old Title"),
    ],
)
def test_latex_becomes_the_text_that_it_prints(written: str, printed: str) -> None:
    (paper,) = papers(f"@article{{key, title = {{{written}}}}}")
    assert paper.title == printed


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("Curie, Marie and Pierre Curie", ["Marie Curie", "Pierre Curie"]),
        ("Curie, Jr., Pierre and {van der Berg}, Jan", ["Pierre Curie Jr.", "Jan van der Berg"]),
        ("{The {ABC} and {DEF} Consortium} and Curie, M.", ["The ABC and DEF Consortium", "M. Curie"]),
        (r"{\"O}rmeci, Banu AND Mu\~noz, L*", ["Banu Örmeci", "L Muñoz"]),
        (r"\textbf{Curie, Marie}$^{\dagger}$ and Pierre Curie", ["Marie Curie", "Pierre Curie"]),
        ("Marie Curie, Pierre Curie, Irène Joliot-Curie", ["Marie Curie", "Pierre Curie", "Irène Joliot-Curie"]),
        ("Marie Curie; Pierre Curie", ["Marie Curie", "Pierre Curie"]),
        ("Ferdinand and Anders, And", ["Ferdinand", "And Anders"]),
        ("", []),
    ],
)
def test_authors_are_named_as_they_are_spoken(written: str, expected: list[str]) -> None:
    assert names(written) == expected


@pytest.mark.parametrize("end", ["and others", "and et al.", "et al."])
def test_a_list_that_goes_on_is_not_complete(end: str) -> None:
    paper = one(f"author = {{Curie, Marie {end}}}")
    assert ([author.name for author in paper.authors], paper.authors_complete) == (["Marie Curie"], False)


@pytest.mark.parametrize(
    ("fields", "date"),
    [
        ("year = 1911", "1911"),
        ("year = {1911}, month = apr, day = 3", "1911-04-03"),
        ('year = 1911, month = apr # "~3"', "1911-04-03"),
        ('year = 1911, month = "3~" # apr', "1911-04-03"),
        ("year = 1911, month = {April-June}", "1911-04"),
        ("year = 1911, month = 04", "1911-04"),
        ("date = {1911-04-03/1911-04-05}, year = 1912", "1911-04-03"),
        ("date = {1911-04}", "1911-04"),
        ("year = {c1911}", "1911"),
        ("year = {in press}", None),
        ("urldate = {2020-01-01}", None),
    ],
)
def test_a_date_is_as_exact_as_the_entry(fields: str, date: str | None) -> None:
    assert one(fields).date == date


@pytest.mark.parametrize(
    ("fields", "ids"),
    [
        ("doi = {10.1000/ABC.1}", ("doi:10.1000/abc.1",)),
        (r"url = {https://doi.org/10.1000/abc\_1}", ("doi:10.1000/abc_1",)),
        ("eprint = {2004.12345v2}, archivePrefix = {arXiv}", ("arxiv:2004.12345",)),
        ("eprint = {9901001}, archivePrefix = arXiv, primaryClass = {hep-th}", ("arxiv:hep-th/9901001",)),
        ("journal = {arXiv preprint arXiv:2004.12345}", ("arxiv:2004.12345",)),
        ("doi = {10.48550/arXiv.2004.12345}, eprint = {2004.12345}, eprinttype = {arxiv}", ("arxiv:2004.12345",)),
        ("eprint = {12345}, eprinttype = {jstor}", ()),
        ("pmid = {123}, pmc = {PMC77}", ("pmid:123", "pmcid:pmc77")),
    ],
)
def test_identifiers_are_found_where_people_write_them(fields: str, ids: tuple[str, ...]) -> None:
    assert one(fields).ids == ids


@pytest.mark.parametrize(
    ("kind", "fields", "expected"),
    [
        ("article", "journaltitle = {Nature}", ("article", "Nature")),
        ("article", r"journal = {\aap}", ("article", "Astronomy and Astrophysics")),
        ("inproceedings", "booktitle = {Proceedings of {X}}, series = {LNCS}", ("inproceedings", "Proceedings of X")),
        ("conference", "booktitle = {P}", ("inproceedings", "P")),
        ("thesis", "type = {Master's Thesis}, institution = {ETH}", ("mastersthesis", "ETH")),
        ("phdthesis", "school = {Sorbonne}", ("phdthesis", "Sorbonne")),
        ("report", "institution = {CERN}", ("techreport", "CERN")),
        ("article", "journal = {CoRR}, eprint = {2004.12345}", ("preprint", "CoRR")),
        ("online", "eprint = {2004.12345}, eprinttype = {arxiv}", ("preprint", None)),
        ("misc", r"howpublished = {\url{https://a.org}}", ("misc", None)),
        ("conference-paper", "booktitle = {P}", ("misc", "P")),
    ],
)
def test_kind_and_venue_follow_the_type(kind: str, fields: str, expected: tuple[str, str | None]) -> None:
    paper = one(fields, kind)
    assert (paper.kind, paper.venue) == expected


def test_a_preprint_and_its_publication_keep_both_links() -> None:
    paper = one("doi = {10.1000/a}, eprint = {2004.12345}, archiveprefix = {arXiv}")
    assert (paper.url, paper.links) == ("https://doi.org/10.1000/a", ("https://arxiv.org/abs/2004.12345",))


@pytest.mark.parametrize(
    "field",
    ["file = {:/etc/passwd:PDF}", r"file = {../../../x.pdf}", "local-url = {file:///etc/passwd}", "url = {file:///x}"],
)
def test_attachments_are_never_followed(field: str) -> None:
    paper = one(field)
    assert (paper.url, paper.links) == (None, ())
    assert "passwd" not in paper.text


def test_the_abstract_keeps_its_paragraphs() -> None:
    assert one("abstract = {First\n  line.\n\n Second @home {x}.}").abstract == "First line.\n\nSecond @home x."


def test_a_subtitle_belongs_to_the_title() -> None:
    assert one("subtitle = {A {Sub}title}").title == "A Title: A Subtitle"


@pytest.mark.parametrize(("key", "kept"), [("DBLP:conf/x/Y-Z+1", True), ("k" * 61, False), ("a;rm -rf", False)])
def test_only_a_plain_key_is_kept(key: str, kept: bool) -> None:
    assert one("year = 2000", key=key).key == (key if kept else "")


# ---- what entries share


def test_abbreviations_are_spelled_out_and_joined() -> None:
    (paper,) = papers(
        '@STRING{who = "Marie Curie"}\n@string(js = {Journal of } # {Science})\n'
        '@article{key, author = who # " and " # {Pierre Curie}, title = "A Title", JOURNAL = js}'
    )
    assert ([author.name for author in paper.authors], paper.venue) == (
        ["Marie Curie", "Pierre Curie"],
        "Journal of Science",
    )


def test_an_abbreviation_that_nobody_defined_stands_as_it_is() -> None:
    notice, paper, again = read("@article{a, title={A}, journal=prl}\n@article{b, title={B}, journal=prl}")
    assert notice == Notice("refs.bib, line 1: the abbreviation 'prl' is not defined and stands as it is.")
    assert isinstance(paper, Paper)
    assert isinstance(again, Paper)
    assert (paper.venue, again.venue) == ("prl", "prl")


def test_a_paper_takes_from_its_volume_what_it_lacks() -> None:
    paper, volume = read(
        "@inproceedings{a, author={Marie Curie}, title={A}, crossref={V}}\n"
        "@proceedings{v, title={Proceedings of V}, year=1911, editor={Ed Itor}, doi={10.1000/v}}"
    )
    assert isinstance(paper, Paper)
    assert (paper.title, paper.venue, paper.date, paper.doi) == ("A", "Proceedings of V", "1911", None)
    assert volume == Skipped("refs.bib, line 2", "it is a volume that its editors put together, not a paper.")


def test_volumes_that_refer_to_each_other_end() -> None:
    first, _ = papers("@inbook{a, title={A}, crossref={b}}\n@inbook{b, title={B}, year=1900, crossref={a}}")
    assert (first.title, first.date) == ("A", "1900")


def test_a_key_used_twice_is_kept_by_the_first() -> None:
    first, notice, second = read("@article{a, title={A}}\n@article{a, title={B}}")
    assert isinstance(first, Paper)
    assert isinstance(second, Paper)
    assert (first.key, second.key, second.title) == ("a", "", "B")
    assert notice == Notice("refs.bib, line 2: the key 'a' is that of the entry in line 1, too.")


# ---- what is no publication


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ("@software{a, title={T}, author={A}, doi={10.1000/1}}", "it is software"),
        ("@dataset{a, title={T}, author={A}}", "it is a data set"),
        ("@misc{a, title={T}, author={A}, howpublished={Invited talk, ETH}}", "it is a talk"),
        ("@misc{a, title={T}, author={A}, note={Poster}}", "it is a talk"),
        ("@misc{a, title={T}, author={A}, type={Computer software}}", "it is software"),
        ("@unpublished{a, title={T}, author={A}, eventtitle={Days of X}}", "it is a talk"),
        ("@proceedings{a, title={T}, editor={E}}", "it is a volume"),
        ("@book{a, title={T}, editor={E}, publisher={P}}", "it is a volume"),
        ("% @article{a, title={T}}", "it is commented out"),
    ],
)
def test_what_is_no_publication_is_left_out_with_the_reason(entry: str, reason: str) -> None:
    (item,) = read(entry)
    assert isinstance(item, Skipped)
    assert item.reason.startswith(reason)


@pytest.mark.parametrize(
    "entry",
    [
        "@inproceedings{a, title={T}, author={A}, booktitle={Advances in X}, note={Oral presentation}}",
        "@inproceedings{a, title={T}, author={A}, booktitle={Advances in X}, note={Poster}}",
        "@inproceedings{a, title={T}, author={A}, booktitle={Dagstuhl Seminar 1}, location={Dagstuhl}, pages={1-9}}",
        "@misc{a, title={T}, author={A}, note={Invited talk}, doi={10.1000/1}}",
        "@unpublished{a, title={T}, author={A}, note={Under review}}",
        "@preprint{a, title={T}, author={A}}",
    ],
)
def test_what_may_be_a_publication_is_kept(entry: str) -> None:
    (item,) = read(entry)
    assert isinstance(item, Paper)


# ---- broken entries

WHOLE = "@article{whole, title={Whole}}"


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        ("@article{a,\n title={One},\n author={X}\n", "it does not end: a brace or a quote is not closed."),
        ("@article{a,\n title={One,\n author={X}\n}\n", "it does not end: a brace or a quote is not closed."),
        ('@article{a,\n title="One,\n author={X}\n}\n', "its syntax breaks in line 3: a brace is closed that was not"),
        ("@article{a,\n title={One {{{Two,\n year=2000\n}\n", "it does not end"),
        ("@article{a,\n title=,\n year=2000\n}", "its syntax breaks in line 3: field value expected."),
        ("@article{a,\n title\n}", "its syntax breaks in line 4: '=' expected."),
        ("@article{a}", "the entry has no title."),
        ("@article{a, title={$ $}}", "the entry has no title."),
    ],
)
def test_a_broken_entry_is_reported_with_its_line_and_its_neighbours_stay(broken: str, reason: str) -> None:
    before, item, after = read(f"{WHOLE}\n{broken}\n{WHOLE.replace('whole', 'other')}")
    assert isinstance(before, Paper)
    assert isinstance(after, Paper)
    assert isinstance(item, Unreadable)
    assert item.place == "refs.bib, line 2"
    assert item.reason.startswith(reason)


def test_entries_of_one_line_are_apart_even_where_one_is_broken() -> None:
    items = read("@article{a, title={A} @article{b, title={B}} @article{c, title={C}}")
    assert [type(item) for item in items] == [Unreadable, Paper, Paper]


def test_a_missing_comma_is_forgiven_and_said() -> None:
    notice, paper = read("@article{a,\n title={A}\n year=2000}")
    assert notice == Notice("refs.bib, line 1: a comma is missing in line 3.")
    assert isinstance(paper, Paper)
    assert (paper.title, paper.year) == ("A", 2000)


@pytest.mark.parametrize(
    "head", ["@article{", "@article{,", "@article{A B 2000,", "@ARTICLE {a,", "@article(a,", "@article{a\n"]
)
def test_heads_of_every_shape_begin_an_entry(head: str) -> None:
    (paper,) = papers(f'{head} title = "T \\"u {{"}}x{{"}}", year = 2000 {")" if "(" in head else "}"}')
    assert (paper.title, paper.year) == ('T ü "x"', 2000)


def test_line_ends_of_every_system_count_alike() -> None:
    for end in ("\n", "\r\n", "\r"):
        _, item = read(f"@article{{a,{end} title={{A}}}}{end}{end}@article{{b, title={{B")
        assert isinstance(item, Unreadable)
        assert item.place == "refs.bib, line 4"


def test_text_between_entries_is_a_comment() -> None:
    assert len(read(f'Mail me@example.org {{\n@comment{{jabref-meta: x;}}\n{WHOLE}\n@preamble{{ "\\x" }} bye')) == 1


@pytest.mark.parametrize(
    "text",
    [
        "@article{a, title={" + "{" * 50_000 + "x" + "}" * 50_000 + "}}",
        "@article{a, title={" + r"\emph{" * 30_000 + "}}",
        '@article{a, title="' + "{}" * 100_000,
        "@string{a={xx}}\n" + "@string{a=a # a}\n" * 60 + "@article{x, title=a}",
        "@article{a, title={A}, crossref={" + "a," * 50_000 + "}}",
        "@article{a, title={" + "$" * 100_001 + "}}",
        "@a{" * 20_000,
        "@article{a, title={" + "x" * 600_000 + "}}",
        "@article{a, title={A}, author={" + " and ".join(["X"] * 20_000) + "}}",
    ],
)
def test_hostile_input_ends_as_a_report(text: str) -> None:
    assert not any(len(item.title) > 1_000 for item in read(text) if isinstance(item, Paper))


LATEX = st.lists(
    st.sampled_from([*"ab{}\\$%&#_~^-`'\"@,=( \n", "é", r"\'", r"\c ", "\\url{", "and "]), max_size=40
).map("".join)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.lists(LATEX, min_size=1, max_size=4), st.booleans())
def test_no_text_breaks_the_reader_or_its_neighbour(parts: list[str], quoted: bool) -> None:
    value = '"{}"' if quoted else "{{{}}}"
    body = ", ".join(
        f"{name} = {value.format(part)}" for name, part in zip(("title", "author", "month", "url"), parts, strict=False)
    )
    items = read(f"@article{{a, {body}}}\n{WHOLE}")
    assert any(isinstance(item, Paper) and item.title == "Whole" for item in items)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.text(max_size=300).map(lambda text: "@article{a," + text))
def test_any_text_ends_in_items_or_a_source_error(text: str) -> None:
    assert read(text)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(LATEX, st.booleans())
def test_what_is_escaped_reads_as_it_was(text: str, keep_capitals: bool) -> None:
    assert decode(encode(text, keep_capitals=keep_capitals)) == text
