"""The real service on the real broker, with a stand-in for metering (BL-4, BL-7, PY-4)."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pypdf
import pypdfium2
import pytest
import zxingcpp

from chassis.rpc.server import rpc as serve
from contracts.errors import CabinetError
from contracts.events.identity import AccountLinked
from contracts.events.loyalty import PointsAwarded
from contracts.identifiers import account_id, new_id
from services.billing.domain.payment_qr import parse
from services.billing.service import BillingService
from tests.billing.world import HEADER, URAL, Meter, account_line, payment
from tests.support_code.bus import Bus, calling
from tests.support_code.clocks import ClockFromThen
from tests.support_code.databases import rows, value
from tests.support_code.services import Running
from tests.support_code.tokens import Tokens
from tests.support_code.waiting import eventually

ONE = "7400000001"
ACCOUNT = account_id(URAL, ONE)
NOW = datetime(2026, 12, 2, 5, tzinfo=UTC)
POSTED = "select count(*) from transfer where kind = 'payment'"


class MeteringStandIn:
    """Answers as metering does."""

    name = "metering"
    has_database = False
    meters: list[Meter] = []
    asked: list[int] = []

    @serve
    def quantities(self, context: Any, provider: str, period: str, accounts: list[str]) -> Any:
        self.asked.append(len(accounts))
        found = [row for meter in self.meters for row in meter.rows(period)]
        return {"quantities": [row for row in found if row["account"] in accounts]}


@pytest.fixture
def billing(run_service: Callable[..., Running], rpc: Callable[..., Any]) -> Callable[..., Any]:
    """Billing beside the stand-in; ``billing()`` is its RPC."""
    MeteringStandIn.meters, MeteringStandIn.asked = [], []
    run_service(MeteringStandIn)
    run_service(BillingService, clock=ClockFromThen(NOW))
    return lambda: rpc("billing")


def register(billing: Callable[..., Any], tokens: Tokens, *lines: str) -> None:
    with calling(tokens.person(None, "operator")):
        billing().import_accounts(provider=URAL, csv="\n".join([HEADER, *lines]))


def run_bills(billing: Callable[..., Any], accountant: str, period: str = "2026-11") -> dict[str, Any]:
    """Started, and waited for."""
    with calling(accountant):
        run = billing().start_bill_run(provider=URAL, period=period)["run"]
        eventually(lambda: billing().bill_run(run=run)["state"] == "done")
        found: dict[str, Any] = billing().bill_run(run=run)
        return found


def test_bl7_the_pdf_of_a_real_bill_says_its_numbers_and_its_code_pays_them(
    billing: Callable[..., Any],
    tokens: Tokens,
    publish_event: Callable[..., str],
    service_database: Callable[[str], str],
) -> None:
    register(billing, tokens, account_line(tariffs="electricity-2"))
    zones = {"1.8.1": "day", "1.8.2": "night"}
    MeteringStandIn.meters = [
        Meter(ONE, "115268446", zones).read("2026-10", "100", "50").read("2026-11", "1420", "110.5")
    ]
    person, accountant = new_id(), tokens.person(None, "accountant")
    publish_event(
        AccountLinked(person=person, at=NOW, account=ACCOUNT, provider=URAL, number=ONE, scopes=["see"])
    )
    points = PointsAwarded(
        account=ACCOUNT, provider=URAL, at=NOW, points=12, level="promising", criterion="x", awarded=1
    )
    publish_event(points)
    publish_event(payment(amount="87.49"))
    database = service_database("billing")
    for table in ("access", "standing", "transfer"):
        eventually(lambda name=table: value(database, f"select count(*) from {name}") == 1)  # type: ignore[misc]

    run = run_bills(billing, accountant)
    assert (run["accounts"], run["bills"], run["charged"]) == (1, 1, "7387.49")
    with calling(tokens.person(person)):
        [bill] = billing().history()["bills"]
        answer = billing().bill_pdf(bill=bill["bill"], language="en")
    assert (bill["opening"], bill["paid"], bill["charged"], bill["closing"]) == (
        "0.00", "87.49", "7387.49", "7300.00",
    )  # fmt: skip
    assert answer["name"] == f"{ONE}-202611.pdf"
    content = base64.b64decode(answer["content"])
    text = " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages)
    flat = "".join(text.split()).replace(",", "")
    sums = ("7207.20", "180.29", "7387.49", "87.49", "7300.00")
    for number in ("1320", "60.5", "5.46", "2.98", *sums, ONE, "115268446"):
        assert number in flat, number
    assert "Promising" in text and "12" in flat
    found = []
    for page in pypdfium2.PdfDocument(content):
        found += zxingcpp.read_barcodes(page.render(scale=3).to_pil())
    [code] = found
    fields = parse(code.text)
    assert Decimal(fields["Sum"]) / 100 == Decimal(bill["closing"])
    assert (fields["PersAcc"], fields["PaymPeriod"], fields["QuittId"]) == (ONE, "112026", f"{ONE}-202611")
    with calling(tokens.person()), pytest.raises(CabinetError):
        billing().bill_pdf(bill=bill["bill"])


def test_bl4_two_replicas_and_two_starts_issue_each_bill_once(
    billing: Callable[..., Any],
    run_service: Callable[..., Running],
    tokens: Tokens,
    bus: Bus,
    service_database: Callable[[str], str],
) -> None:
    numbers = [f"74{number:08d}" for number in range(1200)]
    register(billing, tokens, *(account_line(number) for number in numbers))
    announced = bus.listen("billing.events", "bill_issued")
    run_service(BillingService, clock=ClockFromThen(NOW))
    accountant = tokens.person(None, "accountant")
    first = run_bills(billing, accountant)
    second = run_bills(billing, accountant)
    for run in (first, second):
        assert (run["accounts"], run["bills"], Decimal(run["charged"])) == (1200, 1200, 1200 * Decimal(931))
    database = service_database("billing")
    assert rows(database, "select count(*), count(distinct account), sum(charged) from bill") == [
        (1200, 1200, 1200 * Decimal(931))
    ]
    assert max(MeteringStandIn.asked) == 500
    with calling(accountant):
        assert [Decimal(row["total"]) for row in billing().books()["totals"]] == [0]
    eventually(lambda: bus.depth(announced) == 1200)
    accounts = {json.loads(message.body)["account"] for message in bus.take(announced)}
    assert accounts == {account_id(URAL, number) for number in numbers}
    bus.delete(announced)


def test_py4_a_payment_event_is_posted_once_and_told_each_time(
    billing: Callable[..., Any],
    tokens: Tokens,
    publish_event: Callable[..., str],
    bus: Bus,
    service_database: Callable[[str], str],
) -> None:
    database = service_database("billing")
    posted = bus.listen("billing.events", "payment_posted")
    event = payment(amount="10.10")
    publish_event(event)
    # The account is not known yet: nothing is posted, and payments announces it again until it is.
    eventually(lambda: value(database, "select count(*) from inbox") == 1)
    assert value(database, POSTED) == 0
    register(billing, tokens, account_line())
    for _ in range(4):
        publish_event(event)  # under new ids
    last = payment(amount="1")
    publish_event(last)
    eventually(lambda: value(database, POSTED) == 2)
    eventually(lambda: value(database, "select count(*) from inbox") == 6)
    assert value(database, POSTED) == 2
    assert value(database, "select amount from balance") == Decimal("-11.10")
    eventually(lambda: bus.depth(posted) == 5)
    bus.delete(posted)


def test_bl4_only_accountants_start_runs_and_see_the_books(
    billing: Callable[..., Any], tokens: Tokens
) -> None:
    for token, code in (
        (tokens.person(), "forbidden"),
        (tokens.person(None, "operator"), "forbidden"),
        (tokens.service("payments"), "forbidden"),
        ("", "unauthenticated"),
    ):
        with calling(token):
            for ask in (
                lambda: billing().start_bill_run(provider=URAL, period="2026-11"),
                lambda: billing().books(),
                lambda: billing().bill_run(run=new_id()),
            ):
                with pytest.raises(CabinetError) as caught:
                    ask()
                assert caught.value.code == code
    with calling(tokens.person(None, "accountant")), pytest.raises(CabinetError, match="validation_failed"):
        billing().start_bill_run(provider=URAL, period="2026-13")
