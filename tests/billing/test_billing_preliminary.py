"""What a reading just sent costs (BL-6) is what the bill will say of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from contracts.identifiers import account_id
from services.billing import views
from tests.billing.world import URAL, D, World, account_line, refused

ONE = "7400000001"


def preliminary(
    world: World, previous: str, value: str, period: str = "2026-11", **changes: Any
) -> dict[str, Any]:
    """Of a reading of the meter M1."""
    request = {
        "account": account_id(URAL, ONE), "resource": "electricity", "unit": "kWh", "serial": "M1", "period": period,
        "quantities": [{"zone": "single", "register": "1.8.0", "value": D(value), "previous": D(previous),
                        "consumption": D(value) - D(previous)}],
    } | changes  # fmt: skip
    answer: dict[str, Any] = world.ask(views.preliminary, world.tools, request, subject=world.person(ONE))
    return answer


def test_bl6_what_was_estimated_meanwhile_is_not_asked_for_again(world: World) -> None:
    world.open(account_line(people=1))
    meter = world.meter().read("2026-08", "0").read("2026-09", "40")
    world.bill("2026-09", "2026-10")
    [estimated] = world.lines("2026-10")
    assert estimated[0] == "norm"
    shown = preliminary(world, "40", "120")
    meter.read("2026-11", "120")
    world.bill("2026-11")
    billed = world.bills()[-1]
    assert shown["total"] == billed["charged"] == 80 * D("4.75") - estimated[3]
    assert shown["to_pay"] == billed["closing"] == 120 * D("4.75")
    assert [line["amount"] for line in shown["lines"]] == [-estimated[3], 80 * D("4.75")]


def test_bl6_a_reading_between_that_no_bill_has_seen_is_counted(world: World) -> None:
    world.open(account_line(people=1))
    meter = world.meter().read("2026-08", "0").read("2026-09", "40")
    world.bill("2026-09", "2026-10")
    # October's reading came after its bill; November's is sent now.
    meter.read("2026-10", "70")
    shown = preliminary(world, "70", "120")
    meter.read("2026-11", "120")
    world.bill("2026-11")
    assert shown["total"] == world.bills()[-1]["charged"]


def test_bl6_without_an_estimate_it_is_the_use_alone(world: World) -> None:
    world.open(account_line())
    shown = preliminary(world, "100", "150")
    assert (shown["total"], shown["complete"]) == (50 * D("4.75"), True)
    nothing = preliminary(
        world, "0", "0",
        quantities=[{"zone": "single", "register": "1.8.0", "value": D(5), "previous": None, "consumption": None}],
    )  # fmt: skip
    assert (nothing["total"], nothing["complete"], nothing["lines"]) == (0, False, [])


def test_bl2_a_tariff_that_is_gone_is_named(world: World) -> None:
    world.open(account_line())
    rules = world.tools.rules[URAL]
    world.tools.rules[URAL] = replace(rules, tariffs={})
    error = refused(lambda: preliminary(world, "100", "150"))
    assert (error.code, error.fields, error.status) == ("tariff_missing", {"tariff": "electricity-1"}, 409)
