"""The body of a request: read whole within its time, whatever its transfer coding, and turned into its struct."""

from __future__ import annotations

from typing import Any, Final

import eventlet
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge
from werkzeug.wrappers import Request

from chassis.validation import read_json
from contracts.errors import CabinetError
from gateway.front_door import BODY, BUSY, ENVIRON
from gateway.operations import Operation

MAX_BODY: Final = 6_000_000
#: Seconds for a whole body, however slowly it comes.
BODY_WITHIN: Final = 30.0


def receive(request: Request) -> bytes:
    """The bytes. Raises ``body_too_large``, ``request_timeout``, ``malformed_request`` where it is cut off."""
    chunked = request.headers.get("Transfer-Encoding", "").strip().lower() == "chunked"
    if chunked:
        # The server ends such a body itself; without this Werkzeug takes a body without a length for none.
        request.environ["wsgi.input_terminated"] = True
    elif not request.content_length:
        return b""
    connection = request.environ.get(ENVIRON)
    if connection is not None:
        connection.enter(BODY)
    try:
        with eventlet.Timeout(BODY_WITHIN, CabinetError("request_timeout")):
            raw = request.get_data(cache=False)
    except RequestEntityTooLarge:
        raise CabinetError("body_too_large", most=MAX_BODY) from None
    except (ClientDisconnected, OSError, ValueError):
        raise CabinetError("malformed_request", "The body is not complete.") from None
    finally:
        if connection is not None:
            connection.enter(BUSY)
    # Of a body without a length Werkzeug reads as much as the limit, and leaves the rest.
    if chunked and len(raw) >= (request.max_content_length or MAX_BODY):
        raise CabinetError("body_too_large", most=MAX_BODY)
    return raw


def parse(found: Operation, request: Request, raw: bytes) -> Any:
    """The struct that the operation declares; None where it declares none.

    Raises ``malformed_request`` where there is none, ``media_type_unsupported``, and what ``read_json`` raises.
    """
    if found.body is None:
        return None
    if not raw:
        raise CabinetError("malformed_request", "This operation needs a body.")
    if request.mimetype != found.body_media:
        raise CabinetError("media_type_unsupported", expected=found.body_media)
    return read_json(found.body, raw)
