"""Services under test: in this process, or as processes of their own that can be killed."""

from __future__ import annotations

import contextlib
import socket
import sys
from pathlib import Path
from typing import Any

import eventlet
from nameko.containers import ServiceContainer

from chassis import topology
from chassis.amqp import connecting
from chassis.amqp.shared_connection import SharedConnection
from chassis.broker import BrokerConnection
from chassis.configuration import Environment
from chassis.configure import container_config
from chassis.outside_broker import OutsideBroker
from deploy.local.names import ROOT
from deploy.local.process import ManagedProcess
from deploy.local.settings import base
from tests.support_code.nodes import TESTER, Nodes
from tests.support_code.tokens import Tokens
from tests.support_code.waiting import PATIENCE, eventually

# Every service here signs in as the one tester, who may speak for all: each speaks for itself nevertheless, or for the
# one whose events it announces.
BrokerConnection.user = property(
    lambda self: getattr(self.container.service_cls, "speaks_for", self.container.service_name)
)  # type: ignore[assignment,method-assign]


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def environment(nodes: Nodes, tokens: Tokens, database_url: str | None = None) -> dict[str, str]:
    """The variables of any service. Outside systems stand at an address where nobody answers."""
    nowhere = "http://127.0.0.1:9"
    return {
        "AMQP_URL": nodes.amqp_url(),
        "OUTSIDE_AMQP_URL": nodes.ami_url(),
        "BROKER_REPLAYERS": TESTER,
        "HEALTH_PORT": "0",
        "PROVIDERS_DIR": str(ROOT / "providers"),
        "TOKEN_PUBLIC_KEY": tokens.public_key,
        "TOKEN_PRIVATE_KEY": tokens.private_key,
        "SERVICE_KEY": tokens.service_key,
        "SEAL_KEY": tokens.seal_key,
        "PUBLIC_URL": nowhere,
        "RETURN_ORIGINS": nowhere,
        "CABINET_URL": nowhere,
        "YOOKASSA_API_URL": f"{nowhere}/yookassa/v3",
        "YOOKASSA_WEBHOOK_NETWORKS": "127.0.0.0/8",
        "YOOKASSA_SHOP_ID": "100500",
        "YOOKASSA_SECRET_KEY": "test_key",
        "ATOL_API_URL": f"{nowhere}/atol/possystem/v5",
        "ATOL_LOGIN": "cabinet",
        "ATOL_PASSWORD": "secret",
        "ATOL_GROUP": "cabinet-kkt",
        "SMTP_URL": "smtp://127.0.0.1:9",
        "MAIL_FROM": "cabinet@cabinet.example",
        "SMS_API_URL": f"{nowhere}/smsc/sys",
        "SMS_LOGIN": "cabinet",
        "SMS_PASSWORD": "secret",
        **({"DATABASE_URL": database_url} if database_url else {}),
    }


def declare_for(service: Any, url: str, outside_url: str) -> None:
    """What deployment declares for a service, where the broker can be reached."""
    with contextlib.suppress(OSError), connecting.connection(url) as inside:
        channel = inside.channel()
        topology.declare_base(channel)
        outside = connecting.connection(outside_url) if outside_url else contextlib.nullcontext()
        with outside as found:
            topology.declare_service(service, channel, found.channel() if found is not None else None)


class Running:
    """A service in this process."""

    def __init__(self, service: Any, variables: dict[str, str], config: dict[str, Any]) -> None:
        env = Environment(variables)
        settings = container_config(env, with_database="DATABASE_URL" in variables) | config
        env.check()
        self.container = ServiceContainer(service, settings)
        self.config = settings

    @classmethod
    def like(cls, other: Running) -> Running:
        """Another replica with the same configuration, started."""
        replica = cls.__new__(cls)
        replica.config = other.config
        replica.container = ServiceContainer(other.container.service_cls, other.config)
        replica.start()
        return replica

    def start(self, wait: bool = True) -> None:
        """Return once it is connected (unless told not to wait). What deployment declares is there before."""
        declare_for(
            self.container.service_cls, self.config["AMQP_URI"], self.config.get("OUTSIDE_AMQP_URI", "")
        )
        self.container.start()
        if wait:
            eventually(lambda: all(connection.up for connection in self.connections))

    @property
    def connections(self) -> list[SharedConnection]:
        """Its connections to the broker."""
        return [
            e.connection for e in self.container.extensions if isinstance(e, BrokerConnection | OutsideBroker)
        ]

    def extension(self, kind: type) -> Any:
        """The one extension of a kind (or the first)."""
        return next(e for e in self.container.extensions if isinstance(e, kind))

    def stop(self) -> None:
        """Orderly; a service that does not manage in time is killed and the test fails."""
        if self.container._died.ready():
            self._break_off()
            return
        try:
            with eventlet.Timeout(PATIENCE):
                self.container.stop()
        finally:
            self._break_off()

    def kill(self) -> None:
        """As if the process were gone: connections break, workers end where they are."""
        for connection in self.connections:
            connection._stopping = True
            connection.drop()
        with contextlib.suppress(Exception):
            self.container.kill()
        self._break_off()

    def _break_off(self) -> None:
        for connection in self.connections:
            connection.stop()


def process(
    module: str, variables: dict[str, str], folder: Path, name: str = "", *, health: bool = True
) -> ManagedProcess:
    """A process that runs the service of a module; not yet started."""
    port = free_port() if health else 0
    return ManagedProcess(
        name or module.rsplit(".", 1)[-1],
        [sys.executable, "-m", "chassis.run", module],
        base() | variables | {"HEALTH_PORT": str(port)},
        folder / f"{name or module}.log",
        f"http://127.0.0.1:{port}/health/ready" if health else None,
    )
