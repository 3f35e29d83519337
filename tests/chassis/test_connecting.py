"""The one reader of addresses, and growing pauses."""

from __future__ import annotations

import pytest

from chassis.amqp.connecting import connection
from chassis.backoff import Backoff


@pytest.mark.parametrize(
    ("url", "host", "user", "password", "vhost"),
    [
        ("amqp://us%40er:p%2Fw@broker:5673/am%2Fi", "broker:5673", "us@er", "p/w", "am/i"),
        ("amqp://broker", "broker:5672", "guest", "guest", "/"),
        ("amqps://a:b@broker/v", "broker:5671", "a", "b", "v"),
    ],
)
def test_an_address_is_read(url: str, host: str, user: str, password: str, vhost: str) -> None:
    made = connection(url)
    [plain] = made.authentication
    assert (made.host, plain.username, plain.password, made.virtual_host) == (host, user, password, vhost)


def test_tls_names_the_broker_that_its_certificate_must_name() -> None:
    assert connection("amqp://broker").ssl is False
    assert connection("amqps://broker/?ssl_ca_certs=/ca.pem").ssl == {
        "server_hostname": "broker",
        "ca_certs": "/ca.pem",
    }


def test_pauses_grow_up_to_a_bound_and_begin_anew() -> None:
    pauses = Backoff(0.1, 0.5)
    assert [pauses.next() for _ in range(4)] == [0.1, 0.2, 0.4, 0.5]
    pauses.reset()
    assert pauses.next() == 0.1


def test_pauses_are_spread() -> None:
    found = {Backoff(1.0, 2.0, 0.3).next() for _ in range(50)}
    assert len(found) > 40 and min(found) >= 0.7 and max(found) <= 1.3
