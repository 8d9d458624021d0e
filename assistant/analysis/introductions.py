"""What a paper brings: methods, systems and data sets, by a name or by the phrase that describes them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from assistant.analysis.clauses import Introduced, brought, components
from assistant.analysis.phrases import (
    Sentence,
    head_kind,
    is_field_word,
    is_name,
    read_phrase,
    short_form,
    squashed,
    without_praise,
)
from assistant.english.facets import (
    AUTHORS_SPEAK,
    CONTAINS,
    DATASET_WORD,
    GENERIC_MODIFIERS,
    OWN_UNNAMED,
    TAKEN_UP,
    TASK_ENDINGS,
    WEAK_METHOD_NOUNS,
)
from assistant.mentions import looks_coined
from assistant.papers import LINK

_TITLE_HEAD = re.compile(r"^(?P<head>[^:]{2,60}?)(?::\s+|\s+[–—―|-]\s+|\s*--\s*)(?P<tail>\S.*)$")
_TITLE_CORPUS = re.compile(
    r"^The (?P<name>(?:[A-Z\d][\w&/.-]*\s){1,6}"
    r"(?:Corpus|Dataset|Data Set|Treebank|Benchmark|Lexicon|Database|Collection|WordNet))(?=:|\.|\s[–—―-]\s|$)"
)
_AT_SHARED_TASK = re.compile(r"^(?P<head>\S+) at (?=[A-Z])")
_BRACKETED = re.compile(r"(.+?)\s*\(([^()\s]+)\)")
_VERSION = re.compile(r"\d+(?:\.\d+)*")
_VERSION_END = re.compile(r"[\s-]v?\d+(?:\.\d+)*$")
_LONGEST_HEAD = 4
_LONGEST_LEAD = 6


def introductions(sentences: list[Sentence]) -> list[Introduced]:
    """What the title and the abstract say that the paper brings, each once, in order."""
    prose = [sentence for sentence in sentences if not sentence.is_title]
    body = LINK.sub("", " ".join(sentence.text for sentence in prose))
    found = [row for sentence in sentences if sentence.is_title for row in _by_title(sentence, body)]
    found += [row for sentence in prose for row in brought(sentence)]
    names = {row.name for row in found if row.named}
    found += [row for sentence in prose for row in components(sentence, names)]
    kept = _settled(found, body)
    if not any(row.kind == "method" or row.named for row in kept):
        kept += _by_default(sentences)
    return kept


def unversioned(name: str) -> str:
    """What is the same in ``Name 1.0``, ``Name-2`` and ``Name``."""
    return squashed(_VERSION_END.sub("", short_form(name)))


# ---- the title


def _by_title(title: Sentence, body: str) -> Iterator[Introduced]:
    """``X: A Dataset for Y``: the head is a name where it is coined, or where the abstract writes it in capitals."""
    corpus = _TITLE_CORPUS.match(title.text)
    if corpus:
        yield Introduced("dataset", corpus["name"], title, named=True)
        return
    match = _TITLE_HEAD.match(title.text)
    if not match:
        return
    head = match["head"].strip("\"“”' ")
    described = read_phrase(match["tail"], 0)
    kind = head_kind(described.words) if described else ""
    bracketed = _BRACKETED.fullmatch(head)
    at_task = _AT_SHARED_TASK.match(head)
    if bracketed and looks_coined(bracketed[2]):
        yield Introduced(kind, bracketed[2], title, named=True)
    elif at_task and is_name([at_task["head"]]) and re.search(re.escape(at_task["head"]), body):
        yield Introduced("method", at_task["head"], title, named=True)
    elif _is_title_name(head.split(), body):
        yield Introduced(kind, head, title, named=True)


def _is_title_name(words: list[str], body: str) -> bool:
    head = " ".join(words)
    coined = [word for word in words if looks_coined(word) and not is_field_word(word)]
    if len(words) == 1:
        return bool(coined) or (head[:1].isupper() and not is_field_word(head) and _written_inside(head, body))
    if len(words) == 2 and coined and _VERSION.fullmatch(words[1]):
        return True
    proper = len(words) <= _LONGEST_HEAD and is_name(words) and not any(word.islower() for word in words)
    return (
        proper and head_kind(words) != "task" and re.search(rf"(?<![\w-]){re.escape(head)}(?![\w-])", body) is not None
    )


def _written_inside(word: str, body: str) -> bool:
    """Whether the abstract writes a word in capitals where no sentence begins."""
    return re.search(rf"[a-z,(]\s*[\"“]?(?:{re.escape(word)}|{re.escape(word.upper())})(?![\w-])", body) is not None


# ---- where no verb of making says it


def _by_default(sentences: list[Sentence]) -> list[Introduced]:
    """What the title leads with, where the abstract takes it up; or else what is called "our ... model"."""
    own = [sentence for sentence in sentences if not sentence.is_title and AUTHORS_SPEAK.search(sentence.text)]
    titles = [sentence for sentence in sentences if sentence.is_title]
    led = [row for title in titles for row in _title_lead(title, own)]
    return (led or list(_own_models(own)))[:1]


def _title_lead(title: Sentence, own: list[Sentence]) -> Iterator[Introduced]:
    phrase = read_phrase(title.text, 0)
    words = without_praise(phrase.words) if phrase and not phrase.determined else ()
    if (
        not 2 <= len(words) <= _LONGEST_LEAD
        or words[-1].lower() in TASK_ENDINGS
        or head_kind(words) in ("task", "study", "dataset")
    ):
        return
    lead = re.compile(rf"(?<![\w-]){re.escape(' '.join(words))}(?![\w-])", re.IGNORECASE)
    for sentence in own:
        match = lead.search(sentence.text)
        if match and TAKEN_UP.search(sentence.text[: match.start()].rstrip('"“‘')):
            yield Introduced("method", match[0], sentence, named=False)


def _own_models(own: list[Sentence]) -> Iterator[Introduced]:
    for sentence in own:
        for match in OWN_UNNAMED.finditer(sentence.text):
            phrase = read_phrase(sentence.text, match.end())
            words = without_praise(phrase.words) if phrase else ()
            specific = [w for w in words[:-1] if w.lower() not in GENERIC_MODIFIERS and not is_field_word(w)]
            if len(specific) > 1 and head_kind(words) == "method" and words[-1].lower() not in WEAK_METHOD_NOUNS:
                yield Introduced("method", " ".join(words), sentence, named=False)


# ---- what is kept


def _settled(found: list[Introduced], body: str) -> list[Introduced]:
    """Each thing once; kinds by what the whole abstract says; phrases only where nothing of the kind is named."""
    kept: list[Introduced] = []
    for row in found:
        if not row.named:
            continue
        kind = _kind(row, found, body)
        same = [other for other in kept if unversioned(other.name) == unversioned(row.name)]
        if same and same[0].sentence.is_title and not row.sentence.is_title:
            # The sentence says more of it than the title does.
            kept[kept.index(same[0])] = replace(same[0], sentence=row.sentence)
        elif not same and kind not in ("task", "study"):
            kept.append(replace(row, kind=kind or "method"))
    for row in found:
        if not row.named and row.kind not in {other.kind for other in kept}:
            kept.append(row)
    return kept


def _kind(row: Introduced, found: list[Introduced], body: str) -> str:
    kind = _called_in(row.name, body) or row.kind
    if kind or not row.sentence.is_title:
        return kind
    same = [other.kind for other in found if other.named and other.kind and squashed(other.name) == squashed(row.name)]
    if same or squashed(row.name) in squashed(body):
        return same[0] if same else ""
    # A name that the abstract never uses is that of what it describes.
    return next((other.kind for other in found if not other.named), "")


def _called_in(name: str, body: str) -> str:
    """What the abstract calls a name: "X dataset", "X is a corpus", "X contains 500 sentences"."""
    name = short_form(name)
    base = _VERSION_END.sub("", name)
    if base != name and re.search(rf"(?<![\w-]){re.escape(base)}\s+{DATASET_WORD}\b", body):
        return "dataset"  # a new version of a data set
    own = rf"(?<![\w-]){re.escape(name)}(?![\w-])[\"”)]*"
    called = re.search(rf"{own}\s+(?:[a-z-]+\s+)?{DATASET_WORD}\b", body, re.IGNORECASE)
    if called or re.search(rf"{own}\s+{CONTAINS}\s+(?:\w+ ){{0,4}}\d", body):
        return "dataset"
    phrases = (
        read_phrase(body, match.end()) for match in re.finditer(rf"{own}(?:\s+is|,)\s+(?=(?:an?|the|our)\s)", body)
    )
    return next((kind for phrase in phrases if phrase and (kind := head_kind(phrase.words))), "")
