"""The door over real sockets: bodies of every transfer coding, callers that drip, more callers than there is room."""

from __future__ import annotations

import contextlib
import json
import socket
import time
from collections.abc import Callable
from typing import Any, ClassVar

import eventlet
import httpx
import pytest

from chassis.context import CallContext
from chassis.rpc.server import rpc as rpc_entrypoint
from gateway import bodies, front_door
from gateway.service import Gateway
from tests.support_code.services import Running, free_port
from tests.support_code.waiting import PATIENCE, eventually

HEAD = b"POST /api/v1/password-check HTTP/1.1\r\nHost: cabinet\r\nContent-Type: application/json\r\n"
BODY = b'{"password": "Long-enough-2026"}'


class Identity:
    """Stands in for identity: it repeats what it was asked."""

    name = "identity"
    has_database = False
    heard: ClassVar[list[dict[str, Any]]] = []

    @rpc_entrypoint
    def check_password(self, call: CallContext, **request: Any) -> Any:
        """No rule."""
        self.heard.append(request)
        return {"rules": [], "broken": []}


class Door:
    """The gateway's addresses."""

    def __init__(self, port: int, health: int) -> None:
        self.port, self._health = port, health

    def connect(self, first: bytes = b"") -> socket.socket:
        """A connection, and what it sends at first."""
        found = socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)
        found.sendall(first)
        return found

    def answers(self) -> bool:
        """Does somebody who comes now get an answer?"""
        url = f"http://127.0.0.1:{self.port}/api/v1/problems"
        try:
            return httpx.get(url, trust_env=False, timeout=PATIENCE).status_code == 200
        except httpx.TransportError:
            return False

    def ready(self) -> int:
        """The status of the readiness check."""
        url = f"http://127.0.0.1:{self._health}/health/ready"
        return httpx.get(url, trust_env=False, timeout=PATIENCE).status_code


@pytest.fixture
def stand(run_service: Callable[..., Running], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Door]:
    """``stand(connections, of_a_network)``: a gateway with a second for a head, and another for a body."""
    monkeypatch.setattr(front_door, "LOOK_EVERY", 0.2)
    monkeypatch.setattr(front_door, "SECONDS", {"idle": 60.0, "head": 1.0, "body": 60.0, "busy": 60.0})
    monkeypatch.setattr(bodies, "BODY_WITHIN", 1.0)

    def made(connections: int = 100, of_a_network: int = 0) -> Door:
        run_service(Identity)
        Identity.heard.clear()
        port, health = free_port(), free_port()
        limits = {"HTTP_CONNECTIONS": str(connections), "HTTP_CONNECTIONS_OF_A_NETWORK": str(of_a_network)}
        run_service(
            Gateway,
            environment=limits,
            http={"host": "127.0.0.1", "port": port},
            health={"port": health, "host": "127.0.0.1"},
        )
        return Door(port, health)

    return made


def answer_on(connection: socket.socket) -> tuple[int, bytes]:
    """Status and body of what comes until the other side closes."""
    received = b""
    while part := connection.recv(65536):
        received += part
    head, _, body = received.partition(b"\r\n\r\n")
    return int(head.split()[1]) if head else 0, body


def test_gw1_a_chunked_body_is_read_whole(stand: Callable[..., Door]) -> None:
    door = stand()
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (BODY[:7], BODY[7:20], BODY[20:]))
    connection = door.connect(
        HEAD + b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n"
    )
    status, body = answer_on(connection)
    assert (status, json.loads(body)) == (200, {"rules": [], "broken": []})
    assert Identity.heard == [json.loads(BODY)]


def test_gw1_a_chunked_body_without_end_is_too_large(
    stand: Callable[..., Door], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.app.MAX_BODY", 1000)
    door = stand()
    connection = door.connect(HEAD + b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n")
    with contextlib.suppress(OSError):
        for _ in range(100):
            connection.sendall(b"64\r\n" + b"x" * 100 + b"\r\n")
    assert answer_on(connection)[0] == 413
    assert Identity.heard == []


def test_gw4_a_head_that_drips_is_cut_with_408(stand: Callable[..., Door]) -> None:
    door = stand()
    connection = door.connect(HEAD)
    began = time.monotonic()
    status, _ = answer_on(connection)
    assert status == 408 and 0.8 < time.monotonic() - began < PATIENCE / 4


def test_gw4_a_body_that_drips_is_a_408_with_a_code(stand: Callable[..., Door]) -> None:
    door = stand()
    connection = door.connect(
        HEAD + b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(BODY) + BODY[:-1]
    )
    status, body = answer_on(connection)
    assert (status, json.loads(body)["code"]) == (408, "request_timeout")
    assert Identity.heard == []


def test_gw4_an_idle_connection_is_kept_for_the_next_request(stand: Callable[..., Door]) -> None:
    door = stand()
    connection = door.connect()
    eventlet.sleep(1.5)  # longer than a head may take
    request = HEAD + b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(BODY) + BODY
    connection.sendall(request)
    assert answer_on(connection)[0] == 200


def test_gw4_more_callers_that_drip_than_there_is_room_for_keep_nobody_out(
    stand: Callable[..., Door],
) -> None:
    door = stand(connections=10)
    dripping = [door.connect(HEAD) for _ in range(40)]
    bodies_begun = [door.connect(HEAD + b"Content-Length: 100\r\n\r\n{") for _ in range(20)]
    assert door.answers() and door.ready() == 200
    for connection in dripping + bodies_begun:
        connection.close()
    assert door.answers() and door.ready() == 200


def test_gw4_one_network_gets_no_more_than_its_share(stand: Callable[..., Door]) -> None:
    door = stand(of_a_network=5)
    kept = [door.connect() for _ in range(5)]
    turned_away = door.connect(b"GET /api/v1/problems HTTP/1.1\r\nHost: x\r\n\r\n")
    with contextlib.suppress(ConnectionError):
        assert turned_away.recv(1) == b""
    kept.pop().close()
    assert eventually(door.answers)


def test_gw4_a_door_that_answers_nobody_is_not_ready(
    stand: Callable[..., Door], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.server.ASKED_WITHIN", 0.3)
    door = stand()
    assert door.ready() == 200
    monkeypatch.setattr(front_door.FrontDoor, "accept", lambda self: eventlet.sleep(60))
    # The one who waits in the real accept lets one more in; from there on nobody answers.
    assert eventually(lambda: door.ready() == 503)
    monkeypatch.undo()
