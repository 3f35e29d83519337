"""YooKassa's notifications, and everything that can go wrong with them.

Body: {"type": "notification", "event": "payment.succeeded", "object": {...}}. The object is as it was at the
moment of the event. Notifications are not signed.
"""

import asyncio
import contextlib
import copy
import uuid
from decimal import Decimal
from typing import Any

from sandbox.deliveries import Deliverer, Delivery
from sandbox.faults import Fault, Faults
from sandbox.money import rubles

_FORGED_AMOUNT = Decimal("999999.99")


class Webhooks:
    """Turns events into deliveries."""

    def __init__(self, url: str | None, deliverer: Deliverer, faults: Faults) -> None:
        self._url = url
        self._deliverer = deliverer
        self._faults = faults
        # Signals of notifications that wait for a later one to overtake them.
        self._overtaken: list[asyncio.Event] = []

    def emit(self, event: str, thing: dict[str, Any]) -> None:
        """Announce `event` (payment.succeeded, refund.succeeded, ...) about a payment or refund."""
        fault = self._faults.take("yookassa.webhook", event)
        if fault is None:
            self._send(self._delivery(event, thing, None))
        elif fault.kind == "drop":
            self._delivery(event, thing, "drop").state = "dropped"
        elif fault.kind == "twice":
            for _ in range(2):
                self._send(self._delivery(event, thing, "twice"))
        elif fault.kind == "late":
            delivery = self._delivery(event, thing, "late")
            self._deliverer.background(self._send_late(delivery, fault.seconds))
        elif fault.kind == "out_of_order":
            delivery = self._delivery(event, thing, "out_of_order")
            self._deliverer.background(self._send_overtaken(delivery, fault.seconds))
        elif fault.kind == "wrong_amount":
            self._send(self._delivery(event, _with_amount(thing, fault), "wrong_amount"))
        elif fault.kind == "forged":
            self._deliverer.background(self._send_after_forgery(event, thing, fault))

    def _delivery(self, event: str, thing: dict[str, Any], fault: str | None) -> Delivery:
        body = {"type": "notification", "event": event, "object": copy.deepcopy(thing)}
        return self._deliverer.record("yookassa", event, thing["id"], self._url, body, fault)

    def _send(self, delivery: Delivery) -> None:
        self._deliverer.background(self._deliver(delivery))

    async def _deliver(self, delivery: Delivery) -> None:
        overtaken, self._overtaken = self._overtaken, []

        def release() -> None:
            for signal in overtaken:
                signal.set()

        await self._deliverer.insist(delivery, release)

    async def _send_late(self, delivery: Delivery, seconds: float) -> None:
        await asyncio.sleep(seconds)
        await self._deliver(delivery)

    async def _send_overtaken(self, delivery: Delivery, seconds: float) -> None:
        signal = asyncio.Event()
        self._overtaken.append(signal)
        # When nothing comes to overtake it: better late than never.
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(signal.wait(), seconds)
        await self._deliverer.insist(delivery)

    async def _send_after_forgery(self, event: str, thing: dict[str, Any], fault: Fault) -> None:
        real = self._delivery(event, thing, None)
        forged = copy.deepcopy(thing)
        # A payment nobody knows, or, when asked so, a false word about one that exists.
        forged["id"] = fault.payment_id or str(uuid.uuid4())
        forged["amount"] = rubles(fault.amount or _FORGED_AMOUNT)
        await self._deliverer.attempt(self._delivery(event, forged, "forged"))
        await self._deliver(real)


def _with_amount(thing: dict[str, Any], fault: Fault) -> dict[str, Any]:
    return {**thing, "amount": rubles(fault.wrong(Decimal(thing["amount"]["value"])))}
