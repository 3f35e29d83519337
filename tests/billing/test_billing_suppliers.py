"""Every supplier that is shipped bills a month of each of its resources, and its bills say how to pay it."""

from __future__ import annotations

import io
from decimal import Decimal

import pypdf
import pytest

from services.billing import views
from services.billing.adapters.bill_texts import bill_document
from services.billing.adapters.documents import render_bill
from services.billing.configuration import iban_is_sound
from services.billing.store import accounts as account_store
from services.billing.store import bills
from tests.billing.world import World, account_line

D = Decimal
NUMBER = "740000000100001"
UNITS = {"electricity": "kWh", "cold_water": "m3", "hot_water": "m3", "heating": "Gcal"}
#: What ten units of each resource cost in November 2026, by the profiles' prices.
COSTS = {
    "uralenergosbyt": {"electricity": "47.50"},
    # 10 x 43.20 + 10 x 0.0564 x 2210
    "ustek-chelyabinsk": {"hot_water": "1678.44", "heating": "22100.00"},
    # electricity 10 x 5.90; hot water 10 x 58.10 + 10 x 0.0590 x 2490
    "sverdlovenergosbyt": {
        "electricity": "59.00", "cold_water": "581.00", "hot_water": "2050.10", "heating": "24900.00",
    },
    "kyivenergo-heat": {"hot_water": "1042.00", "heating": "17200.00"},
    "kyivenergo-power": {"electricity": "43.20"},
}  # fmt: skip


def _bill(world: World, provider: str) -> tuple[str, str]:
    """(id of November's bill, its text in the supplier's language)."""
    costs, language = COSTS[provider], "uk" if provider.startswith("kyiv") else "ru"
    tariffs = " ".join(f"{resource}-1" for resource in costs)
    assert world.open(account_line(NUMBER, tariffs), provider=provider)["bad"] == []
    for resource in costs:
        meter = world.meter(
            NUMBER, serial=f"M-{resource}", resource=resource, unit=UNITS[resource], provider=provider
        )
        meter.read("2026-10", "100").read("2026-11", "110")
    world.bill("2026-11", provider=provider)
    [found] = world.bills(NUMBER, provider)
    rules = world.tools.rules[provider]
    bill = world.ask(views.bill, found["bill"], subject=world.person(NUMBER, provider=provider))
    with world.database.snapshot() as tx:
        account = account_store.account(tx, bill["account"])
        assert account is not None
        document = bill_document(rules, account, bill, bills.lines(tx, found["bill"]), language)
    pages = pypdf.PdfReader(io.BytesIO(render_bill(document))).pages
    assert (document.payment_text is None) == (rules.core.currency != "RUB")
    return found["bill"], " ".join(page.extract_text() for page in pages)


@pytest.mark.parametrize("provider", COSTS)
def test_bl_4_every_supplier_bills_each_of_its_resources(world: World, provider: str) -> None:
    assert set(COSTS[provider]) == set(world.tools.rules[provider].core.resources)
    bill, text = _bill(world, provider)
    lines = world.rows(
        """select resource, sum(amount) as amount from charge_line where bill = cast(:bill as uuid)
           group by resource""",
        bill=bill,
    )
    assert {row["resource"]: row["amount"] for row in lines} == {
        resource: D(amount) for resource, amount in COSTS[provider].items()
    }
    assert world.balance(NUMBER, provider) == sum(map(D, COSTS[provider].values()))
    assert NUMBER in text
    world.check_books()


def test_bl_7_a_bill_in_hryvnia_names_iban_and_edrpou_and_has_no_russian_code(world: World) -> None:
    payee = world.tools.rules["kyivenergo-power"].payee
    _, text = _bill(world, "kyivenergo-power")
    flat = "".join(text.split())
    assert payee.iban in flat and payee.edrpou in flat and payee.mfo in flat  # type: ignore[union-attr]
    assert "IBAN" in text and "ЄДРПОУ" in text and "БІК" not in text and "ІПН" not in text


@pytest.mark.parametrize(
    ("iban", "sound"),
    [
        ("UA333000010000026007000000101", True),
        ("UA343000010000026007000000101", False),
        ("UA33300001000002600700000010", False),
        ("UA33 3000 0100 0002 6007 0000 0010 1", False),
        ("DE89370400440532013000", True),  # the example of the standard's own registry
        ("", False),
    ],
)
def test_an_iban_is_held_to_its_check_digits(iban: str, sound: bool) -> None:
    assert iban_is_sound(iban) is sound
