"""A private PostgreSQL node: own folder, one port on loopback, no socket file, a password for everybody."""

from __future__ import annotations

import contextlib
import locale
import os
import shutil
import signal
import subprocess
from dataclasses import replace
from pathlib import Path

import psycopg2

from deploy.local import as_user, binaries, elsewhere
from deploy.local.files import write_private
from deploy.local.pid_file import look_up, working_in
from deploy.local.polling import poll
from deploy.local.process import ManagedProcess

SUPERUSER = "postgres"

#: As in production where correctness hangs on it (fsync, full page writes, synchronous commit are left on),
#: sized for a small machine.
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "password_encryption": "scram-sha-256",
    "max_connections": "300",
    "superuser_reserved_connections": "5",
    "shared_buffers": "256MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    # Short statements: compiling them would cost more than it saves.
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "datestyle": "iso, ymd",
    "lc_messages": "C",
    "log_line_prefix": "%m [%p] %q%u@%d ",
    "log_lock_waits": "on",
}


class PostgresNode:
    """The server run in the foreground, as somebody else if we are root (see `as_user`)."""

    def __init__(self, home: Path, port: int, password: str, run_as: as_user.RunAs | None = None) -> None:
        """`password` is the superuser's, `run_as` overrides the way that would be chosen (tests do)."""
        self.home = home
        self.port = port
        self.password = password
        self.data = home / "data"
        self._log = home / "postgres.log"
        self._bin = binaries.postgres_bin()
        self._run_as = run_as
        self._process: ManagedProcess | None = None

    @property
    def process(self) -> ManagedProcess:
        """The postmaster."""
        if self._process is None:
            raise RuntimeError("PostgreSQL was never started")
        return self._process

    @property
    def run_as(self) -> as_user.RunAs:
        """How the server is run; probed once."""
        if self._run_as is None:
            self.home.mkdir(parents=True, exist_ok=True)
            known = elsewhere.of(self.data)
            account = as_user.system_user() if known is not None else None
            self._run_as = replace(account, place=known) if account else as_user.choose(self.home)
        return self._run_as

    @property
    def alive(self) -> bool:
        """Whether the postmaster runs."""
        return self._process is not None and self._process.alive

    def url(self, user: str, password: str, database: str) -> str:
        """The address of a database for a user."""
        return f"postgresql://{user}:{password}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Make the data folder if there is none, and start; returns at once, see `wait_ready`."""
        if self.alive:
            return
        self.kill()  # what is left of the last run: a server refuses to start while its predecessor's number is taken
        if not self.data.exists():
            self._initialise()
        self._write_configuration()
        data = self.data.resolve()
        self.run_as.give(data)
        self._process = ManagedProcess(
            "postgres",
            [*self.run_as.prefix, str(self._bin / "postgres"), "-D", str(data)],
            self._environment(),
            self._log,
            cwd=Path("/"),
            pid_file=self.home / "supervised.pid",
            stop_signal=signal.SIGINT,  # "fast": ends sessions, writes a checkpoint
        )
        self._process.start()

    def wait_ready(self, timeout: float = 120) -> None:
        """Return once a client can connect (after a crash: once recovery is through)."""
        self.process.wait_for(self._accepts, timeout)

    def stop(self, grace: float = 30) -> None:
        """Shut down cleanly, ending open sessions."""
        if self._process is not None:
            self._process.stop(grace)
            self._end_orphans()

    def kill(self) -> None:
        """SIGKILL the server as it stands, all of its processes. `start` recovers from the log."""
        if self._process is not None:
            self._process.kill()
        self._end_orphans()

    def _end_orphans(self) -> None:
        """SIGKILL what lives on without a postmaster: a new one refuses to start beside it.

        Each backend has a session of its own, so it does not go with the postmaster's group. Its working folder
        is the data folder, which is nobody else's.
        """
        orphans = self.processes()
        for pid in orphans:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        poll(lambda: not any(look_up(pid) for pid in orphans), 10)

    def processes(self) -> list[int]:
        """The server's own, with or without a postmaster: those whose working folder is the data folder.

        In a container root may lack the right to see that of other users' processes; the server's user sees it.
        """
        if not self.data.exists():
            return []
        if self.run_as.owner in (None, (0, 0)):
            return working_in(self.data)
        look = [
            "find",
            "/proc",
            "-maxdepth",
            "2",
            "-path",
            "/proc/[0-9]*/cwd",
            "-lname",
            str(self.data.resolve()),
        ]
        found = subprocess.run(
            [*self.run_as.prefix, *look], capture_output=True, text=True, check=False, cwd="/"
        ).stdout
        return sorted(int(line.split("/")[2]) for line in found.splitlines())

    def _accepts(self) -> bool:
        try:
            psycopg2.connect(self.url(SUPERUSER, self.password, "postgres"), connect_timeout=2).close()
        except psycopg2.OperationalError as error:
            if "password authentication failed" in str(error):
                raise
            return False
        return True

    def _environment(self) -> dict[str, str]:
        inherited = {name: os.environ[name] for name in ("PATH", "TMPDIR") if name in os.environ}
        return inherited | {"LC_ALL": _utf8_locale(), "HOME": str(self.home)}

    def _initialise(self) -> None:
        # Made under another name and renamed at the end: a folder called `data` is always a whole one.
        place = self.run_as.place or self.home
        partial = place / "data.partial"
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True, mode=0o700)
        password_file = partial.with_name("initdb.password")
        write_private(password_file, self.password + "\n")
        self.run_as.give(partial)
        self.run_as.give(password_file)
        command = [str(self._bin / "initdb"), "-D", str(partial), "-U", SUPERUSER, "--encoding=UTF8"]
        command += [f"--locale={_utf8_locale()}", "--auth=scram-sha-256", f"--pwfile={password_file}"]
        try:
            subprocess.run(
                [*self.run_as.prefix, *command],
                env=self._environment(),
                cwd="/",
                capture_output=True,
                text=True,
                check=True,
            )
        except subprocess.CalledProcessError as error:
            raise RuntimeError(f"initdb failed:\n{error.stdout}\n{error.stderr}") from error
        finally:
            password_file.unlink()
        if place != self.home:
            # What a home that is gone has left there is nobody's.
            shutil.rmtree(place / "data", ignore_errors=True)
            partial.rename(place / "data")
            self.data.unlink(missing_ok=True)
            self.data.symlink_to(place / "data")
            return
        partial.rename(self.data)

    def _write_configuration(self) -> None:
        settings = SETTINGS | {"port": str(self.port)}
        lines = [f"{name} = '{value}'" for name, value in settings.items()]
        write_private(self.data / "postgresql.conf", "\n".join(lines) + "\n")
        if self.run_as.owner:
            os.chown(self.data / "postgresql.conf", *self.run_as.owner)


def _utf8_locale() -> str:
    """C.UTF-8 where there is one (glibc has it everywhere), which sorts the same on every machine."""
    current = locale.setlocale(locale.LC_CTYPE)
    try:
        locale.setlocale(locale.LC_CTYPE, "C.UTF-8")
    except locale.Error:
        return "C"
    locale.setlocale(locale.LC_CTYPE, current)
    return "C.UTF-8"
