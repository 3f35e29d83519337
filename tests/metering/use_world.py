"""What tests of consumption and downloads share: meters, readings and interval days put straight into the tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from authorisation import access
from authorisation.contexts import RequestContext
from authorisation.subject import Subject
from chassis.context import CallContext
from chassis.database import Database
from contracts.identifiers import account_id, new_id
from deploy.local.names import ROOT
from services.metering import views
from services.metering.configuration import MeteringTools, metering_tools
from services.metering.domain.intervals import day_bounds
from tests.support_code.requests import typed

URAL, KYIV = "uralenergosbyt", "kyivenergo-power"
TIME_ZONES = {URAL: ZoneInfo("Asia/Yekaterinburg"), KYIV: ZoneInfo("Europe/Kyiv")}
NUMBER = "7400000001"
ZONES = {1: {"1.8.0": "single"}, 2: {"1.8.1": "day", "1.8.2": "night"}}


def tools() -> MeteringTools:
    """The shipped profiles."""
    return metering_tools({"providers_dir": str(ROOT / "providers")})


@dataclass
class UseWorld:
    """Metering's database and a moment that stands still."""

    database: Database
    tools: MeteringTools = field(default_factory=tools)
    now: datetime = datetime(2026, 11, 20, 5, tzinfo=UTC)
    serials: int = 0

    def meter(
        self,
        number: str = NUMBER,
        provider: str = URAL,
        *,
        zones: int = 1,
        resource: str = "electricity",
        unit: str = "kWh",
        ratio: str = "1",
        digits: int = 6,
        installed_on: str = "2020-01-01",
        removed_on: str | None = None,
        registers: dict[str, str] | None = None,
        serial: str = "",
        model: str = "CE102",
        automated: bool = True,
    ) -> str:
        """A meter; its id."""
        meter = new_id()
        self.serials += 1
        with self.database.transaction() as tx:
            tx.run(
                """insert into meter (id, provider, account, account_number, serial, resource, model, unit, zones,
                                      digits, decimals, ratio, automated, installed_on, removed_on)
                   values (cast(:id as uuid), :provider, cast(:account as uuid), :number, :serial, :resource, :model,
                           :unit, :zones, :digits, 3, cast(:ratio as numeric), :automated,
                           cast(:installed_on as date), cast(:removed_on as date))""",
                id=meter, provider=provider, account=account_id(provider, number), number=number,
                serial=serial or f"M{self.serials}", resource=resource, model=model, unit=unit, zones=zones,
                digits=digits, ratio=ratio, automated=automated, installed_on=installed_on, removed_on=removed_on,
            )  # fmt: skip
            for code, zone in (registers or ZONES[zones]).items():
                tx.run(
                    "insert into register (meter, code, zone) values (cast(:meter as uuid), :code, :zone)",
                    meter=meter,
                    code=code,
                    zone=zone,
                )
        return meter

    def readings(
        self,
        meter: str,
        rows: Iterable[tuple[str, str, str]],
        source: str = "cabinet",
        register: str = "1.8.0",
    ) -> None:
        """(moment, month it counts for, value) each."""
        with self.database.transaction() as tx:
            for at, period, value in rows:
                tx.run(
                    """insert into register_reading (meter, register, at, version, value, period, source, received_at)
                       values (cast(:meter as uuid), :register, :at, 1, cast(:value as numeric), :period, :source,
                               :now)""",
                    meter=meter, register=register, at=datetime.fromisoformat(at), value=value, period=period,
                    source=source, now=self.now,
                )  # fmt: skip

    def midnights(self, meter: str, first: date, values: Sequence[str | None], provider: str = URAL) -> None:
        """Readings of an automated meter at local midnights from a day on; None where it sent nothing."""
        rows = []
        for offset, value in enumerate(values):
            at = day_bounds(first + timedelta(days=offset), TIME_ZONES[provider])[0]
            ended = first + timedelta(days=offset - 1)
            if value is not None:
                rows.append((at.isoformat(), f"{ended:%Y-%m}", value))
        self.readings(meter, rows, "ami")

    def day(
        self,
        meter: str,
        day: str,
        amounts: Sequence[int | None],
        provider: str = URAL,
        *,
        step: int = 30,
        channel: str = "1.29.0",
        version: int = 1,
    ) -> None:
        """A day of interval data, in thousandths."""
        with self.database.transaction() as tx:
            tx.run(
                """insert into interval_day (meter, channel, day, starts_at, step, version, amounts, received_at)
                   values (cast(:meter as uuid), :channel, :day, :starts_at, :step, :version, :amounts, :now)""",
                meter=meter, channel=channel, day=date.fromisoformat(day), step=step, version=version,
                starts_at=day_bounds(date.fromisoformat(day), TIME_ZONES[provider])[0], amounts=list(amounts),
                now=self.now,
            )  # fmt: skip

    def checked(
        self,
        meter: str,
        day: str,
        amounts: Sequence[int],
        marks: Sequence[int],
        provider: str = URAL,
        *,
        step: int = 30,
        raw_version: int = 1,
        seen: datetime | None = None,
    ) -> None:
        """The same day after validation and estimation."""
        with self.database.transaction() as tx:
            tx.run(
                """insert into interval_day_checked (meter, channel, day, starts_at, step, raw_version,
                       raw_received_at, amounts, marks, checked_at)
                   values (cast(:meter as uuid), '1.29.0', :day, :starts_at, :step, :raw_version, :seen, :amounts,
                           cast(:marks as smallint[]), :now)""",
                meter=meter, day=date.fromisoformat(day), step=step, raw_version=raw_version,
                starts_at=day_bounds(date.fromisoformat(day), TIME_ZONES[provider])[0], amounts=list(amounts),
                marks=list(marks), seen=seen or self.now, now=self.now,
            )  # fmt: skip

    def person(
        self, number: str = NUMBER, provider: str = URAL, scopes: tuple[str, ...] = ("see",)
    ) -> Subject:
        """Somebody who has the account in the cabinet."""
        person = new_id()
        with self.database.transaction() as tx:
            access.grant(tx, person, account_id(provider, number), list(scopes), self.now)
        return Subject("person", person)

    def consumption(self, who: Subject, first: str, last: str, **asked: Any) -> dict[str, Any]:
        """As the RPC answers; of the first account unless told otherwise."""
        request: dict[str, Any] = {"account": None, "meter": None, "by": "month", "compare": None, **asked}
        if request["meter"] is None and request["account"] is None:
            request["account"] = account_id(URAL, NUMBER)
        request |= {"first_day": date.fromisoformat(first), "last_day": date.fromisoformat(last)}
        with self.database.snapshot() as tx:
            return views.consumption(
                RequestContext(tx, self.now, CallContext(), subject=who),
                self.tools,
                typed(views.consumption, request),
            )

    def data(self, who: Subject, meter: str, first: str, last: str) -> Any:
        """What a download holds."""
        with self.database.snapshot() as tx:
            call = RequestContext(tx, self.now, CallContext(), subject=who)
            return views.meter_data(
                call, self.tools, meter, date.fromisoformat(first), date.fromisoformat(last)
            )

    def rows(self, sql: str, **parameters: Any) -> list[Any]:
        with self.database.snapshot() as tx:
            return tx.rows(sql, **parameters)


def totals(series: dict[str, Any]) -> dict[str, str | None]:
    """Start of each bucket with its total, as texts."""
    return {
        str(bucket["start"]): None if bucket["total"] is None else f"{bucket['total'].normalize():f}"
        for bucket in series["buckets"]
    }
