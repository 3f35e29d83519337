"""One connection to the broker that all greenlets of a process share, and that comes back by itself.

Frames written during one turn of the loop leave in one system call; a reader hands what arrives to its channel.
kombu makes the connection (TLS, SASL, tuning) and the declarations, then this takes its socket over.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import time
from typing import Any

import amqp
import eventlet
import structlog
from eventlet import hubs
from eventlet.event import Event as GreenEvent

from chassis.amqp import connecting, frames
from chassis.amqp.channel import ConnectionDownError, SharedChannel
from chassis.backoff import Backoff
from chassis.wakeup import until_beat

log = structlog.get_logger(__name__)

READ_SIZE = 65_536
# After as much as this more is likely to be there at once: whoever waits for the loop goes first.
LONG_READ = 8_192
# Above this much unsent output publishers wait: the broker is slower than we are, or blocks us.
HIGH_WATER = 4 * 1024 * 1024
# Pauses between tries to connect, in seconds.
FIRST_PAUSE, LONGEST_PAUSE, SPREAD = 0.1, 2.0, 0.3


def _words(error: Exception) -> str:
    """What is missing, where that is told by name; errors of the network may hold anything."""
    return str(error) if isinstance(error, LookupError) else ""


class SharedConnection:
    """A self-healing AMQP connection. Make its channels first, then ``start``."""

    def __init__(self, url: str, name: str, *, heartbeat: int = 20, connect_timeout: float = 5.0) -> None:
        self._url = url
        self.name = name
        self._heartbeat = heartbeat
        self._connect_timeout = connect_timeout
        self._channels: dict[int, SharedChannel] = {}
        self._connection: amqp.Connection | None = None
        self._socket: Any = None
        self._raw_socket: Any = None
        self._out: list[bytes] = []
        self._out_size = 0
        self._flushing = False
        self._writer_busy = False
        self._room = GreenEvent()
        self._room_wanted = False
        self._first_up = GreenEvent()
        self._stopping = False
        self._tasks: list[Any] = []
        self._last_read = self._last_write = 0.0
        self.frame_max = 131_072
        self.generation = 0
        self.up = False
        #: The broker reads nothing of this connection for now.
        self.blocked = False
        self.reconnects = 0

    # --- life -----------------------------------------------------------------------------------------------

    def channel(self, **options: Any) -> SharedChannel:
        """A further channel; see SharedChannel for the options. Only before ``start``."""
        number = len(self._channels) + 1
        self._channels[number] = SharedChannel(self, number, **options)
        return self._channels[number]

    def start(self, wait: float | None = None) -> bool:
        """Connect in the background, with backoff while the broker is away; waits for it if asked to."""
        self._tasks = [eventlet.spawn(self._run), eventlet.spawn(self._beat)]
        if wait is None:
            return self.up
        with eventlet.Timeout(wait, False):
            self._first_up.wait()
        return self.up

    def stop(self) -> None:
        """Send what is waiting, close, and stay away."""
        self._stopping = True
        deadline = time.monotonic() + 2
        if self.up:
            # The broker answers after all that was sent before, so no acknowledgement is lost on the way out.
            with contextlib.suppress(ConnectionDownError):
                self.write(frames.CONNECTION_CLOSE_FRAME)
            while self.up and time.monotonic() < deadline:
                eventlet.sleep(0.005)
        for task in self._tasks:
            task.kill()
        self._close_socket()
        self.up = False

    def drop(self) -> None:
        """Break the connection on purpose (half-open peer, test); it is made anew."""
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)

    # --- writing --------------------------------------------------------------------------------------------

    def write(self, data: bytes) -> None:
        """Queue frames for the end of this turn of the loop. Never waits; who publishes waits for room before."""
        if not self.up:
            raise ConnectionDownError(f"{self.name}: not connected to the broker")
        self._out.append(data)
        self._out_size += len(data)
        if not self._flushing:
            self._flushing = True
            hubs.get_hub().schedule_call_global(0, self._flush)

    def wait_for_room(self, seconds: float, *, blocked: bool = False) -> None:
        """While too much is unsent, at most so long. What the broker blocks is refused at once, unless it may wait
        where it is (``blocked``). Raises ConnectionDownError; then nothing was sent."""
        if self.blocked and not blocked:
            raise ConnectionDownError(f"{self.name}: the broker blocks publishers")
        if self._out_size <= HIGH_WATER or eventlet.getcurrent() is hubs.get_hub().greenlet:
            return
        generation = self.generation
        with eventlet.Timeout(seconds, ConnectionDownError(f"{self.name}: no room to send")):
            while self._out_size > HIGH_WATER and self.up and generation == self.generation:
                if not self._room_wanted:
                    self._room_wanted = True
                    self._room = GreenEvent()
                self._room.wait()
                if self.blocked and not blocked:
                    raise ConnectionDownError(f"{self.name}: the broker blocks publishers")
        if not self.up or generation != self.generation:
            raise ConnectionDownError(f"{self.name}: connection lost while waiting to send")

    def _flush(self) -> None:
        """Runs in the hub: one send without blocking; what does not fit goes to a greenlet that may block."""
        if self._writer_busy or not self._out:
            self._flushing = False
            return
        data = b"".join(self._out)
        self._out.clear()
        sent = 0
        if self._raw_socket is not None:
            try:
                sent = self._raw_socket.send(data)
            except (BlockingIOError, InterruptedError):
                sent = 0
            except OSError:
                # The reader notices the broken connection and tells everyone.
                self._flushing = False
                return
        self._last_write = time.monotonic()
        if sent < len(data):
            self._writer_busy = True
            eventlet.spawn_n(self._write_rest, self._socket, data[sent:], self.generation)
            return
        self._flushing = False
        self._out_size = 0
        if self._room_wanted:
            self._make_room()

    def _write_rest(self, sock: Any, data: bytes, generation: int) -> None:
        try:
            while True:
                sock.sendall(data)
                self._last_write = time.monotonic()
                if generation != self.generation or not self._out:
                    break
                data = b"".join(self._out)
                self._out.clear()
        except OSError:
            if generation == self.generation:
                self.drop()
        finally:
            if generation == self.generation:
                self._writer_busy = self._flushing = False
                self._out_size = sum(map(len, self._out))
                self._make_room()

    def _make_room(self) -> None:
        if self._room_wanted:
            self._room_wanted = False
            self._room.send(None)

    # --- the connection -------------------------------------------------------------------------------------

    def _run(self) -> None:
        pauses = Backoff(FIRST_PAUSE, LONGEST_PAUSE, SPREAD)
        while not self._stopping:
            try:
                reader = self._connect()
            except Exception as error:
                log.warning(
                    "broker_unreachable",
                    connection=self.name,
                    error=type(error).__name__,
                    reason=_words(error),
                )
                self._close_socket()
                eventlet.sleep(pauses.next())
                continue
            pauses.reset()
            try:
                self._read(reader)
            except Exception as error:
                if not self._stopping:
                    log.warning("broker_connection_lost", connection=self.name, error=str(error))
            finally:
                self._down()

    def _connect(self) -> frames.ContentReader:
        connection = connecting.connection(
            self._url,
            heartbeat=self._heartbeat,
            connect_timeout=self._connect_timeout,
            read_timeout=self._connect_timeout,
            write_timeout=self._connect_timeout,
            client_properties={"connection_name": self.name},
            socket_settings={socket.TCP_NODELAY: 1, socket.TCP_USER_TIMEOUT: 10_000},
        )
        connection.connect()
        self._connection = connection
        for channel in self._channels.values():
            channel.open(connection)
        transport = connection.transport
        sock = transport.sock
        sock.settimeout(None)
        self._socket = sock
        # Over TLS only the green wrapper may write; a plain socket can be written straight from the hub.
        green_raw = getattr(sock, "fd", None)
        self._raw_socket = green_raw if not isinstance(sock, ssl.SSLSocket) else None
        self.frame_max = connection.frame_max or 131_072
        self._out.clear()
        self._out_size = 0
        self._flushing = self._writer_busy = self.blocked = False
        self.generation += 1
        self._last_read = self._last_write = time.monotonic()
        self.up = True
        reader = frames.ContentReader(self._on_content, self._on_method)
        if transport._read_buffer:
            reader.feed(bytes(transport._read_buffer))
        for channel in self._channels.values():
            channel.start_consuming()
        if self.generation > 1:
            self.reconnects += 1
        if not self._first_up.ready():
            self._first_up.send(None)
        log.info("broker_connected", connection=self.name, generation=self.generation)
        return reader

    def _read(self, reader: frames.ContentReader) -> None:
        receive = self._socket.recv
        while True:
            data = receive(READ_SIZE)
            if not data:
                raise ConnectionDownError("the broker closed the connection")
            self._last_read = time.monotonic()
            reader.feed(data)
            if len(data) > LONG_READ:
                eventlet.sleep(0)

    def _on_content(self, channel: int, method: int, payload: bytes, header: bytes, body: bytes) -> None:
        if self._stopping:
            # Whatever comes now goes back to its queue with the connection.
            return
        self._channels[channel].on_content(method, payload, header, body)

    def _on_method(self, channel: int, method: int, payload: bytes) -> None:
        if channel:
            self._channels[channel].on_method(method, payload)
        elif method in (frames.CONNECTION_CLOSE, frames.CONNECTION_CLOSE_OK):
            raise ConnectionDownError("the broker closed the connection")
        elif method == frames.CONNECTION_BLOCKED:
            # Short of memory or disk it reads no more of us until it has room: who waits for room is told so.
            self.blocked = True
            self._make_room()
            log.warning("broker_blocks_publishers", connection=self.name)
        elif method == frames.CONNECTION_UNBLOCKED:
            self.blocked = False
            log.info("broker_takes_again", connection=self.name)

    def _down(self) -> None:
        self.up = False
        self._close_socket()
        self._out.clear()
        self._out_size = 0
        self._make_room()
        for channel in self._channels.values():
            channel.down()

    def _close_socket(self) -> None:
        connection, self._connection = self._connection, None
        sock, self._socket, self._raw_socket = self._socket, None, None
        if sock is not None:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            with contextlib.suppress(OSError):
                sock.close()
        elif connection is not None:
            with contextlib.suppress(Exception):
                connection.collect()

    def _beat(self) -> None:
        """Heartbeats both ways: a broker that went silent counts as gone after twice the interval."""
        while True:
            eventlet.sleep(until_beat(self._heartbeat / 2))
            if not self.up:
                continue
            now = time.monotonic()
            if now - self._last_read > 2 * self._heartbeat:
                log.warning("broker_silent", connection=self.name)
                self.drop()
            elif now - self._last_write > self._heartbeat / 4 and not self._out_size:
                # With output waiting a heartbeat would only wait behind it, and this watch with it.
                with contextlib.suppress(ConnectionDownError):
                    self.write(frames.HEARTBEAT_FRAME)
