"""docker-compose.yml as Compose reads it: anchors merged, variables put in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from deploy.docker.make_env import complete, parse

ROOT = Path(__file__).resolve().parents[2]
PATH = ROOT / "docker-compose.yml"
VARIABLE = re.compile(r"\$(?:\$|\{(?P<name>\w+)(?:(?P<kind>:[?-])(?P<rest>[^}]*))?})")


class Refused(Exception):
    """A variable that must be there is missing."""


@cache
def secrets() -> dict[str, str]:
    """The variables of a fresh .env, as Compose hands them on: in single quotes a backslash stays one."""
    return {name: value.replace("\n", "\\n") for name, value in parse(complete("")).items()}


def read(variables: Mapping[str, str]) -> dict[str, Any]:
    """The whole file."""
    found: dict[str, Any] = _put_in(_parsed(), variables)
    return found


@cache
def _parsed() -> Any:
    return yaml.safe_load(PATH.read_text(encoding="utf-8"))


def _put_in(value: Any, variables: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _put_in(item, variables) for key, item in value.items()}
    if isinstance(value, list):
        return [_put_in(item, variables) for item in value]
    if not isinstance(value, str):
        return value

    def one(match: re.Match[str]) -> str:
        name, kind, rest = match["name"], match["kind"], match["rest"]
        if name is None:
            return "$"
        if variables.get(name):
            return variables[name]
        if kind == ":?":
            raise Refused(f"{name}: {rest}")
        return rest or ""

    return VARIABLE.sub(one, value)
