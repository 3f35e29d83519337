"""Migrates databases: ``python -m chassis.migrate NAME`` (DATABASE_URL), or ``--all`` with MIGRATE_URLS, a JSON
object from service to database URL, several at once in one process.

They run as the owner of the tables; the service itself, whose role has its name, is granted the rows.
Replicas that start together wait for each other on an advisory lock.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text

from chassis.database import psycopg2_url

LOCK = 0x6D696772  # "migr"
#: What a service may do at run time, as a role of its own name: work with rows. The tables are the owner's.
GRANTS = (
    "grant usage on schema public to {role}",
    "grant select, insert, update, delete on all tables in schema public to {role}",
    "grant usage, select on all sequences in schema public to {role}",
    "grant execute on all functions in schema public to {role}",
)
ROOT = Path(__file__).resolve().parent.parent


def migrate(service: str, url: str) -> str:
    """Bring one database to the newest revision; says what was done."""
    config = Config()
    location = ROOT / "services" / service / "migrations"
    config.set_main_option("script_location", str(location))
    config.set_main_option("path_separator", "os")
    script = ScriptDirectory.from_config(config)
    head = script.get_current_head()
    engine = create_engine(psycopg2_url(url))
    with engine.connect() as connection:
        if MigrationContext.configure(connection).get_current_revision() == head:
            return f"{service}: {head}"
        connection.rollback()
        connection.execute(text("select pg_advisory_lock(:lock)"), {"lock": LOCK})
        connection.commit()

        def upgrade(revision: Any, _: Any) -> Any:
            return script._upgrade_revs(head or "head", revision)

        with EnvironmentContext(config, script, fn=upgrade, destination_rev=head) as environment:
            environment.configure(connection=connection, transaction_per_migration=True)
            with environment.begin_transaction():
                environment.run_migrations()
        if connection.execute(
            text("select 1 from pg_roles where rolname = :role"), {"role": service}
        ).first():
            for statement in GRANTS:
                connection.execute(text(statement.format(role=service)))
        connection.commit()
        connection.execute(text("select pg_advisory_unlock(:lock)"), {"lock": LOCK})
        connection.commit()
    engine.dispose()
    return f"{service}: migrated to {head}"


def main(arguments: list[str]) -> int:
    """Command line."""
    if arguments == ["--all"]:
        urls: dict[str, str] = json.loads(os.environ["MIGRATE_URLS"])
        known = {service: url for service, url in urls.items() if (ROOT / "services" / service).is_dir()}
        # Alembic keeps its context in module globals: databases one after another, not in threads.
        for service, url in known.items():
            print(migrate(service, url))
        return 0
    if len(arguments) == 1:
        print(migrate(arguments[0], os.environ["DATABASE_URL"]))
        return 0
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
