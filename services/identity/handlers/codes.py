"""One-time codes and links: issued over an event that only notifications can read, checked with few tries (ID-4)."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from authorisation.contexts import RequestContext
from contracts.identifiers import new_id
from contracts.transitions import NEW
from services.identity.adapters import phones, secrets
from services.identity.configuration import IdentityTools
from services.identity.domain.limits import CODE_TRIES
from services.identity.domain.lives import CODE_LIFE, LINK_LIFE
from services.identity.domain.states import CODE
from services.identity.handlers.limits import limit
from services.identity.store import codes as kept_codes


def limit_sends(ctx: RequestContext, channel: str, address: str) -> None:
    """Count a message that is about to be asked for: of the address, of the caller, of the block of numbers.

    Raises ``too_many_requests``.
    """
    block = phones.block_of(address) if channel == "phone" else ""
    limit(ctx, ("send_code", address), ("send_client", ctx.context.client), ("send_block", block))


def limit_tries(ctx: RequestContext) -> None:
    """Count a code or link that a caller tries. Raises ``too_many_requests``."""
    limit(ctx, ("try_client", ctx.context.client))


def issue_code(
    ctx: RequestContext,
    tools: IdentityTools,
    *,
    purpose: str,
    owner: str,
    channel: str,
    address: str,
    language: str,
    instead: str = "",
    life: timedelta = CODE_LIFE,
    page: str = "",
) -> None:
    """Send a fresh code to the address; with ``page``, a link to that page of the cabinet that fills it in, too.

    ``instead`` is the purpose to announce in place of this one, at the same cost: then no code opens anything.
    """
    code = secrets.new_code()
    sealed = {"code": code}
    if page:
        sealed["link"] = f"{tools.cabinet_url}/{page}#id={owner}&code={code}"
    _issue(ctx, tools, new_id(), code, sealed, purpose, owner, channel, address, language, instead, life)


def issue_link(
    ctx: RequestContext,
    tools: IdentityTools,
    *,
    purpose: str,
    owner: str,
    channel: str,
    address: str,
    language: str,
    page: str,
    instead: str = "",
    life: timedelta = LINK_LIFE,
) -> None:
    """Send a link to a page of the cabinet, with a secret behind the ``#``: browsers keep that to themselves, so it
    is in no log on the way, and what merely looks at the link sets nothing off."""
    link_id, secret = new_id(), secrets.new_secret()
    sealed = {"link": f"{tools.cabinet_url}/{page}#token={link_id}.{secret}"}
    _issue(ctx, tools, link_id, secret, sealed, purpose, owner, channel, address, language, instead, life)


def _issue(
    ctx: RequestContext,
    tools: IdentityTools,
    code_id: str,
    secret: str,
    sealed: dict[str, str],
    purpose: str,
    owner: str,
    channel: str,
    address: str,
    language: str,
    instead: str,
    life: timedelta,
) -> None:
    kept_codes.add_code(
        ctx.tx,
        code_id,
        purpose=purpose,
        owner=owner,
        channel=channel,
        address=address,
        code_hash=secrets.digest(secrets.new_secret() if instead else secret, code_id),
        at=ctx.now,
        expires_at=ctx.now + life,
        replaced=CODE.move("issued", "replaced"),
    )
    ctx.tx.emit(
        CODE.edge(NEW, "sent").tell(
            person=owner,
            at=ctx.now,
            channel=channel,
            purpose=instead or purpose,
            language=language,
            sealed=tools.seal.close({**sealed, "address": address}),
            expires_at=ctx.now + life,
        )
    )


def check_code(ctx: RequestContext, owner: str, purpose: str, code: str) -> Any:
    """The row of the code if it is right, else None. A wrong try is counted and must be committed by the caller."""
    row = kept_codes.open_code(ctx.tx, owner, purpose)
    return None if row is None else _checked(ctx, row, code)


def owner_of_link(ctx: RequestContext, token: str, purpose: str) -> str | None:
    """Whose link it is said to be; nothing is proven yet. The owner is locked before the link is checked."""
    code_id = _id_of(token)
    row = kept_codes.code(ctx.tx, code_id) if code_id else None
    return None if row is None or row["purpose"] != purpose else str(row["owner"])


def check_link(ctx: RequestContext, token: str, purpose: str) -> Any:
    """The row of the link if its secret is right, else None; see ``check_code``."""
    code_id = _id_of(token)
    row = kept_codes.code(ctx.tx, code_id, lock=True) if code_id else None
    if row is None or row["purpose"] != purpose or row["state"] != "issued":
        return None
    return _checked(ctx, row, token.partition(".")[2])


def _checked(ctx: RequestContext, row: Any, secret: str) -> Any:
    code_id = str(row["id"])
    if row["expires_at"] <= ctx.now:
        kept_codes.set_code(ctx.tx, code_id, CODE.move(row["state"], "expired"), row["tries"])
        return None
    tries = row["tries"] + 1
    if secrets.same(row["code_hash"], secrets.digest(secret, code_id)):
        kept_codes.set_code(ctx.tx, code_id, CODE.move(row["state"], "used"), tries)
        return row
    state = CODE.move(row["state"], "exhausted") if tries >= CODE_TRIES else row["state"]
    kept_codes.set_code(ctx.tx, code_id, state, tries)
    return None


def _id_of(token: str) -> str:
    try:
        return str(uuid.UUID(token.partition(".")[0]))
    except ValueError:
        return ""
