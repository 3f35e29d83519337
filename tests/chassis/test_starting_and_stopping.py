"""A service starts before its broker and database, and stops without losing or repeating work."""

from __future__ import annotations

import http.client
import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import eventlet
import pytest

from authorisation.contexts import ServiceContext, ServiceContextProvider
from chassis.rpc.client import RemoteService
from chassis.rpc.server import rpc as served
from chassis.run import GRACE
from chassis.subscriptions import subscribe
from contracts.errors import CabinetError
from contracts.events.support import AppealAnswered
from deploy.local.names import ROOT
from tests.support_code import databases
from tests.support_code.bus import Bus
from tests.support_code.nodes import Nodes
from tests.support_code.proxy import Proxy
from tests.support_code.services import Running
from tests.support_code.waiting import PATIENCE, eventually

SLOWPOKE = "tests.chassis.services.slowpoke"
ANNOUNCER = "tests.chassis.services.announcer"


class StopperService:
    name = "stopper"
    service: ServiceContext = ServiceContextProvider()
    tries: list[str] = []

    @subscribe(AppealAnswered)
    def on_answer(self, call: Any, event: AppealAnswered) -> None:
        self.tries.append(event.appeal)
        eventlet.sleep(0.03)
        call.tx.run("insert into effect values (:appeal)", appeal=event.appeal)

    @served
    def work(self, call: Any) -> str:
        eventlet.sleep(random.uniform(0.01, 0.1))  # never all idle at the same moment
        return "done"


def _health(process: Any) -> tuple[int, Any]:
    host, path = process.health_url.removeprefix("http://").split("/", 1)
    connection = http.client.HTTPConnection(host, timeout=10)
    try:
        connection.request("GET", f"/{path}")
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    except OSError:
        return 0, None
    finally:
        connection.close()


# --- stopping -------------------------------------------------------------------------------------------------------


def test_at_sigterm_calls_in_hand_are_finished_and_answered_and_the_exit_is_fast(
    spawn_service: Callable[..., Any], rpc: Callable[..., RemoteService], tmp_path: Path
) -> None:
    notes = tmp_path / "notes"
    process = spawn_service(SLOWPOKE, environment={"NOTES": str(notes)})
    calls = [rpc("slowpoke").start("nap_and_note", seconds=0.5, text=str(n)) for n in range(10)]
    assert rpc("slowpoke").note(text="all are in hand")
    os.kill(process.pid, signal.SIGTERM)
    assert process.wait(GRACE - 5) == 0  # long before it would give up waiting
    assert [call.result()["text"] for call in calls] == [str(n) for n in range(10)]
    assert notes.read_text().splitlines()[0] == "all are in hand"
    assert sorted(notes.read_text().splitlines()[1:]) == [str(n) for n in range(10)]


def test_under_continuous_calls_a_service_still_stops(
    run_service: Callable[..., Running], rpc: Callable[..., RemoteService], scratch_database: str
) -> None:
    """Requests are no longer taken once it stops; else its workers would never all be idle."""
    databases.rows(scratch_database, "create table effect (appeal text)")
    service = run_service(StopperService)
    stopped = False
    outcomes: list[str] = []

    def call_on_and_on() -> None:
        while not stopped:
            try:
                outcomes.append(rpc("stopper", deadline=1.0).work())
            except CabinetError as error:
                outcomes.append(error.code)
                eventlet.sleep(0.05)

    callers = [eventlet.spawn(call_on_and_on) for _ in range(30)]
    eventually(lambda: len(outcomes) > 20)
    with eventlet.Timeout(20, AssertionError("it does not stop")):
        service.stop()
    stopped = True
    for caller in callers:
        caller.wait()
    assert set(outcomes) <= {"done", "service_unavailable", "deadline_exceeded"}


def test_finished_events_are_not_delivered_again_after_a_stop(
    run_service: Callable[..., Running],
    publish_event: Callable[..., str],
    scratch_database: str,
    bus: Bus,
) -> None:
    databases.rows(scratch_database, "create table effect (appeal text)")
    StopperService.tries.clear()
    run_service(StopperService).stop()  # the queue is there
    expected = sorted(f"a{n:03}" for n in range(120))
    for appeal in expected:
        publish_event(AppealAnswered(appeal=appeal, person="p", at=datetime.now(UTC)))
    stops = 0
    while (before := len(StopperService.tries)) < len(expected):
        service = run_service(StopperService)
        eventually(lambda some=before: len(StopperService.tries) > some)
        eventlet.sleep(0.05)
        service.stop()
        stops += 1
        done: int = databases.value(scratch_database, "select count(*) from effect")
        left = len(expected) - done
        assert done == len(StopperService.tries)
        assert eventually(lambda count=left: bus.depth("stopper.support.appeal_answered") == count)
    assert sorted(StopperService.tries) == expected  # each was tried once
    assert stops > 2


@pytest.mark.parametrize("missing", ["broker", "database"])
def test_sigterm_before_the_nodes_are_there_ends_it_at_once(
    spawn_service: Callable[..., Any], missing: str
) -> None:
    nowhere = {
        "broker": {"AMQP_URL": "amqp://a:b@127.0.0.1:1/none"},
        "database": {"DATABASE_URL": "postgresql://a:b@127.0.0.1:1/none"},
    }
    process = spawn_service(ANNOUNCER, environment=nowhere[missing], wait=False)
    eventually(lambda: "unreachable" in process.tail() or "waiting_for_database" in process.tail())
    os.kill(process.pid, signal.SIGTERM)
    assert process.wait(PATIENCE) == 0


# --- starting -------------------------------------------------------------------------------------------------------


def test_a_service_that_starts_before_the_broker_is_alive_and_becomes_ready_later(
    spawn_service: Callable[..., Any], rpc: Callable[..., RemoteService], nodes: Nodes, tmp_path: Path
) -> None:
    proxy = Proxy(nodes.amqp_port)
    environment = {"AMQP_URL": nodes.amqp_url(port=proxy.port), "NOTES": str(tmp_path / "notes")}
    process = spawn_service(SLOWPOKE, environment=environment, wait=False)
    assert eventually(lambda: _health(process) == (503, {"status": "failing", "failing": ["broker"]}))
    proxy.open()
    assert eventually(lambda: _health(process)[0] == 200)
    assert rpc("slowpoke").note(text="here") == "here"
    proxy.close()
    assert eventually(lambda: _health(process)[0] == 503)
    assert process.alive
    proxy.open()
    assert eventually(lambda: _health(process)[0] == 200)
    process.kill()
    proxy.close()


def test_a_service_that_starts_before_its_database_waits_for_it(
    spawn_service: Callable[..., Any],
    rpc: Callable[..., RemoteService],
    nodes: Nodes,
    scratch_database: str,
) -> None:
    proxy = Proxy(nodes.postgres_port)
    url = scratch_database.replace(f":{nodes.postgres_port}/", f":{proxy.port}/")
    process = spawn_service(ANNOUNCER, environment={"DATABASE_URL": url}, wait=False)
    assert eventually(lambda: "waiting_for_database" in process.tail())
    proxy.open()
    assert eventually(lambda: _health(process)[0] == 200)
    assert rpc("support").announce(first=0, count=1) == 1
    proxy.close()  # away again: it says so, answers with a code, and lives
    assert eventually(lambda: _health(process) == (503, {"status": "failing", "failing": ["database"]}))
    with pytest.raises(CabinetError) as caught:
        rpc("support", deadline=PATIENCE).announce(first=0, count=1)
    assert caught.value.code == "service_unavailable"
    proxy.open()
    assert eventually(lambda: _health(process)[0] == 200)
    assert rpc("support").announce(first=0, count=1) == 1
    process.kill()
    proxy.close()


def _run(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        env={"PATH": os.environ["PATH"]} | environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=3 * PATIENCE,
        check=False,
    )


def test_everything_wrong_in_the_environment_is_reported_at_once() -> None:
    done = _run({"HEALTH_PORT": "http", "RPC_WORKERS": "many"}, "-m", "chassis.run", ANNOUNCER)
    assert done.returncode == 2
    for fault in (
        "AMQP_URL is not set",
        "DATABASE_URL is not set",
        "TOKEN_PUBLIC_KEY is not set",
        "SERVICE_KEY is not set",
        "HEALTH_PORT is not a whole number: 'http'",
        "RPC_WORKERS is not a whole number: 'many'",
    ):
        assert fault in done.stderr
    assert "Traceback" not in done.stderr


def test_a_process_that_was_not_monkey_patched_refuses_to_use_the_database() -> None:
    """Every query would stop all greenlets of the process."""
    done = _run({}, "-c", "from chassis.database import assert_green; assert_green()")
    assert done.returncode == 1
    assert "psycopg2 is not green" in done.stderr
    script = (
        "import eventlet; eventlet.monkey_patch(); from chassis.database import assert_green; assert_green()"
    )
    assert _run({}, "-c", script).returncode == 0


def test_queries_yield_to_other_greenlets(scratch_database: str) -> None:
    from chassis.database import Database, make_engine

    database = Database(make_engine(scratch_database))
    ticks = 0

    def tick() -> None:
        nonlocal ticks
        while True:
            eventlet.sleep(0.01)
            ticks += 1

    ticker = eventlet.spawn(tick)
    with database.transaction() as tx:
        tx.run("select pg_sleep(0.5)")
    ticker.kill()
    database.engine.dispose()
    assert ticks > 2
