"""Idempotency keys (IETF draft "Idempotency-Key HTTP header"): kept in the database of the service that owns the
effect, in the transaction of the effect, so that no crash separates the two."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec

from chassis.transaction import Transaction
from contracts.errors import CabinetError

KEEP = timedelta(hours=48)

TRY_LOCK = "select pg_try_advisory_xact_lock(hashtextextended(:name, 7))"
FIND = "select fingerprint, response from idempotency where subject = :subject and key = :key"
KEEP_ANSWER = """
insert into idempotency (subject, key, fingerprint, response) values (:subject, :key, :fingerprint, :response)
"""
FORGET = "delete from idempotency where created_at < now() - :keep"


def fingerprint(operation: str, request: Any) -> str:
    """A digest of what was asked; the order of fields does not count."""
    canonical = msgspec.json.encode(request, order="sorted")
    return hashlib.sha256(operation.encode() + b"\0" + canonical).hexdigest()


def once(
    transaction: Transaction, subject: str, key: str, digest: str, act: Callable[[], Any]
) -> msgspec.Raw | Any:
    """Carry ``act`` out once for the subject's key; the same request again gets the same answer.

    Raises CabinetError ``idempotency_in_flight`` while another one runs, ``idempotency_key_reused`` for another
    request under the same key.
    """
    if not transaction.value(TRY_LOCK, name=f"{subject}/{key}"):
        raise CabinetError("idempotency_in_flight")
    known = transaction.row(FIND, subject=subject, key=key)
    if known is not None:
        if known["fingerprint"] != digest:
            raise CabinetError("idempotency_key_reused")
        return msgspec.Raw(known["response"].encode())
    answer = act()
    transaction.run(
        KEEP_ANSWER,
        subject=subject,
        key=key,
        fingerprint=digest,
        response=msgspec.json.encode(answer).decode(),
    )
    return answer


def forget_old(transaction: Transaction) -> int:
    """Drop keys older than anyone may count on; the number dropped."""
    return transaction.run(FORGET, keep=KEEP)
