"""The English of questions about many papers: how years, persons, code and sets are spoken of, and what is asked."""

from __future__ import annotations

from assistant.english.cues import cue

# ---- the words for papers, for what they bring, and for those who write them

KINDS_OF_WORK = (
    r"(?:(?:(?:systematic|clinical|randomi[sz]ed|controlled|case) )*(?:trials|reviews|surveys|overviews|meta-?analyses|"
    r"case studies|reports|theses))"
)
WORKS = (
    rf"(?:papers|publications|articles|works|studies|preprints|manuscripts|abstracts|entries|items|records|"
    rf"titles|papes|papars|publicatons|{KINDS_OF_WORK})"
)
WORK = (
    r"(?:papers?|publications?|articles?|work|works|stud(?:y|ies)|preprints?|abstracts?|entr(?:y|ies)|items?|records?|"
    r"pubs?)"
)
THEY = (
    r"(?:they|he|she|we|you|this author|the authors?|this group|the group|this lab|the lab|the team|this person|this "
    r"researcher|the papers|these papers|this library|the library|this page|the corpus|this profile)"
)
_MADE = (
    r"(?:introduc\w*|releas\w*|present\w*|creat\w*|propos\w*|construct\w*|publish\w*|built|builds?|develop\w*|"
    r"contribut\w*|collect\w*|compil\w*|annotat\w*|offer\w*|made|make|invent\w*|com(?:e|es|ing) up with|new|own|"
    r"provid\w*|bring\w*|produc\w*|coin\w*|design\w*|describ\w*|resourc\w*|put out|set up|devis\w*)"
)
_USED = (
    r"(?:use[ds]?|using|utili[sz]e[ds]?|evaluate[ds]?|evaluating|experiment\w*|test(?:ed|s)?|rel(?:y|ied|ies)|"
    r"employ\w*|appl(?:y|ied)|train(?:ed)?|draw[ns]?|appear\w*|occur\w*|mention\w*|analy[sz]e[ds]?)"
)
DATA_THINGS = (
    r"(?:data[\s-]?sets?|corpus|corpora|benchmarks?|treebanks?|test[\s-]?sets?|resources?|lexicons?|"
    r"knowledge (?:bases?|graphs?)|databases?|collections?|cohorts?|registr(?:y|ies)|data)"
)
DATA_KINDS = r"(?:data[\s-]?sets?|corpus|corpora|benchmarks?|treebanks?|resource)"
MADE_THINGS = (
    r"(?:methods?|models?|systems?|frameworks?|approach(?:es)?|algorithms?|toolkits?|tools?|architectures?|techniques?|"
    r"pipelines?|mechanisms?|packages?|librar(?:y|ies)|software)"
)
_THINGS = (
    rf"(?:{DATA_THINGS}|{MADE_THINGS}|tasks|topics|themes|areas|categor(?:y|ies)|labels|affiliations|institutions|"
    rf"repositories|links|urls|fields|years|research (?:areas|interests|directions))"
)
# Up to four words before a thing that only describe it.
_ADJECTIVES = r"(?:(?!(?:of|in|on|at|for|to|did|do|does|is|are|was|were|by|that|kinds?|types?)\b)[\w'’/-]+[\s,]+){0,4}?"
# What follows the name of a thing that is listed, and not the first part of a compound.
_AFTER_THINGS = (
    r"did|do|does|have|has|had|is|are|was|were|been|be|of|in|on|from|since|before|after|by|for|with|that|which|and|"
    r"or|get|got|introduced|proposed|released|used|presented|published|created|developed|built|covered|studied|"
    r"occur|appear|they|he|she|here|there|most|can|could|would|names?|per|each"
)
COUNTED = (
    rf"(?:\b(?:how|hw|hwo)\s+m[any]{{2,4}}\b|\b(?:number|count|amount|tally|total) of\b|^\W*(?:please )?count\b|#)"
    rf"\s*(?:of\s+)?(?:the |these |those |all |their |his |her )*{_ADJECTIVES}"
)

# ---- conditions: when

_YEAR = r"(?:19|20)\d\d"
_Y = rf"({_YEAR})(?!\d)"
_JOIN = r"\s*(?:-|–|—|\bto\b|\bthrough\b|\bthru\b|\btill?\b|\buntil\b|\bup to\b|\band\b)\s*"
MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan",
            "february feb",
            "march mar",
            "april apr",
            "may",
            "june jun",
            "july jul",
            "august aug",
            "september sep sept",
            "october oct",
            "november nov",
            "december dec",
        ),
        start=1,
    )
    for name in names.split()
}
_MONTH = (
    r"(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|"
    r"nov(?:ember)?|dec(?:ember)?)"
)
_SINCE = r"\b(?:since|starting (?:in|from)|beginning (?:in|with)|from)\b"
_AFTER = r"\b(?:after|later than|newer than|more recent than|post|following|past)\b"
_BEFORE = r"\b(?:before|prior to|earlier than|older than|pre|preceding)\b"
_UNTIL = r"\b(?:until|till|up to|up until|through|by|no later than|by the end of)\b"

SPAN_OF_YEARS = cue(
    rf"\b(?:between|from)\s+{_Y}{_JOIN}{_Y}",
    rf"(?<![\w-]){_Y}\s*(?:-|–|—)\s*{_Y}",
    rf"\b{_Y}\s+(?:to|through|until|till)\s+{_Y}",
    rf"\b{_Y}/(\d\d)(?!\d)",
    rf"\b(?:between|from)\s+{_Y}(?:\s+\w+){{0,2}}{_JOIN}{_Y}",
)
SINCE_YEAR = cue(
    rf"{_SINCE}\s+{_Y}\s*(?:on(?:wards?)?\b|forward\b)",
    rf"\b{_Y}\s+(?:onwards?|and (?:later|after|onwards?|newer)|or (?:later|newer|after))\b",
    rf"(?<!before )(?<!until )(?<!after )(?<!since )\b{_Y}\s+on(?=\s*(?:$|[?.!,;)]))",
    rf"\b(?:since|starting (?:in|from)|beginning (?:in|with)|not before|no earlier than)\s+{_Y}",
    rf">=\s*{_Y}",
)
AFTER_YEAR = cue(rf"{_AFTER}\s+{_Y}", rf">\s*{_Y}", rf"\bpost-{_Y}")
BEFORE_YEAR = cue(rf"{_BEFORE}\s+{_Y}", rf"<\s*{_Y}", rf"\bpre-{_Y}")
UNTIL_YEAR = cue(
    rf"{_UNTIL}\s+{_Y}",
    rf"<=\s*{_Y}",
    rf"\b{_Y}\s+(?:or|and) (?:earlier|before|older)\b(?!\s+\d)",
    rf"\bnot after\s+{_Y}",
)
SPAN_OF_DATES = cue(
    rf"\b(?:from |between )?{_MONTH}\.?,?\s+{_Y}{_JOIN}{_MONTH}\.?,?\s+{_Y}",
    rf"\b{_MONTH}\.?,?\s+{_Y}\s+or\s+{_MONTH}\.?,?\s+{_Y}",
)
SPAN_OF_MONTHS = cue(
    rf"\b(?:from |between )?{_MONTH}\.?{_JOIN}{_MONTH}\.?,?\s+(?:of\s+)?{_Y}",
    rf"\b(?:from |between )?{_MONTH}\.?\s*[/–-]\s*{_MONTH}\.?,?\s+{_Y}",
)
BEFORE_OR_AFTER = cue(
    rf"\b(?:before|until) {_Y} (?:or|and|than|versus|vs\.?) (?:\w+ )?(?:after|since)(?: (?:it|that|then))?\b"
)
MONTH_OF_YEAR = cue(rf"\b{_MONTH}\.?,?\s+(?:of\s+)?{_Y}", rf"\b{_Y}-(0[1-9]|1[0-2])\b")
YEAR = cue(rf"(?<![\w.,-]){_Y}(?![\w.]*\w)(?!-[A-Za-z])")
DECADE = cue(r"\b(?:the\s+)?(?:(early|mid|late)[\s-]+)?((?:19|20)\d)0['’]?s\b")
PART_OF_YEAR = cue(
    rf"\b(?:in |during )?the (first|second|last) half of\s+(?:the year\s+)?{_Y}",
    rf"\b{_Y}['’]?s? (first|second|last) half\b",
    rf"\b(?:in |during )?the (first|second|third|fourth|last) quarter of\s+{_Y}",
    rf"\b(early|late) (?:in )?{_Y}\b",
)
PARTS_OF_YEAR = {
    ("first", "half"): (1, 6),
    ("second", "half"): (7, 12),
    ("last", "half"): (7, 12),
    ("first", "quarter"): (1, 3),
    ("second", "quarter"): (4, 6),
    ("third", "quarter"): (7, 9),
    ("fourth", "quarter"): (10, 12),
    ("last", "quarter"): (10, 12),
    ("early", "quarter"): (1, 4),
    ("late", "quarter"): (9, 12),
}
MONTHS_OF_ANY_YEAR = cue(
    rf"\b(?:in|of|dated|from|during|an?|every|each|any)\s+(?:an?\s+|every\s+|any\s+|each\s+)?{_MONTH}(?:s|['’]s)?\b"
    rf"(?!\s*,?\s*(?:19|20)\d\d)",
    rf"\b{_MONTH} (?:papers|publications)\b",
    rf"\bthe month of {_MONTH}\b(?!\s*,?\s*(?:19|20)\d\d)",
)
LAST_YEARS = cue(
    r"\b(?:in |over |during |within )?(?:the |these )?(?:last|past|previous|recent)\s+(\d{1,2}|two|three|four|five|six|"
    r"seven|eight|nine|ten|couple of|few)\s+years\b"
)
THIS_YEAR = cue(r"\b(?:this|the current) year\b")
LAST_YEAR = cue(r"\blast year\b")
# A number where a year is expected that is none.
NO_YEAR = cue(
    r"\b(?:in|since|before|after|until|from|between|year|of|by|and|to)\s+(\d{5,}|[2-9][1-9]\d\d|1[0-8]\d\d|\d{3})\b"
    r"(?!\s*(?:papers|publications|words|sentences|documents|tokens|parameters|examples|instances|%))"
)
# What stands before the title of a paper whose date is meant.
SINCE_PAPER = cue(rf"(?:{_SINCE})\s+(?:the\s+)?(?:appearance of\s+|release of\s+|publication of\s+)?$")
AFTER_PAPER = cue(rf"(?:{_AFTER}|\bsince\b)\s+(?:the\s+)?(?:appearance of\s+|release of\s+|publication of\s+)?$")
BEFORE_PAPER = cue(rf"(?:{_BEFORE})\s+(?:the\s+)?(?:appearance of\s+|release of\s+|publication of\s+)?$")

# ---- conditions: code, category, affiliation, words of the title or the text

_CODE = (
    r"(?:source[\s-]+|public |open |released? |available )*(?:code|implementations?|repositor(?:y|ies)|repos?|github)"
)
WITH_AND_WITHOUT_CODE = cue(rf"\bwith(?:out)? (?:and|or|versus|vs\.?|against) with(?:out)? {_CODE}\b")
WITHOUT_CODE = cue(
    rf"\b(?:without|lack(?:s|ing)?|missing|no|(?:don['’]?t|do not|doesn['’]?t|does not|did not|didn['’]?t|never|not)"
    rf"\s+(?:\w+\s+){{0,3}}(?:have|has|with|releas\w*|provid\w*|shar\w*|includ\w*|publish\w*|link|offer|come with|"
    rf"open[- ]?sourc\w*))\s+(?:\w+\s+){{0,2}}{_CODE}\b",
    r"\b(?:code|implementation)[\s-]*less\b",
    r"\bnot open[- ]?sourced?\b",
)
WITH_CODE = cue(
    rf"\b(?:with|have|has|having|had|releas\w*|provid\w*|shar(?:es?|ed|ing)\b(?! of)|"
    rf"includ\w*|publish\w*|mark\w*|tagg\w*|flagg\w*|"
    rf"list\w*|offer\w*|come|comes|came|carr\w+|bear\w*|ship\w*|giv\w+|point\w*|link\w*|accompan\w*|"
    rf"open[- ]?sourc\w*|made|make|making)\s+(?:\w+\s+){{0,5}}?{_CODE}\b(?:[\s-]+(?:mark|label|tag|flag|badge|"
    rf"available|link)\b)?",
    rf"\b{_CODE}\s+(?:is|are|was|were|been)?\s*(?:\w+\s+)?(?:available|released|public|shared|open|listed|provided)\b",
    rf"\b{_CODE}\s+(?:exists?|can be found|was released|has been released)\b",
    rf"\b{_CODE}[\s-]+(?:releases?|releasing|availability|mark|label|tag|flag|badge|available)\b",
    r"\bopen[- ]?sourced?\b",
    rf"\bwhose\s+{_CODE}\b",
)
LINK_GIVEN = cue(
    r"\b(?:giv\w+|hav\w+|has|contain\w*|includ\w*|provid\w*|point\w* to|nam\w+|list\w*|with)\s+(?:\w+\s+){0,2}"
    r"(?:web addresse?s?|urls?|links?|web ?sites?|web ?pages?)\b",
    r"\b(?:web addresse?s?|urls?|links?) (?:is|are) (?:given|provided|listed|there)\b",
)
# A category with the words around it; the category's name goes into the braces.
CATEGORY_NAMED = (
    r"(?:(?:in|of|from|under|within)\s+)?(?:the\s+)?"
    r"(?:(?:category|categories|label|subject|field|area|class|subject class)\s+)?"
    r"(?:cs\.|stat\.|eess\.|q-bio\.|math\.)?{}(?:\s+(?:category|categories|label|section|track|papers?))?"
)
AFFILIATION_GIVEN = cue(
    r"(?<!which )(?<!what )\b(?:an |the |their |any )?affiliations? (?:is|are|was|were) "
    r"(?:given|shown|listed|known|stated|named)\b",
    r"\b(?:give|show|list|have|name|carry|state)s? (?:an?|any|their) (?:note of (?:an? )?)?"
    r"(?:affiliation|institution)\b",
    r"\bwith an? (?:affiliation|institution)\b",
)
MENTIONS = cue(
    r"\b(?:mention(?:s|ed|ing)?|say(?:s|ing)?(?: something(?: is)?)?|said|refer(?:s|ring)? to|cite[sd]?|"
    r"contain(?:s|ing)?|speak(?:s|ing)? of|bring(?:s|ing)? up|use[sd]?|using|utili[sz]\w+|"
    r"evaluat\w+ (?:on|with|using)|test\w* on|experiment\w* (?:on|with)|train\w* on|report\w*(?: results)? on|"
    r"work(?:s|ing)? with|appl(?:y|ies|ied) (?:to)?|rel(?:y|ies|ied|ying) on|build(?:s|ing)? (?:up)?on|based on|"
    r"draw(?:s|n|ing)? (?:on|from)|sampled from|aligned (?:to|with)|grounded in|derived from|constructed from|"
    r"include[sd]?|including|with the (?:word|term)s?|the (?:word|term|phrase)s?|measur\w+|analy[sz]\w+|"
    r"compar\w+ (?:to|with|against))\b",
)
MENTIONS_AGAIN = cue(rf"\W*(?:(?:or|and|is|are|was|were|be)\s+)*(?:{MENTIONS.pattern})")
IN_TITLE = cue(
    r"\bin (?:its|the|their|a|his|her)(?: \w+)? titles?\b",
    r"\btitled?\b(?! \w+ (?:do|does))",
    r"\btitles? (?:that |which )?(?:contain\w*|with|includ\w*|mention\w*|say\w*|hold\w*|have|has)\b",
)

# ---- conditions: persons and their places among the authors

FIRST_AUTHOR = cue(
    r"\b(?:as |is |was |are |being |the )*(?:first|lead|leading)"
    r"[\s-]*(?:listed[\s-]+|named[\s-]+)?auth?or(?:ed|s|ships?)?(?:\s+(?:of|on|by|is|are))?\b",
    r"\b(?:led|headed)(?: by)?\b|\blead(?:s|ing)?\b(?! (?:to|author))|\bfirst-author(?:ed|s)?\b",
    r"\b(?:is|are|was|were|be|being|name[ds]?|listed|comes?|appears?|stands?)\s+(?:\w+\s+)?(?:listed |named )?first\b",
    r"\bas the first (?:name|one)\b",
)
LAST_AUTHOR = cue(
    r"\b(?:as |is |was |are |the )*(?:last|senior|final)[\s-]*(?:listed[\s-]+|named[\s-]+)?auth?or(?:ed|s|ships?)?"
    r"(?:\s+(?:of|on|by|is|are))?\b",
    r"\b(?:is|are|was|were|listed|comes?|appears?|stands?)\s+(?:listed |named )?last\b",
)
NTH_AUTHOR = cue(
    r"\b(?:is |as |the |was |are )*(second|third|2nd|3rd|fourth|4th|middle)[\s-]+(?:listed |named )?auth?or(?:ed|s)?\b"
)
PLACES_OF_AUTHORS = {"second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4, "4th": 4, "middle": 2}
AUTHOR_COUNT = cue(
    r"\b(?:written |made |authored )?by (?:just |only |exactly )?(two|three|four|five|2|3|4|5) "
    r"(?:people|persons|authors|researchers)\b",
    r"\b(?:with|have|has) (?:just |only |exactly )?(two|three|four|five|2|3|4|5) authors\b",
    r"\b(two|three|four|five)[- ]author(?:ed)? (?:papers|publications|works)\b",
)
_NUMBER = r"(?:\d{1,3}|one|two|three|four|five|six|seven|eight|nine|ten)"
_SEVERAL_AUTHORS = r"(?:co-?)?authors?\b(?! lists?)"
_BY_AUTHORS = (
    r"(?:\b(?:with|have|has|having|had|by|of|list(?:s|ing|ed)?|show(?:s|ing)?|involving)\s+)?(?:written by\s+)?"
)
AUTHOR_RANGE = cue(
    rf"{_BY_AUTHORS}\bbetween (?P<from>{_NUMBER}) and (?P<to>{_NUMBER}) {_SEVERAL_AUTHORS}",
    rf"{_BY_AUTHORS}\b(?:more than|over|greater than|>) ?(?P<over>{_NUMBER}) {_SEVERAL_AUTHORS}",
    rf"{_BY_AUTHORS}\b(?:fewer than|less than|under|below|<) ?(?P<under>{_NUMBER}) {_SEVERAL_AUTHORS}",
    rf"{_BY_AUTHORS}\b(?:at least|no (?:fewer|less) than|a minimum of|>=) ?(?P<least>{_NUMBER}) {_SEVERAL_AUTHORS}",
    rf"{_BY_AUTHORS}\b(?:at most|up to|no more than|not more than|a maximum of|<=) ?(?P<most>{_NUMBER}) "
    rf"{_SEVERAL_AUTHORS}",
    rf"{_BY_AUTHORS}\b(?P<least2>{_NUMBER})(?: or more| and more| or above|\+) {_SEVERAL_AUTHORS}",
    rf"{_BY_AUTHORS}\b(?P<most2>{_NUMBER}) or (?:fewer|less) {_SEVERAL_AUTHORS}",
    rf"\b(?:with|have|has|having|by) (?:multiple|several|more than one) {_SEVERAL_AUTHORS}(?! (?:of|by))",
    r"\bmulti-?(?:ple)?[- ]author(?:ed)?\b",
)
ALONE = cue(
    r"\b(?:single|sole|solo|one)[- ]author(?:ed)?\b",
    r"\b(?:all |entirely )?(?:by|on) (?:him|her|them|one)sel(?:f|ves)\b|\bby (?:himself|herself|themselves)\b",
    r"\b(?:all )?alone\b|\bwithout (?:any )?co-?authors?\b|\bsole author\w*\b|\bno co-?authors?\b",
)
# What stands before a family name, so that it is a person's.
# What joins two persons of whom one suffices.
OR = cue(r"\s*,?\s*(?:or|and/or|/)\s+(?:by |with |of )?")
THAT = cue(r"\b(?:that|which|who|but)\b")
BY_WHOM = cue(r"\b(?:by|with|of|from)\s+$")
IN_YEAR = cue(r"\b(?:in|of|from|since|for|dated|year)\s+$")
# What follows a family name and nothing else.
PERSON_FOLLOWED = cue(
    r",?\s+et\s+al\b",
    r"\s+(?:and|&)\s+(?:colleagues|others|co-?workers|co-?authors|collaborators)\b",
)
JOINED_TO = cue(r"\s+(?:and|&)\s+(?P<name>[^\W\d_][\w'’-]+)")
BY_PERSON = cue(
    r"\b(?:where|when|whom|which|that|than|who)\s+$",
    r"\b(?:by|with|of|from|has|have|did|does|is|are|was|were|and|show|shows|list|lists|name|names|include|includes|"
    r"featuring|together with|alongside|besides|how many|papers?)\s+(?:(?:prof(?:essor)?|dr)\.?\s+)?$",
)
# What stands before a given name, so that it is a person's.
OF_PERSON = cue(
    r"\b(?:by|with|from|has|have|did|does|co-?authors? of|co-?author(?:ed)? (?:by|with)|papers (?:of|by|with)|"
    r"author|authors|named|called|is|are|list|show|together with|alongside)\s+(?:(?:prof(?:essor)?|dr)\.?\s+)?$"
)
# What stands before a role that is denied.
NOT_FIRST = cue(r"\b(?:not|isn['’]t|n['’]t|never|without being|other than|rather than)\b[^?.,;]{0,30}$")
# What follows a name that is to be left out.
NOT_AFTER = cue(
    r"(?:['’]s(?: name)?)?\s+(?:itself )?(?:is |are |was )?(?:missing|absent|hidden)\b",
    r"(?:['’]s(?: name)?)?\s+(?:itself )?(?:is |are |was )?(?:not|isn['’]?t)\b"
    r"(?: (?:among|one of|shown|listed|named|in|on|an? author|visible|there|mentioned)\b|\W*$)",
)
# Whether a question asks where a name is shown: only then is the owner's own name a condition.
SHOWN = cue(
    r"\b(?:shown|listed|visible|named|appears?|names?|displayed|stands?|before (?:the )?\W?et al|"
    r"among the (?:\w+ )?authors)\b"
)
# What is said around authors without naming a topic.
AUTHOR_FRAME = cue(
    r"\b(?:is |are |as |be )?(?:among|one of|amongst|in|on) (?:the )?(?:\w+ )?(?:authors?|names?|author lists?)"
    r"(?: (?:shown|listed|named|given|visible))?\b",
    r"\bas far as\b.{0,40}$",
    r"\(?\b(?:i\.e\.,? )?before (?:the )?[\"'‘’“”]?et al\.?[\"'‘’“”]?\)?",
    r"\b(?:own )?names? (?:is |are )?(?:visible|shown|listed|given)\b|\bamong the authors\b|\bown name\b",
    r"\b(?:listed|named|shown|visible)(?: as)?(?: an?| the)? (?:authors?|names?)\b",
    r"\bas (?:an? )?(?:co-?)?authors?\b",
)

# ---- conditions: what is left out

# What stands before a condition that is denied.
NOT_IN = cue(
    r"\b(?:not counting|not including|disregarding|ignoring|except(?: for)?|excluding|other than|apart from|"
    r"besides|without|but not|leaving out|aside from|outside(?: of)?|are(?:n['’]?t| not)|is(?:n['’]?t| not)|not|"
    r"do(?:n['’]t| not) (?:\w+ )?)\s+(?:\w+\s+){0,2}$",
    r"\bnon-?\s*$",
)
# What denies the verb that follows.
DENIED = cue(r"\b(?:do|does|did|have|has|had)(?:n['’]?t| not)\s+(?:\w+ )?$|\b(?:not|never|without)\s+(?:\w+ )?$")
# What stands before a topic that is left out.
EXCEPT = cue(
    r"\b(?:except(?: for| the)?|excluding|apart from|other than|leaving out|aside from|besides|but not|and not|"
    r"not (?:on|about|dealing with|concerning|covering))\s+(?:on |about |the |those |ones |papers )*"
)

# The same before a condition that was read: a NUL stands where it was.
EXCEPT_NAMED = cue(
    r"\b(?:except(?: for| the)?|excluding|apart from|other than|leaving out|aside from|besides|but not|not counting)\s+"
    r"(?:the |those |by |of |from |in |with |ones )*\x00+(?:['’]s)?"
)

# ---- conditions: the topic

TOPIC_LEADS = cue(
    r"\b(?:on|about|regarding|concerning|around|covering|covers?|into|involving|discussing|targeting)\b",
    r"\b(?:talk(?:s|ing)? (?:about|of)|deal(?:s|ing)? with|interest in|relat(?:ed|ing) to|focus\w* on|devoted to|"
    r"in the (?:area|field) of|work\w* on|looking at|look(?:s|ed)? at|touch(?:es|ing)?(?: on| upon)?|"
    r"concerns?|concerned with|address(?:es|ing)?|tackl(?:e|es|ing)|stud(?:y|ies|ying|ied)|investigat\w+|"
    r"explor(?:e|es|ing)|for)\b",
)
ON = cue(r"\b(?:on|about)\b(?! (?:this|the|his|her|their) (?:page|list|site|profile|library))")
WORK_ABOUT = cue(r"\b(?:the|their|his|her|any|all|some) (?:\w+ )?work\b(?= (?:on|about))")
WORK_ON = cue(rf"\bwhat\b[^?.!]{{0,30}}\bwork\w* on\b|\bwhat are {THEY} (?:working|interested)\b")
# All papers at once: no topic, no paper.
_ALL_OF_IT = (
    r"(?:all|these|those|the|this|his|her|their)(?: (?:of )?(?:the|these|his|her|their))?(?: \d+)? "
    r"(?:papers|publications|work|works|library|research|profile|collection|page)"
)
_SO_SHORT = (
    r"(?:in (?:a|an|one|two|three|four|five|\d+|a few|some) (?:short )?"
    r"(?:sentences?|words?|lines?|bullet points?|paragraphs?))?"
)
OVERVIEW = cue(
    rf"\b(?:overview|summar\w+|gist|big picture|in a nutshell)\b[^?.!]{{0,30}}\b{_ALL_OF_IT}\W*"
    rf"{_SO_SHORT}\W*(?:please\W*)?$",
)
INTEREST = cue(r"\binterest in\b")
# What a question about sets says without naming a topic.
FRAME_WORDS = frozenset(
    """table tables bar bars chart charts pie plot average median order rank ranked sort sorted known csv list
    figure figures show name give find get display enumerate every each total overall altogether many number
    count tally share fraction percentage percent proportion portion distinct unique separate year years
    month months date dates year's annual yearly annually monthly per timeline oldest newest earliest latest
    recent recently first last most fewest least often frequent frequently common commonly main top busiest
    prolific productive single there corpus library collection page profile catalogue catalog site record
    label labels labelled tagged flagged marked mark category categories code codes available released
    release releases repository repositories github open source sourced coauthor coauthors author authors
    collaborator collaborators written published publishing appear appears appeared occur occurs shown
    visible listed names named as far et al work works working worked early late later older newer old new
    then since until before after between from through during dealing deals deal about regarding concerning
    related topic topics theme themes subject subjects area areas field fields research please could would
    tell me us see want need looking look interested everything anything titles title titled entry entries
    item items abstract abstracts related-work mention mentions mentioning mentioned contain contains say
    something saw grew ever yet currently exactly together inclusive inclusively ones one other others
    jointly come comes came go went done publication publications paper papers article articles preprint
    preprints study studies manuscript manuscripts introduce introduces introduced have has had having made
    make makes among set put out output joint single-author carried conducted performed own self co-author
    co-authors co-authored class classed classes classified bear bears attached posted note fall falls
    taking times word words hidden behind itself line successive bound bounds spread counting newly shows
    right proper time institution institutions dont arent half-year thing things stuff wherein second third
    half halves wonder rely relies carry carries turn turns turned displayed exists exist dated going up
    typically usually generally mainly mostly primarily normally regularly
    besides lead leads led whatever just started start affiliation affiliations longest pause gap gaps break
    becoming become became less still like belong belongs self-authored coauthored compare compares compared
    comparing versus vs period periods himself herself alone""".split()
)
# What may follow a topic without being a part of it.
ENDS_OF_TOPICS = frozenset(
    """please paper papers publication publications study studies article articles library corpus collection list
    page profile topic topics subject area field related published written released year years have has they
    research work works appear appears appeared come comes came out up start starts started turn turns turned
    show shows do does did first last""".split()
)

# ---- whether a set of papers is asked for, or their number

HOW_MANY = cue(
    r"\b(?:how|hw|hwo)\s+m[any]{2,4}\b",
    r"\b(?:the |total |overall |exact )*(?:number|count|amount|tally|total) of\b",
    r"^\W*(?:please )?count\b|\bcount\W*(?:pls|plz|please)?\W*$",
    r"\bhow many times\b",
    r"#\s?of\b",
    r"\bno\. of\b",
    r"\bhow (?:often|frequently|prolific|productive)\b",
    rf"\b{WORKS} (?:in total|altogether|overall)\b",
    r"^\W*(?:total|number|count)\s+(?:\w+\s+)?(?:papers|publications|articles)\b",
)
HOW_OFTEN = cue(r"\bhow (?:often|frequently|prolific|productive)\b")
SHARE = cue(
    r"\b(?:what|which) (?:share|fraction|percentage|percent|proportion|part|portion)\b",
    r"\b(?:share|fraction|percentage|proportion|portion) of\b",
    r"\bhow (?:large|big) a (?:share|part|fraction|proportion)\b",
    r"\bwhat %",
)
SHARE_VERB = cue(
    r"\b(?:has|have|had|is|are|was|were|come|comes|came|releas\w+|provid\w+|mention\w*|introduc\w+|use[sd]?|deals?|"
    r"shows?|lists?|appear\w*)\b"
)
# A number is asked for without a word for what is counted; a NUL stands where a condition was read.
BARE_COUNT = cue(
    r"\bhow many\W+(?:of them\W+|are\W+|is\W+|come\W+|have\W+|do\W+|has\W+|release\W+|\x00)",
    r"\bin how many\b",
    r"\bon how many\b",
    r"\bfor how many\b",
)
WORKS_WORD = cue(
    rf"\b{WORKS}\b", r"\bpubs\b", r"\b(?:single|joint)[\s-]\w+ (?:paper|work)s?\b", r"\blist (?:go|reach)\b"
)
PAPERS_WORD = cue(r"\b(?:papers|publications|articles|works|preprints|abstracts)\b")
PUBLISHED = cue(
    r"\b(?:publish\w*|publication|output|wrote|written|appear(?:s|ed|ing)?|c[ao]me out|paper)\b",
)
WRITTEN_TOGETHER = cue(
    r"\b(?:what|which \w+)\b[^?.!]{0,60}\b(?:write|written|wrote|publish\w*|do|done|work\w* on|author\w*)\b"
    r"[^?.!]{0,20}\btogether\b",
)
DONE = cue(
    r"\bwhat (?:all )?(?:has|have|did|do|does) (?:[\w.'’-]+\s+){1,4}?(?:co-?)?(?:publish\w*|written|write|wrote|"
    r"author\w*|work\w* on|contribut\w*|produce\w*|done|do)\b",
)
LISTS = cue(
    rf"\b(?:which|what|whcih|wich|list|show|name|give|find|get|display|enumerate|all|any|every|see|are there)\b"
    rf"[^?.!;]{{0,60}}?\b{WORKS}\b",
    rf"^\W*(?:the\s+)?(?:[\w./'’-]+[\s,]+){{0,8}}{WORKS}\b",
    rf"\b(?:every|each)\s+(?:single\s+|one of\s+)?(?:[\w-]+\s+){{0,2}}?{WORK}\b",
    r"\b(?:which|what|the) ones\b",
    r"\bwhat(?:['’]s| is| are| was| were)? there\b",
    r"\bwhat (?:has |have )?(?:came|come|comes|appeared|got published|was published) "
    r"(?:out )?(?:after|before|since|in|on)\b",
    r"\bwhat (?:they|he|she|we|you) (?:did|do|have|wrote|published|made|said)\b",
    r"\b(?:is|are|was|were) there (?:something|anything|work|papers?|publications?|studies)\b",
    r"\b(?:do|does|have|has) (?:any|some|all) of (?:it|them|these|those|the papers|the work)\b",
    r"\b(?:the|their|his|her|any|all|some|your) (?:[\w-]+ )?work (?:on|about|with|in|that|from|since|before|after)\b",
    r"\bpubs\b",
    rf"\b(?:did|has|have|do|does) {THEY} (?:ever )?(?:publish\w*|written|write|wrote|co-?author\w*) "
    r"(?:anything|something|papers|more|on|about|with|in|before|since|after)\b",
    r"\beverything (?:we|you|they|he|she|that|here|in)\b",
    rf"\b{WORKS}\s+(?:on|about|that|which|by|with|from|in|since|before|after|between|using|dealing|related|concerning|"
    rf"mentioning|published|written|where|covering|without|for)\b",
    r"\b(?:in|on) (?:the|this) (?:list|corpus|library|collection|page|profile|catalogue)\b",
    r"\bwhat (?:was|were|is|has been|have been) (?:published|written)\b",
    r"^\W*(?:any|every)thing\b(?:\s+\w+){0,3}?\s+(?:on|about|by|from|since|before|after|with|in|they|he|she)\b",
    r"\b(?:list|show|find|give me|which|what)\s+(?:me\s+)?(?:all\s+)?(?:the\s+)?(?:other\s+)?(?:research|work)"
    r"\s+(?:that|which|on|about|by|with|from|in|carried|done|published)\b",
    r"^\W*(?:[\w-]+\s+){0,3}(?:research|work)\s+(?:that|which|on|about|by|with|carried out|done|published|related)\b",
    rf"\bwhat (?:do|does|did|have|has) {THEY} (?:have|got|offer|publish|write|say)?\s*(?:on|about)\b",
    rf"\b{THEY} (?:have|has|got) (?:anything |something )?(?:on|about)\b",
    r"\b(?:any|all|other|every|their|his|her)\s+(?:\w+\s+){0,3}work\b",
    r"\b[\w-]+[\s-](?:related|focused|oriented|themed)\s+(?:work|papers?|research|publications?)\b",
    r"\beverything\s+(?:on|about|by|from|since|they|he|she|published|written|that)\b",
)
WORKS_ASKED = cue(
    rf"\b(?:which|what|list|show|name|give|find|get|see|display|enumerate)\b(?:\W+(?!{DATA_THINGS}\b|{MADE_THINGS}\b|"
    rf"(?:tasks|problems|topics)\b)[\w'’-]+){{0,6}}\W+{WORKS}\b",
    rf"^\W*(?!(?:which|what)\b)(?:[\w'’/-]+\W+){{0,7}}?{WORKS}\b",
)
ANY_WORKS = cue(rf"\b(?:which|what|list|show|all|any|how many|name|give me)\b[^?.!;]{{0,50}}\b{WORKS}\b")
WORKS_HAVE_THINGS = cue(
    rf"\b(?:do|did|have|had)\s+(?:(?:the|these|those|all|his|her|their|your|my|our|most|any)\s+)*"
    rf"(?:(?!(?:the|a|an|in|on|of|paper)\b)[\w'’-]+\s+){{0,3}}{WORKS}\b"
)
"""Papers are those that use or introduce what is asked for: ``Which tasks do the 2019 papers address?``"""
SET_LEADS = cue(
    rf"^\W*(?:please |can you |could you )?(?:list|show|give|name|which|what|all|how many|find)\b"
    rf"(?:\W+[\w'’-]+){{0,5}}\W+{WORKS}\b",
)
WORKS_AFTER_COUNT = cue(rf"{COUNTED}(?:{WORKS}|{WORK})\b")
WORKS_OF_A_THING = cue(
    rf"\b(?:how many|number of) {KINDS_OF_WORK} (?:does|do|did|has|have|are|were|is|was) (?!there\b|{THEY}\b|written|"
    r"published)"
)
WORKS_COUNTED = cue(rf"\b(?:number|amount|count|volume) of {WORKS}\b", rf"\b(?:more|fewer|less) {WORKS}\b")
WORKS_OUTPUT = cue(
    r"\b(?:output|productivity|publication (?:rate|count|activity)|number of (?:papers|publications)|pace)\b"
)
ONES = cue(r"\b(?:which|what|the|those|all) ones\b|\beverything\b|\banything\b")
TIMES = cue(r"\bhow many times\b|\bhow often\b")

# ---- whether one paper is asked for

TWO = cue(r"\b(?:two|both|three)\b")
SINGLE_WORK = cue(
    r"\b(?:the|this|that|a|an|which|what|(?<!than )one|her|his|their|your)\s+(?:(?!papers\b)[\w'’/-]+\s+){0,8}?"
    r"(?:paper|study|article|survey|review|trial|preprint|thesis)\b",
    r"\bin (?:this|that|the) (?:paper|work|study|article)\b",
    r"\bof (?:this|that) (?:paper|work|study)\b",
)
ONE_SAYS_THAT = cue(
    r"^\W*(?:which|what|in which|in what|is there an?|find(?: me)? the|the)\s+(?:(?:one|single|recent|\d{4})\s+)?"
    r"(?:paper|publication|article|work|study|preprint)s?\s+(?:of\s+\S+\s+)?(?:that\s+|which\s+)?"
    r"(?:says?|claims?|states?|argues?|concludes?|asserts?|notes?|observes?|points out|writes?)\s+that\b"
)
"""The sentence of a paper that follows is looked for, whatever its words sound like."""
OLDEST_WORK = cue(
    rf"\b(?:oldest|earliest|newest|latest|most recent)\b|\b(?:first|last)\s+"
    rf"(?:(?:two|three|four|five|six|ten|\d{{1,2}})\s+)?{WORK}\b"
)
JOINT_WORK = cue(
    r"\b(?:a|any|one|some|the)\s+(?:joint |common |shared |co-?authored )?(?:paper|work|study|publication)"
    r"s?\s+(?:by|of|with|from|between)\b"
)
ORDINAL_ONE = cue(r"\bthe (?:first|second|third|last|former|latter)(?: one| paper)?\b")

# ---- what is listed or counted

_WHOLE = r"\b(?<!\w-)"
_ENDS = r"\b(?!-\w)"
"""Around what is no part of a word with hyphens."""
MAKES = cue(rf"\b{_MADE}\b")
USES = cue(rf"\b{_USED}\b")
MAKES_DATA = cue(
    rf"\b{_MADE}\b(?:(?!\b(?:on|about|for|in)\b)[^?.!]){{0,60}}?{_WHOLE}{DATA_THINGS}{_ENDS}",
    rf"\b{DATA_KINDS}\s+(?:papers?|publications?)\b",
)
MAKES_METHOD = cue(rf"\b{_MADE}\b(?:(?!\b(?:on|about|for|in)\b)[^?.!]){{0,50}}?{_WHOLE}{MADE_THINGS}{_ENDS}")
# The first that is found decides. Each: (what, how it is spoken of).
SUBJECTS = (
    ("first_authors", cue(r"\b(?:first|lead) authors\b")),
    (
        "authors",
        cue(
            r"\b(?:co-?\s?auth?ors?|collaborat(?:or|er)s?|authors|people|persons?|researchers|co-?workers|"
            r"colleagues|whose names?|"
            r"co-?writers?|collaborations?|names|who)\b"
        ),
    ),
    ("categories", cue(r"\b(?:categor(?:y|ies)|(?:category|subject|arxiv) labels?|labels)\b")),
    ("affiliations", cue(r"\b(?:affiliations?|institutions?|universit(?:y|ies)|labs|companies)\b")),
    ("years", cue(r"\byears?\b")),
    ("code", cue(r"\b(?:code (?:links?|urls?|repositor\w+)|repositor(?:y|ies)|repos|github links?|urls|links)\b")),
    (
        "topics",
        cue(
            r"\b(?:topics?|themes?|research (?:areas?|directions?|interests?|lines?|fields?)|subjects|focus(?:es)?|"
            r"areas|interests|fields)\b"
        ),
    ),
    ("tasks", cue(r"\b(?:nlp |vision |language )?tasks\b")),
)
DATA_SUBJECT = cue(rf"{_WHOLE}{DATA_THINGS}{_ENDS}")
METHOD_SUBJECT = cue(rf"{_WHOLE}{MADE_THINGS}{_ENDS}")
THINGS_ASKED = cue(
    rf"\b(?:which|what|list|show(?: me)?|name|give(?: me)?|find|enumerate|what are|what were|see)"
    rf"\s+(?:all |any |the |of the |are the |were the )*{_ADJECTIVES}{_THINGS}\b"
    rf"(?=\W*$|\s*[,;:?]|\W+(?:{_AFTER_THINGS})\b)",
    rf"^\W*{_ADJECTIVES}{_THINGS}(?:\s+(?:and|or)\s+{_THINGS})?\b"
    rf"(?:\s+(?:introduced|proposed|released|used|presented|published|created|in|since|by|from|of)\b.*)?\W*$",
)
VERBLESS_THINGS = cue(rf"^\W*{_ADJECTIVES}{_THINGS}(?:\s+(?:and|or)\s+{_THINGS})?\W*$")
THINGS_AFTER_COUNT = cue(
    rf"{COUNTED}(?:{_THINGS}|(?:first |lead |last )?(?:co-?)?auth?ors?|co-?authors?|collaborators?|people|persons|"
    rf"researchers|names)\b"
)
PASSIVE = cue(
    r"\b(?:is|are|was|were|been|being|get|gets)\s+(?:\w+ly\s+)?(?:introduc|releas|present|creat|propos|construct|"
    r"publish|buil|develop|collect|compil|annotat|made|use|utili|evaluat|mention|employ|cover|stud|address|offer|"
    r"provid|contribut|report|test|appl|given|available|listed|named)\w*\b",
    r"\b(?:are|is) there\b|\bdo you (?:have|know)\b|\bexist\b",
)
# The question ends in what papers do, so that things across papers are meant.
ENDS_IN_VERB = cue(
    r"\b(?:introduced|released|proposed|presented|created|published|used|developed|built|covered|studied|mentioned|"
    r"addressed)\b\W*(?:(?:in|since|before|after|most|here|by|from|until|and|overall|so far)\b.*)?\W*$",
    r"\b(?:across|in|over|of|among|by) (?:all |the |these |those )*(?:papers|publications|corpus|library|author|"
    r"works)\b",
    r"\b(?:their|his|her) (?:own |new )?\w+\b",
)

# ---- who is asked for

AUTHORS_ASKED = cue(
    r"\b(?:which|what|who|list|name)\b(?:\W+[\w'’-]+){0,3}\W+(?:authors?|people|persons?|co-?authors?)\b|\bwho\b"
)
WROTE_ONE = cue(
    r"\b(?:who|whom)\b[^?.!]{0,40}\b(?:wrote|write|written|authored|author|behind|made|created|developed|"
    r"did(?! (?:that|this|it|so)\b)|worked|"
    r"proposed|introduced|built|published|(?:first|last|lead|senior|other|co-?)[\s-]?authors?)\b",
    r"\b(?:first|last|lead|senior|corresponding|main|other)[\s-]+auth?or\b",
    r"\bauthors? of\b|\bauthor list\b|\bauthors\W*$",
)
WITH_WHOM = cue(
    r"\b(?:with whom|whom (?:did|does|do|has|have)|who (?:did|does|do|has|have)\b"
    r"[^?.!]{0,50}\b(?:with|collaborat\w*|co-?author\w*|publish\w*))\b",
    r"\b(?:co-?\s?auth?ors?|collaborat(?:or|er)s?|co-?writers?|colleagues)\b",
    r"(?<!the )(?<!this )\bauthors? (?:appear|occur|show|publish|turn up|recur|come)s?\b",
    r"\b(?:which|what) of the authors (?:appear|occur|show|publish|turn up|recur|come)s?\b",
    r"\bwhose names?\b",
    r"\bwho (?:has |have |had )?(?:written|wrote|published|authored|co-?authored)\b[^?.!]{0,20}\bmost\b",
    r"\bwho (?:works?|worked|publish\w*|writes?|wrote|collaborat\w*)\b[^?.!]{0,40}\b(?:with|most)\b",
    r"\b(?:appear|occur|publish|work|write|turn up)\w* together\b|\bpairs? of (?:co-?)?authors\b|\bauthor pairs?\b",
    r"\bwho (?:appear|occur|show|publish|turn|recur|are the (?:main|most|top|usual)|is the most|else)\w*\b",
    r"\bwhich (?:authors|people|researchers|persons|names|person|author|name)\b",
    r"\bmost (?:often|frequent|prolific|common|productive)\b[^?.!]{0,30}\b"
    r"(?:authors?|person|people|names?|first|partner|collaborat\w+)\b",
    r"\b(?:partner|collaborat\w+)s?\b",
)
CO_AUTHORS = cue(r"\bco-?\s?auth?ors?\b|\bcollaborat\w+\b|\bco-?writers?\b|\bcolleagues\b")
WHO_MOST = cue(
    r"\bwho\b[^?.!]{0,60}\b(?:has|have|had|is|are|was|were) (?:been )?(?:the )?first authors?\b(?! of)",
    r"\bwho\b[^?.!]{0,60}\bmost\b",
    r"\bmost\b[^?.!]{0,30}\bfirst author",
    r"\bfirst author\w*\b[^?.!]{0,30}\bmost\b",
)
PAIRS = cue(
    r"\b(?:two|2) (?:people|authors|persons|names|researchers)\b[^?.!]{0,40}\btogether\b",
    r"\b(?:authors?|co-?authors?|people|persons|researchers|names|writers)[\w\s-]{0,20}\bpairs?\b",
    r"\b(?:author )?pairs? of (?:co-?)?(?:authors|people|persons|researchers|names|writers)\b",
    r"\b(?:which|what|the) pairs?\b",
    r"\bwho\b[^?.!]{0,30}\btogether most\b",
)
# Words that tie a person to papers.
DONE_BY = cue(
    r"\b(?:publish\w*|written|write|wrote|co-?author\w*|author\w*|work\w*|contribut\w*|produc\w*|done|do|papers?|"
    r"everything|involv\w*|by|on|with|of)\b"
)

# ---- which of them

_OFTEN = (
    r"(?:most (?:often|frequent(?:ly)?|common(?:ly)?|regular(?:ly)?|prolific|productive|important|active)|main|"
    r"top|chief|principal|biggest|usual|regular|closest|frequent|busiest|leading|key|commonest|favou?rite|major)"
)
MOST = cue(
    rf"\b{_OFTEN}\b",
    r"\bthe most\b",
    r"\bmost\W*$|\b(?:publish\w*|wrote|produc\w*) (?:the )?most\b",
    r"\bmost (?:of the )?(?:papers|publications|articles|works|output|code|prolific)\b",
    r"\b(?:peak|maximum|highest|largest|greatest|busiest|busier)\b",
    r"\bmore than (?:any|all) other",
)
FEWEST = cue(r"\b(?:fewest|least|lowest|smallest|minimum|rarest|quietest)\b")
TOP = cue(
    r"\btop[\s-]?(\d{1,2}|three|five|ten)\b",
    rf"\b(?:first|last|latest|newest|most recent|oldest|earliest) (\d{{1,2}}|two|three|four|five|six|ten) {WORKS}\b",
    r"\b(\d{1,2}|two|three|four|five|six|ten) (?:most|main|latest|newest|oldest|earliest|first|last|biggest|"
    r"top)\b",
)
OLDEST = cue(
    r"\b(?:oldest|earliest|first ever|very first)\b",
    rf"\bfirst\s+(?:\w+[\s-]+){{0,5}}?{WORK}\b",
    r"\bfirst (?:appear\w*|publish\w*|work\w*|collaborat\w*|mention\w*|start\w*|wrote|write|time|released?|one|"
    r"used?)\b",
    r"\b(?:when|what year|which year)\b[^?.!]{0,60}\b(?:first|start(?:ed|s)?|begin|began|begun)\b",
    r"\bsince when\b",
    r"\bhow long (?:has|have|did)\b",
)
NEWEST = cue(
    r"\b(?:newest|latest|most recent(?:ly)?|very last|youngest)\b",
    rf"\blast (?:two|three|four|five|six|ten|\d{{1,2}}) {WORKS}\b",
    rf"\blast\s+(?!(?:two|three|four|five|ten|few|\d+)\b)(?:\w+[\s-]+){{0,5}}?{WORK}\b",
    r"\blast (?:appear\w*|publish\w*|work\w*|collaborat\w*|mention\w*|wrote|time|used?|one)\b",
    r"\b(?:when|what year|which year)\b[^?.!]{0,60}\blast\b",
)
ABSENT = cue(
    r"\b(?:year|month)s?\b[^?.!]{0,40}\b(?:without|with no|with zero|has no|have no|had no|lack\w*|missing|empty|"
    r"no papers)\b",
    r"\b(?:without|no|zero)\s+(?:any\s+)?(?:papers?|publications?|output)\b[^?.!]{0,40}\b(?:year|month)s?\b",
    r"\b(?:longest|biggest|largest) (?:gap|pause|break|hiatus|silence)\b",
    r"\b(?:gaps?|pause|hiatus|break)\b[^?.!]{0,50}\b(?:years?|papers|publications?|list|record|publishing|output|"
    r"between)\b",
    r"\b(?:skip|missing|empty|inactive|silent)\w*\s+years?\b",
    r"\bevery (?:single )?year\b[^?.!]{0,40}\b(?:papers?|publications?|publish\w*)\b",
    r"\b(?:papers?|publications?|publish\w*)\b[^?.!]{0,40}\bevery (?:single )?year\b",
    r"\byears?\b[^?.!]{0,40}\b(?:publish\w*|produce\w*|appear\w*|write|wrote) (?:nothing|no\b|none)",
    rf"\byears?\b[^?.!]{{0,60}}\b(?:no|without|any)\b(?:\W+\w+){{0,2}}\W+(?:{WORK}|{WORKS})\b",
    r"\bnothing (?:was |is |got )?(?:published|appear\w*|listed)\b",
)
# Words for the ends of time, which name no topic.
ENDS_SPOKEN = cue(
    r"\b(?:for the )?(?:first|last|very first|earliest|latest|newest|oldest|most recent) "
    r"(?:time|one|paper|publication)?\b"
)
LONGEST = cue(r"\b(?:longest|biggest|largest) (?:gap|pause|break|hiatus|silence)\b")
TOGETHER = cue(r"\b(?:together|combined|in total|altogether|jointly|overall|sum)\b")

# ---- by what they are grouped, and how they change

PER_YEAR = cue(
    r"\b(?:per|by|each|every|a|over the|across(?: the)?|through the|for each|in each) years?\b(?! ago)",
    r"\byear(?:ly|-by-year| by year| on year)\b|\bannual(?:ly)?\b",
    r"\bover time\b|\bthrough(?:out)? time\b|\btime ?line\b|\bper annum\b",
    r"\bdistribut\w*\b[^?.!]{0,40}\byears?\b",
    r"\bbroken? down by years?\b|\bgrouped by years?\b|\b(?:per|by) \w+(?: and|,| by) years?\b",
)
# Things by something: "methods by dataset by year", "tasks per year".
BY_EACH = cue(
    r"\b(?:methods?|models?|systems?|datasets?|corpora|benchmarks?|tasks?)\s+(?:by|per|and|for each)\s+"
    r"(?:data\s?sets?|years?|tasks?|methods?|topics?|categor\w+|months?)\b"
)
HALVES = cue(
    r"\b(?:first|second)\b[^?.!]{0,30}\b(?:or|and|than|vs\.?|versus)\b[^?.!]{0,30}\b(?:first|second) half\b",
    r"\b(?:per|by|each|which) half\b",
    r"\bhalf-?year(?:ly|s)?\b",
)
QUARTERS = cue(r"\b(?:per|by|each|every|which) quarter\b|\bquarterly\b")
PER_MONTH = cue(
    r"\b(?:per|by|each|every|which|what|single|busiest|in each) (?:\w+ ){0,2}months?\b|\bmonthly\b|\bmonths?\b"
)
EACH_MONTH = cue(r"\b(?:per|by|each|every|in each) months?\b|\bmonthly\b")
OF_YEARS = cue(
    r"\b(?:which|what|in what|in which|single|busiest|best|quietest)\b(?:\s+\w+){0,2}\s+years?\b", r"\byears?\b"
)
PER_OTHER = (
    ("category", cue(r"\b(?:per|by|each|every|across|for each|in each) (?:\w+ )?categor(?:y|ies)\b")),
    ("first_author", cue(r"\b(?:per|by|each|every|for each) (?:first|lead) author\b")),
    ("author", cue(r"\b(?:per|by each|each|every|grouped by|by) (?:co-?)?(?:author|person|collaborator)s?\b")),
    ("topic", cue(r"\b(?:per|by|each|every|across|for each) (?:research )?(?:topic|area|theme|field)s?\b")),
    ("dataset", cue(r"\b(?:per|by|each|every) data\s?sets?\b")),
    ("method", cue(r"\b(?:per|by|each|every) (?:method|model|system)s?\b")),
    ("task", cue(r"\b(?:per|by|each|every) tasks?\b")),
    ("affiliation", cue(r"\b(?:per|by|each|every) (?:affiliation|institution|university)s?\b")),
    ("code", cue(r"\bwith and without code\b|\bby code\b|\bcode (?:versus|vs\.?) no code\b")),
)
ALL_YEARS_TOGETHER = cue(
    r"\b(?:all|whatever|whichever|any|across|over) (?:the )?years?(?: (?:taken )?together)?\b[^?.!]{0,60}\bmonths?\b",
    r"\bmonths?\b[^?.!]{0,60}\b"
    r"(?:all years|whatever the year|regardless of (?:the )?year|across (?:all )?(?:the )?years)\b",
    r"\b(?:month of the year|calendar months?)\b",
)
PROLIFIC = cue(r"\b(?:more|most) (?:prolific|productive|active)\b|\bbusier\b")
DIFFERS = cue(r"\bdiffer\w*|\bcompare\w*|\bversus\b|\bvs\b")
WHEN = cue(r"\b(?:when|what year|which year|what date|what month|which month|in what year|in which year|since when)\b")
# Words that tie a question about time to the library.
TIME_SPOKEN = cue(r"\b(?:one|list|here|corpus|library|collection)\b")
CHANGES = cue(
    r"\b(?:has|have|did|does|do)\b[^?.!]{0,80}\b(?:develop|developed|changed?|evolved?|grown?|moved?|shifted?|"
    r"become|became|increased?|decreased?)\b",
    r"\b(?:more|less) (?:or (?:more|less) )?(?:common|frequent|often|usual|popular)\b",
    r"\b(?:chang\w*|evolv\w*|evolution|shift\w*|mov(?:e|ed|ing|es)|develop(?:ed|ment|ing)? over|trend\w*|drift\w*|"
    r"turn(?:ed)? (?:to|away)|progress\w* over|transition\w*|grow\w*|rise|rising|rose|declin\w*|decreas\w*|increas\w*|"
    r"more or (?:less|fewer)|over time|over the (?:years|last|past)|through the years|across the years|trajectory|"
    r"history of)\b",
)
CHANGE_WORDS = cue(
    r"\b(?:develop(?:ed|ment)?|chang(?:e|es|ed|ing)|evol(?:ve|ved|ves|ving|ution)|shift(?:s|ed|ing)?|"
    r"mov(?:e|es|ed|ing)|trends?|drift(?:ed)?|gr(?:ow|ew|own|owth)|ris(?:e|en|ing)|rose|declin(?:e|ed|ing)|"
    r"decreas(?:e|ed|ing)|increas(?:e|ed|ing)|interest(?:ed)? in|interests?)\b"
)
MORE_OR_LESS = cue(r"\b(?:more|less)\b")
PERIODS = cue(
    r"\b(?:early|first|older|initial|earlier)\b[^?.!]{0,40}\b(?:years?|papers|days|work|phase|period)?\b[^?.!]{0,30}"
    r"\b(?:recent|late|later|last|newer|now|latest|today|present)\b",
    r"\b(?:then and now|used to)\b",
)
STILL = cue(r"\bstill (?:publish\w*|work\w*|writ\w*|active)\b")

# ---- questions that go on from the one before

OF_THESE = cue(
    r"^\W*(?:please )?(?:list|show|name|give me) (?:them|those|these)\b",
    r"\b(?:more recent|newest|latest|oldest|earliest|older|newer|most recent|first|last) one\b",
    r"\b(?:which|how many|what|any|some|all|each|one|none|most|half|list|show)?\s*of (?:those|these|them)\b",
    r"\b(?:those|these) (?:papers|ones|publications|works)\b",
    r"\bamong (?:those|these|them)\b",
)
HOW_MANY_THESE = cue(
    r"^\W*(?:(?:and|so|ok(?:ay)?|then|but)\W+)*(?:how many|what number|how large a number)"
    r"(?: (?:papers|publications|articles|works|datasets|methods|models|people|authors|ones))?"
    r"(?: (?:(?:is|are|was|were|would) (?:that|those|these|they|there|it)(?: be)?|(?:does|do) (?:that|those|these|it|"
    r"they) "
    r"(?:make|come to|give)|of (?:them|those|these)(?: (?:are|were) there)?|in (?:total|all)|altogether))+"
    r"(?: (?:in (?:total|all)|altogether|overall|together|exactly|now|then|per year|(?:for )?(?:each|every|a) year|"
    r"by year|"
    r"in each year|yearly|per \w+|by \w+))*\W*$",
    r"^\W*(?:(?:and|so|ok(?:ay)?)\W+)*(?:count (?:them|those|these)|(?:what(?:['’]s| is) )?the (?:total|number|count)"
    r"(?: of (?:them|those|these))?|(?:and )?in total)\W*$",
)
"""The number of what was listed just before."""
ONLY_THOSE = cue(
    r"^\W*(?:and |ok(?:ay)? |now )?(?:only|just)\b(?:\W+(?:the|those|these|ones|that|which|are|were|from))*"
)
FRAGMENT = cue(
    r"^\W*(?:and|so|but|ok(?:ay)?|then|now|also|what about|how about|only|just|same|the same|any|more|out of|among|"
    r"of|which of|how many of|which ones|which one|list them|show them|who are they|all of)\b"
)
QUESTION_WORDS = cue(r"\b(?:who|what|which|how|why|where|when|is|are|do|does|did|can|could|tell|hi|help)\b")
