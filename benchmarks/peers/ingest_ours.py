"""The real service of metering in a process of its own, started when it is told to."""

from __future__ import annotations

import eventlet

eventlet.monkey_patch()

import time  # noqa: E402

from nameko.containers import ServiceContainer  # noqa: E402

from benchmarks import support  # noqa: E402
from chassis import logs, memory  # noqa: E402
from chassis.configuration import Environment  # noqa: E402
from chassis.configure import container_config  # noqa: E402
from services.metering.service import MeteringService  # noqa: E402


def main() -> None:
    """Until the end of the process."""
    env = Environment()
    container = ServiceContainer(MeteringService, container_config(env))
    logs.configure(MeteringService.name)
    support.report(ready=True)
    support.wait_until_told()
    support.report(began=time.time())
    container.start()
    memory.settle()  # as chassis.run does
    container.wait()


if __name__ == "__main__":
    main()
