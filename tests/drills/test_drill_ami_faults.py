"""The AMI drill notices what it is there to notice."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from drills import ami_plan
from drills.ami import Drill

PLAN = ami_plan.make(20_000, 3, "hes-chel-1", 7, date(2026, 11, 20))


class Looking(Drill):
    """A drill that is over, with what it would find in broker and database."""

    def __init__(self) -> None:
        self._plan = PLAN
        self._head_end: Any = SimpleNamespace(
            receipts={batch: message.expected for batch, message in PLAN.batches.items()}, differing=[]
        )
        self.resumed = [("metering", 2.0, 3.0), ("broker", 8.0, 12.0)]
        self.amounts = {day: list(values) for day, values in PLAN.amounts.items()}
        self.registers = dict(PLAN.registers)
        self.old = PLAN.corrections
        self.depths = {"ami.readings": 0, "ami.readings.dead": 0}

    def _rows(self, sql: str) -> list[Any]:
        if "count(*)" in sql:
            return [(self.old,)]
        if "interval_day" in sql:
            return [(serial, day, values) for (serial, day), values in self.amounts.items()]
        return [(serial, day, Decimal(value) / 1000) for (serial, day), value in self.registers.items()]

    def _depth(self, queue: str) -> int:
        return self.depths[queue]


def first(drill: Looking) -> Any:
    return next(iter(drill.amounts))


def lose_a_value(drill: Looking) -> None:
    drill.amounts[first(drill)][0] = None  # type: ignore[call-overload]


def change_a_value(drill: Looking) -> None:
    drill.amounts[first(drill)][0] += 1


def lose_a_day(drill: Looking) -> None:
    del drill.amounts[first(drill)]


def lose_a_register(drill: Looking) -> None:
    del drill.registers[next(iter(drill.registers))]


def lose_an_old_version(drill: Looking) -> None:
    drill.old -= 1


def lose_a_receipt(drill: Looking) -> None:
    del drill._head_end.receipts[next(iter(drill._head_end.receipts))]


def count_a_value_twice(drill: Looking) -> None:
    batch, counts = next(iter(drill._head_end.receipts.items()))
    drill._head_end.receipts[batch] = replace(counts, accepted=counts.accepted + 1)


def receipt_of_nothing(drill: Looking) -> None:
    drill._head_end.receipts["nobody's"] = ami_plan.Counts()


def two_receipts(drill: Looking) -> None:
    drill._head_end.differing.append("one")


def dead_letter(drill: Looking) -> None:
    drill.depths["ami.readings.dead"] = 1


def left_in_the_queue(drill: Looking) -> None:
    drill.depths["ami.readings"] = 1


def slow_to_resume(drill: Looking) -> None:
    drill.resumed.append(("metering", 2.0, 11.0))


@pytest.mark.parametrize(
    "harm",
    [
        lose_a_value, change_a_value, lose_a_day, lose_a_register, lose_an_old_version, lose_a_receipt,
        count_a_value_twice, receipt_of_nothing, two_receipts, dead_letter, left_in_the_queue, slow_to_resume,
    ],
)  # fmt: skip
def test_mt_8_drill_notices_each_kind_of_harm(harm: Any) -> None:
    drill = Looking()
    assert drill.faults(10) == []
    harm(drill)
    assert drill.faults(10)
