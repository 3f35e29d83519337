"""Consents, download and erasure of all that is held on a person (ID-9)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chassis.context import CallContext
from contracts.errors import CabinetError
from services.identity.domain.erasure import KEPT
from tests.identity.world import PASSWORD, World, new_phone


def _documents(world: World, token: str) -> list[tuple[str, str, str]]:
    found = world.ask("consents", token)["consents"]
    return [(one["document"], one["version"], one["state"]) for one in found]


# --- consents -----------------------------------------------------------------------------------------------------


def test_id_9_consents_are_versioned_records(world: World) -> None:
    token = world.person()["access_token"]
    assert _documents(world, token) == []
    given = {"document": "personal_data", "version": "1"}
    assert world.ask("give_consent", token, client="203.0.113.7", **given) == given
    world.later(hours=1)
    assert world.ask("give_consent", token, **given) == given  # the same again is no new record
    world.ask("give_consent", token, document="personal_data", version="2")
    world.ask("give_consent", token, document="mailing", version="1")
    assert sorted(_documents(world, token)) == [
        ("mailing", "1", "given"), ("personal_data", "1", "replaced"), ("personal_data", "2", "given"),
    ]  # fmt: skip
    oldest = world.ask("consents", token)["consents"][-1]
    assert (oldest["given_from"], oldest["revoked_at"]) == ("203.0.113.7", None)
    assert oldest["given_at"] == "2026-11-20T10:00:00+00:00"


def test_id_9_a_consent_is_taken_back_and_what_follows_is_told_and_done(world: World) -> None:
    token = world.person()["access_token"]
    world.ask(
        "change_profile", token, surname="Ким", patronymic="Ивановна", birth_date="1985-02-28", sex="female"
    )
    for document in ("mailing", "personal_data"):
        assert world.refused("revoke_consent", token, document=document).code == "consent_not_given"
        world.ask("give_consent", token, document=document, version="1")
    answer = world.ask("revoke_consent", token, document="mailing")
    assert answer["follows"] == ["mailing_ends"] and answer["revoked_at"] == "2026-11-20T10:00:00+00:00"
    assert world.ask("me", token)["birth_date"] == "1985-02-28"
    answer = world.ask("revoke_consent", token, document="personal_data")
    assert answer["follows"] == ["optional_data_erased", "contract_data_kept", "erasure_possible"]
    me = world.ask("me", token)
    assert (me["surname"], me["patronymic"], me["birth_date"], me["sex"]) == ("Ким", "", None, None)
    assert {state for _, _, state in _documents(world, token)} == {"revoked"}
    assert world.refused("revoke_consent", token, document="mailing").code == "consent_not_given"
    # It can be given again, as a record of its own.
    world.ask("give_consent", token, document="mailing", version="1")
    assert len(_documents(world, token)) == 3


def test_id_9_the_user_agreement_ends_with_the_cabinet_only(world: World) -> None:
    registration = world.register(new_phone())
    token = world.ask("confirm_registration", registration=registration, code=world.code())["access_token"]
    assert world.refused("revoke_consent", token, document="user_agreement").code == "agreement_needed"
    assert _documents(world, token) == [("user_agreement", "1", "given")]
    world.ask("give_consent", token, document="user_agreement", version="2")
    assert sorted(_documents(world, token)) == [
        ("user_agreement", "1", "replaced"), ("user_agreement", "2", "given"),
    ]  # fmt: skip


def test_id_9_there_is_nothing_to_consent_to_but_known_documents(world: World) -> None:
    token = world.person()["access_token"]
    assert world.refused("give_consent", token, document="soul", version="1").code == "consent_unknown"
    for wrong in ("", "A", "x" * 33, "a b", "mailing\n"):
        assert world.refused("give_consent", token, document=wrong, version="1").code == "validation_failed"


# --- the download -------------------------------------------------------------------------------------------------


def test_id_9_a_download_holds_everything_but_secrets(world: World) -> None:
    phone = new_phone()
    form = {"surname": "Ким", "name": "Анна", "consents": [{"document": "mailing", "version": "1"}]}
    registration = world.register(phone, **form)
    mine = world.ask("confirm_registration", registration=registration, code=world.code())
    token = mine["access_token"]
    world.ask("link_account", token, **world.linkable(), name="dacha")
    world.ask("change_email", token, email="ann@home.example", password=PASSWORD)
    code = world.code()
    world.ask("confirm_email", token, code=code)
    world.ask("change_phone", token, phone=new_phone(), password=PASSWORD)
    world.ask("confirm_phone", token, code=world.code())
    world.ask("recover", login=phone)
    world.others["support"].held = {"appeal": [{"subject": "Счётчик"}]}
    world.metering.held = {"submission": []}

    found = world.ask("personal_data", token)
    assert found["person"] == mine["person"] and found["missing"] == []
    assert set(found["parts"]) == {
        "identity", "metering", "billing", "payments", "loyalty", "notifications", "support",
    }  # fmt: skip
    assert found["parts"]["support"] == {"appeal": [{"subject": "Счётчик"}]}
    own = found["parts"]["identity"]
    [profile] = own["profile"]
    assert (profile["phone"], profile["email"], profile["surname"]) == (phone, "ann@home.example", "Ким")
    assert [one["name"] for one in own["accounts"]] == ["dacha"]
    assert len(own["sessions"]) == len(own["registrations"]) == len(own["recoveries"]) == 1
    assert len(own["contact_changes"]) == 1 and len(own["consents"]) == 2 and len(own["codes"]) == 2
    text = json.dumps(found)
    secrets = [
        *(row["password_hash"] for row in world.rows("select password_hash from person")),
        *(row["refresh_hash"] for row in world.rows("select refresh_hash from session")),
        *(row["code_hash"] for row in world.rows("select code_hash from one_time_code")),
        code,
    ]
    assert len(secrets) >= 6 and not any(secret in text for secret in secrets)


def test_id_9_nobody_elses_data_are_in_it(world: World) -> None:
    neighbour = world.person(email="canary@home.example")
    world.ask("link_account", neighbour["access_token"], **world.linkable(), name="canary")
    found = json.dumps(world.ask("personal_data", world.person()["access_token"]))
    assert "canary" not in found and neighbour["person"] not in found


def test_id_9_a_service_that_is_away_is_named(world: World) -> None:
    token = world.person()["access_token"]
    world.others["support"].failure = CabinetError("deadline_exceeded", service="support")
    world.metering.failure = CabinetError("service_unavailable", service="metering")
    found = world.ask("personal_data", token)
    assert sorted(found["missing"]) == ["metering", "support"]
    assert set(found["parts"]) == {"identity", "billing", "payments", "loyalty", "notifications"}


def test_id_9_downloads_are_limited(world: World) -> None:
    token = world.person()["access_token"]
    for _ in range(5):
        world.ask("personal_data", token)
    assert world.refused("personal_data", token).fields == {"retry_after": 3600}


# --- erasure ------------------------------------------------------------------------------------------------------


def _full(world: World, phone: str) -> Any:
    form = {"surname": "Канарейкина", "name": "Анна", "password": PASSWORD, "agreement": "1"}
    begun = world.ask("register", client="203.0.113.77", phone=phone, **form)
    mine = world.ask(
        "confirm_registration", client="203.0.113.77", registration=begun["registration"], code=world.code()
    )
    token = mine["access_token"]
    world.ask("change_email", token, email="canary@home.example", password=PASSWORD)
    world.ask("confirm_email", token, code=world.code())
    world.ask("link_account", token, **world.linkable(), name="Канарейка")
    world.ask("change_phone", token, phone=new_phone(), password=PASSWORD)
    world.ask("confirm_phone", token, code=world.code())
    world.ask("recover", login="canary@home.example")
    world.ask("change_profile", token, patronymic="Канареевна", birth_date="1985-02-28", sex="female")
    return mine


def test_id_9_erasure_leaves_an_id_and_what_law_keeps(world: World) -> None:
    phone = new_phone()
    mine = _full(world, phone)
    token = mine["access_token"]
    before = len(world.announced())
    answer = world.ask("erase_me", token, password=PASSWORD)
    assert answer == {"erased": True, "kept": list(KEPT)}
    fresh = world.announced_names()[before:]
    assert fresh[-1] == "person_erased" and "account_unlinked" in fresh
    assert world.announced("person_erased")[0]["person"] == mine["person"]
    tables = [row["name"] for row in world.rows(
        """select tablename as name from pg_tables where schemaname = 'public'
           and tablename not in ('outbox', 'attempt', 'alembic_version')""")]  # fmt: skip
    everything = {table: str(world.rows(f"select to_jsonb(t) as row from {table} t")) for table in tables}
    for canary in ("Канар", "canary", phone, phone[1:], "203.0.113", "1985-02-28", "$argon2id$"):
        assert [table for table, text in everything.items() if canary in text] == [], canary
    person = world.row("select state, phone, email, roles from person")
    assert person == {"state": "erased", "phone": None, "email": None, "roles": []}
    # The dates of consents stay: they prove that what was done until now was allowed.
    consent = world.row("select document, state, given_from, revoked_at from consent")
    assert consent == {
        "document": "user_agreement", "state": "revoked", "given_from": "", "revoked_at": world.clock.now(),
    }  # fmt: skip


def test_id_9_who_is_erased_is_nobody_and_can_come_again(world: World) -> None:
    phone = new_phone()
    mine = _full(world, phone)
    world.ask("erase_me", mine["access_token"], password=PASSWORD)
    assert world.refused("refresh", refresh_token=mine["refresh_token"]).code == "session_ended"
    for method, request in (("me", {}), ("change_profile", {}), ("erase_me", {"password": PASSWORD})):
        assert world.refused(method, mine["access_token"], **request).code == "unauthenticated"
    for login in (phone, "canary@home.example"):
        assert world.refused("sign_in", login=login, password=PASSWORD).code == "credentials_wrong"
    world.later(days=2)
    world.service.apply_contact_changes(CallContext())
    registration = world.register(phone)
    again = world.ask("confirm_registration", registration=registration, code=world.code())
    assert again["person"] != mine["person"]
    assert world.ask("accounts", again["access_token"])["accounts"] == []
    world.ask("change_email", again["access_token"], email="canary@home.example", password=PASSWORD)
    assert world.ask("confirm_email", again["access_token"], code=world.code())


def test_id_9_staff_are_not_erased_by_themselves(world: World) -> None:
    token = world.person(roles=["operator"])["access_token"]
    assert world.refused("erase_me", token, password=PASSWORD).code == "staff_not_erased"
    assert world.announced() == []


@pytest.mark.parametrize("password", ["Wrong-Weather-7", ""])
def test_id_9_erasure_asks_for_the_password(world: World, password: str) -> None:
    mine = world.person()
    assert world.refused("erase_me", mine["access_token"], password=password).code == "password_wrong"
    assert world.ask("me", mine["access_token"])["person"] == mine["person"]


def test_id_9_what_was_shared_ends_with_the_person(world: World) -> None:
    owner, guest_phone = world.person(), new_phone()
    guest = world.person(guest_phone)
    account = world.ask("link_account", owner["access_token"], **world.linkable())["account"]
    offer = world.ask("offer_access", owner["access_token"], account=account, to=guest_phone, scopes=["see"])
    world.ask("accept_access", guest["access_token"], grant=offer["grant"])
    held = world.ask("personal_data", owner["access_token"])["parts"]["identity"]
    assert [one["id"] for one in held["grants_given"]] == [offer["grant"]]
    held = world.ask("personal_data", guest["access_token"])["parts"]["identity"]
    assert [one["id"] for one in held["grants_received"]] == [offer["grant"]]

    world.ask("erase_me", owner["access_token"], password=PASSWORD)
    names = world.announced_names()
    assert names[-1] == "person_erased" and names.index("access_revoked") < names.index("account_unlinked")
    [revoked] = world.announced("access_revoked")
    assert (revoked["person"], revoked["grant"]) == (guest["person"], offer["grant"])
    assert world.ask("accounts", guest["access_token"])["accounts"] == []
