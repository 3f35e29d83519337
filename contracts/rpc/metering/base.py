"""What messages of metering share."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from contracts.rpc.base import Volume

#: A value for each register of a meter, by its OBIS code or its reduced form.
RegisterValues = Annotated[
    dict[Annotated[str, Meta(max_length=16)], Volume], Meta(min_length=1, max_length=8)
]
#: An interval of a local day, counted from 0; a day with a change of the clock has up to 100 quarters.
Slot = Annotated[int, Meta(ge=0, le=99)]
#: An amount in thousandths of the unit.
Thousandths = Annotated[int, Meta(ge=0, le=2_147_483_647)]
MAX_RATIO = 1_000_000
