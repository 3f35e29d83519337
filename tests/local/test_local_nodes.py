"""Private nodes: rights, two pairs beside each other, kill -9 and restart, the ways to run as root."""

from __future__ import annotations

import os
import signal
import socket
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import amqp
import psycopg2
import pytest

from deploy.local import as_user, elsewhere, ports
from deploy.local.home_lock import HomeBusy
from deploy.local.names import ROOT
from deploy.local.pid_file import look_up
from deploy.local.polling import poll
from deploy.local.postgres import SUPERUSER, PostgresNode
from deploy.local.stack import Stack

#: Seconds for what takes a moment; more than a busy machine needs.
WAIT = 60


@pytest.fixture(scope="module")
def stacks(homes: Path) -> Iterator[tuple[Stack, Stack]]:
    """Two pairs of nodes beside each other."""
    pair = Stack(homes / "one", nodes_only=True), Stack(homes / "other", nodes_only=True)
    with ThreadPoolExecutor() as pool:
        try:
            list(pool.map(Stack.start, pair))
            yield pair
        finally:
            list(pool.map(Stack.stop, pair))


@pytest.fixture
def stack(stacks: tuple[Stack, Stack]) -> Stack:
    return stacks[0]


def _connect(stack: Stack, user: str = "topology", vhost: str = "cabinet") -> Any:
    connection = amqp.Connection(
        f"127.0.0.1:{stack.nodes.ports['amqp']}",
        userid=user,
        password=stack.nodes.amqp_passwords[user],
        virtual_host=vhost,
        confirm_publish=True,
        read_timeout=60,
    )
    connection.connect()
    return connection


def _keep(stack: Stack, text: str) -> None:
    """Put a text into a quorum queue and into a table."""
    with _connect(stack) as connection:
        channel = connection.channel()
        channel.queue_declare("kept", durable=True, auto_delete=False, arguments={"x-queue-type": "quorum"})
        channel.basic_publish(amqp.Message(text, delivery_mode=2), "", "kept")
    with closing(psycopg2.connect(stack.nodes.owner_url("billing"))) as connection:
        connection.cursor().execute("CREATE TABLE IF NOT EXISTS kept (text text)")
        connection.cursor().execute("INSERT INTO kept VALUES (%s)", [text])
        connection.commit()


def _kept(stack: Stack) -> tuple[list[str], list[str]]:
    """What is in the queue (it stays there) and in the table."""
    with _connect(stack) as connection:
        channel = connection.channel()
        messages = []
        while message := channel.basic_get("kept"):
            messages.append(message.body)
    with closing(psycopg2.connect(stack.nodes.owner_url("billing"))) as connection:
        cursor = connection.cursor()
        cursor.execute("SELECT text FROM kept")
        return messages, [row[0] for row in cursor.fetchall()]


def test_stacks_beside_each_other_share_nothing(stacks: tuple[Stack, Stack]) -> None:
    one, other = stacks
    assert not set(one.nodes.ports.values()) & set(other.nodes.ports.values())
    assert one.nodes.amqp_passwords["billing"] != other.nodes.amqp_passwords["billing"]
    _keep(one, "one's")
    _keep(other, "other's")
    assert _kept(one) == (["one's"], ["one's"])
    assert _kept(other) == (["other's"], ["other's"])


def test_kill_and_restart_of_the_nodes_loses_nothing(stacks: tuple[Stack, Stack]) -> None:
    one, other = stacks
    _keep(one, "before the kill")
    time.sleep(
        1
    )  # RabbitMQ notes half a second late which files are a new queue's: see deploy/local/erlang.py
    _keep(other, "meanwhile")
    before = _kept(one)
    idle = psycopg2.connect(one.nodes.database_url("billing"))  # its backend outlives a killed postmaster
    backends = one.database.processes()
    one.broker.kill()
    one.database.kill()
    assert not one.broker.alive
    assert not one.database.alive
    assert len(backends) > 3
    assert poll(lambda: not any(look_up(pid) for pid in backends), WAIT)
    assert "meanwhile" in _kept(other)[1], "the neighbour goes on"
    one.broker.start()
    one.database.start()
    one.database.wait_ready()
    one.broker.wait_ready()
    idle.close()
    assert _kept(one) == before


def test_a_postmaster_that_somebody_killed_is_started_again(stack: Stack) -> None:
    with closing(psycopg2.connect(stack.nodes.database_url("billing"))):  # a backend that outlives it
        os.kill(stack.database.process.pid, signal.SIGKILL)
        assert poll(lambda: not stack.database.alive, WAIT)
        stack.database.start()
        stack.database.wait_ready()


def test_everything_listens_on_loopback_only(stack: Stack) -> None:
    outside = [address for address in _own_addresses() if not address.startswith("127.")]
    for name, port in stack.nodes.ports.items():
        assert _listens("127.0.0.1", port), name
        for address in outside:
            assert not _listens(address, port), (name, address)


def test_nobody_else_runs_on_this_home(stack: Stack) -> None:
    with pytest.raises(HomeBusy) as refused:
        Stack(stack.home, nodes_only=True).start()
    assert refused.value.pid == str(os.getpid())
    assert stack.broker.alive


def test_a_service_has_its_own_database_only(stack: Stack) -> None:
    elsewhere = stack.nodes.database_url("billing").removesuffix("/billing")
    for database in ("identity", "postgres"):
        with pytest.raises(psycopg2.OperationalError, match="permission denied"):
            psycopg2.connect(f"{elsewhere}/{database}")


def test_the_database_is_durable_and_in_utf8(stack: Stack) -> None:
    with closing(psycopg2.connect(stack.nodes.database_url("billing"))) as connection:
        cursor = connection.cursor()
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            cursor.execute(f"SHOW {setting}")
            assert cursor.fetchone() == ("on",)
        cursor.execute("SHOW server_encoding")
        assert cursor.fetchone() == ("UTF8",)


def test_a_service_does_not_see_the_outsiders_vhost(stack: Stack) -> None:
    with pytest.raises(amqp.NotAllowed):
        _connect(stack, "billing", "ami")
    _connect(stack, "metering", "ami").close()


needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has to run PostgreSQL as somebody else")


@needs_root
def test_as_root_a_folder_that_only_root_may_enter_will_do(homes: Path) -> None:
    folder = homes / "private"
    folder.mkdir(mode=0o700)
    if not as_user._works(_way(as_user.user_namespace()), folder):
        pytest.skip("user namespaces are not allowed here")
    assert as_user.choose(folder).name == "user namespace"
    assert not as_user._works(_way(as_user.system_user()), folder)
    assert list(folder.iterdir()) == []


@needs_root
def test_as_root_without_user_namespaces_the_system_user_runs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(as_user, "user_namespace", lambda: as_user.RunAs("no", ("false",), None))
    with _open_folder() as home:  # pytest's own are closed to others
        node = PostgresNode(home / "postgres", ports.allocate(home, ["postgres"])["postgres"], "secret")
        try:
            node.start()
            node.wait_ready()
            assert node.run_as.name == "system user"
            assert Path(f"/proc/{node.process.pid}").stat().st_uid != 0
            node.kill()
            node.start()
            node.wait_ready()
        finally:
            node.stop()
        # Later the other way works again: the folder changes hands.
        monkeypatch.undo()
        again = PostgresNode(home / "postgres", node.port, "secret")
        try:
            again.start()
            again.wait_ready()
            psycopg2.connect(again.url(SUPERUSER, "secret", "postgres")).close()
        finally:
            again.stop()


@needs_root
def test_as_root_in_a_private_folder_without_user_namespaces_the_data_lies_with_the_system_user(
    homes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(as_user, "user_namespace", lambda: as_user.RunAs("no", ("false",), None))
    folder = homes / "of-root"
    folder.mkdir(mode=0o700)
    home = folder / "run" / "postgres"
    port = ports.allocate(folder, ["postgres"])["postgres"]
    node = PostgresNode(home, port, "secret")
    try:
        node.start()
        node.wait_ready()
        assert Path(f"/proc/{node.process.pid}").stat().st_uid != 0
        with closing(psycopg2.connect(node.url(SUPERUSER, "secret", "postgres"))) as connection:
            connection.cursor().execute("CREATE TABLE kept (text text)")
            connection.commit()
        node.kill()
    finally:
        node.stop()
    place = node.data.readlink()
    # Found again from the folder, by a process that knows nothing, though a namespace would do now.
    monkeypatch.undo()
    again = PostgresNode(home, port, "secret")
    try:
        again.start()
        again.wait_ready()
        with closing(psycopg2.connect(again.url(SUPERUSER, "secret", "postgres"))) as connection:
            connection.cursor().execute("SELECT * FROM kept")
    finally:
        again.stop()
    elsewhere.remove_under(folder)
    assert not place.parent.exists()


@needs_root
def test_as_root_with_no_way_left_it_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(as_user, "user_namespace", lambda: None)
    monkeypatch.setattr(as_user, "system_user", lambda: None)
    with pytest.raises(as_user.NoWayToRun, match="ordinary user"):
        as_user.choose(tmp_path)


def _way(way: as_user.RunAs | None) -> as_user.RunAs:
    if way is None:
        pytest.skip("there is no such account here")
    return way


@contextmanager
def _open_folder() -> Iterator[Path]:
    """A folder that the system user can enter: in the project's own, or else in the machine's temporary one."""
    system_user = _way(as_user.system_user())
    for parent in (ROOT / ".local", Path(tempfile.gettempdir())):
        with tempfile.TemporaryDirectory(prefix="cabinet-", dir=parent) as made:
            home = Path(made)
            home.chmod(0o755)
            if as_user._works(system_user, home):
                yield home
                return
    pytest.skip("there is no folder that the user postgres may enter")


def _own_addresses() -> list[str]:
    return [found[4][0] for found in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)]


def _listens(address: str, port: int) -> bool:
    with socket.socket() as client:
        client.settimeout(2)
        return client.connect_ex((address, port)) == 0
