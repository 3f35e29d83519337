"""Drill 18: another's id is as good as none. Every operation that names a thing x who may not have it.

The matrix is made from the gateway's operations: one that takes an id and is not named here fails the first test.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec.inspect
import pytest

from demo.browser import Browser, RefusedError
from deploy.local.stack import Stack
from gateway import routes
from gateway.operations import OPERATIONS, PERSON, PREFIX, PUBLIC, STAFF, Operation
from tests.e2e.conftest import HOME
from tests.e2e.neighbourhood import LET_IN, Neighbourhood

routes.load()
pytestmark = pytest.mark.slow
Body = Callable[[Neighbourhood], Any]
NOT_THERE = (404, "not_found")
YES, PAGE = {"values": {"1.8.0": "1100"}, "confirmed": True}, {"limit": 5}


@dataclass(frozen=True)
class Case:
    """A valid request, but for whose it is. Whoever was let in with all of ``needs`` may make it; None: nobody but the
    owner. To who was let in ``refusal`` is answered besides: they see the thing and may know why."""

    needs: tuple[str, ...] | None = None
    refusal: tuple[int, str] = NOT_THERE
    body: Body | None = None
    query: Body | None = None


def _days(**more: str) -> Body:
    return lambda around: around.days() | more


CASES: dict[str, Case] = {
    "change_account": Case((), body=lambda _: {"name": "Чужой"}),
    "send_account_confirmation": Case(body=lambda _: {}),
    "confirm_account": Case(body=lambda _: {"code": "123456"}),
    "unlink_account": Case(),
    "account_meters": Case(("see",)),
    "account_statement": Case(("see",), query=_days()),
    "choose_delivery": Case(("see", "pay"), body=lambda _: {"delivery": "email"}),
    "account_loyalty": Case(("see",)),
    "account_alerts": Case(("see",)),
    "account_consumption": Case(("see",), query=_days()),
    "meter_consumption": Case(("see",), query=_days()),
    "download_meter": Case(("see",), query=_days(format="csv")),
    "show_appeal": Case(),
    "add_appeal_message": Case(body=lambda _: {"text": "И моё"}),
    "close_appeal": Case(),
    "show_bill": Case(("see",)),
    "bill_pdf": Case(("see",)),
    "link_bill_pdf": Case(("see",)),
    "link_download_meter": Case(("see",), query=_days(format="csv")),
    "offer_access": Case(
        body=lambda _: {"to": "+79120000001", "scopes": ["see"]}, refusal=(403, "own_link_needed"),
    ),
    "accept_access": Case(),
    "decline_access": Case(),
    "end_access": Case(),
    "rename_group": Case(body=lambda _: {"name": "Чужая"}),
    "delete_group": Case(),
    "show_organisation": Case(),
    "link_organisation_account": Case(
        body=lambda around: {
            "provider": around.home.provider, "number": around.home.number, "proof": around.home.serial,
        }
    ),
    "unlink_organisation_account": Case(),
    "invite_member": Case(body=lambda _: {"to": "+79120000001", "role": "accountant"}),
    "change_member_role": Case(body=lambda _: {"role": "director"}),
    "remove_member": Case(),
    "accept_membership": Case(),
    "decline_membership": Case(),
    "show_payment": Case(),
    "submit_readings": Case(("readings",), body=lambda _: YES),
    "resubmit_readings": Case(("readings",)),
    "confirm_readings": Case(("readings",)),
    "show_meter": Case(("see",)),
    "meter_readings": Case(("see",), query=lambda _: PAGE),
    "meter_intervals": Case(("see",), query=_days()),
    "sign_out_session": Case(),
}  # fmt: skip

#: Ids that stand in a body or a query.
NAMED_INSIDE: dict[str, Case] = {
    "create_payment": Case(("pay",), body=lambda around: around.payment()),
    "open_appeal": Case(
        ("see",),
        body=lambda around: {
            "kind": "appeal", "subject": "О", "text": "О чужом", "account": around.things["account"],
        },
    ),
    "history": Case(("see",), query=lambda around: {"accounts": [around.things["account"]]}),
}  # fmt: skip

#: Staff look at these where customers do, and the audit log has it: an appeal whoever answers it, the standing whoever
#: is asked about a bill.
STAFF_SEE = {
    "show_appeal": ("operator", "administrator"),
    "account_loyalty": ("operator", "accountant", "administrator"),
}

#: What would take effect, or be refused by a rule of its own, for who may do it; the other tests of these hold it.
WRITTEN_ONCE = {"create_payment", "submit_readings", "resubmit_readings", "confirm_readings"}

#: Open to anyone: the id is the secret of a form under way, known to who began it, and tells nothing without its code.
FORMS = {
    "send_registration_again", "confirm_registration", "confirm_recovery", "payment_webhook", "fiscal_callback",
    "open_link",
}  # fmt: skip

#: Fields of bodies and queries that hold an id, in operations of customers.
ID_FIELDS = {
    "account",
    "accounts",
    "group",
    "organisation",
    "meter",
    "reading",
    "bill",
    "payment",
    "grant",
    "session",
}
FIELDS_INSIDE = {
    "create_payment": {"account"},
    "open_appeal": {"account"},
    "history": {"accounts", "group"},
    "change_account": {"group"},
    "send_account_confirmation": {"organisation"},
    "confirm_account": {"organisation"},
    # A name of a group of one's own, not an id.
    "link_account": {"group"},
}


def _named(operation: Operation) -> list[str]:
    return re.findall(r"\{(\w+)\}", operation.path)


PERSONAL = [item for item in OPERATIONS if item.rule.who == PERSON and _named(item)]
INSIDE = [item for item in OPERATIONS if item.name in NAMED_INSIDE]
OF_STAFF = [item for item in OPERATIONS if item.rule.who == STAFF]


@pytest.fixture(scope="module")
def around(system: Stack, openapi: dict[str, Any]) -> Iterator[Neighbourhood]:
    """The owner with one of everything, and the others."""
    people = json.loads((HOME / "demo.json").read_text(encoding="utf-8"))["sign_in"]
    made = Neighbourhood(system, openapi, people)
    made.settle()
    yield made


def test_every_operation_with_an_id_is_in_the_matrix() -> None:
    """A new one must say here whose thing it names."""
    assert {item.name for item in PERSONAL} == set(CASES)
    assert {item.name for item in OPERATIONS if item.rule.who == PUBLIC and _named(item)} == FORMS
    inside = {item.name: _fields(item) & ID_FIELDS for item in OPERATIONS if item.rule.who == PERSON}
    assert {name: fields for name, fields in inside.items() if fields} == FIELDS_INSIDE
    assert {item.name for item in INSIDE} == set(NAMED_INSIDE)


def _fields(operation: Operation) -> set[str]:
    """Names of all fields of body and query, however deep."""
    found: set[str] = set()
    types: list[Any] = [msgspec.inspect.type_info(one) for one in (operation.body, operation.query) if one]
    while types:
        one = types.pop()
        if isinstance(one, msgspec.inspect.StructType):
            found |= {item.encode_name for item in one.fields}
            types += [item.type for item in one.fields]
        elif isinstance(one, msgspec.inspect.UnionType):
            types += one.types
        elif isinstance(one, msgspec.inspect.ListType):
            types.append(one.item_type)
        elif isinstance(one, msgspec.inspect.DictType):
            types.append(one.value_type)
    return found


def _ask(
    around: Neighbourhood, who: Browser, operation: Operation, case: Case, ids: dict[str, str]
) -> tuple[int, str, dict[str, Any]]:
    """(status, code) of the request, and all that a problem says but for the id of the request."""
    path = re.sub(r"\{(\w+)\}", lambda found: ids[found[1]], operation.path)
    body = case.body(around) if case.body else None
    if body is not None and "account" in ids:
        body = json.loads(json.dumps(body).replace(around.things["account"], ids["account"]))
    query = case.query(around) if case.query else None
    if query is not None and "accounts" in query:
        query = {"accounts": [ids["account"]]}
    key = "foreign-" + around.nowhere() if operation.idempotent else None
    try:
        response = who.raw(operation.method, path, body, key=key, params=query)
    except RefusedError as refused:
        whole = {name: value for name, value in refused.problem.items() if name != "request_id"}
        return refused.status, str(refused.code), whole
    if operation.path.endswith("/link"):
        return _opened(around, response)
    return response.status_code, "", {}


def _opened(around: Neighbourhood, response: Any) -> tuple[int, str, dict[str, Any]]:
    """Anyone makes a link to anything; what it opens is what its maker may see."""
    nobody = Browser(around.gateway)
    try:
        nobody.raw("GET", response.json()["address"].removeprefix(PREFIX))
    except RefusedError as refused:
        whole = {name: value for name, value in refused.problem.items() if name != "request_id"}
        return refused.status, str(refused.code), whole
    return response.status_code, "", {}


def _ids(around: Neighbourhood, operation: Operation) -> dict[str, str]:
    return {"account": around.things["account"]} | {name: around.things[name] for name in _named(operation)}


def _unknown(around: Neighbourhood, operation: Operation) -> dict[str, str]:
    return {name: around.nowhere() for name in ("account", *_named(operation))}


@pytest.mark.parametrize("operation", PERSONAL + INSIDE, ids=lambda item: item.name)
def test_drill_18_another_s_id_is_as_good_as_none(around: Neighbourhood, operation: Operation) -> None:
    case = (CASES | NAMED_INSIDE)[operation.name]
    of_nothing = _ask(around, around.stranger, operation, case, _unknown(around, operation))
    assert of_nothing[0] == 404
    ids = _ids(around, operation)
    for who in (around.stranger, around.gone):
        assert _ask(around, who, operation, case, ids) == of_nothing
    for role, who in around.staff.items():
        expected = (200, "", {}) if role in STAFF_SEE.get(operation.name, ()) else of_nothing
        assert _ask(around, who, operation, case, ids) == expected, role


@pytest.mark.parametrize("name", LET_IN)
@pytest.mark.parametrize("operation", PERSONAL + INSIDE, ids=lambda item: item.name)
def test_drill_18_who_was_let_in_gets_no_further_than_the_scope(
    around: Neighbourhood, operation: Operation, name: str
) -> None:
    case = (CASES | NAMED_INSIDE)[operation.name]
    ids = _ids(around, operation)
    may = case.needs is not None and set(case.needs) <= set(LET_IN[name])
    if may and operation.name in WRITTEN_ONCE:
        return
    status, code, _ = _ask(around, around.let_in[name], operation, case, ids)
    if may:
        assert status == operation.status, (status, code)
    elif case.refusal != NOT_THERE:
        assert (status, code) == case.refusal
    else:
        assert status == 404, (status, code)


@pytest.mark.parametrize("code", ["", "/code"])
def test_drill_18_another_s_organisation_in_a_body_is_none(around: Neighbourhood, code: str) -> None:
    path = f"/accounts/{around.things['account']}/confirmation{code}"
    for organisation in (around.things["organisation"], around.nowhere()):
        body = {"organisation": organisation} | ({"code": "123456"} if code else {})
        for who in (around.stranger, around.gone, *around.let_in.values(), *around.staff.values()):
            with pytest.raises(RefusedError) as refused:
                who.call("POST", path, body)
            assert (refused.value.status, refused.value.code) == NOT_THERE


def test_drill_18_nobody_puts_an_account_into_another_s_group(around: Neighbourhood) -> None:
    path = f"/accounts/{around.things['account']}"
    for group in (around.things["group"], around.nowhere()):
        for who in around.let_in.values():
            with pytest.raises(RefusedError) as refused:
                who.call("PATCH", path, {"group": group})
            assert (refused.value.status, refused.value.code) == NOT_THERE


@pytest.mark.parametrize("operation", OF_STAFF, ids=lambda item: item.name)
def test_drill_18_staff_operations_know_their_roles(around: Neighbourhood, operation: Operation) -> None:
    """Refused before anything of the request is looked at."""
    others = [browser for role, browser in around.staff.items() if role not in operation.rule.roles]
    ids = {name: around.nowhere() for name in _named(operation)} | {
        "day": date(2026, 1, 1).isoformat(),
        "channel": "1.29.0",
    }
    for who in (around.owner, *others):
        assert _ask(around, who, operation, Case(), ids)[0] == 403
