"""One child process: started, watched, stopped, killed, paused."""

from __future__ import annotations

import contextlib
import http.client
import signal
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from urllib.parse import urlsplit

from deploy.local.child import Child
from deploy.local.names import ROOT
from deploy.local.pid_file import PidFile
from deploy.local.polling import poll
from deploy.local.spawn import spawn

_ROTATE_AT = 10_000_000
_TAIL_LINES = 25


class ProcessFailed(RuntimeError):
    """A process ended, or did not become ready, when it should have; the message ends with its log's tail."""


def at_once(actions: Sequence[Callable[[], None]]) -> None:
    """Run them side by side; raise the first failure at once, without waiting for the rest."""
    if not actions:
        return
    pool = ThreadPoolExecutor(len(actions))
    try:
        for done in as_completed([pool.submit(action) for action in actions]):
            done.result()
    finally:
        # Whoever still waits for a process ends with it, so nothing is left behind for long.
        pool.shutdown(wait=False)


class ManagedProcess:
    """A program run as a child in a session of its own, its output appended to a log file."""

    def __init__(
        self,
        name: str,
        argv: Sequence[str],
        env: Mapping[str, str],
        log_file: Path,
        health_url: str | None = None,
        *,
        cwd: Path = ROOT,
        pid_file: Path | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
    ) -> None:
        self.name = name
        self.argv = list(argv)
        self.env = dict(env)
        self.log_file = log_file
        self.health_url = health_url
        self.cwd = cwd
        self.stop_signal = stop_signal
        self._pid_file = PidFile(pid_file) if pid_file else None
        self._child: Child | None = None

    @property
    def pid(self) -> int:
        """The process id; of the last run, if it has ended."""
        if self._child is None:
            raise ProcessFailed(f"{self.name} was never started")
        return self._child.pid

    @property
    def alive(self) -> bool:
        """Whether it runs now (a paused process does)."""
        return self._child is not None and self._child.status is None

    @property
    def returncode(self) -> int | None:
        """How the last run ended; None while it runs or if there was none."""
        return None if self._child is None else self._child.status

    def start(self) -> None:
        """Start it, unless it runs."""
        if self.alive:
            return
        if self._child is not None:
            self._child.end_group()  # helpers of the last run
        self.log_file.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            if self.log_file.stat().st_size > _ROTATE_AT:
                self.log_file.rename(self.log_file.with_name(self.log_file.name + ".1"))
        with self.log_file.open("ab") as output:
            started = spawn(
                self.argv, env=self.env, cwd=self.cwd, output=output, death_signal=self.stop_signal
            )
        self._child = Child(started)
        if self._pid_file:
            self._pid_file.write(self.pid)

    def stop(self, grace: float = 30) -> None:
        """Ask it to end, give it `grace` seconds, then kill it."""
        if self._child is not None and self.alive:
            self._child.signal(self.stop_signal)
            self._child.signal(signal.SIGCONT)  # a paused one would never see the first signal
            poll(lambda: not self.alive, grace)
        self.kill()

    def kill(self) -> None:
        """SIGKILL it, and what it started itself; returns when it is gone."""
        if self._child is not None:
            self._child.end_group()
        if self._pid_file:
            self._pid_file.remove()

    def wait(self, timeout: float) -> int:
        """Wait for it to end by itself; its exit status."""
        if not poll(lambda: not self.alive, timeout):
            raise ProcessFailed(f"{self.name} was not done after {timeout:.0f} s\n{self.tail()}")
        return self.returncode or 0

    def pause(self) -> None:
        """SIGSTOP: it keeps its connections and answers nothing."""
        if self._child is not None:
            self._child.signal(signal.SIGSTOP)

    def resume(self) -> None:
        """SIGCONT after `pause`."""
        if self._child is not None:
            self._child.signal(signal.SIGCONT)

    def wait_ready(self, timeout: float = 120) -> None:
        """Return once the health address answers 200; raise if the process ends or the time is up first."""
        self.wait_for(lambda: self.health_url is None or answers(self.health_url), timeout)

    def wait_for(self, check: Callable[[], bool], timeout: float) -> None:
        """Return once `check` is true; raise if the process ends or the time is up first."""
        if not poll(lambda: not self.alive or check(), timeout):
            raise ProcessFailed(f"{self.name} was not ready after {timeout:.0f} s\n{self.tail()}")
        if not self.alive:
            how = self._child.told() if self._child else "nothing: it was not started"
            raise ProcessFailed(f"{self.name} ended with {how} before it was ready\n{self.tail()}")

    def tail(self, lines: int = _TAIL_LINES) -> str:
        """The last lines of its log."""
        try:
            text = self.log_file.read_bytes()[-20_000:].decode(errors="replace")
        except FileNotFoundError:
            return ""
        return "\n".join([f"--- {self.log_file}", *text.splitlines()[-lines:]])


def answers(url: str, timeout: float = 2) -> bool:
    """Whether GET `url` gives 200. Plain http.client: no proxy settings of the machine come in between."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=timeout)
    try:
        connection.request("GET", parts.path or "/")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
