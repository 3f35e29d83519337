"""Databases of one benchmark: migrated, filled once, copied for every round, dropped at the end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import psycopg2
from psycopg2 import sql

from chassis.migrate import migrate
from deploy.local.postgres import SUPERUSER
from deploy.local.stack import Stack

PREFIX = "scratch_"


class Scratch:
    """The node's superuser makes them; what an earlier run left is dropped first (the home has one owner)."""

    def __init__(self, stack: Stack) -> None:
        self._nodes = stack.nodes
        self.close()

    def make(self, service: str) -> str:
        """A database with the service's tables; its name."""
        name = f"{PREFIX}{service}"
        self._admin("create database {}", name)
        migrate(service, self.url(name))
        return name

    @contextmanager
    def copy(self, of: str) -> Iterator[str]:
        """A copy for the block; everything written so far is on disk when it begins."""
        name = f"{of}_copy"
        self._admin("create database {} template {}", name, of)
        self._admin("checkpoint")
        try:
            yield name
        finally:
            self._drop(name)

    def url(self, name: str) -> str:
        """Its address."""
        database = self._nodes.database
        return database.url(SUPERUSER, database.password, name)

    def run(self, name: str, statements: list[str], **parameters: Any) -> None:
        """Statements, each committed at once, then VACUUM ANALYZE, as after a quiet night."""
        with closing(psycopg2.connect(self.url(name))) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                for statement in statements:
                    cursor.execute(statement, parameters)
                cursor.execute("vacuum analyze")

    def write(self, name: str, statement: str, **parameters: Any) -> None:
        """One statement, committed."""
        with closing(psycopg2.connect(self.url(name))) as connection, connection.cursor() as cursor:
            cursor.execute(statement, parameters)
            connection.commit()

    def ask(self, name: str, statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """All rows of an answer."""
        with closing(psycopg2.connect(self.url(name))) as connection, connection.cursor() as cursor:
            cursor.execute(statement, parameters)
            return list(cursor.fetchall())

    def stream(self, name: str, statement: str, *parameters: Any) -> Iterator[tuple[Any, ...]]:
        """Its rows one after the other, however many."""
        with closing(psycopg2.connect(self.url(name))) as connection:
            with connection.cursor("stream") as cursor:
                cursor.itersize = 20_000
                cursor.execute(statement, parameters)
                yield from cursor

    def close(self) -> None:
        """Drop them all."""
        for (name,) in self.ask(
            "postgres", "select datname from pg_database where datname like %s", f"{PREFIX}%"
        ):
            self._drop(name)

    def _drop(self, name: str) -> None:
        self._admin("drop database if exists {} with (force)", name)

    def _admin(self, statement: str, *names: str) -> None:
        with closing(psycopg2.connect(self.url("postgres"))) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


@contextmanager
def scratch(stack: Stack) -> Iterator[Scratch]:
    """For the block."""
    made = Scratch(stack)
    try:
        yield made
    finally:
        made.close()
