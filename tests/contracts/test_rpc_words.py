"""The words that messages may use are those that the services' rules know."""

from __future__ import annotations

import tomllib
from typing import Any, get_args

import pytest

from authorisation import audit
from authorisation.subject import STAFF_ROLES
from contracts import sources
from contracts.rpc import words
from contracts.transitions import Transitions
from contracts.zones import EXPORT_DIRECTION, IMPORT_DIRECTION
from deploy.local.names import ROOT
from services.billing.domain import charges, ledger, run_states
from services.identity.domain import consents, erasure, passwords, proofs, scopes, second_factor, states
from services.loyalty.domain import programme
from services.metering.domain import alerts, guests
from services.metering.domain.consumption import tally
from services.metering.domain.consumption.directions import CHANNELS as METER_CHANNELS
from services.metering.domain.vee import findings, marks, registers
from services.notifications.domain import kinds as messages
from services.payments.domain.states import PAYMENT, RECEIPT_STATES
from services.support.domain import kinds as appeals
from services.support.domain.states import APPEAL


def _states(machine: Transitions) -> frozenset[str]:
    """All states of a machine."""
    return machine.states


CLOSED = {
    "Language": ("ru", "uk", "en"),
    "Direction": (IMPORT_DIRECTION, EXPORT_DIRECTION),
    "ReadingSource": sources.ALL,
    "Level": programme.LEVELS,
    "StaffRole": STAFF_ROLES,
    "OrganisationRole": scopes.ROLES,
    "Scope": scopes.ALL,
    "GrantableScope": scopes.GRANTABLE,
    "LinkState": _states(states.LINK),
    "GrantState": _states(states.GRANT),
    "MembershipState": _states(states.MEMBERSHIP),
    "ProofKind": proofs.FIELDS,
    "ProofStrength": proofs.STRENGTHS,
    "PasswordRule": passwords.RULES,
    "SecondFactorState": (second_factor.NONE, second_factor.TO_ENROL, second_factor.CONFIRMED),
    "AuditKind": (audit.READ, audit.WRITE),
    "ConsentState": _states(states.CONSENT),
    "ConsentConsequence": {code for codes in consents.FOLLOWS.values() for code in codes},
    "KeptByLaw": erasure.KEPT,
    "Channel": METER_CHANNELS,
    "VeeRule": findings.RULES,
    "RegisterRule": registers.RULES,
    "Quality": {value for name, value in vars(marks).items() if name.isupper() and isinstance(value, int)},
    "AlertKind": alerts.KINDS,
    "GuestReadingState": _states(guests.GUEST_READING),
    "Basis": (tally.REGISTERS, tally.INTERVALS),
    "Delivery": ("email", "both", "paper"),
    "BillRunState": _states(run_states.RUN),
    "ChargeKind": (charges.ACTUAL, charges.AVERAGE, charges.NORM, charges.RECALCULATION, charges.FED_IN),
    "MovementKind": (ledger.CHARGE, ledger.PAYMENT, ledger.REVERSAL, ledger.OPENING),
    "PaymentState": _states(PAYMENT),
    "ReceiptState": RECEIPT_STATES,
    "Criterion": (*programme.CRITERIA, programme.BURN, programme.BURN_UNDONE),
    "MessageKind": messages.KINDS,
    "MessageChannel": messages.CHANNELS,
    "AppealKind": appeals.KINDS,
    "AppealState": _states(APPEAL),
    "ThreadSide": (appeals.PERSON, appeals.STAFF),
}


def _declared(name: str) -> set[Any]:
    kind = getattr(words, name)
    return set(get_args(get_args(kind)[0]))


@pytest.mark.parametrize("name", CLOSED)
def test_a_word_is_declared_exactly_where_a_rule_knows_it(name: str) -> None:
    assert _declared(name) == set(CLOSED[name])


def _known(name: str) -> set[str]:
    kind = getattr(words, name)
    return set(kind.__metadata__[0].extra_json_schema[words.KNOWN])


def test_every_enumeration_stands_in_the_document_under_its_own_name() -> None:
    for name, kind in vars(words).items():
        if hasattr(kind, "__metadata__"):
            assert kind.__metadata__[0].title == name


def test_an_open_enumeration_knows_what_the_profiles_of_today_name() -> None:
    for path in (ROOT / "providers").glob("*.toml"):
        profile = tomllib.loads(path.read_text(encoding="utf-8"))
        assert set(profile["provider"]["resources"]) <= _known("Resource")
        assert set(profile["metering"]["units"].values()) <= _known("Unit")
        registers_of = profile["metering"]["registers"].values()
        assert {zone for zones in registers_of for zone in zones.values()} <= _known("Zone")
        assert {tariff["unit"] for tariff in profile["billing"]["tariffs"]} <= _known("Unit")
        assert set(profile["payments"].get("systems", ())) <= _known("PaymentSystem")
    assert set(consents.DOCUMENTS) <= _known("ConsentDocument")
