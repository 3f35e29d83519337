"""What other services hold on a person and erase (ID-9), over the real broker and in their own databases."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chassis.sealing import Seal
from contracts.errors import CabinetError
from contracts.events.identity import (
    AccessGranted,
    AccountLinked,
    AccountUnlinked,
    ContactConfirmed,
    PasswordChanged,
    PersonErased,
    PersonRegistered,
)
from contracts.identifiers import account_id, new_id
from services.billing.service import BillingService
from services.identity.service import IdentityService
from services.loyalty.service import LoyaltyService
from services.metering.service import MeteringService
from services.notifications.service import NotificationsService
from services.payments.service import PaymentsService
from services.support.service import SupportService
from tests.identity.world import PASSWORD, World, new_phone
from tests.support_code.bus import Bus, calling
from tests.support_code.databases import rows, value
from tests.support_code.services import Running
from tests.support_code.tokens import Tokens
from tests.support_code.waiting import eventually

AT = datetime(2026, 11, 3, 9, 30, tzinfo=UTC)
ACCOUNT = account_id("uralenergosbyt", "1234567890")
HOLDERS: dict[str, Any] = {
    "notifications": NotificationsService,
    "support": SupportService,
    "payments": PaymentsService,
    "metering": MeteringService,
    "billing": BillingService,
    "loyalty": LoyaltyService,
}


@pytest.fixture
def tell(bus: Bus, service_database: Callable[[str], str]) -> Callable[..., None]:
    """``tell("support", event, ...)``: publish events, each once the service has handled the one before."""

    def publish(service: str, *events: Any) -> None:
        for event in events:
            sent = bus.publish_event(event)
            statement = "select count(*) from inbox where event_id = %s"
            eventually(
                lambda sent=sent, statement=statement: value(service_database(service), statement, sent) == 1
            )

    return publish


def _registered(person: str) -> PersonRegistered:
    return PersonRegistered(person=person, at=AT, language="en")


def _confirmed(person: str, channel: str, address: str) -> ContactConfirmed:
    return ContactConfirmed(person=person, at=AT, channel=channel, address=address, language="en")


def _linked(person: str) -> AccountLinked:
    return AccountLinked(
        person=person, at=AT, account=ACCOUNT, provider="uralenergosbyt", number="1234567890", scopes=["see"]
    )


def _erased(person: str) -> PersonErased:
    return PersonErased(person=person, at=AT + timedelta(days=1))


@pytest.mark.usefixtures("cheap_passwords")
def test_id_9_a_download_is_gathered_over_the_bus_and_names_what_is_away(
    run_service: Callable[..., Running], rpc: Callable[..., Any], world: World
) -> None:
    run_service(IdentityService)
    mine = world.person(new_phone(), email="ann@home.example")
    for name in ("notifications", "support"):
        run_service(HOLDERS[name])
    with calling(mine["access_token"]):
        found = rpc("identity", deadline=30.0).personal_data()
        assert sorted(found["missing"]) == ["billing", "loyalty", "metering", "payments"]
        assert set(found["parts"]) == {"identity", "notifications", "support"}
        for name in ("payments", "metering", "billing", "loyalty"):
            run_service(HOLDERS[name])
        found = rpc("identity", deadline=30.0).personal_data()
        assert found["missing"] == [] and set(found["parts"]) == {"identity", *HOLDERS}
        assert found["parts"]["identity"]["profile"][0]["email"] == "ann@home.example"
        assert found["parts"]["support"]["appeal"] == []


@pytest.mark.parametrize("name", HOLDERS)
def test_id_9_only_services_ask_what_is_held(
    run_service: Callable[..., Running], rpc: Callable[..., Any], tokens: Tokens, name: str
) -> None:
    run_service(HOLDERS[name])
    person = new_id()
    for token in ("", tokens.person(person), tokens.person(person, "administrator")):
        with calling(token), pytest.raises(CabinetError, match="forbidden"):
            rpc(name).personal_data(person=person)
    with calling(tokens.service("identity")):
        assert all(part == [] for part in rpc(name).personal_data(person=person).values())


def test_id_9_bills_and_points_of_own_accounts_are_held_and_not_those_one_may_only_look_at(
    run_service: Callable[..., Running],
    rpc: Callable[..., Any],
    tokens: Tokens,
    tell: Callable[..., None],
    service_database: Callable[[str], str],
) -> None:
    for service in (BillingService, LoyaltyService):
        run_service(service)
    owner, weak, guest, grant = (new_id() for _ in range(4))
    for name in ("billing", "loyalty"):
        tell(
            name,
            _linked(owner),
            AccountLinked(
                person=weak, at=AT, account=ACCOUNT, provider="uralenergosbyt", number="1234567890",
                scopes=["amounts"],
            ),
            AccessGranted(
                person=guest, at=AT, account=ACCOUNT, provider="uralenergosbyt", number="1234567890",
                scopes=["see", "pay"], grant=grant, granted_by=owner,
            ),
        )  # fmt: skip
    run, bill = new_id(), new_id()
    _fill(
        service_database("billing"),
        f"""insert into account (id, provider, number, holder, address, tariffs, delivery, currency, opened_on)
            values ('{ACCOUNT}', 'uralenergosbyt', '1234567890', 'Canary', 'Miass', '{{}}', 'email', 'RUB',
                    '2020-01-01')""",
        f"""insert into bill_run (id, provider, period, state, started_at, accounts)
            values ('{run}', 'uralenergosbyt', '2026-10', 'done', '2026-11-01T00:00Z', 1)""",
        f"""insert into bill (id, run, account, provider, period, revision, number, currency, opening, paid, charged,
                              closing, due_on, issued_at)
            values ('{bill}', '{run}', '{ACCOUNT}', 'uralenergosbyt', '2026-10', 1, 'B-1', 'RUB', 0, 0, 10, 10,
                    '2026-11-20', '2026-11-01T00:00Z')""",
    )
    _fill(
        service_database("loyalty"),
        f"""insert into points_award (account, criterion, period, points, lasting, at)
            values ('{ACCOUNT}', 'payment_in_time', '2026-10', 15, true, '2026-11-01T00:00Z')""",
    )

    def held(name: str, person: str) -> dict[str, Any]:
        found: dict[str, Any] = rpc(name).personal_data(person=person)
        return found

    with calling(tokens.service("identity")):
        mine = held("billing", owner)
        assert [one["holder"] for one in mine["account"]] == ["Canary"]
        assert [(one["number"], one["withdrawn"]) for one in mine["bill"]] == [("B-1", True)]
        assert [one["points"] for one in held("loyalty", owner)["points_award"]] == [15]
        for person in (weak, guest):
            for name in ("billing", "loyalty"):
                theirs = held(name, person)
                assert len(theirs.pop("access")) == 1
                assert not any(theirs.values())
        gone_with_the_person = AccountUnlinked(person=owner, at=AT, account=ACCOUNT)
        for name in ("billing", "loyalty"):
            tell(name, gone_with_the_person)
            gone = held(name, owner)
            gone.pop("access")
            assert not any(gone.values())


def _fill(url: str, *statements: str) -> None:
    for statement in statements:
        rows(url, statement)


def test_id_9_support_erases_what_was_written(
    run_service: Callable[..., Running],
    rpc: Callable[..., Any],
    tokens: Tokens,
    tell: Callable[..., None],
    service_database: Callable[[str], str],
) -> None:
    run_service(SupportService)
    url, person, neighbour = service_database("support"), new_id(), new_id()
    appeals = {}
    for who in (person, neighbour):
        tell("support", _linked(who))
        with calling(tokens.person(who), key=new_id()):
            appeals[who] = rpc("support").open_appeal(
                kind="complaint", subject="Canary", text="Canary sang."
            )["appeal"]
    with calling(tokens.person(None, "operator"), key=new_id()):
        rpc("support").answer(appeal=appeals[person], text="Dear Canary")
    with calling(tokens.service("identity")):
        held = rpc("support").personal_data(person=person)
    assert [len(held[part]) for part in ("appeal", "appeal_message", "access")] == [1, 2, 1]
    assert [("author" in message) for message in held["appeal_message"]] == [True, False]
    for _ in range(2):
        tell("support", _erased(person))
    kept = rows(url, "select state, subject from appeal order by opened_at, id")
    assert kept == [("closed", ""), ("waiting", "Canary")]
    assert value(url, "select count(*) from appeal_message where text like '%%Canary%%'") == 1
    in_force = "select count(*) from access where person = %s and revoked_at is null"
    assert (value(url, in_force, person), value(url, in_force, neighbour)) == (0, 1)


def test_id_9_payments_and_loyalty_forget_the_contacts_also_when_one_comes_late(
    run_service: Callable[..., Running], tell: Callable[..., None], service_database: Callable[[str], str]
) -> None:
    run_service(PaymentsService)
    url, person = service_database("payments"), new_id()
    tell("payments", _confirmed(person, "email", "canary@home.example"), _linked(person), _erased(person))
    tell("payments", _confirmed(person, "phone", "+79990001122"))
    # Of this person: what tests before told is in the queues, too.
    mine = f"person::text = '{person}'"
    assert set(rows(url, f"select address from contact where {mine}")) == {("",)}
    assert value(url, f"select count(*) from access where {mine} and revoked_at is null") == 0

    run_service(LoyaltyService)
    url = service_database("loyalty")
    tell("loyalty", _confirmed(person, "email", "canary@home.example"), _linked(person), _erased(person))
    assert value(url, f"select count(*) from confirmed_email where {mine}") == 0
    assert value(url, f"select count(*) from access where {mine} and revoked_at is null") == 0


def test_id_9_notifications_erase_everything_but_the_last_word(
    run_service: Callable[..., Running],
    rpc: Callable[..., Any],
    tokens: Tokens,
    tell: Callable[..., None],
    service_database: Callable[[str], str],
) -> None:
    run_service(NotificationsService)
    url, person = service_database("notifications"), new_id()
    tell(
        "notifications",
        _registered(person),
        _confirmed(person, "email", "canary@home.example"),
        _confirmed(person, "phone", "+79990001122"),
        _linked(person),
        PasswordChanged(person=person, at=AT),
    )
    with calling(tokens.service("identity")):
        held = rpc("notifications").personal_data(person=person)
    assert {row["address"] for row in held["contact"]} == {"canary@home.example", "+79990001122"}
    assert "password_changed" in {row["kind"] for row in held["message"]}
    assert {(row["kind"], row["channel"]) for row in held["dispatch"]} >= {
        ("password_changed", "email"), ("password_changed", "sms"),
    }  # fmt: skip
    assert "sealed" not in json.dumps(held)

    tell("notifications", _erased(person), _erased(person))
    # Words that come late change nothing.
    tell(
        "notifications",
        _confirmed(person, "email", "canary@home.example"),
        _registered(person),
        _linked(person),
    )
    for table in ("contact", "choice", "message"):
        assert value(url, f"select count(*) from {table} where person = '{person}'") == 0, table
    left = rows(
        url,
        "select kind, channel, language, dispatch::text from dispatch where person = %s order by channel",
        person,
    )
    assert [row[:3] for row in left] == [("person_erased", "email", "en"), ("person_erased", "sms", "en")]
    assert not any("canary" in row[3] or "79990001122" in row[3] for row in left)
    seal = Seal(tokens.seal_key)
    sealed = rows(url, "select sealed from dispatch where person = %s and sealed is not null", person)
    # Nobody answers at the mail server and the SMS service: both wait, and keep the address until they are sent.
    assert {seal.open(row[0])["address"] for row in sealed} == {"canary@home.example", "+79990001122"}


@pytest.mark.usefixtures("cheap_passwords")
def test_id_9_an_erasure_reaches_the_other_services(
    run_service: Callable[..., Running],
    rpc: Callable[..., Any],
    world: World,
    service_database: Callable[[str], str],
) -> None:
    run_service(IdentityService)
    run_service(SupportService)
    mine = world.person()
    with calling(mine["access_token"], key=new_id()):
        rpc("support").open_appeal(kind="complaint", subject="Canary", text="Canary sang.")
        assert rpc("identity", deadline=30.0).erase_me(password=PASSWORD)["erased"] is True
    url = service_database("support")
    assert eventually(lambda: rows(url, "select state, subject from appeal") == [("closed", "")])
