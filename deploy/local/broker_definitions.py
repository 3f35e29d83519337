"""Virtual hosts, users and rights of the private broker, as the JSON that RabbitMQ loads at its start."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from deploy.local.names import AMI_VHOST, CABINET_VHOST, ROOT, SERVICES

OPERATOR = "operator"
ADMIN = "admin"
#: Declares exchanges and queues at deployment; nobody else may.
TOPOLOGY = "topology"

#: Every user of the broker but head ends, who are added one by one. There is no guest: RabbitMQ makes none when it
#: loads definitions.
USERS = (*SERVICES, TOPOLOGY, OPERATOR, ADMIN)
RIGHTS = ROOT / "deploy" / "rabbitmq" / "rights.json"
VHOSTS = (CABINET_VHOST, AMI_VHOST)

_TAGS = {OPERATOR: ["monitoring"], ADMIN: ["administrator"]}
#: By which exchange dead letters come back, by vhost.
_BACK = {CABINET_VHOST: "cabinet.return", AMI_VHOST: "ami.replay"}
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

    return [
        *(
            row(user, vhost, may["configure"], may["write"], may["read"])
            for vhost, users in _declared().items()
            for user, may in users.items()
        ),
        *(row(user, vhost, _ALL, _ALL, _ALL) for vhost in VHOSTS for user in (TOPOLOGY, ADMIN)),
        # Operators look at dead letters, and put them back.
        *(row(OPERATOR, vhost, _NONE, f"^{re.escape(back)}$", r"\.dead$") for vhost, back in _BACK.items()),
    ]


def _topic_permissions() -> list[dict[str, str]]:
    return [
        {"user": user, "vhost": vhost, "exchange": exchange, "write": keys["write"], "read": keys["read"]}
        for vhost, users in _declared().items()
        for user, may in users.items()
        for exchange, keys in may["topics"].items()
    ]


def _declared() -> dict[str, dict[str, dict[str, Any]]]:
    """By vhost and user, as the code declares them (``python -m deploy.rights``)."""
    found: dict[str, dict[str, dict[str, Any]]] = json.loads(RIGHTS.read_text(encoding="utf-8"))
    return found
