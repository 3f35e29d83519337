"""Readings from the queue to the commit. Run: ``python -m benchmarks.ingest [--messages N] [--rounds K]``.

The queue is filled first, with messages of 48 values; then metering's real service starts and is timed until its
last receipt is in the head end's queue, which it is after the commit. The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from typing import Any, Final

import psycopg2
from psycopg2.extras import execute_values

from benchmarks import support
from benchmarks.peers import readings
from chassis import topology
from chassis.amqp.connecting import connection
from deploy.local import programs
from deploy.local.broker_definitions import TOPOLOGY
from deploy.local.names import (
    AMI_VHOST,
    DEMO_HEAD_END,
    DEMO_PROVIDER,
    DEMO_ROUTING_KEY,
    READINGS_EXCHANGE,
    RECEIPTS_EXCHANGE,
    ROOT,
)
from deploy.local.settings import base
from deploy.local.stack import Stack
from services.metering.adapters.ami import QUEUE

RECEIPTS: Final = "bench.receipts"
REACH: Final = {
    "copy": [">=", 1.0],
    "stock": [">=", 28],
    "single_register_to_drain": [">=", 0.9],
    "single_interval_to_drain": [">=", 0.9],
    "single_register_to_answering": [">=", 0.9],
    "single_interval_to_answering": [">=", 0.9],
    "memory_of_4x_the_backlog": ["<=", 1.15],
}
STOCK_SHARE: Final = 20  # it gets so many times fewer messages
STOCK_QUEUE: Final = "bench.stock"
PEER_TABLES: Final = ("bench_copy", "bench_stock")
OWN_TABLES: Final = (
    "interval_day", "interval_day_old", "register_reading", "ami_batch", "outbox",
    "interval_channel", "interval_day_checked", "day_due", "vee_progress",
)  # fmt: skip
MAX_SECONDS: Final = 300
NO_HANGING: Final = "-c lock_timeout=20000 -c statement_timeout=120000"


class Ingest:
    """One broker and database, and what is done with them."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._database = stack.nodes.owner_url("metering")
        self._url = stack.nodes.amqp_url(TOPOLOGY, AMI_VHOST)
        self._prepare_database()
        self._connection = connection(self._url, read_timeout=60)
        self._connection.connect()
        self._channel = self._connection.channel()
        topology.declare_all(stack.nodes.amqp_url(TOPOLOGY), self._url)
        head_end = programs.demo_head_end(stack.settings)
        subprocess.run(head_end.argv, env=head_end.env, check=True, cwd=ROOT)
        self._channel.queue_declare(STOCK_QUEUE, durable=True, auto_delete=False)
        # As the queue of readings is: receipts outlive a broker, too.
        self._channel.queue_declare(
            RECEIPTS, durable=True, auto_delete=False, arguments={"x-queue-type": "quorum"}
        )
        self._channel.queue_bind(RECEIPTS, RECEIPTS_EXCHANGE, DEMO_HEAD_END)

    def close(self) -> None:
        """Disconnect."""
        self._connection.close()

    def ours(self, messages: int) -> tuple[float, float]:
        """Values a second, and peak memory in MB."""
        took, memory = self._service(messages, "days")
        stored = self._value("select sum(cardinality(amounts)) from interval_day")
        if stored != messages * readings.SLOTS:
            raise AssertionError(f"stored {stored} values of {messages * readings.SLOTS}")
        return stored / took, memory

    def single(self, messages: int, kind: str) -> float:
        """Messages of one value a second, each with its receipt."""
        took, _ = self._service(messages, kind)
        stored = self._value(
            "select count(*) from register_reading"
            if kind == "register"
            else "select sum(cardinality(array_remove(amounts, null))) from interval_day"
        )
        if stored != messages:
            raise AssertionError(f"stored {stored} values of {messages}")
        return messages / took

    def drain(self, messages: int, kind: str, *, answering: bool = False) -> float:
        """Messages a second; ``answering`` each as metering must."""
        self._reset()
        self._fill_readings(messages, kind)
        answers: dict[str, Any] = (
            {"exchange": RECEIPTS_EXCHANGE, "routing_key": DEMO_HEAD_END} if answering else {}
        )
        with support.Child(
            "benchmarks.peers.ingest_drain", url=self._url, queue=QUEUE, messages=messages, **answers
        ) as child:
            child.report()
            child.tell()
            child.report()
            took: float = child.report()["took"]
        return messages / took

    def _service(self, messages: int, kind: str) -> tuple[float, float]:
        self._reset()
        self._fill_readings(messages, kind)
        with support.Child("benchmarks.peers.ingest_ours", self._stack.settings.service("metering")) as child:
            took = self._timed(child, lambda: self._waiting(RECEIPTS) >= messages)
            return took, child.memory_mb()

    def _fill_readings(self, messages: int, kind: str) -> None:
        self._fill(
            QUEUE,
            messages,
            url=self._stack.nodes.amqp_url(DEMO_HEAD_END, AMI_VHOST),
            exchange=READINGS_EXCHANGE,
            routing_key=DEMO_ROUTING_KEY,
            user_id=DEMO_HEAD_END,
            kind=kind,
        )

    def stock(self, messages: int) -> float:
        """Values a second."""
        self._reset()
        self._fill(STOCK_QUEUE, messages, url=self._url, exchange="", routing_key=STOCK_QUEUE, user_id=None)
        wanted = messages * readings.SLOTS
        with support.Child("benchmarks.peers.ingest_stock", url=self._url, database=self._database) as child:
            took = self._timed(child, lambda: self._value("select count(*) from bench_stock") >= wanted)
        return wanted / took

    def copy(self, messages: int) -> float:
        """Values a second."""
        self._reset()
        found = support.run("benchmarks.peers.ingest_copy", database=self._database, messages=messages)
        return float(found["values_per_s"])

    def _timed(self, child: support.Child, done: Callable[[], bool]) -> float:
        child.report()
        child.tell()
        began: float = child.report()["began"]
        while not done():
            if time.time() - began > MAX_SECONDS:
                raise RuntimeError(f"{child.name} was not done after {MAX_SECONDS} s")
            time.sleep(support.POLL_EVERY)
        return time.time() - began

    def _fill(self, queue: str, messages: int, **where: Any) -> None:
        support.run("benchmarks.peers.ingest_fill", messages=messages, head_end=DEMO_HEAD_END, **where)
        deadline = time.monotonic() + 60
        while (waiting := self._waiting(queue)) < messages:
            if time.monotonic() > deadline:
                raise RuntimeError(f"{queue} holds {waiting} of {messages} messages")
            time.sleep(support.POLL_EVERY)

    def _waiting(self, queue: str) -> int:
        count: int = self._channel.queue_declare(queue, passive=True).message_count
        return count

    def _value(self, sql: str) -> Any:
        with (
            closing(psycopg2.connect(self._database, options=NO_HANGING)) as connection,
            connection.cursor() as cursor,
        ):
            cursor.execute(sql)
            return cursor.fetchone()[0]

    def _reset(self) -> None:
        """The same beginning for everyone: empty queues and tables, nothing left to write back."""
        for queue in (QUEUE, RECEIPTS, STOCK_QUEUE):
            self._channel.queue_purge(queue)
        with (
            closing(psycopg2.connect(self._database, options=NO_HANGING)) as connection,
            connection.cursor() as cursor,
        ):
            cursor.execute(f"truncate {', '.join(OWN_TABLES + PEER_TABLES)}")
            connection.commit()
        with closing(psycopg2.connect(self._stack.nodes.superuser_url, options=NO_HANGING)) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute("checkpoint")

    def _prepare_database(self) -> None:
        env = base() | {"DATABASE_URL": self._database}
        subprocess.run(
            [sys.executable, "-m", "chassis.migrate", "metering"],
            env=env,
            cwd=ROOT,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        with (
            closing(psycopg2.connect(self._database, options=NO_HANGING)) as connection,
            connection.cursor() as cursor,
        ):
            for table in PEER_TABLES:
                cursor.execute(
                    f"""create table if not exists {table} (
                        meter uuid, channel text, at timestamptz, amount int not null,
                        primary key (meter, channel, at))"""
                )
            cursor.execute("truncate meter cascade")
            execute_values(
                cursor,
                """insert into meter (id, provider, account, account_number, serial, resource, unit, zones, digits,
                       decimals, automated, installed_on) values %s""",
                [
                    (
                        readings.meter_id(index), DEMO_PROVIDER, readings.meter_id(index), str(index),
                        readings.serial(index), "electricity", "kWh", 1, 6, 3, True, "2026-01-01",
                    )
                    for index in range(1, readings.METERS + 1)
                ],
            )  # fmt: skip
            cursor.execute(f"insert into register select id, '{readings.REGISTER}', 'single' from meter")
            # As autovacuum does, but not before a minute has passed.
            cursor.execute("analyze meter, register")
            connection.commit()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--messages", type=int, default=20_000, help="messages in a round, of 48 values")
    # So many that the start of the service, a third of a second, weighs little.
    parser.add_argument("--singles", type=int, default=120_000, help="messages in a round, of one value")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    values: dict[str, list[float]] = {"ours": [], "copy": [], "stock": []}
    singles: dict[str, list[float]] = {"register": [], "interval": [], "drain": [], "answering": []}
    memory: list[float] = []
    with support.nodes() as stack, closing(Ingest(stack)) as ingest:
        for round_ in range(options.rounds):
            rate, peak = ingest.ours(options.messages)
            values["ours"].append(rate)
            memory.append(peak)
            values["copy"].append(ingest.copy(options.messages))
            values["stock"].append(ingest.stock(max(options.messages // STOCK_SHARE, 1)))
            for kind in ("register", "interval"):
                singles[kind].append(ingest.single(options.singles, kind))
            singles["drain"].append(ingest.drain(options.singles, "register"))
            singles["answering"].append(ingest.drain(options.singles, "register", answering=True))
            print(
                f"round {round_ + 1}: {_last(values)} values/s; one a message: {_last(singles)} messages/s; "
                f"ours at most {peak:.0f} MB",
                flush=True,
            )
        _, small = ingest.ours(max(options.messages // 4, 1))
        print(f"memory: {small:.0f} MB with a quarter of the backlog, {memory[-1]:.0f} MB with all of it")
    ratios = {name: support.paired(values["ours"], values[name]) for name in ("copy", "stock")}
    for kind in ("register", "interval"):
        for peer in ("drain", "answering"):
            ratios[f"single_{kind}_to_{peer}"] = support.paired(singles[kind], singles[peer])
    ratios["memory_of_4x_the_backlog"] = statistics.median(memory) / small
    figures = {
        "values_per_s": {name: round(statistics.median(rates)) for name, rates in values.items()},
        "single_messages_per_s": {name: round(statistics.median(rates)) for name, rates in singles.items()},
        "memory_mb": round(memory[-1]),
    }
    support.finish("ingest", ratios, REACH, figures)


def _last(rates: dict[str, list[float]]) -> str:
    return "  ".join(f"{name} {found[-1]:9,.0f}" for name, found in rates.items())


if __name__ == "__main__":
    main()
