"""AMQP 0-9-1 field tables (message headers), as RabbitMQ writes them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from struct import Struct
from typing import Any

_u8, _u16, _u32, _u64 = Struct(">B"), Struct(">H"), Struct(">I"), Struct(">Q")
_i8, _i16, _i32, _i64 = Struct(">b"), Struct(">h"), Struct(">i"), Struct(">q")
_f32, _f64 = Struct(">f"), Struct(">d")


def encode_table(table: Mapping[str, Any]) -> bytes:
    """A table with its 4-byte length in front. Raises TypeError for a value it has no type for."""
    parts: list[bytes] = []
    for key, value in table.items():
        name = key.encode()
        parts.append(_u8.pack(len(name)) + name)
        parts.append(_encode_value(value))
    body = b"".join(parts)
    return _u32.pack(len(body)) + body


def _encode_value(value: Any) -> bytes:
    if isinstance(value, str):
        raw = value.encode()
        return b"S" + _u32.pack(len(raw)) + raw
    if isinstance(value, bytes):
        return b"S" + _u32.pack(len(value)) + value
    if isinstance(value, bool):
        return b"t\x01" if value else b"t\x00"
    if isinstance(value, int):
        return b"l" + _i64.pack(value)
    if value is None:
        return b"V"
    if isinstance(value, Mapping):
        return b"F" + encode_table(value)
    if isinstance(value, list | tuple):
        body = b"".join(_encode_value(item) for item in value)
        return b"A" + _u32.pack(len(body)) + body
    if isinstance(value, datetime):
        return b"T" + _u64.pack(int(value.timestamp()))
    raise TypeError(f"no AMQP field type for {type(value).__name__}")


def decode_table(data: bytes, offset: int = 0) -> tuple[dict[str, Any], int]:
    """The table that starts at the offset, and the offset behind it."""
    (length,) = _u32.unpack_from(data, offset)
    offset += 4
    end = offset + length
    table: dict[str, Any] = {}
    while offset < end:
        size = data[offset]
        key = data[offset + 1 : offset + 1 + size].decode("utf-8", "replace")
        table[key], offset = _decode_value(data, offset + 1 + size)
    return table, end


def _decode_value(data: bytes, offset: int) -> tuple[Any, int]:
    kind = data[offset]
    offset += 1
    if kind == 0x53:  # S, by far the most frequent
        (length,) = _u32.unpack_from(data, offset)
        end = offset + 4 + length
        raw = data[offset + 4 : end]
        try:
            return raw.decode(), end
        except UnicodeDecodeError:
            return raw, end
    return _DECODERS[chr(kind)](data, offset)


def _number(struct: Struct) -> Any:
    def read(data: bytes, offset: int) -> tuple[Any, int]:
        return struct.unpack_from(data, offset)[0], offset + struct.size

    return read


def _boolean(data: bytes, offset: int) -> tuple[Any, int]:
    return data[offset] != 0, offset + 1


def _decimal(data: bytes, offset: int) -> tuple[Any, int]:
    scale = data[offset]
    (digits,) = _i32.unpack_from(data, offset + 1)
    return Decimal(digits).scaleb(-scale), offset + 5


def _timestamp(data: bytes, offset: int) -> tuple[Any, int]:
    (seconds,) = _u64.unpack_from(data, offset)
    try:
        return datetime.fromtimestamp(seconds, UTC), offset + 8
    except (ValueError, OverflowError, OSError):
        return seconds, offset + 8  # some send milliseconds


def _array(data: bytes, offset: int) -> tuple[Any, int]:
    (length,) = _u32.unpack_from(data, offset)
    offset += 4
    end = offset + length
    items = []
    while offset < end:
        item, offset = _decode_value(data, offset)
        items.append(item)
    return items, end


def _bytes(data: bytes, offset: int) -> tuple[Any, int]:
    (length,) = _u32.unpack_from(data, offset)
    return data[offset + 4 : offset + 4 + length], offset + 4 + length


def _void(data: bytes, offset: int) -> tuple[Any, int]:
    return None, offset


_DECODERS = {
    "t": _boolean,
    "b": _number(_i8),
    "B": _number(_u8),
    "s": _number(_i16),
    "u": _number(_u16),
    "I": _number(_i32),
    "i": _number(_u32),
    "l": _number(_i64),
    "L": _number(_i64),
    "f": _number(_f32),
    "d": _number(_f64),
    "D": _decimal,
    "T": _timestamp,
    "A": _array,
    "F": decode_table,
    "V": _void,
    "x": _bytes,
}
