"""Who may stand in the door, and for how long: connections by network and in all, time for a request's head and whole.

A caller that sends a byte now and then keeps a connection busy at no cost. So the head of a request has a time of its
own, the body another (see ``gateway/bodies.py``), the whole a third; when there is no room, whoever has been sending or
idle for longest goes, and the next one comes in.
"""

from __future__ import annotations

import contextlib
import socket
import time
from collections import Counter
from typing import Any, Final

import eventlet
import structlog
from eventlet import wsgi
from prometheus_client import Counter as Counted
from prometheus_client import Gauge

from gateway.clients import client_of

log = structlog.get_logger(__name__)

#: Waits for a request; its head is on the way; its body is; it is being answered.
IDLE, HEAD, BODY, BUSY = "idle", "head", "body", "busy"
#: Seconds for each. A body and an answer have limits of their own; this one is for what is left over.
SECONDS: Final = {IDLE: 60.0, HEAD: 10.0, BODY: 60.0, BUSY: 120.0}
LOOK_EVERY: Final = 1.0
TIMED_OUT: Final = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
#: Where an application finds its connection.
ENVIRON: Final = "gateway.connection"

OPEN = Gauge("http_connections", "Connections that stand in the door")
TURNED_AWAY = Counted("http_connections_turned_away_total", "Connections ended by the door", ["reason"])


class Connection:
    """One caller's, with what it is doing and since when."""

    __slots__ = ("network", "phase", "since", "sock")

    def __init__(self, sock: Any, network: str) -> None:
        self.sock = sock
        self.network = network
        self.enter(IDLE)

    def enter(self, phase: str) -> None:
        """It does something else now."""
        self.phase = phase
        self.since = time.monotonic()

    def cut(self, reason: str) -> None:
        """End it; whoever reads or writes it finds it closed."""
        TURNED_AWAY.labels(reason).inc()
        with contextlib.suppress(OSError):
            if self.phase == HEAD:
                self.sock.fd.send(TIMED_OUT)
        with contextlib.suppress(OSError):
            self.sock.shutdown(socket.SHUT_RDWR)


class FrontDoor:
    """A listening socket that lets in no more than there is room for. ``each`` is the most of one network, 0 for any
    number: behind a reverse proxy all come from its address."""

    def __init__(self, listener: Any, most: int, each: int) -> None:
        self._listener = listener
        self._most = most
        self._each = each
        self._inside: dict[int, Connection] = {}
        self._by_network: Counter[str] = Counter()
        self._watch: Any = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._listener, name)

    def accept(self) -> tuple[Any, Any]:
        """The next connection that is let in."""
        while True:
            sock, address = self._listener.accept()
            network = client_of(address[0])
            if self._each and self._by_network[network] >= self._each:
                self._refuse(sock, "network")
            elif len(self._inside) >= self._most and not self._make_room():
                self._refuse(sock, "full")
            else:
                return sock, address

    def came(self, sock: Any, address: Any) -> Connection:
        """A connection that was let in begins."""
        connection = Connection(sock, client_of(address[0]))
        self._inside[id(connection)] = connection
        self._by_network[connection.network] += 1
        OPEN.set(len(self._inside))
        if self._watch is None:
            self._watch = eventlet.spawn(self._look)
        return connection

    def went(self, connection: Connection) -> None:
        """It ended."""
        if self._inside.pop(id(connection), None) is None:
            return
        self._by_network[connection.network] -= 1
        if not self._by_network[connection.network]:
            del self._by_network[connection.network]
        OPEN.set(len(self._inside))

    def _refuse(self, sock: Any, reason: str) -> None:
        TURNED_AWAY.labels(reason).inc()
        sock.close()

    def _make_room(self) -> bool:
        """Of those who are not being answered, the one that has been at it for longest goes."""
        waiting = [one for one in self._inside.values() if one.phase != BUSY]
        if not waiting:
            return False
        oldest = min(waiting, key=lambda one: one.since)
        oldest.cut("room")
        self.went(oldest)
        return True

    def _look(self) -> None:
        """While anybody is here: end those whose time is up."""
        while self._inside:
            eventlet.sleep(LOOK_EVERY)
            now = time.monotonic()
            for one in list(self._inside.values()):
                if now - one.since > SECONDS[one.phase]:
                    one.cut(one.phase)
        self._watch = None


class Protocol(wsgi.HttpProtocol):
    """HTTP on one connection, telling the door what it is doing."""

    def setup(self) -> None:
        """Come in."""
        self.door: FrontDoor = self.server.socket
        self.standing = self.door.came(self.request, self.client_address)
        super().setup()

    def finish(self) -> None:
        """Go."""
        try:
            super().finish()
        finally:
            self.door.went(self.standing)

    def handle_one_request(self) -> None:
        """Wait for the first byte as long as a connection may be idle; from there on the head has its time."""
        self.standing.enter(IDLE)
        try:
            first = self.rfile.peek(1)
        except (OSError, ValueError):
            first = b""
        if not first:
            self.close_connection = True
            return
        self.standing.enter(HEAD)
        super().handle_one_request()

    def get_environ(self) -> dict[str, Any]:
        """The head is complete."""
        self.standing.enter(BUSY)
        environ: dict[str, Any] = super().get_environ()
        environ[ENVIRON] = self.standing
        return environ
