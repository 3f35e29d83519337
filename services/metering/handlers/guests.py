"""Readings without signing in (MT-5).

Taking one in is a limit and a row, whatever it holds: the same work and the same answer for a right proof and a wrong
one, a known account and none. A job looks at it afterwards; what does not pass waits for a member of staff.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Protocol

import structlog

from authorisation.contexts import RequestContext, ServiceContext
from chassis import attempts
from chassis.attempts import Claim
from contracts.errors import CabinetError
from contracts.identifiers import account_id, new_id
from contracts.rpc import metering as rpc
from contracts.sources import WEB_FORM
from contracts.transitions import NEW
from services.metering.configuration import MeteringTools
from services.metering.domain.guests import ADDRESS, AGAIN_AFTER, HOUR, RECEIVED, TRIES, move
from services.metering.handlers import accepting
from services.metering.handlers.accepting import Sent
from services.metering.store import guests, meters

log = structlog.get_logger(__name__)

#: Notified by a commit that leaves one to be looked at.
GUEST_READINGS = "guest_readings"
PAGE = 50
ADDRESS_FIELDS = ("house", "letter", "flat", "extension")


class AddressBook(Protocol):
    """Billing, as far as this needs it."""

    def check_address_proof(self, **asked: str) -> dict[str, Any]:
        """``matches``: is it the address of the account?"""


def receive(ctx: RequestContext, tools: MeteringTools, request: rpc.GuestReadingsRequest) -> dict[str, Any]:
    """Take it in. Raises ``unknown_provider``, ``too_many_requests`` (of this caller, account or provider)."""
    provider = request.provider
    profile = tools.profiles.get(provider)
    if profile is None:
        raise CabinetError("unknown_provider")
    claims = [
        Claim("guest_client", ctx.context.client, profile.guest.an_hour_per_client, HOUR),
        Claim("guest_account", f"{provider}/{request.number}", profile.guest.an_hour_per_account, HOUR),
        Claim("guest_provider", provider, profile.guest.an_hour_per_provider, HOUR),
    ]
    if attempts.count(ctx.tx, claims, ctx.now):
        # What is refused is not counted: the transaction takes the attempt back, and the idempotency key is free.
        raise CabinetError("too_many_requests", retry_after=int(HOUR.total_seconds()))
    guests.add(
        ctx.tx,
        {
            "id": new_id(),
            "provider": provider,
            "account_number": request.number,
            "account": account_id(provider, request.number),
            "serial": request.serial,
            "resource": request.resource,
            "proof": {name: given for name in ADDRESS_FIELDS if (given := getattr(request, name))},
            "values": request.values,
            "received_at": ctx.now,
            "state": move(NEW, "sent"),
        },
    )
    ctx.tx.notify(GUEST_READINGS)
    return {"received": True}


def look(service: ServiceContext, tools: MeteringTools, billing: AddressBook) -> None:
    """Take what passes, put the rest in the queue. Each reading is a transaction; a proof is asked for outside it."""
    while True:
        with service.begin() as ctx:
            waiting = guests.waiting(ctx.tx, ctx.now, PAGE)
        for row in waiting:
            try:
                proven = _proven(tools, billing, row)
                with service.begin() as ctx:
                    _decide(ctx, tools, row["id"], proven)
            except Exception as error:
                # One that nobody has foreseen must not hold up all others.
                log.error("guest_reading_failed", reading=row["id"], error=type(error).__name__)
                with service.begin() as ctx:
                    guests.put_off(ctx.tx, row["id"], ctx.now + AGAIN_AFTER)
        if len(waiting) < PAGE:
            return


def _proven(tools: MeteringTools, billing: AddressBook, row: Any) -> bool | None:
    """Is the proof right? None: nobody can say now. A serial proves itself when the meter is found by it."""
    if tools.profiles[row["provider"]].guest.proof != ADDRESS:
        return bool(row["serial"])
    asked = {name: row["proof"].get(name, "") for name in ADDRESS_FIELDS}
    try:
        answer = billing.check_address_proof(provider=row["provider"], number=row["account_number"], **asked)
    except CabinetError as error:
        return None if error.kind in ("unavailable", "timeout", "internal") else False
    return bool(answer["matches"])


def _decide(ctx: RequestContext, tools: MeteringTools, reading: str, proven: bool | None) -> None:
    row = guests.reading(ctx.tx, reading, lock=True)
    if row is None or row["state"] != RECEIVED:
        return
    if proven is None and row["tries"] < TRIES:
        guests.put_off(ctx.tx, reading, ctx.now + AGAIN_AFTER)
        return
    try:
        if row["tries"] >= TRIES:
            raise CabinetError("service_unavailable")
        if not proven:
            raise CabinetError("proof_wrong")
        submission = _submit(ctx, tools, row, _meter(ctx, row), confirmed=False)
    except CabinetError as error:
        guests.settle(ctx.tx, reading, move(row["state"], "doubted"), reason=error.code)
        return
    guests.settle(ctx.tx, reading, move(row["state"], "accepted"), submission=submission, at=ctx.now)


def _meter(ctx: RequestContext, row: Any) -> Any:
    """The one meter that is meant, locked. Raises ``proof_wrong``, ``not_found``."""
    found = [
        meter
        for meter in meters.of_accounts(ctx.tx, [row["account"]])
        if row["serial"] in (None, "", meter["serial"]) and row["resource"] in (None, "", meter["resource"])
    ]
    if not found and row["serial"]:
        raise CabinetError("proof_wrong")
    if len(found) != 1:
        raise CabinetError("not_found")
    meter = meters.meter(ctx.tx, found[0]["id"], lock=True)
    if meter is None or meter["removed_on"] is not None:
        raise CabinetError("not_found")
    return meter


def _submit(ctx: RequestContext, tools: MeteringTools, row: Any, meter: Any, *, confirmed: bool) -> str:
    """As of the moment it came in. Raises the code of the rule that it breaks, ``reading_jump`` unless confirmed."""
    at = row["received_at"]
    values = {code: Decimal(value) for code, value in row["values"].items()}
    sent = Sent(meter, values, at, accepting.assign(tools, meter, WEB_FORM, at, at), WEB_FORM, None)
    [verdict] = accepting.judge(ctx, tools, [sent])
    if isinstance(verdict, CabinetError):
        raise verdict
    jumps = accepting.jumps_of(verdict)
    if jumps and not confirmed:
        raise CabinetError("reading_jump", registers=jumps)
    [answer] = accepting.store(ctx, [(sent, verdict)])
    return str(answer["reading"])


def decide(ctx: RequestContext, tools: MeteringTools, request: rpc.DecideGuestRequest) -> dict[str, Any]:
    """A member of staff takes a queued reading (for the meter they name, if it is not plain) or rejects it.

    A rule that it breaks is an error, except that nothing has to be confirmed again. The proof is theirs to judge.
    """
    row = guests.reading(ctx.tx, str(request.reading), lock=True)
    if row is None:
        raise CabinetError("not_found")
    target = move(row["state"], "accepted" if request.accept else "rejected")
    submission = None
    if request.accept:
        if request.meter is None:
            meter = _meter(ctx, row)
        else:
            meter = meters.meter(ctx.tx, str(request.meter), lock=True)
            if meter is None or meter["removed_on"] is not None or meter["provider"] != row["provider"]:
                raise CabinetError("not_found")
        submission = _submit(ctx, tools, row, meter, confirmed=True)
    guests.settle(
        ctx.tx,
        row["id"],
        target,
        submission=submission,
        decided_by=ctx.subject.id,
        note=request.note,
        at=ctx.now,
    )
    return {"reading": row["id"], "state": target, "submission": submission}
