"""Runs one service: ``python -m chassis.run <the module of its class>``.

Waits for broker and database with backoff, stops when idle on SIGTERM or SIGINT: entrypoints first, then the work
in hand, then the connections.
"""

from __future__ import annotations

import warnings

# nameko stands on eventlet, which is in maintenance; docs/adr/0002 says how we live with that.
warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")

import eventlet  # noqa: E402

eventlet.monkey_patch()

import importlib  # noqa: E402
import inspect  # noqa: E402
import signal  # noqa: E402
import sys  # noqa: E402
import time  # noqa: E402
from typing import Any  # noqa: E402

import structlog  # noqa: E402
from nameko.containers import ServiceContainer  # noqa: E402

from chassis import answers, logs, memory, tracing  # noqa: E402
from chassis.configuration import ConfigurationError, Environment  # noqa: E402
from chassis.configure import container_config  # noqa: E402
from chassis.database import assert_green, wait_for_database  # noqa: E402

log = structlog.get_logger(__name__)

GRACE = 25.0  # of the 30 seconds an orchestrator gives


def service_class(module: str) -> Any:
    """The one class with a ``name`` that the module defines."""
    found = [
        value
        for value in vars(importlib.import_module(module)).values()
        if inspect.isclass(value)
        and value.__module__ == module
        and isinstance(getattr(value, "name", None), str)
    ]
    if len(found) != 1:
        raise ConfigurationError(f"{module} must define exactly one service class, found {len(found)}")
    return found[0]


def main(module: str) -> int:
    """Run until told to stop. The exit status is 0 after an orderly stop."""
    try:
        service = service_class(module)
        env = Environment()
        config = container_config(env, with_database=getattr(service, "has_database", True))
        logs.configure(service.name, env.text("LOG_LEVEL", "info"), getattr(service, "logged", frozenset()))
        tracing.configure(service.name, env)
        if env.text("CHECK_ANSWERS", ""):
            answers.watchers.append(answers.check)
        env.check()
    except ConfigurationError as error:
        print(f"configuration: {error}", file=sys.stderr)
        return 2
    assert_green()
    stop = eventlet.event.Event()

    def on_signal(number: int, frame: Any) -> None:
        if not stop.ready():
            eventlet.spawn_n(stop.send, number)

    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, on_signal)
    if "database" in config and not wait_for_database(config["database"]["url"], unless=stop.ready):
        return 0
    try:
        container = ServiceContainer(service, config)
        container.start()
        env.check()
    except ConfigurationError as error:
        print(f"configuration: {error}", file=sys.stderr)
        return 2
    memory.settle()
    log.info("started", service=service.name)
    died = eventlet.spawn(_wait, container, stop)
    number = stop.wait()
    log.info("stopping", service=service.name, signal=number)
    began = time.monotonic()
    with eventlet.Timeout(GRACE, False):
        container.stop()
    log.info("stopped", service=service.name, duration_ms=int((time.monotonic() - began) * 1000))
    died.kill()
    return 0 if number is not None else 1


def _wait(container: ServiceContainer, stop: Any) -> None:
    """A container that dies of a fault in its machinery ends the process; the orchestrator starts a new one."""
    try:
        container.wait()
    except Exception:
        log.critical("container_died", exc_info=True)
    if not stop.ready():
        stop.send(None)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        print("usage: python -m chassis.run <module of a service>", file=sys.stderr)
        sys.exit(2)
    sys.exit(main(sys.argv[1]))
