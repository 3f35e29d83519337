"""What a method gets: its request, a transaction, who is calling, the trace."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import jwt
import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from authorisation import access
from authorisation.contexts import ServiceContext, ServiceContextProvider
from authorisation.operations import command, operation, question
from authorisation.subject import NOBODY, ServiceTokens, SubjectVerifier
from chassis import tracing
from chassis.rpc.client import Remote, RemoteService
from chassis.rpc.server import rpc as served
from chassis.subscriptions import subscribe
from contracts.errors import CabinetError
from contracts.events import REGISTRY
from contracts.events.support import AppealAnswered, StaffActed
from contracts.rpc.base import Request
from tests.support_code import databases
from tests.support_code.bus import calling
from tests.support_code.services import Running
from tests.support_code.tokens import Tokens
from tests.support_code.waiting import eventually

ACCOUNT = "6ba7b810-9dad-51d1-80b4-00c04fd430c8"


class OneAccount(Request, frozen=True, kw_only=True):
    account: UUID


class OfficeService:
    name = "office"
    speaks_for = "support"
    service: ServiceContext = ServiceContextProvider()
    back: RemoteService = Remote("backoffice")
    seen: list[Any] = []

    @question
    def who(self, call: Any) -> Any:
        return [call.subject.kind, call.subject.id, sorted(call.subject.roles)]

    @question
    def for_operators(self, call: Any) -> Any:
        call.subject.require_role("operator", "administrator")
        return "welcome"

    @command
    def touch(self, call: Any, request: OneAccount) -> Any:
        access.require(call.tx, call.subject, [str(request.account)], access.SEE)
        call.tx.emit(AppealAnswered(appeal="a", person="p", at=call.now))
        return "touched"

    @command
    def count_and_refuse(self, call: Any) -> Any:
        call.tx.run("insert into effect values ('tried')")
        return call.refuse("code_wrong")

    @command
    def fail(self, call: Any) -> Any:
        call.tx.run("insert into effect values ('failed')")
        raise CabinetError("code_wrong")

    @operation
    def ask_back(self, subject: Any) -> Any:
        return self.back.context()

    @subscribe(AppealAnswered)
    def on_answer(self, call: Any, event: AppealAnswered) -> None:
        self.seen.append((call.context.request_id, call.context.traceparent))


class BackOfficeService:
    name = "backoffice"
    has_database = False

    @served
    def context(self, call: Any) -> Any:
        return [call.request_id, call.traceparent, call.subject]


class FakeIdentityService:
    name = "identity"
    has_database = False
    scopes: list[str] = []

    @served
    def access_of(self, call: Any, person: str, account: str) -> Any:
        grant = {"via": "link", "scopes": self.scopes, "since": "2026-01-01T00:00:00+00:00", "until": None}
        return {"grants": [grant] if self.scopes else []}


@pytest.fixture
def office(
    scratch_database: str, run_service: Callable[..., Running], rpc: Callable[..., RemoteService]
) -> RemoteService:
    databases.rows(scratch_database, "create table effect (what text)")
    run_service(OfficeService)
    return rpc("office")


def _code(call: Callable[[], Any]) -> str:
    with pytest.raises(CabinetError) as caught:
        call()
    return caught.value.code


# --- who ------------------------------------------------------------------------------------------------------------


def test_the_subject_is_read_from_the_signed_token(office: RemoteService, tokens: Tokens) -> None:
    assert office.who() == ["nobody", "", []]
    with calling(tokens.person("p1", "operator")):
        assert office.who() == ["person", "p1", ["operator"]]
    with calling(tokens.service("billing")):
        assert office.who() == ["service", "billing", []]


def _forged(claims: dict[str, Any], key: str, algorithm: str) -> str:
    return jwt.encode({"exp": int(time.time()) + 60, "sub": "p1", "sid": "s"} | claims, key, algorithm)


def test_tokens_that_are_not_ours_are_refused(office: RemoteService, tokens: Tokens) -> None:
    other = Tokens()
    public_key_as_secret = "k" * 32
    for token in (
        "nonsense",
        other.person("p1"),
        other.service("billing"),
        tokens.person("p1", life=-1),
        tokens.service("billing", life=-1),
        tokens.person("p1")[:-4] + "AAAA",
        _forged({"iss": "cabinet"}, tokens.service_key, "HS256"),  # a service's key makes no person
        _forged({"iss": "cabinet-services"}, tokens.private_key, "EdDSA"),
        _forged({"iss": "cabinet"}, public_key_as_secret, "HS256"),
        jwt.encode({"iss": "cabinet", "sub": "p1", "sid": "s"}, tokens.private_key, "EdDSA"),  # for ever
        jwt.encode({"iss": "cabinet", "sub": "p1"}, "", "none"),
    ):
        with calling(token):
            assert _code(office.who) == "unauthenticated"


def test_a_token_that_expires_is_refused_though_it_was_good_before(tokens: Tokens) -> None:
    verifier = SubjectVerifier(tokens.public_key, tokens.service_key)
    token = tokens.person("p1", life=1)
    assert verifier.verify(token).id == "p1"
    assert verifier.verify("") is NOBODY
    eventually(lambda: _refused(verifier, token), 4)


def _refused(verifier: SubjectVerifier, token: str) -> bool:
    try:
        verifier.verify(token)
    except CabinetError as error:
        return error.code == "unauthenticated"
    return False


def test_a_services_own_token_is_verified_by_the_others(tokens: Tokens) -> None:
    token = ServiceTokens("billing", tokens.service_key).current()
    assert SubjectVerifier(tokens.public_key, tokens.service_key).verify(token).id == "billing"


def test_roles_are_asked_for(office: RemoteService, tokens: Tokens, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _code(office.for_operators) == "unauthenticated"
    with calling(tokens.person("p1")):
        assert _code(office.for_operators) == "forbidden"
    # That it was used is told in an event of the service, which this one has not.
    monkeypatch.setitem(REGISTRY, ("office", "staff_acted"), StaffActed)
    with calling(tokens.person("p1", "administrator")):
        assert office.for_operators() == "welcome"


# --- access -----------------------------------------------------------------------------------------------------------


def test_a_grant_that_is_not_known_yet_is_asked_for_once(
    office: RemoteService,
    tokens: Tokens,
    run_service: Callable[..., Running],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    identity = run_service(FakeIdentityService)
    with calling(tokens.person("p1")):
        assert _code(lambda: office.touch(account=ACCOUNT)) == "not_found"
        monkeypatch.setattr(FakeIdentityService, "scopes", ["see"])
        assert office.touch(account=ACCOUNT) == "touched"
        identity.stop()
        assert office.touch(account=ACCOUNT) == "touched"  # it is recorded here now


def test_late_grants_and_revocations_do_not_undo_newer_ones(scratch_database: str) -> None:
    from authorisation.subject import Subject
    from chassis.database import Database, make_engine

    database = Database(make_engine(scratch_database))
    person = Subject("person", "p1")
    days = [datetime(2026, 1, day, tzinfo=UTC) for day in range(1, 5)]
    with database.transaction() as tx:
        access.grant(tx, "p1", ACCOUNT, ["see", "pay"], days[1])
        access.revoke(tx, "p1", ACCOUNT, days[0])  # came late
        assert access.visible_accounts(tx, person) == [ACCOUNT]
        access.revoke(tx, "p1", ACCOUNT, days[2])
        access.grant(tx, "p1", ACCOUNT, ["see"], days[1])  # came late
        assert access.visible_accounts(tx, person) == []
        access.grant(tx, "p1", ACCOUNT, ["see"], days[3])
        access.require(tx, person, [ACCOUNT], access.SEE)
        with pytest.raises(access.AccessUnknownError):
            access.require(tx, person, [ACCOUNT], access.PAY)
        assert access.people_of(tx, ACCOUNT) == ["p1"]
    database.engine.dispose()


def test_the_version_of_a_change_goes_before_its_moment(scratch_database: str) -> None:
    from authorisation.subject import Subject
    from chassis.database import Database, make_engine

    database, person = Database(make_engine(scratch_database)), Subject("person", "p1")
    early, late = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)
    with database.transaction() as tx:
        access.grant(tx, "p1", ACCOUNT, ["see"], late, version=7)
        # Its moment was taken before it waited for the lock that the grant held.
        access.revoke(tx, "p1", ACCOUNT, early, version=8)
        assert access.visible_accounts(tx, person) == []
        access.grant(tx, "p1", ACCOUNT, ["see"], late, version=7)  # the same again, or asked for
        assert access.visible_accounts(tx, person) == []
        access.grant(tx, "p1", ACCOUNT, ["see"], early, version=9)
        assert access.visible_accounts(tx, person) == [ACCOUNT]
        access.revoke_all(tx, "p1", early)
        access.grant(tx, "p1", ACCOUNT, ["see"], late, version=10)  # told before the person was erased
        assert access.visible_accounts(tx, person) == []
    database.engine.dispose()


def test_people_of_an_account_can_be_asked_for_by_scope_and_by_way(scratch_database: str) -> None:
    from chassis.database import Database, make_engine

    database, day = Database(make_engine(scratch_database)), datetime(2026, 1, 1, tzinfo=UTC)
    with database.transaction() as tx:
        access.grant(tx, "owner", ACCOUNT, ["see", "pay"], day)
        access.grant(tx, "limited", ACCOUNT, ["amounts", "pay"], day)
        access.grant(tx, "guest", ACCOUNT, ["see"], day, via="grant-1")
        assert set(access.people_of(tx, ACCOUNT)) == {"owner", "limited", "guest"}
        assert set(access.people_of(tx, ACCOUNT, access.SEE)) == {"owner", "guest"}
        assert set(access.people_of(tx, ACCOUNT, access.AMOUNTS)) == {"owner", "limited", "guest"}
        assert set(access.people_of(tx, ACCOUNT, via=access.LINK)) == {"owner", "limited"}
        assert access.people_of(tx, ACCOUNT, access.SEE, via=access.LINK) == ["owner"]
    database.engine.dispose()


# --- transactions -----------------------------------------------------------------------------------------------------


def test_a_refusal_keeps_what_was_written_and_a_fault_does_not(
    office: RemoteService, scratch_database: str
) -> None:
    assert _code(office.count_and_refuse) == "code_wrong"
    assert _code(office.fail) == "code_wrong"
    assert databases.rows(scratch_database, "select what from effect") == [("tried",)]


def test_statements_do_not_run_for_ever(office: RemoteService, scratch_database: str) -> None:
    from chassis.database import Database, is_unavailable, make_engine

    database = Database(make_engine(scratch_database, statement_timeout_ms=50))
    with pytest.raises(Exception, match="statement timeout") as caught, database.transaction() as tx:
        tx.run("select pg_sleep(5)")
    assert not is_unavailable(caught.value)
    with Database(make_engine(scratch_database)).transaction() as tx:
        for setting, expected in (
            ("statement_timeout", "30s"),
            ("lock_timeout", "10s"),
            ("idle_in_transaction_session_timeout", "1min"),
            ("TimeZone", "UTC"),
        ):
            assert tx.value(f"show {setting}") == expected
        assert tx._session._connection.get_dsn_parameters()["tcp_user_timeout"] == "10000"


def test_unknown_and_missing_fields_are_named(office: RemoteService, tokens: Tokens) -> None:
    with pytest.raises(CabinetError) as caught:
        office.start("touch", wrong=1).result()
    assert caught.value.code == "validation_failed"
    found = {(fault["pointer"], fault["code"]) for fault in caught.value.fields["errors"]}
    assert found == {("/account", "required"), ("/wrong", "unknown_field")}


# --- traces -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracing.set_tracer(provider.get_tracer("test"))
    yield exporter
    tracing.set_tracer(None)


def test_request_id_and_trace_go_on_to_other_services_and_into_events(
    office: RemoteService,
    tokens: Tokens,
    run_service: Callable[..., Running],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run_service(BackOfficeService)
    run_service(FakeIdentityService)
    monkeypatch.setattr(FakeIdentityService, "scopes", ["see"])
    OfficeService.seen.clear()
    trace, token = "ab" * 16, tokens.person("p1")
    with calling(token, request_id="r-17", traceparent=f"00-{trace}-{'cd' * 8}-01"):
        request_id, traceparent, subject = office.ask_back()
        assert (request_id, traceparent.split("-")[1], subject) == ("r-17", trace, token)
        office.touch(account=ACCOUNT)
    ((request_id, traceparent),) = eventually(lambda: OfficeService.seen)
    assert (request_id, traceparent.split("-")[1]) == ("r-17", trace)


def test_spans_of_calls_and_events_hang_together(
    office: RemoteService,
    tokens: Tokens,
    run_service: Callable[..., Running],
    monkeypatch: pytest.MonkeyPatch,
    spans: InMemorySpanExporter,
) -> None:
    run_service(FakeIdentityService)
    monkeypatch.setattr(FakeIdentityService, "scopes", ["see"])
    with calling(tokens.person("p1"), traceparent=f"00-{'ab' * 16}-{'cd' * 8}-01"):
        office.touch(account=ACCOUNT)
    found = eventually(
        lambda: len(spans.get_finished_spans()) == 2 and {s.name: s for s in spans.get_finished_spans()}
    )
    call, event = found["office.touch"], found["office support.appeal_answered"]
    assert f"{call.context.trace_id:x}" == f"{event.context.trace_id:x}" == "ab" * 16
    assert f"{call.parent.span_id:x}" == "cd" * 8


def test_an_exception_in_a_span_is_recorded_without_its_text(
    office: RemoteService, spans: InMemorySpanExporter
) -> None:
    assert _code(office.fail) == "code_wrong"
    (span,) = spans.get_finished_spans()
    assert "wrong or has expired" not in span.to_json()
    assert (span.status.is_ok, dict(span.attributes or {})) == (False, {"error.type": "CabinetError"})


def test_without_tracing_nothing_of_it_is_imported() -> None:
    """It costs memory and start time in every process."""
    import subprocess
    import sys

    script = (
        "import sys, chassis.run; sys.exit(any(name.startswith('opentelemetry') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
