"""Ports are free, remembered, and not those of a neighbour."""

from __future__ import annotations

import socket
from pathlib import Path

from deploy.local import ports


def test_the_second_start_has_the_same_ports(tmp_path: Path) -> None:
    first = ports.allocate(tmp_path / "home", ["amqp", "postgres"])
    assert ports.allocate(tmp_path / "home", ["amqp", "postgres"]) == first
    assert len(set(first.values())) == 2


def test_what_is_asked_for_later_is_added(tmp_path: Path) -> None:
    first = ports.allocate(tmp_path / "home", ["amqp"])
    second = ports.allocate(tmp_path / "home", ["gateway"])
    assert ports.allocate(tmp_path / "home", ["amqp", "gateway"]) == first | second


def test_a_port_that_somebody_took_is_replaced(tmp_path: Path) -> None:
    before = ports.allocate(tmp_path / "home", ["amqp", "postgres"])
    with socket.create_server(("127.0.0.1", before["amqp"])):
        after = ports.allocate(tmp_path / "home", ["amqp", "postgres"])
    assert after["amqp"] != before["amqp"]
    assert after["postgres"] == before["postgres"]


def test_a_port_that_listens_on_all_addresses_is_not_free() -> None:
    with socket.create_server(("", 0)) as server:
        assert not ports.is_free(server.getsockname()[1])


def test_neighbours_get_other_ports_even_while_one_of_them_is_down(
    tmp_path: Path, monkeypatch: object
) -> None:
    narrow = range(ports.RANGE.start, ports.RANGE.start + 40)
    monkeypatch.setattr(ports, "RANGE", narrow)  # type: ignore[attr-defined]
    names = [str(number) for number in range(10)]
    one = ports.allocate(tmp_path / "one", names)
    other = ports.allocate(tmp_path / "other", names)
    assert not set(one.values()) & set(other.values())
