"""Operations of the OpenAPI document: parameters, body, answers."""

from __future__ import annotations

import re
from typing import Any, Final

from contracts.schemas import Schemas
from gateway.openapi_problems import Problems
from gateway.operations import PUBLIC, STAFF, Operation

REF: Final = "#/components/schemas/{name}"
#: What stands in a path and is no id.
PATH_SCHEMAS: Final[dict[str, dict[str, Any]]] = {
    "system": {"type": "string", "maxLength": 32},
    "channel": {"$ref": REF.format(name="Channel")},
    "day": {"type": "string", "format": "date"},
    "seal": {"type": "string", "maxLength": 43},
    "secret": {"type": "string", "maxLength": 43},
}
PATH_WORDS: Final = {
    "system": "The payment system.",
    "channel": "The interval channel, by OBIS C.D.E.",
    "day": "A local day of the supplier.",
    "secret": "The part of the link that cannot be guessed.",
    "seal": "The part of the address that cannot be guessed.",
}
KEY: Final = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "The same key with the same request gives the same answer, for at least 24 hours.",
    "schema": {"type": "string", "minLength": 8, "maxLength": 255, "pattern": r"^[\x21-\x7e]+$"},
}


class Operations:
    """Writes operations whose types are in ``schemas``."""

    def __init__(self, schemas: Schemas, problems: Problems) -> None:
        self._schemas = schemas
        self._problems = problems

    def operation(self, item: Operation) -> dict[str, Any]:
        """One operation."""
        summary, *_ = re.split(r"(?<=[.?!])\s", " ".join(item.summary.split()), maxsplit=1)
        description = " ".join(item.summary.split())
        if item.rule.who == STAFF:
            description += f" For staff: {', '.join(item.rule.roles)}."
        made: dict[str, Any] = {
            "operationId": item.name,
            "tags": [item.tag],
            "summary": summary,
            "description": description,
            "parameters": self._parameters(item),
            "responses": {**_done(item), **self._problems.responses(item, REF)},
            "security": [] if item.rule.who == PUBLIC else [{"bearer": []}],
        }
        body = _body(item)
        if body is not None:
            made["requestBody"] = {"required": True, "content": body}
        return made

    def _parameters(self, item: Operation) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = [
            {
                "name": name,
                "in": "path",
                "required": True,
                "description": PATH_WORDS.get(name, f"The id of the {name}."),
                "schema": PATH_SCHEMAS.get(name, {"type": "string", "format": "uuid"}),
            }
            for name in re.findall(r"\{(\w+)\}", item.path)
        ]
        if item.query is not None:
            found += self._query(item.query)
        return [*found, KEY] if item.idempotent else found

    def _query(self, query: Any) -> list[dict[str, Any]]:
        """Fields of a struct as parameters. Null is not written in a query: it is left out."""
        own = Schemas([query], REF)
        struct = own.components.pop(query.__name__)
        for name, component in own.components.items():
            self._schemas.components.setdefault(name, component)
        return [
            {
                "name": name,
                "in": "query",
                "required": name in struct.get("required", ()),
                "description": kind.get("description", ""),
                "schema": _without_null(kind),
            }
            for name, kind in struct["properties"].items()
        ]


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    made = {key: value for key, value in schema.items() if key not in ("description", "default")}
    if schema.get("default") is not None:
        made["default"] = schema["default"]
    kinds = [kind for kind in made.get("anyOf", ()) if kind != {"type": "null"}]
    if len(kinds) == 1:
        del made["anyOf"]
        made = {**kinds[0], **made}
    return made


def _body(item: Operation) -> dict[str, Any] | None:
    if item.body is not None:
        return {item.body_media: {"schema": {"$ref": REF.format(name=item.body.__name__)}}}
    if item.path.startswith("/webhooks/"):
        return {"application/json": {"schema": {"type": "object", "additionalProperties": True}}}
    return None


def _done(item: Operation) -> dict[str, Any]:
    """What comes where all went well."""
    headers = {"X-Request-Id": {"$ref": "#/components/headers/RequestId"}}
    content: dict[str, Any] = {
        media: {"schema": _answer(item) if media == "application/json" else _file(media)}
        for media in item.media.split(", ")
    }
    if item.media != "application/json":
        headers["Content-Disposition"] = {"$ref": "#/components/headers/Disposition"}
        return {str(item.status): {"description": "The file.", "headers": headers, "content": content}}
    if item.method != "GET":
        return {str(item.status): {"description": "Done.", "headers": headers, "content": content}}
    headers["ETag"] = {"$ref": "#/components/headers/ETag"}
    return {
        str(item.status): {"description": "Done.", "headers": headers, "content": content},
        "304": {"description": "Not changed since the ETag sent in If-None-Match.", "headers": headers},
    }


def _answer(item: Operation) -> dict[str, Any]:
    return {"$ref": REF.format(name=name_of(item.answer))}


def _file(media: str) -> dict[str, Any]:
    return {"type": "string", "contentMediaType": media}


def name_of(kind: Any) -> str:
    """What a type is called in the document: a struct's name, or the title of a union."""
    meta = getattr(kind, "__metadata__", None)
    return str(meta[0].title if meta else kind.__name__)
