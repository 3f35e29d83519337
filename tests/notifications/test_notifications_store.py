"""Leases of dispatches, against the real database."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from chassis.database import Database, make_engine
from contracts.identifiers import new_id
from services.notifications import store
from tests.notifications import samples

MINUTE = timedelta(minutes=1)


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    found = Database(make_engine(url))
    yield found
    found.engine.dispose()


def _add(database: Database, **changes: Any) -> str:
    dispatch = new_id()
    values: dict[str, Any] = {
        "person": "ann",
        "kind": "bill_issued",
        "occasion": new_id(),
        "channel": "email",
        "lane": "email",
        "urgent": False,
        "language": "ru",
        "values": {},
        "at": samples.now(),
    }
    with database.transaction() as tx:
        assert store.add_dispatch(tx, dispatch, **{**values, **changes})
    return dispatch


def _claim(database: Database, lane: str = "email", most: int = 10, lease: timedelta = MINUTE) -> list[str]:
    with database.transaction() as tx:
        return [str(row["id"]) for row in store.claim_dispatches(tx, lane, most, lease)]


def _note(database: Database, dispatch: str, attempt: int, state: str = "sent", **changes: Any) -> bool:
    values = {
        "reason": "",
        "pause": None,
        "finished_at": samples.now() if state == "sent" else None,
        **changes,
    }
    with database.transaction() as tx:
        return store.note_dispatch(tx, dispatch, attempt, state=state, **values)


def test_nt_3_a_delivery_is_leased_to_one_only(database: Database) -> None:
    waiting = {_add(database) for _ in range(6)}
    with database.transaction() as mine, database.transaction() as theirs:
        one = {str(row["id"]) for row in store.claim_dispatches(mine, "email", 4, MINUTE)}
        other = {str(row["id"]) for row in store.claim_dispatches(theirs, "email", 4, MINUTE)}
    assert len(one) == 4 and len(other) == 2 and one | other == waiting
    assert _claim(database) == []


def test_nt_3_the_lease_of_a_dead_process_ends(database: Database) -> None:
    dispatch = _add(database)
    assert _claim(database, lease=timedelta(0)) == [dispatch]
    assert _claim(database) == [dispatch]
    # The first holder, come back, has nothing to say any more.
    assert not _note(database, dispatch, 1)
    assert _note(database, dispatch, 2)
    assert not _note(database, dispatch, 2)
    assert _claim(database) == []


def test_nt_3_a_pause_is_kept(database: Database) -> None:
    dispatch = _add(database)
    _claim(database)
    assert _note(database, dispatch, 1, "retrying", pause=MINUTE)
    assert _claim(database) == []
    with database.transaction() as tx:
        tx.run("update dispatch set next_try_at = now()")
    assert _claim(database) == [dispatch]


def test_lanes_do_not_mix(database: Database) -> None:
    sms, mail = _add(database, lane="sms", channel="sms"), _add(database)
    assert _claim(database, "sms") == [sms] and _claim(database) == [mail]


def test_the_address_is_the_contact_of_the_moment(database: Database) -> None:
    later = samples.AT + MINUTE
    with database.transaction() as tx:
        store.save_contact(tx, "ann", "email", "old@home.example", samples.AT)
        store.save_contact(tx, "ann", "phone", "+79001234567", samples.AT)
    _add(database)
    _add(database, channel="sms")
    _add(database, person="bob")
    _add(database, sealed="secret")
    with database.transaction() as tx:
        assert store.save_contact(tx, "ann", "email", "new@home.example", later)
        assert not store.save_contact(tx, "ann", "email", "older@home.example", samples.AT)
        found = [row["address"] for row in store.claim_dispatches(tx, "email", 9, MINUTE)]
    assert sorted(found, key=str) == ["+79001234567", None, None, "new@home.example"]


def test_a_bounce_marks_only_the_address_that_bounced(database: Database) -> None:
    with database.transaction() as tx:
        store.save_contact(tx, "ann", "email", "new@home.example", samples.AT)
        store.mark_bounced(tx, "ann", "email", "old@home.example", samples.AT)
        assert store.recipients(tx, ["ann"], "bill_issued")[0]["contacts"] == ["email"]
        store.mark_bounced(tx, "ann", "email", "new@home.example", samples.AT)
        assert store.recipients(tx, ["ann"], "bill_issued")[0]["contacts"] == []


def test_nt_3_an_occasion_is_told_once(database: Database) -> None:
    message: dict[str, Any] = {"person": "ann", "kind": "bill_issued", "occasion": "b-1"}
    text: dict[str, Any] = {"title": "t", "text": "x", "data": "{}", "at": samples.AT}
    with database.transaction() as tx:
        assert store.add_message(tx, new_id(), **message, **text)
        assert not store.add_message(tx, new_id(), **message, **text)
        assert store.add_message(tx, new_id(), **{**message, "person": "bob"}, **text)


def test_what_is_long_finished_is_forgotten(database: Database) -> None:
    dispatch = _add(database)
    _add(database)
    _claim(database, most=1)
    assert _note(database, dispatch, 1)
    with database.transaction() as tx:
        assert store.forget_dispatches(tx, samples.now() + MINUTE) == 1
        assert tx.value("select count(*) from dispatch") == 1
