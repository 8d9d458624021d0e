"""Sentences on the page: what they name can be clicked there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import assistant
from assistant.surfaces.web.telling import on_page


@pytest.mark.parametrize(
    ("said", "to_editor", "to_reader"),
    [
        (
            "The library 'ada' holds no paper; 'papertalk ingest FILE --library ada' takes a profile page in.",
            "The library 'ada' holds no paper; “Add papers” takes a profile page in.",
            "The library 'ada' holds no paper.",
        ),
        (
            "These may be 2 people (1 maps; 2 engines): 'papertalk people' shows why and lets you settle it.",
            "These may be 2 people (1 maps; 2 engines): “People” shows why and lets you settle it.",
            "These may be 2 people (1 maps; 2 engines).",
        ),
        (
            "The library 'ada' has no paper 'x'; 'papertalk papers' lists the keys.",
            "The library 'ada' has no paper 'x'; “Papers” lists the keys.",
            "The library 'ada' has no paper 'x'; “Papers” lists the keys.",
        ),
        (
            "There is no library 'eve'; 'papertalk ingest --library' makes one.",
            "There is no library 'eve'; choose one that is there at the top.",
            "There is no library 'eve'; choose one that is there at the top.",
        ),
    ],
)
def test_a_command_becomes_what_to_click_where_there_is_such_a_thing(said: str, to_editor: str, to_reader: str) -> None:
    assert on_page(said, may_edit=True) == to_editor
    assert on_page(said, may_edit=False) == to_reader


def test_what_only_a_terminal_can_do_and_what_names_no_command_stays() -> None:
    for said in (
        "It was embedded otherwise; run 'papertalk reindex' to embed it anew.",
        "papertalk's own 'quote'; so.",
    ):
        assert on_page(said, may_edit=False) == said


def test_two_commands_in_a_sentence_are_both_told_otherwise() -> None:
    said = "Nothing is here; 'papertalk ingest FILE' takes papers in, or 'papertalk people' lists names."
    told = "Nothing is here; “Add papers” takes papers in, or “People” lists names."
    assert on_page(said, may_edit=True) == told


def test_the_pages_own_sentences_name_no_command() -> None:
    folder = Path(assistant.__file__).parent / "surfaces" / "web"
    for file in folder.rglob("*.py"):
        nodes = ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        strings = [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]
        named = [text for text in strings if re.search(r"'papertalk [a-z]+", text)]
        assert not named or file.name == "telling.py", f"{file.name}: {named}"
