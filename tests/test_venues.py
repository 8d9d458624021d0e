"""Which listed venues an acronym, a name or a shortened name stands for."""

from __future__ import annotations

import pytest

from assistant.venues import is_venue

_JOINT = (
    "Proceedings of the 2019 Conference on Empirical Methods in Natural Language Processing and the 9th International "
    "Joint Conference on Natural Language Processing (EMNLP-IJCNLP)"
)
_OF_TWO = (
    "Proceedings of the 2012 Joint Conference on Empirical Methods in Natural Language Processing and Computational "
    "Natural Language Learning"
)
_NORTH = (
    "Proceedings of the 2019 Conference of the North American Chapter of the Association for Computational "
    "Linguistics: Human Language Technologies, Volume 1 (Long and Short Papers)"
)
_EUROPEAN = "Proceedings of the 12th Conference of the European Chapter of the ACL (EACL 2009)"
_MEETING = "Proceedings of the 56th Annual Meeting of the Association for Computational Linguistics (Volume 1: Papers)"
_TRANSACTIONS = "Transactions of the Association for Computational Linguistics, Volume 6"
_FINDINGS = "Findings of the Association for Computational Linguistics: EMNLP 2020"
_COLING = "Proceedings of the 27th International Conference on Computational Linguistics"
_WORKSHOP = "Proceedings of the 2nd Workshop on Asian Translation (WAT2015)"


@pytest.mark.parametrize(
    ("listed", "asked"),
    [
        (_JOINT, "EMNLP"),
        (_JOINT, "emnlp"),
        (_JOINT, "IJCNLP"),
        (_JOINT, "EMNLP-IJCNLP"),
        (_JOINT, "Empirical Methods in Natural Language Processing"),
        (_OF_TWO, "EMNLP"),
        (_OF_TWO, "CoNLL"),
        (_NORTH, "NAACL"),
        (_EUROPEAN, "EACL"),
        (_MEETING, "ACL"),
        (_MEETING, "Association for Computational Linguistics"),
        ("Proceedings of ACL-08: HLT", "ACL"),
        (_TRANSACTIONS, "TACL"),
        (_FINDINGS, "Findings"),
        (_FINDINGS, "Findings of EMNLP"),
        (_COLING, "COLING"),
        (_COLING, "International Conference on Computational Linguistics"),
        (_WORKSHOP, "WAT"),
        (_WORKSHOP, "workshop"),
        ("Advances in Neural Information Processing Systems", "NeurIPS"),
        ("Advances in Neural Information Processing Systems", "NIPS"),
        ("Proceedings of the National Academy of Sciences", "PNAS"),
        ("New England Journal of Medicine", "NEJM"),
        ("Journal of Machine Learning Research", "JMLR"),
        ("Physical Review Letters", "PRL"),
        ("Physical Review Letters", "Phys. Rev. Lett."),
        ("Phys. Rev. Lett.", "Physical Review Letters"),
        ("Nature Communications", "Nature Comm."),
        ("Nature", "nature"),
        ("Journal of the American Chemical Society", "J. Am. Chem. Soc."),
    ],
)
def test_a_venue_is_told_by_its_names(listed: str, asked: str) -> None:
    assert is_venue(listed, asked)


@pytest.mark.parametrize(
    ("listed", "asked"),
    [
        (_NORTH, "ACL"),
        (_NORTH, "EACL"),
        (_EUROPEAN, "ACL"),
        (_EUROPEAN, "NAACL"),
        (_TRANSACTIONS, "ACL"),
        (_MEETING, "TACL"),
        (_MEETING, "Computational Linguistics"),
        (_COLING, "Computational Linguistics"),
        (_FINDINGS, "EMNLP"),
        (_FINDINGS, "ACL"),
        (_FINDINGS, "Findings of NAACL"),
        (_JOINT, "NLP"),
        ("Proceedings of the Workshop on Deep Learning for Low-Resource NLP (DeepLo 2019)", "NLP"),
        ("Proceedings of the Second Conference on Machine Translation", "MT"),
        ("Proceedings of the ACL 2007 Student Research Workshop", "ACL"),
        ("Nature Communications", "Nature"),
        ("Physical Review Letters", "Physical Review"),
        ("Proceedings of the Seventh International Conference on Language Resources and Evaluation (LREC'10)", "ICLR"),
        ("", "ACL"),
    ],
)
def test_a_venue_is_not_taken_for_another(listed: str, asked: str) -> None:
    assert not is_venue(listed, asked)
