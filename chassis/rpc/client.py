"""The calling side of RPC: every call has a deadline, and a missing service is an error at once."""

from __future__ import annotations

import heapq
import time
from dataclasses import replace
from typing import Any

import eventlet
import msgspec
from eventlet import hubs
from kombu.entity import Queue
from nameko.extensions import DependencyProvider, SharedExtension

from chassis import context, metrics
from chassis.amqp.channel import ConnectionDownError, SharedChannel
from chassis.amqp.delivery import Delivery, Returned
from chassis.amqp.properties import TRANSIENT, encode_properties
from chassis.amqp.shared_connection import SharedConnection
from chassis.broker import RPC_EXCHANGE, BrokerConnection, find, reply_queue, topic_exchange
from contracts.errors import CabinetError

DEFAULT_DEADLINE = 5.0
# Calls waiting for one service; more are refused at once, so that a hung service cannot freeze its callers.
IN_FLIGHT_LIMIT = 256
SWEEP_EVERY = 0.02

_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode


class Pending:
    """A call under way. ``result`` waits for it."""

    __slots__ = ("_answer", "_client", "_waiter", "deadline", "done", "key", "started", "target")

    def __init__(self, client: RpcClient, key: str, target: str, deadline: float) -> None:
        self._client = client
        self.key = key
        self.target = target
        self.deadline = deadline
        self.started = time.perf_counter()
        self.done = False
        self._answer: Any = None
        self._waiter: Any = None

    def settle(self, answer: Any) -> None:
        """The answer came: a body, or an exception to raise."""
        self._answer = answer
        self.done = True
        if self._waiter is not None:
            hubs.get_hub().schedule_call_global(0, self._wake)

    def _wake(self) -> None:
        """In the hub. The waiter may have gone meanwhile, by a timeout: then it must not be switched to."""
        waiter, self._waiter = self._waiter, None
        if waiter is not None:
            waiter.switch()

    def result(self) -> Any:
        """The result. Raises CabinetError with the callee's code, or service_unavailable, deadline_exceeded."""
        while not self.done:
            self._waiter = eventlet.getcurrent()
            try:
                hubs.get_hub().switch()
            except BaseException:
                # Killed or timed out while it waited.
                self._client.forget(self)
                raise
            finally:
                self._waiter = None
        answer = self._answer
        outcome = answer.code if isinstance(answer, CabinetError) else "ok"
        metrics.RPC_CALLED.labels(self.target, outcome).observe(time.perf_counter() - self.started)
        if isinstance(answer, CabinetError):
            raise answer
        return answer


class RpcClient:
    """Calls over a connection; shared by all greenlets of the process."""

    def __init__(self, connection: SharedConnection) -> None:
        self._pending: dict[str, Pending] = {}
        self._deadlines: list[tuple[float, str]] = []
        self._in_flight: dict[str, int] = {}
        self._count = 0
        self._sweeper: Any = None
        self._replies = reply_queue(connection.name)
        self._channel: SharedChannel = connection.channel(
            declare=self._declare, on_return=self._on_return, on_down=self._on_down
        )
        self._channel.consume(self._replies, self._on_reply, no_ack=True)

    def _declare(self, channel: Any) -> None:
        # A call through an exchange that is not there would cost the connection.
        find(channel, exchanges=[RPC_EXCHANGE])
        Queue(
            self._replies,
            topic_exchange(RPC_EXCHANGE, there=True),
            routing_key=self._replies,
            durable=False,
            auto_delete=True,
            queue_arguments={"x-expires": 60_000},
        ).declare(channel=channel)

    def start(self, service: str, method: str, kwargs: dict[str, Any], deadline: float) -> Pending:
        """Send a request. ``deadline`` in seconds from now; the call's own deadline shortens it."""
        call = context.current()
        now = time.time()
        ends = now + deadline
        if call.deadline and call.deadline < ends:
            ends = call.deadline
        target = f"{service}.{method}"
        self._count += 1
        key = str(self._count)
        pending = Pending(self, key, target, ends)
        left_ms = int((ends - now) * 1000)
        if left_ms <= 0:
            pending.settle(CabinetError("deadline_exceeded", service=service))
            return pending
        waiting = self._in_flight.get(service, 0)
        if waiting >= IN_FLIGHT_LIMIT:
            pending.settle(CabinetError("too_many_calls", service=service))
            return pending
        headers = replace(call, deadline=ends).headers()
        properties = encode_properties(
            content_type="application/json",
            content_encoding="utf-8",
            headers=headers,
            delivery_mode=TRANSIENT,
            correlation_id=key,
            reply_to=self._replies,
            expiration=str(left_ms),
        )
        body = _encode({"args": (), "kwargs": kwargs})
        # Before it is sent: a call that waits for room counts, and ends with its deadline, too.
        self._in_flight[service] = waiting + 1
        self._pending[key] = pending
        heapq.heappush(self._deadlines, (ends, key))
        if self._sweeper is None:
            self._sweeper = eventlet.spawn(self._sweep)
        try:
            self._channel.publish(RPC_EXCHANGE, target, properties, body, mandatory=True, wait=ends - now)
        except ConnectionDownError:
            self._settle(key, CabinetError("service_unavailable", service=service))
        return pending

    @property
    def busy(self) -> bool:
        """Are calls under way?"""
        return bool(self._pending)

    def forget(self, pending: Pending) -> None:
        """Nobody waits for this one any more."""
        if self._pending.pop(pending.key, None) is not None:
            self._release(pending)

    def _release(self, pending: Pending) -> None:
        self._in_flight[pending.target.split(".", 1)[0]] -= 1

    def _settle(self, key: str | None, answer: Any) -> None:
        pending = self._pending.pop(key or "", None)
        if pending is not None:
            self._release(pending)
            pending.settle(answer)

    def _on_reply(self, delivery: Delivery) -> None:
        key = delivery.properties.get("correlation_id")
        try:
            message = _decode(delivery.body)
            error = message["error"]
            answer = message["result"] if error is None else _as_error(error)
        except Exception:
            answer = CabinetError("internal_error")
        self._settle(key, answer)

    def _on_return(self, returned: Returned) -> None:
        service = returned.routing_key.split(".", 1)[0]
        self._settle(
            returned.properties.get("correlation_id"), CabinetError("service_unavailable", service=service)
        )

    def _on_down(self) -> None:
        """Replies come to this connection only: what is under way has an unknown outcome now."""
        for key in list(self._pending):
            service = self._pending[key].target.split(".", 1)[0]
            self._settle(key, CabinetError("service_unavailable", service=service, outcome="unknown"))

    def _sweep(self) -> None:
        """One greenlet ends all calls whose deadline has passed; a timer for each would cost more than the call."""
        while self._deadlines:
            now = time.time()
            while self._deadlines and self._deadlines[0][0] <= now:
                _, key = heapq.heappop(self._deadlines)
                pending = self._pending.get(key)
                if pending is not None:
                    service = pending.target.split(".", 1)[0]
                    self._settle(key, CabinetError("deadline_exceeded", service=service))
            # Entries of answered calls are dropped here rather than searched for.
            while self._deadlines and self._deadlines[0][1] not in self._pending:
                heapq.heappop(self._deadlines)
            eventlet.sleep(SWEEP_EVERY)
        self._sweeper = None


def _as_error(error: Any) -> CabinetError:
    """The callee's error; one of a stock nameko service has a Python class and no code of ours."""
    code = error.get("code")
    if isinstance(code, str):
        return CabinetError(
            code, error.get("detail") or error.get("value") or "", **(error.get("fields") or {})
        )
    if error.get("exc_type") == "MethodNotFound":
        return CabinetError("unknown_method")
    return CabinetError("internal_error")


class RemoteService:
    """``remote.method(field=...)`` calls and waits; ``remote.start("method", field=...)`` gives a Pending."""

    def __init__(self, client: RpcClient, service: str, deadline: float = DEFAULT_DEADLINE) -> None:
        self._client = client
        self._service = service
        self._deadline = deadline

    def start(self, method: str, /, **kwargs: Any) -> Pending:
        """Send now, wait later: for several calls at once."""
        return self._client.start(self._service, method, kwargs, self._deadline)

    def __getattr__(self, method: str) -> Any:
        if method.startswith("_"):
            raise AttributeError(method)

        def call(**kwargs: Any) -> Any:
            return self.start(method, **kwargs).result()

        return call


class RpcClientExtension(SharedExtension):
    """The one client of a container."""

    broker = BrokerConnection()

    @property
    def client(self) -> RpcClient:
        """Made when first asked for, before the connection starts."""
        if getattr(self, "_client", None) is None:
            self._client = RpcClient(self.broker.connection)
        return self._client

    def setup(self) -> None:
        """Make the channel."""
        _ = self.client


class Remote(DependencyProvider):
    """``other = Remote("other")`` on a service gives its methods a RemoteService of the service of that name, be it one
    of ours or another team's on nameko's own RPC."""

    extension = RpcClientExtension()

    def __init__(self, service: str, deadline: float = DEFAULT_DEADLINE) -> None:
        self.service = service
        self._deadline = deadline

    def get_dependency(self, worker_ctx: Any) -> RemoteService:
        """A proxy."""
        return RemoteService(self.extension.client, self.service, self._deadline)
