"""The English of papers named by their place: ``the newest paper``, ``the last two``, ``the one before it``."""

from __future__ import annotations

from assistant.english.cues import cue

_NEW = r"(?:newest|latest|most[\s-]+recent|youngest|very last|last)"
_OLD = r"(?:oldest|earliest|very first|first)"
_NTH = r"(?:second|third|fourth|fifth|2nd|3rd|4th|5th|next)"
_COUNT = r"(?:two|three|four|five|[2-5])"
PLACES = {
    "second": 2, "2nd": 2, "next": 2, "third": 3, "3rd": 3, "fourth": 4, "4th": 4, "fifth": 5, "5th": 5,
}  # fmt: skip
PLACE_WORDS = {1: "", 2: "second ", 3: "third ", 4: "fourth ", 5: "fifth "}
COUNTS = {"two": 2, "three": 3, "four": 4, "five": 5}

PLACE = (
    rf"(?:{_COUNT}[\s-]+(?:most[\s-]+recent|newest|latest|oldest|earliest|last|first)"
    rf"|{_NTH}[\s-]+(?:to[\s-]+)?(?:the[\s-]+)?(?:{_NEW}|{_OLD})"
    rf"|penultimate|last[\s-]+but[\s-]+one"
    rf"|(?:{_NEW}|{_OLD})(?:[\s-]+{_COUNT})?"
    rf"|(?:second|third|fourth|fifth|2nd|3rd|4th|5th))"
)
ONE_PLACE = cue(
    rf"\b(?P<count>{_COUNT})[\s-]+(?P<counted>most[\s-]+recent|newest|latest|oldest|earliest|last|first)\b",
    rf"\b(?P<nth>{_NTH})[\s-]+(?:to[\s-]+)?(?:the[\s-]+)?(?P<end>{_NEW}|{_OLD})\b",
    r"\b(?P<penultimate>penultimate|last[\s-]+but[\s-]+one)\b",
    rf"\b(?P<plain>{_NEW}|{_OLD})(?:[\s-]+(?P<number>{_COUNT}))?\b",
    r"\b(?P<alone>second|third|fourth|fifth|2nd|3rd|4th|5th)\b",
)
FROM_THE_OLDEST = cue(rf"^{_OLD}$")

NOUN = r"(?:papers?|publications?|articles?|preprints?|stud(?:y|ies)|works?)"
SEVERAL = cue(r"papers|publications|articles|preprints")
_WHOSE = (
    r"(?:(?:the|her|his|their|our|your|my|this|that)\s+(?:author|researcher|scientist|professor)['’]s?\s+|"
    r"[\w.-]+['’]s\s+|(?:the|her|his|their|our|your)\s+)"
)
JOINS = (
    r"\s*(?:,\s*)?(?:\band\b|\bwith\b|\bto\b|\bfrom\b|\bvs\.?|\bversus\b|\bor\b|\bthan\b|\bcompared (?:to|with)\b|"
    r"\bas opposed to\b)\s+"
)
_DESCRIBED = (
    r"(?:(?!(?:and|or|of|on|in|to|for|with|by|from|is|are|was|were|the|that|which|author\w*|co-?author\w*|name|names|"
    r"line|sentence|word|version|time|step|layer|part|paper|papers|one|s)\b)[\w/-]+\s+){0,4}?"
)
PLACED = cue(
    rf"(?P<whose>\b{_WHOSE})?\b(?<![-])(?P<places>{PLACE}(?:{JOINS}(?:{_WHOSE})?{PLACE})*)\s+"
    rf"(?P<described>{_DESCRIBED})(?P<noun>{NOUN})\b(?!['’]s?\s+(?:author|co-?author))"
    rf"(?P<others>(?:{JOINS}(?:the\s+){PLACE}(?:\s+(?:ones?|{NOUN}))?(?!\s+\w))*)"
)
"""``the newest and the second newest paper``, ``her first paper on ... and the last one``."""
ALSO_PLACED = cue(rf"{JOINS}(?:the\s+)(?P<places>{PLACE})(?:\s+(?:ones?|{NOUN}))?\W*$")
ONE_ALSO_PLACED = cue(rf"\bthe\s+(?P<places>{PLACE})\s+ones?\b")
IS_PLACED = cue(
    rf"\b(?:which|what)\s+(?:(?:one\s+)?of\s+(?:the|her|his|their|these)\s+)?(?P<noun>{NOUN})(?P<tail>(?:\s+[\w'’.-]+){{0,8}}?)"
    rf"\s+(?:is|was|are|were)\s+(?:the\s+)?(?P<places>{PLACE})(?:\s+(?:one|{NOUN}))?\b(?!\s+to\b)"
)
"""``Which paper on ... is the newest``."""

TAIL = cue(
    r"\s+(?!(?:for|to|with|by) (?:me|us|you|it|them|him|her)\b|to (?:the|her|his|its)\b|"
    r"in (?:\w+ )?(?:\w+ )?(?:words?|sentences?|detail|short|brief|lines?|paragraphs?|terms|nutshell)\b)"
    r"(?:on|about|regarding|concerning|from|in|of|by|with|without|since|before|after|between|until|covering|dealing|for|"
    r"related|that|which|to|written|published|presented|accepted|co-?authored|[a-z]+ing|"
    r"at(?= (?:the )?(?-i:[A-Z])))\b"
)
"""What says of which papers it is the newest."""
TAIL_ENDS = cue(
    r"[,;:?!]|\.(?=\s|$)|\s+[–—-]\s+",
    r"\s+(?:and|but|then)\s+(?=(?:what|who|how|which|where|when|why|is|are|was|were|does|do|did|has|have|can|could|"
    r"summari[sz]e|tell|give|show|explain|describe|list|compare|its|their|the)\b)",
)
INVERTED = cue(r"\b(?:does|do|did|is|are|was|were|has|have|can|could)\b[^?.!;]*$")
"""What stands before a paper that the verb or what is said of it follows: ``What does the newest paper on ... say?``"""
VERB_AFTER = cue(
    r"\s+(?:use|propose|report|say|introduce|present|find|show|evaluate|address|describe|conclude|claim|achieve|release|"
    r"do|deal|compare|rely|mention|build|discuss|cover|train|argue|suggest|solve|contribute|test|make|have|provide|"
    r"study|investigate|tackle|differ|offer|give|reach|perform|work|need|cite|contain|include|state|recommend|analy[sz]e|"
    r"about|(?:publicly |freely |openly )?available|written|called|different|similar|better|used|based|evaluated|"
    r"trained|tested|open|published|public|accessible|motivated|reproducible)\b"
)
ONLY_WHICH = cue(
    r"\b(?:what|which|name|show|list|give|tell|find|see|get|display|identify|take|look|at|me|us|is|are|was|were|be|the|a|"
    r"title|titles|called|please|pls|can|could|would|will|you|i|want|know|to|of|here|in|this|library|so|and|or|ok|okay|"
    r"hi|hello|hey|now|then|well|did|has|have|been|that|one|ones|(?:the|this) author(?! of)|her|his|their|they|he|she|"
    r"by|written|write|wrote|published?|publish|years?|dates?|when|appear(?:ed)?|c[ao]me|out|do|does|months?|how|old|long|"
    r"ago|papers?|publications?|articles?|works?|among|all|both|there|s|ever|take|consider)\b"
)
"""What a question says that only asks which paper it is, and when it came out."""
HOW_IT_WORKS = cue(r"\bhow (?:exactly |actually )?(?:does|do|did|would) [^?.!;]*\bworks?\b", r"\bhow\s+works\b")
"""More than which paper it is, though each of the words may ask only that."""
WHEN_ONLY = cue(
    r"^\W*(?:when|what year|which year|in (?:what|which) year|what date)\b.{0,30}"
    r"\b(?:publish\w*|appear\w*|c[ao]me out|written|is it|was it|from)\b"
)

GOES_ON = cue(r"\s*(?:[,;:.?!–—-]|(?:,\s*)?\b(?:and|then|but)\b)")
"""What stands between a paper's place and a further question on it."""
AND_THEN = cue(r"^(?:\W*(?:and|then|but|also)\b\W*)+")
ITSELF = cue(r"\b(?:the|this|that) (?:paper|article|publication|study|work)\b")

# In a conversation: the paper beside the one spoken of.

_ONE = r"(?:one|paper|publication|article|preprint)"
_WHICH_CAME = r"(?:that (?:came|was published) |published |which came )?(?:just |right |directly |immediately )?"
_IT = r"(?: (?:it|that|this)(?: (?:one|paper))?)?(?=\W*$|\W+(?:about|use|say|propose|report|do|in time)\b)"
_OPENS = r"^\W*(?:and |what )?(?:was |is |came |comes )?(?:just |right )?"
BEFORE_IT = cue(
    rf"\b(?:the )?{_ONE} {_WHICH_CAME}(?:before|preceding){_IT}",
    rf"\b(?:the|her|his|their) (?P<previous>previous|preceding|prior) {_ONE}\b",
    r"^\W*(?:the )?(?P<former>previous|preceding)\W*$",
    rf"{_OPENS}before (?:that|it|this)(?: one)?\W*$",
    r"\bwhat (?:came|comes|was) (?:just |right )?before (?:it|that|this)(?: one)?\W*$",
)
AFTER_IT = cue(
    rf"\b(?:the )?{_ONE} {_WHICH_CAME}(?:after|following){_IT}",
    rf"\b(?:the|her|his|their) (?:next|following|subsequent) {_ONE}\b",
    r"^\W*(?:the )?(?:next|following)\W*$",
    rf"{_OPENS}(?:next )?after (?:that|it|this)(?: one)?\W*$",
    r"\bwhat (?:came|comes|was) (?:(?:just |right )?after (?:it|that|this)(?: one)?|next)\W*$",
)
THE_OTHER = cue(
    rf"\bthe other (?:of (?:the two|them)|{_ONE})\b(?!\s+(?:by|on|about|from|of|with|in|that|which)\b)",
    r"\bthe other\W*$",
)
_DO = (
    r"(?=\W*$|\s+(?:use|propose|report|say|address|do|have|release|evaluate|share|about|on|differ|compare|study|show|find|"
    r"cover)\b)"
)
BOTH = cue(
    rf"\bboth(?: of (?:them|these|those)|(?: (?:these|those|the))? papers)?{_DO}",
    rf"\b(?:of )?the two(?: papers| of them)?{_DO}",
)
NEWER_OF_TWO = cue(
    r"^\W*(?:and |so )?(?:which|what)(?: (?:one|paper|of (?:them|the two|these|those)(?: papers)?))* "
    r"(?:is|was|came|appeared)(?: published| out)? (?:the )?"
    r"(?:(?P<new>newer|later|more recent|latest|newest|last|most recent|second)|older|earlier|oldest|earliest|first)"
    r"(?: one| paper)?\W*$"
)
ALL_OF_THEM = cue(
    r"^\W*(?:and |so |now |please |can you |could you )*(?:who wrote|compare|contrast|summari[sz]e|describe|explain|"
    r"tell me (?:more )?about|what (?:is|are) the differences? between)\s+(?P<them>them|these|those)(?: both| two)?"
    r"\W*$",
    r"^\W*(?:and |so )?(?:how|in what way) (?:do|are|did|were) (?P<they>they) "
    r"(?:differ|compare|different|related|similar|relate)\b",
)
"""What is asked of all the papers that were spoken of together."""
WHICH_OF_THEM = cue(
    rf"^\W*(?:and |so )?(?:which|what)(?: one| of (?:them|these|those))? (?:is|was) (?:the )?(?P<places>{PLACE})"
    r"(?: one)?(?: of (?:them|these|those|all))?\W*$"
)
"""``Which one is the newest?`` after papers were listed."""
COUNT_OF_THEM = cue(
    r"^\W*(?:and |so )?how many (?:is|are|was|were|makes|would) (?:that|those|these|they|it|there)"
    r"(?: be)?(?: in total| altogether| together| all together)?\W*$"
)
WHICH_HAS = cue(r"^\W*(?:and |so )?which(?: ones?| of (?:them|these|those|the \w+))? (?!papers?\b|is\b|was\b)[a-z]+")
SAME_TOPIC = cue(
    r"\b(?:newer|older|earlier|later|more recent|other|another|similar|more|any|something|anything)\b[^?.!]{0,40}"
    r"\b(?:on|about|in|with) (?:the same|this|that) (?:topic|subject|theme|thing|task|area|field)\b"
)
LEADS_ON = cue(
    r"^\W*(?:(?:no|nope|and|but|ok(?:ay)?|so|then|now|well|sorry|actually|wait|oops|rather|instead|oh|yes|sure|"
    r"i (?:meant|mean|was asking about|am asking about)|not (?:that|this)(?: one)?|what about|how about|what of|"
    r"what['’]s with|same (?:for|question for|with)|the same (?:for|question for)|for|of|about|please)\W+)+"
)
"""How a question begins that puts the one before to another paper."""
