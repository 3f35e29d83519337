"""Drill 2 in its short form; the full one is ``python -m drills.ami --readings 1000000``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from drills import ami_plan
from drills.ami_plan import Counts

HEAD_END, TODAY = "hes-chel-1", date(2026, 11, 20)


@pytest.mark.slow
def test_mt_8_drill_kills_lose_nothing_and_double_nothing(
    run_drill: Callable[..., dict[str, Any]], drill_home: Path
) -> None:
    kills = ["--consumer-kills", "3", "--broker-kills", "1", "--database-kills", "1"]
    said = run_drill("ami", "--readings", "20000", *kills, "--within", "60", "--home", str(drill_home))
    assert {part: one["count"] for part, one in said["kills"].items()} == {
        "metering": 3,
        "broker": 1,
        "database": 1,
    }
    assert said["readings"] >= 20_000
    parts = said["accepted"] + said["duplicates"] + said["corrected"] + said["rejected"]
    assert parts == said["readings"]
    assert said["receipts"] == said["batches"]
    assert min(said["sent_twice"], said["corrected"], said["rejected"]) > 0


def test_mt_8_drill_the_plan_has_all_that_it_promises() -> None:
    plan = ami_plan.make(100_000, 10, HEAD_END, 7, TODAY)
    assert len(plan.chunks) == 11
    sent = [message for chunk in plan.chunks for message in chunk]
    times = Counter(message.batch for message in sent)
    assert set(times.values()) == {1, 2}
    assert sum(times.values()) - len(times) == plan.repeated
    assert 0.01 < plan.repeated / len(times) < 0.03
    total = sum((message.expected for message in plan.batches.values()), Counts())
    assert 0 <= total.values - 100_000 + total.rejected // ami_plan.SLOTS < ami_plan.VALUES
    assert total.accepted == plan.stored == len(plan.amounts) * ami_plan.VALUES
    assert total.corrected == plan.corrections * (ami_plan.CORRECTED_SLOTS + 1) > 0
    assert total.rejected > 0


def test_mt_8_drill_a_correction_comes_two_chunks_after_what_it_corrects_at_the_earliest() -> None:
    plan = ami_plan.make(100_000, 10, HEAD_END, 7, TODAY)
    chunk_of = {message.batch: number for number, chunk in enumerate(plan.chunks) for message in chunk}
    corrections = [message for message in plan.batches.values() if message.after is not None]
    assert len(corrections) == plan.corrections == len({message.after for message in corrections})
    assert min(chunk_of[one.batch] - chunk_of[one.after] for one in corrections if one.after) == 2


def test_mt_8_drill_the_same_seed_makes_the_same_readings() -> None:
    one, other = (ami_plan.make(20_000, 3, HEAD_END, 7, TODAY) for _ in range(2))
    assert one.amounts == other.amounts
    assert one.amounts != ami_plan.make(20_000, 3, HEAD_END, 8, TODAY).amounts
