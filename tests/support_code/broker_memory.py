"""A broker that is short of memory: it reads nothing of whoever publishes, until it has room again."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from deploy.local import erlang
from deploy.local.nodes import Nodes
from deploy.local.rabbitmq import NODE_NAME


@contextmanager
def no_memory(nodes: Nodes) -> Iterator[None]:
    """Raise the node's memory alarm, and clear it in the end."""
    _set_watermark(nodes, "{absolute, 1}")
    try:
        yield
    finally:
        _set_watermark(nodes, "0.6")


def _set_watermark(nodes: Nodes, watermark: str) -> None:
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(nodes.broker.home),
        "ERL_EPMD_PORT": str(nodes.ports["epmd"]),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
    }
    ask = f"rpc:call('{NODE_NAME}', vm_memory_monitor, set_vm_memory_high_watermark, [{watermark}], 5000)"
    told = subprocess.run(
        erlang.command("memory", f'io:format("~p", [{ask}]), halt().'),
        env=env, cwd="/", capture_output=True, text=True, timeout=30, check=True,
    )  # fmt: skip
    assert told.stdout == "ok", told.stdout + told.stderr
