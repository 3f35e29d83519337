"""Checked interval data (MT-9) and alerts on use (MT-13)."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import msgspec

from contracts.rpc.base import ProviderId, Reason, Serial, Volume
from contracts.rpc.metering.base import Slot, Thousandths
from contracts.rpc.words import FindingDecision, VeeRule
from gateway.models.base import BodyId, LongPageQuery


class AlertQuery(LongPageQuery, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """With ``cleared`` also alerts of the last year that ended."""

    cleared: bool = False


class FindingQuery(LongPageQuery, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is looked for."""

    provider: ProviderId
    rule: VeeRule | None = None
    meter: BodyId | None = None
    serial: Serial | None = None
    first_day: date | None = None
    last_day: date | None = None


class RegisterFindingQuery(LongPageQuery, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Withheld readings, or those that were ``decided`` on."""

    provider: ProviderId
    decided: bool = False
    serial: Serial | None = None


class RegisterDecision(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``release``: the reading counts as it came; ``replace``: ``value`` counts in its place."""

    decision: FindingDecision
    reason: Reason
    value: Volume | None = None


class IntervalEdit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Thousandths of the unit by slot of the day, null to withdraw; ``version`` is the one that was looked at."""

    version: Annotated[int, msgspec.Meta(ge=1)]
    values: Annotated[dict[Slot, Thousandths | None], msgspec.Meta(min_length=1, max_length=100)]
    reason: Reason
