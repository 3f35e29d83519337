"""Which processes make up the system, and how each is run."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field

from deploy.local.names import DEMO_HEAD_END, DEMO_PROVIDER, DOMAIN_SERVICES
from deploy.local.settings import GATEWAY, SANDBOX, Settings, base


@dataclass(frozen=True)
class Program:
    """One process: command, environment, and the address that answers 200 once it is ready."""

    name: str
    argv: Sequence[str]
    env: dict[str, str]
    health_url: str | None = None
    #: Stops after the others: they may still be talking to it.
    outlives_others: bool = field(default=False)


def system(settings: Settings) -> list[Program]:
    """The sandbox, every service and the gateway."""
    return [_sandbox(settings), *(_service(settings, name) for name in (*DOMAIN_SERVICES, GATEWAY))]


def migrations(settings: Settings) -> Program:
    """Brings every database up to date, in one process: the imports cost more than the work."""
    env = base() | {"MIGRATE_URLS": json.dumps(settings.migrations())}
    return Program("migrations", python("chassis.migrate", "--all"), env)


def topology(settings: Settings) -> Program:
    """Declares exchanges and queues."""
    return Program("topology", python("chassis.topology", "--wait", "60"), base() | settings.topology())


def demo_head_end(settings: Settings) -> Program:
    """Adds the head end of the demo."""
    argv = python("services.metering.head_ends", "add", DEMO_HEAD_END, "--provider", DEMO_PROVIDER)
    return Program("head-end", argv, base() | settings.head_ends())


def python(module: str, *arguments: str) -> list[str]:
    """The command that runs a module with the interpreter that runs this."""
    return [sys.executable, "-m", module, *arguments]


def _sandbox(settings: Settings) -> Program:
    health = f"{settings.address('sandbox.http')}/health"
    return Program(SANDBOX, python("sandbox"), settings.sandbox(), health, outlives_others=True)


def _service(settings: Settings, name: str) -> Program:
    module = f"{GATEWAY}.service" if name == GATEWAY else f"services.{name}.service"
    health = f"{settings.address(f'{name}.health')}/health/ready"
    return Program(name, python("chassis.run", module), settings.service(name), health)
