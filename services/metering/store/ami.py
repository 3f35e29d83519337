"""Batches of head ends, and the meters that they name."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from chassis.transaction import Transaction

BatchKey = tuple[str, str, str]


class AmiMeter(NamedTuple):
    """What reading a batch needs to know of a meter in place."""

    id: str
    account: str
    serial: str
    digits: int
    decimals: int
    registers: frozenset[str]


class _Literal:
    """A parameter that is quoted already; psycopg2 asks for it by this protocol."""

    __slots__ = ("_quoted",)

    def __init__(self, quoted: bytes) -> None:
        self._quoted = quoted

    def __conform__(self, protocol: object) -> _Literal:
        return self

    def getquoted(self) -> bytes:
        """As it stands in the statement."""
        return self._quoted


def _parameter(text: str) -> Any:
    """A long text as a parameter. Quoting it character by character costs more than all else that is done with it, so
    what has nothing to quote is handed over as it is; the rest goes the usual way."""
    if "'" in text or "\\" in text or "\0" in text or not text.isascii():
        return text
    return _Literal(f"'{text}'".encode())


def array_of_texts(texts: Iterable[str]) -> Any:
    """A PostgreSQL array literal, as a parameter: it costs much less than a list that is quoted item by item."""
    items = list(texts)
    if not items:
        return "{}"
    joined = '","'.join(items)
    if "\\" in joined or joined.count('"') != 2 * (len(items) - 1):
        joined = '","'.join([item.replace("\\", "\\\\").replace('"', '\\"') for item in items])
    return _parameter(f'{{"{joined}"}}')


def array_of(words: Iterable[str]) -> Any:
    """The same for ids, numbers and days, which need no quotes."""
    return _parameter("{" + ",".join(words) + "}")


def known_batches(tx: Transaction, keys: list[BatchKey]) -> dict[BatchKey, str]:
    """Receipts of batches that were taken before, by (provider, head end, batch)."""
    rows = tx.rows(
        """select asked.provider, asked.head_end, asked.batch, known.receipt
           from unnest(cast(:providers as text[]), cast(:head_ends as text[]), cast(:batches as text[]))
                as asked(provider, head_end, batch)
           cross join lateral (
                select b.receipt from ami_batch b where b.provider = asked.provider
                and b.head_end = asked.head_end and b.batch = asked.batch limit 1) known""",
        providers=array_of_texts([key[0] for key in keys]),
        head_ends=array_of_texts([key[1] for key in keys]),
        batches=array_of_texts([key[2] for key in keys]),
    )
    return {(row["provider"], row["head_end"], row["batch"]): row["receipt"] for row in rows}


def remember_batches(tx: Transaction, receipts: dict[BatchKey, str], at: datetime) -> int:
    """Keep the receipts (JSON objects); a smaller number than given: another consumer had one of them first."""
    return tx.run(
        """insert into ami_batch (provider, head_end, batch, receipt, received_at)
           select provider, head_end, batch, cast(receipt as text), :at
           from rows from (unnest(cast(:providers as text[])), unnest(cast(:head_ends as text[])),
                           unnest(cast(:batches as text[])), json_array_elements(cast(:receipts as json)))
                as new(provider, head_end, batch, receipt)
           on conflict do nothing""",
        providers=array_of_texts([key[0] for key in receipts]),
        head_ends=array_of_texts([key[1] for key in receipts]),
        batches=array_of_texts([key[2] for key in receipts]),
        receipts=_parameter("[" + ",".join(receipts.values()) + "]"),
        at=at,
    )


def forget_batches(tx: Transaction, before: datetime, limit: int) -> int:
    """Delete some of the batches that came before a moment; how many. Those of one page lie together."""
    return tx.run(
        """delete from ami_batch where ctid = any(array(
               select ctid from ami_batch where received_at < :before limit :limit for update skip locked))""",
        before=before,
        limit=limit,
    )


def meters_in_place(tx: Transaction, wanted: Iterable[tuple[str, str]]) -> dict[tuple[str, str], AmiMeter]:
    """Meters in place by (provider, serial)."""
    serials: dict[str, list[str]] = {}
    for provider, serial in wanted:
        serials.setdefault(provider, []).append(serial)
    found: dict[tuple[str, str], AmiMeter] = {}
    for provider, some in serials.items():
        # A statement for each supplier, mostly one: a list of serials is cheaper to look up than pairs.
        rows = tx.connection.exec_driver_sql(
            """select serial, id::text, account::text, digits, decimals,
                      (select string_agg(code, ' ') from register r where r.meter = meter.id)
               from meter where provider = %(provider)s and serial = any(%(serials)s::text[])
                 and removed_on is null""",
            {"provider": provider, "serials": array_of_texts(some)},
        )
        for serial, meter, account, digits, decimals, codes in rows:
            found[provider, serial] = AmiMeter(meter, account, serial, digits, decimals, _codes(codes or ""))
    return found


@lru_cache(maxsize=1024)
def _codes(joined: str) -> frozenset[str]:
    """Meters of a supplier have the same few sets of registers."""
    return frozenset(joined.split())


def closed(tx: Transaction, candidates: list[tuple[str, datetime]]) -> set[tuple[str, datetime]]:
    """Of (meter, moment): where every register of the meter has a reading that counts.

    The meters are locked first, in one order for all: of two transactions that each bring one register the second
    sees what the first brought.
    """
    if not candidates:
        return set()
    meters = sorted({meter for meter, _ in candidates})
    tx.run(
        """select 1 from meter where id = any(cast(:meters as uuid[])) order by id for no key update""",
        meters=array_of(meters),
    )
    rows = tx.rows(
        """select asked.meter::text, asked.at
           from unnest(cast(:meters as uuid[]), cast(:moments as timestamptz[])) as asked(meter, at)
           where not exists (
               select 1 from register g where g.meter = asked.meter and not exists (
                   select 1 from register_reading r
                   where r.meter = g.meter and r.register = g.code and r.at = asked.at
                     and r.superseded_at is null and r.at between :first and :last))""",
        meters=[meter for meter, _ in candidates],
        moments=[at for _, at in candidates],
        first=min(at for _, at in candidates),
        last=max(at for _, at in candidates),
    )
    return {(row["meter"], row["at"]) for row in rows}
