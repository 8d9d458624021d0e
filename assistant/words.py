"""How text is broken into terms: tokens, stems, quantities, and how common a word is in English at large."""

from __future__ import annotations

import json
import math
import re
import threading
import unicodedata
from collections.abc import Iterable
from functools import cache, lru_cache
from importlib import resources

import Stemmer

from assistant.english.general import FUNCTION_WORDS, NUMBER_WORDS, PAPER_WORDS

_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]+")
_TOKEN = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_NUMBER = re.compile(
    r"(?<![\w.,@-])[-−]?\$?\d+(?:[.,]\s?\d+)*(?:\.\d+)?(?:[eE][-−+]?\d{1,3}|%|x|×|k|K|M|B|GB|MB|TB)?(?![\w]|\.\d)"
)
_YEAR = re.compile(r"(?:19|20)\d\d")
_ENUMERATOR = re.compile(r"\(\s*(?:\d{1,2}|[ivx]{1,4}|[a-h])\s*\)|(?<![\w.])\d{1,2}\)")
_YEAR_REFERENCE = re.compile(r"\(?[A-Z][\w.-]+(?: et al\.| and [A-Z]\w+)?,?\s+\(?(?:19|20)\d\d[a-z]?\)")


class _Stemmers(threading.local):
    """A stemmer a thread: one holds the word that it is at."""

    def __init__(self) -> None:
        self.english = Stemmer.Stemmer("english")


_stemmers = _Stemmers()


@lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    """Porter2 stem of a word in lower case; British spellings meet American ones."""
    word = word.lower().replace("’", "'")
    word = word.removesuffix("'s")
    word = re.sub(r"is(e[drs]?|ing|ations?)$", r"iz\1", word) if len(word) > 6 else word
    word = re.sub(r"our(s|ed|ing)?$", r"or\1", word) if len(word) > 5 else word
    word = re.sub(r"ll(ed|ing)$", r"l\1", word) if len(word) > 6 else word
    word = re.sub(r"icence", "icense", word)
    return str(_stemmers.english.stemWord(word))


def tokens(text: str) -> list[str]:
    """Words and numbers in lower case, hyphens and other marks between them apart."""
    found: list[str] = _TOKEN.findall(text)
    return "\n".join(found).lower().replace("’", "'").split("\n") if found else []


def folded(text: str) -> str:
    """Case, accents and the width of blanks aside."""
    if text.isascii():
        return " ".join(text.casefold().split())
    plain = unicodedata.normalize("NFKD", text.casefold())
    return " ".join(_BEYOND_ASCII.sub(_without_accents, plain).split())


def _without_accents(run: re.Match[str]) -> str:
    return "".join(char for char in run[0] if not unicodedata.combining(char))


def stems(words: Iterable[str]) -> list[str]:
    return [stem(word) for word in words]


def is_content(word: str) -> bool:
    """Whether a word in lower case says what a question is about."""
    return word not in FUNCTION_WORDS and word not in PAPER_WORDS and (len(word) > 1 or word.isdigit())


def content_words(text: str) -> list[str]:
    """The words that say what a text is about, in order, each once."""
    return list(dict.fromkeys(word for word in tokens(text) if is_content(word)))


@cache
def _ranks() -> dict[str, int]:
    """Every word that is one piece for the packaged tokenizer; BERT's vocabulary runs roughly from common to rare."""
    source = resources.files("vectorstore") / "models" / "all-MiniLM-L6-v2-tokenizer.json"
    vocabulary: dict[str, int] = json.loads(source.read_text(encoding="utf-8"))["model"]["vocab"]
    return {word: rank for word, rank in vocabulary.items() if word.isalpha() and not word.startswith("##")}


def is_common(word: str) -> bool:
    """Whether English at large knows the word, so that it is no misspelling and no coined name."""
    word = word.lower().removesuffix("'s")
    ranks = _ranks()
    return word in ranks or any(
        word.endswith(suffix) and (base in ranks or base + "e" in ranks)
        for suffix in ("s", "es", "ed", "ing", "ly", "er", "ers", "d", "ion", "ions", "al")
        if len(base := word.removesuffix(suffix)) > 2
    )


def rarity(word: str) -> float:
    """How much a word tells, in [0, 1]: 0 for the commonest, 1 for one that the vocabulary lacks."""
    ranks = _ranks()
    rank = min((ranks[form] for form in (word, word.removesuffix("s"), stem(word)) if form in ranks), default=None)
    if rank is None:
        return 1.0
    return min(1.0, max(0.0, math.log(max(rank, 2000) / 2000) / math.log(30_522 / 2000)))


def numbers(text: str) -> list[tuple[int, int]]:
    """Where a text holds quantities, in figures or words; enumerators and years of references are none."""
    hidden = _ENUMERATOR.sub(lambda m: " " * len(m[0]), text)
    hidden = _YEAR_REFERENCE.sub(lambda m: " " * len(m[0]), hidden)
    spans = [match.span() for match in _NUMBER.finditer(hidden) if not _YEAR.fullmatch(match[0])]
    spans += [match.span() for match in _TOKEN.finditer(hidden) if match[0].lower() in NUMBER_WORDS]
    return sorted(spans)
