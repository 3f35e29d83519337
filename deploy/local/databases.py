"""A database of its own for every service, with two roles: the owner of all tables, as which migrations run, and the
service itself, which works with the rows and can change no table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from typing import Any
from urllib.parse import urlsplit

import psycopg2
from psycopg2 import sql


def owner(service: str) -> str:
    """The role that owns a service's tables."""
    return f"{service}_owner"


def create(superuser_url: str, services: Sequence[str], passwords: Mapping[str, str]) -> None:
    """Make both roles and the database of each service; what is there already is left as it is. ``passwords`` are by
    role."""
    with closing(psycopg2.connect(superuser_url)) as connection:
        connection.autocommit = True  # CREATE DATABASE can't run inside a transaction
        with connection.cursor() as cursor:
            cursor.execute("SELECT rolname FROM pg_roles")
            roles = {row[0] for row in cursor.fetchall()}
            cursor.execute("SELECT datname FROM pg_database")
            databases = {row[0] for row in cursor.fetchall()}
            for name, password in passwords.items():
                # An existing role gets its password again: the secrets may have been made anew since.
                verb = sql.SQL("ALTER" if name in roles else "CREATE")
                cursor.execute(
                    sql.SQL("{} ROLE {} LOGIN PASSWORD %s").format(verb, sql.Identifier(name)), [password]
                )
            for service in services:
                if service not in databases:
                    _database(cursor, service)
            if not databases >= set(services):
                cursor.execute("REVOKE ALL ON DATABASE postgres FROM PUBLIC")
    for service in services:
        if service not in databases:
            _schema(superuser_url, service)


def _database(cursor: Any, service: str) -> None:
    names = {"service": sql.Identifier(service), "owner": sql.Identifier(owner(service))}
    for statement in (
        "CREATE DATABASE {service} OWNER {owner}",
        "REVOKE ALL ON DATABASE {service} FROM PUBLIC",
        "GRANT CONNECT ON DATABASE {service} TO {service}",
    ):
        cursor.execute(sql.SQL(statement).format(**names))


def _schema(superuser_url: str, service: str) -> None:
    """Only the owner makes anything in it; before PostgreSQL 15 everybody could."""
    names = {"service": sql.Identifier(service), "owner": sql.Identifier(owner(service))}
    parts = urlsplit(superuser_url)
    with closing(psycopg2.connect(parts._replace(path=f"/{service}").geturl())) as connection:
        with connection, connection.cursor() as cursor:
            for statement in (
                "ALTER SCHEMA public OWNER TO {owner}",
                "REVOKE ALL ON SCHEMA public FROM PUBLIC",
                "GRANT USAGE ON SCHEMA public TO {service}",
            ):
                cursor.execute(sql.SQL(statement).format(**names))
