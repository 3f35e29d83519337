"""The order of start and stop, failures half-way, and `make run`, with stand-ins for nodes and services."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from deploy.local import stack as stack_module
from deploy.local.home_lock import HomeLock
from deploy.local.names import ROOT
from deploy.local.nodes import Nodes
from deploy.local.polling import poll
from deploy.local.process import ProcessFailed
from deploy.local.programs import Program
from deploy.local.run import Run
from deploy.local.settings import Settings, base
from deploy.local.stack import Stack, StackStopped

#: Seconds for what takes a moment; more than a busy machine needs.
WAIT = 120
TINY_SERVER = Path(__file__).with_name("tiny_server.py")


class Node:
    """Stands for the broker or the database."""

    management_url = "http://127.0.0.1:1"

    def __init__(self, name: str, notes: Path) -> None:
        self.name = name
        self.alive = False
        self._notes = notes

    def start(self) -> None:
        self.alive = True

    def wait_ready(self, timeout: float = 0) -> None:
        pass

    def stop(self) -> None:
        if self.alive:
            with self._notes.open("a") as file:
                file.write(self.name + "\n")
        self.alive = False


class StandInNodes(Nodes):
    """Real ports and passwords, no programs."""

    def __init__(self, home: Path) -> None:
        super().__init__(home)
        self.broker = Node("broker", home / "stopped")  # type: ignore[assignment]
        self.real_database, self.database = self.database, Node("database", home / "stopped")  # type: ignore[assignment]

    def prepare_database(self) -> None:
        pass

    def database_url(self, service: str) -> str:
        return self.real_database.url(service, "x", service)


@pytest.fixture(autouse=True)
def _no_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stack_module, "Nodes", StandInNodes)


def _server(settings: Settings, name: str, port_name: str, *, outlives_others: bool = False) -> Program:
    port = settings.port(port_name)
    note = settings.clock_file.with_name("stopped")
    env = base() | {"SERVICE_NAME": name, "STOP_NOTE": str(note)}
    command = [sys.executable, "-S", "-E", str(TINY_SERVER), str(port)]
    return Program(name, command, env, f"http://127.0.0.1:{port}/health", outlives_others)


def two_programs(settings: Settings) -> Sequence[Program]:
    return [
        _server(settings, "sandbox", "sandbox.http", outlives_others=True),
        _server(settings, "billing", "billing.health"),
    ]


def _python(code: str) -> Callable[[Settings], Program]:
    return lambda settings: Program("migrations", [sys.executable, "-S", "-E", "-c", code], base())


def test_all_is_ready_after_the_start_and_stopped_in_order(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with Stack(home, system=two_programs, migrations=_python("print('migrated')"), declare=False) as stack:
        assert stack.processes["billing"].alive
        assert stack.processes["sandbox"].alive
        assert stack.broker.alive
    stopped = (home / "stopped").read_text().split()
    assert stopped[:2] == ["billing", "sandbox"]
    assert sorted(stopped[2:]) == ["broker", "database"]
    assert "migrated" in (home / "log" / "migrations.log").read_text()


def test_failed_migrations_end_the_start_and_leave_nothing(tmp_path: Path) -> None:
    stack = Stack(
        tmp_path / "home",
        system=two_programs,
        migrations=_python("import sys; sys.exit('no such table')"),
        declare=False,
    )
    with pytest.raises(ProcessFailed, match=r"(?s)migrations failed.*no such table"):
        stack.start()
    assert "billing" not in stack.processes
    assert not stack.processes["sandbox"].alive
    assert not stack.broker.alive
    HomeLock(tmp_path / "home").acquire()


def test_a_service_that_dies_at_its_start_ends_the_start(tmp_path: Path) -> None:
    def system(settings: Settings) -> Sequence[Program]:
        dying = Program(
            "payments", [sys.executable, "-c", "exit('no configuration')"], base(), "http://127.0.0.1:1/"
        )
        return [*two_programs(settings), dying]

    stack = Stack(tmp_path / "home", system=system, migrations=None, declare=False)
    with pytest.raises(ProcessFailed, match=r"(?s)payments ended with 1.*no configuration"):
        stack.start()
    assert not any(process.alive for process in stack.processes.values())


def test_a_start_can_be_stopped_half_way(tmp_path: Path) -> None:
    stack = Stack(
        tmp_path / "home",
        system=two_programs,
        migrations=_python("import time; time.sleep(600)"),
        declare=False,
    )
    outcome: list[BaseException] = []

    def start() -> None:
        try:
            stack.start()
        except (ProcessFailed, StackStopped) as error:
            outcome.append(error)

    thread = threading.Thread(target=start)
    thread.start()
    assert poll((tmp_path / "home/pid/migrations.pid").exists, WAIT)
    stack.stop()
    thread.join(WAIT)
    assert outcome
    assert "billing" not in stack.processes


def test_nothing_starts_after_a_stop(tmp_path: Path) -> None:
    stack = Stack(tmp_path / "home", system=two_programs, migrations=None, declare=False)
    stack.stop()
    with pytest.raises(StackStopped):
        stack.start()


class Running:
    """`make run` in a thread."""

    def __init__(self, folder: Path, demo: str) -> None:
        self.home = folder / "run"
        self.published = folder / "endpoints.json"
        stack = Stack(self.home, system=two_programs, migrations=None, declare=False)
        self.run = Run(self.home, self.published, stack, [sys.executable, "-c", demo])
        self.stack = stack
        self.status: list[int] = []
        self._thread = threading.Thread(target=lambda: self.status.append(self.run.run()))
        self._thread.start()

    def stop(self) -> int:
        self.run.stop()
        self._thread.join(WAIT)
        return self.status[0]

    def ready(self) -> bool:
        return poll(lambda: self.published.exists() or bool(self.status), WAIT) and not self.status


DEMO = """
import json, os, pathlib
endpoints = pathlib.Path(os.environ["ENDPOINTS_FILE"])
assert json.loads(endpoints.read_text())["gateway"]["url"]
people = [{"role": "consumer", "login": "a@b.example", "password": "x"}]
pathlib.Path(os.environ["DEMO_FILE"]).write_text(json.dumps({"sign_in": people}))
with endpoints.with_name("loads").open("a") as file: file.write("x")
"""


def test_run_publishes_addresses_and_people_while_it_is_up(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    running = Running(tmp_path, DEMO)
    assert running.ready()
    published = json.loads(running.published.read_text())
    assert running.published.stat().st_mode & 0o777 == 0o600
    assert published["sign_in"][0]["login"] == "a@b.example"
    assert running.stop() == 0
    assert not running.published.exists()
    assert "a@b.example / x" in capsys.readouterr().out


def test_the_demo_is_loaded_once_per_data(tmp_path: Path) -> None:
    for _ in range(2):
        running = Running(tmp_path, DEMO)
        assert running.ready()
        assert running.stop() == 0
    assert (tmp_path / "run" / "loads").read_text() == "x"


def test_a_demo_that_fails_ends_the_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    running = Running(tmp_path, "exit('no such tariff')")
    assert not running.ready()
    assert running.stop() == 1
    assert "no such tariff" in capsys.readouterr().out


def test_a_second_run_says_so_and_leaves_the_first_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = Running(tmp_path, DEMO)
    assert first.ready()
    second = Running(tmp_path, DEMO)
    assert poll(lambda: bool(second.status), WAIT)
    assert second.status == [1]
    assert "already running" in capsys.readouterr().out
    assert first.published.exists()
    assert first.stop() == 0


def test_run_starts_again_what_died(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    running = Running(tmp_path, DEMO)
    assert running.ready()
    billing = running.stack.processes["billing"]
    billing.kill()
    assert poll(lambda: billing.alive, WAIT)
    assert running.stop() == 0
    assert "billing has died" in capsys.readouterr().out


def test_make_help_lists_every_target() -> None:
    makefile = (ROOT / "Makefile").read_text()
    listed = set(re.findall(r"^([a-z]+):.*## ", makefile, re.MULTILINE))
    assert listed == {"help", "run", "test", "lint", "bench", "demo", "docs", "lock", "clean"}
    assert subprocess.run(["make", "-s"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.count(
        "  make "
    ) == len(listed)
