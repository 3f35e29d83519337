"""The serving side of RPC.

Speaks nameko's protocol (a stock client can call), but: one connection shared by all calls, requests acknowledged
as they start, bounded work in hand, expired requests dropped, replies to queues of callers only, errors as stable
codes.
"""

from __future__ import annotations

import re
import time
from collections import deque
from functools import partial
from typing import Any

import msgspec
import structlog
from kombu.entity import Queue
from msgspec import to_builtins
from nameko.exceptions import ContainerBeingKilled
from nameko.extensions import Entrypoint, SharedExtension

from chassis import context, metrics
from chassis.amqp.channel import ConnectionDownError
from chassis.amqp.delivery import Delivery
from chassis.amqp.properties import TRANSIENT, encode_properties
from chassis.broker import RPC_EXCHANGE, BrokerConnection, find, rpc_queue, topic_exchange
from chassis.errors import as_cabinet_error
from contracts.errors import CabinetError

log = structlog.get_logger(__name__)

# Keys of reply queues: ours, and nameko's own. A reply goes nowhere else, whatever a caller names: neither to a method
# of another service, nor where the broker would end our connection for a missing right.
REPLY_KEY = re.compile(r"[a-z0-9-]+\.reply\.[0-9a-f-]{36}|[0-9a-f-]{36}")
# An RPC queue nobody has consumed for this long goes, so that callers learn at once that the service is missing.
ABANDONED_AFTER_MS = 30_000

_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode


class RpcServer(SharedExtension):
    """Takes requests from the service's queue and starts a worker for each, up to a limit."""

    broker = BrokerConnection()

    def __init__(self) -> None:
        self._methods: dict[str, Rpc] = {}
        self._backlog: deque[Delivery] = deque()
        self._active = 0
        self._declared = False

    def serve(self, entrypoint: Rpc) -> None:
        """Register a method; the first one makes the channel."""
        service = self.container.service_name
        self._methods[f"{service}.{entrypoint.method_name}"] = entrypoint
        if self._declared:
            return
        self._declared = True
        self._limit = self.container.config.get("rpc_workers", 50)
        queue = rpc_queue(service)

        def declare(channel: Any) -> None:
            find(channel, exchanges=[RPC_EXCHANGE])
            # auto_delete: when the last replica is gone, callers get their message back at once.
            Queue(
                queue,
                topic_exchange(RPC_EXCHANGE, there=True),
                routing_key=f"{service}.*",
                durable=True,
                auto_delete=True,
                queue_arguments={"x-expires": ABANDONED_AFTER_MS},
            ).declare(channel=channel)

        self._channel = self.broker.connection.channel(
            prefetch=self._limit, declare=declare, on_down=self._backlog.clear
        )
        self._channel.consume(queue, self._on_delivery)

    def cancel(self) -> None:
        """Take no more requests; those in hand are carried out."""
        self._channel.cancel()

    # --- requests -------------------------------------------------------------------------------------------

    def _on_delivery(self, delivery: Delivery) -> None:
        if self._active >= self._limit:
            self._backlog.append(delivery)
        else:
            self._begin(delivery)

    def _begin(self, delivery: Delivery) -> None:
        # Acknowledged before the work: a request that was cut short is the caller's to repeat, never the broker's.
        delivery.ack()
        try:
            properties = delivery.properties
            if delivery.damaged:
                # Nobody known to answer, no deadline known to keep.
                log.warning("rpc_request_unreadable", method=delivery.routing_key)
                return
            call = context.from_headers(properties.get("headers") or {})
            if call.deadline and call.deadline < time.time():
                metrics.RPC_EXPIRED.labels(delivery.routing_key).inc()
                return
            entrypoint = self._methods.get(delivery.routing_key)
            if entrypoint is None:
                raise CabinetError("unknown_method")
            kwargs = _arguments(delivery.body)
        except CabinetError as error:
            self._reply(delivery, None, error)
            return
        except Exception as error:
            log.warning("rpc_request_unreadable", error=type(error).__name__)
            self._reply(delivery, None, CabinetError("malformed_request"))
            return
        self._active += 1
        try:
            self.container.spawn_worker(
                entrypoint,
                (call,),
                kwargs,
                handle_result=partial(self._finished, delivery, time.perf_counter()),
            )
        except ContainerBeingKilled:
            self._active -= 1

    def _finished(
        self, delivery: Delivery, started: float, worker: Any, result: Any, exc_info: Any
    ) -> tuple[Any, Any]:
        self._active -= 1
        error = None
        if exc_info is not None:
            error = as_cabinet_error(exc_info[1])
            if error.kind == "internal":
                log.error("rpc_failed", method=delivery.routing_key, code=error.code, exc_info=exc_info)
        self._reply(delivery, result, error)
        outcome = error.code if error is not None else "ok"
        metrics.RPC_SERVED.labels(delivery.routing_key, outcome).observe(time.perf_counter() - started)
        # Cancelled deliveries and a lost connection empty the backlog elsewhere.
        while self._backlog and self._active < self._limit:
            self._begin(self._backlog.popleft())
        return result, None

    def _reply(self, delivery: Delivery, result: Any, error: CabinetError | None) -> None:
        properties = delivery.properties
        reply_to = properties.get("reply_to")
        if not reply_to or not REPLY_KEY.fullmatch(reply_to):
            # Nobody to answer; nameko would die of this (and again after every restart).
            log.warning("rpc_without_reply_to", method=delivery.routing_key)
            return
        try:
            body = _encode({"result": result, "error": _error_body(error)})
        except Exception as failure:
            log.error("rpc_result_unserialisable", method=delivery.routing_key, error=type(failure).__name__)
            body = _encode({"result": None, "error": _error_body(CabinetError("internal_error"))})
        try:
            self._channel.publish(
                RPC_EXCHANGE,
                reply_to,
                encode_properties(
                    content_type="application/json",
                    content_encoding="utf-8",
                    headers={},
                    delivery_mode=TRANSIENT,
                    correlation_id=properties.get("correlation_id", ""),
                ),
                body,
                # Where the broker blocks publishers it may take the reply in time yet; nobody else will make it.
                blocked=True,
            )
        except ConnectionDownError:
            # The caller lost its reply queue with the same broker, or will meet its deadline.
            log.warning("rpc_reply_lost", method=delivery.routing_key)


class Rpc(Entrypoint):
    """A method that others may call; it gets the call's context first and the request as keywords."""

    server = RpcServer()
    expected_exceptions = Exception  # logged by the server, with codes and without data

    def setup(self) -> None:
        """Register."""
        self.server.serve(self)

    def stop(self) -> None:
        """With the entrypoints, not with the shared extensions: those stop after the last worker has finished."""
        self.server.cancel()


rpc = Rpc.decorator


def _arguments(body: bytes) -> dict[str, Any]:
    """Keywords of a request in nameko's format. Positional ones are refused: they have no names to check."""
    message = _decode(body)
    if not isinstance(message, dict) or not isinstance(message.get("kwargs"), dict) or message.get("args"):
        raise CabinetError("malformed_request", "Send keyword arguments only.")
    kwargs: dict[str, Any] = message["kwargs"]
    return kwargs


def _error_body(error: CabinetError | None) -> dict[str, Any] | None:
    """In the shape a stock nameko client turns into RemoteError(code, words), with our fields besides. Words are all
    that such a client sees, so that they tell which fields were wrong."""
    if error is None:
        return None
    wrong = [f"{one['pointer'] or '/'}: {one['code']}" for one in to_builtins(error.fields.get("errors", []))]
    return {
        "exc_type": error.code,
        "exc_path": "",
        "exc_args": [],
        "value": " ".join([error.detail, *wrong]),
        "detail": error.detail,
        "code": error.code,
        "fields": error.fields,
    }
