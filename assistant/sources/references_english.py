"""The words by which written references and lists of publications show what they are made of.

English for the most part, with the headings and joining words of other languages that pages of publications use.
"""

from __future__ import annotations

import re

from assistant.english.cues import cue

VENUE_START = re.compile(
    r"(?:In:?\s|(?:The\s|\d{4}\s|\d{1,3}(?:st|nd|rd|th)\s|(?:European|Asian|American|British|Chinese|German|"
    r"IEEE(?:/\w+)?|ACM|AAAI|USENIX|International|Intl?\.?|National|Annual)\s){0,4}"
    r"(?:Journal|J\.|Proceedings|Proc\.?|Transactions|Trans\.|Conference|Conf\.|Symposium|Symp\.|Workshop|Congress|"
    r"Annals|Ann\.|Annual Review|Bulletin|Bull\.|Letters|Quarterly|Advances in|Lecture Notes|Frontiers in|"
    r"(?i:(?:ar|\w{3,5}r)xiv)\b|CoRR\b|SSRN\b|OSF\b|"
    r"Technical [Rr]eport|Tech\. [Rr]ep|Working [Pp]aper|Discussion [Pp]aper|Preprint|Unpublished|Submitted|"
    r"Under review|To appear|Forthcoming|Accepted|In press|"
    r"(?:Ph\.?\s?D\.?|Master(?:['’]s)?|Doctoral|Bachelor(?:['’]s)?|M\.?Sc\.?|Diploma|Habilitation)\s"
    r"(?:[Tt]hesis|[Dd]issertation)|Doctoral|Dissertation|Thesis))"
)
"""How the name of a journal, of proceedings or of a series begins."""
VENUE_WORD = cue(
    r"\b(?:journal|proceedings|proc\.|transactions|trans\.|conference|conf\.|symposium|workshop|congress|letters|"
    r"review|reviews|quarterly|bulletin|annals|magazine|zeitschrift|revue|revista|archives?)(?!\w)"
)
"""What stands in the name of a journal or of proceedings, and seldom in a title."""
PROCEEDINGS = cue(r"\b(?:proceedings|proc\.|conference|conf\.|workshop|symposium|congress)(?!\w)", r"^in:?\s")
PREPRINT = cue(r"\b(?:arxiv|\w{2,5}rxiv|corr|ssrn|osf|preprint|working paper)\b")
THESIS = cue(r"\b(?:ph\.?\s?d\.?|doctoral|doctorate)\s(?:thesis|dissertation)")
MASTERS_THESIS = cue(r"\b(?:master(?:['’]s)?|m\.?\s?sc\.?|m\.?a\.?)\s(?:thesis|dissertation)")
REPORT = cue(r"\b(?:technical|research|tech\.)\s(?:report|rep\.)")
VENUE_END = re.compile(
    r",?\s+(?:[Vv]ol(?:ume|\.)?|[Nn]o\.|[Nn]umber|[Ii]ssue|pp?\.|[Pp]ages?|[Aa]rt(?:icle)?\.?\s(?:no|id|\d)|[Aa]rticle)"
    r"(?![^\W\d_])|[,.;:]?\s+\(?\d+(?!\d*(?:st|nd|rd|th)\b)(?=[\s(),.;:–-]|$)|\s*[(\[]|;"
    r"|[,.]\s+(?:https?:|doi\b|DOI\b|arXiv:)"
)
"""Where the name of a journal ends and its volume, pages, place or identifiers begin."""
BARE_VOLUME = re.compile(
    r"[^\W\d_][^,;:\d]{0,80}?,?\s(?:[Vv]ol\.?\s?)?\d{1,4}\s?(?:\(\d|,|:|;)"
    r"|[^\W\d_][^,;:.\d]{1,80}\.?,?\s\(?(?:19|20)\d\d\b"
)
"""``Nature 12(3)``, ``Cognition, 12, 3``, ``Cell. 2019``: a name with a volume or a year right behind it."""
VENUE_WITHIN = re.compile(
    r"(?i:\b(?:pp?\.\s?\d|pages?\s\d|vol\.?\s?\d|volume\s\d|no\.\s?\d|eds?\.\)))|,\s[A-Z][a-z]{0,6}\.(?:\s|$)"
    r"|,\s[Ii]n:?\s.*\b(?:Conference|Proceedings|Workshop|Symposium|Congress|Journal)\b"
    r"|^(?:[A-Z]\w*\s){0,4}(?:Conference|Symposium|Workshop|Congress|Transactions|Proceedings)\s(?:of|on|for|in)\b"
)
"""What stands in the place of a publication, never in its title: pages, a journal's abbreviation behind a comma."""
PUBLISHER = re.compile(
    r"(?:[A-Z]\w+\.?(?:,?\s[A-Z]\w+\.?){0,3}:\s)?(?:[A-Z]\w+\s){0,4}(?:Press|Publish(?:ers?|ing)|Verlag|Springer|Elsevier|"
    r"Wiley|Routledge|Palgrave|Birkhäuser|World Scientific)\b"
)
"""``Oslo: University Press``: who brought a book out, where the venue of a paper stands."""
STATUS = (
    r"in press|forthcoming|to appear|accepted|submitted|under review|in preparation|in prep\.|n\.\s?d\.|in print|"
    r"im Druck|sous presse|en prensa"
)
"""What stands where the year would."""
WITH_COLLEAGUES = re.compile(r"\(?\s*(?:joint(?:ly)?(?: work)? |co-?authored )?[Ww]ith:?\s")
"""``(with A. Colleague)``: a list that leaves its own author out."""
EDITORS = re.compile(r"^.{3,300}?\(?\b[Ee]ds?\.?\)?,?\s")
_LABEL = re.compile(
    r"\W*(?:(?:pdf|html|doi|url|link|web|bib(?:tex)?|bib file|cite this|citation|cite|export|abs(?:tract)?|arxiv|code|"
    r"software|github|data(?:set)?s?|slides?|poster|video|talk|demo|project(?: page)?|website|page|"
    r"supp(?:\.|l\.?|lement(?:ary|al)?)?(?: materials?| information)?|appendix|preprint|paper|full ?text|"
    r"read(?: more)?|more|download|publisher|journal|official|acm(?: dl)?|ieee(?: xplore)?|springer|openreview|"
    r"acl anthology|pubmed|(?:google |semantic )?scholar|press|blog(?: post)?|media|details?|show(?: abstract)?|"
    r"hide(?: abstract)?|view|open access|ris|endnote|orcid|hal|ssrn|pmc|errata|erratum|altmetric|dimensions|share|"
    r"copy|select|note|top|back|here|version|mendeley|zotero|print|email)(?:[\s|/,;·&]+|$))+\W*",
    re.IGNORECASE,
)
NO_NAME_BEGINS = frozenset("a an as at by for from in into of on see the to upon via when with why how what".split())
"""Words that begin titles and remarks, and never a name."""
_MAX_LABEL = 80


def is_label(text: str) -> bool:
    """Whether a text is that of a link or button beside an entry: ``pdf``, ``code | slides``."""
    return len(text) <= _MAX_LABEL and _LABEL.fullmatch(text) is not None


REMARK = cue(
    r"[\[(]?\b(?:best (?:student |short |long )?(?:paper|poster)[^.\])]{0,40}|spotlight|oral(?: presentation)?|"
    r"equal contribution|acceptance rate[^.\])]{0,20}|featured in [^.\])]{0,40})[\])]?[.!]?$"
)
ABSTRACT_LABEL = re.compile(r"^\s*(?:abstract|summary|zusammenfassung|résumé|resumen)\s*[:.—–-]?\s*", re.IGNORECASE)
RETRIEVED = re.compile(r"\b(?:Retrieved|Accessed|Last accessed|Available (?:at|from|online))\b.*$", re.IGNORECASE)

PUBLICATIONS_HEADING = cue(
    r"\b(?:publications?|papers?|articles?|preprints?|manuscripts?|bibliography|books?|chapters?|proceedings|journals?|"
    r"conferences?|workshops?|theses|thesis|dissertation|reports?|working papers|refereed|peer[- ]reviewed|"
    r"selected works?|veröffentlichungen|publikationen|artikel|schriften|publicaciones|artículos|libros|publicações|"
    r"artigos|pubblicazioni|articoli|publicaties|publikationer|ouvrages|thèses?|chapitres)\b"
)
OTHER_HEADING = cue(
    r"\b(?:talks?|presentations?|posters?|lectures?|keynotes?|invited|tutorials?|software|code|datasets?|teaching|"
    r"courses|grants?|funding|awards?|honou?rs|service|reviewing|patents?|media|press|news|events|activities)\b"
)
"""Headings of what is no publication; a heading that also speaks of publications is one of those."""
NO_ENTRY_HEADING = cue(
    r"\b(?:education|employment|experience|positions?|appointments?|contact|about|biography|bio|skills|languages|"
    r"references|memberships?|students|supervision|interests?|affiliations?)\b"
)
"""Headings of what the person is and did: nothing under them is an entry."""
NOT_A_TITLE_END = frozenset(
    "vs etc eg ie e.g i.e cf al approx ca dr mr mrs ms prof st sr jr fig eq no nos vol pp resp incl sp spp var "
    "subsp nov ref ed eds rev gen col lt sgt inc ltd co corp dept univ mt ft u.s u.k ph.d d.c a.m p.m jan feb "
    "mar apr jun jul aug sep sept oct nov dec inst int nat sci".split()
)
"""Abbreviations after whose full stop a title may go on."""
JOINING_WORDS = frozenset(
    "a an and as at but by des die der das de del della du e el en et for from für i il im in into is la las "
    "le les los mit nel o of on or the to und un una unter upon versus via vs with y zu zum zur über".split()
)
"""Words in lower case that a title has and a list of names has not, particles of names aside."""
NOUN_ENDINGS = (
    "tion", "tions", "sion", "sions", "ment", "ments", "ness", "ity", "ities", "ism", "isms", "ics", "ology",
    "ologies", "graphy", "ing", "ings", "ance", "ances", "ences", "ical", "ous", "ive", "ives", "ware", "works",
    "graphs", "models", "systems", "data", "learning", "language", "languages", "methods", "theory", "theories",
    "science", "sciences", "analysis", "networks", "network", "study", "studies", "matter", "states", "physics",
    "research", "review", "letters", "reports", "journal", "university", "institute", "department", "school",
    "college", "press", "conference",
)  # fmt: skip
"""How words of titles, journals and institutions end, and names seldom do."""
