"""Problem answers of the OpenAPI document: which codes an operation gives, as schemas that narrow ``Problem``."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from contracts.errors import CATALOGUE, KINDS
from contracts.wording import DEFAULT, problem_title
from gateway.codes import codes_of
from gateway.operations import Operation
from gateway.problems import MEDIA

Key = tuple[int, tuple[str, ...]]


class Problems:
    """A schema for each status and set of codes: one that several operations share is called by its status, or after
    the first of them."""

    def __init__(self, operations: list[Operation]) -> None:
        users: dict[Key, list[str]] = defaultdict(list)
        for item in operations:
            for status, codes in by_status(item).items():
                users[status, codes].append(item.name)
        most: dict[int, Key] = {}
        for key in users:
            if key[0] not in most or len(users[key]) > len(users[most[key[0]]]):
                most[key[0]] = key
        self._names = {
            key: f"Problem{key[0]}" if most[key[0]] == key else f"{_camel(min(names))}Problem{key[0]}"
            for key, names in users.items()
        }
        self.schemas = {name: _schema(codes) for (_, codes), name in self._names.items()}

    def responses(self, item: Operation, ref: str) -> dict[str, Any]:
        """By status."""
        return {
            str(status): {
                "description": " ".join(f"`{code}`: {problem_title(DEFAULT, code)}" for code in codes),
                "headers": _headers(status),
                "content": {MEDIA: {"schema": {"$ref": ref.format(name=self._names[status, codes])}}},
            }
            for status, codes in sorted(by_status(item).items())
        }


def by_status(item: Operation) -> dict[int, tuple[str, ...]]:
    """The codes of an operation by the HTTP status that they come with."""
    found: dict[int, list[str]] = defaultdict(list)
    for code in codes_of(item):
        found[KINDS[CATALOGUE[code]]].append(code)
    return {status: tuple(sorted(codes)) for status, codes in found.items()}


def _schema(codes: tuple[str, ...]) -> dict[str, Any]:
    return {
        "allOf": [
            {"$ref": "#/components/schemas/Problem"},
            {
                "type": "object",
                "required": ["code"],
                "properties": {"code": {"type": "string", "enum": list(codes)}},
            },
        ]
    }


def _headers(status: int) -> dict[str, Any]:
    names = {"X-Request-Id": "RequestId", "Content-Language": "ContentLanguage"}
    if status in (429, 503):
        names["Retry-After"] = "RetryAfter"
    if status == 401:
        names["WWW-Authenticate"] = "Authenticate"
    return {name: {"$ref": f"#/components/headers/{header}"} for name, header in names.items()}


def _camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))
