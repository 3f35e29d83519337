"""Every service has the same shape."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator

import pytest

from chassis.run import service_class
from deploy.local.names import DOMAIN_SERVICES, ROOT

FILES = ("README.md", "service.py", "domain/__init__.py", "migrations/versions")
FILE_OR_FOLDER = ("views", "handlers", "store")


def test_the_list_of_services_is_complete() -> None:
    found = {path.name for path in (ROOT / "services").iterdir() if (path / "__init__.py").exists()}
    assert found == set(DOMAIN_SERVICES)


@pytest.mark.parametrize("service", DOMAIN_SERVICES)
def test_a_service_has_the_standard_files(service: str) -> None:
    home = ROOT / "services" / service
    missing = [name for name in FILES if not (home / name).exists()]
    missing += [
        name
        for name in FILE_OR_FOLDER
        if not (home / f"{name}.py").exists() and not (home / name / "__init__.py").exists()
    ]
    assert missing == []
    assert len((home / "README.md").read_text(encoding="utf-8").split("\n")) < 120  # one page


@pytest.mark.parametrize("service", DOMAIN_SERVICES)
def test_every_operation_of_a_service_stands_on_its_page(service: str) -> None:
    page = (ROOT / "services" / service / "README.md").read_text(encoding="utf-8")
    methods = inspect.getmembers(service_class(f"services.{service}.service"), inspect.isfunction)
    operations = [name for name, method in methods if hasattr(method, "declaration")]
    assert operations
    assert [name for name in operations if not re.search(rf"`{name}[`(]", page)] == []


@pytest.mark.parametrize("service", DOMAIN_SERVICES)
def test_a_service_is_named_like_its_folder(service: str) -> None:
    assert service_class(f"services.{service}.service").name == service


@pytest.mark.parametrize("service", DOMAIN_SERVICES)
def test_a_service_class_holds_no_statement(service: str) -> None:
    """It reads the input, calls a handler, writes the output."""
    path = ROOT / "services" / service / "service.py"
    for text in _texts(ast.parse(path.read_text(encoding="utf-8"))):
        first = text.strip().lower().split(" ", 1)[0]
        assert first not in ("select", "insert", "update", "delete", "with"), text


def _texts(tree: ast.Module) -> Iterator[str]:
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, documented) and node.body and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.value
