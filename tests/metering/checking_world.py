"""A metering world in which interval data is checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from authorisation.subject import Subject
from services.metering.domain.consumption.intervals import IntervalDay
from services.metering.handlers import edits, vee
from services.metering.store import consumption
from services.metering.store import vee as store
from tests.metering.world import World, interval_entry, local, register_entry
from tests.support_code.requests import typed

OPERATOR = Subject("person", "0197b2c4-8d1e-7a3b-9c55-2f1d6e7a8b90", "s", frozenset({"operator"}))
Amounts = Sequence[int | None]


def day_text(day: date) -> str:
    return f"{day.isoformat()}T00:00:00"


class Checking:
    """Sends days, runs the job, looks at what counts."""

    def __init__(
        self, world: World, serial: str = "M1", provider: str = "uralenergosbyt", **line: Any
    ) -> None:
        self.world, self.serial, self.provider = world, serial, provider
        self.medium = 9 if line.get("resource") == "hot_water" else 1
        self.meter = world.meter(serial=serial, provider=provider, **line)

    def send(self, first: date, *days: Amounts, flags: Mapping[str, str] | None = None) -> None:
        """Half hours of days from the first one on, in thousandths."""
        for number, amounts in enumerate(days):
            values = [None if amount is None else f"{amount / 1000:.3f}" for amount in amounts]
            entry = interval_entry(self.serial, day_text(first + timedelta(days=number)), values)
            entry["obis"] = f"{self.medium}-0:1.29.0"
            if flags:
                entry["flags"] = dict(flags)
            receipt = self.world.take(entry, provider=self.provider)
            assert receipt.rejected == ()

    def register(self, day: date, value: str) -> None:
        """A reading at the day's midnight."""
        receipt = self.world.take(register_entry(self.serial, day_text(day), value), provider=self.provider)
        assert receipt.rejected == ()

    def at(self, moment: str) -> None:
        """The clock."""
        self.world.now = local(moment)

    def run(self, most: int = 1_000) -> int:
        """The job, until there is nothing to do; how many days it took up."""
        database, tools, now = self.world.database, self.world.tools, self.world.now
        more = True
        while more:
            with database.transaction() as tx:
                more = vee.notice(tx, tools, now)
        total = 0
        while True:
            with database.transaction() as tx:
                taken = vee.page(tx, tools, now, most)
            total += taken
            if not taken:
                return total

    def day(self, day: date) -> Any:
        """What counts."""
        with self.world.database.snapshot() as tx:
            found = consumption.interval_days(tx, [self.meter], day, day)
        if not found:
            return None
        row = found[0]
        if row["marks"] is None:  # not checked: what every view takes it for
            read = IntervalDay(row["channel"], row["day"], row["starts_at"], row["step"], row["amounts"])
            row["marks"] = [
                None if amount is None else read.mark(slot) for slot, amount in enumerate(read.amounts)
            ]
        return row

    def versions(self, day: date) -> list[Any]:
        with self.world.database.snapshot() as tx:
            return store.history(tx, self.meter, "1.29.0", day)

    def findings(self, *, ended: bool = False) -> list[tuple[Any, ...]]:
        condition = "not null" if ended else "null"
        return [
            (row["day"], row["rule"], row["first"], row["last"])
            for row in self.world.rows(
                f"""select day, rule, first, last from finding where meter = cast(:meter as uuid)
                    and ended_at is {condition} order by day, first, rule""",
                meter=self.meter,
            )
        ]

    def edit(
        self, day: date, values: Mapping[int, int | None], version: int = 1, reason: str = "checked"
    ) -> Any:
        request = {
            "meter": self.meter,
            "channel": "1.29.0",
            "day": day,
            "version": version,
            "values": dict(values),
            "reason": reason,
        }
        with self.world.database.transaction() as tx:
            return edits.edit(self.world.call(tx, OPERATOR), self.world.tools, typed(edits.edit, request))
