"""What a question wants: the kind of thing that would answer it, and the words that say what it is about.

A reader does not look for similar words; he sees that a number of something, a link, a name of some kind, a person, a
date or a reason is asked for, and looks whether the paper holds one tied to that focus.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from assistant.words import FUNCTION_WORDS, PAPER_WORDS, content_words, is_content, stem, tokens

Wanted = Literal["number", "quantity", "link", "people", "date", "venue", "reason", "name", "yes_no", "explanation"]

_STOPS = frozenset(
    "is are was were be been being do does did has have had can could will would should may might must in on for with from "
    "by to at as than that which who under over per if when where while between within without across".split()
)
QUANTITY_STEMS = frozenset(
    stem(word)
    for word in """value score accuracy f1 precision recall bleu rouge rate percentage percent fraction share proportion
    ratio size length width depth amount cost price number count budget speed speedup latency duration time memory
    perplexity error loss temperature weight dimension rank coefficient threshold frequency interval probability
    parameter salary hr or rr auc sensitivity specificity prevalence incidence dose dosage concentration""".split()
)
_GENERIC = frozenset(
    stem(word)
    for word in """method model framework system task problem result finding thing aspect part component step stage way
    reason effect point feature property concept strategy technique setting experiment performance difference goal aim
    purpose contribution challenge assumption conclusion example case issue role benefit advantage limitation drawback
    improvement resource data dataset corpus benchmark evaluation analysis information source new good better best bad big
    large small different important great main real possible general common early earlier later old original current
    existing existed previous prior recent newer open standard usual typical ordinary compared relative help work happen
    need deal cope handle differ compare relate contain include hold cover name call concern""".split()
)


_LINK_WORDS = re.compile(r"\b(?:git\s?hub|git\s?lab|bitbucket|repo(?:sitory|s)?|urls?|download(?:ed|able)?|hosted|link to|web ?site|web ?page)\b")
_SHARED_THINGS = re.compile(
    r"\b(?:source code|code|codes|implementations?|data|datasets?|corpus|corpora|resources?|checkpoints?|weights|scripts?|software|toolkit)\b"
)
_SHARING = re.compile(
    r"\b(?:where(?:'s| is| are| can| could| do| to)|available|availability|released?|public(?:ly)?|open[- ]?sourced?|get hold|shared?|access|is there|are there|"
    r"any code|code (?:for|of|listed|link)|(?:its|the|their|with|having|have|has) code|publish(?:ed)? (?:the|its|their|any)|fetched|links?)\b"
)


@dataclass(frozen=True, slots=True)
class Asked:
    """``focus`` and ``content`` are words in lower case; the focus is what the answer must be tied to."""

    wanted: Wanted
    focus: tuple[str, ...]
    content: tuple[str, ...]

    @property
    def telling(self) -> tuple[str, ...]:
        """The focus without words that any paper is asked about; all of it where nothing else is left."""
        return tuple(word for word in self.focus if stem(word) not in _GENERIC)


def understand(question: str, names: tuple[str, ...] = ()) -> Asked:
    """``names`` are those of papers in the question: they say where to look, not what for."""
    bare = question
    for name in sorted(names, key=len, reverse=True):
        bare = re.sub(rf"(?<!\w){re.escape(name)}(?:['’]s)?(?!\w)", " ", bare)
    low = re.sub(r"[\"“”‘]", " ", bare.lower())
    content = tuple(content_words(bare))
    wanted, phrase = _wanted(low)
    focus = tuple(word for word in dict.fromkeys(tokens(phrase)) if is_content(word))
    if wanted == "name" and focus and stem(focus[-1]) in QUANTITY_STEMS:
        wanted = "quantity"
    return Asked(wanted, focus, content)


_HOW_MANY_ELSEWHERE = re.compile(
    r"\bwie ?viele?\b|\bcombien\b|\bcu[aá]nt[oa]s?\b|\bquant[oaie]s?\b|\bhoeveel\b|\bhur många\b|\bhvor mange\b|\bile\b|\bсколько\b|多少|几个|いくつ|몇"
)


def _wanted(low: str) -> tuple[Wanted, str]:
    if _HOW_MANY_ELSEWHERE.search(low):
        return "number", ""
    if _LINK_WORDS.search(low) or (_SHARED_THINGS.search(low) and _SHARING.search(low) and "how many" not in low):
        return "link", ""
    match = re.search(r"\b(?:how|hw) many\b|\bnumber of\b|\bcount of\b", low)
    if match:
        return "number", _noun_phrase(low[match.end() :], through_and=True)
    match = re.search(r"\bhow (?:much|big|large|long|fast|far|deep|wide|small|high|low|often|accurate|sensitive|old)\b", low)
    if match:
        return "quantity", _noun_phrase(low[match.end() :]) if match[0].endswith("much") else low[match.end() :]
    if re.search(r"\bwho\b|\bwhose\b|\bwhom\b", low):
        return "people", _after(low, r"\bwho(?:se|m)?\b")
    if re.search(r"^\W*(?:and |so )?when\b|\b(?:what|which) (?:year|month|date)\b|\bsince when\b", low):
        return "date", _after(low, r"\bwhen\b|\b(?:year|month|date)\b")
    match = re.search(r"\b(?:(?:in|at|to) )?(?:what|which) (?:conference|journal|venue|workshop|magazine|proceedings)\b", low)
    if match:
        return "venue", low[match.end() :]
    if re.search(r"\bwhy\b|\bhow come\b|\bwhat (?:motivat|makes|made)", low):
        return "reason", _after(low, r"\bwhy\b|\bhow come\b|\bmotivat\w*|\bmakes\b|\bmade\b")
    match = re.search(r"\b(?:what|which)(?:'s| is| are| was| were)? (?:the |its |their |an? )?", low)
    if match:
        phrase = _noun_phrase(low[match.end() :])
        return ("name", phrase) if phrase else ("explanation", low[match.end() :])
    if re.search(r"\bhow\b", low):
        return "explanation", _after(low, r"\bhow\b")
    if re.match(r"\W*(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would)\b", low):
        return "yes_no", low
    return "explanation", _noun_phrase(low) or low


def _after(low: str, pattern: str) -> str:
    match = re.search(pattern, low)
    return low[match.end() :] if match else low


def _noun_phrase(text: str, through_and: bool = False) -> str:
    """The words up to the first verb or preposition that closes a noun phrase."""
    kept: list[str] = []
    for match in re.finditer(r"[^\s,;:?!()]+|[,;:?!()]", text):
        word = match[0]
        if word in _STOPS or (word in ",;:?!()" and kept) or (word == "and" and not through_and) or word == "or":
            if kept:
                break
            if word in _STOPS:
                return ""
            continue
        if word == "of" and kept and not any(w not in FUNCTION_WORDS and w not in PAPER_WORDS for w in kept):
            kept = []
            continue
        if word == "of" and kept:
            break
        kept.append(word)
    return " ".join(kept)
