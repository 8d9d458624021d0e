"""The English of questions about papers: word lists, patterns of what is asked and of what a sentence says."""

from __future__ import annotations

import re

from assistant.english.cues import Pattern, cue

NUMBER_WORDS = frozenset(
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred hundreds thousand thousands "
    "million millions billion billions dozen dozens half third quarter twice double triple".split()
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
    """paper papers et al author authors work works study studies article articles publication publications abstract
    abstracts research researcher researchers publish published write wrote written propose proposed proposes
    introduce introduced introduces present presented presents describe described describes approach idea ideas
    main exactly exact actually according mention mentions mentioned report reports reported find finds found show
    shows shown claim claims claimed tackle tackles tackled submit submits submitted investigate investigates
    investigated argue argues argued conclude concludes concluded contribution contributions team group view
    question answer explain summary summarise summarize overview know need anything kind kinds sort sorts type
    specific particular different various several list listed""".split()
)

# A noun phrase ends before one of these.
PHRASE_ENDS = frozenset(
    "is are was were be been being do does did has have had can could will would should may might must in on for with "
    "from by to at as than that which who under over per if when where while between within without across".split()
)

# What a figure is a figure of.
QUANTITY_NOUNS = frozenset(
    """value score accuracy f1 precision recall bleu rouge rate percentage percent fraction share proportion ratio size
    length width depth amount cost price number count budget speed speedup latency duration time memory perplexity error
    loss temperature weight dimension rank coefficient threshold frequency interval probability parameter salary hr or
    rr auc sensitivity specificity prevalence incidence dose dosage concentration""".split()
)
MEASURING_WORDS = frozenset("big large long far fast high low small wide deep often many much accurate old".split())
MEASURED_BY = {"accurate": "accuracy", "sensitive": "sensitivity", "long": "duration", "fast": "speed"}

# Words that any paper is asked about: they say nothing of what must be in it.
GENERIC_WORDS = frozenset(
    """method model framework system task problem result finding thing aspect part component step stage way reason
    effect point feature property concept strategy technique setting experiment performance difference goal aim purpose
    contribution challenge assumption conclusion example case issue role benefit advantage limitation drawback
    improvement resource data dataset corpus benchmark evaluation analysis information source new good better best bad
    big large small different important great main real possible general common early earlier later old original current
    existing existed previous prior recent newer open standard usual typical ordinary compared relative help work happen
    need deal cope handle differ compare relate contain include hold cover name call concern""".split()
)

# What a message is, when it is no question about the papers.

_SMALL_TALK = r"""(?:hi|hello|hey|(?:good|great|nice)[ ](?:morning|afternoon|evening|day|night|job|work)
    |thx|bye|goodbye|cheers|cool|great
    |(?:many[ ])?thanks?(?:[ ]you)?(?:[ ](?:a[ ]lot|(?:so|very)[ ]much))?|nice(?:[ ]one)?|good|perfect|awesome|excellent
    |super|wow|interesting|fine|sure|right|all[ ]?right|how[ ]are[ ]you(?:[ ]doing)?(?:[ ]today)?|what'?s[ ]up
    |ok(?:ay|i)?|k|test(?:ing)?|h+m+|m+h*m+|u+h*m*|a+h+|o+h+|huh|aha|lol|ha(?:ha)+|yes|yeah|yep|yup|no|nope|nah|got[ ]it
    |gotcha|i[ ]see|understood|makes[ ]sense|well[ ]done|never[ ]?mind|see[ ]you
    |that(?:'s|[ ]is|[ ]was)?[ ](?:all|it|great|good|nice|helpful|helps|fine|helped))"""
GREETING = re.compile(  # atomic, since "thanks you" can be read in two ways
    rf"""\W*(?>{_SMALL_TALK}(?!\w))(?>\W+(?:{_SMALL_TALK}|there|all|everyone|papertalk|assistant|bot|you|today|to[ ]you
    |again|for[ ](?:now|that|the[ ]help|your[ ]help|today)|then|so[ ]far)(?!\w))*+\W*""",
    re.IGNORECASE | re.VERBOSE,
)
LONE_LETTER = cue(r"^\W*[^\W\d_]\W*$")
ABOUT_ASSISTANT = cue(
    r"\b(?:who|what) are you\b",
    r"\bwhat (?:can|could|do) you (?:do|know|answer|help)",
    r"\bhow (?:do|can) i use (?:you|this)\b",
    r"\bwhat (?:can|should|could) i ask\b",
    r"^\W*(?:(?:please|can you|could you|just)\W+)*(?:(?:tell|show|teach|give) (?:me|us)|say) (?:something|anything) "
    r"(?:really |very )?(?:interesting|cool|fun(?:ny)?|surprising|nice|exciting|random|fascinating|amusing)"
    r"(?: (?:about|from|in) (?:the|these|this|your) (?:\w+ )?(?:papers?|library|collection|research|author))?"
    r"(?:[\s,]+please)?\W*$",
    r"^\W*(?:please )?(?:surprise|entertain|amuse|impress) (?:me|us)(?:[\s,]+please)?\W*$",
    r"^\W*(?:(?:what(?:['’]s| is)|is there|do you have)(?: \w+)? )?(?:something|anything)? ?interesting(?: here)?\W*$",
    r"^\W*(?:i['’]m|i am|im) (?:so )?bored\W*$",
    r"\bhow do you work\b",
    r"\bare you (?:an? )?(?:ai|bot|human|robot|gpt|chatgpt|llm|person|real)\b",
    r"^\W*(?:help|usage)\W*$",
    r"\byour name\b",
    r"\bwhat is (?:this|papertalk)\W*$",
    r"\bwho (?:made|built|created) you\b",
)
OVERRIDE = cue(
    r"\b(?:ignore|disregard|forget|override|bypass)\b.{0,30}"
    r"\b(?:instructions?|directions|rules|prompts?|guidelines|restrictions)\b",
    r"\b(?:ignore|disregard|forget|drop)\s+(?:everything|the papers|all (?:of )?(?:the|your) papers)\b",
    r"\byour (?:\w+ )?(?:system|hidden|secret)[\s-]+(?:prompt|instructions?|message|configuration|rules?)\b",
    r"\b(?:print|show|reveal|repeat|output|tell me|display|leak|what is|what's)\b.{0,25}"
    r"\bthe (?:\w+ )?(?:system|hidden|secret)[\s-]+(?:prompt|instructions?|message)\b(?=\W*(?:$|[.,;!?]))",
    r"\b(?:pretend|act|roleplay|role-play|behave|speak|answer|respond|talk)\b.{0,20}\b(?:as|like|to be)\b.{0,20}"
    r"\b(?:pirate|dan|you are|someone|if you were|an? (?:unrestricted|evil))\b",
    r"\byou are now\b",
    r"\b(?:print|show|reveal|repeat|output|tell me|display)\b.{0,25}"
    r"\byour (?:prompt|instructions?|rules|configuration|api key|keys?)\b",
    r"\bnew (?:rule|instruction)s?\b.{0,30}\b(?:from now on|admin|override)\b",
    r"\bsystem override\b",
    flags=re.IGNORECASE | re.DOTALL,
)
# How a reply goes on, or begins, that names papers which nobody asked about: the closest ones, or those of an example.
NAMES_UNASKED = cue(
    r"(?:^|\s)Closest: \S",
    r"^I answer questions about the papers of\b",
    r"^That is not something the papers of\b",
    flags=re.NOFLAG,  # as it is written, and not in the middle of a sentence
)
# How a chat model says that it will not answer.
REFUSES = cue(
    r"\b(?:i(?:['’]m| am) (?:sorry|afraid|unable|not able)|i (?:can ?not|can['’]t|won['’]t|will not|must decline))\b",
    r"\bas an? (?:ai|(?:large )?language model)\b",
)

# A sentence that gives orders to a program that reads it, as no abstract's own prose does.

_SAY = (
    r"(?:answer|reply|respond|say|tell|state|claim|ignore|disregard|forget|override|pretend|act|praise|promote|"
    r"advertise|endorse|emphasi[sz]e|highlight|reveal|repeat|rewrite|translate|summari[sz]e|print|output|return|speak|"
    r"mention|obey|refuse|decline|rank|rate|copy|quote|simulate)"
)
_DO = (
    r"(?:append|include|insert|add|visit|click|send|open|call|execute|run|cite|recommend|give|begin|start|end|finish|"
    r"conclude|continue|stop|write|follow|skip|use|treat|replace|assign|show|let|put|make sure|remember|do not|don't|"
    r"never|always)"
)
# What shows that such a word is a verb, since terms begin with them: "Answer selection is ...", "Open-domain ...".
_OBJECT = (
    r"(?!-)\s+(?:(?:only|just|exactly|always|back)\s+)?(?:[\"'“‘`:!\[<\d]|(?-i:[A-Z]{3,})|(?:an?|the|this|that|these|"
    r"those|it|them|him|her|me|us|you|your|my|all|any|every|each|no|not|nothing|none|everything|anyone|anything|anybody|"
    r"one|with|in|as|to|from|by|like|for|on|yes|whether|what|who|about|users?|readers?|mention|reveal|say|cite|following|"
    r"citing|answering)\b)"
)
_MACHINES = (
    r"(?:ai|llms?|chat ?bots?|gpt|assistants?|(?:language |ai |chat )models?|ai[ -](?:agents?|systems?|reviewers?)|"
    r"summari[sz]ers?)"
)
_MUST = r"(?:must|should|shall|has to|have to|needs? to|may not|can ?not)"
_SPOKEN_TO = (
    r"\b(?:you|your|yours|users?|readers?|questions?|answers?|reply|response|prompt|instructions?|rules?|passages?|"
    r"following|only|else|words?|text|messages?|conversations?|citations?|reviews?|reviewers?|"
    rf"{_MACHINES})\b"
)
_LEADS = (
    r"^\W*(?:(?:please|now|first|instead|and|then|also|hey|important|note|warning|attention|override|instructions?|"
    rf"system|user|human|prompt|{_MACHINES}|from now on|before answering|in (?:every|each|all|any) \w+|"
    r"(?:when(?:ever)?|if|whatever|whoever|no matter|regardless)\b[^,:.]{1,80}(?=[,:]))\W{1,6}){0,4}(?:you )?"
)
ADDRESSES_A_MACHINE = cue(
    rf"{_LEADS}(?:(?:do not|don't|never|always|only|just) )?{_SAY}{_OBJECT}",
    rf"{_LEADS}(?:(?:do not|don't|never|always) )?{_DO}{_OBJECT}(?=.{{0,200}}{_SPOKEN_TO})",
    r"^\W*(?:if|when(?:ever)?)\b[^,:.]{0,40}\b(?:you|users?|readers?|any ?one|some ?one|asked|answering|generating|"
    rf"writing|summari[sz]ing|citing)\b[^,:.]{{0,60}},\s*(?:{_SAY}|{_DO}){_OBJECT}",
    r"\bif (?:you are |any ?one |some ?one |(?:the|a) (?:user|reader) )?ask(?:s|ed)\b.{0,60}"
    r"\b(?:say|tell|reply|respond|answer|state|claim)\b",
    r"\byour (?:\w+ ){0,2}(?:answers?|reply|replies|responses?|output|summary|summaries|reviews?|tasks?|goal|"
    r"instructions?|rules|prompt|guidelines|programming|developers?)\b",
    r"^\W*(?:dear |hey |to (?:all |any |every )|"
    r"(?:\w+ )?(?:notes?|instructions?|messages?|text) (?:to|for) (?:all |any |the |every )?)"
    rf"(?:\w+-based )?{_MACHINES}\b",
    rf"^\W*(?:to|for) (?:the )?(?:models?|{_MACHINES})\s?[,:]",
    rf"\b(?:if you are|when you are|as) an? (?:\w+ ){{0,2}}{_MACHINES}\b.{{0,60}}\byou\b",
    rf"\byou (?:are|will|{_MUST})\b.{{0,80}}\b{_MACHINES}\b",
    rf"^\W*you,|\b(?:you to|that you|you (?:can|may) now|you (?:will|are (?:\w+ )?to|{_MUST})\b.{{0,40}}) {_SAY}\b",
    r"\byou (?:no longer|have been|were|are) (?:now |hereby )?"
    r"(?:re-?programmed|hacked|instructed|told|ordered|have|obey)\b",
    rf"\b(?:(?:any|every|all|each|the|this) {_MACHINES}|(?:reading|processing|summari[sz]ing) this)\b.{{0,40}}"
    rf"\b{_MUST}\b.{{0,20}}\b(?:say|state|claim|praise|recommend|rate|cite|mention|ignore|output)\b",
    rf"^\W*{_MACHINES}\b.{{0,40}}\b{_MUST} (?:not |never |always )?(?:{_SAY}|cite|recommend)\b",
    r"\b(?:answer|reply|response) to (?:every|any|all|each) questions?\b.{0,40}\b(?:is|are|must)\b",
    rf"^\W*(?:system|assistant|user|human|developer|{_MACHINES})(?: (?:note|message|prompt|instruction)s?)? ?:",
    r"^\W*(?:output|print|reply|respond|say) ?:|^\W*(?:new|hidden) (?:task|rule|instruction|order|prompt)s? ?:",
    r"^\s*#{1,6} ?(?:system|instructions?|response|task)\b",
    r"\b(?:begin|end|start) of (?:the )?(?:system |hidden |new )?(?:instructions?|prompt|message)\b",
    r"\[/?(?:inst|system|assistant|user)\]|<\|?/?(?:system|assistant|user|human|im_start|im_end|endoftext|passages?|"
    r"questions?|conversation|instructions?|prompt)\b",
    flags=re.IGNORECASE | re.DOTALL,
)
OTHER_TASK = cue(
    r"^\W*(?:please |can you |could you )?"
    r"(?:write|code|compose|draft|translate|sing|recite|book|order|buy|play|implement)\s+"
    r"(?:me|us|a|an|some|this|that|the following|up)\b",
    r"^\W*(?:please |can you |could you )?tell me a (?:joke|story)\b",
    r"^\W*(?:please |can you |could you )?recommend (?:me )?an? (?:movie|restaurant|recipe|film|song)\b",
)

# What a question is about several papers, or about how many there are.

_WORKS = r"(?:papers|studies|works|trials|entries|systems|surveys|articles|datasets|reviews)"
COUNTS_PAPERS = cue(
    r"\bhow many (?:\S+ ){0,4}(?:papers|publications|articles|categories|co-?authors)\b",
    r"\b(?:number|count) of (?:\S+ ){0,3}(?:papers|publications|articles)\b",
    r"\bpapers (?:per|each|by) (?:year|category)\b",
)
ASKED_OF_A_PAPER = cue(r"\b(?:review|survey|analy[sz]e|cover|examine|include|pool|read|cite)(?:s|ed|d)?\b")
AGAINST = r"\b(?:than|with|vs\.?|versus|and|to|or|between)\s+(?:the\s+)?"
LISTS_PAPERS = cue(
    r"\b(?:which|what|list|show|name|all)\b.{0,30}\b(?:papers|publications|articles|works)\b",
    r"\b(?:which|what) (?:\w+ ){0,2}(?:datasets|methods|systems|models|benchmarks|tools) (?:do|did|have|has) "
    r"(?:they|he|she|the authors?)\b",
)
COMPARES = cue(
    r"^\W*(?:please |can you )?compare\b",
    r"\b(?:vs\.?|versus|compared? (?:to|with))(?!\w)",
    r"\bdiffer(?:s|ent|ently|ence|ences)?\b.{0,60}\b(?:and|from|between|two)\b",
    r"\bbetween\b.{3,80}\band\b",
    r"\bcontrast(?:ed)?\b.{0,60}\b(?:compared|with|to)\b",
    rf"\btwo\b.{{0,60}}\b(?:paper|{_WORKS})\b",
    r"\bin each\b|\beach one\b|\beach (?:of|paper|study|work|system)\b",
    r"\bboth\b.{3,80}\band\b",
    r"\bin the .{3,80} and in the ",
)
OF_SEVERAL = cue(
    rf"\b(?:two|both|three)\b.{{0,60}}\b{_WORKS}\b",
    r"\b(?:in|for|of) each\b|\beach (?:one|of)\b",
    r"\bpaper\b.{3,80}\bpaper\b",
)
WITH_ANOTHER = cue(
    r"\b(?:vs\.?|versus|as opposed to)(?!\w)",
    r"\bin each\b|\beach one\b|\beach of them\b",
    r"\b(?:and|or) .{3,80}\bboth\b",
    r"\b(?:compared?|differ\w*|contrast\w*|relate\w*|against)\b.{0,100}"
    r"\b(?:paper|work|study|one|approach|survey|dataset)\b",
)
JOINS_COMPARED = cue(
    r"\s+(?:vs\.?|versus|compared (?:to|with)|as opposed to|rather than|than|or)\s+",
    r",?\s+and\s+(?=in the |the |in |what |that |how )",
    r"\s+and\s+",
)

# How a question leans on the conversation.

PRONOUN = cue(r"\b(?:it|its|it's|this|that|these|those)\b")
POINTER = cue(
    r"\b(?:it|its|it's|they|their|them|this|that|these|those|he|she|his|her)\b",
    r"\bthe (?:first|second|third|last|former|latter|other|same|earlier|later|newer|older|previous)"
    r"(?: (?:one|paper|work|method|model|dataset|system|study|article|approach))?\b",
    r"\bthe (?:paper|method|model|dataset|system|authors?|approach|study|framework|task|corpus|benchmark|toolkit|"
    r"article|work|results?|code|abstract)\b",
)
CONTINUES = cue(
    r"^\W*(?:and|so|but|ok(?:ay)?|also|then|what about|how about|what else|really|any|which one|for how|in which|"
    r"on which|with which|more|tell me more|go on|same|compared to)\b",
    r"^\W*(?:why|how|where|when|who)\W*$",
)
# Words of POINTER that stand for something in the question itself, or for nothing.
OWN_POINTER = cue(
    r"\b(?:is|was|would|will|can|could|might) (?P<it>it)(?= (?:be )?(?:possible|feasible|true|known|worth|necessary|"
    r"clear|better|enough|said|shown|argued|claimed)\b)",
    r"\b(?:evidence|proof|idea|claim|fact|sign|indication|anything|something|everything|one|ones|papers?|works?|"
    r"possible|true|known|clear|likely|surprising|"
    r"methods?|models?|datasets?|systems?|approach(?:es)?|ways?|shows?|shown|finds?|found|argues?|claims?|"
    r"(?!(?:is|was|does|has|uses|this|its|makes|covers|includes)\b)[a-z-]{3,30}s) (?P<that>that)\b(?=\s+\w)",
    r"\b(?:do|can|could|should|would|may|might|when|if|because)\s+"
    r"(?!(?:they|these|those|the|it|we|you)\b)(?:[\w-]+\s+){0,3}?[\w-]+s\s+"
    r"(?:[\w-]+\s+){1,6}?(?P<their>their|them|themselves)\b",
    r"\b(?:which|what)\s+(?:[\w-]+\s+){0,3}?[\w-]+s\s+"
    r"(?!(?:are|were|do|did|does|has|have|is|was|can)\b)(?:[\w-]+\s+){1,6}?(?P<theirs>their|themselves)\b",
    r"\b(?:does|can|could|should|would|may|might|did|when|if)\s+(?:a|an|any|each|every)\s+(?:[\w-]+\s+){2,8}?"
    r"(?P<its>its|it)\b",
    r"\b(?:in|of|among|from|across|on)\s+"
    r"(?P<here>(?:this|the|these) (?:library|collection|catalogue|page|site)|all these papers)\b",
)
OF_ITS_OWN = cue(
    r"\b(?P<head>the [a-z]+) (?:of|for|on) (?!the\b|this\b|that\b|it\b|its\b|their\b|them\b)(?P<what>[^?.!,;]+)"
)
"""A thing that is told by what follows it, and so by nothing said before: ``the task of X``."""
FIRST_OF_ALL = cue(r"\bthe (?:first|last) paper\b")
"""What points only where several papers were listed; else the first of the library is meant."""
DEFINES = cue(
    r"^\W*what(?:['’]s| is| are| was| were) (?P<what>[^?.!;]+)\W*$",
    r"^\W*(?:how|why) (?:do|does|did|is|are) (?P<how>[^?.!;]+?) "
    r"(?:work|done|used|built|made|trained|defined|studied)\W*$",
    r"^\W*(?:please |can you |could you )?(?:explain|define|describe|tell me (?:more )?about) "
    r"(?P<explain>[^?.!;]+)\W*$",
)
"""Asks what a thing is, or how it goes."""
OF_ANYBODY = cue(
    r"\b(?:does|did|has|have|is|are) (?:anyone|anybody|someone|somebody)\b",
    r"^\W*(?:is|are) there (?:any |a |an |some |other |more )*"
    r"(?:papers?|stud(?:y|ies)|surveys?|reviews?|articles?|works?)\b",
    r"^\W*(?:summari[sz]e|sum up|an? overview of) (?:the |all |all the )?(?:research|papers|publications|work)\W*$",
    r"^\W*(?:any|some) (?:papers?|stud(?:y|ies)|surveys?|reviews?|articles?|publications?|works?)\b",
)
"""Is put to all papers, whatever was spoken of."""
PERSON_POINTER = cue(r"\b(?:they|their|theirs|them|he|she|his|her|him)\b")
THE_AUTHOR = cue(r"\b(?:the|this|that) (?:author|researcher|scientist|professor)\b")
ONE_AUTHOR = cue(
    r"\b(?:the|this|that) (?:author|researcher|scientist)(?:['’]s)?(?![\w-])"
    r"(?! (?:traits?|profil|identi|attribut|recogni|disambig|name|of an?\b))"
)
"""Whose papers the library holds, and not what a paper is on."""
WROTE = cue(r"\b(?:they|he|she)\s+(?:\w+ly\s+|also\s+|ever\s+)?(?:wr[io]te|written|publish(?:ed)?|author(?:ed)?)\b")
_COUNTED = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
_ORDINALS = {word: place for place, word in enumerate(_COUNTED)} | {"former": 0, "last": -1, "latter": -1}
_NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
ORDINAL = cue(rf"\bthe ({'|'.join(_ORDINALS)}|\d{{1,2}}(?:st|nd|rd|th))(?: one| paper)?\b")
NUMBER_ALONE = cue(
    r"^\W*(?:(?:and|ok|now|please|so|what about|how about|tell me (?:more )?(?:about|on)|more (?:about|on|of)|"
    r"(?:show|give)(?: me)?|open|explain|describe|summari[sz]e|i (?:mean|meant|want)|take|the)[\s,]+)*"
    rf"(?:(?:number|no\.?|nr\.?|paper|item|entry|result|option)\s*)?(?P<number>\d{{1,2}}|{'|'.join(_NUMBERS)})"
    r"(?:(?<=\d)(?:st|nd|rd|th))?(?: one| paper)?(?: please)?\W*$"
)
"""One of those that were listed, by its number and no more."""


def place_counted(said: str) -> int:
    """The place in a list that an ordinal or a number tells, from 0; from the end below 0."""
    said = said.lower()
    if said in _ORDINALS:
        return _ORDINALS[said]
    number = re.match(r"\d+", said)
    return (int(number[0]) if number else _NUMBERS.index(said) + 1) - 1


def as_ordinal(place: int) -> str:
    """``2nd`` for the place 1."""
    number = place + 1
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th") if number % 100 not in (11, 12, 13) else "th"
    return f"{number}{ending}"


ANOTHER_PAPER = cue(
    r"\b(?:another|other|else|too|as well|also|besides)\b.*\bpapers?\b", r"\bpapers?\b.*\b(?:as well|too|else)\b"
)
INSTEAD = cue(r"\b(?:what|how) about (?P<new>[\w\s-]+?) (?:instead of|rather than|not) (?P<old>[\w\s-]+?)\W*$")

# That a paper is to be cited.

_STYLE = r"(?:APA|MLA|Chicago|Harvard|IEEE|ACM|Vancouver|AMA|Turabian|ISO 690|GOST)"
_ENTRY = r"(?:citations?|references?|entry|entries|records?)"
CITATION_FORMS = (("csl-json", cue(r"\bcsl\b")), ("ris", cue(r"\bris\b|\bendnote\b")))
"""The forms of a bibliography beside BibTeX, and how each is spoken of."""
CITATION_STYLE = cue(rf"\b(?P<style>{_STYLE})\b")
CITATION_WANTED = cue(
    rf"\b(?:bib(?:la)?tex|bib|ris|csl(?:[\s-]json)?|endnote)[\s-]+(?:{_ENTRY}|files?|formats?|code|export|please|pls|for|of)\b",
    r"\b(?:as|in|to|the|a|its|their|get|give me|show(?: me)?|want|need) (?:bib(?:la)?tex|ris|csl(?:[\s-]json)?)\b",
    r"^\W*(?:and |the )?(?:bib(?:la)?tex|ris|csl(?:[\s-]json)?)(?: (?:please|pls|too|again))?\W*$",
    r"\bhow (?:do|can|should|would|could|to|must|shall|might)(?: (?:i|we|one|you))?(?: properly| correctly| best)? "
    r"(?:cite|reference)\b",
    r"^\W*(?:(?:please|and|ok|now|can you|could you|would you|i want to|i need to|i would like to|i['’]d like to|"
    r"let me|help me|i have to|to)\W+)*cite\b",
    r"\b(?:give|show|get|need|want|provide|create|generate|make|write|format|have|see)\b[^?.!]{0,40}?"
    r"\b(?:citation|reference|bibliograph(?:y|ic)(?: (?:entry|record|data))?)\b"
    r"(?=\W*$|\W+(?:for|of|to|in|please|as)\b)",
    r"\bwhat(?:['’]s| is) (?:the|its|a) (?:correct |proper |full |right )?(?:citation|reference)"
    r"(?=\W*$|\W+(?:for|of)\b)",
    rf"\b{_STYLE}(?:[\s-]+(?:style|format))?[\s-]+(?:citation|reference)\b",
    rf"\b(?:cite|citation|reference)\b[^?.!]{{0,80}}\b{_STYLE}\b",
)
CITATION_WORDS = cue(
    rf"\b(?:bib(?:la)?tex|bib|ris|csl(?:[\s-]json)?|endnote|{_STYLE}|{_ENTRY}|cited?|bibliograph\w+|files?|formats?|style|"
    r"export|give|show|get|need|want|provide|create|generate|make|write|see|have|like|i|properly|correctly|full|correct|"
    r"proper|code|for|of|as|in|to|the|a|an|me|please|pls|how|do|can|could|should|would|we|one|you|what|is|and|let|help)\b"
)
"""What asks for a citation, and says nothing of which paper's."""
SEVERAL_MEANT = cue(r"\b(?:them|these|those|both|all|they|each)\b")

# What kind of thing a question wants.

LEADING_QUESTION_WORDS = cue(r"^(?:which|what|how many|number of)\s+")
HOW_MANY = cue(r"\b(?:how|hw) many\b", r"\bnumbers? of\b", r"\bcount of\b")
HOW_MANY_ELSEWHERE = cue(
    r"\bwie ?viele?\b|\bcombien\b|\bcu[aá]nt[oa]s?\b|\bquant[oaie]s?\b|\bhoeveel\b|\bhur många\b|\bhvor mange\b",
    r"\bile\b|\bсколько\b|多少|几个|いくつ|몇",
)
HOW_MUCH = cue(
    r"\bhow (?:much|big|large|long|fast|far|deep|wide|small|high|low|often|accurate|sensitive|old)\b",
)
SIZE_WANTED = cue(r"\bhow (?:big|large)\b", r"\bsizes? of\b")
SIZE_SAID = cue(
    r"\b(?:contain|consist|compris|includ|total|annotat|collect|gather|amount|made up)\w*|\b(?:has|have|had|of size)\b",
    r"\bthere (?:are|were)\b|\b(?:samples|examples|instances|sentences|documents|utterances)\b",
)
DATA_SAID = cue(r"\b(?:data ?sets?|corpus|corpora|collections?|treebanks?|benchmarks?|lexicons?)\b")
VERBLESS = re.compile(
    r"\W*(?:(?!i\b|we\b|you\b|how\b|why\b|where\b|who\b|is\b|are\b|do\b|does\b|did\b)[\w-]+\s+){1,4}"
    r"(?:of|for|in|on|between|with)\b"
)
NEXT_CLAUSE = cue(
    r",?\s+(?:and|but|or)\s+(?=(?:(?:for|at|on|to|by|in|up to|with|from|above|below|after|over) )?"
    r"(?:how|what|which|when|where|who|why|is there|are there)\b)",
    r"[?;]\s+(?=\w)",
)
LINK_WANTED = cue(
    r"\b(?:git\s?hub|git\s?lab|bitbucket|repo(?:sitory|s)?|urls?|download(?:ed|able)?|hosted)\b",
    r"\blink to\b|\bweb ?site\b|\bweb ?page\b",
)
SHARED_THING = cue(
    r"\b(?:source code|codes?|implementations?|data|datasets?|corpus|corpora|resources?|models?|checkpoints?|weights|"
    r"scripts?|software|toolkit)\b"
)
SHARING_ASKED = cue(
    r"\bwhere(?:'s| is| are| can| could| do| to)\b",
    r"\b(?:available|availability|released?|public(?:ly)?|open[- ]?sourced?|get hold|shared?|access)\b",
    r"\b(?:is|are) there\s+(?:(?!of\b|on\b|for\b|about\b|with\b)[\w-]+\s+){0,3}?"
    r"(?:codes?|implementations?|checkpoints?|weights|scripts?|software|toolkit)\b",
    r"\bany code\b|\bcode (?:for|of|listed|link)\b|\b(?:its|the|their|with|having|have|has) code\b",
    r"['’]s (?:source )?(?:code|data)\b",
    r"\bpublish(?:ed)? (?:the|its|their|any)\b|\bfetched\b|\blinks?\b",
)
# "Which publicly available datasets are used?", "labels available for training": not whether one may have them.
SHARING_BY_THE_WAY = cue(
    r"^\W*(?:[\w'’-]+\W+){0,3}?(?:which|what)\b.*\b(?:available|public|shared|released|open[- ]?sourced?)\s+"
    r"(?:[\w-]+\s+){0,2}?(?:data|datasets?|corpus|corpora|resources?|models?|toolkits?|software|code)\b",
    r"\b(?:available|accessible) (?:in|for|to|at|during|when|as)\b",
)
SHARING_SAID = cue(
    r"\b(?:available|releas\w*|public(?:ly)?|open[- ]?sourc\w*|download\w*|obtained|found at|make\b.{0,30}\bfreely)\b"
)
AUTHORS_WANTED = cue(
    r"\bauthors?\b|\bco-?authors?\b|\bauthored\b|\bwrote\b|\bwritten by\b|\bworked on\b",
    r"\bwho(?:'s| is| are| was| were)? behind\b",
)
NAMES_WANTED = cue(
    r"\b(?:which|what) authors\b|\bwho(?:se|m)?\b|\bnames? of\b|\bfirst\b|\blast\b|\blist\b",
    r"\bauthors? of\b|\bauthors?\W*$",
)
AUTHORS_AS_SUBJECT = cue(r"\baccording to\b|\bin the words of\b|\b(?:did|do) the authors\b")
ALL_AUTHORS = cue(
    r"\b(?:which|what) authors\b|\bwho\b|\bauthors? of\b|\bauthors?\W*$|\bwritten by\b|\bnames?\b|\blist\b"
)
FIRST_AUTHOR = cue(r"\b(?:first|lead|main)[- ]?author\b")
LAST_AUTHOR = cue(r"\b(?:last|final|senior|closing)[- ]?(?:named |listed )?author\b")
OTHER_AUTHOR = cue(r"\bcorresponding\b|\bcontact\b")
DATE_WANTED = cue(
    r"\b(?:when|what year|which year|what date|what month|which month)\b.{0,80}"
    r"\b(?:publish\w*|released?|appear\w*|c[ao]me out|written|posted|listed|submitted|introduced|proposed|from)\b",
    r"\b(?:publication|release) (?:date|year)\b",
    r"\bhow old is\b",
    r"^\W*(?:what|which) year is\b",
)
VENUE_WANTED = cue(
    r"\b(?:(?:in|at|to) )?(?:what|which) (?:conference|journal|venue|workshop|magazine|proceedings)\b",
    r"\bwhere (?:was|were|did|has|is) .{1,150}\b(?:published|appear(?:ed)?|presented|come out|came out)\b",
)
ARXIV_WANTED = cue(r"\barxiv(?:'s)? (?:id|identifier|number)s?\b")
DOI_WANTED = cue(r"\bdois?\b(?! not\b)")
VENUE_SAID = cue(r"\b(?:proceedings|conference|workshop|journal|shared task)\b")
TIME_WANTED = cue(
    r"^\W*(?:and |so )?when\b",
    r"\b(?:what|which) (?:year|month|date)\b",
    r"\bsince when\b",
)
REASON_WANTED = cue(r"\bwhy\b|\bhow come\b|\bwhat (?:motivat\w*|makes|made)\b")
WHO = cue(r"\bwho(?:se|m)?\b")
WHICH = cue(r"\b(?:what|which)(?:'s| is| are| was| were)? (?:the |its |their |an? )?")
HOW = cue(r"\bhow\b")
YES_NO = cue(r"\W*(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would)\b")

# What a sentence is good for: (asked, said).

REASON_SAID = cue(
    r"\b(?:because|however|due to|since|lack\w*|cannot|difficult\w*|challeng\w*|limit\w*|expensive|suffer\w*|therefore|"
    r"thus|hard\w*|problem\w*|issue\w*|motivat\w*|although|despite|fail\w*|requir\w*|rarely|reason\w*|only|whereas)\b"
)
MAKING_SAID = cue(
    r"\b(?:we|paper|study|work|article) (?:\w+ ){0,3}(?:propos\w*|introduc\w*|present\w*|develop\w*|releas\w*|creat\w*|"
    r"construct\w*|build|investigat\w*|stud\w*|review\w*|describ\w*|explor\w*|utiliz\w*|leverag\w*|train\w*|address\w*)"
)
SENTENCE_CUES = (
    (
        SIZE_WANTED,
        cue(
            r"\b\d[\d,.]*\s*(?:k|m|million|billion|thousand)?\+?\s+(?:[\w-]+\s+){0,2}?(?:samples?|examples?|instances?|"
            r"sentences?|documents?|utterances?|tweets?|posts?|images?|pairs?|tokens?|words?|questions?|annotations?|"
            r"records?|patients?|articles?|papers?|entries|items|triples?|dialogues?|reviews?|hours?|videos?|users?)\b",
        ),
    ),
    (
        cue(
            r"\b(?:results?|perform\w*|outperform\w*|improv\w*|achiev\w*|accura\w*|conclu\w*|findings?|found|gains?|beat|"
            r"better|worse|compared|against|well|fare|effect\w*|win|came out)\b"
        ),
        cue(
            r"\b(?:results?|experiment\w*|show\w*|outperform\w*|achiev\w*|improv\w*|demonstrat\w*|find|found|evaluat\w*|"
            r"conclu\w*|superior|significant\w*|indicat\w*|suggest\w*|reveal\w*)\b",
            "%",
        ),
    ),
    (
        cue(r"\bwhere\b", r"\b(?:what|which) (?:hospital|city|country|place|region|site|institution|university)\b"),
        cue(r"\b(?:in|at|from|of|on) (?:the )?(?:[A-Z][\w&-]+ ?){1,6}", flags=re.NOFLAG),
    ),
    (
        cue(r"\bwhen\b|\bhow (?:often|long|frequently)\b|\b(?:what|which) (?:year|period)\b"),
        cue(
            r"\b(?:19|20)\d\d\b",
            r"\b(?:daily|weekly|monthly|annual\w*|yearly|hour\w*|minute\w*|days?|weeks?|months?|years?)\b",
        ),
    ),
)

# What must be in a sentence that answers.

NEGATION = cue(r"\b(?:no|not|without|never|none|cannot|neither|nor)\b", r"n['’]t\b")
KIND_OF_WORK = (
    r"(?:trial|study|model|paper|dataset|corpus|system|method|approach|architecture|algorithm|benchmark|framework|toolkit|"
    r"team|challenge)\b"
)
UNITS = (
    (
        cue(r"\bhow long\b|\bduration\b|\bfollow-up\b|\b(?:hours|days|weeks|months|years)\b"),
        cue(
            r"\d.{0,12}(?:seconds?|minutes?|mins?|wks?|mos?|yrs?|epochs?|h|d|wk|mo|yr)\b",
            r"(?:hour|day|week|month|year)s?\b",
        ),
    ),
    (
        cue(r"\b(?:percentage|percent|share|proportion|fraction)\b"),
        cue(
            r"%|\bper ?cent|\bfraction|\bhalf|\bthird|\bquarter|\bproportion|\bshare\b|\bout of\b|\d+/\d+",
        ),
    ),
    (
        cue(r"\b(?:price|costs?|paid|salary|wage|dollars?|euros?)\b"),
        cue(r"[$€£¥]|\b(?:usd|eur|gbp|dollars?|euros?|pounds?|cents?)\b"),
    ),
    (
        cue(r"\bdos(?:e|es|age)\b"),
        cue(r"\b(?:mg|µg|mcg|μg|g|ml|iu|units?)\b|dos(?:e|age)"),
    ),
)
"""Questions about a measure, and how its unit is written."""

TELLING_UNITS = frozenset(said for _, said in UNITS[2:])
"""A figure in one of these is what is asked for, whatever the words beside it."""


def _asked(words: str) -> Pattern:
    return cue(rf"(?<![\w-])(?:{words})(?![\w-])")


ATTRIBUTES: tuple[tuple[Pattern, Pattern], ...] = (
    (
        _asked(r"carbon (?:footprint|emissions?)|emissions?|energy (?:consumption|use)"),
        cue(r"carbon|emission|energy|\bco2\b|\bkwh\b"),
    ),
    (
        _asked(r"licen[cs]\w*|copyright"),
        cue(r"licen[cs]\w*|copyright|creative commons|cc[- ]by|\bmit\b|apache|\bgpl|public domain"),
    ),
    (
        _asked(r"(?:inter-?\s?(?:annotator|rater|coder) )?agreements?|kappa|krippendorff\S*"),
        cue(r"agreement|kappa|krippendorff|fleiss"),
    ),
    (
        _asked(r"paid|pay|payment|wages?|salar\w+|compensat\w+|remunerat\w+|reimburs\w+"),
        cue(r"\bpaid\b|\bpay\b|payment|wage|salar|compensat|remunerat|[$€£]\s?\d|reimburs"),
    ),
    (
        _asked(
            r""
            r"(?:which |what |how many |number of )?(?:gpus?|tpus?|hardware|graphics cards?|accelerators?)"
        ),
        cue(r"\bgpus?\b|\btpus?\b|nvidia|hardware|graphics|\b[avh]100\b|\brtx\b|cluster"),
    ),
    (
        _asked(r"learning rates?"),
        cue(r"learning rate"),
    ),
    (
        _asked(r"batch sizes?"),
        cue(r"batch size|batches of|mini-?batch"),
    ),
    (
        _asked(r"epochs?"),
        cue(r"epochs?\b"),
    ),
    (
        _asked(r"drop-?out(?: rates?)?"),
        cue(r"drop-?out"),
    ),
    (
        _asked(r"optimi[sz]ers?"),
        cue(r"optimi[sz]er|\badam\b|\badamw\b|\bsgd\b|adagrad|rmsprop"),
    ),
    (
        _asked(r"beam (?:size|width)s?"),
        cue(r"\bbeam\b"),
    ),
    (
        _asked(r"random seeds?"),
        cue(r"\bseeds?\b"),
    ),
    (
        _asked(
            r"attention heads?|hidden (?:size|dimension|units?|layers?)|"
            r"embedding (?:size|dimension)s?"
        ),
        cue(r"\bheads?\b|hidden|dimension"),
    ),
    (
        _asked(r"weight decay|warm-?up|momentum|gradient clipping"),
        cue(r"weight decay|warm-?up|momentum|clipping"),
    ),
    (
        _asked(r"latency|throughput|inference (?:time|speed)"),
        cue(r"latency|throughput|inference|faster|speed|\d\s?(?:ms|seconds)\b"),
    ),
    (
        _asked(r"funding|funded|funders?|grants?|sponsor\w*"),
        cue(r"fund(?:ed|ing|er)|grants?\b|sponsor|supported by"),
    ),
    (
        _asked(r"conflicts? of interest|ethic\w* (?:approval|committee|board)|irb"),
        cue(r"conflict|disclos|ethic|\birb\b|institutional review"),
    ),
    (
        _asked(r"citations?|cited|impact factor|h-index"),
        cue(r"citations?\b|cited|h-index"),
    ),
    (
        _asked(r"reviewed|reviewers?|review scores?|accept(?:ed|ance)(?: rate)?|best paper|awards?"),
        cue(r"reviewer|accepted|acceptance|award"),
    ),
    (
        _asked(r"e-?mails?|phone|telephone|(?:postal |home )?address|office|birthday|born|salary"),
        cue(r"@\w|phone|telephone"),
    ),
    (
        _asked(r"manufactur\w+|vendors?|suppliers?|compan(?:y|ies)|brand"),
        cue(r"manufactur|vendor|supplier|compan|\binc\b|\bltd\b|gmbh|\bcorp"),
    ),
    (
        _asked(r"p[- ]values?"),
        cue(r"\bp\s?[<=>≤]|p[- ]value"),
    ),
    (
        _asked(r"i²|i2 |heterogeneity"),
        cue(r"i²|\bi2\b|heterogene"),
    ),
    (
        _asked(r"page limit|page numbers?|volume|isbn|doi"),
        cue(r"\bdoi\b|isbn"),
    ),
)
"""What papers are asked about, and the words by which a text that says it says it."""
