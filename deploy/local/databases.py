"""A role and a database of its own for every service."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing

import psycopg2
from psycopg2 import sql


def create(superuser_url: str, passwords: Mapping[str, str]) -> None:
    """Make the role and the database of each name in `passwords`; what is there already is left as it is."""
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
                role = sql.Identifier(name)
                cursor.execute(sql.SQL("{} ROLE {} LOGIN PASSWORD %s").format(verb, role), [password])
                if name not in databases:
                    cursor.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(role, role))
                    cursor.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(role))
            if not databases >= set(passwords):
                cursor.execute("REVOKE ALL ON DATABASE postgres FROM PUBLIC")
