"""How the secrets are called in .env, which make_env.py writes and docker-compose.yml hands out."""

from __future__ import annotations

from deploy.local.broker_definitions import USERS
from deploy.local.names import DEMO_HEAD_END, SERVICES

SUPERUSER_PASSWORD = "DATABASE_PASSWORD_SUPERUSER"


def amqp_password(user: str) -> str:
    """The password of a user of the broker."""
    return f"AMQP_PASSWORD_{user.upper().replace('-', '_')}"


def database_password(service: str) -> str:
    """The password of a service's role."""
    return f"DATABASE_PASSWORD_{service.upper()}"


def owner_password(service: str) -> str:
    """The password of the role that owns a service's tables."""
    return f"{database_password(service)}_OWNER"


AMQP_PASSWORDS = {user: amqp_password(user) for user in (*USERS, DEMO_HEAD_END)}
DATABASE_PASSWORDS = {service: database_password(service) for service in SERVICES}
OWNER_PASSWORDS = {service: owner_password(service) for service in SERVICES}
