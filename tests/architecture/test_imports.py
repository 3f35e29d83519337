"""Imports run down only (import-linter, see pyproject.toml), and some rules that it has no words for."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.names import DOMAIN_SERVICES, ROOT

STANDARD = sys.stdlib_module_names


def _modules(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


def _imports(path: Path) -> Iterator[str]:
    """Full names of all modules that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide where they lead"
            yield node.module or ""


def _others(path: Path, *allowed: str) -> set[str]:
    """What it imports besides the standard library and the allowed packages."""
    return {
        name
        for name in _imports(path)
        if name.split(".")[0] not in STANDARD
        and not any(name == one or name.startswith(f"{one}.") for one in allowed)
    }


def test_import_linter_finds_nothing() -> None:
    program = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([program, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_contracts_need_nothing_but_msgspec() -> None:
    for path in _modules("contracts"):
        assert _others(path, "contracts", "msgspec") == set(), path


@pytest.mark.parametrize("service", DOMAIN_SERVICES)
def test_a_domain_needs_nothing_but_the_contracts(service: str) -> None:
    for path in _modules(f"services/{service}/domain"):
        assert _others(path, "contracts", f"services.{service}.domain") == set(), path


@pytest.mark.parametrize("service", DOMAIN_SERVICES)
def test_another_runtime_could_carry_the_same_handlers(service: str) -> None:
    """eventlet and nameko stay in the chassis, the gateway and service.py."""
    for path in _modules(f"services/{service}"):
        if path.name != "service.py":
            assert not {"eventlet", "nameko"} & {name.split(".")[0] for name in _imports(path)}, path


@pytest.mark.parametrize("service", DOMAIN_SERVICES)
def test_a_domain_asks_no_clock(service: str) -> None:
    """The moment is handed in, so that tests and demos can choose it."""
    for path in _modules(f"services/{service}/domain"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute):
                assert node.attr not in ("now", "utcnow", "today"), f"{path}:{node.lineno}"


@pytest.mark.parametrize("folder", ["services", "gateway"])
def test_nobody_but_the_relay_publishes(folder: str) -> None:
    """An event goes through the outbox of the transaction that caused it; AMI receipts are Batches' answers."""
    for path in _modules(folder):
        found = {name for name in _imports(path) if name in ("amqp", "kombu", "pika")}
        assert not found, path
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute):
                assert node.attr not in ("publish", "publish_confirmed"), f"{path}:{node.lineno}"
