"""Errors that cross services: a stable code with fields, never another service's class.

The catalogue maps each code to the kind of fault; an HTTP status is chosen by kind at the gateway. A code, once
published, keeps its meaning.
"""

from __future__ import annotations

from typing import Any, Final

from contracts.wording import DEFAULT, problem_title

# kind -> HTTP status
KINDS: Final = {
    "invalid": 422,
    "malformed": 400,
    "timed_out": 408,
    "too_large": 413,
    "too_long": 414,
    "unsupported": 415,
    "unauthenticated": 401,
    "forbidden": 403,
    "not_found": 404,
    "conflict": 409,
    "limited": 429,
    "unavailable": 503,
    "timeout": 504,
    "internal": 500,
}

#: code -> kind. Its title stands in contracts/wording, in three languages.
CATALOGUE: Final[dict[str, str]] = {
    # of every service
    "internal_error": "internal",
    "malformed_request": "malformed",
    "validation_failed": "invalid",
    "body_too_large": "too_large",
    "uri_too_long": "too_long",
    "cursor_wrong": "invalid",
    "media_type_unsupported": "unsupported",
    "request_timeout": "timed_out",
    "unknown_method": "not_found",
    "service_unavailable": "unavailable",
    "deadline_exceeded": "timeout",
    "too_many_calls": "unavailable",
    "unauthenticated": "unauthenticated",
    "forbidden": "forbidden",
    "not_found": "not_found",
    "too_many_requests": "limited",
    "idempotency_key_missing": "malformed",
    "idempotency_key_reused": "invalid",
    "idempotency_in_flight": "conflict",
    # identity
    "password_rules": "invalid",
    "invalid_phone": "invalid",
    "code_wrong": "invalid",
    "credentials_wrong": "unauthenticated",
    "session_ended": "unauthenticated",
    "second_factor_needed": "forbidden",
    "last_administrator": "conflict",
    "proof_wrong": "invalid",
    "account_number_format": "invalid",
    "already_linked": "conflict",
    "unknown_provider": "invalid",
    "proof_incomplete": "invalid",
    "linking_paused": "unavailable",
    "already_confirmed": "conflict",
    "contact_missing": "conflict",
    "group_exists": "conflict",
    "default_group_stays": "conflict",
    "limit_reached": "conflict",
    "own_link_needed": "forbidden",
    "scopes_incomplete": "invalid",
    "until_past": "invalid",
    "offer_to_oneself": "invalid",
    "offer_over": "conflict",
    "already_member": "conflict",
    "last_director": "conflict",
    "tax_number_wrong": "invalid",
    "contact_taken": "conflict",
    "password_wrong": "invalid",
    "link_wrong": "invalid",
    "birth_date_impossible": "invalid",
    "no_change_waiting": "conflict",
    "consent_required": "invalid",
    "consent_unknown": "invalid",
    "consent_not_given": "conflict",
    "agreement_needed": "conflict",
    "staff_not_erased": "conflict",
    # metering
    "reading_below_last": "invalid",
    "reading_in_future": "invalid",
    "reading_too_long": "invalid",
    "reading_too_precise": "invalid",
    "reading_jump": "conflict",
    "reading_above_next": "invalid",
    "no_last_readings": "conflict",
    "registers_incomplete": "invalid",
    "window_closed": "conflict",
    "serial_taken": "conflict",
    "replacement_date": "invalid",
    "resource_unknown": "invalid",
    "verification_dates": "invalid",
    "already_decided": "conflict",
    "interval_day_changed": "conflict",
    # billing
    "account_not_found": "not_found",
    "period_not_over": "conflict",
    "period_closed": "conflict",
    "deadline_missing": "conflict",
    "run_state": "conflict",
    "run_overtaken": "unavailable",
    "later_bill": "conflict",
    "bill_not_in_force": "conflict",
    "bill_not_found": "not_found",
    "tariff_missing": "conflict",
    # payments
    "currency_mixed": "invalid",
    "amount_invalid": "invalid",
    "receipt_not_failed": "conflict",
    "payment_not_found": "not_found",
    "payment_system_unavailable": "unavailable",
    "payment_system_refused": "conflict",
    "webhook_refused": "forbidden",
    # notifications
    "choice_locked": "invalid",
    # support
    "appeal_not_found": "not_found",
    "appeal_closed": "conflict",
}


class CabinetError(Exception):
    """A fault with a stable code. ``fields`` names what was wrong, and carries no personal data."""

    def __init__(self, code: str, detail: str = "", **fields: Any) -> None:
        self.code = code
        self.fields = fields
        self.detail = detail or problem_title(DEFAULT, code)
        super().__init__(f"{code}: {self.detail}")

    @property
    def kind(self) -> str:
        """One of KINDS; codes of newer services that are not in this catalogue count as internal."""
        return CATALOGUE.get(self.code, "internal")

    @property
    def status(self) -> int:
        """The HTTP status of the kind."""
        return KINDS[self.kind]
