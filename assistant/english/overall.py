"""The English of what all papers are asked about at once, and of what a library of papers does not record.

Where papers may state a thing in passing, the words by which they state it stand beside the words that ask for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from assistant.english.cues import Pattern, cue
from assistant.english.general import ATTRIBUTES

_AUTHOR = r"(?:the|this|that|an?|each|every|its|first|last) (?:[\w-]+ )?(?:author|researcher|scientist|professor)"
_SUBJECT = rf"(?:{_AUTHOR}|he|she|they|you)"
_OWN = rf"(?:{_AUTHOR}['’]?s?|the authors['’]?|his|her|their|your)"
_PAPERS = r"(?:(?:the|these|those|this|that|all|any|some|each|her|his|their|which|what|[\w'’-]+s['’]?)\s+)?"
_PAPERS += r"(?:[\w-]+\s+){0,2}?(?:papers?|publications?|articles?|works?|ones?)"

Kept = Literal["figures", "affiliations", "licences"]


@dataclass(frozen=True, slots=True)
class Unrecorded:
    """A thing that neither papers nor their records tell. ``said`` is how a paper would say it all the same, ``kept``
    where a library may hold something of it, ``seek`` where it is found."""

    what: str
    asked: Pattern
    seek: str
    said: Pattern | None = None
    kept: Kept | None = None


_HOME_PAGE = "The author's own home page may tell."
_PAGE = "The publisher's or the conference's page may tell."

UNRECORDED: tuple[Unrecorded, ...] = (
    Unrecorded(
        "how often papers or their authors are cited",
        cue(
            r"\b(?:h|g|i10|i-10)[\s-]?ind(?:ex|ices)\b",
            r"\b(?:most|least|best|highest|highly|often|frequently|widely|heavily|rarely)[\s-]cited\b",
            rf"\bcited (?:the )?(?:most|least|more|less)\b|\b{_PAPERS} (?:is|are|was|were|has been|have been) "
            r"(?:\w+ )?cited\b(?! (?:in|as|by (?:the|this|that)) )",
            r"\bhow (?:often|many times|much|frequently|widely|well)\b[^?.!]{0,60}\bcited\b",
            r"\b(?:how many|number of|total|most|fewest|more|enough|any) citations?\b(?! (?:contexts?|links?|"
            r"sentences?))"
            rf"(?=\W*$|\W+(?:do|does|did|has|have|are there|is there|for|of|per|overall|in total)\W+(?:{_SUBJECT}\b|"
            rf"{_OWN}\b|{_PAPERS}\b|\W*$))",
            r"^\W*(?:please )?(?:rank|sort|order|list|show)\b[^?.!]{0,40}\bby (?:their )?(?:number of )?citations?\b",
            r"\bcitation (?:counts?|numbers?|figures?|statistics|metrics?|record|impact)\b(?!.*\b(?:predict|task|"
            r"model))",
            rf"\b(?:{_SUBJECT}|{_PAPERS}) (?:has|have|had|got|gets?|received?|receives|accumulated)\b[^?.!]{{0,40}}"
            r"\bcitations\b",
        ),
        "OpenAlex, Semantic Scholar and Google Scholar count citations.",
        kept="figures",
    ),
    Unrecorded(
        "how often papers are read, downloaded or talked about",
        cue(
            rf"\b(?:most|least|often|frequently|widely|more)[\s-](?:downloaded|read|viewed|tweeted|shared) {_PAPERS}\b",
            rf"\b{_PAPERS} (?:is|are|was|were|has been|have been|got|get) (?:\w+ ){{0,2}}(?:downloaded|read|viewed|"
            r"tweeted|shared) (?:the )?(?:most|least|often)\b",
            rf"\b{_PAPERS} (?:is|are|was|were) (?:the )?(?:most|least)[\s-](?:\w+ )?(?:downloaded|read|viewed|tweeted|"
            r"shared|popular)\b",
            r"\bhow (?:often|many times)\b[^?.!]{0,60}\b(?:downloaded|read|viewed|tweeted|starred)\b",
            r"\b(?:how many|number of|most|fewest|more) (?:downloads|reads|readers|views|clicks|stars|forks|likes|"
            r"tweets)"
            rf"(?=\W*$|\W+(?:do|does|did|has|have|are there|for|of|per)\W+(?:{_SUBJECT}\b|{_OWN}\b|{_PAPERS}\b|"
            r"the (?:code|repositor)))",
            r"\baltmetrics?\b|\b(?:download|view|reader) (?:counts?|numbers?|statistics)\b",
        ),
        "The pages where the papers are published may count it.",
    ),
    Unrecorded(
        "whether papers may be read for free, or where their PDFs are",
        cue(
            r"\bopen[\s-]access\b|\bpay-?wall\w*|\bfree(?:ly)? (?:to read|accessible)\b",
            rf"\bcan (?:i|we|one|anyone) (?:\w+ )?(?:download|read|get|access|buy|see) {_PAPERS}(?: for free|"
            rf" online)?\W*$",
            rf"\bwhere (?:can|could|do) (?:i|we|one) (?:find|get|read|download|access|buy) {_PAPERS}(?: online)?\W*$",
            rf"\b(?:pdfs?|full[\s-]texts?) (?:of|for) {_PAPERS}\W*$",
        ),
        "The link of a paper, where its record has one, stands in the list of papers.",
        kept="licences",
    ),
    Unrecorded(
        "how many pages papers have",
        cue(
            rf"\bhow many (?:pages|words) (?:do|does|did|has|have|are in) {_PAPERS}\b|\bhow long (?:is|are|was|"
            rf"were) {_PAPERS}\W*$",
            rf"\b{_PAPERS} (?:is|are|was|were) (?:the )?(?:longest|shortest)\W*$|\b(?:longest|shortest) (?:paper|"
            rf"publication|"
            r"article)s?\b|\bpage (?:counts?|numbers?|lengths?)\b",
        ),
        _PAGE,
    ),
    Unrecorded(
        "who won an award or a prize",
        cue(
            rf"\b(?:awards?|prizes?|honou?rs|medals?)\b[^?.!]{{0,30}}\b(?:{_SUBJECT}|{_PAPERS})\b",
            rf"\b(?:{_SUBJECT}|{_PAPERS}) (?:ever |also )?(?:won|win|wins|received?|receives|gets?|got|has|have|had|"
            rf"been"
            r"|(?:was|were|is|are) (?:given|awarded|nominated))\b[^?.!]{0,40}\b(?:awards?|prizes?|honou?rs|medals?)\b",
            rf"\b{_OWN} (?:\w+ )?(?:awards|prizes|honou?rs|medals)\b",
            r"\bbest[\s-](?:\w+ )?paper (?:awards?|prizes?)\b|\baward[\s-]winning\b",
            rf"^\W*(?:which|what|any|list|name|show)\b[^?.!]{{0,20}}\b(?:awards|prizes|medals)\W*$|\b{_PAPERS} "
            r"(?:was|were|is|are|has been|have been) (?:awarded|nominated|honou?red)\b",
        ),
        _HOME_PAGE,
        said=cue(
            r"\bbest[\s-](?:\w+[\s-]){0,2}(?:paper|thesis|poster|demo)\b[^.]{0,20}\b(?:awards?|prizes?|nomin\w+)\b",
            r"\b(?:won|awarded|received|recipient of)\b[^.]{0,30}\b(?:awards?|prizes?|medals?)\b",
        ),
    ),
    Unrecorded(
        "how journals and conferences rank",
        cue(
            r"\bimpact factors?\b|\b(?:acceptance|rejection) rates?\b|\bcore rank\w*|\bjournal rank\w*|"
            r"\bq1 journals?\b",
            r"\b(?:rank|ranking|prestige|reputation|quality|prestigious)\b[^?.!]{0,30}\b(?:venues?|journals?|"
            r"conferences?)\b",
        ),
        "The publishers and rankings of venues give it.",
        said=cue(r"\bimpact factor\b|\bacceptance rates?\b"),
    ),
    Unrecorded(
        "how papers were reviewed",
        cue(
            rf"\bwho (?:peer[\s-])?(?:reviewed|refereed|edited) {_PAPERS}(?!['’\w ]*\b(?:on|about|of)\b)",
            rf"\b{_PAPERS} (?:was|were|got|get|is|are|has been|have been) (?:\w+ )?(?:rejected|resubmitted|retracted|"
            r"withdrawn|peer[\s-]reviewed|desk[\s-]rejected)\b|\bpeer[\s-]reviewed (?:papers|ones|publications)\b",
            r"\bwhat (?:do|did) (?:the )?(?:critics|others|other researchers|peers|readers|people) (?:say|think)\b",
            r"\breview(?:er)?s? scores?\b|\b(?:names? of|who (?:are|were)) (?:the |its |their )?reviewers\b|"
            r"\bwhat did (?:the )?reviewers\b|\bunder review\b",
        ),
        _PAGE,
        said=cue(r"\breviewers?['’]? (?:comments?|scores?)\b"),
    ),
    Unrecorded(
        "how to reach an author",
        cue(
            rf"\b{_OWN} (?:\w+ )?(?:e-?mails?|phone|telephone|fax|contact|address|office|website|web ?page|home ?page|"
            r"blog|twitter|linked-?in|mastodon|bluesky|orcid|google scholar|skype|cv|curriculum vitae|r[ée]sum[ée])\b",
            rf"\b(?:e-?mails?|phone(?: number)?|telephone(?: number)?|contact (?:address|details|data|information|"
            rf"info)|"
            rf"office|homepage|website|orcid|cv)\b[^?.!]{{0,20}}\b(?:of|for|has|have|does) {_SUBJECT}\b",
            r"\bcorresponding authors?\b",
            rf"\b(?:contact|reach|e-?mail|call|phone|write to|get in touch with|meet|hire|invite) (?:{_SUBJECT}|her|"
            rf"him|"
            r"them|the authors)\W*$",
            rf"\b(?:is|are) {_SUBJECT} on (?:twitter|x|facebook|linked-?in|mastodon|bluesky|github|social media)\b",
            rf"\b(?:does|do) {_SUBJECT} (?:have|use|own|keep|run|write) (?:an? )?(?:\w+ )?(?:e-?mail|website|web ?page|"
            r"home ?page|blog|twitter|linked-?in|facebook|mastodon|bluesky|social media)\b",
        ),
        _HOME_PAGE,
    ),
    Unrecorded(
        "where an author works",
        cue(
            rf"\bwhere (?:does|do|did|is|are|was|were|has|have) {_SUBJECT} (?:currently |now |today )?(?:work(?:s|ed|"
            rf"ing)?"
            r"|employed|based|located|affiliated|a professor|teach(?:es|ing)?|been working)\b",
            rf"\b(?:which|what) (?:universit(?:y|ies)|institut(?:es?|ions?)|company|companies|lab|labs|department|"
            rf"country|"
            rf"city|employer|place)\b[^?.!]{{0,20}}\b(?:is|are|was|were|does|do|did|has|"
            rf"have) {_SUBJECT} (?:\w+ )?(?:at|in|"
            r"from|with|work\w*|based|affiliated|belong|employed|live|lives|teach)\b",
            rf"\b{_OWN} (?:current |present |home |main |own )?(?:affiliations?|employers?|universit(?:y|ies)|"
            r"institut(?:es?|ions?)|workplace|department|place of work|lab)\b",
            rf"\b(?:affiliations?|employers?) (?:of|does|has|is|was) {_SUBJECT}\b|\bemploys {_SUBJECT}\b",
            rf"\b(?:who|what|where) (?:is|are|was|were) {_SUBJECT} (?:\w+ )?(?:affiliated|employed|working)\b|"
            rf"\bwho (?:does|do|did) {_SUBJECT} work for\b|\bwho employs (?:{_SUBJECT}|her|him|them)\b",
        ),
        _HOME_PAGE,
        kept="affiliations",
    ),
    Unrecorded(
        "anything of an author's life and career",
        cue(
            rf"\bhow old (?:is|are|was|were) {_SUBJECT}\b|\b(?:when|where) (?:is|was|were|are) {_SUBJECT} born\b|"
            rf"\b(?:when|where) (?:did|does|do) {_SUBJECT} (?:study|graduate|live|grow up|retire|get (?:her|his|"
            rf"their|a)|do "
            r"(?:her|his|their|a)|obtain|earn|receive)\b|\bwhere (?:is|are|was|were) (?:\w+ ){1,3}from\W*$",
            rf"\b{_OWN} (?:\w+ )?(?:age|birthday|birth ?date|date of birth|birthplace|nationality|citizenship|gender|"
            rf"sex|"
            r"religion|husband|wife|spouse|partner|children|family|kids|parents|hobb(?:y|ies)|biography|bio|life|"
            r"career|"
            r"photo|picture|portrait|image|face|pronouns|salary|income|wages?|pay|education|degrees?|alma mater|"
            r"(?:ph\.?d\.? |doctoral |thesis |master['’]?s? )?(?:supervisors?|advis[eo]rs?|students|advisees)|"
            r"ph\.?d\.?|"
            r"(?:job )?title|position|job|rank|mother tongue|native language)(?=\W*$|\W+(?:is|are|was|were|in|at|did|"
            r"do|does|"
            r"like|look|called|named)\b)",
            rf"\b(?:photos?|pictures?|portraits?|biography|bio|age|nationality|salary|income|birthday|gender) of "
            rf"{_SUBJECT}\b",
            rf"\b(?:ph\.?d\.?|doctoral|master['’]?s?|graduate|students?|postdocs?|children|"
            rf"degrees?)\b[^?.!]{{0,30}}\b(?:do|"
            rf"does|did|has|have) {_SUBJECT}\b[^?.!]{{0,20}}\b(?:have|has|had|supervis\w+|advis\w+|mentor\w*|"
            rf"graduate\w*)\b",
            rf"\bwho (?:supervise[sd]?|advise[sd]?|mentor(?:s|ed)?|taught) (?:{_SUBJECT}|her|him|them|{_OWN} (?:\w+ )?"
            r"(?:ph\.?d\.?|thesis|dissertation))\W*$",
            rf"\b(?:is|are|was) {_SUBJECT} (?:an? )?(?:\w+ )?(?:married|single|alive|dead|retired|male|female|man|"
            rf"woman|"
            r"(?:full |associate |assistant )?professor|lecturer|postdoc|ph\.?d\.? student|student|famous|tenured|"
            r"american|"
            r"german|chinese|italian|french|british|european)\b",
            rf"\b(?:what|which) (?:languages?|courses?|class(?:es)?|lectures?|subjects?|"
            rf"musical instruments?) (?:does|do|did)"
            rf" {_SUBJECT} (?:speak|teach|give|hold|play)\b|\bwhat (?:does|do|did) {_SUBJECT} (?:teach|earn|"
            rf"look like|eat)\b",
            rf"\bhow much (?:does|do|did) {_SUBJECT} (?:earn|make|get paid)\b|\bdoes {_SUBJECT} teach\b",
            rf"\b(?:what|which) (?:country|city|town|place) (?:is|are|was) {_SUBJECT} (?:from|born)\b",
            rf"\b(?:is|are) there (?:an? |any )?(?:photos?|pictures?|portraits?|biography) (?:of|with) {_SUBJECT}\b",
        ),
        _HOME_PAGE,
    ),
    Unrecorded(
        "where talks, slides or recordings are",
        cue(
            r"\b(?:recordings?|videos?|slides|slide deck|podcasts?|presentation slides|posters?) (?:of|for|to|from) "
            rf"(?:(?:a|an|any|the|her|his|their|its) )*(?:talks?|presentations?|lectures?|keynotes?|{_PAPERS})\b",
            rf"\b(?:talks?|keynotes?|lectures|tutorials?|speech(?:es)?) (?:did|has|have|does|do) {_SUBJECT} (?:give|"
            rf"given|"
            r"held|hold|deliver)\b",
            rf"\b{_SUBJECT} (?:ever )?(?:gave|give|given|gives) (?:any |a |an )?(?:\w+ )?(?:talks?|keynotes?|lectures?|"
            r"tutorials?)\b",
            r"\b(?:are|is) there (?:any |a )?(?:slides|recordings?|talks?|podcasts?|posters?)\b\W*$",
        ),
        _PAGE,
        said=cue(r"\b(?:slides|recordings?|videos?)\b[^.]{0,60}(?:\bavailable\b|https?:)"),
    ),
)
"""What a question asks in vain; the first that fits counts."""

FIGURE_OF_CITATIONS = cue(r"\bcit\w*|\bind(?:ex|ices)\b|index\b")


@dataclass(frozen=True, slots=True)
class Aspect:
    """Something that each paper may state: what it is called, the words that ask for it, and those that state it."""

    what: str
    asked: Pattern
    said: Pattern


_TONGUES = (
    r"(?:Afrikaans|Albanian|Amharic|Arabic|Armenian|Basque|Bengali|Bosnian|Breton|Bulgarian|Burmese|Cantonese|Catalan|"
    r"Chinese|Croatian|Czech|Danish|Dutch|English|Estonian|Faroese|Farsi|Filipino|Finnish|Flemish|French|Frisian|"
    r"Galician|"
    r"Georgian|German|Greek|Gujarati|Hausa|Hebrew|Hindi|Hungarian|Icelandic|Igbo|Indonesian|Irish|Italian|Japanese|"
    r"Javanese|Kannada|Kazakh|Khmer|Korean|Kurdish|Lao|Latin|Latvian|Lithuanian|Macedonian|Malay|Malayalam|Maltese|"
    r"Mandarin|Marathi|Mongolian|Nepali|Norwegian|Persian|Polish|Portuguese|Punjabi|Romanian|Russian|Sanskrit|Serbian|"
    r"Sinhala|Slovak|Slovene|Slovenian|Somali|Spanish|Swahili|Swedish|Tagalog|Tamil|Telugu|Thai|Tibetan|Tigrinya|"
    r"Turkish|"
    r"Twi|Ukrainian|Urdu|Uyghur|Uzbek|Vietnamese|Welsh|Wolof|Xhosa|Yiddish|Yoruba|Zulu)"
)
_FOUND = r"(?:find|found|show(?:s|ed|n)?|reveal\w*|demonstrat\w*|indicat\w*|suggest\w*|confirm\w*|conclud\w*|observ\w*)"

ASPECTS: tuple[Aspect, ...] = (
    Aspect(
        "limitations",
        cue(
            r"\b(?:limitations?|short-?comings?|weaknesses|drawbacks?|caveats?)\b|\bwhat(?:['’]s| is) missing (?:in|"
            r"from)\b"
        ),
        cue(
            r"\b(?:limitations?|short-?comings?|weakness(?:es)?|drawbacks?|caveats?|pitfalls?|limited (?:to|by|in))\b",
            r"\bcaution (?:is|should)\b|\b(?:we|our) (?:\w+ ){0,3}(?:do|does|did|can) ?not\b",
        ),
    ),
    Aspect(
        "open problems",
        cue(
            r"\b(?:open|unsolved|unresolved|unanswered|remaining) (?:research )?(?:problems?|questions?|issues?|"
            r"challenges?)\b|\b(?:problems?|questions?|issues?) (?:are|is|do|does)? ?(?:still |left )?(?:remain|open|"
            r"unsolved|unanswered)\w*|\bgaps? in (?:the )?(?:research|knowledge)\b|\bresearch gaps?\b"
        ),
        cue(
            r"\bopen (?:research )?(?:problems?|questions?|issues?|challenges?)\b|\b(?:unsolved|unresolved|"
            r"unanswered)\b",
            r"\bremains? (?:(?:a|an|largely|mostly|still) )*(?:open|unsolved|un\w+|challeng\w+|difficult\w*|elusive|"
            r"to be)\b",
            r"\bit is (?:not|un)(?: ?clear|known)\b|\blittle is known\b|\b(?:under|un)-?(?:explored|studied)\b",
        ),
    ),
    Aspect(
        "future work",
        cue(
            r"\bfuture (?:work|works|research|directions?|stud(?:y|ies)|plans?|steps?)\b|\bnext steps\b|"
            r"\bfurther (?:work|research)\b|\b(?:directions?|plans?) for (?:the )?future\b"
        ),
        cue(
            r"\bfuture (?:work|research|directions?|stud(?:y|ies)|progress|developments?)\b|\bin (?:the )?future\b|"
            r"\bfurther (?:work|research|stud(?:y|ies)|investigations?|progress|efforts?)\b|\bnext steps?\b",
            r"\bwe (?:plan|intend|hope|leave)\b|\bto encourage (?:further |future )?research\b",
        ),
    ),
    Aspect(
        "challenges",
        cue(r"\b(?:challenges|difficulties|obstacles)\b"),
        cue(
            r"(?-i:\bchalleng(?:es?|ing)\b)(?! (?:task|track|set|data))|\bdifficult(?:y|ies)?\b|\bobstacles?\b|"
            r"\bbottlenecks?\b|\bnotoriously\b|\bhard to\b"
        ),
    ),
    Aspect("assumptions", cue(r"\bassum(?:e|ed|es|ptions?)\b"), cue(r"\bassum(?:e|es|ed|ing|ptions?)\b")),
    Aspect("hypotheses", cue(r"\bhypothes[ei]s\b|\bhypothesi[sz]ed?\b"), cue(r"\bhypothes\w+")),
    Aspect(
        "research questions",
        cue(
            r"\bresearch questions?\b|\bquestions (?:do|does|did|are) (?:they|the papers|these papers) (?:ask|pose)\w*"
        ),
        cue(
            r"\bresearch questions?\b|\bthe question (?:of|whether|how|what)\b|\?\s*$",
            r"\bwe (?:\w+ )?(?:ask|investigate|study|explore|examine|analy[sz]e|test|wonder) (?:the question )?"
            r"(?:whether|how|what|which|if|why|to (?:what|which) (?:extent|degree))\b",
        ),
    ),
    Aspect(
        "findings",
        cue(
            r"\b(?:main |key |central |important |overall |major |most )*(?:findings|conclusions|take-?aways|"
            r"lessons(?: learn(?:ed|t))?)\b|\b(?:what|which|main|key|the|their|her|his)\b[^?.!]{0,20}\bresults\b"
        ),
        cue(
            rf"\b(?:we|results?|experiments?|findings?|analys[ei]s|evaluations?|stud(?:y|"
            rf"ies))\b[^.;]{{0,40}}\b{_FOUND}\b",
            r"\boutperform\w*|\bsurprising\w*",
        ),
    ),
    Aspect(
        "evaluation metrics",
        cue(r"\b(?:(?:evaluation|performance|automatic|quality) )?(?:metrics?|measures of (?:success|performance))\b"),
        cue(
            r"\b(?:metrics?|accurac(?:y|ies)|F1|F-?(?:score|measure)s?|BLEU|ROUGE|METEOR|LAS|UAS|perplexity|recall|"
            r"error rates?|AUC|ROC|MRR|mAP|pass@\d+|exact match|correlation with human)\b"
        ),
    ),
    Aspect("baselines", cue(r"\bbaselines?\b"), cue(r"\bbaselines?\b")),
    Aspect(
        "hyperparameters",
        cue(r"\bhyper-?\s?parameters?(?: settings?)?\b"),
        cue(r"\bhyper-?\s?parameters?\b|\blearning rates?\b|\bbatch sizes?\b|\bepochs?\b|\bdrop-?out\b|\bbeam size\b"),
    ),
    Aspect(
        "the hardware used",
        cue(
            r"\b(?:hardware|gpus?|gpu hours?|tpus?|graphics cards?|computing (?:power|resources|infrastructure)|"
            r"compute (?:budget|resources)?|infrastructure|machines)\b"
        ),
        cue(
            r"\b(?:[gtc]pus?|nvidia|graphics cards?|(?:[avh]100|rtx)s?|compute nodes?|gpu[\s-]hours?)\b|"
            r"\bhardware\b|\bcomputational budgets?\b"
        ),
    ),
    Aspect(
        "programming languages and toolkits",
        cue(
            r"\bprogramming languages?\b|\b(?:deep learning|software|machine learning) (?:frameworks?|librar(?:y|ies)|"
            r"toolkits?)\b|\bwritten in (?:python|java|c\+\+|rust)\b"
        ),
        cue(
            r"(?-i:\b(?:Python|Java|JavaScript|PyTorch|Tensor-?Flow|Keras|DyNet|Theano|JAX|Scala|Rust|MATLAB)\b)|"
            r"\bC\+\+"
        ),
    ),
    Aspect(
        "the languages covered",
        cue(
            r"\b(?:which|what|how many|the|list(?: of)?|other|all) (?:natural |human |different |"
            r"low-resource )*languages\b"
            r"(?! (?:model|technolog|resource|process))|\blanguages (?:are|were|do|does|is) (?:\w+ )?(?:covered|"
            r"studied|"
            r"used|supported|considered)\b"
        ),
        cue(
            rf"(?-i:\b{_TONGUES}\b)|\b(?:\d+|[a-z]+teen|two|three|four|five|six|seven|eight|nine|ten|twenty|thirty|"
            rf"many|"
            r"multiple|several)(?: [\w-]+){0,2} languages\b"
        ),
    ),
    Aspect(
        "the domains covered",
        cue(r"\b(?:which|what|how many) (?:\w+ )?(?:domains?|genres?|text types)\b|\b(?:domains|genres)\b"),
        cue(
            r"\b(?:biomedical|biological|clinical|medical|legal|financial|scientific|educational|news(?:wire)?|"
            r"social[\s-]media|twitter|literary|conversational|web|e-commerce|customer) (?:domains?|texts?|"
            r"literature|data|"
            r"articles?|reviews?|posts?|feedback)\b|\b(?:domains|genres)\b"
        ),
    ),
    Aspect(
        "annotators",
        cue(r"\b(?:annotators?|crowd-?workers?|raters?|coders?)\b"),
        cue(r"\b(?:annotators?|crowd-?workers?|raters?|coders?)\b"),
    ),
    Aspect(
        "how data were annotated",
        cue(
            r"\b(?:was|were|is|are) (?:the )?(?:[\w-]+ )?(?:data|datasets?|corp(?:us|ora)|texts?|sentences|examples|"
            r"labels?)"
            r" (?:annotated|labell?ed)\b|\bwho (?:annotated|labell?ed)\b|\bannotat(?:ion|ed) (?:process|procedure|"
            r"scheme|"
            r"guidelines|effort|quality|protocol)s?\b|\bhow (?:\w+ )?annotations? (?:was|were|is|are)\b|"
            r"\bcrowd-?sourc\w+\b"
        ),
        cue(
            r"\bannotators?\b|\bcrowd-?(?:workers?|sourc\w+)\b|\b(?:manually|hand|human|expert)[\s-]"
            r"(?:annotat|label|cod|correct|creat)\w*|\bannotation (?:scheme|guidelines|process|projects?|effort)s?\b"
        ),
    ),
    Aspect(
        "ethical issues",
        cue(
            r"\bethic(?:s|al)?\b(?: (?:issues?|concerns?|considerations?|questions?|aspects?|implications?|statements?|"
            r"approval))?|\bprivacy(?: (?:issues?|concerns?))?\b|\bsocietal (?:impact|risks?)\b|\bbroader impacts?\b|"
            r"\binformed consent\b"
        ),
        cue(r"\bethic\w*|\bprivacy\b|\binformed consent\b|\bsocietal\b|\bmisus\w+|\bharmful\b"),
    ),
    Aspect(
        "who paid for the research",
        cue(
            r"\bfund(?:s|ed|ing|ers?)\b|\bfinanc(?:e[sd]?|ed|ing|ial support)\b|\bsponsor(?:s|ed|ing|ship)?\b|"
            r"\bgrants?\b|"
            r"\bwho (?:paid|pays|pay|supports|supported) (?:for )?(?:the|this|these|her|his|their|all)\b|"
            r"\bwhom (?:was|were|is|are) [^?.!]{0,40}\bsupported\b|\b(?:work|research) (?:was |is |be )?supported\b|"
            r"\b(?:was|were|is|are) [^?.!]{0,30}\b(?:work|research|papers) supported\b|"
            r"\bsupported by whom\b|\bsource of (?:money|support)\b"
        ),
        cue(
            r"\bfund(?:ed|ing) (?:by|from|agency|body)\b|\bgrants? (?:no\b|number|agreement|from|by|[A-Z0-9-]*\d)|"
            r"\bsponsored by\b|\bfinanc(?:ed by|ial support)|(?-i:\bsupported by (?:the |an? )?[A-Z])"
        ),
    ),
    Aspect(
        "what things cost in money",
        cue(
            r"\bhow much (?:money|did (?:it|they|this|the \w+|training(?: \w+)?|annotat\w+) cost|does (?:it|"
            r"this) cost)\b|"
            r"\bwhat (?:does|did|do) (?:it|they|the \w+|training|annotat\w+)(?: \w+)? cost\b|\b(?:how (?:expensive|"
            r"costly)"
            r"|(?:financial|training|annotation|monetary) costs?|price|dollars|euros)\b|\bcosts? (?:in|of) (?:money|"
            r"dollars|"
            r"euros|training|annotation)\b|\bcosts? (?:are|were|is|was) (?:reported|given|named)\b"
        ),
        cue(r"[€£]\s?\d|\$\d[\d,.]*+(?=[\s);]|$)(?![^$]*\$)|\b\d[\d,.]*\s?(?:usd|eur|dollars?|euros?|cents?)\b"),
    ),
    Aspect(
        "the size of models",
        cue(
            r"\bhow (?:big|large|small|deep) (?:is|are|was|were) (?:the |these |those |their |her |his )?(?:\w+ )?"
            r"(?:models?|networks?)\b|\b(?:sizes? of (?:the |these |those |their )?(?:\w+ )?(?:models?|networks?))\b|"
            r"\b(?:model|network) sizes?\b|\b(?:how many|number of) (?:(?:model|trainable|learnable|network) )?"
            r"(?:parameters|weights|layers)\b"
        ),
        cue(
            r"\b\d[\d.,]*\s*[bmk]?(?:illion|thousand)?[\s-]*(?:[bm]illion )?(?:trainable |model )?"
            r"(?:param(?:eter)?s?|layers?)\b",
            r"\b(?-i:[1-9][\d.]*[BM])\b(?! (?:tokens|words|samples|examples|sentences))",
        ),
    ),
    Aspect(
        "how long training took",
        cue(
            r"\bhow long (?:did|does|do|was|were|is|are) (?:it |the |their |her |his |model |"
            r"this )*(?:\w+ )?(?:train\w*|"
            r"take to train|training|models? (?:take )?(?:to )?train\w*|pre-?train\w*)\b|\b(?:pre-?)?training (?:time|"
            r"duration|hours)s?\b|\bhow (?:many )?(?:hours|days|weeks) (?:of|did|does|were) (?:\w+ ){0,3}train\w*"
        ),
        cue(
            r"\btrain\w*\b[^.]{0,60}\b\d+\s*(?:hours?|hrs?|days?|weeks?|minutes?)\b",
            r"\b\d+\s*(?:hours?|hrs?|days?|weeks?|minutes?)\b[^.]{0,40}\btrain\w*",
        ),
    ),
    Aspect(
        "speed",
        cue(
            r"\bhow (?:fast|slow|quick)\b|\b(?:inference |processing |running )?speed(?:-?ups?)?\b|\brun-?times?\b|"
            r"\blatency\b"
        ),
        cue(r"\b(?:faster|speed(?:s|-?ups?)?|latency|throughput|real[\s-]time|run-?times?|accelerat\w+)\b"),
    ),
    Aspect(
        "the memory needed",
        cue(r"\bhow much (?:\w+ )?(?:memory|ram|vram)\b|\bmemory (?:usage|use|consumption|footprint|requirements?)\b"),
        cue(r"\bmemory (?:usage|use|consumption|footprint|overheads?|costs?|requirements?)\b|\b\d+\s?GB\b"),
    ),
    Aspect(
        "scores",
        cue(r"\bhow (?:accurate|precise|good|well)\b|\b(?:best |highest |reported |top )*scores?\b"),
        cue(
            r"\d\s?(?:\\?%|per ?cent\b|(?:percentage )?points?\b)",
            r"\b(?:F1|accurac(?:y|ies)|BLEU|ROUGE|scores?|AUC)\b[^.]{0,40}\d",
            r"\d\.\d+[^.]{0,15}\b(?:F1|accuracy|BLEU|ROUGE|AUC)\b",
        ),
    ),
    Aspect(
        "participants",
        cue(
            r"\b(?:participants?|volunteers|(?:people|persons|subjects) (?:took part|were (?:surveyed|interviewed|"
            r"asked)))\b"
        ),
        cue(r"\b(?:participants|volunteers|respondents|interviewees)\b"),
    ),
    Aspect("biases", cue(r"\bbias(?:es)?\b"), cue(r"\bbias(?:es|ed)?\b")),
    Aspect("risks", cue(r"\brisks\b|\bdangers\b"), cue(r"\brisks?\b|\bdangers?\b")),
    Aspect(
        "recommendations",
        cue(r"\brecommendations\b|\badvice\b|\bguidelines\b"),
        cue(
            r"\bwe (?:\w+ )?(?:recommend|advise)\b|\brecommendations (?:for|on|to)\b|\bguidelines\b|"
            r"\bcaution is warranted\b"
        ),
    ),
    Aspect("applications", cue(r"\bapplications\b|\buse cases\b"), cue(r"\bapplications?\b|\buse cases?\b")),
    Aspect("theories", cue(r"\btheor(?:y|ies)\b"), cue(r"\btheor(?:y|ies|etical\w*)\b")),
    Aspect(
        "reproducibility",
        cue(r"\breproduc(?:e|ible|ibility|ed)\b|\breplicat(?:e|ed|ion|able|ability)\b"),
        cue(r"\breproduc(?:e|ed|ible|ibility|tion)\b|\breplicat(?:e|ed|ion|able|ability)\b"),
    ),
    Aspect(
        "contributions",
        cue(r"\bcontributions?\b"),
        cue(
            r"\b(?:we|paper|work) (?:\w+ ){0,2}(?:propose|introduce|present|develop|release|contribute|provide)s?\b|"
            r"\bcontributions?\b"
        ),
    ),
    Aspect(
        "the problems addressed",
        cue(r"\b(?:which|what) (?:\w+ )?(?:problems?|questions?|needs?) (?:do|does|did|is|are|was|were)\b"),
        cue(
            r"\b(?:we|paper|work|study) (?:\w+ ){0,2}(?:address|tackle|solve|attack|focus on|alleviate)(?:s|es)?\b|"
            r"\bproblem of\b"
        ),
    ),
    Aspect(
        "ablations",
        cue(r"\bablation(?: (?:stud(?:y|ies)|experiments?|analys[ei]s))?s?\b"),
        cue(r"\bablat\w+"),
    ),
    Aspect(
        "error analyses",
        cue(r"\berror analys[ei]s\b|\b(?:typical|common|frequent) errors\b"),
        cue(r"\berror analys[ei]s\b|\banaly[sz]e (?:the )?errors\b"),
    ),
    Aspect(
        "human evaluation",
        cue(r"\bhuman (?:evaluations?|judg(?:e)?ments?|raters?)\b|\buser stud(?:y|ies)\b"),
        cue(r"\bhuman (?:evaluations?|judg(?:e)?ments?|raters?)\b|\buser stud(?:y|ies)\b"),
    ),
    Aspect(
        "negative results",
        cue(r"\b(?:negative|null) results?\b|\bwhat did(?:n['’]t| not) work\b|\bfailed experiments?\b"),
        cue(
            r"\b(?:negative|null) results?\b|\b(?:no|little|almost no) (?:\w+ )?(?:improvements?|gains?|benefit)\b|"
            r"\b(?:does|do|did) not (?:help|improve|yield|work)\b|\bfails? to\b"
        ),
    ),
    Aspect(
        "statistical significance",
        cue(r"\b(?:statistical(?:ly)? |results? )?significan(?:t|ce)(?: tests?)?\b|\bstatistical tests?\b"),
        cue(r"\bstatistical\w* significan\w+|\bsignificance tests?\b|\bp\s?[<=]\s?0?\.\d"),
    ),
    *(
        Aspect("", asked, said)
        for asked, said in ATTRIBUTES
        if not any(asked.search(word) for word in ("cited", "reviewed", "email", "paid", "grants", "gpus", "doi"))
    ),
)
"""The first that fits counts; those without a name are called as the question calls them."""

_SAYING = """
    acknowledge admit state discuss mention name report list describe give raise address face note identify
    suggest propose announce plan recommend point pose ask formulate make test verify draw reach reveal consider
    cover study examine investigate treat support handle use employ apply rely compare evaluate measure assess
    choose set tune need require run train fine-tune pretrain annotate label remain leave exist arise occur come
    overcome solve tell see share involve contain include show find conclude write code implement develop
    conduct perform do work have be take spend pay cost fund hold took part receive declare disclose collect
    create hire reflect appear recur encounter achieve obtain reach summarize summarise
""".split()


def _forms(verb: str) -> tuple[str, ...]:
    stem = verb.removesuffix("e")
    return verb, f"{verb}s", f"{stem}ed", f"{stem}ing", f"{verb}es"


VERBS_OF_ASPECTS = frozenset(form for verb in _SAYING for form in _forms(verb))
FRAME_OF_ASPECTS = VERBS_OF_ASPECTS | frozenset(
    """
    against out up by own common typical usual major key main central biggest largest current existing still
    left explicitly openly overall altogether general generally far together across throughout exactly sometimes
    often usually mostly ever models model systems system methods method approaches experiments experiment data
    datasets dataset evaluation research results result work works science field papers' author's authors'
    they're issues issue concerns considerations made run taken set written found shown drawn done paid spent
    chosen said seen given studied tried tuned planned applied relied identified sentences texts text library
    collection publications abstracts articles high low good hers someone anyone somebody ones different various
    natural human time times kind types type most frequent frequently
    """.split()
)
"""What a question may say beside an aspect and still ask for no more than it."""

DETERMINER = cue(r"^\W*(?:the|an?|any|some|all|his|her|their|such)\s+")
_KNOWN_PAPERS = r"(?:the|those|these|all|his|her|their|your|which|what|any|some|most)"
_OF_A_TOPIC = r"(?!(?:of|the|in|on|from|for|by|to|and|do|does|did|are|is|were|was|have|has)\b)[\w'’-]+"
PAPERS_ON = cue(
    r"\b(?:papers|publications|articles|studies|works?|research)\s+"
    r"(?:(?:that|which) (?:is|are|was|were|deals?) )?(?:on|about|in|for|with|regarding|concerning|dealing with|"
    r"related to|around)\s+(?P<behind>[^?.!,;:]+)",
    rf"\b{_KNOWN_PAPERS}\s+(?P<before>{_OF_A_TOPIC}(?:\s+{_OF_A_TOPIC}){{0,3}}?)\s+(?:papers|publications|articles|"
    r"studies|work)\b",
)
"""Papers on a topic of which something is asked: ``limitations of the papers on ...``."""

ON_THE_ASPECT = cue(
    r"\b(?:about|on|regarding|concerning|dealing with|deals? with|address\w*|focus\w* on|related to|topic of|treats?|"
    r"propos\w*|introduc\w*|present\w*|develop\w*|new)\s+(?:the |an? |any )?(?:[\w-]+ ){0,1}$"
)
"""What stands before an aspect that is the topic of papers, and no property of theirs."""

# Where papers came out.

_OUT = r"(?:publish(?:ed|es|ing)?|appear(?:s|ed|ing)?|present(?:ed|s|ing)?|accepted|printed|c[ao]me out)"
NAMES_A_VENUE = cue(
    rf"\b{_OUT} (?:anything |papers |work |something )?(?:at|in|by|with) (?:(?:the|an?|any) )?"
    r"(?:conference |journal |workshop |proceedings of )?(?:the )?(?P<published>(?-i:[A-Z])[^?.!,;]*)",
    rf"\b{_PAPERS} (?:is |are |was |were )?(?:at|in|from) (?:the )?(?:conference |journal |proceedings of )?(?:the )?"
    r"(?P<at>(?-i:[A-Z][\w-]*[A-Z][\w-]*)\b)",
    r"\b(?P<before>(?-i:[A-Z][\w-]*[A-Z]+)s?) (?:papers|publications)\b",
    rf"\b{_PAPERS} (?:is |are |was |were )?(?:at|in|from) (?:the )?(?P<findings>(?-i:Findings)(?: of [^?.!,;]*)?)",
    r"\b(?:conference|journal|workshop) (?:called |named )?(?P<called>(?-i:[A-Z])[^?.!,;]*)",
)
ONE_VENUE_OR_ANOTHER = cue(
    r"\b(?:compar\w+|versus|vs|than|prefers?|preferred)\b|\b(?:more|most|fewer|less|oftener|rather)\b.*\bor\b|"
    r"\bor\b.*\b(?:more|more often|most)\b|\bhow many\b.*\band (?:how many )?(?:at|in)\b"
)
ASKS_WHICH_VENUES = cue(
    r"\b(?:which|what|where|list|name) (?:the |all |all the )?(?:\w+ )?"
    r"(?:venues?|journals?|conferences?|workshops?|magazines?|outlets?)\b(?! (?:papers?|articles?|publications?)\b)"
)
AFTER_A_VENUE = cue(
    r"(?:\s+(?:in|of|on|from|since|before|after|until|till|between|during|and|or|at|by|the|so far|here|please|"
    r"conference|journal|workshop))+\s*$"
)
OF_VENUES = cue(
    r"\b(?:venues?|journals?|conferences?|workshops?|proceedings|magazines?|outlets)\b",
    rf"\bwhere (?:do|does|did|has|have|is|are|was|were) (?:the )?(?:[\w'’-]+ ){{1,3}}?"
    rf"(?:mostly |usually |often |normally )?{_OUT}\b",
)
KINDS_OF_VENUE = {
    "journal": ("article", cue(r"\b(?:journals?|magazines?|periodicals?)\b")),
    "conference": ("inproceedings", cue(r"\b(?:conferences?|workshops?|proceedings)\b")),
}
"""How a record of each kind is marked, and how it is asked for."""
FRAME_OF_VENUES = FRAME_OF_ASPECTS | frozenset(
    """venue venues journal journals conference conferences workshop workshops proceedings magazine magazines outlet
    outlets publish publishes publishing appear appears appeared appearing present presents presented presenting
    accepted printed submit submits submitted usually normally prefer prefers preferred come came most mostly versus vs
    compared rather represented represent""".split()
)
