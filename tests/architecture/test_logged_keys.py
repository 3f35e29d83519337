"""Every key that a log line has is on a list, else its value is lost; none of the lists is longer than needed."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from chassis.logs import ALLOWED
from chassis.run import service_class
from deploy.local.names import DOMAIN_SERVICES, ROOT

#: What structlog takes apart, and what the log itself adds.
OF_THE_LOG = {"exc_info"}
ADDED = {"event", "level", "line", "logger", "request_id", "timestamp", "trace_id", "traceback"}


def _keys(folder: str) -> set[str]:
    return {
        keyword.arg
        for path in sorted((ROOT / folder).rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        if isinstance(node.func.value, ast.Name) and node.func.value.id == "log"
        for keyword in node.keywords
        if keyword.arg and keyword.arg not in OF_THE_LOG
    }


@pytest.mark.parametrize("service", DOMAIN_SERVICES)
def test_a_service_lists_the_keys_that_it_logs(service: str) -> None:
    logged = getattr(service_class(f"services.{service}.service"), "logged", frozenset())
    assert _keys(f"services/{service}") - ALLOWED == logged


def test_the_other_floors_log_what_all_may() -> None:
    used = set().union(*map(_keys, ("chassis", "authorisation", "gateway")))
    assert used <= ALLOWED
    of_services = set().union(*(_keys(str(Path("services") / name)) for name in DOMAIN_SERVICES))
    assert ALLOWED - used - of_services == ADDED - used
