"""Errors that cross services: a stable code with fields, never another service's class.

The catalogue maps each code to the kind of fault (an HTTP status is chosen by kind at the gateway) and plain
words. A code, once published, keeps its meaning.
"""

from __future__ import annotations

from typing import Any, Final

# kind -> HTTP status
KINDS: Final = {
    "invalid": 422,
    "malformed": 400,
    "unauthenticated": 401,
    "forbidden": 403,
    "not_found": 404,
    "conflict": 409,
    "limited": 429,
    "unavailable": 503,
    "timeout": 504,
    "internal": 500,
}

CATALOGUE: Final[dict[str, tuple[str, str]]] = {
    # of every service
    "internal_error": ("internal", "Something went wrong on our side."),
    "malformed_request": ("malformed", "The request could not be read."),
    "validation_failed": ("invalid", "Some fields are missing or wrong."),
    "unknown_method": ("not_found", "There is no such operation."),
    "service_unavailable": ("unavailable", "A part of the system is not available right now."),
    "deadline_exceeded": ("timeout", "The answer did not come in time."),
    "too_many_calls": ("unavailable", "Too many calls are waiting for this part of the system."),
    "unauthenticated": ("unauthenticated", "Sign in first."),
    "forbidden": ("forbidden", "This is not allowed for your role."),
    "not_found": ("not_found", "There is no such thing, or it is not yours."),
    "too_many_requests": ("limited", "Too many requests; try again later."),
    "idempotency_key_missing": ("malformed", "This operation needs an Idempotency-Key header."),
    "idempotency_key_reused": ("invalid", "This Idempotency-Key was used with another request."),
    "idempotency_in_flight": ("conflict", "A request with this Idempotency-Key is still being carried out."),
    # identity
    "password_rules": ("invalid", "The password does not satisfy the rules."),
    "invalid_phone": ("invalid", "This is not a mobile phone number."),
    "code_wrong": ("invalid", "The code is wrong or has expired."),
    "credentials_wrong": ("unauthenticated", "The sign-in name or the password is wrong."),
    "session_ended": ("unauthenticated", "The session has ended; sign in again."),
    "second_factor_needed": ("forbidden", "Show the second factor first."),
    "last_administrator": ("conflict", "Somebody must stay administrator."),
    "proof_wrong": ("invalid", "The account number and its proof do not match."),
    "account_number_format": ("invalid", "The account number has the wrong length or characters."),
    "already_linked": ("conflict", "This account is linked already."),
    "unknown_provider": ("invalid", "There is no such provider."),
    "proof_incomplete": ("invalid", "The proof that this supplier asks for is missing or has another form."),
    "linking_paused": (
        "unavailable",
        "Accounts of this supplier cannot be linked for some minutes: there were too many wrong proofs.",
    ),
    "already_confirmed": ("conflict", "This account is open in full already."),
    "contact_missing": (
        "conflict",
        "The supplier has no e-mail address of this account; an operator can confirm it with your passport.",
    ),
    "group_exists": ("conflict", "There is a group of this name already."),
    "default_group_stays": ("conflict", "This group stays: accounts go there that are in no other one."),
    "limit_reached": ("conflict", "There are as many of these as there may be."),
    "own_link_needed": (
        "forbidden",
        "Only those who have linked the account themselves may let others use it.",
    ),
    "scopes_incomplete": ("invalid", "Readings can be sent only by those who see the account."),
    "until_past": ("invalid", "The end has passed already."),
    "offer_to_oneself": ("invalid", "This is your own address."),
    "offer_over": ("conflict", "This offer is over."),
    "already_member": ("conflict", "You belong to this organisation already."),
    "last_director": ("conflict", "An organisation needs somebody who directs it."),
    "tax_number_wrong": (
        "invalid",
        "This is no tax number: its length, characters or check digit are wrong.",
    ),
    "contact_taken": ("conflict", "This address cannot be used."),
    "password_wrong": ("invalid", "The password is wrong."),
    "link_wrong": ("invalid", "The link was used, has expired or is not complete."),
    "birth_date_impossible": ("invalid", "This cannot be a date of birth."),
    "no_change_waiting": ("conflict", "There is no change that could be cancelled."),
    "consent_required": ("invalid", "A consent that the supplier asks for is missing."),
    "consent_unknown": ("invalid", "There is no such document to consent to."),
    "consent_not_given": ("conflict", "There is no such consent in force."),
    "agreement_needed": (
        "conflict",
        "The user agreement holds for as long as the cabinet is used; to end it, have your data erased.",
    ),
    "staff_not_erased": ("conflict", "Members of staff are removed by an administrator, not by themselves."),
    # metering
    "reading_below_last": ("invalid", "The reading is below the last one."),
    "reading_in_future": ("invalid", "The reading is dated in the future."),
    "reading_too_long": ("invalid", "The reading has more digits than the meter."),
    "reading_too_precise": ("invalid", "The reading has more decimals than the meter."),
    "reading_jump": (
        "conflict",
        "The consumption is far above the usual; confirm that the reading is right.",
    ),
    "reading_above_next": ("invalid", "The reading is above one of a later month."),
    "no_last_readings": ("conflict", "The meter has no readings yet that could be sent again."),
    "registers_incomplete": ("invalid", "A value is needed for every zone of the meter, and for no other."),
    "window_closed": ("conflict", "Readings are not taken on these days."),
    "serial_taken": ("conflict", "A meter with this serial is in place already."),
    "replacement_date": ("invalid", "The meter was read or installed later than that."),
    "resource_unknown": ("invalid", "The provider has no such kind of meter."),
    "verification_dates": ("invalid", "The next verification comes after the last one."),
    "already_decided": ("conflict", "This was decided already."),
    "interval_day_changed": ("conflict", "The day was checked again meanwhile; look at it once more."),
    # billing
    "account_not_found": ("not_found", "There is no such account."),
    "period_not_over": ("conflict", "The period has not ended yet."),
    "period_closed": ("conflict", "The period is closed."),
    "deadline_missing": ("conflict", "No rule says when bills of this period are due."),
    "run_state": ("conflict", "The bill run is not in a state in which this can be done."),
    "run_overtaken": ("unavailable", "Another process goes on with this bill run."),
    "later_bill": ("conflict", "A later bill stands on this one; that one is withdrawn first."),
    "bill_not_in_force": ("conflict", "The bill has been withdrawn already."),
    "bill_not_found": ("not_found", "There is no such bill."),
    "tariff_missing": ("conflict", "No tariff is in force for this account and day."),
    # payments
    "currency_mixed": ("invalid", "One payment takes accounts of one currency only."),
    "amount_invalid": ("invalid", "Each amount must be above zero, with at most two decimals."),
    "receipt_not_failed": ("conflict", "Only a receipt that has failed can be registered again."),
    "payment_not_found": ("not_found", "There is no such payment."),
    "payment_system_unavailable": ("unavailable", "The payment system does not answer; nothing was charged."),
    "payment_system_refused": ("conflict", "The payment system refused the payment."),
    "webhook_refused": ("forbidden", "This notification was not accepted."),
    # notifications
    "choice_locked": ("invalid", "This kind of message cannot be switched on or off for this channel."),
    # support
    "appeal_not_found": ("not_found", "There is no such appeal."),
    "appeal_closed": ("conflict", "The appeal is closed."),
}


class CabinetError(Exception):
    """A fault with a stable code. ``fields`` names what was wrong, and carries no personal data."""

    def __init__(self, code: str, detail: str = "", **fields: Any) -> None:
        self.code = code
        self.fields = fields
        self.detail = detail or CATALOGUE.get(code, ("internal", code))[1]
        super().__init__(f"{code}: {self.detail}")

    @property
    def kind(self) -> str:
        """One of KINDS; codes of newer services that are not in this catalogue count as internal."""
        return CATALOGUE.get(self.code, ("internal", ""))[0]

    @property
    def status(self) -> int:
        """The HTTP status of the kind."""
        return KINDS[self.kind]
