"""What payments' tests share: the service's methods called as the bus calls them, the outside world, a set clock."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx
from yookassa import Payment

from authorisation.contexts import ServiceContext
from authorisation.subject import ServiceTokens, SubjectVerifier
from chassis.clock import FixedClock
from chassis.context import CallContext, current, enter
from chassis.database import Database
from chassis.errors import as_cabinet_error
from chassis.rpc.server import _encode
from contracts.errors import CabinetError
from contracts.identifiers import account_id, new_id
from services.payments import store
from services.payments.configuration import PaymentTools
from services.payments.handlers.janitor import Janitor
from services.payments.handlers.receipts import Registering
from services.payments.service import PaymentsService
from tests.sandbox.helpers import Browser, Sandbox
from tests.support_code.tokens import Tokens

URAL, USTEK = "uralenergosbyt", "ustek-chelyabinsk"
NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
HOME = "127.0.0.1"
GOOD_CARD, POOR_CARD = "5555555555554444", "5555555555554543"
_numbers = itertools.count(1000000000)


class StubBilling:
    """Billing as payments sees it."""

    def __init__(self) -> None:
        self.accounts: dict[str, dict[str, str]] = {}
        self.failure: CabinetError | None = None

    def add(self, provider: str = URAL, currency: str = "RUB") -> str:
        """An account that everyone may pay for; its id."""
        number = str(next(_numbers))
        account = account_id(provider, number)
        self.accounts[account] = {
            "account": account, "provider": provider, "number": number, "currency": currency, "balance": "100.00",
        }  # fmt: skip
        return account

    def payable(self, *, accounts: list[str]) -> dict[str, Any]:
        if self.failure is not None:
            raise self.failure
        if any(account not in self.accounts for account in accounts):
            raise CabinetError("not_found")
        return {"accounts": [self.accounts[account] for account in accounts]}


@dataclass
class World:
    """Payments with its database and a sandbox."""

    database: Database
    tools: PaymentTools
    keys: Tokens
    sandbox: Sandbox
    clock: FixedClock = field(default_factory=lambda: FixedClock(NOW))
    billing: StubBilling = field(default_factory=StubBilling)

    def __post_init__(self) -> None:
        self.context = ServiceContext(
            self.database,
            self.clock,
            SubjectVerifier(self.keys.public_key, self.keys.service_key),
            ServiceTokens("payments", self.keys.service_key),
            None,
        )
        self.service = PaymentsService()
        self.service.service, self.service.tools = self.context, self.tools
        self.service.billing = self.billing  # type: ignore[assignment]
        self.person = new_id()
        self.browser = Browser(self.sandbox.http)

    def ask(self, method: str, /, token: str | None = None, key: str = "", **request: Any) -> Any:
        """The answer as it crosses the bus, or the CabinetError; for this world's person unless told otherwise."""
        token = self.keys.person(self.person) if token is None else token
        before = current()
        try:
            call = CallContext(subject=token, idempotency_key=key)
            return json.loads(_encode(getattr(self.service, method)(call, **request)))
        except Exception as error:
            known = as_cabinet_error(error)
            if known.code == "internal_error":
                raise
            raise known from error
        finally:
            enter(before)

    def refused(
        self, method: str, /, token: str | None = None, key: str = "", **request: Any
    ) -> CabinetError:
        """The error of a call that must fail."""
        try:
            answer = self.ask(method, token, key, **request)
        except CabinetError as error:
            return error
        raise AssertionError(f"{method} answered {answer}")

    # --- paying ---------------------------------------------------------------------------------------------------

    def order(self, *amounts: str) -> dict[str, Any]:
        """The request for new accounts with these amounts."""
        return {
            "parts": [{"account": self.billing.add(), "amount": amount} for amount in amounts or ("300.00",)],
            "return_url": "http://127.0.0.1:9/back",
        }

    def create(self, *amounts: str, key: str = "") -> Any:
        """A payment of fresh accounts."""
        return self.ask("create", key=key or new_id(), **self.order(*amounts))

    def pay(self, payment: Any, card: str = GOOD_CARD) -> str:
        """The customer fills in the card page; the system's id of the payment."""
        self.browser.pay(payment["confirmation_url"], card)
        return self.external(payment)

    def external(self, payment: Any) -> str:
        """The payment system's id."""
        return str(self.payment(payment)["external_id"])

    def notice(
        self, external: str, event: str = "payment.succeeded", remote: str = HOME, **changes: Any
    ) -> dict[str, Any]:
        """The request of a webhook about a payment."""
        body = {"type": "notification", "event": event, "object": {"id": external, **changes}}
        return {"system": "yookassa", "body": json.dumps(body), "remote": remote}

    def told(self, external: str, event: str = "payment.succeeded", **changes: Any) -> str:
        """The outcome of a webhook."""
        return str(self.ask("webhook", "", **self.notice(external, event, **changes))["outcome"])

    def succeeded(self, *amounts: str) -> Any:
        """A payment that went all the way."""
        payment = self.create(*amounts)
        assert self.told(self.pay(payment)) == "succeeded"
        return payment

    def look(self, seconds: float = 601) -> int:
        """The janitor's round, some time later: by default so late that every open payment is due."""
        self.clock.moment += timedelta(seconds=seconds)
        return self.background_job(Janitor(self.context, self.tools))

    def carry_on(self, seconds: float = 0) -> int:
        """The receipts' round, some time later."""
        self.clock.moment += timedelta(seconds=seconds)
        return self.background_job(Registering(self.context, self.tools))

    def background_job(self, background_job: Any) -> int:
        """All that is due of it, one after the other; how many there were."""
        [lane] = background_job.lanes
        claimed = background_job.claim(lane, 100)
        for item in claimed:
            background_job.carry_out(item)
        return len(claimed)

    def called_back(self, payment: Any) -> Any:
        """The fiscal operator calls."""
        seal = self.tools.callbacks.seal(payment["payment"])
        return self.ask("fiscal_callback", "", payment=payment["payment"], seal=seal)

    def know_contact(self, channel: str = "phone", address: str = "+79990001122") -> None:
        """Where this world's person can be reached."""
        with self.database.transaction() as tx:
            store.save_contact(tx, self.person, channel, address, self.clock.now())

    # --- what is stored -------------------------------------------------------------------------------------------

    def payment(self, payment: Any) -> dict[str, Any]:
        with self.database.snapshot() as tx:
            found = store.payment(tx, payment if isinstance(payment, str) else payment["payment"])
        assert found is not None
        return dict(found)

    def state(self, payment: Any) -> str:
        return str(self.payment(payment)["state"])

    def receipt(self, payment: Any) -> dict[str, Any]:
        [row] = self.rows("select * from receipt where payment = cast(:id as uuid)", id=payment["payment"])
        return row

    def rows(self, sql: str, /, **parameters: Any) -> list[dict[str, Any]]:
        with self.database.snapshot() as tx:
            return tx.rows(sql, **parameters)

    def announced(self, name: str = "") -> list[dict[str, Any]]:
        """Payloads of events in the outbox, oldest first."""
        return [
            json.loads(row["body"])
            for row in self.rows("select routing_key, body from outbox order by id")
            if name in ("", row["routing_key"])
        ]

    def announced_names(self) -> list[str]:
        return [row["routing_key"] for row in self.rows("select routing_key from outbox order by id")]

    # --- the other side -------------------------------------------------------------------------------------------

    def at_the_system(self, payment: Any) -> list[str]:
        """Ids of all payments there that carry our id."""
        ours, found, cursor = payment if isinstance(payment, str) else payment["payment"], [], None
        while True:
            asked = {"limit": 100} | ({"cursor": cursor} if cursor else {})
            page = Payment.list(asked)
            found += [one.id for one in page.items if (one.metadata or {}).get("payment") == ours]
            cursor = getattr(page, "next_cursor", None)
            if not cursor:
                return found


def total(parts: list[dict[str, Any]]) -> Decimal:
    """Of an event's parts."""
    return sum((Decimal(part["amount"]) for part in parts), Decimal(0))


def sandbox_client(port: str) -> httpx.Client:
    """A client of the sandbox process."""
    return httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=60)
