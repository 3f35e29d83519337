"""The gateway as a service: a container with an HTTP server and an RPC client."""

from __future__ import annotations

from gateway import routes
from gateway.server import HttpServer


class Gateway:
    """The door."""

    name = "gateway"
    has_database = False
    http = HttpServer()


routes.load()
