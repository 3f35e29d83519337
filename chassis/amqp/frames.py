"""The few AMQP 0-9-1 frames of the hot path, written and read as bytes.

py-amqp does the handshake and the declarations; it spends about 58 us on a message, mostly on generality. What is
sent and received per message goes through here instead (docs/adr/0003).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from struct import Struct

METHOD, HEADER, BODY, HEARTBEAT = 1, 2, 3, 8
FRAME_END = 0xCE

# class << 16 | method
DELIVER = 60 << 16 | 60
RETURN = 60 << 16 | 50
ACK = 60 << 16 | 80
NACK = 60 << 16 | 120
CANCEL = 60 << 16 | 30
CANCEL_OK = 60 << 16 | 31
CHANNEL_CLOSE = 20 << 16 | 40
CONNECTION_CLOSE = 10 << 16 | 50
CONNECTION_CLOSE_OK = 10 << 16 | 51
CONNECTION_BLOCKED = 10 << 16 | 60
CONNECTION_UNBLOCKED = 10 << 16 | 61

_frame = Struct(">BHI")
_header = Struct(">BHIHHQ")
_ack = Struct(">BHIIQBB")
_u32 = Struct(">I")
_u64 = Struct(">Q")

HEARTBEAT_FRAME = _frame.pack(HEARTBEAT, 0, 0) + b"\xce"
# Reply code 200, no text, no method to blame.
CONNECTION_CLOSE_FRAME = (
    _frame.pack(METHOD, 0, 11) + _u32.pack(CONNECTION_CLOSE) + b"\x00\xc8\x00\x00\x00\x00\x00\xce"
)


class FrameError(Exception):
    """The peer sent something that is not AMQP 0-9-1."""


def publish_frames(
    channel: int,
    exchange: bytes,
    routing_key: bytes,
    properties: bytes,
    body: bytes,
    mandatory: bool,
    frame_max: int,
) -> bytes:
    """basic.publish with its header and body frames, as one string of bytes."""
    size = len(body)
    method = _publish_method(channel, exchange, routing_key, mandatory)
    header = _header.pack(HEADER, channel, 12 + len(properties), 60, 0, size)
    room = frame_max - 8
    if 0 < size <= room:
        frame = _frame.pack(BODY, channel, size)
        return b"".join((method, header, properties, b"\xce", frame, body, b"\xce"))
    parts = [method, header, properties, b"\xce"]
    for start in range(0, size, room):
        piece = body[start : start + room]
        parts += (_frame.pack(BODY, channel, len(piece)), piece, b"\xce")
    return b"".join(parts)


@lru_cache(maxsize=1024)
def _publish_method(channel: int, exchange: bytes, routing_key: bytes, mandatory: bool) -> bytes:
    """The method's frame: a few routes are those of nearly all messages."""
    return b"".join(
        (
            _frame.pack(METHOD, channel, 9 + len(exchange) + len(routing_key)),
            b"\x00\x3c\x00\x28\x00\x00",
            bytes((len(exchange),)),
            exchange,
            bytes((len(routing_key),)),
            routing_key,
            b"\x01\xce" if mandatory else b"\x00\xce",
        )
    )


def ack_frame(channel: int, tag: int, multiple: bool) -> bytes:
    """basic.ack."""
    return _ack.pack(METHOD, channel, 13, ACK, tag, multiple, FRAME_END)


def nack_frame(channel: int, tag: int, requeue: bool, multiple: bool) -> bytes:
    """basic.nack (RabbitMQ's extension)."""
    return _ack.pack(METHOD, channel, 13, NACK, tag, (requeue << 1) | multiple, FRAME_END)


def consume_frame(channel: int, queue: bytes, consumer: bytes, no_ack: bool) -> bytes:
    """basic.consume without waiting for an answer."""
    bits = (no_ack << 1) | 0x08
    payload = b"".join(
        (
            b"\x00\x3c\x00\x14\x00\x00",
            bytes((len(queue),)),
            queue,
            bytes((len(consumer),)),
            consumer,
            bytes((bits,)),
            b"\x00\x00\x00\x00",
        )
    )
    return _frame.pack(METHOD, channel, len(payload)) + payload + b"\xce"


def cancel_frame(channel: int, consumer: bytes) -> bytes:
    """basic.cancel, answered by cancel-ok behind the last delivery."""
    payload = b"\x00\x3c\x00\x1e" + bytes((len(consumer),)) + consumer + b"\x00"
    return _frame.pack(METHOD, channel, len(payload)) + payload + b"\xce"


def short_string(data: bytes, offset: int) -> tuple[str, int]:
    """A short string and the offset behind it."""
    size = data[offset]
    end = offset + 1 + size
    return data[offset + 1 : end].decode("utf-8", "replace"), end


def read_tag(data: bytes, offset: int) -> tuple[int, bool]:
    """Delivery tag and the bits behind it, of an ack or nack from the broker."""
    return _u64.unpack_from(data, offset)[0], bool(data[offset + 8] & 1)


def split_frames(data: bytes) -> Iterator[tuple[int, int, int, int]]:
    """Complete frames in the data: (type, channel, start, end) of the payload. Ends at an incomplete one."""
    position, size = 0, len(data)
    unpack = _frame.unpack_from
    while size - position >= 8:
        kind, channel, length = unpack(data, position)
        end = position + 7 + length
        if end >= size:
            return
        if data[end] != FRAME_END:
            raise FrameError("frame end octet is missing")
        yield kind, channel, position + 7, end
        position = end + 1


class ContentReader:
    """Puts a method with content (deliver, return) and its header and body frames together.

    ``feed`` takes received bytes; ``on_content(channel, method, method_payload, header_payload, body)`` and
    ``on_method(channel, method, payload)`` are called as they become complete.
    """

    def __init__(
        self,
        on_content: Callable[[int, int, bytes, bytes, bytes], None],
        on_method: Callable[[int, int, bytes], None],
    ) -> None:
        self._on_content = on_content
        self._on_method = on_method
        self._rest = b""
        self._open: dict[int, tuple[int, bytes, bytes, int, list[bytes]]] = {}

    def feed(self, data: bytes) -> None:
        """Take what was received; keeps an incomplete frame for the next time."""
        if self._rest:
            data = self._rest + data
        done = 0
        content = self._open
        for kind, channel, start, end in split_frames(data):
            done = end + 1
            if kind == METHOD:
                (method,) = _u32.unpack_from(data, start)
                payload = data[start + 4 : end]
                if method in (DELIVER, RETURN):
                    content[channel] = (method, payload, b"", -1, [])
                else:
                    self._on_method(channel, method, payload)
            elif kind == HEADER:
                opened = content.pop(channel, None)
                if opened is None:
                    raise FrameError("content header without a method")
                (size,) = _u64.unpack_from(data, start + 4)
                header = data[start + 12 : end]
                if size == 0:
                    self._on_content(channel, opened[0], opened[1], header, b"")
                else:
                    content[channel] = (opened[0], opened[1], header, size, [])
            elif kind == BODY:
                method, payload, header, missing, pieces = content[channel]
                piece = data[start:end]
                missing -= len(piece)
                if missing > 0:
                    pieces.append(piece)
                    content[channel] = (method, payload, header, missing, pieces)
                    continue
                del content[channel]
                body = b"".join((*pieces, piece)) if pieces else piece
                self._on_content(channel, method, payload, header, body)
            elif kind != HEARTBEAT:
                raise FrameError(f"unknown frame type {kind}")
        self._rest = data[done:] if done else data
