"""Random batches in random order, with repeats, leave what a plain model says, and receipts add up (MT-8)."""

from __future__ import annotations

import itertools
from datetime import timedelta
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.metering.world import Receipt, World, incoming, interval_entry, local, register_entry

SERIALS = itertools.count(1)
START = local("2026-11-10T00:00:00")
SLOTS = 96

intervals = st.tuples(
    st.just("interval"),
    st.integers(0, SLOTS - 12),
    st.lists(st.one_of(st.none(), st.integers(0, 2)), max_size=12),
)
#: A register does not go down: what it shows rises from day to day, whatever is corrected.
registers = st.integers(0, 2).flatmap(
    lambda day: st.tuples(st.just("register"), st.just(day), st.integers(3 * day, 3 * day + 2))
)
unknown = st.tuples(st.just("unknown"), st.just(0), st.integers(1, 3))
batch_entries = st.lists(st.one_of(intervals, registers, unknown), min_size=1, max_size=4)
Entry = tuple[str, int, Any]


class Model:
    """Values by place; the receipt of every batch."""

    def __init__(self) -> None:
        self.values: dict[tuple[str, int], int] = {}
        self.receipts: dict[int, Receipt] = {}

    def take(self, number: int, entries: list[Entry]) -> Receipt:
        if number not in self.receipts:
            counts = {"accepted": 0, "duplicates": 0, "corrected": 0}
            rejected = []
            for index, (kind, place, content) in enumerate(entries):
                if kind == "unknown":
                    rejected.append((index, "unknown_meter", content))
                    continue
                values = content if kind == "interval" else [content]
                for offset, value in enumerate(values):
                    if value is not None:
                        counts[self._put((kind, place + offset), value)] += 1
            self.receipts[number] = Receipt(**counts, rejected=tuple(rejected))
        return self.receipts[number]

    def _put(self, key: tuple[str, int], value: int) -> str:
        known, self.values[key] = self.values.get(key), value
        if known is None:
            return "accepted"
        return "duplicates" if known == value else "corrected"


def as_entry(serial: str, entry: Entry) -> dict[str, Any]:
    kind, place, content = entry
    if kind == "interval":
        at = (START + place * timedelta(minutes=30)).replace(tzinfo=None).isoformat()
        values = [None if value is None else str(Decimal(value) / 1000) for value in content]
        return interval_entry(serial, at, values)
    if kind == "register":
        return register_entry(serial, f"2026-11-1{place}T00:00:00", str(content))
    return interval_entry("nobody's", "2026-11-10T00:00:00", ["1"] * content)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=st.lists(batch_entries, min_size=1, max_size=5), data=st.data())
def test_mt8_any_order_and_repetition_of_batches_equals_the_model(
    world: World, batches: list[list[Entry]], data: st.DataObject
) -> None:
    serial = f"H{next(SERIALS)}"
    meter = world.meter(serial=serial)
    numbers = st.lists(st.integers(0, len(batches) - 1), min_size=1, max_size=8)
    order = data.draw(numbers)
    cuts = sorted(data.draw(st.sets(st.integers(0, len(order)), max_size=3)) | {0, len(order)})
    model = Model()
    for first, after in itertools.pairwise(cuts):
        chunk = order[first:after]
        sent = [
            incoming(*(as_entry(serial, entry) for entry in batches[n]), batch=f"{serial}-{n}") for n in chunk
        ]
        receipts = world.ingest(*sent)
        assert receipts == [model.take(n, batches[n]) for n in chunk]
        for n, receipt in zip(chunk, receipts, strict=True):
            assert receipt.values == sum(_count(entry) for entry in batches[n])
    stored: dict[tuple[str, int], int] = {}
    for number, day in enumerate(("2026-11-10", "2026-11-11")):
        for slot, amount in enumerate(world.day(meter, day) or []):
            if amount is not None:
                stored["interval", number * 48 + slot] = amount
    for row in world.rows(
        """select cast(extract(day from at at time zone 'Asia/Yekaterinburg') as int) - 10 as place, value
           from register_reading where meter = cast(:meter as uuid) and superseded_at is null""",
        meter=meter,
    ):
        stored["register", row["place"]] = int(row["value"])
    assert stored == model.values
    corrected = sum(receipt.corrected for receipt in model.receipts.values())
    kept = world.rows("select 1 from interval_day_old where meter = cast(:meter as uuid)", meter=meter)
    replaced = [version for version in world.versions(meter) if not version[2]]
    assert bool(kept or replaced) == (corrected > 0)


def _count(entry: Entry) -> int:
    kind, _, content = entry
    if kind == "interval":
        return sum(value is not None for value in content)
    return 1 if kind == "register" else int(content)
