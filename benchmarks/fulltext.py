"""``python -m benchmarks.fulltext FILE.jsonl``: questions about whole papers, each asked of its own paper.

FILE is L-Eval's selection of QASPER: a paper's text with its headings, questions, short answers. Printed is the share
of the gold answers' terms (stems, function words and what the question says left out) that stand

- in the answer, beside as many words of the paper's sentences that BM25 alone ranks first;
- in the five passages that the search gives, beside BM25's first five.

Questions whose gold answer is a mere yes or no are answered, but count nowhere in these shares.
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from assistant import Assistant, Filters
from assistant.english.general import FUNCTION_WORDS
from assistant.papers import TITLE, Paper, assemble
from assistant.words import stem, tokens
from benchmarks.arguments import existing_file
from benchmarks.results import Table, add_keep, publish
from vectorstore.keywords import Entry, KeywordIndex

_HEADING = re.compile(r"(?:\w[^.\n]{0,80} ::: )?[A-Z][^.\n]{1,80}")
_PASSAGES = 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=existing_file)
    parser.add_argument("--data-dir", type=Path, help="keep the library there, as embedding the papers takes minutes")
    add_keep(parser)
    arguments = parser.parse_args()
    rows = [json.loads(line) for line in arguments.file.read_text(encoding="utf-8").splitlines()]
    with tempfile.TemporaryDirectory() as folder:
        publish(measure(rows, arguments.data_dir or Path(folder)), keep=arguments.keep)


def measure(rows: Sequence[dict[str, Any]], folder: Path) -> Table:
    in_answer, by_bm25, in_passages, in_bm25_passages, answered = [], [], [], [], []
    with Assistant(library="fulltext", data_dir=folder) as assistant:
        assistant.take_in(read(rows))
        retriever = assistant.as_retriever
        for number, row in enumerate(rows, start=1):
            key = key_of(number)
            paper, passages = assistant.paper(key), assistant.library.passages(key)
            whole = index([passage.text for passage in passages])
            single = [paper.text[s:e] for passage in passages for s, e in passage.sentences]
            sentences = index(single)
            found = retriever(limit=_PASSAGES, per_paper=_PASSAGES, filters=Filters(papers=(key,)))
            for question, gold in zip(row["instructions"], row["outputs"], strict=True):
                answer = assistant.ask(question, filters=Filters(papers=(key,)))
                answered.append(answer.answered)
                wanted = terms(gold) - terms(question)
                if not wanted or re.match(r"(?:yes|no)\b", gold, re.IGNORECASE):
                    continue
                text = answer.text if answer.answered else ""
                in_answer.append(share(wanted, text))
                by_bm25.append(share(wanted, first_words(ranked(sentences, question, single), len(text.split()))))
                in_passages.append(share(wanted, " ".join(hit.page_content for hit in found.invoke(question))))
                texts = [passage.text for passage in passages]
                in_bm25_passages.append(share(wanted, " ".join(ranked(whole, question, texts)[:_PASSAGES])))
    shares = {
        "the answer": in_answer,
        "as many words of the sentences that BM25 ranks first": by_bm25,
        f"the search's first {_PASSAGES} passages": in_passages,
        f"BM25's first {_PASSAGES} passages": in_bm25_passages,
    }
    note = (
        f"{len(rows)} papers, {len(answered)} questions, of which {statistics.mean(answered):.2f} are answered; the "
        f"shares are over the {len(in_answer)} whose gold answer has terms of its own."
    )
    measured = [(name, statistics.mean(values)) for name, values in shares.items()]
    return Table("fulltext", ("QASPER: the gold answers' terms in", "share"), measured, note)


def key_of(number: int) -> str:
    return f"paper{number}"


def read(rows: Sequence[dict[str, Any]]) -> Iterator[Paper]:
    """The papers; the collection leaves out their titles, so that a number stands for each."""
    for number, row in enumerate(rows, start=1):
        parts: list[tuple[str, str]] = [(TITLE, f"Paper {number}")]
        for line in str(row["input"]).splitlines():
            if _HEADING.fullmatch(line) and len(line.split()) <= 10:
                parts.append((line, line))
            elif line.strip():
                name, before = parts[-1] if len(parts) > 1 else ("Beginning", "")
                parts[len(parts) - 1 if len(parts) > 1 else 1 :] = [(name, f"{before}\n\n{line}".strip())]
        text, sections = assemble(parts)
        yield Paper(key_of(number), f"Paper {number}", text, sections, source=f"paper {number}")


def terms(text: str) -> frozenset[str]:
    return frozenset(stem(word) for word in tokens(text) if word.lower() not in FUNCTION_WORDS)


def share(wanted: frozenset[str], text: str) -> float:
    return len(wanted & terms(text)) / len(wanted)


def index(texts: Sequence[str]) -> KeywordIndex:
    built = KeywordIndex(None)
    built.build((Entry(str(place), "", text) for place, text in enumerate(texts)), "")
    return built


def ranked(built: KeywordIndex, question: str, texts: Sequence[str]) -> list[str]:
    return [texts[int(hit.id)] for hit in built.search(question, len(texts), {"text": 1.0})]


def first_words(texts: Sequence[str], count: int) -> str:
    return " ".join(" ".join(texts).split()[:count])


if __name__ == "__main__":
    main()
