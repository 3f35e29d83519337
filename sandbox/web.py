"""Small helpers for HTTP: JSON with exact decimals, forms, cutting the line."""

import asyncio
import json
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

import orjson
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response


def _exact(value: object) -> object:
    # A Decimal becomes a JSON number with its own digits (300.00); it never passes through a float.
    if isinstance(value, Decimal):
        return orjson.Fragment(format(value, "f"))
    raise TypeError(f"not JSON: {type(value).__name__}")


def dump_json(body: object) -> bytes:
    """The JSON text of `body`, Decimals included."""
    return orjson.dumps(body, default=_exact)


def load_json(text: bytes) -> Any:
    """Parse JSON, fractions as Decimal; raise ValueError."""
    # orjson is the strict one (half characters, depth, NaN), but it knows no Decimal.
    orjson.loads(text)
    try:
        return json.loads(text, parse_float=Decimal, parse_int=_integer)
    except RecursionError:
        raise ValueError("JSON is nested too deeply") from None


def _integer(digits: str) -> int:
    if len(digits) > 18:
        raise ValueError("an integer is too long")
    return int(digits)


def json_response(body: object, status: int = 200) -> Response:
    """A JSON answer."""
    return Response(dump_json(body), status, media_type="application/json")


async def read_form(request: Request, charset: str = "utf-8") -> dict[str, str]:
    """The fields of an urlencoded form; the last one wins when a name repeats."""
    text = (await request.body()).decode("ascii", "replace")
    return dict(parse_qsl(text, keep_blank_values=True, encoding=charset, errors="replace"))


async def hang_up(request: Request) -> Response:
    """Close the connection without an answer; what is returned goes nowhere."""
    request.state.transport.abort()
    # The server notices the loss in its next turn and then drops the answer instead of reporting an error.
    await asyncio.sleep(0.01)
    return PlainTextResponse("")
