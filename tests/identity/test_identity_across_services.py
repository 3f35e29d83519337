"""Identity, billing and metering on the real broker: what a link, a grant and an organisation open there."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contracts.errors import CabinetError
from contracts.identifiers import account_id, new_id
from services.billing.service import BillingService
from services.identity.service import IdentityService
from services.identity.store import people
from services.metering.service import MeteringService
from tests.identity.world import SVERDLOV, World, new_number, new_phone
from tests.support_code.bus import Bus, calling
from tests.support_code.databases import value
from tests.support_code.services import Running
from tests.support_code.tokens import Tokens
from tests.support_code.waiting import eventually

ACCOUNTS = (
    "number;holder;address;people;area;kind;tariffs;delivery;language;opened_on;"
    "house;letter;flat;extension;email"
)
METERS = "account_number;serial;resource;zones;digits;decimals;ratio;automated;installed_on;opening"
PLACE = {"house": "12-A", "flat": "141/1"}
ON_FILE = "ivan@mail.example"
GRANTS = "select count(*) from access where person = %s and account = %s and revoked_at is null"


class Town:
    """An account of Sverdlovenergosbyt with a meter, and people."""

    def __init__(
        self, rpc: Callable[..., Any], tokens: Tokens, world: World, databases: Callable[[str], str]
    ) -> None:
        self._rpc, self._tokens, self._world, self._databases = rpc, tokens, world, databases
        self.number = new_number()
        self.account = account_id(SVERDLOV, self.number)
        operator = tokens.person(None, "operator")
        with calling(operator):
            tariff = "electricity-1"
            line = f"{self.number};Иванов Иван;Екатеринбург, Малышева 12А-141/1;2;50;person;{tariff};both;ru;2026-01-01"
            reports = [
                rpc("billing", deadline=60.0).import_accounts(
                    provider=SVERDLOV, csv=f"{ACCOUNTS}\n{line};12;А;141;1;{ON_FILE}"
                ),
                rpc("metering", deadline=60.0).import_meters(
                    provider=SVERDLOV,
                    csv=f"{METERS}\n{self.number};M-{self.number};electricity;1;6;3;1;no;2026-01-01;1.8.0=5",
                ),
            ]
        assert all(report["added"] == 1 for report in reports), reports

    def person(self, phone: str | None = None) -> str:
        person = new_id()
        with self._world.database.transaction() as tx:
            assert people.add_person(
                tx, person, phone=phone or new_phone(), email=None, password_hash="", language="ru",
                at=datetime.now(UTC),
            )  # fmt: skip
        return person

    def ask(self, person: str, service: str, method: str, **request: Any) -> Any:
        with calling(self._tokens.person(person)):
            return getattr(self._rpc(service, deadline=60.0), method)(**request)

    def refused(self, person: str, service: str, method: str, **request: Any) -> str:
        with pytest.raises(CabinetError) as caught:
            self.ask(person, service, method, **request)
        return caught.value.code

    def link(self, person: str) -> Any:
        return self.ask(
            person, "identity", "link_account", provider=SVERDLOV, number=self.number, proof=PLACE
        )

    def holds(self, service: str, person: str) -> int:
        """How many grants the service knows."""
        return int(value(self._databases(service), GRANTS, person, self.account))


@pytest.fixture
def town(
    run_service: Callable[..., Running],
    rpc: Callable[..., Any],
    tokens: Tokens,
    world: World,
    service_database: Callable[[str], str],
) -> Town:
    for service in (IdentityService, BillingService, MeteringService):
        run_service(service)
    return Town(rpc, tokens, world, service_database)


def test_id6_a_link_by_address_shows_amounts_until_it_is_confirmed(
    town: Town, world: World, bus: Bus
) -> None:
    heard = bus.listen("identity.events", "code_issued")
    person = town.person()
    refused = {"provider": SVERDLOV, "number": town.number, "proof": {**PLACE, "flat": "141"}}
    assert town.refused(person, "identity", "link_account", **refused) == "proof_wrong"
    linked = town.link(person)
    assert (linked["state"], linked["scopes"]) == ("limited", ["amounts", "pay"])

    eventually(lambda: town.holds("billing", person) == 1)
    eventually(lambda: town.holds("metering", person) == 1)
    [owed] = town.ask(person, "billing", "overview")["accounts"]
    assert (owed["account"], owed["balance"], owed["address"], owed["last_bill"]) == (
        town.account,
        "0.00",
        None,
        None,
    )
    assert town.ask(person, "billing", "payable", accounts=[town.account])["accounts"]
    assert town.refused(person, "billing", "account", account=town.account) == "not_found"
    assert town.ask(person, "metering", "overview") == {"meters": []}
    assert town.refused(person, "metering", "account_meters", account=town.account) == "not_found"

    sent = town.ask(person, "identity", "send_account_confirmation", account=town.account)
    assert sent["to"] == "i***@m***.example"
    [message] = eventually(lambda: bus.take(heard))
    code = world.tools.seal.open(json.loads(message.body)["sealed"])
    assert code["address"] == ON_FILE
    town.ask(person, "identity", "confirm_account", account=town.account, code=code["code"])
    eventually(lambda: town.ask(person, "metering", "overview")["meters"])
    found = eventually(lambda: town.ask(person, "billing", "account", account=town.account))
    assert found["holder"] == "Иванов Иван"
    bus.delete(heard)


def test_id6_people_cannot_ask_for_proofs_themselves(town: Town) -> None:
    person, asked = town.person(), {"provider": SVERDLOV, "number": town.number}
    for service, method, request in (
        ("metering", "check_meter_proof", {**asked, "serial": f"M-{town.number}"}),
        ("billing", "check_payment_proof", {**asked, "amount": "1"}),
        ("billing", "check_address_proof", {**asked, "house": "12"}),
        ("billing", "contact_on_file", {"account": town.account}),
    ):
        assert town.refused(person, service, method, **request) == "forbidden", method


def test_id11_a_grant_opens_at_once_and_closes_with_its_events(town: Town, world: World) -> None:
    owner, phone = town.person(), new_phone()
    guest = town.person(phone)
    town.link(owner)
    with world.database.transaction() as tx:
        tx.run("update link set state = 'linked', scopes = '{see,readings,pay}'")
    until = datetime.now(UTC) + timedelta(days=1)
    grant = town.ask(
        owner,
        "identity",
        "offer_access",
        account=town.account,
        to=phone,
        scopes=["see"],
        until=until.isoformat(),
    )["grant"]
    assert town.refused(guest, "billing", "account", account=town.account) == "not_found"
    town.ask(guest, "identity", "accept_access", grant=grant)
    # Nobody waits for an event: a service that has not heard of it asks.
    assert town.ask(guest, "billing", "account", account=town.account)["number"] == town.number
    assert town.ask(guest, "metering", "account_meters", account=town.account)["meters"]
    assert town.refused(guest, "billing", "payable", accounts=[town.account]) == "not_found"
    town.ask(owner, "identity", "unlink_account", account=town.account)
    for service in ("billing", "metering"):
        eventually(lambda service=service: town.holds(service, guest) == 0)  # type: ignore[misc]
    assert town.refused(guest, "billing", "account", account=town.account) == "not_found"


def test_id8_members_act_by_role_in_other_services_and_no_longer_once_removed(
    town: Town, world: World
) -> None:
    director, phone = town.person(), new_phone()
    accountant = town.person(phone)
    firm = town.ask(
        director, "identity", "create_organisation", name="ООО", country="RU", tax_number="7707083893",
        branch_code="773601001",
    )["organisation"]  # fmt: skip
    membership = town.ask(
        director, "identity", "invite_member", organisation=firm, to=phone, role="accountant"
    )["membership"]
    town.ask(accountant, "identity", "accept_membership", membership=membership)
    town.ask(
        director, "identity", "link_organisation_account", organisation=firm, provider=SVERDLOV,
        number=town.number, proof=PLACE,
    )  # fmt: skip
    eventually(lambda: town.holds("billing", accountant) == 1)
    [owed] = town.ask(accountant, "billing", "overview")["accounts"]
    assert (owed["balance"], owed["address"]) == ("0.00", None)
    assert town.ask(accountant, "billing", "payable", accounts=[town.account])["accounts"]
    town.ask(director, "identity", "remove_member", organisation=firm, membership=membership)
    eventually(lambda: town.holds("billing", accountant) == 0)
    assert town.ask(accountant, "billing", "overview") == {"accounts": []}
    assert town.refused(accountant, "billing", "payable", accounts=[town.account]) == "not_found"
