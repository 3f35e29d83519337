"""A tiny TCP proxy that can be absent, cut connections, or swallow everything like a half-open peer."""

from __future__ import annotations

import contextlib
from typing import Any

import eventlet

from tests.support_code.services import free_port


class Proxy:
    """In front of a local port; ``port`` is its own and stays the same over ``close`` and ``open``."""

    def __init__(self, target: int) -> None:
        self._target = target
        self.port = free_port()
        self._listener: Any = None
        self._acceptor: Any = None
        self._connections: list[Any] = []
        self._swallow = False

    def open(self) -> None:
        """Accept connections."""
        self._listener = eventlet.listen(("127.0.0.1", self.port))
        self._acceptor = eventlet.spawn(self._accept)

    def close(self) -> None:
        """Refuse connections, and break those that are there."""
        if self._listener is not None:
            self._acceptor.kill()
            self._listener.close()
            self._listener = None
        self.cut()

    def cut(self) -> None:
        """Break the connections."""
        for sock in self._connections:
            with contextlib.suppress(OSError):
                sock.shutdown(2)  # their readers end and close them
        self._connections.clear()

    def black_hole(self, on: bool = True) -> None:
        """Take what is sent and pass nothing on; nobody is told. Off: for new connections only."""
        self._swallow = on
        if not on:
            self.cut()

    def let_through(self) -> None:
        """Pass on what was held back, as if the network had only been slow."""
        self._swallow = False

    def _accept(self) -> None:
        while True:
            client, _ = self._listener.accept()
            try:
                server = eventlet.connect(("127.0.0.1", self._target))
            except OSError:
                client.close()
                continue
            self._connections += [client, server]
            eventlet.spawn_n(self._pump, client, server)
            eventlet.spawn_n(self._pump, server, client)

    def _pump(self, source: Any, target: Any) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                while self._swallow:
                    eventlet.sleep(0.05)
                target.sendall(data)
        with contextlib.suppress(OSError):
            target.shutdown(2)
        source.close()
