"""History (GW-3): one stream of three services; pages lose nothing and repeat nothing."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.errors import CabinetError
from gateway.pagination import Cursor, cursor_after, read_cursor
from tests.gateway.world import World, problem

START = datetime(2026, 11, 1, tzinfo=UTC)
SOURCES = {
    "reading": ("metering", "readings", "reading", "created_at"),
    "bill": ("billing", "bills", "bill", "issued_at"),
    "payment": ("payments", "payments", "payment", "created_at"),
}
Item = tuple[str, int]  # kind, microseconds after the start


def _text(at: datetime) -> str:
    """As services write moments: no fraction where there is none."""
    return at.isoformat().replace("+00:00", "Z")


def _serve(world: World, items: list[Item], account: str = "a") -> list[str]:
    """Services with these items, each kept as its own keeps them; all ids."""
    ids = []
    for kind, (service, listed, identifier, moment) in SOURCES.items():
        rows = []
        for index, (of, micros) in enumerate(items):
            if of == kind:
                ids.append(f"{kind}-{index:04}")
                at = START + timedelta(microseconds=micros)
                rows.append({identifier: ids[-1], moment: at, "parts": [{"account": account}]})
        rows.sort(key=lambda row, moment=moment: row[moment], reverse=True)

        def history(
            *, before: str | None = None, limit: int, accounts: Any = None, rows: Any = rows, listed: str = listed,
            moment: str = moment,
        ) -> Any:  # fmt: skip
            assert 1 <= limit <= 200
            end = datetime.fromisoformat(before) if before else None
            found = [row for row in rows if end is None or row[moment] < end][:limit]
            return {listed: [{**row, moment: _text(row[moment])} for row in found]}

        world.answer(f"{service}.history", history)
    return ids


def _pages(world: World, limit: int, query: str = "") -> list[list[dict[str, Any]]]:
    pages, cursor = [], ""
    token = world.keys.person()
    while True:
        page = world.get(f"/history?limit={limit}{query}{cursor}", token=token).json
        assert page is not None and len(page["items"]) <= limit
        pages.append(page["items"])
        if page["next"] is None:
            return pages
        cursor = f"&cursor={page['next']}"
        assert len(pages) < 500


def _check(world: World, items: list[Item], limit: int) -> None:
    ids = _serve(world, items)
    given_out = [item for page in _pages(world, limit) for item in page]
    assert sorted(item["id"] for item in given_out) == sorted(ids)
    moments = [datetime.fromisoformat(item["at"]) for item in given_out]
    assert moments == sorted(moments, reverse=True)


# Few moments, so that many items share one; half a second apart, so that some have a fraction and some none.
ITEMS = st.lists(
    st.tuples(st.sampled_from(list(SOURCES)), st.integers(0, 6).map(lambda n: n * 500_000)), max_size=60
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ITEMS, st.integers(1, 7))
def test_gw3_pages_lose_and_repeat_nothing_though_moments_are_equal(
    world: World, items: list[Item], limit: int
) -> None:
    _check(world, items, limit)


@pytest.mark.parametrize("ties", [99, 100, 101, 150, 199])
def test_gw3_a_hundred_items_of_one_moment_and_older_ones_behind_them(world: World, ties: int) -> None:
    older = [("bill", -n) for n in range(1, 130)] + [("reading", -n * 2) for n in range(1, 50)]
    _check(world, [("bill", 0)] * ties + older + [("payment", 5)] * 3, 100)


def test_gw3_more_of_one_moment_than_a_source_can_tell_apart_hides_nothing_older(world: World) -> None:
    ids = _serve(world, [("bill", 0)] * 230 + [("bill", -n) for n in range(1, 20)] + [("payment", -3)])
    seen = [item["id"] for page in _pages(world, 50) for item in page]
    assert len(seen) == len(set(seen)) >= 200
    assert set(ids[230:]) <= set(seen)


def test_gw3_whole_seconds_and_fractions_are_in_order(world: World) -> None:
    _serve(world, [("bill", 0), ("payment", 500_000), ("reading", 1_000_000)])
    [page] = _pages(world, 10)
    assert [item["kind"] for item in page] == ["reading", "payment", "bill"]


def test_gw3_only_the_kinds_that_were_asked_for(world: World) -> None:
    _serve(world, [("bill", 0), ("payment", 1), ("reading", 2)])
    [page] = _pages(world, 10, "&kinds=bill&kinds=payment&kinds=bill")
    assert [item["kind"] for item in page] == ["payment", "bill"]
    assert [name for name, _ in world.client.calls] == ["billing.history", "payments.history"]


def test_gw3_accounts_are_for_each_service_to_filter(world: World) -> None:
    _serve(world, [("bill", 0)])
    _pages(world, 10, "&accounts=x&accounts=y")
    assert [request["accounts"] for _, request in world.client.calls] == [["x", "y"]] * 3


def test_gw3_a_missing_service_is_named_and_the_rest_comes(world: World) -> None:
    ids = _serve(world, [("bill", 0), ("payment", 1), ("reading", 2)])
    world.answer("billing.history", CabinetError("deadline_exceeded"))
    page = world.get("/history").json
    assert page is not None and page["missing"] == ["bill"]
    assert {item["id"] for item in page["items"]} == {one for one in ids if "bill" not in one}


def test_gw3_a_service_that_refuses_is_an_error(world: World) -> None:
    _serve(world, [("bill", 0)])
    world.answer("billing.history", CabinetError("not_found"))
    problem(world.get("/history?accounts=x"), 404, "not_found")


@pytest.mark.parametrize("query", ["kinds=refund", "limit=0", "limit=101", "limit=-1", "kinds="])
def test_gw3_other_filters_are_422(world: World, query: str) -> None:
    problem(world.get(f"/history?{query}"), 422, "validation_failed")


def _encoded(value: Any) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


TAMPERED = {
    "no base64": "%%%%",
    "other letters": "Ж",
    "one letter": "A",
    "no json": _encoded(b"\xff\xfe"),
    "empty": _encoded({}),
    "a list": _encoded([]),
    "no ids": _encoded({"at": "2026-11-01T00:00:00Z"}),
    "no zone": _encoded({"at": "2026-11-01T00:00:00", "ids": []}),
    "no moment": _encoded({"at": "yesterday", "ids": []}),
    "the end of time": _encoded({"at": "9999-12-31T23:59:59.999999Z", "ids": []}),
    "numbers for ids": _encoded({"at": "2026-11-01T00:00:00Z", "ids": [1]}),
    "too many ids": _encoded({"at": "2026-11-01T00:00:00Z", "ids": ["x"] * 1001}),
    "more": _encoded({"at": "2026-11-01T00:00:00Z", "ids": [], "sql": "x"}),
    "deep": _encoded(b'{"at":"2026-11-01T00:00:00Z","ids":[],"x":' + b"[" * 2500 + b"]" * 2500 + b"}"),
}


@pytest.mark.parametrize("why", TAMPERED)
def test_gw3_a_cursor_that_is_not_ours_is_422(world: World, why: str) -> None:
    problem(world.get(f"/history?cursor={TAMPERED[why]}"), 422, "cursor_wrong")
    assert world.client.calls == []


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60))
def test_gw3_any_text_is_a_cursor_or_refused(text: str) -> None:
    try:
        found = read_cursor(text)
    except CabinetError as error:
        assert error.code == "validation_failed"
    else:
        assert found is None or isinstance(found, Cursor)


@given(
    st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.lists(st.uuids().map(str), min_size=1, max_size=5, unique=True),
)
def test_gw3_a_cursor_says_where_the_page_ended(at: datetime, ids: list[str]) -> None:
    page = [
        {"id": "newer", "at": _text(at + timedelta(seconds=1))},
        *({"id": one, "at": _text(at)} for one in ids),
    ]
    first = read_cursor(cursor_after(page, None))
    assert first is not None and (first.at, first.ids) == (at, ids)
    assert first.until - at == timedelta(microseconds=1)
    further = read_cursor(cursor_after([{"id": "z", "at": _text(at)}], first))
    assert further is not None and further.ids == [*ids, "z"]
    other = read_cursor(cursor_after([{"id": "z", "at": _text(at - timedelta(seconds=1))}], first))
    assert other is not None and other.ids == ["z"]
