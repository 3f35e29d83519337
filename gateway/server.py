"""The HTTP server inside the gateway's container: eventlet's WSGI server, one greenlet a connection."""

from __future__ import annotations

import http.client
from typing import Any

import eventlet
from eventlet import wsgi
from nameko.extensions import DependencyProvider
from werkzeug.middleware.proxy_fix import ProxyFix

from authorisation.subject import ServiceTokens, SubjectVerifier
from chassis.configuration import ConfigurationError
from chassis.health import HealthServer
from chassis.rpc.client import RemoteService, RpcClientExtension
from gateway.app import GatewayApp
from gateway.configuration import gateway_settings
from gateway.front_door import FrontDoor, Protocol
from gateway.operations import PREFIX
from gateway.revocations import DEADLINE, EVERY, Revocations, RevocationWatch

#: Seconds for one send or receive; a request as a whole has limits of its own (gateway/front_door.py).
SOCKET_TIMEOUT = 60
#: Bytes of a request's first line; what is longer than the application takes is refused there, with a code.
MAX_REQUEST_LINE = 65_536
#: Of the readiness check: a request of its own through the front door.
ASKED_WITHIN = 2.0


class _Quiet:
    def write(self, _: str) -> None:
        """The application writes its own access log, without personal data."""


class HttpServer(DependencyProvider):
    """Serves the application while the container runs."""

    rpc_client = RpcClientExtension()
    health = HealthServer()

    def setup(self) -> None:
        """Make the application."""
        config = self.container.config
        if "http" not in config:
            raise ConfigurationError("HTTP_PORT is not set")
        verifier = SubjectVerifier(config["token_public_key"], config["service_key"])
        known = Revocations()
        settings = gateway_settings(config)
        self._settings = settings
        app = GatewayApp(self.rpc_client.client, verifier, known, settings)
        self._watch = RevocationWatch(
            known,
            RemoteService(self.rpc_client.client, "identity", DEADLINE),
            ServiceTokens("gateway", config["service_key"]),
            config.get("revocations_every", EVERY),
        )
        hops = config["http"].get("proxy_hops", 0)
        # Behind reverse proxies the caller's address is in X-Forwarded-For; without them anyone could forge it.
        self._app = ProxyFix(app, x_for=hops, x_proto=0, x_host=0) if hops else app
        # The door keeps the number of connections; those that it has just ended still need a greenlet for a moment.
        self._pool = eventlet.GreenPool(settings.connections * 2)
        self._address = (config["http"]["host"], config["http"]["port"])

    def start(self) -> None:
        """Listen, and hear of sessions that end."""
        self._hearing = eventlet.spawn(self._watch.run)
        listener = eventlet.listen(self._address, backlog=1024, reuse_port=False)
        self._socket = FrontDoor(
            listener, self._settings.connections, self._settings.connections_of_a_network
        )
        self._server = eventlet.spawn(
            wsgi.server,
            self._socket,
            self._app,
            custom_pool=self._pool,
            log=_Quiet(),
            log_output=False,
            keepalive=True,
            protocol=Protocol,
            url_length_limit=MAX_REQUEST_LINE,
            socket_timeout=SOCKET_TIMEOUT,
            minimum_chunk_size=0,
        )
        self.health.add_check("http", self._answers)

    def stop(self) -> None:
        """Accept no more; let the requests in hand finish."""
        self._hearing.kill()
        self._server.kill()
        self._socket.close()
        with eventlet.Timeout(10, False):
            while self._pool.running():
                eventlet.sleep(0.05)
                if self._idle():
                    break

    def _answers(self) -> bool:
        """Does somebody who comes to the door now get an answer?"""
        door = http.client.HTTPConnection(*self._address, timeout=ASKED_WITHIN)
        try:
            door.request("GET", f"{PREFIX}/problems")
            return door.getresponse().status == 200
        except OSError:
            return False
        finally:
            door.close()

    def _idle(self) -> bool:
        # Connections kept alive without a request in hand wait for their socket; nothing is lost with them.
        return not self.rpc_client.client.busy

    def get_dependency(self, worker_ctx: Any) -> None:
        """Nothing to inject: the gateway has no methods of its own on the bus."""
