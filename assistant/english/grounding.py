"""The English by which sentences deny, compare, measure and hedge: what a claim must share with its passage."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from assistant.english.cues import cue
from assistant.words import stem

# ---- numbers

_UNITS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
CARDINALS: Mapping[str, float] = {
    **{word: float(value) for value, word in enumerate(_UNITS.split())},
    **{word: 10.0 * (place + 2) for place, word in enumerate(_TENS.split())},
}
MULTIPLES: Mapping[str, float] = {"dozen": 12.0, "twice": 2.0, "double": 2.0, "triple": 3.0, "thrice": 3.0}
FRACTIONS: Mapping[str, float] = {"half": 2.0, "third": 3.0, "thirds": 3.0, "quarter": 4.0, "quarters": 4.0}
"""Parts of a whole, as what the whole is divided by."""
SCALES: Mapping[str, float] = {
    "hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12, "bn": 1e9, "k": 1e3, "m": 1e6,
    "b": 1e9,
}  # fmt: skip
_CARDINAL = rf"(?:{'|'.join(CARDINALS)})"
CARDINAL = cue(
    rf"(?<![\w-]){_CARDINAL}(?:(?:[ -]|(?<=hundred) and |(?<=thousand) and )"
    rf"(?:{_CARDINAL}|hundred|thousand|million)(?![\w])){{0,8}}(?![\w])"
)
"""Numbers in words; scales behind a figure or at the end are read with its unit."""
MULTIPLE = cue(rf"(?<![\w-])(?:{'|'.join(MULTIPLES)})(?!\w)")
LEADING_UNITS: Mapping[str, str] = {"$": "dollar", "€": "euro", "£": "pound", "¥": "yen"}
UNITS: Mapping[str, str] = {
    form: name
    for name, forms in {
        "percent": "% percent",
        "percentage point": "pp",
        "point": "point points pt pts",
        "times": "x × times fold",
        "millisecond": "ms msec millisecond milliseconds",
        "second": "s sec secs second seconds",
        "minute": "min mins minute minutes",
        "hour": "h hr hrs hour hours",
        "day": "day days",
        "week": "week weeks wk wks",
        "month": "month months",
        "year": "year years yr yrs",
        "decade": "decade decades",
        "microgram": "µg μg mcg microgram micrograms",
        "milligram": "mg milligram milligrams",
        "gram": "g gram grams",
        "kilogram": "kg kilogram kilograms",
        "nanometre": "nm nanometer nanometers nanometre nanometres",
        "micrometre": "µm μm micrometer micrometers micron microns",
        "millimetre": "mm mmhg millimeter millimeters millimetre millimetres",
        "centimetre": "cm centimeter centimeters centimetre centimetres",
        "metre": "meter meters metre metres",
        "kilometre": "km kilometer kilometers kilometre kilometres",
        "kilobyte": "kb kilobyte kilobytes",
        "megabyte": "mb megabyte megabytes",
        "gigabyte": "gb gigabyte gigabytes",
        "terabyte": "tb terabyte terabytes",
        "dollar": "usd dollar dollars",
        "euro": "eur euro euros",
        "pound": "gbp pound pounds",
    }.items()
    for form in forms.split()
}
"""How units are written, in lower case, and what each is."""
SCORE = cue(
    r"\b(?:accura\w+|f-?1|f-?scores?|f-?measures?|scores?|precision|recall|auc|auroc|bleu|rouge\S*|map|mrr|exact match|"
    r"em|las|uas|sensitivity|specificity|correlation|agreement|kappa)\b"
)
"""Measures whose percent sign is often left out."""
RATIO = cue(r"\b(?:ratios?|odds|hazards?|relative risks?|or|hr|rr|fold|factor|times)\b")
"""Measures that say how many times as much one thing is as another."""
ABSOLUTE = cue(r"\b(?:absolute|percentage points?)\b")
ABOUT = cue(
    r"\b(?:about|around|approximately|approx\.?|roughly|some|circa|ca\.?|close to|nearly|almost|just over|just under|"
    r"an estimated|estimated at|on the order of)\s*$",
    r"[~≈]\s*$",
)
MORE_THAN = cue(
    r"\b(?:over|more than|above|at least|exceed\w*|upwards of|greater than|beyond|surpass\w*|no (?:less|"
    r"fewer) than)\s*$",
    r"[>≥]\s*$",
)
LESS_THAN = cue(
    r"\b(?:under|below|less than|fewer than|at most|up to|not quite|no more than|lower than|within)\s*$",
    r"[<≤]\s*$",
)
ORDINALS: Mapping[str, float] = {
    word: float(place)
    for place, word in enumerate("first second third fourth fifth sixth seventh eighth ninth tenth".split(), start=1)
}
RANKED = cue(
    rf"\b(?P<ordinal>{'|'.join(ORDINALS)})[- ](?:(?:best|highest|largest|most)[- ])?"
    r"(?:place|rank(?:ed|ing)?|position|prize)\b"
)
"""Ordinals that say a rank; others only tell one thing from the next."""
COUNTED_PAIR = cue(r"\b(?:both|pairs?|twin|either|bi(?:lingual|nary))\b")
JOINS_NUMBERS = cue(r"\s*(?:-|–|—|−|/|to|and|or|,\s*and|,\s*or|±|vs\.?|versus)\s*$")

# ---- names

GREEK: Mapping[str, tuple[str, str]] = {
    letter: (name, latin)
    for letter, name, latin in zip(
        "αβγδεζηθικλμνξοπρστυφχψω",
        "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma tau upsilon phi "
        "chi psi omega".split(),
        "abgdezhqiklmnxoprstufcyw",
        strict=True,
    )
}
"""Greek letters: their names, and the Latin letters that are written for them."""
ACRONYM_LINKS = frozenset("of the and for in on to with a an by from".split())
UNNAMED = frozenset(
    """i we he she it they the a an in on of as to and or but both first second third finally however moreover overall
    roman january february march april may june july august september october november december monday tuesday wednesday
    thursday friday saturday sunday internet web hg""".split()
)
"""Capitalised words that name nothing of a paper's."""

MADE_OF_WORDS = cue(
    r"(?:non|sub|de|dys|hyper|hypo|post|pre|anti|over|under|un|re|mis|co|multi|inter|intra|trans|pro)[a-z]{4,}"
    r"|[a-z]{3,}(?:tion|sion|ment|ness|ity|ism|ical|ous|ive|able|ible|ization|isation|tic|omic|emic)"
)
"""Words that English makes of others, and no names."""

# ---- what a sentence denies

DENIALS = frozenset("no not never none neither nor cannot without nothing nobody nowhere hardly barely rarely seldom "
                    "scarcely non".split())  # fmt: skip
"""Words that deny what follows them."""
DENYING_VERBS = frozenset(
    stem(word)
    for word in """fail fails failed failing failure lack lacks lacked lacking unable absence absent refute refutes deny
    impossible inability insufficient avoid avoids avoiding ignore ignores ignored exclude excludes excluded
    neglect forgo forgoes forgoing eliminate eliminates circumvent circumvents dispense obviate obviates""".split()
)
"""Words that deny it by their meaning."""
NO_DENIAL = cue(
    r"\b(?:need|needs) not\b",
    r"\bnot (?:enough|only|just|merely|simply)\b",
    r"\bno (?:less|fewer|more) than\b",
    r"\bwhether or not\b",
    r"\bno\. ?\d",
)
HALF_DENIAL = cue(r"\bnot (?:always|necessarily|all|every)\b")
"""What denies that it is so of all, and nothing of what follows."""
WEAK_DENIALS = frozenset(
    stem(word)
    for word in """only little few limited difficult hard challenging challenge problem issue despite although however
    prevent prevents reduce reduces independent independently instead rather beyond unlike missing unknown unclear
    ineffective inconsistent insignificant unsupervised unlabeled unlabelled unseen free remove removes eliminate
    eliminates insensitive fewer less lower poor poorly unavailable scarce under-resourced unaffected unchanged
    cautious except apart unlikely ill negative negatively small limited""".split()
)
"""Words in which a sentence may say, without denying it, what another denies."""
EXCLUSIVE = frozenset("only solely exclusively sole first best always never".split())
"""Words that nobody puts into a copy without saying more than it does."""
_MAKES = (
    r"(?:offer|provide|present|introduce|propose|develop|build|built|release|report|publish|conduct|perform|describe|"
    r"give)(?:s|es|d|ed)?"
)
_SUPERLATIVE = (
    r"\b(?:best|better|state[- ]of[- ]the[- ]art|sota|most|least|top|optim\w*|superior\w*|outperform\w*|surpass\w*|"
    r"exceed\w*|beats?|win\w*|won|rank\w*|first|1st|lead\w*|max\w*|min\w*|record|than|up to|unprecedented|unparalleled|"
    r"(?:high|low|larg|small|great|fast|strong|weak|cheap|big|long|short|hard|simpl|few|broad|wid|deep|new|old|rich)"
    r"\w{0,2}est)\b"
)
STRONG_WORDS = (
    (
        cue(
            r"(?<![\w-])(?:every|always|entirely|completely|fully|universally|everywhere)(?![\w-])",
            r"(?<!are )(?<!were )(?<![\w-])all(?![\w-])",
        ),
        cue(
            r"\b(?:every\w*|all|any|always|each|entire\w*|complete\w*|full\w*|universal\w*|general\w*|consistent\w*|no|"
            r"whole|both|across|regardless|whatever|wide\w*|various|without|nearly|overall|total|throughout|never)\b"
        ),
    ),
    (
        cue(
            r"(?<!not )(?<!the )\bonly\b(?! (?:if|when|after|once|by|about|around|an?|few|some|\d+|one|two|three|half|"
            r"borderline|slight\w*|marginal\w*|modest\w*|weak\w*|partial\w*|minor|limited|moderate\w*)\b)",
            r"\bthe only\b|\b(?:solely|exclusively|sole)\b",
        ),
        cue(
            r"\b(?:only|sole\w*|singl\w*|exclusiv\w*|uniqu\w*|alone|just|mere\w*|pure\w*|except|restrict\w*|limit\w*|"
            r"without|no|not|never|none|cannot|neither|few|little|rare\w*|hardly|scarce\w*|lack\w*|nothing|one|1|unlike|"
            r"whereas|absen\w*|insufficient\w*)\b"
        ),
    ),
    (
        cue(
            rf"\b(?:is|are|was|were|be|as|become|became|{_MAKES}) (?:\w+ ){{0,2}}the (?:very )?first "
            r"(?!(?:step|stage|phase|part|author|two|three|half|of (?:these|those|them|the)|one)\b)",
            r"\bfirst (?:to|ever|of its kind)\b|\bfor the first time\b|\bfirst-(?:ever|of-its-kind)\b",
        ),
        cue(
            r"\b(?:first\w*|pioneer\w*|previous\w*|prior|never|yet|hitherto|unprecedented|initial\w*|earliest|"
            r"un(?:explored|studied)|under-?(?:explored|studied)|lack\w*|no (?:other|such|existing|published|work)|"
            r"not been|unknown|only|sole|unique\w*|(?:our|their) knowledge|preliminary)\b"
        ),
    ),
    (
        cue(
            r"(?<!at )\bbest\b(?! (?:when|if|with|for|known|practice|suited|described|understood|guess))",
            r"\bstate[- ]of[- ]the[- ]art\b|\b(?:unmatched|unrivall?ed|unbeaten|unsurpassed|optimal)\b",
        ),
        cue(_SUPERLATIVE),
    ),
    (
        cue(
            r"\bthe (?:highest|lowest|largest|smallest|greatest|fastest|strongest|weakest|cheapest|biggest)\b",
            r"\bthe most [a-z]+(?:ive|ant|ent|ful|ed|al|ate|ous|able|ible|ical|ular|ex)\b",
        ),
        cue(
            _SUPERLATIVE,
            r"\b(?:strong\w*|major|main|key|central|primary|extensive\w*|dominat\w*|significant\w*|critical\w*|essential\w*|"
            r"crucial\w*|very|extreme\w*|highly)\b",
        ),
    ),
    (
        cue(r"\b(?:because|since|due to|owing to|thanks to|caus(?:es?|ed)|as a result of)\b"),
        cue(
            r"\b(?:because|since|due|owing|thanks|caus\w+|as|therefore|thus|hence|lead\w*|led|result\w* (?:in|from)|"
            r"so|for|"
            r"induc\w*|explain\w*|reason\w*|motivat\w*|given|contribut\w*|attribut\w*|by|through|with|however|make|"
            r"makes|"
            r"problem\w*|challeng\w*|difficult\w*|lack\w*|but|which|who|from|without|require\w*)\b"
        ),
    ),
    (
        cue(r"\b(?:proves?|proved|proven|guarantees?|guaranteed)\b"),
        cue(r"\b(?:prov(?:es?|ed|en|ing|ably|able)|proofs?|guarante\w*|theorem\w*|ensur\w*|verif\w*)\b"),
    ),
)
"""What a claim may say only where a sentence near to it says as much: that it is so of all, that it is alone, first or
best in it, why, and for certain."""
CLAUSE_BREAK = cue(
    r"[,;:()—–]\s|\s-\s|\b(?:but|however|although|though|while|whereas|because|since|which|who|when|if|"
    r"unless|yet|and)\b"
)
CLAUSE_ENDS = frozenset(
    "but however although though while whereas because since which who when if unless until yet so then hence".split()
)

# ---- opposite directions

_PAIRS = (
    (
        """increase increases increased increasing raise raises raised rise rises rising rose grow grows grew growth
        gain
        gains improvement improvements higher more greater elevate elevated elevates boost boosts boosted upregulate
        upregulated upregulates""",
        """loss losses decrease decreases decreased decreasing reduce reduces reduced reduction reductions lower lowers
        lowered decline declines declined drop drops dropped fall falls fell less fewer diminish diminished diminishes
        downregulate downregulated downregulates lessen attenuate attenuates attenuated""",
    ),
    (
        "improve improves improved improving improvement improvements better benefit benefits benefited beneficial "
        "help "
        "helps helped helpful aid aids",
        "worsen worsens worsened degrade degrades degraded degradation deteriorate deteriorates hurt hurts harm harms "
        "harmful worse impair impairs impaired damage damages detrimental",
    ),
    (
        "outperform outperforms outperformed surpass surpasses surpassed exceed exceeds exceeded beat beats superior",
        "underperform underperforms underperformed inferior lag lags",
    ),
    ("best top highest largest most strongest longest greatest", "worst lowest smallest least weakest fewest shortest"),
    ("faster quicker", "slower"),
    (
        "alleviate alleviates alleviated mitigate mitigates mitigated relieve relieves ease eases",
        "aggravate aggravates aggravated exacerbate exacerbates exacerbated",
    ),
    ("larger bigger", "smaller"),
    ("longer lengthier", "shorter briefer"),
    ("older", "younger"),
    ("cheap cheaper inexpensive", "expensive costly"),
    ("strong stronger strongly", "weak weaker weakly"),
    ("easy easier easily simple simpler", "difficult hard harder complex complicated"),
    ("high", "low"),
    ("positive positively", "negative negatively"),
    ("always", "never sometimes rarely seldom"),
    ("agree agrees consistent consistently", "disagree disagrees inconsistent inconsistently contradict contradicts"),
    ("succeed succeeds successful successfully", "fail fails failed unsuccessful unsuccessfully"),
    ("include includes included", "exclude excludes excluded"),
    ("accept accepts accepted confirm confirms confirmed", "reject rejects rejected refute refutes refuted"),
    (
        "promote promotes promoted activate activates activated activation stimulate stimulates induce induces enhance "
        "enhances enhanced",
        "inhibit inhibits inhibited inhibition suppress suppresses suppressed suppression block blocks blocked prevent "
        "prevents prevented hinder hinders hindered",
    ),
    ("sufficient adequate", "insufficient inadequate"),
    ("necessary required essential", "unnecessary optional redundant"),
    ("possible feasible", "impossible infeasible"),
    ("public publicly", "private privately"),
    ("manual manually", "automatic automatically"),
    ("presence present", "absence absent"),
    ("majority", "minority"),
    ("robust", "fragile brittle sensitive"),
    ("supervised", "unsupervised"),
    ("labeled labelled annotated", "unlabeled unlabelled unannotated"),
    ("known", "unknown"),
    ("dependent", "independent"),
    ("homogeneous", "heterogeneous"),
    ("sparse", "dense"),
    ("global globally", "local locally"),
    ("effective", "ineffective"),
    ("significant significantly", "insignificant insignificantly negligible"),
)
"""Words and their opposites, where what is said of one is not said of the other."""


_EXCHANGED_PAIRS = (
    ("large big", "small little"),
    ("advantage advantages", "disadvantage disadvantages"),
    ("many several numerous", "few"),
    ("same similar alike", "different"),
    ("first", "last"),
    ("before", "after"),
    ("early earlier", "late later"),
    ("all every", "some few"),
    ("upper", "lower"),
    ("long", "short"),
    ("single", "multiple"),
    ("male men", "female women"),
    ("above", "below"),
    ("minimum minimal", "maximum maximal"),
    ("abstract", "concrete"),
    ("rural", "urban"),
    ("acute", "chronic"),
)
"""Opposites that many a sentence says of different things: they tell only where all beside them is the same."""


def _opposites(pairs: Iterable[tuple[str, str]]) -> dict[str, tuple[frozenset[str], frozenset[str]]]:
    """Each word's group and the opposite one, as stems."""
    table: dict[str, tuple[frozenset[str], frozenset[str]]] = {}
    for pair in pairs:
        one, other = (frozenset(stem(word) for word in words.split()) for words in pair)
        for own, against in ((one, other), (other, one)):
            for word in own:
                same, opposite = table.get(word, (frozenset(), frozenset()))
                table[word] = (same | own, opposite | against)
    return table


OPPOSITES = _opposites(_PAIRS)
EXCHANGED = _opposites(_PAIRS + _EXCHANGED_PAIRS)
INTERCHANGED = frozenset(
    stem(word)
    for word in """examine explore investigate analyze analyse assess evaluate inspect surpass exceed beat outperform
    yield attain reach obtain gain employ utilize leverage exploit adopt apply construct build create develop devise
    design compile collect gather assemble release publish provide offer deliver supply contain comprise consist include
    cover tackle address handle alleviate mitigate ameliorate lessen enable allow permit facilitate help ease
    demonstrate
    reveal indicate suggest illustrate highlight confirm establish conclude argue note remark observe report state claim
    multiple several various numerous many diverse substantial substantially considerable considerably marked markedly
    notable notably remarkable remarkably crucial vital essential important key major main primary central current
    recent existing prior previous earlier novel new innovative original technique approach method strategy scheme
    procedure effective efficient useful valuable beneficial promising strong robust good simple straightforward easy
    people individuals persons participants subjects patients""".split()
)
"""Words that writers put for one another, whatever they write about."""

COMPARES = cue(
    r"\b(?:both|while|whilst|whereas|unlike|compared|comparison|contrast(?:ing|s)?|than|respectively|similar(?:ly)?|"
    r"differ\w*|likewise|each|neither|as well as|(?:two|three) (?:papers|works|studies)|these (?:papers|"
    r"works|studies))\b"
)
"""How a claim says something of two papers at once."""
_LEAD_IN = r"\W*(?:[a-z]+,\s)?"
_WORK = r"(?:papers?|works?|stud(?:y|ies)|articles?|authors?|survey|report|publication|abstract|researchers|team)"
SAYS_WHO = cue(
    rf"{_LEAD_IN}(?:(?:in|for|as (?:[a-z]+ ){{1,2}}(?:in|by))\s)?(?:according to\s)?"
    r"(?:(?:the|their|his|her|that|another)\s)?"
    rf"(?:[\w-]+\s){{0,2}}{_WORK}\s(?:(?:on|of|about|behind|titled|entitled|introducing|presenting|called|named|for|by|"
    r"(?:that|which) (?:introduce|present|propose)s?)\s)?(?:the\s)?\W{0,3}",
    rf"{_LEAD_IN}(?:according to|as (?:[a-z]+ ){{1,2}}(?:in|by))\s(?:the\s)?\W{{0,3}}",
)
"""What stands at the head of a sentence before the name of the paper that says it."""
OPENS = cue(rf"{_LEAD_IN}(?:in\s)?(?:the\s)?\W{{0,3}}")
"""What stands before a name with which a sentence opens."""
SAYS_SO = cue(
    rf"[\"”’*']{{0,3}}(?:['’]s)?\s(?:{_WORK}|(?:\(?\d{{4}}\)?\s)?(?:\w+ly\s)?"
    r"(?:report|find|found|show|argue|claim|conclude|observe|state)(?:s|ed)?)\b"
)
"""What stands behind the name of the paper that says it."""
SPEAKERS: Mapping[str, str] = {"we": "authors", "our": "their", "us": "them", "ours": "theirs", "this": "the"}
"""How others speak of those who write "we"."""
COMPARATIVE = cue(
    r"\b(?P<more>outperform\w*|surpass\w*|exceed\w*|beats?|more than|(?:better|higher|superior|greater|larger|faster|"
    r"stronger|longer|more [a-z-]+)\s(?:[a-z]+\s){0,3}?(?:than|to))\b",
    r"\b(?P<less>underperform\w*|(?:worse|lower|inferior|smaller|slower|weaker|shorter|less [a-z-]+|fewer)\s"
    r"(?:[a-z]+\s){0,3}?(?:than|to))\b",
)
SIZES = frozenset(stem(word) for word in "larger smaller longer shorter faster slower".split())
STANDS_FOR_ANOTHER = cue(r"^\s*(?:it|them|this|that|these|those|all|both|each|ones?)\b")
PASSIVE_BEFORE = cue(r"\b(?:is|are|was|were|be|been|being)\s+(?:\w+ly\s+)?$")
PASSIVE_AFTER = cue(r"^\s+(?:\w+ly\s+)?by\b")

# ---- sentences that state nothing, and those that lean on the one before

STATES_NOTHING = frozenset(
    """answer answers based below briefly brief detail details discussed following follows glance here hope helps
    information key let know note overview passage passages point points provided question questions relevant short
    source sources summary summarise summarize sum conclusion overall evidence takeaway takeaways finding findings main
    highlight highlights above listed list example examples compare compared comparison comparing differ difference
    differences similarity similarities side respectively first second third finally additionally moreover furthermore
    contrast turn""".split()
)
"""Content words of sentences that only lead from one to the next: "Here is a summary of the key points:"."""
LEANING = cue(
    r"^\W*(?:(?:in addition|also|moreover|furthermore|additionally|however|finally|overall|here|there),?\s+)?"
    r"(?:it|its|they|their|this|that|these|those|the (?:model|method|system|approach|dataset|corpus|framework|paper|"
    r"study|work|authors?|latter|former|tool|resource|benchmark|algorithm|architecture))\b"
)


def pattern_of(words: Iterable[str]) -> str:
    """Alternatives of a regular expression, longest first."""
    return "|".join(sorted(words, key=len, reverse=True))


PLAIN_PARTS = frozenset(
    """based style like level free aware specific wise driven trained only related type derived inspired oriented scale
    shot fold layer step stage time end to in of and art the state pre post non multi cross inter intra sub semi self co
    re anti long short high low large small well most less more first second third two three four one per
    pair""".split()
)
"""Parts of a hyphened word that need not be the passage's."""
LISTS = cue(r",|\band\b|\bor\b")
