"""A service class reads its input, calls, and answers: no work stands in it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from deploy.local.names import DOMAIN_SERVICES, ROOT

#: Statements of a method besides its docstring.
MAX_STATEMENTS = 3


@pytest.mark.parametrize("service", DOMAIN_SERVICES)
def test_a_method_of_a_service_class_calls_and_answers(service: str) -> None:
    folder = ROOT / "services" / service
    files = [folder / "service.py", *sorted((folder / "interface").glob("*.py"))]
    for method in (method for file in files for method in _methods(file)):
        inside = sum(isinstance(node, ast.stmt) for node in ast.walk(method)) - 1
        assert inside - bool(ast.get_docstring(method)) <= MAX_STATEMENTS, method.name
        assert not any(isinstance(node, ast.For | ast.While | ast.Try) for node in ast.walk(method)), (
            method.name
        )


def _methods(path: Path) -> list[ast.FunctionDef]:
    return [
        node
        for each in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(each, ast.ClassDef)
        for node in each.body
        if isinstance(node, ast.FunctionDef)
    ]
