"""What messages of metering share."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from msgspec import Meta

#: A value for each register of a meter, by its OBIS code or its reduced form.
RegisterValues = Annotated[
    dict[Annotated[str, Meta(max_length=16)], Decimal], Meta(min_length=1, max_length=8)
]
#: Interval channels: import and export of the load profile.
Channel = Literal["1.29.0", "2.29.0"]
#: An interval of a local day, counted from 0; a day with a change of the clock has up to 100 quarters.
Slot = Annotated[int, Meta(ge=0, le=99)]
#: An amount in thousandths of the unit.
Thousandths = Annotated[int, Meta(ge=0, le=2_147_483_647)]
#: Rules of validation that a finding may name (MT-9).
VeeRule = Literal[
    "day_high",
    "day_length",
    "day_low",
    "flagged",
    "missing",
    "negative",
    "not_estimated",
    "outage",
    "spike",
    "step_changed",
    "stuck",
    "sum",
    "too_high",
    "zeros",
]
MOST_RATIO = 1_000_000
