"""Limits on tries and sends: (how many, within how long). Counted over all callers."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

CODE_TRIES: Final = 5
# kind of attempt -> limits that all must hold
LIMITS: Final[dict[str, list[tuple[int, timedelta]]]] = {
    # To one phone or e-mail address, whoever asks.
    "send_code": [(5, timedelta(minutes=10)), (10, timedelta(days=1))],
    # By one caller, to whatever addresses.
    "send_client": [(30, timedelta(hours=1))],
    # To one block of ten thousand numbers: whoever earns by received SMS owns whole blocks.
    "send_block": [(50, timedelta(hours=1)), (200, timedelta(days=1))],
    # Codes and links that a caller tries, whosever they are.
    "try_client": [(100, timedelta(hours=1))],
    # One's own password, asked again.
    "password": [(10, timedelta(minutes=10))],
    # Links to documents, by person.
    "document_link": [(60, timedelta(minutes=10))],
    "export": [(5, timedelta(hours=1))],
    # Signing in: one name from one address, one address, one name from anywhere. The last does not hold where the
    # person was signed in before, so that a stranger cannot lock an owner out by trying.
    "sign_in_here": [(10, timedelta(minutes=10))],
    "sign_in_client": [(100, timedelta(minutes=10))],
    "sign_in": [(100, timedelta(hours=1))],
    # Codes of a second factor, by person: whoever tries has the password already.
    "second_factor": [(10, timedelta(minutes=10)), (50, timedelta(days=1))],
    # Linking an account: by one person, by one caller, of one account, whoever tries.
    "link_person": [(10, timedelta(hours=1))],
    "link_client": [(30, timedelta(hours=1))],
    "link_account": [(10, timedelta(hours=1))],
    # Accounts of a provider with a wrong proof, each once: what is counted last pauses linking for the provider.
    "missed_account": [(1, timedelta(minutes=10))],
    "missed_provider": [(100, timedelta(minutes=10))],
    "link_pause": [(1, timedelta(minutes=10))],
    # Offers of access and invitations: that one person sends, that one address gets.
    "invite_person": [(20, timedelta(days=1))],
    "invite_address": [(5, timedelta(days=1))],
}
MAX_GRANTS: Final = 20  # of one account
ORGANISATION_NAME_LENGTH: Final = 200
MAX_ORGANISATIONS: Final = 10  # made by one person
MAX_MEMBERS: Final = 50
MAX_ORGANISATION_ACCOUNTS: Final = 500
