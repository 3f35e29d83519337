"""Is it the person's own account? The provider's proof is checked by the service that knows (ID-6).

A number that does not exist and a proof that is wrong are the same to the caller: the same words and the same work.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import msgspec
import structlog
from prometheus_client import Counter

from authorisation.contexts import RequestContext, ServiceContext
from authorisation.subject import Subject
from chassis import attempts
from chassis.attempts import Claim
from contracts.errors import CabinetError
from contracts.rpc.identity.accounts import ProvenRequest
from services.identity.configuration import IdentityProfile, IdentityTools
from services.identity.domain.account_numbers import NumberFormatError, read_number
from services.identity.domain.limits import LIMITS
from services.identity.domain.proofs import ADDRESS, LAST_PAYMENT, ProofIncompleteError, read_proof
from services.identity.handlers.limits import limit, used_up

log = structlog.get_logger(__name__)

PAUSES = Counter("linking_pauses_total", "Linking paused after wrong proofs for many accounts", ["provider"])
WRONG = Counter("wrong_proofs_total", "Proofs that were wrong", ["provider"])


class Metering(Protocol):
    """What is asked of metering."""

    def check_meter_proof(self, *, provider: str, number: str, serial: str) -> dict[str, Any]:
        """``matches``."""


class Billing(Protocol):
    """What is asked of billing."""

    def check_payment_proof(
        self, *, provider: str, number: str, amount: str, person: str | None
    ) -> dict[str, Any]:
        """``matches``."""

    def check_address_proof(
        self, *, provider: str, number: str, house: str, letter: str, flat: str, extension: str
    ) -> dict[str, Any]:
        """``matches``."""


@dataclass(frozen=True)
class ProofServices:
    """The services that know whether a proof is right."""

    metering: Metering
    billing: Billing


def profile_of(tools: IdentityTools, provider: str) -> IdentityProfile:
    """Raises ``unknown_provider``."""
    profile = tools.profiles.get(provider)
    if profile is None:
        raise CabinetError("unknown_provider")
    return profile


def number_of(profile: IdentityProfile, text: str) -> str:
    """The account number as the provider writes it. Raises ``account_number_format`` with ``hint`` (see
    domain/account_numbers.py) and ``expected``."""
    try:
        return read_number(text, profile.account_number, profile.account_number_check)
    except NumberFormatError as error:
        raise CabinetError(
            "account_number_format", hint=error.hint, expected=profile.account_number_hint
        ) from error


def prove(
    service: ServiceContext,
    tools: IdentityTools,
    asked: ProofServices,
    subject: Subject,
    request: ProvenRequest,
) -> str:
    """The account number, tidied up, once the proof is right. To be called outside any transaction.

    Raises ``unknown_provider``, ``account_number_format``, ``proof_incomplete``, ``too_many_requests``,
    ``linking_paused``, ``proof_wrong``. Every try counts, right or wrong: of the person, the caller, the account.
    """
    provider, profile = request.provider, profile_of(tools, request.provider)
    number = number_of(profile, request.number)
    proof = request.proof if isinstance(request.proof, str) else msgspec.structs.asdict(request.proof)
    try:
        fields = read_proof(profile.proof, proof)
    except ProofIncompleteError as error:
        raise CabinetError("proof_incomplete", proof=profile.proof) from error
    with service.begin(subject) as ctx:
        _refuse_while_paused(ctx, provider)
        limit(
            ctx,
            ("link_person", subject.id),
            ("link_client", ctx.context.client),
            ("link_account", f"{provider}/{number}"),
        )
    service.use_service_token()
    if profile.proof == LAST_PAYMENT:
        answer = asked.billing.check_payment_proof(
            provider=provider, number=number, amount=fields["amount"], person=subject.id or None
        )
    elif profile.proof == ADDRESS:
        answer = asked.billing.check_address_proof(
            provider=provider,
            number=number,
            house=fields["house"],
            letter=fields["letter"],
            flat=fields["flat"],
            extension=fields["extension"],
        )
    else:
        answer = asked.metering.check_meter_proof(provider=provider, number=number, serial=fields["serial"])
    if not answer["matches"]:
        with service.begin(subject) as ctx:
            _note_wrong(ctx, provider, number)
        raise CabinetError("proof_wrong")
    return number


def _refuse_while_paused(ctx: RequestContext, provider: str) -> None:
    if used_up(ctx, "link_pause", provider):
        [(_, span)] = LIMITS["link_pause"]
        raise CabinetError("linking_paused", retry_after=int(span.total_seconds()))


def _note_wrong(ctx: RequestContext, provider: str, number: str) -> None:
    """Guesses at many accounts of one provider, by whomever, pause linking for it; the pause ends by itself."""
    WRONG.labels(provider).inc()
    if not _counted(ctx, "missed_account", f"{provider}/{number}"):
        return
    _counted(ctx, "missed_provider", provider)
    if used_up(ctx, "missed_provider", provider) and _counted(ctx, "link_pause", provider):
        PAUSES.labels(provider).inc()
        log.warning("linking_paused", provider=provider)


def _counted(ctx: RequestContext, kind: str, key: str) -> bool:
    """Count one; False if the limit is used up."""
    claims = [Claim(kind, key, most, span) for most, span in LIMITS[kind]]
    return not attempts.count(ctx.tx, claims, ctx.now)
