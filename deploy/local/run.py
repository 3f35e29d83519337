"""`make run`: the whole system with the demo in it, until Ctrl-C or SIGTERM."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

from demo import codes
from deploy.local.files import write_json
from deploy.local.home_lock import HomeBusy
from deploy.local.names import ROOT
from deploy.local.process import ManagedProcess, ProcessFailed
from deploy.local.programs import python
from deploy.local.settings import base
from deploy.local.stack import Stack, StackStopped
from deploy.local.watch import Watcher

DEMO_TIMEOUT = 300


class Run:
    """One `make run`."""

    def __init__(self, home: Path, published: Path, stack: Stack, demo: list[str] | None) -> None:
        """`published` is where endpoints.json stands while all is ready, `demo` loads the demo."""
        self.home = home
        self.published = published
        self.stack = stack
        self.asked_to_stop = False
        #: It was asked to stop, or a process has ended.
        self._stirred = threading.Event()
        #: The start is over, well or not.
        self._started = threading.Event()
        self._demo = demo
        self._failure: BaseException | None = None

    def hear_signals(self) -> None:
        """Ctrl-C and SIGTERM stop it; the end of a process makes it look."""
        signal.signal(signal.SIGINT, lambda *_: self.stop())
        signal.signal(signal.SIGTERM, lambda *_: self.stop())
        signal.signal(signal.SIGCHLD, lambda *_: self._stirred.set())

    def stop(self) -> None:
        """Ask it to stop, and what it has started."""
        self.asked_to_stop = True
        self._stirred.set()

    def run(self) -> int:
        """Start, tell, watch, stop; the exit status."""
        try:
            self.stack.lock()
        except HomeBusy as busy:
            say(f"it is already running (process {busy.pid}); see {shown(self.published)}")
            return 1
        self.published.unlink(missing_ok=True)  # a former run that was killed left it
        began = time.monotonic()
        # In a thread, so that this one hears signals and can stop a start half-way.
        starting = threading.Thread(target=self._start, name="start")
        starting.start()
        try:
            while not self._started.wait(0.1) and not self.asked_to_stop:
                pass
            if not self.asked_to_stop and self._failure is None:
                self._ready(time.monotonic() - began)
                self._watch()
        finally:
            self.published.unlink(missing_ok=True)
            say("stopping")
            self.stack.stop()
            starting.join()
        if self._failure is None or isinstance(self._failure, StackStopped) or self.asked_to_stop:
            say("stopped")
            return 0
        say(f"failed: {self._failure}")
        return 1

    def _start(self) -> None:
        try:
            self.stack.start()
            self._load_demo()
        except Exception as failure:
            self._failure = failure
        finally:
            self._started.set()

    def _load_demo(self) -> None:
        """Once per fresh data."""
        described = self.home / "endpoints.json"
        write_json(described, self.stack.endpoints)
        stamp = self.home / "demo.loaded"
        if self._demo is None or stamp.exists():
            return
        say("demo")
        env = base() | {
            "ENDPOINTS_FILE": str(described),
            "DEMO_FILE": str(self.home / "demo.json"),
            # The first member of staff: nobody is there yet to add them through the gateway.
            "IDENTITY_DATABASE_URL": self.stack.nodes.database_url("identity"),
        }
        loader = ManagedProcess("demo", self._demo, env, self.home / "log" / "demo.log")
        loader.start()
        try:
            if loader.wait(DEMO_TIMEOUT) != 0:
                raise ProcessFailed(f"loading the demo failed\n{loader.tail()}")
        finally:
            loader.kill()
        stamp.touch()

    def _ready(self, seconds: float) -> None:
        endpoints = self.stack.endpoints
        write_json(self.home / "endpoints.json", endpoints)
        write_json(self.published, endpoints)
        print(summary(endpoints, self.published, self.home, seconds), flush=True)

    def _watch(self) -> None:
        stack = self.stack
        watcher = Watcher({"broker": stack.broker, "database": stack.database, **stack.processes}, say)
        while True:
            self._stirred.clear()
            # Asked before it was cleared: the flag tells. Asked, or died, after: the wait ends at once.
            if self.asked_to_stop:
                return
            self._stirred.wait(watcher.look())


def summary(endpoints: dict[str, Any], published: Path, home: Path, seconds: float) -> str:
    """What a person needs to know once the system is up."""
    management = endpoints["management"]
    lines = [
        "",
        f"Ready after {seconds:.1f} s.",
        "",
        f"  Cabinet           {endpoints['gateway']['url']}",
        f"  Outside world     {endpoints['sandbox']['url']}",
        f"  Broker            {management['url']}   {management['user']} / {management['password']}",
        f"  All addresses     {shown(published)}",
        f"  Logs              {shown(home / 'log')}",
    ]
    people = endpoints["sign_in"]
    if people:
        lines += ["", "Sign in as"]
        lines += [f"  {p.get('role', ''):<17} {p.get('login', '')} / {p.get('password', '')}" for p in people]
        apps = codes.lines(people)
        if apps:
            lines += [
                "",
                "Staff also show a code; the key is for an app of your own, or `python -m demo.codes`",
            ]
            lines += apps
    return "\n".join([*lines, "", "Ctrl-C stops everything.", ""])


def shown(path: Path) -> str:
    """A path as short as it can be written from the project's folder."""
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)


def say(line: str) -> None:
    """One line for the person in front of it."""
    print(f"[{time.strftime('%H:%M:%S')}] {line}", flush=True)


def main() -> int:
    """Run until a signal."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, default=ROOT / ".local/run", help="folder for all that is kept")
    parser.add_argument(
        "--endpoints", type=Path, default=ROOT / ".local/endpoints.json", help="where to tell the addresses"
    )
    parser.add_argument("--no-demo", action="store_true", help="leave the databases as they are")
    arguments = parser.parse_args()
    home = arguments.home.resolve()
    demo = None if arguments.no_demo else python("demo.load")
    run = Run(home, arguments.endpoints.resolve(), Stack(home, say=say), demo)
    run.hear_signals()
    return run.run()


if __name__ == "__main__":
    sys.exit(main())
