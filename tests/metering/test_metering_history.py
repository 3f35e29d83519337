"""History of readings (GW-3): what was sent, and of automated meters the reading that each month ended with."""

from __future__ import annotations

from typing import Any

from contracts.identifiers import account_id
from services.metering import views
from tests.metering.world import URAL, World, register_entry
from tests.support_code.requests import typed

ACCOUNT = account_id(URAL, "7400000001")


def _history(world: World, **asked: Any) -> list[dict[str, Any]]:
    found: dict[str, Any] = world.ask(views.history, world.person(), {"limit": 20} | asked)
    return found["readings"]


def _daily(world: World) -> None:
    """An automated meter: two readings in September, two in October, by the supplier's clock."""
    world.meter()
    with world.database.transaction() as tx:
        tx.run("update meter set automated = true")
    for at, value in (
        ("2026-09-10T00:00:00", "100"),
        ("2026-09-30T23:00:00", "150"),
        ("2026-10-01T01:00:00", "151"),
        ("2026-10-31T12:00:00", "210"),
    ):
        assert world.take(register_entry("M1", at, value)).accepted == 1


def test_gw3_a_month_of_an_automated_meter_is_one_item_its_last_reading(world: World) -> None:
    _daily(world)
    shown = [row for row in _history(world) if row["source"] == "ami"]
    assert [(row["period"], row["values"][0]["value"]) for row in shown] == [
        ("2026-10", "210"),
        ("2026-09", "150"),
    ]
    assert len({row["reading"] for row in shown}) == 2
    assert [row["reading"] for row in _history(world) if row["source"] == "ami"] == [
        row["reading"] for row in shown
    ]


def test_gw3_pages_go_on_behind_the_last_automated_reading(world: World) -> None:
    _daily(world)
    [newest] = _history(world, limit=1)
    [older] = _history(world, limit=1, before=newest["created_at"].isoformat())
    assert (newest["period"], older["period"]) == ("2026-10", "2026-09")
    assert _history(world, before=older["created_at"].isoformat()) == []
    assert [row["period"] for row in _history(world, since="2026-10-15T00:00:00+05:00")] == ["2026-10"]


def test_gw3_of_another_supplier_there_is_nothing(world: World) -> None:
    _daily(world)
    assert _history(world, provider="ustek-chelyabinsk") == []
    assert len(_history(world, provider=URAL, accounts=[ACCOUNT])) == 2
    assert typed(views.history, {"provider": URAL}).provider == URAL
