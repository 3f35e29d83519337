"""What billing tells of whose an account is (ID-6), and what a link by a weak proof shows."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authorisation import access
from authorisation.subject import Subject
from contracts.events.identity import PersonErased
from contracts.identifiers import account_id, new_id
from contracts.rpc.billing import PaymentProofRequest
from services.billing import views
from services.billing.domain.account_file import read_file
from services.billing.domain.addresses import NOWHERE, Place, same_place
from services.billing.handlers import accounts as account_handlers
from services.billing.handlers.accounts import NUMBER
from services.billing.handlers.payments import forget_payer, post_payment
from tests.billing.world import ACCOUNTANT, URAL, World, account_line, local, payment, refused
from tests.support_code.statements import noted

ONE, OTHER = "7400000001", "7400000002"
SERVICE = Subject("service", "identity")
TODAY = date(2026, 11, 20)
BROUGHT = "number;holder;address;tariffs;opened_on;balance;paid_on;paid"
FULL = "number;holder;address;tariffs;opened_on;house;letter;flat;extension;email"


def opened(world: World, *lines: str) -> None:
    """Accounts with their address in parts."""
    request = {"provider": URAL, "csv": "\n".join([FULL, *lines]), "dry_run": False}
    report = world.do(account_handlers.import_accounts, world.tools, request)
    assert report["bad"] == [] and report["added"] == len(lines)


def matches(world: World, view: Any, *asked: Any, number: str = ONE) -> bool:
    answer = world.ask(view, URAL, number, *asked, subject=SERVICE)
    assert set(answer) == {"matches"}
    return bool(answer["matches"])


def brought(world: World, *lines: str, added: int | None = None) -> dict[str, Any]:
    """Accounts with balance and last payment."""
    request = {"provider": URAL, "csv": "\n".join([BROUGHT, *lines]), "dry_run": False}
    report: dict[str, Any] = world.do(account_handlers.import_accounts, world.tools, request)
    assert report["bad"] == [] and report["added"] == (len(lines) if added is None else added)
    return report


def changed(world: World, line: str) -> int:
    """How many accounts a later file changes."""
    request = {"provider": URAL, "csv": f"{FULL}\n{line}", "dry_run": False}
    report = world.do(account_handlers.import_accounts, world.tools, request)
    assert (report["bad"], report["added"]) == ([], 0)
    return int(report["updated"])


def pays(world: World, amount: str, *, number: str = ONE, asker: str | None = None) -> bool:
    """Is it the last payment that the asker did not make?"""
    request = PaymentProofRequest(
        provider=URAL, number=number, amount=Decimal(amount), person=UUID(asker) if asker else None
    )
    answer = world.ask(views.check_payment_proof, request, subject=SERVICE)
    assert set(answer) == {"matches"}
    return bool(answer["matches"])


# --- addresses ---


@pytest.mark.parametrize(
    ("asked", "known"),
    [
        (Place("12", "А", "5"), Place("12А", "", "5")),
        (Place("12-A", "", "5"), Place("12", "А", "5")),
        (Place(" д. 12 ", "лит. а", "кв. 5"), Place("12", "A", "5")),
        (Place("012", "", "005"), Place("12", "", "5")),
        (Place("12", "", "141/1"), Place("12", "", "141", "1")),
        (Place("12", "", "141", "1"), Place("12", "", "141-1")),
        (Place("12Д", "", ""), Place("12", "д", "")),
        (Place("Д", "", ""), Place("д", "", "")),
        (Place("будинок 7", "", "квартира 3"), Place("7", "", "3")),
        (Place("12", "в", "5"), Place("12", "B", "5")),
    ],
)
def test_id6_one_address_may_be_written_in_many_ways(asked: Place, known: Place) -> None:
    assert same_place(asked, known) and same_place(known, asked)


@pytest.mark.parametrize(
    ("asked", "known"),
    [
        (Place("12", "", "5"), Place("12", "А", "5")),
        (Place("1", "2", "5"), Place("12", "", "5")),
        (Place("12", "", ""), Place("12", "", "5")),
        (Place("12", "", "14", "11"), Place("12", "", "141", "1")),
        (Place("12", "Б", "5"), Place("12", "В", "5")),
        (Place("12", "", "5"), Place("5", "", "12")),
        (Place("", "", "5"), Place("", "", "5")),
        (NOWHERE, NOWHERE),
        (Place("--"), Place("//")),
    ],
)
def test_id6_another_address_is_another(asked: Place, known: Place) -> None:
    assert not same_place(asked, known)


parts = st.builds(Place, *[st.text(max_size=16)] * 4)


@given(parts, parts)
def test_id6_no_address_breaks_the_comparison(one: Place, other: Place) -> None:
    assert same_place(one, other) == same_place(other, one)
    assert same_place(one, one) == same_place(one, Place(*(f" {part} " for part in (
        one.house, one.letter, one.flat, one.extension,
    ))))  # fmt: skip


def test_bl1_the_register_takes_the_address_in_parts_and_the_contact() -> None:
    tariffs = {"electricity-1": "electricity"}
    head = "1234;И;Д;electricity-1;2026-01-01"
    [line], bad = read_file(f"{FULL}\n{head};12;А;141;1; Ivan@Mail.example ", tariffs, NUMBER, TODAY)
    assert bad == [] and line.place == Place("12", "А", "141", "1") and line.email == "ivan@mail.example"
    for tail, column in (
        (";12;А;141;1;nomail", "email"),
        (";12;А;141;1;a@b", "email"),
        (";12;А;141;1;a@b.c d", "email"),
        (f";{'1' * 17};;;;", "house,letter,flat,extension"),
    ):
        _, [fault] = read_file(f"{FULL}\n{head}{tail}", tariffs, NUMBER, TODAY)
        assert (fault.code, fault.column) == ("value_invalid", column)


def test_id6_the_address_of_an_account_is_checked(world: World) -> None:
    opened(
        world, f"{ONE};И;Д;electricity-1;2026-01-01;12;А;141;1;", f"{OTHER};И;Д;electricity-1;2026-01-01;;;;;"
    )
    check = views.check_address_proof
    assert matches(world, check, Place("12-A", "", "141/1"))
    assert not matches(world, check, Place("12", "", "141"))
    assert not matches(world, check, Place("12-A", "", "141/1"), number="7400000009")
    # Without an address in parts there is nothing to prove.
    assert not matches(world, check, NOWHERE, number=OTHER)


def test_id6_the_last_payment_of_any_source_is_the_proof(world: World) -> None:
    world.open(account_line(ONE), account_line(OTHER))
    neighbour = new_id()
    assert not pays(world, "0") and not pays(world, "100")
    for day, amount in (("03", "50.00"), ("20", "1250.50"), ("10", "77")):
        # They may come to billing in any order.
        paid_at = local(f"2026-11-{day}T10:00:00")
        world.do(post_payment, payment(ONE, amount, paid_at=paid_at, person=neighbour))
    assert pays(world, "1250.5") and pays(world, "1250.5", asker=new_id())
    for wrong in ("50", "77", "1250.51", "-1250.50"):
        assert not pays(world, wrong)
    assert not pays(world, "1250.50", number=OTHER) and not pays(world, "1250.50", number="7400000009")


def test_id6_what_the_asker_or_a_guest_paid_proves_nothing(world: World) -> None:
    asker = new_id()
    brought(world, f"{ONE};И;Д;electricity-1;2026-01-01;0;2026-10-03;640,20")
    assert pays(world, "640.20", asker=asker)
    # A stranger pays a little for the account, to know a payment of it.
    world.do(post_payment, payment(ONE, "1.00", paid_at=local("2026-11-03T10:00:00"), person=asker))
    world.do(post_payment, payment(ONE, "2.00", paid_at=local("2026-11-04T10:00:00"), person=None))
    assert not pays(world, "1.00", asker=asker) and not pays(world, "2.00", asker=asker)
    assert not pays(world, "2.00") and pays(world, "640.20", asker=asker)
    # To somebody else it is the last payment; whoever is erased has made none.
    assert pays(world, "1.00", asker=new_id())
    world.do(forget_payer, PersonErased(person=asker, at=world.now))
    assert pays(world, "640.20", asker=new_id())


def test_bl1_an_account_brings_its_balance_and_its_last_payment(world: World) -> None:
    brought(
        world,
        f"{ONE};И;Д;electricity-1;2026-01-01;1250,50;2026-10-03;640,20",
        f"{OTHER};И;Д;electricity-1;2026-01-01;-77.3;;",
    )
    assert [world.balance(number) for number in (ONE, OTHER)] == [Decimal("1250.50"), Decimal("-77.30")]
    books = world.ask(views.books, subject=ACCOUNTANT)["totals"]
    assert [row["total"] for row in books] == [0]
    assert pays(world, "640.20")
    # The same file again moves nothing; a later one brings a later payment, and no balance a second time.
    report = brought(world, f"{ONE};И;Д;electricity-1;2026-01-01;900;2026-11-02;700", added=0)
    assert report["updated"] == 0 and world.balance(ONE) == Decimal("1250.50") and pays(world, "700")
    brought(world, f"{ONE};И;Д;electricity-1;2026-01-01;;2026-09-01;5", added=0)
    assert pays(world, "700")


def test_bl1_a_later_file_brings_accounts_up_to_date_and_leaves_what_it_does_not_say(world: World) -> None:
    opened(world, f"{ONE};Иванов;Ленина 1;electricity-1;2026-01-01;12;А;5;;old@mail.example")
    account = account_id(URAL, ONE)
    assert changed(world, f"{ONE};Иванов;Ленина 1;electricity-1;2026-01-01;;;;;") == 0
    assert changed(world, f"{ONE};Петров;Мира 2;electricity-2;2026-01-01;;;7;;new@mail.example") == 1
    [row] = world.rows(
        "select holder, address, house, letter, flat, email, array_to_string(tariffs, ' ') as tariffs from account"
    )
    assert tuple(row.values()) == ("Петров", "Мира 2", "12", "А", "7", "new@mail.example", "electricity-2")
    assert world.ask(views.contact_on_file, account, subject=SERVICE) == {"email": "new@mail.example"}


@pytest.mark.parametrize(
    ("tail", "column"),
    [
        ("much;;", "balance"), ("1.234;;", "balance"), ("1e3000000000;;", "balance"), ("NaN;;", "balance"),
        (";2026-10-03;", "paid_on,paid"), (";;5", "paid_on,paid"), (";2026-10-03;-5", "paid_on,paid"),
        (";2026-11-21;5", "paid_on,paid"), (";31.02.2026;5", "paid_on"), (";2026-10-03;5.005", "paid"),
    ],
)  # fmt: skip
def test_bl1_what_is_no_balance_or_payment_is_told(tail: str, column: str) -> None:
    line = f"{ONE};И;Д;electricity-1;2026-01-01;{tail}"
    good, [fault] = read_file(f"{BROUGHT}\n{line}", {"electricity-1": "electricity"}, NUMBER, TODAY)
    assert good == [] and (fault.code, fault.column) == ("value_invalid", column)


def test_drill17_an_unknown_account_costs_the_same_statements(world: World) -> None:
    opened(world, f"{ONE};И;Д;electricity-1;2026-01-01;12;А;141;1;ivan@mail.example")
    world.do(post_payment, payment(ONE, "100"))
    ran = []
    for number in (ONE, "7400000009"):
        with noted() as seen:
            assert not pays(world, "99", number=number)
            assert not matches(world, views.check_address_proof, Place("99"), number=number)
        ran.append(seen)
    assert ran[0] == ran[1] and len(ran[0]) >= 2


def test_id6_the_contact_on_file_is_the_registers(world: World) -> None:
    opened(
        world,
        f"{ONE};И;Д;electricity-1;2026-01-01;;;;;ivan@mail.example",
        f"{OTHER};И;Д;electricity-1;2026-01-01;;;;;",
    )
    for number, email in ((ONE, "ivan@mail.example"), (OTHER, None), ("7400000009", None)):
        account = account_id(URAL, number)
        assert world.ask(views.contact_on_file, account, subject=SERVICE) == {"email": email}


def test_id6_only_services_ask(world: World) -> None:
    owner = world.person(ONE)
    staff = Subject("person", owner.id, "", frozenset({"administrator"}))
    for subject in (owner, staff, Subject("nobody")):
        for view, asked in (
            (views.check_payment_proof, (PaymentProofRequest(provider=URAL, number=ONE, amount=Decimal(1)),)),
            (views.check_address_proof, (URAL, ONE, Place("1"))),
            (views.contact_on_file, (account_id(URAL, ONE),)),
        ):
            answer = refused(lambda v=view, a=asked, s=subject: world.ask(v, *a, subject=s))  # type: ignore[misc]
            assert answer.code == "forbidden"


# --- a link that shows amounts only ---


def test_id6_who_sees_amounts_only_sees_no_name_address_bill_or_movement(world: World) -> None:
    world.open(account_line(ONE), account_line(OTHER))
    world.meter(ONE).read("2026-10", "100").read("2026-11", "200")
    world.start("2026-11")
    run, page = world.next_page()
    world.issue(run, page)
    world.do(post_payment, payment(ONE, "10"))
    limited = world.person(ONE, access.AMOUNTS, access.PAY)
    with world.database.transaction() as tx:
        access.grant(tx, limited.id, account_id(URAL, OTHER), [access.SEE], world.now)
    first, second = world.ask(views.overview, subject=limited)["accounts"]
    assert (first["number"], first["currency"]) == (ONE, "RUB") and first["balance"] > 0
    assert (first["address"], first["delivery"], first["last_bill"]) == (None, None, None)
    assert second["address"] and second["delivery"] and second["last_bill"]
    account = account_id(URAL, ONE)
    [payable] = world.ask(views.payable, [account], subject=limited)["accounts"]
    assert payable["balance"] == first["balance"] and "holder" not in payable
    bills = world.ask(views.history, {"accounts": None, "before": None, "limit": 20}, subject=limited)[
        "bills"
    ]
    assert {bill["account"] for bill in bills} == {account_id(URAL, OTHER)}
    [mine] = world.ask(
        views.history, {"accounts": None, "before": None, "limit": 20}, subject=world.person(ONE)
    )["bills"]
    day = world.now.date()
    missing = refused(lambda: world.ask(views.bill, new_id(), subject=limited))
    hidden = refused(lambda: world.ask(views.bill, mine["bill"], subject=limited))
    assert (hidden.code, hidden.detail, hidden.fields) == (missing.code, missing.detail, missing.fields)
    for ask, code in (
        (lambda: world.ask(views.account, account, subject=limited), "not_found"),
        (lambda: world.ask(views.bill, mine["bill"], subject=limited), "bill_not_found"),
        (lambda: world.ask(views.statement, world.tools, account, day, day, subject=limited), "not_found"),
        (lambda: world.do(account_handlers.set_delivery, account, "email", subject=limited), "not_found"),
    ):
        assert refused(ask).code == code
