"""The RPCs of the services in the AsyncAPI document, from the annotations of their methods."""

from __future__ import annotations

import inspect
from typing import Any

from chassis import topology
from chassis.broker import RPC_EXCHANGE
from chassis.operations import Declaration
from contracts.schemas import Schemas

REF = "#/components/schemas/"
REPLIES = "rpc.replies"
CORRELATION = {"correlationId": {"location": "$message.header#/correlation_id"}}
ERROR_NAME = "rpc.Error"
ERROR: dict[str, Any] = {
    "type": ["object", "null"],
    "description": "Null where the call succeeded.",
    "properties": {
        "code": {"type": "string", "description": "Stable; see the catalogue in contracts/errors.py."},
        "value": {"type": "string", "description": "In English, for developers."},
        "fields": {
            "type": "object",
            "description": "What the code has to say; `errors` lists faults by field.",
        },
    },
}


def declarations(service: Any) -> list[tuple[Declaration, Any]]:
    """The methods of a service class that are on the bus by a decorator of ``authorisation.operations``."""
    found = [
        (method.declaration, method)
        for _, method in inspect.getmembers(service, inspect.isfunction)
        if hasattr(method, "declaration")
    ]
    return sorted(found, key=lambda item: item[0].name)


def add_rpcs(document: dict[str, Any]) -> None:
    """A channel, a request and a reply for each method of each service."""
    document["channels"][REPLIES] = {
        "address": None,
        "title": "Replies, to the queue that the request names in `reply_to`",
        "servers": [{"$ref": "#/servers/internal"}],
        "messages": {},
    }
    document["components"]["schemas"][ERROR_NAME] = ERROR
    for service in topology.service_classes():
        found = declarations(service)
        kinds = [kind for declaration, _ in found for kind in (declaration.request, declaration.answer)]
        schemas = Schemas(kinds, f"{REF}{service.name}.{{name}}")
        for name, schema in sorted(schemas.components.items()):
            document["components"]["schemas"][f"{service.name}.{name}"] = schema
        shapes = iter(schemas.roots)
        for declaration, method in found:
            _add(document, service.name, declaration, method, next(shapes), next(shapes))


def _add(
    document: dict[str, Any], service: str, declaration: Declaration, method: Any, request: Any, answer: Any
) -> None:
    name = f"{service}.{declaration.name}"
    summary, _, rest = inspect.cleandoc(method.__doc__ or "").partition("\n")
    document["channels"][name] = {
        "address": name,
        "title": summary,
        "servers": [{"$ref": "#/servers/internal"}],
        "messages": {"request": {"$ref": f"#/components/messages/{name}.request"}},
        "bindings": {
            "amqp": {
                "is": "routingKey",
                "exchange": {"name": RPC_EXCHANGE, "type": "topic", "durable": True, "autoDelete": False},
            }
        },
    }
    document["channels"][REPLIES]["messages"][name] = {"$ref": f"#/components/messages/{name}.reply"}
    document["operations"][f"{service} answers {declaration.name}"] = {
        "action": "receive",
        "channel": {"$ref": f"#/channels/{name}"},
        "summary": summary,
        **({"description": rest.strip()} if rest.strip() else {}),
        "tags": [{"name": declaration.kind}, *([{"name": "idempotent"}] if declaration.idempotent else [])],
        "messages": [{"$ref": f"#/channels/{name}/messages/request"}],
        "reply": {
            "channel": {"$ref": f"#/channels/{REPLIES}"},
            "address": {"location": "$message.header#/reply_to"},
            "messages": [{"$ref": f"#/channels/{REPLIES}/messages/{name}"}],
        },
    }
    document["components"]["messages"][f"{name}.request"] = {
        "name": f"{name}.request",
        "contentType": "application/json",
        **CORRELATION,
        "payload": {
            "type": "object",
            "required": ["args", "kwargs"],
            "properties": {"args": {"type": "array", "maxItems": 0}, "kwargs": request},
        },
    }
    document["components"]["messages"][f"{name}.reply"] = {
        "name": f"{name}.reply",
        "contentType": "application/json",
        **CORRELATION,
        "payload": {
            "type": "object",
            "required": ["result", "error"],
            "properties": {
                "result": {"anyOf": [answer, {"type": "null"}]},
                "error": {"$ref": f"{REF}{ERROR_NAME}"},
            },
        },
    }
