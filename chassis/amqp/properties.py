"""Basic message properties (AMQP 0-9-1, class 60): encoded for publishing, decoded on demand."""

from __future__ import annotations

from collections.abc import Mapping
from struct import Struct
from typing import Any

from chassis.amqp.tables import decode_table, encode_table

_flags = Struct(">H")
_u64 = Struct(">Q")

# In the order of their flag bits, highest first.
_NAMES = (
    "content_type",
    "content_encoding",
    "headers",
    "delivery_mode",
    "priority",
    "correlation_id",
    "reply_to",
    "expiration",
    "message_id",
    "timestamp",
    "type",
    "user_id",
    "app_id",
    "cluster_id",
)

PERSISTENT = 2
TRANSIENT = 1


def encode_properties(
    *,
    content_type: str | None = None,
    content_encoding: str | None = None,
    headers: Mapping[str, Any] | None = None,
    delivery_mode: int | None = None,
    correlation_id: str | None = None,
    reply_to: str | None = None,
    expiration: str | None = None,
    message_id: str | None = None,
    timestamp: int | None = None,
    type: str | None = None,
    user_id: str | None = None,
) -> bytes:
    """Flags and values, ready for a content header. ``expiration`` is in milliseconds, as text."""
    flags = 0
    parts: list[bytes] = []
    if content_type is not None:
        flags |= 0x8000
        parts.append(_short(content_type))
    if content_encoding is not None:
        flags |= 0x4000
        parts.append(_short(content_encoding))
    if headers is not None:
        flags |= 0x2000
        parts.append(encode_table(headers))
    if delivery_mode is not None:
        flags |= 0x1000
        parts.append(bytes((delivery_mode,)))
    if correlation_id is not None:
        flags |= 0x0400
        parts.append(_short(correlation_id))
    if reply_to is not None:
        flags |= 0x0200
        parts.append(_short(reply_to))
    if expiration is not None:
        flags |= 0x0100
        parts.append(_short(expiration))
    if message_id is not None:
        flags |= 0x0080
        parts.append(_short(message_id))
    if timestamp is not None:
        flags |= 0x0040
        parts.append(_u64.pack(timestamp))
    if type is not None:
        flags |= 0x0020
        parts.append(_short(type))
    if user_id is not None:
        flags |= 0x0010
        parts.append(_short(user_id))
    return _flags.pack(flags) + b"".join(parts)


def decode_properties(data: bytes, offset: int) -> dict[str, Any]:
    """The properties whose flags stand at the offset."""
    (flags,) = _flags.unpack_from(data, offset)
    offset += 2
    found: dict[str, Any] = {}
    bit = 0x8000
    for name in _NAMES:
        if flags & bit:
            if name == "headers":
                found[name], offset = decode_table(data, offset)
            elif name in ("delivery_mode", "priority"):
                found[name] = data[offset]
                offset += 1
            elif name == "timestamp":
                (found[name],) = _u64.unpack_from(data, offset)
                offset += 8
            else:
                size = data[offset]
                offset += 1
                # Bytes that are no UTF-8 survive, so that a correlation id goes back as it came.
                found[name] = data[offset : offset + size].decode("utf-8", "surrogateescape")
                offset += size
        bit >>= 1
    return found


def printable(value: Any) -> str | None:
    """A property to publish on: what is no readable text is left out, since other clients choke on it."""
    return value if isinstance(value, str) and value.isprintable() and len(value.encode()) < 256 else None


def _short(text: str) -> bytes:
    raw = text.encode("utf-8", "surrogateescape")
    return bytes((len(raw),)) + raw
