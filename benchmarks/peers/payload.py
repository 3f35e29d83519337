"""The same request and the same answer for all contestants: about 200 bytes there, about 1 KB back."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal
from uuid import UUID

from msgspec import Meta

from contracts.rpc.base import Period, Request

SERVICE: Final = "bench_echo"
WARM_UP: Final = 300
REQUEST: Final[dict[str, Any]] = {
    "account": "018f4e2a-6c1b-7d3e-9a41-5b6c7d8e9f00",
    "period": "2026-11",
    "zones": ["day", "night"],
    "note": "the usual words of a request, so that it has two hundred bytes",
}
ANSWER: Final[dict[str, Any]] = {
    "account": "018f4e2a-6c1b-7d3e-9a41-5b6c7d8e9f00",
    "balance": "-1520.45",
    "currency": "RUB",
    "rows": [
        {
            "service": "electricity",
            "zone": zone,
            "previous": "10423.125",
            "current": "10633.500",
            "consumption": "210.375",
            "tariff": "4.18",
            "amount": "879.37",
            "source": "customer",
        }
        for zone in ("day", "night", "peak", "half-peak", "reserve", "common")
    ],
}


class EchoRequest(Request, frozen=True, kw_only=True):
    """The type of the request, for the contestant that reads it."""

    account: UUID
    period: Period
    zones: Annotated[list[Literal["day", "night", "peak"]], Meta(min_length=1, max_length=3)]
    note: Annotated[str, Meta(max_length=200)]
