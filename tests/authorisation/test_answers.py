"""What a method answers is held against what it declares."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from authorisation.contexts import ServiceContext, ServiceContextProvider
from authorisation.operations import question
from chassis.answers import AnswerMismatchError, check
from chassis.operations import declared
from chassis.rpc.client import RemoteService
from contracts.errors import CabinetError
from contracts.rpc.base import Answer, Moment
from tests.support_code.services import Running


class Line(msgspec.Struct):
    amount: Decimal


class Bill(msgspec.Struct):
    number: str
    at: Moment
    lines: list[Line] = []


GOOD = {"number": "1", "at": datetime(2026, 11, 28, tzinfo=UTC), "lines": [{"amount": Decimal("1.50")}]}


@pytest.mark.parametrize(
    "answer",
    [
        GOOD,
        Bill("1", datetime(2026, 11, 28, tzinfo=UTC)),
        msgspec.Raw(b'{"number": "1", "at": "2026-11-28T00:00:00+00:00", "lines": []}'),
    ],
    ids=["rows", "struct", "json"],
)
def test_what_fits_goes_out(answer: Any) -> None:
    check("billing.bill", Bill, answer)


@pytest.mark.parametrize(
    ("answer", "place"),
    [
        ({"at": GOOD["at"]}, "number"),
        (GOOD | {"number": 1}, r"\$\.number"),
        (GOOD | {"at": "2026-11-28T00:00:00"}, r"\$\.at"),
        (GOOD | {"run": "r"}, r"\$\.run not declared"),
        (
            GOOD | {"lines": [{"amount": "1"}, {"amount": "1", "vat": "0"}]},
            r"\$\.lines\[1\]\.vat not declared",
        ),
        (None, "Bill|object"),
    ],
)
def test_what_does_not_fit_is_named(answer: Any, place: str) -> None:
    with pytest.raises(AnswerMismatchError, match=rf"billing\.bill: .*{place}"):
        check("billing.bill", Bill, answer)


class LedgerService:
    name = "ledger"
    service: ServiceContext = ServiceContextProvider()

    @question
    def bill(self, call: Any) -> Answer[Bill]:
        return {"number": "1"}


def test_a_service_in_a_test_does_not_answer_what_it_does_not_declare(
    scratch_database: str, run_service: Callable[..., Running], rpc: Callable[..., RemoteService]
) -> None:
    run_service(LedgerService)
    with pytest.raises(CabinetError, match="internal_error"):
        rpc("ledger").bill()


def test_a_method_must_say_what_it_takes_and_answers() -> None:
    def unsaid(self: Any, call: Any, request: dict[str, Any]) -> Answer[Bill]:
        return {}

    def silent(self: Any, call: Any):  # type: ignore[no-untyped-def]
        return {}

    for method in (unsaid, silent):
        with pytest.raises(TypeError, match="annotated"):
            declared(method, "question")
    assert LedgerService.bill.declaration.answer is Bill  # type: ignore[attr-defined]
