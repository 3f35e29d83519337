"""Only the broker and the database, for work on one service or on the chassis.

`python -m deploy.local.nodes --home .local/dev` stays until Ctrl-C or SIGTERM and describes the nodes in
`<home>/nodes.json`.
"""

from __future__ import annotations

import argparse
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

import psycopg2

from deploy.local import broker_definitions, databases, leftovers, ports
from deploy.local.files import write_json
from deploy.local.home_lock import HomeBusy, HomeLock
from deploy.local.names import CABINET_VHOST, DEMO_HEAD_END, SERVICES
from deploy.local.postgres import SUPERUSER, PostgresNode
from deploy.local.process import at_once
from deploy.local.rabbitmq import RabbitNode
from deploy.local.secret_store import SecretStore

SETTLING = 60.0  # seconds
PORT_NAMES = ("amqp", "management", "erlang_dist", "epmd", "postgres")


class Nodes:
    """A private broker and a private database with everything made that services need in them."""

    def __init__(self, home: Path) -> None:
        self.home = home.resolve()
        self.secrets = SecretStore(self.home)
        self.ports = ports.allocate(self.home, PORT_NAMES)
        self.amqp_passwords = {
            user: self.secrets.get(f"amqp.{user}") for user in (*broker_definitions.USERS, DEMO_HEAD_END)
        }
        roles = [*SERVICES, *(databases.owner(name) for name in SERVICES)]
        self.database_passwords = {name: self.secrets.get(f"database.{name}") for name in roles}
        self.broker = RabbitNode(
            self.home / "rabbitmq",
            amqp_port=self.ports["amqp"],
            management_port=self.ports["management"],
            dist_port=self.ports["erlang_dist"],
            epmd_port=self.ports["epmd"],
            definitions=broker_definitions.build(self.amqp_passwords),
            probe=("gateway", self.amqp_passwords["gateway"], CABINET_VHOST),
        )
        self.database = PostgresNode(
            self.home / "postgres", self.ports["postgres"], self.secrets.get("database.superuser")
        )

    def start(self) -> None:
        """Start both and return when both are ready and the databases are made."""
        self.broker.start()  # the slower of the two
        self.database.start()
        self.prepare_database()
        self.broker.wait_ready()

    def prepare_database(self) -> None:
        """Wait for the database and make what is missing in it."""
        self.database.wait_ready()
        until = time.monotonic() + SETTLING
        while True:
            try:
                databases.create(self.superuser_url, SERVICES, self.database_passwords)
                return
            except psycopg2.OperationalError:
                # A server that has just answered may still drop a session (recovery, a loaded machine). Making what
                # is missing can be repeated.
                if time.monotonic() > until:
                    raise
                time.sleep(0.2)

    def stop(self) -> None:
        """Stop both at the same time."""
        at_once([self.broker.stop, self.database.stop])

    def amqp_url(self, user: str, vhost: str = CABINET_VHOST) -> str:
        """The broker's address for a user."""
        return f"amqp://{user}:{self.amqp_passwords[user]}@127.0.0.1:{self.ports['amqp']}/{vhost}"

    def database_url(self, service: str) -> str:
        """The address of a service's database."""
        return self.database.url(service, self.database_passwords[service], service)

    def owner_url(self, service: str) -> str:
        """The same database's for the owner of its tables: for migrations."""
        role = databases.owner(service)
        return self.database.url(role, self.database_passwords[role], service)

    @property
    def superuser_url(self) -> str:
        """The database's address for its superuser."""
        return self.database.url(SUPERUSER, self.database.password, "postgres")

    def describe(self) -> dict[str, Any]:
        """Where the nodes are and how to get in."""
        return {
            "amqp": {
                "host": "127.0.0.1",
                "port": self.ports["amqp"],
                "users": self.amqp_passwords,
                "vhosts": list(broker_definitions.VHOSTS),
            },
            "management": self.broker.management_url,
            "postgres": {
                "host": "127.0.0.1",
                "port": self.ports["postgres"],
                "superuser": SUPERUSER,
                "password": self.database.password,
                "databases": {service: self.database_url(service) for service in SERVICES},
            },
        }


def main() -> None:
    """Run the nodes until a signal."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--home", type=Path, default=Path(".local/dev"), help="folder for all they keep")
    home = parser.parse_args().home.resolve()

    asked_to_stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: asked_to_stop.set())

    lock = HomeLock(home)
    try:
        lock.acquire()
    except HomeBusy as busy:
        sys.exit(str(busy))
    leftovers.end(home)
    nodes = Nodes(home)
    described_in = home / "nodes.json"
    try:
        nodes.start()
        write_json(described_in, nodes.describe())
        print(f"broker and database are up; see {described_in}", flush=True)
        asked_to_stop.wait()
    finally:
        described_in.unlink(missing_ok=True)
        nodes.stop()
        lock.release()


if __name__ == "__main__":
    main()
