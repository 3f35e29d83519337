"""Webhooks that never came: all payments are asked about, in parallel, within bounds (PY-8)."""

from __future__ import annotations

import time
import uuid
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import psycopg2

from demo.browser import OutsideWorld
from deploy.local.stack import Stack
from tests.support_code.waiting import eventually

LOST = 300
#: Ten thousand within fifteen minutes.
A_SECOND = 10_000 / (15 * 60)


def test_py8_lost_webhooks_are_made_good_at_a_rate_of_ten_thousand_in_fifteen_minutes(system: Stack) -> None:
    world = OutsideWorld(system.endpoints["sandbox"]["url"])
    world.fault("yookassa.webhook", "drop", times=LOST)
    env = system.settings.service("payments")
    with httpx.Client(auth=(env["YOOKASSA_SHOP_ID"], env["YOOKASSA_SECRET_KEY"])) as client:
        paid = [_paid(client, world, env["YOOKASSA_API_URL"]) for _ in range(LOST)]
    now = datetime.now(UTC)
    with closing(psycopg2.connect(system.nodes.owner_url("payments"))) as connection:
        connection.autocommit = True
        cursor = connection.cursor()
        for payment, external in paid:
            cursor.execute(
                """insert into payment (id, state, system, channel, currency, total, return_url, external_id,
                       idempotency_key, fingerprint, created_at, ask_at)
                   values (%s, 'pending', 'yookassa', 'cabinet', 'RUB', 1, '', %s, %s, '', %s, %s)""",
                [payment, external, payment, now, now + timedelta(seconds=2)],
            )
            cursor.execute(
                "insert into payment_part values (%s, %s, 'uralenergosbyt', '1', 1)",
                [payment, str(uuid.uuid4())],
            )

        def settled() -> int:
            cursor.execute(
                "select count(*) from payment where state = 'succeeded' and id = any(%s::uuid[])",
                [[p for p, _ in paid]],
            )
            return int(cursor.fetchone()[0])

        eventually(lambda: settled() > 0)
        began = time.monotonic()
        eventually(lambda: settled() == LOST, LOST / A_SECOND)
        rate = LOST / (time.monotonic() - began)
    print({"a_second": round(rate, 1), "needed": round(A_SECOND, 1)})
    assert rate > A_SECOND


def _paid(client: httpx.Client, world: OutsideWorld, api: str) -> tuple[str, str]:
    """Our id and the system's, of a payment that somebody has paid there."""
    payment = str(uuid.uuid4())
    said: dict[str, Any] = {
        "amount": {"value": "1.00", "currency": "RUB"},
        "capture": True,
        "confirmation": {"type": "redirect", "return_url": "https://cabinet.example/back"},
        "description": "x",
        "metadata": {"payment": payment},
    }
    answer = (
        client.post(f"{api}/payments", json=said, headers={"Idempotence-Key": payment})
        .raise_for_status()
        .json()
    )
    world.pay_by_card(answer["confirmation"]["confirmation_url"])
    return payment, str(answer["id"])
