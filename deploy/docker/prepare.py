"""What the nodes need before anything else runs, from the same source as the local run's:

``python -m deploy.docker.prepare broker FOLDER`` writes the definitions that RabbitMQ loads at its start;
``python -m deploy.docker.prepare databases`` makes every service's roles and database.

Both are run at every start and change nothing that is right already. Passwords come from the environment, by
the names of secret_names.py; DATABASE_HOST is where PostgreSQL is.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from deploy.docker.secret_names import (
    AMQP_PASSWORDS,
    DATABASE_PASSWORDS,
    OWNER_PASSWORDS,
    SUPERUSER_PASSWORD,
)
from deploy.local import broker_definitions, databases
from deploy.local.files import write_private
from deploy.local.postgres import SUPERUSER


def broker(folder: Path) -> None:
    """Write definitions.json, for RabbitMQ's own user to read: of passwords it has only hashes."""
    passwords = {user: os.environ[name] for user, name in AMQP_PASSWORDS.items()}
    definitions = broker_definitions.build(passwords)
    write_private(folder / "definitions.json", json.dumps(definitions, indent=1), mode=0o644)


def make_databases() -> None:
    """Make roles and databases. A role that is there gets its password of today."""
    superuser = f"{SUPERUSER}:{os.environ[SUPERUSER_PASSWORD]}"
    passwords = {service: os.environ[name] for service, name in DATABASE_PASSWORDS.items()}
    passwords |= {databases.owner(service): os.environ[name] for service, name in OWNER_PASSWORDS.items()}
    url = f"postgresql://{superuser}@{os.environ['DATABASE_HOST']}/postgres"
    databases.create(url, list(DATABASE_PASSWORDS), passwords)


def main(arguments: list[str]) -> int:
    """Command line."""
    match arguments:
        case ["broker", folder]:
            broker(Path(folder))
        case ["databases"]:
            make_databases()
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
