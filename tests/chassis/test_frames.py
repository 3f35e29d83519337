"""Our frames, tables and properties against py-amqp's, and against any split of the stream."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import amqp
import pytest
from amqp.basic_message import Message
from amqp.method_framing import frame_writer
from amqp.serialization import dumps, loads
from hypothesis import given, settings
from hypothesis import strategies as st

from chassis.amqp import frames
from chassis.amqp.properties import decode_properties, encode_properties
from chassis.amqp.tables import decode_table, encode_table

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
keys = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
numbers = st.integers(-(2**63), 2**63 - 1)
values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=10,
)
tables = st.dictionaries(keys, values, max_size=6)
short = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


def _properties(headers: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    names = ["content_type", "content_encoding", "correlation_id", "reply_to", "expiration"]
    names += ["message_id", "type", "user_id"]
    return st.fixed_dictionaries(
        {},
        optional={
            **dict.fromkeys(names, short),
            "headers": headers,
            "delivery_mode": st.sampled_from([1, 2]),
            "timestamp": st.integers(0, 2**32),
        },
    )


known = _properties(tables)
# py-amqp chooses another width for numbers; everything else it writes as we do.
alike = _properties(st.dictionaries(keys, texts | st.booleans() | st.none(), max_size=6))


@given(tables)
def test_a_table_comes_back_as_it_was(table: dict[str, Any]) -> None:
    raw = encode_table(table)
    assert decode_table(b"xx" + raw + b"yy", 2) == (table, 2 + len(raw))


@given(tables)
def test_py_amqp_reads_our_tables(table: dict[str, Any]) -> None:
    (found,), _ = loads("F", encode_table(table), 0)
    assert found == table


@given(
    st.dictionaries(
        keys,
        st.recursive(
            st.none()
            | st.booleans()
            | st.integers(-(2**63), 2**63 - 1)
            | texts
            | st.floats(allow_nan=False)
            | st.decimals(-(2**20), 2**20, places=2)
            | st.integers(0, 4_000_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC)),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
            max_leaves=8,
        ),
        max_size=5,
    )
)
def test_we_read_py_amqps_tables(table: dict[str, Any]) -> None:
    raw = dumps("F", [table])
    found, end = decode_table(raw)
    assert end == len(raw)
    assert found == table


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b"b\xff", -1),
        (b"B\xff", 255),
        (b"s\xff\xfe", -2),
        (b"u\xff\xfe", 65534),
        (b"i\xff\xff\xff\xff", 2**32 - 1),
        (b"f\x3f\x80\x00\x00", 1.0),
        (b"x\x00\x00\x00\x02\xff\x00", b"\xff\x00"),
        (b"S\x00\x00\x00\x02\xff\x00", b"\xff\x00"),
        (b"D\x02\x00\x00\x04\xd2", Decimal("12.34")),
        (b"T\x00\x00\x01\x9a\x00\x00\x00\x00", 0x19A00000000),
    ],
    ids=list("bBsuifxSDT"),
)
def test_types_that_only_others_write(raw: bytes, value: Any) -> None:
    """The last one is a time in milliseconds, far outside the calendar."""
    body = b"\x01k" + raw
    assert decode_table(len(body).to_bytes(4, "big") + body)[0] == {"k": value}


@pytest.mark.parametrize("value", [1.5, Decimal(1), object(), {1, 2}])
def test_what_has_no_type_is_refused(value: Any) -> None:
    with pytest.raises(TypeError):
        encode_table({"k": value})


@given(known)
def test_properties_come_back_as_they_were_and_py_amqp_reads_them(properties: dict[str, Any]) -> None:
    raw = encode_properties(**properties)
    assert decode_properties(raw, 0) == properties
    theirs = dict(properties)
    if "headers" in theirs:
        theirs["application_headers"] = theirs.pop("headers")
    read = Message()
    assert read._load_properties(60, raw, 0) == len(raw)
    assert read.properties == theirs


@given(st.binary(max_size=255))
def test_a_correlation_id_of_any_bytes_goes_back_as_it_came(raw: bytes) -> None:
    packed = b"\x04\x00" + bytes([len(raw)]) + raw
    found = decode_properties(packed, 0)["correlation_id"]
    assert encode_properties(correlation_id=found) == packed


@given(body=st.binary(max_size=300), exchange=short, key=short, properties=alike, mandatory=st.booleans())
@settings(max_examples=150)
def test_a_published_message_is_the_bytes_that_py_amqp_would_send(
    body: bytes, exchange: str, key: str, properties: dict[str, Any], mandatory: bool
) -> None:
    frame_max = 4096
    written: list[bytes] = []
    transport = SimpleNamespace(write=lambda data: written.append(bytes(data)))
    write_frame = frame_writer(SimpleNamespace(frame_max=frame_max, bytes_sent=0), transport)
    theirs = dict(properties)
    if "headers" in theirs:
        theirs["application_headers"] = theirs.pop("headers")
    message = Message(body * 20, **theirs)
    write_frame(1, 7, amqp.spec.Basic.Publish, dumps("Bssbb", (0, exchange, key, mandatory, False)), message)
    ours = frames.publish_frames(
        7, exchange.encode(), key.encode(), encode_properties(**properties), body * 20, mandatory, frame_max
    )
    assert ours == b"".join(written)


def test_small_frames_are_the_bytes_that_py_amqp_would_send() -> None:
    written: list[bytes] = []
    transport = SimpleNamespace(write=lambda data: written.append(bytes(data)))
    write_frame = frame_writer(SimpleNamespace(frame_max=4096, bytes_sent=0), transport)
    spec = amqp.spec
    write_frame(1, 3, spec.Basic.Ack, dumps("Lb", (17, True)), None)
    write_frame(1, 3, spec.Basic.Nack, dumps("Lbb", (18, False, True)), None)
    arguments = (0, "queue", "tag", False, True, False, True, {})
    write_frame(1, 3, spec.Basic.Consume, dumps("BssbbbbF", arguments), None)
    write_frame(1, 3, spec.Basic.Cancel, dumps("sb", ("tag", False)), None)
    write_frame(1, 0, spec.Connection.Close, dumps("BsBB", (200, "", 0, 0)), None)
    write_frame(8, 0, None, b"", None)
    assert [
        frames.ack_frame(3, 17, True),
        frames.nack_frame(3, 18, True, False),
        frames.consume_frame(3, b"queue", b"tag", True),
        frames.cancel_frame(3, b"tag"),
        frames.CONNECTION_CLOSE_FRAME,
        frames.HEARTBEAT_FRAME,
    ] == written


def _delivered(channel: int, tag: int, body: bytes, piece: int) -> bytes:
    """A delivery as the broker sends it."""

    def frame(kind: int, payload: bytes) -> bytes:
        return (
            bytes([kind]) + channel.to_bytes(2, "big") + len(payload).to_bytes(4, "big") + payload + b"\xce"
        )

    method = b"\x00\x3c\x00\x3c" + dumps("sLbss", ("c", tag, False, "e", "k"))
    header = b"\x00\x3c\x00\x00" + len(body).to_bytes(8, "big") + encode_properties(message_id=str(tag))
    pieces = [body[start : start + piece] for start in range(0, len(body), piece)]
    return frame(1, method) + frame(2, header) + b"".join(frame(3, part) for part in pieces)


messages = st.lists(
    st.tuples(st.integers(1, 3), st.binary(max_size=200), st.integers(1, 80), st.booleans()), max_size=6
)


@given(messages, st.lists(st.integers(0, 5000), max_size=12))
@settings(max_examples=200)
def test_any_split_of_the_stream_gives_the_same_messages(
    sent: list[tuple[int, bytes, int, bool]], cuts: list[int]
) -> None:
    stream = b""
    for tag, (channel, body, piece, heartbeat) in enumerate(sent):
        stream += _delivered(channel, tag, body, piece)
        if heartbeat:
            stream += frames.HEARTBEAT_FRAME + frames.ack_frame(channel, tag, False)
    contents: list[Any] = []
    methods: list[Any] = []
    reader = frames.ContentReader(
        lambda channel, method, payload, header, body: contents.append(
            (channel, method, decode_properties(header, 0)["message_id"], body)
        ),
        lambda channel, method, payload: methods.append((channel, method, frames.read_tag(payload, 0)[0])),
    )
    last = 0
    for cut in [*sorted(min(cut, len(stream)) for cut in cuts), len(stream)]:
        reader.feed(stream[last:cut])
        last = cut
    assert contents == [
        (channel, frames.DELIVER, str(tag), body) for tag, (channel, body, _, _) in enumerate(sent)
    ]
    assert methods == [
        (channel, frames.ACK, tag) for tag, (channel, _, _, heartbeat) in enumerate(sent) if heartbeat
    ]


def test_channels_may_interleave_their_frames() -> None:
    one, two = _delivered(1, 1, b"aaaa", 2), _delivered(2, 2, b"bbbb", 2)

    def split(data: bytes) -> list[bytes]:
        return [data[start - 7 : end + 1] for _, _, start, end in frames.split_frames(data)]

    found: list[Any] = []
    reader = frames.ContentReader(lambda *content: found.append((content[0], content[4])), lambda *_: None)
    reader.feed(b"".join(part for pair in zip(split(one), split(two), strict=True) for part in pair))
    assert found == [(1, b"aaaa"), (2, b"bbbb")]


@pytest.mark.parametrize(
    "stream",
    [b"\x01\x00\x00\x00\x00\x00\x00\x00", b"\x05\x00\x00\x00\x00\x00\x00\xce"],
    ids=["no frame end", "unknown type"],
)
def test_what_is_no_amqp_is_an_error(stream: bytes) -> None:
    with pytest.raises(frames.FrameError):
        frames.ContentReader(lambda *_: None, lambda *_: None).feed(stream)


def test_a_content_header_without_its_method_is_an_error() -> None:
    header = b"\x02\x00\x01\x00\x00\x00\x0e" + b"\x00\x3c\x00\x00" + bytes(8) + b"\x00\x00" + b"\xce"
    with pytest.raises(frames.FrameError):
        frames.ContentReader(lambda *_: None, lambda *_: None).feed(header)
