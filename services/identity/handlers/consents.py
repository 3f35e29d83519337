"""Consents: versioned records, given and taken back (ID-9)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from authorisation.contexts import RequestContext
from contracts.errors import CabinetError
from contracts.identifiers import new_id
from contracts.rpc.identity.registration import Consent
from services.identity.configuration import IdentityTools
from services.identity.domain.consents import DOCUMENTS, FOLLOWS, PERSONAL_DATA, USER_AGREEMENT, missing
from services.identity.domain.states import CONSENT
from services.identity.handlers.profile import myself
from services.identity.store import consents, people


def check_documents(tools: IdentityTools, given: Sequence[Consent], provider: str) -> None:
    """Consents that come with a registration. Raises ``consent_unknown``; ``consent_required`` with ``documents``
    where the supplier's profile asks for others."""
    known = _known(tools)
    documents = [one.document for one in given]
    if len(set(documents)) != len(documents) or not set(documents) <= known - {USER_AGREEMENT}:
        raise CabinetError("consent_unknown")
    if not provider:
        return
    profile = tools.profiles.get(provider)
    if profile is None:
        raise CabinetError("unknown_provider")
    required = [(entry.document, entry.version) for entry in profile.consents if entry.required]
    lacking = missing(required, [(one.document, one.version) for one in given])
    if lacking:
        raise CabinetError("consent_required", documents=lacking)


def give_consent(ctx: RequestContext, tools: IdentityTools, document: str, version: str) -> dict[str, Any]:
    """Consent to a version; it takes the place of an earlier one. The same again changes nothing."""
    person = myself(ctx, lock=True)
    if document not in _known(tools):
        raise CabinetError("consent_unknown")
    before = consents.in_force(ctx.tx, str(person["id"]), document)
    if before is None or before["version"] != version:
        if before is not None:
            consents.set_consent_state(ctx.tx, before["id"], CONSENT.move(before["state"], "replaced"), None)
        fresh = {
            "id": new_id(),
            "person": str(person["id"]),
            "document": document,
            "version": version,
            "given_at": ctx.now,
            "given_from": ctx.context.client,
        }
        consents.add_consents(ctx.tx, [fresh])
    return {"document": document, "version": version}


def revoke_consent(ctx: RequestContext, document: str) -> dict[str, Any]:
    """Take it back; ``follows`` says, as codes, what comes of that. Raises ``consent_not_given``, and
    ``agreement_needed`` for the user agreement, without which there is no cabinet."""
    person = myself(ctx, lock=True)
    if document == USER_AGREEMENT:
        raise CabinetError("agreement_needed")
    before = consents.in_force(ctx.tx, str(person["id"]), document)
    if before is None:
        raise CabinetError("consent_not_given")
    consents.set_consent_state(ctx.tx, before["id"], CONSENT.move(before["state"], "revoked"), ctx.now)
    if document == PERSONAL_DATA:
        # What the contract does not need was kept by this consent alone.
        people.set_profile(ctx.tx, str(person["id"]), {"patronymic": "", "birth_date": None, "sex": None})
    return {
        "document": document,
        "revoked_at": ctx.now.isoformat(),
        "follows": list(FOLLOWS.get(document, ())),
    }


def _known(tools: IdentityTools) -> set[str]:
    return {
        *DOCUMENTS,
        *(entry.document for profile in tools.profiles.values() for entry in profile.consents),
    }
