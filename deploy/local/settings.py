"""The environment of each process: where everything is, and its secrets."""

from __future__ import annotations

import base64
import os
import secrets
from collections.abc import Mapping

from deploy.local.broker_definitions import ADMIN, OPERATOR, TOPOLOGY
from deploy.local.names import AMI_VHOST, DEMO_HEAD_END, ROOT, SERVICES
from deploy.local.nodes import Nodes
from deploy.local.secret_store import SecretStore

SANDBOX = "sandbox"
GATEWAY = "gateway"

#: Besides the nodes' ports: one for the health of each service, the gateway's own, and the sandbox's two.
PORT_NAMES = (*(f"{name}.health" for name in SERVICES), "gateway.http", "sandbox.http", "sandbox.smtp")

_INHERITED = ("PATH", "HOME", "TMPDIR", "CHECK_ANSWERS")
#: Where traces go, and what one machine may ask of the gateway, is the caller's choice.
#: For drills, benchmarks and tests, which are many callers at one address.
NO_RATE_LIMITS = {f"RATE_LIMIT_{name}": "0" for name in ("NETWORK", "PERSON", "DOCUMENTS")}
_INHERITED_PREFIXES = ("OTEL_", "RATE_LIMIT_", "HTTP_CONNECTIONS")


class Settings:
    """Builds environments from a home's ports and secrets; nothing of the caller's own leaks in."""

    def __init__(self, nodes: Nodes, ports: Mapping[str, int]) -> None:
        self._nodes = nodes
        self._home = nodes.home
        self._secrets = nodes.secrets
        self._ports = ports
        self.clock_file = self._home / "clock"

    def address(self, port_name: str) -> str:
        """The HTTP address of a port."""
        return f"http://127.0.0.1:{self._ports[port_name]}"

    def port(self, port_name: str) -> int:
        """A port of this home."""
        return self._ports[port_name]

    def migrations(self) -> dict[str, str]:
        """Service -> address of its database, for the owner of its tables."""
        return {service: self._nodes.owner_url(service) for service in SERVICES if service != GATEWAY}

    def topology(self) -> dict[str, str]:
        """The environment of what declares exchanges and queues."""
        return {
            "AMQP_URL": self._nodes.amqp_url(TOPOLOGY),
            "OUTSIDE_AMQP_URL": self._nodes.amqp_url(TOPOLOGY, AMI_VHOST),
        }

    def head_ends(self) -> dict[str, str]:
        """The environment of the command that looks after head ends."""
        password = self._nodes.amqp_passwords[ADMIN]
        return {
            "DATABASE_URL": self._nodes.database_url("metering"),
            "BROKER_MANAGEMENT_URL": self._nodes.broker.management_url.replace(
                "//", f"//{ADMIN}:{password}@"
            ),
            "AMI_VHOST": AMI_VHOST,
            "PROVIDERS_DIR": str(ROOT / "providers"),
            "HEAD_END_PASSWORD": self._nodes.amqp_passwords[DEMO_HEAD_END],
        }

    def service(self, name: str) -> dict[str, str]:
        """The environment of one service or of the gateway."""
        state = self._home / "state" / name
        state.mkdir(parents=True, exist_ok=True)
        common = {
            "SERVICE_NAME": name,
            "AMQP_URL": self._nodes.amqp_url(name),
            "DATABASE_URL": self._nodes.database_url(name),
            "HEALTH_PORT": str(self._ports[f"{name}.health"]),
            "PROVIDERS_DIR": str(ROOT / "providers"),
            "CLOCK_FILE": str(self.clock_file),
            "LOG_LEVEL": os.environ.get("LOG_LEVEL", "info"),
            "TOKEN_PUBLIC_KEY": token_keys(self._secrets)[1],
            "SERVICE_KEY": self._secrets.get("service_key"),
            "STATE_DIR": str(state),
            "BROKER_REPLAYERS": f"{OPERATOR},{ADMIN}",
        }
        return base() | common | self._own(name)

    def sandbox(self) -> dict[str, str]:
        """The environment of the stand-in for the outside companies."""
        return base() | {
            "LOG_LEVEL": os.environ.get("LOG_LEVEL", "info"),
            "CLOCK_FILE": str(self.clock_file),
            "SANDBOX_HTTP_PORT": str(self._ports["sandbox.http"]),
            "SANDBOX_SMTP_PORT": str(self._ports["sandbox.smtp"]),
            "SANDBOX_PUBLIC_URL": self.address("sandbox.http"),
            "SANDBOX_YOOKASSA_SHOP_ID": self._yookassa["YOOKASSA_SHOP_ID"],
            "SANDBOX_YOOKASSA_SECRET_KEY": self._yookassa["YOOKASSA_SECRET_KEY"],
            "SANDBOX_YOOKASSA_WEBHOOK_URL": f"{self.address('gateway.http')}/api/v1/webhooks/yookassa",
            **{f"SANDBOX_{key}": value for key, value in (self._atol | self._sms).items()},
        }

    def _own(self, name: str) -> dict[str, str]:
        """What only this one gets: a secret is with nobody who doesn't need it."""
        sandbox = self.address("sandbox.http")
        if name == "identity":
            return {
                "TOKEN_PRIVATE_KEY": token_keys(self._secrets)[0],
                "SEAL_KEY": self._seal_key,
                "CABINET_URL": self.address("gateway.http"),
            }
        if name == "metering":
            return {"OUTSIDE_AMQP_URL": self._nodes.amqp_url(name, AMI_VHOST)}
        if name == "payments":
            return {
                "PUBLIC_URL": self.address("gateway.http"),
                "RETURN_ORIGINS": self.address("gateway.http"),
                "YOOKASSA_API_URL": f"{sandbox}/yookassa/v3",
                "YOOKASSA_WEBHOOK_NETWORKS": "127.0.0.0/8",
                "ATOL_API_URL": f"{sandbox}/atol/possystem/v5",
                **self._yookassa,
                **self._atol,
            }
        if name == "notifications":
            return {
                "SEAL_KEY": self._seal_key,
                "SMTP_URL": f"smtp://127.0.0.1:{self._ports['sandbox.smtp']}",
                "MAIL_FROM": "cabinet@cabinet.example",
                "SMS_API_URL": f"{sandbox}/smsc/sys",
                **self._sms,
            }
        if name == GATEWAY:
            return {
                "HTTP_HOST": "127.0.0.1",
                "HTTP_PORT": str(self._ports["gateway.http"]),
                "PUBLIC_URL": self.address("gateway.http"),
            }
        return {}

    @property
    def _seal_key(self) -> str:
        return self._secrets.get("seal_key", fernet_key)

    @property
    def _yookassa(self) -> dict[str, str]:
        return {
            "YOOKASSA_SHOP_ID": self._secrets.get("yookassa.shop_id", _shop_id),
            "YOOKASSA_SECRET_KEY": "test_" + self._secrets.get("yookassa.secret_key"),
        }

    @property
    def _atol(self) -> dict[str, str]:
        return {
            "ATOL_LOGIN": "cabinet",
            "ATOL_PASSWORD": self._secrets.get("atol.password"),
            "ATOL_GROUP": "cabinet-kkt",
        }

    @property
    def _sms(self) -> dict[str, str]:
        return {"SMS_LOGIN": "cabinet", "SMS_PASSWORD": self._secrets.get("sms.password")}


def base() -> dict[str, str]:
    """What every Python process gets."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if name in _INHERITED or name.startswith(_INHERITED_PREFIXES)
    }
    return inherited | {"LANG": "C.UTF-8", "PYTHONUNBUFFERED": "1"}


def _shop_id() -> str:
    return str(secrets.randbelow(900_000) + 100_000)


def fernet_key() -> str:
    """A key for Fernet: 32 random bytes in URL-safe base64."""
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


def token_keys(store: SecretStore) -> tuple[str, str]:
    """The Ed25519 pair that signs sign-in tokens, as PEM: private, public. Made once."""
    private = store.get("token.private_key", _new_private_key)
    return private, store.get("token.public_key", lambda: _public_key(private))


# cryptography is imported where it is needed: only the first start of a home does, and it is slow to import.


def _new_private_key() -> str:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return (
        Ed25519PrivateKey.generate()
        .private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        .decode()
    )


def _public_key(private_pem: str) -> str:
    from cryptography.hazmat.primitives import serialization

    key = serialization.load_pem_private_key(private_pem.encode(), password=None)
    return (
        key.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )
