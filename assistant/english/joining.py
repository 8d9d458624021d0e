"""The English of questions that ask two things at once: ``How many papers are on ..., and which one is the newest?``"""

from __future__ import annotations

from assistant.english.cues import cue
from assistant.english.placing import PLACE

_THEM = r"(?:(?:all of )?(?:them|these|those)(?: papers)?|it|the papers)"
_ARE = r"(?:is|are|was|were)"
_AND = r"(?:\s*[,;]|\s*\?)?\s+(?:and|but|plus)(?: also| then| if so| so)?,?\s+"
SECOND_ASKED = cue(
    rf"{_AND}(?=(?:which|what|who|whom|whose|how many|how|since when|when|where|why|on what|on which|in what|in which|"
    r"since what|since which|from when|by whom|with whom)\b)",
    rf"{_AND}(?=(?:{_ARE}|do|does|did|have|has)\s+(?:they|these|those|there|(?:any|some|all|most|many|one|each) of "
    r"(?:them|these|those))\b)",
    rf"{_AND}(?=(?:list|name|show|give)(?: me)? (?:them|these|those|their titles|all of them)\b)",
    r"\s*\?\s+(?=(?:which|what|who|how many|how|since when|when|why|by whom|do|does|are|is)\b)",
)
"""Where a second question begins."""
IN_A_CLAUSE = cue(r"\b(?:that|which|who|whose|where)\b")
"""What the second ``which`` may go on from: ``papers that are on ... and which have code``."""
WHICH_AT_AN_END = cue(
    rf"^(?:which|what)(?: (?:one|ones|paper|papers|of (?:them|these|those)(?: papers)?))* {_ARE} (?:the )?"
    rf"(?P<places>{PLACE})(?: (?:one|ones|papers?))?(?: (?:of|among) (?:them|these|those|all))?$"
)
WHO_WROTE = cue(
    rf"^who (?:wrote|has written|have written|authored|published|worked on|co-?authored|{_ARE} behind) {_THEM}$",
    rf"^who {_ARE} (?:the|their|its) (?:\w+ )?(?:co-?)?authors?(?: of {_THEM})?$",
    rf"^by whom(?: {_ARE} (?:they|these|those|it)(?: written| published)?| (?:were )?written)?$",
)
SINCE_WHEN = cue(
    r"^since (?:when|(?:which|what) year)\b.*$",
    r"^when (?:did|has|have) (?:they|he|she|it|this|that|the author) (?:\w+ )?(?:start|begin|begun|started|first)\b.*$",
    r"^when (?:was|did) the (?:first|earliest|oldest)(?: one)?(?: \w+){0,3}$",
)
WHEN_WRITTEN = cue(
    rf"^(?:when|(?:in|from) (?:which|what) years?|(?:which|what) years?)(?: {_ARE} (?:they|these|those|it)"
    r"(?: (?:from|published|written|released))?| did (?:they|these|those|it) (?:appear|come out))?$",
)
HOW_MANY_ALONE = cue(
    rf"^how many(?: of (?:them|these|those))?(?: {_ARE} (?:there|they|these|those|it)(?: in (?:total|all)| here)?)?$"
)
NAMES_WANTED = cue(
    rf"^(?:which|what)(?: (?:ones?|papers?))?(?: {_ARE} (?:they|these|those|it))?$",
    rf"^what {_ARE} (?:their|the) titles$|^what {_ARE} they called$",
    r"^(?:list|name|show|give)(?: me)? (?:them|these|those|their titles|all of them)$",
)
TOPICS_WANTED = cue(
    rf"^what {_ARE} (?:they|these|those) (?:\w+ )?(?:about|on)$|^what (?:topics )?do they (?:deal with|cover)$",
    rf"^(?:what|which) {_ARE} their (?:main )?topics$|^on (?:what|which) topics {_ARE} they$",
)
OF_THEM = cue(
    rf"^(?:(?P<count>how many)|which|what|{_ARE}|do|does|did|have|has)(?: (?:any|some|all|most|one|each|many))?"
    r"(?: of)? (?P<them>them|these|those|they)(?: papers)? (?P<rest>.+)$"
)
CODE_WANTED = cue(
    r"^(?:is|are) there (?:any |some |public )?(?:source )?(?:code|implementations?|repositor(?:y|ies))\b"
    rf"(?: (?:available|released))?(?: (?:for|of|with|in) (?:any of )?{_THEM})?$"
)
OF_OTHERS = cue(
    r"^(?:(?P<count>how many)|which|what)(?: (?P<noun>ones?|papers|publications|articles))? (?!do they\b|did they\b|"
    r"are they\b|have they\b)(?P<rest>(?:us(?:e|es|ed|ing)|are|is|were|was|have|has|had|do|does|did|on|about|with|"
    r"without|in|from|by|deals?|study|studies|studied|address\w*|introduc\w+|propos\w+|present\w*|releas\w+|mention\w*|"
    r"evaluat\w+|focus\w*|cover\w*|discuss\w*|appl\w+|rel(?:y|ies) on|report\w*|compar\w+|works? on|concern\w*|"
    r"investigat\w+|explor\w+|tackl\w+|employ\w*|treat\w*|target\w*|appear\w*|came|published|written) .+)$"
)
"""Of which other papers the same is asked: ``and which use ...``; or of which among the first ones."""
BETWEEN_YEARS = cue(
    r"^\W*(?:(?:what|which)(?:['’]s| is| are| was| were)|explain|describe|tell me|show(?: me)?|how large is|"
    r"(?:is|are) there(?: any| an?)?)\s+(?:the |some |any )?(?:main |key |big |major )?"
    r"(?:differences?|similarit(?:y|ies)|contrasts?) (?:between|of|among|in) (?:the |her |his |their |your |all )*"
    r"(?P<what>(?:[\w-]+ )+?)(?:from|in|of|published in|written in) (?P<one>(?:19|20)\d\d) "
    r"(?:and|with|to|vs\.?|versus) (?:(?:those|the ones|papers|that) )?(?:(?:from|in|of) )?(?P<other>(?:19|20)\d\d)\W*$"
)
"""``the difference between the ... papers from 2017 and 2018``"""
