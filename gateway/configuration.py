"""The gateway's own configuration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from chassis.configuration import Environment
from contracts.origins import origins_of
from gateway.rate_limits import Policy

#: Requests of a window of 60 seconds: of one network, of one person, and of documents and files, which take work.
NETWORK, PERSON, DOCUMENTS = "network", "person", "documents"
QUOTAS: Final = {NETWORK: 3_000, PERSON: 600, DOCUMENTS: 60}
WINDOW: Final = 60


@dataclass(frozen=True)
class GatewaySettings:
    """What the gateway's environment says."""

    #: Connections in all, and of one network (0: any number).
    connections: int = 2_000
    connections_of_a_network: int = 200
    #: Origins whose pages may call; none by default.
    origins: frozenset[str] = frozenset()
    policies: tuple[Policy, ...] = tuple(Policy(name, quota, WINDOW) for name, quota in QUOTAS.items())

    def policy(self, name: str) -> Policy:
        """By name."""
        return next(one for one in self.policies if one.name == name)


def gateway_settings(config: dict[str, Any]) -> GatewaySettings:
    """From HTTP_CONNECTIONS, HTTP_CONNECTIONS_OF_A_NETWORK, CORS_ORIGINS, RATE_LIMIT_<POLICY>; faults are reported
    together. Behind reverse proxies (HTTP_PROXY_HOPS) connections are the proxy's, and are not limited by network."""
    env: Environment = config["env"]
    origins, strange = origins_of(env.text("CORS_ORIGINS", ""))
    env.faults += [f"CORS_ORIGINS: {one!r} is no origin" for one in strange]
    each = 0 if config.get("http", {}).get("proxy_hops") else GatewaySettings.connections_of_a_network
    found = GatewaySettings(
        env.integer("HTTP_CONNECTIONS", GatewaySettings.connections),
        env.integer("HTTP_CONNECTIONS_OF_A_NETWORK", each),
        origins,
        tuple(
            Policy(name, env.integer(f"RATE_LIMIT_{name.upper()}", quota), WINDOW)
            for name, quota in QUOTAS.items()
        ),
    )
    env.check()
    return found
