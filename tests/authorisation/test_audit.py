"""What staff do is told with its effect (ID-10): by commands, questions and operations, and never for customers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, ClassVar
from uuid import UUID

import pytest

from authorisation import audit
from authorisation.audit import MAX_IDS, Acting
from authorisation.contexts import RequestContext, ServiceContext
from authorisation.operations import command, operation, question
from authorisation.subject import ServiceTokens, Subject, SubjectVerifier
from chassis.clock import FixedClock
from chassis.context import CallContext, current, enter
from chassis.database import Database, make_engine
from contracts.errors import CabinetError
from contracts.events import REGISTRY
from contracts.events.staff import _StaffAction
from contracts.identifiers import new_id
from contracts.rpc.base import Request
from tests.support_code import databases
from tests.support_code.tokens import Tokens

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)


class OfficeActed(_StaffAction, frozen=True, kw_only=True):
    """Of the service below."""

    source: ClassVar[str] = "office"


class Asked(Request, frozen=True, kw_only=True):
    account: UUID | None = None
    text: str = ""
    fail: str = ""


class OfficeService:
    name = "office"
    service: ServiceContext

    def _act(self, call: RequestContext, request: Asked, what: str) -> Any:
        call.subject.require_role("operator")
        call.tx.run("insert into effect values (:what)", what=what)
        if request.fail == "refuse":
            return call.refuse("code_wrong")
        if request.fail:
            raise CabinetError(request.fail)
        return {
            "bill": "b-1",
            "text": "Оплачено",
            "accounts": 17,
            "rows": [{"account": "a-9"}, {"account": "a-9"}],
        }

    @command
    def change(self, call: RequestContext, request: Asked) -> Any:
        return self._act(call, request, "change")

    @command(idempotent=True)
    def change_once(self, call: RequestContext, request: Asked) -> Any:
        return self._act(call, request, "once")

    @command
    def own(self, call: RequestContext, request: Asked) -> Any:
        call.subject.require_person()
        call.tx.run("insert into effect values ('own')")

    @question
    def look(self, call: RequestContext, request: Asked) -> Any:
        if request.fail == "mine":
            return "mine"
        if not call.subject.use_role("operator", "administrator"):
            raise CabinetError("not_found")
        if request.fail:
            raise CabinetError(request.fail)
        return {"account": "a-1", "name": "Иванов"}

    @operation
    def in_parts(self, subject: Subject, request: Asked) -> Any:
        subject.require_role("operator")
        for part in ("first", "second"):
            with self.service.begin(subject) as call:
                call.tx.run("insert into effect values (:what)", what=part)
            if request.fail == part:
                raise CabinetError("proof_wrong")
        return {"run": "r-1"}


@pytest.fixture
def office(
    scratch_database: str, tokens: Tokens, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Any]]:
    """Calls a method as the bus does; the error as it would cross it."""
    monkeypatch.setitem(REGISTRY, ("office", audit.EVENT), OfficeActed)
    databases.rows(scratch_database, "create table effect (what text)")
    engine = make_engine(scratch_database)
    service = OfficeService()
    service.service = ServiceContext(
        Database(engine),
        FixedClock(NOW),
        SubjectVerifier(tokens.public_key, tokens.service_key),
        ServiceTokens("office", tokens.service_key),
        None,
    )

    def ask(method: str, *roles: str, key: str = "", **request: Any) -> Any:
        before = current()
        token = tokens.person("11111111-1111-4111-8111-111111111111", *roles)
        context = CallContext(request_id="req-17", subject=token, idempotency_key=key)
        try:
            return getattr(service, method)(context, **request)
        except CabinetError as error:
            return error.code
        finally:
            enter(before)

    yield ask
    engine.dispose()


@pytest.fixture
def told(scratch_database: str) -> Callable[[], list[dict[str, Any]]]:
    """What is in the outbox."""
    return lambda: [
        json.loads(body)
        for (body,) in databases.rows(scratch_database, "select body from outbox order by id")
    ]


def _effects(url: str) -> list[str]:
    return [what for (what,) in databases.rows(url, "select what from effect")]


def _short(entries: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    return [(entry["operation"], entry["kind"], entry["outcome"]) for entry in entries]


def test_id10_a_command_is_told_with_its_effect(
    office: Callable[..., Any], told: Callable[..., Any], scratch_database: str
) -> None:
    account = new_id()
    assert office("change", "operator", "accountant", account=account, text="секрет")["bill"] == "b-1"
    [entry] = told()
    assert _short([entry]) == [("change", "write", "ok")] and _effects(scratch_database) == ["change"]
    assert entry["person"] == "11111111-1111-4111-8111-111111111111"
    # The role that was needed, not all that the member has.
    assert (entry["roles"], entry["request"], entry["at"]) == (["operator"], "req-17", "2026-11-20T10:00:00Z")
    # Ids only: no text, no count.
    assert entry["targets"] == {"account": [account, "a-9"], "bill": ["b-1"]}


@pytest.mark.parametrize(
    ("fail", "effects"), [("refuse", ["change"]), ("proof_wrong", []), ("internal_error", [])]
)
def test_id10_a_failed_command_leaves_no_entry_that_says_ok(
    office: Callable[..., Any], told: Callable[..., Any], scratch_database: str, fail: str, effects: list[str]
) -> None:
    code = "code_wrong" if fail == "refuse" else fail
    assert office("change", "operator", fail=fail) == code
    assert _short(told()) == [("change", "write", code)] and _effects(scratch_database) == effects


def test_id10_a_command_said_twice_is_done_and_told_once(
    office: Callable[..., Any], told: Callable[..., Any], scratch_database: str
) -> None:
    for _ in range(3):
        office("change_once", "operator", key="key-00001")
    assert _short(told()) == [("change_once", "write", "ok")] and _effects(scratch_database) == ["once"]


def test_id10_an_effect_that_cannot_be_told_does_not_happen(
    office: Callable[..., Any], scratch_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(REGISTRY, ("office", audit.EVENT))
    with pytest.raises(LookupError):
        office("change", "operator")
    assert _effects(scratch_database) == []
    with pytest.raises(LookupError):
        office("look", "operator")


def test_id10_a_question_of_staff_is_told_before_its_answer(
    office: Callable[..., Any], told: Callable[..., Any]
) -> None:
    assert office("look", "operator")["name"] == "Иванов"
    [entry] = told()
    assert (_short([entry]), entry["targets"]) == ([("look", "read", "ok")], {"account": ["a-1"]})
    assert office("look", "operator", fail="bill_not_found") == "bill_not_found"
    assert _short(told())[1:] == [("look", "read", "bill_not_found")]


def test_id10_an_operation_tells_its_beginning_and_its_end(
    office: Callable[..., Any], told: Callable[..., Any], scratch_database: str
) -> None:
    office("in_parts", "operator")
    assert _short(told()) == [("in_parts", "write", "begun"), ("in_parts", "write", "ok")]
    office("in_parts", "operator", fail="first")
    office("in_parts", "operator", fail="second")
    assert [entry["outcome"] for entry in told()[2:]] == ["begun", "proof_wrong"] * 2
    assert len({entry["action"] for entry in told()}) == 3
    assert _effects(scratch_database) == ["first", "second", "first", "first", "second"]


def test_id10_staff_who_use_no_role_are_customers(
    office: Callable[..., Any], told: Callable[..., Any]
) -> None:
    office("own", "operator")
    assert office("look", "operator", fail="mine") == "mine"
    assert office("look", "accountant") == "not_found"
    assert told() == []


def test_id10_customers_are_not_told_of(office: Callable[..., Any], told: Callable[..., Any]) -> None:
    assert office("change") == "forbidden" == office("in_parts")
    assert office("look") == "not_found"
    assert told() == []


def test_id10_staff_who_try_what_is_not_theirs_are_told_of(
    office: Callable[..., Any], told: Callable[..., Any]
) -> None:
    assert office("change", "accountant") == "forbidden"
    [entry] = told()
    assert (entry["outcome"], entry["roles"]) == ("forbidden", ["accountant"])


def test_id10_a_role_outside_of_any_call_is_told_nowhere() -> None:
    subject = Subject("person", "p", roles=frozenset({"operator"}))
    subject.require_role("operator")
    assert subject.use_role("operator") and not subject.use_role("accountant")
    assert audit.current() is None


@pytest.mark.parametrize(
    ("value", "targets"),
    [
        ({"account": UUID(int=7)}, {"account": [str(UUID(int=7))]}),
        ({"accounts": ["a", "b", "a"]}, {"account": ["a", "b"]}),
        ({"accounts": 12, "bills": 3, "run": None}, {}),
        ({"number": "0356067000", "period": "2026-11"}, {"number": ["0356067000"], "period": ["2026-11"]}),
        ({"text": "a", "name": "b", "email": "c", "phone": "+79990001122", "csv": "d"}, {}),
        ({"account": "Иван Иванов, ул. Труда"}, {}),
        ({"account": "x" * 65}, {}),
        ({"rows": [{"bill": "b"}, "x", None, {"bill": ["c"]}]}, {"bill": ["b", "c"]}),
        ("text", {}),
        (None, {}),
        ([{"account": "a"}], {}),
    ],
)
def test_id10_targets_are_ids_and_nothing_else(value: Any, targets: dict[str, list[str]]) -> None:
    acting = Acting("office", "look", audit.READ)
    acting.about(value)
    assert acting.targets == targets


def test_id10_a_list_of_targets_is_bounded() -> None:
    acting = Acting("office", "look", audit.READ)
    acting.about({"rows": [{"account": str(number)} for number in range(1000)]})
    assert len(acting.targets["account"]) == MAX_IDS


def test_id10_every_service_can_tell() -> None:
    from deploy.local.names import DOMAIN_SERVICES

    assert {source for source, name in REGISTRY if name == audit.EVENT} == set(DOMAIN_SERVICES)


def test_id10_identity_listens_to_every_service() -> None:
    from chassis.topology import subscriptions
    from deploy.local.names import DOMAIN_SERVICES

    heard = {
        source
        for consumer, source, event in subscriptions()
        if (consumer, event) == ("identity", audit.EVENT)
    }
    assert heard == set(DOMAIN_SERVICES)
