"""The English by which abstracts say what a paper brings: heads of noun phrases, modifiers, and clauses of making."""

from __future__ import annotations

import re

from assistant.english.cues import cue
from assistant.english.general import FUNCTION_WORDS, PHRASE_ENDS


def words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# ---- heads of noun phrases: what kind of thing a phrase names

DATASET_NOUNS = words(
    """dataset datasets data-set data-sets corpus corpora benchmark benchmarks treebank treebanks testbed testbeds
    lexicon lexicons lexica collection collections cohort cohorts database databases testset testsets biobank
    registry thesaurus gazetteer dictionary dictionaries wordnet ontology propbank framenet subset subsets suite
    suites atlas ontologies catalogue catalog"""
)
SET_QUALIFIERS = words("""test testing evaluation challenge training data development dev validation diagnostic gold""")
"""``test set`` and its kin are data sets; a set of anything else is not."""
METHOD_NOUNS = words(
    """framework frameworks method methods approach approaches model models system systems architecture architectures
    algorithm algorithms toolkit toolkits network networks mechanism mechanisms strategy strategies paradigm
    paradigms pipeline pipelines technique techniques module modules loss losses library libraries tool tools
    platform platforms parser parsers tagger taggers classifier classifiers encoder encoders decoder decoders
    transformer transformers agent agents chatbot scheme schemes schema formalism metric metrics measure measures
    objective objectives regularizer optimizer kernel kernels protocol protocols procedure procedures recipe
    workflow package software application app engine interface prototype generator generators estimator estimators
    detector detectors sampler solver simulator methodology methodologies layer layers attention autoencoder
    autoencoders embeddings embedding representation representations tokenizer adapter adapters extractor
    recognizer summarizer ranker retriever reranker reader controller planner language instrument device assay
    score index test sensor spectrometer component components checkpointing learning supervision adaptation tuning
    distillation augmentation regularization pretraining pre-training prompting variant variants solution
    solutions design"""
)
WEAK_METHOD_NOUNS = words(
    """language score index test design solution solutions variant variants measure measures representation
    representations embedding embeddings layer layers interface application app device procedure procedures
    objective objectives instrument"""
)
"""Heads of a method only where the phrase says more, or has a name."""
TASK_NOUNS = words("task tasks problem problems challenge challenges subtask subtasks game games")
STUDY_NOUNS = words(
    """study studies analysis analyses evaluation evaluations survey surveys overview review reviews result results
    experiment experiments paper papers evidence finding findings comparison comparisons submission submissions
    investigation work works report article discussion insight insights view views perspective case argument
    description descriptions hypothesis theory proof baseline baselines bound bounds taxonomy guideline guidelines
    meta-analysis trial effort attempt setting scenario"""
)
TASK_ENDINGS = words(
    """extraction recognition classification detection generation parsing tagging translation retrieval summarization
    summarisation answering typing linking disambiguation segmentation estimation prediction forecasting
    resolution completion reasoning verification inference recommendation identification alignment labeling
    labelling understanding simplification induction modeling modelling matching ranking captioning synthesis
    reconstruction tracking planning navigation restoration diagnosis screening correction normalization
    normalisation paraphrasing comprehension transduction adaptation transfer clustering chunking profiling
    attribution lemmatization localization registration denoising compression acquisition imputation decomposition
    entailment rewriting fine-tuning pre-training pretraining checking solving construction grounding filtering
    grading scoring mining embedding chat dialogue supervision learning"""
)
"""Last words of what tasks are called."""
TASKS_OF_ONE_WORD = words("recommendation summarization summarisation parsing paraphrasing lemmatization captioning")
VERBS_BEFORE_TASKS = words(
    """address addresses perform improve improves solve solves tackle tackles handle support facilitate study studies
    performing improving solving addressing called complicated conventional traditional subsequent downstream typical
    related underlying successful evaluate apply explore investigate consider use present propose achieve compare
    conduct examine describe introduce report require requires involve involved overall literal higher better
    previous known"""
)

# ---- modifiers that are no part of a name

EVALUATIVE = words(
    """novel new simple effective efficient general generic unified conceptually easy powerful principled robust
    flexible straightforward alternative improved better original innovative practical surprisingly very highly
    extremely first second third further additional different own another more most large large-scale massive
    high-quality huge comprehensive big small challenging realistic publicly available open open-source
    open-sourced free freely-available public diverse rich broad wide-coverage human-annotated manually-annotated
    annotated manually hand-annotated crowdsourced crowd-sourced human-labeled expert-annotated fully well
    carefully special specific broad-coverage interesting elegant strong competitive fast accurate scalable
    lightweight light-weight cheap inexpensive preliminary recent state-of-the-art promising concise modern
    possible existing standardized standard complete extensive final initial main key same single one two three
    four five six seven eight several various multiple many few particular versatile quick user-friendly
    extensible proposed popular prominent unique best performing best-performing top-performing publicly-available
    domain-targeted carefully-designed"""
)
GENERIC_MODIFIERS = words(
    """neural deep machine learning statistical supervised unsupervised self-supervised semi-supervised
    weakly-supervised end-to-end hybrid joint multi-task probabilistic generative discriminative computational
    automatic automated rule-based data-driven training two-stage two-step three-stage multi-stage language based
    experimental combined modular hierarchical iterative baseline pre-trained pretrained"""
)
"""What modifies so many methods that it names none of them."""

# ---- where noun phrases end

DETERMINERS = words(
    """a an the our this these its their such another each both any some two three four five six several"""
)
JOINERS = words("and or yet but &")
RESULT_VERBS = words(
    """show shows showed shown demonstrate demonstrates indicate indicates reveal reveals confirm confirms suggest
    suggests prove proves verify verifies validate validates achieve achieves outperform outperforms improve
    improves illustrate illustrates perform performs obtain obtains yield yields consists comprises contains
    allows enables aims relies reaches attains surpasses exceeds beats gives provides combines learns leverages
    takes uses utilizes employs reduces ranks ranked scores came increases works include includes significantly
    consistently substantially"""
)
PHRASE_STOPS = (
    FUNCTION_WORDS
    | PHRASE_ENDS
    | RESULT_VERBS
    | words("able capable via using based onto whereby e.g. i.e. vs. versus including")
) - (JOINERS | words("like back new first other"))
PARTICIPLES = cue(r"[a-z]+(?:ing|ed|built|drawn|made|shown|given|known)")
COMPLEMENT = re.compile(
    r"^\s+(?P<phrase>(?:for|of|to|on|from|using)\s+(?:[^,.;:()]|(?<=\d),(?=\d))+?)"
    r"(?=\s+(?:that|which|by|where|based|with|via|in order|while|containing|consisting|covering|annotated|collected|"
    r"labell?ed|as|when|so|into|in|from|at|and (?:an?|the|its|then|we|use|apply|show|present|provide|propose|"
    r"evaluate|analy[sz]e|compare|"
    r"report))\b|[,.;:()](?!\d)|$)"
)
"""What follows a head and says what it is for or of."""
POINTING = cue(
    r"\b(?:this|that|these|those|its|their)\s", r"^\w+\s(?:the\s)?(?:\w+\s)?(?:task|problem|challenge|purpose)s?$"
)
"""A complement that only points back: "for this task"."""

# ---- clauses of making

_MAKING_BASE = (
    r"propose|introduce|present|develop|release|create|construct|design|build|devise|describe|contribute|formulate|"
    r"establish|unveil|implement|publish|provide|offer|compile|collect|curate|annotate|assemble|explore|invent|"
    r"pioneer|put forward|produce|gather|crowdsource|open-source|derive|report on|suggest|prepare"
)
_MAKING_THIRD = (
    r"proposes|introduces|presents|develops|releases|creates|constructs|designs|builds|devises|describes|contributes|"
    r"formulates|establishes|unveils|implements|publishes|provides|offers|compiles|explores|reports on|suggests"
)
_MAKING_PAST = (
    r"proposed|introduced|presented|developed|released|created|constructed|designed|built|devised|described|"
    r"formulated|established|implemented|published|compiled|collected|curated|annotated|assembled|invented|prepared"
)
_SUBJECT = (
    r"\b(?:we|I|authors|paper|work|study|article|chapter|thesis|dissertation|report|demo|demonstration|proposal|poster|"
    r"team)\b"
)
_ADVERBS = (
    r"(?:,?\s+(?:also|then|further|therefore|thus|first|firstly|second|secondly|finally|hence|additionally|here|have|"
    r"has|\w+ly|will|next|moreover|instead|consequently))*,?"
)
MAKING = cue(
    rf"{_SUBJECT}{_ADVERBS}\s+(?:{_MAKING_BASE}|{_MAKING_THIRD}|{_MAKING_PAST})\b",
    rf"(?:\band|,|;){_ADVERBS}\s+(?P<joined>{_MAKING_BASE}|{_MAKING_THIRD})\b(?=\s+\w)",
    r"\bby\s+(?P<gerund>proposing|introducing|presenting|developing|releasing|building|constructing|creating)\b",
    rf"^(?:{_MAKING_THIRD}|{_MAKING_BASE})\b(?=\s+an?\s)",
    r"\b(?:result(?:s|ed|ing) in|leads? to|leading to|yielding|yields?)\s+(?=an?\s+(?:\w+\s+){0,4}"
    r"(?:dataset|corpus|benchmark)\b)",
    r"\bour (?:main |key |primary )?contributions? (?:is|include|includes|are)\s+",
    r"\b(?:describe|present|report(?: on)?|discuss|outline|detail|address)(?:e?s)?\s(?:\w+\s){0,4}"
    r"(?:creation|construction|development|design|compilation)(?: process)? of\s+(?=an?\s|the\s)",
)
"""``joined`` and ``gerund`` are making only where the sentence speaks of the authors."""
AUTHORS_SPEAK = cue(r"\b(?:we|our|us|this (?:paper|work|study|article|thesis)|authors)\b")
GATHERING = cue(
    r"(?:compil|collect|curat|annotat|assembl|gather|crowdsourc|report|stud|suggest|offer|provid|prepar|deriv|publish)"
    r"\w*(?: on)?"
)
"""Verbs whose object is new only where it is a collection of data."""
_WORK = r"(?:work|stud(?:y|ies)|papers?)"
PRIOR = cue(
    rf"\b(?:existing|previous|prior|recent|earlier|other|much|related|past)\s+(?:[\w-]+\s)?{_WORK}\b[^,.;]{{0,30}}$",
    rf"\bin (?:our |a |some )?(?:previous|earlier|prior) {_WORK},?\s+we\b[^.;]*$",
    r"\bpreviously (?:propos|introduc|develop)\w+$",
)
"""A verb of making, up to its end, that tells of what others made, or the authors before."""
MADE_PASSIVELY = cue(
    rf"\b(?:is|are|was|were|has been|have been)\s+(?:\w+ly\s+|here\s+|also\s+|then\s+|thus\s+)?(?:{_MAKING_PAST})\b"
)
PASSIVE_SUBJECT = cue(r"(?:^|,\s+|:\s+|\bthat\s+)(?=(?:an?|two|three|novel|new)\b)(?P<phrase>[^,:;]{3,160})$")
INDEFINITE = cue(r"^(?:an?|two|three|several|novel|new|the first|one)\b", r"^(?!(?:the|our|this|these|its|their)\b)")
KIND_OF = cue(
    r"^(?:(?:the|our|an?)\s)?(?:\w+\s)?(?:type|kind|class|family|form|set|series|alternative)"
    r"\s?(?:of|:)\s"
)
"""What stands before the thing itself: "a new type of language model"."""
LISTED_PARTS = cue(r"\b(?:including|such as|which are|consisting of|composed of|comprising|namely|based on)\b")
"""What follows is parts or examples, not further things that are made."""

# ---- names

_THING = (
    r"method|approach|model|system|framework|algorithm|architecture|network|technique|toolkit|tool|platform|dataset|"
    r"data set|corpus|benchmark|resource|collection|lexicon|treebank|pipeline|parser|test suite"
)
NAMING = cue(
    r"(?:,\s*)?\b(?:named(?![\s-]+entit)|(?<!so-)called(?!\s+for\b)|dubbed|termed|coined|denoted(?: as| by)?|entitled|"
    r"titled|christened|nicknamed|call it|(?:which|that) we (?:call|name|term|dub|refer to as|denote(?: as)?|coin)|"
    rf"we (?:call|name|term|dub|coin) (?:it|this|them|these|the|our)(?: (?:[\w-]+ ){{0,3}}?(?:{_THING}|task))?(?: as)?|"
    r"refer(?:red)? to (?:\w+ )?as|abbreviated (?:as|to))\s*[:,]?\s*(?=\S)"
)
NAMED_BY_OTHERS = cue(r"\b(?:using|uses?|existing|well-known|common|popular|than)\s(?:(?!novel|new)[\w-]+\s){0,6}$")
NAMED_BY_AUTHORS = cue(r"\b(?:we|our|propos\w+|introduc\w+|present\w*|novel|new|via|through)\b")
"""Who names something names it as new."""
OWN_THING = cue(
    rf"\b(?:our|the proposed|the resulting|the new|the present) (?:[\w-]+ ){{0,4}}?(?P<head>{_THING})\b"
    r"(?:,| called| named| is called)?\s+\(?(?=(?-i:[A-Z]))"
)
OWN_UNNAMED = cue(r"\b(?:our|the proposed)\s+(?=[\w-]+\s+[\w-]+)")
TAKEN_UP = cue(
    r"\b(?:(?:propos\w*|introduc\w*|present\w*|develop\w*|incorporat\w*|employ\w*|explor\w*|suggest\w*|"
    r"design\w*|adopt\w*)\b|alternative:)\s+(?:an?\s|the\s|our\s)?(?:(?!task|problem)[\w-]+\s(?:of\s)?){0,2}$"
)
"""What stands before the thing that the title leads with, where the abstract takes it up."""
EMPLOYS = cue(
    r"\b(?:employs?|comprises?|consists? of|integrates?|combines?|includes?|incorporates?|features?|is composed of|"
    r"is made up of|uses?|utilizes?|leverages?|adopts?|with|via|through|has|contains?)\b"
)
"""How a whole is said to have parts."""
ENUMERATOR = cue(r"(?:^|(?<=[\s:;,]))\(?(?:\d|[ivx]{1,4}|[a-e])\)\s+")
APPOSITION = cue(r"^,\s+(?:which is |i\.e\.,? )?(?=an?\s|the first\s|our\s|the largest\s)", r"^\s*[:–—-]\s+(?=an?\s)")
CONTAINS = r"(?:contains|consists of|comprises|includes|covers|is composed of)"
DATASET_WORD = r"(?:dataset|corpus|benchmark|treebank|data set|test suite)"

# ---- what is everybody's

FIELD_ABBREVIATIONS = words(
    """AI ML NLP NLU NLG NN DNN RNN CNN LSTM GRU GAN VAE SVM CRF HMM MLP GNN GCN GAT RL RLHF LM PLM LLM MLLM VLM VLP
    LVLM MT NMT SMT PBSMT QA VQA IR IE RE NER NERC POS POST WSD SRL NLI RTE SA ABSA ASR TTS OCR EL KG KB KGC KGE
    DS FSL MTL SOTA API GPU CPU TPU URL XML JSON HTML PDF USA UK EU US UN WHO FDA DNA RNA MRNA PCR CT MRI FMRI EEG
    ECG PET CI OR HR RR SD SE BMI RCT RCTS ANOVA OLS PCA ICA TSNE SGD EM MCMC BLEU ROUGE METEOR TER AUC ROC MAP
    MRR NDCG WER CER UAS LAS F1 PPL RMSE MAE MSE SNR PSNR SSIM FID IOU L1 L2 EFL ESL CALL CMC CS HCI HPC IOT UI
    GUI SQL BPE TF-IDF TFIDF LDA LSA LSI PMI MLE MERT DSL FST PCFG CFG TAG CCG HPSG LFG AMR UD DRT DOM ICL COT RAG
    SFT PEFT DPO PPO MOE SSL UDA DA AL PE BP COVID-19 HIV 2D 3D 4D RGB RGBD LIDAR NERF SLAM AR VR ODE PDE SDE BERT
    GPT GPT-2 GPT-3 GPT-4 CHATGPT LLAMA ELMO WORD2VEC TRANSFORMER TRANSFORMERS ROBERTA XLM-R MBERT CLIP RESNET
    VIT PYTORCH PYTHON JAVA GITHUB CROWDFLOWER MTURK AMT SEQ2SEQ BILSTM BI-LSTM LSTM-CRF
    BILSTM-CRF CNNS"""
)
"""Abbreviations of fields, standard techniques, measures and units, which no single paper brings."""
LANGUAGES = words(
    """afrikaans albanian amharic arabic armenian assamese basque belarusian bengali bosnian brazilian breton british
    bulgarian burmese cantonese catalan chinese croatian czech danish dutch english esperanto estonian european
    faroese filipino finnish flemish french frisian galician georgian german germanic greek gujarati hausa hebrew
    hindi hungarian icelandic igbo indian indonesian irish italian japanese kannada kazakh khmer korean kurdish
    lao latin latvian lithuanian macedonian malay malayalam maltese mandarin maori marathi mongolian nepali
    norwegian oriya pashto persian polish portuguese punjabi quechua romance romanian russian sanskrit scottish
    serbian sindhi sinhala slavic slovak slovene slovenian somali spanish swahili swedish swiss tagalog tamil
    tatar telugu thai tibetan turkish ukrainian urdu uyghur uzbek vietnamese welsh yiddish yoruba zulu american
    african asian western eastern northern southern sámi sami ancient medieval classical old multiple language
    languages mechanical turk bayesian gaussian markov africa asia europe america china japan india germany france
    italy spain denmark england canada australia brazil january february march april may june july august
    september october november december monday internet world wide web"""
)
"""Languages and peoples, places and months: capitalised words that name nothing new by themselves."""
