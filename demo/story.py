"""The story of one household over two months, from the outside only: HTTP at the gateway, AMQP for the meter.

Each step checks what it sees and raises if it is not so. The clock of the system is moved to the days of the story,
which all lie in the past.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from time import sleep
from typing import Any
from zoneinfo import ZoneInfo

from chassis.clock import set_file_clock
from contracts.periods import next_period, parse_period, period_of, previous_period
from demo import validation
from demo.browser import PATIENCE, Browser, OutsideWorld, RefusedError, eventually
from demo.head_end import HeadEnd
from demo.household import Month, month
from demo.load import import_files_of, member_of_staff, register
from demo.world import Home, fresh_kyiv_number, fresh_number, fresh_phone, fresh_serial

ZONE = ZoneInfo("Asia/Yekaterinburg")
PROVIDER = "uralenergosbyt"
PASSWORD = "Story-Password-7"
OPENING = Decimal("4036.125")
#: The job looks every minute.
CHECKED_WITHIN = 100.0
DAY_OPENING, NIGHT_OPENING = Decimal("2480"), Decimal("1120")


class StoryError(AssertionError):
    """Something was not as it should be."""


def expect(condition: Any, what: str) -> None:
    """Raise unless it is so."""
    if not condition:
        raise StoryError(what)


@dataclass
class Story:
    """The state that the steps share."""

    endpoints: dict[str, Any]
    period: str = field(
        default_factory=lambda: previous_period(previous_period(period_of(datetime.now(ZONE).date())))
    )
    phone: str = field(default_factory=fresh_phone)
    accounts: dict[str, str] = field(default_factory=dict)
    meters: dict[str, str] = field(default_factory=dict)
    bills: dict[str, dict[str, Any]] = field(default_factory=dict)
    payment: dict[str, Any] = field(default_factory=dict)
    hand_reading: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        gateway = self.endpoints["gateway"]["url"]
        self.email = f"story-{uuid.uuid4().hex[:10]}@mail.example"
        self.person = Browser(gateway)
        self.accountant = Browser(gateway)
        self.administrator = Browser(gateway)
        self.world = OutsideWorld(self.endpoints["sandbox"]["url"])
        self.consumption: Month = month(parse_period(self.period))
        self.home = Home(
            PROVIDER, fresh_number(), fresh_serial(), "Петрова Анна Сергеевна", "Челябинск, пр. Ленина, 64, кв. 12",
            "electricity", 1, True, {"1.8.0": OPENING},
        )  # fmt: skip
        self.dacha = Home(
            PROVIDER, fresh_number(), fresh_serial(), "Петрова Анна Сергеевна", "Миасс, СНТ «Заря», 3",
            "electricity", 2, False, {"1.8.1": DAY_OPENING, "1.8.2": NIGHT_OPENING},
        )  # fmt: skip
        self.workshop = Home(
            PROVIDER, fresh_number(), fresh_serial(), "Петрова Анна Сергеевна", "Челябинск, ул. Труда, 7",
            "electricity", 1, True, {"1.8.0": OPENING},
        )  # fmt: skip

    def staff(self, role: str) -> dict[str, Any]:
        """How a member of staff signs in."""
        return member_of_staff(self.endpoints["sign_in"], role)

    # --- the clock ------------------------------------------------------------------------------------------------

    def day(self, period: str, day: int, hour: int = 10) -> datetime:
        """A moment of the story in the provider's time."""
        first = parse_period(period)
        return datetime(first.year, first.month, day, hour, tzinfo=ZONE)

    def go_to(self, moment: datetime) -> None:
        """Move the system's clock; every process follows within a quarter of a second."""
        set_file_clock(self.endpoints["clock_file"], moment)
        sleep(0.3)

    # --- the steps --------------------------------------------------------------------------------------------------

    def supplier_hands_files_over(self) -> str:
        """The supplier's files of accounts and meters come in."""
        installed = self.day(previous_period(self.period), 20)
        self.administrator.sign_in_as(self.staff("administrator"))
        import_files_of(self.administrator, [self.home, self.dacha], installed)
        self.go_to(self.day(self.period, 20))
        return f"accounts {self.home.number} and {self.dacha.number}"

    def meter_publishes_the_month_so_far(self) -> str:
        """1: a head-end publishes a real home's half hours; the receipt comes back, rejects one by one."""
        head_end = HeadEnd(self.endpoints["amqp"]["head_end"])
        try:
            readings = self._days(0, 19)
            sent = sum(value is not None for reading in readings for value in reading["values"])
            readings.append({**readings[0], "meter": "000-no-such-meter"})
            refused = sum(value is not None for value in readings[0]["values"])
            batch = head_end.publish(readings)
            receipt = head_end.receipt(batch)
            expect(receipt["accepted"] == sent, f"accepted {receipt['accepted']} of {sent}")
            expect(
                [(item["index"], item["code"], item["values"]) for item in receipt["rejected"]]
                == [(19, "unknown_meter", refused)],
                f"rejects: {receipt['rejected']}",
            )
            head_end.publish(readings, batch)
            expect(head_end.receipt(batch) == receipt, "the same batch again must get the same receipt")
        finally:
            head_end.close()
        return f"{sent} half hours stored, 1 entry rejected (unknown_meter), the repeat changed nothing"

    def person_registers_and_links(self) -> str:
        """2: registration by phone with an SMS code; two accounts linked by their meters' serials."""
        register(self.person, self.world, self.phone, PASSWORD, self.email)
        for home, name in ((self.home, "Квартира"), (self.dacha, "Дача")):
            linked = self.person.post(
                "/accounts",
                {"provider": PROVIDER, "number": home.number, "proof": home.serial, "name": name},
            )
            self.accounts[home.number] = linked["account"]
            found = self.person.get(f"/accounts/{linked['account']}/meters")["meters"]
            expect([meter["serial"] for meter in found] == [home.serial], f"meters of {home.number}: {found}")
            self.meters[home.number] = found[0]["meter"]
        return f"{self.phone}, two accounts linked"

    def person_sends_readings(self) -> str:
        """3: readings of the two-zone meter give the preliminary charge; one below the last is refused."""
        path = f"/meters/{self.meters[self.dacha.number]}/readings"
        try:
            self.person.post(path, {"values": {"1.8.1": "2400", "1.8.2": "1150"}}, once=True)
            raise StoryError("a reading below the last one was taken")
        except RefusedError as refused:
            expect(refused.code == "reading_below_last", f"code {refused.code}")
        self.hand_reading = {"1.8.1": "2600", "1.8.2": "1180.5"}
        key = str(uuid.uuid4())
        taken = self.person.post(path, {"values": self.hand_reading}, key=key)
        again = self.person.post(path, {"values": self.hand_reading}, key=key)
        expect(again["reading"] == taken["reading"], "the same idempotency key must give the same reading")
        expect(taken["period"] == self.period and taken["in_time"], f"period {taken['period']}")
        preliminary = taken["preliminary"]
        # 120 kWh by day at 5.46 and 60.5 by night at 2.98, as the profile has them in 2026.
        expect(
            Decimal(preliminary["total"]) == sum(Decimal(x["amount"]) for x in preliminary["lines"]),
            "the sum",
        )
        expect({line["zone"] for line in preliminary["lines"]} == {"day", "night"}, "a line for each zone")
        return f"preliminary charge {preliminary['total']} {preliminary['currency']}"

    def month_is_billed(self) -> str:
        """4: the rest of the month arrives, the bill run makes both bills, with PDF."""
        following = next_period(self.period)
        self.go_to(self.day(following, 1, 1))
        head_end = HeadEnd(self.endpoints["amqp"]["head_end"])
        try:
            days = len(self.consumption.days)
            closing = OPENING + self.consumption.total
            readings = [*self._days(19, days), self._register(following, closing)]
            receipt = head_end.receipt(head_end.publish(readings))
            expect(not receipt["rejected"], f"rejects: {receipt['rejected']}")
        finally:
            head_end.close()
        self.go_to(self.day(following, 2))
        self.run_bills(self.period)
        items = self.person.get("/history", kinds=["bill"])["items"]
        self.bills = {item["details"]["account_number"]: item["details"] for item in items}
        expect(set(self.bills) == {self.home.number, self.dacha.number}, f"bills for {set(self.bills)}")
        home = self._check_bill(self.home, "ami", {"single": self.consumption.total})
        dacha = self._check_bill(self.dacha, "cabinet", {"day": Decimal("120"), "night": Decimal("60.5")})
        return f"{home} for the home (АСКУЭ), {dacha} for the dacha (ИКУС)"

    def run_bills(self, period: str) -> None:
        """The accountant's bill run, to its end."""
        self.accountant.sign_in_as(self.staff("accountant"))
        run = self.accountant.post("/staff/bill-runs", {"provider": PROVIDER, "period": period}, once=True)

        def done() -> bool:
            return bool(self.accountant.get(f"/staff/bill-runs/{run['run']}")["state"] == "done")

        eventually(done, 2 * PATIENCE, "the bill run")

    def both_bills_are_paid(self) -> str:
        """5: one payment for both accounts by card; the ledger has it within a second; a fiscal receipt is kept."""
        following = next_period(self.period)
        self.go_to(self.day(following, 3))
        self.world.fault("yookassa.webhook", "twice")
        parts = [{"account": bill["account"], "amount": bill["closing"]} for bill in self.bills.values()]
        total = sum(Decimal(part["amount"]) for part in parts)
        self.payment = self.person.post(
            "/payments",
            {"parts": parts, "return_url": f"{self.endpoints['gateway']['url']}/paid"},
            once=True,
        )
        expect(Decimal(self.payment["total"]) == total, "the total is the sum of the parts")
        self.world.pay_by_card(self.payment["confirmation_url"])
        begun = datetime.now(UTC)
        eventually(lambda: self._balances() == {Decimal(0)}, what="the money on the ledger")
        took = datetime.now(UTC) - begun
        receipt = eventually(self._receipt, what="the fiscal receipt")
        expect(receipt["check_qr"].startswith("t="), f"check code {receipt['check_qr']}")
        registered = self.world.receipts(self.payment["payment"])
        expect(len(registered) == 1, f"{len(registered)} receipts at the operator")
        movements = self._payments_on_ledger()
        expect(len(movements) == 2, f"{len(movements)} payment movements for two accounts")
        self.accountant.sign_in_as(self.staff("accountant"))
        books = self.accountant.get("/staff/books")["totals"]
        expect(all(Decimal(book["total"]) == 0 for book in books), f"books: {books}")
        return f"{total} RUB on both ledgers after {took.total_seconds():.2f} s, receipt {receipt['fiscal_document']}"

    def points_are_awarded(self) -> str:
        """6: loyalty gives its points; the level shows on the next bill."""
        expected = {
            self.home.number: {"registration_and_email": 10, "readings_in_time": 1, "payment_in_time": 3,
                               "payment_in_cabinet": 2},
            self.dacha.number: {"registration_and_email": 10, "readings_in_time": 1, "payment_in_time": 3,
                                "payment_in_cabinet": 2},
        }  # fmt: skip

        def granted() -> bool:
            return all(self._criteria(number) == points for number, points in expected.items())

        eventually(granted, what=f"points: {[self._criteria(number) for number in expected]}")
        following = next_period(self.period)
        self.go_to(self.day(following, 20))
        path = f"/meters/{self.meters[self.dacha.number]}/readings"
        self.person.sign_in(self.phone, PASSWORD)
        self.person.post(path, {"values": {"1.8.1": "2711", "1.8.2": "1240"}}, once=True)
        after = next_period(following)
        self.go_to(self.day(after, 1, 1))
        head_end = HeadEnd(self.endpoints["amqp"]["head_end"])
        try:
            closing = OPENING + self.consumption.total + Decimal("201.5")
            receipt = head_end.receipt(head_end.publish([self._register(after, closing)]))
            expect(receipt["accepted"] == 1, f"receipt {receipt}")
        finally:
            head_end.close()
        eventually(
            lambda: self._criteria(self.home.number).get("readings_in_time") == 2, what="the second point"
        )
        self.go_to(self.day(after, 1, 9))
        self.run_bills(following)
        bills = [item["details"] for item in self.person.get("/history", kinds=["bill"])["items"]]
        newest = {bill["account_number"]: bill for bill in bills if bill["period"] == following}
        shown = {number: (bill["level"], bill["points"]) for number, bill in newest.items()}
        expect(shown[self.home.number][0] == "promising", f"levels on the bills: {shown}")
        expect(shown[self.home.number][1] >= 16, f"points on the bills: {shown}")
        return f"level and points on the next bill: {shown[self.home.number]}"

    def bell_and_mail_have_it_all(self) -> str:
        """7: each of these is in the bell, and e-mails arrived at a real SMTP server."""
        wanted = {"account_linked", "reading_accepted", "bill_issued", "payment_posted", "receipt_registered"}

        def kinds() -> set[str]:
            return {message["kind"] for message in self.person.get("/notifications", limit=100)["messages"]}

        eventually(lambda: wanted <= kinds(), what=f"the bell: {sorted(kinds())}")

        def four_mails() -> list[Any] | None:
            found = self.world.mails(self.email)
            return found if len(found) >= 4 else None

        mails = eventually(four_mails, what="the mails")
        return f"{len(kinds())} kinds of message in the bell, {len(mails)} mails"

    def first_page_shows_it_all(self) -> str:
        """8: one call for the first page, one stream of history."""
        page = self.person.get("/overview")
        expect(page["missing"] == [], f"missing: {page['missing']}")
        accounts = {account["number"]: account for account in page["accounts"]}
        expect(set(accounts) == {self.home.number, self.dacha.number}, f"accounts {set(accounts)}")
        for account in accounts.values():
            for part in ("balance", "last_bill", "meters", "loyalty"):
                expect(account[part] is not None, f"{part} of {account['number']}")
        expect(page["unread"] > 0, "unread messages")
        seen: list[tuple[str, str]] = []
        cursor = None
        while True:
            history = self.person.get("/history", limit=3, **({"cursor": cursor} if cursor else {}))
            expect(history["missing"] == [], f"missing: {history['missing']}")
            seen += [(item["kind"], item["id"]) for item in history["items"]]
            cursor = history["next"]
            if cursor is None:
                break
        expect(len(seen) == len(set(seen)), "an item of the history came twice")
        counts = {kind: sum(item[0] == kind for item in seen) for kind in ("reading", "bill", "payment")}
        # Two that were sent, and the readings that two months of the automated meter ended with.
        expect(counts == {"reading": 4, "bill": 4, "payment": 1}, f"history: {counts}")
        return f"{len(accounts)} accounts, {page['unread']} unread; history {counts}"

    def days_are_checked(self) -> str:
        """9: by itself, and on the machine's own clock: days are checked, a gap is estimated, an alert is raised."""
        first = parse_period(next_period(next_period(self.period)))
        self.administrator.sign_in_as(self.staff("administrator"))
        import_files_of(self.administrator, [self.workshop], self.day(self.period, 1))
        linked = self.person.post(
            "/accounts",
            {
                "provider": PROVIDER,
                "number": self.workshop.number,
                "proof": self.workshop.serial,
                "name": "Мастерская",
            },
        )
        account = linked["account"]
        [meter] = self.person.get(f"/accounts/{account}/meters")["meters"]
        head_end = HeadEnd(self.endpoints["amqp"]["head_end"])
        try:
            # The morning after the last day: what is told of it is news.
            self.go_to(datetime.combine(first + timedelta(days=validation.DAYS), time(7), ZONE))
            receipt = head_end.receipt(
                head_end.publish(validation.entries(self.workshop.serial, first, ZONE))
            )
            expect(not receipt["rejected"], f"rejects: {receipt['rejected']}")
        finally:
            head_end.close()
        alerts = eventually(
            lambda: self.person.get(f"/accounts/{account}/alerts")["alerts"], CHECKED_WITHIN, "an alert"
        )
        expect([alert["kind"] for alert in alerts] == ["nothing"], f"alerts: {alerts}")
        self.administrator.sign_in_as(self.staff("administrator"))
        found = self.administrator.get(
            "/staff/interval-findings", provider=PROVIDER, serial=self.workshop.serial
        )["findings"]
        gap, spike = (first + timedelta(days=day) for day in (validation.GAP_DAY, validation.SPIKE_DAY))
        rules = {(finding["day"], finding["rule"]) for finding in found}
        expect((spike.isoformat(), "too_high") in rules, f"findings: {rules}")
        expect((gap.isoformat(), "missing") in rules, f"findings: {rules}")
        day = self._checked(meter["meter"], gap)
        estimated = day["amounts"][validation.GAP]
        expect(all(amount is not None for amount in estimated), f"estimated: {estimated}")
        expect(
            set(day["marks"][validation.GAP]) <= {8, 9} and day["marks"][0] == 17, f"marks: {day['marks']}"
        )
        since = alerts[0]["first_day"]
        return f"{len(found)} findings, {len(estimated)} half hours estimated, alert raised for {since}"

    def accounts_of_every_supplier_are_linked(self) -> str:
        """10: each supplier's own proof: serial, address, last payment; what is owed came along, in its currency."""
        opened, owner = self.day(self.period, 1), "Петрова Анна Сергеевна"
        water, power = {"8.1.0": Decimal(12)}, {"1.8.0": Decimal(700)}
        street, here = "Київ, вул. Хрещатик, 1, кв. 2", ("12", "А", "7", "")
        paid_on = self.day(self.period, 1).date()
        homes = [
            Home(
                "ustek-chelyabinsk", fresh_number(), fresh_serial(), owner, "Челябинск, ул. Труда, 17, кв. 5",
                "hot_water", 1, False, water, tariffs="hot_water-1 heating-1",
            ),
            Home(
                "sverdlovenergosbyt", fresh_number(), fresh_serial(), owner, "Екатеринбург, ул. Мира, 12А, кв. 7",
                "electricity", 1, False, power, place=here, email=self.email,
            ),
            Home(
                "kyivenergo-heat", fresh_kyiv_number(), fresh_serial(), owner, street, "hot_water", 1, False, water,
                tariffs="hot_water-1 heating-1", balance=Decimal("1840.55"), paid_on=paid_on, paid=Decimal("1512.30"),
            ),
            Home(
                "kyivenergo-power", fresh_kyiv_number(), fresh_serial(), owner, street, "electricity", 1, False, power,
                balance=Decimal("-126.40"), paid_on=paid_on, paid=Decimal("700"),
            ),
        ]  # fmt: skip
        self.administrator.sign_in_as(self.staff("administrator"))
        import_files_of(self.administrator, homes, opened)
        for home in homes:
            asked = {"provider": home.provider, "number": home.number, "proof": home.proof}
            linked = self.person.post("/accounts", asked)
            weak = home.provider == "sverdlovenergosbyt"
            expect(
                linked["state"] == ("limited" if weak else "linked"), f"{home.provider}: {linked['state']}"
            )
        in_kyiv = {homes[2].number: ("1840.55", "UAH"), homes[3].number: ("-126.40", "UAH")}

        def brought_along() -> list[dict[str, Any]]:
            """The first page, once billing has heard of the links."""
            page = self.person.get("/overview")["accounts"]
            owed = {row["number"]: (row["balance"], row["currency"]) for row in page}
            return page if in_kyiv.items() <= owed.items() else []

        page = eventually(brought_along, what="what is owed in Kyiv")
        suppliers = {row["provider"] for row in page}
        expect(len(suppliers) == 5, f"suppliers: {suppliers}")
        return f"accounts of {len(suppliers)} suppliers in one cabinet, 1840.55 UAH owed in Kyiv"

    STEPS = (
        "supplier_hands_files_over",
        "meter_publishes_the_month_so_far",
        "person_registers_and_links",
        "person_sends_readings",
        "month_is_billed",
        "both_bills_are_paid",
        "points_are_awarded",
        "bell_and_mail_have_it_all",
        "first_page_shows_it_all",
        "days_are_checked",
        "accounts_of_every_supplier_are_linked",
    )

    def end(self) -> None:
        """Give the machine's clock back."""
        set_file_clock(self.endpoints["clock_file"], None)

    def _checked(self, meter: str, day: date) -> dict[str, Any]:
        shown = self.administrator.get(f"/staff/meters/{meter}/intervals/1.29.0/{day.isoformat()}")
        return dict(shown["versions"][-1])

    # --- details ----------------------------------------------------------------------------------------------------

    def _days(self, first: int, after: int) -> list[dict[str, Any]]:
        starts = self.consumption.starts(ZONE)
        return [
            {
                "meter": self.home.serial,
                "obis": "1-0:1.29.0",
                "from": starts[index].isoformat(),
                "step": "PT30M",
                "values": [None if value is None else str(value) for value in self.consumption.days[index]],
            }
            for index in range(first, after)
        ]

    def _register(self, period: str, value: Decimal) -> dict[str, Any]:
        first: date = parse_period(period)
        at = datetime(first.year, first.month, 1, tzinfo=ZONE)
        return {"meter": self.home.serial, "obis": "1-0:1.8.0", "at": at.isoformat(), "value": str(value)}

    def _check_bill(self, home: Home, source: str, consumption: dict[str, Decimal]) -> str:
        bill = self.person.get(f"/bills/{self.bills[home.number]['bill']}")
        used = {line["zone"]: Decimal(line["consumption"]) for line in bill["lines"]}
        expect(used == consumption, f"consumption {used}, expected {consumption}")
        expect({line["source"] for line in bill["lines"]} == {source}, "source of the readings")
        charged = sum(Decimal(line["amount"]) for line in bill["lines"])
        expect(charged == Decimal(bill["charged"]) == Decimal(bill["closing"]), f"charged {bill['charged']}")
        pdf = self.person.raw("GET", f"/bills/{bill['bill']}/pdf").content
        expect(pdf.startswith(b"%PDF"), "a PDF")
        return f"{bill['charged']} {bill['currency']}"

    def _balances(self) -> set[Decimal]:
        return {Decimal(account["balance"]) for account in self.person.get("/overview")["accounts"]}

    def _receipt(self) -> dict[str, Any] | None:
        receipt = self.person.get(f"/payments/{self.payment['payment']}")["receipt"]
        return receipt if receipt and receipt["state"] == "done" else None

    def _payments_on_ledger(self) -> list[dict[str, Any]]:
        first = parse_period(self.period)
        found = []
        for account in self.accounts.values():
            statement = self.person.get(
                f"/accounts/{account}/statement",
                first_day=first.isoformat(),
                last_day=(first + timedelta(days=92)).isoformat(),
            )
            found += [item for item in statement["movements"] if item["kind"] == "payment"]
        return found

    def _criteria(self, number: str) -> dict[str, int]:
        standing = self.person.get(f"/accounts/{self.accounts[number]}/loyalty")
        return {item["criterion"]: item["points"] for item in standing["criteria"] if item["points"]}
