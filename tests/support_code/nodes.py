"""The broker and the database that tests use, and a virtual host of their own in it for each session."""

from __future__ import annotations

import base64
import contextlib
import http.client
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from deploy.local import broker_definitions
from deploy.local.home_lock import HomeBusy
from deploy.local.names import AMI_VHOST, CABINET_VHOST, ROOT
from deploy.local.stack import Stack
from tests.support_code.waiting import PATIENCE

#: The path of a nodes.json (`python -m deploy.local.nodes`): use these nodes instead of starting private ones.
VARIABLE = "TEST_NODES"
#: The broker user of tests.
TESTER = "tester"
EVERYTHING = {"configure": ".*", "write": ".*", "read": ".*"}


class Nodes:
    """Where they are. Virtual hosts are this session's own, so nothing of an earlier run is in the way."""

    def __init__(self, described: dict[str, Any], stack: Stack | None = None) -> None:
        self._described = described
        self.stack = stack
        self.vhost, self.ami_vhost = f"test-{os.getpid()}", f"test-{os.getpid()}-ami"

    @property
    def amqp_port(self) -> int:
        """Of the broker."""
        port: int = self._described["amqp"]["port"]
        return port

    def amqp_url(self, user: str = TESTER, vhost: str | None = None, port: int | None = None) -> str:
        """The broker's address for a user; ``port`` of a proxy in front of it."""
        password = TESTER if user == TESTER else self._described["amqp"]["users"][user]
        return f"amqp://{user}:{password}@127.0.0.1:{port or self.amqp_port}/{vhost or self.vhost}"

    def ami_url(self, user: str = TESTER, port: int | None = None) -> str:
        """The same for the virtual host of the head ends."""
        return self.amqp_url(user, self.ami_vhost, port)

    @property
    def management_url(self) -> str:
        """Of the management API, with its administrator."""
        password = self._described["amqp"]["users"]["admin"]
        return str(self._described["management"]).replace("//", f"//admin:{password}@")

    def password(self, user: str) -> str:
        """Of a broker user."""
        return str(self._described["amqp"]["users"][user])

    @property
    def postgres_port(self) -> int:
        """Of the database."""
        port: int = self._described["postgres"]["port"]
        return port

    def database_url(self, database: str = "postgres") -> str:
        """A database's address for the superuser."""
        node = self._described["postgres"]
        return f"postgresql://{node['superuser']}:{node['password']}@127.0.0.1:{node['port']}/{database}"

    def management(self, verb: str, path: str, body: Any = None) -> Any:
        """A call of RabbitMQ's management API."""
        parts = urlsplit(self._described["management"])
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=PATIENCE)
        password = self._described["amqp"]["users"]["admin"]
        basic = base64.b64encode(f"admin:{password}".encode()).decode()
        try:
            connection.request(
                verb,
                f"/api/{path}",
                json.dumps(body or {}) if verb != "GET" else None,
                {"Authorization": f"Basic {basic}", "Content-Type": "application/json"},
            )
            answer = connection.getresponse()
            text = answer.read()
            if answer.status >= 400:
                raise RuntimeError(f"{verb} {path}: {answer.status} {text!r}")
            return json.loads(text) if text else None
        finally:
            connection.close()

    @contextmanager
    def vhost_for_a_moment(self, name: str) -> Iterator[str]:
        """An empty virtual host with full rights for the tests' user."""
        vhost = f"{self.vhost}-{name}"
        self.management("PUT", f"vhosts/{vhost}")
        self.management("PUT", f"permissions/{vhost}/{TESTER}", EVERYTHING)
        try:
            yield vhost
        finally:
            self.management("DELETE", f"vhosts/{vhost}")

    def make_vhosts(self) -> None:
        """With the same rights in them as in the real ones."""
        ours = {CABINET_VHOST: self.vhost, AMI_VHOST: self.ami_vhost}
        definitions = broker_definitions.build(self._described["amqp"]["users"])
        # It stands for everybody: it may declare, and name any sender.
        self.management("PUT", f"users/{TESTER}", {"password": TESTER, "tags": "impersonator"})
        for vhost in ours.values():
            self.management("PUT", f"vhosts/{vhost}")
            self.management("PUT", f"permissions/{vhost}/{TESTER}", EVERYTHING)
        for kind in ("permissions", "topic_permissions"):
            for row in definitions[kind]:
                body = {name: value for name, value in row.items() if name not in ("user", "vhost")}
                path = f"{kind.replace('_', '-')}/{ours[row['vhost']]}/{quote(row['user'])}"
                self.management("PUT", path, body)

    def drop_vhosts(self) -> None:
        """At the end of the session."""
        for vhost in (self.vhost, self.ami_vhost):
            with contextlib.suppress(OSError, RuntimeError):
                self.management("DELETE", f"vhosts/{vhost}")


@contextmanager
def running() -> Iterator[Nodes]:
    """Private nodes in the first home under .local/test* that no other session uses, or those of TEST_NODES."""
    described = os.environ.get(VARIABLE)
    if described:
        yield Nodes(json.loads((ROOT / described).read_text()))
        return
    stack = _started()
    try:
        yield Nodes(stack.nodes.describe(), stack)
    finally:
        stack.stop()


def _started() -> Stack:
    homes: list[Path] = [ROOT / ".local" / "test", *(ROOT / ".local" / f"test-{n}" for n in range(2, 10))]
    for home in homes:
        stack = Stack(home, nodes_only=True)
        try:
            stack.lock()
        except HomeBusy:
            continue
        stack.start()
        return stack
    raise RuntimeError("every home for test nodes is in use")
