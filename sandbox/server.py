"""Both listeners, HTTP and SMTP, in one asyncio loop, on the loopback unless the settings say otherwise."""

import asyncio
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from sandbox.app import World, build_app
from sandbox.mail import create_smtp_server
from sandbox.settings import Settings


class _Protocol(H11Protocol):
    """Hands its transport to the request (`request.state.transport`), so that a fault can cut the line."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self.app_state = {**self.app_state, "transport": transport}
        super().connection_made(transport)


class _Server(uvicorn.Server):
    """A server that leaves signals alone: uvicorn's own handler raises the signal again at the end. And one that
    sleeps while nothing happens: uvicorn's looks ten times a second whether it is to end, and sets the date."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._asked_to_end = asyncio.Event()

    def end(self) -> None:
        """Serve no more."""
        self.should_exit = True
        self._asked_to_end.set()

    async def main_loop(self) -> None:
        await self._asked_to_end.wait()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _listener(host: str, port: int) -> socket.socket:
    # asyncio turns off Nagle's delay (40 ms an answer) only on sockets whose protocol is named.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise OSError(error.errno, f"{error.strerror}: {host}:{port}") from error
    return listener


async def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT; return within a fraction of a second after it."""
    world = World(settings)
    http_listener = _listener(settings.host, settings.http_port)
    smtp_listener = _listener(settings.host, settings.smtp_port)
    # Requests that a "slow" fault holds must not hold the end; uvicorn waits this long for them (it accepts
    # fractions, though it declares an int).
    options: dict[str, Any] = {"timeout_graceful_shutdown": 0.1}
    config = uvicorn.Config(
        build_app(world),
        http=_Protocol,
        lifespan="on",
        log_level="error",
        access_log=False,
        date_header=False,
        **options,
    )
    server = _Server(config)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, server.end)
    smtp_server = await create_smtp_server(world.mailbox, smtp_listener)
    print(f"sandbox: {settings.public_url}, mail on {settings.host}:{settings.smtp_port}", flush=True)
    try:
        await server.serve(sockets=[http_listener])
    finally:
        smtp_server.close()
