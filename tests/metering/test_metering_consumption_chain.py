"""From the supplier's file and a head end's batches to what a page shows (MT-1, MT-7, MT-8)."""

from __future__ import annotations

from tests.metering.use_world import UseWorld, totals
from tests.metering.world import World, interval_entry, register_entry


def test_mt7_mt8_what_a_head_end_sent_is_what_the_page_shows(world: World) -> None:
    meter = world.meter(zones=2, opening="1.8.1=100 1.8.2=50", installed_on="2026-09-01", ratio="2")
    me = world.person()
    for code, first, second in (("1.8.1", "110", "131"), ("1.8.2", "55", "55.5")):
        for at, value in (("2026-10-01T00:00:00", first), ("2026-11-01T00:00:00", second)):
            assert world.take(register_entry("M1", at, value, code)).accepted == 1
    assert world.take(interval_entry("M1", "2026-11-01T00:00:00", ["0.1"] * 48)).accepted == 48
    assert world.take(interval_entry("M1", "2026-11-01T06:00:00", ["0.5"])).corrected == 1
    view = UseWorld(world.database, world.tools)
    [months] = view.consumption(me, "2026-08-01", "2026-11-30")["series"]
    assert totals(months) == {"2026-08": None, "2026-09": "30", "2026-10": "43", "2026-11": "10.4"}
    assert {name: str(amount.normalize()) for name, amount in months["buckets"][2]["zones"].items()} == {
        "day": "42", "night": "1",
    }  # fmt: skip
    assert [bucket["basis"] for bucket in months["buckets"]] == [
        [],
        ["registers"],
        ["registers"],
        ["intervals"],
    ]
    [hours] = view.consumption(me, "2026-11-01", "2026-11-01", by="hour", meter=meter)["series"]
    assert [str(bucket["total"].normalize()) for bucket in hours["buckets"][5:8]] == ["0.4", "1.2", "0.4"]
    # Nothing was sent twice, and a register that people read as well counts from what was read last.
    world.submit(me, meter, {"1.8.1": "135", "1.8.2": "56"}, confirmed=True)
    [months] = view.consumption(me, "2026-11-01", "2026-11-30")["series"]
    assert totals(months) == {"2026-11": "9"}
    [bill] = {row["closing"] for row in world.quantities("2026-11") if row["register"] == "1.8.1"}
    assert bill == 135
