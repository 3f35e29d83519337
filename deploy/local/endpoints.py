"""Where everything of a running system is, for people and programs outside it."""

from __future__ import annotations

from typing import Any

from deploy.local.broker_definitions import ADMIN, OPERATOR
from deploy.local.files import read_json
from deploy.local.names import (
    AMI_VHOST,
    DEMO_HEAD_END,
    DEMO_ROUTING_KEY,
    DOMAIN_SERVICES,
    READINGS_EXCHANGE,
)
from deploy.local.nodes import Nodes
from deploy.local.settings import Settings


def describe(nodes: Nodes, settings: Settings) -> dict[str, Any]:
    """The content of endpoints.json."""
    return {
        "gateway": {
            "url": settings.address("gateway.http"),
            "health": settings.address("gateway.health") + "/health/ready",
            "metrics": settings.address("gateway.health") + "/metrics",
        },
        "services": {name: _service(settings.address(f"{name}.health")) for name in DOMAIN_SERVICES},
        "sandbox": {
            "url": settings.address("sandbox.http"),
            "smtp": {"host": "127.0.0.1", "port": settings.port("sandbox.smtp")},
        },
        "amqp": {
            "head_end": {
                **_broker_user(nodes, DEMO_HEAD_END, AMI_VHOST),
                "vhost": AMI_VHOST,
                "exchange": READINGS_EXCHANGE,
                "routing_key": DEMO_ROUTING_KEY,
                "receipts_queue": f"{DEMO_HEAD_END}.receipts",
            },
            "operator": _broker_user(nodes, OPERATOR),
            "admin": _broker_user(nodes, ADMIN),
        },
        "management": {
            "url": nodes.broker.management_url,
            "user": ADMIN,
            "password": nodes.amqp_passwords[ADMIN],
        },
        "sign_in": _sign_in(nodes),
        "clock_file": str(settings.clock_file),
    }


def _service(address: str) -> dict[str, str]:
    return {
        "health": f"{address}/health/ready",
        "live": f"{address}/health/live",
        "metrics": f"{address}/metrics",
    }


def _broker_user(nodes: Nodes, user: str, *vhost: str) -> dict[str, str]:
    return {"url": nodes.amqp_url(user, *vhost), "user": user, "password": nodes.amqp_passwords[user]}


def _sign_in(nodes: Nodes) -> list[dict[str, Any]]:
    """Who can sign in, as the demo's loader noted it; nobody before it has run."""
    noted = read_json(nodes.home / "demo.json", {})
    people: list[dict[str, Any]] = noted.get("sign_in", []) if isinstance(noted, dict) else noted
    return people
