"""One-time codes: issued over an event that only notifications can read, checked with few tries (ID-4)."""

from __future__ import annotations

from typing import Any

from chassis.house import Call
from contracts.events.identity import CodeIssued
from contracts.identifiers import new_id
from services.identity.adapters import secrets
from services.identity.configuration import IdentityTools
from services.identity.domain.limits import CODE_LIFE, CODE_TRIES
from services.identity.domain.states import CODE, move
from services.identity.store import codes as kept_codes


def issue_code(
    call: Call, tools: IdentityTools, *, purpose: str, owner: str, channel: str, address: str, language: str
) -> None:
    """Send a fresh code to the address."""
    code_id, code = new_id(), secrets.new_code()
    expires_at = call.now + CODE_LIFE
    kept_codes.add_code(
        call.tx,
        code_id,
        purpose=purpose,
        owner=owner,
        channel=channel,
        address=address,
        code_hash=secrets.digest(code, code_id),
        at=call.now,
        expires_at=expires_at,
    )
    call.tx.emit(
        CodeIssued(
            person=owner,
            at=call.now,
            channel=channel,
            purpose=purpose,
            language=language,
            sealed=tools.seal.close({"code": code, "address": address}),
            expires_at=expires_at,
        )
    )


def check_code(call: Call, owner: str, purpose: str, code: str) -> Any:
    """The row of the code if it is right, else None. A wrong try is counted and must be committed by the caller."""
    row = kept_codes.open_code(call.tx, owner, purpose)
    if row is None:
        return None
    code_id = str(row["id"])
    if row["expires_at"] <= call.now:
        kept_codes.set_code(call.tx, code_id, move(CODE, row["state"], "expired"), row["tries"])
        return None
    tries = row["tries"] + 1
    if secrets.same(row["code_hash"], secrets.digest(code, code_id)):
        kept_codes.set_code(call.tx, code_id, move(CODE, row["state"], "used"), tries)
        return row
    state = move(CODE, row["state"], "exhausted") if tries >= CODE_TRIES else row["state"]
    kept_codes.set_code(call.tx, code_id, state, tries)
    return None
