"""What a service may do to its own database (threat: whoever gets into a service rewrites the books)."""

from __future__ import annotations

from contextlib import closing

import psycopg2
import pytest

from deploy.local.names import DOMAIN_SERVICES
from deploy.local.stack import Stack

#: service, table that is only appended to.
JOURNALS = [
    ("billing", "transfer"), ("billing", "bill"), ("billing", "charge_line"), ("billing", "bill_withdrawal"),
    ("billing", "recalculation"), ("loyalty", "points_award"), ("identity", "audit_entry"),
]  # fmt: skip


@pytest.mark.parametrize("service", DOMAIN_SERVICES)
def test_a_service_owns_nothing_and_can_make_nothing(system: Stack, service: str) -> None:
    with closing(psycopg2.connect(system.nodes.database_url(service))) as connection:
        cursor = connection.cursor()
        cursor.execute(
            """select relname from pg_class where relowner = (select oid from pg_roles where rolname = current_user)
               union all select rolname::text from pg_roles
               where pg_has_role(current_user, oid, 'member') and rolname <> current_user"""
        )
        assert cursor.fetchall() == []
        cursor.execute("select count(*) from outbox")
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            cursor.execute("create table mine (it int)")


@pytest.mark.parametrize(("service", "table"), JOURNALS)
def test_what_is_written_in_a_journal_stands(system: Stack, service: str, table: str) -> None:
    with closing(psycopg2.connect(system.nodes.database_url(service))) as connection:
        with connection, connection.cursor() as cursor:
            cursor.execute(
                "select column_name from information_schema.columns where table_name = %s and is_identity = 'NO'",
                [table],
            )
            column = cursor.fetchall()[-1][0]
        for statement in (
            f"delete from {table}", f'update {table} set "{column}" = "{column}"', f"truncate {table}",
            f"alter table {table} disable trigger all", f"drop trigger only_appended_to on {table}",
            "set session_replication_role = replica",
        ):  # fmt: skip
            with (
                pytest.raises(psycopg2.errors.InsufficientPrivilege),
                connection,
                connection.cursor() as cursor,
            ):
                cursor.execute(statement)
