"""What the head end of the drill sends, and what must come of it."""

from __future__ import annotations

import itertools
import json
import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

ZONE: Final = ZoneInfo("Asia/Yekaterinburg")
CHANNEL, REGISTER = "1.29.0", "1.8.0"
SLOTS: Final = 48
VALUES: Final = SLOTS + 1  # and the reading of the register at the day's end
CORRECTED_SLOTS: Final = 3
DUPLICATES, CORRECTIONS, UNKNOWN = 0.02, 0.02, 0.02
METERS: Final = 500

Day = tuple[str, date]


@dataclass(frozen=True)
class Counts:
    """Of values; what a receipt says."""

    accepted: int = 0
    duplicates: int = 0
    corrected: int = 0
    rejected: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.accepted + other.accepted,
            self.duplicates + other.duplicates,
            self.corrected + other.corrected,
            self.rejected + other.rejected,
        )

    @property
    def values(self) -> int:
        """All of them."""
        return self.accepted + self.duplicates + self.corrected + self.rejected


@dataclass(frozen=True)
class Message:
    """A batch, the counts that its receipt must have, and the batch that must be answered before it is sent."""

    batch: str
    body: bytes
    expected: Counts
    after: str | None = None


@dataclass
class Plan:
    """Messages in chunks, one more than there are kills; and what is stored at the end."""

    chunks: list[list[Message]] = field(default_factory=list)
    amounts: dict[Day, list[int]] = field(default_factory=dict)
    registers: dict[Day, int] = field(default_factory=dict)
    corrections: int = 0
    repeated: int = 0

    @property
    def batches(self) -> dict[str, Message]:
        """Each batch once."""
        return {message.batch: message for chunk in self.chunks for message in chunk}

    @property
    def stored(self) -> int:
        """Values that must be stored, exactly."""
        return sum(map(len, self.amounts.values())) + len(self.registers)


def serial(number: int) -> str:
    """Of a meter in place."""
    return f"{830_000_000 + number}"


def make(readings: int, kills: int, head_end: str, seed: int, today: date) -> Plan:
    """Batches with ``readings`` values among them, a few more at most."""
    dice = random.Random(seed)
    plan = Plan()
    count = max(-(-readings // VALUES), kills + 1)
    fresh = _days(today)
    # A correction follows the receipt of what it corrects, so that one is of an earlier chunk.
    recent: list[tuple[str, Day]] = []
    answered: list[tuple[str, Day]] = []
    for number in range(kills + 1):
        chunk: list[Message] = []
        mine: list[tuple[str, Day]] = []
        for _ in range(count * number // (kills + 1), count * (number + 1) // (kills + 1)):
            kind = dice.random()
            if kind < CORRECTIONS and answered:
                chunk.append(_correction(plan, dice, head_end, *answered.pop(dice.randrange(len(answered)))))
            elif CORRECTIONS <= kind < CORRECTIONS + UNKNOWN:
                chunk.append(_unknown(dice, head_end))
            else:
                chunk.append(_fresh(plan, dice, head_end, next(fresh)))
                mine.append((chunk[-1].batch, _last(plan)))
        for message in dice.sample(chunk, int(len(chunk) * DUPLICATES + dice.random())):
            chunk.insert(dice.randrange(chunk.index(message) + 1, len(chunk) + 1), message)
            plan.repeated += 1
        answered, recent = answered + recent, mine
        plan.chunks.append(chunk)
    return plan


def _days(today: date) -> Iterator[Day]:
    """All meters' day, and that before it, and so on."""
    for back in itertools.count(2):
        for number in range(METERS):
            yield serial(number), today - timedelta(days=back)


def _last(plan: Plan) -> Day:
    return next(reversed(plan.amounts))


def _fresh(plan: Plan, dice: random.Random, head_end: str, day: Day) -> Message:
    plan.amounts[day] = [dice.randrange(2_500) for _ in range(SLOTS)]
    plan.registers[day] = dice.randrange(10_000_000)
    return _message(head_end, [_run(day[0], day[1], plan.amounts[day]), _reading(plan, day)], Counts(VALUES))


def _correction(plan: Plan, dice: random.Random, head_end: str, batch: str, day: Day) -> Message:
    for slot in dice.sample(range(SLOTS), CORRECTED_SLOTS):
        plan.amounts[day][slot] += 5_000
    plan.registers[day] += 1
    plan.corrections += 1
    expected = Counts(duplicates=SLOTS - CORRECTED_SLOTS, corrected=CORRECTED_SLOTS + 1)
    return _message(
        head_end, [_run(day[0], day[1], plan.amounts[day]), _reading(plan, day)], expected, after=batch
    )


def _unknown(dice: random.Random, head_end: str) -> Message:
    entry = _run(f"{990_000_000 + dice.randrange(10**6)}", date(2026, 1, 1), [1] * SLOTS)
    return _message(head_end, [entry], Counts(rejected=SLOTS))


def _message(
    head_end: str, entries: list[dict[str, object]], expected: Counts, after: str | None = None
) -> Message:
    batch = str(uuid.uuid4())
    body = {
        "batch": batch,
        "head_end": head_end,
        "sent_at": datetime.now(ZONE).isoformat(),
        "readings": entries,
    }
    return Message(batch, json.dumps(body).encode(), expected, after)


def _run(meter: str, day: date, amounts: list[int]) -> dict[str, object]:
    return {
        "meter": meter,
        "obis": f"1-0:{CHANNEL}",
        "from": datetime.combine(day, time(), ZONE).isoformat(),
        "step": "PT30M",
        "values": [_text(amount) for amount in amounts],
    }


def _reading(plan: Plan, day: Day) -> dict[str, object]:
    end = datetime.combine(day[1] + timedelta(days=1), time(), ZONE)
    return {
        "meter": day[0],
        "obis": f"1-0:{REGISTER}",
        "at": end.isoformat(),
        "value": _text(plan.registers[day]),
    }


def _text(amount: int) -> str:
    return f"{amount // 1000}.{amount % 1000:03}"
