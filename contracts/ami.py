"""Messages between head-end systems and metering: a batch of readings, and the receipt for it.

Numbers are read as Decimals straight from the text, whether they come as JSON strings or JSON numbers; a binary
float never holds one.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import msgspec

STEPS = {"PT15M": 15, "PT30M": 30, "PT60M": 60}


class Reading(msgspec.Struct, frozen=True, kw_only=True, rename={"from_": "from"}):
    """One entry. Register readings have ``at`` and ``value``; interval readings ``from``, ``step``, ``values``."""

    meter: str
    obis: str
    at: datetime | None = None
    value: Decimal | None = None
    from_: datetime | None = None
    step: str | None = None
    values: list[Decimal | None] | None = None
    flags: dict[str, str] | None = None


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """A message on the exchange ``ami.readings``. The entries stay raw, so that one bad entry rejects itself
    alone and not its neighbours."""

    batch: str
    head_end: str
    sent_at: datetime
    readings: list[msgspec.Raw]


class Rejected(msgspec.Struct, frozen=True, kw_only=True):
    """Why an entry was not stored: its place in the batch, a stable code, words, how many values it held."""

    index: int
    code: str
    detail: str
    values: int = 1


class BatchReceipt(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The answer to a batch, on ``ami.receipts`` with the head end as routing key.

    Counts are of values: accepted + duplicates + corrected + the values of the rejected = values sent, where a
    null in an interval reading is not a value. ``test``: nothing was stored, since the batch came as a test.
    """

    batch: str
    accepted: int
    duplicates: int
    corrected: int
    rejected: list[Rejected]
    test: bool = False


def decode_batch(body: bytes) -> Batch:
    """Read a message body. Raises msgspec.DecodeError or msgspec.ValidationError."""
    return _batch_decoder.decode(body)


def decode_reading(raw: msgspec.Raw) -> Reading:
    """Read one entry of a batch. Raises msgspec.ValidationError."""
    return _reading_decoder.decode(raw)


_batch_decoder = msgspec.json.Decoder(Batch)
_reading_decoder = msgspec.json.Decoder(Reading)
