"""The audit log (ID-10): appended to and nothing else, and a change of it is found."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from typing import Any

import psycopg2
import pytest

from authorisation.contexts import RequestContext
from contracts.errors import CabinetError
from contracts.events.billing import StaffActed as BillingActed
from contracts.events.identity import StaffActed
from contracts.identifiers import new_id
from deploy.local.names import ROOT
from services.identity.audit import verify
from services.identity.domain.audit import BEGINNING, digest_of
from services.identity.handlers import audit
from tests.identity.staff import member
from tests.identity.world import NOW, World
from tests.support_code import databases


def _append(world: World, **more: Any) -> StaffActed | BillingActed:
    kind = more.pop("of", BillingActed)
    facts: dict[str, Any] = {
        "action": new_id(), "person": new_id(), "roles": ["accountant"], "operation": "start_bill_run", "kind": "write",
        "outcome": "ok", "at": NOW, "targets": {"provider": ["uralenergosbyt"]}, "request": "req-1",
    } | more  # fmt: skip
    event = kind(**facts)
    with world.service.service.begin() as call:
        audit.append(call, event)
    return event


def _verified(world: World, **heads: str) -> tuple[list[str], str]:
    return verify(world.database, {int(position): digest for position, digest in heads.items()})


@pytest.fixture
def owner(world: World, service_database: Callable[[str], str]) -> Callable[[str], None]:
    """The owner of the table, who can switch its triggers off, as nobody else can."""

    def run(statement: str) -> None:
        with closing(psycopg2.connect(service_database("identity"))) as connection:
            with connection, connection.cursor() as cursor:
                cursor.execute("alter table audit_entry disable trigger user")
                cursor.execute(statement)
                cursor.execute("alter table audit_entry enable trigger user")

    return run


def test_id10_entries_are_chained_in_the_order_in_which_they_came(world: World) -> None:
    for number in range(3):
        _append(world, at=NOW - timedelta(minutes=number))
    rows = world.rows("select * from audit_entry order by position")
    assert [row["position"] for row in rows] == [1, 2, 3]
    assert [row["previous"] for row in rows] == [BEGINNING, rows[0]["digest"], rows[1]["digest"]]
    assert _verified(world) == ([], f"3:{rows[2]['digest']}")


def test_id10_entries_that_come_at_once_stand_in_one_chain(world: World) -> None:
    import eventlet

    list(eventlet.GreenPool().imap(lambda _: _append(world), range(20)))
    faults, head = _verified(world)
    assert faults == [] and head.startswith("20:")


@pytest.mark.parametrize(
    "statement",
    [
        "update audit_entry set outcome = 'ok'",
        "update audit_entry set digest = ''",
        "delete from audit_entry",
        "truncate audit_entry",
    ],
)
def test_id10_the_database_refuses_every_change(world: World, statement: str) -> None:
    _append(world, outcome="forbidden")
    before = world.rows("select * from audit_entry")
    with pytest.raises(Exception, match="only appended to"), world.database.transaction() as tx:
        tx.run(statement)
    assert world.rows("select * from audit_entry") == before


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("update audit_entry set outcome = 'forbidden' where position = 2", "entry 2 was changed"),
        ("update audit_entry set targets = '{}' where position = 2", "entry 2 was changed"),
        (
            "update audit_entry set at = at + interval '1 microsecond' where position = 2",
            "entry 2 was changed",
        ),
        ("update audit_entry set roles = '{operator}' where position = 2", "entry 2 was changed"),
        ("delete from audit_entry where position = 2", "entries 2 to 2 are missing"),
        ("update audit_entry set position = position + 10 where position > 1", "entries 2 to 11 are missing"),
        ("update audit_entry set digest = repeat('0', 64) where position = 2", "entry 3 does not follow"),
    ],
)
def test_id10_a_change_past_the_triggers_is_found(
    world: World, owner: Callable[[str], None], statement: str, found: str
) -> None:
    for _ in range(3):
        _append(world)
    assert _verified(world)[0] == []
    owner(statement)
    assert any(fault.startswith(found) for fault in _verified(world)[0])


def test_id10_a_chain_made_anew_or_cut_is_found_by_a_head_noted_before(
    world: World, owner: Callable[[str], None]
) -> None:
    for _ in range(3):
        _append(world)
    _, head = _verified(world)
    position, digest = head.split(":")
    assert _verified(world, **{position: digest})[0] == []
    owner("delete from audit_entry where position = 3")
    assert _verified(world)[0] == []
    assert _verified(world, **{position: digest})[0] == ["entry 3 was noted and is missing"]
    _append(world)
    assert _verified(world)[0] == []
    assert _verified(world, **{position: digest})[0] == ["entry 3 is not the one that was noted"]


def test_id10_the_command_verifies_and_says_so_by_its_status(
    world: World, owner: Callable[[str], None], service_database: Callable[[str], str]
) -> None:
    _append(world)

    def run(*more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "services.identity.audit", "verify", *more],
            env={**os.environ, "DATABASE_URL": service_database("identity")},
            cwd=ROOT, capture_output=True, text=True, check=False,
        )  # fmt: skip

    good = run()
    assert good.returncode == 0 and good.stdout.startswith("head 1:")
    assert run("--head", good.stdout.split()[1]).returncode == 0
    owner("update audit_entry set person = gen_random_uuid()")
    bad = run("--head", good.stdout.split()[1])
    assert bad.returncode == 1 and "entry 1 was changed" in bad.stdout


def test_id10_a_digest_covers_every_field() -> None:
    entry: dict[str, Any] = {
        "position": 1, "service": "billing", "action": "a", "person": "p", "roles": ["operator"], "operation": "o",
        "kind": "write", "outcome": "ok", "at": NOW, "targets": {"bill": ["b"]}, "request": "r", "previous": BEGINNING,
    }  # fmt: skip
    others: dict[str, Any] = {
        "position": 2,
        "roles": [],
        "at": NOW + timedelta(microseconds=1),
        "targets": {},
    }
    digests = {digest_of({**entry, name: others.get(name, "other")}) for name in entry}
    assert len(digests | {digest_of(entry)}) == len(entry) + 1


# --- the view -------------------------------------------------------------------------------------------------------


def test_id10_administrators_read_it_by_filters_page_by_page(world: World) -> None:
    token = member(world, "administrator")["access_token"]
    account, person = new_id(), new_id()
    for number in range(5):
        _append(
            world, targets={"account": [account, new_id()]}, person=person, at=NOW + timedelta(hours=number)
        )
    _append(world, operation="books", kind="read", of=StaffActed)

    def positions(**filters: Any) -> list[int]:
        return [entry["position"] for entry in world.ask("audit", token, **filters)["entries"]]

    assert positions() == [6, 5, 4, 3, 2, 1]
    assert positions(target="account", id=account) == [5, 4, 3, 2, 1]
    assert positions(target="account", id=new_id()) == positions(target="bill", id=account) == []
    assert positions(person=person) == positions(operation="start_bill_run") == [5, 4, 3, 2, 1]
    assert positions(service="identity") == positions(operation="books") == [6]
    since, until = (NOW + timedelta(hours=1)).isoformat(), (NOW + timedelta(hours=3)).isoformat()
    assert positions(person=person, since=since, until=until) == [3, 2]
    page = world.ask("audit", token, limit=4)
    assert [entry["position"] for entry in page["entries"]] == [6, 5, 4, 3] and page["next"] == "3"
    rest = world.ask("audit", token, limit=4, cursor=page["next"])
    assert [entry["position"] for entry in rest["entries"]] == [2, 1] and rest["next"] is None
    assert world.refused("audit", token, target="account").code == "validation_failed"


@pytest.mark.parametrize("role", ["operator", "accountant"])
def test_id10_nobody_else_reads_it(world: World, role: str) -> None:
    for token in (world.keys.person(), member(world, role)["access_token"]):
        assert world.refused("audit", token).code == "forbidden"
    assert world.refused("audit").code == "unauthenticated"


def test_id10_reading_it_is_told_in_it_too(world: World) -> None:
    administrator = member(world, "administrator")
    account = new_id()
    world.ask("audit", administrator["access_token"], target="account", id=account)
    [told] = world.announced("staff_acted")
    assert (told["operation"], told["kind"], told["outcome"]) == ("audit", "read", "ok")
    assert (told["person"], told["roles"]) == (administrator["person"], ["administrator"])


# --- what identity itself tells -------------------------------------------------------------------------------------


def _told(world: World) -> list[tuple[str, str, str]]:
    return [(e["operation"], e["kind"], e["outcome"]) for e in world.announced("staff_acted")]


def test_id10_own_use_of_the_cabinet_makes_no_entry(world: World) -> None:
    token = member(world, "operator")["access_token"]
    for method in ("me", "accounts", "sessions", "second_factor"):
        world.ask(method, token)
    assert _told(world) == []


def test_id10_what_was_refused_leaves_no_entry_that_says_ok(world: World) -> None:
    token = member(world, "administrator")["access_token"]
    somebody = new_id()
    assert world.refused("disable_staff", token, person=somebody, disabled=True).code == "not_found"
    assert _told(world) == [("disable_staff", "write", "not_found")]
    assert world.announced("staff_acted")[0]["targets"] == {"person": [somebody]}


def test_id10_an_operation_in_parts_tells_its_beginning_with_its_effect(world: World) -> None:
    token = member(world, "administrator")["access_token"]
    added = world.ask("add_staff", token, email="new@home.example", roles=["operator"], name="Анна")
    assert _told(world) == [("add_staff", "write", "begun"), ("add_staff", "write", "ok")]
    begun, done = world.announced("staff_acted")
    assert begun["action"] == done["action"] and done["targets"] == {"person": [added["person"]]}
    # Neither the address nor the name is in it.
    assert "new@home" not in str((begun, done)) and "Анна" not in str((begun, done))
    refused = world.refused("add_staff", token, email="new@home.example", roles=["operator"])
    assert refused.code == "contact_taken"
    assert _told(world)[2:] == [("add_staff", "write", "contact_taken")]


def test_id10_a_command_whose_transaction_fails_leaves_no_entry_that_says_ok(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from services.identity.handlers import staff as handlers

    administrator = member(world, "administrator")
    operator = member(world, "operator")

    def fails(call: RequestContext, *_: Any, **__: Any) -> Any:
        raise CabinetError("service_unavailable")

    with monkeypatch.context() as broken:
        broken.setattr(handlers, "end_sessions", fails)
        refused = world.refused(
            "change_staff_roles",
            administrator["access_token"],
            person=operator["person"],
            roles=["accountant"],
        )
    assert refused.code == "service_unavailable"
    assert _told(world) == [("change_staff_roles", "write", "service_unavailable")]
    roles = world.row("select roles from person where id = cast(:id as uuid)", id=operator["person"])
    assert roles == {"roles": ["operator"]}


def test_id10_the_log_is_not_emptied_by_accident(
    service_database: Callable[[str], str], world: World
) -> None:
    _append(world)
    with pytest.raises(psycopg2.Error, match="only appended to"):
        databases.rows(service_database("identity"), "truncate audit_entry cascade")
