"""The English by which abstracts name the data that they work with, count things, and link to code."""

from __future__ import annotations

import re

from assistant.english.cues import cue
from assistant.english.facets import PHRASE_STOPS, TASK_ENDINGS, words

# ---- what stands beside the name of a data set

_DATA = (
    r"datasets?|data sets?|corpus|corpora|benchmarks?|databases?|treebanks?|cohorts?|collections?|test ?sets?|"
    r"test suites?|knowledge (?:bases?|graphs?)|registr(?:y|ies)|leaderboards?"
)
_NOT_BETWEEN = r"(?!(?:and|or|in|for|as|is|are|to|we|with|from|which|that|on|of|by|based)\b)"
DATA_BEFORE = cue(
    rf"\b(?:{_DATA}|KGs?|KBs?|repositor(?:y|ies)|lexicons?|resources?|"
    r"(?:shared|benchmark) tasks?|domains?|data sources|sources of (?:data|[\w ]+ literature))"
    r"(?:,|:|\s*\(|\s+(?:of|from))?\s*"
    r"(?:(?:such as|like|including|namely|i\.e\.,?|e\.g\.,?|called|named|for example,?|specifically)[,:]?\s+)?"
    r"(?:the|both|on)?\s*[\"“'‘]?$"
)
CONTRASTED = cue(
    r"\b(?:existing|previous|prior|current|other|traditional|unlike|contrary to|lack of|in contrast to|compared with|"
    r"similar to)\b[^.;]*(?:like|such as|including)\s*$"
)
"""Data sets of others, named only to say what they lack."""
DATA_AFTER = cue(
    rf"^[\"”'’]?\s*(?:\([^()]{{1,60}}\)\s*)?(?:{_NOT_BETWEEN}[\w-]+\s+){{0,3}}?"
    rf"(?P<noun>{_DATA}|development sets?|dev sets?|evaluation sets?|evaluations?|test data|shared tasks?|competition|"
    r"games?|survey|biobank|data)\b"
)
EVALUATED = cue(
    r"\b(?:experiment(?:s|al results?|ed|ing|ation)?|evaluat(?:e|es|ed|ing|ions?)|test(?:s|ed|ing)?|validat\w+|"
    r"train(?:ed|ing)?|fine-?tun(?:e|ed|ing)|results?|performances?|performs?|benchmark(?:s|ed|ing)?|accurac(?:y|ies)|"
    r"scores?|improv\w+|state-of-the-art|state of the art|SOTA|outperform\w*|gains?|F1|BLEU|F-score|F-measure|AUC|"
    r"recall|precision|"
    r"appl(?:y|ied)|achiev\w+|demonstrat\w+|report(?:ed)?|compar\w+|pre-?trained|verif\w+|assess(?:ed)?|stud(?:y|ies)|"
    r"conducted|effectiveness|carried out|superior\w*|errors?|reduction|baselines?|parsing|points)\b"
    r"(?:(?![.;]\s)[^()]|\([^()]*\)){0,70}?\b(?:on|across)\s+"
    r"(?:(?:the|both|two|three|four|five|six|standard|popular|widely[- ]used|public|publicly available|large-scale|"
    r"challenging|recent|English|Chinese|existing|well-known|benchmark|real-world|commonly[- ]used|full|original|large|"
    r"\w+ subsets? of|test|dev|hidden|official|section \d+ of|sections? of|data from|data of|parts? of|subset of) ?)*"
    r"[\"“]?$",
    r"\bresults?\b[^.;]{0,60}\bon\s[^.;]{3,80}\bas well as\s+(?:on\s+)?(?:the\s+)?$",
    r"^(?:Experiments |Evaluations? |Evaluated |Tested |Results )?[Oo]n (?:the |both )?(?:[a-z-]+ ){0,2}$",
)
DERIVED = cue(
    r"\b(?:sampled|constructed|derived|extracted|collected|drawn|built|created|obtained|crawled|harvested|compiled|taken|"
    r"mined|gathered|retrieved|scraped|selected|sourced|data|datasets?|corpora|corpus|sentences|texts?|articles|documents|tweets|posts|"
    r"comments|pages|abstracts|records|images|videos|patients|participants|samples|instances|entities|facts|"
    r"triples|annotated|pretrained|pre-trained|trained|annotations|questions|passages|stories|reviews|conversations|"
    r"dialogues|examples|snippets|paragraphs|queries|papers|cases|measurements|observations|relations|annotation of|"
    r"labels|recordings|words|terms|concepts|materials?)\s+(?:\w+ly\s+)?(?:from|out of)\s+"
    r"(?:(?:the|both|existing|public|large|English)\s+)*[\"“]?$"
)
CONSULTED = cue(
    r"\b(?:search(?:ed|es)?|searching|queried|screened)\s+(?:of\s+|in\s+)?(?:the\s+)?$",
    r"\b(?:we|were)\s+(?:\w+ly\s+)?(?:re-?)?(?:analy[sz]ed?|annotated?|extend(?:ed)?)\s+(?:the\s+)?$",
)
FREE_AFTER = cue(
    r"^[\"”'’]?\s*(?:[,.;:)\]]|$|\()",
    r"^[\"”'’]?\s+(?:(?:and|or|as|in|for|by|with|to|show|shows|demonstrate|demonstrates|indicate|indicates|reveal|reveals|confirm|"
    r"suggest|prove|verify|validate|that|which|using|under|where|when|while|is|are|was|were|has|have|we|our|"
    r"respectively|from|at|without|compared|than|but|both|illustrate|evaluation|dialogs?|dialogues|even|after|over|"
    r"annotated|containing|comprising|collected|based|until|between|published|outperform|it|they|through|via|"
    r"also|ranging|achieve|achieves|achieving|leading|improve|of|on)\b)",
)
"""What may follow a name that stands for a data set of its own accord."""
TASK_AFTER = cue(rf"^[\"”'’]?\s+(?:[a-z-]+ ){{0,2}}(?:tasks?|{'|'.join(sorted(TASK_ENDINGS))})\b")
"""What may follow a coined one: "on X14 abstractive summarization"."""
TITLE_NAMES = cue(r"(?:\bat|\bfrom the|\bof the|:\s+the|\bin the|\bfor)\s+$")
"""What stands in a title before the shared task or the cohort that the paper is on."""
OWN_SENTENCE = cue(
    r"^data sources\b",
    r"^on (?:the |both )",
    r"\b(?:we|our|us|this (?:paper|work|study|article|thesis|report|dataset|corpus|resource)|results?|experiments?|"
    r"evaluations?|outperforms?|consists? of|contains?|were|was|methods|participants|"
    r"data (?:from|were|was)|cohort|evaluated|proposed)\b",
)
"""What a sentence holds that tells of this paper's own work."""

# ---- names that say themselves that they are data

SOURCES = words(
    """Wikipedia Wikidata Wiktionary DBpedia Freebase WordNet Twitter Reddit YouTube Facebook Instagram Flickr Weibo
    PubMed MEDLINE Medline EMBASE Embase Scopus CINAHL PsycINFO ClinicalTrials.gov arXiv GenBank UniProt Ensembl
    StackOverflow StackExchange Yelp IMDb OpenStreetMap DrugBank UMLS"""
)
"""Public collections that papers of all fields draw data from."""
SOURCE_PHRASES = cue(
    r"\b(?:Cochrane (?:Central Register of Controlled Trials|Library|Database(?: of Systematic Reviews)?|CENTRAL)|"
    r"Web of Science|Science Citation Index|Google Scholar|Common Crawl|Stack (?:Overflow|Exchange)|Project Gutenberg|"
    r"Google Books|Penn Treebank|Universal Dependencies|Open Library|Gene Ontology|Protein Data Bank|Current Contents|"
    r"Human Genome|World Bank|Sloan Digital Sky Survey|Kaiser Permanente(?: Northern California)?)\b",
    flags=re.NOFLAG,
)
NAMED_DATA = cue(
    r"(?<![\w-])(?:[A-Z][\w’'&-]*\s(?:(?:of|in|for|and|on)\s(?:the\s)?)?(?:\([A-Z-]+\)\s)?){1,6}"
    r"(?:Study|Survey|Database|Corpus|Cohort|Treebank|TreeBank|Biobank|Registry|Register|Collection|Dataset|Benchmark|"
    r"Archive|Atlas|Shared Task(?: on (?:[A-Z][\w-]*\s?)+)?|Cloze Task|Lexicon|Repository)(?![\w-])(?!\s[A-Z])",
    r"(?<![\w-])[A-Z][A-Za-z]*(?:[- ]?(?:19|20)\d\d)[- :,]*\s?(?:Shared )?Task[- ]?\d+(?![\w-])",
    r"(?<![\w-])(?:(?:19|20)\d\d )?(?:[A-Z][\w’'-]*[ ](?:(?:19|20)\d\d )?){1,5}shared task"
    r"(?: on [a-z -]+?(?=[.,;:)]| by | with | in |$))?",
    flags=re.NOFLAG,
)
"""What says by its own last word that it is a collection of data, a cohort or a shared task."""

# ---- what is no part of a sentence

CITATION = cue(
    r"\b[A-Z][\w-]+(?: and [A-Z][\w-]+| et al\.?)?,? \((?:19|20)\d\d[a-z]?\)",
    r"\((?:[^()]*\bet al\b[^()]*|[A-Z][^()]*,\s*(?:19|20)\d\d[a-z]?)\)|\[\d+(?:,\s*\d+)*\]",
    flags=re.NOFLAG,
)
SECTION_LABEL = re.compile(
    r"^(?:(?:BACKGROUND|OBJECTIVES?|AIMS?|METHODS?|RESULTS?|CONCLUSIONS?|DESIGN|SETTINGS?|PARTICIPANTS|PATIENTS|"
    r"SUBJECTS|INTERVENTIONS?|MEASUREMENTS?|MAIN|OUTCOMES?|MEASURES?|FINDINGS|INTERPRETATION|IMPORTANCE|EXPOSURES?|DISCUSSION|"
    r"RELEVANCE|PURPOSE|INTRODUCTION|CONTEXT|HYPOTHESIS|RESEARCH|STUDY|SELECTION|EXTRACTION|SYNTHESIS|REVIEW|"
    r"MATERIALS?|SIGNIFICANCE|MOTIVATION|SUMMARY|LIMITATIONS|FUNDING|AND|OF|&|,|/|\(S\))[\s,/:]*)+(?=[A-Z\d(]|$)"
    r"|^(?:Background|Objectives?|Aims?|Methods|Results|Conclusions?|Findings|Interpretation|Purpose|Motivation)"
    r"(?:/[A-Z][a-z]+)?:\s*"
)
"""The labels of a structured abstract: they begin sentences and are no part of them."""
DATA_SOURCES = cue(r"^Data sources(?: and \w+)?:?\s+")

# ---- links

CODE_HOSTS = cue(r"\b(?:github|gitlab|bitbucket)\.(?:com|org)\b", r"\b(?:codeberg|sourceforge)\.")
SHARED = cue(r"\b(?:available|public(?:ly)?|releas\w+|download\w*|access\w*|found|obtained|visit|open-?sourced?|see)\b")
CODE_WORDS = cue(
    r"\b(?:source|codes?|implementations?|software|toolkit|tool|library|package|scripts?|repository|baselines?|"
    r"parser|checkpoints?|github|demo)\b"
)
DATA_WORDS = cue(
    r"\b(?:data|data-?sets?|corpus|corpora|benchmarks?|resources?|annotations?|treebank|lexicon|test ?sets?|"
    r"questions)\b"
)

# ---- numbers

COMPARATIVES = words(
    "higher lower better worse more less fewer greater larger smaller faster relative absolute additional further"
)
QUANTITY_STOPS = PHRASE_STOPS | COMPARATIVES | words("and or but while whereas versus vs respectively compared")
NO_AMOUNT = words(
    """one once half third quarter double triple twice or dozens hundred hundreds thousand thousands million millions
    billion billions"""
)
"""Words of number that count nothing by themselves."""
UNIT = cue(
    r"^\s?(?:mm\s?hg|[mµμkn]?g(?:/(?:d[ly]?|day|m?l|kg))?|mcg|microg|[pn]g/ml|[mµμn]mol/l|m?l|[kmcnµμ]m|[kmgt]?hz|[kmg]?ev|"
    r"°c|kelvin|[nµμm]s|kb|[mgt]b|gflops|kwh?|pc|[kmg]pc|au)(?![\w/])"
)
"""A unit belongs to the value."""
UNCERTAINTY = cue(
    r"[\[(,;]?\s*\b9[059]\s?%\s*(?:CI\b|confidence)[^)\];]*",
    r"\bP(?:[- ](?:value|trend))?\s?[=<>≤≥]\s?[\d.·]+",
    r"(?<=±)\s?[\d.·]+",
    r"(?<=\d)\s?[-–]\s?\d[\d.·]*",
)
"""Confidence intervals, p-values, deviations and the upper ends of ranges: no figures by themselves."""
LABELS = cue(
    r"\b(?:types?|phases?|stages?|versions?|top|grades?|class(?:es)?|levels?|figures?|tables?|steps?|task|subtask|track|"
    r"sections?|no\.|rank(?:ed|ing|s)?|vitamin|page|chapter|part|day|week|month|year|point|factor|at)[- ]\s?$"
)
"""Words before a number that make it a label."""
SAME_MEASURE = cue(
    r"\s*(?:\([^()]*\))?\s*(?:,?\s*and|or|to|vs\.?|versus|compared (?:with|to)|,|/)\s*(?:[A-Za-z]+\s){0,1}\(?",
)
"""What stands between two values of one measure: "0.19 vs. -0.41"."""
AMOUNT_BEFORE = cue(
    r"\s(?:only|nearly|about|around|approximately|roughly|almost|over|up to|just|as much as|as many as)\s*$",
    r"\s?[\[(]\s?[nN]\s?=\s?$",
)
MEASURED_BEFORE = cue(
    r"(?P<what>(?:[\w@/-]+\s+){0,4}[\w@/-]+)\s*(?:\(|[:=]\s*|,\s*|\s)(?:of|is|was|were|to|at|by|=|from|as)?\s*"
    r"(?:[\[(~<>≈]\s*)?$"
)
