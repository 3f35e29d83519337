"""The Dockerfile keeps to its rules, and the images have what the code in them imports."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from deploy.docker.subset import names, normal, subset
from tests.deploy.compose_file import ROOT

OURS = {"authorisation", "chassis", "contracts", "demo", "deploy", "gateway", "sandbox", "services"}
RUNTIME = (ROOT / "requirements.lock").read_text(encoding="utf-8")
DEVELOPMENT = (ROOT / "requirements-dev.lock").read_text(encoding="utf-8")


def _instructions() -> list[tuple[str, str]]:
    """(instruction, arguments) in order, continued lines joined, comments left out."""
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
    text = "\n".join(line for line in lines if not line.lstrip().startswith("#"))
    logical = re.sub(r"\\\n\s*", "", text).splitlines()
    return [(line.split()[0], line.split(maxsplit=1)[1]) for line in logical if line.strip()]


@cache
def _stages() -> dict[str, tuple[str, list[tuple[str, str]]]]:
    """Stage -> what it starts from, its instructions."""
    stages: dict[str, tuple[str, list[tuple[str, str]]]] = {}
    for instruction, arguments in _instructions():
        if instruction == "FROM":
            source, _, name = arguments.split()
            stages[name] = (source, [])
        else:
            stages[name][1].append((instruction, arguments))
    return stages


def _chain(stage: str) -> Iterator[str]:
    while stage in _stages():
        yield stage
        stage = _stages()[stage][0]


def _of(stage: str, instruction: str) -> list[str]:
    return [
        arguments
        for link in reversed(list(_chain(stage)))
        for found, arguments in _stages()[link][1]
        if found == instruction
    ]


def test_stages_start_from_one_pinned_image() -> None:
    sources = {source for source, _ in _stages().values() if source not in _stages()}
    assert sources == {"python:3.11-slim-bookworm"}
    assert list(_stages())[-1] == "services", "what production runs is the default"


@pytest.mark.parametrize("stage", ["services", "outside"])
def test_nothing_runs_as_root(stage: str) -> None:
    last = [(name, arguments) for name, arguments in _stages()[stage][1] if name in ("USER", "RUN", "COPY")]
    assert last[-1] == ("USER", "10001:10001"), "a number, so that an orchestrator can see it is not root"


@pytest.mark.parametrize("stage", ["services", "outside"])
def test_a_process_gets_its_signals(stage: str) -> None:
    assert _of(stage, "ENTRYPOINT") == []
    [command] = _of(stage, "CMD")
    assert re.fullmatch(r'\["python", "-m", .*\]', command)


@pytest.mark.parametrize("stage", ["services", "outside"])
def test_no_tools_are_left(stage: str) -> None:
    commands = " ".join(_of(stage, "RUN"))
    assert not re.search(r"\b(pip|apt-get|apk|curl|wget|gcc|make|git)\b", commands)


def test_only_what_the_lock_names_is_installed() -> None:
    commands = [command for _, found in _stages().values() for name, command in found if name == "RUN"]
    installs = [part for command in commands for part in command.split("&&") if "pip" in part.split()]
    assert len(installs) == 3
    for install in installs:
        assert "--require-hashes" in install and "--only-binary=:all:" in install
        # A source package is allowed only with what builds it taken from the lock, too.
        assert ("--no-binary" in install) == ("--no-build-isolation" in install)
        assert re.search(r"-r \S+\.lock", install)


def test_nothing_is_fetched_from_a_named_place() -> None:
    for path in (ROOT / "Dockerfile", ROOT / "docker-compose.yml", ROOT / "deploy/docker/init.sh"):
        text = path.read_text(encoding="utf-8")
        hosts = set(re.findall(r"https?://(?:[^/@\s]*@)?([^/:$\s\"']+)", text))
        assert hosts <= {"127.0.0.1", "gateway", "sandbox", "rabbitmq"}, path
        assert not re.search(r"index-url|trusted-host|find-links|# syntax=", text), path
        images = re.findall(r"^\s*(?:FROM|image:)\s+(\S+)", text, re.MULTILINE)
        assert not any("/" in image for image in images), path
    assert not any(name in ("ADD", "ARG") for name, _ in _instructions())


def test_only_named_folders_get_in_and_no_secret() -> None:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    let_in = {rule[1:] for rule in rules if rule.startswith("!")}
    assert rules[0] == "*"
    assert {"**/__pycache__", "**/.env", "**/.env.*"} <= set(rules[len(let_in) + 1 :])
    copied = {
        source
        for _, found in _stages().values()
        for name, arguments in found
        if name == "COPY" and not arguments.startswith("--from")
        for source in arguments.split()[:-1]
    }
    assert all((ROOT / source).exists() for source in copied)
    assert {source.split("/")[0] for source in copied} == let_in


@pytest.mark.parametrize("stage", ["services", "outside"])
def test_an_image_has_what_its_code_imports(stage: str) -> None:
    folders = {arguments.split()[0] for arguments in _of(stage, "COPY") if not arguments.startswith("--from")}
    installed = names(RUNTIME)
    if stage == "outside":
        installed |= names(subset(DEVELOPMENT, _wanted_outside()))
    imported = set().union(*(_imports(ROOT / folder) for folder in folders))
    if stage == "services":
        imported -= {"demo"}  # deploy.docker.load_demo is run in the other image
    assert imported & OURS <= folders
    providers = packages_distributions()
    missing = {
        module
        for module in imported - OURS - sys.stdlib_module_names
        if not {normal(name) for name in providers.get(module, [])} & installed
    }
    assert missing == set()


def _wanted_outside() -> list[str]:
    [command] = [arguments for name, arguments in _stages()["build-outside"][1] if name == "RUN"]
    found = re.match(r"python subset\.py requirements-dev\.lock ([^>]+) > outside\.lock", command)
    assert found
    return found[1].split()


@cache
def _imports(folder: Path) -> set[str]:
    """The top of every absolute import."""
    found = set()
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module.split(".")[0])
    return found


def test_a_part_of_a_lock_is_closed_and_keeps_its_hashes() -> None:
    lock = (
        "# head\na==1 \\\n    --hash=sha256:aa \\\n    --hash=sha256:ab\n    # via -r in.in\n"
        "b==2 \\\n    --hash=sha256:bb\n    # via a\n"
        "c[x]==3 \\\n    --hash=sha256:cc\n    # via\n    #   -c other.lock\n    #   b\n    #   d\n"
        "d==4 \\\n    --hash=sha256:dd\n    # via -r in.in\n"
    )
    assert names(subset(lock, ["A"])) == {"a", "b", "c"}
    assert subset(lock, ["d"]).splitlines() == [
        "c[x]==3 \\",
        "    --hash=sha256:cc",
        "d==4 \\",
        "    --hash=sha256:dd",
    ]
    with pytest.raises(ValueError, match="not in the lock: z"):
        subset(lock, ["a", "z"])


def test_what_the_outside_gets_on_top_has_the_same_versions() -> None:
    pins = dict(re.findall(r"^([a-z0-9-]+)==(\S+)", RUNTIME, re.MULTILINE))
    more = dict(re.findall(r"^([a-z0-9-]+)==(\S+)", subset(DEVELOPMENT, _wanted_outside()), re.MULTILINE))
    assert {name: more[name] for name in pins.keys() & more.keys()} == {
        name: pins[name] for name in pins.keys() & more.keys()
    }
