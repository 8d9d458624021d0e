"""How text is broken into terms: tokens, stems, function words, and how common a word is in English at large."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable
from functools import cache, lru_cache
from importlib import resources

import snowballstemmer

_TOKEN = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_NUMBER = re.compile(r"(?<![\w.,@-])[-−]?\$?\d+(?:[.,]\s?\d+)*(?:\.\d+)?(?:%|x|×|k|K|M|B|GB|MB|TB)?(?![\w]|\.\d)")
_ENUMERATOR = re.compile(r"\(\s*(?:\d{1,2}|[ivx]{1,4}|[a-h])\s*\)|(?<!\w)\d{1,2}\)")
_YEAR_REFERENCE = re.compile(r"\(?[A-Z][\w.-]+(?: et al\.| and [A-Z]\w+)?,?\s+\(?(?:19|20)\d\d[a-z]?\)")
_NUMBER_WORDS = frozenset(
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen "
    "nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred hundreds thousand thousands million millions "
    "billion billions dozen dozens half third quarter twice double triple".split()
)

FUNCTION_WORDS = frozenset(
    """a about above across after again against ago all almost along also although always am among an and another any
    anybody anyone anything anyway are aren't around as aside at away back be because been before being below between
    both but by came can can't cannot come comes could couldn't did didn't do does doesn't doing don't done down during
    each either else enough even ever every everybody everyone everything few for from further get gets getting give
    given gives go goes going gone got had hadn't has hasn't have haven't having he her here hers herself him himself
    his how however i i'd i'll i'm i've if in instead into is isn't it it's its itself just let let's like made make
    makes making many may maybe me might mine more most much must my myself near neither never no nobody none nor not
    nothing now of off often ok okay on once only onto or other others ought our ours ourselves out over own per perhaps
    please put quite rather really same say says said see seen shall she should shouldn't since so some somebody someone
    something still such take taken takes tell than thank thanks that that's the their theirs them themselves then there
    there's these they they're thing things this those though through throughout thus to together too toward towards
    under until up upon us use used uses using very via want wants was wasn't way ways we well went were weren't what
    what's whatever when where where's whether which while who who's whom whose why will with within without won't would
    wouldn't yes yet you your yours yourself abt wat w wo n hw ur u pls plz im dont whats wheres any anything""".split()
)

# What a question about any paper may say without asking about it.
PAPER_WORDS = frozenset(
    """paper papers author authors work works study studies article articles publication publications abstract abstracts
    research researcher researchers publish published write wrote written propose proposed proposes introduce introduced
    introduces present presented presents describe described describes approach idea ideas main exactly exact actually
    according mention mentions mentioned report reports reported find finds found show shows shown claim claims claimed
    team group view question answer explain summary summarise summarize overview know need anything
    kind kinds sort sorts type specific particular different various several list listed""".split()
)


@cache
def _stemmer() -> snowballstemmer.stemmer:
    return snowballstemmer.stemmer("english")


@lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    """Porter2 stem of a word in lower case; British spellings meet American ones."""
    word = word.lower().replace("’", "'")
    word = word.removesuffix("'s")
    word = re.sub(r"is(e[drs]?|ing|ations?)$", r"iz\1", word) if len(word) > 6 else word
    word = re.sub(r"our(s|ed|ing)?$", r"or\1", word) if len(word) > 5 else word
    word = re.sub(r"ll(ed|ing)$", r"l\1", word) if len(word) > 6 else word
    word = re.sub(r"icence", "icense", word)
    return str(_stemmer().stemWord(word))


def tokens(text: str) -> list[str]:
    """Words and numbers in lower case, hyphens and other marks between them apart."""
    return [match[0].lower().replace("’", "'") for match in _TOKEN.finditer(text)]


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
    spans = [match.span() for match in _NUMBER.finditer(hidden)]
    spans += [match.span() for match in _TOKEN.finditer(hidden) if match[0].lower() in _NUMBER_WORDS]
    return sorted(spans)
