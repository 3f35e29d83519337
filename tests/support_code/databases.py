"""Databases made for tests."""

from __future__ import annotations

import itertools
import os
from contextlib import closing
from typing import Any

import psycopg2
from psycopg2 import sql

from authorisation import tables as access_tables
from chassis import tables
from tests.support_code.nodes import Nodes


class Databases:
    """Makes databases in the node, and drops them all at the end."""

    def __init__(self, nodes: Nodes) -> None:
        self._nodes = nodes
        self._numbers = itertools.count(1)
        self._made: list[str] = []
        self._discarded: list[str] = []

    def make(self, purpose: str) -> str:
        """A new database; its name."""
        name = f"t{os.getpid()}_{purpose}_{next(self._numbers)}"
        self._admin(sql.SQL("create database {}").format(sql.Identifier(name)))
        self._made.append(name)
        return name

    def scratch(self) -> str:
        """One with the tables that every service has: new, or made empty again, which is much quicker."""
        name = self._discarded.pop() if self._discarded else self.make("scratch")
        with closing(psycopg2.connect(self.url(name))) as connection:
            with connection, connection.cursor() as cursor:
                cursor.execute(
                    """select pg_terminate_backend(pid) from pg_stat_activity
                       where datname = current_database() and pid <> pg_backend_pid()"""
                )
                cursor.execute("drop schema public cascade; create schema public")
                for statement in (*tables.TABLES, *access_tables.TABLES):
                    cursor.execute(statement)
        return name

    def drop(self, name: str) -> None:
        """Even if somebody is connected."""
        self._made.remove(name)
        self._admin(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))

    def discard(self, name: str) -> None:
        """Its test is over; its services may still be stopping."""
        self._discarded.append(name)

    def drop_all(self) -> None:
        """At the end of the session."""
        for name in list(self._made):
            self.drop(name)

    def url(self, name: str) -> str:
        """Its address."""
        return self._nodes.database_url(name)

    def empty(self, name: str) -> None:
        """Delete all rows of all tables but Alembic's."""
        with closing(psycopg2.connect(self.url(name))) as connection:
            with connection, connection.cursor() as cursor:
                cursor.execute(
                    """select format('%I.%I', schemaname, tablename) from pg_tables
                       where schemaname = 'public' and tablename <> 'alembic_version'"""
                )
                tables_found = [row[0] for row in cursor.fetchall()]
                # A table that is only appended to would object.
                cursor.execute(
                    """select distinct tgrelid::regclass::text from pg_trigger
                       where not tgisinternal and tgenabled <> 'D'"""
                )
                guarded = [row[0] for row in cursor.fetchall()]
                for table in guarded:
                    cursor.execute(f"alter table {table} disable trigger user")
                if tables_found:
                    cursor.execute(f"truncate {', '.join(tables_found)} restart identity cascade")
                for table in guarded:
                    cursor.execute(f"alter table {table} enable trigger user")

    def _admin(self, statement: Any) -> None:
        with closing(psycopg2.connect(self._nodes.database_url())) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(statement)


def rows(url: str, statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
    """What a statement answers, over a connection of its own; committed."""
    with closing(psycopg2.connect(url)) as connection:
        with connection, connection.cursor() as cursor:
            cursor.execute(statement, parameters)
            return list(cursor.fetchall()) if cursor.description else []


def value(url: str, statement: str, *parameters: Any) -> Any:
    """The first column of the first row."""
    return rows(url, statement, *parameters)[0][0]
