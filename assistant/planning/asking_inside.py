"""Whether a question that sounds as if it were put to many papers asks for what stands in one: ``How many layers has
the parser in the work with A. Author?`` A count or a list of papers would not answer it; the paper's own text may."""

from __future__ import annotations

import re

from assistant.english import counting
from assistant.english.cues import cue
from assistant.planning.conditions import Conditions, is_idle
from assistant.planning.many_papers import Ask

_ASKS = cue(r"\b(?:how many|which|what|name|list|enumerate|give(?: me)?|show(?: me)?)\b")
_PIECE = re.compile(r"[\w'’/-]+|[?.!,;:()]")
_LONGEST = 6
"""Words that the name of a thing has at most."""
_ENDS = frozenset(
    """did do does have has had is are was were be been can could would will should may might that which who whose whom
    of in on at for to from by with into onto over under about against between within without during through after
    before since as than when where while given used using made they he she we you it i""".split()
)
_ANYTHING = cue(
    rf"\b(?:{counting.WORK}|{counting.WORKS}|pubs|areas?|fields?|subjects?|problems?|projects?|research|directions?|"
    r"interests?|contributions?|else)\b"
)
_ONE_DESCRIBED = cue(
    r"\b(?:the|this|that|his|her|their)\s+(?:[\w'’/-]+\s+){0,6}?(?:work|project|experiments?|study|submission)\s+"
    r"(?:on|with|of|about|by|for|to)\b"
)
_SAID_OF_WORKS = cue(r"\b(?:work|research|those|ones|everything|anything|all)\s+(?:that|which|where|who)\b")
_CITED = cue(r"\bet\s+al\b")
_OWNED = cue(r"(?:^|\s)['’]s\s+(?P<thing>[\w-]+)")
_CLAUSE = cue(
    r"(?<![\w-])(?:did|does|do|was|were|is|are|has|have|had|get|gets|got|they|he|she|we|it|which|what|who|whom|itself|"
    r"himself|herself|themselves)(?![\w-])"
)


def is_of_one(question: str, conditions: Conditions, asked: Ask) -> bool:
    """Whether it asks for a thing that is no paper, of a work that it describes or of a person's work."""
    if (asked.intent, asked.subject) not in (("list", "papers"), ("who", "authors")):
        return False
    if not (conditions.filters.persons or counting.SINGLE_WORK.search(question) or _ONE_DESCRIBED.search(question)):
        return False
    if _CITED.search(question) and not counting.WORKS_ASKED.search(question):
        return True
    owned = _OWNED.search(conditions.rest.replace("\x00", " "))
    thing = owned["thing"] if owned else thing_asked(conditions.rest)
    return bool(thing) and not (_ANYTHING.search(thing) or counting.ONES.search(thing) or _speaks_of_people(thing))


def is_clause(topic: str, question: str) -> bool:
    """Whether what was left as a topic is a piece of a sentence: then the question was not understood as one to many
    papers. One that asks for papers may well say of them what they do."""
    of_works = (counting.WORKS_ASKED, counting.WORKS_AFTER_COUNT, _SAID_OF_WORKS)
    return bool(_CLAUSE.search(topic)) and not any(pattern.search(question) for pattern in of_works)


def thing_asked(rest: str) -> str:
    """What stands behind the question word, up to the verb or the preposition; empty where nothing telling does."""
    asks = _ASKS.search(rest)
    if asks is None:
        return ""
    words: list[str] = []
    for piece in _PIECE.findall(rest[asks.end() :])[: 2 * _LONGEST]:
        if piece.lower() in _ENDS or not piece[0].isalnum() or len(words) == _LONGEST:
            break
        words.append(piece)
    return " ".join(words) if any(not is_idle(word) for word in words) else ""


def _speaks_of_people(thing: str) -> bool:
    return any(pattern.search(thing) for name, pattern in counting.SUBJECTS if name in ("authors", "first_authors"))
