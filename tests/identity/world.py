"""What identity's tests share: its methods called as the bus calls them, without a bus, at a moment that is set."""

from __future__ import annotations

import itertools
import json
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from authorisation.contexts import ServiceContext
from authorisation.subject import ServiceTokens, SubjectVerifier
from chassis.clock import FixedClock
from chassis.context import CallContext, current, enter
from chassis.database import Database
from chassis.errors import as_cabinet_error
from chassis.sealing import Seal
from contracts.errors import CabinetError
from contracts.identifiers import account_id, new_id
from services.identity.adapters import secrets
from services.identity.configuration import IdentityTools
from services.identity.service import IdentityService
from services.identity.store import people
from tests.support_code.tokens import Tokens

PASSWORD = "Sunny-Weather-7"
URAL, SVERDLOV, KYIV = "uralenergosbyt", "sverdlovenergosbyt", "kyivenergo-power"
NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
_phones = itertools.count(79000000000)
_numbers = itertools.count(1000000000)


def new_phone() -> str:
    """A mobile number nobody had before."""
    return f"+{next(_phones)}"


def new_number() -> str:
    """An account number nobody had before."""
    return str(next(_numbers))


class StubHolder:
    """A service that holds something on people."""

    def __init__(self) -> None:
        self.held: dict[str, Any] = {}
        self.failure: CabinetError | None = None

    def start(self, method: str, /, *, person: str) -> StubHolder:
        assert method == "personal_data"
        return self

    def result(self) -> dict[str, Any]:
        if self.failure is not None:
            raise self.failure
        return self.held


class StubMetering(StubHolder):
    """Metering as identity sees it: it says whether a proof matches, or fails."""

    def __init__(self) -> None:
        super().__init__()
        self.serials: dict[tuple[str, str], str] = {}
        self.asked = 0

    def check_meter_proof(self, *, provider: str, number: str, serial: str) -> dict[str, Any]:
        self.asked += 1
        if self.failure is not None:
            raise self.failure
        return {"matches": self.serials.get((provider, number)) == serial}


class StubBilling(StubHolder):
    """Billing as identity sees it: last payments, places and contacts on file, by (provider, number)."""

    def __init__(self) -> None:
        super().__init__()
        self.payments: dict[tuple[str, str], Decimal] = {}
        self.places: dict[tuple[str, str], tuple[str, str, str, str]] = {}
        self.emails: dict[str, str] = {}
        self.asked: list[dict[str, str]] = []

    def _ask(self, **asked: str) -> None:
        self.asked.append(asked)
        if self.failure is not None:
            raise self.failure

    def check_payment_proof(
        self, *, provider: str, number: str, amount: str, person: str | None
    ) -> dict[str, Any]:
        self._ask(provider=provider, number=number, amount=amount)
        return {"matches": self.payments.get((provider, number)) == Decimal(amount)}

    def check_address_proof(self, *, provider: str, number: str, **place: str) -> dict[str, Any]:
        self._ask(provider=provider, number=number, **place)
        asked = (place["house"], place["letter"], place["flat"], place["extension"])
        return {"matches": self.places.get((provider, number)) == asked}

    def contact_on_file(self, *, account: str) -> dict[str, Any]:
        self._ask(account=account)
        return {"email": self.emails.get(account)}


@dataclass
class World:
    """Identity with its database; ``ask`` is a call over the bus."""

    database: Database
    tools: IdentityTools
    keys: Tokens
    clock: FixedClock = field(default_factory=lambda: FixedClock(NOW))
    metering: StubMetering = field(default_factory=StubMetering)
    billing: StubBilling = field(default_factory=StubBilling)
    others: dict[str, StubHolder] = field(
        default_factory=lambda: {
            name: StubHolder() for name in ("payments", "notifications", "support", "loyalty")
        }
    )

    def __post_init__(self) -> None:
        self.service = IdentityService()
        self.service.service = ServiceContext(
            self.database,
            self.clock,
            SubjectVerifier(self.keys.public_key, self.keys.service_key),
            ServiceTokens("identity", self.keys.service_key),
            None,
        )
        self.service.tools = self.tools
        self.service.metering = self.metering  # type: ignore[assignment]
        self.service.billing = self.billing  # type: ignore[assignment]
        for name, remote in self.others.items():
            setattr(self.service, name, remote)

    def ask(self, method: str, token: str = "", /, *, client: str = "", **request: Any) -> Any:
        """The answer, or the CabinetError that the caller would get; both as they cross the bus."""
        before = current()
        try:
            answer = getattr(self.service, method)(CallContext(subject=token, client=client), **request)
            return json.loads(json.dumps(answer))
        except Exception as error:
            known = as_cabinet_error(error)
            if known.code == "internal_error":
                raise
            raise known from error
        finally:
            enter(before)

    def refused(self, method: str, token: str = "", /, **request: Any) -> CabinetError:
        """The error of a call that must fail."""
        try:
            answer = self.ask(method, token, **request)
        except CabinetError as error:
            return error
        raise AssertionError(f"{method} answered {answer}")

    # --- people ---------------------------------------------------------------------------------------------------

    def register(self, phone: str, password: str = PASSWORD, **more: Any) -> str:
        """The id of the registration."""
        answer = self.ask("register", phone=phone, password=password, agreement="1", **more)
        return str(answer["registration"])

    def person(
        self,
        phone: str | None = None,
        *,
        email: str | None = None,
        language: str = "ru",
        roles: list[str] | None = None,
    ) -> Any:
        """Somebody registered before, signed in: person, access_token, refresh_token."""
        person = new_id()
        with self.database.transaction() as tx:
            assert people.add_person(
                tx, person, phone=phone or new_phone(), email=email, password_hash=secrets._hasher.hash(PASSWORD),
                language=language, at=self.clock.now(), roles=roles,
            )  # fmt: skip
        row = self.row("select phone from person where id = cast(:id as uuid)", id=person)
        return self.ask("sign_in", login=row["phone"], password=PASSWORD)

    def sealed(self, number: int = -1) -> dict[str, str]:
        """What a code_issued holds, the newest by default, opened as notifications opens it."""
        opened: dict[str, str] = Seal(self.keys.seal_key).open(
            self.announced("code_issued")[number]["sealed"]
        )
        return opened

    def code(self) -> str:
        """The code of the newest event."""
        return self.sealed()["code"]

    def token(self) -> str:
        """The secret of the newest event's link."""
        return self.sealed()["link"].partition("#token=")[2]

    def linkable(self, number: str | None = None, serial: str = "115268446") -> dict[str, str]:
        """What a person fills in to link an account that exists."""
        number = number or new_number()
        self.metering.serials[(URAL, number)] = serial
        return {"provider": URAL, "number": number, "proof": serial}

    def weakly_linkable(self, email: str = "") -> dict[str, Any]:
        """The same where the proof is weak: an address. ``email`` is the contact on file."""
        number, place = new_number(), ("12", "А", "5", "")
        self.billing.places[(SVERDLOV, number)] = place
        self.billing.emails[account_id(SVERDLOV, number)] = email
        return {
            "provider": SVERDLOV,
            "number": number,
            "proof": dict(zip(("house", "letter", "flat", "extension"), place, strict=True)),
        }

    def later(self, **delta: float) -> None:
        """Time goes by."""
        self.clock.moment += timedelta(**delta)

    # --- what is stored -------------------------------------------------------------------------------------------

    def rows(self, sql: str, /, **parameters: Any) -> list[dict[str, Any]]:
        with self.database.snapshot() as tx:
            return tx.rows(sql, **parameters)

    def row(self, sql: str, /, **parameters: Any) -> dict[str, Any]:
        [found] = self.rows(sql, **parameters)
        return found

    def announced(self, name: str = "") -> list[dict[str, Any]]:
        """Payloads of events in the outbox, oldest first."""
        return [
            json.loads(row["body"])
            for row in self.rows("select routing_key, body from outbox order by id")
            if name in ("", row["routing_key"])
        ]

    def announced_names(self) -> list[str]:
        """Their names."""
        return [row["routing_key"] for row in self.rows("select routing_key from outbox order by id")]


def now() -> float:
    """A stopwatch."""
    return time.perf_counter()
