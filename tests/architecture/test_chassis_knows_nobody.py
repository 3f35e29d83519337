"""The chassis knows no service, no role, no scope and no table of theirs: whatever stands on it is known above it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from authorisation import access
from authorisation.subject import STAFF_ROLES
from contracts.rpc import words
from deploy.local.names import DOMAIN_SERVICES, ROOT

FILES = sorted((ROOT / "chassis").rglob("*.py"))
#: SQL's own word, in a declaration of a column.
OF_SQL = "generated always as identity"
#: Of the chassis, and of PostgreSQL itself.
TABLES = {
    "outbox",
    "inbox",
    "idempotency",
    "schedule",
    "attempt",
    "alembic_version",
    "unnest",
    "pg_",
    "fresh",
}
NAMED_IN_SQL = re.compile(r"\b(?:from|into|update|join|create table)\s+(?!set\b|or\b)([a-z_]+)")


def _texts(path: Path) -> Iterator[str]:
    """Every text in the code."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def scopes() -> set[str]:
    """What one may be let in to do."""
    return {access.AMOUNTS, access.SEE, access.READ, access.PAY}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT / "chassis")))
def test_no_service_and_no_role_is_named_in_the_chassis(path: Path) -> None:
    text = path.read_text(encoding="utf-8").lower().replace(OF_SQL, "")
    for name in (*DOMAIN_SERVICES, *STAFF_ROLES, "ami", "meter", "account"):
        assert not re.search(rf"\b{name}s?\b", text), name


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT / "chassis")))
def test_no_scope_is_named_in_the_chassis(path: Path) -> None:
    assert not scopes() & set(_texts(path))
    assert scopes() == set(get_args(words.Scope.__origin__))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT / "chassis")))
def test_the_chassis_has_statements_on_its_own_tables_only(path: Path) -> None:
    for text in _texts(path):
        if re.match(r"\s*(select|insert|update|delete|create|with)\b", text):
            named = set(NAMED_IN_SQL.findall(text))
            assert not {name for name in named if not name.startswith(tuple(TABLES))}, text
