"""Virtual hosts, users and rights of the private broker, as the JSON that RabbitMQ loads at its start."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from typing import Any

from deploy.local.names import (
    AMI_VHOST,
    CABINET_VHOST,
    DEMO_HEAD_END,
    DEMO_ROUTING_KEY,
    READINGS_EXCHANGE,
    RECEIPTS_EXCHANGE,
    SERVICES,
)

OPERATOR = "operator"
ADMIN = "admin"

#: Every user of the broker. There is no guest: RabbitMQ makes none when it loads definitions.
USERS = (*SERVICES, OPERATOR, ADMIN, DEMO_HEAD_END)
VHOSTS = (CABINET_VHOST, AMI_VHOST)

_TAGS = {OPERATOR: ["monitoring"], ADMIN: ["administrator"]}
_ALL = ".*"
_NONE = "^$"


def password_hash(user: str, password: str) -> str:
    """RabbitMQ's salted SHA-256: base64(salt + sha256(salt + password)).

    The salt follows from the user and the password, so the same secrets give the same file at every start.
    """
    salt = hashlib.sha256(f"{user}:{password}".encode()).digest()[:4]
    return base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode()


def build(passwords: Mapping[str, str]) -> dict[str, Any]:
    """The definitions for these users' passwords."""
    return {
        "vhosts": [{"name": name} for name in VHOSTS],
        "users": [
            {
                "name": user,
                "password_hash": password_hash(user, passwords[user]),
                "hashing_algorithm": "rabbit_password_hashing_sha256",
                "tags": _TAGS.get(user, []),
                "limits": {},
            }
            for user in USERS
        ],
        "permissions": _permissions(),
        "topic_permissions": _topic_permissions(),
    }


def _permissions() -> list[dict[str, str]]:
    def row(user: str, vhost: str, configure: str, write: str, read: str) -> dict[str, str]:
        return {"user": user, "vhost": vhost, "configure": configure, "write": write, "read": read}

    own = re.escape(DEMO_HEAD_END).replace(r"\-", "-") + r"\."
    readings, receipts = re.escape(READINGS_EXCHANGE), re.escape(RECEIPTS_EXCHANGE)
    return [
        *(row(service, CABINET_VHOST, _ALL, _ALL, _ALL) for service in SERVICES),
        row("metering", AMI_VHOST, _ALL, _ALL, _ALL),
        *(row(ADMIN, vhost, _ALL, _ALL, _ALL) for vhost in VHOSTS),
        *(row(OPERATOR, vhost, _NONE, _NONE, _ALL) for vhost in VHOSTS),
        row(DEMO_HEAD_END, AMI_VHOST, f"^{own}", f"^({readings}|{own}.*)$", f"^({receipts}|{own}.*)$"),
    ]


def _topic_permissions() -> list[dict[str, str]]:
    def row(exchange: str, write: str, read: str) -> dict[str, str]:
        return {"user": DEMO_HEAD_END, "vhost": AMI_VHOST, "exchange": exchange, "write": write, "read": read}

    return [
        row(READINGS_EXCHANGE, write=f"^{re.escape(DEMO_ROUTING_KEY)}$".replace(r"\-", "-"), read=_NONE),
        row(RECEIPTS_EXCHANGE, write=_NONE, read=f"^{DEMO_HEAD_END}$"),
    ]
