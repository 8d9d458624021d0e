"""Links to code and to data, whole and clean."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from assistant.analysis.phrases import Sentence
from assistant.english.data import CODE_HOSTS, CODE_WORDS, DATA_WORDS, SHARED
from assistant.papers import LINK

_BARE = re.compile(r"(?<![\w/@.-])(?:github\.com|gitlab\.com|bitbucket\.org)/[\w./-]*\w")


def links(sentence: Sentence, brings: Literal["code", "data"]) -> Iterator[tuple[Literal["code", "data"], str]]:
    """``(kind, URL)``: by the host and by what the sentence says is there.

    Where both are silent, a link under which something is shared holds what the paper ``brings``.
    """
    text = sentence.text
    found = list(LINK.finditer(text))
    found += [bare for bare in _BARE.finditer(text) if not any(m.start() <= bare.start() < m.end() for m in found)]
    said = LINK.sub(" ", text)
    for match in found:
        url = re.sub(r"\s", "", match[0])
        kinds: set[Literal["code", "data"]] = set()
        if CODE_HOSTS.search(url) or CODE_WORDS.search(said):
            kinds.add("code")
        if DATA_WORDS.search(said):
            kinds.add("data")
        if not kinds and SHARED.search(said):
            kinds.add(brings)
        yield from ((kind, url) for kind in sorted(kinds))
