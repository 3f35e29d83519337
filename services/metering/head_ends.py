"""Head ends: ``python -m services.metering.head_ends add NAME --provider P [...] | list | remove NAME``.

DATABASE_URL names metering's database, BROKER_MANAGEMENT_URL the management API with an administrator
(``http://user:password@host:port``), AMI_VHOST the head ends' vhost (``ami``), PROVIDERS_DIR the profiles.

``add`` makes the broker user with HEAD_END_PASSWORD, or a password that it prints, and the queue of its receipts;
added again, it speaks for more suppliers, and has another password. What may be sent is noted before the user is made,
and taken away after it is gone, so that nothing of a head end is refused between the two.
"""

from __future__ import annotations

import argparse
import secrets
import sys
from datetime import UTC, datetime

from chassis.configuration import Environment
from chassis.database import Database, make_engine
from chassis.profiles import ProfileFiles
from services.metering.adapters.ami import EXCHANGE, RECEIPTS
from services.metering.adapters.broker_management import BrokerManagement
from services.metering.domain.head_ends import name_faults, rights
from services.metering.store import head_ends


def add(database: Database, broker: BrokerManagement, name: str, providers: list[str], password: str) -> None:
    """A head end that speaks for these suppliers, and for those that it spoke for before."""
    with database.transaction() as tx:
        head_ends.add(tx, name, providers, datetime.now(UTC))
        every = next(row["providers"] for row in head_ends.every(tx) if row["name"] == name)
    broker.put_receipts(name, RECEIPTS)
    broker.put_user(name, password)
    broker.put_rights(name, rights(name, every, EXCHANGE))


def remove(database: Database, broker: BrokerManagement, name: str) -> bool:
    """False if there was none."""
    broker.delete(name)
    with database.transaction() as tx:
        return head_ends.remove(tx, name) > 0


def main(arguments: list[str]) -> int:
    """Command line."""
    parser = argparse.ArgumentParser(prog="python -m services.metering.head_ends", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    adding = commands.add_parser("add")
    adding.add_argument("name")
    adding.add_argument("--provider", action="append", required=True)
    commands.add_parser("list")
    commands.add_parser("remove").add_argument("name")
    options = parser.parse_args(arguments)
    env = Environment()
    database = Database(make_engine(env.text("DATABASE_URL"), 1))
    if options.command == "list":
        with database.snapshot() as tx:
            for row in head_ends.every(tx):
                print(f"{row['name']}\t{', '.join(row['providers'])}")
        return 0
    broker = BrokerManagement(env.text("BROKER_MANAGEMENT_URL"), env.text("AMI_VHOST", "ami"))
    env.check()
    if options.command == "remove":
        removed = remove(database, broker, options.name)
        print(f"{options.name} {'removed' if removed else 'was not there'}")
        return 0
    known = ProfileFiles(env.text("PROVIDERS_DIR", "providers")).core
    if faults := name_faults(options.name, options.provider, known):
        print("; ".join(faults), file=sys.stderr)
        return 2
    given = env.text("HEAD_END_PASSWORD", "")
    password = given or secrets.token_urlsafe(24)
    add(database, broker, options.name, options.provider, password)
    print(
        f"{options.name} speaks for {', '.join(options.provider)}"
        + ("" if given else f"; password {password}")
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
