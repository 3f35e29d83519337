"""Connections to the broker, made by kombu from an address: the one reader of addresses."""

from __future__ import annotations

from typing import Any

from kombu.transport.pyamqp import Connection
from kombu.utils.url import parse_url

PLAIN_PORT, TLS_PORT = 5672, 5671


def connection(url: str, **options: Any) -> Connection:
    """A connection that is not open yet; ``options`` are py-amqp's.

    ``url`` is ``amqp://user:password@host:port/vhost`` or ``amqps://...``, with what is special in it percent-encoded;
    without a vhost it is ``/``. TLS checks the broker's certificate against the machine's authorities; options of the
    ``ssl`` module may stand in the query (``?ssl_ca_certs=...``).
    """
    found = parse_url(url)
    secure = found["transport"] == "amqps"
    port = found["port"] or (TLS_PORT if secure else PLAIN_PORT)
    return Connection(
        host=f"{found['hostname']}:{port}",
        userid=found["userid"] or "guest",
        password=found["password"] or "guest",
        virtual_host=found["virtual_host"] or "/",
        ssl=({"server_hostname": found["hostname"], **_tls(found.get("ssl"))} if secure else False),
        login_method="PLAIN",
        **options,
    )


def user_of(url: str) -> str:
    """The user of an address."""
    return str(parse_url(url)["userid"] or "guest")


def _tls(given: Any) -> dict[str, Any]:
    """Options of the query by py-amqp's names."""
    return {name.removeprefix("ssl_"): value for name, value in dict(given or {}).items()}
