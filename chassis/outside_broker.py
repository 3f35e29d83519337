"""The broker's other side, where outsiders publish: a connection apart from the internal one."""

from __future__ import annotations

from nameko.extensions import SharedExtension

from chassis.amqp.link import Link
from chassis.configuration import ConfigurationError
from chassis.health import HealthServer


class OutsideBroker(SharedExtension):
    """The link to the vhost where outsiders publish, apart from the internal one."""

    health = HealthServer()

    @property
    def link(self) -> Link:
        """Made when first asked for."""
        if getattr(self, "_link", None) is None:
            self._link = Link(
                self.container.config["OUTSIDE_AMQP_URI"], f"{self.container.service_name}-outside"
            )
        return self._link

    def setup(self) -> None:
        """Readiness depends on it."""
        if not self.container.config.get("OUTSIDE_AMQP_URI"):
            raise ConfigurationError("OUTSIDE_AMQP_URL is not set")
        self.health.add_check("outside_broker", lambda: self.link.up)

    def start(self) -> None:
        """Connect."""
        self.link.start()

    def stop(self) -> None:
        """Disconnect."""
        self.link.stop()
