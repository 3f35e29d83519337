"""Consumption and downloads through the gateway (MT-7, MT-12)."""

from __future__ import annotations

import base64
import gzip
from typing import Any

import msgspec
import pytest

from contracts.errors import CabinetError
from contracts.rpc.metering import Consumption
from tests.gateway.world import SAMPLE_ID, World, problem

DAYS = "first_day=2026-10-01&last_day=2026-10-31"
FEED = b"<feed/>" * 1000
ANSWER: dict[str, Any] = {
    "by": "month",
    "time_zone": "Asia/Yekaterinburg",
    "first_day": "2026-10-01",
    "last_day": "2026-10-31",
    "series": [
        {
            "resource": "electricity", "unit": "kWh", "direction": "import", "meters": [SAMPLE_ID],
            "total": "120.5", "zones": {"day": "100", "night": "20.5"}, "estimated": "0.25", "last_year": None,
            "buckets": [
                {
                    "start": "2026-10", "total": "120.5", "zones": {"day": "100", "night": "20.5"},
                    "estimated": "0.25", "missing": "0", "basis": ["registers"],
                    "similar": {"homes": 12, "lower": "90", "median": "130", "upper": "170"},
                }
            ],
        }
    ],
}  # fmt: skip


@pytest.mark.parametrize("what", ["account", "meter"])
def test_mt7_consumption_of_an_account_or_a_meter(world: World, what: str) -> None:
    world.answer("metering.consumption", ANSWER)
    answer = world.get(f"/{what}s/{SAMPLE_ID}/consumption?{DAYS}&by=day&compare=last_year")
    assert (answer.status_code, answer.json) == (200, ANSWER)
    assert world.client.calls == [
        (
            "metering.consumption",
            {
                what: SAMPLE_ID,
                "first_day": "2026-10-01",
                "last_day": "2026-10-31",
                "by": "day",
                "compare": "last_year",
            },
        )
    ]
    msgspec.convert(answer.json, Consumption, strict=False)


@pytest.mark.parametrize("query", ["", "?first_day=2026-10-01", "?first_day=x&last_day=y", f"?{DAYS}&from=1"])
def test_mt7_a_question_without_its_days_is_refused(world: World, query: str) -> None:
    problem(world.get(f"/meters/{SAMPLE_ID}/consumption{query}"), 422, "validation_failed")
    assert world.client.calls == []


@pytest.mark.parametrize(("what", "more"), [("consumption", ""), ("download", "&format=csv")])
def test_mt7_mt12_another_ones_meter_is_not_found(world: World, what: str, more: str) -> None:
    world.answer(f"metering.{what}", CabinetError("not_found"))
    problem(world.get(f"/meters/{SAMPLE_ID}/{what}?{DAYS}{more}"), 404, "not_found")


@pytest.mark.parametrize(("takes", "encoding"), [("gzip", "gzip"), ("identity", None), ("gzip;q=0", None)])
def test_mt12_a_download_is_sent_compressed_to_whom_can_take_it(
    world: World, takes: str, encoding: str | None
) -> None:
    content = base64.b64encode(gzip.compress(FEED)).decode()
    world.answer(
        "metering.download",
        {"name": "M_1.xml", "media": "application/atom+xml", "encoding": "gzip", "content": content},
    )
    answer = world.get(f"/meters/{SAMPLE_ID}/download?{DAYS}&format=espi&language=uk", Accept_Encoding=takes)
    assert (answer.status_code, answer.mimetype) == (200, "application/atom+xml")
    assert answer.headers.get("Content-Encoding") == encoding
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert (gzip.decompress(answer.data) if encoding else answer.data) == FEED
    assert answer.headers["Content-Disposition"] == "attachment; filename*=UTF-8''M_1.xml"
    assert int(answer.headers["Content-Length"]) == len(answer.data)
    assert world.client.calls[0][1] == {
        "meter": SAMPLE_ID, "format": "espi", "language": "uk", "first_day": "2026-10-01", "last_day": "2026-10-31",
    }  # fmt: skip


def test_mt12_a_spreadsheet_is_sent_as_it_is(world: World) -> None:
    media = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    content = base64.b64encode(b"PK\3\4").decode()
    world.answer("metering.download", {"name": "a.xlsx", "media": media, "encoding": "", "content": content})
    answer = world.get(f"/meters/{SAMPLE_ID}/download?{DAYS}&format=xlsx", Accept_Encoding="gzip")
    assert (answer.data, answer.mimetype, answer.headers.get("Content-Encoding")) == (b"PK\3\4", media, None)
