"""What a page of metering costs in the database (MT-6, MT-7).

Run: ``python -m benchmarks.metering_views [--meters N]``.

A month of daily register readings, and interval data for every 75th meter, are written into a database with 37
monthly partitions, in the order in which they would come: day by day. Then the service's own questions (overview,
history, a year of consumption) are put for single accounts chosen at random. What counts is the time that the
database itself says it took to plan and execute the statements of a question; the first time, cold and with the wire,
is shown besides.
Prints the plans of one account; the last line is one JSON object with milliseconds.
"""

from __future__ import annotations

import argparse
import random
import time
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, date, timedelta
from typing import Any, Final
from uuid import UUID

from authorisation import access
from authorisation.contexts import RequestContext
from authorisation.subject import Subject
from benchmarks import support
from benchmarks.scratch import Scratch, scratch
from chassis.clock import SystemClock, local_day
from chassis.context import CallContext
from chassis.database import Database, make_engine
from chassis.transaction import Row, Transaction
from contracts.identifiers import new_id
from contracts.periods import next_period, parse_period, period_of, previous_period
from contracts.rpc import metering as rpc
from deploy.local.names import ROOT
from services.metering import views
from services.metering.configuration import metering_tools
from services.metering.domain.months import shifted
from services.metering.handlers import similar
from services.metering.store import partitions

PROVIDER: Final = "uralenergosbyt"
ZONE: Final = "Asia/Yekaterinburg"
# A page's statements together in the database, at p99, in ms.
REACH: Final = {"overview": ["<=", 5.0], "history": ["<=", 5.0]}
EVERY_INTERVAL_METER: Final = 75
PARTITIONS: Final = 37
ACCOUNTS: Final = 400
# The best of so many counts: what else the machine does at that moment is left out.
TRIES: Final = 2

FILL: Final = (
    """insert into meter (id, provider, account, account_number, serial, resource, unit, zones, digits, decimals,
                          automated, installed_on)
       select cast(md5('meter ' || n) as uuid), %(provider)s, cast(md5('account ' || n) as uuid),
              to_char(n, 'FM0000000000'), to_char(n, 'FM000000000'), 'electricity', 'kWh', 1, 6, 3, true, '2020-01-01'
       from generate_series(1, %(meters)s) n""",
    """insert into register (meter, code, zone)
       select cast(md5('meter ' || n) as uuid), '1.8.0', 'single' from generate_series(1, %(meters)s) n""",
    # What people sent in the year before, of every tenth meter: history shows it.
    """insert into submission (id, meter, account, period, taken_at, source, in_time, created_at)
       select cast(md5(n || ' ' || month) as uuid), cast(md5('meter ' || n) as uuid),
              cast(md5('account ' || n) as uuid), to_char(month, 'YYYY-MM'), month + interval '20 days',
              'cabinet', true, month + interval '20 days'
       from generate_series(10, %(meters)s, 10) n,
            generate_series(cast(%(first)s as timestamptz) - interval '12 months',
                            cast(%(first)s as timestamptz) - interval '1 month', interval '1 month') month
       order by month, 1""",
    """insert into register_reading (meter, register, at, version, value, period, source, submission, received_at)
       select s.meter, '1.8.0', s.taken_at, 1,
              (extract(year from s.taken_at) * 12 + extract(month from s.taken_at) - 24240) * 150,
              s.period, 'cabinet', s.id, s.taken_at
       from submission s order by s.taken_at, s.meter""",
)
FILL_DAY: Final = (
    """insert into register_reading (meter, register, at, version, value, period, source, received_at)
       select m.id, '1.8.0', cast(%(day)s as timestamp) at time zone %(zone)s, 1,
              20000 + (date %(day)s - date '2020-01-01') * 5 + get_byte(uuid_send(m.id), 0) / 100.0,
              to_char(cast(%(day)s as date) - 1, 'YYYY-MM'), 'ami',
              cast(%(day)s as timestamp) at time zone %(zone)s
       from meter m order by m.id""",
    """insert into interval_day (meter, channel, day, starts_at, step, amounts, received_at)
       select cast(md5('meter ' || n) as uuid), '1.29.0', %(day)s,
              cast(%(day)s as timestamp) at time zone %(zone)s, 30,
              array(select 50 + (n * slot) %% 400 from generate_series(1, 48) slot),
              cast(%(day)s as timestamp) at time zone %(zone)s
       from generate_series(%(every)s, %(meters)s, %(every)s) n order by 1""",
)


class Timed(Transaction):
    """Keeps what each statement of a question took, and the statement."""

    def __init__(self, asked_by: Transaction) -> None:
        super().__init__(asked_by._session)
        self.seconds = 0.0
        self.statements: list[tuple[str, dict[str, Any]]] = []

    def rows(self, sql: str, /, **parameters: Any) -> list[Row]:
        found: list[Row] = self._timed(sql, parameters, super().rows)
        return found

    def row(self, sql: str, /, **parameters: Any) -> Row | None:
        found: Row | None = self._timed(sql, parameters, super().row)
        return found

    def value(self, sql: str, /, **parameters: Any) -> Any:
        return self._timed(sql, parameters, super().value)

    def _timed(self, sql: str, parameters: dict[str, Any], ask: Callable[..., Any]) -> Any:
        self.statements.append((sql, parameters))
        began = time.perf_counter()
        try:
            return ask(sql, **parameters)
        finally:
            self.seconds += time.perf_counter() - began


class Benchmark:
    """The filled database and the questions."""

    def __init__(self, made: Scratch, meters: int) -> None:
        self._scratch, self._meters = made, meters
        self._tools = metering_tools({"providers_dir": str(ROOT / "providers")})
        self._now = SystemClock().now()
        self._month = previous_period(period_of(local_day(self._now, self._tools.core[PROVIDER].zone)))
        self._name = made.make("metering")
        self._engine = make_engine(made.url(self._name), 2, statement_timeout_ms=600_000)
        self._database = Database(self._engine)
        self._make_months()
        began = time.monotonic()
        self._fill()
        self.filled = time.monotonic() - began

    def _make_months(self) -> None:
        """As many partitions as a service has that ran for as long as it keeps data."""
        first = parse_period(period_of(local_day(self._now, UTC)))
        for table in partitions.COLUMNS:
            for months in range(1 - PARTITIONS, 1):
                with self._database.transaction() as transaction:
                    month = shifted(first, months)
                    if month not in partitions.months(transaction, table):
                        partitions.add(transaction, table, month)

    def _fill(self) -> None:
        first, after = parse_period(self._month), parse_period(next_period(self._month))
        given = {"provider": PROVIDER, "meters": self._meters, "every": EVERY_INTERVAL_METER, "zone": ZONE}
        for statement in FILL:
            self._scratch.write(self._name, statement, first=first, **given)
        day = first
        while day <= after:
            for statement in FILL_DAY[: 1 if day == after else 2]:
                self._scratch.write(self._name, statement, day=day, **given)
            print(f"filled {day}", flush=True)
            day += timedelta(days=1)
        self._scratch.run(self._name, [])

    @property
    def sizes(self) -> dict[str, int]:
        """Rows, and megabytes of the database."""
        counts = ("register_reading", "interval_day", "submission")
        asked = ", ".join(f"(select count(*) from {table})" for table in counts)
        [found] = self._scratch.ask(
            self._name, f"select {asked}, pg_database_size(current_database()) / 1000000"
        )
        return dict(zip((*counts, "megabytes"), found, strict=True))

    def measure(self) -> dict[str, list[float]]:
        """Milliseconds of each question for each of the accounts."""
        numbers = random.Random(7).sample(
            range(1, self._meters // 150), min(ACCOUNTS, self._meters // 150 - 1)
        )
        # Half of them with interval data and submissions, half with neither.
        chosen = [number * 150 + (place % 2) for place, number in enumerate(numbers)]
        found: dict[str, list[float]] = defaultdict(list)
        for number in chosen:
            for question, asked in self.ask(number).items():
                found[f"{question}, first, over the wire"].append(asked.seconds * 1000)
                found[question].append(min(self._served(asked) for _ in range(TRIES)))
        for question, transaction in self.ask(150).items():
            self._explain(question, transaction)
        return found

    def ask(self, number: int) -> dict[str, Timed]:
        """All questions for the account of a meter, by a person of its own."""
        [(meter, account)] = self._scratch.ask(
            self._name, "select id::text, account::text from meter where account_number = %s and provider = %s",
            f"{number:010d}", PROVIDER,
        )  # fmt: skip
        person = new_id()
        with self._database.transaction() as tx:
            access.grant(tx, person, account, [access.SEE], self._now)
        first, last = parse_period(self._month), parse_period(next_period(self._month)) - timedelta(days=1)
        year = first.replace(year=first.year - 1)

        def consumption(by: Any, since: date, **more: Any) -> Callable[[RequestContext], Any]:
            request = rpc.ConsumptionRequest(
                account=UUID(account), by=by, first_day=since, last_day=last, **more
            )
            return lambda call: views.consumption(call, self._tools, request)

        questions: dict[str, Callable[[RequestContext], Any]] = {
            "overview": lambda call: views.overview(call, self._tools),
            "history": lambda call: views.history(call, rpc.HistoryRequest()),
            "consumption_year": consumption("month", year, compare="last_year"),
            "consumption_similar": consumption("month", year, compare="similar"),
            "consumption_days": consumption("day", first),
            "consumption_hours": consumption("hour", first),
            "download_month": lambda call: views.meter_data(call, self._tools, meter, first, last),
        }
        found = {}
        for question, put in questions.items():
            with self._database.snapshot() as tx:
                transaction = Timed(tx)
                put(RequestContext(transaction, self._now, CallContext(), subject=Subject("person", person)))
                found[question] = transaction
        return found

    def _served(self, asked: Timed) -> float:
        """Milliseconds that the database plans and executes a question's statements, as it says itself."""
        total = 0.0
        with self._database.snapshot() as tx:
            for sql, parameters in asked.statements:
                [plan] = tx.value(f"explain (analyze, timing off, format json) {sql}", **parameters)
                total += plan["Planning Time"] + plan["Execution Time"]
        return total

    def _explain(self, question: str, asked: Timed) -> None:
        print(f"\n=== {question}: {len(asked.statements)} statements, {asked.seconds * 1000:.2f} ms")
        with self._database.snapshot() as tx:
            for sql, parameters in asked.statements:
                print(f"--- {' '.join(sql.split())[:100]}")
                plan = [line for (line,) in tx.tuples(f"explain (analyze, buffers) {sql}", **parameters)]
                print("\n".join(line for line in plan if "never executed" not in line), flush=True)

    def similar_homes(self) -> dict[str, float]:
        """Accounts a second that the monthly comparison counts, and how many of them it took."""
        began, pages = time.perf_counter(), 0
        working = True
        while working:
            with self._database.transaction() as tx:
                working = similar.page(tx, PROVIDER, [self._month], self._now)
            pages += 1
            if time.perf_counter() - began > 60:
                break
        seconds = time.perf_counter() - began
        counted = min(self._meters, pages * similar.PAGE)
        return {"accounts_per_s": round(counted / seconds), "counted": counted}

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--meters", type=int, default=75_000, help="1500000 for the full size: half an hour, 20 GB"
    )
    options = parser.parse_args()
    with support.nodes() as stack, scratch(stack) as made:
        benchmark = Benchmark(made, options.meters)
        homes = benchmark.similar_homes()
        found = benchmark.measure()
        sizes = benchmark.sizes
        benchmark.close()
    p99 = {question: support.quantile(times, 0.99) for question, times in found.items()}
    figures = {
        "meters": options.meters,
        "rows": sizes,
        "fill_s": round(benchmark.filled),
        "asked": len(found["overview"]),
        "p50_ms": {question: round(support.quantile(times, 0.5), 2) for question, times in found.items()},
        "p99_ms": {question: round(value, 2) for question, value in p99.items()},
        "similar_homes": homes,
    }
    support.finish("metering_views", {name: p99[name] for name in REACH}, REACH, figures)


if __name__ == "__main__":
    main()
