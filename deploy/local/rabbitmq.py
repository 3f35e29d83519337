"""A private RabbitMQ node: own folder, own ports on loopback, own port mapper, own cookie."""

from __future__ import annotations

import json
import os
import secrets
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import amqp

from deploy.local import binaries, erlang
from deploy.local.files import write_private
from deploy.local.process import ManagedProcess, ProcessFailed

#: The port mapper is private, so the name need not differ from that of any other node on the machine.
NODE_NAME = "cabinet@localhost"


class RabbitNode:
    """RabbitMQ's own start script in the foreground, as any user, root too; all it writes is under `home`."""

    def __init__(
        self,
        home: Path,
        amqp_port: int,
        management_port: int,
        dist_port: int,
        epmd_port: int,
        definitions: Mapping[str, Any],
        probe: tuple[str, str, str],
    ) -> None:
        """`probe` is the user, password and vhost of the handshake that tells whether the node is ready."""
        self.home = home
        self.amqp_port = amqp_port
        self.management_port = management_port
        self._dist_port = dist_port
        self._definitions = definitions
        self._probe = probe
        env = self._environment(epmd_port)
        self.epmd = ManagedProcess(
            "epmd",
            [str(binaries.epmd()), "-port", str(epmd_port), "-address", "127.0.0.1"],
            env,
            home / "log" / "epmd.log",
            cwd=Path("/"),
            pid_file=home / "epmd.pid",
            # It keeps no state and takes its time over SIGTERM.
            stop_signal=signal.SIGKILL,
        )
        self.process = ManagedProcess(
            "rabbitmq",
            [str(binaries.rabbitmq_server())],
            env,
            home / "log" / "console.log",
            cwd=Path("/"),
            pid_file=home / "supervised.pid",
        )
        self._elections = ManagedProcess(
            "elections",
            erlang.command("elections", erlang.elect_leaders(NODE_NAME)),
            env,
            home / "log" / "elections.log",
            cwd=Path("/"),
        )
        self._detaching = ManagedProcess(
            "detach",
            erlang.command("stop", erlang.detach_statistics(NODE_NAME)),
            env,
            home / "log" / "detach.log",
            cwd=Path("/"),
        )
        #: Stands while the node runs: one that is found at a start tells of a crash.
        self._running = home / "running"

    @property
    def alive(self) -> bool:
        """Whether the node's process runs."""
        return self.process.alive

    @property
    def management_url(self) -> str:
        """The management page and API."""
        return f"http://127.0.0.1:{self.management_port}"

    def start(self) -> None:
        """Start the port mapper and the node; returns at once, see `wait_ready`."""
        self._write_configuration()
        self.epmd.start()
        after_a_crash = self._running.exists()
        self._running.touch()
        self.process.start()
        if after_a_crash:
            self._elections.kill()
            self._elections.start()

    def wait_ready(self, timeout: float = 120) -> None:
        """Return once a client can connect, sign in and open its virtual host."""
        self.process.wait_for(self._accepts, timeout)
        self.process.wait_for(lambda: not self._elections.alive, timeout)

    def stop(self, grace: float = 30) -> None:
        """Shut the node down cleanly, then its port mapper."""
        self._elections.kill()
        if self.alive:
            self._before_stop()
            self.process.stop(grace)
            if self.process.returncode == 0:
                self._running.unlink(missing_ok=True)
        self.epmd.stop(5)

    def kill(self) -> None:
        """SIGKILL the node as it stands. `start` brings it back on the same data."""
        self.process.kill()

    def _before_stop(self) -> None:
        try:
            self._detaching.start()
            self._detaching.wait(4)  # it only saves five seconds
        except (OSError, ProcessFailed):
            pass
        finally:
            self._detaching.kill()

    def _accepts(self) -> bool:
        user, password, vhost = self._probe
        connection = amqp.Connection(
            f"127.0.0.1:{self.amqp_port}",
            userid=user,
            password=password,
            virtual_host=vhost,
            connect_timeout=2,
            read_timeout=2,
        )
        try:
            connection.connect()
            connection.close()
        except (OSError, amqp.AMQPError):
            return False
        return True

    def _environment(self, epmd_port: int) -> dict[str, str]:
        home = self.home
        inherited = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ}
        return inherited | {
            # Erlang reads its cookie from here, never the user's own.
            "HOME": str(home),
            "ERL_EPMD_PORT": str(epmd_port),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_CRASH_DUMP": str(home / "log" / "erl_crash.dump"),
            "ERL_CRASH_DUMP_SECONDS": "1",
            "RABBITMQ_NODENAME": NODE_NAME,
            "RABBITMQ_DIST_PORT": str(self._dist_port),
            # No file of the machine's own node is read: each of these would default to one in /etc.
            "RABBITMQ_CONF_ENV_FILE": str(home / "rabbitmq-env.conf"),
            "RABBITMQ_CONFIG_FILE": str(home / "rabbitmq.conf"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(home / "advanced.config"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(home / "enabled_plugins"),
            "RABBITMQ_GENERATED_CONFIG_DIR": str(home / "generated"),
            "RABBITMQ_MNESIA_BASE": str(home / "mnesia"),
            "RABBITMQ_LOG_BASE": str(home / "log"),
            "RABBITMQ_PID_FILE": str(home / "rabbitmq.pid"),
            # Makes the script become the node instead of waiting for it as a parent: the process that is
            # signalled is then the one that does the work. (Nothing is notified without NOTIFY_SOCKET.)
            "RUNNING_UNDER_SYSTEMD": "true",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": erlang.PRIVATE_DISTRIBUTION,
        }

    def _write_configuration(self) -> None:
        home = self.home
        for folder in ("log", "mnesia", "generated"):
            (home / folder).mkdir(parents=True, exist_ok=True)
        cookie = home / ".erlang.cookie"
        if not cookie.exists():
            write_private(cookie, secrets.token_hex(20), mode=0o400)
        definitions = home / "definitions.json"
        write_private(definitions, json.dumps(self._definitions, indent=1))
        write_private(home / "rabbitmq-env.conf", "")
        # A quorum queue reports its figures so often (ms); there are a hundred of them.
        write_private(home / "advanced.config", "[{rabbit, [{quorum_tick_interval, 60000}]}].\n")
        write_private(home / "enabled_plugins", "[rabbitmq_management].\n")
        write_private(
            home / "rabbitmq.conf",
            "\n".join(
                [
                    f"listeners.tcp.1 = 127.0.0.1:{self.amqp_port}",
                    "management.tcp.ip = 127.0.0.1",
                    f"management.tcp.port = {self.management_port}",
                    f"load_definitions = {definitions}",
                    # A developer's disk may be nearly full; the default would block every publisher.
                    "disk_free_limit.absolute = 50MB",
                    # Statistics are for the management page only; every five seconds they would be most of what an
                    # idle node does.
                    "collect_statistics_interval = 60000",
                    "log.file = rabbitmq.log",
                    "log.file.level = info",
                    "log.console = false",
                    "",
                ]
            ),
        )
