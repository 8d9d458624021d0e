"""The files for operators, read as Docker, Compose and systemd read them: what they name is there, and ports match.

Neither an image nor a service is started here; nginx is, in test_nginx.py.
"""

from __future__ import annotations

import fnmatch
import json
import os
import re
import shlex
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
import typer.main
import yaml

from assistant.settings import Settings, load
from assistant.surfaces.cli import app as cli

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "deploy"
DOCS = ROOT / "docs" / "deployment.md"
PINNED = re.compile(r"[\w./-]+:\d[\w.-]*")
SETTING = re.compile(r"\bPAPERTALK_([A-Z0-9_]+)\b")
SECRET = re.compile(r"KEY|TOKEN|PASSWORD|SECRET")
SECRETS = "/run/secrets"


def commands() -> set[str]:
    """``papertalk``'s commands, and those below them as two words."""
    root = typer.main.get_command(cli)
    found = set()
    for name, command in getattr(root, "commands", {}).items():
        found.add(name)
        found |= {f"{name} {below}" for below in getattr(command, "commands", {})}
    return found


def settings_of(text: str) -> set[str]:
    return {name.lower() for name in SETTING.findall(text)}


# ---- Dockerfile


@dataclass(frozen=True, slots=True)
class Instruction:
    """A line of the Dockerfile with those that it goes on in; ``stage`` counts from 0."""

    name: str
    text: str
    stage: int

    @property
    def words(self) -> list[str]:
        return json.loads(self.text) if self.text.startswith("[") else shlex.split(self.text)

    @property
    def options(self) -> dict[str, str]:
        return dict(word.removeprefix("--").split("=", 1) for word in self.words if word.startswith("--"))

    @property
    def arguments(self) -> list[str]:
        return [word for word in self.words if not word.startswith("--")]


@cache
def instructions() -> tuple[Instruction, ...]:
    lines = [line for line in (ROOT / "Dockerfile").read_text().splitlines() if line and not line.startswith("#")]
    found, stage = [], -1
    for line in "\n".join(lines).replace("\\\n", " ").splitlines():
        name, _, text = line.strip().partition(" ")
        stage += name == "FROM"
        found.append(Instruction(name, text.strip(), stage))
    return tuple(found)


def of_kind(name: str) -> list[Instruction]:
    return [one for one in instructions() if one.name == name]


def environment() -> dict[str, str]:
    return dict(word.split("=", 1) for one in of_kind("ENV") for word in one.words)


def copied() -> Iterator[str]:
    """What is copied into the image from the build's folder."""
    for one in of_kind("COPY"):
        if "from" not in one.options:
            yield from one.arguments[:-1]


def is_ignored(path: str) -> bool:
    """Whether .dockerignore keeps a path from the build: the last rule that matches it, or a folder above it, holds."""
    ignored = False
    above = [str(one) for one in (PurePosixPath(path), *PurePosixPath(path).parents)]
    for rule in (ROOT / ".dockerignore").read_text().splitlines():
        pattern = rule.removeprefix("!")
        if not rule or rule.startswith("#"):
            continue
        if any(fnmatch.fnmatch(one, pattern) or fnmatch.fnmatch(f"/{one}", pattern) for one in above if one != "."):
            ignored = not rule.startswith("!")
    return ignored


def test_whatever_the_image_copies_is_there_and_reaches_the_build() -> None:
    sources = list(copied())
    assert sources
    for source in sources:
        assert (ROOT / source).exists(), source
        assert not is_ignored(source), source


def test_the_build_gets_the_whole_package_and_nothing_else() -> None:
    packages = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]["find"]["include"]
    for package in packages:
        assert package.rstrip("*") in set(copied())
    for kept_out in (".env", "papertalk.toml", "secrets/OPENAI_API_KEY", ".git/config", "tests/conftest.py"):
        assert is_ignored(kept_out), kept_out
    assert is_ignored("assistant/__pycache__/api.cpython-312.pyc")


def test_images_are_pinned_to_a_version() -> None:
    images = [one.words[0] for one in of_kind("FROM")] + [one["image"] for one in services().values()]
    for image in images:
        assert PINNED.fullmatch(image), image


def test_the_image_has_a_python_that_papertalk_runs_on() -> None:
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"]
    low, high = re.findall(r"3\.(\d+)", wanted)
    for one in of_kind("FROM"):
        version = re.search(r"python:3\.(\d+)", one.text)
        assert version is not None
        assert int(low) <= int(version[1]) < int(high)


def test_the_extras_that_the_image_installs_exist() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    installed = re.findall(r"'\.\[(\w+)\]'", " ".join(one.text for one in of_kind("RUN")))
    assert installed
    assert set(installed) <= set(extras)
    assert all("-c constraints.txt" in one.text for one in of_kind("RUN") if "pip install" in one.text)


def test_the_image_is_configured_by_settings_that_there_are() -> None:
    given = {name: value for name, value in environment().items() if name.startswith("PAPERTALK_")}
    assert settings_of(" ".join(given)) <= set(Settings.model_fields)
    chosen = load(**{name.removeprefix("PAPERTALK_").lower(): value for name, value in given.items()})
    assert chosen.access != "local"  # which would be refused on 0.0.0.0
    assert (chosen.data_dir, chosen.host) == (Path("/data"), "0.0.0.0")


def test_the_image_holds_no_secret() -> None:
    assert not [name for name in environment() if SECRET.search(name)]
    assert not of_kind("ARG")


def test_the_image_is_not_run_by_root_and_writes_to_its_volume() -> None:
    last = max(one.stage for one in instructions())
    [user] = [one.text for one in of_kind("USER") if one.stage == last]
    assert user not in ("root", "0")
    assert any(f"useradd --system --uid 10001 --no-create-home {user}" in one.text for one in of_kind("RUN"))
    assert [one.text for one in of_kind("VOLUME")] == [environment()["PAPERTALK_DATA_DIR"]]


def test_the_ports_of_the_image_are_one() -> None:
    port = environment()["PAPERTALK_PORT"]
    assert [one.text for one in of_kind("EXPOSE")] == [port]
    [check] = of_kind("HEALTHCHECK")
    assert f"'127.0.0.1', {port}" in check.text
    assert "'/healthz'" in check.text


def test_the_image_s_check_and_command_can_be_run() -> None:
    [check], [command] = of_kind("HEALTHCHECK"), of_kind("CMD")
    words = json.loads(check.text.partition("CMD ")[2])
    assert words[:2] == ["python", "-c"]
    compile(words[2], "check", "exec")
    assert command.words[0] == "papertalk"
    assert command.words[1] in commands()


# ---- entrypoint


def entered(secrets: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", str(DEPLOY / "entrypoint.sh"), *command],
        env={"SECRETS_DIR": str(secrets), "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )


def test_files_of_secrets_become_the_environment_of_the_command(tmp_path: Path) -> None:
    (tmp_path / "OPENAI_API_KEY").write_text("sk-of file\n")
    (tmp_path / "PAPERTALK_S2_API_KEY").write_text("$(false) `false` *")
    ran = entered(tmp_path, "sh", "-c", 'echo "$OPENAI_API_KEY|$PAPERTALK_S2_API_KEY"')
    assert ran.stdout == "sk-of file|$(false) `false` *\n"


@pytest.mark.parametrize("there", [True, False])
def test_without_secrets_the_command_runs_as_it_is(tmp_path: Path, there: bool) -> None:
    ran = entered(tmp_path if there else tmp_path / "none", "sh", "-c", "exit 7")
    assert (ran.returncode, ran.stderr) == (7, "")


def test_the_entrypoint_reads_where_compose_puts_them() -> None:
    assert f"${{SECRETS_DIR:-{SECRETS}}}" in (DEPLOY / "entrypoint.sh").read_text()
    assert of_kind("ENTRYPOINT")[0].words == ["entrypoint.sh"]


# ---- Compose


@cache
def compose() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
    return read


def services() -> dict[str, Any]:
    found: dict[str, Any] = compose()["services"]
    return found


def test_compose_runs_the_chroma_that_papertalk_is_built_on() -> None:
    pinned = dict(line.split("==") for line in (ROOT / "constraints.txt").read_text().split())
    assert services()["chroma"]["image"] == f"chromadb/chroma:{pinned['chromadb']}"
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert services()["papertalk"]["image"] == f"papertalk:{version}"


def test_compose_sets_what_there_is_to_set() -> None:
    given = services()["papertalk"]["environment"]
    assert settings_of(" ".join(given)) <= set(Settings.model_fields)
    load(**{name.removeprefix("PAPERTALK_").lower(): value for name, value in given.items()})
    assert given["PAPERTALK_CHROMA_URL"] == "http://chroma:8000"
    assert not [name for one in services().values() for name in one.get("environment", {}) if SECRET.search(name)]


def test_what_compose_names_is_declared() -> None:
    for one in services().values():
        assert set(one.get("depends_on", {})) <= set(services())
        named = [volume.split(":")[0] for volume in one["volumes"] if isinstance(volume, str)]
        assert set(named) <= set(compose()["volumes"])
    for needed, condition in services()["papertalk"]["depends_on"].items():
        assert condition == {"condition": "service_healthy"}
        assert "healthcheck" in services()[needed]


def test_compose_opens_the_image_s_port_to_this_machine_alone() -> None:
    assert services()["papertalk"]["ports"] == [f"127.0.0.1:7860:{environment()['PAPERTALK_PORT']}"]
    assert "ports" not in services()["chroma"]


def test_the_container_can_write_to_its_data_and_to_tmp_alone() -> None:
    one = services()["papertalk"]
    assert one["read_only"] is True
    assert one["tmpfs"] == ["/tmp"]
    assert one["cap_drop"] == ["ALL"]
    data, secrets = one["volumes"]
    assert data.endswith(f":{environment()['PAPERTALK_DATA_DIR']}")
    assert (secrets["target"], secrets["read_only"]) == (SECRETS, True)


def test_chroma_is_asked_for_its_heartbeat_by_what_its_image_has() -> None:
    words = services()["chroma"]["healthcheck"]["test"]
    assert words[:3] == ["CMD", "/bin/bash", "-c"]
    checked = subprocess.run(["bash", "-n", "-c", words[3]], capture_output=True, check=False)
    assert checked.returncode == 0, checked.stderr


# ---- systemd


@cache
def unit() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in (DEPLOY / "papertalk.service").read_text().splitlines():
        name, is_set, value = line.partition("=")
        if is_set and not line.startswith("#"):
            found.setdefault(name, []).append(value)
    return found


def test_the_service_runs_a_command_that_there_is() -> None:
    [started] = unit()["ExecStart"]
    path, command = started.split()
    assert Path(path).name == "papertalk"
    assert command in commands()


def test_the_service_writes_to_its_state_alone() -> None:
    assert unit()["StateDirectory"] == ["papertalk"]
    assert "PAPERTALK_DATA_DIR=%S/papertalk" in unit()["Environment"]
    assert unit()["ProtectSystem"] == ["strict"]
    assert unit()["User"] != ["root"]


def test_the_service_is_told_what_there_is_to_set() -> None:
    text = (DEPLOY / "papertalk.env").read_text()
    assert settings_of(text) <= set(Settings.model_fields)
    lines = [line.removeprefix("#") for line in text.splitlines() if re.match(r"#?PAPERTALK_", line)]
    given = dict(line.removeprefix("PAPERTALK_").lower().split("=", 1) for line in lines)
    load(**given)
    assert "EnvironmentFile" in unit()
    assert not [line for line in lines if SECRET.search(line)]


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd-analyze on this machine")
def test_systemd_understands_the_service_and_finds_it_confined(tmp_path: Path) -> None:
    file = tmp_path / "papertalk.service"
    text = (DEPLOY / "papertalk.service").read_text().replace("/opt/papertalk/bin/papertalk", str(shutil.which("true")))
    file.write_text(text)
    verified = subprocess.run(["systemd-analyze", "verify", str(file)], capture_output=True, text=True, check=False)
    assert (verified.returncode, verified.stderr) == (0, "")
    command = ["systemd-analyze", "security", "--offline=true", "--threshold=20", str(file)]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0


# ---- the page about it


def test_the_page_says_plainly_what_was_not_run() -> None:
    assert re.search(r"not (?:been )?(?:built|run) (?:by us|here)", DOCS.read_text())
