"""The English of questions about results: which is best, what scores are given, what was found about something, and how
papers relate to one another.

In what these patterns read, the library's author is already called ``the author``.
"""

from __future__ import annotations

import re

from assistant.english.cues import Pattern, cue
from assistant.english.whole_work import PERSON

_AGENT = rf"(?:they|he|she|you|(?:the|this|these) {PERSON})"
_WHOSE = rf"(?:his|her|their|your|these|those|the|(?:the|this|these) {PERSON}['’]s?)"
_PAPERS = (
    rf"(?:{_WHOSE} |all (?:of )?{_WHOSE} |all )?(?:papers|publications|works?|articles|research|studies|abstracts)"
)

# ---- figures of results

_MEASURES = {
    "BLEU": r"(?:sacre)?bleu",
    "ROUGE": r"rouge(?:-\w)?",
    "METEOR": r"meteor",
    "chrF": r"chrf(?:\+\+)?",
    "F1": r"f-?(?:1|scores?|measures?)(?:-?scores?)?",
    "accuracy": r"accurac(?:y|ies)",
    "precision": r"precision",
    "recall": r"recall",
    "perplexity": r"perplexit(?:y|ies)",
    "word error rate": r"(?:word |character )?error[\s-]rates?|wer|cer",
    "attachment scores": r"(?:labell?ed |unlabell?ed )?attachment scores?|las|uas",
    "AUC": r"auc|auroc",
    "correlation": r"correlations?",
}
_ANY_MEASURE = rf"(?:{'|'.join(_MEASURES.values())}|mrr|map)"
_GAIN = r"(?:gains?|improvements?|increases?|boosts?|reductions?)"
_OUTCOME = rf"(?:{_GAIN}|scores?|results?|performances?|numbers?|figures?|points?|values?)"
_NUMBER = r"(?<![\w.-])\d[\d.,]*"


def _states(measure: str) -> Pattern:
    return cue(
        rf"\b(?:{measure})\b[^.;]{{0,60}}?(?:{_NUMBER}(?![\w-])|(?<=\d)\s?%)",
        rf"{_NUMBER}\s?(?:%|per ?cent|absolute|relative)?[^.;\d]{{0,30}}\b(?:{measure})\b",
    )


_BETTER = rf"(?:improv\w+|{_GAIN}|outperform\w*|better|higher|lower|reduc\w+|faster)"
_AMOUNT = rf"{_NUMBER}\s?(?:%|\\%|per ?cent\b|(?:[\w-]+ ){{0,2}}points?\b|times\b)"
GAINS_STATED = cue(
    rf"\b{_BETTER}\b[^;]{{0,60}}?{_AMOUNT}",
    rf"{_AMOUNT}[^.;]{{0,40}}\b{_BETTER}\b",
    rf"\b{_BETTER}\b[^.;]{{0,40}}?{_NUMBER} (?:{_ANY_MEASURE})\b",
)
FIGURES_STATED = cue(_states(_ANY_MEASURE).pattern, GAINS_STATED.pattern)
ACHIEVED = cue(r"\b(?:achiev\w+|reach\w*|obtain\w*|attain\w*|scor(?:es|ed|ing)|yield\w*)\b")
FIGURES_ASKED = tuple(
    (
        f"{name} in figures",
        cue(rf"(?<!\w)(?:{measure})(?:[\s-](?:score )?{_OUTCOME})?(?!\w)"),
        _states(measure),
    )
    for name, measure in _MEASURES.items()
)
"""Each measure: what its figures are called, the words that ask for them, and those that state them."""
GAINS_ASKED = cue(rf"\b(?:performance |relative |absolute |quantitative |numerical |empirical )*{_GAIN}\b")

# ---- which is best

_DEGREE = (
    r"(?:(?:very |single |overall )?(?:best|highest|largest|biggest|greatest|strongest|top|lowest|worst|smallest|"
    r"maximum|minimum|max|peak|record|most (?:significant|impressive|substantial|striking|notable)))"
)
_QUALITY = (
    r"(?:(?:best|top|highest|worst|fastest|slowest|quickest|strongest|weakest|cheapest|smartest|"
    r"(?:most|least) (?:accurate|effective|efficient|powerful|robust|reliable|precise|performant|capable|promising|"
    r"expensive|scalable))(?:[\s-](?:performing|scoring|working))?)"
)
_KIND = (
    r"(?:models?|systems?|methods?|approach(?:es)?|algorithms?|techniques?|parsers?|taggers?|classifiers?|"
    r"architectures?|frameworks?|networks?|strateg(?:y|ies))"
)
_SYSTEM = rf"(?:[\w-]+ ){{0,2}}?{_KIND}"
_WORK = rf"(?:(?:of )?{_WHOSE} )?(?:[\w-]+ )?(?:papers?|works?|publications?|articles?|one|{_KIND})"
_GETS = (
    r"(?:report|show|have|has|had|get|got|achieve|obtain|reach|yield|bring|brought|give|gave|claim|make|made|gain|"
    r"produce|see|saw|deliver|present|demonstrate)\w*"
)
_SCORE = rf"(?:[\w-]+ ){{0,2}}?(?:{_ANY_MEASURE}(?:[\s-]{_OUTCOME})?|{_OUTCOME})"
_IS = r"(?:['’]s| is| are| was| were)"
BEST_RESULT = cue(
    rf"^(?:which|what)(?: {_WORK})(?: {_PAPERS})? (?:(?:do|does|did|can|could) )?{_GETS} (?:the )?{_DEGREE} {_SCORE}\b",
    rf"^(?:where|in which \w+|by which \w+) (?:is|are|was|were) (?:the )?{_DEGREE} {_SCORE}\b(?: \w+ed)?",
    rf"^(?:(?:what|which){_IS} )?(?:(?:the|his|her|their|the author['’]s) )?{_DEGREE} {_SCORE}\b"
    r"(?: (?:(?:that )?(?:they|he|she|the author) )?(?:ever )?(?:reported|achieved|obtained|reached|report|got))?",
    rf"^how (?:high|good|large|big|great) (?:is|are|was|were) (?:the )?{_DEGREE} {_SCORE}\b",
    rf"^(?:what|which){_IS} (?:the|his|her|their|the author['’]s) {_QUALITY} {_SYSTEM}\b",
    rf"^(?:what|which) (?:of (?:the|these|his|her|their) )?{_SYSTEM} (?:is|are|was|were|works?|worked|performs?|"
    rf"performed|runs?|does|did) (?:the )?{_QUALITY}\b",
)
"""Which of the results is the best, or which system gives it."""
BEFORE_TOPIC = cue(r"^(?:on|in|for|at|of|with|from|by|to|when)\b")
BEST_FINDING = cue(
    r"^(?:(?:what|which)(?:['’]s| is| are| was| were) )?(?:(?:the|his|her|their|the author['’]s) )?(?:single )?(?:most "
    r"(?:important|surprising|interesting|significant|striking|unexpected|exciting|relevant)|biggest|greatest|"
    r"best|"
    r"strangest|worst) (?:[\w-]+ )?(?:findings?|discover(?:y|ies)|insights?|conclusions?)\b",
    r"^(?:which|what) (?:findings?|discover(?:y|ies)|insights?|conclusions?) (?:is|are|was|were) (?:the )?most \w+",
)
FAST = cue(r"\b(?:fast|slow|quick)est\b")
SPEED_STATED = cue(
    r"\b(?:faster|speed-?ups?|speeds? up|latency|throughput|run-?times?|(?:training|decoding|inference) time)\b"
)

_DATA = r"(?:data\s?sets?|corpus|corpora|treebanks?|benchmarks?|collections?|resources?|lexic(?:on|ons|a))"
BIGGEST_DATA = cue(
    rf"^(?:(?:what|which){_IS} )?(?:(?:the|his|her|their|the author['’]s) )?(?:biggest|largest|smallest|most "
    rf"extensive) "
    rf"(?:[\w-]+ ){{0,2}}?{_DATA}\b(?: (?:they|he|she|the author) (?:has |have )?\w+(?: on)?| (?:used|introduced|"
    r"released|created|built|collected|here))?",
    rf"^(?:what|which) (?:of (?:the|these|his|her|their) )?(?:[\w-]+ ){{0,2}}?{_DATA} (?:is|are|was|were) (?:the )?"
    r"(?:biggest|largest|smallest)\b",
    rf"^(?:what|which) {_WORK} (?:\w+ )?(?:has|have|uses?|used|introduces?|introduced|releases?|released|presents?|"
    rf"describes?) (?:the )?(?:biggest|largest|smallest) (?:[\w-]+ ){{0,2}}?{_DATA}\b",
)
DATA_SIZE_STATED = cue(
    r"\b\d[\d,.]*\s*(?:k|m|million|billion|thousand)?\+?\s+(?:[\w-]+\s+){0,2}?(?:samples?|examples?|instances?|"
    r"sentences?|documents?|utterances?|tweets?|posts?|images?|pairs?|tokens?|words?|questions?|annotations?|"
    r"records?|articles?|entries|items|triples?|dialogues?|reviews?|hours?|videos?|users?|languages)\b"
)

# ---- what was found about something

_SAYS = (
    r"(?:say|says|said|find(?: out)?|finds|found(?: out)?|figure out|learn(?:ed|t)?|discover(?:ed)?|show(?:ed|n)?|"
    r"report(?:ed)?|conclude[ds]?|reveal(?:ed)?|tell(?: (?:us|me|you|one))?|told(?: us)?|teach(?: us)?|know|think|"
    r"wr[io]te|written|argue[ds]?|claim(?:ed)?|state[ds]?|observe[ds]?|suggest(?:ed)?|have to say)"
)
_ABOUT = r"(?:about|on|regarding|concerning|with regard to|with respect to|as to|when it comes to)"
_FINDINGS = (
    r"(?:(?:main|key|central|important|most important|general|overall|empirical) )*"
    r"(?:findings?|conclusions?|insights?|lessons?(?: learn(?:ed|t))?|take-?aways?|opinions?|views?|stance|position)"
)
SAID_OF = cue(
    rf"^what(?: (?:else|all))? (?:do|does|did|has|have|can|could) (?:{_AGENT}|{_PAPERS}) (?:\w+ly |ever |also |been )?"
    rf"{_SAYS} {_ABOUT} (?P<topic>.+)$",
    rf"^what (?:is|was|has been|have we|do we|did we|can we|can one|could be|can be|do you) (?:already |generally )?"
    rf"(?:known|{_SAYS}) (?:(?:here|in {_PAPERS}|from {_PAPERS}|by {_AGENT}) )?{_ABOUT} (?P<passive>.+)$",
    rf"^(?:what{_IS} |(?:list|give|show|summari[sz]e)(?: me)? )?(?:the |{_WHOSE} )?{_FINDINGS} (?:{_ABOUT}|for) "
    r"(?P<findings>.+)$",
    rf"^what (?:findings|conclusions|insights|lessons) (?:are there|do {_AGENT} have|does {_AGENT} have|are "
    rf"(?:reported|drawn)|do {_PAPERS} (?:report|have|draw)) {_ABOUT} (?P<drawn>.+)$",
)
EXPLAIN = cue(
    r"^(?:explain|teach (?:me|us)(?: about)?|educate me (?:on|about)|help me (?:to )?understand|i (?:do not|don['’]t) "
    r"understand|define|give me an introduction to) (?:the (?:concept|idea|notion|term) (?:of )?)?(?P<topic>.+?)"
    r"(?: (?:to (?:me|us)|for (?:me|beginners|dummies)|in (?:simple|plain|easy) (?:terms|words|english)|simply|"
    r"briefly))*$",
)
NO_TERM = re.compile(
    r"\b(?:how|why|what|which|when|where|who|whether|that|is|are|was|were|do|does|did|has|have|it|this|that|these|"
    r"those|its|his|her|their|paper|study|article|work|difference|between|results?|figure|table|me|you|your|yourself|"
    r"papers|research|and)\b",
    re.IGNORECASE,
)
"""What stands in no term that could be explained by itself."""
LONGEST_TERM = 5
FOUND = cue(
    r"\b(?:we|results?|experiments?|findings?|analys[ei]s|evaluations?|stud(?:y|ies))\b[^.;]{0,40}\b(?:find|found|"
    r"show(?:s|ed|n)?|reveal\w*|demonstrat\w*|indicat\w*|suggest\w*|confirm\w*|conclud\w*|observ\w*)\b|"
    r"\boutperform\w*|\bsurprising\w*"
)

# ---- how papers relate to one another

_EACH_OTHER = r"(?:each other|one another|one an other|themselves|itself)"
_EARLIER = (
    rf"(?:(?:{_WHOSE} |any )?(?:own )?(?:earlier|previous|prior|older|past|former|preceding|other|later) (?:ones?|"
)
_EARLIER += r"papers?|works?|publications?|research|results|findings))"
_RELATES = (
    r"(?:builds?|built|extends?|extended|cites?|cited|references?|referenced|contradict\w*|continues?|"
    r"continued|follow(?:s|ed)?(?: up)?|improves?|improved|refers?|referred|refutes?|confirms?|disagree[sd]?|agrees?|"
    r"depends?|relates?|revis\w+|replicat\w+|reproduc\w+|supersed\w+|correct(?:s|ed)?|expands?|expanded)"
)
_OF_PAPERS = r"(?:papers?|publications?|works?|articles?|ones|results|findings|studies)"
RELATE_TO_EACH_OTHER = cue(
    rf"\b{_OF_PAPERS} (?:(?:that|which|do|does|did|directly|actually|explicitly|all) )*{_RELATES}"
    rf"(?: (?:up|up on|on|upon|to|with|from|off))? (?:{_EACH_OTHER}|{_EARLIER})\b",
    rf"^(?:do|does|did|are|is)(?: any| some)?(?: of)? (?:{_WHOSE} )?(?:{_OF_PAPERS}|{_AGENT}|them) {_RELATES}"
    rf"(?: (?:up|up on|on|upon|to|with|from))? (?:{_EACH_OTHER}|{_EARLIER})\b",
    rf"\b{_OF_PAPERS} (?:are|is|were) (?:(?:direct|an?|the|follow-?ups?|sequels?|extensions?|continuations?|related|"
    rf"connected|linked|based|contradictory|similar) )+(?:of|to|with|on) (?:{_EACH_OTHER}|{_EARLIER})\b",
    rf"^(?:which|what|(?:are|is) there(?: any)?)(?: of {_WHOSE})? (?:\w+ )?{_OF_PAPERS} (?:that )?(?:are )?(?:related|"
    r"connected|linked|"
    r"follow-?ups?|sequels?|extensions|contradictory|similar|alike|contradict|belong together|go together)\W*$",
    r"^(?:are|is) there(?: any)? (?:contradictions?|follow-?ups?|sequels?|disagreements?|citations)(?: papers?)? "
    rf"(?:between|among|in|within) {_PAPERS}\W*$",
    rf"^(?:do|does) (?:any of )?{_PAPERS} (?:ever )?(?:contradict|disagree|conflict|overlap)\W*$",
)
EARLIER_WORK_SAID = cue(
    r"\b(?:extend(?:s|ed|ing)?|build(?:s|ing)?(?: up)?on|continu\w+|follow(?:s|ing)?[\s-]up|generali[sz]\w+)\b"
    r"[^.;]{0,30}\b(?:our|the authors['’]) (?:own )?(?:previous|earlier|prior|past|recent)\b",
    r"\b(?:our|the authors['’]) (?:own )?(?:previous|earlier|prior) (?:work|papers?|stud(?:y|ies)|model|system|"
    r"results)\b",
)

# ---- what a library does not judge

_ALL_WORK = rf"(?:{_PAPERS}|(?:{_WHOSE} )(?:methods?|results?|models?|findings?|systems?|ideas?|conclusions?)|{_AGENT})"
_JUDGED = (
    r"(?:(?:any|really|actually|very|all|still|even|so|that|too) )*(?:good|bad|reliable|trustworthy|correct|"
    r"wrong|right|true|"
    r"false|sound|valid|useful|useless|important|relevant|outdated|obsolete|overrated|underrated|convincing|credible|"
    r"original|flawed|worth (?:reading|it|my time)|(?:a )?(?:good|bad) (?:researcher|scientist|author|writer|scholar))"
)
JUDGEMENT = cue(
    rf"^(?:is|are|was|were)(?:n['’]t)? {_ALL_WORK} {_JUDGED}$",
    rf"^how (?:good|bad|reliable|trustworthy|sound|useful|important|relevant|original|credible|convincing) "
    rf"(?:is|are|was|"
    rf"were) {_ALL_WORK}$",
    rf"^(?:is|are|was) there (?:anything|something) wrong (?:with|in|about) {_ALL_WORK}$",
    rf"^what(?:['’]s| is) wrong with {_ALL_WORK}$",
    rf"^(?:can|should|could) (?:i|we|one) (?:really )?(?:trust|believe|use|rely on|adopt) {_ALL_WORK}(?: in \w+)?$",
    rf"^(?:what do you think|what(?:['’]s| is) your opinion|do you like) ?(?:of|about|on)? {_ALL_WORK}$",
    r"^(?:which|what)(?: of \w+)? (?:\w+ )?(?:paper|work|publication|article|one) (?:is|was|are) (?:the "
    r")?(?:hardest|easiest|"
    r"simplest|most (?:difficult|complicated|readable|boring|technical))(?: (?:one|to (?:understand|read|follow)))?$",
    r"^(?:which|what)(?: of \w+)? (?:paper|work|publication|article|one) (?:should|deserves?|could|would) "
    r"(?:to )?(?:have )?"
    r"(?:win|won|get|got|receive) (?:an?|the) (?:[\w-]+ ){0,3}(?:prize|award)$",
)
"""How good the work is, which a reader judges."""
_OTHERS = (
    r"(?:others|others['’] (?:work|research|papers)|other (?:people|researchers|authors|groups|labs|work|"
    r"research|scientists)"
    r"(?:['’]s?)?(?: (?:work|research|papers))?|that of [^?.!]+|those of [^?.!]+|the (?:work|papers|research) "
    r"of [^?.!]+|the "
    r"competition|the rest of the (?:field|world|community)|the (?:field|literature|related work))"
)
AGAINST_OTHERS = cue(
    rf"^compare {_ALL_WORK} (?:to|with|and|against) {_OTHERS}$",
    rf"^how (?:do|does|did|would|can) {_ALL_WORK} (?:compare|relate|stack up|differ|hold up) (?:to|with|from|against) "
    rf"{_OTHERS}$",
    rf"^how (?:is|are) {_ALL_WORK} (?:different from|better than|compared (?:to|with)|related to) {_OTHERS}$",
    rf"^(?:is|are) {_ALL_WORK} (?:better|worse|more \w+) than {_OTHERS}$",
)
FORETOLD = cue(
    r"^what(?:['’]s| is| will be| does) the future (?:of|for|hold for|look like for) ",
    r"^(?:what|how) will [^?.!]+ (?:in (?:the future|(?:\w+|\d+) years)|next)$",
)
NEVER_SAID = (
    (
        "how good the work is, which readers judge",
        JUDGEMENT,
        "Ask which limitations the papers name, or what results they report.",
    ),
    (
        "how this work compares with that of others",
        AGAINST_OTHERS,
        "Ask to compare two of the papers here, or what one of them reports against its baselines.",
    ),
    ("what the future will bring", FORETOLD, "Ask which future work the papers name."),
)
"""What is asked in vain: what it is called, how it is asked, and what to ask instead."""
SEEK_RELATIONS = (
    "Ask for the papers on one topic, or for the oldest and the newest of them; OpenAlex and Semantic Scholar "
    "list which "
    "paper cites which."
)
