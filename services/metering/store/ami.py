"""The meters that head ends name."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from functools import lru_cache
from typing import NamedTuple

from chassis.transaction import Transaction
from services.metering.store.long_arrays import array_of, array_of_texts


class AmiMeter(NamedTuple):
    """What reading a batch needs to know of a meter. ``removed_on`` is the last day of which it may say something;
    ``exports``: it has a register for what is given to the grid."""

    id: str
    account: str
    serial: str
    resource: str
    digits: int
    decimals: int
    registers: frozenset[str]
    exports: bool
    installed_on: date
    removed_on: date | None


def meters_with_serials(
    tx: Transaction, wanted: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], list[AmiMeter]]:
    """Meters by (provider, serial), the one that was installed last first: late data speak of a meter that has gone,
    and a serial may have been used before."""
    serials: dict[str, list[str]] = {}
    for provider, serial in wanted:
        serials.setdefault(provider, []).append(serial)
    found: dict[tuple[str, str], list[AmiMeter]] = {}
    for provider, some in serials.items():
        # A statement for each supplier, mostly one: a list of serials is cheaper to look up than pairs.
        rows = tx.tuples(
            """select serial, id::text, account::text, resource, digits, decimals, installed_on, removed_on, codes,
                      exports
               from meter cross join lateral (
                   select string_agg(code, ' ') as codes, bool_or(direction = 'export') as exports
                   from register r where r.meter = meter.id) registers
               where provider = :provider and serial = any(cast(:serials as text[]))
               order by installed_on desc""",
            provider=provider,
            serials=array_of_texts(some),
        )
        for serial, meter, account, resource, digits, decimals, installed, removed, codes, exports in rows:
            found.setdefault((provider, serial), []).append(
                AmiMeter(
                    meter, account, serial, resource, digits, decimals, _codes(codes or ""), bool(exports),
                    installed, removed,
                )
            )  # fmt: skip
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
