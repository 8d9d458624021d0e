"""Paper -> Passages with exact offsets, and Paper <-> Records of the store.

A passage is a run of whole sentences of one section that the embedding model reads in full, the title before it
included; a sentence too long for the model is cut between words. Sentences are found by syntok, which knows the
abbreviations of scientific prose; links are hidden from it, and what it splits after "Eq." or "Table." is joined.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from assistant.papers import AUTHORS, LISTING, REFERENCES, TITLE, Paper, Passage
from vectorstore.embeddings import EmbeddingModel
from vectorstore.records import UNSEARCHED, Record, Scalar, record_id

Span = tuple[int, int]

# A link without the stop after it; "…/code.We also" is a link and the next sentence.
_URL = re.compile(r"(?:https?:\s?//|www\.)(?:(?!\.[A-Z][a-z]*\s)[^\s{}<>\"])+(?<![.,;:!?)\]])")
# What a full stop after it does not end a sentence: abbreviations and initials.
_HELD = re.compile(
    r"\b(?:et al|e\.g|i\.e|c\.f|cf|vs|Eqs?|eqs?|Figs?|figs?|Tabs?|tabs?|Tables?|Secs?|secs?|Sects?|Ch|Refs?|refs?"
    r"|Nos?|Vol|pp?|approx|resp|a\.k\.a|w\.r\.t|s\.t|viz|Dr|Prof|Mr|Mrs|Ms|St|Inc|Ltd|Co|Jr|Sr|App|Thm|Lem|Prop|Def|Alg|ca"
    r"|spp?|subsp|var|arXiv|[A-Z])\.$"
)
_MAY_END = re.compile(r"\b(?:et al|etc|Inc|Ltd|Co|Jr|Sr|resp|a\.k\.a|U\.S|U\.K|E\.U|[A-Z])\.$")
# Words that begin a sentence and are no name: "vitamin C. We" is two sentences, "J. Doe" is one.
_STARTER = re.compile(
    r"[(\"“'‘]?(?:A|An|The|This|That|These|Those|There|It|Its|In|On|At|To|By|For|From|With|Without|As|If|When|While|We|Our"
    r"|Us|They|Their|He|She|You|I|Here|However|Moreover|Furthermore|Finally|First|Second|Third|Also|And|But|Or|Then|Thus"
    r"|Hence|Therefore|Although|Since|Because|Both|Each|All|Some|Most|Many|Such|After|Before|Using|Based|Given|What|Which"
    r"|How|Why|Results?|Experiments?|Code|Despite|Unlike|Additionally|Specifically|Overall|Compared|Previous|Recent"
    r"|Existing|Extensive|Empirical)\b"
)
_BOUNDARY = re.compile(r"(?<=[.!?…])\s+(?=[A-Z(\"“\\$]|[a-z]{1,3}[A-Z])|(?<=[a-z]\.)(?=[A-Z][a-z]+\s)|(?<=[。！？])")
_CLOSERS = "\"”’')]}»"
_ENUMERATOR = re.compile(r"\(?(?:\d{1,2}|[a-zA-Z]|[ivx]{1,4})[.)]{1,2}")
_PARAGRAPH = re.compile(r"\n[^\S\n]*\n")
_CHUNK = 20_000  # syntok's time grows faster than the text; no sentence of prose is nearly as long
_NO_EVIDENCE = (LISTING, TITLE, AUTHORS, REFERENCES)


def split_sentences(text: str) -> list[Span]:
    """Where the sentences of a text stand: spans in order, without the blanks between them."""
    hidden = _URL.sub(lambda m: "x" * len(m[0]), text)
    starts = sorted({0, *_syntok_cuts(hidden), *(m.end() for m in _BOUNDARY.finditer(hidden)), *_paragraphs(hidden)})
    kept = [start for start in starts if start == 0 or not _is_held(hidden, start)]
    spans: list[Span] = []
    for start, end in zip(kept, [*kept[1:], len(text)], strict=True):
        piece = text[start:end]
        left, right = start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip())
        if right <= left:
            continue
        # A stray mark belongs to the sentence before it, and "1." to the one that it numbers.
        if spans and (not re.search(r"\w", text[left:right]) or _ENUMERATOR.fullmatch(text, *spans[-1])):
            spans[-1] = (spans[-1][0], right)
        else:
            spans.append((left, right))
    return spans


def _syntok_cuts(text: str) -> Iterator[int]:
    from syntok import segmenter

    for start, end in _chunks(text):
        for paragraph in segmenter.analyze(text[start:end]):
            for sentence in paragraph:
                first = next(iter(sentence), None)
                if first is not None:
                    yield start + first.offset


def _chunks(text: str) -> Iterator[Span]:
    """Stretches of a text, cut after a full stop where there is one."""
    start = 0
    while len(text) - start > _CHUNK:
        stop = text.rfind(". ", start, start + _CHUNK)
        cut = stop + 2 if stop > start else start + _CHUNK
        yield start, cut
        start = cut
    yield start, len(text)


def _paragraphs(text: str) -> Iterator[int]:
    return (match.end() for match in _PARAGRAPH.finditer(text))


def _is_held(text: str, start: int) -> bool:
    """Whether a cut here would stand inside a sentence: after an abbreviation, a colon or nothing that ends one."""
    around = text[max(0, start - 40) : start]
    before = around.rstrip()
    if not before or _PARAGRAPH.search(around, len(before)):
        return False
    following = text[start : start + 20]
    if _HELD.search(before):
        # "et al. The" ends a sentence and "et al. (2018)" does not; "Eq. (3)" never does.
        return not (_MAY_END.search(before) and _STARTER.match(following))
    ended = before.rstrip(_CLOSERS)
    if ended[-1:] not in tuple(".!?…。！？"):
        return True
    return following[:1].islower() and before != ended  # '"why?" asks' and "(see Fig. 2.) and" go on


def body_sections(paper: Paper) -> Iterator[tuple[str, Span]]:
    """The sections that hold evidence, in order: not the record itself, and not what the paper cites."""
    for section in paper.sections:
        if section.name not in _NO_EVIDENCE:
            yield section.name, (section.start, section.end)


def cut_passages(paper: Paper, model: EmbeddingModel) -> list[Passage]:
    """The paper's passages, none longer than the model reads: ``model.count_tokens(embedded text) <= max_tokens``."""
    passages: list[Passage] = []
    prefix = _prefix(paper, model)

    def fits(start: int, end: int) -> bool:
        return model.count_tokens(prefix + paper.text[start:end]) <= model.max_tokens

    for name, (start, end) in body_sections(paper):
        run: list[Span] = []
        for s, e in split_sentences(paper.text[start:end]):
            for piece in _fitting(paper.text, (start + s, start + e), fits):
                if run and not fits(run[0][0], piece[1]):
                    passages.append(_passage(paper, name, run))
                    run = []
                run.append(piece)
        if run:
            passages.append(_passage(paper, name, run))
    return passages


def _passage(paper: Paper, section: str, run: list[Span]) -> Passage:
    start, end = run[0][0], run[-1][1]
    return Passage(paper.key, section, start, end, paper.text[start:end], tuple(run))


def _fitting(text: str, span: Span, fits: Callable[[int, int], bool]) -> Iterator[Span]:
    """The sentence, or the pieces between words that the model can read."""
    start, end = span
    width = 256
    while True:
        while start + width < end and fits(start, start + width):  # never read all that is left for each piece
            width *= 2
        if start + width >= end and fits(start, end):
            break
        low, high = start + 1, min(start + width, end)  # the longest piece that fits, by halving
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if fits(start, middle) else (low, middle - 1)
        cut = _between_words(text, start, low)
        yield start, start + len(text[start:cut].rstrip())
        start, width = _next_word(text, cut, end), max(256, low - start)
    if start < end:
        yield start, end


def _between_words(text: str, start: int, end: int) -> int:
    """The last place before ``end`` that is no middle of a word; ``end`` itself where there is none."""
    if text[end : end + 1].isspace() or text[end - 1 : end].isspace():
        return end
    blank = max((start + match.start() for match in re.finditer(r"\s", text[start:end])), default=start)
    return blank if blank > start else end


def _next_word(text: str, start: int, end: int) -> int:
    while start < end and text[start].isspace():
        start += 1
    return start


def _prefix(paper: Paper, model: EmbeddingModel) -> str:
    """The title, which says what a passage is about; left out where it would take half of the model's room."""
    prefix = f"{paper.title}. "
    return prefix if model.count_tokens(prefix) <= model.max_tokens // 2 else ""


def to_records(
    paper: Paper, model: EmbeddingModel, order: int, more: Mapping[str, Scalar] | None = None
) -> list[Record]:
    """The paper as the store keeps it: its document, its passages, its sentences.

    ``order`` is its place among all; ``more`` are further fields of the document.
    """
    passages = cut_passages(paper, model)
    prefix = _prefix(paper, model)
    payload = paper.to_dict()
    del payload["text"], payload["abstract"]
    document = Record(
        paper.key,
        paper.text,
        embed=_within(paper.title, model),
        fields={
            "title": paper.title,
            "people": " ".join(author.name for author in paper.authors),
            "order": order,
            "paper": json.dumps(payload, ensure_ascii=False),
            "spans": json.dumps([[p.section, p.start, p.end, p.sentences] for p in passages], ensure_ascii=False),
            **_unsearched(paper),
            **(more or {}),
        },
    )
    records = [document]
    for place, passage in enumerate(passages):
        fields: dict[str, Scalar] = {"section": passage.section, "start": passage.start, "end": passage.end}
        identifier = record_id(paper.key, "passage", place)
        records.append(Record(identifier, passage.text, prefix + passage.text, fields))
    for place, (start, end) in enumerate(s for passage in passages for s in passage.sentences):
        fields = {"section": paper.section_at(start), "start": start, "end": end}
        records.append(Record(record_id(paper.key, "sentence", place), paper.text[start:end], None, fields))
    return records


def _unsearched(paper: Paper) -> dict[str, Scalar]:
    """Where the text holds what other papers are called, which no search by word should find."""
    spans = [[section.start, section.end] for section in paper.sections if section.name == REFERENCES]
    return {UNSEARCHED: json.dumps(spans)} if spans else {}


def _within(text: str, model: EmbeddingModel) -> str:
    while model.count_tokens(text) > model.max_tokens:
        text = text[: len(text) * 3 // 4]
    return text


def from_record(record: Record) -> tuple[Paper, list[Passage]]:
    """The paper and its passages, out of the store's document."""
    row: dict[str, Any] = json.loads(str(record.fields["paper"]))
    paper = Paper.from_dict({**row, "text": record.text})
    passages = [
        Passage(paper.key, section, start, end, record.text[start:end], tuple((s, e) for s, e in sentences))
        for section, start, end, sentences in json.loads(str(record.fields["spans"]))
    ]
    return paper, passages
