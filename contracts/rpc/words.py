"""Every enumeration of requests and answers. In the documents each is a schema of its own, under its ``title``.

An *open* one names the values known today: a supplier's profile, or a later release, may bring others, and whoever
reads it takes an unknown one as such. All else is closed: a request with another value is refused.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, TypeAlias

from msgspec import Meta

#: The key that marks an open enumeration in a JSON Schema, with the values that are known.
KNOWN: Final = "x-extensible-enum"


def _words(title: str, description: str) -> Meta:
    """A closed enumeration."""
    return Meta(title=title, description=description)


def _open(title: str, description: str, *known: str) -> Meta:
    """An open enumeration: any text, of which these are known."""
    more: dict[str, Any] = {KNOWN: list(known)}
    return Meta(title=title, description=f"{description} Others may come.", extra_json_schema=more)


# --- of all -----------------------------------------------------------------------------------------------------------

Language: TypeAlias = Annotated[
    Literal["ru", "uk", "en"], _words("Language", "Of texts for people (ISO 639-1).")
]
Country: TypeAlias = Annotated[Literal["RU", "UA"], _words("Country", "ISO 3166-1.")]
Resource: TypeAlias = Annotated[
    str,
    _open(
        "Resource",
        "What is supplied.",
        "electricity", "cold_water", "hot_water", "heating", "gas",
    ),
]  # fmt: skip
Unit: TypeAlias = Annotated[
    str, _open("Unit", "The unit of measure of a register or a tariff.", "kWh", "m3", "Gcal")
]
Zone: TypeAlias = Annotated[
    str,
    _open(
        "Zone",
        "What a register counts: a zone of the day's use, all of it, or what is given to the grid.",
        "single", "day", "night", "peak", "half_peak", "export",
    ),
]  # fmt: skip
Direction: TypeAlias = Annotated[
    Literal["import", "export"], _words("Direction", "From the grid, or into it (MT-14).")
]
ReadingSource: TypeAlias = Annotated[
    Literal["cabinet", "ami", "operator", "web_form", "estimate", "control", "opening"],
    _words(
        "ReadingSource",
        "Where a reading came from (MT-3): a customer in the cabinet, an automated meter, a register or an operator, "
        "the form without signing in, an estimate, an inspection, the start of the meter.",
    ),
]
Level: TypeAlias = Annotated[
    Literal["beginner", "promising", "responsible", "ideal"],
    _words("Level", "Of the loyalty programme, lowest first (LY-3)."),
]
Service: TypeAlias = Annotated[
    Literal["identity", "metering", "billing", "payments", "loyalty", "notifications", "support"],
    _words("Service", "A part of the system."),
]

# --- identity ---------------------------------------------------------------------------------------------------------

StaffRole: TypeAlias = Annotated[
    Literal["accountant", "administrator", "operator"], _words("StaffRole", "What staff may do (ID-10).")
]
OrganisationRole: TypeAlias = Annotated[
    Literal["director", "accountant", "metering"],
    _words("OrganisationRole", "What a member of an organisation may do (ID-8)."),
]
Scope: TypeAlias = Annotated[
    Literal["amounts", "see", "readings", "pay"],
    _words(
        "Scope",
        "What one may do with an account: see what is owed and nothing else, see all of it, send readings, pay.",
    ),
]
GrantableScope: TypeAlias = Annotated[
    Literal["see", "readings", "pay"],
    _words("GrantableScope", "What an owner may let another person do (ID-11)."),
]
LinkState: TypeAlias = Annotated[
    Literal["linked", "limited", "unlinked"],
    _words("LinkState", "Of an account to a person: in full, its amounts only (ID-6), no more."),
]
AccountState: TypeAlias = Annotated[
    Literal["linked", "limited", "granted", "organisation"],
    _words(
        "AccountState",
        "How one comes to an account: one's own link, in full or its amounts only, a grant, an organisation.",
    ),
]
GrantState: TypeAlias = Annotated[
    Literal["invited", "active", "declined", "expired", "revoked", "returned", "over"],
    _words("GrantState", "Of delegated access: offered, in force, or how it ended (ID-11)."),
]
MembershipState: TypeAlias = Annotated[
    Literal["invited", "active", "declined", "expired", "removed", "left"],
    _words("MembershipState", "Of a person in an organisation (ID-8)."),
]
ProofKind: TypeAlias = Annotated[
    Literal["meter_serial", "last_payment", "address"],
    _words("ProofKind", "What a supplier asks for to link an account (ID-6)."),
]
ProofStrength: TypeAlias = Annotated[
    Literal["strong", "weak"],
    _words("ProofStrength", "A weak proof opens the amounts only, until it is confirmed (ID-6)."),
]
ContactKind: TypeAlias = Annotated[
    Literal["phone", "email"], _words("ContactKind", "Of an address of a person.")
]
PasswordRule: TypeAlias = Annotated[
    Literal["latin_only", "length", "upper", "lower", "digit", "no_spaces", "not_common"],
    _words("PasswordRule", "What a password must satisfy (ID-2)."),
]
SecondFactorState: TypeAlias = Annotated[
    Literal["none", "to_enrol", "confirmed"],
    _words(
        "SecondFactorState",
        "Of a session: without one; staff that has to enrol one, for which its roles wait; shown in this session.",
    ),
]
Sex: TypeAlias = Annotated[Literal["female", "male"], _words("Sex", "As a person states it (ID-5).")]
ConsentState: TypeAlias = Annotated[
    Literal["given", "replaced", "revoked"],
    _words("ConsentState", "In force, replaced by a later version, or taken back (ID-9)."),
]
ConsentDocument: TypeAlias = Annotated[
    str,
    _open(
        "ConsentDocument",
        "What is consented to (ID-9); a supplier's profile may name more.",
        "user_agreement", "personal_data", "mailing",
    ),
]  # fmt: skip
ConsentConsequence: TypeAlias = Annotated[
    Literal["optional_data_erased", "contract_data_kept", "erasure_possible", "mailing_ends"],
    _words("ConsentConsequence", "What follows from taking a consent back (ID-9)."),
]
KeptByLaw: TypeAlias = Annotated[
    Literal[
        "bills_by_account", "payments_and_receipts", "readings_by_account", "dates_of_consents", "audit_log"
    ],
    _words("KeptByLaw", "What stays when a person is erased (ID-9)."),
]
AuditKind: TypeAlias = Annotated[
    Literal["read", "write"], _words("AuditKind", "Did staff only look, or change something (ID-10).")
]

# --- metering ---------------------------------------------------------------------------------------------------------

Channel: TypeAlias = Annotated[
    Literal["1.29.0", "2.29.0"],
    _words("Channel", "Load profiles by OBIS C.D.E: active energy from the grid, and into it."),
]
VeeRule: TypeAlias = Annotated[
    Literal[
        "day_high", "day_length", "day_low", "flagged", "missing", "negative", "not_estimated", "outage", "spike",
        "step_changed", "stuck", "sum", "too_high", "zeros",
    ],
    _words("VeeRule", "What validation finds of interval data (MT-9)."),
]  # fmt: skip
RegisterRule: TypeAlias = Annotated[
    Literal[
        "register_below_last", "register_above_next", "register_capacity", "register_jump", "register_sum"
    ],
    _words("RegisterRule", "What validation finds of a register's reading (MT-9)."),
]
FindingDecision: TypeAlias = Annotated[
    Literal["release", "replace"],
    _words("FindingDecision", "A withheld reading counts as it came, or another value in its place."),
]
Quality: TypeAlias = Annotated[
    Literal[7, 8, 9, 10, 14, 17, 18],
    _words(
        "Quality",
        "Of a value, by ESPI's numbers (NAESB REQ.21): 7 edited, 8 estimated, 9 interpolated, 10 questionable, 14 raw, "
        "17 validated, 18 failed.",
    ),
]
AlertKind: TypeAlias = Annotated[
    Literal["leak", "base_load", "surge", "drop", "nothing"],
    _words(
        "AlertKind",
        "An alert on use (MT-13): water that never stops, use that never stops, far more, far less, nothing.",
    ),
]
AlertState: TypeAlias = Annotated[
    Literal["raised", "cleared"], _words("AlertState", "It holds, or it has ended (MT-13).")
]
GuestReadingState: TypeAlias = Annotated[
    Literal["received", "accepted", "queued", "rejected"],
    _words("GuestReadingState", "Of a reading without signing in (MT-5)."),
]
ReadingOutcome: TypeAlias = Annotated[
    Literal["reading_taken", "kept_for_next_window"],
    _words("ReadingOutcome", "A reading counts now, or from the next window on (MT-2)."),
]
Granularity: TypeAlias = Annotated[
    Literal["month", "day", "hour"], _words("Granularity", "Of consumption (MT-7).")
]
Comparison: TypeAlias = Annotated[
    Literal["last_year", "similar"],
    _words("Comparison", "With the year before, or with similar homes: an account by month only (MT-7)."),
]
Basis: TypeAlias = Annotated[
    Literal["registers", "intervals"], _words("Basis", "What consumption was made of (MT-7).")
]
DownloadFormat: TypeAlias = Annotated[
    Literal["espi", "csv", "xlsx"],
    _words("DownloadFormat", "Green Button (NAESB REQ.21), CSV, XLSX (MT-12)."),
]
StaffReadingSource: TypeAlias = Annotated[
    Literal["operator", "control", "estimate"],
    _words("StaffReadingSource", "What staff enter: from paper, an inspector's, an estimate (MT-3)."),
]

# --- billing ----------------------------------------------------------------------------------------------------------

Delivery: TypeAlias = Annotated[
    Literal["email", "both", "paper"], _words("Delivery", "How bills come (BL-1).")
]
BillRunState: TypeAlias = Annotated[
    Literal["running", "done", "withdrawing", "withdrawn"], _words("BillRunState", "Of a bill run (BL-4).")
]
ChargeKind: TypeAlias = Annotated[
    Literal["actual", "average", "norm", "recalculation", "export"],
    _words(
        "ChargeKind",
        "What a line of a bill is made of (BL-3, BL-12): readings, an average, a norm, an estimate taken back, a "
        "credit for what was given to the grid.",
    ),
]
ChargeComponent: TypeAlias = Annotated[
    str,
    _open(
        "ChargeComponent",
        "The part of a tariff that a line is priced by: the resource, or the water and the heat of a two-part one.",
        "electricity", "cold_water", "hot_water", "heating", "gas", "water", "heat",
    ),
]  # fmt: skip
MovementKind: TypeAlias = Annotated[
    Literal["charge", "payment", "reversal", "opening"],
    _words("MovementKind", "Of a ledger entry (BL-5); ``opening``: brought along from the supplier's books."),
]
CustomerKind: TypeAlias = Annotated[
    Literal["person", "company"], _words("CustomerKind", "Who holds the contract account (BL-1).")
]

# --- payments ---------------------------------------------------------------------------------------------------------

PaymentState: TypeAlias = Annotated[
    Literal["created", "pending", "succeeded", "canceled"],
    _words(
        "PaymentState",
        "Not yet known to the payment system; waits for the customer; captured; not taken (PY-4).",
    ),
]
ReceiptState: TypeAlias = Annotated[
    Literal["wanted", "sent", "done", "failed"], _words("ReceiptState", "Of a fiscal receipt (PY-5).")
]
PaymentSystem: TypeAlias = Annotated[str, _open("PaymentSystem", "Who takes the money.", "yookassa")]
FiscalOperator: TypeAlias = Annotated[str, _open("FiscalOperator", "Who registers receipts (PY-5).", "atol")]
PaymentChannel: TypeAlias = Annotated[str, _open("PaymentChannel", "Where a payment was made.", "cabinet")]

# --- loyalty ----------------------------------------------------------------------------------------------------------

Criterion: TypeAlias = Annotated[
    Literal[
        "registration_and_email", "readings_in_time", "payment_in_time", "payment_in_cabinet", "early_payment",
        "paperless", "burn", "burn_undone",
    ],
    _words(
        "Criterion",
        "What gave points (LY-2), or took them: a missed deadline burns points, and a payment found later undoes it.",
    ),
]  # fmt: skip

# --- notifications ----------------------------------------------------------------------------------------------------

MessageKind: TypeAlias = Annotated[
    Literal[
        "registered", "account_linked", "account_linked_by_other", "access_offered", "access_offered_sms",
        "membership_offered", "membership_offered_sms", "access_accepted", "access_ended", "access_returned",
        "contact_changed", "code", "account_code", "registration_link", "taken", "taken_mail", "recovery",
        "recovery_mail", "phone_change", "phone_change_mail", "staff_invitation", "password_changed", "person_erased",
        "reading_accepted", "reading_unconfirmed", "reading_lapsed", "verification_due", "alert_leak",
        "alert_base_load", "alert_surge", "alert_drop", "alert_nothing", "alert_cleared", "bill_issued",
        "bill_withdrawn", "payment_posted", "payment_canceled", "receipt_registered", "points_awarded",
        "level_changed", "appeal_answered",
    ],
    _words("MessageKind", "What a message is about (NT-2)."),
]  # fmt: skip
MessageChannel: TypeAlias = Annotated[
    Literal["email", "sms"], _words("MessageChannel", "Where a message goes besides the bell (NT-2).")
]

# --- support ----------------------------------------------------------------------------------------------------------

AppealKind: TypeAlias = Annotated[
    Literal["appeal", "complaint", "suggestion"],
    _words("AppealKind", "What somebody turns to the supplier with (SP-1)."),
]
AppealState: TypeAlias = Annotated[
    Literal["waiting", "answered", "closed"],
    _words("AppealState", "It waits for staff, for the customer, or nothing more is written (SP-1)."),
]
ThreadSide: TypeAlias = Annotated[
    Literal["person", "staff"], _words("ThreadSide", "Who wrote a message of an appeal's thread.")
]

# --- the gateway's own ------------------------------------------------------------------------------------------------

HistoryKind: TypeAlias = Annotated[
    Literal["reading", "bill", "payment"], _words("HistoryKind", "What the history is made of (GW-3).")
]
OverviewPart: TypeAlias = Annotated[
    Literal["accounts", "amounts", "meters", "points", "messages"],
    _words(
        "OverviewPart",
        "What the first page is made of (GW-2): names and groups, what is owed with bills, meters, points, the bell.",
    ),
]
