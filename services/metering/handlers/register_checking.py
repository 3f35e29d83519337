"""Judging register readings of automated meters (MT-9): what does not pass is withheld until staff decide.

Billing asks for quantities only of what was judged, so that nobody is billed by a reading that no one has looked at.
"""

from __future__ import annotations

import time
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from prometheus_client import Counter

from authorisation.contexts import RequestContext, ServiceContext
from chassis.transaction import Transaction
from contracts.errors import CabinetError
from contracts.faults import fault
from contracts.identifiers import new_id
from contracts.rpc import metering as rpc
from services.metering.configuration import MeteringTools
from services.metering.domain.registers import MeterFace, check_shape
from services.metering.domain.vee.registers import Judged, Neighbour, judge
from services.metering.handlers.looking import decimals, slack
from services.metering.store import register_checking as store

JUDGED = Counter(
    "register_readings_judged_total", "Register readings of automated meters judged", ["outcome"]
)

#: Seconds that billing waits for readings to be judged.
BEFORE_BILLING: Final = 10.0
RELEASE, REPLACE = "release", "replace"


def carry_on(service: ServiceContext, tools: MeteringTools, now: datetime, until: float) -> bool:
    """Judge what came up to ``now``; False if the time (monotonic) was up before that."""
    while time.monotonic() < until:
        with service.begin() as ctx:
            if not page(ctx.tx, tools, now):
                return True
    return False


def bring_up_to_date(service: ServiceContext, tools: MeteringTools) -> None:
    """Before billing counts. Raises ``service_unavailable`` where so much waits that it must ask again."""
    if not carry_on(service, tools, service.clock.now(), time.monotonic() + BEFORE_BILLING):
        raise CabinetError("service_unavailable", "Register readings are still being judged.")


def page(tx: Transaction, tools: MeteringTools, now: datetime) -> bool:
    """Judge the next slice of arrivals; False once all are."""
    found = store.next_slice(tx, now)
    if found is None:
        return False
    since, until = found
    held = []
    rows = store.arrived(tx, since, until)
    for row in rows:
        profile = tools.profiles[row["provider"]]
        face = MeterFace(row["digits"], 0, row["ratio"])
        doubt = judge(
            face, profile.limits(row["resource"]), profile.jump(row["resource"]), _around(row, face)
        )
        if doubt is not None:
            held.append(
                {
                    "id": new_id(),
                    **{name: row[name] for name in ("provider", "meter", "register", "at", "version")},
                    "rule": doubt.rule,
                    "found": doubt.found,
                    "expected": doubt.expected,
                    "found_at": now,
                }
            )
    store.withhold(tx, held, now)
    store.judged(tx, until)
    JUDGED.labels("passed").inc(len(rows) - len(held))
    JUDGED.labels("withheld").inc(len(held))
    return True


def _around(row: Any, face: MeterFace) -> Judged:
    mean = None
    if row["earlier"] is not None and row["earlier_time"].days >= 7 and row["earlier"] > 0:
        mean = row["earlier"] * face.ratio / row["earlier_time"].days
    return Judged(
        value=row["value"],
        before=_neighbour(row["before"], row["before_at"], row["at"]),
        after=_neighbour(row["after"], row["after_at"], row["at"]),
        mean_day=mean,
        intervals=int(row["intervals"]) if row["intervals"] is not None else None,
        slack=slack(1, max(row["decimals"], decimals(row["value"]))),
    )


def _neighbour(value: Decimal | None, at: datetime | None, of: datetime) -> Neighbour | None:
    if value is None or at is None:
        return None
    return Neighbour(value, int(abs((of - at).total_seconds())))


def decide(ctx: RequestContext, request: rpc.DecideRegisterReadingRequest) -> dict[str, Any]:
    """Staff: a withheld reading counts as it came, or another value counts in its place. Raises ``not_found``,
    ``already_decided`` (also where the head end has corrected it), ``validation_failed``,
    ``reading_too_long``, ``reading_too_precise``."""
    row = store.finding(ctx.tx, str(request.finding), lock=True)
    if row is None:
        raise CabinetError("not_found")
    if row["decision"] is not None or row["corrected"]:
        # Only one value counts: after another one came, this one must not count again beside it.
        raise CabinetError("already_decided")
    value = request.value
    if (value is None) != (request.decision == RELEASE):
        raise fault("value", "not_allowed", "With replace, and only with it.")
    if value is None:
        store.release(ctx.tx, row)
    else:
        check_shape(MeterFace(row["digits"], max(row["decimals"], 3)), row["register"], value)
        store.replace(ctx.tx, row, value, ctx.now)
    store.decide(ctx.tx, row["finding"], request.decision, ctx.subject.id, request.reason, ctx.now)
    return dict(store.finding(ctx.tx, row["finding"]) or {})
