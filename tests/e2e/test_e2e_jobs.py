"""Every job by the clock, in the running system, on the machine's own clock, by what it brings about.

What each job has to do is laid into its tables, and that its hour has come into the row that says when it runs next. It
is the running services that find both.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg2
import psycopg2.extras
import pytest
from nameko.extensions import ENTRYPOINT_EXTENSIONS_ATTR

from chassis.schedules import Schedule
from chassis.topology import service_classes
from contracts.identifiers import new_id
from deploy.local.names import DOMAIN_SERVICES
from deploy.local.stack import Stack
from tests.support_code.waiting import eventually

NOW = datetime.now(UTC)
#: The look every few seconds, on a machine that does other things too.
WITHIN = 60.0
PROVIDER = "uralenergosbyt"

Ask = Callable[..., list[tuple[Any, ...]]]


class Tables:
    """The databases of all services, as the owners of their tables."""

    def __init__(self, connections: dict[str, Any]) -> None:
        self._connections = connections

    def ask(self, service: str, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Rows, if the statement has any."""
        with self._connections[service].cursor() as cursor:
            cursor.execute(sql, values)
            return list(cursor.fetchall()) if cursor.description else []

    def put(self, service: str, table: str, **columns: Any) -> None:
        """A row."""
        names = ", ".join(f'"{name}"' for name in columns)
        marks = ", ".join(["%s"] * len(columns))
        self.ask(service, f"insert into {table} ({names}) values ({marks})", *columns.values())

    def due(self, service: str, *jobs: str) -> None:
        """Their time has come."""
        self.ask(service, "update schedule set next_run_at = now() where job = any(%s)", list(jobs))


@pytest.fixture(scope="module")
def tables(system: Stack) -> Iterator[Tables]:
    psycopg2.extras.register_uuid()
    with ExitStack() as open_ones:
        connections = {}
        for service in DOMAIN_SERVICES:
            connection = open_ones.enter_context(closing(psycopg2.connect(system.nodes.owner_url(service))))
            connection.autocommit = True
            connections[service] = connection
        yield Tables(connections)


def test_every_job_is_looked_at_somewhere() -> None:
    """What is named here has a test in this file; bill runs and intervals are the story's."""
    found = {
        name
        for service in service_classes()
        for name in dir(service)
        for entry in getattr(getattr(service, name), ENTRYPOINT_EXTENSIONS_ATTR, ())
        if isinstance(entry, Schedule)
    }
    told = {"carry_on_bill_runs", "check_intervals"}
    assert found - told == {
        "announce_unposted",
        "apply_contact_changes",
        "burn_missed",
        "compare_homes",
        "end_grants",
        "forget_old",
        "forget_old_readings",
        "keep_months",
        "look_at_guest_readings",
        "remind_of_unconfirmed",
        "remind_of_verifications",
        "review_months",
    }


def person(tables: Tables) -> str:
    found = new_id()
    tables.put(
        "identity",
        "person",
        id=found,
        phone=f"+7{uuid.uuid4().int % 10**10:010d}",
        password_hash="x",
        created_at=NOW,
    )
    return found


def meter(tables: Tables, **more: Any) -> str:
    found = new_id()
    tables.put(
        "metering",
        "meter",
        id=found,
        provider=PROVIDER,
        account=str(uuid.uuid4()),
        account_number=found[-10:],
        serial=found,
        resource="electricity",
        unit="kWh",
        zones=1,
        digits=6,
        decimals=0,
        installed_on="2020-01-01",
        **more,
    )
    return found


def guest(tables: Tables, at: datetime, **more: Any) -> str:
    found = new_id()
    tables.put(
        "metering",
        "guest_reading",
        id=found,
        provider=PROVIDER,
        account_number="0",
        account=str(uuid.uuid4()),
        proof="{}",
        values="{}",
        received_at=at,
        next_try_at=at,
        **more,
    )
    return found


def test_id5_a_new_phone_counts_once_its_day_has_come(tables: Tables) -> None:
    whose, phone = person(tables), f"+7{uuid.uuid4().int % 10**10:010d}"
    tables.put(
        "identity",
        "contact_change",
        id=new_id(),
        person=whose,
        channel="phone",
        old_contact="",
        new_contact=phone,
        state="waiting",
        created_at=NOW,
        takes_effect_at=NOW,
    )
    tables.due("identity", "apply_contact_changes")
    ask = "select phone from person where id = %s"
    assert eventually(lambda: tables.ask("identity", ask, whose) == [(phone,)], WITHIN)


def test_id11_a_grant_ends_with_its_time(tables: Tables) -> None:
    giver, grant = person(tables), new_id()
    tables.put(
        "identity",
        "access_grant",
        id=grant,
        account=str(uuid.uuid4()),
        provider=PROVIDER,
        number="1",
        giver=giver,
        channel="email",
        contact="x@home.example",
        receiver=person(tables),
        name="",
        scopes=["see"],
        until=NOW,
        state="active",
        created_at=NOW,
        expires_at=NOW,
        decided_at=NOW,
    )
    tables.due("identity", "end_grants")
    ask = "select state from access_grant where id = %s"
    assert eventually(lambda: tables.ask("identity", ask, grant) != [("active",)], WITHIN)


def test_id3_challenges_long_over_are_forgotten(tables: Tables) -> None:
    challenge, old = new_id(), NOW - timedelta(days=2)
    tables.put(
        "identity",
        "challenge",
        id=challenge,
        person=person(tables),
        secret_hash="x",
        state="issued",
        created_at=old,
        expires_at=old,
    )
    tables.due("identity", "forget_old")
    assert eventually(
        lambda: not tables.ask("identity", "select 1 from challenge where id = %s", challenge), WITHIN
    )


def test_nt1_deliveries_long_finished_are_forgotten(tables: Tables) -> None:
    dispatch, old = new_id(), NOW - timedelta(days=800)
    tables.put(
        "notifications",
        "dispatch",
        id=dispatch,
        person="p",
        kind="code",
        occasion=dispatch,
        channel="sms",
        lane="sms",
        urgent=False,
        language="ru",
        values="{}",
        state="sent",
        created_at=old,
        finished_at=old,
        next_try_at=old,
    )
    tables.due("notifications", "forget_old")
    assert eventually(
        lambda: not tables.ask("notifications", "select 1 from dispatch where id = %s", dispatch), WITHIN
    )


def test_py4_money_that_the_ledger_does_not_confirm_is_told_again(tables: Tables) -> None:
    payment = new_id()
    tables.put(
        "payments",
        "payment",
        id=payment,
        state="succeeded",
        system="yookassa",
        channel="cabinet",
        currency="RUB",
        total=1,
        return_url="",
        idempotency_key=payment,
        fingerprint="",
        created_at=NOW,
        ask_at=NOW,
        paid_at=NOW,
        finished_at=NOW,
        announce_at=NOW,
        announced=1,
    )
    tables.put(
        "payments",
        "payment_part",
        payment=payment,
        account=str(uuid.uuid4()),
        provider=PROVIDER,
        number="1",
        amount=1,
    )
    tables.due("payments", "announce_unposted")
    ask = "select announced from payment where id = %s"
    assert eventually(lambda: tables.ask("payments", ask, payment)[0][0] > 1, WITHIN)


def test_ly2_a_missed_deadline_is_noted(tables: Tables) -> None:
    account = str(uuid.uuid4())
    tables.put(
        "loyalty", "member", account=account, provider=PROVIDER, points=0, level="beginner", joined_at=NOW
    )
    tables.put(
        "loyalty",
        "bill",
        account=account,
        period="2026-01",
        provider=PROVIDER,
        issued_at=NOW,
        due_on="2026-02-10",
        to_pay=1,
        revision=1,
        outcome="open",
    )
    tables.due("loyalty", "burn_missed")
    ask = "select outcome from bill where account = %s"
    assert eventually(lambda: tables.ask("loyalty", ask, account) == [("missed",)], WITHIN)


def test_ly3_a_month_that_ended_is_reviewed(tables: Tables) -> None:
    tables.ask("loyalty", "update programme_window set reviewed = '2020-01' where provider = %s", PROVIDER)
    tables.due("loyalty", "review_months")
    ask = "select reviewed from programme_window where provider = %s"
    assert eventually(lambda: tables.ask("loyalty", ask, PROVIDER)[0][0] > "2026-01", WITHIN)


def test_mt5_a_reading_without_signing_in_is_looked_at(tables: Tables) -> None:
    reading = guest(tables, NOW, serial="nobody's", state="received")
    tables.due("metering", "look_at_guest_readings")
    ask = "select state from guest_reading where id = %s"
    assert eventually(lambda: tables.ask("metering", ask, reading) == [("queued",)], WITHIN)


def test_mt5_what_strangers_typed_long_ago_is_forgotten(tables: Tables) -> None:
    old = NOW - timedelta(days=400)
    reading = guest(tables, old, state="rejected", decided_at=old)
    tables.due("metering", "forget_old_readings")
    assert eventually(
        lambda: not tables.ask("metering", "select 1 from guest_reading where id = %s", reading), WITHIN
    )


def test_mt4_the_sender_of_an_unconfirmed_reading_is_reminded(tables: Tables) -> None:
    mine, sent = meter(tables), NOW - timedelta(days=8)
    tables.put(
        "metering",
        "unconfirmed",
        meter=mine,
        id=new_id(),
        account=str(uuid.uuid4()),
        period="2026-11",
        in_time=True,
        source="cabinet",
        taken_at=sent,
        sent_at=sent,
        values="{}",
        jumps=["1.8.0"],
    )
    tables.due("metering", "remind_of_unconfirmed")
    ask = "select 1 from unconfirmed where meter = %s and reminded_at is not null"
    assert eventually(lambda: tables.ask("metering", ask, mine), WITHIN)


def test_mt11_a_verification_that_is_due_soon_is_told(tables: Tables) -> None:
    mine = meter(tables, next_verification_on=(NOW + timedelta(days=5)).date())
    tables.due("metering", "remind_of_verifications")
    assert eventually(
        lambda: tables.ask("metering", "select 1 from verification_notice where meter = %s", mine), WITHIN
    )


def test_mt8_a_month_to_come_has_its_partition(tables: Tables) -> None:
    following = (NOW.replace(day=1) + timedelta(days=32)).strftime("register_reading_y%Ym%m")
    tables.ask("metering", f"drop table if exists {following}")
    tables.due("metering", "keep_months")
    ask = "select 1 from pg_class where relname = %s and relispartition"
    assert eventually(lambda: tables.ask("metering", ask, following), WITHIN)


def test_mt7_settled_months_are_compared(tables: Tables) -> None:
    tables.ask("metering", "delete from similar_homes_run where provider = %s", PROVIDER)
    tables.due("metering", "compare_homes")
    ask = "select 1 from similar_homes_run where provider = %s and finished_at is not null"
    assert eventually(lambda: tables.ask("metering", ask, PROVIDER), WITHIN)
