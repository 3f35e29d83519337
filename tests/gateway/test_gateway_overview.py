"""The first page (GW-2): what is there comes, what is not is named."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.errors import CabinetError
from gateway.routes.overview import PARTS
from tests.gateway.world import World, problem

A, B = "00000000-0000-0000-0000-00000000000a", "00000000-0000-0000-0000-00000000000b"
LOYALTY = {"points": 5, "level": "promising", "rank": 1, "next_level": None, "points_missing": 0}
ANSWERS: dict[str, Any] = {
    "identity": {
        "accounts": [
            {"account": B, "provider": "p", "number": "2", "name": "dacha", "group": "g"},
            {"account": A, "provider": "p", "number": "1", "name": "", "group": "g"},
        ]
    },
    "billing": {
        "accounts": [
            {"account": A, "provider": "p", "number": "1", "address": "street", "balance": "100.10",
             "currency": "RUB", "delivery": "email", "last_bill": None},
            {"account": B, "provider": "p", "number": "2", "address": "road", "balance": "0.20",
             "currency": "RUB", "delivery": "email", "last_bill": None},
        ]
    },
    "metering": {"meters": [{"account": A, "meter": "m1"}, {"account": A, "meter": "m2"}]},
    "loyalty": {"accounts": [{"account": A, "provider": "p", **LOYALTY}]},
    "notifications": {"unread": 3, "latest": [{"id": "n"}]},
}  # fmt: skip
METHODS = {name: f"{name}.{'accounts' if name == 'identity' else 'overview'}" for name in ANSWERS}


@pytest.fixture
def whole(world: World) -> World:
    """Every service answers."""
    for name, answer in ANSWERS.items():
        world.answer(METHODS[name], answer)
    return world


def test_gw2_everything_in_one_answer_in_the_persons_own_order(whole: World) -> None:
    page = whole.get("/overview").json
    assert page is not None and page["missing"] == []
    assert [account["account"] for account in page["accounts"]] == [B, A]
    second = page["accounts"][1]
    assert second["loyalty"] == LOYALTY and [meter["meter"] for meter in second["meters"]] == ["m1", "m2"]
    assert (second["address"], second["balance"], second["number"]) == ("street", "100.10", "1")
    assert page["accounts"][0]["meters"] == [] and page["accounts"][0]["loyalty"] is None
    assert page["owed"] == {"RUB": "100.30"}
    assert (page["unread"], page["latest"]) == (3, [{"id": "n"}])


def test_gw2_overpayments_do_not_lessen_what_is_owed_and_currencies_stay_apart(whole: World) -> None:
    one, two = ({**row} for row in ANSWERS["billing"]["accounts"])
    one["balance"], two["balance"], two["currency"] = "-50.00", "7.00", "UAH"
    whole.answer("billing.overview", {"accounts": [one, two]})
    assert whole.get("/overview").json["owed"] == {"UAH": "7.00"}  # type: ignore[index]


@pytest.mark.parametrize("away", ANSWERS)
@pytest.mark.parametrize(
    "code", ["service_unavailable", "deadline_exceeded", "too_many_calls", "internal_error"]
)
def test_gw2_with_a_service_away_the_rest_still_comes(whole: World, away: str, code: str) -> None:
    whole.answer(METHODS[away], CabinetError(code, service=away))
    page = whole.get("/overview").json
    assert page is not None and page["missing"] == [PARTS[away]]
    assert {account["account"] for account in page["accounts"]} == {A, B}
    second = next(account for account in page["accounts"] if account["account"] == A)
    empty = {
        "identity": second["name"],
        "billing": second["balance"],
        "metering": second["meters"],
        "loyalty": second["loyalty"],
        "notifications": page["unread"],
    }
    assert {name for name, value in empty.items() if value is None} == {away}


def test_gw2_with_every_service_away_all_are_named(world: World) -> None:
    page = world.get("/overview").json
    assert page is not None and sorted(page["missing"]) == sorted(PARTS[service] for service in ANSWERS)
    assert (page["accounts"], page["owed"], page["unread"]) == ([], None, None)


def test_gw2_all_are_asked_before_any_is_waited_for(whole: World) -> None:
    whole.get("/overview")
    assert sorted(name for name, _ in whole.client.calls) == sorted(METHODS.values())


@pytest.mark.parametrize("code", ["unauthenticated", "forbidden"])
def test_gw2_what_is_wrong_with_the_request_is_an_error(whole: World, code: str) -> None:
    whole.answer("billing.overview", CabinetError(code))
    problem(whole.get("/overview"), CabinetError(code).status, code)


def test_bl6_a_reading_is_taken_though_its_price_is_not_known(world: World) -> None:
    accepted = {
        "account": A, "resource": "electricity", "unit": "kWh", "serial": "1", "period": "2026-11",
        "values": [{"zone": "single", "register": "1.8.0", "value": "10", "previous": "1", "consumption": "9",
                    "more": "x"}],
    }  # fmt: skip
    world.answer("metering.submit_readings", accepted)
    body = {"values": {"1.8.0": "10.5"}}
    for code in ("service_unavailable", "deadline_exceeded", "account_not_found", "tariff_missing"):
        world.answer("billing.preliminary_charge", CabinetError(code))
        answer = world.post(f"/meters/{A}/readings", body)
        assert (answer.status_code, answer.json) == (
            201,
            accepted | {"preliminary": None, "preliminary_missing": code},
        )
    world.answer("billing.preliminary_charge", {"total": "9.00"})
    assert world.post(f"/meters/{A}/readings", body).json["preliminary"] == {"total": "9.00"}  # type: ignore[index]
    submitted = world.client.calls[0][1]
    assert submitted == {"meter": A, "values": {"1.8.0": "10.5"}, "taken_at": None, "confirmed": False}
    world.answer("metering.submit_readings", CabinetError("reading_below_last"))
    problem(world.post(f"/meters/{A}/readings", body), 422, "reading_below_last")
