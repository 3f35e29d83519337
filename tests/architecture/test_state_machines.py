"""Every column named state belongs to a state machine, nothing goes past it, and its edges alone tell what happened."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from contracts.transitions import NEW, Transitions
from deploy.local.names import DOMAIN_SERVICES, ROOT

#: The table of each machine, by service.
MACHINES = {
    "identity": {
        "registration": "REGISTRATION",
        "one_time_code": "CODE",
        "session": "SESSION",
        "person": "PERSON",
        "recovery": "RECOVERY",
        "contact_change": "CONTACT_CHANGE",
        "consent": "CONSENT",
        "link": "LINK",
        "access_grant": "GRANT",
        "organisation_link": "ORGANISATION_LINK",
        "membership": "MEMBERSHIP",
        "challenge": "CHALLENGE",
    },
    "metering": {"guest_reading": "GUEST_READING", "usage_alert": "ALERT"},
    "billing": {"bill_run": "RUN"},
    "payments": {"payment": "PAYMENT", "receipt": "RECEIPT"},
    "notifications": {"dispatch": "DISPATCH"},
    "support": {"appeal": "APPEAL"},
    "loyalty": {},
}
#: One change of a member or an account of an organisation is told to many, by role, account by account.
TOLD_TO_MANY = {
    ("identity", "organisations.py", "AccessGranted"),
    ("identity", "organisations.py", "AccessRevoked"),
}


def _machines(service: str) -> dict[str, Transitions]:
    package = importlib.import_module(f"services.{service}.domain")
    found: dict[str, Transitions] = {}
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        values = vars(importlib.import_module(module.name))
        found |= {name: value for name, value in values.items() if isinstance(value, Transitions)}
    return found


def _files(service: str, folder: str) -> Iterator[Path]:
    home = ROOT / "services" / service
    yield from (home / folder).rglob("*.py") if (home / folder).is_dir() else [home / f"{folder}.py"]


@pytest.mark.parametrize("service", DOMAIN_SERVICES)
def test_every_state_of_a_table_has_a_machine(service: str) -> None:
    with_state = set()
    for path in _files(service, "migrations"):
        text = path.read_text(encoding="utf-8")
        for table, columns in re.findall(r"(?:create|alter) table (\w+)(.*?)\"\"\"", text, re.DOTALL):
            if re.search(r"\bstate text\b", columns):
                with_state.add(table)
        with_state |= set(re.findall(r"alter table (\w+) add column state text", text))
    assert with_state == set(MACHINES[service])
    assert set(_machines(service)) == set(MACHINES[service].values())


@pytest.mark.parametrize("service", DOMAIN_SERVICES)
def test_nothing_becomes_a_state_past_its_machine(service: str) -> None:
    """No statement sets one by its name, and no handler hands one in; what is new gets a state that NEW leads to."""
    firsts = {edge.state for machine in _machines(service).values() for edge in machine if edge.source == NEW}
    states = {state for machine in _machines(service).values() for state in machine.states}
    for path in _files(service, "store"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"\bset\s+(?:\w+\s*=\s*[^,;]+,\s*)*state\s*=\s*'", text), path
        for statement in re.findall(r"insert into.*?\"\"\"", text, re.DOTALL):
            values = statement.partition("values")[2].partition("on conflict")[0]
            assert set(re.findall(r"'(\w+)'", values)) & states <= firsts, statement
    for path in _files(service, "handlers"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.keyword) and node.arg == "state":
                assert not isinstance(node.value, ast.Constant), f"{path}:{node.value.lineno}"


@pytest.mark.parametrize("service", DOMAIN_SERVICES)
def test_what_an_edge_tells_nothing_else_tells(service: str) -> None:
    of_edges = {
        edge.event.__name__ for machine in _machines(service).values() for edge in machine if edge.event
    }
    past = set()
    for path in _files(service, "handlers"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in of_edges:
                past.add((service, path.name, node.func.id))
    assert past <= TOLD_TO_MANY
