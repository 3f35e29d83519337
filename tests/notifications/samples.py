"""Events as the other services send them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from contracts.events.billing import AccountOpened, BillIssued, PaymentPosted
from contracts.events.identity import (
    AccessGranted,
    AccessOffered,
    AccessRevoked,
    AccountLinked,
    AccountUnlinked,
    CodeIssued,
    ContactConfirmed,
    PersonRegistered,
)
from contracts.events.loyalty import LevelChanged, PointsAwarded
from contracts.events.metering import (
    ReadingAccepted,
    RegisterValue,
    UsageAlertCleared,
    UsageAlertRaised,
    VerificationDue,
)
from contracts.events.payments import PaymentCanceled, ReceiptRegistered
from contracts.events.support import AppealAnswered
from contracts.identifiers import account_id, new_id

PROVIDER, NUMBER = "uralenergosbyt", "1234567890"
ACCOUNT = account_id(PROVIDER, NUMBER)
AT = datetime(2026, 11, 3, 9, 30, tzinfo=UTC)
_OF_ACCOUNT: dict[str, Any] = {"account": ACCOUNT, "provider": PROVIDER, "at": AT}


def now() -> datetime:
    return datetime.now(UTC)


def registered(person: str, language: str = "ru") -> PersonRegistered:
    return PersonRegistered(person=person, at=AT, language=language)


def contact(
    person: str, channel: str, address: str, language: str = "ru", at: datetime = AT
) -> ContactConfirmed:
    return ContactConfirmed(person=person, at=at, channel=channel, address=address, language=language)


def linked(person: str, at: datetime = AT) -> AccountLinked:
    return AccountLinked(
        person=person, at=at, account=ACCOUNT, provider=PROVIDER, number=NUMBER, scopes=["see", "pay"]
    )


def unlinked(person: str, at: datetime) -> AccountUnlinked:
    return AccountUnlinked(person=person, at=at, account=ACCOUNT)


def granted(person: str, giver: str, grant: str, at: datetime = AT, **more: Any) -> AccessGranted:
    return AccessGranted(
        person=person, at=at, grant=grant, account=ACCOUNT, provider=PROVIDER, number=NUMBER, scopes=["see"],
        granted_by=giver, **more,
    )  # fmt: skip


def revoked(person: str, giver: str, grant: str, at: datetime, reason: str) -> AccessRevoked:
    return AccessRevoked(person=person, at=at, grant=grant, account=ACCOUNT, reason=reason, granted_by=giver)


def offered(sealed: str, channel: str, invited: str | None, provider: str = PROVIDER) -> AccessOffered:
    at = now()
    return AccessOffered(
        person=new_id(), at=at, offer=new_id(), invited=invited, channel=channel, language="ru", sealed=sealed,
        provider=provider, expires_at=at + timedelta(days=30),
    )  # fmt: skip


def opened() -> AccountOpened:
    return AccountOpened(**_OF_ACCOUNT, number=NUMBER, currency="RUB", delivery="email")


def code(
    sealed: str,
    channel: str = "phone",
    language: str = "ru",
    life: float = 600,
    purpose: str = "registration",
) -> CodeIssued:
    at = now()
    return CodeIssued(
        person=new_id(),
        at=at,
        channel=channel,
        purpose=purpose,
        language=language,
        sealed=sealed,
        expires_at=at + timedelta(seconds=life),
    )


def bill(**changes: Any) -> BillIssued:
    values: dict[str, Any] = {
        **_OF_ACCOUNT,
        "bill": new_id(),
        "number": "B-1",
        "account_number": NUMBER,
        "period": "2026-10",
        "currency": "RUB",
        "charged": Decimal("1234.50"),
        "to_pay": Decimal("1300.00"),
        "due_on": date(2026, 11, 15),
    }
    return BillIssued(**{**values, **changes})


def posted(balance: str = "-50.00", payment: str = "") -> PaymentPosted:
    return PaymentPosted(
        **_OF_ACCOUNT,
        payment=payment or new_id(),
        account_number=NUMBER,
        currency="RUB",
        amount=Decimal("1350.00"),
        balance=Decimal(balance),
        paid_at=AT,
        channel="cabinet",
    )


def canceled(person: str | None) -> PaymentCanceled:
    return PaymentCanceled(
        payment=new_id(),
        at=AT,
        person=person,
        reason="insufficient_funds",
        currency="RUB",
        total=Decimal("99.90"),
    )


def receipt(person: str | None) -> ReceiptRegistered:
    return ReceiptRegistered(
        payment=new_id(),
        at=AT,
        person=person,
        receipt=new_id(),
        total=Decimal("1350.00"),
        currency="RUB",
        fiscal_drive="9999078900004792",
        fiscal_document="133",
        fiscal_sign="2185253361",
        registered_at=AT,
        check_qr="t=20261103T1430&s=1350.00&fn=9999078900004792&i=133&fp=2185253361&n=1",
    )


def reading() -> ReadingAccepted:
    return ReadingAccepted(
        reading=new_id(),
        account=ACCOUNT,
        provider=PROVIDER,
        meter=new_id(),
        serial="115268446",
        resource="electricity",
        unit="kWh",
        period="2026-10",
        taken_at=AT,
        origin="cabinet",
        in_time=True,
        values=[
            RegisterValue(register="1.8.1", zone="day", value=Decimal("4036.5")),
            RegisterValue(register="1.8.2", zone="night", value=Decimal("120")),
        ],
    )


def points(awarded: int = 3, total: int = 22) -> PointsAwarded:
    return PointsAwarded(
        **_OF_ACCOUNT, points=total, level="promising", criterion="payment_in_time", awarded=awarded
    )


def level() -> LevelChanged:
    return LevelChanged(**_OF_ACCOUNT, points=41, level="ideal", previous="responsible")


def answered(person: str) -> AppealAnswered:
    return AppealAnswered(appeal=new_id(), person=person, at=AT)


def verification(days_left: int = 30) -> VerificationDue:
    return VerificationDue(
        meter="0197b2c4-9a40-7c11-8d02-6b5a4c3d2e1f",
        account=ACCOUNT,
        provider=PROVIDER,
        serial="115268446",
        resource="electricity",
        due_on=date(2026, 12, 3),
        days_left=days_left,
    )


def alert(
    kind: str = "leak", *, cleared: bool = False, name: str = ""
) -> UsageAlertRaised | UsageAlertCleared:
    event = UsageAlertCleared if cleared else UsageAlertRaised
    return event(
        alert=name or new_id(),
        account=ACCOUNT,
        provider=PROVIDER,
        meter="0197b2c4-9a40-7c11-8d02-6b5a4c3d2e1f",
        serial="20417733",
        resource="cold_water" if kind == "leak" else "electricity",
        unit="m3" if kind == "leak" else "kWh",
        kind=kind,
        first_day=date(2026, 11, 1),
        last_day=date(2026, 11, 2),
        found=Decimal("24.500"),
        usual=Decimal("8.000"),
        at=AT,
    )
