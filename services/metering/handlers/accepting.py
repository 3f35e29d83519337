"""What all ways of sending a reading share: place it in a period, judge it by the rules, store it, announce it.

One reading or fifty thousand: the number of statements is the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from authorisation.contexts import RequestContext
from chassis.clock import local_day
from contracts.errors import CabinetError
from contracts.events.metering import ReadingAccepted, RegisterValue
from contracts.identifiers import new_id
from contracts.periods import period_of
from contracts.sources import CONTROL, ESTIMATE, PEOPLE
from contracts.wording import word
from services.metering.configuration import MeteringTools
from services.metering.domain.jumps import FLOOR_DAYS, HISTORY, Step, expected
from services.metering.domain.moments import CLOCK_SKEW
from services.metering.domain.registers import Assessed, MeterFace, RegisterState, assess, used_between
from services.metering.domain.windows import Assigned
from services.metering.store import readings, unconfirmed


@dataclass(frozen=True)
class Sent:
    """A value for every register of a meter, and the period that they count for."""

    meter: Any
    values: dict[str, Decimal]
    taken_at: datetime
    assigned: Assigned
    source: str
    person: str | None
    confirmed: bool = False

    @property
    def key(self) -> tuple[str, str]:
        """(meter, period)."""
        return self.meter["id"], self.assigned.period

    @property
    def face(self) -> MeterFace:
        """What the meter can show."""
        return MeterFace(self.meter["digits"], self.meter["decimals"], self.meter["ratio"])


def face_of(meter: Any) -> MeterFace:
    """What a meter can show."""
    return MeterFace(meter["digits"], meter["decimals"], meter["ratio"])


def assign(
    tools: MeteringTools,
    meter: Any,
    source: str,
    taken_at: datetime,
    sent_at: datetime,
    period: str | None = None,
) -> Assigned:
    """The period of a reading, and whether it is in time for it. Raises ``window_closed``, for customers only.

    A customer's reading counts by the day on which it is *sent*. What staff enter counts by the day on which it was
    *taken*, or for the ``period`` that they name; no day is closed to them. An inspector's reading and an estimate
    are nobody's reading in time.
    """
    zone, window = tools.core[meter["provider"]].zone, tools.profiles[meter["provider"]].days
    if source in PEOPLE:
        found = window.assign(local_day(sent_at, zone))
    else:
        day = local_day(taken_at, zone)
        placed = window.period(day)
        in_time = window.span(day).in_time and period in (None, placed) and source not in (CONTROL, ESTIMATE)
        found = Assigned(period or placed, in_time, False)
    # A meter has no readings of the time before it: those of its first days count for its first month.
    return replace(found, period=max(found.period, period_of(meter["installed_on"])))


def check_moment(ctx: RequestContext, taken_at: datetime) -> None:
    """Raise ``reading_in_future``."""
    if taken_at > ctx.now + CLOCK_SKEW:
        raise CabinetError("reading_in_future")


def judge(
    ctx: RequestContext, tools: MeteringTools, sent: Sequence[Sent]
) -> list[list[Assessed] | CabinetError]:
    """For each: its values with what they make, or the error of the first rule that it breaks."""
    around: dict[str, dict[str, Any]] = {}
    for row in readings.around(ctx.tx, [item.key for item in sent]) if sent else ():
        around.setdefault(row["meter"], {})[row["register"]] = row
    states = [_states(tools, item, around.get(item.meter["id"], {})) for item in sent]
    # Only what is above the floor needs a history to be judged.
    high = [
        item.meter["id"] for item, known in zip(sent, states, strict=True) if _above_floor(tools, item, known)
    ]
    history: dict[tuple[str, str], list[Step]] = {}
    for row in readings.steps(ctx.tx, high, ctx.now - HISTORY) if high else ():
        step = Step(row["until"].astimezone(UTC).date(), row["days"], row["used"])
        history.setdefault((row["meter"], row["register"]), []).append(step)
    found: list[list[Assessed] | CabinetError] = []
    for item, known in zip(sent, states, strict=True):
        full = {
            code: replace(
                state,
                expected=expected(
                    history.get((item.meter["id"], code), ()),
                    item.taken_at.astimezone(UTC).date(),
                    state.days,
                ),
            )
            for code, state in known.items()
        }
        rule = tools.profiles[item.meter["provider"]].jump(item.meter["resource"])
        try:
            found.append(assess(item.face, full, item.values, rule))
        except CabinetError as error:
            found.append(error)
    return found


def _states(tools: MeteringTools, item: Sent, rows: dict[str, Any]) -> dict[str, RegisterState]:
    zone = tools.core[item.meter["provider"]].zone
    day = local_day(item.taken_at, zone)
    return {
        code: RegisterState(
            code,
            row["zone"],
            row["previous"],
            days=max((day - local_day(row["previous_at"], zone)).days, 1)
            if row["previous_at"]
            else max((day - item.meter["installed_on"]).days, FLOOR_DAYS),
            following=row["following"],
            control=row["control"] if item.source != CONTROL else None,
        )
        for code, row in rows.items()
    }


def _above_floor(tools: MeteringTools, item: Sent, states: dict[str, RegisterState]) -> bool:
    rule = tools.profiles[item.meter["provider"]].jump(item.meter["resource"])
    for code, state in states.items():
        value = item.values.get(code)
        if value is None or not value.is_finite() or state.previous is None:
            continue
        used = used_between(item.face, state.previous, value)
        if used is not None and rule.unusual(used, state.days, None):
            return True
    return False


def jumps_of(assessed: Sequence[Assessed]) -> list[str]:
    """The registers whose use is unusual for the customer."""
    return [item.register for item in assessed if item.jump]


def store(ctx: RequestContext, taken: Sequence[tuple[Sent, list[Assessed]]]) -> list[dict[str, Any]]:
    """Keep the readings as those of their periods, and announce them; what each becomes, for its sender.

    An earlier submission of the same period is kept, but no longer counts.
    """
    if not taken:
        return []
    corrected = readings.supersede(ctx.tx, [(*item.key, item.source) for item, _ in taken], ctx.now)
    unconfirmed.drop(ctx.tx, [item.meter["id"] for item, _ in taken])
    ids = [new_id() for _ in taken]
    readings.add_submissions(
        ctx.tx,
        [
            {
                "id": reading,
                "meter": item.meter["id"],
                "account": item.meter["account"],
                "period": item.assigned.period,
                "taken_at": item.taken_at,
                "source": item.source,
                "in_time": item.assigned.in_time,
                "person": item.person,
                "created_at": ctx.now,
            }
            for reading, (item, _) in zip(ids, taken, strict=True)
        ],
    )
    readings.add_submitted(
        ctx.tx,
        [
            readings.NewReading(
                item.meter["id"],
                one.register,
                item.taken_at,
                one.value,
                item.assigned.period,
                item.source,
                reading,
            )
            for reading, (item, assessed) in zip(ids, taken, strict=True)
            for one in assessed
        ],
        ctx.now,
    )
    answers = []
    for reading, (item, assessed) in zip(ids, taken, strict=True):
        values = [
            RegisterValue(
                register=one.register,
                zone=one.zone,
                value=one.value,
                previous=one.previous,
                consumption=one.consumption,
            )
            for one in assessed
        ]
        ctx.tx.emit(_event(reading, item, values))
        answers.append(_answer(ctx, reading, item, values, item.meter["id"] in corrected))
    return answers


def _event(reading: str, item: Sent, values: list[RegisterValue]) -> ReadingAccepted:
    return ReadingAccepted(
        reading=reading,
        account=item.meter["account"],
        provider=item.meter["provider"],
        meter=item.meter["id"],
        serial=item.meter["serial"],
        resource=item.meter["resource"],
        unit=item.meter["unit"],
        period=item.assigned.period,
        taken_at=item.taken_at,
        origin=item.source,
        in_time=item.assigned.in_time,
        values=values,
        person=item.person,
    )


def _answer(
    ctx: RequestContext, reading: str, item: Sent, values: list[RegisterValue], corrects: bool
) -> dict[str, Any]:
    return {
        "reading": reading,
        "account": item.meter["account"],
        "meter": item.meter["id"],
        "serial": item.meter["serial"],
        "resource": item.meter["resource"],
        "unit": item.meter["unit"],
        "period": item.assigned.period,
        "in_time": item.assigned.in_time,
        "kept": item.assigned.kept,
        "message": "kept_for_next_window" if item.assigned.kept else "reading_taken",
        "taken_at": item.taken_at,
        "source": item.source,
        "source_name": word(ctx.context.language, "source", item.source),
        "corrects_earlier": corrects,
        "values": values,
    }


def override(ctx: RequestContext, meter: Any, values: dict[str, Decimal], at: datetime) -> None:
    """An inspector has read the meter: what people sent before and what cannot be true beside it no longer counts."""
    face = face_of(meter)
    wrong = [
        (row["register"], row["at"], row["version"])
        for row in readings.by_people(ctx.tx, meter["id"], at)
        if row["register"] in values and used_between(face, row["value"], values[row["register"]]) is None
    ]
    if wrong:
        readings.withdraw(ctx.tx, meter["id"], wrong, ctx.now)


def moment_of(day: date, zone: Any) -> datetime:
    """The beginning of a local day."""
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
