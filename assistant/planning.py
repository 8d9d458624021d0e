"""Question and history -> Plan, by rules that need no model: the intent, the standalone question, the papers named."""

from __future__ import annotations

import re
from dataclasses import dataclass

from assistant.answers import Filters, History, Intent, Plan
from assistant.mentions import Named, Names
from assistant.words import content_words, tokens

_GREETING = re.compile(
    r"\W*(?:hi|hello|hey|good (?:morning|afternoon|evening|day)|thanks?(?: you| a lot| so much)?|thx|bye|goodbye|cheers|cool|great|nice|"
    r"how are you(?: doing)?(?: today)?|what'?s up|ok(?:ay)?|test(?:ing)?)(?:\s+(?:there|all|everyone|papertalk|assistant|bot|you|today|to you|again))*\W*",
    re.IGNORECASE,
)
_ABOUT = re.compile(
    r"\b(?:who|what) are you\b|\bwhat (?:can|could|do) you (?:do|know|answer|help)|\bhow (?:do|can) i use (?:you|this)\b|"
    r"\bwhat (?:can|should|could) i ask\b|\bhow do you work\b|\bare you (?:an? )?(?:ai|bot|human|robot|gpt|chatgpt|llm|person|real)\b|"
    r"^\W*(?:help|usage)\W*$|\byour name\b|\bwhat is (?:this|papertalk)\W*$|\bwho (?:made|built|created) you\b",
    re.IGNORECASE,
)
_OVERRIDE = re.compile(
    r"\b(?:ignore|disregard|forget|override|bypass|drop|skip)\b.{0,40}\b(?:instructions?|rules?|prompts?|papers?|guidelines?|restrictions?|everything|above|previous|prior)\b|"
    r"\b(?:system|hidden|secret|initial|internal|developer|original)[\s-]+(?:prompt|instructions?|message|configuration|rules?|settings?)\b|"
    r"\b(?:pretend|act|roleplay|role-play|behave|speak|answer|respond|talk)\b.{0,20}\b(?:as|like|to be)\b.{0,20}\b(?:pirate|dan|you are|someone|if you were|an? (?:unrestricted|evil|different))\b|"
    r"\bjailbreak\b|\byou are now\b|\b(?:print|show|reveal|repeat|output|tell me|display)\b.{0,25}\byour (?:prompt|instructions?|rules|configuration|api key|keys?)\b|"
    r"\bnew (?:rule|instruction|system)s?\b.{0,30}\b(?:from now on|admin|override)\b|\bsystem override\b",
    re.IGNORECASE | re.DOTALL,
)
_TASK = re.compile(
    r"^\W*(?:please |can you |could you )?(?:write|code|implement|compose|draft|translate|sing|recite|tell me a (?:joke|story)|book|order|buy|play|"
    r"recommend (?:me )?a (?:movie|restaurant|recipe|film|song))\b",
    re.IGNORECASE,
)
_COMPARE = re.compile(
    r"\b(?:vs\.?|versus|compar\w+|differ\w*|contrast\w*|in common|similarit\w+|related|relate to each other|distinguish\w*|unlike|both|each one|"
    r"in each|the two|which (?:is|one|of|paper|has|was|uses?)\b.{0,60}\bor\b|than)\b",
    re.IGNORECASE,
)
_STRONG_COMPARE = re.compile(
    r"\b(?:vs\.?|versus|compared? (?:to|with)|differ(?:s|ent|ently|ence|ences)?\b.{0,60}\b(?:and|from|between|two)|between\b.{3,80}\band\b|"
    r"contrast(?:ed)?\b.{0,60}\b(?:compared|with|to)|(?:the )?two\b.{0,40}\bpapers?|both\b.{3,80}\band\b|in the .{3,80} and in the )",
    re.IGNORECASE,
)
_WITH_ANOTHER = re.compile(
    r"\b(?:vs\.?|versus|as opposed to)\b|\bboth\b.{3,120}\bin each\b|\bin each\b|\beach one\b|\beach of them\b|\b(?:and|or) .{3,80}\bboth\b|"
    r"\b(?:compared?|differ\w*|contrast\w*|relate\w*|against)\b.{0,40}\b(?:with|to|from|and)?\b.{0,60}\b(?:paper|work|study|one|approach|survey|dataset)\b",
    re.IGNORECASE,
)
_POINTER = re.compile(
    r"\b(?:it|its|it's|they|their|them|this|that|these|those|he|she|his|her|the (?:first|second|third|last|former|latter|other|same|earlier|later|newer|"
    r"older|previous) (?:one|paper|work|method|model|dataset|system|study|article|approach)?|the (?:paper|method|model|dataset|system|authors?|approach|study|framework|"
    r"task|corpus|benchmark|toolkit|article|work|results?|code|abstract))\b",
    re.IGNORECASE,
)
_OPENER = re.compile(
    r"^\W*(?:and|so|but|ok(?:ay)?|also|then|what about|how about|what else|why\W*$|how\W*$|where\W*$|when\W*$|who\W*$|really|any|which one|for how|in which|"
    r"on which|with which|more|tell me more|go on|same|compared to)\b",
    re.IGNORECASE,
)
_ORDINALS = {"first": 0, "former": 0, "second": 1, "third": 2, "fourth": 3, "last": -1, "latter": -1}
MAX_WORDS = 1_000


@dataclass(frozen=True, slots=True)
class Reading:
    """A plan and what it was made from."""

    plan: Plan
    named: Named


def plan(question: str, history: History, names: Names, filters: Filters) -> Reading:
    """Understand a question. What it takes from the history is put in before anything is searched."""
    named = names.find(question)
    standalone, carried = question, ()
    if history and _leans_on_history(question, named):
        standalone, carried = _resolve(question, history, names, named)
        if standalone != question:
            named = names.find(standalone)
    papers = tuple(dict.fromkeys((*carried, *named.papers)))
    return Reading(
        Plan(
            question=question,
            standalone_question=standalone,
            intent=_intent(standalone, named, papers),
            filters=filters,
            papers=papers,
            unknown_names=named.unknown,
        ),
        named,
    )


def _intent(question: str, named: Named, papers: tuple[str, ...]) -> Intent:
    if _GREETING.fullmatch(question) or (_ABOUT.search(question) and not papers):
        return "about_assistant"
    if _OVERRIDE.search(question) and not papers or (_TASK.search(question) and not papers):
        return "off_topic"
    several = len(papers) > 1 and (_COMPARE.search(question) or len(named.mentions) > 1)
    if several or (not papers and _STRONG_COMPARE.search(question)) or (papers and _WITH_ANOTHER.search(question)):
        return "compare"
    return "look_up"


def _leans_on_history(question: str, named: Named) -> bool:
    """Whether the question cannot stand alone: it points back, opens as a continuation, or says too little."""
    if named.papers:
        return bool(re.search(r"\b(?:it|that|this|the (?:other|earlier|later|first|second)(?: one)?)\b", question, re.IGNORECASE)) and bool(
            _OPENER.match(question)
        )
    return bool(_POINTER.search(question) or _OPENER.match(question) or len(content_words(question)) < 3)


def _resolve(question: str, history: History, names: Names, named: Named) -> tuple[str, tuple[str, ...]]:
    """The question with what it points to put in, and the papers that come with it."""
    topics = _topics(history, names)
    if not topics:
        return question, ()
    asked = next((turn["content"] for turn in reversed(history) if turn["role"] == "user"), "")
    swapped = _swap(question, asked)
    if swapped:
        return swapped, () if names.find(swapped).papers else topics[:1]
    ordinal = re.search(r"\bthe (first|second|third|fourth|last|former|latter)(?: one| paper)?\b", question, re.IGNORECASE)
    if ordinal and len(topics) > 1:
        place = _ORDINALS[ordinal[1].lower()]
        if -len(topics) <= place < len(topics):
            return _put(question, ordinal.span(), _label(topics[place], names)), (topics[place],)
    other = re.search(r"\b(?:another|other|else|too|as well|also|besides)\b.*\bpapers?\b|\bpapers?\b.*\b(?:as well|too|else)\b", question, re.IGNORECASE)
    about = _label(topics[0], names)
    if other:
        return f"{question.rstrip(' ?.!')} ({about})?", names.others_with(topics[0])
    pointer = _POINTER.search(question)
    if re.search(r"\bcompare|\bvs\b|\bdiffer", question, re.IGNORECASE):
        text = _put(question, pointer.span(), about) if pointer else f"{question} ({about})"
        return text, topics[:1]
    if pointer and pointer[0].lower() in ("it", "this", "that", "they", "them"):
        return _put(question, pointer.span(), about), topics[:1]
    if pointer and pointer[0].lower() in ("its", "it's", "their", "his", "her"):
        tail = " is" if pointer[0].lower() == "it's" else ""
        return _put(question, pointer.span(), about + ("'s" if not tail else tail)), topics[:1]
    return f"{question.rstrip(' ?.!')} ({about})?", topics[:1]


def _swap(question: str, asked: str) -> str:
    """``What about words instead of sentences?`` after a question on sentences is that question on words."""
    match = re.search(r"\b(?:what|how) about (?P<new>[\w\s-]+?) (?:instead of|rather than|not) (?P<old>[\w\s-]+?)\W*$", question, re.IGNORECASE)
    if match and match["old"].lower() in asked.lower():
        return re.sub(re.escape(match["old"]), match["new"], asked, flags=re.IGNORECASE)
    return ""


def _topics(history: History, names: Names) -> tuple[str, ...]:
    """The papers that the conversation is about: those of the last turns, the latest first."""
    for turn in reversed(history):
        content = re.sub(r"\[(\d+)\]", " ", turn["content"])
        papers = names.find(content[:4000]).papers
        if papers:
            return papers
    return ()


def _label(key: str, names: Names) -> str:
    """How a paper is called in a question: by the name it brings, or its title."""
    return names.label(key)


def _put(question: str, span: tuple[int, int], words: str) -> str:
    text = question[: span[0]] + words + question[span[1] :]
    return re.sub(r"^\W*(?:ok(?:ay)?|and|so|but)[\s,]+", "", text, flags=re.IGNORECASE)


def parts_of_comparison(question: str) -> list[str]:
    """What is held against each other, as a question describes it: ``the A paper and the B paper``."""
    text = re.sub(r"[?.!]+$", "", question)
    inner = re.search(r"\(([^()]{8,})\)", text)
    if inner and re.search(r"\b(?:and|vs|versus)\b", inner[1]):
        text = inner[1]
    pieces = re.split(
        r"\s+(?:vs\.?|versus|compared (?:to|with)|as opposed to|rather than|than|or)\s+|,?\s+and\s+(?=in the |the |in |what |that |how )|\s+and\s+",
        text,
        flags=re.IGNORECASE,
    )
    return [piece for piece in pieces if len(content_words(piece)) >= 1] if len(pieces) > 1 else []


def too_long(question: str) -> bool:
    return len(question) > 20_000 or len(tokens(question)) > MAX_WORDS


