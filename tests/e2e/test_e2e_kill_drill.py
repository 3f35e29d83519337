"""Kill drill: each service, the broker and the database die (kill -9) in the middle of the story; it still ends right,
and nothing is doubled."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import amqp
import eventlet
import psycopg2
import pytest

from chassis.broker import dead_queue, subscription_queue
from chassis.topology import subscriptions
from demo.browser import eventually
from demo.head_end import HeadEnd
from demo.story import Story
from deploy.local.names import DOMAIN_SERVICES
from deploy.local.stack import Stack
from tests.e2e.patient import PatientBrowser

# A quorum queue of RabbitMQ 3.10 that is younger than this can lose its content with the broker.
QUEUES_SETTLE = 2.0


class Drill:
    """Kills and revives parts of the system while steps of a story run."""

    def __init__(self, system: Stack) -> None:
        self.system = system
        self.killed: list[str] = []

    def during(self, step: Callable[[], Any], *names: str, after: float = 0.05) -> Any:
        """Run a step; kill the parts one after another while it runs."""
        running = eventlet.spawn(step)
        for name in names:
            eventlet.sleep(after)
            self.kill(name)
            eventlet.sleep(0.3)
            self.revive(name)
        return running.wait()

    def kill(self, name: str) -> None:
        """kill -9."""
        self._part(name).kill()
        self.killed.append(name)

    def revive(self, name: str) -> None:
        """What the orchestrator does."""
        self._part(name).start()

    def all_ready(self) -> None:
        """Wait until every part is back."""
        self.system.broker.wait_ready()
        self.system.database.wait_ready()
        for process in self.system.processes.values():
            process.wait_ready()

    def _part(self, name: str) -> Any:
        if name == "broker":
            return self.system.broker
        if name == "database":
            return self.system.database
        return self.system.processes[name]


class HardyStory(Story):
    """A story whose head-end repeats a batch (with its id) until the receipt is there."""

    def publish(self, readings: list[dict[str, Any]]) -> dict[str, Any]:
        """The receipt of a batch, whatever breaks in between."""
        batch = str(uuid.uuid4())
        until = time.monotonic() + 300
        while True:
            try:
                head_end = HeadEnd(self.endpoints["amqp"]["head_end"])
                try:
                    head_end.publish(readings, batch)
                    return head_end.receipt(batch, wait=8)
                finally:
                    head_end.close()
            except (OSError, TimeoutError, amqp.exceptions.AMQPError):
                if time.monotonic() > until:
                    raise
                time.sleep(0.3)


@pytest.fixture(scope="module")
def drill(system: Stack) -> Iterator[Drill]:
    """After the drill everything stands again."""
    made = Drill(system)
    yield made
    made.all_ready()


def test_the_story_ends_right_although_every_part_is_killed(system: Stack, drill: Drill) -> None:
    story = HardyStory(system.endpoints)
    story.person = PatientBrowser(system.endpoints["gateway"]["url"])
    story.accountant = PatientBrowser(system.endpoints["gateway"]["url"])
    eventlet.sleep(QUEUES_SETTLE)
    try:
        story.supplier_hands_files_over()
        readings = story._days(0, 19)
        sent = sum(value is not None for reading in readings for value in reading["values"])

        # 1: while the meter's month arrives, metering, the database and the broker die.
        halves = [readings[:10], readings[10:]]
        first = drill.during(lambda: story.publish(halves[0]), "metering", "database", after=0.01)
        second = drill.during(lambda: story.publish(halves[1]), "broker", after=0.01)
        drill.all_ready()
        # A batch keeps its id over all repeats, so that even its receipt says what happened the first time.
        assert first["accepted"] + second["accepted"] == sent
        assert _value(system, "metering", _VALUES, story.home.serial) == sent

        # 2 and 3: identity and notifications die between registration and linking, metering behind a reading.
        story.person_registers_and_links()
        drill.during(story.person_sends_readings, "metering", "identity", "support", after=0.02)
        drill.all_ready()

        # 4: billing, metering, loyalty and the database die under the bill run.
        drill.during(story.month_is_billed, "billing", "loyalty", "database", "notifications", after=0.4)
        drill.all_ready()

        # 5: payments, the gateway, billing and the broker die around the webhook.
        drill.during(story.both_bills_are_paid, "payments", "gateway", "billing", "broker", after=0.15)
        drill.all_ready()

        story.points_are_awarded()
        story.bell_and_mail_have_it_all()
        story.first_page_shows_it_all()
    finally:
        story.end()
    assert {*DOMAIN_SERVICES, "gateway", "broker", "database"} <= {*drill.killed}

    _nothing_is_doubled(system, story)
    eventually(lambda: _dead_letters(system) == 0, what="empty dead letters")


_VALUES = """
select coalesce(sum((select count(*) from unnest(d.amounts) a where a is not null)), 0)
from interval_day d join meter m on m.id = d.meter where m.serial = %s
"""


def _nothing_is_doubled(system: Stack, story: Story) -> None:
    accounts = list(story.accounts.values())
    payment = story.payment["payment"]
    billing = system, "billing"
    assert (
        _value(*billing, "select count(*) from transfer where reference like %s", f"payment:{payment}:%") == 2
    )
    assert _value(*billing, "select count(*) from bill where account = any(%s::uuid[])", accounts) == 4, (
        "two accounts, two months"
    )
    assert (
        _value(
            *billing,
            """select count(*) from balance b where b.amount <> (
                   select coalesce(sum(case when t.debit = 'receivable' then t.amount else -t.amount end), 0)
                   from transfer t where t.account = b.account and 'receivable' in (t.debit, t.credit))""",
        )
        == 0
    ), "every balance is the sum of its movements"
    assert len(story.world.receipts(payment)) == 1
    assert (
        _value(
            system, "payments", "select count(*) from receipt where payment = %s and state = 'done'", payment
        )
        == 1
    )
    assert (
        _value(
            system,
            "loyalty",
            """select count(*) from (select account, criterion, period from points_award
               where account = any(%s::uuid[]) and points > 0 group by 1, 2, 3 having count(*) > 1) twice""",
            accounts,
        )
        == 0
    )
    issued = [m["data"].get("bill") for m in _messages(story) if m["kind"] == "bill_issued"]
    assert len(issued) == len(set(issued)) == 4, "one message for each bill"


def _messages(story: Story) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = story.person.get("/notifications", limit=100)["messages"]
    return found


def _dead_letters(system: Stack) -> int:
    parts = system.nodes.amqp_url("admin").split("@")[1]
    host, _, vhost = parts.partition("/")
    connection = amqp.Connection(
        host=host,
        userid="metering",
        password=system.nodes.amqp_passwords["metering"],
        virtual_host=vhost or "cabinet",
        login_method="PLAIN",
    )
    with connection:
        channel = connection.channel()
        return sum(
            channel.queue_declare(dead_queue(subscription_queue(*item)), passive=True).message_count
            for item in subscriptions()
        )


def _value(system: Stack, service: str, statement: str, *parameters: Any) -> Any:
    connection = psycopg2.connect(system.nodes.database_url(service))
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement, parameters)
            row = cursor.fetchone()
            assert row is not None
            return row[0]
    finally:
        connection.close()
