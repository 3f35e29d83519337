"""The real service: the job that checks, and the RPCs of staff and customers (MT-9, MT-13)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from chassis.clock import FixedClock
from chassis.database import Database, make_engine
from contracts.errors import CabinetError
from contracts.identifiers import account_id
from deploy.local.names import ROOT
from services.metering.configuration import metering_tools
from services.metering.service import MeteringService
from tests.metering.checking_world import Checking
from tests.metering.world import URAL, World
from tests.support_code.bus import calling
from tests.support_code.tokens import Tokens
from tests.support_code.waiting import eventually

MORNING = datetime(2026, 11, 13, 7, tzinfo=UTC)
FIRST = date(2026, 11, 2)
LAST = FIRST + timedelta(days=10)
PLAIN: list[int | None] = [150 + 7 * slot % 89 for slot in range(48)]


@dataclass
class Running:
    """Two replicas with eleven days of a meter, the last one with a gap."""

    one: Checking
    rpc: Callable[..., Any]


@pytest.fixture
def running(
    service_database: Callable[[str], str], run_service: Callable[..., Any], rpc: Callable[..., Any]
) -> Any:
    engine = make_engine(service_database("metering"), 4)
    world = World(Database(engine), metering_tools({"providers_dir": str(ROOT / "providers")}))
    one = Checking(world)
    world.now = MORNING - timedelta(minutes=10)
    gap: list[int | None] = [None if slot in (5, 6) else amount for slot, amount in enumerate(PLAIN)]
    one.send(FIRST, *[PLAIN] * 10, gap)
    world.now = MORNING
    for _ in range(2):
        run_service(MeteringService, clock=FixedClock(MORNING))
    yield Running(one, rpc)
    engine.dispose()


def test_mt_9_the_job_checks_once_among_replicas_and_staff_see_and_edit(
    running: Running, tokens: Tokens
) -> None:
    one, rpc = running.one, running.rpc
    eventually(lambda: (one.day(LAST) or {}).get("version") == 1)
    assert one.day(LAST)["marks"][4:8] == [17, 9, 9, 17]
    assert one.world.rows("select 1 from interval_day_checked_old") == []
    asked = {"meter": one.meter, "channel": "1.29.0", "day": LAST.isoformat()}
    values = {"5": 111, "6": 112}
    operator = tokens.person(None, "operator")
    with calling(operator):
        [found] = rpc("metering").interval_findings(provider=URAL, rule="missing")["findings"]
        assert (found["serial"], found["day"], found["first"], found["last"]) == (
            "M1",
            LAST.isoformat(),
            5,
            6,
        )
        edit = {**asked, "version": 1, "values": values, "reason": "read by hand"}
    for _ in range(2):
        with calling(operator, key="edit-0001"):
            edited = rpc("metering").edit_intervals(**edit)
        assert (edited["version"], edited["marks"][4:8]) == (2, [17, 7, 7, 17])
    with calling(operator):
        day = rpc("metering").checked_day(**asked)
    assert [version["version"] for version in day["versions"]] == [2, 1] and day["findings"] == []
    assert [edit["values"] for edit in day["edits"]] == [values]


def test_mt_9_customers_do_not_edit_and_strangers_see_no_alerts(running: Running, tokens: Tokens) -> None:
    one, rpc = running.one, running.rpc
    eventually(lambda: (one.day(LAST) or {}).get("version") == 1)
    asked = {"meter": one.meter, "channel": "1.29.0", "day": LAST.isoformat()}
    with calling(tokens.person(), key="edit-0002"):
        for act in (
            lambda: rpc("metering").interval_findings(provider=URAL),
            lambda: rpc("metering").checked_day(**asked),
            lambda: rpc("metering").edit_intervals(**asked, version=1, values={"1": 1}, reason="mine"),
        ):
            with pytest.raises(CabinetError) as caught:
                act()
            assert caught.value.code == "forbidden"
        with pytest.raises(CabinetError) as caught:
            rpc("metering").usage_alerts(account=account_id(URAL, "7400000001"))
        assert caught.value.code in ("not_found", "service_unavailable")
        assert rpc("metering").usage_alerts()["alerts"] == []
    assert one.day(LAST)["version"] == 1
