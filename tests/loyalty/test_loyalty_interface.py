"""The real service on the real broker: events in, points out, questions answered (LY-1, LY-2, LY-3)."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from chassis.clock import FixedClock
from contracts.errors import CabinetError
from contracts.events import Event
from contracts.identifiers import new_id
from services.loyalty.service import LoyaltyService
from tests.loyalty.world import bill, confirmed, linked, opened, paid, reading
from tests.support_code.bus import Bus, calling
from tests.support_code.tokens import Tokens
from tests.support_code.waiting import eventually

URAL = "uralenergosbyt"


def test_ly1_events_become_points_that_the_cabinet_shows(
    run_service: Callable[..., Any],
    rpc: Callable[..., Any],
    publish_event: Callable[[Event], str],
    bus: Bus,
    tokens: Tokens,
) -> None:
    clock = FixedClock(datetime(2026, 11, 12, 8, 0, tzinfo=UTC))
    run_service(LoyaltyService, clock=clock)
    loyalty, mine = rpc("loyalty"), tokens.person(person := new_id())
    announced = bus.listen("loyalty.events")
    one = new_id()

    def overview() -> Any:
        with calling(mine):
            return loyalty.overview()["accounts"]

    for event in (
        paid(one, "2026-11-10T10:00", provider=URAL),
        reading(one, provider=URAL),
        linked(person, one, provider=URAL),
        bill(one, provider=URAL),
        confirmed(person),
        opened(one, "email", provider=URAL),
    ):
        publish_event(event)
    expected = {"account": one, "provider": URAL, "points": 17, "level": "promising", "rank": 1}
    expected |= {"next_level": "responsible", "points_missing": 8}
    eventually(lambda: overview() == [expected])

    with calling(mine):
        standing = loyalty.standing(account=one)
        with pytest.raises(CabinetError, match="forbidden"):
            loyalty.standings(provider=URAL)
        with pytest.raises(CabinetError, match="forbidden"):
            loyalty.review(provider=URAL, period="2026-10")
    gave = {criterion["criterion"]: criterion["points"] for criterion in standing["criteria"]}
    assert gave["registration_and_email"] == 10
    assert (gave["payment_in_time"], gave["payment_in_cabinet"], gave["early_payment"]) == (3, 2, 0)
    with calling(tokens.service("support")):
        assert loyalty.standings(provider=URAL)["standings"] == [
            {"account": one, "points": 17, "level": "promising", "rank": 1}
        ]
    with calling(tokens.person(None, "accountant")):
        assert loyalty.review(provider=URAL, period="2026-10")["members"] == 1
        with pytest.raises(CabinetError, match="validation_failed"):
            loyalty.review(provider=URAL, period="2026-13")

    # The bill of the next month is missed: the job burns what can burn.
    publish_event(
        bill(one, "2026-11", at="2026-12-05T04:00", due="2026-12-15", early=None, provider=URAL),
    )
    eventually(lambda: overview()[0]["points"] == 18)  # without paper again
    clock.moment = datetime(2026, 12, 15, 19, 1, tzinfo=UTC)
    eventually(lambda: overview()[0]["points"] == 10)

    def heard() -> bool:
        seen.extend(
            (message.delivery_info["routing_key"], json.loads(message.body))
            for message in bus.take(announced)
        )
        return any(name == "points_awarded" and body["criterion"] == "burn" for name, body in seen)

    seen: list[tuple[str, Any]] = []
    eventually(heard)
    awarded = [body for name, body in seen if name == "points_awarded"]
    assert sum(body["awarded"] for body in awarded) == 10
    assert awarded[-1]["awarded"] == -8
    assert [body["level"] for name, body in seen if name == "level_changed"][:1] == ["promising"]
    bus.delete(announced)


def test_ly1_nobody_sees_anothers_points(
    run_service: Callable[..., Any], rpc: Callable[..., Any], tokens: Tokens
) -> None:
    run_service(LoyaltyService)
    with pytest.raises(CabinetError, match="unauthenticated"):
        rpc("loyalty").overview()
    with calling(tokens.person()), pytest.raises(CabinetError) as caught:
        rpc("loyalty").standing(account=new_id())
    # Identity, which would be asked about a award still on its way, is not there.
    assert caught.value.code in ("service_unavailable", "not_found")
