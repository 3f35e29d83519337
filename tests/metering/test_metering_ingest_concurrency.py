"""Two consumers at once (MT-8): what both bring is stored exactly once."""

from __future__ import annotations

from types import SimpleNamespace

import eventlet
import pytest

from chassis.clock import FixedClock
from contracts.errors import CabinetError
from services.metering.handlers import ingest, ingest_taking
from services.metering.handlers.ingest_senders import Senders
from services.metering.store import head_ends
from tests.metering.world import Receipt, World, incoming, interval_entry, register_entry
from tests.support_code.waiting import eventually

DAY = "2026-11-18"
WAITING = "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"


def overlapping(
    world: World, first: ingest.Incoming, second: ingest.Incoming
) -> tuple[str, eventlet.greenthread]:
    """The second begins before the first has committed, and waits for it."""
    with world.database.transaction() as tx:
        [receipt] = ingest.store(tx, ingest.prepare(tx, world.tools, world.now, [first]))
        other = eventlet.spawn(world.ingest, second)
        eventually(lambda: world.rows(WAITING))
    return receipt, other


def test_mt8_the_same_new_day_from_two_consumers_is_stored_once(world: World) -> None:
    meter = world.meter()
    entries = [
        interval_entry("M1", f"{DAY}T00:00:00", ["0.001", "0.002", None]),
        register_entry("M1", f"{DAY}T00:00:00", "5"),
    ]
    more = [interval_entry("M1", f"{DAY}T00:00:00", ["0.001", "0.009", "0.003"]), entries[1]]
    receipt, other = overlapping(world, incoming(*entries), incoming(*more))
    assert '"accepted":3' in receipt
    assert other.wait() == [Receipt(accepted=1, duplicates=2, corrected=1, rejected=())]
    assert world.day(meter, DAY) == [1, 9, 3] + [None] * 45
    assert world.versions(meter) == [(1, "5", True)]


def test_mt8_a_stored_day_that_two_consumers_fill_loses_neither_part(world: World) -> None:
    meter = world.meter()
    world.take(interval_entry("M1", f"{DAY}T00:00:00", ["0.001"]))
    one = incoming(interval_entry("M1", f"{DAY}T00:30:00", ["0.002"]))
    two = incoming(interval_entry("M1", f"{DAY}T01:00:00", ["0.003"]))
    _, other = overlapping(world, one, two)
    assert other.wait() == [Receipt(1, 0, 0, ())]
    assert world.day(meter, DAY) == [1, 2, 3] + [None] * 45


def test_mt8_the_same_batch_at_two_consumers_is_taken_by_one_and_then_known(world: World) -> None:
    meter = world.meter()
    batch = incoming(register_entry("M1", f"{DAY}T00:00:00", "5"), batch="same")
    again = incoming(register_entry("M1", f"{DAY}T00:00:00", "5"), batch="same")
    receipt, other = overlapping(world, batch, again)
    with pytest.raises(CabinetError, match="service_unavailable"):
        other.wait()
    assert world.ingest_raw(again) == [receipt]
    assert world.versions(meter) == [(1, "5", True)]


def test_mt8_what_the_messages_before_brought_after_one_looked_is_known_at_ones_turn(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Looked up while the transaction before was open; it commits, then it is the next one's turn."""
    meter = world.meter()
    monkeypatch.setattr(ingest_taking, "_senders", Senders())
    same = {"batch": "same"}
    entries = [
        register_entry("M1", f"{DAY}T00:00:00", "5"),
        interval_entry("M1", f"{DAY}T00:30:00", ["0.002"]),
    ]
    sent = [(one.provider, one.batch) for one in (incoming(*entries, **same), incoming(*entries))]
    with world.database.transaction() as tx:
        for provider, batch in sent:
            head_ends.add(tx, batch.head_end, [provider], world.now)
    first: list[str] = []

    def turn() -> None:
        if not first:
            first.extend(world.ingest_raw(incoming(*entries, **same)))

    service = SimpleNamespace(database=world.database, clock=FixedClock(world.now))
    [known, again] = [receipt for _, receipt in ingest_taking.take(service, world.tools, sent, turn)]
    assert known == first[0]
    assert '"duplicates":2' in again
    assert world.versions(meter) == [(1, "5", True)]
    assert world.day(meter, DAY) == [None, 2] + [None] * 46
