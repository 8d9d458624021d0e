"""Templates: each file is declared, loads with its variables, is listed for readers and used by the code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import prompts

ROOT = Path(__file__).parents[1]
FILES = sorted(path.stem for path in (ROOT / "prompts").glob("*.txt"))


def test_every_file_is_declared_and_every_declaration_has_its_file() -> None:
    assert sorted(prompts.VARIABLES) == FILES


@pytest.mark.parametrize("name", FILES)
def test_a_template_loads_and_says_its_values(name: str) -> None:
    values = {variable: f"<{variable}>" for variable in prompts.VARIABLES[name]}
    text = prompts.render(name, **values)
    assert all(value in text for value in values.values())
    assert "$" not in text
    assert text == text.strip() != ""


@pytest.mark.parametrize("name", FILES)
def test_a_template_is_used_by_the_code(name: str) -> None:
    code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "assistant").rglob("*.py"))
    assert f'"{name}"' in code


def test_the_table_for_readers_lists_every_template_with_its_variables() -> None:
    table = (ROOT / "prompts" / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)\.txt` \|.*\|(.*)\|$", table, re.MULTILINE)
    listed = {name: frozenset(re.findall(r"`(\w+)`", variables)) for name, variables in rows}
    assert listed == prompts.VARIABLES


def test_a_variable_left_out_is_no_silent_blank() -> None:
    with pytest.raises(KeyError, match="closest"):
        prompts.render("not_found", sought="a number", where="the papers")


def test_an_unknown_template_is_refused_with_the_known_ones() -> None:
    with pytest.raises(prompts.TemplateError, match=r"'nothing'.*about.*not_found"):
        prompts.load("nothing")


def test_variables_that_are_missing_and_undeclared_are_all_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(prompts.VARIABLES, "not_found", frozenset({"sought", "moon", "sun"}))
    prompts.load.cache_clear()
    with pytest.raises(prompts.TemplateError, match="closest, moon, sun, where"):
        prompts.load("not_found")


def test_values_are_put_in_as_they_are() -> None:
    text = prompts.render("not_found", sought="$where {x} %s", where="W", closest="")
    assert "$where {x} %s" in text
