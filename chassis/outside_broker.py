"""The broker's other side, where outsiders publish: a connection apart from the internal one."""

from __future__ import annotations

from nameko.extensions import SharedExtension

from chassis.amqp.shared_connection import SharedConnection
from chassis.configuration import ConfigurationError
from chassis.health import HealthServer


class OutsideBroker(SharedExtension):
    """The connection to the vhost where outsiders publish, apart from the internal one."""

    health = HealthServer()

    @property
    def connection(self) -> SharedConnection:
        """Made when first asked for."""
        if getattr(self, "_connection", None) is None:
            self._connection = SharedConnection(
                self.container.config["OUTSIDE_AMQP_URI"], f"{self.container.service_name}-outside"
            )
        return self._connection

    @property
    def largest(self) -> int:
        """Bytes of a message that is looked into; a larger one is dead (OUTSIDE_MESSAGE_BYTES)."""
        largest: int = self.container.config["outside_message_bytes"]
        return largest

    def setup(self) -> None:
        """Readiness depends on it."""
        if not self.container.config.get("OUTSIDE_AMQP_URI"):
            raise ConfigurationError("OUTSIDE_AMQP_URL is not set")
        self.health.add_check("outside_broker", lambda: self.connection.up)

    def start(self) -> None:
        """Connect."""
        self.connection.start()

    def stop(self) -> None:
        """Disconnect."""
        self.connection.stop()
