"""Guards of the architecture: imports point one way, the public names are whole, nothing knows the sample's names."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import assistant
from assistant.library import Library
from assistant.mentions import Names, looks_coined
from assistant.words import is_common

ROOT = Path(__file__).parents[1]
PACKAGES = ("assistant", "vectorstore", "prompts")
ALLOWED_UPWARD = {
    ("assistant.answers", "assistant.rendering"): "an answer in a notebook shows itself; imported when it is shown",
    ("assistant.answers", "assistant.exporting"): "an answer saves its table and figure; imported when it does",
}


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


MODULES = {module_of(path): path for name in PACKAGES for path in sorted((ROOT / name).rglob("*.py"))}
MODULES["app"] = ROOT / "app.py"


def imported(module: str) -> Iterator[str]:
    """The modules of this project that a module imports anywhere in it, but for the eyes of the type checker."""
    tree = ast.parse(MODULES[module].read_text(encoding="utf-8"))
    for node in _running(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in MODULES)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} imports by dots"
            for alias in node.names:
                name = f"{node.module}.{alias.name}"
                if name in MODULES:
                    yield name
                elif node.module == "assistant":
                    yield assistant._HOMES[alias.name]
                elif node.module in MODULES:
                    yield node.module


def _running(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and isinstance(child.test, ast.Name) and child.test.id == "TYPE_CHECKING":
            continue
        yield child
        yield from _running(child)


def documented() -> dict[str, int]:
    """The layer of each module, by the table in docs/architecture.md; those of the store lie below all others."""
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    layers: dict[str, int] = {}
    for store, number, text in re.findall(r"^\| (store, )?(\d+) \| (.*) \|$", page, re.MULTILINE):
        folder = "vectorstore" if store else "assistant"
        for name in re.findall(r"`([\w/]+(?:\.py|/))`", text):
            path = ROOT / name if (ROOT / name).exists() and "/" in name.rstrip("/") else ROOT / folder / name
            path = ROOT / name if name == "app.py" else path
            assert path.exists(), f"{name} of the table is not there"
            inside = sorted(path.rglob("*.py")) if path.is_dir() else [path]
            layers |= {module_of(file): int(number) - (100 if store else 0) for file in inside}
    return layers


LAYERS = documented()


def test_every_module_has_its_layer_in_the_documented_table() -> None:
    packages = {"assistant", "vectorstore", "prompts"}
    assert set(MODULES) - packages - set(LAYERS) == set()


@pytest.mark.parametrize("module", [module for module in MODULES if module in LAYERS])
def test_a_module_imports_nothing_from_a_layer_above_its_own(module: str) -> None:
    above = {
        name
        for name in imported(module)
        if LAYERS.get(name, -200) > LAYERS[module] and (module, name) not in ALLOWED_UPWARD
    }
    assert above == set()


def test_each_exception_to_the_direction_is_still_needed() -> None:
    assert all(upper in set(imported(lower)) for lower, upper in ALLOWED_UPWARD)


def test_no_two_modules_import_each_other() -> None:
    needs = {module: {name for name in imported(module) if not name.startswith(module)} for module in MODULES}
    for lower, upper in ALLOWED_UPWARD:
        needs[lower].discard(upper)
    while free := [module for module, names in needs.items() if not names & set(needs)]:
        for module in free:
            del needs[module]
    assert needs == {}


@pytest.mark.parametrize("module", [module for module in MODULES if module.split(".")[0] in ("vectorstore", "prompts")])
def test_the_store_and_the_templates_know_nothing_of_the_assistant(module: str) -> None:
    own = module.split(".")[0]
    assert {name.split(".")[0] for name in imported(module)} <= {own}


@pytest.mark.parametrize(
    "statement",
    [
        "import vectorstore.store",
        "import vectorstore.search",
        "import vectorstore.embeddings",
        "import prompts",
    ],
)
def test_the_store_and_the_templates_load_on_their_own(statement: str) -> None:
    code = f"{statement}; import sys; assert not [n for n in sys.modules if n.split('.')[0] == 'assistant']"
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr


def test_importing_the_assistant_loads_nothing_heavy() -> None:
    heavy = ("chromadb", "gradio", "langchain", "langchain_core", "langchain_openai", "onnxruntime", "tantivy", "numpy")
    code = f"import assistant, sys; found = [n for n in {heavy!r} if n in sys.modules]; assert not found, found"
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr


# ---- the public names


def test_the_public_names_are_sorted_and_each_has_its_home() -> None:
    assert assistant.__all__ == sorted(assistant.__all__)
    assert sorted(assistant._HOMES) == assistant.__all__


@pytest.mark.parametrize("name", assistant.__all__)
def test_a_public_name_loads_from_where_it_lives(name: str) -> None:
    found = getattr(assistant, name)
    assert found.__name__ == name
    assert found.__module__ == assistant._HOMES[name]


def test_a_name_that_is_not_public_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="'nothing'"):
        _ = assistant.nothing


# ---- no knowledge of the sample


@pytest.fixture(scope="module")
def coined(sample_library: Library) -> list[str]:
    """What only the sample's papers can have brought: names that no other text would hold by chance."""
    names = Names(sample_library.papers.values())
    every = {name for key in sample_library.papers for name in names.coined(key)}
    return sorted(
        name for name in every if len(name) > 3 and (looks_coined(name) or " " in name) and not is_common(name)
    )


def product_files() -> Iterator[Any]:
    folders = [path for name in PACKAGES for path in (ROOT / name).rglob("*")]
    texts = [path for path in folders if path.suffix in (".py", ".txt", ".md", ".css", ".js", ".html")]
    for path in sorted([*texts, ROOT / "app.py"]):
        name = str(path.relative_to(ROOT))
        yield pytest.param(path, id=name)


@pytest.mark.parametrize("path", list(product_files()))
def test_no_product_file_knows_a_name_that_the_sample_coins(coined: list[str], path: Path) -> None:
    assert {"FewRel", "DacKGR", "CA-LoRA", "OpenNRE", "InfLLM"} <= set(coined)
    text = path.read_text(encoding="utf-8")
    held = [name for name in coined if re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text, re.IGNORECASE)]
    assert held == []
