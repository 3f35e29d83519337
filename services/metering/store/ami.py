"""The meters that head ends name."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from chassis.transaction import Transaction
from services.metering.store.long_arrays import array_of, array_of_texts


class AmiMeter(NamedTuple):
    """What reading a batch needs to know of a meter in place."""

    id: str
    account: str
    serial: str
    digits: int
    decimals: int
    registers: frozenset[str]


def meters_in_place(tx: Transaction, wanted: Iterable[tuple[str, str]]) -> dict[tuple[str, str], AmiMeter]:
    """Meters in place by (provider, serial)."""
    serials: dict[str, list[str]] = {}
    for provider, serial in wanted:
        serials.setdefault(provider, []).append(serial)
    found: dict[tuple[str, str], AmiMeter] = {}
    for provider, some in serials.items():
        # A statement for each supplier, mostly one: a list of serials is cheaper to look up than pairs.
        rows = tx.tuples(
            """select serial, id::text, account::text, digits, decimals,
                      (select string_agg(code, ' ') from register r where r.meter = meter.id)
               from meter where provider = :provider and serial = any(cast(:serials as text[]))
                 and removed_on is null""",
            provider=provider,
            serials=array_of_texts(some),
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
