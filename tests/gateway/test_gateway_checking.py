"""Alerts on use and checked interval data over HTTP (MT-9, MT-13)."""

from __future__ import annotations

import pytest

from tests.gateway.world import World, problem

ACCOUNT, METER = "5adc82dd-7af9-567f-9a31-48a391669085", "0197b2c4-9a40-7c11-8d02-6b5a4c3d2e1f"
ALERT = {
    "alert": METER,
    "account": ACCOUNT,
    "meter": METER,
    "serial": "20417733",
    "resource": "cold_water",
    "unit": "m3",
    "channel": "1.29.0",
    "kind": "leak",
    "state": "raised",
    "first_day": "2026-11-01",
    "last_day": "2026-11-02",
    "found": "0.012",
    "usual": "0",
    "raised_at": "2026-11-03T02:00:00+00:00",
    "cleared_at": None,
}
DAY = f"/staff/meters/{METER}/intervals/1.29.0/2026-11-02"


@pytest.mark.parametrize(("path", "account"), [("/alerts", None), (f"/accounts/{ACCOUNT}/alerts", ACCOUNT)])
def test_mt_13_alerts_of_an_account_or_of_all(world: World, path: str, account: str | None) -> None:
    world.answer("metering.usage_alerts", {"alerts": [ALERT]})
    answer = world.get(f"{path}?cleared=true&limit=5")
    assert (answer.status_code, answer.json) == (200, {"alerts": [ALERT]})
    [(method, given)] = world.client.calls
    assert method == "metering.usage_alerts"
    assert given == {"cleared": True, "limit": 5, "cursor": None} | ({"account": account} if account else {})


def test_mt_9_findings_with_filters(world: World) -> None:
    world.answer("metering.interval_findings", {"findings": [], "next": METER})
    token = world.keys.person(None, "operator")
    answer = world.get(
        "/staff/interval-findings?provider=uralenergosbyt&rule=spike&first_day=2026-11-01&limit=3",
        token=token,
    )
    assert (answer.status_code, answer.json["next"]) == (200, METER)
    [(_, given)] = world.client.calls
    assert given["first_day"] == "2026-11-01" and (given["rule"], given["limit"]) == ("spike", 3)
    assert given["last_day"] is None


def test_mt_9_an_edit_goes_on_with_its_day_version_and_reason(world: World) -> None:
    edited = {
        "meter": METER, "account": ACCOUNT, "channel": "1.29.0", "day": "2026-11-02", "version": 2, "passed": True,
        "amounts": [1, None], "marks": [7, 18],
    }  # fmt: skip
    world.answer("metering.edit_intervals", edited)
    token = world.keys.person(None, "operator")
    body = {"version": 1, "values": {"0": 1, "5": None}, "reason": "seen on the display"}
    answer = world.post(f"{DAY}/edits", body, token=token, Idempotency_Key="key-00001")
    assert (answer.status_code, answer.json) == (201, edited)
    [(_, given)] = world.client.calls
    assert given == {"meter": METER, "channel": "1.29.0", "day": "2026-11-02", **body}


def test_mt_9_an_edit_without_a_reason_is_refused(world: World) -> None:
    token = world.keys.person(None, "operator")
    for reason in ("", "x"):
        body = {"version": 1, "values": {"0": 1}, "reason": reason}
        answer = world.post(f"{DAY}/edits", body, token=token, Idempotency_Key="key-00002")
        problem(answer, 422, "validation_failed")
    assert world.client.calls == []
