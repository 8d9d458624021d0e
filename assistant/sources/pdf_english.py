"""What the reader of PDFs knows of language: the names of sections, captions and places of work.

English first; the few words of other languages are those that stand over sections of papers written in them.
"""

from __future__ import annotations

import re

from assistant.english.cues import cue

NUMBERED = re.compile(
    r"(?:(?:\d{1,2}(?:\.\d{1,2}){0,4}|[A-Z](?:\.\d{1,2}){1,4}|[A-Z](?=[\s.:])|[IVX]{1,5}(?=\.))[.:]?\s+"
    r"|(?:Appendix|APPENDIX|Annex|Supplement|Chapter|Section|Part)\s(?:[A-Z]|\d{1,2}|[IVX]{1,4})\b[.:]?)\s*"
)
"""How the heading of a section is counted: 4.1, A.2, IV., Appendix B:."""

_ABSTRACT = (
    r"a\s?b\s?s\s?t\s?r\s?a\s?c\s?t|summary|zusammenfassung|kurzfassung|r[ée]sum[ée]|resumen|resumo|аннотация|摘要|要旨"
)
ABSTRACT_HEADING = re.compile(rf"\W*(?:{_ABSTRACT})\W*", re.IGNORECASE)
ABSTRACT_LABEL = re.compile(rf"\W*(?:{_ABSTRACT})\s*(?:[.:—–]|-{{1,2}}(?=[\sA-Z]))\s*(?=\S)", re.IGNORECASE)

KEYWORDS_LABEL = cue(
    r"^\W*(?:(?:key\s?words|index terms|ccs concepts|categories and subject descriptors|general terms|jel|pacs|msc)\b)"
)

_COUNTED = r"\W*(?:\d{1,2}\.?\s+|[IVX]{1,5}\.\s+)?"

REFERENCES_HEADING = re.compile(
    rf"{_COUNTED}(?:r\s?e\s?f\s?e\s?r\s?e\s?n\s?c\s?e\s?s(?: and notes| cited)?|bibliograph(?:y|ie)|"
    r"(?:literature|works) cited|literatur(?:verzeichnis)?|r[ée]f[ée]rences(?: bibliographiques)?|"
    r"referencias(?: bibliogr[áa]ficas)?|refer[êe]ncias(?: bibliogr[áa]ficas)?|bibliograf[íi]a|"
    r"riferimenti bibliografici|список литературы|литература|参考文献|參考文獻|참고문헌)\W*",
    re.IGNORECASE,
)

KNOWN_HEADING = re.compile(
    rf"{_COUNTED}(?:introduction|background|preliminar(?:y|ies)|motivation|related works?|previous works?|"
    r"literature review|(?:materials? and )?methods?(?: and materials?)?|methodology|patients and methods|approach|"
    r"(?:the )?(?:model|data|datasets?)|experiments?|experimental (?:setup|settings?|results|evaluation)|evaluation|"
    r"(?:main )?results?(?: and discussions?)?|analysis|discussions?(?: and conclusions?)?|limitations?|"
    r"conclusions?(?: and (?:future|further) works?)?|concluding remarks|future works?|outlook|summary|"
    r"acknowledge?ments?|funding|ethic(?:s|al)(?: statements?| considerations?)?|broader impacts?|impact statement|"
    r"reproducibility(?: statement)?|(?:data|code)(?: and code)? availability(?: statement)?|"
    r"(?:author|credit author(?:ship)?) contributions?(?: statement)?|"
    r"(?:declaration of )?(?:competing|conflicts? of) interests?|supplementary (?:materials?|information)|"
    r"supporting information|appendi(?:x|ces)|einleitung|einführung|schluss|diskussion|ergebnisse|"
    r"conclusi[oó]n|introducci[oó]n|resultados|discusi[oó]n)\W*",
    re.IGNORECASE,
)
FIRST_HEADING = re.compile(
    r"\W*(?:(?:1|I)\.?\s+)?(?:i\s?n\s?t\s?r\s?o\s?d\s?u\s?c\s?t\s?i\s?o\s?n|background|einleitung|introducci[oó]n|"
    r"introdução)\W*",
    re.IGNORECASE,
)

CAPTION = re.compile(
    r"(?P<label>(?:(?:Supplementary|Supplemental|Extended Data|Appendix|Online)\s)?"
    r"(?P<kind>Figures?|FIGURES?|Fig\.?|FIG\.?|Tables?|TABLES?|Tab\.|Algorithm|ALGORITHM|Listing|Scheme|Chart|Box|Plate|Exhibit|"
    r"Abbildung|Abb\.|Tabelle|Tableau|Figura|Tabla|Tabela|Рис\.|Таблица|图|表|図)\s?"
    r"(?P<number>(?:[A-Z]{1,2}[.\-]?)?\d{1,3}(?:[.\-]\d{1,3})*[a-z]?|[IVXL]{1,6}))(?P<end>\s*[:.|—–]\s?|\s+-\s|\s*$)?"
)
"""How a caption begins. Without what ends its label, it may as well be a sentence: "Figure 3 shows"."""
KINDS = {"fig": "Figure", "figure": "Figure", "figures": "Figure", "tab": "Table", "table": "Table", "tables": "Table"}

PLACE_OF_WORK = cue(
    r"\b(?:universit\w*|universidad\w*|institut\w*|d[eé]part[ae]?ment\w*|dept|facult\w*|facult[eé]|school|college|"
    r"acad[eé]m\w*|laborator\w*|labs?|cent(?:er|re|ro)s?|hospital\w*|clinic\w*|research|company|corporation|corp|inc|"
    r"ltd|llc|gmbh|ag|foundation|council|ministry|agency|technolog\w*|sciences?|engineering|hochschule|polytech\w*|"
    r"politecnico|[ée]cole|escuela|division|group|team|independent|google|microsoft|ibm|amazon|nvidia|cnrs|inria)\b",
    r"\b(?:street|road|avenue|p\.?o\.? box|china|usa|germany|france|japan|india|canada|australia|italy|spain|"
    r"netherlands|switzerland|sweden|denmark|norway|finland|austria|belgium|korea|singapore|brazil|poland|portugal|"
    r"u\.s\.a|uk|united (?:states|kingdom))\b",
    r"\b(?:corresponding|contribut\w*|equal\w*|authors?|abstract|keywords|received|accepted|published|available|member|"
    r"fellow|student|senior|ieee|acm|submitted|preprint|draft|version|e-?mail|demo|code|website|http\w*)\b",
)
"""What stands on a paper's first page between title and abstract and is no person's name."""
DEGREES = cue(r"\b(?:ph\.?\s?d|m\.?d|m\.?sc|b\.?sc|dr|prof(?:essor)?|mph|frs|esq)\b\.?")
NAME_JOINS = re.compile(r"\s*(?:[,;·•|]|\band\b|\bund\b|\bet\b(?!\s+al)|\by\b|&)\s*")
ET_AL = re.compile(r"\bet\s+al\b\.?", re.IGNORECASE)
ENDS_SENTENCE = re.compile(r"[.!?:;。！？][\"”’')\]]*$")
LIST_ITEM = re.compile(r"(?:[•●▪◦‣∙■–—*-]\s|\(?(?:\d{1,2}|[a-z]|[ivx]{1,4})[.)]\s|\[\d{1,3}\])")
REFERENCE_ITEM = re.compile(r"\[[^\]\s]{1,12}\]|\(?\d{1,3}[.)]\s")
