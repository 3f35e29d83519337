"""Batches of automated readings, on a real database (MT-8): every value new, a duplicate, a correction or a reject."""

from __future__ import annotations

from typing import Any

import pytest

from services.metering.handlers.ingest import Incoming
from tests.metering.world import (
    Receipt,
    World,
    batch_id,
    incoming,
    interval_entry,
    local,
    register_entry,
)

DAY = "2026-11-18"
HALF_HOURS = [f"0.{number:03d}" for number in range(48)]
MILLI = list(range(48))


def day_entry(values: list[Any] | None = None, start: str = f"{DAY}T00:00:00", **more: Any) -> dict[str, Any]:
    return interval_entry("M1", start, HALF_HOURS if values is None else values, **more)


def old_days(world: World) -> list[tuple[int, list[int | None], str]]:
    rows = world.rows("select version, amounts, batch from interval_day_old order by version")
    return [(row["version"], row["amounts"], row["batch"]) for row in rows]


def test_mt8_the_same_batch_twice_gives_the_same_receipt_and_changes_nothing(world: World) -> None:
    meter = world.meter()
    batch = incoming(day_entry(), register_entry("M1", f"{DAY}T00:00:00", "5"), batch="again")
    first = world.ingest_raw(batch)
    second = world.ingest_raw(incoming(day_entry(["9"] * 48), batch="again"))
    assert first == second
    assert b'"accepted":49' in first[0].encode()
    assert world.day(meter, DAY) == MILLI


def test_mt8_the_same_batch_twice_in_one_call_is_taken_once(world: World) -> None:
    meter = world.meter()
    receipts = world.ingest(incoming(day_entry(), batch="b"), incoming(day_entry(), batch="b"))
    assert receipts == [Receipt(48, 0, 0, ())] * 2
    assert world.day(meter, DAY) == MILLI


def test_mt8_the_same_values_in_another_batch_are_duplicates(world: World) -> None:
    meter = world.meter()
    entries = day_entry(), register_entry("M1", f"{DAY}T00:00:00", "5.100")
    assert world.take(*entries) == Receipt(49, 0, 0, ())
    # Another spelling of the same number and of the same moment.
    same = {"meter": "M1", "obis": "1-0:1.8.0", "at": "2026-11-17T19:00:00Z", "value": "5.1"}
    assert world.take(entries[0], same) == Receipt(0, 49, 0, ())
    assert world.versions(meter) == [(1, "5.1", True)]
    assert old_days(world) == []


def test_mt8_another_value_is_a_correction_and_the_old_version_is_kept(world: World) -> None:
    meter = world.meter()
    world.take(day_entry(), register_entry("M1", f"{DAY}T00:00:00", "5"))
    changed = day_entry(["1.5"], start=f"{DAY}T01:00:00")
    fixed = register_entry("M1", f"{DAY}T00:00:00", "4")
    assert world.take(changed, fixed, batch="fix") == Receipt(0, 0, 2, ())
    assert world.day(meter, DAY) == [0, 1, 1500, *MILLI[3:]]
    assert old_days(world) == [(1, MILLI, batch_id("fix"))]
    assert world.versions(meter) == [(1, "5", False), (2, "4", True)]


def test_mt8_two_messages_for_the_same_new_day_in_one_call(world: World) -> None:
    meter = world.meter()
    one = incoming(day_entry(["0.001", "0.002", None]), register_entry("M1", f"{DAY}T00:00:00", "1"))
    two = incoming(
        day_entry(["0.001", "0.005", "0.003"]), register_entry("M1", f"{DAY}T00:00:00", "2"), batch="two"
    )
    three = incoming(register_entry("M1", f"{DAY}T00:00:00", "2"))
    assert world.ingest(one, two, three) == [Receipt(3, 0, 0, ()), Receipt(1, 1, 2, ()), Receipt(0, 1, 0, ())]
    assert world.day(meter, DAY) == [1, 5, 3, *[None] * 45]
    assert old_days(world) == [(1, [1, 2, *[None] * 46], batch_id("two"))]
    assert world.versions(meter) == [(1, "1", False), (2, "2", True)]


def test_mt8_late_and_out_of_order_parts_of_a_day_merge(world: World) -> None:
    meter = world.meter()
    for first in (40, 0, 24, 8):
        hour, minute = divmod(first * 30, 60)
        part = day_entry(HALF_HOURS[first : first + 8], start=f"{DAY}T{hour:02d}:{minute:02d}:00")
        assert world.take(part) == Receipt(8, 0, 0, ())
    missing = [*range(16, 24), *range(32, 40)]
    assert world.day(meter, DAY) == [None if slot in missing else slot for slot in range(48)]
    assert world.take(day_entry()) == Receipt(16, 32, 0, ())
    assert old_days(world) == []
    [row] = world.rows("select version from interval_day")
    assert row["version"] == 1


def test_mt8_a_run_over_midnight_is_cut_into_local_days(world: World) -> None:
    meter = world.meter()
    assert world.take(day_entry(["0.001", "0.002"], start="2026-11-17T23:30:00")) == Receipt(2, 0, 0, ())
    assert world.day(meter, "2026-11-17") == [None] * 47 + [1]
    assert world.day(meter, DAY) == [2] + [None] * 47


@pytest.mark.parametrize(
    ("entry", "code", "values"),
    [
        (interval_entry("M9", f"{DAY}T00:00:00", ["1", None, "2"]), "unknown_meter", 2),
        (register_entry("M9", f"{DAY}T00:00:00", "1"), "unknown_meter", 1),
        (register_entry("M\0", f"{DAY}T00:00:00", "1"), "unknown_meter", 1),
        (register_entry("M1", f"{DAY}T00:00:00", "1", "1.8.1"), "unknown_register", 1),
        (day_entry(["1", "2"], code="1.8.0"), "unknown_register", 2),
        (day_entry(["1"], start=f"{DAY}T00:10:00"), "time_misaligned", 1),
        (day_entry(["1"], start="2026-11-20T10:30:00"), "time_in_future", 1),
        (day_entry(["1"] * 48, start="2026-11-20T00:00:00"), "time_in_future", 48),
        (register_entry("M1", "2026-11-20T10:05:01", "1"), "time_in_future", 1),
        (register_entry("M1", "0001-01-01T00:00:00", "1"), "time_unfit", 1),
        (day_entry(["1"], start="0001-01-01T00:00:00"), "time_unfit", 1),
        ({"meter": "M1", "obis": "1.8.0", "at": f"{DAY}T00:00:00", "value": "1"}, "time_unfit", 1),
        (register_entry("M1", f"{DAY}T00:00:00", "1000000"), "value_unfit", 1),
        (register_entry("M1", f"{DAY}T00:00:00", "1.0001"), "value_unfit", 1),
        (register_entry("M1", f"{DAY}T00:00:00", "-1"), "value_unfit", 1),
        (register_entry("M1", f"{DAY}T00:00:00", "NaN"), "value_unfit", 1),
        (register_entry("M1", f"{DAY}T00:00:00", "1E+999999"), "value_unfit", 1),
        (day_entry(["0.1", "0.0001"]), "value_unfit", 2),
        (day_entry(["0.1", "-1"]), "value_unfit", 2),
        (day_entry(["NaN"]), "value_unfit", 1),
        (day_entry(["Infinity"]), "value_unfit", 1),
        (day_entry(["1E+999999"]), "value_unfit", 1),
        (day_entry(["1"], step="PT5M"), "malformed_entry", 1),
        (day_entry(["1", "two", None]), "malformed_entry", 2),
        (day_entry([True]), "malformed_entry", 1),
        ({"meter": "M1", "obis": "1.8.0", "value": "1"}, "malformed_entry", 1),
        ({"meter": "M1", "obis": "1.8.0", "at": "yesterday", "value": "1"}, "malformed_entry", 1),
        ({"meter": 7, "obis": "1.8.0"}, "malformed_entry", 1),
        ("nonsense", "malformed_entry", 1),
        (None, "malformed_entry", 1),
    ],
)
def test_mt8_an_entry_that_does_not_fit_is_rejected_alone_with_index_and_code(
    world: World, entry: Any, code: str, values: int
) -> None:
    meter = world.meter()
    receipt = world.take(day_entry(["0.001"]), entry, register_entry("M1", f"{DAY}T00:00:00", "7"))
    assert receipt == Receipt(2, 0, 0, ((1, code, values),))
    assert world.day(meter, DAY) == [1] + [None] * 47
    assert world.versions(meter) == [(1, "7", True)]


def test_mt8_bytes_that_are_no_text_reject_their_entry_alone(world: World) -> None:
    world.meter()
    bad = b'{"meter": "\xff", "obis": "1.8.0", "at": "2026-11-18T00:00:00Z", "value": "1"}'
    good = b'{"meter": "M1", "obis": "1.8.0", "at": "2026-11-18T00:00:00Z", "value": "1"}'
    [receipt] = world.ingest(incoming(raw=[bad, good]))
    assert receipt == Receipt(1, 0, 0, ((0, "malformed_entry", 1),))


def test_mt8_an_unknown_provider_has_no_meters(world: World) -> None:
    world.meter()
    assert world.take(day_entry(["1"]), provider="nobody") == Receipt(0, 0, 0, ((0, "unknown_meter", 1),))


def test_mt8_another_step_on_a_stored_day_is_rejected_and_the_other_day_taken(world: World) -> None:
    meter = world.meter()
    world.take(day_entry(["0.001"]))
    mixed = day_entry(["1", "2", None, "3"], start="2026-11-17T22:00:00", step="PT60M")
    assert world.take(mixed) == Receipt(2, 0, 0, ((0, "step_changed", 1),))
    assert world.day(meter, DAY) == [1] + [None] * 47
    assert world.day(meter, "2026-11-17") == [None] * 22 + [1000, 2000]
    both = world.ingest(
        incoming(day_entry(["1"], start="2026-11-16T00:00:00")),
        incoming(day_entry(["1"], start="2026-11-16T00:00:00", step="PT15M")),
    )
    assert both == [Receipt(1, 0, 0, ()), Receipt(0, 0, 0, ((0, "step_changed", 1),))]


def test_mt8_nulls_are_no_values(world: World) -> None:
    meter = world.meter()
    assert world.take(day_entry([None] * 48), day_entry([])) == Receipt(0, 0, 0, ())
    assert world.day(meter, DAY) is None
    assert world.take(day_entry([None, "0.001", None])) == Receipt(1, 0, 0, ())
    # A null takes nothing back.
    assert world.take(day_entry([None, None, "0"])) == Receipt(1, 0, 0, ())
    assert world.day(meter, DAY) == [None, 1, 0] + [None] * 45


def test_mt8_the_rest_of_a_day_that_has_not_come_may_be_sent_as_nulls(world: World) -> None:
    world.meter()
    today = day_entry(["0.001"] * 20 + [None] * 28, start="2026-11-20T00:00:00")
    assert world.take(today) == Receipt(20, 0, 0, ())


def test_mt8_json_numbers_are_as_exact_as_strings(world: World) -> None:
    meter = world.meter()
    entry = (
        b'{"meter":"M1","obis":"1-0:1.29.0","from":"2026-11-18T00:00:00+05:00","step":"PT30M",'
        b'"values":[0.1,0.2,0.3,4.35,1.005,"0.3"]}'
    )
    register = b'{"meter":"M1","obis":"1-0:1.8.0","at":"2026-11-18T00:00:00+05:00","value":4036.125}'
    [receipt] = world.ingest(incoming(raw=[entry, register]))
    assert receipt == Receipt(7, 0, 0, ())
    assert world.day(meter, DAY) == [100, 200, 300, 4350, 1005, 300] + [None] * 42
    assert world.take(register_entry("M1", f"{DAY}T00:00:00", "4036.125")) == Receipt(0, 1, 0, ())
    floaty = entry.replace(b"0.1,0.2", b"0.30000000000000004,0.2")
    assert world.ingest(incoming(raw=[floaty]))[0].rejected == ((0, "value_unfit", 6),)


def test_mt8_midnight_of_the_first_closes_the_month_that_ended(world: World) -> None:
    meter = world.meter(opening="1.8.0=100")
    world.take(
        register_entry("M1", "2026-10-01T00:00:00", "130"), register_entry("M1", "2026-11-01T00:00:00", "150")
    )
    [row] = world.quantities("2026-10")
    assert (row["opening"], row["closing"], row["consumption"], row["closing_source"]) == (
        130,
        150,
        20,
        "ami",
    )
    events = world.announced("automated_readings_stored")
    assert sorted((event["meter"], event["period"]) for event in events) == [
        (meter, "2026-09"),
        (meter, "2026-10"),
    ]
    world.take(register_entry("M1", "2026-11-02T00:00:00", "151"))
    assert len(world.announced("automated_readings_stored")) == 2
    assert world.quantities("2026-11")[0]["closing"] == 151


def test_mt8_a_reading_by_hand_that_was_withdrawn_is_not_in_the_way(world: World) -> None:
    meter, who = world.meter(opening="1.8.0=1"), world.person()
    midnight = local(f"{DAY}T00:00:00")
    world.submit(who, meter, {"1.8.0": "9"}, taken_at=midnight)
    world.submit(who, meter, {"1.8.0": "5"})
    assert world.take(register_entry("M1", f"{DAY}T00:00:00", "4")) == Receipt(1, 0, 0, ())
    assert world.take(register_entry("M1", f"{DAY}T00:00:00", "4")) == Receipt(0, 1, 0, ())
    assert world.versions(meter) == [(1, "1", True), (1, "9", False), (2, "4", True), (1, "5", True)]


def test_mt8_rejects_are_told_in_the_order_of_the_entries(world: World) -> None:
    world.meter()
    entries = [
        day_entry(["1"], step="PT60M"),
        "nonsense",
        day_entry(["1"]),
        register_entry("M9", f"{DAY}T00:00:00", "1"),
    ]
    receipt = world.take(day_entry(["0.001"], start=f"{DAY}T12:00:00"), *entries)
    assert [index for index, _, _ in receipt.rejected] == [1, 2, 4]
    assert receipt.values == 5


def test_mt8_a_batch_without_entries_has_a_receipt(world: World) -> None:
    batch: Incoming = incoming()
    assert world.ingest(batch, incoming(day_entry(["1"]))) == [
        Receipt(0, 0, 0, ()),
        Receipt(0, 0, 0, ((0, "unknown_meter", 1),)),
    ]


def test_mt8_flags_are_kept_by_slot_of_the_day(world: World) -> None:
    """Marks come by place in the run; a later part adds its own."""
    world.meter()
    early = {**day_entry(["1", None, "2"], start=f"{DAY}T01:00:00"), "flags": {"1": "power-loss"}}
    world.take(early)
    world.take({**day_entry(["3"], start=f"{DAY}T12:00:00"), "flags": {"0": "estimated"}}, batch="later")
    (row,) = world.rows("select flags, amounts from interval_day")
    assert row["flags"] == {"3": "power-loss", "24": "estimated"}
    assert row["amounts"][2:5] == [1000, None, 2000]


@pytest.mark.parametrize("flags", [{"5": "x"}, {"-1": "x"}, {"first": "x"}])
def test_mt8_a_flag_for_no_value_rejects_its_entry(world: World, flags: dict[str, str]) -> None:
    world.meter()
    receipt = world.take({**day_entry(["1", "2"]), "flags": flags})
    assert [code for _, code, *_ in receipt.rejected] == ["malformed_entry"]


def test_mt8_half_hours_one_by_one_make_the_same_day_as_all_at_once(world: World) -> None:
    one, whole = world.meter(), world.meter("7400000002", "M2")
    world.take(interval_entry("M2", f"{DAY}T00:00:00", HALF_HOURS))
    for slot, value in enumerate(HALF_HOURS):
        start = f"{DAY}T{slot // 2:02}:{slot % 2 * 30:02}:00"
        assert world.take(interval_entry("M1", start, [value])) == Receipt(1, 0, 0, ())
    assert world.day(one, DAY) == world.day(whole, DAY) == MILLI
    rows = world.rows("select starts_at, step, version, flags from interval_day order by meter")
    assert rows[0] == rows[1]
    assert old_days(world) == []


def test_mt8_values_that_go_on_where_a_day_was_left_change_nothing_that_is_there(world: World) -> None:
    meter = world.meter()
    world.take(
        interval_entry("M1", f"{DAY}T00:00:00", ["0.001", None, "0.003", None])
        | {"flags": {"2": "estimated"}}
    )
    # Into a gap; into a gap with nothing for another; over what is there, the same and another; a flag on a value.
    assert world.take(interval_entry("M1", f"{DAY}T00:30:00", ["0.002"])) == Receipt(1, 0, 0, ())
    assert world.take(interval_entry("M1", f"{DAY}T01:30:00", ["0.004", None])) == Receipt(1, 0, 0, ())
    assert world.take(interval_entry("M1", f"{DAY}T01:30:00", ["0.004", "0.005"])) == Receipt(1, 1, 0, ())
    assert world.take(interval_entry("M1", f"{DAY}T02:00:00", ["0.050", "0.006"])) == Receipt(1, 0, 1, ())
    assert world.take(interval_entry("M1", f"{DAY}T03:00:00", ["0.007"]) | {"flags": {"0": "x"}}) == Receipt(
        1, 0, 0, ()
    )
    assert (
        world.take(interval_entry("M1", f"{DAY}T04:00:00", ["9"], "PT60M")).rejected[0][1] == "step_changed"
    )
    assert world.day(meter, DAY) == [1, 2, 3, 4, 50, 6, 7] + [None] * 41
    assert [version for version, _, _ in old_days(world)] == [1]
    [row] = world.rows("select version, flags from interval_day")
    assert row == {"version": 2, "flags": {"2": "estimated", "6": "x"}}
