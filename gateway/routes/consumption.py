"""What was used, as a chart and as a file (MT-7, MT-12)."""

from __future__ import annotations

import base64
from typing import Any

from contracts.rpc.metering import Consumption
from gateway.models.consumption import ConsumptionQuery, DownloadQuery
from gateway.operations import MAX_DEADLINE, SIGNED_IN, Document, HttpRequest, operation

FILES = ", ".join(
    (
        "application/atom+xml",
        "text/csv",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    )
)


@operation("GET", "/accounts/{account}/consumption", SIGNED_IN, query=ConsumptionQuery, answer=Consumption)
def account_consumption(request: HttpRequest) -> Any:
    """What all meters of an account used, by month, day or hour."""
    return request.service("metering").consumption(account=request.path["account"], **_range(request.query))


@operation("GET", "/meters/{meter}/consumption", SIGNED_IN, query=ConsumptionQuery, answer=Consumption)
def meter_consumption(request: HttpRequest) -> Any:
    """What a meter used, by month, day or hour."""
    return request.service("metering").consumption(meter=request.path["meter"], **_range(request.query))


@operation(
    "GET",
    "/meters/{meter}/download",
    SIGNED_IN,
    query=DownloadQuery,
    media=FILES,
    deadline=MAX_DEADLINE,
)
def download_meter(request: HttpRequest) -> Any:
    """A meter's data as Green Button (ESPI), CSV or XLSX."""
    query = request.query
    made = request.service("metering").download(
        meter=request.path["meter"],
        format=query.format,
        first_day=query.first_day.isoformat(),
        last_day=query.last_day.isoformat(),
        language=query.language,
    )
    return Document(
        base64.b64decode(made["content"]), made["media"], made["name"], gzipped=made["encoding"] == "gzip"
    )


def _range(query: ConsumptionQuery) -> dict[str, Any]:
    return {
        "by": query.by,
        "first_day": query.first_day.isoformat(),
        "last_day": query.last_day.isoformat(),
        "compare": query.compare,
    }
