"""Requests as handlers get them, from the plain values that tests write."""

from __future__ import annotations

import typing
from collections.abc import Callable
from typing import Any

import msgspec

from contracts.rpc.base import Request


def typed(handler: Callable[..., Any], request: Any) -> Any:
    """The request in the type that the handler's ``request`` is annotated with; anything else as it is."""
    kind = typing.get_type_hints(handler).get("request")
    if not isinstance(request, dict) or not (isinstance(kind, type) and issubclass(kind, Request)):
        return request
    return msgspec.convert(msgspec.to_builtins(request, str_keys=True), kind, str_keys=True)
