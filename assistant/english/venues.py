"""English that names of conferences and journals are put in, and that asks for papers by where they came out."""

from __future__ import annotations

import re

from assistant.english.cues import cue

LITTLE_WORDS = frozenset("a an and at for from in of on or the to with".split())
BEFORE_THE_NAME = frozenset(
    """proceedings annual meeting conference conferences international joint workshop symposium advances ieee acm cvf
    first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth
    main journal""".split()
)
"""What leads to a venue's name and may be a part of it."""
PROCEEDINGS = cue(r"^\W*(?:companion volume to the )?proceedings of (?:the )?(?!.*\bacademy\b)")
BETWEEN_NAMES = cue(r"[,:;()\[\]–—]+|\band (?:the )?(?=\d+(?:st|nd|rd|th)\b|conference\b)")
JOINT = cue(r"\bjoint (?:conference|workshop|symposium)\b")
AND = cue(r"\s+and\s+")
VOLUME = cue(r"[\s,:(–-]*\b(?:volume|vol\.|part|issue|number|no\.)\s*\d.*$| of the united states(?: of america)?$")
OF_A_TOPIC = cue(r"\b(?:conference|workshop|symposium|meeting) (?:on|for|in)\b")
PART_OF_ANOTHER = cue(r"(?:\b(?:chapter|transactions|findings|journal|bulletin) of (?:the )?|\bat (?:the )?|@\s*)$")
BEFORE_AN_ACRONYM = cue(r"[(\[:,/-]\s*$|\band (?:the )?$|\b(?:meeting|conference) of (?:the )?$|\b\d+(?:st|nd|rd|th) $")
WORKSHOP_AFTER = cue(r"[\s'’-]*\d{2,4}\s+(?:student (?:research )?|joint |interactive )*workshop\b|\s+student\b")
FINDINGS = cue(r"^\W*findings(?: of)?(?: the)?\b[\s:]*")
WORKSHOP = cue(r"\bworkshops?\b")

_YEAR = r"(?:(?:\s+|-|['’]|\s*['’]|)(?:(?P<year>(?:19|20)\d\d)|(?<=['’-])(?P<short>\d\d))(?![\d-]*\d))?"
_OUT = r"(?:(?:been |be |was |were |is |are )?(?:publish(?:ed|es|ing)?|appear(?:s|ed|ing)?|present(?:ed|s|ing)?|"
_OUT += r"accepted|printed|c[ao]me out))"
_WORKS = r"(?:papers?|publications?|articles?|works?|(?-i:ones?))"
_SERIES = r"(?:(?:the )?(?:conference|journal|proceedings|magazine)(?: of| on| called)? (?:the )?)?"
ACRONYM = r"(?-i:[A-Z][A-Za-z]*[A-Z][A-Za-z]*(?:[-/][A-Z][A-Za-z]*[A-Z][A-Za-z]*)*)"
_CAPITALIZED = r"(?-i:[A-Z][\w'’]*\.?)(?:(?: (?:of|the|and|in|for|on|&))*[ -](?-i:[A-Z])[\w'’]*\.?)*"
AND_ANOTHER = r"\x00\s*(?:,|/|,?\s*\band\b|,?\s*\bor\b|&)\s+(?:(?:at|in|from) )?(?:the )?"
"""What stands between a venue that was read and one more."""
AT_AN_ACRONYM = cue(
    rf"(?:\b(?:{_OUT} )?(?:at|in|from|to) (?:the )?{_SERIES}|{AND_ANOTHER})(?P<venue>{ACRONYM}){_YEAR}(?![\w-])"
)
OF_AN_ACRONYM = cue(rf"(?<![\w-])(?P<venue>{ACRONYM}){_YEAR}(?= (?:main conference |conference )?{_WORKS}\b)")
AT_A_SMALL_ACRONYM = cue(rf"\b(?:(?:{_OUT} )?at (?:the )?|{_OUT} in )(?P<venue>[a-z]{{3,9}}){_YEAR}(?![\w-]| of\b)")
OF_A_SMALL_ACRONYM = cue(rf"(?<![\w-])(?P<venue>[a-z]{{4,9}}){_YEAR}(?= {_WORKS}\b)")
IN_A_NAME = cue(
    rf"(?:\b(?:{_OUT} )?(?:at|in|from|to) (?:the )?{_SERIES}|{AND_ANOTHER})(?P<venue>{_CAPITALIZED}){_YEAR}"
)
PUBLISHED_IN_A_NAME = cue(rf"\b{_OUT} (?:in|at|by) (?:the )?{_SERIES}(?P<venue>[^?!;:\x00\d]+)")
OF_WORKSHOPS = cue(rf"\b(?P<venue>workshop) {_WORKS}\b|\b(?:at|in) (?:a |any )?(?P<venue2>workshops?)\b(?! on\b)")
OF_WORKS = cue(rf"\b{_WORKS}\b|\b{_OUT}\b")
END_OF_A_NAME = re.compile(r"[\s,.]*\S+$")
AFTER_A_NAME = cue(
    r"(?:[\s,.]+(?:a|an|and|at|for|from|in|of|on|or|the|to|with|since|before|after|until|between))*[\s,.'’-]*$"
)
WHICH_PAPERS = cue(
    r"^\W*(?:(?:so|and|please|ok)\W+)*"
    r"(?:which|what|(?:is|are|was|were) there|(?:did|does|do|has|have) [\w'’ ]{2,30}?)"
    rf"\s+(?:(?:a|an|any|one|some|other|of|the|his|her|their|these|\w+) ){{0,3}}{_WORKS}\b"
)
"""Which papers came out there, be it one: ``Is there a paper at ...?``"""
