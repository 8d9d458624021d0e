"""Spellings of one name and names of two people, and whom a written name finds."""

from __future__ import annotations

import pytest

from assistant.analysis.person_names import KnownNames, same_name


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("Z. Liu", "Zhiyuan Liu"),
        ("Liu, Zhiyuan", "Zhiyuan Liu"),
        ("zhiyuan liu", "Zhiyuan Liu"),
        ("ZHIYUAN LIU", "Zhiyuan Liu"),
        ("Liu ZY", "Zhi-Yuan Liu"),
        ("J.-Y. Nie", "Jian-Yun Nie"),
        ("J.Y. Nie", "Jian Yun Nie"),
        ("Jianyun Nie", "Jian-Yun Nie"),
        ("Noah Smith", "Noah A. Smith"),
        ("Hector Martinez Alonso", "Héctor Martínez Alonso"),
        ("Martínez Alonso, Héctor", "Héctor Martínez Alonso"),
        ("Anders Sogaard", "Anders Søgaard"),
        ("R. van der Goot", "Rob van der Goot"),
        ("Martin King, Jr.", "Martin King"),
        ("刘知远", "刘知远"),
    ],
)
def test_spellings_of_one_name(a: str, b: str) -> None:
    assert same_name(a, b)
    assert same_name(b, a)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("Zhiyuan Liu", "Zhenghao Liu"),
        ("Wei Liu", "Wei-Ying Liu"),
        ("Robert L. Mercer", "Robert E. Mercer"),
        ("X. Liu", "Zhiyuan Liu"),
        ("Zhiyuan Liu", "Zhiyuan Li"),
        ("Liu", "Zhiyuan Liu"),
    ],
)
def test_names_of_two_people(a: str, b: str) -> None:
    assert not same_name(a, b)
    assert not same_name(b, a)


def test_a_written_name_finds_the_known_person() -> None:
    known = KnownNames([["Zhiyuan Liu", "Maosong Sun"], ["Z. Liu", "Noah A. Smith"]])
    assert known.resolve("Liu, Z.") == "Zhiyuan Liu"
    assert known.resolve("noah smith") == "Noah A. Smith"
    assert known.resolve("Sun") == "Maosong Sun"
    assert known.resolve("Grace Hopper") is None


def test_a_name_that_fits_two_people_finds_neither() -> None:
    known = KnownNames([["Zhiyuan Liu"], ["Zhenghao Liu"]])
    assert known.resolve("Z. Liu") is None
    assert known.resolve("Liu") is None


def test_a_name_with_typing_errors_is_near_the_one_that_is_meant() -> None:
    known = KnownNames([["Zhiyuan Liu", "Maosong Sun", "Yankai Lin"]])
    assert known.nearest("Maosung Sun")[0] == "Maosong Sun"
    assert known.nearest("Liu Zhiyuan")[0] == "Zhiyuan Liu"
    assert known.nearest("Grace Hopper") == ()
