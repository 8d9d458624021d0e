"""What is shipped: the wheel holds all that it needs and works away from the checkout; pins and commands agree."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PACKAGES = ("assistant", "vectorstore", "prompts")
SHIPPED = ("pyproject.toml", "README.md", "LICENSE", "app.py", *PACKAGES, "examples")


def run(*command: str | Path, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    ran = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built of a copy: an old ``build`` folder in the checkout would be packed as well."""
    (pin,) = PROJECT["build-system"]["requires"]
    if pin not in {f"{found.name}=={found.version}" for found in metadata.distributions(name="setuptools")}:
        pytest.fail(f"Building the wheel needs {pin}, which 'make test' installs with the extra 'dev'.")
    source = tmp_path_factory.mktemp("source")
    for name in SHIPPED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, source / name)
    out = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", out, cwd=source)
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def in_checkout(folder: str, pattern: str) -> set[str]:
    return {path.relative_to(ROOT).as_posix() for path in (ROOT / folder).rglob(pattern)}


# ---- what the wheel holds


@pytest.mark.parametrize("package", PACKAGES)
def test_the_wheel_holds_every_module(names: set[str], package: str) -> None:
    assert in_checkout(package, "*.py") <= names


def test_the_wheel_holds_every_template(names: set[str]) -> None:
    templates = in_checkout("prompts", "*.txt")
    assert templates
    assert templates <= names


def test_the_wheel_holds_the_tokenizer_with_its_licence(names: set[str]) -> None:
    models = {path for path in in_checkout("vectorstore/models", "*") if "__pycache__" not in path}
    assert {path.rpartition("/")[2] for path in models} >= {"all-MiniLM-L6-v2-tokenizer.json", "LICENSE", "NOTICE.md"}
    assert models <= names


def test_the_wheel_holds_what_the_web_chat_shows(names: set[str]) -> None:
    assert in_checkout("assistant/surfaces/assets", "*.*") <= names


def test_the_wheel_holds_the_starter_and_the_marks_for_type_checkers(names: set[str]) -> None:
    assert {"app.py", "assistant/py.typed", "vectorstore/py.typed"} <= names


def test_the_wheel_holds_the_sample_page_as_it_is(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (sample,) = (name for name in archive.namelist() if name.endswith("xu_han/profile.txt"))
        assert archive.read(sample) == (ROOT / "examples" / "xu_han" / "profile.txt").read_bytes()


def test_the_wheel_holds_its_licences(names: set[str]) -> None:
    for path in PROJECT["project"]["license-files"]:
        assert any(name.endswith(f".dist-info/licenses/{path}") for name in names)


def test_the_wheel_holds_nothing_else(names: set[str]) -> None:
    tops = {name.partition("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} <= {*PACKAGES, "app.py", "examples"}
    assert not any("__pycache__" in name or name.startswith("tests") for name in names)


# ---- using it

USE = """
import sys
from pathlib import Path

import app, prompts, vectorstore
import assistant
from assistant import Assistant
from examples import SAMPLE

home = Path(sys.argv[1])
for module in (app, prompts, vectorstore, assistant):
    assert home in Path(module.__file__).parents, module.__file__
assert home in SAMPLE.parents, SAMPLE
with Assistant(library="sample", data_dir=sys.argv[2]) as opened:
    report = opened.ingest(SAMPLE)
    assert len(report.added) == 37, report
    answer = opened.ask("What is CLEVE?")
    assert answer.answered
    for citation in answer.citations:
        assert citation.paper.text[citation.start : citation.end] == citation.quote
    print(answer.citations[0].paper.title)
"""


def test_the_wheel_ingests_and_answers_away_from_the_checkout(wheel: Path, tmp_path: Path) -> None:
    home, elsewhere = tmp_path / "home", tmp_path / "elsewhere"
    elsewhere.mkdir()
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(home)
    ran = run(sys.executable, "-c", USE, home, tmp_path / "data", cwd=elsewhere, PYTHONPATH=str(home))
    assert ran.stdout.strip() == "CLEVE: Contrastive Pre-training for Event Extraction"
    assert list(elsewhere.iterdir()) == []


# ---- pins and commands


def constraints() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if not re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.+!]+", line)] == []
    return {normal(line.partition("==")[0]): line.partition("==")[2] for line in lines}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_constraints_are_names_with_versions_alone_each_once() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    assert len(constraints()) == len(lines)


def test_everything_that_is_depended_on_is_pinned() -> None:
    project = PROJECT["project"]
    wanted = [
        *project["dependencies"],
        *(name for extra in project["optional-dependencies"].values() for name in extra),
    ]
    names = {normal(re.match(r"[\w.-]+", requirement)[0]) for requirement in wanted}  # type: ignore[index]
    assert names - set(constraints()) == {project["name"]}  # of which one extra holds another


def test_the_version_is_that_of_the_changelog() -> None:
    newest = re.search(r"^## (\d+\.\d+\.\d+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert newest is not None
    assert newest[1] == PROJECT["project"]["version"]


def test_ci_runs_what_the_readme_tells_and_nothing_else() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    called = re.findall(r"^\s*(make \w+)$", (ROOT / ".ci" / "run").read_text(encoding="utf-8"), re.MULTILINE)
    assert called == ["make check", "make test"]
    told = set(re.findall(r"make \w+", readme))
    assert set(called) <= told
    for command in told:
        assert re.search(rf"^{command.removeprefix('make ')}:", makefile, re.MULTILINE), command


def test_the_wheel_is_built_with_what_developers_have() -> None:
    assert set(PROJECT["build-system"]["requires"]) <= set(PROJECT["project"]["optional-dependencies"]["dev"])


def test_both_ways_to_install_use_the_same_pins() -> None:
    assert "-c constraints.txt" in (ROOT / "README.md").read_text(encoding="utf-8")
    assert "-c constraints.txt" in (ROOT / "Makefile").read_text(encoding="utf-8")
