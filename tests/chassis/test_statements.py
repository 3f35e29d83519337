"""Statements on their way to the server: prepared, and over connections that die."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import psycopg2
import pytest

from chassis.database import Database, make_engine
from chassis.session import MAX_PREPARED, SEEN_FIRST
from chassis.statements import LONGEST_LIST
from tests.support_code import databases


@pytest.fixture
def database(scratch_database: str) -> Iterator[Database]:
    engine = make_engine(scratch_database, 1)
    yield Database(engine)
    engine.dispose()


def prepared(database: Database) -> list[str]:
    with database.snapshot() as tx:
        return [
            row["statement"]
            for row in tx.rows("select statement from pg_prepared_statements order by prepare_time")
        ]


def backend(database: Database) -> int:
    with database.snapshot() as tx:
        return int(tx.value("select pg_backend_pid()"))


def test_a_statement_that_comes_again_is_prepared_once(database: Database) -> None:
    asked = "select cast(:number as int) + 1 as next, :text || '!' as text"
    for turn in range(SEEN_FIRST + 3):
        with database.snapshot() as tx:
            assert tx.row(asked, number=turn, text="a'b") == {"next": turn + 1, "text": "a'b!"}
    assert len([text for text in prepared(database) if "+ 1" in text]) == 1
    assert MAX_PREPARED > 100


@pytest.mark.parametrize(
    ("sql", "value"),
    [
        ("select cast(:it as numeric)", Decimal("12.345")),
        ("select cast(:it as date)", date(2026, 2, 28)),
        ("select cast(:it as timestamptz)", datetime(2026, 2, 28, 12, tzinfo=UTC)),
        ("select cast(:it as text[])", ["a", "b"]),
        ("select cast(:it as text)", "x; drop table schedule; --"),
        ("select cast(:it as text)", None),
        ("select :it = any(cast(:it as text[]))", None),
        ("select '::int' || ' 100%' || cast(:it as text)", "5"),
    ],
)
def test_values_mean_the_same_prepared_or_not(database: Database, sql: str, value: Any) -> None:
    found = []
    for _ in range(SEEN_FIRST + 3):
        with database.snapshot() as tx:
            found.append(tx.value(sql, it=value))
    assert len({repr(one) for one in found}) == 1
    assert "any" in sql or "::" in sql or found[0] == value


def test_long_lists_are_planned_each_for_itself(database: Database) -> None:
    for _ in range(SEEN_FIRST + 3):
        with database.snapshot() as tx:
            assert (
                tx.value("select cardinality(cast(:it as int[]))", it=list(range(LONGEST_LIST + 1)))
                == LONGEST_LIST + 1
            )
    assert not [text for text in prepared(database) if "cardinality" in text]


def test_what_cannot_be_prepared_goes_on_without(database: Database) -> None:
    """A parameter of which only the value says what it is."""
    for turn in range(SEEN_FIRST + 3):
        with database.transaction() as tx:
            assert tx.value("select pg_typeof(:it)::text", it=turn) == "integer"


def test_a_connection_that_the_server_closed_is_replaced_before_anything_is_sent(
    database: Database, scratch_database: str
) -> None:
    first = backend(database)
    databases.rows(scratch_database, "select pg_terminate_backend(%s)", first)
    assert backend(database) != first


def test_one_that_breaks_in_a_transaction_is_an_error_and_nothing_is_repeated(
    database: Database, scratch_database: str
) -> None:
    with database.transaction() as tx:
        tx.run("create table done (it int)")
    with pytest.raises(psycopg2.OperationalError), database.transaction() as tx:
        tx.run("insert into done values (1)")
        databases.rows(
            scratch_database, "select pg_terminate_backend(%s)", tx.value("select pg_backend_pid()")
        )
        tx.run("insert into done values (2)")
    with database.snapshot() as tx:
        assert tx.value("select count(*) from done") == 0
