"""Health, readiness and metrics on a port of their own."""

from __future__ import annotations

import http.client
from collections.abc import Callable
from typing import Any

import pytest

from chassis.rpc.client import RemoteService
from chassis.rpc.server import rpc as served
from tests.support_code.services import Running, free_port
from tests.support_code.waiting import PATIENCE, eventually


class WellService:
    name = "well"
    has_database = False

    @served
    def ping(self, call: Any) -> str:
        return "pong"


@pytest.fixture
def get(run_service: Callable[..., Running]) -> Callable[[str], tuple[int, str]]:
    port = free_port()
    run_service(WellService, health={"port": port, "host": "127.0.0.1"})

    def fetch(path: str) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        connection.request("GET", path)
        answer = connection.getresponse()
        found = answer.status, answer.read().decode()
        connection.close()
        return found

    return fetch


def test_alive_ready_and_unknown_paths(get: Callable[[str], tuple[int, str]]) -> None:
    assert get("/health/live") == (200, '{"status": "ok"}')
    assert get("/health/ready") == (200, '{"status": "ok", "failing": []}')
    assert get("/etc/passwd")[0] == 404


def test_not_ready_while_the_broker_is_away_but_alive(
    run_service: Callable[..., Running], get: Callable[[str], tuple[int, str]]
) -> None:
    port = free_port()
    lost = run_service(WellService, health={"port": port, "host": "127.0.0.1"})
    connection = lost.connections[0]
    url, connection._url = connection._url, "amqp://a:b@127.0.0.1:1/none"
    connection.drop()
    door = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    assert eventually(lambda: _status(door, "/health/ready") == 503)
    assert _status(door, "/health/live") == 200
    connection._url = url
    assert eventually(lambda: _status(door, "/health/ready") == 200)


def _status(connection: http.client.HTTPConnection, path: str) -> int:
    connection.request("GET", path)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status


def test_calls_are_counted(get: Callable[[str], tuple[int, str]], rpc: Callable[..., RemoteService]) -> None:
    def served_calls() -> float:
        _, text = get("/metrics")
        name = 'rpc_served_seconds_count{method="well.ping",outcome="ok"}'
        return sum(float(line.split()[-1]) for line in text.splitlines() if line.startswith(name))

    before = served_calls()
    for _ in range(3):
        rpc("well").ping()
    assert eventually(lambda: served_calls() == before + 3)  # counted after the answer has left
