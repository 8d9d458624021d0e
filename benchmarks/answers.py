"""``python -m benchmarks.answers``: questions with gold, put to Papertalk and to what others would use.

- Papertalk with no model at all, which quotes; with ``--model FILE.gguf`` also with that model.
- With a model, the chain of LangChain's tutorial over the same papers, embeddings and model: retrieve four, put them in
  the prompt, answer. It cites what it retrieved.
- With ``--paperqa PYTHON`` as well, PaperQA2 as that interpreter has it, with the same model.

A small model on two cores writes some ten tokens a second, so that with a model ``--each`` questions of each kind are
asked about the sample author, the same for all. Without one, all questions on the sample author and on the second one
are. All answers are graded alike: right is what is answered, holds every fact, falls in no trap and cites a gold paper;
where the papers do not hold the answer, to say so.
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant import Assistant
from assistant.evaluation import DECLINED, Question, load_questions, matches
from assistant.llm.gguf import Endpoint, start, stop
from assistant.papers import Paper
from assistant.settings import Settings
from benchmarks.arguments import existing_file, positive_number
from benchmarks.results import ROOT, Cell, Table, add_keep, publish
from benchmarks.retrieval import as_langchain
from examples import SAMPLE
from vectorstore.embeddings import EmbeddingModel

_DATA = ROOT / "tests" / "data"
AUTHORS: Mapping[str, tuple[Path, ...]] = {
    "sample author": (SAMPLE, _DATA / "xu_han" / "questions.jsonl", _DATA / "xu_han" / "counting.jsonl"),
    "second author": tuple(
        _DATA / "barbara_plank" / name for name in ("profile.txt", "questions.jsonl", "counting.jsonl")
    ),
}
"""A profile page, and files of questions on its papers."""
_RETRIEVED = 4
_WRITTEN = 200
"""Tokens that a reply may have; a model so small goes on until it is stopped."""
_CONTEXT = 4_096
_TUTORIAL = (
    "You are an assistant for question-answering tasks. Use the following pieces of retrieved context to answer the "
    "question. If you don't know the answer, just say that you don't know. Use three sentences maximum and keep the "
    "answer concise.\nQuestion: {question}\nContext: {context}\nAnswer:"
)
_DECLINES = re.compile(
    r"\b(?:do(?:es)?n['’]t|do(?:es)? not|cannot|can['’]t|could not|couldn['’]t|unable to)\s+(?:\w+\s+){0,2}?"
    r"(?:know|answer|find|mention|say|state|provide|contain|specify|have)|\bnot (?:mentioned|provided|stated|specified|"
    r"enough|given|available)|\bno (?:information|mention|answer)\b|\binsufficient\b",
    re.IGNORECASE,
)
"""How a model says that it does not know; Papertalk says so in a field of its answers."""


@dataclass(frozen=True, slots=True)
class Said:
    """An answer, whoever gave it: the titles that it cites, seconds, and the model's tokens read and written."""

    text: str
    answered: bool
    cited: frozenset[str]
    seconds: float
    tokens: int = 0
    quotes_exact: bool | None = None


Answerer = Callable[[Question], Said]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=existing_file, metavar="FILE.gguf")
    parser.add_argument(
        "--each", type=positive_number, default=3, help="questions of each kind with a model (default: 3)"
    )
    parser.add_argument("--paperqa", type=Path, metavar="PYTHON", help="an interpreter that has paper-qa")
    add_keep(parser)
    arguments = parser.parse_args()
    for name, (profile, *files) in AUTHORS.items():
        with tempfile.TemporaryDirectory() as folder, Assistant(library="answers", data_dir=folder) as assistant:
            assistant.ingest(profile)
            for file in files:
                questions = load_questions(file)
                table = f"answers-{name.split()[0]}" + ("-counting" if file.stem == "counting" else "")
                _publish_kinds(table, questions, ask(papertalk(assistant), questions), keep=arguments.keep)
    if arguments.model:
        with_model(arguments)


def with_model(arguments: argparse.Namespace) -> None:
    """All who answer with that model, on the sample author."""
    profile, file, *_ = AUTHORS["sample author"]
    some = of_each_kind(load_questions(file), arguments.each)
    with tempfile.TemporaryDirectory() as folder, _running(arguments.model) as endpoint:
        with Assistant(library="answers", data_dir=Path(folder) / "quoting") as assistant:
            assistant.ingest(profile)
            papers, model = assistant.papers(), assistant.library.store.model
            columns = {"Papertalk, no model": ask(papertalk(assistant), some)}
        settings = Settings(data_dir=Path(folder) / "writing", chat_model=f"gguf:{arguments.model}")
        with Assistant(library="answers", settings=settings) as assistant:
            assistant.ingest(profile)
            columns["Papertalk, with the model"] = ask(papertalk(assistant), some)
        columns["LangChain's tutorial chain"] = ask(tutorial(list(papers), model, endpoint), some)
        if arguments.paperqa:
            columns |= paperqa(arguments.paperqa, list(papers), some, endpoint)
        _publish_systems("answers-model", some, columns, keep=arguments.keep)


def of_each_kind(questions: Sequence[Question], number: int) -> list[Question]:
    """The first questions of each kind, so that nobody chooses."""
    seen: dict[str, int] = {}
    chosen = []
    for question in questions:
        seen[question.kind] = seen.get(question.kind, 0) + 1
        if seen[question.kind] <= number:
            chosen.append(question)
    return chosen


def ask(answerer: Answerer, questions: Sequence[Question]) -> list[Said]:
    answerer(questions[0])  # what later ones find warm
    return [answerer(question) for question in questions]


@contextmanager
def _running(model: Path) -> Iterator[Endpoint]:
    endpoint = start(model, _CONTEXT)
    try:
        yield endpoint
    finally:
        stop(model, _CONTEXT)


# ---- who answers


def papertalk(assistant: Assistant) -> Answerer:
    def answer(question: Question) -> Said:
        begun = time.perf_counter()
        made = assistant.ask(question.question, history=question.history)
        seconds = time.perf_counter() - begun
        text = made.text + "\n" + json.dumps(made.table or (), ensure_ascii=False)
        cited = frozenset(citation.paper.title for citation in made.citations)
        exact = all(c.paper.text[c.start : c.end] == c.quote for c in made.citations)
        tokens = made.usage.input_tokens + made.usage.output_tokens if made.usage else 0
        return Said(text, made.answered, cited, seconds, tokens, exact)

    return answer


def tutorial(papers: Sequence[Paper], model: EmbeddingModel, endpoint: Endpoint) -> Answerer:
    """What LangChain's tutorial on retrieval builds: split, Chroma, four pieces, one prompt."""
    from langchain_chroma import Chroma
    from langchain_core.documents import Document
    from langchain_openai import ChatOpenAI
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    documents = [Document(paper.text, metadata={"title": paper.title}) for paper in papers]
    pieces = RecursiveCharacterTextSplitter(chunk_size=1_000, chunk_overlap=200).split_documents(documents)
    store = Chroma.from_documents(pieces, as_langchain(model), collection_name="tutorial")
    chat = ChatOpenAI(
        model="local",
        base_url=endpoint.url,
        api_key=lambda: endpoint.key,
        temperature=0,
        max_completion_tokens=_WRITTEN,
    )

    def answer(question: Question) -> Said:
        begun = time.perf_counter()
        asked = _with_history(question)
        found = store.similarity_search(asked, k=_RETRIEVED)
        context = "\n\n".join(piece.page_content for piece in found)
        reply = chat.invoke(_TUTORIAL.format(question=asked, context=context))
        seconds = time.perf_counter() - begun
        text = str(reply.content)
        tokens = reply.usage_metadata["total_tokens"] if reply.usage_metadata else 0
        cited = frozenset(str(piece.metadata["title"]) for piece in found)
        return Said(text, not _DECLINES.search(text), cited, seconds, tokens)

    return answer


def paperqa(
    python: Path, papers: Sequence[Paper], questions: Sequence[Question], endpoint: Endpoint
) -> dict[str, list[Said]]:
    """PaperQA2, with its version, in a process of its own, as its libraries are not those of this project."""
    wanted = {
        "url": endpoint.url,
        "key": endpoint.key,
        "retrieved": _RETRIEVED,
        "written": _WRITTEN,
        "papers": [{"key": paper.key, "title": paper.title, "text": paper.text} for paper in papers],
        "questions": [_with_history(question) for question in questions],
    }
    script = Path(__file__).with_name("paperqa_script.py")
    done = subprocess.run([python, script], input=json.dumps(wanted), capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"PaperQA2 ended with {done.returncode}: {done.stderr.strip()[-2_000:]}")
    rows: list[dict[str, Any]] = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    answers = [
        Said(
            row["text"],
            not _DECLINES.search(row["text"]) and bool(row["text"].strip()),
            frozenset(row["cited"]),
            row["seconds"],
            row["tokens"],
        )
        for row in rows
    ]
    return {f"PaperQA2 {rows[0]['version']}": answers}


def _with_history(question: Question) -> str:
    """The question after what was asked before it, for those who have no memory."""
    asked = [turn["content"] for turn in question.history if turn["role"] == "user"]
    return " ".join([*asked, question.question])


# ---- how they did


def is_right(question: Question, said: Said) -> bool:
    trapped = any(matches(said.text, trap) for trap in question.must_not_include)
    if question.kind in DECLINED:
        return not said.answered and not trapped
    gold = {_folded(title) for title in question.gold_papers}
    holds = all(any(matches(said.text, one) for one in group) for group in question.must_include)
    return said.answered and holds and not trapped and (not gold or bool(gold & set(map(_folded, said.cited))))


def facts(question: Question, said: Said) -> float | None:
    """The share of the facts that the answer holds; None where none are asked for."""
    if question.kind in DECLINED or not question.must_include:
        return None
    return statistics.mean(any(matches(said.text, one) for one in group) for group in question.must_include)


def citations(question: Question, said: Said) -> tuple[float | None, float | None]:
    """Precision (cited papers that are gold or acceptable) and recall (gold papers that are cited)."""
    gold = {_folded(title) for title in question.gold_papers}
    welcome = gold | {_folded(title) for title in question.acceptable_papers}
    cited = set(map(_folded, said.cited)) if said.answered else set()
    return (
        len(cited & welcome) / len(cited) if cited and welcome else None,
        len(cited & gold) / len(gold) if gold else None,
    )


def _folded(title: str) -> str:
    return " ".join(title.casefold().split())


def _summary(questions: Sequence[Question], said: Sequence[Said]) -> list[Cell]:
    pairs = list(zip(questions, said, strict=True))
    cited = [citations(question, one) for question, one in pairs]
    declined = [not one.answered for question, one in pairs if question.kind in DECLINED]
    wrongly = [not one.answered for question, one in pairs if question.kind not in DECLINED]
    exact = [one.quotes_exact for one in said if one.quotes_exact is not None]
    return [
        _mean([is_right(*pair) for pair in pairs]),
        _mean([facts(*pair) for pair in pairs]),
        _mean([precision for precision, _ in cited]),
        _mean([recall for _, recall in cited]),
        _mean(exact),
        _mean(declined),
        _mean(wrongly),
    ]


FIGURES = ("right", "facts", "citation precision", "citation recall", "quotes exact", "declined", "declined wrongly")
_NOTE = (
    "Declined: the share of the questions that the papers do not answer where the answer says so; declined wrongly: the"
    " same of those that they do answer."
)


def _publish_kinds(name: str, questions: Sequence[Question], said: Sequence[Said], *, keep: bool) -> None:
    kinds = list(dict.fromkeys(question.kind for question in questions))
    rows: list[Sequence[Cell]] = []
    for kind in [*kinds, "all"]:
        pairs = [(q, s) for q, s in zip(questions, said, strict=True) if kind in (q.kind, "all")]
        rows.append([kind, len(pairs), *_summary([q for q, _ in pairs], [s for _, s in pairs])])
    publish(Table(name, ("kind of question", "questions", *FIGURES), rows, _NOTE), keep=keep)


def _publish_systems(name: str, questions: Sequence[Question], systems: dict[str, list[Said]], *, keep: bool) -> None:
    first = _median_seconds(next(iter(systems.values())))
    rows: list[Sequence[Cell]] = [
        [
            system,
            *_summary(questions, said),
            _median_seconds(said) / first,
            round(statistics.mean(one.tokens for one in said)),
        ]
        for system, said in systems.items()
    ]
    kinds = len({question.kind for question in questions})
    note = (
        f"{len(questions)} questions of {kinds} kinds. {_NOTE} Time: median of an answer, to the first row's; tokens:"
        " read and written by the chat model, mean of an answer."
    )
    columns = (f"the same {len(questions)} questions", *FIGURES, "time", "tokens")
    publish(Table(name, columns, rows, note, libraries=("langchain", "langchain-chroma", "xllamacpp")), keep=keep)


def _median_seconds(said: Sequence[Said]) -> float:
    return statistics.median(one.seconds for one in said)


def _mean(values: Sequence[float | bool | None]) -> float | None:
    kept = [float(value) for value in values if value is not None]
    return statistics.mean(kept) if kept else None


if __name__ == "__main__":
    main()
