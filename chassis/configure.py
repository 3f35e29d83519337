"""The configuration of a service's container, from the environment."""

from __future__ import annotations

from typing import Any

from chassis.clock import FileClock, SystemClock
from chassis.configuration import Environment

# Work in hand is bounded by each entrypoint's own prefetch; the pool must never make the broker's reader wait.
MANY_WORKERS = 10_000


def container_config(env: Environment, *, with_database: bool = True) -> dict[str, Any]:
    """What the chassis needs. Faults are collected in ``env``; call its ``check`` afterwards."""
    clock_file = env.text("CLOCK_FILE", "")
    config: dict[str, Any] = {
        "AMQP_URI": env.text("AMQP_URL"),
        "OUTSIDE_AMQP_URI": env.text("OUTSIDE_AMQP_URL", ""),
        "outside_message_bytes": env.integer("OUTSIDE_MESSAGE_BYTES", 1_048_576),
        "broker_replayers": frozenset(env.text("BROKER_REPLAYERS", "").split(",")),
        "dead_letters_limit": env.integer("DEAD_LETTERS_LIMIT", 100),
        "max_workers": MANY_WORKERS,
        "rpc_workers": env.integer("RPC_WORKERS", 32),
        "health": {"port": env.integer("HEALTH_PORT", 0), "host": env.text("HEALTH_HOST", "127.0.0.1")},
        "clock": FileClock(clock_file) if clock_file else SystemClock(),
        "token_public_key": env.text("TOKEN_PUBLIC_KEY"),
        "service_key": env.text("SERVICE_KEY"),
        "providers_dir": env.text("PROVIDERS_DIR", "providers"),
        "env": env,
    }
    if env.text("HTTP_PORT", ""):
        config["http"] = {
            "host": env.text("HTTP_HOST", "127.0.0.1"),
            "port": env.integer("HTTP_PORT"),
            "proxy_hops": env.integer("HTTP_PROXY_HOPS", 0),
        }
    if with_database:
        config["database"] = {"url": env.text("DATABASE_URL"), "pool_size": env.integer("DATABASE_POOL", 15)}
    return config
