"""What forms need to know of providers."""

from __future__ import annotations

from typing import Any

from services.identity.configuration import IdentityTools
from services.identity.domain.proofs import FIELDS


def providers(tools: IdentityTools) -> dict[str, Any]:
    """What a form needs to know of each provider before anyone has signed in."""
    return {
        "providers": [
            {
                "provider": provider,
                "proof": profile.proof,
                "proof_fields": list(FIELDS[profile.proof]),
                "proof_strength": profile.proof_strength,
                "account_number_pattern": profile.account_number,
                "account_number_hint": profile.account_number_hint,
                "registration": profile.registration,
            }
            for provider, profile in tools.profiles.items()
        ]
    }
