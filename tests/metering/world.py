"""What metering's tests share: a world to act in, files of meters, batches of a head end."""

from __future__ import annotations

import itertools
import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from authorisation.contexts import RequestContext
from authorisation.subject import NOBODY, Subject
from chassis.context import CallContext
from chassis.database import Database
from contracts.errors import CabinetError
from contracts.identifiers import account_id, new_id
from services.metering import views
from services.metering.adapters.ami_json import read_json
from services.metering.configuration import MeteringTools
from services.metering.domain.entries import with_key
from services.metering.handlers import ingest, meter_imports, submissions
from tests.support_code.requests import typed

URAL, USTEK, HEAD_END = "uralenergosbyt", "ustek-chelyabinsk", "hes-chel-1"
HEADER = "account_number;serial;resource;zones;digits;decimals;ratio;installed_on;opening"
SERVICE = Subject("service", "billing")
BATCHES = itertools.count(1)


def local(text: str) -> datetime:
    """A moment in Chelyabinsk."""
    return datetime.fromisoformat(f"{text}+05:00")


def refused(act: Callable[[], Any]) -> CabinetError:
    """The error that it ends in."""
    with pytest.raises(CabinetError) as caught:
        act()
    return caught.value


def register_line(
    number: str,
    serial: str,
    *,
    resource: str = "electricity",
    zones: int = 1,
    digits: int = 6,
    decimals: int = 3,
    ratio: str = "1",
    installed_on: str = "2012-01-01",
    opening: str = "",
) -> str:
    """A line of the file of meters."""
    return f"{number};{serial};{resource};{zones};{digits};{decimals};{ratio};{installed_on};{opening}"


def register_entry(serial: str, at: str, value: Any, code: str = "1.8.0") -> dict[str, Any]:
    """A register reading at a local time."""
    return {"meter": serial, "obis": f"1-0:{code}", "at": local(at).isoformat(), "value": value}


def interval_entry(
    serial: str, start: str, values: list[Any], step: str = "PT30M", code: str = "1.29.0"
) -> dict[str, Any]:
    """Interval readings from a local time on."""
    return {
        "meter": serial,
        "obis": f"1-0:{code}",
        "from": local(start).isoformat(),
        "step": step,
        "values": values,
    }


def incoming(
    *entries: Any, batch: str | None = None, raw: list[bytes] | None = None, provider: str = URAL
) -> ingest.Incoming:
    """A batch as it comes off the wire; ``raw`` entries are taken as they are. ``batch`` names it, for this process."""
    parts = raw if raw is not None else [json.dumps(entry).encode() for entry in entries]
    head = {
        "batch": batch_id(batch or f"b-{next(BATCHES)}"),
        "head_end": HEAD_END,
        "sent_at": "2026-11-20T00:00:00Z",
    }
    body = json.dumps(head).encode()[:-1] + b', "readings": [' + b", ".join(parts) + b"]}"
    return ingest.Incoming(provider, with_key(read_json(body)))


def batch_id(name: str) -> str:
    """The UUID that a name of a batch stands for."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, name))


@dataclass(frozen=True)
class Receipt:
    """What became of a batch."""

    accepted: int
    duplicates: int
    corrected: int
    rejected: tuple[tuple[int, str, int], ...]

    @property
    def values(self) -> int:
        """All that it accounts for."""
        return self.accepted + self.duplicates + self.corrected + sum(count for _, _, count in self.rejected)


@dataclass
class World:
    """Carries out handlers, each in a transaction of its own, and looks at what they left."""

    database: Database
    tools: MeteringTools
    now: datetime = field(default_factory=lambda: local("2026-11-20T10:00:00"))
    #: In which the callers read names of values.
    language: str = ""

    def call(self, tx: Any, subject: Subject) -> RequestContext:
        return RequestContext(tx, self.now, CallContext(language=self.language), subject=subject)

    def import_lines(self, *lines: str, provider: str = URAL, dry_run: bool = False) -> dict[str, Any]:
        """The supplier's file."""
        with self.database.transaction() as tx:
            request = {"provider": provider, "csv": "\n".join([HEADER, *lines]), "dry_run": dry_run}
            return meter_imports.import_meters(
                self.call(tx, NOBODY), self.tools, typed(meter_imports.import_meters, request)
            )

    def meter(self, number: str = "7400000001", serial: str = "M1", provider: str = URAL, **line: Any) -> str:
        """A meter in place; its id."""
        self.import_lines(register_line(number, serial, **line), provider=provider)
        with self.database.snapshot() as tx:
            found = tx.value(
                "select id::text from meter where provider = :provider and serial = :serial and removed_on is null",
                provider=provider,
                serial=serial,
            )
            assert found is not None
            return str(found)

    def person(
        self, number: str = "7400000001", provider: str = URAL, scopes: tuple[str, ...] = ("see", "readings")
    ) -> Subject:
        """Somebody who has the account in the cabinet."""
        from authorisation import access

        person = new_id()
        with self.database.transaction() as tx:
            access.grant(tx, person, account_id(provider, number), list(scopes), self.now)
        return Subject("person", person)

    def submit(
        self, subject: Subject, meter: str, values: dict[str, str], source: str = "cabinet", **more: Any
    ) -> dict[str, Any]:
        """Readings of a person."""
        request = {
            "meter": meter,
            "values": {code: Decimal(value) for code, value in values.items()},
            "taken_at": more.get("taken_at"),
            "confirmed": more.get("confirmed", False),
        }
        if source == "cabinet":
            return self.do(submissions.submit, request, subject)
        return self.do(submissions.enter, request | {"source": source, "period": more.get("period")}, subject)

    def do(self, handler: Callable[..., Any], request: Any, subject: Subject = NOBODY, **more: Any) -> Any:
        """A handler in a transaction of its own; a refusal is raised after the commit."""
        with self.database.transaction() as tx:
            call = self.call(tx, subject)
            answer = handler(call, self.tools, typed(handler, request), **more)
        if call.refusal is not None:
            raise call.refusal
        return answer

    def ask(self, view: Callable[..., Any], subject: Subject, *arguments: Any) -> Any:
        """A question."""
        with self.database.snapshot() as tx:
            return view(self.call(tx, subject), *(typed(view, one) for one in arguments))

    def ingest_raw(self, *batches: ingest.Incoming) -> list[str]:
        """Receipts as published."""
        with self.database.transaction() as tx:
            return ingest.store(tx, ingest.prepare(tx, self.tools, self.now, list(batches)))

    def ingest(self, *batches: ingest.Incoming) -> list[Receipt]:
        """Receipts, read."""
        found = []
        for text in self.ingest_raw(*batches):
            said = msgspec.json.decode(text)
            rejected = tuple((item["index"], item["code"], item["values"]) for item in said["rejected"])
            found.append(Receipt(said["accepted"], said["duplicates"], said["corrected"], rejected))
        return found

    def take(self, *entries: Any, **more: Any) -> Receipt:
        """One batch."""
        return self.ingest(incoming(*entries, **more))[0]

    def quantities(
        self, period: str, number: str = "7400000001", provider: str = URAL
    ) -> list[dict[str, Any]]:
        """As billing asks."""
        with self.database.snapshot() as tx:
            answer = views.quantities(
                self.call(tx, SERVICE), provider, period, [account_id(provider, number)]
            )
            return list(answer["quantities"])

    def day(self, meter: str, day: str, channel: str = "1.29.0") -> list[int | None] | None:
        """Stored thousandths of a day."""
        found = self.rows(
            """select amounts from interval_day where meter = cast(:meter as uuid) and channel = :channel
               and day = cast(:day as date)""",
            meter=meter,
            channel=channel,
            day=day,
        )
        return found[0]["amounts"] if found else None

    def versions(self, meter: str) -> list[tuple[int, str, bool]]:
        """(version, value, does it count) of register readings, oldest first."""
        return [
            (row["version"], f"{row['value'].normalize():f}", row["superseded_at"] is None)
            for row in self.rows(
                """select version, value, superseded_at from register_reading
                   where meter = cast(:meter as uuid) order by at, register, version""",
                meter=meter,
            )
        ]

    def announced(self, name: str) -> list[dict[str, Any]]:
        """Events that wait in the outbox."""
        return [
            json.loads(row["body"])
            for row in self.rows("select body from outbox where routing_key = :name order by id", name=name)
        ]

    def rows(self, sql: str, **parameters: Any) -> list[Any]:
        with self.database.snapshot() as tx:
            return tx.rows(sql, **parameters)

    def later(self, **delta: int) -> None:
        """Time passes."""
        self.now += timedelta(**delta)
