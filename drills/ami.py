"""Drill 2: automated readings under kills. Run: ``python -m drills.ami --readings 1000000``.

A head end publishes batches: new days, corrections, unknown meters, and some batches twice. Metering, its database and
the broker are killed (SIGKILL) while they arrive. Afterwards every batch has its one receipt, the receipts say exactly
what they must, the database holds exactly the values that were sent, and no dead letter came.

The last line is one JSON object; the exit status is 0 if all of it held.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import threading
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import amqp
import psycopg2
from psycopg2.extras import execute_values

from deploy.local import programs
from deploy.local.names import AMI_VHOST, DEMO_HEAD_END, DEMO_PROVIDER, DEMO_ROUTING_KEY, ROOT
from deploy.local.programs import Program, python
from deploy.local.settings import Settings, base
from deploy.local.stack import Stack
from drills import ami_plan
from drills.ami_head_end import HeadEnd
from drills.ami_plan import Counts, Plan

METERING: Final = "metering"
QUEUE: Final = "ami.readings"
# RabbitMQ 3.10 can lose the content of a quorum queue that is killed with its broker right after its declaration.
QUEUES_SETTLE: Final = 2.0
MAX_SECONDS: Final = 1_800.0
# Receipts that were on their way at a kill have come by then.
IN_FLIGHT: Final = 0.5


class Drill:
    """One run."""

    def __init__(self, stack: Stack, plan: Plan, kills: list[str], seed: int) -> None:
        self._stack = stack
        self._plan = plan
        self._kills = kills
        self._dice = random.Random(seed)
        self._deadline = time.monotonic() + MAX_SECONDS
        self._head_end = HeadEnd(stack.nodes.amqp_url(DEMO_HEAD_END, AMI_VHOST), DEMO_ROUTING_KEY)
        self._publishing: threading.Thread | None = None
        self._fault: Exception | None = None
        #: (part, seconds from the kill until it was back, until the next new receipt)
        self.resumed: list[tuple[str, float, float]] = []

    def run(self) -> None:
        """Publish, kill, wait for the last receipt."""
        self._add_meters()
        self._head_end.start()
        time.sleep(QUEUES_SETTLE)
        due = 0
        self._publish(self._plan.chunks[0])
        for part, chunk, following in zip(
            self._kills, self._plan.chunks, self._plan.chunks[1:], strict=False
        ):
            before, due = due, due + len({message.batch for message in chunk})
            mark = before + self._dice.randrange(max(due - before, 1))
            self._wait(lambda mark=mark: self._answered >= mark, "receipts before a kill")
            time.sleep(self._dice.random() * 0.05)
            self._kill(part, following)
        self._wait(lambda: self._answered >= len(self._plan.batches), "the last receipts")
        self._head_end.stop()

    @property
    def _answered(self) -> int:
        return len(self._head_end.receipts)

    def _publish(self, chunk: list[ami_plan.Message]) -> None:
        """In a thread of its own, behind what is still being published."""
        before = self._publishing

        def work() -> None:
            if before is not None:
                before.join()
            try:
                self._head_end.publish(chunk, self._deadline)
            except Exception as error:
                self._fault = error

        self._publishing = threading.Thread(target=work, daemon=True)
        self._publishing.start()

    def _wait(self, enough: Any, what: str) -> None:
        def done() -> bool:
            if self._fault is not None:
                raise self._fault
            return bool(enough())

        self._head_end.wait(done, self._deadline, what)

    def _kill(self, part: str, following: list[ami_plan.Message]) -> None:
        """Kill a part; while it is down the next chunk is sent, so that there is work to go on with."""
        broker, database = self._stack.broker, self._stack.database
        victim: Any = {"broker": broker, "database": database}.get(part) or self._stack.processes[METERING]
        began = time.monotonic()
        victim.kill()
        self._publish(following)
        time.sleep(IN_FLIGHT)
        victim.start()
        started, came = time.monotonic(), len(self._head_end.arrivals)
        victim.wait_ready(120)
        back = time.monotonic()
        self._wait(lambda: len(self._head_end.arrivals) > came, "work to go on")
        resumed = self._head_end.arrivals[came]
        self.resumed.append((part, back - began, resumed - began))
        said = f"{part}: back after {back - began:.1f} s, the next receipt after {resumed - began:.1f} s"
        print(f"{said} ({started - began:.1f} s of them down on purpose)", file=sys.stderr, flush=True)

    # --- what must hold -----------------------------------------------------------------------------------------

    def faults(self, within: float) -> list[str]:
        """What did not hold."""
        found: list[str] = []
        head_end, plan = self._head_end, self._plan
        wrong = [batch for batch, one in plan.batches.items() if head_end.receipts.get(batch) != one.expected]
        if wrong:
            found.append(f"{len(wrong)} receipts say something else than was sent")
        if head_end.receipts.keys() - plan.batches.keys():
            found.append("receipts for batches that were never sent")
        if head_end.differing:
            found.append(f"{len(head_end.differing)} repeated receipts differ from the first")
        sent = sum(message.expected.values for message in plan.batches.values())
        if self.totals.values != sent:
            found.append(f"receipts account for {self.totals.values} of {sent} values")
        found += self._stored_faults()
        for queue in (QUEUE, f"{QUEUE}.dead"):
            left = self._depth(queue)
            if left:
                found.append(f"{left} messages in {queue}")
        # The time that a broker or a database takes to boot is its own.
        late = [
            f"{part} {resumed:.1f} s"
            for part, back, resumed in self.resumed
            if resumed - (0 if part == METERING else back) > within
        ]
        if late:
            found.append(f"resumed later than {within:.0f} s: {', '.join(late)}")
        return found

    @property
    def totals(self) -> Counts:
        """Of all first receipts."""
        return sum(self._head_end.receipts.values(), Counts())

    def _stored_faults(self) -> list[str]:
        amounts = {
            (serial, day): stored
            for serial, day, stored in self._rows(
                "select m.serial, d.day, d.amounts from interval_day d join meter m on m.id = d.meter"
            )
        }
        registers = {
            (serial, day): int(value * 1000)
            for serial, day, value in self._rows(
                """select m.serial, cast(r.at at time zone 'Asia/Yekaterinburg' as date) - 1, r.value
                   from register_reading r join meter m on m.id = r.meter where r.superseded_at is null"""
            )
        }
        found = []
        values = sum(sum(one is not None for one in day) for day in amounts.values()) + len(registers)
        if values != self._plan.stored:
            found.append(f"{values} values stored of {self._plan.stored}")
        if amounts != self._plan.amounts or registers != self._plan.registers:
            found.append("stored values differ from those sent")
        for table, condition in (
            ("interval_day_old", "true"),
            ("register_reading", "superseded_at is not null"),
        ):
            [(kept,)] = self._rows(f"select count(*) from {table} where {condition}")
            if kept != self._plan.corrections:
                found.append(f"{kept} old versions in {table} of {self._plan.corrections}")
        return found

    def figures(self, seconds: float) -> dict[str, Any]:
        """What is printed."""
        totals, head_end = self.totals, self._head_end
        return {
            "readings": sum(message.expected.values for message in self._plan.batches.values()),
            "batches": len(self._plan.batches),
            "sent_twice": self._plan.repeated,
            "published_messages": head_end.published,
            "receipts": len(head_end.receipts),
            "repeated_receipts": head_end.repeated,
            "accepted": totals.accepted,
            "duplicates": totals.duplicates,
            "corrected": totals.corrected,
            "rejected": totals.rejected,
            "stored": self._plan.stored,
            "seconds": round(seconds, 1),
            "kills": {
                part: {
                    "count": len(of),
                    "back_s": _spread([back for back, _ in of]),
                    "resumed_s": _spread([resumed for _, resumed in of]),
                }
                for part in dict.fromkeys(self._kills)
                if (of := [(back, resumed) for name, back, resumed in self.resumed if name == part])
            },
        }

    # --- nodes --------------------------------------------------------------------------------------------------

    def _add_meters(self) -> None:
        with closing(psycopg2.connect(self._stack.nodes.owner_url(METERING))) as connection, connection:
            with connection.cursor() as cursor:
                cursor.execute(
                    "truncate meter, interval_day, interval_day_old, register_reading, ami_batch cascade"
                )
                execute_values(
                    cursor,
                    """insert into meter (id, provider, account, account_number, serial, resource, unit, zones,
                           digits, decimals, automated, installed_on)
                       values %s""",
                    [
                        (
                            _uuid(number), DEMO_PROVIDER, _uuid(number), str(number), ami_plan.serial(number),
                            "electricity", "kWh", 1, 6, 3, True, "2020-01-01",
                        )
                        for number in range(ami_plan.METERS)
                    ],
                )  # fmt: skip
                cursor.execute(f"insert into register select id, '{ami_plan.REGISTER}', 'single' from meter")

    def _rows(self, sql: str) -> list[Any]:
        with closing(psycopg2.connect(self._stack.nodes.database_url(METERING))) as connection:
            with connection.cursor() as cursor:
                cursor.execute(sql)
                return list(cursor.fetchall())

    def _depth(self, queue: str) -> int:
        connection = amqp.Connection(
            f"127.0.0.1:{self._stack.nodes.ports['amqp']}",
            userid=METERING,
            password=self._stack.nodes.amqp_passwords[METERING],
            virtual_host=AMI_VHOST,
            read_timeout=20,
        )
        connection.connect()
        try:
            # The last acknowledgements may still be on their way.
            for _ in range(50):
                count: int = connection.channel().queue_declare(queue, passive=True).message_count
                if not count:
                    break
                time.sleep(0.2)
            return count
        finally:
            connection.close()


def _uuid(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012d}"


def _spread(seconds: list[float]) -> dict[str, float]:
    return {"median": round(statistics.median(seconds), 2), "most": round(max(seconds), 2)}


def _only_metering(settings: Settings) -> list[Program]:
    return [program for program in programs.system(settings) if program.name == METERING]


def _migration(settings: Settings) -> Program:
    env = base() | {"DATABASE_URL": settings.migrations()[METERING]}
    return Program("migrations", python("chassis.migrate", METERING), env)


def main(arguments: list[str]) -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--readings", type=int, default=1_000_000)
    parser.add_argument("--consumer-kills", type=int, default=20)
    parser.add_argument("--broker-kills", type=int, default=3)
    parser.add_argument("--database-kills", type=int, default=3)
    parser.add_argument(
        "--within", type=float, default=10.0, help="seconds to resume in, once a part is back"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--home", type=Path, default=ROOT / ".local" / "drills-ami")
    options = parser.parse_args(arguments)
    kills = (
        [METERING] * options.consumer_kills
        + ["broker"] * options.broker_kills
        + ["database"] * options.database_kills
    )
    random.Random(options.seed).shuffle(kills)
    today = datetime.now(UTC).date()
    plan = ami_plan.make(options.readings, len(kills), DEMO_HEAD_END, options.seed, today)
    with Stack(options.home, system=_only_metering, migrations=_migration) as stack:
        drill = Drill(stack, plan, kills, options.seed)
        began = time.monotonic()
        faults: list[str] = []
        try:
            drill.run()
        except (TimeoutError, RuntimeError) as error:
            faults.append(str(error).splitlines()[0])
        seconds = time.monotonic() - began
        faults += drill.faults(options.within)
        print(json.dumps({"drill": "ami", "ok": not faults, "faults": faults} | drill.figures(seconds)))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
