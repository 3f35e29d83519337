"""The words that requests may use are those that the services' rules know."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from chassis.subject import STAFF_ROLES
from contracts.rpc import billing, metering, notifications, payments, support
from contracts.rpc.base import Language
from contracts.rpc.identity import base as identity
from services.identity.domain.scopes import GRANTABLE, ROLES
from services.metering.domain.consumption.directions import CHANNELS as METER_CHANNELS
from services.metering.domain.vee.findings import RULES
from services.notifications.domain import kinds as messages
from services.payments.domain.states import RECEIPT_STATES
from services.support.domain import kinds as appeals


@pytest.mark.parametrize(
    ("declared", "known"),
    [
        (identity.StaffRole, STAFF_ROLES),
        (identity.OrganisationRole, ROLES),
        (identity.GrantableScope, GRANTABLE),
        (metering.VeeRule, RULES),
        (metering.Channel, METER_CHANNELS),
        (notifications.MessageKind, messages.KINDS),
        (notifications.MessageChannel, messages.CHANNELS),
        (payments.ReceiptState, RECEIPT_STATES),
        (support.AppealKind, appeals.KINDS),
        (billing.Delivery, ("email", "both", "paper")),
        (Language, ("ru", "uk", "en")),
    ],
    ids=str,
)
def test_a_word_is_declared_exactly_where_a_rule_knows_it(declared: Any, known: Any) -> None:
    assert set(get_args(declared)) == set(known)
