"""The English of questions about all of an author's work: what it is on, what is new, whose it is, where to begin.

In what these patterns read, the library's author is already called ``the author``.
"""

from __future__ import annotations

from assistant.english.counting import WORK, WORKS
from assistant.english.cues import cue

PERSON = r"(?:authors?|researchers?|scientists?|scholars?|professor|academic|group|lab|team|person|people)"
_AGENT = rf"(?:they|he|she|we|you|(?:the|this|these) {PERSON})"
_WHOSE = rf"(?:his|her|their|your|(?:the|this|these) {PERSON}['’]s?)"
_OF_WHOM = rf"(?:of|by|from) (?:him|her|them|(?:the|this|these) {PERSON})"
_HERE = rf"(?:{_OF_WHOM}|(?:in|of|on) (?:this|the) (?:library|collection|page|profile|site|corpus)|here)"

POLITE = cue(
    r"^\W*(?:(?:please|hi|hello|hey|ok(?:ay)?|so|now|and|well|briefly|in (?:short|brief|general|a nutshell)|"
    r"overall)\b\W*)+",
    r"^\W*in (?:a|an|one|two|three|four|five|ten|\d+|a few|some)(?: (?:short|simple|brief))? (?:sentences?|words?|"
    r"lines?|"
    r"paragraphs?|nutshell)\b\W*",
    r"^\W*how (?:would|do|can|could|should) (?:you|one|i|we) (?=(?:summari|describe|character|sum up|outline|"
    r"explain))",
    r"^\W*(?:can|could|would|will) you (?:please |kindly |maybe |briefly )?(?=\w)",
    r"^\W*(?:i(?:['’]d| would) like to (?:know|see|have|get)|i want to (?:know|see)|do you know|let me know|"
    r"i(?:['’]m| am) (?:wondering|curious|interested in)|tell me(?= (?:what|who|whose|which|where|how)\b))\b\W*",
)
THANKS = cue(r"[\s,]+(?:please|pls|thanks|thank you|for me|to me|exactly|actually)\W*$")

# ---- what is new

ONE_PAPER = cue(
    r"\b(?:the|this|that|which|what|an?|one|first|last|newest|latest)\s+(?:[\w'’/-]+\s+){0,5}?"
    r"(?:paper|article|survey|preprint|thesis|publication)\b"
)
LATELY = cue(
    r"\b(?:lately|(?:most )?recently|these days|nowadays|(?:right|just) now|currently|of late|today|"
    r"at (?:the moment|present|this time|this point)|as of (?:now|late)|in recent (?:years|months|times)|"
    r"(?:in|over|during|within) the (?:last|past) (?:few|couple of) (?:years|months)|now(?=\W*$))(?!\w)",
)
RECENT_YEARS = cue(r"\b(?:last|past) (?:few|couple of) years\b")
_DOING = (
    r"(?:work(?:s|ed|ing)?|doing|done|up to|research(?:es|ed|ing)|publish\w*|published|writ(?:es?|ten|ing)|wrote|"
    r"focus\w*|interested|stud(?:y|ies|ied|ying)|busy|put(?:ting)? out|releas\w+|looking (?:at|into)|"
    r"investigat\w+|explor\w+|pursu\w+|do(?=\W*(?:$|lately|recently|these|now|current|at|in)))"
)
_NEW = r"(?:(?:very |most |more )?recent|latest|newest|current|ongoing)"
_NEW_WORKS = (
    rf"(?:{WORKS}|work|research(?: (?:interests?|topics?|areas?|directions?|focus|projects?|themes?|questions?))?|"
    r"pubs|output|projects?|interests?|topics?|focus|themes?|areas?)"
)
_ASKS_FOR = (
    r"(?:(?:what|which)(?:['’]s| is| are| was| were)?|show(?: me)?|list|give(?: me)?|tell me about|summari[sz]e|"
    r"describe|"
    r"find|name|any|(?:are|is) there(?: any)?|(?:do|does) \w+(?: \w+)? have(?: any)?|about)"
)
RECENT_WORK = cue(
    rf"^(?=.*\b{_AGENT}\b)(?=.*\b{_DOING}\b)(?=.*(?:{LATELY.pattern})).*$",
    rf"^(?:{_ASKS_FOR}\s+)?(?:of\s+)?(?:the |{_WHOSE} |some |any )?{_NEW}(?:,? \w+ing)? {_NEW_WORKS}"
    rf"(?:\s+(?:{_HERE}|about|on))*(?=\W*$|\s+(?:on|about|in|with|by|from|for|of|using|that|which|dealing|"
    r"concerning)\b)",
    rf"^(?:what(?:['’]s| is| has been)|(?:is there )?anything|any|something) (?:new|news)(?: (?:{_HERE}|with "
    rf"{_AGENT}))?\W*$",
    rf"^(?:what(?:['’]s| is) )?the (?:latest|newest)(?: news)?(?: {_HERE})?\W*$",
    r"^what(?:['’]s| is) (?:the )?(?:latest|newest|new)(?: news)? (?:on|about|in|regarding)(?= \w)",
    rf"^what (?:is|are|['’]s) {_AGENT} (?:up to|busy with|doing|working on)\W*$",
)
NEWS_FRAME = cue(
    r"\b(?:projects?|interests?|directions?|output|focus|problems?|questions?|anything|something|news?|busy|up to|"
    r"researching|"
    r"investigating|exploring)\b"
)
"""What a question about what is new says without naming a topic."""
RECENT_TOPICS = cue(rf"\b{_NEW} (?:research )?(?:interests?|topics?|focus|themes?|areas?|directions?)\b")

# ---- what all of it is on

_SHORTLY = (
    r"(?:[\s,]+(?:in (?:a|an|one|two|three|four|five|six|ten|\d+|a few|a couple of|some)(?: (?:short|simple|brief|"
    r"plain))?"
    r"(?: (?:sentences?|words?|lines?|bullet points?|bullets|paragraphs?|nutshell))?|briefly|shortly|in (?:short|brief|"
    r"general|plain english|simple terms|layman['’]s terms)|overall|as a whole|at a glance|so far|"
    r"for (?:an? |the )?[\w-]+(?: [\w-]+)?))*\W*$"
)
_HOW = r"(?:(?:overall|whole|entire|general|complete|academic|scientific|scholarly|published|full|past) )*"
_ALL_WORK = (
    rf"(?:(?:all|everything)(?: (?:of )?(?:the|these|those|{_WHOSE}))?|the|these|those|this|{_WHOSE}) {_HOW}(?:\d+ )?"
    r"(?:papers|publications|works|articles|abstracts|studies|research(?: (?:agenda|programme|program|profile|output|"
    r"activit(?:y|ies)|work|"
    r"career|portfolio))?|librar(?:y|ies)|profile|collection|body of work|oeuvre|scholarship|bibliography|career)"
)
_PART = (
    r"(?:(?:main|key|major|primary|principal|central|most important|biggest|overall|core|broad|general) )*"
    r"(?:(?:research|scientific|academic) )?"
    r"(?:contributions?|interests?|focus(?:es)?|agenda|expertise|speciali[sz]ations?|specialt(?:y|ies)|achievements?|"
    r"field|areas?|themes?|topics?|directions?|lines?(?: of (?:research|work))?|work|ideas?|goals?)"
    r"(?: of (?:research|interest|expertise|study))?"
)
_OF_ALL = (
    rf"(?:{_ALL_WORK}(?: {_HERE})*|{_WHOSE} {_PART}|(?:the )?{_PART} (?:{_OF_WHOM}|of {_ALL_WORK})|"
    rf"what {_AGENT} (?:do|does|did|works? on|worked on|stud(?:y|ies)|has done|have done))"
)
_SUMMARY = (
    r"(?:an? |the |your )?(?:(?:short|brief|quick|concise|high-level|general|one-paragraph|rough) )*"
    r"(?:overview|summary|outline|gist|synopsis|big picture|description|abstract)"
)
WHOLE_WORK = cue(
    rf"^(?:summari[sz]e|sum up|describe|outline|explain|character(?:i[sz]e)?|introduce|sketch|recap|review|tell me "
    rf"(?:more |a bit |something )?about|(?:give|show|write|provide|make)(?: me| us)? {_SUMMARY} (?:of|on|about)|"
    rf"{_SUMMARY} (?:of|on)|what(?:['’]s| is| are| was| were)(?: {_SUMMARY} of)?) {_OF_ALL}{_SHORTLY}",
    rf"^what (?:is|are|was|were|does|do|did) {_OF_ALL} (?:mainly |mostly |all |generally |primarily )*"
    rf"(?:about|on|cover\w*|deals? with|concern\w*|focus\w* on|address\w*|revolve around){_SHORTLY}",
    rf"^what (?:do|does|did|has|have|is|are) {_AGENT} (?:(?:mainly|mostly|usually|generally|typically|primarily|"
    r"actually|"
    r"best|most|widely|particularly|been|an?) )*(?:work(?:s|ed|ing)? (?:on|in)|research(?:es|ed|ing)?|stud(?:y|ies|"
    r"ied|ying)|"
    rf"do(?:ing)?|known for|famous for|interested in|speciali[sz]\w* in|focus\w* on|experts? (?:in|on)|"
    rf"publish\w* (?:on|about)|writ\w+ (?:on|about)|working towards?)"
    rf"(?: (?:mainly|mostly|most|(?:with)?in (?:{_WHOSE} )?(?:research|work|papers|career)))?{_SHORTLY}",
    rf"^(?:on )?wh(?:at|ich) (?:research )?(?:topics?|areas?|fields?|themes?|subjects?) (?:is|are|was|were) {_OF_ALL}"
    rf" (?:on|in|about){_SHORTLY}",
    rf"^(?:in )?wh(?:at|ich) (?:research )?(?:areas?|fields?) (?:does|do|is|are|did|has|have) {_AGENT} "
    rf"(?:work(?:ed|ing)?|active|research|an expert)(?: in| on)?{_SHORTLY}",
    rf"^what(?:['’]s| is) (?:this|it) (?:all )?about{_SHORTLY}",
    r"^what(?:['’]s| is) (?:there )?in (?:here|(?:this|the) (?:library|collection|corpus|page|profile))\W*$",
    r"^what do you have(?: here)?\W*$",
    r"^(?:what|which) (?:\w+ )?(?:problems?|questions?|challenges?|issues?|goals?|(?:kinds?|sorts?|types?) of "
    r"(?:research|work|"
    rf"papers|problems|questions|things|stuff)) (?:do|does|did|is|are|has|have) {_AGENT} (?:(?:mainly|mostly|usually|"
    r"typically|"
    r"generally|been|try|tries|tried|trying|want|wants|aim|aims|to) )*(?:solv\w+|address\w*|tackl\w+|work\w*|"
    r"stud(?:y|ies|ied|"
    r"ying)|investigat\w+|answer\w*|interested|do|doing|done|writ\w+|publish\w*|focus\w*|pursu\w+)(?: (?:on|"
    rf"in))?{_SHORTLY}",
    rf"^what (?:do|does) {_ALL_WORK} have in common{_SHORTLY}",
    rf"^how (?:are|do|does|is) {_ALL_WORK} (?:related|relate|connected|connect|linked|fit together|hang together|"
    r"belong together)"
    rf"(?: (?:to|with) (?:each other|one another))?{_SHORTLY}",
)
OF_A_PART = cue(
    rf"^(?:summari[sz]e|sum up|describe|outline|(?:give|show|write|provide)(?: me)? {_SUMMARY}|{_SUMMARY}|what (?:is|"
    rf"are|was|were) (?:the|these|those|{_WHOSE}) )\b"
)
"""Of some years' work, say, the topics are wanted; ``what did she do in 2018?`` wants the papers."""
SUMMARY_ALONE = cue(
    rf"^(?:give(?: me| us)? |i (?:want|need) |show me |just )?(?:an? )?{_SUMMARY}\W*$",
    r"^(?:summari[sz]e|sum up)(?: (?:it all|everything|all))?\W*$",
)
"""A summary, it is not said of what."""
OF_NO_SINGLE_PAPER = cue(
    r"\b(?:research|papers|publications|works|articles|interests?|agenda|oeuvre|career|library|profile|known for|"
    r"famous for|"
    rf"expert\w*|author['’]s|contributions of the author|body of work|collection)\b|(?:{LATELY.pattern})",
)

CHANGED = cue(
    rf"^how (?:has|have|did|does|do|is|are) (?:{_ALL_WORK}|the (?:work|topics|themes|focus|interests)|{_WHOSE} "
    rf"{_PART}|{_AGENT})\b[^?.!]{{0,30}}?\b(?:chang|"
    r"evolv|develop|"
    r"shift|mov|progress|grow)\w*(?:[\s,]+(?:over (?:time|the years)|through(?:out)? (?:time|the years)|"
    rf"{LATELY.pattern}|since "
    rf"then)){{0,2}}\W*$",
    rf"^(?:what|which) (?:are|were) (?:the )?(?:main |general |overall |research )*trends(?: (?:in|of) {_ALL_WORK}| "
    rf"{_HERE})?\W*$",
    rf"^what (?:has|have|had) changed (?:in|about) (?:{_ALL_WORK}|{_WHOSE} {_PART})\b[^?.!]{{0,30}}$",
)

# ---- whether it is on something, and for how long it has gone on

WORKS_ON = cue(
    r"^(?:is|are|was|were|does|do|did|has|have) (?:they|he|she|(?:the|this) (?:author|researcher|scientist|scholar|"
    r"professor|group|"
    r"lab|team)) (?:(?:also|ever|even|still|actually|been|ever been) )*(?:work\w*|research\w*|publish\w*|writ\w+|"
    r"active|interested|"
    r"stud(?:y|ies|ied|ying)|an expert|do(?:ing|ne)?(?: any| some| much)? (?:research|work))(?: anything| papers| "
    r"something)? "
    r"(?:on|in|about) (?=\w)",
)
HOW_LONG = cue(
    rf"^(?:for )?how (?:long|many years) (?:has|have|did|is|are|was) {_AGENT} (?:been )?(?:publish\w*|writ\w+|"
    r"research\w*|active|"
    rf"work\w*|in (?:the|this) field|do(?:ing)? research|around){_SHORTLY}",
    rf"^since when (?:has|have|does|do|is|are) {_AGENT} (?:been )?(?:publish\w*|writ\w+|research\w*|active|"
    rf"work\w*){_SHORTLY}",
    rf"^(?:over )?(?:what|which) (?:years|period|time span|timespan|time) (?:do|does|did|is|are) {_ALL_WORK} "
    rf"(?:cover\w*|span\w*|from|run|about){_SHORTLY}",
)
STILL_ACTIVE = cue(
    rf"^(?:is|are|does|do) {_AGENT} (?:still|currently) (?:active|publish\w*|writ\w+|research\w*|work\w*|doing "
    rf"research){_SHORTLY}",
)
EXPERT = cue(r"\b(?:an expert|interested|active|researching)\b")
HOW_PRODUCTIVE = cue(
    rf"^(?:show|plot|give|what(?:['’]s| is))(?: me)? (?:{_WHOSE}|the) (?:publication|publishing) "
    rf"(?:history|record|timeline|activity|output)(?: {_OF_WHOM})?\W*$",
    rf"^how (?:productive|prolific|active) (?:is|are|was|were|has) {_AGENT}(?: been)?{_SHORTLY}",
    rf"^how (?:much|often|regularly|frequently) (?:does|do|did|has|have) {_AGENT} (?:publish\w*|writ\w+|"
    rf"write){_SHORTLY}",
)

# ---- whose it is

_THE_PERSON = (
    r"(?:(?:the|this) (?:author|researcher|scientist|scholar|professor|academic|person)|(?:the )?owner|him|her)"
)
_THESE = (
    rf"(?:all )?(?:(?:of )?(?:the|these|this|those) )?(?:\d+ )?(?:{WORKS}|library|collection|profile|page|site|"
    r"research)"
    r"(?: here)?"
)
_ASKS_FOR_BIO = r"(?:(?:give|show|write|draft|compose|provide|make|get)(?: me| us)?|what(?:['’]s| is))"
_BRIEF = r"(?:(?:short|brief|quick|concise|one-paragraph|small|little) )*"
_BIO = r"(?:bio(?:graphy)?|biographical (?:note|sketch)|portrait|profile|cv)"
OWNER_ASKED = cue(
    rf"^who(?:['’]s| is| are| was) (?:{_THE_PERSON}|this)(?: (?:of|behind|in) {_THESE})?\W*$",
    rf"^whose {_THESE} (?:is|are) (?:this|these|those|that|it|here|they|in here|(?:in|on) (?:the|this) \w+)\W*$",
    r"^whose (?:is|are) (?:this|these|those)\b[^?.!]{0,30}\W*$",
    rf"^who (?:wrote|has written|authored|published|owns|made|did|(?:is|are|was)(?: the \w+)? behind) "
    rf"(?:all )?(?:of )?(?:the|these|this|those) (?:{WORKS}|library|collection|profile|research)(?: here)?\W*$",
    rf"^by whom (?:are|were|is) (?:all )?(?:the|these|those|this) (?:{WORKS}|research|library)(?: written)?\W*$",
    r"^(?:tell me (?:more |something |a bit )?|what (?:do|can) you (?:know|tell me|say) |anything |information )?about "
    rf"{_THE_PERSON}\W*$",
    rf"^(?:describe|introduce|present)(?: (?:to )?(?:me|us)(?: to)?)? {_THE_PERSON}{_SHORTLY}",
    rf"^what (?:should|must|ought|do) (?:i|we|one)(?: to| need to| have to)? "
    rf"(?:know|learn|remember) about {_THE_PERSON}\W*$",
    rf"^(?:{_ASKS_FOR_BIO} )?(?:an? |the )?{_BRIEF}{_BIO} (?:of|on|about|for) {_THE_PERSON}{_SHORTLY}",
    rf"^{_ASKS_FOR_BIO} {_WHOSE} {_BRIEF}{_BIO}{_SHORTLY}",
    rf"^(?:an? |the )?{_BRIEF}introduction (?:to|of) {_THE_PERSON}{_SHORTLY}",
    rf"^{_ASKS_FOR_BIO} (?:an? |the )?{_BRIEF}introduction (?:to|of) {_THE_PERSON}{_SHORTLY}",
    rf"^(?:what(?:['’]s| is) )?(?:(?:the|this) author['’]s (?:full )?name|the (?:full )?name of {_THE_PERSON})\W*$",
)

# ---- where to begin, and which matters most

_READ = (
    r"(?:read|start(?: with| from| off)?|begin(?: with)?|look at|recommend|suggest|check out|pick(?: up)?|tackle|try)"
)
_READING = (
    r"^(?:which|what)\b[^?.!]{0,60}?\b(?:should|would|shall|do|can|could|must|ought)\b (?:i|we|one|you|a \w+|someone)\b"
    rf"[^?.!]{{0,30}}\b{_READ}\b(?: (?:to me|me))?"
)
READ_FIRST = cue(
    rf"{_READING} to (?:learn|know more|find out)(?= about\b)",
    rf"{_READING} to (?:understand|get into|get started (?:on|with|in))(?= \w)",
    rf"{_READING}(?: (?:first|to read|to start with|as an introduction|to begin with))?"
    r"(?=\W*$| (?:on|about|in|of|among|from|with|if)\b)",
    r"^(?:where|how|with (?:which|what)(?: \w+)?)(?: (?:should|do|shall|can|could|would|might) (?:i|we|one|you|"
    r"someone)| to)"
    r" (?:best |ideally )?(?:start|begin|get started)(?: (?:reading|with (?:these|the|this|her|his|their) \w+))?",
    rf"^(?:what|which)(?: {WORK})? to (?:read|start with|begin with)(?: first)?",
    r"^(?:recommend|suggest)(?: me| us)?(?: (?:a|an|some|any|the|one|me|good|best|introductory|first|reading|of "
    r"(?:these|the)|"
    rf"{WORKS}|{WORK}))+(?: (?:to read|to start with|for (?:a )?\w+))*",
    rf"^(?:(?:what|which)(?:['’]s| is| would be)?|is there|name)? ?(?:the|an?) (?:best|good|ideal|right|great) "
    rf"(?:{WORK}|place|entry point|starting point|introduction|one)?(?: (?:to|for) (?:start\w*|begin\w*|read\w*|cite|"
    r"get "
    r"into|"
    rf"an? \w+)(?: (?:with|first|from))?)?(?=\W*$| (?:on|about|in|into|to|for)\b)",
    rf"^(?:which|what) {WORK}(?: (?:is|would be|makes))? (?:a|the) (?:good|best) (?:introduction|start(?:ing point)?|"
    r"entry point|"
    r"first read|read)",
)
MATTERS_MOST = cue(
    r"^(?:(?:give|show|list|name|tell)(?: me)? )?(?:the |her |his |their )?(?:(?:top|best) (?:\d+ |three |five |ten "
    r")?|"
    r"(?:\d+ |two |three |five |ten )?(?:best|most (?:important|influential|significant|relevant|impactful|"
    r"interesting)) )"
    rf"(?:{WORKS}|{WORK})(?=\W*$| {_HERE}\W*$| (?:on|about)\b)",
    rf"^(?:what|which|name|list|show me|tell me)\b[^?.!]{{0,40}}\b(?:most|top) (?:important|influential|significant|"
    r"relevant|innovative|novel|original|groundbreaking|creative|ambitious|surprising|controversial|"
    rf"impactful|notable|famous|popular|representative|well-known|central|interesting|seminal|successful)\b"
    rf"(?: (?:\d+ )?(?:{WORKS}|{WORK}|ones?))?(?=\W*$| {_HERE}\W*$| (?:on|about)\b)",
    rf"^(?:what|which|name)(?:['’]s| is| are| was| were)? (?:{WORK} (?:is|are) )?(?:the|{_WHOSE}|this author['’]s) "
    rf"(?:best|key|seminal|landmark|main|top|greatest|favou?rite) (?:{WORKS}|{WORK})"
    rf"(?! (?:award|prize))(?=\W*$| {_HERE}\W*$)",
    rf"^(?:what|which)\b[^?.!]{{0,40}}\b(?:{WORKS}|{WORK}) (?:has|have|had|made|is|are|was|were) "
    r"(?:the |her |his |their )?(?:most|biggest|greatest|highest|largest|best|worst)"
    r"(?: (?:\w+ )?(?:impact|influence|influential|impactful|popular|famous|successful|important|attention))?\W*$",
)

# ---- how long papers and their lists of authors are

_ITS_AUTHORS = r"(?:co-?)?(?:authors|writers)"
_AUTHOR_LIST = rf"(?:author lists?|lists? of {_ITS_AUTHORS}|author teams?|teams? of {_ITS_AUTHORS}|bylines?)"
_OF_A_PAPER = rf"(?:{WORK}|ones?|of (?:these|those|them)|which)"
MOST_AUTHORS = cue(
    rf"\b{_OF_A_PAPER}\b[^?.!]{{0,40}}\b(?:most|(?:largest|highest|greatest|biggest|maximum) (?:number|amount|count) "
    rf"of|max) {_ITS_AUTHORS}\b",
    rf"\b(?:longest|biggest|largest) {_AUTHOR_LIST}\b",
    rf"\b(?:largest|highest|greatest|biggest|maximum|max|most) (?:number of )?{_ITS_AUTHORS} (?:on|of|per|for|in) "
    rf"(?:any |an? |one |the )?(?:single )?{WORK}\b",
)
FEWEST_AUTHORS = cue(
    rf"\b{_OF_A_PAPER}\b[^?.!]{{0,40}}\b(?:fewest|least|(?:smallest|lowest|minimum|least) (?:number|amount|count) of|"
    rf"min) {_ITS_AUTHORS}\b",
    rf"\b(?:shortest|smallest) {_AUTHOR_LIST}\b",
    rf"\b(?:smallest|lowest|minimum|min|fewest|least) (?:number of )?{_ITS_AUTHORS} (?:on|of|per|for|in) "
    rf"(?:any |an? |one |the )?(?:single )?{WORK}\b",
)
LENGTHS = (
    ("title_length", cue(r"\blongest (?:\w+ )?titles?\b"), cue(r"\bshortest (?:\w+ )?titles?\b")),
    ("abstract_length", cue(r"\blongest (?:\w+ )?abstracts?\b"), cue(r"\bshortest (?:\w+ )?abstracts?\b")),
)
MEAN_AUTHORS = cue(
    rf"\b(?:average|mean|median|typical|usual) (?:number|count|amount) of {_ITS_AUTHORS}\b",
    rf"\b(?:average|mean|typical|usual) (?:size of (?:the |an? )?)?{_AUTHOR_LIST}\b",
    rf"\bhow many {_ITS_AUTHORS}\b[^?.!]{{0,50}}\b(?:on average|average|typically|usually|normally|per {WORK})\b",
    rf"\b(?:on average|typically|usually)\b[^?.!]{{0,20}}\bhow many {_ITS_AUTHORS}\b",
    rf"\bhow (?:big|large|long) (?:is|are) (?:the |an? )?(?:average |typical |usual )?{_AUTHOR_LIST}\b",
    rf"\b{_ITS_AUTHORS} per {WORK}\b",
)
MEAN_PER_YEAR = cue(
    rf"\b(?:average|mean) (?:number|count|amount) of {WORKS} (?:per|a|each|every) year\b",
    rf"\bhow many {WORKS}\b[^?.!]{{0,50}}\b(?:per|a|each|every) year,? on average\b",
    rf"\bhow many {WORKS}\b[^?.!]{{0,50}}\bon average\b[^?.!]{{0,30}}\b(?:per|a|each|every) year\b",
    rf"\bon average\b[^?.!]{{0,20}}\bhow many {WORKS}\b[^?.!]{{0,50}}\b(?:per|a|each|every) year\b",
    rf"\b(?:average|mean) (?:yearly |annual )?(?:output|{WORKS}|publication rate)(?: (?:per|a) year)\b",
)

# ---- what several papers have in common

_IN_COMMON = r"(?:share|shares|sharing|have in common|with|have|has|having|by|from|of|use|uses|using)"
SHARED = cue(
    rf"\b(?:{WORKS}|ones)\b[^?.!]{{0,25}}\bshar(?:e|es|ing) (?:an?|the same|their|some|any|common|"
    r"one)?\s*(?P<thing>[\w-]+(?: [\w-]+)?)",
    rf"\b(?:{WORKS}|ones)\b[^?.!]{{0,25}}\b{_IN_COMMON} (?:exactly )?(?:the )?(?:very )?same (?P<same>[\w-]+(?: "
    r"[\w-]+)?)",
    r"^(?:which|what|are there(?: any)?|how many) (?P<several>(?:[\w-]+ )?[\w-]+) (?:(?:is|are|were|was|that|which|"
    r"been) )*"
    r"(?:(?:used|appear(?:s|ing)?|occur(?:s|ring)?|stands?|shown?|mentioned|introduced|named|listed|involved|"
    r"studied|addressed|"
    r"tackled) )*(?:in|on|by|across) (?:more than (?:one|a single)|several|multiple|many|at least two|two or more|"
    rf"different) {WORK}\b",
    rf"\bsame (?P<more>[\w-]+ [\w-]+|[\w-]+) on (?:more than one|several|two|multiple|many) {WORK}\b",
)
SHARED_THINGS = (
    ("first_authors", cue(r"^(?:first|lead)[\s-]+authors?\b")),
    ("authors", cue(r"^(?:co-?)?authors?\b|^(?:collaborators?|writers?)\b")),
    ("datasets_used", cue(r"^(?:data\s?sets?|corpus|corpora|benchmarks?|data|treebanks?)\b")),
    ("tasks", cue(r"^tasks?\b")),
)

# ---- kinds of paper

_KIND_BEFORE = (
    r"(?:(?:literature|systematic|scoping|critical|narrative|comprehensive|short|brief|good|recent|published|other|"
    r"existing|"
    r"real|proper|dedicated|introductory|most|latest|newest|oldest|earliest|first|last|state[- ]of[- ]the[- ]art)\s+)*"
)
_PIECE = r"(?:papers?|articles?|pieces?|publications?|chapters?|style papers?)"
KINDS = (
    ("survey", rf"(?:(?:surveys?|reviews?|overviews?)[\s-]{_PIECE}|surveys?|meta-?analys[ei]s|literature overviews?|"
               r"(?:literature |systematic )reviews?|reviews?(?= (?:of|on)\b|\W*$)|overviews?(?= (?:on|of (?!the|"
               r"its|this|his|her))|\W*$))"),
    ("position", rf"(?:(?:position|opinion|perspectives?|viewpoint|vision)[\s-]{_PIECE}|position statements?|"
                 r"manifestos?)"),
    ("tutorial", rf"(?:tutorials?(?:[\s-]{_PIECE})?|primers?|introductory {_PIECE}|lecture notes)"),
)  # fmt: skip
_KIND_ASKED = (
    r"^(?:(?:so |and )?(?:is|are|was|were) there (?:also )?(?:an?|any|some|no|other|a single)?|"
    rf"(?:do|does|did|has|have) {_AGENT}(?: (?:ever|also))? (?:have|written|write|wrote|publish\w*|author\w*|"
    r"produced?|made|done|"
    r"got) (?:an?|any|some)?|"
    r"(?:(?:what|which) (?:fraction|share|part|percentage|proportion) of(?: (?:the|all|his|her|their))?|which|what|"
    r"how many)"
    rf"(?: {WORKS}| {WORK}| ones?| of (?:these|those|them|the \w+|(?:his|her|their) \w+)){{1,2}} "
    r"(?:is|are|would be|count as|can be called|was|were)(?:n['’]t)?(?: there)?(?: not?)? ?(?:an?)?|"
    r"(?:what|which)(?:['’]s| is| are| was| were) (?:the|his|her|their)(?= (?:most recent|newest|latest|oldest|"
    r"earliest|first|last)\b)|"
    r"(?:which|what|how many)(?: of (?:the|these|his|her|their))?(?=(?: [\w-]+){1,3}s\b)|"
    r"(?:list|show|show me|name|give me|find|find me|any|some|are any of (?:these|them|the \w+))"
    r"(?: all)?(?: of)?(?: (?:the|an?|her|his|their|any))?|all(?: the)?|an?)?\s*"
)
_KIND_AFTER = (
    r"(?!\s*(?:,|/|\bor\b|\band\b))(?!\s+(?:data|responses?|questions?|respondents?|participants?|texts?|sentiment|"
    r"ratings?|sites?|with|among(?! (?:the|his|her|their|these|those)\b)|"
    r"in the (?:data|corpus))\b)"
    rf"(?!\s+(?:does|do|did|has|have|was|were|is|are|says?|covers?|use[sd]?)\s+(?!{_AGENT}\b|there\b))"
)
KIND_ASKED = tuple(
    (kind, cue(rf"{_KIND_ASKED}{_KIND_BEFORE}(?P<kind>{words})(?!-)\b{_KIND_AFTER}")) for kind, words in KINDS
)
DENIES_KIND = cue(r"\b(?:not|no)(?: an?)?\s+$|n['’]t(?: an?)?\s+$")
NEW_OR_OLD = cue(r"\b(?:(?P<new>most recent|newest|latest|last)|oldest|earliest|first)\b")
