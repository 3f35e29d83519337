"""Many letters behind a queue are told once, by a look that follows the burst; no letters, no looks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from authorisation.contexts import ServiceContext, ServiceContextProvider
from chassis import dead_letter_watch
from chassis.broker import dead_letter_queue
from chassis.dead_letter_watch import DeadLetterWatch
from chassis.subscriptions import subscribe
from contracts.events.support import AppealAnswered
from tests.support_code.bus import Bus
from tests.support_code.services import Running
from tests.support_code.waiting import eventually, stays

QUEUE = "undertaker.support.appeal_answered"


class UndertakerService:
    """Its letters are all unreadable."""

    name = "undertaker"
    service: ServiceContext = ServiceContextProvider()

    @subscribe(AppealAnswered)
    def on_answer(self, call: Any, event: AppealAnswered) -> None:
        """Never reached."""


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dead_letter_watch, "LOOK_AFTER", 0.3)


def _alarms(logs: list[Any]) -> list[int]:
    return [one["waiting"] for one in logs if one.get("alarm") == "dead_letters"]


def test_many_letters_are_told_once_until_they_are_fewer(
    run_service: Callable[..., Running], bus: Bus
) -> None:
    run_service(UndertakerService, dead_letters_limit=3)
    bus.take(f"{QUEUE}.dead")

    def bury(letters: int, waiting: int) -> None:
        for _ in range(letters):
            bus.publish("support.events", "appeal_answered", b"?", content_type="application/json")
        assert eventually(
            lambda: REGISTRY.get_sample_value("dead_letters_waiting", {"queue": QUEUE}) == waiting
        )

    with capture_logs() as logs:
        bury(2, 2)
        assert _alarms(logs) == []
        bury(2, 4)
        assert _alarms(logs) == [4]
        bury(1, 5)
        assert _alarms(logs) == [4]
        assert len(bus.take(f"{QUEUE}.dead")) == 5
        bury(1, 1)
        bury(2, 3)
        assert _alarms(logs) == [4, 3]


def test_a_burst_makes_one_look_and_a_broker_that_is_away_no_noise(
    bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[int] = []
    with bus.channel() as channel:
        dead_letter_queue("burst").declare(channel=channel)
    watch = DeadLetterWatch(bus.url, "burst", 1)
    real = watch._waiting
    monkeypatch.setattr(watch, "_waiting", lambda: looks.append(1) or real())
    for _ in range(50):
        watch.one_more()
    assert eventually(lambda: looks == [1])
    stays(lambda: looks == [1], 0.7)
    with capture_logs() as logs:
        away = DeadLetterWatch("amqp://nobody:x@127.0.0.1:9/none", "burst", 1)
        away.one_more()
        assert eventually(lambda: [one["event"] for one in logs] == ["dead_letters_not_counted"])
        away.one_more()
        assert eventually(lambda: len(logs) == 2)
