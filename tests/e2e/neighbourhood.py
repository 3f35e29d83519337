"""People around one household: its owner with one of everything, strangers, and people who were let in a little."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from contracts.periods import next_period, parse_period, period_of, previous_period
from demo.browser import Browser, OutsideWorld, RefusedError, eventually
from demo.load import import_files_of, member_of_staff, register
from demo.world import Home, fresh_number, fresh_phone, fresh_serial
from deploy.local.stack import Stack
from tests.e2e.checked import CheckedBrowser

PROVIDER = "uralenergosbyt"
PASSWORD = "Neighbour-2026x"
#: Who was let in -> with what. Readings cannot be sent without seeing the meters.
LET_IN = {"see": ("see",), "readings": ("see", "readings"), "pay": ("pay",)}
ALL_SCOPES = ("see", "readings", "pay")


@dataclass
class Neighbourhood:
    """``things`` are the owner's, by the name that paths have for them."""

    system: Stack
    openapi: dict[str, Any]
    people: list[dict[str, Any]]
    things: dict[str, str] = field(default_factory=dict)
    phones: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.gateway = self.system.endpoints["gateway"]["url"]
        self.world = OutsideWorld(self.system.endpoints["sandbox"]["url"])
        self.now = datetime.now(UTC)
        self.today: date = self.now.date()
        # That of the story, which is told of the same supplier: an earlier one is not billed after a later one.
        self.period = previous_period(previous_period(period_of(self.today)))
        self.home = Home(
            PROVIDER, fresh_number(), fresh_serial(), "Соседов Пётр", "Челябинск, ул. Мира, 3", "electricity", 1,
            False, {"1.8.0": Decimal(1000)},
        )  # fmt: skip
        self.owner = self._person("owner")
        self.stranger = self._person("stranger")
        self.let_in = {name: self._person(name) for name in LET_IN}
        self.gone = self._person("gone")
        self.staff = {role: self._staff(role) for role in ("operator", "accountant", "administrator")}

    def _person(self, name: str) -> Browser:
        browser = CheckedBrowser(self.gateway, self.openapi)
        self.phones[name] = fresh_phone()
        register(browser, self.world, self.phones[name], PASSWORD, None)
        return browser

    def _staff(self, role: str) -> Browser:
        browser = Browser(self.gateway)
        browser.sign_in_as(member_of_staff(self.people, role))
        return browser

    # --- what the owner has ---------------------------------------------------------------------------------------

    def settle(self) -> None:
        """Give the owner one of everything, and let the others in."""
        import_files_of(self.staff["administrator"], [self.home], datetime.now(UTC) - timedelta(days=70))
        proof = {"provider": PROVIDER, "number": self.home.number, "proof": self.home.serial, "name": "Дом"}
        self.things["account"] = self.owner.post("/accounts", proof)["account"]
        [meter] = self.owner.get(f"/accounts/{self.things['account']}/meters")["meters"]
        self.things["meter"] = meter["meter"]
        self._bill()
        self.things["reading"] = self._unusual_reading()
        self.things["payment"] = self.owner.post("/payments", self.payment(), once=True)["payment"]
        appeal = {"kind": "appeal", "subject": "Счёт", "text": "Поясните", "account": self.things["account"]}
        self.things["appeal"] = self.owner.post("/appeals", appeal, once=True)["appeal"]
        self.things["group"] = self.owner.post("/groups", {"name": "Дом"})["group"]
        company = {"name": "Дом", "country": "RU", "tax_number": "7707083893", "branch_code": "773601001"}
        self.things["organisation"] = self.owner.post("/organisations", company)["organisation"]
        members = f"/organisations/{self.things['organisation']}/members"
        invited = self.owner.post(members, {"to": "+79120000000", "role": "accountant", "name": "Бухгалтер"})
        self.things["membership"] = invited["membership"]
        offered = self.offer(fresh_phone(), ["see"])
        self.things["grant"] = offered["grant"]
        [session] = self.owner.get("/sessions")["sessions"]
        self.things["session"] = session["session"]
        for name, scopes in LET_IN.items():
            self._let_in(name, self.let_in[name], list(scopes))
        ended = self._let_in("gone", self.gone, list(ALL_SCOPES))
        self.owner.call("DELETE", f"/grants/{ended}")

    def offer(self, to: str, scopes: list[str]) -> Any:
        """The owner lets somebody in."""
        until = (datetime.now(UTC) + timedelta(days=30)).isoformat()
        body = {"to": to, "scopes": scopes, "name": "Гость", "until": until}
        return self.owner.post(f"/accounts/{self.things['account']}/grants", body)

    def _let_in(self, name: str, who: Browser, scopes: list[str]) -> str:
        grant = str(self.offer(self.phones[name], scopes)["grant"])
        who.post(f"/grants/{grant}/acceptance")
        return grant

    def _bill(self) -> None:
        accountant = self.staff["accountant"]
        run = accountant.post("/staff/bill-runs", {"provider": PROVIDER, "period": self.period}, once=True)[
            "run"
        ]
        eventually(lambda: accountant.get(f"/staff/bill-runs/{run}")["state"] == "done", 120, "the bill run")

        def bill() -> str | None:
            items = self.owner.get("/history", kinds=["bill"])["items"]
            return str(items[0]["details"]["bill"]) if items else None

        self.things["bill"] = eventually(bill, 60, "the bill")

    def _unusual_reading(self) -> str:
        """One that waits to be confirmed."""
        path = f"/meters/{self.things['meter']}/readings"
        # What is unusual is told by the customer's own history.
        before = {"values": {"1.8.0": "1050"}, "taken_at": (self.now - timedelta(days=5)).isoformat()}
        self.staff["operator"].post(f"/staff{path}", before, once=True)
        try:
            self.owner.post(path, {"values": {"1.8.0": "90000"}}, once=True)
        except RefusedError as refused:
            assert refused.code == "reading_jump", refused
            return str(refused.problem["fields"]["unconfirmed"])
        raise AssertionError("an unusual reading was taken")

    def payment(self) -> dict[str, Any]:
        """A payment of the owner's account."""
        parts = [{"account": self.things["account"], "amount": "10.00"}]
        return {"parts": parts, "return_url": f"{self.gateway}/back"}

    def days(self) -> dict[str, str]:
        """The billed month, for questions about days."""
        last = parse_period(next_period(self.period)) - timedelta(days=1)
        return {"first_day": parse_period(self.period).isoformat(), "last_day": last.isoformat()}

    @staticmethod
    def nowhere() -> str:
        """An id of nothing."""
        return str(uuid.uuid4())
